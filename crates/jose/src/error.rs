use symbolon_crypto::{BadSignature, GenerateFailed, KeyRejected, NoGenerator, SignFailed, Unsupported};
use symbolon_types::Rule;
use thiserror::Error;

/// JSON was not read. Holds places, never content.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON, not UTF-8, nested too deep, or something follows.
    #[error("not JSON at line {line}, column {column}")]
    Syntax {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// An object has a member twice.
    #[error("a JSON object has a member twice")]
    DuplicateMember,
    /// JSON, but not what was expected.
    #[error("JSON of another type than expected")]
    Type,
}

/// A key was not read or not loaded. Holds names of members, never their values.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is longer than the limit.
    #[error("a key of {length} bytes, limit is {limit}")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text is no JSON object, or has a member twice.
    #[error("the key is no JWK")]
    Json(#[source] JsonError),
    /// The header of a token has no `jwk`.
    #[error("the JWS header has no `jwk`")]
    NotEmbedded,
    /// A member is absent that this kind of key has.
    #[error("the JWK has no `{name}`")]
    MissingMember {
        /// Its name.
        name: &'static str,
    },
    /// A member has the wrong type, form or length, or belongs to another kind of key.
    #[error("the JWK's `{name}` is malformed or has no place there")]
    InvalidMember {
        /// Its name.
        name: &'static str,
    },
    /// The key is of a type or on a curve that is not supported.
    #[error("a key of an unsupported type or curve")]
    UnsupportedKeyType,
    /// A private or symmetric key stands where a public one was expected.
    #[error("a private or symmetric key where a public key was expected")]
    PrivateKey,
    /// A public key stands where a private one was expected.
    #[error("a public key where a private key was expected")]
    NotPrivate,
    /// The key or secret is too short, or its exponent too small or even.
    #[error("the key is too weak")]
    WeakKey,
    /// `use` or `key_ops` say that the key is for something else.
    #[error("the JWK's `use` or `key_ops` do not allow this use")]
    KeyUseMismatch,
    /// The algorithm is one for another kind of key.
    #[error("the algorithm does not fit the key")]
    AlgKeyMismatch,
    /// The JWK's `alg` is unknown.
    #[error("the JWK's `alg` is unknown")]
    UnknownAlg,
    /// Neither the JWK nor its registration, or whoever loads it, names an algorithm that fits.
    #[error("neither the JWK nor its registration names an algorithm that fits")]
    NoAlgorithm,
    /// The provider lacks the algorithm.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The provider did not take the key.
    #[error(transparent)]
    Rejected(#[from] KeyRejected),
    /// The provider makes no keys of the kind.
    #[error(transparent)]
    NoGenerator(#[from] NoGenerator),
    /// The provider could not make a key.
    #[error(transparent)]
    GenerateFailed(#[from] GenerateFailed),
    /// The PEM text is malformed, or has more than one block.
    #[error("not one well-formed PEM block")]
    MalformedPem,
    /// The PEM block has another label than expected.
    #[error("expected a PEM block {expected}, found {found}")]
    PemLabel {
        /// What is read here.
        expected: &'static str,
        /// What it is, where it is a usual one.
        found: &'static str,
    },
    /// The octets are not this structure in DER.
    #[error("the octets are no {name} in DER")]
    MalformedDer {
        /// Its name in ASN.1.
        name: &'static str,
    },
    /// The structure lacks a field that its definition calls optional and that is needed here.
    #[error("the key has no `{name}`")]
    MissingField {
        /// Its name in ASN.1.
        name: &'static str,
    },
    /// The PEM block `EC PARAMETERS` names another curve than the key after it.
    #[error("the PEM block `EC PARAMETERS` names another curve than the key")]
    EcParametersMismatch,
    /// The first certificate of `x5c` is that of another key.
    #[error("the first certificate of `x5c` is that of another key")]
    CertificateMismatch,
    /// The key's type is id-RSASSA-PSS, which binds it to parameters of its own. PS256 is done with a key of type
    /// rsaEncryption.
    #[error("keys of type id-RSASSA-PSS are not supported, only rsaEncryption")]
    RsassaPssKey,
}

impl KeyError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. }
            | Self::Json(_)
            | Self::NotEmbedded
            | Self::MissingMember { .. }
            | Self::InvalidMember { .. }
            | Self::UnsupportedKeyType
            | Self::PrivateKey
            | Self::NotPrivate
            | Self::WeakKey
            | Self::KeyUseMismatch
            | Self::AlgKeyMismatch
            | Self::UnknownAlg
            | Self::NoAlgorithm
            | Self::Unsupported(_)
            | Self::Rejected(_)
            | Self::NoGenerator(_)
            | Self::GenerateFailed(_)
            | Self::MalformedPem
            | Self::PemLabel { .. }
            | Self::MalformedDer { .. }
            | Self::MissingField { .. }
            | Self::EcParametersMismatch
            | Self::CertificateMismatch
            | Self::RsassaPssKey => Rule::Key,
        }
    }
}

/// A JWK set was not read. A single bad key is no such error: it is skipped.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeySetError {
    /// The text is longer than the limit.
    #[error("a JWK set of {length} bytes, limit is {limit}")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text is no JSON object, or has a member twice.
    #[error("not a JWK set")]
    Json(#[source] JsonError),
    /// `keys` is absent or no array.
    #[error("the JWK set has no array `keys`")]
    NoKeys,
    /// The set has more keys than the limit.
    #[error("a JWK set of {count} keys, limit is {limit}")]
    TooMany {
        /// How many it has.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
}

impl KeySetError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. } | Self::Json(_) | Self::NoKeys | Self::TooMany { .. } => Rule::KeySet,
        }
    }
}

/// No key was found for a header (security decision D12).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SelectError {
    /// There is no usable key at all.
    #[error("there is no usable key")]
    NoUsableKey,
    /// The header's `kid` is none of the known ones. Another key is never tried; new keys may be fetched
    /// where a [`KeySetCache`](crate::KeySetCache) says so.
    #[error("the kid is unknown")]
    UnknownKid,
    /// No key with that `kid`, or no key at all, is for the header's `alg`.
    #[error("no key fits the algorithm")]
    NoneFits,
    /// The header has no `kid` and more than one key fits.
    #[error("more than one key fits a header without kid")]
    Ambiguous,
    /// More keys than the limit share the `kid` and fit.
    #[error("more than {limit} keys share the kid")]
    TooManyOfOneKid {
        /// The most that are tried.
        limit: usize,
    },
}

impl SelectError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::NoUsableKey => Rule::KeySet,
            Self::UnknownKid | Self::NoneFits | Self::Ambiguous | Self::TooManyOfOneKid { .. } => Rule::JwsKey,
        }
    }
}

/// A JWT was not made.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SignError {
    /// The claims do not become a JSON object, or one that has a member twice.
    #[error("the claims are no JSON object without doubled members")]
    Claims,
    /// The key's `kid` is longer than any reader takes.
    #[error("a kid of {length} bytes, limit is {limit}")]
    KidTooLong {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The signer failed.
    #[error(transparent)]
    Failed(#[from] SignFailed),
    /// The signature that came from elsewhere does not verify with the known public key.
    #[error("the remote signature does not verify")]
    BadSignature,
    /// The algorithm is no ECDSA, so that its signatures have no form in DER.
    #[error("the algorithm is no ECDSA")]
    NotEcdsa,
    /// The remote signature is no ECDSA-Sig-Value in DER, or its numbers cannot be.
    #[error("the remote signature is no ECDSA signature in DER")]
    MalformedSignature,
}

impl SignError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Claims | Self::KidTooLong { .. } | Self::NotEcdsa => Rule::Embedder,
            Self::Failed(_) | Self::BadSignature | Self::MalformedSignature => Rule::SignerAnswers,
        }
    }
}

impl From<BadSignature> for SignError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

/// A JWT was refused. Holds names and lengths, never content.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum JwtError {
    /// The text is longer than the limit. Judged before anything is decoded.
    #[error("a JWT of {length} bytes, limit is {limit}")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Not three parts of base64url without padding, or one of them is empty.
    #[error("not a JWS in compact form")]
    Malformed,
    /// The header is no JSON object, or a member of it has the wrong type.
    #[error("the JWS header is malformed")]
    MalformedHeader,
    /// The header has a member twice.
    #[error("the JWS header has a member twice")]
    DuplicateMember,
    /// The header has `crit` or `b64`: no extension is understood here.
    #[error("the JWS header has critical parameters")]
    UnsupportedCrit,
    /// `alg` is `none`, unknown, or not welcome here.
    #[error("the algorithm is not allowed")]
    AlgNotAllowed,
    /// `alg` is not the key's algorithm.
    #[error("the algorithm is not the key's")]
    AlgKeyMismatch,
    /// No key was found for the header.
    #[error("no key fits the header")]
    KeyNotFound(#[from] SelectError),
    /// The signature does not verify. No detail, on purpose.
    #[error("the signature does not verify")]
    BadSignature,
    /// The payload is no JSON object, or not of the wanted type.
    #[error("the claims are malformed")]
    MalformedPayload,
    /// The claims have a member twice, at some depth.
    #[error("the claims have a member twice")]
    DuplicateClaim,
    /// `typ` is another one than expected.
    #[error("the typ is another one than expected")]
    WrongTyp,
    /// A claim is absent.
    #[error("the claim `{name}` is missing")]
    MissingClaim {
        /// Its name.
        name: &'static str,
    },
    /// A claim has the wrong type or a value that cannot be.
    #[error("the claim `{name}` is invalid")]
    InvalidClaim {
        /// Its name.
        name: &'static str,
    },
    /// `exp` is over.
    #[error("the JWT is expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the JWT is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the JWT was issued in the future")]
    IssuedInFuture,
    /// `iss` is another one than expected.
    #[error("the issuer is another one than expected")]
    IssuerMismatch,
    /// `aud` does not name the expected audience.
    #[error("the audience is another one than expected")]
    AudienceMismatch,
}

impl JwtError {
    /// The rule that did not hold.
    pub fn rule(&self) -> Rule {
        match self {
            Self::TooLarge { .. } | Self::Malformed => Rule::JwsSyntax,
            Self::MalformedHeader | Self::DuplicateMember => Rule::JwsHeader,
            Self::UnsupportedCrit => Rule::JwsCrit,
            Self::AlgNotAllowed | Self::AlgKeyMismatch => Rule::JwsAlg,
            Self::KeyNotFound(error) => error.rule(),
            Self::BadSignature => Rule::JwsSignature,
            Self::MalformedPayload | Self::DuplicateClaim => Rule::JwtClaims,
            Self::WrongTyp => Rule::JwtTyp,
            Self::MissingClaim { name } | Self::InvalidClaim { name } => rule_of_claim(name),
            Self::Expired => Rule::JwtExp,
            Self::NotYetValid => Rule::JwtNbf,
            Self::IssuedInFuture => Rule::JwtIat,
            Self::IssuerMismatch => Rule::JwtIss,
            Self::AudienceMismatch => Rule::JwtAud,
        }
    }
}

impl From<BadSignature> for JwtError {
    fn from(_: BadSignature) -> Self {
        Self::BadSignature
    }
}

fn rule_of_claim(name: &str) -> Rule {
    match name {
        "iss" => Rule::JwtIss,
        "aud" => Rule::JwtAud,
        "exp" => Rule::JwtExp,
        "nbf" => Rule::JwtNbf,
        "iat" => Rule::JwtIat,
        _ => Rule::JwtClaim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_its_rule() {
        assert_eq!(JwtError::Malformed.rule(), Rule::JwsSyntax);
        assert_eq!(JwtError::KeyNotFound(SelectError::NoUsableKey).rule(), Rule::KeySet);
        assert_eq!(JwtError::MissingClaim { name: "exp" }.rule(), Rule::JwtExp);
        assert_eq!(JwtError::InvalidClaim { name: "jti" }.rule(), Rule::JwtClaim);
        assert_eq!(SignError::Claims.rule(), Rule::Embedder);
        assert_eq!(SignError::MalformedSignature.rule(), Rule::SignerAnswers);
        assert_eq!(KeyError::WeakKey.rule(), Rule::Key);
        assert_eq!(KeySetError::NoKeys.rule(), Rule::KeySet);
    }
}
