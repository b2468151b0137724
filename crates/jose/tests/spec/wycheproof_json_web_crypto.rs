use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{
    Jwk, JwkSet, JwtError, KeyError, SelectError, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys,
};
use symbolon_types::Alg;

use crate::support::json;

/// A ROCA modulus (CVE-2017-15361) is not recognised: the crate page says so.
const ROCA: u64 = 46;
/// A set with a symmetric key beside a public one: the symmetric one, which made the token, is skipped.
const MIXED_SET: u64 = 47;

#[test]
fn every_case_ends_as_it_says() {
    let vectors = json(include_str!("../vectors/wycheproof_json_web_crypto_jws.json"));
    let (mut valid, mut invalid) = (0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        let keys = keys(group);
        for case in group["tests"].as_array().unwrap() {
            let id = case["tcId"].as_u64().unwrap();
            let accepted = verify(case["jws"].as_str(), &case["jws"], &keys);
            match case["result"].as_str().unwrap() {
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
}

fn verify(text: Option<&str>, jws: &Value, keys: &VerifyingKeys) -> Result<(), JwtError> {
    let serialized = jws.to_string();
    let jwt = UnverifiedJwt::parse(text.unwrap_or(&serialized))?;
    jwt.verify_with(keys).map(|_| ())
}

fn keys(group: &Value) -> VerifyingKeys {
    let load = |jwk: &Value| -> Result<VerifyingKey, KeyError> {
        match Jwk::parse(jwk.to_string().as_bytes()) {
            Ok(jwk) => jwk.verifying_key(&PROVIDER, &[]),
            Err(_) => SigningKey::from_jwk(&PROVIDER, jwk.to_string().as_bytes(), None)?.verifying_key(&PROVIDER),
        }
    };
    let (public, private) = (&group["public"], &group["private"]);
    if let Some(set) = private["keys"].as_array() {
        let as_public = JwkSet::parse(private.to_string().as_bytes()).unwrap();
        assert!(as_public.skipped().iter().all(|key| key.error() == KeyError::PrivateKey));
        if set.iter().all(|jwk| jwk["kty"] == "oct") {
            assert!(as_public.keys().is_empty());
            return VerifyingKeys::new(set.iter().map(|jwk| load(jwk).unwrap()).collect());
        }
        return VerifyingKeys::load(&PROVIDER, &as_public, &[Alg::Es256, Alg::Hs256]);
    }
    let key = if public.is_null() { private } else { public };
    VerifyingKeys::new(vec![load(key).unwrap()])
}
