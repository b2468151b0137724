use core::{fmt, net::IpAddr, str::FromStr};

use thiserror::Error;

/// An address, or a block of addresses in CIDR notation ([RFC 4632 §3.1], [RFC 4291 §2.3]).
///
/// ```
/// use symbolon_http::Network;
/// let network: Network = "192.0.2.0/24".parse()?;
/// assert!(network.contains("192.0.2.7".parse()?));
/// assert!(network.contains("::ffff:192.0.2.7".parse()?));
/// assert!(!network.contains("192.0.3.7".parse()?));
/// assert!("192.0.2.7/24".parse::<Network>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 4291 §2.3]: https://www.rfc-editor.org/rfc/rfc4291#section-2.3
/// [RFC 4632 §3.1]: https://www.rfc-editor.org/rfc/rfc4632#section-3.1
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether the address is in it. An IPv4 address written in IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix) == Some(self.first)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`.
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`NetworkError::Syntax`]: neither an address nor a block.
    /// - [`NetworkError::HostBits`]: the address is inside the block and not its first.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NetworkError::Syntax)?;
        // A block of IPv4 addresses written in IPv6 has two readings.
        if first.to_canonical() != first {
            return Err(NetworkError::Syntax);
        }
        let prefix = match prefix {
            None => bits(first),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| NetworkError::Syntax)?
            }
            Some(_) => return Err(NetworkError::Syntax),
        };
        match masked(first, prefix) {
            Some(same) if same == first => Ok(Self { first, prefix }),
            Some(_) => Err(NetworkError::HostBits),
            None => Err(NetworkError::Syntax),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// Why a text is no [`Network`]. Holds nothing of the text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum NetworkError {
    /// Neither an address nor a block.
    #[error("neither an address nor a block of addresses")]
    Syntax,
    /// The address is inside the block and not its first: it may be a slip.
    #[error("the address has bits set after its prefix")]
    HostBits,
}

const fn bits(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with the bits after the prefix cleared; `None` if it has not so many.
fn masked(address: IpAddr, prefix: u32) -> Option<IpAddr> {
    let after = bits(address).checked_sub(prefix)?;
    Some(match address {
        IpAddr::V4(address) => IpAddr::V4((address.to_bits() & u32::MAX.checked_shl(after).unwrap_or(0)).into()),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & u128::MAX.checked_shl(after).unwrap_or(0)).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("192.0.2.1/32", "::ffff:192.0.2.1", "::192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("::/0", "ffff::", "192.0.2.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_no_network() {
        for text in
            ["", "/", "localhost", "192.0.2", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/+8", "192.0.2.0/-1", "::/129"]
        {
            assert_eq!(text.parse::<Network>(), Err(NetworkError::Syntax), "{text}");
        }
        assert_eq!("::ffff:192.0.2.0/120".parse::<Network>(), Err(NetworkError::Syntax));
        assert_eq!("192.0.2.1/24".parse::<Network>(), Err(NetworkError::HostBits));
        assert_eq!("2001:db8::1/32".parse::<Network>(), Err(NetworkError::HostBits));
        assert_eq!("10.0.0.0/8".parse::<Network>().unwrap().to_string(), "10.0.0.0/8");
    }
}
