use alloc::{format, string::String, vec::Vec};

use serde_json::Value;
use symbolon_policy::Policy;

use crate::{Jwk, KeyError, KeySetError, json};

/// Longest JWK set that is read, in bytes (D19).
pub const MAX_JWK_SET_BYTES: usize = Policy::OAUTH_2_1.limits.jwk_set_bytes;
/// Most keys of a set. Issuers publish a handful; each key costs a computation when it is loaded.
pub const MAX_JWK_SET_KEYS: usize = 100;

/// A JWK Set ([RFC 7517 §5]) as data: its usable public keys, and what was skipped and why.
///
/// One bad, unknown, private or symmetric entry does not spoil the others ([RFC 7517 §5]: unknown ones are ignored); it
/// is skipped, never used, and reported. A member twice, at any depth, spoils the whole text.
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
        let members = json::parse_object(json).map_err(KeySetError::Json)?;
        let entries = members.get("keys").and_then(Value::as_array).ok_or(KeySetError::NoKeys)?;
        if entries.len() > MAX_JWK_SET_KEYS {
            return Err(KeySetError::TooMany { count: entries.len(), limit: MAX_JWK_SET_KEYS });
        }
        let mut set = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            match Jwk::from_value(entry) {
                Ok(key) => {
                    set.keys.push(key);
                    set.positions.push(index);
                }
                Err(error) => set.skipped.push(SkippedKey { index, error }),
            }
        }
        Ok(set)
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
