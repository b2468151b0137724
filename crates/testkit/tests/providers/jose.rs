//! Every algorithm as a caller of `symbolon-jose` meets it: PEM, JWK and secrets in, tokens out, with each provider.
mod keys_as_files_hold_them;
mod remote_der_signatures;
mod rfc7515_a_examples;
mod rfc7517_a_examples;
mod rfc7520_cookbook;
mod rfc7638_3_1_thumbprint;
mod rfc8037_a_ed25519;
mod round_trips;
mod strict_json;
mod wycheproof_json_web_crypto;

use serde_json::{Value, json};
use symbolon_crypto::{CryptoProvider, NewKey};
use symbolon_jose::{Jwk, JwtError, KeyError, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys};
use symbolon_types::{Alg, SecretBytes};

use crate::{
    PROVIDERS, each, keys,
    round_trips::{public_octets, shows},
    vectors::{pem, utf8},
};

/// A key of each algorithm that the provider has, `EdDSA` under its own name.
fn signing_keys(crypto: &CryptoProvider) -> Vec<SigningKey> {
    let has = Alg::ALL.iter().copied().filter(|alg| crypto.supports(*alg));
    let of = |alg: Alg| {
        if alg.is_symmetric() {
            return SigningKey::from_secret(crypto, alg, &SecretBytes::new([7; 64])).unwrap();
        }
        let (_, file, _) = keys(crypto).find(|key| key.0.is_same_operation(alg)).unwrap();
        let pem = utf8(file);
        let begin = pem.find("-----BEGIN").unwrap();
        SigningKey::from_pem(crypto, pem.get(begin..).unwrap(), Some(alg)).unwrap()
    };
    has.map(of).collect()
}

fn read(text: &str, key: &VerifyingKey) -> Result<(), JwtError> {
    UnverifiedJwt::parse(text)?.verify(key).map(|_| ())
}

#[test]
fn a_token_of_every_algorithm_is_made_and_read_and_one_flipped_bit_refuses_it() {
    for ((name, crypto), count) in PROVIDERS.into_iter().zip([13, 18]) {
        let keys = signing_keys(crypto);
        assert_eq!(keys.len(), count, "{name}");
        for key in keys {
            let alg = key.alg();
            let verifying = key.verifying_key(crypto).unwrap();
            let text = key.sign(crypto, None, &json!({ "sub": "a" })).unwrap();
            assert_eq!(read(&text, &verifying), Ok(()), "{name} {alg}");
            for at in 0..text.len() {
                let mut octets = text.clone().into_bytes();
                octets[at] ^= 1 << (at % 7);
                let changed = String::from_utf8(octets).unwrap();
                assert!(read(&changed, &verifying).is_err(), "{name} {alg} octet {at}");
            }
            for other in signing_keys(crypto).into_iter().filter(|other| !other.alg().is_same_operation(alg)) {
                let refused = read(&text, &other.verifying_key(crypto).unwrap());
                assert_eq!(refused, Err(JwtError::AlgKeyMismatch), "{name} {alg} {}", other.alg());
            }
        }
    }
}

#[test]
fn a_key_of_every_algorithm_shows_no_private_number_and_one_that_stands_there_is_found() {
    each(|crypto| {
        for key in signing_keys(crypto) {
            let alg = key.alg();
            let (secret, public) = match key.public_jwk() {
                Some(jwk) => {
                    let (_, file, _) = keys(crypto).find(|key| key.0.is_same_operation(alg)).unwrap();
                    (pem(file), public_octets(&jwk.public_key().to_owned()))
                }
                None => (vec![7; 64], vec![]),
            };
            let verifying = key.verifying_key(crypto).unwrap();
            for shown in [format!("{key:?} {verifying:?}"), format!("{key:#?} {verifying:#?}")] {
                assert!(!shows(&shown, &secret, &public), "{alg}: {shown}");
                assert!(shows(&format!("{shown} {secret:02x?}"), &secret, &public), "{alg}");
            }
        }
    });
}

#[test]
fn a_published_key_of_every_algorithm_is_read_with_either_provider_or_is_unsupported() {
    for ([making, reading], lacks) in [([1, 0], 5), ([0, 1], 0)] {
        let (making, reading) = (PROVIDERS[making].1, PROVIDERS[reading].1);
        let mut unsupported = 0;
        for key in signing_keys(making) {
            let Some(jwk) = key.public_jwk() else { continue };
            let jwk = Jwk::parse(jwk.to_json().as_bytes()).unwrap();
            match jwk.verifying_key(reading, &[]) {
                Ok(verifying) => {
                    let text = key.sign(making, None, &json!({})).unwrap();
                    assert_eq!(read(&text, &verifying), Ok(()), "{}", key.alg());
                }
                Err(KeyError::Unsupported(lacks)) => {
                    assert_eq!(lacks.alg, key.alg());
                    unsupported += 1;
                }
                Err(other) => panic!("{}: {other}", key.alg()),
            }
        }
        assert_eq!(unsupported, lacks);
    }
}

#[test]
fn points_off_p521_and_secp256k1_are_refused_and_curves_are_not_mixed() {
    let crypto = &symbolon::aws_lc_rs::PROVIDER;
    for key in signing_keys(crypto).into_iter().filter(|key| [Alg::Es512, Alg::Es256K].contains(&key.alg())) {
        let jwk: Value = serde_json::from_str(&key.public_jwk().unwrap().to_json()).unwrap();
        let load = |jwk: &Value| Jwk::parse(jwk.to_string().as_bytes())?.verifying_key(crypto, &[]).map(|_| ());
        assert_eq!(load(&jwk), Ok(()));
        let mut swapped = jwk.clone();
        (swapped["x"], swapped["y"]) = (jwk["y"].clone(), jwk["x"].clone());
        assert!(matches!(load(&swapped), Err(KeyError::Rejected(_))), "{}", key.alg());
        let mut other = jwk.clone();
        other["alg"] = "ES256".into();
        assert_eq!(load(&other), Err(KeyError::AlgKeyMismatch));
        // secp256k1 and P-256 are of one length: the name decides, and the point then lies on no such curve.
        other["crv"] = "P-256".into();
        assert!(load(&other).is_err(), "{}", key.alg());
    }
}

#[test]
fn a_key_is_made_for_every_algorithm_that_the_provider_makes_keys_for() {
    each(|crypto| {
        for alg in [Alg::Ps384, Alg::Es256, Alg::Es384, Alg::Es512, Alg::Es256K, Alg::EdDsa, Alg::MlDsa44, Alg::MlDsa87]
        {
            match SigningKey::generate(crypto, alg) {
                Ok((key, document)) => {
                    let again = SigningKey::from_pkcs8_der(crypto, document.expose(), Some(alg)).unwrap();
                    let text = key.sign(crypto, None, &json!({})).unwrap();
                    assert_eq!(read(&text, &again.verifying_key(crypto).unwrap()), Ok(()), "{alg}");
                }
                Err(KeyError::NoGenerator(lacks)) => {
                    assert!(![NewKey::P256, NewKey::P384, NewKey::Ed25519].contains(&lacks.kind), "{alg}");
                    assert!(crypto.key_generator(lacks.kind).is_err());
                }
                Err(other) => panic!("{alg}: {other}"),
            }
        }
    });
}

#[test]
fn one_key_that_a_provider_lacks_does_not_spoil_a_set() {
    let [(_, ring), (_, aws_lc_rs)] = PROVIDERS;
    let keys = signing_keys(aws_lc_rs).into_iter().filter_map(|key| key.public_jwk());
    let set = symbolon_jose::JwkSet::new(keys.collect());
    assert_eq!(VerifyingKeys::load(aws_lc_rs, &set, &[]).skipped(), []);
    let loaded = VerifyingKeys::load(ring, &set, &[]);
    let skipped: Vec<_> = loaded.skipped().iter().map(symbolon_jose::SkippedKey::error).collect();
    assert_eq!(loaded.keys().len(), set.keys().len() - 5);
    assert!(skipped.iter().all(|error| matches!(error, KeyError::Unsupported(_))) && skipped.len() == 5, "{skipped:?}");
}

#[test]
fn a_key_of_ml_dsa_is_a_jwk_of_type_akp_whose_alg_and_seed_bind() {
    let crypto = &symbolon::aws_lc_rs::PROVIDER;
    let parse = |jwk: &Value| Jwk::parse(jwk.to_string().as_bytes());
    let sign = |jwk: &Value| SigningKey::from_jwk(crypto, jwk.to_string().as_bytes(), None);
    for key in signing_keys(crypto).into_iter().filter(|key| key.alg().as_str().starts_with("ML-DSA")) {
        let alg = key.alg();
        let public: Value = serde_json::from_str(&key.public_jwk().unwrap().to_json()).unwrap();
        assert_eq!((&public["kty"], &public["alg"]), (&json!("AKP"), &json!(alg.as_str())));
        // RFC 9964 §6: `alg`, `kty` and `pub`, in this order.
        let input = format!(r#"{{"alg":"{alg}","kty":"AKP","pub":{}}}"#, public["pub"]);
        let thumbprint = parse(&public).unwrap().with_kid("k").thumbprint(crypto.sha256);
        assert_eq!(thumbprint.as_bytes(), &crypto.sha256.digest(&[input.as_bytes()]));

        let file = format!("{}.pem", alg.as_str().to_lowercase().replace('-', "_"));
        let seed = pem(&file).split_off(22);
        let mut private = public.clone();
        private["priv"] = crate::vectors::to_base64url(&seed).into();
        assert_eq!(sign(&private).unwrap().public_jwk(), key.public_jwk());
        assert_eq!(parse(&private), Err(KeyError::PrivateKey));
        assert_eq!(sign(&public).err(), Some(KeyError::NotPrivate));

        let with = |name: &str, value: Value| {
            let mut jwk = private.clone();
            jwk[name] = value;
            jwk
        };
        let mut wrong_seed = seed.clone();
        wrong_seed[0] ^= 1;
        for wrong in [&wrong_seed[..], &seed[1..], &[]] {
            let wrong = with("priv", crate::vectors::to_base64url(wrong).into());
            assert!(matches!(sign(&wrong).err(), Some(KeyError::Rejected(_))), "{alg}");
        }
        assert_eq!(sign(&with("x", "AA".into())).err(), Some(KeyError::InvalidMember { name: "x" }));
        assert_eq!(sign(&with("d", "AA".into())).err(), Some(KeyError::InvalidMember { name: "d" }));
        assert_eq!(sign(&with("alg", "ES256".into())).err(), Some(KeyError::AlgKeyMismatch));
        assert_eq!(sign(&with("alg", "ML-DSA-44-65".into())).err(), Some(KeyError::UnsupportedKeyType));
        assert_eq!(sign(&with("pub", "AAAA".into())).err(), Some(KeyError::InvalidMember { name: "pub" }));
        let mut without = public.clone();
        without.as_object_mut().unwrap().remove("alg");
        assert_eq!(parse(&without), Err(KeyError::MissingMember { name: "alg" }));
        assert_eq!(parse(&public).unwrap().with_alg(Alg::Es256).alg(), Some(alg.as_str()), "it keeps its own");
    }
}
