use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::{MAC_BYTES, MacKey};
use symbolon_policy::MAX_NODE_CLOCK_DIFFERENCE;
use time::{Duration, UtcDateTime};

use crate::NonceFault;

/// The nonces of a server ([RFC 9449 §8], security decision D18): the second at which one was given, and a MAC over it.
///
/// Nothing is stored. Nodes that have the same key agree, as far as their clocks do. Without the key nobody can make the
/// nonce of a moment to come, so that no proof is made ahead of its time ([RFC 9449 §11.2]). Within a second all are the same:
/// a nonce says when a proof was made, and not for whom.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_dpop::Nonces;
/// use time::UtcDateTime;
///
/// let nonces = Nonces::new(PROVIDER.hmac_sha256.load(&[7; 32])).with_old(PROVIDER.hmac_sha256.load(&[6; 32]));
/// let nonce = nonces.issue(UtcDateTime::from_unix_timestamp(1_700_000_000)?);
/// assert_eq!(nonce.len(), 54);
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
///
/// # Security
/// The key is derived for this purpose and for no other, from at least 32 random octets.
///
/// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
/// [RFC 9449 §11.2]: https://www.rfc-editor.org/rfc/rfc9449#section-11.2
#[derive(Clone)]
pub struct Nonces {
    current: Arc<dyn MacKey>,
    old: Vec<Arc<dyn MacKey>>,
}

impl Nonces {
    /// Nonces under this key.
    pub const fn new(current: Arc<dyn MacKey>) -> Self {
        Self { current, old: Vec::new() }
    }

    /// The same, taking those under an older key too. Keep it for as long as a nonce lives.
    #[must_use]
    pub fn with_old(mut self, key: Arc<dyn MacKey>) -> Self {
        self.old.push(key);
        self
    }

    /// A nonce, for the `DPoP-Nonce` header: base64url, which is in the grammar of
    /// [RFC 9449 §8.1](https://www.rfc-editor.org/rfc/rfc9449#section-8.1).
    pub fn issue(&self, now: UtcDateTime) -> String {
        let second = now.unix_timestamp().to_be_bytes();
        let mut octets = [0; SECOND_BYTES + MAC_BYTES];
        for (octet, of) in octets.iter_mut().zip(second.into_iter().chain(tag(&*self.current, second))) {
            *octet = of;
        }
        URL_SAFE_NO_PAD.encode(octets)
    }

    /// Judges a nonce. It is good up to and with the moment `lifetime` after it was given.
    pub(crate) fn judge(&self, nonce: &str, lifetime: Duration, now: UtcDateTime) -> Result<GoodNonce, NonceFault> {
        let issued = self.open(nonce).ok_or(NonceFault::NotOurs)?;
        if issued > now.saturating_add(MAX_NODE_CLOCK_DIFFERENCE) {
            return Err(NonceFault::NotOurs);
        }
        let until = issued.saturating_add(lifetime);
        if now > until {
            return Err(NonceFault::Over);
        }
        let half = lifetime.checked_div(2).unwrap_or_default();
        Ok(GoodNonce { issued, until, is_ageing: now >= issued.saturating_add(half) })
    }

    /// The moment in a nonce, if one of the keys made it.
    fn open(&self, nonce: &str) -> Option<UtcDateTime> {
        let mut octets = [0; SECOND_BYTES + MAC_BYTES];
        if URL_SAFE_NO_PAD.decode_slice(nonce, &mut octets) != Ok(octets.len()) {
            return None;
        }
        let (second, sealed) = octets.split_first_chunk()?;
        let keys = core::iter::once(&self.current).chain(&self.old);
        let is_ours = keys.fold(false, |ours, key| ours | bool::from(tag(&**key, *second).ct_eq(sealed)));
        UtcDateTime::from_unix_timestamp(i64::from_be_bytes(*second)).ok().filter(|_| is_ours)
    }
}

/// Without the keys.
impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces").field("old", &self.old.len()).finish_non_exhaustive()
    }
}

/// A nonce of ours that is not over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct GoodNonce {
    /// When it was given.
    pub(crate) issued: UtcDateTime,
    /// The last moment at which it is good.
    pub(crate) until: UtcDateTime,
    /// It is in its second half.
    pub(crate) is_ageing: bool,
}

fn tag(key: &dyn MacKey, second: [u8; SECOND_BYTES]) -> [u8; MAC_BYTES] {
    key.sign(&[LABEL, &second])
}

/// Tells the MAC from others, should somebody use the key for more.
const LABEL: &[u8] = b"DPoP-Nonce";
/// Seconds since 1970, big-endian.
const SECOND_BYTES: usize = 8;
