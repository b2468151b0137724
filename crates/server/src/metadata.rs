use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value, json};
use symbolon_types::{Alg, AuthMethod, GrantType};

use crate::Endpoint;

/// The other URLs and names that a metadata document tells ([RFC 8414 §2]).
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, MetadataUrls, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// let mut urls = MetadataUrls::default();
/// urls.jwks_uri = Some("https://as.example/jwks".into());
/// urls.auth_methods = vec![AuthMethod::PrivateKeyJwt];
///
/// let document = endpoint.metadata(&urls);
/// assert_eq!(document["issuer"], "https://as.example");
/// assert_eq!(document["token_endpoint_auth_methods_supported"][0], "private_key_jwt");
/// // Without an authorization endpoint no code is to be had:
/// assert_eq!(document["grant_types_supported"], serde_json::json!(["refresh_token", "client_credentials"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetadataUrls {
    /// `jwks_uri`
    pub jwks_uri: Option<String>,
    /// `authorization_endpoint`; without one, no code is to be had here.
    pub authorization_endpoint: Option<String>,
    /// `device_authorization_endpoint` ([RFC 8628 §4](https://www.rfc-editor.org/rfc/rfc8628#section-4)); without one, no device code
    /// is to be had here.
    pub device_authorization_endpoint: Option<String>,
    /// `backchannel_authentication_endpoint` ([OpenID CIBA §4]); without one, nobody asks a user by CIBA here.
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    pub backchannel_authentication_endpoint: Option<String>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<String>,
    /// `scopes_supported`
    pub scopes: Vec<String>,
    /// `authorization_details_types_supported` ([RFC 9396 §10](https://www.rfc-editor.org/rfc/rfc9396#section-10))
    pub authorization_details_types: Vec<String>,
    /// `token_endpoint_auth_methods_supported`
    pub auth_methods: Vec<AuthMethod>,
    /// `id_token_signing_alg_values_supported`
    pub id_token_algs: Vec<Alg>,
    /// Whether every authorization response has `iss`
    /// ([RFC 9207 §3](https://www.rfc-editor.org/rfc/rfc9207#section-3)). Clients that are told so refuse one without.
    pub authorization_response_iss: bool,
    /// `token_endpoint` of `mtls_endpoint_aliases` ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5)): where
    /// clients with a certificate go, if that is another listener.
    pub mtls_token_endpoint: Option<String>,
    /// `userinfo_endpoint` of `mtls_endpoint_aliases`
    pub mtls_userinfo_endpoint: Option<String>,
    /// `tls_client_certificate_bound_access_tokens`
    /// ([RFC 8705 §3.3](https://www.rfc-editor.org/rfc/rfc8705#section-3.3)): whether access tokens are bound to the
    /// certificates of clients that registered so.
    pub tls_client_certificate_bound_access_tokens: bool,
}

impl Endpoint {
    /// The metadata of the authorization server ([RFC 8414 §2], [OIDC Discovery §3]): issuer, grants, PKCE and assertion
    /// algorithms are those of the policy that answers requests; the rest is the caller's word. Of the caller's methods of
    /// client authentication those are told that the policy welcomes.
    ///
    /// Without one of [`MetadataUrls::auth_methods`] none is told, which by RFC 8414 means `client_secret_basic`.
    ///
    /// [OIDC Discovery §3]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
    /// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
    pub fn metadata(&self, urls: &MetadataUrls) -> Map<String, Value> {
        let policy = self.policy();
        let mut document = Map::new();
        let mut set = |name: &str, value: Value| document.insert(name.into(), value);
        set("issuer", json!(self.issuer().as_str()));
        set("token_endpoint", json!(self.url()));
        if let Some(url) = &urls.jwks_uri {
            set("jwks_uri", json!(url));
        }
        if let Some(url) = &urls.userinfo_endpoint {
            set("userinfo_endpoint", json!(url));
        }
        let aliases =
            [("token_endpoint", &urls.mtls_token_endpoint), ("userinfo_endpoint", &urls.mtls_userinfo_endpoint)];
        let aliases: Map<String, Value> =
            aliases.into_iter().filter_map(|(name, url)| Some((name.into(), json!(url.as_ref()?)))).collect();
        if !aliases.is_empty() {
            set("mtls_endpoint_aliases", Value::Object(aliases));
        }
        if urls.tls_client_certificate_bound_access_tokens {
            set("tls_client_certificate_bound_access_tokens", json!(true));
        }
        let grants = policy
            .grants
            .iter()
            .map(|grant| String::from(grant.as_str()))
            .chain(self.extension_grants().iter().cloned())
            .filter(|grant| urls.authorization_endpoint.is_some() || grant != GrantType::AuthorizationCode.as_str())
            .filter(|grant| urls.device_authorization_endpoint.is_some() || grant != GrantType::DeviceCode.as_str())
            .filter(|grant| urls.backchannel_authentication_endpoint.is_some() || grant != GrantType::Ciba.as_str());
        set("grant_types_supported", json!(grants.collect::<Vec<_>>()));
        if let Some(url) = &urls.device_authorization_endpoint {
            set("device_authorization_endpoint", json!(url));
        }
        if let Some(url) = &urls.backchannel_authentication_endpoint {
            set("backchannel_authentication_endpoint", json!(url));
            // OpenID CIBA §4: required. Which of them a client wants is in its registration; there is no push (D26).
            set("backchannel_token_delivery_modes_supported", json!(["poll", "ping"]));
        }
        match &urls.authorization_endpoint {
            Some(url) => {
                set("authorization_endpoint", json!(url));
                set("response_types_supported", json!(["code"]));
                set("response_modes_supported", json!(["query"]));
                let methods: &[&str] = if policy.pkce.legacy_plain { &["S256", "plain"] } else { &["S256"] };
                set("code_challenge_methods_supported", json!(methods));
                if urls.authorization_response_iss {
                    set("authorization_response_iss_parameter_supported", json!(true));
                }
            }
            None => {
                // RFC 8414 §2: required, whatever it holds.
                set("response_types_supported", json!([]));
            }
        }
        let methods = urls.auth_methods.iter().filter(|method| policy.auth_methods.allows(method));
        let methods: Vec<&str> = methods.map(AuthMethod::as_str).collect();
        let crypto = self.crypto();
        // RFC 8414 §2: one list for both methods, required where one of them is told.
        let algs: Vec<&str> = [
            (AuthMethod::PrivateKeyJwt, policy.assertion.algorithms),
            (AuthMethod::ClientSecretJwt, policy.assertion.mac_algorithms),
        ]
        .into_iter()
        .filter(|(method, _)| methods.contains(&method.as_str()))
        .flat_map(|(_, algs)| algs)
        .filter(|alg| crypto.supports(**alg))
        .map(|alg| alg.as_str())
        .collect();
        if !algs.is_empty() {
            set("token_endpoint_auth_signing_alg_values_supported", json!(algs));
        }
        // RFC 9449 §5.1: a proof is judged whoever sends it.
        let dpop: Vec<&str> = self.dpop_algorithms().split_whitespace().collect();
        if !dpop.is_empty() {
            set("dpop_signing_alg_values_supported", json!(dpop));
        }
        // RFC 8414 §3.2: a member without a value is left out.
        if !methods.is_empty() {
            set("token_endpoint_auth_methods_supported", json!(methods));
        }
        if !urls.scopes.is_empty() {
            set("scopes_supported", json!(urls.scopes));
        }
        if !urls.authorization_details_types.is_empty() {
            set("authorization_details_types_supported", json!(urls.authorization_details_types));
        }
        if !urls.id_token_algs.is_empty() {
            let algs: Vec<&str> = urls.id_token_algs.iter().map(|alg| alg.as_str()).collect();
            set("id_token_signing_alg_values_supported", json!(algs));
            let types: &[&str] = if self.pairwise_mac().is_some() { &["public", "pairwise"] } else { &["public"] };
            set("subject_types_supported", json!(types));
        }
        document
    }
}
