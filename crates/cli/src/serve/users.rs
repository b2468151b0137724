//! Test users, and the accounts that subjects of others are linked to.
use std::collections::BTreeMap;

use symbolon::{
    server::{Granted, RESERVED_CLAIMS},
    types::Scope,
};
use time::UtcDateTime;

use super::{ServeError, User};

/// The users by their logins.
pub(super) fn by_login(users: &[User]) -> Result<BTreeMap<String, User>, ServeError> {
    let mut known = BTreeMap::new();
    for user in users {
        user.judge().map_err(|problem| ServeError::User { login: user.login.clone(), problem })?;
        if let Some(twin) = known.insert(user.login.clone(), user.clone()) {
            return Err(ServeError::User { login: twin.login, problem: "stands there twice".into() });
        }
    }
    Ok(known)
}

/// OpenID Connect Core §2: at most 255 ASCII characters.
pub(super) fn judge_subject(sub: &str) -> Result<(), &'static str> {
    let is_subject = !sub.is_empty() && sub.len() <= 255 && sub.is_ascii();
    if is_subject { Ok(()) } else { Err("is not 1 to 255 ASCII characters") }
}

impl User {
    /// What this user, who signed in now, grants.
    pub(super) fn grants(&self, scope: Scope, now: UtcDateTime) -> Granted {
        let mut granted = Granted::to_user(&self.sub, scope);
        granted.auth_time = Some(now);
        granted.acr.clone_from(&self.acr);
        granted.amr.clone_from(&self.amr);
        granted.with_claims(&self.claims)
    }

    fn judge(&self) -> Result<(), String> {
        judge_subject(&self.sub).map_err(|problem| format!("`sub` {problem}"))?;
        if self.login.is_empty() {
            return Err("`login` is empty".into());
        }
        match self.claims.keys().find(|name| RESERVED_CLAIMS.contains(&name.as_str())) {
            Some(name) => Err(format!("`{name}` is the server's to say")),
            None => Ok(()),
        }
    }
}
