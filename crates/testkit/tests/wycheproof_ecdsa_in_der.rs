//! Wycheproof's ECDSA signatures in DER, as a KMS would answer: converted and verified, or refused on the way.
//!
//! The files stand beside those of both providers, with their source and licence.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "tests may stop at the first thing that is not as they say"
)]

use std::{fs, path::Path};

use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, SignError, VerifyingKey, ecdsa_signature_from_der};
use symbolon_types::Alg;

/// What became of the cases of a file.
#[derive(Debug, Default, Eq, PartialEq)]
struct Counts {
    valid_and_verified: usize,
    invalid_and_not_converted: usize,
    invalid_and_not_verified: usize,
    groups: usize,
}

fn run(file: &str, alg: Alg) -> Counts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/wycheproof").join(file);
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut counts = Counts::default();
    for group in file["testGroups"].as_array().unwrap() {
        counts.groups += 1;
        let key = public_key(group, alg);
        for case in group["tests"].as_array().unwrap() {
            let (message, der) = (hex(&case["msg"]), hex(&case["sig"]));
            assert!(key.verify_signature(&message, &der).is_err(), "{}: DER is not the form of JWS", case["tcId"]);
            let converted = ecdsa_signature_from_der(alg, &der);
            let verified = converted.as_ref().is_ok_and(|fixed| key.verify_signature(&message, fixed).is_ok());
            match (case["result"].as_str().unwrap(), converted) {
                ("valid", _) => {
                    assert!(verified, "{}", case["tcId"]);
                    counts.valid_and_verified += 1;
                }
                (_, Err(error)) => {
                    assert_eq!(error, SignError::MalformedSignature);
                    counts.invalid_and_not_converted += 1;
                }
                (_, Ok(_)) => {
                    assert!(!verified, "{}", case["tcId"]);
                    assert!(!is_malformed(case), "{} is not DER of two integers", case["tcId"]);
                    counts.invalid_and_not_verified += 1;
                }
            }
        }
    }
    counts
}

/// The key of a group in PEM, which is the one in DER and the one of its numbers.
fn public_key(group: &Value, alg: Alg) -> VerifyingKey {
    let jwk = Jwk::from_public_key_pem(group["publicKeyPem"].as_str().unwrap()).unwrap();
    let der = hex(&group["publicKeyDer"]);
    assert_eq!(Jwk::from_spki_der(&der).as_ref(), Ok(&jwk));
    assert_eq!(jwk.to_spki_der(), Ok(der.clone()));
    assert!(der.ends_with(&hex(&group["publicKey"]["uncompressed"])));
    jwk.verifying_key(&PROVIDER, &[alg]).unwrap()
}

/// Whether the file says that the fault is in the encoding.
fn is_malformed(case: &Value) -> bool {
    let flags = ["BerEncodedSignature", "InvalidEncoding", "InvalidTypesInSignature"];
    case["flags"].as_array().unwrap().iter().any(|flag| flags.contains(&flag.as_str().unwrap()))
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a014_a015_es256_signatures_in_der_are_converted_and_verified_or_refused() {
    let counts = run("ecdsa_secp256r1_sha256_test.json", Alg::Es256);
    let expected =
        Counts { valid_and_verified: 174, invalid_and_not_converted: 251, invalid_and_not_verified: 59, groups: 113 };
    assert_eq!(counts, expected);
}

#[test]
fn a014_a015_es384_signatures_in_der_are_converted_and_verified_or_refused() {
    let counts = run("ecdsa_secp384r1_sha384_test.json", Alg::Es384);
    let expected =
        Counts { valid_and_verified: 194, invalid_and_not_converted: 251, invalid_and_not_verified: 59, groups: 105 };
    assert_eq!(counts, expected);
}
