use alloc::{sync::Arc, vec::Vec};
use core::fmt::Debug;

use symbolon_types::Alg;

use crate::{BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed};

/// A signature algorithm of JWS with its key loading ([RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3)).
///
/// Keys are loaded once; the box made then is the only allocation.
pub trait SignatureAlgorithm: Send + Sync + Debug {
    /// Its registered name.
    fn alg(&self) -> Alg;

    /// Makes a verifier of a public key.
    ///
    /// # Errors
    /// [`KeyRejected`]: of another type or curve, too weak, off the curve, or of small order.
    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected>;

    /// Makes a signer of a private key. Where the key comes with its public half, the two are compared.
    ///
    /// # Errors
    /// [`KeyRejected`]: of another type or curve, too weak, malformed, or its halves do not belong together.
    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected>;
}

/// A loaded public key with its one algorithm.
pub trait Verifier: Send + Sync + Debug {
    /// Checks a signature in the form of JWS: for ECDSA the fixed-length `r || s`, never DER.
    ///
    /// # Errors
    /// [`BadSignature`], without detail.
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;
}

/// A loaded private key with its one algorithm.
pub trait Signer: Send + Sync + Debug {
    /// Appends the signature, in the form of JWS, to `out`.
    ///
    /// # Errors
    /// [`SignFailed`]: the backend could not; `out` is as it was.
    fn sign(&self, random: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed>;

    /// The public half, to be published.
    fn public_key(&self) -> OwnedPublicKey;
}
