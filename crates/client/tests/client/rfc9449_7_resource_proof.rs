//! RFC 9449 §7, §9: what goes to a resource.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, ClientError, Tokens,
    dpop::{DpopError, NonceUse, ProofError},
    types::{Rule, Secret},
};

use crate::{
    dpop_server::{check_values, dpop_client, nonces, signer},
    party::{ACCESS_TOKEN, SignIn, client, now, published, scope, sign, tokens},
};

const RESOURCE: &str = "https://rs.example/things";

fn bound() -> Tokens {
    let pending = SignIn::begin(&dpop_client(), AuthorizationPlan::new(scope("read"))).pending;
    tokens(pending, json!({ "token_type": "DPoP" })).without_id_token().unwrap()
}

#[test]
fn a_bound_token_goes_by_the_scheme_dpop_beside_a_proof() {
    let tokens = bound();
    assert_eq!(tokens.authorization().expose(), "DPoP 2YotnFZFEjr1zCsicMWpAA");
    let proof = tokens.resource_proof("GET", "https://rs.example/things?page=2#a", None, now()).unwrap();
    let check = |method, url, token: &str| {
        check_values(&[&proof], method, url, NonceUse::Off, Some(&Secret::new(token))).map(|proven| proven.jkt())
    };
    assert_eq!(check("GET", RESOURCE, ACCESS_TOKEN), Ok(signer().jkt()));
    assert_eq!(check("POST", RESOURCE, ACCESS_TOKEN), Err(DpopError::Htm));
    assert_eq!(check("GET", "https://rs.example/other", ACCESS_TOKEN), Err(DpopError::Htu));
    assert_eq!(check("GET", RESOURCE, "another"), Err(DpopError::Ath), "a094");
}

#[test]
fn a094_a_proof_for_the_token_endpoint_is_none_for_a_resource() {
    let sign_in = SignIn::begin(&dpop_client(), AuthorizationPlan::new(scope("read")));
    let proof = sign_in.request.header("dpop").unwrap();
    let at_resource = check_values(
        &[proof],
        "POST",
        crate::dpop_server::TOKEN_ENDPOINT,
        NonceUse::Off,
        Some(&Secret::new(ACCESS_TOKEN)),
    );
    assert_eq!(at_resource, Err(DpopError::Ath));
}

#[test]
fn the_nonce_of_the_resource_is_in_its_proof_alone() {
    let (tokens, nonces) = (bound(), nonces());
    let nonce = nonces.issue(now());
    let required = NonceUse::Required(&nonces);
    let check = |proof: &Secret| check_values(&[proof], "GET", RESOURCE, required, Some(tokens.access_token()));
    let first = tokens.resource_proof("GET", RESOURCE, None, now()).unwrap();
    assert!(matches!(check(&first), Err(DpopError::Nonce { .. })), "the resource asks for one");
    let second = tokens.resource_proof("GET", RESOURCE, Some(&nonce), now()).unwrap();
    check(&second).unwrap();
    assert_ne!(first, second);
    assert_eq!(tokens.dpop_nonce(), None, "that of the token endpoint is another one");
}

#[test]
fn a_bearer_token_has_no_proof() {
    let pending = SignIn::begin(&client(), AuthorizationPlan::new(scope("read"))).pending;
    let bearer = tokens(pending, json!({})).without_id_token().unwrap();
    assert_eq!(bearer.authorization().expose(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
    let error = bearer.resource_proof("GET", RESOURCE, None, now()).unwrap_err();
    assert_eq!((&error, error.rule()), (&ClientError::BearerToken, Rule::Embedder));
}

#[test]
fn no_proof_is_made_for_what_is_no_url_or_with_what_is_no_nonce() {
    let made = |url, nonce| bound().resource_proof("GET", url, nonce, now());
    assert!(made(RESOURCE, Some("a")).is_ok());
    for bad in ["/things", "ftp://rs.example/", "https://u@rs.example/", "https://rs.example/\u{e5}"] {
        assert!(matches!(made(bad, None), Err(ClientError::Proof(ProofError::Url(_)))), "{bad}");
    }
    for bad in ["", "a b", "a\r\nx: y"] {
        assert_eq!(made(RESOURCE, Some(bad)), Err(ClientError::Proof(ProofError::NonceSyntax)), "{bad}");
    }
}

#[test]
fn tokens_of_a_sign_in_do_the_same() {
    let sign_in = SignIn::begin(&dpop_client(), AuthorizationPlan::new(scope("openid")));
    let id_token = sign(&sign_in.claims());
    let received = tokens(sign_in.pending, json!({ "token_type": "DPoP", "id_token": id_token }));
    let verified = received.verify(&published(), now()).unwrap();
    assert!(verified.authorization().expose().starts_with("DPoP "));
    assert_eq!((verified.jkt(), verified.dpop_nonce()), (Some(signer().jkt()), None));
    let proof = verified.resource_proof("GET", RESOURCE, None, now()).unwrap();
    check_values(&[&proof], "GET", RESOURCE, NonceUse::Off, Some(verified.access_token())).unwrap();
}
