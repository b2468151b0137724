//! X.509 certificates as OAuth 2.0 meets them: the name that a client of `tls_client_auth` registered (RFC 8705), the
//! thumbprint that binds a token, the organisation number of a business certificate, and the chain in an `x5c` header
//! before and after somebody validated it.
//!
//! ```
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_x509::{Certificate, SubjectName};
//!
//! # let der: &[u8] = include_bytes!("../tests/vectors/business.der");
//! let certificate = Certificate::parse(der)?;
//! let registered = SubjectName::subject_dn("CN=Client,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO")?;
//! assert!(registered.matches(&certificate));
//! assert_eq!(certificate.organization_number(), Some("123456789"));
//! assert_eq!(certificate.thumbprint(PROVIDER.sha256).to_base64url().len(), 43);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`Certificate`] with [`thumbprint`]; [`SubjectName`] with [`DistinguishedName`]; [`UntrustedChain`] and
//! [`ValidatedChain`], and, with the feature `webpki`, `ChainChecks` with `ChainPolicy`, `KeyUsage` and `ExtendedKeyUsage`;
//! [`CertificateError`], [`SubjectNameError`], [`ChainError`].
//!
//! # Out of scope
//! TLS itself, and that the peer has the key of its certificate: the transport's. Fetching revocation lists and issuers.
//! Keys as JWK and their comparison: `symbolon-jose`. Which client may use which certificate: `symbolon-client-auth`.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring. `webpki` adds the validation of chains by rustls-webpki;
//! both together add `SIGNATURE_ALGORITHMS`.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 8705 §2.1.2, RFC 5280 §4.2.1.6 | [`SubjectName`] |
//! | RFC 4514, RFC 5280 §7.1 | [`DistinguishedName`] |
//! | RFC 8705 §3.1, RFC 7515 §4.1.8 | [`thumbprint`] |
//! | RFC 5280 §4.1 | [`Certificate`] |
//! | EN 319 412-1 §5.1.4 | [`Certificate::organization_number`] |
//! | RFC 7515 §4.1.6 | [`UntrustedChain`] |
//! | RFC 5280 §6 | [`ValidatedChain`], `ChainChecks` |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod certificate;
mod chain;
mod distinguished_name;
mod error;
mod organization;
mod subject_name;
#[cfg(feature = "webpki")]
mod validation;

pub use certificate::{Certificate, MAX_CERTIFICATE_BYTES, thumbprint};
pub use chain::{MAX_CHAIN_CERTIFICATES, UntrustedChain, ValidatedChain};
pub use distinguished_name::{DistinguishedName, MAX_SUBJECT_DN_BYTES};
pub use error::{CertificateError, ChainError, SubjectNameError};
#[cfg(feature = "webpki")]
pub use rustls_pki_types::SignatureVerificationAlgorithm;
pub use subject_name::{MAX_SAN_BYTES, SubjectName};
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_types as types;
#[cfg(all(feature = "webpki", feature = "ring"))]
pub use validation::SIGNATURE_ALGORITHMS;
#[cfg(feature = "webpki")]
pub use validation::{CLIENT_AUTH, ChainChecks, ChainPolicy, ExtendedKeyUsage, KeyUsage};
