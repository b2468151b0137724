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
            Self::Dpop => "the request carries a DPoP proof, which no release judges yet",
            Self::AccessToken => "one character of the access token at userinfo",
        }
    }

    /// What whoever notices must say: an error code on the wire, or the client's own words.
    pub(super) const fn noticed_as(self) -> &'static str {
        match self {
            Self::Secret | Self::Assertion | Self::AssertionReplay => "invalid_client",
            Self::Mechanisms | Self::Duplicate => "invalid_request",
            Self::State => "`state`",
            Self::Iss => "`iss`",
            Self::CallbackDuplicate => "more than once",
            Self::Verifier | Self::RedirectUri | Self::Code | Self::Replay | Self::RefreshReplay => "invalid_grant",
            Self::Signature => "signed JWT",
            Self::Nonce => "nonce",
            Self::TokenType => "token_type",
            Self::IdToken => "no ID token",
            Self::AtHash => "at_hash",
            Self::Scope => "invalid_scope",
            Self::Dpop => "invalid_dpop_proof",
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
        }
    }
}
