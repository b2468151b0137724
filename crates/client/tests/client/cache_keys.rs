//! A token is kept under everything that it hangs on, and under nothing else.

use serde_json::json;
use symbolon_client::{
    CacheKey, CacheKeyBuilder, Client,
    client_auth::ClientAuthentication,
    types::{ClientId, Digest, GrantType, Issuer},
};
use symbolon_crypto_ring::PROVIDER;

use crate::{
    dpop_server::signer,
    party::{builder, client, scope},
};

fn key(add: impl FnOnce(CacheKeyBuilder) -> CacheKeyBuilder) -> CacheKey {
    of(&client(), &GrantType::ClientCredentials, add)
}

fn of(client: &Client, grant: &GrantType, add: impl FnOnce(CacheKeyBuilder) -> CacheKeyBuilder) -> CacheKey {
    add(CacheKey::builder(client, grant)).build()
}

#[test]
fn every_part_makes_another_key() {
    let details = json!([{ "type": "a", "x": 1 }]);
    let certificate = Digest::from_bytes([1; 32]);
    let keys = [
        key(|key| key),
        key(|key| key.scope(&scope("a"))),
        key(|key| key.scope(&scope("a b"))),
        key(|key| key.resource("a")),
        key(|key| key.resource("a").resource("b")),
        key(|key| key.audience("a")),
        key(|key| key.parameter("jkt", &signer().jkt().to_base64url())),
        key(|key| key.parameter("subject", "a")),
        key(|key| key.subject("a")),
        key(|key| key.parameter("consumer_org", "a")),
        key(|key| key.parameter("consumer_org", "b")),
        key(|key| key.parameter("pid", "a")),
        key(|key| key.authorization_details(&details)),
        key(|key| key.authorization_details(&json!([{ "type": "a", "x": 2 }]))),
        key(|key| key.certificate(&certificate)),
        of(&client(), &GrantType::JwtBearer, |key| key),
        of(
            &builder().authentication(ClientAuthentication::Post("x".into())).build().unwrap(),
            &GrantType::ClientCredentials,
            |key| key,
        ),
        of(&builder().dpop(signer()).build().unwrap(), &GrantType::ClientCredentials, |key| key),
        of(
            &builder().token_endpoint("https://as.example/other").build().unwrap(),
            &GrantType::ClientCredentials,
            |key| key,
        ),
        of(&other("https://other.example", "app"), &GrantType::ClientCredentials, |key| key),
        of(&other("https://as.example", "app"), &GrantType::ClientCredentials, |key| key),
    ];
    for (place, one) in keys.iter().enumerate() {
        for (other_place, other) in keys.iter().enumerate() {
            assert_eq!(one == other, place == other_place, "{place} {other_place}");
        }
    }
    assert_eq!(format!("{:?}", keys[0]), "CacheKey(..)");
}

fn other(issuer: &str, client_id: &str) -> Client {
    Client::builder(Issuer::parse(issuer).unwrap(), ClientId::parse(client_id).unwrap(), PROVIDER)
        .token_endpoint("https://as.example/token")
        .build()
        .unwrap()
}

#[test]
fn order_and_the_nonce_of_the_moment_make_none() {
    let one = key(|key| key.scope(&scope("a b")).resource("x").resource("y").parameter("pid", "1"));
    let other = key(|key| key.parameter("pid", "1").resource("y").resource("x").scope(&scope("b a")));
    assert_eq!(one, other);
    let details = |text: &str| key(|key| key.authorization_details(&serde_json::from_str(text).unwrap()));
    let nested = r#"[{"type":"a","more":{"x":1,"y":[2,3]}}]"#;
    assert_eq!(details(nested), details(r#"[{"more":{"y":[2,3],"x":1},"type":"a"}]"#));
    assert_ne!(details(nested), details(r#"[{"type":"a","more":{"x":1,"y":[3,2]}}]"#));
    assert_eq!(key(|key| key), of(&client().with_dpop_nonce(None), &GrantType::ClientCredentials, |key| key));
}

#[test]
fn two_lists_that_read_the_same_without_lengths_are_two() {
    assert_ne!(key(|key| key.parameter("ab", "c")), key(|key| key.parameter("a", "bc")));
    assert_ne!(key(|key| key.resource("a b")), key(|key| key.resource("a").resource("b")));
    assert_ne!(key(|key| key.resource("a")), key(|key| key.scope(&scope("a"))));
}
