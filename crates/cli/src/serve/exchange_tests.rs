//! Token exchange, the form of refresh tokens, and scripts of other origins, by configuration.
use serde_json::{Value, json};

use super::{
    config::RefreshFormName,
    tests::{example, get, refusal, send, token},
    *,
};

const LEDGER: &str = "https://ledger.example";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// A server where `backend` may exchange what it gets for itself.
fn config(rule: Value) -> ServeConfig {
    let mut config = example();
    let mut backend = ClientMetadata::new("backend");
    backend.client_secret = Some("backend-0123456789abcdef0123456789".into());
    backend.token_endpoint_auth_method = Some("client_secret_post".into());
    backend.grant_types = Some(vec![GRANT.into(), "client_credentials".into()]);
    backend.scope = "read".into();
    config.clients.push(backend);
    config.exchanges = vec![serde_json::from_value(rule).unwrap()];
    config
}

fn rule() -> Value {
    json!({ "client": "backend", "mode": "impersonation", "targets": [LEDGER], "scope": "read" })
}

const BACKEND: &str = "&client_id=backend&client_secret=backend-0123456789abcdef0123456789";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_exchanges_what_a_rule_lets_it_and_nothing_else() {
    let running = start(config(rule())).await.unwrap();
    let first = token(&running, "", &format!("grant_type=client_credentials{BACKEND}"));
    let first: Value = serde_json::from_str(&first.body).unwrap();
    let exchange = |more: &str| {
        let subject = first["access_token"].as_str().unwrap();
        let form = format!(
            "grant_type={GRANT}&subject_token={subject}\
             &subject_token_type=urn:ietf:params:oauth:token-type:access_token{BACKEND}{more}"
        );
        token(&running, "", &form)
    };
    let answer = exchange("&audience=https://ledger.example");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(r#""issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#));
    assert!(exchange("&audience=https://api.example").body.contains("invalid_target"));
    let metadata = get(&running, "/.well-known/openid-configuration").body;
    assert!(metadata.contains(GRANT), "{metadata}");
    let off = start(example()).await.unwrap();
    assert!(!get(&off, "/.well-known/openid-configuration").body.contains(GRANT));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_contradicts_the_rest_starts_nothing() {
    for (member, value, problem) in [
        ("client", json!("nobody"), "`client`"),
        ("client", json!("basic"), "`client`"),
        ("targets", json!([]), "`targets` names none"),
        ("scope", json!("read  write"), "`scope`"),
    ] {
        let mut rule = rule();
        rule[member] = value;
        let error = refusal(config(rule)).await;
        assert!(error.contains("`exchange`: number 1") && error.contains(problem), "{error}");
    }
    assert!(serde_json::from_value::<ExchangeConfig>(json!({ "client": "backend", "mode": "any" })).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn origins_and_the_form_of_refresh_tokens_are_those_of_the_configuration() {
    let mut open = ServeConfig { refresh_form: RefreshFormName::Jwt, ..example() };
    open.origins = vec!["https://spa.example".into()];
    assert_eq!(open.policy().refresh.form, symbolon::policy::RefreshForm::Jwt);
    let running = start(open).await.unwrap();
    let asked = |path: &str, origin: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nOrigin: {origin}");
        send(running.local_addr(), &request, "")
    };
    let header = "access-control-allow-origin";
    assert_eq!(asked("/jwks", "https://spa.example").header(header), Some("https://spa.example"));
    assert_eq!(asked("/jwks", "https://evil.example").header(header), None);
    assert_eq!(asked("/authorize", "https://spa.example").header(header), None, "browsers go there, scripts do not");
    let mut wrong = example();
    wrong.origins = vec!["https://spa.example".into(), "*".into()];
    assert!(refusal(wrong).await.contains("`origins`: number 2"));
}
