//! Answers of the token endpoint ([RFC 6749 §5]): what they say, and how they look on the wire.
//!
//! One type per answer, for both sides: a server writes it, a client reads it. Reading is strict (no member twice, no
//! `null` for a known member, no success with an `error` in it, no number in a string) and keeps unknown members; writing
//! cannot forget `Cache-Control: no-store`. [`Refused`] is the only place of the workspace that knows a status, a challenge or
//! an `error_description`.
//!
//! ```
//! use symbolon_token_response::{Answer, Refused, TokenResponse, read};
//! use symbolon_token_response::types::{ErrorCode, Presentation, Rule};
//! use symbolon_token_response::policy::{MAX_RESPONSE_BYTES, Policy};
//! use time::Duration;
//!
//! // RFC 6749 §5.1, written and read back.
//! let mut tokens = TokenResponse::new("2YotnFZFEjr1zCsicMWpAA", "Bearer");
//! tokens.expires_in = Some(Duration::seconds(3600));
//! tokens.refresh_token = Some("tGzv3JOkF0XG5Qx2TlKWIA".into());
//! let response = tokens.into_response(&Policy::OAUTH_2_1.response);
//! assert_eq!(response.header("cache-control"), Some("no-store"));
//! assert_eq!(read(response.status(), response.body(), MAX_RESPONSE_BYTES)?, Answer::Tokens(tokens));
//!
//! // RFC 6749 §5.2: the client used the Authorization header, so it gets 401 and a challenge.
//! let response = Refused::new(Rule::SecretMatches)
//!     .presentation(Presentation::AuthorizationHeader)
//!     .realm("https://op.example")
//!     .into_response();
//! assert_eq!(response.status(), 401);
//! assert_eq!(response.header("www-authenticate"), Some(r#"Basic realm="https://op.example""#));
//! match read(response.status(), response.body(), MAX_RESPONSE_BYTES)? {
//!     Answer::Error(answer) => assert_eq!(answer.error, ErrorCode::InvalidClient),
//!     _ => panic!("never a success"),
//! }
//! # Ok::<(), symbolon_token_response::ResponseError>(())
//! ```
//!
//! In reading order: [`TokenResponse`] and [`ErrorResponse`] are the two bodies; [`Reader`] and [`read`] tell them apart
//! and give an [`Answer`] or a [`ResponseError`]; [`Refused`] turns a rule into an answer of the token endpoint,
//! [`RefusedAtResource`] into one of a protected resource; [`DeviceAuthorizationResponse`] and
//! [`BackchannelAuthenticationResponse`] begin what is decided on another device. [`Challenge`] is what a `WWW-Authenticate`
//! header says. [`Tolerance`] names what a strict reader would have refused, and what is read only where the policy says so.
//!
//! # Out of scope
//! Whether the tokens are the ones that were asked for (`token_type`, `scope`, the ID token): `symbolon-client` and
//! `symbolon-id-token`. Which rule did not hold: the crates that judge.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §5.1, Appendix A.12-A.17 | [`TokenResponse`] |
//! | RFC 6749 §5.2 | [`ErrorResponse`], [`Refused`] |
//! | RFC 6750 §3, RFC 9449 §7.1, §9 | [`RefusedAtResource`] |
//! | RFC 8628 §3.2 | [`DeviceAuthorizationResponse`] |
//! | OpenID CIBA §7.3 | [`BackchannelAuthenticationResponse`] |
//! | RFC 9110 §11.6.1, §15.5.2 | challenges of [`Refused`] and [`RefusedAtResource`]; read: [`Challenge`] |
//! | RFC 9449 §8 | [`Refused::dpop_nonce`] |
//!
//! [RFC 6749 §5]: https://www.rfc-editor.org/rfc/rfc6749#section-5
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod answer;
mod backchannel_authentication;
mod challenge;
mod description;
mod device_authorization;
mod error;
mod error_response;
mod grammar;
mod headers;
mod json_object;
mod json_value;
mod json_writer;
mod pushed_authorization;
mod refused;
mod resource_error;
mod token_response;
mod tolerance;
mod www_authenticate;

pub use serde_json;
pub use symbolon_policy as policy;
pub use symbolon_types as types;

pub use answer::{Answer, Reader, read};
pub use backchannel_authentication::BackchannelAuthenticationResponse;
pub use device_authorization::{DEFAULT_POLL_INTERVAL, DeviceAuthorizationResponse};
pub use error::ResponseError;
pub use error_response::ErrorResponse;
pub use json_object::MAX_DEPTH;
pub use pushed_authorization::PushedAuthorizationResponse;
pub use refused::{DEFAULT_RETRY_AFTER, Refused};
pub use resource_error::{RefusedAtResource, TokenScheme};
pub use token_response::{MAX_EXPIRES_IN, TokenResponse};
pub use tolerance::Tolerance;
pub use www_authenticate::{Challenge, ChallengeError, MAX_CHALLENGE_BYTES};
