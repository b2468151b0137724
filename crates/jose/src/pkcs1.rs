use alloc::vec::Vec;

use symbolon_crypto::{OwnedPublicKey, PrivateKey, PublicKey};

use crate::{
    KeyError,
    der::{self, INTEGER, Reader, SEQUENCE},
    spki::check_key,
};

/// Reads an `RSAPrivateKey` ([RFC 8017 A.1.2]) of two primes. The numbers are borrowed from the text; whether they belong
/// together is for the provider.
///
/// [RFC 8017 A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
pub(crate) fn private_key(der: &[u8]) -> Result<PrivateKey<'_>, KeyError> {
    const MALFORMED: KeyError = KeyError::MalformedDer { name: "RSAPrivateKey" };
    let mut numbers = whole_sequence(der).ok_or(MALFORMED)?;
    let version = numbers.take(INTEGER).ok_or(MALFORMED)?;
    let (public, private) = eight_numbers(&mut numbers).ok_or(MALFORMED)?;
    match (version, numbers.take(SEQUENCE), numbers.rest()) {
        ([0], None, []) => {}
        // More than two primes, which no provider here does.
        ([1], Some(_), []) => return Err(KeyError::UnsupportedKeyType),
        _ => return Err(MALFORMED),
    }
    check_key(&public, MALFORMED)?;
    Ok(private)
}

#[expect(clippy::many_single_char_names, reason = "RFC 8017 gives them these names")]
fn eight_numbers<'a>(numbers: &mut Reader<'a>) -> Option<(PublicKey<'a>, PrivateKey<'a>)> {
    let (n, e) = (numbers.positive_integer()?, numbers.positive_integer()?);
    let (d, p, q) = (numbers.positive_integer()?, numbers.positive_integer()?, numbers.positive_integer()?);
    let (dp, dq, qi) = (numbers.positive_integer()?, numbers.positive_integer()?, numbers.positive_integer()?);
    Some((PublicKey::Rsa { n, e }, PrivateKey::Rsa { n, e, d, p, q, dp, dq, qi }))
}

/// Reads an `RSAPublicKey` ([RFC 8017 A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1)). Its strength is
/// not judged here.
pub(crate) fn public_key(der: &[u8]) -> Option<OwnedPublicKey> {
    let mut numbers = whole_sequence(der)?;
    let (n, e) = (numbers.positive_integer()?, numbers.positive_integer()?);
    numbers.end()?;
    Some(OwnedPublicKey::Rsa { n: n.to_vec(), e: e.to_vec() })
}

/// Writes an `RSAPublicKey`.
pub(crate) fn write_public_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    der::write(SEQUENCE, &[&der::write_positive_integer(n), &der::write_positive_integer(e)])
}

fn whole_sequence(der: &[u8]) -> Option<Reader<'_>> {
    let mut outer = Reader::new(der);
    let sequence = outer.sequence()?;
    outer.end()?;
    Some(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2^2047 + 1 and 65537, which are sound as far as can be seen, and these numbers.
    fn private(version: u8, numbers: &[u8], more: &[u8]) -> Vec<u8> {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| der::write_positive_integer(&[*number])).collect();
        let n = der::write_positive_integer(&modulus());
        der::write(SEQUENCE, &[&[INTEGER, 1, version], &n, &[INTEGER, 3, 1, 0, 1], &numbers, more])
    }

    fn modulus() -> Vec<u8> {
        let mut n = alloc::vec![0; 256];
        (n[0], n[255]) = (0x80, 1);
        n
    }

    #[test]
    fn a_private_key_has_a_version_and_eight_numbers() {
        let malformed = Some(KeyError::MalformedDer { name: "RSAPrivateKey" });
        let der = private(0, &[0x83, 4, 5, 6, 7, 8], &[]);
        let Ok(PrivateKey::Rsa { n, e, d, p, q, dp, dq, qi }) = private_key(&der) else { panic!("refused") };
        assert_eq!((n, e), (&*modulus(), &[1, 0, 1][..]));
        assert_eq!([d, p, q, dp, dq, qi].concat(), [0x83, 4, 5, 6, 7, 8]);
        let three_primes = private(1, &[3, 4, 5, 6, 7, 8], &[SEQUENCE, 0]);
        assert_eq!(private_key(&three_primes).err(), Some(KeyError::UnsupportedKeyType));
        for bad in [
            private(0, &[3, 4, 5, 6, 7, 8], &[SEQUENCE, 0]),
            private(1, &[3, 4, 5, 6, 7, 8], &[]),
            private(1, &[3, 4, 5, 6, 7, 8], &[SEQUENCE, 0, SEQUENCE, 0]),
            private(2, &[3, 4, 5, 6, 7, 8], &[]),
            private(0, &[3, 4, 5, 6, 7], &[]),
            private(0, &[3, 4, 5, 6, 7, 8, 9], &[]),
            private(0, &[3, 4, 5, 6, 7, 0], &[]),
            [der.as_slice(), &[0]].concat(),
            der[..der.len() - 1].to_vec(),
        ] {
            assert_eq!(private_key(&bad).err(), malformed, "{bad:02x?}");
        }
    }

    #[test]
    fn a_public_key_reads_back() {
        let der = write_public_key(&[0x81, 2], &[1, 0, 1]);
        assert_eq!(der, [0x30, 10, 2, 3, 0, 0x81, 2, 2, 3, 1, 0, 1]);
        assert_eq!(public_key(&der), Some(OwnedPublicKey::Rsa { n: alloc::vec![0x81, 2], e: alloc::vec![1, 0, 1] }));
        for end in 0..der.len() {
            assert_eq!(public_key(&der[..end]), None);
        }
        assert_eq!(public_key(&[der.as_slice(), &[0]].concat()), None);
        let three = der::write(SEQUENCE, &[&[2, 1, 3, 2, 1, 5, 2, 1, 7]]);
        assert_eq!(public_key(&three), None);
    }
}
