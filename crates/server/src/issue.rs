use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::fmt::Display;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use symbolon_id_token::{self as id_token, NewIdToken};
use symbolon_jose::{MAX_JWT_BYTES, RemoteKey, SigningInput};
use symbolon_policy::{ConcurrentRedemption, RefreshForm};
use symbolon_token_request::TokenType;
use symbolon_token_response::TokenResponse;
use symbolon_types::{Alg, Confirmation, Digest, GrantType, Once, Rule, Secret};
use time::{Duration, UtcDateTime};

use crate::{
    AccessToken, AuthenticatedRequest, AuthorizationDetails, FamilyId, Granted, Outcome, Reason, RefreshBinding,
    Refusal, RegisteredClient, Rotation, StoredAccessToken, StoredFamily, TokenPlan, TokenSigner, Write,
    commit::Change,
    context::{Context, FamilyEntropy},
    grant::Renewal,
    plan::IdTokenSigner,
    refresh_text::{Place, RefreshText},
};

/// A grant that holds: everything was judged, nothing is consumed. [`Self::issue`] makes the tokens and the commit.
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::GrantSet;
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read write")?);
/// # let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// # let Grant::ClientCredentials(grant) = request.into_grant()? else { unreachable!() };
/// # let grant = grant.authorize(Scope::parse("read")?)?;
/// assert_eq!(grant.granted().scope, Scope::parse("read")?);
/// let outcome = grant.issue(&TokenPlan::new(AccessToken::Opaque), now)?;
/// // What the store must write: the token's digest, never its text.
/// assert!(matches!(outcome.commit().writes(), [Write::AccessToken(_)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct ValidatedGrant {
    context: Box<Context>,
    client: Arc<RegisteredClient>,
    confirmation: Confirmation,
    instance: Option<Digest>,
    granted: Granted,
    source: Source,
}

/// Where a grant comes from, and so what its commit consumes.
#[derive(Debug)]
pub(crate) enum Source {
    /// `once` is the rule that does not hold where it was redeemed meanwhile.
    Code {
        code: Digest,
        family: Box<StoredFamily>,
        once: Rule,
    },
    Refresh {
        family: Box<StoredFamily>,
        renewal: Renewal,
    },
    Client,
    Assertion {
        once: Once,
    },
    /// For a token that lives until then, and belongs to a family perhaps.
    Exchange {
        family: Option<FamilyId>,
        until: UtcDateTime,
    },
    Extension {
        once: Vec<Once>,
        refresh_token: bool,
    },
}

impl ValidatedGrant {
    /// What this request, whose grant was judged, is granted.
    pub(crate) fn new(request: AuthenticatedRequest, granted: Granted, source: Source) -> Self {
        let AuthenticatedRequest { context, client, confirmation, instance, .. } = request;
        Self { context, client, confirmation, instance, granted, source }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        &self.client
    }

    /// What is granted in this response.
    pub const fn granted(&self) -> &Granted {
        &self.granted
    }

    /// The resources that were asked for ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)), unproven: for
    /// choosing the plan.
    pub fn requested_resources(&self) -> &[String] {
        &self.context.resources
    }

    /// The authorization details that were asked for, if any were.
    pub const fn requested_authorization_details(&self) -> Option<&AuthorizationDetails> {
        self.context.details.as_ref()
    }

    /// Grants these authorization details in this response, whatever was asked for: for types of which the embedding program
    /// knows what is narrower ([`AuthorizationDetails::is_within`]).
    ///
    /// # Security
    /// You state that they are within what the resource owner granted.
    pub fn with_authorization_details(mut self, details: AuthorizationDetails) -> Self {
        self.granted.authorization_details = details;
        self.context.details = None;
        self
    }

    /// Lets an extension grant have a refresh token, which by default it has not ([RFC 7521 §4.1]): plan, client and
    /// policy must want one too. Changes nothing for other grants.
    ///
    /// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
    pub fn with_refresh_token(mut self) -> Self {
        if let Source::Extension { refresh_token, .. } = &mut self.source {
            *refresh_token = true;
        }
        self
    }

    /// Makes the tokens and the commit. With keys at hand this cannot stop in the middle.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion and consumes nothing:
    /// - `invalid_target`: a `resource` was asked for that was not granted, or that the plan's tokens are not good for.
    /// - `invalid_authorization_details`: more was asked for than was granted.
    /// - `server_error`: a signer failed, there is none for the ID tokens of this client, a MAC is to sign the ID token of a
    ///   public client, the client has a sector and the endpoint no key for pairwise subject identifiers, the plan's lifetime is
    ///   under a second, the family's server key is gone, the plan names a remote key ([`Self::issue_in_steps`] is for those), or
    ///   an extension grant is to have a refresh token and there is no randomness for it.
    pub fn issue(self, plan: &TokenPlan, now: UtcDateTime) -> Result<Outcome, Refusal> {
        match self.issue_in_steps(plan, now)? {
            Issuing::Done(outcome) => Ok(outcome),
            Issuing::NeedsSignature(job) => Err(job.0.issue.grant.context.refuse(Rule::Embedder)),
        }
    }

    /// The same with remote keys: stops for each signature.
    ///
    /// # Errors
    /// As [`Self::issue`], remote keys aside.
    pub fn issue_in_steps(mut self, plan: &TokenPlan, now: UtcDateTime) -> Result<Issuing, Refusal> {
        let mut plan = plan.clone();
        if let Err(rule) = self.aim(&mut plan, now) {
            return Err(self.context.refuse(rule));
        }
        let pairwise = match self.context.endpoint.pairwise_subject(&self.client, self.granted.subject.as_deref()) {
            Ok(pairwise) => pairwise,
            Err(rule) => return Err(self.context.refuse(rule)),
        };
        let issue = Issue { grant: self, plan, now, pairwise };
        match issue.plan.access_token.clone() {
            AccessToken::Opaque => {
                let text = URL_SAFE_NO_PAD.encode(issue.grant.context.entropy.token());
                issue.with_access_token(Secret::new(text))
            }
            AccessToken::Jwt(TokenSigner::Local(key)) => {
                let crypto = *issue.grant.context.endpoint.crypto();
                let claims = issue.access_token_claims(issue.expires());
                let signed = key.sign(&crypto, Some("at+jwt"), &claims);
                issue.with_signed(signed, Self::with_access_token_text)
            }
            AccessToken::Jwt(TokenSigner::Remote(key)) => {
                let claims = issue.access_token_claims(issue.expires());
                issue.remote(key, "at+jwt", &claims, Stage::AccessToken)
            }
        }
    }

    /// Judges the resources and authorization details that were asked for against what was granted and what the plan's tokens
    /// are good for, and narrows both to it.
    fn aim(&mut self, plan: &mut TokenPlan, now: UtcDateTime) -> Result<(), Rule> {
        if plan.lifetime < Duration::SECOND {
            return Err(Rule::Embedder);
        }
        if let Source::Exchange { until, .. } = &self.source {
            // D23: never beyond the subject token's.
            plan.lifetime = plan.lifetime.min(remaining(*until, now));
            // It may have run out since it was judged.
            if plan.lifetime < Duration::SECOND {
                return Err(Rule::ExchangeSubject);
            }
        }
        let (asked, granted) = (&self.context.resources, &self.granted.resources);
        let issuer = self.context.endpoint.issuer().as_str();
        let is_good_for = |resource: &String| match plan.audience.as_slice() {
            [] => resource == issuer,
            audience => audience.contains(resource),
        };
        // RFC 8707 §2.2: never beyond what was granted. Where nothing is asked for it is all that was granted, and of that what
        // these tokens are good for.
        let is_granted = |resource: &String| granted.is_empty() || granted.contains(resource);
        let aimed = if asked.is_empty() { granted } else { asked };
        let holds = match asked.as_slice() {
            [] => granted.is_empty() || granted.iter().any(is_good_for),
            asked => asked.iter().all(|resource| is_good_for(resource) && is_granted(resource)),
        };
        if !holds {
            return Err(Rule::ResourceNarrows);
        }
        if !aimed.is_empty() {
            plan.audience.retain(|audience| aimed.contains(audience));
        }
        // A registration that was narrowed since narrows what is issued under it.
        let granted = self.granted.authorization_details.of_types(self.client.authorization_details_types());
        self.granted.authorization_details = match self.context.details.take() {
            Some(asked) if asked.is_within(&granted) => asked,
            Some(_) => return Err(Rule::AuthorizationDetailsNarrow),
            None => granted,
        };
        Ok(())
    }

    fn with_access_token_text(issue: Issue, text: String) -> Result<Issuing, Refusal> {
        issue.with_access_token(Secret::new(text))
    }
}

/// Where issuing stands.
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::GrantSet;
/// # use symbolon_server::{*, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read write")?);
/// # let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// # let Grant::ClientCredentials(grant) = request.into_grant()? else { unreachable!() };
/// # let grant = grant.authorize(Scope::parse("read")?)?;
/// let mut issuing = grant.issue_in_steps(&TokenPlan::new(AccessToken::Opaque), now)?;
/// let outcome = loop {
///     issuing = match issuing {
///         Issuing::Done(outcome) => break outcome,
///         Issuing::NeedsSignature(job) => job.signed(&[])?, // here a KMS signs `job.bytes()`
///         other => unreachable!("{other:?}"),
///     };
/// };
/// let answer = outcome.commit().applied();
/// assert_eq!(outcome.settle(answer).status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "done is the usual case: a box would cost every request an allocation")]
pub enum Issuing {
    /// Everything is signed.
    Done(Outcome),
    /// A remote key must sign.
    NeedsSignature(NeedsSignature),
}

/// A signature that is needed from a remote key. May be followed by another: the ID token covers the access token.
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::GrantSet;
/// # use symbolon_server::{*, jose::{Jwk, RemoteKey}, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read write")?);
/// # let parts = RequestParts::post(b"grant_type=client_credentials".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// # let Grant::ClientCredentials(grant) = request.into_grant()? else { unreachable!() };
/// # let grant = grant.authorize(Scope::parse("read")?)?;
/// // The public key of RFC 8037 Appendix A.2; the private one is elsewhere.
/// let jwk = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// let public = Jwk::parse(jwk)?.verifying_key(&PROVIDER, &[Alg::EdDsa])?;
/// let key = RemoteKey::new(public.with_kid("kms-1"));
/// let plan = TokenPlan::new(AccessToken::Jwt(TokenSigner::Remote(key)));
/// let Issuing::NeedsSignature(job) = grant.issue_in_steps(&plan, now)? else { unreachable!() };
/// assert_eq!(job.key().kid(), Some("kms-1"));
/// assert!(job.bytes().starts_with(b"eyJ"));
/// // What does not verify is not sent:
/// let refusal = job.signed(&[0; 64]).err().ok_or("no signature of this key")?;
/// assert_eq!(refusal.reason().rule(), Rule::SignerAnswers);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct NeedsSignature(Box<Job>);

#[derive(Debug)]
struct Job {
    issue: Issue,
    key: RemoteKey,
    input: SigningInput,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    AccessToken,
    IdToken { access_token: Secret },
}

impl NeedsSignature {
    /// The key that must sign.
    pub const fn key(&self) -> &RemoteKey {
        &self.0.key
    }

    /// What it must sign.
    pub fn bytes(&self) -> &[u8] {
        self.0.input.bytes()
    }

    /// Goes on with the signature, in the form of JWS. It is verified with the public key before it is used.
    ///
    /// # Errors
    /// A [`Refusal`] (`server_error`): the signature does not verify, or a local signer failed.
    pub fn signed(self, signature: &[u8]) -> Result<Issuing, Refusal> {
        let Job { issue, input, stage, .. } = *self.0;
        let signed = input.finish(signature);
        match stage {
            Stage::AccessToken => issue.with_signed(signed, |issue, text| issue.with_access_token(Secret::new(text))),
            Stage::IdToken { access_token } => issue.with_signed(signed, |issue, text| {
                issue.finish(access_token, Some(Secret::new(text))).map(Issuing::Done)
            }),
        }
    }

    /// The signer failed (`server_error`): nothing is consumed.
    pub fn failed(self, cause: impl Display) -> Refusal {
        self.0.issue.signer_failed(&cause)
    }
}

#[derive(Debug)]
struct Issue {
    grant: ValidatedGrant,
    plan: TokenPlan,
    now: UtcDateTime,
    /// `sub`, if the client is not told the account.
    pairwise: Option<String>,
}

impl Issue {
    /// `sub`, if there is a resource owner.
    fn subject(&self) -> Option<&str> {
        self.pairwise.as_deref().or(self.grant.granted.subject.as_deref())
    }

    fn expires(&self) -> UtcDateTime {
        self.now.saturating_add(self.plan.lifetime)
    }

    fn with_signed<E: Display>(
        self,
        signed: Result<String, E>,
        go_on: impl FnOnce(Self, String) -> Result<Issuing, Refusal>,
    ) -> Result<Issuing, Refusal> {
        match signed {
            Ok(text) => go_on(self, text),
            Err(error) => Err(self.signer_failed(&error)),
        }
    }

    fn signer_failed(self, cause: &impl Display) -> Refusal {
        self.grant.context.refuse(Reason::Signer(alloc::format!("{cause}")))
    }

    fn remote(self, key: RemoteKey, typ: &str, claims: &Map<String, Value>, stage: Stage) -> Result<Issuing, Refusal> {
        match SigningInput::new(Some(typ), &key, claims) {
            Ok(input) => Ok(Issuing::NeedsSignature(NeedsSignature(Box::new(Job { issue: self, key, input, stage })))),
            Err(error) => Err(self.signer_failed(&error)),
        }
    }

    /// The claims of a JWT access token ([RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2)).
    fn access_token_claims(&self, expires: UtcDateTime) -> Map<String, Value> {
        let Self { grant, plan, now, .. } = self;
        let ValidatedGrant { context, client, confirmation, granted, .. } = grant;
        let issuer = context.endpoint.issuer().as_str();
        let client_id = client.client_id().as_str();
        let mut claims = plan.access_token_claims.to_map();
        let mut set = |name: &str, value: Value| claims.insert(name.into(), value);
        set("iss", json!(issuer));
        // RFC 9068 §2.2: the client itself where there is no resource owner.
        set("sub", json!(self.subject().unwrap_or(client_id)));
        match plan.audience.as_slice() {
            [] => set("aud", json!(issuer)),
            [one] => set("aud", json!(one)),
            many => set("aud", json!(many)),
        };
        set("client_id", json!(client_id));
        set("scope", json!(alloc::format!("{}", granted.scope)));
        set("iat", json!(now.unix_timestamp()));
        set("exp", json!(expires.unix_timestamp()));
        set("jti", json!(URL_SAFE_NO_PAD.encode(context.entropy.access_token_jti())));
        if let Some(auth_time) = granted.auth_time {
            set("auth_time", json!(auth_time.unix_timestamp()));
        }
        if let Some(acr) = &granted.acr {
            set("acr", json!(acr));
        }
        if !granted.authorization_details.is_empty() {
            // RFC 9396 §9.1
            set("authorization_details", granted.authorization_details.to_value());
        }
        for (name, party) in [("act", &granted.act), ("may_act", &granted.may_act)] {
            if let Some(party) = party {
                set(name, Value::Object(party.clone()));
            }
        }
        if confirmation.is_bound() {
            let mut cnf = Map::new();
            if let Some(jkt) = confirmation.jkt {
                cnf.insert("jkt".into(), json!(jkt.to_base64url()));
            }
            if let Some(x5t) = confirmation.x5t_s256 {
                cnf.insert("x5t#S256".into(), json!(x5t.to_base64url()));
            }
            set("cnf", Value::Object(cnf));
        }
        claims
    }

    fn with_access_token(self, access_token: Secret) -> Result<Issuing, Refusal> {
        let wanted = match (&self.grant.source, &self.plan.id_token) {
            // Nobody signed in at this client.
            (Source::Client | Source::Assertion { .. } | Source::Exchange { .. }, _) | (_, None) => None,
            (_, Some(signer)) => Some(signer),
        };
        let is_openid = self.grant.granted.scope.contains("openid") && self.grant.granted.subject.is_some();
        // OIDC Core §10.1: a public client has no secret to verify a MAC with.
        let may_verify = |signer: &TokenSigner| !(self.grant.client.is_public() && signer.alg().is_symmetric());
        let signer =
            |keys: &IdTokenSigner| keys.of(&self.grant.client, &self.grant.context.endpoint).filter(may_verify);
        let wanted = wanted.filter(|_| is_openid).map(signer);
        match wanted {
            None => self.finish(access_token, None).map(Issuing::Done),
            Some(None) => Err(self.grant.context.refuse(Rule::Embedder)),
            Some(Some(TokenSigner::Local(key))) => {
                let crypto = *self.grant.context.endpoint.crypto();
                let signed = self
                    .id_token_claims(key.alg(), &access_token)
                    .and_then(|claims| Ok(key.sign(&crypto, None, &claims)?));
                self.with_signed(signed, |issue, text| {
                    issue.finish(access_token, Some(Secret::new(text))).map(Issuing::Done)
                })
            }
            Some(Some(TokenSigner::Remote(key))) => match self.id_token_claims(key.alg(), &access_token) {
                Ok(claims) => self.remote(key, "JWT", &claims, Stage::IdToken { access_token }),
                Err(error) => Err(self.signer_failed(&error)),
            },
        }
    }

    /// The claims of the ID token ([OIDC Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
    fn id_token_claims(&self, alg: Alg, access_token: &Secret) -> Result<Map<String, Value>, id_token::SignError> {
        let ValidatedGrant { context, client, granted, source, .. } = &self.grant;
        let endpoint = &context.endpoint;
        let mut extra = granted.claims.clone();
        extra.insert("jti".into(), json!(URL_SAFE_NO_PAD.encode(context.entropy.id_token_jti())));
        // OIDC Core §12.2: an ID token of a refresh should not have a nonce.
        let is_refresh = matches!(source, Source::Refresh { .. });
        let new = NewIdToken {
            nonce: granted.nonce.as_deref().filter(|_| !is_refresh),
            auth_time: granted.auth_time,
            acr: granted.acr.as_deref(),
            amr: &granted.amr,
            sid: granted.sid.as_deref(),
            access_token: Some(access_token),
            ..NewIdToken::new(endpoint.issuer(), self.subject().unwrap_or_default(), client.client_id(), &extra)
        };
        new.claims(endpoint.crypto(), alg, endpoint.policy().id_token.lifetime, self.now)
    }

    /// Whether a first refresh token is issued: plan, policy and client must want one.
    fn wants_refresh_token(&self) -> bool {
        let ValidatedGrant { context, client, .. } = &self.grant;
        let policy = context.policy();
        self.plan.refresh_token
            && policy.grants.allows(&GrantType::RefreshToken)
            && client.may_use(&GrantType::RefreshToken)
            && (!client.is_public() || policy.refresh.public_clients)
    }

    /// The next refresh token of a family. A refresh always has a successor, whatever the plan says: the client would keep
    /// the old one, and its next use would be a reuse (RFC 6749 §6).
    fn next_refresh_token(&self, family: &StoredFamily) -> Result<NextRefreshToken, Rule> {
        let expires = self.idle_end(family);
        let rotation = family.rotation.advanced(self.now, expires).ok_or(Rule::Embedder)?;
        self.refresh_token(family, rotation)
    }

    /// When a refresh token expires that is not used again. R40: reset by each refresh, within what is left of the family.
    fn idle_end(&self, family: &StoredFamily) -> UtcDateTime {
        let lifetime = self.grant.context.policy().refresh.idle_lifetime;
        self.now.saturating_add(lifetime).min(family.ends)
    }

    /// The refresh token of a family that stands so: the same text whenever it is asked for (D7).
    fn refresh_token(&self, family: &StoredFamily, rotation: Rotation) -> Result<NextRefreshToken, Rule> {
        // D7: a server key stays until its last family ends.
        let endpoint = &self.grant.context.endpoint;
        let keys = endpoint.refresh_keys(&family.server_key).ok_or(Rule::Embedder)?;
        let write = |place| {
            RefreshText::write(keys.tag, place, family.id, rotation.generation, &family.client_id, &family.tag_secret)
        };
        let text = match endpoint.policy().refresh.form {
            RefreshForm::Jwt => {
                let claims = self.refresh_claims(family, rotation);
                let text = RefreshText::write_jwt(&family.server_key, keys.jwt, &write(Place::InJwt), claims);
                // What is too long to be read would be none of ours when it comes back.
                if text.len() <= MAX_JWT_BYTES { text } else { write(Place::Alone) }
            }
            _ => write(Place::Alone),
        };
        Ok(NextRefreshToken { text, rotation })
    }

    /// The claims of a refresh token that is a JWT, as Keycloak has them. All of them come from the family's row, so that they
    /// are the same whenever it is written.
    fn refresh_claims(&self, family: &StoredFamily, rotation: Rotation) -> Map<String, Value> {
        let issuer = self.grant.context.endpoint.issuer().as_str();
        let client_id = family.client_id.as_str();
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| claims.insert(name.into(), value);
        set("exp", json!(rotation.expires.unix_timestamp()));
        set("iat", json!(rotation.issued.unix_timestamp()));
        set("iss", json!(issuer));
        set("aud", json!(issuer));
        set("sub", json!(self.subject().unwrap_or(client_id)));
        set("typ", json!("Refresh"));
        set("azp", json!(client_id));
        set("scope", json!(alloc::format!("{}", family.granted.scope)));
        claims
    }

    /// The commit and the response. The only place where something is consumed.
    fn finish(mut self, access_token: Secret, id_token: Option<Secret>) -> Result<Outcome, Refusal> {
        let expires = self.expires();
        let client = Arc::clone(&self.grant.client);
        let shown = |since| RefreshBinding::of(&client, self.grant.confirmation, self.grant.instance, since);
        let binding = match &self.grant.source {
            // RFC 9449 §5: what is issued in answer to a proof is bound, whatever the code was.
            Source::Refresh { family, .. } => family.binding.and(shown(family.rotation.generation.saturating_add(1))),
            _ => shown(1),
        };
        let mut new_family = None;
        let source = core::mem::replace(&mut self.grant.source, Source::Client);
        let next = match &source {
            Source::Refresh { family, renewal: Renewal::Again } => {
                self.refresh_token(family, family.rotation.retried()).map(Some)
            }
            Source::Refresh { family, renewal: Renewal::Successor { .. } } => self.next_refresh_token(family).map(Some),
            Source::Code { family, .. } if self.wants_refresh_token() => self.next_refresh_token(family).map(Some),
            Source::Extension { refresh_token: true, .. } if self.wants_refresh_token() => {
                let ValidatedGrant { context, granted, .. } = &self.grant;
                let endpoint = &context.endpoint;
                FamilyEntropy::draw(endpoint.crypto().random).ok_or(Rule::RandomAnswers).and_then(|entropy| {
                    let family = endpoint.new_family(&entropy, &client, granted.clone(), binding, self.now);
                    let next = self.next_refresh_token(&family);
                    new_family = Some(family);
                    next.map(Some)
                })
            }
            _ => Ok(None),
        };
        let next = match next {
            Ok(next) => next,
            Err(rule) => return Err(self.grant.context.refuse(rule)),
        };
        let now = self.now;
        let stays_until = match &source {
            Source::Refresh { family, renewal: Renewal::Stays } => Some(self.idle_end(family)),
            _ => None,
        };
        let is_opaque = matches!(self.plan.access_token, AccessToken::Opaque);
        let ValidatedGrant { mut context, confirmation, mut granted, .. } = self.grant;
        let rotation = next.as_ref().map_or(Rotation::none(now), |next| next.rotation);
        let keep_until = rotation.expires.max(expires);
        let family_id = match &source {
            Source::Code { family, .. } | Source::Refresh { family, .. } => Some(family.id),
            Source::Exchange { family, .. } => *family,
            Source::Client | Source::Assertion { .. } | Source::Extension { .. } => {
                new_family.as_ref().map(|family| family.id)
            }
        };

        // D2: the guards stand in the order of judgement; the ids were guarded when the client authenticated, but that of
        // a public client without a record.
        context.remember_proof();
        let active = Change::ClientActive { client_id: client.client_id().clone(), version: client.version() };
        let remembered = context.commit.remembered();
        context.commit.guard(Rule::GrantActive, active, remembered);
        consume(&mut context, &source, Turn { rotation, binding, keep_until, stays_until });
        if let Some(family) = new_family {
            let family = StoredFamily { rotation, keep_until, ..family };
            context.commit.write(Write::Family(family));
        }
        // A client's own self-contained token is good at no endpoint of ours and is never revoked: nothing need be known.
        let is_stored = is_opaque || family_id.is_some() || granted.subject.is_some();
        let token = is_stored.then(|| context.endpoint.access_token_digest(&access_token));

        let policy = context.policy().response;
        let token_type = if confirmation.jkt.is_some() { "DPoP" } else { policy.bearer };
        let mut response = TokenResponse::new(access_token, token_type);
        response.expires_in = Some(self.plan.lifetime);
        // R40: told anew with every answer, also where the token stays.
        response.refresh_token_expires_in = match (&next, stays_until) {
            (Some(next), _) => Some(remaining(next.rotation.expires, now)),
            (None, Some(expires)) => Some(remaining(expires, now)),
            (None, None) => None,
        };
        response.refresh_token = next.map(|next| next.text);
        // Lent to the response, for all of it is stored.
        response.scope = Some(core::mem::take(&mut granted.scope)).filter(|scope| !scope.is_empty());
        response.id_token = id_token;
        response.other = self.plan.response_members.to_map();
        if matches!(source, Source::Exchange { .. }) {
            // RFC 8693 §2.2.1: required.
            response.other.insert("issued_token_type".into(), TokenType::AccessToken.as_str().into());
        }
        if !granted.authorization_details.is_empty() {
            // RFC 9396 §7: as they were granted.
            response.other.insert("authorization_details".into(), granted.authorization_details.to_value());
        }
        let answer = response.into_response(&policy);
        if let Some(token) = token {
            granted.scope = response.scope.unwrap_or_default();
            // What is stored of an access token tells what it is for.
            granted.resources = self.plan.audience;
            context.commit.write(Write::AccessToken(StoredAccessToken {
                token,
                family: family_id,
                client_id: client.client_id().clone(),
                granted,
                confirmation,
                expires,
                revoked: false,
            }));
        }
        Ok(Outcome::answered(context, answer))
    }
}

/// Where the refresh tokens of a family stand once a request is committed.
#[derive(Clone, Copy)]
struct Turn {
    rotation: Rotation,
    binding: RefreshBinding,
    keep_until: UtcDateTime,
    /// Until when the one that stays is good, if it does.
    stays_until: Option<UtcDateTime>,
}

/// Guards what the grant consumes, in the order of judgement (D2): the family, then the code, token or ids.
fn consume(context: &mut Context, source: &Source, turn: Turn) {
    // These consume nothing, and need not write down what is remembered.
    if matches!(source, Source::Client | Source::Exchange { family: None, .. }) {
        return;
    }
    let Turn { rotation, binding, keep_until, stays_until } = turn;
    let mut otherwise = context.commit.remembered();
    if let Source::Code { family, .. } | Source::Refresh { family, .. } = source {
        context.commit.guard(Rule::GrantActive, Change::FamilyActive { family: family.id }, otherwise.clone());
    }
    match source {
        Source::Client | Source::Exchange { family: None, .. } => {}
        Source::Exchange { family: Some(family), .. } => {
            context.commit.guard(Rule::GrantActive, Change::FamilyActive { family: *family }, otherwise);
        }
        Source::Assertion { once } => {
            context.commit.guard(Rule::GrantAssertionOnce, Change::Remember(*once), otherwise);
        }
        Source::Code { code, family, once } => {
            if context.policy().code.concurrent_redemption == ConcurrentRedemption::Revoke {
                otherwise.push(Write::RevokeFamily(family.id));
            }
            let (code, family) = (*code, family.id);
            let change = Change::Redeem { code, family, rotation, binding, keep_until };
            context.commit.guard(*once, change, otherwise);
        }
        Source::Refresh { family, renewal: Renewal::Stays } => {
            let expires = stays_until.unwrap_or(family.rotation.expires);
            let (keep_until, generation) = (keep_until.max(expires), family.rotation.generation);
            let change = Change::Extend { family: family.id, generation, expires, keep_until };
            context.commit.guard(Rule::RefreshUncontended, change, Vec::new());
        }
        Source::Refresh { family, renewal } => {
            let (id, from) = (family.id, family.rotation);
            let change = Change::Rotate { family: id, from, to: rotation, binding, keep_until };
            if let Renewal::Successor { is_strict: true } = renewal {
                otherwise.push(Write::RevokeFamily(id));
                context.commit.guard(Rule::RefreshCurrent, change, otherwise);
            } else {
                // As the row is by then, the same token may well be forgiven (D6). Nothing is remembered: it may come again.
                context.commit.guard(Rule::RefreshUncontended, change, Vec::new());
            }
        }
        Source::Extension { once, .. } => {
            let remembered = context.commit.remembered();
            for once in once {
                context.commit.guard(Rule::Extension, Change::Remember(*once), remembered.clone());
            }
        }
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "no two moments are too far apart for a Duration")]
fn remaining(until: UtcDateTime, now: UtcDateTime) -> Duration {
    until - now
}

#[derive(Debug)]
struct NextRefreshToken {
    text: Secret,
    rotation: Rotation,
}
