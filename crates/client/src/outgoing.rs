use alloc::vec::Vec;
use core::fmt;

use symbolon_types::Secret;

use crate::EndpointUrl;

/// A request that is to be sent: POST, a form, and what authenticates the client ([RFC 6749 §3.2]); or GET and an access token
/// for userinfo ([OIDC Core §5.3.1]).
///
/// `Debug` shows the URL, the header names and how long the body is.
///
/// # Security
/// Send it once, to this URL, over TLS with certificates verified. Follow no redirect: the credentials would go along
/// ([RFC 9700 §4.12]). Read no more of the answer than `client.policy().limits.response_bytes`.
///
/// [OIDC Core §5.3.1]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoRequest
/// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [RFC 9700 §4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
#[must_use]
pub struct OutgoingRequest {
    method: &'static str,
    url: EndpointUrl,
    headers: Vec<(&'static str, Secret)>,
    body: Secret,
}

impl OutgoingRequest {
    pub(crate) fn new(url: EndpointUrl, credentials: Vec<(&'static str, Secret)>, body: Secret) -> Self {
        let mut headers = Vec::from([
            ("content-type", "application/x-www-form-urlencoded".into()),
            ("accept", "application/json".into()),
        ]);
        headers.extend(credentials);
        Self { method: "POST", url, headers, body }
    }

    /// A GET: a request to a resource.
    pub(crate) fn get(url: EndpointUrl, accept: &'static str, credentials: Vec<(&'static str, Secret)>) -> Self {
        let mut headers = Vec::from([("accept", accept.into())]);
        headers.extend(credentials);
        Self { method: "GET", url, headers, body: "".into() }
    }

    /// The method: `POST`, or `GET` for userinfo.
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The URL, with the query that the endpoint was configured with.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The headers, names in lower case.
    pub fn headers(&self) -> &[(&'static str, Secret)] {
        &self.headers
    }

    /// The value of the header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&Secret> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The body; empty if the method is `GET`.
    pub const fn body(&self) -> &Secret {
        &self.body
    }
}

impl fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("OutgoingRequest")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
