//! RFC 6749 §3.2 and Appendix B: what a form is, and what is refused. Each case that is taken has a twin that is not.

#![expect(clippy::expect_used, reason = "helpers of tests may stop at the first thing that is wrong")]

use proptest::prelude::*;
use symbolon_token_request::{
    AuthorizationCodeRequest, ClientCredentialsRequest, ExtensionRequest, FormError, MAX_BODY_BYTES, MAX_PARAMETERS,
    ParamName, ParameterError, RefreshTokenRequest, TokenRequest, decode_component,
    types::{ErrorCode, GrantType},
};

fn parse(body: &[u8]) -> Result<TokenRequest, FormError> {
    TokenRequest::parse(body.to_vec())
}

fn refused(body: &[u8]) -> FormError {
    let error = parse(body).expect_err("this body must be refused");
    assert_eq!(error.rule().code(), Some(ErrorCode::InvalidRequest));
    error
}

#[test]
fn the_request_of_rfc_6749_4_1_3_is_read() {
    let form = parse(
        b"grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb",
    )
    .unwrap();
    assert_eq!(form.grant_type(), Some(GrantType::AuthorizationCode));
    assert_eq!(form.get(ParamName::Code), Some("SplxlOBeZQQYbYS6WxSbIA"));
    assert_eq!(form.parameter("redirect_uri"), Some("https://client.example.com/cb"));
    assert_eq!(form.get(ParamName::RefreshToken), None);
}

#[test]
fn a062_a_missing_or_empty_grant_type_is_none_and_case_counts() {
    for body in [&b""[..], b"grant_type=", b"grant_type", b"Grant_Type=refresh_token", b"scope=a"] {
        let form = parse(body).unwrap();
        assert_eq!(form.grant_type(), None);
        assert_eq!(
            ExtensionRequest::from_form(&form),
            Err(ParameterError::Missing { name: ParamName::GrantType }),
            "invalid_request"
        );
    }
    assert_eq!(parse(b"grant_type=refresh_token").unwrap().grant_type(), Some(GrantType::RefreshToken));
    assert_eq!(
        parse(b"grant_type=Refresh_Token").unwrap().grant_type(),
        Some(GrantType::Other("Refresh_Token".into())),
        "the server answers unsupported_grant_type"
    );
}

#[test]
fn a063_the_password_grant_has_no_request_of_its_own() {
    let form = parse(b"grant_type=password&username=johndoe&password=A3ddj3w").unwrap();
    assert_eq!(form.grant_type(), Some(GrantType::Other("password".into())));
}

#[test]
fn a065_repeated_parameter_is_invalid_request() {
    for (body, name) in [
        (&b"code=a&code=a"[..], ParamName::Code),
        (b"code=a&code=b", ParamName::Code),
        (b"grant_type=refresh_token&scope=a&grant_type=refresh_token", ParamName::GrantType),
        (b"client_id=a&client_id=a", ParamName::ClientId),
        (b"code=a&c%6fde=b", ParamName::Code),
        (b"%63ode=a&cod%65=b", ParamName::Code),
        (b"client_id=a&client%5Fid=b", ParamName::ClientId),
        (b"code=a&x=&code=&code=b", ParamName::Code),
    ] {
        assert_eq!(refused(body), FormError::Repeated { name: Some(name) });
    }
    for body in [&b"x=1&x=1"[..], b"x=1&y=2&%78=3", b"a+b=1&a%20b=2", b"=1&=2", b"%C3%A6=1&\xc3\xa6=2"] {
        assert_eq!(refused(body), FormError::Repeated { name: None });
    }
}

#[test]
fn a065_parameters_of_other_names_or_without_a_value_are_no_repetition() {
    let form = parse(b"code=&code=a&code&Code=b&x=1&X=2&xx=3").unwrap();
    assert_eq!(form.get(ParamName::Code), Some("a"));
    assert_eq!(form.parameter("Code"), Some("b"));
    assert_eq!(form.parameter("X"), Some("2"));
}

#[test]
fn resource_and_audience_may_come_more_than_once() {
    let form =
        parse(b"resource=https%3A%2F%2Fa&x=1&audience=b&resource=https%3A%2F%2Fc&audience=d&resource=e").unwrap();
    assert_eq!(form.parameters("resource").collect::<Vec<_>>(), ["https://a", "https://c", "e"]);
    assert_eq!(form.parameters("audience").collect::<Vec<_>>(), ["b", "d"]);
    assert_eq!(form.get(ParamName::Resource), Some("https://a"));
    assert_eq!(refused(b"Resource=a&Resource=b"), FormError::Repeated { name: None });
}

#[test]
fn a_parameter_without_a_value_is_omitted() {
    let form = parse(b"grant_type=client_credentials&scope=&client_secret&x=&&").unwrap();
    assert_eq!(form.get(ParamName::Scope), None);
    assert_eq!(form.parameter("scope"), None);
    assert_eq!(form.parameter("x"), None);
    assert_eq!(ClientCredentialsRequest::from_form(&form), Ok(ClientCredentialsRequest::new()));
    assert!(parse(b"scope=&x=&y").unwrap().is_empty());
    assert!(!parse(b"scope=a").unwrap().is_empty());
    let form = parse(b"grant_type=authorization_code&code=").unwrap();
    assert_eq!(AuthorizationCodeRequest::from_form(&form), Err(ParameterError::Missing { name: ParamName::Code }));
    let form = parse(b"grant_type=refresh_token&refresh_token").unwrap();
    assert_eq!(RefreshTokenRequest::from_form(&form), Err(ParameterError::Missing { name: ParamName::RefreshToken }));
}

#[test]
fn only_the_first_equals_sign_separates() {
    let form = parse(b"code=a=b==&redirect_uri=%3d&x%3Dy=z").unwrap();
    assert_eq!(form.get(ParamName::Code), Some("a=b=="));
    assert_eq!(form.get(ParamName::RedirectUri), Some("="));
    assert_eq!(form.parameter("x=y"), Some("z"));
}

#[test]
fn a_decoded_ampersand_separates_nothing() {
    let form = parse(b"code=a%26scope%3Db&x%26y=1").unwrap();
    assert_eq!(form.get(ParamName::Code), Some("a&scope=b"));
    assert_eq!(form.get(ParamName::Scope), None);
    assert_eq!(form.parameter("x&y"), Some("1"));
}

#[test]
fn nothing_is_decoded_twice() {
    let form = parse(b"code=%2541%252B%2500").unwrap();
    assert_eq!(form.get(ParamName::Code), Some("%41%2B%00"));
}

#[test]
fn a067_invalid_percent_encoding_is_refused_with_its_position() {
    for (body, at) in [
        (&b"code=%"[..], 5),
        (b"code=a%4", 6),
        (b"code=%4g", 5),
        (b"code=%g4", 5),
        (b"code=%%41", 5),
        (b"code=%+4", 5),
        (b"code=%u0041", 5),
        (b"c%6=a", 1),
        (b"%41=%C3%A6&x=100%&code=a", 16),
        (b"x=%", 2),
        (b"%", 0),
    ] {
        assert_eq!(refused(body), FormError::Syntax { at }, "{body:?}");
    }
    assert_eq!(parse(b"code=%41%2f%2F").unwrap().get(ParamName::Code), Some("A//"));
}

#[test]
fn a067_invalid_or_overlong_utf_8_is_refused() {
    for body in [
        &b"code=\xff"[..],
        b"code=%FF",
        b"code=%C3",            // cut off by the end
        b"code=%C3&x=%A6",      // cut off by a separator: no character across two parameters
        b"%C3=%A6",             // nor across name and value
        b"code=\xc3%28",        // no continuation
        b"code=%C0%AF",         // overlong `/`
        b"code=%E0%80%AF",      // overlong `/`
        b"code=%F0%80%80%AF",   // overlong `/`
        b"code=%C0%80",         // overlong NUL
        b"code=%ED%A0%80",      // surrogate
        b"code=%F4%90%80%80",   // beyond the last character
        b"code=a&unknown%FF=b", // in a name that nobody reads
        b"code=a&%E6=",         // in a parameter without a value
    ] {
        assert!(matches!(refused(body), FormError::Utf8 { .. }), "{body:?}");
    }
    assert_eq!(refused(b"x=%41%42&code=%FF"), FormError::Utf8 { at: 10 }, "counted in the decoded form");
    let form = parse(b"code=%C3%A6\xc3%A6%E2%82%AC%F0%9F%94%91").unwrap();
    assert_eq!(form.get(ParamName::Code), Some("\u{e6}\u{e6}\u{20ac}\u{1f511}"));
}

#[test]
fn a067_a_semicolon_separates_nothing() {
    let form = parse(b"scope=a;code=b").unwrap();
    assert_eq!(form.get(ParamName::Scope), Some("a;code=b"));
    assert_eq!(form.get(ParamName::Code), None);
}

#[test]
fn a068_nul_is_refused_raw_and_encoded() {
    for (body, at) in [
        (&b"code=a\0"[..], 6),
        (b"code=a%00", 6),
        (b"\0code=a", 0),
        (b"co%00de=a", 2),
        (b"code=a&x\0=b", 8),
        (b"%41=b&code=a&unknown=%00", 21),
    ] {
        assert_eq!(refused(body), FormError::Nul { at }, "{body:?}");
    }
    assert_eq!(parse(b"code=a0%0").err(), Some(FormError::Syntax { at: 7 }));
    assert_eq!(parse(b"code=a%30").unwrap().get(ParamName::Code), Some("a0"));
}

#[test]
fn a068_a_byte_order_mark_is_a_character_of_an_unknown_name() {
    let form = parse(b"\xef\xbb\xbfgrant_type=refresh_token&scope=a").unwrap();
    assert_eq!(form.grant_type(), None, "the server answers invalid_request");
    assert_eq!(form.parameter("\u{feff}grant_type"), Some("refresh_token"));
    assert_eq!(form.get(ParamName::Scope), Some("a"));
}

#[test]
fn a069_a_body_over_the_limit_is_refused_by_its_length() {
    let mut body = b"code=".to_vec();
    body.resize(MAX_BODY_BYTES, b'a');
    let form = parse(&body).unwrap();
    assert_eq!(form.get(ParamName::Code).map(str::len), Some(65_530));
    body.push(b'%');
    assert_eq!(refused(&body), FormError::TooLong { length: 65_536, limit: 65_535 });
}

#[test]
fn the_last_parameter_of_the_longest_body_is_read() {
    let mut body = b"x=".to_vec();
    body.resize(65_528, b'a');
    body.extend_from_slice(b"&code=b");
    assert_eq!(body.len(), MAX_BODY_BYTES);
    assert_eq!(parse(&body).unwrap().get(ParamName::Code), Some("b"));
}

#[test]
fn a070_more_parameters_than_the_limit_are_refused() {
    let body = |count: usize| (0..count).map(|n| format!("p{n}=v")).collect::<Vec<_>>().join("&").into_bytes();
    let form = parse(&body(MAX_PARAMETERS)).unwrap();
    assert_eq!(form.parameter("p63"), Some("v"));
    assert_eq!(refused(&body(65)), FormError::TooMany { limit: 64 });
    assert_eq!(refused(&"a=&".repeat(20_000).into_bytes()), FormError::TooMany { limit: 64 });
    assert_eq!(refused(&"resource=r&".repeat(5_000).into_bytes()), FormError::TooMany { limit: 64 });
    assert!(parse(&b"&".repeat(MAX_BODY_BYTES)).unwrap().is_empty(), "nothing between separators is no parameter");
}

#[test]
fn raw_characters_that_should_have_been_encoded_are_taken() {
    let form = parse(b"client_assertion=< jwt >&redirect_uri=https://a.example/{b}|c\"\n&scope=a\tb").unwrap();
    assert_eq!(form.get(ParamName::ClientAssertion), Some("< jwt >"));
    assert_eq!(form.get(ParamName::RedirectUri), Some("https://a.example/{b}|c\"\n"));
    assert!(
        matches!(ClientCredentialsRequest::from_form(&form), Err(error @ ParameterError::Scope(_))
            if error.rule().code() == Some(ErrorCode::InvalidScope)),
        "a value is judged by its grammar"
    );
}

#[test]
fn structures_in_names_are_other_names() {
    let form = parse(b"authorization_details%5B0%5D=a&scope[]=b").unwrap();
    assert_eq!(form.get(ParamName::AuthorizationDetails), None);
    assert_eq!(form.get(ParamName::Scope), None);
    assert_eq!(form.parameter("scope[]"), Some("b"));
}

/// The same form by the plainest means: split, then decode each part.
fn plain_reading(body: &[u8]) -> Option<Vec<(String, String)>> {
    let mut read = Vec::new();
    let parameters = || body.split(|octet| *octet == b'&').filter(|parameter| !parameter.is_empty());
    for parameter in parameters() {
        let mut halves = parameter.splitn(2, |octet| *octet == b'=');
        let name = decode_component(halves.next().unwrap_or_default()).ok()?;
        let value = decode_component(halves.next().unwrap_or_default()).ok()?;
        if value.is_empty() {
            continue;
        }
        let repeatable = name == "resource" || name == "audience";
        if !repeatable && read.iter().any(|(other, _)| *other == name) {
            return None;
        }
        read.push((name, value));
    }
    (parameters().count() <= MAX_PARAMETERS).then_some(read)
}

fn octets_of_a_form() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z]{1,3}".prop_map(String::into_bytes),
        3 => Just(b"&".to_vec()),
        3 => Just(b"=".to_vec()),
        1 => Just(b"+".to_vec()),
        2 => any::<u8>().prop_map(|octet| format!("%{octet:02X}").into_bytes()),
        2 => Just(b"%C3%A6".to_vec()),
        1 => Just(b"%".to_vec()),
        1 => Just(b"resource".to_vec()),
        1 => Just(b"scope".to_vec()),
        1 => Just(b"s%63ope".to_vec()),
        1 => any::<u8>().prop_map(|octet| vec![octet]),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&body);
    }

    #[test]
    fn a_form_is_read_as_by_the_plainest_means(body in octets_of_a_form()) {
        match (parse(&body), plain_reading(&body)) {
            (Ok(form), Some(expected)) => {
                for (name, _) in &expected {
                    let values: Vec<_> = expected.iter().filter(|(other, _)| other == name).map(|(_, v)| v).collect();
                    prop_assert_eq!(form.parameters(name).collect::<Vec<_>>(), values);
                }
                prop_assert_eq!(form.is_empty(), expected.is_empty());
                for name in ParamName::ALL {
                    let first = expected.iter().find(|(other, _)| other == name.as_str()).map(|(_, v)| v.as_str());
                    prop_assert_eq!(form.get(*name), first);
                }
            }
            (Err(_), None) => {}
            (Ok(_), None) => prop_assert!(false, "taken, but should be refused"),
            (Err(error), Some(_)) => prop_assert!(false, "refused: {error}"),
        }
    }
}
