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

/// What decides device authorization requests as well ([RFC 8628 §3.1]); then
/// [`TokenEndpointBuilder::device_authorization`](crate::TokenEndpointBuilder::device_authorization) adds their route.
///
/// A [`Driver`] does. A type of your own does what its [`Respond::token`] does before the grant: counted attempts, `jwks_uri`,
/// chains.
///
/// ```
/// use symbolon_axum::{Respond, RespondToDevices, server::{Endpoint, Settled}, store::{Driver, Memory}, types::RequestParts};
/// use time::UtcDateTime;
///
/// struct Server(Driver<Memory>);
///
/// impl Respond for Server {
///     fn endpoint(&self) -> &Endpoint {
///         self.0.endpoint()
///     }
///
///     async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
///         self.0.token(parts, now).await
///     }
///
///     async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
///         self.0.userinfo(parts, now).await
///     }
/// }
///
/// impl RespondToDevices for Server {
///     async fn device_authorization(&self, parts: RequestParts, verification_uri: &str, now: UtcDateTime) -> Settled {
///         self.0.device_authorization(parts, verification_uri, now).await
///     }
/// }
/// ```
///
/// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
pub trait RespondToDevices: Respond {
    /// Answers a device authorization request. Whatever happens there is an answer.
    fn device_authorization(
        &self,
        parts: RequestParts,
        verification_uri: &str,
        now: UtcDateTime,
    ) -> impl Future<Output = Settled> + Send;
}

/// What decides backchannel authentication requests as well ([OpenID CIBA §7.1]); then
/// [`TokenEndpointBuilder::backchannel_authentication`](crate::TokenEndpointBuilder::backchannel_authentication) adds their route.
///
/// A [`Driver`] alone does not: who is meant by a hint, and how that user is asked, is the program's.
///
/// ```
/// # use symbolon_axum::{Respond, RespondToBackchannel, store::{Driver, Memory}};
/// # use symbolon_axum::{server::{BackchannelRefusal, Endpoint, Hint, Settled}, types::RequestParts};
/// # use time::UtcDateTime;
/// # struct Server(Driver<Memory>);
/// # impl Respond for Server {
/// #     fn endpoint(&self) -> &Endpoint {
/// #         self.0.endpoint()
/// #     }
/// #     async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
/// #         self.0.token(parts, now).await
/// #     }
/// #     async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
/// #         self.0.userinfo(parts, now).await
/// #     }
/// # }
/// impl RespondToBackchannel for Server {
///     async fn backchannel_authentication(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
///         let decided = self.0.backchannel_request(parts, now).await.and_then(|request| match request.hint() {
///             Hint::Login(login) if login == "alice" => request.accept("alice", now), // and ask her
///             _ => Err(request.refuse(BackchannelRefusal::UnknownUser)),
///         });
///         self.0.finish(decided).await
///     }
/// }
/// ```
///
/// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
pub trait RespondToBackchannel: Respond {
    /// Answers a backchannel authentication request. Whatever happens there is an answer.
    fn backchannel_authentication(&self, parts: RequestParts, now: UtcDateTime)
    -> impl Future<Output = Settled> + Send;
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

impl<S: Store> RespondToDevices for Driver<S> {
    async fn device_authorization(&self, parts: RequestParts, verification_uri: &str, now: UtcDateTime) -> Settled {
        Self::device_authorization(self, parts, verification_uri, now).await
    }
}
