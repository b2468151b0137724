use symbolon_token_request::{
    AuthorizationCodeRequest, CibaRequest, ClientCredentialsRequest, DeviceCodeRequest, ExtensionRequest, FormEncoder,
    JwtBearerRequest, MAX_BODY_BYTES, MAX_PARAMETERS, ParamName, RefreshTokenRequest, TokenExchangeRequest,
    TokenRequest,
};

use crate::fuzz::Verdict;

/// A body as a form, and as the request of each grant.
///
/// # Panics
/// If the form is taken and a slow reader refuses it, or the other way round; if a value differs between the two; if a
/// form or request is another one after it was written and read again.
pub fn form(data: &[u8]) -> Verdict {
    let expected = slow_reader(data);
    let Ok(form) = TokenRequest::parse(data.to_vec()) else {
        assert!(expected.is_none(), "a sound form is refused");
        return Verdict::Refused;
    };
    let expected = expected.expect("a form that the slow reader takes too");
    agree(&form, &expected);

    let mut encoder = FormEncoder::new();
    for (name, value) in &expected {
        encoder.push(name, value);
    }
    let encoded = encoder.finish().expose().as_bytes().to_vec();
    // Encoding may make it longer than what is read.
    if encoded.len() <= MAX_BODY_BYTES {
        agree(&TokenRequest::parse(encoded).expect("a form that we wrote"), &expected);
    }
    requests(&form);
    Verdict::Accepted
}

fn agree(form: &TokenRequest, expected: &[(String, String)]) {
    assert_eq!(form.is_empty(), expected.is_empty());
    for (name, _) in expected {
        let values: Vec<&str> = form.parameters(name).collect();
        let wanted: Vec<&str> = expected.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, wanted, "{name}");
        assert_eq!(form.parameter(name), wanted.first().copied());
        if let Some(known) = ParamName::parse(name) {
            assert_eq!(form.get(known), wanted.first().copied());
        }
    }
    let shown = format!("{form:?}");
    assert!(shown.len() < 80, "no text of the form is shown");
}

/// Each grant's request, written and read again.
fn requests(form: &TokenRequest) {
    let again = |write: &dyn Fn(&mut FormEncoder)| {
        let mut encoder = FormEncoder::new();
        write(&mut encoder);
        TokenRequest::parse(encoder.finish().expose().as_bytes().to_vec()).ok()
    };
    if let Ok(request) = AuthorizationCodeRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| AuthorizationCodeRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = RefreshTokenRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| RefreshTokenRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = ClientCredentialsRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| ClientCredentialsRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = JwtBearerRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| JwtBearerRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = DeviceCodeRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| DeviceCodeRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = CibaRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| CibaRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = TokenExchangeRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| TokenExchangeRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
    if let Ok(request) = ExtensionRequest::from_form(form) {
        let read = again(&|encoder| request.encode(encoder)).map(|form| ExtensionRequest::from_form(&form));
        assert!(read.is_none_or(|read| read == Ok(request.clone())));
    }
}

/// Names and values in their order, those without a value left out; `None` where a strict reader refuses
/// ([RFC 6749 §3.2, Appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)).
fn slow_reader(body: &[u8]) -> Option<Vec<(String, String)>> {
    let segments = || body.split(|byte| *byte == b'&').filter(|segment| !segment.is_empty());
    if body.len() > MAX_BODY_BYTES || segments().count() > MAX_PARAMETERS {
        return None;
    }
    let mut parameters: Vec<(String, String)> = Vec::new();
    for segment in segments() {
        let equals = segment.iter().position(|byte| *byte == b'=').unwrap_or(segment.len());
        let (name, value) = segment.split_at_checked(equals)?;
        let (name, value) = (component(name)?, component(value.strip_prefix(b"=").unwrap_or_default())?);
        if value.is_empty() {
            continue;
        }
        let repeated = parameters.iter().any(|(known, _)| *known == name);
        if repeated && name != "resource" && name != "audience" {
            return None;
        }
        parameters.push((name, value));
    }
    Some(parameters)
}

fn component(text: &[u8]) -> Option<String> {
    let mut octets = Vec::new();
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                u8::try_from(digit()?.checked_mul(16)?.checked_add(digit()?)?).ok()?
            }
            other => *other,
        });
    }
    String::from_utf8(octets).ok().filter(|text| !text.contains('\0'))
}
