//! The judgement of `client_secret_jwt` ([OIDC Core §9], [RFC 7518 §3.2], security decisions D11, D15).
//!
//! [OIDC Core §9]: https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
//! [RFC 7518 §3.2]: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
use alloc::vec::Vec;
use core::hint::black_box;

use symbolon_jose::{MAX_KEYS_OF_ONE_KID, SelectError, UnverifiedJwt, VerifiedJwt, VerifyingKey};
use symbolon_types::{Judge, Rule, SecretBytes};
use time::UtcDateTime;

use crate::{
    AttemptKind, AuthError, Checks, Evidence, PresentedCredentials, ProvenClient, RegisteredCredentials,
    RegisteredSecret,
    assertion::Names,
    check::{check_method, known, stop},
    secret::{HASHED_SECRETS, check_expiry, live_secrets, mac_key},
};

impl Checks<'_> {
    /// Judges an assertion whose `alg` is a MAC. Whoever guesses the secret makes one, so it is judged like a secret:
    /// with a limit to attempts, and with the same work for an unknown client.
    pub(crate) fn check_secret_jwt(
        &self,
        presented: &PresentedCredentials,
        jwt: &UnverifiedJwt<'_>,
        registered: Option<&RegisteredCredentials>,
        evidence: &Evidence<'_>,
        mut judge: Judge<'_, AuthError>,
        now: UtcDateTime,
    ) -> Result<ProvenClient, AuthError> {
        let attempt = Some(AttemptKind::ClientSecret);
        if evidence.throttled {
            return stop(judge, AuthError::Throttled);
        }
        judge.trace().held(Rule::ClientThrottle);

        // What nobody can verify says nothing about anybody.
        if !self.crypto.supports(jwt.header().alg()) {
            return stop(judge, AuthError::AssertionAlg);
        }
        let verified = self.verify_mac(jwt, live_secrets(presented, registered));

        let (mut judge, client) = known(judge, registered, attempt)?;
        check_method(presented, client, attempt, &mut judge)?;
        if matches!(verified, Ok(_) | Err(AuthError::AssertionMac)) {
            judge.trace().held(Rule::AssertionKey);
        }
        // The MAC before the rest of the header: until it is right every refusal is an attempt, as with an unknown client.
        let verified = match verified {
            Ok(verified) => Some(verified),
            Err(error) => {
                judge.that(error.rule(), false, || error)?;
                None
            }
        };
        check_expiry(client, &mut judge, now)?;
        self.check_header(jwt.header(), self.policy.mac_algorithms, client, Names::OfClientAssertion, &mut judge)?;
        // RFC 7515 §4.1.6: a certificate is of a public key, and here is none.
        judge.that(Rule::AssertionX5c, jwt.header().x5c().is_none(), || AuthError::AssertionX5c)?;
        match verified {
            Some(verified) => self.check_verified(&verified, client, Names::OfClientAssertion, judge, now),
            // A fault was noted above: this ends with the first one.
            None => judge.finish().and(Err(AuthError::AssertionMac)),
        }
    }

    /// Verifies the MAC with every live secret that can be its key, without an early exit.
    ///
    /// Only a secret in clear can be one: a digest is another type, and so is the caller's judgement (D11). Keys are loaded
    /// for each request: that is two blocks of a hash, and an unknown client has none to keep.
    fn verify_mac<'j>(&self, jwt: &UnverifiedJwt<'j>, live: &[RegisteredSecret]) -> Result<VerifiedJwt<'j>, AuthError> {
        let alg = jwt.header().alg();
        let try_with = |octets: &SecretBytes| {
            VerifyingKey::from_secret(self.crypto, alg, octets).map(|key| jwt.clone().verify(&key).ok())
        };
        let in_clear = live.iter().filter_map(|secret| match secret {
            RegisteredSecret::Plain(secret) => Some(secret),
            RegisteredSecret::Sha256(_) | RegisteredSecret::JudgedByCaller => None,
        });
        let limit = MAX_KEYS_OF_ONE_KID;
        let too_many = in_clear.clone().count() > limit;
        let tried: Vec<_> = in_clear.take(limit).map(|secret| try_with(&mac_key(secret))).collect();
        let usable = tried.iter().flatten().count();
        for _ in usable..HASHED_SECRETS {
            // Its answer counts for nothing.
            black_box(try_with(&SecretBytes::new([0; 64])).is_ok());
        }
        if too_many {
            return Err(AuthError::NoMacKey { cause: SelectError::TooManyOfOneKid { limit } });
        }
        match (tried.len(), usable) {
            (0, _) => Err(AuthError::NoMacKey { cause: SelectError::NoUsableKey }),
            (_, 0) => Err(AuthError::SecretTooShort),
            _ => tried.into_iter().flatten().flatten().next().ok_or(AuthError::AssertionMac),
        }
    }
}
