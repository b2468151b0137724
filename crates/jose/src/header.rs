use alloc::{borrow::ToOwned, string::String, vec::Vec};

use serde_json::{Map, Value};
use symbolon_types::Alg;

use crate::{JsonError, JwtError, json, x5c};

/// Longest `kid` that is read, in bytes. Thumbprints as URIs stay below 100.
pub const MAX_KID_BYTES: usize = 512;

/// The protected header of a JWS ([RFC 7515 §4]), as far as it is listened to.
///
/// `jwk`, `jku` and `x5u` are never looked at, and `x5c` is data for the caller, no key: whoever made the token wrote
/// them ([RFC 8725 §3.10]). `kid` is an opaque text for comparing with known ones. A header with `crit` or `b64` is
/// refused: no extension is understood here. Until the signature is verified, all of this is unproven.
///
/// [RFC 7515 §4]: https://www.rfc-editor.org/rfc/rfc7515#section-4
/// [RFC 8725 §3.10]: https://www.rfc-editor.org/rfc/rfc8725#section-3.10
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    alg: Alg,
    kid: Option<String>,
    typ: Option<String>,
    x5c: Option<Vec<Vec<u8>>>,
}

impl Header {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, JwtError> {
        let members = json::parse_object(json).map_err(|error| match error {
            JsonError::DuplicateMember => JwtError::DuplicateMember,
            _ => JwtError::MalformedHeader,
        })?;
        // RFC 7515 §4.1.11, RFC 7797 §6: first of all, and whatever they hold.
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(JwtError::UnsupportedCrit);
        }
        let alg = text(&members, "alg")?.ok_or(JwtError::MalformedHeader)?;
        let kid = text(&members, "kid")?;
        if kid.is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(JwtError::MalformedHeader);
        }
        text(&members, "cty")?;
        let chain = members.get("x5c").map(|chain| x5c::read(chain).ok_or(JwtError::MalformedHeader)).transpose()?;
        Ok(Self {
            alg: alg.parse().map_err(|_| JwtError::AlgNotAllowed)?,
            kid: kid.map(ToOwned::to_owned),
            typ: text(&members, "typ")?.map(ToOwned::to_owned),
            x5c: chain,
        })
    }

    /// `alg`. That it is known says nothing about being welcome.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// `kid`
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// `typ`, as it stands.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Whether `typ` is this media type: without regard to case, `application/` may be left out
    /// ([RFC 7515 §4.1.9](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9)). An absent `typ` is none.
    pub fn is_typ(&self, media_type: &str) -> bool {
        self.typ.as_deref().is_some_and(|typ| short(typ).eq_ignore_ascii_case(short(media_type)))
    }

    /// `x5c`: the certificates in DER, the signer's first. No key, and no proof of anything.
    pub fn x5c(&self) -> Option<&[Vec<u8>]> {
        self.x5c.as_deref()
    }
}

/// The media type without `application/`, if no other slash follows.
fn short(media_type: &str) -> &str {
    match media_type.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) && !rest.contains('/') => rest,
        _ => media_type,
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, JwtError> {
    members.get(name).map(|value| value.as_str().ok_or(JwtError::MalformedHeader)).transpose()
}

const APPLICATION: &str = "application/";

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn typed(typ: &str) -> Header {
        Header::parse(format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn typ_is_compared_as_a_media_type() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(typed(typ).is_typ("at+jwt") && typed(typ).is_typ("application/at+jwt"), "{typ}");
        }
        for typ in ["", "jwt", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "at+jwt;v=1", "application/"]
        {
            assert!(!typed(typ).is_typ("at+jwt"), "{typ}");
        }
        assert!(!Header::parse(br#"{"alg":"ES256"}"#).unwrap().is_typ("JWT"));
    }

    #[test]
    fn members_of_another_type_are_malformed() {
        assert!(Header::parse(br#"{"alg":"ES256","kid":"","typ":"","cty":"","x5c":["MAEC"],"jwk":1,"jku":2}"#).is_ok());
        for more in [
            r#""kid":1"#,
            r#""kid":{}"#,
            r#""kid":null"#,
            r#""typ":["JWT"]"#,
            r#""typ":null"#,
            r#""cty":1"#,
            r#""x5c":"MAEC""#,
            r#""x5c":[]"#,
            r#""x5c":null"#,
        ] {
            let header = format!(r#"{{"alg":"ES256",{more}}}"#);
            assert_eq!(Header::parse(header.as_bytes()), Err(JwtError::MalformedHeader), "{more}");
        }
    }
}
