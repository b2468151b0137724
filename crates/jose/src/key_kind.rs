use symbolon_crypto::{Curve, PublicKey};
use symbolon_types::Alg;

use crate::KeyError;

/// Shortest RSA modulus, in bits ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)).
pub const MIN_RSA_BITS: usize = 2048;
/// Longest RSA modulus, in bits: verifying with a longer one is a way to waste a server's time (D19).
pub const MAX_RSA_BITS: usize = 8192;
/// Smallest RSA exponent. Smaller ones make forgeries easier wherever a padding check is not perfect.
pub const MIN_RSA_EXPONENT: u64 = 65_537;

/// What a key is, as far as algorithms care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    P521,
    Secp256k1,
    Ed25519,
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl KeyKind {
    /// The kind of a public key; `None` for one that is not known here.
    pub(crate) fn of(key: &PublicKey<'_>) -> Option<Self> {
        match key {
            PublicKey::Rsa { .. } => Some(Self::Rsa),
            PublicKey::Ec { curve: Curve::P256, .. } => Some(Self::P256),
            PublicKey::Ec { curve: Curve::P384, .. } => Some(Self::P384),
            PublicKey::Ec { curve: Curve::P521, .. } => Some(Self::P521),
            PublicKey::Ec { curve: Curve::Secp256k1, .. } => Some(Self::Secp256k1),
            PublicKey::Ed25519 { .. } => Some(Self::Ed25519),
            PublicKey::Akp { alg: Alg::MlDsa44, .. } => Some(Self::MlDsa44),
            PublicKey::Akp { alg: Alg::MlDsa65, .. } => Some(Self::MlDsa65),
            PublicKey::Akp { alg: Alg::MlDsa87, .. } => Some(Self::MlDsa87),
            _ => None,
        }
    }

    /// Whether the algorithm is one for such keys.
    pub(crate) const fn fits(self, alg: Alg) -> bool {
        matches!(
            (self, alg),
            (Self::Rsa, Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512)
                | (Self::P256, Alg::Es256)
                | (Self::P384, Alg::Es384)
                | (Self::P521, Alg::Es512)
                | (Self::Secp256k1, Alg::Es256K)
                | (Self::Ed25519, Alg::EdDsa | Alg::Ed25519)
                | (Self::MlDsa44, Alg::MlDsa44)
                | (Self::MlDsa65, Alg::MlDsa65)
                | (Self::MlDsa87, Alg::MlDsa87)
        )
    }

    /// The algorithm of a private key for which nobody names one.
    pub(crate) const fn default_alg(self) -> Alg {
        match self {
            Self::Rsa => Alg::Rs256,
            Self::P256 => Alg::Es256,
            Self::P384 => Alg::Es384,
            Self::P521 => Alg::Es512,
            Self::Secp256k1 => Alg::Es256K,
            Self::Ed25519 => Alg::Ed25519,
            Self::MlDsa44 => Alg::MlDsa44,
            Self::MlDsa65 => Alg::MlDsa65,
            Self::MlDsa87 => Alg::MlDsa87,
        }
    }

    /// Checks that a public key is of this kind, in the form of a JWK and strong enough. Whether a point is on its curve
    /// is for the provider.
    pub(crate) fn check(self, key: &PublicKey<'_>) -> Result<(), KeyError> {
        if Self::of(key) != Some(self) {
            return Err(KeyError::AlgKeyMismatch);
        }
        check_numbers(key)
    }
}

/// Checks the form of the numbers, and an RSA key's strength.
pub(crate) fn check_numbers(key: &PublicKey<'_>) -> Result<(), KeyError> {
    let coordinate = |name, octets: &[u8], curve: Curve| {
        if octets.len() == curve.coordinate_bytes() { Ok(()) } else { Err(KeyError::InvalidMember { name }) }
    };
    match *key {
        PublicKey::Rsa { n, e } => check_rsa(n, e),
        // RFC 7518 §6.2.1.2: the full length, with leading zero octets.
        PublicKey::Ec { curve, x, y } => {
            coordinate("x", x, curve)?;
            coordinate("y", y, curve)
        }
        PublicKey::Ed25519 { x } => coordinate("x", x, Curve::Ed25519),
        PublicKey::Akp { .. } => key.check().map_err(|_| KeyError::InvalidMember { name: "pub" }),
        _ => Err(KeyError::UnsupportedKeyType),
    }
}

fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    // RFC 7518 §6.3.1.1: the smallest number of octets.
    let (Some(&first), Some(&last)) = (n.first(), n.last()) else { return Err(KeyError::InvalidMember { name: "n" }) };
    if first == 0 || last % 2 == 0 {
        return Err(KeyError::InvalidMember { name: "n" });
    }
    let shortest = first.leading_zeros();
    let bits = n.len().saturating_mul(8).saturating_sub(usize::try_from(shortest).unwrap_or_default());
    if bits > MAX_RSA_BITS {
        return Err(KeyError::TooLarge { length: n.len(), limit: MAX_RSA_BITS / 8 });
    }
    if bits < MIN_RSA_BITS {
        return Err(KeyError::WeakKey);
    }
    if e.is_empty() || e.len() > size_of::<u64>() || (e.len() > 1 && e.first() == Some(&0)) {
        return Err(KeyError::InvalidMember { name: "e" });
    }
    let exponent = e.iter().fold(0_u64, |number, octet| (number << 8) | u64::from(*octet));
    if exponent < MIN_RSA_EXPONENT || exponent % 2 == 0 {
        return Err(KeyError::WeakKey);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(bytes: usize, first: u8) -> Vec<u8> {
        let mut n = alloc::vec![0xff; bytes];
        n[0] = first;
        n
    }

    #[test]
    fn every_algorithm_fits_one_kind_and_a_mac_none() {
        let kinds = [
            KeyKind::Rsa,
            KeyKind::P256,
            KeyKind::P384,
            KeyKind::P521,
            KeyKind::Secp256k1,
            KeyKind::Ed25519,
            KeyKind::MlDsa44,
            KeyKind::MlDsa65,
            KeyKind::MlDsa87,
        ];
        for alg in Alg::ALL {
            let fitting = kinds.iter().filter(|kind| kind.fits(*alg)).count();
            assert_eq!(fitting, usize::from(!alg.is_symmetric()), "{alg}");
        }
        for kind in kinds {
            assert!(kind.fits(kind.default_alg()));
        }
    }

    #[test]
    fn a032_rsa_below_2048_bits_is_weak_and_a035_beyond_8192_too_large() {
        assert_eq!(check_rsa(&modulus(256, 0x80), &[1, 0, 1]), Ok(()));
        assert_eq!(check_rsa(&modulus(256, 0x7f), &[1, 0, 1]), Err(KeyError::WeakKey));
        assert_eq!(check_rsa(&modulus(128, 0xff), &[1, 0, 1]), Err(KeyError::WeakKey));
        assert_eq!(check_rsa(&modulus(1024, 0xff), &[1, 0, 1]), Ok(()));
        assert!(matches!(check_rsa(&modulus(1025, 1), &[1, 0, 1]), Err(KeyError::TooLarge { .. })));
        assert!(matches!(check_rsa(&modulus(2048, 0xff), &[1, 0, 1]), Err(KeyError::TooLarge { .. })));
    }

    #[test]
    fn a033_rsa_exponents_that_are_small_or_even_are_weak() {
        let n = modulus(256, 0xff);
        for good in [&[1, 0, 1][..], &[1, 0, 0, 0, 1]] {
            assert_eq!(check_rsa(&n, good), Ok(()));
        }
        for weak in [&[0][..], &[1], &[2], &[3], &[17], &[1, 0, 0], &[1, 0, 2], &[0xff, 0xff]] {
            assert_eq!(check_rsa(&n, weak), Err(KeyError::WeakKey), "{weak:?}");
        }
        for malformed in [&[][..], &[0, 1, 0, 1], &[1, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(check_rsa(&n, malformed), Err(KeyError::InvalidMember { name: "e" }), "{malformed:?}");
        }
    }

    #[test]
    fn a_modulus_is_odd_and_has_no_leading_zero() {
        let mut even = modulus(256, 0xff);
        even[255] = 0;
        for n in [modulus(257, 0), even, alloc::vec![]] {
            assert_eq!(check_rsa(&n, &[1, 0, 1]), Err(KeyError::InvalidMember { name: "n" }));
        }
    }
}
