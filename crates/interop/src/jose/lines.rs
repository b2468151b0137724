//! The three lines of checks for one algorithm, one provider and one peer.

use serde_json::{Map, Value, json};
use symbolon_jose::{Jwk, JwkSet, JwtError, SelectError, SigningKey, UnverifiedJwt, VerifyingKeys};
use symbolon_types::Alg;

use super::{
    Provider, Trouble, ask,
    keys::{self, Pair},
    member, text,
    token::{self, Seen},
};
use crate::{
    peer::{Peer, Refusal},
    tally::Checks,
};

/// Both sides, with the keys that they share.
pub(super) struct Sides<'a> {
    pub(super) provider: &'a Provider,
    pub(super) peer: &'a mut Peer,
    pub(super) alg: Alg,
    /// The key of the line.
    pub(super) main: &'a Pair,
    /// Another key of the same kind.
    pub(super) other: &'a Pair,
    /// The JWK set that we publish.
    pub(super) published: &'a str,
    /// The JWK set that the peer publishes.
    pub(super) told: &'a str,
}

impl Sides<'_> {
    /// What is signed here is verified there; the twins are refused there.
    pub(super) fn sign_here(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        for (whose, own, foreign) in [("shared", self.main, self.other), ("peer's", self.other, self.main)] {
            let token = self.signed(&own.signing)?;
            let expected = Ok(Seen::expected(self.alg, own.signing.kid().unwrap_or_default()));
            let (jwk, wrong_jwk) = (own.published()?, foreign.published()?);
            checks.equal(
                &format!("what the token of the {whose} key says"),
                &expected,
                &self.verified_there(&jwk, &token)?,
            );
            let bad = Refusal::of("signature");
            let twin = token::with_another_payload(&token)?;
            checks.refused("another payload", self.verified_there(&jwk, &twin)?, &bad);
            let twin = token::with_another_signature(&token)?;
            checks.refused("another signature", self.verified_there(&jwk, &twin)?, &bad);
            checks.refused("another key", self.verified_there(&wrong_jwk, &token)?, &bad);
        }
        Ok(())
    }

    /// What is signed there is verified here; the twins are refused here.
    pub(super) fn sign_there(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        for (whose, own, foreign) in [("shared", self.main, self.other), ("peer's", self.other, self.main)] {
            let kid = own.signing.kid().unwrap_or_default();
            let token = token::sign_there(self.peer, self.alg, kid, &own.private_jwk)?;
            let expected = Ok(Seen::expected(self.alg, kid));
            let seen = token::verify_here(&token, &own.verifying);
            checks.equal(&format!("what the token of the {whose} key says"), &expected, &seen);
            let bad = JwtError::BadSignature;
            let twin = token::with_another_payload(&token)?;
            checks.refused("another payload", token::verify_here(&twin, &own.verifying), &bad);
            let twin = token::with_another_signature(&token)?;
            checks.refused("another signature", token::verify_here(&twin, &own.verifying), &bad);
            checks.refused("another key", token::verify_here(&token, &foreign.verifying), &bad);
        }
        Ok(())
    }

    /// Keys that one side wrote are the same keys on the other.
    pub(super) fn compare_keys(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        if self.alg.is_symmetric() {
            // Secrets are in no set and in no PEM; both sides read each other's `oct` already.
            let ours = self.main.published()?;
            checks.holds("the secret is no public JWK", self.main.signing.public_jwk().is_none());
            checks.refused("a secret as a public JWK", Jwk::parse(ours.to_string().as_bytes()).map_err(|_| ()), &());
            return Ok(());
        }
        self.compare_thumbprints(checks)?;
        self.compare_sets_there(checks)?;
        self.compare_sets_here(checks)?;
        self.compare_pem(checks)
    }

    /// RFC 7638: of our JWKs there, of theirs here.
    fn compare_thumbprints(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        for pair in [self.main, self.other] {
            let ours = self.thumbprint(&pair.signing)?;
            let theirs = ask(self.peer, "thumbprint", json!({ "jwk": pair.published()? }))?;
            checks.equal("thumbprints", &ours, &text(&theirs, "thumbprint")?);
        }
        let (one, two) = (self.thumbprint(&self.main.signing)?, self.thumbprint(&self.other.signing)?);
        checks.holds("two keys have two thumbprints", one != two);
        Ok(())
    }

    /// Our set is read there, and the header's `kid` takes the same key.
    fn compare_sets_there(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        let kid = keys::main_kid(self.alg.as_str());
        let answer = self.verified_by_set(&self.signed(&self.main.signing)?)?;
        let expected = (Seen::expected(self.alg, &kid), self.thumbprint(&self.main.signing)?);
        checks.equal("the key that is taken from our set", &Ok(expected), &answer);

        let unknown = self.main.signing.clone().with_kid("unknown");
        let answer = self.verified_by_set(&self.signed(&unknown)?)?;
        checks.refused("a kid that is not in our set", answer, &Refusal::of("kid"));
        let mistaken = self.main.signing.clone().with_kid(keys::other_kid(self.alg.as_str()));
        let answer = self.verified_by_set(&self.signed(&mistaken)?)?;
        checks.refused("the kid of another key of our set", answer, &Refusal::of("signature"));
        Ok(())
    }

    /// Their set is read here, and the header's `kid` takes the same key.
    fn compare_sets_here(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        let set = JwkSet::parse(self.told.as_bytes())?;
        let loaded = VerifyingKeys::load(self.provider.crypto, &set, &[]);
        let (main, other) = (keys::main_kid(self.alg.as_str()), keys::other_kid(self.alg.as_str()));

        let token = token::sign_there(self.peer, self.alg, &main, &self.main.private_jwk)?;
        let taken = take(&loaded, &token)?;
        let seen = taken.iter().map(|key| token::verify_here(&token, key)).collect::<Result<Vec<_>, _>>();
        checks.equal("the key that is taken from their set", &Ok(vec![Seen::expected(self.alg, &main)]), &seen);
        let thumbprints: Vec<String> =
            set.keys().iter().filter(|jwk| jwk.kid() == Some(&main)).map(|jwk| self.thumbprint_of(jwk)).collect();
        checks.equal("the thumbprint in their set", &vec![self.thumbprint(&self.main.signing)?], &thumbprints);

        let token = token::sign_there(self.peer, self.alg, "unknown", &self.main.private_jwk)?;
        checks.refused(
            "a kid that is not in their set",
            take(&loaded, &token).map_err(|trouble| as_select(&trouble)),
            &Some(SelectError::UnknownKid),
        );
        let token = token::sign_there(self.peer, self.alg, &other, &self.main.private_jwk)?;
        for key in take(&loaded, &token)? {
            checks.refused(
                "the kid of another key of their set",
                token::verify_here(&token, &key),
                &JwtError::BadSignature,
            );
        }
        Ok(())
    }

    /// PKCS#8 in PEM: of the shared key, which OpenSSL wrote, of the peer and of our provider.
    fn compare_pem(&mut self, checks: &mut Checks) -> Result<(), Trouble> {
        for (whose, pem) in [("the shared key", &self.main.pem), ("the peer's key", &self.other.pem)] {
            let pem = pem.as_deref().ok_or(Trouble::NoMember("pkcs8"))?;
            self.read_pem(whose, pem, checks)?;
        }
        match keys::made_here(self.provider.crypto, self.alg) {
            Some(made_here) => self.read_pem("our key", &keys::pem(made_here.expose()), checks),
            None => Ok(()),
        }
    }

    fn read_pem(&mut self, whose: &str, pem: &str, checks: &mut Checks) -> Result<(), Trouble> {
        let ours = SigningKey::from_pem(self.provider.crypto, pem, Some(self.alg))?.with_kid("pem");
        let told = self.imported(pem)?.map_err(Trouble::There)?;
        let (private, public) = (member(&told, "private_jwk")?, member(&told, "public_jwk")?);
        let theirs = ask(self.peer, "thumbprint", json!({ "jwk": public }))?;
        checks.equal(&format!("thumbprints of {whose}"), &self.thumbprint(&ours)?, &text(&theirs, "thumbprint")?);
        let expected = Ok(Seen::expected(self.alg, "pem"));
        let token = self.signed(&ours)?;
        checks.equal(&format!("what a token of {whose} says there"), &expected, &self.verified_there(&public, &token)?);
        let token = token::sign_there(self.peer, self.alg, "pem", &private)?;
        let seen = token::verify_here(&token, &ours.verifying_key(self.provider.crypto)?);
        checks.equal(&format!("what a token of {whose} says here"), &Ok(Seen::expected(self.alg, "pem")), &seen);

        let cut = keys::cut_short(pem);
        let here = SigningKey::from_pem(self.provider.crypto, &cut, Some(self.alg));
        checks.refused("a PEM text cut short, here", here.map_err(|_| ()), &());
        checks.refused("a PEM text cut short, there", self.imported(&cut)?, &Refusal::of("key"));
        Ok(())
    }

    /// What the peer makes of a PEM text.
    fn imported(&mut self, pem: &str) -> Result<Result<Map<String, Value>, Refusal>, Trouble> {
        Ok(self.peer.ask("import_pem", json!({ "alg": self.alg.as_str(), "kid": "pem", "pem": pem }))?)
    }

    fn signed(&self, key: &SigningKey) -> Result<String, Trouble> {
        Ok(key.sign(self.provider.crypto, Some(token::TYP), &token::claims())?)
    }

    fn verified_there(&mut self, jwk: &Value, text: &str) -> Result<Result<Seen, Refusal>, Trouble> {
        token::verify_there(self.peer, self.alg, jwk, text)
    }

    /// What the peer sees, and the thumbprint of the key that it took from our set.
    fn verified_by_set(&mut self, token: &str) -> Result<Result<(Seen, String), Refusal>, Trouble> {
        let mut request = token::request(self.alg, token);
        request.insert(
            "set".to_owned(),
            serde_json::from_str(self.published).map_err(|_| Trouble::Form("our set is no JSON"))?,
        );
        match self.peer.ask("verify_by_set", Value::Object(request))? {
            Ok(told) => Ok(Ok((Seen::from_answer(&told)?, text(&told, "thumbprint")?))),
            Err(refused) => Ok(Err(refused)),
        }
    }

    fn thumbprint(&self, key: &SigningKey) -> Result<String, Trouble> {
        key.public_jwk().map(|jwk| self.thumbprint_of(&jwk)).ok_or(Trouble::NoMember("kty"))
    }

    fn thumbprint_of(&self, jwk: &Jwk) -> String {
        jwk.thumbprint(self.provider.crypto.sha256).to_base64url()
    }
}

/// The keys that a token's header means.
fn take(keys: &VerifyingKeys, token: &str) -> Result<Vec<symbolon_jose::VerifyingKey>, Trouble> {
    let jwt = UnverifiedJwt::parse(token)?;
    Ok(keys.select(jwt.header())?.iter().copied().cloned().collect())
}

fn as_select(trouble: &Trouble) -> Option<SelectError> {
    match trouble {
        Trouble::Select(error) => Some(*error),
        _ => None,
    }
}
