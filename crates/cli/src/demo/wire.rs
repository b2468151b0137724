//! The wire between the demo's client and its server: a loopback listener that passes requests on, one per connection,
//! shows them with secrets shortened, and spoils one if it is told to.

use core::net::SocketAddr;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    browser::{replace_parameter, shorten, shorten_query},
    tamper::Tamper,
};

/// Longest message that the wire carries, in bytes: everything in the demo is far shorter.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// A listener that stands before the server.
#[derive(Debug)]
pub(super) struct Wire {
    /// What is spoilt in the next exchange.
    armed: Arc<Mutex<Option<Tamper>>>,
}

impl Wire {
    /// Passes everything that comes to this listener on to `server`.
    pub(super) fn open(listener: TcpListener, server: SocketAddr) -> Self {
        let armed = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&armed);
        tokio::spawn(async move {
            let mut last_proof = None;
            while let Ok((stream, _)) = listener.accept().await {
                let tamper = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Err(error) = carry(stream, server, tamper, &mut last_proof).await {
                    println!("  wire: {error}");
                }
            }
        });
        Self { armed }
    }

    /// Spoils the next exchange.
    pub(super) fn arm(&self, tamper: Option<Tamper>) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = tamper;
    }
}

/// `last_proof` is the DPoP proof that the token endpoint got last.
async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    tamper: Option<Tamper>,
    last_proof: &mut Option<String>,
) -> io::Result<()> {
    let mut request = read_message(&mut client, true).await?;
    if let Some(tamper) = tamper {
        if matches!(tamper, Tamper::Replay | Tamper::RefreshReplay | Tamper::AssertionReplay) {
            println!("  somebody -> the same request");
            let first = exchange(&server.to_string(), &request).await?;
            println!("  somebody <- {}", first.first_line());
        }
        if let (Tamper::DpopReplay, Some(proof)) = (tamper, &last_proof) {
            request.replace_header("dpop", |_| proof.clone());
        }
        spoil_request(&mut request, tamper);
    }
    if request.first_line().starts_with("POST ") {
        *last_proof = request.header("dpop").map(Into::into);
    }
    let pages = ["GET /authorize?", "GET /device ", "POST /device ", "GET /backchannel ", "POST /backchannel "];
    let is_browser = pages.iter().any(|page| request.first_line().starts_with(page));
    let who = if is_browser { "browser" } else { "client" };
    show(&format!("{who} ->"), &request);
    let mut response = exchange(&server.to_string(), &request).await?;
    if let Some(tamper) = tamper {
        spoil_response(&mut response, tamper);
    }
    show(&format!("{who} <-"), &response);
    response.write(&mut client).await?;
    client.shutdown().await
}

fn spoil_request(request: &mut Message, tamper: Tamper) {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let value = |name: &str| {
        let pair = form.split('&').find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name));
        pair.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let changed = |name: &str| replace_parameter(&form, name, &change_last(&value(name)));
    let form = match tamper {
        Tamper::Secret => {
            request.replace_header("authorization", |value| {
                value.strip_suffix("==").or_else(|| value.strip_suffix('=')).map_or_else(
                    || change_last(value),
                    |credentials| {
                        let padding = value.get(credentials.len()..).unwrap_or_default();
                        format!("{}{padding}", change_first_of_last_group(credentials))
                    },
                )
            });
            form
        }
        Tamper::Mechanisms => format!("{form}&client_id=demo-basic&client_secret=another"),
        Tamper::Duplicate => format!("{form}&grant_type=client_credentials"),
        Tamper::Assertion => changed_signature(&form, "client_assertion", &value("client_assertion")),
        Tamper::GrantAssertion => changed_signature(&form, "assertion", &value("assertion")),
        Tamper::Verifier => changed("code_verifier"),
        Tamper::Code => changed("code"),
        Tamper::RedirectUri => replace_parameter(&form, "redirect_uri", "http%3A%2F%2F127.0.0.1%2Fother"),
        Tamper::ExchangeToken => changed("subject_token"),
        Tamper::ExchangeTarget => replace_parameter(&form, "audience", "https%3A%2F%2Fother.example"),
        Tamper::Scope => format!("{form}&scope=openid+profile+read+admin"),
        Tamper::Dpop => {
            request.head.push_str("dpop: eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA\r\n");
            form
        }
        Tamper::DpopSignature => {
            request.replace_header("dpop", change_signature);
            form
        }
        Tamper::AccessToken => {
            request.replace_header("authorization", change_last);
            form
        }
        _ => form,
    };
    request.body = form.into_bytes();
}

fn spoil_response(response: &mut Message, tamper: Tamper) {
    if tamper == Tamper::DpopNonce {
        response.replace_header("dpop-nonce", change_last);
        return;
    }
    let Ok(serde_json::Value::Object(mut body)) = serde_json::from_slice(&response.body) else { return };
    let text = |body: &serde_json::Map<String, serde_json::Value>, name: &str| {
        body.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    match tamper {
        Tamper::Signature => {
            let id_token = text(&body, "id_token");
            body.insert("id_token".into(), change_signature(&id_token).into());
        }
        Tamper::TokenType => {
            body.insert("token_type".into(), "DPoP".into());
        }
        Tamper::DpopTokenType if body.contains_key("token_type") => {
            body.insert("token_type".into(), "Bearer".into());
        }
        Tamper::IdToken => {
            body.remove("id_token");
        }
        Tamper::AtHash => {
            let access_token = text(&body, "access_token");
            body.insert("access_token".into(), change_last(&access_token).into());
        }
        _ => return,
    }
    response.body = serde_json::Value::Object(body).to_string().into_bytes();
}

fn changed_signature(form: &str, name: &str, assertion: &str) -> String {
    replace_parameter(form, name, &change_signature(assertion))
}

/// The JWS with the first character of its signature changed.
fn change_signature(jws: &str) -> String {
    let (signed, signature) = jws.rsplit_once('.').unwrap_or((jws, ""));
    let mut characters = signature.chars();
    let first = characters.next().map_or('A', |first| if first == 'A' { 'B' } else { 'A' });
    format!("{signed}.{first}{}", characters.as_str())
}

/// The text with its last character changed; an unreserved one stays unreserved.
fn change_last(text: &str) -> String {
    let mut characters = text.chars();
    let last = characters.next_back();
    let other = if last == Some('A') { 'E' } else { 'A' };
    format!("{}{other}", characters.as_str())
}

/// Base64 without padding, changed where every bit counts: three characters before the end.
fn change_first_of_last_group(text: &str) -> String {
    let at = text.len().saturating_sub(3);
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let mut characters = after.chars();
    let first = characters.next().map_or('A', |first| if first == 'A' { 'B' } else { 'A' });
    format!("{before}{first}{}", characters.as_str())
}

/// An HTTP/1.1 message: the start line with the headers, each ended by CRLF, and the body.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// A GET with these headers, each ended by CRLF, and the host that it goes to.
    pub(super) fn get(url: &str, headers: &str) -> Option<(String, Self)> {
        Self::to("GET", url, headers, String::new())
    }

    /// A POST of this form, as [`Self::get`].
    pub(super) fn post(url: &str, headers: &str, form: String) -> Option<(String, Self)> {
        let headers = format!("content-type: application/x-www-form-urlencoded\r\n{headers}");
        Self::to("POST", url, &headers, form)
    }

    fn to(method: &str, url: &str, headers: &str, body: String) -> Option<(String, Self)> {
        let (_, rest) = url.split_once("://")?;
        let (host, path) = rest.split_once('/')?;
        let head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\n{headers}");
        Some((host.to_owned(), Self { head, body: body.into_bytes() }))
    }

    pub(super) fn first_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then(|| value.trim()))
    }

    fn replace_header(&mut self, name: &str, change: impl Fn(&str) -> String) {
        let lines = self.head.lines().map(|line| match line.split_once(':') {
            Some((known, value)) if known.eq_ignore_ascii_case(name) => {
                format!("{known}: {}\r\n", change(value.trim()))
            }
            _ => format!("{line}\r\n"),
        });
        self.head = lines.collect();
    }

    /// Writes it as the only message of its connection.
    async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let is_framing = |line: &str| {
            let name = line.split_once(':').map_or("", |(name, _)| name);
            ["content-length", "connection", "transfer-encoding"].iter().any(|known| name.eq_ignore_ascii_case(known))
        };
        let head: Vec<&str> = self.head.lines().filter(|line| !is_framing(line)).collect();
        let head = head.join("\r\n") + "\r\n";
        let framing = format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len());
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(framing.as_bytes()).await?;
        stream.write_all(&self.body).await?;
        stream.flush().await
    }
}

/// One request to this host and its answer, on a connection of its own.
pub(super) async fn exchange(host: &str, request: &Message) -> io::Result<Message> {
    exchange_on(TcpStream::connect(host).await?, request).await
}

/// One request on this connection and its answer.
pub(super) async fn exchange_on(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &Message,
) -> io::Result<Message> {
    request.write(&mut stream).await?;
    read_message(&mut stream, false).await
}

/// The ping that comes to this listener next, answered as a client answers it (OpenID CIBA §10.2).
pub(super) async fn receive_ping(listener: &TcpListener, tamper: Option<Tamper>) -> io::Result<Message> {
    let (mut stream, _) = listener.accept().await?;
    let mut request = read_message(&mut stream, true).await?;
    if tamper == Some(Tamper::CibaPing) {
        request.replace_header("authorization", change_last);
    }
    show("client <-", &request);
    let response = Message { head: "HTTP/1.1 204 No Content\r\n".into(), body: Vec::new() };
    response.write(&mut stream).await?;
    show("client ->", &response);
    Ok(request)
}

async fn read_message(stream: &mut (impl AsyncRead + Unpin), is_request: bool) -> io::Result<Message> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let (head, body) = bytes.split_at(end.saturating_add(4));
            let message = Message { head: head_text(head)?, body: body.to_vec() };
            let length = message.header("content-length").and_then(|length| length.parse::<usize>().ok());
            // A request without a length has no body; an answer without one ends with its connection.
            let wanted = if is_request { Some(length.unwrap_or(0)) } else { length };
            if wanted.is_some_and(|wanted| message.body.len() >= wanted) {
                return Ok(message);
            }
        }
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(io::Error::other("a message is too long for the demo"));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            let end = end.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            let (head, body) = bytes.split_at(end.saturating_add(4));
            return Ok(Message { head: head_text(head)?, body: body.to_vec() });
        }
    }
}

fn head_text(head: &[u8]) -> io::Result<String> {
    let text = str::from_utf8(head).map_err(io::Error::other)?;
    Ok(text.strip_suffix("\r\n").unwrap_or(text).to_owned())
}

/// Prints a message, values shortened, lists, objects and pages left out.
pub(super) fn show(direction: &str, message: &Message) {
    println!("  {direction} {}", shorten_query(message.first_line()));
    for name in ["authorization", "dpop", "www-authenticate", "dpop-nonce", "location", "cache-control"] {
        if let Some(value) = message.header(name) {
            println!("     {name}: {}", show_header(name, value));
        }
    }
    if message.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        println!("     (a page)");
        return;
    }
    let text = String::from_utf8_lossy(&message.body);
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(&message.body) {
        for (name, value) in members {
            if !value.is_array() && !value.is_object() {
                println!("     {name}: {}", value.as_str().map_or_else(|| value.to_string(), show_value));
            }
        }
    } else if !text.is_empty() {
        println!("     {}", shorten_query(&text));
    }
}

fn show_header(name: &str, value: &str) -> String {
    match (name, value.split_once(' ')) {
        ("authorization", Some((scheme, credentials))) => format!("{scheme} {}", hide(credentials)),
        ("dpop" | "dpop-nonce", _) => shorten(value),
        ("location", _) => shorten_query(value),
        _ => value.to_owned(),
    }
}

fn show_value(value: &str) -> String {
    if value.contains(' ') || value.starts_with("http") { value.to_owned() } else { shorten(value) }
}

fn hide(credentials: &str) -> String {
    let start: String = credentials.chars().take(4).collect();
    format!("{start}..")
}
