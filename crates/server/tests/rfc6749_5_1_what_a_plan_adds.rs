//! RFC 6749 §5.1, RFC 9068 §2.2: further members of a response and further claims of an access token.
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{Bench, REDIRECT_URI, Tokens, app, basic, granted, ready, redeem, refresh, signing_key};
use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, ApiMisuse, Found, Grant, Granted, RESERVED_CLAIMS, RegisteredClient, TokenPlan, TokenSigner,
    types::{Scope, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use symbolon_token_response::TokenResponse;
use time::UtcDateTime;

#[cfg(test)]
fn jwt_plan() -> TokenPlan {
    let key = TokenSigner::Local(signing_key().with_kid("es256"));
    TokenPlan::new(AccessToken::Jwt(key.clone())).with_id_token(key)
}

/// As ID-porten has them. The number is no one's: its month is raised.
#[cfg(test)]
fn provider_claims() -> [(&'static str, Value); 3] {
    [
        ("client_amr", json!("private_key_jwt")),
        ("consumer", json!({ "authority": "iso6523-actorid-upis", "ID": "0192:991825827" })),
        ("pid", json!("01819930186")),
    ]
}

#[cfg(test)]
fn with_claims(plan: TokenPlan) -> TokenPlan {
    let claims = provider_claims().into_iter();
    claims.fold(plan, |plan, (name, value)| plan.with_access_token_claim(name, value).unwrap())
}

#[test]
fn an_access_token_has_the_claims_of_its_plan_and_no_other_token_has_them() {
    let claims_of = |plan| {
        let bench = Bench::with(Policy::OAUTH_2_1, plan);
        let tokens = bench.tokens(&app());
        let refreshed = Tokens::of(bench.send(refresh(tokens.refresh())));
        let own = Tokens::of(bench.send(basic("grant_type=client_credentials")));
        let id = support::claims(tokens.id.as_ref().unwrap());
        let userinfo: Value = serde_json::from_slice(bench.userinfo(&tokens.access).body()).unwrap();
        let access = [tokens.access, refreshed.access, own.access].map(|token| support::claims(&token));
        (access, [id, userinfo, tokens.body])
    };
    let (with, others) = claims_of(with_claims(jwt_plan()));
    let (without, _) = claims_of(jwt_plan());
    for (with, without) in with.iter().zip(&without) {
        for (name, value) in provider_claims() {
            assert_eq!((&with[name], without.get(name)), (&value, None), "{name}");
            assert!(others.iter().all(|other| other.get(name).is_none()), "{name}");
        }
        let count = |claims: &Value| claims.as_object().unwrap().len();
        assert_eq!(count(with), count(without) + provider_claims().len());
        for name in ["iss", "sub", "aud", "client_id", "scope", "iat", "exp"] {
            assert_eq!(with[name], without[name], "{name}");
        }
    }
}

#[test]
fn an_opaque_access_token_has_no_claims() {
    let bench = Bench::with(Policy::OAUTH_2_1, with_claims(support::plan()));
    let tokens = bench.tokens(&app());
    assert_eq!(tokens.access.expose().len(), 43);
    assert!(!tokens.body.to_string().contains("consumer"));
}

#[test]
fn no_plan_says_in_a_claim_whom_a_token_is_of_or_what_it_is_good_for() {
    let add = |name: &str| jwt_plan().with_access_token_claim(name, json!("x")).err();
    for name in RESERVED_CLAIMS.iter().chain(&["act", "may_act", "authorization_details", ""]) {
        assert_eq!(add(name), Some(ApiMisuse::ReservedName), "{name:?}");
    }
    for name in ["pid", "roles", "Sub", "session_state", "token_type"] {
        assert_eq!(add(name), None, "{name}");
    }
}

#[cfg(test)]
fn bankid_plan() -> TokenPlan {
    let members =
        [("bankid_proof", json!("eyJ.e30.c2ln")), ("session_state", json!("0ab1")), ("not-before-policy", json!(1))];
    members.into_iter().fold(jwt_plan(), |plan, (name, value)| plan.with_response_member(name, value).unwrap())
}

#[test]
fn r65_r93_r94_a_response_has_the_members_of_its_plan_and_reads_back() {
    let read = |plan| {
        let bench = Bench::with(Policy::OAUTH_2_1, plan);
        let code = bench.code(&app());
        let response = bench.send(redeem(&code)).into_response();
        TokenResponse::parse(response.body(), 1 << 16).unwrap()
    };
    let tokens = read(bankid_plan());
    assert_eq!(tokens.bankid_proof(), Some("eyJ.e30.c2ln"));
    assert_eq!(tokens.session_id(), Some("0ab1"));
    assert_eq!(tokens.not_before_policy(), Some(UtcDateTime::from_unix_timestamp(1).unwrap()));
    assert_eq!(tokens.other.len(), 3);
    let later = read(bankid_plan().with_response_member("session_state", json!("2cd3")).unwrap());
    assert_eq!((later.session_id(), later.other.len()), (Some("2cd3"), 3), "the later of one name");
    assert!(read(jwt_plan()).other.is_empty());
}

#[test]
fn no_plan_writes_a_registered_member() {
    let add = |name: &str| jwt_plan().with_response_member(name, json!("x")).err();
    for name in [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "refresh_expires_in",
        "scope",
        "id_token",
        "issued_token_type",
        "authorization_details",
        "error",
        "error_description",
        "error_uri",
        "",
    ] {
        assert_eq!(add(name), Some(ApiMisuse::ReservedName), "{name:?}");
    }
    for name in ["bankid_proof", "session_state", "not-before-policy", "sid", "patient"] {
        assert_eq!(add(name), None, "{name}");
    }
}

#[test]
fn r92_a_plan_is_made_for_what_was_granted() {
    let bench = Bench::new();
    let scope = Scope::parse("openid bankid_proof").unwrap();
    let client = RegisteredClient::new(app().credentials().clone(), support::all_grants(), scope.clone());
    bench.store().register(client.with_redirect_uri(REDIRECT_URI));
    let proof = |scope: &str| {
        let granted = Granted { scope: Scope::parse(scope).unwrap(), ..granted() };
        let code: Secret = bench.code_for(&app(), granted);
        let received = bench.endpoint().receive(redeem(&code)).unwrap();
        let client = ready(bench.store().client("app")).unwrap();
        let request = received.authenticate(Found::client(client), now()).unwrap();
        let Grant::AuthorizationCode(grant) = request.into_grant().unwrap() else { panic!("a code") };
        let stored = ready(bench.store().code(grant.code())).unwrap();
        let grant = grant.redeem(stored, now()).unwrap();
        let plan = if grant.granted().scope.contains("bankid_proof") { bankid_plan() } else { jwt_plan() };
        let outcome = grant.issue(&plan, now()).unwrap();
        let answer = ready(bench.store().apply(outcome.commit())).unwrap();
        Tokens::of(outcome.settle(answer)).body.get("bankid_proof").is_some()
    };
    assert!(proof("openid bankid_proof"));
    assert!(!proof("openid"));
}

#[test]
fn d33_debug_shows_names_and_no_values() {
    let shown = format!("{:?}", with_claims(bankid_plan()));
    assert!(shown.contains("consumer") && shown.contains("bankid_proof"), "{shown}");
    assert!(!shown.contains("0192") && !shown.contains("01819930186") && !shown.contains("c2ln"), "{shown}");
}
