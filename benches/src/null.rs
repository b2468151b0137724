use std::sync::Arc;

use symbolon_crypto::{
    BadSignature, CryptoProvider, Curve, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, RandomFailed,
    SecureRandom, Sha256, SignFailed, SignatureAlgorithm, Signer, Verifier,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_types::Alg;

/// The provider whose ES256 says yes to every key and signature: what is left is not cryptography. The rest is ring's.
pub static NULL: CryptoProvider =
    CryptoProvider::new(PROVIDER.random, PROVIDER.sha256, PROVIDER.hmac_sha256, PROVIDER.aead)
        .with_signatures(&[&Null]);

/// The same without hashes and randomness: every digest is one, and every secret the right one. What is left is ours alone,
/// and its instructions are the same under valgrind, which has no SHA-NI.
pub static NOTHING: CryptoProvider =
    CryptoProvider::new(&Null, &Null, PROVIDER.hmac_sha256, PROVIDER.aead).with_signatures(&[&Null]);

/// The primitive that says yes.
#[derive(Debug)]
struct Null;

impl SecureRandom for Null {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.fill(7);
        Ok(())
    }
}

impl Sha256 for Null {
    fn digest(&self, _: &[&[u8]]) -> [u8; 32] {
        [7; 32]
    }
}

impl SignatureAlgorithm for Null {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn load_public(&self, _: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        Ok(Arc::new(Self))
    }

    fn load_private(&self, _: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        Ok(Arc::new(Self))
    }
}

impl Verifier for Null {
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}

impl Signer for Null {
    fn sign(&self, _: &dyn SecureRandom, _: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        out.extend_from_slice(&[7; 64]);
        Ok(())
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Ec { curve: Curve::P256, x: vec![1; 32], y: vec![2; 32] }
    }
}
