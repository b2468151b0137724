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
    Scanned(&'j str, ClaimsIndex),
    /// Scanned before, and kept elsewhere.
    Kept(&'j str, &'j ClaimsIndex),
    Read(Map<String, Value>),
}

/// Where the claims stand in a payload that the quick reader took.
pub(crate) type ClaimsIndex = scan::Index<USUAL_CLAIMS>;

impl<'j> Claims<'j> {
    pub(crate) fn parse(json: &'j [u8]) -> Result<Self, JwtError> {
        match str::from_utf8(json).ok().and_then(Self::scan) {
            Some(claims) => Ok(claims),
            None => Self::read(json::parse_object(json).map_err(payload_error)?),
        }
    }

    /// The same for a payload that was scanned before: `index` is of these very octets.
    pub(crate) fn of_index(json: &'j [u8], index: &'j ClaimsIndex) -> Result<Self, JwtError> {
        match str::from_utf8(json).ok().and_then(|json| Self::find(json, index)) {
            Some(claims) => Ok(claims),
            None => Self::read(json::parse_object(json).map_err(payload_error)?),
        }
    }

    /// Scans a payload of any claims. `None`: it is for the strict reader.
    pub(crate) fn index(json: &[u8]) -> Option<ClaimsIndex> {
        let mut index = ClaimsIndex::new();
        scan::object(str::from_utf8(json).ok()?, |member| index.add(member))?;
        Some(index)
    }

    /// Reads claims that are as they should be; all else is for [`Self::read`].
    fn scan(json: &'j str) -> Option<Self> {
        let (mut index, mut registered) = (ClaimsIndex::new(), Registered::default());
        scan::object(json, |member| {
            registered.take(member.name, member.value, member.plain_string().map(|(text, _)| text))?;
            index.add(member)
        })?;
        Some(registered.with(Members::Scanned(json, index)))
    }

    /// The same with what a scan has found.
    fn find(json: &'j str, index: &'j ClaimsIndex) -> Option<Self> {
        let mut registered = Registered::default();
        for (name, found) in index.members(json) {
            registered.take(name, found.value, found.plain_string())?;
        }
        Some(registered.with(Members::Kept(json, index)))
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

    /// The same of what a scan has found.
    pub(crate) fn peek_index(json: &'j [u8], index: &ClaimsIndex, name: &str) -> Option<Cow<'j, str>> {
        ClaimValue::from_text(index.get(str::from_utf8(json).ok()?, name)?).as_str()
    }

    /// A claim by its name, registered or not.
    pub fn get(&self, name: &str) -> Option<ClaimValue<'_>> {
        match &self.members {
            Members::Scanned(json, index) => index.get(json, name).map(ClaimValue::from_text),
            Members::Kept(json, index) => index.get(json, name).map(ClaimValue::from_text),
            Members::Read(members) => members.get(name).map(ClaimValue::from_value),
        }
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (scanned, read) = match &self.members {
            Members::Scanned(json, index) => (Some((*json, index)), None),
            Members::Kept(json, index) => (Some((*json, *index)), None),
            Members::Read(members) => (None, Some(members)),
        };
        let scanned = scanned.into_iter().flat_map(|(json, index)| index.members(json)).map(|(name, _)| name);
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

/// The registered claims, as they are come upon.
#[derive(Default)]
struct Registered<'j> {
    iss: Option<Cow<'j, str>>,
    sub: Option<Cow<'j, str>>,
    aud: Option<Audience<'j>>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    jti: Option<Cow<'j, str>>,
}

impl<'j> Registered<'j> {
    /// Takes a claim of this name; `plain` is its value if that is a string that needs no unescaping. `None`: it is not of the
    /// type that it must be.
    fn take(&mut self, name: &str, value: &'j str, plain: Option<&'j str>) -> Option<()> {
        let text = || plain.map(Cow::Borrowed).or_else(|| ClaimValue::from_text(value).as_str());
        match name {
            "iss" => self.iss = Some(text()?),
            "sub" => self.sub = Some(text()?),
            "aud" => {
                self.aud = Some(match plain {
                    Some(one) => Audience::One(Cow::Borrowed(one)),
                    None => Audience::from_text(value)?,
                });
            }
            "exp" => self.exp = Some(NumericDate::from_text(value)?),
            "nbf" => self.nbf = Some(NumericDate::from_text(value)?),
            "iat" => self.iat = Some(NumericDate::from_text(value)?),
            "jti" => self.jti = Some(text()?),
            _ => {}
        }
        Some(())
    }

    fn with(self, members: Members<'j>) -> Claims<'j> {
        let Self { iss, sub, aud, exp, nbf, iat, jti } = self;
        Claims { iss, sub, aud, exp, nbf, iat, jti, members }
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
