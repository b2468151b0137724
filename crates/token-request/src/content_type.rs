use symbolon_types::Values;

use crate::ContentTypeError;

/// Judges the content type of a token request ([RFC 6749 §4.1.3], [RFC 6749 Appendix B]): one value, the media type
/// `application/x-www-form-urlencoded` without case, and a `charset`, if there is one, of UTF-8. Other parameters are
/// ignored, but must be well formed ([RFC 9110 §5.6.6]).
///
/// ```
/// use symbolon_token_request::{ContentTypeError, check_content_type};
/// use symbolon_token_request::types::RequestParts;
///
/// let parts = RequestParts::post(Vec::new()).content_type(b"application/x-www-form-urlencoded;charset=UTF-8");
/// assert_eq!(check_content_type(&parts.content_type), Ok(()));
/// let parts = RequestParts::post(Vec::new()).content_type(b"application/json");
/// assert_eq!(check_content_type(&parts.content_type), Err(ContentTypeError::NotForm));
/// ```
///
/// # Errors
/// - [`ContentTypeError::Missing`]: there is none (`invalid_request`).
/// - [`ContentTypeError::Repeated`]: there is more than one, equal ones included (`invalid_request`).
/// - [`ContentTypeError::NotForm`]: another media type, or malformed (`invalid_request`).
/// - [`ContentTypeError::Charset`]: another charset, or more than one (`invalid_request`).
///
/// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
/// [RFC 6749 Appendix B]: https://www.rfc-editor.org/rfc/rfc6749#appendix-B
/// [RFC 9110 §5.6.6]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6
pub fn check_content_type(values: &Values) -> Result<(), ContentTypeError> {
    let value = values.only().map_err(|_| ContentTypeError::Repeated)?.ok_or(ContentTypeError::Missing)?;
    let (media_type, mut rest) = split(value, |octet| octet != b';');
    if !media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Err(ContentTypeError::NotForm);
    }
    let mut charset = false;
    while let Some((b';', after)) = rest.split_first() {
        let after = trim_start(after);
        if after.first().is_none_or(|octet| *octet == b';') {
            rest = after; // RFC 9110 §5.6.6: a parameter may be missing between semicolons.
            continue;
        }
        let Some((name, value, after)) = parameter(after) else { return Err(ContentTypeError::NotForm) };
        if name.eq_ignore_ascii_case(b"charset") {
            if charset || !value.eq_ignore_ascii_case(b"utf-8") {
                return Err(ContentTypeError::Charset);
            }
            charset = true;
        }
        rest = trim_start(after);
    }
    if rest.is_empty() { Ok(()) } else { Err(ContentTypeError::NotForm) }
}

/// `name=value` at the front, the value without its quotes, and what comes after.
fn parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, rest) = split(text, is_token);
    let rest = rest.strip_prefix(b"=")?;
    let (value, rest) = match rest.strip_prefix(b"\"") {
        None => split(rest, is_token),
        Some(quoted) => {
            let mut escaped = false;
            let (value, rest) = split(quoted, |octet| {
                let goes_on = escaped || octet != b'"';
                escaped = !escaped && octet == b'\\';
                goes_on
            });
            return Some((name, value, rest.strip_prefix(b"\"")?)).filter(|_| !name.is_empty());
        }
    };
    (!name.is_empty() && !value.is_empty()).then_some((name, value, rest))
}

/// The longest front of which each octet is welcome, and the rest.
fn split(text: &[u8], mut welcome: impl FnMut(u8) -> bool) -> (&[u8], &[u8]) {
    let at = text.iter().position(|octet| !welcome(*octet)).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, &[]))
}

fn trim_start(text: &[u8]) -> &[u8] {
    split(text, |octet| matches!(octet, b' ' | b'\t')).1
}

/// [RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)
const fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(octet, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&[u8]]) -> Result<(), ContentTypeError> {
        let mut all = Values::default();
        for value in values {
            all.push(value);
        }
        check_content_type(&all)
    }

    #[test]
    fn a_form_in_utf_8_is_welcome() {
        for value in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-URLEncoded",
            " application/x-www-form-urlencoded ",
            "application/x-www-form-urlencoded;",
            "application/x-www-form-urlencoded ; charset=utf-8",
            "application/x-www-form-urlencoded;CHARSET=\"UTF-8\" ",
            "application/x-www-form-urlencoded;;\tcharset=UTF-8;",
            "application/x-www-form-urlencoded; a=\"x;charset=latin1,\\\"\"; charset=utf-8",
        ] {
            assert_eq!(check(&[value.as_bytes()]), Ok(()), "{value}");
        }
    }

    #[test]
    fn a066_missing_doubled_and_wrong_content_types_are_invalid_request() {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        assert_eq!(check(&[]), Err(ContentTypeError::Missing));
        assert_eq!(check(&[FORM, FORM]), Err(ContentTypeError::Repeated));
        for value in [
            "",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/x-www-form-urlencoded2",
            "xapplication/x-www-form-urlencoded",
            "application/x-www-form-urlencoded, application/json",
            "application/x-www-form-urlencoded, application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded;charset=utf-8, application/json",
            "application/x-www-form-urlencoded;charset",
            "application/x-www-form-urlencoded;charset=",
            "application/x-www-form-urlencoded;=utf-8",
            "application/x-www-form-urlencoded;charset=\"utf-8",
            "application/x-www-form-urlencoded;charset=\"utf-8\\\"",
            "application/x-www-form-urlencoded;charset=\"utf-8\"x",
            "application/x-www-form-urlencoded charset=utf-8",
            "application/x-www-form-urlencoded\u{0}",
        ] {
            assert_eq!(check(&[value.as_bytes()]), Err(ContentTypeError::NotForm), "{value}");
        }
    }

    #[test]
    fn a066_another_charset_is_invalid_request() {
        for value in
            ["ISO-8859-1", "utf-16", "\"utf-7\"", "utf8", "\"\"", "utf-8;charset=utf-8", "utf-8;charset=latin1"]
        {
            let value = format!("application/x-www-form-urlencoded;charset={value}");
            assert_eq!(check(&[value.as_bytes()]), Err(ContentTypeError::Charset), "{value}");
        }
    }
}
