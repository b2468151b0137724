use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, KeyError, SigningKey};

use crate::fuzz::Verdict;

/// A file as a private key: PEM with each label, and PKCS#8, PKCS#1 and SEC1 in DER.
///
/// # Panics
/// If octets are read in two ways; if a key does not sign what its public half verifies; if its public half says
/// something secret, is another one after it was written and read again, or is taken for a private key.
pub fn private_key(data: &[u8]) -> Verdict {
    let read: Vec<SigningKey> = [
        core::str::from_utf8(data)
            .map_err(|_| KeyError::MalformedPem)
            .and_then(|pem| SigningKey::from_pem(&PROVIDER, pem, None)),
        SigningKey::from_pkcs8_der(&PROVIDER, data, None),
        SigningKey::from_pkcs1_der(&PROVIDER, data, None),
        SigningKey::from_sec1_der(&PROVIDER, data, None),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(read.len() <= 1, "one text read in {} ways", read.len());
    read.iter().for_each(check);
    if read.is_empty() { Verdict::Refused } else { Verdict::Accepted }
}

fn check(key: &SigningKey) {
    let jwk = key.public_jwk().expect("a key pair");
    assert_eq!(jwk.alg(), Some(key.alg().as_str()));
    assert_eq!(Jwk::parse(jwk.to_json().as_bytes()).as_ref(), Ok(&jwk), "not read as a public key");

    let spki = jwk.to_spki_der().expect("a sound key");
    let bare = Jwk::from_public_key(&jwk.public_key().to_owned());
    assert_eq!(Jwk::from_spki_der(&spki), Ok(bare));
    for load in [SigningKey::from_pkcs8_der, SigningKey::from_pkcs1_der, SigningKey::from_sec1_der] {
        assert!(load(&PROVIDER, &spki, None).is_err(), "a public key taken for a private one");
    }

    let text = key.sign(&PROVIDER, None, &serde_json::json!({ "sub": "somebody" })).expect("a signature");
    let jwt = symbolon_jose::UnverifiedJwt::parse(&text).expect("a token that we wrote");
    let public = jwk.verifying_key(&PROVIDER, &[]).expect("a public key that the provider made");
    assert!(jwt.verify(&public).is_ok(), "the halves do not belong together");
}
