use alloc::string::String;
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;

/// A SHA-256 value: what stores see and index instead of a code, a token or a `jti`.
///
/// Comparison takes the same time whatever differs. `Debug` shows the first four octets.
///
/// ```
/// use symbolon_types::Digest;
/// let digest = Digest::from_bytes([0xab; 32]);
/// assert_eq!(digest.to_base64url().len(), 43);
/// assert_eq!(Digest::from_base64url(&digest.to_base64url()), Some(digest));
/// assert_eq!(format!("{digest:?}"), "Digest(abababab..)");
/// ```
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Wraps 32 octets. That they are a digest of anything is the caller's word.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 43 characters of base64url without padding, the form of `jkt` and `x5t#S256`. `None` for anything else.
    pub fn from_base64url(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 43 characters of base64url without padding.
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl core::hash::Hash for Digest {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialOrd for Digest {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digest {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a028_one_changed_bit_anywhere_is_another_digest() {
        // `jkt`, `x5t#S256` and whatever a store looks up are of this type: 32 octets, compared without an early exit.
        let right = Digest::from_bytes([0xa5; 32]);
        assert_eq!(right, Digest::from_bytes([0xa5; 32]));
        for place in 0..256 {
            let mut octets = [0xa5; 32];
            octets[place / 8] ^= 1 << (place % 8);
            assert_ne!(right, Digest::from_bytes(octets), "bit {place}");
        }
    }

    #[test]
    fn only_43_canonical_characters_are_a_digest() {
        let text = Digest::from_bytes([7; 32]).to_base64url();
        assert_eq!(Digest::from_base64url(&text), Some(Digest::from_bytes([7; 32])));
        let short = text.strip_suffix('c').unwrap();
        for bad in [short, &format!("{text}="), &format!("{text}A"), &format!("{short}B"), ""] {
            assert_eq!(Digest::from_base64url(bad), None, "{bad}");
        }
    }
}
