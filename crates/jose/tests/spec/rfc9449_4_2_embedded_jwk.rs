//! The `jwk` of a header, for DPoP proofs alone.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwtError, KeyError, UnverifiedJwt};
use symbolon_types::Alg;

use crate::support::{ASYMMETRIC, decode, encode, signature, signing_key, token};

fn header(text: &str) -> Value {
    serde_json::from_slice(&decode(text.split('.').next().unwrap())).unwrap()
}

/// What is read of a header with these members beside `alg`.
fn embedded(members: &str) -> Result<Jwk, KeyError> {
    let text = token(Alg::Es256, format!(r#"{{"alg":"ES256"{members}}}"#), "{}");
    UnverifiedJwt::parse(&text).unwrap().embedded_jwk()
}

fn public(alg: Alg) -> Jwk {
    let required = signing_key(alg).public_jwk().unwrap();
    Jwk::from_public_key(&required.public_key().to_owned())
}

#[test]
fn the_public_half_that_is_written_is_read_and_verifies_the_token() {
    for alg in ASYMMETRIC {
        let key = signing_key(alg).with_embedded_jwk().unwrap();
        for typ in [None, Some("dpop+jwt"), Some("unusual+jwt")] {
            let text = key.sign(&PROVIDER, typ, &json!({ "a": 1 })).unwrap();
            let jwt = UnverifiedJwt::parse(&text).unwrap();
            let jwk = jwt.embedded_jwk().unwrap();
            assert_eq!(jwk, public(alg));
            let verifying = jwk.verifying_key(&PROVIDER, &[alg]).unwrap();
            assert_eq!(jwt.verify(&verifying).unwrap().payload(), br#"{"a":1}"#);

            let mut expected =
                json!({ "alg": alg.as_str(), "jwk": serde_json::from_str::<Value>(&jwk.to_json()).unwrap() });
            if let Some(typ) = typ {
                expected["typ"] = typ.into();
            }
            assert_eq!(header(&text), expected);
        }
    }
}

#[test]
fn labels_of_the_key_are_not_in_its_jwk() {
    let key = signing_key(Alg::Es256).with_embedded_jwk().unwrap().with_kid("k");
    let header = header(&key.sign(&PROVIDER, Some("dpop+jwt"), &json!({})).unwrap());
    assert_eq!(header["kid"], "k");
    let members: Vec<&String> = header["jwk"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["crv", "kty", "x", "y"]);
}

#[test]
fn a_mac_key_has_no_public_half() {
    for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
        assert_eq!(signing_key(alg).with_embedded_jwk().err(), Some(KeyError::PrivateKey));
    }
}

#[test]
fn a089_a_jwk_that_is_absent_private_or_no_object_is_refused() {
    let jwk = public(Alg::Es256).to_json();
    let with = |more: &str| embedded(&format!(r#","jwk":{},{more}}}"#, jwk.trim_end_matches('}')));
    assert!(embedded(&format!(r#","jwk":{jwk}"#)).is_ok());
    assert!(with(r#""unknown":[1]"#).is_ok());
    assert_eq!(embedded(""), Err(KeyError::NotEmbedded));
    assert_eq!(embedded(r#","cty":"x""#), Err(KeyError::NotEmbedded), "the strict reader says the same");
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        assert_eq!(with(&format!(r#""{name}":"AAAA""#)), Err(KeyError::PrivateKey), "{name}");
        assert_eq!(with(&format!(r#""{name}":null"#)), Err(KeyError::PrivateKey), "{name}");
        let escaped = format!(r#""\u{:04x}{}":1"#, u32::from(name.as_bytes()[0]), &name[1..]);
        assert_eq!(with(&escaped), Err(KeyError::PrivateKey), "{escaped}");
    }
    assert_eq!(embedded(r#","jwk":{"kty":"oct","k":"AAAA"}"#), Err(KeyError::PrivateKey));
    for value in ["null", "1", "true", r#""{}""#, "[]", &format!("[{jwk}]")] {
        assert!(matches!(embedded(&format!(r#","jwk":{value}"#)), Err(KeyError::Json(_))), "{value}");
        assert!(matches!(embedded(&format!(r#","cty":"x","jwk":{value}"#)), Err(KeyError::Json(_))), "{value}");
    }
    assert_eq!(embedded(r#","jwk":{}"#), Err(KeyError::MissingMember { name: "kty" }));
}

#[test]
fn both_readers_read_the_same_key() {
    let jwk = public(Alg::Es256);
    let text = jwk.to_json();
    for members in [
        format!(r#","jwk":{text}"#),
        format!(r#", "jwk" : {text} "#),
        format!(r#","cty":"x","jwk":{text}"#),
        format!(r#","\u006awk":{text}"#),
        format!(r#","jwk":{}"#, text.replace("crv", "\\u0063rv")),
    ] {
        assert_eq!(embedded(&members), Ok(jwk.clone()), "{members}");
    }
}

#[test]
fn a_header_with_a_member_twice_is_refused_before_its_jwk_is_read() {
    let jwk = public(Alg::Es256).to_json();
    for members in [
        format!(r#","jwk":{jwk},"jwk":{jwk}"#),
        format!(r#","jwk":{jwk},"\u006awk":{jwk}"#),
        format!(r#","jwk":{},"crv":"P-256"}}"#, jwk.trim_end_matches('}')),
        format!(r#","jwk":{},"\u0063rv":"P-256"}}"#, jwk.trim_end_matches('}')),
    ] {
        let text = token(Alg::Es256, format!(r#"{{"alg":"ES256"{members}}}"#), "{}");
        assert_eq!(UnverifiedJwt::parse(&text).err(), Some(JwtError::DuplicateMember), "{members}");
    }
}

#[test]
fn the_key_of_a_header_is_asked_for_by_nothing_else() {
    // Signed with the key that it brings: any other way to verify refuses it.
    let foreign = crate::support::other_key().with_embedded_jwk().unwrap();
    let text = foreign.sign(&PROVIDER, None, &json!({})).unwrap();
    let own = signing_key(Alg::Es256).verifying_key(&PROVIDER).unwrap();
    assert_eq!(UnverifiedJwt::parse(&text).unwrap().verify(&own).err(), Some(JwtError::BadSignature));
    // And a signature by one key is none by the key that stands in the header.
    let jwk = foreign.public_jwk().unwrap().to_json();
    let input = format!("{}.{}", encode(format!(r#"{{"alg":"ES256","jwk":{jwk}}}"#)), encode("{}"));
    let text = format!("{input}.{}", encode(signature(Alg::Es256, input.as_bytes())));
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let key = jwt.embedded_jwk().unwrap().verifying_key(&PROVIDER, &[Alg::Es256]).unwrap();
    assert_eq!(jwt.verify(&key).err(), Some(JwtError::BadSignature));
}
