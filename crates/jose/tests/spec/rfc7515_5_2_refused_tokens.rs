use serde_json::json;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{JwtError, MAX_JWT_BYTES, MAX_KID_BYTES, SelectError, UnverifiedJwt, VerifyingKeys};
use symbolon_types::Alg;

use crate::support::{
    ASYMMETRIC, algorithms, decode, encode, hex, json as parse_json, other_key, read, refused, signature, signing_key,
    token, verifying_key,
};

const CLAIMS: &str = r#"{"sub":"a"}"#;

fn parse(text: &str) -> Option<JwtError> {
    UnverifiedJwt::parse(text).err()
}

fn with_header(header: &str) -> Option<JwtError> {
    parse(&token(Alg::Hs256, header, CLAIMS))
}

fn good(alg: Alg) -> String {
    let text = token(alg, format!(r#"{{"alg":"{alg}"}}"#), CLAIMS);
    assert!(read(&text, alg).is_ok(), "{alg}");
    text
}

/// The same token with another signature.
fn signed_with(text: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{}.{}", text.rsplit_once('.').unwrap().0, encode(signature))
}

#[test]
fn a001_none_is_not_allowed_whatever_the_signature() {
    let input = format!("{}.{}", encode(r#"{"alg":"none"}"#), encode(CLAIMS));
    for end in ["", "AAAA", "garbagee", encode(signature(Alg::Hs256, input.as_bytes())).as_str()] {
        assert_eq!(parse(&format!("{input}.{end}")), Some(JwtError::AlgNotAllowed), "{end}");
    }
    for alg in ASYMMETRIC {
        let empty = signed_with(&good(alg), []);
        assert_eq!(refused(&empty, alg), JwtError::Malformed);
    }
}

#[test]
fn a002_variants_of_none_are_not_allowed() {
    for alg in ["None", "NONE", "nOnE", "noNE", "none ", " none", "none\\u0000", "n\\u006fne"] {
        assert_eq!(with_header(&format!(r#"{{"alg":"{alg}"}}"#)), Some(JwtError::AlgNotAllowed), "{alg}");
    }
}

#[test]
fn a003_alg_is_a_known_name_octet_for_octet() {
    assert_eq!(with_header(r#"{"alg":"HS256"}"#), None);
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":{"alg":"HS256"}}"#,
        r#"{"alg":true}"#,
        r#"{"Alg":"HS256"}"#,
    ] {
        assert_eq!(with_header(header), Some(JwtError::MalformedHeader), "{header}");
    }
    for alg in ["", "hs256", "HS256 ", " HS256", "HS256\\u0000", "HS1024", "RS1", "ES256k", "dir"] {
        assert_eq!(with_header(&format!(r#"{{"alg":"{alg}"}}"#)), Some(JwtError::AlgNotAllowed), "{alg}");
    }
}

#[test]
fn a004_a_mac_keyed_with_a_public_key_is_refused() {
    let public = include_str!("../vectors/rsa_2048_public.pem");
    for alg in ASYMMETRIC {
        let jwk = signing_key(alg).public_jwk().unwrap();
        let numbers = parse_json(&jwk.to_json());
        let modulus = decode(numbers.get("n").or(numbers.get("x")).unwrap().as_str().unwrap());
        for secret in [public.as_bytes(), public.trim().as_bytes(), jwk.to_json().as_bytes(), &modulus] {
            let input = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(CLAIMS));
            let mac = PROVIDER.hmac_sha256.load(secret).sign(&[input.as_bytes()]);
            let forged = format!("{input}.{}", encode(mac));
            assert_eq!(refused(&forged, alg), JwtError::AlgKeyMismatch);
            let keys = VerifyingKeys::new(vec![verifying_key(alg)]);
            let forged = UnverifiedJwt::parse(&forged).unwrap();
            assert_eq!(keys.select(forged.header()).unwrap_err(), SelectError::NoneFits);
        }
    }
}

#[test]
fn a006_the_algorithm_is_the_keys() {
    for signed in algorithms() {
        for named in algorithms().into_iter().filter(|named| !named.is_same_operation(signed)) {
            let text = token(signed, format!(r#"{{"alg":"{named}"}}"#), CLAIMS);
            assert_eq!(refused(&text, signed), JwtError::AlgKeyMismatch, "{signed} {named}");
            assert_eq!(refused(&text, named), JwtError::BadSignature, "{signed} {named}");
        }
    }
    for (signed, named) in [(Alg::EdDsa, Alg::Ed25519), (Alg::Ed25519, Alg::EdDsa)] {
        assert!(read(&token(signed, format!(r#"{{"alg":"{named}"}}"#), CLAIMS), signed).is_ok());
    }
}

#[test]
fn a006_ps256_has_a_salt_of_32_octets() {
    let vectors = parse_json(include_str!("../vectors/ps256_salts.json"));
    for case in vectors["tokens"].as_array().unwrap() {
        let verified = read(case["jws"].as_str().unwrap(), Alg::Ps256);
        if case["salt"] == 32 {
            assert!(verified.is_ok());
        } else {
            assert_eq!(verified.unwrap_err(), JwtError::BadSignature, "{}", case["salt"]);
        }
    }
}

#[test]
fn a007_crit_is_refused_whatever_it_holds() {
    for crit in [r#"["exp"]"#, r#"["unknown"]"#, "[]", r#""exp""#, "null", "{}", r#"["alg"]"#, r#"["b64"]"#, "[1]"] {
        let header = format!(r#"{{"alg":"HS256","crit":{crit},"exp":1}}"#);
        assert_eq!(with_header(&header), Some(JwtError::UnsupportedCrit), "{crit}");
    }
    assert_eq!(with_header(r#"{"alg":"HS256","exp":1,"Crit":["exp"]}"#), None, "other members are ignored");
}

#[test]
fn a008_b64_is_refused_with_and_without_crit() {
    for header in [
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":true}"#,
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":null}"#,
    ] {
        assert_eq!(with_header(header), Some(JwtError::UnsupportedCrit), "{header}");
    }
}

/// A token with this header, signed by somebody else's key.
fn forged(header: &str) -> String {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" });
    let der = [&hex("302e020100300506032b657004220420")[..], &decode(jwk["d"].as_str().unwrap())].concat();
    let signer =
        PROVIDER.signature(Alg::EdDsa).unwrap().load_private(&symbolon_crypto::PrivateKey::Pkcs8(&der)).unwrap();
    let input = format!("{}.{}", encode(header), encode(CLAIMS));
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", encode(signature))
}

#[test]
fn a009_a_jwk_in_the_header_is_no_key() {
    let header =
        r#"{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#;
    assert_eq!(refused(&forged(header), Alg::EdDsa), JwtError::BadSignature);
    assert!(read(&token(Alg::EdDsa, header, CLAIMS), Alg::EdDsa).is_ok(), "it is not listened to at all");
}

#[test]
fn a010_jku_and_x5u_are_not_listened_to() {
    for member in ["jku", "x5u"] {
        let header = format!(r#"{{"alg":"EdDSA","{member}":"https://evil.example/keys"}}"#);
        assert_eq!(refused(&forged(&header), Alg::EdDsa), JwtError::BadSignature);
        assert!(read(&token(Alg::EdDsa, &header, CLAIMS), Alg::EdDsa).is_ok());
    }
}

#[test]
fn a011_an_x5c_is_no_key() {
    let header = r#"{"alg":"EdDSA","x5c":["MAA="]}"#;
    assert_eq!(refused(&forged(header), Alg::EdDsa), JwtError::BadSignature);
    let verified = read(&token(Alg::EdDsa, header, CLAIMS), Alg::EdDsa).unwrap();
    assert_eq!(verified.header().x5c(), Some(&[vec![0x30, 0]][..]));
}

#[test]
fn a012_a_kid_is_an_opaque_text_of_bounded_length() {
    let keys = VerifyingKeys::new(vec![verifying_key(Alg::Hs256).with_kid("known")]);
    let select = |kid: &str| {
        let header = json!({ "alg": "HS256", "kid": kid }).to_string();
        let text = token(Alg::Hs256, header, CLAIMS);
        let jwt = UnverifiedJwt::parse(&text)?;
        jwt.verify_with(&keys).map(|_| ())
    };
    assert_eq!(select("known"), Ok(()));
    for kid in ["../../../dev/null", "x' UNION SELECT 'k';--", "a\r\nb", "known\0", "Known", "", "known "] {
        assert_eq!(select(kid), Err(JwtError::KeyNotFound(SelectError::UnknownKid)), "{kid:?}");
    }
    assert_eq!(select(&"k".repeat(MAX_KID_BYTES)), Err(JwtError::KeyNotFound(SelectError::UnknownKid)));
    assert_eq!(select(&"k".repeat(MAX_KID_BYTES + 1)), Err(JwtError::MalformedHeader));
    assert!(matches!(select(&"k".repeat(20_000)), Err(JwtError::TooLarge { .. })));
    for kid in ["1", "{}", "null", r#"["known"]"#] {
        assert_eq!(with_header(&format!(r#"{{"alg":"HS256","kid":{kid}}}"#)), Some(JwtError::MalformedHeader));
    }
}

#[test]
fn a013_a_header_member_that_comes_twice_is_refused() {
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","kty":"RSA"}}"#,
        r#"{"alg":"HS256","x":1,"x":2}"#,
    ] {
        assert_eq!(with_header(header), Some(JwtError::DuplicateMember), "{header}");
    }
}

#[test]
fn a014_ecdsa_numbers_out_of_range_are_a_bad_signature() {
    // The orders of the two groups.
    let orders = [
        (Alg::Es256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            Alg::Es384,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
    ];
    for (alg, order) in orders {
        let text = good(alg);
        let order = hex(order);
        let zero = vec![0; order.len()];
        let own = decode(text.rsplit_once('.').unwrap().1);
        let (r, s) = own.split_at(order.len());
        for (r, s) in [(&zero[..], &zero[..]), (&zero, s), (r, &zero), (&order, s), (r, &order), (&order, &order)] {
            assert_eq!(refused(&signed_with(&text, [r, s].concat()), alg), JwtError::BadSignature);
        }
        for wrong in [&own[1..], &own[..own.len() - 1], &[&own[..], &[0]].concat(), &[&[0], &own[..]].concat(), r, &[0]]
        {
            assert_eq!(refused(&signed_with(&text, wrong), alg), JwtError::BadSignature);
        }
        assert!(read(&signed_with(&text, [r, s].concat()), alg).is_ok());
    }
}

#[test]
fn a015_a_der_signature_is_a_bad_signature() {
    for alg in [Alg::Es256, Alg::Es384] {
        let text = good(alg);
        let own = decode(text.rsplit_once('.').unwrap().1);
        let (r, s) = own.split_at(own.len() / 2);
        let integer = |number: &[u8]| {
            let mut digits: Vec<u8> = number.iter().copied().skip_while(|digit| *digit == 0).collect();
            if digits[0] >= 0x80 {
                digits.insert(0, 0);
            }
            [&[2, u8::try_from(digits.len()).unwrap()][..], &digits].concat()
        };
        let numbers = [integer(r), integer(s)].concat();
        let der = [&[0x30, u8::try_from(numbers.len()).unwrap()][..], &numbers].concat();
        assert_eq!(refused(&signed_with(&text, der), alg), JwtError::BadSignature);
    }
}

#[test]
fn a016_an_ed25519_s_that_is_not_reduced_is_a_bad_signature() {
    let text = good(Alg::EdDsa);
    let mut own = decode(text.rsplit_once('.').unwrap().1);
    // s + L, little-endian (RFC 8032 §5.1).
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0_u16;
    for (digit, more) in own[32..].iter_mut().zip(&order) {
        let sum = u16::from(*digit) + u16::from(*more) + carry;
        let [high, low] = sum.to_be_bytes();
        (carry, *digit) = (high.into(), low);
    }
    assert_eq!(carry, 0);
    assert_eq!(refused(&signed_with(&text, &own), Alg::EdDsa), JwtError::BadSignature);
}

#[test]
fn a017_rsa_signatures_have_the_length_and_range_of_the_modulus() {
    for alg in [Alg::Rs256, Alg::Ps256] {
        let text = good(alg);
        let own = decode(text.rsplit_once('.').unwrap().1);
        let n = decode(parse_json(&signing_key(alg).public_jwk().unwrap().to_json())["n"].as_str().unwrap());
        let mut one = vec![0; own.len()];
        one[own.len() - 1] = 1;
        for wrong in [
            [&[0], &own[..]].concat(),
            [&own[..], &[0]].concat(),
            own[1..].to_vec(),
            own[..own.len() - 1].to_vec(),
            n,
            vec![0xff; own.len()],
            vec![0; own.len()],
            one,
            vec![0],
        ] {
            assert_eq!(refused(&signed_with(&text, wrong), alg), JwtError::BadSignature);
        }
    }
}

#[test]
fn a018_only_base64url_without_padding_is_read() {
    let text = good(Alg::Hs256);
    let parts: Vec<&str> = text.split('.').collect();
    for place in 0..3 {
        for change in
            ["{}=", "{}==", " {}", "{} ", "{}\n", "\r\n{}", "{}%3D", "{}+", "{}/", "{}é", "{}\0", "{}A", "\u{feff}{}"]
        {
            let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let mut changed = change.replace("{}", &parts[place]);
            if change == "{}A" {
                // Length 1 mod 4.
                while changed.len() % 4 != 1 {
                    changed.push('A');
                }
            }
            parts[place] = changed;
            assert_eq!(parse(&parts.join(".")), Some(JwtError::Malformed), "{place} {change:?}");
        }
    }
}

#[test]
fn a019_stray_bits_at_the_end_are_refused() {
    // 32 octets in 43 characters: the last one has two bits that mean nothing.
    let text = good(Alg::Hs256);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(text.chars().last().unwrap()).unwrap();
    for stray in 1..4 {
        let other = format!("{}{}", &text[..text.len() - 1], &alphabet[last + stray..=last + stray]);
        assert_eq!(parse(&other), Some(JwtError::Malformed));
    }
}

#[test]
fn a020_there_are_three_parts_and_none_is_empty() {
    let text = good(Alg::Hs256);
    let [header, payload, end]: [&str; 3] = text.split('.').collect::<Vec<_>>().try_into().unwrap();
    for wrong in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "....".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!(".{payload}.{end}"),
        format!("{header}..{end}"),
        format!("{text}."),
        format!(".{text}"),
        format!("{text}.{end}"),
        format!("{header}.{payload}.{end}.{end}.{end}"),
    ] {
        assert_eq!(parse(&wrong), Some(JwtError::Malformed), "{wrong}");
    }
    assert_eq!(refused(&format!("{header}.{payload}.AA"), Alg::Hs256), JwtError::BadSignature);
}

#[test]
fn a020_what_is_wrong_with_the_header_is_told_before_an_empty_signature() {
    for (header, expected) in [
        (r#"{"alg":"HS256"}"#, JwtError::Malformed),
        (r#"{"alg":"none"}"#, JwtError::AlgNotAllowed),
        (r#"{"alg":"HS256","crit":["exp"]}"#, JwtError::UnsupportedCrit),
        (r#"{"alg":"HS256","alg":"HS256"}"#, JwtError::DuplicateMember),
        (r#"{"alg":256}"#, JwtError::MalformedHeader),
    ] {
        assert_eq!(parse(&format!("{}.{}.", encode(header), encode(CLAIMS))), Some(expected), "{header}");
    }
}

#[test]
fn a021_json_serializations_are_refused_even_with_dots_inside() {
    let text = good(Alg::Hs256);
    let [header, payload, end]: [&str; 3] = text.split('.').collect::<Vec<_>>().try_into().unwrap();
    for serialized in [
        json!({ "protected": header, "payload": payload, "signature": end }),
        json!({ "payload": payload, "signatures": [{ "protected": header, "signature": end }] }),
        json!({ "protected": header, "payload": payload, "signature": end, "x": text }),
        json!(text),
        json!([text]),
    ] {
        assert_eq!(parse(&serialized.to_string()), Some(JwtError::Malformed), "{serialized}");
    }
}

#[test]
fn a022_a_header_that_is_no_json_object_is_malformed() {
    for header in [
        &b"[]"[..],
        b"null",
        b"\"HS256\"",
        b"\xef\xbb\xbf{\"alg\":\"HS256\"}",
        b"{\"alg\":\"HS256\"} x",
        b"{\"alg\":\"HS256\"}\0",
        b"{\"alg\":\"HS256\",\"x\":NaN}",
        b"{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        b"{\"alg\":\"HS256\",}",
        b"{/**/\"alg\":\"HS256\"}",
        b"{\0\"\0}\0",
    ] {
        assert_eq!(parse(&token(Alg::Hs256, header, CLAIMS)), Some(JwtError::MalformedHeader), "{header:?}");
    }
}

#[test]
fn a023_a_long_text_is_refused_before_anything_is_decoded() {
    let too_large = |text: &str| matches!(parse(text), Some(JwtError::TooLarge { limit: MAX_JWT_BYTES, .. }));
    assert!(too_large(&".".repeat(1_000_000)));
    assert!(too_large(&"!".repeat(MAX_JWT_BYTES + 1)));
    assert!(too_large(&token(Alg::Hs256, format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(1_000_000)), CLAIMS)));
    assert_eq!(parse(&".".repeat(MAX_JWT_BYTES)), Some(JwtError::Malformed));
    let text = good(Alg::Hs256);
    assert!(UnverifiedJwt::parse_within(&text, text.len()).is_ok());
    assert!(matches!(UnverifiedJwt::parse_within(&text, text.len() - 1), Err(JwtError::TooLarge { .. })));
}

#[test]
fn a024_deep_nesting_is_refused_without_harm() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(with_header(&format!(r#"{{"alg":"HS256","x":{}}}"#, deep(5_000))), Some(JwtError::MalformedHeader));
    let verified = read(&token(Alg::Hs256, r#"{"alg":"HS256"}"#, deep(5_000)), Alg::Hs256).unwrap();
    assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload);
}

#[test]
fn a026_an_encrypted_token_is_refused() {
    let header = encode(r#"{"alg":"RSA-OAEP","enc":"A128GCM"}"#);
    assert_eq!(parse(&format!("{header}.AAAA.AAAA.AAAA.AAAA")), Some(JwtError::Malformed));
    assert_eq!(parse(&format!("{header}.AAAA.AAAA")), Some(JwtError::AlgNotAllowed));
}

#[test]
fn a027_no_algorithm_of_jwe_has_a_name_here() {
    for alg in ["PBES2-HS256+A128KW", "RSA1_5", "RSA-OAEP", "dir", "ECDH-ES", "A128KW"] {
        let header = format!(r#"{{"alg":"{alg}","enc":"A128GCM","zip":"DEF","p2c":2147483647}}"#);
        assert_eq!(with_header(&header), Some(JwtError::AlgNotAllowed), "{alg}");
    }
}

#[test]
fn a028_a_mac_of_another_length_is_a_bad_signature() {
    let text = good(Alg::Hs256);
    let own = decode(text.rsplit_once('.').unwrap().1);
    for wrong in [&own[..31], &own[1..], &[&own[..], &[0]].concat(), &own[..16], &[0]] {
        assert_eq!(refused(&signed_with(&text, wrong), Alg::Hs256), JwtError::BadSignature);
    }
}

#[test]
fn another_key_of_the_same_kind_does_not_verify() {
    let text = other_key().sign(&PROVIDER, None, &json!({})).unwrap();
    assert_eq!(refused(&text, Alg::Es256), JwtError::BadSignature);
}

#[test]
fn debug_shows_no_claims_and_no_signature() {
    let text = token(Alg::Hs256, r#"{"alg":"HS256","kid":"k"}"#, r#"{"sub":"MARKER"}"#);
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let shown = format!("{jwt:?} {:?}", jwt.clone().verify(&verifying_key(Alg::Hs256)).unwrap());
    assert!(shown.contains("Hs256") && !shown.contains("MARKER") && !shown.contains(&encode("{\"sub")[..6]));
    let end = text.rsplit_once('.').unwrap().1;
    assert!(!shown.contains(end));
}

#[test]
fn claims_that_are_no_object_are_not_signed() {
    #[derive(serde::Serialize)]
    struct Doubled {
        sub: &'static str,
        #[serde(flatten)]
        more: std::collections::BTreeMap<&'static str, &'static str>,
    }
    let key = signing_key(Alg::Hs256);
    let doubled = Doubled { sub: "a", more: [("sub", "b")].into() };
    assert_eq!(key.sign(&PROVIDER, None, &doubled), Err(symbolon_jose::SignError::Claims));
    assert_eq!(key.sign(&PROVIDER, None, &[1, 2]), Err(symbolon_jose::SignError::Claims));
    assert_eq!(key.sign(&PROVIDER, None, "text"), Err(symbolon_jose::SignError::Claims));
    assert!(key.sign(&PROVIDER, None, &json!({})).is_ok());
    let long = key.with_kid("k".repeat(MAX_KID_BYTES + 1));
    assert!(matches!(
        long.sign(&PROVIDER, None, &json!({})),
        Err(symbolon_jose::SignError::KidTooLong { limit: MAX_KID_BYTES, .. })
    ));
}
