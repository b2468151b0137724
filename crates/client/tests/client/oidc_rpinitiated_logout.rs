//! OpenID Connect RP-Initiated Logout sections 2 and 3: the browser goes to the server to sign out, and comes back once.

use serde_json::{Value, json};
use symbolon_client::{
    ApiMisuse, AuthorizationPlan, CallbackError, Client, ClientError, LogoutPlan, PendingLogout, RefreshPlan,
    VerifiedTokens,
    id_token::Personal,
    types::{Rule, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::FAILING;

use crate::party::{CLIENT, SignIn, builder, now, parameter, published, scope, sign, tokens};

const BACK: &str = "https://client.example.com/signed-out";

fn with_logout(url: &str) -> Result<Client, ApiMisuse> {
    builder().end_session_endpoint(url).build()
}

fn client() -> Client {
    with_logout("https://as.example/logout").unwrap()
}

fn plan() -> LogoutPlan {
    let mut plan = LogoutPlan::new();
    plan.post_logout_redirect_uri = Some(BACK.into());
    plan
}

/// A sign-in and its ID token.
fn signed_in(client: &Client) -> (VerifiedTokens, String) {
    let sign_in = SignIn::begin(client, AuthorizationPlan::new(scope("openid")));
    let id_token = sign(&sign_in.claims());
    let members = json!({ "id_token": id_token, "refresh_token": "r" });
    (tokens(sign_in.pending, members).verify(&published(), now()).unwrap(), id_token)
}

fn hint(tokens: &VerifiedTokens) -> Option<String> {
    tokens.logout_plan().id_token_hint.map(|hint| hint.expose().to_owned())
}

#[test]
fn the_request_has_every_parameter_once() {
    let client = client();
    let (tokens, id_token) = signed_in(&client);
    let mut plan = tokens.logout_plan();
    plan.logout_hint = Some(Personal::new("jane@example.com"));
    plan.post_logout_redirect_uri = Some(BACK.into());
    plan.extra.push(("ui_locales".into(), "nb nn".into()));
    let (request, pending) = client.logout(plan).unwrap();
    let url = request.url().expose();
    assert_eq!(url.split('?').next(), Some("https://as.example/logout"));
    let pending = pending.unwrap();
    for (name, value) in [
        ("client_id", CLIENT),
        ("id_token_hint", id_token.as_str()),
        ("logout_hint", "jane@example.com"),
        ("post_logout_redirect_uri", BACK),
        ("state", pending.state().expose()),
        ("ui_locales", "nb nn"),
    ] {
        assert_eq!(parameter(url, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(url.matches('=').count(), 6);
    assert_eq!(pending.state().len(), 32, "192 bits");
}

#[test]
fn who_comes_not_back_is_not_waited_for() {
    let (request, pending) = client().logout(LogoutPlan::new()).unwrap();
    assert!(pending.is_none());
    assert_eq!(request.url().expose(), format!("https://as.example/logout?client_id={CLIENT}"));
}

#[test]
fn a125_state_is_new_every_time_and_never_weak() {
    let client = client();
    let state = || client.logout(plan()).unwrap().1.unwrap().state().clone();
    assert_ne!(state(), state());
    let failing = Client::builder(client.issuer().clone(), client.client_id().clone(), PROVIDER.with_random(&FAILING))
        .token_endpoint("https://as.example/token")
        .end_session_endpoint("https://as.example/logout")
        .build()
        .unwrap();
    let error = failing.logout(plan()).unwrap_err();
    assert_eq!(error.rule(), Rule::RandomAnswers);
    assert!(failing.logout(LogoutPlan::new()).is_ok(), "nothing random is needed");
}

#[test]
fn the_callback_has_the_state_that_was_sent_once() {
    let answer = |query: &dyn Fn(&str) -> String| {
        let pending = client().logout(plan()).unwrap().1.unwrap();
        let query = query(pending.state().expose());
        pending.receive(&query)
    };
    assert_eq!(answer(&|state| format!("state={state}")), Ok(()));
    assert_eq!(answer(&|state| format!("x=1&state={state}")), Ok(()));
    let wrong: [&dyn Fn(&str) -> String; 5] = [
        &|_| String::new(),
        &|_| "state=".into(),
        &|_| "state=another".into(),
        &|state| format!("state={state}a"),
        &|state| format!("State={state}"),
    ];
    for query in wrong {
        assert_eq!(answer(query), Err(CallbackError::State));
    }
    assert_eq!(answer(&|state| format!("state={state}&state={state}")), Err(CallbackError::Repeated));
    assert_eq!(answer(&|state| format!("state={state}&resource=a&resource=b")), Err(CallbackError::Repeated));
    assert!(matches!(answer(&|state| format!("state={state}&a=%zz")), Err(CallbackError::Syntax(_))));
}

#[test]
fn the_waiting_half_is_made_again_of_its_state_and_of_no_empty_one() {
    let pending = client().logout(plan()).unwrap().1.unwrap();
    let query = format!("state={}", pending.state().expose());
    assert_eq!(PendingLogout::of(pending.state().clone()).unwrap().receive(&query), Ok(()));
    assert_eq!(PendingLogout::of("another").unwrap().receive(&query), Err(CallbackError::State));
    assert_eq!(PendingLogout::of("").err(), Some(ClientError::EmptySecret));
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let error = |change: &dyn Fn(&mut LogoutPlan)| {
        let mut plan = plan();
        change(&mut plan);
        client().logout(plan).err()
    };
    let extra = |name: &str| {
        let pair = (String::from(name), String::from("a"));
        error(&|plan| plan.extra.push(pair.clone()))
    };
    assert_eq!(error(&|plan| plan.post_logout_redirect_uri = Some("app.example:/signed-out".into())), None);
    for bad in
        ["/signed-out", "http://client.example.com/", "https://client.example.com/#a", "https://client.example.com/ a"]
    {
        assert_eq!(
            error(&|plan| plan.post_logout_redirect_uri = Some(bad.into())),
            Some(ClientError::RedirectUri),
            "{bad}"
        );
    }
    assert_eq!(error(&|plan| plan.id_token_hint = Some(Secret::new(""))), Some(ClientError::EmptySecret));
    assert_eq!(extra("ui_locales"), None);
    for name in ["", "client_id", "state", "id_token_hint", "logout_hint", "post_logout_redirect_uri"] {
        assert_eq!(extra(name), Some(ClientError::Parameter), "{name}");
    }
    let twice = || vec![("a".into(), "1".into()), ("a".into(), "2".into())];
    assert_eq!(error(&|plan| plan.extra = twice()), Some(ClientError::Parameter));
    let without = builder().build().unwrap().logout(plan()).err();
    assert_eq!(without, Some(ClientError::NoEndpoint { endpoint: "end_session_endpoint" }));
}

#[test]
fn the_query_of_the_endpoint_is_kept_and_has_nothing_that_is_sent() {
    let url = |endpoint: &str| {
        let client = with_logout(endpoint)?;
        Ok(client.logout(LogoutPlan::new()).unwrap().0.url().expose().to_owned())
    };
    assert_eq!(url("https://as.example/logout?p=1"), Ok(format!("https://as.example/logout?p=1&client_id={CLIENT}")));
    assert_eq!(url("https://as.example/logout?"), Ok(format!("https://as.example/logout?client_id={CLIENT}")));
    for bad in ["client_id=a", "p=1&state=a", "id_token_hint=a", "post_logout_redirect_uri=a", "p=1&p=2", "p=%zz"] {
        let error = url(&format!("https://as.example/logout?{bad}"));
        assert_eq!(error, Err(ApiMisuse::EndpointQuery { endpoint: "end_session_endpoint" }), "{bad}");
    }
}

#[test]
fn the_id_token_is_kept_across_refreshes() {
    let client = client();
    let (first, id_token) = signed_in(&client);
    assert_eq!(hint(&first).as_deref(), Some(id_token.as_str()));
    let refresh = |plan: RefreshPlan, members: Value| {
        let (_, pending) = client.refresh(plan, now()).unwrap().ready().unwrap();
        tokens(pending, members).verify(&published(), now()).unwrap()
    };
    let silent = refresh(first.refresh_plan().unwrap(), json!({}));
    assert!(silent.id_token().is_none());
    assert_eq!(hint(&silent).as_deref(), Some(id_token.as_str()));
    let again = refresh(silent.refresh_plan().unwrap(), json!({}));
    assert_eq!(hint(&again).as_deref(), Some(id_token.as_str()), "and across the next one");

    // A new one takes its place.
    let claims = symbolon_client::jose::UnverifiedJwt::parse(&id_token).unwrap();
    let mut claims: serde_json::Map<String, Value> = claims.verify_with(&published()).unwrap().claims_as().unwrap();
    claims.insert("jti".into(), json!("another"));
    let new = sign(&claims);
    let later = refresh(again.refresh_plan().unwrap(), json!({ "id_token": new }));
    assert_eq!(hint(&later).as_deref(), Some(new.as_str()));
    let request = client.refresh(later.refresh_plan().unwrap(), now()).unwrap().ready().unwrap().0;
    assert_eq!(
        parameter(request.body().expose(), "id_token_hint"),
        None,
        "nothing of it is sent to the token endpoint"
    );
}

#[test]
fn without_a_sign_in_there_is_no_id_token_to_hint_at() {
    let mut plan = AuthorizationPlan::new(scope("openid read"));
    plan.may_lack_id_token = true;
    let received = tokens(SignIn::begin(&client(), plan).pending, json!({ "scope": "read" }));
    assert_eq!(hint(&received.verify(&published(), now()).unwrap()), None);
}

#[test]
fn nothing_shows_the_id_token_or_the_person() {
    let client = client();
    let (tokens, id_token) = signed_in(&client);
    let mut plan = tokens.logout_plan();
    plan.logout_hint = Some(Personal::new("M4rk3r"));
    plan.post_logout_redirect_uri = Some(BACK.into());
    plan.extra.push(("hint".into(), "M4rk3r".into()));
    let before = format!("{plan:?} {tokens:?} {:?}", tokens.refresh_plan());
    let (request, pending) = client.logout(plan).unwrap();
    let state = pending.as_ref().unwrap().state().expose().to_owned();
    let shown = format!("{before} {request:?} {pending:?}");
    for secret in ["M4rk3r", id_token.as_str(), state.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
