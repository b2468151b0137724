//! The steps with DPoP (RFC 9449): a code and tokens that are bound to a key.

use symbolon::{
    client::{Received, VerifiedTokens},
    dpop::ProofSigner,
};
use time::UtcDateTime;

use super::{
    Failure,
    steps::{Demo, require, require_refusal, require_subject, step},
    tamper::Tamper,
};

impl Demo {
    pub(super) async fn dpop(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        let tokens = self.dpop_exchange(checked).await?;
        self.dpop_userinfo(&tokens, checked).await?;
        self.dpop_refresh(&tokens, checked).await
    }

    /// RFC 9449 §5, §8, §10: the code is for the key that `dpop_jkt` names, and the server wants its nonce in the proof.
    async fn dpop_exchange(&self, checked: &mut Vec<String>) -> Result<VerifiedTokens, Failure> {
        const HERE: &str = step::DPOP_EXCHANGE;
        println!("-- {HERE}");
        let code = self.authorize(&self.dpop, self.tamper).await?;
        let again = match self.send(HERE, &self.sender, self.dpop.exchange(code, UtcDateTime::now())).await? {
            Received::SendAgain(again) => again,
            Received::Refused(answer) => return Err(Failure::at(HERE, answer)),
            _ => return Err(Failure::at(HERE, "the server did not ask for its nonce")),
        };
        let tokens = self.ask(HERE, &self.sender, Ok(again)).await?;
        let tokens = tokens.verify(&self.keys, UtcDateTime::now()).map_err(|error| Failure::at(HERE, error))?;
        require(HERE, tokens.jkt() == self.dpop.dpop().map(ProofSigner::jkt), "bound to the key")?;
        checked.push(format!("{HERE}: use_dpop_nonce, then the same code with the nonce gave tokens of type DPoP"));
        Ok(tokens)
    }

    /// RFC 9449 §7: the token with a proof for this request, and nothing less.
    async fn dpop_userinfo(&self, tokens: &VerifiedTokens, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::DPOP_USERINFO;
        println!("-- {HERE}");
        let bearer = format!("authorization: Bearer {}\r\n", tokens.access_token().expose());
        let with_proof = |url: &str, nonce: Option<&str>| {
            let proof = tokens.resource_proof("GET", url, nonce, UtcDateTime::now());
            let proof = proof.map_err(|error| Failure::at(HERE, error))?;
            Ok(format!("authorization: {}\r\ndpop: {}\r\n", tokens.authorization().expose(), proof.expose()))
        };
        let asked = self.get_userinfo(HERE, &with_proof(&self.userinfo, None)?).await?;
        require_refusal(HERE, &asked, "use_dpop_nonce", "a proof without the nonce of this resource")?;
        let nonce = asked.header("dpop-nonce");
        let headers = match self.tamper {
            Some(Tamper::DpopBearer) => bearer.clone(),
            Some(Tamper::DpopHtu) => with_proof(&format!("{}/other", self.userinfo), nonce)?,
            _ => with_proof(&self.userinfo, nonce)?,
        };
        let answer = self.get_userinfo(HERE, &headers).await?;
        require_subject(HERE, &answer, tokens)?;
        checked.push(format!("{HERE}: the subject of the ID token, by a proof with `ath` and the nonce"));

        let as_bearer = self.get_userinfo(HERE, &bearer).await?;
        require_refusal(HERE, &as_bearer, "invalid_token", "the bound token as Bearer")?;
        checked.push("refused with invalid_token: the bound token as Bearer".into());
        let replayed = self.get_userinfo(HERE, &headers).await?;
        require_refusal(HERE, &replayed, "invalid_dpop_proof", "the same proof again")?;
        checked.push("refused with invalid_dpop_proof: the same proof again".into());
        Ok(())
    }

    /// RFC 9449 §5: the refresh token of a public client is bound to the key as well.
    async fn dpop_refresh(&self, tokens: &VerifiedTokens, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::DPOP_REFRESH;
        println!("-- {HERE}");
        let client = if self.tamper == Some(Tamper::DpopKey) { &self.other_dpop } else { &self.dpop };
        let newer = self.refresh_with(&client.with_dpop_nonce(tokens.dpop_nonce()), tokens, HERE).await?;
        require(HERE, newer.refresh_token() != tokens.refresh_token(), "the refresh token was rotated")?;
        checked.push(format!("{HERE}: rotated, by a proof with the nonce that was given at the code exchange"));

        let thief = self.other_dpop.with_dpop_nonce(newer.dpop_nonce());
        let stolen = self.refresh_with(&thief, &newer, HERE).await;
        let is_refused = stolen.is_err_and(|failure| failure.why.starts_with("invalid_grant"));
        require(HERE, is_refused, "another key is refused with invalid_grant")?;
        checked.push("refused with invalid_grant: the refresh token with another key".into());
        self.refresh_with(&self.dpop.with_dpop_nonce(newer.dpop_nonce()), &newer, HERE).await?;
        checked.push("the same refresh token with its own key afterwards: good".into());
        Ok(())
    }
}
