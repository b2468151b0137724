//! The client: a token request with an assertion, a token response into typed fields, an ID token judged.
#![expect(clippy::expect_used, reason = "a bench stops at the first thing that is not as it says")]

mod id_token;
mod request;
mod response;

use core::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut cases = request::all()?;
    cases.extend(response::all()?);
    cases.extend(id_token::all()?);
    symbolon_benches::measure("client", cases);
    Ok(())
}

/// What the cases borrow lives as long as the program.
fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
