use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::{ResponseParts, Secret};
use time::Duration;

use crate::{
    DEFAULT_POLL_INTERVAL, ResponseError, headers::json_that_nobody_stores, json_object::JsonObject,
    json_writer::JsonWriter, tolerance::Tolerated,
};

/// An authentication request acknowledgement ([OpenID CIBA §7.3]).
///
/// Well formed is all it is. `Debug` does not show `auth_req_id`.
///
/// ```
/// use symbolon_token_response::BackchannelAuthenticationResponse;
/// use time::Duration;
/// let answer = BackchannelAuthenticationResponse::parse(
///     br#"{"auth_req_id": "1c266114-a1be-4252-8ad1-04986c5b9ac1", "expires_in": 120, "interval": 2}"#,
///     1024,
/// )?;
/// assert_eq!(answer.interval, Duration::seconds(2));
/// # Ok::<(), symbolon_token_response::ResponseError>(())
/// ```
///
/// [OpenID CIBA §7.3]: https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#successful_authentication_request_acknowdlegment
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct BackchannelAuthenticationResponse {
    /// `auth_req_id`
    pub auth_req_id: Secret,
    /// `expires_in`: how long it is good.
    pub expires_in: Duration,
    /// `interval`; [`DEFAULT_POLL_INTERVAL`] if it was not told.
    pub interval: Duration,
    /// Every other member, verbatim. Registered names are not written from here.
    pub other: Map<String, Value>,
}

impl BackchannelAuthenticationResponse {
    /// A response with the usual interval.
    pub fn new(auth_req_id: impl Into<Secret>, expires_in: Duration) -> Self {
        Self { auth_req_id: auth_req_id.into(), expires_in, interval: DEFAULT_POLL_INTERVAL, other: Map::new() }
    }

    /// Reads the body of an answer with status 200, of at most `limit` bytes.
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ResponseError::TooLarge`], [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`],
    ///   [`ResponseError::TooDeep`]: the body is no sane JSON object.
    /// - [`ResponseError::MissingMember`], [`ResponseError::WrongType`], [`ResponseError::InvalidMember`]: a member is not there,
    ///   has another type, or is empty or outside its range.
    /// - [`ResponseError::UnexpectedMember`]: there is an `error`, so this is no success.
    pub fn parse(body: &[u8], limit: usize) -> Result<Self, ResponseError> {
        let mut members = JsonObject::read(body, limit, None)?;
        if members.has("error") {
            return Err(ResponseError::UnexpectedMember { name: "error" });
        }
        let missing = |name| ResponseError::MissingMember { name };
        let auth_req_id = members.take_secret("auth_req_id")?.ok_or(missing("auth_req_id"))?;
        let mut strict = Tolerated::nothing();
        let expires_in = members.take_seconds("expires_in", &mut strict)?.ok_or(missing("expires_in"))?;
        if !expires_in.is_positive() {
            return Err(ResponseError::InvalidMember { name: "expires_in" });
        }
        let interval = members.take_seconds("interval", &mut strict)?.unwrap_or(DEFAULT_POLL_INTERVAL);
        Ok(Self { auth_req_id, expires_in, interval, other: members.into_rest() })
    }

    /// The response of the backchannel authentication endpoint: 200, JSON, not to be stored.
    pub fn into_response(&self) -> ResponseParts {
        json_that_nobody_stores(200, self.write())
    }

    fn write(&self) -> Vec<u8> {
        let room = self.auth_req_id.len().saturating_mul(2).saturating_add(ROOM_FOR_NAMES);
        let mut writer = JsonWriter::with_capacity(room);
        writer.string("auth_req_id", self.auth_req_id.expose());
        writer.integer("expires_in", self.expires_in.whole_seconds().max(1));
        writer.integer("interval", self.interval.whole_seconds().max(1));
        for (name, value) in &self.other {
            if !REGISTERED.contains(&name.as_str()) {
                writer.value(name, value);
            }
        }
        writer.finish()
    }
}

/// Room for names and numbers.
const ROOM_FOR_NAMES: usize = 128;

/// Names that have a field of their own, and `error`, which makes a response no success.
const REGISTERED: &[&str] = &["auth_req_id", "expires_in", "interval", "error"];

impl fmt::Debug for BackchannelAuthenticationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelAuthenticationResponse")
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_what_is_missing_is_named() {
        let response = BackchannelAuthenticationResponse::new("MARKER", Duration::seconds(120));
        let written = response.into_response();
        assert_eq!((written.status(), written.header("cache-control")), (200, Some("no-store")));
        let parse = |body: &[u8]| BackchannelAuthenticationResponse::parse(body, 1024);
        assert!(!alloc::format!("{response:?}").contains("MARKER"));
        assert_eq!(parse(written.body()), Ok(response));
        let missing = |name| Err(ResponseError::MissingMember { name });
        assert_eq!(parse(br#"{"expires_in":1}"#), missing("auth_req_id"));
        assert_eq!(parse(br#"{"auth_req_id":"a"}"#), missing("expires_in"));
        let zero = parse(br#"{"auth_req_id":"a","expires_in":0}"#);
        assert_eq!(zero, Err(ResponseError::InvalidMember { name: "expires_in" }));
        let error = parse(br#"{"auth_req_id":"a","expires_in":1,"error":"x"}"#);
        assert_eq!(error, Err(ResponseError::UnexpectedMember { name: "error" }));
    }

    #[test]
    fn unknown_members_are_kept_and_a_number_is_no_string() {
        let parse = |body: &str| BackchannelAuthenticationResponse::parse(body.as_bytes(), 1024);
        let whole = r#"{"auth_req_id":"a","expires_in":9,"interval":3,"x":[null]}"#;
        let response = parse(whole).unwrap();
        assert_eq!((response.other.len(), &response.other["x"]), (1, &serde_json::json!([null])));
        let written = response.into_response();
        assert_eq!(parse(core::str::from_utf8(written.body()).unwrap()), Ok(response));
        let (nine, three) = (whole.replace('9', r#""9""#), whole.replace('3', r#""3""#));
        assert_eq!(parse(&nine), Err(ResponseError::WrongType { name: "expires_in" }));
        assert_eq!(parse(&three), Err(ResponseError::WrongType { name: "interval" }));
    }
}
