use alloc::{sync::Arc, vec::Vec};
use core::fmt::Debug;

use crate::OpenFailed;

/// Length of the key, in bytes.
pub const AEAD_KEY_BYTES: usize = 32;
/// Length of the nonce, in bytes.
pub const AEAD_NONCE_BYTES: usize = 12;
/// Length of the tag, in bytes.
pub const AEAD_TAG_BYTES: usize = 16;

/// Authenticated encryption with a 256-bit key and a 96-bit nonce.
pub trait Aead: Send + Sync + Debug {
    /// Prepares a key.
    fn load(&self, key: &[u8; AEAD_KEY_BYTES]) -> Arc<dyn AeadKey>;
}

/// A prepared key.
///
/// # Security
/// A nonce must never be used twice with one key. Random nonces are safe for far fewer than 2^32 messages.
pub trait AeadKey: Send + Sync + Debug {
    /// Encrypts in place and appends the tag.
    fn seal(&self, nonce: &[u8; AEAD_NONCE_BYTES], associated_data: &[u8], in_out: &mut Vec<u8>);

    /// Checks the tag, decrypts in place and takes the tag off.
    ///
    /// # Errors
    /// [`OpenFailed`]: the text, the tag, the nonce, the associated data or the key is another one. `in_out` is then
    /// of no use.
    fn open(
        &self,
        nonce: &[u8; AEAD_NONCE_BYTES],
        associated_data: &[u8],
        in_out: &mut Vec<u8>,
    ) -> Result<(), OpenFailed>;
}
