//! OpenID Connect Core §5.3 and RFC 6750: the userinfo endpoint.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, granted, ready, redeem, refresh};
use symbolon_server::{
    Outcome, Refusal, StoredAccessToken,
    types::{Confirmation, Digest, MAX_HEADER_VALUE_BYTES, Method, RequestParts, ResponseParts, Rule},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use time::Duration;

#[cfg(test)]
fn get(authorization: &str) -> RequestParts {
    RequestParts::new(Method::Get, Vec::new()).authorization(authorization.as_bytes())
}

#[cfg(test)]
fn challenge(response: &ResponseParts) -> String {
    response.header("www-authenticate").unwrap_or_default().into()
}

#[cfg(test)]
fn settled(judged: Result<Outcome, Refusal>) -> ResponseParts {
    let outcome = judged.unwrap_or_else(Refusal::into_outcome);
    let answer = outcome.commit().applied();
    outcome.settle(answer).into_response()
}

#[cfg(test)]
fn record(bench: &Bench) -> (StoredAccessToken, String) {
    let tokens = bench.tokens(&app());
    let digest = bench.endpoint().access_token_digest(&tokens.access);
    let stored = ready(bench.store().access_token(&digest)).unwrap().unwrap();
    (stored, format!("Bearer {}", tokens.access.expose()))
}

#[test]
fn a_live_token_is_answered_and_an_expired_bound_revoked_or_foreign_one_is_invalid_token() {
    let bench = Bench::new();
    let (stored, header) = record(&bench);
    let answer = |stored: Option<StoredAccessToken>, at| {
        let client = ready(bench.store().client("app")).unwrap();
        let request = bench.endpoint().userinfo(get(&header)).unwrap();
        let judged = request.answer(stored, client.as_deref(), at);
        let rule = judged.as_ref().err().map(|refusal| refusal.reason().rule());
        let response = settled(judged);
        assert_eq!(challenge(&response).contains("invalid_token"), rule.is_some());
        (response.status(), rule)
    };
    let unknown = (401, Some(Rule::TokenKnown));
    let ends = stored.expires;
    assert_eq!(answer(Some(stored.clone()), now()), (200, None));
    assert_eq!(answer(Some(stored.clone()), ends - Duration::milliseconds(1)), (200, None));
    assert_eq!(answer(Some(stored.clone()), ends), unknown);
    assert_eq!(answer(None, now()), unknown);
    assert_eq!(answer(Some(StoredAccessToken { revoked: true, ..stored.clone() }), now()), unknown);
    let other = Digest::from_bytes([9; 32]);
    assert_eq!(answer(Some(StoredAccessToken { token: other, ..stored.clone() }), now()), unknown);
    let bound = Confirmation { jkt: Some(other), ..Confirmation::NONE };
    let bound = StoredAccessToken { confirmation: bound, ..stored };
    assert_eq!(answer(Some(bound), now()), (401, Some(Rule::TokenBinding)));
}

#[test]
fn the_answer_is_the_subject_and_its_claims_and_is_not_to_be_stored() {
    let bench = Bench::new();
    let mut granted = granted();
    granted.claims.insert("name".into(), "Alice Example".into());
    let code = bench.code_for(&app(), granted);
    let tokens = Tokens::of(bench.send(redeem(&code)));
    let response = bench.userinfo(&tokens.access);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body, serde_json::json!({ "sub": "alice", "name": "Alice Example" }));

    // OIDC Core §5.4: without `profile` the name is not released any more.
    let narrow =
        support::basic(format!("grant_type=refresh_token&refresh_token={}&scope=openid", tokens.refresh().expose()));
    let narrow = Tokens::of(bench.send(narrow));
    let body: serde_json::Value = serde_json::from_slice(bench.userinfo(&narrow.access).body()).unwrap();
    assert_eq!(body, serde_json::json!({ "sub": "alice" }));
    let wide = Tokens::of(bench.send(refresh(narrow.refresh())));
    let body: serde_json::Value = serde_json::from_slice(bench.userinfo(&wide.access).body()).unwrap();
    assert_eq!(body["name"], "Alice Example", "what was granted stays as wide as it was");
}

#[test]
fn rfc6750_3_1_only_a_token_in_the_header_is_looked_at() {
    let bench = Bench::new();
    let (_, header) = record(&bench);
    let refused = |parts: RequestParts| {
        let response = settled(Err(bench.endpoint().userinfo(parts).unwrap_err()));
        (response.status(), challenge(&response))
    };
    let challenge_alone =
        format!("Bearer realm=\"https://as.example\", DPoP realm=\"https://as.example\", algs=\"{ALGS}\"");
    let plain = (401, challenge_alone);
    assert_eq!(refused(RequestParts::new(Method::Get, Vec::new())), plain);
    assert_eq!(refused(get("Basic YXBwOm15c2VjcmV0")), plain, "another scheme presents no token");
    let rule = |parts: RequestParts| bench.endpoint().userinfo(parts).unwrap_err().reason().rule();
    assert_eq!(rule(RequestParts::new(Method::Get, Vec::new())), Rule::TokenPresented);
    for malformed in ["Bearer", "Bearer ", "Bearer a b", "Bearer a\"b"] {
        assert_eq!(rule(get(malformed)), Rule::TokenPresented, "{malformed}");
        let (status, challenge) = refused(get(malformed));
        assert_eq!((status, challenge.contains("invalid_token")), (401, true), "{malformed}");
    }
    let (status, challenge) = refused(get("DPoP abc"));
    assert_eq!((status, challenge.contains("invalid_dpop_proof")), (401, true));
    let (status, challenge) = refused(get(&header).dpop(b"proof"));
    assert_eq!((status, challenge.contains("invalid_token")), (401, true), "a bearer token has no key to prove");
    let (status, challenge) = refused(get(&header).authorization(header.as_bytes()));
    assert_eq!((status, challenge.contains("invalid_request")), (400, true));
    let longest = MAX_HEADER_VALUE_BYTES.saturating_sub("Bearer ".len());
    assert!(bench.endpoint().userinfo(get(&format!("Bearer {}", "a".repeat(longest)))).is_ok());
    let (status, challenge) = refused(get(&format!("Bearer {}a", "a".repeat(longest))));
    assert_eq!((status, challenge.contains("invalid_request")), (400, true), "D19: too long");
    let parts = RequestParts::new(Method::Other, Vec::new());
    let response = settled(Err(bench.endpoint().userinfo(parts).unwrap_err()));
    assert_eq!((response.status(), response.header("allow")), (405, Some("GET, POST")));
    assert!(bench.endpoint().userinfo(get(&header)).is_ok());
    assert!(bench.endpoint().userinfo(get(&header.replace("Bearer", "bEARER"))).is_ok(), "RFC 9110 §11.1");
}

/// The algorithms of the policy that ring has, in the policy's order.
#[cfg(test)]
const ALGS: &str = "ES256 Ed25519 EdDSA ES384 PS256 PS384 PS512 RS256 RS384 RS512";
