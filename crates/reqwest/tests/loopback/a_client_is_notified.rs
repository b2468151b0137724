use core::error::Error as _;

use symbolon_client::EndpointUrl;
use symbolon_reqwest::{NotifyError, SendError, Sender, is_public};
use symbolon_types::{Rule, Secret};

use crate::server::{Server, answer};

const BODY: &str = r#"{"auth_req_id":"MARKER-id"}"#;

async fn notify(sender: &Sender, server: &Server, token: &str) -> Result<(), NotifyError> {
    let url = EndpointUrl::parse(&server.url("/ciba?a=b")).unwrap();
    sender.notify(&url, &Secret::new(token), &Secret::new(BODY)).await
}

#[tokio::test]
async fn ciba_10_2_a_client_gets_json_by_post_with_its_token_once() {
    for status in [204, 200] {
        let server = Server::start(move |_, _| answer(status, "", "")).await;
        notify(&Sender::new().unwrap(), &server, "MARKER-token").await.unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /ciba?a=b HTTP/1.1"), "{head}");
        let mut lines = head.lines();
        assert!(lines.any(|line| line.eq_ignore_ascii_case("authorization: Bearer MARKER-token")), "{head}");
        assert!(head.lines().any(|line| line.eq_ignore_ascii_case("content-type: application/json")), "{head}");
        assert_eq!(body, BODY);
    }
}

#[tokio::test]
async fn d27_a_redirect_is_not_followed_and_another_status_is_no_success_and_nothing_is_sent_again() {
    let other = Server::start(|_, _| answer(204, "", "")).await;
    for status in [201, 301, 302, 303, 307, 308, 400, 404, 500, 503] {
        let location = format!("location: {}\r\n", other.url("/ciba"));
        let server = Server::start(move |_, _| answer(status, &location, "")).await;
        let refused = notify(&Sender::new().unwrap(), &server, "MARKER-token").await.unwrap_err();
        assert!(matches!(refused, NotifyError::UnexpectedStatus { status: got } if got == status), "{refused:?}");
        assert_eq!(refused.rule(), Some(Rule::ResponseStatus));
        assert_eq!((server.requests().len(), other.requests().len()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_body_is_not_read_however_long_it_says_it_is() {
    let server = Server::start(|_, _| "HTTP/1.1 200 X\r\ncontent-length: 99999999\r\n\r\n".into()).await;
    notify(&Sender::new().unwrap(), &server, "MARKER-token").await.unwrap();
}

#[tokio::test]
async fn a121_an_address_that_is_not_taken_hears_nothing() {
    let server = Server::start(|_, _| answer(204, "", "")).await;
    let public = Sender::builder().only_addresses(is_public).build().unwrap();
    let refused = notify(&public, &server, "MARKER-token").await.unwrap_err();
    assert!(matches!(refused, NotifyError::Send(SendError::Address)), "{refused:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_failed_is_said_without_token_body_and_url() {
    let broken = Server::start(|_, _| "no HTTP".into()).await;
    let refused = notify(&Sender::new().unwrap(), &broken, "MARKER-token").await.unwrap_err();
    let mut shown = format!("{refused} {refused:?}");
    let mut cause = refused.source();
    while let Some(error) = cause {
        shown = format!("{shown} {error} {error:?}");
        cause = error.source();
    }
    assert!(!shown.contains("MARKER") && !shown.contains("/ciba"), "{shown}");
    let refused = notify(&Sender::new().unwrap(), &broken, "a\nb").await.unwrap_err();
    assert!(matches!(refused, NotifyError::Send(SendError::Request)), "{refused:?}");
    assert_eq!(broken.requests().len(), 1, "a token that is no header is not sent");
}
