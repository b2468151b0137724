use alloc::{
    boxed::Box,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use symbolon_client_auth::ApplyError;
use symbolon_crypto::CryptoProvider;
use symbolon_id_token::Personal;
use symbolon_jose::{RemoteKey, SigningInput, SigningKey, UnverifiedJwt};
use symbolon_token_request::JwtBearerRequest;
use symbolon_types::{ClientId, Issuer, Scope, Secret};
use time::{Duration, UtcDateTime};

use crate::{
    AuthorizationDetails, Client, ClientError, Sending,
    exchange::{Exchange, Grant, Identity},
    target::{Target, check_resource},
};

/// What an assertion says that is itself a grant ([RFC 7523 §2.1, §3]): `iss`, `aud`, `iat`, `exp` and a fresh `jti` are made
/// here, the rest is the caller's.
///
/// ```
/// use symbolon_client::{GrantClaims, types::{Issuer, Scope}};
/// // What Maskinporten wants to know.
/// let mut claims = GrantClaims::new(&Issuer::parse("https://maskinporten.example/")?);
/// claims.scope = Some(Scope::parse("difitest:test1")?);
/// claims.resource.push("https://api.example/".into());
/// claims.other.insert("consumer_org".into(), "991825827".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The audience is the issuer that the program was configured with, never one that a server's metadata names (security
/// decision D16).
///
/// [RFC 7523 §2.1, §3]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[derive(Clone)]
#[non_exhaustive]
pub struct GrantClaims {
    /// `iss`; `None` is the client.
    pub issuer: Option<String>,
    /// `sub`: in whose name, if in anybody's.
    pub subject: Option<Personal>,
    /// `aud`
    pub audience: String,
    /// `exp - iat`, in whole seconds: from one second on.
    pub lifetime: Duration,
    /// `typ` of the header. By default there is none: a grant has no registered one.
    pub typ: Option<&'static str>,
    /// `scope`, as text
    pub scope: Option<Scope>,
    /// `resource`: each an absolute URI without fragment ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2));
    /// a text if it is one.
    pub resource: Vec<String>,
    /// `authorization_details` ([RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2))
    pub authorization_details: AuthorizationDetails,
    /// Other claims, as the server wants them: `consumer_org`, `pid`, `client_id`. None that is written here, and no `nbf`.
    pub other: Map<String, Value>,
}

impl GrantClaims {
    /// Usual `exp - iat`: a minute is enough for one request on its way.
    pub const LIFETIME: Duration = Duration::seconds(60);

    /// Longest `exp - iat` of an assertion that [`Client::jwt_bearer`] makes: Maskinporten takes no more.
    pub const MAX_LIFETIME: Duration = Duration::seconds(120);

    /// For this issuer and about nothing in particular.
    pub fn new(audience: &Issuer) -> Self {
        Self {
            issuer: None,
            subject: None,
            audience: audience.as_str().into(),
            lifetime: Self::LIFETIME,
            typ: None,
            scope: None,
            resource: Vec::new(),
            authorization_details: AuthorizationDetails::NONE,
            other: Map::new(),
        }
    }

    /// Signs them now: for whoever hands an assertion to another program. [`Client::jwt_bearer`] signs by itself, a fresh one
    /// for each request.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`ClientError::Parameter`]: an empty `iss` or `aud`, a `resource` that is no absolute URI or has a fragment, or one of
    ///   the other claims is written here.
    /// - [`ClientError::Apply`]: a MAC key, which proves nothing to others, or a lifetime under one second.
    /// - [`ClientError::Random`]: the source of randomness failed.
    /// - [`ClientError::Assertion`]: the signer failed.
    pub fn sign(
        &self,
        crypto: &CryptoProvider,
        key: &SigningKey,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Secret, ClientError> {
        if key.alg().is_symmetric() {
            return Err(ApplyError::SymmetricKey.into());
        }
        Ok(Secret::new(key.sign(crypto, self.typ, &self.fresh(crypto, client_id, now)?)?))
    }

    /// Lays them down for a key elsewhere.
    fn input(
        &self,
        crypto: &CryptoProvider,
        key: &RemoteKey,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<SigningInput, ClientError> {
        if key.alg().is_symmetric() {
            return Err(ApplyError::SymmetricKey.into());
        }
        Ok(SigningInput::new(self.typ, key, &self.fresh(crypto, client_id, now)?)?)
    }

    /// All claims, with a `jti` that no assertion had before.
    fn fresh(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Map<String, Value>, ClientError> {
        let iss = self.issuer(client_id);
        let reserved = self.other.keys().any(|name| WRITTEN_HERE.contains(&name.as_str()));
        if iss.is_empty() || self.audience.is_empty() || reserved {
            return Err(ClientError::Parameter);
        }
        check_resource(&self.resource)?;
        if self.lifetime < Duration::SECOND {
            return Err(ApplyError::Lifetime.into());
        }
        let mut jti = [0; JTI_OCTETS];
        crypto.random.fill(&mut jti)?;
        let iat = now.unix_timestamp();
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| claims.insert(name.into(), value);
        set("iss", iss.into());
        if let Some(subject) = &self.subject {
            set("sub", subject.as_str().into());
        }
        set("aud", self.audience.as_str().into());
        set("iat", iat.into());
        set("exp", iat.saturating_add(self.lifetime.whole_seconds()).into());
        set("jti", URL_SAFE_NO_PAD.encode(jti).into());
        if let Some(scope) = &self.scope {
            set("scope", scope.to_string().into());
        }
        match self.resource.as_slice() {
            [] => {}
            [one] => drop(set("resource", one.as_str().into())),
            several => drop(set("resource", several.into())),
        }
        if !self.authorization_details.is_empty() {
            set("authorization_details", self.authorization_details.to_value());
        }
        claims.extend(self.other.clone());
        Ok(claims)
    }

    fn issuer<'a>(&'a self, client_id: &'a ClientId) -> &'a str {
        self.issuer.as_deref().unwrap_or(client_id.as_str())
    }
}

/// Other claims may name people: they are counted.
impl fmt::Debug for GrantClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantClaims")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("audience", &self.audience)
            .field("lifetime", &self.lifetime)
            .field("typ", &self.typ)
            .field("scope", &self.scope)
            .field("resource", &self.resource)
            .field("authorization_details", &self.authorization_details)
            .field("other", &self.other.len())
            .finish()
    }
}

/// Claims that have a field of their own, and times.
const WRITTEN_HERE: &[&str] =
    &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "resource", "authorization_details"];

/// 128 random bits: unguessable, and never drawn twice.
const JTI_OCTETS: usize = 16;

/// An assertion that is itself a grant ([RFC 7523 §2.1]): made by the client for each request that it sends, or by somebody
/// else before.
///
/// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[derive(Clone, Debug)]
#[must_use]
pub struct GrantAssertion {
    source: Source,
    scope: Option<Scope>,
    resource: Vec<String>,
}

#[derive(Clone, Debug)]
enum Source {
    Local(SigningKey, Box<GrantClaims>),
    Remote(RemoteKey, Box<GrantClaims>),
    Given(Secret),
}

impl GrantAssertion {
    /// Says this, signed with this key; `kid` and `x5c` of the header are the key's.
    pub fn signed(key: SigningKey, claims: GrantClaims) -> Self {
        Self::of(Source::Local(key, Box::new(claims)))
    }

    /// The same with a key that signs elsewhere: [`Sending`] then stops for each signature.
    pub fn remote(key: RemoteKey, claims: GrantClaims) -> Self {
        Self::of(Source::Remote(key, Box::new(claims)))
    }

    /// What somebody else made and signed, an ID-JAG for example. It is sent as it is, and nothing of it is judged here.
    pub fn given(assertion: impl Into<Secret>) -> Self {
        Self::of(Source::Given(assertion.into()))
    }

    const fn of(source: Source) -> Self {
        Self { source, scope: None, resource: Vec::new() }
    }

    /// The same with `scope` as a parameter beside it: less than what it says ([RFC 7521 §4.1]).
    ///
    /// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// The same with `resource` as a parameter beside it, each an absolute URI without fragment ([RFC 8707 §2]).
    ///
    /// [RFC 8707 §2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
    pub fn with_resource(mut self, resource: impl Into<Vec<String>>) -> Self {
        self.resource = resource.into();
        self
    }

    /// What it asks for, if it is known here.
    fn asked(&self) -> Option<Scope> {
        let claimed = match &self.source {
            Source::Local(_, claims) | Source::Remote(_, claims) => claims.scope.as_ref(),
            Source::Given(_) => None,
        };
        self.scope.as_ref().or(claimed).cloned()
    }

    /// Whether the client itself says it: what `iss` is, unproven.
    fn is_of(&self, client_id: &ClientId) -> bool {
        match &self.source {
            Source::Local(_, claims) | Source::Remote(_, claims) => claims.issuer(client_id) == client_id.as_str(),
            Source::Given(text) => UnverifiedJwt::parse(text.expose())
                .is_ok_and(|jwt| jwt.peek_claim("iss").as_deref() == Some(client_id.as_str())),
        }
    }
}

/// The grant of a request in the making.
#[derive(Debug)]
pub(crate) struct JwtBearer {
    assertion: GrantAssertion,
    /// With the assertion that is sent next.
    pub(crate) request: JwtBearerRequest,
    /// Whether it is all that the client is known by.
    pub(crate) is_by_grant: bool,
}

impl JwtBearer {
    /// Puts an assertion into the request that was in none before, unless a key elsewhere must sign it first.
    pub(crate) fn make(
        &mut self,
        client: &Client,
        now: UtcDateTime,
    ) -> Result<Option<(RemoteKey, SigningInput)>, ClientError> {
        let (crypto, client_id) = (client.crypto(), client.client_id());
        match &self.assertion.source {
            Source::Local(key, claims) => self.request.assertion = claims.sign(crypto, key, client_id, now)?,
            Source::Given(text) => self.request.assertion = text.clone(),
            Source::Remote(key, claims) => {
                return Ok(Some((key.clone(), claims.input(crypto, key, client_id, now)?)));
            }
        }
        Ok(None)
    }
}

impl Client {
    /// The token request with an assertion as the grant ([RFC 7523 §2.1]). An ID token in its answer stays unverified bytes,
    /// whatever the scope (security decision D31): nobody signed in here.
    ///
    /// Each request that is sent has an assertion of its own, with another `jti`, also where the server asks for a DPoP nonce
    /// ([`Received::SendAgain`](crate::Received::SendAgain)). One that was given comes again as it was.
    ///
    /// Where the policy says so ([`AssertionPolicy::by_grant`](symbolon_policy::AssertionPolicy::by_grant)) and the assertion is
    /// the client's own, it is all that the client is known by ([RFC 7521 §4.1]): there is no `client_id`, and no client
    /// authentication.
    ///
    /// ```
    /// use symbolon_client::jose::SigningKey;
    /// use symbolon_client::policy::Policy;
    /// use symbolon_client::types::{Alg, ClientId, Issuer, Scope};
    /// use symbolon_client::{Client, GrantAssertion, GrantClaims};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use time::UtcDateTime;
    ///
    /// let mut policy = Policy::OAUTH_2_1;
    /// policy.assertion.by_grant = true; // as Maskinporten has it
    /// let issuer = Issuer::parse("https://maskinporten.example/")?;
    /// let client = Client::builder(issuer.clone(), ClientId::parse("6a08d6f2")?, PROVIDER)
    ///     .token_endpoint("https://maskinporten.example/token")
    ///     .policy(policy)
    ///     .build()?;
    /// let (key, _pkcs8) = SigningKey::generate(&PROVIDER, Alg::Es256)?; // load the registered one
    /// let mut claims = GrantClaims::new(&issuer);
    /// claims.scope = Some(Scope::parse("difitest:test1")?);
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let (request, _pending) = client.jwt_bearer(GrantAssertion::signed(key.with_kid("1"), claims), now)?.ready()?;
    /// let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey";
    /// assert!(request.body().expose().starts_with(form));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::EmptySecret`]: a given assertion has no text.
    /// - [`ClientError::Parameter`]: as [`GrantClaims::sign`], or a lifetime over [`GrantClaims::MAX_LIFETIME`], or a `resource`
    ///   beside it that is no absolute URI or has a fragment.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: the assertion, or client authentication,
    ///   cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
    /// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
    pub fn jwt_bearer(&self, assertion: GrantAssertion, now: UtcDateTime) -> Result<Sending, ClientError> {
        match &assertion.source {
            Source::Given(text) if text.is_empty() => return Err(ClientError::EmptySecret),
            Source::Local(_, claims) | Source::Remote(_, claims) if claims.lifetime > GrantClaims::MAX_LIFETIME => {
                return Err(ClientError::Parameter);
            }
            _ => {}
        }
        let target = Target::new(assertion.resource.clone(), AuthorizationDetails::NONE)?;
        let mut request = JwtBearerRequest::new("");
        request.scope.clone_from(&assertion.scope);
        let scope = assertion.asked();
        let is_by_grant = self.policy().assertion.by_grant && assertion.is_of(self.client_id());
        let grant = Grant::JwtBearer(Box::new(JwtBearer { assertion, request, is_by_grant }));
        Exchange::new(self.clone(), grant, scope, Identity::None).with(target).send(now)
    }
}
