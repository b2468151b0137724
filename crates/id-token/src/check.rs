use alloc::{string::String, vec::Vec};

use serde_json::Value;
use subtle::ConstantTimeEq as _;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Audience, VerifyingKeys};
use symbolon_policy::IdTokenPolicy;
use symbolon_types::{Alg, Field, Rule, Secret, Trace};
use time::{Duration, UtcDateTime};

use crate::{
    ClaimName, Continuity, Expected, IdTokenClaims, IdTokenError, Personal, acr_levels,
    judged::{ExpectedParties, Judged, Kind, Parties, Presence, Signed, Times, invalid, missing, sane},
    left_half_hash,
};

/// Longest `sub`, in bytes ([OIDC Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
pub const MAX_SUB_BYTES: usize = 255;

/// How long ago an ID token may have been issued, whatever its `exp`. One that comes from the token endpoint is
/// seconds old; the limit is there for a token that was kept.
pub const MAX_ID_TOKEN_AGE: Duration = Duration::hours(24);

/// The checks of an ID token ([OIDC Core §3.1.3.7], [OIDC Core §12.2] at a refresh).
///
/// The signature is always verified; that the token came straight from the issuer over TLS excuses nothing.
/// Not checked here: that there *is* an ID token (the caller planned the exchange), the revocation of anything, and
/// what claims other than those of [`ClaimName`] say.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_id_token::{Checks, Expected, IdTokenError};
/// use symbolon_id_token::jose::VerifyingKeys;
/// use symbolon_id_token::types::{ClientId, Issuer, Trace};
/// use symbolon_policy::Policy;
/// use time::UtcDateTime;
///
/// let checks = Checks { crypto: &PROVIDER, policy: &Policy::OAUTH_2_1.id_token };
/// let issuer = Issuer::parse("https://server.example.com")?;
/// let client_id = ClientId::parse("s6BhdRkqt3")?;
/// let expected = Expected::new(&issuer, &client_id);
/// let keys = VerifyingKeys::default();
/// let answer = checks.check("not.a.jwt", &keys, &expected, &mut Trace::stop_at_first(), UtcDateTime::UNIX_EPOCH);
/// assert!(matches!(answer, Err(IdTokenError::Jwt(_))));
/// # Ok::<(), symbolon_id_token::types::IdentifierError>(())
/// ```
///
/// [OIDC Core §3.1.3.7]: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
/// [OIDC Core §12.2]: https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
#[derive(Clone, Copy, Debug)]
pub struct Checks<'a> {
    /// The hashes for `at_hash` and `c_hash`.
    pub crypto: &'a CryptoProvider,
    /// Leeways, the default algorithm and the order of levels of `acr`.
    pub policy: &'a IdTokenPolicy,
}

impl Checks<'_> {
    /// Checks everything that `expected` says.
    ///
    /// A trace that stops at the first failure is for programs. One that goes on judges every claim, as soon as the
    /// signature has been verified; without that there are no claims to speak of.
    ///
    /// # Errors
    /// Nobody hears a wire code. In the order of judgement:
    /// - [`IdTokenError::Jwt`]: not a JWS, or its signature does not verify.
    /// - [`IdTokenError::AlgNotAllowed`], [`IdTokenError::UnknownKid`], [`IdTokenError::NoKey`]: no such algorithm or
    ///   key; another set may have it (see [`symbolon_jose::KeySetCache`]).
    /// - [`IdTokenError::WrongTyp`]: another kind of JWT.
    /// - [`IdTokenError::MissingClaim`], [`IdTokenError::InvalidClaim`]: a claim is not there or not of its type.
    /// - [`IdTokenError::IssuerMismatch`], [`IdTokenError::AudienceMismatch`], [`IdTokenError::UntrustedAudience`],
    ///   [`IdTokenError::AudienceNotSingle`], [`IdTokenError::AzpMismatch`]: of another, or for another.
    /// - [`IdTokenError::Expired`], [`IdTokenError::NotYetValid`], [`IdTokenError::IssuedInFuture`],
    ///   [`IdTokenError::IssuedTooLongAgo`]: not now.
    /// - [`IdTokenError::NonceMismatch`], [`IdTokenError::NonceUnexpected`]: of another authorization request.
    /// - [`IdTokenError::AtHashMismatch`], [`IdTokenError::CHashMismatch`], [`IdTokenError::NothingToHash`],
    ///   [`IdTokenError::HashUnavailable`]: not shown to belong to the access token or code.
    /// - [`IdTokenError::AuthTimeTooOld`], [`IdTokenError::AuthTimeInFuture`], [`IdTokenError::AcrNotAccepted`]: the
    ///   person did not sign in as was asked.
    /// - [`IdTokenError::ContinuityBroken`]: not a token of the same sign-in.
    pub fn check(
        &self,
        id_token: &str,
        keys: &VerifyingKeys,
        expected: &Expected<'_>,
        trace: &mut Trace,
        now: UtcDateTime,
    ) -> Result<IdTokenClaims, IdTokenError> {
        // What the client registered, else what the policy says.
        let default = [self.policy.default_algorithm];
        let algorithms = if expected.algorithms.is_empty() { &default[..] } else { expected.algorithms };
        let Signed { jwt, members, judge } = Signed::read(id_token, keys, algorithms, trace)?;
        let alg = jwt.header().alg();

        let mut claims: Judged<'_, '_, IdTokenError> = Judged { members: &members, judge };
        claims.kind(jwt.header(), Kind::IdToken)?;
        let Expected { issuer, client_id, trusted_audiences, .. } = *expected;
        let parties = claims.parties(ExpectedParties { issuer, client_id, trusted_audiences }, alg)?;
        let times = claims.times(Presence::Required, self.policy, now)?;
        let sub = claims.sub()?;
        let nonce = claims.nonce(expected)?;
        let at_hash = claims.hash(ClaimName::AtHash, expected.access_token, alg, self.crypto)?;
        let c_hash = claims.hash(ClaimName::CHash, expected.code, alg, self.crypto)?;
        let auth_time = claims.auth_time(expected.max_age, self.policy, now)?;
        let acr = claims.acr(expected, self.policy)?;
        let amr = claims.amr()?;
        let sid = claims.string(ClaimName::Sid)?;
        let jti = claims.string(ClaimName::Jti)?;
        if let Some(previous) = &expected.previous {
            claims.continuity(previous, &parties, &times, sub, auth_time, nonce)?;
        }
        claims.judge.finish()?;

        // Whatever is missing here was judged above and ended in an error.
        Ok(IdTokenClaims {
            iss: parties.iss.ok_or(missing(ClaimName::Iss))?.into(),
            sub: Personal::new(sub.ok_or(missing(ClaimName::Sub))?),
            aud: parties.aud.ok_or(missing(ClaimName::Aud))?.into_owned(),
            exp: times.exp.ok_or(missing(ClaimName::Exp))?,
            iat: times.iat.ok_or(missing(ClaimName::Iat))?,
            nbf: times.nbf,
            auth_time,
            nonce: nonce.map(Secret::new),
            acr: acr.map(String::from),
            amr,
            azp: parties.azp.map(String::from),
            at_hash: at_hash.map(String::from),
            c_hash: c_hash.map(String::from),
            sid: sid.map(String::from),
            jti: jti.map(String::from),
            other: IdTokenClaims::others(members),
        })
    }
}

/// The checks that are of ID tokens alone.
impl<'m> Judged<'m, '_, IdTokenError> {
    /// OIDC Core §3.1.3.7 item 11: sent and there, or neither. At a refresh it may be there, as it was at first.
    fn nonce(&mut self, expected: &Expected<'_>) -> Result<Option<&'m str>, IdTokenError> {
        let nonce = self.string(ClaimName::Nonce)?;
        match (&expected.nonce, nonce) {
            (Some(_), None) => self.judge.that(Rule::IdTokenNonce, false, || missing(ClaimName::Nonce))?,
            (Some(sent), Some(nonce)) => {
                let same = *sent == Secret::new(nonce);
                self.judge.that(Rule::IdTokenNonce, same, || IdTokenError::NonceMismatch)?;
            }
            (None, nonce) => {
                let fits = nonce.is_none() || expected.previous.is_some();
                self.judge.that(Rule::IdTokenNonce, fits, || IdTokenError::NonceUnexpected)?;
            }
        }
        Ok(nonce)
    }

    /// OIDC Core §3.1.3.8, §3.3.2.10: when it is there it is right; what cannot be compared is not right.
    fn hash(
        &mut self,
        claim: ClaimName,
        text: Option<&Secret>,
        alg: Alg,
        crypto: &CryptoProvider,
    ) -> Result<Option<&'m str>, IdTokenError> {
        let hash = self.string(claim)?;
        let outcome = match (hash, text) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(IdTokenError::NothingToHash { claim }),
            (Some(hash), Some(text)) => match left_half_hash(crypto, alg, text.expose()) {
                Ok(right) if right.as_bytes().ct_eq(hash.as_bytes()).into() => Ok(()),
                Ok(_) if claim == ClaimName::AtHash => Err(IdTokenError::AtHashMismatch),
                Ok(_) => Err(IdTokenError::CHashMismatch),
                Err(source) => Err(IdTokenError::HashUnavailable { claim, source }),
            },
        };
        match outcome {
            Ok(()) => self.judge.trace().held(claim.rule()),
            Err(error) => self.judge.that(claim.rule(), false, || error)?,
        }
        Ok(hash)
    }

    /// OIDC Core §3.1.3.7 item 13.
    fn auth_time(
        &mut self,
        max_age: Option<Duration>,
        policy: &IdTokenPolicy,
        now: UtcDateTime,
    ) -> Result<Option<UtcDateTime>, IdTokenError> {
        const CLAIM: ClaimName = ClaimName::AuthTime;
        let auth_time = if max_age.is_some() {
            self.required_moment(CLAIM, Field::Time)?
        } else {
            self.moment(CLAIM, Field::Time)?
        };
        if let Some(auth_time) = auth_time {
            self.note_now(CLAIM.rule(), now);
            let past = auth_time <= now.saturating_add(sane(policy.future_leeway));
            self.judge.that(CLAIM.rule(), past, || IdTokenError::AuthTimeInFuture)?;
            let recent = max_age
                .is_none_or(|max_age| auth_time.saturating_add(max_age).saturating_add(sane(policy.exp_leeway)) >= now);
            self.judge.that(CLAIM.rule(), recent, || IdTokenError::AuthTimeTooOld)?;
        }
        Ok(auth_time)
    }

    /// OIDC Core §3.1.3.7 item 12.
    fn acr(&mut self, expected: &Expected<'_>, policy: &IdTokenPolicy) -> Result<Option<&'m str>, IdTokenError> {
        let demanded = expected.acr_values;
        if demanded.is_empty() {
            return self.string(ClaimName::Acr);
        }
        let acr = self.required_string(ClaimName::Acr)?;
        if let Some(acr) = acr {
            let good = match expected.acr_levels {
                [] => acr_levels::is_enough(policy.acr_levels, demanded, acr),
                levels => acr_levels::is_enough(levels, demanded, acr),
            };
            self.judge.that(Rule::IdTokenAcr, good, || IdTokenError::AcrNotAccepted)?;
        }
        Ok(acr)
    }

    /// OIDC Core §2: an array of strings. Providers of before 2022 send one string.
    fn amr(&mut self) -> Result<Vec<String>, IdTokenError> {
        let read = match self.members.get(ClaimName::Amr.as_str()) {
            None => Some(Vec::new()),
            Some(Value::String(one)) => Some(Vec::from([one.clone()])),
            Some(Value::Array(many)) => many.iter().map(|value| value.as_str().map(String::from)).collect(),
            Some(_) => None,
        };
        self.judge.that(ClaimName::Amr.rule(), read.is_some(), || invalid(ClaimName::Amr))?;
        Ok(read.unwrap_or_default())
    }

    /// OIDC Core §12.2, security decision D32.
    fn continuity(
        &mut self,
        first: &Continuity,
        parties: &Parties<'m>,
        times: &Times,
        sub: Option<&str>,
        auth_time: Option<UtcDateTime>,
        nonce: Option<&str>,
    ) -> Result<(), IdTokenError> {
        let same_nonce = |nonce: &str| first.nonce.as_ref().is_some_and(|first| *first == Secret::new(nonce));
        let verdicts = [
            (ClaimName::Iss, parties.iss.is_none_or(|iss| iss == first.iss)),
            (ClaimName::Sub, sub.is_none_or(|sub| sub == first.sub.as_str())),
            (ClaimName::Aud, parties.aud.as_ref().is_none_or(|aud| same_audiences(aud, &first.aud))),
            (ClaimName::Azp, parties.azp == first.azp.as_deref()),
            (ClaimName::AuthTime, auth_time.is_none_or(|time| first.auth_time.is_none_or(|first| time == first))),
            (ClaimName::Nonce, nonce.is_none_or(same_nonce)),
            // Equal is taken: the same token may be handed out again.
            (ClaimName::Iat, times.iat.is_none_or(|iat| iat >= first.iat)),
        ];
        for (claim, same) in verdicts {
            self.judge.that(Rule::IdTokenContinuity, same, || IdTokenError::ContinuityBroken { claim })?;
        }
        Ok(())
    }
}

fn same_audiences(a: &Audience<'_>, b: &Audience<'_>) -> bool {
    let (a, b) = (a.as_slice(), b.as_slice());
    a.iter().all(|value| b.contains(value)) && b.iter().all(|value| a.contains(value))
}
