//! What a policy may tolerate of a token endpoint: each thing by itself, off by default, and told when it was needed.
#![expect(clippy::panic, reason = "a helper of tests may stop at the first thing that is not as they say")]

use symbolon_token_response::{
    Answer, Reader, ResponseError, TokenResponse, Tolerance,
    policy::{Policy, ResponsePolicy},
    read,
};
use time::Duration;

const LIMIT: usize = 1024 * 1024;
const JSON: Option<&str> = Some("application/json");
const TOKENS: &str = r#"{"access_token":"a","token_type":"Bearer"}"#;

fn strict() -> ResponsePolicy {
    Policy::OAUTH_2_1.response
}

/// Everything is tolerated.
fn lenient() -> ResponsePolicy {
    let mut policy = strict();
    policy.legacy_numeric_strings = true;
    policy.legacy_missing_token_type = true;
    policy.legacy_scope_array = true;
    policy.legacy_created = true;
    policy.legacy_content_type = true;
    policy
}

fn answer(
    policy: &ResponsePolicy,
    status: u16,
    media_type: Option<&str>,
    body: &str,
) -> Result<TokenResponse, ResponseError> {
    match (Reader { policy, limit: LIMIT }).read(status, media_type, body.as_bytes())? {
        Answer::Tokens(tokens) => Ok(tokens),
        other => panic!("{other:?}"),
    }
}

type Case = (fn(&mut ResponsePolicy), u16, Option<&'static str>, &'static str, Tolerance);

/// Each tolerance, what needs it alone, and what it is told as.
fn cases() -> [Case; 8] {
    let text = Some("text/plain");
    [
        (
            |p| p.legacy_numeric_strings = true,
            200,
            JSON,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#,
            Tolerance::NumericString { name: "expires_in" },
        ),
        (
            |p| p.legacy_numeric_strings = true,
            200,
            JSON,
            r#"{"access_token":"a","token_type":"Bearer","refresh_expires_in":"60"}"#,
            Tolerance::NumericString { name: "refresh_expires_in" },
        ),
        (|p| p.legacy_missing_token_type = true, 200, JSON, r#"{"access_token":"a"}"#, Tolerance::MissingTokenType),
        (
            |p| p.legacy_scope_array = true,
            200,
            JSON,
            r#"{"access_token":"a","token_type":"Bearer","scope":["read","write"]}"#,
            Tolerance::ScopeArray,
        ),
        (|p| p.legacy_created = true, 201, JSON, TOKENS, Tolerance::Created),
        (|p| p.legacy_content_type = true, 200, text, TOKENS, Tolerance::ContentType),
        (|p| p.legacy_content_type = true, 200, None, TOKENS, Tolerance::ContentType),
        (|p| p.legacy_content_type = true, 200, Some("application/jwt"), TOKENS, Tolerance::ContentType),
    ]
}

#[test]
fn each_tolerance_is_off_by_default_and_takes_one_thing_and_tells() {
    for (switch, status, media_type, body, tolerance) in cases() {
        assert!(answer(&strict(), status, media_type, body).is_err(), "{tolerance:?}: off by default");
        let mut policy = strict();
        switch(&mut policy);
        assert_eq!(answer(&policy, status, media_type, body).unwrap().tolerances(), [tolerance]);
        // Every other one together does not take it.
        let mut others = lenient();
        others.legacy_numeric_strings &= !policy.legacy_numeric_strings;
        others.legacy_missing_token_type &= !policy.legacy_missing_token_type;
        others.legacy_scope_array &= !policy.legacy_scope_array;
        others.legacy_created &= !policy.legacy_created;
        others.legacy_content_type &= !policy.legacy_content_type;
        assert!(answer(&others, status, media_type, body).is_err(), "{tolerance:?}: another one takes it");
        // What needs no tolerance is told of none.
        assert_eq!(answer(&policy, 200, JSON, TOKENS).unwrap().tolerances(), []);
    }
}

#[test]
fn what_is_tolerated_is_read_as_what_it_means() {
    let body = r#"{"access_token":"a","expires_in":"3600","refresh_expires_in":"60","scope":["read","write"]}"#;
    let tokens = answer(&lenient(), 201, None, body).unwrap();
    assert_eq!(tokens.expires_in, Some(Duration::seconds(3600)));
    assert_eq!(tokens.refresh_token_expires_in, Some(Duration::seconds(60)));
    assert!(tokens.is_token_type("bearer"));
    assert_eq!(tokens.scope.as_ref().unwrap().as_str(), "read write");
    assert_eq!(tokens.tolerances().len(), 6, "{:?}", tokens.tolerances());
}

#[test]
fn a_tolerance_takes_nothing_else() {
    let with = |member: &str| {
        let body = format!(r#"{{"access_token":"a","token_type":"Bearer",{member}}}"#);
        answer(&lenient(), 200, JSON, &body)
    };
    for name in ["expires_in", "refresh_token_expires_in", "refresh_expires_in"] {
        assert!(with(&format!(r#""{name}":"4294967295""#)).is_ok());
        let refused = Err(ResponseError::InvalidMember { name });
        for value in ["", " 300", "+300", "-300", "3e2", "300s", "٣", "18446744073709551616", "4294967296"] {
            assert_eq!(with(&format!(r#""{name}":"{value}""#)), refused, "{value}");
        }
        for value in ["null", "true", r#"["300"]"#] {
            assert_eq!(with(&format!(r#""{name}":{value}"#)), Err(ResponseError::WrongType { name }), "{value}");
        }
    }
    assert_eq!(with(r#""scope":[]"#).unwrap().scope.unwrap().tokens().count(), 0);
    for scope in ["[1]", r#"["a b"]"#, r#"["a",""]"#, r#"["a\nb"]"#, r#"[["a"]]"#, "[null]"] {
        assert_eq!(
            with(&format!(r#""scope":{scope}"#)),
            Err(ResponseError::InvalidMember { name: "scope" }),
            "{scope}"
        );
    }
    for scope in ["null", "{}", "1"] {
        assert_eq!(with(&format!(r#""scope":{scope}"#)), Err(ResponseError::WrongType { name: "scope" }), "{scope}");
    }
    let typed = |value: &str| answer(&lenient(), 200, JSON, &format!(r#"{{"access_token":"a","token_type":{value}}}"#));
    for value in ["null", "1", r#""""#] {
        assert!(typed(value).is_err(), "{value}: there is one, and it is none");
    }
    for status in [199, 202, 204, 206] {
        assert_eq!(answer(&lenient(), status, JSON, TOKENS), Err(ResponseError::Status { status }));
    }
    for body in ["access_token=a&token_type=Bearer", "\u{feff}{\"access_token\":\"a\",\"token_type\":\"Bearer\"}"] {
        let refused = answer(&lenient(), 200, Some("application/x-www-form-urlencoded"), body);
        assert_eq!(refused, Err(ResponseError::NotJson { status: Some(200) }), "{body}");
    }
}

#[test]
fn the_media_type_is_judged_before_the_body_and_for_errors_too() {
    let reader = |policy| Reader { policy, limit: LIMIT };
    let error = br#"{"error":"invalid_grant"}"#;
    let (strict, lenient) = (strict(), lenient());
    for media_type in [None, Some("text/plain"), Some("text/html"), Some("application/problem+json"), Some("")] {
        for (status, body) in [(200, TOKENS.as_bytes()), (400, error), (502, b"<html>"), (200, error)] {
            let refused = reader(&strict).read(status, media_type, body);
            assert_eq!(refused, Err(ResponseError::ContentType { status }), "{media_type:?}");
        }
    }
    for media_type in ["application/json", "Application/JSON"] {
        assert!(reader(&strict).read(400, Some(media_type), error).is_ok());
    }
    match reader(&lenient).read(400, Some("text/plain"), error).unwrap() {
        Answer::Error(answer) => assert_eq!(answer.tolerances(), [Tolerance::ContentType]),
        other => panic!("{other:?}"),
    }
    match read(400, error, LIMIT).unwrap() {
        Answer::Error(answer) => assert_eq!(answer.tolerances(), []),
        other => panic!("{other:?}"),
    }
    // A redirect and a body over the limit are refused as such.
    assert_eq!(reader(&strict).read(302, None, b""), Err(ResponseError::Redirect { status: 302 }));
    let small = Reader { policy: &strict, limit: 1 };
    assert_eq!(small.read(200, None, error), Err(ResponseError::TooLarge { length: error.len(), limit: 1 }));
}
