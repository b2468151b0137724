use serde_json::Value;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwkSet, MAX_JWK_BYTES, VerifyingKeys};
use symbolon_types::Alg;

use crate::fuzz::{Verdict, reference};

/// A document as a JWK, and as a JWK set.
///
/// # Panics
/// If a key is taken that holds a private or symmetric member; if a key or set is another one after it was written and
/// read again, or where only the strict reader can have read it; if a key has another thumbprint where that alone is asked
/// for, or is refused there for another reason; if a key verifies for an algorithm that it does not name or that is a MAC.
pub fn jwk(data: &[u8]) -> Verdict {
    let (key, set) = (Jwk::parse(data), JwkSet::parse(data));
    if let Some(members) = reference::object(data) {
        let twin = reference::unusual_twin(data, &members);
        assert!(twin.len() > MAX_JWK_BYTES || Jwk::parse(&twin) == key, "the readers see two keys");
    }
    let thumbprint = key.as_ref().map(|key| key.thumbprint(PROVIDER.sha256)).map_err(|error| *error);
    assert_eq!(Jwk::thumbprint_of(data, PROVIDER.sha256), thumbprint);
    if let Ok(key) = &key {
        let document: Value = serde_json::from_slice(data).expect("a key in JSON");
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            assert!(document.get(name).is_none(), "a public key with {name}");
        }
        check(key);
        let again = Jwk::parse(key.to_json().as_bytes()).expect("a key that we wrote");
        assert_eq!(again, *key);
        assert_eq!(Ok(again.thumbprint(PROVIDER.sha256)), thumbprint);
        let document_again: Value = serde_json::from_str(&key.to_json()).expect("JSON");
        assert_eq!(document_again.get("kty"), document.get("kty"));
    }
    if let Ok(set) = &set {
        set.keys().iter().for_each(check);
        // A set without a usable key may be written, and is then not read.
        if !set.keys().is_empty() {
            let again = JwkSet::parse(set.to_json().as_bytes()).expect("a set that we wrote");
            assert_eq!(again.keys(), set.keys());
            assert!(again.skipped().is_empty(), "a key that we wrote is skipped");
        }
        let loaded = VerifyingKeys::load(&PROVIDER, set, Alg::ALL);
        assert!(loaded.keys().len() <= set.keys().len());
    }
    if key.is_ok() || set.is_ok() { Verdict::Accepted } else { Verdict::Refused }
}

fn check(key: &Jwk) {
    let Ok(loaded) = key.verifying_key(&PROVIDER, Alg::ALL) else { return };
    assert!(!loaded.alg().is_symmetric());
    assert_eq!(loaded.kid(), key.kid());
    if let Some(named) = key.alg() {
        assert_eq!(named, loaded.alg().as_str());
    }
}
