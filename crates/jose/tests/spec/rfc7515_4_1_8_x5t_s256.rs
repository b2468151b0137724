use serde_json::{Value, json};
use symbolon_crypto_ring::PROVIDER;
use symbolon_types::{Alg, Digest};

use crate::support::{certificate_of, decode, encode, read, signing_key};

#[test]
fn the_thumbprint_of_a_certificate_stands_in_the_header() {
    let key = signing_key(Alg::Es256).with_kid("k").with_x5t_s256(Digest::from_bytes([7; 32]));
    for typ in [None, Some("JWT"), Some("unusual+jwt")] {
        let text = key.sign(&PROVIDER, typ, &json!({})).unwrap();
        let header: Value = serde_json::from_slice(&decode(text.split('.').next().unwrap())).unwrap();
        let mut expected = json!({ "alg": "ES256", "kid": "k", "x5t#S256": encode([7; 32]) });
        if let Some(typ) = typ {
            expected["typ"] = typ.into();
        }
        assert_eq!(header, expected);
        assert!(read(&text, Alg::Es256).is_ok());
    }
    let without = signing_key(Alg::Es256).sign(&PROVIDER, None, &json!({})).unwrap();
    assert_eq!(decode(without.split('.').next().unwrap()), br#"{"alg":"ES256"}"#);
}

#[test]
fn a_header_with_certificates_is_the_same_for_any_typ() {
    let key = signing_key(Alg::Es256);
    let chain = vec![certificate_of(&key.public_jwk().unwrap()), vec![0x30; 1500], vec![0x30; 10]];
    let key = key.with_x5c(chain.clone()).unwrap();
    for typ in [None, Some("JWT"), Some("client-authentication+jwt"), Some("unusual+jwt")] {
        let text = key.sign(&PROVIDER, typ, &json!({})).unwrap();
        let jwt = read(&text, Alg::Es256).unwrap();
        assert_eq!((jwt.header().x5c(), jwt.header().typ()), (Some(chain.as_slice()), typ));
    }
}
