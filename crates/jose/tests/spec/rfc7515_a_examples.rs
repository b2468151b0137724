use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwtError, KeyError, SigningKey, UnverifiedJwt};
use symbolon_types::Alg;

use crate::support::{encode, hex, json};

fn examples() -> Value {
    json(include_str!("../vectors/rfc7515_jws.json"))
}

fn example(id: &str) -> Value {
    let examples = examples();
    examples["examples"].as_array().unwrap().iter().find(|example| example["id"] == id).unwrap().clone()
}

fn verifies(id: &str, alg: Alg) {
    let example = example(id);
    let key = SigningKey::from_jwk(&PROVIDER, example["key"].to_string().as_bytes(), Some(alg)).unwrap();
    let compact = example["compact"].as_str().unwrap();
    let jwt = UnverifiedJwt::parse(compact).unwrap();
    assert_eq!(jwt.header().alg(), alg);
    let verifying_key = key.verifying_key(&PROVIDER).unwrap();
    let verified = jwt.verify(&verifying_key).unwrap();
    assert_eq!(verified.payload(), example["payload_utf8"].as_str().unwrap().as_bytes());
    let claims = verified.claims().unwrap();
    assert_eq!(claims.iss.as_deref(), Some("joe"));
    assert_eq!(claims.exp.unwrap().moment().unix_timestamp(), 1_300_819_380);
    assert_eq!(claims.get("http://example.com/is_root").unwrap().as_bool(), Some(true));

    let (input, signature) = compact.rsplit_once('.').unwrap();
    assert_eq!(encode(hex(example["signature_hex"].as_str().unwrap())), signature);
    let other = compact.replacen(".eyJpc3MiOiJqb2UiLA", ".eyJpc3MiOiJqb2UiLB", 1);
    assert_eq!(UnverifiedJwt::parse(&other).unwrap().verify(&verifying_key).unwrap_err(), JwtError::BadSignature);
    assert!(UnverifiedJwt::parse(input).is_err());
}

#[test]
fn a_1_hs256_verifies() {
    verifies("rfc7515-A.1", Alg::Hs256);
}

#[test]
fn a_1_hs256_is_made_again_octet_for_octet() {
    let example = example("rfc7515-A.1");
    let secret = crate::support::decode(example["key"]["k"].as_str().unwrap());
    let (input, signature) = example["compact"].as_str().unwrap().rsplit_once('.').unwrap();
    assert_eq!(encode(PROVIDER.hmac_sha256.load(&secret).sign(&[input.as_bytes()])), signature);
}

#[test]
fn a_2_rs256_verifies() {
    verifies("rfc7515-A.2", Alg::Rs256);
}

#[test]
fn a_3_es256_verifies() {
    verifies("rfc7515-A.3", Alg::Es256);
}

#[test]
fn a_4_es512_is_read_and_a_provider_without_it_says_so() {
    let example = example("rfc7515-A.4");
    let jwt = UnverifiedJwt::parse(example["compact"].as_str().unwrap());
    // The payload of the example is no JSON, which only a verified token tells.
    assert_eq!(jwt.unwrap().header().alg(), Alg::Es512);
    let key = SigningKey::from_jwk(&PROVIDER, example["key"].to_string().as_bytes(), None);
    assert!(matches!(key.err(), Some(KeyError::Unsupported(lacks)) if lacks.alg == Alg::Es512));
    let mut public = example["key"].clone();
    assert_eq!(Jwk::parse(public.to_string().as_bytes()), Err(KeyError::PrivateKey));
    public.as_object_mut().unwrap().remove("d");
    let jwk = Jwk::parse(public.to_string().as_bytes()).unwrap();
    let loaded = jwk.verifying_key(&PROVIDER, Alg::ALL);
    assert!(matches!(loaded.err(), Some(KeyError::Unsupported(lacks)) if lacks.alg == Alg::Es512));
    assert_eq!(jwk.verifying_key(&PROVIDER, &[Alg::Es256, Alg::Es384]).err(), Some(KeyError::NoAlgorithm));
}

#[test]
fn a_5_the_unsecured_example_is_refused() {
    let example = example("rfc7515-A.5");
    assert_eq!(UnverifiedJwt::parse(example["compact"].as_str().unwrap()).err(), Some(JwtError::AlgNotAllowed));
}

#[test]
fn a_6_and_a_7_json_serializations_are_no_jwt() {
    for id in ["rfc7515-A.6", "rfc7515-A.7"] {
        let text = example(id)["jws_json"].to_string();
        assert_eq!(UnverifiedJwt::parse(&text).err(), Some(JwtError::Malformed), "{id}");
    }
}

#[test]
fn b_the_chain_is_carried_as_octets() {
    let header = serde_json::json!({ "alg": "RS256", "x5c": examples()["x5c_chain"]["x5c"] });
    let text = format!("{}.{}.", encode(header.to_string()), encode("{}"));
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let chain = jwt.header().x5c().unwrap();
    assert_eq!(chain.len(), 3);
    assert!(chain.iter().all(|der| der.starts_with(&[0x30, 0x82])));
}

#[test]
fn e_a_critical_header_parameter_is_refused() {
    let example = example("rfc7515-E");
    assert_eq!(UnverifiedJwt::parse(example["compact"].as_str().unwrap()).err(), Some(JwtError::UnsupportedCrit));
}

#[test]
fn the_thumbprint_of_a_certificate_stands_in_the_header() {
    let key = crate::support::signing_key(Alg::Es256)
        .with_kid("k")
        .with_x5t_s256(symbolon_types::Digest::from_bytes([7; 32]));
    for typ in [None, Some("JWT"), Some("unusual+jwt")] {
        let text = key.sign(&PROVIDER, typ, &serde_json::json!({})).unwrap();
        let header: Value = serde_json::from_slice(&crate::support::decode(text.split('.').next().unwrap())).unwrap();
        let mut expected = serde_json::json!({ "alg": "ES256", "kid": "k", "x5t#S256": encode([7; 32]) });
        if let Some(typ) = typ {
            expected["typ"] = typ.into();
        }
        assert_eq!(header, expected);
        assert!(crate::support::read(&text, Alg::Es256).is_ok());
    }
}
