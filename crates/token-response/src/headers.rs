use alloc::{vec, vec::Vec};

use symbolon_types::ResponseParts;

/// An answer of the token endpoint: JSON that nobody stores.
///
/// [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1): `Cache-Control: no-store` and `Pragma: no-cache`
/// where there are tokens. Errors get both too (security decision D20): they may hold a nonce.
pub(crate) fn json_that_nobody_stores(status: u16, body: Vec<u8>) -> ResponseParts {
    let headers = vec![
        ("content-type", "application/json".into()),
        ("cache-control", "no-store".into()),
        ("pragma", "no-cache".into()),
    ];
    ResponseParts::new(status, headers, body)
}
