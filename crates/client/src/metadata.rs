use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::{AuthMethod, GrantType, Issuer};

use crate::{EndpointAliases, EndpointUrl, MetadataError, metadata_members::Members};

/// Longest metadata document that is read, in bytes. The largest that providers publish stay below 20 KiB.
pub const MAX_METADATA_BYTES: usize = 256 * 1024;

/// The metadata of an authorization server ([RFC 8414 §2], [OIDC Discovery §3]), fetched by the caller.
///
/// Its issuer is the expected one, byte for byte. Every endpoint that is a field here is https, or http on loopback, and at
/// the issuer's host or below it: secrets and codes of one issuer go nowhere else, unless the caller says where
/// ([`Self::parse_with_hosts`]). What the server *supports* is its word and decides nothing: which method and which
/// algorithms a client uses is what it registered (security decision D12).
///
/// # Security
/// Fetch it from the URL that belongs to the issuer ([`Self::urls`]), without following redirects. Whether the
/// endpoints have private addresses is for the caller, who resolves names (RFC 8414 §6). Nothing in [`Self::other`] was
/// judged; `signed_metadata` stays there, and is not listened to (RFC 8414 §2.1).
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
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the document")]
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
    /// `registration_endpoint`
    pub registration_endpoint: Option<EndpointUrl>,
    /// `pushed_authorization_request_endpoint` ([RFC 9126 §5])
    ///
    /// [RFC 9126 §5]: https://www.rfc-editor.org/rfc/rfc9126#section-5
    pub pushed_authorization_request_endpoint: Option<EndpointUrl>,
    /// `require_pushed_authorization_requests` ([RFC 9126 §5]); `false` if it is not told.
    ///
    /// [RFC 9126 §5]: https://www.rfc-editor.org/rfc/rfc9126#section-5
    pub require_pushed_authorization_requests: bool,
    /// `device_authorization_endpoint` ([RFC 8628 §4])
    ///
    /// [RFC 8628 §4]: https://www.rfc-editor.org/rfc/rfc8628#section-4
    pub device_authorization_endpoint: Option<EndpointUrl>,
    /// `backchannel_authentication_endpoint` ([OpenID CIBA §4])
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    pub backchannel_authentication_endpoint: Option<EndpointUrl>,
    /// `backchannel_token_delivery_modes_supported` ([OpenID CIBA §4]): `poll`, `ping`, `push`; empty if it is not told.
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    pub backchannel_token_delivery_modes_supported: Vec<String>,
    /// `backchannel_user_code_parameter_supported` ([OpenID CIBA §4]); `false` if it is not told.
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    pub backchannel_user_code_parameter_supported: bool,
    /// `scopes_supported`; empty if it is not told.
    pub scopes_supported: Vec<String>,
    /// `response_types_supported`; empty if it is not told.
    pub response_types_supported: Vec<String>,
    /// `response_modes_supported`; empty if it is not told.
    pub response_modes_supported: Vec<String>,
    /// `grant_types_supported`; empty if it is not told.
    pub grant_types_supported: Vec<GrantType>,
    /// `token_endpoint_auth_methods_supported`; empty if it is not told.
    pub token_endpoint_auth_methods_supported: Vec<AuthMethod>,
    /// `token_endpoint_auth_signing_alg_values_supported`, as names; empty if it is not told.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `subject_types_supported`; empty if it is not told.
    pub subject_types_supported: Vec<String>,
    /// `id_token_signing_alg_values_supported`, as names: `none` and what this version does not know may be among them.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// `userinfo_signing_alg_values_supported`, as names; empty if it is not told.
    pub userinfo_signing_alg_values_supported: Vec<String>,
    /// `acr_values_supported`; empty if it is not told.
    pub acr_values_supported: Vec<String>,
    /// `claims_supported`; empty if it is not told.
    pub claims_supported: Vec<String>,
    /// `claims_parameter_supported`; `false` if it is not told.
    pub claims_parameter_supported: bool,
    /// `code_challenge_methods_supported`; empty if it is not told.
    pub code_challenge_methods_supported: Vec<String>,
    /// `dpop_signing_alg_values_supported`, as names ([RFC 9449 §5.1]); empty if it is not told.
    ///
    /// [RFC 9449 §5.1]: https://www.rfc-editor.org/rfc/rfc9449#section-5.1
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// `authorization_details_types_supported` ([RFC 9396 §10]); empty if it is not told.
    ///
    /// [RFC 9396 §10]: https://www.rfc-editor.org/rfc/rfc9396#section-10
    pub authorization_details_types_supported: Vec<String>,
    /// `protected_resources` ([RFC 9728 §4]): resource identifiers; empty if it is not told.
    ///
    /// [RFC 9728 §4]: https://www.rfc-editor.org/rfc/rfc9728#section-4
    pub protected_resources: Vec<String>,
    /// `tls_client_certificate_bound_access_tokens` ([RFC 8705 §3.3]); `false` if it is not told.
    ///
    /// [RFC 8705 §3.3]: https://www.rfc-editor.org/rfc/rfc8705#section-3.3
    pub tls_client_certificate_bound_access_tokens: bool,
    /// `authorization_response_iss_parameter_supported` ([RFC 9207 §3](https://www.rfc-editor.org/rfc/rfc9207#section-3));
    /// `false` if it is not told.
    pub authorization_response_iss_parameter_supported: bool,
    /// `backchannel_logout_supported` ([OIDC Back-Channel Logout §2.1]); `false` if it is not told.
    ///
    /// [OIDC Back-Channel Logout §2.1]: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCSupport
    pub backchannel_logout_supported: bool,
    /// `backchannel_logout_session_supported` ([OIDC Back-Channel Logout §2.1]); `false` if it is not told.
    ///
    /// [OIDC Back-Channel Logout §2.1]: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCSupport
    pub backchannel_logout_session_supported: bool,
    /// `mtls_endpoint_aliases` ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5)); all `None` if it is not
    /// told.
    pub mtls_endpoint_aliases: EndpointAliases,
    /// Every other member, verbatim and not judged.
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
    /// - [`MetadataError::EndpointUrl`]: the issuer or an endpoint is neither https nor loopback, or malformed.
    /// - [`MetadataError::ForeignEndpoint`]: an endpoint is neither at the issuer's host nor below it.
    pub fn parse(json: &[u8], expected_issuer: &Issuer) -> Result<Self, MetadataError> {
        Self::parse_with_hosts(json, expected_issuer, &[])
    }

    /// The same for an issuer that has endpoints at other hosts too, such as `oauth2.googleapis.com` for
    /// `https://accounts.google.com`. A host is a name or an address, without port, and stands for itself alone.
    ///
    /// ```
    /// use symbolon_client::{Metadata, MetadataError, types::Issuer};
    ///
    /// let issuer = Issuer::parse("https://as.example")?;
    /// let document = br#"{"issuer":"https://as.example","authorization_endpoint":"https://login.as.example/authorize",
    ///     "token_endpoint":"https://tokens.example/token"}"#;
    /// let foreign = MetadataError::ForeignEndpoint { name: "token_endpoint" };
    /// assert_eq!(Metadata::parse(document, &issuer), Err(foreign));
    /// assert!(Metadata::parse_with_hosts(document, &issuer, &["tokens.example"]).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Security
    /// Where the hosts come from decides who gets codes and secrets: from configuration, never from the document.
    ///
    /// # Errors
    /// As [`Self::parse`]. [`MetadataError::ForeignEndpoint`]: an endpoint is at none of these hosts either.
    pub fn parse_with_hosts(
        json: &[u8],
        expected_issuer: &Issuer,
        foreign_hosts: &[&str],
    ) -> Result<Self, MetadataError> {
        let mut members = Members::read(json, foreign_hosts)?;
        // RFC 8414 §3.3: identical, or nothing of it may be used.
        if members.text("issuer")?.ok_or(MetadataError::IssuerMissing)? != expected_issuer.as_str() {
            return Err(MetadataError::IssuerMismatch);
        }
        let issuer = EndpointUrl::parse(expected_issuer.as_str());
        members.at_home(&issuer.map_err(|source| MetadataError::EndpointUrl { name: "issuer", source })?);
        Ok(Self {
            issuer: expected_issuer.clone(),
            token_endpoint: members.endpoint("token_endpoint")?,
            authorization_endpoint: members.endpoint("authorization_endpoint")?,
            jwks_uri: members.endpoint("jwks_uri")?,
            userinfo_endpoint: members.endpoint("userinfo_endpoint")?,
            revocation_endpoint: members.endpoint("revocation_endpoint")?,
            introspection_endpoint: members.endpoint("introspection_endpoint")?,
            end_session_endpoint: members.endpoint("end_session_endpoint")?,
            registration_endpoint: members.endpoint("registration_endpoint")?,
            pushed_authorization_request_endpoint: members.endpoint("pushed_authorization_request_endpoint")?,
            require_pushed_authorization_requests: members.flag("require_pushed_authorization_requests")?,
            device_authorization_endpoint: members.endpoint("device_authorization_endpoint")?,
            backchannel_authentication_endpoint: members.endpoint("backchannel_authentication_endpoint")?,
            backchannel_token_delivery_modes_supported: members.texts("backchannel_token_delivery_modes_supported")?,
            backchannel_user_code_parameter_supported: members.flag("backchannel_user_code_parameter_supported")?,
            scopes_supported: members.texts("scopes_supported")?,
            response_types_supported: members.texts("response_types_supported")?,
            response_modes_supported: members.texts("response_modes_supported")?,
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
            token_endpoint_auth_signing_alg_values_supported: members
                .texts("token_endpoint_auth_signing_alg_values_supported")?,
            subject_types_supported: members.texts("subject_types_supported")?,
            id_token_signing_alg_values_supported: members.texts("id_token_signing_alg_values_supported")?,
            userinfo_signing_alg_values_supported: members.texts("userinfo_signing_alg_values_supported")?,
            acr_values_supported: members.texts("acr_values_supported")?,
            claims_supported: members.texts("claims_supported")?,
            claims_parameter_supported: members.flag("claims_parameter_supported")?,
            code_challenge_methods_supported: members.texts("code_challenge_methods_supported")?,
            dpop_signing_alg_values_supported: members.texts("dpop_signing_alg_values_supported")?,
            authorization_details_types_supported: members.texts("authorization_details_types_supported")?,
            protected_resources: members.texts("protected_resources")?,
            tls_client_certificate_bound_access_tokens: members.flag("tls_client_certificate_bound_access_tokens")?,
            authorization_response_iss_parameter_supported: members
                .flag("authorization_response_iss_parameter_supported")?,
            backchannel_logout_supported: members.flag("backchannel_logout_supported")?,
            backchannel_logout_session_supported: members.flag("backchannel_logout_session_supported")?,
            mtls_endpoint_aliases: EndpointAliases::read(&mut members)?,
            other: members.rest(),
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

/// Whose it is and where the client sends to. What else the server told is only counted: it may say anything.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata")
            .field("issuer", &self.issuer)
            .field("token_endpoint", &self.token_endpoint)
            .field("authorization_endpoint", &self.authorization_endpoint)
            .field("jwks_uri", &self.jwks_uri)
            .field("mtls_endpoint_aliases", &self.mtls_endpoint_aliases)
            .field("other", &self.other.len())
            .finish_non_exhaustive()
    }
}
