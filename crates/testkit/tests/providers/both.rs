//! Two providers in one process: what one makes, the other takes, in both directions.
use alloc::sync::Arc;

use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_crypto::{CryptoProvider, LongDigestName, NewKey, OwnedPublicKey, PrivateKey, Verifier};
use symbolon_types::Alg;

use crate::{
    PROVIDERS, each, keys, load, sign,
    vectors::{hex, pem},
};

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

/// Documents of version 2 are no longer made, and are still read.
#[test]
fn an_ed25519_document_with_its_public_half_loads_and_with_another_public_half_does_not() {
    let own = pem("ed25519.pem");
    let (_, seed) = own.split_at(16);
    each(|crypto| {
        let (signer, _) = load(crypto, Alg::Ed25519, &own);
        let OwnedPublicKey::Ed25519 { mut x } = signer.public_key() else { panic!("another kind of key") };
        // RFC 5958 §2: version 1, and `[1] IMPLICIT BIT STRING`.
        let of_version_2 = |x: &[u8]| [&hex("3051020101300506032b657004220420")[..], seed, &hex("812100"), x].concat();
        let (again, _) = load(crypto, Alg::Ed25519, &of_version_2(&x));
        assert_eq!(again.public_key(), signer.public_key());
        x[0] ^= 1;
        let other = of_version_2(&x);
        assert!(crypto.signature(Alg::Ed25519).unwrap().load_private(&PrivateKey::Pkcs8(&other)).is_err());
    });
}

/// RFC 8410 §7, with RFC 5208 §5: what OpenSSL 3.0 reads, which a document with the public half in it is not.
#[test]
fn a_made_key_is_of_version_1_and_one_for_ed25519_is_its_seed_and_no_more() {
    let mut kinds = 0;
    for [making, loading] in pairs() {
        for generator in making.key_generators.iter().filter(|made| made.kind() != NewKey::Rsa4096) {
            let document = generator.generate_pkcs8(making.random).unwrap();
            let version = document.expose().windows(3).position(|octets| octets[..2] == [2, 1]).unwrap();
            assert!(version <= 4 && document.expose()[version + 2] == 0, "{}", generator.kind());
            kinds += 1;
        }
        let made = || making.key_generator(NewKey::Ed25519).unwrap().generate_pkcs8(making.random).unwrap();
        let (a, b) = (made(), made());
        for document in [&a, &b] {
            let (before, seed) = document.expose().split_at(16);
            assert_eq!(before, hex("302e020100300506032b657004220420"));
            assert_eq!((seed.len(), seed == [0; 32]), (32, false));
        }
        assert!(a != b);
        for crypto in [making, loading] {
            let (signer, _) = load(making, Alg::Ed25519, a.expose());
            let (again, verifier) = load(crypto, Alg::Ed25519, a.expose());
            assert_eq!(again.public_key(), signer.public_key());
            let signature = sign(making, &signer, b"message");
            assert_eq!(signature, sign(crypto, &again, b"message"));
            assert_eq!(verifier.verify(b"message", &signature), Ok(()));
            let (_, other) = load(crypto, Alg::Ed25519, b.expose());
            assert!(other.verify(b"message", &signature).is_err());
            let refused =
                |der: &[u8]| crypto.signature(Alg::Ed25519).unwrap().load_private(&PrivateKey::Pkcs8(der)).is_err();
            assert!(refused(&a.expose()[..47]) && refused(&[a.expose(), &[0]].concat()));
        }
    }
    assert_eq!(kinds, 3 + 10);
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
