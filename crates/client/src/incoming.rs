use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_token_response::Challenge;
use symbolon_types::Values;
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use crate::{ProvidedNonce, http_date::http_date};

/// An answer of the token endpoint as it came: status, body, and the headers that are listened to.
///
/// Nothing is checked here. The body may hold tokens: `Debug` shows its length, and it is wiped when dropped.
///
/// ```
/// use symbolon_client::IncomingResponse;
/// use time::{Duration, UtcDateTime};
/// let response = IncomingResponse::new(503, b"<html>".to_vec()).with_header("Retry-After", b"120");
/// assert_eq!(response.retry_after(UtcDateTime::UNIX_EPOCH), Some(Duration::minutes(2)));
/// assert_eq!(format!("{response:?}"), "IncomingResponse { status: 503, body_bytes: 6, .. }");
/// ```
#[derive(Clone)]
pub struct IncomingResponse {
    status: u16,
    retry_after: Values,
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
            retry_after: Values::default(),
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
            self.retry_after.push(value);
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

    /// The challenges of `WWW-Authenticate`; values outside the grammar have none.
    pub(crate) fn challenges(&self) -> Vec<Challenge> {
        self.www_authenticate().filter_map(|value| Challenge::parse_all(value).ok()).flatten().take(MOST).collect()
    }

    /// How long to wait from `now` on, by `Retry-After` ([RFC 9110 §10.2.3]): a number of seconds, or a date, which is not
    /// waited for if it is over. `None` if there is none, more than one, or one of another form.
    ///
    /// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    pub fn retry_after(&self, now: UtcDateTime) -> Option<Duration> {
        let text = core::str::from_utf8(self.retry_after.only().ok().flatten()?).ok()?.trim_matches([' ', '\t']);
        if text.bytes().all(|octet| octet.is_ascii_digit()) {
            return text.parse::<u32>().ok().map(|seconds| Duration::seconds(seconds.into()));
        }
        let seconds = http_date(text, now)?.unix_timestamp().saturating_sub(now.unix_timestamp());
        Some(Duration::seconds(seconds.max(0)))
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

/// Most challenges of an answer, over all of its headers.
const MOST: usize = 16;

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
    fn retry_after_is_digits_or_a_date() {
        let now = UtcDateTime::from_unix_timestamp(784_111_777).unwrap();
        let read =
            |value: &str| IncomingResponse::new(503, []).with_header("retry-after", value.as_bytes()).retry_after(now);
        assert_eq!(read("30"), Some(Duration::seconds(30)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::seconds(3)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO), "it is over");
        for none in ["", "-1", "+1", "1.5", "soon", "99999999999999", "Sun, 06 Nov 1994 08:49:40"] {
            assert_eq!(read(none), None, "{none}");
        }
        let twice = IncomingResponse::new(503, []).with_header("Retry-After", b"1").with_header("Retry-After", b"2");
        assert_eq!(twice.retry_after(now), None);
    }
}
