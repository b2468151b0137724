use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_jose::parse_json;
use symbolon_types::Rule;
use thiserror::Error;

use crate::{Tokens, VerifiedTokens};

/// Authorization details ([RFC 9396 §2]): a list of JSON objects, each with a `type` that says what the others mean. In a
/// request none at all is no parameter.
///
/// What a type demands of its objects is not judged here. `Debug` shows how many there are: what they say may be personal.
///
/// ```
/// use symbolon_client::{AuthorizationDetails, AuthorizationDetailsError};
/// let details = AuthorizationDetails::parse(r#"[{"type":"account_information","actions":["read_balances"]}]"#)?;
/// assert_eq!(details.types().collect::<Vec<_>>(), ["account_information"]);
/// let refused = AuthorizationDetails::parse(r#"[{"actions":["read_balances"]}]"#);
/// assert_eq!(refused, Err(AuthorizationDetailsError::Type));
/// # Ok::<(), AuthorizationDetailsError>(())
/// ```
///
/// [RFC 9396 §2]: https://www.rfc-editor.org/rfc/rfc9396#section-2
#[derive(Clone, Default, Eq, PartialEq)]
pub struct AuthorizationDetails(Vec<Map<String, Value>>);

impl AuthorizationDetails {
    /// None.
    pub const NONE: Self = Self(Vec::new());

    /// Takes the objects.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`AuthorizationDetailsError::Type`]: an object has no `type`, or an empty one.
    pub fn new(details: Vec<Map<String, Value>>) -> Result<Self, AuthorizationDetailsError> {
        let details = Self(details);
        if details.types().count() == details.0.len() { Ok(details) } else { Err(AuthorizationDetailsError::Type) }
    }

    /// Reads their JSON.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`AuthorizationDetailsError::Syntax`]: no JSON array of objects, a member that comes twice, or too deep.
    /// - [`AuthorizationDetailsError::Type`]: an object has no `type`, or an empty one.
    pub fn parse(text: &str) -> Result<Self, AuthorizationDetailsError> {
        Self::new(parse_json(text.as_bytes()).map_err(|_| AuthorizationDetailsError::Syntax)?)
    }

    fn of(value: &Value) -> Result<Self, AuthorizationDetailsError> {
        let objects = value.as_array().ok_or(AuthorizationDetailsError::Syntax)?.iter();
        let objects: Option<Vec<_>> = objects.map(|object| object.as_object().cloned()).collect();
        Self::new(objects.ok_or(AuthorizationDetailsError::Syntax)?)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The objects.
    pub fn objects(&self) -> &[Map<String, Value>] {
        &self.0
    }

    /// The `type` of each object.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|detail| detail.get("type")?.as_str().filter(|kind| !kind.is_empty()))
    }

    /// As the value of a parameter or of a claim.
    pub(crate) fn to_value(&self) -> Value {
        Value::Array(self.0.iter().cloned().map(Value::Object).collect())
    }
}

/// What the details say may be personal.
impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorizationDetails({})", self.0.len())
    }
}

impl Tokens {
    /// What was granted, by the member `authorization_details` of the answer ([RFC 9396 §7]); `None` if there is none. It may
    /// be other than what was asked for: compare it with what you need ([RFC 9396 §7.1]).
    ///
    /// # Errors
    /// As [`AuthorizationDetails::parse`].
    ///
    /// [RFC 9396 §7]: https://www.rfc-editor.org/rfc/rfc9396#section-7
    /// [RFC 9396 §7.1]: https://www.rfc-editor.org/rfc/rfc9396#section-7.1
    pub fn authorization_details(&self) -> Result<Option<AuthorizationDetails>, AuthorizationDetailsError> {
        self.response().other.get("authorization_details").map(AuthorizationDetails::of).transpose()
    }
}

impl VerifiedTokens {
    /// See [`Tokens::authorization_details`].
    ///
    /// # Errors
    /// As [`Tokens::authorization_details`].
    pub fn authorization_details(&self) -> Result<Option<AuthorizationDetails>, AuthorizationDetailsError> {
        self.tokens().authorization_details()
    }
}

/// Why a value is no list of authorization details. Holds nothing of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AuthorizationDetailsError {
    /// No JSON array of objects, a member that comes twice, or too deep.
    #[error("authorization details are no JSON array of objects")]
    Syntax,
    /// An object has no `type`, or an empty one.
    #[error("authorization details without `type`")]
    Type,
}

impl AuthorizationDetailsError {
    /// The rule that did not hold.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Syntax | Self::Type => Rule::AuthorizationDetailsSyntax,
        }
    }
}
