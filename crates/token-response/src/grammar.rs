//! Character sets of RFC 6749 Appendix A, a byte at a time. Non-ASCII bytes are in none of them.

/// VSCHAR ([RFC 6749 Appendix A](https://www.rfc-editor.org/rfc/rfc6749#appendix-A)): tokens.
pub(crate) const fn is_vschar(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// NQSCHAR ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)): `error` and `error_description`.
pub(crate) const fn is_nqschar(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// NQCHAR ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)): `error_uri`, and nonces of
/// [RFC 9449 §8.1](https://www.rfc-editor.org/rfc/rfc9449#section-8.1).
pub(crate) const fn is_nqchar(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// What a `token_type` may hold ([RFC 6749 Appendix A.13](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.13): a name or
/// a URI): printable ASCII without space.
pub(crate) const fn is_type_char(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e)
}

/// Whether the text is one or more of these characters.
pub(crate) fn is_one_or_more(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    // No way out of a block, so that a machine compares many octets at once: tokens have thousands.
    let are_allowed = |block: &[u8]| block.iter().fold(true, |all, octet| all & allowed(*octet));
    !text.is_empty() && text.as_bytes().chunks(BLOCK).all(are_allowed)
}

/// How many octets are looked at before it is asked whether to go on.
const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_line_ends_are_in_no_error_text() {
        for byte in [b'"', b'\\', b'\r', b'\n', b'\t', 0x1b, 0x7f, 0x80] {
            assert!(!is_nqschar(byte) && !is_nqchar(byte));
        }
        assert!(is_nqschar(b' ') && !is_nqchar(b' '));
        assert!(is_vschar(b'"') && !is_vschar(b'\n') && !is_type_char(b' '));
        assert!(is_one_or_more("a b", is_vschar));
        assert!(!is_one_or_more("", is_vschar));
        assert!(!is_one_or_more("é", is_vschar));
    }
}
