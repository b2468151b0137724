//! A token response with two JWTs and seven members into JSON, beside serde_json from a struct of the same members.

use core::error::Error;

use serde::Serialize;
use serde_json::Value;
use symbolon_benches::Case;
use symbolon_policy::{Policy, ResponsePolicy};
use symbolon_testkit::fixtures;
use symbolon_token_response::TokenResponse;
use symbolon_types::Scope;
use time::Duration;

/// With the name that a seventh member has at many providers.
const POLICY: ResponsePolicy = {
    let mut policy = Policy::OAUTH_2_1.response;
    policy.refresh_expiry_member = Some("refresh_expires_in");
    policy
};

#[derive(Clone, Copy, Serialize)]
struct Typed {
    access_token: &'static str,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: &'static str,
    refresh_expires_in: i64,
    scope: &'static str,
    id_token: &'static str,
}

pub(crate) fn all() -> Result<Vec<Case<'static>>, Box<dyn Error>> {
    let jwt = |name: &str| fixtures::text(&format!("bankid-authorization-code.{name}.jwt")).leak().trim_end();
    let typed = Typed {
        access_token: jwt("access_token"),
        token_type: "Bearer",
        expires_in: 300,
        refresh_token: "tGzv3JOkF0XG5Qx2TlKWIA",
        refresh_expires_in: 1800,
        scope: "openid profile",
        id_token: jwt("id_token"),
    };
    let ours = response(typed)?;
    let expected = serde_json::to_vec(&typed)?;
    assert_eq!(ours.into_response(&POLICY).body(), expected, "byte for byte");
    // What must be escaped is not copied.
    let quoted = Typed { id_token: "\"", ..typed };
    let read: Value = serde_json::from_slice(response(quoted)?.into_response(&POLICY).body())?;
    assert_eq!(read, serde_json::to_value(quoted)?);

    let peer = "response, serde_json";
    let theirs = Case::new(peer, move || serde_json::to_vec(&typed).expect("JSON"));
    let other = response(typed)?;
    let sent = Case::new("response, sent", move || ours.into_response(&POLICY).into_body());
    let wiped = Case::new("response, wiped", move || other.into_response(&POLICY));
    let beside = |case: Case<'static>| case.above(peer).target(1.0 / 5.0, 1.0 / 20.0);
    Ok([theirs, beside(sent), beside(wiped)].map(Case::counted).into())
}

fn response(typed: Typed) -> Result<TokenResponse, Box<dyn Error>> {
    let mut response = TokenResponse::new(typed.access_token, typed.token_type);
    response.expires_in = Some(Duration::seconds(typed.expires_in));
    response.refresh_token = Some(typed.refresh_token.into());
    response.refresh_token_expires_in = Some(Duration::seconds(typed.refresh_expires_in));
    response.scope = Some(Scope::parse(typed.scope)?);
    response.id_token = Some(typed.id_token.into());
    Ok(response)
}
