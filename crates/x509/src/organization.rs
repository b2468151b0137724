//! The organisation number in the subject of a Norwegian business certificate.

use crate::{DistinguishedName, distinguished_name::oid};

/// See [`Certificate::organization_number`](crate::Certificate::organization_number).
pub(crate) fn number(subject: &DistinguishedName) -> Option<&str> {
    let mut identifiers = subject.texts(oid::ORGANIZATION_IDENTIFIER);
    let mut serials = subject.texts(oid::SERIAL_NUMBER);
    let found = match (identifiers.next(), serials.next()) {
        (Some(identifier), None) => in_identifier(identifier),
        (None, Some(serial)) => digits(serial),
        // A serial number of another form is no organisation number, and contradicts none.
        (Some(identifier), Some(serial)) => {
            in_identifier(identifier).filter(|number| digits(serial).is_none_or(|other| other == *number))
        }
        (None, None) => None,
    };
    found.filter(|_| identifiers.next().is_none() && serials.next().is_none())
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
