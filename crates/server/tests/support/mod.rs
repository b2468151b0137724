//! An endpoint with a memory store behind it, and requests to send there.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of this module")]

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use symbolon_pkce::CodeVerifier;
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    AccessToken, Endpoint, EndpointBuilder, Granted, Listener, NewCode, RegisteredClient, ServerKey, Settled,
    TokenPlan,
    client_auth::{
        AssertionSigner, CLIENT_ASSERTION_TYPE_JWT_BEARER, ClientAuthentication, ClientKeys, RegisteredCredentials,
        RegisteredSecret, SecretAssertionSigner,
    },
    crypto::CryptoProvider,
    jose::{JwkSet, SigningKey, VerifyingKeys},
    types::{Alg, AuthMethod, ClientId, Issuer, RequestParts, ResponseParts, Scope, Secret},
};
use symbolon_store::{Driver, Memory, Store as _};
use symbolon_testkit::{FixedRandom, keys, now};
use time::{Duration, UtcDateTime};

pub const ISSUER: &str = "https://as.example";
pub const REDIRECT_URI: &str = "https://app.example/cb";
/// RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// As long as the longest hash.
pub const LONG_SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// `app:mysecret`
pub const BASIC: &[u8] = b"Basic YXBwOm15c2VjcmV0";

pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store never waits"),
    }
}

pub struct Bench {
    pub driver: Driver<Memory>,
    pub crypto: CryptoProvider,
}

pub fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::OAUTH_2_1;
    change(&mut policy);
    policy
}

pub fn plan() -> TokenPlan {
    TokenPlan::new(AccessToken::Opaque)
}

impl Bench {
    pub fn new() -> Self {
        Self::with(Policy::OAUTH_2_1, plan())
    }

    pub fn with(policy: Policy, plan: TokenPlan) -> Self {
        Self::built(7, policy, plan, |builder| builder)
    }

    pub fn built(
        seed: u64,
        policy: Policy,
        plan: TokenPlan,
        change: impl FnOnce(EndpointBuilder) -> EndpointBuilder,
    ) -> Self {
        let crypto = symbolon_crypto_ring::PROVIDER.with_random(FixedRandom::leaked(seed));
        let issuer = Issuer::parse(ISSUER).unwrap();
        let builder = Endpoint::builder(issuer, format!("{ISSUER}/token"), crypto, ServerKey::new("k1", [7; 32]))
            .policy(policy)
            .userinfo_url(format!("{ISSUER}/userinfo"))
            .listener(
                Listener::new("mtls", "https://mtls.as.example/token")
                    .with_userinfo_url("https://mtls.as.example/userinfo"),
            );
        let endpoint = change(builder).build().unwrap();
        let store = Memory::new(now() - Duration::hours(1));
        for client in [app(), post(), spa(), signer(), mac()] {
            store.register(client);
        }
        Self { driver: Driver::new(endpoint, store, plan), crypto }
    }

    /// The same store under another policy, with other randomness: no two commits have one id.
    pub fn under(&self, policy: Policy) -> Self {
        let Self { driver, crypto } = Self::built(8, policy, plan(), |builder| builder);
        Self { driver: Driver::new(driver.endpoint().clone(), self.store().clone(), plan()), crypto }
    }

    pub fn endpoint(&self) -> &Endpoint {
        self.driver.endpoint()
    }

    pub fn store(&self) -> &Memory {
        self.driver.store()
    }

    pub fn send(&self, parts: RequestParts) -> Settled {
        self.send_at(parts, now())
    }

    pub fn send_at(&self, parts: RequestParts, at: UtcDateTime) -> Settled {
        ready(self.driver.token(parts, at))
    }

    pub fn answer(&self, parts: RequestParts) -> (u16, String) {
        status_and_error(self.send(parts))
    }

    pub fn code(&self, client: &RegisteredClient) -> Secret {
        self.code_for(client, granted())
    }

    pub fn code_for(&self, client: &RegisteredClient, granted: Granted) -> Secret {
        self.code_with(client, granted, |new| new)
    }

    pub fn code_with(
        &self,
        client: &RegisteredClient,
        granted: Granted,
        change: impl FnOnce(NewCode) -> NewCode,
    ) -> Secret {
        let client = ready(self.store().client(client.client_id().as_str())).unwrap().unwrap();
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        let new = NewCode::new(client, granted)
            .with_redirect_uri(REDIRECT_URI)
            .with_challenge(verifier.challenge(self.crypto.sha256));
        ready(self.driver.authorize(change(new), now())).unwrap()
    }

    pub fn tokens(&self, client: &RegisteredClient) -> Tokens {
        let code = self.code(client);
        Tokens::of(self.send(redeem(&code)))
    }

    pub fn userinfo(&self, access_token: &Secret) -> ResponseParts {
        let header = format!("Bearer {}", access_token.expose());
        let parts = RequestParts::post(Vec::new()).authorization(header.as_bytes());
        ready(self.driver.userinfo(parts, now())).into_response()
    }

    pub fn assertion(&self) -> String {
        self.assertion_at(now())
    }

    pub fn mac_assertion(&self) -> String {
        let secret = Secret::new(LONG_SECRET);
        let signer = SecretAssertionSigner::new(&self.crypto, Alg::Hs256, &secret, self.endpoint().issuer()).unwrap();
        let applied = ClientAuthentication::SecretJwt(signer);
        let applied = applied.apply(&self.crypto, &ClientId::parse("mac").unwrap(), now()).unwrap();
        let (_, assertion) = applied.parameters.iter().find(|(name, _)| *name == "client_assertion").unwrap();
        assertion.expose().into()
    }

    pub fn assertion_at(&self, at: UtcDateTime) -> String {
        let signer = AssertionSigner::new(signing_key(), self.endpoint().issuer());
        let client_id = ClientId::parse("signer").unwrap();
        let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(&self.crypto, &client_id, at).unwrap();
        let (_, assertion) = applied.parameters.iter().find(|(name, _)| *name == "client_assertion").unwrap();
        assertion.expose().into()
    }
}

pub fn scope() -> Scope {
    Scope::parse("openid profile read").unwrap()
}

pub fn granted() -> Granted {
    let mut granted = Granted::to_user("alice", Scope::parse("openid profile").unwrap()).with_nonce("n-0S6_WzA2Mj");
    granted.auth_time = Some(now() - Duration::seconds(5));
    granted
}

pub fn all_grants() -> GrantSet {
    GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS)
}

fn with_secret(client_id: &str, method: AuthMethod) -> RegisteredCredentials {
    let secret = RegisteredSecret::Plain(Secret::new("mysecret"));
    RegisteredCredentials::new(ClientId::parse(client_id).unwrap(), method).with_secret(secret)
}

pub fn app() -> RegisteredClient {
    RegisteredClient::new(with_secret("app", AuthMethod::ClientSecretBasic), all_grants(), scope())
        .with_redirect_uri(REDIRECT_URI)
}

pub fn post() -> RegisteredClient {
    RegisteredClient::new(with_secret("post", AuthMethod::ClientSecretPost), all_grants(), scope())
        .with_redirect_uri(REDIRECT_URI)
}

pub fn spa() -> RegisteredClient {
    let credentials = RegisteredCredentials::new(ClientId::parse("spa").unwrap(), AuthMethod::None);
    RegisteredClient::new(credentials, all_grants(), scope()).with_redirect_uri(REDIRECT_URI)
}

pub fn signing_key() -> SigningKey {
    SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, keys::P256, None).unwrap()
}

pub fn signer() -> RegisteredClient {
    let set = JwkSet::new(vec![signing_key().public_jwk().unwrap()]);
    let keys = VerifyingKeys::load(&symbolon_crypto_ring::PROVIDER, &set, &[Alg::Es256]);
    let credentials = RegisteredCredentials::new(ClientId::parse("signer").unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(keys));
    RegisteredClient::new(credentials, all_grants(), scope()).with_redirect_uri(REDIRECT_URI)
}

pub fn mac() -> RegisteredClient {
    let credentials = RegisteredCredentials::new(ClientId::parse("mac").unwrap(), AuthMethod::ClientSecretJwt)
        .with_secret(RegisteredSecret::Plain(Secret::new(LONG_SECRET)));
    RegisteredClient::new(credentials, all_grants(), scope()).with_redirect_uri(REDIRECT_URI)
}

pub fn form(body: impl Into<String>) -> RequestParts {
    RequestParts::post(body.into().into_bytes()).content_type(b"application/x-www-form-urlencoded")
}

pub fn basic(body: impl Into<String>) -> RequestParts {
    form(body).authorization(BASIC)
}

pub fn signed(assertion: &str, body: &str) -> RequestParts {
    form(format!("{body}&client_assertion_type={CLIENT_ASSERTION_TYPE_JWT_BEARER}&client_assertion={assertion}"))
}

pub fn redeem_form(code: &Secret) -> String {
    format!("grant_type=authorization_code&code={}&redirect_uri={REDIRECT_URI}&code_verifier={VERIFIER}", code.expose())
}

pub fn redeem(code: &Secret) -> RequestParts {
    basic(redeem_form(code))
}

pub fn refresh(token: &Secret) -> RequestParts {
    basic(format!("grant_type=refresh_token&refresh_token={}", token.expose()))
}

pub fn status_and_error(settled: Settled) -> (u16, String) {
    let response = settled.into_response();
    let status = response.status();
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    (status, body.get("error").and_then(|error| error.as_str()).unwrap_or_default().into())
}

pub fn refused(status: u16, error: &str) -> (u16, String) {
    (status, error.into())
}

/// The claims of a JWT, whoever signed it.
pub fn claims(token: &Secret) -> serde_json::Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.expose().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub id: Option<Secret>,
    pub body: serde_json::Value,
}

impl Tokens {
    pub fn of(settled: Settled) -> Self {
        let reason = settled.reason().map(ToString::to_string);
        let response = settled.into_response();
        assert_eq!(response.status(), 200, "{reason:?}");
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let member = |name: &str| body.get(name).and_then(|value| value.as_str()).map(Secret::new);
        Self { access: member("access_token").unwrap(), refresh: member("refresh_token"), id: member("id_token"), body }
    }

    pub fn refresh(&self) -> &Secret {
        self.refresh.as_ref().unwrap()
    }
}
