use alloc::string::String;
use core::fmt;

/// The start of a body that is no answer of the protocol, escaped and shortened: for the operator who asks why.
///
/// It is printable ASCII and at most 256 characters. There is none of a body that is no text, or that may have a token in it.
/// `Debug` shows its length.
///
/// ```
/// use symbolon_client::{FailedExchange, Failure};
/// /// What an operator asks for, and no log has by itself.
/// fn first_words(failed: &FailedExchange) -> Option<&str> {
///     match failed.failure() {
///         Failure::NotJson { snippet, .. } | Failure::ContentType { snippet, .. } => {
///             snippet.as_ref().map(|snippet| snippet.as_str())
///         }
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Snippet(String);

impl Snippet {
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(body).ok().map(str::trim).filter(|text| !text.is_empty())?;
        // UTF-16 of plain text is UTF-8 with NULs, and none of the names would be found in it.
        let hides = text.contains('\0') || SIGNS.iter().any(|sign| contains(text.as_bytes(), sign));
        (!hides).then(|| Self(text.chars().flat_map(char::escape_default).take(SHOWN_CHARS).collect()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snippet({} characters)", self.0.len())
    }
}

/// Whether the text has this in it, whatever the case.
fn contains(text: &[u8], sign: &str) -> bool {
    text.windows(sign.len()).any(|window| window.eq_ignore_ascii_case(sign.as_bytes()))
}

/// What stands in a text that may have a token, a secret or an assertion in it: the names of their parameters and members, the
/// schemes before them, the start of every JWT; codes, and hints of who somebody is; and an underscore that is escaped.
const SIGNS: &[&str] = &[
    "_token",
    "token\"",
    "token'",
    "token=",
    "token:",
    "secret",
    "assertion",
    "password",
    "bearer",
    "dpop",
    "basic ",
    "eyj",
    "code=",
    "code\"",
    "code_verifier",
    "auth_req_id",
    "_hint",
    "token>",
    "code>",
    "\\u00",
    "%5f",
];

/// How much of a body is shown, in characters.
const SHOWN_CHARS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<String> {
        Snippet::of(body.as_bytes()).map(|snippet| snippet.0)
    }

    #[test]
    fn a_page_is_shown_escaped_and_shortened() {
        assert_eq!(of("<html>\r\n502 Bad Gateway\u{1b}[2J").as_deref(), Some("<html>\\r\\n502 Bad Gateway\\u{1b}[2J"));
        assert_eq!(of("404: nothing at /oauth2/token here").as_deref(), Some("404: nothing at /oauth2/token here"));
        assert_eq!(of("\u{202e}\u{e5}").as_deref(), Some("\\u{202e}\\u{e5}"));
        assert_eq!(of(&"x".repeat(1_000)).unwrap().len(), 256);
        assert_eq!(of(&"\n".repeat(1_000)), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn of_a_body_that_may_have_a_token_there_is_none() {
        for body in [
            "access_token=MARKER&token_type=Bearer",
            "<html>{\"access_token\":\"MARKER\"",
            "{\"ACCESS_TOKEN\":\"MARKER\"",
            "{'token':'MARKER'",
            "token: MARKER",
            "Authorization: Bearer MARKER",
            "Authorization: Basic MARKER",
            "eyJhbGciOiJub25lIn0.MARKER.",
            "client_secret was MARKER",
            "{\"access\\u005ftoken\":\"MARKER\"",
            "access%5Ftoken=MARKER",
            "a\0c\0c\0e\0s\0s\0_\0t\0o\0k\0e\0n\0",
        ] {
            assert_eq!(of(body), None, "{body}");
            // Far behind, too: what is shown is the start, what decides is the whole.
            assert_eq!(of(&("x".repeat(10_000) + body)), None, "{body}");
        }
        assert_eq!(Snippet::of(b"\xff<html>"), None);
        assert_eq!(alloc::format!("{:?}", Snippet::of(b"MARKER").unwrap()), "Snippet(6 characters)");
    }
}
