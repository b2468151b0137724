//! The whole server in this process, on a port that is free, over plain sockets.

use core::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, RootCertStore, StreamOwned,
    client::WantsClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde_json::{Value, json};
use symbolon::{
    client_auth::{AssertionSigner, ClientAuthentication},
    dpop::ProofSigner,
    jose::{Expected, ExpectedAudience, JwkSet, SigningKey, UnverifiedJwt, VerifyingKeys},
    ring::PROVIDER,
    types::{ClientId, Issuer, Secret},
};
use time::UtcDateTime;

use super::{
    attempts::Limits,
    config::{ClientCertConfig, RefreshModeName},
    *,
};
use crate::ca::{Issued, TestCa};

/// A folder of a test's own, gone with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("symbolon-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The parameters of the redirect, and what stands before them.
    fn redirect(&self) -> (String, Vec<(String, String)>) {
        assert_eq!((self.status, self.header("cache-control")), (303, Some("no-store")), "{}", self.body);
        let location = Url::parse(self.header("location").unwrap()).unwrap();
        let pairs = location.query_pairs().into_owned().collect();
        (location.as_str().split('?').next().unwrap().to_owned(), pairs)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.redirect().1.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

pub(super) fn send(address: SocketAddr, head: &str, body: &str) -> Answer {
    exchange(TcpStream::connect(address).unwrap(), head, body).unwrap()
}

/// As [`send`], over TLS.
pub(super) fn send_tls(address: SocketAddr, tls: ClientConfig, head: &str, body: &str) -> io::Result<Answer> {
    send_tls_by(TcpStream::connect(address)?, tls, head, body)
}

/// As [`send_tls`], by a connection that is there.
pub(super) fn send_tls_by(stream: TcpStream, tls: ClientConfig, head: &str, body: &str) -> io::Result<Answer> {
    let connection = ClientConnection::new(Arc::new(tls), "localhost".try_into().unwrap()).unwrap();
    exchange(StreamOwned::new(connection, stream), head, body)
}

fn exchange(mut stream: impl io::Read + io::Write, head: &str, body: &str) -> io::Result<Answer> {
    let length = body.len();
    write!(stream, "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into()));
    Ok(Answer { status, headers: headers.collect(), body: body.to_owned() })
}

/// A TLS client that trusts this authority (PEM).
pub(super) fn tls_client(ca: &str) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots)
}

pub(super) fn get(running: &Running, target: &str) -> Answer {
    send(running.local_addr(), &format!("GET {target} HTTP/1.1"), "")
}

pub(super) fn token(running: &Running, more: &str, body: &str) -> Answer {
    let head = format!("POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded{more}");
    send(running.local_addr(), &head, body)
}

pub(super) fn userinfo(running: &Running, access_token: &str) -> Answer {
    send(running.local_addr(), &format!("GET /userinfo HTTP/1.1\r\nAuthorization: Bearer {access_token}"), "")
}

pub(super) fn whole_example() -> ServeConfig {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/development.toml");
    ServeConfig::read(&path).unwrap()
}

/// The example, on a port that is free, without the clients that need an authority, an identity provider or development.
pub(super) fn example() -> ServeConfig {
    let mut config = whole_example();
    config.development = true;
    config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    // Tests that want TLS say so.
    config.tls_listen = None;
    let others = ["tls", "business", "chat", "backend", "shop"];
    config.clients.retain(|client| !others.contains(&client.client_id.as_str()));
    config.assertion_issuers.clear();
    config.exchanges.clear();
    config.issuer = None;
    config
}

pub(super) async fn refusal(config: ServeConfig) -> String {
    start(config).await.unwrap_err().to_string()
}

/// `basic` with its secret.
pub(super) const BASIC: &str = "\r\nAuthorization: Basic YmFzaWM6YmFzaWMtMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub(super) const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";
const REDIRECT_URI: &str = "http://127.0.0.1:9000/cb";
/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const AUTHORIZE: &str = "/authorize?response_type=code&client_id=spa&redirect_uri=http%3A%2F%2F127.0.0.1%3A9000%2Fcb\
    &scope=openid+profile&state=a%26b&nonce=n-0S6_WzA2Mj&login_hint=alice\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// What [`AUTHORIZE`] becomes with one piece replaced.
pub(super) fn changed(from: &str, to: &str) -> String {
    let target = AUTHORIZE.replacen(from, to, 1);
    assert_ne!(target, AUTHORIZE);
    target
}

/// A code of alice for this client.
pub(super) fn code_for(running: &Running, client_id: &str) -> String {
    let target = AUTHORIZE.replacen("client_id=spa", &format!("client_id={client_id}"), 1);
    get(running, &target.replacen("scope=openid+profile", "scope=openid", 1)).parameter("code").unwrap()
}

pub(super) fn redemption(code: &str) -> String {
    format!(
        "grant_type=authorization_code&client_id=spa&code={code}&code_verifier={VERIFIER}\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A9000%2Fcb"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_gives_a_token_by_each_method() {
    let running = start(example()).await.unwrap();
    let basic = token(&running, BASIC, CLIENT_CREDENTIALS);
    assert_eq!((basic.status, basic.header("cache-control")), (200, Some("no-store")), "{}", basic.body);
    let wrong = token(&running, "\r\nAuthorization: Basic YmFzaWM6d3Jvbmc=", CLIENT_CREDENTIALS);
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.header("www-authenticate"), Some(format!("Basic realm=\"{}\"", running.issuer()).as_str()));

    let post = "&client_id=post&client_secret=post-0123456789abcdef0123456789abcde";
    assert_eq!(token(&running, "", &format!("{CLIENT_CREDENTIALS}{post}f")).status, 200);
    assert_eq!(token(&running, "", &format!("{CLIENT_CREDENTIALS}{post}e")).status, 400);

    let signer = |issuer: &Issuer| AssertionSigner::new(app_key(), issuer);
    let body = |issuer: &Issuer| {
        let authentication = ClientAuthentication::PrivateKeyJwt(signer(issuer));
        let applied = authentication.apply(&PROVIDER, &ClientId::parse("app").unwrap(), UtcDateTime::now()).unwrap();
        applied.parameters.iter().fold(String::from(CLIENT_CREDENTIALS), |body, (name, value)| {
            format!("{body}&{name}={}", symbolon::token_request::encode_component(value.expose()))
        })
    };
    let assertion = body(&Issuer::parse(running.issuer()).unwrap());
    assert_eq!(token(&running, "", &assertion).status, 200);
    assert_eq!(token(&running, "", &assertion).json()["error"], "invalid_client", "it was used before");
    let elsewhere = body(&Issuer::parse("http://127.0.0.1:1").unwrap());
    assert_eq!(token(&running, "", &elsewhere).json()["error"], "invalid_client");

    let code = get(&running, AUTHORIZE).parameter("code").unwrap();
    assert_eq!(token(&running, "", &redemption(&code)).status, 200);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_back_with_state_and_iss_and_becomes_tokens_that_verify() {
    let running = start(example()).await.unwrap();
    let answer = get(&running, AUTHORIZE);
    let (to, _) = answer.redirect();
    assert_eq!(to, REDIRECT_URI);
    assert_eq!(answer.parameter("state").as_deref(), Some("a&b"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(running.issuer()));
    assert_eq!(answer.parameter("error"), None);
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));

    let code = answer.parameter("code").unwrap();
    let tokens = token(&running, "", &redemption(&code)).json();
    assert_eq!(tokens["scope"], "openid profile");
    assert_eq!(tokens["expires_in"], 600);

    let jwks = JwkSet::parse(get(&running, "/jwks").body.as_bytes()).unwrap();
    let keys = VerifyingKeys::load(&PROVIDER, &jwks, &[]);
    let jwt = UnverifiedJwt::parse(tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(jwt.header().alg().as_str(), "ES256", "as it registered");
    let jwt = jwt.verify_with(&keys).unwrap();
    let claims = jwt.claims().unwrap();
    let expected = Expected {
        issuer: running.issuer(),
        audience: ExpectedAudience::Exactly("spa"),
        typ: &[],
        exp_leeway: Duration::ZERO,
        future_leeway: Duration::seconds(10),
    };
    claims.check(&expected, jwt.header(), UtcDateTime::now()).unwrap();
    assert_eq!(claims.get("nonce").unwrap().as_str().as_deref(), Some("n-0S6_WzA2Mj"));
    assert!(claims.get("auth_time").is_some());

    let known = userinfo(&running, tokens["access_token"].as_str().unwrap());
    assert_eq!(known.json(), json!({ "sub": "248289761001", "name": "Alice Adams" }), "no email without its scope");
    assert_eq!(userinfo(&running, "unknown").status, 401);

    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refresh = format!("grant_type=refresh_token&client_id=spa&refresh_token={refresh}");
    assert_eq!(token(&running, "", &refresh).status, 200);
    assert_eq!(token(&running, "", &refresh).json()["error"], "invalid_grant", "it was rotated");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d6_refresh_tokens_are_forgiven_or_stay_where_the_configuration_says_so() {
    let with = |mode| {
        let mut config = ServeConfig { refresh_mode: mode, ..example() };
        config.clients.retain(|client| client.client_id == "basic");
        config
    };
    for (mode, wanted) in [
        (RefreshModeName::FamilyStrict, [200, 400]),
        (RefreshModeName::SingleSuccessor, [200, 200]),
        (RefreshModeName::Stable, [200, 200]),
    ] {
        let running = start(with(mode)).await.unwrap();
        let code = get(&running, &changed("client_id=spa", "client_id=basic")).parameter("code").unwrap();
        let first = token(&running, BASIC, &redemption(&code).replacen("&client_id=spa", "", 1)).json();
        let refresh = format!("grant_type=refresh_token&refresh_token={}", first["refresh_token"].as_str().unwrap());
        let answers = [token(&running, BASIC, &refresh), token(&running, BASIC, &refresh)];
        assert_eq!(answers.each_ref().map(|answer| answer.status), wanted, "{mode:?}");
        if mode != RefreshModeName::FamilyStrict {
            let [one, two] = answers.each_ref().map(|answer| answer.json()["refresh_token"].clone());
            assert_eq!((&one, one.is_null()), (&two, mode == RefreshModeName::Stable), "{mode:?}");
        }
    }
    let said = refusal(ServeConfig { refresh_mode: RefreshModeName::Stable, ..example() }).await;
    assert!(said.contains("`spa`") && said.contains("public client"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_tokens_are_jwts_where_the_configuration_says_so() {
    let mut config = example();
    config.access_token = AccessTokenForm::Jwt;
    config.audience = vec!["https://api.example".into()];
    config.lifetimes.access_token = Some(60);
    let running = start(config).await.unwrap();
    let tokens = token(&running, BASIC, CLIENT_CREDENTIALS).json();
    let jwt = UnverifiedJwt::parse(tokens["access_token"].as_str().unwrap()).unwrap();
    assert!(jwt.header().is_typ("at+jwt"));
    assert_eq!(jwt.peek_claim("aud").as_deref(), Some("https://api.example"));
    assert_eq!(tokens["expires_in"], 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_redirected_for_a_client_or_redirect_uri_that_is_not_right() {
    let running = start(example()).await.unwrap();
    for target in [
        "/authorize".to_owned(),
        changed("client_id=spa", "client_id=nobody"),
        changed("client_id=spa&", ""),
        changed("redirect_uri=http%3A%2F%2F127.0.0.1%3A9000%2Fcb&", ""),
        changed("%2Fcb", "%2Fcb%2F"),
        changed("%2Fcb", "%2Fcb%3Fa=b"),
        changed("%2Fcb", "%2Fcb%23x"),
        changed("9000", "9001"),
        changed("127.0.0.1%3A9000", "LOCALHOST%3A9000"),
        changed("http%3A%2F%2F127.0.0.1%3A9000%2Fcb", "https%3A%2F%2Fevil.example"),
        // Registered for others only.
        changed("client_id=spa", "client_id=post"),
        // A parameter twice: the first or the last might be the one that was judged.
        format!("{AUTHORIZE}&redirect_uri=https%3A%2F%2Fevil.example"),
        format!("{AUTHORIZE}&client_id=spa"),
        format!("{AUTHORIZE}&st%61te=x"),
        format!("{AUTHORIZE}&a=%zz"),
    ] {
        let answer = get(&running, &target);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{target}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!answer.body.contains("evil"));
    }
    assert!(get(&running, AUTHORIZE).parameter("code").is_some());
    for method in ["POST", "HEAD", "OPTIONS"] {
        let answer = send(running.local_addr(), &format!("{method} {AUTHORIZE} HTTP/1.1"), "");
        assert_eq!((answer.status, answer.header("allow"), answer.header("location")), (405, Some("GET"), None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a072_plain_challenges_are_taken_where_the_configuration_says_so() {
    let running = start(ServeConfig { legacy_pkce_plain: true, ..example() }).await.unwrap();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    for method in ["", "&code_challenge_method=plain"] {
        let target = changed(challenge, &format!("{VERIFIER}{method}"));
        let code = get(&running, &target).parameter("code").unwrap();
        assert_eq!(token(&running, "", &redemption(&code).replace(VERIFIER, &"v".repeat(43))).status, 400);
        assert_eq!(token(&running, "", &redemption(&code)).status, 200);
    }
    let metadata = get(&running, "/.well-known/openid-configuration").body;
    assert!(metadata.contains(r#""code_challenge_methods_supported":["S256","plain"]"#), "{metadata}");
}

/// The example with a client of authorization details, and two resources.
fn with_details() -> ServeConfig {
    let mut config = ServeConfig { access_token: AccessTokenForm::Jwt, ..example() };
    config.audience = vec!["https://api.example".into(), "https://other.example".into()];
    let spa = config.clients.iter_mut().find(|client| client.client_id == "spa").unwrap();
    spa.authorization_details_types = vec!["payment".into()];
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resources_and_authorization_details_that_were_asked_for_are_those_of_the_tokens() {
    let running = start(with_details()).await.unwrap();
    let details = "authorization_details=%5B%7B%22type%22%3A%22payment%22%2C%22amount%22%3A%2212%22%7D%5D";
    let target = format!("{AUTHORIZE}&resource=https%3A%2F%2Fapi.example&{details}");
    let code = get(&running, &target).parameter("code").unwrap();
    let other = format!("{}&resource=https%3A%2F%2Fother.example", redemption(&code));
    assert!(token(&running, "", &other).body.contains("invalid_target"));
    let more = format!("{}&{}", redemption(&code), details.replace("12", "13"));
    assert!(token(&running, "", &more).body.contains("invalid_authorization_details"));
    let answer: Value = serde_json::from_str(&token(&running, "", &redemption(&code)).body).unwrap();
    let told = json!([{"type": "payment", "amount": "12"}]);
    assert_eq!(answer["authorization_details"], told);
    let jwt = answer["access_token"].as_str().unwrap();
    let claims: Value = serde_json::from_slice(&decoded(jwt)).unwrap();
    assert_eq!((&claims["aud"], &claims["authorization_details"]), (&json!("https://api.example"), &told));
    let metadata = get(&running, "/.well-known/openid-configuration").body;
    assert!(metadata.contains(r#""authorization_details_types_supported":["payment"]"#), "{metadata}");
    for (asked, error) in [
        ("&resource=https%3A%2F%2Fthird.example", "invalid_target"),
        ("&authorization_details=%5B%7B%22type%22%3A%22other%22%7D%5D", "invalid_authorization_details"),
        ("&authorization_details=%5B1%5D", "invalid_authorization_details"),
    ] {
        let answer = get(&running, &format!("{AUTHORIZE}{asked}"));
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{asked}");
    }
}

/// The claims of a JWT, unverified.
pub(super) fn decoded(jwt: &str) -> Vec<u8> {
    let payload = jwt.split('.').nth(1).unwrap();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_faults_are_told_to_the_client_with_state_and_iss() {
    let running = start(example()).await.unwrap();
    for (target, error) in [
        (changed("response_type=code", "response_type=token"), "unsupported_response_type"),
        (changed("response_type=code", "response_type=code+id_token"), "unsupported_response_type"),
        (changed("response_type=code&", ""), "invalid_request"),
        (changed("code_challenge_method=S256", "code_challenge_method=plain"), "invalid_request"),
        (changed("&code_challenge_method=S256", ""), "invalid_request"),
        (changed("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", ""), "invalid_request"),
        (changed("-cM", "-cM%3D"), "invalid_request"),
        (changed("-cM", "-c"), "invalid_request"),
        (changed("scope=openid+profile", "scope=openid+write"), "invalid_scope"),
        (changed("scope=openid+profile", "scope=openid++profile"), "invalid_scope"),
        (changed("login_hint=alice", "login_hint=mallory"), "login_required"),
        (changed("&login_hint=alice", ""), "login_required"),
        (format!("{AUTHORIZE}&response_mode=fragment"), "invalid_request"),
        (format!("{AUTHORIZE}&request=x.y.z"), "request_not_supported"),
        (format!("{AUTHORIZE}&request_uri=https%3A%2F%2Fa.example"), "request_uri_not_supported"),
    ] {
        let answer = get(&running, &target);
        assert_eq!(answer.redirect().0, REDIRECT_URI);
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{target}");
        assert_eq!(answer.parameter("state").as_deref(), Some("a&b"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(running.issuer()));
        assert_eq!(answer.parameter("code"), None);
    }
    let answer = get(&running, &changed("state=a%26b&", ""));
    assert!(answer.parameter("code").is_some() && answer.parameter("state").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_development_nobody_is_signed_in() {
    let folder = Folder::new("no-development");
    let config = ServeConfig { development: false, key_dir: Some(folder.path().into()), ..example() };
    let running = start(config).await.unwrap();
    assert_eq!(get(&running, AUTHORIZE).status, 404);
    let metadata = get(&running, "/.well-known/openid-configuration").json();
    assert!(metadata.get("authorization_endpoint").is_none());
    assert_eq!(token(&running, BASIC, CLIENT_CREDENTIALS).status, 200);

    let development = start(example()).await.unwrap();
    let metadata = get(&development, "/.well-known/openid-configuration").json();
    assert_eq!(metadata["authorization_endpoint"], format!("{}/authorize", development.issuer()));
    assert_eq!(metadata["jwks_uri"], format!("{}/jwks", development.issuer()));
    assert_eq!(metadata["scopes_supported"], json!(["openid", "profile", "email", "read", "write"]));
    let methods = json!(["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]);
    assert_eq!(metadata["token_endpoint_auth_methods_supported"], methods);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_stays_on_this_machine() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let listen = Some(address.parse().unwrap());
        for development in [true, false] {
            let refusal = refusal(ServeConfig { development, listen, ..example() }).await;
            assert!(refusal.contains("not a loopback address"), "{refusal}");
        }
    }
    let running = start(ServeConfig { listen: Some("127.0.0.2:0".parse().unwrap()), ..example() }).await;
    if cfg!(target_os = "linux") {
        running.unwrap().stop().await.unwrap();
    }
}

#[test]
fn issuers_are_https_or_on_loopback_and_in_development_always_on_loopback() {
    for (issuer, path) in [
        ("http://127.0.0.1:8080", ""),
        ("http://127.0.0.1:8080/", ""),
        ("http://[::1]:8080", ""),
        ("http://localhost:8080/a/b", "/a/b"),
        ("https://localhost", ""),
    ] {
        assert_eq!(judge_issuer(issuer, true).unwrap(), (Issuer::parse(issuer).unwrap(), path.to_owned()));
        assert!(judge_issuer(issuer, false).is_ok());
    }
    assert!(judge_issuer("https://as.example", false).is_ok());
    for issuer in ["https://as.example", "https://127.0.0.1.example", "https://localhost.example"] {
        assert!(judge_issuer(issuer, true).is_err(), "{issuer}");
    }
    for issuer in [
        "",
        "as.example",
        "ftp://as.example",
        "http://as.example",
        "http://192.0.2.1",
        "https://as.example?a=b",
        "https://as.example#a",
        "https://user@as.example",
        "https://user:secret@as.example",
        "https://AS.example",
        "https://as.example:443",
        "https://as.example/a/../b",
        "https://as.example/{a}",
        "https://as.example/:a",
        "https://as.example//a",
        "https://as.example/\u{e5}",
    ] {
        assert!(judge_issuer(issuer, false).is_err(), "{issuer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_with_a_path_is_served_under_it() {
    let mut config = example();
    config.issuer = Some("http://localhost:8080/tenant".into());
    let running = start(config).await.unwrap();
    assert_eq!(get(&running, "/.well-known/openid-configuration").status, 404);
    let metadata = get(&running, "/tenant/.well-known/openid-configuration");
    assert_eq!(metadata.json()["token_endpoint"], "http://localhost:8080/tenant/token");
    assert_eq!(metadata.json()["jwks_uri"], "http://localhost:8080/tenant/jwks");
    assert_eq!(get(&running, "/.well-known/oauth-authorization-server/tenant").body, metadata.body);
    assert!(get(&running, &format!("/tenant{AUTHORIZE}")).parameter("code").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_too_many_wrong_secrets_are_answered_429_without_comparing() {
    let running = start(example()).await.unwrap();
    let wrong = || token(&running, "\r\nAuthorization: Basic YmFzaWM6d3Jvbmc=", CLIENT_CREDENTIALS);
    for _ in 0..10 {
        assert_eq!(wrong().status, 401);
    }
    let waits = wrong();
    assert_eq!(waits.status, 429);
    assert!(waits.header("retry-after").unwrap().parse::<u32>().unwrap() <= 61);
    assert_eq!(token(&running, BASIC, CLIENT_CREDENTIALS).status, 429, "the right one waits too");
    let post = "&client_id=post&client_secret=post-0123456789abcdef0123456789abcdef";
    assert_eq!(token(&running, "", &format!("{CLIENT_CREDENTIALS}{post}")).status, 200, "another client does not");
}

/// A server that takes two replay ids a minute of one client from one network.
pub(super) async fn start_with_few_ids(config: ServeConfig) -> Running {
    let limits = Limits { per_client_and_network: 2, per_network: 100, per_client: None, windows: 100 };
    start_counting(config, Attempts::new(limits)).await.unwrap()
}

pub(super) fn assert_waits(refused: &Answer) {
    assert_eq!((refused.status, refused.json()["error"].as_str()), (429, Some("temporarily_unavailable")));
    assert!((1..=61).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_a131_a_client_that_leaves_too_many_replay_ids_behind_is_answered_429_and_nobody_else() {
    let running = start_with_few_ids(example()).await;
    let assertion = || assertion_of(&running, "app", "app-1");
    for _ in 0..2 {
        assert_eq!(token(&running, "", &assertion()).status, 200);
    }
    let unused = assertion();
    assert_waits(&token(&running, "", &unused));
    // What leaves nothing behind, and who is another client, is not counted.
    for _ in 0..3 {
        assert_eq!(token(&running, BASIC, CLIENT_CREDENTIALS).status, 200);
        assert_invalid_client(&token(&running, "", &unused.replace("assertion=ey", "assertion=ex")));
    }
    let proof = dpop_header(&proof_signer(), &format!("{}/token", running.issuer()));
    assert_eq!(token(&running, &format!("{BASIC}{proof}"), CLIENT_CREDENTIALS).status, 200);
    assert_waits(&token(&running, "", &unused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_a131_replay_ids_that_userinfo_leaves_behind_are_those_of_the_tokens_client() {
    let running = start_with_few_ids(example()).await;
    let (signer, token_url) = (proof_signer(), format!("{}/token", running.issuer()));
    let code = get(&running, AUTHORIZE).parameter("code").unwrap();
    let tokens = token(&running, &dpop_header(&signer, &token_url), &redemption(&code)).json();
    let access_token = tokens["access_token"].as_str().unwrap();
    let asks = || {
        let url = format!("{}/userinfo", running.issuer());
        let access_token = Secret::new(access_token);
        let proof = signer.proof(&PROVIDER, "GET", &url, None, Some(&access_token), UtcDateTime::now()).unwrap();
        let (access_token, proof) = (access_token.expose(), proof.expose());
        let head = format!("GET /userinfo HTTP/1.1\r\nAuthorization: DPoP {access_token}\r\nDPoP: {proof}");
        send(running.local_addr(), &head, "")
    };
    assert_eq!(asks().status, 200, "the second, after the redemption");
    let waits = asks();
    assert_eq!((waits.status, waits.header("retry-after").is_some()), (429, true), "{}", waits.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_nobody_waits_for_the_mistakes_of_another() {
    let folder = Folder::new("proxied");
    let issuer = Some("https://as.example".into());
    let config = ServeConfig { development: false, issuer, key_dir: Some(folder.path().into()), ..example() };
    let running = start(config).await.unwrap();
    for _ in 0..12 {
        let wrong = token(&running, "\r\nAuthorization: Basic YmFzaWM6d3Jvbmc=", CLIENT_CREDENTIALS);
        assert_eq!(wrong.status, 401);
    }
    assert_eq!(token(&running, BASIC, CLIENT_CREDENTIALS).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_by_itself_is_an_error() {
    let with = |server: JoinHandle<io::Result<()>>| Running {
        issuer: Issuer::parse("http://127.0.0.1").unwrap(),
        local_addr: ServeConfig::DEFAULT_LISTEN,
        stop: watch::channel(()).0,
        server,
    };
    assert!(matches!(with(tokio::spawn(async { Ok(()) })).ended().await, ServeError::Ended(_)));
    let failed = with(tokio::spawn(async { Err(io::Error::other("broken")) })).ended().await;
    assert!(matches!(failed, ServeError::Ended(error) if error.to_string() == "broken"));
    let mut running = start(example()).await.unwrap();
    tokio::select! {
        biased;
        ended = running.ended() => panic!("{ended}"),
        () = core::future::ready(()) => {}
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_contradicts_itself_starts_nothing() {
    let change = |change: fn(&mut ServeConfig)| {
        let mut config = example();
        change(&mut config);
        config
    };
    for (config, sentence) in [
        (change(|config| config.clients[1].client_id = "basic".into()), "client `basic`: stands there twice"),
        (change(|config| config.clients[1].client_secret = Some("short".into())), "client `post`: `client_secret`"),
        (change(|config| config.users[1].login = "alice".into()), "user `alice`: stands there twice"),
        (change(|config| config.users[1].sub = String::new()), "user `bob`: `sub`"),
        (change(|config| drop(config.users[1].claims.insert("iss".into(), json!("x")))), "user `bob`: `iss`"),
        (change(|config| config.lifetimes.code = Some(0)), "`code` is 1 to 600"),
        (change(|config| config.lifetimes.access_token = Some(0)), "`access_token` is 0"),
        (change(|config| config.lifetimes.grant = Some(1)), "makes no endpoint"),
    ] {
        let refusal = refusal(config).await;
        assert!(refusal.contains(sentence), "{refusal}");
    }
    assert!(start(example()).await.is_ok());
}

#[test]
fn files_are_read_with_their_paths_and_errors_show_no_text() {
    let folder = Folder::new("files");
    let config = folder.write("a.toml", "key_dir = \"keys\"\nserver_key = \"/root.key\"\n[[key]]\nfile = \"a.pem\"");
    let config = ServeConfig::read(&config).unwrap();
    assert_eq!(config.key_dir, Some(folder.path().join("keys")));
    assert_eq!(config.server_key, Some("/root.key".into()));
    assert_eq!((&config.keys[0].file, config.keys[0].state), (&folder.path().join("a.pem"), KeyStateName::Current));
    let next = folder.write("next.toml", "[[key]]\nfile = \"a.pem\"\nstate = \"next\"");
    assert_eq!(ServeConfig::read(&next).unwrap().keys[0].state, KeyStateName::Next);
    let other = folder.write("other.toml", "[[key]]\nfile = \"a.pem\"\nstate = \"used\"");
    assert!(ServeConfig::read(&other).is_err());
    let tls = "[tls]\ncertificate = \"b.pem\"\nkey = \"/c.pem\"\n[[tls.client_ca]]\nname = \"a\"\nfile = \"d.pem\"";
    let tls = ServeConfig::read(&folder.write("tls.toml", tls)).unwrap().tls;
    assert_eq!((tls.certificate, tls.key), (Some(folder.path().join("b.pem")), Some("/c.pem".into())));
    assert_eq!(tls.client_ca[0].file, folder.path().join("d.pem"));

    let broken = folder.write("b.toml", "# one\n[[client]]\nclient_secret = \"MARKER\n");
    let error = ServeConfig::read(&broken).unwrap_err().to_string();
    assert!(error.contains("b.toml, line 3, column") && !error.contains("MARKER"), "{error}");

    let mut config = ServeConfig::default();
    config
        .add_clients(&folder.write("a.json", r#"[{"client_id":"a"},{"client_id":"b","client_secret":"x"}]"#))
        .unwrap();
    assert_eq!(config.clients.len(), 2);
    for (text, sentence) in [
        (r#"[{"client_id":"a","client_id":"b"}]"#, "member"),
        (r#"[{"client_id":"a"},{}]"#, "client 2: `client_id` is missing"),
        (r#"{"client_id":"a"}"#, "b.json"),
        ("[", "b.json"),
    ] {
        let error = config.add_clients(&folder.write("b.json", text)).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
    assert!(config.add_clients(&folder.path().join("absent.json")).is_err());
}

#[test]
fn errors_of_files_show_names_and_places_and_never_values() {
    let folder = Folder::new("values");
    let toml =
        |text: &str| ServeConfig::read(&folder.write("a.toml", text)).map_err(|error| format!("{error} {error:?}"));
    let json = |text: &str| {
        let added = ServeConfig::default().add_clients(&folder.write("a.json", text));
        added.map_err(|error| format!("{error} {error:?}"))
    };
    for (value, is_right) in [
        ("\"MARKER\"", true),
        ("[\"MARKER\"]", false),
        ("{ MARKER = \"MARKER\" }", false),
        ("55501", false),
        ("55501.5", false),
        ("true", false),
        ("1979-05-27", false),
    ] {
        let read =
            toml(&format!("[[client]]\nclient_id = \"a\"\n[[client]]\nclient_id = \"b\"\nclient_secret = {value}"));
        assert_eq!(read.is_ok(), is_right, "{value}");
        if let Err(error) = read {
            assert!(error.contains("a.toml, line") && error.contains("client 2: `client_secret`"), "{error}");
            assert!(!["MARKER", "555", "true", "1979"].iter().any(|shown| error.contains(shown)), "{error}");
        }
    }
    for (value, is_right) in [
        ("\"MARKER\"", true),
        ("null", true),
        ("[\"MARKER\"]", false),
        ("{\"MARKER\":\"MARKER\"}", false),
        ("55501", false),
        ("MARKER", false),
    ] {
        let read = json(&format!("[{{\"client_id\":\"a\",\"client_secret\":{value}}}]"));
        assert_eq!(read.is_ok(), is_right, "{value}");
        if let Err(error) = read {
            assert!(error.contains("a.json"), "{error}");
            assert!(!error.contains("MARKER") && !error.contains("555"), "{error}");
        }
    }
    for text in [
        "access_token = \"MARKER\"",
        "listen = \"MARKER\"",
        "client_secret = \"MARKER\"",
        "key = \"MARKER\"",
        "client = \"MARKER\"",
        "client = [\"MARKER\"]",
        "[[user]]\nlogin = \"a\"\nsub = [\"MARKER\"]",
        "[[client]]\nclient_id = \"a\"\nclient_secret = MARKER",
        "[[client]]\nclient_id = \"a\"\nclient_secret = \"a\"\nclient_secret = \"MARKER\"",
        "[lifetimes]\ncode = \"MARKER\"",
        "\"a MARKER\" = 1",
    ] {
        let error = toml(text).unwrap_err();
        assert!(error.contains("a.toml, line") && !error.contains("MARKER"), "{error}");
    }
    assert!(toml("lissten = \"MARKER\"").unwrap_err().contains("`lissten` is not known here"));
}

/// A server on loopback that answers everything with this status, these headers and this body, and counts.
pub(super) fn answering(status: u16, headers: &str, body: String) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicU32::new(0)));
    let head = format!("HTTP/1.1 {status} \r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                io::Read::read_exact(&mut stream, &mut byte).unwrap();
                request.push(byte[0]);
            }
            counted.fetch_add(1, Ordering::SeqCst);
            // Whoever has read enough hangs up.
            let _ = io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes());
        }
    });
    (address, count)
}

pub(super) fn app_key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, include_str!("../../examples/app.key.pem"), None).unwrap().with_kid("app-1")
}

fn proof_signer() -> ProofSigner {
    ProofSigner::new(&PROVIDER, app_key()).unwrap()
}

/// The header with a fresh proof for a POST to this URL.
fn dpop_header(signer: &ProofSigner, url: &str) -> String {
    let proof = signer.proof(&PROVIDER, "POST", url, None, None, UtcDateTime::now()).unwrap();
    format!("\r\nDPoP: {}", proof.expose())
}

/// The example, whose client `app` has its keys at this address.
pub(super) fn with_jwks_uri(address: SocketAddr) -> ServeConfig {
    let mut config = example();
    let app = config.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
    app.jwks = None;
    app.jwks_uri = Some(format!("http://{address}/jwks"));
    config
}

fn assertion_of(running: &Running, client_id: &str, kid: &str) -> String {
    assertion_by(running, client_id, app_key().with_kid(kid))
}

pub(super) fn assertion_by(running: &Running, client_id: &str, key: SigningKey) -> String {
    let issuer = Issuer::parse(running.issuer()).unwrap();
    let authentication = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer));
    let applied = authentication.apply(&PROVIDER, &ClientId::parse(client_id).unwrap(), UtcDateTime::now()).unwrap();
    applied.parameters.iter().fold(String::from(CLIENT_CREDENTIALS), |body, (name, value)| {
        format!("{body}&{name}={}", symbolon::token_request::encode_component(value.expose()))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_keys_at_a_jwks_uri_are_fetched_once_for_a_client_that_is_known() {
    let set = JwkSet::new(vec![app_key().public_jwk().unwrap()]).to_json();
    let (address, count) = answering(200, "", set);
    let running = start(with_jwks_uri(address)).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0, "not before somebody needs them");
    let unknown = token(&running, "", &assertion_of(&running, "nobody", "app-1"));
    assert_eq!((unknown.json()["error"].as_str(), count.load(Ordering::SeqCst)), (Some("invalid_client"), 0));
    for _ in 0..3 {
        assert_eq!(token(&running, "", &assertion_of(&running, "app", "app-1")).status, 200);
    }
    let other = token(&running, "", &assertion_of(&running, "app", "app-2"));
    assert_eq!(other.json()["error"], "invalid_client", "another kid, a moment after the fetch");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a118_a_jwks_uri_that_redirects_or_answers_too_much_or_no_keys_gives_no_keys_and_is_asked_once() {
    let set = JwkSet::new(vec![app_key().public_jwk().unwrap()]).to_json();
    let (elsewhere, followed) = answering(200, "", set.clone());
    let location = format!("Location: http://{elsewhere}/jwks\r\n");
    let too_long = format!("{set}{}", " ".repeat(256 * 1024));
    let private = include_str!("../../examples/app.key.pem").to_owned();
    for (status, headers, body) in [
        (302, location.as_str(), String::new()),
        (307, location.as_str(), String::new()),
        (404, "", set.clone()),
        (200, "", too_long),
        (200, "", private),
        (200, "", r#"{"keys":[]}"#.into()),
        (200, "", r#"{"keys":[{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}"#.into()),
    ] {
        let (address, count) = answering(status, headers, body);
        let running = start(with_jwks_uri(address)).await.unwrap();
        for _ in 0..2 {
            let refused = token(&running, "", &assertion_of(&running, "app", "app-1"));
            assert_eq!((refused.status, refused.json()["error"].as_str()), (400, Some("invalid_client")), "{status}");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1, "{status}");
    }
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

// On one thread: on another one the fetch may be done before this test looks.
#[tokio::test]
async fn a_request_that_breaks_off_does_not_break_off_the_fetch() {
    let set = JwkSet::new(vec![app_key().public_jwk().unwrap()]).to_json();
    let (address, count) = answering(200, "", set);
    let mut sets = ClientKeySets::new(true, 20).unwrap();
    let uri = symbolon_reqwest::client::EndpointUrl::parse(&format!("http://{address}/jwks")).unwrap();
    sets.add("app", client_keys::KeySource { uri, algorithms: Vec::new() });
    let now = UtcDateTime::now();
    tokio::select! {
        biased;
        _ = sets.keys("app", None, now) => panic!("it waits for the network"),
        () = core::future::ready(()) => {}
    }
    // The next one waits for the fetch of the first.
    assert!(sets.keys("app", None, now).await.is_some());
    assert!(sets.keys("other", None, now).await.is_none());
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// The example with a TLS listener, its authority and its client's certificate in this folder.
pub(super) fn with_tls(folder: &Folder) -> ServeConfig {
    let tls_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    ServeConfig { tls_listen, key_dir: Some(folder.path().into()), ..example() }
}

/// Where the TLS listener is, as the metadata says.
pub(super) fn tls_addr(running: &Running) -> SocketAddr {
    let metadata = get(running, "/.well-known/oauth-authorization-server").json();
    let url = Url::parse(metadata["mtls_endpoint_aliases"]["token_endpoint"].as_str().unwrap()).unwrap();
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap()
}

fn tls_client_in(folder: &Folder) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    tls_client(&fs::read_to_string(folder.path().join(tls::CA_FILE)).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_development_a_test_authority_makes_a_tls_listener_that_takes_clients_with_and_without_a_certificate() {
    let folder = Folder::new("tls");
    let running = start(with_tls(&folder)).await.unwrap();
    let address = tls_addr(&running);
    let head = format!("POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded{BASIC}");
    let without = tls_client_in(&folder).with_no_client_auth();
    assert_eq!(send_tls(address, without, &head, CLIENT_CREDENTIALS).unwrap().status, 200);

    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&read(tls::CLIENT_FILE)).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(&read(tls::CLIENT_KEY_FILE)).unwrap();
    let with = tls_client_in(&folder).with_client_auth_cert(chain, key).unwrap();
    assert_eq!(send_tls(address, with, &head, CLIENT_CREDENTIALS).unwrap().status, 200);

    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.iter().filter(|name| name.to_str().unwrap().starts_with("tls-")).count(), 3, "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join(tls::CLIENT_KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = read(tls::CA_FILE);
    running.stop().await.unwrap();
    assert!(TcpStream::connect(address).is_err(), "it listens no more");
    start(with_tls(&folder)).await.unwrap();
    assert_ne!(read(tls::CA_FILE), before, "each start has an authority of its own, whose key is nowhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d27_by_the_tls_listener_a_proof_is_for_the_url_of_that_listener_and_for_no_other() {
    let folder = Folder::new("tls-dpop");
    let running = start(with_tls(&folder)).await.unwrap();
    let address = tls_addr(&running);
    let ask = |url: &str| {
        let head = format!("{FORM}{BASIC}{}", dpop_header(&proof_signer(), url));
        send_tls(address, tls_client_in(&folder).with_no_client_auth(), &head, CLIENT_CREDENTIALS).unwrap()
    };
    let bound = ask(&format!("https://{address}/token"));
    assert_eq!((bound.status, bound.json()["token_type"].as_str()), (200, Some("DPoP")), "{}", bound.body);
    let plain = format!("{}/token", running.issuer());
    let of_another = ask(&plain);
    assert_eq!((of_another.status, of_another.json()["error"].as_str()), (400, Some("invalid_dpop_proof")));
    // By the other listener it is the other way around.
    let by_plain =
        |url: &str| token(&running, &format!("{BASIC}{}", dpop_header(&proof_signer(), url)), CLIENT_CREDENTIALS);
    assert_eq!(by_plain(&plain).status, 200);
    assert_eq!(by_plain(&format!("https://{address}/token")).json()["error"], "invalid_dpop_proof");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a097_a_certificate_in_a_header_is_nobodys_unless_the_proxy_is_configured() {
    let folder = Folder::new("client-cert");
    let running = start(with_tls(&folder)).await.unwrap();
    let header = "\r\nClient-Cert: :AQID:";
    let head = format!("POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded{BASIC}{header}");
    let tls = tls_client_in(&folder).with_no_client_auth();
    let answer = send_tls(tls_addr(&running), tls, &head, CLIENT_CREDENTIALS).unwrap();
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(token(&running, &format!("{BASIC}{header}"), CLIENT_CREDENTIALS).status, 400);

    let proxied = |client_cert| {
        let behind_proxy = vec!["127.0.0.1".parse().unwrap()];
        ServeConfig { behind_proxy, client_cert, ..with_tls(&folder) }
    };
    let unheard = start(proxied(None)).await.unwrap();
    assert_eq!(token(&unheard, &format!("{BASIC}{header}"), CLIENT_CREDENTIALS).status, 400);
    let heard = start(proxied(Some(ClientCertConfig { validated_to: Some("corporate".into()) }))).await.unwrap();
    assert_eq!(token(&heard, &format!("{BASIC}{header}"), CLIENT_CREDENTIALS).status, 200);
    assert_eq!(token(&heard, &format!("{BASIC}{header}{header}"), CLIENT_CREDENTIALS).status, 400);
    // By the other listener nobody is the proxy.
    let tls = tls_client_in(&folder).with_no_client_auth();
    assert_eq!(send_tls(tls_addr(&heard), tls, &head, CLIENT_CREDENTIALS).unwrap().status, 400);
}

/// A client that authenticates by a certificate, with these members on top.
fn certificate_client(method: &str, more: &Value) -> ClientMetadata {
    let mut client = json!({
        "client_id": "mtls",
        "token_endpoint_auth_method": method,
        "grant_types": ["client_credentials"],
    });
    client.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(client).unwrap()
}

/// The certificate in this text, in DER.
fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// The key of this certificate.
pub(super) fn key_of(issued: &Issued) -> SigningKey {
    SigningKey::from_pem(&PROVIDER, str::from_utf8(issued.key_pem().expose()).unwrap(), None).unwrap()
}

/// A JWK set with the key of this certificate, and the certificate.
fn jwks_of(issued: &Issued) -> JwkSet {
    let key = key_of(issued);
    let certificate = der(&issued.certificate_pem()).to_vec();
    JwkSet::new(vec![key.public_jwk().unwrap().with_x5c(vec![certificate]).unwrap()])
}

/// Asks for tokens as the client `mtls` by the TLS listener, with this certificate and key, or none.
fn ask_by_certificate(running: &Running, folder: &Folder, shown: Option<(&str, &[u8])>) -> Answer {
    let tls = tls_client_in(folder);
    let tls = match shown {
        Some((certificate, key)) => {
            tls.with_client_auth_cert(vec![der(certificate)], PrivateKeyDer::from_pem_slice(key).unwrap()).unwrap()
        }
        None => tls.with_no_client_auth(),
    };
    send_tls(tls_addr(running), tls, FORM, MTLS_CLIENT).unwrap()
}

fn ask_with(running: &Running, folder: &Folder, issued: &Issued) -> Answer {
    ask_by_certificate(running, folder, Some((&issued.certificate_pem(), issued.key_pem().expose())))
}

pub(super) fn assert_invalid_client(refused: &Answer) {
    assert_eq!((refused.status, refused.json()["error"].as_str()), (400, Some("invalid_client")), "{}", refused.body);
}

const FORM: &str = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
const MTLS_CLIENT: &str = "grant_type=client_credentials&client_id=mtls";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_by_the_tls_listener_a_name_is_a_clients_only_in_a_certificate_of_its_authority() {
    let folder = Folder::new("tls-client-auth");
    let name = json!({ "tls_client_auth_subject_dn": "CN=client.localhost", "tls_client_auth_anchor": "development" });
    let clients = vec![certificate_client("tls_client_auth", &name)];
    let running = start(ServeConfig { clients, ..with_tls(&folder) }).await.unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (certificate, key) = (read(tls::CLIENT_FILE), read(tls::CLIENT_KEY_FILE));
    let shown = Some((certificate.as_str(), key.as_bytes()));
    let answer = ask_by_certificate(&running, &folder, shown);
    assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("Bearer")), "{}", answer.body);

    let now = UtcDateTime::now();
    let self_signed = TestCa::self_signed_client("client.localhost", now).unwrap();
    let of_another = TestCa::new("Symbolon development CA", now).unwrap().issue_client("client.localhost", &[]);
    assert_invalid_client(&ask_with(&running, &folder, &self_signed));
    assert_invalid_client(&ask_with(&running, &folder, &of_another.unwrap()));
    assert_invalid_client(&ask_by_certificate(&running, &folder, None));
    assert_invalid_client(&token(&running, "", MTLS_CLIENT));
    running.stop().await.unwrap();

    let name = json!({ "tls_client_auth_san_dns": "other.localhost", "tls_client_auth_anchor": "development" });
    let clients = vec![certificate_client("tls_client_auth", &name)];
    let running = start(ServeConfig { clients, ..with_tls(&folder) }).await.unwrap();
    let (certificate, key) = (read(tls::CLIENT_FILE), read(tls::CLIENT_KEY_FILE));
    let shown = Some((certificate.as_str(), key.as_bytes()));
    assert_invalid_client(&ask_by_certificate(&running, &folder, shown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8705_2_2_by_the_tls_listener_a_self_signed_certificate_is_the_registered_one() {
    let folder = Folder::new("self-signed");
    let now = UtcDateTime::now();
    let own = TestCa::self_signed_client("mtls", now).unwrap();
    let other = TestCa::self_signed_client("mtls", now).unwrap();
    let jwks = jwks_of(&own).to_json();
    let (address, count) = answering(200, "", jwks.clone());
    for keys in [
        json!({ "jwks": serde_json::from_str::<Value>(&jwks).unwrap() }),
        json!({ "jwks_uri": format!("http://{address}/jwks") }),
    ] {
        let clients = vec![certificate_client("self_signed_tls_client_auth", &keys)];
        let running = start(ServeConfig { clients, ..with_tls(&folder) }).await.unwrap();
        assert_eq!(ask_with(&running, &folder, &own).status, 200, "{keys}");
        assert_invalid_client(&ask_with(&running, &folder, &other));
        assert_invalid_client(&ask_by_certificate(&running, &folder, None));
        // That of the authority for development is another one, too.
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let (certificate, key) = (read(tls::CLIENT_FILE), read(tls::CLIENT_KEY_FILE));
        assert_invalid_client(&ask_by_certificate(&running, &folder, Some((&certificate, key.as_bytes()))));
        running.stop().await.unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), 1, "once for all that came within five minutes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_needs_a_certificate_is_refused_where_none_is_seen() {
    let folder = Folder::new("no-certificates");
    let jwks: Value =
        serde_json::from_str(&jwks_of(&TestCa::self_signed_client("mtls", UtcDateTime::now()).unwrap()).to_json())
            .unwrap();
    let name = json!({ "tls_client_auth_san_dns": "app.example", "tls_client_auth_anchor": "development" });
    let bound = json!({ "client_secret": "0".repeat(32), "tls_client_certificate_bound_access_tokens": true });
    for client in [
        certificate_client("tls_client_auth", &name),
        certificate_client("self_signed_tls_client_auth", &json!({ "jwks": jwks })),
        certificate_client("client_secret_basic", &bound),
    ] {
        let clients = vec![client];
        let refusal = refusal(ServeConfig { clients: clients.clone(), ..example() }).await;
        assert!(refusal.contains("client `mtls`: needs a certificate, and this server sees none"), "{refusal}");
        assert!(start(ServeConfig { clients, ..with_tls(&folder) }).await.is_ok());
    }
    let client = certificate_client("self_signed_tls_client_auth", &json!({ "jwks": jwks }));
    let behind_proxy = vec!["127.0.0.1".parse().unwrap()];
    let client_cert = Some(ClientCertConfig::default());
    assert!(start(ServeConfig { clients: vec![client], behind_proxy, client_cert, ..example() }).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d14_a_certificate_of_the_proxy_is_validated_only_if_the_configuration_says_so() {
    let folder = Folder::new("client-cert-method");
    let now = UtcDateTime::now();
    let ca = TestCa::new("corporate", now).unwrap();
    let issued = ca.issue_client("mtls", &[]).unwrap();
    let file = folder.write("corporate.pem", &ca.certificate_pem());
    let proxied = |client, validated_to: Option<&str>| {
        let mut config = with_tls(&folder);
        config.behind_proxy = vec!["127.0.0.1".parse().unwrap()];
        config.client_cert = Some(ClientCertConfig { validated_to: validated_to.map(Into::into) });
        config.tls.client_ca = vec![ClientCa { name: "corporate".into(), file: file.clone() }];
        config.clients = vec![client];
        config
    };
    let header = |issued: &Issued| format!("\r\nClient-Cert: :{}:", STANDARD.encode(der(&issued.certificate_pem())));
    let name = |dn: &str| {
        let name = json!({ "tls_client_auth_subject_dn": dn, "tls_client_auth_anchor": "corporate" });
        certificate_client("tls_client_auth", &name)
    };

    let validating = start(proxied(name("CN=mtls"), Some("corporate"))).await.unwrap();
    assert_eq!(token(&validating, &header(&issued), MTLS_CLIENT).status, 200);
    assert_invalid_client(&token(&validating, "", MTLS_CLIENT));
    let of_another_name = start(proxied(name("CN=other"), Some("corporate"))).await.unwrap();
    assert_invalid_client(&token(&of_another_name, &header(&issued), MTLS_CLIENT));
    for validated_to in [None, Some("partners")] {
        let running = start(proxied(name("CN=mtls"), validated_to)).await.unwrap();
        assert_invalid_client(&token(&running, &header(&issued), MTLS_CLIENT));
        // What the proxy shows of its own is no client's.
        assert_invalid_client(&ask_with(&running, &folder, &issued));
    }
    // By the TLS listener, and of nobody's proxy, it is validated here.
    let open = ServeConfig { behind_proxy: Vec::new(), client_cert: None, ..proxied(name("CN=mtls"), None) };
    assert_eq!(ask_with(&start(open).await.unwrap(), &folder, &issued).status, 200);

    // A certificate that was registered itself needs no validation.
    let jwks: Value = serde_json::from_str(&jwks_of(&issued).to_json()).unwrap();
    let client = certificate_client("self_signed_tls_client_auth", &json!({ "jwks": jwks }));
    let running = start(proxied(client, None)).await.unwrap();
    assert_eq!(token(&running, &header(&issued), MTLS_CLIENT).status, 200);
    let other = ca.issue_client("mtls", &[]).unwrap();
    assert_invalid_client(&token(&running, &header(&other), MTLS_CLIENT));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_plain_http_is_for_the_proxy_and_nobody_else() {
    let folder = Folder::new("behind-proxy");
    let proxied = |listen: &str, peer: &str, development| ServeConfig {
        development,
        listen: Some(listen.parse().unwrap()),
        issuer: Some("https://as.example".into()),
        behind_proxy: vec![peer.parse().unwrap()],
        key_dir: Some(folder.path().into()),
        ..example()
    };
    // An address of every interface, this machine's loopback among them.
    let running = start(proxied("0.0.0.0:0", "127.0.0.0/8", false)).await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], running.local_addr().port()));
    assert_eq!(send(address, "GET /jwks HTTP/1.1", "").status, 200);
    let other = start(proxied("127.0.0.1:0", "192.0.2.1", false)).await.unwrap();
    let refused = exchange(TcpStream::connect(other.local_addr()).unwrap(), "GET /jwks HTTP/1.1", "");
    assert!(refused.is_err(), "closed without a word");

    let refusal = refusal(ServeConfig { issuer: None, ..proxied("0.0.0.0:0", "127.0.0.0/8", true) }).await;
    assert!(refusal.contains("in development to nobody"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a060_by_the_tls_listener_peers_are_known_and_wait_even_if_the_issuer_is_elsewhere() {
    let folder = Folder::new("tls-attempts");
    let ca = TestCa::new("test", UtcDateTime::now()).unwrap();
    let server = ca.issue_server(&["localhost"]).unwrap();
    let (certificate, key) = (server.certificate_pem(), server.key_pem());
    let tls = TlsConfig {
        url: Some("https://mtls.as.example".into()),
        certificate: Some(folder.write("server.pem", &certificate)),
        key: Some(folder.write("server.key.pem", core::str::from_utf8(key.expose()).unwrap())),
        client_ca: Vec::new(),
    };
    // The port is not in the metadata: this test must know it.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let issuer = Some("https://as.example".into());
    let config = ServeConfig { development: false, issuer, tls, tls_listen: Some(free), ..with_tls(&folder) };
    let running = start(config).await.unwrap();
    let metadata = get(&running, "/.well-known/oauth-authorization-server").json();
    let aliases = json!({
        "token_endpoint": "https://mtls.as.example/token",
        "userinfo_endpoint": "https://mtls.as.example/userinfo",
    });
    assert_eq!(metadata["mtls_endpoint_aliases"], aliases);

    let wrong = "Authorization: Basic YmFzaWM6d3Jvbmc=";
    let head = format!("POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n{wrong}");
    let send = || {
        let client = tls_client(&ca.certificate_pem()).with_no_client_auth();
        send_tls(free, client, &head, CLIENT_CREDENTIALS).unwrap().status
    };
    for _ in 0..10 {
        assert_eq!(send(), 401);
    }
    assert_eq!(send(), 429);
    assert_eq!(token(&running, BASIC, CLIENT_CREDENTIALS).status, 200, "by the proxy nobody waits for them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tls_listener_needs_its_files_and_stays_here_in_development() {
    let folder = Folder::new("tls-files");
    let change = |change: &dyn Fn(&mut ServeConfig)| {
        let mut config = with_tls(&folder);
        change(&mut config);
        config
    };
    let junk = folder.write("junk.pem", "junk");
    let file = folder.write("ca.pem", &TestCa::new("a", UtcDateTime::now()).unwrap().certificate_pem());
    let ca = |name: &str| ClientCa { name: name.into(), file: file.clone() };
    for (config, sentence) in [
        (change(&|config| config.development = false), "needs `certificate` and `key`"),
        (change(&|config| config.tls.certificate = Some(junk.clone())), "needs `certificate` and `key`"),
        (
            change(&|config| {
                config.tls.certificate = Some(junk.clone());
                config.tls.key = Some(junk.clone());
            }),
            "junk.pem: is no PEM text with a certificate",
        ),
        (
            change(&|config| config.tls.client_ca = vec![ClientCa { name: "a".into(), file: junk.clone() }]),
            "junk.pem: is no PEM text with a certificate",
        ),
        (change(&|config| config.tls.client_ca = vec![ca("a"), ca("a")]), "ca.pem: has the name of another authority"),
        (change(&|config| config.tls.client_ca = vec![ca("development")]), "ca.pem: has the name of another authority"),
        (change(&|config| config.tls_listen = Some("0.0.0.0:0".parse().unwrap())), "is a loopback address"),
        (change(&|config| config.tls.url = Some("http://as.example".into())), "`url` under `[tls]`"),
        (change(&|config| config.tls.url = Some("https://as.example/".into())), "`url` under `[tls]`"),
        (change(&|config| config.tls.url = Some("https://a@as.example".into())), "`url` under `[tls]`"),
        (change(&|config| config.client_cert = Some(ClientCertConfig::default())), "there are none"),
    ] {
        let refusal = refusal(config).await;
        assert!(refusal.contains(sentence), "{refusal}");
    }
    assert!(start(change(&|config| config.tls.url = Some("https://localhost".into()))).await.is_ok());
    assert!(start(change(&|config| config.tls.client_ca = vec![ca("a"), ca("b")])).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_listens_no_more() {
    let running = start(example()).await.unwrap();
    let address = running.local_addr();
    assert_eq!(get(&running, "/jwks").status, 200);
    running.stop().await.unwrap();
    assert!(TcpStream::connect(address).is_err());
}
