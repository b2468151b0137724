use alloc::{string::String, vec::Vec};

use serde_json::Value;
use symbolon_jose::{Jwk, RemoteKey, SigningKey};
use symbolon_types::Alg;
use time::Duration;

use crate::{ApiMisuse, Endpoint, RegisteredClient, SigningKeys, extension_members::ExtensionMembers};

/// What the tokens of a response shall be. Owned and cheap to clone, so that issuing can run on another thread.
///
/// ```
/// use symbolon_server::{AccessToken, TokenPlan};
/// use time::Duration;
/// let plan = TokenPlan::new(AccessToken::Opaque).with_lifetime(Duration::seconds(120)).without_refresh_token();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenPlan {
    pub(crate) access_token: AccessToken,
    pub(crate) lifetime: Duration,
    pub(crate) audience: Vec<String>,
    pub(crate) refresh_token: bool,
    pub(crate) id_token: Option<IdTokenSigner>,
    pub(crate) access_token_claims: ExtensionMembers,
    pub(crate) response_members: ExtensionMembers,
}

impl TokenPlan {
    /// Access tokens of this kind for 10 minutes, a refresh token where grant, client and policy allow one, and no ID
    /// token.
    pub const fn new(access_token: AccessToken) -> Self {
        Self {
            access_token,
            lifetime: DEFAULT_LIFETIME,
            audience: Vec::new(),
            refresh_token: true,
            id_token: None,
            access_token_claims: ExtensionMembers::NONE,
            response_members: ExtensionMembers::NONE,
        }
    }

    /// How long an access token lives.
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// For which resources an access token is good: `aud`. Without any it is the issuer itself.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// For these resources and no others, whatever was said before: those of a rule of token exchange.
    ///
    /// ```
    /// use symbolon_server::{AccessToken, TokenPlan};
    /// let plan = TokenPlan::new(AccessToken::Opaque).with_audience("https://api.example");
    /// let plan = plan.for_resources(&["https://ledger.example".into()]);
    /// ```
    pub fn for_resources(mut self, resources: &[String]) -> Self {
        self.audience = resources.to_vec();
        self
    }

    /// No refresh token.
    pub const fn without_refresh_token(mut self) -> Self {
        self.refresh_token = false;
        self
    }

    /// An ID token where the scope has `openid` and there is a resource owner, signed by this one.
    ///
    /// A client that registered another algorithm ([`RegisteredClient::with_id_token_alg`]) would refuse it: its requests end in
    /// `server_error`.
    pub fn with_id_token(mut self, signer: TokenSigner) -> Self {
        self.id_token = Some(IdTokenSigner::Any(signer));
        self
    }

    /// An ID token where the scope has `openid` and there is a resource owner, signed with the algorithm that the client
    /// registered ([`RegisteredClient::with_id_token_alg`]), else with the policy's default.
    ///
    /// If it is a MAC, the key is the client's secret ([OIDC Core §10.1]), whatever the keys are: a confidential client that
    /// registered it, and whose secret is kept in clear and as long as the hash (security decisions D11, D32). If there is no
    /// key for the algorithm, the request ends in `server_error` and nothing is consumed.
    ///
    /// ```
    /// use symbolon_server::{AccessToken, KeyState, PROVIDER, SigningKeys, TokenPlan, TokenSigner, jose::SigningKey, types::Alg};
    /// let key = TokenSigner::Local(SigningKey::generate(&PROVIDER, Alg::Es256)?.0.with_kid("2026"));
    /// let keys = SigningKeys::new([(KeyState::Current, key)])?;
    /// // Access tokens with what the resources know, ID tokens with what each client registered.
    /// let form = keys.current(Alg::Es256).cloned().map_or(AccessToken::Opaque, AccessToken::Jwt);
    /// let plan = TokenPlan::new(form).with_id_token_keys(keys);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [OIDC Core §10.1]: https://openid.net/specs/openid-connect-core-1_0.html#Signing
    pub fn with_id_token_keys(mut self, keys: SigningKeys) -> Self {
        self.id_token = Some(IdTokenSigner::OfClient(keys));
        self
    }

    /// A further claim of JWT access tokens ([RFC 9068 §2.2.2], [RFC 9068 §2.2.3]): `roles`, or what a provider's resource
    /// servers read. An opaque token has no claims. Of two with one name the later one is told.
    ///
    /// Claims about the resource owner for ID token and userinfo are [`Granted::claims`](crate::Granted::claims); they are not
    /// told to resource servers.
    ///
    /// ```
    /// use symbolon_server::{AccessToken, ApiMisuse, TokenPlan};
    /// let plan = TokenPlan::new(AccessToken::Opaque).with_access_token_claim("client_amr", "private_key_jwt".into())?;
    /// assert_eq!(plan.with_access_token_claim("sub", "bob".into()).err(), Some(ApiMisuse::ReservedName));
    /// # Ok::<(), ApiMisuse>(())
    /// ```
    ///
    /// # Errors
    /// - [`ApiMisuse::ReservedName`]: one of [`RESERVED_CLAIMS`](crate::RESERVED_CLAIMS), `act` or `may_act`, or no name: no
    ///   extension says whom a token is of or what it is good for.
    ///
    /// [RFC 9068 §2.2.2]: https://www.rfc-editor.org/rfc/rfc9068#section-2.2.2
    /// [RFC 9068 §2.2.3]: https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3
    pub fn with_access_token_claim(mut self, name: impl Into<String>, value: Value) -> Result<Self, ApiMisuse> {
        self.access_token_claims.add_claim(name.into(), value)?;
        Ok(self)
    }

    /// A further member of the response ([RFC 6749 §5.1]: a client ignores what it does not know), such as `session_state`. Of
    /// two with one name the later one is told; under the name of the policy's `refresh_expiry_member`, that one.
    ///
    /// ```
    /// use symbolon_server::{AccessToken, ApiMisuse, TokenPlan};
    /// let plan = TokenPlan::new(AccessToken::Opaque).with_response_member("not-before-policy", 0.into())?;
    /// assert_eq!(plan.with_response_member("scope", "admin".into()).err(), Some(ApiMisuse::ReservedName));
    /// # Ok::<(), ApiMisuse>(())
    /// ```
    ///
    /// # Errors
    /// - [`ApiMisuse::ReservedName`]: a member of RFC 6749, RFC 8693, RFC 9396 or OpenID Connect, one that tells a refresh
    ///   token's lifetime, or no name.
    ///
    /// [RFC 6749 §5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    pub fn with_response_member(mut self, name: impl Into<String>, value: Value) -> Result<Self, ApiMisuse> {
        self.response_members.add_member(name.into(), value)?;
        Ok(self)
    }
}

/// Who signs ID tokens.
#[derive(Clone, Debug)]
pub(crate) enum IdTokenSigner {
    /// One for every client.
    Any(TokenSigner),
    /// The one of the client's algorithm.
    OfClient(SigningKeys),
}

impl IdTokenSigner {
    /// The signer for this client; `None` if there is none whose tokens it would take.
    pub(crate) fn of(&self, client: &RegisteredClient, endpoint: &Endpoint) -> Option<TokenSigner> {
        match (self, client.id_token_alg()) {
            (Self::Any(signer), registered) => registered.is_none_or(|alg| alg == signer.alg()).then(|| signer.clone()),
            // OIDC Core §10.1: the key is the client's secret. No default is a MAC: the client registered it (D32).
            (Self::OfClient(_), Some(alg)) if alg.is_symmetric() => {
                client.credentials().mac_key(endpoint.crypto(), alg).ok().map(TokenSigner::Local)
            }
            (Self::OfClient(keys), registered) => {
                keys.current(registered.unwrap_or(endpoint.policy().id_token.default_algorithm)).cloned()
            }
        }
    }
}

/// How long an access token lives where the plan says nothing else: long enough for a page, short enough to be lost.
const DEFAULT_LIFETIME: Duration = Duration::minutes(10);

/// The form of an access token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AccessToken {
    /// 256 random bits; a store knows its digest.
    Opaque,
    /// A JWT ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
    Jwt(TokenSigner),
}

/// Who signs a token.
///
/// ```
/// use symbolon_server::{PROVIDER, TokenSigner, jose::SigningKey, types::Alg};
/// let signer = TokenSigner::Local(SigningKey::generate(&PROVIDER, Alg::Es256)?.0.with_kid("2026"));
/// assert_eq!((signer.kid(), signer.alg()), (Some("2026"), Alg::Es256));
/// # Ok::<(), symbolon_server::jose::KeyError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenSigner {
    /// A key at hand.
    Local(SigningKey),
    /// A key elsewhere (KMS, HSM): only [`ValidatedGrant::issue_in_steps`](crate::ValidatedGrant::issue_in_steps) can
    /// use it.
    Remote(RemoteKey),
}

impl TokenSigner {
    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        match self {
            Self::Local(key) => key.kid(),
            Self::Remote(key) => key.kid(),
        }
    }

    /// Its algorithm.
    pub const fn alg(&self) -> Alg {
        match self {
            Self::Local(key) => key.alg(),
            Self::Remote(key) => key.alg(),
        }
    }

    /// The public half, ready to be published. `None` for the secret of a MAC.
    pub fn public_jwk(&self) -> Option<Jwk> {
        match self {
            Self::Local(key) => key.public_jwk(),
            Self::Remote(key) => key.public_jwk(),
        }
    }
}
