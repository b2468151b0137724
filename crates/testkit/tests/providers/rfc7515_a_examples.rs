//! RFC 7515 Appendix A.1 to A.4.
use symbolon_crypto::CryptoProvider;
use symbolon_types::Alg;

use crate::{
    PROVIDERS, each,
    vectors::{Example, base64url, example, worked},
};

#[test]
fn a_1_the_hs256_mac_is_reproduced_and_another_message_has_another() {
    each(|crypto| {
        let Example { message, signature, .. } = example("rfc7515-A.1");
        let key = crypto.hmac_sha256.load(&base64url(&worked("rfc7515-A.1")["key"], "k"));
        assert_eq!(key.sign(&[&message]), *signature);
        assert_ne!(key.sign(&[&message, b"x"]), *signature);
    });
}

#[test]
fn a_2_the_rs256_signature_is_reproduced_and_verifies() {
    each(|crypto| {
        let Example { key, message, signature } = example("rfc7515-A.2");
        let algorithm = crypto.signature(Alg::Rs256).unwrap();
        let signer = key.private(|key| algorithm.load_private(key)).unwrap();
        let mut made = Vec::new();
        signer.sign(crypto.random, &message, &mut made).unwrap();
        assert_eq!(made, signature);
        assert_eq!(signer.public_key(), key.public());

        let verifier = algorithm.load_public(&key.public().as_ref()).unwrap();
        verifier.verify(&message, &signature).unwrap();
        verifier.verify(b"another", &signature).unwrap_err();
        let pss = crypto.signature(Alg::Ps256).unwrap().load_public(&key.public().as_ref()).unwrap();
        pss.verify(&message, &signature).unwrap_err();
    });
}

fn ecdsa(crypto: &CryptoProvider, alg: Alg, name: &str) {
    let Example { key, message, signature } = example(name);
    let algorithm = crypto.signature(alg).unwrap();
    let verifier = algorithm.load_public(&key.public().as_ref()).unwrap();
    verifier.verify(&message, &signature).unwrap();
    verifier.verify(b"another", &signature).unwrap_err();

    let signer = key.private(|key| algorithm.load_private(key)).unwrap();
    assert_eq!(signer.public_key(), key.public());
    let mut made = Vec::new();
    signer.sign(crypto.random, &message, &mut made).unwrap();
    verifier.verify(&message, &made).unwrap();
    assert_ne!(made, signature, "each signature has its own nonce");
}

#[test]
fn a_3_the_es256_signature_verifies_and_the_key_signs() {
    each(|crypto| ecdsa(crypto, Alg::Es256, "rfc7515-A.3"));
}

#[test]
fn a_4_the_es512_signature_verifies_and_the_key_signs() {
    for (name, crypto) in PROVIDERS {
        match crypto.signature(Alg::Es512) {
            Ok(_) => ecdsa(crypto, Alg::Es512, "rfc7515-A.4"),
            Err(lacks) => assert_eq!((name, lacks.alg), ("ring", Alg::Es512)),
        }
    }
}
