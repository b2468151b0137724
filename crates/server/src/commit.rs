use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use symbolon_types::{ClientId, Digest, Once, Rule};
use time::UtcDateTime;

use crate::{FamilyId, Poll, RefreshBinding, Rotation, StoredAccessToken, StoredCode, StoredDeferred, StoredFamily};

/// Everything that one request changes. There is exactly one per request, for refusals too; most are empty.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// use symbolon_server::{Answer, Change, Commit};
///
/// // The skeleton of a store: all of it stands in one transaction.
/// fn apply(commit: &Commit, holds: impl Fn(&Change) -> bool) -> Answer {
///     if let Some(guard) = commit.guards().iter().find(|guard| !holds(guard.change())) {
///         // Here it writes `guard.otherwise()`, and nothing else.
///         return guard.conflict();
///     }
///     // Here it makes the change of every guard, and writes `commit.writes()`.
///     commit.applied()
/// }
///
/// let pending = endpoint.authorize(new, now)?;
/// assert_eq!(apply(pending.commit(), |_| true), pending.commit().applied());
/// assert_ne!(apply(pending.commit(), |_| false), pending.commit().applied());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The contract of a store, in ONE transaction:
///
/// 1. judge each [`Guard`] in order; if all hold, make every guard's change and every [`Write`], and answer
///    [`Commit::applied`];
/// 2. else change nothing but that first guard's [`Guard::otherwise`], and answer [`Guard::conflict`].
///
/// A commit may be applied again (a serialization failure, a lost answer): rows name the [`CommitId`], and what this
/// commit itself did is not a conflict, so that applying twice is one application. The transaction is durable when the
/// answer is given. Run the conformance suite of `symbolon-store` against your store.
///
/// Out of its hands: that the database told the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    id: CommitId,
    guards: Vec<Guard>,
    writes: Vec<Write>,
}

impl Commit {
    pub(crate) const fn new(id: CommitId) -> Self {
        Self { id, guards: Vec::new(), writes: Vec::new() }
    }

    pub(crate) fn guard(&mut self, rule: Rule, change: Change, otherwise: Vec<Write>) {
        if self.guards.is_empty() {
            // Most requests have the guard of an assertion and that of the client. The room of a growing list is double that.
            self.guards = Vec::with_capacity(2);
        }
        let index = self.guards.len();
        self.guards.push(Guard { commit: self.id, index, rule, change, otherwise });
    }

    pub(crate) fn write(&mut self, write: Write) {
        if self.writes.is_empty() {
            // Most requests write one row, and a row is large.
            self.writes = Vec::with_capacity(1);
        }
        self.writes.push(write);
    }

    /// Every id that this commit remembers, as writes for the alternative of a later guard (D2).
    pub(crate) fn remembered(&self) -> Vec<Write> {
        self.guards
            .iter()
            .filter_map(|guard| match &guard.change {
                Change::Remember(once) => Some(Write::Remember(*once)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn failed_guard(&self, answer: &Answer) -> Option<Rule> {
        answer.failed.and_then(|index| self.guards.get(index)).map(|guard| guard.rule)
    }

    /// Its name: 16 random octets.
    pub const fn id(&self) -> CommitId {
        self.id
    }

    /// The conditional changes, in the order in which they are judged.
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The unconditional changes, made if every guard holds.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Whether it changes nothing. A store may answer [`Commit::applied`] without a round trip.
    pub const fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.writes.is_empty()
    }

    /// The answer "every guard held and everything is written, durably".
    pub const fn applied(&self) -> Answer {
        Answer { commit: self.id, failed: None }
    }
}

/// The name of a commit: 16 random octets. Rows name the commit that made them.
///
/// ```
/// use symbolon_server::CommitId;
///
/// let id = CommitId::from_bytes([7; 16]);
/// assert_eq!(id.as_bytes(), &[7; 16]);
/// assert_eq!(format!("{id:?}"), "CommitId(07070707..)");
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct CommitId([u8; 16]);

impl CommitId {
    /// Wraps 16 octets that came from a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The octets.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitId(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}

/// A condition with its change, and what is written instead if it does not hold.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// let pending = endpoint.authorize(new, now)?;
/// // A code is made only while its client is registered as it was read:
/// let [guard] = pending.commit().guards() else { unreachable!() };
/// assert_eq!(guard.rule(), Rule::GrantActive);
/// assert!(guard.otherwise().is_empty());
/// let answer = guard.conflict(); // the store found another version
/// assert!(pending.settle(&answer).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    commit: CommitId,
    index: usize,
    rule: Rule,
    change: Change,
    otherwise: Vec<Write>,
}

impl Guard {
    /// The condition and the change.
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// The rule that decides the answer if the condition does not hold.
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// What is written, in the same transaction and alone, if the condition does not hold.
    pub fn otherwise(&self) -> &[Write] {
        &self.otherwise
    }

    /// The answer "this guard did not hold, and its alternative is written, durably".
    pub const fn conflict(&self) -> Answer {
        Answer { commit: self.commit, failed: Some(self.index) }
    }
}

/// A conditional change. Deliberately exhaustive: a store that does not know a new one must not compile.
///
/// ```
/// use symbolon_server::{Change, types::{Digest, Once}};
/// use time::{Duration, UtcDateTime};
///
/// /// Which tables a change reads and locks, until the transaction ends.
/// fn tables(change: &Change) -> &'static [&'static str] {
///     match change {
///         Change::Remember(_) => &["once"],
///         Change::ClientActive { .. } => &["clients"],
///         Change::FamilyActive { .. } | Change::Rotate { .. } | Change::Extend { .. } => &["families"],
///         Change::Redeem { .. } => &["codes", "families"],
///         Change::Defer(_) | Change::Decide { .. } => &["deferred"],
///     }
/// }
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let once = Once { key: Digest::from_bytes([1; 32]), issued: now, until: now.saturating_add(Duration::minutes(5)) };
/// assert_eq!(tables(&Change::Remember(once)), ["once"]);
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a store must not compile until it knows a new change")]
pub enum Change {
    /// Remember an id, until [`Once::keep_until`] at least. Holds if it was not remembered, or by this commit.
    Remember(Once),
    /// Changes nothing. Holds while the client is registered at this version.
    ClientActive {
        /// The client.
        client_id: ClientId,
        /// The version that was read.
        version: u64,
    },
    /// Changes nothing by itself. Holds while the family exists and is not revoked. In a database it must lock the
    /// family's row until the transaction ends, so that revocation and rotation cannot both win (D3).
    FamilyActive {
        /// The family.
        family: FamilyId,
    },
    /// Insert a deferred authorization that nobody has decided. Holds if there is none of its id, and none of its user code whose
    /// time is not over, or if it was inserted by this commit. In a database each of the two codes is unique, so that of two at
    /// once one is stored.
    Defer(Box<StoredDeferred>),
    /// Record what was decided. Holds if the deferred authorization exists and nothing was decided, or this by this commit. In a
    /// database it must lock the row until the transaction ends, for a yes too, whose code is another row, so that yes and no
    /// cannot both win.
    Decide {
        /// Its id.
        id: Digest,
        /// Whether the client gets something, which the same commit writes as [`Write::Code`] under the same id.
        is_approved: bool,
    },
    /// Redeem a code. Holds if the code exists and was not redeemed, or by this commit, and its family is not revoked.
    /// Sets the code redeemed by this commit, and of its family the rotation, the binding, and `keep_until` (to the later of
    /// both).
    Redeem {
        /// Digest of the code.
        code: Digest,
        /// The code's family.
        family: FamilyId,
        /// Where the family's refresh tokens stand from now on.
        rotation: Rotation,
        /// What the family's refresh tokens are bound to from now on.
        binding: RefreshBinding,
        /// Until when the family must be kept at least.
        keep_until: UtcDateTime,
    },
    /// Rotate a refresh token, or give the current one again. Holds if the family is not revoked and its rotation is `from` in
    /// every part, or was set from it by this commit. Sets the rotation, the binding, and `keep_until` (to the later of both).
    Rotate {
        /// The family.
        family: FamilyId,
        /// Where its refresh tokens stood when it was read.
        from: Rotation,
        /// Where they stand from now on.
        to: Rotation,
        /// What the family's refresh tokens are bound to from now on.
        binding: RefreshBinding,
        /// Until when the family must be kept at least.
        keep_until: UtcDateTime,
    },
    /// Extend a family whose refresh token stays. Holds if the family is not revoked and its generation is this one. Sets its
    /// rotation's `expires` and `keep_until`, each to the later of both, so that it may be applied twice.
    Extend {
        /// The family.
        family: FamilyId,
        /// The generation that was presented.
        generation: u64,
        /// When its refresh token expires at least.
        expires: UtcDateTime,
        /// Until when the family must be kept at least.
        keep_until: UtcDateTime,
    },
}

/// An unconditional, idempotent change. Deliberately exhaustive, as [`Change`] is.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// use symbolon_server::Write;
///
/// let pending = endpoint.authorize(new, now)?;
/// let [Write::Code(code)] = pending.commit().writes() else { unreachable!() };
/// assert!(!code.redeemed);
/// assert_eq!(code.family.client_id.as_str(), "app");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a store must not compile until it knows a new write")]
pub enum Write {
    /// Remember an id, as long. One that is remembered already stays as it is.
    Remember(Once),
    /// Insert a code and its family.
    Code(StoredCode),
    /// Insert a family.
    Family(StoredFamily),
    /// Insert an access token.
    AccessToken(StoredAccessToken),
    /// Record when a client polled: the row keeps the later moment and the longer interval ([`Poll::and`](crate::Poll::and)).
    Poll {
        /// Its id.
        id: Digest,
        /// When, and how long it must wait.
        poll: Poll,
    },
    /// Revoke a family: everything in it is refused from now on.
    RevokeFamily(FamilyId),
}

/// What a store says about one commit. Made only by [`Commit::applied`] and [`Guard::conflict`].
///
/// ```compile_fail,E0451
/// use symbolon_server::{Answer, CommitId, Outcome};
/// fn forge(outcome: Outcome, id: CommitId) {
///     let _ = outcome.settle(Answer { commit: id, failed: None });
/// }
/// ```
/// With the commit's own answer it compiles:
/// ```
/// use symbolon_server::{Answer, CommitId, Outcome};
/// fn settle(outcome: Outcome) {
///     let answer: Answer = outcome.commit().applied();
///     let _ = outcome.settle(answer);
/// }
/// ```
#[derive(Debug, Eq, PartialEq)]
#[must_use]
pub struct Answer {
    pub(crate) commit: CommitId,
    pub(crate) failed: Option<usize>,
}

/// Why a store did not answer. The two must be told apart (security decision D8): 503 with `Retry-After` promises that
/// nothing was changed.
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, ApplyError, Refusal, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let parts = || RequestParts::new(Method::Get, Vec::new());
/// # let decide = || endpoint.receive(parts()).map_or_else(Refusal::into_outcome, |_| unreachable!());
/// let settled = decide().unavailable(ApplyError::NotApplied("no connection"));
/// assert_eq!(settled.status(), 503); // try again
///
/// let settled = decide().unavailable(ApplyError::Unknown("the connection broke after COMMIT"));
/// assert_eq!(settled.status(), 500); // who tries again may be a replay
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError<E> {
    /// Surely nothing was changed (503).
    #[error("the store surely did not apply the commit: {0}")]
    NotApplied(E),
    /// It is not known, and cannot be learned, whether it was applied (500).
    #[error("it is not known whether the store applied the commit: {0}")]
    Unknown(E),
}

impl<E: fmt::Display> ApplyError<E> {
    pub(crate) fn into_parts(self) -> (Rule, String) {
        match self {
            Self::NotApplied(cause) => (Rule::StoreAnswers, alloc::format!("{cause}")),
            Self::Unknown(cause) => (Rule::StoreOutcomeKnown, alloc::format!("{cause}")),
        }
    }
}
