//! The step with token exchange (RFC 8693): a token that the client has for one that somebody else takes.

use symbolon::{
    client::Received,
    token_request::ExtensionRequest,
    types::{ErrorCode, GrantType, Scope, Secret},
};
use time::UtcDateTime;

use super::{
    Failure,
    grants::is_refused,
    steps::{Demo, require, step},
};
use crate::serve::{ExchangeConfig, ExchangeModeName};

/// Whom the new token is for.
const LEDGER: &str = "https://ledger.example";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What may be exchanged: what the client got for itself, for the ledger, and for reading.
pub(super) fn rule() -> ExchangeConfig {
    ExchangeConfig {
        client: "demo-basic".into(),
        mode: ExchangeModeName::Impersonation,
        targets: vec![LEDGER.into()],
        scope: "read".into(),
        own_audiences: Vec::new(),
    }
}

impl Demo {
    /// RFC 8693 §2: what a rule lets the client exchange, and nothing else (security decision D23).
    pub(super) async fn token_exchange(&self, checked: &mut Vec<String>) -> Result<(), Failure> {
        const HERE: &str = step::EXCHANGED;
        println!("-- {HERE}");
        let scope = Scope::parse("read").map_err(|error| Failure::at(HERE, error))?;
        let own = self.ask(HERE, &self.sender, self.basic.client_credentials(Some(scope), UtcDateTime::now())).await?;
        let own = own.without_id_token().map_err(|error| Failure::at(HERE, error))?;
        let exchanged = match self.exchange(own.access_token(), LEDGER).await? {
            Received::Tokens(tokens) => tokens.without_id_token().map_err(|error| Failure::at(HERE, error))?,
            Received::Refused(answer) => return Err(Failure::at(HERE, answer)),
            _ => return Err(Failure::at(HERE, "an unknown answer")),
        };
        require(HERE, exchanged.access_token() != own.access_token(), "another token")?;
        require(HERE, exchanged.refresh_token().is_none(), "no refresh token")?;
        let kind = exchanged.response().other.get("issued_token_type").and_then(serde_json::Value::as_str);
        require(HERE, kind == Some(ACCESS_TOKEN), "an access token, and the server says so")?;
        checked.push(format!("{HERE}: an access token for the ledger in place of the client's own, no refresh token"));

        let other = self.exchange(own.access_token(), "https://other.example").await?;
        require(HERE, is_refused(&other, &ErrorCode::InvalidTarget), "a target that no rule names is invalid_target")?;
        checked.push("refused with invalid_target: an exchange for somebody that no rule names".into());
        Ok(())
    }

    async fn exchange(&self, subject_token: &Secret, audience: &str) -> Result<Received, Failure> {
        let mut request = ExtensionRequest::new(GrantType::TokenExchange.as_str());
        request.parameters = vec![
            ("subject_token".into(), subject_token.clone()),
            ("subject_token_type".into(), Secret::new(ACCESS_TOKEN)),
            ("audience".into(), Secret::new(audience)),
        ];
        let sending = self.basic.extension(request, UtcDateTime::now());
        self.send(step::EXCHANGED, &self.sender, sending).await
    }
}
