//! Foreign JOSE libraries beside ours: the same tokens, keys and JWK sets, each library used as its documentation says, with its keys
//! loaded once.
//!
//! [`ours`] is Symbolon's side and nothing else; [`peers`] are the others; [`Library`] is what a library can do; [`Kind`] and
//! [`Token`] are what it does it with. What is timed is asserted first, by [`assert_verifies`] and its neighbours.

#[cfg(all(feature = "openssl", feature = "boring"))]
compile_error!("OpenSSL and BoringSSL have the same symbols: take one of the features");

mod claims;
mod keys;
mod library;
mod token;

pub mod ours;
pub mod peers;

pub use claims::{ClientAssertion, IdToken, Kind};
pub use keys::{JwkKey, jwk_set, pkcs8_der, private_pem, public_jwk};
pub use library::{
    LIBRARIES, Library, Signer, Thumbprint, Verifier, assert_finds, assert_signs, assert_thumbprint, assert_verifies,
};
pub use token::{Token, token};

use symbolon_types::Alg;

/// The algorithms that are measured.
pub const ALGS: [Alg; 5] = [Alg::Hs256, Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa];
