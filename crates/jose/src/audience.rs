use alloc::{borrow::Cow, vec::Vec};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ClaimValue;

/// `aud` ([RFC 7519 §4.1.3]): one text, or an array of them, kept apart because some rules do.
///
/// Audiences are compared octet for octet.
///
/// ```
/// use symbolon_jose::Audience;
/// let array = Audience::Many(vec!["https://as.example".into()]);
/// assert!(array.is_exactly("https://as.example") && !array.is_string("https://as.example"));
/// assert!(!Audience::One("https://as.example/".into()).contains("https://as.example"));
/// ```
///
/// [RFC 7519 §4.1.3]: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7519 has these two forms and no third")]
pub enum Audience<'a> {
    /// A string.
    One(Cow<'a, str>),
    /// An array of strings, which may be empty.
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Audience<'a> {
    /// Reads the claim as it stands in a text that was read in full.
    pub(crate) fn from_text(text: &'a str) -> Option<Self> {
        match ClaimValue::from_text(text).as_str() {
            Some(one) => Some(Self::One(one)),
            None => serde_json::from_str(text).ok().map(Self::Many),
        }
    }

    /// Reads the claim; `None` for anything but a string or an array of strings.
    pub(crate) fn from_value(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(one) => Some(Self::One(Cow::Borrowed(one))),
            Value::Array(many) => {
                many.iter().map(|one| one.as_str().map(Cow::Borrowed)).collect::<Option<_>>().map(Self::Many)
            }
            _ => None,
        }
    }

    /// The same, owned.
    pub fn into_owned(self) -> Audience<'static> {
        let owned = |text: Cow<'a, str>| Cow::<'static, str>::Owned(text.into_owned());
        match self {
            Self::One(one) => Audience::One(owned(one)),
            Self::Many(many) => Audience::Many(many.into_iter().map(owned).collect()),
        }
    }

    /// Whether this is the one audience, as a string or as an array of that one
    /// ([RFC 10070](https://www.rfc-editor.org/rfc/rfc10070), security decision D16).
    pub fn is_exactly(&self, audience: &str) -> bool {
        matches!(self.as_slice(), [one] if *one == audience)
    }

    /// Whether this is the one audience, as a string.
    pub fn is_string(&self, audience: &str) -> bool {
        matches!(self, Self::One(one) if *one == audience)
    }

    /// Whether this is among the audiences.
    pub fn contains(&self, audience: &str) -> bool {
        self.as_slice().iter().any(|one| *one == audience)
    }

    /// The audiences, whatever the form.
    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        match self {
            Self::One(one) => core::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn forms_are_told_apart() {
        let read = |value: &Value| Audience::from_value(value).unwrap().into_owned();
        for (aud, exactly, string, contains) in [
            (json!("a"), true, true, true),
            (json!(["a"]), true, false, true),
            (json!(["a", "b"]), false, false, true),
            (json!(["a", "a"]), false, false, true),
            (json!(["b"]), false, false, false),
            (json!([]), false, false, false),
            (json!(""), false, false, false),
            (json!("A"), false, false, false),
            (json!("ab"), false, false, false),
        ] {
            let audience = read(&aud);
            let text = aud.to_string();
            assert_eq!(Audience::from_text(&text).as_ref(), Some(&audience));
            assert_eq!(
                (audience.is_exactly("a"), audience.is_string("a"), audience.contains("a")),
                (exactly, string, contains),
                "{aud}"
            );
            assert_eq!(serde_json::to_value(&audience).unwrap(), aud);
            assert_eq!(serde_json::from_value::<Audience<'_>>(aud).unwrap(), audience);
        }
    }

    #[test]
    fn other_types_are_none() {
        for bad in
            [json!(null), json!(1), json!({"a": 1}), json!([["a"]]), json!(["a", 1]), json!(["a", null]), json!(true)]
        {
            assert_eq!(Audience::from_value(&bad), None, "{bad}");
            assert_eq!(Audience::from_text(&bad.to_string()), None, "{bad}");
            assert!(serde_json::from_value::<Audience<'_>>(bad).is_err());
        }
    }
}
