use alloc::{string::String, vec::Vec};

use symbolon_types::{Scope, Secret};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{encode_scope, required, scope},
};

/// A token request of an extension grant ([RFC 6749 §4.5]): its name, its parameters as they came, and `scope`.
///
/// Parameters that authenticate the client are not among them; any other one may be a credential and is kept as a
/// secret. Nothing is judged.
///
/// ```
/// use symbolon_token_request::{ExtensionRequest, FormEncoder, TokenRequest};
///
/// // RFC 7523 §2.1
/// let mut request = ExtensionRequest::new("urn:ietf:params:oauth:grant-type:jwt-bearer");
/// request.parameters.push(("assertion".into(), "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.e30.c2ln".into()));
///
/// let mut form = FormEncoder::new();
/// request.encode(&mut form);
/// form.push("client_id", "s6BhdRkqt3");
/// let received = TokenRequest::parse(form.finish().expose().as_bytes().to_vec())?;
/// assert_eq!(ExtensionRequest::from_form(&received)?, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.5]: https://www.rfc-editor.org/rfc/rfc6749#section-4.5
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExtensionRequest {
    /// `grant_type`, an absolute URI by the specification
    pub grant_type: String,
    /// The other parameters with a value, in the order in which they came
    pub parameters: Vec<(String, Secret)>,
    /// `scope`
    pub scope: Option<Scope>,
}

impl ExtensionRequest {
    /// A request of this grant type without parameters.
    pub fn new(grant_type: impl Into<String>) -> Self {
        Self { grant_type: grant_type.into(), parameters: Vec::new(), scope: None }
    }

    /// Reads the parameters of the request. Whether anybody knows the grant type is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `grant_type` (`invalid_request`).
    /// - [`ParameterError::Scope`]: `scope` is malformed (`invalid_scope`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        let parameters = form.in_order().into_iter().filter(|(name, _)| is_of_the_grant(name));
        Ok(Self {
            grant_type: required(form, ParamName::GrantType)?.into(),
            parameters: parameters.map(|(name, value)| (name.into(), value.into())).collect(),
            scope: scope(form)?,
        })
    }

    /// Writes `grant_type`, the parameters and the scope. Parameters that have their own field or authenticate the
    /// client are left out, so that nothing is written twice; an empty scope is not written.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), &self.grant_type);
        for (name, value) in self.parameters.iter().filter(|(name, _)| is_of_the_grant(name)) {
            form.push_secret(name, value);
        }
        encode_scope(self.scope.as_ref(), form);
    }
}

fn is_of_the_grant(name: &str) -> bool {
    !matches!(
        ParamName::parse(name),
        Some(
            ParamName::GrantType
                | ParamName::Scope
                | ParamName::ClientId
                | ParamName::ClientSecret
                | ParamName::ClientAssertion
                | ParamName::ClientAssertionType
        )
    )
}
