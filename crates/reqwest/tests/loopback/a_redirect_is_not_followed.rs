use symbolon_client::{EndpointUrl, Failure, Received};
use symbolon_reqwest::{FetchError, Sender};

use crate::server::{Server, TOKENS, answer, now, request};

/// A server whose every answer is a redirect to another one, which would answer with tokens.
async fn redirecting(status: u16) -> (Server, Server) {
    let other = Server::start(|_, _| answer(200, "", TOKENS)).await;
    let location = format!("location: {}\r\n", other.url("/token"));
    (Server::start(move |_, _| answer(status, &location, "")).await, other)
}

#[tokio::test]
async fn a118_a_redirect_of_the_token_endpoint_is_an_answer_and_credentials_stay() {
    for status in [301, 302, 303, 307, 308] {
        let (server, other) = redirecting(status).await;
        let (request, pending) = request(&server.url("/token"));
        let response = Sender::new().unwrap().send(request).await.unwrap();
        assert_eq!(response.status(), status);
        let refused = pending.receive(&response, now()).unwrap_err();
        assert_eq!(refused.failure(), &Failure::Redirect { status });
        assert_eq!((server.requests().len(), other.requests().len()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn without_a_redirect_the_same_server_is_taken() {
    let (_, other) = redirecting(307).await;
    let (request, pending) = request(&other.url("/token"));
    let response = Sender::new().unwrap().send(request).await.unwrap();
    assert!(matches!(pending.receive(&response, now()), Ok(Received::Tokens(_))));
    assert_eq!(other.requests().len(), 1);
}

#[tokio::test]
async fn a118_metadata_and_keys_are_not_fetched_from_elsewhere() {
    for status in [302, 307] {
        let (server, other) = redirecting(status).await;
        let sender = Sender::new().unwrap();
        let metadata = sender.metadata(&server.issuer()).await.unwrap_err();
        assert!(matches!(metadata, FetchError::UnexpectedStatus { status: got } if got == status), "{metadata:?}");
        let keys = sender.jwks(&EndpointUrl::parse(&server.url("/jwks")).unwrap()).await.unwrap_err();
        assert!(matches!(keys, FetchError::UnexpectedStatus { status: got } if got == status), "{keys:?}");
        assert_eq!((server.requests().len(), other.requests().len()), (2, 0), "{status}");
    }
}
