//! As much of DER (X.690 §10.1) as the backend leaves to its caller.

use symbolon_crypto::KeyRejected;

/// Checks that a document is one `SEQUENCE` and nothing else: the backend does not look behind its end.
pub(crate) fn check_whole(document: &[u8]) -> Result<(), KeyRejected> {
    match element(document, SEQUENCE) {
        Some((_, [])) => Ok(()),
        _ => Err(KeyRejected),
    }
}

/// The content of one element, and what follows it. Lengths of up to two octets, in their shortest form.
pub(crate) fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match input {
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => (usize::from(*length), rest),
        [first, 0x81, length, rest @ ..] if *first == tag && *length >= 0x80 => (usize::from(*length), rest),
        [first, 0x82, high, low, rest @ ..] if *first == tag && *high != 0 => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The octets of a positive `INTEGER`, without the zero that keeps it positive, and what follows it.
pub(crate) fn positive(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (number, rest) = element(input, INTEGER)?;
    Some((number.strip_prefix(&[0]).unwrap_or(number), rest))
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_read_in_its_shortest_form_only() {
        let long = [&[0x30, 0x81, 0x80][..], &[7; 0x80], &[9]].concat();
        let longer = [&[0x30, 0x82, 0x01, 0x00][..], &[7; 0x100]].concat();
        assert_eq!(element(&[0x30, 1, 7, 9], SEQUENCE), Some((&[7][..], &[9][..])));
        assert_eq!(element(&long, SEQUENCE), Some((&[7; 0x80][..], &[9][..])));
        assert_eq!(element(&longer, SEQUENCE), Some((&[7; 0x100][..], &[][..])));
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x31, 1, 7],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x81, 1, 7],
            &[0x30, 0x82, 0, 1, 7],
            &long[..100],
        ] {
            assert_eq!(element(bad, SEQUENCE), None, "{bad:?}");
        }
    }

    #[test]
    fn a_document_ends_where_it_says() {
        assert_eq!(check_whole(&[0x30, 1, 7]), Ok(()));
        assert_eq!(check_whole(&[0x30, 1, 7, 0]), Err(KeyRejected));
        assert_eq!(check_whole(&[0x30, 2, 7]), Err(KeyRejected));
    }

    #[test]
    fn a_number_is_read_without_the_zero_before_it() {
        assert_eq!(positive(&[2, 2, 0, 0x80, 1]), Some((&[0x80][..], &[1][..])));
        assert_eq!(positive(&[2, 1, 3]), Some((&[3][..], &[][..])));
        assert_eq!(positive(&[3, 1, 3]), None);
    }
}
