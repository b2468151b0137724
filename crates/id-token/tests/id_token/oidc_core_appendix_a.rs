//! OpenID Connect Core appendix A: the specification's own ID tokens.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    Checks, ClaimName, Expected, IdTokenClaims, IdTokenError,
    jose::{JwkSet, JwtError, VerifyingKeys},
    left_half_hash,
    policy::Policy,
    types::{Alg, ClientId, Issuer, Secret, Trace},
};
use time::Duration;

use crate::login::{at, vectors};

/// The client of the specification, with what it knows.
struct Client {
    issuer: String,
    client_id: String,
    nonce: Option<String>,
    access_token: Option<String>,
    code: Option<String>,
    max_age: Option<Duration>,
    algorithms: Vec<Alg>,
    now: i64,
}

fn file() -> Value {
    vectors(include_str!("../vectors/oidc_core_appendix_a.json"))
}

fn examples() -> Vec<Value> {
    let examples = file()["examples"].as_array().unwrap().clone();
    assert_eq!(examples.len(), 4);
    examples
}

impl Client {
    fn new() -> Self {
        let file = file();
        let text = |name: &str| String::from(file[name].as_str().unwrap());
        Self {
            issuer: text("issuer"),
            client_id: text("client_id"),
            nonce: Some(text("nonce")),
            access_token: Some(text("access_token")),
            code: Some(text("code")),
            max_age: None,
            algorithms: vec![],
            now: file["clock_unix_seconds"].as_i64().unwrap(),
        }
    }

    fn check(&self, id_token: &str) -> Result<IdTokenClaims, IdTokenError> {
        let set = JwkSet::parse(json!({ "keys": [file()["public_key"]] }).to_string().as_bytes()).unwrap();
        let keys = VerifyingKeys::load(&PROVIDER, &set, &[Alg::Rs256]);
        let issuer = Issuer::parse(self.issuer.as_str()).unwrap();
        let client_id = ClientId::parse(self.client_id.as_str()).unwrap();
        let secret = |text: &Option<String>| text.as_deref().map(Secret::new);
        let (access_token, code) = (secret(&self.access_token), secret(&self.code));
        let expected = Expected {
            nonce: secret(&self.nonce),
            access_token: access_token.as_ref(),
            code: code.as_ref(),
            max_age: self.max_age,
            algorithms: &self.algorithms,
            ..Expected::new(&issuer, &client_id)
        };
        let checks = Checks { crypto: &PROVIDER, policy: &Policy::OAUTH_2_1.id_token };
        checks.check(id_token, &keys, &expected, &mut Trace::stop_at_first(), at(self.now))
    }
}

#[test]
fn the_examples_are_accepted() {
    for example in examples() {
        let (section, wanted) = (&example["section"], &example["claims"]);
        let claims = Client::new().check(example["id_token"].as_str().unwrap()).unwrap();
        assert_eq!(claims.sub.as_str(), wanted["sub"], "{section}");
        assert_eq!(claims.iat, at(wanted["iat"].as_i64().unwrap()), "{section}");
        assert_eq!(claims.exp, at(wanted["exp"].as_i64().unwrap()), "{section}");
        assert_eq!(claims.at_hash.as_deref(), wanted["at_hash"].as_str(), "{section}");
        assert_eq!(claims.c_hash.as_deref(), wanted["c_hash"].as_str(), "{section}");
        for name in claims.other_names() {
            assert_eq!(claims.get(name), Some(&wanted[name]), "{section}");
        }
    }
}

#[test]
fn the_examples_are_refused_one_second_too_early_or_late() {
    for example in examples() {
        let token = example["id_token"].as_str().unwrap();
        let (iat, exp) = (example["claims"]["iat"].as_i64().unwrap(), example["claims"]["exp"].as_i64().unwrap());
        let when = |now| Client { now, ..Client::new() }.check(token).map(|_| ());
        assert_eq!(when(iat - 10), Ok(()));
        assert_eq!(when(iat - 11), Err(IdTokenError::IssuedInFuture));
        assert_eq!(when(exp + 9), Ok(()));
        assert_eq!(when(exp + 10), Err(IdTokenError::Expired));
    }
}

#[test]
fn the_examples_are_refused_by_whoever_knows_something_else() {
    let other = || Some(String::from("another"));
    let (mut at_hashes, mut c_hashes) = (0, 0);
    for example in examples() {
        let token = example["id_token"].as_str().unwrap();
        let refused = |client: Client| client.check(token).unwrap_err();
        for (client, error) in [
            (Client { issuer: "https://server.example.com/".into(), ..Client::new() }, IdTokenError::IssuerMismatch),
            (Client { client_id: "s6BhdRkqt4".into(), ..Client::new() }, IdTokenError::AudienceMismatch),
            (Client { nonce: other(), ..Client::new() }, IdTokenError::NonceMismatch),
            (Client { nonce: None, ..Client::new() }, IdTokenError::NonceUnexpected),
            (Client { algorithms: vec![Alg::Ps256, Alg::Es256], ..Client::new() }, IdTokenError::AlgNotAllowed),
            (
                Client { max_age: Some(Duration::HOUR), ..Client::new() },
                IdTokenError::MissingClaim { claim: ClaimName::AuthTime },
            ),
        ] {
            assert_eq!(refused(client), error);
        }
        if example["claims"].get("at_hash").is_some() {
            at_hashes += 1;
            assert_eq!(refused(Client { access_token: other(), ..Client::new() }), IdTokenError::AtHashMismatch);
        }
        if example["claims"].get("c_hash").is_some() {
            c_hashes += 1;
            assert_eq!(refused(Client { code: other(), ..Client::new() }), IdTokenError::CHashMismatch);
        }
    }
    assert_eq!((at_hashes, c_hashes), (2, 2));
}

#[test]
fn the_examples_are_refused_with_one_character_changed() {
    for example in examples() {
        let (body, signature) = example["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
        let (first, rest) = signature.split_at(1);
        let twin = format!("{body}.{}{rest}", if first == "Z" { "Y" } else { "Z" });
        assert_eq!(Client::new().check(&twin), Err(IdTokenError::Jwt(JwtError::BadSignature)));
    }
}

#[test]
fn the_hashes_of_the_examples_are_computed() {
    let hash = |name: &str| left_half_hash(&PROVIDER, Alg::Rs256, file()[name].as_str().unwrap()).unwrap();
    let claims = &examples()[3]["claims"];
    assert_eq!(hash("access_token"), claims["at_hash"]);
    assert_eq!(hash("code"), claims["c_hash"]);
}
