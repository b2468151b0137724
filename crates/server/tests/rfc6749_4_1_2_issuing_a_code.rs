//! RFC 6749 §4.1.2: what an authorization endpoint must have decided before there is a code.
#[cfg(test)]
mod support;

use std::sync::Arc;

use support::{Bench, REDIRECT_URI, VERIFIER, all_grants, app, granted, ready, redeem};
use symbolon_policy::GrantSet;
use symbolon_server::{
    CodeError, Granted, NewCode, RegisteredClient,
    types::{Rule, Scope},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

#[cfg(test)]
fn new(client: RegisteredClient, granted: Granted) -> NewCode {
    let verifier = symbolon_pkce::CodeVerifier::parse(VERIFIER).unwrap();
    NewCode::new(Arc::new(client), granted)
        .with_redirect_uri(REDIRECT_URI)
        .with_challenge(verifier.challenge(symbolon_crypto_ring::PROVIDER.sha256))
}

#[cfg(test)]
fn refused(bench: &Bench, new: NewCode) -> Option<CodeError> {
    bench.endpoint().authorize(new, now()).err()
}

#[test]
fn redirect_uri_must_be_registered_byte_for_byte() {
    let bench = Bench::new();
    for uri in ["https://app.example/cb/", "https://app.example/CB", "https://evil.example/cb", ""] {
        assert_eq!(
            refused(&bench, new(app(), granted()).with_redirect_uri(uri)),
            Some(CodeError::RedirectUri),
            "{uri}"
        );
    }
    assert_eq!(refused(&bench, new(app(), granted())), None);
}

#[test]
fn redirect_uri_may_be_left_out_only_where_one_is_registered_and_nobody_signs_in() {
    let bench = Bench::new();
    let without = |client: RegisteredClient, scope: &str| {
        let granted = Granted::to_user("alice", Scope::parse(scope).unwrap());
        let mut new = new(client, granted);
        new.redirect_uri = None;
        refused(&bench, new)
    };
    let none = RegisteredClient::new(app().credentials().clone(), all_grants(), support::scope());
    assert_eq!(without(app(), "read"), None);
    assert_eq!(without(app(), "openid"), Some(CodeError::RedirectUri));
    assert_eq!(without(app().with_redirect_uri("https://app.example/other"), "read"), Some(CodeError::RedirectUri));
    assert_eq!(without(none, "read"), Some(CodeError::RedirectUri));
}

#[test]
fn client_scope_and_resource_owner_are_judged() {
    let bench = Bench::new();
    let credentials = || app().credentials().clone();
    let no_codes = RegisteredClient::new(credentials(), GrantSet::CLIENT_CREDENTIALS, support::scope())
        .with_redirect_uri(REDIRECT_URI);
    assert_eq!(refused(&bench, new(no_codes, granted())), Some(CodeError::GrantAllowed));
    let wide = Granted::to_user("alice", Scope::parse("openid admin").unwrap());
    assert_eq!(refused(&bench, new(app(), wide)), Some(CodeError::Scope));
    let nobody = Granted::to_client(Scope::parse("openid").unwrap());
    assert_eq!(refused(&bench, new(app(), nobody)), Some(CodeError::Granted));
    for subject in [String::new(), "a".repeat(256), "ålice".into()] {
        let strange = Granted::to_user(subject, Scope::parse("openid").unwrap());
        assert_eq!(refused(&bench, new(app(), strange)), Some(CodeError::Granted));
    }
    for name in ["iss", "sub", "aud", "exp", "nonce", "cnf"] {
        let mut reserved = granted();
        reserved.claims.insert(name.into(), "x".into());
        assert_eq!(refused(&bench, new(app(), reserved)), Some(CodeError::Granted), "{name}");
    }
    assert_eq!(refused(&bench, new(app(), granted())), None);
}

#[test]
fn a_code_is_not_to_be_had_before_the_store_applied_its_very_commit() {
    let bench = Bench::new();
    let client = ready(bench.store().client("app")).unwrap().unwrap();
    let pending = || bench.endpoint().authorize(new((*client).clone(), granted()), now()).unwrap();
    let (one, other) = (pending(), pending());
    let answer = ready(bench.store().apply(other.commit())).unwrap();
    assert!(one.settle(&answer).is_none(), "another commit's answer");
    let code = other.settle(&answer).unwrap();
    assert_eq!(bench.send(redeem(&code)).status(), 200);
    // The registration is replaced between the decision and the write.
    let stale = pending();
    bench.store().register(app());
    let answer = ready(bench.store().apply(stale.commit())).unwrap();
    assert!(stale.settle(&answer).is_none());
    assert_eq!(CodeError::Granted.rule(), Rule::Embedder);
}
