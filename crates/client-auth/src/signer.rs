use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{KeyError, SigningKey};
use symbolon_types::{Alg, ClientId, Issuer, Secret};
use time::{Duration, UtcDateTime};

use crate::{ApplyError, assertion::TYP, secret::mac_key};

/// Makes the assertions of `private_key_jwt` ([RFC 7523 §3], RFC 10070): `iss` and `sub` are the client, `aud` is the
/// issuer as a string, `jti` is 128 fresh random bits, `exp` is at most a minute away.
///
/// ```
/// use symbolon_client_auth::{AssertionSigner, ClientAuthentication, jose::SigningKey, types::{ClientId, Issuer}};
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// // The key of RFC 8037 appendix A.1.
/// let jwk = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
///                "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// let key = SigningKey::from_jwk(&PROVIDER, jwk, None)?.with_kid("2026");
/// let signer = AssertionSigner::new(key, &Issuer::parse("https://as.example")?);
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(&PROVIDER, &ClientId::parse("app")?, now)?;
/// assert_eq!(applied.parameters[2].0, "client_assertion");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The audience is the issuer that the client was configured with, never one that a server's metadata names (security
/// decision D16): a server that can choose it gets assertions for other servers.
///
/// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
#[derive(Clone, Debug)]
pub struct AssertionSigner {
    key: SigningKey,
    audience: String,
    lifetime: Duration,
    typ: Option<&'static str>,
}

impl AssertionSigner {
    /// Longest `exp - iat` of the usual assertion: a minute is enough for one request on its way.
    pub const LIFETIME: Duration = Duration::seconds(60);

    /// Signs with this key for this issuer; `kid` and `x5c` of the header are the key's.
    pub fn new(key: SigningKey, issuer: &Issuer) -> Self {
        Self { key, audience: issuer.as_str().into(), lifetime: Self::LIFETIME, typ: Some(TYP) }
    }

    /// The same with another audience, for a server that asks for its token endpoint there.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// The same with another lifetime, in whole seconds.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The same with another `typ`, or none for a server that refuses the registered one.
    #[must_use]
    pub const fn with_typ(mut self, typ: Option<&'static str>) -> Self {
        self.typ = typ;
        self
    }

    pub(crate) fn sign(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Secret, ApplyError> {
        if self.key.alg().is_symmetric() {
            return Err(ApplyError::SymmetricKey);
        }
        self.sign_with_any_key(crypto, client_id, now)
    }

    fn sign_with_any_key(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Secret, ApplyError> {
        if self.lifetime < Duration::SECOND {
            return Err(ApplyError::Lifetime);
        }
        let mut jti = [0; JTI_BYTES];
        crypto.random.fill(&mut jti).map_err(ApplyError::Random)?;
        let iat = now.unix_timestamp();
        let claims = AssertionClaims {
            iss: client_id.as_str(),
            sub: client_id.as_str(),
            aud: &self.audience,
            exp: iat.saturating_add(self.lifetime.whole_seconds()),
            iat,
            jti: URL_SAFE_NO_PAD.encode(jti),
        };
        self.key.sign(crypto, self.typ, &claims).map(Secret::new).map_err(ApplyError::Sign)
    }
}

/// Makes the assertions of `client_secret_jwt` ([OIDC Core §9]): those of [`AssertionSigner`] with a MAC, whose key is the
/// client's secret. The two are two types, so that one method is never used for the other.
///
/// ```
/// use symbolon_client_auth::{
///     ClientAuthentication, SecretAssertionSigner, jose::KeyError, types::{Alg, ClientId, Issuer, Secret},
/// };
/// use symbolon_crypto_ring::PROVIDER;
/// use time::UtcDateTime;
///
/// let (issuer, secret) = (Issuer::parse("https://as.example")?, Secret::new("0123456789abcdef0123456789abcdef"));
/// let signer = SecretAssertionSigner::new(&PROVIDER, Alg::Hs256, &secret, &issuer)?;
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let applied = ClientAuthentication::SecretJwt(signer).apply(&PROVIDER, &ClientId::parse("app")?, now)?;
/// assert_eq!(applied.parameters[2].0, "client_assertion");
///
/// // As long as the hash, or it is no key.
/// let short = SecretAssertionSigner::new(&PROVIDER, Alg::Hs512, &secret, &issuer);
/// assert_eq!(short.err(), Some(KeyError::WeakKey));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OIDC Core §9]: https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
#[derive(Clone, Debug)]
pub struct SecretAssertionSigner(AssertionSigner);

impl SecretAssertionSigner {
    /// Makes the MAC with this secret, whose UTF-8 text is the key ([OIDC Core §10.1]), for this issuer.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`KeyError::AlgKeyMismatch`]: the algorithm is no MAC.
    /// - [`KeyError::WeakKey`]: the secret is shorter than the hash ([RFC 7518 §3.2]).
    /// - [`KeyError::Unsupported`]: the provider lacks the MAC.
    ///
    /// [OIDC Core §10.1]: https://openid.net/specs/openid-connect-core-1_0.html#Signing
    /// [RFC 7518 §3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
    pub fn new(crypto: &CryptoProvider, alg: Alg, secret: &Secret, issuer: &Issuer) -> Result<Self, KeyError> {
        Ok(Self(AssertionSigner::new(SigningKey::from_secret(crypto, alg, &mac_key(secret))?, issuer)))
    }

    /// The same with another audience, for a server that asks for its token endpoint there.
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        Self(self.0.with_audience(audience))
    }

    /// The same with another lifetime, in whole seconds.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self(self.0.with_lifetime(lifetime))
    }

    /// The same with another `typ`, or none for a server that refuses the registered one.
    #[must_use]
    pub fn with_typ(self, typ: Option<&'static str>) -> Self {
        Self(self.0.with_typ(typ))
    }

    pub(crate) fn sign(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<Secret, ApplyError> {
        self.0.sign_with_any_key(crypto, client_id, now)
    }
}

#[derive(Serialize)]
struct AssertionClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
}

/// 128 random bits: unguessable, and never drawn twice.
const JTI_BYTES: usize = 16;
