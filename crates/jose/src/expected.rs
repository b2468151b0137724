use time::Duration;

use crate::{Audience, Header};

/// What a verifier insists on ([`Claims::check`](crate::Claims::check)). Nothing has a default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expected<'a> {
    /// The issuer, as it stands in `iss`.
    pub issuer: &'a str,
    /// Who we are, and whether others may be meant as well.
    pub audience: ExpectedAudience<'a>,
    /// The media types that `typ` may be. Empty: `typ` is absent or `JWT`.
    pub typ: &'a [&'a str],
    /// How long after `exp` the JWT is still taken. Capped at 60 seconds.
    pub exp_leeway: Duration,
    /// How far ahead `nbf` and `iat` may be. Capped at 60 seconds.
    pub future_leeway: Duration,
}

impl Expected<'_> {
    pub(crate) fn typ_fits(&self, header: Header<'_>) -> bool {
        if self.typ.is_empty() {
            !header.has_typ() || header.is_typ("JWT")
        } else {
            self.typ.iter().any(|typ| header.is_typ(typ))
        }
    }
}

/// What `aud` must be ([RFC 7519 §4.1.3]). An absent `aud` is neither.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{Expected, ExpectedAudience, JwtError, SigningKey, UnverifiedJwt};
/// use symbolon_types::{Alg, SecretBytes};
/// use time::{Duration, UtcDateTime};
///
/// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
/// let claims = serde_json::json!({ "iss": "https://as.example", "aud": ["https://us.example", "https://b.example"], "exp": 60 });
/// let text = key.sign(&PROVIDER, None, &claims)?;
/// let jwt = UnverifiedJwt::parse(&text)?.verify(&key.verifying_key(&PROVIDER)?)?;
/// let check = |audience| {
///     let (exp_leeway, future_leeway) = (Duration::ZERO, Duration::ZERO);
///     let expected = Expected { issuer: "https://as.example", audience, typ: &[], exp_leeway, future_leeway };
///     jwt.claims()?.check(&expected, jwt.header(), UtcDateTime::UNIX_EPOCH)
/// };
/// assert_eq!(check(ExpectedAudience::AnyOf(&["https://us.example"])), Ok(()));
/// assert_eq!(check(ExpectedAudience::Exactly("https://us.example")), Err(JwtError::AudienceMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7519 §4.1.3]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExpectedAudience<'a> {
    /// One of these is among the audiences; others may be too.
    AnyOf(&'a [&'a str]),
    /// This one and no other, as a string or as an array of that one
    /// ([RFC 10070](https://www.rfc-editor.org/rfc/rfc10070), security decision D16).
    Exactly(&'a str),
}

impl ExpectedAudience<'_> {
    pub(crate) fn fits(self, aud: &Audience<'_>) -> bool {
        match self {
            Self::AnyOf(ours) => ours.iter().any(|one| aud.contains(one)),
            Self::Exactly(one) => aud.is_exactly(one),
        }
    }
}
