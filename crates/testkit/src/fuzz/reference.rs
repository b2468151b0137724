//! JSON read strictly by other code than that of `symbolon-jose`: what the readers there are compared with.

use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// One value, no member twice at any depth, every number finite.
pub(super) fn value(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok().map(|Strict(value)| value)
}

/// The same, if it is an object.
pub(super) fn object(json: &[u8]) -> Option<Map<String, Value>> {
    match value(json)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Whether this is JSON, doubled members allowed: then a doubled member is the only reason to refuse it.
pub(super) fn is_lenient_json(json: &[u8]) -> bool {
    serde_json::from_slice::<Value>(json).is_ok()
}

/// The same object with a further member, whose exponent and escape no quick reader takes: so the strict reader alone
/// reads all of it.
pub(super) fn unusual_twin(json: &[u8], members: &Map<String, Value>) -> Vec<u8> {
    let text = json.trim_ascii_end();
    let mut twin = text.strip_suffix(b"}").expect("an object ends in a brace").to_vec();
    let mut name = "~".to_owned();
    while members.contains_key(&name) {
        name.push('~');
    }
    let comma = if members.is_empty() { "" } else { "," };
    twin.extend_from_slice(format!(r#"{comma}"{}":1e0}}"#, name.replacen('~', r"\u007e", 1)).as_bytes());
    twin
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without doubled members")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(member))) = members.next_entry::<String, Strict>()? {
            if object.insert(name, member).is_some() {
                return Err(A::Error::custom("a member comes twice"));
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_members_are_refused_and_all_else_is_read_as_serde_json_reads_it() {
        for json in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, r#"[{"x":[{"a":1,"b":2,"a":3}]}]"#, r#"{"":1,"":2}"#]
        {
            assert_eq!(value(json.as_bytes()), None, "{json}");
            assert!(is_lenient_json(json.as_bytes()), "{json}");
        }
        let json = br#" {"a":[1,-2,2.5,1e3,null,true,"\u00e6\ud83d\ude00"],"A":{"a":{}},"b":18446744073709551615} "#;
        assert_eq!(value(json), serde_json::from_slice(json).ok());
        assert!(object(json).is_some() && object(b"[]").is_none());
    }

    #[test]
    fn what_is_not_json_is_none() {
        for json in [&b""[..], b"{} x", b"\xef\xbb\xbf{}", b"{\"a\":1e999}", b"{\"a\":01}", b"\"\xff\"", br#""\ud800""#]
        {
            assert_eq!(value(json), None, "{json:?}");
            assert!(!is_lenient_json(json), "{json:?}");
        }
    }

    #[test]
    fn a_twin_has_one_member_more() {
        for json in [&b"{}"[..], b" { } \n", br#"{"~":1,"a":"}"}"#] {
            let members = object(json).unwrap();
            let twin = object(&unusual_twin(json, &members)).unwrap();
            assert_eq!(twin.len(), members.len() + 1);
            assert!(members.iter().all(|(name, value)| twin.get(name) == Some(value)));
        }
    }
}
