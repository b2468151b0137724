use alloc::string::String;
use core::fmt;

/// Text that says who somebody is: `sub`, `pid`, a name, a date of birth (security decision D33).
///
/// `Debug` shows nothing and there is no `Display`; [`Self::as_str`] is the one way to the text. It is no secret: it is
/// compared as any text is and not wiped.
///
/// ```
/// use symbolon_id_token::Personal;
/// let sub = Personal::new("248289761001");
/// assert_eq!(sub.as_str(), "248289761001");
/// assert_eq!(format!("{sub:?}"), "Personal(..)");
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Personal(String);

impl Personal {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, byte for byte: a number keeps its leading zeros.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(..)")
    }
}
