use alloc::string::{String, ToString as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::MacKey;
use symbolon_jose::{MAX_JWT_BYTES, parse_json};
use symbolon_types::{ClientId, Secret, SecretBytes};

use crate::FamilyId;

/// The text of a refresh token: `family . generation . tag` (security decision D7).
///
/// Family and generation say which token it claims to be; the tag, a MAC under the server key over both, the client and
/// the family's random secret, says that it was issued. Any generation of a family is recognised for ever by one row.
pub(crate) struct RefreshText {
    pub(crate) family: FamilyId,
    pub(crate) generation: u64,
    tag: [u8; 32],
    /// The JWT that it came in, if it came in one.
    jwt: Option<Secret>,
}

impl core::fmt::Debug for RefreshText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RefreshText")
            .field("family", &self.family)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl RefreshText {
    /// Reads either form in which a refresh token is written; anything else is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::parse_tagged(text).or_else(|| {
            let claims = jwt::payload(text)?;
            let inner = Self::parse_tagged(claims.get("jti")?.as_str()?)?;
            Some(Self { jwt: Some(text.into()), ..inner })
        })
    }

    fn parse_tagged(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (family, generation, tag) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let family: [u8; 16] = URL_SAFE_NO_PAD.decode(family).ok()?.try_into().ok()?;
        let number: u64 = generation.parse().ok()?;
        // One number, one text: no sign, no leading zero, and no generation was ever 0.
        if number == 0 || number.to_string() != generation {
            return None;
        }
        let tag: [u8; 32] = URL_SAFE_NO_PAD.decode(tag).ok()?.try_into().ok()?;
        Some(Self { family: FamilyId::from_bytes(family), generation: number, tag, jwt: None })
    }

    /// Whether the tag is the one of this family, and the JWT around it one of ours. In constant time.
    pub(crate) fn is_tagged(&self, keys: RefreshKeys<'_>, client_id: &ClientId, secret: &SecretBytes) -> bool {
        let place = if self.jwt.is_some() { Place::InJwt } else { Place::Alone };
        let tagged = tag(keys.tag, place, self.family, self.generation, client_id, secret).ct_eq(&self.tag);
        let signed = self.jwt.as_ref().is_none_or(|jwt| jwt::is_signed(jwt.expose(), keys.jwt));
        bool::from(tagged) && signed
    }

    /// Writes the refresh token of this generation as a JWT with these claims beside `jti`, which is what [`Self::write`] gives
    /// for it.
    pub(crate) fn write_jwt(kid: &str, key: &dyn MacKey, tagged: &Secret, mut claims: Map<String, Value>) -> Secret {
        claims.insert("jti".into(), tagged.expose().into());
        jwt::sign(kid, key, &Value::Object(claims))
    }

    /// Writes the refresh token of this generation.
    pub(crate) fn write(
        key: &dyn MacKey,
        place: Place,
        family: FamilyId,
        generation: u64,
        client_id: &ClientId,
        secret: &SecretBytes,
    ) -> Secret {
        let mut text = String::with_capacity(MAX_TEXT_BYTES);
        URL_SAFE_NO_PAD.encode_string(family.as_bytes(), &mut text);
        text.push('.');
        text.push_str(&generation.to_string());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(tag(key, place, family, generation, client_id, secret), &mut text);
        Secret::new(text)
    }
}

/// Where the text stands. One is never good for the other: a `jti` is no secret to those who log it.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Alone,
    InJwt,
}

/// The keys of one server key that make refresh tokens.
#[derive(Clone, Copy)]
pub(crate) struct RefreshKeys<'a> {
    pub(crate) tag: &'a dyn MacKey,
    pub(crate) jwt: &'a dyn MacKey,
}

/// The JWT around a refresh token: HS256, with a key that no JWK set has. Nothing in it is believed but the text in `jti`,
/// which is what the tag is for; the signature keeps others from writing claims into it.
mod jwt {
    use super::*;

    pub(super) fn sign(kid: &str, key: &dyn MacKey, claims: &Value) -> Secret {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid });
        let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(&[header.as_bytes(), b".", claims.as_bytes()]));
        Secret::new([header, claims, signature].join("."))
    }

    pub(super) fn payload(text: &str) -> Option<Map<String, Value>> {
        if text.len() > MAX_JWT_BYTES {
            return None;
        }
        let mut parts = text.split('.').skip(1);
        let payload = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        parts.next().filter(|_| parts.next().is_none())?;
        parse_json(&payload).ok()
    }

    pub(super) fn is_signed(text: &str, key: &dyn MacKey) -> bool {
        text.rsplit_once('.').is_some_and(|(input, signature)| {
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
            key.sign(&[input.as_bytes()]).as_slice().ct_eq(&signature).into()
        })
    }
}

/// Family (22), generation (at most 20) and tag (43) with two dots.
const MAX_TEXT_BYTES: usize = 87;

fn tag(
    key: &dyn MacKey,
    place: Place,
    family: FamilyId,
    generation: u64,
    client_id: &ClientId,
    secret: &SecretBytes,
) -> [u8; 32] {
    let place: &[u8] = match place {
        Place::Alone => b"\0",
        Place::InJwt => b"\x01",
    };
    // Fixed lengths first, the client id last: no two inputs run together.
    key.sign(&[family.as_bytes(), &generation.to_be_bytes(), secret.expose(), place, client_id.as_str().as_bytes()])
}

#[cfg(test)]
mod tests {
    use symbolon_crypto_ring::PROVIDER;

    use super::*;

    fn parts() -> (FamilyId, ClientId, SecretBytes) {
        (FamilyId::from_bytes([3; 16]), ClientId::parse("app").unwrap(), SecretBytes::new([5; 32]))
    }

    #[test]
    fn a_text_reads_back_and_belongs_to_one_family_client_and_generation() {
        let (key, jwt) = (PROVIDER.hmac_sha256.load(&[1; 32]), PROVIDER.hmac_sha256.load(&[9; 32]));
        let other_key = PROVIDER.hmac_sha256.load(&[2; 32]);
        let keys = RefreshKeys { tag: &*key, jwt: &*jwt };
        let (family, client, secret) = parts();
        let text = RefreshText::write(&*key, Place::Alone, family, 7, &client, &secret);
        let read = RefreshText::parse(text.expose()).unwrap();
        assert_eq!((read.family, read.generation), (family, 7));
        assert!(read.is_tagged(keys, &client, &secret));
        assert!(!read.is_tagged(keys, &ClientId::parse("app2").unwrap(), &secret));
        assert!(!read.is_tagged(keys, &client, &SecretBytes::new([6; 32])));
        assert!(!read.is_tagged(RefreshKeys { tag: &*other_key, ..keys }, &client, &secret));
        let other = RefreshText::parse(&text.expose().replace(".7.", ".8.")).unwrap();
        assert!(!other.is_tagged(keys, &client, &secret));
    }

    #[test]
    fn a_jwt_around_it_is_ours_or_it_is_nothing() {
        let (tag, jwt) = (PROVIDER.hmac_sha256.load(&[1; 32]), PROVIDER.hmac_sha256.load(&[9; 32]));
        let keys = RefreshKeys { tag: &*tag, jwt: &*jwt };
        let (family, client, secret) = parts();
        let tagged = RefreshText::write(&*tag, Place::InJwt, family, 7, &client, &secret);
        let claims = json!({ "typ": "Refresh", "azp": "app" }).as_object().cloned().unwrap();
        let text = RefreshText::write_jwt("k1", &*jwt, &tagged, claims.clone());
        let read = RefreshText::parse(text.expose()).unwrap();
        assert_eq!((read.family, read.generation), (family, 7));
        assert!(read.is_tagged(keys, &client, &secret));
        assert!(!read.is_tagged(RefreshKeys { jwt: &*tag, ..keys }, &client, &secret));
        assert!(!read.is_tagged(RefreshKeys { tag: &*jwt, ..keys }, &client, &secret));
        // Neither is good in place of the other.
        assert!(!RefreshText::parse(tagged.expose()).unwrap().is_tagged(keys, &client, &secret));
        let alone = RefreshText::write(&*tag, Place::Alone, family, 7, &client, &secret);
        assert!(RefreshText::parse(alone.expose()).unwrap().is_tagged(keys, &client, &secret));
        let wrapped = RefreshText::write_jwt("k1", &*jwt, &alone, claims.clone());
        assert!(!RefreshText::parse(wrapped.expose()).unwrap().is_tagged(keys, &client, &secret));
        // What others wrote around it, or left away, is none of ours.
        let forged = RefreshText::write_jwt("k1", &*tag, &tagged, claims);
        assert!(!RefreshText::parse(forged.expose()).unwrap().is_tagged(keys, &client, &secret));
        let (input, signature) = text.expose().rsplit_once('.').unwrap();
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let payload = input.split_once('.').unwrap().1;
        for other in [format!("{input}."), format!("{header}.{payload}.{signature}"), format!("{input}.{input}")] {
            assert!(RefreshText::parse(&other).is_none_or(|read| !read.is_tagged(keys, &client, &secret)), "{other}");
        }
        for none in
            [format!("{text}.x", text = text.expose()), input.into(), format!("a.{}.b", URL_SAFE_NO_PAD.encode("{}"))]
        {
            assert!(RefreshText::parse(&none).is_none(), "{none}");
        }
    }

    #[test]
    fn a127_a_truncated_extended_or_respelled_token_is_none_of_ours() {
        let key = PROVIDER.hmac_sha256.load(&[1; 32]);
        let (family, client, secret) = parts();
        let text = RefreshText::write(&*key, Place::Alone, family, 7, &client, &secret);
        let text = text.expose();
        for bad in [
            text.replace(".7.", ".07."),
            text.replace(".7.", ".+7."),
            text.replace(".7.", ".0."),
            text.replace(".7.", ".99999999999999999999."),
            format!("{text}A"),
            format!("{text}="),
            format!("{text}.x"),
            format!(" {text}"),
            text.chars().take(text.chars().count().saturating_sub(1)).collect(),
            String::new(),
            String::from("..."),
            String::from("yBtapz3ThC3uVWufWhxsLtbEidPnEsL7atvfHSBANDs="),
        ] {
            assert!(RefreshText::parse(&bad).is_none(), "{bad}");
        }
        assert!(RefreshText::parse(text).is_some());
    }
}
