//! DPoP over two providers: what one proves, the other takes, in both directions and by itself.

use symbolon_crypto::CryptoProvider;
use symbolon_dpop::{Checks, DpopError, NonceUse, Nonces, ProofSigner, ProvenKey, TargetUri};
use symbolon_jose::{KeyError, SigningKey};
use symbolon_policy::{DpopPolicy, Policy};
use symbolon_types::{Alg, Issuer, Secret, Trace, Values};

use crate::{PROVIDERS, keys, vectors::pem};

const URL: &str = "https://rs.example/things";

fn nonces(crypto: &CryptoProvider) -> Nonces {
    Nonces::new(crypto.hmac_sha256.load(&[7; 32]))
}

fn signers(crypto: &CryptoProvider, policy: &DpopPolicy) -> Vec<ProofSigner> {
    let welcome = policy.algorithms.iter().copied().filter(|alg| crypto.supports(*alg));
    let key = |alg: Alg| {
        let (_, file, _) = keys(crypto).find(|key| key.0.is_same_operation(alg)).unwrap();
        SigningKey::from_pkcs8_der(crypto, &pem(file), Some(alg)).unwrap()
    };
    welcome.map(|alg| ProofSigner::new(crypto, key(alg)).unwrap()).collect()
}

fn check(crypto: &CryptoProvider, policy: &DpopPolicy, proof: &str, token: &Secret) -> Result<ProvenKey, DpopError> {
    let mut values = Values::default();
    values.push(proof.as_bytes());
    let checks = Checks {
        crypto,
        policy,
        tenant: &Issuer::parse("https://as.example").unwrap(),
        method: "GET",
        url: &TargetUri::parse(URL).unwrap(),
        nonce: NonceUse::Required(&nonces(crypto)),
        access_token: Some(token),
    };
    checks.check(&values, &mut Trace::stop_at_first(), symbolon_testkit::now())
}

#[test]
fn a_proof_by_any_provider_is_taken_by_all_that_have_its_algorithm_with_one_replay_id() {
    let (policy, now) = (Policy::OAUTH_2_1.dpop, symbolon_testkit::now());
    let token = Secret::new("token");
    let mut taken = 0;
    for (made_by, making) in PROVIDERS {
        for signer in signers(making, &policy) {
            let alg = signer.alg();
            // The nonce is of any node, whatever its provider.
            let nonce = nonces(PROVIDERS[taken % 2].1).issue(now);
            let proof = signer.proof(making, "GET", URL, Some(&nonce), Some(&token), now).unwrap();
            let mut ids = Vec::new();
            for (name, crypto) in PROVIDERS {
                let judged = check(crypto, &policy, proof.expose(), &token);
                if crypto.supports(alg) {
                    let proven = judged.unwrap_or_else(|error| panic!("{made_by} to {name}: {alg}: {error}"));
                    assert_eq!(proven.jkt(), signer.jkt());
                    ids.push(proven.once());
                    taken += 1;
                } else {
                    assert_eq!(judged, Err(DpopError::Alg), "{name} lacks {alg}");
                }
                let other = check(crypto, &policy, proof.expose(), &Secret::new("another"));
                assert!(matches!(other, Err(DpopError::Ath | DpopError::Alg)), "{name} {alg}");
            }
            assert!(ids.windows(2).all(|ids| ids[0] == ids[1]), "{alg}");
        }
    }
    // ring has ten of the list, aws-lc-rs all eleven.
    assert_eq!(taken, 10 * 2 + 10 * 2 + 1);
}

#[test]
fn a_key_that_a_provider_makes_makes_proofs() {
    for (name, crypto) in PROVIDERS {
        for alg in [Alg::Es256, Alg::Es384, Alg::Ed25519] {
            let (key, _) = SigningKey::generate(crypto, alg).unwrap();
            let signer = ProofSigner::new(crypto, key).unwrap();
            let (token, now) = (Secret::new("token"), symbolon_testkit::now());
            let nonce = nonces(crypto).issue(now);
            let proof = signer.proof(crypto, "GET", URL, Some(&nonce), Some(&token), now).unwrap();
            let policy = Policy::OAUTH_2_1.dpop;
            let proven = check(crypto, &policy, proof.expose(), &token);
            assert_eq!(proven.map(|proven| proven.jkt()), Ok(signer.jkt()), "{name} {alg}");
        }
    }
}

#[test]
fn a089_a_point_off_the_curve_is_no_key_or_signs_nothing() {
    for (name, crypto) in PROVIDERS {
        let policy = Policy::OAUTH_2_1.dpop;
        let signer = signers(crypto, &policy).into_iter().find(|signer| signer.alg() == Alg::Es256).unwrap();
        let token = Secret::new("token");
        let proof = signer.proof(crypto, "GET", URL, None, Some(&token), symbolon_testkit::now()).unwrap();
        let (_, rest) = proof.expose().split_once('.').unwrap();
        // Both coordinates are 1, which is on no curve of ours.
        let one = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";
        let header =
            format!(r#"{{"alg":"ES256","typ":"dpop+jwt","jwk":{{"kty":"EC","crv":"P-256","x":"{one}","y":"{one}"}}}}"#);
        let header = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header);
        let refused = check(crypto, &policy, &format!("{header}.{rest}"), &token);
        let off = DpopError::Key { cause: KeyError::Rejected(symbolon_crypto::KeyRejected) };
        assert!(refused == Err(off) || refused == Err(DpopError::Signature), "{name}: {refused:?}");
    }
}
