//! Security decision D5: a node whose clock is too far from that of the database answers 503, and changes nothing.
use core::fmt;
use std::sync::Arc;

use symbolon_policy::{GrantSet, MAX_NODE_CLOCK_DIFFERENCE};
use symbolon_server::{
    AccessToken, Answer, ApplyError, Commit, DeferredKey, Endpoint, FamilyId, Reason, RegisteredClient, ServerKey,
    StoredAccessToken, StoredCode, StoredDeferred, StoredFamily, TokenPlan,
    client_auth::{RegisteredCredentials, RegisteredSecret},
    types::{AuthMethod, ClientId, Digest, Issuer, RequestParts, Rule, Scope, Secret},
};
use symbolon_store::{Driver, Memory, Store, judge_clocks};
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

/// A database with a clock of its own, over the tables of another store.
struct Database {
    tables: Memory,
    clock: UtcDateTime,
    /// The clock of the node that asks.
    node: UtcDateTime,
}

#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn failed(error: impl fmt::Display) -> Failed {
    Failed(error.to_string())
}

impl Store for Database {
    type Error = Failed;

    async fn client(&self, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, Failed> {
        self.tables.client(client_id).await.map_err(failed)
    }

    async fn code(&self, code: &Digest) -> Result<Option<StoredCode>, Failed> {
        self.tables.code(code).await.map_err(failed)
    }

    async fn family(&self, family: FamilyId) -> Result<Option<StoredFamily>, Failed> {
        self.tables.family(family).await.map_err(failed)
    }

    async fn deferred(&self, key: DeferredKey) -> Result<Option<StoredDeferred>, Failed> {
        self.tables.deferred(key).await.map_err(failed)
    }

    async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, Failed> {
        self.tables.access_token(token).await.map_err(failed)
    }

    async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<Failed>> {
        judge_clocks(self.node, self.clock).map_err(|difference| ApplyError::NotApplied(failed(difference)))?;
        self.tables.apply(commit).await.map_err(|error| ApplyError::NotApplied(failed(error)))
    }
}

#[tokio::test]
async fn d5_beyond_ten_seconds_nothing_is_applied_and_the_client_may_come_again() {
    for (ahead, status) in [
        (Duration::ZERO, 200),
        (MAX_NODE_CLOCK_DIFFERENCE, 200),
        (-MAX_NODE_CLOCK_DIFFERENCE, 200),
        (MAX_NODE_CLOCK_DIFFERENCE.saturating_add(Duration::NANOSECOND), 503),
        (-MAX_NODE_CLOCK_DIFFERENCE.saturating_add(Duration::NANOSECOND), 503),
    ] {
        let tables = Memory::new(now().saturating_sub(Duration::hours(1)));
        let credentials = RegisteredCredentials::new(ClientId::parse("app").unwrap(), AuthMethod::ClientSecretBasic)
            .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
        let scope = Scope::parse("read").unwrap();
        tables.register(RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, scope));
        let (issuer, key) = (Issuer::parse("https://as.example").unwrap(), ServerKey::new("k", [7; 32]));
        let provider = symbolon_crypto_ring::PROVIDER;
        let endpoint = Endpoint::builder(issuer, "https://as.example/token", provider, key).build().unwrap();
        let node = now().saturating_add(ahead);
        let store = Database { tables, clock: now(), node };
        let driver = Driver::new(endpoint, store, TokenPlan::new(AccessToken::Opaque));
        let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
            .content_type(b"application/x-www-form-urlencoded")
            .authorization(b"Basic YXBwOm15c2VjcmV0");
        let settled = driver.token(parts, node).await;
        assert_eq!(settled.status(), status, "{ahead}");
        assert_eq!(settled.reason().map(Reason::rule), (status == 503).then_some(Rule::StoreAnswers));
        let response = settled.into_response();
        assert_eq!(response.header("retry-after").is_some(), status == 503);
    }
}
