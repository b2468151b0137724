use symbolon_types::Alg;
use thiserror::Error;
use time::Duration;

use crate::{
    AssertionAudience, AssertionPolicy, AuthMethodSet, CodePolicy, ConcurrentRedemption, DeferredPolicy, DpopNonce,
    DpopPolicy, GrantSet, IdTokenPolicy, Limits, MAX_DEFERRED_LIFETIME, MAX_GRACE, MAX_LEEWAY, MAX_RESPONSE_BYTES,
    PkcePolicy, Profile, RefreshForm, RefreshMode, RefreshPolicy, ResponsePolicy, SenderConstraint, acr_levels, fapi2,
};

/// Everything that a party demands, in parts. Leaf crates take a reference to their part.
///
/// Public fields and `#[non_exhaustive]`: readable and assignable everywhere, and a new field breaks nobody. Start from
/// a constant, assign what differs, end with [`Policy::sound`] (in a `const`) or [`Policy::check`] (at run time).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// What it is called in documents and logs.
    pub name: &'static str,
    /// What it claims to be, and is judged by.
    pub profile: Profile,
    /// The registered grants that an endpoint supports.
    pub grants: GrantSet,
    /// The methods of client authentication that are welcome. A client that registered another one is refused.
    pub auth_methods: AuthMethodSet,
    /// Whether access tokens are bound to a key.
    pub sender_constraint: SenderConstraint,
    /// Client assertions.
    pub assertion: AssertionPolicy,
    /// DPoP proofs.
    pub dpop: DpopPolicy,
    /// Proof Key for Code Exchange.
    pub pkce: PkcePolicy,
    /// Authorization codes.
    pub code: CodePolicy,
    /// Refresh tokens.
    pub refresh: RefreshPolicy,
    /// Authorizations that are decided on another device.
    pub deferred: DeferredPolicy,
    /// Token responses.
    pub response: ResponsePolicy,
    /// ID tokens.
    pub id_token: IdTokenPolicy,
    /// Sizes.
    pub limits: Limits,
}

/// Every algorithm of a signature that is welcome, of assertions and of proofs alike, the best first.
const SIGNATURES: &[Alg] = &[
    Alg::Es256,
    Alg::Ed25519,
    Alg::EdDsa,
    Alg::Es384,
    Alg::Es512,
    Alg::Ps256,
    Alg::Ps384,
    Alg::Ps512,
    Alg::Rs256,
    Alg::Rs384,
    Alg::Rs512,
];

impl Policy {
    /// OAuth 2.1 with the recommendations of RFC 9700, and the base of every other policy.
    pub const OAUTH_2_1: Self = Self {
        name: "OAuth 2.1",
        profile: Profile::OAuth21,
        grants: GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS),
        auth_methods: AuthMethodSet::ALL,
        sender_constraint: SenderConstraint::Optional,
        assertion: AssertionPolicy {
            audience: AssertionAudience::Issuer,
            max_lifetime: Duration::seconds(300),
            exp_leeway: Duration::seconds(10),
            future_leeway: Duration::seconds(10),
            algorithms: SIGNATURES,
            mac_algorithms: &[Alg::Hs256, Alg::Hs384, Alg::Hs512],
            by_grant: false,
            legacy_types: &[],
            legacy_kid_beside_x5c: false,
            max_jti_bytes: 128,
        },
        dpop: DpopPolicy {
            nonce: DpopNonce::Off,
            nonce_lifetime: Duration::minutes(5),
            max_age: Duration::seconds(60),
            future_leeway: Duration::seconds(10),
            algorithms: SIGNATURES,
            max_jti_bytes: 128,
            max_proof_bytes: 4 * 1024,
            legacy_beside_mutual_tls: false,
        },
        pkce: PkcePolicy { legacy_optional_for_confidential_clients: false, legacy_plain: false },
        code: CodePolicy {
            lifetime: Duration::seconds(60),
            client_id_required: false,
            concurrent_redemption: ConcurrentRedemption::Revoke,
        },
        refresh: RefreshPolicy {
            mode: RefreshMode::FamilyStrict,
            form: RefreshForm::Tagged,
            idle_lifetime: Duration::days(30),
            max_lifetime: Duration::days(365),
            public_clients: true,
            legacy_grace_without_binding: false,
        },
        deferred: DeferredPolicy { lifetime: MAX_DEFERRED_LIFETIME, interval: Duration::seconds(5) },
        response: ResponsePolicy {
            refresh_expiry_member: None,
            bearer: "Bearer",
            legacy_numeric_strings: false,
            legacy_missing_token_type: false,
            legacy_scope_array: false,
            legacy_created: false,
            legacy_content_type: false,
        },
        id_token: IdTokenPolicy {
            exp_leeway: Duration::seconds(10),
            future_leeway: Duration::seconds(10),
            default_algorithm: Alg::Rs256,
            lifetime: Duration::seconds(300),
            acr_levels: &[],
        },
        limits: Limits {
            keys_per_client: 20,
            jwt_bytes: 16 * 1024,
            jwk_set_bytes: 256 * 1024,
            response_bytes: MAX_RESPONSE_BYTES,
        },
    };

    /// OpenID Connect Core beside OAuth 2.1.
    ///
    /// It demands what [`Self::OAUTH_2_1`] demands, and differs in name and claim alone. What [OIDC Core §3.1.3] asks of a token
    /// endpoint beyond OAuth 2.0 is no choice of a policy: `openid` in the scope of a grant decides it, request by request, under
    /// every policy. Where OpenID Connect is looser (no PKCE for who sends a `nonce`) RFC 9700 §2.1.1 still prefers PKCE. A policy
    /// that makes the claim keeps RS256 as the algorithm of ID tokens for clients that registered none
    /// ([OIDC Registration §2]).
    ///
    /// ```
    /// use symbolon_policy::{Policy, Profile};
    ///
    /// let mut policy = Policy::OIDC;
    /// (policy.name, policy.profile) = ("OAuth 2.1", Profile::OAuth21);
    /// assert_eq!(policy, Policy::OAUTH_2_1);
    /// ```
    ///
    /// [OIDC Core §3.1.3]: https://openid.net/specs/openid-connect-core-1_0.html#TokenEndpoint
    /// [OIDC Registration §2]: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
    pub const OIDC: Self = {
        let mut policy = Self::OAUTH_2_1;
        policy.name = "OpenID Connect";
        policy.profile = Profile::OpenIdConnect;
        policy.sound()
    };

    /// Ends a constant: a contradiction is a compile error.
    ///
    /// # Panics
    /// If [`Policy::check`] finds a contradiction. Call it in a `const`, and [`Policy::check`] elsewhere.
    #[must_use]
    #[expect(clippy::panic, reason = "in a constant this is the compile error that is wanted")]
    pub const fn sound(self) -> Self {
        match self.check() {
            Ok(()) => self,
            Err(contradiction) => panic!("{}", contradiction.sentence()),
        }
    }

    /// Looks for contradictions (security decision D28), and for what the policy claims to be and is not.
    ///
    /// # Errors
    /// - [`Contradiction`]: the fields do not go together.
    pub const fn check(&self) -> Result<(), Contradiction> {
        let assertion = leeway_is_sane(self.assertion.exp_leeway) && leeway_is_sane(self.assertion.future_leeway);
        let id_token = leeway_is_sane(self.id_token.exp_leeway) && leeway_is_sane(self.id_token.future_leeway);
        if !(assertion && id_token && leeway_is_sane(self.dpop.future_leeway)) {
            return Err(Contradiction::Leeway);
        }
        if !self.assertion.max_lifetime.is_positive()
            || !self.code.lifetime.is_positive()
            || !self.refresh.idle_lifetime.is_positive()
            || !self.id_token.lifetime.is_positive()
            || !self.dpop.nonce_lifetime.is_positive()
            || !self.dpop.max_age.is_positive()
        {
            return Err(Contradiction::Lifetime);
        }
        if self.refresh.idle_lifetime.whole_seconds() > self.refresh.max_lifetime.whole_seconds() {
            return Err(Contradiction::RefreshOutlivesFamily);
        }
        match self.refresh.mode {
            RefreshMode::FamilyStrict => {}
            RefreshMode::SingleSuccessor { grace } => {
                if !grace.is_positive() || grace.whole_nanoseconds() > MAX_GRACE.whole_nanoseconds() {
                    return Err(Contradiction::Grace);
                }
            }
            RefreshMode::Stable => {
                if self.refresh.public_clients {
                    return Err(Contradiction::StableForPublicClients);
                }
            }
        }
        if self.deferred.interval.whole_seconds() < 1
            || !self.deferred.lifetime.is_positive()
            || self.deferred.lifetime.whole_nanoseconds() > MAX_DEFERRED_LIFETIME.whole_nanoseconds()
        {
            return Err(Contradiction::Deferred);
        }
        if self.id_token.default_algorithm.is_symmetric() {
            return Err(Contradiction::SymmetricIdTokenAlgorithm);
        }
        if !acr_levels::are_apart(self.id_token.acr_levels) {
            return Err(Contradiction::AcrLevels);
        }
        if self.assertion.algorithms.is_empty() {
            return Err(Contradiction::NoAssertionAlgorithm);
        }
        if !all_are(self.assertion.algorithms, false) {
            return Err(Contradiction::SymmetricAssertionAlgorithm);
        }
        let needs_mac = self.auth_methods.has(AuthMethodSet::CLIENT_SECRET_JWT);
        if (needs_mac && self.assertion.mac_algorithms.is_empty()) || !all_are(self.assertion.mac_algorithms, true) {
            return Err(Contradiction::MacAlgorithm);
        }
        // RFC 9449 §4.3: an asymmetric one.
        if self.dpop.algorithms.is_empty() || !all_are(self.dpop.algorithms, false) {
            return Err(Contradiction::DpopAlgorithm);
        }
        if self.auth_methods.is_empty() {
            return Err(Contradiction::NoAuthMethod);
        }
        match self.profile {
            Profile::OAuth21 => Ok(()),
            Profile::OpenIdConnect => match self.id_token.default_algorithm {
                Alg::Rs256 => Ok(()),
                _ => Err(Contradiction::OpenIdConnectAlgorithm),
            },
            Profile::Fapi2 => fapi2::check(self),
        }
    }
}

/// Whether every algorithm is a MAC, or none is.
const fn all_are(algorithms: &[Alg], symmetric: bool) -> bool {
    let mut rest = algorithms;
    while let [first, others @ ..] = rest {
        if first.is_symmetric() != symmetric {
            return false;
        }
        rest = others;
    }
    true
}

const fn leeway_is_sane(leeway: Duration) -> bool {
    !leeway.is_negative() && leeway.whole_milliseconds() <= MAX_LEEWAY.whole_milliseconds()
}

/// Fields of a policy that do not go together.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{}", self.sentence())]
#[non_exhaustive]
pub enum Contradiction {
    /// A leeway is negative or over 60 seconds.
    Leeway,
    /// A lifetime is zero or negative.
    Lifetime,
    /// A refresh token would outlive its family.
    RefreshOutlivesFamily,
    /// The grace of a superseded refresh token is zero, negative or over [`MAX_GRACE`].
    Grace,
    /// Refresh tokens do not rotate, and public clients may refresh.
    StableForPublicClients,
    /// Where a user decides on another device: an interval under a second, no time to decide, or over [`MAX_DEFERRED_LIFETIME`].
    Deferred,
    /// A MAC stands among the algorithms for `private_key_jwt`.
    SymmetricAssertionAlgorithm,
    /// A MAC is the algorithm of ID tokens where the client registered none.
    SymmetricIdTokenAlgorithm,
    /// A value of `acr` is empty or has two places in the order of levels.
    AcrLevels,
    /// No algorithm for `private_key_jwt`.
    NoAssertionAlgorithm,
    /// No MAC stands among the algorithms for `client_secret_jwt`, which is welcome, or something else does.
    MacAlgorithm,
    /// No algorithm for DPoP proofs, or a MAC among them.
    DpopAlgorithm,
    /// No method of client authentication is welcome, `none` neither.
    NoAuthMethod,
    /// OpenID Connect, and ID tokens of clients that registered no algorithm are not signed by RS256.
    OpenIdConnectAlgorithm,
    /// FAPI 2.0, and a client may authenticate by something else than a key of its own, or not at all.
    Fapi2AuthMethod,
    /// FAPI 2.0, and there are bearer tokens.
    Fapi2Bearer,
    /// FAPI 2.0, and `aud` of an assertion may be an array or something else than the issuer.
    Fapi2Audience,
    /// FAPI 2.0, and an algorithm is another than PS256, ES256 and EdDSA on Ed25519.
    Fapi2Algorithm,
    /// FAPI 2.0, and a client may go without PKCE, or use it by `plain`.
    Fapi2Pkce,
    /// FAPI 2.0, and a code lives longer than 60 seconds.
    Fapi2CodeLifetime,
    /// FAPI 2.0, and refresh tokens rotate without a retry.
    Fapi2Rotation,
    /// FAPI 2.0, and an assertion or proof of 10 seconds in the future is refused.
    Fapi2Leeway,
}

impl Contradiction {
    /// What is wrong, for [`Policy::sound`] and for people alike.
    const fn sentence(self) -> &'static str {
        match self {
            Self::Leeway => "a leeway is negative or over 60 seconds",
            Self::Lifetime => "a lifetime is zero or negative",
            Self::RefreshOutlivesFamily => "a refresh token outlives its family",
            Self::Grace => "the grace of refresh tokens is zero, negative or over 120 seconds",
            Self::StableForPublicClients => "refresh tokens of public clients that do not rotate",
            Self::Deferred => "an interval under a second, or over ten minutes to decide",
            Self::SymmetricAssertionAlgorithm => "a MAC among the private_key_jwt algorithms",
            Self::SymmetricIdTokenAlgorithm => "a MAC as the default algorithm of ID tokens",
            Self::AcrLevels => "a value of acr that is empty or has two places in the order of levels",
            Self::NoAssertionAlgorithm => "no algorithm for private_key_jwt",
            Self::MacAlgorithm => "no MAC among the client_secret_jwt algorithms, or another one",
            Self::DpopAlgorithm => "no algorithm for DPoP, or a MAC among them",
            Self::NoAuthMethod => "no method of client authentication",
            Self::OpenIdConnectAlgorithm => "OpenID Connect with another default algorithm of ID tokens than RS256",
            Self::Fapi2AuthMethod => "FAPI 2.0 with another client authentication than private_key_jwt and mutual TLS",
            Self::Fapi2Bearer => "FAPI 2.0 with bearer tokens",
            Self::Fapi2Audience => "FAPI 2.0 with another audience of assertions than the issuer as a string",
            Self::Fapi2Algorithm => "FAPI 2.0 with an algorithm other than PS256, ES256 and EdDSA on Ed25519",
            Self::Fapi2Pkce => "FAPI 2.0 with PKCE that is optional or plain",
            Self::Fapi2CodeLifetime => "FAPI 2.0 with codes that live over 60 seconds",
            Self::Fapi2Rotation => "FAPI 2.0 with refresh tokens that rotate without a retry",
            Self::Fapi2Leeway => "FAPI 2.0 with a leeway for iat and nbf under 10 seconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_sound_and_has_no_legacy() {
        assert_eq!(Policy::OAUTH_2_1.check(), Ok(()));
        assert_eq!(Policy::OAUTH_2_1.legacy().count(), 0);
    }

    #[test]
    fn contradictions_are_found() {
        let broken = |change: fn(&mut Policy)| {
            let mut policy = Policy::OAUTH_2_1;
            change(&mut policy);
            policy.check()
        };
        assert_eq!(broken(|p| p.assertion.exp_leeway = Duration::seconds(60)), Ok(()));
        assert_eq!(broken(|p| p.assertion.exp_leeway = Duration::milliseconds(60_001)), Err(Contradiction::Leeway));
        assert_eq!(broken(|p| p.id_token.future_leeway = Duration::seconds(-1)), Err(Contradiction::Leeway));
        assert_eq!(broken(|p| p.code.lifetime = Duration::ZERO), Err(Contradiction::Lifetime));
        assert_eq!(
            broken(|p| p.refresh.idle_lifetime = Duration::days(366)),
            Err(Contradiction::RefreshOutlivesFamily)
        );
        assert_eq!(
            broken(|p| p.id_token.default_algorithm = Alg::Hs256),
            Err(Contradiction::SymmetricIdTokenAlgorithm)
        );
        assert_eq!(broken(|p| p.assertion.algorithms = &[]), Err(Contradiction::NoAssertionAlgorithm));
        assert_eq!(
            broken(|p| p.assertion.algorithms = &[Alg::Es256, Alg::Hs256]),
            Err(Contradiction::SymmetricAssertionAlgorithm)
        );
        assert_eq!(broken(|p| p.assertion.mac_algorithms = &[]), Err(Contradiction::MacAlgorithm));
        assert_eq!(broken(|p| p.assertion.mac_algorithms = &[Alg::Es256]), Err(Contradiction::MacAlgorithm));
        assert_eq!(broken(|p| p.dpop.algorithms = &[]), Err(Contradiction::DpopAlgorithm));
        assert_eq!(broken(|p| p.dpop.algorithms = &[Alg::Es256, Alg::Hs256]), Err(Contradiction::DpopAlgorithm));
        assert_eq!(broken(|p| p.dpop.max_age = Duration::ZERO), Err(Contradiction::Lifetime));
        let grace = |milliseconds| {
            let mut policy = Policy::OAUTH_2_1;
            policy.refresh.mode = RefreshMode::SingleSuccessor { grace: Duration::milliseconds(milliseconds) };
            policy.check()
        };
        assert_eq!([grace(1), grace(120_000)], [Ok(()); 2]);
        assert_eq!([grace(0), grace(-1), grace(120_001)], [Err(Contradiction::Grace); 3]);
        let stable = |p: &mut Policy| p.refresh.mode = RefreshMode::Stable;
        assert_eq!(broken(stable), Err(Contradiction::StableForPublicClients));
        let confidential = |p: &mut Policy| (p.refresh.mode, p.refresh.public_clients) = (RefreshMode::Stable, false);
        assert_eq!(broken(confidential), Ok(()));
        assert_eq!(broken(|p| p.dpop.future_leeway = Duration::seconds(61)), Err(Contradiction::Leeway));
        assert_eq!(broken(|p| p.deferred.interval = Duration::seconds(1)), Ok(()));
        for lifetime in [0, 600_001] {
            let mut policy = Policy::OAUTH_2_1;
            policy.deferred.lifetime = Duration::milliseconds(lifetime);
            assert_eq!(policy.check(), Err(Contradiction::Deferred));
        }
        assert_eq!(broken(|p| p.deferred.interval = Duration::milliseconds(999)), Err(Contradiction::Deferred));
    }

    #[test]
    fn methods_of_client_authentication_and_macs_go_together() {
        let methods = |auth_methods| {
            let mut policy = Policy::OAUTH_2_1;
            policy.auth_methods = auth_methods;
            [policy.check(), {
                policy.assertion.mac_algorithms = &[];
                policy.check()
            }]
        };
        let (mac, none) = (Err(Contradiction::MacAlgorithm), Err(Contradiction::NoAuthMethod));
        assert_eq!(methods(AuthMethodSet::KEYS), [Ok(()); 2]);
        assert_eq!(methods(AuthMethodSet::CLIENT_SECRET_JWT), [Ok(()), mac]);
        assert_eq!(methods(AuthMethodSet::EMPTY), [none; 2]);
    }

    #[test]
    fn openid_connect_is_oauth_2_1_that_keeps_rs256_as_the_default_of_id_tokens() {
        assert_eq!(Policy::OIDC.check(), Ok(()));
        let mut policy = Policy::OIDC;
        policy.id_token.default_algorithm = Alg::Es256;
        assert_eq!(policy.check(), Err(Contradiction::OpenIdConnectAlgorithm));
        policy.profile = Profile::OAuth21;
        assert_eq!(policy.check(), Ok(()), "who does not claim it may");
    }

    #[test]
    #[should_panic(expected = "FAPI 2.0 with bearer tokens")]
    fn sound_says_what_is_wrong() {
        let mut policy = Policy::FAPI_2_0;
        policy.sender_constraint = SenderConstraint::Optional;
        let _ = policy.sound();
    }

    #[test]
    fn looser_fields_are_listed() {
        let mut policy = Policy::OAUTH_2_1;
        policy.pkce.legacy_optional_for_confidential_clients = true;
        policy.assertion.audience = AssertionAudience::LegacyIssuerOrTokenEndpoint;
        policy.assertion.legacy_types = &["jose"];
        policy.refresh.legacy_grace_without_binding = true;
        policy.assertion.legacy_kid_beside_x5c = true;
        policy.pkce.legacy_plain = true;
        assert_eq!(policy.legacy().count(), 6);
    }
}
