use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use symbolon_client_auth::{ApplyError, AssertionSigner};
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{RemoteKey, SigningInput};
use symbolon_types::{Alg, ClientId, Issuer};
use time::{Duration, UtcDateTime};

use crate::ClientError;

/// The assertion of `private_key_jwt` for a key that signs elsewhere, in an HSM or a KMS ([RFC 7523 §3], RFC 10070): what
/// [`AssertionSigner`] is for a key that is here, with the same defaults.
///
/// # Security
/// The audience is the issuer that the client was configured with, never one that a server's metadata names (security
/// decision D16).
///
/// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
#[derive(Clone, Debug)]
pub struct RemoteAssertion {
    key: RemoteKey,
    audience: String,
    lifetime: Duration,
    typ: Option<&'static str>,
}

impl RemoteAssertion {
    /// Signed with this key for this issuer; `kid` and `x5c` of the header are the key's.
    pub fn new(key: RemoteKey, issuer: &Issuer) -> Self {
        Self { key, audience: issuer.as_str().into(), lifetime: AssertionSigner::LIFETIME, typ: Some(TYP) }
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

    pub(crate) const fn alg(&self) -> Alg {
        self.key.alg()
    }

    pub(crate) const fn key(&self) -> &RemoteKey {
        &self.key
    }

    /// Lays a fresh assertion down for the key.
    pub(crate) fn input(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        now: UtcDateTime,
    ) -> Result<SigningInput, ClientError> {
        if self.lifetime < Duration::SECOND {
            return Err(ApplyError::Lifetime.into());
        }
        let mut jti = [0; JTI_OCTETS];
        crypto.random.fill(&mut jti)?;
        let iat = now.unix_timestamp();
        let claims = Claims {
            iss: client_id.as_str(),
            sub: client_id.as_str(),
            aud: &self.audience,
            exp: iat.saturating_add(self.lifetime.whole_seconds()),
            iat,
            jti: URL_SAFE_NO_PAD.encode(jti),
        };
        Ok(SigningInput::new(self.typ, &self.key, &claims)?)
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
}

/// The registered media type of client assertions (RFC 10070).
const TYP: &str = "client-authentication+jwt";

/// 128 random bits: unguessable, and never drawn twice.
const JTI_OCTETS: usize = 16;
