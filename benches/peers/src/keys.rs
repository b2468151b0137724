//! The keys, in the forms that libraries want.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use symbolon_testkit::keys;
use symbolon_types::Alg;

use crate::ours;

/// `kid` of the tokens: 44 characters.
pub const KID: &str = "1NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
/// The secret of HS256.
pub const SECRET: [u8; 32] = [0x5a; 32];

/// PKCS#8 in PEM of a key for the algorithm.
///
/// # Panics
/// For a MAC.
pub fn private_pem(alg: Alg) -> &'static str {
    match alg {
        Alg::Rs256 | Alg::Ps256 => keys::RSA_2048,
        Alg::Es256 => keys::P256,
        Alg::EdDsa => keys::ED25519,
        _ => panic!("no private key for {alg}"),
    }
}

/// The same in DER.
pub fn pkcs8_der(alg: Alg) -> Vec<u8> {
    let text: String = private_pem(alg).lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).expect("PEM holds base64")
}

/// The public half as a JWK, with `kid`, `alg` and `use`.
pub fn public_jwk(alg: Alg, kid: &str) -> String {
    ours::signing_key(alg, kid).public_jwk().expect("a key pair").to_json()
}

/// Whose JWK is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JwkKey {
    /// RSA, 2048 bits.
    Rsa,
    /// P-256.
    P256,
    /// Ed25519.
    Ed25519,
}

impl JwkKey {
    /// All.
    pub const ALL: [Self; 3] = [Self::Rsa, Self::P256, Self::Ed25519];

    /// Its name in the lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// An algorithm for it.
    pub const fn alg(self) -> Alg {
        match self {
            Self::Rsa => Alg::Rs256,
            Self::P256 => Alg::Es256,
            Self::Ed25519 => Alg::EdDsa,
        }
    }
}

/// A JWK set of 20 keys, RSA and P-256 by turns, and the `kid` of the last. The numbers repeat, the `kid`s do not.
pub fn jwk_set() -> (String, String) {
    let kid = |index: usize| format!("{index:02}-{KID}");
    let keys: Vec<String> =
        (0..20).map(|index| public_jwk(if index % 2 == 0 { Alg::Rs256 } else { Alg::Es256 }, &kid(index))).collect();
    (format!("{{\"keys\":[{}]}}", keys.join(",")), kid(19))
}
