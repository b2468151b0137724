//! OpenID Connect Core section 2: what a server issues, a client accepts.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    Checks, Expected, IdTokenError, NewIdToken, SignError, left_half_hash,
    types::{Alg, ClientId, Issuer, Rule, Secret, Trace},
};
use time::Duration;

use crate::login::{ACCESS_TOKEN, CLIENT, CODE, ISSUER, Login, NONCE, NOW, algorithms, at, object, signing_key};

const LIFETIME: Duration = Duration::minutes(5);

/// Issues with everything filled, changed as told.
fn issue(
    extra: &Map<String, Value>,
    change: impl FnOnce(NewIdToken<'_>) -> Result<Secret, SignError>,
) -> Result<Secret, SignError> {
    let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
    let (access_token, amr) = (Secret::new(ACCESS_TOKEN), [String::from("mfa")]);
    change(NewIdToken {
        issuer: &issuer,
        subject: "248289761001",
        client_id: &client_id,
        nonce: Some(NONCE),
        auth_time: Some(at(NOW - 60)),
        acr: Some("urn:loa:4"),
        amr: &amr,
        sid: Some("s-1"),
        access_token: Some(&access_token),
        code: Some(CODE),
        extra,
    })
}

#[test]
fn what_is_issued_is_accepted_under_every_algorithm() {
    let extra = object(json!({ "jti": "j-1", "azp": CLIENT, "locale": "nb", "updated_at": 1_629_280_620_000_i64 }));
    for alg in &algorithms() {
        let token = issue(&extra, |new| new.sign(&PROVIDER, &signing_key(*alg), LIFETIME, at(NOW))).unwrap();
        let login = Login::new().with(|login| {
            login.keys = vec![*alg];
            login.algorithms = vec![*alg];
        });
        let claims = login.check_text(token.expose(), &login.verifying_keys()).unwrap();
        assert_eq!(claims.exp, at(NOW + 300));
        assert_eq!(claims.iat, at(NOW));
        assert_eq!(claims.at_hash, left_half_hash(&PROVIDER, *alg, ACCESS_TOKEN).ok());
        assert_eq!(claims.c_hash, left_half_hash(&PROVIDER, *alg, CODE).ok());
        assert_eq!(claims.amr, ["mfa"]);
        assert_eq!(claims.other_names().collect::<Vec<_>>(), ["locale", "updated_at"]);
        let twin = login.with(|login| login.access_token = Some(CODE.into()));
        assert_eq!(twin.check_text(token.expose(), &twin.verifying_keys()), Err(IdTokenError::AtHashMismatch));
    }
}

#[test]
fn only_what_is_there_is_issued() {
    let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
    let extra = Map::new();
    let new = NewIdToken::new(&issuer, "x", &client_id, &extra);
    let claims = new.claims(&PROVIDER, Alg::Rs256, LIFETIME, at(NOW) + Duration::milliseconds(999)).unwrap();
    assert_eq!(
        Value::Object(claims),
        json!({ "iss": ISSUER, "sub": "x", "aud": CLIENT, "iat": NOW, "exp": NOW + 300 }),
        "times are whole seconds, and nothing is null"
    );
}

#[test]
fn a106_without_the_hash_nothing_is_issued() {
    let poor = PROVIDER.with_long_digests(&[]);
    let extra = Map::new();
    for alg in [Alg::Es384, Alg::Ed25519, Alg::EdDsa] {
        let key = signing_key(alg);
        let both = issue(&extra, |new| new.sign(&poor, &key, LIFETIME, at(NOW)));
        assert!(matches!(both, Err(SignError::HashUnavailable(_))), "{alg}");
        let code = issue(&extra, |new| NewIdToken { access_token: None, ..new }.sign(&poor, &key, LIFETIME, at(NOW)));
        assert!(matches!(code, Err(SignError::HashUnavailable(_))), "{alg}");
        let none = issue(&extra, |new| {
            NewIdToken { access_token: None, code: None, ..new }.sign(&poor, &key, LIFETIME, at(NOW))
        });
        assert!(none.is_ok(), "{alg}");
    }
}

#[test]
fn a_subject_that_no_client_would_accept_is_not_issued() {
    let extra = Map::new();
    let key = signing_key(Alg::Ed25519);
    let with =
        |subject: &str| issue(&extra, |new| NewIdToken { subject, ..new }.sign(&PROVIDER, &key, LIFETIME, at(NOW)));
    assert!(with("x").is_ok());
    assert!(with(&"x".repeat(255)).is_ok());
    for subject in ["", "ø", &"x".repeat(256)] {
        assert_eq!(with(subject), Err(SignError::Subject));
    }
}

#[test]
fn a_lifetime_is_at_least_a_second_and_ends() {
    let extra = Map::new();
    let key = signing_key(Alg::Ed25519);
    let with = |lifetime| issue(&extra, |new| new.sign(&PROVIDER, &key, lifetime, at(NOW)));
    assert!(with(Duration::SECOND).is_ok());
    for lifetime in [Duration::ZERO, Duration::milliseconds(999), Duration::seconds(-1), Duration::MAX] {
        assert_eq!(with(lifetime), Err(SignError::Lifetime), "{lifetime}");
    }
}

#[test]
fn an_extra_claim_cannot_take_the_place_of_a_checked_one() {
    let key = signing_key(Alg::Ed25519);
    let with = |extra: Value| issue(&object(extra), |new| new.sign(&PROVIDER, &key, LIFETIME, at(NOW)));
    for name in
        ["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "at_hash", "c_hash", "acr", "amr", "sid", "events"]
    {
        assert_eq!(with(json!({ name: "x" })), Err(SignError::ReservedClaim), "{name}");
    }
    assert!(with(json!({ "azp": CLIENT })).is_ok());
    assert_eq!(with(json!({ "azp": "another" })), Err(SignError::Azp));
    assert_eq!(with(json!({ "azp": null })), Err(SignError::Azp));

    let extra = object(json!({ "nonce": "x" }));
    let unasked = issue(&extra, |new| NewIdToken { nonce: None, ..new }.sign(&PROVIDER, &key, LIFETIME, at(NOW)));
    assert_eq!(unasked, Err(SignError::ReservedClaim), "not even where the field is empty");
    let extra = object(json!({ "amr": "BID" }));
    let old_form = issue(&extra, |new| NewIdToken { amr: &[], ..new }.sign(&PROVIDER, &key, LIFETIME, at(NOW)));
    assert!(old_form.is_ok(), "amr as a string, as providers had it");
}

#[test]
fn errors_of_issuing_are_server_errors() {
    for error in [SignError::Subject, SignError::Lifetime, SignError::ReservedClaim, SignError::Azp] {
        assert_eq!(error.rule(), Rule::Embedder);
        assert_eq!(error.rule().code().unwrap().as_str(), "server_error");
    }
}

proptest! {
    #[test]
    fn whatever_is_issued_reads_back(
        sub in "[ -~]{1,255}",
        nonce in proptest::option::of("[ -~]{0,64}"),
        acr in proptest::option::of("\\PC{0,16}"),
        amr in proptest::collection::vec("\\PC{0,8}", 0..4),
        sid in proptest::option::of("\\PC{0,32}"),
        token in proptest::option::of("[!-~]{1,64}"),
        ago in proptest::option::of(0_i64..100_000),
    ) {
        let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
        let (extra, access_token) = (Map::new(), token.map(Secret::new));
        let new = NewIdToken {
            nonce: nonce.as_deref(),
            auth_time: ago.map(|ago| at(NOW).saturating_sub(Duration::seconds(ago))),
            acr: acr.as_deref(),
            amr: &amr,
            sid: sid.as_deref(),
            access_token: access_token.as_ref(),
            ..NewIdToken::new(&issuer, &sub, &client_id, &extra)
        };
        let id_token = new.sign(&PROVIDER, &signing_key(Alg::Ed25519), LIFETIME, at(NOW)).unwrap();
        let expected = Expected {
            nonce: nonce.clone().map(Secret::new),
            algorithms: &[Alg::Ed25519],
            access_token: access_token.as_ref(),
            ..Expected::new(&issuer, &client_id)
        };
        let login = Login::new();
        let checks = Checks { crypto: &PROVIDER, policy: &login.policy };
        let mut trace = Trace::stop_at_first();
        let claims = checks.check(id_token.expose(), &login.verifying_keys(), &expected, &mut trace, at(NOW)).unwrap();
        prop_assert_eq!(claims.auth_time, new.auth_time);
        prop_assert_eq!(claims.sub.as_str(), &sub);
        prop_assert_eq!(claims.nonce, nonce.map(Secret::new));
        prop_assert_eq!(claims.acr, acr);
        prop_assert_eq!(claims.amr, amr);
        prop_assert_eq!(claims.sid, sid);
        prop_assert_eq!(claims.at_hash.is_some(), access_token.is_some());
    }
}
