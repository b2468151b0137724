//! The edges of the token endpoint in the types of the `http` crate.
//!
//! Two free functions, because both sides of each are foreign to this crate: [`request_parts`] copies what the protocol
//! may read, raw and complete, and [`response`] makes what is sent. Behind a [`TrustedProxy`] that ends TLS,
//! [`peer_certificate`] tells the client's certificate.
//!
//! ```
//! use symbolon_http::{request_parts, response, types::{Method, ResponseParts}};
//!
//! let request = http::Request::post("/token?x=1")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .body(b"grant_type=client_credentials".to_vec())?;
//! let (head, body) = request.into_parts();
//! let parts = request_parts(&head, body);
//! assert_eq!(parts.method, Method::Post);
//! assert_eq!(parts.content_type.only(), Ok(Some(&b"application/x-www-form-urlencoded"[..])));
//!
//! let answer = ResponseParts::new(200, vec![("cache-control", "no-store".into())], b"{}".to_vec());
//! let answer: http::Response<Vec<u8>> = response(answer);
//! assert_eq!(answer.headers()["cache-control"], "no-store");
//! # Ok::<(), http::Error>(())
//! ```
//!
//! # Out of scope
//! Reading the body, and its limit while it is read: the server that owns the connection. The peer certificate and address
//! come from the TLS and socket layers: set them with [`RequestParts::peer_certificate`](types::RequestParts::peer_certificate)
//! and [`RequestParts::peer_network`](types::RequestParts::peer_network). `Client-Cert-Chain` (RFC 9440 §2.3), and headers
//! of single products that hold a certificate, are not read.
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2, RFC 9449 §4.3 | [`request_parts`] |
//! | RFC 6749 §5.1, §5.2 | [`response`] |
//! | RFC 9440 §2.2, §4 | [`TrustedProxy`], [`peer_certificate`] |

mod client_cert;
mod network;
mod request;
mod response;

pub use symbolon_types as types;

pub use client_cert::{ClientCertError, TrustedProxy, peer_certificate};
pub use network::{Network, NetworkError};
pub use request::request_parts;
pub use response::response;
