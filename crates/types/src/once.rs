use time::{Duration, UtcDateTime};

use crate::Digest;

/// Something that may be used once: an assertion's or a proof's `jti`, hashed to fixed size with its owner, and the
/// moments a store needs to know about it (security decision D9).
///
/// It is made by the verifier, after everything else held; the store only compares `key` and keeps it until
/// [`Self::keep_until`]. `issued` lets a store that has lost its memory refuse what was made before it started (D22).
///
/// ```
/// use symbolon_types::{Digest, Once};
/// use time::UtcDateTime;
/// let now = UtcDateTime::UNIX_EPOCH;
/// let once = Once { key: Digest::from_bytes([1; 32]), issued: now, until: now + time::Duration::minutes(5) };
/// assert!(once.keep_until() > once.until);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Once {
    /// Hash of tenant, kind, owner and id.
    pub key: Digest,
    /// When the thing was issued: its `iat`; without one, its `exp` less the longest lifetime; of a DPoP proof with a nonce,
    /// when the nonce was.
    pub issued: UtcDateTime,
    /// The last moment at which it could be accepted, by the clock of the node that judges it.
    pub until: UtcDateTime,
}

impl Once {
    /// Until when a store remembers it, this moment included, by its own clock: nodes whose clocks are behind could accept it
    /// for [`MAX_NODE_CLOCK_DIFFERENCE`] after `until` (D5).
    pub const fn keep_until(&self) -> UtcDateTime {
        self.until.saturating_add(MAX_NODE_CLOCK_DIFFERENCE)
    }
}

/// How far the clocks of two nodes may be apart; replay ids are kept that much longer (D5, D19).
pub const MAX_NODE_CLOCK_DIFFERENCE: Duration = Duration::seconds(10);
