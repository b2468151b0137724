use alloc::{boxed::Box, string::String, vec::Vec};

use symbolon_token_request::{TokenExchangeRequest, TokenType};
use symbolon_types::{ClientId, Digest, Judge, Rule, Scope, Secret};
use time::UtcDateTime;

use crate::{
    AuthenticatedRequest, ExchangeMode, ExchangeRule, ExchangedToken, Granted, Refusal, RegisteredClient,
    ValidatedGrant,
    exchange::{self, Party},
    issue::Source,
};

/// A `urn:ietf:params:oauth:grant-type:token-exchange` grant ([RFC 8693 §2.1]): look up [`Self::subject_token`] and
/// [`Self::actor_token`], then [`Self::exchange`].
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::{RegisteredCredentials, RegisteredSecret}, symbolon_policy::{GrantSet, Policy}};
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let mut policy = Policy::OAUTH_2_1;
/// # policy.grants = policy.grants.and(GrantSet::TOKEN_EXCHANGE);
/// let rule = ExchangeRule::new(ClientId::parse("app")?, ExchangeMode::Impersonation)
///     .with_target("https://ledger.example")
///     .with_scope(Scope::parse("read")?);
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key)
///     .policy(policy) // it allows the grant
///     .exchange_rule(rule)
///     .build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = Arc::new(RegisteredClient::new(credentials, GrantSet::TOKEN_EXCHANGE, Scope::parse("read")?));
/// # let form = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC\
/// #     &subject_token_type=urn:ietf:params:oauth:token-type:access_token&audience=https://ledger.example";
/// # let parts = RequestParts::post(form.into())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(client)), now)?;
/// let Grant::TokenExchange(grant) = request.into_grant()? else { unreachable!() };
/// let digest = grant.subject_token().digest().ok_or("an access token of this server")?; // look it up
/// # let stored = StoredAccessToken {
/// #     token: digest, family: None, client_id: ClientId::parse("app")?,
/// #     granted: Granted::to_user("alice", Scope::parse("read write")?), confirmation: Confirmation::NONE,
/// #     expires: now.saturating_add(time::Duration::minutes(10)), revoked: false,
/// # };
/// let granted = grant.exchange(Some(ExchangedToken::from(stored)), None, now)?;
/// assert_eq!(granted.granted().resources, ["https://ledger.example"]);
/// assert_eq!(granted.granted().scope, Scope::parse("read")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8693 §2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
#[must_use]
pub struct TokenExchangeGrant {
    pub(super) request: AuthenticatedRequest,
    /// In a box, so that a grant is no larger for it.
    presented: Box<Presented>,
}

struct Presented {
    parameters: TokenExchangeRequest,
    subject: PresentedToken,
    actor: Option<PresentedToken>,
    targets: Vec<String>,
}

/// A token that a request presents, to be looked up or validated. `Debug` shows neither it nor a name of a kind that is not
/// registered.
pub struct PresentedToken {
    token: Secret,
    token_type: TokenType,
    digest: Option<Digest>,
}

impl PresentedToken {
    /// The token, unproven.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// What the client says that it is.
    pub const fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// The look-up of an access token of this server. `None`: it is said to be another kind of token, for the embedding program
    /// to validate.
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }
}

impl TokenExchangeGrant {
    pub(crate) fn new(request: AuthenticatedRequest, parameters: TokenExchangeRequest) -> Self {
        let endpoint = &request.context.endpoint;
        let presented = |token: &Secret, token_type: &TokenType| PresentedToken {
            token: token.clone(),
            token_type: token_type.clone(),
            digest: (*token_type == TokenType::AccessToken).then(|| endpoint.access_token_digest(token)),
        };
        let subject = presented(&parameters.subject_token, &parameters.subject_token_type);
        let actor = parameters.actor_token.as_ref().map(|(token, token_type)| presented(token, token_type));
        let audiences = request.form.parameters("audience").map(String::from);
        let targets = request.context.resources.iter().cloned().chain(audiences).collect();
        Self { request, presented: Box::new(Presented { parameters, subject, actor, targets }) }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// The token that is exchanged.
    pub fn subject_token(&self) -> &PresentedToken {
        &self.presented.subject
    }

    /// The token that names who acts.
    pub fn actor_token(&self) -> Option<&PresentedToken> {
        self.presented.actor.as_ref()
    }

    /// The scope that was asked for.
    pub fn requested_scope(&self) -> Option<&Scope> {
        self.presented.parameters.scope.as_ref()
    }

    /// Every `resource` and `audience` that was asked for.
    pub fn requested_targets(&self) -> &[String] {
        &self.presented.targets
    }

    /// Judges the exchange (security decision D23) by the first rule that fits client, tokens and targets.
    ///
    /// What is issued is an access token for the targets, with no more scope and authorization details than subject token, client
    /// and rule have, for no longer than the subject token, in its family, without a refresh token.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion ([RFC 8693 §2.2.2]):
    /// - `invalid_request`: another `requested_token_type` than an access token; a token that is not known, over, revoked or of
    ///   another kind than was said, that tells of nobody but another client, or of what no token can tell; no rule; a token of
    ///   somebody else; a key that was not proven; an actor whom `may_act` does not name; too long a chain of actors.
    /// - `invalid_dpop_proof`: the subject token is bound to a key, and there is no proof.
    /// - `invalid_target`: a target that no rule has.
    /// - `invalid_scope`: more than subject token, client and rule have.
    ///
    /// [RFC 8693 §2.2.2]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.2
    pub fn exchange(
        self,
        subject: Option<ExchangedToken>,
        actor: Option<ExchangedToken>,
        now: UtcDateTime,
    ) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, presented } = self;
        let Presented { parameters, subject: presented, actor: presented_actor, targets } = *presented;
        let subject = subject.filter(|found| found.token_type == presented.token_type);
        let actor = match (&presented_actor, actor) {
            (Some(presented), Some(found)) => {
                Some(Some(found).filter(|found| found.token_type == presented.token_type))
            }
            (Some(_), None) => Some(None),
            (None, _) => None,
        };
        let own = request.client.client_id();
        if subject.as_ref().is_some_and(|subject| subject.client_id.as_ref() == Some(own)) {
            request.context.remember_proof();
        }
        let asked = targets.clone();
        let exchange =
            Exchange { parameters: &parameters, subject: subject.as_ref(), actor: actor.as_ref(), targets, now };
        match exchange.judge(&mut request) {
            Ok((granted, until)) => {
                let family = subject.and_then(|subject| subject.family);
                // By either name it must be what the plan's tokens are good for.
                request.context.resources = asked;
                Ok(ValidatedGrant::new(request, granted, Source::Exchange { family, until }))
            }
            Err(rule) => Err(request.context.refuse(rule)),
        }
    }
}

struct Exchange<'a> {
    parameters: &'a TokenExchangeRequest,
    subject: Option<&'a ExchangedToken>,
    /// Outer: whether an actor token came; inner: whether it was found.
    actor: Option<&'a Option<ExchangedToken>>,
    targets: Vec<String>,
    now: UtcDateTime,
}

impl Exchange<'_> {
    fn judge(self, request: &mut AuthenticatedRequest) -> Result<(Granted, UtcDateTime), Rule> {
        let Self { parameters, subject, actor, targets, now } = self;
        let AuthenticatedRequest { context, client, confirmation, .. } = request;
        let endpoint = context.endpoint.clone();
        let client_id = client.client_id();
        let mut judge = Judge::new(&mut context.facts.trace);
        let mut that = |rule: Rule, holds: bool| judge.that(rule, holds, || rule);

        let requested = &parameters.requested_token_type;
        that(Rule::ExchangeTokenType, matches!(requested, None | Some(TokenType::AccessToken)))?;
        // A client's own token, in which nobody is told but the client, would be the asking client's by then.
        let tells_whom = |subject: &ExchangedToken| {
            subject.granted.subject.is_some() || subject.client_id.as_ref() == Some(client_id)
        };
        let is_whole = |subject: &&ExchangedToken| tells_whom(subject) && subject.granted.is_tellable();
        that(Rule::ExchangeSubject, subject.filter(is_whole).is_some_and(|subject| subject.is_live(now)))?;
        let Some(subject) = subject else { return Err(Rule::ExchangeSubject) };
        let mode = if actor.is_some() { ExchangeMode::Delegation } else { ExchangeMode::Impersonation };
        let fits = |rule: &&ExchangeRule| rule.is_for(client_id, mode, subject);
        let mut rules = endpoint.exchange_rules().iter().filter(fits).peekable();
        that(Rule::ExchangeAllowed, rules.peek().is_some())?;
        let rule = rules.find(|rule| rule.has_targets(targets.iter()));
        that(Rule::ExchangeTarget, rule.is_some())?;
        let Some(rule) = rule else { return Err(Rule::ExchangeTarget) };
        that(Rule::ExchangeHolder, rule.lets_have(subject))?;
        // D23: whoever exchanges a bound token proves its key. D20: no proof at all is `invalid_dpop_proof`.
        that(Rule::DpopPresent, subject.confirmation.jkt.is_none() || confirmation.jkt.is_some())?;
        that(Rule::ExchangeBinding, confirmation.satisfies(&subject.confirmation))?;

        let own_issuer = endpoint.issuer().as_str();
        let token_issuer = subject.issuer.as_deref().unwrap_or(own_issuer);
        let mut granted = subject.granted.clone();
        let mut until = subject.expires;
        if let Some(actor) = actor {
            let is_live = |actor: &&ExchangedToken| {
                actor.is_live(now) && rule.lets_have(actor) && confirmation.satisfies(&actor.confirmation)
            };
            // Whose chain would it be, of somebody who acts for another one already?
            let actor = actor.as_ref().filter(is_live).filter(|actor| actor.granted.act.is_none());
            that(Rule::ExchangeActor, actor.is_some())?;
            let Some(actor) = actor else { return Err(Rule::ExchangeActor) };
            let name = actor.granted.subject.as_deref().or(actor.client_id.as_ref().map(ClientId::as_str));
            that(Rule::ExchangeActor, name.is_some())?;
            let (name, issuer) = (name.unwrap_or_default(), actor.issuer.as_deref());
            let party = Party { name, client_id, issuer: issuer.unwrap_or(own_issuer) };
            let is_named = |may_act| exchange::may_act(may_act, token_issuer, &party);
            that(Rule::ExchangeMayAct, granted.may_act.as_ref().is_none_or(is_named))?;
            granted.act = Some(exchange::act(name, issuer, granted.act.as_ref()));
            until = until.min(actor.expires);
        } else {
            // Nobody is named as the actor, so that it is the client itself.
            let party = Party { name: client_id.as_str(), client_id, issuer: own_issuer };
            let is_named = |may_act| exchange::may_act(may_act, token_issuer, &party);
            that(Rule::ExchangeMayAct, granted.may_act.as_ref().is_none_or(is_named))?;
        }
        that(Rule::ExchangeActors, exchange::actors(granted.act.as_ref()).is_some())?;

        let most = granted.scope.intersection(client.scope()).intersection(rule.scope());
        let scope = parameters.scope.clone().unwrap_or_else(|| most.clone());
        that(Rule::ScopeNarrows, !scope.is_empty() && scope.is_subset_of(&most))?;
        judge.finish()?;
        let granted = granted.narrowed(scope);
        let resources = if targets.is_empty() { rule.targets().to_vec() } else { targets };
        Ok((Granted { resources, nonce: None, ..granted }, until))
    }
}

impl core::fmt::Debug for PresentedToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PresentedToken")
            .field("token_type", &exchange::kind(&self.token_type))
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for TokenExchangeGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("TokenExchangeGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
