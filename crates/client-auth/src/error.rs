use symbolon_crypto::RandomFailed;
use symbolon_jose::{JwtError, SelectError, SignError};
use symbolon_types::{Presentation, Rule};
use thiserror::Error;

/// Why presented credentials cannot be read. Holds no value of the peer's.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// More than one `Authorization` value.
    #[error("more than one `Authorization` value")]
    HeaderRepeated,
    /// The `Authorization` value is too long.
    #[error("`Authorization` value is {length} bytes, limit is {limit}")]
    HeaderTooLong {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// The `Authorization` header and a secret in the form.
    #[error("more than one mechanism of client authentication")]
    OneMechanism,
    /// An assertion, or its type, beside another mechanism.
    #[error("an assertion beside another mechanism of client authentication")]
    OneMechanismWithAssertion {
        /// Whether the header was the other one.
        presentation: Presentation,
    },
    /// No credentials, or a secret in the form without `client_id`.
    #[error("the client does not say who it is")]
    NotIdentified {
        /// What came, if anything.
        presentation: Presentation,
    },
    /// Another scheme than Basic and those of [`Extensions`](crate::Extensions).
    #[error("unknown `Authorization` scheme")]
    AuthorizationScheme,
    /// The Basic credentials are malformed.
    #[error("malformed Basic credentials: {fault}")]
    BasicSyntax {
        /// What is wrong with them.
        fault: BasicFault,
    },
    /// `client_assertion` and a known `client_assertion_type` do not come together.
    #[error("`client_assertion_type` {fault}")]
    AssertionType {
        /// What is wrong with it.
        fault: AssertionTypeFault,
    },
    /// The assertion is not a JWT that could be looked at.
    #[error("the assertion is no acceptable JWT")]
    AssertionSyntax {
        /// What is wrong with it.
        #[source]
        cause: JwtError,
    },
    /// The assertion has no `sub`, or claims that cannot be read at all, so that its client cannot be looked up.
    #[error("the assertion has no readable `sub`")]
    AssertionSub,
    /// `client_id` in the form is not the Basic id.
    #[error("`client_id` differs from the id in the `Authorization` header")]
    ClientIdDiffers,
    /// `client_id` in the form is not the assertion's `sub`.
    #[error("`client_id` differs from the assertion's `sub`")]
    ClientIdDiffersFromAssertion,
}

impl CredentialsError {
    /// The rule that does not hold.
    pub fn rule(&self) -> Rule {
        match self {
            Self::HeaderRepeated | Self::HeaderTooLong { .. } => Rule::RequestHeaderOnce,
            Self::OneMechanism => Rule::OneMechanism,
            Self::OneMechanismWithAssertion { .. } => Rule::OneMechanismWithAssertion,
            Self::NotIdentified { .. } => Rule::ClientIdentified,
            Self::AuthorizationScheme => Rule::AuthorizationScheme,
            Self::BasicSyntax { .. } => Rule::BasicSyntax,
            Self::AssertionType { .. } => Rule::AssertionType,
            Self::AssertionSyntax { cause } => assertion_rule(cause),
            Self::AssertionSub => Rule::AssertionSub,
            Self::ClientIdDiffers => Rule::ClientIdAgrees,
            Self::ClientIdDiffersFromAssertion => Rule::ClientIdAgreesWithAssertion,
        }
    }

    /// How the client presented itself; with the rule's code it decides the status.
    pub const fn presentation(&self) -> Presentation {
        match self {
            Self::OneMechanismWithAssertion { presentation } | Self::NotIdentified { presentation } => *presentation,
            Self::HeaderRepeated
            | Self::HeaderTooLong { .. }
            | Self::OneMechanism
            | Self::AuthorizationScheme
            | Self::BasicSyntax { .. }
            | Self::ClientIdDiffers => Presentation::AuthorizationHeader,
            Self::AssertionType { .. }
            | Self::AssertionSyntax { .. }
            | Self::AssertionSub
            | Self::ClientIdDiffersFromAssertion => Presentation::Form,
        }
    }
}

/// What is wrong with Basic credentials ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum BasicFault {
    /// Not standard base64 with padding.
    #[error("not base64")]
    Base64,
    /// Not UTF-8, or with control characters.
    #[error("not text")]
    Text,
    /// No colon between id and secret.
    #[error("no colon")]
    Colon,
    /// The id is empty.
    #[error("no id")]
    ClientId,
    /// A half is not form-encoded, where it has to be.
    #[error("not form-encoded")]
    FormEncoding,
    /// The id reads differently with and without form-encoding, and the client's registration allows both.
    #[error("an id that reads in two ways")]
    AmbiguousId,
}

/// What is wrong with `client_assertion_type` ([RFC 7521 §4.2](https://www.rfc-editor.org/rfc/rfc7521#section-4.2)).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AssertionTypeFault {
    /// It is absent, and there is an assertion.
    #[error("is missing")]
    Missing,
    /// It is there, and there is no assertion.
    #[error("comes without an assertion")]
    WithoutAssertion,
    /// Nobody here knows it.
    #[error("is unknown")]
    Unknown,
}

/// Why a client is not authenticated. Secrets and signatures fail without detail.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AuthError {
    /// No client of this id is registered.
    #[error("unknown client")]
    UnknownClient {
        /// What to count, if a secret was presented.
        attempt: Option<AttemptKind>,
    },
    /// The client registered another method.
    #[error("another method is registered")]
    MethodNotRegistered {
        /// What to count, if a secret was presented.
        attempt: Option<AttemptKind>,
    },
    /// Too many refused attempts came from there; nothing was compared.
    #[error("too many refused attempts")]
    Throttled,
    /// The Basic credentials have no reading that the client's registration allows.
    #[error("malformed Basic credentials: {fault}")]
    BasicSyntax {
        /// What is wrong with them.
        fault: BasicFault,
    },
    /// The secret is none of the client's live ones.
    #[error("wrong secret")]
    WrongSecret,
    /// The secret is right, and has expired.
    #[error("the client's secret has expired")]
    SecretExpired,
    /// The client's secret is judged by the caller, who brought no verdict.
    #[error("the caller brought no verdict")]
    VerdictMissing,
    /// The client's keys are at its `jwks_uri`, and the caller did not bring them.
    #[error("the caller did not bring the keys of the client's `jwks_uri`")]
    KeysMissing,
    /// An extension's credentials must be vouched for.
    #[error("credentials of an extension were not vouched for")]
    NotVouched,
    /// No certificate came with the request.
    #[error("no certificate came with the request")]
    CertificateMissing,
    /// The certificate was not validated, or to an anchor that the client did not register.
    #[error("the certificate was not validated to a registered anchor")]
    CertificateAnchor,
    /// The certificate does not have the name that the client registered.
    #[error("the certificate does not have the registered name")]
    CertificateName,
    /// The certificate is none of those that the client registered.
    #[error("the certificate is not registered")]
    CertificateNotRegistered,
    /// The assertion is not a JWS with a well-formed header and claims.
    #[error("malformed assertion")]
    AssertionSyntax {
        /// What is wrong with it.
        #[source]
        cause: JwtError,
    },
    /// The assertion's `alg` is not welcome, or does not fit the key.
    #[error("`alg` is not welcome")]
    AssertionAlg,
    /// The assertion's `typ` is another kind of JWT's.
    #[error("`typ` is of another kind of JWT")]
    AssertionTyp,
    /// No registered key fits the assertion's header.
    #[error("no registered key fits")]
    AssertionKey {
        /// Why none fits.
        #[source]
        cause: SelectError,
    },
    /// No live secret is as long as the hash of `alg`, so that none can be its key
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    #[error("no secret is as long as the hash of `alg`")]
    SecretTooShort,
    /// No live secret can be the key of the MAC: none is kept in clear, or too many are.
    #[error("no live secret can be the key of the MAC")]
    NoMacKey {
        /// Why not.
        cause: SelectError,
    },
    /// `x5c` stands beside `kid`, or names a certificate that is not registered.
    #[error("`x5c` is not welcome")]
    AssertionX5c,
    /// The chain in `x5c` is not one that the caller validated.
    #[error("the chain in `x5c` was not validated")]
    AssertionChain,
    /// The certificate in `x5c` is of another organisation.
    #[error("the certificate in `x5c` is of another organisation")]
    AssertionOrganization,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    AssertionSignature,
    /// The MAC verifies with none of the client's live secrets.
    #[error("the MAC does not verify")]
    AssertionMac,
    /// `iss` is not the client.
    #[error("`iss` is not the client")]
    AssertionIss,
    /// `sub` is not the client.
    #[error("`sub` is not the client")]
    AssertionSub,
    /// `aud` is not this issuer alone.
    #[error("`aud` is not this issuer alone")]
    AssertionAud,
    /// `exp` is absent or over.
    #[error("`exp` is absent or over")]
    AssertionExp,
    /// The assertion lives too long.
    #[error("the assertion lives too long")]
    AssertionLifetime,
    /// `nbf` is in the future.
    #[error("`nbf` is in the future")]
    AssertionNbf,
    /// `iat` is in the future.
    #[error("`iat` is in the future")]
    AssertionIat,
    /// `jti` is absent, empty or too long.
    #[error("`jti` is absent, empty or too long")]
    AssertionJti,
}

impl AuthError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::UnknownClient { .. } => Rule::ClientKnown,
            Self::MethodNotRegistered { .. } => Rule::MethodRegistered,
            Self::Throttled => Rule::ClientThrottle,
            Self::BasicSyntax { .. } => Rule::BasicSyntax,
            Self::WrongSecret => Rule::SecretMatches,
            Self::SecretExpired => Rule::SecretFresh,
            Self::VerdictMissing | Self::KeysMissing | Self::NotVouched => Rule::FoundComplete,
            Self::CertificateMissing => Rule::CertificatePresent,
            Self::CertificateAnchor => Rule::CertificateAnchor,
            Self::CertificateName => Rule::CertificateName,
            Self::CertificateNotRegistered => Rule::CertificateRegistered,
            Self::AssertionSyntax { .. } => Rule::AssertionSyntax,
            Self::AssertionAlg => Rule::AssertionAlg,
            Self::AssertionTyp => Rule::AssertionTyp,
            Self::AssertionKey { .. } | Self::SecretTooShort | Self::NoMacKey { .. } => Rule::AssertionKey,
            Self::AssertionX5c => Rule::AssertionX5c,
            Self::AssertionChain => Rule::AssertionChain,
            Self::AssertionOrganization => Rule::AssertionOrganization,
            Self::AssertionSignature | Self::AssertionMac => Rule::AssertionSignature,
            Self::AssertionIss => Rule::AssertionIss,
            Self::AssertionSub => Rule::AssertionSub,
            Self::AssertionAud => Rule::AssertionAud,
            Self::AssertionExp => Rule::AssertionExp,
            Self::AssertionLifetime => Rule::AssertionLifetime,
            Self::AssertionNbf => Rule::AssertionNbf,
            Self::AssertionIat => Rule::AssertionIat,
            Self::AssertionJti => Rule::AssertionJti,
        }
    }

    /// What to count against guessing, per client and peer network (security decision D15): every refusal of a shared secret,
    /// or of a MAC that is not right, whether there is such a client or not. `None`: no shared secret was judged, or it was
    /// right, so that nothing could be guessed.
    pub const fn attempt(&self) -> Option<AttemptKind> {
        match self {
            Self::UnknownClient { attempt } | Self::MethodNotRegistered { attempt } => *attempt,
            Self::WrongSecret
            | Self::SecretExpired
            | Self::BasicSyntax { .. }
            | Self::AssertionMac
            | Self::SecretTooShort
            | Self::NoMacKey { .. } => Some(AttemptKind::ClientSecret),
            _ => None,
        }
    }
}

/// What was tried and refused ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1): the endpoint MUST
/// be protected against brute force).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AttemptKind {
    /// A client secret, as it is or as the key of a MAC.
    ClientSecret,
}

/// Why a client's half cannot be made. Nothing was sent.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The secret is empty.
    #[error("the secret is empty")]
    EmptySecret,
    /// The client's id has a colon, which Basic without form-encoding cannot carry.
    #[error("the client's id has a colon")]
    ColonInClientId,
    /// The key of `private_key_jwt` is a MAC key.
    #[error("the key of private_key_jwt is a MAC key")]
    SymmetricKey,
    /// The assertion's lifetime is under one second.
    #[error("the assertion's lifetime is under one second")]
    Lifetime,
    /// The source of randomness failed.
    #[error("no randomness for `jti`")]
    Random(#[source] RandomFailed),
    /// The signer failed.
    #[error("the assertion cannot be signed")]
    Sign(#[source] SignError),
}

impl ApplyError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::EmptySecret | Self::ColonInClientId | Self::SymmetricKey | Self::Lifetime => Rule::Embedder,
            Self::Random(_) => Rule::RandomAnswers,
            Self::Sign(_) => Rule::SignerAnswers,
        }
    }
}

/// The rule of a client assertion that could not even be looked at.
fn assertion_rule(cause: &JwtError) -> Rule {
    match cause {
        JwtError::AlgNotAllowed => Rule::AssertionAlg,
        _ => Rule::AssertionSyntax,
    }
}
