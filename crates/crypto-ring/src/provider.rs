use symbolon_crypto::CryptoProvider;

use crate::{
    aead::Aes256Gcm,
    digest::{SHA384, SHA512, Sha256},
    ecdsa::{ES256, ES384},
    ed25519::Ed25519,
    mac::HmacSha256,
    random::SystemRandom,
    rsa::{PS256, RS256},
};

/// Everything that ring does for the token endpoint.
///
/// # Security
/// Signatures are made with ring's own source of randomness, the operating system's. The source that is given to a
/// signer, and [`CryptoProvider::with_random`], change tokens and identifiers but no signature.
///
/// ```
/// use symbolon_crypto_ring::{PROVIDER, types::Alg};
/// for alg in [Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::Es384, Alg::EdDsa, Alg::Ed25519] {
///     assert!(PROVIDER.signature(alg).is_ok());
/// }
/// assert!(PROVIDER.signature(Alg::Hs256).is_err(), "a MAC is no signature");
/// ```
pub static PROVIDER: CryptoProvider = CryptoProvider::new(&SystemRandom, &Sha256, &HmacSha256, &Aes256Gcm)
    .with_signatures(&[&RS256, &PS256, &ES256, &ES384, &Ed25519])
    .with_long_digests(&[&SHA384, &SHA512]);
