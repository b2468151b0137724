use symbolon_types::GrantType;
use time::Duration;

/// What a token request without tokens comes to: what to do, and what became of what it spent.
///
/// ```
/// use symbolon_client::{Fate, Outcome, WhatToDo};
/// /// An outage is no reason to forget a refresh token.
/// fn forgets_the_refresh_token(outcome: Outcome) -> bool {
///     outcome.fate == Fate::Over
/// }
/// let (busy, refused) = (WhatToDo::Transient { after: None }, WhatToDo::Permanent);
/// assert!(!forgets_the_refresh_token(Outcome { what_to_do: busy, fate: Fate::Kept }));
/// assert!(forgets_the_refresh_token(Outcome { what_to_do: refused, fate: Fate::Over }));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Outcome {
    /// What to do.
    pub what_to_do: WhatToDo,
    /// What became of the code, refresh token or assertion.
    pub fate: Fate,
}

/// What to do after a token request that gave no tokens.
///
/// ```
/// use symbolon_client::WhatToDo;
/// use time::{Duration, UtcDateTime};
/// /// When a program may ask again without anybody's help.
/// fn again_at(what_to_do: WhatToDo, now: UtcDateTime) -> Option<UtcDateTime> {
///     match what_to_do {
///         WhatToDo::Transient { after } => Some(now + after.unwrap_or(Duration::seconds(5))),
///         WhatToDo::NeedsNonce => Some(now),
///         _ => None,
///     }
/// }
/// # let now = UtcDateTime::UNIX_EPOCH;
/// assert_eq!(again_at(WhatToDo::Transient { after: Some(Duration::MINUTE) }, now), Some(now + Duration::MINUTE));
/// assert_eq!(again_at(WhatToDo::Ambiguous, now), None);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WhatToDo {
    /// Begin anew: the same code, refresh token or assertion will never be accepted again.
    Permanent,
    /// Ask again later: the server could not just now, or nobody was reached, or the user has not decided yet.
    Transient {
        /// How long to wait at least, if the server says so.
        after: Option<Duration>,
    },
    /// Tell the operator: client and server do not agree on what the client is or may do, and until somebody changes that,
    /// nothing will do.
    Configuration,
    /// Ask again, with the nonce that the server gave: it asks for another one in the DPoP proof
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)), and the one
    /// [`SendAgain`](crate::Received::SendAgain) is spent.
    NeedsNonce,
    /// Do not send the same again unless the server lets clients do that: its answer is lost, and it may have acted. A code
    /// or a superseded refresh token that comes twice may end the session
    /// ([RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2)).
    Ambiguous,
    /// Nobody can tell. Not a reason to forget a refresh token.
    Unknown,
}

/// What became of what a request spent: its code, refresh token, assertion or device code.
///
/// ```
/// use symbolon_client::Fate;
/// // What a program does with its refresh token.
/// fn keeps(fate: Fate) -> bool {
///     !matches!(fate, Fate::Over)
/// }
/// assert!(keeps(Fate::Kept) && keeps(Fate::MayBeUsed));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// Nothing says that it was used up, or the request had nothing that can be: it is as good as before.
    Kept,
    /// It is used up, or was not good: forget it.
    Over,
    /// It may be used up: the server may have taken it, and the answer is lost or cannot be used.
    MayBeUsed,
}

/// Whether a request without answer reached the server.
///
/// ```
/// use symbolon_client::{Delivery, FailedExchange, Fate, PendingTokens, WhatToDo};
/// fn hung_up(pending: PendingTokens) -> FailedExchange {
///     pending.lost(Delivery::Unknown)
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// Nothing of the request was sent: no name, no connection, no TLS.
    NotSent,
    /// Nobody knows: it was sent, or a part of it, and no whole answer came.
    Unknown,
}

/// What a request spends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spent {
    Code,
    RefreshToken,
    /// A device code or `auth_req_id`: asked with again and again, until it gives tokens.
    Deferred,
    /// A JWT with a `jti`, or whatever an extension has.
    Assertion,
    /// Client credentials, and tokens that are exchanged: good for many requests.
    Nothing,
}

impl Spent {
    pub(crate) const fn of(grant_type: &GrantType) -> Self {
        match grant_type {
            GrantType::AuthorizationCode => Self::Code,
            GrantType::RefreshToken => Self::RefreshToken,
            GrantType::DeviceCode | GrantType::Ciba => Self::Deferred,
            GrantType::ClientCredentials | GrantType::TokenExchange => Self::Nothing,
            _ => Self::Assertion,
        }
    }

    /// The server did not look at it.
    pub(crate) const fn untouched(what_to_do: WhatToDo) -> Outcome {
        Outcome { what_to_do, fate: Fate::Kept }
    }

    /// The server refused, for another reason than what was spent. It keeps the id of an assertion all the same (security
    /// decision D1).
    pub(crate) const fn refused(self, what_to_do: WhatToDo) -> Outcome {
        let fate = if matches!(self, Self::Assertion) { Fate::MayBeUsed } else { Fate::Kept };
        Outcome { what_to_do, fate }
    }

    /// The server refused because of it.
    pub(crate) const fn over(self) -> Outcome {
        let fate = if matches!(self, Self::Nothing) { Fate::Kept } else { Fate::Over };
        Outcome { what_to_do: WhatToDo::Permanent, fate }
    }

    /// The server may have acted, and what it gave is not to be had.
    pub(crate) const fn lost(self, after: Option<Duration>) -> Outcome {
        let (what_to_do, fate) = match self {
            Self::Code | Self::RefreshToken => (WhatToDo::Ambiguous, Fate::MayBeUsed),
            // RFC 8628 §3.5: a device that hears nothing asks again. An assertion is made afresh.
            Self::Deferred | Self::Assertion => (WhatToDo::Transient { after }, Fate::MayBeUsed),
            Self::Nothing => (WhatToDo::Transient { after }, Fate::Kept),
        };
        Outcome { what_to_do, fate }
    }

    /// No answer came.
    pub(crate) const fn unanswered(self, delivery: Delivery) -> Outcome {
        match delivery {
            Delivery::NotSent => Self::untouched(WhatToDo::Transient { after: None }),
            Delivery::Unknown => self.lost(None),
        }
    }

    /// A server that is out of order, whatever it wrote; `None` for other statuses. 429 and 503 say that nothing was done, and
    /// no other status does (security decision D8).
    pub(crate) const fn outage(self, status: u16, after: Option<Duration>) -> Option<Outcome> {
        match status {
            429 | 503 => Some(Self::untouched(WhatToDo::Transient { after })),
            500..=599 => Some(self.lost(after)),
            _ => None,
        }
    }

    /// An answer that cannot be read. A refusal that nobody can read is never a reason to forget anything.
    pub(crate) const fn unreadable(self, status: u16, after: Option<Duration>) -> Outcome {
        if let Some(outcome) = self.outage(status, after) {
            return outcome;
        }
        match status {
            // Credentials do not follow a redirect, and no server gives tokens with one.
            300..=399 => Self::untouched(WhatToDo::Configuration),
            400..=499 => self.refused(WhatToDo::Unknown),
            _ => Outcome { what_to_do: WhatToDo::Unknown, fate: self.lost(None).fate },
        }
    }

    /// Tokens came, and are not taken.
    pub(crate) const fn discarded(self, what_to_do: WhatToDo, has_refresh_token: bool) -> Outcome {
        let fate = match self {
            Self::Code | Self::Deferred | Self::Assertion => Fate::Over,
            // R81: a new one replaces the old one, and it is gone with the rest; none keeps it.
            Self::RefreshToken if has_refresh_token => Fate::MayBeUsed,
            Self::RefreshToken | Self::Nothing => Fate::Kept,
        };
        Outcome { what_to_do, fate }
    }
}

impl Outcome {
    /// What to do about it, in a sentence for the developer or operator.
    pub(crate) const fn sentence(self, spent: Spent) -> &'static str {
        match (self.what_to_do, spent) {
            (WhatToDo::Permanent, Spent::Code) => {
                "the code is used up, expired or not this client's: start a new authorization request"
            }
            (WhatToDo::Permanent, Spent::RefreshToken) => {
                "the refresh token is over: forget it and let the user sign in again"
            }
            (WhatToDo::Permanent, Spent::Deferred) => "the user said no, or the time to decide is over: ask anew",
            (WhatToDo::Permanent, Spent::Assertion | Spent::Nothing) => {
                "the grant was refused: do not send it again; ask for a new one, or make a fresh assertion"
            }
            (WhatToDo::Transient { .. }, Spent::Code) => {
                "the server could not answer: wait, then start a new authorization request"
            }
            (WhatToDo::Transient { .. }, Spent::RefreshToken) => {
                "the server could not answer: keep the refresh token and try again later"
            }
            (WhatToDo::Transient { .. }, Spent::Deferred | Spent::Nothing) => {
                "the server could not answer: try again later"
            }
            (WhatToDo::Transient { .. }, Spent::Assertion) => match self.fate {
                Fate::Kept => "the server could not answer: try again later",
                _ => "the server may have taken the assertion: try again later, with a fresh one",
            },
            (WhatToDo::Configuration, _) => {
                "client and server do not fit: compare the client's configuration with the server's documentation"
            }
            (WhatToDo::NeedsNonce, Spent::Code) => {
                "the server asks for a further nonce in the DPoP proof: start a new authorization request, and exchange its \
                 code with the nonce that the server gave"
            }
            (WhatToDo::NeedsNonce, _) => {
                "the server asks for a further nonce in the DPoP proof: ask again with the one that it gave"
            }
            (WhatToDo::Ambiguous, Spent::RefreshToken) => {
                "the answer is lost, and the refresh token may be superseded: send it again only where the server lets \
                 clients retry, else let the user sign in again"
            }
            (WhatToDo::Ambiguous, _) => {
                "the answer is lost, and the code may be used up: start a new authorization request"
            }
            (WhatToDo::Unknown, Spent::Code) => "nobody can tell why: start a new authorization request",
            (WhatToDo::Unknown, Spent::RefreshToken) => match self.fate {
                Fate::Kept => "nobody can tell why: keep the refresh token and look at what the server answered",
                _ => "nobody can tell why, and the refresh token may be superseded: look at what the server answered",
            },
            (WhatToDo::Unknown, _) => "nobody can tell why: look at what the server answered",
        }
    }
}
