use alloc::string::{String, ToString as _};

use serde::Deserialize as _;
use serde_json::{Map, Value};
use symbolon_jose::{Audience, Header, NumericDate, SelectError, UnverifiedJwt, VerifiedJwt, VerifyingKeys};
use symbolon_policy::{IdTokenPolicy, MAX_LEEWAY};
use symbolon_types::{Alg, ClientId, Field, Issuer, Judge, Rule, Trace};
use time::{Duration, UtcDateTime};

use crate::{ClaimName, IdTokenError, MAX_ID_TOKEN_AGE, MAX_SUB_BYTES};

/// A JWT that an issuer signed for a client, and the run of checks over it.
pub(crate) struct Signed<'a, 't, E> {
    pub(crate) jwt: VerifiedJwt<'a>,
    pub(crate) members: Map<String, Value>,
    pub(crate) judge: Judge<'t, E>,
}

impl<'a, 't, E: From<IdTokenError>> Signed<'a, 't, E> {
    /// Reads the text, and verifies the signature with a key that its header means.
    pub(crate) fn read(
        text: &'a str,
        keys: &VerifyingKeys,
        algorithms: &[Alg],
        trace: &'t mut Trace,
    ) -> Result<Self, E> {
        let mut judge = Judge::new(trace);
        let jwt = match UnverifiedJwt::parse(text) {
            Ok(jwt) => jwt,
            Err(error) => return Err(end(judge, error.into())),
        };
        for rule in [Rule::JwsSyntax, Rule::JwsHeader, Rule::JwsCrit] {
            judge.trace().held(rule);
        }
        let header = jwt.header();
        note_header(judge.trace(), header);

        // OIDC Core §3.1.3.7 items 7 and 8: the algorithm is the registered one, by its name.
        let alg = header.alg();
        judge.that(Rule::JwsAlg, algorithms.contains(&alg), || IdTokenError::AlgNotAllowed.into())?;

        let fitting = match keys.select(header) {
            Ok(fitting) => fitting,
            Err(SelectError::UnknownKid) => return Err(end(judge, IdTokenError::UnknownKid)),
            Err(error) => return Err(end(judge, IdTokenError::NoKey(error))),
        };
        judge.trace().held(Rule::JwsKey);

        // OIDC Core §3.1.3.7 item 6 allows to leave this out after a direct call; we do not.
        let jwt = match jwt.verify_any(&fitting) {
            Ok(verified) => verified,
            Err(error) => return Err(end(judge, error.into())),
        };
        judge.trace().held(Rule::JwsSignature);
        let members = match jwt.claims_as() {
            Ok(members) => members,
            Err(error) => return Err(end(judge, error.into())),
        };
        judge.trace().held(Rule::JwtClaims);
        Ok(Self { jwt, members, judge })
    }
}

/// What a JWT is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    IdToken,
    Userinfo,
    LogoutToken,
}

impl Kind {
    /// The value of Keycloak's `typ` claim; userinfo has none.
    const fn of_keycloak(self) -> Option<&'static str> {
        match self {
            Self::IdToken => Some("ID"),
            Self::Userinfo => None,
            Self::LogoutToken => Some("Logout"),
        }
    }
}

/// Whether a claim must be there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// Who the parties are that `iss`, `aud` and `azp` must name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedParties<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) client_id: &'a ClientId,
    pub(crate) trusted_audiences: &'a [String],
}

/// The claims that name parties, as far as they are there and of their types.
pub(crate) struct Parties<'m> {
    pub(crate) iss: Option<&'m str>,
    pub(crate) aud: Option<Audience<'m>>,
    pub(crate) azp: Option<&'m str>,
}

/// The claims that are times, as far as they are there and of their types.
pub(crate) struct Times {
    pub(crate) exp: Option<UtcDateTime>,
    pub(crate) nbf: Option<UtcDateTime>,
    pub(crate) iat: Option<UtcDateTime>,
}

/// The members of a verified payload and the run of checks over them. Each method judges what it is named after and
/// hands out what it read; `None` where nothing of the right type was there.
pub(crate) struct Judged<'m, 't, E> {
    pub(crate) members: &'m Map<String, Value>,
    pub(crate) judge: Judge<'t, E>,
}

impl<'m, E: From<IdTokenError>> Judged<'m, '_, E> {
    /// RFC 8725 §3.11, §3.12: no other kind of JWT passes for this one.
    pub(crate) fn kind(&mut self, header: Header<'_>, kind: Kind) -> Result<(), E> {
        let is_logout_token = kind == Kind::LogoutToken;
        let typ = header.typ().is_none() || header.is_typ("JWT") || (is_logout_token && header.is_typ("logout+jwt"));
        // OIDC Back-Channel Logout §2.4: `events` is what makes a JWT a logout token; RFC 8417 §2.2 for all others.
        let event = self.members.contains_key("events") == is_logout_token;
        // Keycloak tells its tokens apart by a claim. One of a wrong type is no claim that is absent.
        let of_provider = self.members.get("typ").is_none_or(|claim| {
            claim.as_str().is_some_and(|typ| !OF_KEYCLOAK.contains(&typ) || kind.of_keycloak() == Some(typ))
        });
        self.judge.that(Rule::JwtTyp, typ && event && of_provider, || IdTokenError::WrongTyp.into())
    }

    /// OIDC Core §3.1.3.7 items 2 to 5 and 8, and the same words for all that an issuer signs for a client.
    pub(crate) fn parties(&mut self, expected: ExpectedParties<'_>, alg: Alg) -> Result<Parties<'m>, E> {
        let client = expected.client_id.as_str();

        // OIDC Core §3.1.3.7 item 2.
        let iss = self.required_string(ClaimName::Iss)?;
        if let Some(iss) = iss {
            self.judge.trace().note(Rule::JwtIss, Field::Iss, iss);
            self.judge.that(Rule::JwtIss, iss == expected.issuer.as_str(), || IdTokenError::IssuerMismatch.into())?;
        }

        // OIDC Core §3.1.3.7 item 3: the client is there, and nobody whom it does not trust.
        let aud = self.audience()?;
        if let Some(aud) = &aud {
            let values = aud.as_slice();
            for value in values {
                self.judge.trace().note(Rule::IdTokenAud, Field::Aud, value);
            }
            let mine = values.iter().any(|value| value == client);
            self.judge.that(Rule::IdTokenAud, mine, || IdTokenError::AudienceMismatch.into())?;
            let trusted =
                values.iter().all(|value| value == client || expected.trusted_audiences.iter().any(|t| t == value));
            self.judge.that(Rule::IdTokenAud, trusted, || IdTokenError::UntrustedAudience.into())?;
            // OIDC Core §3.1.3.7 item 8: what a MAC says to several audiences is not specified.
            let single = !alg.is_symmetric() || aud.is_exactly(client);
            self.judge.that(Rule::IdTokenAud, single, || IdTokenError::AudienceNotSingle.into())?;
        }

        // OIDC Core §3.1.3.7 items 4 and 5. Absent beside several audiences is no error (errata).
        let azp = self.string(ClaimName::Azp)?;
        let mine = azp.is_none_or(|azp| azp == client);
        self.judge.that(Rule::IdTokenAzp, mine, || IdTokenError::AzpMismatch.into())?;
        Ok(Parties { iss, aud, azp })
    }

    /// `exp` and `iat` must be there unless `presence` says that they may be absent.
    pub(crate) fn times(&mut self, presence: Presence, policy: &IdTokenPolicy, now: UtcDateTime) -> Result<Times, E> {
        let future = now.saturating_add(sane(policy.future_leeway));

        // OIDC Core §3.1.3.7 item 9; at `exp` plus leeway it is over.
        let exp = self.moment_by(presence, ClaimName::Exp, Field::Exp)?;
        if let Some(exp) = exp {
            self.note_now(Rule::JwtExp, now);
            let live = now < exp.saturating_add(sane(policy.exp_leeway));
            self.judge.that(Rule::JwtExp, live, || IdTokenError::Expired.into())?;
        }

        let nbf = self.moment(ClaimName::Nbf, Field::Nbf)?;
        self.judge.that(Rule::JwtNbf, nbf.is_none_or(|nbf| nbf <= future), || IdTokenError::NotYetValid.into())?;

        // OIDC Core §3.1.3.7 item 10.
        let iat = self.moment_by(presence, ClaimName::Iat, Field::Iat)?;
        if let Some(iat) = iat {
            self.note_now(Rule::JwtIat, now);
            self.judge.that(Rule::JwtIat, iat <= future, || IdTokenError::IssuedInFuture.into())?;
            let fresh = now <= iat.saturating_add(MAX_ID_TOKEN_AGE);
            self.judge.that(Rule::JwtIat, fresh, || IdTokenError::IssuedTooLongAgo.into())?;
        }
        Ok(Times { exp, nbf, iat })
    }

    /// OIDC Core §2: at most 255 ASCII characters.
    pub(crate) fn sub(&mut self) -> Result<Option<&'m str>, E> {
        let sub = self.required_string(ClaimName::Sub)?;
        if let Some(sub) = sub {
            self.judge.that(Rule::IdTokenSub, is_subject(sub), || invalid(ClaimName::Sub).into())?;
        }
        Ok(sub)
    }

    /// A claim that is text where it is there.
    pub(crate) fn string(&mut self, claim: ClaimName) -> Result<Option<&'m str>, E> {
        match self.members.get(claim.as_str()) {
            None => Ok(None),
            Some(Value::String(text)) => {
                self.judge.trace().held(claim.rule());
                Ok(Some(text))
            }
            Some(_) => self.judge.that(claim.rule(), false, || invalid(claim).into()).map(|()| None),
        }
    }

    pub(crate) fn required_string(&mut self, claim: ClaimName) -> Result<Option<&'m str>, E> {
        self.require(claim)?;
        self.string(claim)
    }

    /// A claim that is a NumericDate where it is there.
    pub(crate) fn moment(&mut self, claim: ClaimName, field: Field) -> Result<Option<UtcDateTime>, E> {
        let Some(value) = self.members.get(claim.as_str()) else { return Ok(None) };
        let read = NumericDate::deserialize(value).ok().map(|date| date.moment());
        self.judge.that(claim.rule(), read.is_some(), || invalid(claim).into())?;
        if read.is_some() && self.judge.trace().goes_on() {
            self.judge.trace().note(claim.rule(), field, &value.to_string());
        }
        Ok(read)
    }

    pub(crate) fn required_moment(&mut self, claim: ClaimName, field: Field) -> Result<Option<UtcDateTime>, E> {
        self.require(claim)?;
        self.moment(claim, field)
    }

    fn moment_by(&mut self, presence: Presence, claim: ClaimName, field: Field) -> Result<Option<UtcDateTime>, E> {
        match presence {
            Presence::Required => self.required_moment(claim, field),
            Presence::Optional => self.moment(claim, field),
        }
    }

    fn audience(&mut self) -> Result<Option<Audience<'m>>, E> {
        self.require(ClaimName::Aud)?;
        let Some(value) = self.members.get(ClaimName::Aud.as_str()) else { return Ok(None) };
        let read = Audience::deserialize(value).ok();
        self.judge.that(Rule::IdTokenAud, read.is_some(), || invalid(ClaimName::Aud).into())?;
        Ok(read)
    }

    fn require(&mut self, claim: ClaimName) -> Result<(), E> {
        self.judge.that(claim.rule(), self.members.contains_key(claim.as_str()), || missing(claim).into())
    }

    pub(crate) fn note_now(&mut self, rule: Rule, now: UtcDateTime) {
        if self.judge.trace().goes_on() {
            self.judge.trace().note(rule, Field::Time, &now.unix_timestamp().to_string());
        }
    }
}

/// Ends a run that cannot go on: in its first error, which may be an earlier one.
pub(crate) fn end<E: From<IdTokenError>>(judge: Judge<'_, E>, error: IdTokenError) -> E {
    judge.stop(error.rule(), error.into())
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
pub(crate) fn sane(leeway: Duration) -> Duration {
    leeway.clamp(Duration::ZERO, MAX_LEEWAY)
}

pub(crate) const fn missing(claim: ClaimName) -> IdTokenError {
    IdTokenError::MissingClaim { claim }
}

pub(crate) const fn invalid(claim: ClaimName) -> IdTokenError {
    IdTokenError::InvalidClaim { claim }
}

/// Values of Keycloak's `typ` claim.
const OF_KEYCLOAK: &[&str] = &["ID", "Bearer", "DPoP", "Refresh", "Offline", "Logout"];
