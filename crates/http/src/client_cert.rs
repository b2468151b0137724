use core::net::IpAddr;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::request::Parts;
use symbolon_types::{CertificateChain, MAX_HEADER_VALUE_BYTES, PeerCertificate, Rule};
use thiserror::Error;

use crate::Network;

/// A reverse proxy that ends TLS in front of the program and tells the client's certificate in the header `Client-Cert`
/// ([RFC 9440 §2.2], security decision D14).
///
/// What it says is believed on its own connections alone: those from the addresses that are given ([`Self::at`]), or every
/// one of a listener that nobody else can reach ([`Self::on_every_connection`]). Unless [`Self::validates_to`] says so, its
/// certificates are [`CertificateChain::NotValidated`].
///
/// ```
/// use symbolon_http::{Network, TrustedProxy, peer_certificate, types::CertificateChain};
///
/// let proxy = TrustedProxy::at(["192.0.2.1".parse::<Network>()?]).validates_to("corporate");
/// let request = http::Request::post("/token").header("client-cert", ":MIIB:").body(())?;
/// let (head, ()) = request.into_parts();
///
/// let certificate = peer_certificate(&head, Some("192.0.2.1".parse()?), None, Some(&proxy))?;
/// assert_eq!(certificate.unwrap().chain, CertificateChain::ValidatedTo("corporate".into()));
/// assert!(peer_certificate(&head, Some("192.0.2.2".parse()?), None, Some(&proxy)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The proxy must take the header out of every request that it gets, and set it from its own TLS handshake
/// ([RFC 9440 §4]). It must be what proves possession of the certificate's key. `Client-Cert-Chain` is not read.
///
/// [RFC 9440 §2.2]: https://www.rfc-editor.org/rfc/rfc9440#section-2.2
/// [RFC 9440 §4]: https://www.rfc-editor.org/rfc/rfc9440#section-4
#[derive(Clone, Debug)]
pub struct TrustedProxy {
    /// `None`: every connection is the proxy's.
    peers: Option<Arc<[Network]>>,
    chain: CertificateChain,
}

impl TrustedProxy {
    /// A proxy that connects from these addresses.
    pub fn at(peers: impl IntoIterator<Item = Network>) -> Self {
        Self { peers: Some(peers.into_iter().collect()), chain: CertificateChain::NotValidated }
    }

    /// A proxy that alone can reach the listener: a Unix socket that nobody else may open, or a listener that closes the
    /// connections of everybody else.
    pub const fn on_every_connection() -> Self {
        Self { peers: None, chain: CertificateChain::NotValidated }
    }

    /// States that the proxy takes no certificate but those that it validated to this trust anchor.
    #[must_use]
    pub fn validates_to(mut self, anchor: impl Into<Arc<str>>) -> Self {
        self.chain = CertificateChain::ValidatedTo(anchor.into());
        self
    }

    /// Whether a connection from there is the proxy's.
    pub fn is_at(&self, peer: Option<IpAddr>) -> bool {
        match &self.peers {
            None => true,
            Some(networks) => peer.is_some_and(|peer| networks.iter().any(|network| network.contains(peer))),
        }
    }
}

/// The certificate of the client that sent the request: of a connection that is the proxy's, the one in its `Client-Cert`
/// header ([RFC 9440 §2.2]) or none; of any other, the one that the TLS layer saw on this `connection`.
///
/// The header's value is a byte sequence ([RFC 8941 §3.3.5]) with padding and without parameters, once. Whether its octets
/// are a certificate is judged where it is used.
///
/// # Errors
/// - [`ClientCertError::Untrusted`]: the header is there, and the connection is not a trusted proxy's (`invalid_request`).
/// - [`ClientCertError::Repeated`]: it is there more than once (`invalid_request`).
/// - [`ClientCertError::Syntax`]: it is no byte sequence, empty, or longer than [`MAX_HEADER_VALUE_BYTES`]
///   (`invalid_request`).
///
/// [RFC 8941 §3.3.5]: https://www.rfc-editor.org/rfc/rfc8941#section-3.3.5
/// [RFC 9440 §2.2]: https://www.rfc-editor.org/rfc/rfc9440#section-2.2
pub fn peer_certificate(
    head: &Parts,
    peer: Option<IpAddr>,
    connection: Option<&PeerCertificate>,
    proxy: Option<&TrustedProxy>,
) -> Result<Option<PeerCertificate>, ClientCertError> {
    let mut values = head.headers.get_all(CLIENT_CERT).iter();
    let value = values.next();
    // Security decision D14: from anybody else its presence is refused, whatever it says.
    let Some(proxy) = proxy.filter(|proxy| proxy.is_at(peer)) else {
        return if value.is_some() { Err(ClientCertError::Untrusted) } else { Ok(connection.cloned()) };
    };
    let Some(value) = value else { return Ok(None) };
    if values.next().is_some() {
        return Err(ClientCertError::Repeated);
    }
    let der = byte_sequence(value.as_bytes()).ok_or(ClientCertError::Syntax)?;
    Ok(Some(PeerCertificate::new(der, proxy.chain.clone())))
}

fn byte_sequence(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() > MAX_HEADER_VALUE_BYTES {
        return None;
    }
    let base64 = value.strip_prefix(b":")?.strip_suffix(b":")?;
    STANDARD.decode(base64).ok().filter(|octets| !octets.is_empty())
}

/// Why a `Client-Cert` header is refused. Holds nothing of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ClientCertError {
    /// The connection is not a trusted proxy's.
    #[error("`Client-Cert` from somebody who is not the trusted proxy")]
    Untrusted,
    /// More than one.
    #[error("`Client-Cert` came more than once")]
    Repeated,
    /// No byte sequence, an empty one, or too long a one.
    #[error("`Client-Cert` is no byte sequence")]
    Syntax,
}

impl ClientCertError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Untrusted | Self::Repeated | Self::Syntax => Rule::RequestCertificateHeader,
        }
    }
}

const CLIENT_CERT: &str = "client-cert";
