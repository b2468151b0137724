use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use symbolon_client::EndpointUrl;
use symbolon_reqwest::{FetchError, SendError, Sender};

use crate::server::answer;

const AUTHORITY: &[u8] = include_bytes!("../vectors/test-authority.pem");
const CHAIN: &[u8] = include_bytes!("../vectors/loopback.pem");
const KEY: &[u8] = include_bytes!("../vectors/loopback.key.pem");

/// Answers one TLS connection on loopback and gives its port.
fn serve_once() -> u16 {
    let chain = vec![CertificateDer::from_pem_slice(CHAIN).unwrap()];
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(KEY).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        // A client that does not trust the certificate hangs up here.
        if matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
            stream.write_all(answer(200, "", r#"{"keys":[]}"#).as_bytes()).unwrap();
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    port
}

async fn fetch(sender: &Sender, host: &str) -> Result<usize, FetchError> {
    let uri = EndpointUrl::parse(&format!("https://{host}:{}/jwks", serve_once())).unwrap();
    sender.jwks(&uri).await.map(|set| set.keys().len())
}

#[tokio::test]
async fn a_certificate_of_an_added_authority_is_trusted_and_of_nobody_else() {
    let own = Sender::builder().root_pem(AUTHORITY).build().unwrap();
    let only_own = Sender::builder().root_pem(AUTHORITY).without_public_roots().build().unwrap();
    for sender in [&own, &only_own] {
        assert_eq!(fetch(sender, "127.0.0.1").await.unwrap(), 0);
    }
    assert_untrusted(&fetch(&Sender::new().unwrap(), "127.0.0.1").await.unwrap_err());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let sender = Sender::builder().root_pem(AUTHORITY).build().unwrap();
    assert_untrusted(&fetch(&sender, "localhost").await.unwrap_err());
}

fn assert_untrusted(error: &FetchError) {
    assert!(matches!(error, FetchError::Send(SendError::Connect(_))), "{error:?}");
    assert!(format!("{error:?}").contains("InvalidCertificate"), "{error:?}");
}
