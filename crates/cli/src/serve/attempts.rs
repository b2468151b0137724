use core::{hash::BuildHasher as _, net::IpAddr};
use std::{
    collections::HashMap,
    hash::RandomState,
    sync::{Mutex, PoisonError},
};

use symbolon::server::Throttle;
use time::{Duration, UtcDateTime};

/// Refused attempts at shared secrets, counted per client and peer network, and per peer network (RFC 6749 §2.3.1, security
/// decision D15). Never per client alone: anybody could lock a client out.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    hasher: RandomState,
    windows: Mutex<HashMap<Key, Window>>,
}

/// How long attempts are counted together.
const WINDOW: Duration = Duration::MINUTE;
/// Refused attempts at one client from one network in a window: a person's typing mistakes, and a script's first tries.
const PER_CLIENT_AND_NETWORK: u32 = 10;
/// Refused attempts from one network in a window: an office behind one address.
const PER_NETWORK: u32 = 100;
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
    refused: u32,
}

impl Attempts {
    /// Whether a shared secret of this client may be tried from there.
    pub(super) fn throttle(&self, client_id: &str, peer: IpAddr, now: UtcDateTime) -> Throttle {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = self.keys(client_id, peer).into_iter().filter_map(|(key, most)| {
            let window = windows.get(&key)?;
            (window.refused >= most && now < window.ends).then_some(window.ends)
        });
        match ends.max() {
            None => Throttle::Allow,
            Some(ends) => {
                let seconds = ends.unix_timestamp().saturating_sub(now.unix_timestamp()).saturating_add(1);
                Throttle::Refuse { retry_after: Duration::seconds(seconds) }
            }
        }
    }

    /// Counts a refused one.
    pub(super) fn count(&self, client_id: &str, peer: IpAddr, now: UtcDateTime) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in self.keys(client_id, peer) {
            if windows.len() >= MAX_WINDOWS && !windows.contains_key(&key) {
                windows.retain(|_, window| now < window.ends);
                if windows.len() >= MAX_WINDOWS {
                    continue;
                }
            }
            let new = Window { ends: now.saturating_add(WINDOW), refused: 0 };
            let window = windows.entry(key).or_insert(new);
            if now >= window.ends {
                *window = new;
            }
            window.refused = window.refused.saturating_add(1);
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
        [(Key { client, network }, PER_CLIENT_AND_NETWORK), (Key { client: None, network }, PER_NETWORK)]
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
        let attempts = Attempts::default();
        for _ in 1..PER_CLIENT_AND_NETWORK {
            attempts.count("app", peer("192.0.2.1"), at(0));
        }
        assert_eq!(attempts.throttle("app", peer("192.0.2.1"), at(30)), Throttle::Allow);
        attempts.count("app", peer("192.0.2.1"), at(30));
        assert_eq!(
            attempts.throttle("app", peer("192.0.2.1"), at(30)),
            Throttle::Refuse { retry_after: Duration::seconds(31) }
        );
        assert_eq!(
            attempts.throttle("app", peer("::ffff:192.0.2.1"), at(30)),
            Throttle::Refuse { retry_after: Duration::seconds(31) }
        );

        assert_eq!(attempts.throttle("app", peer("192.0.2.2"), at(30)), Throttle::Allow);
        assert_eq!(attempts.throttle("other", peer("192.0.2.1"), at(30)), Throttle::Allow);
        assert_eq!(attempts.throttle("app", peer("192.0.2.1"), at(60)), Throttle::Allow);
        attempts.count("app", peer("192.0.2.1"), at(60));
        assert_eq!(attempts.throttle("app", peer("192.0.2.1"), at(60)), Throttle::Allow, "the window began anew");
    }

    #[test]
    fn too_many_from_one_network_wait_whatever_the_client() {
        let attempts = Attempts::default();
        for n in 0..PER_NETWORK {
            attempts.count(&n.to_string(), peer("2001:db8::1"), at(0));
        }
        let waits = Throttle::Refuse { retry_after: Duration::seconds(61) };
        assert_eq!(attempts.throttle("new", peer("2001:db8::ffff:1"), at(0)), waits, "of the same 64 bits");
        assert_eq!(attempts.throttle("new", peer("2001:db8:0:1::1"), at(0)), Throttle::Allow);
    }
}
