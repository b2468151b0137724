//! Security decision D9 and RFC 7523 §3 item 7: whatever the clock does, an assertion is accepted once, and its id is kept
//! as long as it could be accepted and no longer.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]
#[cfg(test)]
mod support;

use std::collections::HashMap;

use proptest::{prelude::*, test_runner::RngSeed};
use support::{Bench, plan, policy, signed, signing_key};
use symbolon_policy::Policy;
use symbolon_server::{
    Change, Found, Grant,
    client_auth::{AssertionSigner, ClientAuthentication},
    types::{ClientId, Digest, Once, Rule},
};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

/// What would be remembered if the request came at this time; `None`: it is refused.
#[cfg(test)]
fn accepted(bench: &Bench, assertion: &str, at: UtcDateTime) -> Option<Once> {
    let received = bench.endpoint().receive(signed(assertion, "grant_type=client_credentials")).unwrap();
    let client = support::ready(bench.store().client("signer")).unwrap();
    let request = received.authenticate(Found::client(client), at).ok()?;
    let Ok(Grant::ClientCredentials(grant)) = request.into_grant() else { panic!("that is what was asked for") };
    let outcome = grant.authorize(support::scope()).unwrap().issue(&plan(), at).unwrap();
    let ids = outcome.commit().guards().iter().filter_map(|guard| match guard.change() {
        Change::Remember(once) => Some((guard.rule(), *once)),
        _ => None,
    });
    let ids: Vec<_> = ids.collect();
    let [(Rule::AssertionOnce, once)] = ids[..] else { panic!("{ids:?}") };
    Some(once)
}

#[cfg(test)]
fn strategy() -> impl Strategy<Value = (i64, i64, i64, i64, i64)> {
    // Lifetime of the assertion, the client's clock against ours, both leeways, a step of the clock in milliseconds.
    (1..=300_i64, -400..=400_i64, 0..=60_i64, 0..=60_i64, 251..=4_999_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(9), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a051_no_assertion_is_accepted_twice_and_no_id_is_kept_for_longer_than_needed(
        (lifetime, ahead, exp_leeway, future_leeway, step) in strategy()
    ) {
        let policy: Policy = policy(|policy| {
            policy.assertion.exp_leeway = Duration::seconds(exp_leeway);
            policy.assertion.future_leeway = Duration::seconds(future_leeway);
        });
        let bench = Bench::with(policy, plan());
        let issued = now() + Duration::seconds(ahead);
        let signer = AssertionSigner::new(signing_key(), bench.endpoint().issuer())
            .with_lifetime(Duration::seconds(lifetime));
        let client_id = ClientId::parse("signer").unwrap();
        let applied = ClientAuthentication::PrivateKeyJwt(signer).apply(&bench.crypto, &client_id, issued).unwrap();
        let assertion = applied.parameters[2].1.expose();

        // A store on this node alone, which drops an id after the last moment at which its JWT could be accepted.
        let mut kept: HashMap<Digest, Once> = HashMap::new();
        let (mut times, mut last) = (0, None);
        let (from, to) = (now() - Duration::seconds(60), now() + Duration::seconds(900));
        let mut at = from;
        while at < to {
            kept.retain(|_, once| at <= once.until);
            if let Some(once) = accepted(&bench, assertion, at) {
                last = Some((at, once));
                if kept.insert(once.key, once).is_none() {
                    times += 1;
                }
            }
            at += Duration::milliseconds(step);
        }
        prop_assert!(times <= 1, "accepted {times} times");
        if let Some((at, once)) = last {
            // The bound is tight: one moment before it the JWT is still good, at it never.
            prop_assert!(at < once.until);
            prop_assert!(accepted(&bench, assertion, once.until - Duration::nanoseconds(1)).is_some());
            prop_assert!(accepted(&bench, assertion, once.until).is_none());
            prop_assert_eq!(once.issued, issued);
        }
    }
}
