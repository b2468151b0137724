//! What may be exchanged for what ([RFC 8693](https://www.rfc-editor.org/rfc/rfc8693), security decision D23).
use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_token_request::TokenType;
use symbolon_types::{ClientId, Confirmation, Scope};
use time::{Duration, UtcDateTime};

use crate::{FamilyId, Granted, StoredAccessToken};

/// A token exchange that is allowed ([RFC 8693 §5], security decision D23): who may exchange what for which targets, and as
/// whom. Without one nothing is exchanged.
///
/// ```
/// use symbolon_server::{ExchangeMode, ExchangeRule, types::{ClientId, Scope}};
/// // The backend may call the ledger in the name of whoever called the backend.
/// let rule = ExchangeRule::new(ClientId::parse("backend")?, ExchangeMode::Impersonation)
///     .with_target("https://ledger.example")
///     .with_scope(Scope::parse("ledger.read")?);
/// assert_eq!(rule.targets(), ["https://ledger.example"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8693 §5]: https://www.rfc-editor.org/rfc/rfc8693#section-5
#[derive(Clone, Debug)]
pub struct ExchangeRule {
    client_id: ClientId,
    mode: ExchangeMode,
    token_type: TokenType,
    issuer: Option<String>,
    targets: Vec<String>,
    scope: Scope,
    own_audiences: Vec<String>,
    any_holder: bool,
}

/// Whether the new token tells who acts ([RFC 8693 §1.1](https://www.rfc-editor.org/rfc/rfc8693#section-1.1)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExchangeMode {
    /// It is as if the subject acted: there is no `actor_token`, and `act` stays what it was.
    Impersonation,
    /// Whoever `actor_token` names acts for the subject, and `act` says so.
    Delegation,
}

impl ExchangeRule {
    /// This client may exchange access tokens of this server, for no target and no scope yet.
    pub const fn new(client_id: ClientId, mode: ExchangeMode) -> Self {
        Self {
            client_id,
            mode,
            token_type: TokenType::AccessToken,
            issuer: None,
            targets: Vec::new(),
            scope: Scope::empty(),
            own_audiences: Vec::new(),
            any_holder: false,
        }
    }

    /// Of this kind of subject token instead, of this issuer. `None`: of this server.
    #[must_use]
    pub fn with_subject_token(mut self, token_type: TokenType, issuer: Option<String>) -> Self {
        (self.token_type, self.issuer) = (token_type, issuer);
        self
    }

    /// For this `resource` or `audience`.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<String>) -> Self {
        self.targets.push(target.into());
        self
    }

    /// The most that it may give.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Of tokens for this audience: it is the client as a protected resource.
    #[must_use]
    pub fn with_own_audience(mut self, audience: impl Into<String>) -> Self {
        self.own_audiences.push(audience.into());
        self
    }

    /// Of tokens that were neither issued to this client nor for it, too.
    ///
    /// # Security
    /// Whoever gets at any token may then have this client exchange it.
    #[must_use]
    pub const fn with_any_holder(mut self, any: bool) -> Self {
        self.any_holder = any;
        self
    }

    /// The client.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// For which `resource` and `audience`.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    pub(crate) const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether a token was issued to the client, or for it, or nobody asks.
    pub(crate) fn lets_have(&self, token: &ExchangedToken) -> bool {
        let is_own = |audience: &String| self.own_audiences.contains(audience) || audience == self.client_id.as_str();
        self.any_holder
            || token.client_id.as_ref() == Some(&self.client_id)
            || token.granted.resources.iter().any(is_own)
    }

    pub(crate) fn is_for(&self, client_id: &ClientId, mode: ExchangeMode, subject: &ExchangedToken) -> bool {
        self.client_id == *client_id
            && self.mode == mode
            && self.token_type == subject.token_type
            && self.issuer == subject.issuer
    }

    pub(crate) fn has_targets<'t>(&self, mut targets: impl Iterator<Item = &'t String>) -> bool {
        // Where nothing is asked for it is all that the rule has, and no resources stand for every one.
        !self.targets.is_empty() && targets.all(|target| self.targets.contains(target))
    }
}

/// A token that is exchanged, or that names the actor, once it was found to be live and right. `Debug` shows no person.
///
/// ```
/// # fn found(stored: symbolon_server::StoredAccessToken) {
/// use symbolon_server::ExchangedToken;
/// // An access token of this server, as the store has it:
/// let token = ExchangedToken::from(stored);
/// assert_eq!(token.issuer, None);
/// # }
/// ```
///
/// # Security
/// Of every other kind of token the embedding program says here what it is: it has verified signature, issuer, audience,
/// lifetime and revocation. A review greps for [`Self::assume_validated`].
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExchangedToken {
    /// What kind of token it is.
    pub token_type: TokenType,
    /// Who issued it; `None`: this server.
    pub issuer: Option<String>,
    /// The client that it was issued to, if that is known.
    pub client_id: Option<ClientId>,
    /// What it is good for: whose account, scope, resources, authorization details, `act` and `may_act`.
    pub granted: Granted,
    /// The keys that it is bound to.
    pub confirmation: Confirmation,
    /// When it expires.
    pub expires: UtcDateTime,
    /// The family that it belongs to: what is issued for it ends with it.
    pub family: Option<FamilyId>,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl ExchangedToken {
    /// A token of another kind, or of another issuer, which the embedding program has validated in full.
    pub const fn assume_validated(
        token_type: TokenType,
        issuer: Option<String>,
        granted: Granted,
        expires: UtcDateTime,
    ) -> Self {
        let confirmation = Confirmation::NONE;
        Self { token_type, issuer, client_id: None, granted, confirmation, expires, family: None, revoked: false }
    }

    /// Whether it lives, and for a second at least: what is issued for it lives no longer.
    pub(crate) fn is_live(&self, now: UtcDateTime) -> bool {
        !self.revoked && now.saturating_add(Duration::SECOND) <= self.expires
    }
}

impl From<StoredAccessToken> for ExchangedToken {
    fn from(stored: StoredAccessToken) -> Self {
        Self {
            token_type: TokenType::AccessToken,
            issuer: None,
            client_id: Some(stored.client_id),
            granted: stored.granted,
            confirmation: stored.confirmation,
            expires: stored.expires,
            family: stored.family,
            revoked: stored.revoked,
        }
    }
}

impl fmt::Debug for ExchangedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangedToken")
            .field("token_type", &kind(&self.token_type))
            .field("client_id", &self.client_id)
            .field("granted", &self.granted)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What kind of token it is, to be shown: a kind that is not registered is the peer's text (D21).
pub(crate) fn kind(token_type: &TokenType) -> &str {
    match token_type {
        TokenType::Other(_) => "other",
        registered => registered.as_str(),
    }
}

/// Longest chain of actors, the current one included: more is no longer told or understood by anybody.
pub const MAX_ACTORS: usize = 4;

/// `act` of a token that this actor gets for a subject ([RFC 8693 §4.1]): the actor, and within it those before.
///
/// [RFC 8693 §4.1]: https://www.rfc-editor.org/rfc/rfc8693#section-4.1
pub(crate) fn act(actor: &str, issuer: Option<&str>, before: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut act = Map::new();
    act.insert("sub".into(), actor.into());
    if let Some(issuer) = issuer {
        act.insert("iss".into(), issuer.into());
    }
    if let Some(before) = before {
        act.insert("act".into(), Value::Object(before.clone()));
    }
    act
}

/// How many actors a chain has; `None`: more than [`MAX_ACTORS`], or it is malformed.
pub(crate) fn actors(act: Option<&Map<String, Value>>) -> Option<usize> {
    let mut rest = act;
    for count in 0..=MAX_ACTORS {
        match rest {
            None => return Some(count),
            Some(act) => {
                rest = match act.get("act") {
                    None => None,
                    Some(before) => Some(before.as_object()?),
                }
            }
        }
    }
    None
}

/// Who wants to act, for [`may_act`].
pub(crate) struct Party<'a> {
    pub(crate) name: &'a str,
    pub(crate) client_id: &'a ClientId,
    /// Who knows it by that name.
    pub(crate) issuer: &'a str,
}

/// Whether `may_act` ([RFC 8693 §4.4]) of a token of this issuer lets this party act: every member of it that names somebody
/// names this one. A `sub` without `iss` is somebody whom the issuer of the token itself knows by that name.
///
/// [RFC 8693 §4.4]: https://www.rfc-editor.org/rfc/rfc8693#section-4.4
pub(crate) fn may_act(allowed: &Map<String, Value>, token_issuer: &str, party: &Party<'_>) -> bool {
    let is = |name: &str, value: &str| allowed.get(name).is_none_or(|named| named.as_str() == Some(value));
    let by_name = allowed.contains_key("sub");
    let is_known_here = !by_name || allowed.contains_key("iss") || party.issuer == token_issuer;
    (by_name || allowed.contains_key("client_id"))
        && is("sub", party.name)
        && is("client_id", party.client_id.as_str())
        && is("iss", party.issuer)
        && is_known_here
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chain_of_actors_is_counted_to_its_bound() {
        let mut chain: Option<Map<String, Value>> = None;
        assert_eq!(actors(chain.as_ref()), Some(0));
        for count in 1..=MAX_ACTORS {
            chain = Some(act("a", None, chain.as_ref()));
            assert_eq!(actors(chain.as_ref()), Some(count));
        }
        assert_eq!(actors(Some(&act("a", None, chain.as_ref()))), None);
        let mut malformed = act("a", None, None);
        malformed.insert("act".into(), "b".into());
        assert_eq!(actors(Some(&malformed)), None);
    }

    #[test]
    fn may_act_names_somebody_and_this_one_in_every_member() {
        const OURS: &str = "https://as.example";
        let of = |value: Value| value.as_object().cloned().unwrap();
        let client = ClientId::parse("app").unwrap();
        let may =
            |value: Value, issuer| may_act(&of(value), OURS, &Party { name: "alice", client_id: &client, issuer });
        for this in [
            json!({ "sub": "alice" }),
            json!({ "client_id": "app" }),
            json!({ "sub": "alice", "iss": OURS }),
            json!({ "sub": "alice", "client_id": "app", "iss": OURS }),
        ] {
            assert!(may(this.clone(), OURS), "{this}");
        }
        for other in [
            json!({}),
            json!({ "iss": OURS }),
            json!({ "sub": "bob" }),
            json!({ "sub": "alice", "client_id": "other" }),
            json!({ "sub": ["alice"] }),
            json!({ "sub": "alice", "iss": "https://i" }),
            json!({ "sub": "alice", "iss": null }),
        ] {
            assert!(!may(other.clone(), OURS), "{other}");
        }
        // Another issuer's alice is somebody else, unless it is she who is named.
        assert!(!may(json!({ "sub": "alice" }), "https://i"));
        assert!(!may(json!({ "sub": "alice", "iss": OURS }), "https://i"));
        assert!(may(json!({ "sub": "alice", "iss": "https://i" }), "https://i"));
    }
}
