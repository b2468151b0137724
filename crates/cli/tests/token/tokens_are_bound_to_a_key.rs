use core::sync::atomic::{AtomicUsize, Ordering};
use std::borrow::Cow;

use symbolon::{
    dpop::{Checks, NonceUse, TargetUri},
    jose::{SigningKey, UnverifiedJwt},
    policy::Policy,
    ring::PROVIDER,
    types::{Issuer, Trace, Values},
};
use time::UtcDateTime;

use crate::{
    command::{Ended, file, token_with},
    server::{Server, TOKENS, http},
};

const KEY: &str = include_str!("../../examples/app.key.pem");
const BOUND: &str = r#"{"access_token":"MARKER-access-token","token_type":"DPoP","expires_in":3600}"#;
const ASKS: &str = r#"{"error":"use_dpop_nonce"}"#;

/// A server that gives these answers to token requests, one after the other, the last one for ever.
fn answering(answers: Vec<String>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_| {
        let place = asked.fetch_add(1, Ordering::Relaxed);
        answers.get(place).or(answers.last()).unwrap().clone()
    })
}

fn ask(server: &Server, more: &[&str]) -> Ended {
    let options = ["--issuer", &server.issuer, "--client-id", "app", "--grant-type", "client_credentials"];
    token_with(Some("s"), &[&options[..], more].concat())
}

/// The proof of each token request.
fn proofs(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let posts = requests.iter().filter(|request| request.starts_with("POST /token "));
    posts.map(|request| request.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap().to_owned()).collect()
}

#[test]
fn the_server_takes_the_proof_and_the_report_names_the_key() {
    let server = answering(vec![http(200, "", BOUND)]);
    let key_file = file("dpop", "key.pem", KEY);
    let ended = ask(&server, &["--dpop", &key_file, "--show"]);
    let jkt = SigningKey::from_pem(&PROVIDER, KEY, None).unwrap().public_jwk().unwrap().thumbprint(PROVIDER.sha256);
    let jkt_text = jkt.to_base64url();
    ended.with(0).says(&[
        "token_type DPoP",
        "the key of --dpop",
        &jkt_text,
        "typ dpop+jwt",
        "htm: POST",
        "nonce: none",
    ]);

    let proofs = proofs(&server);
    let [proof] = &proofs[..] else { panic!("one proof") };
    ended.is_silent_about(&[proof, proof.rsplit('.').next().unwrap(), "MARKER", "PRIVATE KEY"]);
    let mut values = Values::default();
    values.push(proof.as_bytes());
    let checks = Checks {
        crypto: &PROVIDER,
        policy: &Policy::OAUTH_2_1.dpop,
        tenant: &Issuer::parse(server.issuer.as_str()).unwrap(),
        method: "POST",
        url: &TargetUri::parse(&server.url("/token")).unwrap(),
        nonce: NonceUse::Off,
        access_token: None,
    };
    let proven = checks.check(&values, &mut Trace::stop_at_first(), UtcDateTime::now()).unwrap();
    assert_eq!(proven.jkt(), jkt);
}

#[test]
fn without_a_file_each_run_has_a_key_of_its_own_and_says_so() {
    let server = answering(vec![http(200, "", BOUND)]);
    for _ in 0..2 {
        ask(&server, &["--dpop"]).with(0).says(&["a key of this run, so of no use after it, jkt "]);
    }
    let proofs = proofs(&server);
    let jwk = |proof: &str| {
        let jwk = UnverifiedJwt::parse(proof).unwrap().embedded_jwk().unwrap();
        jwk.thumbprint(PROVIDER.sha256).to_base64url()
    };
    assert_ne!(jwk(&proofs[0]), jwk(&proofs[1]));
}

#[test]
fn a086_a_nonce_is_sent_once_and_told_of() {
    let asks = http(400, "DPoP-Nonce: MARKER-nonce\r\n", ASKS);
    let server = answering(vec![asks.clone(), http(200, "", BOUND)]);
    let told = "use_dpop_nonce: the server wants its nonce in the DPoP proof; the request is sent again with it, once";
    let ended = ask(&server, &["--dpop", "--show"]);
    ended
        .with(0)
        .says(&[told, "nonce: none", "nonce: the one of the server's last answer"])
        .is_silent_about(&["MARKER"]);
    let claim = |proof: &str, name: &str| UnverifiedJwt::parse(proof).unwrap().peek_claim(name).map(Cow::into_owned);
    let proofs = proofs(&server);
    let [first, second] = &proofs[..] else { panic!("two proofs") };
    assert_eq!((claim(first, "nonce"), claim(second, "nonce").as_deref()), (None, Some("MARKER-nonce")));
    assert_ne!(claim(first, "jti"), claim(second, "jti"));

    let for_ever = answering(vec![asks]);
    ask(&for_ever, &["--dpop"]).with(2).says(&[told, "refused by the server: use_dpop_nonce", "RFC 9449 §8"]);
    assert_eq!(self::proofs(&for_ever).len(), 2);
    let without_nonce = answering(vec![http(400, "", ASKS), http(200, "", BOUND)]);
    ask(&without_nonce, &["--dpop"]).with(2).is_silent_about(&[told]);
}

#[test]
fn a110_a_bearer_token_is_not_taken_for_a_bound_one_nor_the_other_way() {
    let (bearer, bound) = (answering(vec![http(200, "", TOKENS)]), answering(vec![http(200, "", BOUND)]));
    ask(&bearer, &["--dpop"]).with(3).says(&["token_type", "does not do DPoP"]).is_silent_about(&["MARKER"]);
    ask(&bearer, &[]).with(0).is_silent_about(&["jkt"]);
    ask(&bound, &[]).with(3).says(&["DPoP, unasked", "--dpop"]).is_silent_about(&["MARKER"]);
    ask(&bound, &["--dpop"]).with(0);
}

#[test]
fn a_refused_proof_has_its_own_hints() {
    let refuses = |code: &str| answering(vec![http(400, "", &format!(r#"{{"error":"{code}"}}"#))]);
    for code in ["invalid_dpop_proof", "use_dpop_nonce"] {
        ask(&refuses(code), &[]).with(2).says(&[code, "RFC 9449", "--dpop KEYFILE"]);
    }
    ask(&refuses("invalid_dpop_proof"), &["--dpop"])
        .with(2)
        .says(&["clock", "`htu`"])
        .is_silent_about(&["--dpop KEYFILE"]);
}

#[test]
fn a_key_file_that_is_no_good_is_5_and_nothing_is_sent() {
    let server = answering(vec![http(200, "", BOUND)]);
    let no_key = file("dpop_no_good", "text", "MARKER");
    let secret = file(
        "dpop_no_good",
        "secret.jwk",
        r#"{"kty":"oct","alg":"HS256","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    );
    for bad in [no_key.clone(), secret, format!("{no_key}.missing")] {
        ask(&server, &["--dpop", &bad]).with(5).is_silent_about(&["MARKER"]);
    }
    assert!(server.requests().is_empty());
    ask(&server, &["--dpop", &file("dpop_no_good", "key.pem", KEY)]).with(0);
}

#[test]
fn a_token_endpoint_that_no_proof_can_name_is_the_metadatas_fault_or_the_options() {
    let metadata = |issuer: &str| format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/%zz"}}"#);
    let server = Server::with_metadata(metadata, |_| http(200, "", BOUND));
    ask(&server, &["--dpop"]).with(3).says(&["metadata cannot be used", "no DPoP proof can name"]);
    ask(&server, &["--dpop", "--token-endpoint", &server.url("/%zz")]).with(1).says(&["no DPoP proof can name"]);
    assert!(server.requests().iter().all(|request| !request.starts_with("POST ")));
    ask(&server, &["--dpop", "--token-endpoint", &server.url("/token")]).with(0);
}
