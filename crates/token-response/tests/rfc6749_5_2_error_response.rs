//! RFC 6749 §5.2: the error response, from a refused rule to the wire and back.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests may stop at the first thing that is not as they say"
)]

use symbolon_token_response::{
    Answer, DEFAULT_RETRY_AFTER, ErrorResponse, Refused, ResponseError, read,
    types::{ErrorCode, GrantType, Presentation, ResponseParts, Rule},
};
use time::Duration;

const LIMIT: usize = 64 * 1024;
const PRESENTATIONS: [Presentation; 4] =
    [Presentation::Nothing, Presentation::AuthorizationHeader, Presentation::Form, Presentation::Certificate];

fn error_of(response: &ResponseParts) -> ErrorResponse {
    match read(response.status(), response.body(), LIMIT).unwrap() {
        Answer::Error(answer) => answer,
        answer => panic!("{answer:?}"),
    }
}

fn parse(body: &str) -> Result<ErrorResponse, ResponseError> {
    ErrorResponse::parse(body.as_bytes(), LIMIT)
}

#[test]
fn basic_auth_failure_gets_401_and_a_basic_challenge() {
    let response = Refused::new(Rule::SecretMatches)
        .presentation(Presentation::AuthorizationHeader)
        .realm("https://op.example")
        .into_response();
    assert_eq!(response.status(), 401);
    assert_eq!(response.header("www-authenticate"), Some(r#"Basic realm="https://op.example""#));
    assert_eq!(error_of(&response).error, ErrorCode::InvalidClient);
}

#[test]
fn every_other_invalid_client_gets_400_without_a_challenge() {
    for presentation in [Presentation::Nothing, Presentation::Form, Presentation::Certificate] {
        let response = Refused::new(Rule::SecretMatches).presentation(presentation).into_response();
        assert_eq!(response.status(), 400);
        assert_eq!(response.header("www-authenticate"), None);
        assert_eq!(error_of(&response).error, ErrorCode::InvalidClient);
    }
}

#[test]
fn another_method_gets_405_and_is_told_post() {
    let response = Refused::new(Rule::RequestMethod).into_response();
    assert_eq!((response.status(), response.header("allow")), (405, Some("POST")));
    assert_eq!(error_of(&response).error, ErrorCode::InvalidRequest);
    assert_eq!(Refused::new(Rule::RequestContentType).into_response().header("allow"), None);
}

#[test]
fn too_long_a_body_gets_413() {
    let response = Refused::new(Rule::RequestLength).into_response();
    assert_eq!(response.status(), 413);
    assert_eq!(error_of(&response).error, ErrorCode::InvalidRequest);
    assert_eq!(Refused::new(Rule::FormCount).into_response().status(), 400);
}

#[test]
fn throttled_clients_and_outages_are_told_when_to_come_back() {
    for (rule, status) in [(Rule::ClientThrottle, 429), (Rule::StoreAnswers, 503)] {
        let response = Refused::new(rule).presentation(Presentation::AuthorizationHeader).into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.header("retry-after"), Some(DEFAULT_RETRY_AFTER.whole_seconds().to_string().as_str()));
        let response = Refused::new(rule).retry_after(Some(Duration::seconds(120))).into_response();
        assert_eq!(response.header("retry-after"), Some("120"));
    }
    // D8: where it cannot be learned whether the commit was applied, nobody is asked to try again.
    let response = Refused::new(Rule::StoreOutcomeKnown).retry_after(Some(Duration::seconds(120))).into_response();
    assert_eq!((response.status(), response.header("retry-after")), (500, None));
    assert_eq!(error_of(&response).error, ErrorCode::ServerError);
}

#[test]
fn every_rule_has_an_answer_that_is_in_the_table() {
    for rule in Rule::ALL.iter().copied() {
        for presentation in PRESENTATIONS {
            let response = Refused::new(rule).presentation(presentation).realm("https://op.example").into_response();
            let code = rule.code().unwrap_or(ErrorCode::ServerError);
            let expected = match rule {
                Rule::RequestMethod => 405,
                Rule::RequestLength => 413,
                Rule::ClientThrottle | Rule::ReplayQuota => 429,
                Rule::BackchannelAllowed => 403,
                _ => match code {
                    ErrorCode::InvalidClient if presentation == Presentation::AuthorizationHeader => 401,
                    ErrorCode::ServerError => 500,
                    ErrorCode::TemporarilyUnavailable => 503,
                    _ => 400,
                },
            };
            assert_eq!(response.status(), expected, "{}", rule.id());
            assert_eq!(error_of(&response).error, code, "{}", rule.id());
            assert_eq!(response.header("www-authenticate").is_some(), expected == 401, "{}", rule.id());
            assert_eq!(response.header("allow").is_some(), expected == 405, "{}", rule.id());
            assert_eq!(response.header("retry-after").is_some(), [429, 503].contains(&expected), "{}", rule.id());
        }
    }
}

#[test]
fn a100_every_answer_is_json_that_nobody_stores() {
    for rule in Rule::ALL.iter().copied() {
        let response = Refused::new(rule).into_response();
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("pragma"), Some("no-cache"));
    }
}

#[test]
fn the_description_is_one_per_code_and_grant_and_never_per_rule() {
    for grant in [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials] {
        let mut sentences: Vec<(ErrorCode, Option<String>)> = Vec::new();
        for rule in Rule::ALL.iter().copied() {
            let answer = error_of(&Refused::new(rule).grant_type(Some(&grant)).into_response());
            assert!(answer.error_description.is_some(), "{}", rule.id());
            match sentences.iter().find(|(code, _)| *code == answer.error) {
                Some((_, sentence)) => assert_eq!(*sentence, answer.error_description, "{}", rule.id()),
                None => sentences.push((answer.error, answer.error_description)),
            }
        }
    }
    let of = |grant: &GrantType| error_of(&Refused::new(Rule::GrantActive).grant_type(Some(grant)).into_response());
    assert_ne!(of(&GrantType::AuthorizationCode), of(&GrantType::RefreshToken));
}

#[test]
fn a098_nothing_that_a_peer_or_an_extension_wrote_breaks_the_answer() {
    let grant = GrantType::Other("\"}\r\nMARKER".into());
    let response = Refused::new(Rule::AuthorizationScheme)
        .presentation(Presentation::AuthorizationHeader)
        .grant_type(Some(&grant))
        .code(Some(ErrorCode::Other("bad\r\ncode\"".into())))
        .realm("a\"\r\nSet-Cookie: x=y\\")
        .dpop_nonce(Some("n\r\nX: y"))
        .into_response();
    assert_eq!(response.status(), 401, "the rule's own code is used");
    assert_eq!(response.header("www-authenticate"), Some(r#"Basic realm="a\"Set-Cookie: x=y\\""#));
    assert_eq!(response.header("dpop-nonce"), None);
    assert!(!core::str::from_utf8(response.body()).unwrap().contains("MARKER"));
    for (_, value) in response.headers() {
        assert!(value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{value}");
    }
}

#[test]
fn an_extension_has_its_own_code_and_the_codes_decide_the_status() {
    let response = Refused::new(Rule::Extension).code(Some(ErrorCode::Other("slow_down".into()))).into_response();
    assert_eq!(response.status(), 400);
    assert_eq!(response.body(), br#"{"error":"slow_down"}"#);
    let own = |code| Refused::new(Rule::Extension).code(Some(code)).presentation(Presentation::AuthorizationHeader);
    assert_eq!(own(ErrorCode::InvalidClient).into_response().status(), 401);
    assert_eq!(own(ErrorCode::TemporarilyUnavailable).into_response().status(), 503);
    assert_eq!(own(ErrorCode::InvalidGrant).into_response().status(), 400);
}

#[test]
fn a_nonce_is_sent_when_there_is_one() {
    let response = Refused::new(Rule::DpopNonce).dpop_nonce(Some("eyJ7S_zG.eyJH0-Z.HX4w-7v")).into_response();
    assert_eq!((response.status(), response.header("dpop-nonce")), (400, Some("eyJ7S_zG.eyJH0-Z.HX4w-7v")));
    assert_eq!(error_of(&response).error, ErrorCode::UseDpopNonce);
    assert_eq!(Refused::new(Rule::DpopNonce).into_response().header("dpop-nonce"), None);
}

#[test]
fn a116_an_error_response_has_an_error_that_is_a_string() {
    assert_eq!(parse(r#"{"error":"forbidden"}"#).unwrap().error, ErrorCode::Other("forbidden".into()));
    let missing = ResponseError::MissingMember { name: "error" };
    let wrong = ResponseError::WrongType { name: "error" };
    let invalid = ResponseError::InvalidMember { name: "error" };
    for (body, error) in [
        ("{}", missing),
        (r#"{"error_description":"x"}"#, missing),
        (r#"{"access_token":"a","token_type":"Bearer"}"#, missing),
        (r#"{"error":null}"#, wrong),
        (r#"{"error":400}"#, wrong),
        (r#"{"error":{"code":"invalid_grant"}}"#, wrong),
        (r#"{"error":["invalid_grant"]}"#, wrong),
        (r#"{"error":""}"#, invalid),
        (r#"{"error":"a\nb"}"#, invalid),
    ] {
        assert_eq!(parse(body), Err(error), "{body}");
        assert_eq!(read(400, body.as_bytes(), LIMIT), Err(error), "{body}");
    }
}

#[test]
fn description_and_uri_are_strings_or_absent() {
    for name in ["error_description", "error_uri"] {
        assert!(parse(&format!(r#"{{"error":"x","{name}":"y"}}"#)).is_ok());
        for value in ["null", "1", "[]", "{}"] {
            let refused = Err(ResponseError::WrongType { name });
            assert_eq!(parse(&format!(r#"{{"error":"x","{name}":{value}}}"#)), refused, "{value}");
        }
    }
}

#[test]
fn unknown_members_are_kept_and_duplicates_refused() {
    let answer = parse(r#"{"error":"x","interval":5,"deep":{"a":[1]}}"#).unwrap();
    assert_eq!(answer.other["interval"], 5);
    assert_eq!(ErrorResponse::parse(&answer.to_json(), LIMIT), Ok(answer));
    assert_eq!(parse(r#"{"error":"x","error":"x"}"#), Err(ResponseError::DuplicateMember { name: Some("error") }));
}

#[test]
fn a_token_beside_an_error_is_refused_and_does_not_become_plain_text() {
    for name in ["access_token", "refresh_token", "id_token"] {
        let body = format!(r#"{{"error":"invalid_grant","{name}":"MARKER"}}"#);
        for status in [200, 400] {
            assert_eq!(read(status, body.as_bytes(), LIMIT), Err(ResponseError::UnexpectedMember { name }), "{status}");
        }
    }
    assert!(parse(r#"{"error":"invalid_grant","token":"x"}"#).is_ok());
}

#[test]
fn a098_received_text_is_shown_escaped_and_shortened() {
    let answer = parse(r#"{"error":"x","error_description":"a\r\nb\u001b[31m\"é","error_uri":"u"}"#).unwrap();
    assert_eq!(answer.error_description.as_deref(), Some("a\r\nb\u{1b}[31m\"é"), "kept as received");
    assert_eq!(answer.to_string(), r#"x: a\r\nb\u{1b}[31m\"\u{e9}"#);
    let long = parse(&format!(r#"{{"error":"{0}","error_description":"{0}"}}"#, "y".repeat(10_000))).unwrap();
    assert!(long.to_string().len() <= 600);
    assert!(format!("{long:?}").len() <= 600);
}

#[test]
fn a098_what_is_outside_the_grammar_is_not_written() {
    let mut answer = ErrorResponse::new(ErrorCode::InvalidRequest);
    answer.error_description = Some("fine".into());
    answer.error_uri = Some("https://op.example/e".into());
    assert_eq!(
        answer.to_json(),
        br#"{"error":"invalid_request","error_description":"fine","error_uri":"https://op.example/e"}"#
    );
    answer.error_description = Some("reflected \"quote\"".into());
    answer.error_uri = Some("https://op.example/a b".into());
    answer.other.insert("access_token".into(), "x".into());
    assert_eq!(answer.to_json(), br#"{"error":"invalid_request"}"#);
    assert_eq!(ErrorResponse::new(ErrorCode::Other("\n".into())).to_json(), br#"{"error":"server_error"}"#);
}

#[test]
fn a099_no_debug_shows_members_of_a_received_error() {
    let answer = parse(r#"{"error":"x","error_description":"MARKER","error_uri":"MARKER","MARKER":"MARKER"}"#).unwrap();
    assert!(!format!("{answer:?} {:?}", Answer::Error(answer.clone())).contains("MARKER"));
    let grant = GrantType::Other("MARKER".into());
    let refused = Refused::new(Rule::GrantKnown).grant_type(Some(&grant)).dpop_nonce(Some("MARKER"));
    assert!(!format!("{refused:?}").contains("MARKER"));
}
