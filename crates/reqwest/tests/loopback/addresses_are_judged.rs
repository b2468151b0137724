use core::net::IpAddr;

use symbolon_client::EndpointUrl;
use symbolon_reqwest::{BuildError, FetchError, SendError, Sender, is_public};

use crate::server::{Server, TOKENS, answer, request};

const NO_KEYS: &str = r#"{"keys":[]}"#;

async fn jwks(url: &str, judge: fn(IpAddr) -> bool) -> Result<(), FetchError> {
    let sender = Sender::builder().only_addresses(judge).build().unwrap();
    sender.jwks(&EndpointUrl::parse(url).unwrap()).await.map(|_| ())
}

#[tokio::test]
async fn a121_an_address_that_is_not_taken_is_not_connected_to_by_number_or_by_name() {
    let server = Server::start(|_, _| answer(200, "", NO_KEYS)).await;
    let by_number = server.url("/jwks");
    let by_name = by_number.replace("127.0.0.1", "localhost");
    let hidden = by_number.replace("127.0.0.1", "[::ffff:7f00:1]").replace("http", "https");
    for url in [&by_number, &by_name, &hidden] {
        let refused = jwks(url, is_public).await.unwrap_err();
        assert!(matches!(refused, FetchError::Send(SendError::Address)), "{url}: {refused:?}");
    }
    assert!(server.requests().is_empty());
    assert!(jwks(&by_number, |address| address.is_loopback()).await.is_ok());
    assert!(jwks(&by_name, |address| address.is_loopback()).await.is_ok());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a121_token_requests_are_judged_too() {
    let server = Server::start(|_, _| answer(200, "", TOKENS)).await;
    let (sent, _) = request(&server.url("/token"));
    let refused = Sender::builder().only_addresses(is_public).build().unwrap().send(sent).await;
    assert!(matches!(refused, Err(SendError::Address)));
    assert!(server.requests().is_empty());
    let (sent, _) = request(&server.url("/token"));
    assert!(Sender::new().unwrap().send(sent).await.is_ok());
}

#[test]
fn a_proxy_resolves_names_that_nobody_judged() {
    let builder = Sender::builder().only_addresses(is_public);
    assert!(matches!(builder.clone().environment_proxy().build(), Err(BuildError::ProxyResolves)));
    assert!(builder.build().is_ok());
}
