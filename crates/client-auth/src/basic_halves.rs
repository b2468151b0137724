use alloc::{vec, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_types::MAX_HEADER_VALUE_BYTES;
use zeroize::Zeroizing;

use crate::{BasicFault, CredentialsError, basic::scheme_and_credentials};

/// The two halves of a Basic header as they stand in it ([RFC 7617 §2]): *before* form-decoding.
///
/// For programs that need the halves and no client authentication, or that do it in their own way. A token endpoint
/// reads [`PresentedCredentials`](crate::PresentedCredentials), which are made from these halves: OAuth has both
/// form-encoded ([RFC 6749 §2.3.1]), so that the id `a%20b` in here is the client `a b`. Not checked here: whether they can be
/// form-decoded, and whether the secret is anybody's. `Debug` shows neither.
///
/// ```
/// use symbolon_client_auth::{BasicBuffer, BasicHalves};
///
/// let mut buffer = BasicBuffer::for_longest();
/// // RFC 6749 §2.3.1
/// let halves = BasicHalves::read_in(b"Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", &mut buffer)?;
/// assert_eq!(halves.client_id(), "s6BhdRkqt3");
/// assert_eq!(halves.expose_secret(), "7Fjfp0ZBr1KtDRbnfVdmIw");
/// assert!(BasicHalves::read_in(b"Bearer czZCaGRSa3F0Mzo3", &mut buffer).is_err());
/// # Ok::<(), symbolon_client_auth::CredentialsError>(())
/// ```
///
/// [RFC 6749 §2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
/// [RFC 7617 §2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
#[derive(Clone, Copy)]
pub struct BasicHalves<'b> {
    client_id: &'b str,
    secret: &'b str,
}

impl<'b> BasicHalves<'b> {
    /// Reads a whole `Authorization` value, scheme and all, into `buffer`. Nothing is allocated if that is large enough:
    /// if it is [`BasicBuffer::for_longest`], or has held a value of this length before.
    ///
    /// # Errors
    /// - [`CredentialsError::HeaderTooLong`]: beyond [`MAX_HEADER_VALUE_BYTES`] (`invalid_request`).
    /// - [`CredentialsError::AuthorizationScheme`]: another scheme than Basic (`invalid_client`).
    /// - [`CredentialsError::BasicSyntax`]: no base64, no text without control characters, no colon, or nothing before it
    ///   (`invalid_client`).
    pub fn read_in(authorization: &[u8], buffer: &'b mut BasicBuffer) -> Result<Self, CredentialsError> {
        if authorization.len() > MAX_HEADER_VALUE_BYTES {
            let (length, limit) = (authorization.len(), MAX_HEADER_VALUE_BYTES);
            return Err(CredentialsError::HeaderTooLong { length, limit });
        }
        let (scheme, token68) = scheme_and_credentials(authorization);
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Err(CredentialsError::AuthorizationScheme);
        }
        Self::decode_in(token68, buffer)
    }

    /// Reads what stands behind the scheme.
    pub(crate) fn decode_in(token68: &[u8], buffer: &'b mut BasicBuffer) -> Result<Self, CredentialsError> {
        let malformed = |fault| CredentialsError::BasicSyntax { fault };
        let octets = buffer.decode(token68).ok_or(malformed(BasicFault::Base64))?;
        let text = core::str::from_utf8(octets).map_err(|_| malformed(BasicFault::Text))?;
        // RFC 7617 §2: neither half may have control characters. A loop without an early exit becomes vectors.
        if text.bytes().fold(false, |found, byte| found | byte.is_ascii_control()) {
            return Err(malformed(BasicFault::Text));
        }
        // RFC 7617 §2: the first colon ends the id; the secret may have more of them.
        let (client_id, secret) = text.split_once(':').ok_or(malformed(BasicFault::Colon))?;
        // RFC 6749 §2.3.1: the id names the client, so there is one; in either form it is empty or it is not.
        if client_id.is_empty() {
            return Err(malformed(BasicFault::ClientId));
        }
        Ok(Self { client_id, secret })
    }

    /// The id, before form-decoding.
    pub const fn client_id(&self) -> &'b str {
        self.client_id
    }

    /// The secret, before form-decoding. It may be empty.
    ///
    /// # Security
    /// This is text: compare it by digest or as a [`Secret`](symbolon_types::Secret), in constant time, and never log it.
    pub const fn expose_secret(&self) -> &'b str {
        self.secret
    }
}

/// Shows neither half.
impl fmt::Debug for BasicHalves<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicHalves(..)")
    }
}

/// Memory that [`BasicHalves`] are read into. It is wiped when it grows and when it is dropped; until then it holds what was
/// read last, and the rest of longer ones before that. `Debug` shows none of it.
///
/// ```
/// use symbolon_client_auth::{BasicBuffer, BasicHalves};
/// let mut buffer = BasicBuffer::default(); // grows as it is needed
/// BasicHalves::read_in(b"Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=", &mut buffer)?;
/// assert_eq!(format!("{buffer:?}"), "BasicBuffer(..)");
/// # Ok::<(), symbolon_client_auth::CredentialsError>(())
/// ```
#[derive(Default)]
pub struct BasicBuffer(Zeroizing<Vec<u8>>);

impl BasicBuffer {
    /// With room for the longest header that is taken, 12 KiB: no reading into it allocates.
    pub fn for_longest() -> Self {
        Self::for_base64(MAX_HEADER_VALUE_BYTES)
    }

    fn for_base64(characters: usize) -> Self {
        Self(Zeroizing::new(vec![0; base64::decoded_len_estimate(characters)]))
    }

    /// `None`: it is no base64.
    fn decode(&mut self, token68: &[u8]) -> Option<&[u8]> {
        if self.0.len() < base64::decoded_len_estimate(token68.len()) {
            // Another one, not a resized one: what moves leaves a copy behind.
            *self = Self::for_base64(token68.len());
        }
        // Strict: standard alphabet, padding, no line break (O29), no stray bits.
        let length = STANDARD.decode_slice(token68, &mut self.0).ok()?;
        self.0.get(..length)
    }
}

impl Drop for BasicBuffer {
    fn drop(&mut self) {
        // What is left of it is wiped by `Zeroizing`: room as a whole, elements one after another.
        self.0.clear();
    }
}

/// Shows none of what it holds.
impl fmt::Debug for BasicBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicBuffer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(pair: &str) -> Vec<u8> {
        [b"Basic ", STANDARD.encode(pair).as_bytes()].concat()
    }

    #[test]
    fn a_buffer_that_is_large_enough_is_reused_and_a_smaller_one_is_replaced() {
        let mut buffer = BasicBuffer::default();
        for (pair, grows) in [("id:a secret", true), ("id:a secret", false), ("id:s", false), ("id:a longer one", true)]
        {
            let before = buffer.0.as_ptr();
            let header = header(pair);
            let halves = BasicHalves::read_in(&header, &mut buffer).unwrap();
            assert_eq!(format!("{}:{}", halves.client_id(), halves.expose_secret()), pair, "nothing of earlier ones");
            assert_eq!(buffer.0.as_ptr() != before, grows, "{pair}");
        }
    }

    #[test]
    fn the_longest_header_fits_and_a_longer_one_is_refused() {
        let mut buffer = BasicBuffer::for_longest();
        let before = buffer.0.as_ptr();
        // Spaces between scheme and base64 count.
        let pair = format!("id:{}", "s".repeat(12_273));
        let mut longest = header(&pair);
        while longest.len() < MAX_HEADER_VALUE_BYTES {
            longest.insert(5, b' ');
        }
        let halves = BasicHalves::read_in(&longest, &mut buffer).unwrap();
        assert_eq!(halves.expose_secret().len(), 12_273);
        assert_eq!(buffer.0.as_ptr(), before);
        longest.insert(5, b' ');
        let (length, limit) = (MAX_HEADER_VALUE_BYTES + 1, MAX_HEADER_VALUE_BYTES);
        let refused = BasicHalves::read_in(&longest, &mut buffer).unwrap_err();
        assert_eq!(refused, CredentialsError::HeaderTooLong { length, limit });
    }

    #[test]
    fn what_was_refused_is_not_read_again() {
        let mut buffer = BasicBuffer::for_longest();
        assert!(BasicHalves::read_in(&header("client:secret"), &mut buffer).is_ok());
        for refused in [&b"Basic"[..], b"Basic ", b"Basic Y2xpZW50OnNlY3JldA", b"Bearer Y2xpZW50OnNlY3JldA=="] {
            assert!(BasicHalves::read_in(refused, &mut buffer).is_err());
        }
    }

    #[test]
    fn d21_debug_shows_nothing() {
        let mut buffer = BasicBuffer::default();
        let header = header("MARKER:MARKER");
        let halves = BasicHalves::read_in(&header, &mut buffer).unwrap();
        assert_eq!(format!("{halves:?}"), "BasicHalves(..)");
        assert_eq!(format!("{buffer:?}"), "BasicBuffer(..)");
    }
}
