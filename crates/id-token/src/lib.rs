//! OpenID Connect ID tokens: claims, issuing, validating, `at_hash` and `c_hash`.
//!
//! A client hands an ID token to [`Checks::check`] with all that it knows about the sign-in that it asked for, and has
//! [`IdTokenClaims`] back or the first rule that does not hold; a server describes a [`NewIdToken`] and signs it. The
//! signature is always verified, and what is absent is never taken for what is right.
//!
//! ```
//! use serde_json::Map;
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_id_token::{Checks, Expected, IdTokenError, NewIdToken};
//! use symbolon_id_token::{jose::{SigningKey, VerifyingKeys}, types::{Alg, ClientId, Issuer, Secret, Trace}};
//! use symbolon_policy::Policy;
//! use time::UtcDateTime;
//!
//! let (issuer, client_id) = (Issuer::parse("https://server.example.com")?, ClientId::parse("s6BhdRkqt3")?);
//! let policy = &Policy::OAUTH_2_1.id_token;
//! let now = UtcDateTime::from_unix_timestamp(1_311_280_970)?;
//!
//! // The server. The key is that of RFC 8037, appendix A.
//! let key = SigningKey::from_jwk(&PROVIDER, br#"{"kty":"OKP","crv":"Ed25519",
//!     "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
//!     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, Some(Alg::Ed25519))?.with_kid("1");
//! let (access_token, extra) = (Secret::new("SlAV32hkKG"), Map::new());
//! let id_token = NewIdToken {
//!     nonce: Some("n-0S6_WzA2Mj"),
//!     access_token: Some(&access_token),
//!     ..NewIdToken::new(&issuer, "248289761001", &client_id, &extra)
//! }
//! .sign(&PROVIDER, &key, policy.lifetime, now)?;
//!
//! // The client.
//! let keys = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER)?]);
//! let mut expected = Expected {
//!     nonce: Some(Secret::new("n-0S6_WzA2Mj")),
//!     algorithms: &[Alg::Ed25519],
//!     access_token: Some(&access_token),
//!     ..Expected::new(&issuer, &client_id)
//! };
//! let checks = Checks { crypto: &PROVIDER, policy };
//! let claims = checks.check(id_token.expose(), &keys, &expected, &mut Trace::stop_at_first(), now)?;
//! assert_eq!(claims.sub.as_str(), "248289761001");
//!
//! let other = Secret::new("another access token");
//! expected.access_token = Some(&other);
//! let answer = checks.check(id_token.expose(), &keys, &expected, &mut Trace::stop_at_first(), now);
//! assert_eq!(answer, Err(IdTokenError::AtHashMismatch));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`NewIdToken`] is the server's half; [`Checks`] with [`Expected`], [`IdTokenClaims`],
//! [`Continuity`] for refreshes and [`Personal`] for what identifies people are the client's; so are [`UserinfoChecks`] with
//! [`ExpectedUserinfo`], [`Userinfo`], [`UserinfoClaims`], and [`LogoutChecks`] with [`ExpectedLogoutToken`],
//! [`LogoutToken`]; [`left_half_hash`] and [`ClaimName`] are shared; [`IdTokenError`], [`UserinfoError`],
//! [`LogoutTokenError`] and [`SignError`] say what was wrong.
//!
//! # Out of scope
//! Encrypted ID tokens. Fetching key sets; [`jose::KeySetCache`] keeps them and says when. Whether an exchange
//! must yield an ID token: `symbolon-client`.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | OpenID Connect Core §2 | [`IdTokenClaims`], [`NewIdToken`] |
//! | OpenID Connect Core §3.1.3.6, §3.3.2.11 | [`left_half_hash`] |
//! | OpenID Connect Core §3.1.3.7, §3.1.3.8, §3.3.2.10 | [`Checks`], [`Expected`] |
//! | OpenID Connect Core §5.3.2, §5.3.4 | [`UserinfoChecks`], [`ExpectedUserinfo`] |
//! | OpenID Connect Core §10.1.1 | [`IdTokenError::UnknownKid`], [`jose::KeySetCache`] |
//! | OpenID Connect Core §12.2 | [`Continuity`] |
//! | OpenID Connect Back-Channel Logout §2.4, §2.6 | [`LogoutChecks`], [`LogoutToken`] |
//! | RFC 8725 §3.11, §3.12 | [`IdTokenError::WrongTyp`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod acr_levels;
mod check;
mod claim_name;
mod claims;
mod continuity;
mod error;
mod expected;
mod hash;
mod judged;
mod logout_token;
mod logout_token_error;
mod new_id_token;
mod personal;
mod userinfo;
mod userinfo_error;

pub use check::{Checks, MAX_ID_TOKEN_AGE, MAX_SUB_BYTES};
pub use claim_name::ClaimName;
pub use claims::IdTokenClaims;
pub use continuity::Continuity;
pub use error::{HashUnavailable, IdTokenError, NotAString, SignError};
pub use expected::Expected;
pub use hash::left_half_hash;
pub use logout_token::{ExpectedLogoutToken, LogoutChecks, LogoutToken, MAX_LOGOUT_TOKEN_JTI_BYTES};
pub use logout_token_error::LogoutTokenError;
pub use new_id_token::NewIdToken;
pub use personal::Personal;
pub use symbolon_crypto as crypto;
#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use symbolon_jose as jose;
pub use symbolon_policy as policy;
pub use symbolon_types as types;
pub use userinfo::{ExpectedUserinfo, Userinfo, UserinfoChecks, UserinfoClaims};
pub use userinfo_error::UserinfoError;
