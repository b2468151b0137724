//! RFC 6749 §4.1.2, RFC 9207 §2.4, security decision D29: what the browser brings back.

use proptest::prelude::*;
use serde_json::json;
use symbolon_client::{
    AuthorizationCode, AuthorizationPlan, CallbackError, Client, ClientError, VerifyError,
    client_auth::ClientAuthentication,
    id_token::IdTokenError,
    token_request::encode_component,
    types::{ClientId, ErrorCode, Issuer, Rule, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::CodeVerifier;

use crate::party::{CLIENT, CODE, ISSUER, SignIn, builder, client, not_verified, now, published, scope, sign, tokens};

/// Brings this query back; `{state}` is the right one.
fn receive(client: &Client, query: &str) -> Result<AuthorizationCode, CallbackError> {
    let (_, pending) = client.authorize(AuthorizationPlan::new(scope("openid"))).unwrap();
    let query = query.replace("{state}", pending.state().expose());
    pending.receive(&query, now())
}

fn error(client: &Client, query: &str) -> CallbackError {
    receive(client, query).unwrap_err()
}

/// A client whose issuer says that it sends `iss`.
fn with_iss() -> Client {
    builder().iss_parameter_supported(true).build().unwrap()
}

#[test]
fn a_code_with_the_right_state_is_taken() {
    let code = receive(&client(), "code=a%2Bb&state={state}&unknown=1").unwrap();
    assert_eq!(code.received_at(), now());
    assert_eq!(code.client().issuer().as_str(), ISSUER);
}

#[test]
fn another_state_or_none_is_refused() {
    for query in [
        "code=a",
        "code=a&state=",
        "code=a&state=another",
        "code=a&state={state}x",
        "code=a&state={state}%00",
        "error=access_denied",
        "error=access_denied&state=another",
        "response=eyJhbGciOiJub25lIn0.e30.",
        "",
    ] {
        let error = error(&client(), query);
        assert!(matches!(error, CallbackError::State | CallbackError::Syntax(_)), "{query}: {error}");
    }
    assert_eq!(CallbackError::State.rule(), Rule::CallbackState);
}

#[test]
fn what_belongs_to_another_mode_or_flow_is_refused_beside_a_right_code() {
    for name in ["response", "id_token", "access_token", "token_type"] {
        let query = format!("code=a&state={{state}}&{name}=x");
        assert_eq!(error(&client(), &query), CallbackError::ResponseMode, "{name}");
        assert!(receive(&client(), &format!("code=a&state={{state}}&my_{name}=x")).is_ok(), "another parameter");
    }
    assert_eq!(CallbackError::ResponseMode.rule(), Rule::CallbackSyntax);
}

#[test]
fn a_parameter_that_comes_twice_is_refused() {
    for query in [
        "code=a&code=b&state={state}",
        "code=a&c%6fde=a&state={state}",
        "code=a&state={state}&state={state}",
        "code=a&state={state}&iss=https%3A%2F%2Fas.example&iss=https%3A%2F%2Fevil.example",
        "code=a&state={state}&resource=a&resource=b",
        "code=a&state={state}&x=1&x=1",
    ] {
        assert_eq!(error(&client(), query), CallbackError::Repeated, "{query}");
    }
}

#[test]
fn a_malformed_query_is_refused() {
    for query in ["code=%zz&state={state}", "code=%ff&state={state}", "code=a%00&state={state}"] {
        let error = error(&client(), query);
        assert!(matches!(error, CallbackError::Syntax(_)), "{query}: {error}");
        assert_eq!(error.rule(), Rule::CallbackSyntax);
    }
}

#[test]
fn a119_the_issuer_of_the_answer_is_the_one_that_was_asked() {
    let here = "code=a&state={state}&iss=https%3A%2F%2Fas.example";
    assert!(receive(&with_iss(), here).is_ok());
    assert!(receive(&client(), here).is_ok(), "unannounced, and right");
    assert!(receive(&client(), "code=a&state={state}").is_ok(), "not announced, not there");

    assert_eq!(error(&with_iss(), "code=a&state={state}"), CallbackError::IssMissing);
    assert_eq!(error(&with_iss(), "code=a&state={state}&iss="), CallbackError::IssMissing);
    for iss in ["https%3A%2F%2Fas.example%2F", "https%3A%2F%2FAS.example", "https%3A%2F%2Fas.example:443", "x"] {
        let query = format!("code=a&state={{state}}&iss={iss}");
        assert_eq!(error(&with_iss(), &query), CallbackError::IssMismatch, "{iss}");
        assert_eq!(error(&client(), &query), CallbackError::IssMismatch, "{iss}: though not announced");
    }
}

#[test]
fn a119_an_error_from_another_issuer_is_no_error_of_ours() {
    let query = "error=access_denied&state={state}&iss=https%3A%2F%2Fevil.example";
    assert_eq!(error(&client(), query), CallbackError::IssMismatch);
    assert_eq!(error(&with_iss(), "error=access_denied&state={state}"), CallbackError::IssMissing);
}

#[test]
fn an_error_comes_before_the_code_and_is_escaped() {
    let query =
        "error=access_denied&error_description=no%0Away&error_uri=https%3A%2F%2Fas.example%2F1&code=a&state={state}";
    let CallbackError::Refused(refused) = error(&client(), query) else { panic!("a code came out") };
    assert_eq!(refused.code, ErrorCode::AccessDenied);
    assert_eq!(refused.description.as_deref(), Some("no\\nway"));
    assert_eq!(refused.uri.as_deref(), Some("https://as.example/1"));
    assert_eq!(error(&client(), "error=a%0Ab&state={state}"), CallbackError::ErrorSyntax);
    assert_eq!(error(&client(), "state={state}"), CallbackError::CodeMissing);
    assert_eq!(error(&client(), "code=&state={state}"), CallbackError::CodeMissing);
}

#[test]
fn a119_a_code_goes_to_the_issuer_and_client_that_asked_and_to_no_other() {
    let (issuer, client_id) = (|text| Issuer::parse(text).unwrap(), |text| ClientId::parse(text).unwrap());
    let other = |issuer: Issuer, client_id: ClientId| {
        Client::builder(issuer, client_id, PROVIDER).token_endpoint("https://evil.example/token").build().unwrap()
    };
    let code = || receive(&client(), "code=a&state={state}").unwrap();
    let of_issuer = other(issuer("https://evil.example"), client_id(CLIENT));
    assert_eq!(of_issuer.exchange(code(), now()).err(), Some(ClientError::OtherClient));
    let of_client = other(issuer(ISSUER), client_id("another"));
    assert_eq!(of_client.exchange(code(), now()).err(), Some(ClientError::OtherClient));
    let elsewhere = other(issuer(ISSUER), client_id(CLIENT));
    assert_eq!(elsewhere.exchange(code(), now()).err(), Some(ClientError::OtherClient), "D29: another token endpoint");
    // The same client, configured anew since.
    let again = builder().authentication(ClientAuthentication::Post("s".into())).build().unwrap();
    assert!(again.exchange(code(), now()).is_ok());
}

proptest! {
    #[test]
    fn any_code_arrives_as_it_was_sent(code in "[ -~]{1,64}") {
        let query = format!("code={}&state={{state}}", encode_component(&code));
        let client = client();
        let code_value = receive(&client, &query).unwrap();
        let (request, _) = client.exchange(code_value, now()).unwrap().ready().unwrap();
        let sent = crate::party::parameter(request.body().expose(), "code");
        prop_assert_eq!(sent.as_deref(), Some(code.as_str()));
    }

    #[test]
    fn no_query_without_the_state_gives_a_code(query in "\\PC{0,64}") {
        prop_assert!(receive(&client(), &query).is_err());
    }
}

#[test]
fn a_code_that_is_assumed_to_be_checked_is_held_to_all_else() {
    let verifier = || CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    let assume = |client: &Client, nonce: Option<&str>| {
        let plan = AuthorizationPlan::new(scope("openid"));
        let nonce = nonce.map(Secret::new);
        AuthorizationCode::assume_received(client, plan, Secret::new(CODE), verifier(), nonce, now())
    };
    let id_token_with = |nonce: Option<&str>| {
        let code = assume(&client(), nonce).unwrap();
        let pending = client().exchange(code, now()).unwrap().ready().unwrap().1;
        let mut claims = SignIn::openid().claims();
        claims.insert("nonce".into(), "n".into());
        tokens(pending, json!({ "id_token": sign(&claims) })).verify(&published(), now()).map_err(not_verified).err()
    };
    assert_eq!(id_token_with(Some("n")), None);
    assert_eq!(id_token_with(Some("another")), Some(VerifyError::IdToken(IdTokenError::NonceMismatch)));
    assert_eq!(id_token_with(None), Some(VerifyError::IdToken(IdTokenError::NonceUnexpected)));

    let other = Client::builder(Issuer::parse("https://evil.example").unwrap(), client().client_id().clone(), PROVIDER);
    let other = other.token_endpoint("https://evil.example/token").build().unwrap();
    let code = assume(&client(), None).unwrap();
    assert_eq!(other.exchange(code, now()).err(), Some(ClientError::OtherClient));
    assert_eq!(assume(&client(), Some("")).err(), Some(ClientError::EmptySecret));
    assert_eq!(assume(&other, None).err(), Some(ClientError::NoRedirectUri));
}
