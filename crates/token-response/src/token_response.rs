use alloc::{
    borrow::Cow,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use symbolon_policy::ResponsePolicy;
use symbolon_types::{ResponseParts, Scope, Secret};
use time::{Duration, UtcDateTime};

use crate::{
    ResponseError, Tolerance, grammar::is_type_char, headers::json_that_nobody_stores, json_object::JsonObject,
    json_writer::JsonWriter, tolerance::Tolerated,
};

/// Longest lifetime that is read, 2³² - 1 seconds: over a century, and every moment of this one plus it is a moment.
pub const MAX_EXPIRES_IN: Duration = Duration::seconds(4_294_967_295);

/// A token response ([RFC 6749 §5.1], [OIDC Core §3.1.3.3]).
///
/// Well formed is all it is: whether `token_type`, scope and ID token are what was asked for is not checked here.
/// `access_token` is opaque.
///
/// # Security
/// `Debug` shows no token and no unknown member. Members in [`Self::other`] are plain text that nobody wipes.
///
/// ```
/// use symbolon_token_response::TokenResponse;
/// use time::Duration;
///
/// let tokens = TokenResponse::parse(
///     br#"{
///       "access_token":"2YotnFZFEjr1zCsicMWpAA",
///       "token_type":"example",
///       "expires_in":3600,
///       "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
///       "example_parameter":"example_value"
///     }"#,
///     1024,
/// )?;
/// assert!(tokens.is_token_type("Example"));
/// assert_eq!(tokens.expires_in, Some(Duration::seconds(3600)));
/// assert_eq!(tokens.other["example_parameter"], "example_value");
/// # Ok::<(), symbolon_token_response::ResponseError>(())
/// ```
///
/// [OIDC Core §3.1.3.3]: https://openid.net/specs/openid-connect-core-1_0.html#TokenResponse
/// [RFC 6749 §5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenResponse {
    /// `access_token`
    pub access_token: Secret,
    /// `token_type`, as it came. Compare it with [`Self::is_token_type`].
    pub token_type: Cow<'static, str>,
    /// `expires_in`: the access token's lifetime from the response on, not a claim about its `exp`.
    pub expires_in: Option<Duration>,
    /// `refresh_token`
    pub refresh_token: Option<Secret>,
    /// The refresh token's lifetime, not standardised: `refresh_token_expires_in` (ID-porten) or `refresh_expires_in`
    /// (Keycloak). `None` if it was not told, or is 0, which means without a limit.
    pub refresh_token_expires_in: Option<Duration>,
    /// `scope`; `None` means as it was asked for.
    pub scope: Option<Scope>,
    /// `id_token`, unverified.
    pub id_token: Option<Secret>,
    /// Every other member, verbatim. Registered names are not written from here.
    pub other: Map<String, Value>,
    tolerances: Vec<Tolerance>,
}

impl TokenResponse {
    /// A response with the two required members.
    pub fn new(access_token: impl Into<Secret>, token_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            access_token: access_token.into(),
            token_type: token_type.into(),
            expires_in: None,
            refresh_token: None,
            refresh_token_expires_in: None,
            scope: None,
            id_token: None,
            other: Map::new(),
            tolerances: Vec::new(),
        }
    }

    /// Reads the body of an answer with status 200, of at most `limit` bytes. [`read`](crate::read) judges the status too.
    ///
    /// Nothing is tolerated; [`Reader`](crate::Reader) knows policies. A `scope` outside its grammar is an error, because taking
    /// it for absent would mean "as it was asked for".
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ResponseError::TooLarge`], [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`],
    ///   [`ResponseError::TooDeep`]: the body is no sane JSON object.
    /// - [`ResponseError::MissingMember`]: no `access_token` or no `token_type`.
    /// - [`ResponseError::WrongType`]: a known member has a wrong type; `null` is one.
    /// - [`ResponseError::InvalidMember`]: a known member is empty, outside its grammar or range, or the two names of the
    ///   refresh token's lifetime disagree.
    /// - [`ResponseError::UnexpectedMember`]: there is an `error`, so this is no success.
    pub fn parse(body: &[u8], limit: usize) -> Result<Self, ResponseError> {
        Self::from_members(JsonObject::read(body, limit, None)?, Tolerated::nothing())
    }

    pub(crate) fn from_members(mut members: JsonObject, mut tolerated: Tolerated<'_>) -> Result<Self, ResponseError> {
        if members.has("error") {
            return Err(ResponseError::UnexpectedMember { name: "error" });
        }
        let access_token =
            members.take_secret("access_token")?.ok_or(ResponseError::MissingMember { name: "access_token" })?;
        let token_type = match members.take_text("token_type", is_type_char)? {
            Some(token_type) => token_type.into(),
            None if tolerated.takes(Tolerance::MissingTokenType) => "Bearer".into(),
            None => return Err(ResponseError::MissingMember { name: "token_type" }),
        };
        let expires_in = members.take_seconds("expires_in", &mut tolerated)?;
        let refresh_token = members.take_secret("refresh_token")?;
        let refresh_token_expires_in = take_refresh_lifetime(&mut members, &mut tolerated)?;
        let scope = members.take_scope(&mut tolerated)?;
        let id_token = members.take_secret("id_token")?;
        Ok(Self {
            access_token,
            token_type,
            expires_in,
            refresh_token,
            refresh_token_expires_in,
            scope,
            id_token,
            other: members.into_rest(),
            tolerances: tolerated.into_fired(),
        })
    }

    /// Whether `token_type` is this one, without case ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    pub fn is_token_type(&self, token_type: &str) -> bool {
        self.token_type.eq_ignore_ascii_case(token_type)
    }

    /// Where the reader took what a strict one would have refused.
    pub fn tolerances(&self) -> &[Tolerance] {
        &self.tolerances
    }

    /// The session at the provider: `sid`, else `session_state`, which it replaces.
    pub fn session_id(&self) -> Option<&str> {
        self.other_text("sid").or_else(|| self.other_text("session_state"))
    }

    /// `not-before-policy`: tokens issued before it are void (Keycloak). `None` if it is not told, or 0, which means none.
    pub fn not_before_policy(&self) -> Option<UtcDateTime> {
        let seconds = self.other.get("not-before-policy")?.as_i64().filter(|seconds| *seconds > 0)?;
        UtcDateTime::from_unix_timestamp(seconds).ok()
    }

    /// `bankid_proof`, there if the scope of that name was asked for (BankID).
    pub fn bankid_proof(&self) -> Option<&str> {
        self.other_text("bankid_proof")
    }

    /// `issued_token_type` of a token exchange ([RFC 8693 §2.2.1]).
    ///
    /// [RFC 8693 §2.2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1
    pub fn issued_token_type(&self) -> Option<&str> {
        self.other_text("issued_token_type")
    }

    /// A member of an extension, by its type. `None` if it is not there.
    ///
    /// ```
    /// use symbolon_token_response::{ResponseError, TokenResponse};
    ///
    /// let body = br#"{"access_token":"a","token_type":"Bearer","patient":"87a339d0","need_patient_banner":true}"#;
    /// let tokens = TokenResponse::parse(body, 1024)?;
    /// assert_eq!(tokens.extension("need_patient_banner")?, Some(true));
    /// assert_eq!(tokens.extension::<&str>("patient")?, Some("87a339d0"));
    /// assert_eq!(tokens.extension::<bool>("patient"), Err(ResponseError::WrongType { name: "patient" }));
    /// assert_eq!(tokens.extension::<bool>("encounter")?, None);
    /// # Ok::<(), ResponseError>(())
    /// ```
    ///
    /// # Errors
    /// It has no wire code.
    /// - [`ResponseError::WrongType`]: the member is of another type.
    pub fn extension<'a, T: Deserialize<'a>>(&'a self, name: &'static str) -> Result<Option<T>, ResponseError> {
        let value = self.other.get(name).map(T::deserialize).transpose();
        value.map_err(|_| ResponseError::WrongType { name })
    }

    fn other_text(&self, name: &str) -> Option<&str> {
        self.other.get(name)?.as_str()
    }

    /// The response of the token endpoint: 200, JSON, `Cache-Control: no-store`, `Pragma: no-cache`.
    ///
    /// A bearer `token_type` is spelled as the policy says. Parts of a second are cut off; a refresh token with less than
    /// a second left is written as one second, because 0 would mean without a limit.
    pub fn into_response(&self, policy: &ResponsePolicy) -> ResponseParts {
        json_that_nobody_stores(200, self.write(policy))
    }

    fn write(&self, policy: &ResponsePolicy) -> Vec<u8> {
        let scope = self.scope.as_ref().map(Scope::as_str);
        let mut writer = JsonWriter::with_capacity(self.room(scope));
        writer.string("access_token", self.access_token.expose());
        writer.string("token_type", if self.is_token_type("Bearer") { policy.bearer } else { &self.token_type });
        if let Some(lifetime) = self.expires_in {
            writer.integer("expires_in", lifetime.whole_seconds().max(0));
        }
        if let Some(token) = &self.refresh_token {
            writer.string("refresh_token", token.expose());
        }
        if let (Some(lifetime), Some(name)) = (self.refresh_token_expires_in, policy.refresh_expiry_member) {
            writer.integer(name, lifetime.whole_seconds().max(1));
        }
        if let Some(scope) = scope {
            writer.string("scope", scope);
        }
        if let Some(token) = &self.id_token {
            writer.string("id_token", token.expose());
        }
        for (name, value) in &self.other {
            if !REGISTERED.contains(&name.as_str()) && Some(name.as_str()) != policy.refresh_expiry_member {
                writer.value(name, value);
            }
        }
        writer.finish()
    }

    /// How long the members before `other` can get. Escaping at most doubles a token of RFC 6749's grammar.
    fn room(&self, scope: Option<&str>) -> usize {
        let tokens = [Some(&self.access_token), self.refresh_token.as_ref(), self.id_token.as_ref()];
        let tokens = tokens.into_iter().flatten().map(Secret::len).fold(0, usize::saturating_add);
        tokens.saturating_mul(2).saturating_add(scope.map_or(0, str::len)).saturating_add(ROOM_FOR_NAMES)
    }
}

/// Room for names, numbers, `token_type` and a few members of a provider.
const ROOM_FOR_NAMES: usize = 512;

/// Names that have a field of their own, and `error`, which makes a response no success.
const REGISTERED: &[&str] = &[
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "refresh_token_expires_in",
    "refresh_expires_in",
    "scope",
    "id_token",
    "error",
];

/// One lifetime under two names. Both are welcome together only if they agree: we cannot know which one holds.
fn take_refresh_lifetime(
    members: &mut JsonObject,
    tolerated: &mut Tolerated<'_>,
) -> Result<Option<Duration>, ResponseError> {
    let one = members.take_seconds("refresh_token_expires_in", tolerated)?;
    let other = members.take_seconds("refresh_expires_in", tolerated)?;
    if one.is_some() && other.is_some() && one != other {
        return Err(ResponseError::InvalidMember { name: "refresh_expires_in" });
    }
    Ok(one.or(other).filter(|lifetime| lifetime.is_positive()))
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token_type = ["Bearer", "DPoP", "N_A"].into_iter().find(|known| self.is_token_type(known));
        f.debug_struct("TokenResponse")
            .field("access_token", &self.access_token)
            .field("token_type", &token_type.unwrap_or("(another)"))
            .field("expires_in", &self.expires_in)
            .field("refresh_token", &self.refresh_token)
            .field("refresh_token_expires_in", &self.refresh_token_expires_in)
            .field("scope", &self.scope.as_ref().map(|scope| scope.to_string().chars().take(64).collect::<String>()))
            .field("id_token", &self.id_token)
            .field("other_members", &self.other.len())
            .field("tolerances", &self.tolerances)
            .finish()
    }
}
