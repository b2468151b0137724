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

/// Why a text is not an `S256` code challenge. Holds no part of it.
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
}

impl ChallengeError {
    /// The rule that did not hold. The token endpoint never hears of it: challenges come with authorization requests,
    /// where a malformed one is `invalid_request`.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Length { .. } | Self::Encoding => Rule::PkceSyntax,
        }
    }
}
