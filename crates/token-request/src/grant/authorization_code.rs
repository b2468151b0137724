use alloc::string::String;

use symbolon_types::{GrantType, Secret};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{required, secret},
};

/// A token request with an authorization code ([RFC 6749 §4.1.3], [RFC 7636 §4.5]).
///
/// No value is judged. `scope` is no parameter of this grant and is not read.
///
/// ```
/// use symbolon_token_request::{AuthorizationCodeRequest, FormEncoder, TokenRequest};
///
/// let mut request = AuthorizationCodeRequest::new("SplxlOBeZQQYbYS6WxSbIA");
/// request.redirect_uri = Some("https://client.example.com/cb".into());
/// request.code_verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
///
/// let mut form = FormEncoder::new();
/// request.encode(&mut form);
/// let received = TokenRequest::parse(form.finish().expose().as_bytes().to_vec())?;
/// assert_eq!(AuthorizationCodeRequest::from_form(&received)?, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
/// [RFC 7636 §4.5]: https://www.rfc-editor.org/rfc/rfc7636#section-4.5
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationCodeRequest {
    /// `code`
    pub code: Secret,
    /// `redirect_uri`, as it was sent in the authorization request
    pub redirect_uri: Option<String>,
    /// `code_verifier`
    pub code_verifier: Option<Secret>,
}

impl AuthorizationCodeRequest {
    /// A request with this code and nothing else.
    pub fn new(code: impl Into<Secret>) -> Self {
        Self { code: code.into(), redirect_uri: None, code_verifier: None }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `code` (`invalid_request`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self {
            code: required(form, ParamName::Code)?.into(),
            redirect_uri: form.get(ParamName::RedirectUri).map(String::from),
            code_verifier: secret(form, ParamName::CodeVerifier),
        })
    }

    /// Writes `grant_type` and the parameters of this grant.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::AuthorizationCode.as_str());
        form.push_secret(ParamName::Code.as_str(), &self.code);
        if let Some(redirect_uri) = &self.redirect_uri {
            form.push(ParamName::RedirectUri.as_str(), redirect_uri);
        }
        if let Some(code_verifier) = &self.code_verifier {
            form.push_secret(ParamName::CodeVerifier.as_str(), code_verifier);
        }
    }
}
