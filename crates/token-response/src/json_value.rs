use alloc::{
    borrow::{Cow, ToOwned as _},
    string::String,
    vec::Vec,
};
use core::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, map::Entry};

use crate::{MAX_DEPTH, ResponseError, json_object::registered};

/// Why a reading ended where `serde_json` by itself would have gone on.
pub(crate) type Fault = Cell<Option<ResponseError>>;

/// Ends the reading. The parser's own error is not looked at.
pub(crate) fn refuse<T, E: Error>(fault: &Fault, with: ResponseError) -> Result<T, E> {
    fault.set(Some(with));
    Err(E::custom(""))
}

/// A member that came twice; its name is told if it is registered.
pub(crate) fn refuse_twice<T, E: Error>(fault: &Fault, name: &str) -> Result<T, E> {
    refuse(fault, ResponseError::DuplicateMember { name: registered(name) })
}

/// Reads a value into its place, and refuses a member that comes twice in one object. Names are compared after unescaping.
///
/// What was read when an error ends the reading is in its place, so that whoever owns the place can wipe it.
pub(crate) struct Fill<'a> {
    pub(crate) place: &'a mut Value,
    /// How many levels may follow.
    pub(crate) deeper: usize,
    pub(crate) fault: &'a Fault,
}

impl Fill<'_> {
    fn put(self, value: impl Into<Value>) {
        *self.place = value.into();
    }
}

/// One level down.
fn enter<E: Error>(deeper: usize, fault: &Fault) -> Result<usize, E> {
    match deeper.checked_sub(1) {
        Some(deeper) => Ok(deeper),
        None => refuse(fault, ResponseError::TooDeep { limit: MAX_DEPTH }),
    }
}

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // JSON has no number that is none.
        self.put(Number::from_f64(value).map_or(Value::Null, Value::Number));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.put(value.to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let deeper = enter(self.deeper, self.fault)?;
        *self.place = Value::Array(Vec::new());
        let Value::Array(array) = self.place else { return Ok(()) };
        loop {
            array.push(Value::Null);
            let Some(place) = array.last_mut() else { return Ok(()) };
            if values.next_element_seed(Fill { place, deeper, fault: self.fault })?.is_none() {
                array.pop();
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        *self.place = Value::Object(Map::new());
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER_AS_TEXT && numbers_keep_their_text() {
                let number: Option<Number> = members.next_value::<String>()?.parse().ok();
                // Beyond all numbers without that switch, so beyond them with it.
                let number = number.filter(|number| number.as_f64().is_some());
                self.put(Value::Number(number.ok_or_else(|| A::Error::custom(""))?));
                return Ok(());
            }
            let deeper = enter(self.deeper, self.fault)?;
            let Value::Object(object) = &mut *self.place else { return Ok(()) };
            match object.entry(name) {
                Entry::Occupied(twice) => return refuse_twice(self.fault, twice.key()),
                Entry::Vacant(free) => {
                    let place = free.insert(Value::Null);
                    members.next_value_seed(Fill { place, deeper, fault: self.fault })?;
                }
            }
        }
        enter(self.deeper, self.fault).map(|_| ())
    }
}

/// Reads a name, without a copy where nothing in it is escaped.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
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
    use super::*;

    fn read(text: &str) -> Result<Value, Option<ResponseError>> {
        let (mut value, fault) = (Value::Null, Cell::new(None));
        let mut reader = serde_json::Deserializer::from_str(text);
        let fill = Fill { place: &mut value, deeper: MAX_DEPTH, fault: &fault };
        let read = fill.deserialize(&mut reader).and_then(|()| reader.end());
        read.map_err(|_| fault.take()).map(|()| value)
    }

    #[test]
    fn a_value_is_read_as_serde_json_reads_it() {
        for text in [
            "null",
            "-1",
            "-0",
            "2.5",
            "1e308",
            "18446744073709551615",
            "18446744073709551616",
            r#""\u00e6\ud83d\ude00""#,
            r#"[1,[],{},[[null]],{"a":{"a":true,"b":[""]}}]"#,
            r#"{"a":[1,-2,2.5,null,false,"b"],"":{"a":{}}}"#,
        ] {
            assert_eq!(read(text), Ok(serde_json::from_str(text).unwrap()), "{text}");
        }
        for text in ["", "1e999", "[1,]", "{\"a\"}", "{} {}", "\"\\ud800\""] {
            assert_eq!(read(text), Err(None), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_number_kept_as_text_is_a_name_like_any_other() {
        if !numbers_keep_their_text() {
            assert!(read(r#"{"$serde_json::private::Number":"1"}"#).unwrap().is_object());
        }
        assert_eq!(read("[1]").unwrap()[0].as_u64(), Some(1));
    }

    #[test]
    fn what_was_read_before_an_error_is_in_its_place() {
        for text in [
            r#"{"a":"MARKER","b":x"#,
            r#"{"a":["MARKER","#,
            r#"{"a":{"b":"MARKER","c":1,"c":2}}"#,
            r#"["MARKER",{"a":1,"a":1}]"#,
        ] {
            let (mut value, fault) = (Value::Null, Cell::new(None));
            let fill = Fill { place: &mut value, deeper: MAX_DEPTH, fault: &fault };
            assert!(fill.deserialize(&mut serde_json::Deserializer::from_str(text)).is_err());
            assert!(value.to_string().contains("MARKER"), "{text}: {value} is all that can be wiped");
        }
    }
}
