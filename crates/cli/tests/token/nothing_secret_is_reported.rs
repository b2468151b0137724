use crate::{
    command::{file, token, token_with},
    server::{Says, Server, http, tokens_of},
};

#[test]
fn a_marker_in_every_secret_is_in_no_report() {
    let body = r#"{"access_token":"MARKER","token_type":"Bearer","refresh_token":"MARKER","custom":"MARKER"}"#;
    let server = Server::start(move |_| http(200, "", body));
    let issuer = server.issuer.as_str();
    let code = [
        "--grant-type",
        "authorization_code",
        "--code",
        "MARKER",
        "--redirect-uri",
        "https://app.example/cb", //
        "--code-verifier",
        "MARKER_MARKER_MARKER_MARKER_MARKER_MARKER_MARKER",
    ];
    let refresh = ["--grant-type", "refresh_token", "--refresh-token", "MARKER"];
    let extension = ["--grant-type", "urn:example:grant", "--param", "password=MARKER"];
    for grant in [&code[..], &refresh, &extension] {
        for method in ["client_secret_basic", "client_secret_post"] {
            let options = ["--issuer", issuer, "--client-id", "app", "--auth-method", method, "--show"];
            let ended = token_with(Some("MARKER"), &[&options[..], grant].concat());
            ended.with(0).says(&["> POST "]).is_silent_about(&["MARKER", "TUFSS0VS"]);
            assert!(ended.stdout.contains("MARKER"), "what the tool is for");
        }
    }
}

#[test]
fn a_wrong_key_file_or_option_is_not_quoted() {
    let key = file("not_quoted", "key", "{\"MARKER\":1}");
    let options = ["--issuer", "https://as.example", "--client-id", "app", "--grant-type", "client_credentials"];
    token(&[&options[..], &["--key", &key]].concat()).with(5).is_silent_about(&["MARKER"]);
    token(&[&options[..], &["--client-secret=MARKER"]].concat()).with(1).is_silent_about(&["MARKER"]);
    let verifier = [
        "--issuer",
        "https://as.example",
        "--client-id",
        "app",
        "--grant-type",
        "authorization_code", //
        "--code",
        "MARKER",
        "--redirect-uri",
        "https://app.example/cb",
        "--code-verifier",
        "MARKER",
    ];
    token(&verifier).with(1).says(&["--code-verifier"]).is_silent_about(&["MARKER"]);
}

#[test]
fn what_a_peer_wrote_gets_to_the_terminal_as_printable_ascii_alone() {
    let is_plain = |text: &str| text.chars().all(|c| c == '\n' || c.is_ascii_graphic() || c == ' ');
    let ask = |server: &Server, more: &[&str]| {
        let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
        let ended = token_with(Some("s"), &[&options[..], more].concat());
        assert!(is_plain(&ended.stdout), "{:?}", ended.stdout);
        // The sign is the report's own.
        assert!(is_plain(&ended.stderr.replace('§', "")), "{:?}", ended.stderr);
        ended
    };
    let marker = "\u{202e}\u{9b}31m\u{7f}\u{e5}\u{1f600}";
    assert!(!is_plain(marker));

    let body = format!(
        r#"{{"x{marker}":["{marker}",12345678901234567890123,1.50],"access_token":"a","token_type":"Bearer"}}"#
    );
    let sent = body.clone();
    let ended = ask(&Server::start(move |_| http(200, "", &sent)), &[]);
    ended.with(0);
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(read(&ended.stdout), read(&body));
    for text in [r"\u202e\u009b31m\u007f\u00e5\ud83d\ude00", "12345678901234567890123", "1.50"] {
        assert!(ended.stdout.contains(text), "{}", ended.stdout);
    }

    let in_type = format!(r#"{{"access_token":"a","token_type":"{marker}"}}"#);
    let in_scope = format!(r#"{{"access_token":"a","token_type":"Bearer","scope":"{marker}"}}"#);
    let in_token = format!(r#"{{"access_token":"{marker}","token_type":"Bearer"}}"#);
    for body in [in_type, in_scope, in_token] {
        let ended = ask(&Server::start(move |_| http(200, "", &body)), &[]);
        ended.with(3);
    }

    let body =
        format!(r#"{{"error":"{marker}","error_description":"{marker}","error_uri":"https://e.example/{marker}"}}"#);
    ask(&Server::start(move |_| http(400, "", &body)), &[]).with(3);
    let body = r#"{"error":"invalid_scope","error_description":"MARKER"}"#.replace("MARKER", marker);
    ask(&Server::start(move |_| http(400, "", &body)), &[]).with(2).says(&["it says: \\u{202e}\\u{9b}31m"]);

    let says = || Says { nonce: None, ..Says::default() };
    let server = Server::start(move |issuer| http(200, "", &tokens_of(issuer, &says())));
    let ended = ask(&server, &["--id-token-alg", "Ed25519", "--show-claims"]);
    ended.with(0).says(&[r#"turned\u{202e} "\u009b31m\u00e5""#]);
}
