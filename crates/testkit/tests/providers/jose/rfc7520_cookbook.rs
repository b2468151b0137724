//! RFC 7520 section by section, and what the same collection has of RFC 7797 and RFC 8037: what is signed in compact form is
//! verified, all else is refused. Each of the 32 files is in one of the tables below, the nested one in two.
use alloc::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json as object};
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Jwk, JwtError, KeyError, RemoteKey, SigningInput, SigningKey, UnverifiedJwt, VerifyingKey};
use symbolon_types::Alg;

use super::read;
use crate::{
    PROVIDERS, each, sign,
    vectors::{Numbers, base64url, json, text, to_base64url},
};

/// What is signed, and what becomes of the compact form if there is one: the algorithm if it is verified.
const SIGNED: [(&str, Option<Result<Alg, JwtError>>); 12] = [
    ("jws/4_1.rsa_v15_signature.json", Some(Ok(Alg::Rs256))),
    ("jws/4_2.rsa-pss_signature.json", Some(Ok(Alg::Ps384))),
    ("jws/4_3.ecdsa_signature.json", Some(Ok(Alg::Es512))),
    ("jws/4_4.hmac-sha2_integrity_protection.json", Some(Ok(Alg::Hs256))),
    ("jws/4_5.signature_with_detached_content.json", Some(Err(JwtError::Malformed))),
    ("jws/4_6.protecting_specific_header_fields.json", None),
    ("jws/4_7.protecting_content_only.json", None),
    ("jws/4_8.multiple_signatures.json", None),
    ("curve25519/jws.json", Some(Ok(Alg::EdDsa))),
    ("rfc7797/4.2.hmac-sha2_b64_false.json", None),
    (UNENCODED, Some(Err(JwtError::Malformed))),
    (NESTED, Some(Ok(Alg::Ps256))),
];

const KEYS: [&str; 6] = [
    "jwk/3_1.ec_public_key.json",
    "jwk/3_2.ec_private_key.json",
    "jwk/3_3.rsa_public_key.json",
    "jwk/3_4.rsa_private_key.json",
    "jwk/3_5.symmetric_key_mac_computation.json",
    "jwk/3_6.symmetric_key_encryption.json",
];

const ENCRYPTED: [&str; 15] = [
    "jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json",
    "jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json",
    "jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json",
    "jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm.json",
    "jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json",
    "jwe/5_6.direct_encryption_using_aes-gcm.json",
    "jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json",
    "jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json",
    "jwe/5_9.compressed_content.json",
    "jwe/5_10.including_additional_authentication_data.json",
    "jwe/5_11.protecting_specific_header_fields.json",
    "jwe/5_12.protecting_content_only.json",
    "jwe/5_13.encrypting_to_multiple_recipients.json",
    "curve25519/ecdh-es.json",
    NESTED,
];

/// What it says in `signing` is no JSON, and signed is something else: what counts is in `output`.
const UNENCODED: &str = "rfc7797/hmac-sha2_b64_false.json";

/// A signed JWT, and the same inside of a JWE.
const NESTED: &str = "6.nesting_signatures_and_encryption.json";

fn file(name: &str) -> Value {
    json(&format!("cookbook/{name}"))
}

fn signed(name: &str) -> Value {
    let file = file(name);
    if name == NESTED { file["sign"].clone() } else { file }
}

/// The signatures of a file, each with what it is over, its key and its algorithm.
fn signatures(name: &str) -> Vec<(String, Vec<u8>, Value, Alg)> {
    let mut example = signed(name);
    if name == UNENCODED {
        let (input, signature) = text(&example["output"], "compact").rsplit_once('.').unwrap();
        example["signing"] = object!({ "sig-input": input, "sig": signature });
    }
    let input = &example["input"];
    let signatures = all(&example["signing"]);
    assert_eq!([signatures.len(); 2], [all(&input["key"]).len(), all(&input["alg"]).len()]);
    let keys = all(&input["key"]).into_iter().zip(all(&input["alg"]));
    let of = |(signing, (jwk, alg)): (&Value, (&Value, &Value))| {
        (
            text(signing, "sig-input").into(),
            base64url(signing, "sig"),
            jwk.clone(),
            alg.as_str().unwrap().parse().unwrap(),
        )
    };
    signatures.into_iter().zip(keys).map(of).collect()
}

/// One text or object, or several.
fn all(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |several| several.iter().collect())
}

fn signing_key(crypto: &CryptoProvider, jwk: &Value, alg: Alg) -> Result<SigningKey, KeyError> {
    SigningKey::from_jwk(crypto, jwk.to_string().as_bytes(), Some(alg))
}

/// What the public half verifies, or the secret.
fn verifying_key(crypto: &CryptoProvider, jwk: &Value, alg: Alg) -> Result<VerifyingKey, KeyError> {
    if alg.is_symmetric() {
        return signing_key(crypto, jwk, alg)?.verifying_key(crypto);
    }
    let mut public = jwk.clone();
    public.as_object_mut().unwrap().retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    Jwk::parse(public.to_string().as_bytes())?.verifying_key(crypto, &[alg])
}

/// Refuses the JSON serializations, of which there is one or two; says how many.
fn refuse_json(output: &Value) -> usize {
    let forms: Vec<_> = ["json", "json_flat"].iter().filter_map(|name| output.get(name)).collect();
    for form in &forms {
        assert_eq!(UnverifiedJwt::parse(&form.to_string()).unwrap_err(), JwtError::Malformed);
        assert_eq!(UnverifiedJwt::parse(&format!("{form:#}")).unwrap_err(), JwtError::Malformed);
    }
    forms.len()
}

#[test]
fn every_file_of_the_collection_is_in_a_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cookbook");
    let mut there = BTreeSet::new();
    for place in ["", "jwk/", "jws/", "jwe/", "curve25519/", "rfc7797/"] {
        let names = fs::read_dir(folder.join(place)).unwrap();
        let names = names.map(|entry| format!("{place}{}", entry.unwrap().file_name().to_str().unwrap()));
        there.extend(names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "json")));
    }
    let named = SIGNED.iter().map(|(name, _)| *name).chain(KEYS).chain(ENCRYPTED);
    assert_eq!(there, named.map(str::to_owned).collect());
    assert_eq!(there.len(), 32);
}

#[test]
fn compact_signatures_are_verified_and_detached_unencoded_and_json_ones_refused() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([[5, 1, 2, 21], [6, 0, 2, 21]]) {
        let [mut verified, mut unsupported, mut refused, mut refused_json] = [0; 4];
        for (file, end) in &SIGNED {
            let example = signed(file);
            refused_json += refuse_json(&example["output"]);
            let (Some(compact), Some(end)) = (example["output"]["compact"].as_str(), end) else {
                assert!(end.is_none() && example["output"].get("compact").is_none(), "{file}");
                continue;
            };
            let alg: Alg = text(&example["input"], "alg").parse().unwrap();
            let key = match verifying_key(crypto, &example["input"]["key"], alg) {
                Ok(key) => key,
                Err(KeyError::Unsupported(lacks)) => {
                    assert_eq!((name, lacks.alg, end), ("ring", Alg::Es512, &Ok(Alg::Es512)));
                    unsupported += 1;
                    continue;
                }
                Err(other) => panic!("{name} {file}: {other}"),
            };
            match end {
                Ok(alg) => {
                    let jwt = UnverifiedJwt::parse(compact).unwrap().verify(&key).unwrap();
                    let protected = &example["signing"]["protected"];
                    assert_eq!(jwt.header().alg(), *alg, "{name} {file}");
                    assert_eq!(jwt.header().kid(), protected["kid"].as_str(), "{name} {file}");
                    assert_eq!(jwt.header().typ(), protected["typ"].as_str(), "{name} {file}");
                    assert_eq!(jwt.payload(), text(&example["input"], "payload").as_bytes(), "{name} {file}");
                    let (input, signature) = compact.rsplit_once('.').unwrap();
                    let (header, payload) = input.split_once('.').unwrap();
                    assert_eq!(payload, to_base64url(jwt.payload()));
                    let changed = to_base64url(&[jwt.payload(), b"x"].concat());
                    let changed = format!("{header}.{changed}.{signature}");
                    assert_eq!(read(&changed, &key), Err(JwtError::BadSignature), "{name} {file}");
                    verified += 1;
                }
                Err(error) => {
                    assert_eq!(read(compact, &key).as_ref(), Err(error), "{name} {file}");
                    refused += 1;
                }
            }
        }
        assert_eq!([verified, unsupported, refused, refused_json], expected, "{name}");
    }
}

#[test]
fn s4_5_detached_content_is_verified_once_it_is_put_back_and_other_content_is_not() {
    each(|crypto| {
        let example = signed("jws/4_5.signature_with_detached_content.json");
        let key = verifying_key(crypto, &example["input"]["key"], Alg::Hs256).unwrap();
        let (header, signature) = text(&example["output"], "compact").split_once("..").unwrap();
        let content = text(&example["input"], "payload");
        let with = |content: &str| read(&format!("{header}.{}.{signature}", to_base64url(content.as_bytes())), &key);
        assert_eq!(with(content), Ok(()));
        assert_eq!(with(content.trim_end_matches('.')), Err(JwtError::BadSignature));
    });
}

/// Only where a header is signed there is a compact form, and it must have `alg`.
#[test]
fn s4_6_to_4_8_a_signature_over_a_header_verifies_in_compact_form_and_one_without_is_malformed() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([[3, 2], [3, 2]]) {
        let [mut verified, mut refused] = [0; 2];
        for (file, _) in SIGNED.iter().filter(|(_, compact)| compact.is_none()).take(3) {
            for (message, signature, jwk, alg) in signatures(file) {
                let compact = format!("{message}.{}", to_base64url(&signature));
                if message.starts_with('.') {
                    assert_eq!(UnverifiedJwt::parse(&compact).unwrap_err(), JwtError::Malformed, "{name} {file}");
                    refused += 1;
                    continue;
                }
                let key = verifying_key(crypto, &jwk, alg).unwrap();
                assert_eq!(read(&compact, &key), Ok(()), "{name} {file}");
                let changed = compact.replacen(".SXTi", ".SXTj", 1);
                assert_eq!(read(&changed, &key), Err(JwtError::BadSignature), "{name} {file}");
                verified += 1;
            }
        }
        assert_eq!([verified, refused], expected, "{name}");
    }
}

/// RFC 7797 §6: `b64` changes what is signed, so that a reader without it must refuse; one file lacks the `crit` for it.
#[test]
fn rfc7797_unencoded_content_is_refused_and_so_is_its_header_over_encoded_content() {
    each(|crypto| {
        for file in [UNENCODED, "rfc7797/4.2.hmac-sha2_b64_false.json"] {
            let [(message, signature, jwk, alg)] = <[_; 1]>::try_from(signatures(file)).unwrap();
            let key = verifying_key(crypto, &jwk, alg).unwrap();
            // The signatures are right, and they are not what is refused.
            assert_eq!(key.verify_signature(message.as_bytes(), &signature), Ok(()));
            let compact = format!("{message}.{}", to_base64url(&signature));
            assert_eq!(read(&compact, &key), Err(JwtError::Malformed), "{file}");

            let (header, content) = message.split_once('.').unwrap();
            let encode = |header: &str| {
                let input = format!("{header}.{}", to_base64url(content.as_bytes()));
                let mac = crypto.load_mac(alg, &base64url(&jwk, "k")).unwrap().sign(&[input.as_bytes()]).to_vec();
                format!("{input}.{}", to_base64url(&mac))
            };
            assert_eq!(read(&encode(header), &key), Err(JwtError::UnsupportedCrit), "{file}");
            assert_eq!(read(&encode(&to_base64url(br#"{"alg":"HS256"}"#)), &key), Ok(()), "{file}");
        }
    });
}

/// Every signature of the collection: made again where the algorithm has one signature for one message, else verified.
#[test]
fn signatures_are_made_again_over_the_same_input_or_verified() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([[10, 2, 2], [10, 4, 0]]) {
        let [mut made, mut verified, mut unsupported] = [0; 3];
        for (file, _) in &SIGNED {
            for (message, signature, jwk, alg) in signatures(file) {
                let message = message.as_bytes();
                let again = if alg.is_symmetric() {
                    crypto.load_mac(alg, &base64url(&jwk, "k")).unwrap().sign(&[message]).to_vec()
                } else if let Ok(algorithm) = crypto.signature(alg) {
                    let signer = Numbers::new(&jwk).private(|key| algorithm.load_private(key)).unwrap();
                    sign(crypto, &signer, message)
                } else {
                    assert_eq!((name, alg), ("ring", Alg::Es512));
                    unsupported += 1;
                    continue;
                };
                let key = verifying_key(crypto, &jwk, alg).unwrap();
                for signature in [&signature, &again] {
                    assert!(key.verify_signature(message, signature).is_ok(), "{name} {file} {alg}");
                    assert!(key.verify_signature(&message[1..], signature).is_err(), "{name} {file} {alg}");
                }
                if [Alg::Rs256, Alg::Hs256, Alg::EdDsa].contains(&alg) {
                    assert_eq!(again, signature, "{name} {file} {alg}");
                    made += 1;
                } else {
                    assert_ne!(again, signature, "{name} {file} {alg}");
                    assert!(signed(file).get("reproducible").is_none(), "{file}");
                    verified += 1;
                }
            }
        }
        assert_eq!([made, verified, unsupported], expected, "{name}");
    }
}

#[test]
fn our_protected_headers_are_those_of_the_examples_octet_for_octet() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([5, 6]) {
        let mut equal = 0;
        for (file, end) in &SIGNED {
            let (example, Some(Ok(alg))) = (signed(file), end) else { continue };
            let Ok(key) = signing_key(crypto, &example["input"]["key"], *alg) else { continue };
            // The last example has a key with a `kid` and a header without.
            let signing = &example["signing"];
            let key = if *file == NESTED { without_kid(crypto, &example["input"]["key"], *alg) } else { key };
            let token = key.sign(crypto, signing["protected"]["typ"].as_str(), &object!({})).unwrap();
            assert_eq!(token.split_once('.').unwrap().0, text(signing, "protected_b64u"), "{name} {file}");
            equal += 1;
        }
        assert_eq!(equal, expected, "{name}");
    }
}

fn without_kid(crypto: &CryptoProvider, jwk: &Value, alg: Alg) -> SigningKey {
    let mut jwk = jwk.clone();
    jwk.as_object_mut().unwrap().remove("kid");
    signing_key(crypto, &jwk, alg).unwrap()
}

/// The claims of section 6 in their order.
struct Claims;

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("iss", "hobbiton.example")?;
        members.serialize_entry("exp", &1_300_819_380)?;
        members.serialize_entry("http://example.com/is_root", &true)?;
        members.end()
    }
}

#[test]
fn s6_the_signed_jwt_is_written_octet_for_octet_and_read_and_its_jwe_is_refused() {
    each(|crypto| {
        let example = signed(NESTED);
        let key = without_kid(crypto, &example["input"]["key"], Alg::Ps256);
        let remote = RemoteKey::new(key.verifying_key(crypto).unwrap());
        let input = SigningInput::new(Some("JWT"), &remote, &Claims).unwrap();
        assert_eq!(input.bytes(), text(&example["signing"], "sig-input").as_bytes());
        let mut signature = base64url(&example["signing"], "sig");
        assert_eq!(input.clone().finish(&signature).unwrap(), text(&example["output"], "compact"));
        signature[9] ^= 1;
        assert!(input.finish(&signature).is_err());

        let jwt = UnverifiedJwt::parse(text(&example["output"], "compact")).unwrap();
        let jwt = jwt.verify(&key.verifying_key(crypto).unwrap()).unwrap();
        let claims = jwt.claims().unwrap();
        assert_eq!(claims.iss.as_deref(), Some("hobbiton.example"));
        assert_eq!(claims.exp.unwrap().moment().unix_timestamp(), 1_300_819_380);
        let jwe = &file(NESTED)["encrypt"]["output"];
        assert_eq!(UnverifiedJwt::parse(text(jwe, "compact")).unwrap_err(), JwtError::Malformed);
    });
}

#[test]
fn s3_keys_are_read_as_what_they_are_and_as_nothing_else() {
    for ((name, crypto), expected) in PROVIDERS.into_iter().zip([[3, 2], [5, 0]]) {
        let [ec_public, ec_private, rsa_public, rsa_private, mac, encryption] = KEYS.map(file);
        let (mut loaded, mut unsupported) = (0, 0);
        for (public, private, alg) in [(&ec_public, &ec_private, Alg::Es512), (&rsa_public, &rsa_private, Alg::Ps384)] {
            assert_eq!(Jwk::parse(private.to_string().as_bytes()), Err(KeyError::PrivateKey));
            assert_eq!(signing_key(crypto, public, alg).err(), Some(KeyError::NotPrivate));
            let jwk = Jwk::parse(public.to_string().as_bytes()).unwrap();
            assert_eq!((jwk.kid(), jwk.key_use()), (Some("bilbo.baggins@hobbiton.example"), Some("sig")));
            assert_eq!(serde_json::from_str::<Value>(&jwk.to_json()).unwrap(), *public);
            match (jwk.verifying_key(crypto, &[alg]), signing_key(crypto, private, alg)) {
                (Ok(verifying), Ok(signing)) => {
                    assert_eq!(signing.public_jwk().unwrap().public_key(), jwk.public_key());
                    let token = signing.sign(crypto, None, &object!({})).unwrap();
                    assert_eq!(read(&token, &verifying), Ok(()));
                    loaded += 2;
                }
                (Err(KeyError::Unsupported(one)), Err(KeyError::Unsupported(other))) => {
                    assert_eq!((name, one.alg, other.alg), ("ring", Alg::Es512, Alg::Es512));
                    unsupported += 2;
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        for secret in [&mac, &encryption] {
            assert_eq!(Jwk::parse(secret.to_string().as_bytes()), Err(KeyError::PrivateKey));
        }
        assert_eq!(signing_key(crypto, &mac, Alg::Hs256).unwrap().kid(), mac["kid"].as_str());
        loaded += 1;
        assert!(signing_key(crypto, &encryption, Alg::Hs256).is_err());
        assert_eq!([loaded, unsupported], expected, "{name}");
    }
}

#[test]
fn s5_what_is_encrypted_is_refused_as_malformed_and_its_keys_sign_and_verify_nothing() {
    each(|crypto| {
        let (mut compact, mut json, mut keys) = (0, 0, BTreeMap::<String, usize>::new());
        for name in ENCRYPTED {
            let file = file(name);
            let example = if name == NESTED { &file["encrypt"] } else { &file };
            json += refuse_json(&example["output"]);
            if let Some(text) = example["output"]["compact"].as_str() {
                assert_eq!(UnverifiedJwt::parse(text).unwrap_err(), JwtError::Malformed, "{name}");
                compact += 1;
            }
            // One example has a password and no key.
            for jwk in example["input"].get("key").map(all).unwrap_or_default() {
                let error = SigningKey::from_jwk(crypto, jwk.to_string().as_bytes(), None).unwrap_err();
                assert!(
                    verifying_key(crypto, jwk, Alg::Es256).is_err() && signing_key(crypto, jwk, Alg::Hs256).is_err()
                );
                *keys.entry(format!("{error:?}")).or_default() += 1;
            }
        }
        assert_eq!((compact, json), (11, 29));
        assert_eq!(keys, BTreeMap::from([("KeyUseMismatch".to_owned(), 15), ("UnsupportedKeyType".to_owned(), 1)]));
    });
}
