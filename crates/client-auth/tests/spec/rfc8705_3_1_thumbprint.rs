//! RFC 8705 §3.1: the confirmation of a certificate.

use symbolon_client_auth::{
    ClientCertificates, Credentials, RegisteredSecret, certificate_confirmation,
    types::{AuthMethod, CertificateChain, Confirmation, PeerCertificate},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::certificates::{RFC8705, SELF_SIGNED, SELF_SIGNED_OTHER_KEY};

use crate::support::{CLIENT, Server, client};

fn certificate(der: &[u8]) -> PeerCertificate {
    PeerCertificate::new(der, CertificateChain::NotValidated)
}

#[test]
fn a145_the_thumbprint_is_that_of_appendix_a() {
    let vector: serde_json::Value = serde_json::from_str(RFC8705).unwrap();
    let pem = vector["certificate_pem"].as_str().unwrap();
    let v1 = symbolon_client_auth::jose::ValidatedCertificate::assume_validated_pem(pem).unwrap();
    let confirmation = certificate_confirmation(&PROVIDER, &certificate(v1.der()));
    let text = confirmation.x5t_s256.unwrap().to_base64url();
    assert_eq!(text, "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
    assert_eq!(confirmation.jkt, None);
}

#[test]
fn a_client_that_is_proven_by_its_certificate_is_confirmed_by_it() {
    let shown = certificate(SELF_SIGNED);
    let sent = Credentials { client_id: Some(CLIENT), peer_certificate: Some(&shown), ..Credentials::default() };
    let registered = ClientCertificates::Registered(vec![SELF_SIGNED.into()]);
    let server = Server::new(client(AuthMethod::SelfSignedTlsClientAuth).with_certificates(registered));
    let proven = server.answer(&sent).unwrap();
    assert_eq!(proven.confirmation(), certificate_confirmation(&PROVIDER, &shown));
    let other = certificate_confirmation(&PROVIDER, &certificate(SELF_SIGNED_OTHER_KEY));
    assert!(!other.satisfies(&proven.confirmation()), "a096");
}

#[test]
fn beside_other_credentials_the_caller_asks_for_it() {
    let shown = certificate(SELF_SIGNED);
    let sent = Credentials {
        client_id: Some(CLIENT),
        client_secret: Some("password"),
        peer_certificate: Some(&shown),
        ..Credentials::default()
    };
    let secret = RegisteredSecret::Plain("password".into());
    let server = Server::new(client(AuthMethod::ClientSecretPost).with_secret(secret));
    assert_eq!(server.answer(&sent).unwrap().confirmation(), Confirmation::NONE);
    assert!(certificate_confirmation(&PROVIDER, &shown).is_bound());
}
