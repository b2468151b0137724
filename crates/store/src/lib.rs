//! What a token endpoint keeps: an async store with few reads and one write, a driver over the server half, a memory
//! store, and a conformance suite for stores of your own.
//!
//! ```
//! use std::sync::Arc;
//! use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
//! use symbolon_server::types::{AuthMethod, ClientId, Issuer, RequestParts, Scope, Secret};
//! use symbolon_server::{AccessToken, Endpoint, PROVIDER, RegisteredClient, ServerKey, TokenPlan};
//! use symbolon_store::{Driver, Memory, policy::GrantSet};
//! use time::UtcDateTime;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
//! let store = Memory::new(now);
//! let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
//!     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
//! store.register(RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read")?));
//!
//! let key = ServerKey::new("2026", [7; 32]);
//! let endpoint = Endpoint::builder(Issuer::parse("https://as.example")?, "https://as.example/token", PROVIDER, key).build()?;
//! let driver = Driver::new(endpoint, store, TokenPlan::new(AccessToken::Opaque));
//!
//! let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
//!     .content_type(b"application/x-www-form-urlencoded")
//!     .authorization(b"Basic YXBwOm15c2VjcmV0");
//! assert_eq!(driver.token(parts, now).await.status(), 200);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
//! ```
//!
//! In reading order: [`Store`] with [`judge_clocks`], [`Driver`], [`Memory`]; `conformance` (feature of that name) is the suite.
//!
//! # Security
//! The one write, [`Store::apply`], must be atomic, durable and idempotent: see [`Commit`](symbolon_server::Commit). No
//! type can prove that a database did what it said; the conformance suite tests it.
//!
//! # Out of scope
//! Databases: a later crate keeps SQLite and PostgreSQL. Fetching a client's `jwks_uri`, counting attempts, extension
//! grants: a program that needs them writes the dozen lines of [`Driver::decide`] itself.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §4.1.2 (a code is used once) | [`Store::apply`] |
//! | RFC 9700 §4.14.2 (refresh token rotation) | [`Store::apply`] |

mod clocks;
#[cfg(feature = "conformance")]
pub mod conformance;
mod driver;
mod memory;
mod store;

pub use clocks::{ClockDifference, judge_clocks};
pub use driver::{AuthorizeError, DecisionError, Driver};
pub use memory::{MAX_REMEMBERED_IDS, Memory, MemoryError};
pub use store::Store;

#[cfg(feature = "ring")]
pub use symbolon_server::PROVIDER;
pub use {symbolon_policy as policy, symbolon_server as server, symbolon_types as types};
