use alloc::{string::ToString as _, vec, vec::Vec};

use symbolon_types::{ErrorCode, ResponseParts, Rule};

use crate::{DEFAULT_RETRY_AFTER, challenge::challenge, description::description, refused::whole_seconds};

/// The answer of a protected resource to a refused request ([RFC 6750 §3]): the challenge says it all, there is no body.
///
/// `scheme_was_used`: whether the `Authorization` header held a scheme for access tokens. If not, the challenge is without
/// an error ([RFC 6750 §3.1]: nothing was presented, so nothing is wrong with it).
///
/// | code of the rule | status | scheme |
/// |---|---|---|
/// | `invalid_token` | 401 | `Bearer` |
/// | `invalid_dpop_proof`, `use_dpop_nonce` | 401 | `DPoP` |
/// | `insufficient_scope` | 403 | `Bearer` |
/// | `invalid_request` | 400 | `Bearer` |
/// | `temporarily_unavailable` | 503 with `Retry-After` | |
/// | every other: no rule of a resource | 500 | |
///
/// ```
/// use symbolon_token_response::{resource_error, types::Rule};
/// let response = resource_error(Rule::TokenPresented, "https://op.example", false);
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="https://op.example""#));
/// ```
///
/// [RFC 6750 §3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
/// [RFC 6750 §3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
pub fn resource_error(rule: Rule, realm: &str, scheme_was_used: bool) -> ResponseParts {
    let code = rule.code().unwrap_or(ErrorCode::ServerError);
    let (status, scheme) = match &code {
        ErrorCode::InvalidToken => (401, Some("Bearer")),
        ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => (401, Some("DPoP")),
        ErrorCode::InsufficientScope => (403, Some("Bearer")),
        ErrorCode::InvalidRequest => (400, Some("Bearer")),
        ErrorCode::TemporarilyUnavailable => (503, None),
        _ => (500, None),
    };
    let mut response = ResponseParts::new(status, vec![("cache-control", "no-store".to_string())], Vec::new());
    if let Some(scheme) = scheme {
        let error = ("error", code.as_str());
        let text = match description(&code, None) {
            _ if !scheme_was_used && status == 401 => challenge(scheme, realm, &[]),
            Some(sentence) => challenge(scheme, realm, &[error, ("error_description", sentence)]),
            None => challenge(scheme, realm, &[error]),
        };
        response = response.with_header("www-authenticate", text);
    }
    if status == 503 {
        response.with_header("retry-after", whole_seconds(DEFAULT_RETRY_AFTER).to_string())
    } else {
        response
    }
}
