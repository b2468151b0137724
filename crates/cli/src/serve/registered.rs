//! The clients of the configuration: each by itself, and beside what the rest of it says.
use std::collections::BTreeMap;

use symbolon::{
    policy::Policy,
    server::{MetadataUrls, RegisteredClient},
    types::{AuthMethod, GrantType},
};

use super::{ClientMetadata, ServeConfig, ServeError, client_keys::ClientKeySets, keys::Keys, pings::Pings};

/// What clients are registered beside.
pub(super) struct Surroundings<'a> {
    pub(super) config: &'a ServeConfig,
    pub(super) policy: &'a Policy,
    pub(super) keys: &'a Keys,
    pub(super) sees_certificates: bool,
    pub(super) has_chains: bool,
}

/// Reads them. What they may ask for is told in the metadata, and where their keys are, or where they are told something, to those
/// who call these URLs.
///
/// # Errors
/// - [`ServeError::Client`]: one contradicts itself or the rest of the configuration.
pub(super) fn clients(
    surroundings: &Surroundings<'_>,
    metadata: &mut MetadataUrls,
    client_keys: &mut ClientKeySets,
    pings: &mut Pings,
) -> Result<BTreeMap<String, RegisteredClient>, ServeError> {
    let Surroundings { config, policy, keys, .. } = *surroundings;
    let mut known = BTreeMap::new();
    for entry in &config.clients {
        let registration = entry.register(policy, &keys.algs(), config.development)?;
        let client = registration.client;
        let client_id = client.client_id().as_str().to_owned();
        for warning in &registration.warnings {
            tracing::warn!(client_id, "{warning}");
        }
        surroundings
            .judge(entry, &client)
            .map_err(|problem| ServeError::Client { client: client_id.clone(), problem })?;
        if known.contains_key(&client_id) {
            return Err(ServeError::Client { client: client_id, problem: "stands there twice".into() });
        }
        for token in client.scope().tokens() {
            if !metadata.scopes.iter().any(|known| known == token) {
                metadata.scopes.push(token.into());
            }
        }
        for kind in client.authorization_details_types() {
            if !metadata.authorization_details_types.contains(kind) {
                metadata.authorization_details_types.push(kind.clone());
            }
        }
        // That of a MAC, for which there is no key of ours.
        if let Some(alg) = client.id_token_alg().filter(|alg| !metadata.id_token_algs.contains(alg)) {
            metadata.id_token_algs.push(alg);
        }
        if let Some(source) = registration.key_source {
            client_keys.add(&client_id, source);
        }
        if let Some(url) = registration.notification_endpoint {
            pings.add(&client_id, url);
        }
        known.insert(client_id, client);
    }
    Ok(known)
}

impl Surroundings<'_> {
    fn judge(&self, entry: &ClientMetadata, client: &RegisteredClient) -> Result<(), String> {
        let method = &client.credentials().method;
        let needs_certificate = matches!(method, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
            || client.is_certificate_bound();
        if needs_certificate && !self.sees_certificates {
            return Err(
                "needs a certificate, and this server sees none: there is neither `tls_listen` nor `client_cert`"
                    .into(),
            );
        }
        if entry.organization_number.is_some() && !self.has_chains {
            return Err(
                "`organization_number` needs `x5c` in the configuration, the authorities of its certificates".into()
            );
        }
        let anchors = self.config.anchors();
        if let Some(anchor) = entry.certificate.tls_client_auth_anchor.as_deref().filter(|name| !anchors.contains(name))
        {
            return Err(format!("`tls_client_auth_anchor`: no authority here has the name `{anchor}`"));
        }
        let mut issuers = self.config.assertion_issuers.iter();
        if client.may_use(&GrantType::JwtBearer) && !issuers.any(|issuer| issuer.clients.contains(&entry.client_id)) {
            return Err(format!(
                "`grant_types` has `{}`, and no `[[assertion_issuer]]` names the client",
                GrantType::JwtBearer
            ));
        }
        for grant in [GrantType::DeviceCode, GrantType::Ciba] {
            if client.may_use(&grant) && !self.config.development {
                let client_id = client.client_id().as_str();
                tracing::warn!(client_id, "`{grant}` is there under --development only");
            }
        }
        Ok(())
    }
}
