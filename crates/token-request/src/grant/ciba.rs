use symbolon_types::{GrantType, Secret};

use crate::{FormEncoder, ParamName, ParameterError, TokenRequest, grant::required};

/// A token request of a client whose user is asked on a device of its own ([OpenID CIBA §10.1]).
///
/// No value is judged.
///
/// ```
/// use symbolon_token_request::{CibaRequest, TokenRequest};
/// let body = b"grant_type=urn:openid:params:grant-type:ciba&auth_req_id=1c266114-a1be-4252-8ad1-04986c5b9ac1";
/// let request = CibaRequest::from_form(&TokenRequest::parse(body.to_vec())?)?;
/// assert_eq!(request, CibaRequest::new("1c266114-a1be-4252-8ad1-04986c5b9ac1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OpenID CIBA §10.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CibaRequest {
    /// `auth_req_id`
    pub auth_req_id: Secret,
}

impl CibaRequest {
    /// A request with this `auth_req_id`.
    pub fn new(auth_req_id: impl Into<Secret>) -> Self {
        Self { auth_req_id: auth_req_id.into() }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `auth_req_id` (`invalid_request`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self { auth_req_id: required(form, ParamName::AuthReqId)?.into() })
    }

    /// Writes `grant_type` and the parameters of this grant.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::Ciba.as_str());
        form.push_secret(ParamName::AuthReqId.as_str(), &self.auth_req_id);
    }
}
