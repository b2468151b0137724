//! Security decisions D4 to D7: every order in which three holders of one family can refresh, against a model.
//!
//! The endpoint decides on the row as it was read, the model keeps the row and applies what was decided. Between any two
//! steps the clock may go on to a limit or past it, as often as a [`Scope`] says, an administrator may revoke the family, and
//! it is asked whether a row that may be cleaned away would have given anything. One confidential client, no keys, one clock:
//! what keys and public clients add is tested beside it.
//! An answer is delivered, or lost, or reaches another holder as well; when it is delivered matters to nobody but its holder,
//! who may wait. A request that the network sends twice is a holder's second one with the same token.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]

#[cfg(test)]
mod support;

use core::hash::Hash;
use std::collections::{HashMap, HashSet};

use support::{Bench, Tokens, app, plan, policy, ready, redeem, refresh};
use symbolon_policy::{Policy, RefreshMode};
use symbolon_server::{Change, Found, Grant, GrantStatus, Guard, Refusal, Rotation, StoredFamily, Write, types::Rule};
use symbolon_store::Store as _;
use symbolon_testkit::now;
use time::{Duration, UtcDateTime};

/// How long a superseded token is forgiven, in seconds: 30, and as long as two nodes' clocks may differ.
#[cfg(test)]
const GRACE: u16 = 40;
#[cfg(test)]
const IDLE: u16 = 100;
#[cfg(test)]
const ENDS: u16 = 180;
/// More than anybody can reach.
#[cfg(test)]
const GENERATIONS: u8 = 12;

#[cfg(test)]
fn at(seconds: u16) -> UtcDateTime {
    now() + Duration::seconds(seconds.into())
}

#[cfg(test)]
fn seconds(moment: UtcDateTime) -> u16 {
    u16::try_from((moment - now()).whole_seconds().max(0)).unwrap()
}

/// The family's row. Of a row that is gone nothing is known.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Row {
    generation: u8,
    issued: u16,
    expires: u16,
    retries: u8,
    retried_generations: u8,
    is_strict: bool,
    revoked: bool,
    keep_until: u16,
}

#[cfg(test)]
impl Row {
    fn of(rotation: &Rotation, revoked: bool, keep_until: u16) -> Self {
        Self {
            generation: u8::try_from(rotation.generation).unwrap(),
            issued: seconds(rotation.issued),
            expires: seconds(rotation.expires),
            retries: rotation.retries,
            retried_generations: rotation.retried_generations,
            is_strict: rotation.is_strict,
            revoked,
            keep_until,
        }
    }

    fn rotation(&self) -> Rotation {
        Rotation {
            generation: self.generation.into(),
            issued: at(self.issued),
            expires: at(self.expires),
            retries: self.retries,
            retried_generations: self.retried_generations,
            is_strict: self.is_strict,
        }
    }
}

/// What the endpoint decided, as far as the family is concerned.
#[cfg(test)]
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Decision {
    /// `None`: it refuses, for this reason.
    refused: Option<&'static str>,
    /// The guard, by where the row stood and stands afterwards. `None`: only that the family is active.
    rotate: Option<(Row, Row)>,
    /// Who loses revokes the family.
    revokes_on_conflict: bool,
    /// The family is revoked, whatever else happens.
    revokes: bool,
    /// The token stays: expiry and retention of the row at least.
    extend: Option<(u16, u16)>,
    /// The generation that the answer brings.
    brings: Option<u8>,
}

/// The endpoint, a family, and the texts of its tokens; and what was decided before, for the endpoint is a function.
#[cfg(test)]
struct Server {
    bench: Bench,
    mode: RefreshMode,
    family: StoredFamily,
    tokens: Vec<symbolon_server::types::Secret>,
    decided: HashMap<(Option<Row>, u8, u16), Decision>,
}

#[cfg(test)]
impl Server {
    fn new(mode: RefreshMode) -> Self {
        let with = |mode: RefreshMode| -> Policy {
            policy(|policy| {
                policy.refresh.mode = mode;
                policy.refresh.public_clients = false;
                policy.refresh.idle_lifetime = Duration::seconds(IDLE.into());
                policy.refresh.max_lifetime = Duration::seconds(ENDS.into());
            })
        };
        let short = || plan().with_lifetime(Duration::seconds(5));
        // The texts are those of rotation, whatever the mode.
        let maker = Bench::with(with(RefreshMode::FamilyStrict), short());
        let code = maker.code(&app());
        let mut tokens = vec![Tokens::of(maker.send(redeem(&code))).refresh().clone()];
        let digest = maker.endpoint().code_digest(&code);
        let family = ready(maker.store().code(&digest)).unwrap().unwrap().family;
        while tokens.len() < usize::from(GENERATIONS) {
            let next = Tokens::of(maker.send(refresh(tokens.last().unwrap()))).refresh().clone();
            tokens.push(next);
        }
        Self { bench: Bench::with(with(mode), short()), mode, family, tokens, decided: HashMap::new() }
    }

    fn first(&self) -> Row {
        Row::of(&self.family.rotation, false, seconds(self.family.keep_until))
    }

    /// What the endpoint decides of the token of this generation, with this row, at this time.
    fn decide(&mut self, row: Option<Row>, generation: u8, clock: u16) -> Decision {
        if let Some(decision) = self.decided.get(&(row, generation, clock)) {
            return decision.clone();
        }
        let decision = self.ask(row, generation, clock);
        self.decided.insert((row, generation, clock), decision.clone());
        decision
    }

    fn ask(&self, row: Option<Row>, generation: u8, clock: u16) -> Decision {
        let stored = row.map(|row| StoredFamily {
            rotation: row.rotation(),
            revoked: row.revoked,
            keep_until: at(row.keep_until),
            ..self.family.clone()
        });
        let token = &self.tokens[usize::from(generation) - 1];
        let received = self.bench.endpoint().receive(refresh(token)).unwrap();
        let client = ready(self.bench.store().client("app")).unwrap();
        let request = received.authenticate(Found::client(client), at(clock)).unwrap();
        let Grant::RefreshToken(grant) = request.into_grant().unwrap() else { panic!("that is what was asked for") };
        let plan = plan().with_lifetime(Duration::seconds(5));
        let outcome =
            grant.rotate(stored, GrantStatus::Active, at(clock)).and_then(|grant| grant.issue(&plan, at(clock)));
        let (refused, outcome) = match outcome {
            Ok(outcome) => (None, outcome),
            Err(refusal) => (Some(refusal.reason().rule().id()), Refusal::into_outcome(refusal)),
        };
        let revoke = |write: &Write| matches!(write, Write::RevokeFamily(_));
        let mut decision = Decision {
            refused,
            rotate: None,
            revokes_on_conflict: false,
            revokes: outcome.commit().writes().iter().any(revoke),
            extend: None,
            brings: None,
        };
        for guard in outcome.commit().guards() {
            if let Change::Rotate { from, to, keep_until, .. } = guard.change() {
                let keep_until = seconds(*keep_until);
                assert_eq!(from, &row.unwrap().rotation(), "a guard names the state that it was decided on");
                decision.rotate = Some((row.unwrap(), Row::of(to, false, keep_until)));
                decision.revokes_on_conflict = guard.otherwise().iter().any(revoke);
                let strict = guard.rule() == Rule::RefreshCurrent;
                assert_eq!(decision.revokes_on_conflict, strict, "who may come again revokes nothing");
                let forgives = matches!(self.mode, RefreshMode::SingleSuccessor { .. }) && !from.is_strict;
                assert_eq!(strict, !forgives, "where nothing is forgiven, two at once are a theft");
            }
            if let Change::Extend { expires, keep_until, generation, .. } = guard.change() {
                assert_eq!(*generation, 1, "the one that stays");
                decision.extend = Some((seconds(*expires), seconds(*keep_until)));
            }
        }
        if refused.is_none() {
            let is_active = |guard: &Guard| matches!(guard.change(), Change::FamilyActive { .. });
            let place = outcome.commit().guards().iter().position(is_active).expect("the family must be active");
            assert!(place + 1 < outcome.commit().guards().len(), "and that is judged first");
        }
        let answer = outcome.commit().applied();
        let response = outcome.settle(answer).into_response();
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        if let Some(text) = body["refresh_token"].as_str() {
            let place = self.tokens.iter().position(|token| token.expose() == text);
            decision.brings = Some(u8::try_from(place.expect("a generation has one text") + 1).unwrap());
        }
        decision
    }
}

/// What a commit comes to.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    Brings(Option<u8>),
    Refused,
}

/// Applies what was decided, as a store does: the guards, then the writes; or what the guard that fails has in its place.
#[cfg(test)]
fn apply(row: &mut Row, decision: &Decision) -> Answer {
    row.revoked |= decision.revokes;
    if decision.refused.is_some() || row.revoked {
        return Answer::Refused;
    }
    if let Some((from, to)) = decision.rotate {
        if row.rotation() != from.rotation() {
            row.revoked |= decision.revokes_on_conflict;
            return Answer::Refused;
        }
        *row = Row { keep_until: row.keep_until.max(to.keep_until), ..to };
    }
    if let Some((expires, keep_until)) = decision.extend {
        row.expires = row.expires.max(expires);
        row.keep_until = row.keep_until.max(keep_until);
    }
    Answer::Brings(decision.brings)
}

#[cfg(test)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Holder {
    /// The generations that it has, a bit each.
    has: u16,
    requests: u8,
    /// What was decided of its request and is not applied yet, by its number.
    under_way: Option<u16>,
}

#[cfg(test)]
#[derive(Clone, Copy)]
struct World {
    row: Row,
    clock: u16,
    steps: u8,
    may_be_revoked: bool,
    holders: [Holder; HOLDERS],
}

#[cfg(test)]
const HOLDERS: usize = 3;

/// What is explored: how many of the holders there are, their requests, steps of the clock, and whether an administrator may
/// revoke and answers may reach others.
#[cfg(test)]
#[derive(Clone, Copy)]
struct Scope {
    holders: usize,
    requests: u8,
    steps: u8,
    others: bool,
}

#[cfg(test)]
struct Model {
    server: Server,
    mode: RefreshMode,
    scope: Scope,
    rows: Numbers<Row>,
    decisions: Numbers<(u8, Decision)>,
    seen: HashSet<u128>,
    /// Most generations beyond the first that two holders have.
    shared: u32,
}

/// Gives each value a number.
#[cfg(test)]
struct Numbers<T> {
    numbers: HashMap<T, u16>,
    values: Vec<T>,
}

#[cfg(test)]
impl<T: Clone + Eq + Hash> Numbers<T> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }

    fn of(&mut self, value: T) -> u16 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u16::try_from(self.values.len()).ok().filter(|number| *number < 1 << 14).expect("room in a key");
        self.numbers.insert(value.clone(), number);
        self.values.push(value);
        number
    }
}

#[cfg(test)]
impl Model {
    fn explore(mode: RefreshMode, scope: Scope) -> Self {
        let server = Server::new(mode);
        let row = server.first();
        let nobody = Holder { has: 0, requests: 0, under_way: None };
        let holder = Holder { has: 1, requests: scope.requests, ..nobody };
        let holders = core::array::from_fn(|index| if index < scope.holders { holder } else { nobody });
        let first = World { row, clock: 0, steps: scope.steps, may_be_revoked: scope.others, holders };
        let (rows, decisions, seen) = (Numbers::new(), Numbers::new(), HashSet::new());
        let mut model = Self { server, mode, scope, rows, decisions, seen, shared: 0 };
        let mut todo = Vec::new();
        model.reach(first, &mut todo);
        while let Some(world) = todo.pop() {
            model.check(&world);
            model.go_on(&world, &mut todo);
        }
        model
    }

    /// Holders are alike: worlds that differ in their order are one.
    fn reach(&mut self, mut world: World, todo: &mut Vec<World>) {
        world.holders.sort_unstable();
        let mut key = u128::from(self.rows.of(world.row)) << 16 | u128::from(world.clock) << 4;
        key |= u128::from(world.steps) << 1 | u128::from(world.may_be_revoked);
        for holder in &world.holders {
            let under_way = u128::from(holder.under_way.map_or(0, |number| number + 1));
            key = key << 30 | u128::from(holder.has) << 18 | u128::from(holder.requests) << 15 | under_way;
        }
        if self.seen.insert(key) {
            todo.push(world);
        }
    }

    fn go_on(&mut self, world: &World, todo: &mut Vec<World>) {
        if world.steps > 0 {
            // To each limit that is ahead, and past it.
            let Row { issued, expires, keep_until, .. } = world.row;
            for clock in [issued + GRACE, issued + GRACE + 1, expires - 1, expires, ENDS - 1, ENDS, keep_until + 1] {
                if clock > world.clock {
                    self.reach(World { clock, steps: world.steps - 1, ..*world }, todo);
                }
            }
        }
        if world.may_be_revoked {
            let row = Row { revoked: true, ..world.row };
            self.reach(World { row, may_be_revoked: false, ..*world }, todo);
        }
        for (index, holder) in world.holders.iter().enumerate() {
            let with = |row: Row, holder: Holder| {
                let mut next = World { row, ..*world };
                next.holders[index] = holder;
                next
            };
            let Some(number) = holder.under_way else {
                for generation in generations(if holder.requests > 0 { holder.has } else { 0 }) {
                    let decision = self.server.decide(Some(world.row), generation, world.clock);
                    let under_way = Some(self.decisions.of((generation, decision)));
                    self.reach(with(world.row, Holder { requests: holder.requests - 1, under_way, ..*holder }), todo);
                }
                continue;
            };
            let (generation, decision) = self.decisions.values[usize::from(number)].clone();
            let mut row = world.row;
            let answer = apply(&mut row, &decision);
            self.judge(&world.row, &row, generation, &decision, answer);
            let lost = Holder { under_way: None, ..*holder };
            self.reach(with(row, lost), todo);
            if let Answer::Brings(Some(brought)) = answer {
                let bit = 1 << (brought - 1);
                let delivered = with(row, Holder { has: lost.has | bit, ..lost });
                self.reach(delivered, todo);
                for other in 0..HOLDERS {
                    if self.scope.others && other != index && world.holders[other].has != 0 {
                        let mut leaked = delivered;
                        leaked.holders[other].has |= bit;
                        self.reach(leaked, todo);
                    }
                }
            }
        }
    }

    /// What holds whenever something was applied.
    fn judge(&mut self, before: &Row, after: &Row, generation: u8, decision: &Decision, answer: Answer) {
        assert!([before.generation, before.generation + 1].contains(&after.generation), "generations go up by one");
        assert!(after.is_strict >= before.is_strict, "what is strict stays strict");
        assert!(after.revoked >= before.revoked, "what is revoked stays revoked");
        let Answer::Brings(brought) = answer else {
            assert_eq!(after.rotation(), before.rotation(), "who is refused rotates nothing");
            return;
        };
        assert!(!before.revoked, "in a revoked family nothing is issued");
        let (from, _) = decision.rotate.unwrap_or((*before, *before));
        assert_eq!(from.rotation(), before.rotation(), "what is issued was decided on the row as it is");
        match self.mode {
            RefreshMode::Stable => assert_eq!((brought, generation, after.generation), (None, 1, 1), "it stays"),
            RefreshMode::FamilyStrict => {
                let only = (Some(after.generation), before.generation);
                assert_eq!((brought, generation), only, "only the current one rotates");
                assert_eq!(after.generation, before.generation + 1, "and it does");
            }
            RefreshMode::SingleSuccessor { .. } => {
                assert_eq!(brought, Some(after.generation), "whoever gets one gets the current one");
                if generation == before.generation {
                    assert_eq!(after.generation, before.generation + 1, "the current one rotates");
                } else {
                    assert_eq!(generation + 1, before.generation, "only the immediate predecessor is forgiven");
                    assert!(!before.is_strict, "and in no strict family");
                    assert_eq!(after.generation, before.generation, "a retry makes no second child");
                }
            }
            _ => panic!("a mode without a model"),
        }
    }

    /// What holds in every state, whatever a holder presents now.
    fn check(&mut self, world: &World) {
        let (row, clock) = (world.row, world.clock);
        let [_, one, two] = world.holders;
        self.shared = self.shared.max((one.has & two.has & !1).count_ones());
        let held = world.holders.iter().fold(0, |all, holder| all | holder.has);
        for generation in generations(held) {
            assert!(generation <= row.generation, "nobody has a token of the future");
            let decision = self.server.decide(Some(row), generation, clock);
            let is_over = clock >= row.expires || clock >= ENDS;
            if generation < row.generation && !self.forgives(&row, generation, clock) {
                assert!(decision.revokes, "a superseded token revokes the family, also after its end (D4)");
                assert_eq!(decision.refused, Some(Rule::RefreshCurrent.id()));
            } else if row.revoked {
                assert_eq!((decision.refused, decision.revokes), (Some(Rule::GrantActive.id()), false));
            } else {
                assert_eq!(
                    decision.refused,
                    is_over.then_some(Rule::RefreshFresh.id()),
                    "the rest is a matter of time"
                );
                assert!(!decision.revokes);
            }
            // D5: a row may be cleaned away when nothing of it could be accepted any more.
            if clock > row.keep_until {
                let gone = self.server.decide(None, generation, clock);
                assert_eq!(gone.refused, Some(Rule::RefreshKnown.id()));
                assert!(decision.refused.is_some(), "cleaning changes no answer");
            }
        }
    }

    fn forgives(&self, row: &Row, generation: u8, clock: u16) -> bool {
        matches!(self.mode, RefreshMode::SingleSuccessor { .. })
            && !row.is_strict
            && generation + 1 == row.generation
            && clock <= row.issued + GRACE
    }
}

#[cfg(test)]
fn generations(has: u16) -> impl Iterator<Item = u8> {
    (1..=GENERATIONS).filter(move |generation| has & (1 << (generation - 1)) != 0)
}

#[cfg(test)]
const GRACEFUL: RefreshMode = RefreshMode::SingleSuccessor { grace: Duration::seconds(30) };
/// Three holders of the first token, two requests each; an answer may reach another holder, too.
#[cfg(test)]
const THREE: Scope = Scope { holders: 3, requests: 2, steps: 1, others: true };
/// The same with one more step of the clock, and answers that reach who asked or nobody.
#[cfg(test)]
const LATER: Scope = Scope { steps: 2, others: false, ..THREE };

/// How many states each of the two has.
#[cfg(test)]
fn states(mode: RefreshMode) -> [usize; 2] {
    let states = [THREE, LATER].map(|scope| Model::explore(mode, scope).seen.len());
    println!("{mode:?}: {states:?} states");
    states
}

#[test]
fn d6_family_strict_only_the_current_token_rotates_and_a_superseded_one_revokes_the_family() {
    assert_eq!(states(RefreshMode::FamilyStrict), [177_300, 20_561]);
}

#[test]
fn d6_single_successor_a_generation_has_one_text_and_only_the_immediate_predecessor_gets_it_again() {
    assert_eq!(states(GRACEFUL), [796_955, 209_458]);
}

#[test]
fn d6_stable_the_one_token_stays_until_it_expires_or_is_revoked() {
    assert_eq!(states(RefreshMode::Stable), [2_444, 6_146]);
}

/// Security decision D6: a thief with a stolen token, on any schedule, is refused or has the family revoked within three
/// generations of the victim's next refresh.
#[test]
fn d6_a_thief_and_its_victim_share_two_generations_beyond_the_stolen_one_at_most() {
    for requests in 2..=5 {
        let model = Model::explore(GRACEFUL, Scope { holders: 2, requests, steps: 1, others: false });
        println!("{requests} requests: {} states", model.seen.len());
        assert_eq!(model.shared, 2);
        // Without grace nobody gets what another one got.
        let scope = Scope { holders: 2, requests, steps: 1, others: false };
        assert_eq!(Model::explore(RefreshMode::FamilyStrict, scope).shared, 0);
    }
}
