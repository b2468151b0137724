use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use symbolon_id_token::Personal;
use symbolon_jose::parse_json;
use symbolon_token_request::FormEncoder;
use symbolon_token_response::BackchannelAuthenticationResponse;
use symbolon_types::{Scope, Secret};
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use crate::{
    Client, ClientError, ErrorAnswer, FailedExchange, IncomingResponse, Polling, Preparing,
    authorization::{Login, check_extra},
    neighbour,
    polling::{Begun, PollCode},
    preparing::Form,
};

/// Whom a client wants to be asked ([OpenID CIBA §7.1]): exactly one hint, by type. `Debug` shows which kind.
///
/// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Hint {
    /// `login_hint`: what the server knows the user by.
    Login(Personal),
    /// `id_token_hint`: an ID token that the server issued for the user.
    IdToken(Secret),
    /// `login_hint_token`: a token that names the user, in a form that the two have agreed on.
    LoginToken(Secret),
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Hint {
    const fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "login_hint",
            Self::IdToken(_) => "id_token_hint",
            Self::LoginToken(_) => "login_hint_token",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Login(text) => text.as_str(),
            Self::IdToken(token) | Self::LoginToken(token) => token.expose(),
        }
    }
}

/// What a client wants a user to be asked for elsewhere ([OpenID CIBA §7.1]). It is a sign-in always.
///
/// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
#[derive(Clone)]
#[non_exhaustive]
pub struct BackchannelPlan {
    /// `scope`, with `openid` in it.
    pub scope: Scope,
    /// Who.
    pub hint: Hint,
    /// `binding_message`: what the user sees here and there.
    pub binding_message: Option<String>,
    /// `user_code`: what only the user knows, where the server asks for it.
    pub user_code: Option<Secret>,
    /// `requested_expiry`, in whole seconds.
    pub requested_expiry: Option<Duration>,
    /// `acr_values`, in order of preference. The ID token must then have one of them, or what reaches it by the order of the
    /// client's policy.
    pub acr_values: Vec<String>,
    /// Whether the client registered to be told (`backchannel_token_delivery_mode` `ping`): a token for that is sent along, and
    /// [`BackchannelAsked::Pending`] knows it.
    pub ping: bool,
    /// Further parameters: what a provider knows.
    pub extra: Vec<(String, String)>,
}

impl BackchannelPlan {
    /// Asks this user for this scope and nothing else.
    pub const fn new(scope: Scope, hint: Hint) -> Self {
        Self {
            scope,
            hint,
            binding_message: None,
            user_code: None,
            requested_expiry: None,
            acr_values: Vec::new(),
            ping: false,
            extra: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), ClientError> {
        check_extra(&self.extra)?;
        let is_taken = self.extra.iter().any(|(name, _)| WRITTEN.contains(&name.as_str()));
        let is_blank = self.hint.text().is_empty() || self.binding_message.as_deref().is_some_and(str::is_empty);
        let has_controls = self.binding_message.as_deref().is_some_and(|text| text.chars().any(char::is_control));
        let expiry = self.requested_expiry.is_some_and(|expiry| expiry < Duration::SECOND);
        let acr = self.acr_values.iter().any(|value| value.is_empty() || value.contains(' '));
        let openid = !self.scope.contains("openid");
        if is_taken || is_blank || has_controls || expiry || acr || openid {
            Err(ClientError::Parameter)
        } else {
            Ok(())
        }
    }
}

/// The parameters that are written here beside those of authorization requests.
const WRITTEN: &[&str] = &[
    "id_token_hint",
    "login_hint_token",
    "binding_message",
    "user_code",
    "requested_expiry",
    "client_notification_token",
    "auth_req_id",
];

/// Hints, messages and further parameters may name people.
impl fmt::Debug for BackchannelPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelPlan")
            .field("scope", &self.scope)
            .field("hint", &self.hint)
            .field("binding_message", &self.binding_message.is_some())
            .field("requested_expiry", &self.requested_expiry)
            .field("acr_values", &self.acr_values)
            .field("ping", &self.ping)
            .field("extra", &self.extra.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins at the backchannel authentication endpoint ([OpenID CIBA §7.1]): somebody is asked on a device of her own.
    ///
    /// ```
    /// use symbolon_client::client_auth::ClientAuthentication;
    /// use symbolon_client::id_token::Personal;
    /// use symbolon_client::types::{ClientId, Issuer, Scope};
    /// use symbolon_client::{BackchannelAsked, BackchannelPlan, Client, Hint, IncomingResponse};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use time::UtcDateTime;
    ///
    /// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("shop")?, PROVIDER)
    ///     .token_endpoint("https://as.example/token")
    ///     .backchannel_authentication_endpoint("https://as.example/bc-authorize")
    ///     .authentication(ClientAuthentication::Basic("mysecret".into()))
    ///     .build()?;
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let hint = Hint::Login(Personal::new("janedoe@example.com"));
    /// let mut plan = BackchannelPlan::new(Scope::parse("openid")?, hint);
    /// plan.binding_message = Some("W4SCT".into()); // show it to the user here, too
    /// let (preparing, pending) = client.authenticate_backchannel(plan, now)?;
    /// let form = "scope=openid&login_hint=janedoe%40example.com&binding_message=W4SCT";
    /// assert_eq!(preparing.ready()?.body().expose(), form); // send it, with any HTTP library
    ///
    /// let body = br#"{"auth_req_id":"1c266114-a1be-4252-8ad1-04986c5b9ac1","expires_in":120,"interval":2}"#;
    /// let BackchannelAsked::Pending(polling) = pending.receive(&IncomingResponse::json(200, &body[..]), now)? else {
    ///     return Err("refused".into());
    /// };
    /// assert_eq!(polling.polling().interval(), time::Duration::seconds(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nothing is sent.
    /// - [`ClientError::PublicClient`]: a client that cannot authenticate must not ask (security decision D26).
    /// - [`ClientError::NoEndpoint`]: the client was not told of the endpoint.
    /// - [`ClientError::Parameter`]: no `openid`, an empty hint or message, a message with control characters, an expiry below a
    ///   second, or a further parameter that this client writes itself, that has no name or comes twice.
    /// - [`ClientError::Random`]: the source of randomness failed.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`]: client authentication cannot be made.
    ///
    /// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
    pub fn authenticate_backchannel(
        &self,
        plan: BackchannelPlan,
        now: UtcDateTime,
    ) -> Result<(Preparing, PendingBackchannel), ClientError> {
        if self.authentication().is_public() {
            return Err(ClientError::PublicClient);
        }
        let endpoint = self.backchannel_authentication_endpoint();
        let to = endpoint.ok_or(ClientError::NoEndpoint { endpoint: "backchannel_authentication_endpoint" })?.clone();
        plan.check()?;
        let mut parameters = FormEncoder::new();
        parameters.push("scope", plan.scope.as_str());
        parameters.push(plan.hint.name(), plan.hint.text());
        if let Some(message) = &plan.binding_message {
            parameters.push("binding_message", message);
        }
        if let Some(code) = &plan.user_code {
            parameters.push_secret("user_code", code);
        }
        if let Some(expiry) = plan.requested_expiry {
            parameters.push("requested_expiry", &expiry.whole_seconds().to_string());
        }
        if !plan.acr_values.is_empty() {
            parameters.push("acr_values", &plan.acr_values.join(" "));
        }
        let notification = if plan.ping { Some(self.notification_token()?) } else { None };
        if let Some(token) = &notification {
            parameters.push_secret("client_notification_token", token);
        }
        for (name, value) in &plan.extra {
            parameters.push(name, value);
        }
        let preparing = Form { to, parameters, has_client_id: false }.prepare(self, now)?;
        let login = Login {
            nonce: None,
            max_age: None,
            acr_values: plan.acr_values,
            acr_levels: Vec::new(),
            may_lack_id_token: false,
        };
        Ok((preparing, PendingBackchannel { client: self.clone(), scope: plan.scope, login, notification }))
    }

    /// 256 bits; [OpenID CIBA §7.1] asks for 128, and for 160 rather.
    ///
    /// [OpenID CIBA §7.1]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request
    fn notification_token(&self) -> Result<Secret, ClientError> {
        let mut octets = Zeroizing::new([0; 32]);
        self.crypto().random.fill(&mut *octets)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(octets.as_slice())))
    }
}

/// The half of a backchannel authentication request that waits for the answer.
#[derive(Debug)]
#[must_use]
pub struct PendingBackchannel {
    client: Client,
    scope: Scope,
    login: Login,
    notification: Option<Secret>,
}

impl PendingBackchannel {
    /// Takes the answer ([OpenID CIBA §7.3]). `now` is when it came: the interval and the lifetime count from there.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - A [`Failure`](crate::Failure) of the answer: a redirect, HTML, too long, or not an answer of the protocol.
    ///
    /// [OpenID CIBA §7.3]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#successful_authentication_request_acknowdlegment
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<BackchannelAsked, FailedExchange> {
        if let Some(refused) = neighbour::refusal(&self.client, response, 200, now)? {
            return Ok(BackchannelAsked::Refused(refused));
        }
        let limit = self.client.policy().limits.response_bytes;
        let answer = BackchannelAuthenticationResponse::parse(response.body(), limit);
        let answer = answer.map_err(|source| FailedExchange::beside_tokens(source, response, now))?;
        let begun = Begun {
            code: PollCode::Backchannel(answer.auth_req_id),
            scope: Some(self.scope),
            login: Some(self.login),
            interval: answer.interval,
            lifetime: answer.expires_in,
        };
        let polling = Polling::new(self.client, begun, now);
        Ok(BackchannelAsked::Pending(Backchannel { polling, notification: self.notification, was_told: false }))
    }
}

/// What the backchannel authentication endpoint answered.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum BackchannelAsked {
    /// The user is asked.
    Pending(Backchannel),
    /// A refusal ([OpenID CIBA §13]).
    ///
    /// [OpenID CIBA §13]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_error_response
    Refused(ErrorAnswer),
}

/// A client that waits for a user's decision: it polls, or is told when to.
#[derive(Debug)]
#[must_use]
pub struct Backchannel {
    polling: Polling,
    notification: Option<Secret>,
    was_told: bool,
}

impl Backchannel {
    /// When to ask, and what.
    pub const fn polling(&self) -> &Polling {
        &self.polling
    }

    /// The same, to ask. A client that registered `ping` may wait to be told, and asks all the same when nobody told it.
    pub const fn polling_mut(&mut self) -> &mut Polling {
        &mut self.polling
    }

    /// Takes the server's message that the user has decided ([OpenID CIBA §10.2]): the value of its `Authorization` header, and
    /// its body of JSON. The next poll may then be sent at once, the first time that it comes. Answer 204 to it, and 401 where this refuses.
    ///
    /// It says nothing about what was decided: the token endpoint does.
    ///
    /// ```
    /// use symbolon_client::{Backchannel, PingError};
    /// use time::UtcDateTime;
    ///
    /// fn status(waiting: &mut Backchannel, authorization: &[u8], body: &[u8], now: UtcDateTime) -> u16 {
    ///     if waiting.pinged(authorization, body, now).is_ok() { 204 } else { 401 }
    /// }
    /// ```
    ///
    /// # Errors
    /// Nobody hears a code, and nothing is changed.
    /// - [`PingError::NotAsked`]: the client did not ask to be told.
    /// - [`PingError::Token`]: not the token that was sent along, compared in constant time.
    /// - [`PingError::Body`]: no JSON object of 16 KiB at most with the `auth_req_id` of this request.
    ///
    /// [OpenID CIBA §10.2]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback
    pub fn pinged(&mut self, authorization: &[u8], body: &[u8], now: UtcDateTime) -> Result<(), PingError> {
        let expected = self.notification.as_ref().ok_or(PingError::NotAsked)?;
        if bearer(authorization).as_ref() != Some(expected) {
            return Err(PingError::Token);
        }
        if body.len() > MAX_PING_BYTES {
            return Err(PingError::Body);
        }
        let message: Value = parse_json(body).map_err(|_| PingError::Body)?;
        let id = message.get("auth_req_id").and_then(Value::as_str).ok_or(PingError::Body)?;
        if !self.polling.is_of(&Secret::new(id)) {
            return Err(PingError::Body);
        }
        // One message is enough; the same one again must not make a client poll as often as somebody else likes.
        if !self.was_told {
            self.was_told = true;
            self.polling.now(now);
        }
        Ok(())
    }
}

/// RFC 6750 §2.1: the scheme without case, one space, the token.
fn bearer(value: &[u8]) -> Option<Secret> {
    let (scheme, token) = core::str::from_utf8(value).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token))
}

/// Longest message that is read, in bytes: it has an `auth_req_id` in it.
const MAX_PING_BYTES: usize = 16 * 1024;

/// Why a message is not believed. Holds nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PingError {
    /// The client did not ask to be told.
    #[error("nobody asked for a notification")]
    NotAsked,
    /// It does not carry the token that was sent along.
    #[error("the notification does not carry the token that was sent along")]
    Token,
    /// It is not about this request.
    #[error("the notification is not about this request")]
    Body,
}
