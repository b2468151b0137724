use crate::{
    command::{Ended, token_with},
    server::{Server, http},
};

fn ask(status: u16, headers: &'static str, body: &'static str, more: &[&str]) -> Ended {
    let server = Server::start(move |_| http(status, headers, body));
    let asked = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    token_with(Some("s"), &[&asked[..], more].concat())
}

#[test]
fn what_is_not_as_it_must_be_is_refused_with_a_hint_and_tolerated_when_asked_for() {
    let tokens = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let text = "content-type: text/plain\r\n";
    for (what, status, headers, body, told) in [
        ("numeric_strings", 200, "", r#"{"access_token":"a","token_type":"Bearer","expires_in":"60"}"#, "`expires_in`"),
        ("missing_token_type", 200, "", r#"{"access_token":"a"}"#, "no `token_type` came"),
        ("scope_array", 200, "", r#"{"access_token":"a","token_type":"Bearer","scope":["b"]}"#, "`scope` came as an"),
        ("created", 201, "", tokens, "the status is 201"),
        ("content_type", 200, text, tokens, "not sent as JSON"),
    ] {
        let hint = format!("--tolerate {what}");
        ask(status, headers, body, &[]).with(3).says(&[&hint]).is_silent_about(&["tolerated"]);
        ask(status, headers, body, &["--tolerate", what]).with(0).says(&["tolerated: ", told]);
    }
    ask(200, "", tokens, &["--tolerate", "created"]).with(0).is_silent_about(&["tolerated"]);
    ask(200, "", tokens, &["--tolerate", "anything"]).with(1);
}
