//! The ways in which the demo can be spoilt.

use super::steps::step;

/// One thing that somebody between client and server, or a careless client, changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tamper {
    Secret,
    Mechanisms,
    Duplicate,
    Assertion,
    AssertionReplay,
    State,
    Iss,
    CallbackDuplicate,
    Verifier,
    RedirectUri,
    Code,
    Replay,
    Signature,
    Nonce,
    TokenType,
    IdToken,
    AtHash,
    RefreshReplay,
    Scope,
    Dpop,
    AccessToken,
    SecretJwtKey,
    X5cRevoked,
    X5cOrganization,
    X5cAuthority,
    MtlsCertificate,
    MtlsSelfSigned,
    MtlsMissing,
    MtlsToken,
    DpopJkt,
    DpopSignature,
    DpopNonce,
    DpopTokenType,
    DpopHtu,
    DpopBearer,
    DpopReplay,
    DpopKey,
    GrantAssertion,
    DeviceCsrf,
    CibaUser,
    CibaPing,
    ExchangeToken,
    ExchangeTarget,
}

impl Tamper {
    pub(super) const ALL: &[Self] = &[
        Self::Secret,
        Self::Mechanisms,
        Self::Duplicate,
        Self::Assertion,
        Self::AssertionReplay,
        Self::State,
        Self::Iss,
        Self::CallbackDuplicate,
        Self::Verifier,
        Self::RedirectUri,
        Self::Code,
        Self::Replay,
        Self::Signature,
        Self::Nonce,
        Self::TokenType,
        Self::IdToken,
        Self::AtHash,
        Self::RefreshReplay,
        Self::Scope,
        Self::Dpop,
        Self::AccessToken,
        Self::SecretJwtKey,
        Self::X5cRevoked,
        Self::X5cOrganization,
        Self::X5cAuthority,
        Self::MtlsCertificate,
        Self::MtlsSelfSigned,
        Self::MtlsMissing,
        Self::MtlsToken,
        Self::DpopJkt,
        Self::DpopSignature,
        Self::DpopNonce,
        Self::DpopTokenType,
        Self::DpopHtu,
        Self::DpopBearer,
        Self::DpopReplay,
        Self::DpopKey,
        Self::GrantAssertion,
        Self::DeviceCsrf,
        Self::CibaUser,
        Self::CibaPing,
        Self::ExchangeToken,
        Self::ExchangeTarget,
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tamper| tamper.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Mechanisms => "two-mechanisms",
            Self::Duplicate => "duplicate-parameter",
            Self::Assertion => "assertion",
            Self::AssertionReplay => "assertion-replay",
            Self::State => "state",
            Self::Iss => "iss",
            Self::CallbackDuplicate => "callback-duplicate",
            Self::Verifier => "verifier",
            Self::RedirectUri => "redirect-uri",
            Self::Code => "code",
            Self::Replay => "replay",
            Self::Signature => "signature",
            Self::Nonce => "nonce",
            Self::TokenType => "token-type",
            Self::IdToken => "missing-id-token",
            Self::AtHash => "at-hash",
            Self::RefreshReplay => "refresh-replay",
            Self::Scope => "scope",
            Self::Dpop => "dpop",
            Self::AccessToken => "access-token",
            Self::SecretJwtKey => "secret-jwt-key",
            Self::X5cRevoked => "x5c-revoked",
            Self::X5cOrganization => "x5c-organization",
            Self::X5cAuthority => "x5c-authority",
            Self::MtlsCertificate => "mtls-certificate",
            Self::MtlsSelfSigned => "mtls-self-signed",
            Self::MtlsMissing => "mtls-missing",
            Self::MtlsToken => "mtls-token",
            Self::DpopJkt => "dpop-jkt",
            Self::DpopSignature => "dpop-signature",
            Self::DpopNonce => "dpop-nonce",
            Self::DpopTokenType => "dpop-token-type",
            Self::DpopHtu => "dpop-htu",
            Self::DpopBearer => "dpop-bearer",
            Self::DpopReplay => "dpop-replay",
            Self::DpopKey => "dpop-key",
            Self::GrantAssertion => "grant-assertion",
            Self::DeviceCsrf => "device-csrf",
            Self::CibaUser => "ciba-user",
            Self::CibaPing => "ciba-ping",
            Self::ExchangeToken => "exchange-token",
            Self::ExchangeTarget => "exchange-target",
        }
    }

    /// What is changed.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Secret => "one character of the Basic credentials",
            Self::Mechanisms => "the form carries a client_secret beside the header",
            Self::Duplicate => "the form has grant_type twice",
            Self::Assertion => "one character of the client assertion's signature",
            Self::AssertionReplay => "somebody sends the client assertion first",
            Self::State => "the callback brings another state",
            Self::Iss => "the callback names another issuer",
            Self::CallbackDuplicate => "the callback has its code twice",
            Self::Verifier => "one character of code_verifier",
            Self::RedirectUri => "the token request names another redirect_uri",
            Self::Code => "one character of the code",
            Self::Replay => "somebody redeems the code first",
            Self::Signature => "one character of the ID token's signature",
            Self::Nonce => "the authorization request brings another nonce",
            Self::TokenType => "the response says token_type DPoP",
            Self::IdToken => "the response has no ID token",
            Self::AtHash => "the response brings another access token beside the ID token",
            Self::RefreshReplay => "somebody uses the refresh token first",
            Self::Scope => "the refresh asks for more than was granted",
            Self::Dpop => "the request carries a DPoP proof that is no signed JWT",
            Self::AccessToken => "one character of the access token at userinfo",
            Self::SecretJwtKey => "the MAC of the client assertion is made with another secret",
            Self::X5cRevoked => "a business certificate that is revoked",
            Self::X5cOrganization => "a business certificate of another organisation",
            Self::X5cAuthority => "a business certificate of another authority with the same name",
            Self::MtlsCertificate => "a certificate of the same authority, with another subject",
            Self::MtlsSelfSigned => "a self-signed certificate with the registered subject",
            Self::MtlsMissing => "no certificate",
            Self::MtlsToken => "the bound access token comes with another certificate",
            Self::DpopJkt => "the authorization request names another key",
            Self::DpopSignature => "one character of the proof's signature",
            Self::DpopNonce => "one character of the nonce that the server gives",
            Self::DpopTokenType => "the response says token_type Bearer, although there was a proof",
            Self::DpopHtu => "the proof is made for another URL",
            Self::DpopBearer => "the bound access token is sent as Bearer, without a proof",
            Self::DpopReplay => "the proof of the request before it, in place of a fresh one",
            Self::DpopKey => "the refresh has a proof of another key",
            Self::GrantAssertion => "one character of the signature of what the identity provider says",
            Self::DeviceCsrf => "the user says yes by a form that the page did not give",
            Self::CibaUser => "another user than the one who was asked says yes",
            Self::CibaPing => "one character of the token in the message that the user has decided",
            Self::ExchangeToken => "one character of the token that is exchanged",
            Self::ExchangeTarget => "the exchange asks for a token for somebody that no rule names",
        }
    }

    /// What whoever notices must say: an error code on the wire, or the client's own words.
    pub(super) const fn noticed_as(self) -> &'static str {
        match self {
            Self::Secret
            | Self::Assertion
            | Self::AssertionReplay
            | Self::SecretJwtKey
            | Self::X5cRevoked
            | Self::X5cOrganization
            | Self::X5cAuthority
            | Self::MtlsCertificate
            | Self::MtlsSelfSigned
            | Self::MtlsMissing => "invalid_client",
            Self::Mechanisms | Self::Duplicate | Self::ExchangeToken => "invalid_request",
            Self::State => "`state`",
            Self::Iss => "`iss`",
            Self::CallbackDuplicate => "more than once",
            Self::Verifier
            | Self::RedirectUri
            | Self::Code
            | Self::Replay
            | Self::RefreshReplay
            | Self::DpopJkt
            | Self::DpopKey
            | Self::GrantAssertion => "invalid_grant",
            Self::DeviceCsrf => "403",
            Self::CibaUser => "400",
            Self::CibaPing => "the notification does not carry the token",
            Self::ExchangeTarget => "invalid_target",
            Self::Signature => "signed JWT",
            Self::Nonce => "nonce",
            Self::TokenType | Self::DpopTokenType => "token_type",
            Self::IdToken => "no ID token",
            Self::AtHash => "at_hash",
            Self::Scope => "invalid_scope",
            Self::Dpop | Self::DpopSignature | Self::DpopHtu | Self::DpopReplay => "invalid_dpop_proof",
            Self::DpopNonce => "use_dpop_nonce",
            Self::MtlsToken | Self::DpopBearer => "invalid_token",
            Self::AccessToken => "401",
        }
    }

    /// The step that must notice.
    pub(super) const fn fails_at(self) -> &'static str {
        match self {
            Self::Secret | Self::Mechanisms | Self::Duplicate => step::BASIC,
            Self::Dpop => step::POST,
            Self::Assertion | Self::AssertionReplay => step::PRIVATE_KEY_JWT,
            Self::State | Self::Iss | Self::CallbackDuplicate => step::CALLBACK,
            Self::Verifier | Self::RedirectUri | Self::Code | Self::Replay | Self::TokenType => step::EXCHANGE,
            Self::Signature | Self::Nonce | Self::IdToken | Self::AtHash => step::ID_TOKEN,
            Self::AccessToken => step::USERINFO,
            Self::RefreshReplay | Self::Scope => step::REFRESH,
            Self::SecretJwtKey => step::SECRET_JWT,
            Self::X5cRevoked | Self::X5cOrganization | Self::X5cAuthority => step::BUSINESS,
            Self::MtlsCertificate | Self::MtlsSelfSigned | Self::MtlsMissing => step::TLS_CLIENT_AUTH,
            Self::MtlsToken => step::CERTIFICATE_BOUND,
            Self::DpopJkt | Self::DpopSignature | Self::DpopNonce | Self::DpopTokenType => step::DPOP_EXCHANGE,
            Self::DpopHtu | Self::DpopBearer => step::DPOP_USERINFO,
            Self::DpopReplay | Self::DpopKey => step::DPOP_REFRESH,
            Self::GrantAssertion => step::JWT_BEARER,
            Self::DeviceCsrf => step::DEVICE,
            Self::CibaUser | Self::CibaPing => step::CIBA,
            Self::ExchangeToken | Self::ExchangeTarget => step::EXCHANGED,
        }
    }
}
