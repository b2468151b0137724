//! RFC 7518 §3.4, RFC 8812 §3.2: an answer in DER of a signer elsewhere becomes a token, on every curve that the provider has.
use serde_json::json;
use symbolon_crypto::CryptoProvider;
use symbolon_jose::{Jwk, RemoteKey, SignError, SigningInput, ecdsa_signature_from_der};
use symbolon_types::Alg;

use super::read;
use crate::{each, keys, load, sign, vectors::pem};

/// The heads that say this length, the shortest form first.
fn heads(length: usize) -> Vec<Vec<u8>> {
    let length = u8::try_from(length).unwrap();
    let short = (length < 0x80).then(|| vec![0x30, length]);
    short.into_iter().chain([vec![0x30, 0x81, length], vec![0x30, 0x82, 0, length]]).collect()
}

/// `r` and `s` as two INTEGERs.
fn numbers(fixed: &[u8]) -> Vec<u8> {
    let number = |half: &[u8]| {
        let mut number: Vec<u8> = half.iter().copied().skip_while(|octet| *octet == 0).collect();
        if number[0] >= 0x80 {
            number.insert(0, 0);
        }
        [&[2, u8::try_from(number.len()).unwrap()], number.as_slice()].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    [number(r), number(s)].concat()
}

/// What is to be signed, with a signature in its fixed form.
fn signed(crypto: &CryptoProvider, alg: Alg, file: &str) -> (SigningInput, Vec<u8>) {
    let (signer, _) = load(crypto, alg, &pem(file));
    let public = Jwk::from_public_key(&signer.public_key()).verifying_key(crypto, &[alg]).unwrap();
    let input = SigningInput::new(None, &RemoteKey::new(public), &json!({ "sub": "a" })).unwrap();
    let fixed = sign(crypto, &signer, input.bytes());
    (input, fixed)
}

fn curves(crypto: &CryptoProvider) -> impl Iterator<Item = (Alg, &'static str)> {
    keys(crypto).filter(|(alg, ..)| alg.as_str().starts_with("ES")).map(|(alg, file, _)| (alg, file))
}

#[test]
fn an_answer_in_der_becomes_a_token_and_with_one_bit_changed_it_does_not() {
    each(|crypto| {
        for (alg, file) in curves(crypto) {
            let (input, fixed) = signed(crypto, alg, file);
            let numbers = numbers(&fixed);
            let der = [heads(numbers.len()).remove(0), numbers].concat();
            assert_eq!(der[1] == 0x81, alg == Alg::Es512, "the numbers of P-521 alone are longer than 127 octets");
            assert_eq!(ecdsa_signature_from_der(alg, &der), Ok(fixed), "{alg}");
            let finish = |der: &[u8]| input.clone().finish(&ecdsa_signature_from_der(alg, der)?);
            let text = finish(&der).unwrap();
            let (signer, _) = load(crypto, alg, &pem(file));
            let key = Jwk::from_public_key(&signer.public_key()).verifying_key(crypto, &[alg]).unwrap();
            assert_eq!(read(&text, &key), Ok(()), "{alg}");
            for at in 0..der.len() {
                let mut changed = der.clone();
                changed[at] ^= 1 << (at % 8);
                assert!(finish(&changed).is_err(), "{alg} octet {at}");
            }
        }
    });
}

#[test]
fn a_length_in_another_than_its_shortest_form_a_cut_and_a_longer_answer_are_refused() {
    each(|crypto| {
        for (alg, file) in curves(crypto) {
            let (_, fixed) = signed(crypto, alg, file);
            let numbers = numbers(&fixed);
            let mut heads = heads(numbers.len()).into_iter().map(|head| [&head, &numbers[..]].concat());
            let shortest = heads.next().unwrap();
            assert_eq!(ecdsa_signature_from_der(alg, &shortest), Ok(fixed.clone()), "{alg}");
            let cut = (0..shortest.len()).map(|end| shortest[..end].to_vec());
            for bad in heads.chain(cut).chain([[&shortest[..], &[0]].concat(), fixed]) {
                assert_eq!(ecdsa_signature_from_der(alg, &bad), Err(SignError::MalformedSignature), "{alg} {bad:02x?}");
            }
        }
    });
}
