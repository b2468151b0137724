//! Nonces of the server: fresh, ageing, over, or somebody else's.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{
    DpopError, NonceFault, Nonces, ProvenKey,
    jose::JwtError,
    types::{ErrorCode, Rule},
};

use crate::support::{NOW, Proof, Site, at, encode, nonces, seconds};

fn with_nonce(nonce: impl Into<Value>) -> Proof {
    Proof::new().claim("nonce", nonce)
}

/// What becomes, so many seconds after now, of a proof with a nonce that was given now.
fn judged(seconds_from_now: i64) -> Result<ProvenKey, DpopError> {
    Site::with_nonces().check_at(&with_nonce(nonces(7).issue(at(0))).text(), at(seconds_from_now))
}

fn fault(site: &Site, proof: &Proof) -> NonceFault {
    match site.check(&proof.text()) {
        Err(DpopError::Nonce { fault }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a086_a_nonce_is_good_for_five_minutes_and_then_over() {
    for (seconds, wants_nonce) in [(0, false), (149, false), (150, true), (151, true), (300, true)] {
        let proven = judged(seconds).unwrap();
        assert_eq!(proven.wants_nonce(), wants_nonce, "{seconds}");
    }
    assert_eq!(judged(301), Err(DpopError::Nonce { fault: NonceFault::Over }));
}

#[test]
fn a086_a_nonce_of_the_future_is_taken_only_as_far_as_clocks_of_nodes_differ() {
    assert!(judged(-10).is_ok());
    assert_eq!(judged(-11), Err(DpopError::Nonce { fault: NonceFault::NotOurs }));
}

#[test]
fn a086_a_proof_without_a_nonce_or_with_a_strange_one_is_told_to_come_again() {
    let site = Site::with_nonces();
    let nonce = nonces(7).issue(at(0));
    assert_eq!(fault(&site, &Proof::new()), NonceFault::Missing);
    let strange = [
        String::new(),
        "x".into(),
        "eyJ7S_zG.eyJH0-Z.HX4w-7v".into(),
        nonces(8).issue(at(0)),
        format!("{nonce}="),
        format!("{nonce}A"),
        format!("{nonce}AAAA"),
        format!(" {nonce}"),
        nonce[..53].into(),
        nonce[..50].into(),
        nonce.to_ascii_lowercase(),
        // The right second without a tag, and with one that covers it alone.
        encode(NOW.to_be_bytes()),
        encode([&NOW.to_be_bytes()[..], &PROVIDER.hmac_sha256.load(&[7; 32]).sign(&[&NOW.to_be_bytes()])].concat()),
    ];
    for nonce in strange {
        assert_eq!(fault(&site, &with_nonce(nonce.clone())), NonceFault::NotOurs, "{nonce}");
    }
    for place in 0..nonce.len() {
        let mut changed = nonce.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(fault(&site, &with_nonce(changed)), NonceFault::NotOurs, "{place}");
    }
    assert_eq!(Rule::DpopNonce.code(), Some(ErrorCode::UseDpopNonce));
}

#[test]
fn a_nonce_of_the_wrong_type_is_no_reason_to_come_again() {
    for nonce in [json!(1), json!(null), json!([nonces(7).issue(at(0))]), json!({}), json!(true)] {
        let refused = Site::with_nonces().check(&with_nonce(nonce.clone()).text()).unwrap_err();
        assert_eq!(refused, DpopError::Syntax { cause: JwtError::InvalidClaim { name: "nonce" } }, "{nonce}");
        assert_eq!(refused.rule().code(), Some(ErrorCode::InvalidDpopProof));
    }
}

#[test]
fn a086_where_no_nonce_is_ever_sent_a_proof_with_one_is_refused() {
    for nonce in [json!(nonces(7).issue(at(0))), json!("x"), json!(""), json!(1), json!(null)] {
        let refused = Site::default().check(&with_nonce(nonce).text()).unwrap_err();
        assert_eq!(refused, DpopError::NonceUnasked);
        assert_eq!(refused.rule().code(), Some(ErrorCode::InvalidDpopProof));
    }
}

#[test]
fn a_nonce_is_asked_for_only_where_the_rest_before_it_holds() {
    // A fresh nonce would not help any of these.
    let site = Site::with_nonces();
    for (proof, refused) in [
        (Proof::new().claim("htm", "GET"), DpopError::Htm),
        (Proof::new().claim("htu", "https://rs.example"), DpopError::Htu),
        (Proof::new().without_claim("jti"), DpopError::Jti),
        (Proof::new().without_member("typ"), DpopError::Typ),
    ] {
        assert_eq!(site.check(&proof.text()), Err(refused));
    }
    // What is judged after it waits for the proof with the nonce.
    assert_eq!(fault(&site, &Proof::new().without_claim("iat")), NonceFault::Missing);
}

#[test]
fn with_a_nonce_iat_is_there_and_not_judged() {
    let nonce = nonces(7).issue(at(0));
    for iat in [json!(NOW - 100_000), json!(NOW + 100_000), json!(0), json!(1.5)] {
        let proven = Site::with_nonces().check(&with_nonce(nonce.as_str()).claim("iat", iat).text()).unwrap();
        assert_eq!(
            proven.once().issued,
            at(0),
            "a store that lost its memory goes by the nonce, not by the peer's clock"
        );
        assert_eq!(proven.once().until, at(300));
    }
    for iat in [json!("1700000000"), json!(null), json!(-1), json!(1e300), json!([NOW])] {
        let refused = Site::with_nonces().check(&with_nonce(nonce.as_str()).claim("iat", iat).text());
        assert_eq!(refused, Err(DpopError::Iat { age: None }));
    }
    let refused = Site::with_nonces().check(&with_nonce(nonce.as_str()).without_claim("iat").text());
    assert_eq!(refused, Err(DpopError::Iat { age: None }));
}

#[test]
fn nodes_with_one_key_agree_and_an_old_key_is_known_for_a_while() {
    let hmac = |key: u8| PROVIDER.hmac_sha256.load(&[key; 32]);
    let old_nonce = with_nonce(nonces(6).issue(at(0))).text();
    let turned = Site { nonces: Some(Nonces::new(hmac(7)).with_old(hmac(5)).with_old(hmac(6))), ..Site::default() };
    assert!(turned.check(&old_nonce).is_ok());
    assert!(turned.check(&with_nonce(nonces(7).issue(at(0))).text()).is_ok());
    assert!(matches!(Site::with_nonces().check(&old_nonce), Err(DpopError::Nonce { fault: NonceFault::NotOurs })));
    let given = turned.nonces.as_ref().unwrap().issue(at(0));
    assert_eq!(given, nonces(7).issue(at(0)), "given by the current key, by any node");
}

#[test]
fn a_nonce_is_in_the_grammar_and_not_to_be_guessed() {
    let nonces = nonces(7);
    let (one, next) = (nonces.issue(at(0)), nonces.issue(at(1)));
    for nonce in [&one, &next] {
        assert!(nonce.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet)), "{nonce}");
    }
    // Nothing of the tag carries over from one second to the next.
    let same = one[12..].bytes().zip(next[12..].bytes()).filter(|(a, b)| a == b).count();
    assert!(same < 10, "{same} of 42 characters");
    assert!(!format!("{nonces:?}").contains('7'), "no key is shown");
}

#[test]
fn moments_at_the_edges_of_time_break_nothing() {
    for edge in [time::UtcDateTime::MIN, time::UtcDateTime::MAX, time::UtcDateTime::UNIX_EPOCH - seconds(1)] {
        let nonce = nonces(7).issue(edge);
        let site = Site::with_nonces();
        let proof = with_nonce(nonce).text();
        assert!(site.check_at(&proof, edge).is_ok());
        let _ = (site.check_at(&proof, time::UtcDateTime::MIN), site.check_at(&proof, time::UtcDateTime::MAX));
    }
    // A second that is none, under a right tag.
    let hmac = PROVIDER.hmac_sha256.load(&[7; 32]);
    let tag = hmac.sign(&[b"DPoP-Nonce", &i64::MAX.to_be_bytes()]);
    let nonce = encode([&i64::MAX.to_be_bytes()[..], &tag].concat());
    assert_eq!(fault(&Site::with_nonces(), &with_nonce(nonce)), NonceFault::NotOurs);
}
