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

#[test]
fn nine_digits_in_the_serial_number_of_another_country_are_no_norwegian_number() {
    let norwegian = vector!("older_business.der");
    let country = [0x55, 4, 6, 0x13, 2, b'N', b'O'];
    // The issuer's name comes first.
    let at = norwegian.windows(country.len()).rposition(|window| window == country).unwrap();
    let mut changed = norwegian.to_vec();
    changed[at..][5..7].copy_from_slice(b"SE");
    assert!(certificate(&changed).subject().to_string().ends_with("serialNumber=123456789,O=Symbolon Tests,C=SE"));
    assert_eq!(certificate(&changed).organization_number(), None);
}
