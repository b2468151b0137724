//! Sends the token requests of `symbolon-client` with reqwest: no redirects, no second try but the one that the client makes
//! for a DPoP nonce, bounded answers, rustls on ring, with a client certificate where there is one.
//!
//! ```no_run
//! use symbolon_client::client_auth::ClientAuthentication;
//! use symbolon_client::types::{ClientId, Issuer, Scope};
//! use symbolon_client::{Client, Received};
//! use symbolon_crypto_ring::PROVIDER;
//! use symbolon_reqwest::Sender;
//! use time::UtcDateTime;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::parse("https://as.example")?;
//! let sender = Sender::new()?;
//! let client = Client::builder(issuer.clone(), ClientId::parse("app")?, PROVIDER)
//!     .metadata(&sender.metadata(&issuer).await?)
//!     .authentication(ClientAuthentication::Basic("mysecret".into()))
//!     .build()?;
//!
//! let sending = client.client_credentials(Some(Scope::parse("read")?), UtcDateTime::now())?;
//! match sender.request_tokens(sending, UtcDateTime::now).await? {
//!     Received::Tokens(tokens) => println!("{:?}", tokens.without_id_token()?.expires_at()),
//!     Received::Refused(answer) => println!("{answer}"),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The same with a key of one's own, from its PEM file; `crates/cli/examples/development.toml` has the server for it:
//!
//! ```no_run
#![doc = include_str!("../examples/private_key_jwt.rs")]
//! ```
//!
//! In reading order: [`Sender`] with [`SenderBuilder`]; [`is_public`]; [`SendError`], [`RequestError`], [`FetchError`],
//! [`NotifyError`] and [`BuildError`] say what failed.
//!
//! # Security
//! A redirect is handed back as an answer and never followed, so credentials go to the configured endpoint and nowhere
//! else ([RFC 9700 §4.12]). Whoever takes URLs from strangers says which addresses are connected to
//! ([`SenderBuilder::only_addresses`]); by default all are. The environment's proxy is used only if asked for. Errors hold no URL.
//!
//! # Out of scope
//! Caches of metadata, and how often it is fetched; of key sets `symbolon_jose::KeySetCache` knows it. Where a client certificate
//! and its key come from: they are given as PEM or DER. Whether a server's certificate was revoked.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring; it changes nothing else. TLS is on ring always.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2 | [`Sender::send`], [`Sender::request_tokens`] |
//! | RFC 7517 §5 | [`Sender::jwks`] |
//! | RFC 8414 §6 | [`SenderBuilder::only_addresses`], [`is_public`] |
//! | RFC 8414 §3, OpenID Connect Discovery §4 | [`Sender::metadata`] |
//! | RFC 8705 §2 | [`SenderBuilder::client_certificate_pem`], [`SenderBuilder::client_certificate_der`] |
//! | RFC 9449 §8 | [`Sender::request_tokens`] |
//! | RFC 9700 §4.12 | redirects |
//! | RFC 9728 §3 | [`Sender::protected_resource_metadata`] |
//! | OpenID CIBA §10.2 | [`Sender::notify`] |
//!
//! [RFC 9700 §4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12

mod address;
mod body;
mod builder;
mod error;
mod fetch;
mod notify;
mod sender;
mod tls;

pub use address::is_public;
pub use builder::{CONNECT_TIMEOUT, SenderBuilder, TIMEOUT};
pub use error::{BuildError, FetchError, NotifyError, RequestError, SendError};
pub use sender::Sender;

#[cfg(feature = "ring")]
pub use symbolon_client::PROVIDER;
pub use symbolon_policy::MAX_RESPONSE_BYTES;
pub use {reqwest, rustls, symbolon_client as client, symbolon_jose as jose, symbolon_types as types};
