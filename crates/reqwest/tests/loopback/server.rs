use std::sync::{Arc, Mutex};

use symbolon_client::{Client, OutgoingRequest, PendingTokens, client_auth::ClientAuthentication};
use symbolon_crypto_ring::PROVIDER;
use symbolon_types::{ClientId, Issuer};
use time::UtcDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub(crate) const TOKENS: &str = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}"#;

/// A server on loopback that answers each request with the text of a function, and remembers them all.
pub(crate) struct Server {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// The function gets the origin and the request line's target.
    pub(crate) async fn start(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, own_origin) = (Arc::clone(&requests), origin.clone());
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (seen, own_origin, answer) = (Arc::clone(&seen), own_origin.clone(), Arc::clone(&answer));
                tokio::spawn(async move { serve(socket, &seen, |target| answer(&own_origin, target)).await });
            }
        });
        Self { origin, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn issuer(&self) -> Issuer {
        Issuer::parse(&*self.origin).unwrap()
    }

    /// Every request that came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The targets that were asked for.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.requests().iter().map(|request| target(request).to_owned()).collect()
    }
}

/// One request per connection: that is what `Connection: close` says.
async fn serve(mut socket: TcpStream, seen: &Mutex<Vec<String>>, answer: impl Fn(&str) -> String) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        if read == 0 || is_whole(&request) {
            break;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let answer = answer(target(&request));
    seen.lock().unwrap().push(request);
    // The other side may hang up on a body that it does not want.
    let _ = socket.write_all(answer.as_bytes()).await;
    let _ = socket.shutdown().await;
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

fn target(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}

/// An answer with a body, which is JSON if no header says otherwise.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    let json = if headers.contains("content-type") { "" } else { "content-type: application/json\r\n" };
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{json}{headers}\r\n{body}")
}

/// A client whose token endpoint is there, with its secret.
pub(crate) fn client(token_endpoint: &str) -> Client {
    Client::builder(Issuer::parse("https://as.example").unwrap(), ClientId::parse("app").unwrap(), PROVIDER)
        .token_endpoint(token_endpoint)
        .authentication(ClientAuthentication::Post("MARKER-secret".into()))
        .build()
        .unwrap()
}

/// A token request to that endpoint.
pub(crate) fn request(token_endpoint: &str) -> (OutgoingRequest, PendingTokens) {
    client(token_endpoint).client_credentials(None, now()).unwrap().ready().unwrap()
}

pub(crate) fn now() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap()
}
