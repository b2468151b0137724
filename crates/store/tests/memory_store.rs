//! The memory store: the conformance suite, real threads that race, retention.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use symbolon_pkce::CodeVerifier;
use symbolon_policy::{GrantSet, MAX_NODE_CLOCK_DIFFERENCE, Policy};
use symbolon_server::{
    AccessToken, Answer, ApplyError, Commit, DeferredKey, Endpoint, FamilyId, GrantStatus, Granted, NewCode,
    RegisteredClient, ServerKey, StoredAccessToken, StoredCode, StoredDeferred, StoredFamily, TokenPlan,
    client_auth::{RegisteredCredentials, RegisteredSecret},
    types::{AuthMethod, ClientId, Digest, Issuer, RequestParts, Rule, Scope, Secret},
};
use symbolon_store::{Driver, Memory, MemoryError, Store as _, conformance};
use symbolon_testkit::now;
use time::Duration;

#[cfg(test)]
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[cfg(test)]
fn client() -> RegisteredClient {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
    let credentials = RegisteredCredentials::new(ClientId::parse("app").unwrap(), AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
    RegisteredClient::new(credentials, grants, Scope::parse("openid").unwrap())
        .with_redirect_uri("https://app.example/cb")
}

#[cfg(test)]
fn driver(change: impl FnOnce(&mut Policy)) -> Arc<Driver<Memory>> {
    let mut policy = Policy::OAUTH_2_1;
    change(&mut policy);
    let issuer = Issuer::parse("https://as.example").unwrap();
    let key = ServerKey::new("k", [7; 32]);
    let endpoint = Endpoint::builder(issuer, "https://as.example/token", symbolon_crypto_ring::PROVIDER, key)
        .policy(policy)
        .build()
        .unwrap();
    let store = Memory::new(now());
    store.register(client());
    Arc::new(Driver::new(endpoint, store, TokenPlan::new(AccessToken::Opaque)))
}

#[cfg(test)]
async fn code(driver: &Driver<Memory>) -> Secret {
    let client = driver.store().client("app").await.unwrap().unwrap();
    let challenge = CodeVerifier::parse(VERIFIER).unwrap().challenge(symbolon_crypto_ring::PROVIDER.sha256);
    let granted = Granted::to_user("alice", Scope::parse("openid").unwrap());
    let new = NewCode::new(client, granted).with_challenge(challenge).with_redirect_uri("https://app.example/cb");
    driver.authorize(new, now()).await.unwrap()
}

#[cfg(test)]
fn redeem(code: &Secret) -> RequestParts {
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri=https://app.example/cb&code_verifier={VERIFIER}",
        code.expose()
    );
    RequestParts::post(form.into_bytes())
        .content_type(b"application/x-www-form-urlencoded")
        .authorization(b"Basic YXBwOm15c2VjcmV0")
}

#[tokio::test]
async fn the_memory_store_passes_the_conformance_suite() {
    conformance::run(async |clients| {
        let store = Memory::new(conformance::now());
        for client in clients {
            store.register(client);
        }
        store
    })
    .await;
}

/// 64 threads decide on one state, and only then apply.
#[cfg(test)]
async fn race(driver: &Arc<Driver<Memory>>) -> (usize, Secret) {
    let code = code(driver).await;
    let gate = Arc::new(tokio::sync::Barrier::new(64));
    let racers: Vec<_> = (0..64)
        .map(|_| {
            let (driver, gate, parts) = (Arc::clone(driver), Arc::clone(&gate), redeem(&code));
            tokio::spawn(async move {
                let outcome = driver.decide(parts, now()).await.unwrap();
                gate.wait().await;
                let answer = driver.store().apply(outcome.commit()).await.unwrap();
                outcome.settle(answer).into_response()
            })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        let response = racer.await.unwrap();
        match response.status() {
            200 => winners.push(String::from_utf8(response.into_body()).unwrap()),
            status => assert_eq!(status, 400),
        }
    }
    let body = winners.first().unwrap();
    let token = body.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap();
    (winners.len(), Secret::new(token))
}

#[cfg(test)]
async fn userinfo(driver: &Driver<Memory>, token: &Secret) -> u16 {
    let header = format!("Bearer {}", token.expose());
    let parts = RequestParts::post(Vec::new()).authorization(header.as_bytes());
    driver.userinfo(parts, now()).await.status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a079_of_64_threads_that_redeem_one_code_one_succeeds_and_the_winner_is_revoked() {
    let driver = driver(|_| {});
    let (winners, token) = race(&driver).await;
    assert_eq!(winners, 1);
    assert_eq!(userinfo(&driver, &token).await, 401, "the losers are replays (D2)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a079_under_refuse_only_the_winner_of_64_threads_keeps_what_it_got() {
    let driver = driver(|p| p.code.concurrent_redemption = symbolon_policy::ConcurrentRedemption::RefuseOnly);
    let (winners, token) = race(&driver).await;
    assert_eq!(winners, 1);
    assert_eq!(userinfo(&driver, &token).await, 200);
}

#[tokio::test]
async fn under_refuse_only_a_replay_that_comes_later_is_a_replay_all_the_same() {
    let driver = driver(|p| p.code.concurrent_redemption = symbolon_policy::ConcurrentRedemption::RefuseOnly);
    let code = code(&driver).await;
    let decide = || async { driver.decide(redeem(&code), now()).await.unwrap() };
    let (winner, loser) = (decide().await, decide().await);
    let answer = driver.store().apply(winner.commit()).await.unwrap();
    let response = winner.settle(answer).into_response();
    let body = String::from_utf8(response.into_body()).unwrap();
    let token = Secret::new(body.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap());
    let answer = driver.store().apply(loser.commit()).await.unwrap();
    assert_eq!(loser.settle(answer).reason().unwrap().rule(), Rule::CodeOnce);
    assert_eq!(userinfo(&driver, &token).await, 200);
    assert_eq!(driver.token(redeem(&code), now()).await.status(), 400);
    assert_eq!(userinfo(&driver, &token).await, 401, "a replay that comes later is one");
}

#[tokio::test]
async fn d5_cleaning_drops_only_what_could_not_be_accepted_any_more() {
    let driver = driver(|p| {
        p.refresh.idle_lifetime = Duration::seconds(600);
        p.refresh.max_lifetime = Duration::seconds(600);
    });
    let code = code(&driver).await;
    assert_eq!(driver.token(redeem(&code), now()).await.status(), 200);
    let digest = driver.endpoint().code_digest(&code);
    // The tokens live 600 seconds; another node's clock may be behind.
    driver.store().clean(now() + Duration::seconds(600) + MAX_NODE_CLOCK_DIFFERENCE);
    assert!(driver.store().code(&digest).await.unwrap().is_some_and(|code| code.redeemed), "a replay is still seen");
    driver.store().clean(now() + Duration::seconds(601) + MAX_NODE_CLOCK_DIFFERENCE);
    assert!(driver.store().code(&digest).await.unwrap().is_none());
}

#[tokio::test]
async fn a_forgotten_or_replaced_client_gets_no_more_tokens() {
    let driver = driver(|_| {});
    let decide = |code: Secret| async { driver.decide(redeem(&{ code }), now()).await.unwrap() };
    let first = decide(code(&driver).await).await;
    driver.store().register(client());
    let answer = driver.store().apply(first.commit()).await.unwrap();
    assert_eq!(first.settle(answer).reason().unwrap().rule(), Rule::GrantActive, "replaced since it was read");

    let second = code(&driver).await;
    let response = driver.token(redeem(&second), now()).await.into_response();
    assert_eq!(response.status(), 200);
    let body = String::from_utf8(response.into_body()).unwrap();
    let token = Secret::new(body.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap());
    assert_eq!(userinfo(&driver, &token).await, 200);
    let third = code(&driver).await;
    driver.store().unregister("app");
    assert_eq!(userinfo(&driver, &token).await, 401);
    driver.store().register(client());
    assert_eq!(userinfo(&driver, &token).await, 401, "a later client of the same id gets nothing back");
    assert_eq!(driver.token(redeem(&third), now()).await.status(), 400);
    assert_eq!(driver.token(redeem(&code(&driver).await), now()).await.status(), 200);
}

/// With a client `tv` beside `app`.
#[cfg(test)]
fn with_devices(store: Memory) -> Driver<Memory> {
    let driver = driver(|policy| policy.grants = policy.grants.and(GrantSet::DEVICE_CODE));
    let credentials = RegisteredCredentials::new(ClientId::parse("tv").unwrap(), AuthMethod::None);
    store.register(RegisteredClient::new(credentials, GrantSet::DEVICE_CODE, Scope::parse("openid").unwrap()));
    Driver::new(driver.endpoint().clone(), store, TokenPlan::new(AccessToken::Opaque))
}

/// The status, and the user code if there is one.
#[cfg(test)]
async fn begin_device(driver: &Driver<Memory>) -> (u16, Option<DeferredKey>) {
    let parts = RequestParts::post(b"client_id=tv".to_vec()).content_type(b"application/x-www-form-urlencoded");
    let response = driver.device_authorization(parts, "https://as.example/device", now()).await.into_response();
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    let user_code = body.split("\"user_code\":\"").nth(1).and_then(|rest| rest.split('"').next());
    (response.status(), user_code.and_then(|code| driver.endpoint().user_code(code)))
}

#[tokio::test]
async fn what_a_client_asked_for_a_device_goes_with_it() {
    let driver = with_devices(Memory::new(now()));
    let (_, user_code) = begin_device(&driver).await;
    let read = async || driver.store().deferred(user_code.unwrap()).await.unwrap();
    driver.store().unregister("app");
    assert!(read().await.is_some(), "another client's stays");
    driver.store().unregister("tv");
    assert_eq!(read().await, None, "a later client of the same id gets none of it");
}

#[tokio::test]
async fn a131_deferred_authorizations_are_counted_among_what_is_remembered() {
    let driver = with_devices(Memory::new(now()).with_max_ids(2));
    for status in [200, 200, 503] {
        assert_eq!(begin_device(&driver).await.0, status);
    }
    driver.store().clean(now() + Duration::hours(1));
    assert_eq!(begin_device(&driver).await.0, 200);
}

#[tokio::test]
async fn d5_cleaning_between_two_applications_changes_no_answer() {
    let driver = driver(|_| {});
    let code = code(&driver).await;
    let outcome = driver.decide(redeem(&code), now()).await.unwrap();
    let first = driver.store().apply(outcome.commit()).await.unwrap();
    for minute in 1..9 {
        driver.store().clean(now() + Duration::minutes(minute));
        assert_eq!(driver.store().apply(outcome.commit()).await.unwrap(), first, "minute {minute}");
    }
    assert_eq!(outcome.settle(first).status(), 200);
}

/// A store that knows whether the resource owner is still there.
#[cfg(test)]
struct WithUsers(Memory, AtomicBool);

#[cfg(test)]
impl symbolon_store::Store for WithUsers {
    type Error = MemoryError;

    async fn client(&self, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, MemoryError> {
        self.0.client(client_id).await
    }

    async fn code(&self, code: &Digest) -> Result<Option<StoredCode>, MemoryError> {
        self.0.code(code).await
    }

    async fn family(&self, family: FamilyId) -> Result<Option<StoredFamily>, MemoryError> {
        self.0.family(family).await
    }

    async fn grant_status(&self, _: &StoredFamily) -> Result<GrantStatus, MemoryError> {
        Ok(if self.1.load(Ordering::SeqCst) { GrantStatus::Active } else { GrantStatus::Ended })
    }

    async fn deferred(&self, key: DeferredKey) -> Result<Option<StoredDeferred>, MemoryError> {
        self.0.deferred(key).await
    }

    async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, MemoryError> {
        self.0.access_token(token).await
    }

    async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<MemoryError>> {
        self.0.apply(commit).await
    }
}

#[tokio::test]
async fn a134_the_status_of_the_grant_is_asked_at_each_refresh() {
    let plain = driver(|_| {});
    let code = code(&plain).await;
    let response = plain.token(redeem(&code), now()).await.into_response();
    let body = String::from_utf8(response.into_body()).unwrap();
    let refresh = body.split("\"refresh_token\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let request = || {
        RequestParts::post(format!("grant_type=refresh_token&refresh_token={refresh}").into_bytes())
            .content_type(b"application/x-www-form-urlencoded")
            .authorization(b"Basic YXBwOm15c2VjcmV0")
    };
    let users = Arc::new(WithUsers(plain.store().clone(), AtomicBool::new(false)));
    let asking = Driver::new(plain.endpoint().clone(), Arc::clone(&users), TokenPlan::new(AccessToken::Opaque));
    let settled = asking.token(request(), now()).await;
    assert_eq!(settled.reason().unwrap().rule(), Rule::GrantActive);
    assert_eq!(settled.status(), 400);
    users.1.store(true, Ordering::SeqCst);
    assert_eq!(asking.token(request(), now()).await.status(), 200, "the refusal left the token untouched");
}
