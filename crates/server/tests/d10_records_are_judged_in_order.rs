//! Security decision D10: what a record that was found must be, and what is judged first where two things are wrong.
#[cfg(test)]
mod support;

use std::sync::Arc;

use support::{Bench, app, ready, redeem_form, refresh, spa};
use symbolon_server::{
    BoundKey, Found, Grant, GrantStatus, RegisteredClient, StoredCode, StoredFamily,
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
