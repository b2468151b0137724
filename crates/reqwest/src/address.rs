use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Whether an address is one of the public internet: none of this host, a private or shared network, a link, documentation,
/// benchmarks, multicast or a reserved range ([RFC 6890], [RFC 9637]), and of IPv6 none that stands for an IPv4 address.
///
/// For [`SenderBuilder::only_addresses`](crate::SenderBuilder::only_addresses), where URLs come from others
/// ([RFC 8414 §6]).
///
/// ```
/// use symbolon_reqwest::is_public;
/// assert!(is_public("9.9.9.9".parse()?));
/// for internal in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"] {
///     assert!(!is_public(internal.parse()?));
/// }
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
///
/// [RFC 6890]: https://www.rfc-editor.org/rfc/rfc6890
/// [RFC 8414 §6]: https://www.rfc-editor.org/rfc/rfc8414#section-6
/// [RFC 9637]: https://www.rfc-editor.org/rfc/rfc9637
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

#[expect(clippy::unnested_or_patterns, reason = "one block of addresses a line")]
const fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127, ..]                  // this network, private, loopback
            | [100, 64..=127, ..]           // shared by carriers
            | [169, 254, ..]                // link-local
            | [172, 16..=31, ..]            // private
            | [192, 0, 0 | 2, _]            // protocol assignments, documentation
            | [192, 88, 99, _]              // the relays of 6to4, long gone
            | [192, 168, ..]                // private
            | [198, 18 | 19, ..]            // benchmarks
            | [198, 51, 100, _]             // documentation
            | [203, 0, 113, _]              // documentation
            | [224..=255, ..] // multicast, reserved, broadcast
    )
}

#[expect(clippy::unnested_or_patterns, reason = "one block of addresses a line")]
const fn is_public_v6(address: Ipv6Addr) -> bool {
    // Everything outside of 2000::/3 is special, local, or translates to IPv4.
    matches!(address.segments(), [0x2000..=0x3fff, ..])
        && !matches!(
            address.segments(),
            [0x2001, 0..=0x01ff, ..]         // protocol assignments, Teredo among them
                | [0x2001, 0x0db8, ..]      // documentation
                | [0x2002, ..]              // 6to4
                | [0x3fff, 0..=0x0fff, ..] // documentation
        )
}

/// Looks names up and judges what they are: the connection goes to the very addresses that were judged.
#[derive(Debug)]
pub(crate) struct JudgingResolver(pub(crate) fn(IpAddr) -> bool);

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let judge = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One that is not taken makes the name one that is not: it may be the attacker's.
            if !found.iter().all(|address| judge(address.ip())) {
                return Err(NotTaken.into());
            }
            Ok::<Addrs, _>(Box::new(found.into_iter()))
        })
    }
}

/// The source of an error of reqwest where an address was not taken.
#[derive(Debug, Error)]
#[error("an address that is not taken")]
pub(crate) struct NotTaken;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a121_addresses_that_are_not_of_the_public_internet_are_told_from_their_neighbours() {
        for (internal, neighbours) in [
            ("0.0.0.0", &[][..]),
            ("0.255.255.255", &["1.0.0.0"]),
            ("10.0.0.0", &["9.255.255.255"]),
            ("10.255.255.255", &["11.0.0.0"]),
            ("100.64.0.0", &["100.63.255.255"]),
            ("100.127.255.255", &["100.128.0.0"]),
            ("127.0.0.1", &["126.255.255.255", "128.0.0.0"]),
            ("169.254.169.254", &["169.253.255.255", "169.255.0.0"]),
            ("172.16.0.0", &["172.15.255.255"]),
            ("172.31.255.255", &["172.32.0.0"]),
            ("192.0.0.8", &["191.255.255.255", "192.0.1.0"]),
            ("192.0.2.1", &["192.0.3.0"]),
            ("192.88.99.1", &["192.88.98.255", "192.88.100.0"]),
            ("192.168.1.1", &["192.167.255.255", "192.169.0.0"]),
            ("198.18.0.0", &["198.17.255.255"]),
            ("198.19.255.255", &["198.20.0.0"]),
            ("198.51.100.7", &["198.51.99.255", "198.51.101.0"]),
            ("203.0.113.7", &["203.0.112.255", "203.0.114.0"]),
            ("224.0.0.1", &["223.255.255.255"]),
            ("240.0.0.1", &[]),
            ("255.255.255.255", &[]),
            ("::", &[]),
            ("::1", &[]),
            ("::ffff:10.0.0.1", &["::ffff:9.9.9.9"]),
            ("::10.0.0.1", &[]),
            ("64:ff9b::a00:1", &[]),
            ("64:ff9b:1::1", &[]),
            ("100::1", &[]),
            ("1fff:ffff::", &["2000::"]),
            ("2001::1", &[]),
            ("2001:1ff::", &["2001:200::"]),
            ("2001:db8::1", &["2001:db7::", "2001:db9::"]),
            ("2002:a00:1::", &["2003::"]),
            ("3fff::1", &["3ffe::"]),
            ("3fff:fff::", &["3fff:1000::"]),
            ("4000::", &[]),
            ("5f00::1", &[]),
            ("fc00::1", &[]),
            ("fdff::1", &[]),
            ("fe80::1", &[]),
            ("fec0::1", &[]),
            ("ff02::1", &[]),
        ] {
            assert!(!is_public(internal.parse().unwrap()), "{internal}");
            for neighbour in neighbours {
                assert!(is_public(neighbour.parse().unwrap()), "{neighbour}");
            }
        }
    }
}
