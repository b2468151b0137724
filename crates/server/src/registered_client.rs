use alloc::{string::String, vec::Vec};

use symbolon_client_auth::RegisteredCredentials;
use symbolon_dpop::TargetUri;
use symbolon_policy::{DpopNonce, GrantSet, Policy};
use symbolon_types::{Alg, ClientId, GrantType, Scope};

use crate::{RegistrationError, SectorIdentifier};

/// A registered client: its credentials and what it may do.
///
/// A public client never gets `client_credentials`, whatever is registered here. [`Self::check`] says so before it is stored.
///
/// ```
/// use symbolon_client_auth::RegisteredCredentials;
/// use symbolon_policy::GrantSet;
/// use symbolon_server::RegisteredClient;
/// use symbolon_server::types::{AuthMethod, ClientId, Scope};
/// let credentials = RegisteredCredentials::new(ClientId::parse("spa")?, AuthMethod::None);
/// let client = RegisteredClient::new(credentials, GrantSet::AUTHORIZATION_CODE, Scope::parse("openid")?)
///     .with_redirect_uri("https://spa.example/cb");
/// assert!(client.has_redirect_uri("https://spa.example/cb"));
/// assert!(!client.has_redirect_uri("https://spa.example/cb/"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    credentials: RegisteredCredentials,
    grants: GrantSet,
    extension_grants: Vec<String>,
    scope: Scope,
    redirect_uris: Vec<String>,
    authorization_details_types: Vec<String>,
    dpop_bound: bool,
    dpop_nonce: Option<DpopNonce>,
    certificate_bound: bool,
    id_token_alg: Option<Alg>,
    sector: Option<SectorIdentifier>,
    notification_endpoint: Option<String>,
    version: u64,
}

impl RegisteredClient {
    /// A client with these credentials, registered grants, and the most that it may ever ask for.
    pub const fn new(credentials: RegisteredCredentials, grants: GrantSet, scope: Scope) -> Self {
        Self {
            credentials,
            grants,
            extension_grants: Vec::new(),
            scope,
            redirect_uris: Vec::new(),
            authorization_details_types: Vec::new(),
            dpop_bound: false,
            dpop_nonce: None,
            certificate_bound: false,
            id_token_alg: None,
            sector: None,
            notification_endpoint: None,
            version: 0,
        }
    }

    /// May use these registered grants too.
    #[must_use]
    pub const fn with_grants(mut self, more: GrantSet) -> Self {
        self.grants = self.grants.and(more);
        self
    }

    /// May use this extension grant too.
    #[must_use]
    pub fn with_extension_grant(mut self, grant_type: impl Into<String>) -> Self {
        self.extension_grants.push(grant_type.into());
        self
    }

    /// May be sent back to this URI, compared byte for byte.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// May have authorization details of this type (`authorization_details_types`, [RFC 9396 §10]).
    ///
    /// [RFC 9396 §10]: https://www.rfc-editor.org/rfc/rfc9396#section-10
    #[must_use]
    pub fn with_authorization_details_type(mut self, kind: impl Into<String>) -> Self {
        self.authorization_details_types.push(kind.into());
        self
    }

    /// Must send a DPoP proof with every token request (`dpop_bound_access_tokens`, [RFC 9449 §5.2]). Without it a proof is
    /// welcome, and binds what is issued.
    ///
    /// [RFC 9449 §5.2]: https://www.rfc-editor.org/rfc/rfc9449#section-5.2
    #[must_use]
    pub const fn with_dpop_bound_access_tokens(mut self, bound: bool) -> Self {
        self.dpop_bound = bound;
        self
    }

    /// Says for this client whether its DPoP proofs carry a nonce, whatever the policy says (security decision D18).
    #[must_use]
    pub const fn with_dpop_nonce(mut self, nonce: DpopNonce) -> Self {
        self.dpop_nonce = Some(nonce);
        self
    }

    /// Gets access tokens that are bound to the certificate of its connection, and none without one
    /// (`tls_client_certificate_bound_access_tokens`, [RFC 8705 §3.4]).
    ///
    /// [RFC 8705 §3.4]: https://www.rfc-editor.org/rfc/rfc8705#section-3.4
    #[must_use]
    pub const fn with_certificate_bound_access_tokens(mut self, bound: bool) -> Self {
        self.certificate_bound = bound;
        self
    }

    /// Gets ID tokens that are signed with this algorithm, by this very name (`id_token_signed_response_alg`,
    /// [OIDC Registration §2]). Without it with the policy's `id_token.default_algorithm`.
    ///
    /// A MAC is for a confidential client whose secret is kept in clear, alone.
    ///
    /// [OIDC Registration §2]: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
    #[must_use]
    pub const fn with_id_token_alg(mut self, alg: Alg) -> Self {
        self.id_token_alg = Some(alg);
        self
    }

    /// Is told pairwise subject identifiers, those of this sector (`subject_type` `pairwise`, [OIDC Registration §2]), and never
    /// the account ([`Endpoint::subject`]). The endpoint must have a key for them ([`EndpointBuilder::pairwise_key`]).
    ///
    /// [`Endpoint::subject`]: crate::Endpoint::subject
    /// [`EndpointBuilder::pairwise_key`]: crate::EndpointBuilder::pairwise_key
    /// [OIDC Registration §2]: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
    #[must_use]
    pub fn with_pairwise_subject(mut self, sector: SectorIdentifier) -> Self {
        self.sector = Some(sector);
        self
    }

    /// Wants to be told at this URL when its user has decided (`backchannel_token_delivery_mode` `ping` and
    /// `backchannel_client_notification_endpoint`, [OpenID CIBA §4]). Without it the client polls.
    ///
    /// # Security
    /// It is an https URL ([`Self::check`]), and what is behind it is the client's: see [`Endpoint::notification`].
    ///
    /// [`Endpoint::notification`]: crate::Endpoint::notification
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    #[must_use]
    pub fn with_notification_endpoint(mut self, url: impl Into<String>) -> Self {
        self.notification_endpoint = Some(url.into());
        self
    }

    /// The version of the registration. A commit holds only while the client is registered at the version read, so a store
    /// must change it whenever it writes the registration; [`symbolon-store`'s memory] does so by itself.
    ///
    /// [`symbolon-store`'s memory]: https://docs.rs/symbolon-store
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Its identifier.
    pub const fn client_id(&self) -> &ClientId {
        &self.credentials.client_id
    }

    /// How it authenticates.
    pub const fn credentials(&self) -> &RegisteredCredentials {
        &self.credentials
    }

    /// The registered grants that it may use.
    pub const fn grants(&self) -> GrantSet {
        self.grants
    }

    /// The most that it may ever ask for.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where the resource owner may be sent back to.
    pub fn redirect_uris(&self) -> &[String] {
        &self.redirect_uris
    }

    /// The types of authorization details that it may have.
    pub fn authorization_details_types(&self) -> &[String] {
        &self.authorization_details_types
    }

    /// Whether this very URI is registered.
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered == uri)
    }

    /// Where it wants to be told that its user has decided.
    pub fn notification_endpoint(&self) -> Option<&str> {
        self.notification_endpoint.as_deref()
    }

    /// Whether it must send a DPoP proof with every token request.
    pub const fn is_dpop_bound(&self) -> bool {
        self.dpop_bound
    }

    /// Whether its DPoP proofs carry a nonce, if that was registered.
    pub const fn dpop_nonce(&self) -> Option<DpopNonce> {
        self.dpop_nonce
    }

    /// Whether its access tokens are bound to the certificate of its connection.
    pub const fn is_certificate_bound(&self) -> bool {
        self.certificate_bound
    }

    /// The algorithm of its ID tokens, if that was registered.
    pub const fn id_token_alg(&self) -> Option<Alg> {
        self.id_token_alg
    }

    /// Its sector, if it is told pairwise subject identifiers.
    pub const fn sector_identifier(&self) -> Option<&SectorIdentifier> {
        self.sector.as_ref()
    }

    /// The version of the registration.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether it proves nothing about itself.
    pub const fn is_public(&self) -> bool {
        self.credentials.method.is_public()
    }

    /// Judges the registration against a policy, for whoever takes registrations (security decision D28). Nothing is issued to
    /// a client that is stored without it but what [`Self::may_use`] and the policy allow.
    ///
    /// ```
    /// use symbolon_client_auth::RegisteredCredentials;
    /// use symbolon_policy::{GrantSet, Policy};
    /// use symbolon_server::{RegisteredClient, RegistrationError};
    /// use symbolon_server::types::{AuthMethod, ClientId, Scope};
    /// let client = |grants| {
    ///     let credentials = RegisteredCredentials::new(ClientId::parse("spa")?, AuthMethod::None);
    ///     Ok::<_, Box<dyn std::error::Error>>(RegisteredClient::new(credentials, grants, Scope::empty()))
    /// };
    /// assert_eq!(client(GrantSet::AUTHORIZATION_CODE)?.check(&Policy::OAUTH_2_1), Ok(()));
    /// let refused = Err(RegistrationError::PublicClientCredentials);
    /// assert_eq!(client(GrantSet::CLIENT_CREDENTIALS)?.check(&Policy::OAUTH_2_1), refused);
    /// let refused = Err(RegistrationError::AuthMethod);
    /// assert_eq!(client(GrantSet::AUTHORIZATION_CODE)?.check(&Policy::FAPI_2_0), refused);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Answered by a registration endpoint with `invalid_client_metadata` ([RFC 7591 §3.2.2]); here nobody hears a code.
    /// - [`RegistrationError::AuthMethod`]: the policy does not welcome its method.
    /// - [`RegistrationError::NotificationEndpoint`]: its notification endpoint is no https URL ([OpenID CIBA §4]).
    /// - [`RegistrationError::PublicBackchannel`]: it is public and has CIBA ([OpenID CIBA §4]).
    /// - [`RegistrationError::PublicClientCredentials`]: it is public and has `client_credentials` ([RFC 6749 §4.4]).
    /// - [`RegistrationError::PublicRefresh`]: it is public and has `refresh_token`, and the policy lets none refresh.
    /// - [`RegistrationError::PublicSecret`]: it is public and has a secret, or the algorithm of a MAC.
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    /// [RFC 6749 §4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
    /// [RFC 7591 §3.2.2]: https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2
    pub fn check(&self, policy: &Policy) -> Result<(), RegistrationError> {
        let RegisteredCredentials { method, secrets, algorithms, .. } = &self.credentials;
        if !policy.auth_methods.allows(method) {
            return Err(RegistrationError::AuthMethod);
        }
        // OpenID CIBA §4: it MUST be an HTTPS URL.
        let is_https = |url: &str| TargetUri::parse(url).is_ok() && url.starts_with("https://");
        if self.notification_endpoint().is_some_and(|url| !is_https(url)) {
            return Err(RegistrationError::NotificationEndpoint);
        }
        if !self.is_public() {
            return Ok(());
        }
        if self.grants.has(GrantSet::CIBA) {
            return Err(RegistrationError::PublicBackchannel);
        }
        if self.grants.has(GrantSet::CLIENT_CREDENTIALS) {
            return Err(RegistrationError::PublicClientCredentials);
        }
        if self.grants.has(GrantSet::REFRESH_TOKEN) && !policy.refresh.public_clients {
            return Err(RegistrationError::PublicRefresh);
        }
        if !secrets.is_empty() || algorithms.iter().copied().any(Alg::is_symmetric) {
            return Err(RegistrationError::PublicSecret);
        }
        Ok(())
    }

    /// Whether it may use this grant type.
    pub fn may_use(&self, grant_type: &GrantType) -> bool {
        match grant_type {
            // RFC 6749 §4.4: client_credentials MUST only be used by confidential clients.
            // OpenID CIBA §5: so must this.
            GrantType::ClientCredentials | GrantType::Ciba if self.is_public() => false,
            GrantType::Other(name) => self.extension_grants.iter().any(|known| known == name),
            registered => self.grants.allows(registered),
        }
    }
}
