//! RFC 7515 §4.1.6, security decision D13: the chain in the header of a client assertion.

use symbolon_client_auth::{
    AssertionSigner, CLIENT_ASSERTION_TYPE_JWT_BEARER, ClientAuthentication, ClientCertificates, Credentials, Evidence,
    PresentedCredentials, ProvenClient, RegisteredCredentials,
    jose::SigningKey,
    types::{Alg, AuthMethod, ClientId, Rule},
    x509::{UntrustedChain, ValidatedChain},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_testkit::certificates::{
    BUSINESS, BUSINESS_KEY, INTERMEDIATE, ORGANIZATION_NUMBER, OTHER_BUSINESS, OTHER_BUSINESS_KEY, TWO_NUMBERS,
};

use crate::support::{CLIENT, Members, NO_EXTENSIONS, Server, client, issuer, jws, now};

fn signer(key: &str, chain: &[&[u8]]) -> SigningKey {
    let chain = chain.iter().map(|der| der.to_vec()).collect();
    SigningKey::from_pem(&PROVIDER, key, None).unwrap().with_x5c(chain).unwrap()
}

fn assertion(key: SigningKey) -> String {
    let half = ClientAuthentication::PrivateKeyJwt(AssertionSigner::new(key, &issuer()));
    let applied = half.apply(&PROVIDER, &ClientId::parse(CLIENT).unwrap(), now()).unwrap();
    applied.parameters[2].1.expose().into()
}

fn business() -> String {
    assertion(signer(BUSINESS_KEY, &[BUSINESS, INTERMEDIATE]))
}

fn sent(jwt: &str) -> Credentials<'_> {
    Credentials {
        client_assertion_type: Some(CLIENT_ASSERTION_TYPE_JWT_BEARER),
        client_assertion: Some(jwt),
        ..Credentials::default()
    }
}

fn validated(der: &[u8]) -> ValidatedChain {
    ValidatedChain::assume_validated(UntrustedChain::from_x5c(&[der.to_vec()]).unwrap())
}

fn organization(number: &str) -> RegisteredCredentials {
    client(AuthMethod::PrivateKeyJwt).with_organization_number(number)
}

fn answer(registered: RegisteredCredentials, jwt: &str, chain: Option<&ValidatedChain>) -> Result<ProvenClient, Rule> {
    Server::new(registered).answer_with(&sent(jwt), &Evidence { chain, ..Evidence::default() })
}

#[test]
fn r22_a_validated_chain_of_the_registered_organisation_proves_the_client() {
    let proven = answer(organization(ORGANIZATION_NUMBER), &business(), Some(&validated(BUSINESS))).unwrap();
    assert_eq!((proven.client_id().as_str(), proven.method()), (CLIENT, &AuthMethod::PrivateKeyJwt));
    assert!(proven.once().is_some());
}

#[test]
fn d13_the_chain_is_handed_out_for_validation_with_names_and_no_key() {
    let of = |jwt: &str| PresentedCredentials::read(&sent(jwt), NO_EXTENSIONS).unwrap().untrusted_chain();
    let chain = of(&business()).unwrap();
    assert_eq!((chain.leaf().der(), chain.others()), (BUSINESS, &[INTERMEDIATE.to_vec()][..]));
    assert_eq!(chain.leaf().organization_number(), Some(ORGANIZATION_NUMBER));
    assert_eq!(of(&assertion(signer(BUSINESS_KEY, &[]))), None);
    assert_eq!(of(&assertion(signer(BUSINESS_KEY, &[BUSINESS]).with_kid("k1"))), None, "kid beside it");
    let unreadable = Members::header().without("kid").with("x5c", "[\"MAEC\"]");
    assert_eq!(of(&jws(&unreadable.json(), &Members::claims().json())), None);
    let secret = Credentials { client_id: Some(CLIENT), client_secret: Some("s"), ..Credentials::default() };
    assert_eq!(PresentedCredentials::read(&secret, NO_EXTENSIONS).unwrap().untrusted_chain(), None);
}

#[test]
fn a011_d13_a_chain_that_nobody_validated_has_no_key() {
    assert_eq!(answer(organization(ORGANIZATION_NUMBER), &business(), None), Err(Rule::AssertionChain));
    assert_eq!(Rule::AssertionChain.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn a011_d13_the_chain_that_was_validated_is_the_one_in_the_header() {
    let forged = assertion(signer(OTHER_BUSINESS_KEY, &[OTHER_BUSINESS]));
    let registered = || organization(ORGANIZATION_NUMBER);
    assert_eq!(answer(registered(), &forged, Some(&validated(BUSINESS))), Err(Rule::AssertionChain));
    assert!(answer(registered(), &forged, Some(&validated(OTHER_BUSINESS))).is_ok(), "the caller says so");
}

#[test]
fn a011_the_key_of_the_leaf_verifies_the_signature() {
    // Somebody who saw the chain and has another key; `with_x5c` would not make such a header.
    let header = format!(r#"{{"alg":"ES256","x5c":["{}"]}}"#, base64(BUSINESS));
    let of_another_key = resigned(&header, OTHER_BUSINESS_KEY);
    let registered = || organization(ORGANIZATION_NUMBER);
    assert_eq!(answer(registered(), &of_another_key, Some(&validated(BUSINESS))), Err(Rule::AssertionSignature));
    assert!(answer(registered(), &resigned(&header, BUSINESS_KEY), Some(&validated(BUSINESS))).is_ok());
}

#[test]
fn d13_a_leaf_of_another_organisation_or_of_none_is_refused() {
    let chain = validated(BUSINESS);
    assert_eq!(answer(organization("987654321"), &business(), Some(&chain)), Err(Rule::AssertionOrganization));
    let prefixed = organization("NTRNO-123456789");
    assert_eq!(answer(prefixed, &business(), Some(&chain)), Err(Rule::AssertionOrganization));
    let header = |der| format!(r#"{{"alg":"ES256","x5c":["{}"]}}"#, base64(der));
    for der in [TWO_NUMBERS, INTERMEDIATE] {
        let jwt = resigned(&header(der), BUSINESS_KEY);
        let answer = answer(organization(ORGANIZATION_NUMBER), &jwt, Some(&validated(der)));
        assert_eq!(answer, Err(Rule::AssertionOrganization));
    }
    assert_eq!(Rule::AssertionOrganization.code().unwrap().as_str(), "invalid_client");
}

#[test]
fn d13_a_registered_certificate_is_compared_whole_and_validated_all_the_same() {
    let registered = |der: &[u8]| {
        client(AuthMethod::PrivateKeyJwt).with_certificates(ClientCertificates::Registered(vec![der.into()]))
    };
    let chain = validated(BUSINESS);
    assert!(answer(registered(BUSINESS), &business(), Some(&chain)).is_ok());
    assert_eq!(answer(registered(OTHER_BUSINESS), &business(), Some(&chain)), Err(Rule::AssertionX5c));
    assert_eq!(answer(registered(BUSINESS), &business(), None), Err(Rule::AssertionChain));
    let both = |number| registered(BUSINESS).with_organization_number(number);
    assert!(answer(both(ORGANIZATION_NUMBER), &business(), Some(&chain)).is_ok());
    assert_eq!(answer(both("987654321"), &business(), Some(&chain)), Err(Rule::AssertionOrganization), "both hold");
}

#[test]
fn d13_without_such_a_registration_there_is_no_x5c() {
    let nothing = client(AuthMethod::PrivateKeyJwt);
    assert!(answer(nothing, &business(), Some(&validated(BUSINESS))).is_err());
    let with_a_key = crate::support::jwt_client();
    assert_eq!(answer(with_a_key, &business(), Some(&validated(BUSINESS))), Err(Rule::AssertionX5c));
}

#[test]
fn d13_kid_beside_x5c_is_refused_unless_the_policy_has_it() {
    let both = assertion(signer(BUSINESS_KEY, &[BUSINESS]).with_kid("k1"));
    let chain = validated(BUSINESS);
    let evidence = Evidence { chain: Some(&chain), ..Evidence::default() };
    let registered = crate::support::jwt_client().with_organization_number(ORGANIZATION_NUMBER);
    let mut server = Server::new(registered);
    assert_eq!(server.answer_with(&sent(&both), &evidence), Err(Rule::AssertionX5c));
    server.policy.legacy_kid_beside_x5c = true;
    // `kid` decides: the registered key of that name is another one, of another algorithm.
    assert_eq!(server.answer_with(&sent(&both), &evidence), Err(Rule::AssertionKey));
}

#[test]
fn d12_the_algorithm_is_the_registrations_or_the_policys_first_that_fits_the_key() {
    let chain = validated(BUSINESS);
    let with = |algorithms: &[Alg]| organization(ORGANIZATION_NUMBER).with_algorithms(algorithms);
    assert!(answer(with(&[Alg::Es256]), &business(), Some(&chain)).is_ok());
    assert!(answer(with(&[Alg::Rs256, Alg::Es256]), &business(), Some(&chain)).is_ok());
    assert_eq!(answer(with(&[Alg::Rs256]), &business(), Some(&chain)), Err(Rule::AssertionAlg));
    // A header with an algorithm that is welcome and not the key's.
    let header = format!(r#"{{"alg":"Ed25519","x5c":["{}"]}}"#, base64(BUSINESS));
    let jwt = jws(&header, &Members::claims().json());
    assert_eq!(answer(organization(ORGANIZATION_NUMBER), &jwt, Some(&chain)), Err(Rule::AssertionAlg));
}

fn base64(der: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der)
}

/// Good claims under this header, signed with ES256 by the key of this PEM.
fn resigned(header: &str, key: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(Members::claims().json()));
    let der: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
    let key = symbolon_client_auth::crypto::PrivateKey::Pkcs8(&der);
    let key = PROVIDER.signature(Alg::Es256).unwrap().load_private(&key).unwrap();
    let mut signature = Vec::new();
    key.sign(PROVIDER.random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}
