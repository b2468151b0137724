//! The two parties of every test: a client, and a server that answers what it is told.

use serde_json::{Map, Value, json};
use symbolon_client::{
    AuthorizationPlan, Client, ClientBuilder, FailedExchange, Failure, IncomingResponse, OutgoingRequest,
    PendingTokens, Received, UnverifiedTokens, VerifyError,
    client_auth::ClientAuthentication,
    jose::{SigningKey, VerifyingKeys},
    token_request::TokenRequest,
    types::{Alg, ClientId, Issuer, Scope},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{FixedRandom, NOW_UNIX_SECONDS, keys};
use time::UtcDateTime;

pub(crate) const NOW: i64 = NOW_UNIX_SECONDS;
pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CLIENT: &str = "s6BhdRkqt3";
pub(crate) const REDIRECT_URI: &str = "https://client.example.com/cb";
pub(crate) const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";
pub(crate) const ACCESS_TOKEN: &str = "2YotnFZFEjr1zCsicMWpAA";
pub(crate) const REFRESH_TOKEN: &str = "tGzv3JOkF0XG5Qx2TlKWIA";

pub(crate) fn now() -> UtcDateTime {
    symbolon_testkit::now()
}

pub(crate) fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

/// A public client of the issuer, with randomness that repeats.
pub(crate) fn builder() -> ClientBuilder {
    let crypto = PROVIDER.with_random(FixedRandom::leaked(1));
    Client::builder(Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap(), crypto)
        .authorization_endpoint("https://as.example/authorize")
        .token_endpoint("https://as.example/token")
        .redirect_uri(REDIRECT_URI)
        .id_token_algorithms([Alg::Ed25519])
}

/// A confidential client of the issuer.
pub(crate) fn client() -> Client {
    builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap()
}

/// A parameter of a form or of the query of a URL.
pub(crate) fn parameter(form: &str, name: &str) -> Option<String> {
    let form = form.split_once('?').map_or(form, |(_, query)| query);
    TokenRequest::parse(form.as_bytes().to_vec()).unwrap().parameter(name).map(String::from)
}

/// A sign-in that has come as far as the token endpoint.
pub(crate) struct SignIn {
    pub(crate) url: String,
    pub(crate) request: OutgoingRequest,
    pub(crate) pending: PendingTokens,
}

impl SignIn {
    /// Runs the plan: the browser goes, comes back with a code, and the token request is ready.
    pub(crate) fn begin(client: &Client, plan: AuthorizationPlan) -> Self {
        let (request, pending) = client.authorize(plan).unwrap();
        let url = request.url().expose().to_owned();
        let query = format!("code={CODE}&state={}", pending.state().expose());
        let code = pending.receive(&query, now()).unwrap();
        let (request, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
        Self { url, request, pending }
    }

    pub(crate) fn openid() -> Self {
        Self::begin(&client(), AuthorizationPlan::new(scope("openid profile")))
    }

    pub(crate) fn nonce(&self) -> String {
        parameter(&self.url, "nonce").unwrap()
    }

    /// The claims of the right ID token.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        object(json!({
            "iss": ISSUER,
            "sub": "248289761001",
            "aud": CLIENT,
            "exp": NOW + 300,
            "iat": NOW,
            "nonce": self.nonce(),
        }))
    }

    /// The tokens with this ID token.
    pub(crate) fn tokens(self, id_token: &str) -> UnverifiedTokens {
        tokens(self.pending, json!({ "id_token": id_token }))
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

/// The answer 200 with an access token and these members; `null` takes one away.
pub(crate) fn answer(members: Value) -> IncomingResponse {
    let mut body = object(json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600 }));
    for (name, value) in object(members) {
        if value.is_null() {
            body.remove(&name);
        } else {
            body.insert(name, value);
        }
    }
    IncomingResponse::json(200, serde_json::to_vec(&body).unwrap())
}

pub(crate) fn tokens(pending: PendingTokens, members: Value) -> UnverifiedTokens {
    match pending.receive(&answer(members), now()).unwrap() {
        Received::Tokens(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

/// Why tokens that came were not taken.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
#[track_caller]
pub(crate) fn not_verified(failed: FailedExchange) -> VerifyError {
    match failed.failure() {
        Failure::NotVerified(error) => error.clone(),
        other => panic!("{other:?}"),
    }
}

/// The key of the issuer.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, keys::ED25519, Some(Alg::Ed25519)).unwrap().with_kid("1")
}

pub(crate) fn published() -> VerifyingKeys {
    VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap()])
}

pub(crate) fn sign(claims: &Map<String, Value>) -> String {
    key().sign(&PROVIDER, None, claims).unwrap()
}
