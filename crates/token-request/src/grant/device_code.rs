use symbolon_types::{GrantType, Secret};

use crate::{FormEncoder, ParamName, ParameterError, TokenRequest, grant::required};

/// A token request of a device whose user decides elsewhere ([RFC 8628 §3.4]).
///
/// No value is judged.
///
/// ```
/// use symbolon_token_request::{DeviceCodeRequest, TokenRequest};
/// let body = b"grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS";
/// let request = DeviceCodeRequest::from_form(&TokenRequest::parse(body.to_vec())?)?;
/// assert_eq!(request, DeviceCodeRequest::new("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8628 §3.4]: https://www.rfc-editor.org/rfc/rfc8628#section-3.4
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeviceCodeRequest {
    /// `device_code`
    pub device_code: Secret,
}

impl DeviceCodeRequest {
    /// A request with this `device_code`.
    pub fn new(device_code: impl Into<Secret>) -> Self {
        Self { device_code: device_code.into() }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `device_code` (`invalid_request`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        Ok(Self { device_code: required(form, ParamName::DeviceCode)?.into() })
    }

    /// Writes `grant_type` and the parameters of this grant.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::DeviceCode.as_str());
        form.push_secret(ParamName::DeviceCode.as_str(), &self.device_code);
    }
}
