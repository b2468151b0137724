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
    assert!(help.stdout.contains("assertion was printed"), "what 0 says without tokens");
    // What may be an argument has a file beside it, and a warning.
    for option in ["--code", "--code-verifier", "--refresh-token", "--param"] {
        assert!(help.stdout.contains(&format!("{option}-file")), "{option}");
    }
    assert!(help.stdout.matches("can read command lines").count() >= 5, "{}", help.stdout);
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
        &[&BASE[..], &["--auth-method", "tls_client_auth"]].concat(),
        &[&BASE[..], &["--auth-method", "self_signed_tls_client_auth", "--key", "key.pem"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--key", "key.pem", "--kid", "1"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--key", "key.pem", "--x5c", "cert.pem"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--key", "key.pem", "--auth-method", "private_key_jwt"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--key", "key.pem", "--audience", "https://as.example"]].concat(),
        &[&BASE[..], &["--cert-key", "key.pem"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--auth-method", "client_secret_basic"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--cert-key", "key.pem", "--auth-method", "tls_client_auth"]].concat(),
        &[&BASE[..], &["--cert", "cert.pem", "--cert-key", "key.pem", "--key", "key.pem", "--assertion-only"]].concat(),
        &[
            &BASE[..],
            &["--cert", "cert.pem", "--cert-key", "key.pem", "--key", "key.pem", "--auth-method", "tls_client_auth"],
        ]
        .concat(),
        &[&BASE[..], &["--dpop", "--assertion-only"]].concat(),
        &[&BASE[..], &["--dpop", "--dpop"]].concat(),
        &[&BASE[..], &["--audience", "https://as.example"]].concat(),
        &[&BASE[..], &["--key-alg", "HS256"]].concat(),
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
fn the_certificate_is_that_of_the_key() {
    let pairs = [
        (include_str!("../../examples/app.key.pem"), include_str!("x5c/ec.cert.pem")),
        (include_str!("x5c/another-ec.key.pem"), include_str!("x5c/another-ec.cert.pem")),
        (include_str!("x5c/rsa.key.pem"), include_str!("x5c/rsa.cert.pem")),
        (include_str!("x5c/ed25519.key.pem"), include_str!("x5c/ed25519.cert.pem")),
    ];
    let options = ["--client-id", "app", "--issuer", "https://as.example", "--assertion-only"];
    for (of_key, (key, _)) in pairs.iter().enumerate() {
        for (of_certificate, (_, certificate)) in pairs.iter().enumerate() {
            let key = file("x5c", "key.pem", key);
            let own = file("x5c", "own.pem", certificate);
            let ended = token(&[&options[..], &["--key", &key, "--x5c", &own]].concat());
            if of_key == of_certificate {
                ended.with(0);
            } else {
                ended.with(5).says(&["another key's"]);
            }
        }
        // The first of a chain is the key's; the others are those of its authority.
        let other = pairs[(of_key + 1) % pairs.len()].1;
        let (right, wrong) = (format!("{}{other}", pairs[of_key].1), format!("{other}{}", pairs[of_key].1));
        let key = file("x5c", "key.pem", key);
        let (right, wrong) = (file("x5c", "right.pem", &right), file("x5c", "wrong.pem", &wrong));
        token(&[&options[..], &["--key", &key, "--x5c", &right]].concat()).with(0);
        token(&[&options[..], &["--key", &key, "--x5c", &wrong]].concat()).with(5);
    }
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
