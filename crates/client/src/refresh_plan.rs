use alloc::{string::String, vec::Vec};

use symbolon_id_token::Continuity;
use symbolon_types::{Scope, Secret};

use crate::AuthorizationDetails;

/// What a client wants to refresh ([RFC 6749 §6]). [`VerifiedTokens::refresh_plan`](crate::VerifiedTokens::refresh_plan)
/// makes the usual one.
///
/// ```
/// use symbolon_client::{RefreshPlan, types::Scope};
/// let mut plan = RefreshPlan::new("tGzv3JOkF0XG5Qx2TlKWIA");
/// plan.scope = Some(Scope::parse("openid")?); // less than was granted
/// # Ok::<(), symbolon_client::types::ScopeError>(())
/// ```
///
/// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RefreshPlan {
    /// The refresh token.
    pub refresh_token: Secret,
    /// `scope`: the same as was granted, or less; `None` asks for all of it.
    pub scope: Option<Scope>,
    /// What was granted, if it is known. It is not sent: where `scope` asks for nothing else, a wider or a silent answer is
    /// judged against it ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    pub granted: Option<Scope>,
    /// `resource`: for which of those that were granted the new access token is, each an absolute URI without fragment
    /// ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)). None asks for all of them, or is for the server.
    pub resource: Vec<String>,
    /// `authorization_details`: the same as were granted, or less; none asks for all of them
    /// ([RFC 9396 §6.1](https://www.rfc-editor.org/rfc/rfc9396#section-6.1)).
    pub authorization_details: AuthorizationDetails,
    /// What the first ID token said. With it, an ID token in the answer must be of the same sign-in, and one that is not
    /// there keeps this identity. Without it, an ID token stays unverified (security decision D31).
    pub identity: Option<Continuity>,
    /// The last ID token, as it came. It is not sent: with `identity` it is kept for a sign-out where the answer has no other
    /// ([`VerifiedTokens::logout_plan`](crate::VerifiedTokens::logout_plan)).
    pub id_token_hint: Option<Secret>,
}

impl RefreshPlan {
    /// Refreshes with this token: all that was granted, and nobody's identity.
    pub fn new(refresh_token: impl Into<Secret>) -> Self {
        Self {
            refresh_token: refresh_token.into(),
            scope: None,
            granted: None,
            resource: Vec::new(),
            authorization_details: AuthorizationDetails::NONE,
            identity: None,
            id_token_hint: None,
        }
    }
}
