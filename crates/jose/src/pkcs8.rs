use crate::{
    KeyError,
    algorithm_identifier::AlgorithmIdentifier,
    der::{INTEGER, Reader},
    key_kind::KeyKind,
};

/// Reads from a PKCS#8 private key what kind of key it holds ([RFC 5208 §5]: version, then the `AlgorithmIdentifier`).
///
/// Nothing else is read; the provider judges the rest.
///
/// [RFC 5208 §5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
pub(crate) fn key_kind(der: &[u8]) -> Result<KeyKind, KeyError> {
    let identifier = algorithm_identifier(der).ok_or(KeyError::MalformedDer { name: "PrivateKeyInfo" })?;
    identifier.key_type()?.kind().ok_or(KeyError::UnsupportedKeyType)
}

fn algorithm_identifier(der: &[u8]) -> Option<AlgorithmIdentifier<'_>> {
    let mut outer = Reader::new(der);
    let mut info = outer.sequence()?;
    outer.end()?;
    // 0 is RFC 5208; 1 is RFC 5958, with the public key at the end.
    if !matches!(info.take(INTEGER)?, [0 | 1]) {
        return None;
    }
    AlgorithmIdentifier::take(&mut info)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;
    use symbolon_crypto::Curve;
    use symbolon_types::Alg;

    use crate::{
        algorithm_identifier::KeyType,
        der::{self, OCTET_STRING, SEQUENCE},
    };

    use super::*;

    fn pkcs8(key_type: KeyType, key: &[u8]) -> Vec<u8> {
        let identifier = key_type.to_der().unwrap();
        der::write(SEQUENCE, &[&[INTEGER, 1, 0], &identifier, &der::write(OCTET_STRING, &[key])])
    }

    #[test]
    fn the_kind_is_read_from_the_algorithm_identifier() {
        for (key_type, kind) in [
            (KeyType::Rsa, KeyKind::Rsa),
            (KeyType::Ed25519, KeyKind::Ed25519),
            (KeyType::Ec(Curve::P256), KeyKind::P256),
            (KeyType::Ec(Curve::P384), KeyKind::P384),
            (KeyType::Ec(Curve::P521), KeyKind::P521),
            (KeyType::Ec(Curve::Secp256k1), KeyKind::Secp256k1),
            (KeyType::Akp(Alg::MlDsa44), KeyKind::MlDsa44),
            (KeyType::Akp(Alg::MlDsa65), KeyKind::MlDsa65),
            (KeyType::Akp(Alg::MlDsa87), KeyKind::MlDsa87),
        ] {
            assert_eq!(key_kind(&pkcs8(key_type, &[1; 20])), Ok(kind));
            assert_eq!(key_kind(&pkcs8(key_type, &[1; 150])), Ok(kind));
        }
        let mut pss = pkcs8(KeyType::Rsa, &[1; 20]);
        let last_of_oid = pss.iter().rposition(|octet| *octet == 0x05).unwrap() - 1;
        pss[last_of_oid] = 0x0a;
        assert_eq!(key_kind(&pss), Err(KeyError::RsassaPssKey));
        pss[last_of_oid] = 0x0b;
        assert_eq!(key_kind(&pss), Err(KeyError::UnsupportedKeyType));
    }

    #[test]
    fn a_cut_or_lengthened_text_is_malformed() {
        let malformed = Err(KeyError::MalformedDer { name: "PrivateKeyInfo" });
        let der = pkcs8(KeyType::Ec(Curve::P256), &[1; 20]);
        for end in 0..der.len() {
            assert_eq!(key_kind(&der[..end]), malformed);
        }
        let mut longer = der.clone();
        longer.push(0);
        assert_eq!(key_kind(&longer), malformed);
        let mut version = der;
        version[4] = 2;
        assert_eq!(key_kind(&version), malformed);
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
