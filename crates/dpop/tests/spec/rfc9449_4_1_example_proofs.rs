//! The proofs of the RFC itself, taken at their time and refused with one thing changed.

use serde_json::Value;
use symbolon_dpop::{
    DpopError, TargetUri,
    types::{Secret, Trace},
};
use time::{Duration, UtcDateTime};

use crate::support::{Site, seconds, values};

struct Example {
    proof: String,
    now: UtcDateTime,
    site: Site,
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/rfc9449_dpop.json")).unwrap()
}

fn examples() -> Vec<Example> {
    let vectors = vectors();
    let proofs = vectors["proofs"].as_array().unwrap();
    let examples: Vec<Example> = proofs
        .iter()
        .map(|example| {
            let request = &example["request"];
            let site = Site {
                method: if request["method"] == "GET" { "GET" } else { "POST" },
                access_token: request["access_token"].as_str().map(Secret::new),
                ..Site::at_url(request["uri"].as_str().unwrap())
            };
            let now = UtcDateTime::from_unix_timestamp(example["clock_unix_seconds"].as_i64().unwrap()).unwrap();
            Example { proof: example["proof"].as_str().unwrap().into(), now, site }
        })
        .collect();
    assert_eq!(examples.len(), 3);
    examples
}

#[test]
fn every_example_is_taken_at_its_time_and_shows_the_key_of_6_1() {
    let jkt = vectors()["jkt"].as_str().unwrap().to_owned();
    for example in examples() {
        let proven = example.site.check_at(&example.proof, example.now).unwrap();
        assert_eq!(proven.jkt().to_base64url(), jkt);
        assert_eq!(proven.confirmation().jkt, Some(proven.jkt()));
        assert_eq!(proven.confirmation().x5t_s256, None);
        assert!(!proven.wants_nonce());
    }
}

#[test]
fn the_first_two_examples_have_one_jti_and_so_one_replay_id() {
    let [first, second, third] = examples().try_into().ok().unwrap();
    let key = |example: &Example| example.site.check_at(&example.proof, example.now).unwrap().once().key;
    assert_eq!(key(&first), key(&second));
    assert_ne!(key(&first), key(&third));
}

#[test]
fn every_example_is_refused_with_one_thing_changed() {
    for example in examples() {
        let Example { proof, now, site } = &example;
        assert!(matches!(site.check_at(proof, *now + seconds(61)), Err(DpopError::Iat { .. })));
        assert!(matches!(site.check_at(proof, *now - seconds(11)), Err(DpopError::Iat { .. })));
        assert!(site.check_at(proof, *now + Duration::MINUTE).is_ok(), "the bound is inclusive");

        let other = Site { method: "PUT", access_token: site.access_token.clone(), ..Site::at_url(site.url.as_str()) };
        assert_eq!(other.check_at(proof, *now), Err(DpopError::Htm));
        let url = TargetUri::parse("https://server.example.org/token").unwrap();
        let other = Site { method: site.method, access_token: site.access_token.clone(), url, ..Site::default() };
        assert_eq!(other.check_at(proof, *now), Err(DpopError::Htu));

        // Every character of the text: a changed bit anywhere, and it is no proof any more.
        for place in 0..proof.len() {
            let mut changed = proof.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let refused = site.judge(&values(&[&changed]), &mut Trace::stop_at_first(), *now);
            assert!(refused.is_err(), "character {place}");
        }
    }
}

#[test]
fn the_example_with_an_access_token_is_refused_beside_another_one() {
    let Example { proof, now, mut site } = examples().pop().unwrap();
    let token = site.access_token.take().unwrap();
    assert!(site.check_at(&proof, now).is_ok(), "`ath` is ignored where no token is");
    site.access_token = Some(Secret::new(format!("{}V", token.expose())));
    assert_eq!(site.check_at(&proof, now), Err(DpopError::Ath));
}
