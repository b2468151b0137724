use alloc::string::String;
use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use symbolon_crypto::Sha256;
use symbolon_policy::PkcePolicy;
use symbolon_types::Digest;

use crate::{ChallengeError, CodeVerifier};

/// The `code_challenge_method` of clients ([RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
pub const CODE_CHALLENGE_METHOD: &str = "S256";

/// A code challenge of the method `S256` ([RFC 7636 §4.2]): the base64url form of a SHA-256 value, 43 characters.
///
/// It is sent in the authorization request and is no secret. A server reads it by [`Self::requested`], which judges the method
/// too.
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

    /// The challenge of an authorization request: `code_challenge` and `code_challenge_method` as they came
    /// ([RFC 7636 §4.3]). One of the method `plain`, which is meant where none is named, is hashed, so that what is kept is the
    /// same as if `S256` had been used: the verifier itself stands nowhere.
    ///
    /// # Errors
    /// All are `invalid_request` at the authorization endpoint ([RFC 7636 §4.4.1]).
    /// - [`ChallengeError::Plain`]: the method is `plain`, or none is named, and the policy does not take it.
    /// - [`ChallengeError::Method`]: another method.
    /// - [`ChallengeError::Length`], [`ChallengeError::Encoding`]: as [`Self::parse`].
    /// - [`ChallengeError::PlainSyntax`]: a `plain` challenge that no verifier could be.
    ///
    /// ```
    /// use symbolon_crypto_ring::PROVIDER;
    /// use symbolon_pkce::{ChallengeError, CodeChallenge, policy::Policy};
    /// let text = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    /// let mut policy = Policy::OAUTH_2_1.pkce;
    /// let read = |method, policy: &_| CodeChallenge::requested(text, method, policy, PROVIDER.sha256);
    /// assert_eq!(read(Some("S256"), &policy), CodeChallenge::parse(text));
    /// assert_eq!(read(None, &policy), Err(ChallengeError::Plain));
    /// policy.legacy_plain = true;
    /// assert_ne!(read(None, &policy)?.as_str(), text);
    /// # Ok::<(), ChallengeError>(())
    /// ```
    ///
    /// [RFC 7636 §4.3]: https://www.rfc-editor.org/rfc/rfc7636#section-4.3
    /// [RFC 7636 §4.4.1]: https://www.rfc-editor.org/rfc/rfc7636#section-4.4.1
    pub fn requested(
        text: &str,
        method: Option<&str>,
        policy: &PkcePolicy,
        sha256: &dyn Sha256,
    ) -> Result<Self, ChallengeError> {
        match method {
            Some(CODE_CHALLENGE_METHOD) => Self::parse(text),
            // RFC 7636 §4.3: "plain" if not present in the request.
            Some("plain") | None if policy.legacy_plain => {
                let verifier = CodeVerifier::parse(text).map_err(ChallengeError::PlainSyntax)?;
                Ok(verifier.challenge(sha256))
            }
            Some("plain") | None => Err(ChallengeError::Plain),
            Some(_) => Err(ChallengeError::Method),
        }
    }

    /// The text on the wire, of the method `S256`.
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
    use crate::VerifierError;

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
    fn a072_plain_is_taken_by_a_policy_that_says_so_and_what_is_kept_is_hashed() {
        let sha256 = symbolon_crypto_ring::PROVIDER.sha256;
        let strict = symbolon_policy::Policy::OAUTH_2_1.pkce;
        let mut lenient = strict;
        lenient.legacy_plain = true;
        let text = "v".repeat(43);
        let verifier = CodeVerifier::parse(&text).unwrap();
        for method in [Some("plain"), None] {
            assert_eq!(CodeChallenge::requested(&text, method, &strict, sha256), Err(ChallengeError::Plain));
            let kept = CodeChallenge::requested(&text, method, &lenient, sha256).unwrap();
            assert_eq!(kept, verifier.challenge(sha256));
            assert!(kept.matches(&verifier, sha256));
            // Who sees what is kept does not have the verifier.
            assert!(!kept.matches(&CodeVerifier::parse(kept.as_str()).unwrap(), sha256));
            let short = CodeChallenge::requested("v", method, &lenient, sha256);
            assert_eq!(short, Err(ChallengeError::PlainSyntax(VerifierError::Length { length: 1 })));
        }
        for policy in [strict, lenient] {
            assert!(CodeChallenge::requested(RIGHT, Some("S256"), &policy, sha256).is_ok());
            // A challenge of S256 is never a verifier, whatever the policy.
            let kept = CodeChallenge::requested(RIGHT, Some("S256"), &policy, sha256).unwrap();
            assert!(!kept.matches(&CodeVerifier::parse(RIGHT).unwrap(), sha256));
            for method in ["s256", "PLAIN", "", "none"] {
                let refused = CodeChallenge::requested(RIGHT, Some(method), &policy, sha256);
                assert_eq!(refused, Err(ChallengeError::Method), "{method}");
            }
        }
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
