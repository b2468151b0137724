//! Every fuzz body takes and refuses inputs of its corpus, and breaks on none.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may stop at the first thing that is not as they say")]

use std::{fs, path::Path};

use symbolon_testkit::fuzz::{self, Body, Verdict};

fn run(target: &str) {
    let (_, body): (_, Body) = fuzz::BODIES.into_iter().find(|(name, _)| *name == target).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let (mut verdicts, mut corpus) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        let verdict = std::panic::catch_unwind(|| body(&data));
        verdicts.push(verdict.unwrap_or_else(|_| panic!("breaks on {}", path.display())));
        corpus.extend(data);
    }
    let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    let (accepted, refused) = (count(Verdict::Accepted), count(Verdict::Refused));
    println!("{target}: {accepted} accepted, {refused} refused, {} bytes", corpus.len());
    assert!(accepted > 0, "nothing is accepted");
    assert!(refused > 0, "nothing is refused");
    assert!(corpus.len() < 1_000_000, "the corpus is too large");
}

#[test]
fn form_takes_and_refuses() {
    run("form");
}

#[test]
fn basic_takes_and_refuses() {
    run("basic");
}

#[test]
fn client_assertion_takes_and_refuses() {
    run("client_assertion");
}

#[test]
fn compact_jws_takes_and_refuses() {
    run("compact_jws");
}

#[test]
fn dpop_proof_takes_and_refuses() {
    run("dpop_proof");
}

#[test]
fn dpop_htu_takes_and_refuses() {
    run("dpop_htu");
}

#[test]
fn jose_header_takes_and_refuses() {
    run("jose_header");
}

#[test]
fn jose_claims_takes_and_refuses() {
    run("jose_claims");
}

#[test]
fn jose_sign_takes_and_refuses() {
    run("jose_sign");
}

#[test]
fn jwk_takes_and_refuses() {
    run("jwk");
}

#[test]
fn jwk_set_takes_and_refuses() {
    run("jwk_set");
}

#[test]
fn private_key_takes_and_refuses() {
    run("private_key");
}

#[test]
fn public_key_takes_and_refuses() {
    run("public_key");
}

#[test]
fn certificate_takes_and_refuses() {
    run("certificate");
}

#[test]
fn response_json_takes_and_refuses() {
    run("response_json");
}
