//! What the listener tells of a connection arrives, and no header takes its place (security decision D14).

use core::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::{
    Extension, Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, request::Builder},
    response::Response,
};
use symbolon_axum::{
    ListenerId, Network, Respond, TokenEndpoint, TrustedProxy, routes,
    server::{Endpoint, Settled},
    store::{Driver, Memory},
    types::{CertificateChain, PeerCertificate, RequestParts},
};
use symbolon_testkit::now;
use time::UtcDateTime;
use tower_service::Service as _;

use crate::support::{BASIC, BODY, FORM, app};

/// A driver that writes down what it was told of each connection.
struct Witness {
    driver: Driver<Memory>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Debug, PartialEq)]
struct Seen {
    listener: String,
    certificate: Option<PeerCertificate>,
    peer: Option<String>,
}

impl Witness {
    fn write_down(&self, parts: &RequestParts) {
        let (listener, certificate) = (parts.endpoint.clone(), parts.peer_certificate.clone());
        let peer = parts.peer_network.map(|peer| peer.to_string());
        self.seen.lock().unwrap().push(Seen { listener, certificate, peer });
    }
}

impl Respond for Witness {
    fn endpoint(&self) -> &Endpoint {
        self.driver.endpoint()
    }

    async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.write_down(&parts);
        self.driver.token(parts, now).await
    }

    async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.write_down(&parts);
        self.driver.userinfo(parts, now).await
    }
}

struct Watched {
    router: Router,
    seen: Arc<Mutex<Vec<Seen>>>,
}

fn watched(layers: impl Fn(Router) -> Router) -> Watched {
    let seen = Arc::default();
    let witness = Witness { driver: app().driver, seen: Arc::clone(&seen) };
    Watched { router: layers(routes(TokenEndpoint::builder(witness).clock(now).build())), seen }
}

impl Watched {
    async fn token(&self, peer: &str, headers: &[(&str, &str)]) -> Response {
        let request = Request::post("/token").header("content-type", FORM).header("authorization", BASIC);
        self.send(request, peer, headers, BODY).await
    }

    async fn send(&self, request: Builder, peer: &str, headers: &[(&str, &str)], body: &'static str) -> Response {
        let peer: SocketAddr = format!("{peer}:50000").parse().unwrap();
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.extension(ConnectInfo(peer)).body(Body::from(body)).unwrap();
        self.router.clone().call(request).await.unwrap()
    }

    fn last(&self) -> Option<Seen> {
        self.seen.lock().unwrap().pop()
    }
}

fn certificate() -> PeerCertificate {
    PeerCertificate::new([1, 2, 3], CertificateChain::ValidatedTo("corporate".into()))
}

fn proxied(router: Router) -> Router {
    router.layer(Extension(TrustedProxy::at(["192.0.2.1".parse::<Network>().unwrap()])))
}

#[tokio::test]
async fn the_certificate_and_the_listener_are_what_the_listener_says() {
    let plain = watched(|router| router);
    plain.token("192.0.2.7", &[]).await;
    let nothing = Seen { listener: String::new(), certificate: None, peer: Some("192.0.2.7".into()) };
    assert_eq!(plain.last(), Some(nothing));

    let tls = watched(|router| router.layer(Extension(certificate())).layer(Extension(ListenerId::new("mtls"))));
    let told = || Seen { listener: "mtls".into(), certificate: Some(certificate()), peer: Some("192.0.2.7".into()) };
    assert_eq!(tls.token("192.0.2.7", &[]).await.status(), 200);
    assert_eq!(tls.last(), Some(told()));
    let userinfo = Request::get("/userinfo").header("authorization", "Bearer unknown");
    assert_eq!(tls.send(userinfo, "192.0.2.7", &[], "").await.status(), 401);
    assert_eq!(tls.last(), Some(told()));
}

#[tokio::test]
async fn a097_a_certificate_in_a_header_from_outside_is_invalid_request_and_nothing_is_decided() {
    for router in [watched(|router| router), watched(proxied), watched(|router| router.layer(Extension(certificate())))]
    {
        for value in [":AQID:", "", "x"] {
            let refused = router.token("192.0.2.7", &[("client-cert", value)]).await;
            assert_eq!(refused.status(), 400);
            assert_eq!(refused.headers()["cache-control"], "no-store");
            let body = axum::body::to_bytes(refused.into_body(), 1 << 16).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"], "invalid_request");
            let userinfo = Request::get("/userinfo").header("authorization", "Bearer unknown");
            let refused = router.send(userinfo, "192.0.2.7", &[("client-cert", value)], "").await;
            assert_eq!(refused.status(), 400);
            assert_eq!(router.last(), None);
        }
        assert_eq!(router.token("192.0.2.7", &[]).await.status(), 200);
    }
}

#[tokio::test]
async fn the_trusted_proxy_is_believed_and_its_address_is_nobodys() {
    let router = watched(proxied);
    assert_eq!(router.token("192.0.2.1", &[("client-cert", ":AQID:")]).await.status(), 200);
    let told = PeerCertificate::new([1, 2, 3], CertificateChain::NotValidated);
    assert_eq!(router.last(), Some(Seen { listener: String::new(), certificate: Some(told), peer: None }));
    assert_eq!(router.token("192.0.2.1", &[]).await.status(), 200);
    assert_eq!(router.last(), Some(Seen { listener: String::new(), certificate: None, peer: None }));
    for wrong in [&[("client-cert", "AQID")][..], &[("client-cert", ":AQID:"), ("client-cert", ":AQID:")]] {
        assert_eq!(router.token("192.0.2.1", wrong).await.status(), 400);
        assert_eq!(router.last(), None);
    }
}

#[tokio::test]
async fn a097_no_other_header_becomes_a_certificate() {
    let router = watched(proxied);
    for name in
        ["client-cert-chain", "x-client-cert", "x-ssl-client-cert", "ssl-client-cert", "x-forwarded-client-cert"]
    {
        assert_eq!(router.token("192.0.2.1", &[(name, ":AQID:")]).await.status(), 200);
        assert_eq!(router.last().and_then(|seen| seen.certificate), None, "{name}");
    }
}
