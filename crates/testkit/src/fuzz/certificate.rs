use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, ValidatedCertificate};
use symbolon_types::Digest;
use symbolon_x509::{Certificate, DistinguishedName, SubjectName, SubjectNameError, UntrustedChain, ValidatedChain};

use crate::{certificates, fuzz::Verdict};

/// A certificate in DER, and the string form of a distinguished name.
///
/// # Panics
/// If a certificate is another one than its octets; if a name in it does not stand there; if its subject is another one
/// after it was written and read again; if its key is not the one that `symbolon-jose` reads; if a text is another name
/// after it was written and read again.
pub fn certificate(data: &[u8]) -> Verdict {
    let name = core::str::from_utf8(data).ok().and_then(|text| DistinguishedName::parse(text).ok());
    if let Some(name) = &name {
        match DistinguishedName::parse(&name.to_string()) {
            // Escapes make a text longer than the one that was read.
            Err(SubjectNameError::TooLong { .. }) => {}
            again => assert_eq!(again.as_ref(), Ok(name)),
        }
    }
    let read = Certificate::parse(data);
    if let Ok(read) = &read {
        check(read, data);
    }
    if name.is_some() || read.is_ok() { Verdict::Accepted } else { Verdict::Refused }
}

fn check(read: &Certificate, data: &[u8]) {
    assert_eq!(read.der(), data);
    assert_eq!(read.thumbprint(PROVIDER.sha256), Digest::from_bytes(PROVIDER.sha256.digest(&[data])));

    let subject = read.subject().to_string();
    if let Ok(name) = SubjectName::subject_dn(&subject) {
        assert!(name.matches(read), "{subject}");
    }
    if let Some(number) = read.organization_number() {
        assert!(number.len() == 9 && number.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(subject.contains(number));
    }
    for (name, octets) in [
        (SubjectName::san_dns("client.example"), &b"client.example"[..]),
        (SubjectName::san_uri("https://client.example/Id"), b"https://client.example/Id"),
        (SubjectName::san_ip("192.0.2.1"), &[192, 0, 2, 1]),
        (SubjectName::san_ip("2001:db8::1"), &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        (SubjectName::san_email("Client@client.example"), b"Client@"),
        (SubjectName::subject_dn(certificates::SUBJECT), b""),
    ] {
        let stands_there = || data.windows(octets.len().max(1)).any(|window| window.eq_ignore_ascii_case(octets));
        let matches = name.is_ok_and(|name| name.matches(read));
        assert!(!matches || octets.is_empty() || stands_there(), "a name that is not in the certificate");
    }

    let chain = UntrustedChain::from_x5c(&[data.to_vec()]).expect("a readable leaf");
    let key = Jwk::from_spki_der(ValidatedChain::assume_validated(chain).subject_public_key_info());
    if let Ok(other) = ValidatedCertificate::assume_validated(data) {
        assert_eq!(key.as_ref(), Ok(other.jwk()));
    }
}
