use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value};
use symbolon_jose::{JsonError, parse_json};
use symbolon_types::{AuthMethod, GrantType, Issuer, Rule};
use thiserror::Error;

use crate::{EndpointUrl, EndpointUrlError};

/// Longest metadata document that is read, in bytes. The largest that providers publish stay below 20 KiB.
pub const MAX_METADATA_BYTES: usize = 256 * 1024;

/// The metadata of an authorization server ([RFC 8414 §2], [OIDC Discovery §3]), fetched by the caller.
///
/// Its issuer is the expected one, byte for byte, and every endpoint in it is https, or http on loopback. What the server
/// *supports* is its word and decides nothing: which method and which algorithms a client uses is what it registered
/// (security decision D12).
///
/// # Security
/// Fetch it from the URL that belongs to the issuer ([`Self::urls`]), without following redirects. Whether the
/// endpoints have private addresses is for the caller, who resolves names (RFC 8414 §6).
///
/// ```
/// use symbolon_client::{Metadata, MetadataError, types::Issuer};
///
/// let document = br#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token","x":1}"#;
/// let metadata = Metadata::parse(document, &Issuer::parse("https://as.example")?)?;
/// assert_eq!(metadata.token_endpoint.as_ref().map(|url| url.as_str()), Some("https://as.example/token"));
/// assert_eq!(metadata.other["x"], 1);
///
/// let other = Metadata::parse(document, &Issuer::parse("https://as.example/")?);
/// assert_eq!(other, Err(MetadataError::IssuerMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OIDC Discovery §3]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
/// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// `issuer`
    pub issuer: Issuer,
    /// `token_endpoint`
    pub token_endpoint: Option<EndpointUrl>,
    /// `authorization_endpoint`
    pub authorization_endpoint: Option<EndpointUrl>,
    /// `jwks_uri`
    pub jwks_uri: Option<EndpointUrl>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<EndpointUrl>,
    /// `revocation_endpoint`
    pub revocation_endpoint: Option<EndpointUrl>,
    /// `introspection_endpoint`
    pub introspection_endpoint: Option<EndpointUrl>,
    /// `end_session_endpoint`
    pub end_session_endpoint: Option<EndpointUrl>,
    /// `scopes_supported`; empty if it is not told.
    pub scopes_supported: Vec<String>,
    /// `grant_types_supported`; empty if it is not told.
    pub grant_types_supported: Vec<GrantType>,
    /// `token_endpoint_auth_methods_supported`; empty if it is not told.
    pub token_endpoint_auth_methods_supported: Vec<AuthMethod>,
    /// `id_token_signing_alg_values_supported`, as names: `none` and what this version does not know may be among them.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// `code_challenge_methods_supported`; empty if it is not told.
    pub code_challenge_methods_supported: Vec<String>,
    /// `authorization_response_iss_parameter_supported` ([RFC 9207 §3](https://www.rfc-editor.org/rfc/rfc9207#section-3)).
    pub authorization_response_iss_parameter_supported: bool,
    /// `mtls_endpoint_aliases` ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5)); all `None` if it is not
    /// told.
    pub mtls_endpoint_aliases: EndpointAliases,
    /// Every other member, verbatim.
    pub other: Map<String, Value>,
}

impl Metadata {
    /// Reads a document of the issuer that the client was configured with.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`MetadataError::TooLarge`], [`MetadataError::Json`]: no sane JSON object; a member twice, at any depth.
    /// - [`MetadataError::IssuerMissing`], [`MetadataError::IssuerMismatch`]: not of this issuer.
    /// - [`MetadataError::InvalidMember`]: a known member has the wrong type.
    /// - [`MetadataError::EndpointUrl`]: an endpoint is neither https nor loopback, or malformed.
    pub fn parse(json: &[u8], expected_issuer: &Issuer) -> Result<Self, MetadataError> {
        if json.len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge { length: json.len(), limit: MAX_METADATA_BYTES });
        }
        let mut members = Members(parse_json(json)?);
        // RFC 8414 §3.3: identical, or nothing of it may be used.
        if members.text("issuer")?.ok_or(MetadataError::IssuerMissing)? != expected_issuer.as_str() {
            return Err(MetadataError::IssuerMismatch);
        }
        Ok(Self {
            issuer: expected_issuer.clone(),
            token_endpoint: members.endpoint("token_endpoint")?,
            authorization_endpoint: members.endpoint("authorization_endpoint")?,
            jwks_uri: members.endpoint("jwks_uri")?,
            userinfo_endpoint: members.endpoint("userinfo_endpoint")?,
            revocation_endpoint: members.endpoint("revocation_endpoint")?,
            introspection_endpoint: members.endpoint("introspection_endpoint")?,
            end_session_endpoint: members.endpoint("end_session_endpoint")?,
            scopes_supported: members.texts("scopes_supported")?,
            grant_types_supported: members
                .texts("grant_types_supported")?
                .iter()
                .map(|name| GrantType::parse(name))
                .collect(),
            token_endpoint_auth_methods_supported: members
                .texts("token_endpoint_auth_methods_supported")?
                .iter()
                .map(|name| AuthMethod::parse(name))
                .collect(),
            id_token_signing_alg_values_supported: members.texts("id_token_signing_alg_values_supported")?,
            code_challenge_methods_supported: members.texts("code_challenge_methods_supported")?,
            authorization_response_iss_parameter_supported: members
                .flag("authorization_response_iss_parameter_supported")?,
            mtls_endpoint_aliases: members.aliases()?,
            other: members.0,
        })
    }

    /// Where the metadata of an issuer may be, the more common place first: after the issuer
    /// ([OIDC Discovery §4.1]), then between its host and its path ([RFC 8414 §3.1]).
    ///
    /// ```
    /// use symbolon_client::{Metadata, types::Issuer};
    /// let [oidc, oauth] = Metadata::urls(&Issuer::parse("https://as.example/tenant")?);
    /// assert_eq!(oidc, "https://as.example/tenant/.well-known/openid-configuration");
    /// assert_eq!(oauth, "https://as.example/.well-known/oauth-authorization-server/tenant");
    /// # Ok::<(), symbolon_client::types::IdentifierError>(())
    /// ```
    ///
    /// [OIDC Discovery §4.1]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
    /// [RFC 8414 §3.1]: https://www.rfc-editor.org/rfc/rfc8414#section-3.1
    pub fn urls(issuer: &Issuer) -> [String; 2] {
        // Both sections: a terminating slash of the issuer is removed first.
        let text = issuer.as_str().strip_suffix('/').unwrap_or(issuer.as_str());
        let after_scheme = text.find("://").map_or(0, |at| at.saturating_add(3));
        let path_at = text.get(after_scheme..).and_then(|rest| rest.find('/'));
        let path_at = path_at.map_or(text.len(), |at| at.saturating_add(after_scheme));
        let (origin, path) = text.split_at_checked(path_at).unwrap_or((text, ""));
        [
            alloc::format!("{text}/.well-known/openid-configuration"),
            alloc::format!("{origin}/.well-known/oauth-authorization-server{path}"),
        ]
    }
}

/// Where endpoints are for clients that do mutual TLS, if it is somewhere else ([RFC 8705 §5]). An endpoint without alias is
/// where it is for everybody.
///
/// ```
/// use symbolon_client::{Client, Metadata, client_auth::ClientAuthentication, types::{ClientId, Issuer}};
/// use symbolon_crypto_ring::PROVIDER;
///
/// let document = br#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token",
///     "mtls_endpoint_aliases":{"token_endpoint":"https://mtls.as.example/token"}}"#;
/// let issuer = Issuer::parse("https://as.example")?;
/// let metadata = Metadata::parse(document, &issuer)?;
/// let alias = metadata.mtls_endpoint_aliases.token_endpoint.as_ref();
/// assert_eq!(alias.map(|url| url.as_str()), Some("https://mtls.as.example/token"));
/// assert_eq!(metadata.mtls_endpoint_aliases.userinfo_endpoint, None);
///
/// let builder = Client::builder(issuer, ClientId::parse("app")?, PROVIDER).metadata(&metadata);
/// let by_secret = builder.clone().authentication(ClientAuthentication::Basic("mysecret".into())).build()?;
/// assert_eq!(by_secret.token_endpoint().as_str(), "https://as.example/token");
/// let by_certificate = builder.authentication(ClientAuthentication::TlsClientAuth).build()?;
/// assert_eq!(by_certificate.token_endpoint().as_str(), "https://mtls.as.example/token");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8705 §5]: https://www.rfc-editor.org/rfc/rfc8705#section-5
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct EndpointAliases {
    /// `token_endpoint`
    pub token_endpoint: Option<EndpointUrl>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<EndpointUrl>,
    /// `revocation_endpoint`
    pub revocation_endpoint: Option<EndpointUrl>,
    /// `introspection_endpoint`
    pub introspection_endpoint: Option<EndpointUrl>,
    /// Every other member, verbatim.
    pub other: Map<String, Value>,
}

/// Why a document is not the metadata of the expected issuer. Holds names and lengths, never a value.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MetadataError {
    /// Longer than the limit.
    #[error("metadata is {length} bytes, limit is {limit}")]
    TooLarge {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// Not one JSON object, or a member comes twice.
    #[error("metadata is not one JSON object without doubled members")]
    Json(#[from] JsonError),
    /// There is no `issuer`.
    #[error("metadata has no `issuer`")]
    IssuerMissing,
    /// `issuer` is another one.
    #[error("`issuer` of the metadata is another one")]
    IssuerMismatch,
    /// A known member has the wrong type.
    #[error("`{name}` of the metadata has the wrong type")]
    InvalidMember {
        /// Its name.
        name: &'static str,
    },
    /// An endpoint cannot be called.
    #[error("`{name}` of the metadata: {source}")]
    EndpointUrl {
        /// The member.
        name: &'static str,
        /// What is wrong with it.
        source: EndpointUrlError,
    },
}

impl MetadataError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. }
            | Self::Json(_)
            | Self::IssuerMissing
            | Self::IssuerMismatch
            | Self::InvalidMember { .. } => Rule::Metadata,
            Self::EndpointUrl { source, .. } => source.rule(),
        }
    }
}

/// The members of the document; those that have a field are taken out.
struct Members(Map<String, Value>);

impl Members {
    fn text(&mut self, name: &'static str) -> Result<Option<String>, MetadataError> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MetadataError::InvalidMember { name }),
        }
    }

    fn endpoint(&mut self, name: &'static str) -> Result<Option<EndpointUrl>, MetadataError> {
        let url = self.text(name)?.map(|text| EndpointUrl::parse(&text));
        url.transpose().map_err(|source| MetadataError::EndpointUrl { name, source })
    }

    fn aliases(&mut self) -> Result<EndpointAliases, MetadataError> {
        let name = "mtls_endpoint_aliases";
        let mut aliases = match self.0.remove(name) {
            None => return Ok(EndpointAliases::default()),
            Some(Value::Object(aliases)) => Self(aliases),
            Some(_) => return Err(MetadataError::InvalidMember { name }),
        };
        let mut alias = |of| {
            aliases.endpoint(of).map_err(|error| match error {
                MetadataError::EndpointUrl { source, .. } => MetadataError::EndpointUrl { name, source },
                _ => MetadataError::InvalidMember { name },
            })
        };
        Ok(EndpointAliases {
            token_endpoint: alias("token_endpoint")?,
            userinfo_endpoint: alias("userinfo_endpoint")?,
            revocation_endpoint: alias("revocation_endpoint")?,
            introspection_endpoint: alias("introspection_endpoint")?,
            other: aliases.0,
        })
    }

    fn texts(&mut self, name: &'static str) -> Result<Vec<String>, MetadataError> {
        let wrong = MetadataError::InvalidMember { name };
        let Some(value) = self.0.remove(name) else { return Ok(Vec::new()) };
        let Value::Array(values) = value else { return Err(wrong) };
        let text = |value| if let Value::String(text) = value { Ok(text) } else { Err(wrong) };
        values.into_iter().map(text).collect()
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, MetadataError> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(MetadataError::InvalidMember { name }),
        }
    }
}
