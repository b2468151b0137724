//! RFC 7518 §3, RFC 8037 §3.1: what a signer makes, the verifier of its public half takes.
use alloc::sync::Arc;

use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_crypto_ring::{
    PROVIDER,
    crypto::{NewKey, OwnedPublicKey, PrivateKey, RandomFailed, SecureRandom, Signer, Verifier},
    generate_ecdsa_p256_pkcs8, generate_ed25519_pkcs8,
    types::Alg,
};

use crate::vectors::pem;

fn load(alg: Alg, der: &[u8]) -> (Arc<dyn Signer>, Arc<dyn Verifier>) {
    let algorithm = PROVIDER.signature(alg).unwrap();
    let signer = algorithm.load_private(&PrivateKey::Pkcs8(der)).unwrap();
    let verifier = algorithm.load_public(&signer.public_key().as_ref()).unwrap();
    (signer, verifier)
}

/// Every algorithm with a key that OpenSSL made.
const KEYS: [(Alg, &str, usize); 11] = [
    (Alg::Rs256, "rsa_2048.pem", 256),
    (Alg::Rs384, "rsa_2048.pem", 256),
    (Alg::Rs512, "rsa_2048.pem", 256),
    (Alg::Ps256, "rsa_2048.pem", 256),
    (Alg::Ps384, "rsa_2048.pem", 256),
    (Alg::Ps512, "rsa_2048.pem", 256),
    (Alg::Rs256, "rsa_3072.pem", 384),
    (Alg::Ps256, "rsa_3072.pem", 384),
    (Alg::Es256, "p256.pem", 64),
    (Alg::Es384, "p384.pem", 96),
    (Alg::Ed25519, "ed25519.pem", 64),
];

#[test]
fn a_signature_verifies_and_one_flipped_bit_does_not() {
    for (alg, file, length) in KEYS {
        let (signer, verifier) = load(alg, &pem(file));
        let mut out = b"header.payload.".to_vec();
        signer.sign(PROVIDER.random, b"header.payload", &mut out).unwrap();
        let signature = out.strip_prefix(b"header.payload.").expect("signatures are appended");
        assert_eq!(signature.len(), length, "{alg} {file}");
        verifier.verify(b"header.payload", signature).unwrap();
        verifier.verify(b"header.paylobd", signature).unwrap_err();
        for at in 0..length {
            for bit in 0..8 {
                let mut other = signature.to_vec();
                other[at] ^= 1 << bit;
                verifier.verify(b"header.payload", &other).unwrap_err();
            }
        }
        verifier.verify(b"header.payload", &signature[1..]).unwrap_err();
        verifier.verify(b"header.payload", b"").unwrap_err();
    }
}

#[test]
fn a_signature_of_one_algorithm_or_key_is_none_of_another() {
    for (alg, file, _) in KEYS {
        let (signer, _) = load(alg, &pem(file));
        let mut signature = Vec::new();
        signer.sign(PROVIDER.random, b"message", &mut signature).unwrap();
        for (other_alg, other_file, _) in KEYS {
            let (_, verifier) = load(other_alg, &pem(other_file));
            assert_eq!(
                verifier.verify(b"message", &signature).is_ok(),
                (alg, file) == (other_alg, other_file),
                "{alg} {file} under {other_alg} {other_file}"
            );
        }
    }
}

#[test]
fn a_made_key_is_loaded_and_no_two_are_equal() {
    let make = |kind| PROVIDER.key_generator(kind).unwrap().generate_pkcs8(PROVIDER.random).unwrap();
    for (alg, [a, b]) in [
        (Alg::Es256, [generate_ecdsa_p256_pkcs8().unwrap(), make(NewKey::P256)]),
        (Alg::Es384, [make(NewKey::P384), make(NewKey::P384)]),
        (Alg::Ed25519, [generate_ed25519_pkcs8().unwrap(), make(NewKey::Ed25519)]),
    ] {
        assert!(a != b);
        let ((signer, verifier), (_, other)) = (load(alg, a.expose()), load(alg, b.expose()));
        let mut signature = Vec::new();
        signer.sign(PROVIDER.random, b"message", &mut signature).unwrap();
        verifier.verify(b"message", &signature).unwrap();
        other.verify(b"message", &signature).unwrap_err();
    }
}

#[test]
fn what_ring_lacks_is_absent_and_asking_for_it_names_it() {
    let has: Vec<Alg> = Alg::ALL.iter().copied().filter(|alg| PROVIDER.supports(*alg)).collect();
    let lacks: Vec<Alg> = Alg::ALL.iter().copied().filter(|alg| !has.contains(alg)).collect();
    assert_eq!((has.len(), lacks), (13, vec![Alg::Es512, Alg::Es256K]));
    for alg in [Alg::Es512, Alg::Es256K, Alg::Hs256, Alg::Hs384] {
        assert!(matches!(PROVIDER.signature(alg), Err(lacks) if lacks.alg == alg));
    }
    for alg in [Alg::Es512, Alg::Rs256] {
        assert!(matches!(PROVIDER.load_mac(alg, &[7; 64]), Err(lacks) if lacks.alg == alg));
    }
    for kind in NewKey::ALL {
        let made = [NewKey::P256, NewKey::P384, NewKey::Ed25519].contains(kind);
        assert_eq!(PROVIDER.key_generator(*kind).map_err(|lacks| lacks.kind).is_ok(), made, "{kind}");
    }
}

/// A source that has nothing to give.
#[derive(Debug)]
struct Dry;

impl SecureRandom for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomFailed> {
        Err(RandomFailed)
    }
}

#[test]
fn ring_asks_the_operating_system_and_not_the_given_source() {
    for (alg, file, _) in KEYS {
        let (signer, verifier) = load(alg, &pem(file));
        let mut signature = Vec::new();
        signer.sign(&Dry, b"message", &mut signature).unwrap();
        verifier.verify(b"message", &signature).unwrap();
    }
}

#[test]
fn published_numbers_have_no_leading_zeros_and_the_full_length() {
    for (alg, file, _) in KEYS {
        match load(alg, &pem(file)).0.public_key() {
            OwnedPublicKey::Rsa { n, e } => {
                assert_ne!(n[0], 0);
                assert_eq!(e, [1, 0, 1]);
            }
            OwnedPublicKey::Ec { curve, x, y } => {
                assert_eq!((x.len(), y.len()), (curve.coordinate_bytes(), curve.coordinate_bytes()));
            }
            OwnedPublicKey::Ed25519 { x } => assert_eq!(x.len(), 32),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_signer_shows_no_private_number() {
    // The seed of Ed25519 is the end of OpenSSL's document, the scalar of P-256 stands behind 36 octets.
    let (ed25519, p256) = (pem("ed25519.pem"), pem("p256.pem"));
    for (alg, der, secret) in [(Alg::Ed25519, &ed25519, &ed25519[16..24]), (Alg::Es256, &p256, &p256[36..44])] {
        let shown = format!("{:?}", load(alg, der).0);
        let octets = format!("{secret:?}").replace(['[', ']'], "");
        let digits = format!("{secret:02x?}").replace(['[', ']', ',', ' '], "");
        assert!(!shown.contains(&digits) && !shown.contains(&octets), "{shown}");
    }
}

#[test]
fn randomness_fills_the_whole_slice_and_differs() {
    let (mut a, mut b) = ([0; 64], [0; 64]);
    PROVIDER.random.fill(&mut a).unwrap();
    PROVIDER.random.fill(&mut b).unwrap();
    PROVIDER.random.fill(&mut []).unwrap();
    assert_ne!(a, b);
    assert!(a.chunks(16).all(|part| part != [0; 16]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_signed_and_no_other_has_that_signature(message: Vec<u8>, other: Vec<u8>) {
        for (alg, file, _) in KEYS {
            let (signer, verifier) = load(alg, &pem(file));
            let mut signature = Vec::new();
            signer.sign(PROVIDER.random, &message, &mut signature).unwrap();
            prop_assert!(verifier.verify(&message, &signature).is_ok());
            prop_assert_eq!(verifier.verify(&other, &signature).is_ok(), message == other);
        }
    }
}
