//! The chain in the `x5c` header of a client assertion ([RFC 7515 §4.1.6], security decision D13).
//!
//! [RFC 7515 §4.1.6]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6
use alloc::vec::Vec;

use symbolon_jose::{Header, Jwk, KeyError, VerifyingKey};
use symbolon_types::{Alg, Judge, Rule};
use symbolon_x509::UntrustedChain;

use crate::{AuthError, Checks, ClientCertificates, Evidence, PresentedCredentials, RegisteredCredentials};

impl PresentedCredentials {
    /// The chain in the assertion's `x5c`, for a caller to validate and to bring as [`Evidence::chain`]. `None`: there is none,
    /// it cannot be read, or a `kid` stands beside it, so that it is not looked at.
    ///
    /// # Security
    /// Whoever sent the request wrote it. Validate it against the anchors that may name clients, with revocation: only then is
    /// it evidence.
    pub fn untrusted_chain(&self) -> Option<UntrustedChain> {
        let Self::Assertion { assertion, .. } = self else { return None };
        let jwt = assertion.as_ref();
        let chain = jwt.header().x5c().filter(|_| jwt.header().kid().is_none())?;
        UntrustedChain::from_x5c(chain).ok()
    }
}

impl Checks<'_> {
    /// The key of the validated chain, for a client that registered an organisation number or a certificate and an assertion
    /// that names its key by `x5c` alone. `None`: its registered keys decide.
    pub(crate) fn key_of_chain(
        &self,
        header: Header<'_>,
        client: &RegisteredCredentials,
        evidence: &Evidence<'_>,
        judge: &mut Judge<'_, AuthError>,
    ) -> Result<Option<VerifyingKey>, AuthError> {
        let registered = matches!(client.certificates, ClientCertificates::Registered(_));
        let leaf = header.x5c().and_then(<[_]>::first).map(Vec::as_slice);
        let Some(leaf) =
            leaf.filter(|_| header.kid().is_none() && (registered || client.organization_number.is_some()))
        else {
            return Ok(None);
        };
        // D13: what was validated is what came.
        let chain = evidence.chain.filter(|chain| chain.leaf().der() == leaf).ok_or(AuthError::AssertionChain)?;
        judge.trace().held(Rule::AssertionChain);
        if registered && !client.has_registered(leaf) {
            return Err(AuthError::AssertionX5c);
        }
        if let Some(number) = client.organization_number.as_deref() {
            if chain.leaf().organization_number() != Some(number) {
                return Err(AuthError::AssertionOrganization);
            }
            judge.trace().held(Rule::AssertionOrganization);
        }
        // D12: the key stays with the first algorithm that fits it.
        let algorithms = if client.algorithms.is_empty() { self.policy.algorithms } else { &client.algorithms };
        let key = self.load(chain.subject_public_key_info(), algorithms).map_err(|_| AuthError::AssertionX5c)?;
        if key.alg().is_same_operation(header.alg()) { Ok(Some(key)) } else { Err(AuthError::AssertionAlg) }
    }

    fn load(&self, subject_public_key_info: &[u8], algorithms: &[Alg]) -> Result<VerifyingKey, KeyError> {
        Jwk::from_spki_der(subject_public_key_info)?.verifying_key(self.crypto, algorithms)
    }
}
