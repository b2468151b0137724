use ring::{
    error::Unspecified,
    rand::{SecureRandom as _, SystemRandom},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    },
};
use symbolon_crypto::{GenerateFailed, KeyGenerator, NewKey, RandomFailed, SecureRandom};
use symbolon_types::SecretBytes;

/// What makes keys of one kind, with the operating system's randomness.
#[derive(Debug)]
pub(crate) struct Generator {
    kind: NewKey,
    make: fn(&SystemRandom) -> Result<SecretBytes, Unspecified>,
}

pub(crate) static P256_KEYS: Generator =
    Generator { kind: NewKey::P256, make: |random| ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, random) };
pub(crate) static P384_KEYS: Generator =
    Generator { kind: NewKey::P384, make: |random| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, random) };
pub(crate) static ED25519_KEYS: Generator = Generator { kind: NewKey::Ed25519, make: ed25519 };

impl KeyGenerator for Generator {
    fn kind(&self) -> NewKey {
        self.kind
    }

    fn generate_pkcs8(&self, _: &dyn SecureRandom) -> Result<SecretBytes, GenerateFailed> {
        self.make().map_err(|RandomFailed| GenerateFailed)
    }
}

impl Generator {
    fn make(&self) -> Result<SecretBytes, RandomFailed> {
        (self.make)(&SystemRandom::new()).map_err(|Unspecified| RandomFailed)
    }
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, random: &SystemRandom) -> Result<SecretBytes, Unspecified> {
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, random)?;
    Ok(SecretBytes::new(document.as_ref()))
}

/// ring writes the public half too (RFC 5958 §2), which OpenSSL 3.0 and what is built on it do not read; a private key is any
/// 32 octets (RFC 8032 §5.1.5), so that the form without it is written here.
fn ed25519(random: &SystemRandom) -> Result<SecretBytes, Unspecified> {
    let mut document = [&ED25519_PKCS8[..], &[0; 32]].concat();
    random.fill(document.get_mut(ED25519_PKCS8.len()..).ok_or(Unspecified)?)?;
    Ok(SecretBytes::new(document))
}

/// What stands before the seed: `SEQUENCE`, version 0, id-Ed25519, and the two `OCTET STRING`s around it (RFC 8410 §7).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Makes a key for ES256, as PKCS#8 in DER ([RFC 5208](https://www.rfc-editor.org/rfc/rfc5208)) with its public half.
///
/// ring makes no RSA keys; `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072` does.
///
/// # Errors
/// - [`RandomFailed`]: the operating system gave no randomness (`server_error`).
pub fn generate_ecdsa_p256_pkcs8() -> Result<SecretBytes, RandomFailed> {
    P256_KEYS.make()
}

/// Makes a key for Ed25519, as PKCS#8 in DER without its public half: version 1, 48 octets
/// ([RFC 8410 §7](https://www.rfc-editor.org/rfc/rfc8410#section-7)).
///
/// ```
/// use symbolon_crypto_ring::{PROVIDER, crypto::PrivateKey, generate_ed25519_pkcs8, types::Alg};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = generate_ed25519_pkcs8()?;
/// let signer = PROVIDER.signature(Alg::Ed25519)?.load_private(&PrivateKey::Pkcs8(key.expose()))?;
/// # let _ = signer;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// - [`RandomFailed`]: the operating system gave no randomness (`server_error`).
pub fn generate_ed25519_pkcs8() -> Result<SecretBytes, RandomFailed> {
    ED25519_KEYS.make()
}
