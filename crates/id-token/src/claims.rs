use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_jose::Audience;
use symbolon_types::Secret;
use time::UtcDateTime;

use crate::{ClaimName, NotAString, Personal};

/// The claims of a validated ID token ([OIDC Core §2]).
///
/// There is no way to one but [`Checks::check`](crate::Checks::check). `Debug` shows issuer, audience and times; of
/// everything else it says at most that it is there (security decisions D21, D33).
///
/// # Security
/// The person is `iss` and `sub` together. An `acr` that was not demanded was not judged.
///
/// [OIDC Core §2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person, as this issuer names them to this client: 1 to 255 ASCII characters.
    pub sub: Personal,
    /// For whom the token is: the client, and others that it trusts.
    pub aud: Audience<'static>,
    /// Until when it is taken.
    pub exp: UtcDateTime,
    /// When it was issued.
    pub iat: UtcDateTime,
    /// From when it is taken.
    pub nbf: Option<UtcDateTime>,
    /// When the person signed in.
    pub auth_time: Option<UtcDateTime>,
    /// The value of the authorization request.
    pub nonce: Option<Secret>,
    /// How well the person was identified.
    pub acr: Option<String>,
    /// By which means; a string is read as an array of one. The values are the issuer's own and not judged.
    pub amr: Vec<String>,
    /// To whom it was issued: the client.
    pub azp: Option<String>,
    /// What binds it to the access token, compared.
    pub at_hash: Option<String>,
    /// What binds it to the code, compared.
    pub c_hash: Option<String>,
    /// The session, for logout.
    pub sid: Option<String>,
    /// The token's own identifier.
    pub jti: Option<String>,
    pub(crate) other: Map<String, Value>,
}

impl IdTokenClaims {
    /// Any other claim, as it came.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.other.get(name)
    }

    /// The names of the other claims.
    pub fn other_names(&self) -> impl Iterator<Item = &str> {
        self.other.keys().map(String::as_str)
    }

    /// Another claim that is to be text, such as `locale`.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text. That is not the same as not being there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, NotAString> {
        match self.other.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(NotAString),
        }
    }

    /// Another claim that is to be text about a person, such as `name`, `given_name` or `birthdate`.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text.
    pub fn personal(&self, name: &str) -> Result<Option<Personal>, NotAString> {
        Ok(self.text(name)?.map(Personal::new))
    }

    /// `pid`: the national identity number that ID-porten sends, leading zeros included.
    ///
    /// # Errors
    /// - [`NotAString`]: it is there and is not text.
    pub fn pid(&self) -> Result<Option<Personal>, NotAString> {
        self.personal("pid")
    }

    /// What is left of the members when those that have a field are taken out.
    pub(crate) fn others(mut members: Map<String, Value>) -> Map<String, Value> {
        for name in ClaimName::ALL {
            members.remove(name.as_str());
        }
        members
    }
}

impl fmt::Debug for IdTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = |is: bool| if is { "present" } else { "absent" };
        f.debug_struct("IdTokenClaims")
            .field("iss", &self.iss)
            .field("sub", &self.sub)
            .field("aud", &self.aud)
            .field("exp", &self.exp)
            .field("iat", &self.iat)
            .field("nbf", &self.nbf)
            .field("auth_time", &self.auth_time)
            .field("nonce", &present(self.nonce.is_some()))
            .field("acr", &present(self.acr.is_some()))
            .field("amr", &self.amr.len())
            .field("azp", &present(self.azp.is_some()))
            .field("at_hash", &present(self.at_hash.is_some()))
            .field("c_hash", &present(self.c_hash.is_some()))
            .field("sid", &present(self.sid.is_some()))
            .field("jti", &present(self.jti.is_some()))
            .field("other", &self.other.len())
            .finish()
    }
}
