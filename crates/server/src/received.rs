use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use symbolon_client_auth::{
    AttemptKind, AuthError, Checks, ClientCertificates, ClientKeys, Credentials, Evidence, PresentedCredentials,
    ProvenClient, RegisteredCredentials, Verdict, Vouched,
    x509::{UntrustedChain, ValidatedChain},
};
use symbolon_jose::{VerifyingKeys, parse_json};
use symbolon_policy::AuthMethodSet;
use symbolon_token_request::{ParamName, TokenRequest, check_content_type, registered_parameter_in_query};
use symbolon_types::{
    AuthMethod, Confirmation, GrantType, Method, PeerCertificate, Presentation, RequestParts, Rule, Secret, Trace,
};
use time::{Duration, UtcDateTime};

use crate::{
    Attempt, AuthenticatedRequest, Commit, Endpoint, Reason, Refusal, RegisteredClient,
    binding::Shown,
    commit::Change,
    context::{Context, Entropy, Facts, Purpose},
};

impl Endpoint {
    /// Reads the request strictly; nothing in it is trusted yet ([RFC 6749 §3.2], security decision D10: framing, then
    /// credential conflicts).
    ///
    /// # Errors
    /// A [`Refusal`] with an empty commit:
    /// - `invalid_request`: method (405), content type, a doubled `Authorization`, a registered parameter in the query,
    ///   the length (413) or the form of the body, two mechanisms of client authentication.
    /// - `invalid_client`: credentials that are malformed, of an unknown scheme or type, or absent.
    /// - `server_error`: no randomness.
    ///
    /// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
    pub fn receive(&self, parts: RequestParts) -> Result<ReceivedRequest, Refusal> {
        self.receive_for(Purpose::Token, parts)
    }

    pub(crate) fn receive_for(&self, purpose: Purpose, parts: RequestParts) -> Result<ReceivedRequest, Refusal> {
        let trace = if self.explains() { Trace::go_on() } else { Trace::stop_at_first() };
        let presentation = match parts.authorization.count() {
            0 => Presentation::Nothing,
            _ => Presentation::AuthorizationHeader,
        };
        let entropy = Entropy::draw(self.crypto().random);
        let drawn = entropy.is_some();
        let entropy = entropy.unwrap_or_else(Entropy::none);
        let mut context = Box::new(Context {
            purpose,
            endpoint: self.clone(),
            commit: Commit::new(entropy.commit_id()),
            entropy,
            facts: Facts { presentation, trace, ..Facts::default() },
            resources: Vec::new(),
            details: None,
            proof: None,
        });
        if !drawn {
            return Err(context.refuse(Rule::RandomAnswers));
        }
        let mut is_by_grant = false;
        match read(self, purpose, parts, &mut is_by_grant) {
            Ok((form, presented, shown)) => {
                context.facts.presentation = presented.presentation();
                context.facts.is_by_grant = presented.is_grant();
                context.facts.grant_type = form.grant_type();
                Ok(ReceivedRequest { context, form, presented, shown })
            }
            Err(reason) => {
                context.facts.is_by_grant = is_by_grant;
                Err(context.refuse(reason))
            }
        }
    }
}

type Read = (TokenRequest, PresentedCredentials, Shown);

fn read(endpoint: &Endpoint, purpose: Purpose, mut parts: RequestParts, by_grant: &mut bool) -> Result<Read, Reason> {
    if parts.method != Method::Post {
        return Err(Rule::RequestMethod.into());
    }
    check_content_type(&parts.content_type)?;
    // RFC 6749 §5.2: more than one credential. Two equal ones are still two.
    let authorization = parts.authorization.only().map_err(|_| Rule::RequestHeaderOnce)?;
    if authorization.is_some_and(|value| value.len() > symbolon_types::MAX_HEADER_VALUE_BYTES) {
        return Err(Rule::RequestHeaderOnce.into());
    }
    if let Some(name) = parts.query.as_deref().and_then(|query| registered_parameter_in_query(query)) {
        return Err(Reason::Query(name));
    }
    let form = TokenRequest::parse(core::mem::take(&mut *parts.body))?;
    // D9: one JWT cannot both authenticate the client and be its grant.
    let assertion = form.get(ParamName::Assertion);
    if assertion.is_some() && assertion == form.get(ParamName::ClientAssertion) {
        return Err(Rule::FormOneJwtTwice.into());
    }
    let authorization = authorization.as_slice();
    let credentials = Credentials {
        authorization,
        client_id: form.get(ParamName::ClientId),
        client_secret: form.get(ParamName::ClientSecret),
        client_assertion_type: form.get(ParamName::ClientAssertionType),
        client_assertion: form.get(ParamName::ClientAssertion),
        peer_certificate: parts.peer_certificate.as_ref(),
    };
    // Elsewhere there are no grants, and a client authenticates by its registered method (RFC 8628 §3.1, OpenID CIBA §7.1).
    *by_grant = purpose == Purpose::Token && assertion.is_some() && is_by_grant(endpoint, &form, &credentials);
    let presented = match assertion.filter(|_| *by_grant) {
        // RFC 7521 §4.1: client authentication is optional, where the policy says so and nothing else says who it is.
        Some(assertion) => PresentedCredentials::of_grant(assertion)?,
        None => PresentedCredentials::read(&credentials, endpoint.extensions())?,
    };
    let shown = Shown { dpop: parts.dpop, certificate: parts.peer_certificate, listener: parts.endpoint };
    Ok((form, presented, shown))
}

/// Whether a request has no credentials but its grant, and may have none.
fn is_by_grant(endpoint: &Endpoint, form: &TokenRequest, credentials: &Credentials<'_>) -> bool {
    let Credentials { authorization, client_id, client_secret, client_assertion_type, client_assertion, .. } =
        credentials;
    let others = [client_id, client_secret, client_assertion_type, client_assertion];
    endpoint.policy().assertion.by_grant
        && form.grant_type() == Some(GrantType::JwtBearer)
        && authorization.is_empty()
        && others.iter().all(|value| value.is_none())
}

/// A well-formed request. Nothing in it is proven.
///
/// The caller looks up the client named by [`Self::client_hint`] and, for a client with a `jwks_uri`, the keys named by
/// [`Self::wanted_keys`], and goes on with what it [`Found`].
#[derive(Debug)]
#[must_use]
pub struct ReceivedRequest {
    context: Box<Context>,
    form: TokenRequest,
    presented: PresentedCredentials,
    shown: Shown,
}

impl ReceivedRequest {
    /// Which client the request claims to come from, unproven: the Basic user, `client_id`, or the assertion's `sub`.
    /// For the look-up and for nothing else. (A grant assertion's `iss` comes with the grant that has one.)
    pub fn client_hint(&self) -> &str {
        self.presented.client_hint()
    }

    /// What the request presents. For methods that the embedding program judges itself.
    pub const fn presented(&self) -> &PresentedCredentials {
        &self.presented
    }

    /// The shared secret that was presented, for a caller who judges it ([`Found::verdict`]).
    ///
    /// For a client whose registration lets Basic be lenient, [`PresentedCredentials::raw_secret`] is to be judged too,
    /// always both (security decision D17).
    pub fn presented_secret(&self) -> Option<&Secret> {
        self.presented.secret()
    }

    /// The certificate that the TLS layer saw.
    pub const fn peer_certificate(&self) -> Option<&PeerCertificate> {
        self.shown.certificate.as_ref()
    }

    /// The chain in the `x5c` of the client's assertion, for the caller to validate and to bring as [`Found::chain`]
    /// (security decision D13). `None` for a client that registered neither an organisation number nor a certificate for
    /// `private_key_jwt`: no chain proves it, and none need be validated.
    pub fn wanted_chain(&self, client: Option<&RegisteredClient>) -> Option<UntrustedChain> {
        if !is_proven_by_chain(client?.credentials()) {
            return None;
        }
        self.presented.untrusted_chain()
    }

    /// The keys that [`Self::authenticate`] will need, if this client's keys are at a `jwks_uri`. How to fetch them and
    /// how long to keep them is the caller's. `None` for everybody else, and where [`Self::wanted_chain`] is needed instead.
    pub fn wanted_keys<'a>(&'a self, client: Option<&'a RegisteredClient>) -> Option<WantedKeys<'a>> {
        let client = client?.credentials();
        let ClientKeys::Uri(uri) = &client.keys else { return None };
        match &self.presented {
            PresentedCredentials::Assertion { assertion, .. }
                if self.presented.method() == Some(AuthMethod::PrivateKeyJwt) =>
            {
                let jwt = assertion.as_ref();
                let kid = jwt.header().kid();
                if kid.is_none() && jwt.header().x5c().is_some() && is_proven_by_chain(client) {
                    return None;
                }
                Some(WantedKeys { uri, kid: kid.map(Into::into) })
            }
            // RFC 8705 §2.2.2: the certificates are in the client's JWK set.
            PresentedCredentials::Certificate { .. } if client.method == AuthMethod::SelfSignedTlsClientAuth => {
                Some(WantedKeys { uri, kid: None })
            }
            _ => None,
        }
    }

    /// Judges the client's authentication with what the caller found, and then the DPoP proof. `None` for the client is
    /// a valid answer: it is refused in the same way, and with the same work, as a wrong secret.
    ///
    /// # Errors
    /// A [`Refusal`]:
    /// - `invalid_client`: unknown client, another method than the registered one, one that the policy does not welcome, wrong
    ///   secret, an assertion that does not hold. The commit is empty. With [`Throttle::Refuse`] a shared secret is refused
    ///   by 429 and `Retry-After`.
    /// - `invalid_request`: `client_id` in the form is not the authenticated client's. The commit is empty.
    /// - `use_dpop_nonce`: the proof lacks a nonce that is good, and the answer brings one. Nothing is remembered: the same
    ///   credentials may come again.
    /// - `invalid_dpop_proof`: the proof does not hold, or there is none and the client must send one, or the policy wants no
    ///   bearer tokens and nothing else binds them. The assertion is remembered.
    /// - `invalid_request`: a proof beside a certificate that tokens are bound to, or no certificate where the client's
    ///   tokens are bound to one. The assertion is remembered, and the proof of a client that is not public.
    /// - `server_error`: a proof came by a listener that the endpoint does not know.
    pub fn authenticate(self, found: Found, now: UtcDateTime) -> Result<AuthenticatedRequest, Refusal> {
        let Self { mut context, form, presented, shown } = self;
        let Found { client, keys, chain, throttle, verdict } = found;
        let endpoint = context.endpoint.clone();
        let throttled = matches!(throttle, Throttle::Refuse { .. });
        let evidence = Evidence { keys: keys.as_deref(), chain: chain.as_deref(), verdict, throttled };
        let checks = Checks {
            crypto: endpoint.crypto(),
            policy: &endpoint.policy().assertion,
            issuer: endpoint.issuer(),
            token_endpoint: endpoint.url(),
        };
        let registered = client.as_deref().map(RegisteredClient::credentials);
        let proven = checks.check(&presented, registered, &evidence, &mut context.facts.trace, now);
        if let (Err(AuthError::Throttled), Throttle::Refuse { retry_after }) = (&proven, throttle) {
            context.facts.retry_after = Some(retry_after);
        }
        Authenticated { context, form, shown }.go_on(&presented, client, proven, now)
    }

    /// Goes on with a client that the embedding program authenticated by a method of its own. Its credentials came in a
    /// `client_assertion` of a type or an `Authorization` value of a scheme that the endpoint lists
    /// ([`Self::presented`] is an `Extension`), or in what this endpoint does not read, a header of their own or the
    /// certificate of the connection: then the form has `client_id` and no other credentials.
    ///
    /// # Security
    /// You state that the client is who it says, and by one mechanism. A review greps for [`Vouched::by`].
    ///
    /// # Errors
    /// A [`Refusal`]: `invalid_client` if the client is unknown, did not register this method, or the request carries
    /// other credentials than the method's; then as [`Self::authenticate`].
    pub fn vouch(
        self,
        client: Option<Arc<RegisteredClient>>,
        vouched: Vouched,
        now: UtcDateTime,
    ) -> Result<AuthenticatedRequest, Refusal> {
        use PresentedCredentials as P;

        let Self { context, form, presented, shown } = self;
        let proven = match (&presented, client.as_deref()) {
            (P::Extension { .. } | P::None { .. } | P::Certificate { .. }, Some(client)) => {
                vouched.into_proven(client.credentials())
            }
            (P::Extension { .. } | P::None { .. } | P::Certificate { .. }, None) => {
                Err(AuthError::UnknownClient { attempt: None })
            }
            // Credentials that are judged here cannot be vouched for.
            _ => Err(AuthError::MethodNotRegistered { attempt: None }),
        };
        Authenticated { context, form, shown }.go_on(&presented, client, proven, now)
    }

    /// Refuses a client whose own method did not hold (`invalid_client`).
    pub fn refuse_client(self) -> Refusal {
        self.refuse_client_by(Rule::ClientKnown)
    }

    /// The same with the rule that did not hold, whose code the peer hears: an attestation may be asked for again with
    /// `use_attestation_challenge`.
    pub fn refuse_client_by(self, rule: Rule) -> Refusal {
        self.context.refuse(rule)
    }
}

/// Whether an assertion of this client may name its key by a chain that is validated (security decision D13).
fn is_proven_by_chain(client: &RegisteredCredentials) -> bool {
    client.method == AuthMethod::PrivateKeyJwt
        && (client.organization_number.is_some() || matches!(client.certificates, ClientCertificates::Registered(_)))
}

/// Whether the policy welcomes the method that the client registered and used. It is judged last, so that who has no right
/// secret hears and costs the same as ever; a secret that was right is counted, as with another method than the registered one.
fn judge_method(context: &mut Context, proven: ProvenClient) -> Result<ProvenClient, AuthError> {
    if context.policy().auth_methods.allows(proven.method()) {
        return Ok(proven);
    }
    context.facts.trace.failed(Rule::MethodRegistered);
    let by_secret = AuthMethodSet::SECRETS.allows(proven.method());
    Err(AuthError::MethodNotRegistered { attempt: by_secret.then_some(AttemptKind::ClientSecret) })
}

/// What is left of a request whose credentials were judged.
struct Authenticated {
    context: Box<Context>,
    form: TokenRequest,
    shown: Shown,
}

impl Authenticated {
    fn go_on(
        self,
        presented: &PresentedCredentials,
        client: Option<Arc<RegisteredClient>>,
        proven: Result<ProvenClient, AuthError>,
        now: UtcDateTime,
    ) -> Result<AuthenticatedRequest, Refusal> {
        let Self { mut context, form, shown } = self;
        let proven = proven.and_then(|proven| judge_method(&mut context, proven));
        let (client, proven) = match (client, proven) {
            (Some(client), Ok(proven)) if client.client_id() == proven.client_id() => (client, proven),
            (_, Ok(_)) => return Err(context.refuse(AuthError::UnknownClient { attempt: None })),
            (_, Err(error)) => {
                context.facts.attempt = error.attempt().map(|kind| Attempt::new(presented.client_hint(), kind));
                return Err(context.refuse(error));
            }
        };
        // RFC 6749 §3.2.1: the parameter identifies the same client, or there is none. A conflict remembers nothing (D1).
        if form.get(ParamName::ClientId).is_some_and(|id| id != client.client_id().as_str()) {
            return Err(context.refuse(Rule::ClientIdAgrees));
        }
        let vouched = match proven.method() {
            AuthMethod::Other(_) => proven.confirmation(),
            _ => Confirmation::NONE,
        };
        let (once, instance) = (proven.once(), proven.instance());
        let claims = proven.grant().map(|claims| parse_json(claims.expose())).transpose();
        context.facts.method = Some(proven.method().clone());
        context.facts.client_id = Some(proven.into_client_id());

        let bound = match context.purpose {
            Purpose::Token => shown.judge(vouched, &mut context, &client, now),
            // Nothing is issued yet that could be bound.
            Purpose::DeviceAuthorization | Purpose::BackchannelAuthentication => Ok(Confirmation::NONE),
        };
        // D1: who must send the request again with a nonce may send it with the same assertion.
        let is_to_come_again = bound.as_ref().is_err_and(|reason| reason.rule() == Rule::DpopNonce);
        if let Some(once) = once.filter(|_| !is_to_come_again) {
            context.commit.guard(Rule::AssertionOnce, Change::Remember(once), Vec::new());
        }
        if !client.is_public() {
            context.remember_proof();
        }
        let confirmation = match bound {
            Ok(confirmation) => confirmation,
            Err(reason) => return Err(context.refuse(reason)),
        };
        let Ok(claims) = claims else { return Err(context.refuse(Rule::GrantAssertionSyntax)) };
        Ok(AuthenticatedRequest::new(context, form, client, confirmation, instance).with_grant(claims))
    }
}

/// What the caller found for a [`ReceivedRequest`]. What a later version needs is a further setter.
///
/// ```
/// use symbolon_server::{Found, Throttle};
/// let nobody = Found::client(None).throttle(Throttle::Allow);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    client: Option<Arc<RegisteredClient>>,
    keys: Option<Arc<VerifyingKeys>>,
    chain: Option<Arc<ValidatedChain>>,
    throttle: Throttle,
    verdict: Option<Verdict>,
}

impl Found {
    /// The client under [`ReceivedRequest::client_hint`], or none.
    pub const fn client(client: Option<Arc<RegisteredClient>>) -> Self {
        Self { client, keys: None, chain: None, throttle: Throttle::Allow, verdict: None }
    }

    /// The keys under [`ReceivedRequest::wanted_keys`].
    #[must_use]
    pub fn keys(mut self, keys: Option<Arc<VerifyingKeys>>) -> Self {
        self.keys = keys;
        self
    }

    /// The chain of [`ReceivedRequest::wanted_chain`], if it was validated.
    #[must_use]
    pub fn chain(mut self, chain: Option<Arc<ValidatedChain>>) -> Self {
        self.chain = chain;
        self
    }

    /// Whether there were too many refused attempts (security decision D15).
    #[must_use]
    pub const fn throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = throttle;
        self
    }

    /// The caller's own judgement of [`ReceivedRequest::presented_secret`] (security decision D11).
    #[must_use]
    pub const fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }
}

/// Whether a shared secret may be tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Throttle {
    /// It may.
    Allow,
    /// Not now: answered 429 without comparing.
    Refuse {
        /// When to try again.
        retry_after: Duration,
    },
}

/// Keys that a step will need.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WantedKeys<'a> {
    /// The client's `jwks_uri`, from its registration, never from the request.
    pub uri: &'a str,
    /// The `kid` that the request names, unproven: advice on whether what is cached will do.
    pub kid: Option<String>,
}
