use alloc::{borrow::ToOwned as _, string::String, vec::Vec};
use core::{cell::Cell, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{JsonError, scan};

/// Reads JSON strictly: one value, UTF-8, no member twice at any depth, nested at most 127 deep.
///
/// [RFC 7515 §4] and [RFC 7519 §4] let a reader refuse doubled members or take the last; here they are refused, so that
/// no two readers see two things. The whole text is judged first and the type made of it after, so that duplicates are
/// seen even where the type would ignore them.
///
/// # Errors
/// - [`JsonError::Syntax`]: not JSON, or nested too deep.
/// - [`JsonError::DuplicateMember`]: an object has a member twice.
/// - [`JsonError::Type`]: JSON, but not of this type.
///
/// No peer hears of them here; who calls says what was read.
///
/// ```
/// use std::collections::BTreeMap;
/// use symbolon_jose::{JsonError, parse_json};
/// assert_eq!(parse_json::<BTreeMap<String, u8>>(br#"{"a":1}"#)?["a"], 1);
/// assert_eq!(parse_json::<BTreeMap<String, u8>>(br#"{"a":1,"\u0061":2}"#), Err(JsonError::DuplicateMember));
/// # Ok::<(), JsonError>(())
/// ```
///
/// [RFC 7515 §4]: https://www.rfc-editor.org/rfc/rfc7515#section-4
/// [RFC 7519 §4]: https://www.rfc-editor.org/rfc/rfc7519#section-4
pub fn parse_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    if !scan::is_object(bytes) {
        parse_value(bytes)?;
    }
    serde_json::from_slice(bytes).map_err(|_| JsonError::Type)
}

/// The same for an object of any members.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse_value(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::Type),
    }
}

fn parse_value(bytes: &[u8]) -> Result<Value, JsonError> {
    parse_with(bytes, |strict, json| strict.deserialize(json))
}

/// Runs a reader of its own making over the whole text, with the seed for what it does not read itself.
pub(crate) fn parse_with<'de, T>(
    bytes: &'de [u8],
    read: impl FnOnce(Strict<'_>, &mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>) -> serde_json::Result<T>,
) -> Result<T, JsonError> {
    let fault = Cell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = read(Strict { fault: &fault }, &mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| match fault.get() {
        Some(Fault::Duplicate) => JsonError::DuplicateMember,
        None if error.is_data() => JsonError::Type,
        Some(Fault::Range) | None => JsonError::Syntax { line: error.line(), column: error.column() },
    })
}

/// Reads any value and refuses doubled members.
#[derive(Clone, Copy)]
pub(crate) struct Strict<'c> {
    fault: &'c Cell<Option<Fault>>,
}

/// What this reader refuses and `serde_json` by itself would not.
#[derive(Clone, Copy)]
enum Fault {
    Duplicate,
    Range,
}

impl Strict<'_> {
    /// The error for a member that came twice.
    pub(crate) fn duplicate<E: serde::de::Error>(self) -> E {
        self.fault.set(Some(Fault::Duplicate));
        E::custom("a member comes twice")
    }

    fn out_of_range<E: serde::de::Error>(self) -> E {
        self.fault.set(Some(Fault::Range));
        E::custom("a number out of range")
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| self.out_of_range())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER_AS_TEXT && numbers_keep_their_text() {
                let text: String = members.next_value()?;
                // Beyond all numbers without that switch, so beyond them with it.
                let number = text.parse().ok().filter(|number: &Number| number.as_f64().is_some());
                return number.map(Value::Number).ok_or_else(|| self.out_of_range());
            }
            if object.contains_key(&name) {
                return Err(self.duplicate());
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// How `serde_json` hands out every number if some other crate of the program has switched `arbitrary_precision` on.
const NUMBER_AS_TEXT: &str = "$serde_json::private::Number";

/// Whether some other crate has done so. Without it this text is beyond all numbers.
fn numbers_keep_their_text() -> bool {
    "1e999".parse::<Number>().is_ok()
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_read_as_serde_json_reads_it() {
        let text = r#" {"a":[1,-2,2.5,1e308,null,true,"\u00e6\ud83d\ude00"],"b":{"a":{}},"18446744073709551615":18446744073709551615} "#;
        assert_eq!(parse_value(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(parse_value(b"[]"), Ok(json!([])));
        assert_eq!(parse_object(b"[]"), Err(JsonError::Type));
    }

    #[test]
    fn a013_duplicate_members_are_refused_at_any_depth() {
        for text in
            [r#"{"a":1,"a":1}"#, r#"{"a":1,"b":2,"\u0061":1}"#, r#"[[{"x":{"y":[{"a":1,"a":2}]}}]]"#, r#"{"":1,"":2}"#]
        {
            assert_eq!(parse_value(text.as_bytes()), Err(JsonError::DuplicateMember), "{text}");
            assert_eq!(parse_json::<serde::de::IgnoredAny>(text.as_bytes()).unwrap_err(), JsonError::DuplicateMember);
        }
        assert!(parse_value(br#"[{"a":1},{"a":1,"A":1}]"#).is_ok());
    }

    #[test]
    fn a022_what_is_not_json_is_refused() {
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            &b"\xef\xbb\xbf{}"[..],
            &utf16,
            b"{\"a\":\"\xff\"}",
            b"{}{}",
            b"{} x",
            b"{}\0",
            b"{\"a\":NaN}",
            b"{\"a\":1e999}",
            b"{\"a\":Infinity}",
            b"{\"a\":01}",
            b"{/**/}",
            b"{'a':1}",
            b"{\"a\":1,}",
            b"{\"a\":\"\\ud800\"}",
            b"",
        ] {
            assert!(matches!(parse_value(bytes), Err(JsonError::Syntax { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn a024_nesting_ends_in_an_error() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse_value(nested(100).as_bytes()).is_ok());
        assert!(matches!(parse_value(nested(20_000).as_bytes()), Err(JsonError::Syntax { .. })));
        let nested = r#"{"a":"#.repeat(20_000);
        assert!(matches!(parse_value(nested.as_bytes()), Err(JsonError::Syntax { .. })));
    }

    #[test]
    fn errors_name_a_place_and_no_content() {
        let error = parse_value(b"{\"MARKER\":MARKER}").unwrap_err();
        assert!(!error.to_string().contains("MARKER"));
        assert!(matches!(error, JsonError::Syntax { line: 1, .. }));
    }

    #[test]
    fn the_name_of_a_number_kept_as_text_is_a_name_like_any_other() {
        if !numbers_keep_their_text() {
            let value = parse_value(br#"{"$serde_json::private::Number":"1"}"#).unwrap();
            assert!(value.is_object());
        }
        assert_eq!(parse_value(b"[1, 2.5]").unwrap()[1].as_f64(), Some(2.5));
    }
}
