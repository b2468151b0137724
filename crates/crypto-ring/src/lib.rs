//! The cryptographic provider on [ring](https://docs.rs/ring): [`PROVIDER`].
//!
//! RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and Ed25519 (which `EdDSA` finds too), HS256, HS384, HS512,
//! SHA-256, SHA-384, SHA-512, AES-256-GCM, the randomness of the operating system and new keys on P-256, P-384 and
//! Ed25519, as one [`CryptoProvider`](crypto::CryptoProvider).
//!
//! ```
//! use symbolon_crypto_ring::{PROVIDER, crypto::PrivateKey, generate_ecdsa_p256_pkcs8, types::Alg};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let algorithm = PROVIDER.signature(Alg::Es256)?;
//! let signer = algorithm.load_private(&PrivateKey::Pkcs8(generate_ecdsa_p256_pkcs8()?.expose()))?;
//! let mut signature = Vec::new();
//! signer.sign(PROVIDER.random, b"header.payload", &mut signature)?;
//!
//! let verifier = algorithm.load_public(&signer.public_key().as_ref())?;
//! verifier.verify(b"header.payload", &signature)?;
//! assert!(verifier.verify(b"header.payloaD", &signature).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! In reading order: [`PROVIDER`], [`generate_ecdsa_p256_pkcs8`], [`generate_ed25519_pkcs8`].
//!
//! # Which keys are taken
//! | key | taken | refused |
//! |---|---|---|
//! | RSA, public | 2048 to 8192 bits, odd `e` of 65537 to 2^33 - 1 | leading zero octets, an even modulus |
//! | RSA, private | 2048, 3072 or 4096 bits, two primes of equal length | numbers that do not belong together, but for `d` |
//! | P-256, P-384 | coordinates in their full length | a point off the curve, halves that do not belong together |
//! | Ed25519 | 32 octets | points of small order, encodings that are not canonical, halves that do not belong together |
//!
//! PKCS#8 of RSA must say `rsaEncryption`; of P-256 and P-384 it must name the curve and hold the public half; of Ed25519
//! it may lack it, which is what OpenSSL writes, and what a new key is (RFC 8410 §7).
//!
//! # What ring does not do
//! - It has no ES512, no ES256K and no ML-DSA, and makes no RSA keys: asking for them is a typed error.
//! - It signs with the operating system's randomness and no other, so the source that is given to
//!   [`Signer::sign`](crypto::Signer::sign) is not asked. Ed25519, RS256, RS384 and RS512 need none. New keys are made
//!   of it too.
//! - It does not wipe its parsed keys, nor its own copy of a key that it makes, on the stack; ours is wiped. The key
//!   material that is passed in stays the caller's to wipe.
//! - It does not compare the `d` of an RSA key with the other numbers: it must be odd, longer than half of the modulus and
//!   below it, and no signature is made with it. A key whose `d` is another one is thus taken here and signs well.
//! - It does not find an Ed25519 key that is no point at all, nor an RSA modulus of bad primes. The former verifies
//!   nothing; about the latter see CVE-2017-15361.
//!
//! # Out of scope
//! Encodings (JWK, PEM, certificates) and the choice of a key: `symbolon-jose`.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 7518 §3.2 - §3.5, RFC 8037 §3.1, RFC 9864 §2.2 | [`PROVIDER`] |
//! | RFC 7518 §3.3, §3.5 | RSA keys of 2048 bits or more |
//! | RFC 8725 §3.4 | keys are validated when they are loaded |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod aead;
mod digest;
mod ecdsa;
mod ed25519;
mod generate;
mod mac;
mod provider;
mod random;
mod rsa;

pub use generate::{generate_ecdsa_p256_pkcs8, generate_ed25519_pkcs8};
pub use provider::PROVIDER;
pub use symbolon_crypto as crypto;
pub use symbolon_types as types;
