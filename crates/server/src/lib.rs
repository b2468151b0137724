//! The server half of the OAuth 2.0 and OpenID Connect token endpoint, as a pure function in named steps.
//!
//! Each step owns what it needs and is consumed by the next; what was proven is a type that only the prover can make, so
//! skipping a check does not compile. The caller does every look-up between the steps with its own database, and one
//! atomic write at the end:
//!
//! ```text
//! RequestParts -receive-> ReceivedRequest -authenticate-> AuthenticatedRequest -into_grant-> Grant::X
//!   -redeem / rotate / authorize-> ValidatedGrant -issue-> Outcome -(store applies its Commit)- settle(Answer) -> Settled
//! ```
//!
//! Any step may end in a [`Refusal`], which is an [`Outcome`] too: it is committed and settled on the same path.
//!
//! ```
//! use std::sync::Arc;
//! use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
//! use symbolon_policy::{GrantSet, Policy};
//! use symbolon_server::types::{AuthMethod, ClientId, Issuer, RequestParts, Scope, Secret};
//! use symbolon_server::{AccessToken, Endpoint, Found, Grant, PROVIDER, Refusal, RegisteredClient, ServerKey, TokenPlan};
//! use time::UtcDateTime;
//!
//! let key = ServerKey::new("2026", [7; 32]);
//! let endpoint = Endpoint::builder(Issuer::parse("https://as.example")?, "https://as.example/token", PROVIDER, key).build()?;
//! let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
//!     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
//! let app = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read")?);
//! let plan = TokenPlan::new(AccessToken::Opaque);
//!
//! let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
//!     .content_type(b"application/x-www-form-urlencoded")
//!     .authorization(b"Basic YXBwOm15c2VjcmV0");
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//!
//! let decide = || -> Result<_, Refusal> {
//!     let received = endpoint.receive(parts)?;
//!     assert_eq!(received.client_hint(), "app"); // look it up
//!     let request = received.authenticate(Found::client(Some(Arc::new(app))), now)?;
//!     match request.into_grant()? {
//!         Grant::ClientCredentials(grant) => {
//!             let most = grant.client().scope().clone();
//!             grant.authorize(most)?.issue(&plan, now)
//!         }
//!         other => Err(other.unsupported()),
//!     }
//! };
//! let outcome = decide().unwrap_or_else(Refusal::into_outcome);
//! let answer = outcome.commit().applied(); // here a store writes it, atomically
//! assert_eq!(outcome.settle(answer).into_response().status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`Endpoint`], [`ReceivedRequest`] with [`Found`], [`AuthenticatedRequest`], [`Grant`],
//! [`ValidatedGrant`] with [`TokenPlan`], [`Outcome`] and [`Refusal`], [`Settled`]; [`Commit`] and the records that
//! stores keep; [`NewCode`] for the authorization endpoint, [`UserinfoRequest`] for userinfo, [`SigningKeys`] for the JWK set.
//!
//! # Security
//! The types prove that the caller dealt with the commit, not that its database was honest. A store must be atomic and
//! durable: see [`Commit`], and run the conformance suite of `symbolon-store` against it.
//!
//! Client ids are assigned by the server, so that none equals a user's id ([RFC 9700 §4.15]): where there is no resource
//! owner, `sub` of a JWT access token is the client id. A JWT access token that was revoked lives on at resource servers
//! that only check its signature: keep its lifetime at five minutes or less, or take opaque ones.
//!
//! [RFC 9700 §4.15]: https://www.rfc-editor.org/rfc/rfc9700#section-4.15
//!
//! # Out of scope
//! Sockets, clocks, databases, sign-in pages. Certificates are validated elsewhere: that of the connection by the TLS layer,
//! the chain in `x5c` by the caller ([`Found::chain`]). Left to the
//! caller: how long a client secret lives, quotas of replay ids ([`Outcome::remembers`]), and whether a node's clock is right.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2, §4.1.3, §5 | [`Endpoint::receive`], [`AuthorizationCodeGrant::redeem`], [`Settled`] |
//! | RFC 6749 §4.4 | [`ClientCredentialsGrant::authorize`] |
//! | RFC 6749 §6, RFC 9700 §4.14.2 | [`RefreshTokenGrant::rotate`] |
//! | RFC 6749 §4.5 | [`ExtensionGrant`] |
//! | RFC 7521 §4.1 | [`OwnAssertionGrant`] |
//! | RFC 7523 §2.1, §3; draft-ietf-oauth-identity-assertion-authz-grant §4.4 | [`JwtBearerGrant`], [`GrantIssuer`] |
//! | RFC 8628 §3.1, §3.2, §6.1 | [`Endpoint::receive_device_authorization`], [`AuthenticatedRequest::into_device_authorization`], [`Endpoint::decide`] |
//! | RFC 8628 §3.4, §3.5 | [`DeviceCodeGrant::redeem`] |
//! | OpenID CIBA §7, §10, §11, §13 | [`Endpoint::receive_backchannel_authentication`], [`BackchannelRequest`], [`Endpoint::notification`], [`CibaGrant`] |
//! | RFC 7636 §4.6 | [`AuthorizationCodeGrant::redeem`] |
//! | RFC 9068 §2 | [`AccessToken::Jwt`], [`TokenPlan::with_access_token_claim`] |
//! | RFC 8693 §2, §4.1, §4.4 | [`TokenExchangeGrant`], [`ExchangeRule`] |
//! | RFC 8707 §2.2 | [`Granted::resources`], [`ValidatedGrant::issue`] |
//! | RFC 9396 §6, §7, §9.1 | [`AuthorizationDetails`] |
//! | RFC 9449 §5, §8, §10 | [`ReceivedRequest::authenticate`], [`NewCode::with_dpop_jkt`] |
//! | RFC 9449 §7 | [`UserinfoRequest`] |
//! | RFC 6749 §2.1, §4.4 | [`RegisteredClient::check`] |
//! | FAPI 2.0 Security Profile §5.3.2.1 items 3 to 6 | [`ReceivedRequest::authenticate`] |
//! | RFC 8705 §3, §5 | [`RegisteredClient::with_certificate_bound_access_tokens`], [`Listener`] |
//! | RFC 8414 §2, OpenID Connect Discovery §3 | [`Endpoint::metadata`] |
//! | OpenID Connect Core §5.3 | [`UserinfoRequest`] |
//! | OpenID Connect Core §8, Registration §5 | [`Endpoint::subject`], [`SectorIdentifier`] |
//! | OpenID Connect Core §10.1, §10.1.1 | [`TokenPlan::with_id_token_keys`], [`SigningKeys`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod authenticated;
mod authorization_details;
mod backchannel;
mod binding;
mod code;
mod commit;
mod context;
mod deferred;
mod device_authorization;
mod endpoint;
mod error;
mod exchange;
mod extension_members;
mod grant;
mod grant_issuer;
mod issue;
mod metadata;
mod outcome;
mod pairwise;
mod plan;
mod received;
mod record;
mod refresh_text;
mod registered_client;
mod signing_keys;
mod userinfo;

pub use authenticated::AuthenticatedRequest;
pub use authorization_details::{AuthorizationDetails, AuthorizationDetailsError, MAX_AUTHORIZATION_DETAILS};
pub use backchannel::{
    BackchannelRefusal, BackchannelRequest, Hint, MAX_BINDING_MESSAGE_CHARS, MAX_NOTIFICATION_TOKEN_BYTES,
    MIN_NOTIFICATION_TOKEN_BYTES, Notification, StoredPing,
};
pub use code::{NewCode, PendingCode};
pub use commit::{Answer, ApplyError, Change, Commit, CommitId, Guard, Write};
pub use deferred::{DecideError, Decided, Decision, DeferredKey, PendingDecision, Poll, SLOW_DOWN, StoredDeferred};
pub use endpoint::{Endpoint, EndpointBuilder, Listener, ServerKey};
pub use error::{ApiMisuse, CodeError, Reason, RegistrationError, SectorError, SigningKeysError};
pub use exchange::{ExchangeMode, ExchangeRule, ExchangedToken, MAX_ACTORS};
pub use grant::{
    AssertedGrant, AssertedSubject, AuthorizationCodeGrant, CibaGrant, ClientCredentialsGrant, DeviceCodeGrant,
    ExtensionGrant, Grant, GrantStatus, JwtBearerGrant, OwnAssertionGrant, PresentedToken, RefreshTokenGrant,
    TokenExchangeGrant,
};
pub use grant_issuer::{AssertionProfile, GrantIssuer};
pub use issue::{Issuing, NeedsSignature, ValidatedGrant};
pub use metadata::MetadataUrls;
pub use outcome::{Attempt, Outcome, Refusal, Settled};
pub use pairwise::{MAX_SECTOR_DOCUMENT_BYTES, SectorIdentifier};
pub use plan::{AccessToken, TokenPlan, TokenSigner};
pub use received::{Found, ReceivedRequest, Throttle, WantedKeys};
pub use record::{
    BoundKey, FamilyId, Granted, RESERVED_CLAIMS, RefreshBinding, Rotation, StoredAccessToken, StoredCode, StoredFamily,
};
pub use registered_client::RegisteredClient;
pub use signing_keys::{KeyState, MIN_KEY_PUBLICATION, SigningKeys};
pub use userinfo::UserinfoRequest;

#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use {
    symbolon_client_auth as client_auth, symbolon_crypto as crypto, symbolon_dpop as dpop, symbolon_jose as jose,
    symbolon_pkce as pkce, symbolon_policy as policy, symbolon_types as types,
};
