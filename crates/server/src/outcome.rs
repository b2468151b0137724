use alloc::{boxed::Box, string::String};
use core::fmt::{self, Display};

use symbolon_client_auth::AttemptKind;
use symbolon_token_response::{Refused, RefusedAtResource};
use symbolon_types::{AuthMethod, ClientId, ErrorCode, GrantType, ResponseParts, Rule, Trace};
use time::Duration;

use crate::{
    Answer, ApplyError, Change, Commit, CommitId, Endpoint, Reason,
    context::{Context, Facts},
};

/// A decided request. The response exists, but nothing hands it out before the store has answered:
///
/// ```compile_fail,E0599
/// fn respond(outcome: symbolon_server::Outcome) {
///     let _ = outcome.into_response();
/// }
/// ```
/// ```
/// fn respond(outcome: symbolon_server::Outcome) {
///     let answer = outcome.commit().applied();
///     let _ = outcome.settle(answer).into_response();
/// }
/// ```
/// It settles once:
/// ```compile_fail,E0382
/// fn twice(outcome: symbolon_server::Outcome, a: symbolon_server::Answer, b: symbolon_server::Answer) {
///     let _ = outcome.settle(a);
///     let _ = outcome.settle(b);
/// }
/// ```
/// ```
/// fn once(outcome: symbolon_server::Outcome, a: symbolon_server::Answer) {
///     let _ = outcome.settle(a);
/// }
/// ```
#[must_use]
pub struct Outcome {
    commit: Commit,
    response: ResponseParts,
    reason: Option<Reason>,
    facts: Facts,
    /// For the realm of a refusal; none where it is not known.
    endpoint: Option<Endpoint>,
}

/// The endpoint is shown by the steps; an answer has no more of it than the realm.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commit, response, reason, facts, endpoint: _ } = self;
        let mut shown = f.debug_struct("Outcome");
        shown.field("commit", commit).field("response", response).field("reason", reason).field("facts", facts);
        shown.finish_non_exhaustive()
    }
}

impl Outcome {
    /// What is not moved out of the box is wiped in it: the request's randomness.
    pub(crate) fn answered(context: Box<Context>, response: ResponseParts) -> Self {
        let Context { commit, facts, endpoint, .. } = *context;
        // D18: a nonce in its second half is followed by a fresh one, whatever the answer is.
        let response = match &facts.dpop_nonce {
            Some(nonce) => response.with_header("dpop-nonce", nonce),
            None => response,
        };
        Self { commit, response, reason: None, facts, endpoint: Some(endpoint) }
    }

    /// What a store must apply, atomically, before anybody is answered.
    pub const fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The client, if it authenticated, or is public and registered as such.
    pub const fn client_id(&self) -> Option<&ClientId> {
        self.facts.client_id.as_ref()
    }

    /// The method by which the client authenticated; `none` for a public client, nothing at a resource.
    pub const fn auth_method(&self) -> Option<&AuthMethod> {
        self.facts.method.as_ref()
    }

    /// Whether the commit leaves something behind that a client can make as many of as it likes: the id of an assertion or of
    /// a DPoP proof, a deferred authorization. For a program that counts them per client and peer network (security decision
    /// D27), so that nobody fills the store.
    pub fn remembers(&self) -> bool {
        self.commit.guards().iter().any(|guard| matches!(guard.change(), Change::Remember(_) | Change::Defer(_)))
    }

    /// Ends the request of a client that has too many ids remembered in a refusal (`temporarily_unavailable`, 429), whatever
    /// it would have been answered: nothing is written, and what was sent may come again.
    pub fn over_quota(self, retry_after: Duration) -> Self {
        let Self { commit, mut facts, endpoint, .. } = self;
        facts.retry_after = Some(retry_after);
        Refusal::new(Rule::ReplayQuota.into(), Commit::new(commit.id()), facts, endpoint).into_outcome()
    }

    /// Ends the request with the store's answer. Total: a success, a refusal and a conflict all end here, and none needs
    /// a second commit.
    #[expect(clippy::needless_pass_by_value, reason = "an answer settles one outcome, once")]
    pub fn settle(self, answer: Answer) -> Settled {
        if answer.commit != self.commit.id() {
            return self.refused(Reason::Rule(Rule::StoreAnswersThisCommit));
        }
        if answer.failed.is_some() {
            let rule = self.commit.failed_guard(&answer).unwrap_or(Rule::StoreAnswersThisCommit);
            return self.refused(Reason::Conflict(rule));
        }
        let Self { response, reason, mut facts, .. } = self;
        facts.trace.held(Rule::StoreAnswers);
        Settled { response, reason, facts }
    }

    /// Ends the request without the store's answer: 503 with `Retry-After` if surely nothing was changed, else 500
    /// (security decision D8). Never `invalid_grant`.
    pub fn unavailable<E: Display>(self, error: ApplyError<E>) -> Settled {
        let (rule, cause) = error.into_parts();
        self.refused(Reason::Unavailable { rule, cause })
    }

    fn refused(self, reason: Reason) -> Settled {
        let Self { mut facts, endpoint, .. } = self;
        if reason.rule() == Rule::DpopOnce {
            facts.dpop_nonce = facts.dpop_nonce.or(facts.spare_nonce.take());
        }
        let response = respond(&reason, &mut facts, endpoint.as_ref());
        Settled { response, reason: Some(reason), facts }
    }
}

/// An answer that may be sent, with what the operator may know.
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, Refusal, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// let refusal = endpoint.receive(RequestParts::new(Method::Get, Vec::new())).err().ok_or("GET is refused")?;
/// let outcome = refusal.into_outcome();
/// let answer = outcome.commit().applied();
///
/// let settled = outcome.settle(answer);
/// assert_eq!(settled.reason().map(|reason| reason.rule()), Some(Rule::RequestMethod));
/// assert_eq!(settled.client_id(), None); // nobody authenticated
/// assert_eq!(settled.into_response().status(), 405);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Settled {
    response: ResponseParts,
    reason: Option<Reason>,
    facts: Facts,
}

impl Settled {
    /// Why the request was refused; `None` for a success. Nothing secret is in it, and the peer hears less.
    pub const fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// Which rules were judged.
    pub const fn trace(&self) -> &Trace {
        &self.facts.trace
    }

    /// The method by which the client authenticated; `none` for a public client.
    pub const fn auth_method(&self) -> Option<&AuthMethod> {
        self.facts.method.as_ref()
    }

    /// The client, if it authenticated, or is public and registered as such.
    pub const fn client_id(&self) -> Option<&ClientId> {
        self.facts.client_id.as_ref()
    }

    /// The grant type that was asked for, if the form could be read.
    pub const fn grant_type(&self) -> Option<&GrantType> {
        self.facts.grant_type.as_ref()
    }

    /// Whether a superseded refresh token was presented and forgiven, as the policy has it (security decision D6). An event to be
    /// recorded: the client did not hear the answer to its first try, or somebody else has its token.
    pub const fn is_refresh_retry(&self) -> bool {
        self.reason.is_none() && self.facts.is_refresh_retry
    }

    /// A refused shared secret, to be counted (security decision D15).
    pub const fn attempt(&self) -> Option<&Attempt> {
        self.facts.attempt.as_ref()
    }

    /// The status.
    pub const fn status(&self) -> u16 {
        self.response.status()
    }

    /// The response.
    pub fn into_response(self) -> ResponseParts {
        self.response
    }
}

/// A refused attempt at a shared secret: for the caller to count, per client and peer network (security decision D15).
///
/// `Debug` does not show the subject: it may be of no client at all (security decision D21).
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, Found, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// let received = endpoint.receive(parts)?;
/// let refusal = received.authenticate(Found::client(None), now).err().ok_or("an unknown client is refused")?;
/// let outcome = refusal.into_outcome();
/// let answer = outcome.commit().applied();
/// let settled = outcome.settle(answer);
/// let attempt = settled.attempt().ok_or("a secret was tried")?;
/// assert_eq!(attempt.subject, "app"); // to be counted
/// assert!(!format!("{attempt:?}").contains("app")); // not to be logged
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attempt {
    /// The client id that was claimed. It may be of no client at all.
    pub subject: String,
    /// What was tried.
    pub kind: AttemptKind,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Attempt {
    pub(crate) fn new(subject: &str, kind: AttemptKind) -> Self {
        Self { subject: subject.into(), kind }
    }
}

/// A request that is refused. It is an [`Outcome`] too: what it must remember or revoke is committed on the same path.
///
/// Boxed, so that `Result<Step, Refusal>` is no larger than the step.
///
/// ```
/// use symbolon_server::{Refusal, types::Rule};
///
/// fn look_up() -> Result<(), Refusal> {
///     Err("no connection").map_err(Refusal::unavailable)
/// }
///
/// let refusal = look_up().err().ok_or("the look-up failed")?;
/// assert_eq!(refusal.reason().rule(), Rule::StoreAnswers);
/// let outcome = refusal.into_outcome();
/// let answer = outcome.commit().applied(); // it is empty: nothing to write
/// assert_eq!(outcome.settle(answer).status(), 503);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Refusal(Box<RefusalParts>);

struct RefusalParts {
    reason: Reason,
    commit: Commit,
    facts: Facts,
    endpoint: Option<Endpoint>,
}

/// It is an error, and so in logs: without the endpoint.
impl fmt::Debug for RefusalParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, commit, facts, endpoint: _ } = self;
        let mut shown = f.debug_struct("RefusalParts");
        shown.field("reason", reason).field("commit", commit).field("facts", facts).finish_non_exhaustive()
    }
}

impl Refusal {
    pub(crate) fn new(reason: Reason, commit: Commit, facts: Facts, endpoint: Option<Endpoint>) -> Self {
        Self(Box::new(RefusalParts { reason, commit, facts, endpoint }))
    }

    /// A look-up failed: 503 with `Retry-After`, nothing is changed. For `map_err`. A failed look-up is never "not
    /// found".
    pub fn unavailable(cause: impl Display) -> Self {
        let reason = Reason::Unavailable { rule: Rule::StoreAnswers, cause: alloc::format!("{cause}") };
        Self::new(reason, Commit::new(CommitId::from_bytes([0; 16])), Facts::default(), None)
    }

    /// Why. Nothing secret is in it, and the peer hears less.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The outcome, to be committed and settled like every other.
    pub fn into_outcome(self) -> Outcome {
        let RefusalParts { reason, commit, mut facts, endpoint } = *self.0;
        let response = respond(&reason, &mut facts, endpoint.as_ref());
        Outcome { commit, response, reason: Some(reason), facts, endpoint }
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.0.reason)
    }
}

impl core::error::Error for Refusal {}

fn respond(reason: &Reason, facts: &mut Facts, endpoint: Option<&Endpoint>) -> ResponseParts {
    let realm = endpoint.map_or("", |endpoint| endpoint.issuer().as_str());
    let rule = reason.rule();
    facts.trace.failed(rule);
    let own_code = match reason {
        Reason::Extension { code, .. } => Some(code.clone()),
        // RFC 7523 §3.1: an assertion that is the grant is `invalid_grant`.
        _ if facts.is_by_grant && rule.code() == Some(ErrorCode::InvalidClient) => Some(ErrorCode::InvalidGrant),
        _ => None,
    };
    if let Some(resource) = &facts.resource {
        return RefusedAtResource::new(rule)
            .realm(realm)
            .presented(resource.presented)
            .dpop_algorithms(resource.endpoint.dpop_algorithms())
            .retry_after(facts.retry_after)
            .dpop_nonce(facts.dpop_nonce.as_deref())
            .into_response();
    }
    Refused::new(rule)
        .code(own_code)
        .presentation(facts.presentation)
        .grant_type(facts.grant_type.as_ref())
        .realm(realm)
        .retry_after(facts.retry_after)
        .dpop_nonce(facts.dpop_nonce.as_deref())
        .into_response()
}
