use alloc::string::String;

/// A challenge of one scheme ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)), always with a
/// realm, which [RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2) demands of Basic.
pub(crate) fn challenge(scheme: &str, realm: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = String::from(scheme);
    text.push_str(" realm=");
    push_quoted(&mut text, realm);
    for (name, value) in parameters {
        text.push_str(", ");
        text.push_str(name);
        text.push('=');
        push_quoted(&mut text, value);
    }
    text
}

/// quoted-string of [RFC 9110 §5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4). What is not printable ASCII is
/// left out: a line end would end the header.
fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars().filter(|character| matches!(character, ' '..='~')) {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a098_a_realm_cannot_end_its_quotes_or_its_line() {
        assert_eq!(challenge("Basic", "https://op.example", &[]), r#"Basic realm="https://op.example""#);
        assert_eq!(challenge("Basic", "a\"b\\c", &[]), r#"Basic realm="a\"b\\c""#);
        assert_eq!(challenge("Basic", "a\r\nSet-Cookie: b\u{0}é", &[]), r#"Basic realm="aSet-Cookie: b""#);
    }

    #[test]
    fn parameters_follow_the_realm() {
        assert_eq!(challenge("Bearer", "", &[("error", "invalid_token")]), r#"Bearer realm="", error="invalid_token""#);
    }
}
