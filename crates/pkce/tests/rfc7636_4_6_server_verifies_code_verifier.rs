//! RFC 7636 §4.6: a verifier that hashes to the challenge, and its twins that do not.

use proptest::prelude::*;
use symbolon_crypto_ring::PROVIDER;
use symbolon_pkce::{
    CodeChallenge, CodeVerifier,
    crypto::{RandomFailed, SecureRandom},
};

/// Verifier and challenge: RFC 7636 Appendix B, and a pair of ID-porten's documentation.
const PAIRS: [(&str, &str); 2] = [
    ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo", "b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI"),
];

/// The octets of RFC 7636 Appendix B.
const OCTETS: [u8; 32] = [
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240,
    91, 88, 5, 88, 83, 132, 141, 121,
];

#[test]
fn the_published_pairs_match_and_crosswise_they_do_not() {
    for (index, (verifier, challenge)) in PAIRS.into_iter().enumerate() {
        let verifier = CodeVerifier::parse(verifier).unwrap();
        assert_eq!(verifier.challenge(PROVIDER.sha256).as_str(), challenge);
        for (other, (_, challenge)) in PAIRS.into_iter().enumerate() {
            let challenge = CodeChallenge::parse(challenge).unwrap();
            assert_eq!(challenge.matches(&verifier, PROVIDER.sha256), index == other);
        }
    }
}

#[test]
fn a071_a_verifier_that_differs_in_one_character_does_not_match() {
    let (verifier, challenge) = PAIRS[0];
    let challenge = CodeChallenge::parse(challenge).unwrap();
    assert!(challenge.matches(&CodeVerifier::parse(verifier).unwrap(), PROVIDER.sha256));
    for at in 0..verifier.len() {
        let mut octets = verifier.as_bytes().to_vec();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        let other = CodeVerifier::parse(&String::from_utf8(octets).unwrap()).unwrap();
        assert!(!challenge.matches(&other, PROVIDER.sha256), "at {at}");
    }
    let longer = CodeVerifier::parse(&format!("{verifier}A")).unwrap();
    assert!(!challenge.matches(&longer, PROVIDER.sha256));
}

#[test]
fn a072_a_plain_challenge_never_matches() {
    // A thief who saw the challenge presents it as the verifier.
    for (_, challenge) in PAIRS {
        let plain = CodeVerifier::parse(challenge).unwrap();
        assert!(!CodeChallenge::parse(challenge).unwrap().matches(&plain, PROVIDER.sha256));
    }
    // A client sent its verifier as the challenge.
    for (verifier, _) in PAIRS {
        let plain = CodeChallenge::parse(verifier).unwrap();
        assert!(!plain.matches(&CodeVerifier::parse(verifier).unwrap(), PROVIDER.sha256));
    }
    // Longer plain challenges are no challenges at all.
    assert!(CodeChallenge::parse(&"a".repeat(64)).is_err());
}

#[test]
fn a125_a_generated_verifier_is_all_of_the_random_octets() {
    #[derive(Debug)]
    struct Fixed;
    impl SecureRandom for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
            out.copy_from_slice(&OCTETS);
            Ok(())
        }
    }
    let verifier = CodeVerifier::generate(&PROVIDER.with_random(&Fixed)).unwrap();
    assert_eq!(verifier.expose(), PAIRS[0].0);
    assert_eq!(verifier, CodeVerifier::from_random(OCTETS));
}

#[test]
fn a125_failing_randomness_is_an_error_and_no_weak_verifier() {
    #[derive(Debug)]
    struct Failing;
    impl SecureRandom for Failing {
        fn fill(&self, _: &mut [u8]) -> Result<(), RandomFailed> {
            Err(RandomFailed)
        }
    }
    assert_eq!(CodeVerifier::generate(&PROVIDER.with_random(&Failing)), Err(RandomFailed));
}

proptest! {
    #[test]
    fn a_verifier_matches_its_own_challenge_and_no_other(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
        let verifier = CodeVerifier::parse(&verifier).unwrap();
        let other = CodeVerifier::parse(&other).unwrap();
        let challenge = CodeChallenge::parse(verifier.challenge(PROVIDER.sha256).as_str()).unwrap();
        prop_assert!(challenge.matches(&verifier, PROVIDER.sha256));
        prop_assert_eq!(challenge.matches(&other, PROVIDER.sha256), verifier == other);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,140}") {
        if let Ok(verifier) = CodeVerifier::parse(&text) {
            prop_assert_eq!(verifier.expose(), text.as_str());
        }
        if let Ok(challenge) = CodeChallenge::parse(&text) {
            prop_assert_eq!(challenge.as_str(), text.as_str());
        }
    }
}
