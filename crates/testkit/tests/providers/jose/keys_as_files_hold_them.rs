//! RFC 8017 A.1, RFC 5915 §3, RFC 5280 §4.1: keys in PKCS#1, SEC1, SPKI and certificates are loaded and used with every
//! provider. What each form is, and how it is refused, is tested by `symbolon-jose`.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Jwk, JwtError, KeyError, SigningKey, ValidatedCertificate, VerifyingKey};
use symbolon_types::Alg;

use super::read;
use crate::{PROVIDERS, each, vectors::utf8};

/// The files of one key, the first of them in PKCS#8.
struct Files {
    alg: Alg,
    private: &'static [&'static str],
    public: &'static [&'static str],
}

const KEYS: [Files; 7] = [
    Files {
        alg: Alg::Rs256,
        private: &["rsa_2048", "rsa_2048_pkcs1"],
        public: &["rsa_2048_public", "rsa_2048_pkcs1_public", "rsa_2048_certificate"],
    },
    Files {
        alg: Alg::Ps256,
        private: &["rsa_2048", "rsa_2048_pkcs1"],
        public: &["rsa_2048_public", "rsa_2048_pkcs1_public", "rsa_2048_certificate"],
    },
    Files {
        alg: Alg::Es256,
        private: &["p256", "p256_sec1", "p256_sec1_parameters"],
        public: &["p256_public", "p256_certificate", "p256_certificate_v1"],
    },
    Files { alg: Alg::Es384, private: &["p384", "p384_sec1"], public: &["p384_public", "p384_certificate"] },
    Files { alg: Alg::Es512, private: &["p521", "p521_sec1"], public: &["p521_public", "p521_certificate"] },
    Files {
        alg: Alg::Es256K,
        private: &["secp256k1", "secp256k1_sec1"],
        public: &["secp256k1_public", "secp256k1_certificate"],
    },
    Files { alg: Alg::Ed25519, private: &["ed25519"], public: &["ed25519_public", "ed25519_certificate"] },
];

fn pem(name: &str) -> String {
    utf8(&format!("../../../jose/tests/vectors/{name}.pem"))
}

/// The label and the octets of the last block of a file.
fn block(name: &str) -> (String, Vec<u8>) {
    let text = pem(name);
    let (_, block) = text.rsplit_once("-----BEGIN ").unwrap();
    let (label, block) = block.split_once("-----").unwrap();
    let (body, _) = block.split_once("-----END").unwrap();
    (label.to_owned(), STANDARD.decode(body.replace('\n', "")).unwrap())
}

fn private_der(crypto: &CryptoProvider, label: &str, der: &[u8], alg: Alg) -> Result<SigningKey, KeyError> {
    match label {
        "PRIVATE KEY" => SigningKey::from_pkcs8_der(crypto, der, Some(alg)),
        "RSA PRIVATE KEY" => SigningKey::from_pkcs1_der(crypto, der, Some(alg)),
        "EC PRIVATE KEY" => SigningKey::from_sec1_der(crypto, der, Some(alg)),
        other => panic!("a private key in {other}"),
    }
}

fn public_der(label: &str, der: &[u8]) -> Result<Jwk, KeyError> {
    match label {
        "PUBLIC KEY" => Jwk::from_spki_der(der),
        "RSA PUBLIC KEY" => Jwk::from_pkcs1_der(der),
        "CERTIFICATE" => ValidatedCertificate::assume_validated(der).map(|certificate| certificate.jwk().clone()),
        other => panic!("a public key in {other}"),
    }
}

fn public_pem(name: &str) -> Result<Jwk, KeyError> {
    let text = pem(name);
    if text.contains("CERTIFICATE") {
        return ValidatedCertificate::assume_validated_pem(&text).map(|certificate| certificate.jwk().clone());
    }
    Jwk::from_public_key_pem(&text)
}

/// A key loaded from each private file of it, as PEM and as DER.
fn signing(crypto: &CryptoProvider, key: &Files) -> Vec<SigningKey> {
    let load = |name: &&str| {
        let (label, der) = block(name);
        [SigningKey::from_pem(crypto, &pem(name), Some(key.alg)), private_der(crypto, &label, &der, key.alg)]
    };
    key.private.iter().flat_map(load).map(Result::unwrap).collect()
}

fn verifying(crypto: &CryptoProvider, key: &Files) -> Vec<VerifyingKey> {
    let load = |name: &&str| {
        let (label, der) = block(name);
        [public_pem(name), public_der(&label, &der)]
    };
    let public = key.public.iter().flat_map(load).map(Result::unwrap);
    public.map(|jwk| jwk.verifying_key(crypto, &[key.alg]).unwrap()).collect()
}

#[test]
fn what_any_private_file_of_a_key_signs_any_public_file_of_it_verifies_and_one_flipped_bit_does_not() {
    let mut counts = Vec::new();
    for (name, crypto) in PROVIDERS {
        let mut verified = 0;
        for key in KEYS.iter().filter(|key| crypto.supports(key.alg)) {
            let (signing, verifying) = (signing(crypto, key), verifying(crypto, key));
            for one in &signing {
                assert_eq!(one.public_jwk(), signing[0].public_jwk(), "{name} {}", key.alg);
                let text = one.sign(crypto, None, &json!({ "sub": "a" })).unwrap();
                let end = text.rfind('.').unwrap() + 9;
                let other = if text.as_bytes()[end] == b'A' { "B" } else { "A" };
                let mut changed = text.clone();
                changed.replace_range(end..=end, other);
                for public in &verifying {
                    assert_eq!(read(&text, public), Ok(()), "{name} {}", key.alg);
                    assert_eq!(read(&changed, public), Err(JwtError::BadSignature), "{name} {}", key.alg);
                    verified += 1;
                }
            }
        }
        counts.push(verified);
    }
    assert_eq!(counts, [108, 140]);
}

#[test]
fn a_file_of_another_key_of_the_kind_does_not_verify() {
    each(|crypto| {
        for key in KEYS.iter().filter(|key| crypto.supports(key.alg)) {
            let other = super::signing_keys(crypto).into_iter().find(|other| other.alg() == key.alg).unwrap();
            let text = other.sign(crypto, None, &json!({})).unwrap();
            assert_eq!(read(&text, &other.verifying_key(crypto).unwrap()), Ok(()));
            for public in verifying(crypto, key) {
                assert_eq!(read(&text, &public), Err(JwtError::BadSignature), "{}", key.alg);
            }
        }
    });
}

#[test]
fn a_curve_that_the_provider_lacks_is_unsupported_in_every_form() {
    let mut lacking = Vec::new();
    for (name, crypto) in PROVIDERS {
        for key in KEYS.iter().filter(|key| !crypto.supports(key.alg)) {
            let unsupported =
                |error: Option<KeyError>| matches!(error, Some(KeyError::Unsupported(lacks)) if lacks.alg == key.alg);
            for file in key.private {
                assert!(unsupported(SigningKey::from_pem(crypto, &pem(file), None).err()), "{file}");
            }
            for file in key.public {
                let jwk = public_pem(file).unwrap();
                assert!(unsupported(jwk.verifying_key(crypto, &[key.alg]).err()), "{file}");
            }
            lacking.push((name, key.alg));
        }
    }
    assert_eq!(lacking, [("ring", Alg::Es512), ("ring", Alg::Es256K)]);
}

#[test]
fn a034_an_elliptic_key_in_sec1_with_one_octet_changed_is_refused() {
    each(|crypto| {
        for key in KEYS.iter().filter(|key| crypto.supports(key.alg)) {
            for (label, der) in
                key.private.iter().map(|name| block(name)).filter(|(label, _)| label == "EC PRIVATE KEY")
            {
                assert!(private_der(crypto, &label, &der, key.alg).is_ok());
                for at in 0..der.len() {
                    let mut changed = der.clone();
                    changed[at] ^= 1 << (at % 8);
                    assert!(private_der(crypto, &label, &changed, key.alg).is_err(), "{} octet {at}", key.alg);
                }
            }
        }
    });
}

#[test]
fn a034_a_prime_of_an_rsa_key_in_pkcs1_with_one_bit_changed_is_refused() {
    let (label, der) = block("rsa_2048_pkcs1");
    // Head, version, modulus, exponent: behind `d` stand the two primes.
    let d = 4 + 3 + (4 + 257) + 5;
    let length = usize::from(der[d + 2]) << 8 | usize::from(der[d + 3]);
    let p = d + 4 + length;
    assert_eq!(der[p..p + 4], [0x02, 0x81, 0x81, 0x00]);
    each(|crypto| {
        for alg in [Alg::Rs256, Alg::Ps256] {
            assert!(private_der(crypto, &label, &der, alg).is_ok());
            for at in [p + 4, p + 40, p + 131, p + 132 + 4, p + 132 + 131] {
                let mut changed = der.clone();
                changed[at] ^= 1;
                assert!(private_der(crypto, &label, &changed, alg).is_err(), "octet {at}");
            }
        }
    });
}

#[test]
fn a029_a_public_file_with_one_bit_of_its_key_changed_verifies_nothing() {
    each(|crypto| {
        for key in KEYS.iter().filter(|key| crypto.supports(key.alg)) {
            let text = signing(crypto, key)[0].sign(crypto, None, &json!({})).unwrap();
            let spki = signing(crypto, key)[0].public_jwk().unwrap().to_spki_der().unwrap();
            // The end of the point, or what is before the exponent of RSA.
            let (_, number) = spki.split_at(spki.len() - 32);
            let number = if matches!(key.alg, Alg::Rs256 | Alg::Ps256) { &number[..16] } else { number };
            for (label, der) in key.public.iter().map(|name| block(name)) {
                let at = der.windows(number.len()).position(|octets| octets == number).unwrap();
                let mut changed = der.clone();
                changed[at + 3] ^= 4;
                let verify = |der: &[u8]| {
                    let key = public_der(&label, der)?.verifying_key(crypto, &[key.alg])?;
                    Ok::<_, KeyError>(read(&text, &key))
                };
                assert_eq!(verify(&der), Ok(Ok(())), "{} {label}", key.alg);
                let refused = verify(&changed);
                assert!(matches!(refused, Err(KeyError::Rejected(_)) | Ok(Err(JwtError::BadSignature))), "{refused:?}");
                assert!(!key.alg.as_str().starts_with("ES") || refused.is_err(), "a point off the curve");
            }
        }
    });
}
