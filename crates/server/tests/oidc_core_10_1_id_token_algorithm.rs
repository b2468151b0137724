//! OpenID Connect Registration §2, Core §10.1: an ID token is signed with the algorithm that its client registered.
#[cfg(test)]
mod support;

use support::{Bench, LONG_SECRET, REDIRECT_URI, Tokens, app, granted, policy, redeem, redeem_form, refused};
use symbolon_policy::Policy;
use symbolon_server::{
    AccessToken, Granted, KeyState, RegisteredClient, SigningKeys, TokenPlan, TokenSigner,
    client_auth::{RegisteredCredentials, RegisteredSecret},
    jose::{SigningKey, UnverifiedJwt, VerifyingKey},
    types::{Alg, AuthMethod, ClientId, Digest, RequestParts, Rule, Scope, Secret, SecretBytes},
};
use symbolon_testkit::keys;

#[cfg(test)]
fn pem(pem: &str, alg: Alg) -> TokenSigner {
    let key = SigningKey::from_pem(&symbolon_crypto_ring::PROVIDER, pem, Some(alg)).unwrap();
    TokenSigner::Local(key.with_kid(alg.as_str()))
}

/// RS256 and EdDSA sign; ES256 is only published.
#[cfg(test)]
fn signing_keys() -> SigningKeys {
    SigningKeys::new([
        (KeyState::Current, pem(keys::RSA_2048, Alg::Rs256)),
        (KeyState::Current, pem(keys::ED25519, Alg::EdDsa)),
        (KeyState::Next, pem(keys::P256, Alg::Es256)),
    ])
    .unwrap()
}

#[cfg(test)]
fn bench_with(policy: Policy, client: &RegisteredClient) -> Bench {
    let plan = TokenPlan::new(AccessToken::Opaque).with_id_token_keys(signing_keys());
    let bench = Bench::with(policy, plan);
    bench.store().register(client.clone());
    bench
}

#[cfg(test)]
fn bench(client: &RegisteredClient) -> Bench {
    bench_with(Policy::OAUTH_2_1, client)
}

#[cfg(test)]
fn alg_of(tokens: &Tokens) -> String {
    let id = tokens.id.as_ref().unwrap();
    UnverifiedJwt::parse(id.expose()).unwrap().header().alg().as_str().into()
}

#[test]
fn the_algorithm_is_the_registered_one_and_else_the_default_of_the_policy() {
    for (alg, name) in [(None, "RS256"), (Some(Alg::Rs256), "RS256"), (Some(Alg::EdDsa), "EdDSA")] {
        let client = alg.map_or(app(), |alg| app().with_id_token_alg(alg));
        assert_eq!(client.id_token_alg(), alg);
        assert_eq!(alg_of(&bench(&client).tokens(&client)), name);
        let other = policy(|p| p.id_token.default_algorithm = Alg::EdDsa);
        let default = alg.map_or("EdDSA", |_| name);
        assert_eq!(alg_of(&bench_with(other, &client).tokens(&client)), default);
    }
}

#[test]
fn an_algorithm_without_a_key_that_signs_is_a_server_error_and_the_code_stays() {
    for alg in [Alg::Es256, Alg::Ed25519, Alg::Ps256] {
        let client = app().with_id_token_alg(alg);
        let bench = bench(&client);
        let code = bench.code(&client);
        let settled = bench.send(redeem(&code));
        assert_eq!(settled.reason().unwrap().rule(), Rule::Embedder, "{alg}");
        assert_eq!(support::status_and_error(settled), refused(500, "server_error"), "{alg}");
        // Nothing was consumed: the same code is good once there is a key.
        bench.store().register(app().with_id_token_alg(Alg::EdDsa));
        assert_eq!(alg_of(&Tokens::of(bench.send(redeem(&code)))), "EdDSA");
    }
}

#[test]
fn without_an_id_token_no_key_is_needed() {
    let client = app().with_id_token_alg(Alg::Es256);
    let bench = bench(&client);
    let without = Granted::to_user("alice", Scope::parse("profile").unwrap());
    let code = bench.code_for(&client, without);
    assert!(Tokens::of(bench.send(redeem(&code))).id.is_none());
    let code = bench.code_for(&client, granted());
    assert_eq!(bench.answer(redeem(&code)), refused(500, "server_error"));
}

#[test]
fn one_signer_for_all_is_not_for_a_client_that_registered_another_algorithm() {
    let plan = TokenPlan::new(AccessToken::Opaque).with_id_token(pem(keys::P256, Alg::Es256));
    let bench = Bench::with(Policy::OAUTH_2_1, plan);
    for (client, name) in [(app(), Some("ES256")), (app().with_id_token_alg(Alg::Es256), Some("ES256"))] {
        bench.store().register(client.clone());
        assert_eq!(Some(alg_of(&bench.tokens(&client)).as_str()), name);
    }
    for alg in [Alg::Rs256, Alg::Hs256] {
        bench.store().register(app().with_id_token_alg(alg));
        let code = bench.code(&app());
        assert_eq!(bench.answer(redeem(&code)), refused(500, "server_error"), "{alg}");
    }
}

#[cfg(test)]
fn with_secret(method: AuthMethod, secret: RegisteredSecret) -> RegisteredClient {
    let credentials = RegisteredCredentials::new(ClientId::parse("mac").unwrap(), method).with_secret(secret);
    RegisteredClient::new(credentials, support::all_grants(), support::scope()).with_redirect_uri(REDIRECT_URI)
}

#[cfg(test)]
fn plain(secret: &str) -> RegisteredSecret {
    RegisteredSecret::Plain(Secret::new(secret))
}

#[cfg(test)]
fn posted(code: &Secret, secret: Option<&str>) -> RequestParts {
    let secret = secret.map_or(String::new(), |secret| format!("&client_secret={secret}"));
    support::form(format!("{}&client_id=mac{secret}", redeem_form(code)))
}

#[test]
fn d32_a_mac_is_keyed_with_the_secret_of_the_confidential_client_that_registered_it() {
    let verifies = |token: &Secret, alg, secret: &str| {
        let secret = SecretBytes::new(secret.as_bytes());
        let key = VerifyingKey::from_secret(&symbolon_crypto_ring::PROVIDER, alg, &secret).unwrap();
        UnverifiedJwt::parse(token.expose()).unwrap().verify(&key).is_ok()
    };
    for alg in [Alg::Hs256, Alg::Hs384, Alg::Hs512] {
        let client = with_secret(AuthMethod::ClientSecretPost, plain(LONG_SECRET)).with_id_token_alg(alg);
        let bench = bench(&client);
        let code = bench.code(&client);
        let tokens = Tokens::of(bench.send(posted(&code, Some(LONG_SECRET))));
        assert_eq!(alg_of(&tokens), alg.as_str());
        let id = tokens.id.unwrap();
        assert!(verifies(&id, alg, LONG_SECRET));
        assert!(!verifies(&id, alg, &LONG_SECRET.replace('0', "1")), "{alg}");
        let claims: serde_json::Value = support::claims(&id);
        assert_eq!(claims["aud"], "mac", "D32: a single audience");
    }
}

/// As long as the shortest hash, and an octet less; an octet less than the longest.
#[cfg(test)]
const HALF: &str = "0123456789abcdef0123456789abcdef";
#[cfg(test)]
const SHORT_HALF: &str = "0123456789abcdef0123456789abcde";
#[cfg(test)]
const SHORT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";

#[test]
fn d11_a_digest_a_short_secret_and_a_public_client_key_no_mac() {
    let digest = Digest::from_bytes(symbolon_crypto_ring::PROVIDER.sha256.digest(&[LONG_SECRET.as_bytes()]));
    let post = AuthMethod::ClientSecretPost;
    for (method, secret, sent, alg, status) in [
        (post.clone(), plain(LONG_SECRET), Some(LONG_SECRET), Alg::Hs512, 200),
        (post.clone(), plain(HALF), Some(HALF), Alg::Hs256, 200),
        (post.clone(), plain(SHORT_HALF), Some(SHORT_HALF), Alg::Hs256, 500),
        (post.clone(), plain(SHORT), Some(SHORT), Alg::Hs512, 500),
        (post, RegisteredSecret::Sha256(digest), Some(LONG_SECRET), Alg::Hs256, 500),
        (AuthMethod::None, plain(LONG_SECRET), None, Alg::Hs256, 500),
        (AuthMethod::None, plain(LONG_SECRET), None, Alg::EdDsa, 200),
    ] {
        let client = with_secret(method, secret).with_id_token_alg(alg);
        let bench = bench(&client);
        let code = bench.code(&client);
        let settled = bench.send(posted(&code, sent));
        assert_eq!(settled.status(), status, "{client:?}");
        let has_failed = settled.reason().is_some_and(|reason| reason.rule() == Rule::Embedder);
        assert_eq!(has_failed, status == 500);
    }
}
