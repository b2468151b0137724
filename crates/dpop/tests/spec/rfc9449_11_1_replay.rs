//! Replay ids: no proof is accepted twice, and nothing is remembered for longer than that needs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{
    DpopError,
    types::{Alg, Digest, Issuer, Once},
};
use time::UtcDateTime;

use crate::support::{NOW, Proof, Site, URL, at, encode, nonces, seconds, signed, signer};

/// What a store does with replay ids: it refuses those that it has, and forgets them after their time.
#[derive(Default)]
struct Store(BTreeMap<Digest, UtcDateTime>);

impl Store {
    /// Whether the id is new.
    fn remember(&mut self, once: Once, now: UtcDateTime) -> bool {
        self.0.retain(|_, until| now <= *until);
        self.0.insert(once.key, once.until).is_none()
    }
}

/// Presents one proof at each second of a span, with a store, and gives the seconds at which it was accepted.
fn accepted(site: &Site, proof: &str, span: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut store = Store::default();
    span.filter(|second| match site.check_at(proof, at(*second)) {
        Ok(proven) => store.remember(proven.once(), at(*second)),
        Err(_) => false,
    })
    .collect()
}

#[test]
fn a088_a_proof_is_accepted_once_whenever_it_comes_first() {
    for first in -12..=62 {
        let once = accepted(&Site::default(), &Proof::new().text(), first..=75);
        let expected = first.max(-10);
        assert_eq!(once, if expected <= 60 { vec![expected] } else { Vec::new() }, "first at {first}");
    }
}

/// Another server remembered a proof for five minutes from its first use, while the proof lived until `iat` and five minutes:
/// used early, it was good again at the end.
#[test]
fn a088_a_proof_made_ahead_of_its_time_is_no_good_a_second_time_at_330_seconds() {
    let mut site = Site::default();
    site.policy.max_age = seconds(300);
    site.policy.future_leeway = seconds(60);
    let proof = Proof::new().claim("iat", NOW + 55).text();
    let times = [0, 150, 290, 300, 303, 330, 354, 355, 356, 400];
    assert_eq!(accepted(&site, &proof, times.into_iter()), [0]);
    assert!(site.check_at(&proof, at(355)).is_ok(), "by itself it is good to the end, so it is the store that refuses");
    assert!(site.check_at(&proof, at(356)).is_err());
    assert_eq!(site.check(&proof).unwrap().once().until, at(355), "from its `iat`, not from its first use");
}

#[test]
fn a131_an_id_is_kept_as_long_as_its_proof_could_be_accepted_and_no_longer() {
    for (site, proof) in [
        (Site::default(), Proof::new()),
        (Site::default(), Proof::new().claim("iat", NOW + 10)),
        (Site::with_nonces(), Proof::new().claim("nonce", nonces(7).issue(at(0)))),
        (Site::with_nonces(), Proof::new().claim("nonce", nonces(7).issue(at(-100))).claim("iat", NOW + 9_999_999)),
    ] {
        let text = proof.text();
        let until = site.check(&text).unwrap().once().until;
        assert!(site.check_at(&text, until).is_ok());
        assert!(site.check_at(&text, until + seconds(1)).is_err());
    }
}

#[test]
fn a131_an_id_is_a_hash_whatever_the_length_of_the_jti() {
    let key = |jti: &str| Site::default().check(&Proof::new().claim("jti", jti).text()).unwrap().once().key;
    assert_ne!(key(&"a".repeat(128)), key(&"a".repeat(127)));
    assert_eq!(key(&"a".repeat(128)).as_bytes().len(), 32);
}

#[test]
fn d9_the_id_is_of_tenant_kind_key_and_jti_each_with_its_length() {
    let proof = Proof::new();
    let once = Site::default().check(&proof.text()).unwrap();
    let jkt = once.jkt();
    let parts: [&[u8]; 4] = [b"https://as.example", b"dpop", jkt.as_bytes(), b"-BwC3ESc6acc2lTc"];
    let mut hashed = Vec::new();
    for part in parts {
        hashed.extend_from_slice(&u64::try_from(part.len()).unwrap().to_be_bytes());
        hashed.extend_from_slice(part);
    }
    let key = Digest::from_bytes(PROVIDER.sha256.digest(&[&hashed]));
    assert_eq!(once.once(), Once { key, issued: at(0), until: at(60) });

    // The same id for the same proof at another URL and with another method: nothing else is in it.
    let other = Site { method: "GET", ..Site::at_url("https://as.example/userinfo") };
    let text = proof.clone().claim("htm", "GET").claim("htu", "https://as.example/userinfo").text();
    assert_eq!(other.check(&text).unwrap().once().key, key);
    // Another tenant, another key, another jti: another id.
    let tenant = Site { tenant: Issuer::parse("https://other.example").unwrap(), ..Site::default() };
    assert_ne!(tenant.check(&proof.text()).unwrap().once().key, key);
    assert_ne!(Site::default().check(&Proof::of(Alg::Es384).text()).unwrap().once().key, key);
    assert_ne!(Site::default().check(&proof.claim("jti", "-BwC3ESc6acc2lT").text()).unwrap().once().key, key);
}

#[test]
fn a132_a_proof_that_did_not_hold_gives_no_id() {
    // A type of its own says it: only `ProvenKey` has an id, and only a check that held makes one.
    let text = Proof::new().text();
    let (input, _) = text.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", encode([7; 64]));
    assert_eq!(Site::default().check(&forged), Err(DpopError::Signature));
    let mut store = Store::default();
    for proof in [forged, Proof::new().claim("htm", "GET").text(), Proof::new().claim("iat", NOW - 61).text()] {
        if let Ok(proven) = Site::default().check(&proof) {
            store.remember(proven.once(), at(0));
        }
    }
    assert!(store.0.is_empty());
    // The honest proof with the same jti is as good as ever.
    assert!(store.remember(Site::default().check(&text).unwrap().once(), at(0)));
    assert!(!store.remember(Site::default().check(&text).unwrap().once(), at(1)));
}

#[test]
fn a131_two_spellings_of_one_proof_have_one_id() {
    // ECDSA signatures and JSON have many forms; the id does not depend on them.
    let proof = Proof::new();
    let pretty = signed(
        Alg::Es256,
        serde_json::to_string_pretty(&proof.header).unwrap(),
        proof.claims.to_string().replace("-BwC", "-\\u0042wC"),
    );
    let key = |text: &str| Site::default().check(text).unwrap().once().key;
    assert_eq!(key(&proof.text()), key(&pretty));
    assert_eq!(key(&proof.text()), key(&proof.claim("htu", "HTTPS://as.example:443/token").text()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_proof_is_accepted_twice_on_any_schedule(
        max_age in 1..400_i64,
        leeway in 0..=60_i64,
        lifetime in 1..400_i64,
        iat in -500..500_i64,
        nonce_from in prop::option::of(-500..500_i64),
        mut times in prop::collection::vec(-500..1000_i64, 1..24),
    ) {
        times.sort_unstable();
        let mut site = Site { nonces: nonce_from.map(|_| nonces(7)), ..Site::default() };
        site.policy.max_age = seconds(max_age);
        site.policy.future_leeway = seconds(leeway);
        site.policy.nonce_lifetime = seconds(lifetime);
        let nonce = nonce_from.map(|from| nonces(7).issue(at(from)));
        let proof = signer(Alg::Ed25519)
            .proof(&PROVIDER, "POST", URL, nonce.as_deref(), None, at(iat))
            .unwrap();
        let good = |second: i64| match nonce_from {
            Some(from) => from - 10 <= second && second <= from + lifetime,
            None => iat - leeway <= second && second <= iat + max_age,
        };
        let once = accepted(&site, proof.expose(), times.iter().copied());
        prop_assert_eq!(once, times.into_iter().find(|second| good(*second)).into_iter().collect::<Vec<_>>());
    }
}
