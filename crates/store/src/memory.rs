use core::fmt;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use symbolon_policy::MAX_NODE_CLOCK_DIFFERENCE;
use symbolon_server::{
    Answer, ApplyError, AssertedSubject, Change, Commit, CommitId, Decided, DeferredKey, FamilyId, GrantIssuer, Guard,
    RefreshBinding, RegisteredClient, Rotation, StoredAccessToken, StoredCode, StoredDeferred, StoredFamily, Write,
};
use symbolon_types::{Digest, Once};
use thiserror::Error;
use time::{Duration, UtcDateTime};

use crate::Store;

/// A store in memory, for development and tests: nothing survives the process.
///
/// Because it forgets which assertions and proofs were used before it was made, it refuses those issued before (security
/// decision D22). One that its client dated into the future, by the policy's leeway at most, can be used once before a restart
/// and once after it. A cheap handle: clones share their tables. `Debug` shows nothing of them: they name people.
///
/// ```
/// use symbolon_client_auth::RegisteredCredentials;
/// use symbolon_server::{RegisteredClient, types::{AuthMethod, ClientId, Scope}};
/// use symbolon_store::{Memory, Store as _, policy::GrantSet};
/// use time::UtcDateTime;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Memory::new(UtcDateTime::from_unix_timestamp(1_700_000_000)?);
/// let credentials = RegisteredCredentials::new(ClientId::parse("spa")?, AuthMethod::None);
/// store.register(RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?));
/// assert!(store.client("spa").await?.is_some());
/// store.unregister("spa");
/// assert!(store.client("spa").await?.is_none());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
/// ```
///
/// # Security
/// It remembers at most [`MAX_REMEMBERED_IDS`], deferred authorizations among them; then it applies no commit that has another one,
/// until [`Self::clean`] made room ([RFC 9449 §11.1]). A program that counts them per client and network
/// ([`Outcome::remembers`](symbolon_server::Outcome::remembers)) refuses only who fills it.
///
/// One process only. A server of two nodes, or one that restarts under load, needs a database.
///
/// [RFC 9449 §11.1]: https://www.rfc-editor.org/rfc/rfc9449#section-11.1
#[derive(Clone)]
pub struct Memory {
    tables: Arc<Mutex<Tables>>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

struct Tables {
    started: UtcDateTime,
    max_ids: usize,
    clients: HashMap<String, Arc<RegisteredClient>>,
    issuers: HashMap<String, Arc<GrantIssuer>>,
    /// By issuer, tenant and `sub`.
    accounts: HashMap<(String, Option<String>, String), String>,
    once: HashMap<Digest, Once>,
    codes: HashMap<Digest, CodeRow>,
    families: HashMap<FamilyId, StoredFamily>,
    /// Approved ones have their code under the same id.
    deferred: HashMap<Digest, StoredDeferred>,
    /// The latest one with a user code.
    user_codes: HashMap<Digest, Digest>,
    access_tokens: HashMap<Digest, StoredAccessToken>,
    /// What was answered to each commit: the whole of idempotence. Two generations, turned over by cleaning.
    answered: HashMap<CommitId, Option<usize>>,
    answered_before: HashMap<CommitId, Option<usize>>,
    turned: UtcDateTime,
    /// The version of the next registration; it never goes back.
    next_version: u64,
}

/// Most replay ids and deferred authorizations that are remembered at once: about 100 MB of ids.
pub const MAX_REMEMBERED_IDS: usize = 1_000_000;

/// How long the answer to a commit is kept at least: far longer than anybody applies a commit again.
const MIN_ANSWER_RETENTION: Duration = Duration::minutes(10);

struct CodeRow {
    family: FamilyId,
    code: StoredCode,
}

impl Memory {
    /// An empty store that began at `started`. What was issued before that second is refused.
    pub fn new(started: UtcDateTime) -> Self {
        // `iat` has whole seconds as a rule.
        let started = started.replace_nanosecond(0).unwrap_or(started);
        Self { tables: Arc::new(Mutex::new(Tables::empty(started))) }
    }

    /// The same with another limit than [`MAX_REMEMBERED_IDS`].
    #[must_use]
    pub fn with_max_ids(self, max_ids: usize) -> Self {
        self.tables().max_ids = max_ids;
        self
    }

    /// Registers a client, or replaces its registration, under a version of its own: a request that was decided on another
    /// registration is refused.
    pub fn register(&self, client: RegisteredClient) {
        let mut tables = self.tables();
        let id = client.client_id().as_str().to_owned();
        let client = client.with_version(tables.next_version);
        tables.next_version = tables.next_version.saturating_add(1);
        tables.clients.insert(id, Arc::new(client));
    }

    /// Takes the JWTs of this issuer for grants, or replaces what was said of it.
    pub fn register_issuer(&self, issuer: GrantIssuer) {
        let id = issuer.issuer().as_str().to_owned();
        self.tables().issuers.insert(id, Arc::new(issuer));
    }

    /// Says whose account this subject of an issuer is; `tenant` is of an issuer that has many.
    pub fn link_subject(&self, issuer: &str, tenant: Option<&str>, sub: &str, account: &str) {
        let subject = (issuer.to_owned(), tenant.map(str::to_owned), sub.to_owned());
        self.tables().accounts.insert(subject, account.to_owned());
    }

    /// Forgets a client and revokes what was issued to it, for good: a later client of the same id gets none of it back.
    pub fn unregister(&self, client_id: &str) {
        let mut tables = self.tables();
        tables.clients.remove(client_id);
        for family in tables.families.values_mut().filter(|family| family.client_id.as_str() == client_id) {
            family.revoked = true;
        }
        tables.access_tokens.retain(|_, token| token.client_id.as_str() != client_id);
        tables.deferred.retain(|_, deferred| deferred.client_id.as_str() != client_id);
    }

    /// Drops what is no longer needed at `now` (security decision D5): a row goes only when nothing that names it could
    /// be accepted any more, on any node.
    pub fn clean(&self, now: UtcDateTime) {
        self.tables().clean(now);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere leaves no half-made change behind: `apply` judges before it changes.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    type Error = MemoryError;

    async fn client(&self, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, MemoryError> {
        Ok(self.tables().clients.get(client_id).cloned())
    }

    async fn code(&self, code: &Digest) -> Result<Option<StoredCode>, MemoryError> {
        Ok(self.tables().code(code))
    }

    async fn family(&self, family: FamilyId) -> Result<Option<StoredFamily>, MemoryError> {
        Ok(self.tables().families.get(&family).cloned())
    }

    async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, MemoryError> {
        Ok(self.tables().access_token(token))
    }

    async fn deferred(&self, key: DeferredKey) -> Result<Option<StoredDeferred>, MemoryError> {
        Ok(self.tables().deferred(key))
    }

    async fn grant_issuer(&self, issuer: &str) -> Result<Option<Arc<GrantIssuer>>, MemoryError> {
        Ok(self.tables().issuers.get(issuer).cloned())
    }

    async fn account(&self, subject: &AssertedSubject) -> Result<Option<String>, MemoryError> {
        let subject = (subject.issuer.clone(), subject.tenant.clone(), subject.sub.clone());
        Ok(self.tables().accounts.get(&subject).cloned())
    }

    async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<MemoryError>> {
        self.tables().apply(commit).map_err(ApplyError::NotApplied)
    }
}

/// Why the memory store did not apply a commit.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MemoryError {
    /// It remembers as many replay ids and deferred authorizations as it may (503, `temporarily_unavailable`).
    #[error("as many replay ids and deferred authorizations are remembered as may be")]
    Full,
}

impl Tables {
    fn empty(started: UtcDateTime) -> Self {
        Self {
            started,
            max_ids: MAX_REMEMBERED_IDS,
            clients: HashMap::new(),
            issuers: HashMap::new(),
            accounts: HashMap::new(),
            once: HashMap::new(),
            codes: HashMap::new(),
            families: HashMap::new(),
            deferred: HashMap::new(),
            user_codes: HashMap::new(),
            access_tokens: HashMap::new(),
            answered: HashMap::new(),
            answered_before: HashMap::new(),
            turned: started,
            next_version: 1,
        }
    }

    fn code(&self, code: &Digest) -> Option<StoredCode> {
        let row = self.codes.get(code)?;
        let mut code = row.code.clone();
        code.family = self.families.get(&row.family)?.clone();
        Some(code)
    }

    fn deferred(&self, key: DeferredKey) -> Option<StoredDeferred> {
        let id = match key {
            DeferredKey::Id(id) => id,
            DeferredKey::UserCode(code) => *self.user_codes.get(&code)?,
        };
        let mut deferred = self.deferred.get(&id)?.clone();
        if let Some(code) = self.code(&id) {
            deferred.decided = Decided::Approved(Box::new(code));
        }
        Some(deferred)
    }

    fn access_token(&self, token: &Digest) -> Option<StoredAccessToken> {
        let mut token = self.access_tokens.get(token)?.clone();
        // A family that is gone has ended: nothing of it lives.
        let is_over = token.family.is_some_and(|id| self.families.get(&id).is_none_or(|family| family.revoked));
        token.revoked = is_over || !self.clients.contains_key(token.client_id.as_str());
        Some(token)
    }

    fn apply(&mut self, commit: &Commit) -> Result<Answer, MemoryError> {
        // D1: a request that changes nothing leaves nothing behind either.
        if commit.is_empty() {
            return Ok(commit.applied());
        }
        let answered = self.answered.get(&commit.id()).or_else(|| self.answered_before.get(&commit.id()));
        if let Some(failed) = answered.copied() {
            let failed = failed.and_then(|index| commit.guards().get(index));
            return Ok(failed.map_or_else(|| commit.applied(), Guard::conflict));
        }
        // A131: what cannot be remembered is not accepted.
        let is_id = |guard: &&Guard| matches!(guard.change(), Change::Remember(_) | Change::Defer(_));
        let new = commit.guards().iter().filter(is_id).count();
        if new > 0 && self.once.len().saturating_add(self.deferred.len()).saturating_add(new) > self.max_ids {
            return Err(MemoryError::Full);
        }
        let failed = commit.guards().iter().position(|guard| !self.holds(guard.change()));
        self.answered.insert(commit.id(), failed);
        if let Some(guard) = failed.and_then(|index| commit.guards().get(index)) {
            guard.otherwise().iter().for_each(|write| self.write(write));
            return Ok(guard.conflict());
        }
        commit.guards().iter().for_each(|guard| self.change(guard.change()));
        commit.writes().iter().for_each(|write| self.write(write));
        Ok(commit.applied())
    }

    fn holds(&self, change: &Change) -> bool {
        match change {
            Change::Remember(once) => once.issued >= self.started && !self.once.contains_key(&once.key),
            Change::Defer(deferred) => {
                let is_taken = |id: &Digest| self.deferred.contains_key(id);
                let same_user_code = deferred.user_code.and_then(|code| self.user_codes.get(&code));
                !is_taken(&deferred.id) && !same_user_code.is_some_and(is_taken)
            }
            Change::Decide { id, .. } => {
                self.deferred.get(id).is_some_and(|row| row.decided == Decided::NotYet) && !self.codes.contains_key(id)
            }
            Change::ClientActive { client_id, version } => {
                self.clients.get(client_id.as_str()).is_some_and(|client| client.version() == *version)
            }
            Change::FamilyActive { family } => self.families.get(family).is_some_and(|family| !family.revoked),
            Change::Redeem { code, family, .. } => {
                let is_whole = self.families.get(family).is_some_and(|family| !family.revoked);
                is_whole && self.codes.get(code).is_some_and(|row| !row.code.redeemed)
            }
            Change::Extend { family, generation, .. } => {
                let family = self.families.get(family);
                family.is_some_and(|family| !family.revoked && family.rotation.generation == *generation)
            }
            Change::Rotate { family, from, .. } => {
                self.families.get(family).is_some_and(|family| !family.revoked && family.rotation == *from)
            }
        }
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Remember(once) => self.write(&Write::Remember(*once)),
            Change::Defer(deferred) => {
                if let Some(code) = deferred.user_code {
                    self.user_codes.insert(code, deferred.id);
                }
                self.deferred.insert(deferred.id, (**deferred).clone());
            }
            Change::Decide { id, is_approved: false } => {
                if let Some(row) = self.deferred.get_mut(id) {
                    row.decided = Decided::Denied;
                }
            }
            // What is approved is the code that the same commit writes.
            Change::Decide { is_approved: true, .. } | Change::ClientActive { .. } | Change::FamilyActive { .. } => {}
            Change::Redeem { code, family, rotation, binding, keep_until } => {
                if let Some(row) = self.codes.get_mut(code) {
                    row.code.redeemed = true;
                }
                self.turn(*family, *rotation, *binding, *keep_until);
            }
            Change::Extend { family, expires, keep_until, .. } => {
                if let Some(family) = self.families.get_mut(family) {
                    family.rotation.expires = family.rotation.expires.max(*expires);
                    family.keep_until = family.keep_until.max(*keep_until);
                }
            }
            Change::Rotate { family, to, binding, keep_until, .. } => {
                self.turn(*family, *to, *binding, *keep_until);
            }
        }
    }

    fn turn(&mut self, id: FamilyId, rotation: Rotation, binding: RefreshBinding, keep_until: UtcDateTime) {
        if let Some(family) = self.families.get_mut(&id) {
            family.rotation = rotation;
            family.binding = binding;
            family.keep_until = family.keep_until.max(keep_until);
        }
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Remember(once) => {
                self.once.entry(once.key).or_insert(*once);
            }
            Write::Code(code) => {
                self.write(&Write::Family(code.family.clone()));
                if let Entry::Vacant(row) = self.codes.entry(code.code) {
                    row.insert(CodeRow { family: code.family.id, code: code.clone() });
                }
            }
            Write::Family(family) => {
                self.families.entry(family.id).or_insert_with(|| family.clone());
            }
            Write::AccessToken(token) => {
                self.access_tokens.entry(token.token).or_insert_with(|| token.clone());
            }
            Write::Poll { id, poll } => {
                if let Some(row) = self.deferred.get_mut(id) {
                    row.poll = row.poll.and(*poll);
                }
            }
            Write::RevokeFamily(id) => {
                if let Some(family) = self.families.get_mut(id) {
                    family.revoked = true;
                }
            }
        }
    }

    fn clean(&mut self, now: UtcDateTime) {
        let is_needed = |until: UtcDateTime| now <= until.saturating_add(MAX_NODE_CLOCK_DIFFERENCE);
        self.once.retain(|_, once| now <= once.keep_until());
        self.access_tokens.retain(|_, token| is_needed(token.expires));
        self.families.retain(|_, family| is_needed(family.keep_until));
        let families = &self.families;
        self.codes.retain(|_, row| families.contains_key(&row.family));
        let codes = &self.codes;
        self.deferred.retain(|id, row| is_needed(row.expires) || codes.contains_key(id));
        let deferred = &self.deferred;
        // The same code may be another user's once the time is over.
        self.user_codes.retain(|_, id| deferred.get(id).is_some_and(|row| is_needed(row.expires)));
        if now >= self.turned.saturating_add(MIN_ANSWER_RETENTION) {
            self.answered_before = core::mem::take(&mut self.answered);
            self.turned = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use symbolon_server::{Granted, Poll};
    use symbolon_types::{ClientId, Scope};

    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    #[test]
    fn d5_a_replay_id_is_kept_until_its_jwt_could_not_be_accepted_on_any_node() {
        let mut tables = Tables::empty(at(0));
        let once = Once { key: Digest::from_bytes([1; 32]), issued: at(0), until: at(310) };
        assert!(tables.holds(&Change::Remember(once)));
        tables.write(&Write::Remember(once));
        for (seconds, is_fresh) in [(0, false), (310, false), (320, false), (321, true)] {
            tables.clean(at(seconds));
            assert_eq!(tables.holds(&Change::Remember(once)), is_fresh, "{seconds}");
        }
    }

    #[test]
    fn of_a_user_code_there_is_one_until_its_time_is_over() {
        let mut tables = Tables::empty(at(0));
        let deferred = |id, user_code, until| {
            Change::Defer(Box::new(StoredDeferred {
                id: Digest::from_bytes([id; 32]),
                user_code: Some(Digest::from_bytes([user_code; 32])),
                client_id: ClientId::parse("tv").unwrap(),
                asked: Granted::to_client(Scope::empty()),
                binding_message: None,
                ping: None,
                expires: at(until),
                poll: Poll { interval: Duration::seconds(5), last: None },
                decided: Decided::NotYet,
            }))
        };
        let first = deferred(1, 7, 600);
        assert!(tables.holds(&first));
        tables.change(&first);
        assert!(!tables.holds(&deferred(1, 8, 600)), "its id is taken");
        assert!(!tables.holds(&deferred(2, 7, 600)), "its user code is taken");
        assert!(tables.holds(&deferred(2, 8, 600)));
        tables.clean(at(610));
        assert!(!tables.holds(&deferred(2, 7, 1200)), "on some node its time is not over");
        tables.clean(at(611));
        assert!(tables.holds(&deferred(2, 7, 1200)));
    }

    #[test]
    fn d21_debug_does_not_show_who_is_linked_to_which_account() {
        let store = Memory::new(at(0));
        store.link_subject("https://idp.example", None, "MARKER", "MARKER");
        assert_eq!(format!("{store:?}"), "Memory { .. }");
    }

    #[test]
    fn d22_an_id_issued_before_the_store_began_is_refused_and_one_of_the_same_second_is_not() {
        let tables = Tables::empty(at(0));
        let once = |seconds| Once { key: Digest::from_bytes([1; 32]), issued: at(seconds), until: at(310) };
        assert!(!tables.holds(&Change::Remember(once(-1))));
        assert!(tables.holds(&Change::Remember(once(0))));
    }
}
