use alloc::{boxed::Box, string::String};

use serde_json::{Map, Value};
use symbolon_token_request::JwtBearerRequest;
use symbolon_types::{ErrorCode, Rule, Scope};

use crate::{
    AuthenticatedRequest, Granted, Reason, Refusal, RegisteredClient, ValidatedGrant, grant::jwt_bearer::granted,
    issue::Source,
};

/// A `jwt-bearer` grant whose assertion the client itself has signed and is known by, as Maskinporten has it
/// ([RFC 7521 §4.1], [RFC 7523 §2.1]): scope, resource and authorization details are claims. There is nothing to look up.
///
/// Only under a policy with [`AssertionPolicy::by_grant`](symbolon_policy::AssertionPolicy::by_grant). The assertion was judged
/// when the client authenticated; each fault of it was `invalid_grant`.
///
/// ```
/// use symbolon_server::{OwnAssertionGrant, Refusal, ValidatedGrant, types::ErrorCode};
///
/// fn judge(grant: OwnAssertionGrant) -> Result<ValidatedGrant, Refusal> {
///     // Claims of the provider's own are its own to judge:
///     if grant.claims().contains_key("consumer_org") && grant.claims().contains_key("iss_onbehalfof") {
///         return Err(grant.refuse("one_delegation", ErrorCode::InvalidGrant));
///     }
///     let most = grant.client().scope().clone();
///     grant.authorize(most)
/// }
/// ```
///
/// [RFC 7521 §4.1]: https://www.rfc-editor.org/rfc/rfc7521#section-4.1
/// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[must_use]
pub struct OwnAssertionGrant {
    pub(super) request: AuthenticatedRequest,
    asked: Option<Scope>,
    claims: Box<Map<String, Value>>,
}

impl OwnAssertionGrant {
    pub(crate) fn new(
        request: AuthenticatedRequest,
        parameters: JwtBearerRequest,
        claims: Box<Map<String, Value>>,
    ) -> Self {
        Self { request, asked: parameters.scope, claims }
    }

    /// The client.
    pub fn client(&self) -> &RegisteredClient {
        self.request.client()
    }

    /// The claims of the assertion, verified.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Grants what the assertion asks for to the client itself, never more than `most` and than the client registered; where it
    /// has no `scope`, all that is left. A parameter `scope` beside it only narrows.
    ///
    /// # Errors
    /// A [`Refusal`] that remembers the assertion:
    /// - `invalid_scope`: more was asked for, or nothing is left.
    /// - `invalid_grant`: `scope`, `resource` or `authorization_details` is malformed.
    /// - `invalid_authorization_details`: of a type that the client did not register.
    #[expect(clippy::needless_pass_by_value, reason = "what may be granted is handed over, as at every other grant")]
    pub fn authorize(self, most: Scope) -> Result<ValidatedGrant, Refusal> {
        let Self { mut request, asked, claims } = self;
        let most = most.intersection(request.client.scope());
        let claimed = match claims.get("scope") {
            Some(scope) => scope.as_str().and_then(|scope| Scope::parse(scope).ok()),
            None => Some(most.clone()),
        };
        let (Some(claimed), Some(granted)) = (claimed, granted(&claims, &most)) else {
            return Err(request.context.refuse(Rule::GrantAssertionGranted));
        };
        let scope = asked.unwrap_or_else(|| claimed.clone());
        if !claimed.is_subset_of(&most) || !scope.is_subset_of(&claimed) || scope.is_empty() {
            return Err(request.context.refuse(Rule::ScopeNarrows));
        }
        request.context.facts.trace.held(Rule::ScopeNarrows);
        // RFC 9396 §5: a type that the client did not register is refused, not left out.
        let details = &granted.authorization_details;
        if details.of_types(request.client.authorization_details_types()) != *details {
            return Err(request.context.refuse(Rule::AuthorizationDetailsNarrow));
        }
        // Nobody has signed in, whatever the client says of itself.
        let granted = Granted { auth_time: None, acr: None, ..granted.narrowed(scope) };
        Ok(ValidatedGrant::new(request, granted, Source::Client))
    }

    /// Refuses with a code of the provider's choice. `rule` is its own name for what did not hold, for the operator.
    pub fn refuse(self, rule: &'static str, code: ErrorCode) -> Refusal {
        self.request.context.refuse(Reason::Extension { rule, code })
    }
}

impl core::fmt::Debug for OwnAssertionGrant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The claims are the peer's text (D21).
        f.debug_struct("OwnAssertionGrant").field("client_id", self.client().client_id()).finish_non_exhaustive()
    }
}
