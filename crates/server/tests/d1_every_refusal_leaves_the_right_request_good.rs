//! Security decision D1, row by row: for every way in which a token request is refused, what the refused request leaves behind is
//! shown by sending it once more, and by sending the right one after it; and so for device authorization requests and
//! backchannel authentication requests.
//!
//! The table is in `refusals/table.rs`. Its columns are assertion, proof, code, device code, `auth_req_id`, refresh token and
//! family. A JWT that is the grant is in none of the columns: it is remembered where it is redeemed, and a refused
//! one may come again. Token exchange consumes nothing.
#![expect(clippy::arithmetic_side_effects, reason = "the moments of these tests are far from any end of time")]
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;

use proptest::{prelude::*, sample::Index, test_runner::RngSeed};
use refusals::{Asks, Case, Ends, Fault, Polls, Proofs, Request, Stage, authorization::redeem, table};
use symbolon_server::{
    Poll, Reason, Settled, StoredDeferred,
    types::{AuthMethod, Rule},
};
use time::Duration;

/// The table of D1: whether the assertion and the proof of a request that ended so are remembered.
#[cfg(test)]
fn remembers(case: &Case, method: &AuthMethod) -> (bool, bool) {
    match case.ends {
        Ends::NotAuthenticated | Ends::UseDpopNonce | Ends::NotApplied => (false, false),
        // D2: of an assertion that is known the answer is `invalid_client`, and nothing else is written.
        Ends::InvalidDpopProof | Ends::KnownAssertion => (true, false),
        // Else an anonymous caller writes for free.
        Ends::Refused => (true, !method.is_public() || case.finds_a_record),
        // D2: of a proof that is known the assertion is remembered beside it.
        Ends::Replay | Ends::KnownProof => (true, true),
    }
}

/// Whether there is a right request of that kind.
#[cfg(test)]
fn is_right(method: &AuthMethod, asks: Asks, proofs: Proofs) -> bool {
    let is_allowed = !(asks.is_for_confidential_clients() && method.is_public());
    is_allowed && (asks.takes_proofs() || proofs == Proofs::None)
}

/// A case with one kind of request.
#[cfg(test)]
struct Row<'a> {
    case: &'a Case,
    method: &'a AuthMethod,
    asks: Asks,
    proofs: Proofs,
}

#[cfg(test)]
fn rows(cases: &[Case]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for case in cases {
        for method in case.by {
            for &asks in case.asks {
                let proofs = case.proofs.iter().filter(|proofs| is_right(method, asks, **proofs));
                rows.extend(proofs.map(|&proofs| Row { case, method, asks, proofs }));
            }
        }
    }
    rows
}

#[cfg(test)]
impl Row<'_> {
    fn stage(&self) -> Stage {
        Stage::new(Some(self.case), self.method, self.asks, self.proofs)
    }

    fn label(&self, step: &str) -> String {
        let Self { case, method, asks, proofs } = self;
        format!("{step}: {} by {method}, {asks:?}, proof: {proofs:?}", case.name)
    }

    /// Sends the spoiled request: it is refused by the rule of the case.
    fn refuse(&self, stage: &Stage, spoiled: &Request, step: &str) -> Rule {
        let Case { rule, status, error, .. } = *self.case;
        // D20: 401 and a challenge where the header was used.
        let status =
            if (status, error) == (400, "invalid_client") && !spoiled.authorization.is_empty() { 401 } else { status };
        refused(stage.send(spoiled), (rule, status, error), &self.label(step))
    }

    /// Sends it a second time: where an id was remembered, it is the id that is refused.
    fn refuse_again(&self, stage: &Stage, spoiled: &Request, step: &str) -> Rule {
        match remembers(self.case, self.method) {
            (true, _) if spoiled.assertion.is_some() => refuse_by_assertion(stage, spoiled, &self.label(step)),
            (_, true) if !spoiled.proofs.is_empty() => refuse_by_proof(stage, spoiled, &self.label(step)),
            _ => self.refuse(stage, spoiled, step),
        }
    }

    /// How long a client waits before it asks again.
    fn wait(&self) -> Duration {
        if self.case.polls == Some(Polls::InTime) { Duration::seconds(5) } else { Duration::ZERO }
    }

    /// What becomes of this row that the request polls for: nothing but its poll, if anything.
    fn polled(&self, row: Option<StoredDeferred>, request: &Request) -> Option<StoredDeferred> {
        let longer = match self.case.polls {
            Some(Polls::InTime) => Duration::ZERO,
            Some(Polls::TooSoon) => Duration::seconds(5),
            Some(Polls::Not) | None => return row,
        };
        let row = row.unwrap();
        let poll = Poll { interval: row.poll.interval + longer, last: Some(request.at) };
        Some(StoredDeferred { poll, ..row })
    }

    /// The wrong request, once more the wrong one, and the right one. A family is revoked if it was a replay in it, and nothing
    /// else is changed. The rule that was seen.
    fn the_right_request_is_good_after_two_wrong_ones(&self) -> Rule {
        let stage = self.stage();
        let spoiled = stage.spoiled(self.case, &stage.right);
        let (records, mut others) = (stage.records(), stage.others());
        let asked = stage.polled();
        let seen = self.refuse(&stage, &spoiled, "first");
        let polled = self.polled(asked, &spoiled);
        assert_eq!(stage.polled(), polled, "{}", self.label("first"));
        if self.case.ends == Ends::Replay {
            assert_eq!(others.pop(), Some(true));
            others.push(false);
        }
        assert_eq!(stage.records(), records, "{}", self.label("first"));
        assert_eq!(stage.others(), others, "{}", self.label("first"));
        // Who polls in time once more waits again; whose id is known has not polled.
        let spoiled = Request { at: spoiled.at + self.wait(), ..spoiled };
        let polled =
            if self.refuse_again(&stage, &spoiled, "again") == seen { self.polled(polled, &spoiled) } else { polled };
        assert_eq!(stage.polled(), polled, "{}", self.label("again"));
        assert_eq!(stage.records(), records, "{}", self.label("again"));
        assert_eq!(stage.others(), others, "{}", self.label("again"));
        stage.accept(&stage.renewed(&stage.right), &self.label("right, with fresh ids"));
        assert_eq!(stage.polled(), polled, "{}", self.label("right, with fresh ids"));
        assert_eq!(stage.others(), others, "{}", self.label("right, with fresh ids"));
        seen
    }

    /// The right request with ids of the wrong one: good exactly if they were not remembered; and if they were, it is good with
    /// fresh ones after that.
    fn what_was_not_remembered_may_come_again(&self, same_assertion: bool, same_proof: bool) {
        let stage = self.stage();
        let spoiled = stage.spoiled(self.case, &stage.right);
        let records = stage.records();
        self.refuse(&stage, &spoiled, "first");
        let mut request = stage.renewed(&stage.right);
        if same_assertion {
            request.assertion.clone_from(&stage.right.assertion);
        }
        if same_proof {
            request.proofs.clone_from(&stage.right.proofs);
        }
        let (assertion, proof) = remembers(self.case, self.method);
        let came = |jwt: Option<&refusals::Jwt>| jwt.is_some_and(|jwt| spoiled.carries(jwt));
        let label = self.label(&format!("right, same assertion: {same_assertion}, same proof: {same_proof}"));
        if assertion && came(request.assertion.as_ref()) {
            refuse_by_assertion(&stage, &request, &label);
        } else if proof && came(request.proofs.first()) {
            refuse_by_proof(&stage, &request, &label);
        } else {
            stage.accept(&request, &label);
            return;
        }
        assert_eq!(stage.records(), records, "{label}");
        stage.accept(&stage.renewed(&stage.right), &label);
    }
}

#[cfg(test)]
fn refused(settled: Settled, (rule, status, error): (Rule, u16, &str), label: &str) -> Rule {
    assert_eq!(settled.reason().map(Reason::rule), Some(rule), "{label}");
    assert_eq!(support::status_and_error(settled), support::refused(status, error), "{label}");
    rule
}

#[cfg(test)]
fn refuse_by_assertion(stage: &Stage, request: &Request, label: &str) -> Rule {
    refused(stage.send(request), (Rule::AssertionOnce, 400, "invalid_client"), label)
}

#[cfg(test)]
fn refuse_by_proof(stage: &Stage, request: &Request, label: &str) -> Rule {
    refused(stage.send(request), (Rule::DpopOnce, 400, "invalid_dpop_proof"), label)
}

/// The rules by which a token request is refused here, in the order of the rule table.
#[cfg(test)]
const HERE: &[Rule] = &[
    Rule::RequestMethod,
    Rule::RequestContentType,
    Rule::RequestHeaderOnce,
    Rule::RequestQuery,
    Rule::RequestLength,
    Rule::FormSyntax,
    Rule::FormCount,
    Rule::FormRepeated,
    Rule::FormMissing,
    Rule::FormOneJwtTwice,
    Rule::OneMechanism,
    Rule::OneMechanismWithAssertion,
    Rule::ClientIdentified,
    Rule::AuthorizationScheme,
    Rule::BasicSyntax,
    Rule::AssertionType,
    Rule::ClientIdAgrees,
    Rule::ClientIdAgreesWithAssertion,
    Rule::ClientKnown,
    Rule::MethodRegistered,
    Rule::ClientThrottle,
    Rule::SecretMatches,
    Rule::SecretFresh,
    Rule::CertificatePresent,
    Rule::CertificateAnchor,
    Rule::CertificateName,
    Rule::CertificateRegistered,
    Rule::FoundComplete,
    Rule::AssertionSyntax,
    Rule::AssertionAlg,
    Rule::AssertionTyp,
    Rule::AssertionKey,
    Rule::AssertionX5c,
    Rule::AssertionChain,
    Rule::AssertionOrganization,
    Rule::AssertionSignature,
    Rule::AssertionIss,
    Rule::AssertionSub,
    Rule::AssertionAud,
    Rule::AssertionExp,
    Rule::AssertionLifetime,
    Rule::AssertionNbf,
    Rule::AssertionIat,
    Rule::AssertionJti,
    Rule::AssertionOnce,
    Rule::DpopPresent,
    Rule::DpopHeaderOnce,
    Rule::DpopSyntax,
    Rule::DpopTyp,
    Rule::DpopAlg,
    Rule::DpopKey,
    Rule::DpopSignature,
    Rule::DpopHtm,
    Rule::DpopHtu,
    Rule::DpopJti,
    Rule::DpopNonceUnasked,
    Rule::DpopNonce,
    Rule::DpopIat,
    Rule::DpopValidity,
    Rule::DpopOnce,
    Rule::CertificateBound,
    Rule::OneBinding,
    Rule::ReplayQuota,
    Rule::GrantKnown,
    Rule::GrantAllowed,
    Rule::CodeKnown,
    Rule::CodeClient,
    Rule::CodeVerifierSyntax,
    Rule::CodeVerifierPresence,
    Rule::CodeVerifier,
    Rule::CodeRedirectUri,
    Rule::CodeBinding,
    Rule::CodeOnce,
    Rule::CodeFresh,
    Rule::RefreshKnown,
    Rule::RefreshClient,
    Rule::RefreshBinding,
    Rule::RefreshCurrent,
    Rule::RefreshUncontended,
    Rule::RefreshFresh,
    Rule::RefreshMethod,
    Rule::GrantAssertionSyntax,
    Rule::GrantAssertionIss,
    Rule::GrantAssertionTyp,
    Rule::GrantAssertionAlg,
    Rule::GrantAssertionKey,
    Rule::GrantAssertionSignature,
    Rule::GrantAssertionAud,
    Rule::GrantAssertionExp,
    Rule::GrantAssertionLifetime,
    Rule::GrantAssertionNbf,
    Rule::GrantAssertionIat,
    Rule::GrantAssertionJti,
    Rule::GrantAssertionClient,
    Rule::GrantAssertionSub,
    Rule::GrantAssertionBinding,
    Rule::GrantAssertionGranted,
    Rule::GrantAssertionOnce,
    Rule::DeferredKnown,
    Rule::DeferredClient,
    Rule::DeferredOnce,
    Rule::DeferredFresh,
    Rule::DeferredDenied,
    Rule::DeferredPace,
    Rule::DeferredDecided,
    Rule::DeferredUnique,
    Rule::ExchangeTokenType,
    Rule::ExchangeSubject,
    Rule::ExchangeAllowed,
    Rule::ExchangeTarget,
    Rule::ExchangeHolder,
    Rule::ExchangeBinding,
    Rule::ExchangeActor,
    Rule::ExchangeMayAct,
    Rule::ExchangeActors,
    Rule::BackchannelHint,
    Rule::BackchannelRequest,
    Rule::BackchannelScope,
    Rule::BackchannelMessage,
    Rule::BackchannelToken,
    Rule::BackchannelUser,
    Rule::BackchannelHintFresh,
    Rule::BackchannelUserCode,
    Rule::BackchannelUserCodeRight,
    Rule::BackchannelAllowed,
    Rule::GrantActive,
    Rule::ScopeSyntax,
    Rule::ScopeNarrows,
    Rule::ResourceNarrows,
    Rule::AuthorizationDetailsSyntax,
    Rule::AuthorizationDetailsNarrow,
    Rule::Extension,
    Rule::StoreAnswers,
    Rule::StoreOutcomeKnown,
    Rule::StoreAnswersThisCommit,
    Rule::SignerAnswers,
    Rule::RandomAnswers,
    Rule::Embedder,
];

/// Those that are judged elsewhere, each with the reason. A rule is in one of the two.
#[cfg(test)]
const NOT_HERE: &[(&[Rule], &str)] = &[
    (&[Rule::RequestCertificateHeader], "judged by the crate `http`, before there is a request of ours"),
    (
        &[
            Rule::AttestationPresent,
            Rule::AttestationSyntax,
            Rule::AttestationTyp,
            Rule::AttestationAlg,
            Rule::AttestationKey,
            Rule::AttestationSignature,
            Rule::AttestationSub,
            Rule::AttestationExp,
            Rule::AttestationIat,
            Rule::AttestationCnf,
            Rule::AttestationPopTyp,
            Rule::AttestationPopAlg,
            Rule::AttestationPopSignature,
            Rule::AttestationPopAud,
            Rule::AttestationPopIat,
            Rule::AttestationPopJti,
            Rule::AttestationPopChallenge,
        ],
        "behind the feature `unstable-attestation`, and judged by the caller before it vouches",
    ),
    (
        &[Rule::DpopAth, Rule::TokenPresented, Rule::TokenKnown, Rule::TokenBinding, Rule::TokenScope],
        "judged where an access token is presented",
    ),
];

#[test]
fn every_refusal_leaves_what_d1_says_and_the_right_request_good() {
    let cases = table::cases();
    let mut seen: Vec<Rule> = Vec::new();
    for row in rows(&cases) {
        let rule = row.the_right_request_is_good_after_two_wrong_ones();
        if !seen.contains(&rule) {
            seen.push(rule);
        }
    }
    let seen: Vec<Rule> = Rule::ALL.iter().copied().filter(|rule| seen.contains(rule)).collect();
    assert_eq!(seen, HERE);
}

#[test]
fn what_d1_does_not_remember_may_come_again_and_what_it_remembers_may_not() {
    let cases = table::cases();
    for row in rows(&cases) {
        let (has_assertion, has_proof) = (table::WITH_ASSERTION.contains(row.method), row.proofs != Proofs::None);
        // Where neither is remembered both may come at once; else one by one.
        let ways = match remembers(row.case, row.method) {
            (false, false) => vec![(has_assertion, has_proof)],
            _ => vec![(has_assertion, false), (false, has_proof)],
        };
        for (same_assertion, same_proof) in ways.into_iter().filter(|way| *way != (false, false)) {
            row.what_was_not_remembered_may_come_again(same_assertion, same_proof);
        }
    }
}

#[test]
fn every_rule_that_a_peer_hears_of_is_refused_here_or_it_is_said_why_not() {
    let elsewhere: Vec<Rule> = NOT_HERE.iter().flat_map(|(rules, _)| rules.iter().copied()).collect();
    for rule in Rule::ALL.iter().filter(|rule| rule.code().is_some()) {
        assert_ne!(HERE.contains(rule), elsewhere.contains(rule), "{}", rule.id());
    }
    let all = HERE.iter().chain(&elsewhere);
    assert!(all.clone().all(|rule| rule.code().is_some()), "nobody hears of the others");
    assert_eq!(all.count(), Rule::ALL.iter().filter(|rule| rule.code().is_some()).count());
}

/// What is asked for, by whom and with what proof.
#[cfg(test)]
fn kinds() -> Vec<(&'static AuthMethod, Asks, Proofs)> {
    let mut kinds = Vec::new();
    for method in table::EVERYBODY {
        for &asks in table::ANYTHING {
            let proofs = table::WITH_AND_WITHOUT.iter().filter(|proofs| is_right(method, asks, **proofs));
            kinds.extend(proofs.map(|&proofs| (method, asks, proofs)));
        }
    }
    kinds
}

/// A request whose ids are all fresh, of what was consumed already.
#[cfg(test)]
fn refuse_what_was_consumed(stage: &Stage, asks: Asks, request: &Request, label: &str) {
    let rule = match asks {
        Asks::Code => Rule::CodeOnce,
        Asks::Refresh => Rule::RefreshCurrent,
        Asks::Voucher => Rule::Extension,
        Asks::Device | Asks::Ciba => Rule::DeferredOnce,
        Asks::Assertion | Asks::IdJag => Rule::GrantAssertionOnce,
        // Nothing is consumed but ids.
        Asks::ClientCredentials | Asks::Exchange | Asks::DeviceAuthorization | Asks::Backchannel => {
            stage.accept(request, label);
            return;
        }
    };
    refused(stage.send(request), (rule, 400, "invalid_grant"), label);
}

#[test]
fn a_success_is_not_had_twice_and_its_whole_request_once_more_logs_nobody_out() {
    for (method, asks, proofs) in kinds() {
        let label = format!("{method}, {asks:?}, proof: {proofs:?}");
        let stage = Stage::new(None, method, asks, proofs);
        let right = stage.right.clone();
        let has_family = asks.has_family();
        let before = stage.records();
        let tokens = stage.accept(&right, &label);
        assert_eq!(stage.records() == before, !has_family, "{label}: it is consumed");
        let after = stage.records();

        let mut same_assertion = stage.renewed(&right);
        same_assertion.assertion.clone_from(&right.assertion);
        let mut same_proof = stage.renewed(&right);
        same_proof.proofs.clone_from(&right.proofs);
        if right.assertion.is_some() {
            refuse_by_assertion(&stage, &right, &label);
            refuse_by_assertion(&stage, &same_assertion, &label);
        }
        if !right.proofs.is_empty() {
            refuse_by_proof(&stage, &same_proof, &label);
        }
        assert_eq!(stage.records(), after, "{label}");
        let tokens = tokens.filter(|_| has_family);
        assert!(tokens.as_ref().is_none_or(|tokens| stage.userinfo(tokens) == 200), "{label}: nobody is logged out");

        // With fresh ids, or where there are none, it is a replay of what was consumed.
        refuse_what_was_consumed(&stage, asks, &stage.renewed(&right), &label);
        if let Some(tokens) = tokens {
            stage.assert_revoked(&tokens);
        }
    }
}

#[test]
fn d8_what_was_applied_though_nobody_heard_of_it_is_a_replay() {
    for (method, asks, proofs) in kinds() {
        let label = format!("{method}, {asks:?}, proof: {proofs:?}");
        let stage = Stage::new(None, method, asks, proofs);
        let lost = Request { fault: Fault::AnswerLost, ..stage.right.clone() };
        refused(stage.send(&lost), (Rule::StoreOutcomeKnown, 500, "server_error"), &label);
        if stage.right.assertion.is_some() {
            refuse_by_assertion(&stage, &stage.right, &label);
        } else if !stage.right.proofs.is_empty() {
            refuse_by_proof(&stage, &stage.right, &label);
        } else {
            refuse_what_was_consumed(&stage, asks, &stage.right, &label);
        }
    }
}

/// Up to six different cases that go with one right request.
#[cfg(test)]
fn sequence<'a>(cases: &'a [Case], row: (&'a AuthMethod, Asks, Proofs), picks: &[Index]) -> Vec<Row<'a>> {
    let (method, asks, proofs) = row;
    let fits = |case: &&Case| {
        let is_sent = case.by.contains(method) && case.asks.contains(&asks) && case.proofs.contains(&proofs);
        is_sent && case.setup.is_none()
    };
    let mut fitting: Vec<&Case> = cases.iter().filter(fits).collect();
    let picked = picks.iter().map(|pick| fitting.swap_remove(pick.index(fitting.len())));
    picked.map(|case| Row { case, method, asks, proofs }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_refusals_in_any_order_the_right_request_is_good_unless_its_family_was_revoked(
        kind: Index, picks in prop::collection::vec(any::<Index>(), 1..=6), revokes: bool
    ) {
        let (cases, kinds) = (table::cases(), kinds());
        let (method, asks, proofs) = kinds[kind.index(kinds.len())];
        let stage = Stage::new(None, method, asks, proofs);
        for row in sequence(&cases, (method, asks, proofs), &picks) {
            let spoiled = stage.spoiled(row.case, &stage.renewed(&stage.right));
            let (records, mut others) = (stage.records(), stage.others());
            row.refuse(&stage, &spoiled, "one of several");
            if row.case.ends == Ends::Replay {
                prop_assert_eq!(others.pop(), Some(true));
                others.push(false);
            }
            prop_assert_eq!(stage.others(), others);
            prop_assert_eq!(stage.records(), records);
        }
        let last = stage.renewed(&stage.right);
        let label = format!("the last one, {method}, {asks:?}, proof: {proofs:?}");
        match &stage.began_with {
            Some(began) if revokes => {
                let replay = stage.request(redeem(&began.code));
                refused(stage.send(&replay), (Rule::CodeOnce, 400, "invalid_grant"), &label);
                refused(stage.send(&last), (Rule::GrantActive, 400, "invalid_grant"), &label);
                prop_assert!(!began.is_alive(&stage));
            }
            _ => {
                stage.accept(&last, &label);
            }
        }
    }
}
