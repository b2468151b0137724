//! RFC 8705 §2: what a client sends beside its certificate.

use symbolon_client_auth::{
    ClientAuthentication, ClientCertificates, Credentials,
    types::{AuthMethod, CertificateChain, ClientId, PeerCertificate},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::certificates::SELF_SIGNED;

use crate::support::{CLIENT, Server, client, now};

#[test]
fn r54_r62_only_client_id_is_sent_and_the_certificate_is_the_transports() {
    for (half, method) in [
        (ClientAuthentication::TlsClientAuth, AuthMethod::TlsClientAuth),
        (ClientAuthentication::SelfSignedTlsClientAuth, AuthMethod::SelfSignedTlsClientAuth),
    ] {
        let applied = half.apply(&PROVIDER, &ClientId::parse(CLIENT).unwrap(), now()).unwrap();
        assert_eq!((applied.headers, applied.parameters), (vec![], vec![("client_id", CLIENT.into())]));
        assert_eq!(half.method(), method);
    }
}

#[test]
fn both_halves_fit() {
    let half = ClientAuthentication::SelfSignedTlsClientAuth;
    let applied = half.apply(&PROVIDER, &ClientId::parse(CLIENT).unwrap(), now()).unwrap();
    let certificate = PeerCertificate::new(SELF_SIGNED, CertificateChain::NotValidated);
    let sent = Credentials {
        client_id: Some(applied.parameters[0].1.expose()),
        peer_certificate: Some(&certificate),
        ..Credentials::default()
    };
    let certificates = ClientCertificates::Registered(vec![SELF_SIGNED.into()]);
    let server = Server::new(client(half.method()).with_certificates(certificates));
    assert!(server.answer(&sent).is_ok());
    assert!(server.answer(&Credentials { peer_certificate: None, ..sent }).is_err());
}
