//! RFC 6749 §2.3.1, RFC 7617, security decision D17: `client_secret_basic` and `client_secret_post`.

use symbolon_client_auth::{
    BasicBuffer, BasicFault, BasicHalves, BasicSecret, ClientAuthentication, Credentials, CredentialsError,
    PresentedCredentials, RegisteredCredentials, RegisteredSecret,
    types::{AuthMethod, ClientId, Field, Presentation, Rule, Secret, Trace},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{CLIENT, NO_EXTENSIONS, Server, basic, client, now};

fn read(authorization: &str) -> Result<PresentedCredentials, CredentialsError> {
    let credentials = Credentials { authorization: &[authorization.as_bytes()], ..Credentials::default() };
    PresentedCredentials::read(&credentials, NO_EXTENSIONS)
}

/// A Basic client with this secret in clear.
fn registered(id: &str, secret: &str) -> RegisteredCredentials {
    RegisteredCredentials::new(ClientId::parse(id).unwrap(), AuthMethod::ClientSecretBasic)
        .with_secret(RegisteredSecret::Plain(Secret::new(secret)))
}

fn answer(client: RegisteredCredentials, authorization: &str) -> Option<Rule> {
    let credentials = Credentials { authorization: &[authorization.as_bytes()], ..Credentials::default() };
    Server::new(client).answer(&credentials).err()
}

#[test]
fn the_published_headers_read_and_write() {
    for (header, id, secret) in [
        // RFC 6749 §2.3.1 and §4.1.3
        ("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
        ("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", "s6BhdRkqt3", "gX1fBat3bV"),
        // ID-porten (R19) and Buypass (R58)
        ("Basic dGVzdF9ycF95dDI6cGFzc3dvcmQ=", "test_rp_yt2", "password"),
        ("Basic b2lkYy1jbGllbnQ6bXlzZWNyZXQ=", "oidc-client", "mysecret"),
    ] {
        let presented = read(header).unwrap();
        assert_eq!(presented.client_hint(), id);
        assert_eq!(presented.secret(), Some(&Secret::new(secret)));
        assert_eq!(answer(registered(id, secret), header), None);
        assert_eq!(answer(registered(id, &secret.to_uppercase()), header), Some(Rule::SecretMatches));
        let client_id = ClientId::parse(id).unwrap();
        for half in [ClientAuthentication::Basic(secret.into()), ClientAuthentication::BasicRaw(secret.into())] {
            let applied = half.apply(&PROVIDER, &client_id, now()).unwrap();
            assert_eq!(applied.headers, [("authorization", Secret::new(header))]);
        }
    }
}

#[test]
fn the_scheme_is_compared_without_case_and_spaces_may_follow() {
    for good in ["basic Yzpz", "BASIC Yzpz", "bAsIc   Yzpz"] {
        assert_eq!(read(good).unwrap().client_hint(), "c", "{good}");
    }
    for bad in ["Bearer Yzpz", "DPoP Yzpz", "Basi Yzpz", "Basicc Yzpz", "Basic\tYzpz", " Basic Yzpz", "Digest", ""] {
        let error = read(bad).unwrap_err();
        assert_eq!(error.rule(), Rule::AuthorizationScheme, "{bad:?}");
        assert_eq!(BasicHalves::read_in(bad.as_bytes(), &mut BasicBuffer::default()).unwrap_err(), error);
        assert_eq!(error.presentation(), Presentation::AuthorizationHeader, "so that it is 401 with a challenge");
    }
    assert_eq!(Rule::AuthorizationScheme.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a055_malformed_basic_is_invalid_client_with_a_challenge() {
    for (bad, fault) in [
        ("Basic".to_owned(), BasicFault::Colon),
        ("Basic ".to_owned(), BasicFault::Colon),
        ("Basic ????".to_owned(), BasicFault::Base64),
        ("Basic Yzp".to_owned(), BasicFault::Base64),
        ("Basic YzpzZQ".to_owned(), BasicFault::Base64),
        ("Basic YzpzZR==".to_owned(), BasicFault::Base64),
        ("Basic Yzpz ".to_owned(), BasicFault::Base64),
        ("Basic Yzpz, Basic Yzpz".to_owned(), BasicFault::Base64),
        ("Basic realm=\"x\"".to_owned(), BasicFault::Base64),
        (basic("no colon"), BasicFault::Colon),
        (basic(":secret"), BasicFault::ClientId),
        (basic("c\0:secret"), BasicFault::Text),
    ] {
        let error = read(&bad).unwrap_err();
        assert_eq!(error, CredentialsError::BasicSyntax { fault }, "{bad}");
        assert_eq!(BasicHalves::read_in(bad.as_bytes(), &mut BasicBuffer::default()).unwrap_err(), error);
        assert!(error.presentation().used_authorization_header());
    }
    assert!(read("Basic YzpzZQ==").is_ok());
    assert_eq!(Rule::BasicSyntax.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a_line_break_in_long_credentials_is_refused() {
    // O29: GNU base64 breaks lines after 76 characters.
    let whole = basic(&format!("client:{}", "s".repeat(80)));
    let (start, end) = whole.split_at(6 + 76);
    assert!(read(&whole).is_ok());
    for bad in [format!("{start}\n{end}"), format!("{start}\r\n {end}"), format!("{whole}\n")] {
        assert_eq!(read(&bad).unwrap_err().rule(), Rule::BasicSyntax);
    }
}

#[test]
fn a056_both_halves_are_form_decoded() {
    let client = || registered("a b", "s3cr+t %:u");
    assert_eq!(answer(client(), &basic("a+b:s3cr%2Bt+%25%3au")), None);
    assert_eq!(answer(client(), &basic("a%20b:s3cr%2bt%20%25:u")), None, "the second colon is the secret's");
    assert_eq!(answer(client(), &basic("a+b:s3cr+t+%25%3Au")), Some(Rule::SecretMatches));
    for broken in ["a+b:s3cr+t %:u", "a%2:secret", "a%zz:secret", "a%FFb:secret", "a+b:%ff", "a+b:%00", "a+b:%0A"] {
        assert_eq!(answer(client(), &basic(broken)), Some(Rule::BasicSyntax), "{broken}");
    }
    let not_utf8 = "Basic Yzr/"; // 63 3a ff
    assert_eq!(read(not_utf8).unwrap_err(), CredentialsError::BasicSyntax { fault: BasicFault::Text });
}

#[test]
fn the_halves_stand_as_they_came_and_not_form_decoded() {
    let mut buffer = BasicBuffer::for_longest();
    for (pair, id, secret) in [
        ("a+b:s3cr%2Bt+%25%3au", "a+b", "s3cr%2Bt+%25%3au"),
        ("a%20b:s3cr%2bt%20%25:u", "a%20b", "s3cr%2bt%20%25:u"),
        ("100%:%ff", "100%", "%ff"),
        ("c:", "c", ""),
    ] {
        let header = basic(pair);
        let halves = BasicHalves::read_in(header.as_bytes(), &mut buffer).unwrap();
        assert_eq!((halves.client_id(), halves.expose_secret()), (id, secret));
    }
    assert_eq!(read(&basic("a%20b:s")).unwrap().client_hint(), "a b", "what the client is looked up by");
    assert!(read(&basic("100%:%ff")).is_err(), "what has no reading as credentials of a client");
}

#[test]
fn a_strict_client_is_not_authenticated_by_the_raw_form() {
    for secret in ["a+b", "100%", "%41"] {
        let raw = basic(&format!("{CLIENT}:{secret}"));
        assert!(answer(registered(CLIENT, secret), &raw).is_some(), "{secret}");
        assert_eq!(answer(registered(CLIENT, secret).with_lenient_basic(true), &raw), None, "{secret}");
    }
}

#[test]
fn a_lenient_client_may_use_either_form_of_the_secret() {
    let lenient = || registered(CLIENT, "s+t %").with_lenient_basic(true);
    assert_eq!(answer(lenient(), &basic(&format!("{CLIENT}:s%2Bt+%25"))), None);
    assert_eq!(answer(lenient(), &basic(&format!("{CLIENT}:s+t %"))), None);
    for wrong in ["s%2Bt+%", "s+t+%25", "s t %", ""] {
        assert_eq!(answer(lenient(), &basic(&format!("{CLIENT}:{wrong}"))), Some(Rule::SecretMatches), "{wrong}");
    }
}

#[test]
fn a_lenient_client_may_use_any_live_secret_in_either_form() {
    let lenient = registered(CLIENT, "a+b").with_secret(RegisteredSecret::Plain("c+d".into())).with_lenient_basic(true);
    for right in ["a+b", "a%2Bb", "c+d", "c%2Bd"] {
        assert_eq!(answer(lenient.clone(), &basic(&format!("{CLIENT}:{right}"))), None, "{right}");
    }
    assert_eq!(answer(lenient, &basic(&format!("{CLIENT}:a+d"))), Some(Rule::SecretMatches));
}

#[test]
fn a_lenient_id_must_read_the_same_in_both_forms() {
    // The raw id `a+b` may be another client's.
    let lenient = |id| registered(id, "secret").with_lenient_basic(true);
    assert_eq!(answer(lenient("a b"), &basic("a b:secret")), None);
    assert_eq!(answer(lenient("a b"), &basic("a+b:secret")), Some(Rule::BasicSyntax));
    assert_eq!(answer(lenient("a+b"), &basic("a+b:secret")), Some(Rule::ClientKnown), "looked up as `a b`");
    assert_eq!(answer(lenient("a%b"), &basic("a%b:secret")), Some(Rule::BasicSyntax));
    assert_eq!(answer(registered("a b", "secret"), &basic("a+b:secret")), None, "strictly there is one reading");
}

#[test]
fn the_hint_is_the_form_decoded_id_even_if_the_secret_cannot_be_decoded() {
    let presented = read(&basic("client-1:100%")).unwrap();
    assert_eq!(presented.client_hint(), "client-1");
    assert_eq!(presented.secret(), None);
    assert_eq!(presented.raw_secret(), Some(&Secret::new("100%")));
    assert!(matches!(presented, PresentedCredentials::Basic { secret: BasicSecret::Raw(_), .. }));
}

#[test]
fn the_trace_of_a_lenient_client_says_which_form_fitted() {
    let form = |client: RegisteredCredentials, pair: &str| {
        let presented = read(&basic(pair)).unwrap();
        let issuer = crate::support::issuer();
        let checks = symbolon_client_auth::Checks {
            crypto: &PROVIDER,
            policy: &crate::support::strict(),
            issuer: &issuer,
            token_endpoint: crate::support::TOKEN_ENDPOINT,
        };
        let mut trace = Trace::go_on();
        let _ = checks.check(&presented, Some(&client), &symbolon_client_auth::Evidence::default(), &mut trace, now());
        trace.facts().iter().find(|fact| fact.field == Field::Form).map(|fact| fact.value.clone())
    };
    let lenient = || registered(CLIENT, "a+b").with_lenient_basic(true);
    assert_eq!(form(lenient(), "client-1:a+b").as_deref(), Some("raw"));
    assert_eq!(form(lenient(), "client-1:a%2Bb").as_deref(), Some("form-decoded"));
    assert_eq!(
        form(registered(CLIENT, "ab").with_lenient_basic(true), "client-1:ab").as_deref(),
        Some("form-decoded and raw")
    );
    assert_eq!(form(lenient(), "client-1:ab").as_deref(), Some("neither"));
    assert_eq!(form(registered(CLIENT, "ab"), "client-1:ab"), None);
}

#[test]
fn a_secret_in_the_form_needs_its_client_id() {
    let server =
        Server::new(client(AuthMethod::ClientSecretPost).with_secret(RegisteredSecret::Plain(Secret::new("password"))));
    let post = Credentials { client_id: Some(CLIENT), client_secret: Some("password"), ..Credentials::default() };
    assert!(server.answer(&post).is_ok());
    assert_eq!(server.answer(&Credentials { client_id: None, ..post }), Err(Rule::ClientIdentified));
    assert_eq!(server.answer(&Credentials { client_secret: Some("passworD"), ..post }), Err(Rule::SecretMatches));
    assert_eq!(server.answer(&Credentials { client_secret: Some("a+b"), ..post }), Err(Rule::SecretMatches));
}

#[test]
fn the_raw_form_is_written_only_for_an_id_without_colon() {
    let id = ClientId::parse("urn:client").unwrap();
    let raw = ClientAuthentication::BasicRaw("s:t".into());
    assert!(raw.apply(&PROVIDER, &id, now()).is_err());
    let encoded = ClientAuthentication::Basic("s:t".into()).apply(&PROVIDER, &id, now()).unwrap();
    assert_eq!(encoded.headers, [("authorization", Secret::new(basic("urn%3Aclient:s%3At")))]);
    let raw = raw.apply(&PROVIDER, &ClientId::parse("client").unwrap(), now()).unwrap();
    assert_eq!(raw.headers, [("authorization", Secret::new(basic("client:s:t")))]);
}
