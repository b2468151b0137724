use crate::support::{BUSINESS, ROOT, certificate, vector};

#[test]
fn it_stands_in_organization_identifier_or_in_serial_number() {
    for der in [BUSINESS, vector!("older_business.der"), vector!("both_numbers.der"), vector!("seal.der")] {
        assert_eq!(certificate(der).organization_number(), Some("123456789"));
    }
}

#[test]
fn a_certificate_that_contradicts_itself_or_says_nothing_has_none() {
    for der in [
        ROOT,
        vector!("two_numbers.der"),
        vector!("two_identifiers.der"),
        vector!("several_in_one_set.der"),
        vector!("wildcard.der"),
    ] {
        assert_eq!(certificate(der).organization_number(), None);
    }
}

#[test]
fn a_serial_number_beside_another_register_is_no_norwegian_number() {
    let foreign = certificate(vector!("foreign.der"));
    assert_eq!(foreign.organization_number(), None);
    assert!(foreign.subject().to_string().contains("serialNumber=123456789"));
}
