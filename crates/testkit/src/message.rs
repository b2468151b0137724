use symbolon_types::{Method, RequestParts, ResponseParts};

/// A raw HTTP/1.1 request, as a fixture holds it.
///
/// `Debug` shows everything: fixtures hold no secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RawRequest {
    /// The method.
    pub method: String,
    /// The request target, with its query.
    pub target: String,
    /// The query of the target, without `?`.
    pub query: Option<String>,
    /// The headers, in their order, names as written.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A raw HTTP/1.1 response, as a fixture holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// The headers, in their order, names as written.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a text is no message of the strict form in which fixtures are kept: CRLF line ends, no folded lines, and a body
/// of exactly `Content-Length` octets, or none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageError {
    /// A line does not end in CRLF, or the empty line is missing.
    LineEnd,
    /// The first line is not one of HTTP/1.1.
    StartLine,
    /// A header line has no name, no colon, or begins with white space.
    Header,
    /// `Content-Length` is repeated, no number, or not the body's length.
    ContentLength,
}

impl RawRequest {
    /// Reads a message.
    ///
    /// # Errors
    /// One [`MessageError`] per way in which it is not of the strict form.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let (start, headers, body) = split(message)?;
        let mut words = start.split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(MessageError::StartLine);
        };
        if method.is_empty() || !target.starts_with('/') {
            return Err(MessageError::StartLine);
        }
        let query = target.split_once('?').map(|(_, query)| query.into());
        Ok(Self { method: method.into(), target: target.into(), query, headers, body })
    }

    /// Every value of a header, without regard to case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        values(&self.headers, name)
    }

    /// The path of the target, without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What an adapter would make of it: every header that the protocol reads, every time it came.
    pub fn into_parts(self) -> RequestParts {
        let mut parts = RequestParts::new(Method::parse(&self.method), self.body).query(self.query.as_deref());
        for (name, value) in &self.headers {
            let values = match name.to_ascii_lowercase().as_str() {
                "content-type" => &mut parts.content_type,
                "authorization" => &mut parts.authorization,
                "dpop" => &mut parts.dpop,
                "oauth-client-attestation" => &mut parts.client_attestation,
                "oauth-client-attestation-pop" => &mut parts.client_attestation_pop,
                "origin" => &mut parts.origin,
                _ => continue,
            };
            values.push(value);
        }
        parts
    }
}

impl RawResponse {
    /// Reads a message.
    ///
    /// # Errors
    /// One [`MessageError`] per way in which it is not of the strict form.
    pub fn parse(message: &[u8]) -> Result<Self, MessageError> {
        let (start, headers, body) = split(message)?;
        let rest = start.strip_prefix("HTTP/1.1 ").ok_or(MessageError::StartLine)?;
        let (status, _reason) = rest.split_once(' ').ok_or(MessageError::StartLine)?;
        if status.len() != 3 {
            return Err(MessageError::StartLine);
        }
        let status = digits(status).and_then(|n| u16::try_from(n).ok()).ok_or(MessageError::StartLine)?;
        Ok(Self { status, headers, body })
    }

    /// Every value of a header, without regard to case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        values(&self.headers, name)
    }

    /// Status and body; the headers are left out, because parts hold names that are fixed when the program is built.
    pub fn into_parts(self) -> ResponseParts {
        ResponseParts::new(self.status, Vec::new(), self.body)
    }
}

fn values<'a>(headers: &'a [(String, Vec<u8>)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}

type Headers = Vec<(String, Vec<u8>)>;

fn split(message: &[u8]) -> Result<(&str, Headers, Vec<u8>), MessageError> {
    let (start, mut rest) = line(message)?;
    let start = core::str::from_utf8(start).map_err(|_| MessageError::StartLine)?;
    let mut headers = Headers::new();
    loop {
        let (next, after) = line(rest)?;
        rest = after;
        if next.is_empty() {
            break;
        }
        headers.push(header(next)?);
    }
    if stated_length(&headers)? != rest.len() {
        return Err(MessageError::ContentLength);
    }
    Ok((start, headers, rest.to_vec()))
}

/// The one `Content-Length`; a message without one has no body.
fn stated_length(headers: &Headers) -> Result<usize, MessageError> {
    let mut lengths = values(headers, "content-length");
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(0),
        (Some(one), None) => core::str::from_utf8(one).ok().and_then(digits).ok_or(MessageError::ContentLength),
        (Some(_), Some(_)) => Err(MessageError::ContentLength),
    }
}

/// The text before the first CRLF, and what follows it.
fn line(text: &[u8]) -> Result<(&[u8], &[u8]), MessageError> {
    let at = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).ok_or(MessageError::LineEnd)?;
    let (line, rest) = text.split_at_checked(at).ok_or(MessageError::LineEnd)?;
    Ok((line, rest.strip_prefix(b"\r\n").ok_or(MessageError::LineEnd)?))
}

fn header(line: &[u8]) -> Result<(String, Vec<u8>), MessageError> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or(MessageError::Header)?;
    let (name, value) = line.split_at_checked(colon).ok_or(MessageError::Header)?;
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(is_token) {
        return Err(MessageError::Header);
    }
    let name = String::from_utf8(name.to_vec()).map_err(|_| MessageError::Header)?;
    Ok((name, value.strip_prefix(b":").unwrap_or_default().trim_ascii().to_vec()))
}

fn digits(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] =
        b"POST /token?x=1 HTTP/1.1\r\nHost: a\r\nauthorization: Basic YQ==\r\nAuthorization:Basic Yg==\r\nContent-Length: 3\r\n\r\na=b";

    #[test]
    fn a_request_is_read_with_every_value_of_a_header() {
        let request = RawRequest::parse(REQUEST).unwrap();
        assert_eq!(
            (request.method.as_str(), request.path(), request.query.as_deref()),
            ("POST", "/token", Some("x=1"))
        );
        assert_eq!(request.header("AUTHORIZATION").collect::<Vec<_>>(), [b"Basic YQ==", b"Basic Yg=="]);
        let parts = request.into_parts();
        assert_eq!(parts.authorization.count(), 2);
        assert_eq!(*parts.body, b"a=b");
        assert!(parts.query.is_some());
    }

    #[test]
    fn a_message_of_another_form_is_refused() {
        let changed = |from: &str, to: &str| {
            let text = core::str::from_utf8(REQUEST).unwrap().replacen(from, to, 1);
            assert_ne!(text.as_bytes(), REQUEST);
            RawRequest::parse(text.as_bytes()).unwrap_err()
        };
        assert_eq!(changed("\r\n", "\n"), MessageError::LineEnd);
        assert_eq!(changed("\r\n\r\na=b", ""), MessageError::LineEnd);
        assert_eq!(changed("HTTP/1.1", "HTTP/1.0"), MessageError::StartLine);
        assert_eq!(changed("POST /", "POST  /"), MessageError::StartLine);
        assert_eq!(changed("Host:", " Host:"), MessageError::Header);
        assert_eq!(changed("Host:", "Host :"), MessageError::Header);
        assert_eq!(changed("Host: a", "Host"), MessageError::Header);
        assert_eq!(changed("a=b", "a=bc"), MessageError::ContentLength);
        assert_eq!(changed("Length: 3", "Length: +3"), MessageError::ContentLength);
        assert_eq!(changed("Host: a", "Content-Length: 3"), MessageError::ContentLength);
    }

    #[test]
    fn a_response_is_read_and_its_twin_refused() {
        let text = b"HTTP/1.1 200 OK\r\nPragma: no-cache\r\nContent-Length: 2\r\n\r\n{}";
        let response = RawResponse::parse(text).unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, &b"{}"[..]));
        assert_eq!(response.header("pragma").next(), Some(&b"no-cache"[..]));
        assert_eq!(response.into_parts().status(), 200);
        assert_eq!(RawResponse::parse(b"HTTP/1.1 20 OK\r\n\r\n"), Err(MessageError::StartLine));
        assert_eq!(RawResponse::parse(b"HTTP/2 200 OK\r\n\r\n"), Err(MessageError::StartLine));
    }
}
