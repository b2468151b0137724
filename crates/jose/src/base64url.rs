use alloc::{string::String, vec, vec::Vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// What reads and writes all but keys that are secret. Both engines are of one crate and refuse the same; the one with
/// vectors is there for the processors that it knows, and for their order of octets.
#[cfg(not(all(
    feature = "simd",
    any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))
)))]
use URL_SAFE_NO_PAD as ENGINE;

#[cfg(all(
    feature = "simd",
    any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))
))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD));

/// Reads base64url in the one form that [RFC 7515 §2] has: no padding, no white space, no stray bits at the end, so that
/// no two texts stand for the same octets.
///
/// [RFC 7515 §2]: https://www.rfc-editor.org/rfc/rfc7515#section-2
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

/// The same into memory of the caller's, if there is room; gives the count of octets.
pub(crate) fn decode_into(text: &str, out: &mut [u8]) -> Option<usize> {
    ENGINE.decode_slice(text, out).ok()
}

/// The same for key material: the buffer is wiped, whatever comes.
pub(crate) fn decode_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut out).ok()?;
    out.truncate(length);
    Some(out)
}

/// Writes base64url without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Appends base64url without padding.
pub(crate) fn encode_onto(out: &mut Vec<u8>, octets: &[u8]) {
    let start = out.len();
    let encoded = base64::encoded_len(octets.len(), false).unwrap_or(usize::MAX);
    out.resize(start.saturating_add(encoded), 0);
    if let Some(written) = out.get_mut(start..) {
        // It fits: that is how `out` was sized.
        let _ = ENGINE.encode_slice(octets, written);
    }
}

/// Puts base64url without padding in place of the octets from `start` on.
pub(crate) fn encode_tail(out: &mut Vec<u8>, start: usize) {
    let end = out.len();
    let length = end.saturating_sub(start);
    let encoded = base64::encoded_len(length, false).unwrap_or(usize::MAX);
    out.resize(start.saturating_add(encoded), 0);
    // From the last block to the first: a block is written where it, and what follows it, has been read.
    let mut block = [0; BLOCK];
    for index in (0..length.div_ceil(BLOCK)).rev() {
        let from = start.saturating_add(index.saturating_mul(BLOCK));
        let to = end.min(from.saturating_add(BLOCK));
        let read = out.get(from..to).and_then(|octets| {
            let block = block.get_mut(..octets.len())?;
            block.copy_from_slice(octets);
            Some(&*block)
        });
        let written = out.get_mut(start.saturating_add(index.saturating_mul(ENCODED_BLOCK))..);
        if let (Some(read), Some(written)) = (read, written) {
            // It fits: that is how `out` was sized.
            let _ = ENGINE.encode_slice(read, written);
        }
    }
}

/// Octets that are encoded at once: a multiple of three, so that blocks meet without stray bits.
const BLOCK: usize = 768;
const ENCODED_BLOCK: usize = BLOCK / 3 * 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_encoded_in_its_place() {
        for length in (0..10).chain(760..780).chain(1530..1545).chain([5000]) {
            let octets: Vec<u8> = (0..length).map(|place: usize| place.to_le_bytes()[0].wrapping_mul(31)).collect();
            let mut out = b"head.".to_vec();
            out.extend_from_slice(&octets);
            encode_tail(&mut out, 5);
            assert_eq!(out, [b"head.", encode(&octets).as_bytes()].concat(), "{length}");
            out.truncate(5);
            encode_onto(&mut out, &octets);
            assert_eq!(out, [b"head.", encode(&octets).as_bytes()].concat(), "{length}");
        }
    }

    #[test]
    fn one_text_per_octets() {
        for (text, octets) in [("", &[][..]), ("_w", &[0xff]), ("__8", &[0xff, 0xff]), ("AAAA", &[0, 0, 0])] {
            assert_eq!(decode(text).as_deref(), Some(octets));
            assert_eq!(decode_secret(text).map(|secret| secret.to_vec()).as_deref(), Some(octets));
            assert_eq!(encode(octets), text);
        }
        // Padding, stray bits, length 1 mod 4, the other alphabet, white space, line ends, percent signs, non-ASCII.
        for text in
            ["_w==", "_x", "__9", "A", "AAAAA", "/w", "+w", "_ w", "_w\n", " _w", "%5fw", "_w%3D", "_ẃ", "AA=A", "="]
        {
            assert_eq!(decode(text), None, "{text:?}");
            assert!(decode_secret(text).is_none(), "{text:?}");
        }
    }

    /// Texts and octets that are long enough for the engine with unsafe code, and one octet that is wrong.
    #[cfg(feature = "simd")]
    mod both_engines {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn write_the_same(octets in prop::collection::vec(any::<u8>(), 0..700)) {
                prop_assert_eq!(encode(&octets), URL_SAFE_NO_PAD.encode(&octets));
            }

            #[test]
            fn take_the_same(
                octets in prop::collection::vec(any::<u8>(), 0..700),
                at in any::<prop::sample::Index>(),
                wrong in prop::char::range('\0', '\u{17f}'),
                how in 0..4_u8,
            ) {
                let mut text = URL_SAFE_NO_PAD.encode(&octets);
                prop_assert_eq!(decode(&text), Some(octets));
                let at = at.index(text.len().saturating_add(1));
                match how {
                    0 => text.insert(at, wrong),
                    1 => text.truncate(at),
                    _ if at < text.len() => text.replace_range(at..=at, wrong.encode_utf8(&mut [0; 4])),
                    _ => text.push(wrong),
                }
                let read = URL_SAFE_NO_PAD.decode(&text).ok();
                let mut out = [0; 1000];
                prop_assert_eq!(decode_into(&text, &mut out).map(|length| &out[..length]), read.as_deref());
                prop_assert_eq!(decode(&text), read);
            }
        }

        #[test]
        fn write_no_further_than_they_say() {
            for length in [48, 49, 50, 95, 96, 97, 480] {
                let octets = vec![0xa5; length];
                let text = encode(&octets);
                let mut out = vec![0xaa; length + 64];
                assert_eq!(decode_into(&text, &mut out[..length]), Some(length));
                assert_eq!(decode_into(&text, &mut out), Some(length));
                assert!(out.starts_with(&octets) && out[length..].iter().all(|octet| *octet == 0xaa), "{length}");
                assert_eq!(decode_into(&text, &mut out[..length - 1]), None);
            }
        }

        #[test]
        fn refuse_octets_above_ascii() {
            assert!(ENGINE.decode([b'A'; 96]).is_ok());
            for place in [0, 31, 32, 63, 95] {
                for octet in 0x80..=0xff {
                    let mut text = [b'A'; 96];
                    text[place] = octet;
                    assert!(
                        ENGINE.decode(text).is_err() && URL_SAFE_NO_PAD.decode(text).is_err(),
                        "{octet} at {place}"
                    );
                }
            }
        }

        #[test]
        fn refuse_the_same_octet_at_every_place() {
            for place in 0..300 {
                for wrong in 0..=0x7f {
                    let mut text = "A".repeat(300);
                    text.replace_range(place..=place, char::from(wrong).encode_utf8(&mut [0; 4]));
                    assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok(), "{wrong} at {place}");
                }
            }
        }
    }
}
