use symbolon_types::Alg;

use crate::{Curve, KeyRejected, PublicKey};

impl PublicKey<'_> {
    /// Checks what no algorithm on such a key may do without, and what needs no arithmetic: for whoever writes a provider.
    ///
    /// - RSA: a modulus of 2048 to 8192 bits ([RFC 7518 §3.3]) that is odd, an odd exponent of 65537 to 2^33 - 1, neither
    ///   with a leading zero octet.
    /// - ECDSA: coordinates in their full length ([RFC 7518 §6.2.1.2]), on a curve that ECDSA is done on.
    /// - Ed25519: 32 octets that are the canonical encoding of a coordinate ([RFC 8032 §5.1.3]), and no point of small order.
    /// - ML-DSA: the length that the algorithm has ([RFC 9964 §4]).
    ///
    /// Whether a point is on its curve, and whether a modulus has sound primes, is not checked here.
    ///
    /// ```
    /// use symbolon_crypto::PublicKey;
    /// assert!(PublicKey::Rsa { n: &[0xff; 256], e: &[1, 0, 1] }.check().is_ok());
    /// assert!(PublicKey::Rsa { n: &[0xff; 256], e: &[3] }.check().is_err());
    /// assert!(PublicKey::Ed25519 { x: &[0; 32] }.check().is_err(), "a point of order 4");
    /// ```
    ///
    /// # Errors
    /// [`KeyRejected`], without detail.
    ///
    /// [RFC 7518 §3.3]: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
    /// [RFC 7518 §6.2.1.2]: https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1.2
    /// [RFC 8032 §5.1.3]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3
    /// [RFC 9964 §4]: https://www.rfc-editor.org/rfc/rfc9964#section-4
    pub fn check(&self) -> Result<(), KeyRejected> {
        match *self {
            Self::Rsa { n, e } => {
                check_modulus(n)?;
                check_exponent(e)
            }
            Self::Ec { curve, x, y } => {
                let length = curve.coordinate_bytes();
                let sound = curve != Curve::Ed25519 && x.len() == length && y.len() == length;
                sound.then_some(()).ok_or(KeyRejected)
            }
            Self::Ed25519 { x } => {
                let point: [u8; KEY_BYTES] = x.try_into().map_err(|_| KeyRejected)?;
                let sound = !has_small_order(&point) && is_canonical(&point);
                sound.then_some(()).ok_or(KeyRejected)
            }
            Self::Akp { alg, public } => {
                // FIPS 204, table 2.
                let length = match alg {
                    Alg::MlDsa44 => 1312,
                    Alg::MlDsa65 => 1952,
                    Alg::MlDsa87 => 2592,
                    _ => return Err(KeyRejected),
                };
                (public.len() == length).then_some(()).ok_or(KeyRejected)
            }
        }
    }
}

fn check_modulus(n: &[u8]) -> Result<(), KeyRejected> {
    let (Some(first), Some(last)) = (n.first(), n.last()) else { return Err(KeyRejected) };
    let leading_zeros = usize::try_from(first.leading_zeros()).map_err(|_| KeyRejected)?;
    let bits = n.len().saturating_mul(8).saturating_sub(leading_zeros);
    let sound = *first != 0 && last & 1 == 1 && (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits);
    sound.then_some(()).ok_or(KeyRejected)
}

fn check_exponent(e: &[u8]) -> Result<(), KeyRejected> {
    let mut octets = [0; 8];
    let first_used = octets.len().checked_sub(e.len()).ok_or(KeyRejected)?;
    octets.get_mut(first_used..).ok_or(KeyRejected)?.copy_from_slice(e);
    let value = u64::from_be_bytes(octets);
    let sound = e.first() != Some(&0) && value & 1 == 1 && (MIN_EXPONENT..=MAX_EXPONENT).contains(&value);
    sound.then_some(()).ok_or(KeyRejected)
}

/// Whether the key is one of [`SMALL_ORDER`], whatever its sign bit.
///
/// Under such a key the owner of no secret makes signatures that verify: with the neutral point, `R` the neutral point
/// and `S` zero is a signature of every message.
fn has_small_order(point: &[u8; KEY_BYTES]) -> bool {
    let [rest @ .., last] = *point;
    SMALL_ORDER.iter().any(|[small @ .., small_last]| rest == *small && last & 0x7f == *small_last)
}

/// Whether the encoded coordinate is below the field's prime 2^255 - 19 ([RFC 8032 §5.1.3] step 1: otherwise "decoding
/// fails"); backends reduce it instead, which gives a key 19 more names.
///
/// [RFC 8032 §5.1.3]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3
fn is_canonical(point: &[u8; KEY_BYTES]) -> bool {
    let [first, middle @ .., last] = point;
    !(*first >= 0xed && middle.iter().all(|octet| *octet == 0xff) && last & 0x7f == 0x7f)
}

/// Fewest bits of a modulus ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3): "2048 bits or larger").
const MIN_MODULUS_BITS: usize = 2048;
/// Most bits of a modulus: the limit of the usual backends, and the cost of a verification grows with the square.
const MAX_MODULUS_BITS: usize = 8192;
/// Smallest public exponent (FIPS 186-4 B.3.1). 1 makes every message its own signature; 3 helps forgers of padding.
const MIN_EXPONENT: u64 = 65_537;
/// Largest public exponent: the limit of the usual backends.
const MAX_EXPONENT: u64 = (1 << 33) - 1;
/// Length of an Ed25519 public key, in bytes.
const KEY_BYTES: usize = 32;

/// The y coordinates, little-endian without sign bit, of the eight points whose order divides the cofactor 8. Each
/// stands for two encodings, one per sign: the eight canonical ones, and two of x = 0 with a sign, which are not. The
/// coordinates 0 and 1 once more as p and p + 1 are refused by [`is_canonical`].
const SMALL_ORDER: [[u8; KEY_BYTES]; 5] = [
    // y = 1: the neutral point, order 1. With a sign: x = -0.
    [
        0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ],
    // y = p - 1, order 2. With a sign: x = -0.
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    // y = 0, order 4.
    [
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ],
    // The two coordinates of order 8.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_numbers_are_taken_within_their_bounds_only() {
        let n = |octets: usize, first: u8, last: u8| {
            let mut n = vec![0xff; octets];
            (n[0], n[octets - 1]) = (first, last);
            n
        };
        let good = n(256, 0x80, 1);
        let check = |n: &[u8], e: &[u8]| PublicKey::Rsa { n, e }.check();
        assert_eq!(check(&good, &[1, 0, 1]), Ok(()));
        assert_eq!(check(&good, &[1, 0xff, 0xff, 0xff, 0xff]), Ok(()), "2^33 - 1");
        assert_eq!(check(&n(1024, 0xff, 1), &[1, 0, 1]), Ok(()), "8192 bits");
        for bad in [n(256, 0x7f, 1), n(256, 0x80, 2), n(257, 0, 1), n(1025, 1, 1), vec![]] {
            assert_eq!(check(&bad, &[1, 0, 1]), Err(KeyRejected), "{} octets", bad.len());
        }
        for bad in [&[][..], &[3], &[0xff, 0xff], &[1, 0, 0], &[0, 1, 0, 1], &[2, 0, 0, 0, 1], &[1; 9]] {
            assert_eq!(check(&good, bad), Err(KeyRejected), "{bad:?}");
        }
    }

    #[test]
    fn coordinates_and_ml_dsa_keys_have_their_length() {
        for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1] {
            let whole = vec![1; curve.coordinate_bytes()];
            let check = |x: &[u8], y: &[u8]| PublicKey::Ec { curve, x, y }.check();
            assert_eq!(check(&whole, &whole), Ok(()));
            assert_eq!(check(&whole[1..], &whole), Err(KeyRejected));
            assert_eq!(check(&whole, &[&whole[..], &[0]].concat()), Err(KeyRejected));
        }
        assert_eq!(PublicKey::Ec { curve: Curve::Ed25519, x: &[1; 32], y: &[1; 32] }.check(), Err(KeyRejected));
        for (alg, length) in [(Alg::MlDsa44, 1312), (Alg::MlDsa65, 1952), (Alg::MlDsa87, 2592)] {
            assert_eq!(PublicKey::Akp { alg, public: &vec![1; length] }.check(), Ok(()));
            assert_eq!(PublicKey::Akp { alg, public: &vec![1; length - 1] }.check(), Err(KeyRejected));
            assert_eq!(PublicKey::Akp { alg: Alg::Es256, public: &vec![1; length] }.check(), Err(KeyRejected));
        }
    }

    #[test]
    fn a016_ed25519_keys_of_small_order_or_not_reduced_are_refused_whatever_their_sign() {
        assert_eq!(PublicKey::Ed25519 { x: &[9; 32] }.check(), Ok(()));
        for small in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut x = small;
                x[31] |= sign;
                assert_eq!(PublicKey::Ed25519 { x: &x }.check(), Err(KeyRejected), "{x:x?}");
            }
        }
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xed, 0x7f);
        assert_eq!(PublicKey::Ed25519 { x: &above }.check(), Err(KeyRejected), "p");
        above[0] = 0xeb;
        assert_eq!(PublicKey::Ed25519 { x: &above }.check(), Ok(()), "p - 2");
        assert_eq!(PublicKey::Ed25519 { x: &[9; 31] }.check(), Err(KeyRejected));
    }
}
