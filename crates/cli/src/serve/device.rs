//! The page where a user types in what their device shows (RFC 8628 §3.3, security decision D26), for test users (D22).
use core::net::IpAddr;
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::Response,
};
use symbolon::{
    server::{ApplyError, DecideError, Decided, Decision, DeferredKey, StoredDeferred},
    token_request::TokenRequest,
    types::{ClientId, Digest},
};
use symbolon_axum::{Respond as _, TokenEndpoint};
use symbolon_store::{DecisionError, MemoryError, Store as _};
use time::{Duration, UtcDateTime};
use url::Url;

use super::{
    ServeError, User, device_page,
    device_session::{Session, Sessions},
    log::{method_name, micros},
    page::{Answer, Entries, Missed, peer, read},
    serving::Serving,
};

/// The page: a code is typed in, what it is for is shown, and a test user says yes or no. A link never decides.
#[derive(Debug)]
pub(super) struct DevicePage {
    endpoint: TokenEndpoint<Serving>,
    users: Arc<BTreeMap<String, User>>,
    path: String,
    sessions: Sessions,
    entries: Entries,
}

/// Longest code that a link fills in, in bytes.
const MAX_PREFILL_BYTES: usize = 64;

/// Of an unknown code, one that is over and one that was decided nothing else is said: whoever guesses learns nothing.
const WRONG_CODE: &str = "There is no such code, or its time is over.";

impl DevicePage {
    /// Under this path of the issuer.
    pub(super) fn new(
        endpoint: TokenEndpoint<Serving>,
        users: Arc<BTreeMap<String, User>>,
        issuer_path: &str,
    ) -> Result<Self, ServeError> {
        let path = format!("{issuer_path}/device");
        let issuer = Url::parse(endpoint.responder().endpoint().issuer().as_str());
        let is_https = issuer.is_ok_and(|issuer| issuer.scheme() == "https");
        let sessions = Sessions::new(&path, is_https).map_err(ServeError::Random)?;
        Ok(Self { endpoint, users, path, sessions, entries: Entries::new() })
    }

    async fn answer(&self, head: &Parts, body: Body, now: UtcDateTime) -> Answer {
        let cookies = head.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let session = self.sessions.find(cookies, now);
        match head.method {
            Method::GET => self.show(session, head.uri.query().unwrap_or_default(), now),
            Method::POST => match session {
                Some(session) => self.receive(&session, head, body, now).await,
                None => self.message(StatusCode::FORBIDDEN, "Your session is over, or your browser sends no cookies."),
            },
            _ => Answer::of(StatusCode::METHOD_NOT_ALLOWED, String::new()),
        }
    }

    /// RFC 8628 §3.3.1: a link may bring the code, and no more than that.
    fn show(&self, session: Option<Session>, query: &str, now: UtcDateTime) -> Answer {
        let Ok(form) = TokenRequest::parse(query.as_bytes().to_vec()) else {
            return self.message(StatusCode::BAD_REQUEST, "The link is malformed.");
        };
        let begun = match session {
            Some(session) => Ok((session, None)),
            None => self.sessions.begin(now).map(|(session, cookie)| (session, Some(cookie))),
        };
        let Ok((session, cookie)) = begun else {
            return self.message(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here.");
        };
        let user_code = form.parameter("user_code").filter(|code| code.len() <= MAX_PREFILL_BYTES);
        let token = self.sessions.enter_token(&session);
        let page = device_page::enter(&self.path, token, user_code.unwrap_or_default(), None);
        Answer { cookie, ..Answer::of(StatusCode::OK, page) }
    }

    async fn receive(&self, session: &Session, head: &Parts, body: Body, now: UtcDateTime) -> Answer {
        let Some(form) = read(head, body).await else {
            return self.message(StatusCode::BAD_REQUEST, "The form is malformed.");
        };
        let typed = form.parameter("user_code").unwrap_or_default();
        let key = self.endpoint.responder().endpoint().user_code(typed);
        let token = match (form.parameter("decision"), key) {
            (None, _) => Some(self.sessions.enter_token(session)),
            (Some(_), Some(DeferredKey::UserCode(code))) => Some(self.sessions.decide_token(session, code)),
            (Some(_), _) => None,
        };
        let shown = form.parameter("csrf_token").and_then(Digest::from_base64url);
        if shown.is_none() || shown != token {
            return self.message(StatusCode::FORBIDDEN, "The form is not one that this page gave you.");
        }
        let deferred = match self.look_up(session, key, peer(head), now).await {
            Ok(deferred) => deferred,
            Err(Missed::Wait(retry_after)) => {
                let answer = self.message(StatusCode::TOO_MANY_REQUESTS, "Too many wrong codes. Come back later.");
                return Answer { retry_after: Some(retry_after), ..answer };
            }
            Err(Missed::Wrong) => {
                let page = device_page::enter(&self.path, self.sessions.enter_token(session), "", Some(WRONG_CODE));
                return Answer::of(StatusCode::BAD_REQUEST, page);
            }
            Err(Missed::Unavailable) => return self.unavailable(),
        };
        let confirm = |status, notice| {
            let Some(code) = deferred.user_code else { return self.unavailable() };
            let token = self.sessions.decide_token(session, code);
            let logins = self.users.keys().map(String::as_str);
            Answer::of(status, device_page::confirm(&self.path, token, typed, &deferred, logins, notice))
        };
        let answer = match form.parameter("decision") {
            None => confirm(StatusCode::OK, None),
            Some("deny") => self.decide(&deferred, Decision::Deny, now).await,
            Some("approve") => match form.parameter("login").and_then(|login| self.users.get(login)) {
                Some(user) => {
                    let mut granted = user.grants(deferred.asked.scope.clone(), now);
                    granted.resources.clone_from(&deferred.asked.resources);
                    granted.authorization_details = deferred.asked.authorization_details.clone();
                    self.decide(&deferred, Decision::Approve(Box::new(granted)), now).await
                }
                None => confirm(StatusCode::BAD_REQUEST, Some("Say which test user decides.")),
            },
            Some(_) => self.message(StatusCode::BAD_REQUEST, "The form is malformed."),
        };
        Answer { client_id: Some(deferred.client_id.clone()), ..answer }
    }

    /// What this code is for, if anybody still waits for it.
    async fn look_up(
        &self,
        session: &Session,
        key: Option<DeferredKey>,
        peer: Option<IpAddr>,
        now: UtcDateTime,
    ) -> Result<StoredDeferred, Missed> {
        let found = async {
            let found = match key {
                Some(key) => self.endpoint.responder().driver.store().deferred(key).await?,
                None => None,
            };
            Ok::<_, MemoryError>(found.filter(|found| now < found.expires && found.decided == Decided::NotYet))
        };
        self.entries.look_up(session, peer, now, found).await
    }

    async fn decide(&self, deferred: &StoredDeferred, decision: Decision, now: UtcDateTime) -> Answer {
        let is_approved = matches!(decision, Decision::Approve(_));
        let decided = self.endpoint.responder().driver.decide_deferred(deferred, decision, now).await;
        let (status, sentence) = match decided {
            Ok(()) if is_approved => (StatusCode::OK, "Approved. Go back to your device."),
            Ok(()) => (StatusCode::OK, "Denied. The device gets nothing."),
            Err(DecisionError::Refused(DecideError::Over) | DecisionError::Conflict) => {
                (StatusCode::CONFLICT, "Somebody has decided already, or the time is over.")
            }
            Err(DecisionError::Store(ApplyError::NotApplied(_))) => return self.unavailable(),
            Err(DecisionError::Refused(DecideError::Client | DecideError::Granted | DecideError::Wider)) => {
                (StatusCode::BAD_REQUEST, "This cannot be granted.")
            }
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here."),
        };
        self.message(status, sentence)
    }

    fn message(&self, status: StatusCode, sentence: &str) -> Answer {
        Answer::of(status, device_page::message(&self.path, sentence))
    }

    fn unavailable(&self) -> Answer {
        let answer = self.message(StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment.");
        Answer { retry_after: Some(Duration::SECOND), ..answer }
    }
}

/// `GET /device` and `POST /device`.
pub(super) async fn device(State(page): State<Arc<DevicePage>>, request: Request) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let answer = page.answer(&head, body, page.endpoint.now()).await;
    let (method, client_id) = (method_name(&head.method), answer.client_id.as_ref().map(ClientId::as_str));
    tracing::info!(endpoint = "device", method, client_id, status = answer.status.as_u16(), micros = micros(started));
    answer.into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::request::Builder;
    use symbolon::{
        client_auth::RegisteredCredentials,
        policy::GrantSet,
        server::RegisteredClient,
        types::{AuthMethod, RequestParts, Scope},
    };
    use symbolon_axum::RespondToDevices as _;

    use super::*;
    use crate::serve::{attempts::Who, users};

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    /// The page of an issuer, with a client that is a device.
    fn page(issuer: &str) -> DevicePage {
        let credentials = RegisteredCredentials::new(ClientId::parse("tv").unwrap(), AuthMethod::None);
        let client = RegisteredClient::new(credentials, GrantSet::DEVICE_CODE, Scope::parse("read").unwrap());
        let users = Arc::new(users::by_login(&[User::new("alice", "248289761001")]).unwrap());
        let serving = Serving::of_test(issuer, client, Arc::clone(&users), at(0));
        let endpoint = TokenEndpoint::builder(serving).device_authorization(format!("{issuer}/device")).build();
        DevicePage::new(endpoint, users, "").unwrap()
    }

    async fn user_code(page: &DevicePage, now: UtcDateTime) -> String {
        let parts = RequestParts::post(b"client_id=tv".to_vec()).content_type(b"application/x-www-form-urlencoded");
        let settled = page.endpoint.responder().device_authorization(parts, "http://localhost/device", now).await;
        let told: serde_json::Value = serde_json::from_slice(settled.into_response().body()).unwrap();
        told["user_code"].as_str().unwrap().to_owned()
    }

    async fn send(page: &DevicePage, request: Builder, body: String, now: UtcDateTime) -> Answer {
        let (head, body) = request.body(Body::from(body)).unwrap().into_parts();
        page.answer(&head, body, now).await
    }

    fn token(answer: &Answer) -> String {
        let (_, after) = answer.page.split_once("name=\"csrf_token\" value=\"").unwrap();
        after.split('"').next().unwrap().to_owned()
    }

    /// A session that begins now: its cookie and the token of its first form.
    async fn begin(page: &DevicePage, now: UtcDateTime) -> (String, String) {
        let answer = send(page, Request::get("/device"), String::new(), now).await;
        let cookie = answer.cookie.clone().unwrap();
        (cookie.split(';').next().unwrap().to_owned(), token(&answer))
    }

    async fn post(page: &DevicePage, cookie: &str, form: String, now: UtcDateTime) -> Answer {
        let request = Request::post("/device").header("cookie", cookie);
        send(page, request.header("content-type", "application/x-www-form-urlencoded"), form, now).await
    }

    #[tokio::test]
    async fn a_code_is_good_for_ten_minutes_and_then_as_one_that_never_was() {
        let page = page("http://localhost");
        let code = user_code(&page, at(0)).await;
        let (cookie, entering) = begin(&page, at(590)).await;
        let enter = format!("csrf_token={entering}&user_code={code}");
        let shown = post(&page, &cookie, enter.clone(), at(599)).await;
        assert_eq!((shown.status, shown.client_id.as_ref().map(ClientId::as_str)), (StatusCode::OK, Some("tv")));
        let approve = format!("csrf_token={}&user_code={code}&decision=approve&login=alice", token(&shown));
        let late = post(&page, &cookie, approve.clone(), at(600)).await;
        let never = post(&page, &cookie, format!("csrf_token={entering}&user_code=BBBB-BBBB"), at(600)).await;
        assert_eq!((late.status, late.page), (StatusCode::BAD_REQUEST, never.page));
        assert_eq!(post(&page, &cookie, enter, at(600)).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(post(&page, &cookie, approve, at(599)).await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_session_ends_after_ten_minutes_and_its_wrong_entries_with_it() {
        let page = page("http://localhost");
        let (cookie, entering) = begin(&page, at(0)).await;
        let wrong = || format!("csrf_token={entering}&user_code=BBBB-BBBB");
        for _ in 0..5 {
            assert_eq!(post(&page, &cookie, wrong(), at(1)).await.status, StatusCode::BAD_REQUEST);
        }
        for seconds in [1, 61, 599] {
            let waits = post(&page, &cookie, wrong(), at(seconds)).await;
            let left = Duration::seconds(602_i64.saturating_sub(seconds));
            assert_eq!((waits.status, waits.retry_after), (StatusCode::TOO_MANY_REQUESTS, Some(left)));
        }
        assert_eq!(post(&page, &cookie, wrong(), at(600)).await.status, StatusCode::FORBIDDEN);
    }

    #[test]
    fn d26_of_many_wrong_entries_at_the_same_time_no_more_are_tried_than_may_be() {
        let page = page("http://localhost");
        // Two at a time, again and again, each time of another network: the last that may be tried and one more.
        for network in 0..2000_u32 {
            let (session, _) = page.sessions.begin(at(0)).unwrap();
            let (who, peer) = (Who::new(&session.id, true), IpAddr::from(network.to_be_bytes()));
            for _ in 0..4 {
                page.entries.wrong.count(who, peer, at(0));
            }
            let start = std::sync::Barrier::new(2);
            let enter = || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                start.wait();
                runtime.block_on(page.look_up(&session, None, Some(peer), at(0)))
            };
            let missed = std::thread::scope(|scope| {
                let other = scope.spawn(enter);
                [enter(), other.join().unwrap()]
            });
            let tried = missed.iter().filter(|missed| matches!(missed, Err(Missed::Wrong))).count();
            assert_eq!(tried, 1, "{network}");
        }
    }

    #[tokio::test]
    async fn with_https_the_cookie_has_the_prefix_that_nobody_else_can_set() {
        let https = page("https://localhost");
        let (cookie, entering) = begin(&https, at(0)).await;
        assert!(cookie.starts_with("__Host-symbolon-device="), "{cookie}");
        let code = user_code(&https, at(0)).await;
        let form = format!("csrf_token={entering}&user_code={code}");
        assert_eq!(post(&https, &cookie, form.clone(), at(1)).await.status, StatusCode::OK);
        let plain = cookie.replace("__Host-", "");
        assert_eq!(post(&https, &plain, form, at(1)).await.status, StatusCode::FORBIDDEN);
        assert!(begin(&page("http://localhost"), at(0)).await.0.starts_with("symbolon-device="));
    }
}
