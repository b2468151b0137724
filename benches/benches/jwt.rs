//! Signing and verifying JWTs, small and large, against the bare primitive of the same backend.
#![expect(clippy::expect_used, reason = "a bench stops at the first thing that is not as it says")]
#![expect(clippy::std_instead_of_alloc, reason = "a program on std")]

use core::error::Error;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use symbolon_benches::{Case, measure};
use symbolon_crypto::{PrivateKey, Signer};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{SigningKey, UnverifiedJwt, VerifyingKey};
use symbolon_testkit::keys;
use symbolon_types::Alg;

/// What a client assertion holds (RFC 7523 §3), and `details` to make it large.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// One object of `authorization_details` (RFC 9396 §2).
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Detail {
    r#type: String,
    locations: Vec<String>,
    actions: Vec<String>,
}

impl Claims {
    fn with_details(count: usize) -> Self {
        Self {
            iss: "client.example".to_owned(),
            sub: "client.example".to_owned(),
            aud: "https://op.example/".to_owned(),
            jti: "gSyoNDlAuPCqSHWnUU_nRA".to_owned(),
            iat: 1_700_000_000,
            exp: 1_700_000_060,
            details: (0..count)
                .map(|number| Detail {
                    r#type: "account_information".to_owned(),
                    locations: vec![format!("https://api.example/accounts/{number}")],
                    actions: vec!["list_accounts".to_owned(), "read_balances".to_owned()],
                })
                .collect(),
        }
    }
}

/// A signing key in both forms: ours, and what the backend alone needs.
struct Key {
    name: &'static str,
    ours: SigningKey,
    verifying: VerifyingKey,
    bare: Bare,
}

enum Bare {
    Signature(Arc<dyn Signer>),
    Mac(Arc<dyn symbolon_crypto::MacKey>),
}

impl Bare {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Signature(signer) => {
                let mut signature = Vec::new();
                signer.sign(PROVIDER.random, message, &mut signature).expect("the backend signs");
                signature
            }
            Self::Mac(key) => key.sign(&[message]).to_vec(),
        }
    }
}

fn private_key(name: &'static str, pem: &str, alg: Alg) -> Result<Key, Box<dyn Error>> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).expect("PEM holds base64");
    let bare = PROVIDER.signature(alg)?.load_private(&PrivateKey::Pkcs8(&der))?;
    let ours = SigningKey::from_pem(&PROVIDER, pem, Some(alg))?;
    let verifying = ours.verifying_key(&PROVIDER)?;
    Ok(Key { name, ours, verifying, bare: Bare::Signature(bare) })
}

fn secret(name: &'static str) -> Result<Key, Box<dyn Error>> {
    let secret = [0x5a; 32];
    let ours = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &secret)?;
    let verifying = VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &secret)?;
    Ok(Key { name, ours, verifying, bare: Bare::Mac(PROVIDER.hmac_sha256.load(&secret)) })
}

fn sign(key: &Key, claims: &Claims) -> String {
    key.ours.sign(&PROVIDER, Some("client-authentication+jwt"), claims).expect("signed")
}

fn verify(key: &VerifyingKey, token: &str) -> Option<Claims> {
    UnverifiedJwt::parse(token).ok()?.verify(key).ok()?.claims_as().ok()
}

/// What is timed must be right: the claims come back, and neither another payload nor another signature passes.
fn assert_right(key: &Key, claims: &Claims, token: &str) {
    assert_eq!(verify(&key.verifying, token).as_ref(), Some(claims), "{}: accepted", key.name);
    let (input, signature) = token.rsplit_once('.').expect("a compact JWS");
    let (header, _) = input.split_once('.').expect("a compact JWS");
    let other = sign(key, &Claims::with_details(2));
    let (other_input, other_signature) = other.rsplit_once('.').expect("a compact JWS");
    assert_eq!(verify(&key.verifying, &format!("{other_input}.{signature}")), None, "{}: another payload", key.name);
    assert_eq!(verify(&key.verifying, &format!("{input}.{other_signature}")), None, "{}: another signature", key.name);
    assert_eq!(verify(&key.verifying, &format!("{header}..{signature}")), None, "{}: no payload", key.name);
    assert_eq!(verify(&key.verifying, &format!("{input}.")), None, "{}: no signature", key.name);
}

fn main() -> Result<(), Box<dyn Error>> {
    let keys = [
        private_key("ES256", keys::P256, Alg::Es256)?,
        private_key("EdDSA", keys::ED25519, Alg::EdDsa)?,
        private_key("RS256", keys::RSA_2048, Alg::Rs256)?,
        secret("HS256")?,
    ];
    let payloads = [("small", Claims::with_details(0)), ("large", Claims::with_details(30))];

    let mut cases = Vec::new();
    for key in &keys {
        for (size, claims) in &payloads {
            let token = sign(key, claims);
            assert_right(key, claims, &token);
            let (input, _) = token.rsplit_once('.').expect("a compact JWS");
            let message = input.as_bytes().to_vec();
            let signature = key.bare.sign(&message);
            key.verifying.verify_signature(&message, &signature).expect("the bare signature is right");

            let name = |operation: &str| format!("{} {size} {operation}", key.name);
            let (bare_sign, bare_verify) = (name("bare sign"), name("bare verify"));
            let signed = message.clone();
            cases.push(Case::new(&bare_sign, move || key.bare.sign(&signed)));
            cases.push(Case::new(name("sign"), move || sign(key, claims)).above(bare_sign));
            cases.push(Case::new(&bare_verify, move || key.verifying.verify_signature(&message, &signature)));
            cases.push(Case::new(name("verify"), move || verify(&key.verifying, &token)).above(bare_verify));
        }
    }
    measure("jwt on ring", cases);
    Ok(())
}
