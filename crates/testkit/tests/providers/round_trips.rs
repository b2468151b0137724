//! RFC 7518 §3, RFC 8037 §3.1, RFC 8812 §3.2: what a signer makes, the verifier of its public half takes.
use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_crypto::{NewKey, OwnedPublicKey, RandomFailed, SecureRandom};
use symbolon_types::Alg;

use crate::{PROVIDERS, each, keys, load, sign, vectors::pem};

#[test]
fn a_signature_verifies_and_one_flipped_bit_does_not() {
    each(|crypto| {
        for (alg, file, length) in keys(crypto) {
            let (signer, verifier) = load(crypto, alg, &pem(file));
            let mut out = b"header.payload.".to_vec();
            signer.sign(crypto.random, b"header.payload", &mut out).unwrap();
            let signature = out.strip_prefix(b"header.payload.").expect("signatures are appended");
            assert_eq!(signature.len(), length, "{alg} {file}");
            verifier.verify(b"header.payload", signature).unwrap();
            verifier.verify(b"header.paylobd", signature).unwrap_err();
            for at in 0..length {
                // Each bit of the longer signatures takes seconds: there each octet has one of its bits flipped.
                let bits = if length >= 256 { at % 8..at % 8 + 1 } else { 0..8 };
                for bit in bits {
                    let mut other = signature.to_vec();
                    other[at] ^= 1 << bit;
                    verifier.verify(b"header.payload", &other).unwrap_err();
                }
            }
            verifier.verify(b"header.payload", &signature[1..]).unwrap_err();
            verifier.verify(b"header.payload", b"").unwrap_err();
        }
    });
}

#[test]
fn a_signature_of_one_algorithm_or_key_is_none_of_another() {
    each(|crypto| {
        for (alg, file, _) in keys(crypto) {
            let (signer, _) = load(crypto, alg, &pem(file));
            let signature = sign(crypto, &signer, b"message");
            for (other_alg, other_file, _) in keys(crypto) {
                let (_, verifier) = load(crypto, other_alg, &pem(other_file));
                assert_eq!(
                    verifier.verify(b"message", &signature).is_ok(),
                    (alg, file) == (other_alg, other_file),
                    "{alg} {file} under {other_alg} {other_file}"
                );
            }
        }
    });
}

/// What a new key is for.
fn algorithm(kind: NewKey) -> Alg {
    match kind {
        NewKey::P256 => Alg::Es256,
        NewKey::P384 => Alg::Es384,
        NewKey::P521 => Alg::Es512,
        NewKey::Secp256k1 => Alg::Es256K,
        NewKey::Ed25519 => Alg::Ed25519,
        NewKey::MlDsa44 => Alg::MlDsa44,
        NewKey::MlDsa65 => Alg::MlDsa65,
        NewKey::MlDsa87 => Alg::MlDsa87,
        NewKey::Rsa2048 | NewKey::Rsa3072 | NewKey::Rsa4096 => Alg::Ps256,
        other => panic!("{other} is of no algorithm"),
    }
}

#[test]
fn a_made_key_is_loaded_and_no_two_are_equal() {
    each(|crypto| {
        for generator in crypto.key_generators {
            let kind = generator.kind();
            // A second key of 4096 bits would take as long as all the others.
            let rest = if kind == NewKey::Rsa4096 { NewKey::Rsa2048 } else { kind };
            let a = generator.generate_pkcs8(crypto.random).unwrap();
            let b = crypto.key_generator(rest).unwrap().generate_pkcs8(crypto.random).unwrap();
            assert!(a != b);
            let alg = algorithm(kind);
            let ((signer, verifier), (_, other)) = (load(crypto, alg, a.expose()), load(crypto, alg, b.expose()));
            let signature = sign(crypto, &signer, b"message");
            verifier.verify(b"message", &signature).unwrap();
            other.verify(b"message", &signature).unwrap_err();
            if let OwnedPublicKey::Rsa { n, e } = signer.public_key() {
                let bits = match kind {
                    NewKey::Rsa2048 => 2048,
                    NewKey::Rsa3072 => 3072,
                    _ => 4096,
                };
                assert_eq!((n.len() * 8, n[0] >= 0x80, &e[..]), (bits, true, &[1, 0, 1][..]), "{kind}");
            }
        }
    });
}

#[test]
fn what_a_provider_lacks_is_absent_and_asking_for_it_names_it() {
    for (name, crypto) in PROVIDERS {
        let lacks: Vec<Alg> = Alg::ALL.iter().copied().filter(|alg| !crypto.supports(*alg)).collect();
        let makes: Vec<NewKey> = crypto.key_generators.iter().map(|generator| generator.kind()).collect();
        let expected = match name {
            "ring" => (
                vec![Alg::Es512, Alg::Es256K, Alg::MlDsa44, Alg::MlDsa65, Alg::MlDsa87],
                vec![NewKey::P256, NewKey::P384, NewKey::Ed25519],
            ),
            _ => (vec![], NewKey::ALL.to_vec()),
        };
        assert_eq!((lacks.clone(), makes.clone()), expected, "{name}");
        for alg in lacks.into_iter().chain([Alg::Hs256, Alg::Hs384, Alg::Hs512]) {
            assert!(matches!(crypto.signature(alg), Err(lacks) if lacks.alg == alg));
        }
        for alg in Alg::ALL.iter().copied().filter(|alg| !alg.is_symmetric()) {
            assert!(matches!(crypto.load_mac(alg, &[7; 64]), Err(lacks) if lacks.alg == alg));
        }
        for kind in NewKey::ALL.iter().filter(|kind| !makes.contains(kind)) {
            assert!(matches!(crypto.key_generator(*kind), Err(lacks) if lacks.kind == *kind));
        }
        assert!(
            matches!(crypto.with_long_macs(&[]).load_mac(Alg::Hs384, &[7; 64]), Err(lacks) if lacks.alg == Alg::Hs384)
        );
        assert!(crypto.with_long_macs(&[]).load_mac(Alg::Hs256, &[7; 64]).is_ok(), "never absent");
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
fn a140_the_backends_ask_their_own_source_and_an_ecdsa_nonce_is_used_once() {
    each(|crypto| {
        for (alg, file, length) in keys(crypto) {
            let (signer, verifier) = load(crypto, alg, &pem(file));
            let signature = || {
                let mut signature = Vec::new();
                signer.sign(&Dry, b"message", &mut signature).unwrap();
                verifier.verify(b"message", &signature).unwrap();
                signature
            };
            let (one, other) = (signature(), signature());
            match alg {
                // The first half is the point of the nonce.
                Alg::Es256 | Alg::Es384 | Alg::Es512 | Alg::Es256K => {
                    assert_ne!(one[..length / 2], other[..length / 2], "{alg}");
                }
                // RFC 8032 §5.1.6, RFC 8017 §8.2.1: nothing in them is random.
                Alg::Ed25519 | Alg::Rs256 | Alg::Rs384 | Alg::Rs512 => assert_eq!(one, other, "{alg}"),
                _ => assert_ne!(one, other, "{alg}"),
            }
        }
        assert!(crypto.key_generator(NewKey::P384).unwrap().generate_pkcs8(&Dry).is_ok());
    });
}

#[test]
fn published_numbers_have_no_leading_zeros_and_the_full_length() {
    each(|crypto| {
        for (alg, file, _) in keys(crypto) {
            match load(crypto, alg, &pem(file)).0.public_key() {
                OwnedPublicKey::Rsa { n, e } => {
                    assert_ne!(n[0], 0);
                    assert_eq!(e, [1, 0, 1]);
                }
                OwnedPublicKey::Ec { curve, x, y } => {
                    assert_eq!((x.len(), y.len()), (curve.coordinate_bytes(), curve.coordinate_bytes()));
                }
                OwnedPublicKey::Ed25519 { x } => assert_eq!(x.len(), 32),
                OwnedPublicKey::Akp { alg: own, public } => {
                    let length = [(Alg::MlDsa44, 1312), (Alg::MlDsa65, 1952), (Alg::MlDsa87, 2592)];
                    assert!(own == alg && length.contains(&(alg, public.len())));
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

/// Whether eight octets of `secret` in a row that are none of the public half stand in a text, in decimal or hexadecimal.
pub(crate) fn shows(text: &str, secret: &[u8], public: &[u8]) -> bool {
    let text: String = text.to_lowercase().split_whitespace().collect();
    let digits = text.replace([',', ':'], "").replace("0x", "");
    let mut private = secret.windows(8).filter(|octets| !public.windows(8).any(|known| known == *octets));
    private.any(|octets| {
        let decimal = format!("{octets:?}").replace(['[', ']', ' '], "");
        let hexadecimal = format!("{octets:02x?}").replace(['[', ']', ',', ' '], "");
        text.contains(&decimal) || digits.contains(&hexadecimal)
    })
}

/// The octets of a public half as documents have them.
pub(crate) fn public_octets(key: &OwnedPublicKey) -> Vec<u8> {
    match key {
        OwnedPublicKey::Rsa { n, e } => {
            let [high, low] = u16::try_from(n.len() + 1).unwrap().to_be_bytes();
            [&[2, 0x82, high, low, 0], &n[..], &[2, u8::try_from(e.len()).unwrap()], e].concat()
        }
        OwnedPublicKey::Ec { x, y, .. } => [&[4], &x[..], y].concat(),
        OwnedPublicKey::Ed25519 { x } => x.clone(),
        OwnedPublicKey::Akp { public, .. } => public.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signer_and_a_mac_key_show_no_private_number_and_one_that_stands_there_is_found() {
    each(|crypto| {
        for (alg, file, _) in keys(crypto) {
            let der = pem(file);
            let (signer, _) = load(crypto, alg, &der);
            let public = public_octets(&signer.public_key());
            for shown in [format!("{signer:?}"), format!("{signer:#?}")] {
                assert!(!shows(&shown, &der, &public), "{alg} {file}: {shown}");
            }
            for shown in [format!("{der:?}"), format!("{der:#?}"), format!("{der:02x?}"), format!("{der:02X?}")] {
                assert!(shows(&shown, &der, &public), "{alg} {file}");
            }
            assert!(!shows(&format!("{public:?}"), &der, &public), "{alg} {file}");
        }
        let secret: Vec<u8> = (100..164).collect();
        for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
            let key = crypto.load_mac(alg, &secret).unwrap();
            for shown in [format!("{key:?}"), format!("{key:#?}")] {
                assert!(!shows(&shown, &secret, &[]), "{alg}: {shown}");
                assert!(shows(&format!("{shown} {secret:?}"), &secret, &[]), "{alg}");
            }
        }
    });
}

#[test]
fn randomness_fills_the_whole_slice_and_differs() {
    each(|crypto| {
        let (mut a, mut b) = ([0; 64], [0; 64]);
        crypto.random.fill(&mut a).unwrap();
        crypto.random.fill(&mut b).unwrap();
        crypto.random.fill(&mut []).unwrap();
        assert_ne!(a, b);
        assert!(a.chunks(16).all(|part| part != [0; 16]));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_signed_and_no_other_has_that_signature(message: Vec<u8>, other: Vec<u8>) {
        for (_, crypto) in PROVIDERS {
            for (alg, file, _) in keys(crypto) {
                let (signer, verifier) = load(crypto, alg, &pem(file));
                let signature = sign(crypto, &signer, &message);
                prop_assert!(verifier.verify(&message, &signature).is_ok());
                prop_assert_eq!(verifier.verify(&other, &signature).is_ok(), message == other);
            }
        }
    }

    #[test]
    fn every_message_has_a_mac_and_no_other_has_the_same(key: [u8; 64], message: Vec<u8>, other: Vec<u8>) {
        for (_, crypto) in PROVIDERS {
            for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
                let key = crypto.load_mac(alg, &key).unwrap();
                let mac = key.sign(&[&message]);
                prop_assert!(key.verify(&[&message], &mac).is_ok());
                prop_assert_eq!(key.verify(&[&other], &mac).is_ok(), message == other);
            }
        }
    }
}
