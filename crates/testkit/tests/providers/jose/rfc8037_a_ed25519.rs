//! RFC 8037 Appendix A.1 to A.5.
use symbolon_jose::{Jwk, JwtError, SigningKey, UnverifiedJwt};
use symbolon_types::Alg;

use super::read;
use crate::{
    each, sign,
    vectors::{Numbers, hex, json, text, to_base64url},
};

#[test]
fn a_1_to_a_3_the_private_key_gives_its_public_key_and_thumbprint() {
    each(|crypto| {
        let vectors = json("rfc8037_okp.json");
        let key = SigningKey::from_jwk(crypto, vectors["private_jwk"].to_string().as_bytes(), None).unwrap();
        assert_eq!(key.alg(), Alg::Ed25519, "the name that is not deprecated");
        let public = key.public_jwk().unwrap();
        let expected = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
        assert_eq!(public.public_key(), expected.public_key());
        let thumbprint = hex(text(&vectors["jwk_thumbprint"], "sha256_hex"));
        assert_eq!(public.thumbprint(crypto.sha256).as_bytes(), thumbprint.as_slice());
    });
}

#[test]
fn a_4_and_a_5_the_example_is_signed_and_verified() {
    each(|crypto| {
        let vectors = json("rfc8037_okp.json");
        let compact = text(&vectors["jws"], "compact");
        let public = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
        let jwt = UnverifiedJwt::parse(compact).unwrap();
        assert_eq!(jwt.header().alg(), Alg::EdDsa);
        // One operation under both names; which name is welcome is for the caller's list.
        for alg in [Alg::EdDsa, Alg::Ed25519] {
            let verified = jwt.clone().verify(&public.verifying_key(crypto, &[alg]).unwrap()).unwrap();
            assert_eq!(verified.payload(), b"Example of Ed25519 signing");
            assert_eq!(verified.claims().unwrap_err(), JwtError::MalformedPayload, "a JWS, and no JWT");
        }
        // Signing is deterministic.
        let (input, signature) = compact.rsplit_once('.').unwrap();
        let algorithm = crypto.signature(Alg::EdDsa).unwrap();
        let signer = Numbers::new(&vectors["private_jwk"]).private(|key| algorithm.load_private(key)).unwrap();
        assert_eq!(to_base64url(&sign(crypto, &signer, input.as_bytes())), signature);
    });
}

#[test]
fn a_signature_that_was_changed_is_refused() {
    each(|crypto| {
        let vectors = json("rfc8037_okp.json");
        let compact = text(&vectors["jws"], "compact").replacen(".RXhh", ".RXhi", 1);
        let public = Jwk::parse(vectors["public_jwk"].to_string().as_bytes()).unwrap();
        let key = public.verifying_key(crypto, &[Alg::EdDsa]).unwrap();
        assert_eq!(read(&compact, &key), Err(JwtError::BadSignature));
    });
}
