//! The route of the device authorization endpoint (RFC 8628 §3.1), which is there if the builder was told of it.

use axum::{Router, body::Body, http::Request};
use serde_json::{Value, json};
use symbolon_axum::{
    Paths, TokenEndpoint, routes,
    server::{
        AccessToken, Decision, Endpoint, Granted, MetadataUrls, RegisteredClient, ServerKey, TokenPlan,
        client_auth::{RegisteredCredentials, RegisteredSecret},
    },
    store::{
        Driver, Memory, Store as _,
        policy::{GrantSet, Policy},
    },
    types::{AuthMethod, ClientId, Issuer, Scope},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::{FixedRandom, now};
use tower_service::Service as _;

use crate::support::{Answer, BASIC, FORM, ISSUER};

const DEVICE_CODE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// `app` has the grant, `other` has not; whether the server has is the caller's word.
fn driver(grants: GrantSet) -> Driver<Memory> {
    let store = Memory::new(now());
    let secret = || RegisteredSecret::Plain("mysecret".into());
    for (id, grants) in [("app", GrantSet::DEVICE_CODE), ("other", GrantSet::CLIENT_CREDENTIALS)] {
        let credentials = RegisteredCredentials::new(ClientId::parse(id).unwrap(), AuthMethod::ClientSecretBasic);
        let scope = Scope::parse("openid read").unwrap();
        store.register(RegisteredClient::new(credentials.with_secret(secret()), grants, scope));
    }
    let mut policy = Policy::OAUTH_2_1;
    policy.grants = policy.grants.and(grants);
    let issuer = Issuer::parse(ISSUER).unwrap();
    let crypto = PROVIDER.with_random(FixedRandom::leaked(1));
    let endpoint = Endpoint::builder(issuer, format!("{ISSUER}/token"), crypto, ServerKey::new("1", [7; 32]));
    Driver::new(endpoint.policy(policy).build().unwrap(), store, TokenPlan::new(AccessToken::Opaque))
}

struct App {
    router: Router,
    driver: Driver<Memory>,
}

fn app() -> App {
    let driver = driver(GrantSet::DEVICE_CODE);
    let endpoint = TokenEndpoint::builder(driver.clone()).device_authorization("https://as.example/device");
    App { router: routes(endpoint.clock(now).build()), driver }
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
    post(&app.router, "/device_authorization", authorization, body).await
}

#[tokio::test]
async fn rfc8628_3_2_a_device_gets_its_codes_and_the_token_when_the_user_has_said_yes() {
    let app = app();
    let answer = ask(&app, Some(BASIC), "scope=read").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    let told = answer.json();
    let user_code = answer.member("user_code");
    assert_eq!(told["verification_uri"], "https://as.example/device");
    assert_eq!(told["verification_uri_complete"], format!("https://as.example/device?user_code={user_code}"));
    assert_eq!((&told["expires_in"], &told["interval"]), (&json!(600), &json!(5)));

    let poll = format!("grant_type={DEVICE_CODE}&device_code={}", answer.member("device_code"));
    post(&app.router, "/token", Some(BASIC), poll.clone()).await.refused(400, "authorization_pending");
    let key = app.driver.endpoint().user_code(&user_code).unwrap();
    let deferred = app.driver.store().deferred(key).await.unwrap().unwrap();
    let granted = Granted::to_user("alice", deferred.asked.scope.clone());
    app.driver.decide_deferred(&deferred, Decision::Approve(Box::new(granted)), now()).await.unwrap();
    post(&app.router, "/token", Some(BASIC), poll.clone()).await.accepted();
    post(&app.router, "/token", Some(BASIC), poll).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_authenticates_as_at_the_token_endpoint() {
    let app = app();
    ask(&app, Some("Basic YXBwOndyb25n"), "scope=read").await.refused(401, "invalid_client");
    ask(&app, None, "scope=read").await.refused(400, "invalid_client");
    ask(&app, None, "client_id=app").await.refused(400, "invalid_client");
    ask(&app, Some(BASIC), "client_id=other").await.refused(400, "invalid_request");
    // `other:mysecret`
    ask(&app, Some("Basic b3RoZXI6bXlzZWNyZXQ="), "").await.refused(400, "unauthorized_client");
    ask(&app, Some(BASIC), "scope=write").await.refused(400, "invalid_scope");
    ask(&app, Some(BASIC), "scope=read&scope=read").await.refused(400, "invalid_request");
    assert_eq!(ask(&app, Some(BASIC), "scope=read").await.status, 200);
}

#[tokio::test]
async fn it_is_framed_as_the_token_endpoint_is() {
    let app = app();
    let of = |method: &str, target: &str, content_type: &str| {
        let request = Request::builder().method(method).uri(target).header("content-type", content_type);
        request.header("authorization", BASIC).body(Body::from("scope=read")).unwrap()
    };
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        let answer = send(&app.router, of(method, "/device_authorization", FORM)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
    send(&app.router, of("POST", "/device_authorization", "text/plain")).await.refused(400, "invalid_request");
    send(&app.router, of("POST", "/device_authorization?client_id=app", FORM)).await.refused(400, "invalid_request");
    let too_long = format!("scope=read&a={}", "x".repeat(65_535));
    post(&app.router, "/device_authorization", Some(BASIC), too_long).await.refused(413, "invalid_request");
    // D14: a certificate in a header is nobody's, here too.
    let request = Request::post("/device_authorization").header("content-type", FORM).header("authorization", BASIC);
    let request = request.header("client-cert", ":AQID:").body(Body::from("scope=read")).unwrap();
    send(&app.router, request).await.refused(400, "invalid_request");
    assert_eq!(send(&app.router, of("POST", "/device_authorization", FORM)).await.status, 200);
}

#[tokio::test]
async fn rfc8628_4_the_metadata_names_it_where_it_is() {
    let document = |devices: bool, paths: Paths, metadata: MetadataUrls| {
        let builder = TokenEndpoint::builder(driver(GrantSet::DEVICE_CODE)).paths(paths).metadata(metadata).clock(now);
        let builder = if devices { builder.device_authorization("https://as.example/device") } else { builder };
        let endpoint = builder.build();
        assert_eq!(endpoint.verification_uri(), devices.then_some("https://as.example/device"));
        serde_json::from_str::<Value>(endpoint.metadata()).unwrap()
    };
    let told = document(true, Paths::default(), MetadataUrls::default());
    assert_eq!(told["device_authorization_endpoint"], "https://as.example/device_authorization");
    assert!(told.get("mtls_endpoint_aliases").is_none());
    let untold = document(false, Paths::default(), MetadataUrls::default());
    assert!(untold.get("device_authorization_endpoint").is_none());

    let told = document(true, Paths::under("/tenant"), MetadataUrls::default());
    assert_eq!(told["device_authorization_endpoint"], "https://as.example/tenant/device_authorization");

    let mutual_tls = || {
        let mut metadata = MetadataUrls::default();
        metadata.mtls_token_endpoint = Some("https://mtls.as.example/token".into());
        metadata
    };
    let told = document(true, Paths::default(), mutual_tls());
    let alias = &told["mtls_endpoint_aliases"]["device_authorization_endpoint"];
    assert_eq!(alias, "https://mtls.as.example/device_authorization");
    let untold = document(false, Paths::default(), mutual_tls());
    assert!(untold["mtls_endpoint_aliases"].get("device_authorization_endpoint").is_none());
}

#[tokio::test]
async fn without_the_builders_word_there_is_no_route_and_without_the_grant_nobody_gets_a_code() {
    let untold = routes(TokenEndpoint::builder(driver(GrantSet::DEVICE_CODE)).clock(now).build());
    assert_eq!(post(&untold, "/device_authorization", Some(BASIC), "scope=read").await.status, 404);
    let told = TokenEndpoint::builder(driver(GrantSet::NONE)).device_authorization("https://as.example/device");
    let told = routes(told.clock(now).build());
    let refused = post(&told, "/device_authorization", Some(BASIC), "scope=read").await;
    refused.refused(400, "unsupported_grant_type");
}
