use symbolon_jose::{JwtError, SelectError};
use symbolon_types::{Alg, Rule};
use thiserror::Error;

use crate::ClaimName;

/// Why an ID token was not accepted. Nobody hears a wire code: the client judges for itself.
///
/// No variant holds a value of the token.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is not a signed JWT as it must be: its form, its header, its signature, or its claims are not one object.
    #[error("the ID token is not a valid signed JWT")]
    Jwt(#[from] JwtError),
    /// `alg` is not one that the client registered.
    #[error("the algorithm is not the registered one")]
    AlgNotAllowed,
    /// No key has the header's `kid`. The issuer may have a new one: see [`symbolon_jose::KeySetCache`].
    #[error("no key has this kid; the key set is to be fetched again")]
    UnknownKid,
    /// Keys there are, but none that may be used for this header.
    #[error("no key fits the header")]
    NoKey(#[source] SelectError),
    /// The header has a `typ` of another kind of JWT, or the claims are those of one: a logout token, a security event,
    /// a provider's access or refresh token.
    #[error("the JWT is of another kind than an ID token")]
    WrongTyp,
    /// A claim is not there that must be.
    #[error("claim `{claim}` is missing")]
    MissingClaim {
        /// Which one.
        claim: ClaimName,
    },
    /// A claim is there and not of its type, or against its grammar. `null` is one such.
    #[error("claim `{claim}` is malformed")]
    InvalidClaim {
        /// Which one.
        claim: ClaimName,
    },
    /// `iss` is another issuer.
    #[error("the issuer is another one")]
    IssuerMismatch,
    /// `aud` is without the client.
    #[error("the audience is another one")]
    AudienceMismatch,
    /// `aud` has somebody whom the client does not trust.
    #[error("an audience is not trusted")]
    UntrustedAudience,
    /// The algorithm is a MAC and `aud` is not the client alone.
    #[error("a token with a MAC is for several audiences")]
    AudienceNotSingle,
    /// `azp` is not the client.
    #[error("the authorized party is another one")]
    AzpMismatch,
    /// `exp` is over.
    #[error("the ID token has expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the ID token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the ID token was issued in the future")]
    IssuedInFuture,
    /// `iat` is longer ago than [`MAX_ID_TOKEN_AGE`](crate::MAX_ID_TOKEN_AGE).
    #[error("the ID token was issued too long ago")]
    IssuedTooLongAgo,
    /// `nonce` is not the one that was sent.
    #[error("the nonce is another one")]
    NonceMismatch,
    /// `nonce` is there and none was sent.
    #[error("there is a nonce and none was sent")]
    NonceUnexpected,
    /// `at_hash` is not that of the access token.
    #[error("at_hash does not fit the access token")]
    AtHashMismatch,
    /// `c_hash` is not that of the code.
    #[error("c_hash does not fit the code")]
    CHashMismatch,
    /// `at_hash` or `c_hash` is there and the caller gave nothing to compare it with.
    #[error("claim `{claim}` has nothing to be compared with")]
    NothingToHash {
        /// Which one.
        claim: ClaimName,
    },
    /// `at_hash` or `c_hash` is there and the provider lacks the hash.
    #[error("claim `{claim}` needs a hash that the provider lacks")]
    HashUnavailable {
        /// Which one.
        claim: ClaimName,
        /// What the provider lacks.
        source: HashUnavailable,
    },
    /// The sign-in is longer ago than `max_age`.
    #[error("the sign-in is too long ago")]
    AuthTimeTooOld,
    /// `auth_time` is in the future.
    #[error("the sign-in is in the future")]
    AuthTimeInFuture,
    /// `acr` is not one that was demanded, nor one that reaches it.
    #[error("the authentication context is not one that was asked for")]
    AcrNotAccepted,
    /// A claim is not that of the first ID token.
    #[error("claim `{claim}` changed since the first ID token")]
    ContinuityBroken {
        /// Which one.
        claim: ClaimName,
    },
}

impl IdTokenError {
    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Jwt(error) => error.rule(),
            Self::AlgNotAllowed => Rule::JwsAlg,
            Self::UnknownKid => Rule::JwsKey,
            Self::NoKey(error) => error.rule(),
            Self::WrongTyp => Rule::JwtTyp,
            Self::MissingClaim { claim }
            | Self::InvalidClaim { claim }
            | Self::NothingToHash { claim }
            | Self::HashUnavailable { claim, .. } => claim.rule(),
            Self::IssuerMismatch => Rule::JwtIss,
            Self::AudienceMismatch | Self::UntrustedAudience | Self::AudienceNotSingle => Rule::IdTokenAud,
            Self::AzpMismatch => Rule::IdTokenAzp,
            Self::Expired => Rule::JwtExp,
            Self::NotYetValid => Rule::JwtNbf,
            Self::IssuedInFuture | Self::IssuedTooLongAgo => Rule::JwtIat,
            Self::NonceMismatch | Self::NonceUnexpected => Rule::IdTokenNonce,
            Self::AtHashMismatch => Rule::IdTokenAtHash,
            Self::CHashMismatch => Rule::IdTokenCHash,
            Self::AuthTimeTooOld | Self::AuthTimeInFuture => Rule::IdTokenAuthTime,
            Self::AcrNotAccepted => Rule::IdTokenAcr,
            Self::ContinuityBroken { .. } => Rule::IdTokenContinuity,
        }
    }
}

/// Why an ID token was not issued: the embedding program asked for something that cannot be, or the signer failed
/// (`server_error` either way).
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SignError {
    /// The subject is not 1 to 255 ASCII characters.
    #[error("the subject is not 1 to 255 ASCII characters")]
    Subject,
    /// The lifetime is not positive, or ends after the end of time.
    #[error("the lifetime is not positive or ends after the end of time")]
    Lifetime,
    /// An extra claim has a name that is not the caller's to fill.
    #[error("an extra claim has a reserved name")]
    ReservedClaim,
    /// An extra `azp` is not the client.
    #[error("the authorized party is not the client")]
    Azp,
    /// The provider lacks the hash for `at_hash` or `c_hash`.
    #[error("there is no hash for at_hash or c_hash")]
    HashUnavailable(#[from] HashUnavailable),
    /// The signer failed.
    #[error("the ID token could not be signed")]
    Jws(#[from] symbolon_jose::SignError),
}

impl SignError {
    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Subject | Self::Lifetime | Self::ReservedClaim | Self::Azp | Self::HashUnavailable(_) => {
                Rule::Embedder
            }
            Self::Jws(error) => error.rule(),
        }
    }
}

/// The provider lacks the hash that belongs to a signature algorithm (`server_error` where a token is issued).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no hash for {alg}")]
#[non_exhaustive]
pub struct HashUnavailable {
    /// The signature algorithm.
    pub alg: Alg,
}

/// A claim is there and is not text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the claim is not a string")]
#[non_exhaustive]
pub struct NotAString;
