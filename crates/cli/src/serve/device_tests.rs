//! The device authorization endpoint and the page where users decide (RFC 8628, security decisions D22 and D26), by the
//! configuration of the example.
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::{Value, json};
use symbolon::{jose::SigningKey, ring::PROVIDER, types::GrantType};

use super::{
    config::RefreshModeName,
    tests::{Answer, BASIC, Folder, assert_waits, example, get, refusal, send, start_with_few_ids, token, userinfo},
    *,
};

const FORM: &str = "\r\nContent-Type: application/x-www-form-urlencoded";
const DEVICE_CODE: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

fn ask(running: &Running, more: &str, body: &str) -> Answer {
    send(running.local_addr(), &format!("POST /device_authorization HTTP/1.1{FORM}{more}"), body)
}

/// What the television asks for.
fn begin(running: &Running) -> Value {
    let answer = ask(running, "", "client_id=tv&scope=openid+profile");
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.body);
    answer.json()
}

fn poll(running: &Running, begun: &Value) -> Answer {
    let device_code = begun["device_code"].as_str().unwrap();
    token(running, "", &format!("{DEVICE_CODE}&client_id=tv&device_code={device_code}"))
}

fn error(answer: &Answer) -> Value {
    answer.json()["error"].clone()
}

/// A browser that keeps its cookie and the last form's token.
struct Browser<'a> {
    running: &'a Running,
    cookie: String,
    token: String,
}

impl<'a> Browser<'a> {
    fn open(running: &'a Running, query: &str) -> Self {
        let answer = get(running, &format!("/device{query}"));
        assert_eq!(answer.status, 200);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { running, cookie, token: token_of(&answer) }
    }

    fn post_as(&self, cookie: &str, token: &str, more: &str) -> Answer {
        let cookie = if cookie.is_empty() { String::new() } else { format!("\r\nCookie: {cookie}") };
        let head = format!("POST /device HTTP/1.1{FORM}{cookie}");
        send(self.running.local_addr(), &head, &format!("csrf_token={token}&{more}"))
    }

    fn post(&self, more: &str) -> Answer {
        self.post_as(&self.cookie, &self.token, more)
    }

    /// Types the code in, and has the token of the form that comes then.
    fn enter(&mut self, user_code: &str) -> Answer {
        let answer = self.post(&format!("user_code={user_code}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.token = token_of(&answer);
        answer
    }
}

fn token_of(answer: &Answer) -> String {
    let (_, after) = answer.body.split_once("name=\"csrf_token\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

fn user_code(begun: &Value) -> &str {
    begun["user_code"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_a_user_types_the_code_in_sees_who_asks_and_says_yes_and_the_device_has_its_tokens_once() {
    let running = start(example()).await.unwrap();
    let begun = begin(&running);
    let page = format!("{}/device", running.issuer());
    assert_eq!(begun["verification_uri"], page);
    assert_eq!(begun["verification_uri_complete"], format!("{page}?user_code={}", user_code(&begun)));
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(600), &json!(5)));
    assert_eq!(error(&poll(&running, &begun)), "authorization_pending");
    assert_eq!(error(&poll(&running, &begun)), "slow_down", "a moment after the first");

    let mut browser = Browser::open(&running, "");
    let shown = browser.enter(&user_code(&begun).to_lowercase());
    for text in ["<dd>tv</dd>", "<dd>openid profile</dd>", "Only continue if you started this", "value=\"alice\""] {
        assert!(shown.body.contains(text), "{text}: {}", shown.body);
    }
    assert!(shown.body.contains(&user_code(&begun).to_lowercase()), "as it was typed");
    let decide = format!("user_code={}&decision=approve&login=", user_code(&begun));
    for nobody in ["", "mallory"] {
        assert_eq!(browser.post(&format!("{decide}{nobody}")).status, 400);
    }
    assert_ne!(poll(&running, &begun).status, 200, "nobody has decided");
    let approved = browser.post(&format!("{decide}alice"));
    assert!(approved.status == 200 && approved.body.contains("Approved"), "{}", approved.body);

    let tokens = poll(&running, &begun);
    assert_eq!((tokens.status, tokens.json()["scope"].as_str()), (200, Some("openid profile")), "{}", tokens.body);
    assert!(tokens.json()["id_token"].is_string() && tokens.json()["refresh_token"].is_string());
    let access_token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let known = userinfo(&running, &access_token);
    assert_eq!(known.json(), json!({ "sub": "248289761001", "name": "Alice Adams" }));
    assert_eq!(error(&poll(&running, &begun)), "invalid_grant", "it was redeemed");
    assert_eq!(userinfo(&running, &access_token).status, 401, "and comes again: somebody else has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_says_no_is_heard_and_cannot_be_overruled() {
    let running = start(example()).await.unwrap();
    let begun = begin(&running);
    let mut browser = Browser::open(&running, "");
    browser.enter(user_code(&begun));
    let denied = browser.post(&format!("user_code={}&decision=deny", user_code(&begun)));
    assert!(denied.status == 200 && denied.body.contains("Denied"), "{}", denied.body);
    assert_eq!(error(&poll(&running, &begun)), "access_denied");
    let over = browser.post(&format!("user_code={}&decision=approve&login=alice", user_code(&begun)));
    assert_eq!(over.status, 400);
    assert_eq!(error(&poll(&running, &begun)), "access_denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_fills_the_code_in_and_decides_nothing() {
    let running = start(example()).await.unwrap();
    let begun = begin(&running);
    let code = user_code(&begun);
    for query in [
        format!("?user_code={code}"),
        format!("?user_code={code}&decision=approve&login=alice"),
        format!("?user_code={code}&decision=deny"),
    ] {
        let mut browser = Browser::open(&running, &query);
        let answer = send(
            running.local_addr(),
            &format!("GET /device{query}&csrf_token={} HTTP/1.1\r\nCookie: {}", browser.token, browser.cookie),
            "",
        );
        assert!(answer.status == 200 && answer.body.contains(&format!("value=\"{code}\"")), "{}", answer.body);
        assert!(
            !answer.body.contains("decision") && !answer.body.contains("<dd>tv"),
            "what it is for is not shown yet"
        );
        assert_eq!(answer.header("set-cookie"), None, "it has a session");
        // Nor does the token of the decision, in a link.
        browser.enter(code);
        let (token, cookie) = (&browser.token, &browser.cookie);
        let target = format!("/device?user_code={code}&decision=approve&login=alice&csrf_token={token}");
        assert_eq!(send(running.local_addr(), &format!("GET {target} HTTP/1.1\r\nCookie: {cookie}"), "").status, 200);
    }
    assert!(["authorization_pending", "slow_down"].iter().any(|code| error(&poll(&running, &begun)) == *code));

    let escaped = get(&running, "/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert!(escaped.body.contains("&quot;&gt;&lt;script&gt;") && !escaped.body.contains("<script"), "{}", escaped.body);
    let long = get(&running, &format!("/device?user_code={}", "A".repeat(65)));
    assert!(long.status == 200 && !long.body.contains("AAAA"));
    for malformed in ["?user_code=a&user_code=b", "?user_code=%zz", "?user_code=%00"] {
        assert_eq!(get(&running, &format!("/device{malformed}")).status, 400, "{malformed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_this_page_did_not_give_to_this_session_is_403_and_decides_nothing() {
    let running = start(example()).await.unwrap();
    let (begun, other) = (begin(&running), begin(&running));
    let code = user_code(&begun);
    let mut browser = Browser::open(&running, "");
    let stranger = Browser::open(&running, "");
    let entering = browser.token.clone();
    let enter = format!("user_code={code}");
    for (cookie, token) in [
        ("", entering.as_str()),
        ("symbolon-device=a.b.c", &entering),
        (&stranger.cookie, &entering),
        (&format!("{}; {}", browser.cookie, stranger.cookie), &entering),
        (&browser.cookie, ""),
        (&browser.cookie, &stranger.token),
        (&browser.cookie, "2jmj7l5rSw0yVb_vlWAYkK_YBwk"),
    ] {
        assert_eq!(browser.post_as(cookie, token, &enter).status, 403, "{cookie} {token}");
    }
    let page = browser.enter(code);
    assert_eq!(page.header("set-cookie"), None);
    let decide = |code: &str| format!("user_code={code}&decision=approve&login=alice");
    let deciding = browser.token.clone();
    for (cookie, token, more) in [
        ("", deciding.as_str(), decide(code)),
        (&stranger.cookie, &deciding, decide(code)),
        (&browser.cookie, &stranger.token, decide(code)),
        (&browser.cookie, "", decide(code)),
        // Whoever was not shown what the code is for.
        (&browser.cookie, &entering, decide(code)),
        (&browser.cookie, &deciding, decide(user_code(&other))),
        (&browser.cookie, &deciding, decide("")),
        (&browser.cookie, &deciding, enter.clone()),
    ] {
        assert_eq!(browser.post_as(cookie, token, &more).status, 403, "{cookie} {token} {more}");
    }
    for (head, body) in [
        ("\r\nContent-Type: text/plain", decide(code)),
        ("", decide(code)),
        (FORM, format!("{}&decision=deny", decide(code))),
        (FORM, format!("{}&a={}", decide(code), "x".repeat(5000))),
    ] {
        let head = format!("POST /device HTTP/1.1{head}\r\nCookie: {}", browser.cookie);
        let answer = send(running.local_addr(), &head, &format!("csrf_token={deciding}&{body}"));
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(browser.post(&format!("user_code={code}&decision=perhaps")).status, 400);
    assert_eq!(error(&poll(&running, &begun)), "authorization_pending");
    assert_eq!(browser.post(&decide(code)).status, 200);
    assert_eq!(poll(&running, &begun).status, 200);
    assert_eq!(error(&poll(&running, &other)), "authorization_pending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_the_sixth_entry_of_a_session_is_429_even_if_it_is_right_and_another_session_may_go_on() {
    let running = start(example()).await.unwrap();
    let begun = begin(&running);
    let browser = Browser::open(&running, "");
    let right = format!("user_code={}", user_code(&begun));
    // What is found is not counted.
    for _ in 0..6 {
        assert_eq!(browser.post(&right).status, 200);
    }
    let deciding = token_of(&browser.post(&right));
    for wrong in ["BBBB-BBBB", "", "aeiou", "BCDF-GHJ", "BCDF-GHJK-L"] {
        let answer = browser.post(&format!("user_code={wrong}"));
        assert!(answer.status == 400 && answer.body.contains("There is no such code"), "{wrong}: {}", answer.body);
    }
    let waits = browser.post(&right);
    assert_eq!(waits.status, 429);
    assert!((1..=601).contains(&waits.header("retry-after").unwrap().parse::<u32>().unwrap()));
    let decide = format!("{right}&decision=deny");
    let shown_before = browser.post_as(&browser.cookie, &deciding, &decide);
    assert_eq!(shown_before.status, 429);
    let mut other = Browser::open(&running, "");
    other.enter(user_code(&begun));
    assert_eq!(other.post(&decide).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d26_a_network_that_begins_many_sessions_waits_too() {
    let running = start(example()).await.unwrap();
    let begun = begin(&running);
    for _ in 0..4 {
        let browser = Browser::open(&running, "");
        for _ in 0..5 {
            assert_eq!(browser.post("user_code=BBBB-BBBB").status, 400);
        }
    }
    let fresh = Browser::open(&running, "");
    assert_eq!(fresh.post(&format!("user_code={}", user_code(&begun))).status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_wrong_entries_at_once_no_more_are_tried_than_may_be() {
    let running = start(example()).await.unwrap();
    let browser = Browser::open(&running, "");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..16).map(|_| scope.spawn(|| browser.post("user_code=BBBB-BBBB").status)).collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 11, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_without_scripts_frames_and_caches_and_takes_get_and_post_only() {
    let running = start(example()).await.unwrap();
    let mut browser = Browser::open(&running, "");
    let begun = begin(&running);
    let pages = [
        get(&running, "/device"),
        get(&running, "/device?user_code=%zz"),
        browser.post_as("", "", "user_code=a"),
        browser.post("user_code=a"),
        browser.enter(user_code(&begun)),
        browser.post(&format!("user_code={}&decision=deny", user_code(&begun))),
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
        let answer = send(running.local_addr(), &format!("{method} /device HTTP/1.1"), "");
        assert_eq!(
            (answer.status, answer.header("allow"), answer.header("set-cookie")),
            (405, Some("GET, POST"), None)
        );
    }
    let cookie = get(&running, "/device").header("set-cookie").unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/device; HttpOnly; SameSite=Strict; Max-Age=600"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8628_3_1_clients_authenticate_at_the_device_authorization_endpoint_and_need_the_grant() {
    let mut config = example();
    for client in &mut config.clients {
        if ["post", "app"].contains(&client.client_id.as_str()) {
            client.grant_types.get_or_insert_default().push(GrantType::DeviceCode.as_str().into());
        }
    }
    let running = start(config).await.unwrap();
    let secret = "client_id=post&client_secret=post-0123456789abcdef0123456789abcde";
    for (more, body, status, code) in [
        ("", "scope=read", 400, "invalid_client"),
        ("", "client_id=nobody", 400, "invalid_client"),
        ("", "client_id=post", 400, "invalid_client"),
        ("", &format!("{secret}e"), 400, "invalid_client"),
        ("\r\nAuthorization: Basic YmFzaWM6d3Jvbmc=", "", 401, "invalid_client"),
        (BASIC, "scope=read", 400, "unauthorized_client"),
        ("", "client_id=tv&scope=write", 400, "invalid_scope"),
        ("", "client_id=tv&client_id=spa", 400, "invalid_request"),
    ] {
        let answer = ask(&running, more, body);
        assert_eq!((answer.status, error(&answer)), (status, json!(code)), "{body}");
        assert!(answer.json().get("device_code").is_none());
    }
    assert_eq!(ask(&running, "", &format!("{secret}f")).status, 200);
    // By an assertion, and with it once.
    let assertion = tests::assertion_by(&running, "app", tests::app_key());
    let (_, assertion) = assertion.split_once('&').unwrap();
    assert_eq!(ask(&running, "", assertion).status, 200);
    assert_eq!(error(&ask(&running, "", assertion)), "invalid_client", "it was used before");
    let answer = send(running.local_addr(), "GET /device_authorization HTTP/1.1", "");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_wrong_secrets_at_the_device_authorization_endpoint_are_counted_with_those_at_the_token_endpoint() {
    let running = start(example()).await.unwrap();
    let wrong = "\r\nAuthorization: Basic YmFzaWM6d3Jvbmc=";
    for place in 0..10 {
        let answer =
            if place % 2 == 0 { ask(&running, wrong, "") } else { token(&running, wrong, tests::CLIENT_CREDENTIALS) };
        assert_eq!(answer.status, 401);
    }
    assert_eq!(ask(&running, BASIC, "").status, 429);
    assert_eq!(token(&running, BASIC, tests::CLIENT_CREDENTIALS).status, 429);
    assert_eq!(begin(&running)["interval"], 5, "another client does not wait");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_device_authorizations_count_as_replay_ids_do() {
    let running = start_with_few_ids(example()).await;
    for _ in 0..2 {
        begin(&running);
    }
    let refused = ask(&running, "", "client_id=tv");
    assert_waits(&refused);
    assert!(refused.json().get("device_code").is_none());
    // What begins nothing is not counted, and is told what is wrong.
    assert_eq!(error(&ask(&running, "", "client_id=tv&scope=write")), "invalid_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_a_client_whose_keys_are_at_a_jwks_uri_authenticates_at_the_device_authorization_endpoint() {
    let set = symbolon::jose::JwkSet::new(vec![tests::app_key().public_jwk().unwrap()]).to_json();
    let (address, _) = tests::answering(200, "", set);
    let mut config = tests::with_jwks_uri(address);
    let app = config.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
    app.grant_types.get_or_insert_default().push(GrantType::DeviceCode.as_str().into());
    let running = start(config).await.unwrap();
    let of = |kid: &str| {
        let assertion = tests::assertion_by(&running, "app", tests::app_key().with_kid(kid));
        ask(&running, "", assertion.split_once('&').unwrap().1)
    };
    assert_eq!(of("app-1").status, 200);
    assert_eq!(error(&of("app-2")), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_a_client_whose_key_is_in_a_chain_authenticates_at_the_device_authorization_endpoint() {
    let folder = Folder::new("devices-x5c");
    let mut config = tests::with_tls(&folder);
    let business = tests::whole_example().clients.into_iter().find(|client| client.client_id == "business");
    let mut business = business.unwrap();
    business.grant_types.get_or_insert_default().push(GrantType::DeviceCode.as_str().into());
    config.clients = vec![business];
    let running = start(config).await.unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let of = |chain: &str, key: SigningKey| {
        let key = key.with_x5c(vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap().to_vec()]).unwrap();
        let assertion = tests::assertion_by(&running, "business", key);
        ask(&running, "", assertion.split_once('&').unwrap().1)
    };
    let own = SigningKey::from_pem(&PROVIDER, &read("business-123456789.key.pem"), None).unwrap();
    assert_eq!(of(&read("business-123456789.pem"), own).status, 200);
    let now = UtcDateTime::now();
    let other = TestCa::new("Symbolon development CA", now).unwrap().issue_business("123456789").unwrap();
    assert_eq!(error(&of(&other.certificate_pem(), tests::key_of(&other))), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d22_without_development_or_without_a_client_there_is_neither_page_nor_endpoint() {
    let folder = Folder::new("devices");
    let mut without_client = example();
    without_client.clients.retain(|client| client.client_id != "tv");
    let not_development = ServeConfig { development: false, key_dir: Some(folder.path().into()), ..example() };
    for (config, client_id) in [(not_development, "tv"), (without_client, "spa")] {
        let running = start(config).await.unwrap();
        assert_eq!(get(&running, "/device").status, 404);
        assert_eq!(send(running.local_addr(), &format!("POST /device HTTP/1.1{FORM}"), "user_code=a").status, 404);
        assert_eq!(ask(&running, "", &format!("client_id={client_id}")).status, 404);
        let metadata = get(&running, "/.well-known/oauth-authorization-server").json();
        assert!(metadata.get("device_authorization_endpoint").is_none());
        assert!(
            !metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GrantType::DeviceCode.as_str()))
        );
        let polled = token(&running, "", &format!("{DEVICE_CODE}&client_id={client_id}&device_code=a"));
        assert_eq!(error(&polled), "unsupported_grant_type");
    }
    let running = start(example()).await.unwrap();
    let metadata = get(&running, "/.well-known/openid-configuration").json();
    let endpoint = format!("{}/device_authorization", running.issuer());
    assert_eq!(metadata["device_authorization_endpoint"], endpoint);
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GrantType::DeviceCode.as_str())));
    let tls_folder = Folder::new("devices-tls");
    let running = start(tests::with_tls(&tls_folder)).await.unwrap();
    let metadata = get(&running, "/.well-known/openid-configuration").json();
    let alias = format!("https://{}/device_authorization", tests::tls_addr(&running));
    assert_eq!(metadata["mtls_endpoint_aliases"]["device_authorization_endpoint"], alias);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_for_devices_is_judged_as_others_are() {
    let change = |change: fn(&mut ClientMetadata)| {
        let mut config = example();
        change(config.clients.iter_mut().find(|client| client.client_id == "tv").unwrap());
        config
    };
    let unsaid = refusal(change(|tv| tv.id_token_signed_response_alg = None)).await;
    assert!(unsaid.contains("client `tv`") && unsaid.contains("`id_token_signed_response_alg`"), "{unsaid}");
    assert!(start(change(|tv| (tv.id_token_signed_response_alg, tv.scope) = (None, "read".into()))).await.is_ok());
    let stable = ServeConfig { refresh_mode: RefreshModeName::Stable, ..change(|_| {}) };
    assert!(refusal(stable).await.contains("public client"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_an_issuers_path_page_and_endpoint_are_there() {
    let mut config = example();
    config.issuer = Some("http://localhost:8080/tenant".into());
    let running = start(config).await.unwrap();
    let head = format!("POST /tenant/device_authorization HTTP/1.1{FORM}");
    let begun = send(running.local_addr(), &head, "client_id=tv").json();
    assert_eq!(begun["verification_uri"], "http://localhost:8080/tenant/device");
    let page = get(&running, "/tenant/device");
    assert!(page.body.contains("action=\"/tenant/device\""), "{}", page.body);
    assert!(page.header("set-cookie").unwrap().contains("; Path=/tenant/device;"));
    assert_eq!(get(&running, "/device").status, 404);
}
