use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_pkce::CodeChallenge;
use symbolon_policy::{MAX_GRACE, MAX_NODE_CLOCK_DIFFERENCE};
use symbolon_types::{ClientId, Confirmation, Digest, Scope, SecretBytes};
use time::{Duration, UtcDateTime};

use crate::{AuthorizationDetails, RegisteredClient};

/// The name of a family: everything that descends from one authorization.
///
/// ```
/// use symbolon_server::FamilyId;
///
/// let id = FamilyId::from_bytes([9; 16]);
/// assert_eq!(id.as_bytes(), &[9; 16]);
/// assert_eq!(format!("{id:?}"), "FamilyId(09090909..)");
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FamilyId([u8; 16]);

impl FamilyId {
    /// Wraps 16 octets that came from a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The octets.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyId(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}

/// What was allowed, by whom, and what the tokens shall say about it.
///
/// `Debug` shows neither subject nor claims, and of what else was said of them only whether it was. Exhaustive, as the records below are: a store keeps all of it.
///
/// ```
/// use symbolon_server::{Granted, types::Scope};
/// let granted = Granted::to_user("alice", Scope::parse("openid")?).with_nonce("n-0S6_WzA2Mj");
/// assert_eq!(granted.subject.as_deref(), Some("alice"));
/// assert!(!format!("{granted:?}").contains("alice"));
/// # Ok::<(), symbolon_server::types::ScopeError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Granted {
    /// The resource owner; `None` where the client acts for itself.
    pub subject: Option<String>,
    /// The scope.
    pub scope: Scope,
    /// The resources that access tokens are for ([RFC 8707 §2.1](https://www.rfc-editor.org/rfc/rfc8707#section-2.1)); empty:
    /// those of the [`TokenPlan`](crate::TokenPlan). A token request may ask for fewer.
    pub resources: Vec<String>,
    /// What was granted beside the scope ([RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2)). A token request may
    /// ask for less.
    pub authorization_details: AuthorizationDetails,
    /// Who acts for the resource owner ([RFC 8693 §4.1](https://www.rfc-editor.org/rfc/rfc8693#section-4.1)), for JWT access
    /// tokens: comes of a token exchange.
    pub act: Option<Map<String, Value>>,
    /// Who may act for the resource owner ([RFC 8693 §4.4](https://www.rfc-editor.org/rfc/rfc8693#section-4.4)).
    pub may_act: Option<Map<String, Value>>,
    /// `nonce` of the authentication request, for the first ID token.
    pub nonce: Option<String>,
    /// When the resource owner signed in.
    pub auth_time: Option<UtcDateTime>,
    /// The authentication context class that was reached.
    pub acr: Option<String>,
    /// The authentication methods that were used.
    pub amr: Vec<String>,
    /// The session, for `sid`.
    pub sid: Option<String>,
    /// Further claims about the resource owner, for ID token and userinfo. Never `iss`, `sub`, `aud` or times.
    pub claims: Map<String, Value>,
}

impl Granted {
    /// Granted by a resource owner.
    pub fn to_user(subject: impl Into<String>, scope: Scope) -> Self {
        Self { subject: Some(subject.into()), ..Self::to_client(scope) }
    }

    /// Granted to the client itself.
    pub fn to_client(scope: Scope) -> Self {
        Self {
            subject: None,
            scope,
            resources: Vec::new(),
            authorization_details: AuthorizationDetails::NONE,
            act: None,
            may_act: None,
            nonce: None,
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            sid: None,
            claims: Map::new(),
        }
    }

    /// With those of these claims that its scope releases ([OIDC Core §5.4]); a claim that no registered scope-token names
    /// is always told.
    ///
    /// [OIDC Core §5.4]: https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
    #[must_use]
    pub fn with_claims(mut self, claims: &Map<String, Value>) -> Self {
        let released =
            claims.iter().filter(|(name, _)| releasing_scope(name).is_none_or(|token| self.scope.contains(token)));
        self.claims = released.map(|(name, value)| (name.clone(), value.clone())).collect();
        self
    }

    /// The same for this scope, without the claims that only a scope-token that is gone would release.
    pub(crate) fn narrowed(&self, scope: Scope) -> Self {
        let is_gone = |token: &str| self.scope.contains(token) && !scope.contains(token);
        let mut claims = self.claims.clone();
        claims.retain(|name, _| !releasing_scope(name).is_some_and(is_gone));
        Self { scope, claims, ..self.clone() }
    }

    /// Whether it can be told in tokens: a resource owner has a name of 1 to 255 ASCII characters, and no further claim
    /// has the name of one that the endpoint fills.
    pub(crate) fn is_tellable(&self) -> bool {
        let is_name = |subject: &String| (1..=255).contains(&subject.len()) && subject.is_ascii();
        self.subject.as_ref().is_none_or(is_name) && RESERVED_CLAIMS.iter().all(|name| !self.claims.contains_key(*name))
    }

    /// With the `nonce` of the authentication request.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted")
            .field("subject", &self.subject.is_some())
            .field("scope", &self.scope)
            .field("resources", &self.resources.len())
            .field("authorization_details", &self.authorization_details)
            .field("nonce", &self.nonce.is_some())
            .field("acr", &self.acr.is_some())
            .field("claims", &self.claims.len())
            .finish_non_exhaustive()
    }
}

/// Which claims a scope-token releases ([OIDC Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
const SCOPE_CLAIMS: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The scope-token that releases a claim.
fn releasing_scope(claim: &str) -> Option<&'static str> {
    SCOPE_CLAIMS.iter().find(|(_, claims)| claims.contains(&claim)).map(|(token, _)| *token)
}

/// Claims that the endpoint fills by itself: never among those of a resource owner.
pub const RESERVED_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "events",
    "client_id",
    "scope",
    "cnf",
    "authorization_details",
];

/// The one row of a family (security decisions D5 and D7): with it every refresh token that was ever issued in the
/// family is recognised, and nothing secret is stored per token.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// use symbolon_server::Write;
///
/// let pending = endpoint.authorize(new, now)?;
/// let [Write::Code(code)] = pending.commit().writes() else { unreachable!() };
/// let family = &code.family;
/// assert_eq!(family.rotation.generation, 0); // no refresh token yet
/// assert_eq!(family.server_key, "2026");
/// assert_eq!(family.ends, now.saturating_add(endpoint.policy().refresh.max_lifetime));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredFamily {
    /// Its name.
    pub id: FamilyId,
    /// The client that everything in it was issued to.
    pub client_id: ClientId,
    /// What was granted, in full width: a narrowed refresh does not narrow it.
    pub granted: Granted,
    /// What its refresh tokens are bound to.
    pub binding: RefreshBinding,
    /// 32 random octets; with the server key they make the tags of the refresh tokens.
    pub tag_secret: SecretBytes,
    /// Which server key makes the tags. An old key stays until its last family ends.
    pub server_key: String,
    /// Where its refresh tokens stand.
    pub rotation: Rotation,
    /// When the last refresh token of the family expires, whatever happens.
    pub ends: UtcDateTime,
    /// Until when the row must be kept: no token issued in the family lives longer.
    pub keep_until: UtcDateTime,
    /// Whether everything in it is refused.
    pub revoked: bool,
}

/// Where the refresh tokens of a family stand (security decision D6). A store keeps it and compares it whole, and replaces it
/// whole but for [`Change::Extend`](crate::Change::Extend), which sets `expires` alone.
///
/// ```
/// use symbolon_server::Rotation;
/// use time::UtcDateTime;
/// let none = Rotation::none(UtcDateTime::UNIX_EPOCH);
/// assert_eq!((none.generation, none.is_strict), (0, false));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rotation {
    /// The number of the current refresh token; 0 while none was issued.
    pub generation: u64,
    /// When it was issued first.
    pub issued: UtcDateTime,
    /// When it expires.
    pub expires: UtcDateTime,
    /// How often the one before it came again, and got it again.
    pub retries: u8,
    /// How many generations in a row, up to this one, were got again.
    pub retried_generations: u8,
    /// Whether from now on a superseded token revokes the family, whatever the mode.
    pub is_strict: bool,
}

impl Rotation {
    /// No refresh token was issued yet.
    pub const fn none(now: UtcDateTime) -> Self {
        Self { generation: 0, issued: now, expires: now, retries: 0, retried_generations: 0, is_strict: false }
    }

    /// The next refresh token was issued. `None`: there is no number after this one.
    pub(crate) fn advanced(self, now: UtcDateTime, expires: UtcDateTime) -> Option<Self> {
        Some(Self {
            generation: self.generation.checked_add(1)?,
            issued: now,
            expires,
            retries: 0,
            retried_generations: if self.retries == 0 { 0 } else { self.retried_generations },
            is_strict: self.is_strict,
        })
    }

    /// The current refresh token was got again by the one before it.
    pub(crate) fn retried(self) -> Self {
        let retries = self.retries.saturating_add(1);
        let retried_generations = self.retried_generations.saturating_add(u8::from(self.retries == 0));
        let is_strict = self.is_strict || retries >= MAX_RETRIES || retried_generations >= MAX_RETRIED_GENERATIONS;
        Self { retries, retried_generations, is_strict, ..self }
    }

    /// Whether the token of this generation, which is not the current one, may come again, unless the family is strict. Its
    /// successor was issued by the clock of another node perhaps, so that it may as long as two clocks can differ beyond the
    /// grace.
    pub(crate) fn forgives(&self, generation: u64, grace: Duration, now: UtcDateTime) -> bool {
        let grace = grace.clamp(Duration::ZERO, MAX_GRACE);
        generation.checked_add(1) == Some(self.generation)
            && now <= self.issued.saturating_add(grace).saturating_add(MAX_NODE_CLOCK_DIFFERENCE)
    }
}

/// With so many retries of one generation a family is strict from then on (D6).
const MAX_RETRIES: u8 = 3;
/// With so many generations in a row that were retried, too.
const MAX_RETRIED_GENERATIONS: u8 = 2;

/// What the refresh tokens of a family are bound to: whoever presents one shows every key that it was bound to when it was
/// issued. A key that is first shown at a refresh binds from the next token on.
///
/// ```
/// use symbolon_server::{BoundKey, RefreshBinding, types::Digest};
/// let instance = Some(BoundKey { thumbprint: Digest::from_bytes([1; 32]), since: 1 });
/// let bound = RefreshBinding { instance, ..RefreshBinding::NONE };
/// assert_ne!(bound, RefreshBinding::NONE);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RefreshBinding {
    /// The DPoP key of a public client ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)). A confidential one
    /// authenticates at each refresh, and may change its keys.
    pub jkt: Option<BoundKey>,
    /// The certificate of a public client ([RFC 8705 §4](https://www.rfc-editor.org/rfc/rfc8705#section-4)).
    pub x5t_s256: Option<BoundKey>,
    /// The key of the client's instance, of a method that proves one
    /// ([`Vouched::instance`](symbolon_client_auth::Vouched::instance)).
    pub instance: Option<BoundKey>,
}

/// A key, and since when refresh tokens are bound to it.
///
/// A token that was issued before is not: whoever presents it, superseded as it is, without the key is its rightful holder or
/// a thief, and either way the family must end ([RFC 9700 §4.14.2]). Else a thief would bind the family to a key of its own,
/// and nobody could tell any more.
///
/// ```
/// use symbolon_server::{BoundKey, types::Digest};
/// let key = BoundKey { thumbprint: Digest::from_bytes([1; 32]), since: 2 };
/// assert_eq!(key.since, 2); // the first refresh token was not bound
/// ```
///
/// [RFC 9700 §4.14.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BoundKey {
    /// Its thumbprint.
    pub thumbprint: Digest,
    /// The first generation that is bound to it.
    pub since: u64,
}

impl RefreshBinding {
    /// No binding.
    pub const NONE: Self = Self { jkt: None, x5t_s256: None, instance: None };

    /// Of the token of the generation `since`, to what was shown in the request of this client.
    pub(crate) fn of(
        client: &RegisteredClient,
        confirmation: Confirmation,
        instance: Option<Digest>,
        since: u64,
    ) -> Self {
        let confirmation = if client.is_public() { confirmation } else { Confirmation::NONE };
        let [jkt, x5t_s256, instance] = [confirmation.jkt, confirmation.x5t_s256, instance]
            .map(|key| key.map(|thumbprint| BoundKey { thumbprint, since }));
        Self { jkt, x5t_s256, instance }
    }

    /// The same, and to what was shown beside it.
    pub(crate) fn and(self, shown: Self) -> Self {
        Self {
            jkt: self.jkt.or(shown.jkt),
            x5t_s256: self.x5t_s256.or(shown.x5t_s256),
            instance: self.instance.or(shown.instance),
        }
    }

    /// What the token of this generation is bound to.
    pub(crate) fn of_generation(self, generation: u64) -> Self {
        let [jkt, x5t_s256, instance] =
            [self.jkt, self.x5t_s256, self.instance].map(|key| key.filter(|key| key.since <= generation));
        Self { jkt, x5t_s256, instance }
    }

    /// Whether both are bound to the same keys, since whenever.
    pub(crate) fn is_of_the_same_keys(&self, other: &Self) -> bool {
        let keys =
            |binding: &Self| [binding.jkt, binding.x5t_s256, binding.instance].map(|key| key.map(|key| key.thumbprint));
        keys(self) == keys(other)
    }

    /// Whether the keys that were shown now are all of it.
    pub(crate) fn is_satisfied_by(&self, confirmation: &Confirmation, instance: Option<Digest>) -> bool {
        [(self.jkt, confirmation.jkt), (self.x5t_s256, confirmation.x5t_s256), (self.instance, instance)]
            .into_iter()
            .all(|(bound, shown)| bound.is_none_or(|bound| shown == Some(bound.thumbprint)))
    }
}

/// An authorization code with its family. The text of the code is nowhere: a store sees its digest.
///
/// ```
/// # use {std::sync::Arc, symbolon_client_auth::RegisteredCredentials, symbolon_policy::GrantSet};
/// # use symbolon_server::{PROVIDER, Endpoint, Granted, NewCode, RegisteredClient, ServerKey, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?);
/// # let client = Arc::new(client.with_redirect_uri("https://app.example/cb"));
/// # let challenge = symbolon_pkce::CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// # let new = NewCode::new(Arc::clone(&client), Granted::to_user("alice", Scope::parse("openid")?))
/// #     .with_redirect_uri("https://app.example/cb")
/// #     .with_challenge(challenge);
/// use symbolon_server::Write;
///
/// let pending = endpoint.authorize(new, now)?;
/// let [Write::Code(stored)] = pending.commit().writes() else { unreachable!() };
/// let (stored, answer) = (stored.clone(), pending.commit().applied());
/// assert_eq!(stored.redirect_uri.as_deref(), Some("https://app.example/cb"));
/// let code = pending.settle(&answer).ok_or("the client is gone")?;
/// assert_eq!(stored.code, endpoint.code_digest(&code));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCode {
    /// Digest of the code.
    pub code: Digest,
    /// The family that the code begins, as it is now: a store reads both rows in one look-up.
    pub family: StoredFamily,
    /// `redirect_uri` of the authorization request, if it had one.
    pub redirect_uri: Option<String>,
    /// The code challenge, method S256.
    pub challenge: Option<CodeChallenge>,
    /// The key that the authorization request bound the code to (`dpop_jkt`, RFC 9449 §10).
    pub confirmation: Confirmation,
    /// When the code expires.
    pub expires: UtcDateTime,
    /// Whether it was redeemed.
    pub redeemed: bool,
}

/// An access token. The text of the token is nowhere: a store sees its digest.
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, Granted, StoredAccessToken, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// let token = Secret::new("mF_9.B5f-4.1JqM");
/// let stored = StoredAccessToken {
///     token: endpoint.access_token_digest(&token),
///     family: None,
///     client_id: ClientId::parse("app")?,
///     granted: Granted::to_client(Scope::parse("read")?),
///     confirmation: Confirmation::NONE,
///     expires: now.saturating_add(time::Duration::minutes(10)),
///     revoked: false,
/// };
/// assert!(!format!("{stored:?}").contains("mF_9"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAccessToken {
    /// Digest of the access token.
    pub token: Digest,
    /// The family that it belongs to; `None` if it descends from no authorization.
    pub family: Option<FamilyId>,
    /// The client that it was issued to.
    pub client_id: ClientId,
    /// What it is good for.
    pub granted: Granted,
    /// The keys that it is bound to.
    pub confirmation: Confirmation,
    /// When it expires.
    pub expires: UtcDateTime,
    /// Whether its family is revoked: a store fills it in when it reads.
    pub revoked: bool,
}
