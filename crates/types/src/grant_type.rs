use alloc::string::String;
use core::fmt;

/// A `grant_type` value ([RFC 6749 §4], [RFC 6749 §4.5]).
///
/// ```
/// use symbolon_types::GrantType;
/// assert_eq!(GrantType::parse("authorization_code"), GrantType::AuthorizationCode);
/// assert_eq!(GrantType::parse("AUTHORIZATION_CODE").as_str(), "AUTHORIZATION_CODE");
/// ```
///
/// [RFC 6749 §4]: https://www.rfc-editor.org/rfc/rfc6749#section-4
/// [RFC 6749 §4.5]: https://www.rfc-editor.org/rfc/rfc6749#section-4.5
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GrantType {
    /// `authorization_code`
    AuthorizationCode,
    /// `refresh_token`
    RefreshToken,
    /// `client_credentials`
    ClientCredentials,
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer` ([RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1))
    JwtBearer,
    /// `urn:ietf:params:oauth:grant-type:device_code` ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4))
    DeviceCode,
    /// `urn:ietf:params:oauth:grant-type:token-exchange` ([RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1))
    TokenExchange,
    /// `urn:openid:params:grant-type:ciba`
    /// ([OpenID CIBA §10.1](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request))
    Ciba,
    /// Another grant type, kept as received: an extension grant, or one that nobody supports.
    Other(String),
}

impl GrantType {
    /// Reads a value byte for byte; an unknown one is kept.
    pub fn parse(value: &str) -> Self {
        match value {
            "authorization_code" => Self::AuthorizationCode,
            "refresh_token" => Self::RefreshToken,
            "client_credentials" => Self::ClientCredentials,
            JWT_BEARER => Self::JwtBearer,
            DEVICE_CODE => Self::DeviceCode,
            TOKEN_EXCHANGE => Self::TokenExchange,
            CIBA => Self::Ciba,
            other => Self::Other(other.into()),
        }
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer => JWT_BEARER,
            Self::DeviceCode => DEVICE_CODE,
            Self::TokenExchange => TOKEN_EXCHANGE,
            Self::Ciba => CIBA,
            Self::Other(value) => value,
        }
    }
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_and_case_counts() {
        for value in ["authorization_code", "refresh_token", "client_credentials", "urn:example:voucher", "password"] {
            assert_eq!(GrantType::parse(value).as_str(), value);
        }
        for value in [JWT_BEARER, DEVICE_CODE, TOKEN_EXCHANGE, CIBA] {
            assert_eq!(GrantType::parse(value).as_str(), value);
            assert!(!matches!(GrantType::parse(value), GrantType::Other(_)));
            assert!(matches!(GrantType::parse(&value.to_uppercase()), GrantType::Other(_)));
        }
        assert!(matches!(GrantType::parse("Refresh_Token"), GrantType::Other(_)));
        assert!(!matches!(GrantType::parse("refresh_token"), GrantType::Other(_)));
    }
}
