//! RFC 6749 §5.2: what a refusal means, and what to do.

use symbolon_client::{
    AuthorizationPlan, ErrorAnswer, FailedExchange, Failure, Fate, IncomingResponse, PendingTokens, Received,
    RefreshPlan, WhatToDo, types::ErrorCode,
};
use time::Duration;

use crate::party::{REFRESH_TOKEN, SignIn, client, now, scope};

fn refresh() -> PendingTokens {
    client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().1
}

fn refused(pending: PendingTokens, status: u16, body: &str) -> ErrorAnswer {
    let response = IncomingResponse::json(status, body).with_header("Retry-After", b"7");
    match pending.receive(&response, now()).unwrap() {
        Received::Refused(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_is_told_apart_by_what_to_do() {
    use WhatToDo::{Ambiguous, Configuration, Permanent, Unknown};
    let transient = WhatToDo::Transient { after: Some(Duration::seconds(7)) };
    for (status, code, what_to_do) in [
        (400, "invalid_grant", Permanent),
        (401, "invalid_grant", Permanent),
        (200, "invalid_grant", Permanent),
        (503, "invalid_grant", transient),
        (400, "invalid_client", Configuration),
        (401, "invalid_client", Configuration),
        (400, "unauthorized_client", Configuration),
        (400, "unsupported_grant_type", Configuration),
        (400, "invalid_scope", Configuration),
        (400, "invalid_target", Configuration),
        (400, "invalid_request", Configuration),
        (400, "use_dpop_nonce", Configuration),
        (400, "temporarily_unavailable", transient),
        (503, "temporarily_unavailable", transient),
        (500, "server_error", Ambiguous),
        (400, "server_error", Ambiguous),
        (502, "temporarily_unavailable", Ambiguous),
        (500, "invalid_grant", Ambiguous),
        (503, "server_error", transient),
        (429, "slow_down", transient),
        (429, "rate_limited", transient),
        (403, "forbidden", Unknown),
        (200, "bad_refresh_token", Unknown),
    ] {
        let answer = refused(refresh(), status, &format!(r#"{{"error":"{code}"}}"#));
        assert_eq!((answer.status, answer.code.as_str(), answer.outcome.what_to_do), (status, code, what_to_do));
        assert_eq!(answer.retry_after, Some(Duration::seconds(7)));
        let forgets = answer.what_to_do().contains("forget it");
        assert_eq!(forgets, what_to_do == Permanent, "{code} at {status}: forgotten only if it is over");
        assert_eq!(forgets, answer.outcome.fate == Fate::Over, "{code} at {status}");
    }
}

#[test]
fn what_to_do_depends_on_the_grant() {
    let body = r#"{"error":"invalid_grant"}"#;
    let code = SignIn::begin(&client(), AuthorizationPlan::new(scope("read"))).pending;
    let machine = client().client_credentials(None, now()).unwrap().ready().unwrap().1;
    let texts = [code, refresh(), machine].map(|pending| refused(pending, 400, body).what_to_do());
    assert!(texts[0].contains("new authorization request"));
    assert!(texts[1].contains("sign in again"));
    assert!(texts[2].contains("do not send it again"));
}

#[test]
fn what_the_peer_wrote_is_escaped() {
    let body =
        r#"{"error":"invalid_request","error_description":"a\nb\u001b[2J","error_uri":"https://as.example/\u0007"}"#;
    let answer = refused(refresh(), 400, body);
    assert_eq!(answer.code, ErrorCode::InvalidRequest);
    assert_eq!(answer.description.as_deref(), Some("a\\nb\\u{1b}[2J"));
    assert_eq!(answer.uri.as_deref(), Some("https://as.example/\\u{7}"));
    assert!(answer.to_string().starts_with("invalid_request (status 400): a\\nb\\u{1b}[2J; "));
}

#[test]
fn an_answer_that_is_none_tells_whether_it_passes() {
    let fails = |status, body: &str| refresh().receive(&IncomingResponse::json(status, body), now()).unwrap_err();
    for (status, body, what_to_do) in [
        (502, "<html>", WhatToDo::Ambiguous),
        (503, r#"{"message":"down"}"#, WhatToDo::Transient { after: None }),
        (429, "", WhatToDo::Transient { after: None }),
        (302, "", WhatToDo::Configuration),
        (400, "<html>", WhatToDo::Unknown),
        (200, "<html>", WhatToDo::Unknown),
    ] {
        assert_eq!(fails(status, body).outcome().what_to_do, what_to_do, "{status} {body}");
    }
    let waits = IncomingResponse::json(503, "<html>").with_header("retry-after", b"120");
    let failed = refresh().receive(&waits, now()).unwrap_err();
    assert_eq!(failed.retry_after(), Some(Duration::minutes(2)));
    assert_eq!(failed.outcome().what_to_do, WhatToDo::Transient { after: failed.retry_after() });
}

#[test]
fn members_and_a_trace_id_are_kept_and_debug_shows_neither() {
    let body = r#"{"error":"invalid_grant","error_description":"MARKER-1 (trace_id: MARKER-2-4bf92f35)",
        "error_uri":"https://as.example/MARKER-3","errors":["MARKER-4"],"\u0065xtra":null}"#;
    let answer = refused(refresh(), 400, body);
    assert_eq!(answer.trace_id.as_deref(), Some("MARKER-2-4bf92f35"));
    assert_eq!(answer.other["errors"][0], "MARKER-4");
    assert!(answer.other["extra"].is_null() && answer.other.len() == 2);
    let shown = format!("{answer:?}");
    assert!(!shown.contains("MARKER") && shown.contains("invalid_grant"), "{shown}");
    let without = refused(refresh(), 400, r#"{"error":"invalid_grant"}"#);
    assert_eq!((without.trace_id, without.other.len()), (None, 0));
}

#[test]
fn a_refusal_is_one_kind_of_failure() {
    let answer = refused(refresh(), 400, r#"{"error":"invalid_grant","error_description":"no"}"#);
    let failed = FailedExchange::from(answer.clone());
    assert_eq!(failed.failure(), &Failure::Refused(answer.clone()));
    assert_eq!((failed.outcome(), failed.what_to_do()), (answer.outcome, answer.what_to_do()));
    assert_eq!((failed.retry_after(), failed.rule()), (Some(Duration::seconds(7)), None));
    assert_eq!(failed.to_string(), "the server refused: invalid_grant");
}
