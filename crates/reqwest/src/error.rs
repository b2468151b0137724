use symbolon_client::{
    ClientError, Delivery, EndpointUrlError, FailedExchange, Fate, MetadataError, Outcome, WhatToDo,
};
use symbolon_jose::KeySetError;
use symbolon_types::Rule;
use thiserror::Error;

use crate::address::NotTaken;

/// Why there is no [`Sender`](crate::Sender).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// What shall be trusted is no PEM text with a certificate in it.
    #[error("a trusted authority is no PEM text with a certificate")]
    Pem,
    /// What shall be trusted is no certificate that can be an anchor.
    #[error("a trusted authority is no certificate")]
    Root(#[source] rustls::Error),
    /// The client's certificates are no PEM text with a certificate, or there is none; or its key is no private key that can
    /// be read.
    #[error("the client's certificate or its key cannot be read")]
    ClientCertificate,
    /// The key is not that of the client's first certificate, or TLS has no use for it.
    #[error("the key is not that of the client's certificate, or of a kind that TLS does not use")]
    ClientKey(#[source] rustls::Error),
    /// Neither public authorities nor others are trusted: nobody could be called.
    #[error("no authority is trusted")]
    NoRoots,
    /// Addresses are to be judged, and the environment's proxy is to be used, which looks names up itself.
    #[error("a proxy would look up names whose addresses are to be judged")]
    ProxyResolves,
    /// TLS cannot be configured.
    #[error("TLS cannot be configured")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

impl BuildError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Pem
            | Self::Root(_)
            | Self::ClientCertificate
            | Self::ClientKey(_)
            | Self::NoRoots
            | Self::ProxyResolves
            | Self::Tls(_)
            | Self::Client(_) => Rule::Embedder,
        }
    }
}

/// Why there is no answer. Neither a URL nor anything of request or answer is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The URL or a header cannot be sent. Nothing was.
    #[error("the request cannot be sent in HTTP")]
    Request,
    /// The host has an address that is not taken ([`SenderBuilder::only_addresses`](crate::SenderBuilder::only_addresses)).
    /// Nothing was sent, and nothing connected to.
    #[error("the host has an address that is not taken")]
    Address,
    /// There is no connection: name, socket or certificate. Nothing of the request was sent.
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    /// It took too long. Whether the server acted on the request is not known.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke, or what came was no HTTP. Whether the server acted on the request is not known.
    #[error("the exchange broke off")]
    BrokeOff(#[source] reqwest::Error),
    /// The body is longer than the limit, or says so. It was not read on.
    #[error("the body of the answer is longer than {limit} bytes")]
    TooLarge {
        /// How long it may be, in bytes.
        limit: usize,
    },
}

impl SendError {
    /// Whether the request reached the server: what [`PendingTokens::lost`](symbolon_client::PendingTokens::lost) is told.
    ///
    /// ```
    /// use symbolon_client::{Delivery, FailedExchange, PendingTokens};
    /// use symbolon_reqwest::SendError;
    /// fn no_answer(pending: PendingTokens, error: &SendError) -> FailedExchange {
    ///     pending.lost(error.delivery())
    /// }
    /// assert_eq!(SendError::Address.delivery(), Delivery::NotSent);
    /// assert_eq!(SendError::Timeout.delivery(), Delivery::Unknown);
    /// ```
    pub const fn delivery(&self) -> Delivery {
        match self {
            Self::Request | Self::Address | Self::Connect(_) => Delivery::NotSent,
            Self::Timeout | Self::BrokeOff(_) | Self::TooLarge { .. } => Delivery::Unknown,
        }
    }

    /// The rule that did not hold; `None` where it is the network that failed.
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Request => Some(Rule::Embedder),
            Self::Address => Some(Rule::EndpointUrl),
            Self::Connect(_) | Self::Timeout | Self::BrokeOff(_) => None,
            Self::TooLarge { .. } => Some(Rule::ResponseLength),
        }
    }

    /// The URL is taken out: its query may be a secret, and the caller knows it.
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_builder() {
            Self::Request
        } else if is_of_address(&error) {
            Self::Address
        } else if error.is_connect() {
            Self::Connect(error)
        } else {
            Self::BrokeOff(error)
        }
    }
}

/// Why there is no outcome of a token request.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The request cannot be made: the signature of a key elsewhere is needed first.
    #[error(transparent)]
    Request(#[from] ClientError),
    /// There is no answer, or too long a one.
    #[error("the token endpoint gave no answer")]
    Send {
        /// Why.
        source: SendError,
        /// What to do, and what became of the code, refresh token or assertion.
        outcome: Outcome,
    },
    /// The answer is none of the protocol, or not one to what was asked.
    #[error(transparent)]
    Receive(#[from] FailedExchange),
}

impl RequestError {
    /// What to do, and what became of the code, refresh token or assertion.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Request(_) => Outcome { what_to_do: WhatToDo::Unknown, fate: Fate::Kept },
            Self::Send { outcome, .. } => *outcome,
            Self::Receive(failed) => failed.outcome(),
        }
    }

    /// The rule that did not hold; `None` where it is the network that failed.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Request(error) => Some(error.rule()),
            Self::Send { source, .. } => source.rule(),
            Self::Receive(failed) => failed.rule(),
        }
    }
}

/// Why a client was not told, or did not take it. Neither a URL nor anything of request or answer is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// There is no answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The status is neither 204 nor 200. A redirect is one of these: what the client is told is for the URL that it registered.
    #[error("the answer has status {status}")]
    UnexpectedStatus {
        /// The status code.
        status: u16,
    },
}

impl NotifyError {
    /// The rule that did not hold; `None` where it is the network that failed.
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Send(error) => error.rule(),
            Self::UnexpectedStatus { .. } => Some(Rule::ResponseStatus),
        }
    }
}

fn is_of_address(error: &reqwest::Error) -> bool {
    let mut source = core::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<NotTaken>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// Why a document of an issuer or a resource is not had. Holds nothing of the document.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL is not one that is called: neither https nor http on a loopback host, or malformed.
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    /// There is no answer, or too long a one.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The status is not 200. A redirect is one of these: documents that name keys and endpoints come from where they
    /// were asked for.
    #[error("the answer has status {status}")]
    UnexpectedStatus {
        /// The status code.
        status: u16,
    },
    /// Not the metadata of this issuer or resource, or an endpoint in it is at a foreign host.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Not a JWK set.
    #[error(transparent)]
    JwkSet(#[from] KeySetError),
}

impl FetchError {
    /// The rule that did not hold; `None` where it is the network that failed.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Url(error) => Some(error.rule()),
            Self::Send(error) => error.rule(),
            Self::UnexpectedStatus { .. } => Some(Rule::ResponseStatus),
            Self::Metadata(error) => Some(error.rule()),
            Self::JwkSet(error) => Some(error.rule()),
        }
    }
}
