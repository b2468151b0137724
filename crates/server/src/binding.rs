//! The keys that a request shows beside its credentials, and to which its tokens are bound ([RFC 9449 §5], [RFC 8705 §3]).
//!
//! [RFC 8705 §3]: https://www.rfc-editor.org/rfc/rfc8705#section-3
//! [RFC 9449 §5]: https://www.rfc-editor.org/rfc/rfc9449#section-5
use alloc::string::String;

use symbolon_client_auth::certificate_confirmation;
use symbolon_dpop::{Checks, NonceUse, ProvenKey, TargetUri};
use symbolon_policy::{DpopNonce, SenderConstraint};
use symbolon_types::{Confirmation, PeerCertificate, Rule, Secret, Values};
use time::UtcDateTime;

use crate::{Endpoint, Reason, RegisteredClient, context::Context, context::Facts};

/// What came beside the credentials.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) dpop: Values,
    pub(crate) certificate: Option<PeerCertificate>,
    /// The name of the listener.
    pub(crate) listener: String,
}

impl Shown {
    /// The keys that the tokens will be bound to. `vouched` are those that a method of the embedding program has shown. The
    /// replay id of a proof that holds goes into the context, whatever is wrong beside it.
    pub(crate) fn judge(
        &self,
        vouched: Confirmation,
        context: &mut Context,
        client: &RegisteredClient,
        now: UtcDateTime,
    ) -> Result<Confirmation, Reason> {
        // D1, D10: the proof and its nonce are judged before everything else. Who must send it again loses nothing.
        let proven = match self.dpop.count() {
            0 => None,
            _ => Some(self.judge_proof(context, client, now)?),
        };
        context.proof = proven.as_ref().map(ProvenKey::once);
        let crypto = context.endpoint.crypto();
        let certificate = self.certificate.as_ref().filter(|_| client.is_certificate_bound());
        let shown = certificate.and_then(|shown| certificate_confirmation(crypto, shown).x5t_s256);
        let confirmation = Confirmation { x5t_s256: vouched.x5t_s256.or(shown), ..vouched };
        if client.is_certificate_bound() && confirmation.x5t_s256.is_none() {
            return Err(Rule::CertificateBound.into());
        }
        let Some(proven) = proven else {
            // FAPI 2.0 §5.3.2.1: no bearer token is issued; what the client did not register to show is a DPoP proof.
            let would_be_bearer =
                !confirmation.is_bound() && matches!(context.policy().sender_constraint, SenderConstraint::Required);
            let is_missing = would_be_bearer || (client.is_dpop_bound() && confirmation.jkt.is_none());
            return if is_missing { Err(Rule::DpopPresent.into()) } else { Ok(confirmation) };
        };
        // D20: one key, unless the policy wants both.
        if confirmation.jkt.is_some()
            || (confirmation.x5t_s256.is_some() && !context.policy().dpop.legacy_beside_mutual_tls)
        {
            return Err(Rule::OneBinding.into());
        }
        Ok(Confirmation { jkt: Some(proven.jkt()), ..confirmation })
    }

    fn judge_proof(
        &self,
        context: &mut Context,
        client: &RegisteredClient,
        now: UtcDateTime,
    ) -> Result<ProvenKey, Reason> {
        let endpoint = context.endpoint.clone();
        let targets = endpoint.targets(&self.listener).ok_or(Rule::Embedder)?;
        let proof = Proof { values: &self.dpop, method: "POST", url: &targets.token, access_token: None };
        proof.judge(&endpoint, client, &mut context.facts, now)
    }
}

/// A proof and the request that it came with.
pub(crate) struct Proof<'a> {
    pub(crate) values: &'a Values,
    pub(crate) method: &'a str,
    pub(crate) url: &'a TargetUri,
    pub(crate) access_token: Option<&'a Secret>,
}

impl Proof<'_> {
    /// Judges it, and puts the nonce for the next one where the answer finds it.
    pub(crate) fn judge(
        &self,
        endpoint: &Endpoint,
        client: &RegisteredClient,
        facts: &mut Facts,
        now: UtcDateTime,
    ) -> Result<ProvenKey, Reason> {
        let policy = &endpoint.policy().dpop;
        let nonce = match client.dpop_nonce().unwrap_or(policy.nonce) {
            DpopNonce::Off => NonceUse::Off,
            DpopNonce::Required => NonceUse::Required(endpoint.nonces()),
        };
        let checks = Checks {
            crypto: endpoint.crypto(),
            policy,
            tenant: endpoint.issuer(),
            method: self.method,
            url: self.url,
            nonce,
            access_token: self.access_token,
        };
        let judged = checks.check(self.values, &mut facts.trace, now);
        if let NonceUse::Required(nonces) = nonce {
            // D18, RFC 9449 §8.2: who must send another proof gets a nonce for it, whatever was wrong with this one.
            let fresh = Some(nonces.issue(now));
            match &judged {
                Ok(proven) if !proven.wants_nonce() => facts.spare_nonce = fresh,
                _ => facts.dpop_nonce = fresh,
            }
        }
        Ok(judged?)
    }
}
