//! RFC 8037 Appendix A: Ed25519.
use symbolon_crypto_ring::{PROVIDER, types::Alg};

use crate::vectors::{Example, example};

#[test]
fn a_4_the_signature_is_reproduced_and_verifies_under_both_names() {
    let Example { key, message, signature } = example("rfc8037_a.json", "A.4");
    for alg in [Alg::EdDsa, Alg::Ed25519] {
        let algorithm = PROVIDER.signature(alg).unwrap();
        assert_eq!(algorithm.alg(), Alg::Ed25519);
        let signer = key.private(|key| algorithm.load_private(key)).unwrap();
        let mut made = Vec::new();
        signer.sign(PROVIDER.random, &message, &mut made).unwrap();
        assert_eq!(made, signature);
        assert_eq!(signer.public_key(), key.public());

        let verifier = algorithm.load_public(&key.public().as_ref()).unwrap();
        verifier.verify(&message, &signature).unwrap();
        verifier.verify(b"another", &signature).unwrap_err();
    }
}
