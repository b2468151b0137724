use symbolon_policy::PkcePolicy;

/// Whether a client must use PKCE: a public one always ([RFC 9700 §2.1.1]), a confidential one unless the policy lets it
/// go without.
///
/// Where PKCE is not required, a challenge that was sent is still enforced.
///
/// ```
/// use symbolon_pkce::is_required;
/// use symbolon_pkce::policy::Policy;
///
/// let mut policy = Policy::OAUTH_2_1.pkce;
/// let public = true;
/// assert!(is_required(&policy, public) && is_required(&policy, !public));
/// policy.legacy_optional_for_confidential_clients = true;
/// assert!(is_required(&policy, public) && !is_required(&policy, !public));
/// ```
///
/// [RFC 9700 §2.1.1]: https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1
#[must_use]
pub const fn is_required(policy: &PkcePolicy, public_client: bool) -> bool {
    public_client || !policy.legacy_optional_for_confidential_clients
}
