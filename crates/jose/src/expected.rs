use time::Duration;

use crate::Header;

/// What a verifier insists on ([`Claims::check`](crate::Claims::check)). Nothing has a default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expected<'a> {
    /// The issuer, as it stands in `iss`.
    pub issuer: &'a str,
    /// Who we are: must be among `aud`. Rules that want `aud` to be one value ask [`Audience`](crate::Audience).
    pub audience: &'a str,
    /// The media types that `typ` may be. Empty: `typ` is absent or `JWT`.
    pub typ: &'a [&'a str],
    /// How long after `exp` the JWT is still taken. Capped at 60 seconds.
    pub exp_leeway: Duration,
    /// How far ahead `nbf` and `iat` may be. Capped at 60 seconds.
    pub future_leeway: Duration,
}

impl Expected<'_> {
    pub(crate) fn typ_fits(&self, header: &Header) -> bool {
        if self.typ.is_empty() {
            header.typ().is_none() || header.is_typ("JWT")
        } else {
            self.typ.iter().any(|typ| header.is_typ(typ))
        }
    }
}
