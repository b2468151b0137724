use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Map, Value};
use symbolon_crypto::{Curve, OwnedPublicKey};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwkSet, RemoteKey, SigningInput, UnverifiedJwt, parse_json};
use symbolon_types::Alg;

use crate::support::{certificate_of, read, signature, signing_key, verifying_key};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Quarters: serde_json reads other fractions back only to the last bit but one.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names that no registered claim has.
fn any_claims() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("x.{0,6}", any_json(), 0..5).prop_map(|members| members.into_iter().collect())
}

fn any_alg() -> impl Strategy<Value = Alg> {
    proptest::sample::select(crate::support::algorithms())
}

fn any_key() -> impl Strategy<Value = OwnedPublicKey> {
    let octets = |length| proptest::collection::vec(any::<u8>(), length);
    prop_oneof![
        octets(32).prop_map(|x| OwnedPublicKey::Ed25519 { x }),
        (octets(32), octets(32)).prop_map(|(x, y)| OwnedPublicKey::Ec { curve: Curve::P256, x, y }),
        (octets(48), octets(48)).prop_map(|(x, y)| OwnedPublicKey::Ec { curve: Curve::P384, x, y }),
        (octets(66), octets(66)).prop_map(|(x, y)| OwnedPublicKey::Ec { curve: Curve::P521, x, y }),
        (octets(32), octets(32)).prop_map(|(x, y)| OwnedPublicKey::Ec { curve: Curve::Secp256k1, x, y }),
        octets(1312).prop_map(|public| OwnedPublicKey::Akp { alg: Alg::MlDsa44, public }),
        octets(2592).prop_map(|public| OwnedPublicKey::Akp { alg: Alg::MlDsa87, public }),
        (256..=1024_usize).prop_flat_map(octets).prop_map(|mut n| {
            n[0] |= 0x80;
            *n.last_mut().unwrap() |= 1;
            OwnedPublicKey::Rsa { n, e: vec![1, 0, 1] }
        }),
    ]
}

/// What a label may name, also where this provider lacks it.
fn any_name() -> impl Strategy<Value = Alg> {
    proptest::sample::select(Alg::ALL)
}

fn any_jwk() -> impl Strategy<Value = Jwk> {
    // The first certificate is the key's; the others are not looked at.
    let others = proptest::collection::vec(any::<u8>(), 0..20).prop_map(|mut der| {
        der.insert(0, 0x30);
        der
    });
    let chain = proptest::option::of(proptest::collection::vec(others, 0..2));
    (any_key(), proptest::option::of(".{0,40}"), proptest::option::of(any_name()), any::<bool>(), chain).prop_map(
        |(key, kid, alg, for_signatures, chain)| {
            let mut jwk = Jwk::from_public_key(&key);
            if let Some(mut chain) = chain {
                chain.insert(0, certificate_of(&jwk));
                jwk = jwk.with_x5c(chain).unwrap();
            }
            if let Some(kid) = kid {
                jwk = jwk.with_kid(kid);
            }
            if let Some(alg) = alg {
                jwk = jwk.with_alg(alg);
            }
            if for_signatures { jwk.with_use_sig() } else { jwk }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_signed_verifies_and_says_the_same(
        alg in any_alg(),
        claims in any_claims(),
        kid in proptest::option::of(".{0,20}"),
        typ in proptest::option::of(".{0,20}"),
    ) {
        let mut key = signing_key(alg);
        if let Some(kid) = &kid {
            key = key.with_kid(kid.as_str());
        }
        let text = key.sign(&PROVIDER, typ.as_deref(), &claims).unwrap();
        let verified = read(&text, alg).unwrap();
        prop_assert_eq!(verified.header().kid(), kid.as_deref());
        prop_assert_eq!(verified.header().typ(), typ.as_deref());
        prop_assert_eq!(verified.header().alg(), alg);
        prop_assert_eq!(verified.claims_as::<Map<String, Value>>().unwrap(), claims.clone());
        let read = verified.claims().unwrap();
        prop_assert_eq!(read.names().count(), claims.len());
        for (name, value) in &claims {
            prop_assert_eq!(&read.get(name).unwrap().parse::<Value>().unwrap(), value);
            prop_assert_eq!(read.get(name).unwrap().as_str(), value.as_str().map(Cow::Borrowed));
            prop_assert_eq!(read.get(name).unwrap().as_bool(), value.as_bool());
        }
    }

    #[test]
    fn one_flipped_bit_is_refused(alg in any_alg(), at in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let text = signing_key(alg).sign(&PROVIDER, Some("JWT"), &serde_json::json!({ "sub": "a", "n": 1 })).unwrap();
        prop_assert!(read(&text, alg).is_ok());
        let mut octets = text.into_bytes();
        let at = at.index(octets.len());
        octets[at] ^= 1 << bit;
        let changed = String::from_utf8(octets).unwrap();
        prop_assert!(read(&changed, alg).is_err());
    }

    #[test]
    fn one_flipped_bit_of_the_signature_is_a_bad_signature(alg in any_alg(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let message = b"header.payload";
        let mut octets = signature(alg, message);
        let key = verifying_key(alg);
        prop_assert!(key.verify_signature(message, &octets).is_ok());
        let at = at.index(octets.len());
        octets[at] ^= 1 << bit;
        prop_assert!(key.verify_signature(message, &octets).is_err());
    }

    #[test]
    fn a_remote_signature_makes_the_same_token(alg in any_alg(), claims in any_claims()) {
        let remote = RemoteKey::new(verifying_key(alg).with_kid("r"));
        let input = SigningInput::new(Some("JWT"), &remote, &claims).unwrap();
        let signature = signature(alg, input.bytes());
        let mut wrong = signature.clone();
        wrong[3] ^= 1;
        prop_assert!(input.clone().finish(&wrong).is_err());
        let text = input.finish(&signature).unwrap();
        prop_assert_eq!(read(&text, alg).unwrap().claims_as::<Map<String, Value>>().unwrap(), claims);
    }

    #[test]
    fn a_jwk_reads_back(jwk in any_jwk()) {
        prop_assert_eq!(Jwk::parse(jwk.to_json().as_bytes()), Ok(jwk));
    }

    #[test]
    fn a_public_key_reads_back_from_der_and_pem_without_its_labels(jwk in any_jwk()) {
        let bare = Jwk::from_public_key(&jwk.public_key().to_owned());
        prop_assert_eq!(Jwk::from_spki_der(&jwk.to_spki_der().unwrap()), Ok(bare.clone()));
        prop_assert_eq!(Jwk::from_public_key_pem(&jwk.to_public_key_pem().unwrap()), Ok(bare));
    }

    #[test]
    fn a_jwk_set_reads_back(keys in proptest::collection::vec(any_jwk(), 0..4)) {
        let set = JwkSet::new(keys);
        prop_assert_eq!(JwkSet::parse(set.to_json().as_bytes()), Ok(set));
    }

    #[test]
    fn strict_json_reads_what_serde_json_writes(value in any_json()) {
        prop_assert_eq!(parse_json::<Value>(value.to_string().as_bytes()).unwrap(), value);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,200}", octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = UnverifiedJwt::parse(&text);
        let _ = Jwk::parse(&octets);
        let _ = JwkSet::parse(&octets);
        let _ = parse_json::<Value>(&octets);
        let _ = symbolon_jose::SigningKey::from_pem(&PROVIDER, &text, None);
        let _ = symbolon_jose::SigningKey::from_jwk(&PROVIDER, &octets, None);
        let framed = [&[0x30, 0x81, 200], octets.as_slice(), &[1; 200]].concat();
        for der in [octets.as_slice(), framed.get(..203).unwrap_or_default()] {
            let _ = symbolon_jose::SigningKey::from_pkcs8_der(&PROVIDER, der, None);
            let _ = symbolon_jose::SigningKey::from_pkcs1_der(&PROVIDER, der, None);
            let _ = symbolon_jose::SigningKey::from_sec1_der(&PROVIDER, der, None);
            let _ = (Jwk::from_spki_der(der), Jwk::from_pkcs1_der(der));
            let _ = symbolon_jose::ValidatedCertificate::assume_validated(der);
            let _ = symbolon_jose::ecdsa_signature_from_der(Alg::Es256, der);
        }
        let _ = (Jwk::from_public_key_pem(&text), symbolon_jose::ValidatedCertificate::assume_validated_pem(&text));
    }
}

#[test]
fn public_halves_of_every_kind_of_key_read_back() {
    for alg in crate::support::ASYMMETRIC {
        let key = signing_key(alg).with_kid("k");
        let certificate = certificate_of(&key.public_jwk().unwrap());
        let key = key.with_x5c(vec![certificate.clone()]).unwrap();
        let jwk = Jwk::parse(key.public_jwk().unwrap().to_json().as_bytes()).unwrap();
        assert_eq!(Some(&jwk), key.public_jwk().as_ref());
        let loaded = jwk.verifying_key(&PROVIDER, &[]).unwrap();
        assert_eq!((loaded.alg(), loaded.kid(), loaded.certificate()), (alg, Some("k"), Some(&*certificate)));
        let text = key.sign(&PROVIDER, None, &serde_json::json!({})).unwrap();
        let jwt = UnverifiedJwt::parse(&text).unwrap();
        assert_eq!(jwt.header().x5c(), Some(&[certificate][..]));
        assert!(jwt.verify(&loaded).is_ok());
    }
}
