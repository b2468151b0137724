use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::Issuer;

use crate::{EndpointUrl, MetadataError, metadata_members::Members};

/// The metadata of a protected resource ([RFC 9728 §2]), fetched by the caller: which authorization servers issue tokens for
/// it, and what it takes.
///
/// Its resource is the expected one, byte for byte. What it tells is the resource's word.
///
/// # Security
/// Fetch it from the URL that belongs to the resource ([`Self::url`]), without following redirects. A resource may name any
/// authorization server, one of an attacker too: go to one of [`Self::authorization_servers`] only if the client is
/// registered there, and take the endpoints from that server's own metadata (RFC 9728 §7.6). Nothing in [`Self::other`]
/// was judged; `signed_metadata` stays there, and is not listened to (RFC 9728 §2.2).
///
/// ```
/// use symbolon_client::{EndpointUrl, MetadataError, ProtectedResourceMetadata};
///
/// let document = br#"{"resource":"https://rs.example/things","authorization_servers":["https://as.example"],
///     "scopes_supported":["read"],"dpop_bound_access_tokens_required":true}"#;
/// let metadata = ProtectedResourceMetadata::parse(document, &EndpointUrl::parse("https://rs.example/things")?)?;
/// assert_eq!(metadata.authorization_servers[0].as_str(), "https://as.example");
/// assert!(metadata.dpop_bound_access_tokens_required);
///
/// let other = ProtectedResourceMetadata::parse(document, &EndpointUrl::parse("https://rs.example/things/")?);
/// assert_eq!(other, Err(MetadataError::ResourceMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 9728 §2]: https://www.rfc-editor.org/rfc/rfc9728#section-2
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct ProtectedResourceMetadata {
    /// `resource`
    pub resource: EndpointUrl,
    /// `authorization_servers`: each https, or http on loopback; empty if it is not told.
    pub authorization_servers: Vec<Issuer>,
    /// `jwks_uri`: the keys of the resource itself.
    pub jwks_uri: Option<EndpointUrl>,
    /// `scopes_supported`; empty if it is not told.
    pub scopes_supported: Vec<String>,
    /// `bearer_methods_supported`: `header`, `body`, `query`; empty if it is not told.
    pub bearer_methods_supported: Vec<String>,
    /// `resource_signing_alg_values_supported`, as names; empty if it is not told.
    pub resource_signing_alg_values_supported: Vec<String>,
    /// `authorization_details_types_supported`; empty if it is not told.
    pub authorization_details_types_supported: Vec<String>,
    /// `dpop_signing_alg_values_supported`, as names; empty if it is not told.
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// `dpop_bound_access_tokens_required`; `false` if it is not told.
    pub dpop_bound_access_tokens_required: bool,
    /// `tls_client_certificate_bound_access_tokens`; `false` if it is not told.
    pub tls_client_certificate_bound_access_tokens: bool,
    /// Every other member, verbatim and not judged: names and pages for people are among them.
    pub other: Map<String, Value>,
}

impl ProtectedResourceMetadata {
    /// Reads a document of the resource that is to be called.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`MetadataError::TooLarge`], [`MetadataError::Json`]: no sane JSON object; a member twice, at any depth.
    /// - [`MetadataError::ResourceMissing`], [`MetadataError::ResourceMismatch`]: not of this resource.
    /// - [`MetadataError::InvalidMember`]: a known member has the wrong type, or an authorization server is longer
    ///   than an issuer may be.
    /// - [`MetadataError::EndpointUrl`]: `jwks_uri` or an authorization server is neither https nor loopback, or malformed.
    /// - [`MetadataError::ForeignEndpoint`]: `jwks_uri` is neither at the resource's host nor below it.
    pub fn parse(json: &[u8], expected_resource: &EndpointUrl) -> Result<Self, MetadataError> {
        Self::parse_with_hosts(json, expected_resource, &[])
    }

    /// The same for a resource whose keys are at another host, which the caller names from its configuration. A host is a
    /// name or an address, without port, and stands for itself alone.
    ///
    /// # Errors
    /// As [`Self::parse`]. [`MetadataError::ForeignEndpoint`]: `jwks_uri` is at none of these hosts either.
    pub fn parse_with_hosts(
        json: &[u8],
        expected_resource: &EndpointUrl,
        foreign_hosts: &[&str],
    ) -> Result<Self, MetadataError> {
        let mut members = Members::read(json, foreign_hosts)?;
        // RFC 9728 §3.3: identical, or nothing of it may be used.
        if members.text("resource")?.ok_or(MetadataError::ResourceMissing)? != expected_resource.as_str() {
            return Err(MetadataError::ResourceMismatch);
        }
        members.at_home(expected_resource);
        Ok(Self {
            resource: expected_resource.clone(),
            authorization_servers: members.issuers("authorization_servers")?,
            jwks_uri: members.endpoint("jwks_uri")?,
            scopes_supported: members.texts("scopes_supported")?,
            bearer_methods_supported: members.texts("bearer_methods_supported")?,
            resource_signing_alg_values_supported: members.texts("resource_signing_alg_values_supported")?,
            authorization_details_types_supported: members.texts("authorization_details_types_supported")?,
            dpop_signing_alg_values_supported: members.texts("dpop_signing_alg_values_supported")?,
            dpop_bound_access_tokens_required: members.flag("dpop_bound_access_tokens_required")?,
            tls_client_certificate_bound_access_tokens: members.flag("tls_client_certificate_bound_access_tokens")?,
            other: members.rest(),
        })
    }

    /// Where the metadata of a resource is ([RFC 9728 §3.1]): between its host and its path and query.
    ///
    /// ```
    /// use symbolon_client::{EndpointUrl, ProtectedResourceMetadata};
    /// let url = ProtectedResourceMetadata::url(&EndpointUrl::parse("https://rs.example/things")?);
    /// assert_eq!(url, "https://rs.example/.well-known/oauth-protected-resource/things");
    /// # Ok::<(), symbolon_client::EndpointUrlError>(())
    /// ```
    ///
    /// [RFC 9728 §3.1]: https://www.rfc-editor.org/rfc/rfc9728#section-3.1
    pub fn url(resource: &EndpointUrl) -> String {
        let text = resource.as_str();
        let after_scheme = text.find("://").map_or(0, |at| at.saturating_add(3));
        let rest_at = text.get(after_scheme..).and_then(|rest| rest.find(['/', '?']));
        let rest_at = rest_at.map_or(text.len(), |at| at.saturating_add(after_scheme));
        let (origin, rest) = text.split_at_checked(rest_at).unwrap_or((text, ""));
        // A slash that ends the host is removed; one that begins a path stays.
        let rest = match rest.strip_prefix('/') {
            Some(after) if after.is_empty() || after.starts_with('?') => after,
            _ => rest,
        };
        alloc::format!("{origin}/.well-known/oauth-protected-resource{rest}")
    }
}

/// Whose it is and who issues tokens for it. What else the resource told is only counted: it may say anything.
impl fmt::Debug for ProtectedResourceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedResourceMetadata")
            .field("resource", &self.resource)
            .field("authorization_servers", &self.authorization_servers)
            .field("other", &self.other.len())
            .finish_non_exhaustive()
    }
}
