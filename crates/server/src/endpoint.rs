use alloc::{string::String, sync::Arc, vec::Vec};

use symbolon_client_auth::Extensions;
use symbolon_crypto::{AeadKey, CryptoProvider, MacKey};
use symbolon_dpop::{Nonces, TargetUri};
use symbolon_policy::{GrantSet, Policy};
use symbolon_types::{Digest, GrantType, Issuer, Secret, SecretBytes};
use zeroize::Zeroizing;

use crate::{ApiMisuse, ExchangeRule, refresh_text::RefreshKeys};

const CODE_DIGEST: &[u8] = b"code";
const ACCESS_TOKEN_DIGEST: &[u8] = b"access_token";

/// A token endpoint: issuer, policy, provider and keys. A cheap handle; steps hold one, so they have no lifetime.
///
/// It holds no state that a request changes. See the crate page for a whole request.
///
/// ```
/// use symbolon_server::{Endpoint, PROVIDER, ServerKey, types::{Issuer, Secret}};
///
/// let key = ServerKey::new("2026", [7; 32]);
/// let issuer = Issuer::parse("https://as.example")?;
/// let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// assert_eq!(endpoint.url(), "https://as.example/token");
/// // A store knows texts by digests, and a code is never taken for a token:
/// let text = Secret::new("SplxlOBeZQQYbYS6WxSbIA");
/// assert_ne!(endpoint.code_digest(&text), endpoint.access_token_digest(&text));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: Issuer,
    url: String,
    listeners: Vec<(String, Targets)>,
    nonces: Nonces,
    dpop_algorithms: String,
    policy: Policy,
    crypto: CryptoProvider,
    current_key: LoadedKey,
    old_keys: Vec<LoadedKey>,
    pairwise: Option<Arc<dyn MacKey>>,
    extension_grants: Vec<String>,
    exchange_rules: Vec<ExchangeRule>,
    extensions: Extensions,
    explain: bool,
}

#[derive(Debug)]
struct LoadedKey {
    id: String,
    refresh_tag: Arc<dyn MacKey>,
    refresh_jwt: Arc<dyn MacKey>,
    dpop_nonce: Arc<dyn MacKey>,
    backchannel: Arc<dyn AeadKey>,
}

/// The URLs that a proof which comes by one listener may be for.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    pub(crate) token: TargetUri,
    pub(crate) userinfo: TargetUri,
}

impl Endpoint {
    /// Starts building an endpoint of this issuer, reached at this URL, with [`Policy::OAUTH_2_1`].
    pub fn builder(issuer: Issuer, url: impl Into<String>, crypto: CryptoProvider, key: ServerKey) -> EndpointBuilder {
        EndpointBuilder {
            issuer,
            url: url.into(),
            userinfo_url: None,
            listeners: Vec::new(),
            crypto,
            key,
            old_keys: Vec::new(),
            pairwise_key: None,
            policy: Policy::OAUTH_2_1,
            extension_grants: Vec::new(),
            exchange_rules: Vec::new(),
            extensions: Extensions::NONE,
            explain: false,
        }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The URL of the token endpoint.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// What the endpoint demands.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// The cryptographic provider.
    pub fn crypto(&self) -> &CryptoProvider {
        &self.0.crypto
    }

    /// What makes pairwise subject identifiers, where the endpoint has a key for them.
    pub(crate) fn pairwise_mac(&self) -> Option<&dyn MacKey> {
        self.0.pairwise.as_deref()
    }

    /// The extension grants that the endpoint supports.
    pub fn extension_grants(&self) -> &[String] {
        &self.0.extension_grants
    }

    /// The URLs of the listener of this name ([`RequestParts::endpoint`](symbolon_types::RequestParts::endpoint)).
    pub(crate) fn targets(&self, listener: &str) -> Option<&Targets> {
        self.0.listeners.iter().find(|(id, _)| id == listener).map(|(_, targets)| targets)
    }

    pub(crate) fn nonces(&self) -> &Nonces {
        &self.0.nonces
    }

    /// The algorithms that a DPoP proof may have here, separated by spaces: what the policy welcomes and the provider has.
    pub(crate) fn dpop_algorithms(&self) -> &str {
        &self.0.dpop_algorithms
    }

    /// The token exchanges that are allowed.
    pub fn exchange_rules(&self) -> &[ExchangeRule] {
        &self.0.exchange_rules
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    pub(crate) fn explains(&self) -> bool {
        self.0.explain
    }

    pub(crate) fn supports(&self, grant_type: &GrantType) -> bool {
        match grant_type {
            GrantType::Other(name) => self.0.extension_grants.iter().any(|known| known == name),
            registered => self.0.policy.grants.allows(registered),
        }
    }

    /// The digest under which a store knows this authorization code.
    pub fn code_digest(&self, code: &Secret) -> Digest {
        self.digest(CODE_DIGEST, code.expose())
    }

    /// The digest under which a store knows this access token.
    pub fn access_token_digest(&self, token: &Secret) -> Digest {
        self.digest(ACCESS_TOKEN_DIGEST, token.expose())
    }

    /// The digest under which a store knows a text of this kind.
    pub(crate) fn digest(&self, kind: &'static [u8], text: &str) -> Digest {
        // The issuer is in it: two endpoints over one store do not know each other's codes and tokens.
        let issuer = self.0.issuer.as_str().as_bytes();
        Digest::from_bytes(self.0.crypto.sha256.digest(&[b"symbolon\0", kind, b"\0", issuer, b"\0", text.as_bytes()]))
    }

    pub(crate) fn current_key_id(&self) -> &str {
        &self.0.current_key.id
    }

    /// What seals the notifications of CIBA.
    pub(crate) fn backchannel_key(&self, id: &str) -> Option<&dyn AeadKey> {
        core::iter::once(&self.0.current_key)
            .chain(&self.0.old_keys)
            .find(|key| key.id == id)
            .map(|key| &*key.backchannel)
    }

    pub(crate) fn refresh_keys(&self, id: &str) -> Option<RefreshKeys<'_>> {
        core::iter::once(&self.0.current_key)
            .chain(&self.0.old_keys)
            .find(|key| key.id == id)
            .map(|key| RefreshKeys { tag: &*key.refresh_tag, jwt: &*key.refresh_jwt })
    }
}

/// Collects what an [`Endpoint`] needs.
///
/// ```
/// use symbolon_policy::Policy;
/// use symbolon_server::{ApiMisuse, Endpoint, PROVIDER, ServerKey, types::Issuer};
///
/// let key = ServerKey::new("2026", [7; 32]);
/// let builder = Endpoint::builder(Issuer::parse("https://as.example")?, "https://as.example/token", PROVIDER, key)
///     .policy(Policy::OAUTH_2_1)
///     .old_key(ServerKey::new("2025", [6; 32]));
/// let endpoint = builder.clone().extension_grant("urn:example:grant").build()?;
/// assert_eq!(endpoint.extension_grants(), ["urn:example:grant"]);
/// assert_eq!(builder.extension_grant("refresh_token").build().err(), Some(ApiMisuse::ExtensionGrant));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct EndpointBuilder {
    issuer: Issuer,
    url: String,
    userinfo_url: Option<String>,
    listeners: Vec<Listener>,
    crypto: CryptoProvider,
    key: ServerKey,
    old_keys: Vec<ServerKey>,
    pairwise_key: Option<SecretBytes>,
    policy: Policy,
    extension_grants: Vec<String>,
    exchange_rules: Vec<ExchangeRule>,
    extensions: Extensions,
    explain: bool,
}

impl EndpointBuilder {
    /// Says where userinfo is reached, for DPoP proofs that are sent there. If it is not said: beside the token endpoint,
    /// with `userinfo` as its last segment.
    pub fn userinfo_url(mut self, url: impl Into<String>) -> Self {
        self.userinfo_url = Some(url.into());
        self
    }

    /// Adds a listener by which the same endpoint is reached at other URLs.
    pub fn listener(mut self, listener: Listener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Demands this instead of [`Policy::OAUTH_2_1`].
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Keeps an old server key, for refresh tokens and nonces that were made under it.
    pub fn old_key(mut self, key: ServerKey) -> Self {
        self.old_keys.push(key);
        self
    }

    /// Makes the pairwise subject identifiers of clients that have a sector ([`RegisteredClient::with_pairwise_subject`],
    /// [OIDC Core §8.1]). Without it what would tell such a client of an account ends in `server_error`.
    ///
    /// At least [`ServerKey::MIN_BYTES`] random octets, the same on every node. It is no server key, because those rotate: who
    /// changes it makes every account unknown to every such client. Every key is derived under a label of its own, so that
    /// octets which are a server key's root too do no harm.
    ///
    /// [`RegisteredClient::with_pairwise_subject`]: crate::RegisteredClient::with_pairwise_subject
    /// [OIDC Core §8.1]: https://openid.net/specs/openid-connect-core-1_0.html#PairwiseAlg
    pub fn pairwise_key(mut self, root: SecretBytes) -> Self {
        self.pairwise_key = Some(root);
        self
    }

    /// Supports this extension grant; it arrives as [`Grant::Extension`](crate::Grant::Extension).
    pub fn extension_grant(mut self, grant_type: impl Into<String>) -> Self {
        self.extension_grants.push(grant_type.into());
        self
    }

    /// Allows this token exchange. Without one nothing is exchanged, and a policy that has the grant makes no endpoint.
    pub fn exchange_rule(mut self, rule: ExchangeRule) -> Self {
        self.exchange_rules.push(rule);
        self
    }

    /// Lets a `client_assertion_type` through to [`ReceivedRequest::vouch`](crate::ReceivedRequest::vouch).
    pub fn extension_assertion_type(mut self, assertion_type: impl Into<String>) -> Self {
        self.extensions.assertion_types.push(assertion_type.into());
        self
    }

    /// Lets an `Authorization` scheme through to [`ReceivedRequest::vouch`](crate::ReceivedRequest::vouch). Every scheme
    /// but these and `Basic` is refused.
    pub fn extension_scheme(mut self, scheme: impl Into<String>) -> Self {
        self.extensions.schemes.push(scheme.into());
        self
    }

    /// Keeps the facts beside the verdicts in the trace of every request. Answers stay the same.
    pub const fn explain(mut self) -> Self {
        self.explain = true;
        self
    }

    /// Makes the endpoint.
    ///
    /// # Errors
    /// - [`ApiMisuse::Policy`]: the policy contradicts itself.
    /// - [`ApiMisuse::ServerKey`]: a server key is shorter than 32 octets, or two have one id.
    /// - [`ApiMisuse::PairwiseKey`]: the key of pairwise subject identifiers is shorter than 32 octets.
    /// - [`ApiMisuse::Url`]: the URL of the token endpoint, of userinfo or of a listener is no `http` or `https` URL.
    /// - [`ApiMisuse::Listener`]: two listeners have one name, or one has none.
    /// - [`ApiMisuse::ExchangeRules`]: the policy has the grant `token-exchange`, and there is no rule for it.
    /// - [`ApiMisuse::ExtensionGrant`]: an extension grant has the name of a registered one, or none.
    pub fn build(self) -> Result<Endpoint, ApiMisuse> {
        self.policy.check().map_err(ApiMisuse::Policy)?;
        // D28: no exchange without rules.
        if self.policy.grants.has(GrantSet::TOKEN_EXCHANGE) && self.exchange_rules.is_empty() {
            return Err(ApiMisuse::ExchangeRules);
        }
        let is_registered = |name: &String| name.is_empty() || !matches!(GrantType::parse(name), GrantType::Other(_));
        if self.extension_grants.iter().any(is_registered) {
            return Err(ApiMisuse::ExtensionGrant);
        }
        let issuer = self.issuer.as_str().as_bytes();
        // D18: every key of the server comes from a configured root by labelled derivation.
        let root = |secret: &SecretBytes| {
            let secret = secret.expose();
            (secret.len() >= ServerKey::MIN_BYTES).then(|| self.crypto.hmac_sha256.load(secret))
        };
        let derive = |root: &dyn MacKey, label: &[u8]| self.crypto.hmac_sha256.load(&root.sign(&[label, issuer]));
        let load = |key: &ServerKey| {
            root(&key.root).map(|root| LoadedKey {
                id: key.id.clone(),
                refresh_tag: derive(&*root, b"symbolon refresh tag v1\0"),
                refresh_jwt: derive(&*root, b"symbolon refresh jwt v1\0"),
                dpop_nonce: derive(&*root, b"symbolon dpop nonce v1\0"),
                backchannel: {
                    let key = Zeroizing::new(root.sign(&[b"symbolon backchannel v1\0", issuer]));
                    self.crypto.aead.load(&key)
                },
            })
        };
        let pairwise = match &self.pairwise_key {
            Some(secret) => {
                let root = root(secret).ok_or(ApiMisuse::PairwiseKey)?;
                Some(derive(&*root, b"symbolon pairwise subject v1\0"))
            }
            None => None,
        };
        let current_key = load(&self.key).ok_or(ApiMisuse::ServerKey)?;
        let mut old_keys: Vec<LoadedKey> = Vec::new();
        for key in &self.old_keys {
            let key = load(key).ok_or(ApiMisuse::ServerKey)?;
            if key.id == current_key.id || old_keys.iter().any(|known| known.id == key.id) {
                return Err(ApiMisuse::ServerKey);
            }
            old_keys.push(key);
        }
        let old_nonces = old_keys.iter().map(|key| Arc::clone(&key.dpop_nonce));
        let nonces = old_nonces.fold(Nonces::new(Arc::clone(&current_key.dpop_nonce)), Nonces::with_old);
        let default = Listener { id: String::new(), token: self.url.clone(), userinfo: self.userinfo_url };
        let mut listeners: Vec<(String, Targets)> = Vec::new();
        for Listener { id, token, userinfo } in core::iter::once(default).chain(self.listeners) {
            if listeners.iter().any(|(known, _)| *known == id) {
                return Err(ApiMisuse::Listener);
            }
            let parse = |url: &String| TargetUri::parse(url).map_err(|_| ApiMisuse::Url);
            let userinfo = userinfo.unwrap_or_else(|| beside(&token));
            let targets = Targets { token: parse(&token)?, userinfo: parse(&userinfo)? };
            listeners.push((id, targets));
        }
        let algorithms = self.policy.dpop.algorithms.iter().filter(|alg| self.crypto.supports(**alg));
        let dpop_algorithms = algorithms.map(|alg| alg.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Endpoint(Arc::new(Inner {
            issuer: self.issuer,
            dpop_algorithms,
            url: self.url,
            listeners,
            nonces,
            policy: self.policy,
            crypto: self.crypto,
            current_key,
            old_keys,
            pairwise,
            extension_grants: self.extension_grants,
            exchange_rules: self.exchange_rules,
            extensions: self.extensions,
            explain: self.explain,
        })))
    }
}

/// Where userinfo is if nobody says: `userinfo` in place of the last segment of the token endpoint's path.
fn beside(token_url: &str) -> String {
    let path = token_url.split(['?', '#']).next().unwrap_or_default();
    let base = path.rsplit_once('/').map_or(path, |(base, _)| base);
    alloc::format!("{base}/userinfo")
}

/// A listener by which an endpoint is reached at other URLs: that of mutual TLS on a port of its own
/// ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5)).
///
/// A DPoP proof is for the URL of the listener that it came by, as it is configured, never as a header has it (security
/// decision D27).
///
/// ```
/// use symbolon_server::{ApiMisuse, Endpoint, Listener, PROVIDER, ServerKey, types::Issuer};
///
/// let key = ServerKey::new("2026", [7; 32]);
/// let builder = Endpoint::builder(Issuer::parse("https://as.example")?, "https://as.example/token", PROVIDER, key)
///     .userinfo_url("https://as.example/userinfo")
///     .listener(Listener::new("mtls", "https://mtls.as.example/token"));
/// assert!(builder.clone().build().is_ok());
/// let again = Listener::new("mtls", "https://mtls2.as.example/token");
/// assert_eq!(builder.listener(again).build().err(), Some(ApiMisuse::Listener));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listener {
    id: String,
    token: String,
    userinfo: Option<String>,
}

impl Listener {
    /// A listener of this name, as [`RequestParts::endpoint`](symbolon_types::RequestParts::endpoint) has it, and the URL
    /// of its token endpoint.
    pub fn new(id: impl Into<String>, token_url: impl Into<String>) -> Self {
        Self { id: id.into(), token: token_url.into(), userinfo: None }
    }

    /// Says where userinfo is reached by it. If it is not said: beside the token endpoint.
    #[must_use]
    pub fn with_userinfo_url(mut self, url: impl Into<String>) -> Self {
        self.userinfo = Some(url.into());
        self
    }
}

/// A root secret of the server with its id. Refresh tags and every later server-side key are derived from it.
///
/// ```
/// use symbolon_server::{ApiMisuse, Endpoint, PROVIDER, ServerKey, types::Issuer};
///
/// let issuer = Issuer::parse("https://as.example")?;
/// let build = |key| Endpoint::builder(issuer.clone(), "https://as.example/token", PROVIDER, key).build();
/// assert!(build(ServerKey::new("2026", [7; ServerKey::MIN_BYTES])).is_ok());
/// assert_eq!(build(ServerKey::new("2026", [7; 16])).err(), Some(ApiMisuse::ServerKey));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// At least 32 random octets, the same on every node. Keep an old one until the last family made under it has ended.
#[derive(Clone, Debug)]
pub struct ServerKey {
    id: String,
    root: SecretBytes,
}

impl ServerKey {
    /// Shortest root secret, in bytes: the length of the hash.
    pub const MIN_BYTES: usize = 32;

    /// A root secret under an id that is stored with every family.
    pub fn new(id: impl Into<String>, root: impl Into<Vec<u8>>) -> Self {
        Self { id: id.into(), root: SecretBytes::new(root) }
    }
}
