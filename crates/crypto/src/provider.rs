use symbolon_types::Alg;

use crate::{
    Aead, HmacKey, KeyGenerator, LongDigest, LongDigestName, LongMac, Mac, NewKey, NoGenerator, SecureRandom, Sha256,
    SignatureAlgorithm, Unsupported,
};

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
    /// The longer HMACs that it can do.
    pub long_macs: &'static [&'static dyn LongMac],
    /// The kinds of keys that it can make.
    pub key_generators: &'static [&'static dyn KeyGenerator],
}

impl CryptoProvider {
    /// A provider with the parts that are never absent, and no signature algorithm.
    pub const fn new(
        random: &'static dyn SecureRandom,
        sha256: &'static dyn Sha256,
        hmac_sha256: &'static dyn Mac,
        aead: &'static dyn Aead,
    ) -> Self {
        Self {
            random,
            sha256,
            hmac_sha256,
            aead,
            signatures: &[],
            long_digests: &[],
            long_macs: &[],
            key_generators: &[],
        }
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

    /// The same with these longer HMACs.
    #[must_use]
    pub const fn with_long_macs(mut self, long_macs: &'static [&'static dyn LongMac]) -> Self {
        self.long_macs = long_macs;
        self
    }

    /// The same, making these kinds of keys.
    #[must_use]
    pub const fn with_key_generators(mut self, key_generators: &'static [&'static dyn KeyGenerator]) -> Self {
        self.key_generators = key_generators;
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
    /// [`Unsupported`] if the provider lacks it, or if it is a MAC ([`Self::load_mac`]).
    pub fn signature(&self, alg: Alg) -> Result<&'static dyn SignatureAlgorithm, Unsupported> {
        self.signatures.iter().copied().find(|s| s.alg().is_same_operation(alg)).ok_or(Unsupported { alg })
    }

    /// The longer digest of this name, if the provider has it.
    pub fn long_digest(&self, name: LongDigestName) -> Option<&'static dyn LongDigest> {
        self.long_digests.iter().copied().find(|digest| digest.name() == name)
    }

    /// The longer HMAC of this name.
    ///
    /// # Errors
    /// [`Unsupported`] if the provider lacks it, or if it is HS256 ([`Self::hmac_sha256`]) or no MAC.
    pub fn long_mac(&self, alg: Alg) -> Result<&'static dyn LongMac, Unsupported> {
        self.long_macs.iter().copied().find(|mac| mac.alg() == alg).ok_or(Unsupported { alg })
    }

    /// Prepares a key of any HMAC of JWS. Its length is not judged here.
    ///
    /// # Errors
    /// [`Unsupported`] if the provider lacks the MAC, or if the algorithm is none.
    pub fn load_mac(&self, alg: Alg, key: &[u8]) -> Result<HmacKey, Unsupported> {
        match alg {
            Alg::Hs256 => Ok(HmacKey::Sha256(self.hmac_sha256.load(key))),
            _ => Ok(HmacKey::Long(self.long_mac(alg)?.load(key))),
        }
    }

    /// What makes private keys of this kind.
    ///
    /// # Errors
    /// [`NoGenerator`] if the provider makes none.
    pub fn key_generator(&self, kind: NewKey) -> Result<&'static dyn KeyGenerator, NoGenerator> {
        self.key_generators.iter().copied().find(|generator| generator.kind() == kind).ok_or(NoGenerator { kind })
    }

    /// Whether it can do the algorithm, be it a signature or a MAC.
    pub fn supports(&self, alg: Alg) -> bool {
        if alg.is_symmetric() { alg == Alg::Hs256 || self.long_mac(alg).is_ok() } else { self.signature(alg).is_ok() }
    }
}
