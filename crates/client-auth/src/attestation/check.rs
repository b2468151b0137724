use alloc::{borrow::Cow, string::ToString as _};

use serde::Deserialize;
use symbolon_crypto::once_key;
use symbolon_jose::{
    Audience, Claims, Header, Jwk, JwtError, KeyError, NumericDate, UnverifiedJwt, VerifiedJwt, VerifyingKeys,
};
use symbolon_policy::MAX_LEEWAY;
use symbolon_types::{Alg, AuthMethod, ClientId, Digest, Field, Judge, Once, Rule, Trace};
use time::{Duration, UtcDateTime};

use super::{
    ATTEST_JWT_CLIENT_AUTH, ATTESTATION_TYP, AttestationError, POP_TYP, PresentedAttestation, presented::syntax,
};
use crate::{Checks, RegisteredCredentials, Vouched};

/// What the caller found out for one request with an attestation.
#[derive(Clone, Copy, Debug)]
pub struct AttestationEvidence<'a> {
    /// The keys of the attesters that this client's registration, or the caller, trusts.
    pub attesters: &'a VerifyingKeys,
    /// The challenge that the proof must carry. `None`: none was given; one that is there is then not looked at.
    ///
    /// A challenge that says by itself whether it is good is judged by the caller, from
    /// [`PresentedAttestation::challenge`], and brought here if it is.
    pub challenge: Option<&'a str>,
}

/// Proof that an instance of a client is attested and has its key. Only [`Checks::check_attestation`] makes one.
///
/// # Security
/// A refresh token that is issued now must be bound to [`Self::instance_thumbprint`] (§9.3), which is no DPoP key.
/// [`Self::into_vouched`] says so to the server half, which does it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Attested {
    client_id: ClientId,
    instance_key: Jwk,
    instance_thumbprint: Digest,
    once: Once,
}

impl Attested {
    /// The client of which it is an instance: the attestation's `sub`.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The public key of the instance, as `cnf` has it.
    pub const fn instance_key(&self) -> &Jwk {
        &self.instance_key
    }

    /// Its thumbprint ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub const fn instance_thumbprint(&self) -> Digest {
        self.instance_thumbprint
    }

    /// The statement that this client, and no other, is authenticated by `attest_jwt_client_auth`, with the proof's replay
    /// id and the key of the instance.
    pub fn into_vouched(self) -> Vouched {
        let vouched = Vouched::by(ATTEST_JWT_CLIENT_AUTH).client_id(self.client_id).once(self.once);
        vouched.instance(self.instance_thumbprint)
    }
}

impl Checks<'_> {
    /// Judges a client attestation and its proof (§7.1, §7.2). `registered` is the client found under
    /// [`client_hint`](PresentedAttestation::client_hint). Algorithms, leeways, the longest `jti`, and how old a proof may be
    /// (`max_lifetime`) are those of the policy for assertions.
    ///
    /// Whether the proof was used before is not judged here: its replay id is in [`Attested::into_vouched`].
    ///
    /// # Errors
    /// `invalid_client`, but for two:
    /// - [`AttestationError::UnknownClient`], [`AttestationError::MethodNotRegistered`]: as they say.
    /// - [`AttestationError::Syntax`], [`AttestationError::Typ`], [`AttestationError::Alg`], [`AttestationError::Key`],
    ///   [`AttestationError::Signature`]: the attestation is no word of a trusted attester.
    /// - [`AttestationError::Exp`]: it is over (`use_fresh_attestation`); [`AttestationError::Iat`]: it is of the future.
    /// - [`AttestationError::Sub`], [`AttestationError::Cnf`], [`AttestationError::CnfKey`]: it names another client, or no
    ///   public key.
    /// - [`AttestationError::PopTyp`], [`AttestationError::PopAlg`], [`AttestationError::PopSignature`],
    ///   [`AttestationError::PopAud`], [`AttestationError::PopIat`], [`AttestationError::PopJti`]: the proof breaks the rule of
    ///   that name.
    /// - [`AttestationError::PopChallenge`]: it lacks the challenge that is expected (`use_attestation_challenge`).
    pub fn check_attestation(
        &self,
        presented: &PresentedAttestation,
        registered: Option<&RegisteredCredentials>,
        evidence: &AttestationEvidence<'_>,
        trace: &mut Trace,
        now: UtcDateTime,
    ) -> Result<Attested, AttestationError> {
        let mut judge = Judge::new(trace);
        let registered = registered.filter(|client| client.client_id.as_str() == presented.client_hint());
        judge.that(Rule::ClientKnown, registered.is_some(), || AttestationError::UnknownClient)?;
        if let Some(client) = registered {
            let method = matches!(&client.method, AuthMethod::Other(name) if name == ATTEST_JWT_CLIENT_AUTH);
            judge.that(Rule::MethodRegistered, method, || AttestationError::MethodNotRegistered)?;
        }
        let instance_key = match self.check_statement(presented, evidence, &mut judge, now) {
            Ok(key) => key,
            Err(error) => return stop(judge, error),
        };
        let instance_thumbprint = instance_key.thumbprint(self.crypto.sha256);
        match self.check_pop(presented, &instance_key, instance_thumbprint, evidence, &mut judge, now) {
            Ok(once) => {
                judge.finish()?;
                let client_id = registered.ok_or(AttestationError::UnknownClient)?.client_id.clone();
                Ok(Attested { client_id, instance_key, instance_thumbprint, once })
            }
            Err(error) => stop(judge, error),
        }
    }

    /// The attestation; what it says of the instance is its key.
    fn check_statement(
        &self,
        presented: &PresentedAttestation,
        evidence: &AttestationEvidence<'_>,
        judge: &mut Judge<'_, AttestationError>,
        now: UtcDateTime,
    ) -> Result<Jwk, AttestationError> {
        use AttestationError as E;

        let jwt = UnverifiedJwt::parse(presented.attestation.expose()).map_err(syntax)?;
        self.check_typ_and_alg(
            jwt.header(),
            ATTESTATION_TYP,
            [(Rule::AttestationTyp, E::Typ), (Rule::AttestationAlg, E::Alg)],
            judge,
        )?;
        let keys = evidence.attesters.select(jwt.header()).map_err(|cause| E::Key { cause })?;
        judge.trace().held(Rule::AttestationKey);
        let verified = jwt.verify_any(&keys).map_err(|_| E::Signature)?;
        judge.trace().held(Rule::AttestationSignature);

        let claims = read_claims(&verified, |name| match name {
            "sub" => Some(E::Sub),
            "exp" => Some(E::Exp),
            "iat" | "nbf" => Some(E::Iat),
            _ => None,
        })?;
        judge.trace().held(Rule::AttestationSyntax);
        let (late, soon) = self.leeways(now);
        judge.that(Rule::AttestationSub, claims.sub.as_deref() == Some(presented.client_hint()), || E::Sub)?;
        let exp = moment(claims.exp.as_ref());
        judge.that(Rule::AttestationExp, exp.is_some_and(|exp| now < exp.saturating_add(late)), || E::Exp)?;
        let past = [&claims.iat, &claims.nbf].into_iter().flatten().all(|date| date.moment() <= soon);
        judge.that(Rule::AttestationIat, past, || E::Iat)?;
        let cnf: Cnf = claims.get("cnf").and_then(|cnf| cnf.parse().ok()).ok_or(E::Cnf)?;
        // A private or symmetric key is refused here (§7.1).
        let key = Jwk::parse(cnf.jwk.to_string().as_bytes()).map_err(|cause| E::CnfKey { cause })?;
        judge.trace().held(Rule::AttestationCnf);
        Ok(key)
    }

    /// The proof; what it is good for is once.
    fn check_pop(
        &self,
        presented: &PresentedAttestation,
        key: &Jwk,
        owner: Digest,
        evidence: &AttestationEvidence<'_>,
        judge: &mut Judge<'_, AttestationError>,
        now: UtcDateTime,
    ) -> Result<Once, AttestationError> {
        use AttestationError as E;

        let jwt = UnverifiedJwt::parse(presented.pop.expose()).map_err(syntax)?;
        let rules = [(Rule::AttestationPopTyp, E::PopTyp), (Rule::AttestationPopAlg, E::PopAlg)];
        self.check_typ_and_alg(jwt.header(), POP_TYP, rules, judge)?;
        let alg: Alg = jwt.header().alg();
        let key = key.verifying_key(self.crypto, &[alg]).map_err(|cause| match cause {
            // The key is for other algorithms than the proof's.
            KeyError::NoAlgorithm => E::PopAlg,
            cause => E::CnfKey { cause },
        })?;
        let verified = match jwt.verify(&key) {
            Ok(verified) => verified,
            Err(JwtError::AlgKeyMismatch) => return Err(E::PopAlg),
            Err(_) => return Err(E::PopSignature),
        };
        judge.trace().held(Rule::AttestationPopSignature);

        let claims = read_claims(&verified, |name| match name {
            "aud" => Some(E::PopAud),
            "iat" | "exp" | "nbf" => Some(E::PopIat),
            "jti" => Some(E::PopJti),
            _ => None,
        })?;
        let aud = claims.aud.as_ref().is_some_and(|aud: &Audience<'_>| aud.is_exactly(self.issuer.as_str()));
        judge.that(Rule::AttestationPopAud, aud, || E::PopAud)?;
        let (late, soon) = self.leeways(now);
        let iat = moment(claims.iat.as_ref());
        let until = iat.map(|iat| iat.saturating_add(self.policy.max_lifetime));
        let recent = iat.is_some_and(|iat| iat <= soon) && until.is_some_and(|until| now < until);
        judge.that(Rule::AttestationPopIat, recent, || E::PopIat)?;
        // Nobody asks for them; what is there must not contradict (RFC 7519 §4.1.4, §4.1.5).
        let lives = moment(claims.exp.as_ref()).is_none_or(|exp| now < exp.saturating_add(late))
            && moment(claims.nbf.as_ref()).is_none_or(|nbf| nbf <= soon);
        judge.that(Rule::AttestationPopIat, lives, || E::PopIat)?;
        let jti = claims.jti.as_deref().filter(|jti| !jti.is_empty() && jti.len() <= self.policy.max_jti_bytes);
        judge.that(Rule::AttestationPopJti, jti.is_some(), || E::PopJti)?;
        let challenge = claims.get("challenge").and_then(|challenge| challenge.as_str().map(Cow::into_owned));
        let expected = evidence.challenge.is_none_or(|expected| challenge.as_deref() == Some(expected));
        judge.that(Rule::AttestationPopChallenge, expected, || E::PopChallenge)?;

        // Of use only if everything held: a forged proof must not use up a `jti`.
        let (iat, until) = iat.zip(until).ok_or(E::PopIat)?;
        let (tenant, jti) = (self.issuer.as_str(), jti.ok_or(E::PopJti)?);
        let key = once_key(self.crypto.sha256, tenant, "attestation-pop", owner.as_bytes(), jti);
        Ok(Once { key, issued: iat, until })
    }

    fn check_typ_and_alg(
        &self,
        header: Header<'_>,
        typ: &str,
        [(typ_rule, typ_error), (alg_rule, alg_error)]: [(Rule, AttestationError); 2],
        judge: &mut Judge<'_, AttestationError>,
    ) -> Result<(), AttestationError> {
        judge.trace().note(alg_rule, Field::Alg, header.alg().as_str());
        // RFC 8725 §3.11: here `typ` is required, and there is one.
        judge.that(typ_rule, header.is_typ(typ), || typ_error)?;
        let welcome = self.policy.algorithms.contains(&header.alg()) && !header.alg().is_symmetric();
        judge.that(alg_rule, welcome, || alg_error)
    }

    /// How long after its end something is still taken, and what is still now.
    fn leeways(&self, now: UtcDateTime) -> (Duration, UtcDateTime) {
        let [late, early] =
            [self.policy.exp_leeway, self.policy.future_leeway].map(|leeway| leeway.clamp(Duration::ZERO, MAX_LEEWAY));
        (late, now.saturating_add(early))
    }
}

/// `cnf` ([RFC 7800 §3.2](https://www.rfc-editor.org/rfc/rfc7800#section-3.2)).
#[derive(Deserialize)]
struct Cnf {
    jwk: serde_json::Value,
}

fn moment(date: Option<&NumericDate>) -> Option<UtcDateTime> {
    date.map(NumericDate::moment)
}

fn read_claims<'j>(
    verified: &'j VerifiedJwt<'_>,
    by_claim: impl FnOnce(&str) -> Option<AttestationError>,
) -> Result<Claims<'j>, AttestationError> {
    verified.claims().map_err(|cause| match cause {
        JwtError::InvalidClaim { name } => by_claim(name).unwrap_or(syntax(cause)),
        cause => syntax(cause),
    })
}

/// Ends a run of checks that cannot go on: the first error wins, which need not be this one.
fn stop(judge: Judge<'_, AttestationError>, error: AttestationError) -> Result<Attested, AttestationError> {
    Err(judge.stop(error.rule(), error))
}
