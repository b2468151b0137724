use alloc::string::String;
use core::fmt;

use symbolon_types::{GrantType, Scope, Secret};

use crate::{
    FormEncoder, ParamName, ParameterError, TokenRequest,
    grant::{encode_scope, required, scope, secret},
};

/// What kind of token is exchanged, or asked for ([RFC 8693 §3]). Compared byte for byte; an unknown value is kept.
///
/// ```
/// use symbolon_token_request::TokenType;
/// assert_eq!(TokenType::parse("urn:ietf:params:oauth:token-type:access_token"), TokenType::AccessToken);
/// assert_eq!(TokenType::parse("urn:example:ticket").as_str(), "urn:example:ticket");
/// ```
///
/// [RFC 8693 §3]: https://www.rfc-editor.org/rfc/rfc8693#section-3
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenType {
    /// `urn:ietf:params:oauth:token-type:access_token`: an access token of the server that is asked
    AccessToken,
    /// `urn:ietf:params:oauth:token-type:refresh_token`: a refresh token of the server that is asked
    RefreshToken,
    /// `urn:ietf:params:oauth:token-type:id_token`
    IdToken,
    /// `urn:ietf:params:oauth:token-type:jwt`
    Jwt,
    /// `urn:ietf:params:oauth:token-type:id-jag`, by draft-ietf-oauth-identity-assertion-authz-grant
    IdJag,
    /// Another one, as received.
    Other(String),
}

impl TokenType {
    /// Reads a value.
    pub fn parse(value: &str) -> Self {
        match value {
            "urn:ietf:params:oauth:token-type:access_token" => Self::AccessToken,
            "urn:ietf:params:oauth:token-type:refresh_token" => Self::RefreshToken,
            "urn:ietf:params:oauth:token-type:id_token" => Self::IdToken,
            "urn:ietf:params:oauth:token-type:jwt" => Self::Jwt,
            "urn:ietf:params:oauth:token-type:id-jag" => Self::IdJag,
            other => Self::Other(other.into()),
        }
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::RefreshToken => "urn:ietf:params:oauth:token-type:refresh_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
            Self::IdJag => "urn:ietf:params:oauth:token-type:id-jag",
            Self::Other(value) => value,
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A token request that exchanges a token for another one ([RFC 8693 §2.1]).
///
/// No token is judged. `resource` and `audience`, which may come more than once, are not among the fields: the form has them
/// ([`TokenRequest::parameters`]).
///
/// ```
/// use symbolon_token_request::{ParameterError, ParamName, TokenExchangeRequest, TokenRequest, TokenType};
/// // RFC 8693 §2.3
/// let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
///     &resource=https%3A%2F%2Fbackend.example.com%2Fapi&subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC\
///     &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token";
/// let request = TokenExchangeRequest::from_form(&TokenRequest::parse(body.into())?)?;
/// assert_eq!(request.subject_token_type, TokenType::AccessToken);
/// // An actor token comes with its type, and no type without one:
/// let body = format!("{body}&actor_token_type=urn:ietf:params:oauth:token-type:jwt");
/// let refused = TokenExchangeRequest::from_form(&TokenRequest::parse(body.into())?);
/// assert_eq!(refused, Err(ParameterError::Missing { name: ParamName::ActorToken }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 8693 §2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenExchangeRequest {
    /// `subject_token`
    pub subject_token: Secret,
    /// `subject_token_type`
    pub subject_token_type: TokenType,
    /// `actor_token` with `actor_token_type`
    pub actor_token: Option<(Secret, TokenType)>,
    /// `requested_token_type`; `None` leaves it to the server
    pub requested_token_type: Option<TokenType>,
    /// `scope`
    pub scope: Option<Scope>,
}

impl TokenExchangeRequest {
    /// A request with this subject token and nothing else.
    pub fn new(subject_token: impl Into<Secret>, subject_token_type: TokenType) -> Self {
        Self {
            subject_token: subject_token.into(),
            subject_token_type,
            actor_token: None,
            requested_token_type: None,
            scope: None,
        }
    }

    /// Reads the parameters of this grant. That `grant_type` names it is the caller's to see.
    ///
    /// # Errors
    /// - [`ParameterError::Missing`]: there is no `subject_token` or `subject_token_type`, or only one of `actor_token` and
    ///   `actor_token_type` (`invalid_request`).
    /// - [`ParameterError::Scope`]: `scope` is malformed (`invalid_scope`).
    pub fn from_form(form: &TokenRequest) -> Result<Self, ParameterError> {
        let actor_token_type = form.get(ParamName::ActorTokenType).map(TokenType::parse);
        // RFC 8693 §2.1: the type is required beside an actor token, and must not come without one.
        let actor_token = match (secret(form, ParamName::ActorToken), actor_token_type) {
            (Some(token), Some(kind)) => Some((token, kind)),
            (None, None) => None,
            (Some(_), None) => return Err(ParameterError::Missing { name: ParamName::ActorTokenType }),
            (None, Some(_)) => return Err(ParameterError::Missing { name: ParamName::ActorToken }),
        };
        Ok(Self {
            subject_token: required(form, ParamName::SubjectToken)?.into(),
            subject_token_type: TokenType::parse(required(form, ParamName::SubjectTokenType)?),
            actor_token,
            requested_token_type: form.get(ParamName::RequestedTokenType).map(TokenType::parse),
            scope: scope(form)?,
        })
    }

    /// Writes `grant_type` and the parameters of this grant. An empty scope is not written.
    pub fn encode(&self, form: &mut FormEncoder) {
        form.push(ParamName::GrantType.as_str(), GrantType::TokenExchange.as_str());
        form.push_secret(ParamName::SubjectToken.as_str(), &self.subject_token);
        form.push(ParamName::SubjectTokenType.as_str(), self.subject_token_type.as_str());
        if let Some((token, kind)) = &self.actor_token {
            form.push_secret(ParamName::ActorToken.as_str(), token);
            form.push(ParamName::ActorTokenType.as_str(), kind.as_str());
        }
        if let Some(kind) = &self.requested_token_type {
            form.push(ParamName::RequestedTokenType.as_str(), kind.as_str());
        }
        encode_scope(self.scope.as_ref(), form);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back_and_case_counts() {
        for name in ["access_token", "refresh_token", "id_token", "jwt", "id-jag", "saml2"] {
            let value = alloc::format!("urn:ietf:params:oauth:token-type:{name}");
            assert_eq!(TokenType::parse(&value).as_str(), value);
            assert_eq!(matches!(TokenType::parse(&value), TokenType::Other(_)), name == "saml2");
            assert!(matches!(TokenType::parse(&value.to_uppercase()), TokenType::Other(_)));
        }
    }
}
