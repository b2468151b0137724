//! OpenID Connect Core sections 5.3.2 and 5.3.4: an answer of the userinfo endpoint is about the person of the ID token, and
//! signed where that was registered.

use serde_json::{Map, Value, json};
use symbolon_id_token::{
    ClaimName, ExpectedUserinfo, IdTokenError, Personal, Userinfo, UserinfoChecks, UserinfoClaims, UserinfoError,
    jose::{SigningKey, VerifyingKeys},
    policy::Policy,
    types::{Alg, ClientId, Issuer, Rule, Trace},
};

use crate::login::{CLIENT, ISSUER, LEEWAY, Login, NOW, at, object, signing_key};

const SUB: &str = "248289761001";

/// What comes of it, in both ways to judge, which must come to the same end.
fn check(
    answer: Userinfo<'_>,
    keys: &VerifyingKeys,
    algorithms: &[Alg],
    trusted_audiences: &[String],
) -> Result<UserinfoClaims, UserinfoError> {
    let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
    let sub = Personal::new(SUB);
    let expected =
        ExpectedUserinfo { algorithms, trusted_audiences, ..ExpectedUserinfo::new(&issuer, &client_id, &sub) };
    let run = |trace: &mut Trace| {
        let checks = UserinfoChecks { policy: &Policy::OAUTH_2_1.id_token };
        checks.check(answer, keys, &expected, trace, at(NOW))
    };
    let mut stops = Trace::stop_at_first();
    let answer = run(&mut stops);
    assert_eq!(answer.as_ref().err().map(UserinfoError::rule), stops.first_failed(), "the error names its rule");
    assert_eq!(run(&mut Trace::go_on()), answer, "going on ends in the first error");
    answer
}

fn json(body: &str) -> Result<UserinfoClaims, UserinfoError> {
    check(Userinfo::Json(body.as_bytes()), &VerifyingKeys::default(), &[], &[])
}

/// The signed answer that is as it should be.
fn claims() -> Map<String, Value> {
    object(json!({ "iss": ISSUER, "aud": CLIENT, "sub": SUB, "name": "Jane Doe" }))
}

fn keys() -> VerifyingKeys {
    VerifyingKeys::new(vec![signing_key(Alg::Ed25519).verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap()])
}

fn sign_with(key: &SigningKey, typ: Option<&str>, claims: &Map<String, Value>) -> String {
    key.sign(&symbolon_crypto_ring::PROVIDER, typ, claims).unwrap()
}

fn jwt(text: &str) -> Result<UserinfoClaims, UserinfoError> {
    check(Userinfo::Jwt(text), &keys(), &[Alg::Ed25519], &["https://api.example.com".into()])
}

fn typed(typ: Option<&str>, claims: &Map<String, Value>) -> Option<UserinfoError> {
    jwt(&sign_with(&signing_key(Alg::Ed25519), typ, claims)).err()
}

fn with(name: &str, value: Value) -> Option<UserinfoError> {
    let mut claims = claims();
    claims.insert(name.into(), value);
    typed(None, &claims)
}

fn without(name: &str) -> Option<UserinfoError> {
    let mut claims = claims();
    claims.remove(name).unwrap();
    typed(None, &claims)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a check gave")]
fn is(error: IdTokenError) -> Option<UserinfoError> {
    Some(UserinfoError::Jwt(error))
}

#[test]
fn every_claim_is_there_as_it_came() {
    let claims = json(r#"{"sub":"248289761001","pid":"02819930034","locale":"nb","email_verified":true}"#).unwrap();
    assert_eq!(claims.sub, Personal::new(SUB));
    assert_eq!(claims.pid(), Ok(Some(Personal::new("02819930034"))));
    assert_eq!(claims.text("locale"), Ok(Some("nb")));
    assert_eq!(claims.get("email_verified"), Some(&json!(true)));
    assert!(claims.text("email_verified").is_err(), "it is there and is no text");
    assert_eq!(claims.text("email"), Ok(None));
    assert_eq!(claims.other_names().collect::<Vec<_>>(), ["email_verified", "locale", "pid"]);
    assert_eq!(format!("{claims:?}"), "UserinfoClaims { sub: Personal(..), other: 3 }");
}

#[test]
fn r129_the_subject_is_that_of_the_id_token() {
    assert!(json(r#"{"sub":"248289761001"}"#).is_ok());
    for other in ["248289761002", "248289761001 ", "24828976100", "2482897610011", "another"] {
        for error in [json(&format!(r#"{{"sub":"{other}"}}"#)).err(), with("sub", json!(other))] {
            assert_eq!(error, Some(UserinfoError::SubjectMismatch), "{other}");
        }
    }
    let missing = IdTokenError::MissingClaim { claim: ClaimName::Sub };
    assert_eq!((json("{}").err(), without("sub")), (is(missing.clone()), is(missing)));
    for ill in ["null", "248289761001", "[\"248289761001\"]", "\"\""] {
        let invalid = IdTokenError::InvalidClaim { claim: ClaimName::Sub };
        assert_eq!(json(&format!(r#"{{"sub":{ill}}}"#)).err(), is(invalid), "{ill}");
    }
}

#[test]
fn a113_what_is_no_json_object_or_has_a_member_twice_is_refused() {
    for bad in [
        "",
        "[]",
        "null",
        "<html>",
        r#""248289761001""#,
        r#"{"sub":"248289761001"} {}"#,
        r#"{"sub":"248289761001","sub":"248289761001"}"#,
        r#"{"sub":"248289761001","a":{"b":1,"\u0062":2}}"#,
    ] {
        assert!(matches!(json(bad), Err(UserinfoError::Json(_))), "{bad}");
    }
}

#[test]
fn d32_json_is_refused_where_a_signature_was_registered_and_a_signature_where_none_was() {
    let body = Userinfo::Json(br#"{"sub":"248289761001"}"#);
    assert!(check(body, &keys(), &[], &[]).is_ok());
    let error = check(body, &keys(), &[Alg::Ed25519], &[]).unwrap_err();
    assert_eq!((&error, error.rule()), (&UserinfoError::NotSigned, Rule::JwsSyntax));
    let signed = sign_with(&signing_key(Alg::Ed25519), None, &claims());
    assert!(check(Userinfo::Jwt(&signed), &keys(), &[Alg::Ed25519], &[]).is_ok());
    let error = check(Userinfo::Jwt(&signed), &keys(), &[], &[]).err();
    assert_eq!(error, is(IdTokenError::AlgNotAllowed), "nobody knows by which algorithm");
}

#[test]
fn r129_a_signed_answer_is_of_the_issuer_for_the_client() {
    let claims = jwt(&sign_with(&signing_key(Alg::Ed25519), None, &claims())).unwrap();
    assert_eq!(claims.personal("name"), Ok(Some(Personal::new("Jane Doe"))));
    assert_eq!(claims.get("iss"), Some(&json!(ISSUER)));
    assert_eq!(with("iss", json!("https://server.example.com/")), is(IdTokenError::IssuerMismatch));
    assert_eq!(without("iss"), is(IdTokenError::MissingClaim { claim: ClaimName::Iss }));
    assert_eq!(with("aud", json!(["https://api.example.com", CLIENT])), None);
    assert_eq!(with("aud", json!(["https://api.example.com"])), is(IdTokenError::AudienceMismatch));
    assert_eq!(with("aud", json!([CLIENT, "https://rs.example.com"])), is(IdTokenError::UntrustedAudience));
    assert_eq!(without("aud"), is(IdTokenError::MissingClaim { claim: ClaimName::Aud }));
}

#[test]
fn the_signature_is_verified_by_the_registered_algorithm() {
    let good = sign_with(&signing_key(Alg::Ed25519), None, &claims());
    let es256 = sign_with(&signing_key(Alg::Es256), None, &claims());
    assert_eq!(jwt(&es256).err(), is(IdTokenError::AlgNotAllowed));
    let mut others = claims();
    others.insert("name".into(), json!("John Doe"));
    let other = sign_with(&signing_key(Alg::Ed25519), None, &others);
    let (said, (_, signature)) = (good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap());
    assert!(matches!(jwt(&format!("{said}.{signature}")).err(), Some(UserinfoError::Jwt(IdTokenError::Jwt(_)))));
    assert!(jwt(&good).is_ok() && jwt(&other).is_ok());
    let unsecured = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIyNDgyODk3NjEwMDEifQ.";
    assert!(matches!(jwt(unsecured).err(), Some(UserinfoError::Jwt(IdTokenError::Jwt(_)))), "alg none");
    let unknown = signing_key(Alg::Ed25519).with_kid("2");
    assert_eq!(jwt(&sign_with(&unknown, None, &claims())).err(), is(IdTokenError::UnknownKid));
}

#[test]
fn a026_an_encrypted_answer_is_refused() {
    // RFC 7516 §3.3.
    let jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ";
    assert!(matches!(jwt(jwe).err(), Some(UserinfoError::Jwt(IdTokenError::Jwt(_)))));
}

#[test]
fn times_may_be_absent_and_are_right_where_they_are() {
    for (name, good, bad, error) in [
        ("exp", NOW - LEEWAY + 1, NOW - LEEWAY, IdTokenError::Expired),
        ("nbf", NOW + LEEWAY, NOW + LEEWAY + 1, IdTokenError::NotYetValid),
        ("iat", NOW + LEEWAY, NOW + LEEWAY + 1, IdTokenError::IssuedInFuture),
        ("iat", NOW - 86_400, NOW - 86_401, IdTokenError::IssuedTooLongAgo),
    ] {
        assert_eq!(with(name, json!(good)), None, "{name}");
        assert_eq!(with(name, json!(bad)), is(error), "{name}");
    }
    assert_eq!(with("exp", json!("1700000300")), is(IdTokenError::InvalidClaim { claim: ClaimName::Exp }));
}

#[test]
fn a053_another_kind_of_jwt_is_no_userinfo() {
    for typ in [None, Some("JWT"), Some("application/jwt")] {
        assert_eq!(typed(typ, &claims()), None, "{typ:?}");
    }
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt", ""] {
        assert_eq!(typed(Some(typ), &claims()), is(IdTokenError::WrongTyp), "{typ}");
    }
    assert_eq!(with("typ", json!("other")), None);
    for typ in ["ID", "Bearer", "DPoP", "Refresh", "Offline", "Logout"] {
        assert_eq!(with("typ", json!(typ)), is(IdTokenError::WrongTyp), "{typ}");
    }
    assert_eq!(with("events", json!({})), is(IdTokenError::WrongTyp));
}

#[test]
fn a053_userinfo_is_no_id_token() {
    let login = Login::new().with(|login| login.claims = claims());
    assert_eq!(login.check(), Err(IdTokenError::MissingClaim { claim: ClaimName::Exp }));
    let timed = Login::new().with(|login| {
        login.claims = claims();
        login.set("exp", NOW + 300);
        login.set("iat", NOW);
    });
    assert_eq!(timed.check(), Err(IdTokenError::MissingClaim { claim: ClaimName::Nonce }));
}

#[test]
fn errors_and_what_is_to_be_checked_do_not_show_the_person() {
    let marker = "M4rk3r";
    for body in [format!(r#"{{"sub":"{marker}"}}"#), format!(r#"{{"sub":["{marker}"]}}"#), marker.into()] {
        let error = json(&body).unwrap_err();
        let shown = format!("{error} {error:?} {:?}", Userinfo::Json(body.as_bytes()));
        assert!(!shown.contains(marker), "{shown}");
    }
    assert!(!format!("{:?}", Userinfo::Jwt(marker)).contains(marker));
}
