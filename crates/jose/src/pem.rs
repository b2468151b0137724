use alloc::vec::Vec;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::KeyError;

/// Reads the one block `PRIVATE KEY` of a PEM text ([RFC 7468 §3], [RFC 7468 §10]) and gives its DER.
///
/// White space may surround the block and nothing else may: with a second block it would be a guess which one is meant.
/// Every line of the body is base64, of at most 76 characters, without white space.
///
/// [RFC 7468 §3]: https://www.rfc-editor.org/rfc/rfc7468#section-3
/// [RFC 7468 §10]: https://www.rfc-editor.org/rfc/rfc7468#section-10
pub(crate) fn private_key(pem: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut lines = pem.trim_ascii().lines();
    let label = lines.next().and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    match label {
        Some("PRIVATE KEY") => {}
        // A whole block on one line has dashes here; no label has (RFC 7468 §3).
        Some(other) if !other.contains('-') => return Err(KeyError::PemLabel { found: known_label(other) }),
        _ => return Err(KeyError::MalformedPem),
    }
    let mut body = Zeroizing::new(Vec::with_capacity(pem.len()));
    let mut ended = false;
    for line in lines {
        if ended {
            return Err(KeyError::MalformedPem);
        } else if line == "-----END PRIVATE KEY-----" {
            ended = true;
        } else if line.is_empty() || line.len() > MAX_LINE || !line.bytes().all(is_base64) {
            return Err(KeyError::MalformedPem);
        } else {
            body.extend_from_slice(line.as_bytes());
        }
    }
    if !ended {
        return Err(KeyError::MalformedPem);
    }
    let mut der = Zeroizing::new(alloc::vec![0; base64::decoded_len_estimate(body.len())]);
    let length = STANDARD.decode_slice(&*body, &mut der).map_err(|_| KeyError::MalformedPem)?;
    der.truncate(length);
    Ok(der)
}

const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=')
}

/// The label, if it is one that people bring by mistake; never the text itself.
fn known_label(label: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "`RSA PRIVATE KEY`",
        "`EC PRIVATE KEY`",
        "`ENCRYPTED PRIVATE KEY`",
        "`OPENSSH PRIVATE KEY`",
        "`EC PARAMETERS`",
        "`PUBLIC KEY`",
        "`RSA PUBLIC KEY`",
        "`CERTIFICATE`",
        "`CERTIFICATE REQUEST`",
    ];
    KNOWN.iter().copied().find(|known| known.trim_matches('`') == label).unwrap_or("another block")
}

/// RFC 7468 §2 writes lines of 64; 76 is what MIME tools write.
const MAX_LINE: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";

    fn read(text: &str) -> Result<Vec<u8>, KeyError> {
        private_key(text).map(|der| der.to_vec())
    }

    #[test]
    fn one_block_is_read_with_either_line_end() {
        let expected = Ok(alloc::vec![1, 2, 3, 4]);
        assert_eq!(read(&format!("{BEGIN}\nAQIDBA==\n{END}\n")), expected);
        assert_eq!(read(&format!("{BEGIN}\r\nAQID\r\nBA==\r\n{END}\r\n")), expected);
        assert_eq!(read(&format!("\n  {BEGIN}\nAQIDBA==\n{END}")), expected);
    }

    #[test]
    fn anything_else_is_malformed() {
        let long = "A".repeat(80);
        for text in [
            String::new(),
            "AQIDBA==".into(),
            format!("{BEGIN}\nAQIDBA==\n"),
            format!("{BEGIN}\nAQIDBA\n{END}\n"),
            format!("{BEGIN}\nAQIDBB==\n{END}\n"),
            format!("{BEGIN}\nAQI DBA==\n{END}\n"),
            format!("{BEGIN}\nAQIDBA== \n{END}\n"),
            format!("{BEGIN}\n\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\nAQ==IDBA\n{END}\n"),
            format!("{BEGIN}\nAQ-_\n{END}\n"),
            format!("{BEGIN}\nProc-Type: 4,ENCRYPTED\n\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\n{long}\n{END}\n"),
            format!("{BEGIN}\nAQIDBA==\n{END}\n{BEGIN}\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\nAQIDBA==\n{END}\ntail\n"),
            format!("Bag Attributes\n{BEGIN}\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\nAQIDBA==\n-----END RSA PRIVATE KEY-----\n"),
            format!("{BEGIN} AQIDBA== {END}"),
        ] {
            assert_eq!(read(&text), Err(KeyError::MalformedPem), "{text:?}");
        }
    }

    #[test]
    fn another_label_is_named_and_an_unknown_one_is_not_repeated() {
        for (label, found) in [
            ("RSA PRIVATE KEY", "`RSA PRIVATE KEY`"),
            ("EC PRIVATE KEY", "`EC PRIVATE KEY`"),
            ("ENCRYPTED PRIVATE KEY", "`ENCRYPTED PRIVATE KEY`"),
            ("CERTIFICATE", "`CERTIFICATE`"),
            ("MARKER", "another block"),
            ("private key", "another block"),
        ] {
            let text = format!("-----BEGIN {label}-----\nAQIDBA==\n-----END {label}-----\n");
            let error = read(&text).unwrap_err();
            assert_eq!(error, KeyError::PemLabel { found });
            assert!(!format!("{error} {error:?}").contains("MARKER"));
        }
    }
}
