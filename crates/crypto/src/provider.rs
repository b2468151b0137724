use symbolon_types::Alg;

use crate::{Aead, LongDigest, LongDigestName, Mac, SecureRandom, Sha256, SignatureAlgorithm, Unsupported};

/// All that the token endpoint needs of cryptography, as one `Copy` value.
///
/// What OAuth cannot be without is a field, so that its users are infallible: randomness, SHA-256 (S256, `jkt`,
/// `x5t#S256`, `at_hash`), HMAC-SHA-256 (refresh tokens, HS256), an AEAD (sealed halves). What may be absent is a slice.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// Randomness for tokens, codes, identifiers and signatures.
    pub random: &'static dyn SecureRandom,
    /// SHA-256.
    pub sha256: &'static dyn Sha256,
    /// HMAC-SHA-256.
    pub hmac_sha256: &'static dyn Mac,
    /// An AEAD with a 256-bit key and a 96-bit nonce.
    pub aead: &'static dyn Aead,
    /// The signature algorithms that it can do.
    pub signatures: &'static [&'static dyn SignatureAlgorithm],
    /// The longer digests that it can do.
    pub long_digests: &'static [&'static dyn LongDigest],
}

impl CryptoProvider {
    /// A provider with the parts that are never absent, and no signature algorithm.
    pub const fn new(
        random: &'static dyn SecureRandom,
        sha256: &'static dyn Sha256,
        hmac_sha256: &'static dyn Mac,
        aead: &'static dyn Aead,
    ) -> Self {
        Self { random, sha256, hmac_sha256, aead, signatures: &[], long_digests: &[] }
    }

    /// The same with these signature algorithms.
    #[must_use]
    pub const fn with_signatures(mut self, signatures: &'static [&'static dyn SignatureAlgorithm]) -> Self {
        self.signatures = signatures;
        self
    }

    /// The same with these longer digests.
    #[must_use]
    pub const fn with_long_digests(mut self, long_digests: &'static [&'static dyn LongDigest]) -> Self {
        self.long_digests = long_digests;
        self
    }

    /// The same with another source of randomness. For tests that must repeat; a program has no use for it.
    #[must_use]
    pub const fn with_random(mut self, random: &'static dyn SecureRandom) -> Self {
        self.random = random;
        self
    }

    /// The algorithm of this name; the two names of Ed25519 find the same one.
    ///
    /// # Errors
    /// [`Unsupported`] if the provider lacks it, or if it is a MAC ([`Self::hmac_sha256`]).
    pub fn signature(&self, alg: Alg) -> Result<&'static dyn SignatureAlgorithm, Unsupported> {
        self.signatures.iter().copied().find(|s| s.alg().is_same_operation(alg)).ok_or(Unsupported { alg })
    }

    /// The longer digest of this name, if the provider has it.
    pub fn long_digest(&self, name: LongDigestName) -> Option<&'static dyn LongDigest> {
        self.long_digests.iter().copied().find(|digest| digest.name() == name)
    }
}
