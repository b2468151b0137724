//! RFC 7517 §4.7, security decision D13: the key in the first certificate of `x5c` is the key itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwkSet, KeyError, RemoteKey, SigningKey, VerifyingKeys};
use symbolon_types::Alg;

use crate::support::{ASYMMETRIC, certificate_of, der, json, signing_key};

const P256_CERTIFICATE: &str = include_str!("../vectors/p256_certificate.pem");
const P384_CERTIFICATE: &str = include_str!("../vectors/p384_certificate.pem");
const NOT_A_CERTIFICATE: KeyError = KeyError::MalformedDer { name: "Certificate" };

/// A public or private JWK as JSON, with this `x5c`.
fn with_x5c(mut jwk: Value, chain: &[&[u8]]) -> String {
    jwk["x5c"] = chain.iter().map(|der| STANDARD.encode(der)).collect();
    jwk.to_string()
}

fn p256() -> Jwk {
    signing_key(Alg::Es256).public_jwk().unwrap()
}

fn parsed(chain: &[&[u8]]) -> Result<Jwk, KeyError> {
    Jwk::parse(with_x5c(serde_json::from_str(&p256().to_json()).unwrap(), chain).as_bytes())
}

#[test]
fn a_jwk_with_the_certificate_of_its_key_is_read_and_with_another_one_refused() {
    let (own, other) = (&der(P256_CERTIFICATE)[..], &der(P384_CERTIFICATE)[..]);
    assert_eq!(parsed(&[own]).unwrap().x5c(), [own]);
    assert_eq!(parsed(&[own, other]).unwrap().x5c(), [own, other]);
    let print = |jwk: Jwk| jwk.thumbprint(PROVIDER.sha256);
    assert_eq!(print(parsed(&[own]).unwrap()), print(p256()), "RFC 7638 §3.2: no part of the thumbprint");
    assert_eq!(parsed(&[other]), Err(KeyError::CertificateMismatch));
    assert_eq!(parsed(&[other, own]), Err(KeyError::CertificateMismatch), "the key's own stands first");
    assert_eq!(parsed(&[&[0x30, 0], own]), Err(NOT_A_CERTIFICATE));
    assert_eq!(parsed(&[&own[..own.len() - 1]]), Err(NOT_A_CERTIFICATE));
}

#[test]
fn another_key_of_the_same_kind_is_another_key() {
    let mut numbers = signing_key(Alg::Ed25519).public_jwk().unwrap();
    let own = certificate_of(&numbers);
    assert!(numbers.clone().with_x5c(vec![own.clone()]).is_ok());
    numbers =
        Jwk::parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
    assert_eq!(numbers.with_x5c(vec![own]), Err(KeyError::CertificateMismatch));
}

#[test]
fn a145_the_jwk_of_rfc_8705_has_its_certificate_of_version_1() {
    let vector = json(include_str!("../vectors/rfc8705_certificate.json"));
    assert!(Jwk::parse(vector["jwk"].to_string().as_bytes()).is_ok());
    let own = der(vector["certificate_pem"].as_str().unwrap());
    assert_eq!(parsed(&[&own]), Err(KeyError::CertificateMismatch), "on the same curve");
}

#[test]
fn every_constructor_compares() {
    let foreign = vec![der(P384_CERTIFICATE)];
    for alg in ASYMMETRIC.into_iter().filter(|alg| *alg != Alg::Es384) {
        let key = signing_key(alg);
        let own = vec![certificate_of(&key.public_jwk().unwrap())];
        let remote = RemoteKey::new(key.verifying_key(&PROVIDER).unwrap());
        let (error, none) = (Some(KeyError::CertificateMismatch), Vec::new());

        assert_eq!(key.clone().with_x5c(own.clone()).unwrap().x5c(), Some(&own[..]));
        assert_eq!(key.clone().with_x5c(foreign.clone()).err(), error);
        assert_eq!(remote.clone().with_x5c(own.clone()).unwrap().x5c(), Some(&own[..]));
        assert_eq!(remote.clone().with_x5c(foreign.clone()).err(), error);
        assert!(key.public_jwk().unwrap().with_x5c(own).is_ok());
        assert_eq!(key.public_jwk().unwrap().with_x5c(foreign.clone()).err(), error);
        for bad in [vec![vec![0x30, 0]], vec![Vec::new()]] {
            assert_eq!(key.clone().with_x5c(bad.clone()).err(), Some(NOT_A_CERTIFICATE));
            assert_eq!(remote.clone().with_x5c(bad).err(), Some(NOT_A_CERTIFICATE));
        }
        assert_eq!(key.with_x5c(none.clone()).unwrap().x5c(), None);
        assert_eq!(remote.with_x5c(none).unwrap().x5c(), None);
    }
}

#[test]
fn a_remote_key_is_published_as_the_same_key_at_hand_is() {
    for alg in ASYMMETRIC {
        let key = signing_key(alg).with_kid("1");
        let chain = vec![certificate_of(&key.public_jwk().unwrap())];
        let remote = RemoteKey::new(key.verifying_key(&PROVIDER).unwrap());
        assert_eq!(remote.public_jwk(), key.public_jwk(), "{alg}");
        assert_ne!(remote.public_jwk(), signing_key(alg).with_kid("2").public_jwk(), "{alg}");
        let remote = remote.with_x5c(chain.clone()).unwrap();
        assert_ne!(remote.public_jwk(), key.public_jwk(), "{alg}");
        assert_eq!(remote.public_jwk(), key.with_x5c(chain).unwrap().public_jwk(), "{alg}");
    }
    assert_eq!(RemoteKey::new(signing_key(Alg::Hs256).verifying_key(&PROVIDER).unwrap()).public_jwk(), None);
}

#[test]
fn the_secret_of_a_mac_has_no_certificate() {
    let secret = signing_key(Alg::Hs256);
    let remote = RemoteKey::new(secret.verifying_key(&PROVIDER).unwrap());
    let chain = vec![der(P256_CERTIFICATE)];
    assert_eq!(secret.clone().with_x5c(chain.clone()).err(), Some(KeyError::CertificateMismatch));
    assert_eq!(remote.clone().with_x5c(chain).err(), Some(KeyError::CertificateMismatch));
    assert!(secret.with_x5c(Vec::new()).is_ok() && remote.with_x5c(Vec::new()).is_ok());
}

#[test]
fn a_private_jwk_is_judged_alike() {
    let (x, d) = ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let private = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": d });
    let public = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let own = certificate_of(&Jwk::parse(public.to_string().as_bytes()).unwrap());
    let load = |chain: &[&[u8]]| SigningKey::from_jwk(&PROVIDER, with_x5c(private.clone(), chain).as_bytes(), None);
    assert!(load(&[&own]).is_ok());
    let foreign = certificate_of(&Jwk::from_public_key_pem(include_str!("../vectors/ed25519_public.pem")).unwrap());
    assert_eq!(load(&[&foreign]).err(), Some(KeyError::CertificateMismatch));
}

#[test]
fn in_a_set_only_that_key_is_skipped() {
    let own = serde_json::from_str::<Value>(&p256().to_json()).unwrap();
    let (good, bad) = (der(P256_CERTIFICATE), der(P384_CERTIFICATE));
    let entries = [with_x5c(own.clone(), &[&bad]), with_x5c(own.clone(), &[&good]), own.to_string()].join(",");
    let set = JwkSet::parse(format!(r#"{{"keys":[{entries}]}}"#).as_bytes()).unwrap();
    assert_eq!(set.keys().len(), 2);
    assert_eq!((set.skipped()[0].index(), set.skipped()[0].error()), (0, KeyError::CertificateMismatch));
    let loaded = VerifyingKeys::load(&PROVIDER, &set, &[]);
    assert_eq!(loaded.keys().iter().map(|key| key.certificate()).collect::<Vec<_>>(), [Some(&good[..]), None]);
}
