use alloc::vec::Vec;
use core::fmt;

use symbolon_types::{Alg, Digest};

use crate::{Jwk, KeyError, VerifyingKey, certificate::check_x5c, protected_header::ProtectedHeader};

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

    /// The public half, ready to be published: with `alg`, `use`, `kid` and `x5c`. `None` for the secret of a MAC.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::{Jwk, RemoteKey, VerifyingKey, types::{Alg, SecretBytes}};
    ///
    /// // RFC 8037 Appendix A.2
    /// let jwk = Jwk::parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
    /// let hsm = jwk.verifying_key(&PROVIDER, &[Alg::EdDsa])?.with_kid("hsm-1");
    /// let published = RemoteKey::new(hsm).public_jwk().ok_or("a key pair")?;
    /// assert_eq!((published.kid(), published.alg(), published.key_use()), (Some("hsm-1"), Some("EdDSA"), Some("sig")));
    ///
    /// let secret = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
    /// assert_eq!(RemoteKey::new(secret).public_jwk(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_jwk(&self) -> Option<Jwk> {
        let mut jwk = Jwk::from_public_key(&self.key.public_key()?.to_owned()).with_alg(self.alg()).with_use_sig();
        if let Some(kid) = self.kid() {
            jwk = jwk.with_kid(kid);
        }
        Some(match self.x5c() {
            Some(chain) => jwk.with_checked_x5c(chain.to_vec()),
            None => jwk,
        })
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
