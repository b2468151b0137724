use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::{ResponseParts, Secret};
use time::Duration;

use crate::{
    ResponseError, grammar::is_vschar, headers::json_that_nobody_stores, json_object::JsonObject,
    json_writer::JsonWriter, tolerance::Tolerated,
};

/// How long a device waits between two token requests where nothing was said
/// ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
pub const DEFAULT_POLL_INTERVAL: Duration = Duration::seconds(5);

/// A device authorization response ([RFC 8628 §3.2]).
///
/// Well formed is all it is: that `verification_uri` is the server's is not checked here. `Debug` shows neither code.
///
/// ```
/// use symbolon_token_response::DeviceAuthorizationResponse;
/// use time::Duration;
/// let answer = DeviceAuthorizationResponse::parse(
///     br#"{
///       "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
///       "user_code": "WDJB-MJHT",
///       "verification_uri": "https://example.com/device",
///       "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
///       "expires_in": 1800,
///       "interval": 5
///     }"#,
///     1024,
/// )?;
/// assert_eq!(answer.user_code, "WDJB-MJHT");
/// assert_eq!(answer.interval, Duration::seconds(5));
/// # Ok::<(), symbolon_token_response::ResponseError>(())
/// ```
///
/// [RFC 8628 §3.2]: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeviceAuthorizationResponse {
    /// `device_code`
    pub device_code: Secret,
    /// `user_code`, as it is shown to the user.
    pub user_code: String,
    /// `verification_uri`
    pub verification_uri: String,
    /// `verification_uri_complete`
    pub verification_uri_complete: Option<String>,
    /// `expires_in`: how long both codes are good.
    pub expires_in: Duration,
    /// `interval`; [`DEFAULT_POLL_INTERVAL`] if it was not told.
    pub interval: Duration,
    /// Every other member, verbatim. Registered names are not written from here.
    pub other: Map<String, Value>,
}

impl DeviceAuthorizationResponse {
    /// A response with the required members and the usual interval.
    pub fn new(
        device_code: impl Into<Secret>,
        user_code: impl Into<String>,
        verification_uri: impl Into<String>,
        expires_in: Duration,
    ) -> Self {
        Self {
            device_code: device_code.into(),
            user_code: user_code.into(),
            verification_uri: verification_uri.into(),
            verification_uri_complete: None,
            expires_in,
            interval: DEFAULT_POLL_INTERVAL,
            other: Map::new(),
        }
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
        let mut strict = Tolerated::nothing();
        let expires_in = members.take_seconds("expires_in", &mut strict)?.ok_or(missing("expires_in"))?;
        if !expires_in.is_positive() {
            return Err(ResponseError::InvalidMember { name: "expires_in" });
        }
        Ok(Self {
            device_code: members.take_secret("device_code")?.ok_or(missing("device_code"))?,
            user_code: members.take_text("user_code", is_vschar)?.ok_or(missing("user_code"))?,
            verification_uri: members.take_text("verification_uri", is_vschar)?.ok_or(missing("verification_uri"))?,
            verification_uri_complete: members.take_text("verification_uri_complete", is_vschar)?,
            expires_in,
            interval: members.take_seconds("interval", &mut strict)?.unwrap_or(DEFAULT_POLL_INTERVAL),
            other: members.into_rest(),
        })
    }

    /// The response of the device authorization endpoint: 200, JSON, not to be stored.
    pub fn into_response(&self) -> ResponseParts {
        json_that_nobody_stores(200, self.write())
    }

    fn write(&self) -> Vec<u8> {
        let texts = [self.device_code.len(), self.user_code.len(), self.verification_uri.len()];
        let complete = self.verification_uri_complete.as_ref().map_or(0, String::len);
        let room = texts.into_iter().fold(complete, usize::saturating_add).saturating_mul(2);
        let mut writer = JsonWriter::with_capacity(room.saturating_add(ROOM_FOR_NAMES));
        writer.string("device_code", self.device_code.expose());
        writer.string("user_code", &self.user_code);
        writer.string("verification_uri", &self.verification_uri);
        if let Some(uri) = &self.verification_uri_complete {
            writer.string("verification_uri_complete", uri);
        }
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
const ROOM_FOR_NAMES: usize = 256;

/// Names that have a field of their own, and `error`, which makes a response no success.
const REGISTERED: &[&str] =
    &["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval", "error"];

impl fmt::Debug for DeviceAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorizationResponse")
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> DeviceAuthorizationResponse {
        let uri = "https://as.example/device";
        let mut response = DeviceAuthorizationResponse::new("MARKER-1", "WDJB-MJHT", uri, Duration::seconds(600));
        response.verification_uri_complete = Some("https://as.example/device?user_code=WDJB-MJHT".into());
        response
    }

    #[test]
    fn what_is_written_reads_back() {
        let written = response().into_response();
        assert_eq!((written.status(), written.header("cache-control")), (200, Some("no-store")));
        assert_eq!(DeviceAuthorizationResponse::parse(written.body(), 1024), Ok(response()));
        assert!(!alloc::format!("{:?}", response()).contains("MARKER"));
    }

    #[test]
    fn a_member_that_is_missing_empty_or_of_another_type_is_named() {
        let parse = |body: &str| DeviceAuthorizationResponse::parse(body.as_bytes(), 1024);
        let whole = r#"{"device_code":"a","user_code":"b","verification_uri":"c","expires_in":9}"#;
        assert_eq!(parse(whole).unwrap().interval, DEFAULT_POLL_INTERVAL);
        for name in ["device_code", "user_code", "verification_uri", "expires_in"] {
            let missing = whole.replace(&alloc::format!("\"{name}\":"), "\"other\":");
            assert_eq!(parse(&missing), Err(ResponseError::MissingMember { name }));
        }
        assert_eq!(parse(&whole.replace('9', "0")), Err(ResponseError::InvalidMember { name: "expires_in" }));
        assert_eq!(parse(&whole.replace("\"b\"", "1")), Err(ResponseError::WrongType { name: "user_code" }));
        let error = whole.replace("\"a\"", "\"a\",\"error\":\"x\"");
        assert_eq!(parse(&error), Err(ResponseError::UnexpectedMember { name: "error" }));
    }

    #[test]
    fn unknown_members_are_kept_and_a_number_is_no_string() {
        let parse = |body: &str| DeviceAuthorizationResponse::parse(body.as_bytes(), 1024);
        let whole =
            r#"{"device_code":"a","user_code":"b","verification_uri":"c","expires_in":9,"interval":3,"x":[null]}"#;
        let response = parse(whole).unwrap();
        assert_eq!((response.other.len(), &response.other["x"]), (1, &serde_json::json!([null])));
        let written = response.into_response();
        assert_eq!(parse(core::str::from_utf8(written.body()).unwrap()), Ok(response));
        let (nine, three) = (whole.replace('9', r#""9""#), whole.replace('3', r#""3""#));
        assert_eq!(parse(&nine), Err(ResponseError::WrongType { name: "expires_in" }));
        assert_eq!(parse(&three), Err(ResponseError::WrongType { name: "interval" }));
    }
}
