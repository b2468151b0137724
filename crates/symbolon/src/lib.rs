//! Both halves of the OAuth 2.0 and OpenID Connect token endpoint, without I/O.
//!
//! This crate is the entrance: it re-exports the crates below it as modules, each under the feature that needs it, and
//! adds nothing of its own but a page of documentation, `adopting`: client authentication and DPoP alone.
//!
//! | feature | modules |
//! |---|---|
//! | always | [`types`], [`crypto`], [`policy`], [`pkce`], [`jose`], [`token_response`], [`id_token`] |
//! | `server` (default) | `server`, `client_auth`, `dpop`, `token_request`, `x509` |
//! | `client` (default) | `client`, `client_auth`, `dpop`, `token_request`, `x509` |
//! | `ring` (default) | `ring`, with `symbolon::ring::PROVIDER` |
//! | `aws-lc-rs` | `aws_lc_rs`, with `symbolon::aws_lc_rs::PROVIDER` |
//! | `webpki` | `x509`, with the validation of chains |
//! | `simd` | none: [`jose`] reads and writes base64url faster, with `std` and with unsafe code of the crate `base64` |
//! | `unstable-attestation` | `client_auth::attestation`, which follows a draft and is outside of semantic versioning |
//!
//! A provider is a value that you hand over; a feature adds a name or speed and never changes what existing code does.
//!
//! A server is a pure function in named steps (`server`); a client mirrors it (`client`). Routes for axum, a sender on
//! reqwest, stores and a runnable endpoint are crates above this one: `symbolon-axum`, `symbolon-reqwest`,
//! `symbolon-store`, `symbolon-cli`.
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "client")]
pub use symbolon_client as client;
#[cfg(any(feature = "server", feature = "client"))]
pub use symbolon_client_auth as client_auth;
pub use symbolon_crypto as crypto;
#[cfg(feature = "aws-lc-rs")]
pub use symbolon_crypto_aws_lc_rs as aws_lc_rs;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring as ring;
#[cfg(any(feature = "server", feature = "client"))]
pub use symbolon_dpop as dpop;
pub use symbolon_id_token as id_token;
pub use symbolon_jose as jose;
pub use symbolon_pkce as pkce;
pub use symbolon_policy as policy;
#[cfg(feature = "server")]
pub use symbolon_server as server;
#[cfg(any(feature = "server", feature = "client"))]
pub use symbolon_token_request as token_request;
pub use symbolon_token_response as token_response;
pub use symbolon_types as types;
#[cfg(any(feature = "server", feature = "client", feature = "webpki"))]
pub use symbolon_x509 as x509;

/// The repository's README, so that its examples are compiled and run.
#[cfg(all(doctest, feature = "server", feature = "client", feature = "ring"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

// A page and no code: rustdoc alone meets it, and its examples run where the crates that they call are there.
#[cfg(all(any(doc, doctest), any(feature = "server", feature = "client"), feature = "ring"))]
#[doc = include_str!("../ADOPTING.md")]
pub mod adopting {}
