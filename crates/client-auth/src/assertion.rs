//! The judgement of a client assertion ([RFC 7523 §3], RFC 10070, security decisions D9, D12, D13, D16).
//!
//! [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::ops::Deref;

use symbolon_crypto::{CryptoProvider, once_key};
use symbolon_jose::{
    Audience, Claims, Header, JwtError, NumericDate, OwnedUnverifiedJwt, SelectError, SelectedKeys, VerifiedJwt,
    VerifyingKey, VerifyingKeys,
};
use symbolon_policy::{AssertionAudience, MAX_LEEWAY};
use symbolon_types::{Alg, Field, Issuer, Judge, Once, Rule};
use time::{Duration, UtcDateTime};

use crate::{
    AuthError, Checks, ClientKeys, Evidence, PresentedCredentials, ProvenClient, RegisteredCredentials,
    check::{check_method, known, stop},
};

/// `typ` of a client assertion (RFC 10070).
pub(crate) const TYP: &str = "client-authentication+jwt";

/// The replay id of an assertion: SHA-256 over tenant, kind, owner and `jti`, each with its length (security decision D9).
///
/// `owner` is the JWT's `iss`; assertions that authenticate a client and assertions that are a grant share it. `issued` is
/// the JWT's `iat`, absent: its `exp` less the longest lifetime; `until` is the last moment at which it could be accepted.
///
/// # Security
/// Make it only after everything else held: a forged assertion must not use up a `jti` ([RFC 7523 §3]).
///
/// ```
/// use symbolon_client_auth::{assertion_once, types::Issuer};
/// use symbolon_crypto_ring::PROVIDER;
/// use time::{Duration, UtcDateTime};
///
/// let now = UtcDateTime::from_unix_timestamp(1_700_000_000)?;
/// let tenant = Issuer::parse("https://as.example")?;
/// let once = |owner, jti| assertion_once(&PROVIDER, &tenant, owner, jti, now, now + Duration::MINUTE);
/// assert_eq!(once("client", "id-1"), once("client", "id-1"));
/// assert_ne!(once("client", "id-1"), once("clienti", "d-1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7523 §3]: https://www.rfc-editor.org/rfc/rfc7523#section-3
pub fn assertion_once(
    crypto: &CryptoProvider,
    tenant: &Issuer,
    owner: &str,
    jti: &str,
    issued: UtcDateTime,
    until: UtcDateTime,
) -> Once {
    let key = once_key(crypto.sha256, tenant.as_str(), "assertion", owner.as_bytes(), jti);
    Once { key, issued, until }
}

/// By which claims an assertion names its client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Names {
    /// `iss` and `sub`.
    OfClientAssertion,
    /// `iss`; `sub` may be absent.
    OfGrant,
}

impl Checks<'_> {
    /// Judges an assertion: the client and its method, then header, key and signature, then the claims; then there is a
    /// replay id.
    pub(crate) fn check_assertion(
        &self,
        presented: &PresentedCredentials,
        assertion: &OwnedUnverifiedJwt,
        registered: Option<&RegisteredCredentials>,
        evidence: &Evidence<'_>,
        judge: Judge<'_, AuthError>,
        now: UtcDateTime,
    ) -> Result<ProvenClient, AuthError> {
        let jwt = assertion.as_ref();
        if jwt.header().alg().is_symmetric() {
            return self.check_secret_jwt(presented, &jwt, registered, evidence, judge, now);
        }
        let (mut judge, client) = known(judge, registered, None)?;
        check_method(presented, client, None, &mut judge)?;
        let names = if presented.is_grant() { Names::OfGrant } else { Names::OfClientAssertion };
        self.check_header(jwt.header(), self.policy.algorithms, client, names, &mut judge)?;

        let of_chain = self.key_of_chain(jwt.header(), client, evidence, &mut judge);
        let candidates = match &of_chain {
            Ok(Some(key)) => Ok(Candidates::Named(Vec::from([key]))),
            Ok(None) => match (&client.keys, evidence.keys) {
                (ClientKeys::Inline(keys), _) | (ClientKeys::Uri(_), Some(keys)) => {
                    judge.trace().held(Rule::FoundComplete);
                    self.select(keys, jwt.header())
                }
                (ClientKeys::Uri(_), None) => Err(AuthError::KeysMissing),
                (ClientKeys::None, _) => Err(AuthError::AssertionKey { cause: SelectError::NoUsableKey }),
            },
            Err(error) => Err(error.clone()),
        };
        let candidates = match candidates {
            Ok(candidates) => candidates,
            Err(error) => return stop(judge, error),
        };
        judge.trace().held(Rule::AssertionX5c);
        judge.trace().held(Rule::AssertionKey);
        let verified = match jwt.verify_any(&candidates) {
            Ok(verified) => verified,
            Err(JwtError::BadSignature) => return stop(judge, AuthError::AssertionSignature),
            Err(cause) => return stop(judge, malformed(cause)),
        };
        self.check_verified(&verified, client, names, judge, now)
    }

    /// Judges the claims of an assertion whose signature or MAC is right.
    pub(crate) fn check_verified(
        &self,
        verified: &VerifiedJwt<'_>,
        client: &RegisteredCredentials,
        names: Names,
        mut judge: Judge<'_, AuthError>,
        now: UtcDateTime,
    ) -> Result<ProvenClient, AuthError> {
        judge.trace().held(Rule::AssertionSignature);
        match verified.claims() {
            Ok(claims) => {
                judge.trace().held(Rule::AssertionSyntax);
                let once = self.check_claims(&claims, client, names, judge, now)?;
                let proven = ProvenClient::new(client, Some(once));
                Ok(match names {
                    Names::OfClientAssertion => proven,
                    Names::OfGrant => proven.with_grant(verified.payload()),
                })
            }
            Err(cause) => stop(judge, malformed(cause)),
        }
    }

    pub(crate) fn check_header(
        &self,
        header: Header<'_>,
        algorithms: &[Alg],
        client: &RegisteredCredentials,
        names: Names,
        judge: &mut Judge<'_, AuthError>,
    ) -> Result<(), AuthError> {
        let alg = header.alg();
        judge.trace().note(Rule::AssertionAlg, Field::Alg, alg.as_str());
        // RFC 8725 §3.1: an allow-list, compared by name. The registration names an operation, which has two names for Ed25519.
        let welcome = algorithms.contains(&alg);
        let registered = client.algorithms.is_empty()
            || client.algorithms.iter().any(|registered| registered.is_same_operation(alg));
        judge.that(Rule::AssertionAlg, welcome && registered, || AuthError::AssertionAlg)?;

        let notes = judge.trace().goes_on();
        if notes && let Some(typ) = header.typ() {
            judge.trace().note(Rule::AssertionTyp, Field::Typ, typ);
        }
        // RFC 8725 §3.11, §3.12: no other kind of JWT. RFC 10070: an assertion without typ is still taken.
        // D9: what authenticates a client is no grant.
        let own = if names == Names::OfGrant { None } else { Some(&TYP) };
        let mut welcome = ["JWT"].iter().chain(own).chain(self.policy.legacy_types);
        let typ = !header.has_typ() || welcome.any(|typ| header.is_typ(typ));
        judge.that(Rule::AssertionTyp, typ, || AuthError::AssertionTyp)?;
        if notes && let Some(kid) = header.kid() {
            judge.trace().note(Rule::AssertionKey, Field::Kid, kid);
        }
        Ok(())
    }

    /// The registered keys that the header names. A key or certificate in the header is never used itself.
    fn select<'k>(&self, keys: &'k VerifyingKeys, header: Header<'_>) -> Result<Candidates<'k>, AuthError> {
        let by_header = || match keys.select(header) {
            Ok(selected) => Ok(Candidates::Selected(selected)),
            Err(cause) => Err(AuthError::AssertionKey { cause }),
        };
        match (header.x5c(), header.has_kid()) {
            (None, _) => by_header(),
            (Some(_), true) if self.policy.legacy_kid_beside_x5c => by_header(),
            (Some(_), true) => Err(AuthError::AssertionX5c),
            (Some(chain), false) => {
                // D13: the certificate is a name for the registered key that carries the very same leaf.
                let leaf = chain.first().map(Vec::as_slice).ok_or(AuthError::AssertionX5c)?;
                let mut named = keys.keys().iter().filter(|key| key.certificate() == Some(leaf)).peekable();
                named.peek().ok_or(AuthError::AssertionX5c)?;
                let fitting: Vec<_> = named.filter(|key| key.alg().is_same_operation(header.alg())).collect();
                if fitting.is_empty() { Err(AuthError::AssertionAlg) } else { Ok(Candidates::Named(fitting)) }
            }
        }
    }

    fn check_claims(
        &self,
        claims: &Claims<'_>,
        client: &RegisteredCredentials,
        names: Names,
        mut judge: Judge<'_, AuthError>,
        now: UtcDateTime,
    ) -> Result<Once, AuthError> {
        let (policy, client_id) = (self.policy, client.client_id.as_str());
        note_claims(claims, &mut judge, now);
        let now = NumericDate::from(now);
        // RFC 7523 §3 items 1 and 2: both are the client, compared byte for byte.
        judge.that(Rule::AssertionIss, claims.iss.as_deref() == Some(client_id), || AuthError::AssertionIss)?;
        let sub = match claims.sub.as_deref() {
            Some(sub) => sub == client_id,
            None => names == Names::OfGrant,
        };
        judge.that(Rule::AssertionSub, sub, || AuthError::AssertionSub)?;
        let aud = claims.aud.as_ref().is_some_and(|aud| self.is_welcome(aud));
        judge.that(Rule::AssertionAud, aud, || AuthError::AssertionAud)?;

        let (exp, nbf, iat) = (claims.exp, claims.nbf, claims.iat);
        // D19: over a minute is never taken, even of a policy that nobody checked.
        let [late, early] =
            [policy.exp_leeway, policy.future_leeway].map(|leeway| leeway.clamp(Duration::ZERO, MAX_LEEWAY));
        // RFC 7519 §4.1.4: on or after exp (here: exp and the leeway) it MUST NOT be accepted.
        let lives = exp.is_some_and(|exp| !exp.is_before(now, late));
        judge.that(Rule::AssertionExp, lives, || AuthError::AssertionExp)?;
        // RFC 7523 §3 item 4: an exp unreasonably far in the future may be refused; the bound is inclusive (O1).
        let longest = policy.max_lifetime.saturating_add(early);
        if let Some(exp) = exp {
            let short = !exp.is_after(now, longest) && iat.is_none_or(|iat| !exp.is_after(iat, longest));
            judge.that(Rule::AssertionLifetime, short, || AuthError::AssertionLifetime)?;
        }
        let [begun, issued] = [nbf, iat].map(|moment| moment.is_none_or(|moment| !moment.is_after(now, early)));
        judge.that(Rule::AssertionNbf, begun, || AuthError::AssertionNbf)?;
        judge.that(Rule::AssertionIat, issued, || AuthError::AssertionIat)?;

        let jti = claims.jti.as_deref().filter(|jti| !jti.is_empty() && jti.len() <= policy.max_jti_bytes);
        judge.that(Rule::AssertionJti, jti.is_some(), || AuthError::AssertionJti)?;
        judge.finish()?;

        // Everything held: only now is there a replay id (RFC 7523 §3 item 7, A051).
        let exp = exp.ok_or(AuthError::AssertionExp)?.moment();
        let issued = iat.map_or_else(|| exp.saturating_sub(policy.max_lifetime), |iat| iat.moment());
        let jti = jti.ok_or(AuthError::AssertionJti)?;
        Ok(assertion_once(self.crypto, self.issuer, client_id, jti, issued, exp.saturating_add(late)))
    }

    fn is_welcome(&self, aud: &Audience<'_>) -> bool {
        let issuer = self.issuer.as_str();
        match self.policy.audience {
            AssertionAudience::IssuerString => aud.is_string(issuer),
            // RFC 10070: the issuer as the sole value.
            AssertionAudience::LegacyIssuerOrTokenEndpoint => {
                aud.is_exactly(issuer) || aud.is_exactly(self.token_endpoint)
            }
            _ => aud.is_exactly(issuer),
        }
    }
}

/// The keys that an assertion may be verified with.
enum Candidates<'k> {
    /// By `kid` and `alg`.
    Selected(SelectedKeys<'k>),
    /// By a certificate.
    Named(Vec<&'k VerifyingKey>),
}

impl<'k> Deref for Candidates<'k> {
    type Target = [&'k VerifyingKey];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Selected(keys) => keys,
            Self::Named(keys) => keys,
        }
    }
}

/// What is wrong, by claim where a claim has the wrong type.
fn malformed(cause: JwtError) -> AuthError {
    match cause {
        JwtError::AlgNotAllowed | JwtError::AlgKeyMismatch => AuthError::AssertionAlg,
        JwtError::InvalidClaim { name: "iss" } => AuthError::AssertionIss,
        JwtError::InvalidClaim { name: "sub" } => AuthError::AssertionSub,
        JwtError::InvalidClaim { name: "aud" } => AuthError::AssertionAud,
        JwtError::InvalidClaim { name: "exp" } => AuthError::AssertionExp,
        JwtError::InvalidClaim { name: "nbf" } => AuthError::AssertionNbf,
        JwtError::InvalidClaim { name: "iat" } => AuthError::AssertionIat,
        JwtError::InvalidClaim { name: "jti" } => AuthError::AssertionJti,
        cause => AuthError::AssertionSyntax { cause },
    }
}

/// Notes what the claims say, if the trace keeps facts.
fn note_claims(claims: &Claims<'_>, judge: &mut Judge<'_, AuthError>, now: UtcDateTime) {
    let trace = judge.trace();
    if !trace.goes_on() {
        return;
    }
    if let Some(iss) = &claims.iss {
        trace.note(Rule::AssertionIss, Field::Iss, iss);
    }
    let aud = match &claims.aud {
        Some(Audience::One(aud)) => Some(Cow::Borrowed(&**aud)),
        Some(Audience::Many(all)) => Some(Cow::Owned(all.join(" "))),
        _ => None,
    };
    if let Some(aud) = aud {
        trace.note(Rule::AssertionAud, Field::Aud, &aud);
    }
    for (rule, field, claim) in [
        (Rule::AssertionExp, Field::Exp, &claims.exp),
        (Rule::AssertionNbf, Field::Nbf, &claims.nbf),
        (Rule::AssertionIat, Field::Iat, &claims.iat),
    ] {
        if let Some(date) = claim {
            trace.note(rule, field, &seconds(date.moment()));
        }
    }
    trace.note(Rule::AssertionExp, Field::Time, &seconds(now));
    if let Some(jti) = &claims.jti {
        trace.note(Rule::AssertionJti, Field::Length, &format!("{}", jti.len()));
    }
}

fn seconds(moment: UtcDateTime) -> String {
    format!("{}", moment.unix_timestamp())
}
