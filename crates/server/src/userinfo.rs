use alloc::{string::String, vec::Vec};

use serde_json::{Map, Value};
use symbolon_token_response::resource_error;
use symbolon_types::{Digest, Method, RequestParts, ResponseParts, Rule, Secret};
use time::UtcDateTime;

use crate::{Endpoint, StoredAccessToken};

impl Endpoint {
    /// Reads a userinfo request ([OIDC Core §5.3.1]): the access token comes in the `Authorization` header, as `Bearer`,
    /// and nowhere else.
    ///
    /// # Errors
    /// The ready answer ([RFC 6750 §3.1]): 401 with a challenge and no error code if there is no token, or another scheme;
    /// `invalid_token` if it is malformed; `invalid_request` for two headers; `invalid_dpop_proof` if a proof or the
    /// scheme `DPoP` came, since no proof is judged yet; 405 for another method than GET and POST.
    ///
    /// [OIDC Core §5.3.1]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoRequest
    /// [RFC 6750 §3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
    pub fn userinfo(&self, parts: &RequestParts) -> Result<UserinfoRequest, ResponseParts> {
        let realm = self.issuer().as_str();
        let refuse = |rule, presented| Err(resource_error(rule, realm, presented));
        if !matches!(parts.method, Method::Get | Method::Post) {
            return Err(ResponseParts::new(405, Vec::from([("allow", String::from("GET, POST"))]), Vec::new()));
        }
        if parts.dpop.count() > 0 {
            return refuse(Rule::DpopPresent, true);
        }
        match parts.authorization.only() {
            Ok(None) => refuse(Rule::TokenPresented, false),
            Err(_) => refuse(Rule::RequestHeaderOnce, true),
            Ok(Some(value)) => match bearer_token(value) {
                None if has_scheme(value, "dpop") => refuse(Rule::DpopPresent, true),
                None => refuse(Rule::TokenPresented, has_scheme(value, "bearer")),
                Some(token) => {
                    Ok(UserinfoRequest { endpoint: self.clone(), token: self.access_token_digest(&Secret::new(token)) })
                }
            },
        }
    }
}

impl Endpoint {
    /// The answer of a resource whose store did not answer: 503 with `Retry-After`.
    pub fn resource_unavailable(&self) -> ResponseParts {
        resource_error(Rule::StoreAnswers, self.issuer().as_str(), true)
    }
}

/// RFC 9110 §11.1: schemes are compared without case.
fn has_scheme(value: &[u8], scheme: &str) -> bool {
    value.split(|byte| *byte == b' ').next().is_some_and(|known| known.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// RFC 6750 §2.1: `Bearer`, compared without case (RFC 9110 §11.1), one space, a b64token.
fn bearer_token(value: &[u8]) -> Option<&str> {
    let (scheme, token) = core::str::from_utf8(value).ok()?.split_once(' ')?;
    let is_b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.bytes().all(is_b64token)).then_some(token)
}

/// A userinfo request: look up [`Self::token`], then [`Self::answer`].
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, Granted, StoredAccessToken, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// // The token of RFC 6750 §2.1.
/// let parts = RequestParts::new(Method::Get, Vec::new()).authorization(b"Bearer mF_9.B5f-4.1JqM");
/// let request = endpoint.userinfo(&parts).map_err(|refused| refused.status().to_string())?;
/// // Here a store looks up `request.token()`.
/// let found = StoredAccessToken {
///     token: *request.token(),
///     granted: Granted::to_user("alice", Scope::parse("openid")?),
/// #   family: None,
/// #   client_id: ClientId::parse("app")?,
/// #   confirmation: Confirmation::NONE,
/// #   expires: now.saturating_add(time::Duration::minutes(10)),
/// #   revoked: false,
///     // ...
/// };
/// assert_eq!(request.answer(Some(found), now).body(), br#"{"sub":"alice"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct UserinfoRequest {
    endpoint: Endpoint,
    token: Digest,
}

impl UserinfoRequest {
    /// What to look up: the access token's digest.
    pub const fn token(&self) -> &Digest {
        &self.token
    }

    /// Answers with `sub` and the claims that were granted ([OIDC Core §5.3.2]), or refuses: `invalid_token` for a token
    /// that is unknown, expired, revoked or bound to a key, `insufficient_scope` for one without `openid`.
    ///
    /// The answer is never to be cached. Which claims a scope releases was decided when they were granted.
    ///
    /// [OIDC Core §5.3.2]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    pub fn answer(self, found: Option<StoredAccessToken>, now: UtcDateTime) -> ResponseParts {
        let realm = self.endpoint.issuer().as_str();
        let live = found.filter(|stored| {
            stored.token == self.token && !stored.revoked && now < stored.expires && !stored.confirmation.is_bound()
        });
        let Some(stored) = live else { return resource_error(Rule::TokenKnown, realm, true) };
        let granted = stored.granted;
        let Some(subject) = granted.subject.filter(|_| granted.scope.contains("openid")) else {
            return resource_error(Rule::TokenScope, realm, true);
        };
        let mut claims = Map::new();
        claims.insert("sub".into(), Value::String(subject));
        for (name, value) in granted.claims {
            if name != "sub" {
                claims.insert(name, value);
            }
        }
        let headers = Vec::from([
            ("content-type", String::from("application/json")),
            ("cache-control", String::from("no-store")),
        ]);
        ResponseParts::new(200, headers, alloc::format!("{}", Value::Object(claims)).into_bytes())
    }
}
