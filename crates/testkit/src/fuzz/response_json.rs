use serde_json::Value;
use symbolon_policy::{MAX_RESPONSE_BYTES, Policy, ResponsePolicy};
use symbolon_token_response::{Answer, ErrorResponse, Reader, TokenResponse, read};
use symbolon_types::Secret;

use crate::fuzz::Verdict;

/// A body as the answer of a token endpoint, once with status 200 and once with 400.
///
/// # Panics
/// If a success is read beside an `error`, or at another status; if a member is not the document's; if a response is
/// another one after it was written and read again; if a tolerant reader reads another thing than a strict one.
pub fn response_json(data: &[u8]) -> Verdict {
    let success = read(200, data, MAX_RESPONSE_BYTES);
    let failure = read(400, data, MAX_RESPONSE_BYTES);
    assert!(!matches!(failure, Ok(Answer::Tokens(_))), "a success at status 400");
    assert!(read(302, data, MAX_RESPONSE_BYTES).is_err(), "a redirect is read");
    assert_eq!(read(500, data, MAX_RESPONSE_BYTES).is_ok(), failure.is_ok());
    check_tolerance(data, 200, success.as_ref().ok());
    check_tolerance(data, 400, failure.as_ref().ok());
    if success.is_err() && failure.is_err() {
        return Verdict::Refused;
    }
    let document: Value = serde_json::from_slice(data).expect("an answer in JSON");
    match success {
        Ok(Answer::Tokens(tokens)) => {
            assert!(document.get("error").is_none(), "a success with an error");
            check_tokens(&tokens, &document);
        }
        Ok(Answer::Error(_)) => assert!(document.get("error").is_some()),
        _ => {}
    }
    if let Ok(Answer::Error(error)) = failure {
        check_error(&error, &document);
    }
    Verdict::Accepted
}

/// What needs no tolerance is the same to whoever tolerates everything, and nothing is tolerated untold.
fn check_tolerance(data: &[u8], status: u16, strict: Option<&Answer>) {
    let lenient = Reader { policy: &LENIENT, limit: MAX_RESPONSE_BYTES }.read(status, Some("application/json"), data);
    match (strict, &lenient) {
        (Some(strict), Ok(lenient)) => assert_eq!(strict, lenient),
        (Some(_), Err(error)) => panic!("a tolerant reader refuses more: {error}"),
        (None, Ok(Answer::Tokens(tokens))) => assert!(!tokens.tolerances().is_empty(), "tolerated untold"),
        (None, Ok(_)) => panic!("no tolerance makes an error of what is none"),
        (None, Err(_)) => {}
    }
}

fn check_tokens(tokens: &TokenResponse, document: &Value) {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    assert_eq!(text("access_token"), Some(tokens.access_token.expose()));
    assert_eq!(text("token_type"), Some(&*tokens.token_type));
    assert_eq!(text("refresh_token"), tokens.refresh_token.as_ref().map(Secret::expose));
    assert_eq!(text("id_token"), tokens.id_token.as_ref().map(Secret::expose));
    assert_eq!(document.get("expires_in").is_some(), tokens.expires_in.is_some());
    assert_eq!(document.get("scope").is_some(), tokens.scope.is_some());
    for (name, value) in &tokens.other {
        assert_eq!(document.get(name), Some(value), "{name}");
    }

    let response = tokens.into_response(&POLICY);
    assert_eq!((response.status(), response.header("cache-control")), (200, Some("no-store")));
    let again = TokenResponse::parse(response.body(), usize::MAX).expect("a response that we wrote");
    assert_eq!(again.access_token, tokens.access_token);
    assert!(again.is_token_type(&tokens.token_type));
    assert_eq!(again.expires_in, tokens.expires_in);
    assert_eq!(again.refresh_token, tokens.refresh_token);
    assert_eq!(again.refresh_token_expires_in, tokens.refresh_token_expires_in);
    assert_eq!(again.scope, tokens.scope);
    assert_eq!(again.id_token, tokens.id_token);
    assert!(again.tolerances().is_empty(), "we write nothing that a strict reader refuses");
    assert_eq!(again.other, tokens.other);
    for shown in [tokens.access_token.expose(), tokens.id_token.as_ref().map_or("", Secret::expose)] {
        assert!(shown.len() < LONG_ENOUGH || !format!("{tokens:?}").contains(shown), "a token is shown");
    }
}

fn check_error(error: &ErrorResponse, document: &Value) {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    assert_eq!(text("error"), Some(error.error.as_str()));
    assert_eq!(text("error_description"), error.error_description.as_deref());
    assert_eq!(text("error_uri"), error.error_uri.as_deref());
    assert!(error.to_string().chars().all(|character| character.is_ascii() && !character.is_ascii_control()));
    let again = ErrorResponse::parse(&error.to_json(), usize::MAX).expect("an error that we wrote");
    assert_eq!(again.error, error.error);
    assert_eq!(again.other, error.other);
}

/// A shorter token may stand in the shown text by accident.
const LONG_ENOUGH: usize = 24;

const LENIENT: ResponsePolicy = {
    let mut policy = Policy::OAUTH_2_1.response;
    policy.legacy_numeric_strings = true;
    policy.legacy_missing_token_type = true;
    policy.legacy_scope_array = true;
    policy
};

const POLICY: ResponsePolicy = {
    let mut policy = Policy::OAUTH_2_1.response;
    policy.refresh_expiry_member = Some("refresh_token_expires_in");
    policy
};
