use symbolon_crypto::RandomFailed;
use symbolon_jose::{JwtError, KeyError, SignError};
use symbolon_types::Rule;
use thiserror::Error;
use time::Duration;

/// Why a DPoP proof was refused ([RFC 9449 §4.3]). Nothing that the peer wrote is in it.
///
/// [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DpopError {
    /// There is no `DPoP` header.
    #[error("there is no `DPoP` header")]
    Missing,
    /// There is more than one `DPoP` header, or more than one proof in it.
    #[error("there is more than one DPoP proof")]
    Repeated,
    /// The proof is longer than the limit.
    #[error("a DPoP proof of {length} bytes, limit is {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The proof is no JWS in compact form with a well-formed header and claims.
    #[error("malformed DPoP proof")]
    Syntax {
        /// What is wrong with it.
        #[source]
        cause: JwtError,
    },
    /// `typ` is not `dpop+jwt`.
    #[error("`typ` is not `dpop+jwt`")]
    Typ,
    /// `alg` is `none`, unknown, a MAC, or not welcome.
    #[error("`alg` is not welcome")]
    Alg,
    /// `jwk` is absent, no public key, or of no use for `alg`.
    #[error("`jwk` is no public key that can be used")]
    Key {
        /// What is wrong with it.
        #[source]
        cause: KeyError,
    },
    /// The signature does not verify with the `jwk`. No detail, on purpose.
    #[error("the signature does not verify")]
    Signature,
    /// `htm` is not the method of the request.
    #[error("`htm` is not the method of the request")]
    Htm,
    /// `htu` is not the URL of the request.
    #[error("`htu` is not the URL of the request")]
    Htu,
    /// `jti` is absent, no string, empty or too long.
    #[error("`jti` is absent, no string, empty or too long")]
    Jti,
    /// There is a nonce, and none is ever sent.
    #[error("a nonce that nobody asked for")]
    NonceUnasked,
    /// There is no nonce that is good (`use_dpop_nonce`).
    #[error("{fault}")]
    Nonce {
        /// What is wrong with it.
        fault: NonceFault,
    },
    /// `iat` is absent or no moment, or the proof is too old or of the future.
    #[error("`iat` is absent, no moment, too long ago or in the future")]
    Iat {
        /// How old the proof is in whole seconds, negative for one of the future; `None` without an `iat` that is a moment.
        age: Option<Duration>,
    },
    /// `exp` is over or `nbf` is in the future, or one of them is no moment.
    #[error("`exp` is over, `nbf` is in the future, or one of them is no moment")]
    Validity,
    /// `ath` is absent, or not the hash of the access token.
    #[error("`ath` is not the hash of the access token")]
    Ath,
}

impl DpopError {
    /// The rule that does not hold. [`Rule::DpopNonce`] is `use_dpop_nonce`: the client is to come again with a nonce that
    /// the answer gives it. All others are `invalid_dpop_proof`.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Missing => Rule::DpopPresent,
            Self::Repeated | Self::TooLong { .. } => Rule::DpopHeaderOnce,
            Self::Syntax { .. } => Rule::DpopSyntax,
            Self::Typ => Rule::DpopTyp,
            Self::Alg => Rule::DpopAlg,
            Self::Key { .. } => Rule::DpopKey,
            Self::Signature => Rule::DpopSignature,
            Self::Htm => Rule::DpopHtm,
            Self::Htu => Rule::DpopHtu,
            Self::Jti => Rule::DpopJti,
            Self::NonceUnasked => Rule::DpopNonceUnasked,
            Self::Nonce { .. } => Rule::DpopNonce,
            Self::Iat { .. } => Rule::DpopIat,
            Self::Validity => Rule::DpopValidity,
            Self::Ath => Rule::DpopAth,
        }
    }
}

/// Why a nonce is not good ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum NonceFault {
    /// There is none.
    #[error("there is no nonce")]
    Missing,
    /// It is none that this server gave.
    #[error("the nonce is of somebody else's making")]
    NotOurs,
    /// It is over.
    #[error("the nonce is over")]
    Over,
}

/// Why a text is not taken for the target of a request ([RFC 3986 §3](https://www.rfc-editor.org/rfc/rfc3986#section-3)).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TargetUriError {
    /// A character that no URI has, or a percent sign without two hexadecimal digits.
    #[error("a character that no URI has")]
    Character,
    /// The scheme is neither `https` nor `http`, or no `//` follows it.
    #[error("no absolute http or https URI")]
    Scheme,
    /// There is user information.
    #[error("a URI with user information")]
    UserInfo,
    /// The host is empty, or no name and no address.
    #[error("a URI without a well-formed host")]
    Host,
    /// The port is not made of digits.
    #[error("a URI with a malformed port")]
    Port,
    /// The path has a character that has no place there.
    #[error("a URI with a malformed path")]
    Path,
}

impl TargetUriError {
    /// The rule that does not hold, where the URL is one that was configured. A proof with such an `htu` is refused by
    /// [`DpopError::Htu`].
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Character | Self::Scheme | Self::UserInfo | Self::Host | Self::Port | Self::Path => Rule::EndpointUrl,
        }
    }
}

/// Why no proof was made. No peer hears of it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProofError {
    /// The URL is none that a proof can name.
    #[error("a URL that no proof can name")]
    Url(#[from] TargetUriError),
    /// The nonce is empty, or has a character that no nonce has.
    #[error("a nonce that is empty or has a character that no nonce has")]
    NonceSyntax,
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl ProofError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Url(error) => error.rule(),
            Self::NonceSyntax => Rule::DpopNonce,
            Self::Random(_) => Rule::RandomAnswers,
            Self::Sign(error) => error.rule(),
        }
    }
}
