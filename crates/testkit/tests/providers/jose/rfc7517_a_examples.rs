//! RFC 7517 Appendix A and B.
use serde_json::Value;
use symbolon_jose::{Jwk, JwkSet, KeyError, SigningKey, VerifyingKeys};
use symbolon_types::Alg;

use super::read;
use crate::{
    each,
    vectors::{json, text},
};

fn vectors() -> Value {
    json("rfc7517_jwk.json")
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn a_1_public_keys_are_read_and_the_encryption_key_verifies_nothing() {
    each(|crypto| {
        let set = JwkSet::parse(&bytes(&vectors()["A1_public_keys"])).unwrap();
        assert_eq!(set.keys().iter().map(Jwk::kid).collect::<Vec<_>>(), [Some("1"), Some("2011-04-29")]);
        assert!(set.skipped().is_empty());
        let loaded = VerifyingKeys::load(crypto, &set, &[Alg::Es256]);
        assert_eq!(loaded.keys().len(), 1);
        assert_eq!((loaded.keys()[0].kid(), loaded.keys()[0].alg()), (Some("2011-04-29"), Alg::Rs256));
        assert_eq!(loaded.skipped().len(), 1);
        assert_eq!((loaded.skipped()[0].index(), loaded.skipped()[0].error()), (0, KeyError::KeyUseMismatch));
    });
}

#[test]
fn a_2_private_keys_are_refused_where_public_ones_are_read() {
    let set = JwkSet::parse(&bytes(&vectors()["A2_private_keys"])).unwrap();
    assert!(set.keys().is_empty());
    assert!(set.skipped().iter().all(|key| key.error() == KeyError::PrivateKey));
    assert_eq!(set.skipped().len(), 2);
}

#[test]
fn a_2_the_private_rsa_key_signs_and_the_encryption_key_does_not() {
    each(|crypto| {
        let keys = &vectors()["A2_private_keys"]["keys"];
        let for_encryption = SigningKey::from_jwk(crypto, &bytes(&keys[0]), None);
        assert_eq!(for_encryption.err(), Some(KeyError::KeyUseMismatch));
        let key = SigningKey::from_jwk(crypto, &bytes(&keys[1]), None).unwrap();
        assert_eq!((key.kid(), key.alg()), (Some("2011-04-29"), Alg::Rs256));
        let token = key.sign(crypto, None, &serde_json::json!({})).unwrap();
        assert_eq!(read(&token, &key.verifying_key(crypto).unwrap()), Ok(()));
        let published = key.public_jwk().unwrap().to_json();
        assert_eq!(serde_json::from_str::<Value>(&published).unwrap()["n"], keys[1]["n"]);
        for secret in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(!published.contains(text(&keys[1], secret)), "{secret}");
        }
    });
}

#[test]
fn a_3_symmetric_keys_are_refused_where_public_ones_are_read() {
    each(|crypto| {
        let keys = &vectors()["A3_symmetric_keys"];
        let set = JwkSet::parse(&bytes(keys)).unwrap();
        assert_eq!((set.keys().len(), set.skipped().len()), (0, 2));
        assert!(set.skipped().iter().all(|key| key.error() == KeyError::PrivateKey));
        // The first is for key wrapping; the second is long enough for HS256.
        assert_eq!(SigningKey::from_jwk(crypto, &bytes(&keys["keys"][0]), None).err(), Some(KeyError::UnknownAlg));
        assert_eq!(SigningKey::from_jwk(crypto, &bytes(&keys["keys"][1]), None).err(), Some(KeyError::NoAlgorithm));
        let key = SigningKey::from_jwk(crypto, &bytes(&keys["keys"][1]), Some(Alg::Hs256)).unwrap();
        assert_eq!((key.alg(), key.public_jwk()), (Alg::Hs256, None));
    });
}

#[test]
fn b_the_certificate_stays_with_its_key() {
    each(|crypto| {
        let jwk = Jwk::parse(&bytes(&vectors()["B_x5c"])).unwrap();
        assert_eq!((jwk.kid(), jwk.key_use(), jwk.x5c().len()), (Some("1b94c"), Some("sig"), 1));
        assert_eq!(jwk.verifying_key(crypto, &[]).err(), Some(KeyError::NoAlgorithm));
        let key = jwk.verifying_key(crypto, &[Alg::Es256, Alg::Ps256, Alg::Rs256]).unwrap();
        assert_eq!(key.alg(), Alg::Ps256, "the first that fits");
        assert_eq!(key.certificate(), Some(&jwk.x5c()[0][..]));
        assert_eq!(Jwk::parse(jwk.to_json().as_bytes()), Ok(jwk));
    });
}
