use symbolon_crypto::CryptoProvider;

use crate::{
    aead::Aes256Gcm,
    digest::{SHA384, SHA512, Sha256},
    ecdsa::{ES256, ES256K, ES384, ES512},
    ed25519::Ed25519,
    generate::{
        ED25519_KEYS, ML_DSA_44_KEYS, ML_DSA_65_KEYS, ML_DSA_87_KEYS, P256_KEYS, P384_KEYS, P521_KEYS, RSA_2048_KEYS,
        RSA_3072_KEYS, RSA_4096_KEYS, SECP256K1_KEYS,
    },
    mac::{HS384, HS512, HmacSha256},
    ml_dsa::{ML_DSA_44_ALGORITHM, ML_DSA_65_ALGORITHM, ML_DSA_87_ALGORITHM},
    random::SystemRandom,
    rsa::{PS256, PS384, PS512, RS256, RS384, RS512},
};

/// Everything that aws-lc-rs does for the token endpoint.
///
/// # Security
/// Signatures and keys are made with the backend's own source of randomness, which is seeded by the operating system. The
/// source that is given to a signer, and [`CryptoProvider::with_random`], change tokens and identifiers but no signature
/// and no key.
///
/// ```
/// use symbolon_crypto_aws_lc_rs::{PROVIDER, crypto::NewKey, types::Alg};
/// assert!(Alg::ALL.iter().all(|alg| PROVIDER.supports(*alg)));
/// assert!(NewKey::ALL.iter().all(|kind| PROVIDER.key_generator(*kind).is_ok()));
/// ```
pub static PROVIDER: CryptoProvider = CryptoProvider::new(&SystemRandom, &Sha256, &HmacSha256, &Aes256Gcm)
    .with_signatures(&[
        &RS256,
        &RS384,
        &RS512,
        &PS256,
        &PS384,
        &PS512,
        &ES256,
        &ES384,
        &ES512,
        &ES256K,
        &Ed25519,
        &ML_DSA_44_ALGORITHM,
        &ML_DSA_65_ALGORITHM,
        &ML_DSA_87_ALGORITHM,
    ])
    .with_long_digests(&[&SHA384, &SHA512])
    .with_long_macs(&[&HS384, &HS512])
    .with_key_generators(&[
        &P256_KEYS,
        &P384_KEYS,
        &P521_KEYS,
        &SECP256K1_KEYS,
        &ED25519_KEYS,
        &ML_DSA_44_KEYS,
        &ML_DSA_65_KEYS,
        &ML_DSA_87_KEYS,
        &RSA_2048_KEYS,
        &RSA_3072_KEYS,
        &RSA_4096_KEYS,
    ]);
