//! A certificate authority for development, tests and the demo.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use symbolon::{ring::PROVIDER, types::SecretBytes};
use time::{Duration, UtcDateTime};

use crate::pem;

/// An authority that lives as long as the process: its key is never written, so that nobody who trusts its certificate
/// for a test trusts a file for years.
///
/// Keys are on P-256. Certificates are good from a day before its making (other clocks) to [`LIFETIME`] after it.
pub(crate) struct TestCa {
    issuer: CertifiedIssuer<'static, KeyPair>,
    now: UtcDateTime,
}

impl TestCa {
    /// Makes an authority of this name.
    ///
    /// # Errors
    /// [`rcgen::Error`]: no randomness, or the moment is beyond what a certificate can say.
    pub(crate) fn new(common_name: &str, now: UtcDateTime) -> Result<Self, rcgen::Error> {
        let mut params = params(common_name, &[], now)?;
        // It signs certificates of servers and clients and no further authorities.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?, now })
    }

    /// A certificate for a TLS client whose issuer is itself, with the subject `CN=` this name: anybody can make one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn self_signed_client(common_name: &str, now: UtcDateTime) -> Result<Issued, rcgen::Error> {
        let mut params = params(common_name, &[], now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let serial_number = serial_number(&key);
        params.serial_number = Some(serial_number.clone());
        let certificate = params.self_signed(&key)?.der().to_vec();
        Ok(Issued { certificate, serial_number, key: SecretBytes::new(key.serialize_der()) })
    }

    /// Its certificate, for whoever shall trust it.
    pub(crate) fn certificate_pem(&self) -> String {
        pem::encode(CERTIFICATE, self.issuer.der())
    }

    /// A certificate for a TLS server with these host names and IP addresses.
    ///
    /// # Errors
    /// As [`Self::new`]; also a name that is no host name.
    pub(crate) fn issue_server(&self, names: &[&str]) -> Result<Issued, rcgen::Error> {
        self.issue(names.first().unwrap_or(&"server"), names, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a TLS client (RFC 8705 §2): its subject is `CN=` this name; with these host names and IP addresses
    /// as subject alternative names.
    ///
    /// # Errors
    /// As [`Self::issue_server`].
    pub(crate) fn issue_client(&self, common_name: &str, names: &[&str]) -> Result<Issued, rcgen::Error> {
        self.issue(common_name, names, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// A business certificate: `organizationIdentifier` has this organisation number (EN 319 412-1 §5.1.4).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn issue_business(&self, organization_number: &str) -> Result<Issued, rcgen::Error> {
        let mut params = params("business", &[], self.now)?;
        let identifier = DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec());
        params.distinguished_name.push(identifier, format!("NTRNO-{organization_number}"));
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// Its list of revoked certificates, with these in it: DER.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn revocation_list(&self, revoked: &[&Issued]) -> Result<Vec<u8>, rcgen::Error> {
        let of = |issued: &&Issued| RevokedCertParams {
            serial_number: issued.serial_number.clone(),
            revocation_time: self.now.into(),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: self.now.saturating_sub(Duration::DAY).into(),
            next_update: self.now.saturating_add(LIFETIME).into(),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(of).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.der().to_vec())
    }

    fn issue(&self, common_name: &str, names: &[&str], usage: ExtendedKeyUsagePurpose) -> Result<Issued, rcgen::Error> {
        self.sign(params(common_name, names, self.now)?, usage)
    }

    fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Result<Issued, rcgen::Error> {
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate()?;
        let serial_number = serial_number(&key);
        params.serial_number = Some(serial_number.clone());
        let certificate = params.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(Issued { certificate, serial_number, key: SecretBytes::new(key.serialize_der()) })
    }
}

impl core::fmt::Debug for TestCa {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TestCa").finish_non_exhaustive()
    }
}

/// A certificate with its key.
#[derive(Debug)]
pub(crate) struct Issued {
    certificate: Vec<u8>,
    serial_number: SerialNumber,
    key: SecretBytes,
}

impl Issued {
    /// The certificate.
    pub(crate) fn certificate_pem(&self) -> String {
        pem::encode(CERTIFICATE, &self.certificate)
    }

    /// The key in PKCS#8.
    pub(crate) fn key_pem(&self) -> SecretBytes {
        SecretBytes::new(pem::encode("PRIVATE KEY", self.key.expose()).into_bytes())
    }
}

/// Each key has one certificate, and so the digest of a key is a number that no other has; positive, in 16 octets.
fn serial_number(key: &KeyPair) -> SerialNumber {
    let [first, rest @ ..] = PROVIDER.sha256.digest(&[key.public_key_raw()]);
    let rest = rest.into_iter().take(15);
    SerialNumber::from(core::iter::once(first & 0x7f | 0x40).chain(rest).collect::<Vec<u8>>())
}

fn params(common_name: &str, names: &[&str], now: UtcDateTime) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = now.saturating_sub(Duration::DAY).into();
    params.not_after = now.saturating_add(LIFETIME).into();
    Ok(params)
}

/// `organizationIdentifier`
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// Longer than a development server runs.
const LIFETIME: Duration = Duration::days(90);
const CERTIFICATE: &str = "CERTIFICATE";
