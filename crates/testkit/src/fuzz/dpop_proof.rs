use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use symbolon_crypto_ring::PROVIDER;
use symbolon_dpop::{Checks, DpopError, NonceUse, Nonces, TargetUri};
use symbolon_jose::{SigningKey, UnverifiedJwt, parse_json};
use symbolon_policy::Policy;
use symbolon_types::{Alg, Issuer, Trace, Values};

use crate::{fuzz::Verdict, keys, now};

/// The value of a `DPoP` header, or an object that becomes the claims of a proof whose signature holds.
///
/// # Panics
/// If a trace that goes on ends in another answer than one that stops; if what is taken is none by a slow look: method,
/// URL, `jti`, `iat` and nonce are as they must be, and the proof could not come again after its replay id is forgotten.
pub fn dpop_proof(data: &[u8]) -> Verdict {
    let signed = parse_json::<Map<String, Value>>(data)
        .ok()
        .and_then(|claims| SIGNER.sign(&PROVIDER, Some("dpop+jwt"), &claims).ok());
    let proof = signed.as_deref().map_or(data, str::as_bytes);
    let nonces = Nonces::new(PROVIDER.hmac_sha256.load(&[7; 32]));
    let taken = [NonceUse::Off, NonceUse::Required(&nonces)].map(|nonce| judge(proof, nonce));
    assert_ne!(taken, [true, true], "a nonce is asked for or refused");
    if taken == [false, false] { Verdict::Refused } else { Verdict::Accepted }
}

fn judge(proof: &[u8], nonce: NonceUse<'_>) -> bool {
    let policy = Policy::OAUTH_2_1.dpop;
    let mut values = Values::default();
    values.push(proof);
    let checks = Checks {
        crypto: &PROVIDER,
        policy: &policy,
        tenant: &TENANT,
        method: "POST",
        url: &URL,
        nonce,
        access_token: None,
    };
    let (mut stops, mut goes) = (Trace::stop_at_first(), Trace::go_on());
    let judged = checks.check(&values, &mut stops, now());
    assert_eq!(checks.check(&values, &mut goes, now()), judged);
    let rule = judged.as_ref().err().map(DpopError::rule);
    assert_eq!((stops.first_failed(), goes.first_failed()), (rule, rule));
    let Ok(proven) = judged else { return false };

    let text = core::str::from_utf8(proof).expect("a proof is text");
    assert!(text.len() <= policy.max_proof_bytes);
    let jwt = UnverifiedJwt::parse(text).expect("a JWT");
    let jwk = jwt.embedded_jwk().expect("a key");
    assert_eq!(jwk.thumbprint(PROVIDER.sha256), proven.jkt());
    assert!(jwt.header().is_typ("dpop+jwt") && policy.algorithms.contains(&jwt.header().alg()));
    let claim = |name| jwt.peek_claim(name).expect("a text");
    assert_eq!(claim("htm"), "POST");
    assert!(claim("htu").to_ascii_lowercase().starts_with("https://"));
    assert!((1..=policy.max_jti_bytes).contains(&claim("jti").len()));
    let once = proven.once();
    assert!(once.until >= now() && once.until > once.issued);
    let later = once.until.saturating_add(time::Duration::SECOND);
    assert!(checks.check(&values, &mut Trace::stop_at_first(), later).is_err(), "taken after it was forgotten");
    true
}

static TENANT: LazyLock<Issuer> = LazyLock::new(|| Issuer::parse("https://as.example").expect("an issuer"));
static URL: LazyLock<TargetUri> = LazyLock::new(|| TargetUri::parse("https://as.example/token").expect("a target"));
/// Ed25519 signs without randomness, so that a finding repeats.
static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| {
    let der = STANDARD.decode(keys::ED25519.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    SigningKey::from_pkcs8_der(&PROVIDER, &der.expect("a key in PEM"), Some(Alg::Ed25519))
        .and_then(SigningKey::with_embedded_jwk)
        .expect("a key pair")
});
