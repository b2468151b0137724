use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};

use crate::{ApiMisuse, RESERVED_CLAIMS};

/// What the embedding program adds to an access token or a response.
#[derive(Clone)]
pub(crate) struct ExtensionMembers(Vec<(String, Value)>);

impl ExtensionMembers {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// Adds a claim of an access token.
    pub(crate) fn add_claim(&mut self, name: String, value: Value) -> Result<(), ApiMisuse> {
        self.add(name, value, &[RESERVED_CLAIMS, RESERVED_ACCESS_TOKEN_CLAIMS])
    }

    /// Adds a member of a token response.
    pub(crate) fn add_member(&mut self, name: String, value: Value) -> Result<(), ApiMisuse> {
        self.add(name, value, &[RESERVED_MEMBERS])
    }

    fn add(&mut self, name: String, value: Value, reserved: &[&[&str]]) -> Result<(), ApiMisuse> {
        if name.is_empty() || reserved.iter().any(|names| names.contains(&name.as_str())) {
            return Err(ApiMisuse::ReservedName);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// All of them. Of two with one name the later one.
    pub(crate) fn to_map(&self) -> Map<String, Value> {
        self.0.iter().cloned().collect()
    }
}

/// The names: values may name people (security decision D33).
impl fmt::Debug for ExtensionMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Claims of an access token beside [`RESERVED_CLAIMS`] by which a resource server decides who acts and what for (RFC 8693
/// §4.1, §4.4): they come from what was granted.
const RESERVED_ACCESS_TOKEN_CLAIMS: &[&str] = &["act", "may_act"];

/// Members of a token response that are registered (RFC 6749 §5.1, §5.2; OIDC Core §3.1.3.3; RFC 8693 §2.2.1; RFC 9396 §7) or
/// that the endpoint fills (the lifetime of the refresh token).
const RESERVED_MEMBERS: &[&str] = &[
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "refresh_token_expires_in",
    "refresh_expires_in",
    "scope",
    "id_token",
    "issued_token_type",
    "authorization_details",
    "error",
    "error_description",
    "error_uri",
];
