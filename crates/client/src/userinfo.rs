use alloc::{boxed::Box, vec};

use symbolon_id_token::{
    ExpectedUserinfo, IdTokenError, Personal, Userinfo, UserinfoChecks, UserinfoClaims, UserinfoError,
};
use symbolon_jose::{JwtError, KeyAdvice, KeySetCache, UnverifiedJwt, VerifyingKeys};
use symbolon_types::{ErrorCode, Rule, Trace};
use thiserror::Error;
use time::UtcDateTime;

use crate::{
    Client, ClientError, IncomingResponse, KeyHint, OutgoingRequest, ProvidedNonce, ResourceRefusal, Tokens,
    VerifiedTokens,
};

impl VerifiedTokens {
    /// The request for what else the issuer says of who signed in ([OIDC Core §5.3.1]): a GET with the access token, beside a
    /// fresh DPoP proof if it is bound to a key, at the endpoint for mutual TLS if that is what the client does.
    ///
    /// It asks for a signed answer if the client registered one ([`ClientBuilder::userinfo_signed_response_alg`]).
    ///
    /// ```
    /// use symbolon_client::id_token::UserinfoClaims;
    /// use symbolon_client::jose::VerifyingKeys;
    /// use symbolon_client::{IncomingResponse, OutgoingRequest, UserinfoReceived, VerifiedTokens};
    /// use time::UtcDateTime;
    ///
    /// /// Sends what is to be sent, a second time where the endpoint asks for its nonce.
    /// fn userinfo(
    ///     tokens: &VerifiedTokens,
    ///     keys: &VerifyingKeys,
    ///     send: impl Fn(OutgoingRequest) -> IncomingResponse,
    ///     now: UtcDateTime,
    /// ) -> Result<UserinfoClaims, Box<dyn std::error::Error>> {
    ///     let (mut request, mut pending) = tokens.userinfo(now)?;
    ///     loop {
    ///         match pending.receive(&send(request), now)? {
    ///             UserinfoReceived::Claims(claims) => return Ok(claims),
    ///             UserinfoReceived::Signed(answer) => return Ok(answer.verify(keys, now)?),
    ///             UserinfoReceived::SendAgain(again, waits) => (request, pending) = (again, waits),
    ///             UserinfoReceived::Refused(refusal) => return Err(refusal.what_to_do().into()),
    ///             _ => return Err("an answer of a later version".into()),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::NoEndpoint`]: the client was not told of the endpoint.
    /// - [`ClientError::NobodySignedIn`]: `openid` was not granted, and the plan took that.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [`ClientBuilder::userinfo_signed_response_alg`]: crate::ClientBuilder::userinfo_signed_response_alg
    /// [OIDC Core §5.3.1]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoRequest
    pub fn userinfo(&self, now: UtcDateTime) -> Result<(OutgoingRequest, PendingUserinfo), ClientError> {
        let sub = self.identity().ok_or(ClientError::NobodySignedIn)?.sub.clone();
        PendingUserinfo { tokens: Box::new(self.tokens().clone()), sub, is_again: false }.send(None, now)
    }
}

/// The half of a userinfo request that waits for the answer. It knows whom the answer must be about.
#[derive(Debug)]
#[must_use]
pub struct PendingUserinfo {
    tokens: Box<Tokens>,
    sub: Personal,
    /// Whether this is the one time that it is sent again, with the nonce that the endpoint gave.
    is_again: bool,
}

impl PendingUserinfo {
    fn send(self, nonce: Option<&ProvidedNonce>, now: UtcDateTime) -> Result<(OutgoingRequest, Self), ClientError> {
        let client = self.tokens.client();
        let endpoint = client.userinfo_endpoint().ok_or(ClientError::NoEndpoint { endpoint: "userinfo_endpoint" })?;
        let mut credentials = vec![("authorization", self.tokens.authorization())];
        if client.dpop().is_some() {
            let nonce = nonce.map(ProvidedNonce::as_str);
            credentials.push(("dpop", self.tokens.resource_proof("GET", endpoint.as_str(), nonce, now)?));
        }
        let is_signed = client.userinfo_signed_response_alg().is_some();
        let accept = if is_signed { "application/jwt" } else { "application/json" };
        Ok((OutgoingRequest::get(endpoint.clone(), accept, credentials), self))
    }

    /// Takes the answer ([OIDC Core §5.3.2]). `now` is when it came.
    ///
    /// Plain JSON is judged at once: it must be about who signed in. Where the endpoint asks for a nonce in the DPoP proof and
    /// gives it ([RFC 9449 §9]), the same request is made once more, and no third time.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`UserinfoReceiveError::Status`]: a redirect, or another status than 200 that is no refusal.
    /// - [`UserinfoReceiveError::TooLarge`], [`UserinfoReceiveError::MediaType`]: too long, or neither JSON nor a JWT by its
    ///   `Content-Type`.
    /// - [`UserinfoReceiveError::Userinfo`]: JSON that is none, about somebody else, or in place of the signed answer that the
    ///   client registered (security decision D32).
    /// - [`UserinfoReceiveError::SendAgain`]: the endpoint asks for a nonce, and the second request cannot be made.
    ///
    /// [OIDC Core §5.3.2]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    /// [RFC 9449 §9]: https://www.rfc-editor.org/rfc/rfc9449#section-9
    pub fn receive(
        self,
        response: &IncomingResponse,
        now: UtcDateTime,
    ) -> Result<UserinfoReceived, UserinfoReceiveError> {
        let (client, status) = (self.tokens.client(), response.status());
        let (length, limit) = (response.body().len(), client.policy().limits.response_bytes);
        if length > limit {
            return Err(UserinfoReceiveError::TooLarge { length, limit });
        }
        match status {
            200 => {}
            400..=599 => {
                let refusal = ResourceRefusal::new(response, client.dpop().is_some(), now);
                return match response.dpop_nonce().filter(|_| self.asks_for_nonce(&refusal)) {
                    Some(nonce) => {
                        let again = Self { is_again: true, ..self }.send(Some(&nonce), now);
                        let again = again.map(|(request, waits)| UserinfoReceived::SendAgain(request, waits));
                        again.map_err(UserinfoReceiveError::SendAgain)
                    }
                    None => Ok(UserinfoReceived::Refused(refusal)),
                };
            }
            _ => return Err(UserinfoReceiveError::Status { status }),
        }
        match response.media_type().as_deref() {
            Some("application/json") => {
                let (answer, keys) = (Userinfo::Json(response.body()), VerifyingKeys::default());
                Ok(UserinfoReceived::Claims(check(client, &self.sub, answer, &keys, now)?))
            }
            Some("application/jwt") => {
                let text = core::str::from_utf8(response.body());
                let text = Personal::new(text.map_err(|_| UserinfoError::Jwt(IdTokenError::Jwt(JwtError::Malformed)))?);
                Ok(UserinfoReceived::Signed(UnverifiedUserinfo { client: client.clone(), sub: self.sub, text }))
            }
            _ => Err(UserinfoReceiveError::MediaType),
        }
    }

    /// Whether the same request shall come again, if the answer gives a nonce (RFC 9449 §9).
    fn asks_for_nonce(&self, refusal: &ResourceRefusal) -> bool {
        let asks = refusal.status == 401 && refusal.code == Some(ErrorCode::UseDpopNonce);
        asks && self.tokens.client().dpop().is_some() && !self.is_again
    }
}

/// What the userinfo endpoint answered.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum UserinfoReceived {
    /// What the issuer says of who signed in.
    Claims(UserinfoClaims),
    /// The same, signed: not to be had before it is verified.
    Signed(UnverifiedUserinfo),
    /// The same request, to be sent again, and what waits for its answer: the endpoint wants its nonce in the DPoP proof
    /// ([RFC 9449 §9]). It comes at most once for each request.
    ///
    /// [RFC 9449 §9]: https://www.rfc-editor.org/rfc/rfc9449#section-9
    SendAgain(OutgoingRequest, PendingUserinfo),
    /// A refusal.
    Refused(ResourceRefusal),
}

/// A signed answer of the userinfo endpoint that nobody can read yet.
///
/// ```compile_fail,E0599
/// use symbolon_client::{UnverifiedUserinfo, id_token::Personal};
/// fn read(answer: &UnverifiedUserinfo) -> Option<Personal> { answer.pid().ok()? }
/// ```
/// ```
/// use symbolon_client::id_token::{Personal, UserinfoClaims};
/// fn read(claims: &UserinfoClaims) -> Option<Personal> { claims.pid().ok()? }
/// ```
#[derive(Debug)]
#[must_use]
pub struct UnverifiedUserinfo {
    client: Client,
    sub: Personal,
    /// Names a person, and grants nothing.
    text: Personal,
}

impl UnverifiedUserinfo {
    /// Which key will verify it: what its header says, unproven. `None` if it is malformed, which [`Self::verify`] tells.
    pub fn key_hint(&self) -> Option<KeyHint> {
        let jwt = UnverifiedJwt::parse(self.text.as_str()).ok()?;
        Some(KeyHint { kid: jwt.header().kid().map(Into::into), alg: jwt.header().alg() })
    }

    /// Whether the issuer's key set is to be fetched before verifying, as
    /// [`UnverifiedTokens::key_advice`](crate::UnverifiedTokens::key_advice) says it of ID tokens.
    ///
    /// The cache is that of ID tokens where both have one algorithm, else one of its own, whose keys are loaded with
    /// [`Client::userinfo_signed_response_alg`].
    pub fn key_advice(&self, cache: &mut KeySetCache, now: UtcDateTime) -> KeyAdvice {
        let welcome = |hint: &KeyHint| self.client.userinfo_signed_response_alg() == Some(hint.alg);
        let hint = self.key_hint().filter(welcome);
        hint.map_or(KeyAdvice::Use, |hint| cache.advise(hint.kid.as_deref(), Some(hint.alg), now))
    }

    /// Verifies that the issuer said it, to this client, of who signed in ([OIDC Core §5.3.4]).
    ///
    /// `keys` are those that the issuer publishes, loaded with [`Client::userinfo_signed_response_alg`].
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`UserinfoError::Jwt`]: the signature does not verify, it is of another issuer or for another client, it is encrypted,
    ///   or the client registered no signature.
    /// - [`UserinfoError::SubjectMismatch`]: about somebody else.
    ///
    /// [OIDC Core §5.3.4]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponseValidation
    pub fn verify(self, keys: &VerifyingKeys, now: UtcDateTime) -> Result<UserinfoClaims, UserinfoError> {
        check(&self.client, &self.sub, Userinfo::Jwt(self.text.as_str()), keys, now)
    }
}

fn check(
    client: &Client,
    sub: &Personal,
    answer: Userinfo<'_>,
    keys: &VerifyingKeys,
    now: UtcDateTime,
) -> Result<UserinfoClaims, UserinfoError> {
    let registered = client.userinfo_signed_response_alg();
    let expected = ExpectedUserinfo {
        trusted_audiences: client.trusted_audiences(),
        algorithms: registered.as_slice(),
        ..ExpectedUserinfo::new(client.issuer(), client.client_id(), sub)
    };
    let checks = UserinfoChecks { policy: &client.policy().id_token };
    checks.check(answer, keys, &expected, &mut Trace::stop_at_first(), now)
}

/// Why an answer of the userinfo endpoint is neither claims nor a refusal. Holds no text of the answer.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum UserinfoReceiveError {
    /// A redirect, or another status that nobody asked for.
    #[error("the userinfo endpoint answered with status {status}")]
    Status {
        /// The status code.
        status: u16,
    },
    /// The body is too long.
    #[error("body is {length} bytes, limit is {limit}")]
    TooLarge {
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// `Content-Type` is neither `application/json` nor `application/jwt`, or not there once.
    #[error("the userinfo answer is neither JSON nor a JWT by its content type")]
    MediaType,
    /// The body is not accepted.
    #[error(transparent)]
    Userinfo(#[from] UserinfoError),
    /// The endpoint asks for a nonce in the DPoP proof, and the request with it cannot be made.
    #[error("the request with the endpoint's nonce cannot be made")]
    SendAgain(#[source] ClientError),
}

impl UserinfoReceiveError {
    /// The rule that did not hold.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Status { .. } => Rule::ResponseStatus,
            Self::TooLarge { .. } => Rule::ResponseLength,
            Self::MediaType => Rule::ResponseJson,
            Self::Userinfo(error) => error.rule(),
            Self::SendAgain(error) => error.rule(),
        }
    }
}
