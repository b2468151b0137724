//! The quick reader into a type of the caller's: one pass, by serde.
//!
//! Like [`scan`](crate::scan), on which it stands, it says yes or nothing. What it takes, the strict reader and `serde_json`
//! take too, and make the same of it; whatever is malformed, unusual or not of the type is for them to judge (security
//! decision D36). Once it has said nothing it stays with that, even if the type goes on in spite of an error.

use alloc::string::String;
use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};

use crate::scan::{self, MAX_DEPTH, Scan, white_space};

/// Reads a text that is one object.
pub(crate) fn object<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Option<T> {
    let text = str::from_utf8(text).ok()?;
    let rest = white_space(text.as_bytes());
    let mut reader = Reader { scan: Scan::new(text), rest, depth: 0, gave_up: !rest.starts_with(b"{") };
    let value = T::deserialize(&mut reader).ok()?;
    (!reader.gave_up && white_space(reader.rest).is_empty()).then_some(value)
}

/// One pass.
struct Reader<'t> {
    scan: Scan<'t>,
    /// From the next value on, without white space before it; after a value, from its end on.
    rest: &'t [u8],
    /// Objects and arrays that are open.
    depth: usize,
    gave_up: bool,
}

type Read<T> = Result<T, Nothing>;

impl<'t> Reader<'t> {
    /// Remembers if this is no answer.
    fn seen<T>(&mut self, read: Read<T>) -> Read<T> {
        self.gave_up |= read.is_err();
        read
    }

    fn give_up<T>(&mut self) -> Read<T> {
        self.seen(Err(Nothing))
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Option<T>) -> Read<T> {
        let taken = step(self).ok_or(Nothing);
        self.seen(taken)
    }

    /// Takes this text, if it is next.
    fn takes(&mut self, text: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes a string that needs no unescaping.
    fn plain_string(&mut self) -> Option<&'t str> {
        let content = self.rest.strip_prefix(b"\"")?;
        let after = scan::plain(content);
        self.rest = after.strip_prefix(b"\"")?;
        Some(self.scan.text_between(content, after))
    }

    fn string<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        let start = self.rest;
        let read = match self.plain_string() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_string(self.step(|reader| reader.escaped_string(start))?),
        };
        self.seen(read)
    }

    fn escaped_string(&mut self, start: &'t [u8]) -> Option<String> {
        self.rest = scan::escaped(scan::plain(start.strip_prefix(b"\"")?))?;
        serde_json::from_str(self.scan.text_between(start, self.rest)).ok()
    }

    /// Reads a whole number. `serde_json` makes a fraction of `-0`; fractions are left to it.
    fn number<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        let is_negative = self.takes(b"-");
        let digits = self.step(|reader| {
            let digits = reader.rest;
            reader.rest = scan::number(digits)?;
            digits.get(..digits.len().wrapping_sub(reader.rest.len()))
        })?;
        let number = self.step(|_| {
            digits.iter().try_fold(0_i64, |number, digit| {
                let digit = i64::from(digit.wrapping_sub(b'0'));
                (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(digit))
            })
        })?;
        let read = match (is_negative, u64::try_from(number)) {
            (true, Ok(1..)) => visitor.visit_i64(number.wrapping_neg()),
            (false, Ok(number)) => visitor.visit_u64(number),
            _ => Err(Nothing),
        };
        self.seen(read)
    }

    fn bool<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        let value = self.takes(b"true");
        if !value && !self.takes(b"false") {
            return self.give_up();
        }
        let read = visitor.visit_bool(value);
        self.seen(read)
    }

    fn null<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        if !self.takes(b"null") {
            return self.give_up();
        }
        let read = visitor.visit_unit();
        self.seen(read)
    }

    fn array<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        self.open(b"[")?;
        let read = visitor.visit_seq(Inside { reader: self, is_first: true, outer: 0 });
        let value = self.seen(read)?;
        self.close(b"]")?;
        Ok(value)
    }

    fn members<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        self.open(b"{")?;
        let outer = self.scan.names.open;
        let read = visitor.visit_map(Inside { reader: self, is_first: true, outer });
        let value = self.seen(read)?;
        self.scan.names.open = outer;
        self.close(b"}")?;
        Ok(value)
    }

    fn nothing<V: Visitor<'t>>(&mut self, _: V) -> Read<V::Value> {
        self.give_up()
    }

    fn open(&mut self, bracket: &[u8]) -> Read<()> {
        // The outermost object is not counted.
        if self.depth > MAX_DEPTH || !self.takes(bracket) {
            return self.give_up();
        }
        self.depth = self.depth.wrapping_add(1);
        self.rest = white_space(self.rest);
        Ok(())
    }

    /// Takes the bracket that closes. Another member or element, which the visitor has left, is in its way.
    fn close(&mut self, bracket: &[u8]) -> Read<()> {
        self.rest = white_space(self.rest);
        self.depth = self.depth.wrapping_sub(1);
        if self.takes(bracket) { Ok(()) } else { self.give_up() }
    }
}

/// Methods of a deserializer that are each one reader's.
macro_rules! methods {
    ($($method:ident => $reader:ident,)*) => {
        $(fn $method<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
            self.$reader(visitor)
        })*
    };
}

impl<'t> Deserializer<'t> for &mut Reader<'t> {
    type Error = Nothing;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        match self.rest {
            [b'"', ..] => self.string(visitor),
            [b'{', ..] => self.members(visitor),
            [b'[', ..] => self.array(visitor),
            [b't' | b'f', ..] => self.bool(visitor),
            [b'n', ..] => self.null(visitor),
            _ => self.number(visitor),
        }
    }

    methods! {
        deserialize_bool => bool,
        deserialize_i8 => number,
        deserialize_i16 => number,
        deserialize_i32 => number,
        deserialize_i64 => number,
        deserialize_i128 => nothing,
        deserialize_u8 => number,
        deserialize_u16 => number,
        deserialize_u32 => number,
        deserialize_u64 => number,
        deserialize_u128 => nothing,
        deserialize_f32 => number,
        deserialize_f64 => number,
        deserialize_char => string,
        deserialize_str => string,
        deserialize_string => string,
        deserialize_identifier => string,
        deserialize_bytes => nothing,
        deserialize_byte_buf => nothing,
        deserialize_unit => null,
        deserialize_seq => array,
        deserialize_map => members,
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        let read = if self.takes(b"null") { visitor.visit_none() } else { visitor.visit_some(&mut *self) };
        self.seen(read)
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        self.null(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        let read = visitor.visit_newtype_struct(&mut *self);
        self.seen(read)
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(self, _: &'static str, _: usize, visitor: V) -> Read<V::Value> {
        self.array(visitor)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.members(visitor)
    }

    /// A variant without content.
    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let variant = self.step(Reader::plain_string)?;
        let read = visitor.visit_enum(BorrowedStrDeserializer::new(variant));
        self.seen(read)
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        self.step(|reader| {
            let (after, _) = reader.scan.value(reader.rest, reader.depth.wrapping_sub(1))?;
            reader.rest = after;
            Some(())
        })?;
        let read = visitor.visit_unit();
        self.seen(read)
    }
}

/// Inside of an object or an array.
struct Inside<'r, 't> {
    reader: &'r mut Reader<'t>,
    is_first: bool,
    /// Of an object: where its names begin.
    outer: usize,
}

impl Inside<'_, '_> {
    /// Goes to the next member or element, if there is one.
    fn goes_on(&mut self, end: u8) -> Read<bool> {
        self.reader.rest = white_space(self.reader.rest);
        if self.reader.rest.first() == Some(&end) {
            return Ok(false);
        }
        if !core::mem::take(&mut self.is_first) {
            if !self.reader.takes(b",") {
                return self.reader.give_up();
            }
            self.reader.rest = white_space(self.reader.rest);
        }
        Ok(true)
    }
}

impl<'t> SeqAccess<'t> for Inside<'_, 't> {
    type Error = Nothing;

    fn next_element_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if !self.goes_on(b']')? {
            return Ok(None);
        }
        let read = seed.deserialize(&mut *self.reader);
        self.reader.seen(read).map(Some)
    }
}

impl<'t> MapAccess<'t> for Inside<'_, 't> {
    type Error = Nothing;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if !self.goes_on(b'}')? {
            return Ok(None);
        }
        let outer = self.outer;
        let name = self.reader.step(|reader| {
            let name = reader.plain_string()?;
            reader.scan.names.add(outer, name.as_bytes())?;
            reader.rest = white_space(white_space(reader.rest).strip_prefix(b":")?);
            Some(name)
        })?;
        let read = seed.deserialize(Name { name, gave_up: &mut self.reader.gave_up });
        self.reader.seen(read).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<S::Value> {
        let read = seed.deserialize(&mut *self.reader);
        self.reader.seen(read)
    }
}

/// A member's name. `serde_json` makes numbers of some, for those who want such keys.
struct Name<'r, 't> {
    name: &'t str,
    gave_up: &'r mut bool,
}

impl<'t> Name<'_, 't> {
    fn nothing<V: Visitor<'t>>(self, _: V) -> Read<V::Value> {
        *self.gave_up = true;
        Err(Nothing)
    }
}

impl<'t> Deserializer<'t> for Name<'_, 't> {
    type Error = Nothing;

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_borrowed_str(self.name)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.name))
    }

    methods! {
        deserialize_bool => nothing,
        deserialize_i8 => nothing,
        deserialize_i16 => nothing,
        deserialize_i32 => nothing,
        deserialize_i64 => nothing,
        deserialize_i128 => nothing,
        deserialize_u8 => nothing,
        deserialize_u16 => nothing,
        deserialize_u32 => nothing,
        deserialize_u64 => nothing,
        deserialize_u128 => nothing,
        deserialize_f32 => nothing,
        deserialize_f64 => nothing,
        deserialize_bytes => nothing,
        deserialize_byte_buf => nothing,
    }
}

/// That the strict reader is to decide.
#[derive(Debug, thiserror::Error)]
#[error("left to the strict reader")]
struct Nothing;

impl serde::de::Error for Nothing {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, format, vec::Vec};

    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::{json, scan::tests::any_json};

    /// A member for each way in which a type can be read.
    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Typed<'t> {
        #[serde(borrow)]
        text: Option<Cow<'t, str>>,
        plain: Option<&'t str>,
        owned: Option<Text>,
        letter: Option<char>,
        flag: Option<bool>,
        signed: Option<i64>,
        unsigned: Option<u64>,
        small: Option<i8>,
        large: Option<u128>,
        real: Option<f64>,
        null: Option<Box<Null>>,
        list: Vec<Value>,
        pair: Option<(u8, String)>,
        couple: Option<Couple>,
        kind: Option<Kind>,
        either: Option<Either>,
        by_text: BTreeMap<Text, IgnoredTwin>,
        by_number: BTreeMap<i16, Value>,
        by_kind: BTreeMap<Kind, bool>,
        by_flag: BTreeMap<bool, bool>,
        #[serde(deserialize_with = "lenient")]
        lenient: Option<u8>,
        #[serde(deserialize_with = "lenient")]
        lenient_list: Option<Vec<u8>>,
        #[serde(deserialize_with = "lenient")]
        lenient_keys: Option<BTreeMap<u8, u8>>,
        inner: Option<Box<Self>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Flat {
        text: Option<String>,
        kind: Option<Kind>,
        #[serde(flatten)]
        rest: Map<String, Value>,
    }

    #[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Text(String);

    #[derive(Debug, Deserialize, PartialEq)]
    struct Null;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Couple(Value, Value);

    #[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Login,
        Payment(u8),
        Signing { document: String },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Either {
        Number(u8),
        Many(Vec<String>),
        Text(String),
    }

    /// Reads over what it does not look at.
    #[derive(Debug, Deserialize, PartialEq)]
    struct IgnoredTwin {
        seen: Option<u8>,
    }

    /// Reads nothing.
    #[derive(Debug, PartialEq)]
    struct Unread;

    impl<'d> Deserialize<'d> for Unread {
        fn deserialize<D: Deserializer<'d>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form that serde asks for")]
    fn lenient<'d, D: Deserializer<'d>, T: Deserialize<'d>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Ok(T::deserialize(deserializer).ok())
    }

    /// Whether the quick reader takes it; if so, the strict reader takes it and makes the same of it.
    fn takes<'t, T: Deserialize<'t> + fmt::Debug + PartialEq>(text: &'t [u8]) -> bool {
        let Some(quick) = object::<T>(text) else { return false };
        json::parse_object(text).expect("the strict reader takes it too");
        assert_eq!(quick, serde_json::from_slice::<T>(text).expect("of this type"));
        true
    }

    fn agrees(text: &[u8]) {
        takes::<Value>(text);
        takes::<Map<String, Value>>(text);
        takes::<Typed<'_>>(text);
        takes::<Flat>(text);
        takes::<BTreeMap<String, Either>>(text);
    }

    #[test]
    fn usual_values_are_taken_into_types() {
        for text in [
            "{}",
            " { \"text\" : \"abc\" ,\r\n\t\"plain\" : \"\u{e6}\" } ",
            r#"{"text":"a\n\"b\u00e6","owned":"","letter":"a","flag":true,"signed":-12,"unsigned":12,"small":-1}"#,
            r#"{"text":null,"plain":null,"signed":null,"null":null,"kind":null,"inner":null,"real":3}"#,
            r#"{"list":[],"pair":[1,"b"],"couple":[[1, {"a":null}] , 2],"kind":"login","either":["a","b"]}"#,
            r#"{"either":7,"by_text":{"a":{"seen":1,"not":[{"x":{}}]},"b":{}},"by_kind":{"login":false}}"#,
            r#"{"not there":{"a":[1,2.5,{"b":"c"}]},"inner":{"inner":{"text":"a","inner":null}}}"#,
            r#"{"unsigned":999999999999999,"signed":-999999999999999}"#,
        ] {
            assert!(takes::<Typed<'_>>(text.as_bytes()), "{text}");
        }
        for text in ["{}", r#"{"text":"a","kind":"login","b":[{"c":true}],"d":-1}"#] {
            assert!(takes::<Flat>(text.as_bytes()) && takes::<Value>(text.as_bytes()), "{text}");
        }
        assert_eq!(object::<Typed<'_>>(br#"{"plain":"abc"}"#).and_then(|typed| typed.plain), Some("abc"));
    }

    #[test]
    fn what_is_malformed_or_unusual_or_of_another_type_is_left_to_the_strict_reader() {
        for text in [
            "",
            "[]",
            "null",
            "{",
            "{}{}",
            "{}x",
            r#"{"text":"a",}"#,
            r#"{,"text":"a"}"#,
            r#"{"text":"a" "plain":"b"}"#,
            r#"{"text"}"#,
            r#"{"text" "a"}"#,
            r#"{"text":}"#,
            r#"{"text":"a","text":"a"}"#,
            r#"{"not there":1,"not there":2}"#,
            r#"{"not there":{"a":1,"b":{},"a":2}}"#,
            r#"{"list":[{"a":1,"a":2}]}"#,
            r#"{"inner":{"text":"a","text":"b"}}"#,
            r#"{"\u0074ext":"a"}"#,
            r#"{"text":"\ud83d\ude00"}"#,
            r#"{"text":"\x"}"#,
            r#"{"text":"a}"#,
            "{\"text\":\"a\nb\"}",
            r#"{"text":1}"#,
            r#"{"plain":"a\n"}"#,
            r#"{"letter":"ab"}"#,
            r#"{"flag":"true"}"#,
            r#"{"flag":truex}"#,
            r#"{"flag":True}"#,
            r#"{"signed":-0}"#,
            r#"{"signed":01}"#,
            r#"{"signed":-}"#,
            r#"{"signed":1.0}"#,
            r#"{"real":1.5}"#,
            r#"{"real":1e2}"#,
            r#"{"unsigned":-1}"#,
            r#"{"unsigned":"1"}"#,
            r#"{"unsigned":1234567890123456}"#,
            r#"{"small":128}"#,
            r#"{"large":1}"#,
            r#"{"null":nul}"#,
            r#"{"null":0}"#,
            r#"{"list":{}}"#,
            r#"{"list":[1,]}"#,
            r#"{"list":[,1]}"#,
            r#"{"list":[1 2]}"#,
            r#"{"list":[1}"#,
            r#"{"pair":[1,"a",2]}"#,
            r#"{"pair":[1]}"#,
            r#"{"kind":"other"}"#,
            r#"{"kind":"payment"}"#,
            r#"{"kind":{"payment":1}}"#,
            r#"{"either":true}"#,
            r#"{"by_number":{"1":1}}"#,
            r#"{"by_flag":{"true":true}}"#,
            r#"{"inner":[]}"#,
            "{\"text\":\u{a0}null}",
        ] {
            assert!(object::<Typed<'_>>(text.as_bytes()).is_none(), "{text}");
            agrees(text.as_bytes());
        }
        assert!(object::<Value>(b"{\"a\":\"\xff\"}").is_none());
        let deep = |depth: usize| format!(r#"{{"list":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(takes::<Typed<'_>>(deep(MAX_DEPTH).as_bytes()));
        assert!(!takes::<Typed<'_>>(deep(MAX_DEPTH + 1).as_bytes()));
        let deep = |depth: usize| format!(r#"{{"no":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(takes::<Typed<'_>>(deep(MAX_DEPTH).as_bytes()));
        assert!(!takes::<Typed<'_>>(deep(MAX_DEPTH + 1).as_bytes()));
    }

    /// What `serde_json` would read there, this reader does not: so it must not answer with the lenient `None`.
    #[test]
    fn a_type_that_goes_on_after_an_error_hides_none() {
        assert!(takes::<Typed<'_>>(br#"{"lenient":1,"lenient_list":[1],"lenient_keys":{}}"#));
        for text in [
            r#"{"lenient":"no number"}"#,
            r#"{"lenient":1000}"#,
            r#"{"lenient":1.0}"#,
            r#"{"lenient_list":[]x}"#,
            r#"{"lenient_list":[1000]}"#,
            r#"{"lenient_keys":{"1":1}}"#,
        ] {
            assert!(object::<Typed<'_>>(text.as_bytes()).is_none(), "{text}");
        }
        assert_eq!(object::<Unread>(b"{}"), None);
    }

    /// Objects whose members are those of the types, with values of their types and of others.
    fn any_typed() -> impl Strategy<Value = Map<String, Value>> {
        let value = prop_oneof![
            2 => any_json(),
            1 => any::<u8>().prop_map(Value::from),
            1 => any::<bool>().prop_map(Value::from),
            1 => Just(Value::Null),
            2 => "[a-z]{0,3}".prop_map(Value::from),
            1 => prop::sample::select(&["login", "payment", "\u{e6}", "a"][..]).prop_map(Value::from),
            1 => prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
            1 => (any::<u8>(), "[a-z]").prop_map(|(number, text)| serde_json::json!([number, text])),
        ];
        let name = prop_oneof![
            4 => prop::sample::select(&[
                "text", "plain", "owned", "letter", "flag", "signed", "unsigned", "small", "real", "null", "list", "pair",
                "couple", "kind", "either", "lenient", "lenient_list", "lenient_keys",
            ][..]).prop_map(String::from),
            1 => "[a-c]",
        ];
        let objects = prop::collection::btree_map(name.clone(), value.clone(), 0..6);
        let named = prop_oneof![
            4 => (name, value),
            1 => (
                prop::sample::select(&["inner", "by_text", "by_number", "by_kind", "by_flag"][..]).prop_map(String::from),
                objects.prop_map(|members| Value::Object(members.into_iter().collect())),
            ),
        ];
        prop::collection::vec(named, 0..6).prop_map(|all| all.into_iter().collect())
    }

    proptest! {
        #[test]
        fn both_readers_make_the_same_of_it(object in any_typed()) {
            agrees(&serde_json::to_vec(&object).unwrap());
            agrees(&serde_json::to_vec_pretty(&object).unwrap());
        }

        #[test]
        fn an_object_with_one_octet_changed_is_taken_alike(
            object in any_typed(),
            at in any::<prop::sample::Index>(),
            octet in prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],:0e.- \n"[..])],
            how in 0..3_u8,
        ) {
            let mut text = serde_json::to_vec(&object).unwrap();
            let at = at.index(text.len());
            match how {
                0 => text[at] = octet,
                1 => text.insert(at, octet),
                _ => { text.remove(at); }
            }
            agrees(&text);
        }
    }
}
