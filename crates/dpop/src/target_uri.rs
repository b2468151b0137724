use alloc::{string::String, vec::Vec};
use core::net::Ipv6Addr;

use crate::TargetUriError;

/// Where a request goes, as `htu` names it ([RFC 9449 §4.2]): an http or https URI without query and fragment, in the one
/// form that all its equals have.
///
/// The form is that of [RFC 3986 §6.2.2] and [§6.2.3]: scheme and host in lower case, percent-encodings in upper case and
/// undone where the character is unreserved, dot segments removed, no default port, no empty path. Nothing else is made
/// equal: no slash is added or taken away, and a host stays the text that it is, be it a number in an odd form or a
/// name in another script's encoding.
///
/// The grammar is that of RFC 3986 and not that of the WHATWG's URL, whose parser takes backslashes, line breaks and missing
/// slashes for what somebody may have meant, turns `0x7f.1` into an address and a name into another one: what two
/// readers can understand in two ways is no name for the target of a proof (security decision D27).
///
/// ```
/// use symbolon_dpop::{TargetUri, TargetUriError};
/// let endpoint = TargetUri::parse("https://as.example/token")?;
/// assert!(endpoint.is("HTTPS://as.example:443/./%74oken?a=b#c"));
/// assert!(!endpoint.is("https://as.example/token/"));
/// assert_eq!(TargetUri::parse("https:\\\\as.example\\token").err(), Some(TargetUriError::Character));
/// # Ok::<(), TargetUriError>(())
/// ```
///
/// # Security
/// A server's is the configured URL of the listener that the request came by. Never make one of `Host` or `Forwarded`
/// headers: they are the peer's.
///
/// [RFC 9449 §4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2
/// [RFC 3986 §6.2.2]: https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
/// [§6.2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-6.2.3
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct TargetUri(String);

impl TargetUri {
    /// Reads an absolute http or https URI; query and fragment are dropped.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`TargetUriError::Character`]: a character that no URI has, such as one beyond ASCII.
    /// - [`TargetUriError::Scheme`]: another scheme, or none, or no `//` after it.
    /// - [`TargetUriError::UserInfo`]: user information before the host.
    /// - [`TargetUriError::Host`], [`TargetUriError::Port`], [`TargetUriError::Path`]: that part is malformed.
    pub fn parse(text: &str) -> Result<Self, TargetUriError> {
        if !is_of_uri_characters(text.as_bytes()) {
            return Err(TargetUriError::Character);
        }
        let (scheme, rest) = without_query(text).split_once("://").ok_or(TargetUriError::Scheme)?;
        let (scheme, default_port) = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => ("https://", "443"),
            _ if scheme.eq_ignore_ascii_case("http") => ("http://", "80"),
            _ => return Err(TargetUriError::Scheme),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_authority(authority)?;
        if !path.bytes().all(|octet| is_host_octet(octet) || matches!(octet, b'/' | b':' | b'@')) {
            return Err(TargetUriError::Path);
        }

        let mut uri = String::with_capacity(text.len());
        uri.push_str(scheme);
        push_decoded(&mut uri, host, |octet| octet.to_ascii_lowercase());
        // RFC 3986 §6.2.3: neither a default port nor an empty one.
        if !port.is_empty() && port != default_port {
            uri.push(':');
            uri.push_str(port);
        }
        push_path(&mut uri, path);
        Ok(Self(uri))
    }

    /// The URI, in its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an `htu` names this target; its query and fragment do not count ([RFC 9449 §4.3 item 9]). What
    /// [`Self::parse`] does not take names none.
    ///
    /// [RFC 9449 §4.3 item 9]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
    pub fn is(&self, htu: &str) -> bool {
        htu == self.0 || Self::parse(htu).as_ref() == Ok(self)
    }
}

/// The text before query and fragment.
pub(crate) fn without_query(uri: &str) -> &str {
    uri.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a text is made of what RFC 3986 §2 has: reserved, unreserved and percent-encoded characters.
fn is_of_uri_characters(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [b'%', ..] => return false,
            [octet, rest @ ..] if is_host_octet(*octet) || b":/?#[]@".contains(octet) => rest,
            _ => return false,
        }
    }
}

/// RFC 3986 §3.2.2: what a name has, percent signs of encodings included.
const fn is_host_octet(octet: u8) -> bool {
    is_unreserved(octet)
        || matches!(octet, b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// RFC 3986 §2.3.
const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// Host and port (RFC 3986 §3.2), the port empty if there is none.
fn split_authority(authority: &str) -> Result<(&str, &str), TargetUriError> {
    // RFC 9110 §4.2.4: user information is not to be sent, and is treated as an error.
    if authority.contains('@') {
        return Err(TargetUriError::UserInfo);
    }
    let (host, port) = match authority.strip_prefix('[').map(|literal| literal.split_once(']')) {
        Some(Some((address, after))) if address.parse::<Ipv6Addr>().is_ok() => {
            let host = authority.strip_suffix(after).unwrap_or_default();
            (host, if after.is_empty() { "" } else { after.strip_prefix(':').ok_or(TargetUriError::Host)? })
        }
        Some(_) => return Err(TargetUriError::Host),
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            // RFC 9110 §4.2.1, §4.2.2: an empty host is invalid.
            if host.is_empty() || !host.bytes().all(is_host_octet) {
                return Err(TargetUriError::Host);
            }
            (host, port)
        }
    };
    if port.bytes().all(|octet| octet.is_ascii_digit()) { Ok((host, port)) } else { Err(TargetUriError::Port) }
}

/// Appends a path, given without its first slash, without dot segments (RFC 3986 §6.2.2.3, §5.2.4).
fn push_path(uri: &mut String, path: &str) {
    let mut decoded = String::with_capacity(path.len());
    push_decoded(&mut decoded, path, |octet| octet);
    let mut kept = Vec::new();
    let mut segments = decoded.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if segments.peek().is_none() {
            kept.push("");
        }
    }
    for segment in kept {
        uri.push('/');
        uri.push_str(segment);
    }
}

/// Appends a part of ASCII: percent-encodings in upper case, or undone where the character is unreserved (RFC 3986
/// §6.2.2.1, §6.2.2.2).
fn push_decoded(uri: &mut String, part: &str, case: fn(u8) -> u8) {
    let mut rest = part.as_bytes();
    while let [octet, after @ ..] = rest {
        rest = after;
        let encoded = match (octet, after) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                Some([*high, *low])
            }
            _ => None,
        };
        match encoded.map(|digits| (digits, hex(digits))) {
            None => uri.push(case(*octet).into()),
            Some((_, octet)) if is_unreserved(octet) => uri.push(case(octet).into()),
            Some(([high, low], _)) => {
                uri.push('%');
                uri.push(high.to_ascii_uppercase().into());
                uri.push(low.to_ascii_uppercase().into());
            }
        }
    }
}

/// The octet that two hexadecimal digits stand for.
fn hex(digits: [u8; 2]) -> u8 {
    str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default()
}
