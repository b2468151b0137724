use std::sync::Arc;

use symbolon_crypto::{
    BadSignature, CryptoProvider, Curve, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed,
    SignatureAlgorithm, Signer, Verifier,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_types::Alg;

/// The provider whose ES256 says yes to every key and signature: what is left is not cryptography. The rest is ring's.
pub static NULL: CryptoProvider =
    CryptoProvider::new(PROVIDER.random, PROVIDER.sha256, PROVIDER.hmac_sha256, PROVIDER.aead)
        .with_signatures(&[&Null]);

/// The primitive that says yes.
#[derive(Debug)]
struct Null;

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
