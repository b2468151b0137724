use alloc::{string::String, sync::Arc};
use core::fmt;

use symbolon_crypto::{BadSignature, CryptoProvider, HmacKey, OwnedPublicKey, PublicKey, Verifier};
use symbolon_types::{Alg, SecretBytes};

use crate::{KeyError, key_kind::KeyKind};

/// Shortest secret of HS256, in bytes ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
pub const MIN_SECRET_BYTES: usize = 32;
/// Shortest secret of HS384, in bytes ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
pub const MIN_SECRET_BYTES_HS384: usize = 48;
/// Shortest secret of HS512, in bytes ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
pub const MIN_SECRET_BYTES_HS512: usize = 64;

/// A loaded key with its one algorithm: what verifies (security decision D12, [RFC 8725 §3.1]).
///
/// Public keys and secrets have constructors of their own, and nothing guesses from octets which they are: a public key
/// can never become the secret of a MAC. RSA moduli with structure, such as those of ROCA (CVE-2017-15361), are not
/// looked for. Cheap to clone.
///
/// [RFC 8725 §3.1]: https://www.rfc-editor.org/rfc/rfc8725#section-3.1
#[derive(Clone)]
pub struct VerifyingKey {
    alg: Alg,
    key: Key,
    kid: Option<Arc<str>>,
    certificate: Option<Arc<[u8]>>,
}

#[derive(Clone)]
enum Key {
    Public(Arc<Public>),
    Secret(HmacKey),
}

struct Public {
    verifier: Arc<dyn Verifier>,
    numbers: OwnedPublicKey,
}

impl VerifyingKey {
    /// Loads a public key for an algorithm.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is for other keys, or a MAC.
    /// - [`KeyError::UnsupportedKeyType`]: a key of a kind that is not known here.
    /// - [`KeyError::InvalidMember`], [`KeyError::WeakKey`], [`KeyError::TooLarge`]: the numbers cannot be taken. An
    ///   RSA exponent below 65537, such as 3, is weak, and there is no switch to take it.
    /// - [`KeyError::Unsupported`], [`KeyError::Rejected`]: the provider lacks the algorithm, or refused the key.
    pub fn from_public_key(crypto: &CryptoProvider, alg: Alg, key: &PublicKey<'_>) -> Result<Self, KeyError> {
        let kind = KeyKind::of(key).ok_or(KeyError::UnsupportedKeyType)?;
        if !kind.fits(alg) {
            return Err(KeyError::AlgKeyMismatch);
        }
        kind.check(key)?;
        let verifier = crypto.signature(alg)?.load_public(key)?;
        let key = Key::Public(Arc::new(Public { verifier, numbers: key.to_owned() }));
        Ok(Self { alg, key, kid: None, certificate: None })
    }

    /// Loads the secret of a MAC.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is no MAC.
    /// - [`KeyError::WeakKey`]: fewer octets than the hash has ([`MIN_SECRET_BYTES`], [`MIN_SECRET_BYTES_HS384`],
    ///   [`MIN_SECRET_BYTES_HS512`]).
    /// - [`KeyError::Unsupported`]: the provider lacks the MAC.
    ///
    /// # Security
    /// The secret is random: at least 256 bits of entropy, never a password. What is kept of a secret in place of it is no
    /// key, and its type says so (security decision D11):
    /// ```compile_fail,E0308
    /// use symbolon_jose::{VerifyingKey, types::{Alg, Digest}};
    /// use symbolon_crypto_ring::PROVIDER;
    /// let kept: Digest = Digest::from_bytes([7; 32]);
    /// let _ = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &kept);
    /// ```
    /// ```
    /// use symbolon_jose::{VerifyingKey, types::{Alg, SecretBytes}};
    /// use symbolon_crypto_ring::PROVIDER;
    /// let secret: SecretBytes = SecretBytes::new([7; 32]);
    /// let _ = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &secret);
    /// ```
    pub fn from_secret(crypto: &CryptoProvider, alg: Alg, secret: &SecretBytes) -> Result<Self, KeyError> {
        Ok(Self::from_mac_key(alg, load_secret(crypto, alg, secret)?))
    }

    pub(crate) fn from_mac_key(alg: Alg, key: HmacKey) -> Self {
        Self { alg, key: Key::Secret(key), kid: None, certificate: None }
    }

    /// The same with a `kid`.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(Arc::from(kid.into()));
        self
    }

    pub(crate) fn with_labels(self, kid: Option<&str>, certificate: Option<&[u8]>) -> Self {
        Self { kid: kid.map(Arc::from), certificate: certificate.map(Arc::from), ..self }
    }

    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its one algorithm.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The first certificate of its JWK's `x5c`, in DER. It has this key; the rest of it is the word of whoever registered
    /// the key.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Its numbers; `None` for the secret of a MAC.
    pub(crate) fn public_key(&self) -> Option<PublicKey<'_>> {
        match &self.key {
            Key::Public(key) => Some(key.numbers.as_ref()),
            Key::Secret(_) => None,
        }
    }

    /// Verifies a signature, in the form of JWS, over octets.
    ///
    /// # Errors
    /// - [`BadSignature`], without detail.
    pub fn verify_signature(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match &self.key {
            Key::Public(key) => key.verifier.verify(message, signature),
            Key::Secret(key) => key.verify(&[message], signature),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The shortest secret of a MAC; `None` for what is no MAC.
pub(crate) const fn min_secret_bytes(alg: Alg) -> Option<usize> {
    match alg {
        Alg::Hs256 => Some(MIN_SECRET_BYTES),
        Alg::Hs384 => Some(MIN_SECRET_BYTES_HS384),
        Alg::Hs512 => Some(MIN_SECRET_BYTES_HS512),
        _ => None,
    }
}

/// Loads a secret, for either half.
pub(crate) fn load_secret(crypto: &CryptoProvider, alg: Alg, secret: &SecretBytes) -> Result<HmacKey, KeyError> {
    let shortest = min_secret_bytes(alg).ok_or(KeyError::AlgKeyMismatch)?;
    // RFC 7518 §3.2: as long as the hash or longer.
    let secret = secret.expose();
    if secret.len() < shortest {
        return Err(KeyError::WeakKey);
    }
    Ok(crypto.load_mac(alg, secret)?)
}
