//! The twelve checks, each with proofs that hold and twins that do not.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{
    DpopError, NonceFault, ProvenKey,
    jose::{JwtError, KeyError},
    types::{Alg, ErrorCode, Rule, Trace, Values},
};

use crate::support::{NOW, Proof, Site, at, encode, policy, seconds, signed, values};

fn check(proof: &Proof) -> Result<ProvenKey, DpopError> {
    Site::default().check(&proof.text())
}

fn refused(proof: &Proof) -> DpopError {
    check(proof).unwrap_err()
}

fn judge(values: &Values) -> Result<ProvenKey, DpopError> {
    Site::default().judge(values, &mut Trace::stop_at_first(), at(0))
}

#[test]
fn an_honest_proof_holds() {
    assert!(check(&Proof::new()).is_ok());
}

#[test]
fn every_refusal_but_one_is_invalid_dpop_proof() {
    for error in [
        DpopError::Missing,
        DpopError::Repeated,
        DpopError::TooLong { length: 2, limit: 1 },
        DpopError::Syntax { cause: JwtError::Malformed },
        DpopError::Typ,
        DpopError::Alg,
        DpopError::Key { cause: KeyError::NotEmbedded },
        DpopError::Signature,
        DpopError::Htm,
        DpopError::Htu,
        DpopError::Jti,
        DpopError::NonceUnasked,
        DpopError::Iat { age: None },
        DpopError::Validity,
        DpopError::Ath,
    ] {
        assert_eq!(error.rule().code(), Some(ErrorCode::InvalidDpopProof), "{error}");
    }
    let nonce = DpopError::Nonce { fault: NonceFault::Missing };
    assert_eq!((nonce.rule(), nonce.rule().code()), (Rule::DpopNonce, Some(ErrorCode::UseDpopNonce)));
}

#[test]
fn a091_one_header_with_one_proof_is_taken() {
    let proof = Proof::new().text();
    assert!(judge(&values(&[&proof])).is_ok());
    assert_eq!(judge(&values(&[])), Err(DpopError::Missing));
    assert_eq!(judge(&values(&[&proof, &proof])), Err(DpopError::Repeated));
    assert_eq!(judge(&values(&[&proof, ""])), Err(DpopError::Repeated));
    for two in [format!("{proof},{proof}"), format!("{proof}, {proof}"), format!("{proof},"), format!(",{proof}")] {
        assert_eq!(judge(&values(&[&two])), Err(DpopError::Repeated));
    }
    let two = format!("{proof} {proof}");
    assert_eq!(judge(&values(&[&two])), Err(DpopError::Syntax { cause: JwtError::Malformed }));
}

#[test]
fn a131_a_proof_beyond_the_limit_is_refused_before_it_is_read() {
    let limit = policy().max_proof_bytes;
    let long = Proof::new().claim("x", "x".repeat(limit)).text();
    assert_eq!(Site::default().check(&long), Err(DpopError::TooLong { length: long.len(), limit }));
    // To the byte: what is as long as the limit is taken.
    let text = Proof::new().claim("x", "x".repeat(100)).text();
    for (limit, taken) in [(text.len(), true), (text.len() - 1, false)] {
        let mut site = Site::default();
        site.policy.max_proof_bytes = limit;
        assert_eq!(site.check(&text).is_ok(), taken);
    }
}

#[test]
fn a_text_that_is_no_jws_is_refused() {
    let text = Proof::new().text();
    let (input, signature) = text.rsplit_once('.').unwrap();
    for malformed in [
        String::new(),
        " ".into(),
        "a.b".into(),
        input.into(),
        format!("{input}."),
        format!("{text}."),
        format!("{text}.{signature}"),
        format!("{text}="),
        format!(" {text}"),
        format!("{text}\n"),
        text.replace('.', ".\t"),
        r#"{"payload":""}"#.into(),
    ] {
        let refused = Site::default().check(&malformed).unwrap_err();
        assert_eq!(refused.rule(), Rule::DpopSyntax, "{malformed}");
    }
    let mut bytes = Values::default();
    bytes.push(&[0xff, b'.', 0xfe]);
    assert_eq!(judge(&bytes), Err(DpopError::Syntax { cause: JwtError::Malformed }));
}

#[test]
fn a_member_that_comes_twice_is_refused_in_header_and_claims() {
    let Proof { header, claims, .. } = Proof::new();
    let twice = |json: &Value, more: &str| format!("{},{more}}}", json.to_string().trim_end_matches('}'));
    let text = signed(Alg::Es256, header.to_string(), twice(&claims, r#""htm":"POST""#));
    assert_eq!(Site::default().check(&text), Err(DpopError::Syntax { cause: JwtError::DuplicateClaim }));
    let text = signed(Alg::Es256, header.to_string(), twice(&claims, r#""x":{"a":1,"a":2}"#));
    assert_eq!(Site::default().check(&text), Err(DpopError::Syntax { cause: JwtError::DuplicateClaim }));
    let members = header.to_string();
    let doubled = format!("{{\"typ\":\"dpop+jwt\",{}", members.trim_start_matches('{'));
    let text = signed(Alg::Es256, doubled, claims.to_string());
    assert_eq!(Site::default().check(&text), Err(DpopError::Syntax { cause: JwtError::DuplicateMember }));
}

#[test]
fn claims_that_are_no_object_and_critical_parameters_are_refused() {
    let header = Proof::new().header.to_string();
    for payload in ["[]", "1", "null", "\"x\"", "x", "{}x", "{\"a\":1"] {
        let refused = Site::default().check(&signed(Alg::Es256, &header, payload)).unwrap_err();
        assert_eq!(refused, DpopError::Syntax { cause: JwtError::MalformedPayload }, "{payload}");
    }
    for (name, value) in [("crit", json!(["exp"])), ("crit", json!([])), ("b64", json!(false))] {
        let refused = refused(&Proof::new().member(name, value));
        assert_eq!(refused, DpopError::Syntax { cause: JwtError::UnsupportedCrit });
    }
}

#[test]
fn typ_is_the_media_type_of_proofs() {
    for typ in ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt", "Application/DPOP+jwt"] {
        assert!(check(&Proof::new().member("typ", typ)).is_ok(), "{typ}");
    }
    for typ in ["", "JWT", "jwt", "at+jwt", "client-authentication+jwt", "dpop", "dpop+jwt ", "text/dpop+jwt"] {
        assert_eq!(refused(&Proof::new().member("typ", typ)), DpopError::Typ, "{typ}");
    }
    assert_eq!(refused(&Proof::new().without_member("typ")), DpopError::Typ);
    let refused = refused(&Proof::new().member("typ", json!(["dpop+jwt"])));
    assert_eq!(refused, DpopError::Syntax { cause: JwtError::MalformedHeader });
}

#[test]
fn a090_the_algorithm_is_asymmetric_and_on_the_list() {
    for alg in ["none", "None", "NONE", "HS256x", "es256", ""] {
        assert_eq!(refused(&Proof::new().member("alg", alg)), DpopError::Alg, "{alg}");
    }
    for alg in ["HS256", "HS384", "HS512", "ES256K", "ML-DSA-44"] {
        assert_eq!(refused(&Proof::new().member("alg", alg)), DpopError::Alg, "{alg}");
    }
    // Listed, but ring has no P-521.
    assert!(policy().algorithms.contains(&Alg::Es512));
    assert_eq!(refused(&Proof::new().member("alg", "ES512")), DpopError::Alg);
    // A MAC on the list of a policy that nobody checked is no algorithm for proofs all the same.
    let mut site = Site::default();
    site.policy.algorithms = &[Alg::Hs256, Alg::Es256];
    assert_eq!(site.check(&Proof::new().member("alg", "HS256").text()), Err(DpopError::Alg));
}

#[test]
fn a090_the_two_names_of_ed25519_are_told_apart_by_the_list() {
    for (listed, other) in [(Alg::Ed25519, Alg::EdDsa), (Alg::EdDsa, Alg::Ed25519)] {
        let mut site = Site::default();
        site.policy.algorithms = if listed == Alg::Ed25519 { &[Alg::Ed25519] } else { &[Alg::EdDsa] };
        assert!(site.check(&Proof::of(listed).text()).is_ok());
        assert_eq!(site.check(&Proof::of(other).text()), Err(DpopError::Alg));
    }
    assert!(check(&Proof::of(Alg::Ed25519)).is_ok() && check(&Proof::of(Alg::EdDsa)).is_ok());
}

#[test]
fn a089_the_key_is_public_and_in_the_header() {
    let key = |proof: &Proof| match refused(proof) {
        DpopError::Key { cause } => cause,
        other => panic!("{other}"),
    };
    assert_eq!(key(&Proof::new().without_member("jwk")), KeyError::NotEmbedded);
    for jwk in [json!(null), json!("x"), json!([]), json!(1)] {
        assert!(matches!(key(&Proof::new().member("jwk", jwk)), KeyError::Json(_)));
    }
    assert_eq!(key(&Proof::new().member("jwk", json!({}))), KeyError::MissingMember { name: "kty" });
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        assert_eq!(key(&Proof::new().jwk_member(name, "AAAA")), KeyError::PrivateKey, "{name}");
        assert_eq!(key(&Proof::new().jwk_member(name, json!(null))), KeyError::PrivateKey, "{name}");
    }
    let secret = json!({ "kty": "oct", "k": encode([7; 32]) });
    assert_eq!(key(&Proof::new().member("jwk", secret)), KeyError::PrivateKey);
}

#[test]
fn a089_a_key_in_a_jku_x5c_or_kid_is_none() {
    for (name, value) in [("jku", json!("https://c.example/jwks")), ("kid", json!("k")), ("x5c", json!(["MAEC"]))] {
        let proof = Proof::new().member(name, value);
        assert!(check(&proof).is_ok(), "{name} beside the jwk is ignored");
        let refused = refused(&proof.without_member("jwk"));
        assert_eq!(refused, DpopError::Key { cause: KeyError::NotEmbedded }, "{name}");
    }
}

#[test]
fn the_key_is_of_use_for_the_algorithm() {
    let key = |proof: &Proof| match refused(proof) {
        DpopError::Key { cause } => cause,
        other => panic!("{other}"),
    };
    assert!(check(&Proof::new().jwk_member("use", "sig").jwk_member("alg", "ES256").jwk_member("kid", "k")).is_ok());
    assert!(check(&Proof::new().jwk_member("key_ops", json!(["verify"]))).is_ok());
    assert_eq!(key(&Proof::new().jwk_member("use", "enc")), KeyError::KeyUseMismatch);
    assert_eq!(key(&Proof::new().jwk_member("key_ops", json!(["sign"]))), KeyError::KeyUseMismatch);
    assert_eq!(key(&Proof::new().jwk_member("alg", "ES384")), KeyError::AlgKeyMismatch);
    assert_eq!(key(&Proof::new().jwk_member("alg", "none")), KeyError::UnknownAlg);
    // The key is for another algorithm than the header's.
    assert_eq!(key(&Proof::new().member("alg", "RS256")), KeyError::NoAlgorithm);
    let rsa = Proof::of(Alg::Rs256).jwk_member("alg", "PS256");
    assert_eq!(key(&rsa), KeyError::AlgKeyMismatch);
    assert!(check(&Proof::of(Alg::Ed25519).jwk_member("alg", "EdDSA")).is_ok(), "two names of one operation");
}

#[test]
fn a_weak_key_or_a_point_off_the_curve_is_refused() {
    let key = |jwk: Value, alg: Alg| match refused(&Proof { alg, ..Proof::of(alg).member("jwk", jwk) }) {
        DpopError::Key { cause } => cause,
        other => panic!("{other}"),
    };
    let short = json!({ "kty": "RSA", "n": encode([0xff; 128]), "e": "AQAB" });
    assert_eq!(key(short, Alg::Rs256), KeyError::WeakKey);
    let three = json!({ "kty": "RSA", "n": encode([0xff; 256]), "e": "Aw" });
    assert_eq!(key(three, Alg::Rs256), KeyError::WeakKey);
    let jwk = Proof::new().header["jwk"].clone();
    let swapped = json!({ "kty": "EC", "crv": "P-256", "x": jwk["y"], "y": jwk["x"] });
    // A provider may judge the point when the key is loaded or when it is used.
    let off = refused(&Proof::new().member("jwk", swapped));
    assert!(matches!(off, DpopError::Key { .. } | DpopError::Signature), "{off}");
}

#[test]
fn the_signature_is_by_the_key_in_the_header() {
    let text = Proof::new().text();
    let (input, _) = text.rsplit_once('.').unwrap();
    for signature in [vec![0; 64], vec![1; 63], vec![1; 65], vec![7; 64]] {
        assert_eq!(Site::default().check(&format!("{input}.{}", encode(signature))), Err(DpopError::Signature));
    }
    // Another key in the header than the one that signed.
    let other = symbolon_dpop::jose::SigningKey::generate(&PROVIDER, Alg::Es256).unwrap().0;
    let jwk: Value = serde_json::from_str(&other.public_jwk().unwrap().to_json()).unwrap();
    assert_eq!(refused(&Proof::new().member("jwk", jwk)), DpopError::Signature);
    // The claims of another proof under this signature.
    let other = Proof::new().claim("jti", "other").text();
    let mut parts = [text.split('.').collect::<Vec<_>>(), other.split('.').collect()];
    parts[0][1] = parts[1][1];
    assert_eq!(Site::default().check(&parts[0].join(".")), Err(DpopError::Signature));
}

#[test]
fn a084_htm_is_the_method_case_and_all() {
    for htm in
        [json!("post"), json!("Post"), json!("GET"), json!("POST "), json!(""), json!(null), json!(1), json!(["POST"])]
    {
        assert_eq!(refused(&Proof::new().claim("htm", htm)), DpopError::Htm);
    }
    assert_eq!(refused(&Proof::new().without_claim("htm")), DpopError::Htm);
    let get = Site { method: "GET", ..Site::default() };
    assert!(get.check(&Proof::new().claim("htm", "GET").text()).is_ok());
    assert_eq!(get.check(&Proof::new().text()), Err(DpopError::Htm));
}

#[test]
fn a085_htu_is_the_url_of_the_request() {
    for htu in [
        "https://as.example/other",
        "https://as.example/token/",
        "https://as.example/Token",
        "https://as.example/",
        "https://as.example",
        "https://other.example/token",
        "https://as.example.evil.example/token",
        "https://as.example:8443/token",
        "http://as.example/token",
        "http://as.example:443/token",
        "https://user@as.example/token",
        "https://as.example@evil.example/token",
        "//as.example/token",
        "/token",
        "token",
        "",
        "https:as.example/token",
        "https:/as.example/token",
        "https:///as.example/token",
    ] {
        assert_eq!(refused(&Proof::new().claim("htu", htu)), DpopError::Htu, "{htu}");
    }
    for htu in [json!(null), json!(1), json!([crate::support::URL])] {
        assert_eq!(refused(&Proof::new().claim("htu", htu)), DpopError::Htu);
    }
    assert_eq!(refused(&Proof::new().without_claim("htu")), DpopError::Htu);
}

#[test]
fn a088_jti_is_there_and_of_a_sane_length() {
    for jti in [json!("a"), json!("a".repeat(128)), json!("\u{1f600}"), json!("a\"b\\c\u{0}")] {
        assert!(check(&Proof::new().claim("jti", jti)).is_ok());
    }
    for jti in [json!(""), json!("a".repeat(129)), json!("\u{e6}".repeat(65)), json!(1), json!(null), json!(["a"])] {
        assert_eq!(refused(&Proof::new().claim("jti", jti)), DpopError::Jti);
    }
    assert_eq!(refused(&Proof::new().without_claim("jti")), DpopError::Jti);
}

#[test]
fn a087_iat_is_a_minute_old_or_ten_seconds_ahead_at_most() {
    for iat in [NOW - 60, NOW - 1, NOW, NOW + 1, NOW + 10] {
        assert!(check(&Proof::new().claim("iat", iat)).is_ok(), "{iat}");
    }
    assert!(check(&Proof::new().claim("iat", 1_700_000_000.5)).is_ok(), "a NumericDate may have a fraction");
    for iat in [NOW - 61, NOW + 11, NOW - 300, NOW + 300, 0] {
        assert_eq!(refused(&Proof::new().claim("iat", iat)), DpopError::Iat { age: Some(seconds(NOW - iat)) });
    }
    assert!(matches!(refused(&Proof::new().claim("iat", 1_699_999_939.9)), DpopError::Iat { .. }));
    for iat in [json!("1700000000"), json!(null), json!(true), json!([NOW]), json!(-1), json!(1e300), json!({})] {
        assert_eq!(refused(&Proof::new().claim("iat", iat)), DpopError::Iat { age: None });
    }
    assert_eq!(refused(&Proof::new().without_claim("iat")), DpopError::Iat { age: None });
}

#[test]
fn a087_no_policy_takes_a_proof_more_than_a_minute_ahead() {
    let mut site = Site::default();
    site.policy.future_leeway = seconds(3600);
    assert!(site.check(&Proof::new().claim("iat", NOW + 60).text()).is_ok());
    assert!(matches!(site.check(&Proof::new().claim("iat", NOW + 61).text()), Err(DpopError::Iat { .. })));
    site.policy.future_leeway = seconds(-3600);
    assert!(site.check(&Proof::new().text()).is_ok());
    assert!(matches!(site.check(&Proof::new().claim("iat", NOW + 1).text()), Err(DpopError::Iat { .. })));
}

#[test]
fn exp_and_nbf_are_not_asked_for_and_must_not_contradict() {
    for (name, value) in [("exp", NOW + 1), ("exp", NOW + 1_000_000), ("nbf", NOW), ("nbf", NOW + 10), ("nbf", 0)] {
        assert!(check(&Proof::new().claim(name, value)).is_ok(), "{name} {value}");
    }
    for (name, value) in [
        ("exp", json!(NOW)),
        ("exp", json!(NOW - 1)),
        ("exp", json!("x")),
        ("exp", json!(null)),
        ("nbf", json!(NOW + 11)),
        ("nbf", json!(-1)),
        ("nbf", json!(null)),
        ("nbf", json!([NOW])),
    ] {
        assert_eq!(refused(&Proof::new().claim(name, value.clone())), DpopError::Validity, "{name} {value}");
    }
}

#[test]
fn claims_and_parameters_that_are_not_known_are_ignored() {
    let proof = Proof::new()
        .claim("aud", 5)
        .claim("iss", json!(null))
        .claim("sub", json!({ "a": [1, 2] }))
        .claim("cnf", json!({ "jkt": "x" }))
        .member("x", json!([1]));
    assert!(check(&proof).is_ok());
}

/// The probes that another server was asked (rules, section 2.8), with our answers.
#[test]
fn the_probes_of_another_server_and_our_answers() {
    let nonce = crate::support::nonces(7).issue(at(0));
    let off = Site::default;
    let required = Site::with_nonces;
    let text = Proof::new().text();
    let padded = format!("{text}=");
    let private = Proof::new().jwk_member("d", encode([1; 32]));
    let htu = |htu: &str| Proof::new().claim("htu", htu).text();
    let with = |name: &str, value: Value| Proof::new().claim(name, value).text();
    let iat = |offset: i64| with("iat", json!(NOW + offset));
    let probes: [(&str, Site, String, Option<Rule>); 32] = [
        ("no typ", off(), Proof::new().without_member("typ").text(), Some(Rule::DpopTyp)),
        ("typ DPOP+JWT", off(), Proof::new().member("typ", "DPOP+JWT").text(), None),
        ("typ application/dpop+jwt", off(), Proof::new().member("typ", "application/dpop+jwt").text(), None),
        ("private key", off(), private.text(), Some(Rule::DpopKey)),
        ("symmetric alg", off(), Proof::new().member("alg", "HS256").text(), Some(Rule::DpopAlg)),
        ("alg none", off(), Proof::new().member("alg", "none").text(), Some(Rule::DpopAlg)),
        ("htm post", off(), with("htm", json!("post")), Some(Rule::DpopHtm)),
        ("query and fragment", off(), htu("https://as.example/token?a=b#c"), None),
        ("upper case", off(), htu("HTTPS://AS.EXAMPLE/token"), None),
        ("default port", off(), htu("https://as.example:443/token"), None),
        ("dot segments", off(), htu("https://as.example/a/../././token"), None),
        // RFC 3986 §6.2.2.2 says that it is the same.
        ("encoded unreserved", off(), htu("https://as.example/%74oken"), None),
        ("trailing slash", off(), htu("https://as.example/token/"), Some(Rule::DpopHtu)),
        // Their window is five minutes to both sides, ours a minute and ten seconds.
        ("iat -300", off(), iat(-300), Some(Rule::DpopIat)),
        ("iat +300", off(), iat(300), Some(Rule::DpopIat)),
        ("iat -60", off(), iat(-60), None),
        ("iat +10", off(), iat(10), None),
        // Not use_dpop_nonce: a nonce is asked for only where one is missing or no good.
        (
            "iat -300 where nonces are required",
            required(),
            Proof::new().claim("iat", NOW - 300).text(),
            Some(Rule::DpopNonce),
        ),
        (
            "the same with a nonce",
            required(),
            Proof::new().claim("iat", NOW - 300).claim("nonce", nonce.as_str()).text(),
            None,
        ),
        ("iat string", off(), with("iat", json!("1700000000")), Some(Rule::DpopIat)),
        ("iat float", off(), with("iat", json!(1_700_000_000.25)), None),
        ("jti absent", off(), Proof::new().without_claim("jti").text(), Some(Rule::DpopJti)),
        ("jti number", off(), with("jti", json!(5)), Some(Rule::DpopJti)),
        ("nonce wrong", required(), with("nonce", json!("wrong")), Some(Rule::DpopNonce)),
        ("nonce right", required(), with("nonce", json!(nonce)), None),
        ("nonce number", required(), with("nonce", json!(5)), Some(Rule::DpopSyntax)),
        ("nonce unasked", off(), with("nonce", json!(nonce)), Some(Rule::DpopNonceUnasked)),
        ("exp past", off(), with("exp", json!(NOW - 1)), Some(Rule::DpopValidity)),
        ("nbf future", off(), with("nbf", json!(NOW + 60)), Some(Rule::DpopValidity)),
        ("extra claims", off(), with("x", json!({ "y": 1 })), None),
        ("padded base64url", off(), padded, Some(Rule::DpopSyntax)),
        ("as it should be", off(), text, None),
    ];
    for (probe, site, proof, refused) in probes {
        let judged = site.check(&proof);
        assert_eq!(judged.as_ref().err().map(DpopError::rule), refused, "{probe}: {judged:?}");
    }
}
