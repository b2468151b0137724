//! What every provider takes and refuses, by specification section and behaviour. Each body runs against each provider, with
//! the same vectors; `both` uses the two in one process. What is peculiar to a provider is tested beside it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may stop at the first thing that is not as they say"
)]
extern crate alloc;

mod both;
mod dpop;
mod fips180_4_digests;
mod jose;
mod refused_keys;
mod refused_signatures;
mod rfc4231_hmac;
mod rfc5116_aead;
mod rfc7515_a_examples;
mod rfc8037_a_examples;
mod round_trips;
mod vectors;
mod wycheproof;

use alloc::sync::Arc;

use symbolon_crypto::{CryptoProvider, PrivateKey, Signer, Verifier};
use symbolon_types::Alg;

/// Every provider of this workspace, with its name.
pub(crate) const PROVIDERS: [(&str, &CryptoProvider); 2] =
    [("ring", &symbolon::ring::PROVIDER), ("aws-lc-rs", &symbolon::aws_lc_rs::PROVIDER)];

/// Runs a body against each provider. What a failing test printed says which one it was.
#[track_caller]
pub(crate) fn each(body: impl Fn(&CryptoProvider)) {
    for (name, provider) in PROVIDERS {
        println!("provider: {name}");
        body(provider);
    }
}

/// Every signature algorithm with a key, and the length of a signature.
const KEYS: [(Alg, &str, usize); 17] = [
    (Alg::Rs256, "rsa_2048.pem", 256),
    (Alg::Rs384, "rsa_2048.pem", 256),
    (Alg::Rs512, "rsa_2048.pem", 256),
    (Alg::Ps256, "rsa_2048.pem", 256),
    (Alg::Ps384, "rsa_2048.pem", 256),
    (Alg::Ps512, "rsa_2048.pem", 256),
    (Alg::Rs256, "rsa_3072.pem", 384),
    (Alg::Ps256, "rsa_3072.pem", 384),
    (Alg::Rs512, "rsa_4096.pem", 512),
    (Alg::Es256, "p256.pem", 64),
    (Alg::Es384, "p384.pem", 96),
    (Alg::Es512, "p521.pem", 132),
    (Alg::Es256K, "secp256k1.pem", 64),
    (Alg::Ed25519, "ed25519.pem", 64),
    (Alg::MlDsa44, "ml_dsa_44.pem", 2420),
    (Alg::MlDsa65, "ml_dsa_65.pem", 3309),
    (Alg::MlDsa87, "ml_dsa_87.pem", 4627),
];

/// Those of [`KEYS`] whose algorithm the provider has.
pub(crate) fn keys(crypto: &CryptoProvider) -> impl Iterator<Item = (Alg, &'static str, usize)> + use<> {
    let has: Vec<Alg> = crypto.signatures.iter().map(|algorithm| algorithm.alg()).collect();
    let keys: Vec<_> = KEYS.into_iter().filter(|(alg, ..)| has.contains(alg)).collect();
    assert!(has.iter().all(|alg| keys.iter().any(|key| key.0 == *alg)), "no algorithm without a key");
    keys.into_iter()
}

/// A document loaded as both halves.
pub(crate) fn load(crypto: &CryptoProvider, alg: Alg, der: &[u8]) -> (Arc<dyn Signer>, Arc<dyn Verifier>) {
    let algorithm = crypto.signature(alg).unwrap();
    let signer = algorithm.load_private(&PrivateKey::Pkcs8(der)).unwrap();
    let verifier = algorithm.load_public(&signer.public_key().as_ref()).unwrap();
    (signer, verifier)
}

pub(crate) fn sign(crypto: &CryptoProvider, signer: &Arc<dyn Signer>, message: &[u8]) -> Vec<u8> {
    let mut signature = Vec::new();
    signer.sign(crypto.random, message, &mut signature).unwrap();
    signature
}
