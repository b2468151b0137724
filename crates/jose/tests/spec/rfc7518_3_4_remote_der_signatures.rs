//! A signer elsewhere that answers in DER. Wycheproof's signatures in DER are run by `testkit`.

use symbolon_jose::{RemoteKey, SignError, SigningInput, ecdsa_signature_from_der};
use symbolon_types::Alg;

use crate::support::{cut_and_lengthened, each_octet_changed, read, signature, verifying_key};

const ECDSA: [Alg; 2] = [Alg::Es256, Alg::Es384];

/// What a KMS would answer: the same numbers in DER.
fn in_der(fixed: &[u8]) -> Vec<u8> {
    let number = |half: &[u8]| {
        let mut number: Vec<u8> = half.iter().copied().skip_while(|octet| *octet == 0).collect();
        if number[0] >= 0x80 {
            number.insert(0, 0);
        }
        [&[2, u8::try_from(number.len()).unwrap()], number.as_slice()].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let numbers = [number(r), number(s)].concat();
    [&[0x30, u8::try_from(numbers.len()).unwrap()], numbers.as_slice()].concat()
}

fn input(alg: Alg) -> SigningInput {
    let remote = RemoteKey::new(verifying_key(alg).with_kid("hsm"));
    SigningInput::new(Some("JWT"), &remote, &serde_json::json!({ "sub": "a" })).unwrap()
}

#[test]
fn an_answer_in_der_becomes_a_token_when_it_is_asked_for() {
    for alg in ECDSA {
        for _ in 0..16 {
            let input = input(alg);
            let fixed = signature(alg, input.bytes());
            let der = in_der(&fixed);
            assert_eq!(ecdsa_signature_from_der(alg, &der), Ok(fixed.clone()));
            assert_eq!(input.clone().finish(&der), Err(SignError::BadSignature), "no form is guessed");
            assert_eq!(ecdsa_signature_from_der(alg, &fixed), Err(SignError::MalformedSignature), "nor here");
            let text = input.finish(&ecdsa_signature_from_der(alg, &der).unwrap()).unwrap();
            assert!(read(&text, alg).is_ok());
        }
    }
}

#[test]
fn a_changed_cut_or_lengthened_answer_makes_no_token() {
    for alg in ECDSA {
        let input = input(alg);
        let der = in_der(&signature(alg, input.bytes()));
        let finish = |der: &[u8]| input.clone().finish(&ecdsa_signature_from_der(alg, der)?);
        assert!(finish(&der).is_ok());
        for (at, bad) in each_octet_changed(&der) {
            assert!(finish(&bad).is_err(), "octet {at}");
        }
        for bad in cut_and_lengthened(&der) {
            assert_eq!(finish(&bad), Err(SignError::MalformedSignature));
        }
    }
}

#[test]
fn the_algorithm_says_how_long_the_numbers_are() {
    let es256 = in_der(&signature(Alg::Es256, b"message"));
    assert_eq!(ecdsa_signature_from_der(Alg::Es384, &es256).unwrap().len(), 96);
    let longer = in_der(&[0x7f; 96]);
    assert!(ecdsa_signature_from_der(Alg::Es384, &longer).is_ok());
    assert_eq!(ecdsa_signature_from_der(Alg::Es256, &longer), Err(SignError::MalformedSignature));
    for alg in [Alg::Rs256, Alg::Ps256, Alg::Ed25519, Alg::EdDsa, Alg::Hs256] {
        assert_eq!(ecdsa_signature_from_der(alg, &es256), Err(SignError::NotEcdsa), "{alg}");
    }
}
