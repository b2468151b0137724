//! BankID's token response into typed fields, beside serde_json into a bare struct of the same members.

use core::error::Error;

use serde::Deserialize;
use symbolon_benches::Case;
use symbolon_testkit::fixtures;
use symbolon_token_response::{Answer, read};
use symbolon_types::{Scope, Secret};
use time::Duration;

use crate::leaked;

/// All members, owned, and nothing checked.
#[derive(Deserialize)]
struct Bare {
    access_token: String,
    expires_in: i64,
    refresh_expires_in: i64,
    refresh_token: String,
    token_type: String,
    id_token: String,
    #[serde(rename = "not-before-policy")]
    not_before_policy: i64,
    session_state: String,
    scope: String,
}

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let body: &[u8] = leaked(fixtures::text("bankid-authorization-code.response.json")).trim_end().as_bytes();
    let bare: Bare = serde_json::from_slice(body)?;
    let Answer::Tokens(ours) = read(200, body, LIMIT)? else { return Err("no token response".into()) };
    assert_eq!(ours.access_token.expose(), bare.access_token);
    assert_eq!(ours.expires_in.map(Duration::whole_seconds), Some(bare.expires_in));
    assert_eq!(ours.refresh_token_expires_in.map(Duration::whole_seconds), Some(bare.refresh_expires_in));
    assert_eq!(ours.refresh_token.as_ref().map(Secret::expose), Some(bare.refresh_token.as_str()));
    assert_eq!(ours.id_token.as_ref().map(Secret::expose), Some(bare.id_token.as_str()));
    assert!(ours.token_type.eq_ignore_ascii_case(&bare.token_type));
    assert_eq!(ours.scope.as_ref().map(Scope::as_str), Some(bare.scope.as_str()));
    assert_eq!(ours.other.get("not-before-policy"), Some(&bare.not_before_policy.into()));
    assert_eq!(ours.other.get("session_state"), Some(&bare.session_state.into()));
    let twice = [br#"{"scope":"x","#.as_slice(), body.strip_prefix(b"{").ok_or("an object")?].concat();
    assert!(read(200, &twice, LIMIT).is_err(), "a member twice");

    let peer = "response read, serde_json";
    let theirs = Case::new(peer, move || serde_json::from_slice::<Bare>(body).expect("JSON"));
    let read = Case::new("response read", move || read(200, body, LIMIT).expect("tokens"));
    Ok([theirs, read.above(peer).target(2.0, 1.0)].map(Case::counted).into())
}

const LIMIT: usize = 1 << 20;
