use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Octets as text with a label (RFC 7468 §2).
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (place, character) in body.chars().enumerate() {
        if place > 0 && place.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(character);
    }
    format!("{text}\n-----END {label}-----\n")
}
