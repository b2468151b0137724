use alloc::{borrow::ToOwned as _, string::String};
use core::fmt;

use symbolon_types::Rule;
use thiserror::Error;
use url::{Host, Url};

/// The URL of an endpoint ([RFC 6749 §3.1], [RFC 6749 §3.2], [RFC 8252 §8.3]): https, or http on a loopback host
/// (`127.0.0.0/8`, `[::1]`, `localhost`).
///
/// The text is kept as it is, its query included. It has no userinfo and no fragment, and its host is written as every
/// parser reads it, so that nobody is called but the one who was judged. Whether that host has a private address is for
/// the caller, who resolves names.
///
/// ```
/// use symbolon_client::EndpointUrl;
/// let url = EndpointUrl::parse("https://as.example/token?_tlsclientauth=1")?;
/// assert_eq!(url.query(), Some("_tlsclientauth=1"));
/// assert!(EndpointUrl::parse("http://127.0.0.1:8080/token").is_ok());
/// assert!(EndpointUrl::parse("http://as.example/token").is_err());
/// # Ok::<(), symbolon_client::EndpointUrlError>(())
/// ```
///
/// [RFC 6749 §3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
/// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [RFC 8252 §8.3]: https://www.rfc-editor.org/rfc/rfc8252#section-8.3
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EndpointUrl(String);

impl EndpointUrl {
    /// Checks the text and keeps it.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`EndpointUrlError::Character`]: a character that does not stand in a URI.
    /// - [`EndpointUrlError::Syntax`]: not `https://` or `http://` with a plain host, or a host that parsers read in
    ///   more than one way.
    /// - [`EndpointUrlError::Insecure`]: http to another host than a loopback one, or another scheme.
    /// - [`EndpointUrlError::Fragment`], [`EndpointUrlError::Userinfo`]: it has one.
    pub fn parse(text: &str) -> Result<Self, EndpointUrlError> {
        // What a URL parser would repair: nothing is repaired here.
        if let Some(at) = text.bytes().position(|byte| !is_uri_octet(byte)) {
            return Err(EndpointUrlError::Character { at });
        }
        let (scheme, rest) = text.split_once("://").ok_or(EndpointUrlError::Syntax)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(EndpointUrlError::Userinfo);
        }
        let url = Url::parse(text).map_err(|_| EndpointUrlError::Syntax)?;
        let is_secure = match url.scheme() {
            "https" => true,
            "http" => url.host().is_some_and(|host| is_loopback(&host)),
            _ => false,
        };
        if !is_secure {
            return Err(EndpointUrlError::Insecure);
        }
        let written =
            authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(authority, |(host, _)| host);
        let same_host = url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(written));
        if !same_host || !scheme.eq_ignore_ascii_case(url.scheme()) {
            return Err(EndpointUrlError::Syntax);
        }
        // RFC 6749 §3.1, §3.2: MUST NOT include a fragment component.
        if url.fragment().is_some() {
            return Err(EndpointUrlError::Fragment);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, byte for byte as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The query, without `?`.
    pub fn query(&self) -> Option<&str> {
        self.0.split_once('?').map(|(_, query)| query)
    }

    /// The host, in the one way that it is compared.
    pub(crate) fn host(&self) -> Option<Host<String>> {
        Url::parse(&self.0).ok()?.host().map(|host| host.to_owned())
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not the URL of an endpoint. Holds a position, never the text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EndpointUrlError {
    /// A character that does not stand in a URI.
    #[error("URL has a character outside its grammar at byte {at}")]
    Character {
        /// Where, in bytes from the start.
        at: usize,
    },
    /// Not a URL with a host, or one whose host has several readings.
    #[error("URL is malformed, or its host is not written plainly")]
    Syntax,
    /// Neither https nor http on a loopback host.
    #[error("URL is neither https nor http on a loopback host")]
    Insecure,
    /// A fragment.
    #[error("URL has a fragment")]
    Fragment,
    /// A user name or password.
    #[error("URL has userinfo")]
    Userinfo,
}

impl EndpointUrlError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Character { .. } | Self::Syntax | Self::Insecure | Self::Fragment | Self::Userinfo => {
                Rule::EndpointUrl
            }
        }
    }
}

/// Whether a redirect URI can be one ([RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)): an
/// absolute URI without fragment; http on a loopback host only
/// ([RFC 9700 §2.6](https://www.rfc-editor.org/rfc/rfc9700#section-2.6)). Private schemes of apps are welcome.
pub(crate) fn is_redirect_uri(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let plain_http = url.scheme() == "http" && !url.host().is_some_and(|host| is_loopback(&host));
    text.bytes().all(is_uri_octet) && url.fragment().is_none() && !plain_http
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// RFC 3986 §2: the characters of a URI.
pub(crate) const fn is_uri_octet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%' | b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_http_are_endpoints() {
        for text in [
            "https://as.example/token",
            "https://as.example",
            "HTTPS://AS.example:8443/token",
            "https://xn--bcher-kva.example/",
            "https://192.0.2.1/token",
            "http://127.0.0.1/token",
            "http://127.3.2.1:1/token",
            "http://[::1]:8080/token?a=b",
            "http://localhost:8080/token",
            "http://LOCALHOST/token",
        ] {
            assert_eq!(EndpointUrl::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a121_an_endpoint_on_plain_http_is_refused() {
        for text in [
            "http://as.example/token",
            "http://128.0.0.1/token",
            "http://localhost.example/token",
            "http://127.0.0.1.example/token",
            "http://localhost./token",
            "http://[::2]/token",
            "ftp://as.example/token",
            "file:///etc/passwd",
        ] {
            assert_eq!(EndpointUrl::parse(text), Err(EndpointUrlError::Insecure), "{text}");
        }
    }

    #[test]
    fn a_url_with_several_readings_is_refused() {
        for text in [
            "",
            "https",
            "https:as.example/token",
            "https:/as.example/token",
            "https:///as.example/token",
            "https://",
            "https://:443/",
            "https://as.example:99999/",
            "https://%61s.example/token",
            "http://0x7f.1/token",
            "http://2130706433/token",
            "http://127.1/token",
            "http://[0:0:0:0:0:0:0:1]/token",
            "javascript://as.example/%0aalert(1)://",
        ] {
            let error = EndpointUrl::parse(text).unwrap_err();
            assert!(matches!(error, EndpointUrlError::Syntax | EndpointUrlError::Insecure), "{text}: {error}");
        }
        assert_eq!(
            EndpointUrl::parse("https://as.example\\@evil.example/"),
            Err(EndpointUrlError::Character { at: 18 })
        );
        assert_eq!(EndpointUrl::parse(" https://as.example/"), Err(EndpointUrlError::Character { at: 0 }));
        assert_eq!(EndpointUrl::parse("https://as.exa\nmple/"), Err(EndpointUrlError::Character { at: 14 }));
        assert_eq!(EndpointUrl::parse("https://\u{e6}.example/"), Err(EndpointUrlError::Character { at: 8 }));
        assert_eq!(EndpointUrl::parse("https://as.example@evil.example/"), Err(EndpointUrlError::Userinfo));
        assert_eq!(EndpointUrl::parse("https://as.example/token#a"), Err(EndpointUrlError::Fragment));
    }

    #[test]
    fn a_redirect_uri_is_absolute_and_has_no_fragment() {
        for good in ["https://app.example/cb?a=b", "http://127.0.0.1:1234/cb", "com.example.app:/cb"] {
            assert!(is_redirect_uri(good), "{good}");
        }
        for bad in ["/cb", "http://app.example/cb", "https://app.example/cb#a", "https://app.example/c b", ""] {
            assert!(!is_redirect_uri(bad), "{bad}");
        }
    }
}
