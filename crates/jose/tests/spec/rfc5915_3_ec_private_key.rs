use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{KeyError, SigningKey};
use symbolon_types::Alg;

use crate::support::{P256, P384, cut_and_lengthened, der, each_octet_changed, read, relabelled};

const P256_SEC1: &str = include_str!("../vectors/p256_sec1.pem");
const P384_SEC1: &str = include_str!("../vectors/p384_sec1.pem");
const WITH_PARAMETERS: &str = include_str!("../vectors/p256_sec1_parameters.pem");

fn load(pem: &str, alg: Option<Alg>) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&PROVIDER, pem, alg)
}

fn load_der(der: &[u8]) -> Result<SigningKey, KeyError> {
    SigningKey::from_sec1_der(&PROVIDER, der, None)
}

#[test]
fn it_is_the_key_of_the_pkcs8_file() {
    for (sec1, pkcs8, alg) in [(P256_SEC1, P256, Alg::Es256), (P384_SEC1, P384, Alg::Es384)] {
        for key in [load(sec1, None).unwrap(), load(sec1, Some(alg)).unwrap(), load_der(&der(sec1)).unwrap()] {
            assert_eq!(key.alg(), alg);
            assert_eq!(key.public_jwk(), load(pkcs8, None).unwrap().public_jwk());
            let text = key.sign(&PROVIDER, None, &serde_json::json!({ "sub": "a" })).unwrap();
            assert!(read(&text, alg).is_ok());
        }
    }
}

#[test]
fn an_algorithm_for_other_keys_is_refused() {
    for alg in [Alg::Es384, Alg::Rs256, Alg::Ed25519, Alg::Hs256] {
        assert_eq!(load(P256_SEC1, Some(alg)).err(), Some(KeyError::AlgKeyMismatch), "{alg}");
    }
}

#[test]
fn ec_parameters_before_the_key_name_its_curve() {
    assert_eq!(load(WITH_PARAMETERS, None).unwrap().public_jwk(), load(P256, None).unwrap().public_jwk());
    let (parameters, _) = WITH_PARAMETERS.split_once("-----BEGIN EC PRIVATE KEY").unwrap();
    let other_curve = format!("{parameters}{P384_SEC1}");
    assert_eq!(load(&other_curve, None).err(), Some(KeyError::EcParametersMismatch));
    let explicit = relabelled(include_str!("../vectors/p256_public.pem"), "EC PARAMETERS");
    assert_eq!(load(&format!("{explicit}{P256_SEC1}"), None).err(), Some(KeyError::UnsupportedKeyType));
    assert!(matches!(load(&format!("{parameters}{P256}"), None), Err(KeyError::PemLabel { .. })));
    assert_eq!(load(&format!("{P256_SEC1}{parameters}"), None).err(), Some(KeyError::MalformedPem));
}

#[test]
fn a_key_without_its_public_half_is_told_what_it_lacks() {
    let error = load(include_str!("../vectors/p256_sec1_no_public.pem"), None).unwrap_err();
    assert_eq!(error, KeyError::MissingField { name: "publicKey" });
    assert_eq!(error.to_string(), "the key has no `publicKey`");
}

#[test]
fn other_curves_and_numbers_of_a_curve_are_refused() {
    for pem in [include_str!("../vectors/p521_sec1.pem"), include_str!("../vectors/p256_sec1_explicit.pem")] {
        assert!(matches!(load(pem, None), Err(KeyError::UnsupportedKeyType | KeyError::Unsupported(_))));
    }
}

#[test]
fn a034_a_key_that_was_cut_or_changed_is_refused() {
    for pem in [P256_SEC1, P384_SEC1] {
        let der = der(pem);
        assert!(load_der(&der).is_ok());
        for bad in cut_and_lengthened(&der) {
            assert_eq!(load_der(&bad).err(), Some(KeyError::MalformedDer { name: "ECPrivateKey" }));
        }
        // The public half is compared, so that no changed octet is taken.
        for (at, bad) in each_octet_changed(&der) {
            assert!(load_der(&bad).is_err(), "octet {at}");
        }
    }
}

#[test]
fn a034_halves_of_two_keys_are_refused() {
    let ours = der(P256_SEC1);
    let theirs = crate::support::other_key().public_jwk().unwrap().to_spki_der().unwrap();
    let mut mixed = ours.clone();
    let point = mixed.len() - 64;
    mixed[point..].copy_from_slice(&theirs[theirs.len() - 64..]);
    assert!(matches!(load_der(&mixed), Err(KeyError::Rejected(_))));
}
