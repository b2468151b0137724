//! The organisation number in the subject of a Norwegian business certificate.

use crate::{DistinguishedName, distinguished_name::oid};

/// See [`Certificate::organization_number`](crate::Certificate::organization_number).
pub(crate) fn number(subject: &DistinguishedName) -> Option<&str> {
    let (identifiers, serials) = (subject.texts(oid::ORGANIZATION_IDENTIFIER)?, subject.texts(oid::SERIAL_NUMBER)?);
    match (identifiers.as_slice(), serials.as_slice()) {
        ([identifier], []) => in_identifier(identifier),
        // Other countries have numbers of nine digits too.
        ([], [serial]) => digits(serial).filter(|_| subject.texts(oid::COUNTRY).is_some_and(|all| all == ["NO"])),
        // A serial number of another form is no organisation number, and contradicts none.
        ([identifier], [serial]) => {
            in_identifier(identifier).filter(|number| digits(serial).is_none_or(|other| other == *number))
        }
        _ => None,
    }
}

fn in_identifier(identifier: &str) -> Option<&str> {
    digits(identifier.strip_prefix(NATIONAL_TRADE_REGISTER_NORWAY)?)
}

fn digits(text: &str) -> Option<&str> {
    Some(text).filter(|text| text.len() == ORGANIZATION_NUMBER_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The legal person's identity type and country of EN 319 412-1 §5.1.4.
const NATIONAL_TRADE_REGISTER_NORWAY: &str = "NTRNO-";
/// Length of a Norwegian organisation number.
const ORGANIZATION_NUMBER_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    fn of(subject: &str) -> Option<String> {
        number(&DistinguishedName::parse(subject).unwrap()).map(ToOwned::to_owned)
    }

    const NUMBER: Option<&str> = Some("123456789");

    #[test]
    fn an_attribute_that_is_no_text_is_not_absent() {
        let (identifier, serial) = ("organizationIdentifier=NTRNO-123456789,C=NO", "serialNumber=123456789,C=NO");
        assert_eq!([of(identifier).as_deref(), of(serial).as_deref()], [NUMBER; 2]);
        // An OCTET STRING, a TeletexString, an INTEGER, a SEQUENCE.
        for value in ["#0403616263", "#1409313233343536373839", "#020101", "#3000"] {
            for beside in [identifier, serial] {
                for name in ["serialNumber", "organizationIdentifier"] {
                    assert_eq!(of(&format!("{name}={value},{beside}")), None, "{name}={value},{beside}");
                }
            }
            assert_eq!(of(&format!("C={value},{serial}")), None, "a second country");
            assert_eq!(of(&format!("O={value},{identifier}")).as_deref(), NUMBER, "another attribute");
        }
    }

    #[test]
    fn nine_digits_alone_are_a_norwegian_number_in_norway_alone() {
        assert_eq!(of("CN=a,serialNumber=123456789,C=NO").as_deref(), NUMBER);
        for country in ["", ",C=SE", ",C=SE,C=NO", ",C=NO,C=NO", ",C=NO+C=SE", ",C=NOR", ",C=", ",C=#04024e4f"] {
            assert_eq!(of(&format!("CN=a,serialNumber=123456789{country}")), None, "{country}");
            let with_register = format!("organizationIdentifier=NTRNO-123456789{country}");
            assert_eq!(of(&with_register).as_deref(), NUMBER, "the register tells its country");
        }
    }
}
