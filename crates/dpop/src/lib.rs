//! Demonstrating Proof of Possession ([RFC 9449]), both halves: a client proves with each request that it has a key, and
//! a server binds what it issues to that key.
//!
//! ```
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_dpop::{
//!     Checks, NonceUse, ProofSigner, TargetUri,
//!     jose::SigningKey,
//!     policy::Policy,
//!     types::{Alg, Issuer, Trace, Values},
//! };
//! use time::UtcDateTime;
//!
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//! let url = "https://as.example/token";
//!
//! // The client: a key of its own, and a proof for one request.
//! let (key, _pkcs8) = SigningKey::generate(&PROVIDER, Alg::Es256)?;
//! let signer = ProofSigner::new(&PROVIDER, key)?;
//! let proof = signer.proof(&PROVIDER, "POST", url, None, None, now)?;
//!
//! // The server: every value of the `DPoP` header, as it came.
//! let mut values = Values::default();
//! values.push(proof.expose().as_bytes());
//! let checks = Checks {
//!     crypto: &PROVIDER,
//!     policy: &Policy::OAUTH_2_1.dpop,
//!     tenant: &Issuer::parse("https://as.example")?,
//!     method: "POST",
//!     url: &TargetUri::parse(url)?,
//!     nonce: NonceUse::Off,
//!     access_token: None,
//! };
//! let proven = checks.check(&values, &mut Trace::stop_at_first(), now)?;
//! assert_eq!(proven.jkt(), signer.jkt());
//! // `proven.once()` is for the store, `proven.confirmation()` for the token.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order, for a server: [`TargetUri`] is where a request came in, [`Nonces`] and [`NonceUse`] are whether a proof
//! carries a nonce; [`Checks`] makes a [`ProvenKey`] of a proof, or says by a [`DpopError`] why not. For a client:
//! [`ProofSigner`].
//!
//! # Out of scope
//! Whether a proof was seen before is for a store: [`ProvenKey::once`] is what it needs. Whether a code, a token or a client
//! is bound to the proven key ([RFC 9449 §5], §6, §7.1, §10) is judged where that record is known: `symbolon-server`.
//! Statuses, `WWW-Authenticate` and `DPoP-Nonce` headers: `symbolon-token-response` and the server. Sending a request again
//! with the nonce of an answer: `symbolon-client`.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring; it changes nothing else.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 9449 §4.2 | [`ProofSigner`] |
//! | RFC 9449 §4.3 | [`Checks`], [`DpopError`] |
//! | RFC 9449 §6 | [`ProvenKey::confirmation`] |
//! | RFC 9449 §7 | [`Checks::access_token`] |
//! | RFC 9449 §8, §9, §11.3 | [`Nonces`], [`NonceUse`] |
//! | RFC 9449 §11.1 | [`ProvenKey::once`] |
//! | RFC 3986 §6.2.2, §6.2.3 | [`TargetUri`] |
//!
//! [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449
//! [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod checks;
mod error;
mod nonces;
mod proof_signer;
mod proven;
mod target_uri;

pub use checks::{Checks, NonceUse};
pub use error::{DpopError, NonceFault, ProofError, TargetUriError};
pub use nonces::Nonces;
pub use proof_signer::ProofSigner;
pub use proven::ProvenKey;
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_jose as jose;
pub use symbolon_policy as policy;
pub use symbolon_types as types;
pub use target_uri::TargetUri;
