//! Symbolon's side: all that depends on its API stands in this file.

use serde::Serialize;
use serde_json::Value;
use symbolon_crypto::PrivateKey;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Claims, Expected, Jwk, JwkSet, SigningKey, UnverifiedJwt, VerifyingKey};
use symbolon_types::Alg;
use time::{Duration, UtcDateTime};

use crate::{
    ClientAssertion, IdToken, Kind, Library, Signer, Verifier,
    keys::{KID, SECRET},
    pkcs8_der, private_pem,
};

/// With ring. No `x5t#S256`: there is no way to sign one.
pub const LIBRARY: Library = Library {
    name: "symbolon",
    signs: true,
    with_thumbprint: false,
    verifier,
    signer,
    thumbprint: |_| Some(thumbprint),
    find: Some(find),
};

/// A loaded private key or secret.
pub fn signing_key(alg: Alg, kid: &str) -> SigningKey {
    let key = match alg {
        Alg::Hs256 => SigningKey::from_secret(&PROVIDER, alg, &SECRET),
        _ => SigningKey::from_pem(&PROVIDER, private_pem(alg), Some(alg)),
    };
    key.expect("a key").with_kid(kid)
}

fn sign<C: Serialize>(key: &SigningKey, claims: &C) -> Option<String> {
    key.sign(&PROVIDER, Some("JWT"), claims).ok()
}

fn verify(key: &VerifyingKey, kind: Kind, token: &str) -> Option<Claims> {
    let jwt = UnverifiedJwt::parse(token).ok()?.verify(key).ok()?;
    let claims = jwt.claims().ok()?;
    let expected = Expected {
        issuer: kind.issuer(),
        audience: kind.audience(),
        typ: &["JWT"],
        exp_leeway: Duration::ZERO,
        future_leeway: Duration::ZERO,
    };
    claims.check(&expected, jwt.header(), UtcDateTime::now()).ok()?;
    Some(claims)
}

/// Reads a JWK and gives its thumbprint.
pub fn thumbprint(jwk: &str) -> Option<String> {
    Some(Jwk::parse(jwk.as_bytes()).ok()?.thumbprint(PROVIDER.sha256).to_base64url())
}

fn find(set: &str, kid: &str) -> bool {
    JwkSet::parse(set.as_bytes()).is_ok_and(|set| set.keys().iter().any(|key| key.kid() == Some(kid)))
}

/// The primitive alone: what signs the tokens that everyone verifies.
pub fn bare_signature(alg: Alg, message: &[u8]) -> Vec<u8> {
    if alg == Alg::Hs256 {
        return PROVIDER.hmac_sha256.load(&SECRET).sign(&[message]).to_vec();
    }
    let algorithm = PROVIDER.signature(alg).expect("ring has it");
    let signer = algorithm.load_private(&PrivateKey::Pkcs8(&pkcs8_der(alg))).expect("a key");
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, message, &mut signature).expect("signed");
    signature
}

fn verifier(kind: Kind, alg: Alg) -> Option<Verifier> {
    let key = signing_key(alg, KID).verifying_key(&PROVIDER).expect("a key");
    Verifier::new(move |token| verify(&key, kind, token), |claims| Value::Object(claims.members().clone()))
}

fn signer(kind: Kind, alg: Alg) -> Option<Signer> {
    let key = signing_key(alg, KID);
    match kind {
        Kind::Id => {
            let claims: IdToken = serde_json::from_str(kind.json()).expect("claims");
            Signer::new(move || sign(&key, &claims))
        }
        Kind::Ca => {
            let claims: ClientAssertion = serde_json::from_str(kind.json()).expect("claims");
            Signer::new(move || sign(&key, &claims))
        }
    }
}
