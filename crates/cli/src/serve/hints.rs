//! Who is meant by the hint of a backchannel authentication request (OpenID CIBA §7.1).
use core::fmt;
use std::{collections::BTreeMap, sync::Arc};

use symbolon::{
    jose::{Expected, ExpectedAudience, UnverifiedJwt, VerifyingKeys},
    ring::PROVIDER,
    server::Hint,
    types::{ClientId, Issuer, Secret},
};
use time::{Duration, UtcDateTime};

use super::{User, keys::Keys};

/// The test users, by all that a client may know them by.
pub(super) struct Hints {
    users: Arc<BTreeMap<String, User>>,
    issuer: Issuer,
    /// Those that ID tokens of this server are signed with.
    keys: VerifyingKeys,
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hints").field("users", &self.users.len()).finish_non_exhaustive()
    }
}

impl Hints {
    pub(super) fn new(users: Arc<BTreeMap<String, User>>, issuer: Issuer, keys: &Keys) -> Self {
        Self { users, issuer, keys: VerifyingKeys::load(&PROVIDER, &keys.jwks(), &keys.algs()) }
    }

    /// Whom this client means, if it is one of them. A `login_hint_token` would be somebody's whom nobody registered.
    pub(super) fn user(&self, hint: &Hint, client_id: &ClientId, now: UtcDateTime) -> Option<&User> {
        match hint {
            Hint::Login(login) => self.users.get(login),
            Hint::IdToken(token) => {
                let sub = self.subject(token, client_id, now)?;
                self.users.values().find(|user| user.sub == sub)
            }
            _ => None,
        }
    }

    /// The subject of an ID token that this client got here, and that is not over.
    fn subject(&self, id_token: &Secret, client_id: &ClientId, now: UtcDateTime) -> Option<String> {
        let jwt = UnverifiedJwt::parse(id_token.expose()).ok()?.verify_with(&self.keys).ok()?;
        let claims = jwt.claims().ok()?;
        let expected = Expected {
            issuer: self.issuer.as_str(),
            audience: ExpectedAudience::Exactly(client_id.as_str()),
            typ: &[],
            exp_leeway: Duration::ZERO,
            future_leeway: Duration::ZERO,
        };
        claims.check(&expected, jwt.header(), now).ok()?;
        claims.get("sub")?.as_str().map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use symbolon::server::TokenSigner;

    use super::*;
    use crate::serve::{ServeConfig, users};

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn claims() -> Value {
        json!({ "iss": "https://as.example", "sub": "1", "aud": "bank", "iat": 1_700_000_000, "exp": 1_700_000_300 })
    }

    #[test]
    fn an_id_token_names_its_subject_to_its_client_as_long_as_it_is_good() {
        let development = ServeConfig { development: true, ..ServeConfig::default() };
        let (keys, other) = (Keys::load(&development).unwrap(), Keys::load(&development).unwrap());
        let users = users::by_login(&[User::new("alice", "1"), User::new("bob", "2")]).unwrap();
        let hints = Hints::new(Arc::new(users), Issuer::parse("https://as.example").unwrap(), &keys);
        let bank = ClientId::parse("bank").unwrap();
        let by = |keys: &Keys, typ: Option<&str>, claims: &Value| {
            let TokenSigner::Local(key) = &keys.first else { panic!("a key that is here") };
            Hint::IdToken(Secret::new(key.sign(&PROVIDER, typ, claims).unwrap()))
        };
        let meant = |hint: &Hint, seconds| hints.user(hint, &bank, at(seconds)).map(|user| user.login.as_str());
        let own = by(&keys, None, &claims());
        for (seconds, login) in [(0, Some("alice")), (299, Some("alice")), (300, None), (-1, None)] {
            assert_eq!(meant(&own, seconds), login, "{seconds}");
        }
        assert_eq!(meant(&by(&other, None, &claims()), 0), None, "signed by somebody else");
        assert_eq!(meant(&by(&keys, Some("at+jwt"), &claims()), 0), None, "an access token");
        for (name, value, login) in [
            ("sub", json!("2"), Some("bob")),
            ("sub", json!("3"), None),
            ("sub", json!(null), None),
            ("iss", json!("https://other.example"), None),
            ("aud", json!("shop"), None),
            ("aud", json!(["bank", "shop"]), None),
            ("exp", json!(null), None),
        ] {
            let mut claims = claims();
            claims[name] = value;
            assert_eq!(meant(&by(&keys, None, &claims), 0), login, "{claims}");
        }
        assert_eq!(meant(&Hint::Login("bob".into()), 0), Some("bob"));
        assert_eq!(meant(&Hint::Login("1".into()), 0), None, "the name of an account");
        assert_eq!(meant(&Hint::LoginToken("alice".into()), 0), None);
    }
}
