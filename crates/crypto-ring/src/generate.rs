use ring::{
    error::Unspecified,
    pkcs8::Document,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use symbolon_crypto::{GenerateFailed, KeyGenerator, NewKey, RandomFailed, SecureRandom};
use symbolon_types::SecretBytes;

/// What makes keys of one kind, with the operating system's randomness.
#[derive(Debug)]
pub(crate) struct Generator {
    kind: NewKey,
    make: fn(&SystemRandom) -> Result<Document, Unspecified>,
}

pub(crate) static P256_KEYS: Generator = Generator {
    kind: NewKey::P256,
    make: |random| EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random),
};
pub(crate) static P384_KEYS: Generator = Generator {
    kind: NewKey::P384,
    make: |random| EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, random),
};
pub(crate) static ED25519_KEYS: Generator =
    Generator { kind: NewKey::Ed25519, make: |random| Ed25519KeyPair::generate_pkcs8(random) };

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
        let made = (self.make)(&SystemRandom::new());
        made.map(|document| SecretBytes::new(document.as_ref())).map_err(|Unspecified| RandomFailed)
    }
}

/// Makes a key for ES256, as PKCS#8 in DER ([RFC 5208](https://www.rfc-editor.org/rfc/rfc5208)) with its public half.
///
/// ring makes no RSA keys; `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072` does.
///
/// # Errors
/// - [`RandomFailed`]: the operating system gave no randomness (`server_error`).
pub fn generate_ecdsa_p256_pkcs8() -> Result<SecretBytes, RandomFailed> {
    P256_KEYS.make()
}

/// Makes a key for Ed25519, as `OneAsymmetricKey` in DER with its public half
/// ([RFC 5958 §2](https://www.rfc-editor.org/rfc/rfc5958#section-2)).
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
