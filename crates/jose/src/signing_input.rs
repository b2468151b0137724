use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::Serialize;

use crate::{
    JwtBuffer, RemoteKey, SignError, VerifyingKey, base64url, json,
    protected_header::ProtectedHeader,
    quick_json::{self, NotQuick},
};

/// What a key elsewhere must sign: header and claims are laid down, the signature is to come.
///
/// See [`RemoteKey`] for an example.
#[derive(Clone)]
pub struct SigningInput {
    octets: Vec<u8>,
    key: VerifyingKey,
}

impl SigningInput {
    /// Lays down header and claims.
    ///
    /// # Errors
    /// - [`SignError::Claims`]: the claims do not become a JSON object, or one with a member twice (`server_error`).
    /// - [`SignError::KidTooLong`]: no reader would take the `kid` (`server_error`).
    pub fn new<C: Serialize + ?Sized>(typ: Option<&str>, key: &RemoteKey, claims: &C) -> Result<Self, SignError> {
        let mut buffer = JwtBuffer::for_one();
        lay_down(key.header(), typ, claims, &mut buffer)?;
        Ok(Self { octets: buffer.octets, key: key.verifying_key().clone() })
    }

    /// The octets to sign, with the algorithm of the key.
    pub fn bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Takes the signature, in the form of JWS: for ECDSA `r || s` and not DER, which is not guessed at
    /// ([`ecdsa_signature_from_der`](crate::ecdsa_signature_from_der) makes the one of the other). It is verified before it
    /// is used.
    ///
    /// # Errors
    /// - [`SignError::BadSignature`]: it does not verify with the known public key (`server_error`).
    pub fn finish(mut self, signature: &[u8]) -> Result<String, SignError> {
        self.key.verify_signature(self.bytes(), signature)?;
        append_signature(&mut self.octets, signature);
        Ok(into_text(self.octets))
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
    header: &ProtectedHeader,
    typ: Option<&str>,
    claims: &C,
    buffer: &mut JwtBuffer,
) -> Result<(), SignError> {
    let JwtBuffer { octets: text, other: json } = buffer;
    text.clear();
    header.write(typ, text)?;
    json.clear();
    if let Err(NotQuick) = quick_json::write(claims, json) {
        *json = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
        // A flattened map may double a member: what we would refuse to read, we do not write.
        json::parse_object(json).map_err(|_| SignError::Claims)?;
    }
    if json.first() != Some(&b'{') {
        return Err(SignError::Claims);
    }
    text.push(b'.');
    base64url::encode_onto(text, json);
    Ok(())
}

/// Appends a signature.
pub(crate) fn append_signature(out: &mut Vec<u8>, signature: &[u8]) {
    out.push(b'.');
    base64url::encode_onto(out, signature);
}

/// What was laid down as text: base64url and dots.
pub(crate) fn into_text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap_or_default()
}
