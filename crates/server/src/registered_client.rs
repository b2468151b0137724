use alloc::{string::String, vec::Vec};

use symbolon_client_auth::RegisteredCredentials;
use symbolon_policy::GrantSet;
use symbolon_types::{ClientId, GrantType, Scope};

/// A registered client: its credentials and what it may do.
///
/// A public client never gets `client_credentials`, whatever is registered here.
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
    version: u64,
}

impl RegisteredClient {
    /// A client with these credentials, registered grants, and the most that it may ever ask for.
    pub const fn new(credentials: RegisteredCredentials, grants: GrantSet, scope: Scope) -> Self {
        Self { credentials, grants, extension_grants: Vec::new(), scope, redirect_uris: Vec::new(), version: 0 }
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

    /// Whether this very URI is registered.
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered == uri)
    }

    /// The version of the registration.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether it proves nothing about itself.
    pub const fn is_public(&self) -> bool {
        self.credentials.method.is_public()
    }

    /// Whether it may use this grant type.
    pub fn may_use(&self, grant_type: &GrantType) -> bool {
        match grant_type {
            // RFC 6749 §4.4: client_credentials MUST only be used by confidential clients.
            GrantType::ClientCredentials if self.is_public() => false,
            GrantType::Other(name) => self.extension_grants.iter().any(|known| known == name),
            registered => self.grants.allows(registered),
        }
    }
}
