use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_id_token::Personal;
use symbolon_pkce::CodeVerifier;
use symbolon_token_request::{FormEncoder, ParamName};
use symbolon_token_response::PushedAuthorizationResponse;
use symbolon_types::{Scope, Secret};
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use crate::{
    AuthorizationDetails, Client, ClientError, EndpointUrl, PendingAuthorization, endpoint_url::is_redirect_uri,
    target::Target,
};

/// What a client wants to ask its users for ([RFC 6749 §4.1.1], [OIDC Core §3.1.2.1]).
///
/// Whether this is a sign-in with OpenID Connect is decided here and never again: it is one if the scope contains
/// `openid` (security decision D31). State, nonce and code challenge are added by [`Client::authorize`].
///
/// ```
/// use symbolon_client::{AuthorizationPlan, types::Scope};
/// use time::Duration;
/// let mut plan = AuthorizationPlan::new(Scope::parse("openid profile")?);
/// plan.max_age = Some(Duration::hours(1));
/// plan.extra.push(("ui_locales".into(), "nb".into()));
/// assert!(plan.is_openid());
/// # Ok::<(), symbolon_client::types::ScopeError>(())
/// ```
///
/// [OIDC Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
/// [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthorizationPlan {
    /// `scope`
    pub scope: Scope,
    /// `redirect_uri`; `None` is the client's own.
    pub redirect_uri: Option<String>,
    /// `login_hint`
    pub login_hint: Option<Personal>,
    /// `max_age`, in whole seconds; in a sign-in only. The ID token must then have a recent enough `auth_time`.
    pub max_age: Option<Duration>,
    /// `acr_values`, in order of preference; in a sign-in only. The ID token must then have one of them: the
    /// specification calls it a wish, this client demands it (R114). What else will do is said by an order of levels: that
    /// of [`Self::acr_levels`], else the policy's.
    pub acr_values: Vec<String>,
    /// The values of `acr` in order, the lowest level first; the values of one level say the same. An ID token of the level of
    /// the lowest demanded value, or of a higher one, will do. Nothing of it is sent. Empty: the order of the client's policy.
    pub acr_levels: Vec<Vec<String>>,
    /// `prompt`
    pub prompt: Option<String>,
    /// `resource`: where the tokens will be used, each an absolute URI without fragment
    /// ([RFC 8707 §2.1](https://www.rfc-editor.org/rfc/rfc8707#section-2.1)).
    pub resource: Vec<String>,
    /// `authorization_details` ([RFC 9396 §3](https://www.rfc-editor.org/rfc/rfc9396#section-3)). What was granted of them is
    /// for the caller to compare: [`Tokens::authorization_details`](crate::Tokens::authorization_details).
    pub authorization_details: AuthorizationDetails,
    /// Further parameters: `ui_locales`, what a provider knows.
    pub extra: Vec<(String, String)>,
    /// Takes tokens without ID token, if the server says that it did not grant `openid`. Otherwise a sign-in without ID
    /// token is an error.
    pub may_lack_id_token: bool,
}

impl AuthorizationPlan {
    /// Asks for this scope and nothing else.
    pub const fn new(scope: Scope) -> Self {
        Self {
            scope,
            redirect_uri: None,
            login_hint: None,
            max_age: None,
            acr_values: Vec::new(),
            acr_levels: Vec::new(),
            prompt: None,
            resource: Vec::new(),
            authorization_details: AuthorizationDetails::NONE,
            extra: Vec::new(),
            may_lack_id_token: false,
        }
    }

    /// Whether it is a sign-in with OpenID Connect
    /// ([OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
    pub fn is_openid(&self) -> bool {
        self.scope.contains("openid")
    }
}

/// Hints and further parameters may name people: they are counted.
impl fmt::Debug for AuthorizationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationPlan")
            .field("scope", &self.scope)
            .field("redirect_uri", &self.redirect_uri)
            .field("login_hint", &self.login_hint)
            .field("max_age", &self.max_age)
            .field("acr_values", &self.acr_values)
            .field("acr_levels", &self.acr_levels)
            .field("prompt", &self.prompt)
            .field("resource", &self.resource)
            .field("authorization_details", &self.authorization_details)
            .field("extra", &self.extra.len())
            .field("may_lack_id_token", &self.may_lack_id_token)
            .finish()
    }
}

/// Where the user's browser is to be sent. Its other half is the [`PendingAuthorization`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct AuthorizationRequest {
    url: Secret,
    expires_at: Option<UtcDateTime>,
}

impl AuthorizationRequest {
    /// The URL. It is this browser's own: it has state and nonce in it, so do not log it.
    pub const fn url(&self) -> &Secret {
        &self.url
    }

    /// Until when the browser may begin, if the request was pushed ([RFC 9126 §2.2]): then [`Client::push`] once more.
    ///
    /// [RFC 9126 §2.2]: https://www.rfc-editor.org/rfc/rfc9126#section-2.2
    pub const fn expires_at(&self) -> Option<UtcDateTime> {
        self.expires_at
    }
}

/// What was asked for and travels with the code.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) scope: Scope,
    pub(crate) redirect_uri: String,
    pub(crate) verifier: CodeVerifier,
    /// There in a sign-in with OpenID Connect, and only there.
    pub(crate) login: Option<Login>,
}

impl Asked {
    pub(crate) fn new(
        plan: AuthorizationPlan,
        redirect_uri: String,
        verifier: CodeVerifier,
        nonce: Option<Secret>,
    ) -> Self {
        let login = plan.is_openid().then_some(Login {
            nonce,
            max_age: plan.max_age,
            acr_values: plan.acr_values,
            acr_levels: plan.acr_levels,
            may_lack_id_token: plan.may_lack_id_token,
        });
        Self { scope: plan.scope, redirect_uri, verifier, login }
    }
}

/// What the ID token of a sign-in must answer.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// `None` only if a code was assumed, and none was sent.
    pub(crate) nonce: Option<Secret>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) acr_levels: Vec<Vec<String>>,
    pub(crate) may_lack_id_token: bool,
}

impl Client {
    /// Makes an authorization request for a code ([RFC 6749 §4.1.1], [RFC 7636 §4.3], [OIDC Core §3.1.2.1]), with state
    /// and code challenge always and a nonce in a sign-in: 192, 256 and 192 fresh random bits.
    ///
    /// # Errors
    /// Nobody is sent anywhere.
    /// - [`ClientError::MustPush`]: the server, or the client's registration, wants it pushed: [`Self::push`].
    /// - [`ClientError::NoAuthorizationEndpoint`], [`ClientError::NoRedirectUri`]: the client was not told of one.
    /// - [`ClientError::RedirectUri`]: not an absolute URI without fragment.
    /// - [`ClientError::Parameter`]: a further parameter that this client writes itself, that would replace the request,
    ///   that has no name or comes twice; a `max_age` below zero; `max_age` or `acr_values` without `openid`; a value of `acr`
    ///   that is empty or has two places among the levels; a `resource` that is no absolute URI, or has a fragment.
    /// - [`ClientError::Random`]: the source of randomness failed.
    ///
    /// # Security
    /// Keep the pending half where only this browser's callback finds it: sealed in a cookie ([`PendingAuthorization::seal`]),
    /// in the session, in memory.
    ///
    /// [OIDC Core §3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
    /// [RFC 6749 §4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
    /// [RFC 7636 §4.3]: https://www.rfc-editor.org/rfc/rfc7636#section-4.3
    pub fn authorize(
        &self,
        plan: AuthorizationPlan,
    ) -> Result<(AuthorizationRequest, PendingAuthorization), ClientError> {
        if self.must_push() {
            return Err(ClientError::MustPush);
        }
        let (query, pending) = self.plan(plan)?;
        Ok((AuthorizationRequest { url: self.authorization_url(&query.finish())?, expires_at: None }, pending))
    }

    /// The parameters of an authorization request, and the half that waits for its answer.
    pub(crate) fn plan(&self, plan: AuthorizationPlan) -> Result<(FormEncoder, PendingAuthorization), ClientError> {
        if self.authorization_endpoint().is_none() {
            return Err(ClientError::NoAuthorizationEndpoint);
        }
        let redirect_uri = self.redirect_uri_of(&plan)?;
        check_parameters(&plan)?;
        let target = Target::new(plan.resource.clone(), plan.authorization_details.clone())?;

        let fresh = Fresh::draw(self)?;
        let mut query = self.query(&plan, &redirect_uri, &fresh);
        target.encode(&mut query);
        let Fresh { state, nonce, verifier } = fresh;
        let asked = Asked::new(plan, redirect_uri, verifier, Some(nonce));
        Ok((query, PendingAuthorization::new(self.clone(), state, asked)))
    }

    /// Where the browser is sent with a request that was pushed (RFC 9126 §4): `client_id` and the reference, and nothing else.
    pub(crate) fn pushed(
        &self,
        answer: &PushedAuthorizationResponse,
        now: UtcDateTime,
    ) -> Result<AuthorizationRequest, ClientError> {
        let mut query = FormEncoder::new();
        query.push("client_id", self.client_id().as_str());
        query.push("request_uri", &answer.request_uri);
        let expires_at = Some(now.saturating_add(answer.expires_in));
        Ok(AuthorizationRequest { url: self.authorization_url(&query.finish())?, expires_at })
    }

    fn authorization_url(&self, query: &Secret) -> Result<Secret, ClientError> {
        Ok(joined(self.authorization_endpoint().ok_or(ClientError::NoAuthorizationEndpoint)?, query))
    }

    pub(crate) fn redirect_uri_of(&self, plan: &AuthorizationPlan) -> Result<String, ClientError> {
        let own = || self.redirect_uri().map(String::from);
        let redirect_uri = plan.redirect_uri.clone().or_else(own).ok_or(ClientError::NoRedirectUri)?;
        if is_redirect_uri(&redirect_uri) { Ok(redirect_uri) } else { Err(ClientError::RedirectUri) }
    }

    fn query(&self, plan: &AuthorizationPlan, redirect_uri: &str, fresh: &Fresh) -> FormEncoder {
        let mut query = FormEncoder::new();
        query.push("response_type", "code");
        query.push("client_id", self.client_id().as_str());
        query.push("redirect_uri", redirect_uri);
        if !plan.scope.is_empty() {
            query.push("scope", &plan.scope.to_string());
        }
        query.push_secret("state", &fresh.state);
        // RFC 9700 §2.1.1: S256, and no other method.
        query.push("code_challenge", fresh.verifier.challenge(self.crypto().sha256).as_str());
        query.push("code_challenge_method", "S256");
        // RFC 9449 §10: the code is of use to nobody without the key.
        if let Some(jkt) = self.jkt() {
            query.push("dpop_jkt", &jkt.to_base64url());
        }
        if plan.is_openid() {
            query.push_secret("nonce", &fresh.nonce);
        }
        if let Some(max_age) = plan.max_age {
            query.push("max_age", &max_age.whole_seconds().to_string());
        }
        if !plan.acr_values.is_empty() {
            query.push("acr_values", &plan.acr_values.join(" "));
        }
        if let Some(prompt) = &plan.prompt {
            query.push("prompt", prompt);
        }
        if let Some(login_hint) = &plan.login_hint {
            query.push("login_hint", login_hint.as_str());
        }
        for (name, value) in &plan.extra {
            query.push(name, value);
        }
        query
    }
}

/// The endpoint with these parameters behind those of its own.
pub(crate) fn joined(endpoint: &EndpointUrl, query: &Secret) -> Secret {
    let joint = match endpoint.query() {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    Secret::new([endpoint.as_str(), joint, query.expose()].concat())
}

fn check_parameters(plan: &AuthorizationPlan) -> Result<(), ClientError> {
    let negative = plan.max_age.is_some_and(Duration::is_negative);
    // Without an ID token nothing shows whether they were heeded.
    let unchecked = !plan.is_openid() && (plan.max_age.is_some() || !plan.acr_values.is_empty());
    // `acr_values` is a list with spaces between: a space in one would make two of it.
    let acr = plan.acr_values.iter().any(|value| value.is_empty() || value.contains(' '));
    let levels = || plan.acr_levels.iter().flatten();
    let places =
        levels().enumerate().any(|(index, value)| value.is_empty() || levels().take(index).any(|other| other == value));
    // RFC 6749 §3.1: not twice, once typed and once as text.
    let details = ParamName::AuthorizationDetails.as_str();
    let twice = !plan.authorization_details.is_empty() && plan.extra.iter().any(|(name, _)| name == details);
    if negative || unchecked || acr || places || twice { Err(ClientError::Parameter) } else { check_extra(&plan.extra) }
}

/// Further parameters have names, come once, and are none that this client writes.
pub(crate) fn check_extra(extra: &[(String, String)]) -> Result<(), ClientError> {
    let mut names = extra.iter().enumerate().map(|(index, (name, _))| (index, name.as_str()));
    let wrong = names.any(|(index, name)| {
        let twice = extra.iter().take(index).any(|(other, _)| other == name);
        let may_repeat = ParamName::parse(name).is_some_and(ParamName::is_repeatable);
        name.is_empty() || SENT_HERE.contains(&name) || REPLACING.contains(&name) || (twice && !may_repeat)
    });
    if wrong { Err(ClientError::Parameter) } else { Ok(()) }
}

/// What must be new in every authorization request.
struct Fresh {
    state: Secret,
    nonce: Secret,
    verifier: CodeVerifier,
}

impl Fresh {
    fn draw(client: &Client) -> Result<Self, ClientError> {
        let mut octets = Zeroizing::new(([0; TEXT_OCTETS], [0; TEXT_OCTETS]));
        let (state, nonce) = &mut *octets;
        client.crypto().random.fill(state)?;
        client.crypto().random.fill(nonce)?;
        Ok(Self {
            state: Secret::new(URL_SAFE_NO_PAD.encode(state)),
            nonce: Secret::new(URL_SAFE_NO_PAD.encode(nonce)),
            verifier: CodeVerifier::generate(client.crypto())?,
        })
    }
}

/// 192 random bits: 32 characters. RFC 6749 §10.10 asks for 128, or better 160.
pub(crate) const TEXT_OCTETS: usize = 24;

/// The parameters that this client writes itself.
pub(crate) const SENT_HERE: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "nonce",
    "max_age",
    "acr_values",
    "prompt",
    "login_hint",
];

/// Parameters that stand for a whole request ([RFC 9101 §5](https://www.rfc-editor.org/rfc/rfc9101#section-5)): what the
/// pending half remembers would not be what was asked. And secrets, which never belong into a URL.
pub(crate) const REPLACING: &[&str] = &["request", "request_uri", "client_secret", "client_assertion", "code_verifier"];
