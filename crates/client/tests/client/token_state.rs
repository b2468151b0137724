//! One access token for many requests: whether it is used, when it is renewed, and by whom.

use proptest::prelude::*;
use serde_json::{Value, json};
use symbolon_client::{
    AuthorizationPlan, Fate, Outcome, RefreshPlan, TokenAdvice, TokenState, Tokens, WhatToDo, types::Secret,
};
use time::{Duration, UtcDateTime};

use crate::party::{REFRESH_TOKEN, SignIn, client, now, published, scope, sign, tokens};

fn at(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

/// Tokens that came at `now`, of an hour if nothing else is said.
fn had(members: Value) -> Tokens {
    let (_, pending) = client().client_credentials(Some(scope("read")), now()).unwrap().ready().unwrap();
    tokens(pending, members).without_id_token().unwrap()
}

fn hour() -> Tokens {
    had(json!({}))
}

fn asking() -> TokenState {
    let mut state = TokenState::new();
    state.took(hour());
    state
}

fn of_user() -> TokenState {
    TokenState::of_user(had(json!({ "refresh_token": REFRESH_TOKEN })))
}

/// The one who was chosen says what came of it.
fn fail(state: &mut TokenState, outcome: Outcome, at: UtcDateTime) {
    let flight = state.flight().expect("somebody was chosen");
    state.failed(flight, outcome, at);
}

const fn outcome(what_to_do: WhatToDo) -> Outcome {
    Outcome { what_to_do, fate: Fate::Kept }
}

#[test]
fn the_first_one_asks_and_the_others_wait() {
    let mut state = TokenState::new();
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
    assert_eq!(state.advise(at(0)), TokenAdvice::Wait { until: at(60) });
    assert_eq!(state.advise(at(59)), TokenAdvice::Wait { until: at(60) });
    assert_eq!(state.advise(at(60)), TokenAdvice::Renew, "the first one did not come back");
    assert!(state.tokens().is_none());
    state.took(hour());
    assert_eq!(state.advise(at(1)), TokenAdvice::Use);
    assert!(state.tokens().is_some());
}

#[test]
fn a_token_is_renewed_before_it_is_over_by_one_while_the_others_use_it() {
    let mut state = asking();
    assert_eq!(state.advise(at(3_569)), TokenAdvice::Use);
    assert_eq!(state.advise(at(3_570)), TokenAdvice::UseAndRenew);
    assert_eq!(state.advise(at(3_571)), TokenAdvice::Use);
    assert_eq!(state.advise(at(3_589)), TokenAdvice::Use);
    assert_eq!(state.advise(at(3_590)), TokenAdvice::Wait { until: at(3_630) }, "ten seconds before it is over");
    let mut early = asking().with_early(Duration::minutes(5));
    assert_eq!(early.advise(at(3_299)), TokenAdvice::Use);
    assert_eq!(early.advise(at(3_300)), TokenAdvice::UseAndRenew);
}

#[test]
fn a_short_lifetime_has_short_margins_and_none_has_none() {
    let mut state = TokenState::new();
    state.took(had(json!({ "expires_in": 30 })));
    assert_eq!(state.advise(at(19)), TokenAdvice::Use);
    assert_eq!(state.advise(at(20)), TokenAdvice::UseAndRenew);
    assert_eq!(state.advise(at(26)), TokenAdvice::Use);
    assert_eq!(state.advise(at(27)), TokenAdvice::Wait { until: at(80) });
    let mut state = TokenState::new();
    state.took(had(json!({ "expires_in": null })));
    assert_eq!(state.advise(at(100_000_000)), TokenAdvice::Use, "until a resource refuses it");
}

#[test]
fn without_refresh_token_or_after_its_time_it_is_over_with_the_access_token() {
    let cases =
        [json!({}), json!({ "refresh_token": "r", "refresh_expires_in": 1_800 }), json!({ "refresh_token": "r" })];
    for (members, end) in cases.into_iter().zip([TokenAdvice::Over, TokenAdvice::Over, TokenAdvice::Renew]) {
        let mut state = TokenState::of_user(had(members));
        let mut later = state.clone();
        assert_eq!(state.advise(at(3_589)) == TokenAdvice::Use, end == TokenAdvice::Over);
        assert_eq!(later.advise(at(3_590)), end);
        assert_eq!(state.refresh_plan().is_some(), state.tokens().unwrap().refresh_token().is_some());
    }
}

#[test]
fn an_outage_is_waited_for_longer_and_longer_and_the_old_token_is_used() {
    let mut state = asking();
    let outage = outcome(WhatToDo::Transient { after: None });
    assert_eq!(state.advise(at(3_570)), TokenAdvice::UseAndRenew);
    fail(&mut state, outage, at(3_570));
    assert_eq!(state.advise(at(3_570)), TokenAdvice::Use);
    let mut time = 3_600;
    for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        assert_eq!(state.advise(at(time)), TokenAdvice::Renew, "{pause}");
        fail(&mut state, outage, at(time));
        assert_eq!(state.advise(at(time + pause - 1)), TokenAdvice::Wait { until: at(time + pause) });
        time += pause;
    }
    assert_eq!(state.advise(at(time)), TokenAdvice::Renew);
    state.took(hour());
    assert_eq!(state.advise(at(3_600)), TokenAdvice::Renew);
    fail(&mut state, outage, at(3_600));
    assert_eq!(state.advise(at(3_600)), TokenAdvice::Wait { until: at(3_601) }, "the count is forgotten");
}

#[test]
fn what_the_server_says_about_when_is_heeded() {
    let mut state = TokenState::new();
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
    fail(&mut state, outcome(WhatToDo::Transient { after: Some(Duration::minutes(10)) }), at(0));
    assert_eq!(state.advise(at(599)), TokenAdvice::Wait { until: at(600) });
    assert_eq!(state.advise(at(600)), TokenAdvice::Renew);
    fail(&mut state, outcome(WhatToDo::Transient { after: Some(Duration::days(365)) }), at(600));
    assert_eq!(state.advise(at(601)), TokenAdvice::Wait { until: at(600 + 3_600) }, "an hour at most");
    assert_eq!(state.advise(at(600 + 3_600)), TokenAdvice::Renew);

    let mut state = TokenState::new();
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
    fail(&mut state, outcome(WhatToDo::NeedsNonce), at(0));
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew, "with the nonce, at once");
    fail(&mut state, outcome(WhatToDo::NeedsNonce), at(0));
    assert_eq!(state.advise(at(0)), TokenAdvice::Wait { until: at(2) }, "and not for ever");
}

#[test]
fn only_a_refresh_token_that_is_over_ends_it() {
    for what_to_do in [WhatToDo::Configuration, WhatToDo::Unknown, WhatToDo::Permanent] {
        let mut state = of_user();
        assert_eq!(state.advise(at(3_600)), TokenAdvice::Renew);
        fail(&mut state, outcome(what_to_do), at(3_600));
        let ended = what_to_do == WhatToDo::Permanent;
        let wait = TokenAdvice::Wait { until: at(3_660) };
        assert_eq!(state.advise(at(3_601)), if ended { TokenAdvice::Over } else { wait }, "{what_to_do:?}");
        state.took(had(json!({ "refresh_token": "of a new sign-in" })));
        assert_eq!(state.advise(at(1)), TokenAdvice::Use);
        // A client's own credentials may be mended meanwhile.
        let mut state = TokenState::new();
        assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
        fail(&mut state, outcome(what_to_do), at(0));
        assert_eq!(state.advise(at(60)), TokenAdvice::Renew);
    }
    let mut state = of_user();
    assert_eq!(state.advise(at(3_570)), TokenAdvice::UseAndRenew);
    fail(&mut state, outcome(WhatToDo::Permanent), at(3_570));
    assert_eq!(state.advise(at(3_571)), TokenAdvice::Use, "the access token is good until it is over");
    assert_eq!(state.advise(at(3_590)), TokenAdvice::Over);
}

#[test]
fn after_a_lost_answer_the_refresh_token_is_tried_again_only_when_nothing_else_is_left() {
    let mut state = of_user();
    assert_eq!(state.advise(at(3_570)), TokenAdvice::UseAndRenew);
    fail(&mut state, Outcome { what_to_do: WhatToDo::Ambiguous, fate: Fate::MayBeUsed }, at(3_571));
    assert_eq!(state.advise(at(3_589)), TokenAdvice::Use);
    assert_eq!(state.advise(at(3_590)), TokenAdvice::Renew);
}

#[test]
fn whatever_may_have_used_the_refresh_token_up_makes_it_the_last_resort() {
    for what_to_do in [WhatToDo::Unknown, WhatToDo::Configuration, WhatToDo::Transient { after: None }] {
        for (fate, advice) in [(Fate::Kept, TokenAdvice::UseAndRenew), (Fate::MayBeUsed, TokenAdvice::Use)] {
            let mut state = of_user().with_early(Duration::minutes(10));
            assert_eq!(state.advise(at(3_000)), TokenAdvice::UseAndRenew);
            fail(&mut state, Outcome { what_to_do, fate }, at(3_001));
            assert_eq!(state.advise(at(3_100)), advice, "{what_to_do:?} {fate:?}");
            assert!(matches!(state.advise(at(3_590)), TokenAdvice::Renew | TokenAdvice::Wait { .. }));
        }
    }
}

#[test]
fn a_renewal_of_which_nobody_heard_counts_as_a_lost_answer() {
    let mut state = of_user().with_early(Duration::minutes(10));
    assert_eq!(state.advise(at(3_000)), TokenAdvice::UseAndRenew);
    assert_eq!(state.advise(at(3_060)), TokenAdvice::Use, "it may have been sent");
    assert_eq!(state.advise(at(3_590)), TokenAdvice::Renew);
    // A client's own credentials are as good as before.
    let mut state = asking().with_early(Duration::minutes(10));
    assert_eq!(state.advise(at(3_000)), TokenAdvice::UseAndRenew);
    assert_eq!(state.advise(at(3_060)), TokenAdvice::UseAndRenew);
}

#[test]
fn an_outcome_that_is_not_waited_for_any_more_changes_nothing() {
    let mut state = of_user();
    assert_eq!(state.advise(at(3_600)), TokenAdvice::Renew);
    let first = state.flight().unwrap();
    assert_eq!(state.advise(at(3_660)), TokenAdvice::Renew);
    state.failed(first, outcome(WhatToDo::Transient { after: None }), at(3_661));
    assert_eq!(state.advise(at(3_662)), TokenAdvice::Wait { until: at(3_720) }, "the second one is on its way");
    state.took(had(json!({ "refresh_token": "new" })));
    state.failed(first, outcome(WhatToDo::Permanent), at(3_663));
    assert_eq!(state.flight(), None);
    assert_eq!(state.advise(at(3_664)), TokenAdvice::Renew, "and nobody is locked out");
}

#[test]
fn a_token_that_is_over_when_it_comes_is_not_asked_for_without_pause() {
    let mut state = TokenState::new();
    state.took(had(json!({ "expires_in": 0 })));
    assert_eq!(state.advise(at(0)), TokenAdvice::Wait { until: at(10) });
    assert_eq!(state.advise(at(10)), TokenAdvice::Renew);
}

#[test]
fn a_token_that_a_resource_refused_is_not_used_again() {
    let mut state = asking();
    let token = state.tokens().unwrap().access_token().clone();
    state.rejected(&Secret::new("another one"), at(100));
    assert_eq!(state.advise(at(100)), TokenAdvice::Use, "it was replaced already");
    state.rejected(&token, at(100));
    assert_eq!(state.advise(at(100)), TokenAdvice::Renew);
    assert_eq!(state.advise(at(100)), TokenAdvice::Wait { until: at(160) });

    let mut state = asking();
    state.rejected(&token, at(3));
    assert_eq!(state.advise(at(3)), TokenAdvice::Wait { until: at(10) }, "a fresh one would be refused as well");
    assert_eq!(state.advise(at(10)), TokenAdvice::Renew);
}

#[test]
fn a_clock_that_was_put_back_locks_nobody_out() {
    let mut state = TokenState::new();
    assert_eq!(state.advise(at(1_000_000)), TokenAdvice::Renew);
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
    fail(&mut state, outcome(WhatToDo::Transient { after: None }), at(1_000_000));
    assert_eq!(state.advise(at(0)), TokenAdvice::Renew);
}

#[test]
fn the_identity_of_the_first_sign_in_is_kept_through_every_refresh() {
    let sign_in = SignIn::begin(&client(), AuthorizationPlan::new(scope("openid")));
    let id_token = sign(&sign_in.claims());
    let answer = json!({ "id_token": id_token, "refresh_token": REFRESH_TOKEN });
    let verified = tokens(sign_in.pending, answer).verify(&published(), now()).unwrap();
    let first = verified.identity().cloned();
    let mut state = TokenState::of_user(verified);
    assert_eq!(state.refresh_plan().unwrap().identity, first);

    let (_, pending) = client().refresh(state.refresh_plan().unwrap(), now()).unwrap().ready().unwrap();
    state.took(tokens(pending, json!({})).verify(&published(), now()).unwrap());
    let plan = state.refresh_plan().unwrap();
    assert_eq!((plan.identity, plan.refresh_token.expose()), (first, REFRESH_TOKEN));
    let without = RefreshPlan::new(REFRESH_TOKEN);
    assert_eq!(
        TokenState::of_user(had(json!({ "refresh_token": REFRESH_TOKEN }))).refresh_plan().unwrap().identity,
        without.identity
    );
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask,
    Took,
    Failed(WhatToDo),
    Rejected,
}

fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    let step = prop_oneof![
        4 => Just(Step::Ask),
        1 => Just(Step::Took),
        1 => prop_oneof![
            Just(WhatToDo::Transient { after: None }),
            Just(WhatToDo::Ambiguous),
            Just(WhatToDo::Configuration),
            Just(WhatToDo::NeedsNonce),
        ].prop_map(Step::Failed),
        1 => Just(Step::Rejected),
    ];
    proptest::collection::vec((step, 0_i64..90), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever happens, no two are sent within a minute while nobody knows what came of the first, and no token is used that
    /// is over or was refused.
    #[test]
    fn nobody_is_sent_beside_another_and_no_dead_token_is_used(steps in steps()) {
        let (mut state, mut time) = (TokenState::new(), 0_i64);
        let (mut sent, mut usable): (Option<i64>, bool) = (None, false);
        for (step, wait) in steps {
            time = time.saturating_add(wait);
            match step {
                Step::Ask => {
                    let advice = state.advise(at(time));
                    if matches!(advice, TokenAdvice::Renew | TokenAdvice::UseAndRenew) {
                        prop_assert!(sent.is_none_or(|sent| time >= sent.saturating_add(60)), "two at once");
                        sent = Some(time);
                    }
                    if matches!(advice, TokenAdvice::Use | TokenAdvice::UseAndRenew) {
                        prop_assert!(usable && time < 3_590);
                    }
                    prop_assert!(advice != TokenAdvice::Over);
                }
                Step::Took => {
                    state.took(hour());
                    (sent, usable) = (None, true);
                }
                Step::Failed(what_to_do) => {
                    if let Some(flight) = state.flight() {
                        state.failed(flight, outcome(what_to_do), at(time));
                        sent = None;
                    }
                }
                Step::Rejected => {
                    if let Some(token) = state.tokens().map(|tokens| tokens.access_token().clone()) {
                        state.rejected(&token, at(time));
                        usable = false;
                    }
                }
            }
        }
    }
}
