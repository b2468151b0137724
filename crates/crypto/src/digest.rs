use alloc::vec::Vec;
use core::fmt::Debug;

/// SHA-256.
pub trait Sha256: Send + Sync + Debug {
    /// The digest of the parts, one after the other; callers need not concatenate.
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32];
}

/// A digest longer than SHA-256, which a provider may lack.
pub trait LongDigest: Send + Sync + Debug {
    /// Which one it is.
    fn name(&self) -> LongDigestName;
    /// The digest of the parts, one after the other.
    fn digest(&self, parts: &[&[u8]]) -> Vec<u8>;
}

/// The names of the longer digests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LongDigestName {
    /// SHA-384, for `at_hash` beside ES384 and its like.
    Sha384,
    /// SHA-512, for `at_hash` beside Ed25519, ES512 and their like.
    Sha512,
}
