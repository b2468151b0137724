//! RFC 9396 §6, §7, §9.1: authorization details at the token endpoint, narrowed and never widened.
#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::{Bench, Tokens, app, basic, granted, plan, ready, redeem_form, refresh, refused};
use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, AuthorizationDetails, CodeError, RegisteredClient, TokenPlan, TokenSigner, jose::UnverifiedJwt,
    types::Rule,
};
use symbolon_store::AuthorizeError;
use symbolon_token_request::encode_component;

#[cfg(test)]
const ACCOUNTS: &str = r#"{"type":"accounts","actions":["list","read"],"account":"7"}"#;
#[cfg(test)]
const ONE: &str = r#"{"type":"accounts","actions":["list"],"account":"7"}"#;

#[cfg(test)]
fn details(text: &str) -> AuthorizationDetails {
    AuthorizationDetails::parse(text).unwrap()
}

#[cfg(test)]
fn client() -> RegisteredClient {
    app().with_authorization_details_type("accounts").with_authorization_details_type("payment")
}

#[cfg(test)]
fn bench() -> Bench {
    let bench =
        Bench::with(Policy::OAUTH_2_1, TokenPlan::new(AccessToken::Jwt(TokenSigner::Local(support::signing_key()))));
    bench.store().register(client());
    bench
}

#[cfg(test)]
fn ask(text: &str) -> String {
    format!("&authorization_details={}", encode_component(text))
}

#[cfg(test)]
fn code(bench: &Bench) -> String {
    let mut granted = granted();
    granted.authorization_details = details(&format!("[{ACCOUNTS},{{\"type\":\"payment\"}}]"));
    redeem_form(&bench.code_for(&client(), granted))
}

#[cfg(test)]
fn told(tokens: &Tokens) -> (Option<Value>, Option<Value>) {
    let key = support::signing_key().verifying_key(&symbolon_crypto_ring::PROVIDER).unwrap();
    let jwt = UnverifiedJwt::parse(tokens.access.expose()).unwrap().verify(&key).unwrap();
    let claim = jwt.claims().unwrap().get("authorization_details").map(|claim| claim.parse().unwrap());
    (tokens.body.get("authorization_details").cloned(), claim)
}

#[test]
fn what_was_granted_is_told_in_response_and_access_token() {
    let bench = bench();
    let tokens = Tokens::of(bench.send(basic(code(&bench))));
    let all: Value = serde_json::from_str(&format!("[{ACCOUNTS},{{\"type\":\"payment\"}}]")).unwrap();
    assert_eq!(told(&tokens), (Some(all.clone()), Some(all)));
    let plain = Tokens::of(bench.send(basic(redeem_form(&bench.code(&client())))));
    assert_eq!(told(&plain), (None, None), "nothing was granted");
}

#[test]
fn less_may_be_asked_for_and_a_refresh_may_have_all_again() {
    let bench = bench();
    let narrow = Tokens::of(bench.send(basic(format!("{}{}", code(&bench), ask(&format!("[{ONE}]"))))));
    let one = json!([serde_json::from_str::<Value>(ONE).unwrap()]);
    assert_eq!(told(&narrow), (Some(one.clone()), Some(one.clone())));
    let again = Tokens::of(bench.send(refresh(narrow.refresh())));
    assert_eq!(again.body["authorization_details"].as_array().unwrap().len(), 2);
    let form = format!("grant_type=refresh_token&refresh_token={}{}", again.refresh().expose(), ask("[]"));
    assert_eq!(told(&Tokens::of(bench.send(basic(form)))), (None, None), "nothing of it was asked for");
}

#[test]
fn more_than_was_granted_is_refused_and_leaves_code_and_refresh_token() {
    let bench = bench();
    let code = code(&bench);
    let wider = r#"{"type":"accounts","actions":["list","read","write"],"account":"7"}"#;
    for (beyond, rule) in [
        (format!("[{wider}]"), Rule::AuthorizationDetailsNarrow),
        (format!("[{ONE},{}]", r#"{"type":"other"}"#), Rule::AuthorizationDetailsNarrow),
        ("[{}]".into(), Rule::AuthorizationDetailsSyntax),
        ("{".into(), Rule::AuthorizationDetailsSyntax),
    ] {
        let settled = bench.send(basic(format!("{code}{}", ask(&beyond))));
        assert_eq!(settled.reason().unwrap().rule(), rule, "{beyond}");
        assert_eq!(support::status_and_error(settled), refused(400, "invalid_authorization_details"));
    }
    let tokens = Tokens::of(bench.send(basic(code)));
    let form = format!("grant_type=refresh_token&refresh_token={}", tokens.refresh().expose());
    let beyond = format!("{form}{}", ask(&format!("[{wider}]")));
    assert_eq!(bench.answer(basic(beyond)), refused(400, "invalid_authorization_details"));
    assert_eq!(bench.send(basic(form)).status(), 200, "the refresh token was left");
}

#[test]
fn a_client_has_only_types_that_it_registered() {
    let bench = bench();
    let mut granted = granted();
    granted.authorization_details = details(r#"[{"type":"other"}]"#);
    let client = ready(symbolon_store::Store::client(bench.store(), "app")).unwrap().unwrap();
    let new = symbolon_server::NewCode::new(client, granted).with_redirect_uri(support::REDIRECT_URI);
    let challenge = symbolon_pkce::CodeVerifier::parse(support::VERIFIER).unwrap().challenge(bench.crypto.sha256);
    let refused = ready(bench.driver.authorize(new.with_challenge(challenge), symbolon_testkit::now()));
    assert_eq!(refused.err(), Some(AuthorizeError::Refused(CodeError::AuthorizationDetails)));
    // A registration that was narrowed since narrows what is issued under it.
    let code = code(&bench);
    bench.store().register(app().with_authorization_details_type("payment"));
    assert_eq!(told(&Tokens::of(bench.send(basic(code)))).0, Some(json!([{"type": "payment"}])));
}

#[test]
fn a_client_that_acts_for_itself_gets_what_it_asks_for_of_types_that_it_registered() {
    let bench = bench();
    let asked = |text: &str| basic(format!("grant_type=client_credentials{}", ask(text)));
    let payment = json!([{"type": "payment"}]);
    let tokens = Tokens::of(bench.send(asked(&payment.to_string())));
    assert_eq!(told(&tokens), (Some(payment.clone()), Some(payment)));
    assert_eq!(bench.answer(asked(r#"[{"type":"other"}]"#)), refused(400, "invalid_authorization_details"));
    let plain = Tokens::of(bench.send(basic("grant_type=client_credentials")));
    assert_eq!(told(&plain), (None, None));
    let nothing_registered = Bench::with(Policy::OAUTH_2_1, plan());
    let answer = nothing_registered.answer(asked(r#"[{"type":"payment"}]"#));
    assert_eq!(answer, refused(400, "invalid_authorization_details"));
}
