use alloc::string::String;
use core::fmt;

use symbolon_types::{ErrorCode, Scope};
use time::{Duration, UtcDateTime};

use crate::{IncomingResponse, shown::shown};

/// A refusal of a resource ([RFC 6750 §3], [RFC 9449 §7.1]): what its challenge says, and what to do.
///
/// Nothing in it is a reason to forget a refresh token: a resource says nothing about those.
///
/// ```
/// use symbolon_client::{ResourceRefusal, types::ErrorCode};
/// fn is_worth_a_refresh(refusal: &ResourceRefusal) -> bool {
///     refusal.status == 401 && matches!(refusal.code, None | Some(ErrorCode::InvalidToken))
/// }
/// ```
///
/// [RFC 6750 §3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
/// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct ResourceRefusal {
    /// The status code.
    pub status: u16,
    /// `error` of the challenge; an unknown one is kept. `None` where no challenge has one.
    pub code: Option<ErrorCode>,
    /// `error_description`, escaped and shortened: for developers, not for users.
    pub description: Option<String>,
    /// `scope`: what the resource needs, if it says so.
    pub scope: Option<Scope>,
    /// How long to wait, if the resource says so.
    pub retry_after: Option<Duration>,
}

/// What the resource wrote may name people (security decision D21): how long it is.
impl fmt::Debug for ResourceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceRefusal")
            .field("status", &self.status)
            .field("code", &self.code.as_ref().map(|code| shown(code.as_str())))
            .field("description", &self.description.as_deref().map(str::len))
            .field("scope", &self.scope.as_ref().map(|scope| scope.as_str().len()))
            .field("retry_after", &self.retry_after)
            .finish()
    }
}

impl ResourceRefusal {
    /// `is_dpop`: whether the access token was sent by the scheme `DPoP`, else by `Bearer`.
    pub(crate) fn new(response: &IncomingResponse, is_dpop: bool, now: UtcDateTime) -> Self {
        let scheme = if is_dpop { "DPoP" } else { "Bearer" };
        let mut challenges = response.challenges();
        challenges.retain(|challenge| challenge.parameter("error").is_some());
        // A resource may refuse one scheme in the words of the other.
        let challenge = challenges.iter().find(|challenge| challenge.is(scheme)).or(challenges.first());
        let parameter = |name| challenge.and_then(|challenge| challenge.parameter(name));
        Self {
            status: response.status(),
            code: parameter("error").map(ErrorCode::parse),
            description: parameter("error_description").map(shown),
            scope: parameter("scope").and_then(|scope| Scope::parse(scope).ok()),
            retry_after: response.retry_after(now),
        }
    }

    /// What to do about it, in a sentence for the developer or operator.
    pub const fn what_to_do(&self) -> &'static str {
        match (self.status, &self.code) {
            (429 | 500..=599, _) => "the resource could not answer: try again later",
            (_, Some(ErrorCode::InvalidDpopProof)) => {
                "the resource does not accept the DPoP proof: compare the clock, the algorithm of the key, and the URL of the \
                 resource with the one that it has for itself"
            }
            (_, Some(ErrorCode::UseDpopNonce)) => {
                "the resource asks for a nonce in the DPoP proof and gives none, or does not accept the one that it gave"
            }
            (_, Some(ErrorCode::InsufficientScope)) => {
                "the access token lacks a scope that the resource needs: ask for it at the next sign-in"
            }
            (_, Some(ErrorCode::InvalidToken)) | (401, None) => {
                "the access token is expired, revoked, for another resource or bound to another key: refresh it once, then let \
                 the user sign in again"
            }
            (403, None) => "the resource does not let this user or client in",
            _ => "the resource does not accept the form of the request: compare it with its documentation",
        }
    }
}

impl fmt::Display for ResourceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} (status {})", shown(code.as_str()), self.status)?,
            None => write!(f, "status {}", self.status)?,
        }
        if let Some(description) = &self.description {
            write!(f, ": {description}")?;
        }
        write!(f, "; {}", self.what_to_do())
    }
}
