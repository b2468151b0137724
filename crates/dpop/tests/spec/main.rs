//! One file per section of a specification.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "tests stop at the first thing that is not as they say, in their helpers too"
)]

mod d21_what_the_trace_shows;
mod rfc3986_6_2_2_htu;
mod rfc9449_11_1_replay;
mod rfc9449_4_1_example_proofs;
mod rfc9449_4_2_making_proofs;
mod rfc9449_4_3_checking_proofs;
mod rfc9449_7_ath;
mod rfc9449_8_nonce;
mod support;
