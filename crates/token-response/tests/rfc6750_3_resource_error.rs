//! RFC 6750 §3 and RFC 9449 §7.1, §9: what a protected resource answers.

use symbolon_token_response::{
    RefusedAtResource, TokenScheme,
    types::{ResponseParts, Rule},
};

#[cfg(test)]
fn resource_error(rule: Rule, realm: &str, scheme_was_used: bool) -> ResponseParts {
    let presented = scheme_was_used.then_some(TokenScheme::Bearer);
    RefusedAtResource::new(rule).realm(realm).presented(presented).into_response()
}

#[test]
fn without_credentials_both_schemes_are_named_where_proofs_are_taken() {
    let refused = RefusedAtResource::new(Rule::TokenPresented).realm("x").dpop_algorithms("ES256 PS256");
    assert_eq!(
        refused.into_response().header("www-authenticate"),
        Some(r#"Bearer realm="x", DPoP realm="x", algs="ES256 PS256""#)
    );
}

#[test]
fn a_token_of_the_dpop_scheme_is_refused_in_that_scheme() {
    for (rule, status, code) in [
        (Rule::TokenKnown, 401, "invalid_token"),
        (Rule::TokenBinding, 401, "invalid_token"),
        (Rule::TokenScope, 403, "insufficient_scope"),
    ] {
        let refused = RefusedAtResource::new(rule).presented(Some(TokenScheme::Dpop)).dpop_algorithms("ES256");
        let response = refused.into_response();
        let challenge = response.header("www-authenticate").unwrap();
        assert_eq!(response.status(), status);
        assert!(challenge.starts_with(&format!(r#"DPoP realm="", error="{code}""#)), "{challenge}");
        assert!(challenge.ends_with(r#"algs="ES256""#) && !challenge.contains("Bearer"), "{challenge}");
    }
}

#[test]
fn a_nonce_goes_along_and_one_outside_its_grammar_does_not() {
    let with = |nonce| {
        let refused = RefusedAtResource::new(Rule::DpopNonce).presented(Some(TokenScheme::Dpop)).dpop_nonce(nonce);
        let response = refused.into_response();
        assert!(response.header("www-authenticate").unwrap().contains(r#"error="use_dpop_nonce""#));
        response.header("dpop-nonce").map(String::from)
    };
    assert_eq!(with(Some("eyJ7S_zG.eyJH0-Z")).as_deref(), Some("eyJ7S_zG.eyJH0-Z"));
    assert_eq!(with(Some("a\"b")), None);
    assert_eq!(with(None), None);
}

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
