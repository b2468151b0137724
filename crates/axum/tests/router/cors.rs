//! Security decision D27: scripts of registered origins read the answers, and scripts of no other one.

use axum::{
    body::Body,
    http::{Method, Request},
};
use symbolon_axum::{Origin, TokenEndpoint, routes};
use symbolon_testkit::now;

use crate::support::{App, BASIC, BODY, FORM, app};

const HERE: &str = "https://spa.example";

fn open() -> App {
    let mut app = app();
    let endpoint = TokenEndpoint::builder(app.driver.clone())
        .origin(Origin::parse(HERE).unwrap())
        .origin(Origin::parse("http://127.0.0.1:9000").unwrap())
        .clock(now)
        .build();
    app.router = routes(endpoint);
    app
}

fn token(origin: &str) -> Request<Body> {
    Request::post("/token")
        .header("content-type", FORM)
        .header("authorization", BASIC)
        .header("origin", origin)
        .body(Body::from(BODY))
        .unwrap()
}

fn preflight(path: &str, origin: &str, method: &str) -> Request<Body> {
    Request::builder()
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type,dpop")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn d27_a_registered_origin_reads_the_answer_its_nonce_and_its_challenge() {
    let app = open();
    for origin in [HERE, "http://127.0.0.1:9000"] {
        let answer = app.send(token(origin)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(origin)));
        assert_eq!(answer.header("access-control-expose-headers"), Some("dpop-nonce,www-authenticate"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("vary").unwrap().contains("origin"), "a cache keeps answers of two origins apart");
    }
    for path in ["/userinfo", "/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let request = Request::get(path).header("origin", HERE).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.header("access-control-allow-origin"), Some(HERE), "{path}");
    }
}

#[tokio::test]
async fn d27_no_other_origin_reads_anything() {
    let app = open();
    for origin in [
        "https://evil.example",
        "null",
        "https://spa.example.evil.example",
        "http://spa.example",
        "https://spa.example:444",
    ] {
        let answer = app.send(token(origin)).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{origin}");
        let asked = app.send(preflight("/token", origin, "POST")).await;
        assert_eq!(asked.header("access-control-allow-origin"), None, "{origin}");
    }
    // Where no origin is registered, nothing is said to anybody.
    let closed = crate::support::app();
    let answer = closed.send(token(HERE)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin"), answer.header("vary")), (200, None, None));
    assert_eq!(closed.send(preflight("/token", HERE, "POST")).await.status, 405);
}

#[tokio::test]
async fn an_options_that_no_browser_sent_is_answered_and_says_nothing_of_origins() {
    let request = || Request::builder().method(Method::OPTIONS).uri("/token").body(Body::empty()).unwrap();
    let app = open();
    let answer = app.send(request()).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
    assert_eq!(crate::support::app().send(request()).await.status, 405, "where no origin is registered");
}

#[test]
fn an_origin_is_in_the_one_form_that_a_browser_sends() {
    for other in [
        "https://app.example:",
        "https://app.example:0443",
        "https://app.example:08443",
        "https://:8443",
        "https://a b",
    ] {
        assert!(Origin::parse(other).is_err(), "{other}");
    }
    for good in ["https://app.example:8443", "http://[::1]:9000", "https://xn--rs-xka.example"] {
        assert!(Origin::parse(good).is_ok(), "{good}");
    }
}

#[tokio::test]
async fn d27_a_browser_is_told_beforehand_what_it_may_send() {
    let app = open();
    for (path, methods) in [("/token", "POST"), ("/userinfo", "GET,POST"), ("/jwks", "GET")] {
        let answer = app.send(preflight(path, HERE, "POST")).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(HERE), "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), Some(methods), "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,content-type,dpop"));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}
