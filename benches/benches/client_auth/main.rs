//! Client authentication and DPoP, both halves: from raw parts to what is proven, and from a key to what is sent, each
//! beside the bare primitive.
#![expect(clippy::expect_used, reason = "a bench stops at the first thing that is not as it says")]
#![expect(clippy::std_instead_of_alloc, reason = "a program on std")]

mod cases;
mod methods;
mod proofs;

use core::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    symbolon_benches::measure("client authentication and DPoP", cases::all()?);
    Ok(())
}
