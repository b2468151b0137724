//! RFC 8628: device authorization, its polling and its decision (security decisions D1, D26).
#[cfg(test)]
mod support;

use serde_json::Value;
use support::{Bench, Tokens, form, plan, policy, ready, refresh, refused, scope, status_and_error};
use symbolon_policy::{GrantSet, Policy};
use symbolon_server::{
    Change, DecideError, Decided, Decision, DeferredKey, Granted, RegisteredClient, StoredDeferred, Write,
    types::{RequestParts, Rule, Scope, Secret},
};
use symbolon_store::{DecisionError, Store as _};
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

#[cfg(test)]
const PAGE: &str = "https://as.example/device";

#[cfg(test)]
fn allowing(change: impl FnOnce(&mut Policy)) -> Bench {
    let policy = policy(|policy| {
        policy.grants = policy.grants.and(GrantSet::DEVICE_CODE);
        change(policy);
    });
    let bench = Bench::with(policy, plan());
    for client in [support::app(), support::spa(), support::signer()] {
        bench.store().register(client.with_grants(GrantSet::DEVICE_CODE));
    }
    bench
}

#[cfg(test)]
fn bench() -> Bench {
    allowing(|_| {})
}

#[cfg(test)]
fn after(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

#[cfg(test)]
struct Device {
    code: String,
    user_code: String,
    body: Value,
}

/// A device that has asked, as the public client `spa`.
#[cfg(test)]
fn ask(bench: &Bench) -> Device {
    let settled = begin(bench, form("client_id=spa&scope=openid+profile"));
    let response = settled.into_response();
    assert_eq!((response.status(), response.header("cache-control")), (200, Some("no-store")));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Device { code: text("device_code"), user_code: text("user_code"), body }
}

#[cfg(test)]
fn begin(bench: &Bench, parts: RequestParts) -> symbolon_server::Settled {
    ready(bench.driver.device_authorization(parts, PAGE, now()))
}

#[cfg(test)]
fn poll(code: &str) -> RequestParts {
    form(format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=spa&device_code={code}"))
}

#[cfg(test)]
fn told(bench: &Bench, code: &str, seconds: i64) -> (u16, String) {
    status_and_error(bench.send_at(poll(code), after(seconds)))
}

#[cfg(test)]
fn found(bench: &Bench, device: &Device) -> StoredDeferred {
    let key = bench.endpoint().user_code(&device.user_code).unwrap();
    ready(bench.store().deferred(key)).unwrap().unwrap()
}

#[cfg(test)]
fn alice(scope: &str) -> Decision {
    Decision::Approve(Box::new(Granted::to_user("alice", Scope::parse(scope).unwrap())))
}

#[cfg(test)]
fn decide(bench: &Bench, device: &Device, decision: Decision) {
    ready(bench.driver.decide_deferred(&found(bench, device), decision, after(1))).unwrap();
}

#[test]
fn section_3_2_the_response_has_both_codes_and_where_to_go() {
    let bench = bench();
    let device = ask(&bench);
    assert_eq!(device.code.len(), 43, "256 bits");
    let letters: Vec<char> = device.user_code.chars().collect();
    assert_eq!((letters.len(), letters[4]), (9, '-'));
    assert!(letters.iter().all(|letter| *letter == '-' || "BCDFGHJKLMNPQRSTVWXZ".contains(*letter)));
    assert_eq!(device.body["verification_uri"], PAGE);
    assert_eq!(device.body["verification_uri_complete"], format!("{PAGE}?user_code={}", device.user_code));
    assert_eq!((&device.body["expires_in"], &device.body["interval"]), (&600.into(), &5.into()));
    let other = ask(&bench);
    assert_ne!((device.code, device.user_code), (other.code, other.user_code));
}

#[test]
fn section_3_5_pending_then_tokens_once() {
    let bench = bench();
    let device = ask(&bench);
    assert_eq!(told(&bench, &device.code, 0), refused(400, "authorization_pending"));
    decide(&bench, &device, alice("openid profile"));
    let tokens = Tokens::of(bench.send_at(poll(&device.code), after(2)));
    assert_eq!(tokens.body["scope"], "openid profile");
    let userinfo = bench.userinfo(&tokens.access);
    assert_eq!(userinfo.status(), 200);
    let again = Tokens::of(
        bench.send(form(format!("grant_type=refresh_token&client_id=spa&refresh_token={}", tokens.refresh().expose()))),
    );
    assert!(again.refresh.is_some());
    // D1: whoever shows it again ends all that came of it.
    let settled = bench.send_at(poll(&device.code), after(3));
    assert_eq!(settled.reason().unwrap().rule(), Rule::DeferredOnce);
    assert_eq!(status_and_error(settled), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 401);
    assert_eq!(bench.answer(refresh(again.refresh())), refused(400, "invalid_grant"));
}

#[test]
fn section_3_5_who_does_not_wait_is_told_to_slow_down_and_waits_five_seconds_longer_from_then_on() {
    let bench = bench();
    let device = ask(&bench);
    for (seconds, answer) in [
        (0, "authorization_pending"),
        (4, "slow_down"),  // 10 seconds from now on
        (13, "slow_down"), // 15
        (28, "authorization_pending"),
        (43, "authorization_pending"),
        (57, "slow_down"), // 20
        (77, "authorization_pending"),
    ] {
        assert_eq!(told(&bench, &device.code, seconds), refused(400, answer), "{seconds}");
    }
    assert_eq!(found(&bench, &device).poll.interval, Duration::seconds(20));
    // Nobody waits for what is decided.
    decide(&bench, &device, alice("openid"));
    assert_eq!(bench.send_at(poll(&device.code), after(78)).status(), 200);
}

#[test]
fn d1_a_poll_records_its_time_and_nothing_of_another_client_does() {
    let bench = bench();
    let device = ask(&bench);
    let outcome = |parts| match ready(bench.driver.decide(parts, now())) {
        Ok(outcome) => outcome,
        Err(refusal) => refusal.into_outcome(),
    };
    let own = outcome(poll(&device.code));
    assert!(matches!(own.commit().writes(), [Write::Poll { poll, .. }] if poll.last == Some(now())));
    let other = outcome(support::basic(format!(
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={}",
        device.code
    )));
    assert!(other.commit().is_empty());
    assert_eq!(found(&bench, &device).poll.last, None, "nothing was applied");
}

#[test]
fn a_code_that_is_unknown_foreign_or_of_another_kind_is_invalid_grant() {
    let bench = bench();
    let device = ask(&bench);
    let settled = bench.send(poll(&format!("{}_", device.code)));
    assert_eq!(settled.reason().unwrap().rule(), Rule::DeferredKnown);
    assert_eq!(status_and_error(settled), refused(400, "invalid_grant"));
    let settled = bench.send(support::basic(format!(
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={}",
        device.code
    )));
    assert_eq!(settled.reason().unwrap().rule(), Rule::DeferredClient);
    assert_eq!(status_and_error(settled), refused(400, "invalid_grant"));
    decide(&bench, &device, alice("openid"));
    let as_code = form(format!("grant_type=authorization_code&client_id=spa&code={}", device.code));
    assert_eq!(bench.answer(as_code), refused(400, "invalid_grant"));
    let code = bench.code(&support::spa());
    assert_eq!(told(&bench, code.expose(), 0), refused(400, "invalid_grant"));
    assert_eq!(bench.answer(poll("")), refused(400, "invalid_request"));
    assert_eq!(bench.send(poll(&device.code)).status(), 200, "it was left");
}

#[test]
fn what_is_over_is_expired_token_decided_or_not() {
    let bench = bench();
    let (undecided, decided) = (ask(&bench), ask(&bench));
    decide(&bench, &decided, alice("openid"));
    assert_eq!(told(&bench, &undecided.code, 599), refused(400, "authorization_pending"));
    for device in [&undecided, &decided] {
        assert_eq!(told(&bench, &device.code, 600), refused(400, "expired_token"));
    }
    assert_eq!(bench.send_at(poll(&decided.code), after(599)).status(), 200);
}

#[test]
fn what_was_denied_is_access_denied_and_stays_so() {
    let bench = bench();
    let device = ask(&bench);
    decide(&bench, &device, Decision::Deny);
    assert_eq!(told(&bench, &device.code, 2), refused(400, "access_denied"));
    let deferred = found(&bench, &device);
    assert_eq!(deferred.decided, Decided::Denied);
    let late = ready(bench.driver.decide_deferred(&deferred, alice("openid"), after(3)));
    assert_eq!(late, Err(DecisionError::Refused(DecideError::Over)));
    assert_eq!(told(&bench, &device.code, 4), refused(400, "access_denied"));
}

#[test]
fn of_two_decisions_one_counts() {
    let bench = bench();
    let device = ask(&bench);
    let read = found(&bench, &device);
    decide(&bench, &device, Decision::Deny);
    // Somebody who read it before decides on what is no longer so.
    let late = ready(bench.driver.decide_deferred(&read, alice("openid"), after(2)));
    assert_eq!(late, Err(DecisionError::Conflict));
    assert_eq!(told(&bench, &device.code, 3), refused(400, "access_denied"));
    let device = ask(&bench);
    let read = found(&bench, &device);
    decide(&bench, &device, alice("openid"));
    assert_eq!(ready(bench.driver.decide_deferred(&read, Decision::Deny, after(2))), Err(DecisionError::Conflict));
    assert_eq!(bench.send(poll(&device.code)).status(), 200);
}

#[test]
fn a_decision_is_within_what_was_asked_and_of_somebody() {
    let bench = bench();
    let device = ask(&bench);
    let deferred = found(&bench, &device);
    let refused = |decision, at| ready(bench.driver.decide_deferred(&deferred, decision, at)).unwrap_err();
    let nobody = Decision::Approve(Box::new(Granted::to_client(Scope::parse("openid").unwrap())));
    assert_eq!(refused(nobody, now()), DecisionError::Refused(DecideError::Granted));
    assert_eq!(refused(alice("openid read"), now()), DecisionError::Refused(DecideError::Wider));
    assert_eq!(refused(alice("openid"), after(600)), DecisionError::Refused(DecideError::Over));
    let other = RegisteredClient::new(support::app().credentials().clone(), GrantSet::DEVICE_CODE, scope());
    let answer = bench.endpoint().decide(&deferred, &other, alice("openid"), now());
    assert_eq!(answer.err(), Some(DecideError::Client));
    bench.store().register(support::spa());
    assert_eq!(refused(alice("openid"), now()), DecisionError::Refused(DecideError::Client), "it may no longer");
    bench.store().unregister("spa");
    assert_eq!(refused(alice("openid"), now()), DecisionError::Conflict, "it is gone");
}

#[test]
fn a135_what_is_approved_is_for_the_resources_that_were_asked_for_and_for_no_others() {
    let (one, other) = ("https://api.example", "https://other.example");
    let bench = bench();
    let ask = |resources: &str| {
        let response = begin(&bench, form(format!("client_id=spa&scope=openid{resources}"))).into_response();
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Device { code: text("device_code"), user_code: text("user_code"), body: body.clone() }
    };
    let approve = |device: &Device, resources: &[&str]| {
        let mut granted = Granted::to_user("alice", Scope::parse("openid").unwrap());
        granted.resources = resources.iter().map(ToString::to_string).collect();
        let decision = Decision::Approve(Box::new(granted));
        ready(bench.driver.decide_deferred(&found(&bench, device), decision, after(1)))?;
        match found(&bench, device).decided {
            Decided::Approved(code) => Ok(code.family.granted.resources),
            other => panic!("{other:?}"),
        }
    };
    let both = format!("&resource={one}&resource={other}");
    assert_eq!(approve(&ask(&both), &[one]), Ok(vec![one.to_owned()]));
    // No resources stand for all.
    assert_eq!(approve(&ask(&format!("&resource={one}")), &[]), Ok(vec![one.to_owned()]));
    assert_eq!(approve(&ask(""), &[]), Ok(Vec::new()));
    assert_eq!(approve(&ask(""), &[one]), Ok(vec![one.to_owned()]));
    let wider = approve(&ask(&format!("&resource={one}")), &[one, other]);
    assert_eq!(wider, Err(DecisionError::Refused(DecideError::Wider)));
}

#[test]
fn section_6_1_a_user_code_is_found_however_it_is_typed_and_only_by_its_letters() {
    let bench = bench();
    let device = ask(&bench);
    let typed = device.user_code.to_lowercase().replace('-', " ");
    assert_eq!(bench.endpoint().user_code(&typed), bench.endpoint().user_code(&device.user_code));
    for none in ["", "WDJB-MJH", "WDJB-MJHTT", "AEIOU", "12345678"] {
        assert_eq!(bench.endpoint().user_code(none), None, "{none}");
    }
    let key = bench.endpoint().user_code("BBBB-BBBB").unwrap();
    assert_eq!(ready(bench.store().deferred(key)).unwrap(), None);
    // The device's code is no user code, and the other way round.
    let DeferredKey::UserCode(digest) = bench.endpoint().user_code(&device.user_code).unwrap() else { panic!() };
    assert_eq!(ready(bench.store().deferred(DeferredKey::Id(digest))).unwrap(), None);
    let id = bench.endpoint().device_code_digest(&Secret::new(device.code));
    assert_eq!(ready(bench.store().deferred(DeferredKey::UserCode(id))).unwrap(), None);
    assert!(ready(bench.store().deferred(DeferredKey::Id(id))).unwrap().is_some());
}

#[test]
fn two_users_never_have_one_user_code_at_the_same_time() {
    let bench = bench();
    let assertion = bench.assertion();
    for parts in [form("client_id=spa&scope=openid"), support::signed(&assertion, "scope=openid")] {
        let outcome = ready(bench.driver.decide_device_authorization(parts, PAGE, now())).unwrap();
        let guard = outcome.commit().guards().iter().find(|guard| matches!(guard.change(), Change::Defer(_))).unwrap();
        assert_eq!(guard.rule(), Rule::DeferredUnique);
        // D8: 503 says that nothing was changed, so that the same request may come again.
        assert_eq!(guard.otherwise(), []);
        let answer = guard.conflict();
        let settled = outcome.settle(answer);
        assert_eq!(status_and_error(settled), refused(503, "temporarily_unavailable"));
    }
}

#[test]
fn section_3_1_the_client_authenticates_as_at_the_token_endpoint() {
    let bench = bench();
    assert_eq!(status_and_error(begin(&bench, form("client_id=nobody"))), refused(400, "invalid_client"));
    assert_eq!(status_and_error(begin(&bench, form("client_id=app"))), refused(400, "invalid_client"));
    assert_eq!(begin(&bench, support::basic("scope=openid")).status(), 200);
    let assertion = bench.assertion();
    assert_eq!(begin(&bench, support::signed(&assertion, "scope=openid")).status(), 200);
    let again = begin(&bench, support::signed(&assertion, "scope=openid"));
    assert_eq!(status_and_error(again), refused(400, "invalid_client"));
    for (parts, error) in [
        (form("client_id=spa&scope=admin"), "invalid_scope"),
        (form("client_id=spa&scope=openid++profile"), "invalid_scope"),
        (form("client_id=spa&authorization_details=%5B%5D&authorization_details=%5B%5D"), "invalid_request"),
        (form("client_id=spa&authorization_details=%5B1%5D"), "invalid_authorization_details"),
        (form("client_id=spa&scope=admin&authorization_details=%5B1%5D"), "invalid_authorization_details"),
        (form("client_id=spa&resource=api.example"), "invalid_target"),
        (form("client_id=spa&resource=https://api.example%23a"), "invalid_target"),
        (form("client_id=spa&resource=https://api.example&resource=https://%C3%A6"), "invalid_target"),
        (form("client_id=spa&resource=1:a"), "invalid_target"),
        (form("client_id=spa&resource=urn:"), "invalid_target"),
        (form("client_id=post&client_secret=mysecret"), "unauthorized_client"),
    ] {
        assert_eq!(status_and_error(begin(&bench, parts)), refused(400, error));
    }
    for resource in ["https://api.example/?a=b", "urn:example:api"] {
        assert_eq!(begin(&bench, form(format!("client_id=spa&resource={resource}"))).status(), 200, "{resource}");
    }
    let off = Bench::new();
    assert_eq!(status_and_error(begin(&off, form("client_id=spa"))), refused(400, "unsupported_grant_type"));
}

#[test]
fn what_came_to_one_endpoint_ends_at_no_other() {
    let bench = bench();
    let client = || symbolon_server::Found::client(ready(bench.store().client("spa")).unwrap());
    let device = ask(&bench);
    let received = bench.endpoint().receive_device_authorization(poll(&device.code)).unwrap();
    let refusal = received.authenticate(client(), now()).unwrap().into_grant().unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::Embedder);
    let received = bench.endpoint().receive(form("client_id=spa")).unwrap();
    let refusal = received.authenticate(client(), now()).unwrap().into_device_authorization(PAGE, now()).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::Embedder);
}

#[test]
fn a_client_whose_tokens_are_bound_asks_without_a_proof_and_polls_with_one() {
    let bench = bench();
    bench.store().register(support::spa().with_grants(GrantSet::DEVICE_CODE).with_dpop_bound_access_tokens(true));
    let device = ask(&bench);
    decide(&bench, &device, alice("openid"));
    assert_eq!(told(&bench, &device.code, 1), refused(400, "invalid_dpop_proof"));
    let signer = symbolon_dpop::ProofSigner::new(&bench.crypto, support::signing_key()).unwrap();
    let proof = signer.proof(&bench.crypto, "POST", "https://as.example/token", None, None, now()).unwrap();
    let tokens = Tokens::of(bench.send(poll(&device.code).dpop(proof.expose().as_bytes())));
    assert_eq!(tokens.body["token_type"], "DPoP");
}

#[test]
fn section_4_the_metadata_names_the_endpoint_and_without_one_no_device_code_is_to_be_had() {
    let bench = bench();
    let mut urls = symbolon_server::MetadataUrls::default();
    let grant = Value::from("urn:ietf:params:oauth:grant-type:device_code");
    let told = |urls: &_| {
        let metadata = bench.endpoint().metadata(urls);
        let has_grant = metadata["grant_types_supported"].as_array().unwrap().contains(&grant);
        (metadata.get("device_authorization_endpoint").cloned(), has_grant)
    };
    assert_eq!(told(&urls), (None, false));
    urls.device_authorization_endpoint = Some("https://as.example/device_authorization".into());
    assert_eq!(told(&urls), (Some("https://as.example/device_authorization".into()), true));
}

#[test]
fn d5_cleaning_takes_nothing_that_could_still_be_asked_for() {
    let bench = bench();
    let (pending, redeemed) = (ask(&bench), ask(&bench));
    decide(&bench, &redeemed, alice("openid profile"));
    let tokens = Tokens::of(bench.send_at(poll(&redeemed.code), after(2)));
    bench.store().clean(after(605));
    assert_eq!(told(&bench, &pending.code, 605), refused(400, "expired_token"));
    bench.store().clean(after(3600));
    assert_eq!(told(&bench, &pending.code, 3600), refused(400, "invalid_grant"));
    // A redeemed one is known as long as its family, so that a replay ends it.
    assert_eq!(told(&bench, &redeemed.code, 3600), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 401);
}
