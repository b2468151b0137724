use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use der::{
    Decode, Encode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef},
};
use symbolon_crypto::Sha256;
use symbolon_types::Digest;

use crate::{CertificateError, DistinguishedName, organization};

/// Longest certificate that is read, in bytes. One with a key and a signature of ML-DSA-87 stays below 9 KiB.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// An X.509 certificate ([RFC 5280 §4.1]) of version 1, 2 or 3, read strictly: names, and no key.
///
/// **Nothing is validated here**: no signature, no path, no time, no use of the key, no revocation. A name means nothing
/// until somebody validated the certificate to an anchor; the key is handed out by [`ValidatedChain`] alone (security
/// decision D13). `Debug` shows the length only: a certificate may name people.
///
/// Of the extensions only `subjectAltName`, `keyUsage`, `extKeyUsage` and `certificatePolicies` are read; one that is there
/// twice or malformed refuses the certificate. Certificates of version 1 and 2 have none.
///
/// ```
/// use symbolon_x509::{Certificate, SubjectName, thumbprint};
/// use symbolon_crypto_ring::PROVIDER;
/// # let der: &[u8] = include_bytes!("../tests/vectors/business.der");
/// let certificate = Certificate::parse(der)?;
/// assert_eq!(certificate.organization_number(), Some("123456789"));
/// assert_eq!(certificate.thumbprint(PROVIDER.sha256), thumbprint(PROVIDER.sha256, der));
/// assert!(SubjectName::san_dns("client.example")?.matches(&certificate));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 5280 §4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1
/// [`ValidatedChain`]: crate::ValidatedChain
#[derive(Clone, Eq, PartialEq)]
pub struct Certificate {
    der: Arc<[u8]>,
    subject: DistinguishedName,
    alternative_names: Vec<AlternativeName>,
    subject_public_key_info: Vec<u8>,
    key_usage: Option<KeyUsageBits>,
    extended_key_usage: Option<Vec<ObjectIdentifier>>,
    certificate_policies: Vec<ObjectIdentifier>,
}

/// The bits of `keyUsage` that a policy may ask for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct KeyUsageBits {
    pub(crate) digital_signature: bool,
    pub(crate) content_commitment: bool,
}

/// One `GeneralName` of [RFC 5280 §4.2.1.6](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6): the number of its
/// choice with its octets.
#[derive(Clone, Eq, PartialEq)]
struct AlternativeName {
    choice: TagNumber,
    octets: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate in DER. An extension that says that it is not critical, which DER leaves unsaid, is taken.
    ///
    /// # Errors
    /// The code that a peer hears is for the caller to say; a client that shows it hears `invalid_client`.
    /// - [`CertificateError::TooLarge`]: longer than [`MAX_CERTIFICATE_BYTES`].
    /// - [`CertificateError::Malformed`]: no certificate, something follows, or the subject has a value whose tag is unknown
    ///   here, such as a UniversalString.
    /// - [`CertificateError::Extension`]: an extension that is read here is malformed, there twice, or has no place there.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge { length: der.len(), limit: MAX_CERTIFICATE_BYTES });
        }
        let parts = Parts::read(der).ok_or(CertificateError::Malformed)?;
        let extensions = parts.extensions()?;
        let names: Vec<AnyRef<'_>> = extension(&extensions, SUBJECT_ALT_NAME, "subjectAltName")?.unwrap_or_default();
        let policies: Vec<Vec<AnyRef<'_>>> =
            extension(&extensions, CERTIFICATE_POLICIES, "certificatePolicies")?.unwrap_or_default();
        let policies = policies.iter().map(|policy| object_identifier(policy.first()?)).collect::<Option<_>>();
        Ok(Self {
            subject: DistinguishedName::of(&parts.subject).ok_or(CertificateError::Malformed)?,
            alternative_names: names.iter().filter_map(AlternativeName::of).collect(),
            subject_public_key_info: parts.subject_public_key_info.to_der().map_err(|_| CertificateError::Malformed)?,
            key_usage: extension(&extensions, KEY_USAGE, "keyUsage")?
                .map(|bits: BitStringRef<'_>| KeyUsageBits::of(&bits)),
            extended_key_usage: extension(&extensions, EXT_KEY_USAGE, "extKeyUsage")?,
            certificate_policies: policies.ok_or(CertificateError::Extension { name: "certificatePolicies" })?,
            der: der.into(),
        })
    }

    /// The certificate in DER, as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject. Unproven.
    pub const fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The Norwegian organisation number that a business certificate (virksomhetssertifikat) names, nine digits. Unproven.
    ///
    /// It stands in the subject: in `organizationIdentifier` as `NTRNO-` and nine digits ([EN 319 412-1 §5.1.4]), in older
    /// certificates in `serialNumber` as nine digits, where the one country `C` is `NO`. `None`: in neither; in both and not
    /// the same; one of the two attributes is there more than once or is no text; or `organizationIdentifier` is of another
    /// register, so that `serialNumber` is another number.
    /// The check digit is not judged.
    ///
    /// [EN 319 412-1 §5.1.4]: https://www.etsi.org/deliver/etsi_en/319400_319499/31941201/
    pub fn organization_number(&self) -> Option<&str> {
        organization::number(&self.subject)
    }

    /// The confirmation value `x5t#S256` ([RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)).
    pub fn thumbprint(&self, sha256: &dyn Sha256) -> Digest {
        thumbprint(sha256, &self.der)
    }

    /// The octets of the `subjectAltName` entries of one choice.
    pub(crate) fn alternative_names(&self, choice: TagNumber) -> impl Iterator<Item = &[u8]> {
        self.alternative_names.iter().filter(move |name| name.choice == choice).map(|name| name.octets.as_slice())
    }

    pub(crate) fn subject_public_key_info(&self) -> &[u8] {
        &self.subject_public_key_info
    }

    #[cfg(feature = "webpki")]
    pub(crate) const fn key_usage(&self) -> Option<KeyUsageBits> {
        self.key_usage
    }

    #[cfg(feature = "webpki")]
    pub(crate) const fn has_extended_key_usage(&self) -> bool {
        self.extended_key_usage.is_some()
    }

    #[cfg(feature = "webpki")]
    pub(crate) fn certificate_policies(&self) -> &[ObjectIdentifier] {
        &self.certificate_policies
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("bytes", &self.der.len()).finish_non_exhaustive()
    }
}

impl AlternativeName {
    /// Keeps the choices that a client can register; all four are primitive and implicit.
    fn of(name: &AnyRef<'_>) -> Option<Self> {
        match name.tag() {
            Tag::ContextSpecific { constructed: false, number } => {
                Some(Self { choice: number, octets: name.value().to_vec() })
            }
            _ => None,
        }
    }
}

/// The thumbprint of a certificate, `x5t#S256`: SHA-256 over its DER as it was given ([RFC 8705 §3.1],
/// [RFC 7515 §4.1.8]). The certificate is not read, so that any has one, whatever its version and form.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// # let der: &[u8] = include_bytes!("../tests/vectors/business.der");
/// assert_eq!(symbolon_x509::thumbprint(PROVIDER.sha256, der).to_base64url().len(), 43);
/// ```
///
/// [RFC 7515 §4.1.8]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8
/// [RFC 8705 §3.1]: https://www.rfc-editor.org/rfc/rfc8705#section-3.1
pub fn thumbprint(sha256: &dyn Sha256, der: &[u8]) -> Digest {
    Digest::from_bytes(sha256.digest(&[der]))
}

impl KeyUsageBits {
    fn of(bits: &BitStringRef<'_>) -> Self {
        let mut bits = bits.bits();
        let digital_signature = bits.next().unwrap_or(false);
        Self { digital_signature, content_commitment: bits.next().unwrap_or(false) }
    }
}

/// The parts of a certificate that are looked into.
struct Parts<'a> {
    version: u8,
    subject: AnyRef<'a>,
    subject_public_key_info: AnyRef<'a>,
    extensions: Option<AnyRef<'a>>,
}

impl<'a> Parts<'a> {
    /// Reads the outline ([RFC 5280 §4.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)), and that nothing follows that
    /// has no place there.
    fn read(der: &'a [u8]) -> Option<Self> {
        let certificate = Vec::<AnyRef<'_>>::from_der(der).ok()?;
        let [to_be_signed, signature_algorithm, signature] = certificate.as_slice() else { return None };
        if signature_algorithm.tag() != Tag::Sequence || signature.tag() != Tag::BitString {
            return None;
        }
        let mut fields = elements(to_be_signed, Tag::Sequence)?.into_iter().peekable();
        let version = match fields.next_if(|field| field.tag() == constructed(0)) {
            // DER: version 1, which is the default, is not written.
            Some(version) => u8::from_der(version.value()).ok().filter(|version| (1..=2).contains(version))?,
            None => 0,
        };
        let mut next = |tag| fields.next_if(|field: &AnyRef<'_>| field.tag() == tag);
        let _serial_number = next(Tag::Integer)?;
        let _signature_algorithm = next(Tag::Sequence)?;
        let _issuer = next(Tag::Sequence)?;
        let _validity = next(Tag::Sequence)?;
        let subject = next(Tag::Sequence)?;
        let subject_public_key_info = next(Tag::Sequence)?;
        let _issuer_unique_id = next(primitive(1));
        let _subject_unique_id = next(primitive(2));
        let extensions = next(constructed(3));
        fields.next().is_none().then_some(Self { version, subject, subject_public_key_info, extensions })
    }

    /// The extensions by their types.
    fn extensions(&self) -> Result<Vec<(ObjectIdentifier, &'a [u8])>, CertificateError> {
        let malformed = CertificateError::Extension { name: "extensions" };
        let Some(extensions) = self.extensions else { return Ok(Vec::new()) };
        // RFC 5280 §4.1.2.9: only version 3 has extensions.
        if self.version != 2 {
            return Err(malformed);
        }
        let extensions = Vec::<AnyRef<'_>>::from_der(extensions.value()).map_err(|_| malformed)?;
        extensions.iter().map(|extension| read_extension(extension).ok_or(malformed)).collect()
    }
}

fn read_extension<'a>(extension: &AnyRef<'a>) -> Option<(ObjectIdentifier, &'a [u8])> {
    let parts = elements(extension, Tag::Sequence)?;
    let (id, value) = match parts.as_slice() {
        [id, value] => (id, value),
        [id, critical, value] if critical.tag() == Tag::Boolean => (id, value),
        _ => return None,
    };
    Some((object_identifier(id)?, value.decode_as::<&OctetStringRef>().ok()?.as_bytes()))
}

/// The value of an extension ([RFC 5280 §4.2](https://www.rfc-editor.org/rfc/rfc5280#section-4.2): at most one of a kind).
fn extension<'a, T: Decode<'a>>(
    extensions: &[(ObjectIdentifier, &'a [u8])],
    id: ObjectIdentifier,
    name: &'static str,
) -> Result<Option<T>, CertificateError> {
    let mut found = extensions.iter().filter(|(found, _)| *found == id);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some((_, value)), None) => T::from_der(value).map(Some).map_err(|_| CertificateError::Extension { name }),
        (Some(_), Some(_)) => Err(CertificateError::Extension { name }),
    }
}

/// An OBJECT IDENTIFIER in its one form: no arc begins with an octet that adds nothing to it (X.690 §8.19.2), which `der`
/// takes.
pub(crate) fn object_identifier(value: &AnyRef<'_>) -> Option<ObjectIdentifier> {
    let ends = |octet: u8| octet & 0x80 == 0;
    let octets = value.value();
    let starts = core::iter::once(true).chain(octets.iter().map(|octet| ends(*octet)));
    let is_padded = octets.iter().zip(starts).any(|(octet, starts)| starts && *octet == 0x80);
    if is_padded { None } else { value.decode_as().ok() }
}

/// The elements of a SEQUENCE or SET.
pub(crate) fn elements<'a>(parent: &AnyRef<'a>, tag: Tag) -> Option<Vec<AnyRef<'a>>> {
    if parent.tag() != tag {
        return None;
    }
    let mut reader = SliceReader::new(parent.value()).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(elements)
}

const fn constructed(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

const fn primitive(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: TagNumber(number) }
}

// RFC 5280 §4.2.1.
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const EXT_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
