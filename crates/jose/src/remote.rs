use alloc::vec::Vec;
use core::fmt;

use symbolon_types::{Alg, Digest};

use crate::{KeyError, VerifyingKey, certificate::check_x5c, protected_header::ProtectedHeader};

/// A key that signs elsewhere, in an HSM or a KMS: what the header needs, and the public half that verifies every
/// signature that comes back (security decision D27). Of a signer that answers in DER, the signature goes through
/// [`ecdsa_signature_from_der`](crate::ecdsa_signature_from_der) first.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{RemoteKey, SignError, SigningInput, SigningKey, VerifyingKey};
/// use symbolon_types::{Alg, Digest, SecretBytes};
///
/// let hsm = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?.with_kid("hsm-1");
/// let remote = RemoteKey::new(hsm);
/// let input = SigningInput::new(Some("JWT"), &remote, &serde_json::json!({ "sub": "a" }))?;
/// let signature = PROVIDER.hmac_sha256.load(&[7; 32]).sign(&[input.bytes()]); // there, not here
/// assert_eq!(input.clone().finish(&[0; 32]), Err(SignError::BadSignature));
/// assert!(input.finish(&signature)?.starts_with("ey"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RemoteKey {
    key: VerifyingKey,
    header: ProtectedHeader,
}

impl RemoteKey {
    /// The key elsewhere whose public half, algorithm and `kid` are these.
    pub fn new(key: VerifyingKey) -> Self {
        let header = ProtectedHeader::new(key.alg()).with_kid(key.kid());
        Self { key, header }
    }

    /// The same with certificates for the header, each in DER, the key's own first. None at all: no `x5c`.
    ///
    /// # Errors
    /// As [`SigningKey::with_x5c`](crate::SigningKey::with_x5c).
    pub fn with_x5c(mut self, chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        match self.key.public_key() {
            Some(key) => check_x5c(&chain, &key)?,
            None if chain.is_empty() => {}
            None => return Err(KeyError::CertificateMismatch),
        }
        self.header = self.header.with_x5c(chain);
        Ok(self)
    }

    /// The same with the thumbprint of its certificate for the header: `x5t#S256` ([RFC 7515 §4.1.8]), the SHA-256 of the
    /// certificate in DER.
    ///
    /// [RFC 7515 §4.1.8]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8
    #[must_use]
    pub fn with_x5t_s256(mut self, thumbprint: Digest) -> Self {
        self.header = self.header.with_x5t_s256(thumbprint);
        self
    }

    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        self.key.kid()
    }

    /// Its algorithm.
    pub const fn alg(&self) -> Alg {
        self.key.alg()
    }

    /// The certificates for the header.
    pub fn x5c(&self) -> Option<&[Vec<u8>]> {
        self.header.x5c()
    }

    pub(crate) const fn header(&self) -> &ProtectedHeader {
        &self.header
    }

    /// The half that verifies.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }
}

impl fmt::Debug for RemoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKey").field("key", &self.key).finish_non_exhaustive()
    }
}
