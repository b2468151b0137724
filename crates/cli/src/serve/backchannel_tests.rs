//! The backchannel authentication endpoint and the page where users decide (OpenID CIBA, security decisions D22, D26 and D27), by
//! the configuration of the example.
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};
use symbolon::types::GrantType;

use super::{
    tests::{
        Answer, BASIC, Folder, assert_waits, code_for, example, get, redemption, refusal, send, start_with_few_ids,
        token, userinfo,
    },
    *,
};

const FORM: &str = "\r\nContent-Type: application/x-www-form-urlencoded";
const CIBA: &str = "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba";
/// `bank` with its secret.
const BANK: &str = "\r\nAuthorization: Basic YmFuazpiYW5rLTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
const ASK: &str = "scope=openid+profile&login_hint=alice&binding_message=W4SCT";

fn ask(running: &Running, more: &str, body: &str) -> Answer {
    send(running.local_addr(), &format!("POST /bc-authorize HTTP/1.1{FORM}{more}"), body)
}

/// The `auth_req_id` of what the bank asks.
fn begin(running: &Running, body: &str) -> String {
    let answer = ask(running, BANK, body);
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.body);
    answer.json()["auth_req_id"].as_str().unwrap().to_owned()
}

fn poll(running: &Running, auth_req_id: &str) -> Answer {
    token(running, BANK, &format!("{CIBA}&auth_req_id={auth_req_id}"))
}

fn error(answer: &Answer) -> Value {
    answer.json()["error"].clone()
}

/// The example, whose clients of these names may ask for users as well.
fn with_grant(clients: &[&str]) -> ServeConfig {
    let mut config = example();
    for client in config.clients.iter_mut().filter(|client| clients.contains(&client.client_id.as_str())) {
        client.grant_types.get_or_insert_default().push(GrantType::Ciba.as_str().into());
        client.backchannel.backchannel_token_delivery_mode = Some("poll".into());
        client.scope = "openid read".into();
        client.id_token_signed_response_alg = Some("ES256".into());
    }
    config
}

/// A browser that keeps its cookie and the token of the first form.
struct Browser<'a> {
    running: &'a Running,
    cookie: String,
    token: String,
}

/// A request as the page shows it.
struct Shown {
    token: String,
    id: String,
}

impl<'a> Browser<'a> {
    fn open(running: &'a Running) -> Self {
        let answer = get(running, "/backchannel");
        assert_eq!(answer.status, 200);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { running, cookie, token: values(&answer, "csrf_token").remove(0) }
    }

    fn post_as(&self, cookie: &str, token: &str, more: &str) -> Answer {
        let cookie = if cookie.is_empty() { String::new() } else { format!("\r\nCookie: {cookie}") };
        let head = format!("POST /backchannel HTTP/1.1{FORM}{cookie}");
        send(self.running.local_addr(), &head, &format!("csrf_token={token}&{more}"))
    }

    fn enter(&self, login: &str) -> Answer {
        self.post_as(&self.cookie, &self.token, &format!("login={login}"))
    }

    /// What waits for this user.
    fn open_of(&self, login: &str) -> Vec<Shown> {
        let answer = self.enter(login);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let pairs = values(&answer, "csrf_token").into_iter().zip(values(&answer, "request"));
        pairs.map(|(token, id)| Shown { token, id }).collect()
    }

    fn decide(&self, shown: &Shown, login: &str, decision: &str) -> Answer {
        let form = format!("request={}&login={login}&decision={decision}", shown.id);
        self.post_as(&self.cookie, &shown.token, &form)
    }
}

/// The values of all hidden fields of this name.
fn values(answer: &Answer, name: &str) -> Vec<String> {
    let field = format!("name=\"{name}\" value=\"");
    let fields = answer.body.split(&field).skip(1);
    fields.map(|after| after.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_a_user_sees_who_asks_and_the_message_and_says_yes_and_the_client_has_its_tokens_once() {
    let mut config = example();
    let bank = config.clients.iter_mut().find(|client| client.client_id == "bank").unwrap();
    bank.other.insert("client_name".into(), "The <Bank>".into());
    let running = start(config).await.unwrap();
    let id = begin(&running, ASK);
    let browser = Browser::open(&running);
    let page = browser.enter("alice");
    let shown = [
        "<dd>bank</dd>",
        "<dd>The &lt;Bank&gt;</dd>",
        "<dd>W4SCT</dd>",
        "<dd>openid profile</dd>",
        "Only approve what you started yourself",
    ];
    for text in shown {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains(&id), "it is the client's alone");
    assert_ne!(poll(&running, &id).status, 200, "nobody has decided");
    let open = browser.open_of("alice");
    assert!(open.len() == 1 && browser.open_of("bob").is_empty());
    let approved = browser.decide(&open[0], "alice", "approve");
    assert!(approved.status == 200 && approved.body.contains("Approved"), "{}", approved.body);

    let tokens = poll(&running, &id);
    assert_eq!((tokens.status, tokens.json()["scope"].as_str()), (200, Some("openid profile")), "{}", tokens.body);
    assert!(tokens.json()["id_token"].is_string() && tokens.json()["refresh_token"].is_string());
    let access_token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let known = userinfo(&running, &access_token);
    assert_eq!(known.json(), json!({ "sub": "248289761001", "name": "Alice Adams" }));
    assert!(browser.open_of("alice").is_empty());
    assert_eq!(error(&poll(&running, &id)), "invalid_grant", "it was redeemed");
    assert_eq!(userinfo(&running, &access_token).status, 401, "and comes again: somebody else has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_says_no_is_heard_and_cannot_be_overruled() {
    let running = start(example()).await.unwrap();
    let id = begin(&running, ASK);
    let browser = Browser::open(&running);
    let open = browser.open_of("alice").remove(0);
    let denied = browser.decide(&open, "alice", "deny");
    assert!(denied.status == 200 && denied.body.contains("Denied"), "{}", denied.body);
    assert_eq!(error(&poll(&running, &id)), "access_denied");
    assert_eq!(browser.decide(&open, "alice", "approve").status, 400);
    assert_eq!(error(&poll(&running, &id)), "access_denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_nobody_decides_but_who_was_asked_and_shown_it() {
    let running = start(example()).await.unwrap();
    let (id, other) = (begin(&running, ASK), begin(&running, ASK));
    let (browser, stranger) = (Browser::open(&running), Browser::open(&running));
    let open = browser.open_of("alice");
    let [one, two] = &open[..] else { panic!("both wait") };
    let decide = format!("request={}&login=alice&decision=approve", one.id);
    for (cookie, token, more) in [
        ("", one.token.as_str(), decide.as_str()),
        ("symbolon-backchannel=a.b.c", &one.token, &decide),
        (&stranger.cookie, &one.token, &decide),
        (&format!("{}; {}", browser.cookie, stranger.cookie), &one.token, &decide),
        (&browser.cookie, "", &decide),
        (&browser.cookie, &stranger.token, &decide),
        // Whoever was not shown what it is for.
        (&browser.cookie, &browser.token, &decide),
        (&browser.cookie, &two.token, &decide),
        (&browser.cookie, &one.token, "login=alice&decision=approve"),
        (&browser.cookie, &one.token, "request=&login=alice&decision=approve"),
        (&browser.cookie, &one.token, &format!("request={}&login=alice", one.id)),
        // The first form has a token as well.
        ("", &browser.token, "login=alice"),
        (&stranger.cookie, &browser.token, "login=alice"),
        (&browser.cookie, "", "login=alice"),
    ] {
        assert_eq!(browser.post_as(cookie, token, more).status, 403, "{cookie} {token} {more}");
    }
    // Another user, or none, has no such request: neither yes nor no.
    for (login, decision) in [("bob", "approve"), ("bob", "deny"), ("mallory", "deny"), ("", "approve")] {
        let answer = browser.decide(one, login, decision);
        assert_eq!(answer.status, 400, "{login} {decision}: {}", answer.body);
    }
    assert_eq!(browser.decide(one, "alice", "perhaps").status, 400);
    for (head, body) in [
        ("\r\nContent-Type: text/plain", decide.clone()),
        ("", decide.clone()),
        (FORM, format!("{decide}&decision=deny")),
        (FORM, format!("{decide}&a={}", "x".repeat(5000))),
    ] {
        let head = format!("POST /backchannel HTTP/1.1{head}\r\nCookie: {}", browser.cookie);
        let answer = send(running.local_addr(), &head, &format!("csrf_token={}&{body}", one.token));
        assert_eq!(answer.status, 400, "{body}");
    }
    let target = format!("/backchannel?csrf_token={}&{decide}", one.token);
    assert_eq!(
        send(running.local_addr(), &format!("GET {target} HTTP/1.1\r\nCookie: {}", browser.cookie), "").status,
        200
    );
    assert_eq!(error(&poll(&running, &id)), "authorization_pending", "a link decides nothing");
    assert_eq!(browser.decide(one, "alice", "approve").status, 200);
    assert_eq!(error(&poll(&running, &other)), "authorization_pending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_the_sixth_wrong_entry_of_a_session_is_429_and_so_is_the_right_one_then() {
    let running = start(example()).await.unwrap();
    let id = begin(&running, ASK);
    let browser = Browser::open(&running);
    // What is found is not counted.
    for _ in 0..6 {
        assert_eq!(browser.enter("alice").status, 200);
    }
    let open = browser.open_of("alice").remove(0);
    for login in ["", "mallory", "Alice"] {
        let answer = browser.enter(login);
        assert!(answer.status == 400 && answer.body.contains("There is no such test user"), "{login}: {}", answer.body);
    }
    for _ in 0..2 {
        assert!(browser.decide(&open, "bob", "deny").body.contains("There is no such request"));
    }
    let waits = browser.decide(&open, "alice", "deny");
    assert_eq!(waits.status, 429);
    assert!((1..=601).contains(&waits.header("retry-after").unwrap().parse::<u32>().unwrap()));
    assert_eq!(browser.enter("alice").status, 429);
    assert_eq!(error(&poll(&running, &id)), "authorization_pending");
    let other = Browser::open(&running);
    let open = other.open_of("alice").remove(0);
    assert_eq!(other.decide(&open, "alice", "deny").status, 200);
    // The page of devices has its own.
    assert_eq!(get(&running, "/device").status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_a_network_that_begins_many_sessions_waits_too() {
    let running = start(example()).await.unwrap();
    for _ in 0..4 {
        let browser = Browser::open(&running);
        for _ in 0..5 {
            assert_eq!(browser.enter("mallory").status, 400);
        }
    }
    assert_eq!(Browser::open(&running).enter("alice").status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_without_scripts_frames_and_caches_and_takes_get_and_post_only() {
    let running = start(example()).await.unwrap();
    let browser = Browser::open(&running);
    begin(&running, ASK);
    let open = browser.open_of("alice").remove(0);
    let pages = [
        get(&running, "/backchannel"),
        browser.enter("alice"),
        browser.enter("bob"),
        browser.enter("mallory"),
        browser.post_as("", "", "login=alice"),
        browser.decide(&open, "alice", "deny"),
    ];
    for page in pages {
        for (name, value) in [
            ("content-security-policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(page.header(name), Some(value), "{}", page.status);
        }
        assert!(!page.body.contains("<script") && !page.body.contains("style"), "{}", page.body);
    }
    for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
        let answer = send(running.local_addr(), &format!("{method} /backchannel HTTP/1.1"), "");
        assert_eq!(
            (answer.status, answer.header("allow"), answer.header("set-cookie")),
            (405, Some("GET, POST"), None)
        );
    }
    let cookie = get(&running, "/backchannel").header("set-cookie").unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/backchannel; HttpOnly; SameSite=Strict; Max-Age=600"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_an_issuers_path_page_and_endpoint_are_there() {
    let mut config = example();
    config.issuer = Some("http://localhost:8080/tenant".into());
    let running = start(config).await.unwrap();
    let head = format!("POST /tenant/bc-authorize HTTP/1.1{FORM}{BANK}");
    assert_eq!(send(running.local_addr(), &head, ASK).status, 200);
    let page = get(&running, "/tenant/backchannel");
    assert!(page.body.contains("action=\"/tenant/backchannel\""), "{}", page.body);
    assert!(page.header("set-cookie").unwrap().contains("; Path=/tenant/backchannel;"));
    assert_eq!(get(&running, "/backchannel").status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn section_7_3_a_client_is_told_how_to_wait_and_waits() {
    let running = start(example()).await.unwrap();
    let answer = ask(&running, BANK, ASK).json();
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!(600), &json!(5)));
    let id = answer["auth_req_id"].as_str().unwrap();
    assert_eq!(id.len(), 43, "256 bits");
    assert_eq!(error(&poll(&running, id)), "authorization_pending");
    assert_eq!(error(&poll(&running, id)), "slow_down", "a moment after the first");
    assert_eq!(error(&token(&running, BASIC, &format!("{CIBA}&auth_req_id={id}"))), "unauthorized_client");
    let short = ask(&running, BANK, &format!("{ASK}&requested_expiry=60"));
    assert_eq!(short.json()["expires_in"], 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn section_13_what_is_not_asked_rightly_is_refused_by_its_code() {
    let running = start(with_grant(&["post"])).await.unwrap();
    let post = "client_id=post&client_secret=post-0123456789abcdef0123456789abcde";
    let wrong = "\r\nAuthorization: Basic YmFuazp3cm9uZw==";
    for (more, body, status, code) in [
        ("", ASK, 400, "invalid_client"),
        (wrong, ASK, 401, "invalid_client"),
        ("", &format!("{post}e&scope=openid&login_hint=alice"), 400, "invalid_client"),
        (BASIC, ASK, 400, "unauthorized_client"),
        ("", "client_id=spa&scope=openid&login_hint=alice", 400, "unauthorized_client"),
        (BANK, "scope=openid", 400, "invalid_request"),
        (BANK, "scope=openid&login_hint=alice&id_token_hint=a", 400, "invalid_request"),
        (BANK, "scope=openid&login_hint=alice&login_hint=alice", 400, "invalid_request"),
        (BANK, "scope=openid&login_hint=alice&request=a.b.c", 400, "invalid_request"),
        (BANK, "scope=openid&login_hint=alice&requested_expiry=soon", 400, "invalid_request"),
        (BANK, "login_hint=alice", 400, "invalid_scope"),
        (BANK, "scope=openid+write&login_hint=alice", 400, "invalid_scope"),
        (BANK, "scope=openid&login_hint=alice&binding_message=a%0Ab", 400, "invalid_binding_message"),
        (BANK, "scope=openid&login_hint=mallory", 400, "unknown_user_id"),
        (BANK, "scope=openid&login_hint=Alice", 400, "unknown_user_id"),
        // That of the account is no login.
        (BANK, "scope=openid&login_hint=248289761001", 400, "unknown_user_id"),
        (BANK, "scope=openid&login_hint_token=alice", 400, "unknown_user_id"),
        (BANK, "scope=openid&id_token_hint=a.b.c", 400, "unknown_user_id"),
    ] {
        let answer = ask(&running, more, body);
        assert_eq!((answer.status, error(&answer)), (status, json!(code)), "{body}");
        assert!(answer.json().get("auth_req_id").is_none());
    }
    assert_eq!(ask(&running, "", &format!("{post}f&scope=openid&login_hint=alice")).status, 200);
    assert_eq!(ask(&running, BANK, ASK).status, 200);
    let answer = send(running.local_addr(), "GET /bc-authorize HTTP/1.1", "");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn section_7_1_an_id_token_that_the_client_got_here_is_a_hint_and_no_other_is() {
    let mut config = with_grant(&["basic"]);
    // A refresh token is none, even if it looks like a JWT, and an access token neither.
    (config.access_token, config.refresh_form) = (AccessTokenForm::Jwt, config::RefreshFormName::Jwt);
    config.audience = vec!["basic".into()];
    let running = start(config).await.unwrap();
    let tokens = |running: &Running| {
        let redemption = redemption(&code_for(running, "basic")).replacen("&client_id=spa", "", 1);
        let tokens = token(running, BASIC, &redemption);
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        tokens.json()
    };
    let own = tokens(&running);
    let hint = |more: &str, token: &Value| {
        ask(&running, more, &format!("scope=openid&id_token_hint={}", token.as_str().unwrap()))
    };
    assert_eq!(hint(BASIC, &own["id_token"]).status, 200);
    assert_eq!(error(&hint(BANK, &own["id_token"])), "unknown_user_id", "another client's");
    for other in ["access_token", "refresh_token"] {
        assert_eq!(error(&hint(BASIC, &own[other])), "unknown_user_id", "{other}");
    }
    let elsewhere = start(with_grant(&["basic"])).await.unwrap();
    assert_eq!(error(&hint(BASIC, &tokens(&elsewhere)["id_token"])), "unknown_user_id", "another issuer's");
    let id_token = own["id_token"].as_str().unwrap();
    let (signed, signature) = id_token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    assert_eq!(
        error(&hint(BASIC, &json!(format!("{signed}.{first}{}", signature.get(1..).unwrap())))),
        "unknown_user_id"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_wrong_secrets_at_the_backchannel_endpoint_are_counted_with_those_at_the_token_endpoint() {
    let running = start(example()).await.unwrap();
    let wrong = "\r\nAuthorization: Basic YmFuazp3cm9uZw==";
    for place in 0..10 {
        let answer = if place % 2 == 0 { ask(&running, wrong, ASK) } else { token(&running, wrong, CIBA) };
        assert_eq!(answer.status, 401);
    }
    assert_eq!(ask(&running, BANK, ASK).status, 429);
    assert_eq!(poll(&running, "a").status, 429);
    assert_eq!(token(&running, BASIC, tests::CLIENT_CREDENTIALS).status, 200, "another client does not wait");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_backchannel_requests_count_as_replay_ids_do() {
    let running = start_with_few_ids(example()).await;
    for _ in 0..2 {
        begin(&running, ASK);
    }
    let refused = ask(&running, BANK, ASK);
    assert_waits(&refused);
    assert!(refused.json().get("auth_req_id").is_none());
    // What begins nothing is not counted, and is told what is wrong.
    assert_eq!(error(&ask(&running, BANK, "scope=openid&login_hint=mallory")), "unknown_user_id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_asks_by_an_assertion_once_with_keys_that_are_registered_or_at_a_jwks_uri() {
    let running = start(with_grant(&["app"])).await.unwrap();
    let assertion = tests::assertion_by(&running, "app", tests::app_key());
    let (_, assertion) = assertion.split_once('&').unwrap();
    let body = format!("{assertion}&scope=openid&login_hint=alice");
    assert_eq!(ask(&running, "", &body).status, 200);
    assert_eq!(error(&ask(&running, "", &body)), "invalid_client", "it was used before");

    let set = symbolon::jose::JwkSet::new(vec![tests::app_key().public_jwk().unwrap()]).to_json();
    let (address, _) = tests::answering(200, "", set);
    let mut config = with_grant(&["app"]);
    let app = config.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
    (app.jwks, app.jwks_uri) = (None, Some(format!("http://{address}/jwks")));
    let running = start(config).await.unwrap();
    let of = |kid: &str| {
        let assertion = tests::assertion_by(&running, "app", tests::app_key().with_kid(kid));
        ask(&running, "", &format!("{}&scope=openid&login_hint=alice", assertion.split_once('&').unwrap().1))
    };
    assert_eq!(of("app-1").status, 200);
    assert_eq!(error(&of("app-2")), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d22_without_development_or_without_a_client_there_is_neither_endpoint_nor_grant() {
    let folder = Folder::new("backchannel");
    let mut without_client = example();
    without_client.clients.retain(|client| client.client_id != "bank");
    let not_development = ServeConfig { development: false, key_dir: Some(folder.path().into()), ..example() };
    for config in [not_development, without_client] {
        let running = start(config).await.unwrap();
        assert_eq!(ask(&running, BASIC, ASK).status, 404);
        assert_eq!(get(&running, "/backchannel").status, 404);
        let metadata = get(&running, "/.well-known/oauth-authorization-server").json();
        assert!(metadata.get("backchannel_authentication_endpoint").is_none());
        assert!(metadata.get("backchannel_token_delivery_modes_supported").is_none());
        assert!(!metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GrantType::Ciba.as_str())));
        let polled = token(&running, BASIC, &format!("{CIBA}&auth_req_id=a"));
        assert_eq!(error(&polled), "unsupported_grant_type");
    }
    let mut open = example();
    open.origins = vec!["https://spa.example".into()];
    let running = start(open).await.unwrap();
    let metadata = get(&running, "/.well-known/openid-configuration").json();
    assert_eq!(metadata["backchannel_authentication_endpoint"], format!("{}/bc-authorize", running.issuer()));
    assert_eq!(metadata["backchannel_token_delivery_modes_supported"], json!(["poll", "ping"]));
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GrantType::Ciba.as_str())));
    // No script of a browser has a client's secret.
    let answer = ask(&running, &format!("{BANK}\r\nOrigin: https://spa.example"), ASK);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));

    let tls_folder = Folder::new("backchannel-tls");
    let running = start(tests::with_tls(&tls_folder)).await.unwrap();
    let metadata = get(&running, "/.well-known/openid-configuration").json();
    let alias = format!("https://{}/bc-authorize", tests::tls_addr(&running));
    assert_eq!(metadata["mtls_endpoint_aliases"]["backchannel_authentication_endpoint"], alias);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_asks_for_users_is_judged_before_anything_starts() {
    let change = |change: fn(&mut ClientMetadata)| {
        let mut config = example();
        change(config.clients.iter_mut().find(|client| client.client_id == "bank").unwrap());
        config
    };
    let unsaid = refusal(change(|bank| bank.backchannel.backchannel_token_delivery_mode = None)).await;
    assert!(unsaid.contains("client `bank`") && unsaid.contains("needs `backchannel_token_delivery_mode`"), "{unsaid}");
    let unsaid = refusal(change(|bank| bank.id_token_signed_response_alg = None)).await;
    assert!(unsaid.contains("client `bank`") && unsaid.contains("`id_token_signed_response_alg`"), "{unsaid}");
    assert!(start(change(|_| {})).await.is_ok());
}

/// What came to a client: the head and the body of each request, as soon as it is whole.
struct Pinged {
    address: SocketAddr,
    requests: Receiver<(String, String)>,
}

/// A client's own server, which answers so, or takes the connection and says nothing.
fn pinged(answer: Option<String>) -> Pinged {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = io::BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                io::BufRead::read_line(&mut stream, &mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            io::Read::read_exact(&mut stream, &mut body).unwrap();
            match &answer {
                Some(answer) => io::Write::write_all(stream.get_mut(), answer.as_bytes()).unwrap(),
                None => kept.push(stream),
            }
            if sender.send((head, String::from_utf8(body).unwrap())).is_err() {
                break;
            }
        }
    });
    Pinged { address, requests }
}

fn answer_of(status: u16, headers: &str) -> String {
    format!("HTTP/1.1 {status} \r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

impl Pinged {
    fn next(&self) -> (String, String) {
        self.requests.recv_timeout(DEADLINE).expect("a ping in time")
    }
}

/// Nothing here takes a second; a machine may be busy.
const DEADLINE: core::time::Duration = core::time::Duration::from_secs(60);
/// `shop` with its secret.
const SHOP: &str = "\r\nAuthorization: Basic c2hvcDpzaG9wLTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
const NOTIFICATION_TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

/// The example, whose client `shop` is pinged there.
fn with_ping(url: &str) -> ServeConfig {
    let mut config = example();
    let shop = tests::whole_example().clients.into_iter().find(|client| client.client_id == "shop");
    let mut shop = shop.unwrap();
    shop.backchannel.backchannel_client_notification_endpoint = Some(url.into());
    config.clients.push(shop);
    config
}

/// The `auth_req_id` of what the shop asks.
fn begin_with_token(running: &Running, token: &str) -> String {
    let form = format!("scope=openid&login_hint=alice&client_notification_token={token}");
    let answer = ask(running, SHOP, &form);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["auth_req_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn section_10_2_a_client_is_told_once_what_was_decided_whatever_it_was() {
    let client = pinged(Some(answer_of(204, "")));
    let running = start(with_ping(&format!("http://{}/ciba?a=b", client.address))).await.unwrap();
    for token in ["", "&client_notification_token=short"] {
        let refused = ask(&running, SHOP, &format!("scope=openid&login_hint=alice{token}"));
        assert_eq!(error(&refused), "invalid_request", "{token}");
    }
    let browser = Browser::open(&running);
    for (decision, again, polled) in [("approve", "deny", None), ("deny", "approve", Some("access_denied"))] {
        let id = begin_with_token(&running, NOTIFICATION_TOKEN);
        // One that polls is told nothing, though it sends a token.
        let other = begin(&running, &format!("{ASK}&client_notification_token={NOTIFICATION_TOKEN}"));
        let open = browser.open_of("alice");
        let [shop, bank] = &open[..] else { panic!("both wait") };
        for one in [bank, shop] {
            assert_eq!(browser.decide(one, "alice", decision).status, 200);
            assert_eq!(browser.decide(one, "alice", again).status, 400, "it was decided");
        }
        let (head, body) = client.next();
        assert!(head.starts_with("POST /ciba?a=b HTTP/1.1\r\n"), "{head}");
        let header = |wanted: &str| head.lines().any(|line| line.eq_ignore_ascii_case(wanted));
        assert!(header(&format!("authorization: Bearer {NOTIFICATION_TOKEN}")), "{head}");
        assert!(header("content-type: application/json"), "{head}");
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({ "auth_req_id": id }));
        let answer = token(&running, SHOP, &format!("{CIBA}&auth_req_id={id}"));
        assert_eq!(answer.json()["error"].as_str(), polled, "{}", answer.body);
        assert_eq!(poll(&running, &other).status == 200, polled.is_none());
    }
    assert!(client.requests.try_recv().is_err(), "two decisions, two pings");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_decisions_at_once_one_counts_and_tells_the_client() {
    let client = pinged(Some(answer_of(204, "")));
    let running = start(with_ping(&format!("http://{}/ciba", client.address))).await.unwrap();
    for _ in 0..10 {
        let browser = Browser::open(&running);
        let id = begin_with_token(&running, NOTIFICATION_TOKEN);
        let shown = browser.open_of("alice").remove(0);
        let decided: Vec<u16> = std::thread::scope(|scope| {
            let decide = |decision| browser.decide(&shown, "alice", decision).status;
            let both = ["approve", "deny"].map(|decision| scope.spawn(move || decide(decision)));
            both.into_iter().map(|decided| decided.join().unwrap()).collect()
        });
        assert_eq!(decided.iter().filter(|status| **status == 200).count(), 1, "{decided:?}");
        // A second one would come before that of the next round.
        assert_eq!(serde_json::from_str::<Value>(&client.next().1).unwrap()["auth_req_id"], id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_a_ping_follows_no_redirect_and_is_not_sent_again() {
    let elsewhere = pinged(Some(answer_of(204, "")));
    let location = format!("Location: http://{}/ciba\r\n", elsewhere.address);
    for status in [302, 307, 500] {
        let client = pinged(Some(answer_of(status, &location)));
        let running = start(with_ping(&format!("http://{}/ciba", client.address))).await.unwrap();
        let browser = Browser::open(&running);
        for _ in 0..2 {
            let id = begin_with_token(&running, NOTIFICATION_TOKEN);
            let shown = browser.open_of("alice").remove(0);
            assert_eq!(browser.decide(&shown, "alice", "approve").status, 200, "the user is heard all the same");
            // The second goes when the first is over: nothing else came of that.
            assert_eq!(serde_json::from_str::<Value>(&client.next().1).unwrap()["auth_req_id"], id);
            assert_eq!(token(&running, SHOP, &format!("{CIBA}&auth_req_id={id}")).status, 200, "and so is the client");
        }
        assert!(elsewhere.requests.try_recv().is_err() && client.requests.try_recv().is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_client_that_does_not_answer() {
    let client = pinged(None);
    let running = start(with_ping(&format!("http://{}/ciba", client.address))).await.unwrap();
    let browser = Browser::open(&running);
    let begun = [(); 3].map(|()| begin_with_token(&running, NOTIFICATION_TOKEN));
    for shown in browser.open_of("alice") {
        // All are answered, although the ping of the first is never.
        assert_eq!(browser.decide(&shown, "alice", "approve").status, 200);
    }
    let told = client.next().1;
    assert!(begun.iter().any(|id| told.contains(id)), "{told}");
    for id in &begun {
        assert_eq!(token(&running, SHOP, &format!("{CIBA}&auth_req_id={id}")).status, 200);
    }
}
