use core::fmt::Debug;

use crate::RandomFailed;

/// A cryptographically secure source of randomness.
pub trait SecureRandom: Send + Sync + Debug {
    /// Fills the whole slice.
    ///
    /// # Errors
    /// [`RandomFailed`]: nothing of the slice may be used. A failure is an error, never a weak value.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed>;
}
