//! RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1: what is asked of the browser.

use symbolon_client::{
    AuthorizationPlan, Client, ClientError,
    crypto::RandomFailed,
    id_token::Personal,
    types::{ClientId, Issuer},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::FAILING;
use time::Duration;

use crate::party::{CLIENT, ISSUER, REDIRECT_URI, SignIn, builder, client, parameter, scope};

fn url(client: &Client, plan: AuthorizationPlan) -> String {
    client.authorize(plan).unwrap().0.url().expose().to_owned()
}

#[test]
fn the_request_has_every_parameter_once() {
    let mut plan = AuthorizationPlan::new(scope("openid profile"));
    plan.login_hint = Some(Personal::new("a+b@c.example"));
    plan.max_age = Some(Duration::hours(1));
    plan.acr_values = vec!["urn:loa:4".into(), "urn:loa:3".into()];
    plan.prompt = Some("login".into());
    plan.extra = vec![("ui_locales".into(), "nb no".into())];
    let url = url(&client(), plan);
    assert!(url.starts_with("https://as.example/authorize?response_type=code&client_id=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&scope=openid+profile&state="));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("max_age", "3600"),
        ("acr_values", "urn:loa:4 urn:loa:3"),
        ("prompt", "login"),
        ("login_hint", "a+b@c.example"),
        ("ui_locales", "nb no"),
    ] {
        assert_eq!(parameter(&url, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(parameter(&url, "code_challenge").unwrap().len(), 43);
}

#[test]
fn a125_state_nonce_and_verifier_are_new_and_long_every_time() {
    let client = client();
    let plan = || AuthorizationPlan::new(scope("openid"));
    let (one, other) = (url(&client, plan()), url(&client, plan()));
    for name in ["state", "nonce", "code_challenge"] {
        let (one, other) = (parameter(&one, name).unwrap(), parameter(&other, name).unwrap());
        assert!(one.len() >= 22, "{name}: 128 bits are 22 characters");
        assert_ne!(one, other, "{name}");
    }
    assert_ne!(parameter(&one, "state"), parameter(&one, "nonce"));
}

#[test]
fn a125_no_randomness_is_an_error_and_never_a_weak_value() {
    let crypto = PROVIDER.with_random(&FAILING);
    let client = Client::builder(Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap(), crypto)
        .authorization_endpoint("https://as.example/authorize")
        .token_endpoint("https://as.example/token")
        .redirect_uri(REDIRECT_URI)
        .build()
        .unwrap();
    let error = client.authorize(AuthorizationPlan::new(scope("openid"))).err();
    assert_eq!(error, Some(ClientError::Random(RandomFailed)));
}

#[test]
fn a_nonce_is_sent_in_a_sign_in_only() {
    let client = client();
    assert_eq!(parameter(&url(&client, AuthorizationPlan::new(scope("read"))), "nonce"), None);
    assert!(parameter(&url(&client, AuthorizationPlan::new(scope("read openid"))), "nonce").is_some());
}

#[test]
fn the_query_of_the_endpoint_is_kept() {
    for (endpoint, begin) in [
        ("https://as.example/authorize", "https://as.example/authorize?response_type=code&"),
        ("https://as.example/authorize?", "https://as.example/authorize?response_type=code&"),
        ("https://as.example/authorize?p=b2c", "https://as.example/authorize?p=b2c&response_type=code&"),
    ] {
        let client = builder().authorization_endpoint(endpoint).build().unwrap();
        assert!(url(&client, AuthorizationPlan::new(scope("openid"))).starts_with(begin), "{endpoint}");
    }
}

#[test]
fn a_plan_that_would_undo_a_check_is_refused() {
    let client = client();
    let refused = |change: &dyn Fn(&mut AuthorizationPlan)| {
        let mut plan = AuthorizationPlan::new(scope("openid"));
        change(&mut plan);
        client.authorize(plan).err()
    };
    assert_eq!(refused(&|_| {}), None);
    for name in
        ["state", "nonce", "redirect_uri", "code_challenge_method", "request", "request_uri", "client_secret", ""]
    {
        let answer = refused(&|plan| plan.extra.push((name.into(), "x".into())));
        assert_eq!(answer, Some(ClientError::Parameter), "{name}");
    }
    let twice =
        |name: &'static str| refused(&|plan| plan.extra = vec![(name.into(), "x".into()), (name.into(), "y".into())]);
    assert_eq!(twice("ui_locales"), Some(ClientError::Parameter));
    assert_eq!(twice("resource"), None, "RFC 8707 §2: may come more than once");
    assert_eq!(refused(&|plan| plan.max_age = Some(Duration::seconds(-1))), Some(ClientError::Parameter));
    assert_eq!(refused(&|plan| plan.acr_values = vec!["a b".into()]), Some(ClientError::Parameter));
    let unchecked = refused(&|plan| {
        plan.scope = scope("read");
        plan.acr_values = vec!["urn:loa:4".into()];
    });
    assert_eq!(unchecked, Some(ClientError::Parameter), "nobody would see whether it was heeded");
}

#[test]
fn a_redirect_uri_is_the_plans_else_the_clients_else_none() {
    let mut plan = AuthorizationPlan::new(scope("openid"));
    plan.redirect_uri = Some("com.example.app:/cb".into());
    let sign_in = SignIn::begin(&client(), plan.clone());
    assert_eq!(parameter(&sign_in.url, "redirect_uri").as_deref(), Some("com.example.app:/cb"));
    assert_eq!(parameter(sign_in.request.body().expose(), "redirect_uri").as_deref(), Some("com.example.app:/cb"));

    plan.redirect_uri = Some("http://client.example.com/cb".into());
    assert_eq!(client().authorize(plan).err(), Some(ClientError::RedirectUri));

    let bare = Client::builder(Issuer::parse(ISSUER).unwrap(), ClientId::parse(CLIENT).unwrap(), PROVIDER)
        .token_endpoint("https://as.example/token");
    let plan = || AuthorizationPlan::new(scope("openid"));
    let error = bare.clone().build().unwrap().authorize(plan()).err();
    assert_eq!(error, Some(ClientError::NoAuthorizationEndpoint));
    let error = bare.authorization_endpoint("https://as.example/authorize").build().unwrap().authorize(plan()).err();
    assert_eq!(error, Some(ClientError::NoRedirectUri));
}
