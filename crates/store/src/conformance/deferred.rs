//! What a store promises of authorizations that are decided on another device.
use symbolon_crypto_ring::PROVIDER;
use symbolon_server::{
    Change, CommitId, Decided, Decision, DeferredKey, Endpoint, Found, Granted, Outcome, RegisteredClient, SLOW_DOWN,
    ServerKey, StoredDeferred, Write,
    crypto::{RandomFailed, SecureRandom},
    types::{Digest, RequestParts, Rule, Secret},
};
use time::Duration;

use super::{Bench, Store, now, refused};

const PAGE: &str = "https://as.example/device";

pub(super) async fn run<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    what_is_asked_for_reads_back_by_either_code(make).await;
    of_each_code_there_is_one(make).await;
    a_poll_is_kept_and_never_set_back(make).await;
    what_is_decided_is_decided_once(make).await;
    what_was_approved_is_redeemed_once(make).await;
}

struct Asked {
    device_code: Secret,
    by_user_code: DeferredKey,
    by_id: DeferredKey,
}

async fn ask<S: Store>(bench: &Bench<S>) -> Asked {
    let parts = RequestParts::post(b"client_id=tv".to_vec()).content_type(b"application/x-www-form-urlencoded");
    let received = bench.endpoint.receive_device_authorization(parts).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let found = Found::client(bench.client("tv").await);
    let request = received.authenticate(found, now()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let outcome = request.into_device_authorization(PAGE, now()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let answer = bench.apply(&outcome).await;
    let response = outcome.settle(answer).into_response();
    let body = String::from_utf8_lossy(response.body()).into_owned();
    let member = |name: &str| {
        let (_, rest) = body.split_once(&format!("\"{name}\":\"")).expect("the member is there");
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let device_code = Secret::new(member("device_code"));
    let by_user_code = bench.endpoint.user_code(&member("user_code")).expect("a user code");
    let by_id = DeferredKey::Id(bench.endpoint.device_code_digest(&device_code));
    Asked { device_code, by_user_code, by_id }
}

async fn read<S: Store>(bench: &Bench<S>, key: DeferredKey) -> Option<StoredDeferred> {
    bench.store.deferred(key).await.unwrap_or_else(|error| panic!("the store did not answer: {error}"))
}

fn poll(asked: &Asked) -> RequestParts {
    let code = asked.device_code.expose();
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}&resource=");
    RequestParts::post(form.into()).content_type(b"application/x-www-form-urlencoded")
}

async fn decide<S: Store>(bench: &Bench<S>, deferred: &StoredDeferred, decision: Decision) -> bool {
    let client = bench.client("tv").await.expect("the client is registered");
    let pending = bench.endpoint.decide(deferred, &client, decision, now()).unwrap_or_else(|error| panic!("{error}"));
    let answer = bench.store.apply(pending.commit()).await;
    let answer = answer.unwrap_or_else(|error| panic!("the store did not apply: {error}"));
    let again = bench.store.apply(pending.commit()).await;
    let again = again.unwrap_or_else(|error| panic!("the store did not apply: {error}"));
    assert_eq!(answer, again, "a decision that is applied again is one decision");
    pending.settle(answer)
}

fn yes(deferred: &StoredDeferred) -> Decision {
    Decision::Approve(Box::new(Granted::to_user("alice", deferred.asked.scope.clone())))
}

async fn what_is_asked_for_reads_back_by_either_code<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    assert!(read(&bench, DeferredKey::UserCode(Digest::from_bytes([7; 32]))).await.is_none(), "an unknown one is none");
    let (one, other) = (ask(&bench).await, ask(&bench).await);
    let read_one = read(&bench, one.by_id).await.expect("what was asked for is found by the client's code");
    assert_eq!(read(&bench, one.by_user_code).await.as_ref(), Some(&read_one), "both codes find one row");
    assert_ne!(read(&bench, other.by_id).await.as_ref(), Some(&read_one), "and not another's");
    assert_eq!(read_one.client_id.as_str(), "tv", "the client reads back");
    assert_eq!(read_one.decided, Decided::NotYet, "nothing is decided");
    assert!(read_one.poll.last.is_none(), "nobody has polled");
    assert!(read(&bench, swapped(one.by_id)).await.is_none(), "a client's code is no user code");
    assert!(read(&bench, swapped(one.by_user_code)).await.is_none(), "and the other way round");
}

/// Randomness that is chosen: zero, but for the octets at these places.
#[derive(Debug)]
struct Chosen(Vec<usize>);

impl SecureRandom for Chosen {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        out.iter_mut().enumerate().for_each(|(place, octet)| *octet = u8::from(self.0.contains(&place)));
        Ok(())
    }
}

/// What a device authorization request would commit if this randomness were drawn.
async fn drawn<S: Store>(bench: &Bench<S>, places: &[usize]) -> Outcome {
    // A provider borrows its parts for ever.
    let random = Box::leak(Box::new(Chosen(places.to_vec())));
    let issuer = bench.endpoint.issuer().clone();
    let key = ServerKey::new("k", [7; 32]);
    let endpoint = Endpoint::builder(issuer, bench.endpoint.url(), PROVIDER.with_random(random), key)
        .policy(*bench.endpoint.policy())
        .build()
        .expect("an endpoint");
    let parts = RequestParts::post(b"client_id=tv".to_vec()).content_type(b"application/x-www-form-urlencoded");
    let received = endpoint.receive_device_authorization(parts).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let request = received.authenticate(Found::client(bench.client("tv").await), now());
    let request = request.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    request.into_device_authorization(PAGE, now()).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

/// The commit's name and both codes.
fn names(outcome: &Outcome) -> (CommitId, Digest, Option<Digest>) {
    let deferred = outcome.commit().guards().iter().find_map(|guard| match guard.change() {
        Change::Defer(deferred) => Some(deferred),
        _ => None,
    });
    let deferred = deferred.expect("it is stored");
    (outcome.commit().id(), deferred.id, deferred.user_code)
}

async fn of_each_code_there_is_one<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let first = drawn(&bench, &[]).await;
    // Which octet changes the commit's name alone, which the client's code, which the user's.
    let (mut commit_names, mut alone) = (Vec::new(), [None; 2]);
    for place in 0..MOST_OCTETS {
        let (was, is) = (names(&first), names(&drawn(&bench, &[place]).await));
        match (was.0 != is.0, was.1 != is.1, was.2 != is.2) {
            (true, false, false) => commit_names.push(place),
            (false, true, false) => alone[0] = Some(place),
            (false, false, true) => alone[1] = Some(place),
            _ => {}
        }
    }
    let [id, user_code] = alone.map(|place| place.expect("each has octets of its own"));
    let (row, by_user_code) = {
        let (_, id, user_code) = names(&first);
        (DeferredKey::Id(id), DeferredKey::UserCode(user_code.expect("a device has one")))
    };
    let [answer, again] = [bench.apply(&first).await, bench.apply(&first).await];
    assert_eq!(answer, again, "what is stored twice is stored once");
    assert_eq!(first.settle(answer).status(), 200, "the first is stored");
    let stored = read(&bench, row).await;
    let mut commit_names = commit_names.into_iter();
    for (codes, is_taken) in [(vec![], true), (vec![id], true), (vec![user_code], true), (vec![id, user_code], false)] {
        let mut places = codes;
        places.push(commit_names.next().expect("there are many names"));
        let next = drawn(&bench, &places).await;
        let answer = bench.apply(&next).await;
        if is_taken {
            refused(next.settle(answer), Rule::DeferredUnique);
        } else {
            assert_eq!(next.settle(answer).status(), 200, "neither of its codes is taken");
        }
        assert_eq!(read(&bench, row).await, stored, "the first stays as it is");
        assert_eq!(read(&bench, by_user_code).await, stored, "by either code");
    }
}

/// No request draws more at once.
const MOST_OCTETS: usize = 512;

async fn a_poll_is_kept_and_never_set_back<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let asked = ask(&bench).await;
    let (first, second) = (bench.decide(poll(&asked)).await, bench.decide(poll(&asked)).await);
    let answer = bench.apply(&first).await;
    refused(first.settle(answer), Rule::DeferredDecided);
    let too_soon = bench.decide(poll(&asked)).await;
    let [Write::Poll { id, .. }] = too_soon.commit().writes() else { panic!("a poll is written") };
    assert_eq!(DeferredKey::Id(*id), asked.by_id, "of this authorization");
    let answer = bench.apply(&too_soon).await;
    refused(too_soon.settle(answer), Rule::DeferredPace);
    let slower = read(&bench, asked.by_id).await.expect("it is found").poll;
    assert_eq!(
        (slower.interval, slower.last),
        (Duration::seconds(5).saturating_add(SLOW_DOWN), Some(now())),
        "it reads back"
    );
    // What was decided on the row before it was slowed down does not make it faster again.
    let _ = bench.apply(&second).await;
    assert_eq!(read(&bench, asked.by_id).await.expect("it is found").poll, slower, "the longer interval stays");
}

async fn what_is_decided_is_decided_once<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    for is_approved_first in [true, false] {
        let asked = ask(&bench).await;
        let deferred = read(&bench, asked.by_user_code).await.expect("it is found");
        let decisions =
            || if is_approved_first { (yes(&deferred), Decision::Deny) } else { (Decision::Deny, yes(&deferred)) };
        let (first, second) = decisions();
        assert!(decide(&bench, &deferred, first).await, "the first decision is recorded");
        let (_, again) = decisions();
        assert!(!decide(&bench, &deferred, second).await, "the second is a conflict");
        assert!(!decide(&bench, &deferred, again).await, "and so is the third");
        let decided = read(&bench, asked.by_id).await.expect("it is found").decided;
        let is_approved = matches!(decided, Decided::Approved(_));
        assert_eq!((is_approved, decided == Decided::Denied), (is_approved_first, !is_approved_first), "{decided:?}");
    }
}

async fn what_was_approved_is_redeemed_once<S: Store>(make: &impl AsyncFn(Vec<RegisteredClient>) -> S) {
    let bench = Bench::new(make).await;
    let asked = ask(&bench).await;
    let deferred = read(&bench, asked.by_user_code).await.expect("it is found");
    assert!(decide(&bench, &deferred, yes(&deferred)).await, "it is approved");
    let (first, second) = (bench.decide(poll(&asked)).await, bench.decide(poll(&asked)).await);
    let answer = bench.apply(&first).await;
    assert_eq!(first.settle(answer).status(), 200, "the first redemption succeeds");
    let Decided::Approved(code) = read(&bench, asked.by_id).await.expect("it is found").decided else {
        panic!("what was approved stays so")
    };
    assert!(code.redeemed, "a redemption is seen by this look-up too");
    let answer = bench.apply(&second).await;
    refused(second.settle(answer), Rule::DeferredOnce);
    let Decided::Approved(code) = read(&bench, asked.by_id).await.expect("it is found").decided else {
        panic!("what was approved stays so")
    };
    assert!(code.family.revoked, "the family's row is the one of now");
}

const fn swapped(key: DeferredKey) -> DeferredKey {
    match key {
        DeferredKey::Id(digest) => DeferredKey::UserCode(digest),
        DeferredKey::UserCode(digest) => DeferredKey::Id(digest),
    }
}
