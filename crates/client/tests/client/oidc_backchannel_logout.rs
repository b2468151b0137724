//! OpenID Connect Back-Channel Logout section 2.5: what the server posts to the client to sign somebody out.

use serde_json::{Map, Value, json};
use symbolon_client::{
    id_token::{IdTokenError, LogoutToken, LogoutTokenError, Personal},
    types::Alg,
};

use crate::party::{CLIENT, ISSUER, NOW, SignIn, builder, client, key, not_verified, now, object, published, sign};

fn claims() -> Map<String, Value> {
    object(json!({
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "248289761001",
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "bWJq",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    }))
}

fn logout(claims: &Map<String, Value>) -> Result<LogoutToken, LogoutTokenError> {
    let token = key().sign(&symbolon_crypto_ring::PROVIDER, Some("logout+jwt"), claims).unwrap();
    client().logout_token(&token, &published(), now())
}

fn with(name: &str, value: Value) -> Option<LogoutTokenError> {
    let mut claims = claims();
    claims.insert(name.into(), value);
    logout(&claims).err()
}

#[test]
fn a_logout_token_of_the_issuer_for_the_client_signs_somebody_out() {
    let token = logout(&claims()).unwrap();
    assert!(token.jti == "bWJq" && token.remember_until() > token.exp);
    assert_eq!((token.sub, token.sid), (Some(Personal::new("248289761001")), None));
    assert_eq!(with("sid", json!("s-1")), None);
    assert_eq!(with("iss", json!("https://evil.example")), Some(LogoutTokenError::Jwt(IdTokenError::IssuerMismatch)));
    assert_eq!(with("aud", json!("another")), Some(LogoutTokenError::Jwt(IdTokenError::AudienceMismatch)));
    let two = json!([CLIENT, "https://api.example"]);
    assert_eq!(with("aud", two), Some(LogoutTokenError::Jwt(IdTokenError::UntrustedAudience)));
    assert_eq!(with("exp", json!(NOW - 10)), Some(LogoutTokenError::Jwt(IdTokenError::Expired)));
    assert_eq!(with("nonce", json!("n")), Some(LogoutTokenError::Nonce));
}

#[test]
fn it_is_signed_by_the_algorithm_that_was_registered_for_id_tokens() {
    let token = key().sign(&symbolon_crypto_ring::PROVIDER, None, &claims()).unwrap();
    assert!(client().logout_token(&token, &published(), now()).is_ok());
    let another = builder().id_token_algorithms([Alg::Es256]).build().unwrap();
    let error = another.logout_token(&token, &published(), now()).unwrap_err();
    assert_eq!(error, LogoutTokenError::Jwt(IdTokenError::AlgNotAllowed));
}

#[test]
fn a053_an_id_token_signs_nobody_out_and_a_logout_token_signs_nobody_in() {
    let sign_in = SignIn::openid();
    let id_token = sign(&sign_in.claims());
    assert!(sign_in.tokens(&id_token).verify(&published(), now()).is_ok());
    let error = client().logout_token(&id_token, &published(), now()).unwrap_err();
    assert_eq!(error, LogoutTokenError::Jwt(IdTokenError::WrongTyp));

    let sign_in = SignIn::openid();
    let mut both = sign_in.claims();
    both.extend(claims());
    let error = sign_in.tokens(&sign(&both)).verify(&published(), now()).unwrap_err();
    assert_eq!(not_verified(error), symbolon_client::VerifyError::IdToken(IdTokenError::WrongTyp));
}
