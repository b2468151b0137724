use alloc::{borrow::Cow, string::String};
use core::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Audience, JsonError, NumericDate, scan};

/// A claim's value, of any type of JSON.
///
/// No method takes one type for another: `null` is not absent, a number is no string, a string is no number.
///
/// ```
/// use symbolon_crypto_ring::PROVIDER;
/// use symbolon_jose::{SigningKey, UnverifiedJwt};
/// use symbolon_types::{Alg, SecretBytes};
///
/// let key = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &SecretBytes::new([7; 32]))?;
/// let text = key.sign(&PROVIDER, None, &serde_json::json!({ "amr": ["pwd", "otp"], "auth_time": null }))?;
/// let jwt = UnverifiedJwt::parse(&text)?.verify(&key.verifying_key(&PROVIDER)?)?;
/// let claims = jwt.claims()?;
/// let amr = claims.get("amr").expect("a claim");
/// assert_eq!(amr.parse::<Vec<String>>()?, ["pwd", "otp"]);
/// assert!(amr.as_str().is_none());
/// assert!(claims.get("auth_time").expect("null, not absent").as_numeric_date().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct ClaimValue<'c>(Form<'c>);

#[derive(Clone, Copy)]
enum Form<'c> {
    /// As it stands in a text that was read in full.
    Text(&'c str),
    Value(&'c Value),
}

impl<'c> ClaimValue<'c> {
    pub(crate) const fn from_text(text: &'c str) -> Self {
        Self(Form::Text(text))
    }

    pub(crate) const fn from_value(value: &'c Value) -> Self {
        Self(Form::Value(value))
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<Cow<'c, str>> {
        match self.0 {
            Form::Text(text) => match scan::plain_string(text) {
                Some(plain) => Some(Cow::Borrowed(plain)),
                None => serde_json::from_str::<String>(text).ok().map(Cow::Owned),
            },
            Form::Value(value) => value.as_str().map(Cow::Borrowed),
        }
    }

    /// The Boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Form::Text("true") => Some(true),
            Form::Text("false") => Some(false),
            Form::Text(_) => None,
            Form::Value(value) => value.as_bool(),
        }
    }

    /// The moment, if it is a number between 1970 and the end of 9999 ([`NumericDate`]).
    pub fn as_numeric_date(&self) -> Option<NumericDate> {
        match self.0 {
            Form::Text(text) => NumericDate::from_text(text),
            Form::Value(value) => NumericDate::from_value(value),
        }
    }

    /// The audience, if it is a string or an array of strings.
    pub fn as_audience(&self) -> Option<Audience<'c>> {
        match self.0 {
            Form::Text(text) => Audience::from_text(text),
            Form::Value(value) => Audience::from_value(value),
        }
    }

    /// The value as a type of the caller's, which owns what it holds: a text with escapes does not stand in the token.
    ///
    /// # Errors
    /// - [`JsonError::Type`]: it is of another type. The code that a peer hears is for the caller to say.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        match self.0 {
            Form::Text(text) => serde_json::from_str(text).map_err(|_| JsonError::Type),
            Form::Value(value) => T::deserialize(value).map_err(|_| JsonError::Type),
        }
    }
}

/// Without the value: claims may name people.
impl fmt::Debug for ClaimValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimValue(..)")
    }
}
