use alloc::{collections::BTreeSet, string::String};
use core::fmt;

use thiserror::Error;

/// A scope: scope-tokens, each once, in the order in which they came ([RFC 6749 §3.3]).
///
/// Tokens are case-sensitive and compared byte for byte. The order does not matter for equality.
///
/// ```
/// use symbolon_types::Scope;
/// let scope = Scope::parse("openid profile openid")?;
/// assert_eq!(scope.to_string(), "openid profile");
/// assert_eq!(scope, Scope::parse("profile openid")?);
/// assert!(!scope.contains("OpenID"));
/// # Ok::<(), symbolon_types::ScopeError>(())
/// ```
///
/// [RFC 6749 §3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
#[derive(Clone, Debug, Default)]
pub struct Scope(String);

/// Up to so many bytes each scope-token is compared with each one before it; beyond, a set knows them.
const SHORT_BYTES: usize = 256;

/// Why a text is not a scope. Holds a position, never the text.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ScopeError {
    /// A character outside %x21 / %x23-5B / %x5D-7E (`invalid_scope`).
    #[error("scope has a character outside its grammar at byte {at}")]
    Character {
        /// Where, in bytes from the start.
        at: usize,
    },
    /// Two spaces in a row, or one at an end (`invalid_scope`).
    #[error("scope has an empty scope-token at byte {at}")]
    EmptyToken {
        /// Where, in bytes from the start.
        at: usize,
    },
}

impl ScopeError {
    /// The rule that did not hold.
    pub const fn rule(&self) -> crate::Rule {
        match self {
            Self::Character { .. } | Self::EmptyToken { .. } => crate::Rule::ScopeSyntax,
        }
    }
}

impl Scope {
    /// No scope-token at all.
    pub const fn empty() -> Self {
        Self(String::new())
    }

    /// Reads space-separated scope-tokens. An empty text is the empty scope; a token that comes twice counts once.
    ///
    /// # Errors
    /// - [`ScopeError::Character`], [`ScopeError::EmptyToken`]: outside the grammar (`invalid_scope`).
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Ok(Self::empty());
        }
        let mut scope = Self(String::with_capacity(text.len()));
        let mut known = BTreeSet::new();
        let mut at = 0_usize;
        for token in parts(text) {
            if token.is_empty() {
                return Err(ScopeError::EmptyToken { at });
            }
            if let Some(bad) = token.bytes().position(|b| !matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(ScopeError::Character { at: at.saturating_add(bad) });
            }
            let is_new = if text.len() > SHORT_BYTES { known.insert(token) } else { !scope.contains(token) };
            if is_new {
                scope.push(token);
            }
            at = at.saturating_add(token.len()).saturating_add(1);
        }
        Ok(scope)
    }

    /// Adds a scope-token that is not in it.
    fn push(&mut self, token: &str) {
        if !self.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(token);
    }

    /// The text: the scope-tokens with a space between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this scope-token is in it.
    pub fn contains(&self, token: &str) -> bool {
        self.tokens().any(|known| known == token)
    }

    /// Whether every scope-token of this scope is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0 == other.0 || self.tokens().all(|token| other.contains(token))
    }

    /// The scope-tokens of this scope that are in `other` too, in the order of this one.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::empty();
        self.tokens().filter(|token| other.contains(token)).for_each(|token| both.push(token));
        both
    }

    /// Whether there is no scope-token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scope-tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        parts(&self.0).filter(|token| !token.is_empty())
    }
}

/// What stands between the spaces, as `split` has it; tokens are short, and octets are found sooner one by one.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let space = text.bytes().position(|octet| octet == b' ');
        let (token, after) = match space.and_then(|at| text.split_at_checked(at)) {
            Some((token, after)) => (token, after.get(1..)),
            None => (text, None),
        };
        rest = after;
        Some(token)
    })
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        // No scope-token comes twice, so that what is in the other and as long is all of it.
        self.0.len() == other.0.len() && self.is_subset_of(other)
    }
}

impl Eq for Scope {}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, string::ToString as _, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_grammar_of_rfc_6749_appendix_a_4_holds() {
        assert!(Scope::parse("a!#[]~ b").is_ok());
        assert_eq!(Scope::parse("a\"b"), Err(ScopeError::Character { at: 1 }));
        assert_eq!(Scope::parse("ok a\\b"), Err(ScopeError::Character { at: 4 }));
        assert_eq!(Scope::parse("a\tb"), Err(ScopeError::Character { at: 1 }));
        assert_eq!(Scope::parse("a  b"), Err(ScopeError::EmptyToken { at: 2 }));
        assert_eq!(Scope::parse(" a"), Err(ScopeError::EmptyToken { at: 0 }));
        assert_eq!(Scope::parse("a "), Err(ScopeError::EmptyToken { at: 2 }));
        assert_eq!(Scope::parse("æ"), Err(ScopeError::Character { at: 0 }));
        assert_eq!(Scope::parse(""), Ok(Scope::empty()));
    }

    #[test]
    fn case_counts_and_order_does_not() {
        let wide = Scope::parse("openid profile").unwrap();
        assert!(Scope::parse("profile").unwrap().is_subset_of(&wide));
        assert!(!Scope::parse("Profile").unwrap().is_subset_of(&wide));
        assert_eq!(wide, Scope::parse("profile openid").unwrap());
        assert_ne!(wide, Scope::parse("profile").unwrap());
        let both = wide.intersection(&Scope::parse("read profile").unwrap());
        assert_eq!(both.to_string(), "profile");
    }

    #[test]
    fn a_token_that_comes_twice_counts_once_in_short_and_long_texts() {
        let long: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        assert!(long.join(" ").len() > SHORT_BYTES);
        for tokens in [vec!["a".to_string(), "b".into(), "aa".into()], long] {
            let (once, twice) = (tokens.join(" "), [tokens.clone(), tokens.clone()].concat().join(" "));
            let scope = Scope::parse(&twice).unwrap();
            assert_eq!(scope.to_string(), once);
            assert_eq!(scope.tokens().collect::<Vec<_>>(), tokens);
            assert_ne!(scope, Scope::parse(&[once.as_str(), "c"].join(" ")).unwrap());
        }
    }

    #[test]
    fn scopes_of_one_length_are_equal_only_if_their_tokens_are() {
        let many: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        let long = |last: &str| [many.join(" ").as_str(), last].join(" ");
        for (one, other) in [("ab c", "a bc"), ("a b", "a c"), ("ab", "a b"), (&long("x"), &long("y"))] {
            let (one, other) = (Scope::parse(one).unwrap(), Scope::parse(other).unwrap());
            assert_ne!(one, other);
            assert_ne!(other, one);
            assert!(!one.is_subset_of(&other) && !other.is_subset_of(&one), "{one} {other}");
        }
        let (a, ab) = (Scope::parse("a").unwrap(), Scope::parse("ab").unwrap());
        assert!(!a.is_subset_of(&ab) && !ab.is_subset_of(&a));
    }

    #[test]
    fn nothing_and_two_tokens_are_no_token() {
        let scope = Scope::parse("a b").unwrap();
        assert!(!scope.contains("") && !scope.contains("a b") && !scope.contains(" "));
        assert!(!Scope::empty().contains(""));
        assert_eq!(Scope::empty().tokens().count(), 0);
        assert_eq!((scope.as_str(), Scope::empty().as_str()), ("a b", ""));
    }

    proptest! {
        #[test]
        fn a_scope_reads_back(text in "[!#-\\[\\]-~]{1,8}( [!#-\\[\\]-~]{1,8}){0,4}") {
            let scope = Scope::parse(&text).unwrap();
            prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
        }

        #[test]
        fn scopes_are_sets_of_tokens(one in "[ab]{1,2}( [ab]{1,2}){0,3}", other in "[ab]{1,2}( [ab]{1,2}){0,3}") {
            let set = |text: &str| text.split(' ').map(String::from).collect::<BTreeSet<_>>();
            let (first, second) = (Scope::parse(&one).unwrap(), Scope::parse(&other).unwrap());
            prop_assert_eq!(first == second, set(&one) == set(&other));
            prop_assert_eq!(first.is_subset_of(&second), set(&one).is_subset(&set(&other)));
            let both = first.intersection(&second);
            let expected: BTreeSet<_> = set(&one).intersection(&set(&other)).cloned().collect();
            prop_assert_eq!(both.tokens().map(String::from).collect::<BTreeSet<_>>(), expected);
        }
    }
}
