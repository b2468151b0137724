use symbolon_types::{GrantType, Scope};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{encode_scope, scope},
};

/// A token request of a client for itself ([RFC 6749 §4.4.2]).
///
/// That the client may have the scope is not judged here.
///
/// ```
/// use symbolon_token_request::{ClientCredentialsRequest, TokenRequest};
/// let form = TokenRequest::parse(b"grant_type=client_credentials".to_vec())?;
/// assert_eq!(ClientCredentialsRequest::from_form(&form)?, ClientCredentialsRequest::new());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.4.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientCredentialsRequest {
    /// `scope`; `None` leaves it to the server
    pub scope: Option<Scope>,
}

impl ClientCredentialsRequest {
    /// A request without a scope.
    pub const fn new() -> Self {
        Self { scope: None }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Scope`]: `scope` is malformed (`invalid_scope`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self { scope: scope(form)? })
    }

    /// Writes `grant_type` and the parameters of this grant. An empty scope is not written.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::ClientCredentials.as_str());
        encode_scope(self.scope.as_ref(), form);
    }
}
