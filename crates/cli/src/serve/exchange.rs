//! Which tokens are exchanged for which ([RFC 8693 §5](https://www.rfc-editor.org/rfc/rfc8693#section-5), security decision D23).
use std::collections::BTreeMap;

use serde::Deserialize;
use symbolon::{
    server::{ExchangeMode, ExchangeRule, RegisteredClient},
    types::{ClientId, GrantType, Scope},
};

use super::{ServeError, clients::Problem};

/// A token exchange that is allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeConfig {
    /// Who may exchange.
    pub(crate) client: String,
    /// Whether the new token tells who acts.
    pub(crate) mode: ExchangeModeName,
    /// For which `resource` and `audience`.
    pub(crate) targets: Vec<String>,
    /// The most that it gives.
    pub(crate) scope: String,
    /// The audiences that are the client itself: what is for them it may exchange, whoever got it.
    #[serde(default)]
    pub(crate) own_audiences: Vec<String>,
}

/// The names of RFC 8693 §1.1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExchangeModeName {
    Impersonation,
    Delegation,
}

/// The rules, beside the clients.
///
/// # Errors
/// - [`ServeError::Exchange`]: a client that is not registered for it, no target, a malformed scope.
pub(super) fn rules(
    entries: &[ExchangeConfig],
    clients: &BTreeMap<String, RegisteredClient>,
) -> Result<Vec<ExchangeRule>, ServeError> {
    let read = |(place, entry): (usize, &ExchangeConfig)| {
        let number = place.saturating_add(1);
        rule(entry, clients).map_err(|problem| ServeError::Exchange { number, problem: problem.to_string() })
    };
    entries.iter().enumerate().map(read).collect()
}

fn rule(entry: &ExchangeConfig, clients: &BTreeMap<String, RegisteredClient>) -> Result<ExchangeRule, Problem> {
    let client = clients.get(&entry.client).filter(|client| client.may_use(&GrantType::TokenExchange));
    if client.is_none() {
        return Err(Problem::of(format!("`client`: none that is registered for {}", GrantType::TokenExchange)));
    }
    let client_id = ClientId::parse(&entry.client).map_err(|error| Problem::new("client", error))?;
    let mode = match entry.mode {
        ExchangeModeName::Impersonation => ExchangeMode::Impersonation,
        ExchangeModeName::Delegation => ExchangeMode::Delegation,
    };
    if entry.targets.is_empty() {
        return Err(Problem::of("`targets` names none"));
    }
    let scope = Scope::parse(&entry.scope).map_err(|error| Problem::new("scope", error))?;
    let rule = ExchangeRule::new(client_id, mode).with_scope(scope);
    let rule = entry.targets.iter().fold(rule, ExchangeRule::with_target);
    Ok(entry.own_audiences.iter().fold(rule, ExchangeRule::with_own_audience))
}
