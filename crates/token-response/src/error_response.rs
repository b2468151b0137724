use alloc::{string::String, vec::Vec};
use core::fmt;

use serde_json::{Map, Value};
use symbolon_types::ErrorCode;

use crate::{
    ResponseError, Tolerance,
    grammar::{is_nqchar, is_nqschar, is_one_or_more},
    json_object::JsonObject,
    json_writer::JsonWriter,
    tolerance::Tolerated,
};

/// An error response ([RFC 6749 §5.2]).
///
/// `Display` and `Debug` escape and shorten what the peer wrote; unknown members are not shown. What the error means for
/// the request (try again, sign in again, give up) is not said here.
///
/// ```
/// use symbolon_token_response::{ErrorResponse, types::ErrorCode};
/// let answer = ErrorResponse::parse(br#"{"error":"invalid_request","error_description":"no\ncode"}"#, 1024)?;
/// assert_eq!(answer.error, ErrorCode::InvalidRequest);
/// assert_eq!(answer.to_string(), r"invalid_request: no\ncode");
/// # Ok::<(), symbolon_token_response::ResponseError>(())
/// ```
///
/// [RFC 6749 §5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// `error`
    pub error: ErrorCode,
    /// `error_description`: for developers, not for users. Its grammar was not checked when it was read.
    pub error_description: Option<String>,
    /// `error_uri`. Its grammar was not checked when it was read: do not open it unseen.
    pub error_uri: Option<String>,
    /// Every other member, verbatim.
    pub other: Map<String, Value>,
    tolerances: Vec<Tolerance>,
}

impl ErrorResponse {
    /// A response with the one required member.
    pub fn new(error: ErrorCode) -> Self {
        Self { error, error_description: None, error_uri: None, other: Map::new(), tolerances: Vec::new() }
    }

    /// Reads the body of an answer with an error status, of at most `limit` bytes. [`read`](crate::read) judges the
    /// status too.
    ///
    /// # Errors
    /// None of these has a wire code.
    /// - [`ResponseError::TooLarge`], [`ResponseError::NotJson`], [`ResponseError::DuplicateMember`],
    ///   [`ResponseError::TooDeep`]: the body is no sane JSON object.
    /// - [`ResponseError::MissingMember`]: no `error`.
    /// - [`ResponseError::WrongType`]: a known member is no string; `null` is none.
    /// - [`ResponseError::InvalidMember`]: `error` is empty or outside its grammar.
    /// - [`ResponseError::UnexpectedMember`]: there is a token beside the `error`.
    pub fn parse(body: &[u8], limit: usize) -> Result<Self, ResponseError> {
        Self::from_members(JsonObject::read(body, limit, None)?, Tolerated::nothing())
    }

    pub(crate) fn from_members(mut members: JsonObject, tolerated: Tolerated<'_>) -> Result<Self, ResponseError> {
        let error = members.take_text("error", is_nqschar)?.ok_or(ResponseError::MissingMember { name: "error" })?;
        // A token must not end up among members that are plain text.
        if let Some(name) = TOKENS.iter().copied().find(|name| members.has(name)) {
            return Err(ResponseError::UnexpectedMember { name });
        }
        Ok(Self {
            error: ErrorCode::parse(&error),
            error_description: members.take_string("error_description")?,
            error_uri: members.take_string("error_uri")?,
            other: members.into_rest(),
            tolerances: tolerated.into_fired(),
        })
    }

    /// Where the reader took what a strict one would have refused.
    pub fn tolerances(&self) -> &[Tolerance] {
        &self.tolerances
    }

    /// The body in JSON.
    ///
    /// A description or URI outside its grammar is left out, so that nothing reflected breaks a log line or a header
    /// further on. An `error` outside its grammar becomes `server_error`.
    pub fn to_json(&self) -> Vec<u8> {
        let description = self.error_description.as_deref().filter(|text| is_one_or_more(text, is_nqschar));
        let uri = self.error_uri.as_deref().filter(|text| is_one_or_more(text, is_nqchar));
        let error = Some(self.error.as_str()).filter(|text| is_one_or_more(text, is_nqschar));
        let mut writer = JsonWriter::with_capacity(ROOM);
        writer.string("error", error.unwrap_or(ErrorCode::ServerError.as_str()));
        if let Some(description) = description {
            writer.string("error_description", description);
        }
        if let Some(uri) = uri {
            writer.string("error_uri", uri);
        }
        for (name, value) in &self.other {
            if !REGISTERED.contains(&name.as_str()) && !TOKENS.contains(&name.as_str()) {
                writer.value(name, value);
            }
        }
        writer.finish()
    }
}

/// What must not stand beside an `error`.
const TOKENS: &[&str] = &["access_token", "refresh_token", "id_token"];

/// Names that have a field of their own.
const REGISTERED: &[&str] = &["error", "error_description", "error_uri"];

/// Room for a code and a sentence.
const ROOM: usize = 256;

/// How much of a received text is shown, in characters.
const SHOWN: usize = 256;

/// A received text, escaped and shortened (security decision D21).
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_default().take(SHOWN).try_for_each(|character| fmt::Write::write_char(f, character))
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(self.error.as_str()))?;
        match &self.error_description {
            Some(description) => write!(f, ": {}", Shown(description)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse")
            .field("error", &format_args!("{}", Shown(self.error.as_str())))
            .field("error_description", &self.error_description.as_deref().map(str::len))
            .field("error_uri", &self.error_uri.as_deref().map(str::len))
            .field("other_members", &self.other.len())
            .field("tolerances", &self.tolerances)
            .finish()
    }
}
