use alloc::string::String;

use serde_json::{Map, Value};
use symbolon_policy::MAX_LEEWAY;
use time::{Duration, UtcDateTime};

use crate::{Audience, Expected, Header, JwtError, NumericDate};

/// The claims of a JWT ([RFC 7519 §4.1]): the registered ones strict in their types, all of them by name.
///
/// An absent claim is `None`; `null` or another type was refused when the claims were read: a bad value is never the same
/// as no value.
///
/// [RFC 7519 §4.1]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// `iss`
    pub iss: Option<String>,
    /// `sub`
    pub sub: Option<String>,
    /// `aud`
    pub aud: Option<Audience>,
    /// `exp`
    pub exp: Option<NumericDate>,
    /// `nbf`
    pub nbf: Option<NumericDate>,
    /// `iat`
    pub iat: Option<NumericDate>,
    /// `jti`
    pub jti: Option<String>,
    members: Map<String, Value>,
}

impl Claims {
    pub(crate) fn from_members(members: Map<String, Value>) -> Result<Self, JwtError> {
        let text = |value: &Value| value.as_str().map(Into::into);
        Ok(Self {
            iss: claim(&members, "iss", text)?,
            sub: claim(&members, "sub", text)?,
            aud: claim(&members, "aud", Audience::from_value)?,
            exp: claim(&members, "exp", NumericDate::from_value)?,
            nbf: claim(&members, "nbf", NumericDate::from_value)?,
            iat: claim(&members, "iat", NumericDate::from_value)?,
            jti: claim(&members, "jti", text)?,
            members,
        })
    }

    /// A claim by its name, registered or not.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All claims.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Judges what every JWT has in common: `typ`, `iss`, `aud`, `exp`, `nbf`, `iat`, in this order. `iss`, `aud` and
    /// `exp` must be there. Leeways are capped at 60 seconds (security decision D19).
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say, by what the JWT was for.
    /// - [`JwtError::WrongTyp`]: the header's `typ` is another one.
    /// - [`JwtError::MissingClaim`]: one of the three is absent.
    /// - [`JwtError::IssuerMismatch`], [`JwtError::AudienceMismatch`]: from or for somebody else.
    /// - [`JwtError::Expired`]: `now` is `exp` plus leeway, or later.
    /// - [`JwtError::NotYetValid`], [`JwtError::IssuedInFuture`]: `nbf` or `iat` is further ahead than the leeway.
    pub fn check(&self, expected: &Expected<'_>, header: &Header, now: UtcDateTime) -> Result<(), JwtError> {
        if !expected.typ_fits(header) {
            return Err(JwtError::WrongTyp);
        }
        // RFC 8725 §3.8: compared as they stand.
        if self.iss.as_deref().ok_or(JwtError::MissingClaim { name: "iss" })? != expected.issuer {
            return Err(JwtError::IssuerMismatch);
        }
        if !self.aud.as_ref().ok_or(JwtError::MissingClaim { name: "aud" })?.contains(expected.audience) {
            return Err(JwtError::AudienceMismatch);
        }
        let exp = self.exp.ok_or(JwtError::MissingClaim { name: "exp" })?;
        if exp.is_before(now, capped(expected.exp_leeway)) {
            return Err(JwtError::Expired);
        }
        let ahead = capped(expected.future_leeway);
        if self.nbf.is_some_and(|nbf| nbf.is_after(now, ahead)) {
            return Err(JwtError::NotYetValid);
        }
        if self.iat.is_some_and(|iat| iat.is_after(now, ahead)) {
            return Err(JwtError::IssuedInFuture);
        }
        Ok(())
    }
}

fn capped(leeway: Duration) -> Duration {
    leeway.clamp(Duration::ZERO, MAX_LEEWAY)
}

fn claim<T>(
    members: &Map<String, Value>,
    name: &'static str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, JwtError> {
    members.get(name).map(|value| read(value).ok_or(JwtError::InvalidClaim { name })).transpose()
}
