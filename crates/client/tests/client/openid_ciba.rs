//! OpenID CIBA, poll and ping: a client has somebody asked, and waits (security decision D26).

use serde_json::json;
use symbolon_client::{
    Backchannel, BackchannelAsked, BackchannelPlan, Client, ClientBuilder, ClientError, Hint, IncomingResponse,
    OutgoingRequest, PingError, PollError, VerifyError,
    client_auth::ClientAuthentication,
    id_token::Personal,
    types::{ErrorCode, Secret},
};
use time::{Duration, UtcDateTime};

use crate::party::{
    CLIENT, ISSUER, NOW, builder, not_verified, now, object, parameter, published, scope, sign, tokens,
};

const ENDPOINT: &str = "https://as.example/bc-authorize";
const ID: &str = "1c266114-a1be-4252-8ad1-04986c5b9ac1";

fn asking() -> ClientBuilder {
    builder().backchannel_authentication_endpoint(ENDPOINT)
}

fn client() -> Client {
    asking().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap()
}

fn alice() -> Hint {
    Hint::Login(Personal::new("alice"))
}

fn plan() -> BackchannelPlan {
    BackchannelPlan::new(scope("openid profile"), alice())
}

fn with(change: impl FnOnce(&mut BackchannelPlan)) -> BackchannelPlan {
    let mut plan = plan();
    change(&mut plan);
    plan
}

fn sent(plan: BackchannelPlan) -> OutgoingRequest {
    client().authenticate_backchannel(plan, now()).unwrap().0.ready().unwrap()
}

fn begin(plan: BackchannelPlan) -> (OutgoingRequest, Backchannel) {
    let (preparing, pending) = client().authenticate_backchannel(plan, now()).unwrap();
    let request = preparing.ready().unwrap();
    let body = json!({ "auth_req_id": ID, "expires_in": 120, "interval": 2 }).to_string();
    match pending.receive(&IncomingResponse::json(200, body), now()).unwrap() {
        BackchannelAsked::Pending(waiting) => (request, waiting),
        other => panic!("{other:?}"),
    }
}

fn at(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

#[test]
fn section_7_1_the_request_has_one_hint_and_what_was_asked_for() {
    let request = sent(with(|plan| {
        plan.binding_message = Some("W4SCT".into());
        plan.user_code = Some(Secret::new("1234"));
        plan.requested_expiry = Some(Duration::seconds(90));
        plan.acr_values = vec!["idporten-loa-high".into(), "idporten-loa-substantial".into()];
    }));
    assert_eq!((request.method(), request.url()), ("POST", ENDPOINT));
    assert!(request.header("authorization").is_some());
    let form = request.body().expose();
    assert_eq!(
        form,
        "scope=openid+profile&login_hint=alice&binding_message=W4SCT&user_code=1234&requested_expiry=90\
         &acr_values=idporten-loa-high+idporten-loa-substantial"
    );
    for (hint, name) in [
        (Hint::IdToken(Secret::new("a.b.c")), "id_token_hint"),
        (Hint::LoginToken(Secret::new("a.b.c")), "login_hint_token"),
    ] {
        assert!(!format!("{hint:?}").contains("a.b.c"));
        let request = sent(BackchannelPlan::new(scope("openid"), hint));
        assert_eq!(parameter(request.body().expose(), name).as_deref(), Some("a.b.c"));
        assert_eq!(parameter(request.body().expose(), "login_hint"), None, "never two hints");
    }
}

#[test]
fn d26_only_a_confidential_client_asks_and_only_what_can_be_asked() {
    let refused = |plan: BackchannelPlan| client().authenticate_backchannel(plan, now()).err();
    assert_eq!(refused(plan()), None);
    for wrong in [
        with(|plan| plan.scope = scope("profile")),
        with(|plan| plan.hint = Hint::Login(Personal::new(""))),
        with(|plan| plan.binding_message = Some(String::new())),
        with(|plan| plan.binding_message = Some("a\nb".into())),
        with(|plan| plan.requested_expiry = Some(Duration::ZERO)),
        with(|plan| plan.acr_values = vec!["a b".into()]),
        with(|plan| plan.extra.push(("id_token_hint".into(), "a.b.c".into()))),
        with(|plan| plan.extra.push(("client_notification_token".into(), "x".into()))),
        with(|plan| plan.extra.push(("scope".into(), "x".into()))),
    ] {
        assert_eq!(refused(wrong), Some(ClientError::Parameter));
    }
    let public = asking().build().unwrap().authenticate_backchannel(plan(), now()).err();
    assert_eq!(public, Some(ClientError::PublicClient));
    let basic = builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).build().unwrap();
    let nowhere = basic.authenticate_backchannel(plan(), now()).err();
    assert_eq!(nowhere, Some(ClientError::NoEndpoint { endpoint: "backchannel_authentication_endpoint" }));
}

#[test]
fn section_10_1_a_poll_has_the_id_and_its_answer_is_a_sign_in() {
    let (_, mut waiting) = begin(plan());
    assert_eq!(waiting.polling().expires_at(), at(120));
    assert_eq!(waiting.polling_mut().poll(at(1)).err(), Some(PollError::TooEarly { until: at(2) }));
    let (request, pending) = waiting.polling_mut().poll(at(2)).unwrap().ready().unwrap();
    let form = request.body().expose();
    assert_eq!(parameter(form, "grant_type").as_deref(), Some("urn:openid:params:grant-type:ciba"));
    assert_eq!(parameter(form, "auth_req_id").as_deref(), Some(ID));
    assert!(!format!("{waiting:?}").contains(ID));

    let claims = json!({ "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW });
    let received = tokens(pending, json!({ "id_token": sign(&object(claims)) }));
    assert!(received.is_openid());
    assert_eq!(received.verify(&published(), now()).unwrap().identity().unwrap().iss, ISSUER);
    let (_, pending) = begin(plan()).1.polling_mut().poll(at(2)).unwrap().ready().unwrap();
    assert_eq!(
        tokens(pending, json!({})).verify(&published(), now()).map_err(not_verified).err(),
        Some(VerifyError::IdTokenMissing)
    );
}

#[test]
fn the_id_token_has_the_acr_that_was_asked_for() {
    let claims = |acr: &str| {
        object(json!({ "iss": ISSUER, "sub": "1", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "acr": acr }))
    };
    for (acr, is_right) in [("high", true), ("low", false)] {
        let (_, mut waiting) = begin(with(|plan| plan.acr_values = vec!["high".into()]));
        let (_, pending) = waiting.polling_mut().poll(at(2)).unwrap().ready().unwrap();
        let received = tokens(pending, json!({ "id_token": sign(&claims(acr)) }));
        assert_eq!(received.verify(&published(), now()).is_ok(), is_right, "{acr}");
    }
}

#[test]
fn section_13_a_refusal_is_told_by_its_code() {
    let (_, pending) = client().authenticate_backchannel(plan(), now()).unwrap();
    let response = IncomingResponse::json(400, r#"{"error":"unknown_user_id"}"#);
    let BackchannelAsked::Refused(answer) = pending.receive(&response, now()).unwrap() else { panic!("taken") };
    assert_eq!(answer.code, ErrorCode::UnknownUserId);
    let (_, pending) = client().authenticate_backchannel(plan(), now()).unwrap();
    assert!(pending.receive(&IncomingResponse::json(200, r#"{"expires_in":120}"#), now()).is_err());
}

#[test]
fn section_10_2_whoever_asked_to_be_told_polls_at_once_when_it_is_told() {
    let (request, mut waiting) = begin(with(|plan| plan.ping = true));
    let token = parameter(request.body().expose(), "client_notification_token").unwrap();
    assert_eq!(token.len(), 43, "256 bits");
    assert!(!format!("{waiting:?}").contains(&token));
    let (header, body) = (format!("Bearer {token}"), json!({ "auth_req_id": ID }).to_string());
    let mut told = |header: &str, body: &str| waiting.pinged(header.as_bytes(), body.as_bytes(), at(1));
    for wrong in [
        "",
        "Bearer ",
        "Bearer x",
        header.trim_end_matches(|last: char| header.ends_with(last)),
        &token,
        &format!("Basic {token}"),
    ] {
        assert_eq!(told(wrong, &body), Err(PingError::Token), "{wrong}");
    }
    let another = json!({ "auth_req_id": "another" }).to_string();
    let long = json!({ "auth_req_id": ID, "x": "x".repeat(20_000) }).to_string();
    for wrong in ["", "{}", "[]", r#"{"auth_req_id":1}"#, &another, &long] {
        assert_eq!(told(&header, wrong), Err(PingError::Body));
    }
    assert_eq!(told(&header.replace("Bearer", "bearer"), &body), Ok(()));
    assert!(waiting.polling_mut().poll(at(1)).is_ok(), "a second before the interval is over");

    assert_eq!(waiting.pinged(header.as_bytes(), body.as_bytes(), at(1)), Ok(()));
    assert!(waiting.polling_mut().poll(at(2)).is_err(), "the same message again");

    let (_, mut waiting) = begin(with(|plan| plan.ping = true));
    assert!(waiting.polling_mut().poll(at(1)).is_err(), "nobody told it");
    let (request, mut waiting) = begin(plan());
    assert_eq!(parameter(request.body().expose(), "client_notification_token"), None);
    assert_eq!(waiting.pinged(header.as_bytes(), body.as_bytes(), at(1)), Err(PingError::NotAsked));
}
