//! RFC 6749 §5.1: the token response, written and read.
#![expect(clippy::panic, reason = "a helper of tests may stop at the first thing that is not as they say")]

use symbolon_token_response::{
    Answer, Reader, ResponseError, TokenResponse, Tolerance, policy::Policy, read, types::Scope,
};
use time::{Duration, UtcDateTime};

const LIMIT: usize = 1024 * 1024;

fn parse(body: &str) -> Result<TokenResponse, ResponseError> {
    let parsed = TokenResponse::parse(body.as_bytes(), LIMIT);
    // What `parse` takes and refuses, `read` takes and refuses at 200, but for the status that it adds.
    match (&parsed, read(200, body.as_bytes(), LIMIT)) {
        (Ok(tokens), Ok(Answer::Tokens(read))) => assert_eq!(*tokens, read),
        (Err(ResponseError::NotJson { .. }), Err(error)) => {
            assert_eq!(error, ResponseError::NotJson { status: Some(200) });
        }
        (Err(ResponseError::UnexpectedMember { name: "error" }), Ok(Answer::Error(_)) | Err(_)) => {}
        (Err(error), Err(read)) => assert_eq!(*error, read),
        (parsed, read) => panic!("{parsed:?} against {read:?}"),
    }
    parsed
}

/// A sound response with one more member.
fn with(member: &str) -> Result<TokenResponse, ResponseError> {
    parse(&format!(r#"{{"access_token":"a","token_type":"Bearer",{member}}}"#))
}

fn wrong_type(name: &'static str) -> ResponseError {
    ResponseError::WrongType { name }
}

fn invalid(name: &'static str) -> ResponseError {
    ResponseError::InvalidMember { name }
}

#[test]
fn the_example_of_the_section_is_read_in_full() {
    let tokens = parse(
        r#"{
       "access_token":"2YotnFZFEjr1zCsicMWpAA",
       "token_type":"example",
       "expires_in":3600,
       "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
       "example_parameter":"example_value"
     }"#,
    )
    .unwrap();
    assert_eq!(tokens.access_token, "2YotnFZFEjr1zCsicMWpAA".into());
    assert_eq!(tokens.expires_in, Some(Duration::seconds(3600)));
    assert_eq!(tokens.refresh_token, Some("tGzv3JOkF0XG5Qx2TlKWIA".into()));
    assert_eq!(tokens.scope, None);
    assert_eq!(tokens.other.len(), 1);
    assert!(tokens.tolerances().is_empty());
}

#[test]
fn only_access_token_and_token_type_are_required() {
    assert!(parse(r#"{"access_token":"a","token_type":"Bearer"}"#).is_ok());
    assert_eq!(parse(r#"{"access_token":"a"}"#), Err(ResponseError::MissingMember { name: "token_type" }));
    assert_eq!(parse(r#"{"token_type":"Bearer"}"#), Err(ResponseError::MissingMember { name: "access_token" }));
}

#[test]
fn a_response_of_id_porten_shape_is_read_with_nothing_lost() {
    let tokens = parse(
        r#"{ "access_token" : "abc=", "id_token" : "a.b.c", "token_type" : "Bearer", "expires_in" : 600,
             "refresh_token" : "-def=", "refresh_token_expires_in" : 600, "scope" : "openid" }"#,
    )
    .unwrap();
    assert_eq!(tokens.id_token, Some("a.b.c".into()));
    assert_eq!(tokens.refresh_token, Some("-def=".into()));
    assert_eq!(tokens.refresh_token_expires_in, Some(Duration::seconds(600)));
    assert_eq!(tokens.scope, Some(Scope::parse("openid").unwrap()));
    assert!(tokens.other.is_empty());
}

#[test]
fn a_response_of_bankid_shape_is_read_with_nothing_lost() {
    let tokens = parse(
        r#"{"access_token":"a.b.c","expires_in":300,"refresh_expires_in":1800,"refresh_token":"d.e.f",
            "token_type":"bearer","id_token":"g.h.i","not-before-policy":0,"session_state":"old",
            "scope":"openid profile","bankid_proof":"cHJvb2Y="}"#,
    )
    .unwrap();
    assert!(tokens.is_token_type("Bearer"));
    assert_eq!(tokens.refresh_token_expires_in, Some(Duration::seconds(1800)));
    assert_eq!(tokens.session_id(), Some("old"));
    assert_eq!(tokens.not_before_policy(), None);
    assert_eq!(tokens.bankid_proof(), Some("cHJvb2Y="));
    assert_eq!(tokens.other.keys().collect::<Vec<_>>(), ["bankid_proof", "not-before-policy", "session_state"]);
}

#[test]
fn sid_goes_before_session_state_and_not_before_is_a_moment() {
    let tokens = with(r#""session_state":"old","sid":"new","not-before-policy":1700000000"#).unwrap();
    assert_eq!(tokens.session_id(), Some("new"));
    assert_eq!(tokens.not_before_policy(), UtcDateTime::from_unix_timestamp(1_700_000_000).ok());
    let tokens = with(r#""sid":7,"not-before-policy":"1700000000","bankid_proof":null"#).unwrap();
    assert_eq!((tokens.session_id(), tokens.not_before_policy(), tokens.bankid_proof()), (None, None, None));
    assert_eq!(tokens.other.len(), 3, "kept, whatever they are");
}

#[test]
fn a110_token_type_is_required_and_compared_without_case() {
    for spelled in ["bearer", "Bearer", "BEARER"] {
        let tokens = parse(&format!(r#"{{"access_token":"a","token_type":"{spelled}"}}"#)).unwrap();
        assert!(tokens.is_token_type("Bearer") && !tokens.is_token_type("DPoP"));
        assert_eq!(tokens.token_type, spelled);
    }
    let unknown = parse(r#"{"access_token":"a","token_type":"mac"}"#).unwrap();
    assert!(!unknown.is_token_type("Bearer"));
    for (value, error) in [
        ("null", wrong_type("token_type")),
        ("1", wrong_type("token_type")),
        (r#"["Bearer"]"#, wrong_type("token_type")),
        (r#""""#, invalid("token_type")),
        (r#""Bearer ""#, invalid("token_type")),
        (r#""Be\narer""#, invalid("token_type")),
    ] {
        assert_eq!(parse(&format!(r#"{{"access_token":"a","token_type":{value}}}"#)), Err(error), "{value}");
    }
}

#[test]
fn a111_access_token_is_a_non_empty_string_of_printable_characters() {
    let token = |value: &str| parse(&format!(r#"{{"access_token":{value},"token_type":"Bearer"}}"#));
    assert!(token(r#""a b~""#).is_ok());
    for (value, error) in [
        (r#""""#, invalid("access_token")),
        (r#""a\r\nX-Evil: 1""#, invalid("access_token")),
        (r#""\u0000""#, invalid("access_token")),
        (r#""é""#, invalid("access_token")),
        ("1", wrong_type("access_token")),
        ("null", wrong_type("access_token")),
        ("true", wrong_type("access_token")),
        (r#"{"a":"b"}"#, wrong_type("access_token")),
        (r#"["a"]"#, wrong_type("access_token")),
    ] {
        assert_eq!(token(value), Err(error), "{value}");
    }
}

#[test]
fn refresh_token_and_id_token_are_strings_or_absent() {
    for name in ["refresh_token", "id_token"] {
        assert!(with(&format!(r#""{name}":"x""#)).is_ok());
        assert_eq!(with(&format!(r#""{name}":"""#)), Err(invalid(name)));
        for value in ["null", "0", "[]", "{}", "false"] {
            assert_eq!(with(&format!(r#""{name}":{value}"#)), Err(wrong_type(name)), "{value}");
        }
    }
}

#[test]
fn a112_a_body_with_an_error_is_no_token_response() {
    assert!(with(r#""err0r":"x""#).is_ok());
    for value in [r#""invalid_grant""#, "null", "1"] {
        let refused = ResponseError::UnexpectedMember { name: "error" };
        assert_eq!(with(&format!(r#""error":{value}"#)), Err(refused), "{value}");
    }
}

#[test]
fn a114_expires_in_is_a_number_of_seconds_that_fits() {
    for name in ["expires_in", "refresh_token_expires_in", "refresh_expires_in"] {
        let seconds = |value: &str| with(&format!(r#""{name}":{value}"#));
        for value in ["1", "4294967295"] {
            assert!(seconds(value).unwrap().tolerances().is_empty());
        }
        for value in
            ["-1", "-0", "300.0", "3e2", "0.5", "4294967296", "9223372036854775807", "18446744073709551616", "1e400000"]
        {
            let refused = seconds(value).unwrap_err();
            // 1e400000 is no number of the parser's at all.
            assert!([invalid(name), ResponseError::NotJson { status: None }].contains(&refused), "{value}: {refused}");
        }
        for value in ["null", "true", "[300]", "{}", r#""3600""#, r#""""#, r#""junk""#] {
            assert_eq!(seconds(value), Err(wrong_type(name)), "{value}");
        }
    }
}

#[test]
fn a114_a_string_of_digits_is_tolerated_and_told() {
    let body = br#"{"access_token":"a","token_type":"Bearer","expires_in":"3600","refresh_expires_in":"60"}"#;
    let read = |policy| match (Reader { policy, limit: LIMIT }).read(200, Some("application/json"), body) {
        Ok(Answer::Tokens(tokens)) => Ok(tokens),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(read(&Policy::OAUTH_2_1.response), Err(wrong_type("expires_in")), "off by default");
    let mut policy = Policy::OAUTH_2_1.response;
    policy.legacy_numeric_strings = true;
    let tokens = read(&policy).unwrap();
    assert_eq!(tokens.expires_in, Some(Duration::seconds(3600)));
    assert_eq!(tokens.refresh_token_expires_in, Some(Duration::seconds(60)));
    assert_eq!(
        tokens.tolerances(),
        [Tolerance::NumericString { name: "expires_in" }, Tolerance::NumericString { name: "refresh_expires_in" }]
    );
    assert_eq!(with(r#""expires_in":3600"#).unwrap().tolerances(), []);
}

#[test]
fn a_refresh_token_lifetime_of_zero_means_none_but_an_access_token_lifetime_does_not() {
    let tokens = with(r#""expires_in":0,"refresh_expires_in":0"#).unwrap();
    assert_eq!(tokens.expires_in, Some(Duration::ZERO));
    assert_eq!(tokens.refresh_token_expires_in, None);
}

#[test]
fn two_names_of_the_refresh_token_lifetime_must_agree() {
    let both = with(r#""refresh_token_expires_in":600,"refresh_expires_in":600"#).unwrap();
    assert_eq!(both.refresh_token_expires_in, Some(Duration::seconds(600)));
    assert_eq!(with(r#""refresh_token_expires_in":600,"refresh_expires_in":601"#), Err(invalid("refresh_expires_in")));
}

#[test]
fn a115_scope_is_a_string_within_its_grammar() {
    let scope = with(r#""scope":"openid  profile""#);
    assert_eq!(scope, Err(invalid("scope")), "taking it for absent would mean: as it was asked for");
    assert_eq!(with(r#""scope":"openid profile""#).unwrap().scope.unwrap().tokens().count(), 2);
    assert_eq!(with(r#""scope":"""#).unwrap().scope, Some(Scope::empty()));
    for value in [r#"["openid"]"#, "null", "1", "{}"] {
        assert_eq!(with(&format!(r#""scope":{value}"#)), Err(wrong_type("scope")), "{value}");
    }
}

#[test]
fn a117_a_body_over_the_limit_is_refused_before_it_is_read() {
    let sound = r#"{"access_token":"a","token_type":"Bearer"}"#.as_bytes();
    assert!(TokenResponse::parse(sound, sound.len()).is_ok());
    let limit = sound.len() - 1;
    let refused = Err(ResponseError::TooLarge { length: sound.len(), limit });
    assert_eq!(TokenResponse::parse(sound, limit), refused);
    assert_eq!(TokenResponse::parse(&vec![b'<'; LIMIT + 1], LIMIT).unwrap_err().rule().id(), "response.length");
}

#[test]
fn a117_many_members_and_deep_nesting_end_well() {
    let members: Vec<String> = (0..50_000).map(|n| format!(r#""m{n}":{n}"#)).collect();
    assert_eq!(with(&members.join(",")).unwrap().other.len(), 50_000);
    assert!(with(&format!(r#""deep":{}{}"#, "[".repeat(31), "]".repeat(31))).is_ok());
    for depth in [32, 100_000] {
        let deep = with(&format!(r#""deep":{}{}"#, "[".repeat(depth), "]".repeat(depth)));
        assert_eq!(deep, Err(ResponseError::TooDeep { limit: 32 }));
    }
}

#[test]
fn duplicate_members_are_refused_at_any_depth() {
    assert_eq!(
        parse(r#"{"access_token":"a","token_type":"Bearer","access_token":"b"}"#),
        Err(ResponseError::DuplicateMember { name: Some("access_token") })
    );
    assert_eq!(with(r#""\u0061ccess_token":"b""#), Err(ResponseError::DuplicateMember { name: Some("access_token") }));
    assert_eq!(with(r#""x":{"y":[{"z":1,"z":1}]}"#), Err(ResponseError::DuplicateMember { name: None }));
    assert!(with(r#""x":{"y":[{"z":1},{"z":1}]}"#).is_ok());
}

#[test]
fn a100_a_written_response_is_json_that_nobody_stores() {
    let mut tokens = TokenResponse::new("a\"b", "bearer");
    tokens.expires_in = Some(Duration::milliseconds(299_999));
    tokens.refresh_token = Some("r".into());
    tokens.refresh_token_expires_in = Some(Duration::milliseconds(999));
    tokens.scope = Some(Scope::parse("openid profile").unwrap());
    tokens.id_token = Some("h.p.s".into());
    tokens.other.insert("sid".into(), "s".into());
    let response = tokens.into_response(&Policy::OAUTH_2_1.response);
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers(),
        [
            ("content-type", "application/json".into()),
            ("cache-control", "no-store".into()),
            ("pragma", "no-cache".into()),
        ]
    );
    assert_eq!(
        core::str::from_utf8(response.body()).unwrap(),
        r#"{"access_token":"a\"b","token_type":"Bearer","expires_in":299,"refresh_token":"r","scope":"openid profile","id_token":"h.p.s","sid":"s"}"#
    );
}

#[test]
fn the_policy_spells_bearer_and_names_the_refresh_lifetime() {
    let mut policy = Policy::OAUTH_2_1.response;
    policy.bearer = "bearer";
    policy.refresh_expiry_member = Some("refresh_expires_in");
    let mut tokens = TokenResponse::new("a", "Bearer");
    tokens.refresh_token_expires_in = Some(Duration::milliseconds(999));
    let written = |tokens: &TokenResponse| String::from_utf8(tokens.into_response(&policy).into_body()).unwrap();
    assert_eq!(
        written(&tokens),
        r#"{"access_token":"a","token_type":"bearer","refresh_expires_in":1}"#,
        "0 would mean without a limit"
    );
    tokens.token_type = "DPoP".into();
    assert!(written(&tokens).contains(r#""token_type":"DPoP""#), "another type is not respelled");
}

#[test]
fn registered_names_are_not_written_from_other_members() {
    let mut tokens = TokenResponse::new("a", "Bearer");
    for name in ["access_token", "error", "refresh_expires_in", "scope", "fine"] {
        tokens.other.insert(name.into(), "x".into());
    }
    let response = tokens.into_response(&Policy::OAUTH_2_1.response);
    let read = TokenResponse::parse(response.body(), LIMIT).unwrap();
    assert_eq!(read.access_token, "a".into());
    assert_eq!(read.other.keys().collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn a099_no_error_and_no_debug_shows_a_value() {
    for body in [
        r#"{"access_token":["MARKER"],"token_type":"Bearer"}"#,
        r#"{"access_token":"MARKER\n","token_type":"Bearer"}"#,
        r#"{"access_token":"MARKER"}"#,
        r#"{"access_token":"MARKER","MARKER":1,"MARKER":2}"#,
        r#"{"access_token":"MARKER","token_type":"Bearer","expires_in":"MARKER"}"#,
        r#"{"access_token":"MARKER","token_type":"Bearer","scope":"MARKER  "}"#,
        r#"{"access_token":"MARKER","token_type":"Bearer","error":"MARKER"}"#,
        r#"{"access_token":"MARKER"#,
        "MARKER",
    ] {
        let error = parse(body).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("MARKER"), "{body}");
    }
    let tokens = parse(
        r#"{"access_token":"MARKER","token_type":"MARKER","refresh_token":"MARKER","id_token":"MARKER","MARKER":"MARKER"}"#,
    );
    assert!(!format!("{:?}", tokens.unwrap()).contains("MARKER"));
}
