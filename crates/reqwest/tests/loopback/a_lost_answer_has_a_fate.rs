use symbolon_client::{Fate, Outcome, RefreshPlan, WhatToDo};
use symbolon_reqwest::{MAX_RESPONSE_BYTES, RequestError, SendError, Sender};

use crate::server::{Server, answer, client, now};

async fn refresh(token_endpoint: &str) -> RequestError {
    let sending = client(token_endpoint).refresh(RefreshPlan::new("MARKER-token"), now()).unwrap();
    Sender::new().unwrap().request_tokens(sending, now).await.unwrap_err()
}

#[tokio::test]
async fn a_refresh_token_is_kept_where_nobody_was_there() {
    let vacant = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", vacant.local_addr().unwrap());
    drop(vacant);
    let error = refresh(&url).await;
    assert!(matches!(error, RequestError::Send { source: SendError::Connect(_), .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome { what_to_do: WhatToDo::Transient { after: None }, fate: Fate::Kept });
}

#[tokio::test]
async fn a_refresh_token_may_be_used_where_the_answer_is_lost() {
    let too_long = " ".repeat(MAX_RESPONSE_BYTES.saturating_add(1));
    let cut = "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{}".to_owned();
    for lost in [String::new(), cut, answer(200, "", &too_long)] {
        let server = Server::start(move |_, _| lost.clone()).await;
        let error = refresh(&server.url("/token")).await;
        assert!(matches!(error, RequestError::Send { .. }), "{error:?}");
        assert_eq!(error.outcome(), Outcome { what_to_do: WhatToDo::Ambiguous, fate: Fate::MayBeUsed });
        assert_eq!(server.requests().len(), 1, "it is not sent again");
        assert!(!format!("{error} {error:?}").contains("MARKER"));
    }
}

#[tokio::test]
async fn what_was_answered_has_the_fate_that_the_client_says() {
    let server = Server::start(|_, _| answer(200, "content-type: text/html\r\n", "<html>")).await;
    let error = refresh(&server.url("/token")).await;
    assert!(matches!(error, RequestError::Receive(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome { what_to_do: WhatToDo::Unknown, fate: Fate::MayBeUsed });
}
