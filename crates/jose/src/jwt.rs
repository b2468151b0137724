use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use serde::Deserialize;
use symbolon_policy::Policy;

use crate::{
    Claims, Header, Jwk, JwtError, KeyError, SelectError, VerifyingKey, VerifyingKeys, base64url,
    claims::{ClaimsIndex, payload_error},
    header::{self, HeaderParts},
    parse_json, typed_scan,
};

mod owned;

pub use owned::OwnedUnverifiedJwt;

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
/// It has no claims:
/// ```compile_fail,E0599
/// fn read(jwt: symbolon_jose::UnverifiedJwt<'_>) { let _ = jwt.claims(); }
/// ```
/// ```
/// fn read(jwt: symbolon_jose::VerifiedJwt<'_>) { let _ = jwt.claims(); }
/// ```
///
/// [RFC 7515 §7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1
/// [RFC 7519 §7.2]: https://www.rfc-editor.org/rfc/rfc7519#section-7.2
#[derive(Clone)]
pub struct UnverifiedJwt<'a> {
    signing_input: &'a [u8],
    octets: Cow<'a, [u8]>,
    places: Places,
    header: Cow<'a, HeaderParts>,
    /// Where the claims stand in these octets, if that was kept.
    claims: Option<&'a ClaimsIndex>,
}

/// Memory for the octets of a JWT, to be used again for the next one ([`UnverifiedJwt::parse_in`],
/// [`SigningKey::sign_in`](crate::SigningKey::sign_in)).
///
/// It grows to the longest JWT that it was used for and holds, out of reach, what was read or written with it: octets of the
/// last one, ends of longer ones before, claims that were signed. None of that is wiped; keep secrets out of claims.
#[derive(Default)]
pub struct JwtBuffer {
    pub(crate) octets: Vec<u8>,
    /// Claims as JSON, and then the signature.
    pub(crate) other: Vec<u8>,
}

impl JwtBuffer {
    /// With room for a usual JWT to be written.
    pub(crate) fn for_one() -> Self {
        Self { octets: Vec::with_capacity(USUAL_JWT_BYTES), other: Vec::with_capacity(USUAL_JWT_BYTES / 2) }
    }
}

/// Most tokens are shorter, with their signatures.
const USUAL_JWT_BYTES: usize = 2048;

impl<'a> UnverifiedJwt<'a> {
    /// Reads a JWT of at most [`MAX_JWT_BYTES`].
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say, by what the JWT was for.
    /// - [`JwtError::TooLarge`]: beyond the limit.
    /// - [`JwtError::Malformed`]: not three parts, one of them empty, or not base64url in its one form. JSON
    ///   serializations and encrypted tokens are such.
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
        let parts = Parts::split(text, limit)?;
        let mut octets = Vec::new();
        let places = parts.decode(&mut octets)?;
        Self::with_octets(parts, Cow::Owned(octets), places)
    }

    /// The same as [`Self::parse`] with memory of the caller's, so that nothing is allocated for a token of the usual
    /// form.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_jose::{JwtBuffer, SigningKey, UnverifiedJwt};
    /// use symbolon_types::{Alg, SecretBytes};
    ///
    /// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
    /// let mut buffer = JwtBuffer::default();
    /// for sub in ["a", "b"] {
    ///     let text = key.sign(&PROVIDER, None, &serde_json::json!({ "sub": sub }))?;
    ///     let jwt = UnverifiedJwt::parse_in(&text, &mut buffer)?;
    ///     let jwt = jwt.verify(&key.verifying_key(&PROVIDER)?)?;
    ///     assert_eq!(jwt.claims()?.sub.as_deref(), Some(sub));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_in(text: &'a str, buffer: &'a mut JwtBuffer) -> Result<Self, JwtError> {
        let parts = Parts::split(text, MAX_JWT_BYTES)?;
        let places = parts.decode(&mut buffer.octets)?;
        Self::with_octets(parts, Cow::Borrowed(&buffer.octets), places)
    }

    fn with_octets(parts: Parts<'a>, octets: Cow<'a, [u8]>, places: Places) -> Result<Self, JwtError> {
        let header = Cow::Owned(parts.read_header(places.header(&octets))?);
        Ok(Self { signing_input: parts.signing_input.as_bytes(), octets, places, header, claims: None })
    }

    /// The header.
    pub fn header(&self) -> Header<'_> {
        self.header.with(self.places.header(&self.octets))
    }

    /// The public key in the header: `jwk` ([RFC 7515 §4.1.3]). For DPoP proofs alone, whose signature shows that their maker
    /// has this key and nothing more ([RFC 9449 §4.3]).
    ///
    /// # Security
    /// Whoever made the token wrote the key, so that it says nothing about who that was ([RFC 8725 §3.10]). Verify nothing
    /// else with it.
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say, by what the JWT was for.
    /// - [`KeyError::NotEmbedded`]: the header has no `jwk`.
    /// - else as [`Jwk::parse`]; a private or symmetric key is [`KeyError::PrivateKey`].
    ///
    /// [RFC 7515 §4.1.3]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.3
    /// [RFC 8725 §3.10]: https://www.rfc-editor.org/rfc/rfc8725#section-3.10
    /// [RFC 9449 §4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
    pub fn embedded_jwk(&self) -> Result<Jwk, KeyError> {
        header::embedded_jwk(self.places.header(&self.octets))
    }

    /// A claim that is a string, unproven: for finding the registration whose key will verify, and for nothing else.
    /// `None` if the claims are not well formed, or have no such string.
    pub fn peek_claim(&self, name: &str) -> Option<Cow<'_, str>> {
        let payload = self.places.payload(&self.octets);
        match self.claims {
            Some(index) => Claims::peek_index(payload, index, name),
            None => Claims::peek(payload, name),
        }
    }

    /// Verifies the signature with this key and its algorithm. A JWT that does not verify is gone.
    ///
    /// `kid` is not looked at, neither the header's nor the key's: which key is meant is settled before
    /// ([`VerifyingKeys::select`], or [`Self::verify_with`] for both in one).
    ///
    /// # Errors
    /// - [`JwtError::AlgKeyMismatch`]: the header names another algorithm than the key's.
    /// - [`JwtError::BadSignature`]: it does not verify.
    ///
    /// # Security
    /// `EdDSA` and `Ed25519` are one operation; a caller with an allow-list compares [`Header::alg`] with it.
    pub fn verify(self, key: &VerifyingKey) -> Result<VerifiedJwt<'a>, JwtError> {
        self.check_signature(key)?;
        Ok(self.verified())
    }

    /// Verifies the signature with the key that the header means ([`VerifyingKeys::select`]).
    ///
    /// # Errors
    /// - [`JwtError::KeyNotFound`]: the header means none of them.
    /// - else as [`Self::verify`].
    pub fn verify_with(self, keys: &VerifyingKeys) -> Result<VerifiedJwt<'a>, JwtError> {
        let selected = keys.select(self.header())?;
        self.verify_any(&selected)
    }

    /// Verifies the signature with the first of these keys that can. Their order does not change the answer, and their
    /// `kid` is not looked at, as by [`Self::verify`].
    ///
    /// # Errors
    /// - [`JwtError::KeyNotFound`]: there is no key.
    /// - [`JwtError::AlgKeyMismatch`]: no key is for the header's algorithm.
    /// - [`JwtError::BadSignature`]: it verifies with none.
    pub fn verify_any(self, keys: &[&VerifyingKey]) -> Result<VerifiedJwt<'a>, JwtError> {
        let mut answer = JwtError::KeyNotFound(SelectError::NoneFits);
        for key in keys {
            match self.check_signature(key) {
                Ok(()) => return Ok(self.verified()),
                Err(JwtError::AlgKeyMismatch) if answer == JwtError::BadSignature => {}
                Err(error) => answer = error,
            }
        }
        Err(answer)
    }

    fn check_signature(&self, key: &VerifyingKey) -> Result<(), JwtError> {
        // RFC 8725 §3.1: the key knows its algorithm; the header only has to agree.
        if !key.alg().is_same_operation(self.header.alg()) {
            return Err(JwtError::AlgKeyMismatch);
        }
        Ok(key.verify_signature(self.signing_input, self.places.signature(&self.octets))?)
    }

    /// For a JWT whose signature was checked just now.
    fn verified(self) -> VerifiedJwt<'a> {
        VerifiedJwt { octets: self.octets, places: self.places, header: self.header, claims: self.claims }
    }
}

/// The header alone: claims may name people, and the signature makes it a token.
impl fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJwt").field("header", &self.header()).finish_non_exhaustive()
    }
}

/// Without what it holds: claims may name people.
impl fmt::Debug for JwtBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtBuffer(..)")
    }
}

/// A JWS whose signature was verified. What the claims say must still be judged ([`Claims::check`]).
///
/// Made only by verifying:
/// ```compile_fail,E0451
/// use symbolon_jose::VerifiedJwt;
/// fn forge(jwt: VerifiedJwt<'static>, payload: Vec<u8>) -> VerifiedJwt<'static> {
///     VerifiedJwt { octets: payload.into(), ..jwt }
/// }
/// ```
/// ```
/// use symbolon_jose::{JwtError, UnverifiedJwt, VerifiedJwt, VerifyingKey};
/// fn verify<'a>(jwt: UnverifiedJwt<'a>, key: &VerifyingKey) -> Result<VerifiedJwt<'a>, JwtError> { jwt.verify(key) }
/// ```
#[derive(Clone)]
pub struct VerifiedJwt<'a> {
    octets: Cow<'a, [u8]>,
    places: Places,
    header: Cow<'a, HeaderParts>,
    claims: Option<&'a ClaimsIndex>,
}

impl VerifiedJwt<'_> {
    /// The header.
    pub fn header(&self) -> Header<'_> {
        self.header.with(self.places.header(&self.octets))
    }

    /// The same with octets of its own.
    pub fn into_owned(self) -> VerifiedJwt<'static> {
        let octets = match self.octets {
            // Memory of the caller's may be longer than this token.
            Cow::Borrowed(octets) => self.places.all(octets).to_vec(),
            Cow::Owned(octets) => octets,
        };
        let header = Cow::Owned(self.header.into_owned());
        VerifiedJwt { octets: Cow::Owned(octets), places: self.places, header, claims: None }
    }

    /// The payload's octets, which need not be JSON.
    pub fn payload(&self) -> &[u8] {
        self.places.payload(&self.octets)
    }

    /// The claims, the registered ones strict in their types.
    ///
    /// # Errors
    /// - [`JwtError::MalformedPayload`]: the payload is no JSON object; a nested JWT is such.
    /// - [`JwtError::DuplicateClaim`]: a member comes twice, at some depth.
    /// - [`JwtError::InvalidClaim`]: a registered claim has the wrong type.
    pub fn claims(&self) -> Result<Claims<'_>, JwtError> {
        match self.claims {
            Some(index) => Claims::of_index(self.payload(), index),
            None => Claims::parse(self.payload()),
        }
    }

    /// The claims as a type of the caller's. Whether `null` is taken for an absent claim is that type's decision; a text with
    /// escapes becomes a `String` or `Cow` and no `&str`.
    ///
    /// What the type does besides making a value it may do twice, and for a payload that is then refused: the usual one is
    /// read once, and what is unusual is judged as a whole and read again.
    ///
    /// # Errors
    /// - [`JwtError::MalformedPayload`]: the payload is no JSON, or not of this type.
    /// - [`JwtError::DuplicateClaim`]: a member comes twice, at some depth, whether the type has it or not.
    pub fn claims_as<'j, T: Deserialize<'j>>(&'j self) -> Result<T, JwtError> {
        typed_scan::object(self.payload()).map_or_else(|| parse_json(self.payload()).map_err(payload_error), Ok)
    }
}

/// The header alone: claims may name people.
impl fmt::Debug for VerifiedJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedJwt").field("header", &self.header()).finish_non_exhaustive()
    }
}

/// The three parts, encoded.
#[derive(Clone, Copy)]
struct Parts<'a> {
    signing_input: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str, limit: usize) -> Result<Self, JwtError> {
        if text.len() > limit {
            return Err(JwtError::TooLarge { length: text.len(), limit });
        }
        // From the end: what remains is the signing input, octet for octet as it came.
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtError::Malformed)?;
        if header.is_empty() || payload.is_empty() {
            return Err(JwtError::Malformed);
        }
        Ok(Self { signing_input, header, payload, signature })
    }

    /// Reads the header, from its octets.
    fn read_header(self, json: &[u8]) -> Result<HeaderParts, JwtError> {
        let header = HeaderParts::parse(json)?;
        // RFC 7515 §7.1: no algorithm here has an empty signature. After the header, whose `none` is told as such.
        if self.signature.is_empty() {
            return Err(JwtError::Malformed);
        }
        Ok(header)
    }

    /// Decodes the parts, one after the other. A further dot would be in one of them and is no base64url.
    fn decode(self, octets: &mut Vec<u8>) -> Result<Places, JwtError> {
        if octets.len() < self.room() {
            octets.resize(self.room(), 0);
        }
        self.decode_into(octets)
    }

    /// Octets that suffice for the decoded parts.
    fn room(self) -> usize {
        self.signing_input.len().saturating_add(self.signature.len())
    }

    fn decode_into(self, octets: &mut [u8]) -> Result<Places, JwtError> {
        let mut ends = [0_usize; 3];
        let mut end = 0_usize;
        for (part, place) in [self.header, self.payload, self.signature].into_iter().zip(&mut ends) {
            let decoded = octets.get_mut(end..).and_then(|free| base64url::decode_into(part, free));
            end = end.saturating_add(decoded.ok_or(JwtError::Malformed)?);
            *place = end;
        }
        let [header, payload, signature] = ends;
        Ok(Places { header, payload, signature })
    }
}

/// Where the parts end in the decoded octets, one after the other.
#[derive(Clone, Copy)]
struct Places {
    header: usize,
    payload: usize,
    signature: usize,
}

impl Places {
    fn header(self, octets: &[u8]) -> &[u8] {
        octets.get(..self.header).unwrap_or_default()
    }

    fn payload(self, octets: &[u8]) -> &[u8] {
        octets.get(self.header..self.payload).unwrap_or_default()
    }

    fn all(self, octets: &[u8]) -> &[u8] {
        octets.get(..self.signature).unwrap_or_default()
    }

    fn signature(self, octets: &[u8]) -> &[u8] {
        octets.get(self.payload..self.signature).unwrap_or_default()
    }
}
