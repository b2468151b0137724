//! The example's sign-in, in this process: what its callback refuses, and how little it takes to be let in.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use serde_json::json;
use symbolon_client::{
    Client, SealingKey,
    id_token::Personal,
    jose::{JwkSet, SigningKey},
    token_request::TokenRequest,
    types::{Alg, ClientId, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_reqwest::Sender;
use symbolon_testkit::{FixedRandom, NOW_UNIX_SECONDS, keys};
use time::{Duration, UtcDateTime};
use tower_service::Service as _;

use crate::{
    login::{App, routes},
    server::{Server, answer, now},
};

const SUB: &str = "248289761001";

/// An authorization server with a key, whose next ID token has this nonce.
struct Issuer {
    server: Server,
    nonce: Arc<Mutex<String>>,
}

impl Issuer {
    async fn start() -> Self {
        let nonce = Arc::new(Mutex::new(String::new()));
        let next = Arc::clone(&nonce);
        let server = Server::start(move |origin, target| {
            let key = SigningKey::from_pem(&PROVIDER, keys::ED25519, Some(Alg::Ed25519)).unwrap();
            let body = match target {
                "/jwks" => JwkSet::new(vec![key.public_jwk().unwrap()]).to_json(),
                "/token" => {
                    let claims = json!({
                        "iss": origin, "sub": SUB, "aud": "app", "iat": NOW_UNIX_SECONDS, "exp": NOW_UNIX_SECONDS + 900,
                        "nonce": *next.lock().unwrap(),
                    });
                    let id_token = key.sign(&PROVIDER, None, claims.as_object().unwrap()).unwrap();
                    json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }).to_string()
                }
                other => panic!("{other}"),
            };
            answer(200, "content-type: application/json\r\n", &body)
        })
        .await;
        Self { server, nonce }
    }

    /// The example, whose clock stands there. Each has the same sealing key: they are processes of one program.
    fn program(&self, clock: fn() -> UtcDateTime) -> Router {
        let crypto = PROVIDER.with_random(FixedRandom::leaked(30));
        let client = Client::builder(self.server.issuer(), ClientId::parse("app").unwrap(), crypto)
            .authorization_endpoint(self.server.url("/authorize"))
            .token_endpoint(self.server.url("/token"))
            .jwks_uri(self.server.url("/jwks"))
            .id_token_algorithms([Alg::Ed25519])
            .redirect_uri("http://127.0.0.1:9000/cb")
            .build()
            .unwrap();
        let key = SealingKey::new(&PROVIDER, &SecretBytes::new([30; 32])).unwrap();
        let sessions = HashMap::from([("planted".to_owned(), Personal::new("mallory"))]);
        let (sender, sessions) = (Sender::new().unwrap(), tokio::sync::Mutex::new(sessions));
        routes(App { client, sender, key, clock, sessions, taken: tokio::sync::Mutex::default() })
    }

    /// How many codes were exchanged.
    fn exchanges(&self) -> usize {
        self.server.targets().iter().filter(|target| *target == "/token").count()
    }
}

/// A browser that keeps what it is told to, and forgets it when it is told to.
#[derive(Clone, Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    async fn get(&mut self, program: &Router, target: &str) -> Response {
        let cookies = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = Request::get(target).header(header::COOKIE, cookies).body(Body::empty()).unwrap();
        let response = program.clone().call(request).await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let (pair, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(name.starts_with("__Host-"), "{name}");
            assert!(attributes.starts_with("Path=/; Secure; HttpOnly; SameSite=Lax"), "{attributes}");
            if attributes.ends_with("; Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.into(), value.into());
            }
        }
        response
    }

    /// Is sent away, and signed in there: the callback that it is sent back to.
    async fn sent_back(&mut self, program: &Router, issuer: &Issuer) -> String {
        let response = self.get(program, "/login").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let location = response.headers()[header::LOCATION].to_str().unwrap();
        let (_, query) = location.split_once('?').unwrap();
        let asked = TokenRequest::parse(query.as_bytes().to_vec()).unwrap();
        *issuer.nonce.lock().unwrap() = asked.parameter("nonce").unwrap().into();
        format!("/cb?code=SplxlOBeZQQYbYS6WxSbIA&state={}", asked.parameter("state").unwrap())
    }

    async fn who(&mut self, program: &Router) -> String {
        let body = axum::body::to_bytes(self.get(program, "/").await.into_body(), 1024).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap().trim().to_owned()
    }
}

#[tokio::test]
async fn who_signs_in_has_a_new_session_and_no_pending_half() {
    let issuer = Issuer::start().await;
    let program = issuer.program(now);
    // Somebody else knows the session that this browser has.
    let mut browser = Browser::default();
    browser.0.insert("__Host-session".into(), "planted".into());
    let mut other = browser.clone();
    assert_eq!(other.who(&program).await, "mallory");

    let callback = browser.sent_back(&program, &issuer).await;
    assert_eq!(browser.0.len(), 2, "the session, and the pending half");
    let response = browser.get(&program, &callback).await;
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    assert_eq!(browser.who(&program).await, SUB);
    assert_eq!(browser.0.keys().collect::<Vec<_>>(), ["__Host-session"]);
    assert_ne!(browser.0["__Host-session"], "planted");
    assert_eq!(other.who(&program).await, "nobody", "the session that was known has ended");
}

#[tokio::test]
async fn the_callback_of_another_browser_is_refused() {
    let issuer = Issuer::start().await;
    let program = issuer.program(now);
    let (mut browser, mut other) = (Browser::default(), Browser::default());
    let own = other.sent_back(&program, &issuer).await;
    let callback = browser.sent_back(&program, &issuer).await;

    for mut stranger in [Browser::default(), other.clone()] {
        assert_eq!(stranger.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(stranger.who(&program).await, "nobody");
    }
    // The stranger's own pending half, filed under the name of the other one.
    let names = |browser: &Browser| browser.0.keys().next().unwrap().clone();
    let mut stranger = Browser(BTreeMap::from([(names(&browser), other.0[&names(&other)].clone())]));
    let mut same = Browser(BTreeMap::from([(names(&other), browser.0[&names(&browser)].clone())]));
    assert_eq!(stranger.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(same.get(&program, &own).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(issuer.exchanges(), 0, "no code was sent anywhere");

    assert_eq!(browser.get(&program, &callback).await.status(), StatusCode::SEE_OTHER, "its own callback is taken");
    assert_eq!((browser.who(&program).await.as_str(), issuer.exchanges()), (SUB, 1));
}

#[tokio::test]
async fn a_second_callback_is_refused() {
    let issuer = Issuer::start().await;
    let program = issuer.program(now);
    let mut browser = Browser::default();
    let callback = browser.sent_back(&program, &issuer).await;
    let mut copy = browser.clone();
    assert_eq!(browser.get(&program, &callback).await.status(), StatusCode::SEE_OTHER);

    assert_eq!(browser.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST, "the cookie is gone");
    assert_eq!(copy.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST, "and a copy of it is of no use");
    assert_eq!(copy.who(&program).await, "nobody");
    assert_eq!((browser.who(&program).await.as_str(), issuer.exchanges()), (SUB, 1));
}

#[tokio::test]
async fn an_old_cookie_is_refused() {
    let issuer = Issuer::start().await;
    let mut browser = Browser::default();
    let callback = browser.sent_back(&issuer.program(now), &issuer).await;
    // A browser that does not heed `Max-Age`.
    let mut late = browser.clone();
    let program = issuer.program(|| now() + Duration::minutes(10));
    assert_eq!(late.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!((late.who(&program).await.as_str(), issuer.exchanges()), ("nobody", 0));
    assert!(late.0.is_empty(), "and is told to forget it");

    let program = issuer.program(|| now() + Duration::seconds(599));
    assert_eq!(browser.get(&program, &callback).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.who(&program).await, SUB);
}

#[tokio::test]
async fn a_sign_in_that_fails_leaves_nobody_signed_in_and_no_pending_half() {
    let issuer = Issuer::start().await;
    let program = issuer.program(now);
    let mut browser = Browser::default();
    let callback = browser.sent_back(&program, &issuer).await;
    *issuer.nonce.lock().unwrap() = "of another sign-in".into();
    assert_eq!(browser.get(&program, &callback).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!((browser.who(&program).await.as_str(), issuer.exchanges()), ("nobody", 1));
    assert!(browser.0.is_empty());
    for callback in ["/cb", "/cb?code=a", "/cb?state=a&state=b&code=c"] {
        assert_eq!(browser.get(&program, callback).await.status(), StatusCode::BAD_REQUEST, "{callback}");
    }
}
