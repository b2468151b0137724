use alloc::boxed::Box;

use symbolon_token_request::DeviceCodeRequest;
use symbolon_types::{Digest, Judge, Rule};
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, Decided, DeferredKey, Refusal, RegisteredClient, StoredDeferred, ValidatedGrant, Write,
    issue::Source,
};

/// A `urn:ietf:params:oauth:grant-type:device_code` grant ([RFC 8628 §3.4]): look up [`Self::deferred`], then [`Self::redeem`].
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
/// # let parts = |form: &str| RequestParts::post(form.into()).content_type(b"application/x-www-form-urlencoded");
/// # let found = || Found::client(Some(Arc::clone(&client)));
/// # let request = endpoint.receive_device_authorization(parts("client_id=tv"))?.authenticate(found(), now)?;
/// # let outcome = request.into_device_authorization("https://as.example/device", now)?;
/// # let guards = outcome.commit().guards().iter().map(Guard::change);
/// # let stored = guards.filter_map(|change| if let Change::Defer(stored) = change { Some(stored) } else { None }).next();
/// # let stored = stored.ok_or("it is stored")?.clone();
/// # let answer = outcome.commit().applied();
/// # let body = String::from_utf8(outcome.settle(answer).into_response().body().to_vec())?;
/// # let code = body.split('"').nth(3).ok_or("a device code")?.to_owned();
/// # let form = format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}");
/// let request = endpoint.receive(parts(&form))?.authenticate(found(), now)?;
/// let Grant::DeviceCode(grant) = request.into_grant()? else { unreachable!() };
/// assert_eq!(grant.deferred(), DeferredKey::Id(stored.id)); // look it up
/// let refusal = grant.redeem(Some(*stored), now).err().ok_or("nothing is decided yet")?;
/// assert_eq!(refusal.reason().rule(), Rule::DeferredDecided);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8628 §3.4]: https://www.rfc-editor.org/rfc/rfc8628#section-3.4
#[must_use]
pub struct DeviceCodeGrant {
    pub(super) request: AuthenticatedRequest,
    id: Digest,
}

impl DeviceCodeGrant {
    pub(crate) fn new(request: AuthenticatedRequest, parameters: &DeviceCodeRequest) -> Self {
        let id = request.context.endpoint.device_code_digest(&parameters.device_code);
        Self { request, id }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// What to look up. The text of the code never reaches a store.
    pub const fn deferred(&self) -> DeferredKey {
        DeferredKey::Id(self.id)
    }

    /// Judges what was found, in the order of security decision D10: known, the client's own, redeemed before, active, not over,
    /// not denied, decided.
    ///
    /// Nothing is consumed here: the code is redeemed by the commit of the issued tokens.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion ([RFC 8628 §3.5]):
    /// - `authorization_pending`: nothing is decided yet; that the client asked is written.
    /// - `slow_down`: as well, and it asked too soon: from now on it must wait [`SLOW_DOWN`](crate::SLOW_DOWN) longer. Of two
    ///   requests at once that read the same row neither came too soon.
    /// - `access_denied`: the user said no.
    /// - `expired_token`: it is over.
    /// - `invalid_grant`: not known, another client's, or redeemed before; then its family is revoked.
    ///
    /// [RFC 8628 §3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
    pub fn redeem(self, found: Option<StoredDeferred>, now: UtcDateTime) -> Result<ValidatedGrant, Refusal> {
        redeem(self.request, self.id, found.filter(|found| found.user_code.is_some()), now)
    }
}

impl core::fmt::Debug for DeviceCodeGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DeviceCodeGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}

/// Judges a deferred authorization that a client asks for.
pub(super) fn redeem(
    mut request: AuthenticatedRequest,
    id: Digest,
    found: Option<StoredDeferred>,
    now: UtcDateTime,
) -> Result<ValidatedGrant, Refusal> {
    let is_whole = |found: &StoredDeferred| match &found.decided {
        Decided::Approved(code) => code.code == found.id && code.family.client_id == found.client_id,
        Decided::NotYet | Decided::Denied => true,
    };
    let Some(found) = found.filter(|found| found.id == id && is_whole(found)) else {
        return Err(request.context.refuse(Rule::DeferredKnown));
    };
    let is_own = found.client_id == *request.client.client_id();
    if is_own {
        request.context.remember_proof();
    }
    match judge(&mut request, &found, now) {
        Ok(()) => {}
        Err(rule) => {
            match (rule, &found.decided) {
                (Rule::DeferredOnce, Decided::Approved(code)) => {
                    request.context.commit.write(Write::RevokeFamily(code.family.id));
                }
                // D1: time and interval are recorded whatever the answer is.
                (_, Decided::NotYet) if is_own => {
                    request.context.commit.write(Write::Poll { id, poll: found.poll.at(now) });
                }
                _ => {}
            }
            return Err(request.context.refuse(rule));
        }
    }
    let Decided::Approved(code) = found.decided else { return Err(request.context.refuse(Rule::DeferredDecided)) };
    // A registration that was narrowed since narrows what is issued under it.
    let granted = code.family.granted.narrowed(code.family.granted.scope.intersection(request.client.scope()));
    let source = Source::Code { code: code.code, family: Box::new(code.family), once: Rule::DeferredOnce };
    Ok(ValidatedGrant::new(request, granted, source))
}

fn judge(request: &mut AuthenticatedRequest, found: &StoredDeferred, now: UtcDateTime) -> Result<(), Rule> {
    let AuthenticatedRequest { context, client, .. } = request;
    let code = match &found.decided {
        Decided::Approved(code) => Some(code),
        Decided::NotYet | Decided::Denied => None,
    };
    let is_undecided = found.decided == Decided::NotYet;
    let mut judge = Judge::new(&mut context.facts.trace);
    let mut that = |rule: Rule, holds: bool| judge.that(rule, holds, || rule);
    that(Rule::DeferredKnown, true)?;
    that(Rule::DeferredClient, found.client_id == *client.client_id())?;
    // D4: expiry does not count for a replay, so that it is judged first.
    that(Rule::DeferredOnce, code.is_none_or(|code| !code.redeemed))?;
    that(Rule::GrantActive, code.is_none_or(|code| !code.family.revoked))?;
    that(Rule::DeferredFresh, now < found.expires)?;
    that(Rule::DeferredDenied, found.decided != Decided::Denied)?;
    // RFC 8628 §3.5: `slow_down` is a kind of `authorization_pending`, so that nobody waits for what is decided.
    that(Rule::DeferredPace, !(is_undecided && found.poll.is_too_soon(now)))?;
    that(Rule::DeferredDecided, !is_undecided)?;
    judge.finish()
}
