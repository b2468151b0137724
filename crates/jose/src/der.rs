use alloc::vec::Vec;

/// Reads DER ([X.690 §8, §10]): the elements of one level, one after the other.
///
/// Only what keys need: tags of one octet, definite lengths in their shortest form, at most 65,535 octets in an element.
/// Nothing is copied, and no element is looked into unless somebody asks.
///
/// [X.690 §8, §10]: https://www.itu.int/rec/T-REC-X.690
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The content of the next element, if it has this tag and is well formed. Else nothing is read: so an optional
    /// element is taken, and what stands there in its place is found by who reads on or asks for the [`Self::end`].
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (length, rest) = match self.0 {
            [first, 0x81, length, rest @ ..] if *first == tag && *length >= 0x80 => (usize::from(*length), rest),
            [first, 0x82, high, low, rest @ ..] if *first == tag && *high != 0 => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            [first, length, rest @ ..] if *first == tag && *length < 0x80 => (usize::from(*length), rest),
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// The elements of the SEQUENCE that is next.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.take(SEQUENCE).map(Self)
    }

    /// The INTEGER that is next, if it is positive and in its shortest form, without the octet that holds its sign.
    pub(crate) fn positive_integer(&mut self) -> Option<&'a [u8]> {
        match self.take(INTEGER)? {
            [0, magnitude @ ..] if matches!(magnitude, [0x80..=0xff, ..]) => Some(magnitude),
            magnitude @ [0x01..=0x7f, ..] => Some(magnitude),
            _ => None,
        }
    }

    /// The octets of the BIT STRING that is next, if it has whole octets only.
    pub(crate) fn bit_string(&mut self) -> Option<&'a [u8]> {
        match self.take(BIT_STRING)? {
            [0, octets @ ..] => Some(octets),
            _ => None,
        }
    }

    /// What was not read, as it stands.
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Nothing follows.
    pub(crate) const fn end(self) -> Option<()> {
        if self.0.is_empty() { Some(()) } else { None }
    }
}

/// Writes an element with these parts as its content, one after the other.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = Vec::with_capacity(content.len().saturating_add(MAX_HEAD));
    out.push(tag);
    if let Ok(length @ 0..0x80) = u8::try_from(content.len()) {
        out.push(length);
    } else {
        let length = content.len().to_be_bytes();
        let length = length.iter().copied().skip_while(|octet| *octet == 0);
        out.push(length.clone().fold(0x80, |count: u8, _| count.saturating_add(1)));
        out.extend(length);
    }
    out.extend(content);
    out
}

/// Writes a positive INTEGER of its magnitude, which has no leading zero octet.
pub(crate) fn write_positive_integer(magnitude: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if magnitude.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    write(INTEGER, &[sign, magnitude])
}

/// Writes a BIT STRING of whole octets.
pub(crate) fn write_bit_string(octets: &[u8]) -> Vec<u8> {
    write(BIT_STRING, &[&[0], octets])
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// NULL, as a whole element.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// Constructed, context-specific: the tag of an explicit `[number]`. Numbers above 30 are not used here.
pub(crate) const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

/// Tag, and a length of at most eight octets behind their number.
const MAX_HEAD: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_have_their_shortest_form() {
        let mut reader = Reader::new(&[0x30, 1, 7, 9]);
        assert_eq!(reader.take(SEQUENCE), Some(&[7][..]));
        assert_eq!((reader.rest(), reader.end()), (&[9][..], None));
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x81, 1, 7],
            &[0x30, 0x82, 0, 1, 7],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x83, 0, 0, 1, 7],
            &[0x31, 1, 7],
        ] {
            assert_eq!(Reader::new(bad).take(SEQUENCE), None, "{bad:02x?}");
        }
        for length in [0x7f_usize, 0x80, 0xff, 0x100, 0xffff] {
            let der = write(SEQUENCE, &[&alloc::vec![1; length]]);
            let mut reader = Reader::new(&der);
            assert_eq!(reader.take(SEQUENCE).map(<[u8]>::len), Some(length));
            assert_eq!(reader.end(), Some(()));
            assert_eq!(Reader::new(&der[..der.len() - 1]).take(SEQUENCE), None);
        }
        let der = write(SEQUENCE, &[&alloc::vec![1; 0x1_0000]]);
        assert_eq!(&der[..5], [0x30, 0x83, 1, 0, 0]);
        assert_eq!(Reader::new(&der).take(SEQUENCE), None, "beyond what is read");
    }

    #[test]
    fn integers_are_positive_and_have_no_octet_too_many() {
        let read = |der: &[u8]| Reader::new(der).positive_integer().map(<[u8]>::to_vec);
        for (der, magnitude) in [
            (&[2, 1, 1][..], &[1][..]),
            (&[2, 1, 0x7f], &[0x7f]),
            (&[2, 2, 0, 0x80], &[0x80]),
            (&[2, 2, 1, 0], &[1, 0]),
        ] {
            assert_eq!(read(der).as_deref(), Some(magnitude));
            assert_eq!(write_positive_integer(magnitude), der);
        }
        for bad in [&[2, 0][..], &[2, 1, 0], &[2, 1, 0x80], &[2, 2, 0, 0x7f], &[2, 2, 0, 0], &[2, 2, 0xff, 0x80]] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn bit_strings_have_whole_octets() {
        assert_eq!(Reader::new(&[3, 2, 0, 0xf0]).bit_string(), Some(&[0xf0][..]));
        assert_eq!(write_bit_string(&[0xf0]), [3, 2, 0, 0xf0]);
        for bad in [&[3, 2, 4, 0xf0][..], &[3, 0], &[3, 2, 8, 0xf0], &[4, 2, 0, 0xf0]] {
            assert_eq!(Reader::new(bad).bit_string(), None, "{bad:02x?}");
        }
    }

    #[test]
    fn what_is_not_taken_is_still_there() {
        for (octets, taken) in [(&[0xa0, 0][..], false), (&[0xa1, 1], false), (&[0xa1, 0], true)] {
            let mut reader = Reader::new(octets);
            assert_eq!(reader.take(explicit(1)).is_some(), taken);
            assert_eq!(reader.end().is_some(), taken, "{octets:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic_and_what_is_read_is_what_is_written(
            octets in proptest::collection::vec(any::<u8>(), 0..300),
            tag in any::<u8>(),
        ) {
            for tag in [tag, octets.first().copied().unwrap_or_default()] {
                let mut reader = Reader::new(&octets);
                if let Some(content) = reader.take(tag) {
                    let again = [write(tag, &[content]).as_slice(), reader.rest()].concat();
                    prop_assert_eq!(&again, &octets);
                }
            }
            let mut reader = Reader::new(&octets);
            let _ = (reader.positive_integer(), reader.bit_string(), reader.sequence());
            let der = write(tag, &[&octets]);
            prop_assert_eq!(Reader::new(&der).take(tag), Some(octets.as_slice()));
        }
    }
}
