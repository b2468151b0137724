use core::fmt::Write as _;

/// Lays out a JSON text ([RFC 8259]), a member a line, and escapes in it what is not printable ASCII. What it says stays:
/// order, numbers and strings are those of the text.
///
/// The text must be JSON; that is not checked here.
///
/// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
pub(super) fn laid_out(text: &str) -> String {
    let mut out = String::new();
    let mut depth: usize = 0;
    let mut is_string = false;
    let mut is_escaped = false;
    let mut opened = false;
    for c in text.chars() {
        if is_string {
            push(&mut out, c);
            is_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        // RFC 8259 §2: the space around structural characters is insignificant.
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        // An empty object or array stays on its line.
        if opened != closes {
            new_line(&mut out, depth);
        }
        opened = matches!(c, '{' | '[');
        match c {
            '{' | '[' => {
                depth = depth.saturating_add(1);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => {
                is_string = other == '"';
                push(&mut out, other);
            }
        }
    }
    out
}

/// Escapes in a JSON text what is not printable ASCII. In JSON that stands in strings alone.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

/// RFC 8259 §7: a character beyond the Basic Multilingual Plane is a surrogate pair.
fn push(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_control() {
        out.push(c);
    } else {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn it_says_the_same() {
        let texts = [
            r#"{"b":1,"a":[true,null,{"c":"}{][,:\\\"x \\"}],"d":{},"e":[],"f":[[]]}"#,
            r#" { "a" : "b\\", "c" :[ 1 , 2 ] } "#,
            "[\"\u{202e}\u{9b}\u{7f}\u{1f600}\"]",
            "{}",
            "7",
        ];
        for text in texts {
            let (laid_out, ascii) = (laid_out(text), ascii(text));
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&laid_out).unwrap(), value, "{laid_out}");
            assert_eq!(serde_json::from_str::<Value>(&ascii).unwrap(), value, "{ascii}");
            assert!(laid_out.chars().all(|c| c == '\n' || !c.is_ascii_control()) && laid_out.is_ascii(), "{laid_out}");
        }
    }

    #[test]
    fn it_is_laid_out_as_usual() {
        let text = r#"{"a":[1,{"b":"c"}],"d":{},"e":[]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(laid_out(text), serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn numbers_and_order_stay() {
        let text = "{\n  \"z\": 12345678901234567890123,\n  \"a\": 1.50,\n  \"e\": 1E2\n}";
        assert_eq!(laid_out(text), text);
        // What a parser makes of it is something else.
        assert_ne!(serde_json::from_str::<Value>(text).unwrap().to_string(), text);
    }
}
