use crate::{ParamName, decode::octet};

/// The first registered parameter in a query, which must hold none: client credentials MUST NOT be in the request URI
/// ([RFC 6749 §2.3.1]), and the other parameters are read from the body alone ([RFC 6749 §4.1.3]).
///
/// A name counts in every spelling that decodes to it; one with a malformed encoding is no registered name. A parameter
/// without a value is the same as none ([RFC 6749 §3.2]). Other parameters are nobody's business here.
///
/// ```
/// use symbolon_token_request::{ParamName, registered_parameter_in_query};
/// assert_eq!(registered_parameter_in_query("_tlsclientauth=1"), None);
/// assert_eq!(registered_parameter_in_query("a=1&client%5fsecret=x"), Some(ParamName::ClientSecret));
/// ```
///
/// [RFC 6749 §2.3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
/// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
pub fn registered_parameter_in_query(query: &str) -> Option<ParamName> {
    query.split('&').find_map(|parameter| {
        let (name, _) = parameter.split_once('=').filter(|(_, value)| !value.is_empty())?;
        ParamName::ALL.iter().copied().find(|known| Lenient(name.as_bytes()).eq(known.as_str().bytes()))
    })
}

/// Decodes what can be decoded and keeps the rest as it is. A `%` that stays makes it no registered name.
struct Lenient<'q>(&'q [u8]);

impl Iterator for Lenient<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let [b'%', high, low, rest @ ..] = self.0
            && let Some(octet) = octet(Some(*high), Some(*low))
        {
            self.0 = rest;
            return Some(octet);
        }
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(if *first == b'+' { b' ' } else { *first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a064_a_registered_parameter_in_the_query_is_found_in_every_spelling() {
        for (query, name) in [
            ("client_secret=x", ParamName::ClientSecret),
            ("_tlsclientauth=1&client_id=a", ParamName::ClientId),
            ("%63%6F%64%65=1", ParamName::Code),
            ("client%5Fassertion=1", ParamName::ClientAssertion),
            ("password=x", ParamName::Password),
            ("code=%zz", ParamName::Code),
            ("&&grant_type=a=b", ParamName::GrantType),
            ("%zz=1&scope=a", ParamName::Scope),
        ] {
            assert_eq!(registered_parameter_in_query(query), Some(name), "{query}");
        }
        for name in ParamName::ALL {
            assert_eq!(registered_parameter_in_query(&format!("{name}=1")), Some(*name));
        }
    }

    #[test]
    fn other_parameters_in_the_query_are_nobodys_business() {
        for query in [
            "",
            "_tlsclientauth=1",
            "p=policy&session=1",
            "code",
            "code=",
            "Code=1",
            "code+=1",
            "code%00=1",
            "code%=1",
            "cod%6=1",
            "code%2565=1",
            "a;code=1",
            "x=code=1",
            "%zz=1",
            "æ=1",
        ] {
            assert_eq!(registered_parameter_in_query(query), None, "{query}");
        }
    }
}
