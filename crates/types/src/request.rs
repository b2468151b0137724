use alloc::{string::String, sync::Arc, vec::Vec};
use core::{fmt, net::IpAddr};

use zeroize::Zeroizing;

/// Longest header value that is taken, in bytes (security decision D19). Longer ones count as present and malformed.
pub const MAX_HEADER_VALUE_BYTES: usize = 16 * 1024;

/// What the transport saw: every input that the protocol may read, raw.
///
/// Raw values matter: duplicates and bad bytes can only be refused if they arrive. The adapter crates fill it from
/// `http::Request`; by hand it is a chain of setters. The peer certificate and network come from the TLS and socket
/// layers, never from a header that anybody may send (security decision D14).
///
/// Nothing is checked here. `Debug` shows presence and lengths only.
///
/// ```
/// use symbolon_types::RequestParts;
/// let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
///     .content_type(b"application/x-www-form-urlencoded")
///     .authorization(b"Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=");
/// assert_eq!(parts.authorization.count(), 1);
/// assert!(!format!("{parts:?}").contains("dGVzd"));
/// ```
#[non_exhaustive]
pub struct RequestParts {
    /// Which endpoint or listener of the program the request came by; empty if it has one.
    pub endpoint: String,
    /// The request method.
    pub method: Method,
    /// All `Content-Type` values.
    pub content_type: Values,
    /// All `Authorization` values.
    pub authorization: Values,
    /// All `DPoP` values.
    pub dpop: Values,
    /// All `OAuth-Client-Attestation` values.
    pub client_attestation: Values,
    /// All `OAuth-Client-Attestation-PoP` values.
    pub client_attestation_pop: Values,
    /// All `Origin` values.
    pub origin: Values,
    /// The query of the request target, without `?`. Holds no parameters that are read; credentials in it are refused.
    pub query: Option<Zeroizing<String>>,
    /// The body, whole; wiped when dropped, whoever drops it.
    pub body: Zeroizing<Vec<u8>>,
    /// The certificate that the TLS layer saw.
    pub peer_certificate: Option<PeerCertificate>,
    /// The peer's address, for counting failed attempts.
    pub peer_network: Option<IpAddr>,
}

impl RequestParts {
    /// A request of this method with this body; every header absent.
    pub fn new(method: Method, body: Vec<u8>) -> Self {
        Self {
            endpoint: String::new(),
            method,
            content_type: Values::default(),
            authorization: Values::default(),
            dpop: Values::default(),
            client_attestation: Values::default(),
            client_attestation_pop: Values::default(),
            origin: Values::default(),
            query: None,
            body: Zeroizing::new(body),
            peer_certificate: None,
            peer_network: None,
        }
    }

    /// A POST request with this body.
    pub fn post(body: Vec<u8>) -> Self {
        Self::new(Method::Post, body)
    }

    /// Names the endpoint or listener.
    #[must_use]
    pub fn endpoint(mut self, id: impl Into<String>) -> Self {
        self.endpoint = id.into();
        self
    }

    /// Adds a `Content-Type` value.
    #[must_use]
    pub fn content_type(mut self, value: &[u8]) -> Self {
        self.content_type.push(value);
        self
    }

    /// Adds an `Authorization` value.
    #[must_use]
    pub fn authorization(mut self, value: &[u8]) -> Self {
        self.authorization.push(value);
        self
    }

    /// Adds a `DPoP` value.
    #[must_use]
    pub fn dpop(mut self, value: &[u8]) -> Self {
        self.dpop.push(value);
        self
    }

    /// Sets the query of the request target; an empty one is none.
    #[must_use]
    pub fn query(mut self, query: Option<&str>) -> Self {
        self.query = query.filter(|query| !query.is_empty()).map(|query| Zeroizing::new(query.into()));
        self
    }

    /// Sets the certificate that the TLS layer saw.
    #[must_use]
    pub fn peer_certificate(mut self, certificate: Option<PeerCertificate>) -> Self {
        self.peer_certificate = certificate;
        self
    }

    /// Sets the peer's address.
    #[must_use]
    pub fn peer_network(mut self, address: Option<IpAddr>) -> Self {
        self.peer_network = address;
        self
    }
}

impl fmt::Debug for RequestParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestParts")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("content_type", &self.content_type)
            .field("authorization", &self.authorization)
            .field("dpop", &self.dpop)
            .field("query", &self.query.is_some())
            .field("body_bytes", &self.body.len())
            .field("peer_certificate", &self.peer_certificate.is_some())
            .finish_non_exhaustive()
    }
}

/// A request method, as far as the endpoints of this workspace tell them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// Any other method.
    Other,
}

impl Method {
    /// Reads a method; methods are case-sensitive ([RFC 9110 §9.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.1)).
    pub fn parse(method: &str) -> Self {
        match method {
            "GET" => Self::Get,
            "POST" => Self::Post,
            _ => Self::Other,
        }
    }
}

/// A header with the number of times it came. Only one value is ever useful, but two must be seen to be refused.
///
/// ```
/// use symbolon_types::Values;
/// let mut values = Values::default();
/// values.push(b"one");
/// assert_eq!(values.only(), Ok(Some(&b"one"[..])));
/// values.push(b"one");
/// assert!(values.only().is_err());
/// ```
#[derive(Clone, Default)]
pub struct Values {
    first: Option<Zeroizing<Vec<u8>>>,
    count: usize,
}

impl Values {
    /// Adds a value. The second and later ones are only counted.
    pub fn push(&mut self, value: &[u8]) {
        if self.count == 0 {
            self.first = Some(Zeroizing::new(value.to_vec()));
        }
        self.count = self.count.saturating_add(1);
    }

    /// The value, if there is at most one.
    ///
    /// # Errors
    /// [`Repeated`] if the header came more than once.
    pub fn only(&self) -> Result<Option<&[u8]>, Repeated> {
        match self.count {
            0 | 1 => Ok(self.first.as_ref().map(|first| first.as_slice())),
            _ => Err(Repeated),
        }
    }

    /// How many times the header came.
    pub const fn count(&self) -> usize {
        self.count
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        // What is left of it is wiped by `Zeroizing`: room as a whole, elements one after another.
        if let Some(first) = &mut self.first {
            first.clear();
        }
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.first.as_ref().map_or(0, |first| first.len());
        write!(f, "{} value(s), first of {length} bytes", self.count)
    }
}

/// A header came more than once.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("header came more than once")]
#[non_exhaustive]
pub struct Repeated;

/// A client certificate with what the TLS layer (or a trusted proxy) proved about it (security decision D14). `Debug` shows
/// its length: people have names in theirs.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct PeerCertificate {
    /// The certificate in DER.
    pub der: Arc<[u8]>,
    /// Whether its chain was validated, and to what.
    pub chain: CertificateChain,
}

impl PeerCertificate {
    /// A certificate and what is known of its chain. The possession of its key is the TLS layer's word.
    pub fn new(der: impl Into<Arc<[u8]>>, chain: CertificateChain) -> Self {
        Self { der: der.into(), chain }
    }
}

impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate").field("der_bytes", &self.der.len()).field("chain", &self.chain).finish()
    }
}

/// What is known of a certificate's chain.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CertificateChain {
    /// The TLS layer validated it to the trust anchor of this name.
    ValidatedTo(Arc<str>),
    /// Nobody validated it: the key was shown, the names in it mean nothing.
    NotValidated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_values_are_still_two() {
        let parts = RequestParts::post(Vec::new()).authorization(b"Basic YQ==").authorization(b"Basic YQ==");
        assert_eq!(parts.authorization.only(), Err(Repeated));
        assert_eq!(parts.dpop.only(), Ok(None));
    }

    #[test]
    fn debug_shows_no_value() {
        let parts = RequestParts::post(b"client_secret=MARKER".to_vec())
            .authorization(b"MARKER")
            .dpop(b"MARKER")
            .query(Some("client_secret=MARKER"));
        assert!(!format!("{parts:?}").contains("MARKER"));
    }

    #[test]
    fn debug_of_a_certificate_shows_its_length() {
        let certificate = PeerCertificate::new(&b"MARKER"[..], CertificateChain::NotValidated);
        let shown = format!("{certificate:?}");
        assert!(shown.contains("der_bytes: 6") && !shown.contains("77"), "{shown}");
    }

    #[test]
    fn methods_are_case_sensitive() {
        assert_eq!(Method::parse("POST"), Method::Post);
        assert_eq!(Method::parse("post"), Method::Other);
    }
}
