//! What each route says.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use symbolon_axum::{Paths, TokenEndpoint, jose::JwkSet, routes, server::MetadataUrls};
use symbolon_testkit::now;
use tower_service::Service as _;

use crate::support::{App, BASIC, BODY, FORM, ISSUER, app};

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn each_method_gets_its_tokens_and_its_wrong_twin_does_not() {
    let app = app();
    app.post(Some(BASIC), BODY).await.accepted();
    app.post(Some("Basic YXBwOm15c2VjcmVU"), BODY).await.refused(401, "invalid_client");

    let post = format!("{BODY}&client_id=post&client_secret=");
    app.post(None, format!("{post}mysecret")).await.accepted();
    app.post(None, format!("{post}mysecreT")).await.refused(400, "invalid_client");

    let assertion = app.assertion();
    app.post(None, assertion.clone()).await.accepted();
    app.post(None, assertion).await.refused(400, "invalid_client");

    let redemption = format!("{}&client_id=spa", App::redemption(&app.code("spa").await));
    app.post(None, redemption.clone()).await.accepted();
    app.post(None, redemption).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_gives_tokens_that_rotate_and_are_good_for_userinfo_until_it_is_replayed() {
    let app = app();
    let redemption = App::redemption(&app.code("app").await);
    let tokens = app.post(Some(BASIC), redemption.clone()).await;
    tokens.accepted();
    assert_eq!(tokens.json()["scope"], "openid");
    assert!(tokens.json()["id_token"].is_string());

    let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens.member("refresh_token"));
    let refreshed = app.post(Some(BASIC), refresh).await;
    refreshed.accepted();

    let userinfo = |token: &str| {
        Request::get("/userinfo").header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
    };
    let claims = app.send(userinfo(&refreshed.member("access_token"))).await;
    assert_eq!(claims.status, 200);
    assert_eq!(claims.header("content-type"), Some("application/json"));
    assert_eq!(claims.header("cache-control"), Some("no-store"));
    assert_eq!(claims.json(), json!({ "sub": "alice", "name": "Alice" }));

    app.post(Some(BASIC), redemption).await.refused(400, "invalid_grant");
    let revoked = app.send(userinfo(&refreshed.member("access_token"))).await;
    assert_eq!(revoked.status, 401);
    assert!(revoked.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn userinfo_takes_a_token_from_the_header_by_get_and_post_and_from_nowhere_else() {
    let app = app();
    let token = app.post(Some(BASIC), App::redemption(&app.code("app").await)).await.member("access_token");
    let bearer = format!("bearer {token}");
    for method in ["GET", "POST"] {
        let request = Request::builder().method(method).uri("/userinfo").header("authorization", &bearer);
        assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, 200, "{method}");
    }

    let anonymous = app.send(get("/userinfo")).await;
    assert_eq!(anonymous.status, 401);
    let challenges = anonymous.header("www-authenticate").unwrap();
    assert!(challenges.starts_with("Bearer realm=\"https://as.example\", DPoP realm=\"https://as.example\", algs="));
    assert!(!challenges.contains("error"), "nothing was presented");
    assert_eq!(anonymous.header("cache-control"), Some("no-store"));
    assert_eq!(app.send(get(&format!("/userinfo?access_token={token}"))).await.status, 401);
    let in_form = Request::post("/userinfo").header("content-type", FORM);
    assert_eq!(app.send(in_form.body(Body::from(format!("access_token={token}"))).unwrap()).await.status, 401);
    let twice = Request::get("/userinfo").header("authorization", &bearer).header("authorization", &bearer);
    // RFC 6750 §3.1: more than one way to present a token is a malformed request.
    assert_eq!(app.send(twice.body(Body::empty()).unwrap()).await.status, 400);
    let other = Request::delete("/userinfo").header("authorization", &bearer).body(Body::empty()).unwrap();
    let other = app.send(other).await;
    assert_eq!((other.status, other.header("allow")), (405, Some("GET, POST")));
}

#[tokio::test]
async fn a_token_without_openid_is_not_enough_for_userinfo() {
    let app = app();
    let token = app.post(Some(BASIC), format!("{BODY}&scope=read")).await.member("access_token");
    let request = Request::get("/userinfo").header("authorization", format!("Bearer {token}"));
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"));
}

#[tokio::test]
async fn the_jwk_set_is_public_cacheable_and_verifies_id_tokens() {
    let app = app();
    let answer = app.send(get("/jwks")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let set = JwkSet::parse(&answer.body).unwrap();
    assert_eq!((set.keys().len(), set.skipped().len()), (1, 0));
    assert_eq!(set.keys()[0].kid(), Some("2023"));
    assert_eq!(app.send(Request::post("/jwks").body(Body::empty()).unwrap()).await.status, 405);
}

#[tokio::test]
async fn both_metadata_documents_are_one() {
    let app = app();
    let answer = app.send(get("/.well-known/openid-configuration")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let document = answer.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["token_endpoint"], "https://as.example/token");
    assert_eq!(document["jwks_uri"], "https://as.example/jwks");
    assert_eq!(document["userinfo_endpoint"], "https://as.example/userinfo");
    assert_eq!(document["authorization_endpoint"], "https://as.example/authorize");
    let methods = json!(["client_secret_basic", "private_key_jwt"]);
    assert_eq!(document["token_endpoint_auth_methods_supported"], methods);
    assert_eq!(app.send(get("/.well-known/oauth-authorization-server")).await.body, answer.body);
}

#[tokio::test]
async fn nothing_else_is_there() {
    let app = app();
    for path in ["/", "/authorize", "/token/", "/Token", "/jwks.json"] {
        assert_eq!(app.send(get(path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn paths_can_be_others_and_the_metadata_follows() {
    let app = app();
    let endpoint = TokenEndpoint::builder(app.driver.clone()).paths(Paths::under("/tenant/")).clock(now).build();
    let mut router = routes(endpoint.clone());
    for path in
        ["/tenant/jwks", "/tenant/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant"]
    {
        assert_eq!(router.call(get(path)).await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(router.call(get("/jwks")).await.unwrap().status(), 404);
    assert_eq!(router.call(get("/tenant/token")).await.unwrap().status(), 405);
    // The endpoint's own URL is not below these paths: the rest follows the issuer.
    assert!(endpoint.metadata().contains("\"userinfo_endpoint\":\"https://as.example/tenant/userinfo\""));
    assert!(!endpoint.metadata().contains("jwks_uri"), "there are no keys");
}

#[tokio::test]
async fn rfc8705_5_the_aliases_for_mutual_tls_are_told_if_there_are_any() {
    let document = |metadata: MetadataUrls| {
        let endpoint = TokenEndpoint::builder(app().driver).metadata(metadata).clock(now).build();
        serde_json::from_str::<Value>(endpoint.metadata()).unwrap()
    };
    let none = document(MetadataUrls::default());
    assert!(none.get("mtls_endpoint_aliases").is_none());
    assert!(none.get("tls_client_certificate_bound_access_tokens").is_none());

    let mut metadata = MetadataUrls::default();
    metadata.mtls_token_endpoint = Some("https://mtls.as.example/token".into());
    metadata.tls_client_certificate_bound_access_tokens = true;
    let document = document(metadata);
    let aliases = json!({
        "token_endpoint": "https://mtls.as.example/token",
        "userinfo_endpoint": "https://mtls.as.example/userinfo",
    });
    assert_eq!(document["mtls_endpoint_aliases"], aliases);
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
    assert_eq!(document["token_endpoint"], "https://as.example/token");
}
