use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::Serialize;
use symbolon_types::Alg;

use crate::{MAX_KID_BYTES, RemoteKey, SignError, VerifyingKey, base64url, json, x5c};

/// What a key elsewhere must sign: header and claims are laid down, the signature is to come.
///
/// See [`RemoteKey`] for an example.
#[derive(Clone)]
pub struct SigningInput {
    text: String,
    key: VerifyingKey,
}

impl SigningInput {
    /// Lays down header and claims.
    ///
    /// # Errors
    /// - [`SignError::Claims`]: the claims do not become a JSON object, or one with a member twice (`server_error`).
    /// - [`SignError::KidTooLong`]: no reader would take the `kid` (`server_error`).
    pub fn new<C: Serialize + ?Sized>(typ: Option<&str>, key: &RemoteKey, claims: &C) -> Result<Self, SignError> {
        let text = lay_down(key.alg(), key.kid(), typ, key.x5c(), claims)?;
        Ok(Self { text, key: key.verifying_key().clone() })
    }

    /// The octets to sign, with the algorithm of the key.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Takes the signature, in the form of JWS: for ECDSA `r || s` and not DER. It is verified before it is used.
    ///
    /// # Errors
    /// - [`SignError::BadSignature`]: it does not verify with the known public key (`server_error`).
    pub fn finish(self, signature: &[u8]) -> Result<String, SignError> {
        self.key.verify_signature(self.bytes(), signature)?;
        Ok(append_signature(self.text, signature))
    }
}

/// The key alone: claims may name people.
impl fmt::Debug for SigningInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningInput").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Header and claims, encoded and joined ([RFC 7515 §5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)).
pub(crate) fn lay_down<C: Serialize + ?Sized>(
    alg: Alg,
    kid: Option<&str>,
    typ: Option<&str>,
    chain: Option<&[Vec<u8>]>,
    claims: &C,
) -> Result<String, SignError> {
    if let Some(length) = kid.map(str::len).filter(|length| *length > MAX_KID_BYTES) {
        return Err(SignError::KidTooLong { length, limit: MAX_KID_BYTES });
    }
    let header = ProtectedHeader { alg: alg.as_str(), kid, typ, x5c: chain.map(x5c::write) };
    let header = serde_json::to_vec(&header).map_err(|_| SignError::Claims)?;
    let claims = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
    // A flattened map may double a member: what we would refuse to read, we do not write.
    json::parse_object(&claims).map_err(|_| SignError::Claims)?;
    let mut text = String::new();
    base64url::encode_onto(&mut text, &header);
    text.push('.');
    base64url::encode_onto(&mut text, &claims);
    Ok(text)
}

pub(crate) fn append_signature(mut text: String, signature: &[u8]) -> String {
    text.push('.');
    base64url::encode_onto(&mut text, signature);
    text
}

#[derive(Serialize)]
struct ProtectedHeader<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5c: Option<Vec<String>>,
}
