use core::sync::atomic::{AtomicU64, Ordering};

use symbolon_crypto::{RandomFailed, SecureRandom};

/// Randomness that repeats: SplitMix64 over a seed and a counter. For tests only; everybody can compute it.
///
/// The counter moves on with every octet that is taken, so values differ from each other and a run repeats.
/// Tests of one process that run at once and share [`FIXED`] take turns in no fixed order: a test that compares values
/// takes an instance of its own.
///
/// ```
/// use symbolon_crypto::SecureRandom as _;
/// use symbolon_testkit::FixedRandom;
///
/// let (mut one, mut two) = ([0; 16], [0; 16]);
/// FixedRandom::new(7).fill(&mut one)?;
/// FixedRandom::new(7).fill(&mut two)?;
/// assert_eq!(one, two);
/// let crypto = symbolon_crypto_ring::PROVIDER.with_random(FixedRandom::leaked(7));
/// crypto.random.fill(&mut two)?;
/// assert_eq!(one, two);
/// # Ok::<(), symbolon_crypto::RandomFailed>(())
/// ```
#[derive(Debug)]
pub struct FixedRandom {
    seed: u64,
    taken: AtomicU64,
}

/// One instance for tests that need randomness and do not look at it.
pub static FIXED: FixedRandom = FixedRandom::new(0);

/// A source that always fails, ready to be borrowed.
pub static FAILING: FailingRandom = FailingRandom;

impl FixedRandom {
    /// A source that starts from this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, taken: AtomicU64::new(0) }
    }

    /// The same, leaked: a provider borrows its parts for ever.
    pub fn leaked(seed: u64) -> &'static Self {
        Box::leak(Box::new(Self::new(seed)))
    }
}

impl SecureRandom for FixedRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for chunk in out.chunks_mut(8) {
            let block = self.taken.fetch_add(1, Ordering::Relaxed);
            let word = split_mix(self.seed.rotate_left(32).wrapping_add(block.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
            for (to, from) in chunk.iter_mut().zip(word.to_le_bytes()) {
                *to = from;
            }
        }
        Ok(())
    }
}

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
const fn split_mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A source that fails whenever it is asked (attack A125: a failure is an error, never a weak value).
#[derive(Clone, Copy, Debug)]
pub struct FailingRandom;

impl SecureRandom for FailingRandom {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomFailed> {
        Err(RandomFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(from: &FixedRandom, bytes: usize) -> Vec<u8> {
        let mut out = vec![0; bytes];
        from.fill(&mut out).unwrap();
        out
    }

    #[test]
    fn one_seed_repeats_and_another_does_not() {
        assert_eq!(draw(&FixedRandom::new(1), 37), draw(&FixedRandom::new(1), 37));
        assert_ne!(draw(&FixedRandom::new(1), 37), draw(&FixedRandom::new(2), 37));
        assert_eq!(draw(&FixedRandom::new(0), 8), 0xE220_A839_7B1D_CDAF_u64.to_le_bytes(), "the published first value");
    }

    #[test]
    fn no_two_draws_are_equal() {
        let random = FixedRandom::new(3);
        let mut seen: Vec<Vec<u8>> = (0..1_000).map(|_| draw(&random, 16)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 1_000);
    }

    #[test]
    fn a_failing_source_gives_nothing() {
        assert_eq!(FailingRandom.fill(&mut [0; 1]), Err(RandomFailed));
    }
}
