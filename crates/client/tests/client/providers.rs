//! The answers that providers print in their documentation, through the whole client.

use symbolon_client::{
    AuthorizationPlan, Client, IncomingResponse, Received, UnverifiedTokens, VerifyError,
    client_auth::ClientAuthentication,
    id_token::IdTokenError,
    jose::{JwkSet, KeyAdvice, KeySetCache, VerifyingKeys},
    types::{Alg, ClientId, Issuer},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::fixtures;

use crate::party::{not_verified, now, scope};

fn receive(plan: &str, fixture: &str) -> UnverifiedTokens {
    let issuer = Issuer::parse("https://oidc-ver1.difi.no/idporten-oidc-provider/").unwrap();
    let client = Client::builder(issuer, ClientId::parse("test_rp_yt2").unwrap(), PROVIDER)
        .authorization_endpoint("https://as.example/authorize")
        .token_endpoint("https://as.example/token")
        .redirect_uri("https://client.example.com/cb")
        .authentication(ClientAuthentication::Basic("password".into()))
        .build()
        .unwrap();
    let (_, pending) = client.authorize(AuthorizationPlan::new(scope(plan))).unwrap();
    let query = format!("code=a&state={}", pending.state().expose());
    let code = pending.receive(&query, now()).unwrap();
    let (_, pending) = client.exchange(code, now()).unwrap().ready().unwrap();
    match pending.receive(&IncomingResponse::json(200, fixtures::load(fixture)), now()).unwrap() {
        Received::Tokens(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

#[test]
fn bankid_writes_bearer_small_and_the_client_sends_it_large() {
    let tokens = receive("profile", "bankid-authorization-code.response.json").without_id_token().unwrap();
    assert!(tokens.authorization().expose().starts_with("Bearer "));
    assert!(tokens.refresh_token().is_some());
    assert!(tokens.refresh_expires_at().is_some());
    assert!(tokens.response().session_id().is_some());
}

#[test]
fn idporten_answers_a_sign_in_that_is_not_ours() {
    let keys = JwkSet::parse(&fixtures::load("twin.jwks.json")).unwrap();
    let keys = VerifyingKeys::load(&PROVIDER, &keys, &[Alg::Rs256]);
    let received = receive("openid profile", "idporten-token.response.twin.json");
    assert_eq!(received.key_hint().unwrap().alg, Alg::Rs256);
    let mut cache = KeySetCache::new();
    assert_eq!(received.key_advice(&mut cache, now()), KeyAdvice::Fetch);
    cache.fetched(keys, now());
    assert_eq!(received.key_advice(&mut cache, now()), KeyAdvice::Use, "the key is there");
    // The documented token is years old and of another authorization request: its signature alone is right.
    let error = not_verified(received.verify(&cache.keys(now()), now()).unwrap_err());
    let VerifyError::IdToken(error) = error else { panic!("{error}") };
    assert!(!matches!(error, IdTokenError::Jwt(_) | IdTokenError::UnknownKid | IdTokenError::AlgNotAllowed), "{error}");
}
