use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use crate::FormError;

/// Decodes one name or value of a form: `+` is a space, `%` and two hexadecimal digits are an octet. Everything else
/// stands for itself, `&` and `=` included.
///
/// ```
/// use symbolon_token_request::{FormError, decode_component};
/// // RFC 6749 Appendix B
/// assert_eq!(decode_component(b"+%25%26%2B%C2%A3%E2%82%AC")?, " %&+\u{a3}\u{20ac}");
/// assert_eq!(decode_component(b"100%"), Err(FormError::Syntax { at: 3 }));
/// # Ok::<(), FormError>(())
/// ```
///
/// # Errors
/// - [`FormError::Syntax`]: a `%` without two hexadecimal digits (`invalid_request`).
/// - [`FormError::Nul`]: a NUL, raw or encoded (`invalid_request`).
/// - [`FormError::Utf8`]: the decoded octets are not UTF-8 (`invalid_request`).
pub fn decode_component(text: &[u8]) -> Result<String, FormError> {
    let mut octets = Zeroizing::new(text.to_vec());
    let mut decoder = Decoder::new(&mut octets);
    while decoder.advance()? != Stop::End {}
    let length = decoder.written();
    octets.truncate(length);
    into_text(octets)
}

/// The text of decoded octets. One check of a whole form is a check of each name and value in it: what stands between
/// them is ASCII, which no character of several octets contains.
pub(crate) fn into_text(mut octets: Zeroizing<Vec<u8>>) -> Result<String, FormError> {
    String::from_utf8(core::mem::take(&mut *octets)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        drop(Zeroizing::new(error.into_bytes()));
        FormError::Utf8 { at }
    })
}

/// The octet that `%` and these two digits stand for.
pub(crate) fn octet(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    Some(hexadecimal(high?)?.wrapping_shl(4) | hexadecimal(low?)?)
}

const fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// Why a [`Decoder`] stopped. The separator itself is written, so that parts stay apart in the decoded text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// At an `=` that came as such.
    Equals,
    /// At an `&` that came as such.
    Ampersand,
    /// At the end.
    End,
}

/// Decodes a form in its own buffer: decoding never makes it longer, so the writing place never passes the reading
/// place, and what is before the writing place is decoded.
#[derive(Debug)]
pub(crate) struct Decoder<'b> {
    octets: &'b mut [u8],
    read: usize,
    written: usize,
}

impl<'b> Decoder<'b> {
    pub(crate) const fn new(octets: &'b mut [u8]) -> Self {
        Self { octets, read: 0, written: 0 }
    }

    /// How many octets are decoded.
    pub(crate) const fn written(&self) -> usize {
        self.written
    }

    /// Decoded octets.
    pub(crate) fn decoded(&self, range: core::ops::Range<usize>) -> &[u8] {
        self.octets.get(range).unwrap_or_default()
    }

    /// Decodes up to and with the next separator.
    pub(crate) fn advance(&mut self) -> Result<Stop, FormError> {
        loop {
            self.keep_plain();
            let at = self.read;
            match self.octets.get(at).copied() {
                None => return Ok(Stop::End),
                Some(b'&') => {
                    self.put(b'&', 1);
                    return Ok(Stop::Ampersand);
                }
                Some(b'=') => {
                    self.put(b'=', 1);
                    return Ok(Stop::Equals);
                }
                Some(b'+') => self.put(b' ', 1),
                Some(b'%') => {
                    let digit = |after: usize| self.octets.get(at.saturating_add(after)).copied();
                    match octet(digit(1), digit(2)) {
                        None => return Err(FormError::Syntax { at }),
                        Some(0) => return Err(FormError::Nul { at }),
                        Some(octet) => self.put(octet, 3),
                    }
                }
                Some(0) => return Err(FormError::Nul { at }),
                Some(plain) => self.put(plain, 1),
            }
        }
    }

    /// Keeps the octets before the next special one. Nothing moves until something got shorter.
    fn keep_plain(&mut self) {
        let plain = plain_length(self.octets.get(self.read..).unwrap_or_default());
        let end = self.read.saturating_add(plain);
        if self.written < self.read {
            self.octets.copy_within(self.read..end, self.written);
        }
        self.read = end;
        self.written = self.written.saturating_add(plain);
    }

    /// Writes one octet for so many that were read.
    fn put(&mut self, octet: u8, read: usize) {
        if let Some(place) = self.octets.get_mut(self.written) {
            *place = octet;
        }
        self.read = self.read.saturating_add(read);
        self.written = self.written.saturating_add(1);
    }
}

/// How many octets stand before the next `&`, `=`, `+`, `%` or NUL; eight are looked at together, and of a long value many.
fn plain_length(octets: &[u8]) -> usize {
    let mut plain = if octets.len() < LONG { 0 } else { plain_blocks(octets) };
    let (eights, rest) = octets.get(plain..).unwrap_or_default().as_chunks::<8>();
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        let hits = zeros(word)
            | zeros(word ^ SPREAD.wrapping_mul(0x26)) // &
            | zeros(word ^ SPREAD.wrapping_mul(0x3d)) // =
            | zeros(word ^ SPREAD.wrapping_mul(0x2b)) // +
            | zeros(word ^ SPREAD.wrapping_mul(0x25)); // %
        if hits != 0 {
            // The lowest hit is exact, a higher one may be false; below 8, so the conversion holds.
            let before = usize::try_from(hits.trailing_zeros().wrapping_shr(3)).unwrap_or_default();
            return plain.saturating_add(before);
        }
        plain = plain.saturating_add(8);
    }
    let before = rest.iter().position(|octet| matches!(octet, b'&' | b'=' | b'+' | b'%' | 0));
    plain.saturating_add(before.unwrap_or(rest.len()))
}

/// How many octets at the front are surely plain: whole blocks of them. Nothing of those five stands behind `,` but `=`.
fn plain_blocks(octets: &[u8]) -> usize {
    let (blocks, _) = octets.as_chunks::<BLOCK>();
    blocks.iter().take_while(|block| is_plain_block(block)).count().saturating_mul(BLOCK)
}

/// Whether none of the octets is `=` or stands before `-`. A loop without an early exit becomes one over vectors.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, and the loop one over octets")]
fn is_plain_block(block: &[u8; BLOCK]) -> bool {
    !block.iter().fold(false, |found, octet| found | (*octet < b'-') | (*octet == b'='))
}

/// The top bit of each octet that is zero, at least up to the lowest one.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(SPREAD) & !word & SPREAD.wrapping_shl(7)
}

/// One in each octet.
const SPREAD: u64 = 0x0101_0101_0101_0101;

/// Octets of a block.
const BLOCK: usize = 32;

/// Octets of which blocks are worth looking at: a name and what is left of a body behind it may be shorter.
const LONG: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive_plain_length(octets: &[u8]) -> usize {
        octets.iter().position(|octet| b"&=+%\0".contains(octet)).unwrap_or(octets.len())
    }

    #[test]
    fn each_octet_is_found_at_each_place_or_passed() {
        for octet in 0..=u8::MAX {
            for before in (0..20).chain([60, 70, 90]) {
                for filler in [b'a', 0x27, 0x24, 0x01, 0x80, 0xff, octet.wrapping_add(1), octet.wrapping_sub(1)] {
                    for length in [24, 100] {
                        let mut octets = vec![filler; length];
                        octets[before.min(length - 1)] = octet;
                        assert_eq!(plain_length(&octets), naive_plain_length(&octets), "{octet} {before} {filler}");
                    }
                }
            }
        }
    }

    #[test]
    fn digits_of_both_cases_are_read_and_nothing_else() {
        assert_eq!(decode_component(b"%c3%A6").unwrap(), "\u{e6}");
        for bad in [&b"%"[..], b"%4", b"%%41", b"%4G", b"%G4", b"%+1", b"%-1", b"% 4", b"%u0041", b"%0x"] {
            assert_eq!(decode_component(bad), Err(FormError::Syntax { at: 0 }), "{bad:?}");
        }
        assert_eq!(decode_component(b"ab%C3%A6%zz"), Err(FormError::Syntax { at: 8 }));
    }

    #[test]
    fn separators_stand_for_themselves_in_a_component() {
        assert_eq!(decode_component(b"a=b&c;d").unwrap(), "a=b&c;d");
    }

    /// Most of them plain, so that whole blocks are.
    fn any_octet() -> impl Strategy<Value = u8> {
        prop_oneof![60 => b'-'..=b'<', 60 => b'A'..=b'z', 1 => any::<u8>()]
    }

    proptest! {
        #[test]
        fn the_plain_length_is_that_of_a_plain_loop(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(plain_length(&octets), naive_plain_length(&octets));
        }

        #[test]
        fn so_is_that_of_a_long_value(octets in proptest::collection::vec(any_octet(), 0..200)) {
            prop_assert_eq!(plain_length(&octets), naive_plain_length(&octets));
        }

        #[test]
        fn any_octets_decode_or_are_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(text) = decode_component(&octets) {
                prop_assert!(text.len() <= octets.len());
            }
        }
    }
}
