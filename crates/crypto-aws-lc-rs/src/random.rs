use aws_lc_rs::rand;
use symbolon_crypto::{RandomFailed, SecureRandom};

/// The backend's source of randomness, seeded by the operating system.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        rand::fill(out).map_err(|_| RandomFailed)
    }
}
