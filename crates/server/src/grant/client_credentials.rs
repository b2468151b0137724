use symbolon_token_request::ClientCredentialsRequest;
use symbolon_types::{Rule, Scope};

use crate::{AuthenticatedRequest, Granted, Refusal, RegisteredClient, ValidatedGrant, issue::Source};

/// A `client_credentials` grant ([RFC 6749 §4.4]). There is nothing to look up.
///
/// [RFC 6749 §4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
#[must_use]
pub struct ClientCredentialsGrant {
    pub(super) request: AuthenticatedRequest,
    parameters: ClientCredentialsRequest,
}

impl ClientCredentialsGrant {
    pub(crate) const fn new(request: AuthenticatedRequest, parameters: ClientCredentialsRequest) -> Self {
        Self { request, parameters }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// The scope that was asked for; `None`: whatever is the default.
    pub const fn requested_scope(&self) -> Option<&Scope> {
        self.parameters.scope.as_ref()
    }

    /// Grants what was asked for, never more than `most` and never more than the client registered; where nothing was
    /// asked for, all that is left.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion: `invalid_scope` if more was asked for.
    #[expect(clippy::needless_pass_by_value, reason = "what may be granted is handed over, as at every other grant")]
    pub fn authorize(self, most: Scope) -> Result<ValidatedGrant, Refusal> {
        let Self { request, parameters } = self;
        let AuthenticatedRequest { mut context, client, confirmation, .. } = request;
        let most = most.intersection(client.scope());
        let scope = match parameters.scope {
            None => most,
            Some(asked) if asked.is_subset_of(&most) => asked,
            Some(_) => {
                context.facts.trace.failed(Rule::ScopeNarrows);
                return Err(context.refuse(Rule::ScopeNarrows));
            }
        };
        context.facts.trace.held(Rule::ScopeNarrows);
        Ok(ValidatedGrant::new(context, client, confirmation, Granted::to_client(scope), Source::Client))
    }
}

impl core::fmt::Debug for ClientCredentialsGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The parameters are the peer's text (D21).
        f.debug_struct("ClientCredentialsGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
