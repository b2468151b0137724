//! RFC 8705 §2.1, security decision D14: `tls_client_auth`.

use symbolon_client_auth::{
    ClientCertificates, Credentials, ProvenClient,
    types::{AuthMethod, CertificateChain, PeerCertificate, Rule},
    x509::SubjectName,
};
use symbolon_testkit::certificates::{
    BUSINESS, EXPIRED, OTHER_BUSINESS, RFC8705, SELF_SIGNED, SUBJECT, TWO_NUMBERS, WILDCARD,
};

use crate::support::{CLIENT, Server, basic, client};

const ANCHOR: &str = "Partner CA";

fn named(name: SubjectName) -> Server {
    Server::new(client(AuthMethod::TlsClientAuth).with_certificates(ClientCertificates::named(name, [ANCHOR])))
}

fn server() -> Server {
    named(SubjectName::subject_dn(SUBJECT).unwrap())
}

fn validated(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::ValidatedTo(ANCHOR.into()))
}

fn answer(server: &Server, certificate: &PeerCertificate) -> Result<ProvenClient, Rule> {
    let sent = Credentials { client_id: Some(CLIENT), ..Credentials::default() };
    server.answer(&Credentials { peer_certificate: Some(certificate), ..sent })
}

#[test]
fn a_certificate_of_the_registered_name_and_anchor_proves_the_client() {
    let proven = answer(&server(), &validated(BUSINESS)).unwrap();
    assert_eq!((proven.client_id().as_str(), proven.method()), (CLIENT, &AuthMethod::TlsClientAuth));
    assert!(!proven.is_public() && proven.once().is_none());
    for name in [
        SubjectName::san_dns("client.example"),
        SubjectName::san_uri("https://client.example/Id"),
        SubjectName::san_ip("192.0.2.1"),
        SubjectName::san_ip("2001:db8::1"),
        SubjectName::san_email("Client@client.example"),
    ] {
        assert!(answer(&named(name.unwrap()), &validated(BUSINESS)).is_ok());
    }
}

#[test]
fn a096_another_subject_is_refused() {
    for name in [
        SubjectName::subject_dn("CN=Other,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO"),
        SubjectName::san_dns("other.example"),
        SubjectName::san_uri("https://client.example/id"),
        SubjectName::san_ip("192.0.2.2"),
        SubjectName::san_email("client@client.example"),
    ] {
        assert_eq!(answer(&named(name.unwrap()), &validated(BUSINESS)), Err(Rule::CertificateName));
    }
    assert_eq!(answer(&server(), &validated(TWO_NUMBERS)), Err(Rule::CertificateName));
    assert_eq!(Rule::CertificateName.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a096_a_certificate_of_another_authority_is_refused_whatever_its_name() {
    let other = PeerCertificate::new(OTHER_BUSINESS, CertificateChain::ValidatedTo("Other CA".into()));
    assert_eq!(answer(&server(), &other), Err(Rule::CertificateAnchor));
    let near = PeerCertificate::new(BUSINESS, CertificateChain::ValidatedTo("partner ca".into()));
    assert_eq!(answer(&server(), &near), Err(Rule::CertificateAnchor));
    assert_eq!(Rule::CertificateAnchor.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a096_d14_a_self_signed_certificate_with_the_registered_name_on_the_permissive_listener_is_invalid_client() {
    let self_signed = PeerCertificate::new(SELF_SIGNED, CertificateChain::NotValidated);
    assert_eq!(answer(&server(), &self_signed), Err(Rule::CertificateAnchor));
    let good = PeerCertificate::new(BUSINESS, CertificateChain::NotValidated);
    assert_eq!(answer(&server(), &good), Err(Rule::CertificateAnchor), "nobody validated it");
}

#[test]
fn a096_a_wildcard_in_the_certificate_and_a_common_name_are_no_names() {
    let server = named(SubjectName::san_dns("client.example").unwrap());
    assert!(answer(&server, &validated(BUSINESS)).is_ok());
    assert_eq!(answer(&server, &validated(WILDCARD)), Err(Rule::CertificateName));
}

#[test]
fn d14_a_registration_without_name_or_anchor_is_never_right() {
    let name = || SubjectName::subject_dn(SUBJECT).unwrap();
    for certificates in [
        ClientCertificates::None,
        ClientCertificates::named(name(), [""; 0]),
        ClientCertificates::Registered(vec![BUSINESS.into()]),
    ] {
        let server = Server::new(client(AuthMethod::TlsClientAuth).with_certificates(certificates));
        assert_eq!(answer(&server, &validated(BUSINESS)), Err(Rule::CertificateAnchor));
    }
    let several = ClientCertificates::named(name(), ["Another CA", ANCHOR]);
    let server = Server::new(client(AuthMethod::TlsClientAuth).with_certificates(several));
    assert!(answer(&server, &validated(BUSINESS)).is_ok());
}

#[test]
fn a095_a_certificate_without_client_id_is_invalid_client() {
    let certificate = validated(BUSINESS);
    let sent = Credentials { peer_certificate: Some(&certificate), ..Credentials::default() };
    assert_eq!(server().answer(&sent), Err(Rule::ClientIdentified));
    assert_eq!(server().answer(&Credentials { client_id: Some(""), ..sent }), Err(Rule::ClientIdentified));
    assert_eq!(Rule::ClientIdentified.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a095_a_client_id_without_certificate_is_invalid_client() {
    let sent = Credentials { client_id: Some(CLIENT), ..Credentials::default() };
    assert_eq!(server().answer(&sent), Err(Rule::CertificatePresent));
    let nothing = Credentials::default();
    assert_eq!(server().answer(&nothing), Err(Rule::ClientIdentified));
    assert_eq!(Rule::CertificatePresent.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn r62_the_client_is_the_one_of_client_id_and_no_other() {
    let certificate = validated(BUSINESS);
    let sent = Credentials { peer_certificate: Some(&certificate), ..Credentials::default() };
    assert_eq!(server().answer(&Credentials { client_id: Some("client-2"), ..sent }), Err(Rule::ClientKnown));
}

#[test]
fn a061_a_certificate_is_only_for_the_method_that_is_registered() {
    let certificates = || ClientCertificates::named(SubjectName::subject_dn(SUBJECT).unwrap(), [ANCHOR]);
    for method in [
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
        AuthMethod::ClientSecretJwt,
        AuthMethod::PrivateKeyJwt,
        AuthMethod::Other("spiffe_x509".into()),
    ] {
        let server = Server::new(client(method).with_certificates(certificates()));
        assert_eq!(answer(&server, &validated(BUSINESS)), Err(Rule::MethodRegistered));
    }
    let public = Server::new(client(AuthMethod::None).with_certificates(certificates()));
    assert!(answer(&public, &validated(BUSINESS)).unwrap().is_public(), "a certificate makes no public client another");
}

#[test]
fn credentials_beside_a_certificate_are_another_method() {
    let certificate = validated(BUSINESS);
    let header = basic(&format!("{CLIENT}:password"));
    let values: [&[u8]; 1] = [header.as_bytes()];
    let sent = Credentials { peer_certificate: Some(&certificate), ..Credentials::default() };
    for sent in [
        Credentials { authorization: &values, ..sent },
        Credentials { client_id: Some(CLIENT), client_secret: Some("password"), ..sent },
    ] {
        assert_eq!(server().answer(&sent), Err(Rule::MethodRegistered));
    }
}

#[test]
fn octets_that_are_no_certificate_have_no_name() {
    assert_eq!(answer(&server(), &validated(b"\x30\x00")), Err(Rule::CertificateName));
    let mut cut = BUSINESS.to_vec();
    cut.pop();
    assert_eq!(answer(&server(), &validated(&cut)), Err(Rule::CertificateName));
}

#[test]
fn the_time_of_a_certificate_is_judged_where_it_was_validated() {
    assert!(answer(&server(), &validated(EXPIRED)).is_ok(), "the TLS layer says that it validated it");
}

#[test]
fn a145_a_certificate_of_version_1_has_its_subject_and_no_other_name() {
    let vector: serde_json::Value = serde_json::from_str(RFC8705).unwrap();
    let pem = vector["certificate_pem"].as_str().unwrap();
    let v1 = symbolon_client_auth::jose::ValidatedCertificate::assume_validated_pem(pem).unwrap();
    assert!(answer(&named(SubjectName::subject_dn("CN=mtls").unwrap()), &validated(v1.der())).is_ok());
    let by_dns = named(SubjectName::san_dns("mtls").unwrap());
    assert_eq!(answer(&by_dns, &validated(v1.der())), Err(Rule::CertificateName));
}
