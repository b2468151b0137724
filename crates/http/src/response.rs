use http::{HeaderName, HeaderValue, Response, StatusCode};
use symbolon_types::ResponseParts;

/// A response with a body of any kind that is made from bytes: `axum::body::Body`, `Full<Bytes>`, a test's `Vec<u8>`.
///
/// A status or header that HTTP cannot carry makes the whole answer an empty 500 that nobody stores: an answer without its
/// `Cache-Control` would be worse than none.
pub fn response<B: From<Vec<u8>>>(parts: ResponseParts) -> Response<B> {
    match head(&parts) {
        Some(head) => head.map(|()| B::from(parts.into_body())),
        None => unsendable().map(|()| B::from(Vec::new())),
    }
}

fn head(parts: &ResponseParts) -> Option<Response<()>> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(parts.status()).ok()?;
    for (name, value) in parts.headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        response.headers_mut().try_append(name, HeaderValue::from_str(value).ok()?).ok()?;
    }
    Some(response)
}

fn unsendable() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
