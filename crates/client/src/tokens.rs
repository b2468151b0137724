use alloc::string::String;

use symbolon_id_token::{Checks, Continuity, Expected, IdTokenClaims};
use symbolon_jose::{KeyAdvice, KeySetCache, UnverifiedJwt, VerifyingKeys};
use symbolon_token_response::TokenResponse;
use symbolon_types::{Alg, Digest, Scope, Secret, Trace};
use time::{Duration, UtcDateTime};

use crate::{
    Client, ClientError, FailedExchange, Failure, LogoutPlan, ProvidedNonce, RefreshPlan, VerifyError, WhatToDo,
    exchange::{Exchange, Grant, Identity},
    outcome::Spent,
};

/// Tokens that came and that nobody can read yet.
///
/// If a sign-in was planned, [`Self::verify`] is the only way on; else [`Self::without_id_token`] is.
///
/// ```compile_fail,E0599
/// use symbolon_client::{UnverifiedTokens, types::Secret};
/// fn read(tokens: &UnverifiedTokens) -> &Secret { tokens.access_token() }
/// ```
/// ```
/// use symbolon_client::{VerifiedTokens, types::Secret};
/// fn read(tokens: &VerifiedTokens) -> &Secret { tokens.access_token() }
/// ```
#[derive(Debug)]
#[must_use]
pub struct UnverifiedTokens {
    identity: Identity,
    tokens: Tokens,
    spent: Spent,
}

impl UnverifiedTokens {
    pub(crate) fn new(exchange: Exchange, response: TokenResponse, received_at: UtcDateTime) -> Self {
        let spent = exchange.spent();
        let Exchange { client, grant, scope: asked, identity, .. } = exchange;
        // R81: a new refresh token replaces the old one; none keeps it.
        let kept_refresh_token = match grant {
            Grant::RefreshToken(request) if response.refresh_token.is_none() => Some(request.refresh_token),
            _ => None,
        };
        let tokens = Tokens { client, response, asked, kept_refresh_token, received_at };
        Self { identity, tokens, spent }
    }

    /// Whether a sign-in was planned, so that [`Self::verify`] is the way on.
    pub const fn is_openid(&self) -> bool {
        !matches!(self.identity, Identity::None)
    }

    /// Which key will verify the ID token: what its header says, unproven. `None` if there is nothing to verify, or the
    /// ID token is malformed, which [`Self::verify`] tells.
    pub fn key_hint(&self) -> Option<KeyHint> {
        let jwt = UnverifiedJwt::parse(self.id_token()?.expose()).ok()?;
        Some(KeyHint { kid: jwt.header().kid().map(String::from), alg: jwt.header().alg() })
    }

    /// Whether the issuer's key set is to be fetched before verifying ([OIDC Core §10.1.1]): from [`Client::jwks_uri`], loaded
    /// with [`Client::id_token_algorithms`] and handed to the cache. Where there is nothing to verify, or the ID token is
    /// malformed or of another algorithm, no keys are needed; [`Self::verify`] tells.
    ///
    /// ```
    /// use symbolon_client::jose::{JwkSet, KeyAdvice, KeySetCache, VerifyingKeys};
    /// use symbolon_client::{Client, FailedExchange, UnverifiedTokens, VerifiedTokens};
    /// use time::UtcDateTime;
    ///
    /// fn verify(
    ///     client: &Client,
    ///     cache: &mut KeySetCache, // one for each issuer, behind a lock
    ///     tokens: UnverifiedTokens,
    ///     fetch: impl Fn(&str) -> Option<JwkSet>,
    ///     now: UtcDateTime,
    /// ) -> Result<VerifiedTokens, FailedExchange> {
    ///     if tokens.key_advice(cache, now) == KeyAdvice::Fetch {
    ///         // A fetch that fails leaves the cache as it is.
    ///         if let Some(set) = client.jwks_uri().and_then(|uri| fetch(uri.as_str())) {
    ///             cache.fetched(VerifyingKeys::load(client.crypto(), &set, client.id_token_algorithms()), now);
    ///         }
    ///     }
    ///     tokens.verify(&cache.keys(now), now)
    /// }
    /// ```
    ///
    /// [OIDC Core §10.1.1]: https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
    pub fn key_advice(&self, cache: &mut KeySetCache, now: UtcDateTime) -> KeyAdvice {
        let welcome = |hint: &KeyHint| self.tokens.client.id_token_algorithms().contains(&hint.alg);
        let hint = self.key_hint().filter(welcome);
        hint.map_or(KeyAdvice::Use, |hint| cache.advise(hint.kid.as_deref(), Some(hint.alg), now))
    }

    /// Verifies who signed in ([OIDC Core §3.1.3.7]; [OIDC Core §12.2] at a refresh) and hands the tokens out.
    ///
    /// `keys` are those that the issuer publishes, loaded with [`Client::id_token_algorithms`]. At a refresh without ID
    /// token they are not looked at.
    ///
    /// # Errors
    /// Nobody hears a code. The tokens are wiped; [`FailedExchange::outcome`] says what that leaves of the grant, and its
    /// [`Failure::NotVerified`] has
    /// - [`VerifyError::IdTokenMissing`]: a sign-in without ID token.
    /// - [`VerifyError::IdToken`]: the ID token does not hold.
    /// - [`VerifyError::NotOpenId`]: no sign-in was planned; see [`Self::without_id_token`].
    ///
    /// [OIDC Core §12.2]: https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
    /// [OIDC Core §3.1.3.7]: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    pub fn verify(self, keys: &VerifyingKeys, now: UtcDateTime) -> Result<VerifiedTokens, FailedExchange> {
        let refused = self.refused();
        self.verified(keys, now).map_err(refused)
    }

    fn verified(self, keys: &VerifyingKeys, now: UtcDateTime) -> Result<VerifiedTokens, VerifyError> {
        let Self { identity, tokens, .. } = self;
        let client = &tokens.client;
        let expected = Expected {
            trusted_audiences: client.trusted_audiences(),
            algorithms: client.id_token_algorithms(),
            access_token: Some(&tokens.response.access_token),
            ..Expected::new(client.issuer(), client.client_id())
        };
        let check = |id_token: &Secret, expected: &Expected<'_>| {
            let checks = Checks { crypto: client.crypto(), policy: &client.policy().id_token };
            checks.check(id_token.expose(), keys, expected, &mut Trace::stop_at_first(), now)
        };
        let id_token = tokens.response.id_token.as_ref();
        let (claims, identity, kept) = match (identity, id_token) {
            (Identity::None, _) => return Err(VerifyError::NotOpenId),
            (Identity::Login { login, code }, Some(id_token)) => {
                let expected = Expected {
                    nonce: login.nonce,
                    max_age: login.max_age,
                    acr_values: &login.acr_values,
                    acr_levels: &login.acr_levels,
                    code: code.as_ref(),
                    ..expected
                };
                let claims = check(id_token, &expected)?;
                let identity = Continuity::from(&claims);
                (Some(claims), Some(identity), None)
            }
            (Identity::Login { login, .. }, None) => {
                // Security decision D31: only if the server says so, and the plan allows it.
                let not_granted = tokens.response.scope.as_ref().is_some_and(|scope| !scope.contains("openid"));
                if !(login.may_lack_id_token && not_granted) {
                    return Err(VerifyError::IdTokenMissing);
                }
                (None, None, None)
            }
            (Identity::Refresh { first, .. }, Some(id_token)) => {
                let expected = Expected { previous: Some(first.clone()), ..expected };
                let claims = check(id_token, &expected)?;
                (Some(claims), Some(first), None)
            }
            (Identity::Refresh { first, id_token_hint }, None) => (None, Some(first), id_token_hint),
        };
        // That of this answer, which was verified, else the one that was kept.
        let id_token_hint = id_token.filter(|_| claims.is_some()).cloned().or(kept);
        Ok(VerifiedTokens { tokens, claims, identity, id_token_hint })
    }

    /// Hands the tokens out, nobody having signed in. An ID token among them stays unverified bytes (security decision
    /// D31): it says nothing about anybody.
    ///
    /// # Errors
    /// Nobody hears a code. The tokens are wiped, as by [`Self::verify`].
    /// - [`VerifyError::OpenId`]: a sign-in was planned; see [`Self::verify`].
    pub fn without_id_token(self) -> Result<Tokens, FailedExchange> {
        if self.is_openid() { Err(self.refused()(VerifyError::OpenId)) } else { Ok(self.tokens) }
    }

    /// What is left of the grant if the tokens are not taken.
    fn refused(&self) -> impl FnOnce(VerifyError) -> FailedExchange + use<> {
        let (spent, nonce) = (self.spent, self.tokens.dpop_nonce().cloned());
        let has_refresh_token = self.tokens.response.refresh_token.is_some();
        move |error| {
            let what_to_do = match error {
                // The keys, the clock, the registration, or an attack.
                VerifyError::IdToken(_) => WhatToDo::Unknown,
                VerifyError::IdTokenMissing | VerifyError::NotOpenId | VerifyError::OpenId => WhatToDo::Configuration,
            };
            let outcome = spent.discarded(what_to_do, has_refresh_token);
            FailedExchange::new(Failure::NotVerified(error), outcome, spent, nonce)
        }
    }

    /// The ID token, if it is to be verified.
    fn id_token(&self) -> Option<&Secret> {
        self.tokens.response.id_token.as_ref().filter(|_| self.is_openid())
    }
}

/// What the header of an ID token says about its key. Unproven: for finding the key, and for nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyHint {
    /// `kid`
    pub kid: Option<String>,
    /// `alg`
    pub alg: Alg,
}

/// Tokens that nobody signed in for, or whose identity is told beside ([`VerifiedTokens`]).
///
/// An access token is opaque: what is in it is for the resource alone.
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
    response: TokenResponse,
    asked: Option<Scope>,
    kept_refresh_token: Option<Secret>,
    received_at: UtcDateTime,
}

impl Tokens {
    /// The client that they are for.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// The access token.
    pub const fn access_token(&self) -> &Secret {
        &self.response.access_token
    }

    /// The value of the `Authorization` header of a request to a resource: `Bearer` and the access token, whatever the
    /// spelling of the received `token_type` ([RFC 6750 §2.1], R128); or `DPoP` and the access token, beside
    /// [`Self::resource_proof`] ([RFC 9449 §7.1]).
    ///
    /// [RFC 6750 §2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    /// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    pub fn authorization(&self) -> Secret {
        let scheme = if self.client.dpop().is_some() { "DPoP " } else { "Bearer " };
        Secret::new([scheme, self.access_token().expose()].concat())
    }

    /// The thumbprint of the key that the access token is bound to ([RFC 9449 §6.1]); `None` for a bearer token.
    ///
    /// [RFC 9449 §6.1]: https://www.rfc-editor.org/rfc/rfc9449#section-6.1
    pub fn jkt(&self) -> Option<Digest> {
        self.client.jkt()
    }

    /// The value of the `DPoP` header of one request to a resource, for its method and its URL ([RFC 9449 §7.1]): a fresh
    /// proof with the hash of the access token. Each request has one of its own, one that is sent again too.
    ///
    /// `nonce` is what that resource gave last in a `DPoP-Nonce` header, in any answer ([RFC 9449 §9]); none at first. An
    /// answer 401 whose `WWW-Authenticate` says `error="use_dpop_nonce"` gives one: send the request once more with it, and no
    /// third time. Keep the nonces of each resource server apart; that of the token endpoint is another one
    /// ([`Self::dpop_nonce`]).
    ///
    /// ```
    /// use symbolon_client::{ClientError, Tokens, types::Secret};
    /// use time::UtcDateTime;
    ///
    /// /// The headers of a GET.
    /// fn headers(
    ///     tokens: &Tokens,
    ///     url: &str,
    ///     nonce: Option<&str>,
    ///     now: UtcDateTime,
    /// ) -> Result<[(&'static str, Secret); 2], ClientError> {
    ///     Ok([("authorization", tokens.authorization()), ("dpop", tokens.resource_proof("GET", url, nonce, now)?)])
    /// }
    /// ```
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::BearerToken`]: the access token is bound to no key.
    /// - [`ClientError::Proof`]: no such URL or nonce, or the provider failed.
    ///
    /// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    /// [RFC 9449 §9]: https://www.rfc-editor.org/rfc/rfc9449#section-9
    pub fn resource_proof(
        &self,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        now: UtcDateTime,
    ) -> Result<Secret, ClientError> {
        let signer = self.client.dpop().ok_or(ClientError::BearerToken)?;
        Ok(signer.proof(self.client.crypto(), method, url, nonce, Some(self.access_token()), now)?)
    }

    /// The nonce for the client's next DPoP proof at the token endpoint: that of this answer, else the one that was sent
    /// ([RFC 9449 §8.2]). See [`Client::with_dpop_nonce`].
    ///
    /// [RFC 9449 §8.2]: https://www.rfc-editor.org/rfc/rfc9449#section-8.2
    pub const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.client.dpop_nonce()
    }

    /// The refresh token: the new one, or at a refresh without a new one the old one (R81).
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.response.refresh_token.as_ref().or(self.kept_refresh_token.as_ref())
    }

    /// When the answer came.
    pub const fn received_at(&self) -> UtcDateTime {
        self.received_at
    }

    /// When the access token expires: its lifetime after the answer came (R89). `None` if the server does not tell.
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        self.after(self.response.expires_in)
    }

    /// When the refresh token expires, if the server tells.
    pub fn refresh_expires_at(&self) -> Option<UtcDateTime> {
        self.after(self.response.refresh_token_expires_in)
    }

    /// The scope of the access token: what the server says, else what was asked for. `None` if nobody said.
    pub fn scope(&self) -> Option<&Scope> {
        self.response.scope.as_ref().or(self.asked.as_ref())
    }

    /// What the server granted beyond what was asked for; empty if nothing was asked for in particular.
    pub fn unasked_scope(&self) -> Scope {
        let (Some(granted), Some(asked)) = (&self.response.scope, &self.asked) else { return Scope::empty() };
        let mut unasked = String::new();
        for token in granted.tokens().filter(|token| !asked.contains(token)) {
            if !unasked.is_empty() {
                unasked.push(' ');
            }
            unasked.push_str(token);
        }
        Scope::parse(&unasked).unwrap_or_default()
    }

    /// The whole answer: members of the provider's own, tolerances. An `id_token` in it is text that says nothing.
    pub const fn response(&self) -> &TokenResponse {
        &self.response
    }

    /// The plan of a refresh that keeps nobody's identity. `None` without refresh token.
    pub fn refresh_plan(&self) -> Option<RefreshPlan> {
        let mut plan = RefreshPlan::new(self.refresh_token()?.clone());
        plan.granted = self.scope().cloned();
        Some(plan)
    }

    fn after(&self, lifetime: Option<Duration>) -> Option<UtcDateTime> {
        lifetime.map(|lifetime| self.received_at.saturating_add(lifetime))
    }
}

/// Tokens of a sign-in whose ID token was verified. Only [`UnverifiedTokens::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedTokens {
    tokens: Tokens,
    claims: Option<IdTokenClaims>,
    identity: Option<Continuity>,
    id_token_hint: Option<Secret>,
}

impl VerifiedTokens {
    /// The claims of the ID token. `None` at a refresh without ID token, which keeps the identity that was, and where
    /// `openid` was not granted and the plan took that.
    pub const fn id_token(&self) -> Option<&IdTokenClaims> {
        self.claims.as_ref()
    }

    /// Who signed in, as the first ID token said: keep it beside the refresh token, for the next refresh. `None` only
    /// where `openid` was not granted and the plan took that.
    pub const fn identity(&self) -> Option<&Continuity> {
        self.identity.as_ref()
    }

    /// The plan of a refresh that keeps this identity. `None` without refresh token.
    pub fn refresh_plan(&self) -> Option<RefreshPlan> {
        let mut plan = self.tokens.refresh_plan()?;
        plan.identity.clone_from(&self.identity);
        plan.id_token_hint.clone_from(&self.id_token_hint);
        Some(plan)
    }

    /// The plan of a sign-out that tells the server whose session is meant, by the last ID token that there was
    /// ([RP-Initiated Logout §2]). A refresh without ID token keeps the one before.
    ///
    /// [RP-Initiated Logout §2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
    pub fn logout_plan(&self) -> LogoutPlan {
        let mut plan = LogoutPlan::new();
        plan.id_token_hint.clone_from(&self.id_token_hint);
        plan
    }

    /// The tokens alone.
    pub const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// See [`Tokens::access_token`].
    pub const fn access_token(&self) -> &Secret {
        self.tokens.access_token()
    }

    /// See [`Tokens::authorization`].
    pub fn authorization(&self) -> Secret {
        self.tokens.authorization()
    }

    /// See [`Tokens::jkt`].
    pub fn jkt(&self) -> Option<Digest> {
        self.tokens.jkt()
    }

    /// See [`Tokens::resource_proof`].
    ///
    /// # Errors
    /// As [`Tokens::resource_proof`].
    pub fn resource_proof(
        &self,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        now: UtcDateTime,
    ) -> Result<Secret, ClientError> {
        self.tokens.resource_proof(method, url, nonce, now)
    }

    /// See [`Tokens::dpop_nonce`].
    pub const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.tokens.dpop_nonce()
    }

    /// See [`Tokens::refresh_token`].
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.tokens.refresh_token()
    }

    /// See [`Tokens::received_at`].
    pub const fn received_at(&self) -> UtcDateTime {
        self.tokens.received_at()
    }

    /// See [`Tokens::expires_at`].
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        self.tokens.expires_at()
    }

    /// See [`Tokens::refresh_expires_at`].
    pub fn refresh_expires_at(&self) -> Option<UtcDateTime> {
        self.tokens.refresh_expires_at()
    }

    /// See [`Tokens::scope`].
    pub fn scope(&self) -> Option<&Scope> {
        self.tokens.scope()
    }

    /// See [`Tokens::unasked_scope`].
    pub fn unasked_scope(&self) -> Scope {
        self.tokens.unasked_scope()
    }

    /// See [`Tokens::response`].
    pub const fn response(&self) -> &TokenResponse {
        self.tokens.response()
    }
}
