use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use symbolon_types::{Scope, Secret};
use time::Duration;
use zeroize::Zeroize as _;

use crate::{MAX_EXPIRES_IN, ResponseError, Tolerance, grammar::is_one_or_more, tolerance::Tolerated};

/// How deep objects and arrays of a body may be nested, the body itself included. Answers in the wild have two levels.
pub const MAX_DEPTH: usize = 32;

/// Registered names of members, which an error may repeat.
const REGISTERED: &[&str] = &[
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "refresh_token_expires_in",
    "refresh_expires_in",
    "scope",
    "id_token",
    "error",
    "error_description",
    "error_uri",
];

/// The members of a body, to be taken out one by one. What is left when an error ends the reading is wiped.
pub(crate) struct JsonObject(Map<String, Value>);

impl JsonObject {
    /// Reads one JSON object in which no member comes twice, at any depth.
    pub(crate) fn read(body: &[u8], limit: usize, status: Option<u16>) -> Result<Self, ResponseError> {
        if body.len() > limit {
            return Err(ResponseError::TooLarge { length: body.len(), limit });
        }
        let not_json = ResponseError::NotJson { status };
        // RFC 8259 §8.1: UTF-8, and no byte order mark (which is no JSON text, so the parser refuses it).
        let text = core::str::from_utf8(body).map_err(|_| not_json)?;
        let fault = Cell::new(None);
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = Unique { deeper: MAX_DEPTH, fault: &fault }.deserialize(&mut reader).and_then(|()| reader.end());
        // The parser's own error may quote a value; it goes no further.
        read.map_err(|_| fault.take().unwrap_or(not_json))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(mut other) => {
                wipe(&mut other);
                Err(not_json)
            }
            Err(_) => Err(not_json),
        }
    }

    /// Whether there is such a member, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes a string out.
    pub(crate) fn take_string(&mut self, name: &'static str) -> Result<Option<String>, ResponseError> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(mut other) => {
                wipe(&mut other);
                Err(ResponseError::WrongType { name })
            }
        }
    }

    /// Takes a string of one or more of these characters out.
    pub(crate) fn take_text(
        &mut self,
        name: &'static str,
        allowed: fn(u8) -> bool,
    ) -> Result<Option<String>, ResponseError> {
        match self.take_string(name)? {
            Some(mut text) if !is_one_or_more(&text, allowed) => {
                text.zeroize();
                Err(ResponseError::InvalidMember { name })
            }
            text => Ok(text),
        }
    }

    /// Takes a token out.
    pub(crate) fn take_secret(&mut self, name: &'static str) -> Result<Option<Secret>, ResponseError> {
        Ok(self.take_text(name, crate::grammar::is_vschar)?.map(Secret::new))
    }

    /// Takes a number of seconds out.
    pub(crate) fn take_seconds(
        &mut self,
        name: &'static str,
        tolerated: &mut Tolerated<'_>,
    ) -> Result<Option<Duration>, ResponseError> {
        let invalid = ResponseError::InvalidMember { name };
        let seconds = match self.0.remove(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().ok_or(invalid)?,
            Some(Value::String(text)) if tolerated.takes(Tolerance::NumericString { name }) => {
                let digits = Some(text).filter(|text| is_one_or_more(text, |byte| byte.is_ascii_digit()));
                digits.and_then(|digits| digits.parse().ok()).ok_or(invalid)?
            }
            Some(_) => return Err(ResponseError::WrongType { name }),
        };
        let lifetime = i64::try_from(seconds).map(Duration::seconds).map_err(|_| invalid)?;
        if lifetime > MAX_EXPIRES_IN { Err(invalid) } else { Ok(Some(lifetime)) }
    }

    /// Takes a scope out.
    pub(crate) fn take_scope(&mut self, tolerated: &mut Tolerated<'_>) -> Result<Option<Scope>, ResponseError> {
        let name = "scope";
        let invalid = ResponseError::InvalidMember { name };
        let text = match self.0.remove(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Array(values)) if tolerated.takes(Tolerance::ScopeArray) => {
                let token = |value: &'_ Value| value.as_str().filter(|text| !text.contains(' ')).map(String::from);
                let tokens: Option<Vec<String>> = values.iter().map(token).collect();
                tokens.ok_or(invalid)?.join(" ")
            }
            Some(_) => return Err(ResponseError::WrongType { name }),
        };
        Scope::parse(&text).map(Some).map_err(|_| invalid)
    }

    /// What was not taken out.
    pub(crate) fn into_rest(mut self) -> Map<String, Value> {
        core::mem::take(&mut self.0)
    }
}

impl Drop for JsonObject {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

/// Wipes the strings of a value. Its depth is bounded, for it was read here.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reads any value, keeps nothing, and refuses a member that comes twice. Names are compared after unescaping.
#[derive(Clone, Copy)]
struct Unique<'f> {
    deeper: usize,
    fault: &'f Cell<Option<ResponseError>>,
}

impl Unique<'_> {
    fn refuse<T, E: serde::de::Error>(self, fault: ResponseError) -> Result<T, E> {
        self.fault.set(Some(fault));
        Err(E::custom(""))
    }

    fn enter<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.deeper.checked_sub(1) {
            Some(deeper) => Ok(Self { deeper, ..self }),
            None => self.refuse(ResponseError::TooDeep { limit: MAX_DEPTH }),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let inner = self.enter()?;
        while values.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.enter()?;
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if seen.contains(&name) {
                let name = REGISTERED.iter().copied().find(|known| *known == name);
                return self.refuse(ResponseError::DuplicateMember { name });
            }
            seen.insert(name);
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<JsonObject, ResponseError> {
        JsonObject::read(text.as_bytes(), 4096, None)
    }

    #[test]
    fn names_are_compared_after_unescaping() {
        let twice = ResponseError::DuplicateMember { name: Some("error") };
        assert_eq!(read(r#"{"error":1,"\u0065rror":2}"#).err(), Some(twice));
        assert!(read(r#"{"error":1,"\u0065rrors":2}"#).is_ok());
    }

    #[test]
    fn a_member_may_come_once_in_each_object() {
        assert!(read(r#"{"a":[{"b":1},{"b":2}],"b":3}"#).is_ok());
        let twice = ResponseError::DuplicateMember { name: None };
        assert_eq!(read(r#"{"a":[{"b":1},{"b":2,"b":2}]}"#).err(), Some(twice));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(31)).is_ok());
        for depth in [32, 200, 2000] {
            assert_eq!(read(&nested(depth)).err(), Some(ResponseError::TooDeep { limit: 32 }), "{depth}");
        }
    }

    #[test]
    fn the_limit_is_inclusive() {
        assert!(JsonObject::read(b"{}", 2, None).is_ok());
        let too_large = ResponseError::TooLarge { length: 3, limit: 2 };
        assert_eq!(JsonObject::read(b"{ }", 2, None).err(), Some(too_large));
    }
}
