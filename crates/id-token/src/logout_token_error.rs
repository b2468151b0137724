use symbolon_types::Rule;
use thiserror::Error;

use crate::IdTokenError;

/// Why a logout token was not accepted: nobody is signed out, and the issuer hears `invalid_request` with 400
/// ([OIDC Back-Channel Logout §2.8]).
///
/// No variant holds a value of the token.
///
/// [OIDC Back-Channel Logout §2.8]: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCResponse
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LogoutTokenError {
    /// A rule that it shares with ID tokens does not hold.
    #[error("the logout token breaks a rule that it shares with ID tokens")]
    Jwt(#[from] IdTokenError),
    /// `events` has no back-channel logout, or it is not an object.
    #[error("the events are without a back-channel logout")]
    Event,
    /// There is a `nonce`: it could be an ID token.
    #[error("a logout token with a nonce")]
    Nonce,
    /// There is neither `sub` nor `sid`: nobody is named.
    #[error("the logout token names neither a subject nor a session")]
    NobodyNamed,
}

impl LogoutTokenError {
    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Jwt(error) => error.rule(),
            Self::Event | Self::Nonce => Rule::JwtTyp,
            Self::NobodyNamed => Rule::JwtClaim,
        }
    }
}
