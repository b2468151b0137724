use alloc::string::String;

/// Whether an `acr` will do where these values were demanded, by an order of levels, the lowest first: it is one of them, or
/// of the level of the lowest of them, or of a higher one. A value without a level is only as good as itself.
pub(crate) fn is_enough<L, V>(levels: &[L], demanded: &[String], acr: &str) -> bool
where
    L: AsRef<[V]>,
    V: AsRef<str>,
{
    let has = |level: &L, value: &str| level.as_ref().iter().any(|known| known.as_ref() == value);
    if demanded.iter().any(|value| value == acr) {
        return true;
    }
    // A value with two places, which no policy has and a plan neither, is demanded at the higher and reached at the lower one.
    let lowest = demanded.iter().filter_map(|value| levels.iter().rposition(|level| has(level, value))).min();
    let reached = levels.iter().position(|level| has(level, acr));
    lowest.zip(reached).is_some_and(|(lowest, reached)| reached >= lowest)
}
