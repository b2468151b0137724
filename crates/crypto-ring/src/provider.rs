use symbolon_crypto::CryptoProvider;

use crate::{
    aead::Aes256Gcm,
    digest::{SHA384, SHA512, Sha256},
    ecdsa::{ES256, ES384},
    ed25519::Ed25519,
    generate::{ED25519_KEYS, P256_KEYS, P384_KEYS},
    mac::{HS384, HS512, HmacSha256},
    random::SystemRandom,
    rsa::{PS256, PS384, PS512, RS256, RS384, RS512},
};

/// Everything that ring does for the token endpoint.
///
/// # Security
/// Signatures are made with ring's own source of randomness, the operating system's. The source that is given to a
/// signer, and [`CryptoProvider::with_random`], change tokens and identifiers but no signature.
///
/// ```
/// use symbolon_crypto_ring::{PROVIDER, crypto::{NewKey, NoGenerator, Unsupported}, types::Alg};
/// for alg in [Alg::Rs512, Alg::Ps384, Alg::Es256, Alg::EdDsa, Alg::Ed25519] {
///     assert!(PROVIDER.signature(alg).is_ok());
/// }
/// assert!(matches!(PROVIDER.signature(Alg::Es512), Err(Unsupported { alg: Alg::Es512, .. })));
/// assert!(PROVIDER.signature(Alg::Hs256).is_err(), "a MAC is no signature");
/// assert!(matches!(PROVIDER.key_generator(NewKey::Rsa3072), Err(NoGenerator { .. })));
/// ```
pub static PROVIDER: CryptoProvider = CryptoProvider::new(&SystemRandom, &Sha256, &HmacSha256, &Aes256Gcm)
    .with_signatures(&[&RS256, &RS384, &RS512, &PS256, &PS384, &PS512, &ES256, &ES384, &Ed25519])
    .with_long_digests(&[&SHA384, &SHA512])
    .with_long_macs(&[&HS384, &HS512])
    .with_key_generators(&[&P256_KEYS, &P384_KEYS, &ED25519_KEYS]);
