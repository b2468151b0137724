//! RFC 7515 Appendix A, B and E.
use serde_json::{Value, json};
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Jwk, JwtError, KeyError, SigningKey, UnverifiedJwt, VerifyingKey};
use symbolon_types::Alg;

use super::read;
use crate::{
    PROVIDERS, each,
    vectors::{hex, of_jose, text, to_base64url, worked},
};

/// The key of an example as both halves, each loaded by itself.
fn halves(crypto: &CryptoProvider, example: &Value) -> Result<(SigningKey, VerifyingKey), KeyError> {
    let alg = text(example, "alg").parse().unwrap();
    let signing = SigningKey::from_jwk(crypto, example["key"].to_string().as_bytes(), Some(alg));
    let mut public = example["key"].clone();
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        public.as_object_mut().unwrap().remove(private);
    }
    let verifying = match Jwk::parse(public.to_string().as_bytes()) {
        Ok(jwk) => jwk.verifying_key(crypto, &[alg]),
        Err(KeyError::PrivateKey) if alg.is_symmetric() => signing.as_ref().unwrap().verifying_key(crypto),
        Err(other) => Err(other),
    };
    assert_eq!(signing.as_ref().err(), verifying.as_ref().err());
    Ok((signing?, verifying?))
}

#[test]
fn every_example_ends_as_the_appendix_says_and_es512_where_the_provider_has_it() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([[3, 1, 4], [4, 0, 4]]) {
        let [mut verified, mut unsupported, mut refused] = [0; 3];
        for example in of_jose("rfc7515_jws.json")["examples"].as_array().unwrap() {
            let id = text(example, "id");
            if example["expected"] != "valid" {
                let json = example["jws_json"].to_string();
                let error = UnverifiedJwt::parse(example["compact"].as_str().unwrap_or(&json)).err();
                let expected = match id {
                    "rfc7515-A.5" => JwtError::AlgNotAllowed,
                    "rfc7515-A.6" | "rfc7515-A.7" => JwtError::Malformed,
                    "rfc7515-E" => JwtError::UnsupportedCrit,
                    other => panic!("{other}"),
                };
                assert_eq!(error, Some(expected), "{name} {id}");
                refused += 1;
                continue;
            }
            match halves(crypto, example) {
                Ok((_, verifying)) => verifies(example, &verifying),
                Err(KeyError::Unsupported(lacks)) => {
                    assert_eq!((name, id, lacks.alg), ("ring", "rfc7515-A.4", Alg::Es512));
                    // It is read all the same: that nobody here can verify it is said by the key.
                    assert_eq!(UnverifiedJwt::parse(text(example, "compact")).unwrap().header().alg(), Alg::Es512);
                    unsupported += 1;
                    continue;
                }
                Err(other) => panic!("{name} {id}: {other}"),
            }
            verified += 1;
        }
        assert_eq!([verified, unsupported, refused], expected, "{name}");
    }
}

fn verifies(example: &Value, key: &VerifyingKey) {
    let (id, compact) = (text(example, "id"), text(example, "compact"));
    let verified = UnverifiedJwt::parse(compact).unwrap().verify(key).unwrap();
    assert_eq!(verified.header().alg(), key.alg(), "{id}");
    assert_eq!(verified.payload(), text(example, "payload_utf8").as_bytes(), "{id}");
    if id == "rfc7515-A.4" {
        assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload, "a JWS, and no JWT");
    } else {
        let claims = verified.claims().unwrap();
        assert_eq!(claims.iss.as_deref(), Some("joe"));
        assert_eq!(claims.exp.unwrap().moment().unix_timestamp(), 1_300_819_380);
        assert_eq!(claims.get("http://example.com/is_root").unwrap().as_bool(), Some(true));
    }

    let (input, signature) = compact.rsplit_once('.').unwrap();
    assert_eq!(to_base64url(&hex(text(example, "signature_hex"))), signature);
    let (header, payload) = input.split_once('.').unwrap();
    let other = payload.replacen("UGF5", "UGF6", 1).replacen("eyJpc3MiOiJqb2UiLA", "eyJpc3MiOiJqb2UiLB", 1);
    assert_eq!(read(&format!("{header}.{other}.{signature}"), key), Err(JwtError::BadSignature), "{id}");
    assert_eq!(read(input, key), Err(JwtError::Malformed), "{id}");
}

#[test]
fn a_1_to_a_4_the_private_key_signs_for_the_public_one() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([3, 4]) {
        let mut signed = 0;
        for id in ["rfc7515-A.1", "rfc7515-A.2", "rfc7515-A.3", "rfc7515-A.4"] {
            let Ok((signing, verifying)) = halves(crypto, &worked(id)) else { continue };
            let text = signing.sign(crypto, None, &json!({ "iss": "joe" })).unwrap();
            assert_eq!(read(&text, &verifying), Ok(()), "{name} {id}");
            let (input, _) = text.rsplit_once('.').unwrap();
            let another = signing.sign(crypto, None, &json!({ "iss": "jim" })).unwrap();
            let mixed = format!("{input}.{}", another.rsplit_once('.').unwrap().1);
            assert_eq!(read(&mixed, &verifying), Err(JwtError::BadSignature), "{name} {id}");
            signed += 1;
        }
        assert_eq!(signed, expected, "{name}");
    }
}

#[test]
fn a_4_a_key_of_p521_is_read_and_for_another_algorithm_there_is_none() {
    each(|crypto| {
        let mut public = worked("rfc7515-A.4")["key"].clone();
        assert_eq!(Jwk::parse(public.to_string().as_bytes()), Err(KeyError::PrivateKey));
        public.as_object_mut().unwrap().remove("d");
        let jwk = Jwk::parse(public.to_string().as_bytes()).unwrap();
        assert_eq!(jwk.verifying_key(crypto, &[Alg::Es256, Alg::Es384]).err(), Some(KeyError::NoAlgorithm));
        match jwk.verifying_key(crypto, Alg::ALL) {
            Ok(key) => assert_eq!(key.alg(), Alg::Es512),
            Err(error) => assert!(matches!(error, KeyError::Unsupported(lacks) if lacks.alg == Alg::Es512)),
        }
    });
}

#[test]
fn b_the_chain_is_carried_as_octets() {
    let header = json!({ "alg": "RS256", "x5c": of_jose("rfc7515_jws.json")["x5c_chain"]["x5c"] });
    let text = format!("{}.{}.AA", to_base64url(header.to_string().as_bytes()), to_base64url(b"{}"));
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let chain = jwt.header().x5c().unwrap();
    assert_eq!(chain.len(), 3);
    assert!(chain.iter().all(|der| der.starts_with(&[0x30, 0x82])));
}
