//! OpenID Connect Core §8.1, security decision D27: clients of one sector know an account by one `sub`, and nobody by its id.
#[cfg(test)]
mod support;

use std::collections::HashSet;

use support::{
    REDIRECT_URI, Tokens, app, basic, form, granted, post, ready, redeem, redeem_form, refresh, refused, signing_key,
    status_and_error,
};
use symbolon_pkce::CodeVerifier;
use symbolon_server::{
    AccessToken, ApiMisuse, CodeError, Endpoint, EndpointBuilder, Granted, MetadataUrls, NewCode, RegisteredClient,
    SectorIdentifier, ServerKey, TokenPlan, TokenSigner,
    types::{Alg, Issuer, RequestParts, ResponseParts, Rule, Secret, SecretBytes},
};
use symbolon_store::{AuthorizeError, Driver, Memory, Store as _};
use symbolon_testkit::{FixedRandom, now};
use time::Duration;

#[cfg(test)]
const PAIRWISE_KEY: [u8; 32] = [8; 32];

#[cfg(test)]
fn of_sector(client: RegisteredClient, host: &str) -> RegisteredClient {
    client.with_pairwise_subject(SectorIdentifier::parse(host).unwrap())
}

/// Of a node with this randomness: no two make the same tokens.
#[cfg(test)]
fn builder(seed: u64, issuer: &str, key: ServerKey) -> EndpointBuilder {
    let crypto = symbolon_crypto_ring::PROVIDER.with_random(FixedRandom::leaked(seed));
    Endpoint::builder(Issuer::parse(issuer).unwrap(), format!("{issuer}/token"), crypto, key)
}

#[cfg(test)]
fn server_key(id: &str, byte: u8) -> ServerKey {
    ServerKey::new(id, [byte; 32])
}

#[cfg(test)]
fn first_key(seed: u64) -> EndpointBuilder {
    builder(seed, support::ISSUER, server_key("k1", 7))
}

#[cfg(test)]
fn store(clients: impl IntoIterator<Item = RegisteredClient>) -> Memory {
    let store = Memory::new(now().saturating_sub(Duration::hours(1)));
    for client in clients {
        store.register(client);
    }
    store
}

/// A node over this store.
#[cfg(test)]
fn node(builder: EndpointBuilder, store: &Memory) -> Driver<Memory> {
    let key = TokenSigner::Local(signing_key().with_kid("es256"));
    let plan = TokenPlan::new(AccessToken::Jwt(key.clone())).with_id_token(key);
    Driver::new(builder.build().unwrap(), store.clone(), plan)
}

#[cfg(test)]
fn pairwise(builder: EndpointBuilder) -> EndpointBuilder {
    builder.pairwise_key(SecretBytes::new(PAIRWISE_KEY))
}

#[cfg(test)]
fn authorize(node: &Driver<Memory>, client_id: &str, granted: Granted) -> Result<Secret, CodeError> {
    let client = ready(node.store().client(client_id)).unwrap().unwrap();
    let challenge = CodeVerifier::parse(support::VERIFIER).unwrap().challenge(node.endpoint().crypto().sha256);
    let new = NewCode::new(client, granted).with_redirect_uri(REDIRECT_URI).with_challenge(challenge);
    ready(node.authorize(new, now())).map_err(|error| match error {
        AuthorizeError::Refused(error) => error,
        other => panic!("{other:?}"),
    })
}

#[cfg(test)]
fn redemption(client_id: &str, code: &Secret) -> RequestParts {
    match client_id {
        "app" => redeem(code),
        _ => form(format!("{}&client_id={client_id}&client_secret=mysecret", redeem_form(code))),
    }
}

#[cfg(test)]
fn tokens(node: &Driver<Memory>, client_id: &str, account: &str) -> Tokens {
    let code = authorize(node, client_id, Granted { subject: Some(account.into()), ..granted() }).unwrap();
    Tokens::of(ready(node.token(redemption(client_id, &code), now())))
}

#[cfg(test)]
fn userinfo_response(node: &Driver<Memory>, access_token: &Secret) -> ResponseParts {
    let header = format!("Bearer {}", access_token.expose());
    let parts = RequestParts::post(Vec::new()).authorization(header.as_bytes());
    ready(node.userinfo(parts, now())).into_response()
}

#[cfg(test)]
fn userinfo(node: &Driver<Memory>, access_token: &Secret) -> serde_json::Value {
    serde_json::from_slice(userinfo_response(node, access_token).body()).unwrap()
}

/// What ID token, access token and userinfo call the account: one text.
#[cfg(test)]
fn sub(node: &Driver<Memory>, tokens: &Tokens) -> String {
    let id = support::claims(tokens.id.as_ref().unwrap())["sub"].clone();
    assert_eq!(support::claims(&tokens.access)["sub"], id);
    assert_eq!(userinfo(node, &tokens.access)["sub"], id);
    id.as_str().unwrap().into()
}

#[test]
fn a_sector_and_an_account_make_the_sub() {
    let sub_at = |sector: &str, client: RegisteredClient, account: &str| {
        let client_id = client.client_id().as_str().to_owned();
        let node = node(pairwise(first_key(1)), &store([of_sector(client, sector)]));
        sub(&node, &tokens(&node, &client_id, account))
    };
    let first = sub_at("a.example", app(), "alice");
    assert_eq!(sub_at("a.example", post(), "alice"), first, "another client of the sector");
    let all = [
        first.clone(),
        sub_at("b.example", app(), "alice"),
        sub_at("a.example", app(), "bob"),
        sub_at("b.example", app(), "bob"),
        "alice".into(),
        "bob".into(),
    ];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    // Computed elsewhere: a version that makes another one takes every account away.
    assert_eq!(first, "xaccXT7yTJy2Ez8rwEiFpwW0ULFyZRTVz8phSeF833Q");
}

#[test]
fn the_sub_is_the_same_on_every_node_and_whatever_becomes_of_the_server_key() {
    let store = store([of_sector(app(), "a.example")]);
    let sub_at = |builder: EndpointBuilder| {
        let node = node(builder, &store);
        sub(&node, &tokens(&node, "app", "alice"))
    };
    let first = sub_at(pairwise(first_key(1)));
    assert_eq!(sub_at(pairwise(first_key(2))), first);
    let rotated = |seed| builder(seed, support::ISSUER, server_key("k2", 9));
    assert_eq!(sub_at(pairwise(rotated(3).old_key(server_key("k1", 7)))), first);
    assert_eq!(sub_at(pairwise(rotated(4))), first, "and when the old one is gone");
    // It hangs on the pairwise key and the issuer, and on nothing else.
    assert_ne!(sub_at(first_key(5).pairwise_key(SecretBytes::new([9; 32]))), first);
    let other = sub_at(pairwise(builder(6, "https://other.example", server_key("k1", 7))));
    assert_ne!(other, first);
    // A root that is a server key too makes another sub than its tags and nonces are.
    let shared = sub_at(first_key(7).pairwise_key(SecretBytes::new([7; 32])));
    assert_ne!(shared, first);
}

#[test]
fn a_refresh_tells_the_same_sub_also_after_a_rotation_of_the_server_key() {
    let store = store([of_sector(app(), "a.example")]);
    let first = node(pairwise(first_key(1)), &store);
    let rotated = node(pairwise(builder(2, support::ISSUER, server_key("k2", 9)).old_key(server_key("k1", 7))), &store);
    let tokens = tokens(&first, "app", "alice");
    let before = sub(&first, &tokens);
    let refreshed = Tokens::of(ready(rotated.token(refresh(tokens.refresh()), now())));
    assert_eq!(sub(&rotated, &refreshed), before);
    let again = Tokens::of(ready(first.token(refresh(refreshed.refresh()), now())));
    assert_eq!(sub(&first, &again), before);
}

#[test]
fn records_keep_the_account_and_no_answer_has_it() {
    let store = store([of_sector(app(), "a.example")]);
    let node = node(pairwise(first_key(1)), &store);
    let tokens = tokens(&node, "app", "the-account");
    let digest = node.endpoint().access_token_digest(&tokens.access);
    let stored = ready(store.access_token(&digest)).unwrap().unwrap();
    assert_eq!(stored.granted.subject.as_deref(), Some("the-account"));
    let family = ready(store.family(stored.family.unwrap())).unwrap().unwrap();
    assert_eq!(family.granted.subject.as_deref(), Some("the-account"));
    for told in [
        tokens.body.to_string(),
        support::claims(&tokens.access).to_string(),
        support::claims(tokens.id.as_ref().unwrap()).to_string(),
        userinfo(&node, &tokens.access).to_string(),
    ] {
        assert!(!told.contains("the-account"), "{told}");
    }
    let client = ready(store.client("app")).unwrap().unwrap();
    assert_eq!(node.endpoint().subject(&client, "the-account").unwrap(), sub(&node, &tokens));
}

#[test]
fn a_client_without_a_sector_is_told_the_account_as_before() {
    let store = store([app(), of_sector(post(), "a.example")]);
    for builder in [first_key(1), pairwise(first_key(2))] {
        let node = node(builder, &store);
        assert_eq!(sub(&node, &tokens(&node, "app", "alice")), "alice");
    }
    let node = node(pairwise(first_key(3)), &store);
    assert_ne!(sub(&node, &tokens(&node, "post", "alice")), "alice");
}

#[test]
fn without_a_key_an_account_is_told_to_no_client_of_a_sector() {
    let store = store([of_sector(app(), "a.example")]);
    let (keyless, able) = (node(first_key(1), &store), node(pairwise(first_key(2)), &store));
    assert_eq!(authorize(&keyless, "app", granted()).err(), Some(CodeError::Granted));
    let code = authorize(&able, "app", granted()).unwrap();

    let settled = ready(keyless.token(redeem(&code), now()));
    assert_eq!(settled.reason().unwrap().rule(), Rule::Embedder);
    assert_eq!(status_and_error(settled), refused(500, "server_error"));
    // Nothing was consumed.
    let tokens = Tokens::of(ready(able.token(redeem(&code), now())));
    assert_eq!(userinfo(&able, &tokens.access)["sub"].as_str().unwrap().len(), 43);
    assert_eq!(userinfo_response(&keyless, &tokens.access).status(), 500);
    assert_eq!(status_and_error(ready(keyless.token(refresh(tokens.refresh()), now()))), refused(500, "server_error"));
    assert!(Tokens::of(ready(able.token(refresh(tokens.refresh()), now()))).id.is_some());

    // Where there is no account there is nothing to hide.
    let own = Tokens::of(ready(keyless.token(basic("grant_type=client_credentials"), now())));
    assert_eq!(support::claims(&own.access)["sub"], "app");
}

#[test]
fn a_short_key_makes_no_endpoint() {
    let build = |length: usize| first_key(1).pairwise_key(SecretBytes::new(vec![8; length])).build().err();
    assert_eq!(build(ServerKey::MIN_BYTES), None);
    assert_eq!(build(ServerKey::MIN_BYTES - 1), Some(ApiMisuse::PairwiseKey));
    assert_eq!(build(0), Some(ApiMisuse::PairwiseKey));
}

#[test]
fn the_metadata_tells_pairwise_where_there_is_a_key() {
    let mut urls = MetadataUrls::default();
    urls.id_token_algs = vec![Alg::Es256];
    let told = |builder: EndpointBuilder| builder.build().unwrap().metadata(&urls)["subject_types_supported"].clone();
    assert_eq!(told(first_key(1)), serde_json::json!(["public"]));
    assert_eq!(told(pairwise(first_key(1))), serde_json::json!(["public", "pairwise"]));
}
