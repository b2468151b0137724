use reqwest::Response;

use crate::SendError;

/// Reads a body of at most `limit` bytes, chunk by chunk. What says that it is longer is not read at all.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, SendError> {
    let too_large = SendError::TooLarge { limit };
    let announced = response.content_length().unwrap_or(0);
    let Some(announced) = usize::try_from(announced).ok().filter(|length| *length <= limit) else {
        return Err(too_large);
    };
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(SendError::from_reqwest)? {
        if chunk.len() > limit.saturating_sub(body.len()) {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
