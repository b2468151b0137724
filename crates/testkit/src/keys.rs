//! Throw-away keys, PKCS#8 in PEM. Their private halves are published: never use one outside of tests.

/// RSA, 2048 bits. The twins among the fixtures are signed with it, under the `kid` of [`TWIN_KID`].
pub const RSA_2048: &str = include_str!("../keys/rsa2048.pem");
/// P-256.
pub const P256: &str = include_str!("../keys/p256.pem");
/// P-384.
pub const P384: &str = include_str!("../keys/p384.pem");
/// Ed25519, in the first version of PKCS#8 (without the public half), as `openssl` writes it.
pub const ED25519: &str = include_str!("../keys/ed25519.pem");
/// The `kid` of the key of `fixtures/twin.jwks.json`: the RFC 7638 thumbprint of [`RSA_2048`].
pub const TWIN_KID: &str = "rPwY_XDs4hgIWgx4dwrjG0KDFC2QOHP2PO8omBpxTFo";
/// Every private key, with the file's name.
pub const ALL: [(&str, &str); 4] =
    [("rsa2048.pem", RSA_2048), ("p256.pem", P256), ("p384.pem", P384), ("ed25519.pem", ED25519)];
