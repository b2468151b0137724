//! What the protocol may read arrives as it was sent, and nothing else arrives.
#![expect(clippy::unwrap_used, reason = "a helper of tests may stop at the first thing that is not as it says")]

use symbolon_http::{
    request_parts,
    types::{MAX_HEADER_VALUE_BYTES, Method, RequestParts, Values},
};

fn parts(request: http::request::Builder) -> RequestParts {
    let (head, body) = request.body(b"a=b".to_vec()).unwrap().into_parts();
    request_parts(&head, body)
}

fn values(request: &RequestParts) -> [&Values; 6] {
    [
        &request.content_type,
        &request.authorization,
        &request.dpop,
        &request.client_attestation,
        &request.client_attestation_pop,
        &request.origin,
    ]
}

#[test]
fn method_query_and_body_are_taken_over() {
    let request = parts(http::Request::post("https://op.example/token?client_secret=x&a=%zz"));
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.query.as_ref().map(|query| query.as_str()), Some("client_secret=x&a=%zz"));
    assert_eq!(*request.body, b"a=b");
    assert_eq!(parts(http::Request::get("/token")).method, Method::Get);
    for uri in ["/token", "/token?"] {
        assert!(parts(http::Request::post(uri)).query.is_none(), "{uri}");
    }
    for method in ["PUT", "post", "HEAD"] {
        assert_eq!(parts(http::Request::builder().method(method)).method, Method::Other, "{method}");
    }
}

#[test]
fn every_header_that_counts_is_copied_and_two_values_stay_two() {
    let names =
        ["Content-Type", "Authorization", "DPoP", "OAuth-Client-Attestation", "OAuth-Client-Attestation-PoP", "Origin"];
    for name in names {
        let once = parts(http::Request::post("/").header(name, "x"));
        let twice = parts(http::Request::post("/").header(name, "x").header(name, "x"));
        for (seen_as, (one, two)) in names.into_iter().zip(values(&once).into_iter().zip(values(&twice))) {
            let expected = if seen_as == name { (1, 2) } else { (0, 0) };
            assert_eq!((one.count(), two.count()), expected, "{name} seen as {seen_as}");
            assert_eq!(one.only(), Ok((seen_as == name).then_some(&b"x"[..])), "{name} seen as {seen_as}");
            assert_eq!(two.only().is_err(), seen_as == name, "{name} seen as {seen_as}");
        }
    }
}

#[test]
fn values_that_are_no_text_or_too_long_are_seen() {
    let raw = http::HeaderValue::from_bytes(b"Basic \xff\x80").unwrap();
    let request = parts(http::Request::post("/").header("authorization", raw));
    assert_eq!(request.authorization.only(), Ok(Some(&b"Basic \xff\x80"[..])));
    let long = "x".repeat(MAX_HEADER_VALUE_BYTES + 1);
    let request = parts(http::Request::post("/").header("dpop", &long));
    assert_eq!(request.dpop.only(), Ok(Some(long.as_bytes())));
}

#[test]
fn no_header_becomes_a_certificate_an_address_or_an_endpoint() {
    let mut request = http::Request::post("/");
    for name in [
        "client-cert",
        "client-cert-chain",
        "x-forwarded-client-cert",
        "x-client-cert",
        "x-ssl-client-cert",
        "ssl-client-cert",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "host",
        "x-forwarded-host",
    ] {
        request = request.header(name, "for=192.0.2.1");
    }
    let request = parts(request);
    assert!(request.peer_certificate.is_none());
    assert!(request.peer_network.is_none());
    assert!(request.endpoint.is_empty());
}
