use symbolon_types::Secret;
use time::{Duration, UtcDateTime};

use crate::{Fate, Outcome, RefreshPlan, Tokens, VerifiedTokens, WhatToDo};

/// One access token that is kept for many requests: whether to use it, when to renew it, and who does. Pure state, behind a lock
/// of the caller's; nothing is sent and nobody waits here.
///
/// Of those that ask at once one is told to renew, and nobody else for [`FLIGHT`](Self::FLIGHT) unless it says what came of it:
/// a refresh token that is sent twice ends the session at a server that rotates it ([RFC 9700 §4.14.2]).
///
/// ```
/// use symbolon_client::{TokenAdvice, TokenState, Tokens};
/// use time::UtcDateTime;
///
/// /// `renew` sends the request and judges the answer.
/// fn token(
///     state: &mut TokenState,
///     renew: impl Fn() -> Result<Tokens, symbolon_client::Outcome>,
///     now: UtcDateTime,
/// ) -> Result<Option<Tokens>, &'static str> {
///     match state.advise(now) {
///         TokenAdvice::Use => {}
///         TokenAdvice::Renew | TokenAdvice::UseAndRenew => match renew() {
///             Ok(tokens) => state.took(tokens),
///             Err(outcome) => {
///                 // Let the lock go while you renew, and keep this.
///                 let flight = state.flight().ok_or("nobody was chosen")?;
///                 state.failed(flight, outcome, now);
///             }
///         },
///         TokenAdvice::Wait { .. } => return Ok(None), // somebody else is at it
///         TokenAdvice::Over => return Err("sign in again"),
///         _ => return Err("an advice of a later version"),
///     }
///     Ok(state.tokens().cloned())
/// }
/// ```
///
/// [RFC 9700 §4.14.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
#[derive(Clone, Debug)]
pub struct TokenState {
    renewed_by: RenewedBy,
    early: Duration,
    held: Option<Held>,
    /// Whether somebody is at it.
    flight: Option<Flight>,
    flights: u64,
    /// Before then nobody asks again.
    not_before: Option<UtcDateTime>,
    failures: u32,
    /// The last answer was lost: the refresh token is not sent again while there is a token to use.
    only_when_over: bool,
    over: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RenewedBy {
    /// A request that can be made again and again: the client's own credentials, a fresh assertion.
    Asking,
    /// The refresh token beside it.
    Refreshing,
}

#[derive(Clone, Debug)]
struct Held {
    tokens: Tokens,
    plan: Option<RefreshPlan>,
    /// A resource did not take it.
    rejected: bool,
}

/// One renewal: who was chosen says with it what came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flight {
    number: u64,
    until: UtcDateTime,
}

/// What to do for a request that needs an access token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum TokenAdvice {
    /// Use the token.
    Use,
    /// Use the token, and renew it beside that: it is over soon, and this caller was chosen.
    UseAndRenew,
    /// There is no token to use: ask for one. This caller was chosen.
    Renew,
    /// There is no token to use, and somebody else is asking for one, or asked in vain a moment ago.
    Wait {
        /// When to come again at the latest.
        until: UtcDateTime,
    },
    /// There is no token to use, and there will be none: the refresh token is over, or there is none.
    Over,
}

impl TokenState {
    /// How long before it is over a token is renewed: a third of its lifetime at most.
    pub const EARLY: Duration = Duration::seconds(30);
    /// How long before it is over a token is used no more, for clocks differ and requests take their time: a tenth of its
    /// lifetime at most.
    pub const SKEW: Duration = Duration::seconds(10);
    /// How long the one who was chosen may take, longer than any request that is sent may; then another one is. What was not
    /// answered until then counts as lost.
    pub const FLIGHT: Duration = Duration::seconds(60);
    /// Longest pause after requests in vain. The first is a second, and each is twice the one before.
    pub const LONGEST_PAUSE: Duration = Duration::minutes(5);

    /// No token yet, and each is asked for as the first one: with client credentials, or with an assertion that is made anew.
    pub const fn new() -> Self {
        Self {
            renewed_by: RenewedBy::Asking,
            early: Self::EARLY,
            held: None,
            flight: None,
            flights: 0,
            not_before: None,
            failures: 0,
            only_when_over: false,
            over: false,
        }
    }

    /// The tokens of a user, renewed by their refresh token.
    pub fn of_user(tokens: impl Into<HeldTokens>) -> Self {
        let mut state = Self { renewed_by: RenewedBy::Refreshing, ..Self::new() };
        state.took(tokens);
        state
    }

    /// The same, renewed this long before they are over: a third of their lifetime at most. Nodes that share a token but not this
    /// state spread their requests by different values.
    #[must_use]
    pub const fn with_early(mut self, early: Duration) -> Self {
        self.early = early;
        self
    }

    /// The tokens, whether they may still be used or not.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.held.as_ref().map(|held| &held.tokens)
    }

    /// The plan of the refresh that renews them, with the identity that is to be kept. `None` without refresh token.
    pub fn refresh_plan(&self) -> Option<RefreshPlan> {
        self.held.as_ref()?.plan.clone()
    }

    /// The renewal that is waited for. Who was told to renew takes it before it lets the lock go, for [`Self::failed`].
    pub const fn flight(&self) -> Option<Flight> {
        self.flight
    }

    /// What to do for a request now. Who is told [`TokenAdvice::Renew`] or [`TokenAdvice::UseAndRenew`] tells what came of it, by
    /// [`Self::took`] or [`Self::failed`].
    pub fn advise(&mut self, now: UtcDateTime) -> TokenAdvice {
        let (is_usable, is_fresh) = match &self.held {
            Some(held) => (held.is_usable(now), held.is_fresh(self.early, now)),
            None => (false, false),
        };
        if is_fresh || (is_usable && self.only_when_over) {
            return TokenAdvice::Use;
        }
        if self.flight.is_some_and(|flight| flight.until <= now) {
            // Whoever was chosen did not come back: its request may have been sent, and its answer lost.
            self.flight = None;
            self.only_when_over = self.renewed_by == RenewedBy::Refreshing;
            if is_usable && self.only_when_over {
                return TokenAdvice::Use;
            }
        }
        let may_renew = !self.over && self.can_renew(now);
        // A moment that is further away than it can be was set by a clock that has been put back since.
        let later = |moment: Option<UtcDateTime>, most: Duration| {
            moment.filter(|moment| now < *moment && *moment <= now.saturating_add(most))
        };
        let wait =
            later(self.flight.map(|flight| flight.until), Self::FLIGHT).max(later(self.not_before, LONGEST_WAIT));
        match (may_renew, wait) {
            (false, _) | (true, Some(_)) if is_usable => TokenAdvice::Use,
            (false, _) => TokenAdvice::Over,
            (true, Some(until)) => TokenAdvice::Wait { until },
            (true, None) => {
                self.flights = self.flights.wrapping_add(1);
                self.flight = Some(Flight { number: self.flights, until: now.saturating_add(Self::FLIGHT) });
                if is_usable { TokenAdvice::UseAndRenew } else { TokenAdvice::Renew }
            }
        }
    }

    /// Takes new tokens. What they have kept of the old ones is in them already (R81): a refresh without a new refresh token
    /// keeps the old one.
    pub fn took(&mut self, tokens: impl Into<HeldTokens>) {
        let HeldTokens { tokens, plan } = tokens.into();
        self.held = Some(Held { tokens, plan, rejected: false });
        (self.flight, self.failures) = (None, 0);
        // A token that is over when it comes is not asked for without pause.
        self.not_before = self.held.as_ref().map(|held| held.tokens.received_at().saturating_add(SINCE_LAST));
        (self.only_when_over, self.over) = (false, false);
    }

    /// Takes that there are no new tokens. The old ones are used for as long as they are good.
    ///
    /// After an answer that was lost, or tokens that could not be taken, the same refresh token is tried again, but not before the access token is over: a server
    /// that took it ends the session then, and there was nothing else to try.
    ///
    /// The outcome of a renewal that is not waited for any more, because it took too long or there are new tokens, changes nothing.
    pub fn failed(&mut self, flight: Flight, outcome: Outcome, now: UtcDateTime) {
        if self.flight != Some(flight) {
            return;
        }
        self.flight = None;
        self.only_when_over |= self.renewed_by == RenewedBy::Refreshing && outcome.fate == Fate::MayBeUsed;
        let pause = self.pause();
        self.failures = self.failures.saturating_add(1);
        let is_refreshing = self.renewed_by == RenewedBy::Refreshing;
        let wait = match outcome.what_to_do {
            WhatToDo::NeedsNonce if self.failures == 1 => Duration::ZERO,
            WhatToDo::Transient { after } => pause.max(after.unwrap_or(Duration::ZERO)).min(LONGEST_WAIT),
            WhatToDo::Permanent if is_refreshing => {
                self.over = true;
                Duration::ZERO
            }
            WhatToDo::NeedsNonce | WhatToDo::Ambiguous => pause,
            WhatToDo::Permanent | WhatToDo::Configuration | WhatToDo::Unknown => pause.max(HELPLESS),
        };
        self.not_before = Some(now.saturating_add(wait));
    }

    /// Takes that a resource refused this access token (401, `invalid_token`): it is not used again, if it is still the one that
    /// is held. A token that was had just now is renewed after ten seconds only: the fault is another one then.
    ///
    /// Send the request once more with the next token, and no third time.
    pub fn rejected(&mut self, access_token: &Secret, now: UtcDateTime) {
        let Some(held) = self.held.as_mut().filter(|held| held.tokens.access_token() == access_token) else { return };
        held.rejected = true;
        let earliest = held.tokens.received_at().saturating_add(SINCE_LAST);
        if now < earliest {
            self.not_before = self.not_before.max(Some(earliest));
        }
    }

    fn can_renew(&self, now: UtcDateTime) -> bool {
        match (self.renewed_by, &self.held) {
            (RenewedBy::Asking, _) => true,
            (RenewedBy::Refreshing, Some(held)) => {
                held.tokens.refresh_token().is_some() && held.tokens.refresh_expires_at().is_none_or(|end| now < end)
            }
            (RenewedBy::Refreshing, None) => false,
        }
    }

    fn pause(&self) -> Duration {
        let seconds = 1_i64.checked_shl(self.failures.min(30)).unwrap_or(i64::MAX);
        Duration::seconds(seconds).min(Self::LONGEST_PAUSE)
    }
}

impl Default for TokenState {
    fn default() -> Self {
        Self::new()
    }
}

impl Held {
    /// Without a lifetime it is used until a resource refuses it.
    #[expect(clippy::arithmetic_side_effects, reason = "any two moments are a duration apart")]
    fn before_its_end(&self, most: Duration, part: i32) -> Option<UtcDateTime> {
        let end = self.tokens.expires_at()?;
        let lifetime = end - self.tokens.received_at();
        Some(end.saturating_sub(most.min(lifetime / part)))
    }

    fn usable_until(&self) -> Option<UtcDateTime> {
        self.before_its_end(TokenState::SKEW, 10)
    }

    fn is_usable(&self, now: UtcDateTime) -> bool {
        !self.rejected && self.usable_until().is_none_or(|end| now < end)
    }

    fn is_fresh(&self, early: Duration, now: UtcDateTime) -> bool {
        self.is_usable(now) && self.before_its_end(early, 3).is_none_or(|end| now < end)
    }
}

/// Tokens to be held, with the plan of their refresh: it keeps the identity that they are of, if somebody signed in.
#[derive(Clone, Debug)]
pub struct HeldTokens {
    tokens: Tokens,
    plan: Option<RefreshPlan>,
}

impl From<Tokens> for HeldTokens {
    fn from(tokens: Tokens) -> Self {
        Self { plan: tokens.refresh_plan(), tokens }
    }
}

impl From<VerifiedTokens> for HeldTokens {
    fn from(verified: VerifiedTokens) -> Self {
        Self { plan: verified.refresh_plan(), tokens: verified.tokens().clone() }
    }
}

/// Longest wait that a server may ask for (`Retry-After`). One that wants more is asked in between.
const LONGEST_WAIT: Duration = Duration::hours(1);
/// Pause where only somebody's hand helps: it costs the server little, and an outage that looks so ends by itself.
const HELPLESS: Duration = Duration::minutes(1);
/// A token that a resource refuses is not renewed sooner than this after the last one came.
const SINCE_LAST: Duration = Duration::seconds(10);
