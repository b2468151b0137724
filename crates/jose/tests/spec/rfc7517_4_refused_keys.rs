use serde_json::{Value, json};
use symbolon_crypto::{KeyRejected, PublicKey};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{
    Jwk, JwkSet, JwtError, KeyError, MIN_SECRET_BYTES, MIN_SECRET_BYTES_HS384, MIN_SECRET_BYTES_HS512, SigningKey,
    UnverifiedJwt, VerifyingKey, VerifyingKeys,
};
use symbolon_types::{Alg, SecretBytes};

use crate::support::{ASYMMETRIC, decode, encode, json as parse, signing_key, token};

fn member(alg: Alg) -> Value {
    parse(&signing_key(alg).public_jwk().unwrap().to_json())
}

fn load(jwk: &Value) -> Result<VerifyingKey, KeyError> {
    Jwk::parse(jwk.to_string().as_bytes())?.verifying_key(&PROVIDER, &[Alg::Es256, Alg::Ed25519, Alg::Rs256])
}

fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

#[test]
fn a004_a_public_key_is_no_mac_key_and_a_secret_no_public_key() {
    for alg in ASYMMETRIC {
        let jwk = signing_key(alg).public_jwk().unwrap();
        let error = VerifyingKey::from_public_key(&PROVIDER, Alg::Hs256, &jwk.public_key()).err();
        assert_eq!(error, Some(KeyError::AlgKeyMismatch));
        assert_eq!(
            VerifyingKey::from_secret(&PROVIDER, alg, &SecretBytes::new([7; 32])).err(),
            Some(KeyError::AlgKeyMismatch)
        );
        assert_eq!(
            SigningKey::from_secret(&PROVIDER, alg, &SecretBytes::new([7; 32])).err(),
            Some(KeyError::AlgKeyMismatch)
        );
        assert_eq!(load(&with(member(alg), "alg", "HS256")).err(), Some(KeyError::AlgKeyMismatch));
    }
    assert!(VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).is_ok());
}

#[test]
fn a005_no_reader_guesses_what_a_text_is() {
    let public = include_str!("../vectors/rsa_2048_public.pem");
    for text in [public.to_owned(), format!(" {public}"), format!("\n{public}"), public.replace('\n', "\r\n")] {
        assert_eq!(
            SigningKey::from_pem(&PROVIDER, &text, None).err(),
            Some(KeyError::PemLabel {
                expected: "`PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` or `EC PRIVATE KEY`",
                found: "`PUBLIC KEY`"
            })
        );
        assert!(matches!(Jwk::parse(text.as_bytes()), Err(KeyError::Json(_))));
        assert!(matches!(SigningKey::from_jwk(&PROVIDER, text.as_bytes(), None), Err(KeyError::Json(_))));
    }
}

#[test]
fn a016_ed25519_keys_of_small_order_or_wrong_length_are_refused() {
    let key = member(Alg::Ed25519);
    assert!(load(&key).is_ok());
    let mut identity = [0; 32];
    identity[0] = 1;
    for small in [identity, [0; 32]] {
        assert_eq!(load(&with(key.clone(), "x", encode(small))).err(), Some(KeyError::Rejected(KeyRejected)));
    }
    for length in [0, 31, 33, 64] {
        let wrong = with(key.clone(), "x", encode(vec![9; length]));
        assert_eq!(load(&wrong).err(), Some(KeyError::InvalidMember { name: "x" }), "{length}");
    }
}

#[test]
fn a029_points_off_the_curve_are_refused() {
    for alg in [Alg::Es256, Alg::Es384] {
        let key = member(alg);
        assert!(load(&key).is_ok());
        let x = decode(key["x"].as_str().unwrap());
        let mut off = x.clone();
        *off.last_mut().unwrap() ^= 1;
        let over = vec![0xff; x.len()];
        for wrong in [off, over, vec![0; x.len()]] {
            let wrong = with(key.clone(), "x", encode(wrong));
            assert_eq!(load(&wrong).err(), Some(KeyError::Rejected(KeyRejected)));
        }
        let short = with(key.clone(), "y", encode(&x[1..]));
        assert_eq!(load(&short).err(), Some(KeyError::InvalidMember { name: "y" }));
        let long = with(key.clone(), "x", encode([&[0], x.as_slice()].concat()));
        assert_eq!(load(&long).err(), Some(KeyError::InvalidMember { name: "x" }));
    }
    let other_curve = with(member(Alg::Es256), "crv", "P-384");
    assert_eq!(load(&other_curve).err(), Some(KeyError::InvalidMember { name: "x" }));
}

#[test]
fn a030_use_and_key_ops_bind() {
    let mut key = member(Alg::Es256);
    assert!(load(&key).is_ok());
    assert!(load(&with(key.clone(), "key_ops", json!(["verify"]))).is_ok());
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!("SIG")),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!([])),
        ("key_ops", json!(["sign"])),
    ] {
        assert_eq!(load(&with(key.clone(), name, value)).err(), Some(KeyError::KeyUseMismatch));
    }
    key.as_object_mut().unwrap().remove("use");
    assert!(load(&key).is_ok(), "absent allows everything");
    let private = |ops: Value| {
        let mut jwk = json!({ "kty": "oct", "k": encode([7; 32]), "alg": "HS256" });
        jwk["key_ops"] = ops;
        SigningKey::from_jwk(&PROVIDER, jwk.to_string().as_bytes(), None).err()
    };
    assert_eq!(private(json!(["sign", "verify"])), None);
    assert_eq!(private(json!(["verify"])), Some(KeyError::KeyUseMismatch));
}

#[test]
fn a032_a033_weak_rsa_keys_are_refused() {
    let key = member(Alg::Rs256);
    let n = decode(key["n"].as_str().unwrap());
    assert!(load(&key).is_ok());
    assert_eq!(load(&with(key.clone(), "n", encode(&n[128..]))).err(), Some(KeyError::WeakKey), "1024 bits");
    for exponent in [&[1][..], &[3], &[0], &[2], &[1, 0, 0]] {
        assert_eq!(load(&with(key.clone(), "e", encode(exponent))).err(), Some(KeyError::WeakKey), "{exponent:?}");
    }
    for exponent in [&[][..], &[0, 1, 0, 1]] {
        let wrong = with(key.clone(), "e", encode(exponent));
        assert_eq!(load(&wrong).err(), Some(KeyError::InvalidMember { name: "e" }), "{exponent:?}");
    }
    let numbers = PublicKey::Rsa { n: &n[128..], e: &[1, 0, 1] };
    assert_eq!(VerifyingKey::from_public_key(&PROVIDER, Alg::Rs256, &numbers).err(), Some(KeyError::WeakKey));
}

#[test]
fn a034_a141_halves_that_do_not_belong_together_are_refused() {
    let halves = |x: &str, d: &str| {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": d });
        SigningKey::from_jwk(&PROVIDER, jwk.to_string().as_bytes(), None).err()
    };
    let (x, d) = ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert_eq!(halves(x, d), None);
    let other = member(Alg::Ed25519);
    assert_eq!(halves(other["x"].as_str().unwrap(), d), Some(KeyError::Rejected(KeyRejected)));
    let vectors = parse(include_str!("../vectors/rfc7515_jws.json"));
    let key = &vectors["examples"][2]["key"];
    assert!(SigningKey::from_jwk(&PROVIDER, key.to_string().as_bytes(), None).is_ok());
    let mut mixed = key.clone();
    let foreign = member(Alg::Es256);
    mixed["x"] = foreign["x"].clone();
    mixed["y"] = foreign["y"].clone();
    let error = SigningKey::from_jwk(&PROVIDER, mixed.to_string().as_bytes(), None).err();
    assert_eq!(error, Some(KeyError::Rejected(KeyRejected)));
}

#[test]
fn an_rsa_key_without_one_of_its_numbers_is_refused() {
    let vectors = parse(include_str!("../vectors/rfc7515_jws.json"));
    let key = &vectors["examples"][1]["key"];
    let load = |key: &Value| SigningKey::from_jwk(&PROVIDER, key.to_string().as_bytes(), None).err();
    assert_eq!(load(key), None);
    for name in ["p", "q", "dp", "dq", "qi"] {
        let mut without = key.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(load(&without), Some(KeyError::MissingMember { name }));
    }
}

#[test]
fn a025_a036_a_secret_shorter_than_the_hash_is_refused() {
    for (alg, shortest) in
        [(Alg::Hs256, MIN_SECRET_BYTES), (Alg::Hs384, MIN_SECRET_BYTES_HS384), (Alg::Hs512, MIN_SECRET_BYTES_HS512)]
    {
        let jwk = |secret: &[u8]| {
            let jwk = json!({ "kty": "oct", "k": encode(secret), "alg": alg.as_str() });
            SigningKey::from_jwk(&PROVIDER, jwk.to_string().as_bytes(), None)
        };
        for length in [0, 1, 16, shortest - 1] {
            let secret = vec![7; length];
            assert_eq!(
                VerifyingKey::from_secret(&PROVIDER, alg, &SecretBytes::new(&*secret)).err(),
                Some(KeyError::WeakKey)
            );
            assert_eq!(
                SigningKey::from_secret(&PROVIDER, alg, &SecretBytes::new(&*secret)).err(),
                Some(KeyError::WeakKey)
            );
            assert_eq!(jwk(&secret).err(), Some(KeyError::WeakKey));
        }
        let secret = vec![7; shortest];
        assert!(VerifyingKey::from_secret(&PROVIDER, alg, &SecretBytes::new(&*secret)).is_ok());
        assert_eq!(jwk(&secret).unwrap().alg(), alg);
    }
    assert_eq!((MIN_SECRET_BYTES, MIN_SECRET_BYTES_HS384, MIN_SECRET_BYTES_HS512), (32, 48, 64));
}

#[test]
fn a_mac_that_the_provider_lacks_is_refused_with_its_name() {
    let poor = PROVIDER.with_long_macs(&[]);
    for alg in [Alg::Hs384, Alg::Hs512] {
        let refused = VerifyingKey::from_secret(&poor, alg, &SecretBytes::new([7; 64])).err();
        assert!(matches!(refused, Some(KeyError::Unsupported(lacks)) if lacks.alg == alg), "{alg}");
        assert!(VerifyingKey::from_secret(&PROVIDER, alg, &SecretBytes::new([7; 64])).is_ok());
    }
    assert!(VerifyingKey::from_secret(&poor, Alg::Hs256, &SecretBytes::new([7; 64])).is_ok(), "HS256 is never absent");
}

#[test]
fn a037_a_symmetric_key_in_a_set_is_skipped_and_never_used() {
    let secret = encode(crate::support::SECRET);
    let set = json!({ "keys": [{ "kty": "oct", "k": secret, "kid": "s", "alg": "HS256" }, member(Alg::Es256)] });
    let set = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!((set.skipped()[0].index(), set.skipped()[0].error()), (0, KeyError::PrivateKey));
    assert!(!set.to_json().contains(&secret));
    let keys = VerifyingKeys::load(&PROVIDER, &set, Alg::ALL);
    for header in [r#"{"alg":"HS256","kid":"s"}"#, r#"{"alg":"HS256"}"#] {
        let text = token(Alg::Hs256, header, "{}");
        assert!(keys.select(UnverifiedJwt::parse(&text).unwrap().header()).is_err());
    }
}

#[test]
fn the_algorithm_of_a_private_jwk_and_the_one_asked_for_agree() {
    let jwk = |alg: &str| {
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": alg,
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" })
    };
    let load =
        |own: &str, asked| SigningKey::from_jwk(&PROVIDER, jwk(own).to_string().as_bytes(), asked).map(|key| key.alg());
    assert_eq!(load("EdDSA", None), Ok(Alg::EdDsa));
    assert_eq!(load("EdDSA", Some(Alg::Ed25519)), Ok(Alg::Ed25519), "two names of one operation");
    assert_eq!(load("EdDSA", Some(Alg::Es256)), Err(KeyError::AlgKeyMismatch));
    assert_eq!(load("ES256", None), Err(KeyError::AlgKeyMismatch));
    assert_eq!(load("Ed448", None), Err(KeyError::UnknownAlg));
    assert_eq!(load("HS256", None), Err(KeyError::AlgKeyMismatch));
}

#[test]
fn a_secret_of_no_algorithm_is_of_none() {
    let jwk = json!({ "kty": "oct", "k": encode([7; 64]) });
    let load =
        |jwk: &Value, asked| SigningKey::from_jwk(&PROVIDER, jwk.to_string().as_bytes(), asked).map(|key| key.alg());
    assert_eq!(load(&jwk, None), Err(KeyError::NoAlgorithm));
    for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
        assert_eq!(load(&jwk, Some(alg)), Ok(alg), "registered");
        assert_eq!(load(&with(jwk.clone(), "alg", alg.as_str()), None), Ok(alg), "its own");
    }
}

#[test]
fn a025_a_made_secret_is_random_and_as_long_as_the_hash() {
    for (alg, length) in [(Alg::Hs256, 32), (Alg::Hs384, 48), (Alg::Hs512, 64)] {
        let (key, secret) = SigningKey::generate_secret(&PROVIDER, alg).unwrap();
        let (_, other) = SigningKey::generate_secret(&PROVIDER, alg).unwrap();
        assert_eq!((secret.expose().len(), secret == other), (length, false));
        let text = key.sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
        let read = |secret: &SecretBytes| {
            UnverifiedJwt::parse(&text)?.verify(&VerifyingKey::from_secret(&PROVIDER, alg, secret).unwrap()).map(|_| ())
        };
        assert_eq!(read(&secret), Ok(()));
        assert_eq!(read(&other), Err(JwtError::BadSignature));
    }
    let made = SigningKey::generate_secret(&PROVIDER, Alg::Es256);
    assert_eq!(made.map(|_| ()), Err(KeyError::AlgKeyMismatch));
}
