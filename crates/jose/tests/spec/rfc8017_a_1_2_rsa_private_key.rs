use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{KeyError, SigningKey};
use symbolon_types::Alg;

use crate::support::{RSA, cut_and_lengthened, der, each_octet_changed, read};

const PKCS1: &str = include_str!("../vectors/rsa_2048_pkcs1.pem");

fn load(pem: &str, alg: Option<Alg>) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&PROVIDER, pem, alg)
}

fn load_der(der: &[u8]) -> Result<SigningKey, KeyError> {
    SigningKey::from_pkcs1_der(&PROVIDER, der, None)
}

#[test]
fn it_is_the_key_of_the_pkcs8_file() {
    for (key, alg) in [
        (load(PKCS1, None).unwrap(), Alg::Rs256),
        (load(PKCS1, Some(Alg::Ps256)).unwrap(), Alg::Ps256),
        (load_der(&der(PKCS1)).unwrap(), Alg::Rs256),
    ] {
        assert_eq!(key.alg(), alg);
        assert_eq!(key.public_jwk(), load(RSA, Some(alg)).unwrap().public_jwk());
        let text = key.sign(&PROVIDER, None, &serde_json::json!({ "sub": "a" })).unwrap();
        assert!(read(&text, alg).is_ok());
    }
}

#[test]
fn an_algorithm_for_other_keys_is_refused() {
    for alg in [Alg::Es256, Alg::Ed25519, Alg::Hs256] {
        assert_eq!(load(PKCS1, Some(alg)).err(), Some(KeyError::AlgKeyMismatch), "{alg}");
    }
}

#[test]
fn a032_a033_weak_keys_are_refused() {
    for weak in [include_str!("../vectors/rsa_1024_pkcs1.pem"), include_str!("../vectors/rsa_2048_e3_pkcs1.pem")] {
        assert_eq!(load(weak, None).err(), Some(KeyError::WeakKey));
    }
}

#[test]
fn a034_a_key_that_was_cut_or_changed_is_refused() {
    let der = der(PKCS1);
    assert!(load_der(&der).is_ok());
    for bad in cut_and_lengthened(&der) {
        assert_eq!(load_der(&bad).err(), Some(KeyError::MalformedDer { name: "RSAPrivateKey" }));
    }
    // Signing does without `d`: ring asks only that it is odd and in range. It signs with the five numbers after it,
    // which are compared with the modulus, and by a signature with each other.
    let d = exponent(&der);
    let public = load_der(&der).unwrap().public_jwk();
    for (at, bad) in each_octet_changed(&der) {
        match load_der(&bad) {
            Ok(key) => {
                assert!(d.contains(&at), "octet {at}");
                assert_eq!(key.public_jwk(), public);
            }
            Err(error) => assert!(matches!(
                error,
                KeyError::MalformedDer { .. }
                    | KeyError::Rejected(_)
                    | KeyError::WeakKey
                    | KeyError::UnsupportedKeyType
            )),
        }
    }
}

/// Where the content of `d` stands: after the head, version, modulus and exponent of a key of 2048 bits.
fn exponent(der: &[u8]) -> core::ops::Range<usize> {
    let start = 4 + 3 + (4 + 257) + 5;
    let length = usize::from(der[start + 2]) << 8 | usize::from(der[start + 3]);
    assert_eq!(&der[start..start + 2], [0x02, 0x82]);
    start + 4..start + 4 + length
}
