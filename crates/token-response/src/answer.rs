use symbolon_policy::ResponsePolicy;

use crate::{
    ErrorResponse, ResponseError, TokenResponse, Tolerance,
    json_object::JsonObject,
    tolerance::{STRICT, Tolerated},
};

/// What a token endpoint answered.
///
/// ```
/// use symbolon_token_response::{Answer, ResponseError, read};
///
/// let body = br#"{"error":"invalid_grant"}"#;
/// assert!(matches!(read(400, body, 1024)?, Answer::Error(_)));
/// assert!(matches!(read(200, body, 1024)?, Answer::Error(_)), "never a success");
/// assert_eq!(read(502, b"<html>", 1024), Err(ResponseError::NotJson { status: Some(502) }));
/// # Ok::<(), ResponseError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A token response ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    Tokens(TokenResponse),
    /// An error response ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    Error(ErrorResponse),
}

/// Reads answers of a token endpoint, as strictly as a policy says.
///
/// ```
/// use symbolon_token_response::policy::{MAX_RESPONSE_BYTES, Policy};
/// use symbolon_token_response::{Answer, Reader, ResponseError};
///
/// let reader = Reader { policy: &Policy::OAUTH_2_1.response, limit: MAX_RESPONSE_BYTES };
/// let body = br#"{"error":"invalid_grant"}"#;
/// assert!(matches!(reader.read(400, Some("application/json"), body)?, Answer::Error(_)));
/// assert_eq!(reader.read(400, Some("text/plain"), body), Err(ResponseError::ContentType { status: 400 }));
/// # Ok::<(), ResponseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What is tolerated.
    pub policy: &'a ResponsePolicy,
    /// How long a body may be, in bytes.
    pub limit: usize,
}

impl Reader<'_> {
    /// Reads an answer from its status, its media type (without parameters; `None` if there is none) and its body.
    ///
    /// Status 200 and no `error` is a success, nothing else is. An error response is one at any status from 400 to 599, and
    /// at 200, where some servers send it. Both are `application/json` ([RFC 6749 §5.1], [RFC 6749 §5.2]). What the policy
    /// tolerates beyond that is told with the answer.
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ResponseError::TooLarge`]: over the limit, whatever the status.
    /// - [`ResponseError::Redirect`]: a status from 300 to 399. Do not follow it: the request holds credentials.
    /// - [`ResponseError::Status`]: neither 200 nor 400 to 599.
    /// - [`ResponseError::ContentType`]: another media type, or none.
    /// - [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`], [`ResponseError::TooDeep`]: the body is no sane
    ///   JSON object.
    /// - [`ResponseError::MissingMember`], [`ResponseError::WrongType`], [`ResponseError::InvalidMember`],
    ///   [`ResponseError::UnexpectedMember`]: a member is not as it must be.
    ///
    /// [RFC 6749 §5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    /// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
    pub fn read(&self, status: u16, media_type: Option<&str>, body: &[u8]) -> Result<Answer, ResponseError> {
        if body.len() > self.limit {
            return Err(ResponseError::TooLarge { length: body.len(), limit: self.limit });
        }
        let mut tolerated = Tolerated::by(self.policy);
        let is_success = match status {
            200 => true,
            201 if tolerated.takes(Tolerance::Created) => true,
            400..=599 => false,
            300..=399 => return Err(ResponseError::Redirect { status }),
            _ => return Err(ResponseError::Status { status }),
        };
        if !is_json(media_type) && !tolerated.takes(Tolerance::ContentType) {
            return Err(ResponseError::ContentType { status });
        }
        let members = JsonObject::read(body, self.limit, Some(status))?;
        if is_success && !members.has("error") {
            TokenResponse::from_members(members, tolerated).map(Answer::Tokens)
        } else {
            ErrorResponse::from_members(members, tolerated).map(Answer::Error)
        }
    }
}

/// Reads the answer of a token endpoint whose `Content-Type` was seen to be `application/json`, from its status and body of at
/// most `limit` bytes, and tolerates nothing. [`Reader::read`] judges the media type too, and knows policies.
///
/// # Errors
/// As [`Reader::read`], but for the media type.
pub fn read(status: u16, body: &[u8], limit: usize) -> Result<Answer, ResponseError> {
    Reader { policy: STRICT, limit }.read(status, Some(JSON), body)
}

/// Whether it is the media type of every answer of a token endpoint. `application/json` has no parameters of a meaning
/// ([RFC 8259 §11](https://www.rfc-editor.org/rfc/rfc8259#section-11)).
fn is_json(media_type: Option<&str>) -> bool {
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(JSON))
}

const JSON: &str = "application/json";
