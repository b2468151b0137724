use crate::{
    command::{file, token, token_with},
    server::{Server, http},
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
