//! OpenID Connect Core section 3.1.3.7: every accepted token has a twin that differs in one claim, byte or second.

use serde_json::{Value, json};
use symbolon_id_token::{
    ClaimName, IdTokenError, MAX_ID_TOKEN_AGE,
    jose::{JwtError, SelectError},
    types::Alg,
};
use time::Duration;

use crate::login::{CLIENT, ISSUER, LEEWAY, Login, NONCE, NOW, algorithms, at};

fn missing(claim: ClaimName) -> IdTokenError {
    IdTokenError::MissingClaim { claim }
}

fn invalid(claim: ClaimName) -> IdTokenError {
    IdTokenError::InvalidClaim { claim }
}

/// Each row is accepted with the first value and refused with the second, nothing else being changed.
#[track_caller]
fn twins(claim: &str, rows: impl IntoIterator<Item = (Value, Value, IdTokenError)>) {
    for (good, bad, error) in rows {
        let with = |value: &Value| Login::new().with(|login| login.set(claim, value.clone())).check();
        assert!(with(&good).is_ok(), "{claim} = {good}: {:?}", with(&good));
        assert_eq!(with(&bad), Err(error), "{claim} = {bad}");
    }
}

/// Whatever is no text, for a claim that must be text.
fn no_text() -> Vec<Value> {
    vec![json!(null), json!(1), json!(true), json!([]), json!(["x"]), json!({})]
}

#[test]
fn a_token_with_everything_that_was_asked_for_is_accepted() {
    let claims = Login::new().check().unwrap();
    assert_eq!(claims.iss, ISSUER);
    assert_eq!(claims.sub.as_str(), "248289761001");
    assert!(claims.aud.is_exactly(CLIENT));
    assert_eq!((claims.exp, claims.iat, claims.nbf), (at(NOW + 300), at(NOW), Some(at(NOW))));
    assert_eq!(claims.auth_time, Some(at(NOW - 60)));
    assert_eq!(claims.nonce, Some(NONCE.into()));
    assert_eq!(claims.acr.as_deref(), Some("urn:loa:4"));
    assert_eq!(claims.amr, ["mfa"]);
    assert_eq!(claims.azp.as_deref(), Some(CLIENT));
    assert_eq!((claims.sid.as_deref(), claims.jti.as_deref()), (Some("s-1"), Some("j-1")));
    assert!(claims.at_hash.is_some() && claims.c_hash.is_some());
    assert_eq!(claims.other_names().collect::<Vec<_>>(), ["name"], "what has a field is not among the others");
    assert_eq!(claims.get("name"), Some(&json!("Jane Doe")));
    assert_eq!(claims.get("sub"), None);
}

#[test]
fn every_character_of_a_token_counts() {
    let login = Login::new();
    let (token, keys) = (login.sign(), login.verifying_keys());
    assert!(login.check_text(&token, &keys).is_ok());
    for at in 0..token.len() {
        let mut twin = token.clone().into_bytes();
        twin[at] = if twin[at] == b'A' { b'B' } else { b'A' };
        let twin = String::from_utf8(twin).unwrap();
        assert!(login.check_text(&twin, &keys).is_err(), "byte {at}");
        let shorter: String = token.char_indices().filter(|(index, _)| *index != at).map(|(_, c)| c).collect();
        assert!(login.check_text(&shorter, &keys).is_err(), "without byte {at}");
    }
}

#[test]
fn the_signature_is_verified_and_comes_before_every_claim() {
    let login = Login::new();
    let other = Login::new().with(|login| login.set("iss", "https://other.example"));
    let (mine, others) = (login.sign(), other.sign());
    let (body, _) = others.rsplit_once('.').unwrap();
    let (_, signature) = mine.rsplit_once('.').unwrap();
    let forged = format!("{body}.{signature}");
    assert_eq!(
        login.check_text(&forged, &login.verifying_keys()),
        Err(IdTokenError::Jwt(JwtError::BadSignature)),
        "not the issuer that the forger wrote"
    );
    assert_eq!(login.check_text(&others, &login.verifying_keys()), Err(IdTokenError::IssuerMismatch));
    let unsigned = format!("{body}.");
    assert!(login.check_text(&unsigned, &login.verifying_keys()).is_err());
}

#[test]
fn a013_a_doubled_claim_is_refused() {
    let login = Login::new().without_hashes();
    let text = serde_json::to_string(&login.claims).unwrap();
    let key = crate::login::signing_key(Alg::Ed25519);
    for (payload, good) in [
        (text.clone(), true),
        (text.replacen('{', r#"{"sub":"248289761001","#, 1), false),
        (text.replacen('{', r#"{"\u0073ub":"1","#, 1), false),
        (format!("[{text}]"), false),
        (r#""text""#.into(), false),
        (format!("{text} {{}}"), false),
    ] {
        let token = sign_text(&key, &payload);
        let answer = login.check_text(&token, &login.verifying_keys());
        assert_eq!(answer.is_ok(), good, "{payload}");
        if let Err(error) = answer {
            assert!(
                matches!(error, IdTokenError::Jwt(JwtError::DuplicateClaim | JwtError::MalformedPayload)),
                "{error:?}"
            );
        }
    }
}

/// Signs any octets, as no honest issuer does.
fn sign_text(key: &symbolon_id_token::jose::SigningKey, payload: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
    use symbolon_crypto_ring::PROVIDER;
    use symbolon_id_token::crypto::PrivateKey;

    let keys = crate::login::vectors(include_str!("../vectors/signing_keys.json"));
    let octets = |name: &str| BASE64URL.decode(keys["ed25519"][name].as_str().unwrap()).unwrap();
    let (x, d) = (octets("x"), octets("d"));
    let signer = PROVIDER.signature(key.alg()).unwrap().load_private(&PrivateKey::Ed25519 { x: &x, d: &d }).unwrap();
    let header = json!({ "alg": key.alg().as_str(), "kid": key.kid() }).to_string();
    let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload));
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", BASE64URL.encode(signature))
}

#[test]
fn a053_another_kind_of_jwt_is_no_id_token() {
    for typ in [None, Some("JWT"), Some("jwt"), Some("application/jwt")] {
        let login = Login::new().with(|login| login.typ = typ);
        assert!(login.check().is_ok(), "{typ:?}");
    }
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt", "client-authentication+jwt", "dpop+jwt", "", "JWT2"] {
        let login = Login::new().with(|login| login.typ = Some(typ));
        assert_eq!(login.check(), Err(IdTokenError::WrongTyp), "{typ:?}");
    }
    twins(
        "typ",
        ["Bearer", "DPoP", "Refresh", "Offline", "Logout"].map(|typ| (json!("ID"), json!(typ), IdTokenError::WrongTyp)),
    );
    // A claim of a wrong type is not one that is absent.
    twins("typ", [json!(1), json!(["Bearer"]), json!(null)].map(|typ| (json!("ID"), typ, IdTokenError::WrongTyp)));
    let logout = Login::new().with(|login| {
        login.set("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    });
    assert_eq!(logout.check(), Err(IdTokenError::WrongTyp));
}

#[test]
fn a101_for_another_client_is_refused() {
    twins(
        "aud",
        [
            (json!(CLIENT), json!("s6BhdRkqt4"), IdTokenError::AudienceMismatch),
            (json!(CLIENT), json!("S6BhdRkqt3"), IdTokenError::AudienceMismatch),
            (json!(CLIENT), json!("s6BhdRkqt3 "), IdTokenError::AudienceMismatch),
            (json!(CLIENT), json!(""), IdTokenError::AudienceMismatch),
            (json!([CLIENT]), json!(["s6BhdRkqt"]), IdTokenError::AudienceMismatch),
            (json!([CLIENT]), json!([]), IdTokenError::AudienceMismatch),
            (json!([CLIENT]), json!([[CLIENT]]), invalid(ClaimName::Aud)),
            (json!([CLIENT]), json!([CLIENT, null]), invalid(ClaimName::Aud)),
            (json!([CLIENT]), json!({ "0": CLIENT }), invalid(ClaimName::Aud)),
            (json!(CLIENT), json!(null), invalid(ClaimName::Aud)),
            (json!(CLIENT), json!(7), invalid(ClaimName::Aud)),
        ],
    );
    assert_eq!(Login::new().with(|login| login.remove("aud")).check(), Err(missing(ClaimName::Aud)));
}

#[test]
fn a101_an_extra_audience_must_be_trusted() {
    let api = "https://api.example.com";
    twins(
        "aud",
        [
            (json!([CLIENT, api]), json!([CLIENT, "https://api.example.org"]), IdTokenError::UntrustedAudience),
            (json!([api, CLIENT]), json!([api, "x", CLIENT]), IdTokenError::UntrustedAudience),
            (json!([api, CLIENT]), json!([api]), IdTokenError::AudienceMismatch),
            (json!([CLIENT]), json!([CLIENT, ""]), IdTokenError::UntrustedAudience),
        ],
    );
    let nobody = Login::new().with(|login| {
        login.set("aud", json!([CLIENT, api]));
        login.trusted_audiences.clear();
    });
    assert_eq!(nobody.check(), Err(IdTokenError::UntrustedAudience), "by default nobody is trusted");
}

#[test]
fn a102_the_nonce_is_the_one_that_was_sent() {
    twins(
        "nonce",
        [
            (json!(NONCE), json!("n-0S6_WzA2Mk"), IdTokenError::NonceMismatch),
            (json!(NONCE), json!("n-0S6_WzA2M"), IdTokenError::NonceMismatch),
            (json!(NONCE), json!("N-0S6_WzA2Mj"), IdTokenError::NonceMismatch),
            (json!(NONCE), json!(""), IdTokenError::NonceMismatch),
        ],
    );
    twins("nonce", no_text().into_iter().map(|value| (json!(NONCE), value, invalid(ClaimName::Nonce))));
    assert_eq!(Login::new().with(|login| login.remove("nonce")).check(), Err(missing(ClaimName::Nonce)));
}

#[test]
fn a102_a_nonce_that_was_not_sent_is_refused() {
    let unasked = || Login::new().with(|login| login.nonce = None);
    assert_eq!(unasked().check(), Err(IdTokenError::NonceUnexpected));
    assert!(unasked().with(|login| login.remove("nonce")).check().is_ok());
    assert_eq!(unasked().with(|login| login.set("nonce", "")).check(), Err(IdTokenError::NonceUnexpected));
    assert_eq!(unasked().with(|login| login.set("nonce", Value::Null)).check(), Err(invalid(ClaimName::Nonce)));
}

#[test]
fn a103_the_issuer_is_compared_byte_for_byte() {
    twins(
        "iss",
        [
            "https://server.example.com/",
            "https://server.example.co",
            "https://Server.example.com",
            "http://server.example.com",
            "https://server.example.com.evil.example",
            "",
        ]
        .map(|other| (json!(ISSUER), json!(other), IdTokenError::IssuerMismatch)),
    );
    twins("iss", no_text().into_iter().map(|value| (json!(ISSUER), value, invalid(ClaimName::Iss))));
    assert_eq!(Login::new().with(|login| login.remove("iss")).check(), Err(missing(ClaimName::Iss)));
}

#[test]
fn a104_azp_is_the_client_or_absent() {
    twins(
        "azp",
        ["s6BhdRkqt4", "", "https://api.example.com"]
            .map(|other| (json!(CLIENT), json!(other), IdTokenError::AzpMismatch)),
    );
    twins("azp", no_text().into_iter().map(|value| (json!(CLIENT), value, invalid(ClaimName::Azp))));
    let several = Login::new().with(|login| {
        login.remove("azp");
        login.set("aud", json!([CLIENT, "https://api.example.com"]));
    });
    assert!(several.check().is_ok(), "absent beside several audiences is no error");
}

#[test]
fn a105_iat_is_there_and_neither_in_the_future_nor_long_past() {
    let day = MAX_ID_TOKEN_AGE.whole_seconds();
    twins(
        "iat",
        [
            (json!(NOW + LEEWAY), json!(NOW + LEEWAY + 1), IdTokenError::IssuedInFuture),
            (json!(NOW), json!(253_402_300_799_i64), IdTokenError::IssuedInFuture),
            (json!(NOW), json!(9_007_199_254_740_991_i64), invalid(ClaimName::Iat)),
            (json!(NOW - day), json!(NOW - day - 1), IdTokenError::IssuedTooLongAgo),
            (json!(NOW), json!(0), IdTokenError::IssuedTooLongAgo),
        ],
    );
    assert_eq!(Login::new().with(|login| login.remove("iat")).check(), Err(missing(ClaimName::Iat)));
}

#[test]
fn a105_sub_is_1_to_255_ascii_characters() {
    twins(
        "sub",
        [
            (json!("x"), json!(""), invalid(ClaimName::Sub)),
            (json!("x".repeat(255)), json!("x".repeat(256)), invalid(ClaimName::Sub)),
            (json!("a"), json!("å"), invalid(ClaimName::Sub)),
        ],
    );
    twins("sub", no_text().into_iter().map(|value| (json!("x"), value, invalid(ClaimName::Sub))));
    assert_eq!(Login::new().with(|login| login.remove("sub")).check(), Err(missing(ClaimName::Sub)));
}

#[test]
fn a040_expired_is_refused_from_exp_plus_leeway_on() {
    twins(
        "exp",
        [
            (json!(NOW - LEEWAY + 1), json!(NOW - LEEWAY), IdTokenError::Expired),
            (json!(NOW + 1), json!(0), IdTokenError::Expired),
            (json!(NOW + 1), json!(-1), invalid(ClaimName::Exp)),
        ],
    );
    let last = Duration::seconds(300 + LEEWAY);
    let at_moment = |now| Login::new().with(|login| login.now = now).check();
    assert!(at_moment(at(NOW) + last - Duration::NANOSECOND).is_ok());
    assert_eq!(at_moment(at(NOW) + last), Err(IdTokenError::Expired));
}

#[test]
fn a041_exp_is_required() {
    assert_eq!(Login::new().with(|login| login.remove("exp")).check(), Err(missing(ClaimName::Exp)));
}

#[test]
fn a042_a_time_of_the_wrong_type_is_not_the_same_as_none() {
    for claim in [ClaimName::Exp, ClaimName::Nbf, ClaimName::Iat, ClaimName::AuthTime] {
        for value in [json!(null), json!("1700000300"), json!(true), json!([NOW]), json!({})] {
            let login = Login::new().with(|login| login.set(claim.as_str(), value.clone()));
            assert_eq!(login.check(), Err(invalid(claim)), "{claim} = {value}");
        }
    }
    twins("exp", [(json!(1_700_000_300.5), json!("1700000300.5"), invalid(ClaimName::Exp))]);
}

#[test]
fn a042_a_huge_time_does_not_overflow() {
    for value in [json!(1e308), json!(u64::MAX), json!(i64::MAX)] {
        let login = Login::new().with(|login| login.set("exp", value.clone()));
        let answer = login.check();
        assert!(answer.is_ok() || answer == Err(invalid(ClaimName::Exp)), "{value}: {answer:?}");
        let login = Login::new().with(|login| login.set("nbf", value.clone()));
        assert!(login.check().is_err(), "{value}");
    }
    for value in [json!(-1e308), json!(i64::MIN)] {
        let login = Login::new().with(|login| login.set("exp", value.clone()));
        assert!(login.check().is_err(), "{value}");
        let login = Login::new().with(|login| login.set("auth_time", value.clone()));
        assert!(login.check().is_err(), "{value}");
    }
}

#[test]
fn a043_not_before_is_kept() {
    twins("nbf", [(json!(NOW + LEEWAY), json!(NOW + LEEWAY + 1), IdTokenError::NotYetValid)]);
    assert!(Login::new().with(|login| login.remove("nbf")).check().is_ok());
}

#[test]
fn a045_a_leeway_beyond_a_minute_or_below_nothing_is_cut() {
    let late = |leeway, exp| {
        let login = Login::new().with(|login| {
            login.policy.exp_leeway = leeway;
            login.policy.future_leeway = leeway;
            login.set("exp", exp);
        });
        login.check()
    };
    assert!(late(Duration::days(9999), NOW - 59).is_ok());
    assert_eq!(late(Duration::days(9999), NOW - 60), Err(IdTokenError::Expired));
    assert!(late(Duration::seconds(-9999), NOW + 1).is_ok());
    assert_eq!(late(Duration::ZERO, NOW), Err(IdTokenError::Expired));
    let beginning = Login::new().with(|login| login.now = at(0));
    assert_eq!(beginning.check(), Err(IdTokenError::NotYetValid), "a clock at zero accepts nothing");
}

#[test]
fn a107_only_the_registered_algorithm_is_taken() {
    for alg in &algorithms() {
        let login = || {
            Login::new().without_hashes().with(|login| {
                login.alg = *alg;
                login.keys = vec![*alg];
                login.algorithms = vec![*alg];
            })
        };
        assert!(login().check().is_ok(), "{alg}: {:?}", login().check());
        for other in Alg::ALL.iter().filter(|other| *other != alg) {
            let switched = login().with(|login| login.algorithms = vec![*other]);
            assert_eq!(switched.check(), Err(IdTokenError::AlgNotAllowed), "{alg} where {other} is registered");
        }
    }
}

#[test]
fn a107_without_registration_the_policy_decides() {
    let login = |alg| {
        Login::new().without_hashes().with(|login| {
            login.alg = alg;
            login.keys = vec![alg];
            login.algorithms.clear();
        })
    };
    assert!(login(Alg::Rs256).check().is_ok());
    assert_eq!(login(Alg::Es256).check(), Err(IdTokenError::AlgNotAllowed));
    let policy = login(Alg::Es256).with(|login| login.policy.default_algorithm = Alg::Es256);
    assert!(policy.check().is_ok());
}

#[test]
fn a107_the_two_names_of_ed25519_are_listed_each() {
    let login = |algorithms: &[Alg]| {
        Login::new().with(|login| {
            login.alg = Alg::EdDsa;
            login.keys = vec![Alg::EdDsa];
            login.algorithms = algorithms.to_vec();
        })
    };
    assert!(login(&[Alg::EdDsa]).check().is_ok());
    assert!(login(&[Alg::Ed25519, Alg::EdDsa]).check().is_ok());
    assert_eq!(login(&[Alg::Ed25519]).check(), Err(IdTokenError::AlgNotAllowed));
}

#[test]
fn a001_none_is_no_algorithm() {
    let login = Login::new();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"None"}"#, r#"{"alg":"none "}"#, "{}"] {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
        let token = login.sign();
        let (_, payload) = token.split_once('.').unwrap();
        let (payload, _) = payload.split_once('.').unwrap();
        for signature in ["", "AAAA"] {
            let forged = format!("{}.{payload}.{signature}", BASE64URL.encode(header));
            assert!(
                matches!(
                    login.check_text(&forged, &login.verifying_keys()),
                    Err(IdTokenError::Jwt(JwtError::AlgNotAllowed | JwtError::MalformedHeader | JwtError::Malformed))
                ),
                "{header} {signature}"
            );
        }
    }
}

#[test]
fn a004_a_mac_needs_a_secret_and_to_be_listed() {
    let login = |keys: &[Alg], algorithms: &[Alg]| {
        Login::new().without_hashes().with(|login| {
            login.alg = Alg::Hs256;
            login.keys = keys.to_vec();
            login.algorithms = algorithms.to_vec();
        })
    };
    assert!(login(&[Alg::Hs256], &[Alg::Hs256]).check().is_ok());
    assert_eq!(login(&[Alg::Hs256], &[Alg::Rs256]).check(), Err(IdTokenError::AlgNotAllowed));
    assert_eq!(login(&[Alg::Rs256], &[Alg::Hs256]).check(), Err(IdTokenError::UnknownKid));
    assert_eq!(login(&[], &[Alg::Hs256]).check(), Err(IdTokenError::NoKey(SelectError::NoUsableKey)));
}

#[test]
fn a_mac_is_for_a_single_audience() {
    let login = |aud: Value, alg| {
        let login = Login::new().without_hashes().with(|login| {
            login.alg = alg;
            login.keys = vec![alg];
            login.algorithms = vec![alg];
            login.set("aud", aud);
        });
        login.check()
    };
    let several = json!([CLIENT, "https://api.example.com"]);
    assert!(login(json!(CLIENT), Alg::Hs256).is_ok());
    assert!(login(json!([CLIENT]), Alg::Hs256).is_ok());
    assert!(login(several.clone(), Alg::Es256).is_ok());
    assert_eq!(login(several, Alg::Hs256), Err(IdTokenError::AudienceNotSingle));
}

#[test]
fn max_age_asks_for_a_recent_sign_in() {
    twins(
        "auth_time",
        [
            (json!(NOW - 3600 - LEEWAY), json!(NOW - 3600 - LEEWAY - 1), IdTokenError::AuthTimeTooOld),
            (json!(NOW + LEEWAY), json!(NOW + LEEWAY + 1), IdTokenError::AuthTimeInFuture),
        ],
    );
    assert_eq!(Login::new().with(|login| login.remove("auth_time")).check(), Err(missing(ClaimName::AuthTime)));

    let unasked = || Login::new().with(|login| login.max_age = None);
    assert!(unasked().with(|login| login.remove("auth_time")).check().is_ok());
    assert!(unasked().with(|login| login.set("auth_time", 0)).check().is_ok());
    let invalid_all_the_same = unasked().with(|login| login.set("auth_time", "0")).check();
    assert_eq!(invalid_all_the_same, Err(invalid(ClaimName::AuthTime)));

    let zero = |auth_time| {
        Login::new().with(|login| {
            login.max_age = Some(Duration::ZERO);
            login.set("auth_time", auth_time);
        })
    };
    assert!(zero(NOW - LEEWAY).check().is_ok());
    assert_eq!(zero(NOW - LEEWAY - 1).check(), Err(IdTokenError::AuthTimeTooOld));
    let endless = Login::new().with(|login| login.max_age = Some(Duration::MAX));
    assert!(endless.check().is_ok());
    let negative = Login::new().with(|login| login.max_age = Some(Duration::MIN));
    assert_eq!(negative.check(), Err(IdTokenError::AuthTimeTooOld));
}

#[test]
fn acr_is_one_that_was_demanded() {
    twins(
        "acr",
        [
            (json!("urn:loa:3"), json!("urn:loa:2"), IdTokenError::AcrNotAccepted),
            (json!("urn:loa:4"), json!("urn:loa:44"), IdTokenError::AcrNotAccepted),
            (json!("urn:loa:4"), json!("URN:LOA:4"), IdTokenError::AcrNotAccepted),
            (json!("urn:loa:4"), json!(""), IdTokenError::AcrNotAccepted),
        ],
    );
    twins("acr", no_text().into_iter().map(|value| (json!("urn:loa:4"), value, invalid(ClaimName::Acr))));
    assert_eq!(Login::new().with(|login| login.remove("acr")).check(), Err(missing(ClaimName::Acr)));
    let unasked = Login::new().with(|login| {
        login.acr_values.clear();
        login.remove("acr");
    });
    assert!(unasked.check().is_ok());
}

#[test]
fn amr_is_a_string_or_an_array_of_strings() {
    for (value, read) in [
        (json!("BID"), vec!["BID"]),
        (json!(["TestID"]), vec!["TestID"]),
        (json!(["pwd", "otp"]), vec!["pwd", "otp"]),
        (json!([]), vec![]),
    ] {
        let claims = Login::new().with(|login| login.set("amr", value.clone())).check().unwrap();
        assert_eq!(claims.amr, read, "{value}");
    }
    for value in [json!(null), json!(1), json!({}), json!(["pwd", 1]), json!([["pwd"]]), json!([null])] {
        let login = Login::new().with(|login| login.set("amr", value.clone()));
        assert_eq!(login.check(), Err(invalid(ClaimName::Amr)), "{value}");
    }
    let none = Login::new().with(|login| login.remove("amr"));
    assert!(none.check().unwrap().amr.is_empty());
}

#[test]
fn sid_and_jti_are_text_where_they_are_there() {
    for claim in [ClaimName::Sid, ClaimName::Jti] {
        for value in no_text() {
            let login = Login::new().with(|login| login.set(claim.as_str(), value.clone()));
            assert_eq!(login.check(), Err(invalid(claim)), "{claim} = {value}");
        }
        assert!(Login::new().with(|login| login.remove(claim.as_str())).check().is_ok());
    }
}

#[test]
fn every_claim_that_is_read_is_judged_when_it_has_another_type() {
    for claim in [
        "iss",
        "sub",
        "aud",
        "azp",
        "exp",
        "nbf",
        "iat",
        "nonce",
        "at_hash",
        "c_hash",
        "auth_time",
        "acr",
        "amr",
        "sid",
        "jti",
    ] {
        for value in [json!(null), json!(false), json!({ "a": 1 }), json!([[1]])] {
            let answer = Login::new().with(|login| login.set(claim, value.clone())).check();
            let error = answer.unwrap_err();
            assert!(matches!(error, IdTokenError::InvalidClaim { claim: name } if name.as_str() == claim), "{error:?}");
        }
    }
}
