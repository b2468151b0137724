//! The cryptographic provider on [aws-lc-rs](https://docs.rs/aws-lc-rs): [`PROVIDER`].
//!
//! RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, ES256K, Ed25519 (which `EdDSA` finds too), ML-DSA-44,
//! ML-DSA-65, ML-DSA-87, HS256, HS384, HS512, SHA-256, SHA-384, SHA-512, AES-256-GCM, randomness, and new keys of every
//! kind, as one [`CryptoProvider`](crypto::CryptoProvider).
//!
//! ```
//! use symbolon_crypto_aws_lc_rs::{PROVIDER, crypto::{NewKey, PrivateKey}, types::Alg};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let made = PROVIDER.key_generator(NewKey::P521)?.generate_pkcs8(PROVIDER.random)?;
//! let algorithm = PROVIDER.signature(Alg::Es512)?;
//! let signer = algorithm.load_private(&PrivateKey::Pkcs8(made.expose()))?;
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
//! # Which keys are taken
//! | key | taken | refused |
//! |---|---|---|
//! | RSA, public | 2048 to 8192 bits, odd `e` of 65537 to 2^33 - 1 | leading zero octets, an even modulus |
//! | RSA, private | 2048 to 8192 bits, two primes | numbers that do not belong together, `d`, `dp`, `dq` and `qi` included |
//! | P-256, P-384, P-521, secp256k1 | coordinates in their full length | a point off the curve, halves that do not belong together |
//! | Ed25519 | 32 octets | points of small order, encodings that are not canonical, halves that do not belong together |
//! | ML-DSA | the length of its algorithm, a seed of 32 octets | halves that do not belong together |
//!
//! PKCS#8 of RSA must say `rsaEncryption`; of the elliptic curves it must name the curve. It may lack the public half, but
//! for one that is there the halves are compared. Of ML-DSA it holds the seed, the expanded key, or both that agree (RFC 9881
//! §6), `K` aside. New keys of RSA have `e` = 65537, new keys of ML-DSA and Ed25519 are seeds, the latter without the public
//! half (RFC 8410 §7).
//!
//! # What the backend holds, and what it wipes
//! Keys are parsed once, when they are loaded; a loaded key is the backend's own form, public ones included, and nothing
//! is parsed again for a signature. That form lives in memory of the C library, whose `OPENSSL_free` overwrites every
//! block before it is given back, keys and intermediate numbers alike; a prepared MAC key and what is made of it are
//! overwritten when they are dropped, and so are the documents of new keys. Signatures are written into the caller's
//! buffer; the backend allocates for itself while it computes. The key material that is passed in stays the caller's to
//! wipe. Copies that a compiler leaves in registers or on the stack are beyond all of this.
//!
//! # What it does not do
//! - It signs and makes keys with its own randomness and no other, so the source that is given to
//!   [`Signer::sign`](crypto::Signer::sign) is not asked. Ed25519, RS256, RS384 and RS512 need none.
//! - It does not find an Ed25519 key that is no point at all, nor an RSA modulus of bad primes. The former verifies
//!   nothing; about the latter see CVE-2017-15361.
//! - It does not compare the `K` of an expanded ML-DSA key (FIPS 204 §7.2), of which the public half tells nothing, with the
//!   seed beside it; signatures verify whatever it is.
//! - It is not the FIPS module of AWS-LC.
//!
//! # What it takes to build
//! On Linux a C compiler, as for ring; neither CMake nor Go nor bindgen. The backend's page says what other platforms
//! need: Windows on x86-64 for one NASM, or the feature `prebuilt-nasm`, which a program turns on for itself.
//!
//! # Out of scope
//! Encodings (JWK, PEM, certificates) and the choice of a key: `symbolon-jose`.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 7518 §3.2 - §3.5, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2, RFC 9964 §5 | [`PROVIDER`] |
//! | RFC 7518 §3.3, §3.5 | RSA keys of 2048 bits or more |
//! | RFC 8725 §3.4 | keys are validated when they are loaded |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod aead;
mod der;
mod digest;
mod ecdsa;
mod ed25519;
mod generate;
mod mac;
mod ml_dsa;
mod provider;
mod random;
mod rsa;

pub use provider::PROVIDER;
pub use symbolon_crypto as crypto;
pub use symbolon_types as types;
