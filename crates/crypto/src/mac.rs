use alloc::sync::Arc;
use core::{fmt, ops::Deref};

use subtle::ConstantTimeEq as _;
use symbolon_types::Alg;

use crate::BadSignature;

/// Length of an HMAC-SHA-256 value, in bytes.
pub const MAC_BYTES: usize = 32;

/// HMAC-SHA-256.
pub trait Mac: Send + Sync + fmt::Debug {
    /// Prepares a key. Its length is not judged here: whoever takes keys from outside does that
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2): at least 32 octets for HS256).
    fn load(&self, key: &[u8]) -> Arc<dyn MacKey>;
}

/// A prepared HMAC-SHA-256 key.
pub trait MacKey: Send + Sync + fmt::Debug {
    /// The MAC over the parts, one after the other. Compare it in constant time.
    fn sign(&self, parts: &[&[u8]]) -> [u8; MAC_BYTES];
}

/// An HMAC of JWS with a longer hash (HS384, HS512), which a provider may lack.
pub trait LongMac: Send + Sync + fmt::Debug {
    /// Its registered name.
    fn alg(&self) -> Alg;

    /// Prepares a key. Its length is not judged here: whoever takes keys from outside does that
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2): at least as long as the hash).
    fn load(&self, key: &[u8]) -> Arc<dyn LongMacKey>;
}

/// A prepared key of a longer HMAC.
pub trait LongMacKey: Send + Sync + fmt::Debug {
    /// The MAC over the parts, one after the other.
    fn sign(&self, parts: &[&[u8]]) -> MacTag;
}

/// A prepared key of any HMAC of JWS ([RFC 7518 §3.2]): HS256, HS384 or HS512. Cheap to clone.
///
/// Made by [`CryptoProvider::load_mac`](crate::CryptoProvider::load_mac).
///
/// [RFC 7518 §3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HmacKey {
    /// HS256, which no provider lacks.
    Sha256(Arc<dyn MacKey>),
    /// HS384 or HS512.
    Long(Arc<dyn LongMacKey>),
}

impl HmacKey {
    /// The MAC over the parts, one after the other.
    pub fn sign(&self, parts: &[&[u8]]) -> MacTag {
        match self {
            Self::Sha256(key) => key.sign(parts).into(),
            Self::Long(key) => key.sign(parts),
        }
    }

    /// Checks a MAC over the parts, in constant time. Only the whole of it is right: JWS knows no shortened one.
    ///
    /// # Errors
    /// [`BadSignature`], without detail.
    pub fn verify(&self, parts: &[&[u8]], mac: &[u8]) -> Result<(), BadSignature> {
        if self.sign(parts).ct_eq(mac).into() { Ok(()) } else { Err(BadSignature) }
    }
}

/// The value of an HMAC: 32, 48 or 64 octets, held without a box. `==` takes constant time; `Debug` shows the length.
///
/// ```
/// use symbolon_crypto::MacTag;
/// let tag = MacTag::from([7; 48]);
/// assert_eq!(tag.len(), 48);
/// assert!(tag == MacTag::from([7; 48]) && tag != MacTag::from([7; 64]));
/// ```
#[derive(Clone, Copy)]
pub struct MacTag(Octets);

#[derive(Clone, Copy)]
enum Octets {
    Sha256([u8; MAC_BYTES]),
    Sha384([u8; 48]),
    Sha512([u8; 64]),
}

impl Deref for MacTag {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Octets::Sha256(octets) => octets,
            Octets::Sha384(octets) => octets,
            Octets::Sha512(octets) => octets,
        }
    }
}

impl AsRef<[u8]> for MacTag {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<[u8; MAC_BYTES]> for MacTag {
    fn from(octets: [u8; MAC_BYTES]) -> Self {
        Self(Octets::Sha256(octets))
    }
}

impl From<[u8; 48]> for MacTag {
    fn from(octets: [u8; 48]) -> Self {
        Self(Octets::Sha384(octets))
    }
}

impl From<[u8; 64]> for MacTag {
    fn from(octets: [u8; 64]) -> Self {
        Self(Octets::Sha512(octets))
    }
}

impl PartialEq for MacTag {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for MacTag {}

impl fmt::Debug for MacTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacTag({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_its_octets_and_shows_none_of_them() {
        for tag in [MacTag::from([77; 32]), MacTag::from([77; 48]), MacTag::from([77; 64])] {
            assert!(tag.iter().all(|octet| *octet == 77));
            assert_eq!(format!("{tag:?}"), format!("MacTag({} bytes)", tag.len()));
        }
        assert_eq!(MacTag::from([1; 32]), MacTag::from([1; 32]));
        let mut other = [1; 32];
        other[31] = 0;
        assert_ne!(MacTag::from([1; 32]), MacTag::from(other));
        assert_ne!(MacTag::from([1; 32]), MacTag::from([1; 48]));
    }

    /// No MAC at all: the octets of the message, cut or filled with zeros.
    #[derive(Debug)]
    struct Echo;

    impl LongMacKey for Echo {
        fn sign(&self, parts: &[&[u8]]) -> MacTag {
            let mut octets = [0; 48];
            for (octet, of) in octets.iter_mut().zip(parts.concat()) {
                *octet = of;
            }
            octets.into()
        }
    }

    #[test]
    fn only_the_whole_mac_verifies() {
        let key = HmacKey::Long(Arc::new(Echo));
        let mut tag = [0; 48];
        tag[..5].copy_from_slice(b"abcde");
        assert_eq!(key.verify(&[b"ab", b"cde"], &tag), Ok(()));
        assert_eq!(key.verify(&[b"ab", b"cdf"], &tag), Err(BadSignature));
        assert_eq!(key.verify(&[b"ab", b"cde"], &tag[..47]), Err(BadSignature));
        assert_eq!(key.verify(&[b"ab", b"cde"], &[&tag[..], &[0]].concat()), Err(BadSignature));
        assert_eq!(key.verify(&[b"ab", b"cde"], &[]), Err(BadSignature));
    }
}
