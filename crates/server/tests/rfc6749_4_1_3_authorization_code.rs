//! RFC 6749 §4.1.3: the authorization code grant.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, basic, redeem, redeem_form, refused, signed, signer, spa};
use symbolon_server::types::{RequestParts, Rule, Secret};
use symbolon_testkit::now;
use time::Duration;

#[test]
fn a_code_is_redeemed_for_tokens() {
    let bench = Bench::new();
    let tokens = bench.tokens(&app());
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 600);
    assert_eq!(tokens.body["scope"], "openid profile");
    assert!(tokens.refresh.is_some());
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
}

#[test]
fn every_answer_is_no_store() {
    let bench = Bench::new();
    let code = bench.code(&app());
    for parts in [redeem(&code), redeem(&code)] {
        let response = bench.send(parts).into_response();
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("pragma"), Some("no-cache"));
    }
}

#[test]
fn a074_an_unknown_code_is_invalid_grant_and_a_missing_one_invalid_request() {
    let bench = Bench::new();
    let code = bench.code(&app());
    assert_eq!(bench.answer(redeem(&Secret::new("another"))), refused(400, "invalid_grant"));
    assert_eq!(bench.answer(basic("grant_type=authorization_code")), refused(400, "invalid_request"));
    assert_eq!(bench.answer(basic("grant_type=authorization_code&code=")), refused(400, "invalid_request"));
    assert_eq!(bench.send(redeem(&code)).status(), 200);
}

#[test]
fn a074_a_code_expires_after_60_seconds() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let late = bench.send_at(redeem(&code), now() + Duration::seconds(60));
    assert_eq!(late.reason().unwrap().rule(), Rule::CodeFresh);
    assert_eq!(support::status_and_error(late), refused(400, "invalid_grant"));
    let in_time = bench.send_at(redeem(&code), now() + Duration::milliseconds(59_999));
    assert_eq!(in_time.status(), 200, "the late attempt left the code untouched");
}

#[test]
fn a074_a_second_redemption_revokes_what_the_first_gave() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(redeem(&code)));
    assert_eq!(bench.userinfo(&tokens.access).status(), 200);
    assert_eq!(bench.answer(redeem(&code)), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 401);
    assert_eq!(bench.answer(support::refresh(tokens.refresh())), refused(400, "invalid_grant"));
}

#[test]
fn d4_a_replay_that_is_not_otherwise_valid_revokes_nothing() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(redeem(&code)));
    let wrong_verifier = redeem_form(&code).replace("dBjftJeZ4CVP", "xBjftJeZ4CVP");
    assert_eq!(bench.answer(basic(wrong_verifier)), refused(400, "invalid_grant"));
    let by_another = support::form(format!("{}&client_id=post&client_secret=mysecret", redeem_form(&code)));
    assert_eq!(bench.answer(by_another), refused(400, "invalid_grant"));
    let elsewhere = redeem_form(&code).replace("app.example/cb", "app.example/cb2");
    assert_eq!(bench.answer(basic(elsewhere)), refused(400, "invalid_grant"));
    assert_eq!(bench.userinfo(&tokens.access).status(), 200, "nobody was logged out");
}

#[test]
fn d4_a_replay_after_expiry_revokes_all_the_same() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(redeem(&code)));
    let replay = bench.send_at(redeem(&code), now() + Duration::minutes(5));
    assert_eq!(replay.reason().unwrap().rule(), Rule::CodeOnce);
    assert_eq!(bench.userinfo(&tokens.access).status(), 401);
}

#[test]
fn a075_a_code_of_another_client_is_refused_and_its_owner_can_still_redeem_it() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let by_another = support::form(format!("{}&client_id=post&client_secret=mysecret", redeem_form(&code)));
    let settled = bench.send(by_another);
    assert_eq!(settled.reason().unwrap().rule(), Rule::CodeClient);
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    assert_eq!(bench.send(redeem(&code)).status(), 200);
}

#[test]
fn a076_redirect_uri_must_be_there_and_identical() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let full = redeem_form(&code);
    let without = full.replace("&redirect_uri=https://app.example/cb", "");
    assert_eq!(bench.answer(basic(without)), refused(400, "invalid_grant"));
    for other in
        ["https://app.example/cb/", "https://app.example/CB", "https://app.example:443/cb", "https://app.example/cb?x"]
    {
        let form = full.replace("https://app.example/cb", other);
        assert_eq!(bench.answer(basic(form)), refused(400, "invalid_grant"), "{other}");
    }
    // The same value in another encoding is the same value (R50, O32).
    let encoded = full.replace("https://app.example/cb", "https%3A%2F%2Fapp.example%2Fcb");
    assert_eq!(bench.send(basic(encoded)).status(), 200);
}

#[test]
fn r47_a_scope_in_a_code_exchange_changes_nothing() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let tokens = Tokens::of(bench.send(basic(format!("{}&scope=openid+read+admin", redeem_form(&code)))));
    assert_eq!(tokens.body["scope"], "openid profile");
}

#[test]
fn the_peer_hears_one_sentence_whatever_was_wrong_with_the_code() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let body = |parts: RequestParts| bench.send(parts).into_response().into_body();
    let unknown = body(redeem(&Secret::new("another")));
    let wrong_verifier = body(basic(redeem_form(&code).replace("dBjft", "xBjft")));
    assert_eq!(bench.send(redeem(&code)).status(), 200);
    let redeemed = body(redeem(&code));
    let foreign =
        body(support::form(format!("{}&client_id=post&client_secret=mysecret", redeem_form(&bench.code(&app())))));
    let expired = bench.send_at(redeem(&bench.code(&app())), now() + Duration::minutes(5)).into_response().into_body();
    assert_eq!(unknown, foreign);
    assert_eq!(unknown, expired);
    assert_eq!(unknown, wrong_verifier);
    assert_eq!(unknown, redeemed);
}

#[test]
fn a_public_client_redeems_with_its_verifier_alone() {
    let bench = Bench::new();
    let code = bench.code(&spa());
    assert_eq!(
        bench.answer(support::form(redeem_form(&code))),
        refused(400, "invalid_client"),
        "nobody said who it is"
    );
    let parts = support::form(format!("{}&client_id=spa", redeem_form(&code)));
    let tokens = Tokens::of(bench.send(parts));
    assert!(tokens.refresh.is_some());
}

#[test]
fn a_client_is_found_from_its_assertion_alone() {
    let bench = Bench::new();
    let code = bench.code(&signer());
    let parts = signed(&bench.assertion(), &redeem_form(&code));
    assert_eq!(bench.send(parts).status(), 200);
    let code = bench.code(&signer());
    let assertion = bench.assertion();
    let (signed_part, signature) = assertion.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed_part}.{flipped}{}", signature.get(1..).unwrap());
    let settled = bench.send(signed(&forged, &redeem_form(&code)));
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_client"));
}

#[test]
fn r5_client_id_beside_other_credentials_is_demanded_where_the_policy_says_so() {
    let strict = Bench::with(support::policy(|policy| policy.code.client_id_required = true), support::plan());
    let code = strict.code(&app());
    assert_eq!(strict.answer(redeem(&code)), refused(400, "invalid_request"));
    let named = basic(format!("{}&client_id=app", redeem_form(&code)));
    assert_eq!(strict.send(named).status(), 200, "the code was left untouched");
    let bench = Bench::new();
    assert_eq!(bench.send(redeem(&bench.code(&app()))).status(), 200);
}
