//! `symbolon serve` as a process: flags, what it prints, how it stops.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of tests may stop at the first thing that is not as it says"
)]

use core::time::Duration;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/development.toml");
/// Nothing here takes a second; a machine may be busy.
const DEADLINE: Duration = Duration::from_secs(60);

struct Server {
    child: Child,
    lines: Receiver<String>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// The next line that has this in it.
    fn line_with(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(DEADLINE).expect("a line in time");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Everything that is printed until the process ends.
    fn rest(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(DEADLINE) {
            rest.push(line);
        }
        rest
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_symbolon"));
    // Keys that are made are kept where the server runs.
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.arg("serve").args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn token(address: &str, secret: &str) -> String {
    let body = format!("grant_type=client_credentials&client_id=post&client_secret={secret}");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /token HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn request(address: &str, line: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_says_where_it_listens_logs_a_line_per_request_and_stops_cleanly() {
    for (signal, more) in [("TERM", None), ("INT", Some("--log-json"))] {
        let arguments =
            ["--development", "--config", EXAMPLE, "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"];
        let mut server = Server::start(&[&arguments[..], more.as_slice()].concat());
        let listening = server.line_with("listening");
        let address = listening.split("127.0.0.1:").last().unwrap();
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        let address = format!("127.0.0.1:{port}");
        server.line_with("the store is for development");

        let secret = "post-0123456789abcdef0123456789abcdef";
        assert!(token(&address, secret).starts_with("HTTP/1.1 200"));
        assert!(token(&address, "wrong").starts_with("HTTP/1.1 400"));
        assert!(request(&address, "GET /nowhere-MARKER?a=MARKER").starts_with("HTTP/1.1 404"));
        let refused = request(&address, "DELETE /jwks?a=MARKER");
        assert!(refused.starts_with("HTTP/1.1 405") && refused.contains("allow: GET,HEAD"), "{refused}");
        assert!(request(&address, "MARKER /jwks").starts_with("HTTP/1.1 405"));
        server.signal(signal);
        let lines = server.rest();
        let requests: Vec<_> = lines.iter().filter(|line| line.contains("client_credentials")).collect();
        assert_eq!(requests.len(), 2, "{lines:#?}");
        for (method, status) in [("GET", "404"), ("DELETE", "405"), ("other", "405")] {
            let has = |line: &&String| [method, status, "none"].iter().all(|text| line.contains(text));
            assert_eq!(lines.iter().filter(has).count(), 1, "{method} {lines:#?}");
        }
        assert!(lines.iter().all(|line| !line.contains("MARKER") && !line.contains("jwks")), "{lines:#?}");
        assert!(requests[0].contains("200") && requests[0].contains("post"));
        assert!(requests[1].contains("client.secret") && requests[1].contains("invalid_client"));
        assert!(lines.iter().all(|line| !line.contains("0123456789abcdef") && !line.contains("wrong")));
        assert_eq!(more.is_some(), requests.iter().all(|line| line.starts_with('{')));
        assert!(server.child.wait().unwrap().success(), "stopped by {signal}");
        assert!(TcpStream::connect(&address).is_err());
    }
}

/// A request, and its answer.
fn post(address: &str, path: &str, headers: &str, form: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What stands between these.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[test]
fn d27_what_a_client_is_told_is_in_no_line_whether_it_takes_it_or_not() {
    let token = "MARKER-token-0123456789abcdef";
    let config = |url: &str| {
        format!(
            "[[client]]\nclient_id = \"shop\"\nclient_secret = \"shop-0123456789abcdef0123456789abcdef\"\n\
             token_endpoint_auth_method = \"client_secret_post\"\n\
             grant_types = [\"urn:openid:params:grant-type:ciba\"]\nbackchannel_token_delivery_mode = \"ping\"\n\
             backchannel_client_notification_endpoint = \"{url}\"\nscope = \"openid\"\n\
             id_token_signed_response_alg = \"ES256\"\n[[user]]\nlogin = \"alice\"\nsub = \"1\"\n"
        )
    };
    for (status, line) in [
        ("204 No Content", "told that its user has decided"),
        ("307 Temporary Redirect", "not told that its user has decided: the answer has status 307"),
        ("", "not told that its user has decided: the exchange broke off"),
    ] {
        let client = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/MARKER-path", client.local_addr().unwrap());
        let answer = format!("HTTP/1.1 {status}\r\nLocation: {url}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        thread::spawn(move || {
            let (mut stream, _) = client.accept().unwrap();
            let mut request = [0; 4096];
            let mut length = 0;
            while !request.get(..length).unwrap().ends_with(b"}") {
                length += stream.read(request.get_mut(length..).unwrap()).unwrap();
            }
            let answer = if answer.contains("HTTP/1.1 \r") { "no HTTP\r\n\r\n" } else { &*answer };
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("ping.toml");
        std::fs::write(&file, config(&url)).unwrap();
        let server = Server::start(&["--development", "--config", file.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        let listening = server.line_with("listening");
        let port: String =
            listening.split("127.0.0.1:").last().unwrap().chars().take_while(char::is_ascii_digit).collect();
        let address = format!("127.0.0.1:{port}");

        let ask = "client_id=shop&client_secret=shop-0123456789abcdef0123456789abcdef&scope=openid&login_hint=alice";
        let asked = format!("{ask}&binding_message=MARKER-message&client_notification_token={token}");
        assert!(post(&address, "/bc-authorize", "", &asked).starts_with("HTTP/1.1 200"));
        let form = request(&address, "GET /backchannel");
        let cookie = format!("Cookie: {}\r\n", between(&form, "set-cookie: ", ";"));
        let csrf = |page: &str| between(page, "name=\"csrf_token\" value=\"", "\"").to_owned();
        let enter = format!("csrf_token={}&login=alice", csrf(&form));
        let shown = post(&address, "/backchannel", &cookie, &enter);
        assert!(shown.contains("MARKER-message"), "{shown}");
        let id = between(&shown, "name=\"request\" value=\"", "\"");
        let decide = format!("csrf_token={}&request={id}&login=alice&decision=deny", csrf(&shown));
        assert!(post(&address, "/backchannel", &cookie, &decide).starts_with("HTTP/1.1 200"));

        let mut lines = Vec::new();
        while !lines.last().is_some_and(|last: &String| last.contains("its user has decided")) {
            lines.push(server.lines.recv_timeout(DEADLINE).expect("a line in time"));
        }
        let last = lines.last().unwrap();
        assert!(last.contains(line) && last.contains("shop"), "{last}");
        for endpoint in ["backchannel_authentication", "backchannel"] {
            assert!(lines.iter().any(|line| line.contains(&format!("\"{endpoint}\""))), "{endpoint}: {lines:#?}");
        }
        let hidden = ["MARKER", "0123456789abcdef", "alice", id, &csrf(&shown)];
        assert!(lines.iter().all(|line| hidden.iter().all(|hidden| !line.contains(hidden))), "{lines:#?}");
    }
}

#[test]
fn what_cannot_be_is_said_and_nothing_starts() {
    for (arguments, sentence) in [
        (&["--listen", "0.0.0.0:0"][..], "is not a loopback address"),
        (&["--development", "--listen", "[::]:0"], "is not a loopback address"),
        (
            &["--development", "--issuer", "https://as.example", "--listen", "127.0.0.1:0"],
            "is not on a loopback address",
        ),
        (&["--issuer", "http://as.example", "--listen", "127.0.0.1:0"], "is http"),
        (&["--config", "absent.toml"], "absent.toml: "),
        (&["--clients", "absent.json"], "absent.json: "),
        (&["--listen", "localhost"], "invalid value"),
        (&["--behind-proxy", "192.0.2.1/24"], "invalid value"),
        (&["--development", "--behind-proxy", "192.0.2.1", "--listen", "0.0.0.0:0"], "in development to nobody"),
        (&["--tls-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"], "needs `certificate` and `key`"),
    ] {
        let output = command(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && stderr.contains(sentence), "{arguments:?}: {stderr}");
    }
}

#[test]
fn print_policy_prints_what_is_enforced_and_starts_nothing() {
    let print = |arguments: &[&str]| {
        let output = command(arguments).arg("--print-policy").stdout(Stdio::piped()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (success, base, _) = print(&[]);
    assert_eq!((success, base), (true, symbolon::policy::Policy::OAUTH_2_1.report().to_string()));

    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("print-policy.toml");
    let file = file.to_str().unwrap();
    std::fs::write(file, "dpop_nonce = true\nrefresh_mode = \"stable\"\n[lifetimes]\ncode = 30\n").unwrap();
    let (success, other, _) = print(&["--config", file]);
    assert!(success);
    for line in ["dpop.nonce: required", "refresh.mode: stable", "refresh.public_clients: no", "code.lifetime: 30s"] {
        assert!(other.lines().any(|other| other == line), "{line}: {other}");
    }

    // The grants that the configuration makes possible, devices and CIBA in development alone.
    let grants = |arguments: &[&str]| {
        let (success, policy, _) = print(&[&["--config", EXAMPLE], arguments].concat());
        let line = policy.lines().find(|line| line.starts_with("grants: ")).unwrap().to_owned();
        (success, ["jwt-bearer", "device_code", "ciba"].map(|grant| line.contains(grant)))
    };
    assert_eq!(grants(&[]), (true, [true, false, false]));
    assert_eq!(grants(&["--development"]), (true, [true; 3]));

    // What would not start is not reported either.
    for (text, sentence) in [
        ("[lifetimes]\ncode = 0\n", "`code` is 1 to 600 seconds"),
        ("[lifetimes]\ngrant = 1\n", "a refresh token outlives its family"),
    ] {
        std::fs::write(file, text).unwrap();
        let (success, out, err) = print(&["--config", file]);
        assert!(!success && out.is_empty() && err.contains(sentence), "{text}: {err}");
    }
}

#[test]
fn keys_that_are_made_are_kept_for_the_owner_alone_and_read_at_the_next_start() {
    use std::os::unix::fs::PermissionsExt as _;
    let jwks = || {
        let arguments =
            ["--development", "--config", EXAMPLE, "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"];
        let server = Server::start(&arguments);
        let listening = server.line_with("listening");
        let address = listening.split("127.0.0.1:").last().unwrap();
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        let answer = request(&format!("127.0.0.1:{port}"), "GET /jwks");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let first = jwks();
    assert!(first.contains("\"keys\""), "{first}");
    assert_eq!(first, jwks(), "the same keys");
    for name in ["es256.pem", "ed25519.pem", "server.key"] {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("symbolon-keys").join(name);
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}
