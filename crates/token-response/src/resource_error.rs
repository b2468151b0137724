use alloc::{string::String, vec, vec::Vec};
use core::fmt;

use symbolon_types::{ErrorCode, ResponseParts, Rule};
use time::Duration;

use crate::{challenge::challenge, description::description, refused::with_wait_and_nonce};

/// The scheme by which an access token was presented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenScheme {
    /// `Bearer` ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    Bearer,
    /// `DPoP` ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    Dpop,
}

/// A request that a protected resource refused, to be turned into its answer ([RFC 6750 §3], [RFC 9449 §7.1]): the
/// challenge says it all, there is no body.
///
/// | rule or code | status |
/// |---|---|
/// | [`Rule::RequestMethod`] | 405, `Allow: GET, POST`: the resource is userinfo |
/// | `invalid_token` | 401 |
/// | `invalid_dpop_proof`, `use_dpop_nonce` | 401, always of the scheme `DPoP` |
/// | `insufficient_scope` | 403 |
/// | `invalid_request` | 400 |
/// | [`Rule::ReplayQuota`] | 429 with `Retry-After` |
/// | `temporarily_unavailable` | 503 with `Retry-After` |
/// | every other: no rule of a resource | 500 |
///
/// The challenge is of the scheme that was presented. If none was, it is without an error ([RFC 6750 §3.1]: nothing was
/// presented, so nothing is wrong with it) and names both schemes where [`Self::dpop_algorithms`] are told.
///
/// ```
/// use symbolon_token_response::{RefusedAtResource, TokenScheme, types::Rule};
/// let refused = RefusedAtResource::new(Rule::TokenPresented).realm("https://op.example");
/// assert_eq!(refused.into_response().header("www-authenticate"), Some(r#"Bearer realm="https://op.example""#));
///
/// let refused = RefusedAtResource::new(Rule::TokenBinding)
///     .presented(Some(TokenScheme::Dpop))
///     .dpop_algorithms("ES256");
/// let response = refused.into_response();
/// assert_eq!(response.status(), 401);
/// let challenge = response.header("www-authenticate").ok_or("every 401 has a challenge")?;
/// assert!(challenge.starts_with(r#"DPoP realm="", error="invalid_token""#) && challenge.ends_with(r#"algs="ES256""#));
/// # Ok::<(), &str>(())
/// ```
///
/// [RFC 6750 §3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
/// [RFC 6750 §3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
/// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
#[derive(Clone)]
#[non_exhaustive]
pub struct RefusedAtResource<'a> {
    /// The rule that did not hold.
    pub rule: Rule,
    /// What the challenge names: the issuer. Characters that are not printable ASCII are left out.
    pub realm: &'a str,
    /// The scheme that the `Authorization` header held, if it was one for access tokens.
    pub presented: Option<TokenScheme>,
    /// The algorithms of DPoP proofs, separated by spaces (`algs`); empty where no proof is taken.
    pub dpop_algorithms: &'a str,
    /// `Retry-After` of 429 and 503, cut to whole seconds and never below one; `None` for
    /// [`DEFAULT_RETRY_AFTER`](crate::DEFAULT_RETRY_AFTER).
    pub retry_after: Option<Duration>,
    /// The nonce for the next DPoP proof ([RFC 9449 §9](https://www.rfc-editor.org/rfc/rfc9449#section-9)). One outside its
    /// grammar is not sent.
    pub dpop_nonce: Option<&'a str>,
}

impl<'a> RefusedAtResource<'a> {
    /// A request that a rule refused, and nothing else known.
    pub const fn new(rule: Rule) -> Self {
        Self { rule, realm: "", presented: None, dpop_algorithms: "", retry_after: None, dpop_nonce: None }
    }

    /// Says what the challenge names.
    #[must_use]
    pub const fn realm(mut self, realm: &'a str) -> Self {
        self.realm = realm;
        self
    }

    /// Says by which scheme the token was presented.
    #[must_use]
    pub const fn presented(mut self, scheme: Option<TokenScheme>) -> Self {
        self.presented = scheme;
        self
    }

    /// Says which algorithms a proof may have.
    #[must_use]
    pub const fn dpop_algorithms(mut self, algorithms: &'a str) -> Self {
        self.dpop_algorithms = algorithms;
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
        let code = self.rule.code().unwrap_or(ErrorCode::ServerError);
        let scheme = self.presented.unwrap_or(TokenScheme::Bearer);
        let (status, scheme) = match &code {
            _ if self.rule == Rule::RequestMethod => (405, None),
            _ if self.rule == Rule::ReplayQuota => (429, None),
            ErrorCode::InvalidToken => (401, Some(scheme)),
            ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => (401, Some(TokenScheme::Dpop)),
            ErrorCode::InsufficientScope => (403, Some(scheme)),
            ErrorCode::InvalidRequest => (400, Some(scheme)),
            ErrorCode::TemporarilyUnavailable => (503, None),
            _ => (500, None),
        };
        let mut response = ResponseParts::new(status, vec![("cache-control", "no-store".into())], Vec::new());
        if let Some(scheme) = scheme {
            response = response.with_header("www-authenticate", self.challenges(scheme, status, &code));
        }
        // RFC 9110 §15.5.6: every 405 says what is allowed.
        if status == 405 {
            response = response.with_header("allow", "GET, POST");
        }
        with_wait_and_nonce(response, self.retry_after, self.dpop_nonce)
    }

    fn challenges(&self, scheme: TokenScheme, status: u16, code: &ErrorCode) -> String {
        let algorithms = Some(("algs", self.dpop_algorithms)).filter(|(_, algorithms)| !algorithms.is_empty());
        let mut parameters = Vec::new();
        if self.presented.is_some() || status != 401 {
            parameters.push(("error", code.as_str()));
            parameters.extend(description(code, None).map(|sentence| ("error_description", sentence)));
        }
        match scheme {
            TokenScheme::Dpop => {
                parameters.extend(algorithms);
                challenge("DPoP", self.realm, &parameters)
            }
            TokenScheme::Bearer => {
                let bearer = challenge("Bearer", self.realm, &parameters);
                // RFC 9449 §7.1: a resource that takes both says so.
                match algorithms.filter(|_| self.presented.is_none() && status == 401) {
                    Some(algorithms) => [bearer.as_str(), &challenge("DPoP", self.realm, &[algorithms])].join(", "),
                    None => bearer,
                }
            }
        }
    }
}

impl fmt::Debug for RefusedAtResource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedAtResource")
            .field("rule", &self.rule)
            .field("presented", &self.presented)
            .finish_non_exhaustive()
    }
}
