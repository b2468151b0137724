use symbolon_types::AuthMethod;

/// A set of client authentication methods, a bit each. Those that only the embedding program knows share one.
///
/// ```
/// use symbolon_policy::AuthMethodSet;
/// use symbolon_types::AuthMethod;
/// const KEYS: AuthMethodSet = AuthMethodSet::PRIVATE_KEY_JWT.and(AuthMethodSet::TLS_CLIENT_AUTH);
/// assert!(KEYS.allows(&AuthMethod::PrivateKeyJwt));
/// assert!(!KEYS.allows(&AuthMethod::ClientSecretBasic));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AuthMethodSet(u16);

impl AuthMethodSet {
    /// No method.
    pub const EMPTY: Self = Self(0);
    /// `none`: public clients.
    pub const NONE: Self = Self(1);
    /// `client_secret_basic`
    pub const CLIENT_SECRET_BASIC: Self = Self(1 << 1);
    /// `client_secret_post`
    pub const CLIENT_SECRET_POST: Self = Self(1 << 2);
    /// `client_secret_jwt`
    pub const CLIENT_SECRET_JWT: Self = Self(1 << 3);
    /// `private_key_jwt`
    pub const PRIVATE_KEY_JWT: Self = Self(1 << 4);
    /// `tls_client_auth`
    pub const TLS_CLIENT_AUTH: Self = Self(1 << 5);
    /// `self_signed_tls_client_auth`
    pub const SELF_SIGNED_TLS_CLIENT_AUTH: Self = Self(1 << 6);
    /// Every method that only the embedding program knows ([`AuthMethod::Other`]).
    pub const OTHER: Self = Self(1 << 7);
    /// Every method.
    pub const ALL: Self = Self::SECRETS.and(Self::KEYS).and(Self::NONE).and(Self::OTHER);
    /// The methods by a secret that client and server share.
    pub const SECRETS: Self = Self::CLIENT_SECRET_BASIC.and(Self::CLIENT_SECRET_POST).and(Self::CLIENT_SECRET_JWT);
    /// The methods by a key that the client alone has.
    pub const KEYS: Self = Self::PRIVATE_KEY_JWT.and(Self::TLS_CLIENT_AUTH).and(Self::SELF_SIGNED_TLS_CLIENT_AUTH);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in this set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is nothing in this set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a method is in this set.
    pub const fn allows(self, method: &AuthMethod) -> bool {
        self.has(Self::of(method))
    }

    /// The set of this one method.
    pub const fn of(method: &AuthMethod) -> Self {
        match method {
            AuthMethod::None => Self::NONE,
            AuthMethod::ClientSecretBasic => Self::CLIENT_SECRET_BASIC,
            AuthMethod::ClientSecretPost => Self::CLIENT_SECRET_POST,
            AuthMethod::ClientSecretJwt => Self::CLIENT_SECRET_JWT,
            AuthMethod::PrivateKeyJwt => Self::PRIVATE_KEY_JWT,
            AuthMethod::TlsClientAuth => Self::TLS_CLIENT_AUTH,
            AuthMethod::SelfSignedTlsClientAuth => Self::SELF_SIGNED_TLS_CLIENT_AUTH,
            // A method of a later version is welcome where every one is.
            _ => Self::OTHER,
        }
    }

    /// The methods in this set, those of the embedding program aside: they have no names here.
    pub fn iter(self) -> impl Iterator<Item = AuthMethod> {
        [
            AuthMethod::ClientSecretBasic,
            AuthMethod::ClientSecretPost,
            AuthMethod::ClientSecretJwt,
            AuthMethod::PrivateKeyJwt,
            AuthMethod::TlsClientAuth,
            AuthMethod::SelfSignedTlsClientAuth,
            AuthMethod::None,
        ]
        .into_iter()
        .filter(move |method| self.allows(method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_bit_of_its_own() {
        let other = AuthMethod::Other("private_key_jwt".into());
        let all: Vec<AuthMethod> = AuthMethodSet::ALL.iter().chain([other]).collect();
        assert_eq!(all.len(), 8);
        for one in &all {
            for two in &all {
                assert_eq!(AuthMethodSet::of(one).allows(two), one == two, "{one} {two}");
            }
            assert!(AuthMethodSet::ALL.allows(one) && !AuthMethodSet::EMPTY.allows(one));
        }
        assert!(AuthMethodSet::EMPTY.is_empty() && !AuthMethodSet::NONE.is_empty());
    }

    #[test]
    fn keys_and_secrets_have_no_method_in_common() {
        let secrets = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::ClientSecretJwt];
        assert!(AuthMethodSet::SECRETS.iter().eq(secrets));
        let keys = [AuthMethod::PrivateKeyJwt, AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth];
        assert!(AuthMethodSet::KEYS.iter().eq(keys));
    }
}
