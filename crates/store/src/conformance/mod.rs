//! The conformance suite for stores: atomicity, idempotence, guard order, races.
//!
//! Give [`run`] a function that makes an empty store with these clients registered; it panics at the first promise that
//! does not hold. Everything is driven through the server half, so that the commits are those of real requests.
//!
//! ```
//! use symbolon_store::{Memory, conformance};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! conformance::run(async |clients| {
//!     let store = Memory::new(conformance::now());
//!     for client in clients {
//!         store.register(client);
//!     }
//!     store
//! })
//! .await;
//! # });
//! ```
#![expect(clippy::expect_used, clippy::panic, reason = "a suite stops at the first promise that does not hold")]

mod deferred;

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};
use std::sync::Arc;

use symbolon_client_auth::{
    AssertionSigner, CLIENT_ASSERTION_TYPE_JWT_BEARER, ClientAuthentication, ClientKeys, RegisteredCredentials,
    RegisteredSecret, Vouched,
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::CodeVerifier;
use symbolon_policy::{ConcurrentRedemption, GrantSet, Policy, RefreshMode};
use symbolon_server::{
    AccessToken, Answer, AuthorizationDetails, BoundKey, Endpoint, Found, Grant, GrantStatus, Granted, NewCode,
    Outcome, RefreshBinding, Refusal, RegisteredClient, Rotation, ServerKey, Settled, StoredAccessToken, StoredCode,
    StoredFamily, TokenPlan,
    dpop::ProofSigner,
    jose::{Jwk, JwkSet, SigningKey, VerifyingKeys},
};
use symbolon_types::{
    Alg, AuthMethod, CertificateChain, ClientId, Confirmation, Digest, Issuer, PeerCertificate, RequestParts, Rule,
    Scope, Secret,
};
use time::{Duration, UtcDateTime};

use crate::Store;

/// The moment at which the suite runs.
///
/// # Panics
/// Never: the moment exists.
pub fn now() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_700_000_000).expect("a moment of 2023")
}

/// Runs the whole suite. `make` is called for each promise, with the clients that must be registered.
///
/// # Panics
/// At the first promise that does not hold, with what was promised.
pub async fn run<S: Store>(make: impl AsyncFn(Vec<RegisteredClient>) -> S) {
    nothing_is_found_in_an_empty_store(&make).await;
    a_code_reads_back_with_its_family(&make).await;
    a_redemption_is_seen_by_every_read(&make).await;
    a_redemption_binds_the_family_to_the_key_of_a_public_client(&make).await;
    a_rotation_keeps_the_binding_and_adds_what_is_shown_first(&make).await;
    the_refresh_tokens_of_an_instance_are_bound_to_its_key(&make).await;
    a_retry_is_kept_and_who_loses_the_race_changes_nothing(&make).await;
    a_stable_token_extends_its_family_and_never_shortens_it(&make).await;
    applying_twice_is_one_application(&make).await;
    a_conflict_changes_nothing_but_its_alternative(&make).await;
    guards_are_judged_in_order(&make).await;
    a_second_redemption_revokes_the_family(&make).await;
    a_lenient_policy_only_refuses_the_second_redemption(&make).await;
    a_superseded_refresh_token_revokes_the_family(&make).await;
    a_changed_client_is_no_longer_active(&make).await;
    a_revocation_and_a_commit_in_flight_do_not_both_win(&make).await;
    a_conflict_remembers_the_ids_that_were_judged_before_it(&make).await;
    an_old_commit_that_comes_again_after_its_successor_is_no_conflict(&make).await;
    of_64_racing_redemptions_one_succeeds(&make, ConcurrentRedemption::Revoke).await;
    of_64_racing_redemptions_one_succeeds(&make, ConcurrentRedemption::RefuseOnly).await;
    of_64_racing_refreshes_one_succeeds(&make).await;
    deferred::run(&make).await;
}

async fn nothing_is_found_in_an_empty_store<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let store = &bench.store;
    let digest = Digest::from_bytes([9; 32]);
    assert!(matches!(store.client("nobody").await, Ok(None)), "an unknown client is found to be none");
    assert!(matches!(store.client("").await, Ok(None)), "an empty id is found to be no client");
    assert!(matches!(store.code(&digest).await, Ok(None)), "an unknown code is found to be none");
    assert!(matches!(store.access_token(&digest).await, Ok(None)), "an unknown token is found to be none");
    let family = symbolon_server::FamilyId::from_bytes([9; 16]);
    assert!(matches!(store.family(family).await, Ok(None)), "an unknown family is found to be none");
    assert!(bench.client("app").await.is_some(), "a registered client is found");
}

async fn a_code_reads_back_with_its_family<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let stored = bench.stored_code(&code).await.expect("a code that was written is found");
    assert!(!stored.redeemed && !stored.family.revoked && stored.family.rotation.generation == 0, "a new code is new");
    assert_eq!(stored.family.granted, granted(), "what was granted reads back");
    assert_eq!(stored.redirect_uri.as_deref(), Some(REDIRECT_URI), "redirect_uri reads back");
    let family = bench.family(&stored).await.expect("the family is found by its own name");
    assert_eq!(family, stored.family, "both look-ups see one row");
}

async fn a_redemption_is_seen_by_every_read<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let settled = bench.send(redeem_request(&code)).await;
    let tokens = Tokens::of(settled);
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    assert!(stored.redeemed, "a redeemed code reads redeemed");
    assert_eq!(stored.family.rotation.generation, 1, "its family has a first refresh token");
    let access = bench.access_token(&tokens.access).await.expect("the access token is found by its digest");
    assert!(!access.revoked && access.family == Some(stored.family.id), "the access token is live");
    let tokens = Tokens::of(bench.send(refresh_request(&tokens.refresh)).await);
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.rotation.generation, 2, "a refresh advances the family");
    assert!(bench.access_token(&tokens.access).await.is_some(), "the second access token is found");
}

async fn a_redemption_binds_the_family_to_the_key_of_a_public_client<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.dpop.legacy_beside_mutual_tls = true;
    let bench = Bench::with_policy(make, policy).await;
    let signer = ProofSigner::new(&PROVIDER, signing_key()).expect("a key that proves");
    let client = bench.client("spa").await.expect("the client is registered");
    let code = bench.code_of(new_code(client).with_dpop_jkt(signer.jkt())).await;
    let stored = bench.stored_code(&code).await.expect("the code is found");
    assert_eq!(stored.confirmation.jkt, Some(signer.jkt()), "the key of the authorization request reads back");
    assert_eq!(stored.family.binding, RefreshBinding::NONE, "and the refresh tokens are not bound yet");

    let proof = signer.proof(&PROVIDER, "POST", bench.endpoint.url(), None, None, now()).expect("a proof is made");
    let certificate = PeerCertificate::new(&b"a certificate"[..], CertificateChain::NotValidated);
    let parts = form(format!("{}&client_id=spa", redeem_form(&code)))
        .peer_certificate(Some(certificate))
        .dpop(proof.expose().as_bytes());
    let tokens = Tokens::of(bench.send(parts).await);
    let access = bench.access_token(&tokens.access).await.expect("the access token is found");
    let Confirmation { jkt, x5t_s256 } = access.confirmation;
    assert!(jkt == Some(signer.jkt()) && x5t_s256.is_some(), "the access token is bound to both keys");
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    let RefreshBinding { jkt: bound_jkt, x5t_s256: bound_x5t, .. } = stored.family.binding;
    let since_the_first = |key: Digest| BoundKey { thumbprint: key, since: 1 };
    assert_eq!(
        (bound_jkt, bound_x5t),
        (jkt.map(since_the_first), x5t_s256.map(since_the_first)),
        "and so are the refresh tokens"
    );
}

async fn a_rotation_keeps_the_binding_and_adds_what_is_shown_first<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.dpop.legacy_beside_mutual_tls = true;
    let bench = Bench::with_policy(make, policy).await;
    let signer = ProofSigner::new(&PROVIDER, signing_key()).expect("a key that proves");
    let proof = || signer.proof(&PROVIDER, "POST", bench.endpoint.url(), None, None, now()).expect("a proof is made");
    let of_spa = |body: String| {
        let certificate = PeerCertificate::new(&b"a certificate"[..], CertificateChain::NotValidated);
        form(format!("{body}&client_id=spa")).peer_certificate(Some(certificate))
    };
    let refresh = |tokens: &Tokens| of_spa(refresh_form(&tokens.refresh));
    let code = bench.code("spa").await;
    let tokens = Tokens::of(bench.send(of_spa(redeem_form(&code))).await);
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    let first = stored.family.binding;
    assert!(first.x5t_s256.is_some() && first.jkt.is_none(), "bound to the certificate");
    let tokens = Tokens::of(bench.send(refresh(&tokens)).await);
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.binding, first, "a rotation keeps the binding");
    let tokens = Tokens::of(bench.send(refresh(&tokens).dpop(proof().expose().as_bytes())).await);
    let both = RefreshBinding { jkt: Some(BoundKey { thumbprint: signer.jkt(), since: 3 }), ..first };
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.binding, both, "and adds the key of a proof that is shown first, from the next token on");
    Tokens::of(bench.send(refresh(&tokens).dpop(proof().expose().as_bytes())).await);
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.binding, both, "which it keeps as well");
}

async fn the_refresh_tokens_of_an_instance_are_bound_to_its_key<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let bench = Bench::new(make).await;
    let of_wallet = |body: String| form(format!("{body}&client_id=wallet"));
    let code = bench.code("wallet").await;
    let tokens = Tokens::of(bench.send(of_wallet(redeem_form(&code))).await);
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    let instance = BoundKey { thumbprint: INSTANCE, since: 1 };
    let binding = RefreshBinding { instance: Some(instance), ..RefreshBinding::NONE };
    assert_eq!(stored.family.binding, binding, "the key of the instance reads back");
    Tokens::of(bench.send(of_wallet(refresh_form(&tokens.refresh))).await);
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.binding, binding, "and a rotation keeps it");
}

async fn a_retry_is_kept_and_who_loses_the_race_changes_nothing<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.refresh.mode = RefreshMode::SingleSuccessor { grace: Duration::seconds(30) };
    let bench = Bench::with_policy(make, policy).await;
    let code = bench.code("app").await;
    let first = Tokens::of(bench.send(redeem_request(&code)).await).refresh;
    let (one, two) = (bench.decide(refresh_request(&first)).await, bench.decide(refresh_request(&first)).await);
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    assert!(bench.apply(&one).await == one.commit().applied(), "the first one rotates");
    let rotated = bench.family(&stored).await.expect("the family is found").rotation;
    assert_eq!((rotated.generation, rotated.retries), (2, 0), "the rotation reads back");
    let answer = bench.apply(&two).await;
    assert!(answer != two.commit().applied(), "the second one was decided on another row");
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!((family.rotation, family.revoked), (rotated, false), "and changes nothing");

    let again = bench.decide(refresh_request(&first)).await;
    let answer = bench.apply(&again).await;
    assert_eq!(answer, bench.apply(&again).await, "a retry that is applied twice is one");
    let retried = bench.family(&stored).await.expect("the family is found").rotation;
    let expected = Rotation { retries: 1, retried_generations: 1, ..rotated };
    assert_eq!(retried, expected, "a retry is kept, in every part of the rotation");
    // Decided before a retry: the whole rotation is compared.
    let next = Tokens::of(again.settle(answer)).refresh;
    let late = bench.decide(refresh_request(&next)).await;
    for retries in [2, 3] {
        let retry = bench.decide(refresh_request(&first)).await;
        assert!(bench.apply(&retry).await == retry.commit().applied(), "a further retry");
        let row = bench.family(&stored).await.expect("the family is found").rotation;
        assert_eq!((row.retries, row.is_strict), (retries, retries == 3), "retries add up, and the third makes strict");
    }
    let answer = bench.apply(&late).await;
    assert!(answer != late.commit().applied(), "a retry since is seen");
    // What is strict stays strict, and the moment of a rotation is that of its request.
    let later = now().saturating_add(Duration::hours(1));
    let rotate = bench.try_decide_at(refresh_request(&next), later).await.unwrap_or_else(Refusal::into_outcome);
    assert!(bench.apply(&rotate).await == rotate.commit().applied(), "the current one rotates");
    let row = bench.family(&stored).await.expect("the family is found").rotation;
    assert_eq!((row.generation, row.issued, row.is_strict), (3, later, true), "every part reads back");
    let replay = bench.try_decide_at(refresh_request(&next), later).await.unwrap_or_else(Refusal::into_outcome);
    assert!(bench.apply(&replay).await == replay.commit().applied(), "a replay is recorded");
    let family = bench.family(&stored).await.expect("the family is found");
    assert!(family.revoked, "a strict family forgives nothing");
}

async fn a_stable_token_extends_its_family_and_never_shortens_it<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.refresh.mode = RefreshMode::Stable;
    policy.refresh.public_clients = false;
    let bench = Bench::with_policy(make, policy).await;
    let code = bench.code("app").await;
    let token = Tokens::of(bench.send(redeem_request(&code)).await).refresh;
    let stored = bench.stored_code(&code).await.expect("a redeemed code is still found");
    let first = bench.family(&stored).await.expect("the family is found");
    let at = |days| now().saturating_add(Duration::days(days));
    let decide =
        async |days| bench.try_decide_at(refresh_request(&token), at(days)).await.unwrap_or_else(Refusal::into_outcome);
    let (later, earlier) = (decide(2).await, decide(1).await);
    for outcome in [&later, &earlier] {
        assert!(bench.apply(outcome).await == outcome.commit().applied(), "two at once are two");
    }
    let family = bench.family(&stored).await.expect("the family is found");
    let expires = first.rotation.expires.saturating_add(Duration::days(2));
    assert_eq!(
        family.rotation,
        Rotation { expires, ..first.rotation },
        "it lives on from its last use, and does not rotate"
    );
    assert!(family.keep_until >= expires && family.keep_until >= first.keep_until, "and is kept as long");

    // In flight while the family is revoked.
    let late = decide(3).await;
    let replay = bench.decide(redeem_request(&code)).await;
    assert!(bench.apply(&replay).await == replay.commit().applied(), "a replayed code revokes");
    assert!(bench.apply(&late).await != late.commit().applied(), "a revoked family is not extended");
    let family = bench.family(&stored).await.expect("the family is found");
    assert!(family.revoked && family.rotation.expires == expires, "not by a moment");
}

async fn applying_twice_is_one_application<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let outcome = bench.decide(redeem_request(&code)).await;
    let first = bench.apply(&outcome).await;
    let again = bench.apply(&outcome).await;
    assert_eq!(first, again, "a commit that is applied again gets the answer of the first time");
    let tokens = Tokens::of(outcome.settle(again));
    let stored = bench.stored_code(&code).await.expect("the code is found");
    assert!(!stored.family.revoked && stored.family.rotation.generation == 1, "nothing was done twice");

    let outcome = bench.decide(refresh_request(&tokens.refresh)).await;
    let first = bench.apply(&outcome).await;
    assert_eq!(first, bench.apply(&outcome).await, "the same for a rotation");
    let family = bench.family(&stored).await.expect("the family is found");
    assert_eq!(family.rotation.generation, 2, "a rotation applied twice advances once");
    assert_eq!(outcome.settle(first).status(), 200, "and it succeeded");

    let outcome = bench.decide(bench.signed("grant_type=client_credentials").parts()).await;
    let first = bench.apply(&outcome).await;
    assert_eq!(first, bench.apply(&outcome).await, "an id that this very commit remembered is no conflict");
    assert_eq!(outcome.settle(first).status(), 200, "and it succeeded");
}

async fn a_conflict_changes_nothing_but_its_alternative<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let (winner, loser) = (bench.decide(redeem_request(&code)).await, bench.decide(redeem_request(&code)).await);
    let answer = bench.apply(&winner).await;
    assert_eq!(winner.settle(answer).status(), 200, "the first is applied");
    let lost = loser.commit().writes().iter().find_map(|write| match write {
        symbolon_server::Write::AccessToken(token) => Some(token.token),
        _ => None,
    });
    let answer = bench.apply(&loser).await;
    let again = bench.apply(&loser).await;
    assert_eq!(answer, again, "a conflict that is applied again gets the answer of the first time");
    refused(loser.settle(answer), Rule::CodeOnce);
    let lost = lost.expect("the loser wanted to write an access token");
    assert!(matches!(bench.store.access_token(&lost).await, Ok(None)), "nothing of the loser is written");
}

async fn guards_are_judged_in_order<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("signer").await;
    let request = bench.signed(&redeem_form(&code));
    // The whole request twice, both decided before either is applied: a replayed assertion logs nobody out.
    let (first, second) = (bench.decide(request.parts()).await, bench.decide(request.parts()).await);
    let answer = bench.apply(&first).await;
    assert_eq!(first.settle(answer).status(), 200, "the first is applied");
    let answer = bench.apply(&second).await;
    refused(second.settle(answer), Rule::AssertionOnce);
    let stored = bench.stored_code(&code).await.expect("the code is found");
    assert!(!stored.family.revoked, "the assertion was judged before the code");
    // A refusal is committed on the same path: its known assertion wins.
    let outcome = bench.decide(request.parts()).await;
    let answer = bench.apply(&outcome).await;
    refused(outcome.settle(answer), Rule::AssertionOnce);
}

async fn a_second_redemption_revokes_the_family<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let tokens = Tokens::of(bench.send(redeem_request(&code)).await);
    refused(bench.send(redeem_request(&code)).await, Rule::CodeOnce);
    let access = bench.access_token(&tokens.access).await.expect("the access token is found");
    assert!(access.revoked, "an access token of a revoked family reads revoked");
    refused(bench.send(refresh_request(&tokens.refresh)).await, Rule::GrantActive);
}

async fn a_lenient_policy_only_refuses_the_second_redemption<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.code.concurrent_redemption = ConcurrentRedemption::RefuseOnly;
    let bench = Bench::with_policy(make, policy).await;
    let code = bench.code("app").await;
    let (winner, loser) = (bench.decide(redeem_request(&code)).await, bench.decide(redeem_request(&code)).await);
    let answer = bench.apply(&winner).await;
    let tokens = Tokens::of(winner.settle(answer));
    let answer = bench.apply(&loser).await;
    refused(loser.settle(answer), Rule::CodeOnce);
    let access = bench.access_token(&tokens.access).await.expect("the access token is found");
    assert!(!access.revoked, "the winner keeps what it got");
}

async fn a_superseded_refresh_token_revokes_the_family<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let tokens = Tokens::of(bench.send(redeem_request(&code)).await);
    let (winner, loser) =
        (bench.decide(refresh_request(&tokens.refresh)).await, bench.decide(refresh_request(&tokens.refresh)).await);
    let answer = bench.apply(&winner).await;
    let newer = Tokens::of(winner.settle(answer));
    let answer = bench.apply(&loser).await;
    refused(loser.settle(answer), Rule::RefreshCurrent);
    refused(bench.send(refresh_request(&newer.refresh)).await, Rule::GrantActive);
}

async fn a_changed_client_is_no_longer_active<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    // Decided on a registration of another version than the store's.
    let changed = Arc::new(app().with_version(u64::MAX));
    let received = bench.endpoint.receive(redeem_request(&code)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let request =
        received.authenticate(Found::client(Some(changed)), now()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let outcome = bench.finish(request, now()).await.unwrap_or_else(Refusal::into_outcome);
    let answer = bench.apply(&outcome).await;
    refused(outcome.settle(answer), Rule::GrantActive);
    let stored = bench.stored_code(&code).await.expect("the code is found");
    assert!(!stored.redeemed && !stored.family.revoked, "the code is as it was");
}

async fn a_revocation_and_a_commit_in_flight_do_not_both_win<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    // A rotation is decided, then a replay of the code revokes the family, then the rotation is applied.
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let tokens = Tokens::of(bench.send(redeem_request(&code)).await);
    let rotation = bench.decide(refresh_request(&tokens.refresh)).await;
    refused(bench.send(redeem_request(&code)).await, Rule::CodeOnce);
    let answer = bench.apply(&rotation).await;
    refused(rotation.settle(answer), Rule::GrantActive);
    let stored = bench.stored_code(&code).await.expect("the code is found");
    assert_eq!(stored.family.rotation.generation, 1, "a revoked family does not advance");
}

async fn a_conflict_remembers_the_ids_that_were_judged_before_it<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let bench = Bench::new(make).await;
    let code = bench.code("signer").await;
    let (winner, loser) = (bench.signed(&redeem_form(&code)), bench.signed(&redeem_form(&code)));
    let (first, second) = (bench.decide(winner.parts()).await, bench.decide(loser.parts()).await);
    let answer = bench.apply(&first).await;
    assert_eq!(first.settle(answer).status(), 200, "the first is applied");
    let answer = bench.apply(&second).await;
    refused(second.settle(answer), Rule::CodeOnce);
    refused(bench.send(loser.parts()).await, Rule::AssertionOnce);
}

async fn an_old_commit_that_comes_again_after_its_successor_is_no_conflict<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let redemption = bench.decide(redeem_request(&code)).await;
    let first = bench.apply(&redemption).await;
    let tokens = Tokens::of(redemption.settle(first));
    let rotation = bench.decide(refresh_request(&tokens.refresh)).await;
    let first = bench.apply(&rotation).await;
    let commit = rotation.commit().clone();
    let newer = Tokens::of(rotation.settle(first));
    let latest = Tokens::of(bench.send(refresh_request(&newer.refresh)).await);
    let again = bench.store.apply(&commit).await.unwrap_or_else(|error| panic!("the store did not apply: {error}"));
    assert_eq!(again, commit.applied(), "the answer to an old commit stays what it was");
    let live = bench.access_token(&latest.access).await.expect("the access token is found");
    assert!(!live.revoked, "and nothing of it is done again");
}

async fn of_64_racing_redemptions_one_succeeds<S: Store>(
    make: &impl AsyncFn(Vec<RegisteredClient>) -> S,
    concurrent_redemption: ConcurrentRedemption,
) {
    let mut policy = Policy::OAUTH_2_1;
    policy.code.concurrent_redemption = concurrent_redemption;
    let bench = Bench::with_policy(make, policy).await;
    let code = bench.code("app").await;
    let settled = bench.race(|| redeem_request(&code)).await;
    let winner = one_winner(settled, Rule::CodeOnce);
    let access = bench.access_token(&winner.access).await.expect("the winner's access token is found");
    let is_revoked = concurrent_redemption == ConcurrentRedemption::Revoke;
    assert_eq!(access.revoked, is_revoked, "the losers are replays, unless the policy only refuses them");
}

async fn of_64_racing_refreshes_one_succeeds<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let code = bench.code("app").await;
    let tokens = Tokens::of(bench.send(redeem_request(&code)).await);
    let settled = bench.race(|| refresh_request(&tokens.refresh)).await;
    let winner = one_winner(settled, Rule::RefreshCurrent);
    let access = bench.access_token(&winner.access).await.expect("the winner's access token is found");
    assert!(access.revoked, "a racing twin is a reuse");
}

/// The tokens of the one that succeeded; all others lost to it, or to the revocation that a loser wrote.
fn one_winner(settled: Vec<Settled>, lost: Rule) -> Tokens {
    assert_eq!(settled.len(), RACERS, "all were answered");
    let (mut winners, losers): (Vec<_>, Vec<_>) = settled.into_iter().partition(|settled| settled.status() == 200);
    let winner = winners.pop().expect("one succeeds");
    assert!(winners.is_empty(), "and no other");
    for loser in losers {
        let rule = loser.reason().map(symbolon_server::Reason::rule);
        assert!(rule == Some(lost) || rule == Some(Rule::GrantActive), "a loser is refused as one: {rule:?}");
    }
    Tokens::of(winner)
}

/// How many race.
const RACERS: usize = 64;
const ISSUER: &str = "https://as.example";
const REDIRECT_URI: &str = "https://app.example/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The private key of RFC 8037 Appendix A.1: a published example, good for nothing else.
const SIGNER_KEY: &[u8] = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn app() -> RegisteredClient {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS);
    let credentials = RegisteredCredentials::new(id("app"), AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
    RegisteredClient::new(credentials, grants, scope())
        .with_redirect_uri(REDIRECT_URI)
        .with_authorization_details_type("account")
}

fn signer() -> RegisteredClient {
    let public: Jwk = signing_key().public_jwk().expect("an Ed25519 key has a public half");
    let keys = VerifyingKeys::load(&PROVIDER, &JwkSet::new(vec![public]), &[Alg::EdDsa]);
    let credentials =
        RegisteredCredentials::new(id("signer"), AuthMethod::PrivateKeyJwt).with_keys(ClientKeys::Inline(keys));
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS);
    RegisteredClient::new(credentials, grants, scope())
        .with_redirect_uri(REDIRECT_URI)
        .with_authorization_details_type("account")
}

/// A public client whose tokens are bound to its certificate.
fn spa() -> RegisteredClient {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
    RegisteredClient::new(RegisteredCredentials::new(id("spa"), AuthMethod::None), grants, scope())
        .with_redirect_uri(REDIRECT_URI)
        .with_authorization_details_type("account")
        .with_certificate_bound_access_tokens(true)
}

/// A client whose method proves the key of its instance.
fn wallet() -> RegisteredClient {
    let grants = GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN);
    let credentials = RegisteredCredentials::new(id("wallet"), AuthMethod::parse(INSTANCE_METHOD));
    RegisteredClient::new(credentials, grants, scope())
        .with_redirect_uri(REDIRECT_URI)
        .with_authorization_details_type("account")
}

/// A device.
fn tv() -> RegisteredClient {
    RegisteredClient::new(RegisteredCredentials::new(id("tv"), AuthMethod::None), GrantSet::DEVICE_CODE, scope())
        .with_authorization_details_type("account")
}

const INSTANCE_METHOD: &str = "method_of_instances";
/// The thumbprint of its key.
const INSTANCE: Digest = Digest::from_bytes([8; 32]);

fn signing_key() -> SigningKey {
    SigningKey::from_jwk(&PROVIDER, SIGNER_KEY, Some(Alg::EdDsa)).expect("the key of RFC 8037 loads")
}

fn id(text: &str) -> ClientId {
    ClientId::parse(text).expect("a client id")
}

fn new_code(client: Arc<RegisteredClient>) -> NewCode {
    let verifier = CodeVerifier::parse(VERIFIER).expect("the verifier of RFC 7636");
    NewCode::new(client, granted()).with_redirect_uri(REDIRECT_URI).with_challenge(verifier.challenge(PROVIDER.sha256))
}

fn granted() -> Granted {
    let mut granted = Granted::to_user("alice", scope()).with_nonce("n-0S6_WzA2Mj");
    granted.resources = Vec::from([ISSUER.into()]);
    let details = r#"[{"type":"account","actions":["list","read"],"limit":{"amount":"12.50","days":[1,2]}}]"#;
    granted.authorization_details = AuthorizationDetails::parse(details).expect("authorization details");
    granted
}

fn scope() -> Scope {
    Scope::parse("openid read").expect("a scope")
}

fn refused(settled: Settled, rule: Rule) {
    let reason = settled.reason().map(symbolon_server::Reason::rule);
    assert_eq!(reason, Some(rule), "the rule that decides");
    assert_ne!(settled.into_response().status(), 200, "a refusal is no success");
}

/// A store with an endpoint before it.
struct Bench<S> {
    store: S,
    endpoint: Endpoint,
    plan: TokenPlan,
}

impl<S: Store> Bench<S> {
    async fn new(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) -> Self {
        Self::with_policy(make, Policy::OAUTH_2_1).await
    }

    async fn with_policy(make: &impl AsyncFn(Vec<RegisteredClient>) -> S, mut policy: Policy) -> Self {
        policy.grants = policy.grants.and(GrantSet::DEVICE_CODE);
        let issuer = Issuer::parse(ISSUER).expect("an issuer");
        let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, ServerKey::new("k", [7; 32]))
            .policy(policy)
            .build()
            .expect("an endpoint");
        let store = make(vec![app(), signer(), spa(), wallet(), tv()]).await;
        Self { store, endpoint, plan: TokenPlan::new(AccessToken::Opaque) }
    }

    async fn client(&self, client_id: &str) -> Option<Arc<RegisteredClient>> {
        self.store.client(client_id).await.unwrap_or_else(|error| panic!("the store did not answer: {error}"))
    }

    async fn code(&self, client_id: &str) -> Secret {
        let client = self.client(client_id).await.expect("the client is registered");
        self.code_of(new_code(client)).await
    }

    async fn code_of(&self, new: NewCode) -> Secret {
        let pending = self.endpoint.authorize(new, now()).expect("a code is made");
        let answer = self.store.apply(pending.commit()).await;
        let answer = answer.unwrap_or_else(|error| panic!("the store did not apply: {error}"));
        pending.settle(&answer).expect("the code is stored")
    }

    fn signed(&self, form: &str) -> Signed {
        let signer = AssertionSigner::new(signing_key(), self.endpoint.issuer());
        let applied = ClientAuthentication::PrivateKeyJwt(signer)
            .apply(&PROVIDER, &id("signer"), now())
            .expect("an assertion is made");
        let assertion = applied.parameters.iter().find(|(name, _)| *name == "client_assertion");
        let (_, assertion) = assertion.expect("the assertion is a parameter");
        Signed(format!(
            "{form}&client_assertion_type={CLIENT_ASSERTION_TYPE_JWT_BEARER}&client_assertion={}",
            assertion.expose()
        ))
    }

    async fn stored_code(&self, code: &Secret) -> Option<StoredCode> {
        // The endpoint names what to look up; the digest is its own.
        let received = self.endpoint.receive(redeem_request(code)).unwrap_or_else(|refusal| panic!("{refusal}"));
        let client = self.client("app").await;
        let request = received.authenticate(Found::client(client), now()).unwrap_or_else(|refusal| panic!("{refusal}"));
        match request.into_grant() {
            Ok(Grant::AuthorizationCode(grant)) => {
                self.store.code(grant.code()).await.unwrap_or_else(|error| panic!("the store did not answer: {error}"))
            }
            other => panic!("a code grant was expected: {other:?}"),
        }
    }

    async fn family(&self, stored: &StoredCode) -> Option<StoredFamily> {
        let found = self.store.family(stored.family.id).await;
        found.unwrap_or_else(|error| panic!("the store did not answer: {error}"))
    }

    async fn access_token(&self, token: &Secret) -> Option<StoredAccessToken> {
        let header = format!("Bearer {}", token.expose());
        let parts = RequestParts::post(Vec::new()).authorization(header.as_bytes());
        let request = self.endpoint.userinfo(parts).unwrap_or_else(|refused| panic!("{refused:?}"));
        let found = self.store.access_token(request.token()).await;
        found.unwrap_or_else(|error| panic!("the store did not answer: {error}"))
    }

    async fn decide(&self, parts: RequestParts) -> Outcome {
        self.try_decide(parts).await.unwrap_or_else(Refusal::into_outcome)
    }

    async fn try_decide(&self, parts: RequestParts) -> Result<Outcome, Refusal> {
        self.try_decide_at(parts, now()).await
    }

    async fn try_decide_at(&self, parts: RequestParts, now: UtcDateTime) -> Result<Outcome, Refusal> {
        let received = self.endpoint.receive(parts)?;
        let client = self.client(received.client_hint()).await;
        let is_wallet = client.as_ref().is_some_and(|client| client.client_id().as_str() == "wallet");
        let request = if is_wallet {
            received.vouch(client, Vouched::by(INSTANCE_METHOD).instance(INSTANCE), now)?
        } else {
            received.authenticate(Found::client(client), now)?
        };
        self.finish(request, now).await
    }

    async fn finish(
        &self,
        request: symbolon_server::AuthenticatedRequest,
        now: UtcDateTime,
    ) -> Result<Outcome, Refusal> {
        let granted = match request.into_grant()? {
            Grant::AuthorizationCode(grant) => {
                let code = self.store.code(grant.code()).await.map_err(Refusal::unavailable)?;
                grant.redeem(code, now)?
            }
            Grant::RefreshToken(grant) => {
                let family = self.store.family(grant.family()).await.map_err(Refusal::unavailable)?;
                grant.rotate(family, GrantStatus::Active, now)?
            }
            Grant::ClientCredentials(grant) => {
                let most = grant.client().scope().clone();
                grant.authorize(most)?
            }
            Grant::DeviceCode(grant) => {
                let found = self.store.deferred(grant.deferred()).await.map_err(Refusal::unavailable)?;
                grant.redeem(found, now)?
            }
            other => return Err(other.unsupported()),
        };
        granted.issue(&self.plan, now)
    }

    async fn apply(&self, outcome: &Outcome) -> Answer {
        let answer = self.store.apply(outcome.commit()).await;
        answer.unwrap_or_else(|error| panic!("the store did not apply: {error}"))
    }

    /// Decides all of them on one state, and only then applies them, concurrently.
    async fn race(&self, request: impl Fn() -> RequestParts) -> Vec<Settled> {
        let mut decided = Vec::new();
        for _ in 0..RACERS {
            decided.push(self.decide(request()).await);
        }
        join_all(decided.into_iter().map(|outcome| async move {
            let answer = self.apply(&outcome).await;
            outcome.settle(answer)
        }))
        .await
    }

    async fn send(&self, parts: RequestParts) -> Settled {
        let outcome = self.decide(parts).await;
        let answer = self.apply(&outcome).await;
        outcome.settle(answer)
    }
}

fn redeem_form(code: &Secret) -> String {
    format!("grant_type=authorization_code&code={}&redirect_uri={REDIRECT_URI}&code_verifier={VERIFIER}", code.expose())
}

fn redeem_request(code: &Secret) -> RequestParts {
    basic(redeem_form(code))
}

fn refresh_request(refresh_token: &Secret) -> RequestParts {
    basic(refresh_form(refresh_token))
}

fn refresh_form(refresh_token: &Secret) -> String {
    format!("grant_type=refresh_token&refresh_token={}", refresh_token.expose())
}

fn basic(body: String) -> RequestParts {
    form(body).authorization(b"Basic YXBwOm15c2VjcmV0")
}

fn form(body: String) -> RequestParts {
    RequestParts::post(body.into_bytes()).content_type(b"application/x-www-form-urlencoded")
}

/// A request with an assertion, to be sent as often as one likes.
struct Signed(String);

impl Signed {
    fn parts(&self) -> RequestParts {
        form(self.0.clone())
    }
}

struct Tokens {
    access: Secret,
    refresh: Secret,
}

impl Tokens {
    fn of(settled: Settled) -> Self {
        let response = settled.into_response();
        assert_eq!(response.status(), 200, "the request succeeds");
        let body = String::from_utf8(response.into_body()).expect("the body is text");
        let member = |name: &str| {
            let (_, rest) = body.split_once(&format!("\"{name}\":\"")).expect("the member is there");
            Secret::new(rest.split_once('"').expect("the member ends").0)
        };
        Self { access: member("access_token"), refresh: member("refresh_token") }
    }
}

/// Polls all until all are done: concurrency at each await, on any runtime.
async fn join_all<F: Future<Output = Settled>>(futures: impl Iterator<Item = F>) -> Vec<Settled> {
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut done = Vec::new();
    poll_fn(|context| {
        running.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(settled) => {
                done.push(settled);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
