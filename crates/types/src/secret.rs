use alloc::{string::String, vec::Vec};
use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

/// Text that grants access: a client secret, a code, a token, a verifier.
///
/// `Debug` shows nothing, `==` takes the same time for texts of equal length whatever differs, and the text is wiped
/// when dropped. There is no `Display`; [`Self::expose`] is the one way to the text.
///
/// # Security
/// Never log or format the exposed text. Compare secrets with `==` on this type or by digest.
///
/// ```
/// use symbolon_types::Secret;
/// let secret = Secret::new("mysecret");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert!(secret == Secret::new("mysecret"));
/// assert!(secret != Secret::new("mysecreT"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. Each file that calls this is listed with its reason.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // What is left of it is wiped by `Zeroizing`: room as a whole, elements one after another.
        self.0.clear();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Octets that grant access: a MAC key, a private key in DER, a family's random secret.
///
/// The same promises as [`Secret`].
///
/// ```
/// use symbolon_types::SecretBytes;
/// assert_eq!(format!("{:?}", SecretBytes::new(vec![1, 2, 3])), "SecretBytes(3 bytes)");
/// ```
#[derive(Clone)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes the octets over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The octets. Each file that calls this is listed with its reason.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        // Emptied first: room is wiped as a whole, elements one after another.
        self.0.clear();
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_equal_by_content_and_never_shown() {
        assert_eq!(Secret::new("a"), Secret::from("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
        assert_ne!(SecretBytes::new([1, 2]), SecretBytes::new([1, 3]));
        assert!(!format!("{:?} {:?}", Secret::new("MARKER"), SecretBytes::new(*b"MARKER")).contains("MARKER"));
    }
}
