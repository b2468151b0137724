mod authorization_code;
mod ciba;
mod client_credentials;
mod device_code;
mod extension;
mod jwt_bearer;
mod own_assertion;
mod refresh_token;
mod token_exchange;

pub use authorization_code::AuthorizationCodeGrant;
pub use ciba::CibaGrant;
pub use client_credentials::ClientCredentialsGrant;
pub use device_code::DeviceCodeGrant;
pub use extension::ExtensionGrant;
pub use jwt_bearer::{AssertedGrant, AssertedSubject, JwtBearerGrant};
pub use own_assertion::OwnAssertionGrant;
pub(crate) use refresh_token::Renewal;
pub use refresh_token::{GrantStatus, RefreshTokenGrant};
use symbolon_types::Rule;
pub use token_exchange::{PresentedToken, TokenExchangeGrant};

use crate::{AuthenticatedRequest, Refusal};

/// A grant whose parameters were read. Each variant names what it needs to be looked up.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Grant {
    /// `authorization_code`
    AuthorizationCode(AuthorizationCodeGrant),
    /// `refresh_token`
    RefreshToken(RefreshTokenGrant),
    /// `client_credentials`
    ClientCredentials(ClientCredentialsGrant),
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`
    JwtBearer(JwtBearerGrant),
    /// The same, by an assertion that the client itself has signed and is known by.
    OwnAssertion(OwnAssertionGrant),
    /// `urn:ietf:params:oauth:grant-type:device_code`
    DeviceCode(DeviceCodeGrant),
    /// `urn:openid:params:grant-type:ciba`
    Ciba(CibaGrant),
    /// `urn:ietf:params:oauth:grant-type:token-exchange`
    TokenExchange(TokenExchangeGrant),
    /// An extension grant that the endpoint lists and the client registered.
    Extension(ExtensionGrant),
}

impl Grant {
    /// Refuses a grant that the embedding program was not written for (`unsupported_grant_type`).
    pub fn unsupported(self) -> Refusal {
        self.into_request().context.refuse(Rule::GrantKnown)
    }

    fn into_request(self) -> AuthenticatedRequest {
        match self {
            Self::AuthorizationCode(grant) => grant.request,
            Self::RefreshToken(grant) => grant.request,
            Self::ClientCredentials(grant) => grant.request,
            Self::JwtBearer(grant) => grant.request,
            Self::OwnAssertion(grant) => grant.request,
            Self::DeviceCode(grant) => grant.request,
            Self::Ciba(grant) => grant.request,
            Self::TokenExchange(grant) => grant.request,
            Self::Extension(grant) => grant.request,
        }
    }
}
