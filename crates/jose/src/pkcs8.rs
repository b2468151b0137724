use crate::{KeyError, key_kind::KeyKind};

/// Reads from a PKCS#8 private key what kind of key it holds ([RFC 5208 §5]: version, then the `AlgorithmIdentifier`).
///
/// Nothing else is read; the provider judges the rest.
///
/// [RFC 5208 §5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
pub(crate) fn key_kind(der: &[u8]) -> Result<KeyKind, KeyError> {
    let (oid, parameters) = algorithm_identifier(der).ok_or(KeyError::MalformedPkcs8)?;
    match (oid, parameters) {
        (RSA_ENCRYPTION, NULL_PARAMETERS) => Ok(KeyKind::Rsa),
        (ED25519, []) => Ok(KeyKind::Ed25519),
        (EC_PUBLIC_KEY, parameters) => match element(parameters, OBJECT_IDENTIFIER) {
            Some((PRIME256V1, [])) => Ok(KeyKind::P256),
            Some((SECP384R1, [])) => Ok(KeyKind::P384),
            Some((SECP521R1, [])) => Ok(KeyKind::P521),
            Some((SECP256K1, [])) => Ok(KeyKind::Secp256k1),
            _ => Err(KeyError::UnsupportedKeyType),
        },
        _ => Err(KeyError::UnsupportedKeyType),
    }
}

fn algorithm_identifier(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (info, []) = element(der, SEQUENCE)? else { return None };
    let (version, rest) = element(info, INTEGER)?;
    // 0 is RFC 5208; 1 is RFC 5958, with the public key at the end.
    if !matches!(version, [0 | 1]) {
        return None;
    }
    let (identifier, _) = element(rest, SEQUENCE)?;
    element(identifier, OBJECT_IDENTIFIER)
}

/// One element of the given tag, and what follows it. Lengths of up to two octets, in their shortest form.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match input {
        [first, 0x81, length, rest @ ..] if *first == tag && *length >= 0x80 => (usize::from(*length), rest),
        [first, 0x82, high, low, rest @ ..] if *first == tag && *high != 0 => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => (usize::from(*length), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// RFC 8017 Appendix A.1: the parameters of rsaEncryption are NULL.
const NULL_PARAMETERS: &[u8] = &[0x05, 0x00];

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// 1.3.132.0.35
const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// 1.3.132.0.10
const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = alloc::vec![tag];
        match u8::try_from(content.len()).unwrap() {
            short @ 0..0x80 => out.push(short),
            long => out.extend([0x81, long]),
        }
        out.extend(content);
        out
    }

    fn pkcs8(oid: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
        let identifier = wrap(SEQUENCE, &[&wrap(OBJECT_IDENTIFIER, &[oid]), parameters]);
        wrap(SEQUENCE, &[&[INTEGER, 1, 0], &identifier, &wrap(0x04, &[key])])
    }

    fn curve(oid: &[u8]) -> Vec<u8> {
        wrap(OBJECT_IDENTIFIER, &[oid])
    }

    #[test]
    fn the_kind_is_read_from_the_algorithm_identifier() {
        for (oid, parameters, kind) in [
            (RSA_ENCRYPTION, NULL_PARAMETERS.to_vec(), Ok(KeyKind::Rsa)),
            (ED25519, Vec::new(), Ok(KeyKind::Ed25519)),
            (EC_PUBLIC_KEY, curve(PRIME256V1), Ok(KeyKind::P256)),
            (EC_PUBLIC_KEY, curve(SECP384R1), Ok(KeyKind::P384)),
            (EC_PUBLIC_KEY, curve(SECP521R1), Ok(KeyKind::P521)),
            (EC_PUBLIC_KEY, curve(SECP256K1), Ok(KeyKind::Secp256k1)),
            (EC_PUBLIC_KEY, curve(&[0x2b, 0x81, 0x04, 0x00, 0x21]), Err(KeyError::UnsupportedKeyType)),
            (EC_PUBLIC_KEY, Vec::new(), Err(KeyError::UnsupportedKeyType)),
            (ED25519, NULL_PARAMETERS.to_vec(), Err(KeyError::UnsupportedKeyType)),
            (RSA_ENCRYPTION, Vec::new(), Err(KeyError::UnsupportedKeyType)),
            (&[0x2b, 0x65, 0x6e], Vec::new(), Err(KeyError::UnsupportedKeyType)),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], Vec::new(), Err(KeyError::UnsupportedKeyType)),
        ] {
            assert_eq!(key_kind(&pkcs8(oid, &parameters, &[1; 20])), kind, "{oid:02x?}");
            assert_eq!(key_kind(&pkcs8(oid, &parameters, &[1; 150])), kind, "{oid:02x?}");
        }
    }

    #[test]
    fn a_cut_or_lengthened_text_is_malformed() {
        let der = pkcs8(EC_PUBLIC_KEY, &curve(PRIME256V1), &[1; 20]);
        for end in 0..der.len() {
            assert_eq!(key_kind(&der[..end]), Err(KeyError::MalformedPkcs8));
        }
        let mut longer = der.clone();
        longer.push(0);
        assert_eq!(key_kind(&longer), Err(KeyError::MalformedPkcs8));
        let mut version = der;
        version[4] = 2;
        assert_eq!(key_kind(&version), Err(KeyError::MalformedPkcs8));
    }

    #[test]
    fn lengths_have_their_shortest_form() {
        assert_eq!(element(&[0x30, 1, 7, 9], SEQUENCE), Some((&[7][..], &[9][..])));
        for bad in
            [&[0x30, 0x81, 1, 7][..], &[0x30, 0x82, 0, 1, 7], &[0x30, 0x80, 0, 0], &[0x30, 0x83, 0, 0, 1, 7], &[0x30]]
        {
            assert_eq!(element(bad, SEQUENCE), None);
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = key_kind(&octets);
            let mut framed = alloc::vec![0x30];
            framed.extend(octets);
            let _ = key_kind(&framed);
        }
    }
}
