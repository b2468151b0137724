//! What is logged. A program of its own: who listens is said once, before the first event.

#[cfg(test)]
mod events;
#[cfg(test)]
#[path = "../router/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the routes")]
mod support;
