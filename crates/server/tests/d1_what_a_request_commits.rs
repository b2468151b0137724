//! Security decision D1: what a request commits, by how it ends; D2: what wins where two things are wrong.
#[cfg(test)]
mod support;

use support::{Bench, app, basic, form, ready, redeem, redeem_form, refused, signed, signer, status_and_error};
use symbolon_server::{
    ApplyError, Change, Found, Outcome, Refusal, Write,
    types::{RequestParts, Rule},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;

#[cfg(test)]
fn decide(bench: &Bench, parts: RequestParts) -> Outcome {
    ready(bench.driver.decide(parts, now())).unwrap_or_else(Refusal::into_outcome)
}

#[cfg(test)]
fn remembers(outcome: &Outcome) -> usize {
    outcome.commit().guards().iter().filter(|guard| matches!(guard.change(), Change::Remember(_))).count()
}

#[test]
fn a_framing_error_a_conflict_and_a_failed_authentication_commit_nothing() {
    let bench = Bench::new();
    let assertion = bench.assertion();
    for parts in [
        form("grant_type=client_credentials&grant_type=x"),
        RequestParts::post(b"grant_type=client_credentials".to_vec()),
        signed(&assertion, "grant_type=client_credentials").authorization(support::BASIC),
        form("grant_type=client_credentials"),
        form("grant_type=client_credentials&client_id=nobody&client_secret=mysecret"),
        form("grant_type=client_credentials&client_id=post&client_secret=wrong"),
        signed(&format!("{assertion}x"), "grant_type=client_credentials"),
        signed(&assertion, "grant_type=client_credentials&client_id=app"),
        signed(&assertion, &format!("grant_type=x&assertion={assertion}")),
    ] {
        let outcome = decide(&bench, parts);
        assert!(outcome.commit().is_empty(), "{outcome:?}");
    }
    // The assertion that came along with each of them is as good as new.
    assert_eq!(bench.send(signed(&assertion, "grant_type=client_credentials")).status(), 200);
}

#[test]
fn any_refusal_after_authentication_remembers_the_assertion_and_nothing_else() {
    let bench = Bench::new();
    let code = bench.code(&app());
    for body in [
        "x=y",
        "grant_type=",
        "grant_type=password",
        "grant_type=client_credentials&scope=admin",
        "grant_type=authorization_code",
        "grant_type=refresh_token&refresh_token=x",
        &redeem_form(&code),
    ] {
        let outcome = decide(&bench, signed(&bench.assertion(), body));
        assert_eq!((remembers(&outcome), outcome.commit().writes().len()), (1, 0), "{body}");
        assert_eq!(outcome.commit().guards().len(), 1, "{body}: nothing is consumed");
    }
    let assertion = bench.assertion();
    assert_eq!(bench.answer(signed(&assertion, "grant_type=password")), refused(400, "unsupported_grant_type"));
    assert_eq!(bench.answer(signed(&assertion, "grant_type=client_credentials")), refused(400, "invalid_client"));
    assert_eq!(bench.send(signed(&bench.assertion(), "grant_type=client_credentials")).status(), 200);
}

#[test]
fn a051_a_known_assertion_turns_any_answer_into_invalid_client() {
    let bench = Bench::new();
    let code = bench.code(&signer());
    let assertion = bench.assertion();
    let first = bench.send(signed(&assertion, &redeem_form(&code)));
    assert_eq!(first.status(), 200);
    let settled = bench.send(signed(&assertion, &redeem_form(&code)));
    assert_eq!(settled.reason().unwrap().rule(), Rule::AssertionOnce);
    assert_eq!(status_and_error(settled), refused(400, "invalid_client"));
    let stored = decide(&bench, signed(&bench.assertion(), &redeem_form(&code)));
    assert!(
        matches!(stored.commit().writes(), [Write::RevokeFamily(_)]),
        "a fresh assertion makes it a replay of the code"
    );
}

#[test]
fn a_wholly_replayed_request_logs_nobody_out() {
    let bench = Bench::new();
    let code = bench.code(&signer());
    let assertion = bench.assertion();
    let tokens = support::Tokens::of(bench.send(signed(&assertion, &redeem_form(&code))));
    assert_eq!(bench.answer(signed(&assertion, &redeem_form(&code))), refused(400, "invalid_client"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
}

#[test]
fn a091_a_dpop_proof_is_refused_after_authentication_and_never_answered_with_a_bearer_token() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let with_proof = || redeem(&code).dpop(b"eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA");
    let settled = bench.send(with_proof());
    assert_eq!(settled.reason().unwrap().rule(), Rule::DpopSyntax);
    assert_eq!(status_and_error(settled), refused(400, "invalid_dpop_proof"));
    assert_eq!(bench.answer(with_proof().dpop(b"two")), refused(400, "invalid_dpop_proof"));
    // Authentication is judged first, and the assertion is remembered (D1).
    assert_eq!(
        bench.answer(form("grant_type=client_credentials&client_id=post&client_secret=x").dpop(b"p")),
        refused(400, "invalid_client")
    );
    let outcome = decide(&bench, signed(&bench.assertion(), "grant_type=client_credentials").dpop(b"p"));
    assert_eq!(remembers(&outcome), 1);
    assert_eq!(bench.send(redeem(&code)).status(), 200, "the code was left untouched");
}

#[test]
fn success_guards_stand_in_the_order_of_judgement() {
    let bench = Bench::new();
    let code = bench.code(&signer());
    let outcome = decide(&bench, signed(&bench.assertion(), &redeem_form(&code)));
    let rules: Vec<Rule> = outcome.commit().guards().iter().map(symbolon_server::Guard::rule).collect();
    assert_eq!(rules, [Rule::AssertionOnce, Rule::GrantActive, Rule::GrantActive, Rule::CodeOnce]);
    let alternatives: Vec<usize> = outcome.commit().guards().iter().map(|guard| guard.otherwise().len()).collect();
    assert_eq!(
        alternatives,
        [0, 1, 1, 2],
        "an assertion conflict writes nothing; the others remember it; the last revokes"
    );
}

#[test]
fn d8_a_store_that_did_not_apply_is_503_and_one_that_does_not_know_is_500() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let response = decide(&bench, redeem(&code)).unavailable(ApplyError::NotApplied("down")).into_response();
    assert_eq!(response.status(), 503);
    assert!(response.header("retry-after").is_some());
    assert!(String::from_utf8_lossy(response.body()).contains("temporarily_unavailable"));
    let response = decide(&bench, redeem(&code)).unavailable(ApplyError::Unknown("lost")).into_response();
    assert_eq!(response.status(), 500);
    assert_eq!(response.header("retry-after"), None);
    assert!(String::from_utf8_lossy(response.body()).contains("server_error"));
    assert_eq!(bench.send(redeem(&code)).status(), 200, "nothing was consumed");
}

#[test]
fn a128_a_failed_look_up_is_503_and_never_an_unknown_client() {
    let refusal = Refusal::unavailable("connection refused");
    assert!(refusal.reason().to_string().contains("connection refused"), "the operator hears the cause");
    let outcome = refusal.into_outcome();
    assert!(outcome.commit().is_empty());
    let answer = outcome.commit().applied();
    let response = outcome.settle(answer).into_response();
    assert_eq!(response.status(), 503);
    assert!(!String::from_utf8_lossy(response.body()).contains("connection"), "the peer does not");
}

#[test]
fn an_answer_to_another_commit_is_500() {
    let bench = Bench::new();
    let (one, other) = (
        decide(&bench, basic("grant_type=client_credentials")),
        decide(&bench, basic("grant_type=client_credentials")),
    );
    let answer = ready(bench.store().apply(other.commit())).unwrap();
    let settled = one.settle(answer);
    assert_eq!(settled.reason().unwrap().rule(), Rule::StoreAnswersThisCommit);
    assert_eq!(status_and_error(settled), refused(500, "server_error"));
    let answer = ready(bench.store().apply(other.commit())).unwrap();
    assert_eq!(other.settle(answer).status(), 200);
}

#[test]
fn a125_without_randomness_there_is_an_error_and_no_weak_token() {
    let bench = Bench::new();
    let crypto = symbolon_crypto_ring::PROVIDER.with_random(&symbolon_testkit::FAILING);
    let issuer = symbolon_server::types::Issuer::parse(support::ISSUER).unwrap();
    let key = symbolon_server::ServerKey::new("k1", [7; 32]);
    let endpoint = symbolon_server::Endpoint::builder(issuer, "https://as.example/token", crypto, key).build().unwrap();
    let refusal = endpoint.receive(basic("grant_type=client_credentials")).unwrap_err();
    assert_eq!(refusal.reason().rule(), Rule::RandomAnswers);
    assert!(bench.endpoint().receive(basic("grant_type=client_credentials")).is_ok());
}

#[test]
fn a_client_that_is_not_the_one_asked_for_is_refused() {
    let bench = Bench::new();
    let authenticate = |client| {
        let received = bench.endpoint().receive(basic("grant_type=client_credentials")).unwrap();
        received.authenticate(Found::client(Some(std::sync::Arc::new(client))), now())
    };
    // A look-up that returns another client's record must not authenticate as that client.
    let other = authenticate(support::post()).unwrap_err();
    assert_eq!(other.reason().rule().code().unwrap().as_str(), "invalid_client");
    assert!(authenticate(app()).is_ok());
}

#[test]
fn d22_a_memory_store_refuses_an_assertion_that_was_issued_before_it_started() {
    use time::Duration;
    let bench = Bench::new();
    // The store of this bench began an hour before the moment of the tests.
    let began = now().saturating_sub(Duration::hours(1));
    let send = |at| {
        let assertion = bench.assertion_at(at);
        bench.send_at(signed(&assertion, "grant_type=client_credentials"), began)
    };
    let early = send(began.saturating_sub(Duration::seconds(1)));
    assert_eq!(early.reason().unwrap().rule(), Rule::AssertionOnce);
    assert_eq!(send(began).status(), 200);
}
