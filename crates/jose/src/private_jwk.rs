use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use symbolon_crypto::{OwnedPublicKey, PrivateKey, PublicKey};
use symbolon_types::SecretBytes;
use zeroize::Zeroizing;

use crate::{
    KeyError, MAX_JWK_BYTES, base64url,
    certificate::check_x5c,
    json::{Strict, parse_with},
    jwk::{Labels, PRIVATE_MEMBERS, foreign_members, read_public_key, text},
};

/// A JWK that is private or symmetric, its secret members decoded and wiped when dropped.
pub(crate) struct PrivateJwk {
    pub(crate) labels: Labels,
    pub(crate) material: Material,
}

/// What a private JWK holds.
pub(crate) enum Material {
    /// `kty` is `oct`.
    Symmetric(SecretBytes),
    /// A key pair.
    Pair { public: OwnedPublicKey, secrets: Secrets },
}

impl PrivateJwk {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, KeyError> {
        if json.len() > MAX_JWK_BYTES {
            return Err(KeyError::TooLarge { length: json.len(), limit: MAX_JWK_BYTES });
        }
        let members = parse_with(json, |strict, json| json.deserialize_map(Reader(strict))).map_err(KeyError::Json)?;
        let labels = Labels::read(&members.public)?;
        if let Some(name) = members.malformed {
            return Err(KeyError::InvalidMember { name });
        }
        let secrets = members.secrets;
        let material = if text(&members.public, "kty")? == "oct" {
            foreign_members(&members.public, &["n", "e", "crv", "x", "y", "pub"])?;
            Material::Symmetric(SecretBytes::new(secrets.only(&["k"])?.take("k")?.as_slice()))
        } else {
            if secrets.has("k") {
                return Err(KeyError::InvalidMember { name: "k" });
            }
            // RFC 7518 §6.3.2.7: more than two primes, which no provider here does.
            if secrets.has("oth") {
                return Err(KeyError::UnsupportedKeyType);
            }
            let public = read_public_key(&members.public)?;
            check_x5c(&labels.x5c, &public.as_ref())?;
            let names: &[&'static str] = match public {
                OwnedPublicKey::Rsa { .. } => &["d", "p", "q", "dp", "dq", "qi"],
                OwnedPublicKey::Akp { .. } => &["priv"],
                _ => &["d"],
            };
            if names.first().is_none_or(|name| !secrets.has(name)) {
                return Err(KeyError::NotPrivate);
            }
            Material::Pair { public, secrets: secrets.only(names)? }
        };
        Ok(Self { labels, material })
    }
}

/// The decoded secret members by name.
pub(crate) struct Secrets(Vec<(&'static str, Zeroizing<Vec<u8>>)>);

impl Secrets {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| *other == name)
    }

    fn take(mut self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let place = self.0.iter().position(|(other, _)| *other == name).ok_or(KeyError::MissingMember { name })?;
        Ok(self.0.swap_remove(place).1)
    }

    /// All of these names and no other.
    fn only(self, names: &[&'static str]) -> Result<Self, KeyError> {
        for name in names.iter().copied() {
            if !self.has(name) {
                return Err(KeyError::MissingMember { name });
            }
        }
        match self.0.iter().find(|(name, _)| !names.contains(name)) {
            Some((name, _)) => Err(KeyError::InvalidMember { name }),
            None => Ok(self),
        }
    }

    fn get(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(other, _)| *other == name).map_or(&[], |(_, octets)| octets)
    }

    /// The pair in the form in which a provider takes it.
    pub(crate) fn with<'a>(&'a self, public: &'a OwnedPublicKey) -> Option<PrivateKey<'a>> {
        match public.as_ref() {
            PublicKey::Rsa { n, e } => Some(PrivateKey::Rsa {
                n,
                e,
                d: self.get("d"),
                p: self.get("p"),
                q: self.get("q"),
                dp: self.get("dp"),
                dq: self.get("dq"),
                qi: self.get("qi"),
            }),
            PublicKey::Ec { curve, x, y } => Some(PrivateKey::Ec { curve, x, y, d: self.get("d") }),
            PublicKey::Ed25519 { x } => Some(PrivateKey::Ed25519 { x, d: self.get("d") }),
            PublicKey::Akp { alg, public } => Some(PrivateKey::Akp { alg, public, seed: self.get("priv") }),
            _ => None,
        }
    }
}

struct Members {
    public: Map<String, Value>,
    secrets: Secrets,
    malformed: Option<&'static str>,
}

/// Reads the members in one pass: what is secret goes from the text into wiped memory and never into a `Value`.
struct Reader<'c>(Strict<'c>);

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JWK")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
        let mut read = Members { public: Map::new(), secrets: Secrets(Vec::new()), malformed: None };
        while let Some(name) = members.next_key::<String>()? {
            if read.public.contains_key(&name) || read.secrets.has(&name) {
                return Err(self.0.duplicate());
            }
            if let Some(name) = PRIVATE_MEMBERS.iter().copied().find(|other| *other == name) {
                let octets = members.next_value::<SecretOctets>()?.0;
                // `oth` is refused later, whatever it holds.
                if octets.is_none() && name != "oth" {
                    read.malformed.get_or_insert(name);
                }
                read.secrets.0.push((name, octets.unwrap_or_default()));
            } else {
                let value = members.next_value_seed(self.0)?;
                read.public.insert(name, value);
            }
        }
        Ok(read)
    }
}

/// The octets of a secret member, straight from its text; `None` if it is no base64url.
struct SecretOctets(Option<Zeroizing<Vec<u8>>>);

impl<'de> Deserialize<'de> for SecretOctets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretOctets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64url")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<SecretOctets, E> {
        Ok(SecretOctets(base64url::decode_secret(text)))
    }

    // A text with escapes: it has left a copy in the reader's buffer, so it is not taken as a secret.
    fn visit_str<E: Error>(self, _: &str) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_unit<E: Error>(self) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<SecretOctets, E> {
        Ok(SecretOctets(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<SecretOctets, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(SecretOctets(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<SecretOctets, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(SecretOctets(None))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::JsonError;

    use super::*;

    fn okp(more: &str) -> Result<(), KeyError> {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let json = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{more}}}"#);
        PrivateJwk::parse(json.as_bytes()).map(|_| ())
    }

    #[test]
    fn exactly_the_members_of_the_kind_are_taken() {
        assert_eq!(okp(r#","d":"AAAA""#), Ok(()));
        assert_eq!(okp(""), Err(KeyError::NotPrivate));
        assert_eq!(okp(r#","d":"AAAA","p":"AAAA""#), Err(KeyError::InvalidMember { name: "p" }));
        assert_eq!(okp(r#","d":"AAAA","k":"AAAA""#), Err(KeyError::InvalidMember { name: "k" }));
        assert_eq!(okp(r#","d":"AAAA","oth":[{}]"#), Err(KeyError::UnsupportedKeyType));
        for bad in ["\"AAA=\"", "1", "-1", "1.5", "true", "null", "[\"AAAA\"]", "{\"d\":\"AAAA\"}", "\"\\u0041AAA\""] {
            assert_eq!(okp(&format!(r#","d":{bad}"#)), Err(KeyError::InvalidMember { name: "d" }), "{bad}");
        }
        assert_eq!(okp(r#","d":"AAAA","d":"AAAA""#), Err(KeyError::Json(JsonError::DuplicateMember)));
        assert_eq!(okp(r#","d":"AAAA","x":"AAAA""#), Err(KeyError::Json(JsonError::DuplicateMember)));
        assert_eq!(okp(r#","d":"AAAA","y":{"a":1,"a":1}"#), Err(KeyError::Json(JsonError::DuplicateMember)));
    }

    #[test]
    fn a_symmetric_key_is_told_apart() {
        let jwk = PrivateJwk::parse(br#"{"kty":"oct","k":"AAAA","kid":"1"}"#).unwrap();
        assert!(matches!(jwk.material, Material::Symmetric(k) if k.expose() == [0, 0, 0]));
        assert_eq!(jwk.labels.kid.as_deref(), Some("1"));
        let missing = PrivateJwk::parse(br#"{"kty":"oct"}"#).map(|_| ());
        assert_eq!(missing, Err(KeyError::MissingMember { name: "k" }));
        for more in
            [r#""x":"AAAA""#, r#""n":"AQAB""#, r#""crv":"P-256""#, r#""d":"AAAA""#, r#""priv":"AAAA""#, r#""pub":1"#]
        {
            let mixed = format!(r#"{{"kty":"oct","k":"AAAA",{more}}}"#);
            let refused = PrivateJwk::parse(mixed.as_bytes()).map(|_| ());
            assert!(matches!(refused, Err(KeyError::InvalidMember { .. })), "{more}");
        }
        assert_eq!(PrivateJwk::parse(b"[]").map(|_| ()), Err(KeyError::Json(JsonError::Type)));
    }
}
