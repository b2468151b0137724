use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The octets of a key in PEM.
///
/// # Panics
/// If that is none.
#[expect(clippy::expect_used, reason = "the keys of the tests are well formed")]
pub fn pkcs8_der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(base64).expect("PEM holds base64")
}
