//! OIDC Core §3.1.3.3, §3.1.3.7, security decisions D31 and D32: who signed in. Each row changes one thing of a sign-in that
//! is as it should be.

use serde_json::{Map, Value, json};
use symbolon_client::{
    AuthorizationPlan, UnverifiedTokens, VerifyError,
    client_auth::ClientAuthentication,
    id_token::{ClaimName, IdTokenError},
    jose::{KeyAdvice, KeySetCache, SigningKey, VerifyingKeys},
    types::{Alg, Rule, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;
use time::{Duration, UtcDateTime};

use crate::party::{
    ACCESS_TOKEN, CLIENT, CODE, ISSUER, NOW, SignIn, builder, client, key, not_verified, now, parameter, published,
    scope, sign, tokens,
};

/// The answer to a sign-in whose right claims were changed so.
fn changed(change: impl FnOnce(&mut Map<String, Value>)) -> Option<VerifyError> {
    let sign_in = SignIn::openid();
    let mut claims = sign_in.claims();
    change(&mut claims);
    sign_in.tokens(&sign(&claims)).verify(&published(), now()).map_err(not_verified).err()
}

fn set(name: &str, value: Value) -> Option<VerifyError> {
    changed(|claims| {
        claims.insert(name.into(), value);
    })
}

fn without(name: &str) -> Option<VerifyError> {
    changed(|claims| {
        claims.remove(name);
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a check gave")]
fn is(error: IdTokenError) -> Option<VerifyError> {
    Some(VerifyError::IdToken(error))
}

#[test]
fn a_right_id_token_says_who_signed_in() {
    let sign_in = SignIn::openid();
    let id_token = sign(&sign_in.claims());
    let received = sign_in.tokens(&id_token);
    let hint = received.key_hint().unwrap();
    assert_eq!((hint.kid.as_deref(), hint.alg), (Some("1"), Alg::Ed25519));
    let tokens = received.verify(&published(), now()).unwrap();
    assert_eq!(tokens.access_token().expose(), ACCESS_TOKEN);
    assert_eq!(tokens.id_token().unwrap().sub.as_str(), "248289761001");
    assert_eq!(tokens.identity().unwrap().iss, ISSUER);
    assert_eq!(tokens.expires_at(), Some(now() + Duration::hours(1)));
    assert_eq!(tokens.response().id_token.as_ref().unwrap().expose(), id_token);
}

#[test]
fn a_sign_in_without_id_token_is_none() {
    let received = tokens(SignIn::openid().pending, json!({}));
    assert!(received.is_openid());
    let error = received.verify(&published(), now()).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::IdTokenPresent));
    assert_eq!(not_verified(error), VerifyError::IdTokenMissing);
    let error = tokens(SignIn::openid().pending, json!({})).without_id_token().unwrap_err();
    assert_eq!(not_verified(error), VerifyError::OpenId, "nobody can leave it out");
}

#[test]
fn an_id_token_may_lack_only_if_the_plan_and_the_server_say_so() {
    let answer = |may: bool, members| {
        let mut plan = AuthorizationPlan::new(scope("openid read"));
        plan.may_lack_id_token = may;
        tokens(SignIn::begin(&client(), plan).pending, members).verify(&published(), now()).map_err(not_verified)
    };
    let without = answer(true, json!({ "scope": "read" })).unwrap();
    assert!(without.id_token().is_none() && without.identity().is_none());
    for (may, members) in
        [(false, json!({ "scope": "read" })), (true, json!({ "scope": "openid read" })), (true, json!({}))]
    {
        assert_eq!(answer(may, members).unwrap_err(), VerifyError::IdTokenMissing);
    }
    // One that is there is verified all the same.
    let bad = answer(true, json!({ "scope": "read", "id_token": "a.b.c" })).unwrap_err();
    assert!(matches!(bad, VerifyError::IdToken(_)));
}

#[test]
fn a101_for_another_client_or_beside_an_untrusted_one() {
    assert_eq!(set("aud", json!([CLIENT])), None);
    assert_eq!(set("aud", json!("another")), is(IdTokenError::AudienceMismatch));
    assert_eq!(set("aud", json!([])), is(IdTokenError::AudienceMismatch));
    let two = json!([CLIENT, "https://api.example"]);
    assert_eq!(set("aud", two.clone()), is(IdTokenError::UntrustedAudience));

    let trusting = builder().trusted_audience("https://api.example").build().unwrap();
    let sign_in = SignIn::begin(&trusting, AuthorizationPlan::new(scope("openid")));
    let mut claims = sign_in.claims();
    claims.insert("aud".into(), two);
    assert!(sign_in.tokens(&sign(&claims)).verify(&published(), now()).is_ok());
}

#[test]
fn a102_the_nonce_is_the_one_that_was_sent() {
    assert_eq!(set("nonce", json!("another")), is(IdTokenError::NonceMismatch));
    assert_eq!(without("nonce"), is(IdTokenError::MissingClaim { claim: ClaimName::Nonce }));
    assert_eq!(set("nonce", json!(1)), is(IdTokenError::InvalidClaim { claim: ClaimName::Nonce }));
    // The ID token of another sign-in of the same client.
    let (one, other) = {
        let client = client();
        let plan = || AuthorizationPlan::new(scope("openid"));
        (SignIn::begin(&client, plan()), SignIn::begin(&client, plan()))
    };
    let injected = sign(&one.claims());
    assert_eq!(
        other.tokens(&injected).verify(&published(), now()).map_err(not_verified).err(),
        is(IdTokenError::NonceMismatch)
    );
}

#[test]
fn a103_of_another_issuer() {
    for iss in ["https://as.example/", "https://evil.example", "as.example"] {
        assert_eq!(set("iss", json!(iss)), is(IdTokenError::IssuerMismatch), "{iss}");
    }
    assert_eq!(without("iss"), is(IdTokenError::MissingClaim { claim: ClaimName::Iss }));
}

#[test]
fn a104_azp_of_another_client() {
    assert_eq!(set("azp", json!(CLIENT)), None);
    assert_eq!(set("azp", json!("another")), is(IdTokenError::AzpMismatch));
}

#[test]
fn a105_times_and_sub_are_there_and_sane() {
    assert_eq!(without("iat"), is(IdTokenError::MissingClaim { claim: ClaimName::Iat }));
    assert_eq!(set("iat", json!(NOW + 10)), None);
    assert_eq!(set("iat", json!(NOW + 11)), is(IdTokenError::IssuedInFuture));
    assert_eq!(set("exp", json!(NOW - 9)), None);
    assert_eq!(set("exp", json!(NOW - 10)), is(IdTokenError::Expired));
    assert_eq!(without("sub"), is(IdTokenError::MissingClaim { claim: ClaimName::Sub }));
    assert_eq!(set("sub", json!("s".repeat(255))), None);
    assert_eq!(set("sub", json!("s".repeat(256))), is(IdTokenError::InvalidClaim { claim: ClaimName::Sub }));
}

#[test]
fn a106_hashes_are_right_where_they_are() {
    let hash = |text: &str| symbolon_client::id_token::left_half_hash(&PROVIDER, Alg::Ed25519, text).unwrap();
    assert_eq!(set("at_hash", json!(hash(ACCESS_TOKEN))), None);
    assert_eq!(set("at_hash", json!(hash("another"))), is(IdTokenError::AtHashMismatch));
    assert_eq!(set("at_hash", json!("")), is(IdTokenError::AtHashMismatch));
    assert_eq!(set("c_hash", json!(hash(CODE))), None);
    assert_eq!(set("c_hash", json!(hash("another"))), is(IdTokenError::CHashMismatch));
}

#[test]
fn a107_the_algorithm_is_the_registered_one() {
    let p256 = SigningKey::from_pem(&PROVIDER, keys::P256, None).unwrap().with_kid("2");
    let both =
        VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap(), p256.verifying_key(&PROVIDER).unwrap()]);
    let answer = |algorithms: &[Alg]| {
        let client = builder().id_token_algorithms(algorithms).build().unwrap();
        let sign_in = SignIn::begin(&client, AuthorizationPlan::new(scope("openid")));
        let id_token = p256.sign(&PROVIDER, None, &sign_in.claims()).unwrap();
        sign_in.tokens(&id_token).verify(&both, now()).map_err(not_verified).err()
    };
    assert_eq!(answer(&[Alg::Es256]), None);
    assert_eq!(answer(&[Alg::Ed25519]), is(IdTokenError::AlgNotAllowed));
    assert_eq!(answer(&[]), is(IdTokenError::AlgNotAllowed), "none registered: RS256");
}

fn received() -> UnverifiedTokens {
    let sign_in = SignIn::openid();
    let id_token = sign(&sign_in.claims());
    sign_in.tokens(&id_token)
}

/// The keys of the issuer before it made the one that it signs with.
fn outdated() -> VerifyingKeys {
    VerifyingKeys::new(vec![key().with_kid("0").verifying_key(&PROVIDER).unwrap()])
}

#[test]
fn a108_an_unknown_kid_is_refused_and_never_another_key_tried() {
    assert_eq!(received().verify(&outdated(), now()).map_err(not_verified).err(), is(IdTokenError::UnknownKid));
    assert!(received().verify(&published(), now()).is_ok());
}

#[test]
fn a109_an_unknown_kid_asks_for_fresh_keys_once_in_a_while() {
    let fetched = now() - Duration::seconds(60);
    let advice = |keys: VerifyingKeys, fetched: UtcDateTime| {
        let mut cache = KeySetCache::new();
        assert_eq!(received().key_advice(&mut cache, fetched), KeyAdvice::Fetch);
        cache.fetched(keys, fetched);
        received().key_advice(&mut cache, now())
    };
    assert_eq!(advice(outdated(), fetched), KeyAdvice::Fetch);
    assert_eq!(advice(VerifyingKeys::default(), fetched), KeyAdvice::Fetch);
    let moment_ago = fetched + Duration::SECOND;
    assert_eq!(advice(outdated(), moment_ago), KeyAdvice::NotBefore(moment_ago + Duration::MINUTE));
    assert_eq!(advice(published(), fetched), KeyAdvice::Use, "the key is there");
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let other = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap().with_kid("1");
    let sign_in = SignIn::openid();
    let mut id_token = other.sign(&PROVIDER, None, &sign_in.claims()).unwrap();
    let flipped = if id_token.ends_with("AA") { "BA" } else { "AA" };
    id_token.truncate(id_token.len() - 2);
    id_token.push_str(flipped);
    let error = not_verified(sign_in.tokens(&id_token).verify(&published(), now()).unwrap_err());
    assert!(matches!(error, VerifyError::IdToken(IdTokenError::Jwt(_))), "{error}");
}

#[test]
fn what_the_plan_asked_for_is_demanded() {
    let answer = |claims: Value| {
        let mut plan = AuthorizationPlan::new(scope("openid"));
        plan.max_age = Some(Duration::minutes(5));
        plan.acr_values = vec!["urn:loa:4".into()];
        let sign_in = SignIn::begin(&client(), plan);
        assert_eq!(parameter(&sign_in.url, "max_age").as_deref(), Some("300"));
        let mut all = sign_in.claims();
        all.extend(crate::party::object(claims));
        sign_in.tokens(&sign(&all)).verify(&published(), now()).map_err(not_verified).err()
    };
    assert_eq!(answer(json!({ "auth_time": NOW - 300, "acr": "urn:loa:4" })), None);
    assert_eq!(answer(json!({ "auth_time": NOW - 311, "acr": "urn:loa:4" })), is(IdTokenError::AuthTimeTooOld));
    assert_eq!(answer(json!({ "acr": "urn:loa:4" })), is(IdTokenError::MissingClaim { claim: ClaimName::AuthTime }));
    assert_eq!(answer(json!({ "auth_time": NOW, "acr": "urn:loa:3" })), is(IdTokenError::AcrNotAccepted));
    assert_eq!(answer(json!({ "auth_time": NOW })), is(IdTokenError::MissingClaim { claim: ClaimName::Acr }));
}

#[test]
fn hs256_is_for_confidential_clients_that_registered_it() {
    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let keys = VerifyingKeys::new(vec![mac.verifying_key(&PROVIDER).unwrap()]);
    let answer = |algorithms: &[Alg]| {
        let client = builder()
            .authentication(ClientAuthentication::Basic("s".into()))
            .id_token_algorithms(algorithms)
            .build()
            .unwrap();
        let sign_in = SignIn::begin(&client, AuthorizationPlan::new(scope("openid")));
        let id_token = mac.sign(&PROVIDER, None, &sign_in.claims()).unwrap();
        sign_in.tokens(&id_token).verify(&keys, now()).map_err(not_verified).err()
    };
    assert_eq!(answer(&[Alg::Hs256]), None);
    assert_eq!(answer(&[Alg::Rs256]), is(IdTokenError::AlgNotAllowed));
}
