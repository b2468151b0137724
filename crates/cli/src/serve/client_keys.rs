use core::net::IpAddr;
use std::{collections::HashMap, sync::Arc};

use symbolon::{
    jose::{JwkSet, KeyAdvice, KeySetCache, VerifyingKeys},
    types::Alg,
};
use symbolon_reqwest::{FetchError, Sender, client::EndpointUrl, is_public};
use time::UtcDateTime;
use tokio::sync::Mutex;

use super::{ServeError, clients};

/// The keys of clients that registered a `jwks_uri`, or of issuers of assertions, fetched when they are needed (security decisions
/// D19, D27).
///
/// Of each owner one fetch at a time, and not again before [`MIN_FETCH_INTERVAL`](symbolon::jose::MIN_FETCH_INTERVAL) is
/// over, whatever came of it. Of who is not registered nothing is fetched.
#[derive(Debug)]
pub(super) struct ClientKeySets {
    sender: Sender,
    most_keys: usize,
    sets: HashMap<String, KeySet>,
}

/// Where somebody's keys are, and what they must be for.
#[derive(Clone, Debug)]
pub(super) struct KeySource {
    pub(super) uri: EndpointUrl,
    pub(super) algorithms: Vec<Alg>,
}

#[derive(Debug)]
struct KeySet {
    source: KeySource,
    cache: Arc<Mutex<KeySetCache>>,
}

impl ClientKeySets {
    /// Nobody yet.
    pub(super) fn new(development: bool, most_keys: usize) -> Result<Self, ServeError> {
        Ok(Self { sender: sender(development)?, most_keys, sets: HashMap::new() })
    }

    pub(super) fn add(&mut self, owner: &str, source: KeySource) {
        self.sets.insert(owner.into(), KeySet { source, cache: Arc::default() });
    }

    /// The keys of somebody for a request that names this `kid`; `None` if there are none to be had now.
    pub(super) async fn keys(&self, owner: &str, kid: Option<&str>, now: UtcDateTime) -> Option<VerifyingKeys> {
        let set = self.sets.get(owner)?;
        let mut cache = Arc::clone(&set.cache).lock_owned().await;
        if cache.advise(kid, None, now) != KeyAdvice::Fetch {
            return had(&cache, now);
        }
        let (sender, source, most_keys) = (self.sender.clone(), set.source.clone(), self.most_keys);
        let owner = owner.to_owned();
        // A task of its own: a request that breaks off would otherwise use up the one fetch of the interval.
        let fetching = tokio::spawn(async move {
            let fetched = sender.jwks(&source.uri).await;
            if let Err(problem) = take(&mut cache, fetched, most_keys, &source.algorithms, now) {
                tracing::warn!(owner, "the keys at its `jwks_uri` are not had: {problem}");
            }
            had(&cache, now)
        });
        fetching.await.ok().flatten()
    }
}

/// Takes what a fetch gave. Without a set the old keys stay; a set is the client's word, and replaces them even where it
/// has none that can be used.
fn take(
    cache: &mut KeySetCache,
    fetched: Result<JwkSet, FetchError>,
    most_keys: usize,
    algorithms: &[Alg],
    now: UtcDateTime,
) -> Result<(), String> {
    let set = fetched.map_err(|error| error.to_string())?;
    let keys = clients::load(&set, most_keys, algorithms, &mut Vec::new());
    let (keys, taken) = match keys {
        Ok(keys) => (keys, Ok(())),
        Err(problem) => (VerifyingKeys::default(), Err(problem.to_string())),
    };
    cache.fetched(keys, now);
    taken
}

fn had(cache: &KeySetCache, now: UtcDateTime) -> Option<VerifyingKeys> {
    Some(cache.keys(now)).filter(|keys| !keys.is_empty())
}

/// What calls URLs of clients: without redirects, in bounded time, and in development on this machine or else at addresses of the
/// public internet alone.
pub(super) fn sender(development: bool) -> Result<Sender, ServeError> {
    let take = if development { is_public_or_loopback } else { is_public };
    let builder = Sender::builder().only_addresses(take).connect_timeout(TIMEOUT).timeout(TIMEOUT);
    builder.build().map_err(ServeError::Sender)
}

fn is_public_or_loopback(address: IpAddr) -> bool {
    is_public(address) || address.to_canonical().is_loopback()
}

/// How long a fetch or a ping may take: somebody waits for it.
const TIMEOUT: core::time::Duration = core::time::Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use symbolon::{jose::SigningKey, ring::PROVIDER};

    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn keys(kid: &str) -> VerifyingKeys {
        let key = SigningKey::from_pem(&PROVIDER, include_str!("../../examples/app.key.pem"), None).unwrap();
        VerifyingKeys::new(vec![key.with_kid(kid).verifying_key(&PROVIDER).unwrap()])
    }

    fn must_fetch(cache: &mut KeySetCache, kid: Option<&str>, now: UtcDateTime) -> bool {
        cache.advise(kid, None, now) == KeyAdvice::Fetch
    }

    fn kid(cache: &KeySetCache, now: UtcDateTime) -> Option<String> {
        had(cache, now).map(|keys| keys.keys()[0].kid().unwrap().to_owned())
    }

    #[test]
    fn a_set_is_fetched_once_and_then_used_until_it_is_not_fresh() {
        let mut cache = KeySetCache::new();
        assert!(must_fetch(&mut cache, None, at(0)));
        cache.fetched(keys("1"), at(0));
        for second in [0, 60, 299] {
            assert!(
                !must_fetch(&mut cache, None, at(second)) && !must_fetch(&mut cache, Some("1"), at(second)),
                "{second}"
            );
        }
        assert!(must_fetch(&mut cache, Some("1"), at(300)));
        cache.fetched(keys("2"), at(300));
        assert_eq!(kid(&cache, at(300)).as_deref(), Some("2"));
    }

    #[test]
    fn a109_a_flood_of_unknown_kids_fetches_once_in_an_interval() {
        let mut cache = KeySetCache::new();
        cache.fetched(keys("1"), at(0));
        let fetches = (1..=60).filter(|second| must_fetch(&mut cache, Some("unknown"), at(*second))).count();
        assert_eq!(fetches, 1);
        assert!(!must_fetch(&mut cache, Some("1"), at(61)), "the known one needs none");
        assert!(must_fetch(&mut cache, Some("unknown"), at(61)));
    }

    #[test]
    fn a_fetch_that_fails_is_not_tried_again_at_once_and_keeps_the_old_set_for_a_day() {
        let mut cache = KeySetCache::new();
        assert!(must_fetch(&mut cache, None, at(0)) && !must_fetch(&mut cache, None, at(59)));
        assert!(had(&cache, at(59)).is_none());
        assert!(must_fetch(&mut cache, None, at(60)));
        cache.fetched(keys("1"), at(60));
        // From here on each fetch fails.
        let day = 60 + 24 * 3600;
        assert!(must_fetch(&mut cache, None, at(day)) && kid(&cache, at(day)).is_some(), "old and better than nothing");
        assert!(!must_fetch(&mut cache, None, at(day + 1)));
        assert_eq!(kid(&cache, at(day + 1)), None, "no longer");
        assert!(must_fetch(&mut cache, None, at(day + 60)));
    }

    #[test]
    fn d19_only_where_no_set_is_had_the_old_one_stays() {
        let key = SigningKey::from_pem(&PROVIDER, include_str!("../../examples/app.key.pem"), None).unwrap();
        let own = key.with_kid("2").public_jwk().unwrap();
        let set = |json: &str| JwkSet::parse(json.as_bytes());
        let with = |more: &str| set(&JwkSet::new(vec![own.clone()]).to_json().replacen('[', &format!("[{more},"), 1));
        let old = || {
            let mut cache = KeySetCache::new();
            assert!(must_fetch(&mut cache, None, at(0)));
            cache.fetched(keys("1"), at(0));
            cache
        };
        let taken = |fetched: Result<JwkSet, FetchError>| {
            let mut cache = old();
            let taken = take(&mut cache, fetched, 20, &[Alg::Es256], at(300));
            (taken.is_ok(), kid(&cache, at(300)))
        };
        assert_eq!(taken(Err(FetchError::UnexpectedStatus { status: 503 })), (false, Some("1".into())));
        assert_eq!(taken(set("{}").map_err(Into::into)), (false, Some("1".into())), "not a set");
        assert_eq!(taken(Ok(JwkSet::new(vec![own.clone()]))), (true, Some("2".into())));
        assert_eq!(taken(Ok(with(r#"{"kty":"FUTURE"}"#).unwrap())), (true, Some("2".into())));
        for replaced in [
            set(r#"{"keys":[]}"#),
            set(r#"{"keys":[{"kty":"FUTURE"}]}"#),
            with(r#"{"kty":"oct","k":"AAAA"}"#),
            Ok(JwkSet::new(vec![own.clone(); 21])),
        ] {
            assert_eq!(taken(Ok(replaced.unwrap())), (false, None));
        }

        let mut cache = old();
        assert!(take(&mut cache, set(r#"{"keys":[]}"#).map_err(Into::into), 20, &[], at(300)).is_err());
        assert!(must_fetch(&mut cache, None, at(300)), "there are no keys, and the last fetch is over a minute ago");
        assert!(!must_fetch(&mut cache, None, at(359)) && must_fetch(&mut cache, None, at(360)));
    }

    #[test]
    fn a_clock_that_goes_back_fetches_nothing() {
        let mut cache = KeySetCache::new();
        assert!(must_fetch(&mut cache, None, at(0)));
        cache.fetched(keys("1"), at(0));
        assert!(!must_fetch(&mut cache, None, at(-100_000)) && !must_fetch(&mut cache, Some("2"), at(-100_000)));
        assert!(kid(&cache, at(-100_000)).is_some());
    }

    #[test]
    fn a121_loopback_is_for_development_and_private_addresses_are_for_nobody() {
        for (address, in_development) in [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false), ("fe80::1", false)] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!((is_public(address), is_public_or_loopback(address)), (false, in_development), "{address}");
        }
    }
}
