//! One file per section of a specification.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "tests stop at the first thing that is not as they say, in their helpers too"
)]

mod rfc5280_4_1_2_7_subject_public_key_info;
mod rfc5280_4_1_certificate;
mod rfc5915_3_ec_private_key;
mod rfc7468_10_private_key_pem;
mod rfc7515_4_1_8_x5t_s256;
mod rfc7515_5_2_refused_tokens;
mod rfc7515_5_2_used_buffer;
mod rfc7515_6_key_selection;
mod rfc7517_4_7_x5c;
mod rfc7517_4_refused_keys;
mod rfc7518_3_4_remote_der_signatures;
mod rfc7519_4_1_claims;
mod rfc8017_a_1_2_rsa_private_key;
mod rfc9278_3_thumbprint_uri;
mod rfc9449_4_2_embedded_jwk;
mod round_trips;
mod support;
