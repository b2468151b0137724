use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_jose::parse_json;
use symbolon_types::Rule;
use thiserror::Error;

/// Authorization details ([RFC 9396 §2]): a list of JSON objects, each with a `type` that says what the others mean.
///
/// What a type demands of its objects is not judged here. `Debug` shows how many there are: what they say is the peer's, and may be
/// personal.
///
/// ```
/// use symbolon_server::AuthorizationDetails;
/// let granted = AuthorizationDetails::parse(r#"[{"type":"account","actions":["list","read"],"id":"7"}]"#)?;
/// let asked = AuthorizationDetails::parse(r#"[{"type":"account","actions":["list"],"id":"7"}]"#)?;
/// assert!(asked.is_within(&granted));
/// assert!(!granted.is_within(&asked));
/// assert!(AuthorizationDetails::parse(r#"[{"actions":["list"]}]"#).is_err());
/// # Ok::<(), symbolon_server::AuthorizationDetailsError>(())
/// ```
///
/// [RFC 9396 §2]: https://www.rfc-editor.org/rfc/rfc9396#section-2
#[derive(Clone, Default, Eq, PartialEq)]
pub struct AuthorizationDetails(Vec<Map<String, Value>>);

/// Most objects in one list: each is compared with each.
pub const MAX_AUTHORIZATION_DETAILS: usize = 64;

/// Longest `type`, in bytes.
const MAX_TYPE_BYTES: usize = 256;

/// Fields whose values are a list of what is allowed ([RFC 9396 §2.2](https://www.rfc-editor.org/rfc/rfc9396#section-2.2)).
const LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];

impl AuthorizationDetails {
    /// None.
    pub const NONE: Self = Self(Vec::new());

    /// Reads the parameter `authorization_details`.
    ///
    /// # Errors
    /// All are `invalid_authorization_details` ([RFC 9396 §5](https://www.rfc-editor.org/rfc/rfc9396#section-5)).
    /// - [`AuthorizationDetailsError::Syntax`]: no JSON array of objects, a member that comes twice, or too deep.
    /// - [`AuthorizationDetailsError::Type`]: an object has no `type`, or an empty or very long one.
    /// - [`AuthorizationDetailsError::TooMany`]: more than [`MAX_AUTHORIZATION_DETAILS`].
    pub fn parse(text: &str) -> Result<Self, AuthorizationDetailsError> {
        Self::new(parse_json(text.as_bytes()).map_err(|_| AuthorizationDetailsError::Syntax)?)
    }

    /// Of objects that came from elsewhere: a database, a claim.
    ///
    /// # Errors
    /// As [`Self::parse`], the syntax aside.
    pub fn new(details: Vec<Map<String, Value>>) -> Result<Self, AuthorizationDetailsError> {
        if details.len() > MAX_AUTHORIZATION_DETAILS {
            return Err(AuthorizationDetailsError::TooMany);
        }
        let details = Self(details);
        if details.types().count() != details.0.len() {
            return Err(AuthorizationDetailsError::Type);
        }
        Ok(details)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The objects.
    pub fn objects(&self) -> &[Map<String, Value>] {
        &self.0
    }

    /// The `type` of each object.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        let is_type = |kind: &&str| (1..=MAX_TYPE_BYTES).contains(&kind.len());
        self.0.iter().filter_map(move |detail| detail.get("type").and_then(Value::as_str).filter(is_type))
    }

    /// Whether each of these is within a granted one of its own ([RFC 9396 §6.1]): it has the same members with the same values,
    /// but that the lists `locations`, `actions`, `datatypes` and `privileges` may be shorter, and not empty. A member that is
    /// left out may mean more as well as less, and one payment is not two, so that neither is narrower here; a type that knows
    /// better is judged by the embedding program
    /// ([`ValidatedGrant::with_authorization_details`](crate::ValidatedGrant::with_authorization_details)).
    ///
    /// [RFC 9396 §6.1]: https://www.rfc-editor.org/rfc/rfc9396#section-6.1
    pub fn is_within(&self, granted: &Self) -> bool {
        let places = |asked: &Map<String, Value>| -> Vec<usize> {
            granted.0.iter().enumerate().filter(|(_, most)| is_within(asked, most)).map(|(place, _)| place).collect()
        };
        let places: Vec<Vec<usize>> = self.0.iter().map(places).collect();
        let mut holders = BTreeMap::new();
        (0..places.len()).all(|asked| finds_place(asked, &places, &mut holders, &mut BTreeSet::new()))
    }

    /// Those of these types.
    pub(crate) fn of_types(&self, types: &[String]) -> Self {
        let is_of = |detail: &&Map<String, Value>| {
            detail.get("type").and_then(Value::as_str).is_some_and(|kind| types.iter().any(|known| known == kind))
        };
        Self(self.0.iter().filter(is_of).cloned().collect())
    }

    /// As the value of a claim, or of a member of a response.
    pub fn to_value(&self) -> Value {
        Value::Array(self.0.iter().cloned().map(Value::Object).collect())
    }
}

/// Gives one object a place of its own among those where it fits; who holds it moves on, if there is another place for it.
fn finds_place(
    asked: usize,
    places: &[Vec<usize>],
    holders: &mut BTreeMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    for &place in places.get(asked).into_iter().flatten() {
        if !tried.insert(place) {
            continue;
        }
        let is_free = match holders.get(&place).copied() {
            Some(holder) => finds_place(holder, places, holders, tried),
            None => true,
        };
        if is_free {
            holders.insert(place, asked);
            return true;
        }
    }
    false
}

fn is_within(asked: &Map<String, Value>, granted: &Map<String, Value>) -> bool {
    asked.len() == granted.len()
        && asked.iter().all(|(name, asked)| {
            granted.get(name).is_some_and(|granted| {
                asked == granted || (LISTS.contains(&name.as_str()) && is_shorter(asked, granted))
            })
        })
}

/// Whether a list of texts is within another one, and not empty: an empty one may mean all.
fn is_shorter(asked: &Value, granted: &Value) -> bool {
    let texts = |list: &Value| -> Option<BTreeSet<String>> {
        list.as_array()?.iter().map(|text| text.as_str().map(String::from)).collect()
    };
    match (texts(asked), texts(granted)) {
        (Some(asked), Some(granted)) => !asked.is_empty() && asked.is_subset(&granted),
        _ => false,
    }
}

impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorizationDetails").field(&self.0.len()).finish()
    }
}

/// Why a text is no list of authorization details (`invalid_authorization_details`). Holds no part of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AuthorizationDetailsError {
    /// No JSON array of objects, a member that comes twice, or too deep.
    #[error("authorization_details is no JSON array of objects")]
    Syntax,
    /// An object has no `type`, or an empty or very long one.
    #[error("an object in authorization_details has no `type`")]
    Type,
    /// More than [`MAX_AUTHORIZATION_DETAILS`].
    #[error("authorization_details has more than {MAX_AUTHORIZATION_DETAILS} objects")]
    TooMany,
}

impl AuthorizationDetailsError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Syntax | Self::Type | Self::TooMany => Rule::AuthorizationDetailsSyntax,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AuthorizationDetails, AuthorizationDetailsError> {
        AuthorizationDetails::parse(text)
    }

    #[test]
    fn a_list_of_typed_objects_is_taken_and_nothing_else() {
        assert_eq!(parse("[]"), Ok(AuthorizationDetails::NONE));
        assert_eq!(parse(r#"[{"type":"a"},{"type":"b"}]"#).unwrap().types().collect::<Vec<_>>(), ["a", "b"]);
        for text in ["", "{}", "null", "[1]", "[null]", r#"[{"type":"a","type":"a"}]"#, r#"[{"type":"a"}"#, "[[]]"] {
            assert_eq!(parse(text), Err(AuthorizationDetailsError::Syntax), "{text}");
        }
        let long = alloc::format!(r#"[{{"type":"{}"}}]"#, "a".repeat(257));
        for text in ["[{}]", r#"[{"type":""}]"#, r#"[{"type":1}]"#, r#"[{"type":"a"},{}]"#, &long] {
            assert_eq!(parse(text), Err(AuthorizationDetailsError::Type), "{text}");
        }
        let many = |count: usize| parse(&alloc::format!("[{}]", alloc::vec![r#"{"type":"a"}"#; count].join(",")));
        assert!(many(MAX_AUTHORIZATION_DETAILS).is_ok());
        assert_eq!(many(MAX_AUTHORIZATION_DETAILS + 1), Err(AuthorizationDetailsError::TooMany));
    }

    #[test]
    fn only_shorter_lists_are_narrower() {
        let granted = parse(r#"[{"type":"a","actions":["x","y"],"id":"1"},{"type":"b"}]"#).unwrap();
        for asked in [
            "[]",
            r#"[{"type":"b"}]"#,
            r#"[{"type":"a","actions":["y","x"],"id":"1"}]"#,
            r#"[{"id":"1","type":"a","actions":["x"]},{"type":"b"}]"#,
        ] {
            assert!(parse(asked).unwrap().is_within(&granted), "{asked}");
        }
        for asked in [
            r#"[{"type":"c"}]"#,
            r#"[{"type":"a"}]"#,
            r#"[{"type":"b","id":"1"}]"#,
            r#"[{"type":"a","id":"1"}]"#,
            r#"[{"type":"a","actions":[],"id":"1"}]"#,
            r#"[{"type":"a","actions":["x","z"],"id":"1"}]"#,
            r#"[{"type":"a","actions":"x","id":"1"}]"#,
            r#"[{"type":"a","actions":["x"],"id":"2"}]"#,
            r#"[{"type":"a","actions":["x"],"id":["1"]}]"#,
            r#"[{"type":"a","actions":["x"],"locations":["1"]}]"#,
            r#"[{"type":"b"},{"type":"a","actions":["z"],"id":"1"}]"#,
        ] {
            assert!(!parse(asked).unwrap().is_within(&granted), "{asked}");
        }
    }

    #[test]
    fn one_granted_object_is_not_two() {
        let payment = r#"{"type":"payment","amount":"10"}"#;
        let once = parse(&alloc::format!("[{payment}]")).unwrap();
        let twice = parse(&alloc::format!("[{payment},{payment}]")).unwrap();
        assert!(once.is_within(&once) && once.is_within(&twice) && twice.is_within(&twice));
        assert!(!twice.is_within(&once));
        // Whoever can stand elsewhere makes room, in whatever order they come.
        let granted = parse(r#"[{"type":"a","actions":["x","y"]},{"type":"a","actions":["x"]}]"#).unwrap();
        for asked in [
            r#"[{"type":"a","actions":["x"]},{"type":"a","actions":["x","y"]}]"#,
            r#"[{"type":"a","actions":["x","y"]},{"type":"a","actions":["x"]}]"#,
            r#"[{"type":"a","actions":["x"]},{"type":"a","actions":["y"]}]"#,
            r#"[{"type":"a","actions":["x"]},{"type":"a","actions":["x"]}]"#,
        ] {
            assert!(parse(asked).unwrap().is_within(&granted), "{asked}");
        }
        let wider = parse(r#"[{"type":"a","actions":["y"]},{"type":"a","actions":["x","y"]}]"#).unwrap();
        assert!(!wider.is_within(&granted));
        // As many as there may be, and all alike.
        let many = parse(&alloc::format!("[{}]", alloc::vec![payment; MAX_AUTHORIZATION_DETAILS].join(","))).unwrap();
        assert!(many.is_within(&many) && !many.is_within(&twice));
    }

    #[test]
    fn what_they_say_is_not_shown() {
        let details = parse(r#"[{"type":"MARKER","iban":"MARKER"}]"#).unwrap();
        assert_eq!(alloc::format!("{details:?}"), "AuthorizationDetails(1)");
    }
}
