use alloc::sync::Arc;
use core::fmt::Debug;

/// Length of an HMAC-SHA-256 value, in bytes.
pub const MAC_BYTES: usize = 32;

/// HMAC-SHA-256.
pub trait Mac: Send + Sync + Debug {
    /// Prepares a key. Its length is not judged here: whoever takes keys from outside does that
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2): at least 32 octets for HS256).
    fn load(&self, key: &[u8]) -> Arc<dyn MacKey>;
}

/// A prepared HMAC-SHA-256 key.
pub trait MacKey: Send + Sync + Debug {
    /// The MAC over the parts, one after the other. Compare it in constant time.
    fn sign(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES];
}
