use alloc::{string::String, sync::Arc};
use core::fmt;

use thiserror::Error;

/// Why a text is not an identifier. Holds positions, never the text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum IdentifierError {
    /// The text is empty.
    #[error("identifier is empty")]
    Empty,
    /// The text is longer than the limit.
    #[error("identifier is {length} bytes, limit is {limit}")]
    TooLong {
        /// How long it is, in bytes.
        length: usize,
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// A character outside the grammar.
    #[error("identifier has a character outside its grammar at byte {at}")]
    Character {
        /// Where, in bytes from the start.
        at: usize,
    },
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Longest text that is taken, in bytes.
            pub const MAX_BYTES: usize = $limit;

            /// Checks the grammar and keeps the text as it is: nothing is trimmed, folded or normalised.
            ///
            /// # Errors
            /// - [`IdentifierError::Empty`], [`IdentifierError::TooLong`], [`IdentifierError::Character`]: not this
            ///   identifier. Which wire code that is depends on where the text came from.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdentifierError> {
                let text = text.into();
                if text.is_empty() {
                    return Err(IdentifierError::Empty);
                }
                if text.len() > Self::MAX_BYTES {
                    return Err(IdentifierError::TooLong { length: text.len(), limit: Self::MAX_BYTES });
                }
                let allowed: fn(u8) -> bool = $allowed;
                match text.bytes().position(|byte| !allowed(byte)) {
                    None => Ok(Self(text.into())),
                    Some(at) => Err(IdentifierError::Character { at }),
                }
            }

            /// The text, byte for byte as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier! {
    /// A client identifier ([RFC 6749 §2.2]): printable ASCII and space ([RFC 6749 Appendix A.1]). It is public, not a
    /// secret, and is compared byte for byte. Cheap to clone.
    ///
    /// That a client of this id exists is not said.
    ///
    /// ```
    /// use symbolon_types::ClientId;
    /// assert_eq!(ClientId::parse("test_rp_yt2")?.as_str(), "test_rp_yt2");
    /// assert!(ClientId::parse("").is_err());
    /// # Ok::<(), symbolon_types::IdentifierError>(())
    /// ```
    ///
    /// [RFC 6749 §2.2]: https://www.rfc-editor.org/rfc/rfc6749#section-2.2
    /// [RFC 6749 Appendix A.1]: https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1
    ClientId, 1024, |byte| (0x20..=0x7e).contains(&byte)
}

identifier! {
    /// An issuer identifier ([RFC 8414 §2], [OIDC Core §2]): compared byte for byte, a trailing slash included. Cheap to
    /// clone.
    ///
    /// Only the character set is checked here. That it is an https URL without query or fragment is judged where an
    /// endpoint or a client is configured.
    ///
    /// ```
    /// use symbolon_types::Issuer;
    /// assert_ne!(Issuer::parse("https://idporten.no")?, Issuer::parse("https://idporten.no/")?);
    /// # Ok::<(), symbolon_types::IdentifierError>(())
    /// ```
    ///
    /// [OIDC Core §2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
    /// [RFC 8414 §2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
    Issuer, 2048, |byte| (0x21..=0x7e).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_printable_ascii() {
        assert!(ClientId::parse("oidc client~1").is_ok());
        assert_eq!(ClientId::parse(""), Err(IdentifierError::Empty));
        assert_eq!(ClientId::parse("a\u{0}b"), Err(IdentifierError::Character { at: 1 }));
        assert_eq!(ClientId::parse("é"), Err(IdentifierError::Character { at: 0 }));
        assert!(ClientId::parse("a".repeat(1024)).is_ok());
        assert_eq!(ClientId::parse("a".repeat(1025)), Err(IdentifierError::TooLong { length: 1025, limit: 1024 }));
    }

    #[test]
    fn an_issuer_keeps_its_slash_and_has_no_space() {
        assert_ne!(Issuer::parse("https://a.example").unwrap(), Issuer::parse("https://a.example/").unwrap());
        assert_eq!(Issuer::parse("https://a .example"), Err(IdentifierError::Character { at: 9 }));
    }
}
