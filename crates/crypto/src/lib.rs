//! What a cryptographic provider must offer to the token endpoint, as traits.
//!
//! A provider is a value: a [`CryptoProvider`] of `&'static dyn` parts, handed to whoever needs it. Nothing is registered
//! process-wide, two providers live side by side, and an algorithm that a provider lacks is absent and asked for with a
//! typed error. `symbolon-crypto-ring` is the provider that most programs use; `symbolon-crypto-aws-lc-rs` can do
//! more algorithms.
//!
//! ```
//! use symbolon_crypto::{CryptoProvider, Unsupported};
//! use symbolon_types::Alg;
//!
//! fn can_sign(crypto: &CryptoProvider) -> Result<(), Unsupported> {
//!     crypto.signature(Alg::Es256).map(|_| ())
//! }
//! ```
//!
//! In reading order: [`CryptoProvider`], [`SignatureAlgorithm`] with [`Signer`] and [`Verifier`], [`Mac`] and [`LongMac`]
//! with [`HmacKey`], [`Sha256`] with [`once_key`] and [`LongDigest`], [`Aead`], [`SecureRandom`], [`KeyGenerator`];
//! [`PublicKey`] and [`PrivateKey`] are the forms in which keys arrive.
//!
//! # Out of scope
//! Encodings (JWK, PEM, DER certificates) and the choice of a key: `symbolon-jose`.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 7518 §3, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9964 §5 | [`SignatureAlgorithm`], [`Mac`], [`LongMac`] |
//! | RFC 7518 §6, RFC 8037 §2, RFC 8812 §3.1, RFC 9964 §3, §4 | [`PublicKey`], [`PrivateKey`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod aead;
mod digest;
mod error;
mod generate;
mod key;
mod key_check;
mod mac;
mod once_key;
mod provider;
mod random;
mod signature;

pub use aead::{AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, Aead, AeadKey};
pub use digest::{LongDigest, LongDigestName, Sha256};
pub use error::{
    BadSignature, GenerateFailed, KeyRejected, NoGenerator, OpenFailed, RandomFailed, SignFailed, Unsupported,
};
pub use generate::{KeyGenerator, NewKey};
pub use key::{Curve, OwnedPublicKey, PrivateKey, PublicKey};
pub use mac::{HmacKey, LongMac, LongMacKey, MAC_BYTES, Mac, MacKey, MacTag};
pub use once_key::once_key;
pub use provider::CryptoProvider;
pub use random::SecureRandom;
pub use signature::{SignatureAlgorithm, Signer, Verifier};
