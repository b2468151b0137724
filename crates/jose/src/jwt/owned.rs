use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use core::{fmt, mem};

use symbolon_types::SecretBytes;
use zeroize::Zeroizing;

use super::{MAX_JWT_BYTES, Parts, Places, UnverifiedJwt};
use crate::{Claims, JwtError, claims::ClaimsIndex, header::HeaderParts};

/// An [`UnverifiedJwt`] that owns its octets: for who must look something up before the key is known. Header and claims are
/// read once, when it is made, and still unproven: there is no way to them but [`Self::as_ref`], and what that gives has to
/// be verified, over the very octets that came ([RFC 7515 §5.2]).
///
/// Whoever has it can use it as its maker would: it is wiped when dropped, `==` takes the same time for texts of equal length,
/// and `Debug` shows the header alone.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{OwnedUnverifiedJwt, SigningKey};
/// use symbolon_types::{Alg, SecretBytes};
///
/// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
/// let jwt = OwnedUnverifiedJwt::parse(&key.sign(&PROVIDER, None, &serde_json::json!({ "sub": "client" }))?)?;
/// assert_eq!(jwt.as_ref().peek_claim("sub").as_deref(), Some("client"));
/// let verified = jwt.as_ref().verify(&key.verifying_key(&PROVIDER)?)?;
/// assert_eq!(verified.claims()?.sub.as_deref(), Some("client"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// It has no claims either:
/// ```compile_fail,E0599
/// fn read(jwt: symbolon_jose::OwnedUnverifiedJwt) { let _ = jwt.as_ref().claims(); }
/// ```
/// ```
/// fn read(jwt: symbolon_jose::OwnedUnverifiedJwt, key: &symbolon_jose::VerifyingKey) {
///     if let Ok(verified) = jwt.as_ref().verify(key) {
///         let _ = verified.claims();
///     }
/// }
/// ```
///
/// [RFC 7515 §5.2]: https://www.rfc-editor.org/rfc/rfc7515#section-5.2
#[derive(Clone, Eq, PartialEq)]
pub struct OwnedUnverifiedJwt(Box<Kept>);

#[derive(Clone)]
struct Kept {
    /// The text as it came, and behind it the decoded parts.
    octets: SecretBytes,
    text_length: usize,
    signing_input_length: usize,
    /// In what stands behind the text.
    places: Places,
    header: HeaderParts,
    /// `None`: claims for the strict reader, which says what is wrong with them once they are verified.
    claims: Option<ClaimsIndex>,
}

impl OwnedUnverifiedJwt {
    /// Reads a JWT of at most [`MAX_JWT_BYTES`].
    ///
    /// # Errors
    /// As [`UnverifiedJwt::parse`]. The code that a peer hears is for the caller to say, by what the JWT was for.
    pub fn parse(text: &str) -> Result<Self, JwtError> {
        let parts = Parts::split(text, MAX_JWT_BYTES)?;
        let text_length = text.len();
        // Room for all from the start: what moves leaves a copy behind.
        let length = text_length.saturating_add(parts.room());
        let mut octets = Zeroizing::new(Vec::with_capacity(length));
        octets.extend_from_slice(text.as_bytes());
        octets.resize(length, 0);
        let (_, decoded) = octets.split_at_mut_checked(text_length).unwrap_or_default();
        let places = parts.decode_into(decoded)?;
        let header = parts.read_header(places.header(decoded))?;
        let claims = Claims::index(places.payload(decoded));
        Ok(Self(Box::new(Kept {
            octets: SecretBytes::new(mem::take(&mut *octets)),
            text_length,
            signing_input_length: parts.signing_input.len(),
            places,
            header,
            claims,
        })))
    }

    /// The JWT.
    pub fn as_ref(&self) -> UnverifiedJwt<'_> {
        let Kept { octets, text_length, signing_input_length, places, header, claims } = &*self.0;
        let (text, octets) = octets.expose().split_at_checked(*text_length).unwrap_or_default();
        UnverifiedJwt {
            signing_input: text.get(..*signing_input_length).unwrap_or_default(),
            octets: Cow::Borrowed(octets),
            places: *places,
            header: Cow::Borrowed(header),
            claims: claims.as_ref(),
        }
    }
}

/// By the octets: all else was read from them.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for Kept {}

/// The header alone: claims may name people, and the signature makes it a token.
impl fmt::Debug for OwnedUnverifiedJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedUnverifiedJwt").field("header", &self.as_ref().header()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use proptest::{prelude::*, test_runner::RngSeed};
    use symbolon_crypto_ring::PROVIDER;
    use symbolon_types::Alg;

    use super::*;
    use crate::{
        VerifyingKey, base64url,
        scan::tests::{any_change, any_json},
    };

    const HEADER: &[u8] = br#"{"alg":"HS256","kid":"k","typ":"JWT"}"#;

    fn key() -> VerifyingKey {
        VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap()
    }

    fn signed(header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        let mac = PROVIDER.load_mac(Alg::Hs256, &[7; 32]).unwrap().sign(&[input.as_bytes()]);
        format!("{input}.{}", base64url::encode(mac.as_ref()))
    }

    /// Everything that the JWT of a text says, or why it says nothing.
    fn said(jwt: Result<UnverifiedJwt<'_>, JwtError>) -> Result<String, JwtError> {
        let jwt = jwt?;
        let peeked = ["sub", "iss", "a", "exp", "absent"].map(|name| jwt.peek_claim(name).map(Cow::into_owned));
        let header = format!("{:?}", jwt.header());
        let verified = jwt.verify(&key())?;
        let claims = verified.claims().map(|claims| {
            let Claims { iss, sub, aud, exp, nbf, iat, jti, .. } = &claims;
            let others: Vec<_> =
                claims.names().map(|name| (name, claims.get(name).and_then(|value| value.as_str()))).collect();
            format!("{iss:?} {sub:?} {aud:?} {exp:?} {nbf:?} {iat:?} {jti:?} {others:?}")
        });
        Ok(format!("{header} {peeked:?} {claims:?} {:?}", verified.payload()))
    }

    fn owned_says_the_same(text: &str) -> Result<String, JwtError> {
        let owned = OwnedUnverifiedJwt::parse(text);
        let by_owned = said(owned.as_ref().map(OwnedUnverifiedJwt::as_ref).map_err(Clone::clone));
        assert_eq!(by_owned, said(UnverifiedJwt::parse(text)), "{text}");
        by_owned
    }

    #[test]
    fn a_kept_jwt_says_what_the_text_says() {
        let many: Vec<String> = (0..40).map(|name| format!(r#""{name}":"{name}""#)).collect();
        let many = format!("{{{}}}", many.join(","));
        for payload in [
            r#"{"iss":"c","sub":"c","aud":"https://as.example","exp":1700000060,"nbf":1,"iat":1,"jti":"1","a":"b"}"#,
            r#"{"sub":"c\u00e6","aud":["a","b"],"exp":1.5e9}"#,
            r#"{"sub":"\ud83d\ude00","\u0061":"b"}"#,
            r#"{"sub":1}"#,
            r#"{"sub":null,"exp":"1700000060"}"#,
            r#"{"sub":"c","sub":"d"}"#,
            r#"{"sub":"c","a":{"b":1,"b":2}}"#,
            r#"{"sub":"c""#,
            "[]",
            "{}",
            "\u{e6}",
            &many,
        ] {
            assert!(owned_says_the_same(&signed(HEADER, payload.as_bytes())).is_ok(), "{payload}");
        }
        assert!(owned_says_the_same(&signed(HEADER, b"{\"sub\":\"\xff\"}")).is_ok());
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","crit":["a"]}"#, r#"{"alg":"ES256"}"#, "{}", "x"] {
            assert!(owned_says_the_same(&signed(header.as_bytes(), b"{}")).is_err(), "{header}");
        }
        let long = signed(HEADER, format!(r#"{{"a":"{}"}}"#, "a".repeat(MAX_JWT_BYTES)).as_bytes());
        assert_eq!(OwnedUnverifiedJwt::parse(&long).err(), UnverifiedJwt::parse(&long).err());
        assert!(matches!(OwnedUnverifiedJwt::parse(&long), Err(JwtError::TooLarge { .. })));
    }

    #[test]
    fn a_kept_jwt_with_one_octet_changed_is_refused() {
        let text = signed(HEADER, br#"{"sub":"client","exp":1700000060}"#);
        assert!(owned_says_the_same(&text).is_ok());
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = text.clone();
            changed.replace_range(at..=at, other);
            assert!(owned_says_the_same(&changed).is_err(), "{at}");
            assert_ne!(OwnedUnverifiedJwt::parse(&changed).ok(), OwnedUnverifiedJwt::parse(&text).ok());
        }
        assert_eq!(OwnedUnverifiedJwt::parse(&text).ok(), OwnedUnverifiedJwt::parse(&text).ok());
    }

    #[test]
    fn no_claim_is_shown() {
        let jwt = OwnedUnverifiedJwt::parse(&signed(HEADER, br#"{"sub":"MARKER"}"#)).unwrap();
        assert_eq!(
            format!("{jwt:?}"),
            r#"OwnedUnverifiedJwt { header: Header { alg: Hs256, kid: Some("k"), typ: Some("JWT"), x5c: None }, .. }"#
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1_700_000_000), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_payload_is_kept_as_it_is(
            json in any_json(),
            names in prop::collection::vec(prop::sample::select(&["sub", "iss", "aud", "exp", "a"][..]), 0..3),
            change in prop::option::of(any_change()),
        ) {
            let members: Vec<String> = names.iter().map(|name| format!(r#""{name}":{json}"#)).collect();
            let mut payload = format!("{{{}}}", members.join(",")).into_bytes();
            if let Some(change) = change {
                change.make(&mut payload);
            }
            let _ = owned_says_the_same(&signed(HEADER, &payload));
        }

        #[test]
        fn any_text_is_kept_or_refused_as_it_is(change in any_change()) {
            let mut text = signed(HEADER, br#"{"sub":"client"}"#).into_bytes();
            change.make(&mut text);
            let _ = owned_says_the_same(&String::from_utf8_lossy(&text));
        }
    }
}
