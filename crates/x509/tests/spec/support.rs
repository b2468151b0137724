//! The certificates of `tests/vectors`.

use symbolon_x509::Certificate;

macro_rules! vector {
    ($name:literal) => {{
        const OCTETS: &[u8] = include_bytes!(concat!("../vectors/", $name));
        OCTETS
    }};
}
pub(crate) use vector;

pub(crate) const BUSINESS: &[u8] = vector!("business.der");
pub(crate) const INTERMEDIATE: &[u8] = vector!("intermediate.der");
pub(crate) const ROOT: &[u8] = vector!("root.der");
pub(crate) const WILDCARD: &[u8] = vector!("wildcard.der");
pub(crate) const SEVERAL_IN_ONE_SET: &[u8] = vector!("several_in_one_set.der");
pub(crate) const SELF_SIGNED: &[u8] = vector!("self_signed.der");
pub(crate) const OTHER_BUSINESS: &[u8] = vector!("other_business.der");

pub(crate) fn certificate(der: &[u8]) -> Certificate {
    Certificate::parse(der).unwrap()
}

/// The certificate of RFC 8705 Appendix A, in DER.
pub(crate) fn rfc8705() -> Vec<u8> {
    let vector: serde_json::Value = serde_json::from_str(include_str!("../vectors/rfc8705_certificate.json")).unwrap();
    let base64 = vector["jwk"]["x5c"][0].as_str().unwrap();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64).unwrap()
}
