use symbolon_client_auth::ApplyError;
use symbolon_crypto::RandomFailed;
use symbolon_dpop::ProofError;
use symbolon_id_token::IdTokenError;
use symbolon_jose::SignError;
use symbolon_policy::Contradiction;
use symbolon_token_request::FormError;
use symbolon_types::Rule;
use thiserror::Error;

use crate::{AuthorizationError, EndpointUrlError};

/// The embedding program configured a client that cannot be.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// The policy contradicts itself.
    #[error("the policy contradicts itself")]
    Policy(#[source] Contradiction),
    /// The issuer is no https URL (http on loopback) without query and fragment.
    #[error("the issuer is no URL of an issuer")]
    Issuer(#[source] EndpointUrlError),
    /// The metadata is another issuer's.
    #[error("the metadata is another issuer's")]
    MetadataIssuer,
    /// There is no token endpoint.
    #[error("there is no token endpoint")]
    TokenEndpointMissing,
    /// An endpoint cannot be called.
    #[error("`{endpoint}` is no URL of an endpoint")]
    EndpointUrl {
        /// Which one.
        endpoint: &'static str,
        /// What is wrong with it.
        source: EndpointUrlError,
    },
    /// The query of an endpoint is malformed, or has a parameter that the client sends.
    #[error("the query of `{endpoint}` has a parameter that the client sends")]
    EndpointQuery {
        /// Which one.
        endpoint: &'static str,
    },
    /// The redirect URI is not an absolute URI without fragment, or http beyond loopback.
    #[error("the redirect URI is none")]
    RedirectUri,
    /// The client proves a key (DPoP), and its token endpoint has a URL that no proof can name.
    #[error("no DPoP proof can name the URL of the token endpoint")]
    DpopTarget,
    /// The policy does not welcome how the client authenticates.
    #[error("the policy does not welcome how the client authenticates")]
    AuthMethod,
    /// The policy wants no bearer tokens, and the client has no key that its tokens could be bound to.
    #[error("the policy wants no bearer tokens, and the client has no key for others")]
    SenderConstraint,
    /// A MAC key signs elsewhere, or a public client registered HS256.
    #[error("a MAC where only a signature is proof")]
    SymmetricKey,
}

impl ApiMisuse {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Policy(_)
            | Self::TokenEndpointMissing
            | Self::RedirectUri
            | Self::AuthMethod
            | Self::SenderConstraint
            | Self::SymmetricKey => Rule::Embedder,
            Self::Issuer(source) | Self::EndpointUrl { source, .. } => source.rule(),
            Self::MetadataIssuer => Rule::Metadata,
            Self::EndpointQuery { .. } | Self::DpopTarget => Rule::EndpointUrl,
        }
    }
}

/// Why a request is not made. Nothing was sent, nobody hears a code.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ClientError {
    /// The client was not told of an authorization endpoint.
    #[error("the client has no authorization endpoint")]
    NoAuthorizationEndpoint,
    /// The client was not told of another endpoint.
    #[error("the client has no `{endpoint}`")]
    NoEndpoint {
        /// Which one.
        endpoint: &'static str,
    },
    /// Authorization requests must be pushed.
    #[error("authorization requests must be pushed")]
    MustPush,
    /// Neither the plan nor the client has a redirect URI.
    #[error("there is no redirect URI")]
    NoRedirectUri,
    /// The redirect URI is not an absolute URI without fragment, or http beyond loopback.
    #[error("the redirect URI is none")]
    RedirectUri,
    /// A parameter of the plan has no name, comes twice, is one that the client writes itself or one that would replace
    /// the request; or a value is not in its grammar.
    #[error("a parameter of the plan cannot be sent")]
    Parameter,
    /// A code or an identity is of another issuer or client.
    #[error("the code or identity is of another issuer or client")]
    OtherClient,
    /// A secret has no text.
    #[error("a secret is empty")]
    EmptySecret,
    /// A public client asks for tokens for itself, or refreshes where the policy has that for confidential clients alone.
    #[error("a public client cannot use this grant")]
    PublicClient,
    /// The grant type of an extension is no absolute URI.
    #[error("the grant type of an extension is no absolute URI")]
    ExtensionGrant,
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    Random(#[from] RandomFailed),
    /// Client authentication cannot be made.
    #[error("client authentication cannot be made")]
    Apply(#[from] ApplyError),
    /// The assertion cannot be laid down for a remote key, or its signature does not verify.
    #[error("the assertion cannot be signed")]
    Assertion(#[from] SignError),
    /// The DPoP proof cannot be made.
    #[error("the DPoP proof cannot be made")]
    Proof(#[from] ProofError),
    /// The access token is a bearer token: it is bound to no key, so there is nothing to prove.
    #[error("a bearer token has no DPoP proof")]
    BearerToken,
    /// The tokens are without a sign-in: `openid` was not granted, and the plan took that.
    #[error("nobody signed in")]
    NobodySignedIn,
    /// A key that signs elsewhere has not signed yet.
    #[error("a signature of a remote key is needed first")]
    NeedsSignature,
}

impl ClientError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::NoAuthorizationEndpoint
            | Self::NoEndpoint { .. }
            | Self::MustPush
            | Self::NoRedirectUri
            | Self::RedirectUri
            | Self::Parameter
            | Self::OtherClient
            | Self::EmptySecret
            | Self::PublicClient
            | Self::ExtensionGrant
            | Self::BearerToken
            | Self::NobodySignedIn
            | Self::NeedsSignature => Rule::Embedder,
            Self::Random(_) => Rule::RandomAnswers,
            Self::Apply(error) => error.rule(),
            Self::Assertion(error) => error.rule(),
            Self::Proof(error) => error.rule(),
        }
    }
}

/// Why an authorization response gives no code. Nobody hears one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CallbackError {
    /// A parameter comes twice.
    #[error("a parameter of the authorization response appears more than once")]
    Repeated,
    /// The query is malformed, or too long.
    #[error("the authorization response is malformed")]
    Syntax(#[source] FormError),
    /// `error` is outside its grammar.
    #[error("`error` of the authorization response is outside its grammar")]
    ErrorSyntax,
    /// `state` is absent or not the one that was sent. This answer belongs to another browser, or to nobody.
    #[error("`state` is not the one that was sent")]
    State,
    /// `iss` is absent, and the issuer says that it sends it.
    #[error("`iss` is missing")]
    IssMissing,
    /// `iss` is another issuer.
    #[error("`iss` is another issuer")]
    IssMismatch,
    /// It has `response`, `id_token`, `access_token` or `token_type`: an answer of another mode or flow than was asked for.
    #[error("the authorization response is of another response mode or type")]
    ResponseMode,
    /// The server refused.
    #[error("the server refused the authorization request: {}", .0.code)]
    Refused(AuthorizationError),
    /// There is neither error nor code.
    #[error("the authorization response has no code")]
    CodeMissing,
}

impl CallbackError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Repeated => Rule::CallbackRepeated,
            Self::Syntax(_) | Self::ErrorSyntax | Self::ResponseMode | Self::CodeMissing => Rule::CallbackSyntax,
            Self::State => Rule::CallbackState,
            Self::IssMissing | Self::IssMismatch => Rule::CallbackIss,
            Self::Refused(_) => Rule::CallbackError,
        }
    }
}

/// Why tokens were not accepted. They are gone: start again.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A sign-in was asked for and there is no ID token.
    #[error("there is no ID token")]
    IdTokenMissing,
    /// The ID token does not hold.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// No sign-in was asked for: take the tokens without their ID token.
    #[error("no sign-in was asked for")]
    NotOpenId,
    /// A sign-in was asked for: verify the ID token.
    #[error("a sign-in was asked for, the ID token must be verified")]
    OpenId,
}

impl VerifyError {
    /// The rule that did not hold.
    pub fn rule(&self) -> Rule {
        match self {
            Self::IdTokenMissing | Self::OpenId => Rule::IdTokenPresent,
            Self::IdToken(error) => error.rule(),
            Self::NotOpenId => Rule::Embedder,
        }
    }
}
