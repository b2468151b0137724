use alloc::{sync::Arc, vec::Vec};

use symbolon_types::Alg;

use crate::VerifyingKey;

/// A key that signs elsewhere, in an HSM or a KMS: what the header needs, and the public half that verifies every
/// signature that comes back (security decision D27).
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{RemoteKey, SignError, SigningInput, SigningKey, VerifyingKey};
/// use symbolon_types::Alg;
///
/// let hsm = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &[7; 32])?.with_kid("hsm-1");
/// let remote = RemoteKey::new(hsm);
/// let input = SigningInput::new(Some("JWT"), &remote, &serde_json::json!({ "sub": "a" }))?;
/// let signature = PROVIDER.hmac_sha256.load(&[7; 32]).sign(&[input.bytes()]); // there, not here
/// assert_eq!(input.clone().finish(&[0; 32]), Err(SignError::BadSignature));
/// assert!(input.finish(&signature)?.starts_with("ey"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RemoteKey {
    key: VerifyingKey,
    x5c: Option<Arc<[Vec<u8>]>>,
}

impl RemoteKey {
    /// The key elsewhere whose public half, algorithm and `kid` are these.
    pub const fn new(key: VerifyingKey) -> Self {
        Self { key, x5c: None }
    }

    /// The same with certificates for the header, each in DER, the key's own first. None at all: no `x5c`.
    #[must_use]
    pub fn with_x5c(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.x5c = (!chain.is_empty()).then(|| chain.into());
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
        self.x5c.as_deref()
    }

    /// The half that verifies.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }
}
