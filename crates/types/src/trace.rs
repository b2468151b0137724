use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::Rule;

/// Longest value that enters a trace, in characters (security decision D21).
pub const MAX_FACT_CHARS: usize = 64;

/// Which rules were judged, which held, and, if asked for, what was seen (security decision D21).
///
/// A server stops at the first rule that does not hold ([`Trace::stop_at_first`]); a tool that explains goes on
/// ([`Trace::go_on`]) and collects facts beside the verdicts. A verdict is a bit: the stopping trace allocates nothing.
///
/// Values enter only through [`Trace::note`], only for the fields of [`Field`], escaped and shortened.
///
/// ```
/// use symbolon_types::{Rule, Trace};
/// let mut trace = Trace::stop_at_first();
/// trace.held(Rule::ClientKnown);
/// trace.failed(Rule::SecretMatches);
/// assert_eq!(trace.judged(Rule::ClientKnown), Some(true));
/// assert_eq!(trace.judged(Rule::SecretMatches), Some(false));
/// assert_eq!(trace.judged(Rule::GrantKnown), None);
/// assert_eq!(trace.first_failed(), Some(Rule::SecretMatches));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trace {
    goes_on: bool,
    held: Rules,
    failed: Rules,
    first_failed: Option<Rule>,
    facts: Vec<Fact>,
}

impl Trace {
    /// A trace for answering: checks stop at the first rule that does not hold, facts are not kept.
    pub fn stop_at_first() -> Self {
        Self::default()
    }

    /// A trace for explaining: checks go on where they can, facts are kept.
    pub fn go_on() -> Self {
        Self { goes_on: true, ..Self::default() }
    }

    /// Whether checks shall go on after a rule that does not hold.
    pub const fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Writes down that a rule was judged and held.
    pub fn held(&mut self, rule: Rule) {
        self.held.add(rule);
    }

    /// Writes down that a rule was judged and did not hold.
    pub fn failed(&mut self, rule: Rule) {
        self.failed.add(rule);
        self.first_failed.get_or_insert(rule);
    }

    /// Whether the rule held; `None` if it was not judged.
    pub fn judged(&self, rule: Rule) -> Option<bool> {
        if self.failed.has(rule) {
            Some(false)
        } else if self.held.has(rule) {
            Some(true)
        } else {
            None
        }
    }

    /// The first rule that did not hold.
    pub const fn first_failed(&self) -> Option<Rule> {
        self.first_failed
    }

    /// Every judged rule with its verdict, in the order of the table.
    pub fn verdicts(&self) -> impl Iterator<Item = (Rule, bool)> {
        Rule::ALL.iter().filter_map(|rule| self.judged(*rule).map(|held| (*rule, held)))
    }

    /// Notes a value that was seen while judging `rule`. Kept only by a trace that goes on; escaped, and cut after
    /// [`MAX_FACT_CHARS`] characters.
    pub fn note(&mut self, rule: Rule, field: Field, value: &str) {
        if self.goes_on {
            let escaped = value.escape_default();
            let value = escaped.take(MAX_FACT_CHARS).collect();
            self.facts.push(Fact { rule, field, value });
        }
    }

    /// What was noted, in the order in which it was seen.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }
}

/// A set of rules: a bit for each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Rules([u128; 2]);

impl Rules {
    fn add(&mut self, rule: Rule) {
        let (word, bit) = place(rule);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(self, rule: Rule) -> bool {
        let (word, bit) = place(rule);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

#[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum with a stated representation")]
const fn place(rule: Rule) -> (usize, u128) {
    let index = rule as u8;
    ((index / 128) as usize, 1 << (index % 128))
}

/// What may enter a trace: the allow-list of security decision D21.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// `grant_type`
    GrantType,
    /// `alg` of a header
    Alg,
    /// `kid` of a header
    Kid,
    /// `typ` of a header
    Typ,
    /// `aud`
    Aud,
    /// `iss`
    Iss,
    /// `exp`
    Exp,
    /// `iat`
    Iat,
    /// `nbf`
    Nbf,
    /// `htm`
    Htm,
    /// `htu`
    Htu,
    /// `scope`
    Scope,
    /// The name of an authentication method
    Method,
    /// A moment or a length of time that was compared with
    Time,
    /// A limit that was compared with
    Limit,
    /// A length
    Length,
    /// Which form of something fitted
    Form,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GrantType => "grant_type",
            Self::Alg => "alg",
            Self::Kid => "kid",
            Self::Typ => "typ",
            Self::Aud => "aud",
            Self::Iss => "iss",
            Self::Exp => "exp",
            Self::Iat => "iat",
            Self::Nbf => "nbf",
            Self::Htm => "htm",
            Self::Htu => "htu",
            Self::Scope => "scope",
            Self::Method => "method",
            Self::Time => "time",
            Self::Limit => "limit",
            Self::Length => "length",
            Self::Form => "form",
        })
    }
}

/// A value that was seen while a rule was judged.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fact {
    /// The rule that was judged.
    pub rule: Rule,
    /// What the value is.
    pub field: Field,
    /// The value, escaped and shortened.
    pub value: String,
}

/// One run of checks against a trace: stops at the first failure or goes on, as the trace says, and ends in the first
/// error either way.
///
/// ```
/// use symbolon_types::{Judge, Rule, Trace};
///
/// fn check(age: u8, trace: &mut Trace) -> Result<(), &'static str> {
///     let mut judge = Judge::new(trace);
///     judge.that(Rule::JwtExp, age < 10, || "too old")?;
///     judge.that(Rule::JwtIat, age > 0, || "too new")?;
///     judge.finish()
/// }
///
/// let mut trace = Trace::go_on();
/// assert_eq!(check(11, &mut trace), Err("too old"));
/// assert_eq!(trace.judged(Rule::JwtIat), Some(true), "the second check was made all the same");
/// ```
#[derive(Debug)]
pub struct Judge<'t, E> {
    trace: &'t mut Trace,
    first: Option<E>,
}

impl<'t, E> Judge<'t, E> {
    /// Starts a run of checks.
    pub const fn new(trace: &'t mut Trace) -> Self {
        Self { trace, first: None }
    }

    /// Judges one rule.
    ///
    /// # Errors
    /// The given error, if the rule does not hold and the trace stops at the first failure.
    pub fn that(&mut self, rule: Rule, holds: bool, error: impl FnOnce() -> E) -> Result<(), E> {
        if holds {
            self.trace.held(rule);
            return Ok(());
        }
        self.trace.failed(rule);
        if !self.trace.goes_on() {
            return Err(error());
        }
        if self.first.is_none() {
            self.first = Some(error());
        }
        Ok(())
    }

    /// Ends a run that cannot go on, because a rule does not hold. Gives the first error of the run, which need not be this one.
    pub fn stop(self, rule: Rule, error: E) -> E {
        let Self { trace, first } = self;
        trace.failed(rule);
        first.unwrap_or(error)
    }

    /// The trace that is written to.
    pub const fn trace(&mut self) -> &mut Trace {
        self.trace
    }

    /// Ends the run.
    ///
    /// # Errors
    /// The first error of a run that went on.
    pub fn finish(self) -> Result<(), E> {
        self.first.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopping_judge_stops_and_a_going_one_ends_in_the_first_error() {
        fn run(trace: &mut Trace) -> Result<(), u8> {
            let mut judge = Judge::new(trace);
            judge.that(Rule::ClientKnown, true, || 0)?;
            judge.that(Rule::SecretMatches, false, || 1)?;
            judge.that(Rule::GrantKnown, false, || 2)?;
            judge.finish()
        }
        let mut stops = Trace::stop_at_first();
        assert_eq!(run(&mut stops), Err(1));
        assert_eq!(stops.judged(Rule::GrantKnown), None);
        let mut goes = Trace::go_on();
        assert_eq!(run(&mut goes), Err(1));
        assert_eq!(goes.judged(Rule::GrantKnown), Some(false));
        assert_eq!(goes.first_failed(), Some(Rule::SecretMatches));
        assert_eq!(goes.verdicts().count(), 3);
    }

    #[test]
    fn a_judge_that_cannot_go_on_ends_in_the_first_error() {
        for (fails_before, expected) in [(false, 2), (true, 1)] {
            let mut trace = Trace::go_on();
            let mut judge = Judge::new(&mut trace);
            assert_eq!(judge.that(Rule::JwtExp, !fails_before, || 1), Ok(()));
            assert_eq!(judge.stop(Rule::JwtIat, 2), expected);
            assert_eq!(trace.judged(Rule::JwtExp), Some(!fails_before));
            assert_eq!(trace.judged(Rule::JwtIat), Some(false));
        }
    }

    #[test]
    fn facts_are_escaped_short_and_kept_only_when_explaining() {
        let mut trace = Trace::go_on();
        trace.note(Rule::AssertionAud, Field::Aud, &"\r\n\u{1b}".repeat(100));
        let fact = &trace.facts()[0];
        assert!(fact.value.chars().count() <= MAX_FACT_CHARS);
        assert!(fact.value.chars().all(|c| c.is_ascii_graphic()));
        let mut trace = Trace::stop_at_first();
        trace.note(Rule::AssertionAud, Field::Aud, "x");
        assert!(trace.facts().is_empty());
    }

    #[test]
    fn every_rule_has_its_own_bit() {
        for rule in Rule::ALL {
            let mut trace = Trace::stop_at_first();
            trace.held(*rule);
            assert_eq!(trace.verdicts().collect::<Vec<_>>(), [(*rule, true)]);
        }
    }
}
