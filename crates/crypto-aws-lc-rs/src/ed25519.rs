use alloc::{sync::Arc, vec::Vec};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use symbolon_crypto::{
    BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed, SignatureAlgorithm,
    Signer, Verifier,
};
use symbolon_types::Alg;

use crate::der;

/// Ed25519 ([RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1),
/// [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2)).
#[derive(Debug)]
pub(crate) struct Ed25519;

impl SignatureAlgorithm for Ed25519 {
    fn alg(&self) -> Alg {
        Alg::Ed25519
    }

    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        key.check()?;
        let PublicKey::Ed25519 { x } = *key else { return Err(KeyRejected) };
        let parsed = ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyRejected)?;
        Ok(Arc::new(Ed25519Verifier(parsed)))
    }

    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            // With a public half in it (RFC 5958) the halves are compared; without one there is nothing to compare.
            PrivateKey::Pkcs8(document) => {
                der::check_whole(document)?;
                Ed25519KeyPair::from_pkcs8(document)
            }
            PrivateKey::Ed25519 { x, d } => Ed25519KeyPair::from_seed_and_public_key(d, x),
            _ => return Err(KeyRejected),
        };
        Ok(Arc::new(Ed25519Signer(pair.map_err(|_| KeyRejected)?)))
    }
}

#[derive(Debug)]
struct Ed25519Verifier(ParsedPublicKey);

impl Verifier for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the public half.
#[derive(Debug)]
struct Ed25519Signer(Ed25519KeyPair);

impl Signer for Ed25519Signer {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        let signature = self.0.try_sign(message).map_err(|_| SignFailed)?;
        out.extend_from_slice(signature.as_ref());
        Ok(())
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Ed25519 { x: self.0.public_key().as_ref().to_vec() }
    }
}
