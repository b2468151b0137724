use alloc::vec::Vec;
use core::fmt;

use symbolon_crypto::PublicKey;

use crate::{
    Jwk, KeyError,
    der::{INTEGER, Reader, SEQUENCE, explicit},
    pem,
    spki::SubjectPublicKeyInfo,
};

/// An X.509 certificate ([RFC 5280 §4.1]) that somebody else has validated, with the key in it (security decision D13).
///
/// **Nothing is validated here**: no signature, no path, no time, no name, no use of the key, no revocation. A key from
/// a certificate is worth what the caller knows of the certificate: that it was given out of band, that a TLS library
/// validated it, or that it is the caller's own. The certificate of an `x5c` header is none of these.
///
/// ```
/// use symbolon_jose::ValidatedCertificate;
/// # let pem = include_str!("../tests/vectors/p256_certificate.pem");
/// // A certificate of our own, from our own disk.
/// let certificate = ValidatedCertificate::assume_validated_pem(pem)?;
/// let jwk = certificate.jwk().clone().with_kid("1").with_x5c(vec![certificate.der().to_vec()])?;
/// assert!(jwk.to_json().contains("x5c"));
/// # Ok::<(), symbolon_jose::KeyError>(())
/// ```
///
/// [RFC 5280 §4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1
#[derive(Clone, Eq, PartialEq)]
pub struct ValidatedCertificate {
    jwk: Jwk,
    der: Vec<u8>,
}

impl ValidatedCertificate {
    /// Takes the caller's word for a certificate in DER, and reads its key. Of the rest only the outline is read; its
    /// version may be 1, 2 or 3.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::MalformedDer`]: no certificate.
    /// - else as [`Jwk::from_spki_der`].
    ///
    /// # Security
    /// Call it only where the certificate has been validated, or is trusted for another reason that can be named.
    pub fn assume_validated(der: &[u8]) -> Result<Self, KeyError> {
        let info = subject_public_key_info(der).ok_or(MALFORMED)?;
        Ok(Self { jwk: Jwk::from_public_key(&info.public_key()?), der: der.to_vec() })
    }

    /// The same for one PEM block `CERTIFICATE` ([RFC 7468 §5]). A file with a chain has more than one: no guess is made
    /// which of them is meant.
    ///
    /// # Errors
    /// No peer hears of them.
    /// - [`KeyError::TooLarge`]: longer than [`MAX_PEM_BYTES`](crate::MAX_PEM_BYTES).
    /// - [`KeyError::MalformedPem`], [`KeyError::PemLabel`]: no such block, more than one, or another one.
    /// - else as [`Self::assume_validated`].
    ///
    /// [RFC 7468 §5]: https://www.rfc-editor.org/rfc/rfc7468#section-5
    pub fn assume_validated_pem(pem: &str) -> Result<Self, KeyError> {
        Self::assume_validated(&pem::certificate(pem)?)
    }

    /// The key, without labels.
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The certificate in DER, as it stands in `x5c`.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// The key alone: a certificate may name people.
impl fmt::Debug for ValidatedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatedCertificate").field("jwk", &self.jwk).finish_non_exhaustive()
    }
}

/// RFC 7517 §4.7: the key in the first certificate is the key itself. The certificates are not validated.
pub(crate) fn check_x5c(chain: &[Vec<u8>], key: &PublicKey<'_>) -> Result<(), KeyError> {
    let Some(first) = chain.first() else { return Ok(()) };
    let info = subject_public_key_info(first).ok_or(MALFORMED)?;
    if info.public_key()?.as_ref() == *key { Ok(()) } else { Err(KeyError::CertificateMismatch) }
}

/// Reads the outline of a certificate as far as its key, and that nothing follows that has no place there.
fn subject_public_key_info(der: &[u8]) -> Option<SubjectPublicKeyInfo<'_>> {
    let mut outer = Reader::new(der);
    let mut certificate = outer.sequence()?;
    outer.end()?;
    let mut to_be_signed = certificate.sequence()?;
    let _signature_algorithm = certificate.sequence()?;
    let _signature = certificate.bit_string()?;
    certificate.end()?;

    // RFC 5280 §4.1.2.1: v1 is the default, which DER leaves out.
    if let Some(version) = to_be_signed.take(explicit(0))
        && !matches!(version, [INTEGER, 1, 1 | 2])
    {
        return None;
    }
    let _serial_number = to_be_signed.take(INTEGER)?;
    let _signature_algorithm = to_be_signed.take(SEQUENCE)?;
    let _issuer = to_be_signed.take(SEQUENCE)?;
    let _validity = to_be_signed.take(SEQUENCE)?;
    let _subject = to_be_signed.take(SEQUENCE)?;
    let info = SubjectPublicKeyInfo::take(&mut to_be_signed)?;
    let _issuer_unique_id = to_be_signed.take(ISSUER_UNIQUE_ID);
    let _subject_unique_id = to_be_signed.take(SUBJECT_UNIQUE_ID);
    let _extensions = to_be_signed.take(explicit(3));
    to_be_signed.end()?;
    Some(info)
}

const MALFORMED: KeyError = KeyError::MalformedDer { name: "Certificate" };

/// Implicit `[1]` and `[2]` over BIT STRING.
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;

#[cfg(test)]
mod tests {
    use symbolon_crypto::OwnedPublicKey;

    use crate::der::{self, BIT_STRING};

    use super::*;

    const EMPTY: &[u8] = &[SEQUENCE, 0];
    const SERIAL: &[u8] = &[INTEGER, 1, 9];
    const EXTENSIONS: &[u8] = &[0xa3, 2, SEQUENCE, 0];
    const SIGNATURE: &[u8] = &[BIT_STRING, 2, 0, 7];

    fn certificate(before: &[&[u8]], after: &[&[u8]], rest: &[&[u8]]) -> Vec<u8> {
        let key = jwk().to_spki_der().unwrap();
        let to_be_signed = der::write(SEQUENCE, &[before, &[EMPTY, EMPTY, EMPTY, EMPTY, &key], after].concat());
        der::write(SEQUENCE, &[&[to_be_signed.as_slice()], rest].concat())
    }

    fn jwk() -> Jwk {
        Jwk::from_public_key(&OwnedPublicKey::Ed25519 { x: alloc::vec![3; 32] })
    }

    fn key(der: &[u8]) -> Result<Jwk, KeyError> {
        ValidatedCertificate::assume_validated(der).map(|certificate| {
            assert_eq!(certificate.der(), der);
            certificate.jwk().clone()
        })
    }

    #[test]
    fn a145_certificates_of_every_version_have_a_key() {
        let rest = &[EMPTY, SIGNATURE][..];
        let cases: [[&[&[u8]]; 2]; 4] = [
            [&[SERIAL], &[]],
            [&[&[0xa0, 3, 2, 1, 1], SERIAL], &[&[0x81, 2, 0, 1], &[0x82, 2, 0, 1]]],
            [&[&[0xa0, 3, 2, 1, 2], SERIAL], &[EXTENSIONS]],
            [&[&[0xa0, 3, 2, 1, 2], SERIAL], &[&[0x82, 2, 0, 1], EXTENSIONS]],
        ];
        for [before, after] in cases {
            let der = certificate(before, after, rest);
            assert_eq!(key(&der), Ok(jwk()));
            for end in 0..der.len() {
                assert_eq!(key(&der[..end]), Err(KeyError::MalformedDer { name: "Certificate" }));
            }
            assert!(key(&[der.as_slice(), &[0]].concat()).is_err());
        }
    }

    #[test]
    fn debug_shows_the_key_and_no_name() {
        let der = certificate(&[SERIAL], &[&[0xa3, 4, 222, 221, 222, 221]], &[EMPTY, SIGNATURE]);
        let shown = alloc::format!("{:?}", ValidatedCertificate::assume_validated(&der).unwrap());
        assert!(shown.contains("Ed25519") && !shown.contains("222, 221"), "{shown}");
    }

    #[test]
    fn another_outline_is_no_certificate() {
        let good = &[EMPTY, SIGNATURE][..];
        assert!(key(&certificate(&[SERIAL], &[], good)).is_ok());
        let cases: [[&[&[u8]]; 3]; 12] = [
            // A default that is written, and a version that does not exist.
            [&[&[0xa0, 3, 2, 1, 0], SERIAL], &[], good],
            [&[&[0xa0, 3, 2, 1, 3], SERIAL], &[], good],
            [&[&[0xa0, 4, 2, 2, 0, 2], SERIAL], &[], good],
            [&[], &[], good],
            [&[SERIAL, SERIAL], &[], good],
            [&[SERIAL], &[EXTENSIONS, &[0x81, 2, 0, 1]], good],
            [&[SERIAL], &[EXTENSIONS, EXTENSIONS], good],
            [&[SERIAL], &[EMPTY], good],
            [&[SERIAL], &[], &[EMPTY]],
            [&[SERIAL], &[], &[SIGNATURE]],
            [&[SERIAL], &[], &[EMPTY, SIGNATURE, EMPTY]],
            [&[SERIAL], &[], &[EMPTY, &[BIT_STRING, 2, 1, 6]]],
        ];
        for [before, after, rest] in cases {
            let der = certificate(before, after, rest);
            assert_eq!(key(&der), Err(KeyError::MalformedDer { name: "Certificate" }), "{der:02x?}");
        }
    }
}
