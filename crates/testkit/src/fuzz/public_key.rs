use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, ValidatedCertificate};
use symbolon_types::Alg;

use crate::fuzz::Verdict;

/// A file as a public key: PEM with each label, and SPKI, PKCS#1 and a certificate in DER.
///
/// # Panics
/// If octets are read in two ways; if an SPKI is written with other octets than it was read from; if PEM does not give
/// the key that its base64 gives; if the key of a certificate does not stand in it; if a key is another one after it was
/// written and read again, or becomes the key of a MAC.
pub fn public_key(data: &[u8]) -> Verdict {
    let pem = core::str::from_utf8(data).unwrap_or_default();
    let keys = [Jwk::from_public_key_pem(pem), Jwk::from_spki_der(data), Jwk::from_pkcs1_der(data)];
    let certificates = [ValidatedCertificate::assume_validated_pem(pem), ValidatedCertificate::assume_validated(data)];
    if let Ok(key) = &keys[0] {
        let der = body(pem);
        let [spki, pkcs1] = [Jwk::from_spki_der(&der), Jwk::from_pkcs1_der(&der)];
        assert!(spki.is_ok() != pkcs1.is_ok(), "read in two ways");
        assert_eq!(spki.or(pkcs1).as_ref(), Ok(key));
    }
    if let Ok(key) = &keys[1] {
        assert_eq!(key.to_spki_der().as_deref(), Ok(data), "two encodings of one key");
    }
    for (certificate, der) in certificates.iter().zip([body(pem), data.to_vec()]) {
        let Ok(certificate) = certificate else { continue };
        assert_eq!(certificate.der(), der);
        let spki = certificate.jwk().to_spki_der().expect("a sound key");
        assert!(der.windows(spki.len()).any(|window| window == spki), "a key that is not in its certificate");
    }
    let certified = certificates.iter().flatten().map(ValidatedCertificate::jwk);
    let read: Vec<&Jwk> = keys.iter().flatten().chain(certified).collect();
    assert!(read.len() <= 1, "one text read in {} ways", read.len());
    for key in &read {
        check(key);
    }
    if read.is_empty() { Verdict::Refused } else { Verdict::Accepted }
}

fn check(key: &Jwk) {
    assert_eq!((key.kid(), key.alg(), key.key_use(), key.x5c()), (None, None, None, &[][..]), "labels from nowhere");
    assert_eq!(Jwk::parse(key.to_json().as_bytes()).as_ref(), Ok(key));
    let pem = key.to_public_key_pem().expect("a sound key");
    assert_eq!(Jwk::from_public_key_pem(&pem).as_ref(), Ok(key));
    if let Ok(loaded) = key.verifying_key(&PROVIDER, Alg::ALL) {
        assert!(!loaded.alg().is_symmetric(), "a public key as the key of a MAC");
    }
}

/// The octets of a block, read slowly and without a look at its label.
fn body(pem: &str) -> Vec<u8> {
    let base64: String = pem.trim().lines().filter(|line| !line.starts_with('-')).map(str::trim).collect();
    STANDARD.decode(base64).unwrap_or_default()
}
