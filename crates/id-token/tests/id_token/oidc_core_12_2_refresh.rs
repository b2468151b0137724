//! OpenID Connect Core section 12.2: the ID token of a refresh is one of the same sign-in.

use serde_json::{Value, json};
use symbolon_id_token::{ClaimName, Continuity, IdTokenError};

use crate::login::{CLIENT, Login, NONCE, NOW, at};

/// A first token with the given change, and the refresh that follows it a minute later.
fn refresh(first: impl FnOnce(&mut Login)) -> Login {
    let first = Login::new().with(first).check().unwrap();
    Login::new().without_hashes().with(|login| {
        login.previous = Some(Continuity::from(&first));
        login.nonce = None;
        login.max_age = None;
        login.code = None;
        login.now = at(NOW + 60);
        login.set("iat", NOW + 60);
        login.set("exp", NOW + 360);
        login.remove("nonce");
    })
}

fn broken(claim: ClaimName) -> Result<(), IdTokenError> {
    Err(IdTokenError::ContinuityBroken { claim })
}

#[track_caller]
fn twin(first: impl Fn(&mut Login), claim: ClaimName, good: &Value, bad: &Value) {
    let with =
        |value: &Value| refresh(&first).with(|login| login.set(claim.as_str(), value.clone())).check().map(|_| ());
    assert_eq!(with(good), Ok(()), "{claim} = {good}");
    assert_eq!(with(bad), broken(claim), "{claim} = {bad}");
}

#[test]
fn a_refreshed_token_of_the_same_sign_in_is_accepted() {
    assert!(refresh(|_| ()).check().is_ok());
    let sparse = refresh(|_| ()).with(|login| login.remove("auth_time"));
    assert!(sparse.check().is_ok(), "auth_time may be left out");
}

#[test]
fn the_subject_stays() {
    twin(|_| (), ClaimName::Sub, &json!("248289761001"), &json!("248289761002"));
}

#[test]
fn the_issuer_stays() {
    let moved = refresh(|_| ()).with(|login| {
        if let Some(first) = &mut login.previous {
            first.iss = "https://old.example.com".into();
        }
    });
    assert_eq!(moved.check().map(|_| ()), broken(ClaimName::Iss), "though it is the issuer that is expected now");
}

#[test]
fn the_audience_stays() {
    let api = "https://api.example.com";
    twin(|_| (), ClaimName::Aud, &json!([CLIENT]), &json!([CLIENT, api]));
    twin(|login| login.set("aud", json!([CLIENT, api])), ClaimName::Aud, &json!([api, CLIENT]), &json!(CLIENT));
}

#[test]
fn azp_stays_and_stays_away() {
    let gone = refresh(|_| ()).with(|login| login.remove("azp"));
    assert_eq!(gone.check().map(|_| ()), broken(ClaimName::Azp));
    let came = refresh(|login| login.remove("azp"));
    assert_eq!(came.check().map(|_| ()), broken(ClaimName::Azp));
    let never = refresh(|login| login.remove("azp")).with(|login| login.remove("azp"));
    assert!(never.check().is_ok());
}

#[test]
fn auth_time_is_that_of_the_first_sign_in() {
    twin(|_| (), ClaimName::AuthTime, &json!(NOW - 60), &json!(NOW - 59));
    let unknown = refresh(|login| {
        login.max_age = None;
        login.remove("auth_time");
    });
    assert!(unknown.check().is_ok(), "there is none to compare with");
}

#[test]
fn the_nonce_is_the_first_one_or_absent() {
    twin(|_| (), ClaimName::Nonce, &json!(NONCE), &json!("n-0S6_WzA2Mk"));
    let came = refresh(|login| {
        login.nonce = None;
        login.remove("nonce");
    })
    .with(|login| login.set("nonce", NONCE));
    assert_eq!(came.check().map(|_| ()), broken(ClaimName::Nonce), "there was none at first");
    let invalid = refresh(|_| ()).with(|login| login.set("nonce", Value::Null));
    assert_eq!(invalid.check(), Err(IdTokenError::InvalidClaim { claim: ClaimName::Nonce }));
}

#[test]
fn r102_iat_is_that_of_the_first_token_or_later() {
    twin(|_| (), ClaimName::Iat, &json!(NOW), &json!(NOW - 1));
    twin(|login| login.set("iat", NOW - 30), ClaimName::Iat, &json!(NOW - 30), &json!(NOW - 31));
    let unknown = refresh(|_| ()).with(|login| {
        login.set("iat", NOW - 1);
        if let Some(first) = &mut login.previous {
            first.iat = at(0);
        }
    });
    assert!(unknown.check().is_ok(), "there is none to compare with");
}

#[test]
fn every_other_rule_holds_as_at_first() {
    let expired = refresh(|_| ()).with(|login| login.set("exp", NOW));
    assert_eq!(expired.check(), Err(IdTokenError::Expired));
    let foreign = refresh(|_| ()).with(|login| login.set("aud", "another"));
    assert_eq!(foreign.check(), Err(IdTokenError::AudienceMismatch));
}

#[test]
fn what_is_kept_shows_nothing_of_the_person() {
    let first = Continuity::from(&Login::new().check().unwrap());
    let shown = format!("{first:?}");
    assert!(!shown.contains("248289761001") && !shown.contains(NONCE), "{shown}");
}
