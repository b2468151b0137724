use core::fmt;
use std::sync::Arc;

use symbolon_jose::JwkSet;
use symbolon_server::MetadataUrls;
use time::UtcDateTime;

use crate::{Origin, Respond};

/// A token endpoint as [`routes`](crate::routes) serves it: what decides, what is published, where, and the clock.
///
/// A cheap handle: clones share all of it. See the crate page for a whole program.
pub struct TokenEndpoint<R>(Arc<Inner<R>>);

struct Inner<R> {
    responder: R,
    paths: Paths,
    jwks: String,
    metadata: String,
    origins: Vec<Origin>,
    clock: Clock,
}

type Clock = Box<dyn Fn() -> UtcDateTime + Send + Sync>;

impl<R: Respond> TokenEndpoint<R> {
    /// Starts building; `responder` is a [`Driver`](symbolon_store::Driver), or a type of your own.
    pub fn builder(responder: R) -> TokenEndpointBuilder<R> {
        TokenEndpointBuilder {
            responder,
            jwks: JwkSet::default(),
            metadata: MetadataUrls::default(),
            paths: Paths::default(),
            origins: Vec::new(),
            clock: Box::new(UtcDateTime::now),
        }
    }
}

impl<R> TokenEndpoint<R> {
    /// What decides. An authorization endpoint beside these routes makes its codes with it.
    pub fn responder(&self) -> &R {
        &self.0.responder
    }

    /// Where it is mounted.
    pub fn paths(&self) -> &Paths {
        &self.0.paths
    }

    /// The origins whose scripts may read the answers.
    pub fn origins(&self) -> &[Origin] {
        &self.0.origins
    }

    /// What the clock says.
    pub fn now(&self) -> UtcDateTime {
        (self.0.clock)()
    }

    /// The JWK set, as it is served.
    pub fn jwks(&self) -> &str {
        &self.0.jwks
    }

    /// The metadata document, as it is served.
    pub fn metadata(&self) -> &str {
        &self.0.metadata
    }
}

impl<R> Clone for TokenEndpoint<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R> fmt::Debug for TokenEndpoint<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint").field("paths", &self.0.paths).finish_non_exhaustive()
    }
}

/// Collects what a [`TokenEndpoint`] needs.
#[must_use]
pub struct TokenEndpointBuilder<R> {
    responder: R,
    jwks: JwkSet,
    metadata: MetadataUrls,
    paths: Paths,
    origins: Vec<Origin>,
    clock: Clock,
}

impl<R: Respond> TokenEndpointBuilder<R> {
    /// Publishes these keys: those that sign, and for a while those that did and those that will.
    pub fn jwks(mut self, jwks: JwkSet) -> Self {
        self.jwks = jwks;
        self
    }

    /// Says this in the metadata. `jwks_uri` (if there are keys) and `userinfo_endpoint` are filled in where they are
    /// `None`: the URL of the token endpoint, with the other path in place of its own; and so is the alias of userinfo for
    /// mutual TLS, if the token endpoint has one.
    pub fn metadata(mut self, metadata: MetadataUrls) -> Self {
        self.metadata = metadata;
        self
    }

    /// Serves under these paths.
    pub fn paths(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// Lets scripts of this origin read the answers of every route here, `DPoP-Nonce` and `WWW-Authenticate` among their headers
    /// (security decision D27). Without one, no script of another origin reads anything. Never put an authorization endpoint
    /// under such a rule: browsers go there, scripts do not.
    pub fn origin(mut self, origin: Origin) -> Self {
        self.origins.push(origin);
        self
    }

    /// Takes the time from here instead of the system's clock.
    pub fn clock(mut self, clock: impl Fn() -> UtcDateTime + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Makes the token endpoint.
    pub fn build(self) -> TokenEndpoint<R> {
        let Self { responder, jwks, mut metadata, paths, origins, clock } = self;
        let endpoint = responder.endpoint();
        let base = endpoint.url().strip_suffix(paths.token.as_str());
        let base = base.unwrap_or_else(|| endpoint.issuer().as_str().trim_end_matches('/'));
        if metadata.jwks_uri.is_none() && !jwks.keys().is_empty() {
            metadata.jwks_uri = Some(format!("{base}{}", paths.jwks));
        }
        if metadata.userinfo_endpoint.is_none() {
            metadata.userinfo_endpoint = Some(format!("{base}{}", paths.userinfo));
        }
        if metadata.mtls_userinfo_endpoint.is_none() {
            let base = metadata.mtls_token_endpoint.as_ref().and_then(|url| url.strip_suffix(paths.token.as_str()));
            metadata.mtls_userinfo_endpoint = base.map(|base| format!("{base}{}", paths.userinfo));
        }
        let metadata = serde_json::Value::Object(endpoint.metadata(&metadata)).to_string();
        TokenEndpoint(Arc::new(Inner { responder, paths, jwks: jwks.to_json(), metadata, origins, clock }))
    }
}

impl<R> fmt::Debug for TokenEndpointBuilder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpointBuilder")
            .field("jwks", &self.jwks)
            .field("metadata", &self.metadata)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// The paths of the routes. Each begins with `/` and is taken as axum takes paths.
///
/// ```
/// use symbolon_axum::Paths;
/// let mut paths = Paths::default();
/// paths.token = "/oauth2/v1/token".into();
/// assert_eq!(paths.jwks, "/jwks");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Paths {
    /// The token endpoint: `/token`.
    pub token: String,
    /// The userinfo endpoint: `/userinfo`.
    pub userinfo: String,
    /// The JWK set: `/jwks`.
    pub jwks: String,
    /// Metadata where OpenID Connect Discovery looks for it: `/.well-known/openid-configuration`. If the issuer has a path
    /// it stands *before* this one ([OIDC Discovery §4.1]).
    ///
    /// [OIDC Discovery §4.1]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
    pub openid_configuration: String,
    /// Metadata where OAuth 2.0 looks for it: `/.well-known/oauth-authorization-server`. If the issuer has a path it stands
    /// *after* this one ([RFC 8414 §3.1]).
    ///
    /// [RFC 8414 §3.1]: https://www.rfc-editor.org/rfc/rfc8414#section-3.1
    pub authorization_server: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self::under("")
    }
}

impl Paths {
    /// The usual paths for an issuer with this path (`/tenant`; none is the empty text).
    ///
    /// ```
    /// use symbolon_axum::Paths;
    /// let paths = Paths::under("/tenant");
    /// assert_eq!(paths.token, "/tenant/token");
    /// assert_eq!(paths.openid_configuration, "/tenant/.well-known/openid-configuration");
    /// assert_eq!(paths.authorization_server, "/.well-known/oauth-authorization-server/tenant");
    /// ```
    pub fn under(issuer_path: &str) -> Self {
        let path = issuer_path.trim_end_matches('/');
        Self {
            token: format!("{path}/token"),
            userinfo: format!("{path}/userinfo"),
            jwks: format!("{path}/jwks"),
            openid_configuration: format!("{path}/.well-known/openid-configuration"),
            authorization_server: format!("/.well-known/oauth-authorization-server{path}"),
        }
    }
}
