use http::{HeaderValue, header};
use reqwest::{Method, Request};
use symbolon_client::EndpointUrl;
use symbolon_types::Secret;

use crate::{NotifyError, SendError, Sender, sender::url};

impl Sender {
    /// Tells a client that its user has decided, for a server ([OpenID CIBA §10.2]): JSON by `POST`, with the token that the client
    /// gave for it. It is sent once. Of the answer the status is read and nothing else.
    ///
    /// ```no_run
    /// use symbolon_client::EndpointUrl;
    /// use symbolon_reqwest::{NotifyError, Sender, is_public, types::Secret};
    ///
    /// async fn ping(token: &Secret, body: &Secret) -> Result<(), Box<dyn std::error::Error>> {
    ///     let sender = Sender::builder().only_addresses(is_public).build()?;
    ///     Ok(sender.notify(&EndpointUrl::parse("https://client.example/cb")?, token, body).await?)
    /// }
    /// ```
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`NotifyError::Send`]: no answer; [`SendError::Request`] if the token cannot stand in a header.
    /// - [`NotifyError::UnexpectedStatus`]: neither 204 nor 200; a redirect is one of these, and is not followed.
    ///
    /// # Security
    /// The URL is the client's: judge the addresses that it has ([`SenderBuilder::only_addresses`]).
    ///
    /// [OpenID CIBA §10.2]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback
    /// [`SenderBuilder::only_addresses`]: crate::SenderBuilder::only_addresses
    pub async fn notify(&self, endpoint: &EndpointUrl, token: &Secret, body: &Secret) -> Result<(), NotifyError> {
        let mut sent = Request::new(Method::POST, url(endpoint.as_str())?);
        let authorization = Secret::new(format!("Bearer {}", token.expose()));
        let mut authorization = HeaderValue::from_str(authorization.expose()).map_err(|_| SendError::Request)?;
        // The libraries below leave its value out of what they print.
        authorization.set_sensitive(true);
        sent.headers_mut().insert(header::AUTHORIZATION, authorization);
        sent.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *sent.body_mut() = Some(body.expose().to_owned().into());
        match self.execute(sent).await?.status().as_u16() {
            200 | 204 => Ok(()),
            status => Err(NotifyError::UnexpectedStatus { status }),
        }
    }
}
