use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_crypto::CryptoProvider;
use symbolon_jose::{KeyError, SigningKey, VerifyingKeys};
use symbolon_types::{Alg, AuthMethod, ClientId, Digest, Secret};
use time::UtcDateTime;

use crate::{ClientCertificates, secret::mac_key};

/// What this crate needs of a client's registration ([RFC 7591 §2]), and no more.
///
/// Exactly one method is registered, and no other is taken ([OIDC Registration §2]). That `method`, `secrets` and `keys`
/// go together is not checked here: a client without the secret or key of its method authenticates never.
///
/// ```
/// use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret, types::{AuthMethod, ClientId, Secret}};
///
/// let client = RegisteredCredentials::new(ClientId::parse("oidc-client")?, AuthMethod::ClientSecretBasic)
///     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")))
///     .with_secret(RegisteredSecret::Plain(Secret::new("the next secret, while both are live")));
/// assert_eq!(client.secrets.len(), 2);
/// assert!(!format!("{client:?}").contains("mysecret"));
/// # Ok::<(), symbolon_client_auth::types::IdentifierError>(())
/// ```
///
/// [OIDC Registration §2]: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
/// [RFC 7591 §2]: https://www.rfc-editor.org/rfc/rfc7591#section-2
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RegisteredCredentials {
    /// Its identifier.
    pub client_id: ClientId,
    /// Its one method (`token_endpoint_auth_method`).
    pub method: AuthMethod,
    /// Its live secrets; several while it changes from one to the next.
    pub secrets: Vec<RegisteredSecret>,
    /// When they expire (`client_secret_expires_at`, [RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)):
    /// from then on none of them authenticates. `None`: they do not.
    pub secret_expires_at: Option<UtcDateTime>,
    /// Its public keys.
    pub keys: ClientKeys,
    /// The algorithms that its assertions may have (`token_endpoint_auth_signing_alg`); empty: all of the policy's.
    pub algorithms: Vec<Alg>,
    /// Its certificates, or their name.
    pub certificates: ClientCertificates,
    /// The organisation number of its business certificates, nine digits: with it an assertion may name its key by `x5c`
    /// (security decision D13), if the caller brings the validated chain.
    pub organization_number: Option<String>,
    /// Whether its Basic secret may also come without form-encoding (security decision D17).
    ///
    /// The id must then read the same in both forms.
    pub lenient_basic: bool,
}

impl RegisteredCredentials {
    /// A client with this method, and neither secret nor key.
    pub const fn new(client_id: ClientId, method: AuthMethod) -> Self {
        Self {
            client_id,
            method,
            secrets: Vec::new(),
            secret_expires_at: None,
            keys: ClientKeys::None,
            algorithms: Vec::new(),
            certificates: ClientCertificates::None,
            organization_number: None,
            lenient_basic: false,
        }
    }

    /// Adds a live secret. A blank one is none: it is left out, in clear and as the digest of nothing (A126).
    #[must_use]
    pub fn with_secret(mut self, secret: RegisteredSecret) -> Self {
        if !secret.is_blank() {
            self.secrets.push(secret);
        }
        self
    }

    /// Says when its secrets expire (security decision D27).
    #[must_use]
    pub const fn with_secret_expiry(mut self, expires_at: UtcDateTime) -> Self {
        self.secret_expires_at = Some(expires_at);
        self
    }

    /// The key of a MAC that the server and the client share: the octets of its secret
    /// ([OIDC Core §10.1](https://openid.net/specs/openid-connect-core-1_0.html#Signing)). For ID tokens whose `alg` is a MAC.
    ///
    /// Of several live secrets it is the first one that is kept in clear, for nothing in a token says which one it is: a client
    /// that changes its secret verifies with the old one until that is taken out here. Whether it has expired is not asked.
    ///
    /// ```
    /// use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
    /// use symbolon_client_auth::types::{Alg, AuthMethod, ClientId, Secret};
    /// use symbolon_crypto_ring::PROVIDER;
    ///
    /// // The secret of OpenID Connect Registration §3.2.1.
    /// let secret = Secret::new("ZJYCqe3GGRvdrudKyZS0XhGv_Z45DuKhCUk0gBR1vZk");
    /// let client = RegisteredCredentials::new(ClientId::parse("s6BhdRkqt3")?, AuthMethod::ClientSecretBasic);
    /// assert!(client.mac_key(&PROVIDER, Alg::Hs256).is_err());
    /// let client = client.with_secret(RegisteredSecret::Plain(secret));
    /// assert_eq!(client.mac_key(&PROVIDER, Alg::Hs256)?.alg(), Alg::Hs256);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is no MAC.
    /// - [`KeyError::NotPrivate`]: no secret is kept in clear, or the client is public. A digest is never the key of a MAC
    ///   (security decision D11).
    /// - [`KeyError::WeakKey`]: the secret is shorter than the hash.
    /// - [`KeyError::Unsupported`]: the provider lacks the MAC.
    pub fn mac_key(&self, crypto: &CryptoProvider, alg: Alg) -> Result<SigningKey, KeyError> {
        if !alg.is_symmetric() {
            return Err(KeyError::AlgKeyMismatch);
        }
        let in_clear = self.secrets.iter().filter(|_| !self.method.is_public()).find_map(|secret| match secret {
            RegisteredSecret::Plain(secret) => Some(secret),
            _ => None,
        });
        SigningKey::from_secret(crypto, alg, &mac_key(in_clear.ok_or(KeyError::NotPrivate)?))
    }

    /// Sets its public keys.
    #[must_use]
    pub fn with_keys(mut self, keys: ClientKeys) -> Self {
        self.keys = keys;
        self
    }

    /// Sets the algorithms that its assertions may have.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl Into<Vec<Alg>>) -> Self {
        self.algorithms = algorithms.into();
        self
    }

    /// Sets its certificates, or their name.
    #[must_use]
    pub fn with_certificates(mut self, certificates: ClientCertificates) -> Self {
        self.certificates = certificates;
        self
    }

    /// Sets the organisation number of its business certificates.
    #[must_use]
    pub fn with_organization_number(mut self, number: impl Into<String>) -> Self {
        self.organization_number = Some(number.into());
        self
    }

    /// Says whether its Basic secret may also come without form-encoding.
    #[must_use]
    pub const fn with_lenient_basic(mut self, lenient: bool) -> Self {
        self.lenient_basic = lenient;
        self
    }
}

/// A live secret of a client, in the form in which it is kept (security decision D11). `Debug` names the form only.
///
/// No form makes a blank secret right: a blank one is never registered by [`RegisteredCredentials::with_secret`], and a
/// blank presented one matches nothing.
///
/// ```
/// use symbolon_client_auth::RegisteredSecret;
/// assert_eq!(format!("{:?}", RegisteredSecret::Plain("mysecret".into())), "Plain(..)");
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegisteredSecret {
    /// The SHA-256 of the secret's UTF-8 text. Only for secrets with enough entropy: 32 random bytes, not a password.
    Sha256(Digest),
    /// In clear, where something else needs it (a MAC). It is compared by its digest all the same.
    Plain(Secret),
    /// Kept in a form that only the embedding program can judge (Argon2, a KMS): it brings a
    /// [`Verdict`](crate::Verdict).
    JudgedByCaller,
}

impl RegisteredSecret {
    fn is_blank(&self) -> bool {
        match self {
            Self::Sha256(digest) => *digest == SHA256_OF_NOTHING,
            Self::Plain(secret) => secret.is_empty(),
            Self::JudgedByCaller => false,
        }
    }
}

impl fmt::Debug for RegisteredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "Sha256(..)",
            Self::Plain(_) => "Plain(..)",
            Self::JudgedByCaller => "JudgedByCaller",
        })
    }
}

/// Where a client's public keys are ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2): `jwks` or
/// `jwks_uri`, never both).
///
/// ```
/// use symbolon_client_auth::ClientKeys;
/// assert!(matches!(ClientKeys::default(), ClientKeys::None));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientKeys {
    /// Nowhere.
    #[default]
    None,
    /// In the registration (`jwks`).
    Inline(VerifyingKeys),
    /// At an address (`jwks_uri`): the caller fetches and caches them, and brings them as
    /// [`Evidence::keys`](crate::Evidence).
    Uri(String),
}

/// SHA-256 of the empty text ([FIPS 180-4](https://doi.org/10.6028/NIST.FIPS.180-4)).
const SHA256_OF_NOTHING: Digest = Digest::from_bytes([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a126_a_blank_secret_is_never_registered() {
        let client = RegisteredCredentials::new(ClientId::parse("c").unwrap(), AuthMethod::ClientSecretPost)
            .with_secret(RegisteredSecret::Plain(Secret::new("")))
            .with_secret(RegisteredSecret::Sha256(SHA256_OF_NOTHING));
        assert_eq!(client.secrets, []);
        let client = client.with_secret(RegisteredSecret::Plain(Secret::new("x")));
        assert_eq!(client.secrets.len(), 1);
    }

    #[test]
    fn the_digest_of_nothing_is_the_digest_of_nothing() {
        assert_eq!(Digest::from_bytes(symbolon_crypto_ring::PROVIDER.sha256.digest(&[])), SHA256_OF_NOTHING);
        assert_ne!(Digest::from_bytes(symbolon_crypto_ring::PROVIDER.sha256.digest(&[b" "])), SHA256_OF_NOTHING);
    }

    #[test]
    fn d11_the_key_of_a_mac_is_a_secret_in_clear_of_a_confidential_client_and_as_long_as_the_hash() {
        let crypto = symbolon_crypto_ring::PROVIDER;
        let (first, second) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        let client = |method| RegisteredCredentials::new(ClientId::parse("c").unwrap(), method);
        let plain = |secret| RegisteredSecret::Plain(Secret::new(secret));
        let digest = RegisteredSecret::Sha256(Digest::from_bytes(crypto.sha256.digest(&[first.as_bytes()])));
        let key = |client: &RegisteredCredentials, alg| client.mac_key(&crypto, alg);
        let token = |key: SigningKey| key.sign(&crypto, None, &serde_json::json!({})).unwrap();
        let of = |secret: &str| SigningKey::from_secret(&crypto, Alg::Hs256, &mac_key(&Secret::new(secret))).unwrap();

        let confidential = client(AuthMethod::ClientSecretBasic);
        let both =
            confidential.clone().with_secret(digest.clone()).with_secret(plain(first)).with_secret(plain(second));
        assert_eq!(token(key(&both, Alg::Hs256).unwrap()), token(of(first)));
        assert_ne!(token(of(first)), token(of(second)));
        assert_eq!(key(&both, Alg::Es256).err(), Some(KeyError::AlgKeyMismatch));
        assert_eq!(key(&both, Alg::Hs384).err(), Some(KeyError::WeakKey));
        assert_eq!(
            key(&confidential.clone().with_secret(plain("0123456789abcdef0123456789abcde")), Alg::Hs256).err(),
            Some(KeyError::WeakKey)
        );
        let judged = confidential.with_secret(digest).with_secret(RegisteredSecret::JudgedByCaller);
        assert_eq!(key(&judged, Alg::Hs256).err(), Some(KeyError::NotPrivate));
        let public = client(AuthMethod::None).with_secret(plain(first));
        assert_eq!(key(&public, Alg::Hs256).err(), Some(KeyError::NotPrivate));
    }

    #[test]
    fn debug_shows_no_secret() {
        let client = RegisteredCredentials::new(ClientId::parse("c").unwrap(), AuthMethod::ClientSecretPost)
            .with_secret(RegisteredSecret::Plain(Secret::new("MARKER")))
            .with_secret(RegisteredSecret::Sha256(Digest::from_bytes([0xab; 32])));
        let shown = format!("{client:?}");
        assert!(!shown.contains("MARKER") && !shown.contains("abab"), "{shown}");
    }
}
