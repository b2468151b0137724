//! A token endpoint that knows one client and gives out opaque tokens, and its steps one after another.

use core::error::Error;
use std::sync::Arc;

use symbolon_client_auth::RegisteredCredentials;
use symbolon_crypto::CryptoProvider;
use symbolon_policy::GrantSet;
use symbolon_server::{
    AccessToken, AuthenticatedRequest, Endpoint, Found, Grant, Outcome, ReceivedRequest, Refusal, RegisteredClient,
    ServerKey, Settled, TokenPlan, ValidatedGrant,
};
use symbolon_types::{ClientId, Issuer, RequestParts, ResponseParts, Scope};
use time::UtcDateTime;

pub(crate) const ISSUER: &str = "https://op.example/";
pub(crate) const CLIENT: &str = "client.example";

/// The endpoint, its client and the time there.
pub(crate) struct Server {
    pub(crate) crypto: &'static CryptoProvider,
    endpoint: Endpoint,
    client: Arc<RegisteredClient>,
    plan: TokenPlan,
    now: UtcDateTime,
}

pub(crate) fn issuer() -> Result<Issuer, Box<dyn Error>> {
    Ok(Issuer::parse(ISSUER)?)
}

pub(crate) fn client_id() -> Result<ClientId, Box<dyn Error>> {
    Ok(ClientId::parse(CLIENT)?)
}

pub(crate) fn now() -> UtcDateTime {
    symbolon_testkit::now()
}

impl Server {
    /// Lives as long as the cases that borrow it.
    pub(crate) fn new(
        crypto: &'static CryptoProvider,
        registered: RegisteredCredentials,
    ) -> Result<&'static Self, Box<dyn Error>> {
        let key = ServerKey::new("2026", [7; 32]);
        let endpoint = Endpoint::builder(issuer()?, "https://op.example/token", *crypto, key).build()?;
        let scope = Scope::parse("orders read")?;
        let client = Arc::new(RegisteredClient::new(registered, GrantSet::CLIENT_CREDENTIALS, scope));
        let plan = TokenPlan::new(AccessToken::Opaque);
        Ok(Box::leak(Box::new(Self { crypto, endpoint, client, plan, now: now() })))
    }

    pub(crate) fn receive(&self, parts: RequestParts) -> Result<ReceivedRequest, Refusal> {
        self.endpoint.receive(parts)
    }

    /// The look-up is a pointer: this is not the caller's database.
    pub(crate) fn authenticate(&self, parts: RequestParts) -> Result<AuthenticatedRequest, Refusal> {
        self.receive(parts)?.authenticate(Found::client(Some(Arc::clone(&self.client))), self.now)
    }

    pub(crate) fn authorize(&self, parts: RequestParts) -> Result<ValidatedGrant, Refusal> {
        match self.authenticate(parts)?.into_grant()? {
            Grant::ClientCredentials(grant) => {
                let most = grant.client().scope().clone();
                grant.authorize(most)
            }
            other => Err(other.unsupported()),
        }
    }

    pub(crate) fn issue(&self, parts: RequestParts) -> Result<Outcome, Refusal> {
        self.authorize(parts)?.issue(&self.plan, self.now)
    }

    pub(crate) fn settle(&self, parts: RequestParts) -> Settled {
        let outcome = self.issue(parts).unwrap_or_else(Refusal::into_outcome);
        let answer = outcome.commit().applied();
        outcome.settle(answer)
    }

    /// From parts to parts.
    pub(crate) fn answer(&self, parts: RequestParts) -> ResponseParts {
        self.settle(parts).into_response()
    }
}
