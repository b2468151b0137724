//! FIPS 180-4: the digests of "abc" and of nothing.
use symbolon_crypto::LongDigestName;

use crate::{each, vectors::hex};

#[test]
fn sha_256_is_that_of_the_standard_however_the_message_is_cut() {
    each(|crypto| {
        let abc = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(crypto.sha256.digest(&[b"abc"]), *abc);
        assert_eq!(crypto.sha256.digest(&[b"a", b"", b"bc"]), *abc);
        assert_ne!(crypto.sha256.digest(&[b"bc", b"a"]), *abc);
        assert_eq!(crypto.sha256.digest(&[]), *hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    });
}

#[test]
fn the_longer_digests_are_those_of_the_standard() {
    each(|crypto| {
        for (name, abc) in [
            (
                LongDigestName::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                LongDigestName::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let digest = crypto.long_digest(name).unwrap();
            assert_eq!(digest.name(), name);
            assert_eq!(digest.digest(&[b"a", b"bc"]), hex(abc));
            assert_ne!(digest.digest(&[b"ab"]), hex(abc));
        }
    });
}
