use alloc::{
    borrow::ToOwned,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use der::{
    Decode as _, Encode as _, Tag, Tagged as _,
    asn1::{AnyRef, BmpString, ObjectIdentifier},
};

use crate::{
    SubjectNameError,
    certificate::{elements, object_identifier},
};

/// Longest text of a distinguished name that is read, in bytes. Subjects of certificates stay below 1 KiB.
pub const MAX_SUBJECT_DN_BYTES: usize = 4096;

/// A distinguished name: a sequence of sets of attributes ([RFC 5280 §4.1.2.4]), with the string form of [RFC 4514].
///
/// Two names are equal when they have the same sets in the same order. In a set the order says nothing. Attribute types
/// are compared as object identifiers, their values by one of two rules ([RFC 5280 §7.1]):
///
/// - Of a type that has a name here, UTF8String, PrintableString, IA5String, NumericString and BMPString are text, whose
///   case is ignored, whose white space is trimmed and folded, and whose string type says nothing (`caseIgnoreMatch`, the
///   rule of every such type). Lower case is that of Unicode, so that KELVIN SIGN is `k`; there is no normalisation: a
///   letter with its mark in one character and in two are not equal.
/// - Any other value is compared as its DER, and so is every value of any other type, with its case and string type.
///
/// A name with a value whose tag is unknown here, such as a UniversalString, is not read: its certificate is
/// [`CertificateError::Malformed`](crate::CertificateError::Malformed).
///
/// ```
/// use symbolon_x509::DistinguishedName;
/// let name = DistinguishedName::parse(r"CN=Payments\, nightly,O=Example AS,C=NO")?;
/// assert_eq!(name, DistinguishedName::parse(r"2.5.4.3=payments\2C  NIGHTLY,O=Example AS,C=NO")?);
/// assert_ne!(name, DistinguishedName::parse(r"C=NO,O=Example AS,CN=Payments\, nightly")?);
/// assert_eq!(name.to_string(), r"CN=Payments\, nightly,O=Example AS,C=NO");
/// # Ok::<(), symbolon_x509::SubjectNameError>(())
/// ```
///
/// [RFC 4514]: https://www.rfc-editor.org/rfc/rfc4514
/// [RFC 5280 §4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4
/// [RFC 5280 §7.1]: https://www.rfc-editor.org/rfc/rfc5280#section-7.1
#[derive(Clone, Eq, PartialEq)]
pub struct DistinguishedName {
    /// As in the string form: the last of the certificate's sequence first.
    sets: Vec<Vec<Attribute>>,
}

#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
struct Attribute {
    oid: ObjectIdentifier,
    value: Value,
}

impl DistinguishedName {
    /// Reads the string form ([RFC 4514 §3]) and nothing looser: no space around `,`, `+` or `=`, no `;`, no quotes.
    ///
    /// The types that have a name are those of RFC 4514, `serialNumber`, `organizationIdentifier` and `emailAddress`, in
    /// any case; all have a dotted number. A text is a UTF8String; a value of another string type is written as `#` and its
    /// DER in hex, which matters for a type without a name.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::TooLong`]: longer than [`MAX_SUBJECT_DN_BYTES`].
    /// - [`SubjectNameError::Empty`]: no attribute.
    /// - [`SubjectNameError::SubjectDn`]: not of that form.
    ///
    /// [RFC 4514 §3]: https://www.rfc-editor.org/rfc/rfc4514#section-3
    pub fn parse(text: &str) -> Result<Self, SubjectNameError> {
        if text.len() > MAX_SUBJECT_DN_BYTES {
            return Err(SubjectNameError::TooLong { length: text.len(), limit: MAX_SUBJECT_DN_BYTES });
        }
        if text.is_empty() {
            return Err(SubjectNameError::Empty);
        }
        let (mut sets, mut set, mut rest) = (Vec::new(), Vec::new(), text);
        loop {
            let at = text.len().saturating_sub(rest.len());
            let (attribute, after) = Attribute::take(rest).ok_or(SubjectNameError::SubjectDn { at })?;
            set.push(attribute);
            if !after.starts_with('+') {
                sets.push(core::mem::take(&mut set));
            }
            match after.strip_prefix([',', '+']) {
                Some(next) => rest = next,
                None => return Ok(Self::new(sets)),
            }
        }
    }

    /// Of a `Name` in DER.
    pub(crate) fn of(name: &AnyRef<'_>) -> Option<Self> {
        let sets = elements(name, Tag::Sequence)?;
        let set = |set| elements(set, Tag::Set)?.iter().map(Attribute::of).collect::<Option<Vec<_>>>();
        let sets = sets.iter().rev().map(|attributes| set(attributes).filter(|set| !set.is_empty()));
        sets.collect::<Option<_>>().map(Self::new)
    }

    fn new(mut sets: Vec<Vec<Attribute>>) -> Self {
        for set in &mut sets {
            set.sort_unstable();
        }
        Self { sets }
    }

    /// The values of one type, if all are text.
    pub(crate) fn texts(&self, oid: ObjectIdentifier) -> Option<Vec<&str>> {
        let values = self.sets.iter().flatten().filter(|attribute| attribute.oid == oid);
        let texts = values.map(|attribute| match &attribute.value {
            Value::Text { written, .. } => Some(written.as_str()),
            Value::Other(_) => None,
        });
        texts.collect()
    }
}

/// The number of its sets: a subject may name people.
impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DistinguishedName").field("sets", &self.sets.len()).finish_non_exhaustive()
    }
}

/// The string form of [RFC 4514 §2](https://www.rfc-editor.org/rfc/rfc4514#section-2).
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, set) in self.sets.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            for (index, attribute) in set.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { "+" })?;
                attribute.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl Attribute {
    fn of(attribute: &AnyRef<'_>) -> Option<Self> {
        let parts = elements(attribute, Tag::Sequence)?;
        let [oid, value] = parts.as_slice() else { return None };
        Self::new(object_identifier(oid)?, value)
    }

    fn new(oid: ObjectIdentifier, value: &AnyRef<'_>) -> Option<Self> {
        // RFC 5280 §7.1: `caseIgnoreMatch` is the rule of some types and not of all.
        let text = oid::name(oid).and_then(|_| read_text(value));
        let value = match text {
            Some(text) => Value::text(text),
            None => Value::Other(value.to_der().ok()?),
        };
        Some(Self { oid, value })
    }

    /// The attribute at the start of the text, and what follows: nothing, or a text that begins with `,` or `+`.
    fn take(text: &str) -> Option<(Self, &str)> {
        let (name, rest) = text.split_once('=')?;
        let oid = match oid::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, oid)) => *oid,
            // RFC 4512 §1.4: a numericoid has one form.
            None => ObjectIdentifier::new(name).ok().filter(|oid| oid.to_string() == name)?,
        };
        if let Some(rest) = rest.strip_prefix('#') {
            let (der, rest) = take_hex(rest)?;
            Some((Self::new(oid, &AnyRef::from_der(&der).ok()?)?, rest))
        } else {
            let (text, rest) = take_text(rest)?;
            Some((Self::new(oid, &AnyRef::new(Tag::Utf8String, text.as_bytes()).ok()?)?, rest))
        }
    }

    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match oid::name(self.oid) {
            Some(name) => f.write_str(name)?,
            None => write!(f, "{}", self.oid)?,
        }
        match &self.value {
            Value::Text { written, .. } => {
                f.write_str("=")?;
                write_escaped(written, f)
            }
            Value::Other(der) => {
                f.write_str("=#")?;
                der.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

#[derive(Clone)]
enum Value {
    Text {
        written: String,
        folded: String,
    },
    /// In DER, whole.
    Other(Vec<u8>),
}

impl Value {
    fn text(written: String) -> Self {
        let mut folded = String::with_capacity(written.len());
        for word in written.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.extend(word.chars().flat_map(char::to_lowercase));
        }
        Self::Text { written, folded }
    }

    /// What is compared: texts before all else.
    fn key(&self) -> (bool, &[u8]) {
        match self {
            Self::Text { folded, .. } => (false, folded.as_bytes()),
            Self::Other(der) => (true, der),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The text of a string type that is one.
fn read_text(value: &AnyRef<'_>) -> Option<String> {
    let octets = value.value();
    match value.tag() {
        Tag::Utf8String => str::from_utf8(octets).ok().map(ToOwned::to_owned),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString => {
            str::from_utf8(octets).ok().filter(|text| text.is_ascii()).map(ToOwned::to_owned)
        }
        Tag::BmpString => BmpString::from_ucs2(octets).ok().map(|text| text.chars().collect()),
        _ => None,
    }
}

/// RFC 4514 §2.4: `#`, which has been read, and the octets of the value in DER.
fn take_hex(text: &str) -> Option<(Vec<u8>, &str)> {
    let end = text.find([',', '+']).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    Some((pairs.iter().map(|pair| hex_octet(*pair)).collect::<Option<_>>()?, rest))
}

fn take_text(text: &str) -> Option<(String, &str)> {
    let mut octets = Vec::new();
    let mut rest = text;
    let mut ends_in_space = text.starts_with(' ');
    // RFC 4514 §2.4: a space at either end is escaped.
    while !(ends_in_space && octets.is_empty()) {
        let mut chars = rest.chars();
        match chars.next() {
            None | Some(',' | '+') => {
                let value = String::from_utf8(octets).ok().filter(|_| !ends_in_space)?;
                return Some((value, rest));
            }
            Some('"' | ';' | '<' | '>' | '\0') => return None,
            Some('\\') => {
                ends_in_space = false;
                match chars.as_str().as_bytes() {
                    [high, low, ..] if high.is_ascii_hexdigit() => {
                        octets.push(hex_octet([*high, *low])?);
                        chars.next();
                    }
                    [special, ..] if ESCAPED_AS_THEMSELVES.contains(special) => octets.push(*special),
                    _ => return None,
                }
                chars.next();
            }
            Some(character) => {
                ends_in_space = character == ' ';
                octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        rest = chars.as_str();
    }
    None
}

fn hex_octet(pair: [u8; 2]) -> Option<u8> {
    let [high, low] = pair.map(|digit| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()));
    Some((high? << 4) | low?)
}

/// What RFC 4514 §2.4 escapes, and control characters, which have no place in a line.
fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            ' ' if index == 0 || index == last => f.write_str("\\ ")?,
            '#' if index == 0 => f.write_str("\\#")?,
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            other if other.is_ascii_control() => write!(f, "\\{:02x}", u32::from(other))?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}

/// RFC 4514 §3: `special`, space, `#`, `=` and the backslash itself.
const ESCAPED_AS_THEMSELVES: &[u8] = b"\"+,;<> #=\\";

pub(crate) mod oid {
    use der::asn1::ObjectIdentifier;

    pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    pub(crate) const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
    pub(crate) const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

    /// The name of a type, if it has one here.
    pub(super) fn name(oid: ObjectIdentifier) -> Option<&'static str> {
        NAMES.iter().find(|(_, known)| *known == oid).map(|(name, _)| *name)
    }

    /// RFC 4514 §3, and what subjects of business certificates have beside them. Each is compared by `caseIgnoreMatch`.
    pub(super) const NAMES: &[(&str, ObjectIdentifier)] = &[
        ("CN", ObjectIdentifier::new_unwrap("2.5.4.3")),
        ("L", ObjectIdentifier::new_unwrap("2.5.4.7")),
        ("ST", ObjectIdentifier::new_unwrap("2.5.4.8")),
        ("O", ObjectIdentifier::new_unwrap("2.5.4.10")),
        ("OU", ObjectIdentifier::new_unwrap("2.5.4.11")),
        ("C", COUNTRY),
        ("STREET", ObjectIdentifier::new_unwrap("2.5.4.9")),
        ("DC", ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25")),
        ("UID", ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1")),
        ("serialNumber", SERIAL_NUMBER),
        ("organizationIdentifier", ORGANIZATION_IDENTIFIER),
        ("emailAddress", ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1")),
    ];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dn(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap()
    }

    #[test]
    fn the_samples_of_rfc_4514_section_4_read_back() {
        for text in [
            "UID=jsmith,DC=example,DC=net",
            "OU=Sales+CN=J.  Smith,DC=example,DC=net",
            r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#,
            r"CN=Before\0dAfter,DC=example,DC=net",
            "1.3.6.1.4.1.1466.0=#04024869",
            r"CN=Lu\C4\8Di\C4\87",
        ] {
            assert_eq!(dn(&dn(text).to_string()), dn(text), "{text}");
        }
        assert_eq!(dn(r"CN=Lu\C4\8Di\C4\87"), dn("CN=Lučić"));
    }

    #[test]
    fn types_are_compared_as_numbers_and_texts_without_case_and_folded() {
        for (a, b) in [
            ("CN=a", "cn=A"),
            ("CN=a", "2.5.4.3=a"),
            ("CN=a", "CN=#0c0161"),
            ("CN=a", "CN=#130141"),
            ("CN=a b", r"CN=\ A  b\20"),
            ("CN=ÅSE", "CN=åse"),
            ("CN=a+OU=b,C=NO", "OU=b+CN=a,C=NO"),
            ("CN=a=b", r"CN=a\=b"),
        ] {
            assert_eq!(dn(a), dn(b));
        }
        for (a, b) in [
            ("CN=a", "OU=a"),
            ("CN=a,C=NO", "C=NO,CN=a"),
            ("CN=a,C=NO", "CN=a+C=NO"),
            ("CN=a,C=NO", "CN=a"),
            ("CN=a", "CN=ab"),
            ("CN=a b", "CN=ab"),
            ("CN=a", "CN=#040161"),
            ("CN=a", r"CN=a\00"),
            ("CN=a", "CN=a+CN=a"),
        ] {
            assert_ne!(dn(a), dn(b));
        }
    }

    #[test]
    fn nothing_looser_than_rfc_4514_is_read() {
        for (text, at) in [
            (",", 0),
            ("CN", 0),
            ("=a", 0),
            ("CN =a", 0),
            (" CN=a", 0),
            ("XX=a", 0),
            ("2.05.4=a", 0),
            ("2.5.4.3.=a", 0),
            ("CN= a", 0),
            ("CN=a ", 0),
            ("CN= ", 0),
            ("CN=\"a\"", 0),
            ("CN=a;C=NO", 0),
            ("CN=a<", 0),
            ("CN=a\0", 0),
            (r"CN=a\", 0),
            (r"CN=\x", 0),
            (r"CN=\4", 0),
            (r"CN=\4g", 0),
            (r"CN=\ff", 0),
            ("CN=#", 0),
            ("CN=#0", 0),
            ("CN=#0c01610", 0),
            ("CN=#0c0161x", 0),
            ("CN=#0c0261", 0),
            ("CN=#0c016161", 0),
            ("CN=a,", 5),
            ("CN=a+", 5),
            ("CN=a,,C=NO", 5),
            ("CN=a, C=NO", 5),
            ("CN=a,C=NO,x", 10),
        ] {
            assert_eq!(DistinguishedName::parse(text), Err(SubjectNameError::SubjectDn { at }), "{text}");
        }
        assert_eq!(DistinguishedName::parse(""), Err(SubjectNameError::Empty));
        let long = alloc::format!("CN={}", "a".repeat(MAX_SUBJECT_DN_BYTES));
        assert!(matches!(DistinguishedName::parse(&long), Err(SubjectNameError::TooLong { .. })));
        assert!(DistinguishedName::parse("CN=").is_ok(), "an empty value has a form");
    }

    #[test]
    fn a_bmp_string_is_text_and_a_teletex_string_is_not() {
        assert_eq!(dn("CN=#1e020061"), dn("CN=a"));
        assert_ne!(dn("CN=#140161"), dn("CN=a"));
        assert_eq!(dn("CN=#140161"), dn("CN=#140161"));
    }

    #[test]
    fn values_of_a_type_without_a_name_are_compared_by_their_octets() {
        for (a, b) in [
            ("1.2.3.4=a b", "1.2.3.4=a b"),
            ("1.2.3.4=a", "1.2.3.4=#0c0161"),
            ("1.2.3.4=#130161", "1.2.3.4=#130161"),
            ("2.5.4.3=a", "CN=A"),
        ] {
            assert_eq!(dn(a), dn(b));
        }
        for (a, b) in [
            ("1.2.3.4=a", "1.2.3.4=A"),
            ("1.2.3.4=a b", "1.2.3.4=a  b"),
            ("1.2.3.4=a", r"1.2.3.4=a\20"),
            ("1.2.3.4=a", "1.2.3.4=#130161"),
            ("1.2.3.4=#130161", "1.2.3.4=#130141"),
        ] {
            assert_ne!(dn(a), dn(b));
        }
    }

    #[test]
    fn lower_case_is_that_of_unicode_and_nothing_is_normalised() {
        assert_eq!(dn("CN=\u{212a}"), dn("CN=k"), "KELVIN SIGN");
        assert_eq!(dn("CN=Å"), dn("CN=å"));
        assert_ne!(dn("CN=\u{e5}"), dn("CN=a\u{30a}"), "composed, decomposed");
        assert_ne!(dn("CN=ß"), dn("CN=ss"));
    }

    #[test]
    fn a_universal_string_is_not_read() {
        // Its tag is none that is known here, whatever stands around it.
        let malformed = Err(SubjectNameError::SubjectDn { at: 0 });
        assert_eq!(DistinguishedName::parse("CN=#1c0400000061"), malformed);
        assert_eq!(DistinguishedName::parse("1.2.3.4=#1c0400000061"), malformed);
        assert!(DistinguishedName::parse("CN=#1e020061").is_ok());
    }

    #[test]
    fn debug_shows_no_value() {
        assert!(!alloc::format!("{:?}", dn("CN=MARKER")).contains("MARKER"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            sets in prop::collection::vec(prop::collection::vec((0_usize..13, ".{0,12}"), 1..4), 1..5),
        ) {
            let sets = sets.into_iter().map(|set| set.into_iter().map(|(at, text)| {
                let oid = oid::NAMES.get(at).map_or(ObjectIdentifier::new_unwrap("1.2.3.4"), |(_, oid)| *oid);
                Attribute::new(oid, &AnyRef::new(Tag::Utf8String, text.as_bytes()).unwrap()).unwrap()
            }).collect()).collect();
            let name = DistinguishedName::new(sets);
            prop_assert_eq!(DistinguishedName::parse(&name.to_string()), Ok(name));
        }

        #[test]
        fn what_is_read_is_stable(text in "([A-Z]{1,2}|2\\.5\\.4\\.[0-9])=(#[0-9a-f]{0,8}|[ -~]{0,6})([,+](CN|C)=[a-z\\\\ ]{0,4}){0,3}") {
            if let Ok(name) = DistinguishedName::parse(&text) {
                prop_assert_eq!(DistinguishedName::parse(&name.to_string()), Ok(name));
            }
        }
    }
}
