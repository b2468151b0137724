//! Fuzz bodies: one function per reader of foreign bytes. A fuzz target and the corpus test call the same one.
//!
//! Each says whether the reader took the input, and panics if an invariant is broken: what is taken is the same when it
//! is written and read again, and agrees with a slow reader that was written for this purpose only.

mod basic;
mod certificate;
mod client_assertion;
mod compact_jws;
mod dpop_htu;
mod dpop_proof;
mod form;
mod hs256;
mod jose_claims;
mod jose_header;
mod jose_sign;
mod jwk;
mod jwk_set;
mod private_key;
mod public_key;
mod reference;
mod response_json;

pub use basic::basic;
pub use certificate::certificate;
pub use client_assertion::client_assertion;
pub use compact_jws::compact_jws;
pub use dpop_htu::dpop_htu;
pub use dpop_proof::dpop_proof;
pub use form::form;
pub use jose_claims::jose_claims;
pub use jose_header::jose_header;
pub use jose_sign::jose_sign;
pub use jwk::jwk;
pub use jwk_set::jwk_set;
pub use private_key::private_key;
pub use public_key::public_key;
pub use response_json::response_json;

/// What a reader made of an input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The reader took it.
    Accepted,
    /// The reader refused it.
    Refused,
}

/// A fuzz body.
pub type Body = fn(&[u8]) -> Verdict;

/// Every body with the name of its target and of its corpus.
pub const BODIES: [(&str, Body); 15] = [
    ("form", form),
    ("basic", basic),
    ("client_assertion", client_assertion),
    ("compact_jws", compact_jws),
    ("dpop_proof", dpop_proof),
    ("dpop_htu", dpop_htu),
    ("jose_header", jose_header),
    ("jose_claims", jose_claims),
    ("jose_sign", jose_sign),
    ("jwk", jwk),
    ("jwk_set", jwk_set),
    ("private_key", private_key),
    ("public_key", public_key),
    ("certificate", certificate),
    ("response_json", response_json),
];
