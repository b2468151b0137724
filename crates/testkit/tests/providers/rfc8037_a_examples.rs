//! RFC 8037 Appendix A: Ed25519.
use symbolon_types::Alg;

use crate::{
    each,
    vectors::{Example, example},
};

#[test]
fn a_4_the_signature_is_reproduced_and_verifies_under_both_names() {
    each(|crypto| {
        let Example { key, message, signature } = example("rfc8037-A.4");
        for alg in [Alg::EdDsa, Alg::Ed25519] {
            let algorithm = crypto.signature(alg).unwrap();
            assert_eq!(algorithm.alg(), Alg::Ed25519);
            let signer = key.private(|key| algorithm.load_private(key)).unwrap();
            let mut made = Vec::new();
            signer.sign(crypto.random, &message, &mut made).unwrap();
            assert_eq!(made, signature);
            assert_eq!(signer.public_key(), key.public());

            let verifier = algorithm.load_public(&key.public().as_ref()).unwrap();
            verifier.verify(&message, &signature).unwrap();
            verifier.verify(b"another", &signature).unwrap_err();
        }
    });
}
