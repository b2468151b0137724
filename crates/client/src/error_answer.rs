use alloc::string::String;
use core::fmt;

use symbolon_token_response::ErrorResponse;
use symbolon_types::{ErrorCode, GrantType};
use time::Duration;

use crate::{IncomingResponse, ProvidedNonce, exchange::Exchange, shown::shown};

/// A refusal of the token endpoint ([RFC 6749 §5.2]): what happened, and what to do.
///
/// ```
/// use symbolon_client::{ErrorAnswer, Permanence};
/// fn sign_out(answer: &ErrorAnswer) -> bool {
///     // An outage is no reason to forget a refresh token.
///     answer.kind == Permanence::Permanent
/// }
/// ```
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ErrorAnswer {
    /// The status code, as it came: some servers send errors with 200 or 403.
    pub status: u16,
    /// `error`; an unknown one is kept.
    pub code: ErrorCode,
    /// `error_description`, escaped and shortened: for developers, not for users.
    pub description: Option<String>,
    /// `error_uri`, escaped and shortened. Do not open it unseen.
    pub uri: Option<String>,
    /// Whether the same request may succeed later.
    pub kind: Permanence,
    /// How long to wait, if the server says so.
    pub retry_after: Option<Duration>,
    dpop_nonce: Option<ProvidedNonce>,
    had_proof: bool,
    grant: GrantKind,
}

/// Whether a refused request may succeed later.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Permanence {
    /// The grant is over: the same code, refresh token or assertion will never be accepted again.
    Permanent,
    /// The server could not just now: what was sent is as good as before.
    Transient,
    /// Client and server do not agree on what the client is or may do: until somebody changes that, nothing will do.
    Configuration,
    /// Nobody can tell. Not a reason to forget a refresh token.
    Unknown,
}

impl ErrorAnswer {
    pub(crate) fn new(exchange: &Exchange, answer: ErrorResponse, response: &IncomingResponse) -> Self {
        let status = response.status();
        Self {
            status,
            description: answer.error_description.as_deref().map(shown),
            uri: answer.error_uri.as_deref().map(shown),
            kind: permanence(status, &answer.error),
            code: answer.error,
            retry_after: response.retry_after(),
            dpop_nonce: exchange.client.dpop_nonce().cloned(),
            had_proof: exchange.client.dpop().is_some(),
            grant: GrantKind::of(&exchange.grant.grant_type()),
        }
    }

    /// The same from an endpoint beside the token endpoint, where nothing is proven and no grant is used up.
    pub(crate) fn beside_tokens(answer: ErrorResponse, response: &IncomingResponse) -> Self {
        let status = response.status();
        Self {
            status,
            description: answer.error_description.as_deref().map(shown),
            uri: answer.error_uri.as_deref().map(shown),
            kind: permanence(status, &answer.error),
            code: answer.error,
            retry_after: response.retry_after(),
            dpop_nonce: None,
            had_proof: false,
            grant: GrantKind::Other,
        }
    }

    /// The nonce for the client's next DPoP proof, whatever was refused: that of this answer, else the one that was sent
    /// ([RFC 9449 §8.2]). See [`Client::with_dpop_nonce`](crate::Client::with_dpop_nonce).
    ///
    /// [RFC 9449 §8.2]: https://www.rfc-editor.org/rfc/rfc9449#section-8.2
    pub const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.dpop_nonce.as_ref()
    }

    /// What to do about it, in a sentence for the developer or operator.
    pub const fn what_to_do(&self) -> &'static str {
        match (self.kind, self.grant) {
            (Permanence::Permanent, GrantKind::Code) => {
                "the code is used up, expired or not this client's: start a new authorization request"
            }
            (Permanence::Permanent, GrantKind::Refresh) => {
                "the refresh token is over: forget it and let the user sign in again"
            }
            (Permanence::Permanent, GrantKind::Other) => {
                "the grant was refused: do not send it again; ask for a new one, or make a fresh assertion"
            }
            (Permanence::Transient, GrantKind::Code) => {
                "the server could not answer: wait, then start a new authorization request"
            }
            (Permanence::Transient, GrantKind::Refresh) => {
                "the server could not answer: keep the refresh token and try again later"
            }
            (Permanence::Transient, GrantKind::Other) => "the server could not answer: try again later",
            (Permanence::Configuration, _) => match self.code {
                ErrorCode::InvalidClient => {
                    "the server does not accept the client's credentials: compare client id, method, secret or key, \
                     audience and clock with the registration"
                }
                ErrorCode::UnauthorizedClient => "the client is not registered for this grant",
                ErrorCode::UnsupportedGrantType => "the server does not know this grant",
                ErrorCode::InvalidScope => "the scope is unknown, or more than was granted: ask for less",
                ErrorCode::InvalidTarget => "the resource is unknown, or more than was granted",
                ErrorCode::InvalidAuthorizationDetails => {
                    "the authorization details are malformed, unknown, or more than was granted"
                }
                ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce if !self.had_proof => {
                    "the server demands DPoP, which this request did not have"
                }
                ErrorCode::InvalidDpopProof => {
                    "the server does not accept the DPoP proof: compare the clock, the algorithm of the key, and the URL \
                     of the token endpoint with the one that the server has for itself"
                }
                ErrorCode::UseDpopNonce => {
                    "the server asks for a nonce in the DPoP proof and gives none, or does not accept the one that it gave"
                }
                _ => "the server does not accept the form of the request: compare it with the server's documentation",
            },
            (Permanence::Unknown, GrantKind::Refresh) => {
                "the server gave an unknown reason: keep the refresh token and look the code up in its documentation"
            }
            (Permanence::Unknown, _) => "the server gave an unknown reason: look the code up in its documentation",
        }
    }
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {})", shown(self.code.as_str()), self.status)?;
        if let Some(description) = &self.description {
            write!(f, ": {description}")?;
        }
        write!(f, "; {}", self.what_to_do())
    }
}

fn permanence(status: u16, code: &ErrorCode) -> Permanence {
    // Whatever the body says: a server that is out of order has not judged the grant.
    if matches!(status, 429 | 500..=599) {
        return Permanence::Transient;
    }
    match code {
        ErrorCode::InvalidGrant | ErrorCode::AccessDenied | ErrorCode::LoginRequired | ErrorCode::ExpiredToken => {
            Permanence::Permanent
        }
        // RFC 8628 §3.5: pending means to come again.
        ErrorCode::ServerError
        | ErrorCode::TemporarilyUnavailable
        | ErrorCode::AuthorizationPending
        | ErrorCode::SlowDown => Permanence::Transient,
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidClient
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::InvalidScope
        | ErrorCode::InvalidTarget
        | ErrorCode::InvalidAuthorizationDetails
        | ErrorCode::InvalidDpopProof
        | ErrorCode::UseDpopNonce => Permanence::Configuration,
        _ => Permanence::Unknown,
    }
}

/// What a refusal means depends on what was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum GrantKind {
    Code,
    Refresh,
    Other,
}

impl GrantKind {
    const fn of(grant_type: &GrantType) -> Self {
        match grant_type {
            GrantType::AuthorizationCode => Self::Code,
            GrantType::RefreshToken => Self::Refresh,
            _ => Self::Other,
        }
    }
}
