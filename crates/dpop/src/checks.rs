use alloc::{format, string::String};

use serde::Deserialize as _;
use serde_json::{Map, Value};
use symbolon_crypto::{CryptoProvider, once_key};
use symbolon_jose::{Header, JwtError, KeyError, NumericDate, UnverifiedJwt, VerifyingKey};
use symbolon_policy::{DpopPolicy, MAX_LEEWAY};
use symbolon_types::{Digest, Field, Issuer, Judge, Once, Rule, Secret, Trace, Values};
use time::{Duration, UtcDateTime};

use crate::{DpopError, NonceFault, Nonces, ProvenKey, TargetUri, nonces::GoodNonce};

/// `typ` of a proof ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
pub(crate) const TYP: &str = "dpop+jwt";

/// What the DPoP proof of one request is judged by ([RFC 9449 §4.3]).
///
/// Not judged here: whether the proof was seen before ([`ProvenKey::once`]), and whether anything is bound to its key.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_dpop::{
///     Checks, DpopError, NonceFault, NonceUse, Nonces, TargetUri,
///     policy::Policy,
///     types::{ErrorCode, Issuer, Trace, Values},
/// };
/// use time::UtcDateTime;
///
/// // The proof of RFC 9449 §4.1, which has no nonce.
/// let mut values = Values::default();
/// values.push(b"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUk\
/// RZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMj\
/// U2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia\
/// WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg");
/// let nonces = Nonces::new(PROVIDER.hmac_sha256.load(&[7; 32]));
/// let tenant = Issuer::parse("https://server.example.com")?;
/// let url = TargetUri::parse("https://server.example.com/token")?;
/// let off = Checks {
///     crypto: &PROVIDER,
///     policy: &Policy::OAUTH_2_1.dpop,
///     tenant: &tenant,
///     method: "POST",
///     url: &url,
///     nonce: NonceUse::Off,
///     access_token: None,
/// };
/// let now = UtcDateTime::from_unix_timestamp(1_562_262_616)?;
/// let proven = off.check(&values, &mut Trace::stop_at_first(), now)?;
/// assert_eq!(proven.jkt().to_base64url(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
///
/// let required = Checks { nonce: NonceUse::Required(&nonces), ..off };
/// let refused = required.check(&values, &mut Trace::stop_at_first(), now);
/// assert_eq!(refused, Err(DpopError::Nonce { fault: NonceFault::Missing }));
/// assert_eq!(refused.unwrap_err().rule().code(), Some(ErrorCode::UseDpopNonce));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
#[derive(Clone, Copy, Debug)]
pub struct Checks<'a> {
    /// The provider.
    pub crypto: &'a CryptoProvider,
    /// What a proof must be. Its `nonce` is not looked at: a client's registration may say otherwise.
    pub policy: &'a DpopPolicy,
    /// Whose replay ids these are: the issuer.
    pub tenant: &'a Issuer,
    /// The method of the request, compared with `htm` as it stands.
    pub method: &'a str,
    /// The URL of the listener that the request came by, as it was configured; compared with `htu`.
    pub url: &'a TargetUri,
    /// Whether a nonce is required of this client.
    pub nonce: NonceUse<'a>,
    /// The access token beside the proof, compared with `ath` ([RFC 9449 §7.1]). Without one `ath` is a claim that nobody asked
    /// for, which is ignored like any other ([RFC 9449 §4.2]).
    ///
    /// [RFC 9449 §4.2]: https://www.rfc-editor.org/rfc/rfc9449#section-4.2
    /// [RFC 9449 §7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    pub access_token: Option<&'a Secret>,
}

/// Whether a proof carries a nonce ([RFC 9449 §8], security decision D18).
///
/// [RFC 9449 §8]: https://www.rfc-editor.org/rfc/rfc9449#section-8
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "D18: nothing between the two")]
pub enum NonceUse<'a> {
    /// It carries none, and its `iat` is its age.
    Off,
    /// It carries one of these, whose age is the proof's. `iat` is there, and not judged.
    Required(&'a Nonces),
}

impl Checks<'_> {
    /// Judges the proof in the values of the `DPoP` header: first how it is signed, then what it says, and then its replay id.
    ///
    /// # Errors
    /// All but one are `invalid_dpop_proof`.
    /// - [`DpopError::Missing`]: there is none.
    /// - [`DpopError::Repeated`], [`DpopError::TooLong`]: more than one, or one beyond the limit.
    /// - [`DpopError::Syntax`]: no JWS in compact form with a well-formed header and claims.
    /// - [`DpopError::Typ`], [`DpopError::Alg`], [`DpopError::Key`], [`DpopError::Signature`]: the header is not as it must be,
    ///   or the signature is not by the key in it.
    /// - [`DpopError::Htm`], [`DpopError::Htu`]: it is for another request.
    /// - [`DpopError::Jti`]: no `jti`, or one beyond the limit.
    /// - [`DpopError::NonceUnasked`]: a nonce where none is ever sent.
    /// - [`DpopError::Nonce`]: no nonce, a strange one, or one that is over: `use_dpop_nonce`.
    /// - [`DpopError::Iat`], [`DpopError::Validity`]: not of this time.
    /// - [`DpopError::Ath`]: not for this access token.
    pub fn check(&self, values: &Values, trace: &mut Trace, now: UtcDateTime) -> Result<ProvenKey, DpopError> {
        let mut judge = Judge::new(trace);
        let proof = match self.only_proof(values) {
            Ok(proof) => proof,
            Err(error) => return stop(judge, error),
        };
        judge.trace().held(Rule::DpopPresent);
        judge.trace().held(Rule::DpopHeaderOnce);
        let jwt = match UnverifiedJwt::parse_within(proof, self.policy.max_proof_bytes) {
            Ok(jwt) => jwt,
            Err(cause) => return stop(judge, malformed(cause)),
        };
        self.check_header(jwt.header(), &mut judge)?;
        let (jkt, key) = match self.key(&jwt) {
            Ok(key) => key,
            Err(cause) => return stop(judge, DpopError::Key { cause }),
        };
        let verified = match jwt.verify(&key) {
            Ok(verified) => verified,
            Err(JwtError::AlgKeyMismatch) => return stop(judge, DpopError::Key { cause: KeyError::AlgKeyMismatch }),
            Err(_) => return stop(judge, DpopError::Signature),
        };
        judge.trace().held(Rule::DpopKey);
        judge.trace().held(Rule::DpopSignature);
        match verified.claims_as() {
            Ok(claims) => {
                judge.trace().held(Rule::DpopSyntax);
                self.check_claims(&claims, jkt, judge, now)
            }
            Err(cause) => stop(judge, malformed(cause)),
        }
    }

    /// The one proof (RFC 9449 §4.3 item 1). Two in one value are joined by a comma ([RFC 9110 §5.3]), which no proof has.
    ///
    /// [RFC 9110 §5.3]: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    fn only_proof<'v>(&self, values: &'v Values) -> Result<&'v str, DpopError> {
        let value = values.only().map_err(|_| DpopError::Repeated)?.ok_or(DpopError::Missing)?;
        let limit = self.policy.max_proof_bytes;
        if value.len() > limit {
            return Err(DpopError::TooLong { length: value.len(), limit });
        }
        if value.contains(&b',') {
            return Err(DpopError::Repeated);
        }
        str::from_utf8(value).map_err(|_| DpopError::Syntax { cause: JwtError::Malformed })
    }

    fn check_header(&self, header: Header<'_>, judge: &mut Judge<'_, DpopError>) -> Result<(), DpopError> {
        if let Some(typ) = header.typ() {
            judge.trace().note(Rule::DpopTyp, Field::Typ, typ);
        }
        judge.that(Rule::DpopTyp, header.is_typ(TYP), || DpopError::Typ)?;
        let alg = header.alg();
        judge.trace().note(Rule::DpopAlg, Field::Alg, alg.as_str());
        // RFC 8725 §3.1: an allow-list, compared by name.
        let welcome = self.policy.algorithms.contains(&alg) && !alg.is_symmetric() && self.crypto.supports(alg);
        judge.that(Rule::DpopAlg, welcome, || DpopError::Alg)
    }

    /// The key in the header, for the algorithm of the header, with its thumbprint.
    fn key(&self, jwt: &UnverifiedJwt<'_>) -> Result<(Digest, VerifyingKey), KeyError> {
        let jwk = jwt.embedded_jwk()?;
        let key = jwk.verifying_key(self.crypto, &[jwt.header().alg()])?;
        Ok((jwk.thumbprint(self.crypto.sha256), key))
    }

    fn check_claims(
        &self,
        claims: &Map<String, Value>,
        jkt: Digest,
        mut judge: Judge<'_, DpopError>,
        now: UtcDateTime,
    ) -> Result<ProvenKey, DpopError> {
        self.note_claims(claims, &mut judge, now);
        let text = |name| claims.get(name).and_then(Value::as_str);
        judge.that(Rule::DpopHtm, text("htm") == Some(self.method), || DpopError::Htm)?;
        judge.that(Rule::DpopHtu, text("htu").is_some_and(|htu| self.url.is(htu)), || DpopError::Htu)?;
        let jti = text("jti").filter(|jti| !jti.is_empty() && jti.len() <= self.policy.max_jti_bytes);
        judge.that(Rule::DpopJti, jti.is_some(), || DpopError::Jti)?;

        let nonce = self.check_nonce(claims.get("nonce"), &mut judge, now)?;
        let iat = self.check_times(claims, &mut judge, now)?;
        if let Some(token) = self.access_token {
            // Digests are compared in constant time.
            let ath = text("ath").and_then(Digest::from_base64url) == Some(token_hash(self.crypto, token));
            judge.that(Rule::DpopAth, ath, || DpopError::Ath)?;
        }
        judge.finish()?;

        // Everything held: only now is there a replay id (A132).
        let iat = iat.ok_or(DpopError::Iat { age: None })?;
        let (issued, until) = match nonce {
            Some(nonce) => (nonce.issued, nonce.until),
            None => (iat, iat.saturating_add(self.policy.max_age)),
        };
        let jti = jti.ok_or(DpopError::Jti)?;
        let key = once_key(self.crypto.sha256, self.tenant.as_str(), "dpop", jkt.as_bytes(), jti);
        let wants_nonce = nonce.is_some_and(|nonce| nonce.is_ageing);
        Ok(ProvenKey { jkt, once: Once { key, issued, until }, wants_nonce })
    }

    /// Judges the nonce (D18); `None` where none is required.
    fn check_nonce(
        &self,
        nonce: Option<&Value>,
        judge: &mut Judge<'_, DpopError>,
        now: UtcDateTime,
    ) -> Result<Option<GoodNonce>, DpopError> {
        let NonceUse::Required(nonces) = self.nonce else {
            judge.that(Rule::DpopNonceUnasked, nonce.is_none(), || DpopError::NonceUnasked)?;
            return Ok(None);
        };
        let judged = match nonce {
            None => Err(DpopError::Nonce { fault: NonceFault::Missing }),
            Some(Value::String(nonce)) => {
                nonces.judge(nonce, self.policy.nonce_lifetime, now).map_err(|fault| DpopError::Nonce { fault })
            }
            // A fresh nonce does not help a client that writes it as something else.
            Some(_) => Err(DpopError::Syntax { cause: JwtError::InvalidClaim { name: "nonce" } }),
        };
        match judged {
            Ok(nonce) => {
                judge.trace().held(Rule::DpopNonce);
                Ok(Some(nonce))
            }
            Err(error) => judge.that(error.rule(), false, || error).map(|()| None),
        }
    }

    /// Judges `iat`, `exp` and `nbf`; gives `iat`.
    fn check_times(
        &self,
        claims: &Map<String, Value>,
        judge: &mut Judge<'_, DpopError>,
        now: UtcDateTime,
    ) -> Result<Option<UtcDateTime>, DpopError> {
        // D19: over a minute is never taken, even of a policy that nobody checked.
        let soon = now.saturating_add(self.policy.future_leeway.clamp(Duration::ZERO, MAX_LEEWAY));
        let iat = claims.get("iat").and_then(moment);
        let is_recent = iat.is_some_and(|iat| match self.nonce {
            NonceUse::Off => now <= iat.saturating_add(self.policy.max_age) && iat <= soon,
            // RFC 9449 §11.1: the nonce limits the time, whatever the client's clock says.
            NonceUse::Required(_) => true,
        });
        let age = iat.map(|iat| Duration::seconds(now.unix_timestamp().saturating_sub(iat.unix_timestamp())));
        judge.that(Rule::DpopIat, is_recent, || DpopError::Iat { age })?;
        // Nobody asks for them; what is there must not contradict (RFC 7519 §4.1.4, §4.1.5), nor be anything but a moment.
        let exp = claims.get("exp").is_none_or(|exp| moment(exp).is_some_and(|exp| now < exp));
        let nbf = claims.get("nbf").is_none_or(|nbf| moment(nbf).is_some_and(|nbf| nbf <= soon));
        judge.that(Rule::DpopValidity, exp && nbf, || DpopError::Validity)?;
        Ok(iat)
    }

    /// Notes what the claims say, if the trace keeps facts.
    fn note_claims(&self, claims: &Map<String, Value>, judge: &mut Judge<'_, DpopError>, now: UtcDateTime) {
        let trace = judge.trace();
        if !trace.goes_on() {
            return;
        }
        let text = |name| claims.get(name).and_then(Value::as_str);
        if let Some(htm) = text("htm") {
            trace.note(Rule::DpopHtm, Field::Htm, htm);
        }
        match text("htu").map(|htu| TargetUri::parse(htu).map_err(|_| htu)) {
            // D21: neither a query nor user information is ever logged.
            Some(Ok(target)) => trace.note(Rule::DpopHtu, Field::Htu, target.as_str()),
            Some(Err(strange)) => trace.note(Rule::DpopHtu, Field::Length, &format!("{}", strange.len())),
            None => {}
        }
        if let Some(jti) = text("jti") {
            trace.note(Rule::DpopJti, Field::Length, &format!("{}", jti.len()));
        }
        for (rule, field, name) in [
            (Rule::DpopIat, Field::Iat, "iat"),
            (Rule::DpopValidity, Field::Exp, "exp"),
            (Rule::DpopValidity, Field::Nbf, "nbf"),
        ] {
            if let Some(moment) = claims.get(name).and_then(moment) {
                trace.note(rule, field, &format!("{}", moment.unix_timestamp()));
            }
        }
        trace.note(Rule::DpopIat, Field::Time, &format!("{}", now.unix_timestamp()));
        let (rule, limit) = match self.nonce {
            NonceUse::Off => (Rule::DpopIat, self.policy.max_age),
            NonceUse::Required(_) => (Rule::DpopNonce, self.policy.nonce_lifetime),
        };
        trace.note(rule, Field::Limit, &format!("{}", limit.whole_seconds()));
    }
}

/// `ath` ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)): the hash of an access token, as it is sent.
pub(crate) fn token_hash(crypto: &CryptoProvider, token: &Secret) -> Digest {
    Digest::from_bytes(crypto.sha256.digest(&[token.expose().as_bytes()]))
}

fn moment(claim: &Value) -> Option<UtcDateTime> {
    NumericDate::deserialize(claim).ok().map(|date| date.moment())
}

/// What is wrong with a proof that is not as a JWT must be.
fn malformed(cause: JwtError) -> DpopError {
    match cause {
        JwtError::AlgNotAllowed => DpopError::Alg,
        cause => DpopError::Syntax { cause },
    }
}

/// Ends a run of checks that cannot go on: the first error wins, which need not be this one.
fn stop<T>(judge: Judge<'_, DpopError>, error: DpopError) -> Result<T, DpopError> {
    Err(judge.stop(error.rule(), error))
}
