//! Keys and tokens to test with.

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use symbolon_crypto::{PrivateKey, Signer};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwtError, SigningKey, UnverifiedJwt, VerifiedJwt, VerifyingKey};
use symbolon_types::{Alg, SecretBytes};

pub(crate) const RSA: &str = include_str!("../vectors/rsa_2048.pem");
pub(crate) const P256: &str = include_str!("../vectors/p256.pem");
pub(crate) const P384: &str = include_str!("../vectors/p384.pem");
pub(crate) const ED25519: &str = include_str!("../vectors/ed25519.pem");
/// As long as the longest hash.
pub(crate) const SECRET: &[u8] = b"a secret of 64 octets, no more..a secret of 64 octets, no more..";

/// The algorithms with a key pair that ring has.
pub(crate) const ASYMMETRIC: [Alg; 10] = [
    Alg::Rs256,
    Alg::Rs384,
    Alg::Rs512,
    Alg::Ps256,
    Alg::Ps384,
    Alg::Ps512,
    Alg::Es256,
    Alg::Es384,
    Alg::EdDsa,
    Alg::Ed25519,
];

/// All algorithms that ring has.
pub(crate) fn algorithms() -> Vec<Alg> {
    let all: Vec<Alg> = Alg::ALL.iter().copied().filter(|alg| PROVIDER.supports(*alg)).collect();
    assert_eq!(all.len(), ASYMMETRIC.len() + 3);
    all
}

pub(crate) fn pem(alg: Alg) -> &'static str {
    match alg {
        Alg::Rs256 | Alg::Rs384 | Alg::Rs512 | Alg::Ps256 | Alg::Ps384 | Alg::Ps512 => RSA,
        Alg::Es256 => P256,
        Alg::Es384 => P384,
        Alg::EdDsa | Alg::Ed25519 => ED25519,
        _ => panic!("{alg} has no key pair"),
    }
}

/// The outline of a certificate around a key: nothing in it is signed, and nobody asks.
pub(crate) fn certificate_of(jwk: &Jwk) -> Vec<u8> {
    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let head = match length {
            [0, short @ ..0x80] => vec![tag, short],
            [0, long] => vec![tag, 0x81, long],
            [high, low] => vec![tag, 0x82, high, low],
        };
        [head, content].concat()
    }
    const EMPTY: &[u8] = &[0x30, 0];
    let spki = jwk.to_spki_der().unwrap();
    let to_be_signed = element(0x30, &[&[2, 1, 9], EMPTY, EMPTY, EMPTY, EMPTY, &spki]);
    element(0x30, &[&to_be_signed, EMPTY, &[3, 2, 0, 7]])
}

pub(crate) fn signing_key(alg: Alg) -> SigningKey {
    if alg.is_symmetric() {
        SigningKey::from_secret(&PROVIDER, alg, &SecretBytes::new(SECRET)).unwrap()
    } else {
        SigningKey::from_pem(&PROVIDER, pem(alg), Some(alg)).unwrap()
    }
}

/// Another ES256 key: the one of RFC 7515 Appendix A.3.
pub(crate) fn other_key() -> SigningKey {
    let vectors = json(include_str!("../vectors/rfc7515_jws.json"));
    SigningKey::from_jwk(&PROVIDER, vectors["examples"][2]["key"].to_string().as_bytes(), Some(Alg::Es256)).unwrap()
}

pub(crate) fn verifying_key(alg: Alg) -> VerifyingKey {
    signing_key(alg).verifying_key(&PROVIDER).unwrap()
}

pub(crate) fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

/// The same block under another label.
pub(crate) fn relabelled(pem: &str, label: &str) -> String {
    let body: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.join("\n"))
}

/// The same octets with one of them changed, at every place.
pub(crate) fn each_octet_changed(der: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..der.len()).map(|at| {
        let mut changed = der.to_vec();
        changed[at] ^= 1 << (at % 8);
        (at, changed)
    })
}

/// The same octets cut at every place, and with an octet more.
pub(crate) fn cut_and_lengthened(der: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..der.len()).map(|end| der[..end].to_vec()).chain([[der, &[0]].concat()])
}

/// A signature by the key of this algorithm, over any octets.
pub(crate) fn signature(alg: Alg, message: &[u8]) -> Vec<u8> {
    if alg.is_symmetric() {
        return PROVIDER.load_mac(alg, SECRET).unwrap().sign(&[message]).to_vec();
    }
    let signer: Arc<dyn Signer> =
        PROVIDER.signature(alg).unwrap().load_private(&PrivateKey::Pkcs8(&der(pem(alg)))).unwrap();
    let mut signature = Vec::new();
    signer.sign(PROVIDER.random, message, &mut signature).unwrap();
    signature
}

/// A token with any header and payload, signed by the key of this algorithm.
pub(crate) fn token(alg: Alg, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = signature(alg, input.as_bytes());
    format!("{input}.{}", encode(signature))
}

/// What becomes of a token when the key of this algorithm verifies it.
pub(crate) fn read(text: &str, alg: Alg) -> Result<VerifiedJwt<'static>, JwtError> {
    Ok(UnverifiedJwt::parse(text)?.verify(&verifying_key(alg))?.into_owned())
}

pub(crate) fn refused(text: &str, alg: Alg) -> JwtError {
    read(text, alg).expect_err("accepted")
}

pub(crate) fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
