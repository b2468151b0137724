use symbolon_types::Alg;
use thiserror::Error;
use time::Duration;

use crate::{
    AssertionAudience, AssertionPolicy, CodePolicy, ConcurrentRedemption, DeferredPolicy, DpopNonce, DpopPolicy,
    GrantSet, IdTokenPolicy, Limits, MAX_DEFERRED_LIFETIME, MAX_GRACE, MAX_LEEWAY, MAX_RESPONSE_BYTES, PkcePolicy,
    RefreshMode, RefreshPolicy, ResponsePolicy,
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
    /// The registered grants that an endpoint supports.
    pub grants: GrantSet,
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
        grants: GrantSet::AUTHORIZATION_CODE.and(GrantSet::REFRESH_TOKEN).and(GrantSet::CLIENT_CREDENTIALS),
        assertion: AssertionPolicy {
            audience: AssertionAudience::Issuer,
            max_lifetime: Duration::seconds(300),
            exp_leeway: Duration::seconds(10),
            future_leeway: Duration::seconds(10),
            algorithms: SIGNATURES,
            mac_algorithms: &[Alg::Hs256, Alg::Hs384, Alg::Hs512],
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
            idle_lifetime: Duration::days(30),
            max_lifetime: Duration::days(365),
            public_clients: true,
            legacy_grace_without_binding: false,
        },
        deferred: DeferredPolicy { lifetime: MAX_DEFERRED_LIFETIME, interval: Duration::seconds(5) },
        response: ResponsePolicy { refresh_expiry_member: None, bearer: "Bearer" },
        id_token: IdTokenPolicy {
            exp_leeway: Duration::seconds(10),
            future_leeway: Duration::seconds(10),
            default_algorithm: Alg::Rs256,
            lifetime: Duration::seconds(300),
        },
        limits: Limits {
            keys_per_client: 20,
            jwt_bytes: 16 * 1024,
            jwk_set_bytes: 256 * 1024,
            response_bytes: MAX_RESPONSE_BYTES,
        },
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
            Err(Contradiction::Leeway) => panic!("a leeway is negative or over 60 seconds"),
            Err(Contradiction::Lifetime) => panic!("a lifetime is zero or negative"),
            Err(Contradiction::RefreshOutlivesFamily) => panic!("a refresh token outlives its family"),
            Err(Contradiction::Grace) => panic!("the grace of refresh tokens is zero, negative or over 120 seconds"),
            Err(Contradiction::Deferred) => panic!("an interval under a second, or over ten minutes to decide"),
            Err(Contradiction::StableForPublicClients) => panic!("refresh tokens of public clients that do not rotate"),
            Err(Contradiction::SymmetricAssertionAlgorithm) => panic!("a MAC among the private_key_jwt algorithms"),
            Err(Contradiction::SymmetricIdTokenAlgorithm) => panic!("a MAC as the default algorithm of ID tokens"),
            Err(Contradiction::NoAssertionAlgorithm) => panic!("no algorithm for private_key_jwt"),
            Err(Contradiction::MacAlgorithm) => panic!("no MAC among the client_secret_jwt algorithms, or another one"),
            Err(Contradiction::DpopAlgorithm) => panic!("no algorithm for DPoP, or a MAC among them"),
        }
    }

    /// Looks for contradictions (security decision D28, as far as this version has the fields).
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
        if self.assertion.algorithms.is_empty() {
            return Err(Contradiction::NoAssertionAlgorithm);
        }
        if !all_are(self.assertion.algorithms, false) {
            return Err(Contradiction::SymmetricAssertionAlgorithm);
        }
        if self.assertion.mac_algorithms.is_empty() || !all_are(self.assertion.mac_algorithms, true) {
            return Err(Contradiction::MacAlgorithm);
        }
        // RFC 9449 §4.3: an asymmetric one.
        if self.dpop.algorithms.is_empty() || !all_are(self.dpop.algorithms, false) {
            return Err(Contradiction::DpopAlgorithm);
        }
        Ok(())
    }

    /// The names of the looser fields that are on.
    pub fn legacy(&self) -> impl Iterator<Item = &'static str> {
        [
            (
                matches!(self.assertion.audience, AssertionAudience::LegacyIssuerOrTokenEndpoint),
                "assertion.audience: LegacyIssuerOrTokenEndpoint",
            ),
            (self.assertion.legacy_kid_beside_x5c, "assertion.legacy_kid_beside_x5c"),
            (!self.assertion.legacy_types.is_empty(), "assertion.legacy_types"),
            (self.dpop.legacy_beside_mutual_tls, "dpop.legacy_beside_mutual_tls"),
            (self.refresh.legacy_grace_without_binding, "refresh.legacy_grace_without_binding"),
            (self.pkce.legacy_optional_for_confidential_clients, "pkce.legacy_optional_for_confidential_clients"),
            (self.pkce.legacy_plain, "pkce.legacy_plain"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
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
#[non_exhaustive]
pub enum Contradiction {
    /// A leeway is negative or over 60 seconds.
    #[error("a leeway is negative or over 60 seconds")]
    Leeway,
    /// A lifetime is zero or negative.
    #[error("a lifetime is zero or negative")]
    Lifetime,
    /// A refresh token would outlive its family.
    #[error("a refresh token outlives its family")]
    RefreshOutlivesFamily,
    /// The grace of a superseded refresh token is zero, negative or over [`MAX_GRACE`].
    #[error("the grace of refresh tokens is zero, negative or over 120 seconds")]
    Grace,
    /// Refresh tokens do not rotate, and public clients may refresh.
    #[error("refresh tokens of public clients that do not rotate")]
    StableForPublicClients,
    /// Where a user decides on another device: an interval under a second, no time to decide, or over [`MAX_DEFERRED_LIFETIME`].
    #[error("an interval under a second, or over ten minutes to decide")]
    Deferred,
    /// A MAC stands among the algorithms for `private_key_jwt`.
    #[error("a MAC among the private_key_jwt algorithms")]
    SymmetricAssertionAlgorithm,
    /// A MAC is the algorithm of ID tokens where the client registered none.
    #[error("a MAC as the default algorithm of ID tokens")]
    SymmetricIdTokenAlgorithm,
    /// No algorithm for `private_key_jwt`.
    #[error("no algorithm for private_key_jwt")]
    NoAssertionAlgorithm,
    /// No MAC stands among the algorithms for `client_secret_jwt`, or something else does.
    #[error("no MAC among the client_secret_jwt algorithms, or another one")]
    MacAlgorithm,
    /// No algorithm for DPoP proofs, or a MAC among them.
    #[error("no algorithm for DPoP, or a MAC among them")]
    DpopAlgorithm,
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
