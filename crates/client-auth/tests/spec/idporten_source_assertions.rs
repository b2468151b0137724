//! The client assertion that ID-porten documents (R21-R32), synthetic: with kid and with x5c.

use symbolon_client_auth::{
    CLIENT_ASSERTION_TYPE_JWT_BEARER, Checks, ClientKeys, Credentials, Evidence, PresentedCredentials, ProvenClient,
    RegisteredCredentials,
    jose::{JwkSet, VerifyingKeys},
    policy::Policy,
    types::{AuthMethod, ClientId, Issuer, Rule, Trace},
};
use symbolon_crypto_ring::PROVIDER;

use crate::support::{TOKEN_ENDPOINT, at, seconds};

const KID: &str = include_str!("../vectors/idporten-client-assertion.kid.synthetic.jwt");
const X5C: &str = include_str!("../vectors/idporten-client-assertion.x5c.synthetic.jwt");
const JWKS: &str = include_str!("../vectors/idporten-client-assertion.synthetic.jwks.json");
const CLOCK: i64 = 1_520_589_810;
const IAT: i64 = 1_520_589_808;
const EXP: i64 = 1_520_589_928;

/// ID-porten's limit, which the documented assertion meets exactly (O1).
const ID_PORTEN: Policy = {
    let mut policy = Policy::OAUTH_2_1;
    policy.name = "ID-porten";
    policy.assertion.max_lifetime = seconds(120);
    policy.sound()
};

fn answer(policy: &Policy, jwks: &str, issuer: &str, jwt: &str, clock: i64) -> Result<ProvenClient, Rule> {
    let keys = VerifyingKeys::load(&PROVIDER, &JwkSet::parse(jwks.as_bytes()).unwrap(), &[]);
    let client = RegisteredCredentials::new(ClientId::parse("my_client_id").unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(keys));
    let credentials = Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(jwt.trim_end()),
        ..Credentials::default()
    };
    let presented =
        PresentedCredentials::read(&credentials, crate::support::NO_EXTENSIONS).map_err(|error| error.rule())?;
    assert_eq!(presented.client_hint(), "my_client_id", "O3: the client is found by the assertion alone");
    let issuer = Issuer::parse(issuer).unwrap();
    let checks =
        Checks { crypto: &PROVIDER, policy: &policy.assertion, issuer: &issuer, token_endpoint: TOKEN_ENDPOINT };
    checks
        .check(&presented, Some(&client), &Evidence::default(), &mut Trace::stop_at_first(), at(clock))
        .map_err(|error| error.rule())
}

#[test]
fn the_documented_assertion_is_accepted_in_its_time_and_refused_one_second_past_every_leeway() {
    for jwt in [KID, X5C] {
        for policy in [&ID_PORTEN, &Policy::OAUTH_2_1] {
            let at = |clock| answer(policy, JWKS, "https://idporten.no", jwt, clock).err();
            assert_eq!(at(CLOCK), None);
            assert_eq!(at(EXP), None);
            assert_eq!(at(EXP + 9), None, "the last whole second");
            assert_eq!(at(EXP + 10), Some(Rule::AssertionExp));
            assert_eq!(at(EXP + 11), Some(Rule::AssertionExp), "one second past all leeways");
            assert_eq!(at(IAT - 10), None, "the first");
            assert!(at(IAT - 11).is_some());
        }
        let once = answer(&ID_PORTEN, JWKS, "https://idporten.no", jwt, CLOCK).unwrap().once().unwrap();
        assert_eq!((once.issued, once.until), (at(IAT), at(EXP).saturating_add(seconds(10))));
    }
}

#[test]
fn one_second_less_of_lifetime_refuses_the_documented_assertion() {
    let mut policy = ID_PORTEN;
    policy.assertion.future_leeway = seconds(0);
    assert_eq!(answer(&policy, JWKS, "https://idporten.no", KID, CLOCK).err(), None, "120 s, bound included");
    policy.assertion.max_lifetime = seconds(119);
    assert_eq!(answer(&policy, JWKS, "https://idporten.no", KID, CLOCK).err(), Some(Rule::AssertionLifetime));
}

#[test]
fn another_issuer_or_another_registration_refuses_it() {
    for jwt in [KID, X5C] {
        let rule = answer(&ID_PORTEN, JWKS, "https://idporten.no/", jwt, CLOCK).err();
        assert_eq!(rule, Some(Rule::AssertionAud), "R25: byte for byte, slash included");
        let empty = answer(&ID_PORTEN, r#"{"keys":[]}"#, "https://idporten.no", jwt, CLOCK).err();
        assert!(matches!(empty, Some(Rule::AssertionKey | Rule::AssertionX5c)), "{empty:?}");
    }
    let renamed = JWKS.replace("synthetic-test-key-1", "synthetic-test-key-2");
    assert_eq!(answer(&ID_PORTEN, &renamed, "https://idporten.no", KID, CLOCK).err(), Some(Rule::AssertionKey));
    assert_eq!(answer(&ID_PORTEN, &renamed, "https://idporten.no", X5C, CLOCK).err(), None);
    let without_certificate = JWKS.replace("\"x5c\"", "\"not_x5c\"");
    assert_eq!(answer(&ID_PORTEN, &without_certificate, "https://idporten.no", KID, CLOCK).err(), None);
    let rule = answer(&ID_PORTEN, &without_certificate, "https://idporten.no", X5C, CLOCK).err();
    assert_eq!(rule, Some(Rule::AssertionX5c), "R22: no registered certificate, no x5c");
}
