use symbolon_token_response::PushedAuthorizationResponse;
use time::UtcDateTime;

use crate::{
    AuthorizationPlan, AuthorizationRequest, Client, ClientError, ErrorAnswer, FailedExchange, IncomingResponse,
    PendingAuthorization, Preparing, neighbour, preparing::Form,
};

impl Client {
    /// Pushes an authorization request ([RFC 9126 §2.1]): what [`Self::authorize`] would put into the URL goes to the server
    /// directly, from a client that authenticates, and the browser carries a reference.
    ///
    /// A client with a key for its tokens names it by `dpop_jkt` ([RFC 9449 §10.1]); there is no proof in this request.
    ///
    /// ```
    /// use symbolon_client::{AuthorizationPlan, Client, IncomingResponse, Pushed};
    /// use symbolon_client::client_auth::ClientAuthentication;
    /// use symbolon_client::types::{ClientId, Issuer, Scope};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use time::UtcDateTime;
    ///
    /// let client = Client::builder(Issuer::parse("https://as.example")?, ClientId::parse("app")?, PROVIDER)
    ///     .authorization_endpoint("https://as.example/authorize")
    ///     .pushed_authorization_request_endpoint("https://as.example/par")
    ///     .token_endpoint("https://as.example/token")
    ///     .authentication(ClientAuthentication::Basic("mysecret".into()))
    ///     .redirect_uri("https://app.example/cb")
    ///     .build()?;
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    ///
    /// let (preparing, pending) = client.push(AuthorizationPlan::new(Scope::parse("openid")?), now)?;
    /// assert_eq!(preparing.ready()?.url(), "https://as.example/par"); // send it, with any HTTP library
    /// let body = br#"{"request_uri":"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c","expires_in":60}"#;
    /// let Pushed::Authorization(request, _pending) = pending.receive(&IncomingResponse::json(201, &body[..]), now)? else {
    ///     return Err("refused".into());
    /// };
    /// assert_eq!(
    ///     request.url().expose(),
    ///     "https://as.example/authorize?client_id=app\
    ///      &request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc_11ACC5bwc014ltc14eY22c"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nothing is sent.
    /// - [`ClientError::NoEndpoint`]: the client was not told where to push.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`]: client authentication cannot be made.
    /// - The others are those of [`Self::authorize`].
    ///
    /// [RFC 9126 §2.1]: https://www.rfc-editor.org/rfc/rfc9126#section-2.1
    /// [RFC 9449 §10.1]: https://www.rfc-editor.org/rfc/rfc9449#section-10.1
    pub fn push(&self, plan: AuthorizationPlan, now: UtcDateTime) -> Result<(Preparing, PendingPush), ClientError> {
        let endpoint = self.pushed_authorization_request_endpoint();
        let to = endpoint.ok_or(ClientError::NoEndpoint { endpoint: "pushed_authorization_request_endpoint" })?.clone();
        let (parameters, pending) = self.plan(plan)?;
        let preparing = Form { to, parameters, has_client_id: true }.prepare(self, now)?;
        Ok((preparing, PendingPush { pending }))
    }
}

/// The half of a pushed authorization request that waits for the server's answer.
#[derive(Debug)]
#[must_use]
pub struct PendingPush {
    pending: PendingAuthorization,
}

impl PendingPush {
    /// Takes the answer ([RFC 9126 §2.2]): 201 with a `request_uri`, which is of use once and for a short time.
    ///
    /// # Errors
    /// Nobody hears a code, and nobody is sent anywhere.
    /// - A [`Failure`](crate::Failure) of the answer: a redirect, HTML, too long, or not an answer of the protocol.
    ///
    /// [RFC 9126 §2.2]: https://www.rfc-editor.org/rfc/rfc9126#section-2.2
    pub fn receive(self, response: &IncomingResponse, now: UtcDateTime) -> Result<Pushed, FailedExchange> {
        let client = self.pending.client();
        if let Some(refused) = neighbour::refusal(client, response, 201, now)? {
            return Ok(Pushed::Refused(refused));
        }
        let limit = client.policy().limits.response_bytes;
        let answer = PushedAuthorizationResponse::parse(response.body(), limit);
        let answer = answer.map_err(|source| FailedExchange::beside_tokens(source, response, now))?;
        let request = client.pushed(&answer, now).map_err(FailedExchange::next_request)?;
        Ok(Pushed::Authorization(request, self.pending))
    }
}

/// What the server answered to a pushed authorization request.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Pushed {
    /// Where the browser is to be sent, and the half that waits for it.
    Authorization(AuthorizationRequest, PendingAuthorization),
    /// A refusal ([RFC 9126 §2.3](https://www.rfc-editor.org/rfc/rfc9126#section-2.3)).
    Refused(ErrorAnswer),
}
