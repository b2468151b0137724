use core::net::SocketAddr;
use std::{io, path::PathBuf};

use symbolon::{
    crypto::RandomFailed,
    jose::KeyError,
    server::{ApiMisuse, SigningKeysError},
};
use thiserror::Error;

/// Why no server runs.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A configuration file is not one. The text of the file is not shown: it holds secrets.
    #[error(
        "{}{}: {message}",
        path.display(),
        place.map(|(line, column)| format!(", line {line}, column {column}")).unwrap_or_default()
    )]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Line and column, counted from 1.
        place: Option<(usize, usize)>,
        /// What is wrong; of the file it holds names of members at most.
        message: String,
    },
    /// The listener would speak plain HTTP to other machines.
    #[error(
        "{listen} is not a loopback address: there this server speaks plain HTTP to nobody but the proxies that \
         --behind-proxy names, and in development to nobody"
    )]
    PlainHttp {
        /// The address.
        listen: SocketAddr,
    },
    /// A file with certificates or their key cannot be used.
    #[error("{}: {problem}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no TLS listener with these certificates.
    #[error("the certificate and key of the TLS listener do not do")]
    Tls(#[source] rustls::Error),
    /// The authority for development cannot be made.
    #[error("cannot make certificates for development")]
    TestCa(#[source] rcgen::Error),
    /// Nothing can listen there.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A rule of token exchange contradicts the rest of the configuration.
    #[error("`exchange`: number {number}: {problem}")]
    Exchange {
        /// Which, counted from 1.
        number: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An origin whose scripts would read the answers is none.
    #[error("`origins`: number {number} is {source}")]
    Origin {
        /// Which, counted from 1.
        number: usize,
        /// Why not.
        source: symbolon_axum::OriginError,
    },
    /// The issuer identifier is not one.
    #[error("issuer `{issuer}`: {problem}")]
    Issuer {
        /// The text.
        issuer: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A client's registration is refused.
    #[error("client `{client}`: {problem}")]
    Client {
        /// Its id, or its place in the list.
        client: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A test user is refused.
    #[error("user `{login}`: {problem}")]
    User {
        /// The login.
        login: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An issuer of assertions is refused.
    #[error("assertion_issuer `{issuer}`: {problem}")]
    AssertionIssuer {
        /// Which.
        issuer: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A key cannot be used.
    #[error("{}", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: KeyError,
    },
    /// The keys cannot sign beside each other.
    #[error("the keys under `[[key]]`")]
    SigningKeys(#[source] SigningKeysError),
    /// The file of the server key, or of the root of pairwise subjects, is empty or too short.
    #[error("{}: the key is shorter than 32 octets", path.display())]
    ServerKey {
        /// The file.
        path: PathBuf,
    },
    /// The configuration contradicts itself.
    #[error("{0}")]
    Contradiction(&'static str),
    /// The endpoint cannot be made of it.
    #[error("the configuration makes no endpoint")]
    Endpoint(#[source] ApiMisuse),
    /// Nothing calls URLs of clients.
    #[error("cannot call URLs of clients")]
    Sender(#[source] symbolon_reqwest::BuildError),
    /// The system gave no randomness.
    #[error("cannot make a key")]
    Random(#[source] RandomFailed),
    /// The report cannot be printed.
    #[error("cannot print")]
    Output(#[source] io::Error),
    /// The server ended by itself.
    #[error("the server ended")]
    Ended(#[source] io::Error),
}
