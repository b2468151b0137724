//! RFC 8705 §2.2, security decision D14: `self_signed_tls_client_auth`.

use symbolon_client_auth::{
    ClientCertificates, ClientKeys, Credentials, Evidence, ProvenClient,
    jose::{JwkSet, VerifyingKeys},
    types::{Alg, AuthMethod, CertificateChain, PeerCertificate, Rule},
    x509::SubjectName,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::certificates::{BUSINESS, RFC8705, SELF_SIGNED, SELF_SIGNED_OTHER_KEY, SUBJECT};

use crate::support::{CLIENT, Server, client};

const METHOD: AuthMethod = AuthMethod::SelfSignedTlsClientAuth;

fn server(certificates: ClientCertificates) -> Server {
    Server::new(client(METHOD).with_certificates(certificates))
}

fn registered(der: &[u8]) -> Server {
    server(ClientCertificates::Registered(vec![der.into()]))
}

fn answer_with(server: &Server, der: &[u8], evidence: &Evidence<'_>) -> Result<ProvenClient, Rule> {
    let certificate = PeerCertificate::new(der, CertificateChain::NotValidated);
    let sent = Credentials { client_id: Some(CLIENT), peer_certificate: Some(&certificate), ..Credentials::default() };
    server.answer_with(&sent, evidence)
}

fn answer(server: &Server, der: &[u8]) -> Result<ProvenClient, Rule> {
    answer_with(server, der, &Evidence::default())
}

/// The JWK set of RFC 8705 Appendix A, and the certificate in it.
fn appendix_a() -> (JwkSet, Vec<u8>) {
    let vector: serde_json::Value = serde_json::from_str(RFC8705).unwrap();
    let set = JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, vector["jwk"]).as_bytes()).unwrap();
    let der = set.keys()[0].x5c()[0].clone();
    (set, der)
}

#[test]
fn the_very_certificate_proves_the_client_whether_somebody_validated_it_or_not() {
    let proven = answer(&registered(SELF_SIGNED), SELF_SIGNED).unwrap();
    assert_eq!((proven.method(), proven.is_public()), (&METHOD, false));
    let validated = PeerCertificate::new(BUSINESS, CertificateChain::ValidatedTo("CA".into()));
    let sent = Credentials { client_id: Some(CLIENT), peer_certificate: Some(&validated), ..Credentials::default() };
    assert!(registered(BUSINESS).answer(&sent).is_ok());
    assert_eq!(registered(SELF_SIGNED).answer(&sent), Err(Rule::CertificateRegistered));
}

#[test]
fn a096_the_same_name_with_another_key_is_refused() {
    assert_eq!(answer(&registered(SELF_SIGNED), SELF_SIGNED_OTHER_KEY), Err(Rule::CertificateRegistered));
    assert_eq!(answer(&registered(SELF_SIGNED_OTHER_KEY), SELF_SIGNED), Err(Rule::CertificateRegistered));
    let both = server(ClientCertificates::Registered(vec![SELF_SIGNED.into(), SELF_SIGNED_OTHER_KEY.into()]));
    assert!(answer(&both, SELF_SIGNED).is_ok() && answer(&both, SELF_SIGNED_OTHER_KEY).is_ok());
    assert_eq!(Rule::CertificateRegistered.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a096_certificates_are_compared_octet_for_octet() {
    let server = registered(SELF_SIGNED);
    for at in 0..SELF_SIGNED.len() {
        let mut changed = SELF_SIGNED.to_vec();
        changed[at] ^= 1;
        assert_eq!(answer(&server, &changed), Err(Rule::CertificateRegistered));
    }
    assert_eq!(answer(&server, &SELF_SIGNED[..SELF_SIGNED.len() - 1]), Err(Rule::CertificateRegistered));
    assert_eq!(answer(&server, &[SELF_SIGNED, &[0]].concat()), Err(Rule::CertificateRegistered));
}

#[test]
fn a145_the_certificate_in_the_jwks_of_appendix_a_proves_its_client_and_its_expiry_is_not_judged() {
    let (set, der) = appendix_a();
    assert!(answer(&server(ClientCertificates::of_jwk_set(&set)), &der).is_ok(), "it was over in 2022");
    assert_eq!(answer(&server(ClientCertificates::of_jwk_set(&set)), SELF_SIGNED), Err(Rule::CertificateRegistered));

    let keys = VerifyingKeys::load(&PROVIDER, &set, &[Alg::Es256]);
    let inline = Server::new(client(METHOD).with_keys(ClientKeys::Inline(keys.clone())));
    assert!(answer(&inline, &der).is_ok());
    assert_eq!(answer(&inline, SELF_SIGNED), Err(Rule::CertificateRegistered));

    let remote = Server::new(client(METHOD).with_keys(ClientKeys::Uri("https://client.example/jwks".into())));
    let brought = Evidence { keys: Some(&keys), ..Evidence::default() };
    assert!(answer_with(&remote, &der, &brought).is_ok());
    assert_eq!(answer_with(&remote, SELF_SIGNED, &brought), Err(Rule::CertificateRegistered));
    assert_eq!(answer(&remote, &der), Err(Rule::FoundComplete), "the caller left them out");
}

#[test]
fn a_client_without_a_registered_certificate_is_never_right() {
    let name = SubjectName::subject_dn(SUBJECT).unwrap();
    for certificates in [
        ClientCertificates::None,
        ClientCertificates::Registered(Vec::new()),
        ClientCertificates::named(name, ["CA"]),
        ClientCertificates::of_jwk_set(&JwkSet::default()),
    ] {
        assert_eq!(answer(&server(certificates), SELF_SIGNED), Err(Rule::CertificateRegistered));
    }
    let sent = Credentials { client_id: Some(CLIENT), ..Credentials::default() };
    assert_eq!(registered(SELF_SIGNED).answer(&sent), Err(Rule::CertificatePresent), "a095");
}
