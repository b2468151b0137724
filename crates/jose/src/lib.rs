//! JOSE for OAuth 2.0 and OpenID Connect: JWS in compact form, JWK, JWK sets and JWT claims, read strictly.
//!
//! A key is loaded once, with the one algorithm that it is for; then tokens are read in two steps. What has not been
//! verified is an [`UnverifiedJwt`], which gives no claims; [`VerifiedJwt`] can only be made by verifying. There is no
//! `none`, no JWE and no JSON serialization; nothing in a token chooses the key except `kid`, and nothing is fetched. The `jwk`
//! of a DPoP proof is read by the one function that says so ([`UnverifiedJwt::embedded_jwk`]).
//!
//! ```
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_jose::{Expected, ExpectedAudience, SigningKey, UnverifiedJwt};
//! use symbolon_types::{Alg, SecretBytes};
//! use time::{Duration, UtcDateTime};
//!
//! let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?.with_kid("2026");
//! let claims = serde_json::json!({ "iss": "https://as.example", "aud": "https://rs.example", "exp": 1_700_000_060 });
//! let text = key.sign(&PROVIDER, Some("at+jwt"), &claims)?;
//!
//! let jwt = UnverifiedJwt::parse(&text)?;
//! assert_eq!(jwt.header().kid(), Some("2026"));
//! let jwt = jwt.verify(&key.verifying_key(&PROVIDER)?)?;
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//! let expected = Expected {
//!     issuer: "https://as.example",
//!     audience: ExpectedAudience::AnyOf(&["https://rs.example"]),
//!     typ: &["at+jwt"],
//!     exp_leeway: Duration::seconds(10),
//!     future_leeway: Duration::seconds(10),
//! };
//! jwt.claims()?.check(&expected, jwt.header(), now)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`Jwk`] and [`JwkSet`] are public keys as data, [`ValidatedCertificate`] is one in a certificate;
//! [`VerifyingKey`], [`VerifyingKeys`] and [`SigningKey`] are loaded keys; [`RemoteKey`] and [`SigningInput`] are for keys
//! that sign elsewhere, [`ecdsa_signature_from_der`] for those that answer in DER; [`KeySetCache`] keeps an issuer's
//! keys and says when to fetch them ([`KeyAdvice`]); [`UnverifiedJwt`], [`Header`] and [`VerifiedJwt`] are a token before and
//! after verification;
//! [`Claims`], [`ClaimValue`], [`Audience`], [`NumericDate`], [`Expected`] and [`ExpectedAudience`] are what it says and
//! what it must say; [`JwtBuffer`] is memory to be used again; [`parse_json`] is the strict reader beneath them all.
//!
//! # What is checked
//! | of | always | when asked |
//! |---|---|---|
//! | a token's text | its length, before anything is decoded; three parts of canonical base64url | |
//! | its header | an object with no member twice; no `crit`, no `b64`; `alg` known and no `none`; `kid`, `typ`, `cty`, `x5c` of their types | `typ` as a media type |
//! | its key | `alg` is the key's own | `kid` is the key's, or absent and only one fits: [`UnverifiedJwt::verify_with`], [`VerifyingKeys::select`] |
//! | its claims | an object with no member twice at any depth; the registered ones of their types, where they are | `iss`, `aud` and `exp` are there and right, `nbf` and `iat` are not ahead: [`Claims::check`] |
//!
//! Not checked here: `sub`, `jti` and any other claim's value, whether a token was seen before, whether it was revoked.
//!
//! # Where key material is
//! | what | where it is kept | who wipes it |
//! |---|---|---|
//! | the text or octets that a key is loaded from | the caller's memory; borrowed here, never kept | the caller |
//! | DER decoded from PEM, secret members decoded from a JWK | our copy, while the key is loaded | we, whatever comes of it; but a secret member that is written with escapes is refused and stays, unescaped, in memory that `serde_json` has freed |
//! | the numbers inside of DER | nowhere: they are borrowed from it | - |
//! | a loaded private key or secret | the provider's memory, as long as a [`SigningKey`] or [`VerifyingKey`] lives | see the provider's docs; ring does not wipe its keys |
//! | a new private key or secret | handed out as [`SecretBytes`](types::SecretBytes); the provider's own copy while it is made | the one is wiped when dropped; ring leaves its copy on the stack |
//! | public keys and certificates | [`Jwk`], [`VerifyingKey`] and the like | nobody: they are public |
//!
//! No private key is ever written: there is a public half to ask for, and no way back to the private one.
//!
//! # Out of scope
//! JWE, the JSON serializations, nested JWTs, unencoded payloads (RFC 7797). Certificates are carried as octets; the
//! key of the first is compared with the key that it stands beside, and none is judged. `symbolon-x509` reads the rest. RSA moduli with structure, such as those of ROCA (CVE-2017-15361), are not
//! recognised: that is for the one who registers a key. Whether a `jti` was seen before is for a store.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring.
//!
//! `simd` has base64url read and written by the crate `base64`'s engine for AVX2 and Neon, where the processor has them. It
//! needs `std`, to ask the processor. That engine is unsafe code of that crate, which then sees what strangers send, so it
//! is for you to ask for; it takes and refuses the same texts, and no secret key passes through it.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 7515 §3.1, §5.2, §7.1 | [`UnverifiedJwt`], [`OwnedUnverifiedJwt`], [`VerifiedJwt`] |
//! | RFC 7515 §4 | [`Header`] |
//! | RFC 7515 §4.1.3, RFC 9449 §4.2 | [`UnverifiedJwt::embedded_jwk`], [`SigningKey::with_embedded_jwk`] |
//! | RFC 7515 §5.1 | [`SigningKey::sign`], [`SigningInput`] |
//! | RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 8812 §3.1, RFC 9964 §3 | [`Jwk`], [`SigningKey::from_jwk`] |
//! | RFC 7517 §5 | [`JwkSet`], [`VerifyingKeys`] |
//! | OpenID Connect Core §10.1.1 | [`KeySetCache`] |
//! | RFC 7518 §3, RFC 8812 §3.2, RFC 9864 §2.2, RFC 9964 | [`types::Alg`] |
//! | RFC 7518 §3.2 | [`VerifyingKey::from_secret`] |
//! | RFC 7519 §2, §4.1, §7.2 | [`Claims`], [`Audience`], [`NumericDate`], [`Expected`] |
//! | RFC 7518 §3.4, RFC 3279 §2.2.3 | [`ecdsa_signature_from_der`] |
//! | RFC 7638 §3, RFC 8037 §2, RFC 9964 §6 | [`Jwk::thumbprint`] |
//! | RFC 9278 §3 | [`Jwk::thumbprint_uri`] |
//! | RFC 7468 §10, RFC 5208 §5 | [`SigningKey::from_pem`], [`SigningKey::from_pkcs8_der`] |
//! | RFC 8017 A.1, RFC 5915 §3 | [`SigningKey::from_pkcs1_der`], [`SigningKey::from_sec1_der`], [`Jwk::from_pkcs1_der`] |
//! | RFC 7468 §13, RFC 5280 §4.1.2.7, RFC 5480 §2, RFC 8410 §4 | [`Jwk::from_public_key_pem`], [`Jwk::from_spki_der`], [`Jwk::to_spki_der`] |
//! | RFC 7468 §5, RFC 5280 §4.1 | [`ValidatedCertificate`] |
//! | RFC 7517 §4.7 | [`Jwk::with_x5c`], [`SigningKey::with_x5c`], [`RemoteKey::with_x5c`] |
//! | RFC 8725 §2, §3 | the whole |
#![cfg_attr(not(test), no_std)]
extern crate alloc;
#[cfg(all(feature = "simd", not(test)))]
extern crate std;

mod algorithm_identifier;
mod audience;
mod base64url;
mod certificate;
mod claim_value;
mod claims;
mod der;
mod ecdsa_signature;
mod error;
mod expected;
mod fetch_gate;
mod header;
mod json;
mod jwk;
mod jwk_set;
mod jwt;
mod key_kind;
mod key_set_cache;
mod numeric_date;
mod pem;
mod pkcs1;
mod pkcs8;
mod private_jwk;
mod protected_header;
mod quick_json;
mod remote;
mod scan;
mod sec1;
mod signing_input;
mod signing_key;
mod spki;
mod thumbprint_uri;
mod typed_scan;
mod verifying_key;
mod verifying_keys;
mod x5c;

pub use audience::Audience;
pub use certificate::ValidatedCertificate;
pub use claim_value::ClaimValue;
pub use claims::Claims;
pub use ecdsa_signature::ecdsa_signature_from_der;
pub use error::{JsonError, JwtError, KeyError, KeySetError, SelectError, SignError};
pub use expected::{Expected, ExpectedAudience};
pub use fetch_gate::MIN_FETCH_INTERVAL;
pub use header::{Header, MAX_KID_BYTES};
pub use json::parse_json;
pub use jwk::{Jwk, MAX_JWK_BYTES};
pub use jwk_set::{JwkSet, MAX_JWK_SET_BYTES, MAX_JWK_SET_KEYS, SkippedKey};
pub use jwt::{JwtBuffer, MAX_JWT_BYTES, OwnedUnverifiedJwt, UnverifiedJwt, VerifiedJwt};
pub use key_kind::{MAX_RSA_BITS, MIN_RSA_BITS, MIN_RSA_EXPONENT};
pub use key_set_cache::{KEY_SET_FRESH, KeyAdvice, KeySetCache, MAX_KEY_SET_AGE};
pub use numeric_date::NumericDate;
pub use pem::MAX_PEM_BYTES;
pub use remote::RemoteKey;
pub use signing_input::SigningInput;
pub use signing_key::SigningKey;
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_types as types;
pub use verifying_key::{MIN_SECRET_BYTES, MIN_SECRET_BYTES_HS384, MIN_SECRET_BYTES_HS512, VerifyingKey};
pub use verifying_keys::{MAX_KEYS_OF_ONE_KID, SelectedKeys, VerifyingKeys};
