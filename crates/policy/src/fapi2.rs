use symbolon_types::Alg;
use time::Duration;

use crate::{
    AssertionAudience, AuthMethodSet, Contradiction, DpopNonce, PkcePolicy, Policy, Profile, RefreshMode,
    SenderConstraint,
};

impl Policy {
    /// The [FAPI 2.0 Security Profile], as far as it speaks of the token endpoint and of what is redeemed there.
    ///
    /// | section | field |
    /// |---|---|
    /// | §5.3.2.1 items 3, 6: confidential clients, by `private_key_jwt` or mutual TLS | [`Policy::auth_methods`] |
    /// | §5.3.2.1 items 4, 5: sender-constrained access tokens only | [`Policy::sender_constraint`] |
    /// | §5.3.2.1 item 8: `aud` of an assertion is the issuer, as a string | [`AssertionPolicy::audience`] |
    /// | §5.3.2.1 item 9: refresh tokens do not rotate | [`RefreshPolicy::mode`], [`RefreshPolicy::public_clients`] |
    /// | §5.3.2.1 item 11: a code lives 60 seconds at most | [`CodePolicy::lifetime`] |
    /// | §5.3.2.1 item 13: clocks may differ by 10 seconds, never by more than 60 | `future_leeway` of assertions and proofs |
    /// | §5.3.2.2 item 5: PKCE, by `S256` | [`Policy::pkce`] |
    /// | §5.4.1: `PS256`, `ES256`, `EdDSA` on Ed25519, by either name | `algorithms`, [`IdTokenPolicy::default_algorithm`] |
    ///
    /// Not said by a policy: pushed authorization requests, `iss` in authorization responses, redirect URIs, TLS, metadata, and
    /// with which key the server signs.
    ///
    /// What it claims it must be. A shorter lifetime builds:
    ///
    /// ```
    /// use symbolon_policy::Policy;
    /// use time::Duration;
    ///
    /// pub const SHORT_CODES: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.code.lifetime = Duration::seconds(30);
    ///     policy.sound()
    /// };
    /// assert!(SHORT_CODES.check().is_ok());
    /// ```
    ///
    /// and a longer one does not, nor does what follows; each beside it with another value builds:
    ///
    /// ```compile_fail,E0080
    /// use symbolon_policy::Policy;
    /// use time::Duration;
    ///
    /// pub const LONG_CODES: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.code.lifetime = Duration::seconds(61);
    ///     policy.sound()
    /// };
    /// assert!(LONG_CODES.check().is_ok());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use symbolon_policy::Policy;
    /// use symbolon_types::Alg;
    ///
    /// pub const RS256: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.assertion.algorithms = &[Alg::Ps256, Alg::Rs256];
    ///     policy.sound()
    /// };
    /// assert!(RS256.check().is_ok());
    /// ```
    /// ```
    /// use symbolon_policy::Policy;
    /// use symbolon_types::Alg;
    ///
    /// pub const PS256: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.assertion.algorithms = &[Alg::Ps256];
    ///     policy.sound()
    /// };
    /// assert!(PS256.check().is_ok());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use symbolon_policy::{AssertionAudience, Policy};
    ///
    /// pub const ARRAY: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.assertion.audience = AssertionAudience::Issuer;
    ///     policy.sound()
    /// };
    /// assert!(ARRAY.check().is_ok());
    /// ```
    /// ```
    /// use symbolon_policy::{AssertionAudience, Policy};
    ///
    /// pub const STRING: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.assertion.audience = AssertionAudience::IssuerString;
    ///     policy.sound()
    /// };
    /// assert!(STRING.check().is_ok());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use symbolon_policy::{Policy, SenderConstraint};
    ///
    /// pub const BEARER: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.sender_constraint = SenderConstraint::Optional;
    ///     policy.sound()
    /// };
    /// assert!(BEARER.check().is_ok());
    /// ```
    /// ```
    /// use symbolon_policy::{Policy, SenderConstraint};
    ///
    /// pub const BOUND: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.sender_constraint = SenderConstraint::Required;
    ///     policy.sound()
    /// };
    /// assert!(BOUND.check().is_ok());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use symbolon_policy::Policy;
    ///
    /// pub const WITHOUT_PKCE: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.pkce.legacy_optional_for_confidential_clients = true;
    ///     policy.sound()
    /// };
    /// assert!(WITHOUT_PKCE.check().is_ok());
    /// ```
    /// ```
    /// use symbolon_policy::Policy;
    ///
    /// pub const WITH_PKCE: Policy = {
    ///     let mut policy = Policy::FAPI_2_0;
    ///     policy.pkce.legacy_optional_for_confidential_clients = false;
    ///     policy.sound()
    /// };
    /// assert!(WITH_PKCE.check().is_ok());
    /// ```
    ///
    /// [`AssertionPolicy::audience`]: crate::AssertionPolicy::audience
    /// [`CodePolicy::lifetime`]: crate::CodePolicy::lifetime
    /// [`IdTokenPolicy::default_algorithm`]: crate::IdTokenPolicy::default_algorithm
    /// [`RefreshPolicy::mode`]: crate::RefreshPolicy::mode
    /// [`RefreshPolicy::public_clients`]: crate::RefreshPolicy::public_clients
    /// [FAPI 2.0 Security Profile]: https://openid.net/specs/fapi-security-profile-2_0-final.html
    pub const FAPI_2_0: Self = {
        let mut policy = Self::OAUTH_2_1;
        policy.name = "FAPI 2.0 Security Profile";
        policy.profile = Profile::Fapi2;
        policy.auth_methods = AuthMethodSet::KEYS;
        policy.sender_constraint = SenderConstraint::Required;
        policy.assertion.audience = AssertionAudience::IssuerString;
        policy.assertion.algorithms = ALGORITHMS;
        policy.assertion.mac_algorithms = &[];
        policy.dpop.algorithms = ALGORITHMS;
        // §5.3.2.1 item 10: the server may ask for a nonce.
        policy.dpop.nonce = DpopNonce::Off;
        policy.refresh.mode = RefreshMode::Stable;
        policy.refresh.public_clients = false;
        policy.id_token.default_algorithm = Alg::Es256;
        policy.sound()
    };
}

/// §5.4.1, the best first. Its note welcomes the name `Ed25519`, which was registered later (RFC 9864).
const ALGORITHMS: &[Alg] = &[Alg::Es256, Alg::Ed25519, Alg::EdDsa, Alg::Ps256];

/// §5.3.2.1 item 11.
const MAX_CODE_LIFETIME: Duration = Duration::seconds(60);

/// §5.3.2.1 item 13: a JWT of this far in the future is accepted.
const MIN_FUTURE_LEEWAY: Duration = Duration::seconds(10);

/// What the profile does not leave open. Each policy that claims it is judged by this.
pub(crate) const fn check(policy: &Policy) -> Result<(), Contradiction> {
    if !AuthMethodSet::KEYS.has(policy.auth_methods) {
        return Err(Contradiction::Fapi2AuthMethod);
    }
    if !matches!(policy.sender_constraint, SenderConstraint::Required) {
        return Err(Contradiction::Fapi2Bearer);
    }
    if !matches!(policy.assertion.audience, AssertionAudience::IssuerString) {
        return Err(Contradiction::Fapi2Audience);
    }
    let default = [policy.id_token.default_algorithm];
    if !are_welcome(policy.assertion.algorithms)
        || !are_welcome(policy.assertion.mac_algorithms)
        || !are_welcome(policy.dpop.algorithms)
        || !are_welcome(&default)
    {
        return Err(Contradiction::Fapi2Algorithm);
    }
    // In full, so that what is added is judged.
    let PkcePolicy { legacy_optional_for_confidential_clients, legacy_plain } = policy.pkce;
    if legacy_optional_for_confidential_clients || legacy_plain {
        return Err(Contradiction::Fapi2Pkce);
    }
    if is_shorter(MAX_CODE_LIFETIME, policy.code.lifetime) {
        return Err(Contradiction::Fapi2CodeLifetime);
    }
    // Note 1 of §5.3.2.1: who rotates all the same lets a client retry with the old one.
    if matches!(policy.refresh.mode, RefreshMode::FamilyStrict) {
        return Err(Contradiction::Fapi2Rotation);
    }
    if is_shorter(policy.assertion.future_leeway, MIN_FUTURE_LEEWAY)
        || is_shorter(policy.dpop.future_leeway, MIN_FUTURE_LEEWAY)
    {
        return Err(Contradiction::Fapi2Leeway);
    }
    Ok(())
}

const fn are_welcome(algorithms: &[Alg]) -> bool {
    let mut rest = algorithms;
    while let [first, others @ ..] = rest {
        if !matches!(first, Alg::Ps256 | Alg::Es256 | Alg::EdDsa | Alg::Ed25519) {
            return false;
        }
        rest = others;
    }
    true
}

const fn is_shorter(one: Duration, other: Duration) -> bool {
    one.whole_nanoseconds() < other.whole_nanoseconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (fn(&mut Policy), Contradiction);

    fn changed(change: fn(&mut Policy)) -> Result<(), Contradiction> {
        let mut policy = Policy::FAPI_2_0;
        change(&mut policy);
        policy.check()
    }

    #[test]
    fn the_profile_is_sound_and_has_no_legacy() {
        assert_eq!(Policy::FAPI_2_0.check(), Ok(()));
        assert_eq!(Policy::FAPI_2_0.legacy().count(), 0);
        assert_eq!(Policy::FAPI_2_0.profile, Profile::Fapi2);
    }

    #[test]
    fn d28_a_policy_that_claims_the_profile_and_is_not_of_it_is_found() {
        use Contradiction as C;

        let cases: [Case; 18] = [
            (
                |p| (p.auth_methods, p.assertion.mac_algorithms) = (AuthMethodSet::ALL, &[Alg::Hs256]),
                C::Fapi2AuthMethod,
            ),
            (|p| p.auth_methods = AuthMethodSet::KEYS.and(AuthMethodSet::NONE), C::Fapi2AuthMethod),
            (|p| p.auth_methods = AuthMethodSet::CLIENT_SECRET_BASIC, C::Fapi2AuthMethod),
            (|p| p.auth_methods = AuthMethodSet::KEYS.and(AuthMethodSet::OTHER), C::Fapi2AuthMethod),
            (|p| p.sender_constraint = SenderConstraint::Optional, C::Fapi2Bearer),
            (|p| p.assertion.audience = AssertionAudience::Issuer, C::Fapi2Audience),
            (|p| p.assertion.audience = AssertionAudience::LegacyIssuerOrTokenEndpoint, C::Fapi2Audience),
            (|p| p.assertion.algorithms = &[Alg::Ps256, Alg::Rs256], C::Fapi2Algorithm),
            (|p| p.assertion.algorithms = &[Alg::Es384], C::Fapi2Algorithm),
            (|p| p.assertion.mac_algorithms = &[Alg::Hs256], C::Fapi2Algorithm),
            (|p| p.dpop.algorithms = &[Alg::Es256, Alg::Rs256], C::Fapi2Algorithm),
            (|p| p.id_token.default_algorithm = Alg::Rs256, C::Fapi2Algorithm),
            (|p| p.pkce.legacy_optional_for_confidential_clients = true, C::Fapi2Pkce),
            (|p| p.pkce.legacy_plain = true, C::Fapi2Pkce),
            (|p| p.code.lifetime = Duration::milliseconds(60_001), C::Fapi2CodeLifetime),
            (|p| p.refresh.mode = RefreshMode::FamilyStrict, C::Fapi2Rotation),
            (|p| p.assertion.future_leeway = Duration::milliseconds(9_999), C::Fapi2Leeway),
            (|p| p.dpop.future_leeway = Duration::ZERO, C::Fapi2Leeway),
        ];
        for (place, (change, contradiction)) in cases.into_iter().enumerate() {
            assert_eq!(changed(change), Err(contradiction), "{place}");
            // The twin: who does not claim the profile may.
            let mut policy = Policy::FAPI_2_0;
            policy.profile = Profile::OAuth21;
            change(&mut policy);
            assert_eq!(policy.check(), Ok(()), "{place}");
        }
    }

    #[test]
    fn what_the_profile_leaves_open_is_open() {
        let cases: [fn(&mut Policy); 8] = [
            |p| p.auth_methods = AuthMethodSet::PRIVATE_KEY_JWT,
            |p| p.assertion.algorithms = &[Alg::EdDsa],
            |p| p.dpop.algorithms = &[Alg::Ps256],
            |p| p.dpop.nonce = DpopNonce::Required,
            |p| p.code.lifetime = Duration::seconds(60),
            |p| p.refresh.mode = RefreshMode::SingleSuccessor { grace: Duration::seconds(30) },
            |p| p.assertion.future_leeway = Duration::seconds(60),
            |p| p.id_token.default_algorithm = Alg::Ps256,
        ];
        for (place, change) in cases.into_iter().enumerate() {
            assert_eq!(changed(change), Ok(()), "{place}");
        }
    }
}
