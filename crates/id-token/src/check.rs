use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use serde::Deserialize as _;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Audience, Header, NumericDate, SelectError, UnverifiedJwt, VerifyingKeys};
use symbolon_policy::{IdTokenPolicy, MAX_LEEWAY};
use symbolon_types::{Alg, Field, Judge, Rule, Secret, Trace};
use time::{Duration, UtcDateTime};

use crate::{ClaimName, Continuity, Expected, IdTokenClaims, IdTokenError, Personal, acr_levels, left_half_hash};

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
        let mut judge = Judge::new(trace);
        let jwt = match UnverifiedJwt::parse(id_token) {
            Ok(jwt) => jwt,
            Err(error) => return Err(end(judge, error.into())),
        };
        for rule in [Rule::JwsSyntax, Rule::JwsHeader, Rule::JwsCrit] {
            judge.trace().held(rule);
        }
        let header = jwt.header();
        let alg = header.alg();
        note_header(judge.trace(), header);

        // OIDC Core §3.1.3.7 items 7 and 8: the algorithm is the registered one, by its name.
        let default = [self.policy.default_algorithm];
        let algorithms = if expected.algorithms.is_empty() { &default[..] } else { expected.algorithms };
        judge.that(Rule::JwsAlg, algorithms.contains(&alg), || IdTokenError::AlgNotAllowed)?;

        let fitting = match keys.select(header) {
            Ok(fitting) => fitting,
            Err(SelectError::UnknownKid) => return Err(end(judge, IdTokenError::UnknownKid)),
            Err(error) => return Err(end(judge, IdTokenError::NoKey(error))),
        };
        judge.trace().held(Rule::JwsKey);

        // OIDC Core §3.1.3.7 item 6 allows to leave this out after a direct call; we do not.
        let verified = match jwt.verify_any(&fitting) {
            Ok(verified) => verified,
            Err(error) => return Err(end(judge, error.into())),
        };
        judge.trace().held(Rule::JwsSignature);
        let members = match verified.claims_as::<Map<String, Value>>() {
            Ok(members) => members,
            Err(error) => return Err(end(judge, error.into())),
        };
        judge.trace().held(Rule::JwtClaims);

        let mut claims = Judged { members: &members, judge };
        claims.kind(verified.header())?;
        let parties = claims.parties(expected, alg)?;
        let times = claims.times(self.policy, now)?;
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

/// The claims that name parties, as far as they are there and of their types.
struct Parties<'m> {
    iss: Option<&'m str>,
    aud: Option<Audience<'m>>,
    azp: Option<&'m str>,
}

/// The claims that are times, as far as they are there and of their types.
struct Times {
    exp: Option<UtcDateTime>,
    nbf: Option<UtcDateTime>,
    iat: Option<UtcDateTime>,
}

/// The members of a verified payload and the run of checks over them. Each method judges what it is named after and
/// hands out what it read; `None` where nothing of the right type was there.
struct Judged<'m, 't> {
    members: &'m Map<String, Value>,
    judge: Judge<'t, IdTokenError>,
}

impl<'m> Judged<'m, '_> {
    /// RFC 8725 §3.11, §3.12: no other kind of JWT passes for an ID token.
    fn kind(&mut self, header: Header<'_>) -> Result<(), IdTokenError> {
        let typ = header.typ().is_none() || header.is_typ("JWT");
        // OIDC Back-Channel Logout §2.4: `events` is what makes a JWT a logout token; RFC 8417 §2.2 for all others.
        let event = self.members.contains_key("events");
        // Keycloak tells its tokens apart by a claim: `ID` is the one for us.
        // One of a wrong type is no claim that is absent.
        let of_provider = self.members.get("typ").map(Value::as_str);
        let other = of_provider.is_some_and(|typ| typ.is_none_or(|typ| OTHER_KINDS.contains(&typ)));
        self.judge.that(Rule::JwtTyp, typ && !event && !other, || IdTokenError::WrongTyp)
    }

    fn parties(&mut self, expected: &Expected<'_>, alg: Alg) -> Result<Parties<'m>, IdTokenError> {
        let client = expected.client_id.as_str();

        // OIDC Core §3.1.3.7 item 2.
        let iss = self.required_string(ClaimName::Iss)?;
        if let Some(iss) = iss {
            self.judge.trace().note(Rule::JwtIss, Field::Iss, iss);
            self.judge.that(Rule::JwtIss, iss == expected.issuer.as_str(), || IdTokenError::IssuerMismatch)?;
        }

        // OIDC Core §3.1.3.7 item 3: the client is there, and nobody whom it does not trust.
        let aud = self.audience()?;
        if let Some(aud) = &aud {
            let values = aud.as_slice();
            for value in values {
                self.judge.trace().note(Rule::IdTokenAud, Field::Aud, value);
            }
            let mine = values.iter().any(|value| value == client);
            self.judge.that(Rule::IdTokenAud, mine, || IdTokenError::AudienceMismatch)?;
            let trusted =
                values.iter().all(|value| value == client || expected.trusted_audiences.iter().any(|t| t == value));
            self.judge.that(Rule::IdTokenAud, trusted, || IdTokenError::UntrustedAudience)?;
            // OIDC Core §3.1.3.7 item 8: what a MAC says to several audiences is not specified.
            let single = !alg.is_symmetric() || aud.is_exactly(client);
            self.judge.that(Rule::IdTokenAud, single, || IdTokenError::AudienceNotSingle)?;
        }

        // OIDC Core §3.1.3.7 items 4 and 5. Absent beside several audiences is no error (errata).
        let azp = self.string(ClaimName::Azp)?;
        let mine = azp.is_none_or(|azp| azp == client);
        self.judge.that(Rule::IdTokenAzp, mine, || IdTokenError::AzpMismatch)?;
        Ok(Parties { iss, aud, azp })
    }

    fn times(&mut self, policy: &IdTokenPolicy, now: UtcDateTime) -> Result<Times, IdTokenError> {
        let future = now.saturating_add(sane(policy.future_leeway));

        // OIDC Core §3.1.3.7 item 9; at `exp` plus leeway it is over.
        let exp = self.required_moment(ClaimName::Exp, Field::Exp)?;
        if let Some(exp) = exp {
            self.note_now(Rule::JwtExp, now);
            let live = now < exp.saturating_add(sane(policy.exp_leeway));
            self.judge.that(Rule::JwtExp, live, || IdTokenError::Expired)?;
        }

        let nbf = self.moment(ClaimName::Nbf, Field::Nbf)?;
        self.judge.that(Rule::JwtNbf, nbf.is_none_or(|nbf| nbf <= future), || IdTokenError::NotYetValid)?;

        // OIDC Core §3.1.3.7 item 10.
        let iat = self.required_moment(ClaimName::Iat, Field::Iat)?;
        if let Some(iat) = iat {
            self.note_now(Rule::JwtIat, now);
            self.judge.that(Rule::JwtIat, iat <= future, || IdTokenError::IssuedInFuture)?;
            let fresh = now <= iat.saturating_add(MAX_ID_TOKEN_AGE);
            self.judge.that(Rule::JwtIat, fresh, || IdTokenError::IssuedTooLongAgo)?;
        }
        Ok(Times { exp, nbf, iat })
    }

    /// OIDC Core §2: at most 255 ASCII characters.
    fn sub(&mut self) -> Result<Option<&'m str>, IdTokenError> {
        let sub = self.required_string(ClaimName::Sub)?;
        if let Some(sub) = sub {
            self.judge.that(Rule::IdTokenSub, is_subject(sub), || invalid(ClaimName::Sub))?;
        }
        Ok(sub)
    }

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

    /// A claim that is text where it is there.
    fn string(&mut self, claim: ClaimName) -> Result<Option<&'m str>, IdTokenError> {
        match self.members.get(claim.as_str()) {
            None => Ok(None),
            Some(Value::String(text)) => {
                self.judge.trace().held(claim.rule());
                Ok(Some(text))
            }
            Some(_) => self.judge.that(claim.rule(), false, || invalid(claim)).map(|()| None),
        }
    }

    fn required_string(&mut self, claim: ClaimName) -> Result<Option<&'m str>, IdTokenError> {
        self.require(claim)?;
        self.string(claim)
    }

    /// A claim that is a NumericDate where it is there.
    fn moment(&mut self, claim: ClaimName, field: Field) -> Result<Option<UtcDateTime>, IdTokenError> {
        let Some(value) = self.members.get(claim.as_str()) else { return Ok(None) };
        let read = NumericDate::deserialize(value).ok().map(|date| date.moment());
        self.judge.that(claim.rule(), read.is_some(), || invalid(claim))?;
        if read.is_some() && self.judge.trace().goes_on() {
            self.judge.trace().note(claim.rule(), field, &value.to_string());
        }
        Ok(read)
    }

    fn required_moment(&mut self, claim: ClaimName, field: Field) -> Result<Option<UtcDateTime>, IdTokenError> {
        self.require(claim)?;
        self.moment(claim, field)
    }

    fn audience(&mut self) -> Result<Option<Audience<'m>>, IdTokenError> {
        self.require(ClaimName::Aud)?;
        let Some(value) = self.members.get(ClaimName::Aud.as_str()) else { return Ok(None) };
        let read = Audience::deserialize(value).ok();
        self.judge.that(Rule::IdTokenAud, read.is_some(), || invalid(ClaimName::Aud))?;
        Ok(read)
    }

    fn require(&mut self, claim: ClaimName) -> Result<(), IdTokenError> {
        self.judge.that(claim.rule(), self.members.contains_key(claim.as_str()), || missing(claim))
    }

    fn note_now(&mut self, rule: Rule, now: UtcDateTime) {
        if self.judge.trace().goes_on() {
            self.judge.trace().note(rule, Field::Time, &now.unix_timestamp().to_string());
        }
    }
}

/// Ends a run that cannot go on: in its first error, which may be an earlier one.
fn end(mut judge: Judge<'_, IdTokenError>, error: IdTokenError) -> IdTokenError {
    let last = error.clone();
    judge.that(error.rule(), false, || last).and_then(|()| judge.finish()).err().unwrap_or(error)
}

fn note_header(trace: &mut Trace, header: Header<'_>) {
    trace.note(Rule::JwsAlg, Field::Alg, header.alg().as_str());
    if let Some(kid) = header.kid() {
        trace.note(Rule::JwsKey, Field::Kid, kid);
    }
    if let Some(typ) = header.typ() {
        trace.note(Rule::JwtTyp, Field::Typ, typ);
    }
}

/// Whether a text can be a `sub`.
pub(crate) fn is_subject(text: &str) -> bool {
    (1..=MAX_SUB_BYTES).contains(&text.len()) && text.is_ascii()
}

/// A leeway is never negative and never over a minute, whoever made the policy (security decision D19).
fn sane(leeway: Duration) -> Duration {
    leeway.clamp(Duration::ZERO, MAX_LEEWAY)
}

fn same_audiences(a: &Audience<'_>, b: &Audience<'_>) -> bool {
    let (a, b) = (a.as_slice(), b.as_slice());
    a.iter().all(|value| b.contains(value)) && b.iter().all(|value| a.contains(value))
}

const fn missing(claim: ClaimName) -> IdTokenError {
    IdTokenError::MissingClaim { claim }
}

const fn invalid(claim: ClaimName) -> IdTokenError {
    IdTokenError::InvalidClaim { claim }
}

/// Values of Keycloak's `typ` claim that are no ID token.
const OTHER_KINDS: &[&str] = &["Bearer", "DPoP", "Refresh", "Offline", "Logout"];
