//! The route of the backchannel authentication endpoint (OpenID CIBA §7), which is there if the builder was told of it.

use axum::{Router, body::Body, http::Request};
use serde_json::{Value, json};
use symbolon_axum::{
    Paths, Respond, RespondToBackchannel, TokenEndpoint, routes,
    server::{
        AccessToken, BackchannelRefusal, Decision, Endpoint, Granted, Hint, MetadataUrls, RegisteredClient, ServerKey,
        Settled, TokenPlan,
        client_auth::{RegisteredCredentials, RegisteredSecret},
    },
    store::{
        Driver, Memory, Store as _,
        policy::{GrantSet, Policy},
    },
    types::{AuthMethod, ClientId, Issuer, RequestParts, Scope, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{FixedRandom, now};
use time::UtcDateTime;
use tower_service::Service as _;

use crate::support::{Answer, BASIC, FORM, ISSUER};

const CIBA: &str = "urn%3Aopenid%3Aparams%3Agrant-type%3Aciba";
const ASK: &str = "scope=openid&login_hint=alice";

/// A server with one user.
#[derive(Clone)]
struct Server(Driver<Memory>);

impl Respond for Server {
    fn endpoint(&self) -> &Endpoint {
        self.0.endpoint()
    }

    async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.0.token(parts, now).await
    }

    async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.0.userinfo(parts, now).await
    }
}

impl RespondToBackchannel for Server {
    async fn backchannel_authentication(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        let decided = self.0.backchannel_request(parts, now).await.and_then(|request| match request.hint() {
            Hint::Login(login) if login == "alice" => request.accept("alice", now),
            _ => Err(request.refuse(BackchannelRefusal::UnknownUser)),
        });
        self.0.finish(decided).await
    }
}

/// `app` has the grant, `other` has not; whether the server has is the caller's word.
fn server(grants: GrantSet) -> Server {
    let store = Memory::new(now());
    let secret = || RegisteredSecret::Plain("mysecret".into());
    for (id, grants) in [("app", GrantSet::CIBA), ("other", GrantSet::CLIENT_CREDENTIALS)] {
        let credentials = RegisteredCredentials::new(ClientId::parse(id).unwrap(), AuthMethod::ClientSecretBasic);
        let scope = Scope::parse("openid read").unwrap();
        store.register(RegisteredClient::new(credentials.with_secret(secret()), grants, scope));
    }
    let mut policy = Policy::OAUTH_2_1;
    policy.grants = policy.grants.and(grants);
    let issuer = Issuer::parse(ISSUER).unwrap();
    let crypto = PROVIDER.with_random(FixedRandom::leaked(1));
    let endpoint = Endpoint::builder(issuer, format!("{ISSUER}/token"), crypto, ServerKey::new("1", [7; 32]));
    let key = symbolon_axum::jose::SigningKey::from_pem(&crypto, symbolon_testkit::keys::P256, None).unwrap();
    let plan = TokenPlan::new(AccessToken::Opaque);
    let plan = plan.with_id_token(symbolon_axum::server::TokenSigner::Local(key.with_kid("2023")));
    Server(Driver::new(endpoint.policy(policy).build().unwrap(), store, plan))
}

struct App {
    router: Router,
    driver: Driver<Memory>,
}

fn app() -> App {
    let server = server(GrantSet::CIBA);
    let endpoint = TokenEndpoint::builder(server.clone()).backchannel_authentication();
    App { router: routes(endpoint.clock(now).build()), driver: server.0 }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_vec() }
}

async fn post(router: &Router, path: &str, authorization: Option<&str>, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", FORM);
    let request = authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    send(router, request.body(body.into()).unwrap()).await
}

async fn ask(app: &App, authorization: Option<&str>, body: &'static str) -> Answer {
    post(&app.router, "/bc-authorize", authorization, body).await
}

#[tokio::test]
async fn section_7_3_a_client_gets_an_auth_req_id_and_the_tokens_when_the_user_has_said_yes() {
    let app = app();
    let answer = ask(&app, Some(BASIC), ASK).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    assert_eq!((&answer.json()["expires_in"], &answer.json()["interval"]), (&json!(600), &json!(5)));
    let id = answer.member("auth_req_id");

    let poll = format!("grant_type={CIBA}&auth_req_id={id}");
    post(&app.router, "/token", Some(BASIC), poll.clone()).await.refused(400, "authorization_pending");
    let key = app.driver.endpoint().auth_req_id_digest(&Secret::new(id));
    let deferred = app.driver.store().deferred(symbolon_axum::server::DeferredKey::Id(key)).await.unwrap().unwrap();
    let granted = Granted::to_user("alice", deferred.asked.scope.clone());
    app.driver.decide_deferred(&deferred, Decision::Approve(Box::new(granted)), now()).await.unwrap();
    post(&app.router, "/token", Some(BASIC), poll.clone()).await.accepted();
    post(&app.router, "/token", Some(BASIC), poll).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_authenticates_as_at_the_token_endpoint_and_names_somebody() {
    let app = app();
    ask(&app, Some("Basic YXBwOndyb25n"), ASK).await.refused(401, "invalid_client");
    ask(&app, None, ASK).await.refused(400, "invalid_client");
    ask(&app, None, "client_id=app&scope=openid&login_hint=alice").await.refused(400, "invalid_client");
    // `other:mysecret`
    ask(&app, Some("Basic b3RoZXI6bXlzZWNyZXQ="), ASK).await.refused(400, "unauthorized_client");
    ask(&app, Some(BASIC), "scope=openid").await.refused(400, "invalid_request");
    ask(&app, Some(BASIC), "scope=read&login_hint=alice").await.refused(400, "invalid_scope");
    ask(&app, Some(BASIC), "scope=openid&login_hint=mallory").await.refused(400, "unknown_user_id");
    assert_eq!(ask(&app, Some(BASIC), ASK).await.status, 200);
}

#[tokio::test]
async fn it_is_framed_as_the_token_endpoint_is() {
    let app = app();
    let of = |method: &str, target: &str, content_type: &str| {
        let request = Request::builder().method(method).uri(target).header("content-type", content_type);
        request.header("authorization", BASIC).body(Body::from(ASK)).unwrap()
    };
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        let answer = send(&app.router, of(method, "/bc-authorize", FORM)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
    send(&app.router, of("POST", "/bc-authorize", "text/plain")).await.refused(400, "invalid_request");
    send(&app.router, of("POST", "/bc-authorize?client_id=app", FORM)).await.refused(400, "invalid_request");
    let too_long = format!("{ASK}&a={}", "x".repeat(65_535));
    post(&app.router, "/bc-authorize", Some(BASIC), too_long).await.refused(413, "invalid_request");
    // D14: a certificate in a header is nobody's, here too.
    let request = Request::post("/bc-authorize").header("content-type", FORM).header("authorization", BASIC);
    let request = request.header("client-cert", ":AQID:").body(Body::from(ASK)).unwrap();
    send(&app.router, request).await.refused(400, "invalid_request");
    assert_eq!(send(&app.router, of("POST", "/bc-authorize", FORM)).await.status, 200);
}

#[tokio::test]
async fn section_4_the_metadata_names_it_where_it_is() {
    let document = |told: bool, paths: Paths, metadata: MetadataUrls| {
        let builder = TokenEndpoint::builder(server(GrantSet::CIBA)).paths(paths).metadata(metadata).clock(now);
        let builder = if told { builder.backchannel_authentication() } else { builder };
        serde_json::from_str::<Value>(builder.build().metadata()).unwrap()
    };
    let name = "backchannel_authentication_endpoint";
    let told = document(true, Paths::default(), MetadataUrls::default());
    assert_eq!(told[name], "https://as.example/bc-authorize");
    assert_eq!(told["backchannel_token_delivery_modes_supported"], json!(["poll", "ping"]));
    assert!(told.get("mtls_endpoint_aliases").is_none());
    let untold = document(false, Paths::default(), MetadataUrls::default());
    assert!(untold.get(name).is_none());
    let told = document(true, Paths::under("/tenant"), MetadataUrls::default());
    assert_eq!(told[name], "https://as.example/tenant/bc-authorize");

    let mutual_tls = || {
        let mut metadata = MetadataUrls::default();
        metadata.mtls_token_endpoint = Some("https://mtls.as.example/token".into());
        metadata
    };
    let told = document(true, Paths::default(), mutual_tls());
    assert_eq!(told["mtls_endpoint_aliases"][name], "https://mtls.as.example/bc-authorize");
    assert!(told["mtls_endpoint_aliases"].get("device_authorization_endpoint").is_none());
    let untold = document(false, Paths::default(), mutual_tls());
    assert!(untold["mtls_endpoint_aliases"].get(name).is_none());
}

#[tokio::test]
async fn without_the_builders_word_there_is_no_route_and_without_the_grant_nobody_is_asked() {
    let untold = routes(TokenEndpoint::builder(server(GrantSet::CIBA)).clock(now).build());
    assert_eq!(post(&untold, "/bc-authorize", Some(BASIC), ASK).await.status, 404);
    let told = TokenEndpoint::builder(server(GrantSet::NONE)).backchannel_authentication().clock(now).build();
    let refused = post(&routes(told), "/bc-authorize", Some(BASIC), ASK).await;
    refused.refused(400, "unsupported_grant_type");
}
