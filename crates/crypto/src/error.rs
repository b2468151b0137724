use symbolon_types::Alg;
use thiserror::Error;

use crate::NewKey;

/// The source of randomness failed (`server_error`).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the source of randomness failed")]
pub struct RandomFailed;

/// A key was not taken. No detail: the caller knows which key it was, a log need not know more.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the key is malformed, too weak, or of another type than the algorithm")]
pub struct KeyRejected;

/// A signature does not verify. No detail, on purpose.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// The signer failed (`server_error`).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the signer failed")]
pub struct SignFailed;

/// No key was made (`server_error`).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the backend made no key")]
pub struct GenerateFailed;

/// A sealed text does not open. No detail, on purpose.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the sealed text does not open")]
pub struct OpenFailed;

/// The provider lacks an algorithm.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the provider has no {alg}")]
#[non_exhaustive]
pub struct Unsupported {
    /// The algorithm that was asked for.
    pub alg: Alg,
}

/// The provider makes no keys of this kind.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the provider makes no keys of kind {kind}")]
#[non_exhaustive]
pub struct NoGenerator {
    /// The kind that was asked for.
    pub kind: NewKey,
}
