use time::{Duration, UtcDateTime};

use crate::SelectError;

/// Shortest time between two fetches of one key set that tokens may cause (security decisions D19, D27). A rollover is
/// noticed within it, and a flood of invented `kid`s costs the issuer one request in it.
pub const MIN_FETCH_INTERVAL: Duration = Duration::seconds(60);

/// Tells when a JWK set may be fetched: once, and not again before [`MIN_FETCH_INTERVAL`] is over. A fetch counts from the
/// moment it was advised, whether it succeeds or fails.
///
/// A clock that goes back does not open it: it stays shut until the interval after the last fetch is over by the same
/// clock.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct FetchGate {
    last: Option<UtcDateTime>,
}

impl FetchGate {
    /// Nothing was fetched yet.
    pub(crate) const fn new() -> Self {
        Self { last: None }
    }

    /// Remembers a fetch.
    const fn fetched(&mut self, now: UtcDateTime) {
        self.last = Some(now);
    }

    /// What to do about a key that was not found. [`FetchAdvice::Fetch`] is said once: the fetch counts as done.
    pub(crate) fn advise(&mut self, error: SelectError, now: UtcDateTime) -> FetchAdvice {
        if !is_absence(error) {
            return FetchAdvice::NoHelp;
        }
        if let Some(opens) = self.opens().filter(|opens| now < *opens) {
            return FetchAdvice::NotBefore(opens);
        }
        self.fetched(now);
        FetchAdvice::Fetch
    }

    /// The end of the interval after the last fetch.
    fn opens(&self) -> Option<UtcDateTime> {
        self.last.map(|last| last.saturating_add(MIN_FETCH_INTERVAL))
    }
}

/// What to do about a key that was not found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FetchAdvice {
    /// Fetch the set now.
    Fetch,
    /// It was fetched a moment ago, and may be again at this moment.
    NotBefore(UtcDateTime),
    /// The key is there and does not do, so that no fetch would help.
    NoHelp,
}

/// Whether another set may have the key.
const fn is_absence(error: SelectError) -> bool {
    match error {
        SelectError::NoUsableKey | SelectError::UnknownKid | SelectError::NoneFits => true,
        SelectError::Ambiguous | SelectError::TooManyOfOneKid { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap().saturating_add(Duration::seconds(seconds))
    }

    #[test]
    fn a109_a_flood_of_unknown_kids_fetches_once_in_an_interval() {
        let mut gate = FetchGate::new();
        let fetches = (0..6000)
            .filter(|tenth| gate.advise(SelectError::UnknownKid, at(tenth / 10)) == FetchAdvice::Fetch)
            .count();
        assert_eq!(fetches, 10, "ten minutes of ten tokens a second");
    }

    #[test]
    fn a109_the_gate_opens_at_the_end_of_the_interval_and_not_a_moment_before() {
        let mut gate = FetchGate::new();
        gate.fetched(at(0));
        let just_before = at(60) - Duration::NANOSECOND;
        assert_eq!(gate.advise(SelectError::UnknownKid, just_before), FetchAdvice::NotBefore(at(60)));
        assert_eq!(gate.advise(SelectError::UnknownKid, at(60)), FetchAdvice::Fetch);
    }

    #[test]
    fn a109_a_clock_that_goes_back_does_not_open_the_gate() {
        let mut gate = FetchGate::new();
        assert_eq!(gate.advise(SelectError::UnknownKid, at(0)), FetchAdvice::Fetch);
        for back in [1, 59, 60, 61, 3600, 1_700_000_000] {
            assert_eq!(gate.advise(SelectError::UnknownKid, at(-back)), FetchAdvice::NotBefore(at(60)));
        }
        gate.fetched(at(-3600));
        assert_eq!(gate.advise(SelectError::UnknownKid, at(-3540)), FetchAdvice::Fetch, "said to be so");
    }

    #[test]
    fn only_an_absent_key_is_worth_a_fetch() {
        for error in [SelectError::UnknownKid, SelectError::NoneFits, SelectError::NoUsableKey] {
            assert_eq!(FetchGate::new().advise(error, at(0)), FetchAdvice::Fetch, "{error}");
        }
        let mut gate = FetchGate::new();
        for error in [SelectError::Ambiguous, SelectError::TooManyOfOneKid { limit: 4 }] {
            assert_eq!(gate.advise(error, at(0)), FetchAdvice::NoHelp, "{error}");
        }
        assert_eq!(gate, FetchGate::new(), "which does not count as a fetch");
    }

    #[test]
    fn the_end_of_time_is_no_way_around() {
        let mut gate = FetchGate::new();
        gate.fetched(UtcDateTime::MAX);
        let shut = FetchAdvice::NotBefore(UtcDateTime::MAX);
        assert_eq!(gate.advise(SelectError::UnknownKid, UtcDateTime::MAX - Duration::SECOND), shut);
    }
}
