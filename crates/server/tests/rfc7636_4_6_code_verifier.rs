//! RFC 7636 §4.6: the server verifies `code_verifier`.
#[cfg(test)]
mod support;

use support::{Bench, REDIRECT_URI, app, basic, policy, ready, redeem, redeem_form, refused, spa};
use symbolon_pkce::CodeChallenge;
use symbolon_server::{CodeError, MetadataUrls, NewCode, types::Rule};
use symbolon_store::{AuthorizeError, Store as _};
use symbolon_testkit::now;

#[test]
fn a071_a_wrong_missing_or_empty_verifier_is_invalid_grant_and_leaves_the_code() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let full = redeem_form(&code);
    let (without, _) = full.split_once("&code_verifier").unwrap();
    for (form, rule) in [
        (full.replace("dBjft", "dBjfT"), Rule::CodeVerifier),
        (without.to_owned(), Rule::CodeVerifierPresence),
        (format!("{without}&code_verifier="), Rule::CodeVerifierPresence),
    ] {
        let settled = bench.send(basic(form));
        assert_eq!(settled.reason().unwrap().rule(), rule);
        assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    }
    assert_eq!(bench.send(redeem(&code)).status(), 200);
}

#[test]
fn a071_a_verifier_for_a_code_without_challenge_is_refused() {
    let bench = Bench::with(policy(|p| p.pkce.legacy_optional_for_confidential_clients = true), support::plan());
    let client = ready(bench.store().client("app")).unwrap().unwrap();
    let new = || NewCode::new(client.clone(), support::granted()).with_redirect_uri(REDIRECT_URI);
    let code = ready(bench.driver.authorize(new(), now())).unwrap();
    let settled = bench.send(redeem(&code));
    assert_eq!(settled.reason().unwrap().rule(), Rule::CodeVerifierPresence);
    assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    let full = redeem_form(&code);
    let (without, _) = full.split_once("&code_verifier").unwrap();
    assert_eq!(bench.send(basic(without)).status(), 200, "the policy lets a confidential client go without");
}

#[test]
fn a_code_without_challenge_is_not_even_issued_by_default_or_to_a_public_client() {
    let strict = Bench::new();
    let lenient = Bench::with(policy(|p| p.pkce.legacy_optional_for_confidential_clients = true), support::plan());
    for (bench, client, accepted) in [(&strict, app(), false), (&lenient, app(), true), (&lenient, spa(), false)] {
        let client = ready(bench.store().client(client.client_id().as_str())).unwrap().unwrap();
        let new = NewCode::new(client, support::granted()).with_redirect_uri(REDIRECT_URI);
        match ready(bench.driver.authorize(new, now())) {
            Ok(_) => assert!(accepted),
            Err(error) => {
                assert!(!accepted);
                assert_eq!(error, AuthorizeError::Refused(CodeError::ChallengeMissing));
            }
        }
    }
}

#[test]
fn a072_the_method_comes_from_the_code_and_plain_is_off_by_default() {
    let bench = Bench::new();
    let code = bench.code(&app());
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let plain = redeem_form(&code).replace(support::VERIFIER, challenge);
    let parts = basic(format!("{plain}&code_challenge_method=plain"));
    assert_eq!(bench.answer(parts), refused(400, "invalid_grant"));
    assert_eq!(bench.send(redeem(&code)).status(), 200);
}

#[test]
fn a072_a_plain_challenge_is_taken_where_the_policy_says_so_and_by_no_other_name_of_the_code() {
    let bench = Bench::with(policy(|p| p.pkce.legacy_plain = true), support::plan());
    let (pkce, sha256) = (bench.endpoint().policy().pkce, bench.crypto.sha256);
    let plain = CodeChallenge::requested(support::VERIFIER, None, &pkce, sha256).unwrap();
    let code = bench.code_with(&app(), support::granted(), |new| new.with_challenge(plain.clone()));
    // What is kept is no verifier: who reads the record cannot redeem the code.
    let kept = redeem_form(&code).replace(support::VERIFIER, plain.as_str());
    assert_eq!(bench.answer(basic(kept)), refused(400, "invalid_grant"));
    assert_eq!(bench.send(redeem(&code)).status(), 200);
    let document = bench.endpoint().metadata(&urls());
    assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256", "plain"]));
    let document = Bench::new().endpoint().metadata(&urls());
    assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}

#[cfg(test)]
fn urls() -> MetadataUrls {
    let mut urls = MetadataUrls::default();
    urls.authorization_endpoint = Some("https://as.example/authorize".into());
    urls
}

#[test]
fn a073_a_malformed_verifier_is_invalid_grant() {
    let bench = Bench::new();
    let code = bench.code(&app());
    for verifier in [
        "a".repeat(42),
        "a".repeat(129),
        format!("{}%0A", "a".repeat(43)),
        "your-code-verifier".into(),
        format!("{}%C3%A6", "a".repeat(43)),
    ] {
        let settled = bench.send(basic(redeem_form(&code).replace(support::VERIFIER, &verifier)));
        assert_eq!(settled.reason().unwrap().rule(), Rule::CodeVerifierSyntax, "{verifier}");
        assert_eq!(support::status_and_error(settled), refused(400, "invalid_grant"));
    }
    assert_eq!(bench.send(redeem(&code)).status(), 200);
}
