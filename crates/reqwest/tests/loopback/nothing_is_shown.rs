use core::{error::Error as _, fmt::Write as _};

use symbolon_reqwest::Sender;
use symbolon_types::SecretBytes;

use crate::server::{Server, TOKENS, request};

#[tokio::test]
async fn neither_secrets_nor_urls_are_in_debug_or_errors() {
    let server = Server::start(|_, _| format!("{TOKENS}\r\n")).await;
    let (request, _) = request(&server.url("/token?key=MARKER-query"));
    assert!(!format!("{request:?}").contains("MARKER-secret"));
    let sender = Sender::builder().root_der(*b"MARKER");
    assert!(!format!("{sender:?}").contains("MARKER"));
    let sender = Sender::builder().client_certificate_pem("MARKER", SecretBytes::new("MARKER"));
    assert!(!format!("{sender:?} {:?}", sender.clone().build().unwrap_err()).contains("MARKER"));
    let sender = Sender::new().unwrap();
    assert_eq!(format!("{sender:?}"), "Sender { .. }");

    let error = sender.send(request).await.unwrap_err();
    let mut shown = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(shown, "{error} {error:?}").unwrap();
        cause = error.source();
    }
    for hidden in ["MARKER", "/token", "2YotnFZFEjr1zCsicMWpAA"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
