use alloc::{string::ToString as _, vec::Vec};
use core::{cmp::Reverse, time::Duration};

use der::{
    Decode as _, Tag, Tagged as _,
    asn1::{AnyRef, GeneralizedTime, ObjectIdentifier, UtcTime},
};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use time::UtcDateTime;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy, ExtendedKeyUsageValidator,
    KeyPurposeId, KeyPurposeIdIter, RequiredEkuNotFoundContext, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};

use crate::{Certificate, ChainError, UntrustedChain, ValidatedChain, certificate::elements};

/// Every signature algorithm of rustls-webpki on ring, for [`ChainChecks::signature_algorithms`].
#[cfg(feature = "ring")]
pub const SIGNATURE_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = webpki::ALL_VERIFICATION_ALGS;

/// Validates chains ([RFC 5280 §6]) by rustls-webpki: what makes a [`ValidatedChain`] of an [`UntrustedChain`].
///
/// | judged | by |
/// |---|---|
/// | signatures, order of names, validity of every certificate at `now`, basic constraints, path length, name constraints | rustls-webpki |
/// | revocation of every certificate below the anchor, by the CRLs that the caller brings; a CRL is signed by its issuer and its `nextUpdate` is not over | rustls-webpki |
/// | `extKeyUsage` of every certificate below the anchor, where it is there | rustls-webpki, with the answer of [`ExtendedKeyUsage`] |
/// | that the leaf has an `extKeyUsage`; its `keyUsage` and `certificatePolicies` | this crate |
///
/// Not judged: OCSP, policy mappings and constraints, policies of issuers, anything of the anchors but name, key and name
/// constraints. A leaf must be of version 3, so that one of version 1 is never validated, and self-signed ones have no
/// path.
///
/// The signature algorithms are values of the caller and no adapters over a `CryptoProvider`: a provider verifies by keys
/// of JWA, where ECDSA on P-256 comes with SHA-256 alone and its signatures are no DER, while issuers mix curves and hashes.
/// TLS libraries bring lists that fit, and `SIGNATURE_ALGORITHMS` (features `webpki` and `ring`) is one.
///
/// ```
/// use symbolon_x509::{ChainChecks, ChainPolicy, SIGNATURE_ALGORITHMS, UntrustedChain};
/// use time::UtcDateTime;
/// # let business = include_bytes!("../tests/vectors/business.der").to_vec();
/// # let intermediate = include_bytes!("../tests/vectors/intermediate.der").to_vec();
/// # let root: &[u8] = include_bytes!("../tests/vectors/root.der");
/// # let (root_crl, intermediate_crl): (&[u8], &[u8]) =
/// #     (include_bytes!("../tests/vectors/root.crl"), include_bytes!("../tests/vectors/intermediate.crl"));
/// let checks = ChainChecks {
///     signature_algorithms: SIGNATURE_ALGORITHMS,
///     policy: &ChainPolicy::STRICT,
///     anchors: &[root],
///     revocation_lists: &[root_crl, intermediate_crl],
/// };
/// let untrusted = UntrustedChain::from_x5c(&[business, intermediate])?;
/// let chain = checks.check(untrusted, UtcDateTime::from_unix_timestamp(1_700_000_000)?)?;
/// assert_eq!(chain.leaf().organization_number(), Some("123456789"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 5280 §6]: https://www.rfc-editor.org/rfc/rfc5280#section-6
#[derive(Clone, Copy, Debug)]
pub struct ChainChecks<'a> {
    /// The algorithms with which issuers may have signed.
    pub signature_algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    /// What the leaf must be.
    pub policy: &'a ChainPolicy<'a>,
    /// The issuers that are trusted to name clients: certificates in DER.
    pub anchors: &'a [&'a [u8]],
    /// Revocation lists in DER, in any order, from whoever fetched them. Of the lists that speak for a certificate the one
    /// with the latest `thisUpdate` is read and no other. A delta list is one that cannot be read.
    pub revocation_lists: &'a [&'a [u8]],
}

/// What a chain must be beyond valid (security decision D13).
///
/// ```
/// use symbolon_x509::{ChainPolicy, ExtendedKeyUsage, KeyUsage};
/// let mut policy = ChainPolicy::STRICT;
/// policy.key_usage = KeyUsage::DigitalSignature;
/// policy.extended_key_usage = ExtendedKeyUsage::Any; // issuers that name other uses, or none
/// policy.certificate_policies = &["2.16.578.1.26.1.3.2"];
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ChainPolicy<'a> {
    /// What the leaf's `keyUsage` must say.
    pub key_usage: KeyUsage,
    /// What `extKeyUsage` must say.
    pub extended_key_usage: ExtendedKeyUsage<'a>,
    /// Object identifiers, in dots, of which the leaf's `certificatePolicies` must have one; none: it is not looked at.
    pub certificate_policies: &'a [&'a str],
    /// Takes certificates of which nobody says whether they are revoked. A list that is brought must still be right.
    pub legacy_unknown_revocation: bool,
}

impl ChainPolicy<'_> {
    /// A signature key for the authentication of TLS clients, known not to be revoked.
    pub const STRICT: Self = Self {
        key_usage: KeyUsage::DigitalSignature,
        extended_key_usage: ExtendedKeyUsage::IfPresent(CLIENT_AUTH),
        certificate_policies: &[],
        legacy_unknown_revocation: false,
    };
}

/// The bit of `keyUsage` that is asked for ([RFC 5280 §4.2.1.3](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyUsage {
    /// None; the extension may be absent.
    Any,
    /// `digitalSignature`.
    DigitalSignature,
    /// `contentCommitment`, which was `nonRepudiation`: the seal of an organisation.
    ContentCommitment,
}

/// The purpose in `extKeyUsage` that is asked for
/// ([RFC 5280 §4.2.1.12](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12)), as an object identifier in dots.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExtendedKeyUsage<'a> {
    /// None.
    Any,
    /// This one, where the extension is there. RFC 5280 takes a certificate without it for any purpose.
    IfPresent(&'a str),
    /// This one, and the extension is there in the leaf.
    Required(&'a str),
}

/// `id-kp-clientAuth`.
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

impl ChainChecks<'_> {
    /// Validates.
    ///
    /// # Errors
    /// A client that sent the chain hears `invalid_client`.
    /// - [`ChainError::Path`]: no path to an anchor, or an algorithm or a version that is not taken.
    /// - [`ChainError::Time`]: a certificate is not valid yet, or no longer.
    /// - [`ChainError::Revoked`], [`ChainError::RevocationUnknown`]: as they say; a list that is over says nothing.
    /// - [`ChainError::KeyUsage`], [`ChainError::CertificatePolicy`]: the leaf is not what the policy asks for.
    /// - [`ChainError::Embedder`]: an anchor, a list or the purpose that the caller names cannot be read (`server_error`).
    pub fn check(&self, chain: UntrustedChain, now: UtcDateTime) -> Result<ValidatedChain, ChainError> {
        let now = u64::try_from(now.unix_timestamp()).map_err(|_| ChainError::Time)?;
        let anchors: Vec<_> = self.anchors.iter().map(|der| CertificateDer::from(*der)).collect();
        let anchors = anchors.iter().map(anchor_from_trusted_cert).collect::<Result<Vec<TrustAnchor<'_>>, _>>();
        let lists = self.revocation_lists.iter().map(|der| {
            let list = BorrowedCertRevocationList::from_der(der).ok()?;
            Some((this_update(der)?, list.into()))
        });
        let lists = lists.collect::<Option<Vec<(Duration, CertRevocationList<'_>)>>>();
        let purpose = self.policy.extended_key_usage.purpose();
        let (Ok(anchors), Some(mut lists), Ok(purpose)) = (anchors, lists, purpose) else {
            return Err(ChainError::Embedder);
        };
        // rustls-webpki reads the first one that speaks for a certificate.
        lists.sort_by_key(|(this_update, _)| Reverse(*this_update));
        let lists: Vec<_> = lists.iter().map(|(_, list)| list).collect();

        let unknown =
            if self.policy.legacy_unknown_revocation { UnknownStatusPolicy::Allow } else { UnknownStatusPolicy::Deny };
        let revocation = match RevocationOptionsBuilder::new(&lists) {
            Ok(options) => {
                Some(options.with_status_policy(unknown).with_expiration_policy(ExpirationPolicy::Enforce).build())
            }
            Err(_) if self.policy.legacy_unknown_revocation => None,
            Err(_) => return Err(ChainError::RevocationUnknown),
        };
        let leaf = CertificateDer::from(chain.leaf().der());
        let others: Vec<_> = chain.others().iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        EndEntityCert::try_from(&leaf)
            .and_then(|leaf| {
                let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
                leaf.verify_for_usage(self.signature_algorithms, &anchors, &others, time, purpose, revocation, None)
                    .map(|_| ())
            })
            .map_err(|error| refusal(&error))?;
        self.policy.check_leaf(chain.leaf())?;
        Ok(ValidatedChain::assume_validated(chain))
    }
}

impl ChainPolicy<'_> {
    fn check_leaf(&self, leaf: &Certificate) -> Result<(), ChainError> {
        let usage = leaf.key_usage();
        let fits = match self.key_usage {
            KeyUsage::Any => true,
            KeyUsage::DigitalSignature => usage.is_some_and(|usage| usage.digital_signature),
            KeyUsage::ContentCommitment => usage.is_some_and(|usage| usage.content_commitment),
        };
        let named_where_required =
            !matches!(self.extended_key_usage, ExtendedKeyUsage::Required(_)) || leaf.has_extended_key_usage();
        if !fits || !named_where_required {
            return Err(ChainError::KeyUsage);
        }
        let policies = leaf.certificate_policies();
        let named = |wanted: &&str| policies.iter().any(|policy| policy.to_string() == *wanted);
        if self.certificate_policies.is_empty() || self.certificate_policies.iter().any(named) {
            Ok(())
        } else {
            Err(ChainError::CertificatePolicy)
        }
    }
}

impl ExtendedKeyUsage<'_> {
    fn purpose(&self) -> der::Result<Purpose> {
        match self {
            Self::Any => Ok(Purpose(None)),
            Self::IfPresent(wanted) | Self::Required(wanted) => Ok(Purpose(Some(ObjectIdentifier::new(wanted)?))),
        }
    }
}

/// The purpose that is asked for, if any.
struct Purpose(Option<ObjectIdentifier>);

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let wanted = KeyPurposeId::new(wanted.as_bytes());
        let mut absent = true;
        for purpose in purposes {
            absent = false;
            if purpose? == wanted {
                return Ok(());
            }
        }
        // Issuers need none; that the leaf has one is judged elsewhere.
        if absent {
            return Ok(());
        }
        // Nobody sees what is in it; the one maker of a `required` takes static octets.
        Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext {
            required: webpki::KeyUsage::client_auth(),
            present: Vec::new(),
        }))
    }
}

/// `thisUpdate` of a list of version 2, which is the one that rustls-webpki reads
/// ([RFC 5280 §5.1](https://www.rfc-editor.org/rfc/rfc5280#section-5.1)).
fn this_update(list: &[u8]) -> Option<Duration> {
    let list = Vec::<AnyRef<'_>>::from_der(list).ok()?;
    let fields = elements(list.first()?, Tag::Sequence)?;
    let [_version, _signature_algorithm, _issuer, this_update, ..] = fields.as_slice() else { return None };
    match this_update.tag() {
        Tag::UtcTime => this_update.decode_as::<UtcTime>().ok().map(|time| time.to_unix_duration()),
        _ => this_update.decode_as::<GeneralizedTime>().ok().map(|time| time.to_unix_duration()),
    }
}

const fn refusal(error: &Error) -> ChainError {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity => ChainError::Time,
        Error::CertRevoked => ChainError::Revoked,
        Error::UnknownRevocationStatus
        | Error::CrlExpired { .. }
        | Error::InvalidCrlSignatureForPublicKey
        | Error::IssuerNotCrlSigner
        | Error::UnsupportedCrlSignatureAlgorithmContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => ChainError::RevocationUnknown,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => ChainError::KeyUsage,
        _ => ChainError::Path,
    }
}
