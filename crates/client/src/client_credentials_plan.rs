use alloc::{string::String, vec::Vec};

use symbolon_types::Scope;

use crate::AuthorizationDetails;

/// What a client wants for itself ([RFC 6749 §4.4.2]). An `Option<Scope>` is one, too.
///
/// ```
/// use symbolon_client::{ClientCredentialsPlan, types::Scope};
/// let mut plan = ClientCredentialsPlan::from(Some(Scope::parse("read")?));
/// plan.resource.push("https://api.example/".into());
/// # Ok::<(), symbolon_client::types::ScopeError>(())
/// ```
///
/// [RFC 6749 §4.4.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientCredentialsPlan {
    /// `scope`; `None` leaves it to the server.
    pub scope: Option<Scope>,
    /// `resource`: where the tokens will be used, each an absolute URI without fragment
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub resource: Vec<String>,
    /// `authorization_details` ([RFC 9396 §6](https://www.rfc-editor.org/rfc/rfc9396#section-6)).
    pub authorization_details: AuthorizationDetails,
}

impl ClientCredentialsPlan {
    /// Leaves everything to the server.
    pub const fn new() -> Self {
        Self { scope: None, resource: Vec::new(), authorization_details: AuthorizationDetails::NONE }
    }
}

impl From<Option<Scope>> for ClientCredentialsPlan {
    fn from(scope: Option<Scope>) -> Self {
        Self { scope, ..Self::new() }
    }
}
