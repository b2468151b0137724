//! RFC 4231 §4.2 to §4.4, §4.7: HMAC-SHA-256, HMAC-SHA-384, HMAC-SHA-512.
use symbolon_crypto::BadSignature;
use symbolon_types::Alg;

use crate::{each, vectors::hex};

const ALGS: [Alg; 3] = [Alg::Hs256, Alg::Hs384, Alg::Hs512];

#[test]
fn the_worked_examples_are_reproduced_however_the_message_is_cut() {
    each(|crypto| {
        for (key, message, macs) in [
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                [
                    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
                    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
                ],
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                [
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                ],
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                [
                    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                    "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
                    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
                ],
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                [
                    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                    "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
                    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
                ],
            ),
        ] {
            let (a, b) = message.split_at(5);
            for (alg, mac) in ALGS.into_iter().zip(macs) {
                let (prepared, mac) = (crypto.load_mac(alg, &key).unwrap(), hex(mac));
                assert_eq!(prepared.sign(&[&message])[..], mac);
                assert_eq!(prepared.sign(&[a, b"", b])[..], mac);
                assert_ne!(prepared.sign(&[a, b, b"x"])[..], mac);
                assert_eq!(prepared.verify(&[a, b], &mac), Ok(()));
                assert_eq!(prepared.verify(&[a, b, b"x"], &mac), Err(BadSignature));
                assert_eq!(prepared.verify(&[a, b], &mac[..mac.len() - 1]), Err(BadSignature));
                for at in 0..mac.len() {
                    let mut other = mac.clone();
                    other[at] ^= 1;
                    assert_eq!(prepared.verify(&[a, b], &other), Err(BadSignature), "{alg} octet {at}");
                }
                assert_ne!(crypto.load_mac(alg, b"another").unwrap().sign(&[&message])[..], mac);
            }
            assert_eq!(crypto.hmac_sha256.load(&key).sign(&[&message]), *hex(macs[0]));
        }
    });
}

#[test]
fn a_prepared_key_is_not_shown() {
    each(|crypto| {
        for alg in ALGS {
            let shown = format!("{:?}", crypto.load_mac(alg, &[77; 64]).unwrap());
            assert!(shown.contains("(..)") && !shown.contains("77"), "{shown}");
        }
    });
}
