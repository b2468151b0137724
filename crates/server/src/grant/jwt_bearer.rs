use alloc::{borrow::Cow, string::String, vec::Vec};

use serde_json::{Map, Value};
use symbolon_client_auth::assertion_once;
use symbolon_jose::{Audience, Claims, Header, JwtError, NumericDate, UnverifiedJwt};
use symbolon_policy::MAX_LEEWAY;
use symbolon_token_request::JwtBearerRequest;
use symbolon_types::{Confirmation, Digest, Field, Judge, Once, Rule, Scope};
use time::{Duration, UtcDateTime};

use crate::{
    AssertionProfile, AuthenticatedRequest, AuthorizationDetails, GrantIssuer, Granted, Reason, Refusal,
    RegisteredClient, ValidatedGrant, commit::Change, issue::Source,
};

/// A `urn:ietf:params:oauth:grant-type:jwt-bearer` grant ([RFC 7523 §2.1]): look up [`Self::issuer`], then [`Self::verify`].
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::{GrantSet, Policy};
/// # use symbolon_server::{*, jose::{SigningKey, VerifyingKeys}, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let mut policy = Policy::OAUTH_2_1;
/// # policy.grants = policy.grants.and(GrantSet::JWT_BEARER);
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).policy(policy).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::JWT_BEARER, Scope::parse("read")?);
/// # let (generated, _) = SigningKey::generate(&PROVIDER, Alg::Es256)?;
/// # let idp = generated.with_kid("idp-1");
/// # let claims = serde_json::json!({
/// #     "iss": "https://idp.example", "sub": "U019488227", "aud": "https://as.example", "client_id": "app",
/// #     "jti": "9e43f81b64a33f20116179", "iat": 1_700_000_000, "exp": 1_700_000_060, "scope": "read",
/// # });
/// # let assertion = idp.sign(&PROVIDER, Some("oauth-id-jag+jwt"), &claims)?;
/// # let form = format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={assertion}");
/// # let parts = RequestParts::post(form.into())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// let Grant::JwtBearer(grant) = request.into_grant()? else { unreachable!() };
/// assert_eq!(grant.issuer(), "https://idp.example"); // look it up
/// let keys = VerifyingKeys::new(vec![idp.verifying_key(&PROVIDER)?]);
/// let known = GrantIssuer::new(Issuer::parse("https://idp.example")?, AssertionProfile::IdJag, keys)
///     .with_client(ClientId::parse("app")?)
///     .with_scope(Scope::parse("read")?);
/// let asserted = grant.verify(Some(&known), now)?;
/// assert_eq!(asserted.subject().sub, "U019488227"); // whose account is that?
/// let granted = asserted.authorize(Some("alice"))?;
/// assert_eq!(granted.granted().subject.as_deref(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[must_use]
pub struct JwtBearerGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: JwtBearerRequest,
    issuer: String,
    kid: Option<String>,
}

impl JwtBearerGrant {
    /// What the assertion claims to be, so that its issuer can be found.
    pub(crate) fn peek(parameters: &JwtBearerRequest) -> Result<(String, Option<String>), Reason> {
        let jwt = UnverifiedJwt::parse(parameters.assertion.expose()).map_err(|error| malformed(&error))?;
        let issuer = jwt.peek_claim("iss").map(Cow::into_owned).ok_or(Rule::GrantAssertionIss)?;
        Ok((issuer, jwt.header().kid().map(String::from)))
    }

    pub(crate) fn new(
        request: AuthenticatedRequest,
        parameters: JwtBearerRequest,
        (issuer, kid): (String, Option<String>),
    ) -> Self {
        Self { request, parameters, issuer, kid }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// What to look up: `iss` of the assertion, unproven, any text.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `kid` of the assertion, unproven: whether its issuer's keys must be fetched again.
    pub fn key_hint(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The scope that was asked for.
    pub const fn requested_scope(&self) -> Option<&Scope> {
        self.parameters.scope.as_ref()
    }

    /// Judges the assertion ([RFC 7523 §3], security decisions D9, D12, D16, D24) with the numbers and algorithms that the policy
    /// has for client assertions.
    ///
    /// Nothing is used up here: the assertion's `jti` is remembered by the commit of the issued token.
    ///
    /// # Errors
    /// A [`Refusal`], always `invalid_grant` in one sentence, that remembers the client's own assertion and not this one: an
    /// unknown issuer or this server itself; `typ`, `alg`, key or signature; `aud`, times or `jti`; a client that it is not for;
    /// a key in `cnf` that was not proven; nobody in `sub`.
    ///
    /// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
    pub fn verify(self, found: Option<&GrantIssuer>, now: UtcDateTime) -> Result<AssertedGrant, Refusal> {
        let Self { mut request, parameters, issuer: claimed, .. } = self;
        let AuthenticatedRequest { context, client, confirmation, .. } = &mut request;
        let endpoint = context.endpoint.clone();
        // D24: our own issuer never is one.
        let found = found.filter(|found| found.issuer().as_str() == claimed && found.issuer() != endpoint.issuer());
        let Some(found) = found else {
            context.facts.trace.failed(Rule::GrantAssertionIss);
            return Err(request.context.refuse(Rule::GrantAssertionIss));
        };
        let judgement = Judgement {
            crypto: endpoint.crypto(),
            policy: &endpoint.policy().assertion,
            endpoint: &endpoint,
            issuer: found,
            client,
            confirmation,
            now,
        };
        let judge = Judge::new(&mut context.facts.trace);
        let asserted = judgement.judge(parameters.assertion.expose(), judge);
        match asserted {
            Ok((subject, most, once)) => {
                // A record of this client was found: the proof is remembered, whoever the client is (D1).
                request.context.remember_proof();
                let most = Granted { scope: most.scope.intersection(request.client.scope()), ..most };
                Ok(AssertedGrant { request, asked: parameters.scope, subject, most, once })
            }
            Err(rule) => Err(request.context.refuse(rule)),
        }
    }
}

impl core::fmt::Debug for JwtBearerGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("JwtBearerGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}

/// A `jwt-bearer` grant whose assertion holds: say whose account its subject is, then [`Self::authorize`].
///
/// ```compile_fail,E0599
/// // An assertion that nobody has verified grants nothing:
/// fn grant(grant: symbolon_server::JwtBearerGrant) {
///     let _ = grant.authorize(Some("alice"));
/// }
/// ```
/// ```
/// fn grant(grant: symbolon_server::AssertedGrant) {
///     let _ = grant.authorize(Some("alice"));
/// }
/// ```
#[must_use]
pub struct AssertedGrant {
    request: AuthenticatedRequest,
    asked: Option<Scope>,
    subject: AssertedSubject,
    most: Granted,
    once: Once,
}

/// Whom an assertion speaks of. `Debug` does not show it.
///
/// ```
/// # fn account(subject: &symbolon_server::AssertedSubject) -> Option<&'static str> {
/// // A subject is somebody by issuer, tenant and `sub` together (security decision D24):
/// match (subject.issuer.as_str(), subject.tenant.as_deref(), subject.sub.as_str()) {
///     ("https://acme.idp.example", None, "U019488227") => Some("alice"),
///     _ => None,
/// }
/// # }
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct AssertedSubject {
    /// `iss`
    pub issuer: String,
    /// `tenant` of an ID-JAG: without one the issuer has a single tenant.
    pub tenant: Option<String>,
    /// `sub`
    pub sub: String,
    /// Every claim, for what else is told: `email`, `aud_tenant`, `aud_sub`, `act`.
    pub claims: Map<String, Value>,
}

impl core::fmt::Debug for AssertedSubject {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AssertedSubject").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl AssertedGrant {
    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// Whom the assertion speaks of, and what else it says.
    pub const fn subject(&self) -> &AssertedSubject {
        &self.subject
    }

    /// The most that can be granted: what the assertion, its issuer's registration and the client's allow.
    pub const fn most(&self) -> &Granted {
        &self.most
    }

    /// Grants what was asked for to this account of the resource owner; where nothing was asked for, all that can be granted.
    /// `None`: the subject is nobody here. There is no refresh token ([RFC 7521 §4.1]).
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the client's own assertion and not this one:
    /// - `invalid_grant`: the subject is nobody here.
    /// - `invalid_scope`: more was asked for, or nothing of it can be granted.
    /// - `invalid_request`: the assertion has the `jti` of the client assertion of this very request (security decision D9).
    /// - `server_error`: the account's name cannot be told in tokens.
    ///
    /// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
    pub fn authorize(self, account: Option<impl Into<String>>) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, asked, most, once, .. } = self;
        let rule = |request: AuthenticatedRequest, rule: Rule| Err(request.context.refuse(rule));
        let Some(account) = account else { return rule(request, Rule::GrantAssertionSub) };
        let is_seen = |guard: &crate::Guard| matches!(guard.change(), Change::Remember(known) if known.key == once.key);
        if request.context.commit.guards().iter().any(is_seen) {
            return rule(request, Rule::FormOneJwtTwice);
        }
        let scope = match asked {
            // RFC 6749 §3.3: what was said is not nothing because nothing of it is left.
            Some(asked) if asked.is_subset_of(&most.scope) => asked,
            None if !most.scope.is_empty() => most.scope.clone(),
            _ => return rule(request, Rule::ScopeNarrows),
        };
        request.context.facts.trace.held(Rule::ScopeNarrows);
        let granted = Granted { subject: Some(account.into()), scope, ..most };
        if !granted.is_tellable() {
            return rule(request, Rule::Embedder);
        }
        Ok(ValidatedGrant::new(request, granted, Source::Assertion { once }))
    }
}

impl core::fmt::Debug for AssertedGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AssertedGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}

/// Who judges an assertion, and against what.
struct Judgement<'a> {
    crypto: &'a symbolon_crypto::CryptoProvider,
    policy: &'a symbolon_policy::AssertionPolicy,
    endpoint: &'a crate::Endpoint,
    issuer: &'a GrantIssuer,
    client: &'a RegisteredClient,
    confirmation: &'a Confirmation,
    now: UtcDateTime,
}

type Asserted = (AssertedSubject, Granted, Once);

impl Judgement<'_> {
    fn judge(&self, assertion: &str, mut judge: Judge<'_, Rule>) -> Result<Asserted, Rule> {
        let jwt = UnverifiedJwt::parse(assertion).map_err(|error| malformed(&error))?;
        judge.trace().held(Rule::GrantAssertionIss);
        self.judge_header(jwt.header(), &mut judge)?;
        let Ok(keys) = self.issuer.keys().select(jwt.header()) else {
            return Err(judge.stop(Rule::GrantAssertionKey, Rule::GrantAssertionKey));
        };
        judge.trace().held(Rule::GrantAssertionKey);
        let Ok(verified) = jwt.verify_any(&keys) else {
            return Err(judge.stop(Rule::GrantAssertionSignature, Rule::GrantAssertionSignature));
        };
        judge.trace().held(Rule::GrantAssertionSignature);
        match (verified.claims(), verified.claims_as::<Map<String, Value>>()) {
            (Ok(claims), Ok(all)) => {
                judge.trace().held(Rule::GrantAssertionSyntax);
                self.judge_claims(&claims, all, judge)
            }
            (Err(error), _) => Err(judge.stop(malformed(&error), malformed(&error))),
            (Ok(_), Err(_)) => Err(judge.stop(Rule::GrantAssertionSyntax, Rule::GrantAssertionSyntax)),
        }
    }

    fn judge_header(&self, header: Header<'_>, judge: &mut Judge<'_, Rule>) -> Result<(), Rule> {
        let alg = header.alg();
        judge.trace().note(Rule::GrantAssertionAlg, Field::Alg, alg.as_str());
        let is_welcome = self.policy.algorithms.contains(&alg) && !alg.is_symmetric();
        judge.that(Rule::GrantAssertionAlg, is_welcome, || Rule::GrantAssertionAlg)?;
        if let Some(typ) = header.typ() {
            judge.trace().note(Rule::GrantAssertionTyp, Field::Typ, typ);
        }
        // RFC 8725 §3.11, D9: no other kind of JWT, least of all one that authenticates a client.
        let is_typ = match self.issuer.profile() {
            AssertionProfile::Jwt => header.typ().is_none() || header.is_typ("JWT"),
            AssertionProfile::IdJag => header.is_typ("oauth-id-jag+jwt"),
        };
        judge.that(Rule::GrantAssertionTyp, is_typ, || Rule::GrantAssertionTyp)
    }

    fn judge_claims(
        &self,
        claims: &Claims<'_>,
        all: Map<String, Value>,
        mut judge: Judge<'_, Rule>,
    ) -> Result<Asserted, Rule> {
        let Self { policy, endpoint, issuer, client, now, .. } = *self;
        let mut that = |rule: Rule, holds: bool| judge.that(rule, holds, || rule);
        let is_id_jag = issuer.profile() == AssertionProfile::IdJag;
        that(Rule::GrantAssertionIss, claims.iss.as_deref() == Some(issuer.issuer().as_str()))?;
        // D16: this issuer or its token endpoint, one value; D24: of an ID-JAG the issuer.
        let is_for_us = |aud: &Audience<'_>| {
            aud.is_exactly(endpoint.issuer().as_str()) || (!is_id_jag && aud.is_exactly(endpoint.url()))
        };
        that(Rule::GrantAssertionAud, claims.aud.as_ref().is_some_and(is_for_us))?;

        let moment = |claim: &Option<NumericDate>| claim.as_ref().map(NumericDate::moment);
        let (exp, nbf, iat) = (moment(&claims.exp), moment(&claims.nbf), moment(&claims.iat));
        let [late, early] =
            [policy.exp_leeway, policy.future_leeway].map(|leeway| leeway.clamp(Duration::ZERO, MAX_LEEWAY));
        let soon = now.saturating_add(early);
        let until = exp.map(|exp| exp.saturating_add(late));
        that(Rule::GrantAssertionExp, until.is_some_and(|until| now < until))?;
        let longest = policy.max_lifetime.saturating_add(early);
        let is_short =
            |exp: UtcDateTime| [Some(now), iat].into_iter().flatten().all(|start| exp <= start.saturating_add(longest));
        that(Rule::GrantAssertionLifetime, exp.is_none_or(is_short))?;
        that(Rule::GrantAssertionNbf, nbf.is_none_or(|nbf| nbf <= soon))?;
        that(Rule::GrantAssertionIat, iat.map_or(!is_id_jag, |iat| iat <= soon))?;
        let jti = claims.jti.as_deref().filter(|jti| !jti.is_empty() && jti.len() <= policy.max_jti_bytes);
        that(Rule::GrantAssertionJti, jti.is_some())?;

        let is_to_it = match issuer.profile() {
            AssertionProfile::Jwt => true,
            // D24: the confidential client that authenticated.
            AssertionProfile::IdJag => {
                let client_id = all.get("client_id").and_then(Value::as_str);
                client_id == Some(client.client_id().as_str()) && !client.is_public()
            }
        };
        that(Rule::GrantAssertionClient, is_to_it && issuer.may_speak_to(client.client_id()))?;
        that(Rule::GrantAssertionBinding, is_proven(all.get("cnf"), self.confirmation))?;
        let sub = claims.sub.as_deref().filter(|sub| !sub.is_empty() && issuer.may_speak_of(sub));
        that(Rule::GrantAssertionSub, sub.is_some())?;
        let text = |name: &str| all.get(name).map(|value| value.as_str().map(String::from).ok_or(()));
        let tenant = text("tenant").transpose();
        that(Rule::GrantAssertionSub, tenant.is_ok())?;
        let granted = granted(&all, issuer.scope());
        that(Rule::GrantAssertionGranted, granted.is_some())?;
        judge.finish()?;

        // Everything held: only now is there a replay id (RFC 7523 §3 item 7).
        let until = until.ok_or(Rule::GrantAssertionExp)?;
        let issued = iat.or_else(|| exp.map(|exp| exp.saturating_sub(policy.max_lifetime))).unwrap_or(now);
        let (jti, sub) = (jti.ok_or(Rule::GrantAssertionJti)?, sub.ok_or(Rule::GrantAssertionSub)?);
        let granted = granted.ok_or(Rule::GrantAssertionGranted)?;
        let owner = issuer.issuer().as_str();
        let once = assertion_once(self.crypto, endpoint.issuer(), owner, jti, issued, until);
        let tenant = tenant.map_err(|()| Rule::GrantAssertionSub)?;
        let subject = AssertedSubject { issuer: owner.into(), tenant, sub: sub.into(), claims: all };
        Ok((subject, granted, once))
    }
}

/// Whether every key in `cnf` was proven ([RFC 7800 §3.1](https://www.rfc-editor.org/rfc/rfc7800#section-3.1)). A kind that
/// nobody can prove here is not.
fn is_proven(cnf: Option<&Value>, shown: &Confirmation) -> bool {
    let Some(cnf) = cnf else { return true };
    let Some(cnf) = cnf.as_object().filter(|cnf| !cnf.is_empty()) else { return false };
    cnf.iter().all(|(name, value)| {
        let shown = match name.as_str() {
            "jkt" => shown.jkt,
            "x5t#S256" => shown.x5t_s256,
            _ => None,
        };
        shown.is_some() && value.as_str().and_then(Digest::from_base64url) == shown
    })
}

/// What an assertion grants, within what its issuer may; `None`: a claim is malformed.
pub(super) fn granted(claims: &Map<String, Value>, most: &Scope) -> Option<Granted> {
    let scope = match claims.get("scope") {
        Some(scope) => Scope::parse(scope.as_str()?).ok()?.intersection(most),
        None => most.clone(),
    };
    let mut granted = Granted::to_client(scope);
    granted.resources = match claims.get("resource") {
        None => Vec::new(),
        Some(Value::String(one)) => Vec::from([one.clone()]),
        // An empty list names none, and no resources stand for all.
        Some(many) => {
            let many = many.as_array().filter(|many| !many.is_empty())?;
            many.iter().map(|one| one.as_str().map(String::from)).collect::<Option<_>>()?
        }
    };
    if let Some(details) = claims.get("authorization_details") {
        let details: Option<Vec<_>> = details.as_array()?.iter().map(|detail| detail.as_object().cloned()).collect();
        granted.authorization_details = AuthorizationDetails::new(details?).ok()?;
    }
    if let Some(auth_time) = claims.get("auth_time") {
        granted.auth_time = Some(UtcDateTime::from_unix_timestamp(auth_time.as_i64()?).ok()?);
    }
    if let Some(acr) = claims.get("acr") {
        granted.acr = Some(acr.as_str()?.into());
    }
    Some(granted)
}

fn malformed(error: &JwtError) -> Rule {
    match error {
        JwtError::AlgNotAllowed | JwtError::AlgKeyMismatch => Rule::GrantAssertionAlg,
        JwtError::InvalidClaim { name: "iss" } => Rule::GrantAssertionIss,
        JwtError::InvalidClaim { name: "sub" } => Rule::GrantAssertionSub,
        JwtError::InvalidClaim { name: "aud" } => Rule::GrantAssertionAud,
        JwtError::InvalidClaim { name: "exp" } => Rule::GrantAssertionExp,
        JwtError::InvalidClaim { name: "nbf" } => Rule::GrantAssertionNbf,
        JwtError::InvalidClaim { name: "iat" } => Rule::GrantAssertionIat,
        JwtError::InvalidClaim { name: "jti" } => Rule::GrantAssertionJti,
        _ => Rule::GrantAssertionSyntax,
    }
}
