use time::UtcDateTime;

use crate::Digest;

/// Something that may be used once: an assertion's or a proof's `jti`, hashed to fixed size with its owner, and the
/// moments a store needs to know about it (security decision D9).
///
/// It is made by the verifier, after everything else held; the store only compares `key` and keeps it until `until`.
/// `issued` lets a store that has lost its memory refuse what was made before it started (D22).
///
/// ```
/// use symbolon_types::{Digest, Once};
/// use time::UtcDateTime;
/// let now = UtcDateTime::UNIX_EPOCH;
/// let once = Once { key: Digest::from_bytes([1; 32]), issued: now, until: now + time::Duration::minutes(5) };
/// assert!(once.until > once.issued);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Once {
    /// Hash of tenant, kind, owner and id.
    pub key: Digest,
    /// When the thing was issued: its `iat`; without one, its `exp` less the longest lifetime; of a DPoP proof with a nonce,
    /// when the nonce was.
    pub issued: UtcDateTime,
    /// Until when it must be remembered: the last moment at which it could be accepted.
    pub until: UtcDateTime,
}
