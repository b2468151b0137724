use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use symbolon_token_response::{Challenge, ResponseError};
use symbolon_types::Rule;
use thiserror::Error;
use time::{Duration, UtcDateTime};

use crate::{
    ClientError, Delivery, ErrorAnswer, IncomingResponse, Outcome, ProvidedNonce, Snippet, VerifyError, WhatToDo,
    exchange::Exchange, outcome::Spent, shown::shown,
};

/// What happened to a token request that gave no tokens. [`FailedExchange`] says what to do.
///
/// `Display` and `Debug` show nothing of an answer but its status and a code of the protocol.
///
/// ```
/// use symbolon_client::{FailedExchange, Failure};
/// fn log(failed: &FailedExchange) -> String {
///     match failed.failure() {
///         Failure::Refused(answer) => format!("refused, trace id {:?}", answer.trace_id),
///         Failure::Redirect { status } => format!("redirected with {status}"),
///         other => other.to_string(),
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// The server refused, in the words of the protocol.
    #[error("the server refused: {}", shown(.0.code.as_str()))]
    Refused(ErrorAnswer),
    /// A redirect. Credentials do not follow ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
    #[error("the answer is a redirect, status {status}")]
    Redirect {
        /// The status code.
        status: u16,
    },
    /// The body is longer than the policy's limit, and was not read.
    #[error("the answer with status {status} is longer than {limit} bytes")]
    TooLarge {
        /// The status code.
        status: u16,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// The server answered 401 and says in headers what it wants to see, with no error in the body that could be read
    /// ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
    #[error("the server asks for other credentials, status {status}")]
    Challenged {
        /// The status code.
        status: u16,
        /// What it wants to see: at least one.
        challenges: Vec<Challenge>,
    },
    /// The `Content-Type` is not `application/json`, or there is none. An error may stand in the body that nobody read.
    #[error("the answer with status {status} is not sent as JSON")]
    ContentType {
        /// The status code.
        status: u16,
        /// How the body begins.
        snippet: Option<Snippet>,
    },
    /// The body is not one JSON object.
    #[error("the answer with status {status} is not one JSON object")]
    NotJson {
        /// The status code.
        status: u16,
        /// How the body begins.
        snippet: Option<Snippet>,
    },
    /// The status is not one of the protocol, or a member of the JSON object is not as it must be.
    #[error("the answer with status {status} is not one of the protocol")]
    Malformed {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        source: ResponseError,
    },
    /// `token_type` is not `Bearer`; or not `DPoP`, and a proof was sent; or `N_A` for an access token, or not for another one.
    #[error("`token_type` is not the one that was asked for")]
    TokenType,
    /// `token_type` is `DPoP`, and no proof was sent.
    #[error("`token_type` is DPoP, unasked")]
    DpopUnasked,
    /// `issued_token_type` of a token exchange is absent, or not the one that was asked for.
    #[error("`issued_token_type` is not the one that was asked for")]
    IssuedTokenType,
    /// Tokens came, and who signed in does not verify.
    #[error(transparent)]
    NotVerified(VerifyError),
    /// No answer came.
    #[error("no answer came")]
    NoAnswer(Delivery),
    /// The request that the answer leads to cannot be made: the same one with the server's nonce in the DPoP proof, or an
    /// authorization request with a `request_uri`.
    #[error("the request that the answer leads to cannot be made")]
    NextRequest(#[source] ClientError),
}

impl Failure {
    fn unreadable(response: &IncomingResponse, source: ResponseError) -> Self {
        let status = response.status();
        let snippet = || Snippet::of(response.body());
        match source {
            ResponseError::Redirect { status } => Self::Redirect { status },
            ResponseError::TooLarge { limit, .. } => Self::TooLarge { status, limit },
            ResponseError::ContentType { .. } => Self::ContentType { status, snippet: snippet() },
            ResponseError::NotJson { .. } => Self::NotJson { status, snippet: snippet() },
            source => Self::Malformed { status, source },
        }
    }

    /// The rule that did not hold; `None` where it is the server that refused, or the network that failed.
    pub fn rule(&self) -> Option<Rule> {
        Some(match self {
            Self::Refused(_) | Self::Challenged { .. } | Self::NoAnswer(_) => return None,
            Self::Redirect { .. } => Rule::ResponseStatus,
            Self::TooLarge { .. } => Rule::ResponseLength,
            Self::ContentType { .. } | Self::NotJson { .. } => Rule::ResponseJson,
            Self::Malformed { source, .. } => source.rule(),
            Self::TokenType | Self::DpopUnasked | Self::IssuedTokenType => Rule::ResponseTokenType,
            Self::NotVerified(error) => error.rule(),
            Self::NextRequest(error) => error.rule(),
        })
    }
}

/// Why there are no tokens: what happened ([`Self::failure`]), and what to do ([`Self::outcome`]). Nobody hears a code.
///
/// Everything that can go wrong between a token request and its tokens is one of these: no answer
/// ([`PendingTokens::lost`](crate::PendingTokens::lost)), an answer that is none of the protocol
/// ([`PendingTokens::receive`](crate::PendingTokens::receive)), a refusal (`from` an [`ErrorAnswer`]), an ID token that does not
/// verify ([`UnverifiedTokens::verify`](crate::UnverifiedTokens::verify)).
///
/// ```
/// use symbolon_client::types::{ClientId, Issuer};
/// use symbolon_client::{Client, Delivery, FailedExchange, Fate, PROVIDER, RefreshPlan, WhatToDo};
/// use time::UtcDateTime;
///
/// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
///     .token_endpoint("https://as.example/token")
///     .build()?;
/// let refresh = || client.refresh(RefreshPlan::new("tGzv3JOkF0XG5Qx2TlKWIA"), UtcDateTime::UNIX_EPOCH)?.ready();
///
/// // Nobody was there: the refresh token is as good as before.
/// let (_request, pending) = refresh()?;
/// let failed = pending.lost(Delivery::NotSent);
/// assert_eq!(failed.outcome().fate, Fate::Kept);
/// assert_eq!(failed.outcome().what_to_do, WhatToDo::Transient { after: None });
///
/// // The connection broke while the answer was waited for: the server may have rotated it.
/// let (_request, pending) = refresh()?;
/// let failed = pending.lost(Delivery::Unknown);
/// assert_eq!(failed.outcome().fate, Fate::MayBeUsed);
/// assert_eq!(failed.outcome().what_to_do, WhatToDo::Ambiguous);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct FailedExchange(Box<Failed>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Failed {
    failure: Failure,
    outcome: Outcome,
    retry_after: Option<Duration>,
    dpop_nonce: Option<ProvidedNonce>,
    spent: Spent,
}

impl FailedExchange {
    pub(crate) fn new(failure: Failure, outcome: Outcome, spent: Spent, dpop_nonce: Option<ProvidedNonce>) -> Self {
        Self(Box::new(Failed { failure, outcome, retry_after: None, dpop_nonce, spent }))
    }

    /// An answer that cannot be read.
    pub(crate) fn unreadable(
        exchange: &Exchange,
        source: ResponseError,
        response: &IncomingResponse,
        now: UtcDateTime,
    ) -> Self {
        Self::not_read(source, response, exchange.spent(), exchange.dpop_nonce(), now)
    }

    /// The same from an endpoint beside the token endpoint, where nothing is proven and no grant is used up.
    pub(crate) fn beside_tokens(source: ResponseError, response: &IncomingResponse, now: UtcDateTime) -> Self {
        Self::not_read(source, response, Spent::Nothing, None, now)
    }

    /// What follows an answer of an endpoint beside the token endpoint cannot be made.
    pub(crate) fn next_request(error: ClientError) -> Self {
        Self::new(Failure::NextRequest(error), Spent::untouched(WhatToDo::Unknown), Spent::Nothing, None)
    }

    fn not_read(
        source: ResponseError,
        response: &IncomingResponse,
        spent: Spent,
        dpop_nonce: Option<ProvidedNonce>,
        now: UtcDateTime,
    ) -> Self {
        let (status, retry_after) = (response.status(), response.retry_after(now));
        let mut outcome = spent.unreadable(status, retry_after);
        let mut failure = Failure::unreadable(response, source);
        if status == 401 && !matches!(failure, Failure::TooLarge { .. }) {
            let challenges = response.challenges();
            if !challenges.is_empty() {
                outcome = spent.refused(WhatToDo::Configuration);
                failure = Failure::Challenged { status, challenges };
            }
        }
        let mut failed = Self::new(failure, outcome, spent, dpop_nonce);
        failed.0.retry_after = retry_after;
        failed
    }

    /// What happened.
    pub const fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// What to do, and what became of the code, refresh token or assertion.
    pub const fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// What to do about it, in a sentence for the developer or operator.
    pub const fn what_to_do(&self) -> &'static str {
        match &self.0.failure {
            Failure::Refused(answer) => answer.what_to_do(),
            _ => self.0.outcome.sentence(self.0.spent),
        }
    }

    /// How long to wait, if the server says so.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The nonce for the client's next DPoP proof: that of the answer, else the one that was sent ([RFC 9449 §8.2]). See
    /// [`Client::with_dpop_nonce`](crate::Client::with_dpop_nonce).
    ///
    /// [RFC 9449 §8.2]: https://www.rfc-editor.org/rfc/rfc9449#section-8.2
    pub const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.0.dpop_nonce.as_ref()
    }

    /// The rule that did not hold; see [`Failure::rule`].
    pub fn rule(&self) -> Option<Rule> {
        self.0.failure.rule()
    }
}

impl From<ErrorAnswer> for FailedExchange {
    fn from(answer: ErrorAnswer) -> Self {
        Self(Box::new(Failed {
            outcome: answer.outcome,
            retry_after: answer.retry_after,
            dpop_nonce: answer.dpop_nonce().cloned(),
            spent: answer.spent(),
            failure: Failure::Refused(answer),
        }))
    }
}

impl fmt::Display for FailedExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.failure.fmt(f)
    }
}

impl fmt::Debug for FailedExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedExchange")
            .field("failure", &self.0.failure)
            .field("outcome", &self.0.outcome)
            .field("retry_after", &self.0.retry_after)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for FailedExchange {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.failure.source()
    }
}
