//! What was checked, line by line, and the sum.

use core::fmt;

/// The sum of all lines.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    held: usize,
    refused: usize,
    not_offered: usize,
    failed: usize,
}

impl Tally {
    /// Prints and counts one line of checks.
    pub(crate) fn add(&mut self, who: &str, alg: &str, checks: &Checks) {
        println!("{who:<28} {alg:<8} {checks}");
        self.held = self.held.saturating_add(checks.held);
        self.refused = self.refused.saturating_add(checks.refused);
        self.failed = self.failed.saturating_add(checks.faults.len());
    }

    /// Prints and counts an algorithm that one side lacks.
    pub(crate) fn not_offered(&mut self, who: &str, alg: &str, by: &str) {
        println!("{who:<28} {alg:<8} not by {by}");
        self.not_offered = self.not_offered.saturating_add(1);
    }

    /// Whether nothing failed, something held and something was refused.
    pub(crate) const fn is_as_expected(&self) -> bool {
        self.failed == 0 && self.held > 0 && self.refused > 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} held, {} refused as they must, {} not offered", self.held, self.refused, self.not_offered)?;
        if self.failed > 0 { write!(f, ", {} FAILED", self.failed) } else { Ok(()) }
    }
}

/// The checks of one line.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    held: usize,
    refused: usize,
    faults: Vec<String>,
}

impl Checks {
    /// What must be so.
    pub(crate) fn holds(&mut self, what: &str, holds: bool) {
        if holds {
            self.held = self.held.saturating_add(1);
        } else {
            self.faults.push(format!("does not hold: {what}"));
        }
    }

    /// Two values that must be equal. Both are shown if they are not: there are throw-away keys and made-up claims only.
    pub(crate) fn equal<T: fmt::Debug + PartialEq>(&mut self, what: &str, ours: &T, theirs: &T) {
        if ours == theirs {
            self.held = self.held.saturating_add(1);
        } else {
            self.faults.push(format!("{what} differ: {ours:?} and {theirs:?}"));
        }
    }

    /// What must be refused, and for the reason given.
    pub(crate) fn refused<T, E: fmt::Debug + PartialEq>(&mut self, what: &str, answer: Result<T, E>, reason: &E) {
        match answer {
            Err(error) if error == *reason => self.refused = self.refused.saturating_add(1),
            Err(error) => self.faults.push(format!("{what}: refused as {error:?}, and not as {reason:?}")),
            Ok(_) => self.faults.push(format!("{what}: taken")),
        }
    }

    /// What went wrong beside the checks.
    pub(crate) fn fault(&mut self, what: String) {
        self.faults.push(what);
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "held {:>2}, refused {:>2}", self.held, self.refused)?;
        for fault in &self.faults {
            write!(f, "\n    FAILED: {fault}")?;
        }
        Ok(())
    }
}
