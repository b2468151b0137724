use alloc::{string::String, sync::Arc, vec::Vec};

use symbolon_client_auth::ClientAuthentication;
use symbolon_crypto::CryptoProvider;
use symbolon_dpop::{ProofSigner, TargetUri};
use symbolon_id_token::Continuity;
use symbolon_policy::{Policy, SenderConstraint};
use symbolon_token_request::{
    AuthorizationCodeRequest, ClientCredentialsRequest, ExtensionRequest, RefreshTokenRequest, TokenRequest,
    registered_parameter_in_query,
};
use symbolon_types::{Alg, AuthMethod, ClientId, Digest, Issuer, Secret};
use time::UtcDateTime;

use crate::{
    ApiMisuse, AuthorizationCode, ClientCredentialsPlan, ClientError, EndpointUrl, EndpointUrlError, IncomingResponse,
    Metadata, ProvidedNonce, RefreshPlan, RemoteAssertion, Sending,
    authorization::{REPLACING, SENT_HERE},
    endpoint_url::is_redirect_uri,
    endpoints::{Endpoints, Told, endpoint},
    exchange::{Exchange, Grant, Identity},
    target::Target,
};

/// A client of one authorization server: what both of them know of each other. A cheap handle; what is pending holds
/// one, so it has no lifetime.
///
/// It holds no state that a request changes. See the crate page for a whole sign-in.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    dpop_nonce: Option<ProvidedNonce>,
}

#[derive(Debug)]
struct Inner {
    issuer: Issuer,
    client_id: ClientId,
    crypto: CryptoProvider,
    policy: Policy,
    token_endpoint: EndpointUrl,
    authorization_endpoint: Option<EndpointUrl>,
    jwks_uri: Option<EndpointUrl>,
    endpoints: Endpoints,
    authentication: Authentication,
    dpop: Option<ProofSigner>,
    redirect_uri: Option<String>,
    id_token_algorithms: Vec<Alg>,
    userinfo_signed_response_alg: Option<Alg>,
    trusted_audiences: Vec<String>,
    iss_parameter_supported: bool,
}

/// How the client authenticates, with a key or secret that is here, or with one that signs elsewhere.
#[derive(Clone, Debug)]
pub(crate) enum Authentication {
    Local(ClientAuthentication),
    Remote(RemoteAssertion),
}

impl Authentication {
    pub(crate) const fn is_public(&self) -> bool {
        matches!(self, Self::Local(ClientAuthentication::None))
    }

    /// The method that the client registered. A key that signs elsewhere makes assertions.
    pub(crate) const fn method(&self) -> AuthMethod {
        match self {
            Self::Local(local) => local.method(),
            Self::Remote(_) => AuthMethod::PrivateKeyJwt,
        }
    }

    /// RFC 8705 §2: whether the certificate of the TLS connection authenticates the client.
    fn is_mutual_tls(&self) -> bool {
        matches!(self.method(), AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth)
    }
}

impl Client {
    /// Starts building a client of this issuer: a public one with [`Policy::OAUTH_2_1`] until the builder is told more.
    pub fn builder(issuer: Issuer, client_id: ClientId, crypto: CryptoProvider) -> ClientBuilder {
        ClientBuilder {
            issuer,
            client_id,
            crypto,
            policy: Policy::OAUTH_2_1,
            token_endpoint: None,
            mtls_token_endpoint: None,
            authorization_endpoint: None,
            jwks_uri: None,
            endpoints: Told::default(),
            metadata_is_of_another: false,
            authentication: Authentication::Local(ClientAuthentication::None),
            certificate_bound: false,
            dpop: None,
            redirect_uri: None,
            id_token_algorithms: Vec::new(),
            userinfo_signed_response_alg: None,
            trusted_audiences: Vec::new(),
            iss_parameter_supported: false,
        }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &Issuer {
        &self.inner.issuer
    }

    /// The client identifier.
    pub fn client_id(&self) -> &ClientId {
        &self.inner.client_id
    }

    /// The token endpoint that the client sends to, its query included: the one for mutual TLS if that is what it does
    /// ([`ClientBuilder::mtls_token_endpoint`]).
    pub fn token_endpoint(&self) -> &EndpointUrl {
        &self.inner.token_endpoint
    }

    /// The authorization endpoint, if the client has users to send there.
    pub fn authorization_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.authorization_endpoint.as_ref()
    }

    /// Where the issuer publishes its keys. Nothing is fetched here.
    pub fn jwks_uri(&self) -> Option<&EndpointUrl> {
        self.inner.jwks_uri.as_ref()
    }

    /// The userinfo endpoint, if it was told: the one for mutual TLS if that is what the client does.
    pub fn userinfo_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.endpoints.userinfo.as_ref()
    }

    /// Where authorization requests are pushed ([RFC 9126 §5](https://www.rfc-editor.org/rfc/rfc9126#section-5)), if it was
    /// told; for mutual TLS as [`Self::userinfo_endpoint`].
    pub fn pushed_authorization_request_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.endpoints.pushed_authorization_request.as_ref()
    }

    /// Where devices begin ([RFC 8628 §4](https://www.rfc-editor.org/rfc/rfc8628#section-4)), if it was told; for mutual TLS as
    /// [`Self::userinfo_endpoint`].
    pub fn device_authorization_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.endpoints.device_authorization.as_ref()
    }

    /// Where CIBA begins ([OpenID CIBA §4]), if it was told; for mutual TLS as [`Self::userinfo_endpoint`].
    ///
    /// [OpenID CIBA §4]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#registration
    pub fn backchannel_authentication_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.endpoints.backchannel_authentication.as_ref()
    }

    /// Where browsers are sent to sign out ([RP-Initiated Logout §2.1]), if it was told.
    ///
    /// [RP-Initiated Logout §2.1]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#OPMetadata
    pub fn end_session_endpoint(&self) -> Option<&EndpointUrl> {
        self.inner.endpoints.end_session.as_ref()
    }

    /// What the client demands.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The cryptographic provider.
    pub fn crypto(&self) -> &CryptoProvider {
        &self.inner.crypto
    }

    /// The algorithms that the client registered for ID tokens (`id_token_signed_response_alg`); the policy's default if
    /// it registered none. Load the issuer's keys with them: `VerifyingKeys::load(crypto, &set, client.id_token_algorithms())`.
    pub fn id_token_algorithms(&self) -> &[Alg] {
        &self.inner.id_token_algorithms
    }

    /// The algorithm that the client registered for userinfo; `None` if its answers are plain JSON.
    pub fn userinfo_signed_response_alg(&self) -> Option<Alg> {
        self.inner.userinfo_signed_response_alg
    }

    /// Makes the proofs of the key that the client's tokens are bound to, if it has one ([`ClientBuilder::dpop`]).
    pub fn dpop(&self) -> Option<&ProofSigner> {
        self.inner.dpop.as_ref()
    }

    /// The same client, whose next request has this nonce in its proof: what the last answer gave, by
    /// [`Tokens::dpop_nonce`](crate::Tokens::dpop_nonce) or [`ErrorAnswer::dpop_nonce`](crate::ErrorAnswer::dpop_nonce)
    /// ([RFC 9449 §8.2]). Without it a server that wants one says so first, which costs a round trip.
    ///
    /// A client without a key sends no proof, and no nonce.
    ///
    /// [RFC 9449 §8.2]: https://www.rfc-editor.org/rfc/rfc9449#section-8.2
    #[must_use]
    pub fn with_dpop_nonce(&self, nonce: Option<&ProvidedNonce>) -> Self {
        Self { inner: Arc::clone(&self.inner), dpop_nonce: nonce.filter(|_| self.dpop().is_some()).cloned() }
    }

    /// The token request for a code ([RFC 6749 §4.1.3], [RFC 7636 §4.5]). The code brings verifier, `redirect_uri` and
    /// nonce along.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::OtherClient`]: the code is of another issuer, client or token endpoint (security decision D29), or
    ///   bound to another key ([RFC 9449 §10]).
    /// - [`ClientError::Parameter`]: a `resource` is no absolute URI, or has a fragment.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: client authentication cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
    /// [RFC 7636 §4.5]: https://www.rfc-editor.org/rfc/rfc7636#section-4.5
    /// [RFC 9449 §10]: https://www.rfc-editor.org/rfc/rfc9449#section-10
    pub fn exchange(&self, code: AuthorizationCode, now: UtcDateTime) -> Result<Sending, ClientError> {
        let (from, answer) = code.into_parts();
        // D29: the code goes to the token endpoint of the issuer that it was asked for at, and to no other.
        let is_ours = from.issuer() == self.issuer()
            && from.client_id() == self.client_id()
            && from.token_endpoint() == self.token_endpoint()
            && from.jkt() == self.jkt();
        if !is_ours {
            return Err(ClientError::OtherClient);
        }
        let target = Target::new(answer.resource, answer.authorization_details)?;
        let mut request = AuthorizationCodeRequest::new(answer.code.clone());
        request.redirect_uri = Some(answer.asked.redirect_uri);
        request.code_verifier = Some(answer.asked.verifier.into());
        let identity = match answer.asked.login {
            None => Identity::None,
            Some(login) => Identity::Login { login, code: Some(answer.code) },
        };
        let grant = Grant::AuthorizationCode(request);
        Exchange::new(self.clone(), grant, Some(answer.asked.scope), identity).with(target).send(now)
    }

    /// The token request with a refresh token ([RFC 6749 §6], [OIDC Core §12.1]).
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::OtherClient`]: the identity that is to be kept is of another issuer or client.
    /// - [`ClientError::EmptySecret`]: the refresh token has no text.
    /// - [`ClientError::PublicClient`]: the client cannot authenticate, and the policy has no refresh tokens for such ones (R14).
    /// - [`ClientError::Parameter`]: a `resource` is no absolute URI, or has a fragment.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: client authentication cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [OIDC Core §12.1]: https://openid.net/specs/openid-connect-core-1_0.html#RefreshingAccessToken
    /// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
    pub fn refresh(&self, plan: RefreshPlan, now: UtcDateTime) -> Result<Sending, ClientError> {
        if plan.refresh_token.is_empty() {
            return Err(ClientError::EmptySecret);
        }
        if self.inner.authentication.is_public() && !self.policy().refresh.public_clients {
            return Err(ClientError::PublicClient);
        }
        let client_id = self.client_id().as_str();
        let is_ours = |first: &Continuity| {
            first.iss == self.issuer().as_str()
                && first.aud.contains(client_id)
                && first.azp.as_deref().is_none_or(|azp| azp == client_id)
        };
        if !plan.identity.as_ref().is_none_or(is_ours) {
            return Err(ClientError::OtherClient);
        }
        let target = Target::new(plan.resource, plan.authorization_details)?;
        let mut request = RefreshTokenRequest::new(plan.refresh_token);
        request.scope.clone_from(&plan.scope);
        let id_token_hint = plan.id_token_hint;
        let identity = plan.identity.map_or(Identity::None, |first| Identity::Refresh { first, id_token_hint });
        let grant = Grant::RefreshToken(request);
        Exchange::new(self.clone(), grant, plan.scope.or(plan.granted), identity).with(target).send(now)
    }

    /// The token request of the client for itself ([RFC 6749 §4.4.2]): of a plan, or of a scope or none.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::PublicClient`]: a client that cannot authenticate must not use this grant.
    /// - [`ClientError::Parameter`]: a `resource` is no absolute URI, or has a fragment.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: client authentication cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 6749 §4.4.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2
    pub fn client_credentials(
        &self,
        plan: impl Into<ClientCredentialsPlan>,
        now: UtcDateTime,
    ) -> Result<Sending, ClientError> {
        if self.inner.authentication.is_public() {
            return Err(ClientError::PublicClient);
        }
        let ClientCredentialsPlan { scope, resource, authorization_details } = plan.into();
        let target = Target::new(resource, authorization_details)?;
        let mut request = ClientCredentialsRequest::new();
        request.scope.clone_from(&scope);
        let grant = Grant::ClientCredentials(request);
        Exchange::new(self.clone(), grant, scope, Identity::None).with(target).send(now)
    }

    /// The token request of an extension grant ([RFC 6749 §4.5]). An ID token in its answer stays unverified. For assertions as
    /// grants and for token exchange see [`Self::jwt_bearer`] and [`Self::exchange_token`].
    ///
    /// Where the server asks for a DPoP nonce, its parameters are sent a second time as they are, the `assertion` of a
    /// jwt-bearer grant with its `jti` too ([`PendingTokens::receive`](crate::PendingTokens::receive), [RFC 7523 §2.1]). For a
    /// server that takes it for used up then, give the client a nonce beforehand ([`Self::with_dpop_nonce`]).
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ClientError::ExtensionGrant`]: `grant_type` is no absolute URI, so it is a grant of RFC 6749 or none.
    /// - [`ClientError::Apply`], [`ClientError::Assertion`], [`ClientError::Random`]: client authentication cannot be made.
    /// - [`ClientError::Proof`]: the DPoP proof cannot be made.
    ///
    /// [RFC 6749 §4.5]: https://www.rfc-editor.org/rfc/rfc6749#section-4.5
    /// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
    pub fn extension(&self, request: ExtensionRequest, now: UtcDateTime) -> Result<Sending, ClientError> {
        // A bare code must not get to the token endpoint this way (security decision D29).
        if !request.grant_type.contains(':') {
            return Err(ClientError::ExtensionGrant);
        }
        let scope = request.scope.clone();
        let grant = Grant::Extension(request);
        Exchange::new(self.clone(), grant, scope, Identity::None).send(now)
    }

    /// The thumbprint of the key that the client's codes and tokens are bound to.
    pub(crate) fn jkt(&self) -> Option<Digest> {
        self.dpop().map(ProofSigner::jkt)
    }

    pub(crate) const fn dpop_nonce(&self) -> Option<&ProvidedNonce> {
        self.dpop_nonce.as_ref()
    }

    /// The same client after an answer: a new nonce replaces the old one, none keeps it (RFC 9449 §8.2).
    pub(crate) fn after(&self, response: &IncomingResponse) -> Self {
        self.with_dpop_nonce(response.dpop_nonce().as_ref().or(self.dpop_nonce()))
    }

    /// A fresh proof for the token endpoint (RFC 9449 §5).
    pub(crate) fn proof(&self, now: UtcDateTime) -> Result<Option<Secret>, ClientError> {
        let Some(signer) = self.dpop() else { return Ok(None) };
        let nonce = self.dpop_nonce().map(ProvidedNonce::as_str);
        Ok(Some(signer.proof(self.crypto(), "POST", self.token_endpoint().as_str(), nonce, None, now)?))
    }

    pub(crate) fn authentication(&self) -> &Authentication {
        &self.inner.authentication
    }

    pub(crate) fn redirect_uri(&self) -> Option<&str> {
        self.inner.redirect_uri.as_deref()
    }

    pub(crate) fn trusted_audiences(&self) -> &[String] {
        &self.inner.trusted_audiences
    }

    pub(crate) fn must_push(&self) -> bool {
        self.inner.endpoints.must_push
    }

    pub(crate) fn iss_parameter_supported(&self) -> bool {
        self.inner.iss_parameter_supported
    }
}

/// Collects what a [`Client`] needs. Nothing is judged before [`Self::build`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    issuer: Issuer,
    client_id: ClientId,
    crypto: CryptoProvider,
    policy: Policy,
    token_endpoint: Option<String>,
    mtls_token_endpoint: Option<String>,
    authorization_endpoint: Option<String>,
    jwks_uri: Option<String>,
    endpoints: Told,
    metadata_is_of_another: bool,
    authentication: Authentication,
    certificate_bound: bool,
    dpop: Option<ProofSigner>,
    redirect_uri: Option<String>,
    id_token_algorithms: Vec<Alg>,
    userinfo_signed_response_alg: Option<Alg>,
    trusted_audiences: Vec<String>,
    iss_parameter_supported: bool,
}

impl ClientBuilder {
    /// Takes the endpoints of the issuer's metadata, and whether it tells `iss` and demands that requests are pushed. What is
    /// set afterwards wins.
    pub fn metadata(mut self, metadata: &Metadata) -> Self {
        let text = |url: &Option<EndpointUrl>| url.as_ref().map(|url| url.as_str().into());
        self.metadata_is_of_another |= metadata.issuer != self.issuer;
        self.token_endpoint = text(&metadata.token_endpoint).or(self.token_endpoint);
        self.mtls_token_endpoint = text(&metadata.mtls_endpoint_aliases.token_endpoint).or(self.mtls_token_endpoint);
        self.authorization_endpoint = text(&metadata.authorization_endpoint).or(self.authorization_endpoint);
        self.jwks_uri = text(&metadata.jwks_uri).or(self.jwks_uri);
        let aliases = &metadata.mtls_endpoint_aliases;
        self.endpoints.userinfo.take(metadata.userinfo_endpoint.as_ref(), aliases.userinfo_endpoint.as_ref());
        self.endpoints.pushed_authorization_request.take(
            metadata.pushed_authorization_request_endpoint.as_ref(),
            aliases.pushed_authorization_request_endpoint.as_ref(),
        );
        self.endpoints
            .device_authorization
            .take(metadata.device_authorization_endpoint.as_ref(), aliases.device_authorization_endpoint.as_ref());
        self.endpoints.backchannel_authentication.take(
            metadata.backchannel_authentication_endpoint.as_ref(),
            aliases.backchannel_authentication_endpoint.as_ref(),
        );
        self.endpoints.end_session.take(metadata.end_session_endpoint.as_ref(), None);
        self.endpoints.must_push |= metadata.require_pushed_authorization_requests;
        self.iss_parameter_supported |= metadata.authorization_response_iss_parameter_supported;
        self
    }

    /// The token endpoint, whatever the client does: what was said before of one for mutual TLS is forgotten.
    /// Its query is kept, and nothing is added to it.
    pub fn token_endpoint(mut self, url: impl Into<String>) -> Self {
        self.token_endpoint = Some(url.into());
        self.mtls_token_endpoint = None;
        self
    }

    /// The token endpoint for mutual TLS, where it is another one ([RFC 8705 §5], R59). Only a client that does mutual TLS
    /// sends there, and it sends nowhere else: one whose method is `tls_client_auth` or `self_signed_tls_client_auth`, or
    /// that was told [`Self::certificate_bound_access_tokens`].
    ///
    /// It changes neither issuer nor audience. Its query is kept, and nothing is added to it.
    ///
    /// [RFC 8705 §5]: https://www.rfc-editor.org/rfc/rfc8705#section-5
    pub fn mtls_token_endpoint(mut self, url: impl Into<String>) -> Self {
        self.mtls_token_endpoint = Some(url.into());
        self
    }

    /// The authorization endpoint. Its query is kept ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    pub fn authorization_endpoint(mut self, url: impl Into<String>) -> Self {
        self.authorization_endpoint = Some(url.into());
        self
    }

    /// Where the issuer publishes its keys.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// The userinfo endpoint, whatever the client does.
    pub fn userinfo_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.userinfo.set(url);
        self
    }

    /// Where authorization requests are pushed, whatever the client does.
    pub fn pushed_authorization_request_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.pushed_authorization_request.set(url);
        self
    }

    /// Where devices begin, whatever the client does.
    pub fn device_authorization_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.device_authorization.set(url);
        self
    }

    /// Where CIBA begins, whatever the client does.
    pub fn backchannel_authentication_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.backchannel_authentication.set(url);
        self
    }

    /// Where browsers are sent to sign out.
    pub fn end_session_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.end_session.set(url);
        self
    }

    /// How the client authenticates: the one method that it registered. There is no fallback to another one.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = Authentication::Local(authentication);
        self
    }

    /// Authenticates by `private_key_jwt` with a key that signs elsewhere. [`Sending`] then stops for each signature.
    pub fn remote_assertion(mut self, assertion: RemoteAssertion) -> Self {
        self.authentication = Authentication::Remote(assertion);
        self
    }

    /// The client presents a certificate whatever its method, and the server binds the tokens to it
    /// (`tls_client_certificate_bound_access_tokens`, [RFC 8705 §3], §4): it sends to the token endpoint for mutual TLS. The
    /// certificate is the sender's to present, and whether a token is bound to it is for the resource to see.
    ///
    /// [RFC 8705 §3]: https://www.rfc-editor.org/rfc/rfc8705#section-3
    pub const fn certificate_bound_access_tokens(mut self) -> Self {
        self.certificate_bound = true;
        self
    }

    /// Binds everything to this key ([RFC 9449 §5], [RFC 9449 §10]): each authorization request names it by `dpop_jkt`, each
    /// token request has a fresh proof, and an answer whose `token_type` is not `DPoP` is discarded (security decision
    /// D32).
    ///
    /// The refresh tokens of a public client are bound to the key too, so keep it as long as they live. A server that does
    /// not know `dpop_jkt` ignores it ([RFC 6749 §3.1]).
    ///
    /// [RFC 6749 §3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
    /// [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
    /// [RFC 9449 §10]: https://www.rfc-editor.org/rfc/rfc9449#section-10
    pub fn dpop(mut self, signer: ProofSigner) -> Self {
        self.dpop = Some(signer);
        self
    }

    /// Demands this instead of [`Policy::OAUTH_2_1`].
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The algorithms that the client registered for ID tokens, by the names that a header may have.
    pub fn id_token_algorithms(mut self, algorithms: impl Into<Vec<Alg>>) -> Self {
        self.id_token_algorithms = algorithms.into();
        self
    }

    /// The algorithm that the client registered for userinfo, by the name that a header has
    /// (`userinfo_signed_response_alg`, [OIDC Registration §2]). Then an answer of plain JSON is refused (security decision
    /// D32); without it a signed one is.
    ///
    /// [OIDC Registration §2]: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
    pub const fn userinfo_signed_response_alg(mut self, alg: Alg) -> Self {
        self.userinfo_signed_response_alg = Some(alg);
        self
    }

    /// Trusts an audience that may stand beside the client in an ID token, in signed userinfo and in a logout token (security
    /// decision D32). By default nobody.
    pub fn trusted_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Whether the issuer says that its authorization responses have `iss`
    /// ([RFC 9207 §3](https://www.rfc-editor.org/rfc/rfc9207#section-3)). Then one without is refused. One that has it is
    /// always compared.
    pub const fn iss_parameter_supported(mut self, supported: bool) -> Self {
        self.iss_parameter_supported = supported;
        self
    }

    /// Whether each authorization request is pushed: the server asks it of everybody, or the client registered it
    /// (`require_pushed_authorization_requests`, [RFC 9126 §5, §6](https://www.rfc-editor.org/rfc/rfc9126#section-5)).
    /// [`Client::authorize`] makes none then.
    pub const fn require_pushed_authorization_requests(mut self, required: bool) -> Self {
        self.endpoints.must_push = required;
        self
    }

    /// The `redirect_uri` of authorization requests whose plan names none.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Judges what was collected.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`ApiMisuse::Policy`]: the policy contradicts itself.
    /// - [`ApiMisuse::Issuer`]: the issuer is no https URL (http on loopback), or has a query.
    /// - [`ApiMisuse::MetadataIssuer`]: the metadata is another issuer's.
    /// - [`ApiMisuse::TokenEndpointMissing`], [`ApiMisuse::EndpointUrl`], [`ApiMisuse::EndpointQuery`]: an endpoint is
    ///   not there, not https (or http on loopback), or has a parameter in its query that is sent by the client.
    /// - [`ApiMisuse::DpopTarget`]: the client proves a key, and no proof can name its token endpoint.
    /// - [`ApiMisuse::RedirectUri`]: not an absolute URI without fragment.
    /// - [`ApiMisuse::SymmetricKey`]: a MAC key signs elsewhere, or a public client registered HS256.
    /// - [`ApiMisuse::AuthMethod`]: the policy does not welcome how the client authenticates.
    /// - [`ApiMisuse::SenderConstraint`]: the policy wants no bearer tokens, and there is neither a key for proofs
    ///   ([`Self::dpop`]) nor a certificate that tokens are bound to ([`Self::certificate_bound_access_tokens`]).
    pub fn build(self) -> Result<Client, ApiMisuse> {
        self.policy.check().map_err(ApiMisuse::Policy)?;
        // RFC 8414 §2: https, no query, no fragment.
        let issuer = EndpointUrl::parse(self.issuer.as_str()).map_err(ApiMisuse::Issuer)?;
        if issuer.query().is_some() {
            return Err(ApiMisuse::Issuer(EndpointUrlError::Syntax));
        }
        if self.metadata_is_of_another {
            return Err(ApiMisuse::MetadataIssuer);
        }
        let usual = token_endpoint("token_endpoint", self.token_endpoint)?;
        let for_mtls = token_endpoint("mtls_token_endpoint", self.mtls_token_endpoint)?;
        // RFC 8705 §5: with a certificate to the alias where there is one, without to the usual one and nowhere else.
        let does_mutual_tls = self.certificate_bound || self.authentication.is_mutual_tls();
        let token_endpoint = for_mtls.filter(|_| does_mutual_tls).or(usual).ok_or(ApiMisuse::TokenEndpointMissing)?;
        if self.dpop.is_some() && TargetUri::parse(token_endpoint.as_str()).is_err() {
            return Err(ApiMisuse::DpopTarget);
        }
        let authorization_endpoint = endpoint("authorization_endpoint", self.authorization_endpoint)?;
        if let Some(query) = authorization_endpoint.as_ref().and_then(EndpointUrl::query) {
            let fixed = TokenRequest::parse(query.as_bytes().to_vec()).ok();
            let mut names = SENT_HERE.iter().chain(REPLACING);
            if fixed.is_none_or(|fixed| names.any(|name| fixed.parameter(name).is_some())) {
                return Err(ApiMisuse::EndpointQuery { endpoint: "authorization_endpoint" });
            }
        }
        if self.redirect_uri.as_deref().is_some_and(|uri| !is_redirect_uri(uri)) {
            return Err(ApiMisuse::RedirectUri);
        }
        let mac_elsewhere =
            matches!(&self.authentication, Authentication::Remote(remote) if remote.alg().is_symmetric());
        let id_token_algorithms = if self.id_token_algorithms.is_empty() {
            Vec::from([self.policy.id_token.default_algorithm])
        } else {
            self.id_token_algorithms
        };
        // Security decision D32: a public client has no secret to verify a MAC with.
        let mut algorithms = id_token_algorithms.iter().chain(&self.userinfo_signed_response_alg);
        let mac_for_public = self.authentication.is_public() && algorithms.any(|alg| alg.is_symmetric());
        if mac_elsewhere || mac_for_public {
            return Err(ApiMisuse::SymmetricKey);
        }
        if !self.policy.auth_methods.allows(&self.authentication.method()) {
            return Err(ApiMisuse::AuthMethod);
        }
        let is_bound = self.dpop.is_some() || self.certificate_bound;
        if !is_bound && matches!(self.policy.sender_constraint, SenderConstraint::Required) {
            return Err(ApiMisuse::SenderConstraint);
        }
        let inner = Inner {
            issuer: self.issuer,
            client_id: self.client_id,
            crypto: self.crypto,
            policy: self.policy,
            token_endpoint,
            authorization_endpoint,
            jwks_uri: endpoint("jwks_uri", self.jwks_uri)?,
            endpoints: self.endpoints.judge(does_mutual_tls)?,
            authentication: self.authentication,
            dpop: self.dpop,
            redirect_uri: self.redirect_uri,
            id_token_algorithms,
            userinfo_signed_response_alg: self.userinfo_signed_response_alg,
            trusted_audiences: self.trusted_audiences,
            iss_parameter_supported: self.iss_parameter_supported,
        };
        Ok(Client { inner: Arc::new(inner), dpop_nonce: None })
    }
}

fn token_endpoint(name: &'static str, url: Option<String>) -> Result<Option<EndpointUrl>, ApiMisuse> {
    let url = endpoint(name, url)?;
    // RFC 6749 §2.3.1, §3.2: parameters are in the body, and none of them twice.
    if url.as_ref().and_then(EndpointUrl::query).and_then(registered_parameter_in_query).is_some() {
        return Err(ApiMisuse::EndpointQuery { endpoint: name });
    }
    Ok(url)
}
