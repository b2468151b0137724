//! The development sign-in (security decision D22): an authorization endpoint that signs test users in without asking.
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::Response,
};
use symbolon::{
    pkce::CodeChallenge,
    server::{ApplyError, AuthorizationDetails, CodeError, Granted, NewCode, RegisteredClient},
    token_request::{TokenRequest, encode_component},
    types::{ClientId, Digest, ErrorCode, GrantType, Scope},
};
use symbolon_axum::{Respond as _, TokenEndpoint};
use symbolon_store::{AuthorizeError, Store as _};
use time::UtcDateTime;

use super::{
    User,
    log::{method_name, micros},
    serving::Serving,
};

/// An authorization endpoint for test users ([RFC 6749 §4.1.1], [OIDC Core §3.1.2]): whoever `login_hint` names is signed in.
///
/// Only the sign-in is missing: redirect URIs are compared byte for byte, nobody is redirected for a client or a redirect URI
/// that is not registered, and S256 is required.
///
/// [OIDC Core §3.1.2]: https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint
/// [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
#[derive(Debug)]
pub(super) struct Authorization {
    endpoint: TokenEndpoint<Serving>,
    users: Arc<BTreeMap<String, User>>,
    /// For which resources access tokens are good; empty: the issuer itself.
    audience: Vec<String>,
}

impl Authorization {
    pub(super) const fn new(
        endpoint: TokenEndpoint<Serving>,
        users: Arc<BTreeMap<String, User>>,
        audience: Vec<String>,
    ) -> Self {
        Self { endpoint, users, audience }
    }

    async fn decide(&self, query: &str, now: UtcDateTime) -> Answer {
        // RFC 6749 §3.1: no parameter more than once. Where one does, none can be trusted, `redirect_uri` included.
        let Ok(form) = TokenRequest::parse(query.as_bytes().to_vec()) else {
            return Answer::Page("The request is malformed or repeats a parameter.");
        };
        // RFC 6749 §4.1.2.1: MUST NOT redirect if the client or the redirect URI is not right.
        let found = match form.parameter("client_id") {
            Some(client_id) => self.endpoint.responder().driver.store().client(client_id).await,
            None => Ok(None),
        };
        let client = match found {
            Ok(Some(client)) => client,
            Ok(None) => return Answer::Page("client_id is missing or of no client."),
            Err(_) => return Answer::Unavailable,
        };
        let Some(redirect_uri) = form.parameter("redirect_uri").filter(|uri| client.has_redirect_uri(uri)) else {
            return Answer::Page("redirect_uri is missing or not one that the client registered.");
        };
        let back = Back {
            issuer: self.endpoint.responder().endpoint().issuer().as_str(),
            redirect_uri,
            state: form.parameter("state"),
            client_id: client.client_id().clone(),
        };
        match self.grant(&form, &client, now) {
            Err(code) => back.with_error(code),
            Ok(Asked { granted, challenge, dpop_jkt }) => {
                let new = NewCode::new(client, granted).with_redirect_uri(redirect_uri).with_challenge(challenge);
                let new = dpop_jkt.into_iter().fold(new, NewCode::with_dpop_jkt);
                match self.endpoint.responder().driver.authorize(new, now).await {
                    Ok(code) => back.with("code", code.expose(), None),
                    Err(error) => back.with_error(error_code(&error)),
                }
            }
        }
    }

    fn grant(&self, form: &TokenRequest, client: &RegisteredClient, now: UtcDateTime) -> Result<Asked, ErrorCode> {
        match form.parameter("response_type") {
            Some("code") => {}
            Some(_) => return Err(ErrorCode::UnsupportedResponseType),
            None => return Err(ErrorCode::InvalidRequest),
        }
        if !client.may_use(&GrantType::AuthorizationCode) {
            return Err(ErrorCode::UnauthorizedClient);
        }
        // OIDC Core §3.1.2.6
        for (name, code) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
            if form.parameter(name).is_some() {
                return Err(ErrorCode::parse(code));
            }
        }
        if form.parameter("response_mode").is_some_and(|mode| mode != "query") {
            return Err(ErrorCode::InvalidRequest);
        }
        let challenge = form.parameter("code_challenge").ok_or(ErrorCode::InvalidRequest)?;
        let endpoint = self.endpoint.responder().driver.endpoint();
        let challenge = CodeChallenge::requested(
            challenge,
            form.parameter("code_challenge_method"),
            &endpoint.policy().pkce,
            endpoint.crypto().sha256,
        );
        let challenge = challenge.map_err(|_| ErrorCode::InvalidRequest)?;
        // RFC 9449 §10: the thumbprint of the key that the code is bound to.
        let dpop_jkt =
            form.parameter("dpop_jkt").map(|jkt| Digest::from_base64url(jkt).ok_or(ErrorCode::InvalidRequest));
        let dpop_jkt = dpop_jkt.transpose()?;
        let scope = match form.parameter("scope") {
            Some(asked) => Scope::parse(asked).map_err(|_| ErrorCode::InvalidScope)?,
            // RFC 6749 §3.3: a default, which is what the client registered.
            None => client.scope().clone(),
        };
        if !scope.is_subset_of(client.scope()) {
            return Err(ErrorCode::InvalidScope);
        }
        // RFC 8707 §2: what no token is good for is refused here already.
        let issuer = endpoint.issuer().as_str();
        let is_known = |resource: &str| match self.audience.as_slice() {
            [] => resource == issuer,
            audience => audience.iter().any(|known| known == resource),
        };
        if !form.parameters("resource").all(is_known) {
            return Err(ErrorCode::InvalidTarget);
        }
        // RFC 9396 §5: of types that the client registered; what they ask for in particular is granted.
        let details = form.parameter("authorization_details").map(AuthorizationDetails::parse).transpose();
        let details = details.map_err(|_| ErrorCode::InvalidAuthorizationDetails)?.unwrap_or_default();
        if !details.types().all(|kind| client.authorization_details_types().iter().any(|known| known == kind)) {
            return Err(ErrorCode::InvalidAuthorizationDetails);
        }
        let user = form.parameter("login_hint").and_then(|login| self.users.get(login));
        let user = user.ok_or(ErrorCode::LoginRequired)?;
        let mut granted = user.grants(scope, now);
        granted.resources = form.parameters("resource").map(Into::into).collect();
        granted.authorization_details = details;
        granted.nonce = form.parameter("nonce").map(Into::into);
        Ok(Asked { granted, challenge, dpop_jkt })
    }
}

/// What an authorization request asked for, and may have.
struct Asked {
    granted: Granted,
    challenge: CodeChallenge,
    dpop_jkt: Option<Digest>,
}

/// `GET /authorize`, and nothing else: not even `HEAD`, which is to change nothing (RFC 9110 §9.3.2) and would leave a code.
pub(super) async fn authorize(State(authorization): State<Arc<Authorization>>, request: Request) -> Response {
    let started = Instant::now();
    let answer = if request.method() == Method::GET {
        let query = request.uri().query().unwrap_or_default();
        authorization.decide(query, authorization.endpoint.now()).await
    } else {
        Answer::WrongMethod
    };
    let status = answer.status();
    let (client_id, error) = match &answer {
        Answer::Page(_) | Answer::Unavailable | Answer::WrongMethod => (None, None),
        Answer::Redirect { client_id, error, .. } => (Some(client_id.as_str()), error.as_ref().map(ErrorCode::as_str)),
    };
    let (method, micros) = (method_name(request.method()), micros(started));
    tracing::info!(endpoint = "authorize", method, client_id, status = status.as_u16(), error, micros);
    answer.into_response()
}

/// Where the resource owner goes back to.
struct Back<'a> {
    issuer: &'a str,
    redirect_uri: &'a str,
    state: Option<&'a str>,
    client_id: ClientId,
}

impl Back<'_> {
    fn with_error(self, code: ErrorCode) -> Answer {
        let name = code.as_str().to_owned();
        self.with("error", &name, Some(code))
    }

    /// RFC 6749 §4.1.2: the query that is there is kept. RFC 9207 §2: `iss` in every response.
    fn with(self, name: &str, value: &str, error: Option<ErrorCode>) -> Answer {
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let mut to = format!("{}{separator}{name}={}", self.redirect_uri, encode_component(value));
        if let Some(state) = self.state {
            to.push_str("&state=");
            to.push_str(&encode_component(state));
        }
        to.push_str("&iss=");
        to.push_str(&encode_component(self.issuer));
        Answer::Redirect { to, client_id: self.client_id, error }
    }
}

enum Answer {
    /// For the resource owner: nobody is redirected.
    Page(&'static str),
    /// The store does not answer: who asks, and where they may go, is not known.
    Unavailable,
    WrongMethod,
    Redirect {
        to: String,
        client_id: ClientId,
        error: Option<ErrorCode>,
    },
}

impl Answer {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Page(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Redirect { .. } => StatusCode::SEE_OTHER,
        }
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // RFC 9700 §4.2.4: the code must not leave by the Referer header.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        match self {
            Self::Page(text) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
                headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
                *response.body_mut() = Body::from(format!("{text}\n"));
            }
            Self::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::WrongMethod => {
                headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
            }
            Self::Redirect { to, .. } => match HeaderValue::try_from(to) {
                Ok(location) => {
                    headers.insert(header::LOCATION, location);
                }
                Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
        response
    }
}

fn error_code<E>(error: &AuthorizeError<E>) -> ErrorCode {
    match error {
        AuthorizeError::Refused(CodeError::GrantAllowed) => ErrorCode::UnauthorizedClient,
        AuthorizeError::Refused(CodeError::Scope) => ErrorCode::InvalidScope,
        AuthorizeError::Refused(CodeError::ChallengeMissing) => ErrorCode::InvalidRequest,
        AuthorizeError::Store(ApplyError::NotApplied(_)) => ErrorCode::TemporarilyUnavailable,
        _ => ErrorCode::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_does_not_answer_is_503_and_nobody_is_redirected() {
        let response = Answer::Unavailable.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert!(!response.headers().contains_key(header::LOCATION));
        assert_eq!(Answer::Page("client_id is missing").into_response().status(), StatusCode::BAD_REQUEST);
    }
}
