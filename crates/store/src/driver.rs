use symbolon_server::{
    ApplyError, BackchannelRequest, CodeError, DecideError, Decision, Endpoint, ExchangedToken, Found, Grant,
    GrantStatus, NewCode, Outcome, PresentedToken, Refusal, Settled, StoredDeferred, TokenPlan, ValidatedGrant,
};
use symbolon_types::{RequestParts, Rule, Secret};
use thiserror::Error;
use time::UtcDateTime;

use crate::Store;

/// The server half over a [`Store`]: requests in, answers out, one atomic write each.
///
/// It does the registered grants. Where a program wants more between the steps (extension grants, `jwks_uri`, chains in
/// `x5c`, throttling, remote signers), it writes its own [`Self::decide`]; that is the point of the steps.
///
/// ```
/// # use symbolon_client_auth::RegisteredCredentials;
/// # use symbolon_server::{*, types::*};
/// # use symbolon_store::{Driver, Memory, Store as _, policy::GrantSet};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let store = Memory::new(now);
/// # let credentials = RegisteredCredentials::new(ClientId::parse("spa")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # store.register(client.with_redirect_uri("https://spa.example/cb"));
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// let driver = Driver::new(endpoint, store, TokenPlan::new(AccessToken::Opaque));
/// # let client = driver.store().client("spa").await?.ok_or("not registered")?;
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// let new = NewCode::new(client, Granted::to_user("alice", Scope::parse("openid")?))
///     .with_redirect_uri("https://spa.example/cb")
///     .with_challenge(challenge);
/// let code = driver.authorize(new, now).await?;
/// let digest = driver.endpoint().code_digest(&code);
/// assert!(driver.store().code(&digest).await?.is_some());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Driver<S> {
    endpoint: Endpoint,
    store: S,
    plan: TokenPlan,
}

impl<S: Store> Driver<S> {
    /// Over this store, with these tokens.
    pub const fn new(endpoint: Endpoint, store: S, plan: TokenPlan) -> Self {
        Self { endpoint, store, plan }
    }

    /// The endpoint.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Answers a token request. Whatever happens there is an answer.
    pub async fn token(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.finish(self.decide(parts, now).await).await
    }

    /// Takes what was decided to the store and settles it, refusals too. For a program that writes its own [`Self::decide`].
    ///
    /// A commit that changes nothing is not taken to the store: most refusals are answered without a round trip.
    pub async fn finish(&self, decided: Result<Outcome, Refusal>) -> Settled {
        let outcome = decided.unwrap_or_else(Refusal::into_outcome);
        if outcome.commit().is_empty() {
            let answer = outcome.commit().applied();
            return outcome.settle(answer);
        }
        match self.store.apply(outcome.commit()).await {
            Ok(answer) => outcome.settle(answer),
            Err(error) => outcome.unavailable(error),
        }
    }

    /// Decides a token request. Everything that can be refused is refused here; nothing is changed.
    ///
    /// # Errors
    /// A [`Refusal`]; it is an outcome too, and must be committed and settled like one.
    pub async fn decide(&self, parts: RequestParts, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let store = &self.store;
        let received = self.endpoint.receive(parts)?;
        let client = store.client(received.client_hint()).await.map_err(Refusal::unavailable)?;
        let request = received.authenticate(Found::client(client), now)?;
        self.judge(request.into_grant()?, now).await?.issue(&self.plan, now)
    }

    /// Looks up what a registered grant needs and judges it; an extension grant is refused as unsupported. For a program
    /// that writes its own [`Self::decide`].
    ///
    /// # Errors
    /// A [`Refusal`], as the grant's own step says; `temporarily_unavailable` if a look-up failed.
    pub async fn judge(&self, grant: Grant, now: UtcDateTime) -> Result<ValidatedGrant, Refusal> {
        let store = &self.store;
        match grant {
            Grant::AuthorizationCode(grant) => {
                let code = store.code(grant.code()).await.map_err(Refusal::unavailable)?;
                grant.redeem(code, now)
            }
            Grant::RefreshToken(grant) => {
                let family = store.family(grant.family()).await.map_err(Refusal::unavailable)?;
                let status = match &family {
                    Some(family) => store.grant_status(family).await.map_err(Refusal::unavailable)?,
                    None => GrantStatus::Active,
                };
                grant.rotate(family, status, now)
            }
            Grant::ClientCredentials(grant) => {
                let most = grant.client().scope().clone();
                // A client for itself: what its registration lets it ask for is what it may have.
                let details = grant.requested_authorization_details().cloned().unwrap_or_default();
                grant.with_authorization_details(details).authorize(most)
            }
            Grant::DeviceCode(grant) => {
                let found = store.deferred(grant.deferred()).await.map_err(Refusal::unavailable)?;
                grant.redeem(found, now)
            }
            Grant::Ciba(grant) => {
                let found = store.deferred(grant.deferred()).await.map_err(Refusal::unavailable)?;
                grant.redeem(found, now)
            }
            Grant::OwnAssertion(grant) => {
                let most = grant.client().scope().clone();
                grant.authorize(most)
            }
            Grant::TokenExchange(grant) => {
                let subject = self.exchanged(Some(grant.subject_token())).await?;
                let actor = self.exchanged(grant.actor_token()).await?;
                grant.exchange(subject, actor, now)
            }
            Grant::JwtBearer(grant) => {
                let issuer = store.grant_issuer(grant.issuer()).await.map_err(Refusal::unavailable)?;
                let asserted = grant.verify(issuer.as_deref(), now)?;
                let account = store.account(asserted.subject()).await.map_err(Refusal::unavailable)?;
                asserted.authorize(account)
            }
            other => Err(other.unsupported()),
        }
    }

    /// An access token of this server that is presented to be exchanged; every other kind is unknown here.
    async fn exchanged(&self, presented: Option<&PresentedToken>) -> Result<Option<ExchangedToken>, Refusal> {
        match presented.and_then(PresentedToken::digest) {
            Some(digest) => {
                let found = self.store.access_token(&digest).await.map_err(Refusal::unavailable)?;
                Ok(found.map(ExchangedToken::from))
            }
            None => Ok(None),
        }
    }

    /// Makes an authorization code and stores it.
    ///
    /// # Errors
    /// - [`AuthorizeError::Refused`]: as [`Endpoint::authorize`] says.
    /// - [`AuthorizeError::Conflict`]: the client is gone or changed since it was read (`temporarily_unavailable`).
    /// - [`AuthorizeError::Store`]: the store did not answer (`temporarily_unavailable` or `server_error`).
    pub async fn authorize(&self, new: NewCode, now: UtcDateTime) -> Result<Secret, AuthorizeError<S::Error>> {
        let pending = self.endpoint.authorize(new, now).map_err(AuthorizeError::Refused)?;
        let answer = self.store.apply(pending.commit()).await.map_err(AuthorizeError::Store)?;
        pending.settle(&answer).ok_or(AuthorizeError::Conflict)
    }

    /// Answers a device authorization request ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)). Whatever
    /// happens there is an answer.
    pub async fn device_authorization(&self, parts: RequestParts, verification_uri: &str, now: UtcDateTime) -> Settled {
        self.finish(self.decide_device_authorization(parts, verification_uri, now).await).await
    }

    /// Decides a device authorization request, as [`Self::decide`] does a token request.
    ///
    /// # Errors
    /// As `AuthenticatedRequest::into_device_authorization` says; `temporarily_unavailable` if a look-up failed.
    pub async fn decide_device_authorization(
        &self,
        parts: RequestParts,
        verification_uri: &str,
        now: UtcDateTime,
    ) -> Result<Outcome, Refusal> {
        let received = self.endpoint.receive_device_authorization(parts)?;
        let client = self.store.client(received.client_hint()).await.map_err(Refusal::unavailable)?;
        received.authenticate(Found::client(client), now)?.into_device_authorization(verification_uri, now)
    }

    /// Reads a backchannel authentication request
    /// ([OpenID CIBA §7.1](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request))
    /// of an authenticated client. Who is meant is the program's to find out; what it accepts or refuses goes to [`Self::finish`].
    ///
    /// # Errors
    /// As `AuthenticatedRequest::into_backchannel` says; `temporarily_unavailable` if a look-up failed.
    pub async fn backchannel_request(
        &self,
        parts: RequestParts,
        now: UtcDateTime,
    ) -> Result<BackchannelRequest, Refusal> {
        let received = self.endpoint.receive_backchannel_authentication(parts)?;
        let client = self.store.client(received.client_hint()).await.map_err(Refusal::unavailable)?;
        received.authenticate(Found::client(client), now)?.into_backchannel()
    }

    /// Records what a resource owner decided, who has signed in, was shown what is asked for, and was asked.
    ///
    /// # Errors
    /// - [`DecisionError::Refused`]: as [`Endpoint::decide`] says.
    /// - [`DecisionError::Conflict`]: somebody else has decided, or the client is gone or changed since it was read.
    /// - [`DecisionError::Store`]: the store did not answer.
    pub async fn decide_deferred(
        &self,
        deferred: &StoredDeferred,
        decision: Decision,
        now: UtcDateTime,
    ) -> Result<(), DecisionError<S::Error>> {
        let client = self.store.client(deferred.client_id.as_str()).await;
        let client = client.map_err(|error| DecisionError::Store(ApplyError::NotApplied(error)))?;
        let client = client.ok_or(DecisionError::Conflict)?;
        let pending = self.endpoint.decide(deferred, &client, decision, now).map_err(DecisionError::Refused)?;
        let answer = self.store.apply(pending.commit()).await.map_err(DecisionError::Store)?;
        if pending.settle(answer) { Ok(()) } else { Err(DecisionError::Conflict) }
    }

    /// Answers a userinfo request. Whatever happens there is an answer.
    pub async fn userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Settled {
        self.finish(self.decide_userinfo(parts, now).await).await
    }

    /// Decides a userinfo request, as [`Self::decide`] does a token request.
    ///
    /// # Errors
    /// As [`Endpoint::userinfo`] and `UserinfoRequest::answer` say; `temporarily_unavailable` if a look-up failed.
    pub async fn decide_userinfo(&self, parts: RequestParts, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let request = self.endpoint.userinfo(parts)?;
        let found = self.store.access_token(request.token()).await.map_err(Refusal::unavailable)?;
        let client = match &found {
            Some(token) => self.store.client(token.client_id.as_str()).await.map_err(Refusal::unavailable)?,
            None => None,
        };
        request.answer(found, client.as_deref(), now)
    }
}

/// Why a decision was not recorded.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecisionError<E> {
    /// The endpoint refuses.
    #[error("refused")]
    Refused(#[source] DecideError),
    /// Somebody else has decided, or the client is gone or changed since it was read.
    #[error("somebody else has decided, or the client changed since it was read")]
    Conflict,
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(ApplyError<E>),
}

impl<E> DecisionError<E> {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Refused(error) => error.rule(),
            Self::Conflict => Rule::DeferredUndecided,
            Self::Store(ApplyError::NotApplied(_)) => Rule::StoreAnswers,
            Self::Store(_) => Rule::StoreOutcomeKnown,
        }
    }
}

/// Why no code was made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AuthorizeError<E> {
    /// The endpoint refuses.
    #[error("refused")]
    Refused(#[source] CodeError),
    /// The client is gone or changed since it was read.
    #[error("the client changed since it was read")]
    Conflict,
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(ApplyError<E>),
}

impl<E> AuthorizeError<E> {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Refused(error) => error.rule(),
            Self::Conflict | Self::Store(ApplyError::NotApplied(_)) => Rule::StoreAnswers,
            Self::Store(_) => Rule::StoreOutcomeKnown,
        }
    }
}
