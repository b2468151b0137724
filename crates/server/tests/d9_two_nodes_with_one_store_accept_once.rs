//! Security decisions D5 and D9, RFC 7523 §3 item 7, RFC 9449 §11.1: two nodes whose clocks differ share a store that is
//! cleaned all the time; an assertion and a proof are accepted once, and their ids are kept as long as that needs.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]
#[cfg(test)]
mod support;

use proptest::{prelude::*, test_runner::RngSeed};
use support::{Bench, basic, plan, policy, signed, signing_key};
use symbolon_dpop::ProofSigner;
use symbolon_policy::DpopNonce;
use symbolon_server::{
    Change, Guard, Refusal,
    client_auth::{AssertionSigner, ClientAuthentication},
    types::{ClientId, Once, RequestParts},
};
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

/// What is to be good once.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
enum Kind {
    Assertion,
    Proof,
    ProofWithNonce,
}

#[cfg(test)]
const CLIENT_CREDENTIALS: &str = "grant_type=client_credentials";

/// A request whose assertion or proof was made when the client's clock said `at`; the nonce was given at `seen`.
#[cfg(test)]
fn request(bench: &Bench, kind: Kind, at: UtcDateTime, seen: UtcDateTime) -> impl Fn() -> RequestParts {
    let (mut body, mut proof) = (String::new(), Vec::new());
    if let Kind::Assertion = kind {
        let signer = AssertionSigner::new(signing_key(), bench.endpoint().issuer());
        let half = ClientAuthentication::PrivateKeyJwt(signer);
        let applied = half.apply(&bench.crypto, &ClientId::parse("signer").unwrap(), at).unwrap();
        body = applied.parameters[2].1.expose().to_owned();
    } else {
        let signer = ProofSigner::new(&bench.crypto, signing_key()).unwrap();
        let url = bench.endpoint().url();
        let make = |nonce: Option<&str>, at| signer.proof(&bench.crypto, "POST", url, nonce, None, at).unwrap();
        let nonce = match kind {
            Kind::ProofWithNonce => {
                let without = basic(CLIENT_CREDENTIALS).dpop(make(None, seen).expose().as_bytes());
                let response = bench.send_at(without, seen).into_response();
                Some(response.header("dpop-nonce").unwrap().to_owned())
            }
            _ => None,
        };
        proof = make(nonce.as_deref(), at).expose().as_bytes().to_vec();
    }
    move || match kind {
        Kind::Assertion => signed(&body, CLIENT_CREDENTIALS),
        _ => basic(CLIENT_CREDENTIALS).dpop(&proof),
    }
}

/// What would be remembered if it came at this time, and nothing was; `None`: it is refused.
#[cfg(test)]
fn judged(bench: &Bench, parts: RequestParts, at: UtcDateTime) -> Option<Once> {
    let outcome = support::ready(bench.driver.decide(parts, at)).map_err(Refusal::into_outcome).ok()?;
    let remembered = |guard: &Guard| match guard.change() {
        Change::Remember(once) => Some(*once),
        _ => None,
    };
    let ids: Vec<_> = outcome.commit().guards().iter().filter_map(remembered).collect();
    let [once] = ids[..] else { panic!("{ids:?}") };
    Some(once)
}

#[cfg(test)]
fn strategy() -> impl Strategy<Value = (Kind, i64, i64, i64, i64, i64)> {
    let kind = prop_oneof![Just(Kind::Assertion), Just(Kind::Proof), Just(Kind::ProofWithNonce)];
    // How long it is good, the client's clock against ours, the leeway for the future, the clock of the second node against
    // that of the first, a step of the clock in milliseconds.
    (kind, 1..=120_i64, -200..=200_i64, 0..=60_i64, -10..=10_i64, 251..=4_999_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a051_a132_nothing_is_accepted_twice_and_no_id_is_kept_for_longer_than_two_nodes_need(
        (kind, life, ahead, leeway, apart, step) in strategy()
    ) {
        let bench = Bench::with(
            policy(|policy| {
                policy.assertion.max_lifetime = Duration::seconds(120);
                policy.assertion.future_leeway = Duration::seconds(leeway);
                policy.dpop.future_leeway = Duration::seconds(leeway);
                policy.dpop.max_age = Duration::seconds(life);
                policy.dpop.nonce_lifetime = Duration::seconds(life);
                if let Kind::ProofWithNonce = kind {
                    policy.dpop.nonce = DpopNonce::Required;
                }
            }),
            plan(),
        );
        let send = request(&bench, kind, now() + Duration::seconds(ahead), now());
        let (mut times, mut last) = (0, None);
        let mut at = now() - Duration::seconds(220);
        let mut second = false;
        while at < now() + Duration::seconds(400) {
            let nodes = [at, at + Duration::seconds(apart)];
            let node = nodes[usize::from(second)];
            second = !second;
            if let Some(once) = judged(&bench, send(), node) {
                last = Some((node, once));
            }
            if bench.send_at(send(), node).status() == 200 {
                times += 1;
            }
            // The one whose clock is ahead cleans.
            bench.store().clean(nodes[0].max(nodes[1]));
            at += Duration::milliseconds(step);
        }
        prop_assert_eq!(times, i32::from(last.is_some()), "as often as it was good at all");
        if let Some((node, once)) = last {
            prop_assert!(node <= once.until);
            prop_assert!(judged(&bench, send(), once.until + Duration::nanoseconds(1)).is_none());

            // In a store with room for one id this one takes it for as long as a node behind needs, and no longer.
            bench.store().clean(now() + Duration::hours(1));
            let store = bench.store().clone().with_max_ids(1);
            prop_assert_eq!(bench.send_at(send(), node).status(), 200, "it is empty");
            let (kept, over) = (once.keep_until(), once.keep_until() + Duration::nanoseconds(1));
            let other = request(&bench, kind, kept, kept);
            for (moment, status) in [(kept, 503), (over, 200)] {
                store.clean(moment);
                prop_assert_eq!(bench.send_at(other(), moment).status(), status);
            }
        }
    }
}
