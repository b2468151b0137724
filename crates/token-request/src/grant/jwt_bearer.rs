use symbolon_types::{GrantType, Scope, Secret};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{encode_scope, required, scope},
};

/// A token request with a JWT as the grant ([RFC 7523 §2.1]).
///
/// The assertion is not judged.
///
/// ```
/// use symbolon_token_request::{JwtBearerRequest, TokenRequest};
/// let body = b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
/// let request = JwtBearerRequest::from_form(&TokenRequest::parse(body.to_vec())?)?;
/// assert_eq!(request, JwtBearerRequest::new("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct JwtBearerRequest {
    /// `assertion`, one JWT
    pub assertion: Secret,
    /// `scope`
    pub scope: Option<Scope>,
}

impl JwtBearerRequest {
    /// A request with this assertion and nothing else.
    pub fn new(assertion: impl Into<Secret>) -> Self {
        Self { assertion: assertion.into(), scope: None }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `assertion` (`invalid_request`).
    /// - [`ParameterError::Scope`]: `scope` is malformed (`invalid_scope`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self { assertion: required(form, ParamName::Assertion)?.into(), scope: scope(form)? })
    }

    /// Writes `grant_type` and the parameters of this grant. An empty scope is not written.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::JwtBearer.as_str());
        form.push_secret(ParamName::Assertion.as_str(), &self.assertion);
        encode_scope(self.scope.as_ref(), form);
    }
}
