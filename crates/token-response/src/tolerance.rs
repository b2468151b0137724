use alloc::vec::Vec;

use symbolon_policy::{Policy, ResponsePolicy};

/// Something that a strict reader would have refused, and that the policy tolerates.
///
/// ```
/// use symbolon_token_response::policy::{MAX_RESPONSE_BYTES, Policy};
/// use symbolon_token_response::{Answer, Reader, ResponseError, Tolerance};
///
/// let body = br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":"3600"}"#;
/// let mut policy = Policy::OAUTH_2_1.response;
/// let strict = Reader { policy: &policy, limit: MAX_RESPONSE_BYTES }.read(200, Some("application/json"), body);
/// assert_eq!(strict, Err(ResponseError::WrongType { name: "expires_in" }));
///
/// policy.legacy_numeric_strings = true;
/// match (Reader { policy: &policy, limit: MAX_RESPONSE_BYTES }).read(200, Some("application/json"), body)? {
///     Answer::Tokens(tokens) => {
///         assert_eq!(tokens.tolerances(), [Tolerance::NumericString { name: "expires_in" }]);
///     }
///     _ => panic!("no error"),
/// }
/// # Ok::<(), ResponseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Tolerance {
    /// A number came as a string of digits ([`ResponsePolicy::legacy_numeric_strings`]).
    NumericString {
        /// The member.
        name: &'static str,
    },
    /// There is no `token_type`, and `Bearer` was taken for it ([`ResponsePolicy::legacy_missing_token_type`]).
    MissingTokenType,
    /// `scope` came as an array ([`ResponsePolicy::legacy_scope_array`]).
    ScopeArray,
    /// The status is 201 ([`ResponsePolicy::legacy_created`]).
    Created,
    /// The `Content-Type` is not `application/json` ([`ResponsePolicy::legacy_content_type`]).
    ContentType,
}

/// What a policy tolerates, and what of it was needed.
pub(crate) struct Tolerated<'p> {
    policy: &'p ResponsePolicy,
    fired: Vec<Tolerance>,
}

impl<'p> Tolerated<'p> {
    pub(crate) const fn by(policy: &'p ResponsePolicy) -> Self {
        Self { policy, fired: Vec::new() }
    }

    pub(crate) const fn nothing() -> Tolerated<'static> {
        Tolerated::by(STRICT)
    }

    /// Whether the policy takes it. It is told of then.
    pub(crate) fn takes(&mut self, tolerance: Tolerance) -> bool {
        let takes = match tolerance {
            Tolerance::NumericString { .. } => self.policy.legacy_numeric_strings,
            Tolerance::MissingTokenType => self.policy.legacy_missing_token_type,
            Tolerance::ScopeArray => self.policy.legacy_scope_array,
            Tolerance::Created => self.policy.legacy_created,
            Tolerance::ContentType => self.policy.legacy_content_type,
        };
        if takes {
            self.fired.push(tolerance);
        }
        takes
    }

    pub(crate) fn into_fired(self) -> Vec<Tolerance> {
        self.fired
    }
}

/// The policy that tolerates nothing.
pub(crate) const STRICT: &ResponsePolicy = &Policy::OAUTH_2_1.response;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strict_policy_tolerates_nothing() {
        let all = [
            Tolerance::NumericString { name: "expires_in" },
            Tolerance::MissingTokenType,
            Tolerance::ScopeArray,
            Tolerance::Created,
            Tolerance::ContentType,
        ];
        let mut strict = Tolerated::nothing();
        assert!(!all.into_iter().any(|tolerance| strict.takes(tolerance)));
        assert_eq!(strict.into_fired(), []);
        let mut policy = *STRICT;
        policy.legacy_created = true;
        let mut one = Tolerated::by(&policy);
        assert_eq!(all.map(|tolerance| one.takes(tolerance)), [false, false, false, true, false]);
        assert_eq!(one.into_fired(), [Tolerance::Created]);
    }
}
