//! RFC 6749 §10.10, RFC 9700 §4.14: what cannot be guessed or forged, and what no crash or restart loses.
#[cfg(test)]
mod support;

use std::collections::BTreeSet;

use support::{Bench, Tokens, app, basic, form, plan, ready, redeem, refresh, refused, signed};
use symbolon_server::{ApplyError, Endpoint, Refusal, ServerKey, types::Issuer, types::Rule, types::Secret};
use symbolon_store::{Driver, Memory};
use symbolon_testkit::now;
use time::Duration;

/// 128 bits in base64url.
const LEAST: usize = 22;

/// A process that is started anew before the same store.
#[cfg(test)]
fn restarted(bench: &Bench) -> Driver<Memory> {
    let issuer = Issuer::parse(support::ISSUER).unwrap();
    let key = ServerKey::new("k1", [7; 32]);
    let endpoint = Endpoint::builder(issuer, "https://as.example/token", symbolon_crypto_ring::PROVIDER, key);
    Driver::new(endpoint.build().unwrap(), bench.store().clone(), plan())
}

/// Cut, lengthened, and with another last character.
#[cfg(test)]
fn respelled(text: &Secret) -> [Secret; 3] {
    let text = text.expose();
    let mut short = text.to_owned();
    short.pop();
    let other = format!("{short}{}", if text.ends_with('A') { 'E' } else { 'A' });
    [Secret::new(short), Secret::new(format!("{text}A")), Secret::new(other)]
}

#[test]
fn a127_a_truncated_or_extended_code_or_access_token_is_none() {
    let bench = Bench::new();
    let code = bench.code(&app());
    for other in respelled(&code) {
        assert_eq!(bench.answer(redeem(&other)), refused(400, "invalid_grant"));
    }
    let tokens = Tokens::of(bench.send(redeem(&code)));
    for other in respelled(&tokens.access) {
        assert_eq!(bench.userinfo(&other).status(), 401);
    }
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
}

#[test]
fn a129_rotation_is_in_the_store_and_survives_a_restart() {
    let bench = Bench::new();
    let first = bench.tokens(&app());
    let second = Tokens::of(bench.send(refresh(first.refresh())));
    let third = Tokens::of(ready(restarted(&bench).token(refresh(second.refresh()), now())));
    let replay = ready(restarted(&bench).token(refresh(first.refresh()), now()));
    assert_eq!(replay.reason().unwrap().rule(), Rule::RefreshCurrent);
    assert_eq!(bench.answer(refresh(third.refresh())), refused(400, "invalid_grant"), "and its family is revoked");
}

#[test]
fn a130_a_rotation_that_was_not_stored_costs_nothing() {
    let bench = Bench::new();
    let first = bench.tokens(&app());
    for _ in 0..3 {
        let outcome = ready(bench.driver.decide(refresh(first.refresh()), now())).unwrap();
        assert_eq!(outcome.unavailable(ApplyError::NotApplied("down")).status(), 503);
    }
    let second = Tokens::of(bench.send(refresh(first.refresh())));
    assert_eq!(bench.userinfo(&second.access).status(), 200);
    assert_eq!(bench.answer(refresh(first.refresh())), refused(400, "invalid_grant"), "the one that was stored counts");
}

#[test]
fn a051_a132_an_assertion_that_did_not_hold_is_not_remembered() {
    let bench = Bench::new();
    let assertion = bench.assertion();
    let (input, signature) = assertion.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{input}.{flipped}{}", signature.get(1..).unwrap());
    let body = "grant_type=client_credentials";
    for (text, at) in
        [(&forged, now()), (&assertion, now() + Duration::hours(1)), (&assertion, now() - Duration::hours(1))]
    {
        let outcome = ready(bench.driver.decide(signed(text, body), at)).unwrap_or_else(Refusal::into_outcome);
        assert!(outcome.commit().is_empty(), "{outcome:?}");
        assert_eq!(support::status_and_error(bench.send_at(signed(text, body), at)), refused(400, "invalid_client"));
    }
    assert_eq!(bench.send(signed(&assertion, body)).status(), 200);
    assert_eq!(bench.answer(signed(&assertion, body)), refused(400, "invalid_client"), "now it is");
}

#[test]
fn a136_codes_and_tokens_have_128_bits_or_more_and_wrong_secrets_are_told_to_whoever_counts() {
    let bench = Bench::new();
    let mut drawn = BTreeSet::new();
    for _ in 0..32 {
        let code = bench.code(&app());
        let tokens = Tokens::of(bench.send(redeem(&code)));
        let tag = tokens.refresh().expose().rsplit_once('.').unwrap().1.to_owned();
        for text in [code.expose().to_owned(), tokens.access.expose().to_owned(), tag] {
            assert!(text.len() >= LEAST, "{} characters", text.len());
            assert!(drawn.insert(text), "drawn twice");
        }
    }
    let wrong = bench.send(form("grant_type=client_credentials").authorization(b"Basic YXBwOndyb25n"));
    assert_eq!(wrong.attempt().unwrap().subject, "app");
    assert!(bench.send(basic("grant_type=client_credentials")).attempt().is_none());
}
