use symbolon_types::Rule;
use thiserror::Error;

/// A certificate was not read. Holds names of fields and lengths, never content.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CertificateError {
    /// It is longer than the limit. Judged before anything is read.
    #[error("a certificate of {length} bytes, limit is {limit}")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// It is no certificate in DER.
    #[error("no X.509 certificate in DER")]
    Malformed,
    /// An extension that is read here is there twice or malformed, or the certificate is not of version 3.
    #[error("the extension `{name}` is malformed, there twice, or in a certificate of an older version")]
    Extension {
        /// Its name.
        name: &'static str,
    },
}

impl CertificateError {
    /// The rule that does not hold: what cannot be read has no name.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. } | Self::Malformed | Self::Extension { .. } => Rule::CertificateName,
        }
    }
}

/// The name that a client registers for its certificate was not read. Holds places, never content. No peer hears of it:
/// it is a mistake in a registration.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SubjectNameError {
    /// No registered name at all.
    #[error("none of the `tls_client_auth_*` names")]
    Missing,
    /// More than one registered name.
    #[error("more than one of the `tls_client_auth_*` names")]
    MoreThanOne,
    /// The text is longer than the limit.
    #[error("a name of {length} bytes, limit is {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text is empty. An empty name would be that of every certificate without one.
    #[error("an empty name")]
    Empty,
    /// The distinguished name is not in the form of RFC 4514.
    #[error("not the string form of a distinguished name, at byte {at}")]
    SubjectDn {
        /// Where, in bytes from the start.
        at: usize,
    },
    /// Not a DNS name of letters, digits and hyphens; a wildcard is none.
    #[error("not a DNS name")]
    SanDns,
    /// Not a URI: ASCII without spaces, with a scheme.
    #[error("not a URI")]
    SanUri,
    /// Not an IP address.
    #[error("not an IP address")]
    SanIp,
    /// Not an email address in ASCII.
    #[error("not an email address")]
    SanEmail,
}

impl SubjectNameError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Missing
            | Self::MoreThanOne
            | Self::TooLong { .. }
            | Self::Empty
            | Self::SubjectDn { .. }
            | Self::SanDns
            | Self::SanUri
            | Self::SanIp
            | Self::SanEmail => Rule::Embedder,
        }
    }
}

/// A chain of certificates was refused. Holds no name of the peer's.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChainError {
    /// There is no certificate.
    #[error("no certificate")]
    Empty,
    /// There are more certificates than the limit.
    #[error("{count} certificates, limit is {limit}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// The most that are taken.
        limit: usize,
    },
    /// The first certificate was not read.
    #[error("the first certificate was not read")]
    Leaf(#[source] CertificateError),
    /// There is no path from the first certificate to an anchor in which every signature and constraint holds.
    #[error("no valid path to an anchor")]
    Path,
    /// A certificate of the path is not valid yet, or no longer.
    #[error("a certificate is not valid at this time")]
    Time,
    /// A certificate of the path is revoked.
    #[error("a certificate is revoked")]
    Revoked,
    /// Nobody says whether a certificate of the path is revoked, or what says it is out of date.
    #[error("whether a certificate is revoked is unknown")]
    RevocationUnknown,
    /// The first certificate is not for the use that the policy asks for.
    #[error("the certificate is for another use")]
    KeyUsage,
    /// The first certificate was issued under none of the policies that are asked for.
    #[error("the certificate was issued under another policy")]
    CertificatePolicy,
    /// An anchor, a revocation list or a purpose that the embedding program brought cannot be read.
    #[error("an anchor, a revocation list or a purpose cannot be read")]
    Embedder,
}

impl ChainError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Embedder => Rule::Embedder,
            Self::Empty
            | Self::TooMany { .. }
            | Self::Leaf(_)
            | Self::Path
            | Self::Time
            | Self::Revoked
            | Self::RevocationUnknown
            | Self::KeyUsage
            | Self::CertificatePolicy => Rule::AssertionChain,
        }
    }
}
