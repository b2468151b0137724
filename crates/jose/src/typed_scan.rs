//! The quick reader into a type of the caller's: one pass, by serde.
//!
//! Like [`scan`](crate::scan), on which it stands, it says yes or nothing. What it takes, the strict reader and `serde_json`
//! take too, and make the same of it; whatever is malformed, unusual or not of the type is for them to judge (security
//! decision D36). Once it has given up it stays with that, even if the type goes on in spite of an error.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::Error;

use crate::scan::{self, MAX_DEPTH, Scan, is_of_serde_json, white_space};

/// Reads a text that is one object.
pub(crate) fn object<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Option<T> {
    let text = str::from_utf8(text).ok()?;
    let rest = white_space(text.as_bytes());
    if !rest.starts_with(b"{") {
        return None;
    }
    let mut reader = Reader { scan: Scan::new(text), rest, depth: 0, gave_up: false };
    let value = T::deserialize(&mut reader).ok()?;
    (!reader.gave_up && white_space(reader.rest).is_empty()).then_some(value)
}

/// One pass. As long as it has not given up, whoever was given it as a deserializer has read one value or nothing.
struct Reader<'t> {
    scan: Scan<'t>,
    /// From the next value on, without white space before it; after a value, from its end on.
    rest: &'t [u8],
    /// Objects and arrays that are open.
    depth: usize,
    gave_up: bool,
}

/// An error of the reader's own is a reason to give up. Those that serde makes of what it has kept are not, and a type may
/// keep their texts: so they are those of `serde_json`.
type Read<T> = Result<T, Error>;

impl<'t> Reader<'t> {
    /// Gives up if this is no answer.
    fn seen<T>(&mut self, read: Read<T>) -> Read<T> {
        self.gave_up |= read.is_err();
        read
    }

    fn give_up<T>(&mut self) -> Read<T> {
        self.gave_up = true;
        Err(Error::custom("left to the strict reader"))
    }

    fn nothing<V: Visitor<'t>>(&mut self, _: V) -> Read<V::Value> {
        self.give_up()
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Option<T>) -> Read<T> {
        step(self).map_or_else(|| self.give_up(), Ok)
    }

    /// Has one value read. A seed that takes nothing has not judged what stands there.
    fn one<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<S::Value> {
        let before = self.rest.len();
        let read = seed.deserialize(&mut *self);
        if self.rest.len() == before { self.give_up() } else { self.seen(read) }
    }

    /// Takes this text, if it is next.
    fn takes(&mut self, text: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The string that is next, if it needs no unescaping, and what follows it.
    fn plain_string(&self) -> Option<(&'t str, &'t [u8])> {
        let content = self.rest.strip_prefix(b"\"")?;
        let after = scan::plain(content);
        Some((self.scan.text_between(content, after)?, after.strip_prefix(b"\"")?))
    }

    fn string<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        let read = if let Some((text, after)) = self.plain_string() {
            self.rest = after;
            visitor.visit_borrowed_str(text)
        } else {
            let text = self.step(Reader::escaped_string)?;
            serde_json::Deserializer::from_str(text).deserialize_str(visitor)
        };
        self.seen(read)
    }

    /// Takes a string, with its quotes.
    fn escaped_string(&mut self) -> Option<&'t str> {
        let start = self.rest;
        self.rest = scan::escaped(scan::plain(start.strip_prefix(b"\"")?))?;
        self.scan.text_between(start, self.rest)
    }

    /// Reads a whole number. `serde_json` makes a fraction of `-0`; fractions are left to it.
    fn number<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        let is_negative = self.takes(b"-");
        let digits = self.step(|reader| {
            let digits = reader.rest;
            reader.rest = scan::number(digits)?;
            digits.get(..digits.len().wrapping_sub(reader.rest.len()))
        })?;
        let number = digits.iter().try_fold(0_i64, |number, digit| {
            let digit = i64::from(digit.wrapping_sub(b'0'));
            (digit < 10).then(|| number.wrapping_mul(10).wrapping_add(digit))
        });
        let read = match (is_negative, number.map(u64::try_from)) {
            (false, Some(Ok(number))) => visitor.visit_u64(number),
            (true, Some(Ok(1..))) => visitor.visit_i64(number.unwrap_or_default().wrapping_neg()),
            _ => self.give_up(),
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
        let read = visitor.visit_seq(Inside { reader: self, is_first: true });
        let value = self.seen(read)?;
        self.close(b"]")?;
        Ok(value)
    }

    fn members<V: Visitor<'t>>(&mut self, visitor: V) -> Read<V::Value> {
        self.open(b"{")?;
        let outer = self.scan.names.open;
        let inside = Inside { reader: self, is_first: true };
        let read = visitor.visit_map(Members { inside, outer, value_is_due: false });
        let value = self.seen(read)?;
        self.scan.names.open = outer;
        self.close(b"}")?;
        Ok(value)
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

    /// Takes the bracket that closes. What the visitor has left is in its way.
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
    type Error = Error;

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

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        let read = if self.takes(b"null") { visitor.visit_none() } else { visitor.visit_some(&mut *self) };
        self.seen(read)
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        self.null(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, name: &'static str, visitor: V) -> Read<V::Value> {
        if is_of_serde_json(name.as_bytes()) {
            return self.give_up();
        }
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
        if !self.rest.starts_with(b"\"") {
            return self.give_up();
        }
        let read = visitor.visit_enum(Variant(self));
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
}

impl Inside<'_, '_> {
    /// Goes to the next member or element, if there is one.
    fn goes_on(&mut self, end: u8) -> Read<bool> {
        // A visitor that goes on after errors comes to an end.
        if self.reader.gave_up {
            return Ok(false);
        }
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
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if !self.goes_on(b']')? {
            return Ok(None);
        }
        self.reader.one(seed).map(Some)
    }
}

/// Inside of an object.
struct Members<'r, 't> {
    inside: Inside<'r, 't>,
    /// How many names were open before.
    outer: usize,
    value_is_due: bool,
}

impl<'t> MapAccess<'t> for Members<'_, 't> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if !self.inside.goes_on(b'}')? {
            return Ok(None);
        }
        let outer = self.outer;
        let reader = &mut *self.inside.reader;
        let (name, after) = reader.step(|reader| {
            let (name, after) = reader.plain_string()?;
            // A name without a value is no member, even for a type that asks for no value.
            if !white_space(after).starts_with(b":") {
                return None;
            }
            reader.scan.names.add(outer, name.as_bytes())?;
            (!is_of_serde_json(name.as_bytes())).then_some((name, after))
        })?;
        let read = seed.deserialize(Name { reader: &mut *reader, name, after });
        self.value_is_due = true;
        // A seed that takes nothing leaves the name in the way of all that follows.
        reader.seen(read).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<S::Value> {
        let is_due = core::mem::take(&mut self.value_is_due);
        let reader = &mut *self.inside.reader;
        reader.rest = white_space(reader.rest);
        if !is_due || !reader.takes(b":") {
            return reader.give_up();
        }
        reader.rest = white_space(reader.rest);
        reader.one(seed)
    }
}

/// A member's name, which is next. `serde_json` makes numbers of some, for those who want such keys.
struct Name<'r, 't> {
    reader: &'r mut Reader<'t>,
    name: &'t str,
    after: &'t [u8],
}

impl<'t> Name<'_, 't> {
    fn nothing<V: Visitor<'t>>(self, _: V) -> Read<V::Value> {
        self.reader.give_up()
    }
}

impl<'t> Deserializer<'t> for Name<'_, 't> {
    type Error = Error;

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
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

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        self.reader.rest = self.after;
        let read = visitor.visit_borrowed_str(self.name);
        self.reader.seen(read)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Read<V::Value> {
        let Self { reader, name, after } = self;
        let read = visitor.visit_some(Name { reader: &mut *reader, name, after });
        reader.seen(read)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, type_name: &'static str, visitor: V) -> Read<V::Value> {
        let Self { reader, name, after } = self;
        if is_of_serde_json(type_name.as_bytes()) {
            return reader.give_up();
        }
        let read = visitor.visit_newtype_struct(Name { reader: &mut *reader, name, after });
        reader.seen(read)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        type_name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.reader.deserialize_enum(type_name, variants, visitor)
    }
}

/// A variant without content: its name is next.
struct Variant<'r, 't>(&'r mut Reader<'t>);

impl<'t> EnumAccess<'t> for Variant<'_, 't> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Read<(S::Value, Self)> {
        let variant = self.0.one(seed)?;
        Ok((variant, self))
    }
}

impl<'t> VariantAccess<'t> for Variant<'_, 't> {
    type Error = Error;

    fn unit_variant(self) -> Read<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, _: S) -> Read<S::Value> {
        self.0.give_up()
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.0.nothing(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(self, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.0.nothing(visitor)
    }
}

#[cfg(test)]
mod tests;
