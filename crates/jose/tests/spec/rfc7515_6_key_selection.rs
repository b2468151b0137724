use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwkSet, JwtError, KeyError, SelectError, UnverifiedJwt, VerifyingKey, VerifyingKeys};
use symbolon_types::{Alg, Rule};

use crate::support::{json, other_key, signing_key, token, verifying_key};

fn select<'k>(keys: &'k VerifyingKeys, header: &str) -> Result<Vec<&'k VerifyingKey>, SelectError> {
    let text = token(Alg::Es256, header, "{}");
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    keys.select(jwt.header()).map(|selected| selected.to_vec())
}

fn named(alg: Alg, kid: &str) -> VerifyingKey {
    verifying_key(alg).with_kid(kid)
}

#[test]
fn the_key_of_the_kid_and_alg_is_selected_and_no_other() {
    let keys = VerifyingKeys::new(vec![named(Alg::Es256, "a"), named(Alg::Rs256, "a"), named(Alg::Es256, "b")]);
    let found = select(&keys, r#"{"alg":"ES256","kid":"a"}"#).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kid(), found[0].alg()), (Some("a"), Alg::Es256));
    assert_eq!(select(&keys, r#"{"alg":"RS256","kid":"b"}"#).unwrap_err(), SelectError::NoneFits);
}

#[test]
fn an_unknown_kid_never_finds_another_key() {
    let keys = VerifyingKeys::new(vec![verifying_key(Alg::Es256)]);
    assert!(select(&keys, r#"{"alg":"ES256"}"#).is_ok(), "the only key, and no kid asked for");
    for kid in ["", "A", "a ", "../../etc/passwd", "' OR 1=1 --", "a\\r\\nb", "a\\u0000"] {
        let header = format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
        assert_eq!(select(&keys, &header).unwrap_err(), SelectError::UnknownKid, "{kid}");
        let keys = VerifyingKeys::new(vec![named(Alg::Es256, "a")]);
        assert_eq!(select(&keys, &header).unwrap_err(), SelectError::UnknownKid, "{kid}");
    }
}

#[test]
fn without_kid_exactly_one_key_must_fit() {
    let keys = VerifyingKeys::new(vec![named(Alg::Es256, "a"), named(Alg::Rs256, "b"), verifying_key(Alg::Ed25519)]);
    for (alg, kid) in [("ES256", Some("a")), ("RS256", Some("b")), ("EdDSA", None), ("Ed25519", None)] {
        let found = select(&keys, &format!(r#"{{"alg":"{alg}"}}"#)).unwrap();
        assert_eq!((found.len(), found[0].kid()), (1, kid), "{alg}");
    }
    assert_eq!(select(&keys, r#"{"alg":"PS256"}"#).unwrap_err(), SelectError::NoneFits);
    let two = VerifyingKeys::new(vec![named(Alg::Es256, "a"), named(Alg::Es256, "b")]);
    assert_eq!(select(&two, r#"{"alg":"ES256"}"#).unwrap_err(), SelectError::Ambiguous);
}

#[test]
fn without_keys_the_set_is_at_fault() {
    let error = select(&VerifyingKeys::default(), r#"{"alg":"ES256","kid":"a"}"#).unwrap_err();
    assert_eq!((error, error.rule()), (SelectError::NoUsableKey, Rule::KeySet));
    assert!(VerifyingKeys::default().is_empty());
}

#[test]
fn a039_keys_of_one_kid_are_all_tried_in_any_order() {
    let other = other_key();
    let mine = signing_key(Alg::Es256).with_kid("a");
    let good = mine.sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
    let bad = good.replacen(".e30.", ".e31.", 1).replacen(".e31.", ".W10.", 1);
    let one = mine.verifying_key(&PROVIDER).unwrap();
    let two = other.verifying_key(&PROVIDER).unwrap().with_kid("a");
    let three = named(Alg::Rs256, "a");
    for keys in [
        vec![one.clone(), two.clone(), three.clone()],
        vec![three.clone(), two.clone(), one.clone()],
        vec![two, three, one],
    ] {
        let keys = VerifyingKeys::new(keys);
        let jwt = UnverifiedJwt::parse(&good).unwrap();
        let found = keys.select(jwt.header()).unwrap();
        assert_eq!(found.len(), 2, "those of the algorithm");
        assert!(jwt.clone().verify_any(&found).is_ok());
        assert_eq!(UnverifiedJwt::parse(&bad).unwrap().verify_any(&found).unwrap_err(), JwtError::BadSignature);
        let all: Vec<&VerifyingKey> = keys.keys().iter().collect();
        assert!(jwt.verify_any(&all).is_ok());
        assert_eq!(UnverifiedJwt::parse(&bad).unwrap().verify_any(&all).unwrap_err(), JwtError::BadSignature);
    }
    let same = |count| VerifyingKeys::new(vec![named(Alg::Es256, "a"); count]);
    assert_eq!(select(&same(4), r#"{"alg":"ES256","kid":"a"}"#).unwrap().len(), 4);
    assert_eq!(
        select(&same(5), r#"{"alg":"ES256","kid":"a"}"#).unwrap_err(),
        SelectError::TooManyOfOneKid { limit: 4 }
    );
}

#[test]
fn kid_is_looked_at_where_a_key_is_chosen_and_not_where_it_is_given() {
    let text = signing_key(Alg::Es256).with_kid("a").sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let other = named(Alg::Es256, "b");
    assert!(jwt.clone().verify(&other).is_ok());
    assert!(jwt.clone().verify_any(&[&other]).is_ok());
    let refused = jwt.clone().verify_with(&VerifyingKeys::new(vec![other])).unwrap_err();
    assert_eq!(refused, JwtError::KeyNotFound(SelectError::UnknownKid));
    assert!(jwt.verify_with(&VerifyingKeys::new(vec![named(Alg::Es256, "a")])).is_ok());
}

#[test]
fn verify_any_says_what_was_wrong() {
    let text = token(Alg::Es256, r#"{"alg":"ES256"}"#, "{}");
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    assert_eq!(jwt.clone().verify_any(&[]).unwrap_err(), JwtError::KeyNotFound(SelectError::NoneFits));
    assert_eq!(jwt.clone().verify_any(&[&verifying_key(Alg::Rs256)]).unwrap_err(), JwtError::AlgKeyMismatch);
    assert!(jwt.verify_any(&[&verifying_key(Alg::Rs256), &verifying_key(Alg::Es256)]).is_ok());
}

#[test]
fn a_loaded_set_reports_what_it_could_not_use_in_order() {
    let good = signing_key(Alg::Es256).with_kid("good").public_jwk().unwrap();
    let mut unknown_alg = json(&good.to_json());
    unknown_alg["alg"] = "ES256k".into();
    let mut other_alg = json(&good.to_json());
    other_alg["alg"] = "RS256".into();
    let set = serde_json::json!({ "keys": [
        unknown_alg, { "kty": "oct", "k": "AAAA" }, json(&good.to_json()), other_alg,
    ] });
    let set = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    let loaded = VerifyingKeys::load(&PROVIDER, &set, &[Alg::Es256]);
    assert_eq!(loaded.keys().len(), 1);
    assert_eq!(
        loaded.skipped().iter().map(|key| (key.index(), key.error())).collect::<Vec<_>>(),
        [(0, KeyError::UnknownAlg), (1, KeyError::PrivateKey), (3, KeyError::AlgKeyMismatch)]
    );
}

#[test]
fn the_algorithm_is_the_keys_own_else_the_first_registered_that_fits() {
    let jwk = signing_key(Alg::Rs256).public_jwk().unwrap();
    assert_eq!(jwk.verifying_key(&PROVIDER, &[Alg::Ps256]).unwrap().alg(), Alg::Rs256, "its own");
    let mut bare = json(&jwk.to_json());
    bare.as_object_mut().unwrap().remove("alg");
    let bare = symbolon_jose::Jwk::parse(bare.to_string().as_bytes()).unwrap();
    assert_eq!(bare.verifying_key(&PROVIDER, &[Alg::Es256, Alg::Ps256, Alg::Rs256]).unwrap().alg(), Alg::Ps256);
    assert_eq!(bare.verifying_key(&PROVIDER, &[Alg::Es256, Alg::Hs256]).err(), Some(KeyError::NoAlgorithm));
    assert_eq!(bare.verifying_key(&PROVIDER, &[]).err(), Some(KeyError::NoAlgorithm));
}
