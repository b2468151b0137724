//! What the endpoints beside the token endpoint answer.
use symbolon_token_response::{ErrorResponse, ResponseError};
use time::UtcDateTime;

use crate::{Client, ErrorAnswer, FailedExchange, IncomingResponse};

/// The refusal, if the answer is one; `None` if it has the status of a success.
pub(crate) fn refusal(
    client: &Client,
    response: &IncomingResponse,
    success: u16,
    now: UtcDateTime,
) -> Result<Option<ErrorAnswer>, FailedExchange> {
    let (limit, status) = (client.policy().limits.response_bytes, response.status());
    let failed = |source| FailedExchange::beside_tokens(source, response, now);
    if response.body().len() > limit {
        return Err(failed(ResponseError::TooLarge { length: response.body().len(), limit }));
    }
    let is_json = response.media_type().is_some_and(|media_type| media_type == "application/json");
    match status {
        300..=399 => Err(failed(ResponseError::Redirect { status })),
        _ if !is_json && (status == success || matches!(status, 400..=599)) => {
            Err(failed(ResponseError::ContentType { status }))
        }
        _ if status == success => Ok(None),
        400..=599 => {
            let error = ErrorResponse::parse(response.body(), limit).map_err(failed)?;
            Ok(Some(ErrorAnswer::beside_tokens(error, response, now)))
        }
        _ => Err(failed(ResponseError::Status { status })),
    }
}
