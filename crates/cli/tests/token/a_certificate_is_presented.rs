use std::{
    io::{Read, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer,
    server::WebPkiClientVerifier,
};
use symbolon::{ring::PROVIDER, types::Digest};

use crate::{
    command::{Ended, file, token, token_with},
    server::{Server, TOKENS, http, is_whole},
};

/// A certificate and its key.
struct Issued {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Issued {
    /// Both as files, for `--cert` and `--key`.
    fn files(&self, test: &str, name: &str) -> [String; 2] {
        let certificate = pem("CERTIFICATE", self.certificate.der());
        let key = pem("PRIVATE KEY", &self.key.serialize_der());
        [file(test, &format!("{name}.pem"), &certificate), file(test, &format!("{name}.key.pem"), &key)]
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issue(by: &Issuer<'_, KeyPair>, name: &str, usage: ExtendedKeyUsagePurpose) -> Issued {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().unwrap();
    Issued { certificate: params.signed_by(&key, by).unwrap(), key }
}

/// What a request asked for, and the certificate that it came with.
type Seen = (String, Option<Vec<u8>>);

/// An issuer on loopback that takes certificates of the authority alone, if there is one. Its token endpoint answers a request
/// with neither more nor less than it needs with these tokens. Gives its URL, and what it saw.
fn serve(authority: &CertifiedIssuer<'static, KeyPair>, tokens: &'static str) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let metadata = |issuer: &str| {
        format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/token","jwks_uri":"{issuer}/jwks"}}"#)
    };
    let is_plain = |request: &str| request.ends_with("\r\n\r\ngrant_type=client_credentials&client_id=app");
    serve_with(authority, metadata, move |request| is_plain(request).then_some(tokens))
}

/// The same with other metadata, and another answer to each request; none: it hangs up.
fn serve_with(
    authority: &CertifiedIssuer<'static, KeyPair>,
    metadata: impl Fn(&str) -> String,
    answer: impl Fn(&str) -> Option<&'static str> + Send + 'static,
) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let config = Arc::new(config(authority));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("https://{}", listener.local_addr().unwrap());
    let metadata = metadata(&issuer);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket.unwrap());
            let Some(request) = read(&mut stream) else { continue };
            let target = request.split(' ').nth(1).unwrap().to_owned();
            let answer = match target.as_str() {
                "/jwks" => Some(r#"{"keys":[]}"#),
                target if target.starts_with("/.well-known/") => Some(metadata.as_str()),
                _ => answer(&request),
            };
            let certificate = stream.conn.peer_certificates().map(|shown| shown[0].to_vec());
            requests.lock().unwrap().push((target, certificate));
            let Some(answer) = answer else { continue };
            let _ = stream.write_all(http(200, "", answer).as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (issuer, seen)
}

/// A whole request; none if there is no handshake.
fn read(stream: &mut impl Read) -> Option<String> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        let Ok(read @ 1..) = stream.read(&mut buffer) else { return None };
        request.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(request).ok()
}

fn config(authority: &CertifiedIssuer<'static, KeyPair>) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.allow_unauthenticated().build().unwrap();
    let own = issue(authority, "127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
    let key = PrivateKeyDer::try_from(own.key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_client_cert_verifier(verifier);
    builder.with_single_cert(vec![own.certificate.der().clone()], key).unwrap()
}

fn ask(endpoint: &str, ca_file: &str, more: &[&str]) -> Ended {
    let options = ["--token-endpoint", endpoint, "--ca-file", ca_file, "--client-id", "app"];
    token(&[&options[..], &["--grant-type", "client_credentials"], more].concat())
}

#[test]
fn r54_r59_the_certificate_is_presented_and_client_id_is_all_that_is_sent() {
    let (authority, another) = (authority(), authority());
    let (issuer, seen) = serve(&authority, TOKENS);
    let endpoint = format!("{issuer}/token?_tlsclientauth=1");
    let ca_file = file("mutual_tls", "ca.pem", &pem("CERTIFICATE", authority.der()));
    let own = issue(&authority, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let strange = issue(&another, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, key] = own.files("mutual_tls", "own");
    let x5t = Digest::from_bytes(PROVIDER.sha256.digest(&[own.certificate.der()])).to_base64url();
    for method in [&[][..], &["--auth-method", "tls_client_auth"], &["--auth-method", "self_signed_tls_client_auth"]] {
        let ended = ask(&endpoint, &ca_file, &[&["--cert", &cert, "--key", &key], method].concat());
        let says = "certificate: ready; presented if the server asked for it";
        ended.with(0).says(&[says, &x5t]).is_silent_about(&["PRIVATE KEY"]);
    }
    let presented = || ("/token?_tlsclientauth=1".to_owned(), Some(own.certificate.der().to_vec()));
    assert_eq!(*seen.lock().unwrap(), [(); 3].map(|()| presented()));

    // Without it nothing is sent, and with somebody else's there is no answer.
    ask(&endpoint, &ca_file, &["--auth-method", "none"]).with(1);
    let [strange_cert, strange_key] = strange.files("mutual_tls", "strange");
    ask(&endpoint, &ca_file, &["--cert", &strange_cert, "--key", &strange_key]).with(3).says(&["authority known"]);
    // A key that is another certificate's is found before anybody is called.
    ask(&endpoint, &ca_file, &["--cert", &cert, "--key", &strange_key]).with(5).says(&["key is not that of"]);
    ask(&endpoint, &ca_file, &["--cert", &key, "--key", &key]).with(5).says(&["no certificate in PEM"]);
    ask(&endpoint, &ca_file, &["--cert", &cert, "--key", &cert]).with(5);
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[test]
fn what_anybody_may_read_is_fetched_without_the_certificate() {
    let authority = authority();
    let (issuer, seen) = serve(&authority, r#"{"access_token":"a","token_type":"Bearer","id_token":"a.b.c"}"#);
    let ca_file = file("without_certificate", "ca.pem", &pem("CERTIFICATE", authority.der()));
    let own = issue(&authority, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, key] = own.files("without_certificate", "own");
    let options = ["--issuer", &issuer, "--ca-file", &ca_file, "--client-id", "app", "--cert", &cert, "--key", &key];
    token(&[&options[..], &["--grant-type", "client_credentials"]].concat()).with(4);
    let expected = [
        ("/.well-known/openid-configuration", None),
        ("/token", Some(own.certificate.der().to_vec())),
        ("/jwks", None),
    ];
    assert_eq!(*seen.lock().unwrap(), expected.map(|(target, certificate)| (target.to_owned(), certificate)));
}

/// Metadata with another token endpoint for mutual TLS.
fn with_alias(issuer: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/token","mtls_endpoint_aliases":{{"token_endpoint":"{issuer}/mtls"}}}}"#
    )
}

/// Where token requests went.
fn targets(seen: &Mutex<Vec<Seen>>) -> Vec<String> {
    let seen = seen.lock().unwrap();
    seen.iter().map(|(target, _)| target.clone()).filter(|target| !target.starts_with("/.well-known/")).collect()
}

#[test]
fn metadata_says_where_mutual_tls_is_and_other_clients_do_not_go_there() {
    let authority = authority();
    let (issuer, seen) = serve_with(&authority, with_alias, |_| Some(TOKENS));
    let ca_file = file("mtls_alias", "ca.pem", &pem("CERTIFICATE", authority.der()));
    let own = issue(&authority, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, key] = own.files("mtls_alias", "own");
    let options = ["--issuer", &issuer, "--ca-file", &ca_file, "--client-id", "app"];
    let options = [&options[..], &["--grant-type", "client_credentials"]].concat();
    token(&[&options[..], &["--cert", &cert, "--key", &key]].concat()).with(0);
    assert_eq!(targets(&seen), ["/mtls"]);
    token_with(Some("s"), &options).with(0);
    assert_eq!(targets(&seen), ["/mtls", "/token"]);
}

#[test]
fn over_plain_http_there_is_nobody_to_present_it_to_and_nothing_is_sent() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let own = issue(&authority(), "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, key] = own.files("plain_http", "own");
    let (certificate, endpoint) = (["--cert", &cert, "--key", &key], server.url("/token"));
    for whom in [["--issuer", &server.issuer], ["--token-endpoint", &endpoint]] {
        let options = [&whom[..], &["--client-id", "app", "--grant-type", "client_credentials"]].concat();
        token(&[&options[..], &certificate].concat()).with(1).says(&["https"]);
        assert!(server.requests().iter().all(|request| !request.starts_with("POST ")), "nothing but metadata");
        token_with(Some("s"), &options).with(0);
        server.token_request();
        server.forget();
    }
}

#[test]
fn a_server_that_hangs_up_may_have_taken_the_code_and_not_the_certificate() {
    let authority = authority();
    let (issuer, seen) = serve_with(&authority, with_alias, |_| None);
    let ca_file = file("hangs_up", "ca.pem", &pem("CERTIFICATE", authority.der()));
    let own = issue(&authority, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, key] = own.files("hangs_up", "own");
    let options = ["--issuer", &issuer, "--ca-file", &ca_file, "--client-id", "app", "--ignore-id-token"];
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let code = ["--grant-type", "authorization_code", "--code", "c", "--code-verifier", verifier];
    let code = [&options[..], &code, &["--redirect-uri", "https://app.example/cb"]].concat();
    let (authority_known, code_taken) = ("is its authority known there?", "the server may have taken the code");
    token(&[&code[..], &["--cert", &cert, "--key", &key]].concat()).with(3).says(&[authority_known, code_taken]);
    token(&code).with(3).says(&[code_taken]).is_silent_about(&[authority_known]);
    let other = [&options[..], &["--grant-type", "client_credentials", "--cert", &cert, "--key", &key]].concat();
    token(&other).with(3).says(&[authority_known]).is_silent_about(&[code_taken]);
    assert_eq!(targets(&seen), ["/mtls", "/token", "/mtls"]);
}

#[test]
fn rfc8705_3_beside_another_method_tokens_are_bound_to_the_certificate_and_the_method_stays() {
    let authority = authority();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    let (issuer, seen) = serve_with(&authority, with_alias, move |request| {
        heard.lock().unwrap().push(request.to_owned());
        Some(TOKENS)
    });
    let ca_file = file("bound", "ca.pem", &pem("CERTIFICATE", authority.der()));
    let own = issue(&authority, "client.example", ExtendedKeyUsagePurpose::ClientAuth);
    let [cert, cert_key] = own.files("bound", "own");
    let x5t = Digest::from_bytes(PROVIDER.sha256.digest(&[own.certificate.der()])).to_base64url();
    let (secret, key) =
        (file("bound", "secret", "s"), file("bound", "key.pem", include_str!("../../examples/app.key.pem")));
    let options =
        ["--issuer", &issuer, "--ca-file", &ca_file, "--client-id", "app", "--grant-type", "urn:example:grant"];
    let certificate = ["--cert", &cert, "--cert-key", &cert_key];
    for (method, sent) in [
        (&["--client-secret-file", &secret][..], "authorization: Basic YXBwOnM="),
        (&["--client-secret-file", &secret, "--auth-method", "client_secret_post"], "&client_secret=s"),
        (&["--key", &key, "--kid", "1"], "&client_assertion=ey"),
        (&[], "&client_id=app"),
    ] {
        let ended = token(&[&options[..], &certificate, method].concat());
        ended.with(0).says(&["certificate: ready", &x5t]).is_silent_about(&["PRIVATE KEY"]);
        let request = requests.lock().unwrap().pop().unwrap();
        assert!(request.contains(sent), "{sent} in {request}");
    }
    let presented = || ("/mtls".to_owned(), Some(own.certificate.der().to_vec()));
    let mut seen = seen.lock().unwrap();
    seen.retain(|(target, _)| !target.starts_with("/.well-known/"));
    assert_eq!(*seen, [(); 4].map(|()| presented()));
    drop(seen);

    // The keys are not taken for each other.
    token(&[&options[..], &["--cert", &cert, "--cert-key", &key]].concat()).with(5).says(&["key is not that of"]);
    let exchanged = ["--cert", &cert, "--cert-key", &key, "--key", &cert_key, "--kid", "1"];
    token(&[&options[..], &exchanged].concat()).with(5);
    assert!(requests.lock().unwrap().is_empty());
}
