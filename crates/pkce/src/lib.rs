//! Proof Key for Code Exchange: the client makes a [`CodeVerifier`] and sends its [`CodeChallenge`] with the
//! authorization request; at the token endpoint the verifier must hash to the challenge.
//!
//! A client always uses `S256`: `plain` shows the verifier to whoever sees the authorization request. A server whose policy
//! takes `plain` all the same hashes such a challenge before it is kept ([`CodeChallenge::requested`]): no record holds a
//! verifier, and none has a method that could be confused.
//!
//! ```
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_pkce::{CODE_CHALLENGE_METHOD, CodeChallenge, CodeVerifier};
//!
//! // The client, before the authorization request.
//! let verifier = CodeVerifier::generate(&PROVIDER)?;
//! let challenge = verifier.challenge(PROVIDER.sha256);
//! let sent = format!("code_challenge={challenge}&code_challenge_method={CODE_CHALLENGE_METHOD}");
//! assert!(sent.ends_with("&code_challenge_method=S256"));
//!
//! // The server: the challenge is kept with the code, the verifier comes with the token request (RFC 7636 Appendix B).
//! let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
//! let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")?;
//! assert!(challenge.matches(&verifier, PROVIDER.sha256));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`CodeVerifier`], [`CodeChallenge`], [`is_required`].
//!
//! # Out of scope
//! That a verifier comes exactly when the code has a challenge ([RFC 9700 §4.8.2]) is judged where the code's record is
//! known: `symbolon-server`.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 7636 §4.1 | [`CodeVerifier`] |
//! | RFC 7636 §4.2 | [`CodeVerifier::challenge`], [`CodeChallenge`] |
//! | RFC 7636 §4.3, §4.4.1 | [`CodeChallenge::requested`] |
//! | RFC 7636 §4.6 | [`CodeChallenge::matches`] |
//! | RFC 9700 §2.1.1 | [`is_required`] |
//!
//! [RFC 9700 §4.8.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.8.2
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod challenge;
mod error;
mod requirement;
mod verifier;

pub use challenge::{CODE_CHALLENGE_METHOD, CodeChallenge};
pub use error::{ChallengeError, VerifierError};
pub use requirement::is_required;
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_policy as policy;
pub use symbolon_types as types;
pub use verifier::CodeVerifier;
