use alloc::{sync::Arc, vec::Vec};

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use symbolon_crypto::{
    BadSignature, KeyRejected, OwnedPublicKey, PrivateKey, PublicKey, SecureRandom, SignFailed, SignatureAlgorithm,
    Signer, Verifier,
};
use symbolon_types::Alg;

/// Ed25519 ([RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1),
/// [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2)).
#[derive(Debug)]
pub(crate) struct Ed25519;

impl SignatureAlgorithm for Ed25519 {
    fn alg(&self) -> Alg {
        Alg::Ed25519
    }

    fn load_public(&self, key: &PublicKey<'_>) -> Result<Arc<dyn Verifier>, KeyRejected> {
        let PublicKey::Ed25519 { x } = *key else { return Err(KeyRejected) };
        let point: [u8; KEY_BYTES] = x.try_into().map_err(|_| KeyRejected)?;
        if has_small_order(&point) || !is_canonical(&point) {
            return Err(KeyRejected);
        }
        Ok(Arc::new(Ed25519Verifier(UnparsedPublicKey::new(&ED25519, point))))
    }

    fn load_private(&self, key: &PrivateKey<'_>) -> Result<Arc<dyn Signer>, KeyRejected> {
        let pair = match *key {
            // With a public half in it (RFC 5958) the halves are compared; without one there is nothing to compare.
            PrivateKey::Pkcs8(der) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der),
            PrivateKey::Ed25519 { x, d } => Ed25519KeyPair::from_seed_and_public_key(d, x),
            _ => return Err(KeyRejected),
        };
        Ok(Arc::new(Ed25519Signer(pair.map_err(|_| KeyRejected)?)))
    }
}

#[derive(Debug)]
struct Ed25519Verifier(UnparsedPublicKey<[u8; KEY_BYTES]>);

impl Verifier for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify(message, signature).map_err(|_| BadSignature)
    }
}

/// `Debug` shows the public half.
#[derive(Debug)]
struct Ed25519Signer(Ed25519KeyPair);

impl Signer for Ed25519Signer {
    fn sign(&self, _: &dyn SecureRandom, message: &[u8], out: &mut Vec<u8>) -> Result<(), SignFailed> {
        out.extend_from_slice(self.0.sign(message).as_ref());
        Ok(())
    }

    fn public_key(&self) -> OwnedPublicKey {
        OwnedPublicKey::Ed25519 { x: self.0.public_key().as_ref().to_vec() }
    }
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
/// fails"); ring reduces it instead, which gives a key 19 more names.
///
/// [RFC 8032 §5.1.3]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3
fn is_canonical(point: &[u8; KEY_BYTES]) -> bool {
    let [first, middle @ .., last] = point;
    !(*first >= 0xed && middle.iter().all(|octet| *octet == 0xff) && last & 0x7f == 0x7f)
}

/// Length of a public key, in bytes.
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
