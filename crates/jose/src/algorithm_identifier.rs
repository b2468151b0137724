use alloc::vec::Vec;

use symbolon_crypto::{Curve, PublicKey};
use symbolon_types::Alg;

use crate::{
    KeyError,
    der::{self, OBJECT_IDENTIFIER, Reader, SEQUENCE},
    key_kind::KeyKind,
};

/// An `AlgorithmIdentifier` ([RFC 5280 §4.1.1.2]) as it stands before a key.
///
/// [RFC 5280 §4.1.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.1.2
pub(crate) struct AlgorithmIdentifier<'a> {
    oid: &'a [u8],
    parameters: &'a [u8],
}

impl<'a> AlgorithmIdentifier<'a> {
    pub(crate) fn take(reader: &mut Reader<'a>) -> Option<Self> {
        let mut content = reader.sequence()?;
        let oid = content.take(OBJECT_IDENTIFIER)?;
        Some(Self { oid, parameters: content.rest() })
    }

    /// What the key is. Each type has its parameters in one form only.
    pub(crate) fn key_type(&self) -> Result<KeyType, KeyError> {
        match (self.oid, self.parameters) {
            (RSA_ENCRYPTION, der::NULL) => Ok(KeyType::Rsa),
            (EC_PUBLIC_KEY, parameters) => read_named_curve(parameters).map(KeyType::Ec),
            (ED25519, []) => Ok(KeyType::Ed25519),
            (ML_DSA_44, []) => Ok(KeyType::Akp(Alg::MlDsa44)),
            (ML_DSA_65, []) => Ok(KeyType::Akp(Alg::MlDsa65)),
            (ML_DSA_87, []) => Ok(KeyType::Akp(Alg::MlDsa87)),
            (RSASSA_PSS, _) => Err(KeyError::RsassaPssKey),
            _ => Err(KeyError::UnsupportedKeyType),
        }
    }
}

/// What an `AlgorithmIdentifier` says that a key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyType {
    /// RFC 8017 Appendix A.1: rsaEncryption with parameters NULL.
    Rsa,
    /// RFC 5480 §2.1.1: id-ecPublicKey with a named curve.
    Ec(Curve),
    /// RFC 8410 §3: id-Ed25519 without parameters.
    Ed25519,
    /// RFC 9881 §2: id-ml-dsa-44, -65 or -87 without parameters; the algorithm is a part of such a key.
    Akp(Alg),
}

impl KeyType {
    /// What it is as far as algorithms care; `None` for a curve that they do not know.
    pub(crate) fn kind(self) -> Option<KeyKind> {
        KeyKind::of(&match self {
            Self::Rsa => PublicKey::Rsa { n: &[], e: &[] },
            Self::Ec(curve) => PublicKey::Ec { curve, x: &[], y: &[] },
            Self::Ed25519 => PublicKey::Ed25519 { x: &[] },
            Self::Akp(alg) => PublicKey::Akp { alg, public: &[] },
        })
    }

    /// The `AlgorithmIdentifier`; `None` for a curve that is not in the table.
    pub(crate) fn to_der(self) -> Option<Vec<u8>> {
        let (oid, parameters) = match self {
            Self::Rsa => (RSA_ENCRYPTION, der::NULL.to_vec()),
            Self::Ec(curve) => {
                let (_, oid) = NAMED_CURVES.iter().find(|(named, _)| *named == curve)?;
                (EC_PUBLIC_KEY, der::write(OBJECT_IDENTIFIER, &[oid]))
            }
            Self::Ed25519 => (ED25519, Vec::new()),
            Self::Akp(Alg::MlDsa44) => (ML_DSA_44, Vec::new()),
            Self::Akp(Alg::MlDsa65) => (ML_DSA_65, Vec::new()),
            Self::Akp(Alg::MlDsa87) => (ML_DSA_87, Vec::new()),
            Self::Akp(_) => return None,
        };
        Some(der::write(SEQUENCE, &[&der::write(OBJECT_IDENTIFIER, &[oid]), &parameters]))
    }
}

/// Reads `ECParameters` ([RFC 5480 §2.1.1](https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1)): the name of a curve,
/// and never the numbers of one.
pub(crate) fn read_named_curve(parameters: &[u8]) -> Result<Curve, KeyError> {
    let mut reader = Reader::new(parameters);
    let named = reader.take(OBJECT_IDENTIFIER).filter(|_| reader.end().is_some());
    let found = NAMED_CURVES.iter().find(|(_, oid)| Some(*oid) == named);
    found.map(|(curve, _)| *curve).ok_or(KeyError::UnsupportedKeyType)
}

/// The curves of keys in DER: all that is to be said here of a new one. What follows from a curve is told by
/// [`Curve::coordinate_bytes`] and [`KeyKind`].
pub(crate) const NAMED_CURVES: &[(Curve, &[u8])] =
    &[(Curve::P256, PRIME256V1), (Curve::P384, SECP384R1), (Curve::P521, SECP521R1), (Curve::Secp256k1, SECP256K1)];

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.10
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
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
/// 2.16.840.1.101.3.4.3.17
const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11];
/// 2.16.840.1.101.3.4.3.18
const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12];
/// 2.16.840.1.101.3.4.3.19
const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13];

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
        der::write(SEQUENCE, &[&der::write(OBJECT_IDENTIFIER, &[oid]), parameters])
    }

    fn curve(oid: &[u8]) -> Vec<u8> {
        der::write(OBJECT_IDENTIFIER, &[oid])
    }

    #[test]
    fn a_type_has_its_parameters_in_one_form() {
        let unsupported = Err(KeyError::UnsupportedKeyType);
        for (oid, parameters, key_type) in [
            (RSA_ENCRYPTION, der::NULL.to_vec(), Ok(KeyType::Rsa)),
            (ED25519, Vec::new(), Ok(KeyType::Ed25519)),
            (EC_PUBLIC_KEY, curve(PRIME256V1), Ok(KeyType::Ec(Curve::P256))),
            (EC_PUBLIC_KEY, curve(SECP384R1), Ok(KeyType::Ec(Curve::P384))),
            (EC_PUBLIC_KEY, curve(SECP521R1), Ok(KeyType::Ec(Curve::P521))),
            (EC_PUBLIC_KEY, curve(SECP256K1), Ok(KeyType::Ec(Curve::Secp256k1))),
            // brainpoolP256r1
            (EC_PUBLIC_KEY, curve(&[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07]), unsupported),
            (EC_PUBLIC_KEY, Vec::new(), unsupported),
            (EC_PUBLIC_KEY, der::NULL.to_vec(), unsupported),
            (EC_PUBLIC_KEY, [curve(PRIME256V1), curve(PRIME256V1)].concat(), unsupported),
            // The numbers of a curve in place of its name.
            (EC_PUBLIC_KEY, der::write(SEQUENCE, &[&[2, 1, 1], &curve(PRIME256V1)]), unsupported),
            (ML_DSA_44, Vec::new(), Ok(KeyType::Akp(Alg::MlDsa44))),
            (ML_DSA_65, Vec::new(), Ok(KeyType::Akp(Alg::MlDsa65))),
            (ML_DSA_87, Vec::new(), Ok(KeyType::Akp(Alg::MlDsa87))),
            (ML_DSA_87, der::NULL.to_vec(), unsupported),
            (ED25519, der::NULL.to_vec(), unsupported),
            (RSA_ENCRYPTION, Vec::new(), unsupported),
            (RSA_ENCRYPTION, [der::NULL, der::NULL].concat(), unsupported),
            // X25519
            (&[0x2b, 0x65, 0x6e], Vec::new(), unsupported),
            (RSASSA_PSS, Vec::new(), Err(KeyError::RsassaPssKey)),
            (RSASSA_PSS, der::write(SEQUENCE, &[]), Err(KeyError::RsassaPssKey)),
        ] {
            let der = identifier(oid, &parameters);
            let read = AlgorithmIdentifier::take(&mut Reader::new(&der)).unwrap();
            assert_eq!(read.key_type(), key_type, "{oid:02x?} {parameters:02x?}");
            if let Ok(key_type) = key_type {
                assert_eq!(key_type.to_der(), Some(der));
            }
        }
    }

    #[test]
    fn every_named_curve_belongs_to_a_kind_of_key() {
        for (curve, oid) in NAMED_CURVES {
            assert!(KeyType::Ec(*curve).kind().is_some());
            assert_eq!(read_named_curve(&der::write(OBJECT_IDENTIFIER, &[oid])), Ok(*curve));
        }
        assert_eq!(KeyType::Ec(Curve::Ed25519).to_der(), None);
        assert_eq!(KeyType::Rsa.kind(), Some(KeyKind::Rsa));
        assert_eq!(KeyType::Ed25519.kind(), Some(KeyKind::Ed25519));
    }
}
