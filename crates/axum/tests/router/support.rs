//! A router with a client for each method, at a fixed moment.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request},
};
use serde_json::Value;
use symbolon_axum::{
    TokenEndpoint,
    jose::{JwkSet, SigningKey, VerifyingKeys},
    routes,
    server::{
        AccessToken, Endpoint, Granted, MetadataUrls, NewCode, RegisteredClient, ServerKey, TokenPlan, TokenSigner,
        client_auth::{AssertionSigner, ClientAuthentication, ClientKeys, RegisteredCredentials, RegisteredSecret},
        crypto::CryptoProvider,
    },
    store::{Driver, Memory, Store as _, policy::GrantSet},
    types::{AuthMethod, ClientId, Issuer, Scope},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::{CodeChallenge, CodeVerifier};
use symbolon_testkit::{FixedRandom, keys, now};
use symbolon_token_request::FormEncoder;
use tower_service::Service as _;

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// `app` with its secret.
pub(crate) const BASIC: &str = "Basic YXBwOm15c2VjcmV0";
/// What `app` may do without anybody's consent.
pub(crate) const BODY: &str = "grant_type=client_credentials";
/// RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";

pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) driver: Driver<Memory>,
    crypto: CryptoProvider,
    key: SigningKey,
}

pub(crate) fn app() -> App {
    let crypto = PROVIDER.with_random(FixedRandom::leaked(1));
    let key = SigningKey::from_pem(&crypto, keys::P256, None).unwrap().with_kid("2023");
    let store = Memory::new(now());

    let scope = Scope::parse("openid read").unwrap();
    let login = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
    let every = login.and(GrantSet::CLIENT_CREDENTIALS);
    let secret = || RegisteredSecret::Plain("mysecret".into());
    let of = |id, method| RegisteredCredentials::new(ClientId::parse(id).unwrap(), method);
    let keys = ClientKeys::Inline(VerifyingKeys::new(vec![key.verifying_key(&crypto).unwrap()]));
    for (credentials, grants) in [
        (of("app", AuthMethod::ClientSecretBasic).with_secret(secret()), every),
        (of("other app", AuthMethod::ClientSecretBasic).with_secret(RegisteredSecret::Plain("å+:%".into())), every),
        (of("login", AuthMethod::ClientSecretBasic).with_secret(secret()), login),
        (of("post", AuthMethod::ClientSecretPost).with_secret(secret()), every),
        (of("jwt", AuthMethod::PrivateKeyJwt).with_keys(keys), every),
        (of("spa", AuthMethod::None), every),
    ] {
        store.register(RegisteredClient::new(credentials, grants, scope.clone()).with_redirect_uri(REDIRECT_URI));
    }

    let issuer = Issuer::parse(ISSUER).unwrap();
    let url = format!("{ISSUER}/token");
    let endpoint = Endpoint::builder(issuer, url, crypto, ServerKey::new("1", [7; 32])).build().unwrap();
    let plan = TokenPlan::new(AccessToken::Opaque).with_id_token(TokenSigner::Local(key.clone()));
    let driver = Driver::new(endpoint, store, plan);
    let mut metadata = MetadataUrls::default();
    metadata.authorization_endpoint = Some(format!("{ISSUER}/authorize"));
    metadata.auth_methods = vec![AuthMethod::ClientSecretBasic, AuthMethod::PrivateKeyJwt];
    let token_endpoint = TokenEndpoint::builder(driver.clone())
        .jwks(JwkSet::new(vec![key.public_jwk().unwrap()]))
        .metadata(metadata)
        .clock(now)
        .build();
    App { router: routes(token_endpoint), driver, crypto, key }
}

impl App {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_vec() }
    }

    /// A token request with this body, as `app` or with another header.
    pub(crate) async fn post(&self, authorization: Option<&str>, body: impl Into<Body>) -> Answer {
        let request = Request::post("/token").header("content-type", FORM);
        let request = match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A code of `alice` for this client.
    pub(crate) async fn code(&self, client_id: &str) -> String {
        let client = self.driver.store().client(client_id).await.unwrap().unwrap();
        let mut granted = Granted::to_user("alice", Scope::parse("openid").unwrap());
        granted.claims.insert("name".into(), "Alice".into());
        let challenge: CodeChallenge = CodeVerifier::parse(VERIFIER).unwrap().challenge(self.crypto.sha256);
        let new = NewCode::new(client, granted).with_redirect_uri(REDIRECT_URI).with_challenge(challenge);
        self.driver.authorize(new, now()).await.unwrap().expose().to_owned()
    }

    /// The form in which this code is redeemed.
    pub(crate) fn redemption(code: &str) -> String {
        form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", REDIRECT_URI),
        ])
    }

    /// `client_credentials` of `jwt` with a fresh assertion.
    pub(crate) fn assertion(&self) -> String {
        let signer = AssertionSigner::new(self.key.clone(), &Issuer::parse(ISSUER).unwrap());
        let client_id = ClientId::parse("jwt").unwrap();
        let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(&self.crypto, &client_id, now()).unwrap();
        let mut pairs = vec![("grant_type", "client_credentials")];
        pairs.extend(applied.parameters.iter().map(|(name, value)| (*name, value.expose())));
        form(&pairs)
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let mut encoder = FormEncoder::new();
    for (name, value) in pairs {
        encoder.push(name, value);
    }
    encoder.finish().expose().to_owned()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap().to_owned()
    }

    /// What every answer of the token endpoint has (RFC 6749 §5.1, §5.2).
    fn framed(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
    }

    #[track_caller]
    pub(crate) fn accepted(&self) {
        assert_eq!(self.status, 200, "{self:?}");
        self.framed();
        assert_eq!(self.json()["token_type"], "Bearer");
        assert!(self.json().get("error").is_none());
    }

    /// Refused with this status and code, with the headers that belong to the status, and without a token.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.json()["error"], error);
        self.framed();
        let challenge = (status == 401).then_some("Basic realm=\"https://as.example\"");
        assert_eq!(self.header("www-authenticate"), challenge);
        assert_eq!(self.header("allow"), (status == 405).then_some("POST"));
        assert!(self.json().get("access_token").is_none());
    }
}
