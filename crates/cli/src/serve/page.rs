//! What the pages share on which test users decide about what is asked elsewhere (security decisions D22 and D26): forms, entries
//! that are counted, and answers with their headers. Every text that is not written here is escaped.
use core::{
    fmt::{self, Display},
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    body::{self, Body},
    extract::ConnectInfo,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use symbolon::{server::Granted, token_request::TokenRequest, types::ClientId};
use time::{Duration, UtcDateTime};
use tokio::sync::Mutex;

use super::{
    attempts::{Attempts, Who},
    device_session::Session,
};

/// Longest form that is read, in bytes: what is decided, a login and a token.
const MAX_FORM_BYTES: usize = 4096;

/// A form of the media type that forms have.
pub(super) async fn read(head: &Parts, body: Body) -> Option<TokenRequest> {
    let mut types = head.headers.get_all(header::CONTENT_TYPE).into_iter();
    let (media_type, None) = (types.next()?.to_str().ok()?, types.next()) else { return None };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    let body = body::to_bytes(body, MAX_FORM_BYTES).await.ok()?;
    TokenRequest::parse(body.to_vec()).ok()
}

/// Entries of the sessions of a page: those that find nothing are counted.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) wrong: Attempts,
    /// Held from the look at the counters to the count: of many entries at once no more are tried than may be.
    entering: Mutex<()>,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self { wrong: Attempts::at_user_codes(), entering: Mutex::default() }
    }

    /// What was entered, if it finds something. At most as many entries are wrong as may be (security decision D26).
    pub(super) async fn look_up<T, E>(
        &self,
        session: &Session,
        peer: Option<IpAddr>,
        now: UtcDateTime,
        found: impl Future<Output = Result<Option<T>, E>>,
    ) -> Result<T, Missed> {
        // Peers that nobody knows, behind a proxy, are one network here: a user code is shorter than any secret.
        let (who, peer) = (Who::new(&session.id, true), peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        let _entering = self.entering.lock().await;
        if let Some(retry_after) = self.wrong.wait(who, peer, now) {
            return Err(Missed::Wait(retry_after));
        }
        let found = found.await.map_err(|_| Missed::Unavailable)?;
        found.ok_or_else(|| {
            self.wrong.count(who, peer, now);
            Missed::Wrong
        })
    }
}

/// Why there is nothing to decide.
pub(super) enum Missed {
    Wait(Duration),
    Wrong,
    Unavailable,
}

/// The other end of the connection, if it is known.
pub(super) fn peer(head: &Parts) -> Option<IpAddr> {
    head.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// What is shown, with the headers of every page.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) page: String,
    pub(super) cookie: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// Whose request it is about.
    pub(super) client_id: Option<ClientId>,
}

impl Answer {
    pub(super) const fn of(status: StatusCode, page: String) -> Self {
        Self { status, page, cookie: None, retry_after: None, client_id: None }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.page));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.whole_seconds()));
        }
        if let Some(cookie) = self.cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// No script, no frame, no other site's form, nothing kept (RFC 9700 §4.16, RFC 8628 §5.4).
const HEADERS: [(header::HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; form-action 'self'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

pub(super) fn page(title: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n\
         <h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

pub(super) fn notice_of(notice: Option<&str>) -> String {
    notice.map(|notice| format!("<p role=\"alert\">{}</p>\n", Text(notice))).unwrap_or_default()
}

/// All that the client asks for: the user says yes to nothing that is not shown.
pub(super) fn asked(asked: &Granted) -> String {
    let row = |name: &str, text: &str| format!("<dt>{}</dt><dd>{}</dd>\n", Text(name), Text(text));
    let mut rows = vec![row("Scope", &asked.scope.to_string())];
    rows.extend(asked.resources.iter().map(|resource| row("Resource", resource)));
    for detail in asked.authorization_details.objects() {
        let text = serde_json::to_string_pretty(detail).unwrap_or_default();
        rows.push(format!("<dt>Authorization detail</dt><dd><pre>{}</pre></dd>\n", Text(&text)));
    }
    rows.concat()
}

/// Text in HTML, between tags or in an attribute that stands in double quotes.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // What turns the direction of a line, or is not seen, makes one text look like another.
                other if is_invisible(other) => write!(f, "[U+{:04X}]", u32::from(other))?,
                other => fmt::Write::write_char(f, other)?,
            }
        }
        Ok(())
    }
}

/// Control characters but the line break of JSON, and marks of direction, width and joining.
fn is_invisible(character: char) -> bool {
    let is_mark = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    is_mark || (character.is_control() && character != '\n')
}
