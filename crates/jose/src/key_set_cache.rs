use symbolon_types::Alg;
use time::{Duration, UtcDateTime};

use crate::{
    SelectError, VerifyingKeys,
    fetch_gate::{FetchAdvice, FetchGate},
};

/// How long a fetched set is used without being fetched again: a key that its owner takes out is good for as long.
pub const KEY_SET_FRESH: Duration = Duration::minutes(5);

/// How long a fetched set is used in whose place no other one is had (security decision D19): an outage of a night is not
/// one of everybody who verifies, and a key that was taken out is not good for ever.
pub const MAX_KEY_SET_AGE: Duration = Duration::hours(24);

/// The keys at one `jwks_uri`, and when they are to be fetched ([OIDC Core §10.1.1], security decisions D19, D27).
///
/// It fetches nothing and knows no clock: it is told what a token wants, and says what to do. A fetched set replaces the
/// old one, so that a key that was taken out is gone; a fetch that failed is not told, and leaves the old set for at most
/// [`MAX_KEY_SET_AGE`]. A fetch counts from the moment it was advised, so that several tasks share one cache behind a lock
/// and one of them fetches. How a set comes over the network, from where and how long that may take is for the caller.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{KeyAdvice, KeySetCache, MAX_KEY_SET_AGE, MIN_FETCH_INTERVAL};
/// use symbolon_jose::{SigningKey, UnverifiedJwt, VerifyingKeys, types::{Alg, SecretBytes}};
/// use time::{Duration, UtcDateTime};
///
/// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?.with_kid("2026");
/// let text = key.sign(&PROVIDER, None, &serde_json::json!({}))?;
/// let jwt = UnverifiedJwt::parse(&text)?;
/// let (kid, alg) = (jwt.header().kid(), Some(jwt.header().alg()));
///
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let mut cache = KeySetCache::new();
/// assert_eq!(cache.advise(kid, alg, now), KeyAdvice::Fetch);
/// let fetched = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER)?]);
/// cache.fetched(fetched, now);
/// assert_eq!(cache.advise(kid, alg, now), KeyAdvice::Use);
/// jwt.verify_with(&cache.keys(now))?;
///
/// // A kid that nobody has costs the issuer one request in an interval.
/// assert_eq!(cache.advise(Some("x"), alg, now), KeyAdvice::NotBefore(now + MIN_FETCH_INTERVAL));
/// assert!(cache.keys(now + MAX_KEY_SET_AGE + Duration::SECOND).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// A clock that goes back fetches nothing and ends nothing: until the clock is where it was, the set is as fresh as it was
/// and the interval is not over. After a clock that was far ahead, begin with a new cache.
///
/// [OIDC Core §10.1.1]: https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
#[derive(Clone, Debug, Default)]
pub struct KeySetCache {
    gate: FetchGate,
    held: Option<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    keys: VerifyingKeys,
    fetched: UtcDateTime,
}

impl KeySetCache {
    /// Nothing was fetched yet.
    pub const fn new() -> Self {
        Self { gate: FetchGate::new(), held: None }
    }

    /// What to do before a token is verified whose header has this `kid` and `alg`, as far as they are known: a request
    /// may name a `kid` alone, and without either any key will do.
    ///
    /// [`KeyAdvice::Fetch`] is said once: the fetch counts as done, whatever comes of it.
    pub fn advise(&mut self, kid: Option<&str>, alg: Option<Alg>, now: UtcDateTime) -> KeyAdvice {
        let wanted = match self.young(now) {
            Some(held) => held.keys.would_select(kid, alg),
            None => Err(SelectError::NoUsableKey),
        };
        let is_fresh = self.held.as_ref().is_some_and(|held| now < held.fetched.saturating_add(KEY_SET_FRESH));
        let lacking = match wanted {
            Ok(()) if is_fresh => return KeyAdvice::Use,
            Err(error) if is_fresh => error,
            // Any other set may be better than one that is not fresh.
            Ok(()) | Err(_) => SelectError::NoUsableKey,
        };
        match (self.gate.advise(lacking, now), wanted) {
            (FetchAdvice::Fetch, _) => KeyAdvice::Fetch,
            (FetchAdvice::NotBefore(_), Ok(())) => KeyAdvice::Use,
            (FetchAdvice::NotBefore(opens), Err(_)) => KeyAdvice::NotBefore(opens),
            (FetchAdvice::NoHelp, _) => KeyAdvice::NoHelp,
        }
    }

    /// Takes a set that was fetched, in place of the one before. It is the word of its owner, and replaces that one even
    /// where it has no key that can be used.
    pub fn fetched(&mut self, keys: VerifyingKeys, now: UtcDateTime) {
        self.held = Some(Held { keys, fetched: now });
    }

    /// The keys to verify with; none if there is no set, or one that is too old.
    #[must_use]
    pub fn keys(&self, now: UtcDateTime) -> VerifyingKeys {
        self.young(now).map(|held| held.keys.clone()).unwrap_or_default()
    }

    /// The set, unless it is too old to be used.
    fn young(&self, now: UtcDateTime) -> Option<&Held> {
        self.held.as_ref().filter(|held| now <= held.fetched.saturating_add(MAX_KEY_SET_AGE))
    }
}

/// What to do before a token is verified. What is verified then is verified with [`KeySetCache::keys`], and refused where
/// they have no key for it: no advice is a verdict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[must_use]
pub enum KeyAdvice {
    /// Verify: a key that fits is there.
    Use,
    /// Fetch the set now, hand it to [`KeySetCache::fetched`], and then verify. Verify as well where the fetch failed: the
    /// old set may do.
    Fetch,
    /// Refuse: no key fits, the set was fetched a moment ago, and may be again at this moment. Whoever waits for a fetch
    /// that another task was advised to make looks at the keys again when it is done.
    NotBefore(UtcDateTime),
    /// Refuse: keys are there, none can be told to be the one, and no fetch would help.
    NoHelp,
}

#[cfg(test)]
mod tests {
    use symbolon_crypto_ring::PROVIDER;
    use symbolon_types::SecretBytes;

    use super::*;
    use crate::VerifyingKey;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000).unwrap().saturating_add(Duration::seconds(seconds))
    }

    fn keys(kids: &[&str]) -> VerifyingKeys {
        let key = |kid: &&str| {
            let secret = SecretBytes::new([7; 32]);
            VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &secret).unwrap().with_kid(*kid)
        };
        VerifyingKeys::new(kids.iter().map(key).collect())
    }

    /// A cache whose set was fetched at the beginning, as it was advised to.
    fn holding(kids: &[&str]) -> KeySetCache {
        let mut cache = KeySetCache::new();
        assert_eq!(cache.advise(None, None, at(0)), KeyAdvice::Fetch);
        cache.fetched(keys(kids), at(0));
        cache
    }

    fn advise(cache: &mut KeySetCache, kid: &str, seconds: i64) -> KeyAdvice {
        cache.advise(Some(kid), Some(Alg::Hs256), at(seconds))
    }

    fn kids(cache: &KeySetCache, seconds: i64) -> Vec<String> {
        cache.keys(at(seconds)).keys().iter().map(|key| key.kid().unwrap().into()).collect()
    }

    const DAY: i64 = 24 * 3600;

    #[test]
    fn a_set_is_fetched_once_and_used_until_it_is_not_fresh() {
        let mut cache = holding(&["1"]);
        for seconds in [0, 1, 60, 299] {
            assert_eq!(advise(&mut cache, "1", seconds), KeyAdvice::Use, "{seconds}");
            assert_eq!(cache.advise(None, None, at(seconds)), KeyAdvice::Use, "{seconds}");
        }
        assert_eq!(advise(&mut cache, "1", 300), KeyAdvice::Fetch);
        assert_eq!(
            advise(&mut cache, "1", 301),
            KeyAdvice::Use,
            "somebody else is fetching, and the old set has the key"
        );
        cache.fetched(keys(&["1"]), at(302));
        assert_eq!(advise(&mut cache, "1", 601), KeyAdvice::Use);
        assert_eq!(advise(&mut cache, "1", 602), KeyAdvice::Fetch);
    }

    #[test]
    fn a109_a_flood_of_unknown_kids_fetches_once_in_an_interval() {
        let mut cache = holding(&["1"]);
        let mut fetches = 0;
        for tenth in 0..6000 {
            let seconds = tenth / 10;
            match advise(&mut cache, "x", seconds) {
                KeyAdvice::Fetch => {
                    fetches += 1;
                    cache.fetched(keys(&["1"]), at(seconds));
                }
                KeyAdvice::NotBefore(opens) => assert_eq!(opens, at((seconds / 60 + 1) * 60)),
                other => panic!("{other:?}"),
            }
            assert_eq!(advise(&mut cache, "1", seconds), KeyAdvice::Use, "the known one goes on");
        }
        assert_eq!(fetches, 9, "ten minutes of ten tokens a second, in the first of which the set was fetched");
    }

    #[test]
    fn a109_a_failed_fetch_keeps_the_old_set_and_no_longer_than_a_day() {
        let mut cache = holding(&["1"]);
        // From here on each fetch fails, and nobody says so.
        let fetches = (1..=DAY).filter(|seconds| advise(&mut cache, "1", *seconds) == KeyAdvice::Fetch).count();
        assert_eq!(fetches, 1436, "once a minute since the set is not fresh");
        assert_eq!(kids(&cache, DAY), ["1"], "old, and better than nothing");
        assert_eq!(advise(&mut cache, "1", DAY + 1), KeyAdvice::NotBefore(at(DAY + 60)));
        assert!(cache.keys(at(DAY + 1)).is_empty(), "no longer");
        assert_eq!(advise(&mut cache, "1", DAY + 60), KeyAdvice::Fetch);
        cache.fetched(keys(&["1"]), at(DAY + 60));
        assert_eq!(advise(&mut cache, "1", DAY + 61), KeyAdvice::Use, "had again");
    }

    #[test]
    fn a122_a_fetched_set_replaces_the_old_one_and_a_removed_key_is_gone() {
        let mut cache = holding(&["1", "2"]);
        assert_eq!(advise(&mut cache, "1", 1), KeyAdvice::Use);
        cache.fetched(keys(&["2", "3"]), at(2));
        assert_eq!(kids(&cache, 2), ["2", "3"]);
        assert_eq!(advise(&mut cache, "2", 2), KeyAdvice::Use);
        assert_eq!(advise(&mut cache, "1", 2), KeyAdvice::NotBefore(at(60)));
        cache.fetched(VerifyingKeys::default(), at(3));
        assert!(cache.keys(at(3)).is_empty(), "its owner's word");
        assert_eq!(advise(&mut cache, "2", 59), KeyAdvice::NotBefore(at(60)));
        assert_eq!(advise(&mut cache, "2", 60), KeyAdvice::Fetch);
    }

    #[test]
    fn a_key_that_is_there_and_does_not_do_is_fetched_where_another_set_may_have_it() {
        let mut cache = holding(&["1", "2"]);
        assert_eq!(cache.advise(Some("1"), Some(Alg::Rs256), at(60)), KeyAdvice::Fetch, "none fits");
        assert_eq!(cache.advise(None, Some(Alg::Hs256), at(200)), KeyAdvice::NoHelp, "two would do");
        assert_eq!(cache.advise(None, Some(Alg::Rs256), at(200)), KeyAdvice::Fetch, "which was no fetch");
        let mut same = holding(&["1"; 5]);
        assert_eq!(advise(&mut same, "1", 200), KeyAdvice::NoHelp, "five would");
        assert_eq!(advise(&mut same, "1", 300), KeyAdvice::Fetch, "but another set may be saner");
        assert_eq!(holding(&["1"]).advise(None, Some(Alg::Hs256), at(200)), KeyAdvice::Use);
    }

    #[test]
    fn a_clock_that_goes_back_fetches_nothing() {
        let mut cache = holding(&["1"]);
        for back in [-1, -60, -300, -DAY, -2 * DAY] {
            assert_eq!(advise(&mut cache, "1", back), KeyAdvice::Use, "{back}");
            assert_eq!(advise(&mut cache, "x", back), KeyAdvice::NotBefore(at(60)), "{back}");
        }
    }

    #[test]
    fn the_end_of_time_is_no_way_around() {
        let mut cache = KeySetCache::new();
        assert_eq!(cache.advise(None, None, UtcDateTime::MAX), KeyAdvice::Fetch);
        cache.fetched(keys(&["1"]), UtcDateTime::MAX);
        let before = UtcDateTime::MAX - Duration::SECOND;
        assert_eq!(cache.advise(Some("1"), None, before), KeyAdvice::Use);
        assert_eq!(cache.advise(Some("x"), None, before), KeyAdvice::NotBefore(UtcDateTime::MAX));
        assert_eq!(cache.advise(Some("x"), None, UtcDateTime::MAX), KeyAdvice::Fetch);
    }
}
