use alloc::string::String;
use core::fmt;

/// A client authentication method by its registered name (`token_endpoint_auth_method`, [RFC 7591 §2]).
///
/// A value says which method a client registered, not that it was used.
///
/// ```
/// use symbolon_types::AuthMethod;
/// assert_eq!(AuthMethod::parse("private_key_jwt"), AuthMethod::PrivateKeyJwt);
/// assert_eq!(AuthMethod::parse("spiffe_jwt").as_str(), "spiffe_jwt");
/// ```
///
/// [RFC 7591 §2]: https://www.rfc-editor.org/rfc/rfc7591#section-2
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// `none`: a public client.
    None,
    /// `client_secret_basic`: HTTP Basic ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    ClientSecretBasic,
    /// `client_secret_post`: in the form ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    ClientSecretPost,
    /// `client_secret_jwt`: an assertion with a MAC ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    ClientSecretJwt,
    /// `private_key_jwt`: an assertion with a signature ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
    PrivateKeyJwt,
    /// `tls_client_auth` ([RFC 8705 §2.1](https://www.rfc-editor.org/rfc/rfc8705#section-2.1)).
    TlsClientAuth,
    /// `self_signed_tls_client_auth` ([RFC 8705 §2.2](https://www.rfc-editor.org/rfc/rfc8705#section-2.2)).
    SelfSignedTlsClientAuth,
    /// A method that only the embedding program knows.
    Other(String),
}

impl AuthMethod {
    /// Reads a name; an unknown one is kept.
    pub fn parse(name: &str) -> Self {
        match name {
            "none" => Self::None,
            "client_secret_basic" => Self::ClientSecretBasic,
            "client_secret_post" => Self::ClientSecretPost,
            "client_secret_jwt" => Self::ClientSecretJwt,
            "private_key_jwt" => Self::PrivateKeyJwt,
            "tls_client_auth" => Self::TlsClientAuth,
            "self_signed_tls_client_auth" => Self::SelfSignedTlsClientAuth,
            other => Self::Other(other.into()),
        }
    }

    /// The registered name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            Self::Other(name) => name,
        }
    }

    /// Whether a client of this method is public: it proves nothing about itself
    /// ([RFC 6749 §2.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.1)).
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_registered_name_reads_back_and_others_are_kept() {
        let names = [
            "none",
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
        ];
        for name in names {
            let method = AuthMethod::parse(name);
            assert_eq!(method.as_str(), name);
            assert!(!matches!(method, AuthMethod::Other(_)));
        }
        assert_eq!(AuthMethod::parse("None"), AuthMethod::Other("None".into()), "names are case-sensitive");
    }
}
