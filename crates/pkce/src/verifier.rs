use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use symbolon_crypto::{CryptoProvider, RandomFailed, Sha256};
use symbolon_types::Secret;
use zeroize::Zeroizing;

use crate::{CodeChallenge, VerifierError};

/// A code verifier ([RFC 7636 §4.1]): 43 to 128 unreserved characters, known only to the client until it redeems.
///
/// Being well formed says nothing about being right; see [`CodeChallenge::matches`].
///
/// # Security
/// One verifier per authorization request. `Debug` shows nothing, `==` takes constant time, and the text is wiped when
/// dropped; never log what [`Self::expose`] lends.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_pkce::CodeVerifier;
/// // RFC 7636 Appendix B
/// let verifier = CodeVerifier::from_random([
///     116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, //
///     22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
/// ]);
/// assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(verifier.challenge(PROVIDER.sha256).as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// assert_eq!(format!("{verifier:?}"), "CodeVerifier(Secret(..))");
/// ```
///
/// [RFC 7636 §4.1]: https://www.rfc-editor.org/rfc/rfc7636#section-4.1
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CodeVerifier(Secret);

impl CodeVerifier {
    /// Makes a verifier of 256 random bits, as RFC 7636 §4.1 recommends: 43 characters.
    ///
    /// # Errors
    /// - [`RandomFailed`]: the provider had no randomness. No weaker verifier is made instead.
    pub fn generate(crypto: &CryptoProvider) -> Result<Self, RandomFailed> {
        let mut octets = Zeroizing::new([0; 32]);
        crypto.random.fill(octets.as_mut_slice())?;
        Ok(Self::of(&octets))
    }

    /// Makes a verifier of 32 octets that the caller drew.
    ///
    /// # Security
    /// They must come from a cryptographically secure source and be used for nothing else.
    pub fn from_random(octets: [u8; 32]) -> Self {
        Self::of(&Zeroizing::new(octets))
    }

    /// Checks the grammar: 43 to 128 letters, digits and `-._~`. Nothing is trimmed.
    ///
    /// # Errors
    /// - [`VerifierError::Length`]: too short or too long (`invalid_grant`).
    /// - [`VerifierError::Character`]: a character outside the grammar (`invalid_grant`).
    pub fn parse(text: &str) -> Result<Self, VerifierError> {
        let length = text.len();
        if !(MIN_BYTES..=MAX_BYTES).contains(&length) {
            return Err(VerifierError::Length { length });
        }
        match text.bytes().position(|octet| !is_unreserved(octet)) {
            None => Ok(Self(text.into())),
            Some(at) => Err(VerifierError::Character { at }),
        }
    }

    /// The challenge that this verifier answers ([RFC 7636 §4.2], `S256`).
    ///
    /// [RFC 7636 §4.2]: https://www.rfc-editor.org/rfc/rfc7636#section-4.2
    pub fn challenge(&self, sha256: &dyn Sha256) -> CodeChallenge {
        CodeChallenge::of(&sha256.digest(&[self.expose().as_bytes()]))
    }

    /// The text, to be sent in the token request or kept until then.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    fn of(octets: &[u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(octets).into())
    }
}

impl From<CodeVerifier> for Secret {
    fn from(verifier: CodeVerifier) -> Self {
        verifier.0
    }
}

/// [RFC 3986 §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)
const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// Shortest verifier: 32 octets in base64url.
const MIN_BYTES: usize = 43;
/// Longest verifier: 96 octets in base64url.
const MAX_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a073_a_verifier_has_43_to_128_characters() {
        for length in [43, 44, 127, 128] {
            assert!(CodeVerifier::parse(&"a".repeat(length)).is_ok(), "{length}");
        }
        for length in [0, 1, 18, 42, 129, 4096] {
            assert_eq!(CodeVerifier::parse(&"a".repeat(length)), Err(VerifierError::Length { length }));
        }
        assert_eq!(CodeVerifier::parse("your-code-verifier"), Err(VerifierError::Length { length: 18 }));
        assert_eq!(
            CodeVerifier::parse(&"\u{e6}".repeat(22)),
            Err(VerifierError::Character { at: 0 }),
            "characters of two octets are none of the grammar"
        );
    }

    #[test]
    fn a073_only_unreserved_characters_are_taken_and_nothing_is_trimmed() {
        let right = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX.~";
        assert!(CodeVerifier::parse(right).is_ok());
        for octet in 0..128_u8 {
            let foreign = char::from(octet);
            let wanted = foreign.is_ascii_alphanumeric() || "-._~".contains(foreign);
            let text = format!("{right}{foreign}");
            assert_eq!(CodeVerifier::parse(&text).is_ok(), wanted, "{foreign:?} at the end");
            assert_eq!(CodeVerifier::parse(&format!("{foreign}{right}")).is_ok(), wanted, "{foreign:?} at the start");
        }
        assert_eq!(CodeVerifier::parse(&format!("{right}\n")), Err(VerifierError::Character { at: 44 }));
    }

    #[test]
    fn a_malformed_verifier_is_invalid_grant() {
        let error = CodeVerifier::parse("").unwrap_err();
        assert_eq!(error.rule().code(), Some(symbolon_types::ErrorCode::InvalidGrant));
    }

    #[test]
    fn no_error_shows_the_verifier() {
        let error = CodeVerifier::parse(&format!("{}!", "MARKER".repeat(10))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("MARKER"));
        let verifier = CodeVerifier::parse(&"MARKER".repeat(10)).unwrap();
        assert!(!format!("{verifier:?}").contains("MARKER"));
    }

    proptest! {
        #[test]
        fn a_verifier_of_random_octets_reads_back(octets in any::<[u8; 32]>()) {
            let verifier = CodeVerifier::from_random(octets);
            prop_assert_eq!(verifier.expose().len(), 43);
            prop_assert_eq!(CodeVerifier::parse(verifier.expose()), Ok(verifier));
        }
    }
}
