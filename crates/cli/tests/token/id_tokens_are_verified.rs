use crate::{
    command::{Ended, token, token_with},
    server::{Says, Server, TOKENS, http, tokens_of},
};

const CODE: [&str; 8] = [
    "--grant-type",
    "authorization_code",
    "--code",
    "SplxlOBeZQQYbYS6WxSbIA", //
    "--code-verifier",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "--redirect-uri",
    "https://app.example/cb",
];
const REFRESH: [&str; 4] = ["--grant-type", "refresh_token", "--refresh-token", "tGzv3JOkF0XG5Qx2TlKWIA"];
const NONCE: [&str; 2] = ["--nonce", "n-0S6_WzA2Mj"];

fn ask(says: Says<'static>, grant: &[&str], more: &[&str]) -> Ended {
    let server = Server::start(move |issuer| http(200, "", &tokens_of(issuer, &says)));
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--id-token-alg", "Ed25519"];
    token(&[&options[..], grant, more].concat())
}

#[test]
fn a_sign_in_is_verified_and_its_claims_are_masked() {
    let ended = ask(Says::default(), &CODE, &NONCE);
    ended.with(0).says(&[
        "id_token: verified",
        "/jwks",
        "alg Ed25519, kid 1",
        "aud app",
        "nonce is the one",
        "at_hash fits",
    ]);
    ended.says(&["sub present", "name present"]);
    ended.is_silent_about(&["MARKER", "n-0S6_WzA2Mj"]);
    assert!(ended.stdout.contains("MARKER-access-token") && ended.stdout.contains("\"id_token\""));

    let shown = ask(Says::default(), &CODE, &[&NONCE[..], &["--show-claims"]].concat());
    shown.with(0).says(&["sub \"MARKER-sub\"", "name \"MARKER-name\""]);
}

#[test]
fn an_id_token_that_does_not_verify_gives_no_tokens() {
    let wrong = [
        (Says { right_key: false, ..Says::default() }, "does not verify"),
        (Says { nonce: Some("another"), ..Says::default() }, "the nonce is another one"),
        (Says { nonce: None, ..Says::default() }, "nonce"),
        (Says { client_id: "somebody-else", ..Says::default() }, "the audience is another one"),
        (Says { access_token: "another", ..Says::default() }, "at_hash"),
    ];
    for (says, why) in wrong {
        ask(says, &CODE, &NONCE).with(4).says(&["the ID token does not verify", why]).is_silent_about(&["MARKER"]);
    }
}

#[test]
fn a_nonce_that_nobody_told_of_is_refused_and_hinted_at() {
    ask(Says::default(), &CODE, &["--scope", "openid"]).with(4).says(&["there is a nonce", "--nonce"]);
    ask(Says { nonce: None, ..Says::default() }, &CODE, &["--scope", "openid"]).with(0).says(&["none was sent"]);
}

#[test]
fn an_id_token_that_nobody_said_would_come_is_verified_all_the_same() {
    ask(Says { nonce: None, ..Says::default() }, &CODE, &[]).with(0).says(&["id_token: verified"]);
    ask(Says { nonce: None, right_key: false, ..Says::default() }, &CODE, &[]).with(4);
}

#[test]
fn a_sign_in_without_id_token_is_none() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let options = [&["--issuer", &server.issuer, "--client-id", "app"], &CODE[..]].concat();
    token(&[&options[..], &["--scope", "openid"]].concat()).with(4).says(&["there is no ID token"]);
    token(&[&options[..], &["--scope", "read"]].concat()).with(0).says(&["id_token: none came"]);
}

#[test]
fn the_id_token_of_a_refresh_may_lack_the_nonce_and_has_no_other() {
    ask(Says::default(), &REFRESH, &NONCE).with(0).says(&["id_token: verified"]);
    ask(Says { nonce: None, ..Says::default() }, &REFRESH, &NONCE).with(0).says(&["as it may be at a refresh"]);
    ask(Says { nonce: Some("another"), ..Says::default() }, &REFRESH, &NONCE).with(4);
    ask(Says { right_key: false, ..Says::default() }, &REFRESH, &NONCE).with(4);
}

/// The grants whose ID token nobody waits for; the second one is that of RFC 8628 §3.4.
const OTHERS: [&[&str]; 2] = [
    &["--grant-type", "client_credentials"],
    &[
        "--grant-type",
        "urn:ietf:params:oauth:grant-type:device_code",
        "--param",
        "device_code=GmRhmhcxhwAzkoEqiMEg_DnyE",
    ],
];

#[test]
fn an_id_token_that_comes_with_any_grant_is_verified() {
    let right = || Says { nonce: None, ..Says::default() };
    let ask = |says: Says<'static>, grant: &[&str], more: &[&str]| {
        let server = Server::start(move |issuer| http(200, "", &tokens_of(issuer, &says)));
        let options = ["--issuer", &server.issuer, "--client-id", "app", "--id-token-alg", "Ed25519"];
        token_with(Some("s"), &[&options[..], grant, more].concat())
    };
    for grant in OTHERS {
        for scope in [&[][..], &["--scope", "read"], &["--scope", "openid"]] {
            let wrong_key = || Says { right_key: false, ..right() };
            ask(right(), grant, scope).with(0).says(&["id_token: verified"]);
            ask(wrong_key(), grant, scope).with(4).says(&["does not verify"]).is_silent_about(&["MARKER"]);
            ask(Says { client_id: "somebody-else", ..right() }, grant, scope).with(4);
            ask(Says::default(), grant, scope).with(4).says(&["there is a nonce"]);
            let ignored = ask(wrong_key(), grant, &[scope, &["--ignore-id-token"]].concat());
            ignored.with(0).says(&["id_token: NOT verified"]);
        }
    }
}

#[test]
fn garbage_in_place_of_an_id_token_is_not_printed() {
    let body = TOKENS.replace('}', r#","id_token":"MARKER.MARKER.MARKER"}"#);
    let server = Server::start(move |_| http(200, "", &body));
    for grant in OTHERS {
        let options = [&["--issuer", &server.issuer, "--client-id", "app"], grant].concat();
        token_with(Some("s"), &options).with(4).says(&["does not verify"]).is_silent_about(&["MARKER"]);
        token_with(Some("s"), &[&options[..], &["--ignore-id-token"]].concat()).with(0);
    }
}

#[test]
fn without_an_issuer_no_id_token_is_taken_unless_it_is_ignored() {
    let server = Server::start(|issuer| http(200, "", &tokens_of(issuer, &Says { nonce: None, ..Says::default() })));
    let endpoint = server.url("/token");
    for grant in OTHERS {
        let options =
            [&["--token-endpoint", &endpoint, "--client-id", "app", "--id-token-alg", "Ed25519"], grant].concat();
        let ended = token_with(Some("s"), &options);
        ended
            .with(4)
            .says(&["nothing to verify it with", "--issuer", "--ignore-id-token"])
            .is_silent_about(&["MARKER"]);
        token_with(Some("s"), &[&options[..], &["--ignore-id-token"]].concat()).with(0).says(&["NOT verified"]);
        token_with(Some("s"), &[&options[..], &["--issuer", &server.issuer]].concat()).with(0).says(&["verified with"]);
    }
    let none_comes = Server::start(|_| http(200, "", TOKENS));
    let endpoint = none_comes.url("/token");
    for grant in OTHERS {
        let options = [&["--token-endpoint", &endpoint, "--client-id", "app"], grant].concat();
        token_with(Some("s"), &options).with(0).says(&["id_token: none came"]);
    }
}

#[test]
fn without_keys_an_id_token_that_nobody_planned_for_is_not_taken() {
    let metadata = |issuer: &str| format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/token"}}"#);
    let answer = |issuer: &str| http(200, "", &tokens_of(issuer, &Says { nonce: None, ..Says::default() }));
    let server = Server::with_metadata(metadata, answer);
    let options =
        [&["--issuer", &server.issuer, "--client-id", "app", "--id-token-alg", "Ed25519"], OTHERS[0]].concat();
    token_with(Some("s"), &options).with(4).says(&["no keys", "jwks_uri"]).is_silent_about(&["MARKER"]);
    let keys = server.url("/jwks");
    token_with(Some("s"), &[&options[..], &["--jwks-uri", &keys]].concat()).with(0).says(&["id_token: verified"]);
}

#[test]
fn openid_in_the_scope_of_another_grant_is_a_planned_sign_in() {
    let server = Server::start(|_| http(200, "", TOKENS));
    let endpoint = server.url("/token");
    let (app, openid) = (["--client-id", "app"], ["--scope", "openid"]);
    let options = [&["--issuer", &server.issuer], &app[..], OTHERS[1]].concat();
    token(&[&options[..], &openid].concat()).with(4).says(&["there is no ID token"]).is_silent_about(&["MARKER"]);
    token(&[&options[..], &openid, &["--ignore-id-token"]].concat()).with(0).says(&["id_token: none came"]);
    token(&[&options[..], &["--scope", "read"]].concat()).with(0).says(&["id_token: none came"]);

    // Nothing is used up where nothing could be verified.
    let sent = server.requests().len();
    let no_keys = server.url("/token?not=a-key-set");
    token(&[&options[..], &openid, &["--jwks-uri", &no_keys]].concat()).with(3).says(&["key set"]);
    token(&[&["--token-endpoint", &endpoint], &app[..], OTHERS[1], &openid].concat()).with(1).says(&["--issuer"]);
    assert!(server.requests().iter().skip(sent).all(|request| request.starts_with("GET ")), "nothing was sent");
}

#[test]
fn the_algorithm_is_the_registered_one() {
    let server = Server::start(|issuer| http(200, "", &tokens_of(issuer, &Says::default())));
    let options = [&["--issuer", &server.issuer, "--client-id", "app"], &CODE[..], &NONCE].concat();
    token(&options).with(4).says(&["algorithm", "--id-token-alg"]);
    token(&[&options[..], &["--id-token-alg", "Ed25519"]].concat()).with(0);
}

#[test]
fn what_is_ignored_is_said_to_be_unverified() {
    let ended = ask(Says { right_key: false, ..Says::default() }, &CODE, &["--ignore-id-token"]);
    ended.with(0).says(&["id_token: NOT verified"]).is_silent_about(&["MARKER"]);
}

#[test]
fn a_code_is_not_used_up_where_the_keys_cannot_be_fetched() {
    let server = Server::start(|issuer| http(200, "", &tokens_of(issuer, &Says::default())));
    let no_keys = server.url("/token?not=a-key-set");
    let options =
        [&["--issuer", &server.issuer, "--client-id", "app", "--id-token-alg", "Ed25519"], &CODE[..], &NONCE].concat();
    token(&[&options[..], &["--jwks-uri", &no_keys]].concat()).with(3).says(&["key set"]);
    assert!(server.requests().iter().all(|request| request.starts_with("GET ")), "the code was not sent");
    token(&options).with(0);
}
