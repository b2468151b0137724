use alloc::vec::Vec;
use core::fmt;

use symbolon_types::Alg;

/// An elliptic curve by its registered name ([RFC 7518 §6.2.1.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1.1)).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Curve {
    /// `P-256`
    P256,
    /// `P-384`
    P384,
    /// `P-521`
    P521,
    /// `secp256k1` ([RFC 8812 §3.1](https://www.rfc-editor.org/rfc/rfc8812#section-3.1))
    Secp256k1,
    /// `Ed25519` ([RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2))
    Ed25519,
}

impl Curve {
    /// The registered name (`crv`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Length of a coordinate (or of the whole Ed25519 key), in bytes.
    pub const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 | Self::Ed25519 => 32,
            Self::P384 => 48,
            // 521 bits, the first seven of the octets zero (RFC 7518 §6.2.1.2).
            Self::P521 => 66,
        }
    }
}

/// A public key as its numbers, big-endian, in the lengths of [RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PublicKey<'a> {
    /// RSA: modulus and exponent, without leading zero octets.
    Rsa {
        /// Modulus.
        n: &'a [u8],
        /// Exponent.
        e: &'a [u8],
    },
    /// A point on a curve of ECDSA.
    Ec {
        /// The curve.
        curve: Curve,
        /// First coordinate.
        x: &'a [u8],
        /// Second coordinate.
        y: &'a [u8],
    },
    /// An Ed25519 key.
    Ed25519 {
        /// The encoded point.
        x: &'a [u8],
    },
    /// An algorithm key pair ([RFC 9964 §3](https://www.rfc-editor.org/rfc/rfc9964#section-3)): ML-DSA.
    Akp {
        /// The algorithm, which is a part of such a key.
        alg: Alg,
        /// The encoded public key.
        public: &'a [u8],
    },
}

/// A public key that owns its numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OwnedPublicKey {
    /// RSA: modulus and exponent, without leading zero octets.
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Exponent.
        e: Vec<u8>,
    },
    /// A point on a curve of ECDSA.
    Ec {
        /// The curve.
        curve: Curve,
        /// First coordinate.
        x: Vec<u8>,
        /// Second coordinate.
        y: Vec<u8>,
    },
    /// An Ed25519 key.
    Ed25519 {
        /// The encoded point.
        x: Vec<u8>,
    },
    /// An algorithm key pair ([RFC 9964 §3](https://www.rfc-editor.org/rfc/rfc9964#section-3)): ML-DSA.
    Akp {
        /// The algorithm, which is a part of such a key.
        alg: Alg,
        /// The encoded public key.
        public: Vec<u8>,
    },
}

impl OwnedPublicKey {
    /// The same, borrowed.
    pub fn as_ref(&self) -> PublicKey<'_> {
        match self {
            Self::Rsa { n, e } => PublicKey::Rsa { n, e },
            Self::Ec { curve, x, y } => PublicKey::Ec { curve: *curve, x, y },
            Self::Ed25519 { x } => PublicKey::Ed25519 { x },
            Self::Akp { alg, public } => PublicKey::Akp { alg: *alg, public },
        }
    }
}

impl PublicKey<'_> {
    /// The same, owned.
    pub fn to_owned(&self) -> OwnedPublicKey {
        match *self {
            Self::Rsa { n, e } => OwnedPublicKey::Rsa { n: n.to_vec(), e: e.to_vec() },
            Self::Ec { curve, x, y } => OwnedPublicKey::Ec { curve, x: x.to_vec(), y: y.to_vec() },
            Self::Ed25519 { x } => OwnedPublicKey::Ed25519 { x: x.to_vec() },
            Self::Akp { alg, public } => OwnedPublicKey::Akp { alg, public: public.to_vec() },
        }
    }
}

/// A private key in one of the forms in which it arrives. `Debug` names the form only.
///
/// A signature key is never a MAC key: shared secrets go to [`Mac`](crate::Mac) and nowhere else.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum PrivateKey<'a> {
    /// PKCS#8 in DER ([RFC 5208](https://www.rfc-editor.org/rfc/rfc5208)).
    Pkcs8(&'a [u8]),
    /// RSA as the numbers of a JWK ([RFC 7518 §6.3.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.3.2)).
    Rsa {
        /// Modulus.
        n: &'a [u8],
        /// Public exponent.
        e: &'a [u8],
        /// Private exponent.
        d: &'a [u8],
        /// First prime factor.
        p: &'a [u8],
        /// Second prime factor.
        q: &'a [u8],
        /// First factor's exponent.
        dp: &'a [u8],
        /// Second factor's exponent.
        dq: &'a [u8],
        /// First coefficient.
        qi: &'a [u8],
    },
    /// A key of ECDSA as the numbers of a JWK.
    Ec {
        /// The curve.
        curve: Curve,
        /// First coordinate.
        x: &'a [u8],
        /// Second coordinate.
        y: &'a [u8],
        /// Private scalar.
        d: &'a [u8],
    },
    /// Ed25519 as the numbers of a JWK.
    Ed25519 {
        /// The encoded point.
        x: &'a [u8],
        /// The seed.
        d: &'a [u8],
    },
    /// ML-DSA as the members of a JWK ([RFC 9964 §4](https://www.rfc-editor.org/rfc/rfc9964#section-4)).
    Akp {
        /// The algorithm, which is a part of such a key.
        alg: Alg,
        /// The encoded public key.
        public: &'a [u8],
        /// The seed.
        seed: &'a [u8],
    },
}

impl fmt::Debug for PrivateKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs8(_) => "Pkcs8(..)",
            Self::Rsa { .. } => "Rsa(..)",
            Self::Ec { .. } => "Ec(..)",
            Self::Ed25519 { .. } => "Ed25519(..)",
            Self::Akp { .. } => "Akp(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_is_as_long_as_the_curve_is_wide() {
        for (curve, bits) in [
            (Curve::P256, 256_usize),
            (Curve::P384, 384),
            (Curve::P521, 521),
            (Curve::Secp256k1, 256),
            (Curve::Ed25519, 255),
        ] {
            assert_eq!(curve.coordinate_bytes(), bits.div_ceil(8), "{}", curve.as_str());
        }
    }

    #[test]
    fn a_private_key_is_not_shown() {
        let shown = format!("{:?} {:?}", PrivateKey::Pkcs8(&[77, 78]), PrivateKey::Ed25519 { x: &[1], d: &[77, 78] });
        assert!(!shown.contains("77"));
    }

    #[test]
    fn a_public_key_survives_owning() {
        let key = PublicKey::Ec { curve: Curve::P256, x: &[1; 32], y: &[2; 32] };
        assert_eq!(key.to_owned().as_ref(), key);
        assert_ne!(key, PublicKey::Ec { curve: Curve::P256, x: &[1; 32], y: &[3; 32] });
    }
}
