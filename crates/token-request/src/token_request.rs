use alloc::{string::String, vec::Vec};
use core::{fmt, ops::Range};

use symbolon_types::GrantType;
use zeroize::Zeroizing;

use crate::{
    FormError, ParamName,
    decode::{Decoder, Stop, into_text},
};

/// Longest body that is read, in bytes: a place in it is two `u16`. A request with a `private_key_jwt` of a 4096-bit key
/// stays below 6 KiB (security decision D19).
pub const MAX_BODY_BYTES: usize = 65_535;

/// Most parameters that are read, empty ones included (security decision D19). No registered grant has more than 15.
pub const MAX_PARAMETERS: usize = 64;

/// A decoded token request ([RFC 6749 §3.2], [RFC 6749 Appendix B]).
///
/// It owns the body and decodes it in its own buffer; parameters are places in it, and those of [`ParamName`] cost no
/// allocation, a repeated `resource` or `audience` aside. A parameter without a value is the same as none. The buffer is
/// wiped when dropped, and `Debug` shows numbers only.
///
/// Only the form is judged, no value in it.
///
/// # Security
/// `;` separates nothing, a byte order mark is an ordinary character of the first name, and nothing is decoded twice or
/// with replacement characters: what is not well formed is refused. Raw characters that a careful encoder would encode
/// (spaces, `<`, `{`) are taken as they are. [`Self::get`] lends secrets as text; do not log it.
///
/// ```
/// use symbolon_token_request::{FormError, ParamName, TokenRequest};
///
/// let form = TokenRequest::parse(b"grant_type=refresh_token&scope=&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA".to_vec())?;
/// assert_eq!(form.get(ParamName::RefreshToken), Some("tGzv3JOkF0XG5Qx2TlKWIA"));
/// assert_eq!(form.get(ParamName::Scope), None, "sent without a value");
///
/// let repeated = TokenRequest::parse(b"code=a&c%6fde=a".to_vec());
/// assert_eq!(repeated.err(), Some(FormError::Repeated { name: Some(ParamName::Code) }));
/// # Ok::<(), FormError>(())
/// ```
///
/// [RFC 6749 §3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [RFC 6749 Appendix B]: https://www.rfc-editor.org/rfc/rfc6749#appendix-B
pub struct TokenRequest {
    text: Zeroizing<String>,
    places: Places,
}

impl TokenRequest {
    /// Decodes a body. What is refused is wiped as well.
    ///
    /// # Errors
    /// - [`FormError::TooLong`]: longer than [`MAX_BODY_BYTES`] (`invalid_request`).
    /// - [`FormError::TooMany`]: more parameters than [`MAX_PARAMETERS`] (`invalid_request`).
    /// - [`FormError::Syntax`]: a `%` without two hexadecimal digits (`invalid_request`).
    /// - [`FormError::Nul`]: a NUL, raw or encoded (`invalid_request`).
    /// - [`FormError::Repeated`]: a name, after decoding, comes twice with a value; all names but `resource` and
    ///   `audience`, unknown ones included (`invalid_request`).
    /// - [`FormError::Utf8`]: the decoded form is not UTF-8 (`invalid_request`).
    pub fn parse(body: Vec<u8>) -> Result<Self, FormError> {
        let mut body = Zeroizing::new(body);
        let length = body.len();
        if length > MAX_BODY_BYTES {
            return Err(FormError::TooLong { length, limit: MAX_BODY_BYTES });
        }
        let mut places = Places::default();
        let decoded = places.fill(&mut body)?;
        body.truncate(decoded);
        Ok(Self { text: Zeroizing::new(into_text(body)?), places })
    }

    /// The value of a registered parameter; of a repeatable one the first.
    pub fn get(&self, name: ParamName) -> Option<&str> {
        self.places.known(name).map(|value| self.text(value))
    }

    /// The value of a parameter of any name; of a repeatable one the first.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).next()
    }

    /// All values of a parameter of any name, in the order in which they came.
    pub fn parameters<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let first = ParamName::parse(name).and_then(|name| self.get(name));
        let more = self.places.more.iter().filter(move |(known, _)| self.text(*known) == name);
        first.into_iter().chain(more.map(|(_, value)| self.text(*value)))
    }

    /// The value of `grant_type`.
    pub fn grant_type(&self) -> Option<GrantType> {
        self.get(ParamName::GrantType).map(GrantType::parse)
    }

    /// Whether there is no parameter with a value.
    pub fn is_empty(&self) -> bool {
        self.places.count() == 0
    }

    /// Every name and value, in the order in which they came.
    pub(crate) fn in_order(&self) -> Vec<(&str, &str)> {
        let known = ParamName::ALL.iter().filter_map(|name| Some((name.as_str(), self.places.known(*name)?)));
        let more = self.places.more.iter().map(|(name, value)| (self.text(*name), *value));
        let mut all: Vec<_> = known.chain(more).collect();
        all.sort_unstable_by_key(|(_, value)| value.at);
        all.into_iter().map(|(name, value)| (name, self.text(value))).collect()
    }

    fn text(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

impl Drop for TokenRequest {
    fn drop(&mut self) {
        // What is left of it is wiped by `Zeroizing`: room as a whole, elements one after another.
        self.text.clear();
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRequest({} parameters in {} bytes)", self.places.count(), self.text.len())
    }
}

/// Where the parameters with a value are.
#[derive(Debug, Default)]
struct Places {
    /// Those of registered names, by [`ParamName::index`]; empty ones are absent.
    known: [Span; ParamName::COUNT],
    /// Those of other names, and repetitions of repeatable ones.
    more: Vec<(Span, Span)>,
}

impl Places {
    /// Decodes the body and notes the places; says how long the decoded body is.
    fn fill(&mut self, body: &mut [u8]) -> Result<usize, FormError> {
        let mut decoder = Decoder::new(body);
        let mut count = 0_usize;
        loop {
            let start = decoder.written();
            let mut stop = decoder.advance()?;
            let (name, value) = if stop == Stop::Equals {
                let value_start = decoder.written();
                while stop == Stop::Equals {
                    stop = decoder.advance()?; // only the first `=` separates
                }
                (start..value_start.saturating_sub(1), value_start..end(&decoder, stop))
            } else {
                (start..end(&decoder, stop), 0..0)
            };
            if decoder.written() > start.saturating_add(usize::from(stop == Stop::Ampersand)) {
                count = count.saturating_add(1);
                if count > MAX_PARAMETERS {
                    return Err(FormError::TooMany { limit: MAX_PARAMETERS });
                }
            }
            // RFC 6749 §3.2: parameters sent without a value MUST be treated as if they were omitted.
            if !value.is_empty() {
                self.note(&decoder, name, value)?;
            }
            if stop == Stop::End {
                return Ok(decoder.written());
            }
        }
    }

    fn note(&mut self, decoder: &Decoder<'_>, name: Range<usize>, value: Range<usize>) -> Result<(), FormError> {
        let octets = decoder.decoded(name.clone());
        let known = ParamName::of(octets);
        let value = Span::new(&value)?;
        match known.and_then(|known| self.known.get_mut(known.index())) {
            Some(place) if place.is_empty() => {
                *place = value;
                return Ok(());
            }
            _ => {}
        }
        // RFC 6749 §3.2: request parameters MUST NOT be included more than once. A registered name gets here only if
        // it came before; of the others there are at most 64, of at most 64 KiB together.
        let repeated = match known {
            Some(known) => !known.is_repeatable(),
            None => self.more.iter().any(|(other, _)| decoder.decoded(other.range()) == octets),
        };
        if repeated {
            return Err(FormError::Repeated { name: known });
        }
        self.more.push((Span::new(&name)?, value));
        Ok(())
    }

    fn known(&self, name: ParamName) -> Option<Span> {
        self.known.get(name.index()).copied().filter(|value| !value.is_empty())
    }

    fn count(&self) -> usize {
        self.known.iter().filter(|value| !value.is_empty()).count().saturating_add(self.more.len())
    }
}

/// Where a part that ended at `stop` ends.
fn end(decoder: &Decoder<'_>, stop: Stop) -> usize {
    decoder.written().saturating_sub(usize::from(stop != Stop::End))
}

/// A place in the decoded body.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    at: u16,
    length: u16,
}

impl Span {
    /// `TooLong` is never seen: the body was measured, and decoding makes it no longer.
    fn new(range: &Range<usize>) -> Result<Self, FormError> {
        match (u16::try_from(range.start), u16::try_from(range.len())) {
            (Ok(at), Ok(length)) => Ok(Self { at, length }),
            _ => Err(FormError::TooLong { length: range.end, limit: MAX_BODY_BYTES }),
        }
    }

    const fn is_empty(self) -> bool {
        self.length == 0
    }

    fn range(self) -> Range<usize> {
        let start = usize::from(self.at);
        start..start.saturating_add(usize::from(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &[u8]) -> Result<TokenRequest, FormError> {
        TokenRequest::parse(body.to_vec())
    }

    #[test]
    fn registered_parameters_cost_no_allocation_and_the_buffer_stays() {
        let body =
            b"grant_type=authorization_code&code=%41%42&redirect_uri=https%3A%2F%2Fa.example&resource=r".to_vec();
        let buffer = body.as_ptr();
        let form = TokenRequest::parse(body).unwrap();
        assert_eq!(form.text.as_ptr(), buffer);
        assert_eq!(form.places.more.capacity(), 0);
        assert_eq!(form.get(ParamName::Code), Some("AB"));
        assert_eq!(form.get(ParamName::Resource), Some("r"));
    }

    #[test]
    fn order_is_that_of_the_body() {
        let form = parse(b"b=1&code=2&resource=3&a=4&resource=5&grant_type=6").unwrap();
        let order = form.in_order();
        assert_eq!(
            order,
            [("b", "1"), ("code", "2"), ("resource", "3"), ("a", "4"), ("resource", "5"), ("grant_type", "6")]
        );
    }

    #[test]
    fn debug_shows_numbers_only() {
        let form = parse(b"client_secret=MARKER&MARKER=1").unwrap();
        assert_eq!(format!("{form:?}"), "TokenRequest(2 parameters in 29 bytes)");
    }
}
