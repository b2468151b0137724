//! RFC 6750 §3: what a protected resource answers.

use symbolon_token_response::{resource_error, types::Rule};

#[test]
fn without_credentials_the_challenge_has_no_error() {
    for rule in [Rule::TokenPresented, Rule::TokenKnown] {
        let response = resource_error(rule, "https://op.example", false);
        assert_eq!(response.status(), 401);
        assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="https://op.example""#));
        assert!(response.body().is_empty());
    }
}

#[test]
fn a_wrong_token_is_invalid_token_with_401() {
    let response = resource_error(Rule::TokenKnown, "https://op.example", true);
    assert_eq!(response.status(), 401);
    let challenge = response.header("www-authenticate").unwrap();
    assert!(challenge.starts_with(r#"Bearer realm="https://op.example", error="invalid_token", error_description=""#));
}

#[test]
fn too_little_scope_is_403_and_a_malformed_request_400() {
    for (rule, status, code) in
        [(Rule::TokenScope, 403, "insufficient_scope"), (Rule::RequestHeaderOnce, 400, "invalid_request")]
    {
        let response = resource_error(rule, "x", true);
        assert_eq!(response.status(), status);
        assert!(response.header("www-authenticate").unwrap().contains(&format!(r#"error="{code}""#)));
    }
}

#[test]
fn a_wrong_proof_is_told_in_the_dpop_scheme() {
    let response = resource_error(Rule::DpopSyntax, "x", true);
    assert_eq!(response.status(), 401);
    assert!(response.header("www-authenticate").unwrap().starts_with(r#"DPoP realm="x", error="invalid_dpop_proof""#));
}

#[test]
fn our_own_failures_have_no_challenge() {
    let response = resource_error(Rule::StoreAnswers, "x", true);
    assert_eq!((response.status(), response.header("www-authenticate")), (503, None));
    assert!(response.header("retry-after").is_some());
    for rule in [Rule::StoreOutcomeKnown, Rule::SecretMatches, Rule::JwtExp] {
        let response = resource_error(rule, "x", true);
        assert_eq!((response.status(), response.header("www-authenticate")), (500, None));
        assert_eq!(response.header("retry-after"), None);
    }
}

#[test]
fn a098_and_a100_hold_for_every_rule() {
    for rule in Rule::ALL.iter().copied() {
        for scheme_was_used in [false, true] {
            let response = resource_error(rule, "a\"\r\nb", scheme_was_used);
            assert_eq!(response.header("cache-control"), Some("no-store"));
            // RFC 9110 §15.5.2: every 401 has a challenge.
            assert!(response.status() != 401 || response.header("www-authenticate").is_some());
            for (_, value) in response.headers() {
                assert!(value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{value}");
            }
        }
    }
}
