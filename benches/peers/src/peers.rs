//! The others, each in a file.

#[cfg(feature = "biscuit")]
pub mod biscuit;
#[cfg(feature = "openssl")]
pub mod josekit;
pub mod jsonwebtoken;
#[cfg(feature = "boring")]
pub mod jwt_simple;
