use symbolon::{
    jose::{UnverifiedJwt, VerifyingKey},
    ring::PROVIDER,
    types::{Alg, Issuer, SecretBytes},
};

use crate::{
    command::{file, token, token_with},
    server::{Server, TOKENS, http},
};

const PEM: &str = include_str!("../../examples/app.key.pem");

#[test]
fn client_credentials_with_a_secret_of_the_environment_is_basic() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    let ended = token_with(Some("p:w d"), &[&options[..], &["--scope", "read"]].concat());
    ended.with(0).says(&["token response: valid, token_type Bearer", "expires in 3600 s", "id_token: none came"]);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed, serde_json::from_str::<serde_json::Value>(TOKENS).unwrap());

    let (head, body) = server.token_request();
    // RFC 6749 §2.3.1: `app:p%3Aw+d`.
    assert!(head.contains("authorization: Basic YXBwOnAlM0F3K2Q="), "{head}");
    assert_eq!(body, "grant_type=client_credentials&scope=read");

    let raw = token_with(Some("p:w d"), &[&options[..], &["--basic-raw"]].concat());
    raw.with(0);
    let sent = server.requests().pop().unwrap();
    assert!(sent.contains("authorization: Basic YXBwOnA6dyBk"), "not encoded: {sent}");
}

#[test]
fn a_secret_of_a_file_goes_without_its_line_break() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let secret = file("secret_file", "secret", "mysecret\n");
    let endpoint = server.url("/token");
    let options = ["--token-endpoint", &endpoint, "--client-id", "app", "--client-secret-file", &secret];
    let more = ["--auth-method", "client_secret_post", "--grant-type", "client_credentials"];
    token(&[&options[..], &more[..]].concat()).with(0);
    let (_, body) = server.token_request();
    assert_eq!(body, "grant_type=client_credentials&client_id=app&client_secret=mysecret");
    assert_eq!(server.requests().len(), 1, "metadata was not asked for");
}

#[test]
fn a_public_client_exchanges_a_code_that_another_program_received() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let ended = token(&[
        "--issuer",
        &server.issuer,
        "--client-id",
        "app",
        "--grant-type",
        "authorization_code", //
        "--code",
        "SplxlOBeZQQYbYS6WxSbIA",
        "--code-verifier",
        verifier,
        "--redirect-uri",
        "https://app.example/cb",
    ]);
    ended.with(0);
    let (head, body) = server.token_request();
    assert!(!head.contains("authorization"), "{head}");
    for part in
        ["code=SplxlOBeZQQYbYS6WxSbIA", "redirect_uri=https%3A%2F%2Fapp.example%2Fcb", "client_id=app", verifier]
    {
        assert!(body.contains(part), "{body}");
    }
}

#[test]
fn code_and_verifier_may_be_in_files() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let code_file = file("code_files", "code", "SplxlOBeZQQYbYS6WxSbIA\n");
    let verifier_file = file("code_files", "verifier", &format!("{verifier}\r\n"));
    let empty = file("code_files", "empty", "\n");
    let redirect = ["--redirect-uri", "https://app.example/cb"];
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "authorization_code"];
    let ask = |more: &[&str]| token(&[&options[..], &redirect, more].concat());
    ask(&["--code-file", &code_file, "--code-verifier-file", &verifier_file]).with(0);
    let (_, body) = server.token_request();
    assert!(
        body.contains("&code=SplxlOBeZQQYbYS6WxSbIA&") && body.contains(&format!("&code_verifier={verifier}")),
        "{body}"
    );

    let sent = server.requests().len();
    ask(&["--code-file", &code_file, "--code", "c", "--code-verifier", verifier]).with(1);
    ask(&["--code", "c", "--code-verifier", verifier, "--code-verifier-file", &verifier_file]).with(1);
    ask(&["--code-file", &empty, "--code-verifier", verifier]).with(1).says(&["the code has no text"]);
    ask(&["--code-file", &code_file, "--code-verifier-file", &empty]).with(1).says(&["--code-verifier"]);
    ask(&["--code-file", &code_file]).with(1).says(&["--code-verifier-file"]);
    ask(&["--code-verifier-file", &verifier_file]).with(1).says(&["--code-file"]);
    let missing = format!("{code_file}.missing");
    ask(&["--code-file", &missing, "--code-verifier-file", &verifier_file]).with(5);
    assert_eq!(server.requests().len(), sent, "nothing was sent");
}

#[test]
fn an_assertion_alone_asks_nobody_anything() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let key = file("assertion_only", "key.pem", PEM);
    let endpoint = server.url("/token");
    let options = ["--client-id", "app", "--key", &key, "--kid", "2026", "--assertion-only"];
    let ask = |more: &[&str]| token(&[&options[..], more].concat());
    let issuer = server.issuer.as_str();
    let grant = ["--grant-type", "client_credentials"];
    let of_issuer = [&["--issuer", issuer][..], &["--issuer", issuer, grant[0], grant[1]]];
    let told = [&["--audience", issuer][..], &["--token-endpoint", &endpoint, "--audience", issuer]];
    for more in of_issuer.into_iter().chain(told) {
        let ended = ask(more);
        ended.with(0);
        let jwt = UnverifiedJwt::parse(ended.stdout.trim_end()).unwrap();
        assert_eq!((jwt.header().kid(), jwt.peek_claim("iss").as_deref()), (Some("2026"), Some("app")));
        assert_eq!(jwt.peek_claim("aud").as_deref(), Some(issuer));
    }
    ask(&["--issuer", "https://as.invalid"]).with(0);

    ask(&[]).with(1).says(&["--audience", "--issuer"]);
    ask(&["--token-endpoint", &endpoint]).with(1).says(&["--audience"]);
    ask(&["--issuer", issuer, "--auth-method", "none"]).with(1);
    token(&["--issuer", issuer, "--client-id", "app", "--assertion-only"]).with(1).says(&["--key"]);
    token(&["--issuer", issuer, "--key", &key, "--assertion-only"]).with(1).says(&["--client-id"]);
    assert!(server.requests().is_empty());

    // Without it, what to ask for and whom is needed.
    let sending = ["--client-id", "app", "--key", &key];
    token(&[&sending[..], &["--issuer", issuer]].concat()).with(1).says(&["--grant-type"]);
    token(&[&sending[..], &["--audience", issuer], &grant].concat()).with(1).says(&["--issuer"]);
    assert!(server.requests().is_empty());
    token(&[&sending[..], &["--issuer", issuer], &grant].concat()).with(0);
}

#[test]
fn an_extension_grant_takes_parameters_of_the_command_line_and_of_files() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let assertion = file("extension", "assertion", "a.b.c\n");
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", grant];
    let from_file = format!("assertion={assertion}");
    token(&[&options[..], &["--param-file", &from_file, "--param", "resource=https://r.example/?a=b"]].concat())
        .with(0);
    let (_, body) = server.token_request();
    assert!(body.contains("&resource=https%3A%2F%2Fr.example%2F%3Fa%3Db&assertion=a.b.c&"), "{body}");

    let twice = token(&[&options[..], &["--param", "a=1", "--param", "a=2"]].concat());
    twice.with(1).says(&["a parameter is given twice"]);
    let taken = token(&[&options[..], &["--param", "client_id=other"]].concat());
    taken.with(1).says(&["one that another option writes"]);
}

#[test]
fn an_assertion_is_for_the_issuer_and_shown_without_its_signature() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let key = file("assertion", "key.pem", PEM);
    let endpoint = server.url("/token");
    let options =
        ["--client-id", "app", "--grant-type", "client_credentials", "--key", &key, "--kid", "2026", "--show"];
    let ended = token(&[&options[..], &["--issuer", &server.issuer]].concat());
    let audience = format!("aud: {}", server.issuer);
    ended.with(0).says(&["typ client-authentication+jwt, kid 2026", "iss: app", "sub: app", &audience]);
    let (_, body) = server.token_request();
    let assertion = body.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap();
    let signature = assertion.rsplit('.').next().unwrap();
    ended.is_silent_about(&[signature, assertion]);

    // Without an issuer nobody may guess the audience.
    let endpoint_only = [&options[..], &["--token-endpoint", &endpoint]].concat();
    token(&endpoint_only).with(1).says(&["--audience"]);
    let told = token(&[&endpoint_only[..], &["--audience", "https://as.example", "--assertion-typ", "JWT"]].concat());
    told.with(0).says(&["aud: https://as.example", "typ JWT"]);
}

#[test]
fn a_secret_makes_assertions_of_the_registered_algorithm() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let secret_file = file("secret_jwt", "secret", &format!("{secret}\n"));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--client-secret-file", &secret_file];
    let ask = |more: &[&str]| {
        let method = ["--auth-method", "client_secret_jwt", "--grant-type", "client_credentials"];
        token(&[&options[..], &method, more].concat())
    };
    let issuer = Issuer::parse(server.issuer.as_str()).unwrap();
    for (more, alg) in [(&[][..], Alg::Hs256), (&["--key-alg", "HS512"], Alg::Hs512)] {
        ask(&[more, &["--show"]].concat()).with(0).says(&[alg.as_str()]).is_silent_about(&[secret]);
        let printed = ask(&[more, &["--assertion-only"]].concat());
        printed.with(0);
        let sent = server.requests().pop().unwrap();
        let sent = sent.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let key = VerifyingKey::from_secret(&PROVIDER, alg, &SecretBytes::new(secret.as_bytes())).unwrap();
        for assertion in [sent.as_str(), printed.stdout.trim_end()] {
            let verified = UnverifiedJwt::parse(assertion).unwrap().verify(&key).unwrap();
            let claims = verified.claims().unwrap();
            assert_eq!(claims.iss.as_deref(), Some("app"));
            assert!(claims.aud.unwrap().is_string(issuer.as_str()));
        }
    }
    ask(&["--key-alg", "ES256"]).with(5).says(&["cannot be the key of a MAC"]);
    let short = file("secret_jwt", "short", "MARKER");
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    let short = ["--client-secret-file", &short, "--auth-method", "client_secret_jwt"];
    token(&[&options[..], &short].concat()).with(5).is_silent_about(&["MARKER"]);
}

#[test]
fn an_assertion_that_is_a_grant_is_the_word_of_an_identity_provider_about_somebody() {
    let key = file("grant_assertion", "key.pem", PEM);
    let options = ["--client-id", "chat", "--key", &key, "--kid", "idp-1", "--issuer", "https://as.invalid"];
    let about = ["--grant-assertion-for", "U019488227", "--grant-assertion-issuer", "https://idp.example"];
    let only = ["--assertion-only"];
    let ask = |more: &[&[&str]]| token(&[&options[..], &more.concat()].concat());
    let made = ask(&[&only, &about, &["--scope", "read", "--assertion-lifetime", "120"]]);
    made.with(0);
    let jwt = UnverifiedJwt::parse(made.stdout.trim_end()).unwrap();
    assert_eq!((jwt.header().typ(), jwt.header().kid()), (Some("oauth-id-jag+jwt"), Some("idp-1")));
    let public = symbolon::jose::SigningKey::from_pem(&PROVIDER, PEM, None).unwrap().verifying_key(&PROVIDER).unwrap();
    let verified = jwt.verify(&public).unwrap();
    let claims: serde_json::Map<String, serde_json::Value> = verified.claims_as().unwrap();
    for (name, value) in [
        ("iss", "https://idp.example"),
        ("sub", "U019488227"),
        ("aud", "https://as.invalid"),
        ("client_id", "chat"),
        ("scope", "read"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    let again = ask(&[&only, &about]);
    let other: serde_json::Map<String, serde_json::Value> =
        UnverifiedJwt::parse(again.stdout.trim_end()).unwrap().verify(&public).unwrap().claims_as().unwrap();
    assert!(other["jti"] != claims["jti"] && !other.contains_key("scope"));
    let plain = ask(&[&only, &about, &["--assertion-typ", "none", "--audience", "https://as.invalid/token"]]);
    let plain = UnverifiedJwt::parse(plain.stdout.trim_end()).unwrap();
    assert_eq!((plain.header().typ(), plain.peek_claim("aud").as_deref()), (None, Some("https://as.invalid/token")));

    ask(&[&about]).with(1).says(&["--assertion-only"]);
    ask(&[&only, &about[..2]]).with(1).says(&["--grant-assertion-issuer"]);
    ask(&[&only, &about[2..]]).with(1).says(&["--grant-assertion-for"]);
    token(&[&["--client-id", "chat", "--issuer", "https://as.invalid"][..], &only, &about].concat())
        .with(1)
        .says(&["--key"]);
}
