use alloc::vec::Vec;

use symbolon_crypto::{Curve, PublicKey};
use symbolon_types::Alg;

use crate::{SignError, algorithm_identifier::NAMED_CURVES, der::Reader, key_kind::KeyKind};

/// Turns an ECDSA signature in DER (`ECDSA-Sig-Value`, [RFC 3279 §2.2.3]), as a KMS or an HSM answers, into the form of
/// JWS: `r || s`, each of the length of a coordinate ([RFC 7518 §3.4]).
///
/// It is called where the signer is known to answer in DER; nothing here or in
/// [`SigningInput::finish`](crate::SigningInput::finish) guesses which form a signature has, and a token whose signature
/// is in DER is never taken. The signature is *not* verified here; `finish` does that.
///
/// ```
/// use symbolon_jose::{SignError, ecdsa_signature_from_der};
/// use symbolon_types::Alg;
///
/// let signature = ecdsa_signature_from_der(Alg::Es256, &[0x30, 7, 2, 2, 0, 0xff, 2, 1, 9])?;
/// assert_eq!((signature.len(), signature[31], signature[63]), (64, 0xff, 9));
/// let with_a_tail = [0x30, 7, 2, 2, 0, 0xff, 2, 1, 9, 0];
/// assert_eq!(ecdsa_signature_from_der(Alg::Es256, &with_a_tail), Err(SignError::MalformedSignature));
/// # Ok::<(), SignError>(())
/// ```
///
/// # Errors
/// - [`SignError::NotEcdsa`]: the algorithm is no ECDSA (`server_error`).
/// - [`SignError::MalformedSignature`]: not strictly DER, or a number that is not positive or longer than a coordinate
///   (`server_error`).
///
/// [RFC 3279 §2.2.3]: https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3
/// [RFC 7518 §3.4]: https://www.rfc-editor.org/rfc/rfc7518#section-3.4
pub fn ecdsa_signature_from_der(alg: Alg, der: &[u8]) -> Result<Vec<u8>, SignError> {
    let length = curve_of(alg).ok_or(SignError::NotEcdsa)?.coordinate_bytes();
    fixed_form(length, der).ok_or(SignError::MalformedSignature)
}

fn fixed_form(length: usize, der: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Reader::new(der);
    let mut numbers = outer.sequence()?;
    outer.end()?;
    let (r, s) = (numbers.positive_integer()?, numbers.positive_integer()?);
    numbers.end()?;
    let mut signature = Vec::with_capacity(length.saturating_mul(2));
    for number in [r, s] {
        let zeros = length.checked_sub(number.len())?;
        signature.extend(core::iter::repeat_n(0, zeros));
        signature.extend(number);
    }
    Some(signature)
}

/// The curve on which an algorithm signs.
fn curve_of(alg: Alg) -> Option<Curve> {
    let signs_on = |curve| KeyKind::of(&PublicKey::Ec { curve, x: &[], y: &[] }).is_some_and(|kind| kind.fits(alg));
    NAMED_CURVES.iter().map(|(curve, _)| *curve).find(|curve| signs_on(*curve))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::der::{self, SEQUENCE};

    use super::*;

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        der::write(SEQUENCE, &[&der::write_positive_integer(r), &der::write_positive_integer(s)])
    }

    #[test]
    fn every_ecdsa_algorithm_has_the_length_of_its_curve() {
        let lengths: Vec<_> = Alg::ALL
            .iter()
            .filter_map(|alg| ecdsa_signature_from_der(*alg, &der(&[1], &[2])).ok().map(|octets| (*alg, octets.len())))
            .collect();
        assert!(lengths.contains(&(Alg::Es256, 64)) && lengths.contains(&(Alg::Es384, 96)));
        for alg in Alg::ALL.iter().filter(|alg| !alg.as_str().starts_with("ES")) {
            assert_eq!(ecdsa_signature_from_der(*alg, &der(&[1], &[2])), Err(SignError::NotEcdsa), "{alg}");
        }
        let named = Alg::ALL.iter().filter(|alg| alg.as_str().starts_with("ES")).count();
        assert_eq!(lengths.len(), named, "an algorithm whose curve is not in the table");
    }

    #[test]
    fn numbers_are_positive_minimal_and_no_longer_than_a_coordinate() {
        let read = |der: &[u8]| ecdsa_signature_from_der(Alg::Es256, der);
        assert!(read(&der(&[0xff; 32], &[0x7f; 32])).is_ok());
        for bad in [
            der(&[1; 33], &[1]),
            der(&[1], &[1; 33]),
            der(&[0xff; 33], &[1]),
            der(&[1], &[]),
            alloc::vec![0x30, 6, 2, 1, 0, 2, 1, 1],
            alloc::vec![0x30, 6, 2, 1, 1, 2, 1, 0],
            alloc::vec![0x30, 6, 2, 1, 0x80, 2, 1, 1],
            alloc::vec![0x30, 6, 2, 1, 1, 2, 1, 0xff],
            alloc::vec![0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            alloc::vec![0x30, 6, 2, 1, 1, 2, 1, 1, 0],
            alloc::vec![0x30, 8, 2, 1, 1, 2, 1, 1, 5, 0],
            alloc::vec![0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
            alloc::vec![0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],
            alloc::vec![0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0],
            alloc::vec![0x30, 3, 2, 1, 1],
            alloc::vec![0x31, 6, 2, 1, 1, 2, 1, 1],
            alloc::vec![],
            // The fixed form itself.
            alloc::vec![0x30; 64],
        ] {
            assert_eq!(read(&bad), Err(SignError::MalformedSignature), "{bad:02x?}");
        }
    }

    #[test]
    fn a_sequence_longer_than_127_octets_has_its_length_in_two_and_no_other_form_of_it_is_taken() {
        // From the last numbers whose length is one octet to the longest that there are.
        for (r, s) in [(62, 61), (62, 62), (66, 66)] {
            let (r, s) = (alloc::vec![1; r], alloc::vec![1; s]);
            let good = der(&r, &s);
            let content = der::write_positive_integer(&r).len() + der::write_positive_integer(&s).len();
            assert_eq!(good.len(), content + if content < 0x80 { 2 } else { 3 });
            assert!(ecdsa_signature_from_der(Alg::Es512, &good).is_ok(), "{content}");
            let length = u8::try_from(content).unwrap();
            let numbers = &good[good.len() - content..];
            let forms = [&[SEQUENCE, length][..], &[SEQUENCE, 0x81, length], &[SEQUENCE, 0x82, 0, length]];
            for bad in forms.into_iter().map(|head| [head, numbers].concat()).filter(|der| *der != good) {
                assert_eq!(
                    ecdsa_signature_from_der(Alg::Es512, &bad),
                    Err(SignError::MalformedSignature),
                    "{bad:02x?}"
                );
            }
        }
    }

    fn magnitude(half: &[u8]) -> Vec<u8> {
        half.iter().copied().skip_while(|octet| *octet == 0).collect()
    }

    /// An algorithm, the length of its coordinates, and two numbers: half of them as long as that, a few longer.
    fn signature() -> impl Strategy<Value = (Alg, usize, Vec<u8>, Vec<u8>)> {
        let curves = alloc::vec![(Alg::Es256, 32), (Alg::Es256K, 32), (Alg::Es384, 48), (Alg::Es512, 66)];
        proptest::sample::select(curves).prop_flat_map(|(alg, length)| {
            let octets = |count| proptest::collection::vec(any::<u8>(), count);
            let number = move || {
                prop_oneof![octets(length..=length), octets(1..=length.saturating_add(1))].prop_map(|mut number| {
                    number[0] = number[0].max(1);
                    number
                })
            };
            (Just(alg), Just(length), number(), number())
        })
    }

    proptest! {
        #[test]
        fn no_two_octet_strings_are_one_signature(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            // Half of the inputs begin as a signature does.
            for input in [octets.clone(), [&[0x30, 6, 2, 1], octets.as_slice()].concat()] {
                if let Ok(signature) = ecdsa_signature_from_der(Alg::Es256, &input) {
                    prop_assert_eq!(der(&magnitude(&signature[..32]), &magnitude(&signature[32..])), input);
                }
            }
        }

        #[test]
        fn a_written_signature_reads_back_and_one_with_a_longer_number_does_not((alg, length, r, s) in signature()) {
            let padded = |number: &[u8]| {
                let zeros = length.checked_sub(number.len())?;
                Some([alloc::vec![0; zeros].as_slice(), number].concat())
            };
            let expected = padded(&r).zip(padded(&s)).map(|(r, s)| [r, s].concat());
            prop_assert_eq!(ecdsa_signature_from_der(alg, &der(&r, &s)), expected.ok_or(SignError::MalformedSignature));
        }

        #[test]
        fn a_signature_with_one_octet_changed_is_refused_or_the_one_form_of_others(
            (alg, length, r, s) in signature(),
            at: proptest::sample::Index,
            by in 1..=u8::MAX,
        ) {
            let mut changed = der(&r, &s);
            let at = at.index(changed.len());
            changed[at] ^= by;
            if let Ok(read) = ecdsa_signature_from_der(alg, &changed) {
                prop_assert_eq!(der(&magnitude(&read[..length]), &magnitude(&read[length..])), changed);
            }
        }
    }
}
