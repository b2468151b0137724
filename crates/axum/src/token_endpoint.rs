use core::fmt;
use std::sync::Arc;

use axum::routing::{MethodRouter, any};
use serde_json::{Value, json};
use symbolon_jose::JwkSet;
use symbolon_server::MetadataUrls;
use time::UtcDateTime;

use crate::{
    Origin, Respond, RespondToBackchannel, RespondToDevices,
    routes::{backchannel_authentication, device_authorization},
};

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
    devices: Option<Devices<R>>,
    backchannel: Option<MakeRoute<R>>,
}

/// The device authorization endpoint, if there is one.
struct Devices<R> {
    verification_uri: String,
    route: MakeRoute<R>,
}

/// Made where it is known that `R` decides such requests.
type MakeRoute<R> = fn() -> MethodRouter<TokenEndpoint<R>>;

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
            devices: None,
            backchannel: None,
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

    /// Where users type in what their device shows; `None` without
    /// [`TokenEndpointBuilder::device_authorization`].
    pub fn verification_uri(&self) -> Option<&str> {
        self.0.devices.as_ref().map(|devices| devices.verification_uri.as_str())
    }

    pub(crate) fn device_route(&self) -> Option<MethodRouter<Self>> {
        self.0.devices.as_ref().map(|devices| (devices.route)())
    }

    /// The route of the backchannel authentication endpoint, if there is one.
    pub(crate) fn backchannel_route(&self) -> Option<MethodRouter<Self>> {
        self.0.backchannel.map(|route| route())
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
    devices: Option<Devices<R>>,
    backchannel: Option<MakeRoute<R>>,
}

impl<R: RespondToDevices> TokenEndpointBuilder<R> {
    /// Adds the device authorization endpoint ([RFC 8628 §3.1]) to the routes, and to the metadata (§4) with its alias for mutual
    /// TLS, if the token endpoint has one. Which client may use it is said by the policy's grants and by its registration.
    ///
    /// `verification_uri` is the page where users type in what their device shows: it is yours, as the sign-in is.
    ///
    /// ```
    /// # use symbolon_axum::{TokenEndpoint, routes, server::{AccessToken, Endpoint, PROVIDER, ServerKey, TokenPlan}};
    /// # use symbolon_axum::{store::{Driver, Memory, policy::{GrantSet, Policy}}, types::Issuer};
    /// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let mut policy = Policy::OAUTH_2_1;
    /// policy.grants = policy.grants.and(GrantSet::DEVICE_CODE);
    /// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("1", [7; 32]));
    /// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).policy(policy).build()?;
    /// # let driver = Driver::new(endpoint, Memory::new(now), TokenPlan::new(AccessToken::Opaque));
    /// let endpoint = TokenEndpoint::builder(driver).device_authorization("https://as.example/device").build();
    /// assert!(endpoint.metadata().contains(r#""device_authorization_endpoint":"https://as.example/device_authorization""#));
    /// let app: axum::Router = routes(endpoint);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Security
    /// On the page a user who has signed in sees the client and what it asks for, and decides by a form that no other site can
    /// send; wrong entries are counted (security decision D26, [RFC 8628 §5.1]).
    ///
    /// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
    /// [RFC 8628 §5.1]: https://www.rfc-editor.org/rfc/rfc8628#section-5.1
    pub fn device_authorization(mut self, verification_uri: impl Into<String>) -> Self {
        let route = || any(device_authorization::<R>);
        self.devices = Some(Devices { verification_uri: verification_uri.into(), route });
        self
    }
}

impl<R: RespondToBackchannel> TokenEndpointBuilder<R> {
    /// Adds the backchannel authentication endpoint ([OpenID CIBA §7]) to the routes, and to the metadata (§4) with its alias for
    /// mutual TLS, if the token endpoint has one. Which client may use it is said by the policy's grants and by its registration.
    ///
    /// ```
    /// use symbolon_axum::{RespondToBackchannel, TokenEndpoint, routes};
    ///
    /// fn app(server: impl RespondToBackchannel) -> axum::Router {
    ///     let endpoint = TokenEndpoint::builder(server).backchannel_authentication().build();
    ///     assert!(endpoint.metadata().contains(r#""backchannel_authentication_endpoint":"#));
    ///     routes(endpoint)
    /// }
    /// ```
    ///
    /// # Security
    /// The user who is asked has signed in, sees the client, what it asks for and its binding message, and decides where no other
    /// site can (security decision D26). A client that wants to be told is told without redirects, at an address that is not of
    /// a private network (D27).
    ///
    /// [OpenID CIBA §7]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_backchannel_endpoint
    pub fn backchannel_authentication(mut self) -> Self {
        self.backchannel = Some(|| any(backchannel_authentication::<R>));
        self
    }
}

impl<R: Respond> TokenEndpointBuilder<R> {
    /// Publishes these keys: those that sign, and for a while those that did and those that will.
    pub fn jwks(mut self, jwks: JwkSet) -> Self {
        self.jwks = jwks;
        self
    }

    /// Says this in the metadata. `jwks_uri` (if there are keys), `userinfo_endpoint` and, with [`Self::device_authorization`] and
    /// [`Self::backchannel_authentication`], `device_authorization_endpoint` and `backchannel_authentication_endpoint` are filled
    /// in where they are `None`: the URL of the token endpoint, with the other path in place of its own; and so are their aliases
    /// for mutual TLS, if the token endpoint has one.
    pub fn metadata(mut self, metadata: MetadataUrls) -> Self {
        self.metadata = metadata;
        self
    }

    /// Serves under these paths.
    pub fn paths(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// Lets scripts of this origin read the answers of every route here but the device authorization and the backchannel
    /// authentication endpoint, `DPoP-Nonce` and `WWW-Authenticate` among their headers (security decision D27). Without one, no script of another origin reads anything.
    /// Never put an authorization endpoint under such a rule: browsers go there, scripts do not.
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
        let Self { responder, jwks, mut metadata, paths, origins, clock, devices, backchannel } = self;
        let endpoint = responder.endpoint();
        let base = endpoint.url().strip_suffix(paths.token.as_str());
        let base = base.unwrap_or_else(|| endpoint.issuer().as_str().trim_end_matches('/'));
        if metadata.jwks_uri.is_none() && !jwks.keys().is_empty() {
            metadata.jwks_uri = Some(format!("{base}{}", paths.jwks));
        }
        if metadata.userinfo_endpoint.is_none() {
            metadata.userinfo_endpoint = Some(format!("{base}{}", paths.userinfo));
        }
        let mtls_base = metadata.mtls_token_endpoint.as_ref().and_then(|url| url.strip_suffix(paths.token.as_str()));
        let mtls_base = mtls_base.map(str::to_owned);
        if metadata.mtls_userinfo_endpoint.is_none() {
            metadata.mtls_userinfo_endpoint = mtls_base.as_ref().map(|base| format!("{base}{}", paths.userinfo));
        }
        if devices.is_some() && metadata.device_authorization_endpoint.is_none() {
            metadata.device_authorization_endpoint = Some(format!("{base}{}", paths.device_authorization));
        }
        if backchannel.is_some() && metadata.backchannel_authentication_endpoint.is_none() {
            metadata.backchannel_authentication_endpoint = Some(format!("{base}{}", paths.backchannel_authentication));
        }
        let mut document = endpoint.metadata(&metadata);
        // RFC 8705 §5: an alias for each endpoint at which clients authenticate.
        let aliases = document.get_mut("mtls_endpoint_aliases").and_then(Value::as_object_mut);
        if let (Some(aliases), Some(base)) = (aliases, &mtls_base) {
            for (name, path) in [
                ("device_authorization_endpoint", devices.as_ref().map(|_| &paths.device_authorization)),
                ("backchannel_authentication_endpoint", backchannel.map(|_| &paths.backchannel_authentication)),
            ] {
                if let Some(path) = path {
                    aliases.insert(name.into(), json!(format!("{base}{path}")));
                }
            }
        }
        let metadata = Value::Object(document).to_string();
        let jwks = jwks.to_json();
        TokenEndpoint(Arc::new(Inner { responder, paths, jwks, metadata, origins, clock, devices, backchannel }))
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
    /// The device authorization endpoint, if there is one: `/device_authorization`.
    pub device_authorization: String,
    /// The backchannel authentication endpoint, if there is one: `/bc-authorize`.
    pub backchannel_authentication: String,
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
            device_authorization: format!("{path}/device_authorization"),
            backchannel_authentication: format!("{path}/bc-authorize"),
            userinfo: format!("{path}/userinfo"),
            jwks: format!("{path}/jwks"),
            openid_configuration: format!("{path}/.well-known/openid-configuration"),
            authorization_server: format!("/.well-known/oauth-authorization-server{path}"),
        }
    }
}
