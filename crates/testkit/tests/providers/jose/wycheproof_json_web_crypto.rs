//! Project Wycheproof's `json_web_crypto`: every JWS ends as it says, and no JWE is read.
use alloc::collections::BTreeMap;

use serde_json::Value;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{
    Jwk, JwkSet, JwtError, KeyError, SelectError, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys,
};
use symbolon_types::Alg;

use crate::{
    each,
    vectors::{json, text},
};

/// A ROCA modulus (CVE-2017-15361) is not recognised: the crate page says so.
const ROCA: u64 = 46;
/// A set with a symmetric key beside a public one: the symmetric one, which made the token, is skipped.
const MIXED_SET: u64 = 47;

#[test]
fn every_case_ends_as_it_says() {
    let vectors = json("wycheproof/json_web_crypto_test.json");
    each(|crypto| {
        let (mut valid, mut invalid) = (0, 0);
        for group in vectors["testGroups"].as_array().unwrap() {
            if group["tests"][0].get("jwe").is_some() {
                continue;
            }
            let keys = keys(crypto, group);
            for case in group["tests"].as_array().unwrap() {
                let id = case["tcId"].as_u64().unwrap();
                let accepted = verify(&case["jws"], &keys);
                match text(case, "result") {
                    "valid" => {
                        assert!(accepted.is_ok(), "{id}: {accepted:?}");
                        valid += 1;
                    }
                    "invalid" if id == ROCA => assert!(accepted.is_ok()),
                    "invalid" => {
                        let error = accepted.expect_err(&format!("{id}"));
                        if id == MIXED_SET {
                            assert_eq!(error, JwtError::KeyNotFound(SelectError::UnknownKid));
                        }
                        invalid += 1;
                    }
                    other => panic!("{other}"),
                }
            }
        }
        assert_eq!((valid, invalid), (4, 44));
    });
}

/// Valid or not, a JWE is no JWS; no key is needed to tell, and none of theirs is one for signatures.
#[test]
fn a_jwe_is_refused_before_any_key_is_looked_at() {
    let vectors = json("wycheproof/json_web_crypto_test.json");
    let mut ends = BTreeMap::<_, usize>::new();
    for group in vectors["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap().iter().filter(|case| case.get("jwe").is_some()) {
            let serialized = case["jwe"].to_string();
            let read = UnverifiedJwt::parse(case["jwe"].as_str().unwrap_or(&serialized));
            *ends.entry((text(case, "result"), format!("{:?}", read.unwrap_err()))).or_default() += 1;
            each(|crypto| {
                for key in [&group["private"], &group["public"]].into_iter().filter(|key| !key.is_null()) {
                    assert!(load(crypto, key).is_err());
                }
            });
        }
    }
    let expected = [(("valid", "Malformed".to_owned()), 2), (("invalid", "Malformed".to_owned()), 32)];
    assert_eq!(ends, BTreeMap::from(expected));
}

fn verify(jws: &Value, keys: &VerifyingKeys) -> Result<(), JwtError> {
    let serialized = jws.to_string();
    let jwt = UnverifiedJwt::parse(jws.as_str().unwrap_or(&serialized))?;
    jwt.verify_with(keys).map(|_| ())
}

fn load(crypto: &CryptoProvider, jwk: &Value) -> Result<VerifyingKey, KeyError> {
    match Jwk::parse(jwk.to_string().as_bytes()) {
        Ok(jwk) => jwk.verifying_key(crypto, &[]),
        Err(_) => SigningKey::from_jwk(crypto, jwk.to_string().as_bytes(), None)?.verifying_key(crypto),
    }
}

fn keys(crypto: &CryptoProvider, group: &Value) -> VerifyingKeys {
    let (public, private) = (&group["public"], &group["private"]);
    if let Some(set) = private["keys"].as_array() {
        let as_public = JwkSet::parse(private.to_string().as_bytes()).unwrap();
        assert!(as_public.skipped().iter().all(|key| key.error() == KeyError::PrivateKey));
        if set.iter().all(|jwk| jwk["kty"] == "oct") {
            assert!(as_public.keys().is_empty());
            return VerifyingKeys::new(set.iter().map(|jwk| load(crypto, jwk).unwrap()).collect());
        }
        return VerifyingKeys::load(crypto, &as_public, &[Alg::Es256, Alg::Hs256]);
    }
    let key = if public.is_null() { private } else { public };
    VerifyingKeys::new(vec![load(crypto, key).unwrap()])
}
