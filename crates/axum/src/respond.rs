use core::future::Future;

use symbolon_server::{Endpoint, Settled};
use symbolon_store::{Driver, Store};
use symbolon_types::RequestParts;
use time::UtcDateTime;

/// What decides the requests that the routes take.
///
/// A [`Driver`] is one. A program that does more between the steps of `symbolon-server` (extension grants, `jwks_uri`,
/// counted attempts, another plan for each client) implements it with its own dozen lines of `decide`.
///
/// # Security
/// [`RequestParts::peer_network`] is the address of the connection's other end. Behind a proxy that is the proxy; it is
/// `None` if the proxy is a [`TrustedProxy`](crate::TrustedProxy).
pub trait Respond: Send + Sync + 'static {
    /// The endpoint: its issuer, URL, and what its metadata says.
    fn endpoint(&self) -> &Endpoint;

    /// Answers a token request. Whatever happens there is an answer.
    fn token(&self, parts: RequestParts, now: UtcDateTime) -> impl Future<Output = Settled> + Send;

    /// Answers a userinfo request.
    fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> impl Future<Output = Settled> + Send;
}

impl<S: Store> Respond for Driver<S> {
    fn endpoint(&self) -> &Endpoint {
        Self::endpoint(self)
    }

    async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        Self::token(self, parts, now).await
    }

    async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        Self::userinfo(self, parts, now).await
    }
}
