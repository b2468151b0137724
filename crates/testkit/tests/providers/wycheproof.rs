//! The cases of Project Wycheproof. Every count is asserted, so that no case is left out unseen.
use alloc::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use symbolon_crypto::{CryptoProvider, Curve, PrivateKey, PublicKey, Verifier};
use symbolon_types::Alg;

use crate::{
    PROVIDERS, each,
    vectors::{hex, json, text},
};

/// How often each thing happened: `(what the file says, what we say)`.
type Counts = BTreeMap<(&'static str, &'static str), usize>;

fn count(counts: &mut Counts, test: &Value, ours: &'static str) {
    let theirs = match text(test, "result") {
        "valid" => "valid",
        "invalid" => "invalid",
        "acceptable" => "acceptable",
        other => panic!("unknown result {other}"),
    };
    let seen = counts.entry((theirs, ours)).or_default();
    *seen = seen.checked_add(1).unwrap();
}

fn cases(file: &str) -> Vec<(Value, Value)> {
    let file = json(&format!("wycheproof/{file}"));
    let groups = file["testGroups"].as_array().unwrap();
    groups
        .iter()
        .flat_map(|group| group["tests"].as_array().unwrap().iter().map(|test| (group.clone(), test.clone())))
        .collect()
}

fn says(verifier: &Arc<dyn Verifier>, test: &Value, signature: &[u8]) -> &'static str {
    if verifier.verify(&hex(text(test, "msg")), signature).is_ok() { "taken" } else { "refused" }
}

fn rsa(crypto: &CryptoProvider, alg: Alg, file: &str) -> Counts {
    let mut counts = Counts::new();
    for (group, test) in cases(file) {
        // DER integers may begin with a zero octet.
        let number = |name| hex(text(&group["publicKey"], name).trim_start_matches("00"));
        let key = crypto.signature(alg).unwrap().load_public(&PublicKey::Rsa {
            n: &number("modulus"),
            e: &hex(text(&group["publicKey"], "publicExponent")),
        });
        let says = key.map_or("key refused", |key| says(&key, &test, &hex(text(&test, "sig"))));
        count(&mut counts, &test, says);
    }
    counts
}

#[test]
fn rs256_takes_valid_signatures_and_no_bad_padding() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Rs256, "rsa_signature_2048_sha256_test.json");
        let expected = [
            (("acceptable", "refused"), 1), // the NULL of the algorithm identifier is missing
            (("invalid", "refused"), 249),
            (("valid", "key refused"), 2), // e = 3
            (("valid", "taken"), 7),
        ];
        assert_eq!(counts, Counts::from(expected));
    });
}

#[test]
fn rs512_takes_valid_signatures_and_no_bad_padding() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Rs512, "rsa_signature_4096_sha512_test.json");
        let expected = [
            (("acceptable", "refused"), 1), // the NULL of the algorithm identifier is missing
            (("invalid", "refused"), 251),
            (("valid", "taken"), 7),
        ];
        assert_eq!(counts, Counts::from(expected));
    });
}

#[test]
fn rs384_takes_valid_signatures_and_no_bad_padding() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Rs384, "rsa_signature_2048_sha384_test.json");
        let expected = [(("acceptable", "refused"), 1), (("invalid", "refused"), 250), (("valid", "taken"), 7)];
        assert_eq!(counts, Counts::from(expected));
    });
}

#[test]
fn ps384_takes_salts_of_48_octets_and_no_other() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Ps384, "rsa_pss_2048_sha384_mgf1_48_test.json");
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 46), (("valid", "taken"), 95)]));
    });
}

#[test]
fn ps512_takes_salts_of_64_octets_and_no_other() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Ps512, "rsa_pss_4096_sha512_mgf1_64_test.json");
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 47), (("valid", "taken"), 132)]));
    });
}

/// The files whose name has `p1363` hold signatures as `r || s`, which is the form of JWS.
#[test]
fn a014_signatures_as_two_numbers_are_judged_as_the_files_say_on_every_curve() {
    let mut cases_run = 0;
    for (alg, curve, file, invalid, valid) in [
        (Alg::Es256, Curve::P256, "ecdsa_secp256r1_sha256_p1363_test.json", 89, 173),
        (Alg::Es384, Curve::P384, "ecdsa_secp384r1_sha384_p1363_test.json", 87, 193),
        (Alg::Es512, Curve::P521, "ecdsa_secp521r1_sha512_p1363_test.json", 87, 231),
        (Alg::Es256K, Curve::Secp256k1, "ecdsa_secp256k1_sha256_p1363_test.json", 85, 167),
    ] {
        for (name, crypto) in PROVIDERS {
            println!("provider: {name}");
            if !crypto.supports(alg) {
                assert!(name == "ring" && [Alg::Es512, Alg::Es256K].contains(&alg), "{name} {alg}");
                continue;
            }
            let mut counts = Counts::new();
            for (group, test) in cases(file) {
                let point = hex(text(&group["publicKey"], "uncompressed"));
                let (x, y) = point[1..].split_at(curve.coordinate_bytes());
                let key = crypto.signature(alg).unwrap().load_public(&PublicKey::Ec { curve, x, y }).unwrap();
                count(&mut counts, &test, says(&key, &test, &hex(text(&test, "sig"))));
            }
            assert_eq!(counts, Counts::from([(("invalid", "refused"), invalid), (("valid", "taken"), valid)]), "{alg}");
            cases_run += invalid + valid;
        }
    }
    assert_eq!(cases_run, 2 * (89 + 173 + 87 + 193) + 87 + 231 + 85 + 167);
}

#[test]
fn ps256_takes_salts_of_32_octets_and_no_other() {
    each(|crypto| {
        let counts = rsa(crypto, Alg::Ps256, "rsa_pss_2048_sha256_mgf1_32_test.json");
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 45), (("valid", "taken"), 63)]));
    });
}

#[test]
fn ed25519_takes_valid_signatures_and_no_second_form_of_them() {
    each(|crypto| {
        let mut counts = Counts::new();
        for (group, test) in cases("ed25519_test.json") {
            let key = hex(text(&group["publicKey"], "pk"));
            let key = crypto.signature(Alg::Ed25519).unwrap().load_public(&PublicKey::Ed25519 { x: &key }).unwrap();
            count(&mut counts, &test, says(&key, &test, &hex(text(&test, "sig"))));
        }
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 63), (("valid", "taken"), 88)]));
    });
}

/// The files hold signatures in DER. As they stand none may be taken; those in strict DER, written as `r || s`, must be
/// judged as the file says. What is no strict DER, or too long for `r || s`, has no second form to judge.
fn ecdsa(crypto: &CryptoProvider, alg: Alg, curve: Curve, file: &str) -> Counts {
    let mut counts = Counts::new();
    for (group, test) in cases(file) {
        let point = hex(text(&group["publicKey"], "uncompressed"));
        let (x, y) = point[1..].split_at(curve.coordinate_bytes());
        let key = crypto.signature(alg).unwrap().load_public(&PublicKey::Ec { curve, x, y }).unwrap();
        let der = hex(text(&test, "sig"));
        assert_eq!(says(&key, &test, &der), "refused", "DER in case {}", test["tcId"]);
        let says = fixed(&der, curve.coordinate_bytes()).map_or("no r || s", |fixed| says(&key, &test, &fixed));
        count(&mut counts, &test, says);
    }
    counts
}

#[test]
fn a014_es256_takes_valid_signatures_and_no_other_numbers() {
    each(|crypto| {
        let counts = ecdsa(crypto, Alg::Es256, Curve::P256, "ecdsa_secp256r1_sha256_test.json");
        let expected = [(("invalid", "no r || s"), 235), (("invalid", "refused"), 75), (("valid", "taken"), 174)];
        assert_eq!(counts, Counts::from(expected));
    });
}

#[test]
fn a014_es384_takes_valid_signatures_and_no_other_numbers() {
    each(|crypto| {
        let counts = ecdsa(crypto, Alg::Es384, Curve::P384, "ecdsa_secp384r1_sha384_test.json");
        let expected = [(("invalid", "no r || s"), 235), (("invalid", "refused"), 75), (("valid", "taken"), 194)];
        assert_eq!(counts, Counts::from(expected));
    });
}

fn hmac(crypto: &CryptoProvider, alg: Alg, file: &str) -> Counts {
    let mut counts = Counts::new();
    for (group, test) in cases(file) {
        // JWS knows the full tag only (RFC 7518 §3.2); a shortened one is compared with the beginning.
        let length = usize::try_from(group["tagSize"].as_u64().unwrap()).unwrap() / 8;
        let key = crypto.load_mac(alg, &hex(text(&test, "key"))).unwrap();
        let (message, tag) = (hex(text(&test, "msg")), hex(text(&test, "tag")));
        let mac = key.sign(&[&message]);
        let right = mac[..length] == tag[..];
        // What is verified is the whole tag.
        assert_eq!(key.verify(&[&message], &tag).is_ok(), right && length == mac.len());
        count(&mut counts, &test, if right { "taken" } else { "refused" });
    }
    counts
}

#[test]
fn hmac_sha256_is_right_and_its_wrong_tags_are_wrong() {
    each(|crypto| {
        let counts = hmac(crypto, Alg::Hs256, "hmac_sha256_test.json");
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 108), (("valid", "taken"), 66)]));
    });
}

#[test]
fn hmac_sha512_is_right_and_its_wrong_tags_are_wrong() {
    each(|crypto| {
        let counts = hmac(crypto, Alg::Hs512, "hmac_sha512_test.json");
        assert_eq!(counts, Counts::from([(("invalid", "refused"), 108), (("valid", "taken"), 66)]));
    });
}

/// RFC 9964 §4 has the empty context and no other: a signature with one is none here, valid as it may be elsewhere.
#[test]
fn ml_dsa_44_takes_valid_signatures_without_context_and_no_others() {
    let crypto = &symbolon::aws_lc_rs::PROVIDER;
    let mut counts = Counts::new();
    for (group, test) in cases("mldsa_44_verify_test.json") {
        let key = PublicKey::Akp { alg: Alg::MlDsa44, public: &hex(text(&group, "publicKey")) };
        let key = crypto.signature(Alg::MlDsa44).unwrap().load_public(&key);
        let says = key.map_or("key refused", |key| says(&key, &test, &hex(text(&test, "sig"))));
        let with_context = test["ctx"].as_str().is_some_and(|context| !context.is_empty());
        count(&mut counts, &test, if with_context && says == "refused" { "context refused" } else { says });
    }
    let expected = [
        (("invalid", "context refused"), 5),
        (("invalid", "key refused"), 4),
        (("invalid", "refused"), 94),
        (("valid", "context refused"), 2),
        (("valid", "taken"), 75),
    ];
    assert_eq!(counts, Counts::from(expected));
}

/// Seeds with their public keys and deterministic signatures. Cases without a message are for what is inside of ML-DSA.
fn ml_dsa_seeds(alg: Alg, file: &str) -> Counts {
    let algorithm = symbolon::aws_lc_rs::PROVIDER.signature(alg).unwrap();
    let mut counts = Counts::new();
    for (group, test) in cases(file) {
        let document = group["privateKeyPkcs8"].as_str().map(hex);
        let of_document = document.map(|document| algorithm.load_private(&PrivateKey::Pkcs8(&document)));
        let Some(public) = group["publicKey"].as_str().map(hex) else {
            assert!(of_document.unwrap().is_err(), "a seed of another length in case {}", test["tcId"]);
            count(&mut counts, &test, "key refused");
            continue;
        };
        let mut seed = hex(text(&group, "privateSeed"));
        let load = |seed: &[u8]| algorithm.load_private(&PrivateKey::Akp { alg, public: &public, seed });
        let signer = load(&seed).unwrap();
        if let Some(of_document) = of_document {
            assert_eq!(of_document.unwrap().public_key(), signer.public_key());
        }
        seed[31] ^= 1;
        assert!(load(&seed).is_err(), "another seed in case {}", test["tcId"]);
        let verifier = algorithm.load_public(&signer.public_key().as_ref()).unwrap();
        let says = match test.get("msg") {
            None => "no message",
            Some(_) => says(&verifier, &test, &test["sig"].as_str().map(hex).unwrap_or_default()),
        };
        count(&mut counts, &test, says);
    }
    counts
}

#[test]
fn ml_dsa_65_seeds_give_their_public_keys_and_their_signatures_verify() {
    let expected = [
        (("invalid", "key refused"), 3),
        (("invalid", "refused"), 1),
        (("valid", "no message"), 17),
        (("valid", "refused"), 3), // with a context
        (("valid", "taken"), 81),
    ];
    assert_eq!(ml_dsa_seeds(Alg::MlDsa65, "mldsa_65_sign_seed_test.json"), Counts::from(expected));
}

#[test]
fn ml_dsa_87_seeds_give_their_public_keys_and_their_signatures_verify() {
    let expected = [
        (("invalid", "key refused"), 3),
        (("invalid", "refused"), 1),
        (("valid", "no message"), 17),
        (("valid", "refused"), 3), // with a context
        (("valid", "taken"), 72),
    ];
    assert_eq!(ml_dsa_seeds(Alg::MlDsa87, "mldsa_87_sign_seed_test.json"), Counts::from(expected));
}

/// `r || s` of `SEQUENCE { INTEGER r, INTEGER s }` in strict DER, if both are positive or zero and fit.
fn fixed(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let body = match der {
        [0x30, size, body @ ..] if *size < 0x80 && usize::from(*size) == body.len() => body,
        [0x30, 0x81, size, body @ ..] if *size >= 0x80 && usize::from(*size) == body.len() => body,
        _ => return None,
    };
    let (r, rest) = integer(body, length)?;
    let (s, rest) = integer(rest, length)?;
    rest.is_empty().then(|| [r, s].concat())
}

fn integer(der: &[u8], length: usize) -> Option<(Vec<u8>, &[u8])> {
    let [2, size, rest @ ..] = der else { return None };
    let (number, rest) = rest.split_at_checked(usize::from(*size))?;
    let number = match number {
        [0, number @ ..] if number.first().is_some_and(|first| *first >= 0x80) => number,
        [0] => number,
        [first, ..] if (1..0x80).contains(first) => number,
        _ => return None,
    };
    let zeros = length.checked_sub(number.len())?;
    Some(([&vec![0; zeros][..], number].concat(), rest))
}
