use alloc::string::String;
use core::fmt;

use symbolon_types::Secret;
use zeroize::Zeroizing;

/// Writes a form ([RFC 6749 Appendix B]): letters, digits and `*-._` stand for themselves, a space is `+`, every other
/// octet of the UTF-8 text is `%` and two upper-case hexadecimal digits.
///
/// Names are not compared: whoever pushes one twice gets it twice. The buffer is wiped when it grows or is dropped.
///
/// ```
/// use symbolon_token_request::FormEncoder;
/// use symbolon_token_request::types::Secret;
/// let mut form = FormEncoder::new();
/// form.push("grant_type", "client_credentials");
/// form.push("scope", "openid profile");
/// form.push_secret("client_secret", &Secret::new("a&b="));
/// assert!(form.finish() == Secret::new("grant_type=client_credentials&scope=openid+profile&client_secret=a%26b%3D"));
/// ```
///
/// [RFC 6749 Appendix B]: https://www.rfc-editor.org/rfc/rfc6749#appendix-B
#[derive(Default)]
pub struct FormEncoder(Zeroizing<String>);

impl FormEncoder {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter. One without a value is written all the same, and read as none.
    pub fn push(&mut self, name: &str, value: &str) {
        self.reserve(encoded_length(name).saturating_add(encoded_length(value)).saturating_add(2));
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
    }

    /// Adds a parameter whose value is a secret.
    pub fn push_secret(&mut self, name: &str, value: &Secret) {
        self.push(name, value.expose());
    }

    /// The body.
    pub fn finish(mut self) -> Secret {
        Secret::new(core::mem::take(&mut *self.0))
    }

    /// Makes room; a buffer that is left behind is wiped, which growing in place would not do.
    fn reserve(&mut self, more: usize) {
        let needed = self.0.len().saturating_add(more);
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(needed.saturating_mul(2).max(FIRST_CAPACITY)));
            larger.push_str(&self.0);
            self.0 = larger;
        }
    }
}

impl fmt::Debug for FormEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormEncoder({} bytes)", self.0.len())
    }
}

/// Encodes one name or value of a form.
///
/// ```
/// use symbolon_token_request::encode_component;
/// // RFC 6749 Appendix B
/// assert_eq!(encode_component(" %&+\u{a3}\u{20ac}"), "+%25%26%2B%C2%A3%E2%82%AC");
/// ```
pub fn encode_component(text: &str) -> String {
    let mut encoded = String::with_capacity(encoded_length(text));
    encode(text, &mut encoded);
    encoded
}

fn encode(text: &str, out: &mut String) {
    for octet in text.bytes() {
        match octet {
            b' ' => out.push('+'),
            plain if is_plain(plain) => out.push(char::from(plain)),
            other => {
                out.push('%');
                out.push(digit(other.wrapping_shr(4)));
                out.push(digit(other & 0xf));
            }
        }
    }
}

fn encoded_length(text: &str) -> usize {
    text.bytes().map(|octet| if octet == b' ' || is_plain(octet) { 1_usize } else { 3 }).sum()
}

/// What stands for itself, by the [URL standard](https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set).
const fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'*' | b'-' | b'.' | b'_')
}

/// An upper-case hexadecimal digit of a number below 16.
fn digit(number: u8) -> char {
    char::from_digit(u32::from(number), 16).unwrap_or_default().to_ascii_uppercase()
}

/// Room for a request without an assertion, in bytes.
const FIRST_CAPACITY: usize = 256;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode_component;

    #[test]
    fn each_ascii_octet_is_plain_or_encoded() {
        let text: String = (0..128_u8).map(char::from).collect();
        let encoded = encode_component(&text);
        assert_eq!(encoded.len(), encoded_length(&text));
        assert!(encoded.starts_with("%00%01%02") && encoded.contains("%1E%1F+%21"));
        let printable = "+%21%22%23%24%25%26%27%28%29*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40\
            ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D%7E%7F";
        assert!(encoded.ends_with(printable), "{encoded}");
    }

    #[test]
    fn debug_shows_no_text() {
        let mut form = FormEncoder::new();
        form.push("client_secret", "MARKER");
        assert_eq!(format!("{form:?}"), "FormEncoder(20 bytes)");
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_the_same(text in "[^\\x00]{0,40}") {
            prop_assert_eq!(decode_component(encode_component(&text).as_bytes()), Ok(text));
        }
    }
}
