use symbolon_jose::{JwtError, KeyError, SelectError};
use symbolon_types::Rule;
use thiserror::Error;

/// Why an attestation does not authenticate a client. Holds no value of the peer's.
///
/// All are `invalid_client`, but [`Self::Exp`] (`use_fresh_attestation`) and [`Self::PopChallenge`]
/// (`use_attestation_challenge`, with the challenge in the header `OAuth-Client-Attestation-Challenge`), §7.4.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AttestationError {
    /// Not one attestation and one proof.
    #[error("not one attestation and one proof")]
    NotOneOfEach,
    /// One of the two is not a JWT that could be looked at.
    #[error("malformed attestation or proof")]
    Syntax {
        /// What is wrong with it.
        #[source]
        cause: JwtError,
    },
    /// `client_id` in the form is not the attestation's `sub`.
    #[error("`client_id` differs from the attestation's `sub`")]
    ClientIdDiffers,
    /// No client of this id is registered.
    #[error("unknown client")]
    UnknownClient,
    /// The client registered another method.
    #[error("another method is registered")]
    MethodNotRegistered,
    /// The attestation's `typ` is not `oauth-client-attestation+jwt`.
    #[error("`typ` of the attestation is of another kind of JWT")]
    Typ,
    /// The attestation's `alg` is not welcome.
    #[error("`alg` of the attestation is not welcome")]
    Alg,
    /// No key of a trusted attester fits the attestation's header.
    #[error("no key of an attester fits")]
    Key {
        /// Why none fits.
        #[source]
        cause: SelectError,
    },
    /// The attestation's signature does not verify.
    #[error("the attestation's signature does not verify")]
    Signature,
    /// The attestation's `sub` is absent or not the client.
    #[error("`sub` of the attestation is not the client")]
    Sub,
    /// The attestation's `exp` is absent or over.
    #[error("`exp` of the attestation is absent or over")]
    Exp,
    /// The attestation's `iat` or `nbf` is in the future.
    #[error("the attestation is of the future")]
    Iat,
    /// The attestation's `cnf` has no public key.
    #[error("`cnf` of the attestation has no public key")]
    Cnf,
    /// The key in `cnf` cannot be used.
    #[error("the key in `cnf` cannot be used")]
    CnfKey {
        /// What is wrong with it.
        #[source]
        cause: KeyError,
    },
    /// The proof's `typ` is not `oauth-client-attestation-pop+jwt`.
    #[error("`typ` of the proof is of another kind of JWT")]
    PopTyp,
    /// The proof's `alg` is not welcome, or does not fit the key in `cnf`.
    #[error("`alg` of the proof is not welcome")]
    PopAlg,
    /// The proof's signature does not verify with the key in `cnf`.
    #[error("the proof's signature does not verify")]
    PopSignature,
    /// The proof's `aud` is not this issuer alone.
    #[error("`aud` of the proof is not this issuer alone")]
    PopAud,
    /// The proof's `iat` is absent, too old or in the future, or `exp` or `nbf` says that it is not good now.
    #[error("`iat` of the proof is absent, too old or in the future, or `exp` or `nbf` contradicts it")]
    PopIat,
    /// The proof's `jti` is absent, empty or too long.
    #[error("`jti` of the proof is absent, empty or too long")]
    PopJti,
    /// The proof's `challenge` is not the one that is expected.
    #[error("`challenge` of the proof is not the expected one")]
    PopChallenge,
}

impl AttestationError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::NotOneOfEach => Rule::AttestationPresent,
            Self::Syntax { .. } => Rule::AttestationSyntax,
            Self::ClientIdDiffers => Rule::ClientIdAgreesWithAssertion,
            Self::UnknownClient => Rule::ClientKnown,
            Self::MethodNotRegistered => Rule::MethodRegistered,
            Self::Typ => Rule::AttestationTyp,
            Self::Alg => Rule::AttestationAlg,
            Self::Key { .. } => Rule::AttestationKey,
            Self::Signature => Rule::AttestationSignature,
            Self::Sub => Rule::AttestationSub,
            Self::Exp => Rule::AttestationExp,
            Self::Iat => Rule::AttestationIat,
            Self::Cnf | Self::CnfKey { .. } => Rule::AttestationCnf,
            Self::PopTyp => Rule::AttestationPopTyp,
            Self::PopAlg => Rule::AttestationPopAlg,
            Self::PopSignature => Rule::AttestationPopSignature,
            Self::PopAud => Rule::AttestationPopAud,
            Self::PopIat => Rule::AttestationPopIat,
            Self::PopJti => Rule::AttestationPopJti,
            Self::PopChallenge => Rule::AttestationPopChallenge,
        }
    }
}
