//! Status, headers and body go out unchanged, or nothing goes out.

use symbolon_http::{response, types::ResponseParts};

fn sent(parts: ResponseParts) -> http::Response<Vec<u8>> {
    response(parts)
}

#[test]
fn status_headers_and_body_are_taken_over() {
    let parts = ResponseParts::new(401, vec![("cache-control", "no-store".into())], b"{}".to_vec())
        .with_header("www-authenticate", r#"Basic realm="a""#)
        .with_header("www-authenticate", r#"Bearer realm="a""#);
    let answer = sent(parts);
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers().get_all("www-authenticate").iter().count(), 2);
    assert_eq!(answer.body(), b"{}");
}

#[test]
fn what_http_cannot_carry_becomes_an_empty_500() {
    let tokens = || ResponseParts::new(200, vec![("cache-control", "no-store".into())], b"MARKER".to_vec());
    assert_eq!(sent(tokens()).body(), b"MARKER");
    for broken in [
        tokens().with_header("dpop-nonce", "a\r\nb"),
        tokens().with_header("dpop-nonce", "a\0"),
        tokens().with_header("not a name", "a"),
        tokens().with_header("", "a"),
        ResponseParts::new(0, Vec::new(), b"MARKER".to_vec()),
        ResponseParts::new(1000, Vec::new(), b"MARKER".to_vec()),
    ] {
        let answer = sent(broken);
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.body().is_empty());
    }
}
