//! Throw-away certificates, made by `crates/x509/tests/vectors/make.sh`. `BUSINESS`, `SELF_SIGNED`,
//! `SELF_SIGNED_OTHER_KEY`, `OTHER_BUSINESS` and `EXPIRED` have one subject and one set of alternative names, and keys of
//! their own.

/// The subject that they share.
pub const SUBJECT: &str = "CN=Client,organizationIdentifier=NTRNO-123456789,O=Symbolon Tests,C=NO";
/// The organisation number in it.
pub const ORGANIZATION_NUMBER: &str = "123456789";
/// Signed by [`INTERMEDIATE`].
pub const BUSINESS: &[u8] = include_bytes!("../../x509/tests/vectors/business.der");
/// The private key of [`BUSINESS`], on P-256.
pub const BUSINESS_KEY: &str = include_str!("../../x509/tests/vectors/business.key.pem");
/// Signed by [`INTERMEDIATE`]; it was over in 2021.
pub const EXPIRED: &[u8] = include_bytes!("../../x509/tests/vectors/expired.der");
/// Signed by [`INTERMEDIATE`]; it names two organisations.
pub const TWO_NUMBERS: &[u8] = include_bytes!("../../x509/tests/vectors/two_numbers.der");
/// Signed by [`INTERMEDIATE`]; its common name is `client.example`, its alternative name `*.example`.
pub const WILDCARD: &[u8] = include_bytes!("../../x509/tests/vectors/wildcard.der");
/// The issuer of the others, signed by a root.
pub const INTERMEDIATE: &[u8] = include_bytes!("../../x509/tests/vectors/intermediate.der");
/// Signed by a root of the same name as the other one, with another key.
pub const OTHER_BUSINESS: &[u8] = include_bytes!("../../x509/tests/vectors/other_business.der");
/// The private key of [`OTHER_BUSINESS`], on P-256.
pub const OTHER_BUSINESS_KEY: &str = include_str!("../../x509/tests/vectors/other_business.key.pem");
/// Signed by itself.
pub const SELF_SIGNED: &[u8] = include_bytes!("../../x509/tests/vectors/self_signed.der");
/// Signed by itself, too.
pub const SELF_SIGNED_OTHER_KEY: &[u8] = include_bytes!("../../x509/tests/vectors/self_signed_other_key.der");
/// RFC 8705 Appendix A: the certificate in DER with its JWK, whose `x5c` it is. It is of version 1, and was over in 2022.
pub const RFC8705: &str = include_str!("../../x509/tests/vectors/rfc8705_certificate.json");
