use alloc::string::String;
use core::fmt;

use serde_json::{Map, Value};
use time::Duration;

use crate::{ResponseError, grammar::is_vschar, json_object::JsonObject, tolerance::Tolerated};

/// A successful pushed authorization response ([RFC 9126 §2.2]). `Debug` does not show the reference: whoever has it can begin
/// the request in another browser.
///
/// ```
/// use symbolon_token_response::PushedAuthorizationResponse;
/// use time::Duration;
/// let answer = PushedAuthorizationResponse::parse(
///     br#"{"request_uri": "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c", "expires_in": 60}"#,
///     1024,
/// )?;
/// assert_eq!(answer.expires_in, Duration::minutes(1));
/// # Ok::<(), symbolon_token_response::ResponseError>(())
/// ```
///
/// [RFC 9126 §2.2]: https://www.rfc-editor.org/rfc/rfc9126#section-2.2
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct PushedAuthorizationResponse {
    /// `request_uri`
    pub request_uri: String,
    /// `expires_in`: how long it is good.
    pub expires_in: Duration,
    /// Every other member, verbatim.
    pub other: Map<String, Value>,
}

impl PushedAuthorizationResponse {
    /// Reads the body of an answer with status 201, of at most `limit` bytes.
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ResponseError::TooLarge`], [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`],
    ///   [`ResponseError::TooDeep`]: the body is no sane JSON object.
    /// - [`ResponseError::MissingMember`], [`ResponseError::WrongType`], [`ResponseError::InvalidMember`]: a member is not there,
    ///   has another type, or is empty or outside its range.
    /// - [`ResponseError::UnexpectedMember`]: there is an `error`, so this is no success.
    pub fn parse(body: &[u8], limit: usize) -> Result<Self, ResponseError> {
        let mut members = JsonObject::read(body, limit, None)?;
        if members.has("error") {
            return Err(ResponseError::UnexpectedMember { name: "error" });
        }
        let missing = |name| ResponseError::MissingMember { name };
        let request_uri = members.take_text("request_uri", is_vschar)?.ok_or(missing("request_uri"))?;
        let mut strict = Tolerated::nothing();
        let expires_in = members.take_seconds("expires_in", &mut strict)?.ok_or(missing("expires_in"))?;
        if !expires_in.is_positive() {
            return Err(ResponseError::InvalidMember { name: "expires_in" });
        }
        Ok(Self { request_uri, expires_in, other: members.into_rest() })
    }
}

impl fmt::Debug for PushedAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushedAuthorizationResponse").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_missing_empty_or_of_another_type_is_named() {
        let parse = |body: &str| PushedAuthorizationResponse::parse(body.as_bytes(), 1024);
        let whole = r#"{"request_uri":"urn:x","expires_in":9}"#;
        let answer = parse(whole).unwrap();
        assert_eq!((answer.request_uri.as_str(), answer.expires_in), ("urn:x", Duration::seconds(9)));
        assert!(!alloc::format!("{answer:?}").contains("urn:x"));
        for name in ["request_uri", "expires_in"] {
            let missing = whole.replace(&alloc::format!("\"{name}\":"), "\"other\":");
            assert_eq!(parse(&missing), Err(ResponseError::MissingMember { name }));
        }
        assert_eq!(parse(&whole.replace('9', "0")), Err(ResponseError::InvalidMember { name: "expires_in" }));
        assert_eq!(parse(&whole.replace("\"urn:x\"", "1")), Err(ResponseError::WrongType { name: "request_uri" }));
        assert_eq!(parse(&whole.replace("urn:x", "")), Err(ResponseError::InvalidMember { name: "request_uri" }));
        let error = whole.replace('{', "{\"error\":\"x\",");
        assert_eq!(parse(&error), Err(ResponseError::UnexpectedMember { name: "error" }));
    }

    #[test]
    fn unknown_members_are_kept_and_a_number_is_no_string() {
        let parse = |body: &str| PushedAuthorizationResponse::parse(body.as_bytes(), 1024);
        let whole = r#"{"request_uri":"a","expires_in":9,"x":[null]}"#;
        let response = parse(whole).unwrap();
        assert_eq!((response.other.len(), &response.other["x"]), (1, &serde_json::json!([null])));
        let nine = whole.replace('9', r#""9""#);
        assert_eq!(parse(&nine), Err(ResponseError::WrongType { name: "expires_in" }));
    }
}
