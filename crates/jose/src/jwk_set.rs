use alloc::{format, string::String, vec::Vec};
use core::mem;

use serde_json::Value;
use symbolon_policy::Policy;

use crate::{
    Jwk, KeyError, KeySetError, json,
    jwk::UsualJwk,
    scan::{self, Entry},
};

/// Longest JWK set that is read, in bytes (D19).
pub const MAX_JWK_SET_BYTES: usize = Policy::OAUTH_2_1.limits.jwk_set_bytes;
/// Most keys of a set. Issuers publish a handful; each key costs a computation when it is loaded.
pub const MAX_JWK_SET_KEYS: usize = 100;

/// A JWK Set ([RFC 7517 §5]) as data: its usable public keys, and what was skipped and why.
///
/// One bad, unknown, private or symmetric entry does not spoil the others ([RFC 7517 §5]: unknown ones are ignored); it
/// is skipped, never used, and reported. A member twice, at any depth, spoils the whole text. An entry has no limit of length
/// but the set's.
///
/// ```
/// use symbolon_jose::{JwkSet, KeyError};
/// let set = JwkSet::parse(br#"{"keys":[
///     {"kty":"oct","k":"AAAA"},
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)?;
/// assert_eq!(set.keys().len(), 1);
/// assert_eq!((set.skipped()[0].index(), set.skipped()[0].error()), (0, KeyError::PrivateKey));
/// # Ok::<(), symbolon_jose::KeySetError>(())
/// ```
///
/// [RFC 7517 §5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    positions: Vec<usize>,
    skipped: Vec<SkippedKey>,
}

impl JwkSet {
    /// Reads a set of at most [`MAX_JWK_SET_BYTES`].
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeySetError::TooLarge`], [`KeySetError::TooMany`]: beyond the limits.
    /// - [`KeySetError::Json`]: no JSON object, or a member twice.
    /// - [`KeySetError::NoKeys`]: `keys` is absent or no array.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        Self::parse_within(json, MAX_JWK_SET_BYTES)
    }

    /// The same with another limit, in bytes.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_within(json: &[u8], limit: usize) -> Result<Self, KeySetError> {
        if json.len() > limit {
            return Err(KeySetError::TooLarge { length: json.len(), limit });
        }
        match str::from_utf8(json).ok().and_then(|text| Self::scan(text, None)) {
            Some(set) => Ok(set),
            None => Self::parse_unusual(json),
        }
    }

    /// Reads only the entries of one `kid`, for whoever has one token at hand: the text is judged in full, the numbers of
    /// other keys are not looked at, and nothing is said about them. Without such an entry the set is empty, so that
    /// selecting from it ends in [`SelectError::NoUsableKey`](crate::SelectError) where a whole set would say that the `kid`
    /// is unknown; both mean that it may be fetched again ([`KeySetCache`](crate::KeySetCache)).
    ///
    /// ```
    /// use symbolon_jose::JwkSet;
    /// let text = br#"{"keys":[
    ///     {"kid":"1","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kid":"2","kty":"OKP","crv":"Ed25519","x":"AAAA"}]}"#;
    /// assert_eq!(JwkSet::parse_kid(text, "1")?.keys().len(), 1);
    /// assert_eq!(JwkSet::parse_kid(text, "2")?.skipped().len(), 1);
    /// assert_eq!(JwkSet::parse_kid(text, "3")?, JwkSet::default());
    /// # Ok::<(), symbolon_jose::KeySetError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_kid(json: &[u8], kid: &str) -> Result<Self, KeySetError> {
        if json.len() > MAX_JWK_SET_BYTES {
            return Err(KeySetError::TooLarge { length: json.len(), limit: MAX_JWK_SET_BYTES });
        }
        match str::from_utf8(json).ok().and_then(|text| Self::scan(text, Some(kid))) {
            Some(set) => Ok(set),
            None => Self::parse_unusual_of(json, Some(kid)),
        }
    }

    /// Reads a set of the usual form; all else is for the strict reader.
    fn scan(text: &str, kid: Option<&str>) -> Option<Self> {
        let mut set = Self::default();
        let (mut next, mut index) = (UsualJwk::default(), 0_usize);
        let mut usual = true;
        let found = scan::array_of_objects(text, "keys", &mut |entry| {
            let read = match entry {
                Entry::Member(member) => {
                    usual = usual && next.add(&member).is_some();
                    return Some(());
                }
                Entry::Object(text) => {
                    let (found, as_usual) = (mem::take(&mut next), mem::replace(&mut usual, true));
                    if as_usual && kid.is_some_and(|kid| !found.is_kid(kid)) {
                        None
                    } else if let Some(jwk) = found.read().filter(|_| as_usual) {
                        Some(Ok(jwk))
                    } else {
                        Self::read_unusual(&serde_json::from_str(text).ok()?, kid)
                    }
                }
                Entry::Other => Self::read_unusual(&Value::Null, kid),
            };
            if let Some(read) = read {
                set.add(index, read);
            }
            index = index.saturating_add(1);
            (index <= MAX_JWK_SET_KEYS).then_some(())
        })?;
        found.then_some(set)
    }

    fn parse_unusual(json: &[u8]) -> Result<Self, KeySetError> {
        Self::parse_unusual_of(json, None)
    }

    fn parse_unusual_of(json: &[u8], kid: Option<&str>) -> Result<Self, KeySetError> {
        let members = json::parse_object(json).map_err(KeySetError::Json)?;
        let entries = members.get("keys").and_then(Value::as_array).ok_or(KeySetError::NoKeys)?;
        if entries.len() > MAX_JWK_SET_KEYS {
            return Err(KeySetError::TooMany { count: entries.len(), limit: MAX_JWK_SET_KEYS });
        }
        let mut set = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(read) = Self::read_unusual(entry, kid) {
                set.add(index, read);
            }
        }
        Ok(set)
    }

    /// Reads an entry, if it is of the `kid` that is wanted.
    fn read_unusual(entry: &Value, kid: Option<&str>) -> Option<Result<Jwk, KeyError>> {
        let wanted = kid.is_none_or(|kid| entry.get("kid").and_then(Value::as_str) == Some(kid));
        wanted.then(|| Jwk::from_value(entry))
    }

    fn add(&mut self, index: usize, read: Result<Jwk, KeyError>) {
        match read {
            Ok(key) => {
                self.keys.push(key);
                self.positions.push(index);
            }
            Err(error) => self.skipped.push(SkippedKey { index, error }),
        }
    }

    /// A set of these keys.
    pub fn new(keys: Vec<Jwk>) -> Self {
        let positions = (0..keys.len()).collect();
        Self { keys, positions, skipped: Vec::new() }
    }

    /// The usable keys, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// What was skipped, and why.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The usable keys as JSON, ready to be published. There can be no private one among them.
    pub fn to_json(&self) -> String {
        let keys = Value::Array(self.keys.iter().map(Jwk::to_value).collect());
        format!(r#"{{"keys":{keys}}}"#)
    }

    /// The usable keys with their places in the text.
    pub(crate) fn placed_keys(&self) -> impl Iterator<Item = (usize, &Jwk)> {
        self.positions.iter().copied().zip(&self.keys)
    }
}

/// An entry of a JWK set that is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SkippedKey {
    index: usize,
    error: KeyError,
}

impl SkippedKey {
    pub(crate) const fn new(index: usize, error: KeyError) -> Self {
        Self { index, error }
    }

    /// Its place in the set, counted from 0.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Why it is not used.
    pub const fn error(&self) -> KeyError {
        self.error
    }
}

#[cfg(test)]
mod tests {
    use crate::JsonError;

    use super::*;

    const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn a038_one_bad_key_does_not_spoil_the_set_and_html_is_no_set() {
        let text = format!(r#"{{"keys":[1,{{"kty":"FUTURE"}},{KEY},{{}}],"more":[]}}"#);
        let set = JwkSet::parse(text.as_bytes()).unwrap();
        assert_eq!(set.keys().len(), 1);
        assert_eq!(set.placed_keys().map(|(place, _)| place).collect::<Vec<_>>(), [2]);
        assert_eq!(
            set.skipped(),
            [
                SkippedKey::new(0, KeyError::Json(JsonError::Type)),
                SkippedKey::new(1, KeyError::UnsupportedKeyType),
                SkippedKey::new(3, KeyError::MissingMember { name: "kty" }),
            ]
        );
        for (text, error) in [
            ("<html>", KeySetError::Json(JsonError::Syntax { line: 1, column: 1 })),
            ("[]", KeySetError::Json(JsonError::Type)),
            ("{}", KeySetError::NoKeys),
            (r#"{"keys":{}}"#, KeySetError::NoKeys),
            (r#"{"keys":null}"#, KeySetError::NoKeys),
            (r#"{"keys":[],"keys":[]}"#, KeySetError::Json(JsonError::DuplicateMember)),
            (r#"{"keys":[{"a":1,"a":1}]}"#, KeySetError::Json(JsonError::DuplicateMember)),
        ] {
            assert_eq!(JwkSet::parse(text.as_bytes()), Err(error), "{text}");
        }
        assert!(JwkSet::parse(br#"{"keys":[]}"#).unwrap().keys().is_empty());
    }

    #[test]
    fn both_readers_find_the_same_set() {
        let weak = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"weak"}"#;
        for text in [
            format!(r#"{{"keys":[{KEY},{{"kty":"oct","k":"AAAA"}},{weak},7,[{{}}],{{"kty":"OKP","crv":"X"}}]}}"#),
            format!(r#" {{ "x" : [ {{}} ] , "keys" : [ {KEY} , {KEY} ] , "y" : {{ "keys" : [ 1 ] }} }} "#),
            format!(r#"{{"keys":[{},{KEY}]}}"#, KEY.replace('}', r#","x5c":["MAEC"],"kid":"a"}"#)),
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "key_ops":["verify"],"kid":"\u0061","use":"sig","alg":"EdDSA","more":{"a":[null]}}]}"#
                .into(),
            format!(r#"{{"keys":[{{"kty":"oct","k":"AAAA"}},{KEY}]}}"#),
            r#"{"keys":[]}"#.into(),
        ] {
            let scanned = JwkSet::scan(&text, None);
            assert_eq!(scanned, Some(JwkSet::parse_unusual(text.as_bytes()).unwrap()), "{text}");
            for kid in ["a", "weak", ""] {
                let scanned = JwkSet::scan(&text, Some(kid)).unwrap();
                assert_eq!(scanned, JwkSet::parse_unusual_of(text.as_bytes(), Some(kid)).unwrap(), "{text}");
                assert!(scanned.keys().iter().all(|key| key.kid() == Some(kid)));
            }
        }
        for text in
            [r#"{"keys":{}}"#, r#"{"keys":null}"#, "{}", "[]", r#"{"keys":[{"a":1,"a":1}]}"#, r#"{"keys":[1,]}"#]
        {
            assert_eq!(JwkSet::scan(text, None), None, "{text}");
        }
    }

    #[test]
    fn a035_sets_beyond_the_limits_are_not_read() {
        let of = |count| format!(r#"{{"keys":[{}]}}"#, alloc::vec![KEY; count].join(","));
        assert_eq!(JwkSet::parse(of(MAX_JWK_SET_KEYS).as_bytes()).unwrap().keys().len(), MAX_JWK_SET_KEYS);
        assert!(matches!(JwkSet::parse(of(MAX_JWK_SET_KEYS + 1).as_bytes()), Err(KeySetError::TooMany { .. })));
        assert!(matches!(JwkSet::parse(&alloc::vec![b' '; MAX_JWK_SET_BYTES + 1]), Err(KeySetError::TooLarge { .. })));
        assert!(matches!(JwkSet::parse_within(of(2).as_bytes(), 100), Err(KeySetError::TooLarge { limit: 100, .. })));
    }

    #[test]
    fn a_set_reads_back() {
        let set = JwkSet::new(alloc::vec![
            Jwk::parse(KEY.as_bytes()).unwrap().with_kid("a"),
            Jwk::parse(KEY.as_bytes()).unwrap().with_kid("b"),
        ]);
        assert_eq!(JwkSet::parse(set.to_json().as_bytes()), Ok(set));
    }
}
