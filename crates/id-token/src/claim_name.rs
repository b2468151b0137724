use core::fmt;

use symbolon_types::Rule;

/// A claim that this crate reads, by its registered name ([OIDC Core §2], [RFC 7519 §4.1]).
///
/// ```
/// use symbolon_id_token::{ClaimName, types::Rule};
/// assert_eq!(ClaimName::AtHash.as_str(), "at_hash");
/// assert_eq!(ClaimName::AtHash.rule(), Rule::IdTokenAtHash);
/// ```
///
/// [OIDC Core §2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
/// [RFC 7519 §4.1]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ClaimName {
    /// `iss`: the issuer.
    Iss,
    /// `sub`: the person, as this issuer names them to this client.
    Sub,
    /// `aud`: for whom the token is.
    Aud,
    /// `azp`: to whom it was issued.
    Azp,
    /// `exp`: until when it is taken.
    Exp,
    /// `nbf`: from when it is taken.
    Nbf,
    /// `iat`: when it was issued.
    Iat,
    /// `nonce`: the value of the authorization request.
    Nonce,
    /// `at_hash`: what binds it to the access token.
    AtHash,
    /// `c_hash`: what binds it to the code.
    CHash,
    /// `auth_time`: when the person signed in.
    AuthTime,
    /// `acr`: how well the person was identified.
    Acr,
    /// `amr`: by which means.
    Amr,
    /// `sid`: the session.
    Sid,
    /// `jti`: the token's own identifier.
    Jti,
    /// `events`: what happened; in logout tokens alone.
    Events,
}

impl ClaimName {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iss => "iss",
            Self::Sub => "sub",
            Self::Aud => "aud",
            Self::Azp => "azp",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Nonce => "nonce",
            Self::AtHash => "at_hash",
            Self::CHash => "c_hash",
            Self::AuthTime => "auth_time",
            Self::Acr => "acr",
            Self::Amr => "amr",
            Self::Sid => "sid",
            Self::Jti => "jti",
            Self::Events => "events",
        }
    }

    /// The rule that a missing or ill-typed claim of this name breaks.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Iss => Rule::JwtIss,
            Self::Sub => Rule::IdTokenSub,
            Self::Aud => Rule::IdTokenAud,
            Self::Azp => Rule::IdTokenAzp,
            Self::Exp => Rule::JwtExp,
            Self::Nbf => Rule::JwtNbf,
            Self::Iat => Rule::JwtIat,
            Self::Nonce => Rule::IdTokenNonce,
            Self::AtHash => Rule::IdTokenAtHash,
            Self::CHash => Rule::IdTokenCHash,
            Self::AuthTime => Rule::IdTokenAuthTime,
            Self::Acr => Rule::IdTokenAcr,
            Self::Amr | Self::Sid | Self::Jti | Self::Events => Rule::JwtClaim,
        }
    }

    /// The names that stand in fields of [`IdTokenClaims`](crate::IdTokenClaims).
    pub(crate) const ALL: &'static [Self] = &[
        Self::Iss,
        Self::Sub,
        Self::Aud,
        Self::Azp,
        Self::Exp,
        Self::Nbf,
        Self::Iat,
        Self::Nonce,
        Self::AtHash,
        Self::CHash,
        Self::AuthTime,
        Self::Acr,
        Self::Amr,
        Self::Sid,
        Self::Jti,
    ];
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
