//! The token endpoint: a form into typed fields, a response into JSON, and whole requests from parts to parts, step by step.
#![expect(clippy::expect_used, reason = "a bench stops at the first thing that is not as it says")]
#![expect(clippy::std_instead_of_alloc, reason = "a program on std")]

mod form;
mod response;
mod server;
mod step;
mod verdicts;

use core::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut cases = form::all()?;
    cases.extend(response::all()?);
    cases.extend(step::all()?);
    cases.extend(verdicts::all()?);
    symbolon_benches::measure("token endpoint", cases);
    Ok(())
}
