//! Tokens around any octets, with a MAC that is right.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_crypto::HmacKey;
use symbolon_crypto_ring::PROVIDER;
use symbolon_jose::{SigningKey, VerifyingKey};
use symbolon_types::{Alg, SecretBytes};

/// A JWS of these octets, whatever they are.
pub(super) fn token(header: &[u8], payload: &[u8]) -> String {
    let signing_input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mac = MAC.sign(&[signing_input.as_bytes()]);
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// What signs as [`token`] does.
pub(super) static SIGNING_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new(SECRET)).expect("32 octets"));

/// What verifies it.
pub(super) static VERIFYING_KEY: LazyLock<VerifyingKey> =
    LazyLock::new(|| VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new(SECRET)).expect("32 octets"));

static MAC: LazyLock<HmacKey> = LazyLock::new(|| PROVIDER.load_mac(Alg::Hs256, &SECRET).expect("HS256"));

/// The key of the MAC, which is text too.
pub(super) const SECRET: [u8; 32] = [7; 32];
