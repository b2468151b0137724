//! The quick writer: JSON onto memory of the caller's, without an allocation and with an eye on doubled members.
//!
//! Without `std`, `serde_json` writes onto new memory only. Like the quick reader this one writes as `serde_json` does or
//! says that it does not (fractions, integers beyond 64 bits, names that are no strings, tuple structs and
//! variants that hold something, doubled members, deep nesting), and then the other way is taken, which refuses what must be refused.

use alloc::vec::Vec;
use core::fmt::{self, Display};

use serde::{Serialize, ser};

use crate::scan::{MAX_DEPTH, Names, is_of_serde_json, is_plain, plain};

/// Appends a value as JSON. After an error the memory holds a part of it.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), NotQuick> {
    let mut writer = Writer { out, names: Names::default(), depth: 0 };
    value.serialize(&mut writer)
}

/// The quick writer does not write this.
#[derive(Debug)]
pub(crate) struct NotQuick;

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    names: Names,
    depth: usize,
}

impl Writer<'_> {
    fn string(&mut self, text: &str) {
        self.out.push(b'"');
        if is_plain(text) {
            self.out.extend_from_slice(text.as_bytes());
        } else {
            self.escaped(text.as_bytes());
        }
        self.out.push(b'"');
    }

    fn escaped(&mut self, mut rest: &[u8]) {
        loop {
            let (run, special) = rest.split_at(rest.len().saturating_sub(plain(rest).len()));
            self.out.extend_from_slice(run);
            let [special, more @ ..] = special else { break };
            self.escape(*special);
            rest = more;
        }
    }

    fn escape(&mut self, octet: u8) {
        let short = match octet {
            b'"' | b'\\' => octet,
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            control => {
                let low = HEX.get(usize::from(control & 0xf)).copied().unwrap_or_default();
                self.out.extend_from_slice(&[b'\\', b'u', b'0', b'0', if control < 0x10 { b'0' } else { b'1' }, low]);
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }

    fn integer(&mut self, mut rest: u64) {
        let mut digits = [0; MAX_DIGITS];
        let mut length = 0_usize;
        for [tens, ones] in digits.as_chunks_mut().0.iter_mut().rev() {
            let two = u8::try_from(rest % 100).unwrap_or_default();
            (*tens, *ones) = (b'0' | (two / 10), b'0' | (two % 10));
            length = length.wrapping_add(2);
            rest /= 100;
            if rest == 0 {
                break;
            }
        }
        let digits = digits.get(MAX_DIGITS.wrapping_sub(length)..).unwrap_or_default();
        // Of the first two there may be one.
        self.out.extend_from_slice(digits.strip_prefix(b"0").unwrap_or(digits));
    }
}

/// An object or array that is open.
struct Open<'w, 'o> {
    writer: &'w mut Writer<'o>,
    /// How many names were open before.
    outer: usize,
    first: bool,
    end: u8,
}

impl<'w, 'o> Open<'w, 'o> {
    fn new(writer: &'w mut Writer<'o>, begin: u8, end: u8) -> Result<Self, NotQuick> {
        // Deeper than any reader here goes, what is written could not be read.
        if writer.depth >= MAX_DEPTH {
            return Err(NotQuick);
        }
        writer.depth = writer.depth.wrapping_add(1);
        writer.out.push(begin);
        let outer = writer.names.open;
        Ok(Self { writer, outer, first: true, end })
    }

    fn comma(&mut self) {
        if !self.first {
            self.writer.out.push(b',');
        }
        self.first = false;
    }

    fn name<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), NotQuick> {
        self.comma();
        let start = self.writer.out.len();
        name.serialize(&mut *self.writer)?;
        let Writer { out, names, .. } = &mut *self.writer;
        let written = out.get(start..).unwrap_or_default();
        // Other values become names only by quotes around them.
        if written.first() != Some(&b'"') {
            return Err(NotQuick);
        }
        names.add(self.outer, written).ok_or(NotQuick)?;
        out.push(b':');
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotQuick> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.out.push(self.end);
        self.writer.names.open = self.outer;
        self.writer.depth = self.writer.depth.wrapping_sub(1);
    }
}

impl<'w, 'o> ser::Serializer for &'w mut Writer<'o> {
    type Ok = ();
    type Error = NotQuick;
    type SerializeSeq = Open<'w, 'o>;
    type SerializeTuple = Open<'w, 'o>;
    type SerializeTupleStruct = ser::Impossible<(), NotQuick>;
    type SerializeTupleVariant = ser::Impossible<(), NotQuick>;
    type SerializeMap = Open<'w, 'o>;
    type SerializeStruct = Open<'w, 'o>;
    type SerializeStructVariant = ser::Impossible<(), NotQuick>;

    fn serialize_bool(self, value: bool) -> Result<(), NotQuick> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), NotQuick> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), NotQuick> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), NotQuick> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), NotQuick> {
        if value < 0 {
            self.out.push(b'-');
        }
        self.integer(value.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), NotQuick> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), NotQuick> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), NotQuick> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), NotQuick> {
        self.integer(value);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), NotQuick> {
        Err(NotQuick)
    }

    fn serialize_f64(self, _: f64) -> Result<(), NotQuick> {
        Err(NotQuick)
    }

    fn serialize_char(self, value: char) -> Result<(), NotQuick> {
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), NotQuick> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NotQuick> {
        Err(NotQuick)
    }

    fn serialize_none(self) -> Result<(), NotQuick> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotQuick> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotQuick> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotQuick> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NotQuick> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), NotQuick> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotQuick> {
        Err(NotQuick)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, NotQuick> {
        Open::new(self, b'[', b']')
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotQuick> {
        Open::new(self, b'[', b']')
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NotQuick> {
        Err(NotQuick)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotQuick> {
        Err(NotQuick)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NotQuick> {
        Open::new(self, b'{', b'}')
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeStruct, NotQuick> {
        if is_of_serde_json(name.as_bytes()) {
            return Err(NotQuick);
        }
        Open::new(self, b'{', b'}')
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotQuick> {
        Err(NotQuick)
    }
}

impl ser::SerializeSeq for Open<'_, '_> {
    type Ok = ();
    type Error = NotQuick;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotQuick> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotQuick> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeTuple for Open<'_, '_> {
    type Ok = ();
    type Error = NotQuick;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotQuick> {
        self.item(value)
    }

    fn end(self) -> Result<(), NotQuick> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Open<'_, '_> {
    type Ok = ();
    type Error = NotQuick;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotQuick> {
        self.name(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotQuick> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), NotQuick> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Open<'_, '_> {
    type Ok = ();
    type Error = NotQuick;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotQuick> {
        self.name(name)?;
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), NotQuick> {
        self.close();
        Ok(())
    }
}

/// Digits of the largest integer.
const MAX_DIGITS: usize = 20;
/// The digits with which `serde_json` writes control characters.
const HEX: &[u8; 16] = b"0123456789abcdef";

impl ser::Error for NotQuick {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl ser::StdError for NotQuick {}

impl Display for NotQuick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not for the quick writer")
    }
}

#[cfg(test)]
mod tests {
    use alloc::{
        collections::BTreeMap,
        string::{String, ToString as _},
    };

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::scan::MAX_OPEN_NAMES;

    fn quick<T: Serialize + ?Sized>(value: &T) -> Option<String> {
        let mut out = b"before".to_vec();
        write(value, &mut out).ok()?;
        Some(String::from_utf8(out.split_off(6)).unwrap())
    }

    #[test]
    fn it_writes_as_serde_json_does() {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            aud: [&'a str; 2],
            #[serde(skip_serializing_if = "Option::is_none")]
            sub: Option<&'a str>,
            exp: i64,
            nested: (bool, Option<u8>, char, Unit, Kind, Wrapped),
            map: BTreeMap<Kind, u8>,
            #[serde(flatten)]
            more: Value,
        }
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize)]
        struct Wrapped(i8);
        #[derive(Eq, Ord, PartialEq, PartialOrd, Serialize)]
        enum Kind {
            One,
        }
        let claims = Claims {
            iss: "a\"b\\c\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}\u{e6}\u{1f600}/",
            aud: ["", "0123456789abcdef"],
            sub: None,
            exp: i64::MIN,
            nested: (true, None, '\u{1}', Unit, Kind::One, Wrapped(-1)),
            map: [(Kind::One, 1)].into(),
            more: json!({ "u": u64::MAX, "o": { "a": [], "b": {} } }),
        };
        assert_eq!(quick(&claims).unwrap(), serde_json::to_string(&claims).unwrap());
    }

    #[test]
    fn integers_have_their_digits() {
        for value in [0, 1, 9, 10, 99, 100, 1_700_000_000, u64::MAX, u64::MAX - 1, 10_000_000_000_000_000_000] {
            assert_eq!(quick(&value).unwrap(), value.to_string());
        }
        for value in [0, -1, -10, i64::MIN, i64::MIN + 1, i64::MAX] {
            assert_eq!(quick(&value).unwrap(), value.to_string());
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_other_writer() {
        #[derive(Serialize)]
        enum Variant {
            New(u8),
            Tuple(u8, u8),
            Struct { a: u8 },
        }
        #[derive(Serialize)]
        struct Doubled {
            a: u8,
            #[serde(flatten)]
            more: Value,
        }
        #[derive(Serialize)]
        struct Pair(u8, u8);
        assert!(quick(&Pair(1, 2)).is_none() && quick(&(1, 2)).is_some());
        assert!(quick(&1.5_f64).is_none() && quick(&1.5_f32).is_none() && quick(&u128::MAX).is_none());
        assert!(quick(&Variant::New(1)).is_none() && quick(&Variant::Tuple(1, 2)).is_none());
        assert!(quick(&Variant::Struct { a: 1 }).is_none());
        assert!(quick(&BTreeMap::from([(1, 1)])).is_none());
        assert!(quick(&Doubled { a: 1, more: json!({ "b": 1 }) }).is_some());
        assert!(quick(&Doubled { a: 1, more: json!({ "a": 1 }) }).is_none());
        assert!(quick(&[Doubled { a: 1, more: json!({ "a": 1 }) }]).is_none());
        assert!(quick(&[Doubled { a: 1, more: json!({}) }, Doubled { a: 1, more: json!({}) }]).is_some());
        let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(quick(&nested(MAX_DEPTH)).is_some() && quick(&nested(MAX_DEPTH + 1)).is_none());
        assert!(quick(&vec![nested(MAX_DEPTH - 1); 3]).is_some(), "what is closed does not count");
        let many = |count: usize| (0..count).map(|name| (name.to_string(), 0)).collect::<BTreeMap<_, _>>();
        assert!(quick(&many(MAX_OPEN_NAMES)).is_some() && quick(&many(MAX_OPEN_NAMES + 1)).is_none());
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_serde_json_does_or_not_at_all(value in crate::scan::tests::any_json()) {
            if let Some(text) = quick(&value) {
                prop_assert_eq!(text, serde_json::to_string(&value).unwrap());
            }
        }
    }
}
