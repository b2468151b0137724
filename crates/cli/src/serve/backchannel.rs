//! The page where a user decides what clients ask for on her behalf (OpenID CIBA §8, security decision D26), for test users (D22).
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::Response,
};
use symbolon::{
    server::{ApplyError, DecideError, Decided, Decision, DeferredKey, StoredDeferred},
    types::{ClientId, Digest},
};
use symbolon_axum::{Respond as _, TokenEndpoint};
use symbolon_store::{DecisionError, MemoryError, Store as _};
use time::{Duration, UtcDateTime};
use url::Url;

use super::{
    ServeError, User,
    backchannel_page::{self, Shown},
    device_session::{Session, Sessions},
    log::{method_name, micros},
    page::{Answer, Entries, Missed, peer, read},
    serving::Serving,
};

/// The page: a test user is chosen, what clients ask of that user is shown, and the user says yes or no. A link never decides.
#[derive(Debug)]
pub(super) struct BackchannelPage {
    endpoint: TokenEndpoint<Serving>,
    users: Arc<BTreeMap<String, User>>,
    /// How clients are called by who registered them.
    names: BTreeMap<String, String>,
    path: String,
    sessions: Sessions,
    entries: Entries,
}

/// Most requests that are shown at once: the first of them come first.
const MAX_SHOWN: usize = 20;

/// Of a request that is somebody else's, one that is over and one that was decided nothing else is said.
const WRONG_REQUEST: &str = "There is no such request, or its time is over.";
const WRONG_USER: &str = "There is no such test user.";

impl BackchannelPage {
    /// Under this path of the issuer.
    pub(super) fn new(
        endpoint: TokenEndpoint<Serving>,
        users: Arc<BTreeMap<String, User>>,
        names: BTreeMap<String, String>,
        issuer_path: &str,
    ) -> Result<Self, ServeError> {
        let path = format!("{issuer_path}/backchannel");
        let issuer = Url::parse(endpoint.responder().endpoint().issuer().as_str());
        let is_https = issuer.is_ok_and(|issuer| issuer.scheme() == "https");
        let sessions = Sessions::new(&path, is_https).map_err(ServeError::Random)?;
        Ok(Self { endpoint, users, names, path, sessions, entries: Entries::new() })
    }

    async fn answer(&self, head: &Parts, body: Body, now: UtcDateTime) -> Answer {
        let cookies = head.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let session = self.sessions.find(cookies, now);
        match head.method {
            Method::GET => self.show(session, now),
            Method::POST => match session {
                Some(session) => self.receive(&session, head, body, now).await,
                None => self.message(StatusCode::FORBIDDEN, "Your session is over, or your browser sends no cookies."),
            },
            _ => Answer::of(StatusCode::METHOD_NOT_ALLOWED, String::new()),
        }
    }

    fn show(&self, session: Option<Session>, now: UtcDateTime) -> Answer {
        let begun = match session {
            Some(session) => Ok((session, None)),
            None => self.sessions.begin(now).map(|(session, cookie)| (session, Some(cookie))),
        };
        match begun {
            Ok((session, cookie)) => Answer { cookie, ..self.sign_in(StatusCode::OK, &session, None) },
            Err(_) => self.message(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here."),
        }
    }

    fn sign_in(&self, status: StatusCode, session: &Session, notice: Option<&str>) -> Answer {
        let token = self.sessions.enter_token(session);
        let logins = self.users.keys().map(String::as_str);
        Answer::of(status, backchannel_page::sign_in(&self.path, token, logins, notice))
    }

    async fn receive(&self, session: &Session, head: &Parts, body: Body, now: UtcDateTime) -> Answer {
        let Some(form) = read(head, body).await else {
            return self.message(StatusCode::BAD_REQUEST, "The form is malformed.");
        };
        let request = form.parameter("request").and_then(Digest::from_base64url);
        let token = match (form.parameter("decision"), request) {
            (None, _) => Some(self.sessions.enter_token(session)),
            (Some(_), Some(request)) => Some(self.sessions.decide_token(session, request)),
            (Some(_), None) => None,
        };
        let shown = form.parameter("csrf_token").and_then(Digest::from_base64url);
        if shown.is_none() || shown != token {
            return self.message(StatusCode::FORBIDDEN, "The form is not one that this page gave you.");
        }
        let user = form.parameter("login").and_then(|login| self.users.get(login));
        let known = async { Ok::<_, MemoryError>(user) };
        let user = match self.entries.look_up(session, peer(head), now, known).await {
            Ok(user) => user,
            Err(missed) => return self.missed(session, &missed, WRONG_USER),
        };
        let (Some(decision), Some(request)) = (form.parameter("decision"), request) else {
            return self.open(session, user, now).await;
        };
        let deferred = match self.entries.look_up(session, peer(head), now, self.waiting(request, user, now)).await {
            Ok(deferred) => deferred,
            Err(missed) => return self.missed(session, &missed, WRONG_REQUEST),
        };
        let answer = match decision {
            "deny" => self.decide(&deferred, Decision::Deny, now).await,
            "approve" => {
                let mut granted = user.grants(deferred.asked.scope.clone(), now);
                granted.resources.clone_from(&deferred.asked.resources);
                granted.authorization_details = deferred.asked.authorization_details.clone();
                self.decide(&deferred, Decision::Approve(Box::new(granted)), now).await
            }
            _ => self.message(StatusCode::BAD_REQUEST, "The form is malformed."),
        };
        Answer { client_id: Some(deferred.client_id), ..answer }
    }

    /// All that waits for this user.
    async fn open(&self, session: &Session, user: &User, now: UtcDateTime) -> Answer {
        let mut waiting = Vec::new();
        for id in self.endpoint.responder().open.of(&user.sub, MAX_SHOWN, now) {
            match self.waiting(id, user, now).await {
                Ok(found) => waiting.extend(found),
                Err(_) => return self.unavailable(),
            }
        }
        let shown = waiting.iter().map(|deferred| {
            let StoredDeferred { id, client_id, .. } = deferred;
            let client_name = self.names.get(client_id.as_str()).map(String::as_str);
            Shown { deferred, client_name, token: self.sessions.decide_token(session, *id) }
        });
        let shown: Vec<_> = shown.collect();
        Answer::of(StatusCode::OK, backchannel_page::open(&self.path, &user.login, &shown))
    }

    /// The request of this id, if it waits for this user.
    async fn waiting(&self, id: Digest, user: &User, now: UtcDateTime) -> Result<Option<StoredDeferred>, MemoryError> {
        let found = self.endpoint.responder().driver.store().deferred(DeferredKey::Id(id)).await?;
        // That of a device has a user code, and is decided elsewhere.
        let waits = |found: &StoredDeferred| {
            let is_users = found.user_code.is_none() && found.asked.subject.as_deref() == Some(&*user.sub);
            is_users && now < found.expires && found.decided == Decided::NotYet
        };
        Ok(found.filter(waits))
    }

    async fn decide(&self, deferred: &StoredDeferred, decision: Decision, now: UtcDateTime) -> Answer {
        let is_approved = matches!(decision, Decision::Approve(_));
        let serving = self.endpoint.responder();
        let (status, sentence) = match serving.driver.decide_deferred(deferred, decision, now).await {
            Ok(()) => {
                serving.open.remove(deferred.id);
                // Of two decisions one is recorded, and tells the client once (OpenID CIBA §10.2).
                if let Some(notification) = serving.endpoint().notification(deferred) {
                    serving.pings.send(&deferred.client_id, notification);
                }
                let sentence =
                    if is_approved { "Approved. Go back to who asked." } else { "Denied. Who asked gets nothing." };
                (StatusCode::OK, sentence)
            }
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

    fn missed(&self, session: &Session, missed: &Missed, wrong: &str) -> Answer {
        match missed {
            Missed::Wait(retry_after) => {
                let answer = self.message(StatusCode::TOO_MANY_REQUESTS, "Too many wrong entries. Come back later.");
                Answer { retry_after: Some(*retry_after), ..answer }
            }
            Missed::Wrong => self.sign_in(StatusCode::BAD_REQUEST, session, Some(wrong)),
            Missed::Unavailable => self.unavailable(),
        }
    }

    fn message(&self, status: StatusCode, sentence: &str) -> Answer {
        Answer::of(status, backchannel_page::message(&self.path, sentence))
    }

    fn unavailable(&self) -> Answer {
        let answer = self.message(StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment.");
        Answer { retry_after: Some(Duration::SECOND), ..answer }
    }
}

/// `GET /backchannel` and `POST /backchannel`.
pub(super) async fn backchannel(State(page): State<Arc<BackchannelPage>>, request: Request) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let answer = page.answer(&head, body, page.endpoint.now()).await;
    let (method, client_id) = (method_name(&head.method), answer.client_id.as_ref().map(ClientId::as_str));
    let (status, micros) = (answer.status.as_u16(), micros(started));
    tracing::info!(endpoint = "backchannel", method, client_id, status, micros);
    answer.into_response()
}

#[cfg(test)]
mod tests {
    use symbolon::{
        client_auth::{RegisteredCredentials, RegisteredSecret},
        policy::GrantSet,
        server::RegisteredClient,
        types::{AuthMethod, RequestParts, Scope},
    };
    use symbolon_axum::RespondToBackchannel as _;

    use super::*;
    use crate::serve::users;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    /// The page of an issuer, with a client that asks for users.
    fn page(issuer: &str) -> BackchannelPage {
        let credentials = RegisteredCredentials::new(ClientId::parse("bank").unwrap(), AuthMethod::ClientSecretPost);
        let credentials = credentials.with_secret(RegisteredSecret::Plain("mysecret".into()));
        let client = RegisteredClient::new(credentials, GrantSet::CIBA, Scope::parse("openid").unwrap());
        let users = vec![User::new("alice", "248289761001"), User::new("bob", "248289761002")];
        let users = Arc::new(users::by_login(&users).unwrap());
        let serving = Serving::of_test(issuer, client, Arc::clone(&users), at(0));
        let endpoint = TokenEndpoint::builder(serving).backchannel_authentication().build();
        BackchannelPage::new(endpoint, users, BTreeMap::new(), "").unwrap()
    }

    async fn ask(page: &BackchannelPage, now: UtcDateTime) {
        let form = b"client_id=bank&client_secret=mysecret&scope=openid&login_hint=alice";
        let parts = RequestParts::post(form.to_vec()).content_type(b"application/x-www-form-urlencoded");
        assert_eq!(page.endpoint.responder().backchannel_authentication(parts, now).await.status(), 200);
    }

    async fn send(page: &BackchannelPage, request: Request, now: UtcDateTime) -> Answer {
        let (head, body) = request.into_parts();
        page.answer(&head, body, now).await
    }

    /// The values of all hidden fields of this name.
    fn values(answer: &Answer, name: &str) -> Vec<String> {
        let field = format!("name=\"{name}\" value=\"");
        let fields = answer.page.split(&field).skip(1);
        fields.map(|after| after.split('"').next().unwrap().to_owned()).collect()
    }

    /// A session that begins now: its cookie and the token of its first form.
    async fn begin(page: &BackchannelPage, now: UtcDateTime) -> (String, String) {
        let answer = send(page, Request::get("/backchannel").body(Body::empty()).unwrap(), now).await;
        let cookie = answer.cookie.clone().unwrap();
        (cookie.split(';').next().unwrap().to_owned(), values(&answer, "csrf_token").remove(0))
    }

    async fn post(page: &BackchannelPage, cookie: &str, form: String, now: UtcDateTime) -> Answer {
        let request = Request::post("/backchannel").header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(page, request.body(Body::from(form)).unwrap(), now).await
    }

    #[tokio::test]
    async fn a_request_waits_for_ten_minutes_and_then_it_is_as_one_that_never_was() {
        let page = page("http://localhost");
        ask(&page, at(0)).await;
        let (cookie, entering) = begin(&page, at(590)).await;
        let enter = format!("csrf_token={entering}&login=alice");
        let shown = post(&page, &cookie, enter.clone(), at(599)).await;
        let (tokens, ids) = (values(&shown, "csrf_token"), values(&shown, "request"));
        assert_eq!((shown.status, tokens.len(), ids.len()), (StatusCode::OK, 1, 1));
        assert!(values(&post(&page, &cookie, enter, at(600)).await, "request").is_empty());
        let decide = format!("csrf_token={}&request={}&login=alice&decision=approve", tokens[0], ids[0]);
        let late = post(&page, &cookie, decide.clone(), at(600)).await;
        assert_eq!((late.status, late.client_id.is_some()), (StatusCode::BAD_REQUEST, false));
        let approved = post(&page, &cookie, decide, at(599)).await;
        let client_id = approved.client_id.as_ref().map(ClientId::as_str);
        assert_eq!((approved.status, client_id), (StatusCode::OK, Some("bank")));
    }

    #[tokio::test]
    async fn a_session_ends_after_ten_minutes_and_its_wrong_entries_with_it() {
        let page = page("http://localhost");
        let (cookie, entering) = begin(&page, at(0)).await;
        let wrong = || format!("csrf_token={entering}&login=mallory");
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

    #[tokio::test]
    async fn with_https_the_cookie_has_the_prefix_that_nobody_else_can_set_and_is_this_pages_own() {
        let https = page("https://localhost");
        let (cookie, entering) = begin(&https, at(0)).await;
        assert!(cookie.starts_with("__Host-symbolon-backchannel="), "{cookie}");
        let form = format!("csrf_token={entering}&login=alice");
        assert_eq!(post(&https, &cookie, form.clone(), at(1)).await.status, StatusCode::OK);
        for other in [cookie.replace("__Host-", ""), cookie.replace("backchannel", "device")] {
            assert_eq!(post(&https, &other, form.clone(), at(1)).await.status, StatusCode::FORBIDDEN, "{other}");
        }
        assert!(begin(&page("http://localhost"), at(0)).await.0.starts_with("symbolon-backchannel="));
    }

    #[tokio::test]
    async fn of_many_requests_the_first_are_shown_and_the_others_when_those_are_decided() {
        let page = page("http://localhost");
        for _ in 0..=MAX_SHOWN {
            ask(&page, at(0)).await;
        }
        let (cookie, entering) = begin(&page, at(1)).await;
        let enter = || format!("csrf_token={entering}&login=alice");
        let first = post(&page, &cookie, enter(), at(1)).await;
        let (tokens, ids) = (values(&first, "csrf_token"), values(&first, "request"));
        assert_eq!(ids.len(), MAX_SHOWN);
        let decide = format!("csrf_token={}&request={}&login=alice&decision=deny", tokens[0], ids[0]);
        assert_eq!(post(&page, &cookie, decide, at(1)).await.status, StatusCode::OK);
        let then = values(&post(&page, &cookie, enter(), at(1)).await, "request");
        assert_eq!((then.len(), then.contains(&ids[0]), ids.contains(&then[19])), (MAX_SHOWN, false, false));
    }
}
