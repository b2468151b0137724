use alloc::string::ToString as _;
use core::fmt;

use symbolon_types::{ErrorCode, GrantType, Presentation, ResponseParts, Rule};
use time::Duration;

use crate::{
    ErrorResponse,
    challenge::challenge,
    description::description,
    grammar::{is_nqchar, is_nqschar, is_one_or_more},
    headers::json_that_nobody_stores,
};

/// What `Retry-After` says where the caller does not: long enough for a database to fail over.
pub const DEFAULT_RETRY_AFTER: Duration = Duration::seconds(5);

/// A refused request of the token endpoint, to be turned into its answer ([RFC 6749 §5.2], security decision D20).
///
/// The one function from a rule to status, `WWW-Authenticate` and body:
///
/// | rule or code | status | header |
/// |---|---|---|
/// | [`Rule::RequestMethod`] | 405 | `Allow: POST` |
/// | [`Rule::RequestLength`] | 413 | |
/// | [`Rule::ClientThrottle`], [`Rule::ReplayQuota`] | 429 | `Retry-After` |
/// | [`Rule::BackchannelAllowed`] | 403 | |
/// | `invalid_client`, `Authorization` header used | 401 | `WWW-Authenticate: Basic` |
/// | `temporarily_unavailable` | 503 | `Retry-After` |
/// | `server_error`, or a rule that no peer hears of | 500 | |
/// | every other | 400 | |
///
/// Each has `Cache-Control: no-store` and `Pragma: no-cache`. The `error_description` is a fixed sentence for the code and
/// the grant, never one for the rule (security decision D10).
///
/// # Security
/// Nothing that the client sent enters the answer: not `grant_type`, of which only the registered values choose a sentence.
///
/// ```
/// use symbolon_token_response::{Refused, types::{GrantType, Rule}};
///
/// let expired = Refused::new(Rule::CodeFresh).grant_type(Some(&GrantType::AuthorizationCode)).into_response();
/// let foreign = Refused::new(Rule::CodeClient).grant_type(Some(&GrantType::AuthorizationCode)).into_response();
/// assert_eq!(expired.status(), 400);
/// assert_eq!(expired, foreign, "a client learns nothing about other clients' codes");
/// ```
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// The rule that did not hold.
    pub rule: Rule,
    /// An extension's own error code; `None` for the rule's. One outside the grammar of `error` is not used.
    pub code: Option<ErrorCode>,
    /// How the client presented itself.
    pub presentation: Presentation,
    /// The grant that was asked for, if it is known.
    pub grant_type: Option<&'a GrantType>,
    /// What the challenge names: the issuer. Characters that are not printable ASCII are left out.
    pub realm: &'a str,
    /// `Retry-After` of 429 and 503, cut to whole seconds and never below one; `None` for [`DEFAULT_RETRY_AFTER`].
    pub retry_after: Option<Duration>,
    /// The nonce for the next DPoP proof ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)). One outside its
    /// grammar is not sent.
    pub dpop_nonce: Option<&'a str>,
}

impl<'a> Refused<'a> {
    /// A request that a rule refused, and nothing else known.
    pub const fn new(rule: Rule) -> Self {
        Self {
            rule,
            code: None,
            presentation: Presentation::Nothing,
            grant_type: None,
            realm: "",
            retry_after: None,
            dpop_nonce: None,
        }
    }

    /// Sets an extension's own error code.
    #[must_use]
    pub fn code(mut self, code: Option<ErrorCode>) -> Self {
        self.code = code;
        self
    }

    /// Says how the client presented itself.
    #[must_use]
    pub const fn presentation(mut self, presentation: Presentation) -> Self {
        self.presentation = presentation;
        self
    }

    /// Says which grant was asked for.
    #[must_use]
    pub const fn grant_type(mut self, grant_type: Option<&'a GrantType>) -> Self {
        self.grant_type = grant_type;
        self
    }

    /// Says what the challenge names.
    #[must_use]
    pub const fn realm(mut self, realm: &'a str) -> Self {
        self.realm = realm;
        self
    }

    /// Says after how long the request may be tried again.
    #[must_use]
    pub const fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Sets the nonce for the next DPoP proof.
    #[must_use]
    pub const fn dpop_nonce(mut self, nonce: Option<&'a str>) -> Self {
        self.dpop_nonce = nonce;
        self
    }

    /// The answer.
    pub fn into_response(self) -> ResponseParts {
        let own = self.code.filter(|code| is_one_or_more(code.as_str(), is_nqschar));
        let code = own.or_else(|| self.rule.code()).unwrap_or(ErrorCode::ServerError);
        let status = status(self.rule, &code, self.presentation);

        let mut body = ErrorResponse::new(code);
        body.error_description = description(&body.error, self.grant_type).map(Into::into);
        let mut response = json_that_nobody_stores(status, body.to_json());
        match status {
            // RFC 9110 §15.5.2: every 401 has a challenge.
            401 => response = response.with_header("www-authenticate", challenge("Basic", self.realm, &[])),
            // RFC 9110 §15.5.6: every 405 says what is allowed.
            405 => response = response.with_header("allow", "POST"),
            _ => {}
        }
        with_wait_and_nonce(response, self.retry_after, self.dpop_nonce)
    }
}

impl fmt::Debug for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("rule", &self.rule)
            .field("presentation", &self.presentation)
            .finish_non_exhaustive()
    }
}

/// Adds what every refusal may say: `Retry-After` of 429 and 503 ([RFC 9110 §10.2.3]), and the nonce for the next proof
/// ([RFC 9449 §8]).
///
/// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
/// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
pub(crate) fn with_wait_and_nonce(
    mut response: ResponseParts,
    retry_after: Option<Duration>,
    dpop_nonce: Option<&str>,
) -> ResponseParts {
    if matches!(response.status(), 429 | 503) {
        let seconds = retry_after.unwrap_or(DEFAULT_RETRY_AFTER).whole_seconds().max(1);
        response = response.with_header("retry-after", seconds.to_string());
    }
    match dpop_nonce.filter(|nonce| is_one_or_more(nonce, is_nqchar)) {
        Some(nonce) => response.with_header("dpop-nonce", nonce),
        None => response,
    }
}

const fn status(rule: Rule, code: &ErrorCode, presentation: Presentation) -> u16 {
    match (rule, code) {
        (Rule::RequestMethod, _) => 405,
        (Rule::RequestLength, _) => 413,
        (Rule::ClientThrottle | Rule::ReplayQuota, _) => 429,
        // OpenID CIBA §13.
        (Rule::BackchannelAllowed, _) => 403,
        (_, ErrorCode::InvalidClient) if presentation.used_authorization_header() => 401,
        (_, ErrorCode::TemporarilyUnavailable) => 503,
        (_, ErrorCode::ServerError) => 500,
        _ => 400,
    }
}
