use symbolon_types::Rule;
use thiserror::Error;

/// Why a text is not a code verifier. Holds no part of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum VerifierError {
    /// It is not 43 to 128 characters long.
    #[error("code verifier is {length} bytes, not 43 to 128")]
    Length {
        /// How long it is, in bytes.
        length: usize,
    },
    /// A character that is not unreserved.
    #[error("code verifier has a character outside its grammar at byte {at}")]
    Character {
        /// Where, in bytes from the start.
        at: usize,
    },
}

impl VerifierError {
    /// The rule that did not hold: a malformed verifier is `invalid_grant` like a wrong one (security decision D20).
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Length { .. } | Self::Character { .. } => Rule::CodeVerifierSyntax,
        }
    }
}

/// Why a text is not a code challenge that is taken. Holds no part of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChallengeError {
    /// It is not 43 characters long.
    #[error("code challenge is {length} bytes, not 43")]
    Length {
        /// How long it is, in bytes.
        length: usize,
    },
    /// It is not the base64url form of 32 octets: a foreign character, or bits behind the last octet.
    #[error("code challenge is not the base64url form of 32 octets")]
    Encoding,
    /// The method is `plain`, or none is named, which means the same; the policy does not take it.
    #[error("code challenge is of the method plain")]
    Plain,
    /// A challenge of the method `plain` that no verifier could be.
    #[error("plain code challenge is no verifier")]
    PlainSyntax(#[source] VerifierError),
    /// Another method than `S256` and `plain`.
    #[error("code challenge is of an unknown method")]
    Method,
}

impl ChallengeError {
    /// The rule that did not hold. The token endpoint never hears of it: challenges come with authorization requests,
    /// where a malformed one is `invalid_request`.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Length { .. } | Self::Encoding | Self::PlainSyntax(_) | Self::Plain | Self::Method => {
                Rule::PkceSyntax
            }
        }
    }
}
