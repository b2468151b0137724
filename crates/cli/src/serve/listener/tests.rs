//! What the TLS listener tells of a connection, over real handshakes on loopback.

use std::net::TcpStream as StdTcpStream;

use axum::{Extension, Router, routing::get};
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, ConfigBuilder, SignatureScheme,
    client::{ResolvesClientCert, WantsClientCert},
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use symbolon::types::CertificateChain;
use time::Duration as Span;
use tokio::sync::watch;

use super::*;
use crate::{
    ca::{Issued, TestCa},
    serve::{
        ServeConfig,
        config::{ClientCa, TlsConfig},
        listen_on,
        tests::{Folder, send_tls_by, tls_client},
    },
};

/// A listener with one client authority, `corporate`, and a route that says what it was told.
struct Server {
    ca: TestCa,
    tls: Arc<Tls>,
    address: SocketAddr,
    _stop: watch::Sender<()>,
}

impl Server {
    async fn start() -> Self {
        Self::start_behind(&[]).await
    }

    /// The same, where these are proxies.
    async fn start_behind(proxies: &[&str]) -> Self {
        let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        let folder = Folder::new("listener");
        let ca = TestCa::new("corporate", UtcDateTime::now()).unwrap();
        let server = ca.issue_server(&["localhost"]).unwrap();
        let file = |name, pem: &[u8]| folder.write(name, core::str::from_utf8(pem).unwrap());
        let tls = TlsConfig {
            certificate: Some(file("server.pem", server.certificate_pem().as_bytes())),
            key: Some(file("server.key.pem", server.key_pem().expose())),
            client_ca: vec![ClientCa {
                name: "corporate".into(),
                file: file("ca.pem", ca.certificate_pem().as_bytes()),
            }],
            url: None,
        };
        let config = ServeConfig { tls, ..ServeConfig::default() };
        let tls = Arc::new(Tls::load(&config, None).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(());
        let listener = TlsListener { listener, tls: Arc::clone(&tls), proxies, handshakes: JoinSet::new() };
        tokio::spawn(listen_on(listener, Router::new().route("/", get(told)), stopped));
        Self { ca, tls, address, _stop: stop }
    }

    fn client(&self) -> ConfigBuilder<ClientConfig, WantsClientCert> {
        tls_client(&self.ca.certificate_pem())
    }

    /// What the listener tells of a connection of this client; `None` if there is none.
    fn told(&self, client: ClientConfig) -> Option<String> {
        let stream = StdTcpStream::connect(self.address).unwrap();
        // Less than a handshake may take: who has to wait for another's gives up.
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        send_tls_by(stream, client, "GET / HTTP/1.1", "").ok().map(|answer| answer.body)
    }

    /// The same, with a certificate.
    fn told_with(&self, issued: &Issued) -> String {
        let (chain, key) = parts(issued);
        self.told(self.client().with_client_auth_cert(chain, key).unwrap()).unwrap()
    }
}

async fn told(
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Extension(listener): Extension<ListenerId>,
    certificate: Option<Extension<PeerCertificate>>,
) -> String {
    let certificate = certificate.map(|Extension(certificate)| match certificate.chain {
        CertificateChain::ValidatedTo(name) => format!("validated to {name}"),
        _ => "not validated".into(),
    });
    let peer = peer.map_or("nobody".into(), |Extension(ConnectInfo(peer))| peer.ip().to_string());
    format!("{peer} {} {}", listener.as_str(), certificate.unwrap_or("no certificate".into()))
}

fn parts(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificate = CertificateDer::from_pem_slice(issued.certificate_pem().as_bytes()).unwrap();
    (vec![certificate], PrivateKeyDer::from_pem_slice(issued.key_pem().expose()).unwrap())
}

/// A client that shows one certificate and signs with another's key.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesClientCert for Thief {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn thief(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Arc<Thief> {
    Arc::new(Thief(Arc::new(CertifiedKey::new(chain, any_supported_type(key).unwrap()))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_the_anchor_has_its_name_and_any_other_has_none() {
    let server = Server::start().await;
    let no_certificate = server.told(server.client().with_no_client_auth());
    assert_eq!(no_certificate.as_deref(), Some("127.0.0.1 tls no certificate"));
    let client = server.ca.issue_client("app", &[]).unwrap();
    assert_eq!(server.told_with(&client), "127.0.0.1 tls validated to corporate");

    // Of an authority of the same name.
    let other = TestCa::new("corporate", UtcDateTime::now()).unwrap();
    assert_eq!(server.told_with(&other.issue_client("app", &[]).unwrap()), "127.0.0.1 tls not validated");
    // For servers.
    let wrong_use = server.ca.issue_server(&["app.example"]).unwrap();
    assert_eq!(server.told_with(&wrong_use), "127.0.0.1 tls not validated");
    // Of nobody.
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let own = server.client().with_client_auth_cert(vec![own.der().clone()], key).unwrap();
    assert_eq!(server.told(own).as_deref(), Some("127.0.0.1 tls not validated"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_named_shows_a_certificate_of_nobody() {
    let server = Server::start_behind(&["192.0.2.1", "127.0.0.0/8"]).await;
    let own = server.ca.issue_client("proxy", &[]).unwrap();
    assert_eq!(server.told_with(&own), "nobody tls no certificate");
    let server = Server::start_behind(&["192.0.2.1"]).await;
    let own = server.ca.issue_client("proxy", &[]).unwrap();
    assert_eq!(server.told_with(&own), "127.0.0.1 tls validated to corporate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_prove_the_key_has_no_connection() {
    let server = Server::start().await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = |resolver: Arc<Thief>| {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(server.ca.certificate_pem().as_bytes()).unwrap()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
            builder.with_root_certificates(roots).with_client_cert_resolver(resolver)
        };
        let (chain, key) = parts(&server.ca.issue_client("app", &[]).unwrap());
        let (_, other_key) = parts(&server.ca.issue_client("app", &[]).unwrap());
        assert!(server.told(client(thief(chain.clone(), &other_key))).is_none());
        assert!(server.told(client(thief(vec![CertificateDer::from(vec![0x30, 0])], &key))).is_none());
        let own = server.told(client(thief(chain, &key)));
        assert_eq!(own.as_deref(), Some("127.0.0.1 tls validated to corporate"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_is_judged_at_the_moment_of_the_connection() {
    let server = Server::start().await;
    let (chain, _) = parts(&server.ca.issue_client("app", &[]).unwrap());
    let at = |days: i64| server.tls.anchors.judge(&chain, UtcDateTime::now() + Span::days(days)).unwrap().chain;
    assert_eq!(at(0), CertificateChain::ValidatedTo("corporate".into()));
    for outside in [-2, 91] {
        assert_eq!(at(outside), CertificateChain::NotValidated);
    }
    assert!(server.tls.anchors.judge(&[], UtcDateTime::now()).is_none());
    assert!(server.tls.anchors.judge(&chain, UtcDateTime::MIN).is_none(), "no moment of a certificate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_nothing_keeps_nobody_waiting() {
    let server = Server::start().await;
    let silent: Vec<_> = (0..8).map(|_| StdTcpStream::connect(server.address).unwrap()).collect();
    assert!(server.told(server.client().with_no_client_auth()).is_some());
    drop(silent);
}
