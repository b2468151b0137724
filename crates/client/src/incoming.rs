use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_types::Values;
use time::Duration;
use zeroize::Zeroizing;

use crate::ProvidedNonce;

/// An answer of the token endpoint as it came: status, body, and the headers that are listened to.
///
/// Nothing is checked here. The body may hold tokens: `Debug` shows its length, and it is wiped when dropped.
///
/// ```
/// use symbolon_client::IncomingResponse;
/// use time::Duration;
/// let response = IncomingResponse::new(503, b"<html>".to_vec()).with_header("Retry-After", b"120");
/// assert_eq!(response.retry_after(), Some(Duration::minutes(2)));
/// assert_eq!(format!("{response:?}"), "IncomingResponse { status: 503, body_bytes: 6, .. }");
/// ```
#[derive(Clone)]
pub struct IncomingResponse {
    status: u16,
    retry_after: Option<Duration>,
    content_type: Values,
    www_authenticate: Vec<Vec<u8>>,
    dpop_nonce: Values,
    body: Zeroizing<Vec<u8>>,
}

impl IncomingResponse {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            retry_after: None,
            content_type: Values::default(),
            www_authenticate: Vec::new(),
            dpop_nonce: Values::default(),
            body: Zeroizing::new(body.into()),
        }
    }

    /// An answer of JSON: its `Content-Type` says so.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, body).with_header("content-type", b"application/json")
    }

    /// Adds a header; names are compared without case, and those that nobody listens to are dropped. So an adapter hands
    /// all of them over.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &[u8]) -> Self {
        if name.eq_ignore_ascii_case("retry-after") {
            self.retry_after = delay(value);
        } else if name.eq_ignore_ascii_case("dpop-nonce") {
            self.dpop_nonce.push(value);
        } else if name.eq_ignore_ascii_case("content-type") {
            self.content_type.push(value);
        } else if name.eq_ignore_ascii_case("www-authenticate") {
            self.www_authenticate.push(value.into());
        }
        self
    }

    /// The status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// `Content-Type` without parameters, in lower case; `None` if it is not there, comes twice or is not ASCII.
    pub fn media_type(&self) -> Option<String> {
        let value = core::str::from_utf8(self.content_type.only().ok().flatten()?).ok()?;
        let media_type = value.split(';').next().unwrap_or_default().trim_matches([' ', '\t']);
        media_type.is_ascii().then(|| media_type.to_ascii_lowercase())
    }

    /// The values of `WWW-Authenticate`, as they came ([RFC 9110 §11.6.1]).
    ///
    /// [RFC 9110 §11.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
    pub fn www_authenticate(&self) -> impl Iterator<Item = &[u8]> {
        self.www_authenticate.iter().map(Vec::as_slice)
    }

    /// `Retry-After`, if it is a number of seconds ([RFC 9110 §10.2.3]); a date is as none, for there is no clock here.
    ///
    /// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The nonce of `DPoP-Nonce`, if there is exactly one and it is well formed ([RFC 9449 §8.1]): of two nobody can tell
    /// which is the server's.
    ///
    /// [RFC 9449 §8.1]: https://www.rfc-editor.org/rfc/rfc9449#section-8.1
    pub fn dpop_nonce(&self) -> Option<ProvidedNonce> {
        ProvidedNonce::parse(self.dpop_nonce.only().ok().flatten()?)
    }
}

impl fmt::Debug for IncomingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingResponse")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// RFC 9110 §10.2.3: `delay-seconds`, digits only.
fn delay(value: &[u8]) -> Option<Duration> {
    let text = core::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let seconds: u32 = if text.bytes().all(|octet| octet.is_ascii_digit()) { text.parse().ok()? } else { return None };
    Some(Duration::seconds(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a086_a_second_nonce_makes_none() {
        let once = IncomingResponse::new(400, []).with_header("dpop-nonce", b"a").with_header("DPoP", b"b");
        assert_eq!(once.dpop_nonce(), ProvidedNonce::parse(b"a"));
        assert_eq!(once.clone().with_header("DPoP-Nonce", b"a").dpop_nonce(), None);
        assert_eq!(once.with_header("DPOP-NONCE", b"b").dpop_nonce(), None);
        assert_eq!(IncomingResponse::new(400, []).dpop_nonce(), None);
    }

    #[test]
    fn the_media_type_is_without_parameters_and_case_and_comes_once() {
        let read = |value: &[u8]| IncomingResponse::new(200, []).with_header("Content-Type", value);
        for value in ["application/json", "Application/JSON; charset=utf-8", " application/json;x=\"a;b\""] {
            assert_eq!(read(value.as_bytes()).media_type().as_deref(), Some("application/json"), "{value}");
        }
        assert_eq!(IncomingResponse::json(200, []).media_type().as_deref(), Some("application/json"));
        assert_eq!(IncomingResponse::new(200, []).media_type(), None);
        assert_eq!(read("application/jsø".as_bytes()).media_type(), None);
        assert_eq!(read(&[0xff]).media_type(), None);
        assert_eq!(read(b"application/json").with_header("content-type", b"application/json").media_type(), None);
    }

    #[test]
    fn retry_after_is_digits_or_nothing() {
        let read =
            |value: &str| IncomingResponse::new(503, []).with_header("retry-after", value.as_bytes()).retry_after();
        assert_eq!(read("30"), Some(Duration::seconds(30)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        for none in ["", "-1", "+1", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999999"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
