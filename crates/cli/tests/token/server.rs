use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use symbolon::{
    id_token::NewIdToken,
    jose::{JwkSet, SigningKey},
    ring::PROVIDER,
    types::{ClientId, Issuer, Secret},
};
use time::{Duration, UtcDateTime};

/// RFC 8037 appendix A.1.
const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"1","alg":"Ed25519",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// The key of RFC 7515 appendix A.3, under the `kid` of the other.
const ANOTHER_KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"1","alg":"ES256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

pub(crate) const ACCESS_TOKEN: &str = "MARKER-access-token";
pub(crate) const TOKENS: &str = r#"{"access_token":"MARKER-access-token","token_type":"Bearer","expires_in":3600}"#;

/// An authorization server on loopback: metadata, keys, and a token endpoint that answers as it is told.
pub(crate) struct Server {
    pub(crate) issuer: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// The function gets the issuer and makes the token endpoint's whole answer.
    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::with_metadata(metadata, answer)
    }

    /// Another function gets the issuer and makes its metadata.
    pub(crate) fn with_metadata(
        metadata: impl Fn(&str) -> String + Send + 'static,
        answer: impl Fn(&str) -> String + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, own) = (Arc::clone(&requests), issuer.clone());
        thread::spawn(move || {
            for socket in listener.incoming() {
                serve(&mut socket.unwrap(), &seen, |target| match target {
                    "/.well-known/openid-configuration" => http(200, "", &metadata(&own)),
                    "/jwks" => http(200, "", &JwkSet::new(vec![key().public_jwk().unwrap()]).to_json()),
                    _ => answer(&own),
                });
            }
        });
        Self { issuer, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Every request that came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Begins anew.
    pub(crate) fn forget(&self) {
        self.requests.lock().unwrap().clear();
    }

    /// The one token request that came: head and body.
    #[track_caller]
    pub(crate) fn token_request(&self) -> (String, String) {
        let requests = self.requests();
        let mut posts = requests.iter().filter(|request| request.starts_with("POST /token "));
        let (head, body) = posts.next().unwrap().split_once("\r\n\r\n").unwrap();
        assert_eq!(posts.next(), None, "a second one");
        (head.to_owned(), body.to_owned())
    }
}

fn metadata(issuer: &str) -> String {
    format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/token","jwks_uri":"{issuer}/jwks"}}"#)
}

fn serve(socket: &mut TcpStream, seen: &Mutex<Vec<String>>, answer: impl Fn(&str) -> String) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        if read == 0 || is_whole(&request) {
            break;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let answer = answer(request.split(' ').nth(1).unwrap_or_default());
    seen.lock().unwrap().push(request);
    let _ = socket.write_all(answer.as_bytes());
}

/// Whether head and body have come.
pub(crate) fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap())
}

/// An answer in HTTP, which is JSON if no header says otherwise.
pub(crate) fn http(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    let json = if headers.contains("content-type") { "" } else { "content-type: application/json\r\n" };
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{json}{headers}\r\n{body}")
}

/// What an ID token is to say.
pub(crate) struct Says<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: &'a str,
    pub(crate) right_key: bool,
}

impl Default for Says<'_> {
    fn default() -> Self {
        Self { client_id: "app", nonce: Some("n-0S6_WzA2Mj"), access_token: ACCESS_TOKEN, right_key: true }
    }
}

/// A token response with an ID token. It is signed now: the command reads the clock.
pub(crate) fn tokens_of(issuer: &str, says: &Says<'_>) -> String {
    let (issuer, client_id) = (Issuer::parse(issuer).unwrap(), ClientId::parse(says.client_id).unwrap());
    let extra =
        serde_json::json!({"name": "MARKER-name", "turned\u{202e}": "\u{9b}31m\u{e5}"}).as_object().unwrap().clone();
    let access_token = Secret::new(says.access_token);
    let id_token = NewIdToken {
        nonce: says.nonce,
        access_token: Some(&access_token),
        ..NewIdToken::new(&issuer, "MARKER-sub", &client_id, &extra)
    };
    let key =
        if says.right_key { key() } else { SigningKey::from_jwk(&PROVIDER, ANOTHER_KEY.as_bytes(), None).unwrap() };
    let id_token = id_token.sign(&PROVIDER, &key, Duration::minutes(5), UtcDateTime::now()).unwrap();
    let id_token = id_token.expose();
    format!(r#"{{"access_token":"{ACCESS_TOKEN}","token_type":"bearer","expires_in":3600,"id_token":"{id_token}"}}"#)
}

fn key() -> SigningKey {
    SigningKey::from_jwk(&PROVIDER, KEY.as_bytes(), None).unwrap()
}
