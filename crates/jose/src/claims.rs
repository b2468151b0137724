use alloc::{borrow::Cow, string::String};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_policy::MAX_LEEWAY;
use time::{Duration, UtcDateTime};

use crate::{Audience, ClaimValue, Expected, Header, JsonError, JwtError, NumericDate, json, scan};

/// The claims of a JWT ([RFC 7519 §4.1]): the registered ones strict in their types, all of them by name.
///
/// An absent claim is `None`; `null` or another type was refused when the claims were read: a bad value is never the same
/// as no value. Texts are borrowed from the token where they stand in it without escapes.
///
/// [RFC 7519 §4.1]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
#[derive(Clone)]
#[non_exhaustive]
pub struct Claims<'j> {
    /// `iss`
    pub iss: Option<Cow<'j, str>>,
    /// `sub`
    pub sub: Option<Cow<'j, str>>,
    /// `aud`
    pub aud: Option<Audience<'j>>,
    /// `exp`
    pub exp: Option<NumericDate>,
    /// `nbf`
    pub nbf: Option<NumericDate>,
    /// `iat`
    pub iat: Option<NumericDate>,
    /// `jti`
    pub jti: Option<Cow<'j, str>>,
    members: Members<'j>,
}

/// All members, as one reader or the other found them.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one, and is not allocated")]
enum Members<'j> {
    Scanned(scan::Members<'j, USUAL_CLAIMS>),
    Read(Map<String, Value>),
}

impl<'j> Claims<'j> {
    pub(crate) fn parse(json: &'j [u8]) -> Result<Self, JwtError> {
        match str::from_utf8(json).ok().and_then(Self::scan) {
            Some(claims) => Ok(claims),
            None => Self::read(json::parse_object(json).map_err(payload_error)?),
        }
    }

    /// Reads claims that are as they should be; all else is for [`Self::read`].
    fn scan(json: &'j str) -> Option<Self> {
        let mut members = scan::Members::new(json);
        let [mut iss, mut sub, mut jti] = [None, None, None];
        let [mut exp, mut nbf, mut iat] = [None, None, None];
        let mut aud = None;
        scan::object(json, |member| {
            let text = || match member.plain_string() {
                Some((text, _)) => Some(Cow::Borrowed(text)),
                None => ClaimValue::from_text(member.value).as_str(),
            };
            match member.name {
                "iss" => iss = Some(text()?),
                "sub" => sub = Some(text()?),
                "aud" => aud = Some(Audience::from_member(&member)?),
                "exp" => exp = Some(NumericDate::from_text(member.value)?),
                "nbf" => nbf = Some(NumericDate::from_text(member.value)?),
                "iat" => iat = Some(NumericDate::from_text(member.value)?),
                "jti" => jti = Some(text()?),
                _ => {}
            }
            members.add(member)
        })?;
        Some(Self { iss, sub, aud, exp, nbf, iat, jti, members: Members::Scanned(members) })
    }

    fn read(members: Map<String, Value>) -> Result<Self, JwtError> {
        let text = |value: ClaimValue<'_>| value.as_str().map(|text| Cow::Owned(text.into_owned()));
        Ok(Self {
            iss: claim(&members, "iss", text)?,
            sub: claim(&members, "sub", text)?,
            aud: claim(&members, "aud", |value| value.as_audience().map(Audience::into_owned))?,
            exp: claim(&members, "exp", |value| value.as_numeric_date())?,
            nbf: claim(&members, "nbf", |value| value.as_numeric_date())?,
            iat: claim(&members, "iat", |value| value.as_numeric_date())?,
            jti: claim(&members, "jti", text)?,
            members: Members::Read(members),
        })
    }

    /// One claim that is a string, of claims that may be anything.
    pub(crate) fn peek(json: &'j [u8], name: &str) -> Option<Cow<'j, str>> {
        let mut found = None;
        let scanned = str::from_utf8(json).ok().and_then(|json| {
            scan::object(json, |member| {
                if member.name == name {
                    found = ClaimValue::from_text(member.value).as_str();
                }
                Some(())
            })
        });
        if scanned.is_some() {
            return found;
        }
        match json::parse_object(json).ok()?.remove(name)? {
            Value::String(claim) => Some(Cow::Owned(claim)),
            _ => None,
        }
    }

    /// A claim by its name, registered or not.
    pub fn get(&self, name: &str) -> Option<ClaimValue<'_>> {
        match &self.members {
            Members::Scanned(scanned) => scanned.get(name).map(ClaimValue::from_text),
            Members::Read(members) => members.get(name).map(ClaimValue::from_value),
        }
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (scanned, read) = match &self.members {
            Members::Scanned(scanned) => (Some(scanned), None),
            Members::Read(members) => (None, Some(members)),
        };
        let scanned = scanned.into_iter().flat_map(scan::Members::names);
        scanned.chain(read.into_iter().flat_map(|members| members.keys().map(String::as_str)))
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
    pub fn check(&self, expected: &Expected<'_>, header: Header<'_>, now: UtcDateTime) -> Result<(), JwtError> {
        if !expected.typ_fits(header) {
            return Err(JwtError::WrongTyp);
        }
        // RFC 8725 §3.8: compared as they stand.
        if self.iss.as_deref().ok_or(JwtError::MissingClaim { name: "iss" })? != expected.issuer {
            return Err(JwtError::IssuerMismatch);
        }
        let aud = self.aud.as_ref().ok_or(JwtError::MissingClaim { name: "aud" })?;
        if !expected.audience.fits(aud) {
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

/// The names alone: claims may name people.
impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")?;
        f.debug_set().entries(self.names()).finish()
    }
}

pub(crate) fn payload_error(error: JsonError) -> JwtError {
    match error {
        JsonError::DuplicateMember => JwtError::DuplicateClaim,
        _ => JwtError::MalformedPayload,
    }
}

fn capped(leeway: Duration) -> Duration {
    leeway.clamp(Duration::ZERO, MAX_LEEWAY)
}

fn claim<T>(
    members: &Map<String, Value>,
    name: &'static str,
    read: impl FnOnce(ClaimValue<'_>) -> Option<T>,
) -> Result<Option<T>, JwtError> {
    let value = members.get(name).map(ClaimValue::from_value);
    value.map(|value| read(value).ok_or(JwtError::InvalidClaim { name })).transpose()
}

/// A BankID ID token has 22 claims.
const USUAL_CLAIMS: usize = 32;
