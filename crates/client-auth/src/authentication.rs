use alloc::{vec, vec::Vec};

use symbolon_crypto::CryptoProvider;
use symbolon_types::{AuthMethod, ClientId, Secret};
use time::UtcDateTime;

use crate::{ApplyError, AssertionSigner, CLIENT_ASSERTION_TYPE_JWT_BEARER, SecretAssertionSigner, basic};

/// How a client authenticates: the client's half of each method ([RFC 6749 §2.3], [RFC 7523 §2.2]).
///
/// One value is one method; there is no fallback to another one. `Debug` shows no secret.
///
/// ```
/// use symbolon_client_auth::{ClientAuthentication, types::ClientId};
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let basic = ClientAuthentication::Basic("password".into());
/// let applied = basic.apply(&PROVIDER, &ClientId::parse("test_rp_yt2")?, now)?;
/// assert_eq!(applied.headers[0].0, "authorization");
/// assert_eq!(applied.headers[0].1.expose(), "Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=");
/// assert!(applied.parameters.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3
/// [RFC 7523 §2.2]: https://www.rfc-editor.org/rfc/rfc7523#section-2.2
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: `client_id` in the form.
    None,
    /// `client_secret_basic`, both halves form-encoded as the specification says.
    Basic(Secret),
    /// `client_secret_basic` without form-encoding, for servers that do not decode (R18). It is the same header as
    /// [`Self::Basic`] where id and secret have only letters, digits and `*-._`.
    BasicRaw(Secret),
    /// `client_secret_post`: `client_id` and `client_secret` in the form.
    Post(Secret),
    /// `client_secret_jwt`: a fresh assertion with a MAC in the form.
    SecretJwt(SecretAssertionSigner),
    /// `private_key_jwt`: a fresh signed assertion in the form.
    PrivateKeyJwt(AssertionSigner),
    /// `tls_client_auth`: `client_id` in the form ([RFC 8705 §2](https://www.rfc-editor.org/rfc/rfc8705#section-2)). The
    /// certificate and its key are the transport's: whoever sends the request gives them to its TLS library.
    TlsClientAuth,
    /// `self_signed_tls_client_auth`: the same, with a certificate that the client registered.
    SelfSignedTlsClientAuth,
}

impl ClientAuthentication {
    /// Makes what goes into the request. Every call of a method with assertions makes another one, so call it once per
    /// request that is sent.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ApplyError::EmptySecret`]: a secret of no length, which no server may accept.
    /// - [`ApplyError::ColonInClientId`]: an id that Basic without form-encoding cannot carry.
    /// - [`ApplyError::SymmetricKey`], [`ApplyError::Lifetime`]: an assertion signer that cannot be right.
    /// - [`ApplyError::Random`], [`ApplyError::Sign`]: the provider failed.
    pub fn apply(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Applied, ApplyError> {
        let id = client_id.as_str();
        match self {
            // RFC 8705 §2: the server finds the client by it.
            Self::None | Self::TlsClientAuth | Self::SelfSignedTlsClientAuth => {
                Ok(Applied { headers: Vec::new(), parameters: vec![("client_id", id.into())] })
            }
            Self::Basic(secret) => Ok(authorization(basic::write(id, not_empty(secret)?, true))),
            Self::BasicRaw(_) if id.contains(':') => Err(ApplyError::ColonInClientId),
            Self::BasicRaw(secret) => Ok(authorization(basic::write(id, not_empty(secret)?, false))),
            Self::Post(secret) => {
                let secret = not_empty(secret)?.clone();
                let parameters = vec![("client_id", id.into()), ("client_secret", secret)];
                Ok(Applied { headers: Vec::new(), parameters })
            }
            Self::SecretJwt(signer) => Ok(assertion(id, signer.sign(crypto, client_id, now)?)),
            Self::PrivateKeyJwt(signer) => Ok(assertion(id, signer.sign(crypto, client_id, now)?)),
        }
    }

    /// The method's registered name.
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Basic(_) | Self::BasicRaw(_) => AuthMethod::ClientSecretBasic,
            Self::Post(_) => AuthMethod::ClientSecretPost,
            Self::SecretJwt(_) => AuthMethod::ClientSecretJwt,
            Self::PrivateKeyJwt(_) => AuthMethod::PrivateKeyJwt,
            Self::TlsClientAuth => AuthMethod::TlsClientAuth,
            Self::SelfSignedTlsClientAuth => AuthMethod::SelfSignedTlsClientAuth,
        }
    }
}

/// What a method adds to a request: lower-case header names with their values, and parameters of the form before they
/// are form-encoded.
///
/// ```
/// use symbolon_client_auth::{ClientAuthentication, types::ClientId};
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// let public = ClientAuthentication::None;
/// let applied = public.apply(&PROVIDER, &ClientId::parse("app")?, UtcDateTime::UNIX_EPOCH)?;
/// assert_eq!(applied.parameters, [("client_id", "app".into())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Applied {
    /// Headers.
    pub headers: Vec<(&'static str, Secret)>,
    /// Parameters of the form.
    pub parameters: Vec<(&'static str, Secret)>,
}

fn authorization(value: Secret) -> Applied {
    Applied { headers: vec![("authorization", value)], parameters: Vec::new() }
}

fn assertion(client_id: &str, assertion: Secret) -> Applied {
    // `client_id` is optional here (RFC 7521 §4.2); some servers ask for it (R5).
    let parameters = vec![
        ("client_id", client_id.into()),
        ("client_assertion_type", CLIENT_ASSERTION_TYPE_JWT_BEARER.into()),
        ("client_assertion", assertion),
    ];
    Applied { headers: Vec::new(), parameters }
}

fn not_empty(secret: &Secret) -> Result<&Secret, ApplyError> {
    if secret.is_empty() { Err(ApplyError::EmptySecret) } else { Ok(secret) }
}
