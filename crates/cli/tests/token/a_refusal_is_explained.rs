use crate::{
    command::{token, token_with},
    server::{Server, http},
};

fn refused(status: u16, headers: &'static str, body: &'static str) -> crate::command::Ended {
    let server = Server::start(move |_| http(status, headers, body));
    token_with(Some("s"), &["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"])
}

#[test]
fn code_description_meaning_and_what_to_do_are_told() {
    let body = r#"{"error":"invalid_client","error_description":"no\u001b[31m such client","error_uri":"https://e.example/1"}"#;
    refused(401, "", body)
        .with(2)
        .says(&["refused by the server: invalid_client (status 401)", "it says: no\\u{1b}[31m such client"])
        .says(&["https://e.example/1", "meaning: ", "what to do: ", "--basic-raw"])
        .is_silent_about(&["\u{1b}"]);
}

#[test]
fn an_error_with_status_200_is_no_success() {
    refused(200, "", r#"{"error":"invalid_scope"}"#).with(2).says(&["invalid_scope (status 200)"]);
    refused(200, "", r#"{"access_token":"a","token_type":"Bearer"}"#).with(0);
}

#[test]
fn how_long_to_wait_is_told() {
    refused(503, "retry-after: 7\r\n", r#"{"error":"temporarily_unavailable"}"#).with(2).says(&["wait: 7 s"]);
}

#[test]
fn an_unknown_code_is_shown_escaped() {
    refused(403, "", r#"{"error":"forbidden"}"#).with(2).says(&["refused by the server: forbidden (status 403)"]);
}

#[test]
fn a_refused_code_has_its_own_hints() {
    let server = Server::start(|_| http(400, "", r#"{"error":"invalid_grant"}"#));
    token(&[
        "--issuer",
        &server.issuer,
        "--client-id",
        "app",
        "--grant-type",
        "authorization_code",
        "--code",
        "c", //
        "--code-verifier",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "--redirect-uri",
        "https://app.example/cb",
    ])
    .with(2)
    .says(&["invalid_grant", "new authorization request", "byte for byte"]);
}

#[test]
fn a_trace_id_is_told_and_what_to_do_where_no_answer_came() {
    let body = r#"{"error":"invalid_grant","error_description":"No. (trace_id: 4bf92f3577b34da6a3ce929d0e0e4736)"}"#;
    refused(400, "", body).with(2).says(&["  trace id: 4bf92f3577b34da6a3ce929d0e0e4736\n"]);
    refused(400, "", r#"{"error":"invalid_grant"}"#).with(2).is_silent_about(&["trace id"]);
    let server = Server::start(|_| String::new());
    let refresh = ["--grant-type", "refresh_token", "--refresh-token", "MARKER"];
    token(&[&["--issuer", &server.issuer, "--client-id", "app"], &refresh[..]].concat())
        .with(3)
        .says(&["gave no answer", "what to do: the answer is lost", "may be superseded"])
        .is_silent_about(&["MARKER"]);
}
