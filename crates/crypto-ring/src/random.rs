use ring::rand::SecureRandom as _;
use symbolon_crypto::{RandomFailed, SecureRandom};

/// The operating system's source of randomness.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        ring::rand::SystemRandom::new().fill(out).map_err(|_| RandomFailed)
    }
}
