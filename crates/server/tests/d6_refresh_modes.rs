//! Security decision D6 in whole requests: what a client hears in each mode.
#[cfg(test)]
mod support;

use support::{
    Bench, Tokens, app, form, plan, policy, ready, redeem, redeem_form, refresh, refused, spa, status_and_error,
};
use symbolon_dpop::ProofSigner;
use symbolon_policy::{Contradiction, MAX_NODE_CLOCK_DIFFERENCE, Policy, RefreshMode};
use symbolon_server::{
    ApiMisuse, Endpoint, Found, Grant, GrantStatus, ServerKey, Settled,
    jose::SigningKey,
    types::{Issuer, RequestParts, Rule, Secret},
};
use symbolon_store::Store as _;
use symbolon_testkit::{keys, now};
use time::{Duration, UtcDateTime};

#[cfg(test)]
const GRACE: Duration = Duration::seconds(30);

#[cfg(test)]
fn bench(mode: RefreshMode, change: impl FnOnce(&mut Policy)) -> Bench {
    let policy = policy(|policy| {
        policy.refresh.mode = mode;
        change(policy);
    });
    assert_eq!(policy.check(), Ok(()));
    Bench::with(policy, plan())
}

#[cfg(test)]
fn graceful() -> Bench {
    bench(RefreshMode::SingleSuccessor { grace: GRACE }, |_| {})
}

#[cfg(test)]
fn stable() -> Bench {
    bench(RefreshMode::Stable, |policy| policy.refresh.public_clients = false)
}

#[cfg(test)]
fn public_refresh(token: &Secret) -> RequestParts {
    form(format!("grant_type=refresh_token&refresh_token={}&client_id=spa", token.expose()))
}

#[cfg(test)]
fn proof_key() -> ProofSigner {
    let crypto = symbolon_crypto_ring::PROVIDER;
    ProofSigner::new(&crypto, SigningKey::from_pem(&crypto, keys::P256, None).unwrap()).unwrap()
}

#[cfg(test)]
fn first(bench: &Bench) -> Secret {
    Tokens::of(bench.send(redeem(&bench.code(&app())))).refresh().clone()
}

/// The next refresh token, of a request at this moment.
#[cfg(test)]
fn next(bench: &Bench, token: &Secret, at: UtcDateTime) -> Secret {
    Tokens::of(bench.send_at(refresh(token), at)).refresh().clone()
}

#[cfg(test)]
fn answer(settled: Settled) -> (u16, String) {
    status_and_error(settled)
}

#[test]
fn a_lost_answer_comes_again_within_the_grace_with_the_same_refresh_token_and_is_told_apart() {
    let bench = graceful();
    let one = first(&bench);
    let settled = bench.send(refresh(&one));
    assert!(!settled.is_refresh_retry());
    let two = Tokens::of(settled);
    let settled = bench.send_at(refresh(&one), now() + GRACE + MAX_NODE_CLOCK_DIFFERENCE);
    assert!(settled.is_refresh_retry(), "an event for the operator");
    let again = Tokens::of(settled);
    assert_eq!(again.refresh(), two.refresh(), "one generation, one text");
    assert_ne!(again.access, two.access);
    for access in [&two.access, &again.access] {
        assert_eq!(bench.userinfo(access).status(), 200);
    }
    assert_eq!(again.body["refresh_token_expires_in"], serde_json::Value::Null, "the policy names no member");
    next(&bench, two.refresh(), now() + GRACE);
}

#[test]
fn rfc9700_4_14_2_a_moment_after_the_grace_it_is_a_replay_and_revokes_the_family() {
    let bench = graceful();
    let one = first(&bench);
    let two = next(&bench, &one, now());
    let late = now() + GRACE + MAX_NODE_CLOCK_DIFFERENCE + Duration::nanoseconds(1);
    assert_eq!(answer(bench.send_at(refresh(&one), late)), refused(400, "invalid_grant"));
    assert_eq!(answer(bench.send_at(refresh(&two), late)), refused(400, "invalid_grant"), "revoked");
}

#[test]
fn d6_once_the_successor_was_used_its_predecessor_is_a_replay() {
    let bench = graceful();
    let one = first(&bench);
    let two = next(&bench, &one, now());
    let three = next(&bench, &two, now());
    assert_eq!(answer(bench.send(refresh(&one))), refused(400, "invalid_grant"));
    assert_eq!(answer(bench.send(refresh(&three))), refused(400, "invalid_grant"), "revoked");
}

#[test]
fn d6_after_three_retries_of_one_generation_or_two_generations_in_a_row_a_family_is_strict() {
    let bench = graceful();
    let one = first(&bench);
    let two = next(&bench, &one, now());
    for _ in 0..3 {
        assert_eq!(next(&bench, &one, now()), two);
    }
    assert_eq!(answer(bench.send(refresh(&one))), refused(400, "invalid_grant"), "the fourth");

    let one = first(&bench);
    let two = next(&bench, &one, now());
    next(&bench, &one, now());
    let three = next(&bench, &two, now());
    next(&bench, &two, now());
    let four = next(&bench, &three, now());
    assert_eq!(answer(bench.send(refresh(&three))), refused(400, "invalid_grant"), "the third generation in a row");
    assert_eq!(answer(bench.send(refresh(&four))), refused(400, "invalid_grant"), "revoked");

    // A generation without a retry between them begins the count anew.
    let one = first(&bench);
    let two = next(&bench, &one, now());
    next(&bench, &one, now());
    let three = next(&bench, &two, now());
    let four = next(&bench, &three, now());
    assert_eq!(next(&bench, &three, now()), four);
    assert_eq!(bench.send(refresh(&four)).status(), 200);
}

#[test]
fn d6_a_public_client_without_a_bound_key_has_no_grace_unless_the_policy_is_looser() {
    let key = proof_key();
    let run = |bench: &Bench, is_bound: bool| {
        let with = |parts: RequestParts| {
            let proof = key.proof(&bench.crypto, "POST", bench.endpoint().url(), None, None, now()).unwrap();
            if is_bound { parts.dpop(proof.expose().as_bytes()) } else { parts }
        };
        let code = bench.code(&spa());
        let one = Tokens::of(bench.send(with(form(format!("{}&client_id=spa", redeem_form(&code))))));
        Tokens::of(bench.send(with(public_refresh(one.refresh()))));
        bench.send(with(public_refresh(one.refresh()))).status()
    };
    let looser = || {
        let mode = RefreshMode::SingleSuccessor { grace: GRACE };
        bench(mode, |policy| policy.refresh.legacy_grace_without_binding = true)
    };
    assert_eq!([run(&graceful(), false), run(&graceful(), true), run(&looser(), false)], [400, 200, 200]);
}

#[test]
fn d6_whoever_comes_again_shows_the_key_that_it_showed_first() {
    let mode = RefreshMode::SingleSuccessor { grace: GRACE };
    let bench = bench(mode, |policy| policy.refresh.legacy_grace_without_binding = true);
    let thief = proof_key();
    let with_key = |token: &Secret| {
        let proof = thief.proof(&bench.crypto, "POST", bench.endpoint().url(), None, None, now()).unwrap();
        public_refresh(token).dpop(proof.expose().as_bytes())
    };
    let stolen = || Tokens::of(bench.send(form(format!("{}&client_id=spa", redeem_form(&bench.code(&spa()))))));
    let one = stolen();
    let two = Tokens::of(bench.send(with_key(one.refresh())));
    let again = Tokens::of(bench.send(with_key(one.refresh())));
    assert_eq!(again.refresh(), two.refresh(), "the same key");

    let one = stolen();
    let two = Tokens::of(bench.send(with_key(one.refresh())));
    assert_eq!(answer(bench.send(public_refresh(one.refresh()))), refused(400, "invalid_grant"), "somebody else");
    assert_eq!(answer(bench.send(with_key(two.refresh()))), refused(400, "invalid_grant"), "revoked");

    // The other way round: a key that was not shown first binds nothing.
    let one = stolen();
    let two = Tokens::of(bench.send(public_refresh(one.refresh())));
    assert_eq!(answer(bench.send(with_key(one.refresh()))), refused(400, "invalid_grant"), "somebody else");
    assert_eq!(answer(bench.send(public_refresh(two.refresh()))), refused(400, "invalid_grant"), "revoked");
}

#[test]
fn d2_who_loses_the_race_may_come_again_and_revokes_nothing() {
    let bench = graceful();
    let one = first(&bench);
    let decide = || ready(bench.driver.decide(refresh(&one), now()));
    let (winner, loser) = (decide(), decide());
    let two = Tokens::of(ready(bench.driver.finish(winner)));
    let settled = ready(bench.driver.finish(loser));
    assert_eq!(settled.reason().unwrap().rule(), Rule::RefreshUncontended);
    let response = settled.into_response();
    assert_eq!((response.status(), response.header("retry-after")), (503, Some("5")));
    let again = Tokens::of(bench.send(refresh(&one)));
    assert_eq!(again.refresh(), two.refresh());
    // Two retries at once: one is answered, and one is told of.
    let (winner, loser) = (decide(), decide());
    let settled = [winner, loser].map(|decided| ready(bench.driver.finish(decided)));
    assert_eq!(settled.each_ref().map(|one| (one.status(), one.is_refresh_retry())), [(200, true), (503, false)]);

    // Where nothing is forgiven, two that come at once are a theft.
    let strict = Bench::new();
    let one = first(&strict);
    let decide = || ready(strict.driver.decide(refresh(&one), now()));
    let (winner, loser) = (decide(), decide());
    let two = Tokens::of(ready(strict.driver.finish(winner)));
    assert_eq!(answer(ready(strict.driver.finish(loser))), refused(400, "invalid_grant"));
    assert_eq!(answer(strict.send(refresh(two.refresh()))), refused(400, "invalid_grant"));
}

#[test]
fn fapi_2_5_3_2_1_a_stable_token_comes_again_and_again_and_lives_on_with_each_use() {
    let bench = stable();
    let one = first(&bench);
    let idle = bench.endpoint().policy().refresh.idle_lifetime;
    let mut at = now();
    for _ in 0..3 {
        let tokens = Tokens::of(bench.send_at(refresh(&one), at));
        assert!(tokens.body.get("refresh_token").is_none(), "the client keeps what it has (RFC 6749 §6)");
        at += idle - Duration::SECOND;
    }
    at += Duration::seconds(2);
    assert_eq!(answer(bench.send_at(refresh(&one), at)), refused(400, "invalid_grant"), "unused for too long");
    // Two at once are two.
    let one = first(&bench);
    let decide = || ready(bench.driver.decide(refresh(&one), now()));
    for decided in [decide(), decide()] {
        assert_eq!(ready(bench.driver.finish(decided)).status(), 200);
    }
}

#[test]
fn r40_the_lifetime_of_a_token_that_stays_is_told_with_every_answer() {
    let told = |member| {
        let bench = bench(RefreshMode::Stable, |policy| {
            policy.refresh.public_clients = false;
            policy.response.refresh_expiry_member = member;
        });
        let tokens = Tokens::of(bench.send(refresh(&first(&bench))));
        (tokens.body["refresh_token_expires_in"].clone(), bench.endpoint().policy().refresh.idle_lifetime)
    };
    let (seconds, idle) = told(Some("refresh_token_expires_in"));
    assert_eq!(seconds, idle.whole_seconds());
    assert!(told(None).0.is_null(), "the policy names no member");
}

#[test]
fn d3_a_token_that_stays_is_not_extended_once_another_node_rotated_it() {
    let (graceful, stable) = (graceful(), stable());
    let one = first(&graceful);
    // Both begin with the same randomness: on, to where no id of a commit is the other's.
    for _ in 0..8 {
        first(&stable);
    }
    let decide = || {
        let received = stable.endpoint().receive(refresh(&one)).unwrap();
        let found = Found::client(ready(graceful.store().client("app")).unwrap());
        let Grant::RefreshToken(grant) = received.authenticate(found, now()).unwrap().into_grant().unwrap() else {
            panic!("that is what was asked for")
        };
        let row = ready(graceful.store().family(grant.family())).unwrap();
        grant.rotate(row, GrantStatus::Active, now()).unwrap().issue(&plan(), now()).unwrap()
    };
    let in_time = decide();
    let answer = ready(graceful.store().apply(in_time.commit())).unwrap();
    assert_eq!(in_time.settle(answer).status(), 200);
    let late = decide();
    next(&graceful, &one, now());
    let answer = ready(graceful.store().apply(late.commit())).unwrap();
    let settled = late.settle(answer);
    assert_eq!((settled.reason().unwrap().rule(), settled.status()), (Rule::RefreshUncontended, 503));
}

#[test]
fn a_stable_family_ends_however_often_it_is_used() {
    let bench = stable();
    let one = first(&bench);
    let (idle, ends) = {
        let refresh = bench.endpoint().policy().refresh;
        (refresh.idle_lifetime, now() + refresh.max_lifetime)
    };
    let mut at = now();
    while at + idle < ends {
        at += idle - Duration::SECOND;
        assert_eq!(bench.send_at(refresh(&one), at).status(), 200);
    }
    assert_eq!(bench.send_at(refresh(&one), ends - Duration::SECOND).status(), 200);
    assert_eq!(answer(bench.send_at(refresh(&one), ends)), refused(400, "invalid_grant"));
}

#[test]
fn d28_refresh_tokens_of_public_clients_that_do_not_rotate_make_no_endpoint() {
    let policy = policy(|policy| policy.refresh.mode = RefreshMode::Stable);
    let issuer = Issuer::parse(support::ISSUER).unwrap();
    let key = ServerKey::new("k1", [7; 32]);
    let url = "https://as.example/token";
    let endpoint = Endpoint::builder(issuer, url, symbolon_crypto_ring::PROVIDER, key).policy(policy).build();
    assert_eq!(endpoint.err(), Some(ApiMisuse::Policy(Contradiction::StableForPublicClients)));
}

#[test]
fn a_change_of_the_mode_keeps_what_was_superseded_superseded() {
    let graceful = graceful();
    let one = first(&graceful);
    let two = next(&graceful, &one, now());
    // The same row under another policy.
    let later = stable();
    let outcome = |token: &Secret| {
        let received = later.endpoint().receive(refresh(token)).unwrap();
        let found = Found::client(ready(later.store().client("app")).unwrap());
        let request = received.authenticate(found, now()).unwrap();
        let Grant::RefreshToken(grant) = request.into_grant().unwrap() else { panic!("a refresh") };
        let row = ready(graceful.store().family(grant.family())).unwrap();
        grant.rotate(row, GrantStatus::Active, now()).err().map(|refusal| refusal.reason().rule())
    };
    assert_eq!((outcome(&one), outcome(&two)), (Some(Rule::RefreshCurrent), None));
}
