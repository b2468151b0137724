//! The grants, each a struct that reads itself from a form and writes itself to one.

mod authorization_code;
mod ciba;
mod client_credentials;
mod device_code;
mod extension;
mod jwt_bearer;
mod refresh_token;
mod token_exchange;

use alloc::string::ToString as _;

use symbolon_types::{Scope, Secret};

use crate::{FormEncoder, ParamName, ParameterError, TokenRequest};

pub use authorization_code::AuthorizationCodeRequest;
pub use ciba::CibaRequest;
pub use client_credentials::ClientCredentialsRequest;
pub use device_code::DeviceCodeRequest;
pub use extension::ExtensionRequest;
pub use jwt_bearer::JwtBearerRequest;
pub use refresh_token::RefreshTokenRequest;
pub use token_exchange::{TokenExchangeRequest, TokenType};

fn required(form: &TokenRequest, name: ParamName) -> Result<&str, ParameterError> {
    form.get(name).ok_or(ParameterError::Missing { name })
}

fn secret(form: &TokenRequest, name: ParamName) -> Option<Secret> {
    form.get(name).map(Secret::from)
}

fn scope(form: &TokenRequest) -> Result<Option<Scope>, ParameterError> {
    Ok(form.get(ParamName::Scope).map(Scope::parse).transpose()?)
}

fn encode_scope(scope: Option<&Scope>, form: &mut FormEncoder) {
    if let Some(scope) = scope.filter(|scope| !scope.is_empty()) {
        form.push(ParamName::Scope.as_str(), &scope.to_string());
    }
}
