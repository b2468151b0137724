use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Reads `x5c` ([RFC 7515 §4.1.6], [RFC 7517 §4.7]): a non-empty array of certificates, each the *standard* base64 of
/// its DER. A bare string is none.
///
/// [RFC 7515 §4.1.6]: https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6
/// [RFC 7517 §4.7]: https://www.rfc-editor.org/rfc/rfc7517#section-4.7
pub(crate) fn read(value: &Value) -> Option<Vec<Vec<u8>>> {
    let texts = value.as_array().filter(|texts| !texts.is_empty())?;
    texts.iter().map(|text| STANDARD.decode(text.as_str()?).ok().filter(|der| der.first() == Some(&SEQUENCE))).collect()
}

/// Writes the texts of `x5c`.
pub(crate) fn write(chain: &[Vec<u8>]) -> Vec<String> {
    chain.iter().map(|der| STANDARD.encode(der)).collect()
}

/// The tag with which every certificate begins.
const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chain_reads_back_and_nothing_else_is_one() {
        let chain = alloc::vec![alloc::vec![0x30, 1, 2], alloc::vec![0x30, 0xff]];
        assert_eq!(read(&json!(write(&chain))), Some(chain));
        for bad in [
            json!("MAEC"),
            json!([]),
            json!(["MAEC", 1]),
            json!([["MAEC"]]),
            json!([""]),
            json!(["MP8"]),
            json!(["MP9="]),
            json!(["MP_="]),
            json!(["MA EC"]),
            json!(["AQID"]),
            json!(null),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
}
