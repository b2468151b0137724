//! RFC 6749 §5.2: what a refusal means, and what to do.

use symbolon_client::{
    AuthorizationPlan, ErrorAnswer, IncomingResponse, PendingTokens, Permanence, ReceiveError, Received, RefreshPlan,
    types::ErrorCode,
};
use time::Duration;

use crate::party::{REFRESH_TOKEN, SignIn, client, now, scope};

fn refresh() -> PendingTokens {
    client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().1
}

fn refused(pending: PendingTokens, status: u16, body: &str) -> ErrorAnswer {
    let response = IncomingResponse::new(status, body).with_header("Retry-After", b"7");
    match pending.receive(&response, now()).unwrap() {
        Received::Refused(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_is_told_apart_by_what_to_do() {
    use Permanence::{Configuration, Permanent, Transient, Unknown};
    for (status, code, kind) in [
        (400, "invalid_grant", Permanent),
        (401, "invalid_grant", Permanent),
        (200, "invalid_grant", Permanent),
        (503, "invalid_grant", Transient),
        (400, "invalid_client", Configuration),
        (401, "invalid_client", Configuration),
        (400, "unauthorized_client", Configuration),
        (400, "unsupported_grant_type", Configuration),
        (400, "invalid_scope", Configuration),
        (400, "invalid_target", Configuration),
        (400, "invalid_request", Configuration),
        (400, "use_dpop_nonce", Configuration),
        (400, "temporarily_unavailable", Transient),
        (503, "temporarily_unavailable", Transient),
        (500, "server_error", Transient),
        (429, "slow_down", Transient),
        (429, "rate_limited", Transient),
        (403, "forbidden", Unknown),
        (200, "bad_refresh_token", Unknown),
    ] {
        let answer = refused(refresh(), status, &format!(r#"{{"error":"{code}"}}"#));
        assert_eq!((answer.status, answer.code.as_str(), answer.kind), (status, code, kind));
        assert_eq!(answer.retry_after, Some(Duration::seconds(7)));
        let forgets = answer.what_to_do().contains("forget it");
        assert_eq!(
            forgets,
            kind == Permanent,
            "a refresh token is forgotten for {code} at {status} only if it is over"
        );
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
    let fails = |status, body: &str| refresh().receive(&IncomingResponse::new(status, body), now()).unwrap_err();
    for (status, body, kind) in [
        (502, "<html>", Permanence::Transient),
        (503, r#"{"message":"down"}"#, Permanence::Transient),
        (429, "", Permanence::Transient),
        (302, "", Permanence::Configuration),
        (400, "<html>", Permanence::Unknown),
        (200, "<html>", Permanence::Unknown),
    ] {
        assert_eq!(fails(status, body).permanence(), kind, "{status} {body}");
    }
    assert_eq!(ReceiveError::DpopUnasked.permanence(), Permanence::Configuration);
}
