use core::fmt;

use symbolon_types::SecretBytes;

use crate::{GenerateFailed, SecureRandom};

/// Makes private keys of one kind, which a provider may not do.
pub trait KeyGenerator: Send + Sync + fmt::Debug {
    /// What it makes.
    fn kind(&self) -> NewKey;

    /// Makes a key, as PKCS#8 in DER of version 1 ([RFC 5208 §5]), ready for
    /// [`SignatureAlgorithm::load_private`](crate::SignatureAlgorithm::load_private) of the same provider.
    ///
    /// Version 2 ([RFC 5958 §2]), which may hold the public half, is not widely read. So an Ed25519 key is its seed and no
    /// more ([RFC 8410 §7]).
    ///
    /// A provider may ask a source of randomness of its own instead of the given one; its page says so.
    ///
    /// # Errors
    /// [`GenerateFailed`]: the backend could not (`server_error`).
    ///
    /// [RFC 5208 §5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
    /// [RFC 5958 §2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
    /// [RFC 8410 §7]: https://www.rfc-editor.org/rfc/rfc8410#section-7
    fn generate_pkcs8(&self, random: &dyn SecureRandom) -> Result<SecretBytes, GenerateFailed>;
}

/// A kind of private key that can be made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NewKey {
    /// P-256, for ES256.
    P256,
    /// P-384, for ES384.
    P384,
    /// P-521, for ES512.
    P521,
    /// secp256k1, for ES256K.
    Secp256k1,
    /// Ed25519.
    Ed25519,
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
    /// RSA with a modulus of 2048 bits, the fewest of [RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3).
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

impl NewKey {
    /// Every kind that this version names.
    pub const ALL: &'static [Self] = &[
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];
}

impl fmt::Display for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
            Self::Rsa2048 => "RSA of 2048 bits",
            Self::Rsa3072 => "RSA of 3072 bits",
            Self::Rsa4096 => "RSA of 4096 bits",
        })
    }
}
