use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use symbolon_policy::Policy;

use crate::{Claims, Header, JsonError, JwtError, SelectError, VerifyingKey, base64url, json, parse_json};

/// Longest JWT that is read, in bytes (D19). Judged before anything is decoded.
pub const MAX_JWT_BYTES: usize = Policy::OAUTH_2_1.limits.jwt_bytes;

/// A JWS in compact form ([RFC 7515 §7.1], [RFC 7519 §7.2]) whose signature nobody has verified.
///
/// It is well formed: three parts of base64url, a header without surprises, an algorithm with a name. It gives its
/// header, for finding the key, and single claims for look-ups ([`Self::peek_claim`]); claims to act on come from
/// [`VerifiedJwt`] alone.
///
/// ```
/// use symbolon_jose::{JwtError, UnverifiedJwt};
/// // RFC 7519 §6.1: an unsecured JWT.
/// let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
/// assert_eq!(UnverifiedJwt::parse(none).err(), Some(JwtError::AlgNotAllowed));
/// ```
///
/// [RFC 7515 §7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1
/// [RFC 7519 §7.2]: https://www.rfc-editor.org/rfc/rfc7519#section-7.2
#[derive(Clone)]
pub struct UnverifiedJwt<'a> {
    signing_input: &'a str,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> UnverifiedJwt<'a> {
    /// Reads a JWT of at most [`MAX_JWT_BYTES`].
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say, by what the JWT was for.
    /// - [`JwtError::TooLarge`]: beyond the limit.
    /// - [`JwtError::Malformed`]: not three parts, or not base64url in its one form. JSON serializations and encrypted
    ///   tokens are such.
    /// - [`JwtError::MalformedHeader`], [`JwtError::DuplicateMember`]: the header is not as it must be.
    /// - [`JwtError::UnsupportedCrit`]: the header has `crit` or `b64`.
    /// - [`JwtError::AlgNotAllowed`]: `alg` is `none` or unknown.
    pub fn parse(text: &'a str) -> Result<Self, JwtError> {
        Self::parse_within(text, MAX_JWT_BYTES)
    }

    /// The same with another limit, in bytes.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_within(text: &'a str, limit: usize) -> Result<Self, JwtError> {
        if text.len() > limit {
            return Err(JwtError::TooLarge { length: text.len(), limit });
        }
        // From the end: what remains is the signing input, octet for octet as it came.
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtError::Malformed)?;
        if header.is_empty() || payload.is_empty() {
            return Err(JwtError::Malformed);
        }
        // A further dot would be in one of these and is no base64url.
        let decode = |part| base64url::decode(part).ok_or(JwtError::Malformed);
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        Ok(Self { signing_input, header: Header::parse(&header)?, payload, signature })
    }

    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// A claim that is a string, unproven: for finding the registration whose key will verify, and for nothing else.
    /// `None` if the claims are not well formed, or have no such string.
    pub fn peek_claim(&self, name: &str) -> Option<String> {
        match json::parse_object(&self.payload).ok()?.remove(name)? {
            Value::String(claim) => Some(claim),
            _ => None,
        }
    }

    /// Verifies the signature with this key and its algorithm.
    ///
    /// # Errors
    /// - [`JwtError::AlgKeyMismatch`]: the header names another algorithm than the key's.
    /// - [`JwtError::BadSignature`]: it does not verify.
    ///
    /// # Security
    /// `EdDSA` and `Ed25519` are one operation; a caller with an allow-list compares [`Header::alg`] with it.
    pub fn verify(&self, key: &VerifyingKey) -> Result<VerifiedJwt, JwtError> {
        // RFC 8725 §3.1: the key knows its algorithm; the header only has to agree.
        if !key.alg().is_same_operation(self.header.alg()) {
            return Err(JwtError::AlgKeyMismatch);
        }
        key.verify_signature(self.signing_input.as_bytes(), &self.signature)?;
        Ok(VerifiedJwt { header: self.header.clone(), payload: self.payload.clone() })
    }

    /// Verifies the signature with the first of these keys that can. Their order does not change the answer.
    ///
    /// # Errors
    /// - [`JwtError::KeyNotFound`]: there is no key.
    /// - [`JwtError::AlgKeyMismatch`]: no key is for the header's algorithm.
    /// - [`JwtError::BadSignature`]: it verifies with none.
    pub fn verify_any(&self, keys: &[&VerifyingKey]) -> Result<VerifiedJwt, JwtError> {
        let mut answer = JwtError::KeyNotFound(SelectError::NoneFits);
        for key in keys {
            match self.verify(key) {
                Ok(verified) => return Ok(verified),
                Err(JwtError::AlgKeyMismatch) if answer == JwtError::BadSignature => {}
                Err(error) => answer = error,
            }
        }
        Err(answer)
    }
}

/// The header alone: claims may name people, and the signature makes it a token.
impl fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJwt").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A JWS whose signature was verified. What the claims say must still be judged ([`Claims::check`]).
#[derive(Clone)]
pub struct VerifiedJwt {
    header: Header,
    payload: Vec<u8>,
}

impl VerifiedJwt {
    /// The header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's octets, which need not be JSON.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims, the registered ones strict in their types.
    ///
    /// # Errors
    /// - [`JwtError::MalformedPayload`]: the payload is no JSON object; a nested JWT is such.
    /// - [`JwtError::DuplicateClaim`]: a member comes twice, at some depth.
    /// - [`JwtError::InvalidClaim`]: a registered claim has the wrong type.
    pub fn claims(&self) -> Result<Claims, JwtError> {
        Claims::from_members(json::parse_object(&self.payload).map_err(payload_error)?)
    }

    /// The claims as a type of the caller's.
    ///
    /// # Errors
    /// - [`JwtError::MalformedPayload`]: the payload is no JSON, or not of this type.
    /// - [`JwtError::DuplicateClaim`]: a member comes twice, at some depth, whether the type has it or not.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, JwtError> {
        parse_json(&self.payload).map_err(payload_error)
    }
}

/// The header alone: claims may name people.
impl fmt::Debug for VerifiedJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedJwt").field("header", &self.header).finish_non_exhaustive()
    }
}

fn payload_error(error: JsonError) -> JwtError {
    match error {
        JsonError::DuplicateMember => JwtError::DuplicateClaim,
        _ => JwtError::MalformedPayload,
    }
}
