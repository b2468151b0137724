//! RFC 7523 §2.2, RFC 10070: the assertions that a client makes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_client_auth::{
    ApplyError, AssertionSigner, CLIENT_ASSERTION_TYPE_JWT_BEARER, ClientAuthentication, ClientKeys,
    crypto::CryptoProvider,
    jose::{SigningKey, UnverifiedJwt, VerifyingKeys},
    types::{Alg, AuthMethod, ClientId, Rule, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{
    CLIENT, FixedRandom, ISSUER, LEAF, SECOND_LEAF, Server, client, issuer, jwt_client, now, own_jwk, seconds,
};

const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

static SEVEN: FixedRandom = FixedRandom(7);
static EIGHT: FixedRandom = FixedRandom(8);

fn key() -> SigningKey {
    SigningKey::from_jwk(&PROVIDER, JWK.as_bytes(), None).unwrap().with_kid("k1")
}

fn crypto() -> CryptoProvider {
    PROVIDER.with_random(&SEVEN)
}

fn id() -> ClientId {
    ClientId::parse(CLIENT).unwrap()
}

/// The assertion, and its client_id parameter checked.
fn assertion(signer: AssertionSigner, crypto: &CryptoProvider) -> String {
    let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(crypto, &id(), now()).unwrap();
    assert!(applied.headers.is_empty());
    let [client_id, assertion_type, assertion] = &applied.parameters[..] else { panic!("{applied:?}") };
    assert_eq!((client_id.0, client_id.1.expose()), ("client_id", CLIENT));
    assert_eq!(assertion_type.0, "client_assertion_type");
    assert_eq!(assertion_type.1.expose(), CLIENT_ASSERTION_TYPE_JWT_BEARER);
    assert_eq!(assertion.0, "client_assertion");
    assertion.1.expose().into()
}

#[test]
fn an_assertion_names_client_issuer_and_a_minute() {
    let text = assertion(AssertionSigner::new(key(), &issuer()), &crypto());
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    assert_eq!((jwt.header().kid(), jwt.header().typ()), (Some("k1"), Some("client-authentication+jwt")));
    let jwt = jwt.verify(&key().verifying_key(&PROVIDER).unwrap()).unwrap();
    let claims = jwt.claims().unwrap();
    assert_eq!((claims.iss.as_deref(), claims.sub.as_deref()), (Some(CLIENT), Some(CLIENT)));
    assert!(claims.aud.unwrap().is_string(ISSUER), "one string, no array");
    assert_eq!(claims.iat.unwrap().moment(), now());
    assert_eq!(claims.exp.unwrap().moment(), now().saturating_add(seconds(60)));
    assert_eq!(claims.jti.unwrap(), "BwcHBwcHBwcHBwcHBwcHBw", "16 octets of the provider's randomness");
    assert!(Server::new(jwt_client()).assertion(&text).is_ok());
}

#[test]
fn every_assertion_has_its_own_jti() {
    let signer = || AssertionSigner::new(key(), &issuer());
    let server = Server::new(jwt_client());
    let once = |text: &str| server.assertion(text).unwrap().once().unwrap().key;
    let (seven, eight) = (assertion(signer(), &crypto()), assertion(signer(), &PROVIDER.with_random(&EIGHT)));
    assert_ne!(once(&seven), once(&eight));
}

#[test]
fn typ_audience_and_lifetime_can_be_a_servers_wish() {
    let signer = || AssertionSigner::new(key(), &issuer());
    let server = Server::new(jwt_client());
    let answer = |signer| server.assertion(&assertion(signer, &crypto())).err();
    assert_eq!(answer(signer().with_typ(None)), None);
    assert_eq!(answer(signer().with_typ(Some("JWT"))), None);
    assert_eq!(answer(signer().with_typ(Some("at+jwt"))), Some(Rule::AssertionTyp));
    assert_eq!(answer(signer().with_audience(crate::support::TOKEN_ENDPOINT)), Some(Rule::AssertionAud));
    assert_eq!(answer(signer().with_lifetime(seconds(310))), None);
    assert_eq!(answer(signer().with_lifetime(seconds(311))), Some(Rule::AssertionLifetime));
}

#[test]
fn x5c_goes_along_where_the_key_has_it() {
    let leaf = STANDARD.decode(LEAF).unwrap();
    let key = SigningKey::from_jwk(&PROVIDER, JWK.as_bytes(), None).unwrap().with_x5c(vec![leaf]).unwrap();
    let signer = AssertionSigner::new(key, &issuer());
    let text = assertion(signer, &crypto());
    let registered = |leaf: &str| {
        let keys = crate::support::keys(&[own_jwk(&format!(r#","x5c":["{leaf}"]"#))], &[Alg::Ed25519]);
        Server::new(client(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys)))
    };
    assert_eq!(registered(LEAF).assertion(&text).err(), None);
    assert_eq!(registered(SECOND_LEAF).assertion(&text).err(), Some(Rule::AssertionX5c));
}

#[test]
fn what_cannot_be_right_is_not_sent() {
    let apply = |half: ClientAuthentication| half.apply(&crypto(), &id(), now()).unwrap_err();
    assert_eq!(apply(ClientAuthentication::Basic("".into())), ApplyError::EmptySecret);
    assert_eq!(apply(ClientAuthentication::BasicRaw("".into())), ApplyError::EmptySecret);
    assert_eq!(apply(ClientAuthentication::Post("".into())), ApplyError::EmptySecret);
    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let symmetric = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(mac, &issuer()));
    assert_eq!(apply(symmetric), ApplyError::SymmetricKey);
    let short = AssertionSigner::new(key(), &issuer()).with_lifetime(seconds(0));
    assert_eq!(apply(ClientAuthentication::PrivateKeyJwt(short)), ApplyError::Lifetime);
    assert_eq!(ApplyError::EmptySecret.rule(), Rule::Embedder);
}

#[test]
fn none_and_post_are_parameters_only() {
    let apply = |half: ClientAuthentication| half.apply(&crypto(), &id(), now()).unwrap();
    let none = apply(ClientAuthentication::None);
    assert_eq!((none.headers, none.parameters), (vec![], vec![("client_id", CLIENT.into())]));
    let post = apply(ClientAuthentication::Post("s+t %".into()));
    assert_eq!(post.parameters, [("client_id", CLIENT.into()), ("client_secret", "s+t %".into())], "not yet encoded");
    assert!(post.headers.is_empty());
}

#[test]
fn keys_loaded_one_by_one_serve_as_well() {
    let keys = VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap()]);
    let server = Server::new(client(AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys)));
    let text = assertion(AssertionSigner::new(key(), &issuer()), &crypto());
    assert!(server.assertion(&text).is_ok());
    let later = Server { now: crate::support::at(1_700_000_070), ..server };
    assert_eq!(later.assertion(&text), Err(Rule::AssertionExp));
}
