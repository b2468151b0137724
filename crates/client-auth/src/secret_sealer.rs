use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use symbolon_crypto::{AEAD_NONCE_BYTES, AeadKey, CryptoProvider, OpenFailed, RandomFailed};
use symbolon_types::{ClientId, Secret, SecretBytes};
use thiserror::Error;
use zeroize::Zeroizing;

/// Seals the secrets that must stay readable, under a key of the operator's (security decision D11): those of clients of
/// `client_secret_jwt`, whose secret is the key of a MAC. Every other secret is kept as a digest.
///
/// What is sealed is bound to its client: in the row of another one it does not open. It says nothing about how strong the
/// secret is.
///
/// ```
/// use symbolon_client_auth::{RegisteredSecret, SecretSealer, types::{ClientId, Secret, SecretBytes}};
/// use symbolon_crypto_ring::PROVIDER;
///
/// let sealer = SecretSealer::new(&PROVIDER, &SecretBytes::new([7; 32]))?;
/// let app = ClientId::parse("app")?;
/// let sealed = sealer.seal(&PROVIDER, &app, &Secret::new("a secret of 32 characters or more"))?; // for the database
/// let secret = sealer.open(&app, &sealed)?;
/// let registered = RegisteredSecret::Plain(secret);
/// assert!(sealer.open(&ClientId::parse("another")?, &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The key is at least 32 random octets and not in the database that holds what it seals. One key is good for about four
/// thousand million secrets.
#[derive(Clone)]
pub struct SecretSealer(Arc<dyn AeadKey>);

impl SecretSealer {
    /// Shortest key, in bytes.
    pub const MIN_KEY_BYTES: usize = 32;

    /// Seals under this key.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`SealError::Key`]: it is shorter than [`Self::MIN_KEY_BYTES`].
    pub fn new(crypto: &CryptoProvider, key: &SecretBytes) -> Result<Self, SealError> {
        if key.expose().len() < Self::MIN_KEY_BYTES {
            return Err(SealError::Key);
        }
        let derived = Zeroizing::new(crypto.hmac_sha256.load(key.expose()).sign(&[LABEL]));
        Ok(Self(crypto.aead.load(&derived)))
    }

    /// Seals the secret of this client: a version, a random nonce, the sealed text with its tag.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`SealError::Random`]: the source of randomness failed.
    pub fn seal(&self, crypto: &CryptoProvider, client_id: &ClientId, secret: &Secret) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; AEAD_NONCE_BYTES];
        crypto.random.fill(&mut nonce)?;
        let clear = secret.expose().as_bytes();
        // With room for the tag from the beginning: the clear text is not left behind in memory that was too small.
        let mut text = Vec::with_capacity(clear.len().saturating_add(symbolon_crypto::AEAD_TAG_BYTES));
        text.extend_from_slice(clear);
        self.0.seal(&nonce, &associated(client_id), &mut text);
        Ok([&[VERSION], nonce.as_slice(), &text].concat())
    }

    /// Opens the secret of this client.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`SealError::Open`]: it was sealed under another key or for another client, was changed, or is of another version.
    pub fn open(&self, client_id: &ClientId, sealed: &[u8]) -> Result<Secret, SealError> {
        let [VERSION, sealed @ ..] = sealed else { return Err(SealError::Open) };
        let (nonce, text) = sealed.split_first_chunk().ok_or(SealError::Open)?;
        let mut text = Zeroizing::new(text.to_vec());
        self.0.open(nonce, &associated(client_id), &mut text)?;
        String::from_utf8(core::mem::take(&mut *text)).map(Secret::new).map_err(|_| SealError::Open)
    }
}

impl fmt::Debug for SecretSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretSealer(..)")
    }
}

/// Why a secret is not sealed or not opened.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// The key is too short.
    #[error("the key is shorter than 32 octets")]
    Key,
    /// The source of randomness failed.
    #[error("no randomness for the nonce")]
    Random,
    /// What is sealed does not open.
    #[error("sealed by another key, for another client, or changed")]
    Open,
}

impl SealError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> symbolon_types::Rule {
        match self {
            Self::Key | Self::Open => symbolon_types::Rule::Embedder,
            Self::Random => symbolon_types::Rule::RandomAnswers,
        }
    }
}

impl From<RandomFailed> for SealError {
    fn from(RandomFailed: RandomFailed) -> Self {
        Self::Random
    }
}

impl From<OpenFailed> for SealError {
    fn from(OpenFailed: OpenFailed) -> Self {
        Self::Open
    }
}

fn associated(client_id: &ClientId) -> Vec<u8> {
    [LABEL, client_id.as_str().as_bytes()].concat()
}

const LABEL: &[u8] = b"symbolon client secret v1\0";
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use symbolon_crypto_ring::PROVIDER;

    use super::*;

    fn sealer(octet: u8) -> SecretSealer {
        SecretSealer::new(&PROVIDER, &SecretBytes::new([octet; 32])).unwrap()
    }

    fn id(text: &str) -> ClientId {
        ClientId::parse(text).unwrap()
    }

    #[test]
    fn d11_what_was_sealed_opens_for_its_client_under_its_key_and_in_no_other_way() {
        let secret = Secret::new("s3cr+t %:\u{e6}, and long enough for a MAC");
        let sealed = sealer(1).seal(&PROVIDER, &id("app"), &secret).unwrap();
        assert_eq!(sealer(1).open(&id("app"), &sealed), Ok(secret.clone()));
        assert_eq!(sealer(1).open(&id("apq"), &sealed), Err(SealError::Open));
        assert_eq!(sealer(2).open(&id("app"), &sealed), Err(SealError::Open));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(sealer(1).open(&id("app"), &changed), Err(SealError::Open), "{place}");
            assert_eq!(sealer(1).open(&id("app"), &sealed[..place]), Err(SealError::Open), "{place}");
        }
        assert_ne!(sealer(1).seal(&PROVIDER, &id("app"), &secret).unwrap(), sealed, "a nonce is not used again");
        assert!(!sealed.windows(6).any(|part| part == b"s3cr+t"));
    }

    #[test]
    fn a_short_key_seals_nothing_and_none_is_shown() {
        let short = SecretSealer::new(&PROVIDER, &SecretBytes::new([1; 31]));
        assert_eq!(short.err(), Some(SealError::Key));
        assert_eq!(format!("{:?}", sealer(1)), "SecretSealer(..)");
    }

    #[test]
    fn a125_without_randomness_nothing_is_sealed() {
        let crypto = PROVIDER.with_random(&symbolon_testkit::FAILING);
        assert_eq!(sealer(1).seal(&crypto, &id("app"), &Secret::new("x")), Err(SealError::Random));
    }
}
