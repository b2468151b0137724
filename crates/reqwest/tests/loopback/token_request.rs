use symbolon_client::{Failure, Received};
use symbolon_reqwest::{SendError, Sender};
use symbolon_types::ErrorCode;
use time::Duration;

use crate::server::{Server, TOKENS, answer, now, request};

#[tokio::test]
async fn the_request_arrives_as_it_was_made_and_tokens_come_back() {
    let server = Server::start(|_, _| answer(200, "content-type: application/json\r\n", TOKENS)).await;
    let (request, pending) = request(&server.url("/token?tenant=1"));
    let response = Sender::new().unwrap().send(request).await.unwrap();

    let [sent] = &server.requests()[..] else { panic!("one request") };
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /token?tenant=1 HTTP/1.1\r\n"), "{head}");
    for header in ["content-type: application/x-www-form-urlencoded", "accept: application/json"] {
        assert!(head.contains(header), "{head}");
    }
    assert!(!head.contains("MARKER"), "{head}");
    assert_eq!(body, "grant_type=client_credentials&client_id=app&client_secret=MARKER-secret");

    let Received::Tokens(tokens) = pending.receive(&response, now()).unwrap() else { panic!("tokens") };
    let tokens = tokens.without_id_token().unwrap();
    assert_eq!(tokens.expires_at(), Some(now().saturating_add(Duration::hours(1))));
}

#[tokio::test]
async fn an_error_comes_back_with_its_status_and_retry_after() {
    let body = r#"{"error":"temporarily_unavailable"}"#;
    let server = Server::start(move |_, _| answer(503, "Retry-After: 120\r\n", body)).await;
    let (request, pending) = request(&server.url("/token"));
    let response = Sender::new().unwrap().send(request).await.unwrap();
    let Received::Refused(refused) = pending.receive(&response, now()).unwrap() else { panic!("refused") };
    assert_eq!((refused.status, &refused.code), (503, &ErrorCode::TemporarilyUnavailable));
    assert_eq!(refused.retry_after, Some(Duration::minutes(2)));
}

#[tokio::test]
async fn a113_html_comes_back_and_the_client_refuses_it_without_its_text() {
    let server = Server::start(|_, _| answer(502, "content-type: text/html\r\n", "<html>MARKER")).await;
    let (request, pending) = request(&server.url("/token"));
    let response = Sender::new().unwrap().send(request).await.unwrap();
    assert_eq!(response.status(), 502);
    let error = pending.receive(&response, now()).unwrap_err();
    assert!(matches!(error.failure(), Failure::ContentType { status: 502, .. }));
    assert!(!format!("{error} {error:?}").contains("MARKER"));
}

#[tokio::test]
async fn what_is_not_http_and_nobody_at_all_are_told_apart() {
    let server = Server::start(|_, _| "SSH-2.0-nobody\r\n".into()).await;
    let (sent, _) = request(&server.url("/token"));
    let sender = Sender::new().unwrap();
    assert!(matches!(sender.send(sent).await, Err(SendError::BrokeOff(_))));

    let vacant = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", vacant.local_addr().unwrap());
    drop(vacant);
    let (sent, _) = request(&url);
    assert!(matches!(sender.send(sent).await, Err(SendError::Connect(_))));
}
