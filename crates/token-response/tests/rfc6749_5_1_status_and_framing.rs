//! RFC 6749 §5.1 and §5.2: which statuses and bodies are an answer at all.

use symbolon_token_response::{Answer, ResponseError, TokenResponse, read};

const TOKENS: &[u8] = br#"{"access_token":"a","token_type":"Bearer"}"#;
const ERROR: &[u8] = br#"{"error":"invalid_grant"}"#;

#[test]
fn a112_only_status_200_without_an_error_is_a_success() {
    for status in 0..=u16::MAX {
        let tokens = read(status, TOKENS, 1024);
        assert_eq!(matches!(tokens, Ok(Answer::Tokens(_))), status == 200, "{status}");
        assert_eq!(tokens.is_ok(), status == 200, "{status}");
        let error = read(status, ERROR, 1024);
        assert!(!matches!(error, Ok(Answer::Tokens(_))), "{status}");
        assert_eq!(matches!(error, Ok(Answer::Error(_))), status == 200 || (400..=599).contains(&status), "{status}");
    }
    for status in [0, 100, 199, 201, 204, 299, 600, 999] {
        assert_eq!(read(status, TOKENS, 1024), Err(ResponseError::Status { status }));
    }
}

#[test]
fn a112_tokens_with_an_error_status_are_refused() {
    for status in [400, 401, 500, 503] {
        assert_eq!(read(status, TOKENS, 1024), Err(ResponseError::MissingMember { name: "error" }));
    }
}

#[test]
fn a118_a_redirect_is_refused_whatever_its_body() {
    for status in 300..=399 {
        for body in [TOKENS, ERROR, b"", b"<html>"] {
            let refused = read(status, body, 1024);
            assert_eq!(refused, Err(ResponseError::Redirect { status }));
        }
    }
    assert!(read(200, TOKENS, 1024).is_ok());
}

#[test]
fn a113_what_is_no_json_object_is_refused_with_the_status_and_without_the_body() {
    let bodies: [&[u8]; 18] = [
        b"",
        b" ",
        b"<html><body>MARKER</body></html>",
        b"access_token=MARKER&token_type=Bearer",
        b"null",
        b"\"MARKER\"",
        b"42",
        b"[]",
        br#"[{"access_token":"a","token_type":"Bearer"}]"#,
        br#"{"access_token":"a","token_type":"Bearer""#,
        br#"{"access_token":"a","token_type":"Bearer",}"#,
        br#"{"access_token":"a","token_type":"Bearer"} {}"#,
        br"{'access_token':'a','token_type':'Bearer'}",
        b"{\"access_token\":\"a\",\"token_type\":\"Bearer\"}\0",
        // A byte order mark (RFC 8259 §8.1), UTF-8 that is none, another encoding, a lone surrogate.
        b"\xef\xbb\xbf{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
        b"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"x\":\"\xff\"}",
        b"\xff\xfe{\0}\0",
        br#"{"access_token":"a","token_type":"Bearer","x":"\ud800"}"#,
    ];
    for body in bodies {
        for status in [200, 400, 503] {
            let error = read(status, body, 1024).unwrap_err();
            assert_eq!(error, ResponseError::NotJson { status: Some(status) }, "{body:?}");
            assert!(!format!("{error} {error:?}").contains("MARKER"));
        }
        assert_eq!(TokenResponse::parse(body, 1024), Err(ResponseError::NotJson { status: None }));
    }
    // White space around is JSON (RFC 8259 §2).
    assert!(read(200, b"\r\n\t {\"access_token\":\"a\",\"token_type\":\"Bearer\"}\r\n", 1024).is_ok());
}

#[test]
fn a117_the_limit_goes_before_everything() {
    let too_large = ResponseError::TooLarge { length: TOKENS.len(), limit: 10 };
    for status in [200, 302, 400, 999] {
        assert_eq!(read(status, TOKENS, 10), Err(too_large));
    }
    assert!(read(200, TOKENS, TOKENS.len()).is_ok());
}

#[test]
fn errors_name_the_rule_that_did_not_hold() {
    for (error, rule) in [
        (read(302, b"", 9), "response.status"),
        (read(201, b"", 9), "response.status"),
        (read(200, b"", 9), "response.json"),
        (read(200, b"{}", 1), "response.length"),
        (read(200, br#"{"a":1,"a":1}"#, 99), "response.json"),
        (read(200, b"{}", 9), "response.member"),
        (read(400, br#"{"error":"x","id_token":"y"}"#, 99), "response.member"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.rule().id(), rule, "{error}");
        assert_eq!(error.rule().code(), None, "nobody hears of it");
    }
}
