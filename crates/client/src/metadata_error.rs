use symbolon_jose::JsonError;
use symbolon_types::Rule;
use thiserror::Error;

use crate::EndpointUrlError;

/// Why a document is not the metadata of the expected issuer or protected resource. Holds names and lengths, never a value.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MetadataError {
    /// Longer than the limit.
    #[error("metadata is {length} bytes, limit is {limit}")]
    TooLarge {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// Not one JSON object, or a member comes twice.
    #[error("metadata is not one JSON object without doubled members")]
    Json(#[from] JsonError),
    /// There is no `issuer`.
    #[error("metadata has no `issuer`")]
    IssuerMissing,
    /// `issuer` is another one.
    #[error("`issuer` of the metadata is another one")]
    IssuerMismatch,
    /// There is no `resource`.
    #[error("metadata has no `resource`")]
    ResourceMissing,
    /// `resource` is another one.
    #[error("`resource` of the metadata is another one")]
    ResourceMismatch,
    /// A known member has the wrong type.
    #[error("`{name}` of the metadata has the wrong type")]
    InvalidMember {
        /// Its name.
        name: &'static str,
    },
    /// An endpoint cannot be called.
    #[error("`{name}` of the metadata: {source}")]
    EndpointUrl {
        /// The member.
        name: &'static str,
        /// What is wrong with it.
        source: EndpointUrlError,
    },
    /// An endpoint is at a host that is neither the issuer's or resource's, nor below it, nor allowed by the caller
    /// ([`Metadata::parse_with_hosts`](crate::Metadata::parse_with_hosts)).
    #[error("`{name}` of the metadata is at a foreign host that is not allowed")]
    ForeignEndpoint {
        /// The member.
        name: &'static str,
    },
}

impl MetadataError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. }
            | Self::Json(_)
            | Self::IssuerMissing
            | Self::IssuerMismatch
            | Self::ResourceMissing
            | Self::ResourceMismatch
            | Self::InvalidMember { .. }
            | Self::ForeignEndpoint { .. } => Rule::Metadata,
            Self::EndpointUrl { source, .. } => source.rule(),
        }
    }
}
