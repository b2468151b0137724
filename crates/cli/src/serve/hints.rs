//! Who is meant by the hint of a backchannel authentication request (OpenID CIBA §7.1).
use core::fmt;
use std::{collections::BTreeMap, sync::Arc};

use symbolon::{
    jose::{Expected, ExpectedAudience, UnverifiedJwt, VerifyingKeys},
    ring::PROVIDER,
    server::{Endpoint, Hint, RegisteredClient},
    types::Secret,
};
use time::{Duration, UtcDateTime};

use super::{User, keys::Keys};

/// The test users, by all that a client may know them by.
pub(super) struct Hints {
    users: Arc<BTreeMap<String, User>>,
    /// Those that ID tokens of this server are signed with.
    keys: VerifyingKeys,
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hints").field("users", &self.users.len()).finish_non_exhaustive()
    }
}

impl Hints {
    pub(super) fn new(users: Arc<BTreeMap<String, User>>, keys: &Keys) -> Self {
        Self { users, keys: VerifyingKeys::load(&PROVIDER, &keys.jwks(), &keys.algs()) }
    }

    /// Whom this client means, if it is one of them. A `login_hint_token` would be somebody's whom nobody registered.
    pub(super) fn user(
        &self,
        endpoint: &Endpoint,
        client: &RegisteredClient,
        hint: &Hint,
        now: UtcDateTime,
    ) -> Option<&User> {
        match hint {
            Hint::Login(login) => self.users.get(login),
            Hint::IdToken(token) => {
                let sub = self.subject(endpoint, client, token, now)?;
                // The name that the client knows the user by, which may be its sector's alone.
                self.users.values().find(|user| endpoint.subject(client, &user.sub).as_deref() == Some(&sub))
            }
            _ => None,
        }
    }

    /// The subject of an ID token that this client got here, with a signature of this server, and that is not over.
    fn subject(
        &self,
        endpoint: &Endpoint,
        client: &RegisteredClient,
        id_token: &Secret,
        now: UtcDateTime,
    ) -> Option<String> {
        let jwt = UnverifiedJwt::parse(id_token.expose()).ok()?.verify_with(&self.keys).ok()?;
        let claims = jwt.claims().ok()?;
        let expected = Expected {
            issuer: endpoint.issuer().as_str(),
            audience: ExpectedAudience::Exactly(client.client_id().as_str()),
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
    use symbolon::{
        client_auth::RegisteredCredentials,
        policy::GrantSet,
        server::{SectorIdentifier, ServerKey, TokenSigner},
        types::{AuthMethod, ClientId, Issuer, Scope, SecretBytes},
    };

    use super::*;
    use crate::serve::{ServeConfig, users};

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn claims() -> Value {
        json!({ "iss": "https://as.example", "sub": "1", "aud": "bank", "iat": 1_700_000_000, "exp": 1_700_000_300 })
    }

    fn endpoint() -> Endpoint {
        let (issuer, key) = (Issuer::parse("https://as.example").unwrap(), ServerKey::new("1", [7; 32]));
        let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key);
        endpoint.pairwise_key(SecretBytes::new([8; 32])).build().unwrap()
    }

    fn bank() -> RegisteredClient {
        let credentials = RegisteredCredentials::new(ClientId::parse("bank").unwrap(), AuthMethod::ClientSecretBasic);
        RegisteredClient::new(credentials, GrantSet::CIBA, Scope::parse("openid").unwrap())
    }

    fn keys() -> Keys {
        Keys::load(&ServeConfig { development: true, ..ServeConfig::default() }).unwrap()
    }

    fn hints(keys: &Keys) -> Hints {
        let users = users::by_login(&[User::new("alice", "1"), User::new("bob", "2")]).unwrap();
        Hints::new(Arc::new(users), keys)
    }

    fn signed(keys: &Keys, typ: Option<&str>, claims: &Value) -> Hint {
        let TokenSigner::Local(key) = &keys.first else { panic!("a key that is here") };
        Hint::IdToken(Secret::new(key.sign(&PROVIDER, typ, claims).unwrap()))
    }

    #[test]
    fn an_id_token_names_its_subject_to_its_client_as_long_as_it_is_good() {
        let (keys, endpoint, bank) = (keys(), endpoint(), bank());
        let hints = hints(&keys);
        let meant =
            |hint: &Hint, seconds| hints.user(&endpoint, &bank, hint, at(seconds)).map(|user| user.login.as_str());
        let own = signed(&keys, None, &claims());
        for (seconds, login) in [(0, Some("alice")), (299, Some("alice")), (300, None), (-1, None)] {
            assert_eq!(meant(&own, seconds), login, "{seconds}");
        }
        assert_eq!(meant(&signed(&self::keys(), None, &claims()), 0), None, "signed by somebody else");
        assert_eq!(meant(&signed(&keys, Some("at+jwt"), &claims()), 0), None, "an access token");
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
            assert_eq!(meant(&signed(&keys, None, &claims), 0), login, "{claims}");
        }
        assert_eq!(meant(&Hint::Login("bob".into()), 0), Some("bob"));
        assert_eq!(meant(&Hint::Login("1".into()), 0), None, "the name of an account");
        assert_eq!(meant(&Hint::LoginToken("alice".into()), 0), None);
    }

    #[test]
    fn a_client_with_a_sector_names_a_user_as_it_knows_her_and_by_no_other_sectors_name() {
        let (keys, endpoint) = (keys(), endpoint());
        let hints = hints(&keys);
        let of_sector = |host: &str| bank().with_pairwise_subject(SectorIdentifier::parse(host).unwrap());
        let (own, other) = (of_sector("bank.example"), of_sector("other.example"));
        let meant = |client: &RegisteredClient, sub: &str| {
            let mut claims = claims();
            claims["sub"] = json!(sub);
            let found = hints.user(&endpoint, client, &signed(&keys, None, &claims), at(0));
            found.map(|user| user.login.clone())
        };
        let sub = endpoint.subject(&own, "1").unwrap();
        assert_eq!(meant(&own, &sub).as_deref(), Some("alice"));
        for (client, sub) in [(&own, "1"), (&other, &*sub), (&bank(), &sub)] {
            assert_eq!(meant(client, sub), None);
        }
    }
}
