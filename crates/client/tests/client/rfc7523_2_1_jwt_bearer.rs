//! RFC 7523 §2.1, §3 and RFC 7521 §4.1: an assertion that is the grant, made by the client for each request or given.

use serde_json::{Value, json};
use symbolon_client::{
    AuthorizationDetails, Client, ClientBuilder, ClientError, GrantAssertion, GrantClaims, OutgoingRequest, Received,
    RemoteAssertion, Sending, VerifyError,
    client_auth::{ApplyError, AssertionSigner, ClientAuthentication},
    id_token::Personal,
    jose::{RemoteKey, SignError, SigningKey, UnverifiedJwt, VerifyingKey, VerifyingKeys},
    policy::{DpopNonce, GrantSet, Policy},
    types::{Alg, AuthMethod, ClientId, Issuer, Rule, SecretBytes},
};
use symbolon_crypto_ring::PROVIDER;
use symbolon_server::{
    AssertionProfile, GrantIssuer, RegisteredClient,
    client_auth::{ClientKeys, RegisteredCredentials},
};
use symbolon_testkit::{
    certificates::{BUSINESS, BUSINESS_KEY, INTERMEDIATE},
    keys,
};
use time::Duration;

use crate::{
    dpop_server::{signer, use_nonce},
    party::{self, CLIENT, ISSUER, NOW, builder, client, now, object, parameter, published, scope},
    remote_keys,
    server_half::{API, LEDGER, Server, audience, key, registered, tokens},
};

const IDP: &str = "https://acme.idp.example";

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

fn claims() -> GrantClaims {
    let mut claims = GrantClaims::new(&issuer());
    claims.scope = Some(scope("read"));
    claims
}

fn own() -> GrantAssertion {
    GrantAssertion::signed(key().with_kid("1"), claims())
}

/// What knows its clients by their grants.
fn by_grant() -> Policy {
    let mut policy = Policy::OAUTH_2_1;
    policy.grants = policy.grants.and(GrantSet::JWT_BEARER);
    policy.assertion.by_grant = true;
    policy
}

/// The client that has nothing but its grants.
fn known_by_grant() -> Client {
    builder().policy(by_grant()).build().unwrap()
}

/// The client with its registered key.
fn with_keys() -> RegisteredClient {
    let keys = VerifyingKeys::new(vec![key().verifying_key(&PROVIDER).unwrap().with_kid("1")]);
    let credentials = RegisteredCredentials::new(ClientId::parse(CLIENT).unwrap(), AuthMethod::PrivateKeyJwt)
        .with_keys(ClientKeys::Inline(keys));
    RegisteredClient::new(credentials, GrantSet::JWT_BEARER, scope("read profile"))
        .with_authorization_details_type("urn:altinn:systemuser")
}

/// The server that takes a client's own assertion for all that it is known by.
fn maskinporten(seed: u64) -> Server {
    Server::new(seed, by_grant(), |builder| builder).register(with_keys())
}

/// The server that takes the word of an identity provider about alice from the client.
fn resource_server(seed: u64) -> Server {
    let mut policy = Policy::OAUTH_2_1;
    policy.grants = policy.grants.and(GrantSet::JWT_BEARER);
    let server = Server::new(seed, policy, |builder| builder).register(registered(GrantSet::JWT_BEARER));
    let keys = VerifyingKeys::new(vec![idp_key().verifying_key(&PROVIDER).unwrap()]);
    let idp = GrantIssuer::new(Issuer::parse(IDP).unwrap(), AssertionProfile::IdJag, keys)
        .with_client(ClientId::parse(CLIENT).unwrap())
        .with_scope(scope("read profile"));
    server.store().register_issuer(idp);
    server.store().link_subject(IDP, None, "U019488227", "alice");
    server
}

fn idp_key() -> SigningKey {
    SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap().with_kid("idp-1")
}

/// What the identity provider says of alice to the client.
fn id_jag(change: impl FnOnce(&mut GrantClaims)) -> GrantAssertion {
    let mut claims = claims();
    claims.issuer = Some(IDP.into());
    claims.subject = Some(Personal::new("U019488227"));
    claims.typ = Some("oauth-id-jag+jwt");
    claims.scope = Some(scope("read profile"));
    claims.other.insert("client_id".into(), CLIENT.into());
    change(&mut claims);
    GrantAssertion::given(claims.sign(&PROVIDER, &idp_key(), &ClientId::parse(CLIENT).unwrap(), now()).unwrap())
}

fn request(client: &Client, assertion: GrantAssertion) -> OutgoingRequest {
    client.jwt_bearer(assertion, now()).unwrap().ready().unwrap().0
}

fn assertion_of(request: &OutgoingRequest) -> String {
    parameter(request.body().expose(), "assertion").unwrap()
}

/// The claims of an assertion that this key verifies.
fn said(request: &OutgoingRequest, key: &SigningKey) -> Value {
    let assertion = assertion_of(request);
    let key = key.verifying_key(&PROVIDER).unwrap();
    UnverifiedJwt::parse(&assertion).unwrap().verify(&key).unwrap().claims_as().unwrap()
}

fn jti(request: &OutgoingRequest) -> String {
    UnverifiedJwt::parse(&assertion_of(request)).unwrap().peek_claim("jti").unwrap().into_owned()
}

#[track_caller]
fn refused(assertion: GrantAssertion) -> ClientError {
    known_by_grant().jwt_bearer(assertion, now()).unwrap_err()
}

#[test]
fn section_3_it_says_who_for_whom_from_when_until_when_and_for_once() {
    let mut claims = claims();
    claims.resource = vec!["https://api.example/".into()];
    claims.authorization_details = AuthorizationDetails::parse(r#"[{"type":"urn:altinn:systemuser"}]"#).unwrap();
    claims.subject = Some(Personal::new("alice"));
    claims.other = object(json!({ "consumer_org": "991825827", "pid": "synthetic", "n": [1, { "x": null }] }));
    let request = request(&known_by_grant(), GrantAssertion::signed(key().with_kid("1"), claims.clone()));
    let mut said = said(&request, &key());
    assert_eq!(said.as_object_mut().unwrap().remove("jti").unwrap().as_str().map(str::len), Some(22));
    let expected = json!({
        "iss": CLIENT, "sub": "alice", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "scope": "read",
        "resource": "https://api.example/", "authorization_details": [{ "type": "urn:altinn:systemuser" }],
        "consumer_org": "991825827", "pid": "synthetic", "n": [1, { "x": null }],
    });
    assert_eq!(said, expected);

    claims.resource.push("https://other.example/".into());
    let two = self::request(&known_by_grant(), GrantAssertion::signed(key(), claims));
    assert_eq!(self::said(&two, &key())["resource"], json!(["https://api.example/", "https://other.example/"]));
    let bare = self::request(&known_by_grant(), GrantAssertion::signed(key(), GrantClaims::new(&issuer())));
    let names: Vec<_> = self::said(&bare, &key()).as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti"]);
}

#[test]
fn the_header_names_the_key_by_kid_or_by_certificate_as_the_credential_does() {
    let by_kid = assertion_of(&request(&known_by_grant(), own()));
    let by_kid = UnverifiedJwt::parse(&by_kid).unwrap();
    assert_eq!((by_kid.header().kid(), by_kid.header().x5c(), by_kid.header().typ()), (Some("1"), None, None));

    let chain = vec![BUSINESS.to_vec(), INTERMEDIATE.to_vec()];
    let business = SigningKey::from_pem(&PROVIDER, BUSINESS_KEY, None).unwrap().with_x5c(chain.clone()).unwrap();
    let by_chain = assertion_of(&request(&known_by_grant(), GrantAssertion::signed(business, claims())));
    let by_chain = UnverifiedJwt::parse(&by_chain).unwrap();
    assert_eq!((by_chain.header().kid(), by_chain.header().x5c()), (None, Some(&*chain)));
}

#[test]
fn rfc7521_4_1_a_client_that_is_known_by_its_grant_sends_nothing_else_of_itself() {
    let server = maskinporten(41);
    let request = request(&known_by_grant(), own());
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
        assertion_of(&request)
    );
    assert_eq!((request.body().expose(), request.header("authorization")), (&*form, None));
    let tokens = tokens(server.send(known_by_grant().jwt_bearer(own(), now()).unwrap()));
    assert_eq!(tokens.scope(), Some(&scope("read")));

    // The registered credentials would be one too many.
    let key = AssertionSigner::new(key().with_kid("1"), &issuer());
    let with_credentials = || builder().authentication(ClientAuthentication::PrivateKeyJwt(key.clone()));
    let quiet = with_credentials().policy(by_grant()).build().unwrap();
    assert_eq!(parameter(self::request(&quiet, own()).body().expose(), "client_assertion"), None);
    assert_eq!(server.answer(&self::request(&quiet, own())).1, None);
    for (loud, rule) in [
        (with_credentials().build().unwrap(), Rule::GrantAssertionIss),
        (builder().build().unwrap(), Rule::MethodRegistered),
    ] {
        assert_eq!(parameter(self::request(&loud, own()).body().expose(), "client_id").as_deref(), Some(CLIENT));
        assert_eq!(server.answer(&self::request(&loud, own())).1, Some(rule));
    }
}

#[test]
fn rfc7521_4_1_the_word_of_somebody_else_is_no_credential_of_the_client() {
    let client =
        builder().authentication(ClientAuthentication::Basic("gX1fBat3bV".into())).policy(by_grant()).build().unwrap();
    let has_credentials = |assertion| request(&client, assertion).header("authorization").is_some();
    assert!(has_credentials(id_jag(|_| {})));
    assert!(has_credentials(GrantAssertion::given("not.a.jwt")));
    let mut of_another = claims();
    of_another.issuer = Some(IDP.into());
    assert!(has_credentials(GrantAssertion::signed(key(), of_another)));
    assert!(!has_credentials(own()));
    let mine = claims().sign(&PROVIDER, &key(), client.client_id(), now()).unwrap();
    assert!(!has_credentials(GrantAssertion::given(mine)));
    assert!(request(&party::client(), own()).header("authorization").is_some(), "a policy that does not say so");
}

#[test]
fn section_3_item_7_each_request_has_a_jti_of_its_own() {
    let (server, client) = (maskinporten(42), known_by_grant());
    let (one, other) = (request(&client, own()), request(&client, own()));
    assert_ne!(jti(&one), jti(&other));
    assert_eq!((server.answer(&one).1, server.answer(&other).1), (None, None));
    assert_eq!(server.answer(&one).1, Some(Rule::AssertionOnce), "the same one again");
}

/// A client that binds its tokens to a key, at a server that wants its nonces.
fn with_nonces(seed: u64) -> (Server, ClientBuilder) {
    let mut policy = by_grant();
    policy.dpop.nonce = DpopNonce::Required;
    (Server::new(seed, policy, |builder| builder).register(with_keys()), builder().policy(by_grant()).dpop(signer()))
}

#[test]
fn an_assertion_that_is_made_here_is_another_one_in_the_second_request() {
    let (server, builder) = with_nonces(43);
    let client = builder.build().unwrap();
    let (first, pending) = client.jwt_bearer(own(), now()).unwrap().ready().unwrap();
    let later = now().saturating_add(Duration::seconds(7));
    let Received::SendAgain(again) = pending.receive(&server.answer(&first).0, later).unwrap() else {
        panic!("the server gives a nonce")
    };
    let (second, pending) = again.ready().unwrap();
    assert_ne!(jti(&first), jti(&second));
    assert_eq!(said(&second, &key())["iat"], NOW + 7);
    assert_eq!(parameter(second.body().expose(), "client_id"), None);
    let (answer, refusal) = server.answer_at(&second, later);
    assert_eq!(refusal, None);
    let tokens = tokens(pending.receive(&answer, later).unwrap());
    assert!(tokens.authorization().expose().starts_with("DPoP "));
    assert_eq!(tokens.scope(), Some(&scope("read")));
}

#[test]
fn an_assertion_that_was_given_comes_again_as_it_was() {
    let (server, builder) = with_nonces(44);
    let client = builder.build().unwrap();
    let given = claims().sign(&PROVIDER, &key().with_kid("1"), client.client_id(), now()).unwrap();
    let (first, pending) = client.jwt_bearer(GrantAssertion::given(given.clone()), now()).unwrap().ready().unwrap();
    let Received::SendAgain(again) = pending.receive(&server.answer(&first).0, now()).unwrap() else {
        panic!("the server gives a nonce")
    };
    let (second, _) = again.ready().unwrap();
    assert_eq!((assertion_of(&first), assertion_of(&second)), (given.expose().into(), given.expose().into()));
    assert_eq!(server.answer(&second).1, None, "D1: whoever asks for a nonce has remembered nothing");
    assert_eq!(server.answer(&second).1, Some(Rule::AssertionOnce));
}

fn elsewhere() -> RemoteKey {
    let public = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap().verifying_key(&PROVIDER).unwrap();
    RemoteKey::new(public.with_kid("hsm-2"))
}

#[track_caller]
fn stops(sending: Sending) -> symbolon_client::NeedsSignature {
    match sending {
        Sending::NeedsSignature(job) => job,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_elsewhere_signs_the_grant_and_signs_another_one_in_the_second_request() {
    let client = builder().policy(by_grant()).dpop(signer()).build().unwrap();
    let ask = || client.jwt_bearer(GrantAssertion::remote(elsewhere(), claims()), now()).unwrap();
    assert_eq!(ask().ready().err(), Some(ClientError::NeedsSignature));
    let job = stops(ask());
    assert_eq!(job.key().kid(), Some("hsm-2"));
    let signature = remote_keys::sign(job.bytes());
    let (first, pending) = job.signed(&signature, now()).unwrap().ready().unwrap();
    let public = SigningKey::from_pem(&PROVIDER, keys::ED25519, None).unwrap();
    assert_eq!(said(&first, &public)["iss"], CLIENT);
    assert_eq!(parameter(first.body().expose(), "client_id"), None);

    let Received::SendAgain(again) = pending.receive(&use_nonce("n"), now()).unwrap() else { panic!("a nonce") };
    let job = stops(again);
    let signature = remote_keys::sign(job.bytes());
    let (second, _) = job.signed(&signature, now()).unwrap().ready().unwrap();
    assert_ne!(jti(&first), jti(&second));

    let job = stops(ask());
    let mut wrong = remote_keys::sign(job.bytes());
    wrong[0] ^= 1;
    assert_eq!(job.signed(&wrong, now()).err(), Some(ClientError::Assertion(SignError::BadSignature)));
}

#[test]
fn where_grant_and_client_are_signed_elsewhere_each_signature_is_over_its_own() {
    let client = builder().remote_assertion(RemoteAssertion::new(elsewhere(), &issuer())).build().unwrap();
    let mut of_idp = claims();
    of_idp.issuer = Some(IDP.into());
    let job = stops(client.jwt_bearer(GrantAssertion::remote(elsewhere(), of_idp), now()).unwrap());
    let signature = remote_keys::sign(job.bytes());
    let job = stops(job.signed(&signature, now()).unwrap());
    assert_eq!(job.signed(&signature, now()).err(), Some(ClientError::Assertion(SignError::BadSignature)));

    let mut of_idp = claims();
    of_idp.issuer = Some(IDP.into());
    let job = stops(client.jwt_bearer(GrantAssertion::remote(elsewhere(), of_idp), now()).unwrap());
    let signature = remote_keys::sign(job.bytes());
    let job = stops(job.signed(&signature, now()).unwrap());
    let signature = remote_keys::sign(job.bytes());
    let (request, _) = job.signed(&signature, now()).unwrap().ready().unwrap();
    let iss = |name| {
        let jwt = parameter(request.body().expose(), name).unwrap();
        UnverifiedJwt::parse(&jwt).unwrap().peek_claim("iss").unwrap().into_owned()
    };
    assert_eq!((&*iss("assertion"), &*iss("client_assertion")), (IDP, CLIENT));
}

#[test]
fn an_id_jag_is_exchanged_with_the_credentials_of_the_client() {
    let (server, client) = (resource_server(45), client());
    let ask = |assertion| client.jwt_bearer(assertion, now()).unwrap();
    let all = tokens(server.send(ask(id_jag(|_| {}))));
    assert_eq!(all.response().scope, Some(scope("read profile")));
    for (refused, rule) in [
        (id_jag(|claims| claims.audience = "https://other.example".into()), Rule::GrantAssertionAud),
        (id_jag(|claims| claims.typ = None), Rule::GrantAssertionTyp),
        (id_jag(|claims| drop(claims.other.insert("client_id".into(), "other".into()))), Rule::GrantAssertionClient),
        (id_jag(|claims| claims.subject = Some(Personal::new("nobody"))), Rule::GrantAssertionSub),
    ] {
        assert_eq!(server.answer(&ask(refused).ready().unwrap().0).1, Some(rule));
    }
}

#[test]
fn scope_and_resource_beside_it_ask_for_less_than_it_says() {
    let (server, client) = (resource_server(46), client());
    let ask = |assertion| client.jwt_bearer(assertion, now()).unwrap();
    let less = tokens(server.send(ask(id_jag(|_| {}).with_scope(scope("read")).with_resource([LEDGER.into()]))));
    assert_eq!((less.scope(), audience(less.access_token())), (Some(&scope("read")), json!(LEDGER)));
    assert_eq!(server.refuses(ask(id_jag(|_| {}).with_scope(scope("read write")))), "invalid_scope");
    let beyond = id_jag(|claims| claims.resource = vec![API.into()]).with_resource([LEDGER.into()]);
    assert_eq!(server.refuses(ask(beyond)), "invalid_target");
    let none = client.jwt_bearer(id_jag(|_| {}).with_resource(["ledger".into()]), now());
    assert_eq!(none.err(), Some(ClientError::Parameter));
}

#[test]
fn what_the_server_grants_beyond_the_scope_that_was_claimed_is_told() {
    let answered = |members| {
        let (_, pending) = known_by_grant().jwt_bearer(own(), now()).unwrap().ready().unwrap();
        party::tokens(pending, members).without_id_token().unwrap()
    };
    assert_eq!(answered(json!({ "scope": "read write" })).unasked_scope(), scope("write"));
    assert_eq!(answered(json!({ "scope": "read" })).unasked_scope(), scope(""));
    assert_eq!(answered(json!({})).scope(), Some(&scope("read")));
}

#[test]
fn d31_an_id_token_of_such_an_answer_is_bytes_whatever_the_scope() {
    let received = || {
        let mut claims = claims();
        claims.scope = Some(scope("openid read"));
        let assertion = GrantAssertion::signed(key(), claims);
        let (_, pending) = known_by_grant().jwt_bearer(assertion, now()).unwrap().ready().unwrap();
        party::tokens(pending, json!({ "id_token": "a.b.c" }))
    };
    assert!(!received().is_openid());
    assert_eq!(received().verify(&published(), now()).err().map(party::not_verified), Some(VerifyError::NotOpenId));
    assert!(received().without_id_token().unwrap().response().id_token.is_some());
}

#[test]
fn a_claim_that_is_written_here_is_not_taken_from_the_caller() {
    let with = |name: &str| {
        let mut claims = claims();
        claims.other.insert(name.into(), json!("x"));
        GrantAssertion::signed(key(), claims)
    };
    for reserved in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "resource", "authorization_details"] {
        assert_eq!(refused(with(reserved)), ClientError::Parameter, "{reserved}");
    }
    assert_eq!(said(&request(&known_by_grant(), with("consumer_org")), &key())["consumer_org"], "x");
    let changed = |change: fn(&mut GrantClaims)| {
        let mut claims = claims();
        change(&mut claims);
        GrantAssertion::signed(key(), claims)
    };
    assert_eq!(refused(changed(|claims| claims.audience.clear())), ClientError::Parameter);
    assert_eq!(refused(changed(|claims| claims.issuer = Some(String::new()))), ClientError::Parameter);
    assert_eq!(refused(changed(|claims| claims.resource = vec!["/api".into()])), ClientError::Parameter);
    assert_eq!(refused(GrantAssertion::given("")), ClientError::EmptySecret);
}

#[test]
fn it_lives_for_one_second_at_least_and_for_two_minutes_at_most() {
    let living = |lifetime| {
        let mut claims = claims();
        claims.lifetime = lifetime;
        claims
    };
    for good in [1, 120] {
        let request = request(&known_by_grant(), GrantAssertion::signed(key(), living(Duration::seconds(good))));
        assert_eq!(said(&request, &key())["exp"], NOW + good);
    }
    let signed = |lifetime| refused(GrantAssertion::signed(key(), living(lifetime)));
    for none in [Duration::ZERO, Duration::milliseconds(999), Duration::seconds(-60)] {
        assert_eq!(signed(none), ClientError::Apply(ApplyError::Lifetime));
    }
    for long in [Duration::seconds(121), Duration::milliseconds(120_001)] {
        assert_eq!(signed(long), ClientError::Parameter);
        assert_eq!(refused(GrantAssertion::remote(elsewhere(), living(long))), ClientError::Parameter);
    }
}

#[test]
fn a_mac_is_no_grant() {
    let secret = SecretBytes::new([7; 32]);
    let here = SigningKey::from_secret(&PROVIDER, Alg::Hs256, &secret).unwrap();
    let there = RemoteKey::new(VerifyingKey::from_secret(&PROVIDER, Alg::Hs256, &secret).unwrap());
    let error = ClientError::Apply(ApplyError::SymmetricKey);
    assert_eq!(refused(GrantAssertion::signed(here, claims())), error);
    assert_eq!(refused(GrantAssertion::remote(there, claims())), error);
}

#[test]
fn a124_no_debug_shows_whom_it_is_about_or_what_was_given() {
    let mut claims = claims();
    claims.subject = Some(Personal::new("MARKER"));
    claims.other.insert("pid".into(), json!("MARKER"));
    let shown = format!("{:?}", GrantAssertion::signed(key(), claims));
    assert!(shown.contains("read") && !shown.contains("MARKER"), "{shown}");
    let sending = known_by_grant().jwt_bearer(GrantAssertion::given("MARKER"), now()).unwrap();
    assert!(!format!("{sending:?}").contains("MARKER"));
    let (request, pending) = sending.ready().unwrap();
    assert!(request.body().expose().contains("MARKER"));
    assert!(!format!("{request:?} {pending:?}").contains("MARKER"));
}
