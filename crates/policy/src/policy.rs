use symbolon_types::Alg;
use thiserror::Error;
use time::Duration;

use crate::{
    AssertionAudience, AssertionPolicy, CodePolicy, ConcurrentRedemption, GrantSet, IdTokenPolicy, Limits, MAX_LEEWAY,
    MAX_RESPONSE_BYTES, PkcePolicy, RefreshMode, RefreshPolicy, ResponsePolicy,
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
    /// Proof Key for Code Exchange.
    pub pkce: PkcePolicy,
    /// Authorization codes.
    pub code: CodePolicy,
    /// Refresh tokens.
    pub refresh: RefreshPolicy,
    /// Token responses.
    pub response: ResponsePolicy,
    /// ID tokens.
    pub id_token: IdTokenPolicy,
    /// Sizes.
    pub limits: Limits,
}

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
            algorithms: &[
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
            ],
            legacy_kid_beside_x5c: false,
            max_jti_bytes: 128,
        },
        pkce: PkcePolicy { legacy_optional_for_confidential_clients: false },
        code: CodePolicy { lifetime: Duration::seconds(60), concurrent_redemption: ConcurrentRedemption::Revoke },
        refresh: RefreshPolicy {
            mode: RefreshMode::FamilyStrict,
            idle_lifetime: Duration::days(30),
            max_lifetime: Duration::days(365),
            public_clients: true,
        },
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
            Err(Contradiction::SymmetricAssertionAlgorithm) => panic!("a MAC among the private_key_jwt algorithms"),
            Err(Contradiction::SymmetricIdTokenAlgorithm) => panic!("a MAC as the default algorithm of ID tokens"),
            Err(Contradiction::NoAssertionAlgorithm) => panic!("no algorithm for private_key_jwt"),
        }
    }

    /// Looks for contradictions (security decision D28, as far as this version has the fields).
    ///
    /// # Errors
    /// - [`Contradiction`]: the fields do not go together.
    pub const fn check(&self) -> Result<(), Contradiction> {
        let leeways = [
            self.assertion.exp_leeway,
            self.assertion.future_leeway,
            self.id_token.exp_leeway,
            self.id_token.future_leeway,
        ];
        let [a, b, c, d] = leeways;
        if !(leeway_is_sane(a) && leeway_is_sane(b) && leeway_is_sane(c) && leeway_is_sane(d)) {
            return Err(Contradiction::Leeway);
        }
        if !self.assertion.max_lifetime.is_positive()
            || !self.code.lifetime.is_positive()
            || !self.refresh.idle_lifetime.is_positive()
            || !self.id_token.lifetime.is_positive()
        {
            return Err(Contradiction::Lifetime);
        }
        if self.refresh.idle_lifetime.whole_seconds() > self.refresh.max_lifetime.whole_seconds() {
            return Err(Contradiction::RefreshOutlivesFamily);
        }
        if self.id_token.default_algorithm.is_symmetric() {
            return Err(Contradiction::SymmetricIdTokenAlgorithm);
        }
        let mut rest = self.assertion.algorithms;
        if rest.is_empty() {
            return Err(Contradiction::NoAssertionAlgorithm);
        }
        while let [first, others @ ..] = rest {
            if first.is_symmetric() {
                return Err(Contradiction::SymmetricAssertionAlgorithm);
            }
            rest = others;
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
            (self.pkce.legacy_optional_for_confidential_clients, "pkce.legacy_optional_for_confidential_clients"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
    }
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
    /// A MAC stands among the algorithms for `private_key_jwt`.
    #[error("a MAC among the private_key_jwt algorithms")]
    SymmetricAssertionAlgorithm,
    /// A MAC is the algorithm of ID tokens where the client registered none.
    #[error("a MAC as the default algorithm of ID tokens")]
    SymmetricIdTokenAlgorithm,
    /// No algorithm for `private_key_jwt`.
    #[error("no algorithm for private_key_jwt")]
    NoAssertionAlgorithm,
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
    }

    #[test]
    fn looser_fields_are_listed() {
        let mut policy = Policy::OAUTH_2_1;
        policy.pkce.legacy_optional_for_confidential_clients = true;
        policy.assertion.audience = AssertionAudience::LegacyIssuerOrTokenEndpoint;
        assert_eq!(policy.legacy().count(), 2);
    }
}
