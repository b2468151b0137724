use symbolon_x509::{Certificate, CertificateError, MAX_CERTIFICATE_BYTES, SubjectName};

use crate::support::{BUSINESS, SELF_SIGNED, certificate, rfc8705};

#[test]
fn a145_the_certificate_of_rfc_8705_is_of_version_1_and_has_a_subject_and_no_other_name() {
    let v1 = certificate(&rfc8705());
    assert_eq!(v1.subject().to_string(), "CN=mtls");
    assert_eq!(v1.organization_number(), None);
    assert!(SubjectName::subject_dn("CN=mtls").unwrap().matches(&v1));
    for other in [
        SubjectName::san_dns("mtls"),
        SubjectName::san_uri("https://mtls"),
        SubjectName::san_ip("192.0.2.1"),
        SubjectName::san_email("mtls@client.example"),
    ] {
        assert!(!other.unwrap().matches(&v1));
    }
}

#[test]
fn a145_extensions_in_a_certificate_of_an_older_version_are_refused() {
    // The version of a certificate of version 3, changed to 2.
    let at = BUSINESS.windows(5).position(|window| window == [0xa0, 3, 2, 1, 2]).unwrap();
    let mut changed = BUSINESS.to_vec();
    changed[at + 4] = 1;
    assert_eq!(Certificate::parse(&changed), Err(CertificateError::Extension { name: "extensions" }));
    changed[at + 4] = 3;
    assert_eq!(Certificate::parse(&changed), Err(CertificateError::Malformed));
}

#[test]
fn a_shorter_or_longer_text_is_no_certificate() {
    for der in [BUSINESS, SELF_SIGNED, &rfc8705()] {
        assert!(Certificate::parse(der).is_ok());
        for end in 0..der.len() {
            assert_eq!(Certificate::parse(&der[..end]), Err(CertificateError::Malformed), "{end}");
        }
        assert_eq!(Certificate::parse(&[der, &[0]].concat()), Err(CertificateError::Malformed));
    }
    let long = vec![0x30; MAX_CERTIFICATE_BYTES + 1];
    let error = CertificateError::TooLarge { length: long.len(), limit: MAX_CERTIFICATE_BYTES };
    assert_eq!(Certificate::parse(&long), Err(error));
}

#[test]
fn a_changed_octet_never_panics_and_never_lends_the_other_forms_of_a_name() {
    let dns = SubjectName::san_dns("client.example").unwrap();
    for at in 0..BUSINESS.len() {
        for bit in [1, 0x20, 0x80] {
            let mut changed = BUSINESS.to_vec();
            changed[at] ^= bit;
            if let Ok(read) = Certificate::parse(&changed) {
                assert_eq!(read.der(), changed);
                let _ = (dns.matches(&read), read.organization_number(), read.subject().to_string());
            }
        }
    }
}

#[test]
fn an_extension_that_is_there_twice_is_refused() {
    // `extKeyUsage` (2.5.29.37) becomes a second `keyUsage` (2.5.29.15), and `certificatePolicies` (2.5.29.32) a second
    // `subjectAltName` (2.5.29.17).
    for (from, to, name) in [(37, 15, "keyUsage"), (32, 17, "subjectAltName")] {
        let at = BUSINESS.windows(5).position(|window| window == [6, 3, 0x55, 0x1d, from]).unwrap();
        let mut changed = BUSINESS.to_vec();
        changed[at + 4] = to;
        assert_eq!(Certificate::parse(&changed), Err(CertificateError::Extension { name }));
    }
}

#[test]
fn debug_shows_no_name_and_no_octets() {
    let shown = format!("{:?}", certificate(BUSINESS));
    assert!(!shown.contains("Client") && !shown.contains("123456789") && !shown.contains("48, 130"), "{shown}");
}
