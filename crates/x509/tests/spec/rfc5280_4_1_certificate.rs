use symbolon_crypto_ring::PROVIDER;
use symbolon_x509::{Certificate, CertificateError, DistinguishedName, MAX_CERTIFICATE_BYTES, SubjectName};

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
fn an_attribute_type_has_one_form() {
    // X.690 §8.19.2: `C`, and three octets in its place: an arc over 127, and one that is padded.
    let country = [0x06, 3, 0x55, 4, 6];
    let at = BUSINESS.windows(5).rposition(|window| window == country).unwrap();
    for (octets, is_read) in [([1, 0x81, 6], true), ([1, 0x80, 6], false), ([0x80, 1, 6], false)] {
        let mut changed = BUSINESS.to_vec();
        changed[at + 2..at + 5].copy_from_slice(&octets);
        assert_eq!(Certificate::parse(&changed).is_ok(), is_read, "{octets:?}");
    }
}

#[test]
fn a_certificate_policy_has_one_form_too() {
    // 2.16.578.1.26.1.3.2; then its `26.1` as one padded arc.
    let policy = [0x06, 8, 0x60, 0x84, 0x42, 1, 26, 1, 3, 2];
    let at = BUSINESS.windows(policy.len()).position(|window| window == policy).unwrap();
    let mut changed = BUSINESS.to_vec();
    for (octets, is_read) in [([26, 1], true), ([0x81, 1], true), ([0x80, 1], false)] {
        changed[at + 6..at + 8].copy_from_slice(&octets);
        let read = Certificate::parse(&changed).map(|_| ());
        let wanted = if is_read { Ok(()) } else { Err(CertificateError::Extension { name: "certificatePolicies" }) };
        assert_eq!(read, wanted, "{octets:?}");
    }
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
fn a_changed_octet_never_panics_and_leaves_a_name_only_in_another_case() {
    let original = certificate(BUSINESS);
    let (name, dns) = (b"\x82\x0eclient.example", SubjectName::san_dns("client.example").unwrap());
    let start = BUSINESS.windows(name.len()).position(|window| window == name).unwrap() + 2;
    let mut read_in_the_name = 0;
    for at in 0..BUSINESS.len() {
        for bit in [1, 0x20, 0x80] {
            let mut changed = BUSINESS.to_vec();
            changed[at] ^= bit;
            let Ok(read) = Certificate::parse(&changed) else { continue };
            assert_eq!(read.der(), changed);
            assert_ne!(read.thumbprint(PROVIDER.sha256), original.thumbprint(PROVIDER.sha256));
            let subject = read.subject();
            assert_eq!(DistinguishedName::parse(&subject.to_string()).as_ref(), Ok(subject), "octet {at}");
            if (start..start + name.len() - 2).contains(&at) {
                read_in_the_name += 1;
                let case_alone = changed[at].eq_ignore_ascii_case(&BUSINESS[at]);
                assert_eq!(dns.matches(&read), case_alone, "octet {at}");
            }
        }
    }
    assert_eq!(read_in_the_name, 3 * (name.len() - 2));
}

#[test]
fn a_subject_with_a_universal_string_is_malformed() {
    let text = b"\x0c\x06Client";
    let at = BUSINESS.windows(text.len()).position(|window| window == text).unwrap();
    let mut changed = BUSINESS.to_vec();
    changed[at] = 0x14;
    assert!(Certificate::parse(&changed).is_ok(), "a TeletexString has a place, and is no text");
    changed[at] = 0x1c;
    assert_eq!(Certificate::parse(&changed), Err(CertificateError::Malformed));
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
