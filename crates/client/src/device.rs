use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_token_request::FormEncoder;
use symbolon_token_response::{DeviceAuthorizationResponse, ResponseError};
use symbolon_types::Scope;
use time::{Duration, UtcDateTime};

use crate::{
    Client, ClientError, EndpointUrl, ErrorAnswer, FailedExchange, IncomingResponse, Polling, Preparing,
    authorization::{Login, check_extra},
    neighbour,
    polling::{Begun, PollCode},
    preparing::Form,
};

/// What a device without a browser asks its user for ([RFC 8628 §3.1]). With `openid` in its scope it is a sign-in.
///
/// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
#[derive(Clone)]
#[non_exhaustive]
pub struct DevicePlan {
    /// `scope`
    pub scope: Scope,
    /// Takes tokens without ID token, if the server says that it did not grant `openid`.
    pub may_lack_id_token: bool,
    /// The ID token must then have a recent enough `auth_time`. It is not sent: the specification has no parameter for it.
    pub max_age: Option<Duration>,
    /// Further parameters: `resource`, what a provider knows.
    pub extra: Vec<(String, String)>,
}

impl DevicePlan {
    /// Asks for this scope and nothing else.
    pub const fn new(scope: Scope) -> Self {
        Self { scope, may_lack_id_token: false, max_age: None, extra: Vec::new() }
    }
}

/// Further parameters may name people: they are counted.
impl fmt::Debug for DevicePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicePlan")
            .field("scope", &self.scope)
            .field("may_lack_id_token", &self.may_lack_id_token)
            .field("max_age", &self.max_age)
            .field("extra", &self.extra.len())
            .finish()
    }
}

impl Client {
    /// Begins at the device authorization endpoint ([RFC 8628 §3.1]).
    ///
    /// ```
    /// use symbolon_client::types::{ClientId, Issuer, Scope};
    /// use symbolon_client::{Client, DeviceAsked, DevicePlan, IncomingResponse};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use time::{Duration, UtcDateTime};
    ///
    /// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("tv")?, PROVIDER)
    ///     .token_endpoint("https://as.example/token")
    ///     .device_authorization_endpoint("https://as.example/device_authorization")
    ///     .build()?;
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let (preparing, pending) = client.authorize_device(DevicePlan::new(Scope::parse("read")?), now)?;
    /// assert_eq!(preparing.ready()?.body().expose(), "scope=read&client_id=tv"); // send it, with any HTTP library
    ///
    /// let body = br#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT",
    ///     "verification_uri":"https://as.example/device","expires_in":1800,"interval":5}"#;
    /// let DeviceAsked::Prompt(prompt, mut polling) = pending.receive(&IncomingResponse::json(200, &body[..]), now)? else {
    ///     return Err("refused".into());
    /// };
    /// assert_eq!(prompt.user_code(), "WDJB-MJHT"); // show it, and where it is typed in
    /// assert!(polling.poll(now).is_err(), "not before five seconds are over");
    /// assert!(polling.poll(now + Duration::seconds(5)).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nothing is sent.
    /// - [`ClientError::NoEndpoint`]: the client was not told of the endpoint.
    /// - [`ClientError::Parameter`]: a further parameter that this client writes itself, that has no name or comes twice; a
    ///   `max_age` below zero, or without `openid`.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`]: client authentication cannot be made.
    ///
    /// [RFC 8628 §3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
    pub fn authorize_device(
        &self,
        plan: DevicePlan,
        now: UtcDateTime,
    ) -> Result<(Preparing, PendingDevice), ClientError> {
        let endpoint = self.device_authorization_endpoint();
        let to = endpoint.ok_or(ClientError::NoEndpoint { endpoint: "device_authorization_endpoint" })?.clone();
        check_extra(&plan.extra)?;
        let is_openid = plan.scope.contains("openid");
        if plan.max_age.is_some_and(|max_age| max_age.is_negative() || !is_openid) {
            return Err(ClientError::Parameter);
        }
        let mut parameters = FormEncoder::new();
        if !plan.scope.is_empty() {
            parameters.push("scope", plan.scope.as_str());
        }
        for (name, value) in &plan.extra {
            parameters.push(name, value);
        }
        let preparing = Form { to, parameters, has_client_id: false }.prepare(self, now)?;
        let login = is_openid.then_some(Login {
            nonce: None,
            max_age: plan.max_age,
            acr_values: Vec::new(),
            acr_levels: Vec::new(),
            may_lack_id_token: plan.may_lack_id_token,
        });
        let scope = Some(plan.scope).filter(|scope| !scope.is_empty());
        Ok((preparing, PendingDevice { client: self.clone(), scope, login }))
    }
}

/// The half of a device authorization request that waits for the answer.
#[derive(Debug)]
#[must_use]
pub struct PendingDevice {
    client: Client,
    scope: Option<Scope>,
    login: Option<Login>,
}

impl PendingDevice {
    /// Takes the answer ([RFC 8628 §3.2]). `now` is when it came: the interval and the lifetime count from there.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - A [`Failure`](crate::Failure) of the answer: a redirect, HTML, too long, or not an answer of the protocol; or it sends
    ///   users to a page that is neither https nor on loopback.
    ///
    /// [RFC 8628 §3.2]: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<DeviceAsked, FailedExchange> {
        if let Some(refused) = neighbour::refusal(&self.client, response, 200, now)? {
            return Ok(DeviceAsked::Refused(refused));
        }
        let failed = |source| FailedExchange::beside_tokens(source, response, now);
        let limit = self.client.policy().limits.response_bytes;
        let answer = DeviceAuthorizationResponse::parse(response.body(), limit).map_err(failed)?;
        let complete = answer.verification_uri_complete;
        for (name, uri) in
            [("verification_uri", Some(&answer.verification_uri)), ("verification_uri_complete", complete.as_ref())]
        {
            if uri.is_some_and(|uri| EndpointUrl::parse(uri).is_err()) {
                return Err(failed(ResponseError::InvalidMember { name }));
            }
        }
        let prompt = DevicePrompt {
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            verification_uri_complete: complete,
            expires_at: now.saturating_add(answer.expires_in),
        };
        let begun = Begun {
            code: PollCode::Device(answer.device_code),
            scope: self.scope,
            login: self.login,
            interval: answer.interval,
            lifetime: answer.expires_in,
        };
        Ok(DeviceAsked::Prompt(prompt, Polling::new(self.client, begun, now)))
    }
}

/// What the device authorization endpoint answered.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum DeviceAsked {
    /// What to show, and the client that asks whether the user has decided.
    Prompt(DevicePrompt, Polling),
    /// A refusal.
    Refused(ErrorAnswer),
}

/// What a device shows its user ([RFC 8628 §3.3]). `Debug` does not show the code: whoever types it in decides.
///
/// [RFC 8628 §3.3]: https://www.rfc-editor.org/rfc/rfc8628#section-3.3
#[derive(Clone, Eq, PartialEq)]
pub struct DevicePrompt {
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_at: UtcDateTime,
}

impl DevicePrompt {
    /// What the user types in: visible ASCII and spaces.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where: https, or http on loopback.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// The same with the code in it, for a QR code beside the two ([RFC 8628 §3.3.1]).
    ///
    /// [RFC 8628 §3.3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.verification_uri_complete.as_deref()
    }

    /// Until when the user may decide.
    pub const fn expires_at(&self) -> UtcDateTime {
        self.expires_at
    }
}

impl fmt::Debug for DevicePrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicePrompt")
            .field("verification_uri", &self.verification_uri)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
