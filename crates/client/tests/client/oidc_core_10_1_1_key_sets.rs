//! OIDC Core §10.1.1: the issuer's key set is fetched when it is needed, kept when that fails, and replaced when it does not.

use symbolon_client::{
    UnverifiedTokens, VerifyError,
    id_token::IdTokenError,
    jose::{KeyAdvice, KeySetCache, SelectError, SigningKey, VerifyingKeys},
    types::{Alg, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use time::{Duration, UtcDateTime};

use crate::party::{SignIn, key, not_verified, now, published, sign};

fn received() -> UnverifiedTokens {
    let sign_in = SignIn::openid();
    let id_token = sign(&sign_in.claims());
    sign_in.tokens(&id_token)
}

/// The cache after a set was fetched, as it was advised.
fn cached(keys: VerifyingKeys, fetched: UtcDateTime) -> KeySetCache {
    let mut cache = KeySetCache::new();
    assert_eq!(received().key_advice(&mut cache, fetched), KeyAdvice::Fetch);
    cache.fetched(keys, fetched);
    cache
}

#[test]
fn a109_a_failed_fetch_keeps_the_old_set_and_no_longer_than_a_day() {
    let verify = |age: Duration| {
        let mut cache = cached(published(), now() - age);
        let tokens = received();
        let advice = tokens.key_advice(&mut cache, now());
        // Nothing came of it.
        (advice, tokens.verify(&cache.keys(now()), now()).map_err(not_verified).err())
    };
    assert_eq!(verify(Duration::minutes(4)), (KeyAdvice::Use, None));
    assert_eq!(verify(Duration::minutes(5)), (KeyAdvice::Fetch, None));
    assert_eq!(verify(Duration::DAY), (KeyAdvice::Fetch, None));
    let too_old = Some(VerifyError::IdToken(IdTokenError::NoKey(SelectError::NoUsableKey)));
    assert_eq!(verify(Duration::DAY + Duration::SECOND), (KeyAdvice::Fetch, too_old));
}

#[test]
fn a122_a_token_of_a_key_that_a_fetched_set_has_no_more_is_refused() {
    let mut cache = cached(published(), now() - Duration::minutes(5));
    assert!(received().verify(&cache.keys(now()), now()).is_ok());
    let tokens = received();
    assert_eq!(tokens.key_advice(&mut cache, now()), KeyAdvice::Fetch);
    let others = VerifyingKeys::new(vec![key().with_kid("0").verifying_key(&PROVIDER).unwrap()]);
    cache.fetched(others, now());
    assert_eq!(
        tokens.verify(&cache.keys(now()), now()).map_err(not_verified).err(),
        Some(VerifyError::IdToken(IdTokenError::UnknownKid))
    );
}

#[test]
fn where_nothing_is_to_be_verified_no_keys_are_fetched() {
    let mut cache = KeySetCache::new();
    let sign_in = SignIn::openid();
    let malformed = sign_in.tokens("not.a.jwt");
    assert_eq!(malformed.key_advice(&mut cache, now()), KeyAdvice::Use);
    assert!(matches!(
        malformed.verify(&published(), now()).map_err(not_verified),
        Err(VerifyError::IdToken(IdTokenError::Jwt(_)))
    ));
    assert_eq!(received().key_advice(&mut cache, now()), KeyAdvice::Fetch, "the twin with an ID token");
}

#[test]
fn a109_an_algorithm_that_is_not_registered_fetches_nothing() {
    let mut cache = KeySetCache::new();
    let sign_in = SignIn::openid();
    let other = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let id_token = other.sign(&PROVIDER, None, &sign_in.claims()).unwrap();
    let tokens = sign_in.tokens(&id_token);
    assert_eq!(tokens.key_advice(&mut cache, now()), KeyAdvice::Use);
    let error = tokens.verify(&cache.keys(now()), now()).map_err(not_verified).err();
    assert_eq!(error, Some(VerifyError::IdToken(IdTokenError::AlgNotAllowed)));
    assert_eq!(received().key_advice(&mut cache, now()), KeyAdvice::Fetch, "the twin of the registered one");
}
