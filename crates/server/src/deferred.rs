use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use symbolon_types::{ClientId, Confirmation, Digest, GrantType, Rule};
use thiserror::Error;
use time::{Duration, UtcDateTime};

use crate::{
    Answer, Commit, Endpoint, Granted, RefreshBinding, RegisteredClient, StoredCode, StoredPing, Write, commit::Change,
    context::Entropy,
};

/// An authorization that a client asks for on one device and the resource owner decides on another ([RFC 8628], [OpenID CIBA]).
/// The text of the code that the client polls with is nowhere: a store sees its digest. `Debug` shows neither what the client wants
/// to be shown nor the digest of the user's code, which is short enough to be guessed from it.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::{GrantSet, Policy}};
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let mut policy = Policy::OAUTH_2_1;
/// # policy.grants = policy.grants.and(GrantSet::DEVICE_CODE);
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).policy(policy).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("tv")?, AuthMethod::None);
/// # let client = Arc::new(RegisteredClient::new(credentials, GrantSet::DEVICE_CODE, Scope::parse("read")?));
/// # let parts = RequestParts::post(b"client_id=tv&scope=read".to_vec()).content_type(b"application/x-www-form-urlencoded");
/// let request = endpoint.receive_device_authorization(parts)?.authenticate(Found::client(Some(client)), now)?;
/// let outcome = request.into_device_authorization("https://as.example/device", now)?;
/// let guards = outcome.commit().guards().iter().map(Guard::change);
/// let stored = guards.filter_map(|change| if let Change::Defer(stored) = change { Some(stored) } else { None }).next();
/// let stored = stored.ok_or("it is stored")?;
/// assert_eq!(stored.asked.scope, Scope::parse("read")?);
/// assert_eq!(stored.decided, Decided::NotYet);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OpenID CIBA]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html
/// [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
#[derive(Clone, Eq, PartialEq)]
pub struct StoredDeferred {
    /// Digest of `device_code` or `auth_req_id`.
    pub id: Digest,
    /// Digest of the code that the user types in, of a device.
    pub user_code: Option<Digest>,
    /// The client that asks.
    pub client_id: ClientId,
    /// What it asks for. `subject` is who must decide, where the client named somebody.
    pub asked: Granted,
    /// What the client wants to be shown to the user (`binding_message`).
    pub binding_message: Option<String>,
    /// What is kept to tell the client that it is decided, of one that wants to be told.
    pub ping: Option<StoredPing>,
    /// When the time to decide, and to fetch the tokens, is over.
    pub expires: UtcDateTime,
    /// How the client polls.
    pub poll: Poll,
    /// What was decided: a store fills it in when it reads.
    pub decided: Decided,
}

impl fmt::Debug for StoredDeferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, user_code, client_id, asked, binding_message, ping, expires, poll, decided } = self;
        f.debug_struct("StoredDeferred")
            .field("id", id)
            .field("user_code", &user_code.is_some())
            .field("client_id", client_id)
            .field("asked", asked)
            // The client's own words (D21).
            .field("binding_message", &binding_message.is_some())
            .field("ping", &ping.is_some())
            .field("expires", expires)
            .field("poll", poll)
            .field("decided", decided)
            .finish()
    }
}

/// When a client polled last, and how long it must wait.
///
/// ```
/// use symbolon_server::Poll;
/// use time::{Duration, UtcDateTime};
/// let poll = Poll { interval: Duration::seconds(5), last: None };
/// let first = UtcDateTime::UNIX_EPOCH;
/// let polled = poll.at(first);
/// assert!(!polled.is_too_soon(first + Duration::seconds(5)));
/// assert!(polled.is_too_soon(first + Duration::seconds(4)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Poll {
    /// How long it must wait between two requests.
    pub interval: Duration,
    /// When it asked last.
    pub last: Option<UtcDateTime>,
}

/// By how much the interval grows when a client does not wait ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
pub const SLOW_DOWN: Duration = Duration::seconds(5);

impl Poll {
    /// Whether the client has not waited.
    pub fn is_too_soon(&self, now: UtcDateTime) -> bool {
        self.last.is_some_and(|last| now < last.saturating_add(self.interval))
    }

    /// After a request at this moment: one that came too soon makes the interval longer from then on.
    #[must_use]
    pub fn at(self, now: UtcDateTime) -> Self {
        let interval = if self.is_too_soon(now) { self.interval.saturating_add(SLOW_DOWN) } else { self.interval };
        Self { interval, last: Some(self.last.map_or(now, |last| last.max(now))) }
    }

    /// Both together: what a store keeps where two requests were answered at once. Each part is the later, or longer.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { interval: self.interval.max(other.interval), last: self.last.max(other.last) }
    }
}

/// What a resource owner has decided.
///
/// ```
/// use symbolon_server::Decided;
/// assert_ne!(Decided::NotYet, Decided::Denied);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a store must not compile until it knows a new one")]
pub enum Decided {
    /// Nothing yet.
    NotYet,
    /// The client gets nothing.
    Denied,
    /// The client gets what stands here, once: the row of [`Write::Code`] under the same id, with its family as it is now.
    Approved(Box<StoredCode>),
}

/// How a deferred authorization is looked up: by the client's code, or by the user's.
///
/// `Debug` does not show the digest of the user's code: the code is short enough to be guessed from it.
///
/// ```
/// use symbolon_server::{DeferredKey, types::Digest};
/// let digest = Digest::from_bytes([1; 32]);
/// assert_ne!(DeferredKey::Id(digest), DeferredKey::UserCode(digest));
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a store must not compile until it knows a new one")]
pub enum DeferredKey {
    /// Digest of `device_code` or `auth_req_id`.
    Id(Digest),
    /// Digest of `user_code`.
    UserCode(Digest),
}

impl fmt::Debug for DeferredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(digest) => f.debug_tuple("Id").field(digest).finish(),
            Self::UserCode(_) => f.write_str("UserCode(..)"),
        }
    }
}

/// What a resource owner decides, to be made a commit by [`Endpoint::decide`].
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between yes and no")]
pub enum Decision {
    /// The client may have this. Where it names no resources it is for those that were asked for.
    Approve(Box<Granted>),
    /// It may have nothing.
    Deny,
}

impl Endpoint {
    /// The look-up of a code that a user typed in ([RFC 8628 §6.1]): without regard to case, dashes, spaces and whatever is no
    /// letter of such codes. `None`: it is none.
    ///
    /// # Security
    /// Count attempts that find nothing, for each session and network (security decision D26): the code is short.
    ///
    /// ```
    /// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, types::Issuer};
    /// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
    /// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
    /// assert_eq!(endpoint.user_code("WDJB-MJHT"), endpoint.user_code("wdjb mjht"));
    /// assert_ne!(endpoint.user_code("WDJB-MJHT"), endpoint.user_code("WDJB-MJHS"));
    /// assert_eq!(endpoint.user_code("WDJB-MJH"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [RFC 8628 §6.1]: https://www.rfc-editor.org/rfc/rfc8628#section-6.1
    pub fn user_code(&self, typed: &str) -> Option<DeferredKey> {
        let letters =
            typed.chars().map(|letter| letter.to_ascii_uppercase()).filter(|letter| LETTERS.contains(*letter));
        let code: String = letters.take(USER_CODE_LETTERS.saturating_add(1)).collect();
        (code.len() == USER_CODE_LETTERS).then(|| DeferredKey::UserCode(self.user_code_digest(&code)))
    }

    pub(crate) fn user_code_digest(&self, code: &str) -> Digest {
        self.digest(b"user_code", code)
    }

    /// Records what the resource owner decided, who has signed in and was shown client, scope and
    /// [`binding_message`](StoredDeferred::binding_message), and was asked (security decision D26). That is the embedding program's
    /// word.
    ///
    /// # Errors
    /// - [`DecideError::Over`]: the time to decide is over, or something was decided already.
    /// - [`DecideError::Client`]: another client, or one that may use the grant no longer.
    /// - [`DecideError::Granted`]: no resource owner, another than the one who was asked, or what is said of it cannot be told.
    /// - [`DecideError::Wider`]: more than was asked for.
    /// - [`DecideError::Random`]: no randomness.
    pub fn decide(
        &self,
        deferred: &StoredDeferred,
        client: &RegisteredClient,
        decision: Decision,
        now: UtcDateTime,
    ) -> Result<PendingDecision, DecideError> {
        if now >= deferred.expires || deferred.decided != Decided::NotYet {
            return Err(DecideError::Over);
        }
        let grant_type = if deferred.user_code.is_some() { GrantType::DeviceCode } else { GrantType::Ciba };
        if client.client_id() != &deferred.client_id || !client.may_use(&grant_type) {
            return Err(DecideError::Client);
        }
        let (entropy, of_family) = Entropy::draw_with_family(self.crypto().random).ok_or(DecideError::Random)?;
        let mut commit = Commit::new(entropy.commit_id());
        let is_approved = matches!(decision, Decision::Approve(_));
        let active = Change::ClientActive { client_id: client.client_id().clone(), version: client.version() };
        commit.guard(Rule::GrantActive, active, Vec::new());
        commit.guard(Rule::DeferredUndecided, Change::Decide { id: deferred.id, is_approved }, Vec::new());
        if let Decision::Approve(granted) = decision {
            let mut granted = *granted;
            let asked = &deferred.asked;
            let is_asked = asked.subject.is_none() || asked.subject == granted.subject;
            let is_tellable =
                granted.is_tellable() && self.pairwise_subject(client, granted.subject.as_deref()).is_ok();
            if granted.subject.is_none() || !is_asked || !is_tellable {
                return Err(DecideError::Granted);
            }
            let is_known = |resource| asked.resources.is_empty() || asked.resources.contains(resource);
            if !granted.scope.is_subset_of(&asked.scope)
                || !granted.resources.iter().all(is_known)
                || !granted.authorization_details.is_within(&asked.authorization_details)
            {
                return Err(DecideError::Wider);
            }
            // No resources stand for all, and all is more than some.
            if granted.resources.is_empty() {
                granted.resources.clone_from(&asked.resources);
            }
            let mut family = self.new_family(&of_family, client, granted, RefreshBinding::NONE, now);
            family.keep_until = family.keep_until.max(deferred.expires);
            commit.write(Write::Code(StoredCode {
                code: deferred.id,
                family,
                redirect_uri: None,
                challenge: None,
                confirmation: Confirmation::NONE,
                expires: deferred.expires,
                redeemed: false,
            }));
        }
        Ok(PendingDecision { commit })
    }
}

/// A decision that waits for the store.
#[derive(Debug)]
#[must_use]
pub struct PendingDecision {
    commit: Commit,
}

impl PendingDecision {
    /// What a store must apply before the user is told.
    pub const fn commit(&self) -> &Commit {
        &self.commit
    }

    /// Whether the store applied this very commit. If not, somebody else has decided, or the client is gone or changed.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "an answer settles one decision, once")]
    pub fn settle(self, answer: Answer) -> bool {
        answer.commit == self.commit.id() && answer.failed.is_none()
    }
}

/// Why a decision cannot be recorded.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecideError {
    /// The time to decide is over, or something was decided already.
    #[error("the time to decide is over, or something was decided already")]
    Over,
    /// Another client, or one that may use the grant no longer.
    #[error("the client is another one, or may use the grant no longer")]
    Client,
    /// No resource owner, another than the one who was asked, or what is said of it cannot be told in tokens.
    #[error("there is no resource owner, it is another one, or what is said of it cannot be told")]
    Granted,
    /// More than was asked for.
    #[error("more than was asked for")]
    Wider,
    /// The provider gave no randomness.
    #[error("the source of randomness failed")]
    Random,
}

impl DecideError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Over => Rule::DeferredUndecided,
            Self::Client => Rule::GrantAllowed,
            Self::Granted => Rule::Embedder,
            Self::Wider => Rule::ScopeNarrows,
            Self::Random => Rule::RandomAnswers,
        }
    }
}

/// A code that a user types in: 20^8 of them, without vowels, so that none is a word ([RFC 8628 §6.1]).
///
/// [RFC 8628 §6.1]: https://www.rfc-editor.org/rfc/rfc8628#section-6.1
pub(crate) struct UserCode([char; USER_CODE_LETTERS]);

/// How many letters it has.
const USER_CODE_LETTERS: usize = 8;
const LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

impl UserCode {
    /// Of random octets. Over 2^64 of them the 20^8 codes are as likely as each other but for one in 10^9.
    pub(crate) fn of(random: [u8; 8]) -> Self {
        let mut rest = u64::from_le_bytes(random);
        let mut code = ['B'; USER_CODE_LETTERS];
        for place in &mut code {
            let letter = usize::try_from(rest % 20).unwrap_or_default();
            *place = LETTERS.chars().nth(letter).unwrap_or('B');
            rest /= 20;
        }
        Self(code)
    }

    /// As it is looked up.
    pub(crate) fn letters(&self) -> String {
        self.0.iter().collect()
    }
}

/// As it is shown: in two halves.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, other) = self.0.split_at(USER_CODE_LETTERS / 2);
        let text = |half: &[char]| half.iter().collect::<String>();
        write!(f, "{}-{}", text(one), text(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_codes_have_eight_letters_without_vowels_and_all_octets_count() {
        assert_eq!(alloc::format!("{}", UserCode::of([0; 8])), "BBBB-BBBB");
        let shown = alloc::format!("{}", UserCode::of([255; 8]));
        assert_eq!(shown.len(), 9);
        assert!(shown.chars().all(|letter| letter == '-' || LETTERS.contains(letter)));
        for place in 0..8 {
            let mut random = [7; 8];
            random[place] = 8;
            assert_ne!(UserCode::of(random).letters(), UserCode::of([7; 8]).letters(), "octet {place}");
        }
    }

    #[test]
    fn d21_debug_shows_nothing_that_a_user_code_could_be_guessed_from_and_no_words_of_the_client() {
        let deferred = StoredDeferred {
            id: Digest::from_bytes([1; 32]),
            user_code: Some(Digest::from_bytes([0xAB; 32])),
            client_id: ClientId::parse("tv").unwrap(),
            asked: Granted::to_client(symbolon_types::Scope::empty()),
            binding_message: Some("MARKER".into()),
            ping: None,
            expires: UtcDateTime::UNIX_EPOCH,
            poll: Poll { interval: Duration::seconds(5), last: None },
            decided: Decided::NotYet,
        };
        let key = DeferredKey::UserCode(Digest::from_bytes([0xAB; 32]));
        let shown = alloc::format!("{deferred:?} {key:?} {:?}", Change::Defer(Box::new(deferred.clone())));
        assert!(shown.contains("Digest(01010101..)") && shown.contains("binding_message: true"), "{shown}");
        assert!(!shown.contains("abab") && !shown.contains("MARKER"), "{shown}");
    }

    #[test]
    fn a_poll_that_does_not_wait_waits_longer_from_then_on() {
        let at = |seconds| UtcDateTime::UNIX_EPOCH.saturating_add(Duration::seconds(seconds));
        let poll = Poll { interval: Duration::seconds(5), last: None };
        assert!(!poll.is_too_soon(at(0)));
        let poll = poll.at(at(0));
        assert_eq!(poll.at(at(5)).interval, Duration::seconds(5));
        let slow = poll.at(at(4));
        assert_eq!((slow.interval, slow.last), (Duration::seconds(10), Some(at(4))));
        assert!(slow.is_too_soon(at(13)) && !slow.is_too_soon(at(14)));
        // A node whose clock is behind does not set it back.
        assert_eq!(slow.at(at(2)).last, Some(at(4)));
        assert_eq!(poll.and(slow), slow);
        assert_eq!(slow.and(poll), slow);
    }
}
