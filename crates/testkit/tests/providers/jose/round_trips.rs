//! What one provider signs both read, for every algorithm that they have; what was changed neither reads.
use alloc::collections::BTreeMap;

use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::{Map, Value, json};
use symbolon_jose::{Jwk, JwtError, KeyError, SigningKey, UnverifiedJwt, VerifyingKey};
use symbolon_types::SecretBytes;

use super::signing_keys;
use crate::PROVIDERS;

/// A key of one provider, and what each provider reads its tokens with.
struct Signing {
    by: usize,
    key: SigningKey,
    read_by: Vec<VerifyingKey>,
}

/// Every algorithm of every provider; a provider that lacks one says so.
fn all() -> Vec<Signing> {
    let of = |by: usize, key: SigningKey| {
        let load = |(_, crypto)| match (key.public_jwk(), key.alg()) {
            (Some(jwk), _) => jwk.verifying_key(crypto, &[key.alg()]),
            // The secret of `signing_keys`.
            (None, alg) => VerifyingKey::from_secret(crypto, alg, &SecretBytes::new([7; 64])),
        };
        let (read_by, lacking): (Vec<_>, Vec<_>) = PROVIDERS.into_iter().map(load).partition(Result::is_ok);
        for error in lacking.into_iter().filter_map(Result::err) {
            assert!(matches!(error, KeyError::Unsupported(lacks) if lacks.alg == key.alg()), "{error}");
        }
        Signing { by, key, read_by: read_by.into_iter().filter_map(Result::ok).collect() }
    };
    let keys = |(by, (_, crypto)): (usize, _)| signing_keys(crypto).into_iter().map(move |key| of(by, key));
    PROVIDERS.into_iter().enumerate().flat_map(keys).collect()
}

fn read(text: &str, key: &VerifyingKey) -> Result<Map<String, Value>, JwtError> {
    UnverifiedJwt::parse(text)?.verify(key)?.claims_as()
}

#[test]
fn every_algorithm_is_signed_by_one_provider_and_read_by_all_that_have_it() {
    let mut pairs = BTreeMap::<_, usize>::new();
    for Signing { by, key, read_by } in all() {
        let text = key.sign(PROVIDERS[by].1, None, &json!({ "sub": "a" })).unwrap();
        for other in &read_by {
            assert!(read(&text, other).is_ok(), "{} {}", PROVIDERS[by].0, key.alg());
        }
        *pairs.entry((PROVIDERS[by].0, read_by.len())).or_default() += 1;
    }
    assert_eq!(pairs, BTreeMap::from([(("ring", 2), 13), (("aws-lc-rs", 2), 13), (("aws-lc-rs", 1), 5)]));
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::collection::vec(".{0,4}", 0..3).prop_map(Value::from),
        prop::collection::btree_map(".{0,4}", any::<u32>(), 0..3).prop_map(|members| json!(members)),
    ]
}

proptest! {
    // Each case is one text for each of the 31 keys.
    #![proptest_config(ProptestConfig { cases: 16, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_signed_reads_back_and_one_flipped_bit_anywhere_is_refused(
        // Names that no registered claim has.
        claims in prop::collection::btree_map("x.{0,6}", any_value(), 0..4),
        kid in prop::option::of(".{1,20}"),
        typ in prop::option::of("[a-z+]{1,20}"),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..7_u32), 4),
    ) {
        let claims: Map<String, Value> = claims.into_iter().collect();
        for Signing { by, key, read_by } in all() {
            let key = match &kid {
                Some(kid) => key.with_kid(kid.as_str()),
                None => key,
            };
            let text = key.sign(PROVIDERS[by].1, typ.as_deref(), &claims).unwrap();
            for other in &read_by {
                let verified = UnverifiedJwt::parse(&text).unwrap().verify(other).unwrap();
                let header = verified.header();
                prop_assert_eq!((header.alg(), header.kid(), header.typ()), (key.alg(), kid.as_deref(), typ.as_deref()));
                prop_assert_eq!(&verified.claims_as::<Map<String, Value>>().unwrap(), &claims);
                for (at, bit) in &places {
                    let mut octets = text.clone().into_bytes();
                    octets[at.index(text.len())] ^= 1 << bit;
                    let changed = String::from_utf8(octets).unwrap();
                    prop_assert!(read(&changed, other).is_err(), "{} {}", key.alg(), changed);
                }
            }
            if let Some(jwk) = key.public_jwk() {
                let again = Jwk::parse(jwk.to_json().as_bytes());
                prop_assert_eq!(again.as_ref().ok().and_then(Jwk::kid), kid.as_deref());
                prop_assert_eq!(again, Ok(jwk));
            }
        }
    }
}
