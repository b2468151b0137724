//! Whose JWTs are grants here (RFC 7523 §2.1, security decision D24), as the configuration says it.
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;
use symbolon::{
    jose::VerifyingKeys,
    policy::Policy,
    server::{AssertionProfile, GrantIssuer, JwtBearerGrant, RegisteredClient},
    types::{ClientId, GrantType, Issuer, Scope},
};
use symbolon_store::Memory;
use time::UtcDateTime;

use super::{
    ServeError, User,
    client_keys::{ClientKeySets, KeySource},
    clients::{self, Problem},
    users,
};

/// An issuer of assertions that are grants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssertionIssuerConfig {
    /// `iss` of what it issues.
    pub(crate) issuer: String,
    /// What it issues.
    pub(crate) profile: ProfileName,
    /// Its keys.
    #[serde(default)]
    pub(crate) jwks: Option<Value>,
    /// Where its keys are.
    #[serde(default)]
    pub(crate) jwks_uri: Option<String>,
    /// The clients that may present what it issues.
    pub(crate) clients: Vec<String>,
    /// The most that it may grant.
    pub(crate) scope: String,
    /// Each `sub` that it may speak of; any that an account is linked to, if it is not said.
    #[serde(default)]
    pub(crate) subjects: Vec<String>,
    /// Who its subjects are here. Nobody else is anybody.
    #[serde(default, rename = "account")]
    pub(crate) accounts: Vec<AccountLink>,
}

/// A profile, by the name that the configuration has for it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProfileName {
    /// RFC 7523 §3.
    Jwt,
    /// draft-ietf-oauth-identity-assertion-authz-grant
    IdJag,
}

/// Whose account a subject is. `Debug` shows nobody.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountLink {
    /// `sub` of the assertion.
    pub(crate) sub: String,
    /// `tenant` of the assertion, of an issuer that has many.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// The test user that it is.
    #[serde(default)]
    pub(crate) login: Option<String>,
    /// The account that it is, by its own name: `sub` of the tokens.
    #[serde(default)]
    pub(crate) account: Option<String>,
}

impl core::fmt::Debug for AccountLink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AccountLink").finish_non_exhaustive()
    }
}

/// The issuers of a server. What is in their registration is in its store.
#[derive(Debug)]
pub(super) struct AssertionIssuers {
    /// Those whose keys are at a `jwks_uri`.
    remote: HashMap<String, Known>,
    keys: ClientKeySets,
}

/// An issuer that was read, but for its keys.
#[derive(Debug)]
struct Known {
    issuer: Issuer,
    profile: AssertionProfile,
    clients: Vec<ClientId>,
    subjects: Vec<String>,
    scope: Scope,
}

/// What the rest of the configuration says.
pub(super) struct Surroundings<'a> {
    pub(super) own: &'a Issuer,
    pub(super) policy: &'a Policy,
    pub(super) store: &'a Memory,
    pub(super) clients: &'a BTreeMap<String, RegisteredClient>,
    pub(super) users: &'a BTreeMap<String, User>,
    pub(super) development: bool,
}

impl AssertionIssuers {
    /// Reads them and tells the store.
    ///
    /// # Errors
    /// - [`ServeError::AssertionIssuer`]: one contradicts itself or the rest of the configuration.
    /// - [`ServeError::Sender`]: keys cannot be fetched.
    pub(super) fn load(all: &[AssertionIssuerConfig], surroundings: &Surroundings<'_>) -> Result<Self, ServeError> {
        let keys = ClientKeySets::new(surroundings.development, surroundings.policy.limits.keys_per_client)?;
        let mut loaded = Self::none(keys);
        let mut seen = HashSet::new();
        for one in all {
            let refused = |problem: Problem| ServeError::AssertionIssuer {
                issuer: one.issuer.clone(),
                problem: problem.to_string(),
            };
            if !seen.insert(one.issuer.as_str()) {
                return Err(refused(Problem::of("stands there twice")));
            }
            loaded.add(one, surroundings).map_err(refused)?;
        }
        Ok(loaded)
    }

    /// None yet, whose keys would be fetched so.
    pub(super) fn none(keys: ClientKeySets) -> Self {
        Self { remote: HashMap::new(), keys }
    }

    fn add(&mut self, one: &AssertionIssuerConfig, surroundings: &Surroundings<'_>) -> Result<(), Problem> {
        let known = one.read(surroundings)?;
        let links = one.links(surroundings.users)?;
        let algorithms = surroundings.policy.assertion.algorithms;
        match (&one.jwks, &one.jwks_uri) {
            (Some(jwks), None) => {
                let mut warnings = Vec::new();
                // A private key among them is refused, and so is one that both sides would have.
                let keys = clients::keys(jwks, surroundings.policy, algorithms, &mut warnings)?;
                for warning in warnings {
                    tracing::warn!(issuer = one.issuer, "{warning}");
                }
                surroundings.store.register_issuer(known.with_keys(keys));
            }
            (None, Some(uri)) => {
                let uri = clients::judge_called("jwks_uri", uri, surroundings.development)?;
                self.keys.add(&one.issuer, KeySource { uri, algorithms: algorithms.to_vec() });
                self.remote.insert(one.issuer.clone(), known);
            }
            _ => return Err(Problem::of("needs its keys: either `jwks` or `jwks_uri`")),
        }
        for (link, account) in links {
            surroundings.store.link_subject(&one.issuer, link.tenant.as_deref(), &link.sub, &account);
        }
        Ok(())
    }

    /// Fetches the keys that this assertion needs, if its issuer has them at a `jwks_uri` and the client may present what it
    /// issues (security decision D27), and tells the store.
    pub(super) async fn fetch(&self, store: &Memory, grant: &JwtBearerGrant, now: UtcDateTime) {
        let known = self.remote.get(grant.issuer());
        let Some(known) = known.filter(|known| known.clients.contains(grant.client().client_id())) else { return };
        let keys = self.keys.keys(grant.issuer(), grant.key_hint(), now).await;
        // Those that were there may not stay where there are none (D19).
        store.register_issuer(known.with_keys(keys.unwrap_or_default()));
    }
}

impl Known {
    fn with_keys(&self, keys: VerifyingKeys) -> GrantIssuer {
        let issuer = GrantIssuer::new(self.issuer.clone(), self.profile, keys).with_scope(self.scope.clone());
        let issuer = self.clients.iter().cloned().fold(issuer, GrantIssuer::with_client);
        self.subjects.iter().fold(issuer, GrantIssuer::with_subject)
    }
}

impl AssertionIssuerConfig {
    fn read(&self, surroundings: &Surroundings<'_>) -> Result<Known, Problem> {
        let issuer = Issuer::parse(self.issuer.as_str()).map_err(|error| Problem::new("issuer", error))?;
        // D24: our own issuer never is one.
        if issuer == *surroundings.own {
            return Err(Problem::of("is this server"));
        }
        let profile = match self.profile {
            ProfileName::Jwt => AssertionProfile::Jwt,
            ProfileName::IdJag => AssertionProfile::IdJag,
        };
        let scope = Scope::parse(&self.scope).map_err(|error| Problem::new("scope", error))?;
        if scope.is_empty() {
            return Err(Problem::of("`scope` is empty, so that nothing can be granted"));
        }
        if self.clients.is_empty() {
            return Err(Problem::of("`clients` is empty, so that nobody may present what it issues"));
        }
        let mut clients = Vec::new();
        for id in &self.clients {
            let client = surroundings.clients.get(id);
            let client = client.ok_or_else(|| Problem::of(format!("`clients`: `{id}` is not registered here")))?;
            self.judge_client(client)?;
            clients.push(client.client_id().clone());
        }
        if self.subjects.iter().any(String::is_empty) {
            return Err(Problem::of("`subjects`: one is empty"));
        }
        Ok(Known { issuer, profile, clients, subjects: self.subjects.clone(), scope })
    }

    fn judge_client(&self, client: &RegisteredClient) -> Result<(), Problem> {
        let id = client.client_id();
        if !client.may_use(&GrantType::JwtBearer) {
            return Err(Problem::of(format!(
                "`clients`: the `grant_types` of `{id}` have no `{}`",
                GrantType::JwtBearer
            )));
        }
        // D24: the confidential client that authenticated.
        if self.profile == ProfileName::IdJag && client.is_public() {
            return Err(Problem::of(format!("`clients`: `{id}` is public, and an ID-JAG is for confidential clients")));
        }
        Ok(())
    }

    /// Whose account each subject is.
    fn links(&self, users: &BTreeMap<String, User>) -> Result<Vec<(&AccountLink, String)>, Problem> {
        if self.accounts.is_empty() {
            return Err(Problem::of("has no `account`, so that nobody it speaks of is anybody here"));
        }
        let mut seen = HashSet::new();
        let mut links = Vec::new();
        for (place, link) in self.accounts.iter().enumerate() {
            let which = place.saturating_add(1);
            let problem = |text: &str| Problem::of(format!("`account`: number {which} {text}"));
            if link.sub.is_empty() {
                return Err(problem("has an empty `sub`"));
            }
            if !self.subjects.is_empty() && !self.subjects.contains(&link.sub) {
                return Err(problem("is of a `sub` that is not among `subjects`"));
            }
            if link.tenant.is_some() && self.profile != ProfileName::IdJag {
                return Err(problem("has a `tenant`, which only an ID-JAG has"));
            }
            if !seen.insert((&link.tenant, &link.sub)) {
                return Err(problem("is of a subject that stands there twice"));
            }
            let account = match (&link.login, &link.account) {
                (Some(login), None) => match users.get(login) {
                    Some(user) => &user.sub,
                    None => return Err(problem("has a `login` that no `[[user]]` has")),
                },
                (None, Some(account)) => account,
                _ => return Err(problem("needs either a `login` or an `account`")),
            };
            users::judge_subject(account).map_err(|text| problem(&format!("has an `account` that {text}")))?;
            links.push((link, account.clone()));
        }
        Ok(links)
    }
}
