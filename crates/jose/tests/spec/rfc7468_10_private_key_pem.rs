use symbolon_crypto::NewKey;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwtError, KeyError, SigningKey, UnverifiedJwt};
use symbolon_types::Alg;

use crate::support::{
    ASYMMETRIC, ED25519, P256, P384, RSA, cut_and_lengthened, der, each_octet_changed, pem, relabelled,
};

fn load(pem: &str, alg: Option<Alg>) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&PROVIDER, pem, alg)
}

#[test]
fn the_key_says_which_algorithm_it_is_for() {
    for (pem, alg) in [(RSA, Alg::Rs256), (P256, Alg::Es256), (P384, Alg::Es384), (ED25519, Alg::Ed25519)] {
        assert_eq!(load(pem, None).unwrap().alg(), alg);
        assert_eq!(SigningKey::from_pkcs8_der(&PROVIDER, &der(pem), None).unwrap().alg(), alg);
    }
    for alg in ASYMMETRIC {
        assert_eq!(load(pem(alg), Some(alg)).unwrap().alg(), alg);
    }
}

#[test]
fn an_algorithm_for_other_keys_is_refused() {
    for alg in ASYMMETRIC {
        let fits = |other: Alg| ASYMMETRIC.contains(&other) && pem(other) == pem(alg);
        for other in Alg::ALL.iter().copied().filter(|other| !fits(*other)) {
            assert_eq!(load(pem(alg), Some(other)).err(), Some(KeyError::AlgKeyMismatch), "{alg} {other}");
        }
    }
}

#[test]
fn other_blocks_are_refused_and_named() {
    for (pem, found) in [
        (include_str!("../vectors/p256_encrypted.pem"), "`ENCRYPTED PRIVATE KEY`"),
        (include_str!("../vectors/rsa_2048_pkcs1_encrypted.pem"), "an encrypted `RSA PRIVATE KEY`"),
        (include_str!("../vectors/rsa_2048_public.pem"), "`PUBLIC KEY`"),
        (include_str!("../vectors/rsa_2048_pkcs1_public.pem"), "`RSA PUBLIC KEY`"),
        (include_str!("../vectors/rsa_2048_certificate.pem"), "`CERTIFICATE`"),
    ] {
        let expected = "`PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` or `EC PRIVATE KEY`";
        let error = load(pem, None).unwrap_err();
        assert_eq!(error, KeyError::PemLabel { expected, found });
        assert_eq!(error.to_string(), format!("expected a PEM block {expected}, found {found}"));
    }
}

#[test]
fn a_label_is_believed() {
    for (pem, label, name) in [
        (RSA, "RSA PRIVATE KEY", "RSAPrivateKey"),
        (P256, "EC PRIVATE KEY", "ECPrivateKey"),
        (include_str!("../vectors/rsa_2048_pkcs1.pem"), "PRIVATE KEY", "PrivateKeyInfo"),
        (include_str!("../vectors/rsa_2048_pkcs1.pem"), "EC PRIVATE KEY", "ECPrivateKey"),
        (include_str!("../vectors/p256_sec1.pem"), "PRIVATE KEY", "PrivateKeyInfo"),
        (include_str!("../vectors/p256_sec1.pem"), "RSA PRIVATE KEY", "RSAPrivateKey"),
    ] {
        assert!(load(pem, None).is_ok());
        assert_eq!(load(&relabelled(pem, label), None).err(), Some(KeyError::MalformedDer { name }), "{label}");
    }
}

#[test]
fn keys_of_other_kinds_and_weak_ones_are_refused() {
    let p521 = include_str!("../vectors/p521.pem");
    assert!(matches!(load(p521, None).err(), Some(KeyError::Unsupported(lacks)) if lacks.alg == Alg::Es512));
    assert_eq!(load(p521, Some(Alg::Es256)).err(), Some(KeyError::AlgKeyMismatch));
    for weak in [include_str!("../vectors/rsa_1024.pem"), include_str!("../vectors/rsa_2048_e3.pem")] {
        assert!(matches!(load(weak, None).unwrap_err(), KeyError::Rejected(_) | KeyError::WeakKey));
    }
    let pss = include_str!("../vectors/rsa_2048_pss.pem");
    assert_eq!(load(pss, None).err(), Some(KeyError::RsassaPssKey));
    assert!(load(include_str!("../vectors/rsa_2048.pem"), Some(Alg::Ps256)).is_ok());
}

#[test]
fn a_made_key_signs_and_its_document_loads_again() {
    for alg in [Alg::Es256, Alg::Es384, Alg::Ed25519, Alg::EdDsa] {
        let (key, der) = SigningKey::generate(&PROVIDER, alg).unwrap();
        let again = SigningKey::from_pkcs8_der(&PROVIDER, der.expose(), Some(alg)).unwrap();
        let text = key.sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
        let read =
            |key: &SigningKey| UnverifiedJwt::parse(&text).unwrap().verify(&key.verifying_key(&PROVIDER).unwrap());
        assert!(read(&again).is_ok(), "{alg}");
        let (other, _) = SigningKey::generate(&PROVIDER, alg).unwrap();
        assert_eq!(read(&other).err(), Some(JwtError::BadSignature), "{alg}");
    }
    for (alg, kind) in [(Alg::Rs256, NewKey::Rsa3072), (Alg::Es512, NewKey::P521), (Alg::Es256K, NewKey::Secp256k1)] {
        let made = SigningKey::generate(&PROVIDER, alg);
        assert!(matches!(made.err(), Some(KeyError::NoGenerator(lacks)) if lacks.kind == kind), "{alg}");
    }
    for mac in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
        assert_eq!(SigningKey::generate(&PROVIDER, mac).err(), Some(KeyError::AlgKeyMismatch));
    }
}

#[test]
fn a_key_that_was_cut_or_lengthened_is_refused() {
    for pem in [RSA, P256, P384, ED25519] {
        let der = der(pem);
        assert!(SigningKey::from_pkcs8_der(&PROVIDER, &der, None).is_ok());
        for bad in cut_and_lengthened(&der) {
            assert!(SigningKey::from_pkcs8_der(&PROVIDER, &bad, None).is_err());
        }
    }
}

#[test]
fn a034_a_changed_key_is_refused_or_has_a_public_half_of_its_own() {
    for pem in [P256, P384, ED25519] {
        let der = der(pem);
        let public = load(pem, None).unwrap().public_jwk();
        for (at, bad) in each_octet_changed(&der) {
            if let Ok(other) = SigningKey::from_pkcs8_der(&PROVIDER, &bad, None) {
                // The file of the Ed25519 key is without public half: any 32 octets are a key.
                assert!(pem == ED25519 && at >= der.len() - 32, "octet {at}");
                assert_ne!(other.public_jwk(), public, "octet {at}");
            }
        }
    }
}

#[test]
fn a034_debug_and_errors_show_nothing_of_a_key() {
    for text in [RSA, P256, P384, ED25519] {
        let key = load(text, None).unwrap().with_kid("the kid");
        let shown = format!("{key:?}");
        assert!(shown.contains("the kid"));
        let broken = text.replacen("PRIVATE KEY-----\n", "PRIVATE KEY-----\n!", 1);
        let error = load(&broken, None).unwrap_err();
        for line in text.lines().filter(|line| !line.starts_with('-')) {
            assert!(!shown.contains(&line[..8]) && !format!("{error} {error:?}").contains(&line[..8]));
        }
        assert_eq!(error, KeyError::MalformedPem);
    }
}
