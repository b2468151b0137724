use symbolon_token_request::CibaRequest;
use symbolon_types::Digest;
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, DeferredKey, Refusal, RegisteredClient, StoredDeferred, ValidatedGrant,
    grant::device_code::redeem,
};

/// A `urn:openid:params:grant-type:ciba` grant ([OpenID CIBA §10.1]): look up [`Self::deferred`], then [`Self::redeem`].
///
/// ```
/// # use symbolon_server::{CibaGrant, Refusal, StoredDeferred, ValidatedGrant};
/// # use time::UtcDateTime;
/// fn judge(
///     grant: CibaGrant,
///     find: impl Fn(symbolon_server::DeferredKey) -> Option<StoredDeferred>,
///     now: UtcDateTime,
/// ) -> Result<ValidatedGrant, Refusal> {
///     let found = find(grant.deferred());
///     grant.redeem(found, now)
/// }
/// ```
///
/// [OpenID CIBA §10.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request
#[must_use]
pub struct CibaGrant {
    pub(super) request: AuthenticatedRequest,
    id: Digest,
}

impl CibaGrant {
    pub(crate) fn new(request: AuthenticatedRequest, parameters: &CibaRequest) -> Self {
        let id = request.context.endpoint.auth_req_id_digest(&parameters.auth_req_id);
        Self { request, id }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// What to look up. The text of the id never reaches a store.
    pub const fn deferred(&self) -> DeferredKey {
        DeferredKey::Id(self.id)
    }

    /// Judges what was found, as [`DeviceCodeGrant::redeem`](crate::DeviceCodeGrant::redeem) does.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion ([OpenID CIBA §11]): `authorization_pending`, `slow_down`, `access_denied`,
    /// `expired_token`, `invalid_grant`, as there.
    ///
    /// [OpenID CIBA §11]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_error_response
    pub fn redeem(self, found: Option<StoredDeferred>, now: UtcDateTime) -> Result<ValidatedGrant, Refusal> {
        redeem(self.request, self.id, found.filter(|found| found.user_code.is_none()), now)
    }
}

impl core::fmt::Debug for CibaGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CibaGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
