//! The client half of the OAuth 2.0 and OpenID Connect token endpoint, without I/O.
//!
//! Each request is made in two halves: one that is sent, by the caller and with any HTTP library, and one that waits. The
//! waiting half holds every value that the answer is checked against (state, verifier, nonce, issuer, scope, `max_age`,
//! `acr`), and it is the only way to what the answer gives, so that no check can be left out.
//!
//! ```text
//! Client -authorize-> AuthorizationRequest (to the browser) + PendingAuthorization
//! PendingAuthorization -receive(query)-> AuthorizationCode
//! Client -exchange / refresh / client_credentials / jwt_bearer / exchange_token / extension-> Sending
//! Sending -ready-> OutgoingRequest + PendingTokens
//! PendingTokens -receive(response)-> Received::Tokens(UnverifiedTokens) -verify(keys)-> VerifiedTokens
//!                                 or Received::Issued(IssuedToken), of a token exchange that gives no access token
//!                                 or Received::SendAgain(Sending), once, with the nonce of the server
//! ```
//!
//! ```
//! use symbolon_client::client_auth::ClientAuthentication;
//! use symbolon_client::types::{ClientId, Issuer, Scope};
//! use symbolon_client::{AuthorizationPlan, Client, IncomingResponse, Received};
//! use symbolon_crypto_ring::PROVIDER;
//! use time::{Duration, UtcDateTime};
//!
//! let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
//!     .authorization_endpoint("https://as.example/authorize")
//!     .token_endpoint("https://as.example/token")
//!     .authentication(ClientAuthentication::Basic("mysecret".into()))
//!     .redirect_uri("https://app.example/cb")
//!     .build()?;
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//!
//! // 1. Send the browser away, keep the other half in its session.
//! let (request, pending) = client.authorize(AuthorizationPlan::new(Scope::parse("read")?))?;
//! assert!(request.url().expose().starts_with("https://as.example/authorize?response_type=code&client_id=app&"));
//!
//! // 2. The browser comes back.
//! let query = format!("code=SplxlOBeZQQYbYS6WxSbIA&state={}", pending.state().expose());
//! let code = pending.receive(&query, now)?;
//!
//! // 3. Send this, with any HTTP library.
//! let (request, pending) = client.exchange(code, now)?.ready()?;
//! assert_eq!((request.method(), request.url()), ("POST", "https://as.example/token"));
//!
//! // 4. Hand the answer in.
//! let body = br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":3600}"#;
//! let tokens = match pending.receive(&IncomingResponse::json(200, body.to_vec()), now)? {
//!     Received::Tokens(tokens) => tokens.without_id_token()?, // no `openid` was asked for; else `verify(&keys, now)`
//!     Received::Refused(answer) => return Err(answer.what_to_do().into()),
//!     // Only for a client with a DPoP key: send it as the first one, and hand its answer in.
//!     Received::SendAgain(_) => return Err("a nonce for DPoP, and there is no key".into()),
//!     _ => return Err("an answer of a later version".into()),
//! };
//! assert_eq!(tokens.authorization().expose(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
//! assert_eq!(tokens.expires_at(), Some(now + Duration::hours(1)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`Client`] with [`ClientBuilder`], [`Metadata`] with [`EndpointAliases`], [`ProtectedResourceMetadata`], and
//! [`EndpointUrl`]; [`AuthorizationPlan`], [`AuthorizationRequest`], [`PendingAuthorization`], [`AuthorizationCode`];
//! [`SealingKey`], [`SealedAuthorization`] and [`CookieName`] for a pending half in a cookie;
//! [`RefreshPlan`], [`ClientCredentialsPlan`], [`AuthorizationDetails`]; [`GrantAssertion`] with [`GrantClaims`],
//! [`TokenExchangePlan`] with [`IssuedToken`];
//! [`Sending`] with [`NeedsSignature`] and [`RemoteAssertion`] for keys that sign elsewhere; [`OutgoingRequest`],
//! [`PendingTokens`], [`IncomingResponse`], [`Received`], [`ProvidedNonce`]; [`UnverifiedTokens`], [`VerifiedTokens`], [`Tokens`];
//! [`PendingUserinfo`], [`UserinfoReceived`], [`UnverifiedUserinfo`], [`ResourceRefusal`]; [`LogoutPlan`], [`LogoutRequest`],
//! [`PendingLogout`];
//! [`FailedExchange`] with [`Failure`] and [`ErrorAnswer`] for what happened, [`Outcome`] with [`WhatToDo`] and [`Fate`] for
//! what to do; [`Delivery`] where no answer came; and the other errors.
//!
//! # Security
//! Tokens are not to be had before they were verified; what is refused is wiped. The caller sends each request once, over
//! verified TLS, and follows no redirect. Nothing here knows whether a host has a private address.
//!
//! # DPoP
//! A client that was given a key ([`ClientBuilder::dpop`]) binds everything to it: the code by `dpop_jkt`, the tokens by a fresh
//! proof in each token request. An answer that is not of type `DPoP` is discarded.
//!
//! ```
//! use symbolon_client::dpop::ProofSigner;
//! use symbolon_client::jose::SigningKey;
//! use symbolon_client::types::{Alg, ClientId, Issuer};
//! use symbolon_client::{Client, IncomingResponse, OutgoingRequest, Received, RefreshPlan, Tokens};
//! use symbolon_crypto_ring::PROVIDER;
//! use time::UtcDateTime;
//!
//! /// Sends what is to be sent, a second time where the server asks for its nonce.
//! fn refresh(
//!     client: &Client,
//!     plan: RefreshPlan,
//!     send: impl Fn(OutgoingRequest) -> IncomingResponse,
//!     now: UtcDateTime,
//! ) -> Result<Tokens, Box<dyn std::error::Error>> {
//!     let mut sending = client.refresh(plan, now)?;
//!     loop {
//!         let (request, pending) = sending.ready()?;
//!         match pending.receive(&send(request), now)? {
//!             Received::Tokens(tokens) => return Ok(tokens.without_id_token()?),
//!             Received::SendAgain(again) => sending = again,
//!             Received::Refused(answer) => return Err(answer.what_to_do().into()),
//!             _ => return Err("an answer of a later version".into()),
//!         }
//!     }
//! }
//!
//! let (key, _pkcs8) = SigningKey::generate(&PROVIDER, Alg::Es256)?; // keep it as long as the refresh token
//! let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
//!     .token_endpoint("https://as.example/token")
//!     .dpop(ProofSigner::new(&PROVIDER, key)?)
//!     .build()?;
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//! let server = |request: OutgoingRequest| {
//!     assert!(request.header("dpop").is_some());
//!     let body = br#"{"access_token":"Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU","token_type":"DPoP"}"#;
//!     IncomingResponse::json(200, body.to_vec()).with_header("DPoP-Nonce", b"eyJ7S_zG.eyJH0-Z.HX4w-7v")
//! };
//! let tokens = refresh(&client, RefreshPlan::new("Q..Zkm29lexi8VnWg2zPW1x-tgGad0Ibc3s3EwM_Ni4-g"), server, now)?;
//! assert!(tokens.authorization().expose().starts_with("DPoP Kz~8mXK1"));
//! let proof = tokens.resource_proof("GET", "https://rs.example/things", None, now)?; // beside it, fresh each time
//! let client = client.with_dpop_nonce(tokens.dpop_nonce()); // for the next token request
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Out of scope
//! Sockets, clocks, sessions, caches of tokens and nonces; keys are kept by [`jose::KeySetCache`]. Certificates: the sender
//! presents them. Not in this version: request objects, signed or encrypted authorization responses, encrypted userinfo.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring; it changes nothing else.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.1, §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1 | [`Client::authorize`] |
//! | RFC 6749 §4.1.2, RFC 9207 §2.4 | [`PendingAuthorization::receive`] |
//! | RFC 6749 §4.1.3, RFC 7636 §4.5 | [`Client::exchange`] |
//! | RFC 6749 §10.12, RFC 6265bis §4.1.3.2 | [`PendingAuthorization::seal`], [`Client::open`], [`CookieName`] |
//! | RFC 6749 §4.4.2 | [`Client::client_credentials`] |
//! | RFC 6749 §4.5 | [`Client::extension`] |
//! | RFC 6749 §5 | [`PendingTokens::receive`], [`ErrorAnswer`] |
//! | RFC 6749 §6, OpenID Connect Core §12 | [`Client::refresh`] |
//! | RFC 7521 §4.1, RFC 7523 §2.1, §3 | [`Client::jwt_bearer`], [`GrantAssertion`], [`GrantClaims`] |
//! | RFC 7523 §2.2, RFC 10070 | [`RemoteAssertion`] |
//! | RFC 8414 §2, §3, OpenID Connect Discovery §3, §4 | [`Metadata`] |
//! | RFC 8628 §3 | [`Client::authorize_device`], [`Polling`] |
//! | RFC 8693 §2 | [`Client::exchange_token`], [`IssuedToken`] |
//! | RFC 8705 §5 | [`EndpointAliases`], [`ClientBuilder::mtls_token_endpoint`] |
//! | RFC 8707 §2 | `resource` of the plans, [`AuthorizationCode::with_resource`] |
//! | RFC 9126 §2, §4 | [`Client::push`] |
//! | RFC 9396 §2, §6, §7 | [`AuthorizationDetails`], [`Tokens::authorization_details`] |
//! | RFC 9449 §5, §10 | [`ClientBuilder::dpop`] |
//! | RFC 9449 §7, §9 | [`Tokens::authorization`], [`Tokens::resource_proof`] |
//! | RFC 9449 §8 | [`Received::SendAgain`], [`Client::with_dpop_nonce`] |
//! | OpenID CIBA §7, §10.1, §10.2 | [`Client::authenticate_backchannel`], [`Backchannel`] |
//! | RFC 9728 §2, §3 | [`ProtectedResourceMetadata`] |
//! | OpenID Connect Core §3.1.3.5, §3.1.3.7 | [`UnverifiedTokens::verify`] |
//! | OpenID Connect Core §5.3, RFC 6750 §3, RFC 9449 §9 | [`VerifiedTokens::userinfo`], [`ResourceRefusal`] |
//! | OpenID Connect RP-Initiated Logout §2, §3 | [`Client::logout`] |
//! | OpenID Connect Back-Channel Logout §2.5, §2.6 | [`Client::logout_token`] |
//! | OpenID Connect Core §10.1.1 | [`UnverifiedTokens::key_advice`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod authorization;
mod authorization_details;
mod backchannel;
mod cache_key;
mod callback;
mod client;
mod client_credentials_plan;
mod cookie_name;
mod device;
mod endpoint_aliases;
mod endpoint_url;
mod endpoints;
mod error;
mod error_answer;
mod exchange;
mod failure;
mod http_date;
mod incoming;
mod jwt_bearer;
mod logout;
mod metadata;
mod metadata_error;
mod metadata_members;
mod neighbour;
mod outcome;
mod outgoing;
mod polling;
mod preparing;
mod provided_nonce;
mod pushed_authorization;
mod receive;
mod refresh_plan;
mod remote_assertion;
mod resource_metadata;
mod resource_refusal;
mod sealed;
mod sending;
mod shown;
mod snippet;
mod target;
mod token_exchange;
mod token_state;
mod tokens;
mod trace_id;
mod userinfo;

pub use authorization::{AuthorizationPlan, AuthorizationRequest};
pub use authorization_details::{AuthorizationDetails, AuthorizationDetailsError};
pub use backchannel::{Backchannel, BackchannelAsked, BackchannelPlan, Hint, PendingBackchannel, PingError};
pub use cache_key::{CacheKey, CacheKeyBuilder};
pub use callback::{AuthorizationCode, AuthorizationError, PendingAuthorization};
pub use client::{Client, ClientBuilder};
pub use client_credentials_plan::ClientCredentialsPlan;
pub use cookie_name::CookieName;
pub use device::{DeviceAsked, DevicePlan, DevicePrompt, PendingDevice};
pub use endpoint_aliases::EndpointAliases;
pub use endpoint_url::{EndpointUrl, EndpointUrlError};
pub use error::{ApiMisuse, CallbackError, ClientError, VerifyError};
pub use error_answer::ErrorAnswer;
pub use failure::{FailedExchange, Failure};
pub use incoming::IncomingResponse;
pub use jwt_bearer::{GrantAssertion, GrantClaims};
pub use logout::{LogoutPlan, LogoutRequest, PendingLogout};
pub use metadata::{MAX_METADATA_BYTES, Metadata};
pub use metadata_error::MetadataError;
pub use outcome::{Delivery, Fate, Outcome, WhatToDo};
pub use outgoing::OutgoingRequest;
pub use polling::{PollAdvice, PollError, Polling};
pub use preparing::{NeedsAssertion, Preparing};
pub use provided_nonce::ProvidedNonce;
pub use pushed_authorization::{PendingPush, Pushed};
pub use receive::{PendingTokens, Received};
pub use refresh_plan::RefreshPlan;
pub use remote_assertion::RemoteAssertion;
pub use resource_metadata::ProtectedResourceMetadata;
pub use resource_refusal::ResourceRefusal;
pub use sealed::{MAX_SEALED_BYTES, SEALED_LIFETIME, SealError, SealedAuthorization, SealingKey};
pub use sending::{NeedsSignature, Sending};
pub use snippet::Snippet;
pub use token_exchange::{IssuedToken, TokenExchangePlan};
pub use token_state::{Flight, HeldTokens, TokenAdvice, TokenState};
pub use tokens::{KeyHint, Tokens, UnverifiedTokens, VerifiedTokens};
pub use userinfo::{PendingUserinfo, UnverifiedUserinfo, UserinfoReceiveError, UserinfoReceived};

#[cfg(feature = "ring")]
pub use symbolon_crypto_ring::PROVIDER;
pub use {
    symbolon_client_auth as client_auth, symbolon_crypto as crypto, symbolon_dpop as dpop,
    symbolon_id_token as id_token, symbolon_jose as jose, symbolon_pkce as pkce, symbolon_policy as policy,
    symbolon_token_request as token_request, symbolon_token_response as token_response, symbolon_types as types,
};
