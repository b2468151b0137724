//! The hostile server: for each thing that it may answer, what the client makes of it. Beside each row that is refused
//! stands the one that is not.

use core::fmt::Write as _;

use symbolon_client::{
    AuthorizationPlan, ErrorAnswer, FailedExchange, Failure, IncomingResponse, Received, UnverifiedTokens,
    policy::Policy, token_response::Tolerance, types::Rule,
};

use crate::party::{SignIn, builder, client, now, scope};

/// What the client makes of an answer.
#[derive(Debug, PartialEq)]
enum Made {
    Tokens,
    Refused,
    Error(Rule),
}

fn made(status: u16, body: impl Into<Vec<u8>>) -> Made {
    let pending = SignIn::begin(&client(), AuthorizationPlan::new(scope("read"))).pending;
    match pending.receive(&IncomingResponse::json(status, body), now()) {
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
    let error = pending.receive(&IncomingResponse::json(200, body), now()).unwrap_err();
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
    for good in ["3600", "0", "4294967295"] {
        assert_eq!(with(&format!(r#","expires_in":{good}"#)), Made::Tokens, "{good}");
    }
    for bad in [
        "-1",
        "1.5",
        "null",
        r#""3600""#,
        r#""junk""#,
        r#""-1""#,
        r#""""#,
        "1e99",
        "18446744073709551616",
        "[]",
        "true",
    ] {
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

fn received(policy: Policy, response: &IncomingResponse) -> Result<Received, FailedExchange> {
    let client = builder().policy(policy).build().unwrap();
    SignIn::begin(&client, AuthorizationPlan::new(scope("read"))).pending.receive(response, now())
}

fn tokens(received: Result<Received, FailedExchange>) -> UnverifiedTokens {
    match received.unwrap() {
        Received::Tokens(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

fn refused(received: Result<Received, FailedExchange>) -> ErrorAnswer {
    match received.unwrap() {
        Received::Refused(answer) => answer,
        other => panic!("{other:?}"),
    }
}

/// An answer with these `Content-Type` headers.
fn typed(status: u16, types: &[&str], body: &str) -> IncomingResponse {
    let add = |answer: IncomingResponse, value: &&str| answer.with_header("Content-Type", value.as_bytes());
    types.iter().fold(IncomingResponse::new(status, body), add)
}

#[test]
fn a113_an_answer_that_is_not_sent_as_json_is_refused() {
    let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let error = r#"{"error":"invalid_grant"}"#;
    let strict = |types: &[&str], status, body| received(Policy::OAUTH_2_1, &typed(status, types, body));
    for good in ["application/json", "application/json;charset=UTF-8", "Application/JSON"] {
        tokens(strict(&[good], 200, body)).without_id_token().unwrap();
        assert_eq!(refused(strict(&[good], 400, error)).code.as_str(), "invalid_grant");
    }
    let twice = ["application/json", "application/json"];
    for bad in [&[][..], &["text/plain"], &["text/html"], &["application/jwt"], &["application/json x"], &twice] {
        for (status, body) in [(200, body), (400, error), (200, error), (404, "<html>")] {
            let failed = strict(bad, status, body).unwrap_err();
            assert!(matches!(failed.failure(), Failure::ContentType { .. }), "{bad:?} {failed:?}");
            assert_eq!(failed.rule(), Some(Rule::ResponseJson));
        }
    }
}

#[test]
fn a_policy_tolerates_and_the_answer_tells_of_it() {
    let mut policy = Policy::OAUTH_2_1;
    policy.response.legacy_content_type = true;
    policy.response.legacy_created = true;
    policy.response.legacy_numeric_strings = true;
    policy.response.legacy_missing_token_type = true;
    policy.response.legacy_scope_array = true;
    let body = r#"{"access_token":"a","expires_in":"3600","scope":["read"]}"#;
    let response = typed(201, &["text/plain"], body);
    assert!(received(Policy::OAUTH_2_1, &response).is_err(), "off by default");
    let tokens = tokens(received(policy, &response)).without_id_token().unwrap();
    assert_eq!(tokens.response().tolerances().len(), 5);
    assert_eq!(tokens.authorization().expose(), "Bearer a");
    assert_eq!((tokens.scope(), tokens.unasked_scope().is_empty()), (Some(&scope("read")), true));
    let response = typed(400, &["text/plain"], r#"{"error":"invalid_grant"}"#);
    assert_eq!(refused(received(policy, &response)).tolerances, [Tolerance::ContentType]);
    let response = typed(400, &["application/json"], r#"{"error":"invalid_grant"}"#);
    assert_eq!(refused(received(policy, &response)).tolerances, []);
    assert_eq!(policy.legacy().count(), 5, "the policy's report names each");
}

#[test]
fn a110_a_missing_token_type_is_no_dpop() {
    let mut policy = Policy::OAUTH_2_1;
    policy.response.legacy_missing_token_type = true;
    let answer = IncomingResponse::json(200, r#"{"access_token":"a"}"#);
    tokens(received(policy, &answer)).without_id_token().unwrap();
    let client = builder().policy(policy).dpop(crate::dpop_server::signer()).build().unwrap();
    let pending = SignIn::begin(&client, AuthorizationPlan::new(scope("read"))).pending;
    assert_eq!(pending.receive(&answer, now()).unwrap_err().failure(), &Failure::TokenType);
}

#[test]
fn a_challenge_is_told_where_the_body_says_nothing_and_beside_what_it_says() {
    let basic = br#"Basic realm="MARKER", Bearer"#;
    let unreadable = |status, body: &str| {
        let answer = IncomingResponse::new(status, body).with_header("WWW-Authenticate", basic);
        received(Policy::OAUTH_2_1, &answer).unwrap_err()
    };
    for body in ["", "<html>", r#"{"error":"invalid_client"}"#] {
        let failed = unreadable(401, body);
        let Failure::Challenged { status: 401, challenges } = failed.failure() else { panic!("{failed:?}") };
        assert_eq!((challenges.len(), challenges[0].parameter("realm")), (2, Some("MARKER")));
        assert!(challenges[0].is("basic") && challenges[1].is("bearer"));
        assert!(!format!("{failed} {failed:?}").contains("MARKER"));
        assert!(failed.what_to_do().contains("configuration"));
    }
    assert!(matches!(unreadable(403, "").failure(), Failure::ContentType { .. }), "a challenge is of 401");
    let without = IncomingResponse::new(401, "").with_header("WWW-Authenticate", b"Basic realm=\"");
    let failed = received(Policy::OAUTH_2_1, &without).unwrap_err();
    assert!(matches!(failed.failure(), Failure::ContentType { .. }), "a malformed one is none");

    let answer = IncomingResponse::json(401, r#"{"error":"invalid_client"}"#);
    assert_eq!(refused(received(Policy::OAUTH_2_1, &answer)).challenges, []);
    let answer = refused(received(Policy::OAUTH_2_1, &answer.with_header("www-authenticate", basic)));
    assert!(answer.challenges[0].is("Basic") && answer.code.as_str() == "invalid_client");
    assert!(!format!("{answer:?}").contains("MARKER"));
}

#[test]
fn a113_how_a_body_begins_is_told_to_whoever_asks_and_to_nobody_else() {
    let failed = |types: &[&str], body: &str| received(Policy::OAUTH_2_1, &typed(502, types, body)).unwrap_err();
    for (types, body) in [(&["application/json"], "<h1>MARKER\n"), (&["text/html"], "<h1>MARKER\n")] {
        let failed = failed(types, body);
        let (Failure::NotJson { snippet, .. } | Failure::ContentType { snippet, .. }) = failed.failure() else {
            panic!("{failed:?}")
        };
        assert_eq!(snippet.as_ref().unwrap().as_str(), "<h1>MARKER");
        let mut shown = format!("{failed} {failed:?} {}", failed.what_to_do());
        let mut cause = core::error::Error::source(&failed);
        while let Some(error) = cause {
            write!(shown, "{error} {error:?}").unwrap();
            cause = error.source();
        }
        assert!(!shown.contains("MARKER"), "{shown}");
    }
    for body in ["access_token=MARKER", r#"{"access_token":"MARKER""#, "\u{0}"] {
        let failed = failed(&["application/json"], body);
        assert!(matches!(failed.failure(), Failure::NotJson { snippet: None, .. }), "{body}");
    }
}
