use alloc::sync::Arc;
use core::fmt;

/// The nonce of a `DPoP-Nonce` header, as the token endpoint provided it ([RFC 9449 §8]): for the next proof that it gets.
///
/// Only [`IncomingResponse::dpop_nonce`](crate::IncomingResponse::dpop_nonce) makes one, and nothing shows its text: it is of
/// use to the authorization server that gave it and to nobody else. The nonces of resources are others ([RFC 9449 §9]).
///
/// ```
/// use symbolon_client::{IncomingResponse, ProvidedNonce};
/// fn nonce(value: &str) -> Option<ProvidedNonce> {
///     IncomingResponse::new(400, []).with_header("DPoP-Nonce", value.as_bytes()).dpop_nonce()
/// }
/// assert_eq!(format!("{:?}", nonce("eyJ7S_zG.eyJH0-Z.HX4w-7v").unwrap()), "ProvidedNonce { .. }");
/// assert_eq!(nonce("two nonces"), None);
/// ```
///
/// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
/// [RFC 9449 §9]: https://www.rfc-editor.org/rfc/rfc9449#section-9
#[derive(Clone, Eq, PartialEq)]
pub struct ProvidedNonce(Arc<str>);

impl ProvidedNonce {
    /// RFC 9449 §8.1: one or more `NQCHAR`.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let text = str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
        let in_grammar = text.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\'));
        (in_grammar && !text.is_empty() && text.len() <= MAX_NONCE_BYTES).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Security decision D21: a nonce is in no log.
impl fmt::Debug for ProvidedNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvidedNonce").finish_non_exhaustive()
    }
}

/// Longest nonce that is taken, in bytes. Servers seal a time in theirs, or a hash: they stay below 500. A proof with one of
/// this length stays below the 4 KiB that servers read.
const MAX_NONCE_BYTES: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_in_its_grammar_and_bounded() {
        let longest = "n".repeat(MAX_NONCE_BYTES);
        for good in ["eyJ7S_zG.eyJH0-Z.HX4w-7v", "!", "a,b;c=[d]", " \ta ", longest.as_str()] {
            assert_eq!(ProvidedNonce::parse(good.as_bytes()).unwrap().as_str(), good.trim());
        }
        let longer = "n".repeat(MAX_NONCE_BYTES + 1);
        for bad in ["", " ", "a b", "a\"b", "a\\b", "a\nb", "\u{e5}", longer.as_str()] {
            assert_eq!(ProvidedNonce::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(ProvidedNonce::parse(&[b'a', 0xff]), None);
    }
}
