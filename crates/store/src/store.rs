use core::{fmt::Display, future::Future};
use std::sync::Arc;

use symbolon_server::{
    Answer, ApplyError, AssertedSubject, Commit, DeferredKey, FamilyId, GrantIssuer, GrantStatus, RegisteredClient,
    StoredAccessToken, StoredCode, StoredDeferred, StoredFamily,
};
use symbolon_types::Digest;

/// What a token endpoint keeps: five reads and one write.
///
/// A read that finds nothing is `Ok(None)`; one that failed is an error, and never `None`. Reads need no transaction:
/// whatever changed since is found by the guards of the commit.
///
/// ```
/// use std::sync::Arc;
/// use symbolon_server::{*, types::Digest};
/// use symbolon_store::{Memory, MemoryError, Store};
///
/// /// A store with a list of users that may go on no longer.
/// struct WithUsers(Memory, Vec<String>);
///
/// impl Store for WithUsers {
///     type Error = MemoryError;
///
///     async fn grant_status(&self, family: &StoredFamily) -> Result<GrantStatus, MemoryError> {
///         let is_disabled = family.granted.subject.as_ref().is_some_and(|user| self.1.contains(user));
///         Ok(if is_disabled { GrantStatus::Ended } else { GrantStatus::Active })
///     }
///     async fn client(&self, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, MemoryError> {
///         self.0.client(client_id).await
///     }
///     async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<MemoryError>> {
///         self.0.apply(commit).await
///     }
///     // ... and the other reads.
/// #   async fn code(&self, code: &Digest) -> Result<Option<StoredCode>, MemoryError> {
/// #       self.0.code(code).await
/// #   }
/// #   async fn family(&self, family: FamilyId) -> Result<Option<StoredFamily>, MemoryError> {
/// #       self.0.family(family).await
/// #   }
/// #   async fn deferred(&self, key: DeferredKey) -> Result<Option<StoredDeferred>, MemoryError> {
/// #       self.0.deferred(key).await
/// #   }
/// #   async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, MemoryError> {
/// #       self.0.access_token(token).await
/// #   }
/// }
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
///
/// let store = WithUsers(Memory::new(time::UtcDateTime::from_unix_timestamp(1_700_000_000)?), vec!["mallory".into()]);
/// assert!(store.client("nobody").await?.is_none());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
/// ```
pub trait Store: Send + Sync + 'static {
    /// Why the store did not answer. Shown to the operator, never to a peer.
    ///
    /// # Security
    /// Its text is logged: it must not hold what was looked up or written.
    type Error: Display + Send;

    /// The client of this id. The id is what a request claims: any text.
    fn client(
        &self,
        client_id: &str,
    ) -> impl Future<Output = Result<Option<Arc<RegisteredClient>>, Self::Error>> + Send;

    /// The code of this digest, with its family's row as it is now.
    fn code(&self, code: &Digest) -> impl Future<Output = Result<Option<StoredCode>, Self::Error>> + Send;

    /// The family's row.
    fn family(&self, family: FamilyId) -> impl Future<Output = Result<Option<StoredFamily>, Self::Error>> + Send;

    /// What is known of a family's grant and its resource owner, asked at each refresh (security decision D27): whether
    /// the user is disabled, consent withdrawn, the client's grant removed. By default nothing speaks against it.
    ///
    /// Ending a grant should revoke its families too ([`Write::RevokeFamily`](symbolon_server::Write::RevokeFamily)), so
    /// that a commit in flight finds it.
    fn grant_status(&self, _family: &StoredFamily) -> impl Future<Output = Result<GrantStatus, Self::Error>> + Send {
        core::future::ready(Ok(GrantStatus::Active))
    }

    /// The access token of this digest, with `revoked` filled in: its family is revoked or gone, or its client is gone.
    fn access_token(
        &self,
        token: &Digest,
    ) -> impl Future<Output = Result<Option<StoredAccessToken>, Self::Error>> + Send;

    /// The deferred authorization of this id, or with this user code and time left, with what was decided: approved is what
    /// [`Self::code`] has under the same id.
    fn deferred(&self, key: DeferredKey) -> impl Future<Output = Result<Option<StoredDeferred>, Self::Error>> + Send;

    /// Who issues JWTs that are grants here ([RFC 7523 §2.1]), by the `iss` that an assertion claims: any text. By default
    /// nobody does.
    ///
    /// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
    fn grant_issuer(
        &self,
        _issuer: &str,
    ) -> impl Future<Output = Result<Option<Arc<GrantIssuer>>, Self::Error>> + Send {
        core::future::ready(Ok(None))
    }

    /// The account of whom an assertion speaks, by issuer, tenant and `sub` together (security decision D24); an account that
    /// is disabled is none. By default nobody is anybody here.
    fn account(&self, _subject: &AssertedSubject) -> impl Future<Output = Result<Option<String>, Self::Error>> + Send {
        core::future::ready(Ok(None))
    }

    /// Applies a commit: all or nothing, durably, in one transaction, as [`Commit`] says. An id is remembered until
    /// [`Once::keep_until`](symbolon_types::Once::keep_until), this moment included. After a lost connection a store asks
    /// whether it was applied before anybody is answered (security decision D8). It may be called again with a
    /// commit that was applied before: the answer is the same, and nothing is done twice.
    ///
    /// Rows are cleaned by the clock of the database alone, and a node whose own is too far from it applies nothing
    /// ([`judge_clocks`](crate::judge_clocks), security decision D5).
    ///
    /// # Errors
    /// - [`ApplyError::NotApplied`]: surely nothing was changed (503).
    /// - [`ApplyError::Unknown`]: it is not known whether it was (500).
    fn apply(&self, commit: &Commit) -> impl Future<Output = Result<Answer, ApplyError<Self::Error>>> + Send;
}

impl<S: Store> Store for Arc<S> {
    type Error = S::Error;

    async fn client(&self, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, S::Error> {
        S::client(self, client_id).await
    }

    async fn code(&self, code: &Digest) -> Result<Option<StoredCode>, S::Error> {
        S::code(self, code).await
    }

    async fn family(&self, family: FamilyId) -> Result<Option<StoredFamily>, S::Error> {
        S::family(self, family).await
    }

    async fn deferred(&self, key: DeferredKey) -> Result<Option<StoredDeferred>, S::Error> {
        S::deferred(self, key).await
    }

    async fn grant_issuer(&self, issuer: &str) -> Result<Option<Arc<GrantIssuer>>, S::Error> {
        S::grant_issuer(self, issuer).await
    }

    async fn account(&self, subject: &AssertedSubject) -> Result<Option<String>, S::Error> {
        S::account(self, subject).await
    }

    async fn grant_status(&self, family: &StoredFamily) -> Result<GrantStatus, S::Error> {
        S::grant_status(self, family).await
    }

    async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, S::Error> {
        S::access_token(self, token).await
    }

    async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<S::Error>> {
        S::apply(self, commit).await
    }
}
