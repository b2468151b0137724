//! What the tests, fuzz targets and benches of this workspace share. Never published.
//!
//! ```
//! use symbolon_testkit::{FIXED, fixtures, now};
//!
//! let crypto = symbolon_crypto_ring::PROVIDER.with_random(&FIXED);
//! let parts = fixtures::request("bankid-authorization-code.request.http").into_parts();
//! assert_eq!(parts.authorization.count(), 1);
//! assert_eq!(now().unix_timestamp(), 1_700_000_000);
//! # let _ = crypto;
//! ```
//!
//! In reading order: [`now`], [`FixedRandom`] and [`FailingRandom`] replace the world; [`keys`] are throw-away keys;
//! [`fixtures`] reads `fixtures/`, whose README says where each file is from and what answer it must get; [`fuzz`] holds
//! the bodies that fuzz targets and corpus tests share; [`personal`] finds personal numbers; [`table`] and [`expose`]
//! read the tables beside this crate's manifest.
//!
//! # Out of scope
//! Unit tests beside the code do without this crate: a crate that this one depends on is a second copy there, whose
//! types are not the first one's.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "what tests share stops at the first thing that is not as it says"
)]

mod message;
mod random;

pub mod certificates;
pub mod expose;
pub mod fixtures;
pub mod fuzz;
pub mod keys;
pub mod personal;
pub mod table;

pub use message::{MessageError, RawRequest, RawResponse};
pub use random::{FAILING, FIXED, FailingRandom, FixedRandom};

use time::UtcDateTime;

/// The moment at which tests take place, in Unix seconds: 2023-11-14T22:13:20Z.
pub const NOW_UNIX_SECONDS: i64 = 1_700_000_000;

/// The moment at which tests take place.
pub fn now() -> UtcDateTime {
    at(NOW_UNIX_SECONDS)
}

/// Another moment, for fixtures that bring their own times.
///
/// # Panics
/// If it is outside of what `time` can hold.
pub fn at(unix_seconds: i64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(unix_seconds).expect("a moment that `time` can hold")
}
