use alloc::string::String;
use core::fmt;

use serde_json::{Map, Value};
use symbolon_crypto::CryptoProvider;
use symbolon_jose::SigningKey;
use symbolon_types::{Alg, ClientId, Issuer, Secret};
use time::{Duration, UtcDateTime};

use crate::{ClaimName, SignError, judged::is_subject, left_half_hash};

/// An ID token that is to be issued ([OIDC Core §2], [OIDC Core §3.1.3.6]).
///
/// `aud` is the client as a string; `azp` is left out, which says the same. `at_hash` and `c_hash` are filled from the
/// access token and the code that go out beside the token.
///
/// That the person signed in, and as the client asked, is the caller's word.
///
/// ```
/// use serde_json::Map;
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_id_token::{NewIdToken, jose::SigningKey, types::{Alg, ClientId, Issuer, Secret}};
/// use time::{Duration, UtcDateTime};
///
/// let (issuer, client_id) = (Issuer::parse("https://server.example.com")?, ClientId::parse("s6BhdRkqt3")?);
/// let (access_token, extra) = (Secret::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), Map::new());
/// let new = NewIdToken {
///     nonce: Some("n-0S6_WzA2Mj"),
///     access_token: Some(&access_token),
///     ..NewIdToken::new(&issuer, "248289761001", &client_id, &extra)
/// };
/// let claims = new.claims(&PROVIDER, Alg::Rs256, Duration::minutes(5), UtcDateTime::from_unix_timestamp(1_311_280_970)?)?;
/// assert_eq!(claims["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
/// assert_eq!(claims["exp"], 1_311_281_270);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OIDC Core §2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
/// [OIDC Core §3.1.3.6]: https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
#[derive(Clone, Copy)]
pub struct NewIdToken<'a> {
    /// `iss`.
    pub issuer: &'a Issuer,
    /// `sub`: 1 to 255 ASCII characters.
    pub subject: &'a str,
    /// `aud`.
    pub client_id: &'a ClientId,
    /// `nonce`, where the authorization request had one.
    pub nonce: Option<&'a str>,
    /// `auth_time`.
    pub auth_time: Option<UtcDateTime>,
    /// `acr`.
    pub acr: Option<&'a str>,
    /// `amr`; left out where empty.
    pub amr: &'a [String],
    /// `sid`.
    pub sid: Option<&'a str>,
    /// The access token that goes out beside it, for `at_hash`.
    pub access_token: Option<&'a Secret>,
    /// The code that goes out beside it, for `c_hash`. Not the code that was redeemed for it: nobody asks for that.
    pub code: Option<&'a str>,
    /// Further claims: `name`, `locale`, `jti`, `azp` (the client's id, if at all) and what else a provider sends.
    pub extra: &'a Map<String, Value>,
}

impl<'a> NewIdToken<'a> {
    /// An ID token with the claims that every one has, and these extra ones.
    pub const fn new(
        issuer: &'a Issuer,
        subject: &'a str,
        client_id: &'a ClientId,
        extra: &'a Map<String, Value>,
    ) -> Self {
        Self {
            issuer,
            subject,
            client_id,
            nonce: None,
            auth_time: None,
            acr: None,
            amr: &[],
            sid: None,
            access_token: None,
            code: None,
            extra,
        }
    }

    /// The claims, for a signer that is elsewhere. `alg` is the algorithm that it will sign with.
    ///
    /// Times are whole seconds, cut off.
    ///
    /// # Errors
    /// All are `server_error`:
    /// - [`SignError::Subject`], [`SignError::Lifetime`], [`SignError::ReservedClaim`], [`SignError::Azp`]: such an ID
    ///   token cannot be.
    /// - [`SignError::HashUnavailable`]: `at_hash` or `c_hash` is due and the provider lacks the hash.
    pub fn claims(
        &self,
        crypto: &CryptoProvider,
        alg: Alg,
        lifetime: Duration,
        now: UtcDateTime,
    ) -> Result<Map<String, Value>, SignError> {
        if !is_subject(self.subject) {
            return Err(SignError::Subject);
        }
        let exp = now.checked_add(lifetime).filter(|_| lifetime >= Duration::SECOND).ok_or(SignError::Lifetime)?;
        if RESERVED.iter().any(|name| self.extra.contains_key(*name)) {
            return Err(SignError::ReservedClaim);
        }
        if self.extra.get(ClaimName::Azp.as_str()).is_some_and(|azp| azp.as_str() != Some(self.client_id.as_str())) {
            return Err(SignError::Azp);
        }
        let hash = |text: &str| left_half_hash(crypto, alg, text);
        let seconds = |moment: UtcDateTime| Value::from(moment.unix_timestamp());
        let text = |text: &str| Value::from(text);

        let filled = [
            (ClaimName::Iss, Some(text(self.issuer.as_str()))),
            (ClaimName::Sub, Some(text(self.subject))),
            (ClaimName::Aud, Some(text(self.client_id.as_str()))),
            (ClaimName::Exp, Some(seconds(exp))),
            (ClaimName::Iat, Some(seconds(now))),
            (ClaimName::Nonce, self.nonce.map(text)),
            (ClaimName::AuthTime, self.auth_time.map(seconds)),
            (ClaimName::Acr, self.acr.map(text)),
            (ClaimName::Amr, (!self.amr.is_empty()).then(|| Value::from(self.amr))),
            (ClaimName::Sid, self.sid.map(text)),
            (ClaimName::AtHash, self.access_token.map(|token| hash(token.expose())).transpose()?.map(Value::from)),
            (ClaimName::CHash, self.code.map(hash).transpose()?.map(Value::from)),
        ];
        let mut claims = self.extra.clone();
        for (name, value) in filled {
            let Some(value) = value else { continue };
            if claims.insert(name.as_str().into(), value).is_some() {
                return Err(SignError::ReservedClaim);
            }
        }
        Ok(claims)
    }

    /// Signs it with a key that is here. The header has no `typ`.
    ///
    /// # Errors
    /// Those of [`Self::claims`], and [`SignError::Jws`] if the key cannot sign; all are `server_error`.
    pub fn sign(
        &self,
        crypto: &CryptoProvider,
        key: &SigningKey,
        lifetime: Duration,
        now: UtcDateTime,
    ) -> Result<Secret, SignError> {
        let claims = self.claims(crypto, key.alg(), lifetime, now)?;
        Ok(Secret::new(key.sign(crypto, None, &claims)?))
    }
}

impl fmt::Debug for NewIdToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewIdToken")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("auth_time", &self.auth_time)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}

/// Claims that are filled from a field or not at all. `acr`, `amr` and `sid` may be extra where their field is empty:
/// some providers send `amr` as a string. `events` makes a JWT a security event.
const RESERVED: &[&str] = &["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "at_hash", "c_hash", "events"];
