//! RFC 6749 §5.1, §6: what comes of tokens that nobody signed in for.

use serde_json::json;
use symbolon_client::{
    AuthorizationPlan, Failure, RefreshPlan, VerifyError,
    types::{Rule, Scope},
};
use time::Duration;

use crate::party::{ACCESS_TOKEN, REFRESH_TOKEN, SignIn, client, now, published, scope, sign, tokens};

fn plain() -> SignIn {
    SignIn::begin(&client(), AuthorizationPlan::new(scope("read write")))
}

#[test]
fn lifetimes_count_from_the_receipt() {
    let received = tokens(plain().pending, json!({ "refresh_token": "r", "refresh_expires_in": 1800 }));
    let tokens = received.without_id_token().unwrap();
    assert_eq!(tokens.access_token().expose(), ACCESS_TOKEN);
    assert_eq!(tokens.authorization().expose(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(tokens.received_at(), now());
    assert_eq!(tokens.expires_at(), Some(now() + Duration::hours(1)));
    assert_eq!(tokens.refresh_expires_at(), Some(now() + Duration::minutes(30)));
    assert_eq!(tokens.refresh_token().unwrap().expose(), "r");
}

#[test]
fn what_the_server_does_not_tell_is_not_made_up() {
    let tokens = tokens(plain().pending, json!({ "expires_in": null })).without_id_token().unwrap();
    assert_eq!((tokens.expires_at(), tokens.refresh_expires_at()), (None, None));
    assert!(tokens.refresh_token().is_none());
    assert!(tokens.refresh_plan().is_none());
    // RFC 6749 §5.1: no scope means as it was asked for.
    assert_eq!(tokens.scope(), Some(&scope("read write")));
}

#[test]
fn a115_a_wider_scope_is_reported() {
    let granted = |text: &str| tokens(plain().pending, json!({ "scope": text })).without_id_token().unwrap();
    let same = granted("write read");
    assert_eq!(same.unasked_scope(), Scope::empty());
    let less = granted("read");
    assert_eq!((less.scope(), less.unasked_scope()), (Some(&scope("read")), Scope::empty()));
    let more = granted("read admin write root");
    assert_eq!(more.unasked_scope(), scope("admin root"));
    assert_eq!(more.scope(), Some(&scope("read write admin root")));
}

#[test]
fn an_old_refresh_token_lives_until_a_new_one_comes() {
    let refresh = |members| {
        let (_, pending) = client().refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap().ready().unwrap();
        tokens(pending, members).without_id_token().unwrap()
    };
    let kept = refresh(json!({}));
    assert_eq!(kept.refresh_token().unwrap().expose(), REFRESH_TOKEN);
    assert_eq!(kept.refresh_plan(), Some(RefreshPlan::new(REFRESH_TOKEN)));
    let replaced = refresh(json!({ "refresh_token": "new" }));
    assert_eq!(replaced.refresh_token().unwrap().expose(), "new");
}

#[test]
fn an_id_token_that_nobody_asked_for_stays_bytes() {
    let claims = SignIn::openid().claims();
    let received = tokens(plain().pending, json!({ "id_token": sign(&claims) }));
    assert!(!received.is_openid());
    assert_eq!(received.key_hint(), None, "nothing to verify");
    let error = tokens(plain().pending, json!({ "id_token": sign(&claims) })).verify(&published(), now()).unwrap_err();
    assert_eq!(error.failure(), &Failure::NotVerified(VerifyError::NotOpenId));
    assert_eq!(error.rule(), Some(Rule::Embedder));
    let tokens = received.without_id_token().unwrap();
    assert!(tokens.response().id_token.is_some());
}

#[test]
fn members_of_the_provider_are_kept() {
    let members = json!({ "session_state": "s", "not-before-policy": 0, "x": { "y": [1] } });
    let tokens = tokens(plain().pending, members).without_id_token().unwrap();
    assert_eq!(tokens.response().session_id(), Some("s"));
    assert_eq!(tokens.response().other["x"], json!({ "y": [1] }));
}
