use alloc::{boxed::Box, string::String, vec::Vec};

use serde_json::Value;
use symbolon_token_request::{TokenExchangeRequest, TokenType};
use symbolon_token_response::TokenResponse;
use symbolon_types::{Scope, Secret};
use time::UtcDateTime;

use crate::{
    AuthorizationDetails, Client, ClientError, Failure, GrantAssertion, ProvidedNonce, Sending, Tokens,
    exchange::{Exchange, Grant, Identity},
    target::Target,
};

/// What a client wants to exchange, and for what ([RFC 8693 §2.1]).
///
/// ```
/// use symbolon_client::{TokenExchangePlan, token_request::TokenType};
/// // RFC 8693 §2.3
/// let mut plan = TokenExchangePlan::new("accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC", TokenType::AccessToken);
/// plan.resource.push("https://backend.example.com/api".into());
/// ```
///
/// [RFC 8693 §2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenExchangePlan {
    /// `subject_token`: of the party in whose name the new token is.
    pub subject_token: Secret,
    /// `subject_token_type`
    pub subject_token_type: TokenType,
    /// `actor_token` with `actor_token_type`: of the party that acts.
    pub actor_token: Option<(Secret, TokenType)>,
    /// `requested_token_type`; `None` leaves it to the server.
    pub requested_token_type: Option<TokenType>,
    /// `resource`: where the token will be used, each an absolute URI without fragment
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub resource: Vec<String>,
    /// `audience`: the same by names that the server knows.
    pub audience: Vec<String>,
    /// `scope`; `None` leaves it to the server.
    pub scope: Option<Scope>,
}

impl TokenExchangePlan {
    /// Exchanges this token, and leaves everything else to the server.
    pub fn new(subject_token: impl Into<Secret>, subject_token_type: TokenType) -> Self {
        Self {
            subject_token: subject_token.into(),
            subject_token_type,
            actor_token: None,
            requested_token_type: None,
            resource: Vec::new(),
            audience: Vec::new(),
            scope: None,
        }
    }

    fn check(&self) -> Result<(), ClientError> {
        let actor = self.actor_token.as_ref();
        if self.subject_token.is_empty() || actor.is_some_and(|(token, _)| token.is_empty()) {
            return Err(ClientError::EmptySecret);
        }
        let has_no_name = |kind: &TokenType| kind.as_str().is_empty();
        let nameless = has_no_name(&self.subject_token_type)
            || actor.is_some_and(|(_, kind)| has_no_name(kind))
            || self.requested_token_type.as_ref().is_some_and(has_no_name);
        if nameless { Err(ClientError::Parameter) } else { Ok(()) }
    }
}

impl Client {
    /// The token request that exchanges a token for another one ([RFC 8693 §2.1]).
    ///
    /// The answer says what was issued, and it is what was asked for ([RFC 8693 §2.2.1]). An access token comes as
    /// [`Received::Tokens`](crate::Received::Tokens), with an ID token that stays unverified bytes (security decision D31), and
    /// anything that is none as [`Received::Issued`](crate::Received::Issued), which cannot be sent to a resource.
    ///
    /// ```
    /// use symbolon_client::client_auth::ClientAuthentication;
    /// use symbolon_client::token_request::TokenType;
    /// use symbolon_client::types::{ClientId, Issuer};
    /// use symbolon_client::{Client, IncomingResponse, Received, TokenExchangePlan};
    /// use symbolon_crypto_ring::PROVIDER;
    /// use time::UtcDateTime;
    ///
    /// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
    /// let client = |issuer: &str| {
    ///     Client::builder(Issuer::parse(issuer)?, ClientId::parse("chat")?, PROVIDER)
    ///         .token_endpoint(format!("{issuer}/token"))
    ///         .authentication(ClientAuthentication::Basic("mysecret".into()))
    ///         .build()
    ///         .map_err(Box::<dyn std::error::Error>::from)
    /// };
    ///
    /// // 1. The identity provider says who is there, for another server: an ID-JAG for an ID token.
    /// let mut plan = TokenExchangePlan::new("eyJraWQiOiJzMTZ0cVNtODhwREo4VGZCXzdrSEtQ...", TokenType::IdToken);
    /// plan.requested_token_type = Some(TokenType::IdJag);
    /// plan.audience.push("https://acme.chat.example".into());
    /// let (_request, pending) = client("https://acme.idp.example")?.exchange_token(plan, now)?.ready()?; // send it
    /// let body = br#"{"issued_token_type":"urn:ietf:params:oauth:token-type:id-jag","access_token":"eyJ0eXAiOiJvYXV0aC1",
    ///     "token_type":"N_A","expires_in":300}"#;
    /// let Received::Issued(id_jag) = pending.receive(&IncomingResponse::json(200, &body[..]), now)? else {
    ///     return Err("refused".into());
    /// };
    ///
    /// // 2. That server takes it as a grant.
    /// let assertion = id_jag.grant_assertion().ok_or("no assertion")?;
    /// let (request, _pending) = client("https://acme.chat.example")?.jwt_bearer(assertion, now)?.ready()?;
    /// assert!(request.body().expose().ends_with("&assertion=eyJ0eXAiOiJvYXV0aC1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::EmptySecret`]: a token has no text.
    /// - [`ClientError::Parameter`]: a `resource` is no absolute URI or has a fragment, an `audience` is empty or has control
    ///   characters, or the type of a token has no text.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: client authentication cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 8693 §2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
    /// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
    pub fn exchange_token(&self, plan: TokenExchangePlan, now: UtcDateTime) -> Result<Sending, ClientError> {
        plan.check()?;
        let target = Target::new(plan.resource, AuthorizationDetails::NONE)?.with_audience(plan.audience)?;
        let mut request = TokenExchangeRequest::new(plan.subject_token, plan.subject_token_type);
        request.actor_token = plan.actor_token;
        request.requested_token_type = plan.requested_token_type;
        request.scope.clone_from(&plan.scope);
        let grant = Grant::TokenExchange(request);
        Exchange::new(self.clone(), grant, plan.scope, Identity::None).with(target).send(now)
    }
}

/// A token of an exchange that is no access token ([RFC 8693 §2.2.1]): an ID-JAG, an ID token, a refresh token. Its
/// `token_type` is `N_A`, so there is no value for an `Authorization` header:
///
/// ```compile_fail,E0599
/// use symbolon_client::{IssuedToken, types::Secret};
/// fn call(token: &IssuedToken) -> Secret { token.authorization() }
/// ```
/// ```
/// use symbolon_client::{Tokens, types::Secret};
/// fn call(token: &Tokens) -> Secret { token.authorization() }
/// ```
///
/// Nothing of it is verified: it is for the party that it will be shown to.
///
/// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
#[derive(Clone, Debug)]
#[must_use]
pub struct IssuedToken {
    client: Client,
    kind: TokenType,
    response: TokenResponse,
    asked: Option<Scope>,
    received_at: UtcDateTime,
}

impl IssuedToken {
    pub(crate) fn new(exchange: Exchange, kind: TokenType, response: TokenResponse, received_at: UtcDateTime) -> Self {
        let Exchange { client, scope: asked, .. } = exchange;
        Self { client, kind, response, asked, received_at }
    }

    /// The token: the member `access_token`, whatever it is.
    pub const fn token(&self) -> &Secret {
        &self.response.access_token
    }

    /// What it is: `issued_token_type`.
    pub const fn issued_token_type(&self) -> &TokenType {
        &self.kind
    }

    /// The same as a grant for the server that it is for, if it is a JWT that can be one:
    /// [`Client::jwt_bearer`] of that server's client.
    pub fn grant_assertion(&self) -> Option<GrantAssertion> {
        matches!(self.kind, TokenType::IdJag | TokenType::Jwt).then(|| GrantAssertion::given(self.token().clone()))
    }

    /// A refresh token beside it, if there is one.
    pub const fn refresh_token(&self) -> Option<&Secret> {
        self.response.refresh_token.as_ref()
    }

    /// The scope of the token: what the server says, else what was asked for. `None` if nobody said.
    pub fn scope(&self) -> Option<&Scope> {
        self.response.scope.as_ref().or(self.asked.as_ref())
    }

    /// When the answer came.
    pub const fn received_at(&self) -> UtcDateTime {
        self.received_at
    }

    /// When the token expires: its lifetime after the answer came. `None` if the server does not tell.
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        self.response.expires_in.map(|lifetime| self.received_at.saturating_add(lifetime))
    }

    /// The nonce for the client's next DPoP proof at the token endpoint: see [`Tokens::dpop_nonce`].
    pub const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.client.dpop_nonce()
    }

    /// The whole answer.
    pub const fn response(&self) -> &TokenResponse {
        &self.response
    }
}

impl Tokens {
    /// What was issued, of a token exchange ([RFC 8693 §2.2.1]): an access token, or another kind that is used as one. `None`
    /// if the server does not tell, as in the answers to other grants.
    ///
    /// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
    pub fn issued_token_type(&self) -> Option<TokenType> {
        issued(self.response())
    }
}

/// Judges that what was issued is what was asked for ([RFC 8693 §2.2.1]), and says what it is if it is no access token.
/// Answers to other grants pass.
///
/// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
pub(crate) fn no_access_token(
    exchange: &Exchange,
    response: &TokenResponse,
) -> Result<Option<TokenType>, Box<Failure>> {
    let Grant::TokenExchange(request) = &exchange.grant else { return Ok(None) };
    // REQUIRED, and compared byte for byte.
    let kind = issued(response).ok_or(Box::new(Failure::IssuedTokenType))?;
    if request.requested_token_type.as_ref().is_some_and(|requested| *requested != kind) {
        return Err(Box::new(Failure::IssuedTokenType));
    }
    let is_none = response.is_token_type("N_A");
    let is_of_use_as_one = match &kind {
        TokenType::AccessToken => true,
        // Sent to a resource, they would be given away to somebody whom they are not for.
        TokenType::RefreshToken | TokenType::IdToken | TokenType::IdJag => false,
        _ => !is_none,
    };
    if is_of_use_as_one == is_none { Err(Box::new(Failure::TokenType)) } else { Ok(Some(kind).filter(|_| is_none)) }
}

fn issued(response: &TokenResponse) -> Option<TokenType> {
    let kind = response.other.get("issued_token_type").and_then(Value::as_str)?;
    Some(kind).filter(|kind| !kind.is_empty()).map(TokenType::parse)
}
