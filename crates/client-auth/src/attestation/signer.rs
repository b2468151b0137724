use alloc::{string::String, vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::SigningKey;
use symbolon_types::{ClientId, Issuer, Secret};
use time::UtcDateTime;

use super::POP_TYP;
use crate::{Applied, ApplyError};

/// The client's half: the attestation that an attester gave to this instance, and the key that it names (§5.1).
///
/// The module's page has an example.
#[derive(Clone, Debug)]
pub struct AttestationSigner {
    attestation: Secret,
    key: SigningKey,
    audience: String,
}

impl AttestationSigner {
    /// Proves the key of the instance to this issuer, beside this attestation.
    ///
    /// # Errors
    /// Nobody hears a code.
    /// - [`ApplyError::SymmetricKey`]: the key of an instance is a key pair.
    pub fn new(attestation: Secret, key: SigningKey, issuer: &Issuer) -> Result<Self, ApplyError> {
        if key.alg().is_symmetric() {
            return Err(ApplyError::SymmetricKey);
        }
        Ok(Self { attestation, key, audience: issuer.as_str().into() })
    }

    /// Makes what goes into the request, with the server's latest challenge if it gave one. Every call makes another
    /// proof, so call it once per request that is sent.
    ///
    /// # Errors
    /// Nothing is sent, nobody hears a code.
    /// - [`ApplyError::Random`], [`ApplyError::Sign`]: the provider failed.
    pub fn apply(
        &self,
        crypto: &CryptoProvider,
        client_id: &ClientId,
        challenge: Option<&str>,
        now: UtcDateTime,
    ) -> Result<Applied, ApplyError> {
        let mut jti = [0; JTI_BYTES];
        crypto.random.fill(&mut jti).map_err(ApplyError::Random)?;
        let claims =
            PopClaims { aud: &self.audience, jti: URL_SAFE_NO_PAD.encode(jti), iat: now.unix_timestamp(), challenge };
        let pop = self.key.sign(crypto, Some(POP_TYP), &claims).map_err(ApplyError::Sign)?;
        Ok(Applied {
            headers: vec![
                ("oauth-client-attestation", self.attestation.clone()),
                ("oauth-client-attestation-pop", pop.into()),
            ],
            parameters: vec![("client_id", client_id.as_str().into())],
        })
    }
}

#[derive(Serialize)]
struct PopClaims<'a> {
    aud: &'a str,
    jti: String,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
}

/// 128 random bits: unguessable, and never drawn twice.
const JTI_BYTES: usize = 16;
