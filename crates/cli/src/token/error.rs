use std::{io, path::PathBuf};

use symbolon::{
    client::{ApiMisuse, ClientError, EndpointUrlError, ErrorAnswer, FailedExchange},
    id_token::IdTokenError,
    jose::KeyError,
    types::IdentifierError,
};
use symbolon_reqwest::{BuildError, FetchError, SendError};
use thiserror::Error;

use super::exit::Exit;

/// Why there are no tokens to print.
#[derive(Debug, Error)]
pub(super) enum TokenError {
    #[error("{0}")]
    Usage(&'static str),
    #[error("`{option}` is no URL of an endpoint")]
    Url { option: &'static str, source: EndpointUrlError },
    #[error("no issuer can be made of the token endpoint")]
    Issuer(#[source] IdentifierError),
    #[error("the client cannot be configured")]
    Client(#[source] ApiMisuse),
    #[error("the request cannot be made")]
    Request(#[source] ClientError),
    #[error("refused by the server: {}", .0.code)]
    Refused(Box<ErrorAnswer>),
    #[error("{what} cannot be fetched")]
    Fetch { what: &'static str, source: FetchError },
    #[error("the token endpoint gave no answer")]
    Send { source: SendError, failed: FailedExchange },
    #[error("the token endpoint gave no valid answer")]
    Receive(#[source] FailedExchange),
    #[error("the token endpoint gave an answer that this version does not know")]
    UnknownAnswer,
    #[error("the ID token does not verify")]
    Verify(#[source] FailedExchange),
    #[error("the ID token does not verify: there is no ID token")]
    NoIdToken,
    #[error("the ID token does not verify")]
    IdToken(#[source] IdTokenError),
    #[error("an ID token came, and without an issuer there is nothing to verify it with")]
    NothingToVerifyWith,
    #[error("an ID token came, and there are no keys to verify it with")]
    NoKeys(#[source] Box<Self>),
    #[error("the issuer's metadata has no `{0}`")]
    NotInMetadata(&'static str),
    #[error("the issuer's metadata cannot be used")]
    Metadata(#[source] ApiMisuse),
    #[error("{} cannot be read", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is not text", .path.display())]
    NotText { path: PathBuf },
    #[error("{} holds no key that can be used", .path.display())]
    Key { path: PathBuf, source: KeyError },
    #[error("the secret cannot be the key of a MAC")]
    Secret(#[source] KeyError),
    #[error("no fresh key can be made")]
    FreshKey(#[source] KeyError),
    #[error("{} holds no certificate in PEM", .path.display())]
    Certificate { path: PathBuf },
    #[error("the first certificate of {} is another key's", .path.display())]
    CertificateOfAnotherKey { path: PathBuf },
    #[error("the connection cannot be prepared")]
    Sender(#[source] BuildError),
    #[error("the answer cannot be printed")]
    Output(#[source] io::Error),
}

impl TokenError {
    pub(super) const fn exit(&self) -> Exit {
        match self {
            // The secret or key is no good, or the provider failed.
            Self::Request(
                ClientError::EmptySecret
                | ClientError::Apply(_)
                | ClientError::Assertion(_)
                | ClientError::Proof(_)
                | ClientError::Random(_),
            )
            | Self::File { .. }
            | Self::NotText { .. }
            | Self::Key { .. }
            | Self::Secret(_)
            | Self::FreshKey(_)
            | Self::Certificate { .. }
            | Self::CertificateOfAnotherKey { .. }
            | Self::Sender(_)
            | Self::Output(_) => Exit::Local,
            Self::Usage(_) | Self::Url { .. } | Self::Issuer(_) | Self::Client(_) | Self::Request(_) => Exit::Usage,
            Self::Refused(_) => Exit::Refused,
            Self::Fetch { .. }
            | Self::Send { .. }
            | Self::Receive(_)
            | Self::UnknownAnswer
            | Self::NotInMetadata(_)
            | Self::Metadata(_) => Exit::NoAnswer,
            Self::Verify(_) | Self::NoIdToken | Self::IdToken(_) | Self::NothingToVerifyWith | Self::NoKeys(_) => {
                Exit::NotVerified
            }
        }
    }

    /// What the client half thinks of it: what to do, and what became of the code or refresh token.
    pub(super) const fn failed(&self) -> Option<&FailedExchange> {
        match self {
            Self::Send { failed, .. } | Self::Receive(failed) | Self::Verify(failed) => Some(failed),
            _ => None,
        }
    }
}
