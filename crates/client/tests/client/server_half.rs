//! The other half of the workspace: a token endpoint with a memory store, which judges what the client sends.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use symbolon_client::{
    AuthorizationCode, AuthorizationPlan, Client, IncomingResponse, OutgoingRequest, Received, Sending,
    jose::{SigningKey, UnverifiedJwt},
    pkce::CodeVerifier,
    policy::{GrantSet, Policy},
    types::{AuthMethod, ClientId, Issuer, RequestParts, Rule, Scope, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_server::{
    AccessToken, Endpoint, EndpointBuilder, Granted, NewCode, Reason, RegisteredClient, ServerKey, TokenPlan,
    TokenSigner,
    client_auth::{RegisteredCredentials, RegisteredSecret},
};
use symbolon_store::{Driver, Memory, Store as _};
use symbolon_testkit::{FixedRandom, keys};
use time::{Duration, UtcDateTime};

use crate::party::{CLIENT, ISSUER, REDIRECT_URI, now, scope};

pub(crate) const API: &str = "https://api.example";
pub(crate) const LEDGER: &str = "https://ledger.example";

/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct Server {
    driver: Driver<Memory>,
}

impl Server {
    /// Access tokens are JWTs for the API and the ledger.
    pub(crate) fn new(seed: u64, policy: Policy, change: impl FnOnce(EndpointBuilder) -> EndpointBuilder) -> Self {
        let plan = TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(key()))).with_audience(API).with_audience(LEDGER);
        let (issuer, crypto) = (Issuer::parse(ISSUER).unwrap(), PROVIDER.with_random(FixedRandom::leaked(seed)));
        let builder = Endpoint::builder(issuer, format!("{ISSUER}/token"), crypto, ServerKey::new("k1", [7; 32]));
        let endpoint = change(builder.policy(policy)).build().unwrap();
        let store = Memory::new(now().saturating_sub(Duration::hours(1)));
        Self { driver: Driver::new(endpoint, store, plan) }
    }

    pub(crate) fn store(&self) -> &Memory {
        self.driver.store()
    }

    pub(crate) fn register(self, client: RegisteredClient) -> Self {
        self.store().register(client);
        self
    }

    /// The answer to a request, and what did not hold if it is a refusal.
    pub(crate) fn answer(&self, request: &OutgoingRequest) -> (IncomingResponse, Option<Rule>) {
        self.answer_at(request, now())
    }

    pub(crate) fn answer_at(&self, request: &OutgoingRequest, at: UtcDateTime) -> (IncomingResponse, Option<Rule>) {
        let mut parts = RequestParts::post(request.body().expose().as_bytes().to_vec());
        for (name, value) in request.headers() {
            let value = value.expose().as_bytes();
            parts = match *name {
                "content-type" => parts.content_type(value),
                "authorization" => parts.authorization(value),
                "dpop" => parts.dpop(value),
                _ => parts,
            };
        }
        let settled = ready(self.driver.token(parts, at));
        let reason = settled.reason().map(Reason::rule);
        let response = settled.into_response();
        let mut answer = IncomingResponse::new(response.status(), response.body());
        for (name, value) in response.headers() {
            answer = answer.with_header(name, value.as_bytes());
        }
        (answer, reason)
    }

    /// What comes of a request at the first attempt.
    #[track_caller]
    pub(crate) fn send(&self, sending: Sending) -> Received {
        let (request, pending) = sending.ready().unwrap();
        pending.receive(&self.answer(&request).0, now()).unwrap()
    }

    /// The error of a request that is refused.
    #[track_caller]
    pub(crate) fn refuses(&self, sending: Sending) -> String {
        match self.send(sending) {
            Received::Refused(answer) => answer.code.as_str().into(),
            other => panic!("{other:?}"),
        }
    }

    /// A code of alice, as the client got it.
    pub(crate) fn code(&self, client: &Client, granted: Granted) -> AuthorizationCode {
        let registered = ready(self.store().client(client.client_id().as_str())).unwrap().unwrap();
        let verifier = || CodeVerifier::parse(VERIFIER).unwrap();
        let new = NewCode::new(registered, granted)
            .with_redirect_uri(REDIRECT_URI)
            .with_challenge(verifier().challenge(PROVIDER.sha256));
        let code = ready(self.driver.authorize(new, now())).unwrap();
        let plan = AuthorizationPlan::new(scope("read"));
        AuthorizationCode::assume_received(client, plan, code, verifier(), None, now()).unwrap()
    }
}

/// The client of these tests, registered for these grants by `client_secret_basic`.
pub(crate) fn registered(grants: GrantSet) -> RegisteredClient {
    let credentials = RegisteredCredentials::new(ClientId::parse(CLIENT).unwrap(), AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::Plain(Secret::new("gX1fBat3bV")));
    RegisteredClient::new(credentials, grants, granted_scope()).with_redirect_uri(REDIRECT_URI)
}

fn granted_scope() -> Scope {
    scope("read profile")
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap()
}

/// Whom an access token is for.
pub(crate) fn audience(access_token: &Secret) -> serde_json::Value {
    let key = key().verifying_key(&PROVIDER).unwrap();
    let jwt = UnverifiedJwt::parse(access_token.expose()).unwrap().verify(&key).unwrap();
    jwt.claims().unwrap().get("aud").unwrap().parse().unwrap()
}

pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store never waits"),
    }
}

/// The tokens of an answer for which nobody signs in.
#[track_caller]
pub(crate) fn tokens(received: Received) -> symbolon_client::Tokens {
    match received {
        Received::Tokens(tokens) => tokens.without_id_token().unwrap(),
        other => panic!("{other:?}"),
    }
}
