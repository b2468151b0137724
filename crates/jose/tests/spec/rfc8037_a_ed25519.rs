use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{Jwk, JwtError, SigningKey, UnverifiedJwt};
use symbolon_types::Alg;

use crate::support::{encode, hex, json};

#[test]
fn a_1_to_a_3_the_private_key_gives_its_public_key_and_thumbprint() {
    let vectors = json(include_str!("../vectors/rfc8037_okp.json"));
    let key = SigningKey::from_jwk(&PROVIDER, vectors["private_jwk"].to_string().as_bytes(), None).unwrap();
    assert_eq!(key.alg(), Alg::Ed25519, "the name that is not deprecated");
    let public = key.public_jwk().unwrap();
    let expected = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
    assert_eq!(public.public_key(), expected.public_key());
    assert_eq!(
        public.thumbprint(PROVIDER.sha256).as_bytes(),
        hex(vectors["jwk_thumbprint"]["sha256_hex"].as_str().unwrap()).as_slice()
    );
}

#[test]
fn a_4_and_a_5_the_example_is_signed_and_verified() {
    let vectors = json(include_str!("../vectors/rfc8037_okp.json"));
    let compact = vectors["jws"]["compact"].as_str().unwrap();
    let public = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
    let jwt = UnverifiedJwt::parse(compact).unwrap();
    assert_eq!(jwt.header().alg(), Alg::EdDsa);
    // One operation under both names; which name is welcome is for the caller's list.
    for alg in [Alg::EdDsa, Alg::Ed25519] {
        let verified = jwt.clone().verify(&public.verifying_key(&PROVIDER, &[alg]).unwrap()).unwrap();
        assert_eq!(verified.payload(), b"Example of Ed25519 signing");
        assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload, "a JWS, and no JWT");
    }
    // Signing is deterministic.
    let (input, signature) = compact.rsplit_once('.').unwrap();
    let der = [
        &hex("302e020100300506032b657004220420")[..],
        &crate::support::decode(vectors["private_jwk"]["d"].as_str().unwrap()),
    ]
    .concat();
    let signer =
        PROVIDER.signature(Alg::EdDsa).unwrap().load_private(&symbolon_crypto::PrivateKey::Pkcs8(&der)).unwrap();
    let mut made = Vec::new();
    signer.sign(PROVIDER.random, input.as_bytes(), &mut made).unwrap();
    assert_eq!(encode(made), signature);
}

#[test]
fn a_signature_that_was_changed_is_refused() {
    let vectors = json(include_str!("../vectors/rfc8037_okp.json"));
    let compact = vectors["jws"]["compact"].as_str().unwrap().replacen(".RXhh", ".RXhi", 1);
    let public = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
    let key = public.verifying_key(&PROVIDER, &[Alg::EdDsa]).unwrap();
    assert_eq!(UnverifiedJwt::parse(&compact).unwrap().verify(&key).unwrap_err(), JwtError::BadSignature);
}
