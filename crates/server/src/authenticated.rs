use alloc::{boxed::Box, string::String, sync::Arc};

use serde_json::{Map, Value};
use symbolon_token_request::{
    AuthorizationCodeRequest, CibaRequest, ClientCredentialsRequest, DeviceCodeRequest, ExtensionRequest,
    JwtBearerRequest, ParamName, ParameterError, RefreshTokenRequest, TokenExchangeRequest, TokenRequest,
};
use symbolon_types::{Confirmation, Digest, Field, GrantType, Rule};

use crate::{
    AuthorizationCodeGrant, AuthorizationDetails, CibaGrant, ClientCredentialsGrant, DeviceCodeGrant, ExtensionGrant,
    Grant, JwtBearerGrant, OwnAssertionGrant, Reason, RefreshTokenGrant, Refusal, RegisteredClient, TokenExchangeGrant,
    context::{Context, Purpose},
    refresh_text::RefreshText,
};

/// A request of a client that is who it says: authenticated, or public and registered as such.
///
/// ```compile_fail,E0599
/// // A grant is not to be had without authentication:
/// fn issue(received: symbolon_server::ReceivedRequest) {
///     let _ = received.into_grant();
/// }
/// ```
/// ```
/// fn issue(request: symbolon_server::AuthenticatedRequest) {
///     let _ = request.into_grant();
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct AuthenticatedRequest {
    pub(crate) context: Box<Context>,
    pub(crate) client: Arc<RegisteredClient>,
    pub(crate) confirmation: Confirmation,
    pub(crate) instance: Option<Digest>,
    pub(crate) form: TokenRequest,
    /// The claims of the grant that the client is known by, if it is known by nothing else.
    grant: Option<Box<Map<String, Value>>>,
}

impl AuthenticatedRequest {
    pub(crate) const fn new(
        context: Box<Context>,
        form: TokenRequest,
        client: Arc<RegisteredClient>,
        confirmation: Confirmation,
        instance: Option<Digest>,
    ) -> Self {
        Self { context, client, confirmation, instance, form, grant: None }
    }

    pub(crate) fn with_grant(mut self, claims: Option<Map<String, Value>>) -> Self {
        self.grant = claims.map(Box::new);
        self
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        &self.client
    }

    /// Reads the grant and its parameters (security decision D10: supported, then allowed, then its parameters).
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion:
    /// - `invalid_request`: no `grant_type`, or a required parameter is missing.
    /// - `unsupported_grant_type`: the endpoint does not support it.
    /// - `unauthorized_client`: the client may not use it, or a public client may not refresh.
    /// - `invalid_scope`: the scope is malformed.
    /// - `invalid_authorization_details`: these are malformed.
    /// - `server_error`: the request came to another endpoint.
    /// - `invalid_grant`: the refresh token is none of ours, the assertion is malformed.
    pub fn into_grant(mut self) -> Result<Grant, Refusal> {
        match self.read() {
            Ok(Parameters::AuthorizationCode(parameters)) => {
                Ok(Grant::AuthorizationCode(AuthorizationCodeGrant::new(self, parameters)))
            }
            Ok(Parameters::RefreshToken(parameters, text)) => {
                Ok(Grant::RefreshToken(RefreshTokenGrant::new(self, parameters, text)))
            }
            Ok(Parameters::ClientCredentials(parameters)) => {
                Ok(Grant::ClientCredentials(ClientCredentialsGrant::new(self, parameters)))
            }
            Ok(Parameters::DeviceCode(parameters)) => Ok(Grant::DeviceCode(DeviceCodeGrant::new(self, &parameters))),
            Ok(Parameters::Ciba(parameters)) => Ok(Grant::Ciba(CibaGrant::new(self, &parameters))),
            Ok(Parameters::TokenExchange(parameters)) => {
                Ok(Grant::TokenExchange(TokenExchangeGrant::new(self, parameters)))
            }
            Ok(Parameters::Own(parameters, claims)) => {
                Ok(Grant::OwnAssertion(OwnAssertionGrant::new(self, parameters, claims)))
            }
            Ok(Parameters::JwtBearer(parameters, claimed)) => {
                Ok(Grant::JwtBearer(JwtBearerGrant::new(self, parameters, claimed)))
            }
            Ok(Parameters::Extension(parameters)) => Ok(Grant::Extension(ExtensionGrant::new(self, parameters))),
            Err(reason) => Err(self.context.refuse(reason)),
        }
    }

    fn read(&mut self) -> Result<Parameters, Reason> {
        // What came to another endpoint shows no key that tokens could be bound to.
        if self.context.purpose != Purpose::Token {
            return Err(Rule::Embedder.into());
        }
        let missing = || Reason::from(ParameterError::Missing { name: ParamName::GrantType });
        let grant_type = self.form.grant_type().ok_or_else(missing)?;
        let trace = &mut self.context.facts.trace;
        trace.note(Rule::GrantKnown, Field::GrantType, grant_type.as_str());
        if !self.context.endpoint.supports(&grant_type) {
            return Err(Rule::GrantKnown.into());
        }
        trace.held(Rule::GrantKnown);
        if !self.client.may_use(&grant_type) {
            return Err(Rule::GrantAllowed.into());
        }
        trace.held(Rule::GrantAllowed);
        // RFC 8707 §2.2: judged when tokens are issued, against what they are good for.
        self.context.resources = self.form.parameters("resource").map(String::from).collect();
        // RFC 9396 §6: so are these.
        self.context.details =
            self.form.get(ParamName::AuthorizationDetails).map(AuthorizationDetails::parse).transpose()?;
        match grant_type {
            GrantType::AuthorizationCode => {
                if self.context.policy().code.client_id_required && self.form.get(ParamName::ClientId).is_none() {
                    return Err(ParameterError::Missing { name: ParamName::ClientId }.into());
                }
                Ok(Parameters::AuthorizationCode(AuthorizationCodeRequest::from_form(&self.form)?))
            }
            GrantType::RefreshToken => {
                if self.client.is_public() && !self.context.policy().refresh.public_clients {
                    return Err(Rule::RefreshMethod.into());
                }
                let parameters = RefreshTokenRequest::from_form(&self.form)?;
                let text = RefreshText::parse(parameters.refresh_token.expose()).ok_or(Rule::RefreshKnown)?;
                Ok(Parameters::RefreshToken(parameters, text))
            }
            GrantType::ClientCredentials => {
                Ok(Parameters::ClientCredentials(ClientCredentialsRequest::from_form(&self.form)?))
            }
            GrantType::DeviceCode => Ok(Parameters::DeviceCode(DeviceCodeRequest::from_form(&self.form)?)),
            GrantType::Ciba => Ok(Parameters::Ciba(CibaRequest::from_form(&self.form)?)),
            GrantType::TokenExchange => Ok(Parameters::TokenExchange(TokenExchangeRequest::from_form(&self.form)?)),
            GrantType::JwtBearer => {
                let parameters = JwtBearerRequest::from_form(&self.form)?;
                if let Some(claims) = self.grant.take() {
                    return Ok(Parameters::Own(parameters, claims));
                }
                let claimed = JwtBearerGrant::peek(&parameters)?;
                Ok(Parameters::JwtBearer(parameters, claimed))
            }
            _ => Ok(Parameters::Extension(ExtensionRequest::from_form(&self.form)?)),
        }
    }
}

enum Parameters {
    AuthorizationCode(AuthorizationCodeRequest),
    RefreshToken(RefreshTokenRequest, RefreshText),
    ClientCredentials(ClientCredentialsRequest),
    DeviceCode(DeviceCodeRequest),
    Ciba(CibaRequest),
    TokenExchange(TokenExchangeRequest),
    Own(JwtBearerRequest, Box<Map<String, Value>>),
    JwtBearer(JwtBearerRequest, (String, Option<String>)),
    Extension(ExtensionRequest),
}
