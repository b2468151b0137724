use symbolon_client::EndpointUrl;
use symbolon_jose::KeySetError;
use symbolon_reqwest::{FetchError, Sender};

use crate::server::{Server, answer};

/// The key of RFC 8037, appendix A.2.
const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[tokio::test]
async fn a_set_is_fetched_and_what_is_no_set_is_refused() {
    let server = Server::start(|_, target| match target {
        "/jwks" => answer(200, "content-type: application/jwk-set+json\r\n", SET),
        "/created" => answer(201, "", SET),
        "/twice" => answer(200, "", r#"{"keys":[],"keys":[]}"#),
        _ => answer(200, "", "<html>"),
    })
    .await;
    let sender = Sender::new().unwrap();
    let jwks = |path: &str| {
        let uri = EndpointUrl::parse(&server.url(path)).unwrap();
        let sender = sender.clone();
        async move { sender.jwks(&uri).await }
    };
    assert_eq!(jwks("/jwks").await.unwrap().keys().len(), 1);
    assert!(matches!(jwks("/created").await, Err(FetchError::UnexpectedStatus { status: 201 })));
    assert!(matches!(jwks("/twice").await, Err(FetchError::JwkSet(KeySetError::Json(_)))));
    assert!(matches!(jwks("/html").await, Err(FetchError::JwkSet(KeySetError::Json(_)))));
}
