//! OpenID Connect Core section 10.1.1: keys change, and a flood of unknown ones changes nothing.

use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    IdTokenError, MIN_KEY_SET_AGE,
    jose::{SelectError, VerifyingKeys},
    types::Alg,
};
use time::Duration;

use crate::login::{Login, NOW, at, signing_key};

fn keys(list: &[(Alg, &str)]) -> VerifyingKeys {
    let load = |(alg, kid): &(Alg, &str)| signing_key(*alg).with_kid(*kid).verifying_key(&PROVIDER).unwrap();
    VerifyingKeys::new(list.iter().map(load).collect())
}

#[test]
fn a108_an_unknown_kid_asks_for_fresh_keys_and_no_other_key_is_tried() {
    let login = Login::new();
    let token = login.sign();
    let old = keys(&[(Alg::Ed25519, "2025")]);
    let error = login.check_text(&token, &old).unwrap_err();
    assert_eq!(error, IdTokenError::UnknownKid, "though the key of another kid would verify it");
    assert!(error.wants_fresh_keys(at(NOW - 60), at(NOW)));
    let fetched = keys(&[(Alg::Ed25519, "Ed25519"), (Alg::Es256, "2025")]);
    assert!(login.check_text(&token, &fetched).is_ok());
}

#[test]
fn a108_a_kid_of_a_key_of_another_type_is_no_key() {
    let login = Login::new();
    let error = login.check_text(&login.sign(), &keys(&[(Alg::Rs256, "Ed25519")])).unwrap_err();
    assert_eq!(error, IdTokenError::NoKey(SelectError::NoneFits));
    assert!(error.wants_fresh_keys(at(NOW - 60), at(NOW)));
}

#[test]
fn a108_an_empty_set_is_no_key() {
    let login = Login::new();
    let error = login.check_text(&login.sign(), &VerifyingKeys::default()).unwrap_err();
    assert_eq!(error, IdTokenError::NoKey(SelectError::NoUsableKey));
    assert!(error.wants_fresh_keys(at(NOW - 60), at(NOW)));
}

#[test]
fn a109_a_flood_of_unknown_kids_fetches_once_a_minute() {
    let login = Login::new();
    let token = login.sign();
    let old = keys(&[(Alg::Ed25519, "2025")]);
    let mut fetched = at(NOW - 3600);
    let mut fetches = 0;
    for tenths in 0..6000 {
        let now = at(NOW) + Duration::milliseconds(tenths * 100);
        let error =
            if tenths % 100 == 0 { login.check_text(&token, &old).unwrap_err() } else { IdTokenError::UnknownKid };
        if error.wants_fresh_keys(fetched, now) {
            fetches += 1;
            fetched = now;
        }
    }
    assert_eq!(fetches, 10, "ten minutes of ten tokens a second");
    assert_eq!(MIN_KEY_SET_AGE, Duration::MINUTE);
}

#[test]
fn a109_nothing_but_an_absent_key_asks_for_fresh_keys() {
    let now = at(NOW);
    assert!(!IdTokenError::UnknownKid.wants_fresh_keys(now, now));
    assert!(!IdTokenError::UnknownKid.wants_fresh_keys(at(NOW + 60), now), "a clock that went back");
    for error in [IdTokenError::NoKey(SelectError::Ambiguous), IdTokenError::AlgNotAllowed, IdTokenError::Expired] {
        assert!(!error.wants_fresh_keys(at(0), now), "{error:?}");
    }
    let login = Login::new();
    let (body, _) = login.sign().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let forged = login.check_text(&format!("{body}.AAAA"), &login.verifying_keys()).unwrap_err();
    assert!(!forged.wants_fresh_keys(at(0), now), "{forged:?}");
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
    assert!(login.check_text(&token, &keys(&[(Alg::Es256, "a"), (Alg::Rs256, "b")])).is_ok());
    assert_eq!(
        login.check_text(&token, &keys(&[(Alg::Es256, "a"), (Alg::Es256, "b")])),
        Err(IdTokenError::NoKey(SelectError::Ambiguous))
    );
}
