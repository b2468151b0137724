use symbolon_jose::JsonError;
use symbolon_types::Rule;
use thiserror::Error;

use crate::IdTokenError;

/// Why an answer of the userinfo endpoint was not accepted. Nobody hears a wire code: the client judges for itself.
///
/// No variant holds a value of the answer.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum UserinfoError {
    /// It is JSON, and the client registered a signature.
    #[error("the userinfo answer is not signed, and a signature was registered")]
    NotSigned,
    /// It is not one JSON object, or a member of it comes twice.
    #[error("the userinfo answer is not a JSON object as it must be")]
    Json(#[source] JsonError),
    /// A rule that it shares with ID tokens does not hold.
    #[error("the userinfo answer breaks a rule that it shares with ID tokens")]
    Jwt(#[from] IdTokenError),
    /// `sub` is not that of the ID token.
    #[error("the userinfo answer is about another subject than the ID token")]
    SubjectMismatch,
}

impl UserinfoError {
    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        match self {
            Self::NotSigned => Rule::JwsSyntax,
            Self::Json(_) => Rule::ResponseJson,
            Self::Jwt(error) => error.rule(),
            Self::SubjectMismatch => Rule::IdTokenSub,
        }
    }
}
