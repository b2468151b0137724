//! Assertions as grants (RFC 7523 §2.1, security decision D24), by the configuration of the example.
use core::{net::SocketAddr, sync::atomic::Ordering};

use serde_json::{Value, json};
use symbolon::{
    jose::{JwkSet, SigningKey},
    ring::PROVIDER,
    types::GrantType,
};
use time::UtcDateTime;

use super::{
    assertion_issuers::ProfileName,
    tests::{
        Answer, Folder, answering, app_key, assert_waits, decoded, example, get, refusal, start_with_few_ids, token,
        whole_example,
    },
    *,
};

/// `chat` with its secret.
const CHAT: &str = "\r\nAuthorization: Basic Y2hhdDpjaGF0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
const SUBJECT: &str = "U019488227";

/// The example with its identity provider.
fn with_issuer() -> ServeConfig {
    let whole = whole_example();
    let mut config = example();
    config.clients.extend(whole.clients.into_iter().filter(|client| client.client_id == "chat"));
    config.assertion_issuers = whole.assertion_issuers;
    config
}

fn idp_key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, include_str!("../../examples/idp.key.pem"), None).unwrap().with_kid("idp-1")
}

/// What the identity provider says now, with other or further claims.
fn claims(running: &Running, more: &Value) -> Value {
    static NUMBER: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);
    let now = UtcDateTime::now().unix_timestamp();
    let mut claims = json!({
        "iss": "https://idp.example", "sub": SUBJECT, "aud": running.issuer(), "client_id": "chat",
        "jti": NUMBER.fetch_add(1, Ordering::Relaxed).to_string(), "iat": now, "exp": now.saturating_add(60),
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn assertion_with(running: &Running, key: &SigningKey, typ: Option<&str>, more: &Value) -> String {
    key.sign(&PROVIDER, typ, &claims(running, more)).unwrap()
}

fn assertion(running: &Running, more: &Value) -> String {
    assertion_with(running, &idp_key(), Some("oauth-id-jag+jwt"), more)
}

fn present(running: &Running, assertion: &str) -> Answer {
    let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    token(running, CHAT, &body)
}

fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(error)), "{}", answer.body);
    assert!(answer.json().get("access_token").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d24_an_id_jag_of_the_configured_issuer_is_a_token_of_the_linked_user_once() {
    let mut config = with_issuer();
    config.access_token = AccessTokenForm::Jwt;
    let running = start(config).await.unwrap();
    let own = assertion(&running, &json!({}));
    let answer = present(&running, &own);
    assert_eq!((answer.status, answer.json()["scope"].as_str()), (200, Some("read")), "{}", answer.body);
    assert!(answer.json().get("refresh_token").is_none() && answer.json().get("id_token").is_none());
    let claims: Value = serde_json::from_slice(&decoded(answer.json()["access_token"].as_str().unwrap())).unwrap();
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("248289761001"), &json!("chat")), "alice");

    assert_refused(&present(&running, &own), "invalid_grant");
    for more in [
        json!({ "sub": "U000000000" }),
        json!({ "tenant": "acme" }),
        json!({ "iss": "https://other.example" }),
        json!({ "iss": running.issuer() }),
        json!({ "aud": "https://other.example" }),
        json!({ "aud": format!("{}/token", running.issuer()) }),
        json!({ "client_id": "app" }),
        json!({ "exp": UtcDateTime::now().unix_timestamp().saturating_sub(60) }),
        json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
    ] {
        assert_refused(&present(&running, &assertion(&running, &more)), "invalid_grant");
    }
    let other_key = app_key().with_kid("idp-1");
    for (key, typ) in [(other_key, Some("oauth-id-jag+jwt")), (idp_key(), Some("JWT")), (idp_key(), None)] {
        let other = assertion_with(&running, &key, typ, &json!({}));
        assert_refused(&present(&running, &other), "invalid_grant");
    }
    assert_refused(&present(&running, &assertion(&running, &json!({ "scope": "write" }))), "invalid_scope");
    assert_eq!(present(&running, &assertion(&running, &json!({ "scope": "read write" }))).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jwt_of_rfc_7523_is_told_by_its_issuers_profile_and_an_account_may_be_a_plain_name() {
    let mut config = with_issuer();
    config.access_token = AccessTokenForm::Jwt;
    config.assertion_issuers[0].profile = ProfileName::Jwt;
    config.assertion_issuers[0].subjects = vec![SUBJECT.into(), "U2".into()];
    let link = &mut config.assertion_issuers[0].accounts[0];
    (link.login, link.account) = (None, Some("account-7".into()));
    let running = start(config).await.unwrap();
    for aud in [running.issuer().to_owned(), format!("{}/token", running.issuer())] {
        let own = assertion_with(&running, &idp_key(), None, &json!({ "aud": aud, "client_id": "any" }));
        let answer = present(&running, &own);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let claims: Value = serde_json::from_slice(&decoded(answer.json()["access_token"].as_str().unwrap())).unwrap();
        assert_eq!(claims["sub"], "account-7");
    }
    assert_refused(&present(&running, &assertion(&running, &json!({}))), "invalid_grant");
    let unlinked = assertion_with(&running, &idp_key(), None, &json!({ "sub": "U2" }));
    assert_refused(&present(&running, &unlinked), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grant_is_there_where_an_issuer_is_configured_and_the_metadata_says_so() {
    let grants = |running: &Running| {
        let metadata = get(running, "/.well-known/oauth-authorization-server").json();
        metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GrantType::JwtBearer.as_str()))
    };
    let running = start(with_issuer()).await.unwrap();
    assert!(grants(&running));
    assert_eq!(present(&running, &assertion(&running, &json!({}))).status, 200);
    // Somebody who may not use it.
    let own = assertion(&running, &json!({ "client_id": "basic" }));
    let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={own}");
    assert_refused(&token(&running, tests::BASIC, &body), "unauthorized_client");

    let without = start(example()).await.unwrap();
    assert!(!grants(&without));
    assert_refused(&token(&without, tests::BASIC, &body), "unsupported_grant_type");
    // Not only in development.
    let folder = Folder::new("jwt-bearer");
    let config = ServeConfig { development: false, key_dir: Some(folder.path().into()), ..with_issuer() };
    let running = start(config).await.unwrap();
    assert_eq!(present(&running, &assertion(&running, &json!({}))).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_an_assertion_that_is_a_grant_counts_as_a_replay_id_of_its_client() {
    let running = start_with_few_ids(with_issuer()).await;
    for _ in 0..2 {
        assert_eq!(present(&running, &assertion(&running, &json!({}))).status, 200);
    }
    assert_waits(&present(&running, &assertion(&running, &json!({}))));
}

/// The example whose identity provider has its keys at this address.
fn with_uri(address: SocketAddr) -> ServeConfig {
    let mut config = with_issuer();
    config.assertion_issuers[0].jwks = None;
    config.assertion_issuers[0].jwks_uri = Some(format!("http://{address}/jwks"));
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_keys_of_an_issuer_at_a_jwks_uri_are_fetched_once_for_a_client_that_may_present_its_word() {
    let set = JwkSet::new(vec![idp_key().public_jwk().unwrap()]).to_json();
    let (address, count) = answering(200, "", set);
    let mut config = with_uri(address);
    // It has the grant, by another issuer.
    let mut other = config.assertion_issuers[0].clone();
    (other.issuer, other.clients) = ("https://other.example".into(), vec!["post".into()]);
    config.assertion_issuers.push(other);
    let post = config.clients.iter_mut().find(|client| client.client_id == "post").unwrap();
    post.grant_types.get_or_insert_default().push(GrantType::JwtBearer.as_str().into());
    let running = start(config).await.unwrap();

    let own = assertion(&running, &json!({ "client_id": "post" }));
    let body = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={own}\
         &client_id=post&client_secret=post-0123456789abcdef0123456789abcdef"
    );
    assert_refused(&token(&running, "", &body), "invalid_grant");
    assert_refused(
        &present(&running, &assertion(&running, &json!({ "iss": "https://third.example" }))),
        "invalid_grant",
    );
    assert_eq!(count.load(Ordering::SeqCst), 0, "nobody who may present its word has come");
    for _ in 0..3 {
        assert_eq!(present(&running, &assertion(&running, &json!({}))).status, 200);
    }
    let unknown = assertion_with(&running, &idp_key().with_kid("idp-2"), Some("oauth-id-jag+jwt"), &json!({}));
    assert_refused(&present(&running, &unknown), "invalid_grant");
    assert_eq!(count.load(Ordering::SeqCst), 1, "another kid, a moment after the fetch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_without_keys_to_be_had_grants_nothing() {
    for (status, body) in [(404, String::new()), (200, r#"{"keys":[]}"#.into())] {
        let (address, count) = answering(status, "", body);
        let running = start(with_uri(address)).await.unwrap();
        for _ in 0..2 {
            assert_refused(&present(&running, &assertion(&running, &json!({}))), "invalid_grant");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

type Case<'a> = (&'a dyn Fn(&mut ServeConfig), Option<&'a str>);

/// Each change starts nothing, with this sentence, or starts a server.
async fn judge(cases: &[Case<'_>]) {
    for (change, sentence) in cases {
        let mut config = with_issuer();
        change(&mut config);
        match sentence {
            Some(sentence) => {
                let refusal = refusal(config).await;
                assert!(refusal.contains(sentence), "{sentence}: {refusal}");
            }
            None => drop(start(config).await.unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d24_an_issuer_that_is_this_server_or_whose_clients_may_not_use_the_grant_starts_nothing() {
    const OWN: &str = "https://127.0.0.1/a";
    judge(&[
        (&|c| c.issuer = Some(OWN.into()), None),
        (
            &|c| {
                c.issuer = Some(OWN.into());
                c.assertion_issuers[0].issuer = OWN.into();
            },
            Some("is this server"),
        ),
        (&|c| c.assertion_issuers.push(c.assertion_issuers[0].clone()), Some("stands there twice")),
        (&|c| c.assertion_issuers[0].issuer = "a b".into(), Some("`issuer`")),
        (&|c| c.assertion_issuers[0].clients = Vec::new(), Some("no `[[assertion_issuer]]` names the client")),
        (&|c| c.assertion_issuers.clear(), Some("client `chat`: `grant_types`")),
        (
            &|c| {
                c.clients.retain(|client| client.client_id != "chat");
                c.assertion_issuers[0].clients.clear();
            },
            Some("`clients` is empty"),
        ),
        (&|c| c.assertion_issuers[0].clients.push("nobody".into()), Some("`nobody` is not registered")),
        (&|c| c.assertion_issuers[0].clients.push("basic".into()), Some("`grant_types` of `basic`")),
        (
            &|c| {
                let mut public = ClientMetadata::new("public");
                public.token_endpoint_auth_method = Some("none".into());
                public.grant_types = Some(vec![GrantType::JwtBearer.as_str().into()]);
                c.clients.push(public);
                c.assertion_issuers[0].clients.push("public".into());
            },
            Some("`public` is public"),
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d24_an_issuer_without_keys_of_its_own_or_anything_to_grant_starts_nothing() {
    let jwks = |key: Value| Some(json!({ "keys": [key] }));
    let private = json!({ "kty": "EC", "crv": "P-256", "x": "A", "y": "A", "d": "A" });
    let symmetric = json!({ "kty": "oct", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "alg": "HS256" });
    let uri = || Some("https://idp.example/jwks".to_owned());
    judge(&[
        (&|c| c.assertion_issuers[0].jwks = None, Some("either `jwks` or `jwks_uri`")),
        (&|c| c.assertion_issuers[0].jwks_uri = uri(), Some("either `jwks` or `jwks_uri`")),
        (&|c| (c.assertion_issuers[0].jwks, c.assertion_issuers[0].jwks_uri) = (None, uri()), None),
        (
            &|c| {
                c.assertion_issuers[0].jwks = None;
                c.assertion_issuers[0].jwks_uri = Some("http://idp.example/jwks".into());
            },
            Some("`jwks_uri`"),
        ),
        (&|c| c.assertion_issuers[0].jwks = Some(json!({ "keys": [] })), Some("no key that can be used")),
        (&|c| c.assertion_issuers[0].jwks = jwks(json!({ "kty": "FUTURE" })), Some("no key that can be used")),
        (&|c| c.assertion_issuers[0].jwks = jwks(symmetric.clone()), Some("private or symmetric")),
        (&|c| c.assertion_issuers[0].jwks = jwks(private.clone()), Some("private or symmetric")),
        (&|c| c.assertion_issuers[0].scope = "a  b".into(), Some("`scope`")),
        (&|c| c.assertion_issuers[0].scope = String::new(), Some("`scope` is empty")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d24_a_subject_that_is_nobody_here_or_two_people_starts_nothing() {
    judge(&[
        (&|c| c.assertion_issuers[0].subjects = vec![SUBJECT.into()], None),
        (&|c| c.assertion_issuers[0].subjects = vec!["U2".into()], Some("is not among `subjects`")),
        (&|c| c.assertion_issuers[0].subjects = vec![SUBJECT.into(), String::new()], Some("one is empty")),
        (&|c| c.assertion_issuers[0].accounts.clear(), Some("has no `account`")),
        (
            &|c| {
                let link = c.assertion_issuers[0].accounts[0].clone();
                c.assertion_issuers[0].accounts.push(link);
            },
            Some("number 2 is of a subject that stands there twice"),
        ),
        (&|c| c.assertion_issuers[0].accounts[0].sub = String::new(), Some("an empty `sub`")),
        (&|c| c.assertion_issuers[0].accounts[0].login = None, Some("either a `login` or an `account`")),
        (&|c| c.assertion_issuers[0].accounts[0].account = Some("a".into()), Some("either a `login` or an `account`")),
        (&|c| c.assertion_issuers[0].accounts[0].login = Some("mallory".into()), Some("no `[[user]]` has")),
        (
            &|c| {
                let link = &mut c.assertion_issuers[0].accounts[0];
                (link.login, link.account) = (None, Some("\u{e5}".into()));
            },
            Some("ASCII"),
        ),
        (&|c| c.assertion_issuers[0].accounts[0].tenant = Some("acme".into()), None),
        (
            &|c| {
                c.assertion_issuers[0].profile = ProfileName::Jwt;
                c.assertion_issuers[0].accounts[0].tenant = Some("acme".into());
            },
            Some("which only an ID-JAG has"),
        ),
    ])
    .await;
}
