use alloc::{borrow::Cow, string::String};
use core::fmt;

use symbolon_jose::{JwtError, UnverifiedJwt};
use symbolon_types::{Secret, Values};

use super::AttestationError;

/// A client attestation and the proof of possession beside it (§4, §5.1): unproven. `Debug` shows no value.
///
/// The module's page has an example.
#[derive(Clone, Eq, PartialEq)]
pub struct PresentedAttestation {
    client_id: String,
    pub(super) attestation: Secret,
    pub(super) pop: Secret,
}

impl PresentedAttestation {
    /// Reads the headers `OAuth-Client-Attestation` and `OAuth-Client-Attestation-PoP` beside the form's `client_id`.
    /// `None`: neither is there.
    ///
    /// # Errors
    /// All are `invalid_client`.
    /// - [`AttestationError::NotOneOfEach`]: two values of one header, or one header without the other.
    /// - [`AttestationError::Syntax`]: one of them is no JWT that could be looked at.
    /// - [`AttestationError::Sub`]: the attestation does not say whose it is.
    /// - [`AttestationError::ClientIdDiffers`]: the form names another client.
    pub fn read(
        attestation: &Values,
        pop: &Values,
        form_client_id: Option<&str>,
    ) -> Result<Option<Self>, AttestationError> {
        let (attestation, pop) = match (attestation.only(), pop.only()) {
            (Ok(None), Ok(None)) => return Ok(None),
            (Ok(Some(attestation)), Ok(Some(pop))) => (text(attestation)?, text(pop)?),
            _ => return Err(AttestationError::NotOneOfEach),
        };
        UnverifiedJwt::parse(pop).map_err(syntax)?;
        let jwt = UnverifiedJwt::parse(attestation).map_err(syntax)?;
        let sub = jwt.peek_claim("sub").filter(|sub| !sub.is_empty()).ok_or(AttestationError::Sub)?;
        if form_client_id.is_some_and(|other| !other.is_empty() && other != sub) {
            return Err(AttestationError::ClientIdDiffers);
        }
        let client_id = sub.into_owned();
        Ok(Some(Self { client_id, attestation: attestation.into(), pop: pop.into() }))
    }

    /// Who the client says it is, unproven: what to look the client up by.
    pub fn client_hint(&self) -> &str {
        &self.client_id
    }

    /// The proof's `challenge`, unproven: for a caller that finds out whether it is one of its own.
    pub fn challenge(&self) -> Option<String> {
        UnverifiedJwt::parse(self.pop.expose()).ok()?.peek_claim("challenge").map(Cow::into_owned)
    }
}

impl fmt::Debug for PresentedAttestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedAttestation(..)")
    }
}

fn text(value: &[u8]) -> Result<&str, AttestationError> {
    core::str::from_utf8(value).map_err(|_| syntax(JwtError::Malformed))
}

/// What cannot be read, and what is signed with nothing or with something that nobody knows.
pub(super) const fn syntax(cause: JwtError) -> AttestationError {
    AttestationError::Syntax { cause }
}
