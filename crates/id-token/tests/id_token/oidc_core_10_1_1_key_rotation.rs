//! OpenID Connect Core section 10.1.1: keys change, and a flood of unknown ones changes nothing.

use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    IdTokenError,
    jose::{KeyAdvice, KeySetCache, MIN_FETCH_INTERVAL, SelectError, UnverifiedJwt, VerifyingKeys},
    types::Alg,
};
use time::{Duration, UtcDateTime};

use crate::login::{Login, NOW, at, signing_key};

fn keys(list: &[(Alg, &str)]) -> VerifyingKeys {
    let load = |(alg, kid): &(Alg, &str)| signing_key(*alg).with_kid(*kid).verifying_key(&PROVIDER).unwrap();
    VerifyingKeys::new(list.iter().map(load).collect())
}

fn advice(token: &str, cache: &mut KeySetCache, now: UtcDateTime) -> KeyAdvice {
    let jwt = UnverifiedJwt::parse(token).unwrap();
    cache.advise(jwt.header().kid(), Some(jwt.header().alg()), now)
}

/// The advice for a token, a minute after these keys were fetched.
fn advice_with(token: &str, keys: &VerifyingKeys) -> KeyAdvice {
    let mut cache = KeySetCache::new();
    assert_eq!(advice(token, &mut cache, at(NOW - 60)), KeyAdvice::Fetch);
    cache.fetched(keys.clone(), at(NOW - 60));
    advice(token, &mut cache, at(NOW))
}

#[test]
fn a108_an_unknown_kid_asks_for_fresh_keys_and_no_other_key_is_tried() {
    let login = Login::new();
    let token = login.sign();
    let old = keys(&[(Alg::Ed25519, "2025")]);
    let error = login.check_text(&token, &old).unwrap_err();
    assert_eq!(error, IdTokenError::UnknownKid, "though the key of another kid would verify it");
    assert_eq!(advice_with(&token, &old), KeyAdvice::Fetch);
    let fetched = keys(&[(Alg::Ed25519, "Ed25519"), (Alg::Es256, "2025")]);
    assert!(login.check_text(&token, &fetched).is_ok());
}

#[test]
fn a108_a_kid_of_a_key_of_another_type_is_no_key() {
    let login = Login::new();
    let (token, keys) = (login.sign(), keys(&[(Alg::Rs256, "Ed25519")]));
    let error = login.check_text(&token, &keys).unwrap_err();
    assert_eq!(error, IdTokenError::NoKey(SelectError::NoneFits));
    assert_eq!(advice_with(&token, &keys), KeyAdvice::Fetch);
}

#[test]
fn a108_an_empty_set_is_no_key() {
    let login = Login::new();
    let token = login.sign();
    let error = login.check_text(&token, &VerifyingKeys::default()).unwrap_err();
    assert_eq!(error, IdTokenError::NoKey(SelectError::NoUsableKey));
    assert_eq!(advice_with(&token, &VerifyingKeys::default()), KeyAdvice::Fetch);
}

#[test]
fn a109_a_flood_of_unknown_kids_fetches_once_a_minute() {
    let login = Login::new();
    let token = login.sign();
    let old = keys(&[(Alg::Ed25519, "2025")]);
    let mut cache = KeySetCache::new();
    let mut fetches = 0;
    for tenths in 0..6000 {
        let now = at(NOW) + Duration::milliseconds(tenths * 100);
        if advice(&token, &mut cache, now) == KeyAdvice::Fetch {
            fetches += 1;
            cache.fetched(old.clone(), now);
        }
        if tenths % 100 == 0 {
            assert_eq!(login.check_text(&token, &cache.keys(now)), Err(IdTokenError::UnknownKid));
        }
    }
    assert_eq!(fetches, 10, "ten minutes of ten tokens a second");
    assert_eq!(MIN_FETCH_INTERVAL, Duration::MINUTE);
}

#[test]
fn a109_nothing_but_an_absent_key_asks_for_fresh_keys() {
    let login = Login::new();
    let token = login.sign();
    let mut cache = KeySetCache::new();
    assert_eq!(advice(&token, &mut cache, at(NOW)), KeyAdvice::Fetch);
    cache.fetched(keys(&[(Alg::Ed25519, "2025")]), at(NOW));
    let opens = KeyAdvice::NotBefore(at(NOW + 60));
    assert_eq!(advice(&token, &mut cache, at(NOW)), opens);
    assert_eq!(advice(&token, &mut cache, at(NOW - 60)), opens, "a clock that went back");
    assert_eq!(advice(&token, &mut cache, at(NOW + 60)), KeyAdvice::Fetch, "the twin a minute later");

    let same_kid = keys(&[(Alg::Ed25519, "Ed25519"); 5]);
    let error = login.check_text(&token, &same_kid).unwrap_err();
    assert_eq!(error, IdTokenError::NoKey(SelectError::TooManyOfOneKid { limit: 4 }));
    assert_eq!(advice_with(&token, &same_kid), KeyAdvice::NoHelp);
    // Where the key is there, nothing else that is wrong asks for another.
    let expired = login.with(|login| {
        login.claims.insert("exp".into(), (NOW - 60).into());
    });
    assert_eq!(expired.check_text(&expired.sign(), &expired.verifying_keys()), Err(IdTokenError::Expired));
    assert_eq!(advice_with(&expired.sign(), &expired.verifying_keys()), KeyAdvice::Use);
    let (body, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{body}.AAAA");
    assert!(expired.check_text(&forged, &expired.verifying_keys()).is_err());
    assert_eq!(advice_with(&forged, &expired.verifying_keys()), KeyAdvice::Use);
}

#[test]
fn a_token_without_kid_needs_exactly_one_fitting_key() {
    let login = Login::new().without_hashes().with(|login| {
        login.alg = Alg::Es256;
        login.algorithms = vec![Alg::Es256];
    });
    let keys_json = crate::login::vectors(include_str!("../vectors/signing_keys.json"));
    let jwk = keys_json["p256"].to_string();
    let key = symbolon_id_token::jose::SigningKey::from_jwk(&PROVIDER, jwk.as_bytes(), Some(Alg::Es256)).unwrap();
    let token = key.sign(&PROVIDER, None, &login.claims).unwrap();
    let one = keys(&[(Alg::Es256, "a"), (Alg::Rs256, "b")]);
    assert!(login.check_text(&token, &one).is_ok());
    assert_eq!(advice_with(&token, &one), KeyAdvice::Use);
    let two = keys(&[(Alg::Es256, "a"), (Alg::Es256, "b")]);
    assert_eq!(login.check_text(&token, &two), Err(IdTokenError::NoKey(SelectError::Ambiguous)));
    assert_eq!(advice_with(&token, &two), KeyAdvice::NoHelp, "no fetch would tell which");
}
