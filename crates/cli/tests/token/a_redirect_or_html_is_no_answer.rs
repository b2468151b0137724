use crate::{
    command::{Ended, token_with},
    server::{Server, TOKENS, http},
};

fn ask(server: &Server) -> Ended {
    token_with(Some("s"), &["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"])
}

#[test]
fn a118_a_redirect_is_not_followed() {
    let other = Server::start(|_| http(200, "", TOKENS));
    let location = format!("location: {}\r\n", other.url("/token"));
    let server = Server::start(move |_| http(307, &location, ""));
    ask(&server).with(3).says(&["redirect", "not followed"]);
    assert!(other.requests().is_empty());
    ask(&other).with(0);
}

#[test]
fn a113_html_or_half_an_answer_is_no_answer() {
    ask(&Server::start(|_| http(502, "", "<html>MARKER"))).with(3).says(&["502", "JSON"]).is_silent_about(&["MARKER"]);
    ask(&Server::start(|_| http(200, "", r#"{"access_token":"MARKER"}"#)))
        .with(3)
        .says(&["token_type"])
        .is_silent_about(&["MARKER"]);
}

#[test]
fn a120_metadata_of_another_issuer_is_no_metadata() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let with_slash = server.url("/");
    token_with(Some("s"), &["--issuer", &with_slash, "--client-id", "app", "--grant-type", "client_credentials"])
        .with(3)
        .says(&["metadata", "slash"]);
    assert!(server.requests().iter().all(|request| request.starts_with("GET ")), "no credentials were sent");
    ask(&server).with(0);
}

#[test]
fn metadata_without_an_endpoint_that_can_be_called_is_no_answer() {
    let options = ["--client-id", "app", "--grant-type", "client_credentials", "--allow-host", "as.example"];
    let unusable = [
        ("", "no `token_endpoint`"),
        (r#","token_endpoint":"http://as.example/token""#, "metadata"),
        (r#","token_endpoint":"no URL""#, "metadata"),
        (r#","token_endpoint":"https://as.example/token?client_id=app""#, "metadata"),
        (r#","token_endpoint":7"#, "metadata"),
    ];
    for (member, why) in unusable {
        let metadata = move |issuer: &str| format!(r#"{{"issuer":"{issuer}"{member}}}"#);
        let server = Server::with_metadata(metadata, |_| http(200, "", TOKENS));
        let asked = [&options[..], &["--issuer", &server.issuer]].concat();
        token_with(Some("s"), &asked).with(3).says(&[why]);
        // The options say one that can be called.
        let endpoint = server.url("/token");
        token_with(Some("s"), &[&asked[..], &["--token-endpoint", &endpoint]].concat()).with(0);
    }
    // The same in the options is a wrong option.
    let server = Server::start(|_| http(200, "", TOKENS));
    let asked = [&options[..], &["--issuer", &server.issuer]].concat();
    for option in ["--token-endpoint", "--jwks-uri"] {
        token_with(Some("s"), &[&asked[..], &[option, "http://as.example/token"]].concat()).with(1);
    }
    let query = ["--token-endpoint", "https://as.example/token?client_id=app"];
    token_with(Some("s"), &[&asked[..], &query].concat()).with(1);
    assert!(server.requests().iter().all(|request| request.starts_with("GET ")), "no credentials were sent");
}

#[test]
fn a121_an_endpoint_at_a_foreign_host_gets_no_credentials_unless_it_is_allowed() {
    // The same server, by another name.
    let metadata = |issuer: &str| {
        let elsewhere = issuer.replace("127.0.0.1", "localhost");
        format!(r#"{{"issuer":"{issuer}","token_endpoint":"{elsewhere}/token"}}"#)
    };
    let server = Server::with_metadata(metadata, |_| http(200, "", TOKENS));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    for hosts in [&[][..], &["--allow-host", "as.example"], &["--allow-host", "localhost:80"]] {
        let asked = [&options[..], hosts].concat();
        token_with(Some("s"), &asked).with(3).says(&["token_endpoint", "foreign host", "--allow-host"]);
    }
    assert!(server.requests().iter().all(|request| request.starts_with("GET ")), "no credentials were sent");
    let allowed = ["--allow-host", "as.example", "--allow-host", "localhost"];
    token_with(Some("s"), &[&options[..], &allowed].concat()).with(0);
    assert!(server.token_request().1.contains("client_credentials"));
}

#[test]
fn a121_plain_http_is_for_loopback_alone() {
    let options = ["--client-id", "app", "--grant-type", "client_credentials"];
    token_with(Some("s"), &[&options[..], &["--token-endpoint", "http://as.example/token"]].concat())
        .with(1)
        .says(&["neither https nor http on a loopback host"]);
    token_with(Some("s"), &[&options[..], &["--issuer", "http://as.example"]].concat()).with(3).says(&["https"]);
}
