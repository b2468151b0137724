use core::{fmt::Display, future::Future};
use std::sync::Arc;

use symbolon_server::{
    Answer, ApplyError, Commit, FamilyId, RegisteredClient, StoredAccessToken, StoredCode, StoredFamily,
};
use symbolon_types::Digest;

/// What a token endpoint keeps: four reads and one write.
///
/// A read that finds nothing is `Ok(None)`; one that failed is an error, and never `None`. Reads need no transaction:
/// whatever changed since is found by the guards of the commit.
pub trait Store: Send + Sync + 'static {
    /// Why the store did not answer. Shown to the operator, never to a peer.
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

    /// The access token of this digest, with `revoked` filled in from its family.
    fn access_token(
        &self,
        token: &Digest,
    ) -> impl Future<Output = Result<Option<StoredAccessToken>, Self::Error>> + Send;

    /// Applies a commit: all or nothing, durably, in one transaction, as [`Commit`] says. It may be called again with a
    /// commit that was applied before: the answer is the same, and nothing is done twice.
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

    async fn access_token(&self, token: &Digest) -> Result<Option<StoredAccessToken>, S::Error> {
        S::access_token(self, token).await
    }

    async fn apply(&self, commit: &Commit) -> Result<Answer, ApplyError<S::Error>> {
        S::apply(self, commit).await
    }
}
