//! RFC 7518 §3.3, §6.2.1, RFC 8725 §3.4: keys are judged when they are loaded. Each refused key has a twin that is taken.
use symbolon_crypto::{CryptoProvider, Curve, KeyRejected, NewKey, PrivateKey, PublicKey};
use symbolon_types::Alg;

use crate::{
    PROVIDERS, each, keys, load, sign,
    vectors::{Numbers, example, hex, pem},
};

fn public(crypto: &CryptoProvider, alg: Alg, key: &PublicKey<'_>) -> Result<(), KeyRejected> {
    crypto.signature(alg).unwrap().load_public(key).map(|_| ())
}

fn private(crypto: &CryptoProvider, alg: Alg, key: &PrivateKey<'_>) -> Result<(), KeyRejected> {
    crypto.signature(alg).unwrap().load_private(key).map(|_| ())
}

fn jwk(crypto: &CryptoProvider, alg: Alg, key: &Numbers) -> Result<(), KeyRejected> {
    key.private(|key| private(crypto, alg, key))
}

const RSA: [Alg; 6] = [Alg::Rs256, Alg::Rs384, Alg::Rs512, Alg::Ps256, Alg::Ps384, Alg::Ps512];

#[test]
fn a032_an_rsa_modulus_below_2048_bits_is_refused() {
    each(|crypto| {
        let modulus = |octets: usize, first: u8| {
            let mut n = vec![0xff; octets];
            n[0] = first;
            n
        };
        for alg in RSA {
            let load = |n: &[u8]| public(crypto, alg, &PublicKey::Rsa { n, e: &[1, 0, 1] });
            assert_eq!(load(&modulus(256, 0x80)), Ok(()), "2048 bits");
            assert_eq!(load(&modulus(256, 0x7f)), Err(KeyRejected), "2047 bits");
            assert_eq!(load(&modulus(128, 0x80)), Err(KeyRejected), "1024 bits");
            assert_eq!(load(&[]), Err(KeyRejected));
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&pem("rsa_2048.pem"))), Ok(()));
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&pem("rsa_1024.pem"))), Err(KeyRejected));
        }
    });
}

#[test]
fn a035_an_rsa_modulus_above_8192_bits_is_refused() {
    each(|crypto| {
        for alg in RSA {
            let load = |octets: usize| public(crypto, alg, &PublicKey::Rsa { n: &vec![0xff; octets], e: &[1, 0, 1] });
            assert_eq!(load(1024), Ok(()), "8192 bits");
            assert_eq!(load(1025), Err(KeyRejected), "8200 bits");
            assert_eq!(load(2048), Err(KeyRejected), "16384 bits");
        }
    });
}

#[test]
fn a033_an_rsa_exponent_that_is_small_even_or_large_is_refused() {
    each(|crypto| {
        let n = example("rfc7515-A.2").key.get("n");
        for alg in RSA {
            let load = |e: &[u8]| public(crypto, alg, &PublicKey::Rsa { n: &n, e });
            assert_eq!(load(&[1, 0, 1]), Ok(()), "65537");
            assert_eq!(load(&[1, 0xff, 0xff, 0xff, 0xff]), Ok(()), "2^33 - 1");
            for refused in [
                &[][..],
                &[0],
                &[1],
                &[3],
                &[17],
                &[0xff, 0xff],
                &[1, 0, 0],
                &[1, 0, 2],
                &[2, 0, 0, 0, 1],
                &[1, 0, 0, 0, 0, 0, 0, 0, 1],
            ] {
                assert_eq!(load(refused), Err(KeyRejected), "{refused:?}");
            }
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&pem("rsa_2048_e3.pem"))), Err(KeyRejected));
        }
    });
}

#[test]
fn rsa_numbers_with_leading_zeros_and_even_moduli_are_refused() {
    each(|crypto| {
        let n = example("rfc7515-A.2").key.get("n");
        for alg in RSA {
            let load = |n: &[u8], e: &[u8]| public(crypto, alg, &PublicKey::Rsa { n, e });
            assert_eq!(load(&n, &[1, 0, 1]), Ok(()));
            assert_eq!(load(&[&[0], &n[..]].concat(), &[1, 0, 1]), Err(KeyRejected));
            assert_eq!(load(&n, &[0, 1, 0, 1]), Err(KeyRejected));
            let mut even = n.clone();
            even[255] &= 0xfe;
            assert_eq!(load(&even, &[1, 0, 1]), Err(KeyRejected));
        }
    });
}

#[test]
fn a141_rsa_numbers_that_do_not_belong_together_are_refused() {
    each(|crypto| {
        let key = example("rfc7515-A.2").key;
        for alg in RSA {
            assert_eq!(jwk(crypto, alg, &key), Ok(()));
            for name in ["n", "p", "q", "dp", "dq", "qi"] {
                let mut number = key.get(name);
                number[40] ^= 4;
                assert_eq!(jwk(crypto, alg, &key.with(name, &number)), Err(KeyRejected), "{name}");
            }
            assert_eq!(jwk(crypto, alg, &key.with("e", &[1, 0, 3])), Err(KeyRejected), "e");
            assert_eq!(jwk(crypto, alg, &key.with("d", &[3])), Err(KeyRejected), "d");
        }
    });
}

#[test]
fn a029_a_point_off_the_curve_is_refused() {
    each(|crypto| {
        let curves = [Alg::Es256, Alg::Es384, Alg::Es512, Alg::Es256K];
        for (alg, file, _) in keys(crypto).filter(|key| curves.contains(&key.0)) {
            let own = load(crypto, alg, &pem(file)).0.public_key();
            let PublicKey::Ec { curve, x, y } = own.as_ref() else { panic!("{own:?}") };
            let load = |x: &[u8], y: &[u8]| public(crypto, alg, &PublicKey::Ec { curve, x, y });
            assert_eq!(load(x, y), Ok(()));
            for at in 0..y.len() {
                let mut other = y.to_vec();
                other[at] ^= 1;
                assert_eq!(load(x, &other), Err(KeyRejected), "octet {at} of y");
            }
            assert_eq!(load(y, x), Err(KeyRejected), "halves swapped");
            let zero = vec![0; curve.coordinate_bytes()];
            assert_eq!(load(&zero, &zero), Err(KeyRejected), "the origin");
            assert_eq!(load(&vec![0xff; curve.coordinate_bytes()], y), Err(KeyRejected), "x above the prime");
        }
    });
}

#[test]
fn a029_a_coordinate_of_another_length_is_refused() {
    each(|crypto| {
        let key = example("rfc7515-A.3").key;
        let (x, y) = (key.get("x"), key.get("y"));
        let load = |curve, x: &[u8], y: &[u8]| public(crypto, Alg::Es256, &PublicKey::Ec { curve, x, y });
        assert_eq!(load(Curve::P256, &x, &y), Ok(()));
        assert_eq!(load(Curve::P256, &x[1..], &y), Err(KeyRejected));
        assert_eq!(load(Curve::P256, &x, &y[..31]), Err(KeyRejected));
        assert_eq!(load(Curve::P256, &[&[0], &x[..]].concat(), &y), Err(KeyRejected));
        assert_eq!(
            load(Curve::P256, &[&x[..], &y[..1]].concat(), &y[1..]),
            Err(KeyRejected),
            "64 octets, cut elsewhere"
        );
        assert_eq!(load(Curve::P384, &x, &y), Err(KeyRejected));
        assert_eq!(load(Curve::Ed25519, &x, &y), Err(KeyRejected));
    });
}

#[test]
fn a029_a_coordinate_that_is_not_reduced_is_refused() {
    each(|crypto| {
        // The point of P-256 with x = 5: x + p still fits in 32 octets and would be a second name of it.
        let x = hex("0000000000000000000000000000000000000000000000000000000000000005");
        let x_plus_p = hex("ffffffff00000001000000000000000000000001000000000000000000000004");
        let y = hex("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
        let load = |x: &[u8]| public(crypto, Alg::Es256, &PublicKey::Ec { curve: Curve::P256, x, y: &y });
        assert_eq!(load(&x), Ok(()));
        assert_eq!(load(&x_plus_p), Err(KeyRejected));
    });
}

#[test]
fn a141_elliptic_halves_that_do_not_belong_together_are_refused() {
    each(|crypto| {
        let keys = [
            (Alg::Es256, example("rfc7515-A.3").key),
            (Alg::Es512, example("rfc7515-A.4").key),
            (Alg::Ed25519, example("rfc8037-A.4").key),
        ];
        for (alg, key) in keys.into_iter().filter(|key| crypto.supports(key.0)) {
            assert_eq!(jwk(crypto, alg, &key), Ok(()));
            for name in ["d", "x"] {
                let mut number = key.get(name);
                number[9] ^= 1;
                assert_eq!(jwk(crypto, alg, &key.with(name, &number)), Err(KeyRejected), "{alg} {name}");
                assert_eq!(jwk(crypto, alg, &key.with(name, &number[1..])), Err(KeyRejected), "{alg} {name} cut");
                let zero = vec![0; number.len()];
                assert_eq!(jwk(crypto, alg, &key.with(name, &zero)), Err(KeyRejected), "{alg} {name} zero");
                // RFC 7518 §6.2.1.2, §6.2.2.1: the full length and no more.
                let longer = [&[0], &key.get(name)[..]].concat();
                assert_eq!(jwk(crypto, alg, &key.with(name, &longer)), Err(KeyRejected), "{alg} {name} longer");
            }
        }
        // A made document has the public half at its end; for Ed25519, where it has none, see `both`.
        for (alg, kind) in [
            (Alg::Es256, NewKey::P256),
            (Alg::Es384, NewKey::P384),
            (Alg::Es512, NewKey::P521),
            (Alg::Es256K, NewKey::Secp256k1),
        ] {
            let Ok(generator) = crypto.key_generator(kind) else { continue };
            let mut der = generator.generate_pkcs8(crypto.random).unwrap().expose().to_vec();
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&der)), Ok(()));
            *der.last_mut().unwrap() ^= 1;
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&der)), Err(KeyRejected), "{alg}");
        }
    });
}

#[test]
fn a016_an_ed25519_key_of_small_order_is_refused() {
    each(|crypto| {
        let signature = {
            let mut neutral = [0; 64];
            neutral[0] = 1;
            neutral
        };
        for small in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ] {
            assert_eq!(
                public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &hex(small) }),
                Err(KeyRejected),
                "{small}"
            );
        }
        // The twin: an honest key is taken, and the signature that fits every message under the neutral key is none.
        let x = example("rfc8037-A.4").key.get("x");
        let verifier = crypto.signature(Alg::Ed25519).unwrap().load_public(&PublicKey::Ed25519 { x: &x }).unwrap();
        verifier.verify(b"any", &signature).unwrap_err();
    });
}

#[test]
fn an_ed25519_coordinate_that_is_not_reduced_is_refused() {
    each(|crypto| {
        for sign in [0x7f, 0xff] {
            let load = |first| {
                let mut x = [0xff; 32];
                (x[0], x[31]) = (first, sign);
                public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &x })
            };
            assert_eq!(load(0xeb), Ok(()), "p - 2");
            for first in 0xed..=0xff {
                assert_eq!(load(first), Err(KeyRejected), "{first:#x}");
            }
        }
    });
}

#[test]
fn an_ed25519_key_of_another_length_is_refused() {
    each(|crypto| {
        let x = example("rfc8037-A.4").key.get("x");
        assert_eq!(public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &x }), Ok(()));
        assert_eq!(public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &x[1..] }), Err(KeyRejected));
        assert_eq!(public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &[&x[..], &[0]].concat() }), Err(KeyRejected));
        assert_eq!(public(crypto, Alg::Ed25519, &PublicKey::Ed25519 { x: &[] }), Err(KeyRejected));
    });
}

#[test]
fn a004_a_key_of_another_type_is_refused() {
    each(|crypto| {
        let keys = [
            "rsa_2048.pem",
            "p256.pem",
            "p384.pem",
            "p521.pem",
            "secp256k1.pem",
            "ed25519.pem",
            "ml_dsa_44.pem",
            "ml_dsa_65.pem",
            "ml_dsa_87.pem",
        ]
        .map(pem);
        let fits = |alg| match alg {
            rsa if RSA.contains(&rsa) => 0,
            Alg::Es256 => 1,
            Alg::Es384 => 2,
            Alg::Es512 => 3,
            Alg::Es256K => 4,
            Alg::MlDsa44 => 6,
            Alg::MlDsa65 => 7,
            Alg::MlDsa87 => 8,
            _ => 5,
        };
        let all = crypto.signatures.iter().map(|algorithm| algorithm.alg());
        for alg in all.clone() {
            let algorithm = crypto.signature(alg).unwrap();
            let own = algorithm.load_private(&PrivateKey::Pkcs8(&keys[fits(alg)])).unwrap().public_key();
            for other in all.clone() {
                let expected = if fits(alg) == fits(other) { Ok(()) } else { Err(KeyRejected) };
                assert_eq!(private(crypto, other, &PrivateKey::Pkcs8(&keys[fits(alg)])), expected, "{alg} as {other}");
                assert_eq!(public(crypto, other, &own.as_ref()), expected, "{alg} as {other}");
            }
        }
        // A document of a kind that the provider lacks, and a point on no curve.
        let off = PublicKey::Ec { curve: Curve::P521, x: &[1; 66], y: &[1; 66] };
        for alg in all {
            assert_eq!(public(crypto, alg, &off), Err(KeyRejected), "{alg}");
            for (kind, document) in keys.iter().enumerate() {
                let expected = if kind == fits(alg) { Ok(()) } else { Err(KeyRejected) };
                assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(document)), expected, "{alg} {kind}");
            }
        }
        for name in ["rfc7515-A.2", "rfc7515-A.3", "rfc8037-A.4"] {
            assert_eq!(jwk(crypto, Alg::Es384, &example(name).key), Err(KeyRejected), "{name}");
        }
    });
}

#[test]
fn a_document_that_is_cut_or_prolonged_is_refused() {
    each(|crypto| {
        for (alg, file, _) in keys(crypto) {
            let der = pem(file);
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&der)), Ok(()));
            for length in [0, 1, 2, 3, 4, der.len() / 2, der.len() - 1] {
                assert_eq!(
                    private(crypto, alg, &PrivateKey::Pkcs8(&der[..length])),
                    Err(KeyRejected),
                    "{file} cut to {length}"
                );
            }
            assert_eq!(
                private(crypto, alg, &PrivateKey::Pkcs8(&[&der[..], &[0]].concat())),
                Err(KeyRejected),
                "{file}"
            );
        }
    });
}

/// The numbers as PKCS#8 (RFC 5208 §5, RFC 8017 A.1.2).
fn document(key: &Numbers) -> Vec<u8> {
    let element = |tag: u8, parts: &[Vec<u8>]| {
        let content = parts.concat();
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match content.len() {
            0..0x80 => vec![tag, low],
            0x80..0x100 => vec![tag, 0x81, low],
            _ => vec![tag, 0x82, high, low],
        };
        [head, content].concat()
    };
    let integer = |number: &[u8]| {
        let zero = if number[0] >= 0x80 { vec![0] } else { vec![] };
        element(2, &[zero, number.to_vec()])
    };
    let numbers = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| integer(&key.get(name)));
    let private = element(0x30, &[integer(&[0]), numbers.concat()]);
    let algorithm = element(0x30, &[hex("06092a864886f70d0101010500")]);
    element(0x30, &[integer(&[0]), algorithm, element(4, &[private])])
}

#[test]
fn a141_rsa_numbers_of_a_document_that_do_not_belong_together_are_refused() {
    let key = example("rfc7515-A.2").key;
    each(|crypto| {
        for alg in RSA {
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&document(&key))), Ok(()));
            for name in ["n", "p", "q", "dp", "dq", "qi"] {
                let mut number = key.get(name);
                number[40] ^= 4;
                let other = document(&key.with(name, &number));
                assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&other)), Err(KeyRejected), "{alg} {name}");
            }
            for (name, number) in [("e", &[1, 0, 3][..]), ("d", &[3])] {
                let other = document(&key.with(name, number));
                assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&other)), Err(KeyRejected), "{alg} {name}");
            }
        }
    });
}

/// ring signs with the numbers after `d`, and of `d` it asks only that it is odd and neither short nor above the modulus.
#[test]
fn a141_a_private_exponent_of_rsa_with_one_bit_changed_is_refused_by_aws_lc_rs_and_not_noticed_by_ring() {
    let key = example("rfc7515-A.2").key;
    for (name, crypto) in PROVIDERS {
        for alg in RSA {
            let (own, verifier) = load(crypto, alg, &document(&key));
            let changed = |at: usize, bit: u8| {
                let mut d = key.get("d");
                d[at] ^= bit;
                key.with("d", &d)
            };
            for (at, bit) in [(1, 1), (40, 4), (128, 0x80), (255, 2)] {
                let (changed, expected) = (changed(at, bit), if name == "ring" { Ok(()) } else { Err(KeyRejected) });
                assert_eq!(jwk(crypto, alg, &changed), expected, "{name} {alg} octet {at}");
                let changed = document(&changed);
                assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&changed)), expected, "{name} {alg} octet {at}");
                if expected.is_ok() {
                    let (signer, _) = load(crypto, alg, &changed);
                    assert_eq!(signer.public_key(), own.public_key());
                    assert_eq!(verifier.verify(b"message", &sign(crypto, &signer, b"message")), Ok(()));
                }
            }
            let even = changed(255, 1);
            assert_eq!(jwk(crypto, alg, &even), Err(KeyRejected), "{name} {alg}");
            assert_eq!(private(crypto, alg, &PrivateKey::Pkcs8(&document(&even))), Err(KeyRejected), "{name} {alg}");
        }
    }
}

#[test]
fn an_ml_dsa_key_of_another_length_or_under_another_algorithm_is_refused() {
    each(|crypto| {
        let algs = [Alg::MlDsa44, Alg::MlDsa65, Alg::MlDsa87];
        for (alg, file, _) in keys(crypto).filter(|key| algs.contains(&key.0)) {
            let own = load(crypto, alg, &pem(file)).0.public_key();
            let PublicKey::Akp { public: octets, .. } = own.as_ref() else { panic!("{own:?}") };
            let load = |named, octets: &[u8]| public(crypto, alg, &PublicKey::Akp { alg: named, public: octets });
            assert_eq!(load(alg, octets), Ok(()));
            assert_eq!(load(alg, &octets[1..]), Err(KeyRejected));
            assert_eq!(load(alg, &[octets, &[0]].concat()), Err(KeyRejected));
            assert_eq!(load(alg, &[]), Err(KeyRejected));
            for other in algs.into_iter().chain([Alg::Es256]).filter(|other| *other != alg) {
                assert_eq!(load(other, octets), Err(KeyRejected), "{other}");
            }
        }
    });
}
