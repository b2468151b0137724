//! Security decisions D21 and D33: who somebody is, and what a token says beside its times and parties, is shown
//! nowhere.

use serde_json::{Value, json};
use symbolon_id_token::{Continuity, Expected, IdTokenError, NewIdToken, NotAString, Personal, types::Trace};

use crate::login::{CLIENT, ISSUER, Login, object};

const MARKER: &str = "M4rk3r";

/// A token whose claims are all marked, as far as they may be and the token still be accepted.
fn marked() -> Login {
    Login::new().without_hashes().with(|login| {
        for claim in ["sub", "sid", "jti", "name", "given_name", "family_name", "birthdate", "pid", "email", "amr"] {
            login.set(claim, MARKER);
        }
        login.set(MARKER, json!({ MARKER: [MARKER] }));
        login.set("nonce", MARKER);
        login.nonce = Some(MARKER);
        login.set("acr", MARKER);
        login.acr_values = vec![MARKER.into()];
    })
}

#[test]
fn claims_and_what_is_kept_of_them_do_not_show_the_person() {
    let claims = marked().check().unwrap();
    assert_eq!(claims.sub.as_str(), MARKER);
    let shown = format!("{claims:?} {claims:#?} {:?}", Continuity::from(&claims));
    assert!(!shown.contains(MARKER), "{shown}");
    assert!(shown.contains(ISSUER) && shown.contains(CLIENT), "issuer and audience are for the log");
}

#[test]
fn traces_and_errors_do_not_show_the_person() {
    for claim in
        ["sub", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "sid", "jti", "auth_time", "exp", "name", "pid"]
    {
        for value in [json!(MARKER), json!([MARKER]), json!({ MARKER: MARKER }), json!([[MARKER]])] {
            let login = Login::new().without_hashes().with(|login| login.set(claim, value.clone()));
            let mut trace = Trace::go_on();
            let answer = login.check_with(&login.sign(), &login.verifying_keys(), &mut trace);
            let shown = match answer {
                Ok(claims) => format!("{claims:?} {trace:?}"),
                Err(error) => format!("{error} {error:?} {trace:?}"),
            };
            assert!(!shown.contains(MARKER), "{claim} = {value}: {shown}");
        }
    }
}

#[test]
fn a_token_to_be_issued_and_what_is_expected_do_not_show_the_person() {
    let issuer = symbolon_id_token::types::Issuer::parse(ISSUER).unwrap();
    let client_id = symbolon_id_token::types::ClientId::parse(CLIENT).unwrap();
    let (extra, secret) = (object(json!({ MARKER: MARKER })), MARKER.into());
    let new = NewIdToken {
        nonce: Some(MARKER),
        acr: Some(MARKER),
        sid: Some(MARKER),
        access_token: Some(&secret),
        code: Some(MARKER),
        ..NewIdToken::new(&issuer, MARKER, &client_id, &extra)
    };
    let expected = Expected {
        nonce: Some(MARKER.into()),
        access_token: Some(&secret),
        code: Some(&secret),
        previous: Some(Continuity::from(&marked().check().unwrap())),
        ..Expected::new(&issuer, &client_id)
    };
    let shown = format!("{new:?} {expected:?}");
    assert!(!shown.contains(MARKER), "{shown}");
}

#[test]
fn personal_claims_are_read_wrapped_and_only_as_text() {
    let read = |value: Value| {
        let login = Login::new().with(|login| login.set("pid", value));
        login.check().unwrap().pid()
    };
    assert_eq!(read(json!("0012")), Ok(Some(Personal::new("0012"))), "leading zeros are kept");
    for value in [json!(0), json!(null), json!(["0"])] {
        let answer: Result<_, NotAString> = read(value);
        assert!(answer.is_err(), "not the same as none");
    }
    let claims = Login::new().check().unwrap();
    assert_eq!(claims.pid(), Ok(None), "a foreign user may have none");
    assert_eq!(claims.personal("name"), Ok(Some(Personal::new("Jane Doe"))));
}

#[test]
fn errors_read_on_after_refused() {
    assert_eq!(IdTokenError::NonceMismatch.to_string(), "the nonce is another one");
}
