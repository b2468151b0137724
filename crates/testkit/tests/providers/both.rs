//! Two providers in one process: what one makes, the other takes, in both directions.
use alloc::sync::Arc;

use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_crypto::{CryptoProvider, LongDigestName, NewKey, PrivateKey, Verifier};
use symbolon_types::Alg;

use crate::{PROVIDERS, keys, load, sign, vectors::pem};

/// Each pair of providers, in both directions.
fn pairs() -> [[&'static CryptoProvider; 2]; 2] {
    let [(_, one), (_, other)] = PROVIDERS;
    [[one, other], [other, one]]
}

fn verifier(crypto: &CryptoProvider, alg: Alg, made_by: &Arc<dyn symbolon_crypto::Signer>) -> Arc<dyn Verifier> {
    crypto.signature(alg).unwrap().load_public(&made_by.public_key().as_ref()).unwrap()
}

#[test]
fn what_one_signs_the_other_verifies_for_every_shared_algorithm() {
    let mut shared = Vec::new();
    for [signing, verifying] in pairs() {
        for (alg, file, _) in keys(signing).filter(|key| verifying.supports(key.0)) {
            let (signer, _) = load(signing, alg, &pem(file));
            let verifier = verifier(verifying, alg, &signer);
            let signature = sign(signing, &signer, b"header.payload");
            assert_eq!(verifier.verify(b"header.payload", &signature), Ok(()), "{alg} {file}");
            for at in [0, signature.len() / 2, signature.len() - 1] {
                let mut other = signature.clone();
                other[at] ^= 1;
                assert!(verifier.verify(b"header.payload", &other).is_err(), "{alg} {file} octet {at}");
            }
            assert!(verifier.verify(b"header.payloaD", &signature).is_err(), "{alg} {file}");
            let (own, _) = load(verifying, alg, &pem(file));
            assert_eq!(own.public_key(), signer.public_key(), "{alg} {file}");
            shared.push(alg);
        }
    }
    shared.sort_unstable();
    shared.dedup();
    assert_eq!(shared.len(), 9);
}

#[test]
fn the_document_of_a_key_that_one_made_is_loaded_by_the_other() {
    let of = |kind| match kind {
        NewKey::P256 => Some(Alg::Es256),
        NewKey::P384 => Some(Alg::Es384),
        NewKey::Ed25519 => Some(Alg::Ed25519),
        NewKey::Rsa2048 => Some(Alg::Rs256),
        _ => None,
    };
    let mut made = 0;
    for [making, loading] in pairs() {
        for (generator, alg) in making.key_generators.iter().filter_map(|made| Some((made, of(made.kind())?))) {
            let document = generator.generate_pkcs8(making.random).unwrap();
            let algorithm = loading.signature(alg).unwrap();
            let signer = algorithm.load_private(&PrivateKey::Pkcs8(document.expose())).unwrap();
            let signature = sign(loading, &signer, b"message");
            assert_eq!(verifier(making, alg, &signer).verify(b"message", &signature), Ok(()), "{alg}");
            assert!(verifier(making, alg, &signer).verify(b"massage", &signature).is_err(), "{alg}");
            made += 1;
        }
    }
    assert_eq!(made, 3 + 4);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn digests_and_macs_are_the_same(key: Vec<u8>, message: Vec<u8>, at in any::<prop::sample::Index>()) {
        let [(_, one), (_, other)] = PROVIDERS;
        let (a, b) = message.split_at(at.index(message.len() + 1));
        prop_assert_eq!(one.sha256.digest(&[a, b]), other.sha256.digest(&[&message]));
        for name in [LongDigestName::Sha384, LongDigestName::Sha512] {
            let [one, other] = [one, other].map(|crypto| crypto.long_digest(name).unwrap());
            prop_assert_eq!(one.digest(&[a, b]), other.digest(&[&message]));
        }
        for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
            let [one, other] = [one, other].map(|crypto| crypto.load_mac(alg, &key).unwrap());
            prop_assert_eq!(one.sign(&[a, b]), other.sign(&[&message]));
            prop_assert_eq!(other.verify(&[a, b], &one.sign(&[&message])), Ok(()));
            prop_assert!(other.verify(&[a, b, b"x"], &one.sign(&[&message])).is_err());
        }
    }
}
