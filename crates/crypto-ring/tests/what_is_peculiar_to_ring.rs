//! What holds of ring alone. What every provider does is tested in `symbolon-testkit`, with the same vectors for each.
use symbolon_crypto_ring::{
    PROVIDER,
    crypto::{KeyRejected, PrivateKey, PublicKey},
    generate_ecdsa_p256_pkcs8, generate_ed25519_pkcs8,
    types::Alg,
};

#[test]
fn the_two_functions_make_what_the_generators_make() {
    for (alg, [a, b]) in [
        (Alg::Es256, [generate_ecdsa_p256_pkcs8(), generate_ecdsa_p256_pkcs8()]),
        (Alg::Ed25519, [generate_ed25519_pkcs8(), generate_ed25519_pkcs8()]),
    ] {
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a != b);
        let load = |der: &[u8]| PROVIDER.signature(alg).unwrap().load_private(&PrivateKey::Pkcs8(der));
        assert!(load(a.expose()).is_ok() && load(b.expose()).is_ok());
        assert!(load(&a.expose()[1..]).is_err());
    }
}

#[test]
fn a016_ring_alone_takes_the_neutral_key_and_this_provider_does_not() {
    let mut signature = [0; 64];
    signature[0] = 1;
    let neutral = &signature[..32];
    ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, neutral).verify(b"any", &signature).unwrap();
    let loaded = PROVIDER.signature(Alg::Ed25519).unwrap().load_public(&PublicKey::Ed25519 { x: neutral });
    assert_eq!(loaded.err(), Some(KeyRejected));
}
