//! What the endpoints beside the token endpoint answer.
use symbolon_token_response::{ErrorResponse, ResponseError};

use crate::{Client, ErrorAnswer, FailedExchange, IncomingResponse};

/// The refusal, if the answer is one; `None` if it has the status of a success.
pub(crate) fn refusal(
    client: &Client,
    response: &IncomingResponse,
    success: u16,
) -> Result<Option<ErrorAnswer>, FailedExchange> {
    let (limit, status) = (client.policy().limits.response_bytes, response.status());
    let failed = |source| FailedExchange::beside_tokens(source, response);
    if response.body().len() > limit {
        return Err(failed(ResponseError::TooLarge { length: response.body().len(), limit }));
    }
    match status {
        _ if status == success => Ok(None),
        300..=399 => Err(failed(ResponseError::Redirect { status })),
        400..=599 => {
            let error = ErrorResponse::parse(response.body(), limit).map_err(failed)?;
            Ok(Some(ErrorAnswer::beside_tokens(error, response)))
        }
        _ => Err(failed(ResponseError::Status { status })),
    }
}
