//! RFC 9449 §5: token requests with a proof, and what may answer them.

use serde_json::json;
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, ClientError, Failure, OutgoingRequest, PendingTokens, Received, RefreshPlan, Sending,
    WhatToDo,
    dpop::{DpopError, NonceUse, ProofError},
    token_request::ExtensionRequest,
    types::Rule,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::FAILING;

use crate::{
    dpop_server::{TOKEN_ENDPOINT, check, claim, dpop_builder, dpop_client, proofs, refusal, signer},
    party::{REFRESH_TOKEN, SignIn, answer, builder, client, now, scope, tokens},
};

fn refresh() -> (OutgoingRequest, PendingTokens) {
    dpop_client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap()
}

#[test]
fn every_token_request_has_one_proof_that_the_server_takes() {
    let client = dpop_client();
    let ready = |sending: Result<Sending, ClientError>| sending.unwrap().ready().unwrap().0;
    let requests = [
        SignIn::begin(&client, AuthorizationPlan::new(scope("openid"))).request,
        ready(client.refresh(RefreshPlan::new(REFRESH_TOKEN), now())),
        ready(client.client_credentials(None, now())),
        ready(client.extension(ExtensionRequest::new("urn:x:y"), now())),
    ];
    for request in &requests {
        let proven = check(request, NonceUse::Off).unwrap();
        assert_eq!(proven.jkt(), signer().jkt());
        assert_eq!(claim(request, "htm").as_deref(), Some("POST"));
        assert_eq!(claim(request, "htu").as_deref(), Some(TOKEN_ENDPOINT));
        assert_eq!((claim(request, "ath"), claim(request, "nonce")), (None, None));
        assert!(!request.body().expose().contains("dpop"), "a header, and no parameter");
    }
}

#[test]
fn without_a_key_there_is_no_proof() {
    let (request, _) = client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
    assert!(proofs(&request).is_empty());
    assert_eq!(check(&request, NonceUse::Off), Err(DpopError::Missing));
}

#[test]
fn a088_no_two_requests_have_the_same_proof() {
    let client = dpop_client();
    let mut seen = alloc::collections::BTreeSet::new();
    for _ in 0..64 {
        let (request, _) = client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
        check(&request, NonceUse::Off).unwrap();
        assert!(seen.insert(claim(&request, "jti").unwrap()), "a jti twice");
    }
}

#[test]
fn the_query_of_the_token_endpoint_is_called_and_not_proven() {
    let client = dpop_builder().token_endpoint("https://as.example/token?tenant=a").build().unwrap();
    let (request, _) = client.client_credentials(None, now()).unwrap().ready().unwrap();
    assert_eq!(request.url(), "https://as.example/token?tenant=a");
    assert_eq!(claim(&request, "htu").as_deref(), Some(TOKEN_ENDPOINT));
    check(&request, NonceUse::Off).unwrap();

    let elsewhere = dpop_builder().token_endpoint("https://as.example/token2").build().unwrap();
    let (request, _) = elsewhere.client_credentials(None, now()).unwrap().ready().unwrap();
    assert_eq!(check(&request, NonceUse::Off), Err(DpopError::Htu));
}

#[test]
fn a110_asked_with_a_proof_anything_but_dpop_is_discarded() {
    for good in ["DPoP", "dpop", "DPOP"] {
        let tokens = tokens(refresh().1, json!({ "token_type": good })).without_id_token().unwrap();
        assert_eq!(tokens.jkt(), Some(signer().jkt()));
    }
    for bad in ["Bearer", "bearer", "mac", "N_A", "DPoPx", "PoP"] {
        let error = refresh().1.receive(&answer(json!({ "token_type": bad })), now()).unwrap_err();
        assert_eq!((error.failure(), error.rule()), (&Failure::TokenType, Some(Rule::ResponseTokenType)), "{bad}");
        assert_eq!(error.outcome().what_to_do, WhatToDo::Configuration);
    }
    // The twin without a key takes the one and not the other.
    let bearer = || client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().1;
    assert_eq!(tokens(bearer(), json!({})).without_id_token().unwrap().jkt(), None);
    let error = bearer().receive(&answer(json!({ "token_type": "DPoP" })), now()).unwrap_err();
    assert_eq!(error.failure(), &Failure::DpopUnasked);
}

#[test]
fn a_refused_proof_says_what_to_compare_and_a_missing_one_that_it_is_missing() {
    let refused = |pending: PendingTokens, code| match pending.receive(&refusal(code), now()).unwrap() {
        Received::Refused(answer) => (answer.outcome.what_to_do, answer.what_to_do()),
        other => panic!("{other:?}"),
    };
    let bearer = || client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap().1;
    let (kind, text) = refused(refresh().1, "invalid_dpop_proof");
    assert_eq!(kind, WhatToDo::Configuration);
    assert!(text.contains("clock") && text.contains("URL"), "{text}");
    for code in ["invalid_dpop_proof", "use_dpop_nonce"] {
        let (_, text) = refused(bearer(), code);
        assert_eq!(text, "the server demands DPoP, which this request did not have");
    }
}

#[test]
fn a_proof_that_cannot_be_made_sends_nothing() {
    let failing = symbolon_client::Client::builder(
        client().issuer().clone(),
        client().client_id().clone(),
        PROVIDER.with_random(&FAILING),
    );
    let failing = failing.token_endpoint(TOKEN_ENDPOINT).dpop(signer()).build().unwrap();
    let error = failing.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap_err();
    assert!(matches!(error, ClientError::Proof(ProofError::Random(_))), "{error:?}");
    assert_eq!(error.rule(), Rule::RandomAnswers);
    let unclear = || builder().token_endpoint("https://as.example/%zz");
    let misuse = unclear().dpop(signer()).build().unwrap_err();
    assert_eq!((misuse, misuse.rule()), (ApiMisuse::DpopTarget, Rule::EndpointUrl));
    assert!(unclear().build().is_ok(), "without a key no proof has to name it");
}
