//! The routes of the OAuth 2.0 and OpenID Connect token endpoint for [axum](https://docs.rs/axum): token, userinfo, JWK set
//! and metadata, ready to be merged into a program's own router.
//!
//! The pipeline is `symbolon-server`'s; a [`Driver`](store::Driver) runs it over a store, or a type of yours does
//! ([`Respond`]). This crate reads bodies to their limit, copies what the protocol may read, and sends what was decided.
//!
//! ```
//! use axum::{body::Body, http::Request};
//! use symbolon_axum::server::client_auth::{RegisteredCredentials, RegisteredSecret};
//! use symbolon_axum::server::{AccessToken, Endpoint, PROVIDER, RegisteredClient, ServerKey, TokenPlan};
//! use symbolon_axum::store::{Driver, Memory, policy::GrantSet};
//! use symbolon_axum::types::{AuthMethod, ClientId, Issuer, Scope};
//! use symbolon_axum::{TokenEndpoint, routes};
//! use time::UtcDateTime;
//! use tower_service::Service as _;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Memory::new(UtcDateTime::now());
//! let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
//!     .with_secret(RegisteredSecret::Plain("mysecret".into()));
//! store.register(RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read")?));
//!
//! let issuer = Issuer::parse("https://as.example")?;
//! let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, ServerKey::new("1", [7; 32])).build()?;
//! let driver = Driver::new(endpoint, store, TokenPlan::new(AccessToken::Opaque));
//! let mut app = axum::Router::new().merge(routes(TokenEndpoint::builder(driver).build()));
//!
//! let request = Request::post("/token")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .header("authorization", "Basic YXBwOm15c2VjcmV0")
//!     .body(Body::from("grant_type=client_credentials"))?;
//! let response = app.call(request).await?;
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.headers()["cache-control"], "no-store");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
//! ```
//!
//! In reading order: [`TokenEndpoint`] with its [`TokenEndpointBuilder`] and [`Paths`], [`routes`], [`Respond`],
//! [`RespondToDevices`] and [`RespondToBackchannel`]; then [`ListenerId`] and [`TrustedProxy`].
//!
//! # What is logged
//! One [tracing](https://docs.rs/tracing) event per request, at level `INFO`, with the target `symbolon_axum`: the endpoint,
//! the request method, the status, the time it took; where clients authenticate (the token, the device authorization and the
//! backchannel authentication endpoint) the grant type if it is a registered one (else `other`), the client's id if it
//! authenticated, the rule that did not hold and the error code. Never the query, never a body, never a header (security decision
//! D21).
//!
//! # What the listener tells
//! The server that runs the router tells what it knows of a connection by extensions of its requests:
//!
//! | extension | meaning |
//! |---|---|
//! | [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo) | the peer's address; `into_make_service_with_connect_info::<SocketAddr>()` sets it |
//! | [`types::PeerCertificate`] | the certificate whose key the client proved in the TLS handshake (RFC 8705), and what was validated of its chain |
//! | [`ListenerId`] | which listener it was, if there are several |
//! | [`TrustedProxy`] | the reverse proxy whose `Client-Cert` header (RFC 9440) is believed |
//!
//! ```
//! use axum::{body::Body, http::Request};
//! use symbolon_axum::types::{CertificateChain, PeerCertificate};
//!
//! // Beside your TLS acceptor, after the handshake:
//! fn with_certificate(mut request: Request<Body>, der: &[u8], anchor: Option<&str>) -> Request<Body> {
//!     let chain = match anchor {
//!         Some(anchor) => CertificateChain::ValidatedTo(anchor.into()),
//!         None => CertificateChain::NotValidated,
//!     };
//!     request.extensions_mut().insert(PeerCertificate::new(der, chain));
//!     request
//! }
//! ```
//!
//! # Security
//! The peer's address comes from no header, and a certificate from none but `Client-Cert` of a [`TrustedProxy`]: from
//! anybody else a request to the token, device authorization, backchannel authentication or userinfo endpoint with that header is
//! refused (400, security decision D14). Of a proxy that is named nowhere, every peer is the proxy. TLS, limits on connections and
//! time limits are the server's that runs the router.
//!
//! # Out of scope
//! Sign-in and consent pages (the authorization endpoint, the page where users type in what a device shows, how users are asked by
//! CIBA and clients told of it), layers that take access tokens at a resource.
//!
//! # Features
//! `ring` (default) adds the name `PROVIDER`, the provider on ring.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2, §5 | `/token` of [`routes`] |
//! | RFC 8628 §3.1, §4 | `/device_authorization`, if there is one |
//! | OpenID CIBA §4, §7 | `/bc-authorize`, if there is one |
//! | OpenID Connect Core §5.3 | `/userinfo` |
//! | RFC 7517 §5, §8.5 | `/jwks` |
//! | RFC 8705 §2, RFC 9440 | [What the listener tells](#what-the-listener-tells) |
//! | RFC 8414 §3 | `/.well-known/oauth-authorization-server` |
//! | OpenID Connect Discovery §4 | `/.well-known/openid-configuration` |

mod body;
mod cors;
mod listener_id;
mod log;
mod respond;
mod routes;
mod token_endpoint;

pub use cors::{Origin, OriginError};
pub use listener_id::ListenerId;
pub use respond::{Respond, RespondToBackchannel, RespondToDevices};
pub use routes::routes;
pub use token_endpoint::{Paths, TokenEndpoint, TokenEndpointBuilder};

pub use symbolon_http::{Network, NetworkError, TrustedProxy};
#[cfg(feature = "ring")]
pub use symbolon_server::PROVIDER;
pub use {symbolon_jose as jose, symbolon_server as server, symbolon_store as store, symbolon_types as types};
