use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_jose::VerifyingKeys;
use symbolon_types::{ClientId, Issuer, Scope};

/// Somebody whose JWTs are grants here ([RFC 7523 §2.1], security decision D24): who it is, its keys with their algorithms,
/// which clients may present what it says, of whom it may speak, and the most that it may grant.
///
/// The keys must be there when it is found: fetching a JWK set and how long it is kept are the caller's. `Debug` does not show of
/// whom it may speak.
///
/// ```
/// use symbolon_server::{AssertionProfile, GrantIssuer, jose::VerifyingKeys, types::{ClientId, Issuer, Scope}};
/// let keys = VerifyingKeys::new(vec![]); // here: those of its JWK set
/// let issuer = GrantIssuer::new(Issuer::parse("https://acme.idp.example")?, AssertionProfile::IdJag, keys)
///     .with_client(ClientId::parse("chat")?)
///     .with_scope(Scope::parse("chat.read")?);
/// assert_eq!(issuer.issuer().as_str(), "https://acme.idp.example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7523 §2.1]: https://www.rfc-editor.org/rfc/rfc7523#section-2.1
#[derive(Clone)]
pub struct GrantIssuer {
    issuer: Issuer,
    profile: AssertionProfile,
    keys: VerifyingKeys,
    clients: Vec<ClientId>,
    subjects: Vec<String>,
    scope: Scope,
}

impl fmt::Debug for GrantIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, profile, keys, clients, subjects, scope } = self;
        f.debug_struct("GrantIssuer")
            .field("issuer", issuer)
            .field("profile", profile)
            .field("keys", keys)
            .field("clients", clients)
            .field("subjects", &subjects.len())
            .field("scope", scope)
            .finish()
    }
}

/// What kind of JWT a [`GrantIssuer`] issues. `scope`, `resource` and `authorization_details` of either are the most that is
/// granted, within what the issuer may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AssertionProfile {
    /// The JWT of [RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3): `typ` is absent or `JWT`, `aud` is this issuer
    /// or its token endpoint alone, and `sub` is whom it speaks of. `jti` is demanded, so that it is used once.
    Jwt,
    /// An Identity Assertion JWT Authorization Grant, by draft-ietf-oauth-identity-assertion-authz-grant: `typ` is
    /// `oauth-id-jag+jwt`, `aud` this issuer alone, and `client_id` the client, which must be confidential.
    IdJag,
}

impl GrantIssuer {
    /// One that no client may present anything of, and that may grant nothing yet.
    pub const fn new(issuer: Issuer, profile: AssertionProfile, keys: VerifyingKeys) -> Self {
        Self { issuer, profile, keys, clients: Vec::new(), subjects: Vec::new(), scope: Scope::empty() }
    }

    /// This client may present what it says.
    #[must_use]
    pub fn with_client(mut self, client_id: ClientId) -> Self {
        self.clients.push(client_id);
        self
    }

    /// It may speak of this `sub`. Without any it may speak of all, and who is somebody here is the caller's word alone.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subjects.push(subject.into());
        self
    }

    /// The most that it may grant.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Who it is: `iss`.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What it issues.
    pub const fn profile(&self) -> AssertionProfile {
        self.profile
    }

    /// Its keys.
    pub const fn keys(&self) -> &VerifyingKeys {
        &self.keys
    }

    /// The most that it may grant.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn may_speak_to(&self, client_id: &ClientId) -> bool {
        self.clients.contains(client_id)
    }

    pub(crate) fn may_speak_of(&self, subject: &str) -> bool {
        self.subjects.is_empty() || self.subjects.iter().any(|known| known == subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d21_debug_does_not_show_of_whom_it_may_speak() {
        let issuer = Issuer::parse("https://idp.example").unwrap();
        let issuer =
            GrantIssuer::new(issuer, AssertionProfile::Jwt, VerifyingKeys::new(Vec::new())).with_subject("MARKER");
        let shown = alloc::format!("{issuer:?}");
        assert!(shown.contains("https://idp.example") && shown.contains("subjects: 1"), "{shown}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }
}
