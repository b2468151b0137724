use core::fmt;

use symbolon_types::{Rule, ScopeError};
use thiserror::Error;

use crate::ParamName;

/// Why a body is not a token request. Holds positions and registered names, never text of the peer.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum FormError {
    /// A parameter that may come once came twice.
    #[error("{} appears more than once", Parameter(*.name))]
    Repeated {
        /// Which one; `None` if the name is not a registered one.
        name: Option<ParamName>,
    },
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("form has a malformed percent-encoding at byte {at}")]
    Syntax {
        /// Where the `%` is, in bytes from the start of the body as received.
        at: usize,
    },
    /// The decoded form is not UTF-8.
    #[error("decoded form is not UTF-8 at byte {at}")]
    Utf8 {
        /// Where, in bytes from the start of the *decoded* form.
        at: usize,
    },
    /// A NUL octet, raw or encoded.
    #[error("form has a NUL at byte {at}")]
    Nul {
        /// Where, in bytes from the start of the body as received.
        at: usize,
    },
    /// The body is longer than the limit.
    #[error("body is {length} bytes, limit is {limit}")]
    TooLong {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// There are more parameters than the limit.
    #[error("form has more than {limit} parameters")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
}

impl FormError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Repeated { .. } => Rule::FormRepeated,
            Self::Syntax { .. } | Self::Utf8 { .. } | Self::Nul { .. } => Rule::FormSyntax,
            Self::TooLong { .. } => Rule::RequestLength,
            Self::TooMany { .. } => Rule::FormCount,
        }
    }
}

/// Why a content type is not that of a token request.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ContentTypeError {
    /// There is none.
    #[error("content type is missing")]
    Missing,
    /// There is more than one.
    #[error("content type came more than once")]
    Repeated,
    /// It is another media type, or malformed.
    #[error("content type is not application/x-www-form-urlencoded")]
    NotForm,
    /// It names another character set than UTF-8.
    #[error("character set of the content type is not UTF-8")]
    Charset,
}

impl ContentTypeError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Missing | Self::Repeated | Self::NotForm | Self::Charset => Rule::RequestContentType,
        }
    }
}

/// Why a form is not a request of its grant.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParameterError {
    /// A required parameter is not there, or empty.
    #[error("parameter `{name}` is missing")]
    Missing {
        /// Which one.
        name: ParamName,
    },
    /// `scope` is malformed.
    #[error("parameter `scope` is malformed")]
    Scope(#[from] ScopeError),
}

impl ParameterError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Missing { .. } => Rule::FormMissing,
            Self::Scope(error) => error.rule(),
        }
    }
}

/// A parameter in a message: an unregistered name is the peer's text and stays out of it.
struct Parameter(Option<ParamName>);

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "parameter `{name}`"),
            None => f.write_str("an unregistered parameter"),
        }
    }
}

#[cfg(test)]
mod tests {
    use symbolon_types::ErrorCode;

    use super::*;

    #[test]
    fn every_error_is_invalid_request_but_a_malformed_scope() {
        for error in [
            FormError::Repeated { name: None },
            FormError::Syntax { at: 0 },
            FormError::Utf8 { at: 0 },
            FormError::Nul { at: 0 },
            FormError::TooLong { length: 2, limit: 1 },
            FormError::TooMany { limit: 1 },
        ] {
            assert_eq!(error.rule().code(), Some(ErrorCode::InvalidRequest));
        }
        assert_eq!(ContentTypeError::Missing.rule().code(), Some(ErrorCode::InvalidRequest));
        let missing = ParameterError::Missing { name: ParamName::Code };
        assert_eq!(missing.rule().code(), Some(ErrorCode::InvalidRequest));
        let scope = ParameterError::Scope(ScopeError::EmptyToken { at: 0 });
        assert_eq!(scope.rule().code(), Some(ErrorCode::InvalidScope));
    }

    #[test]
    fn messages_name_registered_parameters_only() {
        let error = FormError::Repeated { name: Some(ParamName::Code) };
        assert_eq!(error.to_string(), "parameter `code` appears more than once");
        assert_eq!(FormError::Repeated { name: None }.to_string(), "an unregistered parameter appears more than once");
    }
}
