use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::KeyError;

/// Longest PEM text that is read, in bytes. Judged before anything is decoded. A private RSA key of 8192 bits stays
/// below 8 KiB.
pub const MAX_PEM_BYTES: usize = 64 * 1024;

/// DER from a PEM text: wiped when dropped, whatever it holds.
type Der = Zeroizing<Vec<u8>>;

/// The one private key of a PEM text, by its label.
pub(crate) enum PrivateKeyPem {
    /// `PRIVATE KEY` ([RFC 7468 §10](https://www.rfc-editor.org/rfc/rfc7468#section-10))
    Pkcs8(Der),
    /// `RSA PRIVATE KEY`
    Pkcs1(Der),
    /// `EC PRIVATE KEY` ([RFC 5915 §4](https://www.rfc-editor.org/rfc/rfc5915#section-4)), and the block `EC PARAMETERS`
    /// that OpenSSL writes before it.
    Sec1 { parameters: Option<Der>, key: Der },
}

/// The one public key of a PEM text, by its label.
pub(crate) enum PublicKeyPem {
    /// `PUBLIC KEY` ([RFC 7468 §13](https://www.rfc-editor.org/rfc/rfc7468#section-13))
    Spki(Der),
    /// `RSA PUBLIC KEY`
    Pkcs1(Der),
}

/// Reads the one private key of a PEM text.
pub(crate) fn private_key(pem: &str) -> Result<PrivateKeyPem, KeyError> {
    let mut blocks = Blocks::new(pem)?;
    let first = blocks.next_of(PRIVATE_LABELS)?;
    let key = match first.label {
        RSA_PRIVATE_KEY => PrivateKeyPem::Pkcs1(first.der),
        EC_PRIVATE_KEY => PrivateKeyPem::Sec1 { parameters: None, key: first.der },
        EC_PARAMETERS => {
            PrivateKeyPem::Sec1 { parameters: Some(first.der), key: blocks.next_of(&[EC_PRIVATE_KEY])?.der }
        }
        _ => PrivateKeyPem::Pkcs8(first.der),
    };
    blocks.end().map(|()| key)
}

/// Reads the one public key of a PEM text.
pub(crate) fn public_key(pem: &str) -> Result<PublicKeyPem, KeyError> {
    let block = one_block(pem, &[PUBLIC_KEY, RSA_PUBLIC_KEY])?;
    Ok(if block.label == RSA_PUBLIC_KEY { PublicKeyPem::Pkcs1(block.der) } else { PublicKeyPem::Spki(block.der) })
}

/// Reads the one block `CERTIFICATE` of a PEM text.
pub(crate) fn certificate(pem: &str) -> Result<Der, KeyError> {
    one_block(pem, &[CERTIFICATE]).map(|block| block.der)
}

/// Writes a block `PUBLIC KEY`, in lines of 64 ([RFC 7468 §2](https://www.rfc-editor.org/rfc/rfc7468#section-2)).
pub(crate) fn write_public_key(der: &[u8]) -> String {
    let mut out = String::from("-----BEGIN PUBLIC KEY-----\n");
    for octets in der.chunks(LINE / 4 * 3) {
        STANDARD.encode_string(octets, &mut out);
        out.push('\n');
    }
    out.push_str("-----END PUBLIC KEY-----\n");
    out
}

fn one_block(pem: &str, labels: &[&'static str]) -> Result<Block, KeyError> {
    let mut blocks = Blocks::new(pem)?;
    let block = blocks.next_of(labels)?;
    blocks.end().map(|()| block)
}

struct Block {
    label: &'static str,
    der: Der,
}

/// The blocks of a PEM text ([RFC 7468 §3]), one after the other.
///
/// White space may surround a block and nothing else may. Every line of the body is base64, of at most 76 characters,
/// without white space.
///
/// [RFC 7468 §3]: https://www.rfc-editor.org/rfc/rfc7468#section-3
struct Blocks<'a>(&'a str);

impl<'a> Blocks<'a> {
    const fn new(pem: &'a str) -> Result<Self, KeyError> {
        if pem.len() > MAX_PEM_BYTES {
            return Err(KeyError::TooLarge { length: pem.len(), limit: MAX_PEM_BYTES });
        }
        Ok(Self(pem.trim_ascii()))
    }

    /// The next block, which has one of these labels.
    fn next_of(&mut self, labels: &[&'static str]) -> Result<Block, KeyError> {
        let label = match self.line().and_then(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")) {
            // A whole block on one line has dashes here; no label has (RFC 7468 §3).
            Some(label) if !label.contains('-') => label,
            _ => return Err(KeyError::MalformedPem),
        };
        let Some(label) = labels.iter().copied().find(|welcome| *welcome == label) else {
            return Err(KeyError::PemLabel { expected: spell_out(labels), found: known_label(label) });
        };
        let mut body = Zeroizing::new(Vec::with_capacity(self.0.len()));
        loop {
            let line = self.line().ok_or(KeyError::MalformedPem)?;
            if body.is_empty() && line == ENCRYPTED {
                return Err(KeyError::PemLabel { expected: spell_out(labels), found: encrypted(label) });
            }
            if line.strip_prefix("-----END ").and_then(|line| line.strip_suffix("-----")) == Some(label) {
                break;
            }
            if line.is_empty() || line.len() > MAX_LINE || !line.bytes().all(is_base64) {
                return Err(KeyError::MalformedPem);
            }
            body.extend_from_slice(line.as_bytes());
        }
        self.0 = self.0.trim_ascii_start();
        let mut der = Zeroizing::new(alloc::vec![0; base64::decoded_len_estimate(body.len())]);
        let length = STANDARD.decode_slice(&*body, &mut der).map_err(|_| KeyError::MalformedPem)?;
        der.truncate(length);
        Ok(Block { label, der })
    }

    /// The next line, without its end.
    fn line(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let (line, rest) = self.0.split_once('\n').unwrap_or((self.0, ""));
        self.0 = rest;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// Nothing follows: with one block more it would be a guess which one is meant.
    const fn end(&self) -> Result<(), KeyError> {
        if self.0.is_empty() { Ok(()) } else { Err(KeyError::MalformedPem) }
    }
}

const fn is_base64(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=')
}

/// What was expected, for a message.
fn spell_out(labels: &[&'static str]) -> &'static str {
    match labels {
        [CERTIFICATE] => "`CERTIFICATE`",
        [PUBLIC_KEY, ..] => "`PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY`",
        [EC_PRIVATE_KEY] => "`EC PRIVATE KEY`",
        _ => "`PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` or `EC PRIVATE KEY`",
    }
}

/// The label, if it is one that people bring by mistake; never the text itself.
fn known_label(label: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "`PRIVATE KEY`",
        "`RSA PRIVATE KEY`",
        "`EC PRIVATE KEY`",
        "`DSA PRIVATE KEY`",
        "`ENCRYPTED PRIVATE KEY`",
        "`OPENSSH PRIVATE KEY`",
        "`EC PARAMETERS`",
        "`PUBLIC KEY`",
        "`RSA PUBLIC KEY`",
        "`CERTIFICATE`",
        "`TRUSTED CERTIFICATE`",
        "`CERTIFICATE REQUEST`",
    ];
    KNOWN.iter().copied().find(|known| known.trim_matches('`') == label).unwrap_or("another block")
}

/// A key whose label does not say that it is encrypted ([RFC 1421 §4.6.1.1]).
///
/// [RFC 1421 §4.6.1.1]: https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1
fn encrypted(label: &str) -> &'static str {
    match label {
        RSA_PRIVATE_KEY => "an encrypted `RSA PRIVATE KEY`",
        EC_PRIVATE_KEY => "an encrypted `EC PRIVATE KEY`",
        _ => "an encrypted block",
    }
}

/// First line of a block that OpenSSL encrypted in its old way.
const ENCRYPTED: &str = "Proc-Type: 4,ENCRYPTED";

const PRIVATE_LABELS: &[&str] = &[PRIVATE_KEY, RSA_PRIVATE_KEY, EC_PRIVATE_KEY, EC_PARAMETERS];
const PRIVATE_KEY: &str = "PRIVATE KEY";
const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";
const EC_PRIVATE_KEY: &str = "EC PRIVATE KEY";
const EC_PARAMETERS: &str = "EC PARAMETERS";
const PUBLIC_KEY: &str = "PUBLIC KEY";
const RSA_PUBLIC_KEY: &str = "RSA PUBLIC KEY";
const CERTIFICATE: &str = "CERTIFICATE";

/// RFC 7468 §2 writes lines of 64.
const LINE: usize = 64;
/// What MIME tools write.
const MAX_LINE: usize = 76;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";

    fn read(text: &str) -> Result<Vec<u8>, KeyError> {
        private_key(text).map(|key| match key {
            PrivateKeyPem::Pkcs8(der) => der.to_vec(),
            _ => panic!("another kind of key"),
        })
    }

    fn block(label: &str) -> String {
        format!("-----BEGIN {label}-----\nAQIDBA==\n-----END {label}-----\n")
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
            BEGIN.into(),
            format!("{BEGIN}\nAQIDBA==\n"),
            format!("{BEGIN}\nAQIDBA\n{END}\n"),
            format!("{BEGIN}\nAQIDBB==\n{END}\n"),
            format!("{BEGIN}\nAQI DBA==\n{END}\n"),
            format!("{BEGIN}\nAQIDBA== \n{END}\n"),
            format!("{BEGIN}\n\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\nAQ==IDBA\n{END}\n"),
            format!("{BEGIN}\nAQ-_\n{END}\n"),
            format!("{BEGIN}\nProc-Type: 4,CLEAR\n\nAQIDBA==\n{END}\n"),
            format!("{BEGIN}\nAQID\nProc-Type: 4,ENCRYPTED\nAQIDBA==\n{END}\n"),
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
    fn every_reader_has_its_labels() {
        assert!(matches!(private_key(&block("RSA PRIVATE KEY")), Ok(PrivateKeyPem::Pkcs1(_))));
        assert!(matches!(private_key(&block("EC PRIVATE KEY")), Ok(PrivateKeyPem::Sec1 { parameters: None, .. })));
        assert!(matches!(public_key(&block("PUBLIC KEY")), Ok(PublicKeyPem::Spki(_))));
        assert!(matches!(public_key(&block("RSA PUBLIC KEY")), Ok(PublicKeyPem::Pkcs1(_))));
        assert!(certificate(&block("CERTIFICATE")).is_ok());
        for private in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            assert!(matches!(public_key(&block(private)), Err(KeyError::PemLabel { .. })), "{private}");
            assert!(matches!(certificate(&block(private)), Err(KeyError::PemLabel { .. })), "{private}");
        }
        let chain = block("CERTIFICATE").repeat(2);
        assert_eq!(certificate(&chain).err(), Some(KeyError::MalformedPem));
    }

    #[test]
    fn ec_parameters_stand_before_an_ec_private_key_and_nowhere_else() {
        let (parameters, key) = (block("EC PARAMETERS"), block("EC PRIVATE KEY"));
        for text in [format!("{parameters}{key}"), format!("{parameters}\r\n \n{key}\n")] {
            assert!(matches!(private_key(&text), Ok(PrivateKeyPem::Sec1 { parameters: Some(_), .. })), "{text:?}");
        }
        for text in [
            parameters.clone(),
            format!("{parameters}tail\n{key}"),
            format!("{key}{parameters}"),
            format!("{parameters}{key}{key}"),
        ] {
            assert_eq!(private_key(&text).err(), Some(KeyError::MalformedPem), "{text:?}");
        }
        for (other, found) in [("PRIVATE KEY", "`PRIVATE KEY`"), ("EC PARAMETERS", "`EC PARAMETERS`")] {
            let error = KeyError::PemLabel { expected: "`EC PRIVATE KEY`", found };
            assert_eq!(private_key(&format!("{parameters}{}", block(other))).err(), Some(error));
        }
    }

    #[test]
    fn another_label_is_named_and_an_unknown_one_is_not_repeated() {
        for (label, found) in [
            ("ENCRYPTED PRIVATE KEY", "`ENCRYPTED PRIVATE KEY`"),
            ("OPENSSH PRIVATE KEY", "`OPENSSH PRIVATE KEY`"),
            ("CERTIFICATE", "`CERTIFICATE`"),
            ("MARKER", "another block"),
            ("private key", "another block"),
        ] {
            let error = read(&block(label)).unwrap_err();
            let expected = "`PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` or `EC PRIVATE KEY`";
            assert_eq!(error, KeyError::PemLabel { expected, found });
            assert!(!format!("{error} {error:?}").contains("MARKER"));
        }
    }

    #[test]
    fn an_encrypted_key_is_told_to_be_one_whatever_its_label() {
        for (label, expected_found) in [
            ("RSA PRIVATE KEY", "an encrypted `RSA PRIVATE KEY`"),
            ("EC PRIVATE KEY", "an encrypted `EC PRIVATE KEY`"),
            ("PRIVATE KEY", "an encrypted block"),
        ] {
            let begin = format!("-----BEGIN {label}-----\n");
            let text = block(label).replacen(&begin, &format!("{begin}Proc-Type: 4,ENCRYPTED\n\n"), 1);
            let error = private_key(&text).err();
            assert!(matches!(error, Some(KeyError::PemLabel { found, .. }) if found == expected_found), "{error:?}");
        }
    }

    #[test]
    fn a_long_text_is_refused_before_it_is_looked_at() {
        for length in [MAX_PEM_BYTES, MAX_PEM_BYTES + 1] {
            let padded = |label| {
                let block = block(label);
                format!("{block}{}", " ".repeat(length - block.len()))
            };
            let refused = (length > MAX_PEM_BYTES).then_some(KeyError::TooLarge { length, limit: MAX_PEM_BYTES });
            assert_eq!(private_key(&padded("PRIVATE KEY")).err(), refused);
            assert_eq!(public_key(&padded("PUBLIC KEY")).err(), refused);
            assert_eq!(certificate(&padded("CERTIFICATE")).err(), refused);
            assert_eq!(private_key(&"!".repeat(length)).err(), refused.or(Some(KeyError::MalformedPem)));
        }
    }

    #[test]
    fn what_was_written_reads_back() {
        for length in [1, 47, 48, 49, 96, 300] {
            let der: Vec<u8> = (0..=255).cycle().take(length).collect();
            let text = write_public_key(&der);
            assert!(text.lines().all(|line| line.len() <= LINE && !line.is_empty()));
            assert!(matches!(public_key(&text), Ok(PublicKeyPem::Spki(read)) if *read == der));
        }
    }
}
