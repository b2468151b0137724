use core::{hash::BuildHasher as _, net::IpAddr};
use std::{
    collections::HashMap,
    hash::RandomState,
    sync::{Mutex, PoisonError},
};

use time::{Duration, UtcDateTime};

use super::device_session::SESSION;

/// What is counted per client and peer network, and per peer network; per client alone only of clients that authenticated: else
/// anybody could lock a client out.
#[derive(Debug)]
pub(super) struct Attempts {
    limits: Limits,
    /// How long they are counted together.
    lasting: Duration,
    hasher: RandomState,
    windows: Mutex<Windows>,
}

/// How many are taken in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) per_client_and_network: u32,
    pub(super) per_network: u32,
    /// From all networks together, if they are counted so.
    pub(super) per_client: Option<u32>,
    /// Most counters that are kept.
    pub(super) windows: usize,
}

/// How long attempts are counted together, if nothing else is said.
const WINDOW: Duration = Duration::MINUTE;
/// Refused attempts at one client from one network in a window: a person's typing mistakes, and a script's first tries.
const SECRETS_PER_CLIENT_AND_NETWORK: u32 = 10;
/// Refused attempts from one network in a window: an office behind one address.
const SECRETS_PER_NETWORK: u32 = 100;
/// Requests of one client from one network that leave a replay id behind, in a window: 100 a second. An id is kept for about
/// six windows at most.
const IDS_PER_CLIENT_AND_NETWORK: u32 = 6_000;
/// The same of all clients: over all windows of an id's life a fourteenth of what the memory store remembers.
const IDS_PER_NETWORK: u32 = 12_000;
/// The same of one client that authenticated, from all networks: a seventh. A party may have as many networks of IPv6 as it
/// likes, and no more clients than were registered for it.
const IDS_PER_CLIENT: u32 = 24_000;
/// Entries of one session that are no user code, in the session's whole life (security decision D26).
const USER_CODES_PER_SESSION: u32 = 5;
/// The same of one network, however many sessions it begins: a few people who mistype. Of 20^8 codes, a hundred of which wait,
/// somebody who guesses finds one in about 240 years.
const USER_CODES_PER_NETWORK: u32 = 20;
/// Most counters that are kept: a few megabytes of them.
const MAX_WINDOWS: usize = 100_000;
/// How often counters are looked through for those that are over, at most: it takes time, and everybody waits for it.
const CLEANING: Duration = Duration::SECOND;

impl Attempts {
    /// Counts refused shared secrets (RFC 6749 §2.3.1, security decision D15).
    pub(super) fn at_secrets() -> Self {
        Self::new(Limits {
            per_client_and_network: SECRETS_PER_CLIENT_AND_NETWORK,
            per_network: SECRETS_PER_NETWORK,
            per_client: None,
            windows: MAX_WINDOWS,
        })
    }

    /// Counts requests that leave a replay id behind, so that only who fills the store is refused (RFC 9449 §11.1, security
    /// decision D27). A public client is many people's: one of them from many networks can still fill the store, and then
    /// requests with an id get 503.
    pub(super) fn at_ids() -> Self {
        Self::new(Limits {
            per_client_and_network: IDS_PER_CLIENT_AND_NETWORK,
            per_network: IDS_PER_NETWORK,
            per_client: Some(IDS_PER_CLIENT),
            windows: MAX_WINDOWS,
        })
    }

    /// Counts entries that are no user code (RFC 8628 §5.1, security decision D26), of sessions instead of clients and as long
    /// as a session lives: its window ends after it.
    pub(super) fn at_user_codes() -> Self {
        let limits = Limits {
            per_client_and_network: USER_CODES_PER_SESSION,
            per_network: USER_CODES_PER_NETWORK,
            per_client: Some(USER_CODES_PER_SESSION),
            windows: MAX_WINDOWS,
        };
        Self { lasting: SESSION, ..Self::new(limits) }
    }

    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, lasting: WINDOW, hasher: RandomState::new(), windows: Mutex::default() }
    }

    /// How long this client must wait there, if it has to.
    pub(super) fn wait<'a>(&self, who: impl Into<Who<'a>>, peer: IpAddr, now: UtcDateTime) -> Option<Duration> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = self.keys(who.into(), peer).filter_map(|(key, most)| {
            let window = windows.get(key, self.limits.windows, now)?;
            (window.count >= most && now < window.ends).then_some(window.ends)
        });
        let seconds = ends.max()?.unix_timestamp().saturating_sub(now.unix_timestamp()).saturating_add(1);
        Some(Duration::seconds(seconds))
    }

    /// Counts one.
    pub(super) fn count<'a>(&self, who: impl Into<Who<'a>>, peer: IpAddr, now: UtcDateTime) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = now.saturating_add(self.lasting);
        for (key, _) in self.keys(who.into(), peer) {
            windows.count(key, self.limits.windows, now, ends);
        }
    }

    fn keys(&self, who: Who<'_>, peer: IpAddr) -> impl Iterator<Item = (Key, u32)> + use<> {
        let Who { client_id, has_authenticated } = who;
        let (limits, network) = (self.limits, Network::of(peer));
        let pair = Key { kind: Kind::ClientAndNetwork, who: self.hasher.hash_one((client_id, network)) };
        let network = Key { kind: Kind::Network, who: self.hasher.hash_one(network) };
        let client = Key { kind: Kind::Client, who: self.hasher.hash_one(client_id) };
        let client = limits.per_client.filter(|_| has_authenticated).map(|most| (client, most));
        [(pair, limits.per_client_and_network), (network, limits.per_network)].into_iter().chain(client)
    }
}

/// Whose requests are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a> {
    client_id: &'a str,
    has_authenticated: bool,
}

impl<'a> Who<'a> {
    pub(super) const fn new(client_id: &'a str, has_authenticated: bool) -> Self {
        Self { client_id, has_authenticated }
    }
}

/// Of whom it is only claimed.
impl<'a> From<&'a str> for Who<'a> {
    fn from(client_id: &'a str) -> Self {
        Self::new(client_id, false)
    }
}

/// The counters. Where there is no room for one more, it is one of [`SHARED`] of its kind, chosen by a hash that nobody knows:
/// nobody is let through uncounted, and whoever fills some of these makes as many others wait and no more.
#[derive(Debug, Default)]
struct Windows {
    own: HashMap<Key, Window>,
    shared: HashMap<Key, Window>,
    cleaned: Option<UtcDateTime>,
}

impl Windows {
    fn get(&mut self, key: Key, most: usize, now: UtcDateTime) -> Option<&Window> {
        if self.has_place(key, most, now) { self.own.get(&key) } else { self.shared.get(&key.shared()) }
    }

    /// Counts one, in a window that ends then if it begins now.
    fn count(&mut self, key: Key, most: usize, now: UtcDateTime, ends: UtcDateTime) {
        let new = Window { ends, count: 0 };
        let window = if self.has_place(key, most, now) {
            self.own.entry(key).or_insert(new)
        } else {
            self.shared.entry(key.shared()).or_insert(new)
        };
        if now >= window.ends {
            *window = new;
        }
        window.count = window.count.saturating_add(1);
    }

    /// Whether it has a window of its own, or can have one.
    fn has_place(&mut self, key: Key, most: usize, now: UtcDateTime) -> bool {
        if self.own.len() < most || self.own.contains_key(&key) {
            return true;
        }
        self.clean(now);
        self.own.len() < most
    }

    /// Makes room, unless that was tried a moment ago.
    fn clean(&mut self, now: UtcDateTime) {
        let is_due = |cleaned: UtcDateTime| !(cleaned..cleaned.saturating_add(CLEANING)).contains(&now);
        if self.cleaned.is_none_or(is_due) {
            self.own.retain(|_, window| now < window.ends);
            self.cleaned = Some(now);
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    kind: Kind,
    /// A keyed hash: of the claimed client id, which may be long and of no client, and of the network.
    who: u64,
}

impl Key {
    /// The place that it has with others.
    const fn shared(self) -> Self {
        Self { who: self.who % SHARED, ..self }
    }
}

/// How many counters of each kind are shared where there is no room for more: to fill them all takes thousands of refused
/// requests a second.
const SHARED: u64 = 1 << 16;

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Kind {
    ClientAndNetwork,
    Network,
    Client,
}

/// What one party has of the address space as a rule: an IPv4 address, an IPv6 prefix of 64 bits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Network {
    V4([u8; 4]),
    V6([u16; 4]),
}

impl Network {
    const fn of(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: UtcDateTime,
    count: u32,
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
            attempts.count(n.to_string().as_str(), peer("2001:db8::1"), at(0));
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

    #[test]
    fn d27_a131_one_client_that_authenticated_from_many_networks_waits_and_nobody_else_does() {
        let ids = Attempts::at_ids();
        let (app, other) = (Who::new("app", true), Who::new("other", true));
        let network = |n: u32| peer(&format!("2001:db8:0:{n:x}::1"));
        for n in 0..IDS_PER_CLIENT {
            assert_eq!(ids.wait(app, network(n), at(0)), None);
            ids.count(app, network(n), at(0));
        }
        let elsewhere = peer("192.0.2.1");
        assert_eq!(ids.wait(app, elsewhere, at(0)), Some(Duration::seconds(61)));
        assert_eq!(ids.wait(other, elsewhere, at(0)), None);
        assert_eq!(ids.wait(other, network(0), at(0)), None);
        assert_eq!(ids.wait(app, elsewhere, at(60)), None);

        // A public client is not locked out by one of its users, nor a client by whoever only names it (D15).
        for counted in [Attempts::at_ids(), Attempts::at_secrets()] {
            for n in 0..IDS_PER_CLIENT {
                counted.count("app", network(n), at(0));
            }
            assert_eq!(counted.wait("app", elsewhere, at(0)), None);
        }
    }

    fn with_room_for(windows: usize) -> Attempts {
        Attempts::new(Limits { per_client_and_network: 3, per_network: 100, per_client: None, windows })
    }

    #[test]
    fn whoever_finds_no_room_is_counted_in_a_place_with_others_and_nobody_elsewhere_waits_for_them() {
        // Each attempt takes two.
        let attempts = with_room_for(4);
        for address in ["192.0.2.1", "192.0.2.2"] {
            attempts.count("app", peer(address), at(0));
        }
        let stranger = peer("198.51.100.1");
        for n in 0..3 {
            assert_eq!(attempts.wait("app", stranger, at(10)), None, "{n} before");
            attempts.count("app", stranger, at(10));
        }
        let waits = Some(Duration::seconds(61));
        assert_eq!(attempts.wait("app", stranger, at(10)), waits, "it has no window of its own, and is counted");
        // Of a thousand others as many wait as share its place.
        let others: Vec<IpAddr> = (0..1000).map(|n| peer(&format!("203.0.{}.{}", n / 250, n % 250))).collect();
        let place = |peer| attempts.keys("app".into(), peer).next().map(|(key, _)| key.shared());
        for other in others {
            let shares = place(other) == place(stranger);
            assert_eq!(attempts.wait("app", other, at(10)), waits.filter(|_| shares), "{other}");
        }
        assert_eq!(attempts.wait("app", peer("192.0.2.1"), at(10)), None, "it has a window of its own");

        // A minute after the first there is room again.
        assert_eq!(attempts.wait("other", peer("203.0.113.1"), at(61)), None);
        attempts.count("other", peer("203.0.113.1"), at(61));
        assert_eq!(attempts.windows.lock().unwrap().own.len(), 2);
    }

    #[test]
    fn counters_are_looked_through_once_a_second_at_most() {
        let attempts = with_room_for(2);
        let half = Duration::milliseconds(500);
        let count = |address, now| {
            attempts.count("app", peer(address), now);
            let windows = attempts.windows.lock().unwrap();
            (windows.shared.values().map(|window| window.count).sum::<u32>(), windows.cleaned)
        };
        assert_eq!(count("192.0.2.1", at(0)), (0, None), "there is room");
        assert_eq!(count("198.51.100.1", at(59) + half), (2, Some(at(59) + half)));
        // The first one's are over now, and nobody looks before it is time to.
        assert_eq!(attempts.wait("app", peer("198.51.100.2"), at(60)), None);
        assert_eq!(count("198.51.100.3", at(60)), (4, Some(at(59) + half)));
        assert_eq!(count("198.51.100.4", at(60) + half), (4, Some(at(60) + half)), "room was made");
        // A clock that was set back is no reason to wait for the time that it had.
        assert_eq!(count("198.51.100.5", at(0)), (6, Some(at(0))));
    }
}
