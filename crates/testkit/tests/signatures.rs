//! The throw-away keys load, and what the fixtures' README says to verify does.
#![expect(clippy::unwrap_used, reason = "tests may stop at the first thing that is not as they say")]

use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwkSet, SigningKey, UnverifiedJwt, VerifyingKeys};
use symbolon_testkit::{FAILING, FIXED, fixtures, keys};
use symbolon_types::Alg;

fn key_set(name: &str) -> VerifyingKeys {
    let set = JwkSet::parse(&fixtures::load(name)).unwrap();
    assert_eq!((set.keys().len(), set.skipped().len()), (1, 0), "{name}");
    VerifyingKeys::load(&PROVIDER, &set, &[Alg::Rs256])
}

fn verifies(token: &str, keys: &VerifyingKeys) -> bool {
    let jwt = UnverifiedJwt::parse(token).unwrap();
    keys.keys().iter().any(|key| jwt.clone().verify(key).is_ok())
}

/// The same token, with one character of its payload turned into another.
fn changed(token: &str) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let (first, others) = rest.split_at(1);
    format!("{header}.{}{others}", if first == "f" { "e" } else { "f" })
}

#[test]
fn signed_fixtures_verify_and_changed_ones_do_not() {
    let (ours, theirs) = (key_set("twin.jwks.json"), key_set("idporten-client-assertion.synthetic.jwks.json"));
    let response: serde_json::Value =
        serde_json::from_slice(&fixtures::load("idporten-token.current-shape.synthetic.response.json")).unwrap();
    for (token, right, wrong) in [
        (fixtures::text("idporten-token.id_token.twin.jwt"), &ours, &theirs),
        (fixtures::text("idporten-client-assertion.kid.synthetic.jwt"), &theirs, &ours),
        (fixtures::text("idporten-client-assertion.x5c.synthetic.jwt"), &theirs, &ours),
        (response["id_token"].as_str().unwrap().into(), &theirs, &ours),
    ] {
        assert!(verifies(&token, right));
        assert!(!verifies(&token, wrong), "another key");
        assert!(!verifies(&changed(&token), right), "another payload");
    }
}

#[test]
fn a_key_is_found_by_the_kid_of_the_twin() {
    let keys = key_set("twin.jwks.json");
    let twin = fixtures::text("idporten-token.id_token.twin.jwt");
    assert_eq!(keys.select(UnverifiedJwt::parse(&twin).unwrap().header()).unwrap().len(), 1);
    let foreign = fixtures::text("bankid-authorization-code.id_token.jwt");
    assert!(keys.select(UnverifiedJwt::parse(&foreign).unwrap().header()).is_err(), "an unknown kid");
}

#[test]
fn every_throw_away_key_signs_what_its_public_half_verifies() {
    let crypto = PROVIDER.with_random(&FIXED);
    for ((name, pem), alg) in keys::ALL.into_iter().zip([Alg::Rs256, Alg::Es256, Alg::Es384, Alg::Ed25519]) {
        let key = SigningKey::from_pem(&crypto, pem, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.alg(), alg, "{name}");
        let token = key.sign(&crypto, None, &serde_json::json!({ "sub": "somebody", "exp": 1_700_000_060 })).unwrap();
        let jwt = UnverifiedJwt::parse(&token).unwrap();
        assert!(jwt.verify(&key.verifying_key(&crypto).unwrap()).is_ok(), "{name}");
        assert!(verifies(&token, &VerifyingKeys::new(vec![key.verifying_key(&crypto).unwrap()])));
        assert!(!verifies(&changed(&token), &VerifyingKeys::new(vec![key.verifying_key(&crypto).unwrap()])), "{name}");
    }
}

#[test]
fn the_published_half_is_that_of_the_throw_away_key() {
    let key = SigningKey::from_pem(&PROVIDER, keys::RSA_2048, None).unwrap().public_jwk().unwrap();
    assert_eq!(key.thumbprint(PROVIDER.sha256).to_base64url(), keys::TWIN_KID);
    let set = JwkSet::parse(&fixtures::load("twin.jwks.json")).unwrap();
    assert_eq!(set.keys()[0].thumbprint(PROVIDER.sha256), key.thumbprint(PROVIDER.sha256));
    assert_eq!(set.keys()[0].kid(), Some(keys::TWIN_KID));
}

#[test]
fn a_failing_source_of_randomness_is_an_error() {
    let crypto = PROVIDER.with_random(&FAILING);
    assert!(crypto.random.fill(&mut [0; 32]).is_err());
}
