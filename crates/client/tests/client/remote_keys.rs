//! `private_key_jwt` with a key that signs elsewhere.

use symbolon_client::{
    ApiMisuse, ClientError, RefreshPlan, RemoteAssertion, Sending,
    client_auth::ApplyError,
    jose::{RemoteKey, SignError, SigningKey, UnverifiedJwt, VerifyingKey},
    types::{Alg, Issuer, Rule, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::keys;
use time::Duration;

use crate::party::{CLIENT, ISSUER, NOW, REFRESH_TOKEN, builder, now, parameter};

pub(crate) fn remote() -> RemoteAssertion {
    let public = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap().verifying_key(&PROVIDER).unwrap();
    RemoteAssertion::new(RemoteKey::new(public.with_kid("hsm-1")), &Issuer::parse(ISSUER).unwrap())
}

/// What the HSM does.
pub(crate) fn sign(message: &[u8]) -> Vec<u8> {
    let pkcs8 = keys::ED25519.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, pkcs8).unwrap();
    let key = PROVIDER.signature(Alg::Ed25519).unwrap();
    let signer = key.load_private(&symbolon_client::crypto::PrivateKey::Pkcs8(&der)).unwrap();
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, message, &mut signature).unwrap();
    signature
}

fn refresh() -> Sending {
    let client = builder().remote_assertion(remote()).build().unwrap();
    client.refresh(RefreshPlan::new(REFRESH_TOKEN), now()).unwrap()
}

#[test]
fn a_request_waits_for_the_signature() {
    assert_eq!(refresh().ready().err(), Some(ClientError::NeedsSignature));
    let Sending::NeedsSignature(job) = refresh() else { panic!("no stop") };
    assert_eq!(job.key().kid(), Some("hsm-1"));
    let signature = sign(job.bytes());
    let (request, _) = job.signed(&signature, now()).unwrap().ready().unwrap();
    let body = request.body().expose();
    assert_eq!(parameter(body, "client_id").as_deref(), Some(CLIENT));
    assert_eq!(parameter(body, "refresh_token").as_deref(), Some(REFRESH_TOKEN));
    let assertion = parameter(body, "client_assertion").unwrap();
    let jwt = UnverifiedJwt::parse(&assertion).unwrap().verify(remote_key().verifying_key()).unwrap();
    assert!(jwt.header().is_typ("client-authentication+jwt"));
    let claims = jwt.claims().unwrap();
    assert_eq!((claims.iss.as_deref(), claims.sub.as_deref()), (Some(CLIENT), Some(CLIENT)));
    assert!(claims.aud.unwrap().is_string(ISSUER));
    assert_eq!(claims.exp.unwrap().moment().unix_timestamp(), NOW + 60);
    assert!(claims.jti.unwrap().len() >= 22);
}

fn remote_key() -> RemoteKey {
    let Sending::NeedsSignature(job) = refresh() else { panic!("no stop") };
    job.key().clone()
}

#[test]
fn a_signature_that_does_not_verify_is_not_sent() {
    let Sending::NeedsSignature(job) = refresh() else { panic!("no stop") };
    let mut signature = sign(job.bytes());
    signature[0] ^= 1;
    let error = job.signed(&signature, now()).unwrap_err();
    assert_eq!(error, ClientError::Assertion(SignError::BadSignature));
    assert_eq!(error.rule(), Rule::SignerAnswers);
}

#[test]
fn every_assertion_is_another_one() {
    let (Sending::NeedsSignature(one), Sending::NeedsSignature(other)) = (refresh(), refresh()) else {
        panic!("no stop")
    };
    let client = builder().remote_assertion(remote()).build().unwrap();
    let again = |plan| match client.refresh(plan, now()).unwrap() {
        Sending::NeedsSignature(job) => job.bytes().to_vec(),
        _ => panic!("no stop"),
    };
    assert_eq!(one.bytes(), other.bytes(), "the same randomness, from the start");
    assert_ne!(again(RefreshPlan::new(REFRESH_TOKEN)), again(RefreshPlan::new(REFRESH_TOKEN)));
}

#[test]
fn an_assertion_that_is_good_at_no_moment_is_not_made() {
    let refresh = |lifetime| {
        let client = builder().remote_assertion(remote().with_lifetime(lifetime)).build().unwrap();
        client.refresh(RefreshPlan::new(REFRESH_TOKEN), now())
    };
    for none in [Duration::ZERO, Duration::milliseconds(999), Duration::seconds(-60)] {
        assert_eq!(refresh(none).err(), Some(ClientError::Apply(ApplyError::Lifetime)));
    }
    assert!(refresh(Duration::SECOND).is_ok());
}

#[test]
fn a_mac_key_elsewhere_is_refused() {
    let mac = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    let assertion = RemoteAssertion::new(RemoteKey::new(mac), &Issuer::parse(ISSUER).unwrap());
    assert_eq!(builder().remote_assertion(assertion).build().err(), Some(ApiMisuse::SymmetricKey));
}
