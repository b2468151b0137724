//! OpenID CIBA, poll and ping: a client asks, its user decides on a device of her own (security decision D26).
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{BASIC, Bench, Tokens, basic, form, plan, policy, ready, refused, signed, status_and_error};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    BackchannelRefusal, BackchannelRequest, Change, DecideError, Decision, DeferredKey, Granted, Hint, MetadataUrls,
    Outcome, Reason, Refusal, RegistrationError, Settled, StoredDeferred,
    types::{RequestParts, Rule, Scope, Secret},
};
use symbolon_store::{DecisionError, Store as _};
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

#[cfg(test)]
const ASK: &str = "scope=openid+profile&login_hint=alice&binding_message=W4SCT";
#[cfg(test)]
const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";
#[cfg(test)]
const HERE: &str = "https://app.example/cb/ciba";

#[cfg(test)]
fn bench() -> Bench {
    let allowing: fn(&mut Policy) = |policy| policy.grants = policy.grants.and(GrantSet::CIBA);
    let bench = Bench::with(policy(allowing), plan());
    for client in [support::app(), support::spa(), support::signer()] {
        bench.store().register(client.with_grants(GrantSet::CIBA));
    }
    bench
}

#[cfg(test)]
fn after(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

#[cfg(test)]
fn request(bench: &Bench, parts: RequestParts) -> Result<BackchannelRequest, Refusal> {
    ready(bench.driver.backchannel_request(parts, now()))
}

/// The answer to a request whose hint is somebody's.
#[cfg(test)]
fn begin(bench: &Bench, parts: RequestParts) -> Settled {
    let decided = request(bench, parts).and_then(|request| match request.hint() {
        Hint::Login(login) if login == "alice" => request.accept("alice", now()),
        _ => Err(request.refuse(BackchannelRefusal::UnknownUser)),
    });
    ready(bench.driver.finish(decided))
}

#[cfg(test)]
fn ask(bench: &Bench, form: &str) -> (String, Value) {
    let response = begin(bench, basic(form)).into_response();
    assert_eq!((response.status(), response.header("cache-control")), (200, Some("no-store")));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    (body["auth_req_id"].as_str().unwrap().to_owned(), body)
}

#[cfg(test)]
fn poll(id: &str) -> RequestParts {
    basic(format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id={id}"))
}

#[cfg(test)]
fn found(bench: &Bench, id: &str) -> StoredDeferred {
    let id = bench.endpoint().auth_req_id_digest(&Secret::new(id));
    ready(bench.store().deferred(DeferredKey::Id(id))).unwrap().unwrap()
}

#[cfg(test)]
fn yes(user: &str, scope: &str) -> Decision {
    Decision::Approve(Box::new(Granted::to_user(user, Scope::parse(scope).unwrap())))
}

#[cfg(test)]
fn decide(bench: &Bench, id: &str, decision: Decision) -> Result<(), DecisionError<symbolon_store::MemoryError>> {
    ready(bench.driver.decide_deferred(&found(bench, id), decision, after(1)))
}

#[test]
fn section_7_3_and_10_1_a_client_asks_polls_and_gets_tokens_once() {
    let bench = bench();
    let (id, body) = ask(&bench, ASK);
    assert_eq!(id.len(), 43, "256 bits");
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
    assert_eq!(found(&bench, &id).binding_message.as_deref(), Some("W4SCT"));
    assert_eq!(bench.answer(poll(&id)), refused(400, "authorization_pending"));
    assert_eq!(status_and_error(bench.send_at(poll(&id), after(4))), refused(400, "slow_down"));
    decide(&bench, &id, yes("alice", "openid profile")).unwrap();
    let tokens = Tokens::of(bench.send_at(poll(&id), after(5)));
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
    assert_eq!(status_and_error(bench.send_at(poll(&id), after(6))), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 401, "whoever shows it again ends all that came of it");
}

#[test]
fn only_who_was_asked_decides_and_within_what_was_asked() {
    let bench = bench();
    let (id, _) = ask(&bench, ASK);
    let refused = |decision| decide(&bench, &id, decision).unwrap_err();
    assert_eq!(refused(yes("bob", "openid")), DecisionError::Refused(DecideError::Granted));
    assert_eq!(refused(yes("alice", "openid read")), DecisionError::Refused(DecideError::Wider));
    decide(&bench, &id, Decision::Deny).unwrap();
    assert_eq!(bench.answer(poll(&id)), support::refused(400, "access_denied"));
}

#[test]
fn requested_expiry_shortens_and_never_lengthens() {
    let bench = bench();
    let (id, body) = ask(&bench, &format!("{ASK}&requested_expiry=120"));
    assert_eq!(body["expires_in"], 120);
    assert_eq!(status_and_error(bench.send_at(poll(&id), after(119))), refused(400, "authorization_pending"));
    assert_eq!(status_and_error(bench.send_at(poll(&id), after(120))), refused(400, "expired_token"));
    let (_, body) = ask(&bench, &format!("{ASK}&requested_expiry=86400"));
    assert_eq!(body["expires_in"], 600);
}

#[test]
fn section_7_1_and_13_what_is_asked_in_another_way_is_refused() {
    let bench = bench();
    let long = "x".repeat(129);
    for (form, rule, error) in [
        ("scope=openid", Rule::BackchannelHint, "invalid_request"),
        ("scope=openid&login_hint=a&id_token_hint=b", Rule::BackchannelHint, "invalid_request"),
        ("scope=openid&login_hint=a&login_hint=a", Rule::FormRepeated, "invalid_request"),
        ("login_hint=alice", Rule::BackchannelScope, "invalid_scope"),
        ("scope=read&login_hint=alice", Rule::BackchannelScope, "invalid_scope"),
        ("scope=openid+admin&login_hint=alice", Rule::ScopeNarrows, "invalid_scope"),
        // D10: scope is judged last.
        ("scope=openid+admin", Rule::BackchannelHint, "invalid_request"),
        ("scope=admin&login_hint=a&binding_message=a%0Ab", Rule::BackchannelMessage, "invalid_binding_message"),
        ("scope=openid&login_hint=alice&request=a.b.c", Rule::BackchannelRequest, "invalid_request"),
        ("scope=openid&login_hint=alice&requested_expiry=0", Rule::BackchannelRequest, "invalid_request"),
        ("scope=openid&login_hint=alice&requested_expiry=soon", Rule::BackchannelRequest, "invalid_request"),
        ("scope=openid&login_hint=alice&binding_message=a%0Ab", Rule::BackchannelMessage, "invalid_binding_message"),
        (
            &format!("scope=openid&login_hint=alice&binding_message={long}"),
            Rule::BackchannelMessage,
            "invalid_binding_message",
        ),
        ("scope=openid&login_hint=mallory", Rule::BackchannelUser, "unknown_user_id"),
        ("scope=openid&login_hint_token=x", Rule::BackchannelUser, "unknown_user_id"),
    ] {
        let settled = begin(&bench, basic(form));
        assert_eq!(settled.reason().unwrap().rule(), rule, "{form}");
        assert_eq!(status_and_error(settled), refused(400, error), "{form}");
    }
    for (refusal, status, error) in [
        (BackchannelRefusal::ExpiredHint, 400, "expired_login_hint_token"),
        (BackchannelRefusal::MissingUserCode, 400, "missing_user_code"),
        (BackchannelRefusal::InvalidUserCode, 400, "invalid_user_code"),
        (BackchannelRefusal::AccessDenied, 403, "access_denied"),
    ] {
        let refusal = request(&bench, basic(ASK)).unwrap().refuse(refusal);
        assert_eq!(status_and_error(ready(bench.driver.finish(Err(refusal)))), refused(status, error));
    }
}

/// What a program finds out for itself: only alice can be asked, by a hint that is not old, with her code.
#[cfg(test)]
fn find_out(request: BackchannelRequest, may_ask: bool) -> Result<Outcome, Refusal> {
    let fault = match (request.hint(), request.user_code().map(Secret::expose)) {
        (Hint::LoginToken(token), _) if token.expose() == "old" => Some(BackchannelRefusal::ExpiredHint),
        (Hint::LoginToken(token), _) if token.expose() != "alice" => Some(BackchannelRefusal::UnknownUser),
        (_, None) => Some(BackchannelRefusal::MissingUserCode),
        (_, Some(code)) if code != "2718" => Some(BackchannelRefusal::InvalidUserCode),
        _ => (!may_ask).then_some(BackchannelRefusal::AccessDenied),
    };
    match fault {
        Some(fault) => Err(request.refuse(fault)),
        None => request.accept("alice", now()),
    }
}

#[test]
fn section_13_what_the_program_finds_out_is_told_by_its_rule_and_the_right_request_is_taken() {
    let bench = bench();
    let judged = |form: &str, may_ask: bool| {
        let decided = request(&bench, basic(form)).and_then(|request| find_out(request, may_ask));
        let settled = ready(bench.driver.finish(decided));
        (settled.reason().map(Reason::rule), settled.status())
    };
    let right = "scope=openid&login_hint_token=alice&user_code=2718";
    for (form, rule) in [
        ("scope=openid&login_hint_token=bob&user_code=2718", Rule::BackchannelUser),
        ("scope=openid&login_hint_token=old&user_code=2718", Rule::BackchannelHintFresh),
        ("scope=openid&login_hint_token=alice", Rule::BackchannelUserCode),
        ("scope=openid&login_hint_token=alice&user_code=2719", Rule::BackchannelUserCodeRight),
    ] {
        assert_eq!(judged(form, true), (Some(rule), 400), "{form}");
    }
    assert_eq!(judged(right, false), (Some(Rule::BackchannelAllowed), 403));
    assert_eq!(judged(right, true), (None, 200));
}

#[test]
fn what_a_request_says_is_told_and_not_shown() {
    let bench = bench();
    let form = "scope=openid&id_token_hint=MARKER1&user_code=MARKER2&acr_values=high+low&binding_message=MARKER3";
    let request = request(&bench, basic(form)).unwrap();
    assert_eq!(request.hint(), &Hint::IdToken(Secret::new("MARKER1")));
    assert_eq!(request.user_code(), Some(&Secret::new("MARKER2")));
    assert_eq!((request.acr_values(), request.binding_message()), (Some("high low"), Some("MARKER3")));
    assert_eq!(request.scope(), &Scope::parse("openid").unwrap());
    let shown = format!("{request:?} {:?}", request.hint());
    assert!(!shown.contains("MARKER"), "{shown}");
}

#[test]
fn d26_only_confidential_clients_ask_and_only_those_that_registered_it() {
    let bench = bench();
    let public = begin(&bench, form(format!("client_id=spa&{ASK}")));
    assert_eq!(status_and_error(public), refused(400, "unauthorized_client"));
    let other = begin(&bench, form(format!("client_id=post&client_secret=mysecret&{ASK}")));
    assert_eq!(status_and_error(other), refused(400, "unauthorized_client"));
    let wrong = begin(&bench, basic(ASK).authorization(BASIC));
    assert_eq!(status_and_error(wrong), refused(400, "invalid_request"));
    let unknown = begin(&bench, form(format!("client_id=app&{ASK}")));
    assert_eq!(status_and_error(unknown), refused(400, "invalid_client"));
    let assertion = bench.assertion();
    assert_eq!(begin(&bench, signed(&assertion, ASK)).status(), 200);
    assert_eq!(status_and_error(begin(&bench, signed(&assertion, ASK))), refused(400, "invalid_client"));
    let off = Bench::new();
    assert_eq!(status_and_error(begin(&off, basic(ASK))), refused(400, "unsupported_grant_type"));
    let none = |client: &symbolon_server::RegisteredClient| client.credentials().clone();
    let client = |base: symbolon_server::RegisteredClient| {
        symbolon_server::RegisteredClient::new(none(&base), GrantSet::CIBA, support::scope())
    };
    let check = |base: symbolon_server::RegisteredClient| client(base).check(&Policy::OAUTH_2_1);
    assert_eq!(check(support::app()), Ok(()));
    assert_eq!(check(support::spa()), Err(RegistrationError::PublicBackchannel));
}

#[test]
fn an_auth_req_id_is_no_device_code_and_the_other_way_round() {
    let bench = bench();
    bench.store().register(support::app().with_grants(GrantSet::CIBA.and(GrantSet::DEVICE_CODE)));
    let (id, _) = ask(&bench, ASK);
    decide(&bench, &id, yes("alice", "openid")).unwrap();
    let as_code = basic(format!("grant_type=authorization_code&code={id}"));
    assert_eq!(bench.answer(as_code), refused(400, "invalid_grant"));
    assert_eq!(bench.answer(poll(bench.code(&support::app()).expose())), refused(400, "invalid_grant"));
    let signer = signed(&bench.assertion(), &format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id={id}"));
    assert_eq!(bench.answer(signer), refused(400, "invalid_grant"), "another client's");
    assert_eq!(bench.send(poll(&id)).status(), 200, "it was left");
}

#[test]
fn section_10_2_who_wants_to_be_told_is_told_and_what_is_kept_for_that_is_sealed() {
    let bench = bench();
    bench.store().register(support::app().with_grants(GrantSet::CIBA).with_notification_endpoint(HERE));
    let (id, body) = ask(&bench, &format!("{ASK}&client_notification_token={TOKEN}"));
    assert_eq!(body["interval"], 5, "it may poll all the same");
    let stored = found(&bench, &id);
    let sealed = &stored.ping.as_ref().unwrap().sealed;
    for clear in [TOKEN, &id] {
        assert!(!sealed.windows(clear.len()).any(|part| part == clear.as_bytes()));
    }
    decide(&bench, &id, yes("alice", "openid")).unwrap();
    let stored = found(&bench, &id);
    let notification = bench.endpoint().notification(&stored).unwrap();
    assert_eq!(notification.token(), &Secret::new(TOKEN));
    assert_eq!(notification.body(), Secret::new(format!("{{\"auth_req_id\":\"{id}\"}}")));
    assert!(!format!("{notification:?}").contains(TOKEN));
    assert_eq!(bench.send(poll(&id)).status(), 200);
    // In another row, or of another client, it does not open.
    let mut other = stored.clone();
    other.id = symbolon_server::types::Digest::from_bytes([1; 32]);
    assert!(bench.endpoint().notification(&other).is_none());
    let mut other = stored.clone();
    other.client_id = symbolon_server::types::ClientId::parse("post").unwrap();
    assert!(bench.endpoint().notification(&other).is_none());
    let mut other = stored;
    other.ping.as_mut().unwrap().server_key = "k0".into();
    assert!(bench.endpoint().notification(&other).is_none(), "that key is gone");
}

#[test]
fn section_7_1_who_wants_to_be_told_sends_a_token_that_nobody_guesses_and_nobody_else_needs_one() {
    let bench = bench();
    let (id, _) = ask(&bench, &format!("{ASK}&client_notification_token={TOKEN}"));
    assert_eq!(found(&bench, &id).ping, None, "it polls");
    assert!(bench.endpoint().notification(&found(&bench, &id)).is_none());
    bench.store().register(support::app().with_grants(GrantSet::CIBA).with_notification_endpoint(HERE));
    for token in [String::new(), "short".into(), "x".repeat(1025), "a%20b".repeat(8)] {
        let settled = begin(&bench, basic(format!("{ASK}&client_notification_token={token}")));
        assert_eq!(settled.reason().unwrap().rule(), Rule::BackchannelToken, "{token}");
        assert_eq!(status_and_error(settled), refused(400, "invalid_request"));
    }
    let check = |url: &str| support::app().with_notification_endpoint(url).check(&Policy::OAUTH_2_1);
    assert_eq!(check(HERE), Ok(()));
    for url in ["http://app.example/cb", "https://", "app.example", "https://user@app.example/"] {
        assert_eq!(check(url), Err(RegistrationError::NotificationEndpoint), "{url}");
    }
}

#[test]
fn what_came_to_another_endpoint_is_no_such_request() {
    let bench = bench();
    let client = || symbolon_server::Found::client(ready(bench.store().client("app")).unwrap());
    let received = bench.endpoint().receive(basic(ASK)).unwrap();
    let refusal = received.authenticate(client(), now()).unwrap().into_backchannel().unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::Embedder);
    let received = bench.endpoint().receive_backchannel_authentication(poll("x")).unwrap();
    let refusal = received.authenticate(client(), now()).unwrap().into_grant().unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::Embedder);
    let outcome = request(&bench, basic(ASK)).unwrap().accept("alice", now()).unwrap();
    assert!(outcome.remembers(), "a client can make as many as it likes: they are counted");
    assert!(outcome.commit().guards().iter().any(|guard| matches!(guard.change(), Change::Defer(_))));
    let refusal = request(&bench, basic(ASK)).unwrap().accept("\u{e6}", now()).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::Embedder);
}

#[test]
fn section_4_the_metadata_names_the_endpoint_and_tells_of_the_grant_only_then() {
    let bench = bench();
    let told = |urls: &MetadataUrls| {
        let metadata = bench.endpoint().metadata(urls);
        let grants = metadata["grant_types_supported"].as_array().unwrap();
        let has_grant = grants.contains(&json!("urn:openid:params:grant-type:ciba"));
        let member = |name: &str| metadata.get(name).cloned();
        (member("backchannel_authentication_endpoint"), member("backchannel_token_delivery_modes_supported"), has_grant)
    };
    let mut urls = MetadataUrls::default();
    assert_eq!(told(&urls), (None, None, false));
    urls.backchannel_authentication_endpoint = Some("https://as.example/bc-authorize".into());
    assert_eq!(told(&urls), (Some(json!("https://as.example/bc-authorize")), Some(json!(["poll", "ping"])), true));
}
