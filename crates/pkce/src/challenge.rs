use alloc::string::String;
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::Sha256;
use symbolon_types::Digest;

use crate::{ChallengeError, CodeVerifier};

/// The one `code_challenge_method` ([RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
pub const CODE_CHALLENGE_METHOD: &str = "S256";

/// A code challenge of the method `S256` ([RFC 7636 §4.2]): the base64url form of a SHA-256 value, 43 characters.
///
/// It is sent in the authorization request and is no secret. That the request named `S256` as its method is the
/// caller's to see: a request that names none asks for `plain` ([RFC 7636 §4.3]) and must be refused.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_pkce::{CodeChallenge, CodeVerifier};
/// let challenge = CodeChallenge::parse("b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI")?;
/// let verifier = CodeVerifier::parse("xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo")?;
/// assert!(challenge.matches(&verifier, PROVIDER.sha256));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 7636 §4.2]: https://www.rfc-editor.org/rfc/rfc7636#section-4.2
/// [RFC 7636 §4.3]: https://www.rfc-editor.org/rfc/rfc7636#section-4.3
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Checks the form: the canonical base64url of 32 octets, without padding.
    ///
    /// # Errors
    /// - [`ChallengeError::Length`]: not 43 characters (`invalid_request` at the authorization endpoint).
    /// - [`ChallengeError::Encoding`]: a foreign character, or not canonical (`invalid_request` there).
    pub fn parse(text: &str) -> Result<Self, ChallengeError> {
        if text.len() != BYTES {
            return Err(ChallengeError::Length { length: text.len() });
        }
        Digest::from_base64url(text).map_or(Err(ChallengeError::Encoding), |_| Ok(Self(text.into())))
    }

    /// The text on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the verifier hashes to this challenge ([RFC 7636 §4.6]). A verifier that does not is `invalid_grant`.
    /// It takes the same time whatever differs.
    ///
    /// [RFC 7636 §4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6
    #[must_use]
    pub fn matches(&self, verifier: &CodeVerifier, sha256: &dyn Sha256) -> bool {
        self.0.as_bytes().ct_eq(verifier.challenge(sha256).0.as_bytes()).into()
    }

    /// The challenge of a SHA-256 value.
    pub(crate) fn of(digest: &[u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest))
    }
}

impl fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 32 octets in base64url.
const BYTES: usize = 43;

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn only_the_canonical_form_of_32_octets_is_a_challenge() {
        assert_eq!(CodeChallenge::parse(RIGHT).unwrap().as_str(), RIGHT);
        for (text, length) in [(String::new(), 0), (RIGHT.replace("cM", "c"), 42), (format!("{RIGHT}="), 44)] {
            assert_eq!(CodeChallenge::parse(&text), Err(ChallengeError::Length { length }), "{text}");
        }
        for text in [
            RIGHT.replace("cM", "cN"), // bits behind the last octet
            RIGHT.replace("cM", "c="),
            RIGHT.replace('-', "+"),
            RIGHT.replace('-', "/"),
            RIGHT.replace('-', "."),
            RIGHT.replace('-', "~"),
            RIGHT.replace('-', " "),
            RIGHT.replace("cM", "c\n"),
            RIGHT.replace("cM", "\u{e6}"),
        ] {
            assert_eq!(CodeChallenge::parse(&text), Err(ChallengeError::Encoding), "{text}");
        }
        assert_eq!(ChallengeError::Encoding.rule(), symbolon_types::Rule::PkceSyntax);
    }

    #[test]
    fn a028_a_verifier_of_any_length_is_compared_by_its_digest_and_one_changed_character_is_refused() {
        let sha256 = symbolon_crypto_ring::PROVIDER.sha256;
        let digit = |place, text: &str| if text.as_bytes().get(place) == Some(&b'8') { "4" } else { "8" };
        for length in [43, 64, 128] {
            let verifier = CodeVerifier::parse(&"v".repeat(length)).unwrap();
            let challenge = verifier.challenge(sha256);
            assert!(challenge.matches(&verifier, sha256));
            for place in 0..challenge.as_str().len() {
                let mut changed = challenge.as_str().to_owned();
                changed.replace_range(place..=place, digit(place, challenge.as_str()));
                let changed = CodeChallenge::parse(&changed).unwrap();
                assert!(!changed.matches(&verifier, sha256), "{length}, character {place}");
            }
            let longer = CodeVerifier::parse(&("v".repeat(length - 1) + "w")).unwrap();
            assert!(!challenge.matches(&longer, sha256));
        }
    }
}
