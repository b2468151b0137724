use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Map, Value, map::Entry};
use symbolon_types::{Scope, Secret};
use time::Duration;
use zeroize::Zeroize as _;

use crate::{
    MAX_EXPIRES_IN, ResponseError, Tolerance,
    grammar::{is_one_or_more, is_vschar},
    json_value::{Fault, Fill, Name, refuse_twice},
    tolerance::Tolerated,
};

/// How deep objects and arrays of a body may be nested, the body itself included. Answers in the wild have two levels.
pub const MAX_DEPTH: usize = 32;

/// Registered names of members of a token endpoint's answer, which an error may repeat.
const REGISTERED: [&str; 11] = [
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

/// The name, if it is registered.
pub(crate) fn registered(name: &str) -> Option<&'static str> {
    REGISTERED.into_iter().find(|known| *known == name)
}

/// The members of a body, to be taken out one by one. What is left when an error ends the reading is wiped.
#[derive(Default)]
pub(crate) struct JsonObject {
    /// The values of [`REGISTERED`], each in its place: a body that has no other members needs no map and no copy of a name.
    registered: [Option<Value>; REGISTERED.len()],
    other: Map<String, Value>,
}

impl JsonObject {
    /// Reads one JSON object in which no member comes twice, at any depth.
    pub(crate) fn read(body: &[u8], limit: usize, status: Option<u16>) -> Result<Self, ResponseError> {
        if body.len() > limit {
            return Err(ResponseError::TooLarge { length: body.len(), limit });
        }
        let not_json = ResponseError::NotJson { status };
        // RFC 8259 §8.1: UTF-8, and no byte order mark (which is no JSON text, so the parser refuses it).
        let text = core::str::from_utf8(body).map_err(|_| not_json)?;
        let (mut object, fault) = (Self::default(), Fault::default());
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = Members { object: &mut object, fault: &fault };
        let read = reader.deserialize_map(members).and_then(|()| reader.end());
        // The parser's own error may quote a value; it goes no further.
        read.map_err(|_| fault.take().unwrap_or(not_json))?;
        Ok(object)
    }

    /// The place of a registered member.
    fn place(&mut self, name: &str) -> Option<&mut Option<Value>> {
        REGISTERED.iter().zip(&mut self.registered).find(|(known, _)| **known == name).map(|(_, place)| place)
    }

    /// Whether there is such a member, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut registered = REGISTERED.iter().zip(&self.registered);
        registered.any(|(known, place)| *known == name && place.is_some()) || self.other.contains_key(name)
    }

    /// Takes a value out.
    fn take(&mut self, name: &str) -> Option<Value> {
        match self.place(name) {
            Some(place) => place.take(),
            None => self.other.remove(name),
        }
    }

    /// Takes a string out.
    pub(crate) fn take_string(&mut self, name: &'static str) -> Result<Option<String>, ResponseError> {
        match self.take(name) {
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
        allowed: impl Fn(u8) -> bool,
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
        Ok(self.take_text(name, is_vschar)?.map(Secret::new))
    }

    /// Takes a number of seconds out.
    pub(crate) fn take_seconds(
        &mut self,
        name: &'static str,
        tolerated: &mut Tolerated<'_>,
    ) -> Result<Option<Duration>, ResponseError> {
        let invalid = ResponseError::InvalidMember { name };
        let seconds = match self.take(name) {
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
        let text = match self.take(name) {
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
        let mut rest = core::mem::take(&mut self.other);
        for (name, place) in REGISTERED.iter().zip(&mut self.registered) {
            if let Some(value) = place.take() {
                rest.insert((*name).into(), value);
            }
        }
        rest
    }
}

impl Drop for JsonObject {
    fn drop(&mut self) {
        self.registered.iter_mut().flatten().for_each(wipe);
        self.other.values_mut().for_each(wipe);
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

/// Reads the members of a body into their places.
struct Members<'a> {
    object: &'a mut JsonObject,
    fault: &'a Fault,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { object, fault } = self;
        while let Some(name) = members.next_key_seed(Name)? {
            let place = match object.place(&name) {
                Some(place) if place.is_some() => return refuse_twice(fault, &name),
                Some(place) => place.insert(Value::Null),
                None => match object.other.entry(name) {
                    Entry::Occupied(twice) => return refuse_twice(fault, twice.key()),
                    Entry::Vacant(free) => free.insert(Value::Null),
                },
            };
            members.next_value_seed(Fill { place, deeper: MAX_DEPTH.saturating_sub(1), fault })?;
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
