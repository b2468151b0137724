use crate::{
    command::{file, token, token_with},
    server::{Server, TOKENS, http},
};

const BASE: [&str; 6] = ["--issuer", "https://as.example", "--client-id", "app", "--grant-type", "client_credentials"];

#[test]
fn the_help_names_every_exit_code() {
    let help = token(&["--help"]);
    assert_eq!(help.code, 0);
    for line in
        ["0  tokens", "1  usage", "2  the server refused", "3  no valid answer", "4  the ID token", "5  a local"]
    {
        assert!(help.stdout.contains(line), "{}", help.stdout);
    }
    assert!(!help.stdout.contains("--client-secret "), "a secret is never an argument");
}

#[test]
fn a_wrong_command_line_is_1_and_nothing_is_sent() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let code = ["--client-id", "app", "--grant-type", "authorization_code", "--code", "c", "--code-verifier", verifier];
    let wrong: &[&[&str]] = &[
        &[],
        &["--client-id", "app", "--grant-type", "client_credentials"],
        &["--issuer", "https://as.example", "--grant-type", "client_credentials"],
        &["--issuer", "https://as.example", "--client-id", "app", "--grant-type", "password"],
        &[&BASE[..], &["--client-secret", "s"]].concat(),
        &[&BASE[..], &["--auth-method", "client_secret_post"]].concat(),
        &[&BASE[..], &["--auth-method", "private_key_jwt"]].concat(),
        &[&BASE[..], &["--auth-method", "client_secret_jwt"]].concat(),
        &[&BASE[..], &["--basic-raw"]].concat(),
        &[&BASE[..], &["--code", "c"]].concat(),
        &[&BASE[..], &["--refresh-token", "r"]].concat(),
        &[&BASE[..], &["--param", "a=b"]].concat(),
        &[&BASE[..], &["--nonce", "n"]].concat(),
        &[&BASE[..], &["--id-token-alg", "HS256"]].concat(),
        &[&BASE[..], &["--id-token-alg", "none"]].concat(),
        &[&code[..], &["--issuer", "https://as.example"]].concat(),
        &[&code[..], &["--token-endpoint", "https://as.example/token", "--redirect-uri", "https://app.example/cb"]]
            .concat(),
    ];
    for options in wrong {
        token(options).with(1);
    }
}

#[test]
fn a_public_client_has_no_client_credentials() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    token(&options).with(1).says(&["public client"]);
    token_with(Some("s"), &options).with(0);
}

#[test]
fn a_file_that_is_no_good_is_5() {
    let text = file("no_good", "text", "neither key nor certificate");
    let empty = file("no_good", "empty", "\n");
    let key = file("no_good", "key.pem", include_str!("../../examples/app.key.pem"));
    let missing = format!("{text}.missing");
    let cases: &[&[&str]] = &[
        &["--key", &text],
        &["--key", &missing],
        &["--key", &key, "--key-alg", "RS256"],
        &["--key", &key, "--x5c", &text],
        &["--client-secret-file", &missing],
        &["--auth-method", "none", "--ca-file", &text],
    ];
    for options in cases {
        token(&[&BASE[..], options].concat()).with(5);
    }
    let server = Server::start(|_| http(200, "", TOKENS));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    token(&[&options[..], &["--client-secret-file", &empty]].concat()).with(5).says(&["cannot be made"]);
    token(&[&options[..], &["--key", &key]].concat()).with(0);
}
