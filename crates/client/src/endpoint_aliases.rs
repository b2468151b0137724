use alloc::string::String;
use core::fmt;

use serde_json::{Map, Value};

use crate::{EndpointUrl, MetadataError, metadata_members::Members};

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
#[derive(Clone, Default, Eq, PartialEq)]
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
    /// `pushed_authorization_request_endpoint`
    pub pushed_authorization_request_endpoint: Option<EndpointUrl>,
    /// `device_authorization_endpoint`
    pub device_authorization_endpoint: Option<EndpointUrl>,
    /// `backchannel_authentication_endpoint`
    pub backchannel_authentication_endpoint: Option<EndpointUrl>,
    /// Every other member, verbatim and not judged.
    pub other: Map<String, Value>,
}

impl EndpointAliases {
    /// Takes them out of a document, as strictly as other endpoints.
    pub(crate) fn read(members: &mut Members<'_>) -> Result<Self, MetadataError> {
        let Some(mut aliases) = members.object(NAME)? else { return Ok(Self::default()) };
        let mut alias = |of| {
            aliases.endpoint(of).map_err(|error| match error {
                MetadataError::EndpointUrl { source, .. } => MetadataError::EndpointUrl { name: NAME, source },
                MetadataError::ForeignEndpoint { .. } => MetadataError::ForeignEndpoint { name: NAME },
                _ => MetadataError::InvalidMember { name: NAME },
            })
        };
        Ok(Self {
            token_endpoint: alias("token_endpoint")?,
            userinfo_endpoint: alias("userinfo_endpoint")?,
            revocation_endpoint: alias("revocation_endpoint")?,
            introspection_endpoint: alias("introspection_endpoint")?,
            pushed_authorization_request_endpoint: alias("pushed_authorization_request_endpoint")?,
            device_authorization_endpoint: alias("device_authorization_endpoint")?,
            backchannel_authentication_endpoint: alias("backchannel_authentication_endpoint")?,
            other: aliases.rest(),
        })
    }
}

impl fmt::Debug for EndpointAliases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointAliases")
            .field("token_endpoint", &self.token_endpoint)
            .field("userinfo_endpoint", &self.userinfo_endpoint)
            .field("other", &self.other.len())
            .finish_non_exhaustive()
    }
}

const NAME: &str = "mtls_endpoint_aliases";
