use alloc::string::String;
use core::fmt;

use serde_json::Value;
use symbolon_jose::{Audience, VerifyingKeys};
use symbolon_policy::IdTokenPolicy;
use symbolon_types::{Alg, ClientId, Issuer, Rule, Trace};
use time::UtcDateTime;

use crate::{
    ClaimName, LogoutTokenError, MAX_ID_TOKEN_AGE, Personal,
    judged::{ExpectedParties, Judged, Kind, Presence, Signed, invalid, missing, sane},
};

/// Longest `jti` of a logout token, in bytes: the client keeps it (security decision D19).
pub const MAX_LOGOUT_TOKEN_JTI_BYTES: usize = 128;

/// What a logout token is compared with: what the client knows of itself and of the issuer.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedLogoutToken<'a> {
    /// The issuer.
    pub issuer: &'a Issuer,
    /// The client.
    pub client_id: &'a ClientId,
    /// Which audiences may stand beside the client. Empty: none.
    pub trusted_audiences: &'a [String],
    /// The algorithms that the client registered for ID tokens, by the names that a header may have: logout tokens are signed
    /// by the same. Empty: the policy's default.
    pub algorithms: &'a [Alg],
}

impl<'a> ExpectedLogoutToken<'a> {
    /// A client that registered nothing in particular.
    pub const fn new(issuer: &'a Issuer, client_id: &'a ClientId) -> Self {
        Self { issuer, client_id, trusted_audiences: &[], algorithms: &[] }
    }
}

/// The checks of a logout token ([OIDC Back-Channel Logout §2.6]).
///
/// A logout token is no ID token and an ID token is no logout token: this one has `events` and no `nonce`
/// ([OIDC Back-Channel Logout §2.4]), and [`Checks`](crate::Checks) refuses what has `events`. Its header says `logout+jwt`, or
/// `JWT`, or nothing, as the specification leaves it.
///
/// ```
/// use serde_json::json;
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_id_token::{ExpectedLogoutToken, IdTokenError, LogoutChecks, LogoutTokenError};
/// use symbolon_id_token::{jose::{SigningKey, VerifyingKeys}, types::{Alg, ClientId, Issuer, Trace}};
/// use symbolon_policy::Policy;
/// use time::UtcDateTime;
///
/// let (issuer, client_id) = (Issuer::parse("https://server.example.com")?, ClientId::parse("s6BhdRkqt3")?);
/// let (key, _) = SigningKey::generate(&PROVIDER, Alg::Ed25519)?;
/// let keys = VerifyingKeys::new(vec![key.verifying_key(&PROVIDER)?]);
/// let checks = LogoutChecks { policy: &Policy::OAUTH_2_1.id_token };
/// let expected = ExpectedLogoutToken { algorithms: &[Alg::Ed25519], ..ExpectedLogoutToken::new(&issuer, &client_id) };
/// let now = UtcDateTime::from_unix_timestamp(1_471_566_154)?;
///
/// // OIDC Back-Channel Logout §2.4.
/// let mut claims = json!({
///     "iss": "https://server.example.com", "sub": "248289761001", "aud": "s6BhdRkqt3", "iat": 1_471_566_154,
///     "exp": 1_471_569_754, "jti": "bWJq", "sid": "08a5019c-17e1-4977-8f42-65a12843ea02",
///     "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
/// });
/// let token = key.sign(&PROVIDER, Some("logout+jwt"), &claims)?;
/// let logout = checks.check(&token, &keys, &expected, &mut Trace::stop_at_first(), now)?;
/// assert_eq!(logout.sid.as_deref(), Some("08a5019c-17e1-4977-8f42-65a12843ea02"));
///
/// claims["events"] = json!({ "http://schemas.openid.net/event/another": {} });
/// let token = key.sign(&PROVIDER, Some("logout+jwt"), &claims)?;
/// let answer = checks.check(&token, &keys, &expected, &mut Trace::stop_at_first(), now);
/// assert_eq!(answer, Err(LogoutTokenError::Event));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [OIDC Back-Channel Logout §2.4]: https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken
/// [OIDC Back-Channel Logout §2.6]: https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
#[derive(Clone, Copy, Debug)]
pub struct LogoutChecks<'a> {
    /// Leeways and the default algorithm.
    pub policy: &'a IdTokenPolicy,
}

impl LogoutChecks<'_> {
    /// Checks everything but what the caller alone knows: whether it has seen `jti` ([`LogoutToken::remember_until`]), and whether
    /// there is such a session. The trace is as for [`Checks::check`](crate::Checks::check).
    ///
    /// # Errors
    /// The issuer hears `invalid_request`. In the order of judgement:
    /// - [`LogoutTokenError::Jwt`]: a rule that it shares with ID tokens does not hold; it is another kind of JWT, an ID token
    ///   too; or `jti` is not there.
    /// - [`LogoutTokenError::Event`]: not about a logout.
    /// - [`LogoutTokenError::Nonce`]: it has a `nonce`.
    /// - [`LogoutTokenError::NobodyNamed`]: neither `sub` nor `sid`.
    pub fn check(
        &self,
        logout_token: &str,
        keys: &VerifyingKeys,
        expected: &ExpectedLogoutToken<'_>,
        trace: &mut Trace,
        now: UtcDateTime,
    ) -> Result<LogoutToken, LogoutTokenError> {
        let default = [self.policy.default_algorithm];
        let algorithms = if expected.algorithms.is_empty() { &default[..] } else { expected.algorithms };
        let Signed { jwt, members, judge } = Signed::read(logout_token, keys, algorithms, trace)?;

        let mut claims: Judged<'_, '_, LogoutTokenError> = Judged { members: &members, judge };
        claims.kind(jwt.header(), Kind::LogoutToken)?;
        let ExpectedLogoutToken { issuer, client_id, trusted_audiences, .. } = *expected;
        let parties = claims.parties(ExpectedParties { issuer, client_id, trusted_audiences }, jwt.header().alg())?;
        let times = claims.times(Presence::Required, self.policy, now)?;
        claims.event()?;
        let named = claims.named()?;
        let jti = claims.jti()?;
        claims.judge.finish()?;

        // Whatever is missing here was judged above and ended in an error.
        let iat = times.iat.ok_or(missing(ClaimName::Iat))?;
        let exp = times.exp.ok_or(missing(ClaimName::Exp))?;
        let until_expired = exp.saturating_add(sane(self.policy.exp_leeway));
        Ok(LogoutToken {
            iss: parties.iss.ok_or(missing(ClaimName::Iss))?.into(),
            aud: parties.aud.ok_or(missing(ClaimName::Aud))?.into_owned(),
            iat,
            exp,
            jti: jti.ok_or(missing(ClaimName::Jti))?.into(),
            sub: named.sub.map(Personal::new),
            sid: named.sid.map(String::from),
            remember_until: until_expired.min(iat.saturating_add(MAX_ID_TOKEN_AGE)),
        })
    }
}

/// Who is to be signed out.
struct Named<'m> {
    sub: Option<&'m str>,
    sid: Option<&'m str>,
}

impl<'m> Judged<'m, '_, LogoutTokenError> {
    /// OIDC Back-Channel Logout §2.6 items 4 and 5: it is about a logout, and cannot be an ID token.
    fn event(&mut self) -> Result<(), LogoutTokenError> {
        let event = self.members.get(ClaimName::Events.as_str()).and_then(|events| events.get(LOGOUT_EVENT));
        self.judge.that(Rule::JwtTyp, event.is_some_and(Value::is_object), || LogoutTokenError::Event)?;
        let has_nonce = self.members.contains_key(ClaimName::Nonce.as_str());
        self.judge.that(Rule::JwtTyp, !has_nonce, || LogoutTokenError::Nonce)
    }

    /// OIDC Back-Channel Logout §2.6 item 3: a subject, a session, or both.
    fn named(&mut self) -> Result<Named<'m>, LogoutTokenError> {
        let is_there = |claim: ClaimName| self.members.contains_key(claim.as_str());
        let (has_sub, has_sid) = (is_there(ClaimName::Sub), is_there(ClaimName::Sid));
        self.judge.that(Rule::JwtClaim, has_sub || has_sid, || LogoutTokenError::NobodyNamed)?;
        let sub = if has_sub { self.sub()? } else { None };
        let sid = self.string(ClaimName::Sid)?;
        let has_text = sid.is_none_or(|sid| !sid.is_empty());
        self.judge.that(Rule::JwtClaim, has_text, || invalid(ClaimName::Sid).into())?;
        Ok(Named { sub, sid })
    }

    fn jti(&mut self) -> Result<Option<&'m str>, LogoutTokenError> {
        let jti = self.required_string(ClaimName::Jti)?;
        let fits = jti.is_none_or(|jti| (1..=MAX_LOGOUT_TOKEN_JTI_BYTES).contains(&jti.len()));
        self.judge.that(Rule::JwtClaim, fits, || invalid(ClaimName::Jti).into())?;
        Ok(jti)
    }
}

/// A validated logout token ([OIDC Back-Channel Logout §2.4]).
///
/// There is no way to one but [`LogoutChecks::check`]. `Debug` shows issuer, audience and times.
///
/// # Security
/// Ask whether `jti` was seen before, and keep it until [`Self::remember_until`], before anybody is signed out: whoever sees a
/// logout token can send it again. With `sid` that one session of this issuer ends, without it all of the subject's.
///
/// [OIDC Back-Channel Logout §2.4]: https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogoutToken {
    /// The issuer.
    pub iss: String,
    /// For whom the token is: the client, and others that it trusts.
    pub aud: Audience<'static>,
    /// When it was issued.
    pub iat: UtcDateTime,
    /// Until when it is taken.
    pub exp: UtcDateTime,
    /// The token's own identifier: 1 to [`MAX_LOGOUT_TOKEN_JTI_BYTES`] bytes.
    pub jti: String,
    /// The person. If it is `None`, `sid` is not.
    pub sub: Option<Personal>,
    /// The session. If it is `None`, `sub` is not.
    pub sid: Option<String>,
    remember_until: UtcDateTime,
}

impl LogoutToken {
    /// After this moment the same token is refused for its age, so that its `jti` may be forgotten.
    pub const fn remember_until(&self) -> UtcDateTime {
        self.remember_until
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutToken")
            .field("iss", &self.iss)
            .field("aud", &self.aud)
            .field("iat", &self.iat)
            .field("exp", &self.exp)
            .finish_non_exhaustive()
    }
}

/// The member of `events` that makes a logout token ([OIDC Back-Channel Logout §2.4]).
///
/// [OIDC Back-Channel Logout §2.4]: https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
