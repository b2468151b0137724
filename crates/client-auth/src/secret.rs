//! The comparison of shared secrets ([RFC 6749 §2.3.1], security decisions D11, D15, D17).
//!
//! [RFC 6749 §2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
use core::hint::black_box;

use subtle::{Choice, ConstantTimeEq as _};
use symbolon_types::{Field, Judge, Rule, Secret, SecretBytes};
use time::UtcDateTime;

use crate::{
    AttemptKind, AuthError, BasicFault, BasicSecret, Checks, Evidence, PresentedCredentials, ProvenClient,
    RegisteredCredentials, RegisteredSecret, Verdict,
    check::{known_by_method, stop},
};

/// The two readings of a presented secret. Both are hashed whatever the registration says, and which one counts is chosen
/// after that: what a request costs says nothing about the client.
#[derive(Clone, Copy)]
pub(crate) struct Readings<'a> {
    decoded: &'a Secret,
    raw: &'a Secret,
    /// Which of the two count.
    counts: [bool; 2],
    /// Why none does.
    fault: Option<BasicFault>,
}

impl<'a> Readings<'a> {
    /// A secret that reads in one way.
    pub(crate) const fn one(secret: &'a Secret) -> Self {
        Self { decoded: secret, raw: secret, counts: [true, false], fault: None }
    }

    /// The readings of a Basic secret, for a client that is lenient or not (D17).
    pub(crate) const fn of(secret: &'a BasicSecret, lenient: bool) -> Self {
        let (decoded, raw) = match secret {
            BasicSecret::Either { decoded, raw } => (decoded, raw),
            BasicSecret::Same(secret) | BasicSecret::Decoded(secret) | BasicSecret::Raw(secret) => (secret, secret),
        };
        let (counts, fault) = match secret {
            BasicSecret::Same(_) | BasicSecret::Either { .. } => ([true, lenient], None),
            BasicSecret::Raw(_) => ([false, lenient], Some(BasicFault::FormEncoding)),
            // D17: the raw id may be another client's.
            BasicSecret::Decoded(_) => ([!lenient, false], Some(BasicFault::AmbiguousId)),
        };
        let fault = if counts[0] || counts[1] { None } else { fault };
        Self { decoded, raw, counts, fault }
    }
}

impl Checks<'_> {
    pub(crate) fn check_secret(
        &self,
        presented: &PresentedCredentials,
        readings: Readings<'_>,
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

        // The comparison comes first, against nothing if there is nothing: an unknown client, another method and a wrong
        // secret then cost the same.
        let live = live_secrets(presented, registered);
        let fits = self.compare(&readings, live);

        let (mut judge, client) = known_by_method(judge, presented, registered, attempt)?;
        if let Some(fault) = readings.fault {
            return stop(judge, AuthError::BasicSyntax { fault });
        }
        let judged_by_caller = live.iter().any(|secret| matches!(secret, RegisteredSecret::JudgedByCaller));
        let verdict = match (judged_by_caller, evidence.verdict) {
            (true, None) => return stop(judge, AuthError::VerdictMissing),
            (true, Some(verdict)) => {
                judge.trace().held(Rule::FoundComplete);
                verdict == Verdict::Right
            }
            // A verdict opens no client whose registration does not ask for one.
            (false, _) => false,
        };
        if client.lenient_basic {
            judge.trace().note(Rule::SecretMatches, Field::Form, fits.name());
        }
        // A blank secret is no secret, whoever says that it is right (A126).
        let blank = readings.decoded.is_empty() || readings.raw.is_empty();
        judge.that(Rule::SecretMatches, (fits.any() || verdict) && !blank, || AuthError::WrongSecret)?;
        check_expiry(client, &mut judge, now)?;
        judge.finish()?;
        Ok(ProvenClient::new(client, None))
    }

    /// Compares both readings with every live secret, by digest and without an early exit.
    fn compare(&self, readings: &Readings<'_>, live: &[RegisteredSecret]) -> Fits {
        let digest = |secret: &Secret| self.crypto.sha256.digest(&[secret.expose().as_bytes()]);
        let (decoded, raw) = (digest(readings.decoded), digest(readings.raw));
        let mut fits = Fits { decoded: Choice::from(0), raw: Choice::from(0) };
        let mut unused = HASHED_SECRETS;
        for secret in live {
            let stored = match secret {
                RegisteredSecret::Sha256(stored) => *stored.as_bytes(),
                RegisteredSecret::Plain(secret) => {
                    unused = unused.saturating_sub(1);
                    digest(secret)
                }
                RegisteredSecret::JudgedByCaller => continue,
            };
            fits.decoded |= same(&stored, &decoded);
            fits.raw |= same(&stored, &raw);
        }
        for _ in 0..unused {
            black_box(same(&digest(readings.decoded), &decoded));
        }
        let [decoded, raw] = readings.counts.map(|counts| Choice::from(u8::from(counts)));
        Fits { decoded: fits.decoded & decoded, raw: fits.raw & raw }
    }
}

/// Only who has the right secret hears that it has expired, and then as of a wrong one.
pub(crate) fn check_expiry(
    client: &RegisteredCredentials,
    judge: &mut Judge<'_, AuthError>,
    now: UtcDateTime,
) -> Result<(), AuthError> {
    let is_fresh = client.secret_expires_at.is_none_or(|end| now < end);
    judge.that(Rule::SecretFresh, is_fresh, || AuthError::SecretExpired)
}

/// Whether two digests are the same, in a time that says nothing; eight octets at once.
fn same(one: &[u8; 32], other: &[u8; 32]) -> Choice {
    let words = |digest: &[u8; 32]| {
        let (eights, _) = digest.as_chunks::<8>();
        let mut words = eights.iter().copied().map(u64::from_le_bytes);
        core::array::from_fn::<_, 4, _>(|_| words.next().unwrap_or_default())
    };
    words(one).ct_eq(&words(other))
}

/// The live secrets of a client that registered the method which was used, else none.
pub(crate) fn live_secrets<'c>(
    presented: &PresentedCredentials,
    registered: Option<&'c RegisteredCredentials>,
) -> &'c [RegisteredSecret] {
    let method = presented.method();
    let client = registered.filter(|client| Some(&client.method) == method.as_ref());
    client.map_or(&[], |client| client.secrets.as_slice())
}

/// The secret as the key of a MAC: the octets of its UTF-8 text
/// ([OIDC Core §10.1](https://openid.net/specs/openid-connect-core-1_0.html#Signing)).
pub(crate) fn mac_key(secret: &Secret) -> SecretBytes {
    SecretBytes::new(secret.expose().as_bytes())
}

/// Which readings fitted a live secret.
struct Fits {
    decoded: Choice,
    raw: Choice,
}

impl Fits {
    fn any(&self) -> bool {
        (self.decoded | self.raw).into()
    }

    fn name(&self) -> &'static str {
        match (self.decoded.into(), self.raw.into()) {
            (true, true) => "form-decoded and raw",
            (true, false) => "form-decoded",
            (false, true) => "raw",
            (false, false) => "neither",
        }
    }
}

/// How many stored secrets are hashed, or tried as keys of a MAC, at least, in truth or for show: a client has two live
/// ones while it changes from one to the next. So a client with up to that many secrets in clear costs what one with
/// digests, or none at all, does.
pub(crate) const HASHED_SECRETS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_bit_anywhere_is_another_digest() {
        let right = core::array::from_fn(|index| u8::try_from(index).unwrap());
        assert!(bool::from(same(&right, &right)));
        for place in 0..256 {
            let mut octets = right;
            octets[place / 8] ^= 1 << (place % 8);
            assert!(!bool::from(same(&right, &octets)), "bit {place}");
        }
    }
}
