use symbolon_crypto::{Curve, PrivateKey};

use crate::{
    KeyError,
    algorithm_identifier::{KeyType, read_named_curve},
    der::{INTEGER, OCTET_STRING, Reader, explicit},
    key_kind::KeyKind,
};

/// An `ECPrivateKey` ([RFC 5915 §3]) with both of its optional parts: the curve and the public key. The numbers are
/// borrowed from the text; whether they belong together is for the provider.
///
/// [RFC 5915 §3]: https://www.rfc-editor.org/rfc/rfc5915#section-3
pub(crate) struct EcPrivateKey<'a> {
    curve: Curve,
    x: &'a [u8],
    y: &'a [u8],
    d: &'a [u8],
}

impl<'a> EcPrivateKey<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, KeyError> {
        let parts = Parts::read(der).ok_or(MALFORMED)?;
        // RFC 5915 §3: parameters are a MUST outside of PKCS#8. A curve is never guessed from a length.
        let curve = read_named_curve(parts.parameters.ok_or(KeyError::MissingField { name: "parameters" })?)?;
        let public = parts.public.ok_or(KeyError::MissingField { name: "publicKey" })?;
        let public = read_public(public).ok_or(MALFORMED)?;
        let (x, y) = uncompressed_point(curve, public).ok_or(MALFORMED)?;
        // RFC 5915 §3: the full length, with leading zero octets.
        if parts.private.len() != curve.coordinate_bytes() {
            return Err(MALFORMED);
        }
        Ok(Self { curve, x, y, d: parts.private })
    }

    /// Checks what stood in a block `EC PARAMETERS` before the key.
    pub(crate) fn check_parameters(&self, parameters: &[u8]) -> Result<(), KeyError> {
        if read_named_curve(parameters)? == self.curve { Ok(()) } else { Err(KeyError::EcParametersMismatch) }
    }

    pub(crate) fn kind(&self) -> Option<KeyKind> {
        KeyType::Ec(self.curve).kind()
    }

    /// The pair in the form in which a provider takes it.
    pub(crate) const fn as_private_key(&self) -> PrivateKey<'a> {
        PrivateKey::Ec { curve: self.curve, x: self.x, y: self.y, d: self.d }
    }
}

struct Parts<'a> {
    private: &'a [u8],
    parameters: Option<&'a [u8]>,
    public: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(der);
        let mut key = outer.sequence()?;
        outer.end()?;
        if key.take(INTEGER)? != [1] {
            return None;
        }
        let private = key.take(OCTET_STRING)?;
        let (parameters, public) = (key.take(explicit(0)), key.take(explicit(1)));
        key.end().map(|()| Self { private, parameters, public })
    }
}

fn read_public(octets: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(octets);
    let point = reader.bit_string()?;
    reader.end().map(|()| point)
}

/// The coordinates of a point that is written with both of them ([SEC 1 §2.3.3](https://www.secg.org/sec1-v2.pdf)).
/// Compressed and hybrid forms are refused (RFC 5480 §2.2 makes them optional).
pub(crate) fn uncompressed_point(curve: Curve, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&UNCOMPRESSED, coordinates) = octets.split_first()? else { return None };
    let (x, y) = coordinates.split_at_checked(curve.coordinate_bytes())?;
    (y.len() == x.len()).then_some((x, y))
}

/// First octet of a point that is written with both coordinates.
pub(crate) const UNCOMPRESSED: u8 = 4;

const MALFORMED: KeyError = KeyError::MalformedDer { name: "ECPrivateKey" };

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::{
        algorithm_identifier::NAMED_CURVES,
        der::{self, NULL, OBJECT_IDENTIFIER, SEQUENCE},
    };

    use super::*;

    const VERSION: &[u8] = &[INTEGER, 1, 1];

    fn named(curve: Curve) -> Vec<u8> {
        let (_, oid) = NAMED_CURVES.iter().find(|(named, _)| *named == curve).unwrap();
        der::write(OBJECT_IDENTIFIER, &[oid])
    }

    fn private(octets: usize) -> Vec<u8> {
        der::write(OCTET_STRING, &[&alloc::vec![7; octets]])
    }

    fn parameters(curve: Curve) -> Vec<u8> {
        der::write(explicit(0), &[&named(curve)])
    }

    fn public(first: u8, octets: usize) -> Vec<u8> {
        der::write(explicit(1), &[&der::write_bit_string(&[&[first], alloc::vec![9; octets].as_slice()].concat())])
    }

    fn key(parts: &[&[u8]]) -> Vec<u8> {
        der::write(SEQUENCE, parts)
    }

    fn refused(der: &[u8]) -> KeyError {
        EcPrivateKey::read(der).err().unwrap()
    }

    #[test]
    fn a_key_with_curve_and_public_half_is_read() {
        for curve in [Curve::P256, Curve::P384] {
            let size = curve.coordinate_bytes();
            let der = key(&[VERSION, &private(size), &parameters(curve), &public(4, 2 * size)]);
            let read = EcPrivateKey::read(&der).unwrap();
            assert_eq!((read.curve, read.d, read.x.len(), read.y.len()), (curve, &*alloc::vec![7; size], size, size));
            assert!(matches!(read.as_private_key(), PrivateKey::Ec { .. }));
            for end in 0..der.len() {
                assert_eq!(refused(&der[..end]), MALFORMED);
            }
            assert_eq!(refused(&[der.as_slice(), &[0]].concat()), MALFORMED);
        }
    }

    #[test]
    fn parts_that_a_key_may_lack_are_asked_for_by_name() {
        let (d, curve, point) = (private(32), parameters(Curve::P256), public(4, 64));
        assert!(EcPrivateKey::read(&key(&[VERSION, &d, &curve, &point])).is_ok());
        assert_eq!(refused(&key(&[VERSION, &d, &point])), KeyError::MissingField { name: "parameters" });
        assert_eq!(refused(&key(&[VERSION, &d, &curve])), KeyError::MissingField { name: "publicKey" });
        assert_eq!(refused(&key(&[VERSION, &d])), KeyError::MissingField { name: "parameters" });
    }

    #[test]
    fn anything_else_is_malformed_or_on_another_curve() {
        let (d, curve, point) = (private(32), parameters(Curve::P256), public(4, 64));
        for bad in [
            key(&[&[INTEGER, 1, 0], &d, &curve, &point]),
            key(&[&[INTEGER, 2, 0, 1], &d, &curve, &point]),
            key(&[VERSION, &private(31), &curve, &point]),
            key(&[VERSION, &private(33), &curve, &point]),
            key(&[VERSION, &d, &point, &curve]),
            key(&[VERSION, &d, &curve, &curve, &point]),
            key(&[VERSION, &d, &curve, &point, NULL]),
            key(&[VERSION, &d, &curve, &public(4, 63)]),
            key(&[VERSION, &d, &curve, &public(4, 65)]),
            key(&[VERSION, &d, &curve, &public(4, 96)]),
            key(&[VERSION, &d, &curve, &public(2, 32)]),
            key(&[VERSION, &d, &curve, &public(6, 64)]),
            key(&[VERSION, &d, &parameters(Curve::P384), &point]),
            key(&[VERSION, &d, &curve, &der::write(explicit(1), &[])]),
            key(&[VERSION, &d, &curve, &der::write(explicit(1), &[&[3, 1, 0, 3, 1, 0]])]),
        ] {
            assert_eq!(refused(&bad), MALFORMED, "{bad:02x?}");
        }
        for other in [der::write(explicit(0), &[NULL]), der::write(explicit(0), &[&named(Curve::P256), NULL])] {
            assert_eq!(refused(&key(&[VERSION, &d, &other, &point])), KeyError::UnsupportedKeyType);
        }
    }

    #[test]
    fn parameters_before_the_key_name_its_curve() {
        let der = key(&[VERSION, &private(32), &parameters(Curve::P256), &public(4, 64)]);
        let read = EcPrivateKey::read(&der).unwrap();
        assert_eq!(read.check_parameters(&named(Curve::P256)), Ok(()));
        assert_eq!(read.check_parameters(&named(Curve::P384)), Err(KeyError::EcParametersMismatch));
        assert_eq!(read.check_parameters(NULL), Err(KeyError::UnsupportedKeyType));
        assert_eq!(read.check_parameters(&[]), Err(KeyError::UnsupportedKeyType));
    }
}
