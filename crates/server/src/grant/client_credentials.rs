use symbolon_token_request::ClientCredentialsRequest;
use symbolon_types::{Rule, Scope};

use crate::{
    AuthenticatedRequest, AuthorizationDetails, Granted, Refusal, RegisteredClient, ValidatedGrant, issue::Source,
};

/// A `client_credentials` grant ([RFC 6749 §4.4]). There is nothing to look up.
///
/// ```
/// # use std::sync::Arc;
/// # use symbolon_client_auth::{RegisteredCredentials, RegisteredSecret};
/// # use symbolon_policy::GrantSet;
/// # use symbolon_server::{Endpoint, Found, PROVIDER, RegisteredClient, ServerKey, Grant, types::*};
/// # let now = time::UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// # let (issuer, key) = (Issuer::parse("https://as.example")?, ServerKey::new("2026", [7; 32]));
/// # let endpoint = Endpoint::builder(issuer, "https://as.example/token", PROVIDER, key).build()?;
/// # let credentials = RegisteredCredentials::new(ClientId::parse("app")?, AuthMethod::ClientSecretBasic)
/// #     .with_secret(RegisteredSecret::Plain(Secret::new("mysecret")));
/// # let client = RegisteredClient::new(credentials, GrantSet::CLIENT_CREDENTIALS, Scope::parse("read write")?);
/// # let parts = RequestParts::post(b"grant_type=client_credentials&scope=read".to_vec())
/// #     .content_type(b"application/x-www-form-urlencoded")
/// #     .authorization(b"Basic YXBwOm15c2VjcmV0");
/// # let request = endpoint.receive(parts)?.authenticate(Found::client(Some(Arc::new(client))), now)?;
/// let Grant::ClientCredentials(grant) = request.into_grant()? else { unreachable!() };
/// assert_eq!(grant.client().client_id().as_str(), "app");
/// assert_eq!(grant.requested_scope(), Some(&Scope::parse("read")?));
/// let granted = grant.authorize(Scope::parse("read write")?)?;
/// assert_eq!(granted.granted().scope, Scope::parse("read")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 6749 §4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
#[must_use]
pub struct ClientCredentialsGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: ClientCredentialsRequest,
    details: AuthorizationDetails,
}

impl ClientCredentialsGrant {
    pub(crate) const fn new(request: AuthenticatedRequest, parameters: ClientCredentialsRequest) -> Self {
        Self { request, parameters, details: AuthorizationDetails::NONE }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// The scope that was asked for; `None`: whatever is the default.
    pub const fn requested_scope(&self) -> Option<&Scope> {
        self.parameters.scope.as_ref()
    }

    /// The authorization details that were asked for, if any were.
    pub const fn requested_authorization_details(&self) -> Option<&AuthorizationDetails> {
        self.request.context.details.as_ref()
    }

    /// Lets it have these authorization details, if it asks for them and registered their types
    /// ([RFC 9396 §6](https://www.rfc-editor.org/rfc/rfc9396#section-6)). Without this it gets none.
    pub fn with_authorization_details(mut self, most: AuthorizationDetails) -> Self {
        self.details = most;
        self
    }

    /// Grants what was asked for, never more than `most` and never more than the client registered; where nothing was
    /// asked for, all that is left.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion: `invalid_scope` if more was asked for.
    #[expect(clippy::needless_pass_by_value, reason = "what may be granted is handed over, as at every other grant")]
    pub fn authorize(self, most: Scope) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, parameters, details } = self;
        let registered = request.client.scope();
        let scope = match parameters.scope {
            None => most.intersection(registered),
            Some(asked) if asked.is_subset_of(&most) && asked.is_subset_of(registered) => asked,
            Some(_) => {
                request.context.facts.trace.failed(Rule::ScopeNarrows);
                return Err(request.context.refuse(Rule::ScopeNarrows));
            }
        };
        request.context.facts.trace.held(Rule::ScopeNarrows);
        let mut granted = Granted::to_client(scope);
        if request.context.details.is_some() {
            granted.authorization_details = details;
        }
        Ok(ValidatedGrant::new(request, granted, Source::Client))
    }
}

impl core::fmt::Debug for ClientCredentialsGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("ClientCredentialsGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
