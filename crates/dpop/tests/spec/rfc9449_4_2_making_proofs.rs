//! The client's half, and that both halves fit.

use proptest::prelude::*;
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{
    ProofError, ProofSigner, TargetUri, TargetUriError,
    jose::{KeyError, SigningKey},
    policy::Policy,
    types::{Alg, Rule, Secret, SecretBytes},
};
use symbolon_testkit::{FAILING, FixedRandom};

use crate::support::{NOW, Site, URL, at, nonces, parts, signer, signing_key};

fn made(url: &str, nonce: Option<&str>, token: Option<&Secret>) -> Result<Secret, ProofError> {
    signer(Alg::Es256).proof(&PROVIDER, "POST", url, nonce, token, at(0))
}

#[test]
fn a_proof_has_the_members_of_the_specification_and_no_others() {
    let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    let (header, claims) = parts(made(URL, Some("n"), Some(&token)).unwrap().expose());
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&header), ["alg", "jwk", "typ"]);
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("dpop+jwt"), Some("ES256")));
    assert_eq!(names(&header["jwk"]), ["crv", "kty", "x", "y"]);
    assert_eq!(names(&claims), ["ath", "htm", "htu", "iat", "jti", "nonce"]);
    assert_eq!((claims["htm"].as_str(), claims["htu"].as_str()), (Some("POST"), Some(URL)));
    assert_eq!((claims["iat"].as_i64(), claims["nonce"].as_str()), (Some(NOW), Some("n")));
    assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo", "RFC 9449 Figure 13");

    let (_, claims) = parts(made(URL, None, None).unwrap().expose());
    assert_eq!(names(&claims), ["htm", "htu", "iat", "jti"]);
}

#[test]
fn a088_every_proof_has_a_jti_of_its_own_of_128_bits() {
    let crypto = PROVIDER.with_random(FixedRandom::leaked(3));
    let signer = signer(Alg::Es256);
    let jti = || {
        let (_, claims) = parts(signer.proof(&crypto, "POST", URL, None, None, at(0)).unwrap().expose());
        claims["jti"].as_str().unwrap().to_owned()
    };
    let (one, two) = (jti(), jti());
    assert_ne!(one, two);
    assert_eq!((one.len(), two.len()), (22, 22));
}

#[test]
fn query_and_fragment_are_left_out_and_the_rest_stays_as_it_is() {
    for (url, htu) in [
        ("https://rs.example/a?b=c#d", "https://rs.example/a"),
        ("https://rs.example/a#d?e", "https://rs.example/a"),
        ("https://rs.example/a?b[]=1", "https://rs.example/a"),
        ("HTTPS://RS.example:443/%7euser/./x", "HTTPS://RS.example:443/%7euser/./x"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ] {
        let (_, claims) = parts(made(url, None, None).unwrap().expose());
        assert_eq!(claims["htu"], htu);
    }
}

#[test]
fn a_url_that_no_proof_can_name_is_refused() {
    for (url, fault) in [
        ("/token", TargetUriError::Scheme),
        ("ftp://as.example/token", TargetUriError::Scheme),
        ("https://user:secret@as.example/token", TargetUriError::UserInfo),
        ("https://as.example/t\u{f8}ken", TargetUriError::Character),
        ("https:///token", TargetUriError::Host),
    ] {
        let refused = made(url, None, None).unwrap_err();
        assert_eq!(refused, ProofError::Url(fault), "{url}");
        assert_eq!(refused.rule(), Rule::EndpointUrl);
    }
}

#[test]
fn a_nonce_that_is_none_is_refused_and_one_in_the_grammar_is_sent_as_it_is() {
    for nonce in ["", " ", "a b", "a\"b", "a\\b", "a\r\nb", "\u{7f}", "n\u{f8}nce", "\0"] {
        assert_eq!(made(URL, Some(nonce), None).unwrap_err(), ProofError::NonceSyntax, "{nonce:?}");
    }
    let all: String = ('!'..='~').filter(|character| !matches!(character, '"' | '\\')).collect();
    for nonce in ["eyJ7S_zG.eyJH0-Z.HX4w-7v", &all, &nonces(7).issue(at(0))] {
        let (_, claims) = parts(made(URL, Some(nonce), None).unwrap().expose());
        assert_eq!(claims["nonce"], nonce);
    }
}

#[test]
fn a090_a_mac_key_and_one_that_nobody_can_verify_with_make_no_signer() {
    let mac = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32])).unwrap();
    assert_eq!(ProofSigner::new(&PROVIDER, mac).err(), Some(KeyError::PrivateKey));
    let without = PROVIDER.with_signatures(&[]);
    assert!(matches!(ProofSigner::new(&without, signing_key(Alg::Es256)).err(), Some(KeyError::Unsupported(_))));
}

#[test]
fn without_randomness_there_is_no_proof() {
    let crypto = PROVIDER.with_random(&FAILING);
    let refused = signer(Alg::Ed25519).proof(&crypto, "POST", URL, None, None, at(0)).unwrap_err();
    assert_eq!(refused.rule(), Rule::RandomAnswers);
}

#[test]
fn a_signer_shows_its_algorithm_and_jkt_and_no_key() {
    let signer = signer(Alg::Es256);
    assert_eq!(signer.alg(), Alg::Es256);
    assert_eq!(signer.jkt(), signing_key(Alg::Es256).public_jwk().unwrap().thumbprint(PROVIDER.sha256));
    assert!(format!("{signer:?}").len() < 200);
}

#[test]
fn what_is_made_with_any_welcome_algorithm_is_taken() {
    for alg in Policy::OAUTH_2_1.dpop.algorithms.iter().copied().filter(|alg| PROVIDER.supports(*alg)) {
        let signer = signer(alg);
        let proof = signer.proof(&PROVIDER, "POST", URL, None, None, at(0)).unwrap();
        assert_eq!(Site::default().check(proof.expose()).unwrap().jkt(), signer.jkt(), "{alg}");
    }
}

proptest! {
    #[test]
    fn both_halves_fit(
        host in "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}",
        path in "(/([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}){0,6}){0,4}",
        query in prop::option::of("[a-z=&\\[\\]/?]{0,8}"),
        with_nonce in any::<bool>(),
        token in prop::option::of("[a-zA-Z0-9._~+/-]{1,40}"),
        age in 0..=60_i64,
    ) {
        let url = format!("https://{host}{path}{}", query.map(|query| format!("?{query}")).unwrap_or_default());
        let token = token.map(Secret::new);
        let given = with_nonce.then(|| nonces(7).issue(at(0)));
        let proof = signer(Alg::Ed25519)
            .proof(&PROVIDER, "GET", &url, given.as_deref(), token.as_ref(), at(0))
            .unwrap();
        let site = Site {
            method: "GET",
            url: TargetUri::parse(&url).unwrap(),
            nonces: with_nonce.then(|| nonces(7)),
            access_token: token,
            ..Site::default()
        };
        prop_assert_eq!(site.check_at(proof.expose(), at(age)).unwrap().jkt(), signer(Alg::Ed25519).jkt());
    }
}
