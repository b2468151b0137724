//! The quick reader: one pass over a JSON object without an allocation.
//!
//! It says yes or nothing. What it takes, the strict reader ([`crate::parse_json`]) takes too, with the same members; for
//! everything else (what is malformed, and what is only unusual: an escape in a name, a surrogate pair, an exponent, deep
//! nesting) it says nothing and the strict reader decides, so that every refusal has one source (security decision D36).

use core::ops::Range;

/// Reads a text that is one object; hands out its members in their order, and ends with the first that is not wanted.
pub(crate) fn object<'t>(text: &'t str, each: impl FnMut(Member<'t>) -> Option<()>) -> Option<()> {
    let mut scan = Scan::new(text);
    let rest = white_space(text.as_bytes()).strip_prefix(b"{")?;
    let rest = scan.members(rest, 0, each)?;
    white_space(rest).is_empty().then_some(())
}

/// The same for an object one of whose members is an array of objects: hands out what is in that array, and says whether
/// there was such an array.
pub(crate) fn array_of_objects<'t>(text: &'t str, array: &str, each: &mut Each<'_, 't>) -> Option<bool> {
    let mut scan = Scan::new(text);
    let mut found = false;
    let rest = white_space(text.as_bytes()).strip_prefix(b"{")?;
    let read = |scan: &mut Scan<'t>, name: &str, value: &'t [u8]| match value {
        [b'[', rest @ ..] if name == array => {
            found = true;
            Some((scan.objects(rest, each)?, Kind::Other))
        }
        _ => scan.value(value, 0),
    };
    let rest = scan.members_with(rest, read, |_| Some(()))?;
    white_space(rest).is_empty().then_some(found)
}

/// Whoever is told what is in an array of objects.
pub(crate) type Each<'e, 't> = dyn FnMut(Entry<'t>) -> Option<()> + 'e;

/// What is found in an array of objects.
pub(crate) enum Entry<'t> {
    /// A member of the next object.
    Member(Member<'t>),
    /// The end of an object, with all of its text.
    Object(&'t str),
    /// Something else.
    Other,
}

/// Whether a text is one object that this reader takes.
pub(crate) fn is_object(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| object(text, |_| Some(())).is_some())
}

/// A member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Member<'t> {
    /// Without its quotes.
    pub(crate) name: &'t str,
    /// JSON without white space around it.
    pub(crate) value: &'t str,
    /// Whether the value is a string that needs no unescaping.
    is_plain: bool,
    name_at: Place,
    value_at: Place,
}

impl<'t> Member<'t> {
    /// The value, if it is a string that needs no unescaping, and where it stands in the text.
    pub(crate) fn plain_string(&self) -> Option<(&'t str, Place)> {
        let text = self.value.strip_prefix('"')?.strip_suffix('"')?;
        self.is_plain.then_some((text, self.value_at.inside()))
    }
}

/// The members of an object by their places in its text, at most `N`.
#[derive(Clone, Copy)]
pub(crate) struct Index<const N: usize> {
    places: [Indexed; N],
    length: usize,
}

#[derive(Clone, Copy)]
struct Indexed {
    name: Place,
    value: Place,
    kind: Kind,
}

/// A member's value, found again.
#[derive(Clone, Copy)]
pub(crate) struct Found<'t> {
    /// JSON without white space around it.
    pub(crate) value: &'t str,
    kind: Kind,
}

impl<'t> Found<'t> {
    /// The value, if it is a string that needs no unescaping.
    pub(crate) fn plain_string(&self) -> Option<&'t str> {
        match self.kind {
            Kind::Plain => self.value.strip_prefix('"')?.strip_suffix('"'),
            Kind::Other => None,
        }
    }
}

impl<const N: usize> Index<N> {
    pub(crate) const fn new() -> Self {
        let nothing = Indexed { name: Place::NOWHERE, value: Place::NOWHERE, kind: Kind::Other };
        Self { places: [nothing; N], length: 0 }
    }

    /// Keeps a member, if there is room.
    pub(crate) fn add(&mut self, member: Member<'_>) -> Option<()> {
        let Member { is_plain, name_at: name, value_at: value, .. } = member;
        let kind = if is_plain { Kind::Plain } else { Kind::Other };
        *self.places.get_mut(self.length)? = Indexed { name, value, kind };
        self.length = self.length.wrapping_add(1);
        Some(())
    }

    /// The names and values, from the text that was scanned.
    pub(crate) fn members<'t>(&self, text: &'t str) -> impl Iterator<Item = (&'t str, Found<'t>)> {
        let members = self.places.iter().take(self.length);
        members.map(|Indexed { name, value, kind }| {
            (name.of_text(text), Found { value: value.of_text(text), kind: *kind })
        })
    }

    /// The value of this name.
    pub(crate) fn get<'t>(&self, text: &'t str, name: &str) -> Option<&'t str> {
        let mut members = self.places.iter().take(self.length);
        let found = members.find(|member| member.name.length() == name.len() && member.name.of_text(text) == name);
        found.map(|member| member.value.of_text(text))
    }
}

/// Where a part of a text begins and ends.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: u32,
    end: u32,
}

impl Place {
    pub(crate) const NOWHERE: Self = Self { start: 0, end: 0 };

    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    /// The part of this text, or of the octets that it was.
    pub(crate) fn of(self, octets: &[u8]) -> &[u8] {
        self.range().and_then(|range| octets.get(range)).unwrap_or_default()
    }

    fn of_text(self, text: &str) -> &str {
        self.range().and_then(|range| text.get(range)).unwrap_or_default()
    }

    fn length(self) -> usize {
        usize::try_from(self.end.wrapping_sub(self.start)).unwrap_or_default()
    }

    fn range(self) -> Option<Range<usize>> {
        Some(usize::try_from(self.start).ok()?..usize::try_from(self.end).ok()?)
    }

    /// The place without the first and the last octet, the quotes.
    const fn inside(self) -> Self {
        Self { start: self.start.saturating_add(1), end: self.end.saturating_sub(1) }
    }
}

/// The text of a string that needs no unescaping, from its JSON with the quotes. Only for what was scanned.
pub(crate) fn plain_string(value: &str) -> Option<&str> {
    let content = value.strip_prefix('"')?.strip_suffix('"')?;
    (!content.as_bytes().contains(&b'\\')).then_some(content)
}

/// One pass.
pub(crate) struct Scan<'t> {
    text: &'t str,
    pub(crate) names: Names,
}

/// What has been read.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A string that needs no unescaping.
    Plain,
    Other,
}

impl<'t> Scan<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, names: Names::default() }
    }

    /// Reads members up to the brace that closes; gives what follows it.
    fn members(
        &mut self,
        rest: &'t [u8],
        depth: usize,
        each: impl FnMut(Member<'t>) -> Option<()>,
    ) -> Option<&'t [u8]> {
        self.members_with(rest, |scan, _, value| scan.value(value, depth), each)
    }

    /// The same with a way of its own to read values.
    fn members_with(
        &mut self,
        rest: &'t [u8],
        mut read: impl FnMut(&mut Self, &'t str, &'t [u8]) -> Option<(&'t [u8], Kind)>,
        mut each: impl FnMut(Member<'t>) -> Option<()>,
    ) -> Option<&'t [u8]> {
        let mut rest = white_space(rest);
        if let Some(rest) = rest.strip_prefix(b"}") {
            return Some(rest);
        }
        let outer = self.names.open;
        loop {
            let name = rest.strip_prefix(b"\"")?;
            let after = plain(name);
            let name_at = self.between(name, after)?;
            let value = white_space(white_space(after.strip_prefix(b"\"")?).strip_prefix(b":")?);
            let name = name_at.of_text(self.text);
            if is_of_serde_json(name.as_bytes()) {
                return None;
            }
            self.names.add(outer, name.as_bytes())?;
            let (after, kind) = read(self, name, value)?;
            let value_at = self.between(value, after)?;
            each(Member {
                name,
                value: value_at.of_text(self.text),
                is_plain: kind == Kind::Plain,
                name_at,
                value_at,
            })?;
            match white_space(after) {
                [b',', more @ ..] => rest = white_space(more),
                [b'}', more @ ..] => {
                    self.names.open = outer;
                    return Some(more);
                }
                _ => return None,
            }
        }
    }

    /// Reads a value; gives what follows it.
    pub(crate) fn value(&mut self, value: &'t [u8], depth: usize) -> Option<(&'t [u8], Kind)> {
        let after = match value {
            [b'"', rest @ ..] => match plain(rest) {
                [b'"', after @ ..] => return Some((after, Kind::Plain)),
                rest => escaped(rest),
            },
            [b'{', rest @ ..] => self.members(rest, deeper(depth)?, |_| Some(())),
            [b'[', rest @ ..] => self.array(rest, deeper(depth)?),
            [b't', rest @ ..] => rest.strip_prefix(b"rue"),
            [b'f', rest @ ..] => rest.strip_prefix(b"alse"),
            [b'n', rest @ ..] => rest.strip_prefix(b"ull"),
            [b'-', rest @ ..] | rest => number(rest),
        };
        after.map(|after| (after, Kind::Other))
    }

    fn array(&mut self, rest: &'t [u8], depth: usize) -> Option<&'t [u8]> {
        let mut rest = white_space(rest);
        if let Some(rest) = rest.strip_prefix(b"]") {
            return Some(rest);
        }
        loop {
            match white_space(self.value(rest, depth)?.0) {
                [b',', more @ ..] => rest = white_space(more),
                [b']', more @ ..] => return Some(more),
                _ => return None,
            }
        }
    }

    /// Reads an array of objects; gives what follows it.
    fn objects(&mut self, rest: &'t [u8], each: &mut Each<'_, 't>) -> Option<&'t [u8]> {
        let mut rest = white_space(rest);
        if let Some(rest) = rest.strip_prefix(b"]") {
            return Some(rest);
        }
        loop {
            let after = if let [b'{', more @ ..] = rest {
                let after = self.members(more, 2, |member| each(Entry::Member(member)))?;
                each(Entry::Object(self.between(rest, after)?.of_text(self.text)))?;
                after
            } else {
                each(Entry::Other)?;
                self.value(rest, 1)?.0
            };
            match white_space(after) {
                [b',', more @ ..] => rest = white_space(more),
                [b']', more @ ..] => return Some(more),
                _ => return None,
            }
        }
    }

    /// The text from the start of one tail to the start of another.
    pub(crate) fn text_between(&self, from: &[u8], to: &[u8]) -> Option<&'t str> {
        let place = |tail: &[u8]| self.text.len().wrapping_sub(tail.len());
        self.text.get(place(from)..place(to))
    }

    /// The place from the start of one tail of the text to the start of another.
    fn between(&self, from: &[u8], to: &[u8]) -> Option<Place> {
        let place = |tail: &[u8]| self.text.len().wrapping_sub(tail.len());
        Place::new(place(from), place(to))
    }
}

/// The names in the objects that are open, each as a number that two of them do not share.
pub(crate) struct Names {
    tags: [u64; MAX_OPEN_NAMES],
    pub(crate) open: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { tags: [0; MAX_OPEN_NAMES], open: 0 }
    }
}

impl Names {
    /// Takes a name, unless one since `outer` could be the same: longer names are told apart by length, start and end
    /// alone, and this reader is free to say nothing.
    pub(crate) fn add(&mut self, outer: usize, name: &[u8]) -> Option<()> {
        let length = u64::try_from(name.len()).ok()?.rotate_right(8);
        let tag = match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_be_bytes(*last).rotate_left(3),
            _ => name.iter().fold(0, |tag, octet| (tag << 8) | u64::from(*octet)),
        };
        let tag = tag ^ length;
        if self.tags.get(outer..self.open)?.contains(&tag) {
            return None;
        }
        *self.tags.get_mut(self.open)? = tag;
        self.open = self.open.wrapping_add(1);
        Some(())
    }
}

/// Whether a name is one that `serde_json` keeps for itself: by them it hands out numbers and raw texts if some other crate
/// of the program has switched that on.
pub(crate) fn is_of_serde_json(name: &[u8]) -> bool {
    name.starts_with(b"$serde_json::")
}

fn deeper(depth: usize) -> Option<usize> {
    (depth < MAX_DEPTH).then(|| depth.wrapping_add(1))
}

pub(crate) fn white_space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', more @ ..] = rest {
        rest = more;
    }
    rest
}

/// Reads a string from its first escape on; gives what follows its last quote.
pub(crate) fn escaped(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        match rest {
            [b'"', more @ ..] => return Some(more),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', more @ ..] => rest = more,
            [b'\\', b'u', a, b, c, d, more @ ..] => {
                // Surrogates come in pairs and are left to the strict reader.
                let surrogate = matches!(a, b'd' | b'D') && !matches!(b, b'0'..=b'7');
                if surrogate || ![a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                rest = more;
            }
            _ => return None,
        }
        rest = plain(rest);
    }
}

/// Skips what stands for itself in a string: all but quotes, backslashes and control characters.
pub(crate) fn plain(mut rest: &[u8]) -> &[u8] {
    while let Some((octets, more)) = rest.split_first_chunk() {
        let found = not_plain(u64::from_le_bytes(*octets));
        if found != 0 {
            let skip = usize::try_from(found.trailing_zeros() / u8::BITS).unwrap_or_default();
            return rest.get(skip..).unwrap_or_default();
        }
        rest = more;
    }
    while let [octet, more @ ..] = rest
        && is_plain_octet(*octet)
    {
        rest = more;
    }
    rest
}

/// Eight octets at once, the first one lowest: the lowest bit that is set belongs to the first one that is not plain.
/// Higher bits may be set by a borrow and say nothing.
const fn not_plain(octets: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
    // What is below a limit borrows from its highest bit. Octets that have that bit are not ASCII, and plain.
    let control = octets.wrapping_sub(SPACES);
    let quote = (octets ^ QUOTES).wrapping_sub(EACH);
    let backslash = (octets ^ BACKSLASHES).wrapping_sub(EACH);
    (control | quote | backslash) & !octets & HIGH
}

/// Whether all of a text stands for itself in a string.
pub(crate) fn is_plain(text: &str) -> bool {
    let octets = text.as_bytes();
    match octets.last_chunk() {
        // The last eight may be looked at twice.
        Some(last) => {
            let chunks = octets.as_chunks().0.iter();
            let found = chunks.fold(not_plain(u64::from_le_bytes(*last)), |found, chunk| {
                found | not_plain(u64::from_le_bytes(*chunk))
            });
            found == 0
        }
        None => octets.iter().all(|octet| is_plain_octet(*octet)),
    }
}

const fn is_plain_octet(octet: u8) -> bool {
    octet >= b' ' && !matches!(octet, b'"' | b'\\')
}

/// Reads a number behind its sign; gives what follows it. Exponents and long numbers are left to the strict reader.
pub(crate) fn number(rest: &[u8]) -> Option<&[u8]> {
    let whole = digits(rest);
    let after = match (rest, whole) {
        ([b'0', after @ ..], 1) => after,
        ([b'1'..=b'9', ..], 1..=MAX_DIGITS) => rest.get(whole..)?,
        _ => return None,
    };
    let after = match after {
        [b'.', fraction @ ..] => match digits(fraction) {
            count @ 1..=MAX_DIGITS => fraction.get(count..)?,
            _ => return None,
        },
        _ => after,
    };
    (!matches!(after, [b'e' | b'E', ..])).then_some(after)
}

fn digits(rest: &[u8]) -> usize {
    rest.iter().take_while(|octet| octet.is_ascii_digit()).count()
}

/// Deepest nesting, the object itself not counted. Real tokens stay below 5.
pub(crate) const MAX_DEPTH: usize = 16;
/// Most names of nested objects that are open at one time. `authorization_details` has about ten in each entry.
pub(crate) const MAX_OPEN_NAMES: usize = 64;
/// Most digits on either side of the point: what every reader takes as a number, exactly or nearly.
const MAX_DIGITS: usize = 15;

#[cfg(test)]
pub(crate) mod tests {
    use alloc::{format, string::String, vec::Vec};

    use proptest::{prelude::*, strategy::BoxedStrategy};
    use serde_json::{Map, Value};

    use super::*;

    /// JSON with all that a reader or writer could do wrong, fractions aside.
    pub(crate) fn any_json() -> BoxedStrategy<Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (0..100_i64).prop_map(Value::from),
            any_text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any_name(), inner, 0..6).prop_map(|all| all.into_iter().collect()),
            ]
        })
        .boxed()
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop_oneof![
                4 => prop::char::range(' ', '~'),
                1 => prop::char::range('\u{0}', '\u{20}'),
                1 => prop::sample::select(&['"', '\\', '/', '\u{7f}', '\u{e6}', '\u{2028}', '\u{d7ff}', '\u{1f600}'][..]),
            ],
            0..24,
        )
        .prop_map(|all| all.into_iter().collect())
    }

    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![4 => "[a-d]{0,2}", 1 => any_text()]
    }

    fn any_object() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::btree_map(any_name(), any_json(), 0..8).prop_map(|all| all.into_iter().collect())
    }

    /// One octet changed, put in or taken away.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Change {
        at: prop::sample::Index,
        octet: u8,
        how: u8,
    }

    impl Change {
        pub(crate) fn make(self, text: &mut Vec<u8>) {
            let at = self.at.index(text.len());
            match self.how {
                0 => text[at] = self.octet,
                1 => text.insert(at, self.octet),
                _ => drop(text.remove(at)),
            }
        }
    }

    pub(crate) fn any_change() -> impl Strategy<Value = Change> {
        let octet = prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],:0e.- \n"[..])];
        (any::<prop::sample::Index>(), octet, 0..3_u8).prop_map(|(at, octet, how)| Change { at, octet, how })
    }

    fn take(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut all = Vec::new();
        let mut index = Index::<64>::new();
        object(text, |member| {
            all.push((member.name, member.value));
            assert_eq!(member.plain_string().map(|(text, _)| text), plain_string(member.value));
            index.add(member)
        })?;
        assert!(index.members(text).map(|(name, found)| (name, found.value)).eq(all.iter().copied()));
        assert!(index.members(text).all(|(_, found)| found.plain_string() == plain_string(found.value)));
        assert!(all.iter().all(|(name, value)| index.get(text, name) == Some(value)));
        assert_eq!(index.get(text, "not there"), None);
        Some(all)
    }

    /// What this reader takes, the strict one takes with the same members; the other way round is not promised.
    fn agrees(octets: &[u8]) -> bool {
        let Some(members) = str::from_utf8(octets).ok().and_then(take) else { return false };
        let strict = crate::json::parse_object(octets).expect("the strict reader takes it too");
        assert_eq!(members.len(), strict.len());
        for (name, value) in members {
            let read: Value = serde_json::from_str(value).expect("a value");
            assert_eq!(Some(&read), strict.get(name), "{name}");
            assert_eq!(value.trim(), value);
            if let Some(plain) = plain_string(value) {
                assert_eq!(read.as_str(), Some(plain));
            }
        }
        true
    }

    #[test]
    fn usual_objects_are_taken_as_they_stand() {
        assert_eq!(take("{}"), Some(Vec::new()));
        assert_eq!(
            take(" {\t\"a\" : \"x\\\"y\" ,\r\n\"b\":[ 1 , {\"a\":null} ] , \"\u{e6}\":-0.5} "),
            Some(alloc::vec![("a", r#""x\"y""#), ("b", r#"[ 1 , {"a":null} ]"#), ("\u{e6}", "-0.5")])
        );
        for text in [
            r#"{"a":"\u00e6\ud7ff\uFFFF\b\f\n\r\t\/"}"#,
            r#"{"a":123456789012345,"b":0,"c":-1,"d":0.0,"e":12.5,"f":true,"g":false,"h":null}"#,
            r#"{"a":{"a":{"a":{}}},"b":[[],[[]]]}"#,
            r#"{"abcdefgh_":1,"abcdefgh-":2,"abcdefgh":3,"":4,"h":5}"#,
        ] {
            assert!(agrees(text.as_bytes()), "{text}");
        }
        let plain = "x".repeat(100);
        assert!(is_plain(&plain) && is_plain("") && is_plain("\u{7f}\u{80}\u{e6}\u{1f600}\u{d7ff}"));
        for special in ['"', '\\', '\n', '\u{1f}'] {
            for place in 0..20 {
                let mut text = format!(r#"{{"a":"{plain}"}}"#);
                text.insert(6 + place, special);
                assert!(!agrees(text.as_bytes()), "{text:?}");
                let mut text = plain.clone();
                text.insert(place, special);
                assert!(!is_plain(&text), "{text:?}");
                text.truncate(place + 1);
                assert!(!is_plain(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_malformed_or_unusual_is_left_to_the_strict_reader() {
        let deep = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(take(&deep(MAX_DEPTH)).is_some() && take(&deep(MAX_DEPTH + 1)).is_none());
        let wide = |names: usize| {
            let members: Vec<String> = (0..names).map(|name| format!(r#""{name}":0"#)).collect();
            format!(r#"{{"a":{{{}}}}}"#, members.join(","))
        };
        assert!(take(&wide(MAX_OPEN_NAMES - 1)).is_some() && take(&wide(MAX_OPEN_NAMES)).is_none());
        for text in [
            "",
            "[]",
            "{",
            "{}x",
            "{}{}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"":1,"":2}"#,
            r#"{"abcdefgh_":1,"x":0,"abcdefgh_":2}"#,
            r#"{"a":[{"b":1,"c":{"b":1},"b":2}]}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":"\ud83d\ude00"}"#,
            r#"{"a":"\uD83D"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":1e3}"#,
            r#"{"a":1.5E3}"#,
            r#"{"a":1234567890123456}"#,
            r#"{"a":0.1234567890123456}"#,
            r#"{"a":tru}"#,
            r#"{"a":True}"#,
            r#"{"a":nullx}"#,
            r#"{"a":NaN}"#,
            "{a:1}",
            "{'a':1}",
            "{\"a\":\u{a0}1}",
            r#"{"a":[1,]}"#,
            r#"{"a":[1 2]}"#,
            r#"{"a":[}"#,
        ] {
            assert_eq!(take(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_readers_read_the_same(object in any_object()) {
            agrees(serde_json::to_string(&object).unwrap().as_bytes());
            agrees(serde_json::to_string_pretty(&object).unwrap().as_bytes());
        }

        #[test]
        fn an_object_with_one_octet_changed_is_read_alike(
            object in any_object(),
            change in any_change(),
        ) {
            let mut text = serde_json::to_vec(&object).unwrap();
            change.make(&mut text);
            agrees(&text);
        }
    }
}
