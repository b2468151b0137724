use alloc::string::String;
use core::{fmt, net::IpAddr};

use der::TagNumber;

use crate::{Certificate, DistinguishedName, SubjectNameError};

/// Longest name of a `subjectAltName` that is registered, in bytes. DNS names have at most 253.
pub const MAX_SAN_BYTES: usize = 2048;

/// The one name that a client of `tls_client_auth` registers for its certificate ([RFC 8705 §2.1.2]). `Display` writes the
/// registered text.
///
/// The common name is never a substitute for a `subjectAltName`, and no name has a wildcard, on either side.
///
/// ```
/// use symbolon_x509::{SubjectName, SubjectNameError};
/// let name = SubjectName::from_metadata([("client_id", "c"), ("tls_client_auth_san_dns", "client.example")])?;
/// assert_eq!(name, SubjectName::san_dns("client.example")?);
/// assert_eq!(SubjectName::san_dns("*.example"), Err(SubjectNameError::SanDns));
/// # Ok::<(), SubjectNameError>(())
/// ```
///
/// # Security
/// A match says something only of a certificate that was validated to an anchor whose issuer checks such names.
///
/// [RFC 8705 §2.1.2]: https://www.rfc-editor.org/rfc/rfc8705#section-2.1.2
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectName(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    SubjectDn(DistinguishedName),
    SanDns(String),
    SanUri(String),
    SanIp(IpAddr),
    SanEmail(String),
}

impl SubjectName {
    /// Reads the one parameter of a client's metadata that is a name of its certificate. All others are ignored.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::Missing`], [`SubjectNameError::MoreThanOne`]: not exactly one of the five.
    /// - else as [`Self::subject_dn`] and its neighbours.
    pub fn from_metadata<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SubjectNameError> {
        let mut names = parameters.into_iter().filter_map(|(parameter, text)| match parameter {
            SUBJECT_DN => Some(Self::subject_dn(text)),
            SAN_DNS => Some(Self::san_dns(text)),
            SAN_URI => Some(Self::san_uri(text)),
            SAN_IP => Some(Self::san_ip(text)),
            SAN_EMAIL => Some(Self::san_email(text)),
            _ => None,
        });
        match (names.next(), names.next()) {
            (None, _) => Err(SubjectNameError::Missing),
            (Some(only), None) => only,
            (Some(_), Some(_)) => Err(SubjectNameError::MoreThanOne),
        }
    }

    /// `tls_client_auth_subject_dn`: the subject, compared as [`DistinguishedName`] says.
    ///
    /// # Errors
    /// As [`DistinguishedName::parse`].
    pub fn subject_dn(text: &str) -> Result<Self, SubjectNameError> {
        DistinguishedName::parse(text).map(Kind::SubjectDn).map(Self)
    }

    /// `tls_client_auth_san_dns`: a `dNSName`, whole and without regard to the case of ASCII. Other letters are written as
    /// A-labels.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::Empty`], [`SubjectNameError::TooLong`]: no text, or more than [`MAX_SAN_BYTES`].
    /// - [`SubjectNameError::SanDns`]: not of that form.
    pub fn san_dns(text: &str) -> Result<Self, SubjectNameError> {
        let well_formed = sized(text)?.len() <= MAX_DNS_NAME_BYTES && text.split('.').all(is_label);
        if well_formed { Ok(Self(Kind::SanDns(text.into()))) } else { Err(SubjectNameError::SanDns) }
    }

    /// `tls_client_auth_san_uri`: a `uniformResourceIdentifier`, octet for octet.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::Empty`], [`SubjectNameError::TooLong`]: no text, or more than [`MAX_SAN_BYTES`].
    /// - [`SubjectNameError::SanUri`]: not of that form.
    pub fn san_uri(text: &str) -> Result<Self, SubjectNameError> {
        let has_scheme = sized(text)?.split_once(':').is_some_and(|(scheme, _)| !scheme.is_empty());
        let well_formed = has_scheme && text.bytes().all(|byte| byte.is_ascii_graphic());
        if well_formed { Ok(Self(Kind::SanUri(text.into()))) } else { Err(SubjectNameError::SanUri) }
    }

    /// `tls_client_auth_san_ip`: an `iPAddress`, compared by its four or sixteen octets, however it is written.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::Empty`], [`SubjectNameError::TooLong`]: no text, or more than [`MAX_SAN_BYTES`].
    /// - [`SubjectNameError::SanIp`]: not of that form.
    pub fn san_ip(text: &str) -> Result<Self, SubjectNameError> {
        sized(text)?.parse().map(Kind::SanIp).map(Self).map_err(|_| SubjectNameError::SanIp)
    }

    /// `tls_client_auth_san_email`: an `rfc822Name`, its local part octet for octet, its domain without regard to the case
    /// of ASCII.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`SubjectNameError::Empty`], [`SubjectNameError::TooLong`]: no text, or more than [`MAX_SAN_BYTES`].
    /// - [`SubjectNameError::SanEmail`]: not of that form.
    pub fn san_email(text: &str) -> Result<Self, SubjectNameError> {
        let (local, domain) = sized(text)?.rsplit_once('@').ok_or(SubjectNameError::SanEmail)?;
        let well_formed = !local.is_empty() && local.bytes().all(|byte| byte.is_ascii_graphic());
        if well_formed && domain.split('.').all(is_label) {
            Ok(Self(Kind::SanEmail(text.into())))
        } else {
            Err(SubjectNameError::SanEmail)
        }
    }

    /// The parameter's registered name.
    pub const fn parameter(&self) -> &'static str {
        match &self.0 {
            Kind::SubjectDn(_) => SUBJECT_DN,
            Kind::SanDns(_) => SAN_DNS,
            Kind::SanUri(_) => SAN_URI,
            Kind::SanIp(_) => SAN_IP,
            Kind::SanEmail(_) => SAN_EMAIL,
        }
    }

    /// Whether the certificate has this name, in this form and no other.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let any = |choice, matches: &dyn Fn(&[u8]) -> bool| certificate.alternative_names(choice).any(matches);
        match &self.0 {
            Kind::SubjectDn(name) => name == certificate.subject(),
            Kind::SanDns(name) => any(DNS_NAME, &|octets| name.as_bytes().eq_ignore_ascii_case(octets)),
            Kind::SanUri(name) => any(URI, &|octets| name.as_bytes() == octets),
            Kind::SanIp(IpAddr::V4(address)) => any(IP_ADDRESS, &|octets| address.octets() == octets),
            Kind::SanIp(IpAddr::V6(address)) => any(IP_ADDRESS, &|octets| address.octets() == octets),
            Kind::SanEmail(name) => any(RFC822_NAME, &|octets| is_same_mailbox(name, octets)),
        }
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::SubjectDn(name) => name.fmt(f),
            Kind::SanDns(name) | Kind::SanUri(name) | Kind::SanEmail(name) => f.write_str(name),
            Kind::SanIp(address) => address.fmt(f),
        }
    }
}

fn sized(text: &str) -> Result<&str, SubjectNameError> {
    match text.len() {
        0 => Err(SubjectNameError::Empty),
        length if length > MAX_SAN_BYTES => Err(SubjectNameError::TooLong { length, limit: MAX_SAN_BYTES }),
        _ => Ok(text),
    }
}

/// RFC 5280 §4.2.1.6: the preferred name syntax, as RFC 1123 relaxed it.
fn is_label(label: &str) -> bool {
    let in_place = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_DNS_LABEL_BYTES).contains(&label.len())
        && label.bytes().all(in_place)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_same_mailbox(name: &str, octets: &[u8]) -> bool {
    let parts = |text| str::rsplit_once(text, '@');
    match (parts(name), str::from_utf8(octets).ok().and_then(parts)) {
        (Some((local, domain)), Some((other_local, other_domain))) => {
            local == other_local && domain.eq_ignore_ascii_case(other_domain)
        }
        _ => false,
    }
}

const SUBJECT_DN: &str = "tls_client_auth_subject_dn";
const SAN_DNS: &str = "tls_client_auth_san_dns";
const SAN_URI: &str = "tls_client_auth_san_uri";
const SAN_IP: &str = "tls_client_auth_san_ip";
const SAN_EMAIL: &str = "tls_client_auth_san_email";

// RFC 5280 §4.2.1.6: the numbers of the choices of `GeneralName`.
const RFC822_NAME: TagNumber = TagNumber(1);
const DNS_NAME: TagNumber = TagNumber(2);
const URI: TagNumber = TagNumber(6);
const IP_ADDRESS: TagNumber = TagNumber(7);

/// RFC 1035 §2.3.4.
const MAX_DNS_NAME_BYTES: usize = 253;
const MAX_DNS_LABEL_BYTES: usize = 63;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn a_name_has_the_form_of_its_parameter() {
        let long = "a".repeat(64);
        for bad in [
            "*.example",
            "*",
            ".example",
            "example.",
            "a..b",
            "-a.example",
            "a-.example",
            "a_b",
            "å.example",
            "a b",
            &long,
        ] {
            assert_eq!(SubjectName::san_dns(bad), Err(SubjectNameError::SanDns), "{bad}");
        }
        for bad in ["example", ":a", "https://a b", "https://å"] {
            assert_eq!(SubjectName::san_uri(bad), Err(SubjectNameError::SanUri), "{bad}");
        }
        for bad in ["1.2.3", "1.2.3.4.5", "01.2.3.4", "fe80::1%eth0", "[::1]", "a.example"] {
            assert_eq!(SubjectName::san_ip(bad), Err(SubjectNameError::SanIp), "{bad}");
        }
        for bad in ["a", "@example", "a@", "a b@example", "a@*.example", "å@example"] {
            assert_eq!(SubjectName::san_email(bad), Err(SubjectNameError::SanEmail), "{bad}");
        }
        for parse in [
            SubjectName::subject_dn,
            SubjectName::san_dns,
            SubjectName::san_uri,
            SubjectName::san_ip,
            SubjectName::san_email,
        ] {
            assert_eq!(parse(""), Err(SubjectNameError::Empty));
            assert!(matches!(parse(&"a".repeat(5000)), Err(SubjectNameError::TooLong { length: 5000, .. })));
        }
    }

    #[test]
    fn a096_exactly_one_name_is_registered() {
        let dns = ("tls_client_auth_san_dns", "a.example");
        let dn = ("tls_client_auth_subject_dn", "CN=a");
        assert_eq!(SubjectName::from_metadata([("client_id", "a")]), Err(SubjectNameError::Missing));
        assert_eq!(SubjectName::from_metadata([dns, dn]), Err(SubjectNameError::MoreThanOne));
        assert_eq!(SubjectName::from_metadata([dns, dns]), Err(SubjectNameError::MoreThanOne));
        for (parameter, text) in [
            dns,
            dn,
            ("tls_client_auth_san_uri", "https://a.example/b"),
            ("tls_client_auth_san_ip", "192.0.2.1"),
            ("tls_client_auth_san_ip", "2001:db8::1"),
            ("tls_client_auth_san_email", "a@b.example"),
        ] {
            let name = SubjectName::from_metadata([("client_name", "x"), (parameter, text)]).unwrap();
            assert_eq!((name.parameter(), name.to_string().as_str()), (parameter, text));
        }
    }
}
