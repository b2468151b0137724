//! A trace that goes on has a verdict for every claim; one that stops has none after the first failure.

use alloc::collections::BTreeSet;

use serde_json::json;
use symbolon_id_token::{
    Continuity, IdTokenError,
    types::{Alg, Field, Rule, Trace},
};

use crate::login::{CLIENT, Login, NOW, at};

fn failed(trace: &Trace) -> BTreeSet<&'static str> {
    trace.verdicts().filter(|(_, held)| !held).map(|(rule, _)| rule.id()).collect()
}

fn run(login: &Login, mut trace: Trace) -> (Option<IdTokenError>, Trace) {
    let answer = login.check_with(&login.sign(), &login.verifying_keys(), &mut trace);
    (answer.err(), trace)
}

const ALL: &[Rule] = &[
    Rule::JwsSyntax,
    Rule::JwsHeader,
    Rule::JwsCrit,
    Rule::JwsAlg,
    Rule::JwsKey,
    Rule::JwsSignature,
    Rule::JwtTyp,
    Rule::JwtClaims,
    Rule::JwtIss,
    Rule::IdTokenAud,
    Rule::IdTokenAzp,
    Rule::JwtExp,
    Rule::JwtNbf,
    Rule::JwtIat,
    Rule::IdTokenSub,
    Rule::IdTokenNonce,
    Rule::IdTokenAtHash,
    Rule::IdTokenCHash,
    Rule::IdTokenAuthTime,
    Rule::IdTokenAcr,
    Rule::JwtClaim,
    Rule::IdTokenContinuity,
];

#[test]
fn an_accepted_token_has_every_rule_held() {
    let first = Continuity::from(&Login::new().check().unwrap());
    let login = Login::new().with(|login| login.previous = Some(first));
    for trace in [Trace::stop_at_first(), Trace::go_on()] {
        let (error, trace) = run(&login, trace);
        assert_eq!(error, None);
        for rule in ALL {
            assert_eq!(trace.judged(*rule), Some(true), "{}", rule.id());
        }
        assert_eq!(trace.verdicts().count(), ALL.len());
    }
}

#[test]
fn a_token_with_everything_wrong_has_every_claim_judged() {
    let first = Continuity::from(&Login::new().check().unwrap());
    let login = Login::new().with(|login| {
        login.previous = Some(first);
        login.algorithms = vec![Alg::Rs256];
        login.typ = Some("at+jwt");
        login.set("iss", "https://other.example");
        login.set("sub", "");
        login.set("aud", json!(["x", "y"]));
        login.set("azp", "x");
        login.set("exp", NOW - 100);
        login.set("nbf", NOW + 100);
        login.set("iat", NOW + 100);
        login.set("nonce", "x");
        login.set("at_hash", "x");
        login.set("c_hash", "");
        login.set("auth_time", NOW - 9999);
        login.set("acr", "x");
        login.set("amr", 1);
    });
    let (error, trace) = run(&login, Trace::go_on());
    assert_eq!(error, Some(IdTokenError::AlgNotAllowed), "the first of them");
    let held = ["jws.syntax", "jws.header", "jws.crit", "jws.key", "jws.signature", "jwt.claims"];
    let wanted: BTreeSet<_> = ALL.iter().map(|rule| rule.id()).filter(|id| !held.contains(id)).collect();
    assert_eq!(failed(&trace), wanted);

    let (error, trace) = run(&login, Trace::stop_at_first());
    assert_eq!(error, Some(IdTokenError::AlgNotAllowed));
    assert_eq!(failed(&trace), BTreeSet::from(["jws.alg"]));
    assert_eq!(trace.judged(Rule::JwtIss), None);
    assert!(trace.facts().is_empty());
}

#[test]
fn a_token_with_nothing_in_it_has_every_required_claim_judged() {
    let login = Login::new().with(|login| login.claims.clear());
    let (error, trace) = run(&login, Trace::go_on());
    assert_eq!(error.map(|error| error.rule()), Some(Rule::JwtIss));
    let wanted = BTreeSet::from([
        "jwt.iss",
        "id_token.aud",
        "jwt.exp",
        "jwt.iat",
        "id_token.sub",
        "id_token.nonce",
        "id_token.auth_time",
        "id_token.acr",
    ]);
    assert_eq!(failed(&trace), wanted);
}

#[test]
fn each_single_fault_fails_one_rule() {
    type Change = fn(&mut Login);
    let faults: &[(&str, Change)] = &[
        ("jws.alg", |login| login.algorithms = vec![Alg::EdDsa]),
        ("jwt.typ", |login| login.typ = Some("at+jwt")),
        ("jwt.iss", |login| login.set("iss", "https://other.example")),
        ("id_token.aud", |login| login.set("aud", "other")),
        ("id_token.azp", |login| login.set("azp", "other")),
        ("jwt.exp", |login| login.set("exp", NOW - 10)),
        ("jwt.nbf", |login| login.set("nbf", NOW + 11)),
        ("jwt.iat", |login| login.set("iat", NOW + 11)),
        ("id_token.sub", |login| login.set("sub", "")),
        ("id_token.nonce", |login| login.set("nonce", "other")),
        ("id_token.at_hash", |login| login.set("at_hash", "")),
        ("id_token.c_hash", |login| login.set("c_hash", "")),
        ("id_token.auth_time", |login| login.set("auth_time", 0)),
        ("id_token.acr", |login| login.set("acr", "0")),
        ("jwt.claim", |login| login.set("sid", 0)),
    ];
    for (rule, fault) in faults {
        let login = Login::new().with(fault);
        let (error, trace) = run(&login, Trace::go_on());
        assert_eq!(failed(&trace), BTreeSet::from([*rule]));
        assert_eq!(error.unwrap().rule().id(), *rule);
    }
}

#[test]
fn without_a_signature_no_claim_is_judged() {
    let login = Login::new();
    let token = login.sign();
    let (body, _) = token.rsplit_once('.').unwrap();
    let mut trace = Trace::go_on();
    let answer = login.check_with(&format!("{body}.AAAA"), &login.verifying_keys(), &mut trace);
    assert_eq!(answer.unwrap_err().rule(), Rule::JwsSignature);
    assert_eq!(failed(&trace), BTreeSet::from(["jws.signature"]));
    assert_eq!(trace.judged(Rule::JwtIss), None);
}

#[test]
fn what_was_compared_is_noted() {
    let login = Login::new().with(|login| login.now = at(NOW + 1));
    let (_, trace) = run(&login, Trace::go_on());
    let noted = |rule, field| {
        let fact = trace.facts().iter().find(|fact| fact.rule == rule && fact.field == field);
        fact.map(|fact| fact.value.clone())
    };
    assert_eq!(noted(Rule::JwsAlg, Field::Alg).as_deref(), Some("Ed25519"));
    assert_eq!(noted(Rule::JwsKey, Field::Kid).as_deref(), Some("Ed25519"));
    assert_eq!(noted(Rule::IdTokenAud, Field::Aud).as_deref(), Some(CLIENT));
    assert_eq!(noted(Rule::JwtExp, Field::Exp).as_deref(), Some("1700000300"));
    assert_eq!(noted(Rule::JwtExp, Field::Time).as_deref(), Some("1700000001"));
    assert_eq!(noted(Rule::IdTokenSub, Field::Aud), None);
}
