use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroize as _;

/// An HTTP response before it meets an HTTP library: status, headers, body.
///
/// The body may hold tokens; `Debug` shows its length, and it is wiped when dropped. [`Self::into_body`] moves it out.
///
/// ```
/// use symbolon_types::ResponseParts;
/// let response = ResponseParts::new(200, vec![("content-type", "application/json".into())], b"{}".to_vec());
/// assert_eq!(response.header("content-type"), Some("application/json"));
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ResponseParts {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Vec<u8>,
}

impl ResponseParts {
    /// A response. Header names are lower-case; values are printable ASCII, which is the maker's duty.
    pub const fn new(status: u16, headers: Vec<(&'static str, Cow<'static, str>)>, body: Vec<u8>) -> Self {
        Self { status, headers, body }
    }

    /// The status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The headers, in the order in which they are written.
    pub fn headers(&self) -> &[(&'static str, Cow<'static, str>)] {
        &self.headers
    }

    /// The value of the first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| &**value)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Cow::Owned(value.into())));
        self
    }

    /// Moves the body out, to be sent.
    pub fn into_body(mut self) -> Vec<u8> {
        core::mem::take(&mut self.body)
    }
}

impl Drop for ResponseParts {
    fn drop(&mut self) {
        // Emptied first: room is wiped as a whole, elements one after another.
        self.body.clear();
        self.body.zeroize();
    }
}

impl fmt::Debug for ResponseParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseParts")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_body() {
        let response = ResponseParts::new(200, Vec::new(), b"MARKER".to_vec());
        assert!(!format!("{response:?}").contains("MARKER"));
        assert_eq!(response.into_body(), b"MARKER");
    }
}
