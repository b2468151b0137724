use core::fmt::Write as _;

use symbolon_client::{EndpointUrl, MAX_METADATA_BYTES, Received};
use symbolon_jose::MAX_JWK_SET_BYTES;
use symbolon_reqwest::{FetchError, MAX_RESPONSE_BYTES, SendError, Sender};

use crate::server::{Server, TOKENS, answer, now, request};

/// A document followed by so many spaces that it is `length` bytes.
fn padded(document: &str, length: usize) -> String {
    let missing = length.saturating_sub(document.len());
    document.to_owned() + &" ".repeat(missing)
}

/// The same answer in chunks, so that nothing tells its length before.
fn chunked(body: &str) -> String {
    let mut text =
        "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_owned();
    for chunk in body.as_bytes().chunks(60_000) {
        write!(text, "{:x}\r\n{}\r\n", chunk.len(), str::from_utf8(chunk).unwrap()).unwrap();
    }
    text + "0\r\n\r\n"
}

async fn send(answer: String) -> Result<bool, SendError> {
    let server = Server::start(move |_, _| answer.clone()).await;
    let (request, pending) = request(&server.url("/token"));
    let response = Sender::new().unwrap().send(request).await?;
    Ok(matches!(pending.receive(&response, now()), Ok(Received::Tokens(_))))
}

#[tokio::test]
async fn a117_a_token_response_of_the_limit_is_read_and_one_byte_more_is_refused() {
    let (fits, over) = (padded(TOKENS, MAX_RESPONSE_BYTES), padded(TOKENS, MAX_RESPONSE_BYTES.saturating_add(1)));
    assert!(send(answer(200, "", &fits)).await.unwrap());
    assert!(send(chunked(&fits)).await.unwrap());
    for over in [answer(200, "", &over), chunked(&over)] {
        let error = send(over).await.unwrap_err();
        assert!(matches!(error, SendError::TooLarge { limit: MAX_RESPONSE_BYTES }), "{error:?}");
    }
}

#[tokio::test]
async fn a117_a_body_that_says_it_is_too_long_is_not_waited_for() {
    // No body follows: who waits for it gets another error.
    let announced = "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 67108864\r\n\r\n";
    let error = send(announced.into()).await.unwrap_err();
    assert!(matches!(error, SendError::TooLarge { .. }), "{error:?}");
    let cut = "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{}";
    let error = send(cut.into()).await.unwrap_err();
    assert!(matches!(error, SendError::BrokeOff(_)), "a body that was cut is none: {error:?}");
}

#[tokio::test]
async fn metadata_and_key_sets_have_limits_of_their_own() {
    let sender = Sender::new().unwrap();
    for more in [0, 1] {
        let server = Server::start(move |origin, target| match target {
            "/jwks" => answer(200, "", &padded(r#"{"keys":[]}"#, MAX_JWK_SET_BYTES.saturating_add(more))),
            _ => answer(
                200,
                "",
                &padded(&format!(r#"{{"issuer":"{origin}"}}"#), MAX_METADATA_BYTES.saturating_add(more)),
            ),
        })
        .await;
        let metadata = sender.metadata(&server.issuer()).await;
        let keys = sender.jwks(&EndpointUrl::parse(&server.url("/jwks")).unwrap()).await;
        if more == 0 {
            assert_eq!(metadata.unwrap().issuer, server.issuer());
            assert!(keys.unwrap().keys().is_empty());
        } else {
            assert!(matches!(metadata, Err(FetchError::Send(SendError::TooLarge { .. }))), "{metadata:?}");
            assert!(matches!(keys, Err(FetchError::Send(SendError::TooLarge { .. }))), "{keys:?}");
        }
    }
}
