use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::Unspecified,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, ML_DSA_44_SIGNING,
        ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
    },
};
use symbolon_crypto::{GenerateFailed, KeyGenerator, NewKey, SecureRandom};
use symbolon_types::SecretBytes;

/// What makes keys of one kind, with the backend's randomness.
#[derive(Debug)]
pub(crate) struct Generator {
    kind: NewKey,
    make: fn() -> Result<SecretBytes, Unspecified>,
}

pub(crate) static P256_KEYS: Generator =
    Generator { kind: NewKey::P256, make: || ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING) };
pub(crate) static P384_KEYS: Generator =
    Generator { kind: NewKey::P384, make: || ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING) };
pub(crate) static P521_KEYS: Generator =
    Generator { kind: NewKey::P521, make: || ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING) };
pub(crate) static SECP256K1_KEYS: Generator =
    Generator { kind: NewKey::Secp256k1, make: || ecdsa(&ECDSA_P256K1_SHA256_FIXED_SIGNING) };
pub(crate) static ED25519_KEYS: Generator = Generator { kind: NewKey::Ed25519, make: ed25519 };
pub(crate) static ML_DSA_44_KEYS: Generator = Generator { kind: NewKey::MlDsa44, make: || ml_dsa(&ML_DSA_44_SIGNING) };
pub(crate) static ML_DSA_65_KEYS: Generator = Generator { kind: NewKey::MlDsa65, make: || ml_dsa(&ML_DSA_65_SIGNING) };
pub(crate) static ML_DSA_87_KEYS: Generator = Generator { kind: NewKey::MlDsa87, make: || ml_dsa(&ML_DSA_87_SIGNING) };
pub(crate) static RSA_2048_KEYS: Generator = Generator { kind: NewKey::Rsa2048, make: || rsa(KeySize::Rsa2048) };
pub(crate) static RSA_3072_KEYS: Generator = Generator { kind: NewKey::Rsa3072, make: || rsa(KeySize::Rsa3072) };
pub(crate) static RSA_4096_KEYS: Generator = Generator { kind: NewKey::Rsa4096, make: || rsa(KeySize::Rsa4096) };

impl KeyGenerator for Generator {
    fn kind(&self) -> NewKey {
        self.kind
    }

    fn generate_pkcs8(&self, _: &dyn SecureRandom) -> Result<SecretBytes, GenerateFailed> {
        (self.make)().map_err(|Unspecified| GenerateFailed)
    }
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Result<SecretBytes, Unspecified> {
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())?;
    Ok(SecretBytes::new(document.as_ref()))
}

/// Without the public half (RFC 8410 §7): with it (RFC 5958 §2), OpenSSL 3.0 and what is built on it do not read the key.
fn ed25519() -> Result<SecretBytes, Unspecified> {
    let document = Ed25519KeyPair::generate()?.to_pkcs8v1()?;
    Ok(SecretBytes::new(document.as_ref()))
}

/// The document holds the seed alone (RFC 9881 §6).
fn ml_dsa(algorithm: &'static PqdsaSigningAlgorithm) -> Result<SecretBytes, Unspecified> {
    let document = PqdsaKeyPair::generate(algorithm)?.to_pkcs8v1()?;
    Ok(SecretBytes::new(document.as_ref()))
}

fn rsa(size: KeySize) -> Result<SecretBytes, Unspecified> {
    let document: Pkcs8V1Der<'_> = RsaKeyPair::generate(size)?.as_der()?;
    Ok(SecretBytes::new(document.as_ref()))
}
