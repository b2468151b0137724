use alloc::string::String;
use core::fmt;

use symbolon_client_auth::{AuthError, CredentialsError};
use symbolon_dpop::DpopError;
use symbolon_jose::SignError;
use symbolon_policy::Contradiction;
use symbolon_token_request::{ContentTypeError, FormError, ParamName, ParameterError};
use symbolon_types::{Alg, ErrorCode, Rule};
use thiserror::Error;

use crate::{AuthorizationDetailsError, KeyState};

/// The embedding program configured something that cannot be.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// The policy contradicts itself.
    #[error("the policy contradicts itself")]
    Policy(#[source] Contradiction),
    /// A server key is shorter than 32 octets, or two have one id.
    #[error("a server key is shorter than 32 octets, or two have one id")]
    ServerKey,
    /// The key of pairwise subject identifiers is shorter than 32 octets.
    #[error("the key of pairwise subject identifiers is shorter than 32 octets")]
    PairwiseKey,
    /// A claim or a member of the response has the name of one that is registered or that the endpoint fills, or none.
    #[error("a claim or a member of the response has a reserved name, or none")]
    ReservedName,
    /// The URL of an endpoint is no `http` or `https` URL.
    #[error("the URL of an endpoint is no http or https URL")]
    Url,
    /// Two listeners have one name, or one has none.
    #[error("two listeners have one name, or one has none")]
    Listener,
    /// The policy has the grant `token-exchange`, and there is no rule for it.
    #[error("token exchange without rules")]
    ExchangeRules,
    /// An extension grant has the name of a registered one, or none.
    #[error("an extension grant has the name of a registered one, or none")]
    ExtensionGrant,
}

/// Why a registration is not to be taken ([`RegisteredClient::check`](crate::RegisteredClient::check)).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The policy does not welcome the method.
    #[error("its method of client authentication is not welcome")]
    AuthMethod,
    /// A public client with the grant `client_credentials`.
    #[error("client_credentials is not for a public client")]
    PublicClientCredentials,
    /// A public client with the grant `ciba`.
    #[error("ciba is not for a public client")]
    PublicBackchannel,
    /// The URL where a client wants to be told is no https URL.
    #[error("the notification endpoint is no https URL")]
    NotificationEndpoint,
    /// A public client with the grant `refresh_token`, and the policy lets none refresh.
    #[error("refresh_token is not for a public client here")]
    PublicRefresh,
    /// A public client with a secret or the algorithm of a MAC: nobody can keep its key.
    #[error("a secret, or a MAC, is not for a public client")]
    PublicSecret,
}

impl RegistrationError {
    /// The rule that does not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::AuthMethod => Rule::MethodRegistered,
            Self::PublicClientCredentials | Self::PublicBackchannel => Rule::GrantAllowed,
            Self::NotificationEndpoint => Rule::EndpointUrl,
            Self::PublicRefresh => Rule::RefreshMethod,
            Self::PublicSecret => Rule::AssertionAlg,
        }
    }
}

/// Why keys are not signed with, or make no move. No peer hears of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SigningKeysError {
    /// The secret of a MAC is never published.
    #[error("a symmetric key among those that are published")]
    Symmetric,
    /// A key has no `kid`, an empty one, or one that no reader takes.
    #[error("a key has no `kid`, or too long a one")]
    Kid,
    /// Two keys have one `kid`.
    #[error("two keys have one `kid`")]
    DuplicateKid,
    /// Two keys of one algorithm would sign.
    #[error("two keys of {alg} would sign")]
    TwoCurrent {
        /// The algorithm.
        alg: Alg,
    },
    /// More keys than a reader takes.
    #[error("more keys than a reader takes")]
    TooMany,
    /// No key has this `kid`.
    #[error("no key has this `kid`")]
    UnknownKid,
    /// The key is in another state than the move begins with.
    #[error("the key is in the state {state:?}")]
    State {
        /// Its state.
        state: KeyState,
    },
}

impl SigningKeysError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        Rule::Embedder
    }
}

/// Why a client has no sector for pairwise subject identifiers (`invalid_client_metadata` where it registers).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SectorError {
    /// The redirect URIs have several hosts, and no `sector_identifier_uri` says which counts.
    #[error("the redirect URIs have several hosts: a sector_identifier_uri is needed")]
    SeveralHosts,
    /// There is no host: no URI at all, or one of another scheme than http and https.
    #[error("there is no http or https URI with a host: a sector_identifier_uri is needed")]
    NoHost,
    /// The host is the loopback interface, which clients of every sector have.
    #[error("the loopback interface is no sector: a sector_identifier_uri is needed")]
    Loopback,
    /// `sector_identifier_uri` is not https.
    #[error("sector_identifier_uri is not https")]
    NotHttps,
    /// What is behind `sector_identifier_uri` is too long, or no array of strings.
    #[error("the document of sector_identifier_uri is too long, or no JSON array of strings")]
    Document,
    /// A redirect URI is not in the document.
    #[error("a redirect URI is not in the document of sector_identifier_uri")]
    NotListed,
}

impl SectorError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        Rule::Embedder
    }
}

/// Why no code is issued.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CodeError {
    /// `redirect_uri` is not one that the client registered. Do not redirect.
    #[error("redirect_uri is not registered")]
    RedirectUri,
    /// The client may not use the grant (`unauthorized_client`).
    #[error("the client may not use authorization codes")]
    GrantAllowed,
    /// The policy demands a code challenge (`invalid_request`).
    #[error("a code challenge is required")]
    ChallengeMissing,
    /// The scope is wider than the client's (`invalid_scope`).
    #[error("the scope is wider than the client's")]
    Scope,
    /// Authorization details of a type that the client did not register (`invalid_authorization_details`).
    #[error("authorization details of a type that the client did not register")]
    AuthorizationDetails,
    /// There is no resource owner, or what is said of it cannot be told in tokens, or not to this client (`server_error`).
    #[error("there is no resource owner, or what is said of it cannot be told")]
    Granted,
    /// The provider gave no randomness (`server_error`).
    #[error("the source of randomness failed")]
    Random,
}

impl CodeError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::RedirectUri => Rule::CodeRedirectUri,
            Self::GrantAllowed => Rule::GrantAllowed,
            Self::ChallengeMissing => Rule::CodeVerifierPresence,
            Self::Scope => Rule::ScopeNarrows,
            Self::AuthorizationDetails => Rule::AuthorizationDetailsNarrow,
            Self::Granted => Rule::Embedder,
            Self::Random => Rule::RandomAnswers,
        }
    }
}

/// Why a request was refused, for the operator. It holds nothing secret; the peer hears a fixed sentence instead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The content type.
    ContentType(ContentTypeError),
    /// The form.
    Form(FormError),
    /// A parameter.
    Parameter(ParameterError),
    /// The authorization details.
    AuthorizationDetails(AuthorizationDetailsError),
    /// A registered parameter in the query.
    Query(ParamName),
    /// The credentials, before any look-up.
    Credentials(CredentialsError),
    /// The client's authentication.
    Auth(AuthError),
    /// The DPoP proof.
    Dpop(DpopError),
    /// A rule of this crate.
    Rule(Rule),
    /// The store found that something had changed since it was read.
    Conflict(Rule),
    /// A rule of an extension.
    Extension {
        /// The extension's own name of the rule.
        rule: &'static str,
        /// The code that the peer hears.
        code: ErrorCode,
    },
    /// A look-up or the commit failed.
    Unavailable {
        /// [`Rule::StoreAnswers`] or [`Rule::StoreOutcomeKnown`].
        rule: Rule,
        /// What the store said.
        cause: String,
    },
    /// A signer failed.
    Signer(String),
}

impl Reason {
    /// The rule that did not hold.
    pub fn rule(&self) -> Rule {
        match self {
            Self::ContentType(error) => error.rule(),
            Self::Form(error) => error.rule(),
            Self::Parameter(error) => error.rule(),
            Self::AuthorizationDetails(error) => error.rule(),
            Self::Query(_) => Rule::RequestQuery,
            Self::Credentials(error) => error.rule(),
            Self::Auth(error) => error.rule(),
            Self::Dpop(error) => error.rule(),
            Self::Rule(rule) | Self::Conflict(rule) | Self::Unavailable { rule, .. } => *rule,
            Self::Extension { .. } => Rule::Extension,
            Self::Signer(_) => Rule::SignerAnswers,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType(error) => error.fmt(f),
            Self::Form(error) => error.fmt(f),
            Self::Parameter(error) => error.fmt(f),
            Self::AuthorizationDetails(error) => error.fmt(f),
            Self::Query(name) => write!(f, "`{}` in the query", name.as_str()),
            Self::Credentials(error) => error.fmt(f),
            Self::Auth(error) => error.fmt(f),
            Self::Dpop(error) => error.fmt(f),
            Self::Rule(rule) => f.write_str(rule.id()),
            Self::Conflict(rule) => write!(f, "{} (found by the store)", rule.id()),
            Self::Extension { rule, .. } => f.write_str(rule),
            Self::Unavailable { cause, .. } => write!(f, "unavailable: {}", shown(cause)),
            Self::Signer(cause) => write!(f, "signer: {}", shown(cause)),
        }
    }
}

/// A cause as it is shown: escaped, and never longer than a line (A099).
fn shown(cause: &str) -> String {
    cause.escape_default().take(MAX_CAUSE_CHARS).collect()
}

/// Longest cause that is shown, in characters.
const MAX_CAUSE_CHARS: usize = 256;

macro_rules! reason_from {
    ($($error:ty => $variant:ident),*) => {
        $(impl From<$error> for Reason {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })*
    };
}
reason_from!(ContentTypeError => ContentType, FormError => Form, ParameterError => Parameter,
    AuthorizationDetailsError => AuthorizationDetails,
    CredentialsError => Credentials, AuthError => Auth, DpopError => Dpop, Rule => Rule);

impl From<SignError> for Reason {
    fn from(error: SignError) -> Self {
        Self::Signer(alloc::format!("{error}"))
    }
}
