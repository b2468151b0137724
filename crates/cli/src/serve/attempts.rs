use core::{hash::BuildHasher as _, net::IpAddr};
use std::{
    collections::HashMap,
    hash::RandomState,
    sync::{Mutex, PoisonError},
};

use time::{Duration, UtcDateTime};

/// What is counted per client and peer network, and per peer network; never per client alone: anybody could lock a client
/// out.
#[derive(Debug)]
pub(super) struct Attempts {
    per_client_and_network: u32,
    per_network: u32,
    hasher: RandomState,
    windows: Mutex<HashMap<Key, Window>>,
}

/// How long attempts are counted together.
const WINDOW: Duration = Duration::MINUTE;
/// Refused attempts at one client from one network in a window: a person's typing mistakes, and a script's first tries.
const SECRETS_PER_CLIENT_AND_NETWORK: u32 = 10;
/// Refused attempts from one network in a window: an office behind one address.
const SECRETS_PER_NETWORK: u32 = 100;
/// Requests of one client from one network that leave a replay id behind, in a window: 100 a second. An id is kept for about
/// six windows at most.
const IDS_PER_CLIENT_AND_NETWORK: u32 = 6_000;
/// The same of all clients: a hundredth of what the memory store remembers, over all windows of an id's life.
const IDS_PER_NETWORK: u32 = 12_000;
/// Most counters that are kept. What does not fit is not counted until a window has ended.
const MAX_WINDOWS: usize = 100_000;

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    /// A keyed hash of the claimed id, which may be long and of no client.
    client: Option<u64>,
    network: Network,
}

/// What one party has of the address space as a rule: an IPv4 address, an IPv6 prefix of 64 bits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Network {
    V4([u8; 4]),
    V6([u16; 4]),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: UtcDateTime,
    count: u32,
}

impl Attempts {
    /// Counts refused shared secrets (RFC 6749 §2.3.1, security decision D15).
    pub(super) fn at_secrets() -> Self {
        Self::new(SECRETS_PER_CLIENT_AND_NETWORK, SECRETS_PER_NETWORK)
    }

    /// Counts requests that leave a replay id behind, so that only who fills the store is refused (RFC 9449 §11.1, security
    /// decision D27).
    pub(super) fn at_ids() -> Self {
        Self::new(IDS_PER_CLIENT_AND_NETWORK, IDS_PER_NETWORK)
    }

    fn new(per_client_and_network: u32, per_network: u32) -> Self {
        Self { per_client_and_network, per_network, hasher: RandomState::new(), windows: Mutex::default() }
    }

    /// How long this client must wait there, if it has to.
    pub(super) fn wait(&self, client_id: &str, peer: IpAddr, now: UtcDateTime) -> Option<Duration> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = self.keys(client_id, peer).into_iter().filter_map(|(key, most)| {
            let window = windows.get(&key)?;
            (window.count >= most && now < window.ends).then_some(window.ends)
        });
        let seconds = ends.max()?.unix_timestamp().saturating_sub(now.unix_timestamp()).saturating_add(1);
        Some(Duration::seconds(seconds))
    }

    /// Counts one.
    pub(super) fn count(&self, client_id: &str, peer: IpAddr, now: UtcDateTime) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in self.keys(client_id, peer) {
            if windows.len() >= MAX_WINDOWS && !windows.contains_key(&key) {
                windows.retain(|_, window| now < window.ends);
                if windows.len() >= MAX_WINDOWS {
                    continue;
                }
            }
            let new = Window { ends: now.saturating_add(WINDOW), count: 0 };
            let window = windows.entry(key).or_insert(new);
            if now >= window.ends {
                *window = new;
            }
            window.count = window.count.saturating_add(1);
        }
    }

    fn keys(&self, client_id: &str, peer: IpAddr) -> [(Key, u32); 2] {
        let network = match peer.to_canonical() {
            IpAddr::V4(address) => Network::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Network::V6([a, b, c, d])
            }
        };
        let client = Some(self.hasher.hash_one(client_id));
        [(Key { client, network }, self.per_client_and_network), (Key { client: None, network }, self.per_network)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_700_000_000_i64.saturating_add(second)).unwrap()
    }

    fn peer(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn a060_too_many_refused_secrets_of_one_client_from_one_network_wait_and_nobody_else_does() {
        let attempts = Attempts::at_secrets();
        for _ in 1..SECRETS_PER_CLIENT_AND_NETWORK {
            attempts.count("app", peer("192.0.2.1"), at(0));
        }
        assert_eq!(attempts.wait("app", peer("192.0.2.1"), at(30)), None);
        attempts.count("app", peer("192.0.2.1"), at(30));
        assert_eq!(attempts.wait("app", peer("192.0.2.1"), at(30)), Some(Duration::seconds(31)));
        assert_eq!(attempts.wait("app", peer("::ffff:192.0.2.1"), at(30)), Some(Duration::seconds(31)));

        assert_eq!(attempts.wait("app", peer("192.0.2.2"), at(30)), None);
        assert_eq!(attempts.wait("other", peer("192.0.2.1"), at(30)), None);
        assert_eq!(attempts.wait("app", peer("192.0.2.1"), at(60)), None);
        attempts.count("app", peer("192.0.2.1"), at(60));
        assert_eq!(attempts.wait("app", peer("192.0.2.1"), at(60)), None, "the window began anew");
    }

    #[test]
    fn too_many_from_one_network_wait_whatever_the_client() {
        let attempts = Attempts::at_secrets();
        for n in 0..SECRETS_PER_NETWORK {
            attempts.count(&n.to_string(), peer("2001:db8::1"), at(0));
        }
        let waits = Some(Duration::seconds(61));
        assert_eq!(attempts.wait("new", peer("2001:db8::ffff:1"), at(0)), waits, "of the same 64 bits");
        assert_eq!(attempts.wait("new", peer("2001:db8:0:1::1"), at(0)), None);
    }

    #[test]
    fn d27_a131_too_many_ids_of_one_client_from_one_network_wait_and_nobody_else_does() {
        let ids = Attempts::at_ids();
        for _ in 0..IDS_PER_CLIENT_AND_NETWORK {
            assert_eq!(ids.wait("app", peer("192.0.2.1"), at(0)), None);
            ids.count("app", peer("192.0.2.1"), at(0));
        }
        assert_eq!(ids.wait("app", peer("192.0.2.1"), at(0)), Some(Duration::seconds(61)));
        assert_eq!(ids.wait("other", peer("192.0.2.1"), at(0)), None);
        assert_eq!(ids.wait("app", peer("192.0.2.2"), at(0)), None);
        assert_eq!(ids.wait("app", peer("192.0.2.1"), at(60)), None);
    }
}
