//! Security decision D10: what a record that was found must be, and what is judged first where two things are wrong.
#[cfg(test)]
mod support;

use std::sync::Arc;

use support::{Bench, app, ready, redeem_form, refresh, spa};
use symbolon_policy::GrantSet;
use symbolon_server::{
    BoundKey, Decided, Decision, Found, Grant, GrantStatus, Granted, RegisteredClient, StoredCode, StoredDeferred,
    StoredFamily,
    types::{Confirmation, Digest, RequestParts, Rule, Scope, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use time::Duration;

#[cfg(test)]
fn grant(bench: &Bench, parts: RequestParts, client: RegisteredClient) -> Grant {
    let received = bench.endpoint().receive(parts).unwrap();
    received.authenticate(Found::client(Some(Arc::new(client))), now()).unwrap().into_grant().unwrap()
}

/// The rule that decides on a changed record of a code.
#[cfg(test)]
fn redeem(bench: &Bench, code: &Secret, change: impl FnOnce(&mut StoredCode)) -> Option<Rule> {
    let Grant::AuthorizationCode(grant) = grant(bench, support::redeem(code), app()) else { panic!("a code") };
    let mut stored = ready(bench.store().code(grant.code())).unwrap().unwrap();
    change(&mut stored);
    grant.redeem(Some(stored), now()).err().map(|refusal| refusal.reason().rule())
}

#[cfg(test)]
fn rotate(bench: &Bench, token: &Secret, change: impl FnOnce(&mut StoredFamily)) -> Option<Rule> {
    let Grant::RefreshToken(grant) = grant(bench, refresh(token), app()) else { panic!("a refresh") };
    let mut family = ready(bench.store().family(grant.family())).unwrap().unwrap();
    change(&mut family);
    grant.rotate(Some(family), GrantStatus::Active, now()).err().map(|refusal| refusal.reason().rule())
}

#[cfg(test)]
fn bound() -> Confirmation {
    Confirmation { jkt: None, x5t_s256: Some(Digest::from_bytes([4; 32])) }
}

#[cfg(test)]
fn key(thumbprint: [u8; 32]) -> BoundKey {
    BoundKey { thumbprint: Digest::from_bytes(thumbprint), since: 1 }
}

#[cfg(test)]
fn bound_to_a_proof() -> Confirmation {
    Confirmation { jkt: Some(Digest::from_bytes([1; 32])), x5t_s256: None }
}

/// The rule that decides on a changed record of a device code that alice approved.
#[cfg(test)]
fn poll(bench: &Bench, change: impl FnOnce(&mut StoredDeferred)) -> Option<Rule> {
    let client = || spa().with_grants(GrantSet::DEVICE_CODE);
    bench.store().register(client());
    let parts = support::form("client_id=spa&scope=openid");
    let answer = ready(bench.driver.device_authorization(parts, "https://as.example/device", now())).into_response();
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let code = body["device_code"].as_str().unwrap();
    let form = format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=spa&device_code={code}");
    let Grant::DeviceCode(grant) = grant(bench, support::form(form), client()) else { panic!("a device code") };
    let read = || ready(bench.store().deferred(grant.deferred())).unwrap().unwrap();
    let granted = Granted::to_user("alice", Scope::parse("openid").unwrap());
    ready(bench.driver.decide_deferred(&read(), Decision::Approve(Box::new(granted)), now())).unwrap();
    let mut stored = read();
    change(&mut stored);
    grant.redeem(Some(stored), now()).err().map(|refusal| refusal.reason().rule())
}

#[cfg(test)]
fn approved(stored: &mut StoredDeferred) -> &mut StoredCode {
    match &mut stored.decided {
        Decided::Approved(code) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_record_must_be_the_one_asked_for_of_this_client_whole_approved_in_time_and_of_a_live_family() {
    let bench = Bench::with(support::policy(|p| p.grants = p.grants.and(GrantSet::DEVICE_CODE)), support::plan());
    let other = || app().client_id().clone();
    assert_eq!(poll(&bench, |_| {}), None);
    assert_eq!(poll(&bench, |s| s.id = Digest::from_bytes([0; 32])), Some(Rule::DeferredKnown));
    // What has no user code is of another grant.
    assert_eq!(poll(&bench, |s| s.user_code = None), Some(Rule::DeferredKnown));
    // Rows that do not belong together.
    assert_eq!(poll(&bench, |s| approved(s).code = Digest::from_bytes([0; 32])), Some(Rule::DeferredKnown));
    assert_eq!(poll(&bench, |s| approved(s).family.client_id = other()), Some(Rule::DeferredKnown));
    let of_another = |s: &mut StoredDeferred| {
        s.client_id = other();
        approved(s).family.client_id = other();
        approved(s).redeemed = true;
    };
    assert_eq!(poll(&bench, of_another), Some(Rule::DeferredClient));
    // D4: redeemed before active, active before expired.
    assert_eq!(poll(&bench, |s| approved(s).redeemed = true), Some(Rule::DeferredOnce));
    let all = |s: &mut StoredDeferred| {
        approved(s).redeemed = true;
        approved(s).family.revoked = true;
        s.expires = now();
    };
    assert_eq!(poll(&bench, all), Some(Rule::DeferredOnce));
    let ended = |s: &mut StoredDeferred| {
        approved(s).family.revoked = true;
        s.expires = now();
    };
    assert_eq!(poll(&bench, ended), Some(Rule::GrantActive));
    assert_eq!(poll(&bench, |s| s.expires = now()), Some(Rule::DeferredFresh));
    let over_and = |decided: Decided| {
        move |s: &mut StoredDeferred| {
            s.decided = decided;
            s.expires = now();
        }
    };
    assert_eq!(poll(&bench, over_and(Decided::Denied)), Some(Rule::DeferredFresh));
    assert_eq!(poll(&bench, over_and(Decided::NotYet)), Some(Rule::DeferredFresh));
    // Who is told the answer need not have waited for it.
    let asked_just_now = |s: &mut StoredDeferred| s.poll.last = Some(now());
    assert_eq!(poll(&bench, asked_just_now), None);
    let decided = |decided: Decided| {
        move |s: &mut StoredDeferred| {
            s.decided = decided;
            asked_just_now(s);
        }
    };
    assert_eq!(poll(&bench, decided(Decided::Denied)), Some(Rule::DeferredDenied));
    assert_eq!(poll(&bench, decided(Decided::NotYet)), Some(Rule::DeferredPace));
    assert_eq!(poll(&bench, |s| s.decided = Decided::NotYet), Some(Rule::DeferredDecided));
}

#[test]
fn a_code_record_must_be_the_one_asked_for_of_this_client_unbound_fresh_and_of_a_live_family() {
    let bench = Bench::new();
    let code = bench.code(&app());
    assert_eq!(redeem(&bench, &code, |_| {}), None);
    assert_eq!(redeem(&bench, &code, |s| s.code = Digest::from_bytes([0; 32])), Some(Rule::CodeKnown));
    assert_eq!(redeem(&bench, &code, |s| s.family.client_id = spa().client_id().clone()), Some(Rule::CodeClient));
    assert_eq!(redeem(&bench, &code, |s| s.confirmation = bound()), Some(Rule::CodeBinding));
    // D20: without any proof it is the proof that is missing.
    assert_eq!(redeem(&bench, &code, |s| s.confirmation = bound_to_a_proof()), Some(Rule::DpopPresent));
    assert_eq!(redeem(&bench, &code, |s| s.redeemed = true), Some(Rule::CodeOnce));
    assert_eq!(redeem(&bench, &code, |s| s.family.revoked = true), Some(Rule::GrantActive));
    assert_eq!(redeem(&bench, &code, |s| s.expires = now()), Some(Rule::CodeFresh));
    assert_eq!(redeem(&bench, &code, |s| s.redirect_uri = None), Some(Rule::CodeRedirectUri));
}

#[test]
fn where_two_things_are_wrong_with_a_code_the_earlier_one_decides() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let wrong = |s: &mut StoredCode| {
        s.family.client_id = spa().client_id().clone();
        s.challenge = None;
    };
    assert_eq!(redeem(&bench, &code, wrong), Some(Rule::CodeClient));
    let wrong = |s: &mut StoredCode| {
        s.challenge = None;
        s.redirect_uri = None;
    };
    assert_eq!(redeem(&bench, &code, wrong), Some(Rule::CodeVerifierPresence));
    let wrong = |s: &mut StoredCode| {
        s.redirect_uri = None;
        s.confirmation = bound();
        s.redeemed = true;
    };
    assert_eq!(redeem(&bench, &code, wrong), Some(Rule::CodeRedirectUri));
    let wrong = |s: &mut StoredCode| {
        s.redeemed = true;
        s.family.revoked = true;
        s.expires = now() - Duration::hours(1);
    };
    assert_eq!(redeem(&bench, &code, wrong), Some(Rule::CodeOnce));
    let wrong = |s: &mut StoredCode| {
        s.family.revoked = true;
        s.expires = now() - Duration::hours(1);
    };
    assert_eq!(redeem(&bench, &code, wrong), Some(Rule::GrantActive));
}

#[test]
fn a_public_client_without_challenge_is_refused_even_if_such_a_code_was_on_record() {
    let lenient = support::policy(|p| p.pkce.legacy_optional_for_confidential_clients = true);
    let bench = Bench::with(lenient, support::plan());
    let code = bench.code(&spa());
    let full = format!("{}&client_id=spa", redeem_form(&code));
    let without = full.replace(&format!("&code_verifier={}", support::VERIFIER), "");
    let judge = |form: &str, challenge: bool| {
        let Grant::AuthorizationCode(grant) = grant(&bench, support::form(form), spa()) else { panic!("a code") };
        let mut stored = ready(bench.store().code(grant.code())).unwrap().unwrap();
        if !challenge {
            stored.challenge = None;
        }
        grant.redeem(Some(stored), now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(judge(&without, false), Some(Rule::CodeVerifierPresence));
    assert_eq!(judge(&full, false), Some(Rule::CodeVerifierPresence));
    assert_eq!(judge(&full, true), None);
}

#[test]
fn a_family_must_be_the_one_asked_for_of_this_client_unbound_live_and_not_over() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let token = tokens.refresh();
    assert_eq!(rotate(&bench, token, |_| {}), None);
    let other = symbolon_server::FamilyId::from_bytes([0; 16]);
    assert_eq!(rotate(&bench, token, |f| f.id = other), Some(Rule::RefreshKnown));
    // A generation that was never reached cannot have been issued, whatever its tag says.
    assert_eq!(rotate(&bench, token, |f| f.rotation.generation = 0), Some(Rule::RefreshKnown));
    assert_eq!(rotate(&bench, token, |f| f.rotation.generation = 2), Some(Rule::RefreshCurrent));
    assert_eq!(rotate(&bench, token, |f| f.binding.x5t_s256 = Some(key([4; 32]))), Some(Rule::RefreshBinding));
    assert_eq!(rotate(&bench, token, |f| f.binding.jkt = Some(key([1; 32]))), Some(Rule::DpopPresent));
    assert_eq!(rotate(&bench, token, |f| f.revoked = true), Some(Rule::GrantActive));
    assert_eq!(rotate(&bench, token, |f| f.rotation.expires = now()), Some(Rule::RefreshFresh));
    assert_eq!(rotate(&bench, token, |f| f.ends = now()), Some(Rule::RefreshFresh));
    // The tag is over the client: a row that names another was not what the token was made for.
    assert_eq!(rotate(&bench, token, |f| f.client_id = spa().client_id().clone()), Some(Rule::RefreshKnown));
}

#[test]
fn where_two_things_are_wrong_with_a_family_the_earlier_one_decides() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let token = tokens.refresh();
    let wrong = |f: &mut StoredFamily| {
        f.binding.x5t_s256 = Some(key([4; 32]));
        f.rotation.generation = 2;
    };
    assert_eq!(rotate(&bench, token, wrong), Some(Rule::RefreshBinding));
    let wrong = |f: &mut StoredFamily| {
        f.rotation.generation = 2;
        f.revoked = true;
        f.ends = now();
    };
    assert_eq!(rotate(&bench, token, wrong), Some(Rule::RefreshCurrent));
    let wrong = |f: &mut StoredFamily| {
        f.revoked = true;
        f.ends = now();
    };
    assert_eq!(rotate(&bench, token, wrong), Some(Rule::GrantActive));
}

#[test]
fn a_registration_that_was_narrowed_narrows_what_is_issued_under_it() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    let narrowed =
        RegisteredClient::new(app().credentials().clone(), support::all_grants(), Scope::parse("openid").unwrap());
    let judge = |scope: &str| {
        let form = format!("grant_type=refresh_token&refresh_token={}{scope}", tokens.refresh().expose());
        let Grant::RefreshToken(grant) = grant(&bench, support::basic(form), narrowed.clone()) else {
            panic!("a refresh")
        };
        let family = ready(bench.store().family(grant.family())).unwrap();
        grant.rotate(family, GrantStatus::Active, now()).map(|granted| granted.granted().scope.to_string())
    };
    assert_eq!(judge("").unwrap(), "openid");
    assert_eq!(judge("&scope=profile").unwrap_err().reason().rule(), Rule::ScopeNarrows);
    let Grant::ClientCredentials(grant) = grant(&bench, support::basic("grant_type=client_credentials"), narrowed)
    else {
        panic!("client credentials")
    };
    assert_eq!(grant.authorize(support::scope()).unwrap().granted().scope.to_string(), "openid");
}
