//! The client's half, read and checked by the server's half: always right, and refused with one octet changed.

use proptest::{prelude::*, sample::Index};
use symbolon_client_auth::{
    Applied, AssertionSigner, ClientAuthentication, ClientKeys, Credentials, ProvenClient, RegisteredCredentials,
    RegisteredSecret,
    jose::{SigningKey, VerifyingKeys},
    types::{Alg, AuthMethod, ClientId, Rule, Secret},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_policy::Policy;
use symbolon_testkit::keys;

use crate::support::{FixedRandom, Server, issuer, now};

static RANDOM: FixedRandom = FixedRandom(7);
const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn received(applied: &Applied, registered: &RegisteredCredentials) -> Result<ProvenClient, Rule> {
    let header = applied.headers.iter().map(|(_, value)| value.expose().as_bytes()).collect::<Vec<_>>();
    let parameter =
        |name: &str| applied.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose());
    Server::new(registered.clone()).answer(&Credentials {
        authorization: &header,
        client_id: parameter("client_id"),
        client_secret: parameter("client_secret"),
        client_assertion_type: parameter("client_assertion_type"),
        client_assertion: parameter("client_assertion"),
        peer_certificate: None,
    })
}

fn apply(half: &ClientAuthentication, id: &ClientId) -> Applied {
    half.apply(&PROVIDER.with_random(&RANDOM), id, now()).unwrap()
}

/// The text with one character replaced by a letter.
fn changed(text: &str, index: Index) -> String {
    let at = index.index(text.chars().count());
    text.chars()
        .enumerate()
        .map(|(n, c)| {
            if n != at {
                c
            } else if c == 'x' {
                'y'
            } else {
                'x'
            }
        })
        .collect()
}

fn registered(id: &ClientId, method: AuthMethod, secret: &str) -> RegisteredCredentials {
    RegisteredCredentials::new(id.clone(), method).with_secret(RegisteredSecret::Plain(Secret::new(secret)))
}

const ID: &str = "[ -~]{1,40}";
/// An id that Basic without form-encoding carries and that reads the same in both forms.
const PLAIN_ID: &str = "[ -~&&[^:%+]]{1,40}";
const SECRET: &str = "[^\\p{Cc}]{1,60}";

#[test]
fn r29_every_algorithm_of_the_policy_fits_and_only_the_registered_one_is_taken() {
    let id = ClientId::parse("client").unwrap();
    let mut checked = Vec::new();
    for alg in Policy::OAUTH_2_1.assertion.algorithms.iter().copied().filter(|alg| PROVIDER.supports(*alg)) {
        let pem = match alg {
            Alg::Es256 => keys::P256,
            Alg::Es384 => keys::P384,
            Alg::EdDsa | Alg::Ed25519 => keys::ED25519,
            _ => keys::RSA_2048,
        };
        let key = SigningKey::from_pem(&PROVIDER, pem, Some(alg)).unwrap();
        let keys = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER).unwrap()]);
        let applied = apply(&ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer())), &id);
        let client = |registered| {
            RegisteredCredentials::new(id.clone(), AuthMethod::PrivateKeyJwt)
                .with_keys(ClientKeys::Inline(keys.clone()))
                .with_algorithms([registered])
        };
        assert!(received(&applied, &client(alg)).is_ok(), "{alg}");
        let another = if alg == Alg::Rs256 { Alg::Rs384 } else { Alg::Rs256 };
        assert_eq!(received(&applied, &client(another)), Err(Rule::AssertionAlg), "{alg}");
        checked.push(alg.as_str());
    }
    assert!(["RS256", "RS384", "RS512"].iter().all(|alg| checked.contains(alg)), "{checked:?}");
}

proptest! {
    #[test]
    fn a_secret_fits_in_every_method_and_a_changed_one_in_none(id in ID, secret in SECRET, at in any::<Index>()) {
        let id = ClientId::parse(id).unwrap();
        let wrong = changed(&secret, at);
        for half in [
            ClientAuthentication::Basic(Secret::new(&*secret)),
            ClientAuthentication::Post(Secret::new(&*secret)),
        ] {
            let applied = apply(&half, &id);
            let proven = received(&applied, &registered(&id, half.method(), &secret)).unwrap();
            prop_assert_eq!((proven.client_id(), proven.method()), (&id, &half.method()));
            prop_assert_eq!(received(&applied, &registered(&id, half.method(), &wrong)), Err(Rule::SecretMatches));
            // An encoded id reads in two ways, which a lenient registration does not take (D17).
            let bare = id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte));
            let lenient = registered(&id, half.method(), &secret).with_lenient_basic(true);
            let wanted = if bare || half.method() == AuthMethod::ClientSecretPost { None } else { Some(Rule::BasicSyntax) };
            prop_assert_eq!(received(&applied, &lenient).err(), wanted);
        }
    }

    #[test]
    fn the_raw_form_fits_a_lenient_client(id in PLAIN_ID, secret in SECRET, at in any::<Index>()) {
        let id = ClientId::parse(id).unwrap();
        let applied = apply(&ClientAuthentication::BasicRaw(Secret::new(&*secret)), &id);
        let lenient = |secret: &str| registered(&id, AuthMethod::ClientSecretBasic, secret).with_lenient_basic(true);
        prop_assert!(received(&applied, &lenient(&secret)).is_ok());
        let wrong = apply(&ClientAuthentication::BasicRaw(Secret::new(changed(&secret, at))), &id);
        prop_assert_eq!(received(&wrong, &lenient(&secret)), Err(Rule::SecretMatches));
    }

    #[test]
    fn an_assertion_fits_and_a_changed_one_does_not(id in ID, at in any::<Index>()) {
        let id = ClientId::parse(id).unwrap();
        let key = SigningKey::from_jwk(&PROVIDER, JWK.as_bytes(), None).unwrap();
        let keys = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER).unwrap()]);
        let client = RegisteredCredentials::new(id.clone(), AuthMethod::PrivateKeyJwt)
            .with_keys(ClientKeys::Inline(keys));
        let mut applied = apply(&ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer())), &id);
        let proven = received(&applied, &client).unwrap();
        prop_assert_eq!(proven.client_id(), &id);
        applied.parameters[2].1 = Secret::new(changed(applied.parameters[2].1.expose(), at));
        prop_assert!(received(&applied, &client).is_err());
    }

    #[test]
    fn no_header_and_no_form_stops_the_reader(header in any::<Vec<u8>>(), text in ".{0,40}", bits in 0..32_u8) {
        let part = |bit: u8| (bits & bit != 0).then_some(text.as_str());
        let values: [&[u8]; 1] = [&header];
        let credentials = Credentials {
            authorization: if bits & 1 != 0 { &values } else { &[] },
            client_id: part(2),
            client_secret: part(4),
            client_assertion_type: part(8),
            client_assertion: part(16),
            peer_certificate: None,
        };
        let client = crate::support::jwt_client();
        prop_assert!(Server::new(client).answer(&credentials).is_err());
    }
}
