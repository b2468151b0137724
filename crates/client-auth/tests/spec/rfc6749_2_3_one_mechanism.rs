//! RFC 6749 §2.3, RFC 7521 §4.2: at most one mechanism, all combinations in one table.

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER as JWT_BEARER, Credentials, PresentedCredentials,
    types::{AuthMethod, Presentation, Rule},
};

use crate::support::{CLIENT, Members, NO_EXTENSIONS, basic, jws};

fn read(credentials: &Credentials<'_>) -> Result<Option<AuthMethod>, Rule> {
    PresentedCredentials::read(credentials, NO_EXTENSIONS).map(|read| read.method()).map_err(|error| error.rule())
}

/// What must come of one combination, said again in other words than the code's.
fn expected([header, assertion_type, assertion, secret, id]: [bool; 5]) -> Result<AuthMethod, Rule> {
    let with_assertion = assertion || assertion_type;
    let mechanisms = [header, with_assertion, secret].into_iter().filter(|there| *there).count();
    if mechanisms > 1 {
        return Err(if with_assertion { Rule::OneMechanismWithAssertion } else { Rule::OneMechanism });
    }
    if header {
        Ok(AuthMethod::ClientSecretBasic)
    } else if with_assertion {
        if assertion && assertion_type { Ok(AuthMethod::PrivateKeyJwt) } else { Err(Rule::AssertionType) }
    } else if !id {
        Err(Rule::ClientIdentified)
    } else if secret {
        Ok(AuthMethod::ClientSecretPost)
    } else {
        Ok(AuthMethod::None)
    }
}

#[test]
fn a058_every_combination_of_mechanisms_has_its_answer() {
    let header = basic(&format!("{CLIENT}:password"));
    let jwt = jws(&Members::header().json(), &Members::claims().json());
    let values: [&[u8]; 2] = [header.as_bytes(), header.as_bytes()];
    for bits in 0..32_u8 {
        let there = [1, 2, 4, 8, 16].map(|bit| bits & bit != 0);
        let [has_header, has_type, has_assertion, has_secret, has_id] = there;
        let mut credentials = Credentials {
            authorization: if has_header { &values[..1] } else { &[] },
            client_assertion_type: has_type.then_some(JWT_BEARER),
            client_assertion: has_assertion.then_some(&jwt),
            client_secret: has_secret.then_some("password"),
            client_id: has_id.then_some(CLIENT),
            ..Credentials::default()
        };
        let wanted = expected(there).map(Some);
        assert_eq!(read(&credentials), wanted, "{credentials:?}");
        if has_header {
            credentials.authorization = &values;
            assert_eq!(read(&credentials), Err(Rule::RequestHeaderOnce), "{credentials:?}");
        }
        // RFC 6749 §3.2: a parameter without a value is as if it were omitted.
        let blank = Credentials {
            authorization: if has_header { &values[..1] } else { &[] },
            client_assertion_type: Some(credentials.client_assertion_type.unwrap_or("")),
            client_assertion: Some(credentials.client_assertion.unwrap_or("")),
            client_secret: Some(credentials.client_secret.unwrap_or("")),
            client_id: Some(credentials.client_id.unwrap_or("")),
            ..Credentials::default()
        };
        assert_eq!(read(&blank), wanted, "{blank:?}");
    }
}

#[test]
fn a057_two_authorization_values_are_invalid_request_and_one_is_read() {
    let header = basic(&format!("{CLIENT}:password"));
    let values: [&[u8]; 2] = [header.as_bytes(), header.as_bytes()];
    let two = Credentials { authorization: &values, ..Credentials::default() };
    assert_eq!(read(&two), Err(Rule::RequestHeaderOnce));
    assert_eq!(Rule::RequestHeaderOnce.code().unwrap().as_str(), "invalid_request");
    let one = Credentials { authorization: &values[..1], ..two };
    assert_eq!(read(&one), Ok(Some(AuthMethod::ClientSecretBasic)));
}

#[test]
fn a_header_of_more_than_16_kib_is_invalid_request() {
    let longest = format!("Basic {}", "QUFB".repeat(4094));
    let longer = format!("{longest}QUFB");
    assert_eq!(longest.len(), 16 * 1024 - 2);
    let read_value = |value: &str| read(&Credentials { authorization: &[value.as_bytes()], ..Credentials::default() });
    assert_eq!(read_value(&longest), Err(Rule::BasicSyntax), "no colon, but read");
    assert_eq!(read_value(&longer), Err(Rule::RequestHeaderOnce));
}

#[test]
fn a059_a_client_id_beside_basic_must_be_the_same() {
    let header = basic(&format!("{CLIENT}:password"));
    let with_id =
        |id| read(&Credentials { authorization: &[header.as_bytes()], client_id: Some(id), ..Credentials::default() });
    assert_eq!(with_id(CLIENT), Ok(Some(AuthMethod::ClientSecretBasic)));
    for other in ["Client-1", "client-1 ", "client-2"] {
        assert_eq!(with_id(other), Err(Rule::ClientIdAgrees), "{other}");
    }
    assert_eq!(Rule::ClientIdAgrees.code().unwrap().as_str(), "invalid_request");
}

#[test]
fn the_answer_says_whether_the_header_was_used() {
    let header = basic(&format!("{CLIENT}:password"));
    let values: [&[u8]; 1] = [header.as_bytes()];
    let presentation = |credentials: &Credentials<'_>| {
        PresentedCredentials::read(credentials, NO_EXTENSIONS)
            .map_or_else(|error| error.presentation(), |presented| presented.presentation())
    };
    let none = Credentials::default();
    let form = Credentials { client_id: Some(CLIENT), ..none };
    let jwt = Credentials { client_assertion: Some("a.b.c"), client_assertion_type: Some(JWT_BEARER), ..none };
    assert_eq!(presentation(&none), Presentation::Nothing);
    assert_eq!(presentation(&form), Presentation::Form);
    assert_eq!(presentation(&Credentials { client_secret: Some("s"), ..form }), Presentation::Form);
    assert_eq!(presentation(&jwt), Presentation::Form);
    assert_eq!(presentation(&Credentials { client_secret: Some("s"), ..jwt }), Presentation::Form);
    for with_header in [none, form, jwt, Credentials { client_secret: Some("s"), ..form }] {
        let with_header = Credentials { authorization: &values, ..with_header };
        assert_eq!(presentation(&with_header), Presentation::AuthorizationHeader, "{with_header:?}");
    }
}
