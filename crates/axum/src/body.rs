use axum::body::{Body, HttpBody as _};
use http_body_util::BodyExt as _;
use symbolon_token_request::MAX_BODY_BYTES;

/// Reads a body, and of one that is too long no more than shows it: the protocol refuses it by its length (413).
///
/// One buffer from the beginning, so that no copy of a secret stays behind where it grew.
pub(crate) async fn read(mut body: Body) -> Result<Vec<u8>, BrokeOff> {
    let enough = MAX_BODY_BYTES.saturating_add(1);
    let stated = body.size_hint().upper().and_then(|bytes| usize::try_from(bytes).ok());
    let mut bytes = Vec::with_capacity(stated.unwrap_or(enough).min(enough));
    while let Some(frame) = body.frame().await {
        // Trailers hold nothing that is read.
        let Ok(data) = frame.map_err(|_| BrokeOff)?.into_data() else { continue };
        let room = enough.saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
        if bytes.len() >= enough {
            break;
        }
    }
    Ok(bytes)
}

/// The body ended before its end.
#[derive(Debug)]
pub(crate) struct BrokeOff;

#[cfg(test)]
mod tests {
    use super::*;

    async fn length(bytes: usize) -> usize {
        read(Body::from(vec![b'a'; bytes])).await.unwrap().len()
    }

    #[tokio::test]
    async fn a069_one_byte_beyond_the_limit_is_kept_and_no_more() {
        assert_eq!(length(0).await, 0);
        assert_eq!(length(MAX_BODY_BYTES).await, MAX_BODY_BYTES);
        assert_eq!(length(65_536).await, 65_536);
        assert_eq!(length(1_000_000).await, 65_536);
    }

    #[tokio::test]
    async fn the_buffer_does_not_grow() {
        let bytes = read(Body::from("a=b")).await.unwrap();
        assert_eq!((bytes.as_slice(), bytes.capacity()), (&b"a=b"[..], 3));
    }
}
