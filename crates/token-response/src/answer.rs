use crate::{ErrorResponse, ResponseError, TokenResponse, json_object::JsonObject};

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

/// Reads the answer of a token endpoint from its status and body of at most `limit` bytes.
///
/// Status 200 and no `error` is a success, nothing else is. An error response is one at any status from 400 to 599, and
/// at 200, where some servers send it. A `Content-Type` is not asked for: what is no JSON object is refused anyway.
///
/// # Errors
/// None of these has a wire code.
/// - [`ResponseError::TooLarge`]: over the limit, whatever the status.
/// - [`ResponseError::Redirect`]: a status from 300 to 399. Do not follow it: the request holds credentials.
/// - [`ResponseError::Status`]: neither 200 nor 400 to 599.
/// - [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`], [`ResponseError::TooDeep`]: the body is no sane
///   JSON object.
/// - [`ResponseError::MissingMember`], [`ResponseError::WrongType`], [`ResponseError::InvalidMember`],
///   [`ResponseError::UnexpectedMember`]: a member is not as it must be.
pub fn read(status: u16, body: &[u8], limit: usize) -> Result<Answer, ResponseError> {
    if body.len() > limit {
        return Err(ResponseError::TooLarge { length: body.len(), limit });
    }
    match status {
        200 => {
            let members = JsonObject::read(body, limit, Some(status))?;
            if members.has("error") {
                ErrorResponse::from_members(members).map(Answer::Error)
            } else {
                TokenResponse::from_members(members).map(Answer::Tokens)
            }
        }
        300..=399 => Err(ResponseError::Redirect { status }),
        400..=599 => {
            let members = JsonObject::read(body, limit, Some(status))?;
            ErrorResponse::from_members(members).map(Answer::Error)
        }
        _ => Err(ResponseError::Status { status }),
    }
}
