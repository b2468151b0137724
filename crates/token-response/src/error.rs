use symbolon_types::Rule;
use thiserror::Error;

/// Why a body is not the answer that it should be. Holds names, lengths and the status, never a value.
///
/// There is no wire code: nobody hears what a client thinks of an answer.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ResponseError {
    /// The body is longer than the limit.
    #[error("response body is {length} bytes, limit is {limit}")]
    TooLarge {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// The token endpoint redirects. Credentials do not follow ([RFC 9700 §4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11)).
    #[error("response is a redirect, status {status}")]
    Redirect {
        /// The status code.
        status: u16,
    },
    /// A status that is neither 200 nor an error.
    #[error("response has unexpected status {status}")]
    Status {
        /// The status code.
        status: u16,
    },
    /// The `Content-Type` is not `application/json`, is not there, or comes twice.
    #[error("response with status {status} is not sent as JSON")]
    ContentType {
        /// The status code.
        status: u16,
    },
    /// The body is not one JSON object in UTF-8: HTML, a form, an array, a byte order mark, nothing, something after it.
    #[error("response body is not one JSON object")]
    NotJson {
        /// The status code, if the reader was told.
        status: Option<u16>,
    },
    /// A member comes twice, at any depth.
    #[error("response body has a member twice{}", Named(*name))]
    DuplicateMember {
        /// Its name, if it is a registered one.
        name: Option<&'static str>,
    },
    /// Objects and arrays are nested too deeply.
    #[error("response body is nested more than {limit} deep")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
    },
    /// A required member is not there.
    #[error("response has no `{name}`")]
    MissingMember {
        /// Its name.
        name: &'static str,
    },
    /// A known member has another JSON type than it must have; `null` is another type.
    #[error("`{name}` of the response has a wrong type")]
    WrongType {
        /// Its name.
        name: &'static str,
    },
    /// A known member has the right type and a value outside its grammar or range.
    #[error("`{name}` of the response is outside its grammar")]
    InvalidMember {
        /// Its name.
        name: &'static str,
    },
    /// A member that does not belong here: `error` among tokens, a token beside an `error`.
    #[error("`{name}` does not belong in this response")]
    UnexpectedMember {
        /// Its name.
        name: &'static str,
    },
}

impl ResponseError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. } => Rule::ResponseLength,
            Self::Redirect { .. } | Self::Status { .. } => Rule::ResponseStatus,
            Self::ContentType { .. } | Self::NotJson { .. } | Self::DuplicateMember { .. } | Self::TooDeep { .. } => {
                Rule::ResponseJson
            }
            Self::MissingMember { .. }
            | Self::WrongType { .. }
            | Self::InvalidMember { .. }
            | Self::UnexpectedMember { .. } => Rule::ResponseMember,
        }
    }
}

struct Named(Option<&'static str>);

impl core::fmt::Display for Named {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, ": `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_members_only_where_they_are_registered() {
        let text = |name| ResponseError::DuplicateMember { name }.to_string();
        assert_eq!(text(Some("error")), "response body has a member twice: `error`");
        assert_eq!(text(None), "response body has a member twice");
    }
}
