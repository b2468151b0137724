//! OIDC Core §12.2, security decisions D31 and D32: who it was stays who it is.

use serde_json::{Map, Value, json};
use symbolon_client::{
    ClientError, RefreshPlan, UnverifiedTokens, VerifiedTokens, VerifyError,
    id_token::{ClaimName, Continuity, IdTokenError},
    jose::Audience,
};

use crate::party::{NOW, REFRESH_TOKEN, SignIn, client, not_verified, now, published, sign, tokens};

/// A sign-in whose ID token had an `auth_time`, and its claims.
fn first() -> (VerifiedTokens, Map<String, Value>) {
    let sign_in = SignIn::openid();
    let mut claims = sign_in.claims();
    claims.insert("auth_time".into(), json!(NOW - 60));
    let members = json!({ "refresh_token": REFRESH_TOKEN, "id_token": sign(&claims) });
    (tokens(sign_in.pending, members).verify(&published(), now()).unwrap(), claims)
}

fn refresh(plan: RefreshPlan, members: Value) -> UnverifiedTokens {
    tokens(client().refresh(plan, now()).unwrap().ready().unwrap().1, members)
}

fn refreshed(change: impl FnOnce(&mut Map<String, Value>)) -> Result<VerifiedTokens, VerifyError> {
    let (first, mut claims) = first();
    change(&mut claims);
    refresh(first.refresh_plan().unwrap(), json!({ "id_token": sign(&claims) }))
        .verify(&published(), now())
        .map_err(not_verified)
}

#[test]
fn without_id_token_the_identity_is_the_old_one() {
    let (first, _) = first();
    let plan = first.refresh_plan().unwrap();
    assert_eq!(plan.refresh_token.expose(), REFRESH_TOKEN);
    let received = refresh(plan, json!({ "access_token": "new" }));
    assert!(received.is_openid());
    assert_eq!(received.key_hint(), None);
    let tokens = received.verify(&published(), now()).unwrap();
    assert_eq!(tokens.access_token().expose(), "new");
    assert!(tokens.id_token().is_none());
    assert_eq!(tokens.identity(), first.identity());
    assert_eq!(tokens.refresh_plan(), first.refresh_plan(), "the next refresh is as this one");
}

#[test]
fn an_id_token_of_the_same_sign_in_is_taken() {
    let tokens = refreshed(|_| {}).unwrap();
    assert!(tokens.id_token().is_some());
    let later = refreshed(|claims| {
        claims.remove("nonce");
        claims.remove("auth_time");
    });
    let identity = later.unwrap().identity().cloned().unwrap();
    assert!(identity.nonce.is_some() && identity.auth_time.is_some(), "it is the first token's, not the last one's");
}

#[test]
fn an_id_token_of_another_sign_in_is_refused() {
    for (name, claim, value) in [
        ("sub", ClaimName::Sub, json!("another")),
        ("azp", ClaimName::Azp, json!("s6BhdRkqt3")),
        ("auth_time", ClaimName::AuthTime, json!(NOW - 59)),
        ("nonce", ClaimName::Nonce, json!("another")),
    ] {
        let error = refreshed(|claims| {
            claims.insert(name.into(), value);
        })
        .unwrap_err();
        assert_eq!(error, VerifyError::IdToken(IdTokenError::ContinuityBroken { claim }), "{name}");
    }
    let error = refreshed(|claims| {
        claims.insert("iss".into(), json!("https://evil.example"));
    });
    assert_eq!(error.unwrap_err(), VerifyError::IdToken(IdTokenError::IssuerMismatch));
}

#[test]
fn an_identity_of_another_issuer_is_not_kept() {
    let (first, _) = first();
    let mut plan = first.refresh_plan().unwrap();
    plan.identity = plan.identity.map(|identity| Continuity { iss: "https://evil.example".into(), ..identity });
    assert_eq!(client().refresh(plan, now()).err(), Some(ClientError::OtherClient));
    // Nor is one of another client, whatever the answer brings.
    for change in [
        |identity: &mut Continuity| identity.aud = Audience::One("another".into()),
        |identity: &mut Continuity| identity.azp = Some("another".into()),
    ] {
        let mut plan = first.refresh_plan().unwrap();
        plan.identity.as_mut().map(change).unwrap();
        assert_eq!(client().refresh(plan, now()).err(), Some(ClientError::OtherClient));
    }
    assert!(client().refresh(first.refresh_plan().unwrap(), now()).is_ok());
}

#[test]
fn a_refresh_that_keeps_nobody_listens_to_no_id_token() {
    let (first, claims) = first();
    let received = refresh(RefreshPlan::new(REFRESH_TOKEN), json!({ "id_token": sign(&claims) }));
    assert!(!received.is_openid());
    assert_eq!(received.without_id_token().unwrap().refresh_token().unwrap().expose(), REFRESH_TOKEN);
    let error = refresh(first.refresh_plan().unwrap(), json!({})).without_id_token().unwrap_err();
    assert_eq!(not_verified(error), VerifyError::OpenId);
}

#[test]
fn a115_a_refresh_is_judged_against_what_was_granted() {
    let (first, claims) = first();
    let answer = |members: Value| {
        let received = refresh(first.refresh_plan().unwrap(), members);
        received.verify(&published(), now()).unwrap()
    };
    let silent = answer(json!({ "id_token": sign(&claims) }));
    assert_eq!(silent.scope().map(ToString::to_string).as_deref(), Some("openid profile"), "RFC 6749 §6: as granted");
    let wider = answer(json!({ "id_token": sign(&claims), "scope": "openid profile admin" }));
    assert_eq!(wider.unasked_scope().to_string(), "admin");
    let same = answer(json!({ "id_token": sign(&claims), "scope": "profile openid" }));
    assert!(same.unasked_scope().is_empty());
}
