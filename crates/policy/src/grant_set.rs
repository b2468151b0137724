use symbolon_types::GrantType;

/// A set of registered grant types, a bit each. Extension grants are named on the endpoint and the client instead.
///
/// ```
/// use symbolon_policy::GrantSet;
/// use symbolon_types::GrantType;
/// const LOGIN: GrantSet = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
/// assert!(LOGIN.allows(&GrantType::RefreshToken));
/// assert!(!LOGIN.allows(&GrantType::ClientCredentials));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GrantSet(u16);

impl GrantSet {
    /// No grant.
    pub const NONE: Self = Self(0);
    /// `authorization_code`
    pub const AUTHORIZATION_CODE: Self = Self(1);
    /// `refresh_token`
    pub const REFRESH_TOKEN: Self = Self(2);
    /// `client_credentials`
    pub const CLIENT_CREDENTIALS: Self = Self(4);
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`
    pub const JWT_BEARER: Self = Self(8);
    /// `urn:ietf:params:oauth:grant-type:device_code`
    pub const DEVICE_CODE: Self = Self(16);
    /// `urn:ietf:params:oauth:grant-type:token-exchange`
    pub const TOKEN_EXCHANGE: Self = Self(32);
    /// `urn:openid:params:grant-type:ciba`
    pub const CIBA: Self = Self(64);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in this set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a grant type is in this set. [`GrantType::Other`] never is.
    pub const fn allows(self, grant_type: &GrantType) -> bool {
        match Self::of(grant_type) {
            Some(one) => self.has(one),
            None => false,
        }
    }

    /// The set of this one grant type; `None` for extension grants.
    pub const fn of(grant_type: &GrantType) -> Option<Self> {
        match grant_type {
            GrantType::AuthorizationCode => Some(Self::AUTHORIZATION_CODE),
            GrantType::RefreshToken => Some(Self::REFRESH_TOKEN),
            GrantType::ClientCredentials => Some(Self::CLIENT_CREDENTIALS),
            GrantType::JwtBearer => Some(Self::JWT_BEARER),
            GrantType::DeviceCode => Some(Self::DEVICE_CODE),
            GrantType::TokenExchange => Some(Self::TOKEN_EXCHANGE),
            GrantType::Ciba => Some(Self::CIBA),
            _ => None,
        }
    }

    /// The grant types in this set.
    pub fn iter(self) -> impl Iterator<Item = GrantType> {
        [
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
            GrantType::JwtBearer,
            GrantType::DeviceCode,
            GrantType::TokenExchange,
            GrantType::Ciba,
        ]
        .into_iter()
        .filter(move |grant_type| self.allows(grant_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_no_extension() {
        let set = GrantSet::AUTHORIZATION_CODE.and(GrantSet::CLIENT_CREDENTIALS);
        assert!(set.allows(&GrantType::AuthorizationCode) && set.allows(&GrantType::ClientCredentials));
        assert!(!set.allows(&GrantType::RefreshToken));
        assert!(!set.allows(&GrantType::Other("authorization_code".into())));
        assert_eq!(set.iter().count(), 2);
        assert_eq!(GrantSet::NONE.iter().count(), 0);
        let other = [GrantSet::JWT_BEARER, GrantSet::DEVICE_CODE, GrantSet::TOKEN_EXCHANGE, GrantSet::CIBA];
        for one in other {
            assert_eq!(one.iter().count(), 1, "a bit of its own");
            assert!(!set.has(one));
            assert!(one.iter().all(|grant_type| GrantSet::of(&grant_type) == Some(one)));
        }
    }
}
