use alloc::{
    boxed::Box,
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::{Map, Value};
use symbolon_client_auth::certificate_confirmation;
use symbolon_policy::SenderConstraint;
use symbolon_token_response::TokenScheme;
use symbolon_types::{
    Confirmation, Digest, MAX_HEADER_VALUE_BYTES, Method, PeerCertificate, RequestParts, ResponseParts, Rule, Secret,
    Trace, Values,
};
use time::UtcDateTime;

use crate::{
    Commit, Endpoint, Granted, Outcome, Reason, Refusal, RegisteredClient, StoredAccessToken,
    binding::Proof,
    context::{Context, Entropy, Facts, Purpose, Resource},
};

impl Endpoint {
    /// Reads a userinfo request ([OIDC Core §5.3.1]): the access token comes in the `Authorization` header, as `Bearer` or
    /// as `DPoP` ([RFC 9449 §7.1]), and nowhere else.
    ///
    /// # Errors
    /// A [`Refusal`] with an empty commit ([RFC 6750 §3.1]): 401 with a challenge and no error code if there is no token, or
    /// another scheme; `invalid_token` if it is malformed, or came as `Bearer` beside a proof; `invalid_dpop_proof` if it
    /// came as `DPoP` without one; `invalid_request` for two headers; 405 for another method than GET and POST.
    ///
    /// [OIDC Core §5.3.1]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoRequest
    /// [RFC 6750 §3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
    /// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    pub fn userinfo(&self, parts: RequestParts) -> Result<UserinfoRequest, Refusal> {
        let entropy = Entropy::draw(self.crypto().random);
        let drawn = entropy.is_some();
        let entropy = entropy.unwrap_or_else(Entropy::none);
        let mut context = self.resource_context(entropy);
        if !drawn {
            return Err(context.refuse(Rule::RandomAnswers));
        }
        let (scheme, read) = read(&parts);
        if let Some(resource) = &mut context.facts.resource {
            resource.presented = scheme;
        }
        let (scheme, token) = match read {
            Ok(token) => token,
            Err(rule) => return Err(context.refuse(rule)),
        };
        let digest = self.access_token_digest(&token);
        let RequestParts { method, dpop, peer_certificate: certificate, endpoint: listener, .. } = parts;
        Ok(UserinfoRequest { context, digest, scheme, token, method, dpop, certificate, listener })
    }

    fn resource_context(&self, entropy: Entropy) -> Box<Context> {
        let trace = if self.explains() { Trace::go_on() } else { Trace::stop_at_first() };
        Box::new(Context {
            purpose: Purpose::Token,
            endpoint: self.clone(),
            commit: Commit::new(entropy.commit_id()),
            entropy,
            facts: Facts { resource: Some(Resource::of(self)), trace, ..Facts::default() },
            resources: Vec::new(),
            details: None,
            proof: None,
        })
    }
}

type Token = (TokenScheme, Secret);

/// The scheme that was presented, and the token or what is wrong.
fn read(parts: &RequestParts) -> (Option<TokenScheme>, Result<Token, Rule>) {
    if !matches!(parts.method, Method::Get | Method::Post) {
        return (None, Err(Rule::RequestMethod));
    }
    let value = match parts.authorization.only() {
        Ok(None) => return (None, Err(Rule::TokenPresented)),
        Ok(Some(value)) if value.len() <= MAX_HEADER_VALUE_BYTES => value,
        Ok(Some(_)) | Err(_) => return (Some(TokenScheme::Bearer), Err(Rule::RequestHeaderOnce)),
    };
    let (name, rest) = match value.iter().position(|byte| *byte == b' ').and_then(|end| value.split_at_checked(end)) {
        Some((name, rest)) => (name, rest.strip_prefix(b" ")),
        None => (value, None),
    };
    // RFC 9110 §11.1: schemes are compared without case.
    let scheme = if name.eq_ignore_ascii_case(b"bearer") {
        TokenScheme::Bearer
    } else if name.eq_ignore_ascii_case(b"dpop") {
        TokenScheme::Dpop
    } else {
        return (None, Err(Rule::TokenPresented));
    };
    let Some(token) = rest.and_then(b64token) else { return (Some(scheme), Err(Rule::TokenPresented)) };
    let judged = match (scheme, parts.dpop.count()) {
        (TokenScheme::Dpop, 0) => Err(Rule::DpopPresent),
        // A proof shows a key, and a bearer token has none.
        (TokenScheme::Bearer, 1..) => Err(Rule::TokenBinding),
        _ => Ok((scheme, Secret::new(token))),
    };
    (Some(scheme), judged)
}

/// RFC 6750 §2.1: a b64token.
fn b64token(value: &[u8]) -> Option<&str> {
    let is_b64token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    core::str::from_utf8(value).ok().filter(|token| !token.is_empty() && value.iter().all(is_b64token))
}

/// A userinfo request: look up [`Self::token`], then the client that it was issued to, then [`Self::answer`].
///
/// ```
/// # use symbolon_server::{Endpoint, PROVIDER, ServerKey, Granted, Refusal, RegisteredClient, StoredAccessToken, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = symbolon_client_auth::RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::None);
/// # let client = RegisteredClient::new(credentials, symbolon_policy::GrantSet::AUTHORIZATION_CODE, Scope::empty());
/// // The token of RFC 6750 §2.1.
/// let parts = RequestParts::new(Method::Get, Vec::new()).authorization(b"Bearer mF_9.B5f-4.1JqM");
/// let request = endpoint.userinfo(parts)?;
/// // Here a store looks up `request.token()`, and the client of what it found.
/// let found = StoredAccessToken {
///     token: *request.token(),
///     client_id: client.client_id().clone(),
///     granted: Granted::to_user("alice", Scope::parse("openid")?),
/// #   family: None,
/// #   confirmation: Confirmation::NONE,
/// #   expires: now.saturating_add(time::Duration::minutes(10)),
/// #   revoked: false,
///     // ...
/// };
/// let outcome = request.answer(Some(found), Some(&client), now).unwrap_or_else(Refusal::into_outcome);
/// // Here the store applies `outcome.commit()`: a DPoP proof is remembered.
/// let answer = outcome.commit().applied();
/// assert_eq!(outcome.settle(answer).into_response().body(), br#"{"sub":"alice"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct UserinfoRequest {
    context: Box<Context>,
    digest: Digest,
    scheme: TokenScheme,
    token: Secret,
    method: Method,
    dpop: Values,
    certificate: Option<PeerCertificate>,
    listener: String,
}

impl UserinfoRequest {
    /// What to look up: the access token's digest.
    pub const fn token(&self) -> &Digest {
        &self.digest
    }

    /// Answers with `sub` and the claims that were granted ([OIDC Core §5.3.2]). `client` is the one under
    /// [`StoredAccessToken::client_id`].
    ///
    /// The answer is never to be cached. Which claims a scope releases was decided when they were granted.
    ///
    /// # Errors
    /// A [`Refusal`]:
    /// - `invalid_token`: the token is unknown, expired, revoked, of a client that is gone, or bound to a key that was not
    ///   proven. One that is bound to no key is refused in the scheme `DPoP` ([RFC 9449 §7.1]), and everywhere if the policy
    ///   wants no bearer tokens.
    /// - `invalid_dpop_proof`, `use_dpop_nonce`: the proof does not hold.
    /// - `insufficient_scope`: it was granted without `openid`.
    /// - `server_error`: a proof came by a listener that the endpoint does not know, or the client has a sector and the
    ///   endpoint no key for pairwise subject identifiers.
    ///
    /// [OIDC Core §5.3.2]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
    /// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    pub fn answer(
        mut self,
        found: Option<StoredAccessToken>,
        client: Option<&RegisteredClient>,
        now: UtcDateTime,
    ) -> Result<Outcome, Refusal> {
        match self.judge(found, client, now) {
            Ok((subject, granted)) => Ok(answer(self.context, subject, granted)),
            Err(reason) => Err(self.context.refuse(reason)),
        }
    }

    fn judge(
        &mut self,
        found: Option<StoredAccessToken>,
        client: Option<&RegisteredClient>,
        now: UtcDateTime,
    ) -> Result<(String, Granted), Reason> {
        let live = found.filter(|stored| stored.token == self.digest && !stored.revoked && now < stored.expires);
        let (Some(stored), Some(client)) = (live, client) else { return Err(Rule::TokenKnown.into()) };
        if *client.client_id() != stored.client_id {
            return Err(Rule::TokenKnown.into());
        }
        self.context.facts.client_id = Some(stored.client_id);
        self.judge_binding(&stored.confirmation, client, now)?;
        let granted = stored.granted;
        match granted.subject.clone().filter(|_| granted.scope.contains("openid")) {
            Some(account) => {
                let pairwise = self.context.endpoint.pairwise_subject(client, Some(&account))?;
                Ok((pairwise.unwrap_or(account), granted))
            }
            None => Err(Rule::TokenScope.into()),
        }
    }

    fn judge_binding(
        &mut self,
        bound: &Confirmation,
        client: &RegisteredClient,
        now: UtcDateTime,
    ) -> Result<(), Reason> {
        let endpoint = self.context.endpoint.clone();
        // FAPI 2.0 §5.3.4: also one that was issued under another policy.
        if !bound.is_bound() && matches!(endpoint.policy().sender_constraint, SenderConstraint::Required) {
            return Err(Rule::TokenBinding.into());
        }
        let certificate = self.certificate.as_ref();
        let mut shown =
            certificate.map_or(Confirmation::NONE, |shown| certificate_confirmation(endpoint.crypto(), shown));
        match (self.scheme, bound.jkt) {
            (TokenScheme::Dpop, Some(_)) => {
                let targets = endpoint.targets(&self.listener).ok_or(Rule::Embedder)?;
                let method = if self.method == Method::Get { "GET" } else { "POST" };
                let (url, access_token) = (&targets.userinfo, Some(&self.token));
                let proof = Proof { values: &self.dpop, method, url, access_token };
                let proven = proof.judge(&endpoint, client, &mut self.context.facts, now)?;
                shown.jkt = Some(proven.jkt());
                self.context.proof = Some(proven.once());
            }
            // RFC 9449 §7.2: a bound token is no bearer token, and a bearer token is bound to no key.
            (_, Some(_)) | (TokenScheme::Dpop, None) => return Err(Rule::TokenBinding.into()),
            _ => {}
        }
        if !shown.satisfies(bound) {
            return Err(Rule::TokenBinding.into());
        }
        self.context.remember_proof();
        Ok(())
    }
}

impl core::fmt::Debug for UserinfoRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UserinfoRequest").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

fn answer(context: Box<Context>, subject: String, granted: Granted) -> Outcome {
    let mut claims = Map::new();
    claims.insert("sub".into(), Value::String(subject));
    for (name, value) in granted.claims {
        if name != "sub" {
            claims.insert(name, value);
        }
    }
    let headers = Vec::from([("content-type", "application/json".into()), ("cache-control", "no-store".into())]);
    let response = ResponseParts::new(200, headers, Value::Object(claims).to_string().into_bytes());
    Outcome::answered(context, response)
}
