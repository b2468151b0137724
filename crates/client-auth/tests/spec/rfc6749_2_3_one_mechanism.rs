//! RFC 6749 §2.3, RFC 7521 §4.2: at most one mechanism, all combinations in one table.

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER as JWT_BEARER, Credentials, ExtensionCredentials, Extensions,
    PresentedCredentials,
    types::{Alg, AuthMethod, CertificateChain, PeerCertificate, Presentation, Rule},
};

use crate::support::{CLIENT, LONG_SECRET, Members, NO_EXTENSIONS, basic, jws, mac_jws};

const OTHER: &str = "client-2";
const SAML: &str = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";

fn read(credentials: &Credentials<'_>) -> Result<Option<AuthMethod>, Rule> {
    PresentedCredentials::read(credentials, NO_EXTENSIONS).map(|read| read.method()).map_err(|error| error.rule())
}

/// What stands in one place of a request. Every combination of these is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Header {
    Absent,
    Basic,
    Workload,
    Bearer,
    Empty,
    Two,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Type {
    Absent,
    Empty,
    JwtBearer,
    Extension,
    Unknown,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Assertion {
    Absent,
    Empty,
    Signed,
    Mac,
    NoJwt,
}

/// `client_secret`, and `client_id` with the id that the other places name or another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Text {
    Absent,
    Empty,
    Usual,
    Other,
}

const HEADERS: [Header; 6] =
    [Header::Absent, Header::Basic, Header::Workload, Header::Bearer, Header::Empty, Header::Two];
const TYPES: [Type; 5] = [Type::Absent, Type::Empty, Type::JwtBearer, Type::Extension, Type::Unknown];
const ASSERTIONS: [Assertion; 5] =
    [Assertion::Absent, Assertion::Empty, Assertion::Signed, Assertion::Mac, Assertion::NoJwt];
const SECRETS: [Text; 3] = [Text::Absent, Text::Empty, Text::Usual];
const IDS: [Text; 4] = [Text::Absent, Text::Empty, Text::Usual, Text::Other];

/// Which mechanisms a request has, whatever is in them. An empty parameter is none (RFC 6749 §3.2), an empty header is one.
struct Mechanisms {
    header: bool,
    assertion: bool,
    secret: bool,
}

/// What was read: the method, and whom it names.
type Answer = Result<(Option<AuthMethod>, &'static str), Rule>;

/// The table of answers, said in other words than the code's: first how many mechanisms, then one table for each.
fn expected(header: Header, kind: Type, assertion: Assertion, secret: Text, id: Text) -> Answer {
    let there = Mechanisms {
        header: header != Header::Absent,
        assertion: !matches!(kind, Type::Absent | Type::Empty)
            || !matches!(assertion, Assertion::Absent | Assertion::Empty),
        secret: secret == Text::Usual,
    };
    let id = match id {
        Text::Absent | Text::Empty => None,
        Text::Usual => Some(CLIENT),
        Text::Other => Some(OTHER),
    };
    if header == Header::Two {
        return Err(Rule::RequestHeaderOnce);
    }
    match there {
        Mechanisms { header: true, assertion: true, .. } | Mechanisms { assertion: true, secret: true, .. } => {
            Err(Rule::OneMechanismWithAssertion)
        }
        Mechanisms { header: true, secret: true, .. } => Err(Rule::OneMechanism),
        Mechanisms { header: true, .. } => match (header, id) {
            (Header::Basic, None | Some(CLIENT)) => Ok((Some(AuthMethod::ClientSecretBasic), CLIENT)),
            (Header::Basic, Some(_)) => Err(Rule::ClientIdAgrees),
            (Header::Workload, id) => Ok((None, id.unwrap_or(""))),
            _ => Err(Rule::AuthorizationScheme),
        },
        Mechanisms { assertion: true, .. } => match (kind, assertion, id) {
            (Type::Absent | Type::Empty | Type::Unknown, ..) | (_, Assertion::Absent | Assertion::Empty, _) => {
                Err(Rule::AssertionType)
            }
            (Type::Extension, _, id) => Ok((None, id.unwrap_or(""))),
            (Type::JwtBearer, Assertion::NoJwt, _) => Err(Rule::AssertionSyntax),
            (Type::JwtBearer, _, Some(OTHER)) => Err(Rule::ClientIdAgreesWithAssertion),
            (Type::JwtBearer, Assertion::Signed, _) => Ok((Some(AuthMethod::PrivateKeyJwt), CLIENT)),
            (Type::JwtBearer, Assertion::Mac, _) => Ok((Some(AuthMethod::ClientSecretJwt), CLIENT)),
        },
        Mechanisms { secret: true, .. } => match id {
            Some(id) => Ok((Some(AuthMethod::ClientSecretPost), id)),
            None => Err(Rule::ClientIdentified),
        },
        Mechanisms { .. } => id.map(|id| (Some(AuthMethod::None), id)).ok_or(Rule::ClientIdentified),
    }
}

#[test]
fn a058_every_combination_of_mechanisms_has_its_answer() {
    let extensions = Extensions { assertion_types: vec![SAML.into()], schemes: vec!["Workload".into()] };
    let basic = basic(&format!("{CLIENT}:password"));
    let claims = Members::claims().json();
    let signed = jws(&Members::header().json(), &claims);
    let mac = mac_jws(Alg::Hs256, LONG_SECRET, &Members::mac_header(Alg::Hs256).json(), &claims);
    let certificate = PeerCertificate::new([0x30, 0], CertificateChain::NotValidated);
    let mut answers = [0_usize; 2];
    for (header, kind, assertion, secret, id) in every_combination() {
        let values: &[&[u8]] = match header {
            Header::Absent => &[],
            Header::Basic => &[basic.as_bytes()],
            Header::Workload => &[b"workload token"],
            Header::Bearer => &[b"Bearer token"],
            Header::Empty => &[b""],
            Header::Two => &[basic.as_bytes(), basic.as_bytes()],
        };
        let text = |text, usual| match text {
            Text::Absent => None,
            Text::Empty => Some(""),
            Text::Usual => Some(usual),
            Text::Other => Some(OTHER),
        };
        let credentials = Credentials {
            authorization: values,
            client_assertion_type: match kind {
                Type::Absent => None,
                Type::Empty => Some(""),
                Type::JwtBearer => Some(JWT_BEARER),
                Type::Extension => Some(SAML),
                Type::Unknown => Some("urn:unknown"),
            },
            client_assertion: match assertion {
                Assertion::Absent => None,
                Assertion::Empty => Some(""),
                Assertion::Signed => Some(&signed),
                Assertion::Mac => Some(&mac),
                Assertion::NoJwt => Some("< jwt >"),
            },
            client_secret: text(secret, "password"),
            client_id: text(id, CLIENT),
            ..Credentials::default()
        };
        let wanted = expected(header, kind, assertion, secret, id).map(|(method, id)| (method, id.to_owned()));
        // Mutual TLS shows its certificate beside everything: it is no conflict by itself.
        for peer_certificate in [None, Some(&certificate)] {
            let credentials = Credentials { peer_certificate, ..credentials };
            let read = PresentedCredentials::read(&credentials, &extensions);
            let got = read.map(|read| (read.method(), read.client_hint().to_owned())).map_err(|error| error.rule());
            // With an id alone it is the registration that says what the certificate is for (RFC 8705 §2).
            let wanted = match (&wanted, peer_certificate) {
                (Ok((Some(AuthMethod::None), id)), Some(_)) => Ok((None, id.clone())),
                _ => wanted.clone(),
            };
            assert_eq!(got, wanted, "{header:?} {kind:?} {assertion:?} secret {secret:?} id {id:?}");
        }
        answers[usize::from(wanted.is_ok())] += 1;
    }
    // Counted by hand: Basic 2·2·2·3, another scheme 2·2·2·4, an extension's assertion 3·2·4, a JWT 2·2·3, a secret 2·2·2,
    // an id 2·2·2·2.
    assert_eq!(answers, [1684, 116], "refused and read");
    assert_eq!(answers.iter().sum::<usize>(), 6 * 5 * 5 * 3 * 4, "none left out");
}

fn every_combination() -> impl Iterator<Item = (Header, Type, Assertion, Text, Text)> {
    HEADERS.into_iter().flat_map(|header| {
        TYPES.into_iter().flat_map(move |kind| {
            ASSERTIONS.into_iter().flat_map(move |assertion| {
                SECRETS
                    .into_iter()
                    .flat_map(move |secret| IDS.into_iter().map(move |id| (header, kind, assertion, secret, id)))
            })
        })
    })
}

#[test]
fn an_extension_scheme_is_handed_out_unread_and_never_in_the_place_of_basic() {
    let extensions = Extensions { schemes: vec!["Workload".into(), "basic".into()], ..Extensions::NONE };
    let read = |value: &[u8], extensions: &Extensions| {
        let credentials = Credentials { authorization: &[value], client_id: Some(CLIENT), ..Credentials::default() };
        PresentedCredentials::read(&credentials, extensions)
    };
    for value in [&b"Workload a.b=, c"[..], b"WORKLOAD  a.b=, c"] {
        let presented = read(value, &extensions).unwrap();
        assert_eq!((presented.client_hint(), presented.method()), (CLIENT, None));
        assert_eq!(presented.presentation(), Presentation::AuthorizationHeader);
        assert!(presented.secret().is_none() && !format!("{presented:?}").contains("a.b"));
        let PresentedCredentials::Extension { credentials, .. } = presented else { panic!("{presented:?}") };
        let wanted = ExtensionCredentials::Authorization { scheme: "Workload".into(), credentials: "a.b=, c".into() };
        assert_eq!(credentials, wanted);
        assert_eq!(read(value, &Extensions::NONE).unwrap_err().rule(), Rule::AuthorizationScheme);
    }
    let basic = basic(&format!("{CLIENT}:password"));
    assert_eq!(read(basic.as_bytes(), &extensions).unwrap().method(), Some(AuthMethod::ClientSecretBasic));
    for other in [&b"Workloads a"[..], b"Work load", b"Workload\ta", b"Workload \xff", b" Workload a"] {
        assert_eq!(read(other, &extensions).unwrap_err().rule(), Rule::AuthorizationScheme);
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
