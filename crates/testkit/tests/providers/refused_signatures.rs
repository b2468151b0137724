//! RFC 7518 §3.3, §3.4, RFC 8032 §5.1.7: signatures of a wrong form.
use alloc::sync::Arc;

use symbolon_crypto::{BadSignature, CryptoProvider, PublicKey, Verifier};
use symbolon_types::Alg;

use crate::{
    each, keys, load, sign,
    vectors::{Example, example, hex, pem},
};

fn verifier(crypto: &CryptoProvider, alg: Alg, example: &Example) -> Arc<dyn Verifier> {
    crypto.signature(alg).unwrap().load_public(&example.key.public().as_ref()).unwrap()
}

#[test]
fn a014_an_es256_signature_with_r_or_s_out_of_range_is_refused() {
    each(|crypto| {
        let example = example("rfc7515-A.3");
        let verifier = verifier(crypto, Alg::Es256, &example);
        let (r, s) = example.signature.split_at(32);
        let verify = |r: &[u8], s: &[u8]| verifier.verify(&example.message, &[r, s].concat());
        assert_eq!(verify(r, s), Ok(()));
        let zero = [0; 32];
        let n = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        for wrong in [&zero[..], &n, &[0xff; 32]] {
            assert_eq!(verify(wrong, s), Err(BadSignature));
            assert_eq!(verify(r, wrong), Err(BadSignature));
            assert_eq!(verify(wrong, wrong), Err(BadSignature));
        }
        assert_eq!(verify(s, r), Err(BadSignature));
    });
}

#[test]
fn a014_an_es256_signature_of_another_length_or_in_der_is_refused() {
    each(|crypto| {
        let example = example("rfc7515-A.3");
        let verifier = verifier(crypto, Alg::Es256, &example);
        let verify = |signature: &[u8]| verifier.verify(&example.message, signature);
        let signature = &example.signature[..];
        let (r, s) = signature.split_at(32);
        assert_eq!(verify(signature), Ok(()));
        assert_eq!(verify(&[]), Err(BadSignature));
        assert_eq!(verify(&signature[..63]), Err(BadSignature));
        assert_eq!(verify(&signature[1..]), Err(BadSignature));
        assert_eq!(verify(&[signature, &[0]].concat()), Err(BadSignature));
        assert_eq!(verify(&[&[0], signature].concat()), Err(BadSignature));
        assert_eq!(verify(&[&[0], r, &[0], s].concat()), Err(BadSignature));
        // r begins with 0x0e, s with 0xc5: the second INTEGER needs a leading zero.
        assert_eq!(verify(&[&[0x30, 0x45, 2, 0x20], r, &[2, 0x21, 0], s].concat()), Err(BadSignature), "DER");
    });
}

#[test]
fn a016_an_ed25519_signature_whose_s_is_not_reduced_is_refused() {
    each(|crypto| {
        let example = example("rfc8037-A.4");
        let verifier = verifier(crypto, Alg::Ed25519, &example);
        assert_eq!(verifier.verify(&example.message, &example.signature), Ok(()));
        // S + L, little-endian: the same scalar, another signature.
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut longer = example.signature.clone();
        let mut carry = 0;
        for (octet, add) in longer[32..].iter_mut().zip(&order) {
            let sum = u16::from(*octet).checked_add(u16::from(*add)).unwrap().checked_add(carry).unwrap();
            let [low, high] = sum.to_le_bytes();
            (*octet, carry) = (low, u16::from(high));
        }
        assert_eq!(verifier.verify(&example.message, &longer), Err(BadSignature));
        assert_eq!(verifier.verify(&example.message, &example.signature[..63]), Err(BadSignature));
        assert_eq!(verifier.verify(&example.message, &[&example.signature[..], &[0]].concat()), Err(BadSignature));
    });
}

#[test]
fn a017_an_rsa_signature_of_another_length_or_above_the_modulus_is_refused() {
    each(|crypto| {
        for alg in [Alg::Rs256, Alg::Rs384, Alg::Rs512, Alg::Ps256, Alg::Ps384, Alg::Ps512] {
            let (signer, verifier) = load(crypto, alg, &pem("rsa_2048.pem"));
            let key = signer.public_key();
            let PublicKey::Rsa { n, .. } = key.as_ref() else { panic!("{key:?}") };
            let signature = sign(crypto, &signer, b"message");
            let verify = |signature: &[u8]| verifier.verify(b"message", signature);
            assert_eq!(verify(&signature), Ok(()));
            assert_eq!(verify(&[&[0], &signature[..]].concat()), Err(BadSignature));
            assert_eq!(verify(&[&signature[..], &[0]].concat()), Err(BadSignature));
            assert_eq!(verify(&signature[..255]), Err(BadSignature));
            assert_eq!(verify(&signature[1..]), Err(BadSignature));
            assert_eq!(verify(&[]), Err(BadSignature));
            let mut one = vec![0; 256];
            assert_eq!(verify(&one), Err(BadSignature), "0");
            one[255] = 1;
            assert_eq!(verify(&one), Err(BadSignature), "1");
            assert_eq!(verify(n), Err(BadSignature), "n");
            assert_eq!(verify(&[0xff; 256]), Err(BadSignature), "above n");
        }
    });
}

#[test]
fn a014_an_ecdsa_signature_with_r_or_s_out_of_range_or_cut_elsewhere_is_refused_on_every_curve() {
    let orders = [
        (Alg::Es256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            Alg::Es384,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        (
            Alg::Es512,
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
        (Alg::Es256K, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ];
    each(|crypto| {
        for (alg, order) in orders {
            let Some((_, file, length)) = keys(crypto).find(|key| key.0 == alg) else { continue };
            let (signer, verifier) = load(crypto, alg, &pem(file));
            let signature = sign(crypto, &signer, b"message");
            let verify = |signature: &[u8]| verifier.verify(b"message", signature);
            assert_eq!(verify(&signature), Ok(()));
            let half = length / 2;
            let (r, s) = signature.split_at(half);
            let order = hex(order);
            assert_eq!(order.len(), half);
            for wrong in [vec![0; half], order.clone(), vec![0xff; half]] {
                assert_eq!(verify(&[&wrong, s].concat()), Err(BadSignature), "{alg}");
                assert_eq!(verify(&[r, &wrong].concat()), Err(BadSignature), "{alg}");
            }
            assert_eq!(verify(&[s, r].concat()), Err(BadSignature), "{alg}");
            assert_eq!(verify(&[&[0], r, &[0], s].concat()), Err(BadSignature), "{alg}");
            for wrong in [&signature[1..], &signature[..length - 1], &[]] {
                assert_eq!(verify(wrong), Err(BadSignature), "{alg}");
            }
        }
    });
}
