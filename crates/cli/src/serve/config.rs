use core::{fmt, net::SocketAddr};
use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value, json};
use symbolon::{
    jose::parse_json,
    policy::{DpopNonce, GrantSet, Policy, RefreshForm, RefreshMode},
    types::GrantType,
};
use symbolon_axum::Network;
use time::Duration;

use super::{AssertionIssuerConfig, ClientMetadata, ExchangeConfig, ServeError, tls::DEVELOPMENT_ANCHOR};

/// What `symbolon serve` is told, by files and flags. A program that runs a server inside itself fills it by hand.
///
/// A member that is not known is an error in a file, except in a client's registration (RFC 7591 §2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeConfig {
    /// Whether `/authorize` signs test users in without asking. Never from a file.
    #[serde(skip)]
    pub(crate) development: bool,
    /// Where to listen; [`ServeConfig::DEFAULT_LISTEN`] if it is not said. Port 0: any that is free.
    pub(crate) listen: Option<SocketAddr>,
    /// Where to listen for TLS with client certificates; nowhere if it is not said.
    pub(crate) tls_listen: Option<SocketAddr>,
    /// How the TLS listener speaks.
    pub(crate) tls: TlsConfig,
    /// The proxies that may use plain HTTP from other machines: addresses, or blocks of them.
    #[serde(deserialize_with = "networks")]
    pub(crate) behind_proxy: Vec<Network>,
    /// Whether the header `Client-Cert` of these proxies is believed (RFC 9440).
    pub(crate) client_cert: Option<ClientCertConfig>,
    /// How chains in the `x5c` of client assertions are validated; if it is not said, none is right.
    pub(crate) x5c: Option<X5cConfig>,
    /// Whether DPoP proofs carry a nonce of this server (RFC 9449 §8).
    pub(crate) dpop_nonce: bool,
    /// Whether `/authorize` takes PKCE challenges of the method `plain` (RFC 7636 §4.3).
    pub(crate) legacy_pkce_plain: bool,
    /// The issuer identifier; `http://` and the address if it is not said.
    pub(crate) issuer: Option<String>,
    /// The form of access tokens.
    pub(crate) access_token: AccessTokenForm,
    /// What becomes of refresh tokens that are used.
    pub(crate) refresh_mode: RefreshModeName,
    /// What refresh tokens look like.
    pub(crate) refresh_form: RefreshFormName,
    /// For which resources access tokens are good (`aud`); the issuer itself if it is not said.
    pub(crate) audience: Vec<String>,
    /// How long things live.
    pub(crate) lifetimes: Lifetimes,
    /// Where keys are kept that are made at the first start.
    pub(crate) key_dir: Option<PathBuf>,
    /// The file with the server's root secret; made if it is not there.
    pub(crate) server_key: Option<PathBuf>,
    /// The file of the root of pairwise subject identifiers.
    pub(crate) pairwise_key: Option<PathBuf>,
    /// The keys that sign; without any an ES256 and an Ed25519 key are made and kept.
    #[serde(rename = "key")]
    pub(crate) keys: Vec<KeyEntry>,
    /// The clients.
    #[serde(rename = "client")]
    pub(crate) clients: Vec<ClientMetadata>,
    /// The test users.
    #[serde(rename = "user")]
    pub(crate) users: Vec<User>,
    /// Which tokens are exchanged for which.
    #[serde(rename = "exchange")]
    pub(crate) exchanges: Vec<ExchangeConfig>,
    /// The origins whose scripts may read the answers; none if it is not said.
    pub(crate) origins: Vec<String>,
    /// Whose JWTs are grants.
    #[serde(rename = "assertion_issuer")]
    pub(crate) assertion_issuers: Vec<AssertionIssuerConfig>,
}

impl ServeConfig {
    /// Where to listen if it is not said.
    pub(crate) const DEFAULT_LISTEN: SocketAddr =
        SocketAddr::new(core::net::IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), 8080);
    /// Where keys are kept if it is not said.
    pub(crate) const DEFAULT_KEY_DIR: &str = "symbolon-keys";

    /// Reads a TOML file. The paths in it start from its folder.
    ///
    /// # Errors
    /// - [`ServeError::File`], [`ServeError::Syntax`]: it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, ServeError> {
        let text = read_text(path)?;
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let place = error.span().and_then(|span| text.get(..span.start)).map(place);
            let message = client_of(&text).unwrap_or_else(|| fault(error.message()));
            ServeError::Syntax { path: path.into(), place, message }
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let files = config.keys.iter_mut().map(|key| &mut key.file);
        let files = files.chain(config.tls.client_ca.iter_mut().map(|ca| &mut ca.file));
        let tls = config.tls.certificate.iter_mut().chain(&mut config.tls.key);
        let x5c = config.x5c.iter_mut().flat_map(|x5c| x5c.ca.iter_mut().chain(&mut x5c.crl));
        let roots = config.server_key.iter_mut().chain(&mut config.pairwise_key);
        for file in files.chain(tls).chain(x5c).chain(&mut config.key_dir).chain(roots) {
            *file = folder.join(&*file);
        }
        Ok(config)
    }

    /// Adds the clients of a JSON file: an array of registrations.
    ///
    /// # Errors
    /// - [`ServeError::File`], [`ServeError::Syntax`]: it cannot be read; no member may come twice.
    pub(crate) fn add_clients(&mut self, path: &Path) -> Result<(), ServeError> {
        let text = read_text(path)?;
        let syntax = |message| ServeError::Syntax { path: path.into(), place: None, message };
        // Its errors name places and kinds.
        let entries: Vec<Value> = parse_json(text.as_bytes()).map_err(|error| syntax(error.to_string()))?;
        for (place, entry) in entries.into_iter().enumerate() {
            let client = client(&entry);
            self.clients.push(client.map_err(|fault| syntax(format!("client {}: {fault}", place.saturating_add(1))))?);
        }
        Ok(())
    }

    /// What `Policy` does not judge: tokens that are good at no moment, and codes beyond RFC 6749 §4.1.2.
    ///
    /// # Errors
    /// - [`ServeError::Contradiction`]: a lifetime is 0, or a code's is over ten minutes.
    pub(super) fn judge_lifetimes(&self) -> Result<(), ServeError> {
        let Lifetimes { access_token, code, id_token, refresh_grace, .. } = self.lifetimes;
        let problem = if refresh_grace.is_some() && self.refresh_mode != RefreshModeName::SingleSuccessor {
            "`lifetimes`: `refresh_grace` is for `refresh_mode` `single_successor`"
        } else if access_token == Some(0) {
            "`lifetimes`: `access_token` is 0"
        } else if id_token == Some(0) {
            "`lifetimes`: `id_token` is 0"
        } else if code.is_some_and(|seconds| !(1..=MAX_CODE_SECONDS).contains(&seconds)) {
            "`lifetimes`: `code` is 1 to 600 seconds (RFC 6749 §4.1.2)"
        } else {
            return Ok(());
        };
        Err(ServeError::Contradiction(problem))
    }

    /// Whether devices ask here: somebody registered the grant, and there is a page where users decide (security decision D22).
    pub(super) fn has_devices(&self) -> bool {
        self.decides(&GrantType::DeviceCode)
    }

    /// The same of clients that ask for a user by OpenID CIBA.
    pub(super) fn has_backchannel(&self) -> bool {
        self.decides(&GrantType::Ciba)
    }

    fn decides(&self, grant: &GrantType) -> bool {
        self.development && self.clients.iter().any(|client| client.names_grant(grant))
    }

    /// The policy: that of OAuth 2.1 with these lifetimes, and with the grants that the configuration makes possible.
    pub(super) fn policy(&self) -> Policy {
        let Lifetimes { code, id_token, refresh_token, grant, .. } = self.lifetimes;
        let mut policy = Policy::OAUTH_2_1;
        let set = |field: &mut Duration, seconds: Option<u32>| {
            if let Some(seconds) = seconds {
                *field = Duration::seconds(seconds.into());
            }
        };
        set(&mut policy.code.lifetime, code);
        set(&mut policy.id_token.lifetime, id_token);
        set(&mut policy.refresh.idle_lifetime, refresh_token);
        set(&mut policy.refresh.max_lifetime, grant);
        policy.refresh.mode = match self.refresh_mode {
            RefreshModeName::FamilyStrict => RefreshMode::FamilyStrict,
            RefreshModeName::SingleSuccessor => {
                let grace = self.lifetimes.refresh_grace.unwrap_or(DEFAULT_REFRESH_GRACE);
                RefreshMode::SingleSuccessor { grace: Duration::seconds(grace.into()) }
            }
            RefreshModeName::Stable => RefreshMode::Stable,
        };
        policy.refresh.form = match self.refresh_form {
            RefreshFormName::Tagged => RefreshForm::Tagged,
            RefreshFormName::Jwt => RefreshForm::Jwt,
        };
        // FAPI 2.0 §5.3.2.1: who does not authenticate must not keep one.
        policy.refresh.public_clients &= self.refresh_mode != RefreshModeName::Stable;
        policy.pkce.legacy_plain = self.legacy_pkce_plain;
        if !self.assertion_issuers.is_empty() {
            policy.grants = policy.grants.and(GrantSet::JWT_BEARER);
        }
        if !self.exchanges.is_empty() {
            policy.grants = policy.grants.and(GrantSet::TOKEN_EXCHANGE);
        }
        if self.has_devices() {
            policy.grants = policy.grants.and(GrantSet::DEVICE_CODE);
        }
        if self.has_backchannel() {
            policy.grants = policy.grants.and(GrantSet::CIBA);
        }
        if self.dpop_nonce {
            policy.dpop.nonce = DpopNonce::Required;
        }
        policy
    }

    /// The names of the authorities that a client's certificate may be validated to.
    pub(super) fn anchors(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tls.client_ca.iter().map(|ca| ca.name.as_str()).collect();
        names.extend(self.client_cert.iter().filter_map(|proxy| proxy.validated_to.as_deref()));
        if self.tls_listen.is_some() && self.development && self.tls.certificate.is_none() {
            names.push(DEVELOPMENT_ANCHOR);
        }
        names
    }
}

/// How the TLS listener speaks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsConfig {
    /// `https://`, host and port at which clients reach it; those of the issuer with its port if it is not said.
    pub(crate) url: Option<String>,
    /// The server's certificate and its chain (PEM).
    pub(crate) certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub(crate) key: Option<PathBuf>,
    /// Whose certificates are validated.
    pub(crate) client_ca: Vec<ClientCa>,
}

/// An authority of clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCa {
    /// How registrations call it.
    pub(crate) name: String,
    /// Its certificates (PEM).
    pub(crate) file: PathBuf,
}

/// What the proxies say about clients' certificates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClientCertConfig {
    /// The name of the authority to which they validate each; they validate nothing if it is not said.
    pub(crate) validated_to: Option<String>,
}

/// How the chains of business certificates are validated (security decision D13).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct X5cConfig {
    /// The authorities: their own certificates (PEM).
    pub(crate) ca: Vec<PathBuf>,
    /// The lists of revoked certificates of everybody in a chain but its last (PEM or DER).
    pub(crate) crl: Vec<PathBuf>,
    /// What `keyUsage` says.
    pub(crate) key_usage: KeyUsageName,
    /// The purpose that `extKeyUsage` must name, as an object identifier, or `any`; if it is not said, that of TLS clients,
    /// where the extension is there.
    pub(crate) extended_key_usage: Option<String>,
    /// Object identifiers, of which `certificatePolicies` must have one; none: any will do.
    pub(crate) certificate_policies: Vec<String>,
    /// Takes certificates of which nobody says whether they are revoked.
    pub(crate) legacy_unknown_revocation: bool,
}

/// A bit of `keyUsage`, by its name in RFC 5280 §4.2.1.3.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyUsageName {
    #[default]
    DigitalSignature,
    ContentCommitment,
    /// None of them is needed.
    Any,
}

/// The form of access tokens.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccessTokenForm {
    /// Random octets; only this server knows what they are good for.
    #[default]
    Opaque,
    /// Signed claims (RFC 9068).
    Jwt,
}

/// The names of the forms of refresh tokens.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefreshFormName {
    #[default]
    Tagged,
    Jwt,
}

/// A mode of refresh tokens (security decision D6).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefreshModeName {
    /// Each is good once; a used one ends all that descends from the same authorization.
    #[default]
    FamilyStrict,
    /// The same, but for [`Lifetimes::refresh_grace`] the one before is answered as it was.
    SingleSuccessor,
    /// They stay; public clients get none.
    Stable,
}

/// How long things live, in seconds.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Lifetimes {
    /// An access token.
    pub(crate) access_token: Option<u32>,
    /// An authorization code.
    pub(crate) code: Option<u32>,
    /// An ID token.
    pub(crate) id_token: Option<u32>,
    /// A refresh token that is not used.
    pub(crate) refresh_token: Option<u32>,
    /// A refresh token that was used, in [`RefreshModeName::SingleSuccessor`].
    pub(crate) refresh_grace: Option<u32>,
    /// Everything that descends from one authorization.
    pub(crate) grant: Option<u32>,
}

/// A key that signs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyEntry {
    /// A private key: PEM (PKCS#8, PKCS#1 or SEC1), or a JWK.
    pub(crate) file: PathBuf,
    /// `kid`; the key's thumbprint (RFC 7638) if it is not said.
    pub(crate) kid: Option<String>,
    /// `alg`; RS256, ES256, ES384 or Ed25519, as the key is, if it is not said. What ring lacks is refused.
    pub(crate) alg: Option<String>,
    /// Whether it signs.
    #[serde(default)]
    pub(crate) state: KeyStateName,
}

/// Whether a key signs. It is published in any case, so that keys rotate (OpenID Connect Core §10.1.1): a new one is `next`
/// for a day, then `current` while the one before it is `retiring`, which is taken out when its last token is over.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyStateName {
    /// Not yet.
    Next,
    /// Yes. One of each algorithm does.
    #[default]
    Current,
    /// No more.
    Retiring,
}

/// A test user, whom `/authorize` signs in when `login_hint` names them. `Debug` shows the login only.
#[derive(Clone, Deserialize)]
pub(crate) struct User {
    /// What `login_hint` says.
    pub(crate) login: String,
    /// `sub`
    pub(crate) sub: String,
    /// `acr`
    #[serde(default)]
    pub(crate) acr: Option<String>,
    /// `amr`
    #[serde(default)]
    pub(crate) amr: Vec<String>,
    /// Every other claim.
    #[serde(flatten)]
    pub(crate) claims: Map<String, Value>,
}

impl User {
    /// A user of whom nothing else is told.
    pub(crate) fn new(login: impl Into<String>, sub: impl Into<String>) -> Self {
        Self { login: login.into(), sub: sub.into(), acr: None, amr: Vec::new(), claims: Map::new() }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("login", &self.login).finish_non_exhaustive()
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Network>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

fn read_text(path: &Path) -> Result<String, ServeError> {
    fs::read_to_string(path).map_err(|source| ServeError::File { path: path.into(), source })
}

/// Line and column after this text, counted from 1.
fn place(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

/// What a deserializer's message says without the values in it: these may be secrets. Names of members are kept.
fn fault(message: &str) -> String {
    for (start, end) in [("missing field `", " is missing"), ("unknown field `", " is not known here")] {
        let name = message.strip_prefix(start).and_then(|rest| rest.split('`').next());
        if let Some(name) = name.filter(|name| is_name(name)) {
            return format!("`{name}`{end}");
        }
    }
    "a syntax error, or a value that does not belong there".into()
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The first client of this TOML that is none, and what is wrong with it.
fn client_of(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let clients = table.get("client")?.as_array()?.iter().enumerate();
    clients.into_iter().find_map(|(place, entry)| {
        let fault = client(&serde_json::to_value(entry).ok()?).err()?;
        Some(format!("client {}: {fault}", place.saturating_add(1)))
    })
}

fn client(entry: &Value) -> Result<ClientMetadata, String> {
    serde_json::from_value(entry.clone()).map_err(|error| {
        let members = entry.as_object().into_iter().flatten();
        let mut wrong = members.filter(|(name, value)| {
            let mut alone = json!({ "client_id": "alone" });
            if let Some(alone) = alone.as_object_mut() {
                alone.insert((*name).clone(), (*value).clone());
            }
            serde_json::from_value::<ClientMetadata>(alone).is_err()
        });
        // A member with any name and any value is taken, so that this is one of those that are known.
        match wrong.next() {
            Some((name, _)) => format!("`{name}` is of another type"),
            None => fault(&error.to_string()),
        }
    })
}

/// How long a used refresh token is forgiven, if it is and nothing else is said (security decision D19).
const DEFAULT_REFRESH_GRACE: u32 = 30;
/// Longest lifetime of a code (RFC 6749 §4.1.2).
const MAX_CODE_SECONDS: u32 = 600;
/// Longest name of a member that an error repeats.
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ServeConfig, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_not_said_has_its_default_and_what_is_not_known_is_refused() {
        let config = parse("").unwrap();
        assert!(!config.development);
        assert_eq!((config.access_token, config.policy()), (AccessTokenForm::Opaque, Policy::OAUTH_2_1));
        assert_eq!(parse("access_token = \"jwt\"").unwrap().access_token, AccessTokenForm::Jwt);
        for unknown in [
            "lissten = \"127.0.0.1:1\"",
            "access_token = \"JWT\"",
            "[lifetimes]\naccess = 1",
            "[lifetimes]\ncode = -1",
            "[[key]]\nfile = \"a\"\nuse = \"sig\"",
            "listen = \"localhost:1\"",
            "[[user]]\nlogin = \"alice\"",
        ] {
            assert!(parse(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_blocks_and_their_header_is_believed_if_it_is_said() {
        let config = parse("behind_proxy = [\"10.0.0.0/8\", \"::1\"]").unwrap();
        assert!(config.behind_proxy[0].contains("10.1.2.3".parse().unwrap()) && config.client_cert.is_none());
        assert!(parse("[client_cert]").unwrap().client_cert.unwrap().validated_to.is_none());
        let anchor = parse("[client_cert]\nvalidated_to = \"corporate\"").unwrap().client_cert.unwrap().validated_to;
        assert_eq!(anchor.as_deref(), Some("corporate"));
        for wrong in [
            "behind_proxy = \"10.0.0.1\"",
            "behind_proxy = [\"10.0.0.1/8\"]",
            "behind_proxy = [\"proxy.example\"]",
            "[client_cert]\nheader = \"X-SSL-Client-Cert\"",
            "[tls]\nclient_ca = [\"ca.pem\"]",
            "[[tls.client_ca]]\nfile = \"ca.pem\"",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn development_cannot_be_switched_on_by_a_file() {
        assert!(parse("development = true").is_err());
    }

    #[test]
    fn lifetimes_enter_the_policy() {
        let config = parse("[lifetimes]\ncode = 30\nid_token = 60\nrefresh_token = 600\ngrant = 7200").unwrap();
        let policy = config.policy();
        assert_eq!(policy.code.lifetime, Duration::seconds(30));
        assert_eq!(policy.id_token.lifetime, Duration::seconds(60));
        assert_eq!(policy.refresh.idle_lifetime, Duration::seconds(600));
        assert_eq!(policy.refresh.max_lifetime, Duration::seconds(7200));
        assert!(policy.check().is_ok());
    }

    #[test]
    fn the_mode_of_refresh_tokens_enters_the_policy() {
        let mode = |text: &str| parse(text).unwrap().policy().refresh;
        assert_eq!(mode(""), Policy::OAUTH_2_1.refresh);
        let graceful = mode("refresh_mode = \"single_successor\"");
        assert_eq!(graceful.mode, RefreshMode::SingleSuccessor { grace: Duration::seconds(30) });
        let graceful = mode("refresh_mode = \"single_successor\"\n[lifetimes]\nrefresh_grace = 10");
        assert_eq!(graceful.mode, RefreshMode::SingleSuccessor { grace: Duration::seconds(10) });
        let stable = parse("refresh_mode = \"stable\"").unwrap().policy();
        assert!(stable.check().is_ok() && !stable.refresh.public_clients);
        assert!(parse("refresh_mode = \"none\"").is_err());
    }

    #[test]
    fn lifetimes_of_nothing_and_codes_of_more_than_ten_minutes_are_refused() {
        let judge = |text: &str| parse(&format!("[lifetimes]\n{text}")).unwrap().judge_lifetimes();
        for good in ["", "access_token = 1", "id_token = 1", "code = 1", "code = 600"] {
            assert!(judge(good).is_ok(), "{good}");
        }
        for bad in ["access_token = 0", "id_token = 0", "code = 0", "code = 601", "refresh_grace = 30"] {
            let name = bad.split(' ').next().unwrap();
            assert!(judge(bad).unwrap_err().to_string().contains(name), "{bad}");
        }
    }

    #[test]
    fn debug_shows_neither_claims_nor_secrets() {
        let text = "[[user]]\nlogin = \"alice\"\nsub = \"MARKER\"\nname = \"MARKER\"\n\
            [[client]]\nclient_id = \"app\"\nclient_secret = \"MARKER\"\n\
            [[assertion_issuer]]\nissuer = \"a\"\nprofile = \"jwt\"\nclients = []\nscope = \"\"\n\
            [[assertion_issuer.account]]\nsub = \"MARKER\"\nlogin = \"MARKER\"";
        let config = parse(text).unwrap();
        assert_eq!(config.users[0].claims["name"], "MARKER");
        assert!(!format!("{config:?}").contains("MARKER"));
    }
}
