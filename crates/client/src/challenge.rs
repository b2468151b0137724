use alloc::{string::String, vec::Vec};

/// A challenge of `WWW-Authenticate` ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The challenges of one header value; `None` if it is not a list of challenges, is too long, or says a parameter twice.
    pub(crate) fn parse_all(value: &[u8]) -> Option<Vec<Self>> {
        if value.len() > MAX_CHALLENGE_BYTES {
            return None;
        }
        let mut rest = Rest(core::str::from_utf8(value).ok()?);
        let mut all: Vec<Self> = Vec::new();
        loop {
            rest.skip(|character| matches!(character, ',' | ' ' | '\t'));
            if rest.0.is_empty() {
                return Some(all);
            }
            let name = rest.token()?;
            if rest.equals() {
                let value = rest.value()?;
                let challenge = all.last_mut()?;
                if challenge.parameter(name).is_some() {
                    return None;
                }
                challenge.parameters.push((name.into(), value));
                rest.end_of_item()?;
            } else {
                all.push(Self { scheme: name.into(), parameters: Vec::new() });
                rest.skip_token68();
            }
        }
    }

    /// Whether it is of this scheme.
    pub(crate) fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter; names are compared without case.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What is still to be read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, what: fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(what);
    }

    /// One or more characters of a token ([RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.find(|character| !is_token(character)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// Whether an equals sign follows, with the bad white space around it that recipients must take.
    fn equals(&mut self) -> bool {
        let Some(rest) = self.0.trim_start_matches(is_space).strip_prefix('=') else { return false };
        self.0 = rest.trim_start_matches(is_space);
        true
    }

    /// A token or a quoted string.
    fn value(&mut self) -> Option<String> {
        let Some(quoted) = self.0.strip_prefix('"') else { return self.token().map(String::from) };
        let mut characters = quoted.chars();
        let mut value = String::new();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        self.0 = characters.as_str();
        Some(value)
    }

    fn end_of_item(&mut self) -> Option<()> {
        self.skip(is_space);
        (self.0.is_empty() || self.0.starts_with(',')).then_some(())
    }

    /// What follows the scheme of a challenge without parameters, such as that of Negotiate: nobody reads it.
    fn skip_token68(&mut self) {
        let rest = self.0.trim_start_matches(is_space);
        let after = rest.trim_start_matches(is_token68).trim_start_matches('=').trim_start_matches(is_space);
        if after.is_empty() || after.starts_with(',') {
            self.0 = after;
        }
    }
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

const fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '.' | '^' | '_' | '`' | '|' | '~')
}

const fn is_token68(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '+' | '/')
}

/// Longest header value that is read, in bytes (security decision D19).
const MAX_CHALLENGE_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// The challenges, each a text.
    fn read(value: &str) -> Option<Vec<String>> {
        let shown = |challenge: Challenge| {
            let parameters =
                challenge.parameters.into_iter().map(|(name, value)| [" ", &name, "=[", &value, "]"].concat());
            [challenge.scheme, parameters.collect()].concat()
        };
        Some(Challenge::parse_all(value.as_bytes())?.into_iter().map(shown).collect())
    }

    #[test]
    fn challenges_are_read_one_after_the_other() {
        let is = |value: &str, challenges: &[&str]| assert_eq!(read(value).unwrap(), challenges, "{value}");
        is("", &[]);
        is("Bearer", &["Bearer"]);
        is(" ,Bearer , ,", &["Bearer"]);
        // RFC 6750 §3.
        let text = r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#;
        is(text, &["Bearer realm=[example] error=[invalid_token] error_description=[The access token expired]"]);
        // RFC 9110 §11.6.1.
        let text = r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
        is(text, &["Basic realm=[simple]", r#"Newauth realm=[apps] type=[1] title=[Login to "apps"]"#]);
        // RFC 9449 §7.1: two schemes in one value.
        is(r#"Bearer, DPoP algs="ES256 PS256""#, &["Bearer", "DPoP algs=[ES256 PS256]"]);
        is(r#"Negotiate a1+/=, DPoP algs = "ES256 PS256""#, &["Negotiate", "DPoP algs=[ES256 PS256]"]);
    }

    #[test]
    fn what_is_no_list_of_challenges_gives_none() {
        for bad in [
            "=",
            "realm=\"a\"",
            "Bearer realm=\"a",
            "Bearer realm=\"a\\",
            "Bearer realm=\"a\" error=\"b\"",
            "Bearer realm=a DPoP error=b",
            "Bearer error=a, error=b",
            "Bearer error=a, Error=b",
            "Bearer\u{e5}",
            "\"Bearer\"",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Challenge::parse_all(&[b'B', 0xff]), None);
        let long = |length: usize| read(&["Bearer a=", "b".repeat(length).as_str(), ",c=d"].concat());
        assert!(long(MAX_CHALLENGE_BYTES - 13).is_some() && long(MAX_CHALLENGE_BYTES - 12).is_none());
    }

    #[test]
    fn schemes_and_names_are_compared_without_case() {
        let all = Challenge::parse_all(b"dpop Error=use_dpop_nonce").unwrap();
        assert!(all[0].is_of("DPoP") && !all[0].is_of("Bearer"));
        assert_eq!((all[0].parameter("error"), all[0].parameter("scope")), (Some("use_dpop_nonce"), None));
    }
}
