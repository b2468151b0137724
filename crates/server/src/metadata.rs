use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value, json};
use symbolon_types::{Alg, AuthMethod};

use crate::Endpoint;

/// The other URLs and names that a metadata document tells ([RFC 8414 §2]).
///
/// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetadataUrls {
    /// `jwks_uri`
    pub jwks_uri: Option<String>,
    /// `authorization_endpoint`; without one, no code is to be had here.
    pub authorization_endpoint: Option<String>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<String>,
    /// `scopes_supported`
    pub scopes: Vec<String>,
    /// `token_endpoint_auth_methods_supported`
    pub auth_methods: Vec<AuthMethod>,
    /// `id_token_signing_alg_values_supported`
    pub id_token_algs: Vec<Alg>,
}

impl Endpoint {
    /// The metadata of the authorization server, drawn from the policy that answers requests, so that the two cannot
    /// disagree ([RFC 8414 §2], [OIDC Discovery §3]).
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
        let grants = policy
            .grants
            .iter()
            .map(|grant| String::from(grant.as_str()))
            .chain(self.extension_grants().iter().cloned())
            .filter(|grant| urls.authorization_endpoint.is_some() || grant != "authorization_code");
        set("grant_types_supported", json!(grants.collect::<Vec<_>>()));
        match &urls.authorization_endpoint {
            Some(url) => {
                set("authorization_endpoint", json!(url));
                set("response_types_supported", json!(["code"]));
                set("response_modes_supported", json!(["query"]));
                set("code_challenge_methods_supported", json!(["S256"]));
                set("authorization_response_iss_parameter_supported", json!(true));
            }
            None => {
                // RFC 8414 §2: required, whatever it holds.
                set("response_types_supported", json!([]));
            }
        }
        let methods: Vec<&str> = urls.auth_methods.iter().map(AuthMethod::as_str).collect();
        if urls.auth_methods.contains(&AuthMethod::PrivateKeyJwt) {
            let algs: Vec<&str> = policy.assertion.algorithms.iter().map(|alg| alg.as_str()).collect();
            set("token_endpoint_auth_signing_alg_values_supported", json!(algs));
        }
        set("token_endpoint_auth_methods_supported", json!(methods));
        if !urls.scopes.is_empty() {
            set("scopes_supported", json!(urls.scopes));
        }
        if !urls.id_token_algs.is_empty() {
            let algs: Vec<&str> = urls.id_token_algs.iter().map(|alg| alg.as_str()).collect();
            set("id_token_signing_alg_values_supported", json!(algs));
            set("subject_types_supported", json!(["public"]));
        }
        document
    }
}
