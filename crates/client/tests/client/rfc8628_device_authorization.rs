//! RFC 8628: a device shows a code, its user decides elsewhere, and the device asks as often as it may.

use serde_json::json;
use symbolon_client::{
    Client, ClientBuilder, ClientError, DeviceAsked, DevicePlan, DevicePrompt, ErrorAnswer, FailedExchange, Failure,
    IncomingResponse, PollAdvice, PollError, Polling, Received, VerifyError,
    client_auth::ClientAuthentication,
    id_token::IdTokenError,
    token_response::ResponseError,
    types::{ErrorCode, Rule},
};
use time::{Duration, UtcDateTime};

use crate::{
    dpop_server::signer,
    party::{
        ACCESS_TOKEN, CLIENT, ISSUER, NOW, builder, not_verified, now, object, parameter, published, scope, sign,
        tokens,
    },
};

const ENDPOINT: &str = "https://as.example/device_authorization";
const DEVICE_CODE: &str = "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS";

fn device() -> ClientBuilder {
    builder().device_authorization_endpoint(ENDPOINT)
}

fn client() -> Client {
    device().build().unwrap()
}

fn body() -> serde_json::Value {
    json!({
        "device_code": DEVICE_CODE,
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://as.example/device",
        "verification_uri_complete": "https://as.example/device?user_code=WDJB-MJHT",
        "expires_in": 600,
        "interval": 5,
    })
}

fn receive(client: &Client, body: &serde_json::Value) -> Result<DeviceAsked, FailedExchange> {
    let (preparing, pending) = client.authorize_device(DevicePlan::new(scope("openid read")), now()).unwrap();
    let _ = preparing.ready().unwrap();
    pending.receive(&IncomingResponse::json(200, body.to_string()), now())
}

fn asked(client: &Client, body: &serde_json::Value) -> (DevicePrompt, Polling) {
    match receive(client, body).unwrap() {
        DeviceAsked::Prompt(prompt, polling) => (prompt, polling),
        other => panic!("{other:?}"),
    }
}

fn polling() -> Polling {
    asked(&client(), &body()).1
}

fn at(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

/// What the poll of this moment is refused with.
fn refusal(polling: &mut Polling, at: UtcDateTime, status: u16, code: &str) -> ErrorAnswer {
    let (_, pending) = polling.poll(at).unwrap().ready().unwrap();
    let response = IncomingResponse::json(status, json!({ "error": code }).to_string());
    match pending.receive(&response, at).unwrap() {
        Received::Refused(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn section_3_1_the_request_has_the_scope_and_says_who_asks() {
    let mut plan = DevicePlan::new(scope("openid read"));
    plan.extra.push(("resource".into(), "https://api.example".into()));
    let (preparing, _) = client().authorize_device(plan.clone(), now()).unwrap();
    let request = preparing.ready().unwrap();
    assert_eq!((request.method(), request.url()), ("POST", ENDPOINT));
    let form = request.body().expose();
    assert_eq!(form, format!("scope=openid+read&resource=https%3A%2F%2Fapi.example&client_id={CLIENT}"));
    assert!(request.header("authorization").is_none());
    let basic = device().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap();
    let (preparing, _) = basic.authorize_device(plan, now()).unwrap();
    assert!(preparing.ready().unwrap().header("authorization").is_some());
}

#[test]
fn what_cannot_be_asked_for_is_not_sent() {
    let refused = |change: fn(&mut DevicePlan)| {
        let mut plan = DevicePlan::new(scope("read"));
        change(&mut plan);
        client().authorize_device(plan, now()).err()
    };
    assert_eq!(refused(|_| {}), None);
    for name in ["scope", "client_id", "client_secret", "request", ""] {
        let mut plan = DevicePlan::new(scope("read"));
        plan.extra.push((name.into(), "x".into()));
        assert_eq!(client().authorize_device(plan, now()).err(), Some(ClientError::Parameter), "{name}");
    }
    assert_eq!(
        refused(|plan| plan.max_age = Some(Duration::HOUR)),
        Some(ClientError::Parameter),
        "nobody would check it"
    );
    let nowhere = builder().build().unwrap().authorize_device(DevicePlan::new(scope("read")), now()).err();
    assert_eq!(nowhere, Some(ClientError::NoEndpoint { endpoint: "device_authorization_endpoint" }));
}

#[test]
fn section_3_2_the_user_is_told_where_to_go_and_until_when() {
    let (prompt, polling) = asked(&client(), &body());
    assert_eq!((prompt.user_code(), prompt.verification_uri()), ("WDJB-MJHT", "https://as.example/device"));
    assert_eq!(prompt.verification_uri_complete(), Some("https://as.example/device?user_code=WDJB-MJHT"));
    assert_eq!((prompt.expires_at(), polling.expires_at()), (at(600), at(600)));
    assert_eq!(polling.next(), at(5));
    assert!(!format!("{prompt:?}{polling:?}").contains("WDJB") && !format!("{polling:?}").contains(DEVICE_CODE));
}

#[test]
fn section_3_2_a_page_that_is_not_https_is_not_shown() {
    for name in ["verification_uri", "verification_uri_complete"] {
        for (uri, is_taken) in [
            ("https://as.example/d", true),
            ("http://127.0.0.1:8080/d", true),
            ("http://as.example/d", false),
            ("javascript:alert(1)", false),
            ("as.example/d", false),
        ] {
            let mut body = body();
            body[name] = uri.into();
            let source = ResponseError::InvalidMember { name };
            let expected = (!is_taken).then_some(Failure::Malformed { status: 200, source });
            assert_eq!(
                receive(&client(), &body).err().map(|failed| failed.failure().clone()),
                expected,
                "{name} {uri}"
            );
        }
    }
}

#[test]
fn section_3_2_a_refusal_and_what_is_no_answer() {
    let (_, pending) = client().authorize_device(DevicePlan::new(scope("read")), now()).unwrap();
    let response = IncomingResponse::json(400, r#"{"error":"invalid_scope"}"#);
    let DeviceAsked::Refused(answer) = pending.receive(&response, now()).unwrap() else { panic!("taken") };
    assert_eq!(answer.code, ErrorCode::InvalidScope);
    let (_, pending) = client().authorize_device(DevicePlan::new(scope("read")), now()).unwrap();
    let redirect = IncomingResponse::json(302, body().to_string());
    assert_eq!(pending.receive(&redirect, now()).unwrap_err().failure(), &Failure::Redirect { status: 302 });
}

#[test]
fn section_3_4_and_3_5_a_poll_is_sent_when_it_may_be_and_not_before() {
    let mut polling = polling();
    assert_eq!(polling.poll(at(4)).err(), Some(PollError::TooEarly { until: at(5) }));
    let (request, _) = polling.poll(at(5)).unwrap().ready().unwrap();
    let form = request.body().expose();
    assert_eq!(parameter(form, "grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:device_code"));
    assert_eq!(parameter(form, "device_code").as_deref(), Some(DEVICE_CODE));
    assert_eq!(parameter(form, "client_id").as_deref(), Some(CLIENT));
    assert_eq!(polling.poll(at(6)).err(), Some(PollError::TooEarly { until: at(10) }), "one at a time");
    assert_eq!(PollError::Over.rule(), Rule::Embedder);
}

#[test]
fn section_3_5_pending_means_again_and_slow_down_means_five_seconds_more_from_now_on() {
    let mut polling = polling();
    let answer = refusal(&mut polling, at(5), 400, "authorization_pending");
    assert_eq!(polling.refused(&answer, at(6)), PollAdvice::Again(at(11)));
    let answer = refusal(&mut polling, at(11), 400, "slow_down");
    assert_eq!(polling.refused(&answer, at(11)), PollAdvice::Again(at(21)));
    let answer = refusal(&mut polling, at(21), 400, "authorization_pending");
    assert_eq!(polling.refused(&answer, at(21)), PollAdvice::Again(at(31)), "it stays");
    assert_eq!(polling.interval(), Duration::seconds(10));
}

#[test]
fn section_3_5_without_an_answer_it_is_asked_half_as_often() {
    let mut polling = polling();
    let _ = polling.poll(at(5)).unwrap();
    assert_eq!(polling.lost(at(6)), PollAdvice::Again(at(16)));
    let _ = polling.poll(at(16)).unwrap();
    assert_eq!(polling.lost(at(16)), PollAdvice::Again(at(36)));
    let answer = refusal(&mut polling, at(36), 503, "temporarily_unavailable");
    assert_eq!(polling.refused(&answer, at(36)), PollAdvice::Again(at(76)));
}

#[test]
fn section_3_5_a_page_of_a_gateway_is_waited_out_and_a_page_in_place_of_tokens_is_not() {
    let failed = |polling: &mut Polling, status: u16, retry_after: &[u8]| {
        let (_, pending) = polling.poll(polling.next()).unwrap().ready().unwrap();
        let page = IncomingResponse::new(status, "<html>").with_header("content-type", b"text/html");
        pending.receive(&page.with_header("retry-after", retry_after), now()).unwrap_err()
    };
    for status in [429, 500, 502, 503, 504] {
        let mut polling = polling();
        let page = failed(&mut polling, status, b"");
        assert_eq!(polling.failed(&page, at(5)), PollAdvice::Again(at(15)), "{status}");
        let page = failed(&mut polling, status, b"60");
        assert_eq!(polling.failed(&page, at(15)), PollAdvice::Again(at(75)), "{status}: as long as it says");
    }
    for status in [200, 302, 400, 404] {
        let mut polling = polling();
        let page = failed(&mut polling, status, b"");
        assert_eq!(polling.failed(&page, at(5)), PollAdvice::Over, "{status}");
    }
}

#[test]
fn what_the_server_says_about_when_is_heeded_and_what_passes_is_waited_out() {
    let answer = |polling: &mut Polling, status: u16, code: &str, retry_after: &[u8]| {
        let (_, pending) = polling.poll(at(5)).unwrap().ready().unwrap();
        let response = IncomingResponse::json(status, json!({ "error": code }).to_string());
        let Received::Refused(answer) =
            pending.receive(&response.with_header("retry-after", retry_after), at(5)).unwrap()
        else {
            panic!("taken")
        };
        answer
    };
    for (status, code, seconds) in [
        (429, "slow_down", 120),
        (400, "slow_down", 120),
        (400, "authorization_pending", 120),
        (503, "temporarily_unavailable", 400),
        (400, "temporarily_unavailable", 400),
        (400, "server_error", 10),
    ] {
        let mut polling = polling();
        let answer = answer(&mut polling, status, code, seconds.to_string().as_bytes());
        assert_eq!(polling.refused(&answer, at(5)), PollAdvice::Again(at(5 + seconds)), "{status} {code}");
    }
}

#[test]
fn nobody_polls_for_longer_than_an_hour() {
    let mut body = body();
    body["expires_in"] = 4_000_000_000_u32.into();
    assert_eq!(asked(&client(), &body).1.expires_at(), at(3_600));
}

#[test]
fn whoever_says_no_is_not_asked_again_nor_after_the_time() {
    for code in ["access_denied", "expired_token", "invalid_grant", "invalid_client", "something_new"] {
        let mut polling = polling();
        let answer = refusal(&mut polling, at(5), 400, code);
        assert_eq!(polling.refused(&answer, at(5)), PollAdvice::Over, "{code}");
    }
    let mut polling = polling();
    let answer = refusal(&mut polling, at(595), 400, "authorization_pending");
    assert_eq!(polling.refused(&answer, at(595)), PollAdvice::Over, "the next one would be too late");
    assert_eq!(polling.poll(at(600)).err(), Some(PollError::Over));
}

#[test]
fn an_interval_is_the_servers_and_a_second_at_least() {
    for (interval, seconds) in [(0, 1), (1, 1), (299, 299), (86_400, 86_400)] {
        let mut body = body();
        body["interval"] = interval.into();
        assert_eq!(asked(&client(), &body).1.interval(), Duration::seconds(seconds), "{interval}");
    }
    let mut body = body();
    body.as_object_mut().unwrap().remove("interval");
    assert_eq!(asked(&client(), &body).1.interval(), Duration::seconds(5));
}

#[test]
fn d31_with_openid_the_id_token_is_the_only_way_to_the_tokens() {
    let claims = json!({ "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW });
    let received = |id_token: Option<&str>| {
        let (_, pending) = polling().poll(at(5)).unwrap().ready().unwrap();
        tokens(pending, json!({ "id_token": id_token }))
    };
    let right = sign(&object(claims.clone()));
    let verified = received(Some(&right)).verify(&published(), now()).unwrap();
    assert_eq!(verified.id_token().unwrap().sub.as_str(), "248289761001");
    assert_eq!(verified.access_token().expose(), ACCESS_TOKEN);
    assert_eq!(received(Some(&right)).without_id_token().map_err(not_verified).err(), Some(VerifyError::OpenId));
    assert_eq!(
        received(None).verify(&published(), now()).map_err(not_verified).err(),
        Some(VerifyError::IdTokenMissing)
    );
    // D32: nobody sent a nonce.
    let mut with_nonce = claims.clone();
    with_nonce["nonce"] = "x".into();
    let refused = received(Some(&sign(&object(with_nonce)))).verify(&published(), now()).map_err(not_verified).err();
    assert_eq!(refused, Some(VerifyError::IdToken(IdTokenError::NonceUnexpected)));
    let mut of_another = claims;
    of_another["aud"] = "another".into();
    assert!(received(Some(&sign(&object(of_another)))).verify(&published(), now()).is_err());
}

#[test]
fn rfc9449_5_a_poll_has_a_fresh_proof_and_the_nonce_of_the_last_answer() {
    let client = device().dpop(signer()).build().unwrap();
    let mut polling = asked(&client, &body()).1;
    let (first, pending) = polling.poll(at(5)).unwrap().ready().unwrap();
    let response = IncomingResponse::json(400, r#"{"error":"authorization_pending"}"#);
    let response = response.with_header("DPoP-Nonce", b"eyJ7S_zG.eyJH0-Z.HX4w-7v");
    let Received::Refused(answer) = pending.receive(&response, at(5)).unwrap() else { panic!("taken") };
    assert_eq!(polling.refused(&answer, at(5)), PollAdvice::Again(at(10)));
    let (second, _) = polling.poll(at(10)).unwrap().ready().unwrap();
    assert_ne!(first.header("dpop"), second.header("dpop"));
    let nonce = crate::dpop_server::claim(&second, "nonce");
    assert_eq!(nonce.as_deref(), Some("eyJ7S_zG.eyJH0-Z.HX4w-7v"));
    assert_eq!(crate::dpop_server::claim(&first, "nonce"), None);
}
