//! A whole sign-in (RFC 6749 §4.1, OpenID Connect Core §3.1), its pending half in a cookie of the browser.
use core::error::Error;
use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
    routing::get,
};
use symbolon_client::{
    AuthorizationPlan, Client, CookieName, Received, SEALED_LIFETIME, SealingKey,
    id_token::Personal,
    jose::VerifyingKeys,
    types::{Digest, Scope},
};
use symbolon_reqwest::Sender;
use time::UtcDateTime;
use tokio::sync::Mutex;

/// What every request needs.
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) sender: Sender,
    pub(crate) key: SealingKey,
    pub(crate) clock: fn() -> UtcDateTime,
    /// Who is signed in, by session.
    pub(crate) sessions: Mutex<HashMap<String, Personal>>,
    /// Cookies that a callback had, and when: each is taken once.
    pub(crate) taken: Mutex<HashMap<String, UtcDateTime>>,
}

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/cb", get(callback))
        .with_state(Arc::new(app))
}

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> String {
    let session = session(&headers).unwrap_or_default();
    app.sessions.lock().await.get(&session).map_or("nobody\n".into(), |sub| format!("{}\n", sub.as_str()))
}

/// Sends the browser away; the other half goes with it, sealed.
async fn login(State(app): State<Arc<App>>) -> Result<Response, StatusCode> {
    app.send_away().map_err(|error| failed(&*error, StatusCode::INTERNAL_SERVER_ERROR))
}

/// The browser comes back. Whatever comes of it, it forgets the pending half.
async fn callback(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let Some(name) = app.client.cookie_name(&query) else { return StatusCode::BAD_REQUEST.into_response() };
    let answer = match app.sign_in(&query, &name, &headers).await {
        Ok(session) => see_other("/", &session),
        Err(error) => failed(&*error, StatusCode::BAD_REQUEST).into_response(),
    };
    (AppendHeaders([(header::SET_COOKIE, name.removal())]), answer).into_response()
}

impl App {
    fn send_away(&self) -> Result<Response, Failed> {
        let mut plan = AuthorizationPlan::new(Scope::parse("openid profile")?);
        plan.login_hint = Some(Personal::new("alice")); // whom a server for development signs in
        let (request, pending) = self.client.authorize(plan)?;
        let sealed = pending.seal(&self.key, (self.clock)())?;
        Ok(see_other(request.url().expose(), sealed.set_cookie().expose()))
    }

    async fn sign_in(&self, query: &str, name: &CookieName, headers: &HeaderMap) -> Result<String, Failed> {
        // The half is taken from the browser that calls back, and from nowhere else.
        let sealed = name.find(&cookies(headers)).ok_or("not the browser that was sent away")?;
        let pending = self.client.open(&sealed, &self.key, (self.clock)())?;
        let code = pending.receive(query, (self.clock)())?;
        // The answer that deletes the cookie is sent after the exchange: until the browser has it, this stands for it.
        self.take(name).await?;

        let sending = self.client.exchange(code, (self.clock)())?;
        let tokens = match self.sender.request_tokens(sending, self.clock).await? {
            Received::Tokens(tokens) => tokens,
            Received::Refused(answer) => return Err(answer.to_string().into()),
            _ => return Err("an answer that is none".into()),
        };
        let jwks = self.sender.jwks(self.client.jwks_uri().ok_or("no jwks_uri")?).await?;
        let keys = VerifyingKeys::load(self.client.crypto(), &jwks, self.client.id_token_algorithms());
        let tokens = tokens.verify(&keys, (self.clock)())?;
        self.renew_session(headers, &tokens.id_token().ok_or("no ID token")?.sub).await
    }

    async fn take(&self, name: &CookieName) -> Result<(), Failed> {
        let now = (self.clock)();
        let mut taken = self.taken.lock().await;
        taken.retain(|_, at| now < at.saturating_add(SEALED_LIFETIME));
        taken.insert(name.to_string(), now).map_or(Ok(()), |_| Err("a second callback".into()))
    }

    /// A session that began before the sign-in may be one that somebody else knows: it ends, and a new one begins.
    async fn renew_session(&self, headers: &HeaderMap, sub: &Personal) -> Result<String, Failed> {
        let mut octets = [0; 32];
        self.client.crypto().random.fill(&mut octets)?;
        let id = Digest::from_bytes(octets).to_base64url();
        let mut sessions = self.sessions.lock().await;
        sessions.remove(&session(headers).unwrap_or_default());
        sessions.insert(id.clone(), sub.clone());
        Ok(format!("{SESSION}={id}; Path=/; Secure; HttpOnly; SameSite=Lax"))
    }
}

type Failed = Box<dyn Error + Send + Sync>;

const SESSION: &str = "__Host-session";

fn see_other(location: &str, set_cookie: &str) -> Response {
    let headers = [(header::LOCATION, location), (header::SET_COOKIE, set_cookie), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, AppendHeaders(headers)).into_response()
}

/// For the operator; the user hears no reason.
fn failed(error: &(dyn Error + Send + Sync), status: StatusCode) -> StatusCode {
    eprintln!("not signed in: {error}");
    status
}

fn cookies(headers: &HeaderMap) -> String {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join("; ")
}

fn session(headers: &HeaderMap) -> Option<String> {
    let cookies = cookies(headers);
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == SESSION).map(|(_, id)| id.to_owned())
}
