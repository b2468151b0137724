use alloc::{string::String, vec::Vec};
use core::fmt;

use symbolon_types::Rule;
use thiserror::Error;

/// A challenge of a `WWW-Authenticate` header ([RFC 9110 §11.6.1]): how a server says what it wants to see, in place of or
/// beside an error in the body.
///
/// `Debug` shows the scheme and how much there is: the rest is what a peer wrote.
///
/// ```
/// use symbolon_token_response::Challenge;
///
/// let challenges = Challenge::parse_all(br#"Basic realm="as", DPoP algs="ES256 PS256", error="use_dpop_nonce""#)?;
/// assert!(challenges[0].is("basic"));
/// assert_eq!(challenges[0].parameter("realm"), Some("as"));
/// assert_eq!(challenges[1].parameter("error"), Some("use_dpop_nonce"));
/// # Ok::<(), symbolon_token_response::ChallengeError>(())
/// ```
///
/// [RFC 9110 §11.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
#[derive(Clone, Eq, PartialEq)]
pub struct Challenge {
    scheme: String,
    token68: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Reads one value of the header, in which there may be many challenges.
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ChallengeError::TooLong`]: longer than [`MAX_CHALLENGE_BYTES`].
    /// - [`ChallengeError::TooMany`]: more than 8 challenges, or 16 parameters in one.
    /// - [`ChallengeError::Syntax`]: outside the grammar, or with a parameter twice in one challenge.
    pub fn parse_all(value: &[u8]) -> Result<Vec<Self>, ChallengeError> {
        if value.len() > MAX_CHALLENGE_BYTES {
            return Err(ChallengeError::TooLong { length: value.len() });
        }
        let mut rest = Rest(core::str::from_utf8(value).map_err(|_| ChallengeError::Syntax)?);
        let mut challenges = Vec::new();
        rest.skip(" \t,");
        while !rest.is_empty() {
            if challenges.len() == MAX_CHALLENGES {
                return Err(ChallengeError::TooMany);
            }
            challenges.push(rest.challenge()?);
            rest.skip(" \t,");
        }
        Ok(challenges)
    }

    /// The scheme, as it came. Compare it with [`Self::is`].
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether the scheme is this one, without case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A parameter, by its name without case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// What comes in place of parameters (`Negotiate` has it).
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
    }
}

/// What was not read yet.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn skip(&mut self, characters: &str) {
        self.0 = self.0.trim_start_matches(|character| characters.contains(character));
    }

    /// Takes the characters that are of this kind.
    fn take(&mut self, is: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(|octet| !is(octet)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    fn token(&mut self) -> Result<&'a str, ChallengeError> {
        Some(self.take(is_tchar)).filter(|token| !token.is_empty()).ok_or(ChallengeError::Syntax)
    }

    /// `auth-scheme [ 1*SP ( token68 / #auth-param ) ]`
    fn challenge(&mut self) -> Result<Challenge, ChallengeError> {
        let mut challenge = Challenge { scheme: self.token()?.into(), token68: None, parameters: Vec::new() };
        if !self.0.starts_with(' ') {
            return if self.is_at_end_of_item() { Ok(challenge) } else { Err(ChallengeError::Syntax) };
        }
        self.skip(" ");
        if let Some(token68) = self.token68() {
            challenge.token68 = Some(token68.into());
            return Ok(challenge);
        }
        while let Some((name, value)) = self.parameter()? {
            if challenge.parameter(name).is_some() {
                return Err(ChallengeError::Syntax);
            }
            if challenge.parameters.len() == MAX_PARAMETERS {
                return Err(ChallengeError::TooMany);
            }
            challenge.parameters.push((name.into(), value));
            if !self.is_at_end_of_item() {
                return Err(ChallengeError::Syntax);
            }
            self.skip(" \t,");
        }
        Ok(challenge)
    }

    /// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, if it is all that stands before a comma or the end: else
    /// it is the name of a parameter.
    fn token68(&mut self) -> Option<&'a str> {
        let mut ahead = *self;
        let text = ahead.take(|octet| octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet));
        let padding = ahead.take(|octet| octet == b'=');
        if text.is_empty() || !ahead.is_at_end_of_item() {
            return None;
        }
        let token68 = self.0.get(..text.len().saturating_add(padding.len()));
        *self = ahead;
        token68
    }

    /// `token BWS "=" BWS ( token / quoted-string )`; `None` where no name with `=` stands, which begins another challenge.
    fn parameter(&mut self) -> Result<Option<(&'a str, String)>, ChallengeError> {
        let mut ahead = *self;
        let name = ahead.take(is_tchar);
        ahead.skip(" \t");
        let Some(value) = ahead.0.strip_prefix('=').filter(|_| !name.is_empty()) else { return Ok(None) };
        *self = Self(value);
        self.skip(" \t");
        let value = if self.0.starts_with('"') { self.quoted()? } else { self.token()?.into() };
        Ok(Some((name, value)))
    }

    /// `quoted-string` ([RFC 9110 §5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4)).
    fn quoted(&mut self) -> Result<String, ChallengeError> {
        let mut text = String::new();
        let mut characters = self.0.chars();
        characters.next();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => {
                    text.push(characters.next().filter(|next| is_quotable(*next)).ok_or(ChallengeError::Syntax)?);
                }
                Some(character) if is_quotable(character) => text.push(character),
                _ => return Err(ChallengeError::Syntax),
            }
        }
        self.0 = characters.as_str();
        Ok(text)
    }

    fn is_at_end_of_item(&self) -> bool {
        let rest = self.0.trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with(',')
    }
}

const fn is_tchar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(octet, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// Beyond ASCII (`obs-text`) it is taken as UTF-8.
const fn is_quotable(character: char) -> bool {
    matches!(character, '\t' | ' '..='~' | '\u{a0}'..)
}

/// Longest header value that is read, in bytes (security decision D19: header values).
pub const MAX_CHALLENGE_BYTES: usize = 16 * 1024;

/// Most challenges of a value. Servers send two or three.
const MAX_CHALLENGES: usize = 8;

/// Most parameters of a challenge. `Digest`, which has the most, has ten.
const MAX_PARAMETERS: usize = 16;

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = ["Basic", "Bearer", "DPoP"].into_iter().find(|known| self.is(known));
        f.debug_struct("Challenge")
            .field("scheme", &known.unwrap_or("(another)"))
            .field("token68", &self.token68.is_some())
            .field("parameters", &self.parameters.len())
            .finish()
    }
}

/// Why a `WWW-Authenticate` value has no challenges. Holds nothing of the value.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The value is too long.
    #[error("challenge is {length} bytes, limit is {MAX_CHALLENGE_BYTES}")]
    TooLong {
        /// How long it is, in bytes.
        length: usize,
    },
    /// There are too many challenges or parameters.
    #[error("there are too many challenges or parameters")]
    TooMany,
    /// The value is outside its grammar.
    #[error("challenge is outside its grammar")]
    Syntax,
}

impl ChallengeError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::TooLong { .. } | Self::TooMany => Rule::ResponseLength,
            Self::Syntax => Rule::ResponseMember,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::challenge::challenge;

    /// Scheme, token68 and parameters.
    type Shape<'a> = (&'a str, Option<&'a str>, Vec<(&'a str, &'a str)>);

    fn read(value: &str) -> Result<Vec<Challenge>, ChallengeError> {
        Challenge::parse_all(value.as_bytes())
    }

    #[track_caller]
    fn is(value: &str, expected: &[Shape<'_>]) {
        let read = read(value).unwrap();
        let shapes: Vec<Shape<'_>> = read
            .iter()
            .map(|challenge| {
                let parameters = challenge.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                (challenge.scheme(), challenge.token68(), parameters.collect())
            })
            .collect();
        assert_eq!(shapes, expected, "{value}");
    }

    #[test]
    fn every_form_of_a_challenge_is_read() {
        is("", &[]);
        is(" , ,", &[]);
        is("Negotiate", &[("Negotiate", None, vec![])]);
        is("Negotiate YWJj==", &[("Negotiate", Some("YWJj=="), vec![])]);
        is("Basic realm=as", &[("Basic", None, vec![("realm", "as")])]);
        is("Basic  realm = \"a, b\" ", &[("Basic", None, vec![("realm", "a, b")])]);
        is(r#"Basic realm="a\"b\\c""#, &[("Basic", None, vec![("realm", r#"a"b\c"#)])]);
        is(r#"Basic realm="""#, &[("Basic", None, vec![("realm", "")])]);
        // RFC 9110 §11.6.1.
        is(
            r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#,
            &[
                ("Basic", None, vec![("realm", "simple")]),
                ("Newauth", None, vec![("realm", "apps"), ("type", "1"), ("title", r#"Login to "apps""#)]),
            ],
        );
        is(
            "Negotiate, Basic realm=a,, ,DPoP",
            &[("Negotiate", None, vec![]), ("Basic", None, vec![("realm", "a")]), ("DPoP", None, vec![])],
        );
        // RFC 6750 §3.
        is(
            r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#,
            &[(
                "Bearer",
                None,
                vec![
                    ("realm", "example"),
                    ("error", "invalid_token"),
                    ("error_description", "The access token expired"),
                ],
            )],
        );
        // RFC 9449 §7.1: two schemes in one value.
        is(
            r#"Bearer, DPoP algs = "ES256 PS256""#,
            &[("Bearer", None, vec![]), ("DPoP", None, vec![("algs", "ES256 PS256")])],
        );
        is("Negotiate a1+/=, DPoP a=b", &[("Negotiate", Some("a1+/="), vec![]), ("DPoP", None, vec![("a", "b")])]);
        is("Basic realm=\"å\"", &[("Basic", None, vec![("realm", "å")])]);
        is("A abc=, B x=1", &[("A", Some("abc="), vec![]), ("B", None, vec![("x", "1")])]);
        let dpop = &read("dpop ERROR=use_dpop_nonce").unwrap()[0];
        assert!(dpop.is("DPoP") && !dpop.is("Bearer"));
        assert_eq!((dpop.parameter("error"), dpop.parameter("realm")), (Some("use_dpop_nonce"), None));
    }

    #[test]
    fn what_is_outside_the_grammar_is_refused() {
        for value in [
            "=",
            "\"Basic\"",
            "Basic x=1, realm=",
            "Basic realm=\"a",
            "Basic realm=\"a\\",
            "Basic realm=\"a\" b",
            "Basic realm=a realm=b",
            "Basic realm=a, realm=b",
            "Basic realm=a, REALM=b",
            "Basic=a",
            "Basic;realm=a",
            "Basic realm=\"a\u{7f}\"",
            "Basic realm=å",
            "Basic realm=\"\u{9b}\"",
            "Baså",
            "Bearer realm=a DPoP error=b",
            "realm=\"a\"",
            "Basic\trealm=a",
        ] {
            assert_eq!(read(value), Err(ChallengeError::Syntax), "{value}");
        }
        assert_eq!(Challenge::parse_all(b"Basic realm=\"\xff\""), Err(ChallengeError::Syntax));
    }

    #[test]
    fn length_and_number_are_bounded() {
        let value = |length: usize| format!("Basic realm={}", "a".repeat(length - 12));
        assert!(read(&value(MAX_CHALLENGE_BYTES)).is_ok());
        let length = MAX_CHALLENGE_BYTES + 1;
        assert_eq!(read(&value(length)), Err(ChallengeError::TooLong { length }));
        assert_eq!(read(&"A, ".repeat(8)).map(|read| read.len()), Ok(8));
        assert_eq!(read(&"A, ".repeat(9)), Err(ChallengeError::TooMany));
        let parameters = |count: usize| (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join(", ");
        assert!(read(&format!("A {}", parameters(16))).is_ok());
        assert_eq!(read(&format!("A {}", parameters(17))), Err(ChallengeError::TooMany));
    }

    #[test]
    fn what_a_server_writes_is_read_and_debug_shows_little_of_it() {
        let written = challenge("Bearer", "a \"b\" \\c", &[("error", "invalid_token"), ("scope", "a b")]);
        let read = &read(&written).unwrap()[0];
        assert_eq!(read.parameter("realm"), Some("a \"b\" \\c"));
        assert_eq!((read.parameter("error"), read.parameter("scope")), (Some("invalid_token"), Some("a b")));
        assert_eq!(format!("{read:?}"), r#"Challenge { scheme: "Bearer", token68: false, parameters: 3 }"#);
        let other = &Challenge::parse_all(b"MARKER MARKER=MARKER").unwrap()[0];
        assert!(!format!("{other:?}").contains("MARKER"));
    }
}
