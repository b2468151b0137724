//! A trace that goes on lists every fault that can be judged, and shows nothing that is not on the list.

use serde_json::json;
use symbolon_dpop::{
    DpopError, NonceFault,
    jose::{JwtError, KeyError},
    types::{Field, Rule, Secret, Trace},
};

use crate::support::{NOW, Proof, Site, at, values};

/// What fails, in the order of the table, and with what the run ends.
fn faults(site: &Site, proof: &Proof) -> (Vec<Rule>, DpopError) {
    let mut trace = Trace::go_on();
    let error = site.judge(&values(&[&proof.text()]), &mut trace, at(0)).unwrap_err();
    (trace.verdicts().filter(|(_, held)| !held).map(|(rule, _)| rule).collect(), error)
}

#[test]
fn all_faults_of_a_broken_proof_are_listed_and_the_first_is_the_answer() {
    let token = Site { access_token: Some(Secret::new("token")), ..Site::default() };
    let claims = Proof::new()
        .claim("htm", "post")
        .claim("htu", "https://rs.example")
        .claim("jti", 5)
        .claim("iat", NOW - 61)
        .claim("exp", NOW)
        .claim("nonce", "x")
        .claim("ath", "x");
    let rules = [
        Rule::DpopHtm,
        Rule::DpopHtu,
        Rule::DpopJti,
        Rule::DpopNonceUnasked,
        Rule::DpopIat,
        Rule::DpopValidity,
        Rule::DpopAth,
    ];
    assert_eq!(faults(&token, &claims), (rules.to_vec(), DpopError::Htm));
    // With a typ of its own beside: the header is judged first.
    let both = claims.member("typ", "JWT");
    assert_eq!(faults(&token, &both), ([&[Rule::DpopTyp], &rules[..]].concat(), DpopError::Typ));

    let nonces = Proof::new().claim("iat", "x").claim("nbf", NOW + 11);
    let rules = vec![Rule::DpopNonce, Rule::DpopIat, Rule::DpopValidity];
    assert_eq!(faults(&Site::with_nonces(), &nonces), (rules, DpopError::Nonce { fault: NonceFault::Missing }));

    let nonces = Proof::new().claim("htm", "GET").claim("nonce", 1);
    let rules = vec![Rule::DpopSyntax, Rule::DpopHtm];
    assert_eq!(faults(&Site::with_nonces(), &nonces), (rules, DpopError::Htm));
}

#[test]
fn what_cannot_be_judged_without_a_key_or_a_signature_is_left_out() {
    let header = Proof::new().member("typ", "JWT").member("alg", "HS256").claim("htm", "GET");
    let rules = vec![Rule::DpopTyp, Rule::DpopAlg, Rule::DpopKey];
    assert_eq!(faults(&Site::default(), &header), (rules, DpopError::Typ));
    let key = Proof::new().jwk_member("d", "AAAA").claim("htm", "GET");
    assert_eq!(faults(&Site::default(), &key), (vec![Rule::DpopKey], DpopError::Key { cause: KeyError::PrivateKey }));
    let none = Proof::new().member("alg", "none");
    assert_eq!(faults(&Site::default(), &none), (vec![Rule::DpopAlg], DpopError::Alg));
    let crit = Proof::new().member("crit", json!(["x"]));
    let cause = JwtError::UnsupportedCrit;
    assert_eq!(faults(&Site::default(), &crit), (vec![Rule::DpopSyntax], DpopError::Syntax { cause }));
}

#[test]
fn a_proof_that_holds_has_every_rule_judged() {
    let token =
        Site { access_token: Some(Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU")), ..Site::with_nonces() };
    let proof = Proof::new()
        .claim("nonce", crate::support::nonces(7).issue(at(0)))
        .claim("ath", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    let mut trace = Trace::stop_at_first();
    token.judge(&values(&[&proof.text()]), &mut trace, at(0)).unwrap();
    let held: Vec<Rule> = trace.verdicts().filter(|(_, held)| *held).map(|(rule, _)| rule).collect();
    assert_eq!(
        held,
        [
            Rule::DpopPresent,
            Rule::DpopHeaderOnce,
            Rule::DpopSyntax,
            Rule::DpopTyp,
            Rule::DpopAlg,
            Rule::DpopKey,
            Rule::DpopSignature,
            Rule::DpopHtm,
            Rule::DpopHtu,
            Rule::DpopJti,
            Rule::DpopNonce,
            Rule::DpopIat,
            Rule::DpopValidity,
            Rule::DpopAth,
        ]
    );
}

#[test]
fn of_an_htu_that_is_no_url_of_a_request_the_length_is_shown() {
    let htu = "https://MARKER:MARKER@as.example/token";
    let proof = Proof::new().claim("htu", htu);
    let mut trace = Trace::go_on();
    Site::default().judge(&values(&[&proof.text()]), &mut trace, at(0)).unwrap_err();
    assert!(!format!("{trace:?}").contains("MARKER"), "{trace:?}");
    let length = htu.len().to_string();
    assert!(trace.facts().iter().any(|fact| fact.rule == Rule::DpopHtu && fact.value == length), "{trace:?}");
}

#[test]
fn only_listed_values_are_shown_and_no_query() {
    let proof = Proof::new()
        .claim("jti", "MARKER-jti")
        .claim("nonce", "MARKER-nonce")
        .claim("ath", "MARKER-ath")
        .claim("x", "MARKER-claim")
        .claim("htu", "https://as.example/token?MARKER#MARKER")
        .member("kid", "MARKER-kid")
        .jwk_member("kid", "MARKER-jwk");
    for site in [Site::default(), Site::with_nonces()] {
        let mut trace = Trace::go_on();
        let error = site.judge(&values(&[&proof.text()]), &mut trace, at(0)).unwrap_err();
        assert!(!format!("{trace:?} {error:?} {error}").contains("MARKER"), "{trace:?}");
        let fact = |field| trace.facts().iter().find(|fact| fact.field == field).map(|fact| fact.value.as_str());
        assert_eq!(fact(Field::Typ), Some("dpop+jwt"));
        assert_eq!(fact(Field::Alg), Some("ES256"));
        assert_eq!(fact(Field::Htm), Some("POST"));
        assert_eq!(fact(Field::Htu), Some("https://as.example/token"));
        assert_eq!(fact(Field::Iat), Some("1700000000"));
        assert_eq!(fact(Field::Time), Some("1700000000"));
        assert_eq!(fact(Field::Length), Some("10"));
        assert_eq!(fact(Field::Limit), Some(if site.nonces.is_some() { "300" } else { "60" }));
    }
}

#[test]
fn no_secret_is_in_any_debug() {
    let site = Site { access_token: Some(Secret::new("MARKER")), ..Site::with_nonces() };
    let proven = Site::default().check(&Proof::new().claim("jti", "MARKER").text()).unwrap();
    let token = site.access_token.as_ref().unwrap();
    assert!(!format!("{proven:?} {token:?} {:?}", site.nonces).contains("MARKER"));
}
