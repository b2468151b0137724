use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde_json::Value;

/// Writes one JSON object into one buffer, a member at a time.
///
/// The buffer is made large enough beforehand, so that no copy of a token stays behind where it grew.
pub(crate) struct JsonWriter(Vec<u8>);

impl JsonWriter {
    /// Starts an object with room for this many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut body = Vec::with_capacity(bytes);
        body.push(b'{');
        Self(body)
    }

    /// Writes a string member.
    pub(crate) fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// Writes an integer member.
    pub(crate) fn integer(&mut self, name: &str, value: i64) {
        self.name(name);
        self.display(value);
    }

    /// Writes any member.
    pub(crate) fn value(&mut self, name: &str, value: &Value) {
        self.name(name);
        self.display(value);
    }

    /// Ends the object.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.quoted(name);
        self.0.push(b':');
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and control characters are escaped. DEL and the line ends of
    /// JavaScript too, so that a body may stand in a log line.
    fn quoted(&mut self, text: &str) {
        self.0.push(b'"');
        if is_plain(text.as_bytes()) {
            self.0.extend_from_slice(text.as_bytes());
        } else {
            for character in text.chars() {
                match character {
                    '"' => self.0.extend_from_slice(br#"\""#),
                    '\\' => self.0.extend_from_slice(br"\\"),
                    '\0'..='\x1f' | '\x7f' | '\u{2028}' | '\u{2029}' => {
                        self.display(format_args!("\\u{:04x}", u32::from(character)));
                    }
                    _ => self.display(character),
                }
            }
        }
        self.0.push(b'"');
    }

    fn display(&mut self, value: impl fmt::Display) {
        // Writing into a vector does not fail, and neither do the `Display`s above.
        let _ = write!(Bytes(&mut self.0), "{value}");
    }
}

/// Whether nothing is to be escaped: all are in %x20-7E but quotation mark and reverse solidus. A loop of comparisons without
/// an early exit becomes one over vectors; the tokens that most of a response is are long.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, and the loop one over octets")]
fn is_plain(text: &[u8]) -> bool {
    !text
        .iter()
        .fold(false, |found, byte| found | (byte.wrapping_sub(0x20) > 0x7e - 0x20) | (*byte == b'"') | (*byte == b'\\'))
}

struct Bytes<'b>(&'b mut Vec<u8>);

impl fmt::Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    fn written(text: &str) -> Vec<u8> {
        let mut writer = JsonWriter::with_capacity(0);
        writer.string("a", text);
        writer.integer("b", 1);
        writer.finish()
    }

    #[test]
    fn what_must_be_escaped_is_and_nothing_else() {
        assert_eq!(written("a/b"), br#"{"a":"a/b","b":1}"#);
        assert_eq!(written("\"\\\n\u{7f}\u{2028}é"), "{\"a\":\"\\\"\\\\\\u000a\\u007f\\u2028é\",\"b\":1}".as_bytes());
    }

    #[test]
    fn each_octet_is_escaped_wherever_it_stands_or_nowhere() {
        for octet in 0..=0x7f_u8 {
            let special = octet < 0x20 || octet == 0x22 || octet == 0x5c || octet == 0x7f;
            for before in 0..40 {
                let mut octets = [b'a'; 41];
                octets[before] = octet;
                assert_eq!(is_plain(&octets), !special, "{octet} {before}");
                assert_eq!(is_plain(&octets[..=before]), !special, "{octet} {before}");
            }
        }
        assert!(!is_plain("é".as_bytes()) && is_plain(b""));
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1_700_000_000), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_reads_back(text in any::<String>()) {
            let value: Value = serde_json::from_slice(&written(&text)).unwrap();
            prop_assert_eq!(value["a"].as_str(), Some(text.as_str()));
        }
    }
}
