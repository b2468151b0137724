use alloc::boxed::Box;

use symbolon_policy::{Policy, RefreshMode};
use symbolon_token_request::RefreshTokenRequest;
use symbolon_types::{Confirmation, Digest, Judge, Rule};
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, FamilyId, RefreshBinding, Refusal, RegisteredClient, StoredFamily, ValidatedGrant, Write,
    issue::Source, refresh_text::RefreshText,
};

/// A `refresh_token` grant ([RFC 6749 §6]): look up [`Self::family`], then [`Self::rotate`].
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key)
/// #     .extension_grant("urn:example:grant")
/// #     .build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::REFRESH_TOKEN, Scope::parse("read write")?);
/// # let client = Arc::new(client.with_extension_grant("urn:example:grant"));
/// # let grant = |form: String| -> Result<Grant, Refusal> {
/// #     let parts = RequestParts::post(form.into()).content_type(b"application/x-www-form-urlencoded");
/// #     endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::clone(&client))), now)?.into_grant()
/// # };
/// # let Grant::Extension(first) = grant("grant_type=urn:example:grant&client_id=app".into())? else { unreachable!() };
/// # let first = first.authorize(Granted::to_user("alice", Scope::parse("read write")?))?.with_refresh_token();
/// # let outcome = first.issue(&TokenPlan::new(AccessToken::Opaque), now)?;
/// # let [Write::Family(family), _] = outcome.commit().writes() else { unreachable!() };
/// # let (family, answer) = (family.clone(), outcome.commit().applied());
/// # let body: serde_json::Value = serde_json::from_slice(outcome.settle(answer).into_response().body())?;
/// # let token = body["refresh_token"].as_str().unwrap_or_default();
/// # let grant = grant(format!("grant_type=refresh_token&client_id=app&refresh_token={token}&scope=read"))?;
/// use symbolon_server::{Change, Grant, GrantStatus};
///
/// let Grant::RefreshToken(grant) = grant else { unreachable!() };
/// assert_eq!(grant.family(), family.id); // look it up
/// let granted = grant.rotate(Some(family), GrantStatus::Active, now)?;
/// assert_eq!(granted.granted().scope, Scope::parse("read")?);
/// // The token is consumed by the commit:
/// let outcome = granted.issue(&TokenPlan::new(AccessToken::Opaque), now)?;
/// let rotates = |guard: &Guard| matches!(guard.change(), Change::Rotate { from, .. } if from.generation == 1);
/// assert!(outcome.commit().guards().iter().any(rotates));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
#[must_use]
pub struct RefreshTokenGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: RefreshTokenRequest,
    text: RefreshText,
}

/// What the caller knows of the grant and its resource owner (security decision D27).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GrantStatus {
    /// Nothing speaks against it.
    Active,
    /// The resource owner is disabled, consent is withdrawn, or the client lost the grant.
    Ended,
}

impl RefreshTokenGrant {
    pub(crate) const fn new(request: AuthenticatedRequest, parameters: RefreshTokenRequest, text: RefreshText) -> Self {
        Self { request, parameters, text }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// What to look up. That the token belongs to the family is not proven yet.
    pub const fn family(&self) -> FamilyId {
        self.text.family
    }

    /// Judges the refresh token against its family's row, in the order of security decision D10: issued by us, the
    /// client's own, bound key, superseded, family and grant active, expiry, scope.
    ///
    /// Nothing is consumed here: the family advances by the commit of the issued tokens.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion: `invalid_grant` in one sentence, or `invalid_scope` for a scope wider
    /// than the grant's. A superseded token whose everything else held revokes its family (RFC 9700 §4.14.2).
    pub fn rotate(
        self,
        found: Option<StoredFamily>,
        status: GrantStatus,
        now: UtcDateTime,
    ) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, parameters, text } = self;
        let AuthenticatedRequest { context, client, confirmation, instance, .. } = &mut request;
        let found = found.filter(|family| family.id == text.family);
        let endpoint = context.endpoint.clone();
        let tagged = found.as_ref().is_some_and(|family| {
            endpoint
                .refresh_keys(&family.server_key)
                .is_some_and(|keys| text.is_tagged(keys, &family.client_id, &family.tag_secret))
        });
        let Some(family) = found.filter(|family| tagged && text.generation <= family.rotation.generation) else {
            return Err(request.context.refuse(Rule::RefreshKnown));
        };
        if family.client_id == *client.client_id() {
            context.remember_proof();
        }
        // A registration that was narrowed since narrows what is issued under it.
        let most = family.granted.scope.intersection(client.scope());
        let asked = parameters.scope.unwrap_or_else(|| most.clone());
        let is_narrow = asked.is_subset_of(&most);
        let granted = family.granted.narrowed(asked);
        let binding = family.binding.of_generation(text.generation);
        let shown = Shown { confirmation, instance: *instance };
        let renewal = Renewal::of(context.policy(), client, &family, text.generation, &shown, now);
        let mut judge = Judge::new(&mut context.facts.trace);
        let mut that = |rule: Rule, holds: bool| judge.that(rule, holds, || rule);
        let verdict = that(Rule::RefreshKnown, true)
            .and_then(|()| that(Rule::RefreshClient, family.client_id == *client.client_id()))
            // D20: another key is `invalid_grant`, no proof at all is `invalid_dpop_proof`.
            .and_then(|()| that(Rule::DpopPresent, binding.jkt.is_none() || confirmation.jkt.is_some()))
            .and_then(|()| that(Rule::RefreshBinding, binding.is_satisfied_by(confirmation, *instance)))
            .and_then(|()| that(Rule::RefreshCurrent, renewal.is_some()))
            .and_then(|()| that(Rule::GrantActive, !family.revoked && status == GrantStatus::Active))
            .and_then(|()| that(Rule::RefreshFresh, now < family.rotation.expires && now < family.ends))
            // RFC 6749 §6: never wider than granted. What is stored stays as wide as it was.
            .and_then(|()| that(Rule::ScopeNarrows, is_narrow))
            .and_then(|()| judge.finish());
        let renewal = match verdict.and_then(|()| renewal.ok_or(Rule::RefreshCurrent)) {
            Ok(renewal) => renewal,
            Err(rule) => {
                if rule == Rule::RefreshCurrent {
                    context.commit.write(Write::RevokeFamily(family.id));
                }
                return Err(request.context.refuse(rule));
            }
        };
        context.facts.is_refresh_retry = matches!(renewal, Renewal::Again);
        Ok(ValidatedGrant::new(request, granted, Source::Refresh { family: Box::new(family), renewal }))
    }
}

/// The keys that a request shows.
#[derive(Clone, Copy)]
struct Shown<'a> {
    confirmation: &'a Confirmation,
    instance: Option<Digest>,
}

/// What a client gets for its refresh token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Renewal {
    /// The next one. `is_strict`: whoever presents the same one at the same time revokes the family.
    Successor { is_strict: bool },
    /// The current one, which it did not get when it presented this one first.
    Again,
    /// None: this one stays.
    Stays,
}

impl Renewal {
    /// The answer to the token of this generation; `None`: it is superseded for good.
    fn of(
        policy: &Policy,
        client: &RegisteredClient,
        family: &StoredFamily,
        generation: u64,
        shown: &Shown<'_>,
        now: UtcDateTime,
    ) -> Option<Self> {
        let rotation = &family.rotation;
        let [of_this, of_current] = [generation, rotation.generation].map(|one| family.binding.of_generation(one));
        // RFC 9700 §2.2.2: what is bound to no key and belongs to a client that does not authenticate must rotate.
        let is_exposed = client.is_public() && of_this.jkt.is_none() && of_this.x5t_s256.is_none();
        match policy.refresh.mode {
            RefreshMode::Stable if !is_exposed => (generation == rotation.generation).then_some(Self::Stays),
            RefreshMode::SingleSuccessor { grace }
                if !rotation.is_strict && (!is_exposed || policy.refresh.legacy_grace_without_binding) =>
            {
                if generation == rotation.generation {
                    Some(Self::Successor { is_strict: false })
                } else {
                    // D6: whoever comes again shows what it showed first, no less and no more; else it is somebody else.
                    let shown = RefreshBinding::of(client, *shown.confirmation, shown.instance, generation);
                    let is_same = shown.is_of_the_same_keys(&of_current);
                    (is_same && rotation.forgives(generation, grace, now)).then_some(Self::Again)
                }
            }
            _ => (generation == rotation.generation).then_some(Self::Successor { is_strict: true }),
        }
    }
}

impl core::fmt::Debug for RefreshTokenGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("RefreshTokenGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
