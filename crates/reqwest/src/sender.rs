use core::{fmt, net::IpAddr};

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request, Response, Url};
use symbolon_client::{IncomingResponse, OutgoingRequest, Received, Sending};
use symbolon_policy::MAX_RESPONSE_BYTES;
use time::UtcDateTime;

use crate::{BuildError, RequestError, SendError, SenderBuilder, body};

/// Sends token requests and pings, and fetches metadata and key sets: a [`reqwest::Client`] that follows no redirect, tries nothing
/// twice, reads no more than it may, and trusts `webpki-roots` by rustls on ring.
///
/// A cheap handle with a pool of connections: make one and clone it. It needs a tokio runtime with I/O and time.
///
/// ```no_run
/// use symbolon_client::{Client, Received};
/// use symbolon_reqwest::Sender;
/// use time::UtcDateTime;
///
/// async fn token(client: &Client, sender: &Sender) -> Result<Received, Box<dyn std::error::Error>> {
///     let (request, pending) = client.client_credentials(None, UtcDateTime::now())?.ready()?;
///     let response = sender.send(request).await?;
///     Ok(pending.receive(&response, UtcDateTime::now())?)
/// }
/// ```
///
/// # Security
/// Which addresses a host has is not judged unless asked for: where issuers come from strangers, do so by
/// [`SenderBuilder::only_addresses`] (RFC 8414 §6). Copies that the HTTP and TLS libraries make of a request are not wiped.
#[derive(Clone)]
pub struct Sender {
    client: reqwest::Client,
    only_addresses: Option<fn(IpAddr) -> bool>,
}

impl Sender {
    /// A sender with the defaults of [`Self::builder`].
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`BuildError::Tls`], [`BuildError::Client`]: the libraries below refuse.
    pub fn new() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// Starts building a sender: public authorities, no proxy, [`CONNECT_TIMEOUT`](crate::CONNECT_TIMEOUT) and
    /// [`TIMEOUT`](crate::TIMEOUT).
    pub const fn builder() -> SenderBuilder {
        SenderBuilder::new()
    }

    pub(crate) const fn new_with(client: reqwest::Client, only_addresses: Option<fn(IpAddr) -> bool>) -> Self {
        Self { client, only_addresses }
    }

    /// Sends a token request once and reads the answer, whatever its status: a redirect comes back as one, for the
    /// client to refuse ([RFC 9700 §4.12]).
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`SendError::Request`], [`SendError::Address`], [`SendError::Connect`]: nothing was sent.
    /// - [`SendError::Timeout`], [`SendError::BrokeOff`]: the server may have acted on the request.
    /// - [`SendError::TooLarge`]: the answer has more than [`MAX_RESPONSE_BYTES`], and the server has acted.
    ///
    /// What that means for a code or refresh token says [`PendingTokens::lost`](symbolon_client::PendingTokens::lost), which is
    /// told [`SendError::delivery`].
    ///
    /// [RFC 9700 §4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
    pub async fn send(&self, request: OutgoingRequest) -> Result<IncomingResponse, SendError> {
        let method = if request.method() == "GET" { Method::GET } else { Method::POST };
        let mut sent = Request::new(method, url(request.url())?);
        *sent.headers_mut() = headers(&request)?;
        if request.method() != "GET" {
            *sent.body_mut() = Some(request.body().expose().to_owned().into());
        }
        self.exchange(sent, MAX_RESPONSE_BYTES).await
    }

    /// Sends a token request and has its answer judged. Where the server asks for its nonce in the DPoP proof, the request that
    /// the client then makes is sent too ([RFC 9449 §8]): there is one at most, and nothing else is sent again. `now` reads the
    /// clock whenever an answer is there.
    ///
    /// It gives [`Received::SendAgain`] only if a key elsewhere must sign that second request: sign, and call it again.
    ///
    /// ```no_run
    /// use symbolon_client::{Client, Received};
    /// use symbolon_reqwest::{RequestError, Sender};
    /// use time::UtcDateTime;
    ///
    /// async fn token(client: &Client, sender: &Sender) -> Result<Received, RequestError> {
    ///     sender.request_tokens(client.client_credentials(None, UtcDateTime::now())?, UtcDateTime::now).await
    /// }
    /// ```
    ///
    /// # Errors
    /// Nobody hears a wire code.
    /// - [`RequestError::Request`]: a key elsewhere must sign first.
    /// - [`RequestError::Send`]: no answer; see [`Self::send`]. It says what became of the grant.
    /// - [`RequestError::Receive`]: no valid answer; see [`PendingTokens::receive`](symbolon_client::PendingTokens::receive).
    ///
    /// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
    pub async fn request_tokens(
        &self,
        mut sending: Sending,
        now: impl Fn() -> UtcDateTime,
    ) -> Result<Received, RequestError> {
        loop {
            let (request, pending) = sending.ready()?;
            let response = match self.send(request).await {
                Ok(response) => response,
                Err(source) => {
                    let outcome = pending.lost(source.delivery()).outcome();
                    return Err(RequestError::Send { source, outcome });
                }
            };
            match pending.receive(&response, now())? {
                Received::SendAgain(again @ Sending::Ready(..)) => sending = again,
                received => return Ok(received),
            }
        }
    }

    /// Fetches a JSON document. The URL was judged.
    pub(crate) async fn get(&self, judged_url: &str, limit: usize) -> Result<IncomingResponse, SendError> {
        let mut sent = Request::new(Method::GET, url(judged_url)?);
        sent.headers_mut().insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        self.exchange(sent, limit).await
    }

    /// Sends a request, and reads nothing of the answer's body.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, SendError> {
        // Of names the resolver judges the addresses; it is not asked for what is an address already.
        if let (Some(take), Some(address)) = (self.only_addresses, address(request.url()))
            && !take(address)
        {
            return Err(SendError::Address);
        }
        self.client.execute(request).await.map_err(SendError::from_reqwest)
    }

    async fn exchange(&self, request: Request, limit: usize) -> Result<IncomingResponse, SendError> {
        let response = self.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = body::read(response, limit).await?;
        let add = |answer: IncomingResponse, (name, value): (&HeaderName, &HeaderValue)| {
            answer.with_header(name.as_str(), value.as_bytes())
        };
        Ok(headers.iter().fold(IncomingResponse::new(status, body), add))
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

pub(crate) fn url(text: &str) -> Result<Url, SendError> {
    Url::parse(text).map_err(|_| SendError::Request)
}

/// The headers, each marked as sensitive: the libraries below then leave its value out of what they print.
fn headers(request: &OutgoingRequest) -> Result<HeaderMap, SendError> {
    let mut map = HeaderMap::new();
    for (name, value) in request.headers() {
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| SendError::Request)?;
        value.set_sensitive(true);
        map.append(HeaderName::from_static(name), value);
    }
    Ok(map)
}
