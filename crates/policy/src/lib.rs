//! What a party of the token endpoint demands, as data.
//!
//! A [`Policy`] is a `Copy` value with public fields in parts; server, client, metadata and tests read the same value, so
//! they cannot disagree. A new policy is the difference from its base, and a contradiction is a compile error:
//!
//! ```
//! use symbolon_policy::Policy;
//! use time::Duration;
//!
//! pub const SHORT_ASSERTIONS: Policy = {
//!     let mut policy = Policy::OAUTH_2_1;
//!     policy.name = "short assertions";
//!     policy.assertion.max_lifetime = Duration::seconds(120);
//!     policy.sound()
//! };
//! assert_eq!(SHORT_ASSERTIONS.pkce, Policy::OAUTH_2_1.pkce);
//! ```
//!
//! ```compile_fail
//! use symbolon_policy::Policy;
//! use time::Duration;
//!
//! pub const ENDLESS_LEEWAY: Policy = {
//!     let mut policy = Policy::OAUTH_2_1;
//!     policy.assertion.exp_leeway = Duration::seconds(61);
//!     policy.sound()
//! };
//! let _ = ENDLESS_LEEWAY;
//! ```
//!
//! [`Policy::OAUTH_2_1`] is the base and what everything starts with; [`Policy::OIDC`] and [`Policy::FAPI_2_0`] stand beside it.
//! A policy claims to be one of these ([`Profile`]), and one that is not what it claims does not build either.
//!
//! Looser fields begin with `legacy_`. [`Policy::report`] lists what a policy enforces, field by field, and marks those that are
//! on; [`Policy::legacy`] names them alone.
//!
//! ```
//! use symbolon_policy::Policy;
//!
//! let report = Policy::FAPI_2_0.report();
//! assert!(report.lines().any(|line| line.to_string() == "refresh.mode: stable"));
//! assert!(!report.lines().any(|line| line.is_legacy()));
//! ```
//!
//! # What does not build
//! | policy | why |
//! |---|---|
//! | refresh tokens of public clients that neither rotate nor are bound to a key | [`Contradiction::StableForPublicClients`] |
//! | a leeway over 60 seconds | [`Contradiction::Leeway`] |
//! | DPoP nonces that a proof may have or not | [`DpopNonce`] has two values |
//! | FAPI 2.0 with RS256 | [`Contradiction::Fapi2Algorithm`] |
//! | FAPI 2.0 with an array as audience | [`Contradiction::Fapi2Audience`] |
//! | FAPI 2.0 with bearer tokens | [`Contradiction::Fapi2Bearer`] |
//! | FAPI 2.0 without PKCE | [`Contradiction::Fapi2Pkce`] |
//! | FAPI 2.0 with codes of more than 60 seconds | [`Contradiction::Fapi2CodeLifetime`] |
//!
//! and the other values of [`Contradiction`]. What a single client must not have (`client_credentials` or a MAC of a public one) is
//! refused at its registration, by `symbolon-server`'s `RegisteredClient::check`.
//!
//! # Out of scope
//! Texts that operators configure (issuer, realm) belong to an endpoint or a client. Named providers:
//! a later crate of values.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | FAPI 2.0 Security Profile §5.3.2, §5.4.1 | [`Policy::FAPI_2_0`] |
//! | RFC 7591 §2 (`token_endpoint_auth_method`) | [`AuthMethodSet`] |
//! | RFC 9700 §2.2.1 | [`SenderConstraint`] |
//! | RFC 7523 §3, RFC 10070 | [`AssertionPolicy`] |
//! | RFC 9449 §4.3, §8 | [`DpopPolicy`], [`DpopNonce`] |
//! | RFC 7636 §4.2, RFC 9700 §2.1.1 | [`PkcePolicy`] |
//! | RFC 6749 §4.1.2 | [`CodePolicy`] |
//! | RFC 9700 §4.14.2 | [`RefreshPolicy`] |
//! | RFC 6749 §5.1 | [`ResponsePolicy`] |
//! | OpenID Connect Core §2, §3.1.3.7 | [`IdTokenPolicy`] |
#![cfg_attr(not(test), no_std)]

mod acr_levels;
mod auth_method_set;
mod fapi2;
mod grant_set;
mod parts;
mod policy;
mod report;

pub use acr_levels::NORWEGIAN_ACR_LEVELS;
pub use auth_method_set::AuthMethodSet;
pub use grant_set::GrantSet;
pub use parts::{
    AssertionAudience, AssertionPolicy, CodePolicy, ConcurrentRedemption, DeferredPolicy, DpopNonce, DpopPolicy,
    IdTokenPolicy, Limits, MAX_DEFERRED_LIFETIME, MAX_GRACE, MAX_LEEWAY, MAX_RESPONSE_BYTES, PkcePolicy, Profile,
    RefreshForm, RefreshMode, RefreshPolicy, ResponsePolicy, SenderConstraint,
};
pub use policy::{Contradiction, Policy};
pub use report::{Report, ReportLine};
pub use symbolon_types::MAX_NODE_CLOCK_DIFFERENCE;
