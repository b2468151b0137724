use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_token_response::{Challenge, ErrorResponse, Tolerance};
use symbolon_types::ErrorCode;
use time::{Duration, UtcDateTime};

use crate::{
    IncomingResponse, Outcome, ProvidedNonce, WhatToDo, exchange::Exchange, outcome::Spent, shown::shown,
    trace_id::trace_id,
};

/// A refusal of the token endpoint ([RFC 6749 §5.2]): what happened, and what to do.
///
/// `Debug` shows status, code and what to do, and how much else there is.
///
/// ```
/// use symbolon_client::{ErrorAnswer, Fate};
/// fn sign_out(answer: &ErrorAnswer) -> bool {
///     // An outage is no reason to forget a refresh token.
///     answer.outcome.fate == Fate::Over
/// }
/// ```
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Eq, PartialEq)]
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
    /// What the server's operators find this answer by: at the end of the description (`(trace_id: …)` of Maskinporten and
    /// ID-porten, formerly `(correlation id: …)`), else a member of that name. Letters, digits and hyphens.
    pub trace_id: Option<String>,
    /// Every other member, verbatim: neither escaped nor shortened.
    pub other: Map<String, Value>,
    /// What the server wants to see, by its `WWW-Authenticate` headers; those outside the grammar are left out.
    pub challenges: Vec<Challenge>,
    /// What the client's policy tolerates of this answer.
    pub tolerances: Vec<Tolerance>,
    /// What to do, and what became of the code, refresh token or assertion.
    pub outcome: Outcome,
    /// How long to wait, if the server says so.
    pub retry_after: Option<Duration>,
    dpop_nonce: Option<ProvidedNonce>,
    had_proof: bool,
    spent: Spent,
}

impl ErrorAnswer {
    pub(crate) fn new(
        exchange: &Exchange,
        answer: ErrorResponse,
        response: &IncomingResponse,
        now: UtcDateTime,
    ) -> Self {
        let had_proof = exchange.client.dpop().is_some();
        let gives_nonce = had_proof && response.dpop_nonce().is_some();
        let outcome =
            outcome(exchange.spent(), response.status(), &answer.error, gives_nonce, response.retry_after(now));
        let dpop_nonce = exchange.dpop_nonce();
        Self { outcome, dpop_nonce, had_proof, ..Self::of(answer, response, exchange.spent(), now) }
    }

    /// The same from an endpoint beside the token endpoint, where nothing is proven and no grant is used up.
    pub(crate) fn beside_tokens(answer: ErrorResponse, response: &IncomingResponse, now: UtcDateTime) -> Self {
        Self::of(answer, response, Spent::Nothing, now)
    }

    fn of(answer: ErrorResponse, response: &IncomingResponse, spent: Spent, now: UtcDateTime) -> Self {
        let (status, retry_after) = (response.status(), response.retry_after(now));
        Self {
            status,
            outcome: outcome(spent, status, &answer.error, false, retry_after),
            description: answer.error_description.as_deref().map(shown),
            uri: answer.error_uri.as_deref().map(shown),
            trace_id: trace_id(answer.error_description.as_deref(), &answer.other),
            challenges: response.challenges(),
            tolerances: answer.tolerances().to_vec(),
            code: answer.error,
            other: answer.other,
            retry_after,
            dpop_nonce: None,
            had_proof: false,
            spent,
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
        match (self.outcome.what_to_do, &self.code) {
            (WhatToDo::Configuration, code) => self.configuration(code),
            (WhatToDo::Transient { .. }, ErrorCode::AuthorizationPending) => {
                "the user has not decided yet: ask again when the interval is over"
            }
            (WhatToDo::Transient { .. }, ErrorCode::SlowDown) if matches!(self.spent, Spent::Deferred) => {
                "the user has not decided yet: ask again, from now on five seconds later"
            }
            (WhatToDo::Unknown, _) => match self.spent {
                Spent::RefreshToken => {
                    "the server gave an unknown reason: keep the refresh token and look the code up in its documentation"
                }
                _ => "the server gave an unknown reason: look the code up in its documentation",
            },
            _ => self.outcome.sentence(self.spent),
        }
    }

    const fn configuration(&self, code: &ErrorCode) -> &'static str {
        match code {
            ErrorCode::InvalidClient => {
                "the server does not accept the client's credentials: compare client id, method, secret or key, audience and \
                 clock with the registration"
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
                "the server does not accept the DPoP proof: compare the clock, the algorithm of the key, and the URL of the \
                 token endpoint with the one that the server has for itself"
            }
            ErrorCode::UseDpopNonce => "the server asks for a nonce in the DPoP proof, and gives none",
            _ => "the server does not accept the form of the request: compare it with the server's documentation",
        }
    }

    pub(crate) const fn spent(&self) -> Spent {
        self.spent
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

/// Security decision D21: what the server wrote is for whoever asks for it.
impl fmt::Debug for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorAnswer")
            .field("status", &self.status)
            .field("code", &format_args!("{}", shown(self.code.as_str())))
            .field("description", &self.description.as_deref().map(str::len))
            .field("uri", &self.uri.as_deref().map(str::len))
            .field("trace_id", &self.trace_id.as_deref().map(str::len))
            .field("other_members", &self.other.len())
            .field("challenges", &self.challenges)
            .field("tolerances", &self.tolerances)
            .field("outcome", &self.outcome)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

fn outcome(spent: Spent, status: u16, code: &ErrorCode, gives_nonce: bool, after: Option<Duration>) -> Outcome {
    // Whatever the body says: a server that is out of order has not judged the grant.
    if let Some(outcome) = spent.outage(status, after) {
        return outcome;
    }
    match code {
        ErrorCode::InvalidGrant | ErrorCode::AccessDenied | ErrorCode::LoginRequired | ErrorCode::ExpiredToken => {
            spent.over()
        }
        // It is the code of status 500, whatever the status is (RFC 6749 §4.1.2.1).
        ErrorCode::ServerError => spent.lost(after),
        // RFC 8628 §3.5: pending means to come again.
        ErrorCode::TemporarilyUnavailable | ErrorCode::AuthorizationPending | ErrorCode::SlowDown => {
            Spent::untouched(WhatToDo::Transient { after })
        }
        // Security decision D1: a server that asks for its nonce has remembered nothing.
        ErrorCode::UseDpopNonce if gives_nonce => Spent::untouched(WhatToDo::NeedsNonce),
        ErrorCode::UseDpopNonce => Spent::untouched(WhatToDo::Configuration),
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidClient
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::InvalidScope
        | ErrorCode::InvalidTarget
        | ErrorCode::InvalidAuthorizationDetails
        | ErrorCode::InvalidDpopProof => spent.refused(WhatToDo::Configuration),
        _ => spent.refused(WhatToDo::Unknown),
    }
}
