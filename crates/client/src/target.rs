use alloc::{string::String, string::ToString as _, vec::Vec};

use symbolon_token_request::{FormEncoder, ParamName};

use crate::{AuthorizationDetails, ClientError, endpoint_url::is_uri_octet};

/// What tokens are wanted for ([RFC 8707 §2], [RFC 8693 §2.1], [RFC 9396 §6]), beside their scope. Whoever has one has values
/// that are in their grammar.
///
/// [RFC 8693 §2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
/// [RFC 8707 §2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
/// [RFC 9396 §6]: https://www.rfc-editor.org/rfc/rfc9396#section-6
#[derive(Clone, Debug)]
pub(crate) struct Target {
    resource: Vec<String>,
    audience: Vec<String>,
    authorization_details: AuthorizationDetails,
}

impl Target {
    /// Whatever the server has for the grant.
    pub(crate) const NONE: Self =
        Self { resource: Vec::new(), audience: Vec::new(), authorization_details: AuthorizationDetails::NONE };

    pub(crate) fn new(resource: Vec<String>, authorization_details: AuthorizationDetails) -> Result<Self, ClientError> {
        check_resource(&resource)?;
        Ok(Self { resource, audience: Vec::new(), authorization_details })
    }

    /// The same with names of services, which only a token exchange has.
    pub(crate) fn with_audience(self, audience: Vec<String>) -> Result<Self, ClientError> {
        let is_name = |name: &String| !name.is_empty() && !name.chars().any(char::is_control);
        if audience.iter().all(is_name) { Ok(Self { audience, ..self }) } else { Err(ClientError::Parameter) }
    }

    pub(crate) fn encode(&self, form: &mut FormEncoder) {
        for uri in &self.resource {
            form.push(ParamName::Resource.as_str(), uri);
        }
        for name in &self.audience {
            form.push(ParamName::Audience.as_str(), name);
        }
        if !self.authorization_details.is_empty() {
            form.push(ParamName::AuthorizationDetails.as_str(), &self.authorization_details.to_value().to_string());
        }
    }
}

/// RFC 8707 §2: each is an absolute URI without fragment. What it names is for the server to know.
pub(crate) fn check_resource(resource: &[String]) -> Result<(), ClientError> {
    if resource.iter().all(|uri| is_absolute_uri(uri)) { Ok(()) } else { Err(ClientError::Parameter) }
}

/// [RFC 3986 §4.3](https://www.rfc-editor.org/rfc/rfc3986#section-4.3): a scheme, and something after it, without fragment.
fn is_absolute_uri(text: &str) -> bool {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_of_scheme)
            && !rest.is_empty()
            && rest.bytes().all(|byte| is_uri_octet(byte) && byte != b'#')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_an_absolute_uri_without_fragment() {
        for good in ["https://api.example", "https://api.example/a?b=c", "urn:example:ledger", "a+b.c-1:x"] {
            assert!(is_absolute_uri(good), "{good}");
        }
        for bad in [
            "",
            ":",
            "api",
            "/api",
            "//api.example",
            "https:",
            "https://api.example#",
            "https://api.example/#x",
            "1a:x",
            "a_b:x",
            "https://api.example/ x",
            "https://api.example/\u{e5}",
            "https://api.example/\n",
            "a:<b>",
        ] {
            assert!(!is_absolute_uri(bad), "{bad}");
        }
    }
}
