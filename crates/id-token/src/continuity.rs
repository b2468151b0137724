use alloc::string::String;

use symbolon_jose::Audience;
use symbolon_types::Secret;
use time::UtcDateTime;

use crate::{IdTokenClaims, Personal};

/// What the ID token of a refresh must have in common with the first one ([OIDC Core §12.2], security decision D32).
///
/// A client keeps it beside the refresh token. It is made of *validated* claims and is the first token's for as long as
/// there are refreshes, never the last one's: a refreshed token may leave `nonce` and `auth_time` out.
///
/// An `acr` that was demanded at first is in no field: no section says that it stays, and [`Expected`](crate::Expected) of the
/// refresh says what is demanded then.
///
/// Every field is public, so that the keeper can write it down and read it back.
///
/// [OIDC Core §12.2]: https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Continuity {
    /// The same `iss`.
    pub iss: String,
    /// The same `sub`.
    pub sub: Personal,
    /// The same `aud`, in any order; a string is an array of one.
    pub aud: Audience<'static>,
    /// The same `azp`, and none if there was none.
    pub azp: Option<String>,
    /// The same `auth_time`, where both have one.
    pub auth_time: Option<UtcDateTime>,
    /// The same `nonce`, where the new one has one.
    pub nonce: Option<Secret>,
    /// The same `iat`, or a later one: a token from before the sign-in is none of its refreshes. Where it was not written down,
    /// [`UtcDateTime::UNIX_EPOCH`] is before all of them.
    pub iat: UtcDateTime,
}

impl From<&IdTokenClaims> for Continuity {
    fn from(first: &IdTokenClaims) -> Self {
        Self {
            iss: first.iss.clone(),
            sub: first.sub.clone(),
            aud: first.aud.clone(),
            azp: first.azp.clone(),
            auth_time: first.auth_time,
            nonce: first.nonce.clone(),
            iat: first.iat,
        }
    }
}
