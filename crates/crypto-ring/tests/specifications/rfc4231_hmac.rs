//! RFC 4231 §4.2 to §4.4, §4.7: HMAC-SHA-256.
use symbolon_crypto_ring::PROVIDER;

use crate::vectors::hex;

#[test]
fn the_worked_examples_are_reproduced_however_the_message_is_cut() {
    for (key, message, mac) in [
        (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ] {
        let prepared = PROVIDER.hmac_sha256.load(&key);
        let (a, b) = message.split_at(5);
        assert_eq!(prepared.sign(&[&message]), *hex(mac));
        assert_eq!(prepared.sign(&[a, b"", b]), *hex(mac));
        assert_ne!(prepared.sign(&[a, b, b"x"]), *hex(mac));
        assert_ne!(PROVIDER.hmac_sha256.load(b"another").sign(&[&message]), *hex(mac));
    }
}

#[test]
fn a_prepared_key_is_not_shown() {
    let shown = format!("{:?}", PROVIDER.hmac_sha256.load(&[77; 32]));
    assert_eq!(shown, "HmacSha256Key(..)");
}
