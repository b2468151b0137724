//! OpenID Connect Core sections 3.1.3.8 and 3.3.2.10: `at_hash` and `c_hash`.

use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_id_token::{
    ClaimName, IdTokenError, left_half_hash,
    types::{Alg, Secret},
};

use crate::login::{ACCESS_TOKEN, CODE, Login, algorithms};

/// The left halves of each hash of the access token and the code, as Python's hashlib gives them.
const SHA_256: [&str; 2] = ["77QmUPtjPfzWtF2AnpK9RQ", "LDktKdoQak3Pk0cnXxCltA"];
const SHA_384: [&str; 2] = ["jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs", "Mq-knyaEMtWGfnBi2POEZb1kiLx10_DF"];
const SHA_512: [&str; 2] =
    ["q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM", "E9z1C-c0Az4eTEzE0Nm3OQ3BS2BhMgxuP7x5JAQj1_4"];

fn hashes(alg: Alg) -> [&'static str; 2] {
    match alg {
        Alg::Rs384 | Alg::Ps384 | Alg::Es384 | Alg::Hs384 => SHA_384,
        Alg::Rs512 | Alg::Ps512 | Alg::Es512 | Alg::Hs512 | Alg::EdDsa | Alg::Ed25519 => SHA_512,
        _ => SHA_256,
    }
}

fn login(alg: Alg) -> Login {
    Login::new().with(|login| {
        login.alg = alg;
        login.keys = vec![alg];
        login.algorithms = vec![alg];
        let [at_hash, c_hash] = hashes(alg);
        login.set("at_hash", at_hash);
        login.set("c_hash", c_hash);
    })
}

#[test]
fn the_signing_algorithm_names_the_hash() {
    let ml_dsa = [Alg::MlDsa44, Alg::MlDsa65, Alg::MlDsa87];
    for alg in &ml_dsa {
        assert!(left_half_hash(&PROVIDER, *alg, ACCESS_TOKEN).is_err(), "{alg} has none");
    }
    for alg in Alg::ALL.iter().filter(|alg| !ml_dsa.contains(alg)) {
        let [at_hash, c_hash] = hashes(*alg);
        assert_eq!(left_half_hash(&PROVIDER, *alg, ACCESS_TOKEN).unwrap(), at_hash, "{alg}");
        assert_eq!(left_half_hash(&PROVIDER, *alg, CODE).unwrap(), c_hash, "{alg}");
    }
    for alg in algorithms() {
        assert!(login(alg).check().is_ok(), "{alg}");
    }
}

#[test]
fn a106_the_hash_of_another_algorithm_is_refused() {
    for alg in &algorithms() {
        for other in [SHA_256, SHA_384, SHA_512].into_iter().filter(|other| *other != hashes(*alg)) {
            let [at_hash, c_hash] = other;
            let answer = login(*alg).with(|login| login.set("at_hash", at_hash)).check();
            assert_eq!(answer, Err(IdTokenError::AtHashMismatch), "{alg} {at_hash}");
            let answer = login(*alg).with(|login| login.set("c_hash", c_hash)).check();
            assert_eq!(answer, Err(IdTokenError::CHashMismatch), "{alg} {c_hash}");
        }
    }
}

#[test]
fn a106_a_wrong_or_empty_hash_is_refused() {
    let [right, of_code] = SHA_512;
    let bads =
        ["", "r7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM", of_code, &right.to_lowercase(), &format!("{right}=")]
            .map(String::from);
    for bad in bads {
        let answer = Login::new().with(|login| login.set("at_hash", bad.clone())).check();
        assert_eq!(answer, Err(IdTokenError::AtHashMismatch), "{bad:?}");
    }
    for bad in ["", "F9z1C-c0Az4eTEzE0Nm3OQ3BS2BhMgxuP7x5JAQj1_4", right] {
        let answer = Login::new().with(|login| login.set("c_hash", bad)).check();
        assert_eq!(answer, Err(IdTokenError::CHashMismatch), "{bad:?}");
    }
    let cut = Login::new().with(|login| login.set("at_hash", right.trim_end_matches('M'))).check();
    assert_eq!(cut, Err(IdTokenError::AtHashMismatch), "a prefix is not enough");
}

#[test]
fn a106_a_hash_of_the_wrong_type_is_not_the_same_as_none() {
    for claim in [ClaimName::AtHash, ClaimName::CHash] {
        for value in [json!(null), json!(0), json!(true), json!([SHA_512[0]]), json!({})] {
            let answer = Login::new().with(|login| login.set(claim.as_str(), value.clone())).check();
            assert_eq!(answer, Err(IdTokenError::InvalidClaim { claim }), "{claim} = {value}");
        }
        assert!(Login::new().with(|login| login.remove(claim.as_str())).check().is_ok(), "absent is no error");
    }
}

#[test]
fn a106_another_access_token_or_code_is_refused() {
    let other_token = Login::new().with(|login| login.access_token = Some(Secret::new(ACCESS_TOKEN.replace('Y', "Z"))));
    assert_eq!(other_token.check(), Err(IdTokenError::AtHashMismatch));
    let other_code = Login::new().with(|login| login.code = Some(ACCESS_TOKEN.into()));
    assert_eq!(other_code.check(), Err(IdTokenError::CHashMismatch));
}

#[test]
fn a106_a_hash_that_cannot_be_compared_is_refused() {
    let no_token = Login::new().with(|login| login.access_token = None);
    assert_eq!(no_token.check(), Err(IdTokenError::NothingToHash { claim: ClaimName::AtHash }));
    let no_code = Login::new().with(|login| login.code = None);
    assert_eq!(no_code.check(), Err(IdTokenError::NothingToHash { claim: ClaimName::CHash }));
    let neither = Login::new().without_hashes().with(|login| {
        login.access_token = None;
        login.code = None;
    });
    assert!(neither.check().is_ok());
}

#[test]
fn a106_a_provider_without_the_hash_refuses() {
    for alg in [Alg::Es384, Alg::Rs384, Alg::Ps512, Alg::Hs512, Alg::Ed25519, Alg::EdDsa] {
        let short = PROVIDER.with_long_digests(&[]);
        let poor = || login(alg).with(|login| login.crypto = short);
        assert!(matches!(poor().check(), Err(IdTokenError::HashUnavailable { claim: ClaimName::AtHash, .. })), "{alg}");
        let c_hash_only = poor().with(|login| login.remove("at_hash"));
        assert!(
            matches!(c_hash_only.check(), Err(IdTokenError::HashUnavailable { claim: ClaimName::CHash, .. })),
            "{alg}"
        );
        assert!(poor().without_hashes().check().is_ok(), "{alg}: nothing to hash");
        assert!(left_half_hash(&short, alg, ACCESS_TOKEN).is_err());
    }
    let rs256 = login(Alg::Rs256).with(|login| login.crypto = PROVIDER.with_long_digests(&[]));
    assert!(rs256.check().is_ok(), "SHA-256 is never absent");
    assert_eq!(Value::from(SHA_256[0]), rs256.claims["at_hash"]);
}
