//! Client certificates at the endpoint: the methods of RFC 8705 §2, and the chain in `x5c` (RFC 7515 §4.1.6, security
//! decisions D13 and D14).
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it says, in its helpers too")]

#[cfg(test)]
mod support;

use std::sync::Arc;

use symbolon_server::{
    Found, RegisteredClient,
    client_auth::{
        AssertionSigner, ClientAuthentication, ClientCertificates, ClientKeys, RegisteredCredentials,
        x509::{SubjectName, UntrustedChain, ValidatedChain},
    },
    jose::{JwkSet, SigningKey, VerifyingKeys},
    types::{AuthMethod, CertificateChain, ClientId, PeerCertificate, RequestParts, Rule},
};
use symbolon_testkit::{
    certificates::{BUSINESS, BUSINESS_KEY, INTERMEDIATE, ORGANIZATION_NUMBER, RFC8705, SELF_SIGNED, SUBJECT},
    now,
};

use crate::support::{Bench, all_grants, form, refused, scope, signed};

const ANCHOR: &str = "Partner CA";

fn registered(credentials: RegisteredCredentials) -> RegisteredClient {
    RegisteredClient::new(credentials, all_grants(), scope())
}

fn client(method: AuthMethod) -> RegisteredCredentials {
    RegisteredCredentials::new(ClientId::parse("client").unwrap(), method)
}

fn bench(credentials: RegisteredCredentials) -> Bench {
    let bench = Bench::new();
    bench.store().register(registered(credentials));
    bench
}

fn sent(body: &str, certificate: PeerCertificate) -> RequestParts {
    form(body).peer_certificate(Some(certificate))
}

fn validated(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::ValidatedTo(ANCHOR.into()))
}

fn not_validated(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::NotValidated)
}

#[test]
fn tls_client_auth_is_answered_and_everything_else_is_invalid_client() {
    let name = SubjectName::subject_dn(SUBJECT).unwrap();
    let bench = bench(client(AuthMethod::TlsClientAuth).with_certificates(ClientCertificates::named(name, [ANCHOR])));
    let body = "grant_type=client_credentials&client_id=client";
    assert_eq!(bench.send(sent(body, validated(BUSINESS))).status(), 200);
    let no_client_id = "grant_type=client_credentials";
    for (body, certificate) in [
        (no_client_id, validated(BUSINESS)),
        (body, not_validated(BUSINESS)),
        (body, not_validated(SELF_SIGNED)),
        (body, validated(INTERMEDIATE)),
    ] {
        assert_eq!(bench.answer(sent(body, certificate)), refused(400, "invalid_client"), "a095, a096, d14");
    }
    for body in [no_client_id, body] {
        assert_eq!(bench.answer(form(body)), refused(400, "invalid_client"), "a095");
    }
}

#[test]
fn self_signed_tls_client_auth_is_answered_and_its_jwks_uri_is_asked_for() {
    let credentials = client(AuthMethod::SelfSignedTlsClientAuth);
    let body = "grant_type=client_credentials&client_id=client";
    let inline = ClientCertificates::Registered(vec![SELF_SIGNED.into()]);
    let bench = bench(credentials.clone().with_certificates(inline));
    assert_eq!(bench.send(sent(body, not_validated(SELF_SIGNED))).status(), 200);
    assert_eq!(bench.answer(sent(body, validated(BUSINESS))), refused(400, "invalid_client"));

    let vector: serde_json::Value = serde_json::from_str(RFC8705).unwrap();
    let set = JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, vector["jwk"]).as_bytes()).unwrap();
    let der = set.keys()[0].x5c()[0].clone();
    let keys = Arc::new(VerifyingKeys::load(&bench.crypto, &set, &[symbolon_server::types::Alg::Es256]));
    let remote = registered(credentials.with_keys(ClientKeys::Uri("https://client.example/jwks".into())));
    let judge = |der: &[u8], keys| {
        let received = bench.endpoint().receive(sent(body, not_validated(der))).unwrap();
        assert_eq!(received.wanted_keys(Some(&remote)).unwrap().uri, "https://client.example/jwks");
        let found = Found::client(Some(Arc::new(remote.clone()))).keys(keys);
        received.authenticate(found, now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!(judge(&der, Some(keys.clone())), None);
    assert_eq!(judge(SELF_SIGNED, Some(keys)), Some(Rule::CertificateRegistered));
    assert_eq!(judge(&der, None), Some(Rule::FoundComplete));
}

fn business_assertion(bench: &Bench) -> String {
    let key = SigningKey::from_pem(&bench.crypto, BUSINESS_KEY, None).unwrap();
    let key = key.with_x5c(vec![BUSINESS.to_vec(), INTERMEDIATE.to_vec()]).unwrap();
    let half = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, bench.endpoint().issuer()));
    let client_id = ClientId::parse("client").unwrap();
    let applied = half.apply(&bench.crypto, &client_id, now()).unwrap();
    applied.parameters.iter().find(|(name, _)| *name == "client_assertion").unwrap().1.expose().to_owned()
}

#[test]
fn d13_the_chain_of_an_assertion_is_handed_out_and_brought_back_validated() {
    let bench = Bench::new();
    let assertion = business_assertion(&bench);
    let judge = |number: &str, validate: &dyn Fn(UntrustedChain) -> Option<ValidatedChain>| {
        let received = bench.endpoint().receive(signed(&assertion, "grant_type=client_credentials")).unwrap();
        let client = registered(client(AuthMethod::PrivateKeyJwt).with_organization_number(number));
        let untrusted = received.wanted_chain(Some(&client)).unwrap();
        assert_eq!(untrusted.leaf().organization_number(), Some(ORGANIZATION_NUMBER));
        let found = Found::client(Some(Arc::new(client))).chain(validate(untrusted).map(Arc::new));
        received.authenticate(found, now()).err().map(|refusal| refusal.reason().rule())
    };
    let trusted = |chain| Some(ValidatedChain::assume_validated(chain));
    assert_eq!(judge(ORGANIZATION_NUMBER, &trusted), None);
    assert_eq!(judge("987654321", &trusted), Some(Rule::AssertionOrganization));
    assert_eq!(judge(ORGANIZATION_NUMBER, &|_| None), Some(Rule::AssertionChain));
}

#[test]
fn d13_nobody_elses_chain_is_asked_for_and_with_one_no_keys_are() {
    let bench = Bench::new();
    let assertion = business_assertion(&bench);
    let wanted = |credentials: RegisteredCredentials, parts| {
        let received = bench.endpoint().receive(parts).unwrap();
        let client = registered(credentials);
        let keys = received.wanted_keys(Some(&client)).is_some();
        (received.wanted_chain(Some(&client)).is_some(), keys, received.wanted_chain(None).is_some())
    };
    let body = "grant_type=client_credentials";
    let by_chain = || signed(&assertion, body);
    let uri = || ClientKeys::Uri("https://client.example/jwks".into());
    let with_key = || client(AuthMethod::PrivateKeyJwt).with_keys(uri());
    let organization = || with_key().with_organization_number(ORGANIZATION_NUMBER);
    let certificate = || with_key().with_certificates(ClientCertificates::Registered(vec![BUSINESS.into()]));
    assert_eq!(wanted(organization(), by_chain()), (true, false, false));
    assert_eq!(wanted(certificate(), by_chain()), (true, false, false));
    assert_eq!(wanted(with_key(), by_chain()), (false, true, false));
    let of_another_method = client(AuthMethod::ClientSecretPost).with_organization_number(ORGANIZATION_NUMBER);
    assert_eq!(wanted(of_another_method, by_chain()), (false, false, false));
    let without = form("grant_type=client_credentials&client_id=client");
    assert_eq!(wanted(organization(), without), (false, false, false));
}
