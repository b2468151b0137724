use symbolon_crypto_ring::PROVIDER;
use symbolon_x509::{Certificate, thumbprint};

use crate::support::{BUSINESS, OTHER_BUSINESS, rfc8705};

#[test]
fn a145_the_thumbprint_of_appendix_a_is_that_of_its_certificate_of_version_1() {
    let expected = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
    assert_eq!(thumbprint(PROVIDER.sha256, &rfc8705()).to_base64url(), expected);
    assert_eq!(Certificate::parse(&rfc8705()).unwrap().thumbprint(PROVIDER.sha256).to_base64url(), expected);
}

#[test]
fn a096_another_certificate_of_the_same_name_has_another_thumbprint() {
    assert_ne!(thumbprint(PROVIDER.sha256, BUSINESS), thumbprint(PROVIDER.sha256, OTHER_BUSINESS));
}

#[test]
fn a145_octets_that_are_no_certificate_have_a_thumbprint_all_the_same() {
    assert_ne!(thumbprint(PROVIDER.sha256, b"\x30\x00"), thumbprint(PROVIDER.sha256, b"\x30\x01"));
}
