//! The hostile server: for each thing that it may answer, what the client makes of it. Beside each row that is refused
//! stands the one that is not.

use symbolon_client::{AuthorizationPlan, Failure, IncomingResponse, Received, types::Rule};

use crate::party::{SignIn, client, now, scope};

/// What the client makes of an answer.
#[derive(Debug, PartialEq)]
enum Made {
    Tokens,
    Refused,
    Error(Rule),
}

fn made(status: u16, body: impl Into<Vec<u8>>) -> Made {
    let pending = SignIn::begin(&client(), AuthorizationPlan::new(scope("read"))).pending;
    match pending.receive(&IncomingResponse::new(status, body), now()) {
        Ok(Received::Tokens(_)) => Made::Tokens,
        Ok(Received::Refused(_)) => Made::Refused,
        Ok(other) => panic!("{other:?}"),
        Err(error) => Made::Error(error.rule().unwrap()),
    }
}

fn with(members: &str) -> Made {
    made(200, format!(r#"{{"access_token":"a","token_type":"Bearer"{members}}}"#))
}

const MEMBER: Made = Made::Error(Rule::ResponseMember);
const JSON: Made = Made::Error(Rule::ResponseJson);
const STATUS: Made = Made::Error(Rule::ResponseStatus);
const TYPE: Made = Made::Error(Rule::ResponseTokenType);

#[test]
fn a110_token_type_is_bearer_in_any_case() {
    let typed = |token_type: &str| made(200, format!(r#"{{"access_token":"a"{token_type}}}"#));
    for good in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(typed(&format!(r#","token_type":"{good}""#)), Made::Tokens, "{good}");
    }
    for bad in ["DPoP", "dpop", "mac", "N_A", "Bearerx", "PoP"] {
        assert_eq!(typed(&format!(r#","token_type":"{bad}""#)), TYPE, "{bad}");
    }
    for bad in ["", r#","token_type":null"#, r#","token_type":1"#, r#","token_type":"""#] {
        assert_eq!(typed(bad), MEMBER, "{bad}");
    }
}

#[test]
fn a110_dpop_unasked_is_an_error_of_its_own() {
    let pending = SignIn::begin(&client(), AuthorizationPlan::new(scope("read"))).pending;
    let body = br#"{"access_token":"a","token_type":"DPoP"}"#;
    let error = pending.receive(&IncomingResponse::new(200, body), now()).unwrap_err();
    assert_eq!(error.failure(), &Failure::DpopUnasked);
}

#[test]
fn a111_an_access_token_is_text() {
    let token = |token: &str| made(200, format!(r#"{{"token_type":"Bearer"{token}}}"#));
    assert_eq!(token(r#","access_token":"a""#), Made::Tokens);
    for bad in ["", r#","access_token":"""#, r#","access_token":1"#, r#","access_token":null"#] {
        assert_eq!(token(bad), MEMBER, "{bad}");
    }
}

#[test]
fn a112_an_error_is_never_a_success() {
    let tokens = r#"{"access_token":"a","token_type":"Bearer"}"#;
    assert_eq!(made(200, tokens), Made::Tokens);
    for status in [201, 202, 204] {
        assert_eq!(made(status, tokens), STATUS, "{status}");
    }
    for status in [400, 401, 403, 500, 503] {
        assert_eq!(made(status, tokens), MEMBER, "{status}");
        assert_eq!(made(status, r#"{"error":"invalid_grant"}"#), Made::Refused, "{status}");
    }
    assert_eq!(made(200, r#"{"error":"bad_refresh_token"}"#), Made::Refused);
    assert_eq!(with(r#","error":"invalid_grant""#), MEMBER, "a token beside an error");
}

#[test]
fn a113_what_is_no_json_object_is_refused() {
    for bad in [
        "",
        "<html>",
        "null",
        "[]",
        "\"a\"",
        "access_token=a&token_type=Bearer",
        "\u{feff}{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
        r#"{"access_token":"a","token_type":"Bearer"} x"#,
        r#"{"access_token":"a","token_type":"Bearer""#,
        r#"{"access_token":"a","access_token":"a","token_type":"Bearer"}"#,
        r#"{"access_token":"a","\u0061ccess_token":"a","token_type":"Bearer"}"#,
        r#"{"access_token":"a","token_type":"Bearer","x":{"y":1,"y":2}}"#,
    ] {
        assert_eq!(made(200, bad), JSON, "{bad}");
    }
    assert_eq!(made(200, b"{\"access_token\":\"\xff\",\"token_type\":\"Bearer\"}".to_vec()), JSON);
}

#[test]
fn a118_a_redirect_is_an_error_and_nothing_is_sent_again() {
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(made(status, ""), STATUS, "{status}");
        assert_eq!(made(status, r#"{"access_token":"a","token_type":"Bearer"}"#), STATUS, "{status}");
    }
}

#[test]
fn a114_a_lifetime_is_a_number_of_seconds() {
    for good in ["3600", "0", "4294967295", r#""3600""#] {
        assert_eq!(with(&format!(r#","expires_in":{good}"#)), Made::Tokens, "{good}");
    }
    for bad in ["-1", "1.5", "null", r#""junk""#, r#""-1""#, r#""""#, "1e99", "18446744073709551616", "[]", "true"] {
        assert_eq!(with(&format!(r#","expires_in":{bad}"#)), MEMBER, "{bad}");
    }
}

#[test]
fn a115_a_scope_is_text() {
    assert_eq!(with(r#","scope":"read""#), Made::Tokens);
    for bad in [r#"["read"]"#, "null", "1", r#""a  b""#, r#""a\nb""#] {
        assert_eq!(with(&format!(r#","scope":{bad}"#)), MEMBER, "{bad}");
    }
}

#[test]
fn a_refresh_or_id_token_is_text() {
    for name in ["refresh_token", "id_token"] {
        assert_eq!(with(&format!(r#","{name}":"a""#)), Made::Tokens);
        for bad in ["null", r#""""#, "1", "{}"] {
            assert_eq!(with(&format!(r#","{name}":{bad}"#)), MEMBER, "{name} {bad}");
        }
    }
}

#[test]
fn a116_an_error_without_an_error_is_none() {
    assert_eq!(made(400, r#"{"error":"invalid_grant","error_description":"no"}"#), Made::Refused);
    for bad in ["{}", r#"{"error":null}"#, r#"{"error":1}"#, r#"{"error":""}"#, r#"{"error":"a\nb"}"#] {
        assert_eq!(made(400, bad), MEMBER, "{bad}");
    }
    assert_eq!(made(400, r#"{"error":"invalid_grant","access_token":"a"}"#), MEMBER);
}

#[test]
fn a117_a_long_answer_is_not_read() {
    let limit = client().policy().limits.response_bytes;
    let body = |length: usize| {
        let (head, tail) = (r#"{"access_token":"a","token_type":"Bearer","x":""#, r#""}"#);
        [head, &"x".repeat(length - head.len() - tail.len()), tail].concat()
    };
    assert_eq!(made(200, body(limit)), Made::Tokens);
    assert_eq!(made(200, body(limit + 1)), Made::Error(Rule::ResponseLength));
    assert_eq!(made(400, vec![b'['; limit + 1]), Made::Error(Rule::ResponseLength));
    assert_eq!(with(&format!(r#","x":{}{}"#, "[".repeat(1000), "]".repeat(1000))), JSON);
}
