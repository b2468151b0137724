use alloc::vec::Vec;

use symbolon_token_request::ExtensionRequest;
use symbolon_types::{ErrorCode, Once, Rule, Scope};

use crate::{
    AuthenticatedRequest, Granted, Reason, Refusal, RegisteredClient, ValidatedGrant, commit::Change, issue::Source,
};

/// An extension grant ([RFC 6749 §4.5]) that the endpoint lists and the client registered. A third party wraps it in a
/// type of its own, looks up what it needs, and ends in [`Self::authorize`] or [`Self::refuse`].
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::GrantSet;
/// # use symbolon_server::{Endpoint, Found, PROVIDER, RegisteredClient, ServerKey, Grant, Granted, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key)
/// #     .extension_grant("urn:example:grant")
/// #     .build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read")?)
/// #     .with_extension_grant("urn:example:grant");
/// # let parts = RequestParts::post(b"grant_type=urn:example:grant&ticket=t-1".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// let Grant::Extension(grant) = request.into_grant()? else { unreachable!() };
/// assert_eq!(grant.grant_type(), "urn:example:grant");
/// let granted = match grant.parameter("ticket") {
///     Some("t-1") => grant.authorize(Granted::to_user("alice", Scope::parse("read")?))?,
///     _ => return Err(grant.refuse("ticket.known", ErrorCode::InvalidGrant).into()),
/// };
/// assert_eq!(granted.granted().subject.as_deref(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.5]: https://www.rfc-editor.org/rfc/rfc6749#section-4.5
#[must_use]
pub struct ExtensionGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: ExtensionRequest,
    once: Vec<Once>,
}

impl ExtensionGrant {
    pub(crate) const fn new(request: AuthenticatedRequest, parameters: ExtensionRequest) -> Self {
        Self { request, parameters, once: Vec::new() }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// The grant type.
    pub fn grant_type(&self) -> &str {
        &self.parameters.grant_type
    }

    /// The scope that was asked for.
    pub const fn requested_scope(&self) -> Option<&Scope> {
        self.parameters.scope.as_ref()
    }

    /// The value of a parameter; the first one of `resource` and `audience`, which alone may come more than once.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).next()
    }

    /// Every value of a parameter.
    pub fn parameters<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.parameters.parameters.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.expose())
    }

    /// Makes something single-use: part of the commit of the issued tokens, and of no refusal (security decision D1). If
    /// it was used before, the peer hears `invalid_grant`.
    pub fn once(mut self, once: Once) -> Self {
        self.once.push(once);
        self
    }

    /// Grants this. What may be granted is the third party's judgement.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion:
    /// - `invalid_scope`: the scope is wider than the client's.
    /// - `invalid_request`: what is used once is the client assertion of this very request (security decision D9).
    /// - `server_error`: what is granted cannot be told in tokens.
    pub fn authorize(self, granted: Granted) -> Result<ValidatedGrant, Refusal> {
        let Self { request, once, .. } = self;
        let is_seen = |once: &Once| {
            let mut guards = request.context.commit.guards().iter();
            guards.any(|guard| matches!(guard.change(), Change::Remember(known) if known.key == once.key))
        };
        if once.iter().any(is_seen) {
            return Err(request.context.refuse(Rule::FormOneJwtTwice));
        }
        if !granted.is_tellable() {
            return Err(request.context.refuse(Rule::Embedder));
        }
        if !granted.scope.is_subset_of(request.client.scope()) {
            return Err(request.context.refuse(Rule::ScopeNarrows));
        }
        Ok(ValidatedGrant::new(request, granted, Source::Extension { once, refresh_token: false }))
    }

    /// Refuses with a code of the extension's choice. `rule` is its own name for what did not hold, for the operator.
    pub fn refuse(self, rule: &'static str, code: ErrorCode) -> Refusal {
        self.request.context.refuse(Reason::Extension { rule, code })
    }
}

impl core::fmt::Debug for ExtensionGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("ExtensionGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
