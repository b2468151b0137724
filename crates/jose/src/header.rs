use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::Alg;

use crate::{
    JsonError, Jwk, JwtError, KeyError, json,
    scan::{self, Place},
    x5c,
};

/// Longest `kid` that is read, in bytes. Thumbprints as URIs stay below 100.
pub const MAX_KID_BYTES: usize = 512;

/// The protected header of a JWS ([RFC 7515 §4]), as far as it is listened to.
///
/// `jwk`, `jku` and `x5u` are not looked at, and `x5c` is data for the caller, no key: whoever made the token wrote
/// them ([RFC 8725 §3.10]). The reader of DPoP proofs asks for `jwk` by name, and nobody else does
/// ([`UnverifiedJwt::embedded_jwk`](crate::UnverifiedJwt::embedded_jwk)). `kid` is an opaque text for comparing with known ones. A header with `crit` or `b64` is
/// refused: no extension is understood here. Until the signature is verified, all of this is unproven.
///
/// [RFC 7515 §4]: https://www.rfc-editor.org/rfc/rfc7515#section-4
/// [RFC 8725 §3.10]: https://www.rfc-editor.org/rfc/rfc8725#section-3.10
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Header<'j> {
    alg: Alg,
    // Octets that were read as UTF-8: most headers are compared and never shown.
    kid: Option<&'j [u8]>,
    typ: Option<&'j [u8]>,
    x5c: Option<&'j [Vec<u8>]>,
}

impl<'j> Header<'j> {
    /// `alg`. That it is known says nothing about being welcome.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// `kid`
    pub fn kid(&self) -> Option<&'j str> {
        text_of(self.kid)
    }

    /// Whether `kid` is this one, octet for octet. An absent `kid` is none.
    pub fn is_kid(&self, kid: &str) -> bool {
        self.kid == Some(kid.as_bytes())
    }

    /// Whether there is a `kid`.
    pub const fn has_kid(&self) -> bool {
        self.kid.is_some()
    }

    /// `typ`, as it stands.
    pub fn typ(&self) -> Option<&'j str> {
        text_of(self.typ)
    }

    /// Whether there is a `typ`.
    pub const fn has_typ(&self) -> bool {
        self.typ.is_some()
    }

    /// Whether `typ` is this media type: without regard to case, `application/` may be left out
    /// ([RFC 7515 §4.1.9](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9)). An absent `typ` is none.
    pub fn is_typ(&self, media_type: &str) -> bool {
        self.typ.is_some_and(|typ| short(typ).eq_ignore_ascii_case(short(media_type.as_bytes())))
    }

    /// `x5c`: the certificates in DER, the signer's first. No key, and no proof of anything.
    pub const fn x5c(&self) -> Option<&'j [Vec<u8>]> {
        self.x5c
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("alg", &self.alg)
            .field("kid", &self.kid())
            .field("typ", &self.typ())
            .field("x5c", &self.x5c.map(<[Vec<u8>]>::len))
            .finish()
    }
}

/// What was read of a header, beside the octets that it was read from.
#[derive(Clone)]
pub(crate) struct HeaderParts {
    alg: Alg,
    kid: Option<Text>,
    typ: Option<Text>,
    x5c: Option<Vec<Vec<u8>>>,
}

impl HeaderParts {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, JwtError> {
        match Self::scan(json) {
            Some(parts) => Ok(parts),
            None => Self::read(&json::parse_object(json).map_err(header_error)?),
        }
    }

    /// Reads a header of the usual form; all else is for [`Self::read`].
    fn scan(json: &[u8]) -> Option<Self> {
        let text = str::from_utf8(json).ok()?;
        let (mut alg, mut kid, mut typ) = (None, None, None);
        scan::object(text, |member| {
            match member.name {
                "alg" => alg = Some(member.plain_string()?.0.parse().ok()?),
                "kid" => kid = Some(member.plain_string().filter(|(kid, _)| kid.len() <= MAX_KID_BYTES)?.1),
                "typ" => typ = Some(member.plain_string()?.1),
                "crit" | "b64" | "x5c" | "cty" => return None,
                _ => {}
            }
            Some(())
        })?;
        Some(Self { alg: alg?, kid: kid.map(Text::At), typ: typ.map(Text::At), x5c: None })
    }

    fn read(members: &Map<String, Value>) -> Result<Self, JwtError> {
        // RFC 7515 §4.1.11, RFC 7797 §6: first of all, and whatever they hold.
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(JwtError::UnsupportedCrit);
        }
        let alg = text(members, "alg")?.ok_or(JwtError::MalformedHeader)?;
        let kid = text(members, "kid")?;
        if kid.is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(JwtError::MalformedHeader);
        }
        text(members, "cty")?;
        let chain = members.get("x5c").map(|chain| x5c::read(chain).ok_or(JwtError::MalformedHeader)).transpose()?;
        Ok(Self {
            alg: alg.parse().map_err(|_| JwtError::AlgNotAllowed)?,
            kid: kid.map(|kid| Text::Own(kid.into())),
            typ: text(members, "typ")?.map(|typ| Text::Own(typ.into())),
            x5c: chain,
        })
    }

    pub(crate) const fn alg(&self) -> Alg {
        self.alg
    }

    /// The header, with the octets that it was read from.
    pub(crate) fn with<'j>(&'j self, json: &'j [u8]) -> Header<'j> {
        let octets = |text: &'j Option<Text>| match text {
            Some(Text::At(place)) => Some(place.of(json)),
            Some(Text::Own(text)) => Some(text.as_bytes()),
            None => None,
        };
        Header { alg: self.alg, kid: octets(&self.kid), typ: octets(&self.typ), x5c: self.x5c.as_deref() }
    }
}

/// Reads `jwk`, from the octets of a header that was read before: it has no member twice at any depth.
pub(crate) fn embedded_jwk(json: &[u8]) -> Result<Jwk, KeyError> {
    let mut found = None;
    let scanned = str::from_utf8(json).ok().and_then(|text| {
        scan::object(text, |member| {
            if member.name == "jwk" {
                found = Some(member.value);
            }
            Some(())
        })
    });
    match (scanned, found) {
        (Some(()), Some(jwk)) => Jwk::parse(jwk.as_bytes()),
        (Some(()), None) => Err(KeyError::NotEmbedded),
        (None, _) => {
            let members = json::parse_object(json).map_err(KeyError::Json)?;
            Jwk::from_value(members.get("jwk").ok_or(KeyError::NotEmbedded)?)
        }
    }
}

/// A text of the header: where it stands, or unescaped.
#[derive(Clone)]
enum Text {
    At(Place),
    Own(String),
}

fn header_error(error: JsonError) -> JwtError {
    match error {
        JsonError::DuplicateMember => JwtError::DuplicateMember,
        _ => JwtError::MalformedHeader,
    }
}

/// What is there is never taken for absent. These octets were read as UTF-8; others would be a text that nobody expects.
fn text_of(octets: Option<&[u8]>) -> Option<&str> {
    octets.map(|octets| str::from_utf8(octets).unwrap_or("\u{fffd}"))
}

/// The media type without `application/`, if no other slash follows.
fn short(media_type: &[u8]) -> &[u8] {
    match media_type.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) && !rest.contains(&b'/') => rest,
        _ => media_type,
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, JwtError> {
    members.get(name).map(|value| value.as_str().ok_or(JwtError::MalformedHeader)).transpose()
}

const APPLICATION: &[u8] = b"application/";

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn is_typ(typ: &str, media_type: &str) -> bool {
        let json = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        HeaderParts::parse(json.as_bytes()).unwrap().with(json.as_bytes()).is_typ(media_type)
    }

    fn refusal(json: &str) -> Option<JwtError> {
        HeaderParts::parse(json.as_bytes()).err()
    }

    #[test]
    fn typ_is_compared_as_a_media_type() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt", r"application\/at+jwt"] {
            assert!(is_typ(typ, "at+jwt") && is_typ(typ, "application/at+jwt"), "{typ}");
        }
        for typ in ["", "jwt", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "at+jwt;v=1", "application/"]
        {
            assert!(!is_typ(typ, "at+jwt"), "{typ}");
        }
        let without = br#"{"alg":"ES256"}"#;
        assert!(!HeaderParts::parse(without).unwrap().with(without).is_typ("JWT"));
    }

    #[test]
    fn members_of_another_type_are_malformed() {
        assert_eq!(refusal(r#"{"alg":"ES256","kid":"","typ":"","cty":"","x5c":["MAEC"],"jwk":1,"jku":2}"#), None);
        assert_eq!(refusal(r#"{"alg":"ES256","kid":"","typ":"","jwk":1,"jku":2}"#), None);
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
            assert_eq!(refusal(&format!(r#"{{"alg":"ES256",{more}}}"#)), Some(JwtError::MalformedHeader), "{more}");
        }
    }

    #[test]
    fn both_readers_find_the_same_header() {
        for json in [
            r#"{"alg":"RS256"}"#,
            r#" { "typ" : "JWT" , "alg" : "ES256" , "kid" : "a/b\u00e6" } "#,
            r#"{"alg":"ES256","kid":"\ud83d\ude00","typ":"a\/b","x5t#S256":"x","jku":null,"e":1e3}"#,
        ] {
            let members = json::parse_object(json.as_bytes()).unwrap();
            let read = HeaderParts::read(&members).unwrap();
            let parsed = HeaderParts::parse(json.as_bytes()).unwrap();
            assert_eq!(parsed.with(json.as_bytes()), read.with(json.as_bytes()), "{json}");
            assert_eq!(read.with(json.as_bytes()).kid(), members.get("kid").and_then(Value::as_str));
        }
        let kid = "k".repeat(MAX_KID_BYTES);
        assert_eq!(refusal(&format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#)), None);
        assert_eq!(refusal(&format!(r#"{{"alg":"ES256","kid":"{kid}k"}}"#)), Some(JwtError::MalformedHeader));
    }
}
