use alloc::{string::String, vec::Vec};

use symbolon_pkce::CodeVerifier;
use symbolon_token_request::{FormError, TokenRequest};
use symbolon_types::{ErrorCode, Secret};
use time::UtcDateTime;

use crate::{
    AuthorizationDetails, AuthorizationPlan, CallbackError, Client, ClientError, authorization::Asked, shown::shown,
};

/// The half of an authorization request that waits for the browser to come back ([RFC 6749 §4.1.2]). It holds every value
/// that the answer is checked against.
///
/// It has no public constructor, and no serialization but the sealed one ([`Self::seal`]):
///
/// ```compile_fail,E0277
/// fn save<T: serde::Serialize>(_: T) {}
/// fn keep(pending: symbolon_client::PendingAuthorization) { save(pending) }
/// ```
/// ```
/// fn save<T: serde::Serialize>(_: T) {}
/// fn keep(text: String) { save(text) }
/// ```
///
/// # Security
/// Keep it where only the callback of the same browser finds it (sealed in a cookie, in the session, in memory), and use it
/// once: it is consumed.
///
/// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
#[derive(Debug)]
#[must_use]
pub struct PendingAuthorization {
    client: Client,
    state: Secret,
    asked: Asked,
}

impl PendingAuthorization {
    pub(crate) const fn new(client: Client, state: Secret, asked: Asked) -> Self {
        Self { client, state, asked }
    }

    pub(crate) fn into_parts(self) -> (Client, Secret, Asked) {
        (self.client, self.state, self.asked)
    }

    /// The client that asked.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// `state`, for finding the pending half among those of one session. [`Self::receive`] compares it itself.
    pub const fn state(&self) -> &Secret {
        &self.state
    }

    /// Takes the authorization response: the query of the redirect URI as the browser brought it, without `?`.
    ///
    /// Checked are, in this order: form and duplicates, `state` in constant time, `iss` byte for byte ([RFC 9207 §2.4]),
    /// whether it is of another mode or flow, then whether it is an error, then the code. Whatever comes out, the pending half is used up.
    ///
    /// # Errors
    /// Nobody hears a code. Only after [`CallbackError::ResponseMode`], [`CallbackError::Refused`] and [`CallbackError::CodeMissing`] is it proven that
    /// the answer belongs to the request.
    /// - [`CallbackError::Repeated`], [`CallbackError::Syntax`]: no query of parameters that come once.
    /// - [`CallbackError::State`]: not the answer to this request.
    /// - [`CallbackError::IssMissing`], [`CallbackError::IssMismatch`]: from another issuer, or from nobody knows whom.
    /// - [`CallbackError::ResponseMode`]: tokens, or a signed answer (`response`), which nobody asked for.
    /// - [`CallbackError::Refused`]: the server says no.
    /// - [`CallbackError::CodeMissing`]: neither error nor code.
    ///
    /// [RFC 9207 §2.4]: https://www.rfc-editor.org/rfc/rfc9207#section-2.4
    pub fn receive(self, query: &str, now: UtcDateTime) -> Result<AuthorizationCode, CallbackError> {
        let form = TokenRequest::parse(query.as_bytes().to_vec()).map_err(|error| match error {
            FormError::Repeated { .. } => CallbackError::Repeated,
            other => CallbackError::Syntax(other),
        })?;
        // Token requests may have these more than once, authorization responses not.
        if ["resource", "audience"].into_iter().any(|name| form.parameters(name).nth(1).is_some()) {
            return Err(CallbackError::Repeated);
        }
        if !form.parameter("state").is_some_and(|state| Secret::new(state) == self.state) {
            return Err(CallbackError::State);
        }
        match form.parameter("iss") {
            // Simple string comparison (RFC 3986 §6.2.1): a trailing slash makes another issuer.
            Some(iss) if iss != self.client.issuer().as_str() => return Err(CallbackError::IssMismatch),
            None if self.client.iss_parameter_supported() => return Err(CallbackError::IssMissing),
            _ => {}
        }
        // What comes beside a code in other modes and flows would go unseen: a signed answer, or tokens through the browser.
        if ["response", "id_token", "access_token", "token_type"].into_iter().any(|name| form.parameter(name).is_some())
        {
            return Err(CallbackError::ResponseMode);
        }
        if let Some(error) = form.parameter("error") {
            return Err(CallbackError::Refused(AuthorizationError::read(error, &form)?));
        }
        let code = Secret::new(form.parameter("code").ok_or(CallbackError::CodeMissing)?);
        let answer = Answer::new(code, self.asked);
        Ok(AuthorizationCode { client: self.client, answer, received_at: now })
    }
}

/// An authorization code whose authorization response was checked ([RFC 6749 §4.1.2]), with all that its exchange needs:
/// verifier, `redirect_uri`, nonce, issuer. Only [`PendingAuthorization::receive`] makes one (security decision D29), save for
/// [`Self::assume_received`].
///
/// ```compile_fail,E0308
/// use symbolon_client::{AuthorizationCode, Client, ClientError, Sending};
/// use time::UtcDateTime;
/// fn login(client: &Client, code: &str, now: UtcDateTime) -> Result<Sending, ClientError> {
///     client.exchange(code, now)
/// }
/// ```
/// ```
/// use symbolon_client::{AuthorizationCode, Client, ClientError, Sending};
/// use time::UtcDateTime;
/// fn login(client: &Client, code: AuthorizationCode, now: UtcDateTime) -> Result<Sending, ClientError> {
///     client.exchange(code, now)
/// }
/// ```
///
/// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
#[derive(Debug)]
#[must_use]
pub struct AuthorizationCode {
    client: Client,
    answer: Answer,
    received_at: UtcDateTime,
}

/// The code and what it answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Secret,
    pub(crate) asked: Asked,
    /// What the access token of the exchange is for.
    pub(crate) resource: Vec<String>,
    pub(crate) authorization_details: AuthorizationDetails,
}

impl Answer {
    const fn new(code: Secret, asked: Asked) -> Self {
        Self { code, asked, resource: Vec::new(), authorization_details: AuthorizationDetails::NONE }
    }
}

impl AuthorizationCode {
    /// A code whose authorization response another program took: for a command-line tool that somebody hands a code, and
    /// for tests of servers. Nothing of that response is checked here.
    ///
    /// `plan` says what that program asked for; of it only scope, `redirect_uri`, `max_age`, `acr_values`, `acr_levels` and
    /// `may_lack_id_token` are listened to. With `openid` in its scope the ID token is verified all the same, against
    /// `nonce`; without `nonce` an ID token that has one is refused.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::EmptySecret`]: the code, or the nonce, has no text.
    /// - [`ClientError::NoRedirectUri`], [`ClientError::RedirectUri`]: the client was not told of one, or it is none.
    ///
    /// # Security
    /// Not for programs with users. Whoever calls this with what a browser brought leaves out `state` and `iss`: anybody
    /// can then sign a victim in as somebody else ([RFC 9700 §4.7]), or get a code of one issuer sent to another
    /// ([RFC 9700 §4.4]). A bare code is taken nowhere else (security decision D29).
    ///
    /// ```
    /// use symbolon_client::types::{ClientId, Issuer, Scope, Secret};
    /// use symbolon_client::{AuthorizationCode, AuthorizationPlan, Client};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_pkce::CodeVerifier;
    /// use time::UtcDateTime;
    ///
    /// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
    ///     .token_endpoint("https://as.example/token")
    ///     .redirect_uri("https://app.example/cb")
    ///     .build()?;
    /// let plan = AuthorizationPlan::new(Scope::parse("openid")?);
    /// let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")?; // RFC 7636 Appendix B
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let code = AuthorizationCode::assume_received(
    ///     &client,
    ///     plan,
    ///     Secret::new("SplxlOBeZQQYbYS6WxSbIA"),
    ///     verifier,
    ///     Some(Secret::new("n-0S6_WzA2Mj")),
    ///     now,
    /// )?;
    /// let (request, _pending) = client.exchange(code, now)?.ready()?;
    /// assert!(request.body().expose().contains("&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [RFC 9700 §4.4]: https://www.rfc-editor.org/rfc/rfc9700#section-4.4
    /// [RFC 9700 §4.7]: https://www.rfc-editor.org/rfc/rfc9700#section-4.7
    pub fn assume_received(
        client: &Client,
        plan: AuthorizationPlan,
        code: Secret,
        verifier: CodeVerifier,
        nonce: Option<Secret>,
        now: UtcDateTime,
    ) -> Result<Self, ClientError> {
        if code.is_empty() || nonce.as_ref().is_some_and(Secret::is_empty) {
            return Err(ClientError::EmptySecret);
        }
        let redirect_uri = client.redirect_uri_of(&plan)?;
        let answer = Answer::new(code, Asked::new(plan, redirect_uri, verifier, nonce));
        Ok(Self { client: client.clone(), answer, received_at: now })
    }

    /// The same, to be exchanged for an access token for these of the resources that were granted, each an absolute URI
    /// without fragment ([RFC 8707 §2.2]): [`Client::exchange`] refuses another text.
    ///
    /// [RFC 8707 §2.2]: https://www.rfc-editor.org/rfc/rfc8707#section-2.2
    pub fn with_resource(mut self, resource: impl Into<Vec<String>>) -> Self {
        self.answer.resource = resource.into();
        self
    }

    /// The same, to be exchanged for an access token with these of the details that were granted, or less
    /// ([RFC 9396 §6.1]).
    ///
    /// [RFC 9396 §6.1]: https://www.rfc-editor.org/rfc/rfc9396#section-6.1
    pub fn with_authorization_details(mut self, details: AuthorizationDetails) -> Self {
        self.answer.authorization_details = details;
        self
    }

    /// The client that it was issued to.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// When it came. Codes live for a minute or so.
    pub const fn received_at(&self) -> UtcDateTime {
        self.received_at
    }

    pub(crate) fn into_parts(self) -> (Client, Answer) {
        (self.client, self.answer)
    }
}

/// The server's no to an authorization request ([RFC 6749 §4.1.2.1], [OIDC Core §3.1.2.6]).
///
/// [OIDC Core §3.1.2.6]: https://openid.net/specs/openid-connect-core-1_0.html#AuthError
/// [RFC 6749 §4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationError {
    /// `error`
    pub code: ErrorCode,
    /// `error_description`, escaped and shortened: for developers, not for users.
    pub description: Option<String>,
    /// `error_uri`, escaped and shortened. Do not open it unseen.
    pub uri: Option<String>,
}

impl AuthorizationError {
    fn read(error: &str, form: &TokenRequest) -> Result<Self, CallbackError> {
        // RFC 6749 §4.1.2.1: %x20-21 / %x23-5B / %x5D-7E.
        let in_grammar = error.bytes().all(|octet| matches!(octet, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if !in_grammar || error.len() > MAX_ERROR_BYTES {
            return Err(CallbackError::ErrorSyntax);
        }
        Ok(Self {
            code: ErrorCode::parse(error),
            description: form.parameter("error_description").map(shown),
            uri: form.parameter("error_uri").map(shown),
        })
    }
}

/// Longest `error` that is read, in bytes. Registered ones stay below 40.
const MAX_ERROR_BYTES: usize = 128;
