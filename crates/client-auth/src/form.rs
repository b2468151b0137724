//! The form encoding of one value, both ways ([RFC 6749 Appendix B]). Basic halves are encoded with it.
//!
//! [RFC 6749 Appendix B]: https://www.rfc-editor.org/rfc/rfc6749#appendix-B
use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

/// Appends `text` in `application/x-www-form-urlencoded`; bare are letters, digits and `*-._`, space is `+`
/// ([URL Standard, percent-encode set](https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set)).
pub(crate) fn encode(text: &str, out: &mut Zeroizing<String>) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => {
                out.push('%');
                out.push(hex_digit(other >> 4));
                out.push(hex_digit(other & 0xf));
            }
        }
    }
}

/// Most bytes that [`encode`] makes of this text.
pub(crate) const fn most_encoded_bytes(text: &str) -> usize {
    text.len().saturating_mul(3)
}

/// Reads `+` and `%XX`. `None`: a stray `%`, text that is not UTF-8, or a control character, which neither half may
/// have ([RFC 6749 Appendix A.1](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1)).
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.as_bytes().contains(&b'+') && !text.as_bytes().contains(&b'%') {
        // Most ids and secrets are their own form. A loop without an early exit becomes vectors.
        let has_control = text.bytes().fold(false, |found, byte| found | byte.is_ascii_control());
        return (!has_control).then(|| text.into());
    }
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        decoded.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, others @ ..] = rest else { return None };
                rest = others;
                (hex_value(*high)? << 4) | hex_value(*low)?
            }
            other => *other,
        });
    }
    let usable = core::str::from_utf8(&decoded).is_ok() && !decoded.iter().any(u8::is_ascii_control);
    usable.then(|| String::from_utf8(core::mem::take(&mut *decoded)).ok()).flatten()
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Zeroizing::default();
        encode(text, &mut out);
        out.to_string()
    }

    #[test]
    fn the_sample_of_appendix_b_reads_both_ways() {
        assert_eq!(encoded(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
        assert_eq!(decode("+%25%26%2B%C2%A3%E2%82%AC").as_deref(), Some(" %&+£€"));
    }

    #[test]
    fn the_four_bare_marks_stay_bare() {
        assert_eq!(encoded("aZ09*-._"), "aZ09*-._");
        assert_eq!(encoded("~!'():/"), "%7E%21%27%28%29%3A%2F");
        assert_eq!(
            decode("%2a%2D%2e%5F").as_deref(),
            Some("*-._"),
            "an escape that was not needed is read all the same"
        );
    }

    #[test]
    fn broken_text_has_no_reading() {
        for bad in ["%", "%4", "a%zz", "%%41", "100%", "%ff", "%C2", "%00", "a%0Ab", "a\tb", "%7f"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        for good in ["", "a", "%41", "é"] {
            assert!(decode(good).is_some(), "{good}");
        }
    }
}
