use alloc::{string::String, vec, vec::Vec};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Reads base64url in the one form that [RFC 7515 §2] has: no padding, no white space, no stray bits at the end, so that
/// no two texts stand for the same octets.
///
/// [RFC 7515 §2]: https://www.rfc-editor.org/rfc/rfc7515#section-2
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
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
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends base64url without padding.
pub(crate) fn encode_onto(out: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
