//! OAuth 2.0 client authentication, both halves: what a client presented, what is registered, whether they match; and
//! what a client puts into its request.
//!
//! The methods are `none`, `client_secret_basic`, `client_secret_post`, `client_secret_jwt`, `private_key_jwt`,
//! `tls_client_auth` and `self_signed_tls_client_auth`. There is no I/O: input is the values of the `Authorization` header and
//! four parameters of the form, from any parser, and the certificate that the TLS layer saw; the caller looks the client up
//! between the two steps. What each method checks, and what it does not, is a table in the crate's README.
//!
//! ```
//! use symbolon_client_auth::{
//!     Checks, Credentials, Evidence, Extensions, PresentedCredentials, RegisteredCredentials, RegisteredSecret,
//!     policy::Policy,
//!     types::{AuthMethod, ClientId, Issuer, Trace},
//! };
//! use symbolon_crypto_ring::PROVIDER;
//! use time::UtcDateTime;
//!
//! // 1. What came, by exactly one mechanism.
//! let header: &[u8] = b"Basic b2lkYy1jbGllbnQ6bXlzZWNyZXQ=";
//! let credentials = Credentials { authorization: &[header], ..Credentials::default() };
//! let presented = PresentedCredentials::read(&credentials, &Extensions::NONE)?;
//!
//! // 2. What is registered under that id: the caller's own look-up, which may find nothing.
//! let client = (presented.client_hint() == "oidc-client").then(|| {
//!     ClientId::parse("oidc-client").map(|id| {
//!         RegisteredCredentials::new(id, AuthMethod::ClientSecretBasic)
//!             .with_secret(RegisteredSecret::Plain("mysecret".into()))
//!     })
//! });
//! let client = client.transpose()?;
//!
//! // 3. Whether they match.
//! let checks = Checks {
//!     crypto: &PROVIDER,
//!     policy: &Policy::OAUTH_2_1.assertion,
//!     issuer: &Issuer::parse("https://as.example")?,
//!     token_endpoint: "https://as.example/token",
//! };
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//! let mut trace = Trace::stop_at_first();
//! let proven = checks.check(&presented, client.as_ref(), &Evidence::default(), &mut trace, now)?;
//! assert_eq!(proven.client_id().as_str(), "oidc-client");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order, for a server: [`Credentials`], [`PresentedCredentials`] with [`BasicSecret`];
//! [`RegisteredCredentials`] with [`RegisteredSecret`], [`ClientKeys`] and [`ClientCertificates`]; [`Checks`] with
//! [`Evidence`] and [`Verdict`]; [`ProvenClient`], and [`Extensions`], [`ExtensionCredentials`] and [`Vouched`] for a method
//! of your own; [`CredentialsError`], [`AuthError`] and [`AttemptKind`]. [`BasicHalves`] read a Basic header by
//! itself, into a [`BasicBuffer`]. For a client: [`ClientAuthentication`], [`AssertionSigner`], [`SecretAssertionSigner`],
//! [`Applied`].
//!
//! # Out of scope
//! Parsing forms: a parameter that came twice must have been refused before ([`Credentials`] says why). Looking clients
//! up, fetching `jwks_uri`, counting refused attempts, remembering a [`Once`](types::Once): the caller's, who brings what
//! it found as [`Evidence`]. Statuses and challenges: `symbolon-token-response`, which takes an error's `rule()` and
//! `presentation()`. A method that is judged elsewhere enters by [`Vouched`].
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring; it changes nothing else. `unstable-attestation` adds the
//! module `attestation`: `attest_jwt_client_auth` by draft-ietf-oauth-attestation-based-client-auth-10. It follows the draft
//! and is outside of semantic versioning.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §2.3, §2.3.1, Appendix B | [`PresentedCredentials`], [`ClientAuthentication`] |
//! | RFC 7617 §2, RFC 9110 §11 | [`BasicHalves`], [`BasicSecret`], [`BasicFault`] |
//! | RFC 7521 §4.2 | [`PresentedCredentials`], [`AssertionTypeFault`] |
//! | RFC 7523 §2.2, §3, RFC 8725 §3, RFC 10070 | [`Checks`], [`AssertionSigner`] |
//! | OIDC Core §9, §10.1, RFC 7518 §3.2 | [`Checks`], [`SecretAssertionSigner`] |
//! | RFC 7523 §3 item 7, OIDC Core §9 | [`assertion_once`] |
//! | RFC 8705 §2.1, §2.2 | [`ClientCertificates`], [`Checks`] |
//! | RFC 8705 §3.1 | [`certificate_confirmation`] |
//! | RFC 7515 §4.1.6 | [`PresentedCredentials::untrusted_chain`], [`Evidence::chain`] |
//! | RFC 7591 §2, OIDC Registration §2 | [`RegisteredCredentials`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod assertion;
#[cfg(feature = "unstable-attestation")]
pub mod attestation;
mod authentication;
mod basic;
mod basic_halves;
mod certificate;
mod check;
mod credentials;
mod error;
mod form;
mod presented;
mod proven;
mod registered;
mod secret;
mod secret_jwt;
mod secret_sealer;
mod signer;
mod x5c;

pub use assertion::assertion_once;
pub use authentication::{Applied, ClientAuthentication};
pub use basic::BasicSecret;
pub use basic_halves::{BasicBuffer, BasicHalves};
pub use certificate::{ClientCertificates, certificate_confirmation};
pub use check::{Checks, Evidence, Verdict};
pub use credentials::Credentials;
pub use error::{ApplyError, AssertionTypeFault, AttemptKind, AuthError, BasicFault, CredentialsError};
pub use presented::{CLIENT_ASSERTION_TYPE_JWT_BEARER, ExtensionCredentials, Extensions, PresentedCredentials};
pub use proven::{ProvenClient, Vouched};
pub use registered::{ClientKeys, RegisteredCredentials, RegisteredSecret};
pub use secret_sealer::{SealError, SecretSealer};
pub use signer::{AssertionSigner, SecretAssertionSigner};
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_jose as jose;
pub use symbolon_policy as policy;
pub use symbolon_types as types;
pub use symbolon_x509 as x509;
