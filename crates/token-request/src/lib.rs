//! The token request of OAuth 2.0: an `application/x-www-form-urlencoded` body, read strictly and written exactly.
//!
//! [`TokenRequest`] owns a body, decodes it in place and wipes it when dropped; nothing is repaired, replaced or
//! guessed. Each grant is one struct that reads itself from a form and writes itself to one.
//!
//! ```
//! use symbolon_token_request::{AuthorizationCodeRequest, FormEncoder, ParamName, TokenRequest};
//! use symbolon_token_request::types::{GrantType, Secret};
//!
//! // RFC 6749 §4.1.3
//! let body = b"grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA\
//!     &redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb";
//! let form = TokenRequest::parse(body.to_vec())?;
//! assert_eq!(form.grant_type(), Some(GrantType::AuthorizationCode));
//! assert_eq!(form.get(ParamName::ClientSecret), None);
//!
//! let request = AuthorizationCodeRequest::from_form(&form)?;
//! assert_eq!(request.redirect_uri.as_deref(), Some("https://client.example.com/cb"));
//!
//! let mut encoder = FormEncoder::new();
//! request.encode(&mut encoder);
//! encoder.push("client_id", "s6BhdRkqt3");
//! assert!(encoder.finish() == Secret::new("grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA\
//!     &redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&client_id=s6BhdRkqt3"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`check_content_type`] and [`registered_parameter_in_query`] judge the request head,
//! [`TokenRequest`] the body; [`ParamName`] are the registered names; [`AuthorizationCodeRequest`],
//! [`RefreshTokenRequest`], [`ClientCredentialsRequest`], [`JwtBearerRequest`], [`DeviceCodeRequest`], [`TokenExchangeRequest`],
//! [`CibaRequest`] and [`ExtensionRequest`] are the grants; [`FormEncoder`] writes.
//!
//! # Out of scope
//! What a value means: client credentials (`symbolon-client-auth`), verifiers (`symbolon-pkce`), codes and tokens
//! (`symbolon-server`), statuses and headers of the answer (`symbolon-token-response`).
//!
//! # Specifications
//! | section | item |
//! |---|---|
//! | RFC 6749 §3.2, Appendix B | [`TokenRequest`], [`FormEncoder`] |
//! | RFC 6749 §2.3.1 | [`registered_parameter_in_query`] |
//! | RFC 6749 §4.1.3 | [`AuthorizationCodeRequest`], [`check_content_type`] |
//! | RFC 6749 §4.4.2 | [`ClientCredentialsRequest`] |
//! | RFC 6749 §4.5 | [`ExtensionRequest`] |
//! | RFC 6749 §6 | [`RefreshTokenRequest`] |
//! | RFC 7523 §2.1 | [`JwtBearerRequest`] |
//! | RFC 8628 §3.4 | [`DeviceCodeRequest`] |
//! | RFC 8693 §2.1, §3 | [`TokenExchangeRequest`], [`TokenType`] |
//! | OpenID CIBA §10.1 | [`CibaRequest`] |
//! | RFC 7636 §4.5 | [`AuthorizationCodeRequest`] |
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod content_type;
mod decode;
mod encode;
mod error;
mod grant;
mod param_name;
mod query;
mod token_request;

pub use content_type::check_content_type;
pub use decode::decode_component;
pub use encode::{FormEncoder, encode_component};
pub use error::{ContentTypeError, FormError, ParameterError};
pub use grant::{
    AuthorizationCodeRequest, CibaRequest, ClientCredentialsRequest, DeviceCodeRequest, ExtensionRequest,
    JwtBearerRequest, RefreshTokenRequest, TokenExchangeRequest, TokenType,
};
pub use param_name::ParamName;
pub use query::registered_parameter_in_query;
pub use symbolon_types as types;
pub use token_request::{MAX_BODY_BYTES, MAX_PARAMETERS, TokenRequest};
