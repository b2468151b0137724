//! ID tokens as each client registered them: the algorithm and the subject, by configuration.
use serde_json::{Value, json};
use symbolon::{
    jose::{JwkSet, UnverifiedJwt, VerifyingKey, VerifyingKeys},
    ring::PROVIDER,
    types::{Alg, SecretBytes},
};

use super::{
    tests::{BASIC, Folder, changed, decoded, example, get, redemption, refusal, token, userinfo},
    *,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn id_tokens_are_signed_as_the_client_asked() {
    let running = start(example()).await.unwrap();
    let code = get(&running, &changed("client_id=spa", "client_id=basic")).parameter("code").unwrap();
    let first = token(&running, BASIC, &redemption(&code).replace("&client_id=spa", "")).json();
    let alg = |tokens: &Value| UnverifiedJwt::parse(tokens["id_token"].as_str().unwrap()).unwrap().header().alg();
    assert_eq!(alg(&first).as_str(), "ES256");

    // Under the very name, of which Ed25519 has two.
    for name in ["EdDSA", "Ed25519"] {
        let mut config = example();
        config.clients[0].id_token_signed_response_alg = Some(name.into());
        let other = start(config).await.unwrap();
        let code = get(&other, &changed("client_id=spa", "client_id=basic")).parameter("code").unwrap();
        let tokens = token(&other, BASIC, &redemption(&code).replace("&client_id=spa", "")).json();
        assert_eq!(alg(&tokens).as_str(), name);
        let jwks = JwkSet::parse(get(&other, "/jwks").body.as_bytes()).unwrap();
        let jwt = UnverifiedJwt::parse(tokens["id_token"].as_str().unwrap()).unwrap();
        let published = jwks.keys().iter().find(|key| key.kid() == jwt.header().kid()).unwrap();
        assert_eq!(published.alg(), Some(name));
        let keys = VerifyingKeys::load(&PROVIDER, &jwks, &[]);
        assert!(jwt.verify_with(&keys).is_ok());
        let algs = &get(&other, "/.well-known/openid-configuration").json()["id_token_signing_alg_values_supported"];
        assert_eq!(*algs, json!(["ES256", "Ed25519", "EdDSA"]));
    }

    for (asked, sentence) in
        [(Some("RS256"), "no such key"), (None, "set `id_token_signed_response_alg` to one of ES256")]
    {
        let mut config = example();
        config.clients[0].id_token_signed_response_alg = asked.map(Into::into);
        let refusal = refusal(config).await;
        assert!(refusal.contains("client `basic`") && refusal.contains(sentence), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mac_is_keyed_with_the_secret_of_the_client_that_asked_for_it() {
    let mut config = example();
    config.clients[0].id_token_signed_response_alg = Some("HS256".into());
    let secret = config.clients[0].client_secret.clone().unwrap();
    let running = start(config).await.unwrap();
    let tokens = sign_in(&running, "basic");
    let verifies = |secret: &str| {
        let key = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new(secret.as_bytes())).unwrap();
        UnverifiedJwt::parse(tokens["id_token"].as_str().unwrap()).unwrap().verify(&key).is_ok()
    };
    assert!(verifies(secret.expose()));
    assert!(!verifies(&secret.expose().replace('0', "1")));
    let discovered = get(&running, "/.well-known/openid-configuration").json();
    assert_eq!(discovered["id_token_signing_alg_values_supported"], json!(["ES256", "Ed25519", "EdDSA", "HS256"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_two_sectors_know_a_user_by_two_names_that_stay() {
    let folder = Folder::new("sectors");
    let sub_of = async |sector: Option<&str>| {
        let mut config = ServeConfig { key_dir: Some(folder.path().into()), ..example() };
        config.issuer = Some("http://localhost:8080".into());
        let is_pairwise = sector.is_some();
        if let Some(host) = sector {
            config.clients[0].subject_type = Some("pairwise".into());
            config.clients[0].redirect_uris = vec![format!("https://{host}/cb")];
        }
        let running = start(config).await.unwrap();
        let target = changed("client_id=spa", "client_id=basic");
        let (old, new) =
            ("http%3A%2F%2F127.0.0.1%3A9000%2Fcb", sector.map(|host| format!("https%3A%2F%2F{host}%2Fcb")));
        let new = new.as_deref().unwrap_or(old);
        let code = get(&running, &target.replace(old, new)).parameter("code").unwrap();
        let form = redemption(&code).replace("&client_id=spa", "").replace(old, new);
        let tokens = token(&running, BASIC, &form).json();
        let sub = claims(&tokens)["sub"].as_str().unwrap().to_owned();
        assert_eq!(userinfo(&running, tokens["access_token"].as_str().unwrap()).json()["sub"], *sub);
        let discovered = get(&running, "/.well-known/openid-configuration").json();
        let types = if is_pairwise { json!(["public", "pairwise"]) } else { json!(["public"]) };
        assert_eq!(discovered["subject_types_supported"], types);
        sub
    };
    let one = sub_of(Some("one.example")).await;
    let (two, public) = (sub_of(Some("two.example")).await, sub_of(None).await);
    assert!(one != two && one != public && two != public, "{one} {two} {public}");
    assert_eq!(sub_of(Some("one.example")).await, one, "after a new start");

    let mut config = example();
    config.clients[0].subject_type = Some("pairwise".into());
    let refusal = refusal(config).await;
    assert!(refusal.contains("client `basic`") && refusal.contains("`pairwise`: `redirect_uris`"), "{refusal}");
}

fn sign_in(running: &Running, client_id: &str) -> Value {
    let target = changed("client_id=spa", &format!("client_id={client_id}"));
    let code = get(running, &target).parameter("code").unwrap();
    token(running, BASIC, &redemption(&code).replace("&client_id=spa", "")).json()
}

fn claims(tokens: &Value) -> Value {
    serde_json::from_slice(&decoded(tokens["id_token"].as_str().unwrap())).unwrap()
}
