use http::{
    HeaderMap,
    header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN},
    request::Parts,
};
use symbolon_types::{Method, RequestParts, Values};

/// What the protocol may read of a request: method, query, body, and all values of each header that counts.
///
/// Values are taken raw and whole: doubled ones, ones that are no text and ones over
/// [`MAX_HEADER_VALUE_BYTES`](symbolon_types::MAX_HEADER_VALUE_BYTES) are refused by the protocol, for which they must be
/// seen. Nothing is checked here.
///
/// # Security
/// No header becomes a peer certificate, a peer address or an endpoint (security decision D14): anybody may send any header.
/// What a trusted proxy says about the client's certificate is read by [`peer_certificate`](crate::peer_certificate).
pub fn request_parts(head: &Parts, body: Vec<u8>) -> RequestParts {
    let mut parts = RequestParts::new(Method::parse(head.method.as_str()), body).query(head.uri.query());
    copy(&head.headers, CONTENT_TYPE.as_str(), &mut parts.content_type);
    copy(&head.headers, AUTHORIZATION.as_str(), &mut parts.authorization);
    copy(&head.headers, "dpop", &mut parts.dpop);
    copy(&head.headers, "oauth-client-attestation", &mut parts.client_attestation);
    copy(&head.headers, "oauth-client-attestation-pop", &mut parts.client_attestation_pop);
    copy(&head.headers, ORIGIN.as_str(), &mut parts.origin);
    parts
}

fn copy(headers: &HeaderMap, name: &str, values: &mut Values) {
    for value in headers.get_all(name) {
        values.push(value.as_bytes());
    }
}
