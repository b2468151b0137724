//! Sends the token requests of `symbolon-client` with reqwest: no redirects, no second try, bounded answers, rustls on
//! ring.
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
//! let (request, pending) = client.client_credentials(Some(Scope::parse("read")?), UtcDateTime::now())?.ready()?;
//! let response = sender.send(request).await?;
//! match pending.receive(&response, UtcDateTime::now())? {
//!     Received::Tokens(tokens) => println!("{:?}", tokens.without_id_token()?.expires_at()),
//!     Received::Refused(answer) => println!("{answer}"),
//!     _ => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! In reading order: [`Sender`] with [`SenderBuilder`]; [`SendError`], [`FetchError`] and [`BuildError`] say what failed.
//!
//! # Security
//! A redirect is handed back as an answer and never followed, so credentials go to the configured endpoint and nowhere
//! else ([RFC 9700 §4.12]). The environment's proxy is used only if asked for. Errors hold no URL.
//!
//! # Out of scope
//! Private addresses: whoever takes issuers from strangers judges what their names resolve to. Caches of metadata and key
//! sets. Client certificates (RFC 8705) and DPoP, in this version.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring; it changes nothing else. TLS is on ring always.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2 | [`Sender::send`] |
//! | RFC 7517 §5 | [`Sender::jwks`] |
//! | RFC 8414 §3, OpenID Connect Discovery §4 | [`Sender::metadata`] |
//! | RFC 9700 §4.12 | redirects |
//!
//! [RFC 9700 §4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12

mod body;
mod builder;
mod error;
mod fetch;
mod sender;
mod tls;

pub use builder::{CONNECT_TIMEOUT, SenderBuilder, TIMEOUT};
pub use error::{BuildError, FetchError, SendError};
pub use sender::Sender;

#[cfg(feature = "ring")]
pub use symbolon_client::PROVIDER;
pub use symbolon_policy::MAX_RESPONSE_BYTES;
pub use {reqwest, rustls, symbolon_client as client, symbolon_jose as jose, symbolon_types as types};
