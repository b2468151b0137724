use core::fmt;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use symbolon::{
    client_auth::{ClientCertificates, ClientKeys, RegisteredCredentials, RegisteredSecret},
    jose::{JwkSet, KeyError, SkippedKey, VerifyingKey, VerifyingKeys},
    policy::{GrantSet, Policy},
    ring::PROVIDER,
    server::{RegisteredClient, SectorIdentifier},
    types::{Alg, AuthMethod, ClientId, Digest, GrantType, Scope, Secret, SecretBytes},
    x509::SubjectName,
};
use symbolon_reqwest::{client::EndpointUrl, is_public};
use time::UtcDateTime;
use url::{Host, Url};

use super::{ServeError, client_keys::KeySource};

/// Shortest client secret, in characters (security decision D15).
const MIN_SECRET_CHARS: usize = 32;

/// The algorithms of ID tokens that are keyed with the client's secret.
const MACS: [Alg; 3] = [Alg::Hs256, Alg::Hs384, Alg::Hs512];

/// Length of a Norwegian organisation number.
const ORGANIZATION_NUMBER_DIGITS: usize = 9;

/// A client's registration, by the names of [RFC 7591 §2] and OpenID Connect Registration §2. `Debug` shows no secret.
///
/// [RFC 7591 §2]: https://www.rfc-editor.org/rfc/rfc7591#section-2
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClientMetadata {
    /// `client_id`
    pub(crate) client_id: String,
    /// `client_secret`
    #[serde(default, deserialize_with = "secret")]
    pub(crate) client_secret: Option<Secret>,
    /// `client_secret_expires_at`, in seconds since 1970; 0, or unsaid: never (RFC 7591 §3.2.1).
    #[serde(default)]
    pub(crate) client_secret_expires_at: Option<u64>,
    /// `token_endpoint_auth_method`; `client_secret_basic` if it is not said.
    #[serde(default)]
    pub(crate) token_endpoint_auth_method: Option<String>,
    /// `token_endpoint_auth_signing_alg`
    #[serde(default)]
    pub(crate) token_endpoint_auth_signing_alg: Option<String>,
    /// `grant_types`; `authorization_code` if it is not said.
    #[serde(default)]
    pub(crate) grant_types: Option<Vec<String>>,
    /// `response_types`
    #[serde(default)]
    pub(crate) response_types: Option<Vec<String>>,
    /// `redirect_uris`
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    /// `scope`
    #[serde(default)]
    pub(crate) scope: String,
    /// `jwks`
    #[serde(default)]
    pub(crate) jwks: Option<Value>,
    /// `jwks_uri`
    #[serde(default)]
    pub(crate) jwks_uri: Option<String>,
    /// The organisation number of its business certificates, whose chain comes in `x5c`; no member of RFC 7591.
    #[serde(default)]
    pub(crate) organization_number: Option<String>,
    /// `id_token_signed_response_alg`; RS256 if it is not said (OpenID Connect Registration §2).
    #[serde(default)]
    pub(crate) id_token_signed_response_alg: Option<String>,
    /// `subject_type`: `public`, if it is not said, or `pairwise`.
    #[serde(default)]
    pub(crate) subject_type: Option<String>,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2)
    #[serde(default)]
    pub(crate) dpop_bound_access_tokens: Option<bool>,
    /// `authorization_details_types` (RFC 9396 §10)
    #[serde(default)]
    pub(crate) authorization_details_types: Vec<String>,
    /// Which certificate it has (RFC 8705 §2.1.2, §3.4).
    #[serde(flatten)]
    pub(crate) certificate: CertificateMetadata,
    /// How it asks for users by OpenID CIBA.
    #[serde(flatten)]
    pub(crate) backchannel: BackchannelMetadata,
    /// Everything else.
    #[serde(flatten)]
    pub(crate) other: BTreeMap<String, Value>,
}

/// What a registration says of a client's certificate, by the names of RFC 8705 §2.1.2 and §3.4.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CertificateMetadata {
    /// `tls_client_auth_subject_dn`
    pub(crate) tls_client_auth_subject_dn: Option<String>,
    /// `tls_client_auth_san_dns`
    pub(crate) tls_client_auth_san_dns: Option<String>,
    /// `tls_client_auth_san_uri`
    pub(crate) tls_client_auth_san_uri: Option<String>,
    /// `tls_client_auth_san_ip`
    pub(crate) tls_client_auth_san_ip: Option<String>,
    /// `tls_client_auth_san_email`
    pub(crate) tls_client_auth_san_email: Option<String>,
    /// The name of the authority that issued it (security decision D14); no member of RFC 8705.
    pub(crate) tls_client_auth_anchor: Option<String>,
    /// `tls_client_certificate_bound_access_tokens`
    pub(crate) tls_client_certificate_bound_access_tokens: Option<bool>,
}

/// How a client that asks for a user hears what was decided, by the names of OpenID CIBA §4.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BackchannelMetadata {
    /// `backchannel_token_delivery_mode`
    pub(crate) backchannel_token_delivery_mode: Option<String>,
    /// `backchannel_client_notification_endpoint`
    pub(crate) backchannel_client_notification_endpoint: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

/// A registration that was read.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) client: RegisteredClient,
    /// Where its keys are, if they are not in its registration.
    pub(super) key_source: Option<KeySource>,
    /// Where it is told that its user has decided.
    pub(super) notification_endpoint: Option<EndpointUrl>,
    /// What the operator should know.
    pub(super) warnings: Vec<String>,
}

impl ClientMetadata {
    /// A confidential client with `client_secret_basic` and the grant `authorization_code`; set the other fields by hand.
    pub(crate) fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            client_secret_expires_at: None,
            token_endpoint_auth_method: None,
            token_endpoint_auth_signing_alg: None,
            grant_types: None,
            response_types: None,
            redirect_uris: Vec::new(),
            scope: String::new(),
            jwks: None,
            jwks_uri: None,
            organization_number: None,
            id_token_signed_response_alg: None,
            subject_type: None,
            dpop_bound_access_tokens: None,
            authorization_details_types: Vec::new(),
            certificate: CertificateMetadata::default(),
            backchannel: BackchannelMetadata::default(),
            other: BTreeMap::new(),
        }
    }

    /// Whether it is registered for this grant.
    pub(super) fn names_grant(&self, grant: &GrantType) -> bool {
        self.grant_types.iter().flatten().any(|name| name == grant.as_str())
    }

    /// Whether it gets subject identifiers of its sector (OpenID Connect Core §8).
    pub(super) fn is_pairwise(&self) -> bool {
        self.subject_type.as_deref() == Some("pairwise")
    }

    /// `client_name`, which nothing depends on.
    pub(super) fn name(&self) -> Option<&str> {
        self.other.get("client_name").and_then(Value::as_str)
    }

    /// Reads the registration. A contradiction is refused; a member that is not known is ignored with a warning, but not one
    /// that demands what this server does not do.
    pub(super) fn register(
        &self,
        policy: &Policy,
        id_token_algs: &[Alg],
        development: bool,
    ) -> Result<Registration, ServeError> {
        self.read(policy, id_token_algs, development)
            .map_err(|problem| ServeError::Client { client: self.client_id.clone(), problem: problem.0 })
    }

    fn read(&self, policy: &Policy, id_token_algs: &[Alg], development: bool) -> Result<Registration, Problem> {
        let client_id = ClientId::parse(self.client_id.as_str()).map_err(|error| Problem::new("client_id", error))?;
        let mut warnings = self.judge_others()?;
        let method = AuthMethod::parse(self.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic"));
        if !policy.auth_methods.allows(&method) {
            return Err(Problem::of(format!("`token_endpoint_auth_method` `{method}` is not welcome here")));
        }
        let algorithms = self.signing_algs(&method, policy)?;
        let mut credentials = RegisteredCredentials::new(client_id, method.clone())
            .with_algorithms(algorithms.clone())
            .with_certificates(self.certificates(&method, policy, &mut warnings)?);
        match (&method, &self.client_secret) {
            (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, Some(secret)) => {
                let kept = if self.id_tokens_have_macs() { in_clear(secret)? } else { digest_of(secret)? };
                credentials = credentials.with_secret(kept);
            }
            (AuthMethod::ClientSecretJwt, Some(secret)) => {
                credentials = credentials.with_secret(in_clear(secret)?).with_algorithms(macs(secret, &algorithms)?);
            }
            (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::ClientSecretJwt, None) => {
                return Err(Problem::of(format!("`{method}` needs a `client_secret`")));
            }
            (AuthMethod::Other(_), _) => {
                return Err(Problem::of(format!("this server does not do `token_endpoint_auth_method` `{method}`")));
            }
            (_, Some(_)) => return Err(Problem::of(format!("`client_secret` is not for `{method}`"))),
            (_, None) => {}
        }
        if let Some(end) = self.secret_end()? {
            credentials = credentials.with_secret_expiry(end);
        }
        if let Some(number) = &self.organization_number {
            if method != AuthMethod::PrivateKeyJwt {
                return Err(Problem::of(format!("`organization_number` is not for `{method}`")));
            }
            if number.len() != ORGANIZATION_NUMBER_DIGITS || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Problem::of("`organization_number` is not nine digits"));
            }
            credentials = credentials.with_organization_number(number);
        }
        let mut key_source = None;
        match (&self.jwks, &self.jwks_uri, &method) {
            (Some(_), Some(_), _) => return Err(Problem::of("`jwks` and `jwks_uri` are never together (RFC 7591 §2)")),
            (None, Some(uri), AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth) => {
                let uri = judge_called("jwks_uri", uri, development)?;
                credentials = credentials.with_keys(ClientKeys::Uri(uri.as_str().into()));
                key_source = Some(KeySource { uri, algorithms });
            }
            (Some(jwks), None, AuthMethod::PrivateKeyJwt) => {
                credentials =
                    credentials.with_keys(ClientKeys::Inline(keys(jwks, policy, &algorithms, &mut warnings)?));
            }
            (None, None, AuthMethod::PrivateKeyJwt) if self.organization_number.is_some() => {}
            (None, None, AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth) => {
                return Err(Problem::of(format!("`{method}` needs a `jwks` or a `jwks_uri`")));
            }
            (Some(jwks), None, other) if *other != AuthMethod::SelfSignedTlsClientAuth => {
                // Nothing uses them; a private key among them is a mistake all the same.
                keys(jwks, policy, policy.assertion.algorithms, &mut warnings)?;
                warnings.push(format!("`jwks` is not used with `{method}`"));
            }
            (None, Some(_), _) => warnings.push(format!("`jwks_uri` is not used with `{method}`")),
            // The certificates of a key are read already.
            (_, None, _) => {}
        }

        let scope = Scope::parse(&self.scope).map_err(|error| Problem::new("scope", error))?;
        let certificate_bound = self.certificate.tls_client_certificate_bound_access_tokens == Some(true);
        let mut client = RegisteredClient::new(credentials, self.grants(&method)?, scope)
            .with_dpop_bound_access_tokens(self.dpop_bound_access_tokens == Some(true))
            .with_certificate_bound_access_tokens(certificate_bound);
        for kind in &self.authorization_details_types {
            client = client.with_authorization_details_type(kind);
        }
        if self.response_types.iter().flatten().any(|name| name != "code") {
            return Err(Problem::of("the only one of `response_types` is `code`"));
        }
        for (place, uri) in self.redirect_uris.iter().enumerate() {
            // Which, and not its text: that may have a password in it.
            let which = place.saturating_add(1);
            judge_redirect_uri(uri)
                .map_err(|problem| Problem::of(format!("`redirect_uris`: number {which} {problem}")))?;
            client = client.with_redirect_uri(uri);
        }
        if let Some(sector) = self.sector()? {
            client = client.with_pairwise_subject(sector);
        }
        if client.is_public() && client.may_use(&GrantType::RefreshToken) && !policy.refresh.public_clients {
            return Err(Problem::of(
                "`refresh_token` is not for a public client where refresh tokens stay (`refresh_mode`)",
            ));
        }
        if client.may_use(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(Problem::of("`authorization_code` needs `redirect_uris`"));
        }
        // What has no sentence of its own above.
        client.check(policy).map_err(|error| Problem::of(error.to_string()))?;
        // It was judged, and in development it need not be https, as that check would have it.
        let notification_endpoint = self.notification_endpoint(&client, development)?;
        if let Some(url) = &notification_endpoint {
            client = client.with_notification_endpoint(url.as_str());
        }
        if let Some(alg) = self.id_token_alg(&client, id_token_algs)? {
            client = client.with_id_token_alg(alg);
        }
        Ok(Registration { client, key_source, notification_endpoint, warnings })
    }

    /// Where a client of OpenID CIBA is told that its user has decided, if it does not poll (§4). There is no push: tokens are for
    /// who authenticates (security decision D26).
    fn notification_endpoint(
        &self,
        client: &RegisteredClient,
        development: bool,
    ) -> Result<Option<EndpointUrl>, Problem> {
        let BackchannelMetadata {
            backchannel_token_delivery_mode: mode,
            backchannel_client_notification_endpoint: endpoint,
        } = &self.backchannel;
        let (mode_name, endpoint_name) = ("backchannel_token_delivery_mode", NOTIFICATION_ENDPOINT);
        if !client.may_use(&GrantType::Ciba) {
            let said = [(mode_name, mode.is_some()), (endpoint_name, endpoint.is_some())];
            return match said.into_iter().find(|(_, is_said)| *is_said) {
                Some((name, _)) => Err(Problem::of(format!("`{name}` is for `grant_types` `{}`", GrantType::Ciba))),
                None => Ok(None),
            };
        }
        if !client.scope().contains("openid") {
            return Err(Problem::of(format!(
                "`{}` is for requests with `openid`, which is not in `scope` (OpenID CIBA §7.1)",
                GrantType::Ciba
            )));
        }
        match (mode.as_deref(), endpoint) {
            (Some("poll"), None) => Ok(None),
            (Some("ping"), Some(url)) => judge_called(endpoint_name, url, development).map(Some),
            (Some("ping"), None) => Err(Problem::of(format!("`{mode_name}` `ping` needs `{endpoint_name}`"))),
            (Some("poll"), Some(_)) => Err(Problem::of(format!("`{endpoint_name}` is not for `{mode_name}` `poll`"))),
            (Some("push"), _) => Err(Problem::of(format!(
                "this server does not do `{mode_name}` `push`: tokens are for who authenticates; there are `poll` and `ping`"
            ))),
            (Some(_), _) => Err(Problem::of(format!("`{mode_name}` is neither `poll` nor `ping`"))),
            (None, _) => Err(Problem::of(format!("`{}` needs `{mode_name}`, `poll` or `ping`", GrantType::Ciba))),
        }
    }

    /// What is registered of the client's certificate: for `tls_client_auth` exactly one name and the authority that it is
    /// validated to (RFC 8705 §2.1.2, security decision D14), for `self_signed_tls_client_auth` what is in `jwks` (§2.2).
    fn certificates(
        &self,
        method: &AuthMethod,
        policy: &Policy,
        warnings: &mut Vec<String>,
    ) -> Result<ClientCertificates, Problem> {
        let CertificateMetadata {
            tls_client_auth_subject_dn: subject_dn,
            tls_client_auth_san_dns: dns,
            tls_client_auth_san_uri: uri,
            tls_client_auth_san_ip: ip,
            tls_client_auth_san_email: email,
            tls_client_auth_anchor: anchor,
            ..
        } = &self.certificate;
        let names = [
            ("tls_client_auth_subject_dn", subject_dn),
            ("tls_client_auth_san_dns", dns),
            ("tls_client_auth_san_uri", uri),
            ("tls_client_auth_san_ip", ip),
            ("tls_client_auth_san_email", email),
        ];
        let names = names.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        match (method, anchor, &self.jwks) {
            (AuthMethod::TlsClientAuth, Some(anchor), _) => {
                let name = SubjectName::from_metadata(names).map_err(|error| Problem::new("tls_client_auth", error))?;
                Ok(ClientCertificates::named(name, [anchor.as_str()]))
            }
            (AuthMethod::TlsClientAuth, None, _) => {
                Err(Problem::of("`tls_client_auth` needs `tls_client_auth_anchor`, the authority's name"))
            }
            (_, Some(_), _) => Err(Problem::of(format!("the name of a certificate is not for `{method}`"))),
            _ if names.count() > 0 => Err(Problem::of(format!("the name of a certificate is not for `{method}`"))),
            (AuthMethod::SelfSignedTlsClientAuth, None, Some(jwks)) => {
                let set = parse(jwks)?;
                judge_size(&set, policy.limits.keys_per_client)?;
                judge_skipped(set.skipped(), warnings)?;
                if set.keys().iter().all(|key| key.x5c().is_empty()) {
                    return Err(Problem::of(format!("`{method}` needs a certificate, `x5c` of a key in `jwks`")));
                }
                Ok(ClientCertificates::of_jwk_set(&set))
            }
            _ => Ok(ClientCertificates::None),
        }
    }

    fn judge_others(&self) -> Result<Vec<String>, Problem> {
        let mut ignored = Vec::new();
        for (name, value) in &self.other {
            if DESCRIPTIVE.contains(&name.as_str()) {
                continue;
            }
            match DEMANDS.iter().find(|(demand, _)| demand == name) {
                // To ignore it would give less than was asked for.
                Some((_, harmless)) if !harmless(value) => {
                    return Err(Problem::of(format!("this server does not do `{name}`")));
                }
                Some(_) => {}
                // A slip of the pen here would be a weaker client than its owner believes.
                None if WEIGHTY.iter().any(|start| name.starts_with(start)) => {
                    return Err(Problem::of(format!(
                        "`{name}` is not known, and it begins like a member that is never ignored"
                    )));
                }
                None => ignored.push(format!("`{name}` is ignored")),
            }
        }
        Ok(ignored)
    }

    fn signing_algs(&self, method: &AuthMethod, policy: &Policy) -> Result<Vec<Alg>, Problem> {
        let welcome = match method {
            AuthMethod::ClientSecretJwt => policy.assertion.mac_algorithms,
            _ => policy.assertion.algorithms,
        };
        let Some(name) = &self.token_endpoint_auth_signing_alg else { return Ok(welcome.to_vec()) };
        if !matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt) {
            return Err(Problem::of(
                "`token_endpoint_auth_signing_alg` is for `private_key_jwt` and `client_secret_jwt`",
            ));
        }
        let alg: Alg = name.parse().map_err(|error| Problem::new("token_endpoint_auth_signing_alg", error))?;
        if !welcome.contains(&alg) {
            return Err(Problem::of(format!("`token_endpoint_auth_signing_alg` `{alg}` is not welcome here")));
        }
        if !PROVIDER.supports(alg) {
            return Err(Problem::new("token_endpoint_auth_signing_alg", format_args!("the provider has no {alg}")));
        }
        Ok(vec![alg])
    }

    fn grants(&self, method: &AuthMethod) -> Result<GrantSet, Problem> {
        let Some(names) = &self.grant_types else { return Ok(GrantSet::AUTHORIZATION_CODE) };
        let mut grants = GrantSet::NONE;
        for name in names {
            let grant = GrantSet::of(&GrantType::parse(name))
                .ok_or_else(|| Problem::of(format!("this server does not do `grant_types` `{name}`")))?;
            grants = grants.and(grant);
        }
        // RFC 6749 §4.4: MUST only be used by confidential clients.
        if method.is_public() && grants.has(GrantSet::CLIENT_CREDENTIALS) {
            return Err(Problem::of("`client_credentials` is not for a public client (RFC 6749 §4.4)"));
        }
        Ok(grants)
    }

    fn secret_end(&self) -> Result<Option<UtcDateTime>, Problem> {
        let Some(seconds) = self.client_secret_expires_at.filter(|seconds| *seconds != 0) else { return Ok(None) };
        if self.client_secret.is_none() {
            return Err(Problem::of("`client_secret_expires_at` is not for a client without `client_secret`"));
        }
        let end = i64::try_from(seconds).ok().and_then(|seconds| UtcDateTime::from_unix_timestamp(seconds).ok());
        end.map(Some).ok_or_else(|| Problem::of("`client_secret_expires_at` is no moment"))
    }

    /// The host of its redirect URIs: a document of several hosts (`sector_identifier_uri`) is not fetched here.
    fn sector(&self) -> Result<Option<SectorIdentifier>, Problem> {
        match self.subject_type.as_deref() {
            None | Some("public") => Ok(None),
            Some("pairwise") => SectorIdentifier::of_redirect_uris(&self.redirect_uris)
                .map(Some)
                .map_err(|error| Problem::new("subject_type", format_args!("`pairwise`: `redirect_uris`: {error}"))),
            Some(_) => Err(Problem::of("`subject_type` is `public` or `pairwise`")),
        }
    }

    /// Whether its secret keys its ID tokens: no digest of it can do that.
    fn id_tokens_have_macs(&self) -> bool {
        let name = self.id_token_signed_response_alg.as_deref();
        name.and_then(|name| name.parse().ok()).is_some_and(|alg| MACS.contains(&alg))
    }

    /// The very name that was registered: a client compares the header with it (security decision D12).
    fn id_token_alg(&self, client: &RegisteredClient, own: &[Alg]) -> Result<Option<Alg>, Problem> {
        let there = || own.iter().map(|alg| alg.as_str()).collect::<Vec<_>>().join(", ");
        match &self.id_token_signed_response_alg {
            Some(name) => {
                let alg: Alg = name.parse().map_err(|error| Problem::new("id_token_signed_response_alg", error))?;
                if MACS.contains(&alg) {
                    let Some(secret) = &self.client_secret else {
                        return Err(Problem::of(format!(
                            "`id_token_signed_response_alg` `{alg}` needs a `client_secret` (OpenID Connect Core §10.1)"
                        )));
                    };
                    return macs(secret, &[alg]).map(|fitting| fitting.first().copied());
                }
                if !own.contains(&alg) {
                    return Err(Problem::of(format!(
                        "`id_token_signed_response_alg` `{alg}`: this server has no such key; there is {}",
                        there()
                    )));
                }
                Ok(Some(alg))
            }
            None if own.contains(&Alg::Rs256) => Ok(Some(Alg::Rs256)),
            None if gets_id_tokens(client) => Err(Problem::of(format!(
                "without `id_token_signed_response_alg` its ID tokens are signed with RS256 (OpenID Connect Registration \
                     §2), and this server has no such key: set `id_token_signed_response_alg` to one of {}",
                there()
            ))),
            None => Ok(None),
        }
    }
}

/// Somebody signs in at it, here or on another device.
fn gets_id_tokens(client: &RegisteredClient) -> bool {
    let grants = [GrantType::AuthorizationCode, GrantType::DeviceCode, GrantType::Ciba];
    let signs_in = grants.iter().any(|grant| client.may_use(grant));
    signs_in && client.scope().contains("openid")
}

/// A sentence for the operator. It holds no secret.
pub(super) struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Problem {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn new(name: &str, error: impl fmt::Display) -> Self {
        Self(format!("`{name}`: {error}"))
    }
}

/// What is kept of a secret (security decision D11).
fn digest_of(secret: &Secret) -> Result<RegisteredSecret, Problem> {
    judge_length(secret)?;
    Ok(RegisteredSecret::Sha256(Digest::from_bytes(PROVIDER.sha256.digest(&[secret.expose().as_bytes()]))))
}

/// What is kept of a secret that is the key of a MAC, and only of such a one.
fn in_clear(secret: &Secret) -> Result<RegisteredSecret, Problem> {
    judge_length(secret)?;
    Ok(RegisteredSecret::Plain(secret.clone()))
}

/// The algorithms whose hash is no longer than the secret (RFC 7518 §3.2).
fn macs(secret: &Secret, algorithms: &[Alg]) -> Result<Vec<Alg>, Problem> {
    let key = SecretBytes::new(secret.expose().as_bytes());
    let fits = |alg: &Alg| VerifyingKey::from_secret(&PROVIDER, *alg, &key).is_ok();
    let fitting: Vec<Alg> = algorithms.iter().copied().filter(fits).collect();
    match (fitting.as_slice(), algorithms) {
        ([], [alg, ..]) => {
            Err(Problem::of(format!("`client_secret` is shorter than the hash of {alg} (RFC 7518 §3.2)")))
        }
        _ => Ok(fitting),
    }
}

fn judge_length(secret: &Secret) -> Result<(), Problem> {
    // Characters, not bytes; what has as many bytes or fewer has too few of either.
    let is_blank = secret.expose().trim().is_empty();
    if is_blank || secret.expose().chars().count() < MIN_SECRET_CHARS {
        return Err(Problem::of(format!("`client_secret` is shorter than {MIN_SECRET_CHARS} characters")));
    }
    Ok(())
}

/// The keys of an inline set.
pub(super) fn keys(
    jwks: &Value,
    policy: &Policy,
    algs: &[Alg],
    warnings: &mut Vec<String>,
) -> Result<VerifyingKeys, Problem> {
    load(&parse(jwks)?, policy.limits.keys_per_client, algs, warnings)
}

fn parse(jwks: &Value) -> Result<JwkSet, Problem> {
    JwkSet::parse(jwks.to_string().as_bytes()).map_err(|error| Problem::new("jwks", error))
}

/// The keys of a client's set, registered or fetched.
pub(super) fn load(
    set: &JwkSet,
    most_keys: usize,
    algs: &[Alg],
    warnings: &mut Vec<String>,
) -> Result<VerifyingKeys, Problem> {
    judge_size(set, most_keys)?;
    let keys = VerifyingKeys::load(&PROVIDER, set, algs);
    judge_skipped(keys.skipped(), warnings)?;
    if keys.is_empty() {
        return Err(Problem::of(format!("`jwks` has no key that can be used: {}", warnings.join("; "))));
    }
    Ok(keys)
}

fn judge_size(set: &JwkSet, most_keys: usize) -> Result<(), Problem> {
    if set.keys().len() > most_keys {
        return Err(Problem::of(format!("`jwks` has more than {most_keys} keys")));
    }
    Ok(())
}

fn judge_skipped(all: &[SkippedKey], warnings: &mut Vec<String>) -> Result<(), Problem> {
    for skipped in all {
        if skipped.error() == KeyError::PrivateKey {
            return Err(Problem::of(format!(
                "`jwks`: key {} is private or symmetric: it belongs to its owner alone",
                skipped.index()
            )));
        }
        warnings.push(format!("`jwks`: key {} is not used: {}", skipped.index(), skipped.error()));
    }
    Ok(())
}

/// Security decision D27: https, and no address of this machine or a private network; in development, loopback is taken
/// and may be http. Names are looked up when the URL is called.
pub(super) fn judge_called(name: &str, uri: &str, development: bool) -> Result<EndpointUrl, Problem> {
    let parsed = EndpointUrl::parse(uri).map_err(|error| Problem::new(name, error))?;
    let url = Url::parse(uri).map_err(|error| Problem::new(name, error))?;
    if development && is_loopback(&url) {
        return Ok(parsed);
    }
    if url.scheme() != "https" {
        return Err(Problem::of(format!("`{name}` is not https")));
    }
    let is_internal = match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(_)) | None => is_loopback(&url),
    };
    if is_internal {
        return Err(Problem::of(format!("`{name}` is on this machine or in a private network")));
    }
    Ok(parsed)
}

/// OAuth 2.1 §2.3.1, RFC 8252 §7: an absolute URI without fragment; https, a loopback interface, or a private-use scheme.
fn judge_redirect_uri(uri: &str) -> Result<(), &'static str> {
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has a character that is not ASCII");
    }
    let url = Url::parse(uri).map_err(|_| "is not absolute")?;
    if uri.contains('#') {
        return Err("has a fragment");
    }
    // Browsers read it as a slash.
    if uri.contains('\\') {
        return Err("has a backslash");
    }
    let after_scheme = uri.split_once(':').map_or("", |(_, rest)| rest);
    let authority = after_scheme.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err("has a user name");
    }
    if matches!(url.scheme(), "https" | "http") && authority.is_none_or(str::is_empty) {
        return Err("has no `//` and host after its scheme");
    }
    // What the response says with them must be said once (RFC 6749 §4.1.2, RFC 9207 §2).
    if url.query_pairs().any(|(name, _)| ANSWERS.contains(&&*name)) {
        return Err("has a parameter of the response (`code`, `state`, `iss`, `error`) in its query");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("is http and not on a loopback interface"),
        // RFC 8252 §7.1: a reversed domain name.
        scheme if scheme.contains('.') => Ok(()),
        _ => Err("has a scheme without a dot (RFC 8252 §7.1)"),
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Where a client is told that its user has decided.
const NOTIFICATION_ENDPOINT: &str = "backchannel_client_notification_endpoint";

/// Registered members that only describe a client.
const DESCRIPTIVE: &[&str] = &[
    "application_type",
    "client_id_issued_at",
    "client_name",
    "client_uri",
    "contacts",
    "initiate_login_uri",
    "logo_uri",
    "policy_uri",
    "software_id",
    "software_version",
    "tos_uri",
];

/// Parameters that the response adds to a redirect URI.
const ANSWERS: &[&str] = &["code", "error", "iss", "state"];

/// How members begin that secure a client: one that is not known is refused.
const WEIGHTY: &[&str] = &[
    "backchannel_",
    "client_secret",
    "dpop_",
    "jwks",
    "redirect_uri",
    "require_",
    "tls_client_",
    "token_endpoint_auth",
];

type Demand = (&'static str, fn(&Value) -> bool);

/// Registered members that ask for what this server does not do, with the values that ask for nothing.
const DEMANDS: &[Demand] = &[
    ("authorization_encrypted_response_alg", Value::is_null),
    ("authorization_encrypted_response_enc", Value::is_null),
    ("authorization_signed_response_alg", Value::is_null),
    ("backchannel_authentication_request_signing_alg", Value::is_null),
    ("backchannel_logout_session_required", is_false),
    ("backchannel_logout_uri", Value::is_null),
    ("backchannel_user_code_parameter", is_false),
    ("default_acr_values", Value::is_null),
    ("default_max_age", Value::is_null),
    ("id_token_encrypted_response_alg", Value::is_null),
    ("id_token_encrypted_response_enc", Value::is_null),
    ("introspection_encrypted_response_alg", Value::is_null),
    ("introspection_encrypted_response_enc", Value::is_null),
    ("introspection_signed_response_alg", Value::is_null),
    ("request_object_encryption_alg", Value::is_null),
    ("request_object_encryption_enc", Value::is_null),
    ("request_object_signing_alg", Value::is_null),
    ("require_auth_time", |_| true), // every ID token of a sign-in has `auth_time`
    ("require_pushed_authorization_requests", is_false),
    ("require_signed_request_object", is_false),
    ("sector_identifier_uri", Value::is_null),
    ("software_statement", Value::is_null),
    ("use_mtls_endpoint_aliases", is_false),
    ("userinfo_encrypted_response_alg", Value::is_null),
    ("userinfo_encrypted_response_enc", Value::is_null),
    ("userinfo_signed_response_alg", Value::is_null),
];

fn is_false(value: &Value) -> bool {
    *value == Value::Bool(false)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn read(client: Value) -> Result<Registration, String> {
        read_by(client, &[Alg::Es256, Alg::Ed25519])
    }

    fn read_by(client: Value, own: &[Alg]) -> Result<Registration, String> {
        let client: ClientMetadata = serde_json::from_value(client).unwrap();
        client.register(&Policy::OAUTH_2_1, own, false).map_err(|error| error.to_string())
    }

    /// The smallest registration with these members on top.
    fn with(members: &Value) -> Result<Registration, String> {
        let mut client = json!({ "client_id": "app", "redirect_uris": ["https://app.example/cb"] });
        client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        read(client)
    }

    fn public_jwk() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    /// A key with its self-signed certificate (RFC 8705 Appendix A).
    fn certificate_jwk() -> Value {
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "1yfLHCpXqFjxCeHHHMVDTcLscpb07KUxudBmOMn8C7Q",
            "y": "8_coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8",
            "x5c": ["MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVow\
                DzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au0\
                8/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQE\
                KTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY="],
        })
    }

    #[test]
    fn defaults_are_those_of_rfc_7591() {
        let registered = with(&json!({ "client_secret": SECRET })).unwrap();
        let client = &registered.client;
        assert_eq!(client.credentials().method, AuthMethod::ClientSecretBasic);
        assert_eq!(client.grants(), GrantSet::AUTHORIZATION_CODE);
        assert!(client.scope().is_empty() && registered.warnings.is_empty());
        assert_eq!(registered.client.id_token_alg(), None);
    }

    #[test]
    fn a126_a_blank_or_short_secret_is_refused() {
        assert!(with(&json!({ "client_secret": SECRET })).is_ok());
        for short in ["", " ", &" ".repeat(40), &SECRET.replacen('0', "", 1), &"é".repeat(31)] {
            assert!(with(&json!({ "client_secret": short })).unwrap_err().contains("32 characters"), "{short:?}");
        }
    }

    #[test]
    fn method_secret_and_keys_go_together() {
        let jwks = json!({ "keys": [public_jwk()] });
        for (accepted, refused, sentence) in [
            (json!({ "client_secret": SECRET }), json!({}), "needs a `client_secret`"),
            (
                json!({ "token_endpoint_auth_method": "none" }),
                json!({ "token_endpoint_auth_method": "none", "client_secret": SECRET }),
                "not for `none`",
            ),
            (
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks }),
                json!({ "token_endpoint_auth_method": "private_key_jwt" }),
                "needs a `jwks`",
            ),
            (
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks }),
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks, "client_secret": SECRET }),
                "not for `private_key_jwt`",
            ),
            (
                json!({ "token_endpoint_auth_method": "client_secret_post", "client_secret": SECRET }),
                json!({ "token_endpoint_auth_method": "spiffe_jwt", "client_secret": SECRET }),
                "does not do",
            ),
            (
                json!({ "token_endpoint_auth_method": "client_secret_jwt", "client_secret": SECRET }),
                json!({ "token_endpoint_auth_method": "client_secret_jwt" }),
                "needs a `client_secret`",
            ),
            (
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks }),
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks, "jwks_uri": "https://a.example" }),
                "never together",
            ),
            (
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example" }),
                json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://a.example" }),
                "neither https",
            ),
            (
                json!({ "token_endpoint_auth_method": "none" }),
                json!({ "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"] }),
                "not for a public client",
            ),
        ] {
            assert!(with(&accepted).is_ok());
            let refusal = with(&refused).unwrap_err();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    #[test]
    fn d28_a_method_that_the_policy_does_not_welcome_is_refused() {
        let register = |client: Value, policy: &Policy| {
            let client: ClientMetadata = serde_json::from_value(client).unwrap();
            client.register(policy, &[Alg::Rs256], false).map(|_| ()).map_err(|error| error.to_string())
        };
        let own = json!({ "client_id": "app", "grant_types": ["client_credentials"] });
        let with = |members: Value| {
            let mut client = own.clone();
            client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            client
        };
        let key = with(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [public_jwk()] } }));
        assert_eq!(register(key, &Policy::FAPI_2_0), Ok(()));
        for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
            let client = with(json!({ "token_endpoint_auth_method": method, "client_secret": SECRET }));
            assert_eq!(register(client.clone(), &Policy::OAUTH_2_1), Ok(()));
            let refusal = register(client, &Policy::FAPI_2_0).unwrap_err();
            assert!(refusal.contains(&format!("`{method}` is not welcome here")), "{refusal}");
        }
    }

    #[test]
    fn a_public_client_has_no_algorithm_of_a_mac() {
        let of = |members: Value| with(&members);
        assert!(of(json!({ "token_endpoint_auth_method": "none" })).is_ok());
        for member in ["token_endpoint_auth_signing_alg", "id_token_signed_response_alg"] {
            assert!(of(json!({ "token_endpoint_auth_method": "none", member: "HS256" })).is_err(), "{member}");
        }
        let id_token = json!({ "token_endpoint_auth_method": "none", "id_token_signed_response_alg": "ES256" });
        assert!(of(id_token).is_ok());
    }

    #[test]
    fn a_private_or_symmetric_key_in_jwks_is_refused_and_an_unknown_one_is_skipped() {
        let of =
            |keys: Value| with(&json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": keys } }));
        let mut private = public_jwk();
        private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        assert!(of(json!([public_jwk()])).unwrap().warnings.is_empty());
        let refusal = of(json!([public_jwk(), private])).unwrap_err();
        assert!(refusal.contains("key 1 is private") && !refusal.contains("nWGx"), "{refusal}");
        assert!(of(json!([public_jwk(), { "kty": "oct", "k": "AAAA" }])).unwrap_err().contains("private"));
        let warnings = of(json!([public_jwk(), { "kty": "FUTURE" }])).unwrap().warnings;
        assert!(warnings[0].contains("key 1 is not used"), "{warnings:?}");
        assert!(of(json!([{ "kty": "FUTURE" }])).unwrap_err().contains("no key"));
        assert!(of(json!([])).unwrap_err().contains("no key"));
        assert!(of(json!(vec![public_jwk(); 21])).unwrap_err().contains("more than 20"));
    }

    #[test]
    fn algorithms_are_known_welcome_and_there() {
        let jwt = |alg: &str| {
            with(&json!({
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": alg,
                "jwks": { "keys": [public_jwk()] },
            }))
        };
        assert_eq!(jwt("EdDSA").unwrap().client.credentials().algorithms, [Alg::EdDsa]);
        for wrong in ["none", "HS256", "ES256", "ES256K"] {
            assert!(jwt(wrong).is_err(), "{wrong}");
        }
        assert!(jwt("ES512").unwrap_err().contains("the provider has no ES512"));
        let id_token = |alg: &str| {
            with(&json!({ "client_secret": SECRET, "id_token_signed_response_alg": alg }))
                .map(|r| r.client.id_token_alg())
        };
        assert_eq!(id_token("Ed25519"), Ok(Some(Alg::Ed25519)));
        assert_eq!(id_token("ES256"), Ok(Some(Alg::Es256)));
        // The other name of Ed25519 is another name: this server did not say that it signs under it.
        for wrong in ["none", "RS256", "EdDSA"] {
            assert!(id_token(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn d11_a_secret_that_keys_id_tokens_is_kept_in_clear_and_is_long_enough() {
        let of = |method: &str, secret: &str, alg: Option<&str>| {
            let mut members = json!({ "token_endpoint_auth_method": method, "client_secret": secret });
            members["id_token_signed_response_alg"] = json!(alg);
            with(&members).map(|read| {
                let in_clear = matches!(read.client.credentials().secrets.as_slice(), [RegisteredSecret::Plain(_)]);
                (read.client.id_token_alg(), in_clear)
            })
        };
        for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
            assert_eq!(of(method, SECRET, Some("HS256")), Ok((Some(Alg::Hs256), true)), "{method}");
            let refusal = of(method, SECRET, Some("HS512")).unwrap_err();
            assert!(refusal.contains("shorter than the hash of HS512") && !refusal.contains(SECRET), "{refusal}");
            assert_eq!(of(method, &SECRET.repeat(2), Some("HS512")), Ok((Some(Alg::Hs512), true)), "{method}");
        }
        for alg in [None, Some("ES256")] {
            assert!(!of("client_secret_basic", SECRET, alg).unwrap().1, "nobody needs it");
        }
        let jwks = json!({ "keys": [public_jwk()] });
        let by_key = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks });
        let mut with_mac = by_key.clone();
        with_mac["id_token_signed_response_alg"] = json!("HS256");
        assert!(with(&by_key).is_ok());
        assert!(with(&with_mac).unwrap_err().contains("needs a `client_secret`"));
    }

    #[test]
    fn d27_a_secret_expires_when_its_registration_says_so() {
        let of = |end: Value| with(&json!({ "client_secret": SECRET, "client_secret_expires_at": end }));
        let end = |end: Value| of(end).map(|read| read.client.credentials().secret_expires_at);
        assert_eq!(end(json!(0)), Ok(None));
        assert_eq!(end(json!(null)), Ok(None));
        let moment = UtcDateTime::from_unix_timestamp(1_900_000_000).unwrap();
        assert_eq!(end(json!(1_900_000_000)), Ok(Some(moment)));
        assert!(end(json!(u64::MAX)).unwrap_err().contains("is no moment"));
        let public = json!({ "token_endpoint_auth_method": "none", "client_secret_expires_at": 1_900_000_000 });
        assert!(with(&public).unwrap_err().contains("without `client_secret`"));
    }

    #[test]
    fn a_sector_is_the_one_host_of_the_redirect_uris() {
        let of = |subject_type: &str, uris: &[&str]| {
            let members = json!({ "client_secret": SECRET, "subject_type": subject_type, "redirect_uris": uris });
            with(&members).map(|read| read.client.sector_identifier().map(|sector| sector.as_str().to_owned()))
        };
        let (one, other) = ("https://app.example/cb", "https://other.example/cb");
        assert_eq!(of("pairwise", &[one, "https://app.example:8443/b"]), Ok(Some("app.example".into())));
        assert_eq!(of("public", &[one, other]), Ok(None));
        for wrong in [[one, other], [one, "http://localhost/cb"], [one, "com.example.app:/cb"]] {
            assert!(of("pairwise", &wrong).unwrap_err().contains("`pairwise`: `redirect_uris`"), "{wrong:?}");
        }
        assert!(of("Pairwise", &[one]).unwrap_err().contains("`public` or `pairwise`"));
    }

    #[test]
    fn an_id_token_is_rs256_unless_the_client_says_otherwise() {
        let client = |members: Value| {
            let mut client = json!({ "client_id": "app", "client_secret": SECRET, "scope": "openid" });
            client["redirect_uris"] = json!(["https://app.example/cb"]);
            client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            client
        };
        let with_rsa = read_by(client(json!({})), &[Alg::Es256, Alg::Rs256]).unwrap();
        assert_eq!(with_rsa.client.id_token_alg(), Some(Alg::Rs256), "whatever the first key is");
        let refusal = read_by(client(json!({})), &[Alg::Es256, Alg::Ed25519]).unwrap_err();
        assert!(refusal.contains("set `id_token_signed_response_alg` to one of ES256, Ed25519"), "{refusal}");
        for never_gets_one in [json!({ "scope": "read" }), json!({ "grant_types": ["client_credentials"] })] {
            assert_eq!(read(client(never_gets_one)).unwrap().client.id_token_alg(), None);
        }
        assert!(read(client(json!({ "id_token_signed_response_alg": "ES256" }))).is_ok());
    }

    #[test]
    fn a121_a_jwks_uri_is_https_and_elsewhere_and_on_loopback_in_development_alone() {
        let client = |uri: &str, development: bool| {
            let client = json!({
                "client_id": "app",
                "redirect_uris": ["https://app.example/cb"],
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks_uri": uri,
            });
            let client: ClientMetadata = serde_json::from_value(client).unwrap();
            client.register(&Policy::OAUTH_2_1, &[Alg::Es256], development)
        };
        for (uri, in_production, in_development) in [
            ("https://app.example/jwks", true, true),
            ("https://9.9.9.9/jwks", true, true),
            ("http://app.example/jwks", false, false),
            ("http://127.0.0.1:9000/jwks", false, true),
            ("https://localhost/jwks", false, true),
            ("https://[::1]/jwks", false, true),
            ("https://10.0.0.1/jwks", false, false),
            ("http://10.0.0.1/jwks", false, false),
            ("https://169.254.169.254/jwks", false, false),
            ("https://[fd00::1]/jwks", false, false),
            ("https://user@app.example/jwks", false, false),
            ("https://app.example/jwks#a", false, false),
            ("file:///jwks", false, false),
        ] {
            for (development, is_taken) in [(false, in_production), (true, in_development)] {
                let registered = client(uri, development);
                assert_eq!(registered.is_ok(), is_taken, "{uri} {development}");
                if let Ok(registered) = registered {
                    assert_eq!(registered.key_source.unwrap().uri.as_str(), uri);
                    assert!(matches!(registered.client.credentials().keys, ClientKeys::Uri(_)));
                }
            }
        }
        let unused = with(&json!({ "client_secret": SECRET, "jwks_uri": "https://app.example/jwks" })).unwrap();
        assert_eq!(unused.warnings, ["`jwks_uri` is not used with `client_secret_basic`"]);
        assert!(unused.key_source.is_none());
    }

    #[test]
    fn rfc8705_2_1_2_a_certificate_has_one_name_and_one_authority() {
        let of = |members: Value| with(&members).unwrap_err();
        let method = "tls_client_auth";
        for (name, value) in [
            ("tls_client_auth_subject_dn", "CN=app"),
            ("tls_client_auth_san_dns", "app.example"),
            ("tls_client_auth_san_uri", "https://app.example/"),
            ("tls_client_auth_san_ip", "192.0.2.1"),
            ("tls_client_auth_san_email", "app@app.example"),
        ] {
            let one = json!({ "token_endpoint_auth_method": method, name: value, "tls_client_auth_anchor": "a" });
            let registered = with(&one).unwrap();
            let certificates = &registered.client.credentials().certificates;
            assert!(matches!(certificates, ClientCertificates::Named { .. }), "{name}");
            assert!(of(json!({ "token_endpoint_auth_method": method, name: value })).contains("_anchor"));
            let elsewhere = of(json!({ "client_secret": SECRET, name: value }));
            assert!(elsewhere.contains("is not for `client_secret_basic`"), "{elsewhere}");
        }
        let named = |more: Value| {
            let mut members = json!({ "token_endpoint_auth_method": method, "tls_client_auth_anchor": "a" });
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            of(members)
        };
        let (dns, ip) = ("tls_client_auth_san_dns", "tls_client_auth_san_ip");
        for (wrong, sentence) in [
            (json!({ dns: "app.example", ip: "192.0.2.1" }), "more than one of the `tls_client_auth_*` names"),
            (json!({}), "none of the `tls_client_auth_*` names"),
            (json!({ ip: "x" }), "not an IP address"),
            (json!({ ip: "192.0.2.1", "client_secret": SECRET }), "`client_secret` is not for `tls_client_auth`"),
        ] {
            let refusal = named(wrong);
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    #[test]
    fn rfc8705_2_2_a_self_signed_certificate_is_in_the_clients_keys() {
        let of = |more: Value| {
            let mut members = json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth" });
            members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            with(&members)
        };
        assert!(of(json!({})).unwrap_err().contains("needs a `jwks`"));
        assert!(of(json!({ "jwks": { "keys": [public_jwk()] } })).unwrap_err().contains("needs a certificate"));
        assert!(of(json!({ "jwks_uri": "https://app.example/jwks" })).unwrap().key_source.is_some());
        assert!(of(json!({ "jwks_uri": "https://app.example/jwks", "client_secret": SECRET })).is_err());

        let registered = of(json!({ "jwks": { "keys": [certificate_jwk()] } })).unwrap();
        assert!(registered.warnings.is_empty() && registered.key_source.is_none());
        let certificates = &registered.client.credentials().certificates;
        let der = STANDARD.decode(certificate_jwk()["x5c"][0].as_str().unwrap()).unwrap();
        assert!(matches!(certificates, ClientCertificates::Registered(all) if all.len() == 1 && *all[0] == *der));
        // The same certificate beside another key.
        let mut mixed_up = public_jwk();
        mixed_up["x5c"] = certificate_jwk()["x5c"].clone();
        assert!(of(json!({ "jwks": { "keys": [mixed_up] } })).unwrap_err().contains("needs a certificate"));
    }

    #[test]
    fn rfc8705_2_2_the_keys_of_a_self_signed_certificate_are_few_and_public() {
        let of = |keys: Vec<Value>| {
            with(&json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": { "keys": keys } }))
        };
        assert!(of(vec![certificate_jwk(); 20]).is_ok());
        assert!(of(vec![certificate_jwk(); 21]).unwrap_err().contains("more than 20"));
        let mut private = certificate_jwk();
        private["d"] = json!("MARKER");
        for private in [private, json!({ "kty": "oct", "k": "AAAA" })] {
            let refusal = of(vec![certificate_jwk(), private]).unwrap_err();
            assert!(refusal.contains("key 1 is private") && !refusal.contains("MARKER"), "{refusal}");
        }
        let warnings = of(vec![certificate_jwk(), json!({ "kty": "FUTURE" })]).unwrap().warnings;
        assert!(warnings[0].contains("key 1 is not used"), "{warnings:?}");
    }

    #[test]
    fn what_tokens_are_bound_to_is_registered() {
        let of = |name: &str| with(&json!({ "client_secret": SECRET, name: true })).unwrap().client;
        assert!(of("dpop_bound_access_tokens").is_dpop_bound());
        assert!(of("tls_client_certificate_bound_access_tokens").is_certificate_bound());
        let neither = with(&json!({ "client_secret": SECRET })).unwrap().client;
        assert!(!neither.is_dpop_bound() && !neither.is_certificate_bound());
    }

    #[test]
    fn of_a_secret_its_digest_is_kept() {
        let registered = with(&json!({ "client_secret": SECRET })).unwrap();
        let digest = Digest::from_bytes(PROVIDER.sha256.digest(&[SECRET.as_bytes()]));
        let kept = &registered.client.credentials().secrets;
        assert!(matches!(&kept[..], [RegisteredSecret::Sha256(kept)] if *kept == digest), "{kept:?}");
    }

    #[test]
    fn d11_a_secret_is_kept_readable_for_client_secret_jwt_alone_and_is_as_long_as_the_hash() {
        let long = SECRET.repeat(2);
        let of = |secret: &str, alg: Option<&str>| {
            with(&json!({
                "token_endpoint_auth_method": "client_secret_jwt",
                "token_endpoint_auth_signing_alg": alg,
                "client_secret": secret,
            }))
        };
        for (secret, alg, wanted) in [
            (SECRET, None, vec![Alg::Hs256]),
            (&*long, None, vec![Alg::Hs256, Alg::Hs384, Alg::Hs512]),
            (SECRET, Some("HS256"), vec![Alg::Hs256]),
            (&*long, Some("HS512"), vec![Alg::Hs512]),
        ] {
            let registered = of(secret, alg).unwrap();
            let credentials = registered.client.credentials();
            assert_eq!(credentials.algorithms, wanted);
            assert!(
                matches!(&credentials.secrets[..], [RegisteredSecret::Plain(kept)] if *kept == Secret::new(secret))
            );
        }
        for (secret, alg, sentence) in [
            (SECRET, Some("HS384"), "shorter than the hash of HS384"),
            (SECRET, Some("HS512"), "shorter than the hash of HS512"),
            (&*long, Some("ES256"), "not welcome"),
            ("MARKER", None, "32 characters"),
            (&"\t".repeat(64), None, "32 characters"),
        ] {
            let refusal = of(secret, alg).unwrap_err();
            assert!(refusal.contains(sentence) && !refusal.contains(secret), "{refusal}");
        }
        for other in ["client_secret_basic", "client_secret_post"] {
            let registered = with(&json!({ "token_endpoint_auth_method": other, "client_secret": long })).unwrap();
            assert!(matches!(&registered.client.credentials().secrets[..], [RegisteredSecret::Sha256(_)]), "{other}");
        }
    }

    /// A registration that asks for users, with these members on top; of a test in development or not.
    fn backchannel(members: &Value, development: bool) -> Result<Registration, String> {
        let mut client = json!({
            "client_id": "bank",
            "client_secret": SECRET,
            "grant_types": ["urn:openid:params:grant-type:ciba"],
            "scope": "openid read",
            "id_token_signed_response_alg": "ES256",
        });
        client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let client: ClientMetadata = serde_json::from_value(client).unwrap();
        let registered = client.register(&Policy::OAUTH_2_1, &[Alg::Es256], development);
        registered.map_err(|error| error.to_string())
    }

    #[test]
    fn d26_a_client_that_asks_for_users_polls_or_is_pinged_and_what_contradicts_that_is_refused() {
        let (mode, url) = ("backchannel_token_delivery_mode", "backchannel_client_notification_endpoint");
        let there = "https://bank.example/ciba";
        let poll = backchannel(&json!({ mode: "poll" }), false).unwrap();
        assert_eq!((poll.client.notification_endpoint(), poll.notification_endpoint), (None, None));
        let ping = backchannel(&json!({ mode: "ping", url: there }), false).unwrap();
        assert_eq!(ping.client.notification_endpoint(), Some(there));
        assert_eq!(ping.notification_endpoint.unwrap().as_str(), there);
        for (members, sentence) in [
            (json!({}), "needs `backchannel_token_delivery_mode`, `poll` or `ping`"),
            (json!({ url: there }), "needs `backchannel_token_delivery_mode`, `poll` or `ping`"),
            (json!({ mode: "ping" }), "`ping` needs `backchannel_client_notification_endpoint`"),
            (json!({ mode: "poll", url: there }), "is not for `backchannel_token_delivery_mode` `poll`"),
            (json!({ mode: "push", url: there }), "does not do `backchannel_token_delivery_mode` `push`"),
            (json!({ mode: "Poll" }), "is neither `poll` nor `ping`"),
            (json!({ mode: "poll", "scope": "read" }), "`openid`, which is not in `scope`"),
            (json!({ mode: "poll", "id_token_signed_response_alg": null }), "without `id_token_signed_response_alg`"),
            (json!({ mode: "poll", "backchannel_user_code_parameter": true }), "`backchannel_user_code_parameter`"),
            (
                json!({ mode: "poll", "backchannel_authentication_request_signing_alg": "ES256" }),
                "does not do `backchannel_authentication_request_signing_alg`",
            ),
            (json!({ mode: "poll", "backchannel_token_mode": "poll" }), "is not known"),
            (
                json!({ mode: "poll", "token_endpoint_auth_method": "none", "client_secret": null }),
                "ciba is not for a public client",
            ),
        ] {
            let refusal = backchannel(&members, false).unwrap_err();
            assert!(refusal.contains("client `bank`") && refusal.contains(sentence), "{refusal}");
        }
        // Without the grant there is nobody to be told.
        for (name, value) in [(mode, "poll"), (url, there)] {
            let refusal = with(&json!({ "client_secret": SECRET, name: value })).unwrap_err();
            assert!(refusal.contains(&format!("`{name}` is for `grant_types`")), "{refusal}");
            assert!(with(&json!({ "client_secret": SECRET, name: null })).is_ok());
        }
    }

    #[test]
    fn d27_a_client_is_pinged_by_https_and_elsewhere_and_on_loopback_in_development_alone() {
        for (url, in_production, in_development) in [
            ("https://bank.example/ciba?a=b", true, true),
            ("http://bank.example/ciba", false, false),
            ("http://127.0.0.1:9000/ciba", false, true),
            ("https://localhost/ciba", false, true),
            ("https://10.0.0.1/ciba", false, false),
            ("http://10.0.0.1/ciba", false, false),
            ("https://169.254.169.254/ciba", false, false),
            ("https://user:MARKER@bank.example/ciba", false, false),
            ("https://bank.example/ciba#a", false, false),
            ("bank.example", false, false),
        ] {
            let members = json!({
                "backchannel_token_delivery_mode": "ping",
                "backchannel_client_notification_endpoint": url,
            });
            for (development, is_taken) in [(false, in_production), (true, in_development)] {
                let registered = backchannel(&members, development);
                assert_eq!(registered.is_ok(), is_taken, "{url} {development}");
                if let Err(refusal) = registered {
                    assert!(refusal.contains("`backchannel_client_notification_endpoint`"), "{refusal}");
                    assert!(!refusal.contains("MARKER"), "{refusal}");
                }
            }
        }
    }

    #[test]
    fn redirect_uris_are_https_loopback_or_private_use() {
        for good in [
            "https://app.example/cb?a=b",
            "http://127.0.0.1:9000/cb",
            "http://[::1]/cb",
            "http://localhost/cb",
            "com.example.app:/cb",
            "com.example.app://cb?a=b@c",
            "https://app.example/@me?codes=1&from=state",
            "HTTPS://app.example/cb",
        ] {
            assert!(judge_redirect_uri(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "http://app.example/cb",
            "http://127.0.0.1.example/cb",
            "https://app.example/cb#",
            "https://app.example/cb#x",
            "https://app.example/\u{e5}",
            "https://app.example/c b",
            "https://app.example/\r\nSet-Cookie:a",
            "javascript:alert(1)",
            "data:text/html,x",
            "app:/cb",
            "https:app.example/cb",
            "https:/app.example/cb",
            "https:///app.example/cb",
            "https:\\\\app.example/cb",
            "https://app.example\\@evil.example/cb",
            "https://user@app.example/cb",
            "https://user:MARKER@app.example/cb",
            "https://@app.example/cb",
            "http:127.0.0.1/cb",
            "com.example.app://user@cb",
            "https://app.example/cb?code=a",
            "https://app.example/cb?a=b&st%61te=c",
            "https://app.example/cb?iss",
            "com.example.app:/cb?error=a",
        ] {
            assert!(judge_redirect_uri(bad).is_err(), "{bad}");
        }
        assert!(read(json!({ "client_id": "app", "client_secret": SECRET })).unwrap_err().contains("redirect_uris"));
        let uris = json!(["https://app.example/cb", "https://user:MARKER@app.example/cb"]);
        let refusal = with(&json!({ "client_secret": SECRET, "redirect_uris": uris })).unwrap_err();
        assert!(refusal.contains("number 2 has a user name") && !refusal.contains("MARKER"), "{refusal}");
    }

    #[test]
    fn unknown_members_are_named_and_demands_that_are_not_met_are_refused() {
        let of = |name: &str, value: Value| {
            let mut members = json!({ "client_secret": SECRET });
            members[name] = value;
            with(&members)
        };
        assert_eq!(of("colour", json!("red")).unwrap().warnings, ["`colour` is ignored"]);
        assert!(of("client_name", json!("App")).unwrap().warnings.is_empty());
        for (name, harmless, demand) in [
            ("subject_type", json!("public"), json!("private")),
            ("sector_identifier_uri", json!(null), json!("https://app.example/uris.json")),
            ("userinfo_signed_response_alg", json!(null), json!("ES256")),
            ("response_types", json!(["code"]), json!(["code", "token"])),
            ("grant_types", json!(["authorization_code", "refresh_token"]), json!(["implicit"])),
            ("scope", json!("profile read"), json!("profile  read")),
            ("authorization_signed_response_alg", json!(null), json!("ES256")),
            ("authorization_encrypted_response_enc", json!(null), json!("A256GCM")),
            ("id_token_encrypted_response_enc", json!(null), json!("A256GCM")),
            ("request_object_encryption_alg", json!(null), json!("ECDH-ES")),
            ("introspection_signed_response_alg", json!(null), json!("ES256")),
            ("tls_client_auth_subject_dn", json!(null), json!("CN=app")),
            ("backchannel_logout_uri", json!(null), json!("https://app.example/out")),
            ("backchannel_user_code_parameter", json!(false), json!(true)),
            ("software_statement", json!(null), json!("a.b.c")),
        ] {
            assert!(of(name, harmless).unwrap().warnings.is_empty(), "{name}");
            assert!(of(name, demand).is_err(), "{name}");
        }
        for (slip, other) in [
            ("token_endpoint_auth_methods", "token_endpoint"),
            ("require_dpop", "required"),
            ("client_secrets", "client_secre"),
            ("jwks_url", "jwk"),
            ("redirect_uri", "redirect"),
            ("tls_client_auth_san", "tls_client"),
            ("tls_client_certificate_bound_access_token", "tls_clients"),
            ("dpop_bound_access_token", "dpop"),
            ("backchannel_logout", "backchannel"),
        ] {
            assert!(of(slip, json!("MARKER")).unwrap_err().contains("is not known"), "{slip}");
            assert_eq!(of(other, json!("MARKER")).unwrap().warnings, [format!("`{other}` is ignored")]);
        }
    }
}
