//! The vocabulary of the OAuth 2.0 and OpenID Connect token endpoint.
//!
//! Everything here is data that more than one crate of the workspace names: identifiers, secrets, digests, scope,
//! error codes, the rule table with the trace that is written against it, and the parts of an HTTP request and
//! response that the protocol may read or write. Nothing here decides anything.
//!
//! ```
//! use symbolon_types::{ErrorCode, Rule, Scope};
//!
//! let granted = Scope::parse("openid profile")?;
//! assert!(Scope::parse("profile")?.is_subset_of(&granted));
//! assert_eq!(Rule::ScopeNarrows.code(), Some(ErrorCode::InvalidScope));
//! assert_eq!(Rule::ScopeNarrows.section(), "RFC 6749 §6");
//! # Ok::<(), symbolon_types::ScopeError>(())
//! ```
//!
//! In reading order: [`RequestParts`] and [`ResponseParts`] are the edges; [`ClientId`], [`Issuer`], [`Scope`],
//! [`GrantType`], [`AuthMethod`], [`Alg`] are registered names; [`Secret`], [`SecretBytes`] and [`Digest`] hold what
//! grants access; [`Once`] and [`Confirmation`] are what a check proves; [`Rule`], [`ErrorCode`] and [`Trace`] say
//! what was judged.
//!
//! # Out of scope
//! Parsing of requests (`symbolon-token-request`), statuses and headers (`symbolon-token-response`), cryptography.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.3 | [`Scope`] |
//! | RFC 6749 §5.2, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5 | [`ErrorCode`] |
//! | RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 | [`Alg`] |
//! | RFC 7591 §2 | [`AuthMethod`], [`GrantType`] |
//! | RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6 | [`Confirmation`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod alg;
mod auth_method;
mod confirmation;
mod digest;
mod error_code;
mod grant_type;
mod identifier;
mod once;
mod presentation;
mod request;
mod response;
mod rule;
mod scope;
mod secret;
mod trace;

pub use alg::{Alg, UnknownAlg};
pub use auth_method::AuthMethod;
pub use confirmation::Confirmation;
pub use digest::Digest;
pub use error_code::ErrorCode;
pub use grant_type::GrantType;
pub use identifier::{ClientId, IdentifierError, Issuer};
pub use once::{MAX_NODE_CLOCK_DIFFERENCE, Once};
pub use presentation::Presentation;
pub use request::{CertificateChain, MAX_HEADER_VALUE_BYTES, Method, PeerCertificate, Repeated, RequestParts, Values};
pub use response::ResponseParts;
pub use rule::Rule;
pub use scope::{Scope, ScopeError};
pub use secret::{Secret, SecretBytes};
pub use trace::{Fact, Field, Judge, MAX_FACT_CHARS, Trace};
