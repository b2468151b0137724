//! RFC 5116 §5.2: AES-256-GCM. The known answers are test cases 14 and 16 of the GCM specification.
use proptest::{prelude::*, test_runner::RngSeed};
use symbolon_crypto::{AEAD_TAG_BYTES, OpenFailed};

use crate::{PROVIDERS, each, vectors::hex};

#[test]
fn the_known_answers_are_reproduced_and_open() {
    each(|crypto| {
        for (key, nonce, associated_data, clear, sealed) in [
            (
                "0000000000000000000000000000000000000000000000000000000000000000",
                "000000000000000000000000",
                "",
                "00000000000000000000000000000000",
                "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
            ),
            (
                "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ] {
            let key = crypto.aead.load(&hex(key).try_into().unwrap());
            let nonce = hex(nonce).try_into().unwrap();
            let mut text = hex(clear);
            key.seal(&nonce, &hex(associated_data), &mut text);
            assert_eq!(text, hex(sealed));
            key.open(&nonce, &hex(associated_data), &mut text).unwrap();
            assert_eq!(text, hex(clear));
        }
    });
}

#[test]
fn another_key_nonce_text_or_associated_data_does_not_open() {
    each(|crypto| {
        let key = crypto.aead.load(&[1; 32]);
        let mut sealed = b"pending".to_vec();
        key.seal(&[2; 12], b"client", &mut sealed);
        let opens = |key: &[u8; 32], nonce: &[u8; 12], associated_data: &[u8], sealed: &[u8]| {
            let mut text = sealed.to_vec();
            let answer = crypto.aead.load(key).open(nonce, associated_data, &mut text);
            (answer, text)
        };
        assert_eq!(opens(&[1; 32], &[2; 12], b"client", &sealed), (Ok(()), b"pending".to_vec()));
        let refused = (Err(OpenFailed), vec![]);
        assert_eq!(opens(&[3; 32], &[2; 12], b"client", &sealed), refused);
        assert_eq!(opens(&[1; 32], &[3; 12], b"client", &sealed), refused);
        assert_eq!(opens(&[1; 32], &[2; 12], b"clienT", &sealed), refused);
        for length in 0..sealed.len() {
            assert_eq!(opens(&[1; 32], &[2; 12], b"client", &sealed[..length]), refused, "cut to {length}");
        }
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(opens(&[1; 32], &[2; 12], b"client", &other), refused, "octet {at}");
        }
    });
}

#[test]
fn a_prepared_key_is_not_shown() {
    each(|crypto| {
        assert_eq!(format!("{:?}", crypto.aead.load(&[77; 32])), "Aes256GcmKey(..)");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_sealed_opens_with_either_provider(key: [u8; 32], nonce: [u8; 12], associated_data: Vec<u8>, clear: Vec<u8>) {
        let [mut sealed_by_one, mut sealed_by_other] = [clear.clone(), clear.clone()];
        let [one, other] = PROVIDERS.map(|(_, crypto)| crypto.aead.load(&key));
        one.seal(&nonce, &associated_data, &mut sealed_by_one);
        other.seal(&nonce, &associated_data, &mut sealed_by_other);
        prop_assert_eq!(&sealed_by_one, &sealed_by_other);
        prop_assert_eq!(sealed_by_one.len().checked_sub(clear.len()), Some(AEAD_TAG_BYTES));
        for key in [one, other] {
            let mut text = sealed_by_one.clone();
            prop_assert_eq!(key.open(&nonce, &associated_data, &mut text), Ok(()));
            prop_assert_eq!(&text, &clear);
        }
    }
}
