use symbolon_types::{GrantType, Scope, Secret};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{encode_scope, required, scope},
};

/// A token request with a refresh token ([RFC 6749 §6]).
///
/// That the scope is within what was granted is not judged here.
///
/// ```
/// use symbolon_token_request::{RefreshTokenRequest, TokenRequest};
/// let form = TokenRequest::parse(b"grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA".to_vec())?;
/// assert_eq!(RefreshTokenRequest::from_form(&form)?, RefreshTokenRequest::new("tGzv3JOkF0XG5Qx2TlKWIA"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefreshTokenRequest {
    /// `refresh_token`
    pub refresh_token: Secret,
    /// `scope`; `None` asks for all that was granted
    pub scope: Option<Scope>,
}

impl RefreshTokenRequest {
    /// A request with this refresh token and nothing else.
    pub fn new(refresh_token: impl Into<Secret>) -> Self {
        Self { refresh_token: refresh_token.into(), scope: None }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `refresh_token` (`invalid_request`).
    /// - [`ParameterError::Scope`]: `scope` is malformed (`invalid_scope`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self { refresh_token: required(form, ParamName::RefreshToken)?.into(), scope: scope(form)? })
    }

    /// Writes `grant_type` and the parameters of this grant. An empty scope is not written.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::RefreshToken.as_str());
        form.push_secret(ParamName::RefreshToken.as_str(), &self.refresh_token);
        encode_scope(self.scope.as_ref(), form);
    }
}
