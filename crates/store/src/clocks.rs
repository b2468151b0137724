use symbolon_policy::MAX_NODE_CLOCK_DIFFERENCE;
use thiserror::Error;
use time::{Duration, UtcDateTime};

/// The clock of a node differs by too much from that of the database, by which rows are kept and cleaned.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the clock of this node is {} s ahead of that of the database", .ahead.whole_seconds())]
pub struct ClockDifference {
    /// How far the node is ahead; below zero: how far it is behind.
    pub ahead: Duration,
}

/// Compares a node's clock with that of its database, which a store reads in the transaction of [`Store::apply`]: what one node
/// has cleaned away another must not accept (security decision D5).
///
/// ```
/// use symbolon_server::ApplyError;
/// use symbolon_store::{ClockDifference, judge_clocks};
/// use time::UtcDateTime;
///
/// /// At the beginning of a transaction, before anything is written: 503.
/// fn begin(node: UtcDateTime, database: UtcDateTime) -> Result<(), ApplyError<ClockDifference>> {
///     judge_clocks(node, database).map_err(ApplyError::NotApplied)
/// }
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// assert!(begin(now, now).is_ok());
/// assert!(begin(now + time::Duration::minutes(1), now).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - [`ClockDifference`]: they are more than [`MAX_NODE_CLOCK_DIFFERENCE`] apart, in either direction.
///
/// [`Store::apply`]: crate::Store::apply
#[expect(clippy::arithmetic_side_effects, reason = "any two moments are a duration apart")]
pub fn judge_clocks(node: UtcDateTime, database: UtcDateTime) -> Result<(), ClockDifference> {
    let ahead = node - database;
    if ahead.abs() <= MAX_NODE_CLOCK_DIFFERENCE { Ok(()) } else { Err(ClockDifference { ahead }) }
}

#[cfg(test)]
mod tests {
    use symbolon_testkit::now;

    use super::*;

    #[test]
    fn d5_clocks_are_ten_seconds_apart_at_most() {
        let judge = |ahead: Duration| judge_clocks(now().saturating_add(ahead), now());
        let a_little_more = MAX_NODE_CLOCK_DIFFERENCE.saturating_add(Duration::NANOSECOND);
        for good in [Duration::ZERO, MAX_NODE_CLOCK_DIFFERENCE, -MAX_NODE_CLOCK_DIFFERENCE] {
            assert_eq!(judge(good), Ok(()));
        }
        for ahead in [a_little_more, -a_little_more, Duration::days(400), Duration::days(-400)] {
            assert_eq!(judge(ahead), Err(ClockDifference { ahead }));
        }
    }
}
