//! RFC 8705 §2: the certificate of the connection, on a server that asks for one.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::PrivateKeyDer,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use symbolon_client::{Client, Received, client_auth::ClientAuthentication};
use symbolon_crypto_ring::PROVIDER;
use symbolon_reqwest::{RequestError, SendError, Sender, SenderBuilder};
use symbolon_types::{ClientId, Issuer, SecretBytes};

use crate::server::{TOKENS, answer, now};

/// An authority that lives as long as its test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate in DER, and its key in PKCS#8.
struct Issued {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().der().to_vec();
        Issued { certificate, key: key.serialize_der() }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Arc::new(roots)
    }
}

/// What a server saw: the certificate of each connection that a request came by, with the request.
type Seen = Arc<Mutex<Vec<(Option<Vec<u8>>, String)>>>;

/// A token endpoint on loopback that asks for certificates of the authority. Gives its URL, with the query that asks Buypass for
/// mutual TLS.
fn serve(authority: &Authority, is_optional: bool) -> (String, Seen) {
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), Arc::clone(&provider));
    let verifier = if is_optional { verifier.allow_unauthenticated() } else { verifier };
    let verifier: Arc<dyn ClientCertVerifier> = verifier.build().unwrap();
    let own = authority.issue("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.certificate.into()], PrivateKeyDer::try_from(own.key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/token?_tlsclientauth=1", listener.local_addr().unwrap());
    let seen = Seen::default();
    let own_seen = Arc::clone(&seen);
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket.unwrap());
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            // A client that is refused hears so and hangs up.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                request.extend_from_slice(&buffer[..read]);
                if request.ends_with(b"client_id=app") {
                    break;
                }
            }
            if request.is_empty() {
                continue;
            }
            let certificate = stream.conn.peer_certificates().and_then(<[_]>::first).map(|one| one.to_vec());
            let body = if certificate.is_some() { TOKENS } else { r#"{"error":"invalid_client"}"# };
            let status = if certificate.is_some() { 200 } else { 400 };
            own_seen.lock().unwrap().push((certificate, String::from_utf8(request).unwrap()));
            let _ = stream.write_all(answer(status, "", body).as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (url, seen)
}

async fn ask(sender: SenderBuilder, authority: &Authority, url: &str) -> Result<Received, RequestError> {
    let sender = sender.root_der(authority.0.der().to_vec()).without_public_roots().build().unwrap();
    let client =
        Client::builder(Issuer::parse("https://as.example").unwrap(), ClientId::parse("app").unwrap(), PROVIDER)
            .token_endpoint("https://as.example/token")
            .mtls_token_endpoint(url)
            .authentication(ClientAuthentication::TlsClientAuth)
            .build()
            .unwrap();
    sender.request_tokens(client.client_credentials(None, now()).unwrap(), now).await
}

fn with(certificate: &Issued) -> SenderBuilder {
    let key = SecretBytes::new(certificate.key.as_slice());
    Sender::builder().client_certificate_der(vec![certificate.certificate.clone()], key)
}

#[tokio::test]
async fn r54_r59_the_request_comes_by_a_connection_with_the_certificate_to_the_endpoint_for_it() {
    let authority = Authority::new();
    let (url, seen) = serve(&authority, false);
    let own = authority.issue("client.example", ExtendedKeyUsagePurpose::ClientAuth);
    assert!(matches!(ask(with(&own), &authority, &url).await, Ok(Received::Tokens(_))));
    let seen = seen.lock().unwrap();
    let [(certificate, request)] = &seen[..] else { panic!("one request") };
    assert_eq!(certificate.as_ref(), Some(&own.certificate));
    assert!(request.starts_with("POST /token?_tlsclientauth=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials&client_id=app"), "{request}");
}

#[tokio::test]
async fn without_a_certificate_of_the_authority_there_is_no_answer() {
    let (authority, another) = (Authority::new(), Authority::new());
    let (url, seen) = serve(&authority, false);
    let strange = another.issue("client.example", ExtendedKeyUsagePurpose::ClientAuth);
    for sender in [Sender::builder(), with(&strange)] {
        let error = ask(sender, &authority, &url).await.unwrap_err();
        let refused =
            matches!(error, RequestError::Send { source: SendError::Connect(_) | SendError::BrokeOff(_), .. });
        assert!(refused, "{error:?}");
    }
    assert!(seen.lock().unwrap().is_empty(), "nothing was asked");
    let own = authority.issue("client.example", ExtendedKeyUsagePurpose::ClientAuth);
    assert!(matches!(ask(with(&own), &authority, &url).await, Ok(Received::Tokens(_))));
}

#[tokio::test]
async fn a_server_that_only_would_like_a_certificate_sees_whether_there_is_one() {
    let authority = Authority::new();
    let (url, seen) = serve(&authority, true);
    let own = authority.issue("client.example", ExtendedKeyUsagePurpose::ClientAuth);
    assert!(matches!(ask(Sender::builder(), &authority, &url).await, Ok(Received::Refused(_))));
    assert!(matches!(ask(with(&own), &authority, &url).await, Ok(Received::Tokens(_))));
    let certificates: Vec<_> = seen.lock().unwrap().iter().map(|(certificate, _)| certificate.clone()).collect();
    assert_eq!(certificates, [None, Some(own.certificate)]);
}
