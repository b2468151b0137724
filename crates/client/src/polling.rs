use core::fmt;

use symbolon_token_request::{CibaRequest, DeviceCodeRequest};
use symbolon_types::{ErrorCode, Scope, Secret};
use time::{Duration, UtcDateTime};

use crate::{
    Client, ClientError, ErrorAnswer, FailedExchange, Sending, WhatToDo,
    authorization::Login,
    exchange::{Exchange, Grant, Identity},
};

/// A client that asks again and again whether the user has decided ([RFC 8628 §3.5], [OpenID CIBA §10.1]): when it may ask, and
/// what it asks. Pure state: the caller waits, sends, and says what came of it.
///
/// Where `openid` was asked for, the answer is a sign-in, and [`UnverifiedTokens::verify`](crate::UnverifiedTokens::verify) is
/// the only way to its tokens (security decision D31). There is no nonce to compare, for there was no browser.
///
/// ```
/// use symbolon_client::{ErrorAnswer, IncomingResponse, PollAdvice, Polling, Received, UnverifiedTokens};
/// use symbolon_client::OutgoingRequest;
/// use time::UtcDateTime;
///
/// /// Asks until there are tokens, or it is over.
/// fn wait_for(
///     mut polling: Polling,
///     send: impl Fn(OutgoingRequest) -> Option<IncomingResponse>,
///     sleep_until: impl Fn(UtcDateTime) -> UtcDateTime,
/// ) -> Result<UnverifiedTokens, Box<dyn std::error::Error>> {
///     loop {
///         let now = sleep_until(polling.next());
///         let (request, pending) = polling.poll(now)?.ready()?;
///         let advice = match send(request) {
///             None => polling.lost(now),
///             Some(response) => match pending.receive(&response, now) {
///                 Ok(Received::Tokens(tokens)) => return Ok(tokens),
///                 Ok(Received::Refused(answer)) => polling.refused(&answer, now),
///                 Ok(_) => return Err("this client has no key for DPoP".into()),
///                 Err(failed) => polling.failed(&failed, now),
///             },
///         };
///         if advice == PollAdvice::Over {
///             return Err("nobody said yes".into());
///         }
///     }
/// }
/// ```
///
/// [OpenID CIBA §10.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request
/// [RFC 8628 §3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
#[must_use]
pub struct Polling {
    client: Client,
    code: PollCode,
    scope: Option<Scope>,
    login: Option<Login>,
    interval: Duration,
    next: UtcDateTime,
    expires: UtcDateTime,
    /// Whether the pause is longer than the interval, because the server said so.
    asked_to_wait: bool,
}

/// What a poll is with.
#[derive(Clone)]
pub(crate) enum PollCode {
    Device(Secret),
    Backchannel(Secret),
}

/// When to ask again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum PollAdvice {
    /// Not before then.
    Again(UtcDateTime),
    /// Never: the user said no, the time is over, or the server refuses the client.
    Over,
}

/// Why there is no poll.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// The client would not wait as long as it was told to.
    #[error("the next poll is too early")]
    TooEarly {
        /// When it may be sent.
        until: UtcDateTime,
    },
    /// The time that the server gave is over.
    #[error("the time to decide is over")]
    Over,
    /// The request cannot be made.
    #[error("the poll cannot be made")]
    Request(#[from] ClientError),
}

impl PollError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> symbolon_types::Rule {
        match self {
            Self::TooEarly { .. } | Self::Over => symbolon_types::Rule::Embedder,
            Self::Request(error) => error.rule(),
        }
    }
}

/// The answer to what began it.
pub(crate) struct Begun {
    pub(crate) code: PollCode,
    pub(crate) scope: Option<Scope>,
    pub(crate) login: Option<Login>,
    pub(crate) interval: Duration,
    pub(crate) lifetime: Duration,
}

impl Polling {
    pub(crate) fn new(client: Client, begun: Begun, now: UtcDateTime) -> Self {
        let Begun { code, scope, login, interval, lifetime } = begun;
        // A server that says 0 is not asked without pause.
        let interval = interval.max(Duration::SECOND);
        let (next, expires) = (now.saturating_add(interval), now.saturating_add(lifetime.min(LONGEST)));
        Self { client, code, scope, login, interval, next, expires, asked_to_wait: false }
    }

    /// The moment before which no poll is sent.
    pub const fn next(&self) -> UtcDateTime {
        self.next
    }

    /// How long the server wants between two polls.
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// When it is over.
    pub const fn expires_at(&self) -> UtcDateTime {
        self.expires
    }

    /// The token request, once. The next one is an interval later, whatever becomes of this one.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`PollError::TooEarly`]: before [`Self::next`].
    /// - [`PollError::Over`]: at [`Self::expires_at`] or after it.
    /// - [`PollError::Request`]: as [`Client::refresh`].
    pub fn poll(&mut self, now: UtcDateTime) -> Result<Sending, PollError> {
        if now >= self.expires {
            return Err(PollError::Over);
        }
        if now < self.next {
            return Err(PollError::TooEarly { until: self.next });
        }
        let grant = match self.code.clone() {
            PollCode::Device(code) => Grant::DeviceCode(DeviceCodeRequest::new(code)),
            PollCode::Backchannel(id) => Grant::Ciba(CibaRequest::new(id)),
        };
        let identity = match &self.login {
            Some(login) => Identity::Login { login: login.clone(), code: None },
            None => Identity::None,
        };
        let sending = Exchange::new(self.client.clone(), grant, self.scope.clone(), identity).send(now)?;
        self.next = now.saturating_add(self.interval);
        self.asked_to_wait = false;
        Ok(sending)
    }

    /// Takes a refusal of a poll. `slow_down` makes every interval from now on five seconds longer ([RFC 8628 §3.5]).
    ///
    /// [RFC 8628 §3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
    pub fn refused(&mut self, answer: &ErrorAnswer, now: UtcDateTime) -> PollAdvice {
        // The nonce of this answer is for the next proof.
        self.client = self.client.with_dpop_nonce(answer.dpop_nonce().or(self.client.dpop_nonce()));
        let after = answer.retry_after.unwrap_or(Duration::ZERO);
        match (&answer.code, answer.outcome.what_to_do) {
            (ErrorCode::AuthorizationPending, _) | (_, WhatToDo::NeedsNonce) => {
                self.again(now, self.interval.max(after))
            }
            (ErrorCode::SlowDown, _) => {
                self.interval = self.interval.saturating_add(SLOWER);
                self.again(now, self.interval.max(after))
            }
            (_, WhatToDo::Transient { .. }) => self.slower(now, after),
            _ => PollAdvice::Over,
        }
    }

    /// Takes a poll that gave nothing that could be read: where it may pass, the next one comes after twice the time, and so on.
    ///
    /// An answer of which nobody can tell what it was, such as a page with status 200, ends the polling: the tokens may have
    /// been in it.
    pub fn failed(&mut self, failed: &FailedExchange, now: UtcDateTime) -> PollAdvice {
        self.client = self.client.with_dpop_nonce(failed.dpop_nonce().or(self.client.dpop_nonce()));
        match failed.outcome().what_to_do {
            WhatToDo::Transient { after } => self.slower(now, after.unwrap_or(Duration::ZERO)),
            _ => PollAdvice::Over,
        }
    }

    /// Takes a poll to which no answer came: the next one comes after twice the time, and so on ([RFC 8628 §3.5]).
    ///
    /// [RFC 8628 §3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
    pub fn lost(&mut self, now: UtcDateTime) -> PollAdvice {
        self.slower(now, Duration::ZERO)
    }

    fn slower(&mut self, now: UtcDateTime, at_least: Duration) -> PollAdvice {
        // What the server asked for is never cut, our own doubling is.
        self.interval = self.interval.max(self.interval.saturating_mul(2).min(MOST_DOUBLED));
        self.again(now, self.interval.max(at_least))
    }

    fn again(&mut self, now: UtcDateTime, pause: Duration) -> PollAdvice {
        self.next = now.saturating_add(pause);
        self.asked_to_wait = pause > self.interval;
        if self.next < self.expires { PollAdvice::Again(self.next) } else { PollAdvice::Over }
    }

    /// The user has decided: the next poll need not wait, unless the server wants a longer pause than usual.
    pub(crate) fn now(&mut self, now: UtcDateTime) {
        if !self.asked_to_wait {
            self.next = now;
        }
    }

    pub(crate) fn is_of(&self, id: &Secret) -> bool {
        matches!(&self.code, PollCode::Backchannel(own) if own == id)
    }
}

impl fmt::Debug for Polling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self.code, PollCode::Device(_)) { "device" } else { "backchannel" };
        f.debug_struct("Polling")
            .field("kind", &kind)
            .field("interval", &self.interval)
            .field("next", &self.next)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// RFC 8628 §3.5.
const SLOWER: Duration = Duration::seconds(5);
/// Longest interval that we come to by doubling: what is asked for lives for some minutes.
const MOST_DOUBLED: Duration = Duration::minutes(5);
/// Longest time that is polled for, whatever the server says: users decide within minutes.
const LONGEST: Duration = Duration::hours(1);
