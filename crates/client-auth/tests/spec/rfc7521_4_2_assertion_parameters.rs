//! RFC 7521 §4.2: `client_assertion`, `client_assertion_type` and `client_id` beside them.

use symbolon_client_auth::{
    AssertionTypeFault, CLIENT_ASSERTION_TYPE_JWT_BEARER as JWT_BEARER, Credentials, CredentialsError,
    ExtensionCredentials, Extensions, PresentedCredentials,
    types::{Rule, Secret},
};

use crate::support::{CLIENT, Members, NO_EXTENSIONS, Server, jws, jwt_client};

fn fault(assertion_type: Option<&str>, assertion: Option<&str>) -> CredentialsError {
    let credentials =
        Credentials { client_assertion_type: assertion_type, client_assertion: assertion, ..Credentials::default() };
    PresentedCredentials::read(&credentials, NO_EXTENSIONS).unwrap_err()
}

#[test]
fn a083_type_and_assertion_come_together_and_the_type_is_known() {
    let jwt = jws(&Members::header().json(), &Members::claims().json());
    assert_eq!(fault(None, Some(&jwt)), CredentialsError::AssertionType { fault: AssertionTypeFault::Missing });
    assert_eq!(
        fault(Some(JWT_BEARER), None),
        CredentialsError::AssertionType { fault: AssertionTypeFault::WithoutAssertion }
    );
    for unknown in [
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:client-assertion-type:JWT-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "jwt-bearer",
        " ",
    ] {
        assert_eq!(
            fault(Some(unknown), Some(&jwt)),
            CredentialsError::AssertionType { fault: AssertionTypeFault::Unknown },
            "{unknown}"
        );
    }
    assert_eq!(Rule::AssertionType.code().unwrap().as_str(), "invalid_client");
    assert!(Server::new(jwt_client()).assertion(&jwt).is_ok());
}

#[test]
fn the_placeholder_of_a_documentation_is_no_assertion() {
    assert_eq!(fault(Some(JWT_BEARER), Some("< jwt >")).rule(), Rule::AssertionSyntax);
    assert_eq!(fault(None, Some("< jwt >")).rule(), Rule::AssertionType);
}

#[test]
fn a082_client_id_must_be_the_sub() {
    let jwt = jws(&Members::header().json(), &Members::claims().json());
    let with_id = |client_id| Credentials {
        client_assertion_type: Some(JWT_BEARER),
        client_assertion: Some(&jwt),
        client_id,
        ..Credentials::default()
    };
    let server = Server::new(jwt_client());
    for good in [None, Some(""), Some(CLIENT)] {
        assert!(server.answer(&with_id(good)).is_ok(), "{good:?}");
    }
    for bad in ["client-2", "CLIENT-1", "client-1 ", "client"] {
        assert_eq!(server.answer(&with_id(Some(bad))), Err(Rule::ClientIdAgreesWithAssertion), "{bad}");
    }
    assert_eq!(Rule::ClientIdAgreesWithAssertion.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn an_extension_of_the_embedding_program_is_handed_out_unread() {
    const SAML: &str = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    let credentials =
        Credentials { client_assertion_type: Some(SAML), client_assertion: Some("<saml/>"), ..Credentials::default() };
    assert_eq!(fault(Some(SAML), Some("<saml/>")).rule(), Rule::AssertionType);
    let extensions = Extensions { assertion_types: vec![SAML.into()], ..Extensions::NONE };
    let presented = PresentedCredentials::read(&credentials, &extensions).unwrap();
    assert_eq!((presented.client_hint(), presented.method()), ("", None));
    let PresentedCredentials::Extension { credentials: read, .. } = &presented else { panic!("{presented:?}") };
    let assertion = Secret::new("<saml/>");
    assert_eq!(*read, ExtensionCredentials::Assertion { assertion_type: SAML.into(), assertion });
    let named = Credentials { client_id: Some("saml-client"), ..credentials };
    assert_eq!(PresentedCredentials::read(&named, &extensions).unwrap().client_hint(), "saml-client");
}
