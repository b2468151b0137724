//! OpenID Connect Back-Channel Logout sections 2.4 and 2.6: a logout token, and nothing else, signs somebody out.

use serde_json::{Value, json};
use symbolon_id_token::{
    ClaimName, ExpectedLogoutToken, IdTokenError, LogoutChecks, LogoutToken, LogoutTokenError, Personal,
    types::{Alg, ClientId, Issuer, Trace},
};
use time::Duration;

use crate::login::{CLIENT, ISSUER, LEEWAY, Login, NOW, at, object};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token that is as it should be.
fn logout() -> Login {
    Login::new().with(|login| {
        login.typ = Some("logout+jwt");
        login.claims = object(json!({
            "iss": ISSUER,
            "sub": "248289761001",
            "aud": CLIENT,
            "iat": NOW,
            "exp": NOW + 120,
            "jti": "bWJq",
            "sid": "s-1",
            "events": { EVENT: {} },
        }));
    })
}

/// Signs the claims and checks them, in both ways to judge, which must come to the same end.
fn check(login: &Login) -> Result<LogoutToken, LogoutTokenError> {
    let (issuer, client_id) = (Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap());
    let expected = ExpectedLogoutToken {
        trusted_audiences: &login.trusted_audiences,
        algorithms: &login.algorithms,
        ..ExpectedLogoutToken::new(&issuer, &client_id)
    };
    let (token, keys) = (login.sign(), login.verifying_keys());
    let run = |trace: &mut Trace| {
        let checks = LogoutChecks { policy: &login.policy };
        checks.check(&token, &keys, &expected, trace, login.now)
    };
    let mut stops = Trace::stop_at_first();
    let answer = run(&mut stops);
    assert_eq!(answer.as_ref().err().map(LogoutTokenError::rule), stops.first_failed(), "the error names its rule");
    assert_eq!(run(&mut Trace::go_on()), answer, "going on ends in the first error");
    answer
}

fn changed(change: impl FnOnce(&mut Login)) -> Option<LogoutTokenError> {
    check(&logout().with(change)).err()
}

fn with(name: &str, value: Value) -> Option<LogoutTokenError> {
    changed(|login| login.set(name, value))
}

fn without(name: &str) -> Option<LogoutTokenError> {
    changed(|login| login.remove(name))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a check gave")]
fn is(error: IdTokenError) -> Option<LogoutTokenError> {
    Some(LogoutTokenError::Jwt(error))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a check gave")]
fn missing(claim: ClaimName) -> Option<LogoutTokenError> {
    Some(LogoutTokenError::Jwt(IdTokenError::MissingClaim { claim }))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a check gave")]
fn invalid(claim: ClaimName) -> Option<LogoutTokenError> {
    Some(LogoutTokenError::Jwt(IdTokenError::InvalidClaim { claim }))
}

#[test]
fn a_logout_token_says_who_and_which_session() {
    let token = check(&logout()).unwrap();
    assert_eq!((token.iss.as_str(), token.jti.as_str()), (ISSUER, "bWJq"));
    assert!(token.aud.is_exactly(CLIENT));
    assert_eq!((token.sub, token.sid.as_deref()), (Some(Personal::new("248289761001")), Some("s-1")));
    assert_eq!((token.iat, token.exp), (at(NOW), at(NOW + 120)));
}

#[test]
fn it_names_a_subject_a_session_or_both() {
    let of = |name: &str| check(&logout().with(|login| login.remove(name))).unwrap();
    assert_eq!((of("sub").sub, of("sid").sid), (None, None));
    let nobody = changed(|login| {
        login.remove("sub");
        login.remove("sid");
    });
    assert_eq!(nobody, Some(LogoutTokenError::NobodyNamed));
    for (claim, name) in [(ClaimName::Sub, "sub"), (ClaimName::Sid, "sid")] {
        for ill in [json!(null), json!(1), json!(""), json!(["a"])] {
            assert_eq!(with(name, ill.clone()), invalid(claim), "{name} = {ill}: ill is not absent");
        }
    }
}

#[test]
fn it_is_about_a_logout() {
    assert_eq!(with("events", json!({ EVENT: {}, "https://example.com/another": {} })), None);
    assert_eq!(with("events", json!({ EVENT: { "more": 1 } })), None, "that it is empty is a SHOULD");
    for bad in [
        json!({}),
        json!({ "http://schemas.openid.net/event/backchannel-logout/": {} }),
        json!({ EVENT: null }),
        json!({ EVENT: true }),
        json!({ EVENT: [] }),
        json!(null),
        json!([EVENT]),
        json!(EVENT),
    ] {
        assert_eq!(with("events", bad.clone()), Some(LogoutTokenError::Event), "{bad}");
    }
    assert_eq!(without("events"), is(IdTokenError::WrongTyp));
}

#[test]
fn a053_an_id_token_is_no_logout_token_and_a_logout_token_is_no_id_token() {
    let id_token = Login::new();
    assert!(id_token.check().is_ok());
    assert_eq!(check(&id_token).err(), is(IdTokenError::WrongTyp));
    // Not even with the event, for it has a nonce.
    let both = Login::new().with(|login| login.set("events", json!({ EVENT: {} })));
    assert_eq!(check(&both).err(), Some(LogoutTokenError::Nonce));
    assert_eq!(both.check(), Err(IdTokenError::WrongTyp));
    assert_eq!(with("nonce", json!(null)), Some(LogoutTokenError::Nonce), "in no form");

    // Nor is there an ID token in a logout token, whatever was asked for and whatever its header says.
    for typ in [Some("logout+jwt"), Some("JWT"), None] {
        let asked_for_nothing = logout().with(|login| {
            login.typ = typ;
            login.nonce = None;
            login.max_age = None;
            login.acr_values.clear();
        });
        assert!(check(&asked_for_nothing).is_ok(), "{typ:?}");
        assert_eq!(asked_for_nothing.check(), Err(IdTokenError::WrongTyp), "{typ:?}");
    }
}

#[test]
fn a053_another_kind_of_jwt_is_no_logout_token() {
    for good in ["application/logout+jwt", "LOGOUT+JWT"] {
        assert_eq!(changed(|login| login.typ = Some(good)), None, "{good}");
    }
    for typ in ["at+jwt", "secevent+jwt", "dpop+jwt", "client-authentication+jwt", "", "logout"] {
        assert_eq!(changed(|login| login.typ = Some(typ)), is(IdTokenError::WrongTyp), "{typ}");
    }
    assert_eq!(with("typ", json!("Logout")), None, "Keycloak says so");
    for typ in ["ID", "Bearer", "Refresh", "Offline", "DPoP"] {
        assert_eq!(with("typ", json!(typ)), is(IdTokenError::WrongTyp), "{typ}");
    }
    // OpenID Connect Core section 5.3.2: a signed answer of userinfo.
    let userinfo = json!({ "iss": ISSUER, "aud": CLIENT, "sub": "248289761001", "iat": NOW, "exp": NOW + 120 });
    assert_eq!(changed(|login| login.claims = object(userinfo)), is(IdTokenError::WrongTyp));
}

#[test]
fn it_is_of_the_issuer_for_the_client_and_signed_as_id_tokens_are() {
    assert_eq!(with("iss", json!("https://server.example.com/")), is(IdTokenError::IssuerMismatch));
    assert_eq!(without("iss"), missing(ClaimName::Iss));
    assert_eq!(with("aud", json!([CLIENT, "https://api.example.com"])), None);
    assert_eq!(with("aud", json!("another")), is(IdTokenError::AudienceMismatch));
    assert_eq!(with("aud", json!([CLIENT, "another"])), is(IdTokenError::UntrustedAudience));
    assert_eq!(without("aud"), missing(ClaimName::Aud));
    assert_eq!(changed(|login| login.alg = Alg::Es256), is(IdTokenError::AlgNotAllowed));
    assert_eq!(changed(|login| login.keys = vec![Alg::Es256]), is(IdTokenError::UnknownKid));
    let by_default = |alg: Alg| {
        changed(|login| {
            login.alg = alg;
            login.keys = vec![alg];
            login.algorithms.clear();
        })
    };
    assert_eq!(by_default(Alg::Rs256), None, "none registered: RS256");
    assert_eq!(by_default(Alg::Ed25519), is(IdTokenError::AlgNotAllowed));
}

#[test]
fn it_is_of_now() {
    assert_eq!((without("exp"), without("iat")), (missing(ClaimName::Exp), missing(ClaimName::Iat)));
    assert_eq!(with("exp", json!(NOW - LEEWAY + 1)), None);
    assert_eq!(with("exp", json!(NOW - LEEWAY)), is(IdTokenError::Expired));
    assert_eq!(with("iat", json!(NOW + LEEWAY)), None);
    assert_eq!(with("iat", json!(NOW + LEEWAY + 1)), is(IdTokenError::IssuedInFuture));
    assert_eq!(with("iat", json!(NOW - 86_400)), None);
    assert_eq!(with("iat", json!(NOW - 86_401)), is(IdTokenError::IssuedTooLongAgo));
}

#[test]
fn its_jti_is_to_be_kept_for_as_long_as_it_could_be_taken() {
    assert_eq!(without("jti"), missing(ClaimName::Jti));
    assert_eq!(with("jti", json!("j".repeat(128))), None);
    for bad in [json!("j".repeat(129)), json!(""), json!(1), json!(null)] {
        assert_eq!(with("jti", bad.clone()), invalid(ClaimName::Jti), "{bad}");
    }
    for exp in [NOW + 120, NOW + 86_400_000] {
        let login = logout().with(|login| login.set("exp", exp));
        let until = check(&login).unwrap().remember_until();
        let at_the_end = |now| login_at(&login, now);
        assert!(at_the_end(until - Duration::SECOND).is_ok(), "{until}");
        assert!(at_the_end(until + Duration::SECOND).is_err(), "{until}");
    }
}

fn login_at(login: &Login, now: time::UtcDateTime) -> Result<LogoutToken, LogoutTokenError> {
    check(&logout().with(|later| {
        later.claims = login.claims.clone();
        later.now = now;
    }))
}

#[test]
fn it_does_not_show_the_person() {
    let marker = "M4rk3r";
    let login = logout().with(|login| {
        for claim in ["sub", "sid", "jti"] {
            login.set(claim, marker);
        }
    });
    let shown = format!("{:?}", check(&login).unwrap());
    assert!(!shown.contains(marker) && shown.contains(ISSUER), "{shown}");
    let error = changed(|login| login.set("sub", json!([marker]))).unwrap();
    assert!(!format!("{error} {error:?}").contains(marker));
}
