//! RFC 8707 §2.2: `resource` at the token endpoint.
#[cfg(test)]
mod support;

use support::{Bench, Tokens, app, basic, plan, redeem_form, refused};
use symbolon_policy::Policy;
use symbolon_server::{AccessToken, TokenPlan, TokenSigner, jose::UnverifiedJwt};

#[cfg(test)]
fn bench() -> Bench {
    let plan = TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(support::signing_key())))
        .with_audience("https://api.example")
        .with_audience("https://other.example");
    Bench::with(Policy::OAUTH_2_1, plan)
}

#[cfg(test)]
fn aud(tokens: &Tokens) -> serde_json::Value {
    let key = support::signing_key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap();
    let jwt = UnverifiedJwt::parse(tokens.access.expose()).unwrap().verify(&key).unwrap();
    jwt.claims().unwrap().get("aud").unwrap().parse().unwrap()
}

#[test]
fn a135_a_token_is_good_for_what_was_asked_and_never_for_more_than_was_granted() {
    let bench = bench();
    let ask = |resource: &str| basic(format!("grant_type=client_credentials{resource}"));
    let all = Tokens::of(bench.send(ask("")));
    assert_eq!(aud(&all), serde_json::json!(["https://api.example", "https://other.example"]));
    let one = Tokens::of(bench.send(ask("&resource=https://api.example")));
    assert_eq!(aud(&one), "https://api.example");
    let both = Tokens::of(bench.send(ask("&resource=https://api.example&resource=https://other.example")));
    assert_eq!(aud(&both), serde_json::json!(["https://api.example", "https://other.example"]));
    for beyond in
        ["&resource=https://evil.example", "&resource=https://api.example/", "&resource=https://api.example&resource=x"]
    {
        assert_eq!(bench.answer(ask(beyond)), refused(400, "invalid_target"), "{beyond}");
    }
}

#[test]
fn a135_of_the_resources_that_were_granted_fewer_may_be_asked_for_and_no_other() {
    let bench = bench();
    let code = || {
        let mut granted = support::granted();
        granted.resources = vec!["https://api.example".into()];
        redeem_form(&bench.code_for(&app(), granted))
    };
    let tokens = Tokens::of(bench.send(basic(code())));
    assert_eq!(aud(&tokens), "https://api.example", "what was granted, not all that the plan is good for");
    let code = code();
    let other = basic(format!("{code}&resource=https://other.example"));
    assert_eq!(bench.answer(other), refused(400, "invalid_target"));
    let tokens = Tokens::of(bench.send(basic(format!("{code}&resource=https://api.example"))));
    assert_eq!(aud(&tokens), "https://api.example");
    let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose());
    let other = basic(format!("{refresh}&resource=https://other.example"));
    assert_eq!(bench.answer(other), refused(400, "invalid_target"));
    assert_eq!(aud(&Tokens::of(bench.send(basic(refresh)))), "https://api.example");
}

#[test]
fn resources_that_no_token_of_the_plan_is_good_for_are_refused_and_are_not_dropped() {
    let bench = bench();
    let mut granted = support::granted();
    granted.resources = vec!["https://third.example".into()];
    let code = bench.code_for(&app(), granted);
    assert_eq!(bench.answer(basic(redeem_form(&code))), refused(400, "invalid_target"));
}

#[test]
fn a_refused_resource_leaves_the_code() {
    let bench = Bench::with(Policy::OAUTH_2_1, plan());
    let code = bench.code(&app());
    let beyond = basic(format!("{}&resource=https://evil.example", redeem_form(&code)));
    assert_eq!(bench.answer(beyond), refused(400, "invalid_target"));
    // Without an audience the tokens are good for the issuer itself.
    assert_eq!(bench.send(basic(format!("{}&resource=https://as.example", redeem_form(&code)))).status(), 200);
}
