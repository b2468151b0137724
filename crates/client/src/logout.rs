use alloc::{string::String, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_id_token::{ExpectedLogoutToken, LogoutChecks, LogoutToken, LogoutTokenError, Personal};
use symbolon_jose::VerifyingKeys;
use symbolon_token_request::{FormEncoder, FormError, TokenRequest};
use symbolon_types::{Secret, Trace};
use time::UtcDateTime;
use zeroize::Zeroizing;

use crate::{
    ApiMisuse, CallbackError, Client, ClientError, EndpointUrl,
    authorization::{TEXT_OCTETS, joined},
    endpoint_url::is_redirect_uri,
};

/// What a client wants of the server that is to sign its user out ([RP-Initiated Logout §2]).
/// [`VerifiedTokens::logout_plan`](crate::VerifiedTokens::logout_plan) makes one with the ID token of the sign-in.
///
/// ```
/// use symbolon_client::LogoutPlan;
/// let mut plan = LogoutPlan::new();
/// plan.post_logout_redirect_uri = Some("https://app.example/signed-out".into());
/// plan.extra.push(("ui_locales".into(), "nb".into()));
/// ```
///
/// [RP-Initiated Logout §2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct LogoutPlan {
    /// `id_token_hint`: an ID token of the session that is to end, as it came. Without it a server asks the user first.
    pub id_token_hint: Option<Secret>,
    /// `logout_hint`: who is to be signed out, in words of the server's own.
    pub logout_hint: Option<Personal>,
    /// `post_logout_redirect_uri`: where the browser comes back, one that was registered. `None`: it does not.
    pub post_logout_redirect_uri: Option<String>,
    /// Further parameters: `ui_locales`, what a provider knows.
    pub extra: Vec<(String, String)>,
}

impl LogoutPlan {
    /// Signs out whoever is signed in, and comes not back.
    pub const fn new() -> Self {
        Self { id_token_hint: None, logout_hint: None, post_logout_redirect_uri: None, extra: Vec::new() }
    }
}

/// Further parameters may name people: they are counted.
impl fmt::Debug for LogoutPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutPlan")
            .field("id_token_hint", &self.id_token_hint)
            .field("logout_hint", &self.logout_hint)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// Where the user's browser is to be sent to sign out. Its other half is the [`PendingLogout`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct LogoutRequest {
    url: Secret,
}

impl LogoutRequest {
    /// The URL. It may have an ID token in it, which names the user: do not log it.
    pub const fn url(&self) -> &Secret {
        &self.url
    }
}

impl Client {
    /// Makes the URL that signs the user out at the server ([RP-Initiated Logout §2]), with `client_id` always, and with a fresh
    /// `state` of 192 random bits where the browser comes back. Nobody waits where it does not.
    ///
    /// ```
    /// use symbolon_client::{Client, LogoutPlan, types::{ClientId, Issuer}};
    /// use symbolon_crypto_ring::PROVIDER;
    ///
    /// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
    ///     .token_endpoint("https://as.example/token")
    ///     .end_session_endpoint("https://as.example/logout")
    ///     .build()?;
    /// let mut plan = LogoutPlan::new(); // else that of the tokens, which has the ID token in it
    /// plan.post_logout_redirect_uri = Some("https://app.example/signed-out".into());
    /// let (request, pending) = client.logout(plan)?;
    /// assert!(request.url().expose().starts_with("https://as.example/logout?client_id=app&post_logout_redirect_uri="));
    ///
    /// let pending = pending.ok_or("the browser comes back")?;
    /// let query = format!("state={}", pending.state().expose());
    /// pending.receive(&query)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nobody is sent anywhere.
    /// - [`ClientError::NoEndpoint`]: the client was not told of an end session endpoint.
    /// - [`ClientError::RedirectUri`]: not an absolute URI without fragment.
    /// - [`ClientError::EmptySecret`]: the ID token has no text.
    /// - [`ClientError::Parameter`]: a further parameter that this client writes itself, that has no name or comes twice.
    /// - [`ClientError::Random`]: the source of randomness failed.
    ///
    /// # Security
    /// End the session of the client itself before the browser goes: it may never come back.
    ///
    /// [RP-Initiated Logout §2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
    pub fn logout(&self, plan: LogoutPlan) -> Result<(LogoutRequest, Option<PendingLogout>), ClientError> {
        let endpoint = self.end_session_endpoint();
        let endpoint = endpoint.ok_or(ClientError::NoEndpoint { endpoint: "end_session_endpoint" })?;
        let LogoutPlan { id_token_hint, logout_hint, post_logout_redirect_uri, extra } = plan;
        if post_logout_redirect_uri.as_deref().is_some_and(|uri| !is_redirect_uri(uri)) {
            return Err(ClientError::RedirectUri);
        }
        if id_token_hint.as_ref().is_some_and(Secret::is_empty) {
            return Err(ClientError::EmptySecret);
        }
        check_extra(&extra)?;

        let mut query = FormEncoder::new();
        query.push("client_id", self.client_id().as_str());
        if let Some(id_token) = &id_token_hint {
            query.push_secret("id_token_hint", id_token);
        }
        if let Some(hint) = &logout_hint {
            query.push("logout_hint", hint.as_str());
        }
        let pending = match &post_logout_redirect_uri {
            None => None,
            Some(uri) => {
                query.push("post_logout_redirect_uri", uri);
                let pending = PendingLogout { state: self.fresh_state()? };
                query.push_secret("state", &pending.state);
                Some(pending)
            }
        };
        for (name, value) in &extra {
            query.push(name, value);
        }
        Ok((LogoutRequest { url: joined(endpoint, &query.finish()) }, pending))
    }

    /// Checks a logout token that the server sent ([OIDC Back-Channel Logout §2.5], [OIDC Back-Channel Logout §2.6]): the value
    /// of `logout_token` in the form that it posts to the client.
    ///
    /// `keys` are those that the issuer publishes, loaded with [`Self::id_token_algorithms`]. Answer 200 once the sessions are
    /// ended, else 400, and `Cache-Control: no-store` either way ([OIDC Back-Channel Logout §2.8]).
    ///
    /// # Errors
    /// The server hears 400 `invalid_request`.
    /// - [`LogoutTokenError`]: whatever it is, nobody is signed out.
    ///
    /// # Security
    /// What is checked here is not all: see [`LogoutToken`] for `jti`, which is the caller's to remember.
    ///
    /// [OIDC Back-Channel Logout §2.5]: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
    /// [OIDC Back-Channel Logout §2.6]: https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
    /// [OIDC Back-Channel Logout §2.8]: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCResponse
    pub fn logout_token(
        &self,
        logout_token: &str,
        keys: &VerifyingKeys,
        now: UtcDateTime,
    ) -> Result<LogoutToken, LogoutTokenError> {
        let expected = ExpectedLogoutToken {
            trusted_audiences: self.trusted_audiences(),
            algorithms: self.id_token_algorithms(),
            ..ExpectedLogoutToken::new(self.issuer(), self.client_id())
        };
        let checks = LogoutChecks { policy: &self.policy().id_token };
        checks.check(logout_token, keys, &expected, &mut Trace::stop_at_first(), now)
    }

    fn fresh_state(&self) -> Result<Secret, ClientError> {
        let mut octets = Zeroizing::new([0; TEXT_OCTETS]);
        self.crypto().random.fill(&mut *octets)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(*octets)))
    }
}

/// The half of a logout that waits for the browser to come back ([RP-Initiated Logout §3]).
///
/// The session of the user is over by then. Where the half cannot wait in memory, keep its state in a cookie of its own, and make
/// it again with [`Self::of`].
///
/// [RP-Initiated Logout §3]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RedirectionAfterLogout
#[derive(Debug)]
#[must_use]
pub struct PendingLogout {
    state: Secret,
}

impl PendingLogout {
    /// What waits for this `state`, which [`Self::state`] gave before.
    ///
    /// # Errors
    /// - [`ClientError::EmptySecret`]: it has no text, so that anybody could answer with it.
    pub fn of(state: impl Into<Secret>) -> Result<Self, ClientError> {
        let state = state.into();
        if state.is_empty() { Err(ClientError::EmptySecret) } else { Ok(Self { state }) }
    }

    /// `state`, to be kept for the callback.
    pub const fn state(&self) -> &Secret {
        &self.state
    }

    /// Takes the query of the post-logout redirect URI as the browser brought it, without `?`: it must have this `state`, once.
    /// No parameter says whether the server signed the user out.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`CallbackError::Repeated`], [`CallbackError::Syntax`]: no query of parameters that come once.
    /// - [`CallbackError::State`]: not the answer to this request.
    pub fn receive(self, query: &str) -> Result<(), CallbackError> {
        let form = TokenRequest::parse(query.as_bytes().to_vec()).map_err(|error| match error {
            FormError::Repeated { .. } => CallbackError::Repeated,
            other => CallbackError::Syntax(other),
        })?;
        // Token requests may have these more than once, other requests not.
        if ["resource", "audience"].into_iter().any(|name| form.parameters(name).nth(1).is_some()) {
            return Err(CallbackError::Repeated);
        }
        let is_ours = form.parameter("state").is_some_and(|state| Secret::new(state) == self.state);
        if is_ours { Ok(()) } else { Err(CallbackError::State) }
    }
}

/// The endpoint, if its query has nothing that the client sends.
pub(crate) fn end_session_endpoint(url: Option<EndpointUrl>) -> Result<Option<EndpointUrl>, ApiMisuse> {
    if let Some(query) = url.as_ref().and_then(EndpointUrl::query) {
        let fixed = TokenRequest::parse(query.as_bytes().to_vec()).ok();
        if fixed.is_none_or(|fixed| SENT_HERE.iter().any(|name| fixed.parameter(name).is_some())) {
            return Err(ApiMisuse::EndpointQuery { endpoint: "end_session_endpoint" });
        }
    }
    Ok(url)
}

fn check_extra(extra: &[(String, String)]) -> Result<(), ClientError> {
    let wrong = extra.iter().enumerate().any(|(index, (name, _))| {
        let twice = extra.iter().take(index).any(|(other, _)| other == name);
        name.is_empty() || SENT_HERE.contains(&name.as_str()) || twice
    });
    if wrong { Err(ClientError::Parameter) } else { Ok(()) }
}

/// The parameters that this client writes itself.
const SENT_HERE: &[&str] = &["client_id", "id_token_hint", "logout_hint", "post_logout_redirect_uri", "state"];
