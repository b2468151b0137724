//! JOSE: signing, verifying, keys, each beside the bare primitive of the same backend, and with the primitive taken out.
#![expect(clippy::expect_used, reason = "a bench stops at the first thing that is not as it says")]
#![expect(clippy::std_instead_of_alloc, reason = "a program on std")]

mod cases;

use core::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    symbolon_benches::measure("JOSE", cases::all()?);
    Ok(())
}
