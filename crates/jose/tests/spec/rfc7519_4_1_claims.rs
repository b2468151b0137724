use std::borrow::Cow;

use serde_json::{Value, json};
use symbolon_jose::{Audience, Expected, ExpectedAudience, JwtError, UnverifiedJwt, VerifiedJwt};
use symbolon_types::Alg;
use time::{Duration, UtcDateTime};

use crate::support::{read, token};

const NOW: i64 = 1_700_000_000;
const ISSUER: &str = "https://as.example";
const US: &str = "https://rs.example";

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        audience: ExpectedAudience::AnyOf(&[US]),
        typ: &[],
        exp_leeway: Duration::seconds(10),
        future_leeway: Duration::seconds(10),
    }
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "a", "aud": US, "exp": NOW + 60, "nbf": NOW - 5, "iat": NOW - 5, "jti": "1" })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn verified(header: &str, payload: &str) -> VerifiedJwt<'static> {
    read(&token(Alg::Hs256, header, payload), Alg::Hs256).unwrap()
}

fn check_at(claims: &Value, expected: &Expected<'_>, now: i64) -> Result<(), JwtError> {
    let jwt = verified(r#"{"alg":"HS256"}"#, &claims.to_string());
    jwt.claims()?.check(expected, jwt.header(), UtcDateTime::from_unix_timestamp(now).unwrap())
}

fn check(claims: &Value) -> Result<(), JwtError> {
    check_at(claims, &expected(), NOW)
}

#[test]
fn good_claims_hold_and_are_read() {
    assert_eq!(check(&claims()), Ok(()));
    let jwt = verified(r#"{"alg":"HS256"}"#, &with("more", json!([1, {"a": null}])).to_string());
    let claims = jwt.claims().unwrap();
    assert_eq!(
        (claims.iss.as_deref(), claims.sub.as_deref(), claims.jti.as_deref()),
        (Some(ISSUER), Some("a"), Some("1"))
    );
    assert_eq!(claims.aud, Some(Audience::One(US.into())));
    assert_eq!(claims.get("more").unwrap().parse(), Ok(json!([1, {"a": null}])));
    assert!(claims.get("none").is_none());
}

#[test]
fn absent_claims_are_none() {
    let jwt = verified(r#"{"alg":"HS256"}"#, "{}");
    let claims = jwt.claims().unwrap();
    assert!(claims.iss.is_none() && claims.sub.is_none() && claims.aud.is_none() && claims.jti.is_none());
    assert!(claims.exp.is_none() && claims.nbf.is_none() && claims.iat.is_none());
}

#[test]
fn a040_now_equal_to_exp_plus_leeway_is_expired() {
    let exp = NOW + 60;
    assert_eq!(check_at(&claims(), &expected(), exp + 9), Ok(()));
    assert_eq!(check_at(&claims(), &expected(), exp + 10), Err(JwtError::Expired));
    let exact = Expected { exp_leeway: Duration::ZERO, ..expected() };
    assert_eq!(check_at(&claims(), &exact, exp - 1), Ok(()));
    assert_eq!(check_at(&claims(), &exact, exp), Err(JwtError::Expired));
    assert_eq!(check(&with("exp", json!(0))), Err(JwtError::Expired));
}

#[test]
fn a041_exp_must_be_there() {
    assert_eq!(check(&without("exp")), Err(JwtError::MissingClaim { name: "exp" }));
    for optional in ["nbf", "iat", "jti", "sub"] {
        assert_eq!(check(&without(optional)), Ok(()), "{optional}");
    }
}

#[test]
fn a042_a_bad_exp_is_not_the_same_as_none() {
    for raw in [
        "\"1700000060\"",
        "null",
        "true",
        "[1700000060]",
        "{}",
        "-1",
        "-0.001",
        "1e308",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "253402300800",
    ] {
        for name in ["exp", "nbf", "iat"] {
            let text = with(name, json!("@")).to_string().replace("\"@\"", raw);
            let error = verified(r#"{"alg":"HS256"}"#, &text).claims().unwrap_err();
            assert_eq!(error, JwtError::InvalidClaim { name }, "{raw}");
        }
    }
    let nan = claims().to_string().replace("1700000060", "NaN");
    assert_eq!(verified(r#"{"alg":"HS256"}"#, &nan).claims().unwrap_err(), JwtError::MalformedPayload);
    let fraction = with("exp", json!(1_700_000_000.5));
    let exact = Expected { exp_leeway: Duration::ZERO, ..expected() };
    assert_eq!(check_at(&fraction, &exact, NOW), Ok(()));
    assert_eq!(check_at(&fraction, &exact, NOW + 1), Err(JwtError::Expired));
    assert_eq!(check(&with("exp", json!(253_402_300_799_i64))), Ok(()), "far away, and no overflow");
}

#[test]
fn a043_nbf_in_the_future_is_refused_beyond_the_leeway() {
    assert_eq!(check(&with("nbf", json!(NOW + 10))), Ok(()));
    assert_eq!(check(&with("nbf", json!(NOW + 11))), Err(JwtError::NotYetValid));
    assert_eq!(check(&with("nbf", json!(f64::from(1_700_000_010) + 0.5))), Err(JwtError::NotYetValid));
    assert_eq!(check(&with("nbf", json!(0))), Ok(()));
}

#[test]
fn a044_iat_in_the_future_is_refused_beyond_the_leeway() {
    assert_eq!(check(&with("iat", json!(NOW + 10))), Ok(()));
    assert_eq!(check(&with("iat", json!(NOW + 11))), Err(JwtError::IssuedInFuture));
    assert_eq!(check(&with("iat", json!(0))), Ok(()));
}

#[test]
fn a045_leeways_are_capped_and_any_clock_is_survived() {
    let endless = Expected { exp_leeway: Duration::MAX, future_leeway: Duration::MAX, ..expected() };
    assert_eq!(check_at(&claims(), &endless, NOW + 60 + 59), Ok(()));
    assert_eq!(check_at(&claims(), &endless, NOW + 60 + 60), Err(JwtError::Expired));
    assert_eq!(check_at(&with("iat", json!(NOW + 60)), &endless, NOW), Ok(()));
    assert_eq!(check_at(&with("iat", json!(NOW + 61)), &endless, NOW), Err(JwtError::IssuedInFuture));
    let negative = Expected { exp_leeway: Duration::MIN, future_leeway: Duration::MIN, ..expected() };
    assert_eq!(check_at(&claims(), &negative, NOW + 59), Ok(()));
    assert_eq!(check_at(&claims(), &expected(), 0), Err(JwtError::NotYetValid));
    let jwt = verified(r#"{"alg":"HS256"}"#, &claims().to_string());
    let claims = jwt.claims().unwrap();
    assert_eq!(claims.check(&endless, jwt.header(), UtcDateTime::MAX), Err(JwtError::Expired));
    assert_eq!(claims.check(&endless, jwt.header(), UtcDateTime::MIN), Err(JwtError::NotYetValid));
}

#[test]
fn a046_iss_is_compared_as_it_stands() {
    for iss in [
        "https://as.example/",
        "https://AS.example",
        "https://as.exampl",
        "https://as.example.evil",
        "",
        " https://as.example",
    ] {
        assert_eq!(check(&with("iss", json!(iss))), Err(JwtError::IssuerMismatch), "{iss}");
    }
    assert_eq!(check(&without("iss")), Err(JwtError::MissingClaim { name: "iss" }));
}

#[test]
fn a047_iss_sub_and_jti_are_strings() {
    for name in ["iss", "sub", "jti"] {
        for value in [json!([ISSUER]), json!(1), json!(null), json!({}), json!(true)] {
            assert_eq!(check(&with(name, value.clone())), Err(JwtError::InvalidClaim { name }), "{name} {value}");
        }
    }
}

#[test]
fn a048_aud_names_us() {
    assert_eq!(check(&with("aud", json!([US]))), Ok(()));
    assert_eq!(check(&with("aud", json!(["x", US]))), Ok(()));
    for aud in
        [json!(""), json!([]), json!("https://rs.example/"), json!("https://rs.exampl"), json!(["x"]), json!("x")]
    {
        assert_eq!(check(&with("aud", aud.clone())), Err(JwtError::AudienceMismatch), "{aud}");
    }
    for aud in [json!(null), json!(1), json!([[US]]), json!({ "aud": US }), json!([US, 1]), json!([US, null])] {
        assert_eq!(check(&with("aud", aud.clone())), Err(JwtError::InvalidClaim { name: "aud" }), "{aud}");
    }
    assert_eq!(check(&without("aud")), Err(JwtError::MissingClaim { name: "aud" }));
}

#[test]
fn a049_an_audience_beside_us_can_be_told() {
    let only_us = Expected { audience: ExpectedAudience::Exactly(US), ..expected() };
    let any_of_us = Expected { audience: ExpectedAudience::AnyOf(&["https://us.example", US]), ..expected() };
    for (aud, alone) in [
        (json!(US), true),
        (json!([US]), true),
        (json!([US, "https://evil.example"]), false),
        (json!([US, US]), false),
        (json!(["\u{e6}", US]), false),
    ] {
        let exactly = if alone { Ok(()) } else { Err(JwtError::AudienceMismatch) };
        assert_eq!(check_at(&with("aud", aud.clone()), &only_us, NOW), exactly, "{aud}");
        assert_eq!(check_at(&with("aud", aud.clone()), &any_of_us, NOW), Ok(()), "{aud}");
        assert_eq!(check(&with("aud", aud)), Ok(()));
    }
    let nobody = Expected { audience: ExpectedAudience::AnyOf(&[]), ..expected() };
    for expected in [nobody, Expected { audience: ExpectedAudience::AnyOf(&["https://us.example"]), ..expected() }] {
        assert_eq!(check_at(&claims(), &expected, NOW), Err(JwtError::AudienceMismatch));
    }
}

#[test]
fn a052_typ_is_what_was_expected() {
    let typed = |typ: Option<&str>, expected: &Expected<'_>| {
        let header = match typ {
            Some(typ) => format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#),
            None => r#"{"alg":"HS256"}"#.to_owned(),
        };
        let jwt = verified(&header, &claims().to_string());
        jwt.claims().unwrap().check(expected, jwt.header(), UtcDateTime::from_unix_timestamp(NOW).unwrap())
    };
    for typ in [None, Some("JWT"), Some("jwt"), Some("application/jwt")] {
        assert_eq!(typed(typ, &expected()), Ok(()), "{typ:?}");
    }
    for typ in ["at+jwt", "dpop+jwt", "logout+jwt", "", "JWT ", "JOSE"] {
        assert_eq!(typed(Some(typ), &expected()), Err(JwtError::WrongTyp), "{typ}");
    }
    let access_token = Expected { typ: &["at+jwt"], ..expected() };
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert_eq!(typed(Some(typ), &access_token), Ok(()), "{typ}");
    }
    for typ in [None, Some("JWT"), Some("logout+jwt")] {
        assert_eq!(typed(typ, &access_token), Err(JwtError::WrongTyp), "{typ:?}");
    }
}

#[test]
fn a053_a_token_for_another_use_is_refused_by_typ_iss_and_aud() {
    let access_token = Expected { typ: &["at+jwt"], ..expected() };
    assert_eq!(check_at(&claims(), &access_token, NOW), Err(JwtError::WrongTyp));
    assert_eq!(check(&with("aud", json!("client"))), Err(JwtError::AudienceMismatch));
    assert_eq!(check(&with("iss", json!("client"))), Err(JwtError::IssuerMismatch));
}

#[test]
fn a054_a_nested_jwt_has_no_claims() {
    let inner = token(Alg::Hs256, r#"{"alg":"HS256"}"#, claims().to_string());
    let outer = token(Alg::Hs256, r#"{"alg":"HS256","cty":"JWT"}"#, &inner);
    let verified = read(&outer, Alg::Hs256).unwrap();
    assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload);
    assert_eq!(verified.claims_as::<Value>().unwrap_err(), JwtError::MalformedPayload);
}

#[test]
fn a022_a_payload_that_is_no_json_object_has_no_claims() {
    for payload in [
        &b""[..],
        b"[]",
        b"null",
        b"\"text\"",
        b"1",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"{\"iss\":\"\xff\"}",
        b"{\"a\":1,}",
        b"{/* */}",
    ] {
        let text = token(Alg::Hs256, r#"{"alg":"HS256"}"#, payload);
        match read(&text, Alg::Hs256) {
            Ok(verified) => assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload, "{payload:?}"),
            Err(error) => assert_eq!((payload, error), (&b""[..], JwtError::Malformed)),
        }
    }
}

#[test]
fn a013_a_claim_that_comes_twice_is_refused_at_any_depth() {
    #[derive(serde::Deserialize)]
    struct OnlySub {
        sub: String,
    }
    for payload in
        [r#"{"sub":"a","sub":"a"}"#, r#"{"sub":"a","exp":1,"\u0065xp":2}"#, r#"{"sub":"a","x":{"y":[{"z":1,"z":1}]}}"#]
    {
        let verified = read(&token(Alg::Hs256, r#"{"alg":"HS256"}"#, payload), Alg::Hs256).unwrap();
        assert_eq!(verified.claims().unwrap_err(), JwtError::DuplicateClaim, "{payload}");
        assert_eq!(verified.claims_as::<OnlySub>().err(), Some(JwtError::DuplicateClaim), "{payload}");
    }
    let verified = read(&token(Alg::Hs256, r#"{"alg":"HS256"}"#, r#"{"sub":"a","x":1}"#), Alg::Hs256).unwrap();
    assert_eq!(verified.claims_as::<OnlySub>().unwrap().sub, "a");
}

#[test]
fn a_peek_gives_strings_of_well_formed_claims_and_nothing_else() {
    let peek = |payload: &str, name: &str| {
        let text = token(Alg::Hs256, r#"{"alg":"HS256"}"#, payload);
        UnverifiedJwt::parse(&text).unwrap().peek_claim(name).map(Cow::into_owned)
    };
    assert_eq!(peek(r#"{"sub":"a","n":1}"#, "sub").as_deref(), Some("a"));
    assert_eq!(peek(r#"{"sub":"a","n":1}"#, "n"), None);
    assert_eq!(peek(r#"{"sub":"a","n":1}"#, "iss"), None);
    assert_eq!(peek(r#"{"sub":"a","sub":"b"}"#, "sub"), None);
    assert_eq!(peek("text", "sub"), None);
}
